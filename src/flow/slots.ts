/**
 * The state of all flows as numbers in flat arrays: one slot a flow, all that a packet touches side by side, so that a packet costs two or three cache lines
 * however many flows there are. The objects that the layers to the right see (`TrackedFlow`) are windows on a slot.
 *
 * A flow has two sides: side 0 sent its first packet. Which side is the client is one bit (`FLIP`), so correcting it moves nothing.
 */
import type { TrackedFlow } from "./trackedFlow.ts";

/** Integers of a slot. The first 16, one cache line, are all that a segment in order needs. Pairs are by side. */
export const INTS = 32;
/** Last word of each side's address; the words before it are in `words` for IPv6. */
export const ADDRESS = 0;
/** Port of side 0 in the upper half, of side 1 in the lower. */
export const PORTS = 2;
/** The bits below. */
export const META = 3;
/** Sequence number that the next byte of a side will have; while `HAS_SEQUENCE` is not set, what the other side acknowledged. */
export const NEXT = 4;
/** The latest acknowledgment that a side sent. */
export const ACKNOWLEDGED = 6;
export const PACKETS = 8;
/** MAC address of a side: the last four bytes; the first two are a half each of `MAC_HIGH` (side 0 lower). */
export const MAC_LOW = 10;
export const MAC_HIGH = 12;
export const VLAN = 13;
/** The record of the bytes that a side delivered last. */
export const RECENT = 14;
/** Sequence number of the first byte of a side. */
export const START = 16;
/** Sequence number behind the last byte, once a FIN said so. */
export const FIN = 18;
/** Where a segment far from `NEXT` ended: another that goes on there makes a run. */
export const STRAY = 20;
/** The latest bytes given up for lost. */
export const GAP_FROM = 22;
export const GAP_TO = 24;
/** First byte of the connection that a SYN inside a live one asks for. */
export const SYN_START = 26;
export const HASH = 27;
export const QUEUE_PREVIOUS = 28;
export const QUEUE_NEXT = 29;
/** The bits below that no packet in order touches. */
export const RARE = 30;

/** Doubles of a slot: one cache line. */
export const REALS = 8;
export const LAST_TIME = 0;
export const LAST_FRAME = 1;
/** Payload bytes on the wire by side. */
export const BYTES = 2;
export const FIRST_TIME = 4;
export const FIRST_FRAME = 5;
/** When it was last put at the end of its queue. */
export const QUEUED_TIME = 6;

/** Upper address words of an IPv6 flow: three of each side. */
export const WORDS = 6;

/** Bits of META. Those named `..0` are of side 0; shifted by one they are of side 1. */
export const IS_TCP = 1 << 0;
export const IS_V6 = 1 << 1;
/** Side 1 is the client. */
export const FLIP = 1 << 2;
export const FLIP_SHIFT = 2;
/** Two bits: one of ROLE. */
export const ROLE_SHIFT = 3;
export const ROLE_MASK = 3 << ROLE_SHIFT;
export const CONVERSATION = 1 << 5;
/** Closed, and kept for a while so that what trails behind opens no new flow. */
export const ENDED = 1 << 6;
/** A SYN inside a live connection waits for an answer; `SYN_SIDE` says whose. */
export const SYN_WAITING = 1 << 7;
export const SYN_SIDE = 1 << 8;
export const SYN_SIDE_SHIFT = 8;
export const SAW_HANDSHAKE = 1 << 9;
export const HAS_SEQUENCE0 = 1 << 10;
/** Segments wait for bytes before them. */
export const HELD0 = 1 << 12;
/** The latest gap is known from an acknowledgment alone and nothing was delivered since: the bytes may still come. */
export const REWINDABLE0 = 1 << 14;
export const SAW_FIN0 = 1 << 16;
export const FINISHED0 = 1 << 18;
/** Sent anything but a reset. */
export const SENT0 = 1 << 20;
/** Sent what only somebody who hears the answers can send: no SYN, no reset, and an acknowledgment that fits. */
export const SPOKE0 = 1 << 22;
export const HAS_MAC0 = 1 << 24;
export const IS_STRAYING0 = 1 << 26;
/** Which queue it is in. */
export const IS_LONE = 1 << 28;
/** `ACKNOWLEDGED` says something. */
export const HAS_ACKNOWLEDGED0 = 1 << 29;

/** Bits of RARE. */
/** The server ended it by a reset, and the client had not said that it is done. */
export const RESET_BY_SERVER = 1 << 0;
/** The server opened the connection: the protocol said so after the handshake had said the opposite. */
export const IS_REVERSED = 1 << 1;

export class Slots {
	readonly capacity: number;
	readonly ints: Int32Array;
	readonly reals: Float64Array;
	readonly words: Int32Array;
	/** The object of each slot that was ever used. */
	readonly flows: TrackedFlow[] = [];
	readonly #free: number[] = [];

	/** The arrays are zero pages until a slot is used, so `capacity` costs address space only. */
	constructor(capacity: number) {
		this.capacity = capacity;
		this.ints = new Int32Array(capacity * INTS);
		this.reals = new Float64Array(capacity * REALS);
		this.words = new Int32Array(capacity * WORDS);
	}

	/** Slots in use. */
	get used(): number {
		return this.flows.length - this.#free.length;
	}

	/** A slot to be filled, or -1 where there is none; a new one (its number is `flows.length`) has no object yet. */
	take(): number {
		const slot = this.#free.pop();
		if (slot !== undefined) return slot;
		return this.flows.length < this.capacity ? this.flows.length : -1;
	}

	give(slot: number): void {
		this.#free.push(slot);
	}
}
