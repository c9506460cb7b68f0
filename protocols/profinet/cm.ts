/**
 * The connection management (IEC 61158-6-10, 4.10): DCE RPC without connections over UDP (C706, 12), which begins at port 34964 and moves to others: an answer may come from another
 * port than the one that was asked. So exchanges are found by their activity, whatever the flow.
 */
import { type DecoderContext, PROBE, type Probe } from "../../src/decode/protocol.ts";
import { type Direction, FlowBetween, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { paddedOf } from "../../src/wire/text.ts";
import { BlockReader } from "./blocks.ts";
import { COMMAND, INTERFACE, LOOKUP, OPERATION, PACKET } from "./codes.ts";
import { type Exchange, type SiteMemory, siteMemoryOf } from "./memory.ts";
import { ProfinetObservation } from "./observation.ts";
import { EPM, isLittle, long, NDR, profinetUuid, RPC, RPC_FLAG, RPC_VERSION, short, uuidText } from "./wire.ts";

/** Interface of the endpoint mapper (C706, Appendix O), without its last eight bytes. */
const EPM_INTERFACE = [0xe1af8308, 0x5d1f, 0x11c9] as const;
/** Requests of one flow that wait. */
const MAX_OPEN = 64;
/** Microseconds: C706, 12.3.3, a request is repeated each second or two; a device may take some to begin. */
const PATIENCE = 10_000_000;
/** 4.10.3.2.6: device type, order id, revisions of hardware and software. */
const ANNOTATION = 64;

/** The version, the type and the data representation of a header. */
function isHeader(bytes: Uint8Array, start: number, end: number): boolean {
	if (end - start < RPC.body || u8(bytes, start) !== RPC_VERSION || u8(bytes, start + RPC.type) > PACKET.cancelAck) return false;
	const order = u8(bytes, start + RPC.dataRepresentation);
	return (order === 0 || order === 0x10) && u8(bytes, start + RPC.dataRepresentation + 1) <= 3;
}

const interfaceAt = (bytes: Uint8Array, start: number): number => {
	const number = profinetUuid(bytes, start + RPC.interface, isLittle(bytes, start));
	return number >= INTERFACE.device && number <= 5 && u16(bytes, start + RPC.interface + 10) === 0x00a0 ? number : -1;
};

function isMapper(bytes: Uint8Array, start: number): boolean {
	const [at, little] = [start + RPC.interface, isLittle(bytes, start)];
	return (
		long(bytes, at, little) === EPM_INTERFACE[0] &&
		short(bytes, at + 4, little) === EPM_INTERFACE[1] &&
		short(bytes, at + 6, little) === EPM_INTERFACE[2]
	);
}

/** The mapper's entry is of an object of PROFINET. */
const isOurEntry = (bytes: Uint8Array, start: number, end: number): boolean =>
	end - start >= RPC.body + EPM.annotation && profinetUuid(bytes, start + RPC.body + EPM.object, isLittle(bytes, start)) === 0;

export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (!isHeader(bytes, start, end)) return PROBE.mismatch;
	if (interfaceAt(bytes, start) > 0) return PROBE.certain;
	if (!isMapper(bytes, start) || short(bytes, start + RPC.operation, isLittle(bytes, start)) !== LOOKUP) return PROBE.mismatch;
	// Other endpoint mappers answer too: only an answer about PROFINET says that this one is of a device.
	switch (u8(bytes, start + RPC.type)) {
		case PACKET.request:
			return PROBE.match;
		case PACKET.response:
			return isOurEntry(bytes, start, end) ? PROBE.certain : PROBE.mismatch;
		default:
			return PROBE.mismatch;
	}
}

/** A device asks its controller only whether that is ready; all else is asked of the device. */
function isByDevice(type: number, number: number): boolean | undefined {
	switch (type) {
		case PACKET.request:
		case PACKET.ping:
		case PACKET.cancel:
		case PACKET.ack:
			return number === INTERFACE.controller;
		case PACKET.fack:
			return undefined;
		default:
			return number !== INTERFACE.controller;
	}
}

export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (!isHeader(bytes, start, end)) return undefined;
	const is = isByDevice(u8(bytes, start + RPC.type), interfaceAt(bytes, start));
	return is === undefined ? undefined : is ? "server" : "client";
}

export class ProfinetDatagrams {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<ProfinetObservation>;
	readonly #memory: SiteMemory;
	readonly #reader: BlockReader;
	readonly #out = new ProfinetObservation();
	readonly #count: (what: string) => void;
	/** What was asked on this flow, by activity; where it is answered does not matter. */
	readonly #open = new Map<string, Exchange>();
	#between: FlowBetween | undefined;

