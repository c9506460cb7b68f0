/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861). An echo's data has to come back as it was sent (RFC 792, "Echo or Echo Reply Message"; RFC 4443,
 * 4.2): the latest echoes are kept as sums until their replies come.
 */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { addressTextAt, ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u16 } from "../../src/wire/bytes.ts";
import { isAssigned, isError, V4_TYPE, V6_TYPE } from "./codes.ts";
import type { IcmpObservation, Quoted } from "./observation.ts";
import { HEADER, OFFSET, OPTION, OPTION_UNIT, OPTIONS, PORTED, V4, V6 } from "./wire.ts";

/** Echoes that wait for their replies; beyond it the oldest is forgotten, and its reply is not compared. */
const MAX_WAITING = 1024;
/** Options of one message that are looked at. */
const MAX_OPTIONS = 16;

interface Echo {
	readonly time: number;
	readonly frame: number;
	readonly length: number;
	readonly sum: number;
}

/** FNV-1a over the data: who alters it does not choose the sum of what another sent. */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
	let sum = 0x811c9dc5;
	for (let at = start; at < end; at++) sum = Math.imul(sum ^ bytes[at]!, 0x01000193);
	return sum;
}

/** Who sent it: a reply comes from whoever was asked. */
export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (start >= end) return undefined;
	const type = u8(bytes, start);
	return type === V4_TYPE.echoReply || type === V6_TYPE.echoReply ? "server" : undefined;
}

