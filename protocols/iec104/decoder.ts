/**
 * An IEC 60870-5-104 connection: bytes to APDUs (5.1), their sequence numbers (5.1, 5.2), and the ASDU of each (60870-5-101, 7). A message that breaks the standard is reported and
 * stepped over; where its length lies, the next one is found by its own header.
 */
import { type DecoderContext, PROBE, type Probe, placeOf, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";
import { CAUSE, GROUP, isListed, isUnknown, LAYOUT, MALFORMED, TYPE, TYPES, type TypeRecord, VIOLATION } from "./codes.ts";
import { readObjects } from "./elements.ts";
import { Exchange } from "./exchange.ts";
import { clear, type Iec104Observation, newObservation } from "./observation.ts";
import {
	ASDU,
	CAUSE_MASK,
	CONTROL,
	COUNT_MASK,
	HEADER,
	HEADER_AT,
	headerAt,
	LENGTH,
	MAX_APDU,
	NEGATIVE_BIT,
	nextAfter,
	SEQUENCE_BIT,
	SEQUENCE_MASK,
	START,
	TEST_BIT,
	UNNUMBERED,
	WINDOW,
} from "./wire.ts";

/** Headers behind one that bear it out, where its place is only guessed. */
const CHAINED = 4;
/** A number this far behind the one that is due was sent already; further away it was left out. Half of all there are. */
const HALF = (SEQUENCE_MASK + 1) / 2;
const UNKNOWN = -1;

export const iec104Tcp: StreamDecoder<Iec104Observation> = {
	ports: [2404],
	maxMessage: MAX_APDU,
	probe,
	sender,
	open: (context) => new Iec104Stream(context),
};

/** Whether the I format at `at` holds an ASDU as the standard has them: a type that it lists, a cause, objects that fill it. What is not there yet may fit. */
function isSoundAsdu(bytes: Uint8Array, at: number, end: number): boolean {
	const start = at + ASDU;
	const next = nextAfter(bytes, at);
	if (next - start < HEADER.size) return false;
	if (end - start < HEADER.size) return end <= start || isListed(u8(bytes, start));
	const typeId = u8(bytes, start);
	if (!isListed(typeId) || (u8(bytes, start + HEADER.cause) & CAUSE_MASK) === 0) return false;
	const { size } = TYPES[typeId]!;
	const qualifier = u8(bytes, start + HEADER.qualifier);
	const count = qualifier & COUNT_MASK;
	if (size < 0) return true;
	const addresses = (qualifier & SEQUENCE_BIT) === 0 ? count : Math.min(count, 1);
	return next - start === HEADER.size + 3 * addresses + count * size;
}

/**
 * Functions of the U format are six fixed octets, and nothing else begins so. On a port of its own anything with start octet and length fits, so that broken messages are reported; elsewhere
 * an ASDU must be one that the standard describes, to its last octet.
 */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const header = headerAt(bytes, start, end);
	if (header === HEADER_AT.none) return PROBE.mismatch;
	if (header === HEADER_AT.more) return PROBE.more;
	if (header === HEADER_AT.broken) return isHinted === true && bordersOn(bytes, start, end) ? PROBE.match : PROBE.mismatch;
	const first = u8(bytes, start + CONTROL);
	if ((first & 3) === 3) return PROBE.certain;
	const isAsdu = (first & 1) === 0;
	const isSound = !isAsdu || isSoundAsdu(bytes, start, end);
	if (!isSound && (isHinted !== true || !bordersOn(bytes, start, end))) return PROBE.mismatch;
	if (isHinted === false && isAsdu && end - start < ASDU + HEADER.size) return PROBE.more;
	// What follows must begin like a message too.
	let next = nextAfter(bytes, start);
	for (let count = 0; count < CHAINED && next < end; count++) {
		const follows = headerAt(bytes, next, end);
		if (follows === HEADER_AT.none || (follows === HEADER_AT.broken && isHinted !== true)) return PROBE.mismatch;
		if (follows === HEADER_AT.more) break;
		next = nextAfter(bytes, next);
	}
	return PROBE.match;
}

/** Whether what the length says ends where the bytes end, or where another APDU begins. */
function bordersOn(bytes: Uint8Array, at: number, end: number): boolean {
	if (end - at <= LENGTH) return false;
	const next = nextAfter(bytes, at);
	if (next >= end) return next === end;
	const follows = headerAt(bytes, next, end);
	return follows === HEADER_AT.sound || follows === HEADER_AT.more;
}

