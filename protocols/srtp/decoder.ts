/** An SRTP connection: the exchange with which it begins, requests and replies. A reply has the number of its request. */
import { type DecoderContext, PROBE, type Probe, placeOf, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { SERVICE, SERVICES } from "./codes.ts";
import { readValues } from "./memory.ts";
import { SrtpObservation } from "./observation.ts";
import { FURTHER, INLINE, MAILBOX, MAX_MESSAGE, MORE, messageAt, NONE, OFFSET, PORT, SIZE, TYPE } from "./wire.ts";

/** Requests of one connection that wait; the oldest gives way. */
const MAX_WAITING = 16;
/** Microseconds after which no reply will come. */
const PATIENCE = 10_000_000;
/** Microseconds after which the rest of a message is no longer expected when a sound one begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;
/** Characters of a name that a controller may have. */
const MAX_NAME = 32;

export const srtpTcp: StreamDecoder<SrtpObservation> = {
	ports: [PORT],
	maxMessage: MAX_MESSAGE,
	probe,
	sender: (bytes, start, end) => (messageAt(bytes, start, end) > 0 ? (u8(bytes, start) % 2 === 0 ? "client" : "server") : undefined),
	open: (context) => new SrtpStream(context),
};

/** A request with a service that is known, or a reply, of which twenty octets are fixed, is certain; zeros alone begin a connection on the protocol's own port only. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const length = messageAt(bytes, start, end);
	if (length === NONE) return PROBE.mismatch;
	const type = u8(bytes, start);
	if (end > start && type <= TYPE.welcome && isHinted === false) return PROBE.mismatch;
	if (length === MORE) return PROBE.more;
	if (type <= TYPE.welcome) return PROBE.match;
	return type === TYPE.request && !SERVICES.has(serviceAt(bytes, start)) ? PROBE.match : PROBE.certain;
}

/** Where a request says what it wants. */
const placeIn = (bytes: Uint8Array, start: number): number =>
	start + (u8(bytes, start + OFFSET.mailbox) === MAILBOX.requestText ? FURTHER : 0);
const serviceAt = (bytes: Uint8Array, start: number): number => u8(bytes, placeIn(bytes, start) + OFFSET.service);

interface Waiting {
	readonly bytes: Uint8Array;
	readonly sequence: number;
	readonly time: number;
	readonly frame: number;
}

class SrtpStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<SrtpObservation>;
	readonly #out = new SrtpObservation();
	/** In order of time. */
	readonly #waiting: Waiting[] = [];
	/** By direction: octets of an unfinished message that come again, and when it began. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	/** By direction: 1 while foreign octets were reported and no message was read since. */
	readonly #isForeign = new Uint8Array(2);

	constructor(context: DecoderContext<SrtpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const fresh = start + this.#carried[direction]!;
		let at = start;
		while (at < end) {
			const length = messageAt(bytes, at, end);
			if (length === MORE) break;
			if (length === NONE) {
				const next = placeOf(seekBy(probe, bytes, at + 1, end));
				if (this.#isForeign[direction] === 0) this.#broken(next - at, direction, "header");
				this.#isForeign[direction] = 1;
				at = next;
				continue;
			}
			if (
				fresh > at &&
				fresh < Math.min(end, at + length) &&
				this.#context.clock.time - this.#since[direction]! > UNFINISHED_AFTER &&
				probe(bytes, fresh, end) === PROBE.certain
			) {
				this.#broken(fresh - at, direction, "unfinished");
				at = fresh;
				continue;
			}
			if (end - at < length) break;
			this.#isForeign[direction] = 0;
			this.#message(bytes, at, at + length, direction);
			at += length;
		}
		if (at > start || this.#carried[direction] === 0) this.#since[direction] = this.#context.clock.time;
		this.#carried[direction] = end - at;
		return at - start;
	}

	gap(direction: Direction): void {
		this.#carried[direction] = 0;
		this.#isForeign[direction] = 0;
		this.#waiting.length = 0;
		this.#schedule();
	}

	expire(now: number): void {
		while (this.#waiting.length > 0 && this.#waiting[0]!.time + PATIENCE <= now) {
			const { bytes, time, frame } = this.#waiting.shift()!;
			const out = this.#out;
			out.reset(time + PATIENCE, frame);
			this.#asked(bytes, 0, bytes.length);
			out.kind = "unanswered";
			out.requestFrame = frame;
			this.#context.emit(out);
		}
		this.#schedule();
	}

	#schedule(): void {
		this.deadline = this.#waiting.length > 0 ? this.#waiting[0]!.time + PATIENCE : Number.POSITIVE_INFINITY;
	}

	#begin(size: number, direction: Direction): SrtpObservation {
		const { clock } = this.#context;
		this.#out.reset(clock.time, clock.frame);
		this.#out.size = size;
		this.#out.isFromServer = direction === TO_CLIENT;
		return this.#out;
	}

	#broken(size: number, direction: Direction, violation: string): void {
		this.#begin(size, direction).violation = violation;
		this.#context.emit(this.#out);
	}

	#message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(end - start, direction);
		const type = u8(bytes, start);
		if (type === TYPE.request && direction === TO_SERVER) this.#request(bytes, start, end);
		else if (type === TYPE.reply && direction === TO_CLIENT) this.#reply(bytes, start, end);
		else if (type === (direction === TO_SERVER ? TYPE.hello : TYPE.welcome)) out.kind = "connection";
		else out.violation = "direction";
		this.#context.emit(out);
		this.#schedule();
	}

	/** What a request wants. */
	#asked(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		out.sequence = u16le(bytes, start + OFFSET.sequence);
		out.mailbox = u8(bytes, start + OFFSET.mailbox);
		out.destination = u8(bytes, start + OFFSET.destination);
		const place = placeIn(bytes, start);
		out.service = u8(bytes, place + OFFSET.service);
		out.octets = end - start - SIZE;
		if (out.service < SERVICE.readSystem || out.service > SERVICE.writeProgram) {
			out.parameter = u8(bytes, place + OFFSET.selector);
			return;
		}
		out.selector = u8(bytes, place + OFFSET.selector);
		out.first = u16le(bytes, place + OFFSET.first);
		out.count = u16le(bytes, place + OFFSET.count);
		if (out.service !== SERVICE.writeSystem) return;
		if (out.mailbox === MAILBOX.requestText) readValues(out, bytes, start + SIZE, end);
		else readValues(out, bytes, start + OFFSET.inline, start + OFFSET.inline + INLINE.request);
	}

	#request(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		out.kind = "request";
		this.#asked(bytes, start, end);
		if (this.#waiting.length >= MAX_WAITING) {
			this.#context.count("srtp requests waiting");
			this.#waiting.shift();
		}
		this.#waiting.push({ bytes: bytes.slice(start, end), sequence: out.sequence, time: out.time, frame: out.frame });
	}

	#reply(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const sequence = u16le(bytes, start + OFFSET.sequence);
		const index = this.#waiting.findIndex((waiting) => waiting.sequence === sequence);
		if (index >= 0) {
			const [waiting] = this.#waiting.splice(index, 1);
			this.#asked(waiting!.bytes, 0, waiting!.bytes.length);
			out.isMatched = true;
			out.latency = out.time - waiting!.time;
			out.requestFrame = waiting!.frame;
		}
		out.sequence = sequence;
		out.mailbox = u8(bytes, start + OFFSET.mailbox);
		out.octets = end - start - SIZE;
		out.status = u8(bytes, start + OFFSET.status);
		out.minor = u8(bytes, start + OFFSET.minor);
		out.privilege = u8(bytes, start + OFFSET.privilege);
		out.state = u16le(bytes, start + OFFSET.state);
		if (out.mailbox === MAILBOX.refused || out.status !== 0) {
			out.kind = "error";
			return;
		}
		out.kind = "response";
		const [from, to] = out.mailbox === MAILBOX.doneText ? [start + SIZE, end] : [start + OFFSET.data, start + OFFSET.data + INLINE.reply];
		if (out.service === SERVICE.readSystem) readValues(out, bytes, from, to);
		else if (out.service === SERVICE.controllerType) out.name = nameAt(bytes, from, to);
	}
}

/** The text with which the octets begin; empty where they begin with something else. */
function nameAt(bytes: Uint8Array, start: number, end: number): string {
	let stop = start;
	while (stop < Math.min(end, start + MAX_NAME) && u8(bytes, stop) >= 0x20 && u8(bytes, stop) < 0x7f) stop++;
	return utf8Of(bytes, start, stop).trim();
}
