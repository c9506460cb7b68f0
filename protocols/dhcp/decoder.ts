/** DHCP for IPv4 (RFC 2131, 2132). One datagram, one message. */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u32 } from "../../src/wire/bytes.ts";
import { OPTION } from "./codes.ts";
import type { DhcpObservation } from "./observation.ts";
import { BOOT_REPLY, BOOT_REQUEST, MAGIC_COOKIE, OFFSET } from "./wire.ts";

/** Addresses of one option that are kept. */
const MAX_ADDRESSES = 8;
/** Options of one message that are read; a message of 576 bytes has a few dozen. */
const MAX_OPTIONS = 256;

export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < OFFSET.options) return PROBE.mismatch;
	const operation = u8(bytes, start);
	if (operation !== BOOT_REQUEST && operation !== BOOT_REPLY) return PROBE.mismatch;
	if (u8(bytes, start + OFFSET.hardwareLength) > 16) return PROBE.mismatch;
	return u32(bytes, start + OFFSET.cookie) === MAGIC_COOKIE ? PROBE.certain : PROBE.mismatch;
}

export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	end - start < OFFSET.options ? undefined : u8(bytes, start) === BOOT_REPLY ? "server" : "client";

const address = (bytes: Uint8Array, at: number): string => {
	const word = i32(bytes, at);
	return word === 0 ? "" : ipv4Text(word);
};

/** Text of an option as Latin-1; control characters become a full stop. */
function text(bytes: Uint8Array, start: number, end: number): string {
	let out = "";
	for (let at = start; at < end; at++) {
		const byte = u8(bytes, at);
		if (byte === 0 && at === end - 1) break;
		out += byte < 0x20 || (byte >= 0x7f && byte < 0xa0) ? "." : String.fromCharCode(byte);
	}
	return out;
}

/** Decodes one flow's datagrams. */
export class DhcpDatagrams {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<DhcpObservation>;
	readonly #out: DhcpObservation = {
		protocol: "dhcp",
		kind: "request",
		time: 0,
		frame: 0,
		transactionId: 0,
		messageType: 0,
		clientMac: "",
		clientIp: "",
		yourIp: "",
		serverIp: "",
		relayIp: "",
		requestedIp: "",
		serverId: "",
		subnetMask: "",
		routers: [],
		nameServers: [],
		hostName: "",
		domainName: "",
		vendorClass: "",
		leaseTime: -1,
		parameters: [],
		violation: "",
	};

	constructor(context: DecoderContext<DhcpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const out = this.#out;
		const { clock, emit } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.kind = u8(bytes, start) === BOOT_REPLY ? "response" : "request";
		out.transactionId = u32(bytes, start + OFFSET.transactionId);
		out.clientMac =
			u8(bytes, start + OFFSET.hardwareType) === 1 && u8(bytes, start + OFFSET.hardwareLength) === 6
				? macText(bytes, start + OFFSET.clientMac)
				: "";
		out.clientIp = address(bytes, start + OFFSET.clientIp);
		out.yourIp = address(bytes, start + OFFSET.yourIp);
		out.serverIp = address(bytes, start + OFFSET.serverIp);
		out.relayIp = address(bytes, start + OFFSET.relayIp);
		out.messageType = 0;
		out.requestedIp = out.serverId = out.subnetMask = out.hostName = out.domainName = out.vendorClass = out.violation = "";
		out.routers = [];
		out.nameServers = [];
		out.parameters = [];
		out.leaseTime = -1;
		this.#options(bytes, start + OFFSET.options, end);
		if (out.violation !== "") out.kind = "malformed";
		emit(out);
		return true;
	}

	/** Nothing waits. */
	expire(_now: number): void {}

	/** RFC 2132, 2: code, length, value; pad and end have neither. */
	#options(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		let at = start;
		for (let count = 0; at < end && count < MAX_OPTIONS; count++) {
			const code = u8(bytes, at);
			if (code === OPTION.end) return;
			if (code === OPTION.pad) {
				at++;
				continue;
			}
			const from = at + 2;
			const to = from + u8(bytes, at + 1);
			if (at + 1 >= end || to > end) {
				out.violation = "option-length";
				return;
			}
			this.#option(code, bytes, from, to);
			at = to;
		}
	}

	#option(code: number, bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		const length = to - from;
		const addresses = () =>
			Array.from({ length: Math.min(MAX_ADDRESSES, length >> 2) }, (_, index) => ipv4Text(i32(bytes, from + 4 * index)));
		if (code === OPTION.messageType && length === 1) out.messageType = u8(bytes, from);
		else if (code === OPTION.requestedIp && length === 4) out.requestedIp = address(bytes, from);
		else if (code === OPTION.serverId && length === 4) out.serverId = address(bytes, from);
		else if (code === OPTION.subnetMask && length === 4) out.subnetMask = address(bytes, from);
		else if (code === OPTION.leaseTime && length === 4) out.leaseTime = u32(bytes, from);
		else if (code === OPTION.router) out.routers = addresses();
		else if (code === OPTION.domainNameServer) out.nameServers = addresses();
		else if (code === OPTION.hostName) out.hostName = text(bytes, from, to);
		else if (code === OPTION.clientName && length > 3 && (u8(bytes, from) & 4) === 0)
			out.hostName ||= text(bytes, from + 3, to); // RFC 4702, 2
		else if (code === OPTION.domainName) out.domainName = text(bytes, from, to);
		else if (code === OPTION.vendorClass) out.vendorClass = text(bytes, from, to);
		else if (code === OPTION.parameterList) out.parameters = Array.from(bytes.subarray(from, to));
	}
}