	constructor(context: DecoderContext<ProfinetObservation>) {
		this.#context = context;
		this.#count = context.count;
		this.#memory = siteMemoryOf(context.clock);
		this.#reader = new BlockReader(context.count);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probe(bytes, start, end) === PROBE.mismatch) return false;
		const { clock } = this.#context;
		const number = interfaceAt(bytes, start);
		const out = this.#out;
		const little = isLittle(bytes, start);
		out.reset(clock.time, clock.frame);
		out.layer = number < 0 ? "epm" : "cm";
		out.size = end - start;
		out.packetType = u8(bytes, start + RPC.type);
		out.interface = number;
		out.operation = short(bytes, start + RPC.operation, little);
		out.activity = uuidText(bytes, start + RPC.activity, little);
		out.sequence = long(bytes, start + RPC.sequence, little);
		out.fragment = short(bytes, start + RPC.fragment, little);
		if (profinetUuid(bytes, start + RPC.object, little) === 0) {
			out.deviceId = u16(bytes, start + RPC.object + 12);
			out.vendorId = u16(bytes, start + RPC.object + 14);
		}
		out.isFromServer = isByDevice(out.packetType, number) ?? direction === TO_CLIENT;
		const body = start + RPC.body;
		const length = short(bytes, start + RPC.length, little);
		if (body + length > end) this.#malformed("length", direction);
		else this.#body(bytes, body, body + length, u8(bytes, start + RPC.flags), little, direction);
		return true;
	}

	expire(now: number): void {
		let next = Number.POSITIVE_INFINITY;
		for (const [activity, exchange] of this.#open) {
			const due = exchange.time + PATIENCE;
			if (!exchange.isAnswered && due > now) {
				next = Math.min(next, due);
				continue;
			}
			this.#open.delete(activity);
			if (!exchange.isAnswered) this.#giveUp(activity, exchange, due);
		}
		this.deadline = next;
	}

