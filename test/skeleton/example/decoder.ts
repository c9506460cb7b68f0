/** The example protocol over TCP: bytes to observations, answers with what they answer. */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream } from "../../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../../src/flow/flow.ts";
import { u8, u16 } from "../../../src/wire/bytes.ts";
import { FUNCTION } from "./codes.ts";
import type { ExampleObservation } from "./observation.ts";
import { HEADER, MAGIC, MAX_MESSAGE, OFFSET } from "./wire.ts";

/** Requests of one connection that wait for an answer. */
const MAX_WAITING = 64;
/** Microseconds after which nobody answers any more. */
const PATIENCE = 10_000_000;

/** Whether the bytes begin with a message. */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < OFFSET.function) return PROBE.more;
	const length = u16(bytes, start + OFFSET.length);
	return u16(bytes, start + OFFSET.magic) === MAGIC && length >= HEADER && length <= MAX_MESSAGE ? PROBE.match : PROBE.mismatch;
}

/** Who sent the message. */
export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	end - start < HEADER ? undefined : u8(bytes, start + OFFSET.function) < 0x80 ? "client" : "server";

interface Waiting {
	readonly time: number;
	readonly frame: number;
}

/** Decodes one connection. */
export class ExampleStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<ExampleObservation>;
	/** By transaction, the oldest first. */
	readonly #waiting = new Map<number, Waiting>();
	readonly #out: ExampleObservation = {
		protocol: "example",
		kind: "request",
		time: 0,
		frame: 0,
		functionCode: 0,
		transactionId: 0,
		value: Number.NaN,
		requestFrame: 0,
		latency: -1,
		violation: "",
	};

	constructor(context: DecoderContext<ExampleObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (end - at >= HEADER) {
			if (probe(bytes, at, end) === PROBE.mismatch) return at === start ? REJECT : at - start;
			const to = at + u16(bytes, at + OFFSET.length);
			if (to > end) break;
			this.#message(bytes, at, to, direction);
			at = to;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		if (direction === TO_SERVER) return;
		this.#waiting.clear();
		this.deadline = Number.POSITIVE_INFINITY;
	}

	expire(now: number): void {
		for (const [transaction, waiting] of this.#waiting) {
			if (waiting.time + PATIENCE > now) break;
			this.#waiting.delete(transaction);
			const out = this.#begin("unanswered", FUNCTION.read, transaction);
			out.time = waiting.time + PATIENCE;
			out.frame = out.requestFrame = waiting.frame;
			this.#context.emit(out);
		}
		this.#setDeadline();
	}

	#message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const code = u8(bytes, start + OFFSET.function);
		const transaction = u16(bytes, start + OFFSET.transaction);
		const body = end - start - HEADER;
		const isAnswer = direction === TO_CLIENT;
		const out = this.#begin(isAnswer ? "response" : "request", code, transaction);
		if (isAnswer && body >= 2) out.value = u16(bytes, start + OFFSET.body);
		if (code !== (isAnswer ? FUNCTION.answer : FUNCTION.read)) out.violation = "function";
		else if (body !== (isAnswer ? 2 : 0)) out.violation = "length";
		if (out.violation !== "") out.kind = "malformed";
		else if (isAnswer) this.#answer(out);
		else this.#ask(out);
		this.#context.emit(out);
	}

	#ask(out: ExampleObservation): void {
		this.#waiting.delete(out.transactionId);
		if (this.#waiting.size >= MAX_WAITING) {
			this.#context.count("requests-bound");
			return;
		}
		this.#waiting.set(out.transactionId, { time: out.time, frame: out.frame });
		this.#setDeadline();
	}

	#answer(out: ExampleObservation): void {
		const asked = this.#waiting.get(out.transactionId);
		if (asked === undefined) return;
		this.#waiting.delete(out.transactionId);
		out.requestFrame = asked.frame;
		out.latency = out.time - asked.time;
		this.#setDeadline();
	}

	#setDeadline(): void {
		const [oldest] = this.#waiting.values();
		this.deadline = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.time + PATIENCE;
	}

	#begin(kind: ExampleObservation["kind"], code: number, transaction: number): ExampleObservation {
		const out = this.#out;
		out.kind = kind;
		out.time = this.#context.clock.time;
		out.frame = out.requestFrame = this.#context.clock.frame;
		out.functionCode = code;
		out.transactionId = transaction;
		out.value = Number.NaN;
		out.latency = -1;
		out.violation = "";
		return out;
	}
}
