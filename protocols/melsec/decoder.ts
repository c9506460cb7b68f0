/** 3E and 4E frames over UDP, one in each datagram, and over TCP, where each says its length. Nothing in front of them is a mark, so the next one is found by all of its header. */
import { MessageReader, type MessageUser, MORE, UNFINISHED } from "../../src/decode/messageReader.ts";
import { type DatagramDecoder, PROBE, type Probe, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { Exchange } from "./exchange.ts";
import type { MelsecObservation } from "./observation.ts";
import { FORM, formAt, headerOf, MAX_MESSAGE, NONE, PORTS, SHAPE, shapeOf, sizeAt, TOO_FEW } from "./wire.ts";

/** Frames behind one that bear it out. */
const CHAINED = 4;

export const melsecTcp: StreamDecoder<MelsecObservation> = {
	ports: PORTS,
	maxMessage: MAX_MESSAGE,
	probe,
	sender: senderOf,
	open: (context) => new MelsecStream(context),
};

export const melsecUdp: DatagramDecoder<MelsecObservation> = {
	ports: PORTS,
	probe: probeDatagram,
	sender: senderOf,
	open: (context) => new MelsecDatagrams(context),
};

/** One frame by its header alone: PROBE's answers. */
function frameAt(bytes: Uint8Array, at: number, end: number): Probe {
	const form = formAt(bytes, at, end);
	if (form === NONE) return PROBE.mismatch;
	if (form === TOO_FEW) return PROBE.more;
	const size = sizeAt(bytes, at, end, form);
	if (size === NONE) return PROBE.mismatch;
	// Timer, command and subcommand; or the end code.
	const needed = headerOf(form) + ((form & FORM.answer) !== 0 ? 2 : 6) * ((form & FORM.ascii) !== 0 ? 2 : 1);
	if (size === TOO_FEW || end - at < needed) return PROBE.more;
	const shape = shapeOf(bytes, at, end, form);
	return shape === SHAPE.none ? PROBE.mismatch : shape === SHAPE.sound ? PROBE.certain : PROBE.match;
}

/** A request to the station itself, with a command that is known, is certain; an answer has nothing of its own but its lengths, and what follows must be a frame too. */
function probe(bytes: Uint8Array, start: number, end: number): Probe {
	const answer = frameAt(bytes, start, end);
	if (answer === PROBE.mismatch || answer === PROBE.more) return answer;
	let at = start;
	for (let count = 0; count < CHAINED; count++) {
		at += sizeAt(bytes, at, end, formAt(bytes, at, end));
		if (at >= end) break;
		const next = frameAt(bytes, at, end);
		if (next === PROBE.mismatch) return PROBE.mismatch;
		if (next === PROBE.more) break;
	}
	return answer;
}

function probeDatagram(bytes: Uint8Array, start: number, end: number): Probe {
	const answer = frameAt(bytes, start, end);
	if (answer !== PROBE.match && answer !== PROBE.certain) return PROBE.mismatch;
	return start + sizeAt(bytes, start, end, formAt(bytes, start, end)) === end ? answer : PROBE.mismatch;
}

function senderOf(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const form = formAt(bytes, start, end);
	return form < 0 ? undefined : (form & FORM.answer) !== 0 ? "server" : "client";
}

class MelsecDatagrams extends Exchange {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probeDatagram(bytes, start, end) === PROBE.mismatch) return false;
		this.melsecFrame(bytes, start, end, formAt(bytes, start, end), direction);
		return true;
	}
}

class MelsecStream extends Exchange implements Stream, MessageUser {
	readonly soundness = PROBE.match;
	readonly #reader = new MessageReader(this, this.context.clock);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.forget();
	}

	lengthAt(bytes: Uint8Array, at: number, end: number): number {
		const form = formAt(bytes, at, end);
		const size = form < 0 ? form : sizeAt(bytes, at, end, form);
		return size === TOO_FEW ? MORE : size;
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probe(bytes, start, end);
	}

	broken(size: number, direction: Direction, why: number): void {
		this.noFrame(size, direction, why === UNFINISHED ? "unfinished" : "header");
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		this.melsecFrame(bytes, start, end, formAt(bytes, start, end), direction);
	}
}