	/** Nobody answered. */
	#giveUp(activity: string, exchange: Exchange, time: number): void {
		exchange.isOverdue = true;
		const out = this.#out;
		out.reset(time, exchange.frame);
		out.kind = "unanswered";
		out.layer = exchange.interface < 0 ? "epm" : "cm";
		out.packetType = PACKET.request;
		out.interface = exchange.interface;
		out.operation = exchange.operation;
		out.activity = activity;
		out.sequence = exchange.sequence;
		out.records = exchange.records;
		out.command = exchange.command;
		out.isParametrising = exchange.isParametrising;
		out.requestFrame = exchange.frame;
		out.isFromServer = exchange.interface === INTERFACE.controller;
		this.#emit(exchange.isServersFlow ? TO_CLIENT : TO_SERVER);
	}

	#malformed(violation: string, direction: Direction): void {
		this.#out.kind = "malformed";
		this.#out.violation = violation;
		this.#emit(direction);
	}

	/** Between device and controller, whoever of them began the flow. */
	#emit(direction: Direction): void {
		const { flow, emit } = this.#context;
		if (this.#out.isFromServer === (direction === TO_CLIENT)) {
			emit(this.#out);
			return;
		}
		if (this.#between?.client !== flow.server) this.#between = new FlowBetween(flow, flow.server, flow.client);
		emit(this.#out, this.#between);
	}

	#body(bytes: Uint8Array, from: number, to: number, flags: number, little: boolean, direction: Direction): void {
		const out = this.#out;
		switch (out.packetType) {
			case PACKET.request:
			case PACKET.response:
				this.#message(bytes, from, to, flags, little, direction);
				return;
			case PACKET.fault:
			case PACKET.reject: {
				out.kind = "refusal";
				if (to - from < 4) {
					this.#malformed("length", direction);
					return;
				}
				out.status = long(bytes, from, little);
				this.#answers(direction);
				this.#emit(direction);
				return;
			}
			default:
				out.kind = "control";
				this.#emit(direction);
		}
	}

	#message(bytes: Uint8Array, from: number, to: number, flags: number, little: boolean, direction: Direction): void {
		const out = this.#out;
		const isResponse = out.packetType === PACKET.response;
		out.kind = isResponse ? "response" : "request";
		let [body, at, end] = [bytes, from, to];
		if ((flags & RPC_FLAG.fragment) !== 0) {
			const isLast = (flags & RPC_FLAG.lastFragment) !== 0;
			const key = `${out.activity} ${out.sequence} ${isResponse}`;
			const whole = this.#memory.assemble(key, out.fragment, isLast, bytes, from, to, out.time, this.#count);
			if (whole === undefined) {
				out.kind = "fragment";
				this.#emit(direction);
				return;
			}
			out.fragments = out.fragment + 1;
			[body, at, end] = [whole, 0, whole.length];
		}
		const violation =
			out.layer === "epm" ? this.#mapper(body, at, end, little, isResponse) : this.#arguments(body, at, end, little, isResponse);
		let displaced: Exchange | undefined;
		if (isResponse) this.#answers(direction);
		else if (violation === "") displaced = this.#asks(direction, digestOf(body, at, end));
		if (violation !== "") this.#malformed(violation, direction);
		else this.#emit(direction);
		if (displaced !== undefined) this.#giveUp(out.activity, displaced, out.time);
	}

	/** 4.10.3: what NDR puts before the blocks. */
	#arguments(bytes: Uint8Array, from: number, to: number, little: boolean, isResponse: boolean): string {
		const out = this.#out;
		if (to - from < NDR.size) return "length";
		if (isResponse) {
			out.status = long(bytes, from + NDR.status, little);
			if (out.status !== 0) out.kind = "refusal";
		}
		const length = long(bytes, from + NDR.argsLength, little);
		if (from + NDR.size + length > to) return "length";
		const violation = this.#reader.read(bytes, from + NDR.size, from + NDR.size + length, out);
		if (violation === "" && !isResponse && out.blockTypes.length === 0) return "blocks";
		return violation;
	}

	/** C706, Appendix O: who the device is, as the annotation of its entry. */
	#mapper(bytes: Uint8Array, from: number, to: number, little: boolean, isResponse: boolean): string {
		const out = this.#out;
		if (!isResponse) return "";
		const length = long(bytes, from + EPM.annotationLength, little);
		const end = from + EPM.annotation + length;
		if (end > to || length > ANNOTATION) return "length";
		out.deviceId = u16(bytes, from + EPM.object + 12);
		out.vendorId = u16(bytes, from + EPM.object + 14);
		out.texts = { annotation: paddedOf(bytes, from + EPM.annotation, end) };
		return "";
	}

	/** Remembers a request; what its activity asked before on this flow, where nobody answered that. */
	#asks(direction: Direction, digest: number): Exchange | undefined {
		const out = this.#out;
		const { activity, sequence } = out;
		const memory = this.#memory;
		const { flow } = this.#context;
		const key = this.#keyOf(direction);
		const before = memory.exchange(key);
		if (before?.sequence === sequence && before.digest === digest && before.flow === flow.id && out.time - before.time < PATIENCE) {
			out.isRepeat = true;
			out.isParametrising = before.isParametrising;
			return undefined;
		}
		if (out.operation === OPERATION.connect && out.relation !== undefined) memory.connects(out.arUuid, out.relation.mac, this.#count);
		out.isParametrising = memory.isParametrising(out.arUuid);
		if (out.operation === OPERATION.release) memory.releases(out.arUuid);
		else if (out.command >= 0)
			memory.parametrises(
				out.arUuid,
				(out.command & COMMAND.parameterBegin) !== 0 || (out.isParametrising && (out.command & COMMAND.parameterEnd) === 0),
			);
		const exchange: Exchange = {
			frame: out.frame,
			time: out.time,
			flow: flow.id,
			digest,
			sequence,
			operation: out.operation,
			interface: out.interface,
			blocks: [],
			records: out.records,
			command: out.command,
			isParametrising: out.isParametrising,
			isServersFlow: direction === TO_CLIENT,
			isAnswered: false,
			isOverdue: false,
		};
		memory.asks(key, exchange, this.#count);
		if (this.#open.size >= MAX_OPEN) {
			this.#open.delete(this.#open.keys().next().value!);
			this.#count("requests-bound");
		}
		const last = this.#open.get(activity);
		this.#open.set(activity, exchange);
		this.deadline = Math.min(this.deadline, out.time + PATIENCE);
		return last?.isAnswered === false && !last.isOverdue ? last : undefined;
	}

	/** An exchange is that of who asks: the sender of a request, and who gets its answer. */
	#keyOf(sentBy: Direction): string {
		const { client, server } = this.#context.flow;
		return `${(sentBy === TO_SERVER ? client : server).ip} ${this.#out.activity}`;
	}

	#answers(direction: Direction): void {
		const out = this.#out;
		const exchange = this.#memory.exchange(this.#keyOf(direction === TO_SERVER ? TO_CLIENT : TO_SERVER));
		if (exchange === undefined || exchange.sequence !== out.sequence) return;
		out.isMatched = true;
		out.isRepeat = exchange.isAnswered || exchange.isOverdue;
		out.asked = exchange;
		out.requestFrame = exchange.frame;
		out.latency = out.time - exchange.time;
		out.isParametrising = exchange.isParametrising;
		exchange.isAnswered = true;
		if (out.operation === OPERATION.connect && out.kind === "response" && out.relation !== undefined)
			this.#memory.isDevice(out.relation.mac, this.#count);
	}
}

/** FNV-1a of what a request says: the same again is the same request. */
function digestOf(bytes: Uint8Array, from: number, to: number): number {
	let hash = 0x811c9dc5;
	for (let at = from; at < to; at++) hash = Math.imul(hash ^ u8(bytes, at), 0x01000193);
	return hash | 0;
}
