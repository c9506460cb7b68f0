/**
 * EtherNet/IP flows: messages of the encapsulation over TCP and UDP, and I/O messages over UDP (CIP Vol. 2, chapter 2 and 3).
 *
 * A message that breaks the specification never hides the next one: it is reported and stepped over. Where its length lies, its items say where it ends; where they are missing too, the
 * next message is found by its own shape.
 */
import { PROBE, type Probe, REJECT, type Stream, seekBy } from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { u16le } from "../../src/wire/bytes.ts";
import { isHeader, isIo, itemsEnd, probeHeader, senderOf } from "./encapsulation.ts";
import { Exchange } from "./exchange.ts";
import { HEADER, MAX_DATA, OFFSET } from "./wire.ts";

export const PORTS = { encapsulation: 44_818, io: 2222 } as const;
export const MAX_MESSAGE = HEADER + MAX_DATA;

/** Microseconds after which the rest of a message is no longer expected when a sound one begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;

export const probe = probeHeader;
export const sender = senderOf;

const seekProbe = (bytes: Uint8Array, start: number, end: number): Probe => probeHeader(bytes, start, end, undefined);

export class EnipStream extends Exchange implements Stream {
	/** By direction: bytes of an unfinished message that come again, and when it began. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	/** By direction: 1 while foreign bytes were reported and no message was understood since. */
	readonly #isForeign = new Uint8Array(2);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		let fresh = start + this.#carried[direction]!;
		while (at < end) {
			if (!isHeader(bytes, at, end)) {
				const sought = seekBy(seekProbe, bytes, at + 1, end);
				const next = sought < 0 ? -1 - sought : sought;
				if (this.#isForeign[direction] === 0) {
					this.#isForeign[direction] = 1;
					this.malformed(bytes, at, next, direction, "header");
				}
				if (at === start && sought < 0) {
					this.#carried[direction] = 0;
					return REJECT;
				}
				at = next;
				continue;
			}
			if (end - at < HEADER) break;
			const size = HEADER + u16le(bytes, at + OFFSET.length);
			const own = itemsEnd(bytes, at, end) - at;
			if (own > 0 && own < size && own < end - at && seekProbe(bytes, at + own, end) === PROBE.certain) {
				this.malformed(bytes, at, at + own, direction, "length");
				at += own;
				continue;
			}
			if (
				at === start &&
				fresh > at &&
				fresh < Math.min(end, at + size) &&
				this.#isOld(direction) &&
				seekProbe(bytes, fresh, end) === PROBE.certain
			) {
				this.malformed(bytes, at, fresh, direction, "unfinished");
				at = fresh;
				fresh = 0;
				continue;
			}
			if (end - at < size) break;
			this.#isForeign[direction] = 0;
			this.message(bytes, at, at + size, direction, false);
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

	seek(bytes: Uint8Array, start: number, end: number, _direction: Direction): number {
		return seekBy(seekProbe, bytes, start, end);
	}

	#isOld(direction: Direction): boolean {
		return this.context.clock.time - this.#since[direction]! > UNFINISHED_AFTER;
	}
}

/** A datagram is an I/O message wherever it is seen; a header alone fits other traffic too. */
export function probeDatagram(bytes: Uint8Array, start: number, end: number): Probe {
	if (isIo(bytes, start, end)) return PROBE.certain;
	if (end - start < HEADER || HEADER + u16le(bytes, start + OFFSET.length) !== end - start) return PROBE.mismatch;
	const answer = probeHeader(bytes, start, end, false);
	return answer === PROBE.more ? PROBE.mismatch : answer;
}

const isBroadcast = (ip: string | undefined): boolean => ip?.endsWith(".255") === true;

export class EnipDatagrams extends Exchange {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (isIo(bytes, start, end)) this.io(bytes, start, end, direction);
		else if (end - start < HEADER || !isHeader(bytes, start, end)) return false;
		else if (HEADER + u16le(bytes, start + OFFSET.length) > end - start) this.malformed(bytes, start, end, direction, "length");
		else
			this.message(bytes, start, start + HEADER + u16le(bytes, start + OFFSET.length), direction, isBroadcast(this.context.flow.server.ip));
		return true;
	}
}