export class IcmpDecoder {
	readonly #context: DecoderContext<IcmpObservation>;
	readonly #waiting = new Map<string, Echo>();
	readonly #quoted: Quoted = { source: "", destination: "", ipProtocol: -1, sourcePort: -1, destinationPort: -1 };
	readonly #out: IcmpObservation = {
		protocol: "icmp",
		kind: "other",
		time: 0,
		frame: 0,
		version: 4,
		client: "",
		server: "",
		type: 0,
		code: 0,
		identifier: -1,
		sequence: -1,
		length: -1,
		requestFrame: 0,
		latency: -1,
		isAltered: false,
		quoted: undefined,
		target: "",
		targetMac: "",
		isRouter: false,
		violation: "",
	};

	constructor(context: DecoderContext<IcmpObservation>) {
		this.#context = context;
	}

	/** False where the bytes are too few for a header, or of a type that nobody has defined. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (end - start < HEADER) return false;
		const out = this.#out;
		const { clock, flow, emit } = this.#context;
		out.kind = "other";
		out.time = clock.time;
		out.frame = out.requestFrame = clock.frame;
		out.client = flow.client.ip ?? "";
		out.server = flow.server.ip ?? "";
		out.version = out.client.includes(":") ? 6 : 4;
		out.type = u8(bytes, start + OFFSET.type);
		out.code = u8(bytes, start + OFFSET.code);
		out.identifier = out.sequence = out.length = out.latency = -1;
		out.isAltered = out.isRouter = false;
		out.quoted = undefined;
		out.target = out.targetMac = out.violation = "";
		if (!isAssigned(out.version, out.type)) return false;
		if (out.version === 4) this.#version4(bytes, start, end);
		else this.#version6(bytes, start, end);
		if (out.violation !== "") out.kind = "malformed";
		emit(out);
		return true;
	}

	#version4(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const { type } = out;
		if (type === V4_TYPE.echo || type === V4_TYPE.echoReply) this.#echo(bytes, start, end, type === V4_TYPE.echoReply);
		else if (type === V4_TYPE.advertisement) out.kind = "router";
		else if (isError(4, type)) {
			out.kind = type === V4_TYPE.redirect ? "redirect" : "error";
			if (type === V4_TYPE.redirect) out.target = ipv4Text(i32(bytes, start + OFFSET.gateway));
			this.#quote(bytes, start + HEADER, end);
		}
	}

	#version6(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const { type } = out;
		if (type === V6_TYPE.echo || type === V6_TYPE.echoReply) this.#echo(bytes, start, end, type === V6_TYPE.echoReply);
		else if (isError(6, type)) {
			out.kind = "error";
			this.#quote(bytes, start + HEADER, end);
		} else if (OPTIONS.has(type)) this.#discovery(bytes, start, end, OPTIONS.get(type)!);
	}

	#echo(bytes: Uint8Array, start: number, end: number, isReply: boolean): void {
		const out = this.#out;
		const { count } = this.#context;
		out.kind = isReply ? "echo-reply" : "echo";
		out.identifier = u16(bytes, start + OFFSET.identifier);
		out.sequence = u16(bytes, start + OFFSET.sequence);
		out.length = end - start - OFFSET.data;
		const key = `${out.client}|${out.server}|${out.identifier}|${out.sequence}`;
		const sum = sumOf(bytes, start + OFFSET.data, end);
		if (!isReply) {
			this.#waiting.delete(key);
			if (this.#waiting.size >= MAX_WAITING) {
				this.#waiting.delete(this.#waiting.keys().next().value!);
				count("waiting");
			}
			this.#waiting.set(key, { time: out.time, frame: out.frame, length: out.length, sum });
			return;
		}
		const echo = this.#waiting.get(key);
		if (echo === undefined) return;
		this.#waiting.delete(key);
		out.requestFrame = echo.frame;
		out.latency = Math.max(0, out.time - echo.time);
		out.isAltered = echo.length !== out.length || echo.sum !== sum;
	}

	/** RFC 792: the header and the first eight bytes of the packet; RFC 4443, 2.4 (c): as much of it as fits. */
	#quote(bytes: Uint8Array, at: number, end: number): void {
		const out = this.#out;
		const quoted = this.#quoted;
		const isV4 = out.version === 4;
		if (end - at < (isV4 ? V4.shortest : V6.header) || u8(bytes, at) >>> 4 !== out.version) {
			out.violation = "quoted-packet";
			return;
		}
		quoted.ipProtocol = u8(bytes, at + (isV4 ? V4.protocol : V6.next));
		quoted.source = isV4 ? ipv4Text(i32(bytes, at + V4.source)) : addressTextAt(bytes, at + V6.source);
		quoted.destination = isV4 ? ipv4Text(i32(bytes, at + V4.destination)) : addressTextAt(bytes, at + V6.destination);
		const ports = at + (isV4 ? (u8(bytes, at) & 15) * 4 : V6.header);
		const hasPorts = PORTED.has(quoted.ipProtocol) && ports + 4 <= end;
		quoted.sourcePort = hasPorts ? u16(bytes, ports) : -1;
		quoted.destinationPort = hasPorts ? u16(bytes, ports + 2) : -1;
		out.quoted = quoted;
	}

	/** RFC 4861, 4: `options` is where they begin, behind what the type has. */
	#discovery(bytes: Uint8Array, start: number, end: number, options: number): void {
		const out = this.#out;
		const { type } = out;
		if (end - start < options) {
			out.violation = "length";
			return;
		}
		if (type === V6_TYPE.redirect) out.kind = "redirect";
		else out.kind = type === V6_TYPE.advertisement ? "router" : "neighbour";
		if (type >= V6_TYPE.neighbourSolicitation) out.target = addressTextAt(bytes, start + OFFSET.target);
		out.isRouter = type === V6_TYPE.neighbourAdvertisement && (u8(bytes, start + OFFSET.identifier) & 0x80) !== 0;
		let at = start + options;
		for (let seen = 0; at < end && seen < MAX_OPTIONS; seen++) {
			const length = end - at < 2 ? 0 : u8(bytes, at + 1) * OPTION_UNIT;
			// RFC 4861, 4.6: a packet with an option of length zero is to be discarded.
			if (length === 0 || at + length > end) {
				out.violation = "option";
				return;
			}
			const option = u8(bytes, at);
			if (option === OPTION.sourceLink || option === OPTION.targetLink) out.targetMac = macText(bytes, at + 2);
			at += length;
		}
	}
}
