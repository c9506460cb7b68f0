/** 3E and 4E frames over UDP, one in each datagram, and over TCP, where each says its length. Nothing in front of them is a mark, so the next one is found by all of its header. */
import { type DatagramDecoder, PROBE, type Probe, placeOf, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { Exchange } from "./exchange.ts";
import type { MelsecObservation } from "./observation.ts";
import { FORM, formAt, headerOf, MAX_MESSAGE, MORE, NONE, PORTS, SHAPE, shapeOf, sizeAt } from "./wire.ts";

/** Frames behind one that bear it out. */
const CHAINED = 4;
/** Microseconds after which the rest of a frame is no longer expected when a sound one begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;

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
	if (form === MORE) return PROBE.more;
	const size = sizeAt(bytes, at, end, form);
	if (size === NONE) return PROBE.mismatch;
	// Timer, command and subcommand; or the end code.
	const needed = headerOf(form) + ((form & FORM.answer) !== 0 ? 2 : 6) * ((form & FORM.ascii) !== 0 ? 2 : 1);
	if (size === MORE || end - at < needed) return PROBE.more;
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

class MelsecStream extends Exchange implements Stream {
	/** By direction: octets of an unfinished frame that come again, and when it began. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	/** By direction: 1 while foreign octets were reported and no frame was read since. */
	readonly #isForeign = new Uint8Array(2);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const fresh = start + this.#carried[direction]!;
		let at = start;
		while (at < end) {
			const form = formAt(bytes, at, end);
			const size = form >= 0 ? sizeAt(bytes, at, end, form) : form;
			if (size === MORE) break;
			if (size === NONE) {
				const next = placeOf(seekBy(probe, bytes, at + 1, end));
				if (this.#isForeign[direction] === 0) this.broken(next - at, direction, "header");
				this.#isForeign[direction] = 1;
				at = next;
				continue;
			}
			if (
				fresh > at &&
				fresh < Math.min(end, at + size) &&
				this.context.clock.time - this.#since[direction]! > UNFINISHED_AFTER &&
				probe(bytes, fresh, end) >= PROBE.match
			) {
				this.broken(fresh - at, direction, "unfinished");
				at = fresh;
				continue;
			}
			if (end - at < size) break;
			this.#isForeign[direction] = 0;
			this.melsecFrame(bytes, at, at + size, form, direction);
			at += size;
		}
		if (at > start || this.#carried[direction] === 0) this.#since[direction] = this.context.clock.time;
		this.#carried[direction] = end - at;
		return at - start;
	}

	gap(direction: Direction): void {
		this.#carried[direction] = 0;
		this.#isForeign[direction] = 0;
		this.forget();
	}
}
