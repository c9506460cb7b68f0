/** An SRTP connection: the exchange with which it begins, requests and replies. A reply has the number of its request. */
import { MessageReader, type MessageUser, MORE, UNFINISHED } from "../../src/decode/messageReader.ts";
import { type DecoderContext, PROBE, type Probe, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { WaitingRequests } from "../../src/decode/waitingRequests.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { SERVICE, SERVICES } from "./codes.ts";
import { readValues } from "./memory.ts";
import { SrtpObservation } from "./observation.ts";
import { FURTHER, INLINE, MAILBOX, MAX_MESSAGE, messageAt, NONE, OFFSET, PORT, SIZE, TYPE } from "./wire.ts";

/** Requests of one connection that wait; the oldest gives way. */
const MAX_WAITING = 16;
/** Microseconds after which no reply will come. */
const PATIENCE = 10_000_000;
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

class SrtpStream implements Stream, MessageUser {
	readonly soundness = PROBE.certain;
	readonly #context: DecoderContext<SrtpObservation>;
	readonly #out = new SrtpObservation();
	readonly #waiting = new WaitingRequests(MAX_WAITING, PATIENCE);
	readonly #reader: MessageReader;

	constructor(context: DecoderContext<SrtpObservation>) {
		this.#context = context;
		this.#reader = new MessageReader(this, context.clock);
	}

	get deadline(): number {
		return this.#waiting.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#waiting.clear();
	}

	expire(now: number): void {
		for (let waiting = this.#waiting.takeOverdue(now); waiting !== undefined; waiting = this.#waiting.takeOverdue(now)) {
			const out = this.#out;
			out.reset(this.#waiting.endOf(waiting), waiting.frame);
			this.#asked(waiting.bytes, 0, waiting.length);
			out.kind = "unanswered";
			out.requestFrame = waiting.frame;
			this.#context.emit(out);
		}
	}

	lengthAt(bytes: Uint8Array, at: number, end: number): number {
		return messageAt(bytes, at, end);
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probe(bytes, start, end);
	}

	#begin(size: number, direction: Direction): SrtpObservation {
		const { clock } = this.#context;
		this.#out.reset(clock.time, clock.frame);
		this.#out.size = size;
		this.#out.isFromServer = direction === TO_CLIENT;
		return this.#out;
	}

	broken(size: number, direction: Direction, why: number): void {
		this.#begin(size, direction).violation = why === UNFINISHED ? "unfinished" : "header";
		this.#context.emit(this.#out);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(end - start, direction);
		const type = u8(bytes, start);
		if (type === TYPE.request && direction === TO_SERVER) this.#request(bytes, start, end);
		else if (type === TYPE.reply && direction === TO_CLIENT) this.#reply(bytes, start, end);
		else if (type === (direction === TO_SERVER ? TYPE.hello : TYPE.welcome)) out.kind = "connection";
		else out.violation = "direction";
		this.#context.emit(out);
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
		if (!this.#waiting.keep(bytes, start, end, TO_SERVER, out.time, out.frame)) this.#context.count("srtp requests waiting");
	}

	#reply(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const sequence = u16le(bytes, start + OFFSET.sequence);
		const waiting = this.#waiting.take((one) => u16le(one.bytes, OFFSET.sequence) === sequence);
		if (waiting !== undefined) {
			this.#asked(waiting.bytes, 0, waiting.length);
			out.isMatched = true;
			out.latency = out.time - waiting.time;
			out.requestFrame = waiting.frame;
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