/** The controlling station starts and stops, and is the client; values and confirmations come from the controlled one. */
function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (headerAt(bytes, start, end) !== HEADER_AT.sound) return undefined;
	const first = u8(bytes, start + CONTROL);
	if (first === UNNUMBERED.startAct || first === UNNUMBERED.stopAct) return "client";
	if (first === UNNUMBERED.startCon || first === UNNUMBERED.stopCon) return "server";
	const asdu = start + ASDU;
	if ((first & 1) !== 0 || end - asdu < HEADER.size || !isSoundAsdu(bytes, start, end)) return undefined;
	const { group } = TYPES[u8(bytes, asdu)]!;
	if (group === GROUP.monitor) return "server";
	if (group !== GROUP.command && group !== GROUP.system && group !== GROUP.parameter) return undefined;
	const cause = u8(bytes, asdu + HEADER.cause) & CAUSE_MASK;
	if (cause === CAUSE.activation || cause === CAUSE.deactivation || cause === CAUSE.request) return "client";
	const isAnswer = cause === CAUSE.activationCon || cause === CAUSE.deactivationCon || cause === CAUSE.activationTerm || isUnknown(cause);
	return isAnswer ? "server" : undefined;
}

export class Iec104Stream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<Iec104Observation>;
	readonly #out = newObservation();
	readonly #exchange: Exchange;
	/** By direction: the next N(S); the one behind a number that came again, from which a side may go on; the latest N(R) that came the other way. -1 while unknown. */
	readonly #next = new Int32Array(2).fill(UNKNOWN);
	readonly #again = new Int32Array(2).fill(UNKNOWN);
	readonly #acknowledged = new Int32Array(2).fill(UNKNOWN);
	/** By direction: 1 while foreign bytes were reported and no message was read since. */
	readonly #isForeign = new Uint8Array(2);

	constructor(context: DecoderContext<Iec104Observation>) {
		this.#context = context;
		this.#exchange = new Exchange(context, this.#out);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			const header = headerAt(bytes, at, end);
			if (header === HEADER_AT.more) break;
			if (header === HEADER_AT.sound) {
				const next = nextAfter(bytes, at);
				if (next > end) break;
				this.#isForeign[direction] = 0;
				this.#apdu(bytes, at, next, direction);
				at = next;
				continue;
			}
			if (header === HEADER_AT.broken && bordersOn(bytes, at, end)) {
				const next = nextAfter(bytes, at);
				this.#broken(bytes, at, next, direction, VIOLATION.control);
				at = next;
				continue;
			}
			const next = placeOf(seekBy(probe, bytes, at + 1, end));
			if (this.#isForeign[direction] === 0) {
				this.#isForeign[direction] = 1;
				this.#broken(bytes, at, next, direction, VIOLATION.start);
			}
			at = next;
		}
		this.deadline = this.#exchange.deadline;
		return at - start;
	}

	gap(_direction: Direction): void {
		// What was lost may have been the numbers of the one side and the acknowledgements of the other.
		this.#next.fill(UNKNOWN);
		this.#again.fill(UNKNOWN);
		this.#acknowledged.fill(UNKNOWN);
		this.#isForeign.fill(0);
		this.#exchange.forget();
		this.deadline = this.#exchange.deadline;
	}

	expire(now: number): void {
		this.#exchange.expire(now);
		this.deadline = this.#exchange.deadline;
	}

	#begin(size: number, direction: Direction): Iec104Observation {
		const out = this.#out;
		const { clock } = this.#context;
		clear(out);
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.size = size;
		return out;
	}

	#broken(bytes: Uint8Array, at: number, next: number, direction: Direction, violation: number): void {
		const out = this.#begin(next - at, direction);
		out.kind = "malformed";
		if (u8(bytes, at) === START && next - at > CONTROL) out.control = u8(bytes, at + CONTROL);
		out.violations = violation;
		this.#context.emit(out);
	}

	#apdu(bytes: Uint8Array, at: number, next: number, direction: Direction): void {
		const out = this.#begin(next - at, direction);
		const first = u8(bytes, at + CONTROL);
		if ((first & 3) === 3) {
			out.format = "U";
			out.kind = "unnumbered";
			out.control = first;
			this.#exchange.unnumbered(out, direction);
			this.#context.emit(out);
			return;
		}
		out.receiveSequence = u16le(bytes, at + CONTROL + 2) >> 1;
		if ((first & 1) === 1) {
			out.format = "S";
			out.kind = "supervisory";
			this.#acknowledge(out, direction);
			this.#context.emit(out);
			return;
		}
		out.format = "I";
		out.sendSequence = u16le(bytes, at + CONTROL) >> 1;
		this.#number(out, direction);
		this.#acknowledge(out, direction);
		if (this.#exchange.isStopped) out.violations |= VIOLATION.stopped;
		this.#asdu(bytes, at + ASDU, next, direction);
		this.#context.emit(out);
		this.#exchange.settle(this.#context.clock.time);
	}

	/** 5.1: one more for each I format of a direction. The first one seen is taken as it is. */
	#number(o: Iec104Observation, direction: Direction): void {
		const due = this.#next[direction]!;
		const sent = o.sendSequence;
		const following = (sent + 1) & SEQUENCE_MASK;
		if (due === UNKNOWN || due === sent || this.#again[direction] === sent) {
			this.#next[direction] = following;
			this.#again[direction] = UNKNOWN;
			const acknowledged = this.#acknowledged[direction]!;
			if (acknowledged !== UNKNOWN && ((following - acknowledged) & SEQUENCE_MASK) > WINDOW) o.violations |= VIOLATION.window;
			return;
		}
		o.expectedSequence = due;
		if (((due - sent) & SEQUENCE_MASK) < HALF) {
			o.violations |= VIOLATION.duplicate;
			this.#again[direction] = following;
			return;
		}
		o.violations |= VIOLATION.sequence;
		this.#next[direction] = following;
	}

	/** 5.2: N(R) says which one of the other side is due next. */
	#acknowledge(o: Iec104Observation, direction: Direction): void {
		const other = 1 - direction;
		const next = this.#next[other]!;
		if (next !== UNKNOWN && ((next - o.receiveSequence) & SEQUENCE_MASK) >= HALF) o.violations |= VIOLATION.acknowledgement;
		else this.#acknowledged[other] = o.receiveSequence;
	}

	#asdu(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#out;
		if (end - start < HEADER.size) {
			out.violations |= VIOLATION.length;
			out.kind = "malformed";
			return;
		}
		out.typeId = u8(bytes, start);
		const qualifier = u8(bytes, start + HEADER.qualifier);
		out.count = qualifier & COUNT_MASK;
		out.isSequence = (qualifier & SEQUENCE_BIT) !== 0;
		const cause = u8(bytes, start + HEADER.cause);
		out.cause = cause & CAUSE_MASK;
		out.isNegative = (cause & NEGATIVE_BIT) !== 0;
		out.isTest = (cause & TEST_BIT) !== 0;
		out.originator = u8(bytes, start + HEADER.originator);
		out.commonAddress = u16le(bytes, start + HEADER.commonAddress);
		const type = TYPES[out.typeId]!;
		if (out.typeId === 0) out.violations |= VIOLATION.type;
		if (out.cause === 0) out.violations |= VIOLATION.cause;
		if (readObjects(out, type, bytes, start + HEADER.size, end) !== end) out.violations |= VIOLATION.length;
		if (isSingle(type, out.typeId) && out.count !== 1) out.violations |= VIOLATION.objects;
		out.kind = (out.violations & MALFORMED) !== 0 ? "malformed" : kindOf(out, type);
		if (out.kind !== "malformed") this.#exchange.asdu(out, direction);
	}
}

/** Types with one object at a time (101, 7.3.2 to 7.3.6): all that is told to a station, and files but for a directory. */
const isSingle = ({ group, layout }: TypeRecord, typeId: number): boolean =>
	group === GROUP.command ||
	group === GROUP.system ||
	(group === GROUP.parameter && layout !== LAYOUT.opaque) ||
	(group === GROUP.file && typeId !== TYPE.directory) ||
	typeId === TYPE.endOfInitialization;

function kindOf({ cause, isNegative }: Iec104Observation, { group }: TypeRecord): Iec104Observation["kind"] {
	if (group === GROUP.unknown) return "other";
	if (group === GROUP.security) return "security";
	if (isUnknown(cause)) return "refusal";
	if (group === GROUP.file) return isNegative ? "refusal" : "file";
	if (group === GROUP.monitor) return "information";
	switch (cause) {
		case CAUSE.activation:
		case CAUSE.deactivation:
		case CAUSE.request:
			return "request";
		case CAUSE.activationCon:
		case CAUSE.deactivationCon:
			return isNegative ? "refusal" : "confirmation";
		case CAUSE.activationTerm:
			return "termination";
		default:
			return "information";
	}
}
