/**
 * DNP3 over TCP and UDP (IEEE 1815-2012, clause 13): frames in a stream, and frames in datagrams. A frame with a wrong checksum is reported and stepped over; where its
 * length cannot be believed, the next sound header is where decoding goes on.
 */
import {
	type DatagramDecoder,
	type Datagrams,
	PROBE,
	type Probe,
	placeOf,
	type Stream,
	type StreamDecoder,
	seekBy,
} from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { VIOLATION } from "./codes.ts";
import { Conversation } from "./conversation.ts";
import type { Dnp3Observation } from "./observation.ts";
import { areBlocksSound, CONTROL, frameLength, HEADER, isHeader, MAX_FRAME, OFFSET, START } from "./wire.ts";

/** IANA, for both transports; over TLS it is another port, and nothing of it is read. */
const PORTS = [20_000] as const;

/** A header with its checksum is certain wherever it stands; on the port of DNP3 its start octets are enough, so that broken frames are reported. */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end || u8(bytes, start) !== START >> 8) return PROBE.mismatch;
	if (end - start < 2) return PROBE.more;
	if (u16(bytes, start) !== START) return PROBE.mismatch;
	if (end - start < HEADER) return PROBE.more;
	if (isHeader(bytes, start)) return PROBE.certain;
	return isHinted === true ? PROBE.match : PROBE.mismatch;
}

/** A datagram holds whole frames (13.2.2). */
function probeDatagram(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < HEADER || u16(bytes, start) !== START) return PROBE.mismatch;
	if (!isHeader(bytes, start)) return PROBE.match;
	return frameLength(u8(bytes, start + OFFSET.length)) <= end - start ? PROBE.certain : PROBE.match;
}

/** The direction bit says it. */
function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < HEADER || !isHeader(bytes, start)) return undefined;
	return u8(bytes, start + OFFSET.control) & CONTROL.direction ? "client" : "server";
}

export const dnp3Tcp: StreamDecoder<Dnp3Observation> = {
	ports: PORTS,
	maxMessage: MAX_FRAME,
	probe,
	sender,
	open: (context) => new Dnp3Stream(context),
};

export const dnp3Udp: DatagramDecoder<Dnp3Observation> = {
	ports: PORTS,
	probe: probeDatagram,
	sender,
	open: (context) => new Dnp3Datagrams(context),
};

/** Where the frame at `at` ends, of which a block has a wrong checksum: at the next sound header inside it, where its rest never came. */
function endOfDamaged(bytes: Uint8Array, at: number, end: number): number {
	const next = seekBy(probe, bytes, at + HEADER, end);
	return next < 0 ? end : next;
}

class Dnp3Stream extends Conversation implements Stream {
	/** By direction: 1 while foreign bytes were reported and no frame was understood since. */
	readonly #isForeign = new Uint8Array(2);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			if (probe(bytes, at, end) === PROBE.more) break;
			if (end - at >= HEADER && isHeader(bytes, at)) {
				const stop = at + frameLength(u8(bytes, at + OFFSET.length));
				if (stop > end) break;
				this.#isForeign[direction] = 0;
				if (areBlocksSound(bytes, at)) {
					this.frame(bytes, at, direction);
					at = stop;
				} else {
					const next = endOfDamaged(bytes, at, stop);
					this.malformed(bytes, at, next, direction, VIOLATION.dataChecksum, true);
					at = next;
				}
				continue;
			}
			const isDamaged = end - at >= HEADER && u16(bytes, at) === START;
			const next = placeOf(seekBy(probe, bytes, at + 1, end));
			if (this.#isForeign[direction] === 0) {
				this.#isForeign[direction] = 1;
				this.malformed(bytes, at, next, direction, isDamaged ? VIOLATION.headerChecksum : VIOLATION.framing, false);
			}
			at = next;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#isForeign[direction] = 0;
		this.lose(direction);
	}
}

class Dnp3Datagrams extends Conversation implements Datagrams {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (probeDatagram(bytes, start, end) === PROBE.mismatch) return false;
		for (let at = start; at < end; ) {
			const isSound = end - at >= HEADER && isHeader(bytes, at);
			const stop = isSound ? at + frameLength(u8(bytes, at + OFFSET.length)) : end;
			if (!isSound || stop > end || !areBlocksSound(bytes, at)) {
				const isDamaged = end - at >= HEADER && u16(bytes, at) === START;
				const violation = isSound ? VIOLATION.dataChecksum : isDamaged ? VIOLATION.headerChecksum : VIOLATION.framing;
				this.malformed(bytes, at, Math.min(stop, end), direction, violation, isSound);
				if (!isSound) return true;
			} else this.frame(bytes, at, direction);
			at = stop;
		}
		return true;
	}
}
