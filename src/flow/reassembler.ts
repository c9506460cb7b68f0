/**
 * TCP streams from segments (RFC 9293, 3.4 and 3.10), for somebody who only listens: each direction on its own, every byte once and in order, the first copy of a byte wins.
 *
 * A hole is given up when the other side acknowledged bytes beyond it (then they arrived there and were lost on the way to us), when too much waits behind it, or when
 * nothing moved for a while. A hole at the end of a direction is given up when the other side acknowledges it together with an answer, so that a decoder knows of the lost
 * question before it sees the answer; should the bytes come after all, before others of that direction, they are still delivered.
 *
 * What forged packets can do. The rules lean towards going on: a packet that the receiving host would refuse (sequence number outside the window, a reset or a SYN that does not fit)
 * is counted and otherwise ignored, and a stream that turns out to be elsewhere is followed as soon as two segments in a row and the other side's acknowledgments agree on it. So a forged
 * packet may cost a message, never the rest of the flow. Checksums are not verified: captures taken on a host have none.
 */
import type { Frame } from "../capture/frame.ts";
import { type Packet, TCP_FLAG } from "../wire/packet.ts";
import type { FlowCounters } from "./counters.ts";
import { ANOMALY, type Direction, type FlowSink, ROLE } from "./flow.ts";
import { HeldSegments } from "./held.ts";
import { RecentBytes } from "./recent.ts";
import {
	ACKNOWLEDGED,
	CONVERSATION,
	ENDED,
	FIN,
	FINISHED0,
	FLIP,
	FLIP_SHIFT,
	GAP_FROM,
	GAP_TO,
	HAS_ACKNOWLEDGED0,
	HAS_SEQUENCE0,
	HELD0,
	INTS,
	IS_STRAYING0,
	META,
	NEXT,
	PACKETS,
	RECENT,
	REWINDABLE0,
	ROLE_MASK,
	ROLE_SHIFT,
	SAW_FIN0,
	SAW_HANDSHAKE,
	SENT0,
	type Slots,
	SPOKE0,
	START,
	STRAY,
	SYN_SIDE,
	SYN_SIDE_SHIFT,
	SYN_START,
	SYN_WAITING,
} from "./slots.ts";

/** What is to happen with the flow after a packet. */
export const VERDICT = {
	keep: 0,
	/** The connection is over. */
	close: 1,
	/** The packet belongs to another connection on the same ports: close, open anew, and bring the packet again. */
	restart: 2,
	/** The same, and its SYN was seen already. */
	restartSynchronized: 3,
} as const;

/** Bytes around the place of a stream in which segments and acknowledgments are believed: more than the windows of control traffic by far (RFC 7323 allows 1 GiB). */
const NEAR = 1 << 20;
/** Bytes that a stream may jump ahead and still be the same connection: about half a second of a full gigabit link, lost. */
const MAX_JUMP = 64 << 20;

/** Segments that wait in one direction: a window of 64 KiB in pieces of 1,000 bytes. */
export const MAX_HELD_SEGMENTS = 64;
/** Bytes that wait in one direction. */
export const MAX_HELD_BYTES = 128 << 10;
/** Bytes that wait in all flows. */
export const MAX_HELD_TOTAL = 8 << 20;

/** Flows with waiting bytes beyond which those of a SYN are not kept. */
const MAX_HELD_SYNS = 1024;

/** Microseconds without progress after which a hole is given up where the other side's packets are not seen: a retransmission comes within this. */
export const HOLE_TIME_BLIND = 1_000_000;
/** The same where they are seen and do not acknowledge the hole: it is then lost at the receiver too and will be sent again. */
export const HOLE_TIME = 10_000_000;

const FLAGS_CONTROL = TCP_FLAG.syn | TCP_FLAG.fin | TCP_FLAG.rst;
/** A segment in the middle of a conversation. */
const SETTLED_FLAGS = FLAGS_CONTROL | TCP_FLAG.ack;
const UNSETTLED = ENDED | SYN_WAITING | (3 * SAW_FIN0);
const BOTH_SPOKE = 3 * SPOKE0;
const IN_ORDER = HAS_SEQUENCE0 | HELD0 | REWINDABLE0;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class Reassembler {
	readonly #slots: Slots;
	readonly #ints: Int32Array;
	readonly #sink: FlowSink;
	readonly #counters: FlowCounters;
	readonly #recent: RecentBytes;
	/** By twice the slot plus the side. */
	readonly #held = new Map<number, HeldSegments>();
	#heldBytes = 0;
	#time = -0.5;
	/** On the bytes of the packet at hand. */
	#view: DataView = viewOf(new Uint8Array(0));

	constructor(slots: Slots, sink: FlowSink, counters: FlowCounters) {
		this.#slots = slots;
		this.#ints = slots.ints;
		this.#sink = sink;
		this.#counters = counters;
		this.#recent = new RecentBytes(slots.capacity);
	}

	/** Bytes that wait for others before them. */
	get heldBytes(): number {
		return this.#heldBytes;
	}

	/** A TCP packet that `side` of the flow sent. Returns one of VERDICT. */
	packet(slot: number, side: number, packet: Readonly<Packet>, frame: Readonly<Frame>): number {
		const ints = this.#ints;
		const base = slot * INTS;
		const meta = ints[base + META]!;
		const length = packet.payloadLength;
		if (
			(packet.tcpFlags & SETTLED_FLAGS) === TCP_FLAG.ack &&
			(meta & (BOTH_SPOKE | UNSETTLED)) === BOTH_SPOKE &&
			length === packet.payloadWireLength
		) {
			const acknowledgment = packet.acknowledgment | 0;
			if (((acknowledgment - ints[base + NEXT + (side ^ 1)]!) | 0) <= 0) {
				if (length === 0) {
					ints[base + ACKNOWLEDGED + side] = acknowledgment;
					return VERDICT.keep;
				}
				const sequence = packet.sequence | 0;
				if (sequence === ints[base + NEXT + side] && (meta & (IN_ORDER << side)) === HAS_SEQUENCE0 << side) {
					ints[base + ACKNOWLEDGED + side] = acknowledgment;
					this.#deliver(slot, side, packet.bytes, packet.view, packet.payload, length, length);
					return VERDICT.keep;
				}
			}
		}
		this.#time = frame.time;
		this.#view = packet.view;
		return this.#unsettled(slot, side, packet);
	}

	/** Gives up holes in which nothing moved for long. */
	expire(now: number): void {
		for (const [key, held] of this.#held) {
			const age = now - held.progress;
			if (age < 0) held.progress = now;
			const answers = this.#ints[(key >>> 1) * INTS + PACKETS + ((key & 1) ^ 1)]!;
			if (age < (answers === held.answers ? HOLE_TIME_BLIND : HOLE_TIME)) continue;
			this.#time = now;
			if (!this.#dropUnanswered(key >>> 1, key & 1)) this.#skip(key >>> 1, key & 1, held, held.segments[0]!.sequence);
		}
	}

	/** Delivers what waits, with its gaps: the flow ends. */
	finish(slot: number): void {
		for (let side = 0; side < 2; side++) {
			this.#dropUnanswered(slot, side);
			const held = this.#held.get(2 * slot + side);
			while (held !== undefined && held.segments.length > 0) this.#skip(slot, side, held, held.segments[0]!.sequence);
		}
	}

	/**
	 * Bytes that came with a SYN (RFC 9293, 3.10.7.2; RFC 7413) wait for the answer: most servers do not take them, and then the client sends them again,
	 * or something else.
	 */
	#holdWithSyn(slot: number, side: number, packet: Readonly<Packet>): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const key = 2 * slot + side;
		if (this.#held.has(key) || this.#held.size >= MAX_HELD_SYNS) return;
		const held = new HeldSegments(this.#time, ints[base + PACKETS + (side ^ 1)]!);
		const next = ints[base + NEXT + side]!;
		held.add(next, next, packet.bytes, packet.payload, packet.payloadLength, packet.payloadWireLength);
		this.#held.set(key, held);
		this.#heldBytes += held.bytes;
		ints[base + META]! |= HELD0 << side;
	}

	/** Forgets bytes that came with a SYN and were not taken. Others that wait have a hole before them. */
	#dropUnanswered(slot: number, side: number): boolean {
		const held = this.#held.get(2 * slot + side);
		const base = slot * INTS;
		if (held === undefined || held.segments[0]!.sequence !== this.#ints[base + NEXT + side]) return false;
		this.#heldBytes -= held.bytes;
		this.#held.delete(2 * slot + side);
		this.#ints[base + META]! &= ~(HELD0 << side);
		return true;
	}

	#unsettled(slot: number, side: number, packet: Readonly<Packet>): number {
		const ints = this.#ints;
		const base = slot * INTS;
		const flags = packet.tcpFlags;
		const acknowledgment = packet.acknowledgment | 0;
		let sequence = packet.sequence | 0;
		const length = packet.payloadWireLength;
		if ((ints[base + META]! & ENDED) !== 0) return this.#afterEnd(base, side, packet);
		if ((flags & TCP_FLAG.rst) !== 0) return this.#reset(base, side, packet);
		if ((flags & TCP_FLAG.syn) !== 0) {
			const verdict = this.#synchronize(base, side, packet);
			if (verdict >= 0) return verdict;
			sequence = (sequence + 1) | 0;
		} else if (length > 0 && this.#isAwaited(base, side, sequence)) return VERDICT.restartSynchronized;

		this.#converse(base, side, packet);
		if ((flags & TCP_FLAG.ack) !== 0) {
			ints[base + ACKNOWLEDGED + side] = acknowledgment;
			ints[base + META]! |= HAS_ACKNOWLEDGED0 << side;
			this.#acknowledge(slot, side ^ 1, acknowledgment, length > 0);
		}
		if (length > 0) {
			if ((flags & SETTLED_FLAGS) === TCP_FLAG.syn) {
				this.#holdWithSyn(slot, side, packet);
				return VERDICT.keep;
			}
			const verdict = this.#payload(slot, side, packet.bytes, packet.payload, packet.payloadLength, length, sequence);
			if (verdict !== VERDICT.keep) return verdict;
		}
		if ((flags & TCP_FLAG.fin) !== 0) this.#sawFin(base, side, (sequence + length) | 0);
		return this.#isOver(base) ? VERDICT.close : VERDICT.keep;
	}

	/** Trailing packets of a closed connection; a new SYN or a stream that goes on after all opens another flow. */
	#afterEnd(base: number, side: number, packet: Readonly<Packet>): number {
		const ints = this.#ints;
		const flags = packet.tcpFlags;
		if ((flags & TCP_FLAG.syn) !== 0) {
			// the answer of the old connection, sent again, is old news; a SYN is new even with the same number, which small devices do not vary
			const isOld = (flags & TCP_FLAG.ack) !== 0 && ((packet.sequence + 1) | 0) === ints[base + START + side];
			return isOld ? VERDICT.keep : VERDICT.restart;
		}
		if ((flags & TCP_FLAG.ack) !== 0) {
			ints[base + ACKNOWLEDGED + side] = packet.acknowledgment | 0;
			ints[base + META]! |= HAS_ACKNOWLEDGED0 << side;
		}
		if ((flags & TCP_FLAG.rst) !== 0 || packet.payloadWireLength === 0) return VERDICT.keep;
		const sequence = packet.sequence | 0;
		const next = ints[base + NEXT + side]!;
		if (((sequence + packet.payloadWireLength - next) | 0) <= 0 && ((sequence - next) | 0) > -NEAR) return VERDICT.keep;
		const heard = ints[base + ACKNOWLEDGED + (side ^ 1)]!;
		const isHeard = isNear(sequence - next) ? ((heard - next) | 0) > 1 : isNear(heard - sequence);
		return this.#isRun(base, side, sequence, packet.payloadWireLength, isHeard) ? VERDICT.restart : VERDICT.keep;
	}

	/** RFC 9293, 3.10.7.3 and 3.10.7.4, with RFC 5961, 3: a reset must name the very next byte, or acknowledge the SYN that it answers. */
	#reset(base: number, side: number, packet: Readonly<Packet>): number {
		const ints = this.#ints;
		const other = side ^ 1;
		const meta = ints[base + META]!;
		const sequence = packet.sequence | 0;
		let fits: boolean;
		if ((meta & (HAS_SEQUENCE0 << side)) === 0)
			fits =
				(packet.tcpFlags & TCP_FLAG.ack) === 0 ||
				(meta & (HAS_SEQUENCE0 << other)) === 0 ||
				isNear((packet.acknowledgment | 0) - ints[base + NEXT + other]!);
		else {
			const ahead = (sequence - ints[base + NEXT + side]!) | 0;
			const fin = (meta & (SAW_FIN0 << side)) !== 0 ? 1 : 0;
			fits = ahead === 0 || ahead === fin || this.#isNextByAnswer(base, side, sequence);
		}
		if (fits) return VERDICT.close;
		this.#counters.strays++;
		return VERDICT.keep;
	}

	/** Whether the other side has said that it expects `sequence` next. */
	#isNextByAnswer(base: number, side: number, sequence: number): boolean {
		const ints = this.#ints;
		return (ints[base + META]! & (HAS_ACKNOWLEDGED0 << (side ^ 1))) !== 0 && ints[base + ACKNOWLEDGED + (side ^ 1)] === sequence;
	}

	/** A SYN. Returns a verdict, or -1 when the packet goes on as one of this connection. */
	#synchronize(base: number, side: number, packet: Readonly<Packet>): number {
		const ints = this.#ints;
		const meta = ints[base + META]!;
		const start = (packet.sequence + 1) | 0;
		const isAnswer = (packet.tcpFlags & TCP_FLAG.ack) !== 0;
		if ((meta & (HAS_SEQUENCE0 << side)) === 0) {
			ints[base + START + side] = start;
			ints[base + NEXT + side] = start;
			ints[base + META] = meta | (HAS_SEQUENCE0 << side) | (isAnswer ? 0 : SAW_HANDSHAKE);
			this.#setClient(base, isAnswer ? side ^ 1 : side);
			return -1;
		}
		const isAgain = ints[base + START + side] === start;
		if (isAnswer) {
			const isWaiting = (meta & SYN_WAITING) !== 0 && (meta & SYN_SIDE) >>> SYN_SIDE_SHIFT === (side ^ 1);
			if (isWaiting && (packet.acknowledgment | 0) === ints[base + SYN_START]) return VERDICT.restartSynchronized;
			if (isAgain) return -1;
			this.#counters.strays++;
			return VERDICT.keep;
		}
		// small devices do not vary the number: once bytes have come it is another connection all the same
		if (isAgain && ints[base + NEXT + side] === start) return -1;
		if ((meta & CONVERSATION) === 0) return VERDICT.restart;
		// within a live connection a host answers a SYN with a challenge (RFC 5961, 4): wait for what follows
		ints[base + SYN_START] = start;
		ints[base + META] = (meta & ~SYN_SIDE) | SYN_WAITING | (side << SYN_SIDE_SHIFT);
		this.#counters.strays++;
		return VERDICT.keep;
	}

	/** Whether this is the first byte of the connection that a SYN asked for. */
	#isAwaited(base: number, side: number, sequence: number): boolean {
		const meta = this.#ints[base + META]!;
		return (meta & SYN_WAITING) !== 0 && (meta & SYN_SIDE) >>> SYN_SIDE_SHIFT === side && this.#ints[base + SYN_START] === sequence;
	}

	#setClient(base: number, side: number): void {
		const meta = this.#ints[base + META]!;
		if ((meta & ROLE_MASK) >>> ROLE_SHIFT >= ROLE.handshake) return;
		this.#ints[base + META] = (meta & ~(ROLE_MASK | FLIP)) | (ROLE.handshake << ROLE_SHIFT) | (side << FLIP_SHIFT);
	}

	/** Notes who has sent what, until both have: sources that are forged do not hear the answers and never get there. */
	#converse(base: number, side: number, packet: Readonly<Packet>): void {
		const ints = this.#ints;
		let meta = ints[base + META]!;
		if ((meta & BOTH_SPOKE) === BOTH_SPOKE) return;
		const other = side ^ 1;
		meta |= SENT0 << side;
		const isFitting =
			(packet.tcpFlags & TCP_FLAG.ack) === 0 ||
			(meta & (HAS_SEQUENCE0 << other)) === 0 ||
			isNear((packet.acknowledgment | 0) - ints[base + NEXT + other]!);
		if ((packet.tcpFlags & TCP_FLAG.syn) === 0 && isFitting) meta |= SPOKE0 << side;
		// speaking is sending too, so this is one that spoke and both that sent
		if ((meta & BOTH_SPOKE) !== 0 && (meta & (3 * SENT0)) === 3 * SENT0) meta |= CONVERSATION;
		ints[base + META] = meta;
	}

	/** The other side says that it has all bytes of `side` before `acknowledgment`. */
	#acknowledge(slot: number, side: number, acknowledgment: number, isAnswer: boolean): void {
		const ints = this.#ints;
		const base = slot * INTS;
		if ((ints[base + META]! & (HAS_SEQUENCE0 << side)) === 0) {
			ints[base + NEXT + side] = acknowledgment;
			return;
		}
		let ahead = (acknowledgment - ints[base + NEXT + side]!) | 0;
		if (ahead === 0) this.#dropUnanswered(slot, side);
		if (ahead <= 0 || ahead > NEAR) return;
		const held = this.#held.get(2 * slot + side);
		while (held !== undefined && held.segments.length > 0 && ahead > 0) {
			const hole = (held.segments[0]!.sequence - ints[base + NEXT + side]!) | 0;
			this.#skip(slot, side, held, (ints[base + NEXT + side]! + Math.min(hole, ahead)) | 0);
			ahead = (acknowledgment - ints[base + NEXT + side]!) | 0;
		}
		// one number is rather a FIN that we have not seen than a byte
		if (ahead <= 1 || !isAnswer) return;
		this.#gap(slot, side, ahead);
		ints[base + META]! |= REWINDABLE0 << side;
	}

	/** `length` bytes of payload from `sequence` on, of which `captured` are at `start`. */
	#payload(slot: number, side: number, bytes: Uint8Array, start: number, captured: number, length: number, sequence: number): number {
		const ints = this.#ints;
		const base = slot * INTS;
		const meta = ints[base + META]!;
		if ((meta & (HAS_SEQUENCE0 << side)) === 0) {
			ints[base + META] = meta | (HAS_SEQUENCE0 << side);
			ints[base + START + side] = sequence;
			ints[base + NEXT + side] = sequence;
		}
		let ahead = (sequence - ints[base + NEXT + side]!) | 0;
		if (!isNear(ahead)) return this.#stray(slot, side, bytes, start, captured, length, sequence);
		if (ahead < 0 && (meta & (REWINDABLE0 << side)) !== 0) {
			const gap = ints[base + GAP_FROM + side]!;
			const late = ((sequence - gap) | 0) >= 0 ? sequence : gap;
			if (((sequence + length - late) | 0) > 0) {
				this.#counters.lateBytes += Math.min(length, (ints[base + NEXT + side]! - late) | 0);
				ints[base + NEXT + side] = late;
				ints[base + GAP_TO + side] = gap;
				ints[base + META]! &= ~(REWINDABLE0 << side);
				ahead = (sequence - late) | 0;
			}
		}
		if (ahead >= 0) {
			this.#arrange(slot, side, bytes, start, captured, length, sequence);
			return VERDICT.keep;
		}
		// a probe that keeps the connection alive: one byte of anything before the next (RFC 9293, 3.8.4)
		if (ahead === -1 && length === 1) return VERDICT.keep;
		const again = Math.min(-ahead, length);
		this.#counters.retransmittedBytes += again;
		this.#compare(slot, side, bytes, start, Math.min(again, captured), sequence);
		if (again === length) return this.#isGivenUp(base, side, sequence, length) ? VERDICT.restart : VERDICT.keep;
		this.#counters.overlaps++;
		const fresh = Math.max(captured - again, 0);
		this.#arrange(slot, side, bytes, start + captured - fresh, fresh, length - again, (sequence + again) | 0);
		return VERDICT.keep;
	}

	/**
	 * Whether bytes that were given up turn out to be where the stream really is: then what made us give them up was forged. The other side must still be
	 * acknowledging there.
	 */
	#isGivenUp(base: number, side: number, sequence: number, length: number): boolean {
		const ints = this.#ints;
		const from = ints[base + GAP_FROM + side]!;
		const to = ints[base + GAP_TO + side]!;
		if (from === to || ((sequence - from) | 0) < 0 || ((sequence + length - to) | 0) > 0) return false;
		const acknowledged = ints[base + ACKNOWLEDGED + (side ^ 1)]!;
		const isHeard = ((acknowledged - from) | 0) > 0 && ((acknowledged - to) | 0) < 0;
		return this.#isRun(base, side, sequence, length, isHeard);
	}

	/** Whether segments far from the stream make a run of two, which the other side acknowledges or cannot be heard about. */
	#isRun(base: number, side: number, sequence: number, length: number, isHeard: boolean): boolean {
		const ints = this.#ints;
		this.#counters.strays++;
		const isRun = (ints[base + META]! & (IS_STRAYING0 << side)) !== 0 && ints[base + STRAY + side] === sequence;
		ints[base + META]! |= IS_STRAYING0 << side;
		ints[base + STRAY + side] = (sequence + length) | 0;
		return isRun && (isHeard || ints[base + PACKETS + (side ^ 1)] === 0);
	}

	/** A segment far from where the stream is. */
	#stray(slot: number, side: number, bytes: Uint8Array, start: number, captured: number, length: number, sequence: number): number {
		const ints = this.#ints;
		const base = slot * INTS;
		const isHeard = isNear(ints[base + ACKNOWLEDGED + (side ^ 1)]! - sequence);
		if (!this.#isRun(base, side, sequence, length, isHeard)) return VERDICT.keep;
		const ahead = (sequence - ints[base + NEXT + side]!) | 0;
		if (ahead < 0 || ahead > MAX_JUMP) return VERDICT.restart;
		const held = this.#held.get(2 * slot + side);
		while (held !== undefined && held.segments.length > 0) this.#skip(slot, side, held, held.segments[0]!.sequence);
		this.#gap(slot, side, (sequence - ints[base + NEXT + side]!) | 0);
		this.#deliver(slot, side, bytes, this.#view, start, captured, length);
		return VERDICT.keep;
	}

	/** Delivers bytes that start at or after the next one, or holds them until those before are there. */
	#arrange(slot: number, side: number, bytes: Uint8Array, start: number, captured: number, length: number, sequence: number): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const next = ints[base + NEXT + side]!;
		const key = 2 * slot + side;
		let held = this.#held.get(key);
		if (sequence === next && (held === undefined || ((held.segments[0]!.sequence - next) | 0) >= length)) {
			this.#deliver(slot, side, bytes, this.#view, start, captured, length);
			if (held !== undefined) this.#drain(slot, side, held);
			return;
		}
		if (held === undefined) {
			held = new HeldSegments(this.#time, ints[base + PACKETS + (side ^ 1)]!);
			this.#held.set(key, held);
			ints[base + META]! |= HELD0 << side;
		}
		if (sequence !== next) this.#counters.outOfOrder++;
		const before = held.bytes;
		if (!held.add(next, sequence, bytes, start, captured, length)) this.#conflict(slot, side);
		this.#heldBytes += held.bytes - before;
		this.#drain(slot, side, held);
		// the other side may have acknowledged the hole before we saw what is behind it
		const acknowledged = (ints[base + ACKNOWLEDGED + (side ^ 1)]! - ints[base + NEXT + side]!) | 0;
		if (acknowledged > 0 && (ints[base + META]! & (HAS_ACKNOWLEDGED0 << (side ^ 1))) !== 0)
			this.#acknowledge(slot, side, ints[base + ACKNOWLEDGED + (side ^ 1)]!, false);
		while (
			held.segments.length > MAX_HELD_SEGMENTS ||
			held.bytes > MAX_HELD_BYTES ||
			(this.#heldBytes > MAX_HELD_TOTAL && held.segments.length > 0)
		) {
			this.#counters.heldOverflows++;
			this.#skip(slot, side, held, held.segments[0]!.sequence);
		}
	}

	/** Gives up the bytes before `to`, and delivers what then is in order. */
	#skip(slot: number, side: number, held: HeldSegments, to: number): void {
		const lost = (to - this.#ints[slot * INTS + NEXT + side]!) | 0;
		if (lost > 0) this.#gap(slot, side, lost);
		this.#drain(slot, side, held);
	}

	/** Delivers the held segments that are in order now. */
	#drain(slot: number, side: number, held: HeldSegments): void {
		const ints = this.#ints;
		const base = slot * INTS;
		for (let first = held.segments[0]; first !== undefined; first = held.segments[0]) {
			const ahead = (first.sequence - ints[base + NEXT + side]!) | 0;
			if (ahead > 0) break;
			held.shift();
			this.#heldBytes -= first.bytes.length;
			const old = Math.min(-ahead, first.length);
			if (old === first.length) continue;
			const from = Math.min(old, first.bytes.length);
			this.#deliver(slot, side, first.bytes, viewOf(first.bytes), from, first.bytes.length - from, first.length - old);
		}
		held.progress = this.#time;
		held.answers = ints[base + PACKETS + (side ^ 1)]!;
		if (held.segments.length > 0) return;
		this.#held.delete(2 * slot + side);
		ints[base + META]! &= ~(HELD0 << side);
	}

	/** Hands on the next bytes of a direction: `length` of them, of which `captured` are at `start`. */
	#deliver(slot: number, side: number, bytes: Uint8Array, view: DataView, start: number, captured: number, length: number): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const sequence = ints[base + NEXT + side]!;
		const meta = ints[base + META]!;
		ints[base + NEXT + side] = (sequence + captured) | 0;
		if ((meta & ((REWINDABLE0 | IS_STRAYING0) << side)) !== 0) ints[base + META] = meta & ~((REWINDABLE0 | IS_STRAYING0) << side);
		if (captured > 0) {
			const at = base + RECENT + side;
			ints[at] = this.#recent.keep(2 * slot + side, ints[at]!, sequence, view, start, start + captured);
			const direction = (side ^ ((meta & FLIP) >>> FLIP_SHIFT)) as Direction;
			this.#sink.data(this.#slots.flows[slot]!, bytes, start, start + captured, direction);
		}
		if (captured < length) this.#gap(slot, side, length - captured);
	}

	/** The next `lost` bytes of a direction will not come. */
	#gap(slot: number, side: number, lost: number): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const from = ints[base + NEXT + side]!;
		const to = (from + lost) | 0;
		ints[base + GAP_FROM + side] = from;
		ints[base + GAP_TO + side] = to;
		ints[base + NEXT + side] = to;
		this.#counters.gaps++;
		this.#counters.lostBytes += lost;
		this.#sink.gap(this.#slots.flows[slot]!, this.#direction(base, side), lost);
	}

	/** Compares bytes that came again with those that were used, as far as they are remembered. */
	#compare(slot: number, side: number, bytes: Uint8Array, start: number, length: number, sequence: number): void {
		const latest = this.#ints[slot * INTS + RECENT + side]!;
		if (!this.#recent.isSame(2 * slot + side, latest, sequence, bytes, start, length)) this.#conflict(slot, side);
	}

	#conflict(slot: number, side: number): void {
		this.#counters.conflicts++;
		this.#sink.anomaly(this.#slots.flows[slot]!, ANOMALY.overlapConflict, this.#direction(slot * INTS, side));
	}

	#direction(base: number, side: number): Direction {
		return (side ^ ((this.#ints[base + META]! & FLIP) >>> FLIP_SHIFT)) as Direction;
	}

	/** `end` is the sequence number of a FIN. It is not stepped over: should bytes follow there, the FIN was forged. */
	#sawFin(base: number, side: number, end: number): void {
		const ints = this.#ints;
		const meta = ints[base + META]!;
		if ((meta & (HAS_SEQUENCE0 << side)) === 0) {
			ints[base + START + side] = end;
			ints[base + NEXT + side] = end;
		} else if (!isNear(end - ints[base + NEXT + side]!)) {
			this.#counters.strays++;
			return;
		}
		ints[base + FIN + side] = end;
		ints[base + META] = meta | ((SAW_FIN0 | HAS_SEQUENCE0) << side);
	}

	/** Whether both sides have sent all they had. */
	#isOver(base: number): boolean {
		const ints = this.#ints;
		let meta = ints[base + META]!;
		if ((meta & (3 * SAW_FIN0)) === 0) return false;
		for (let side = 0; side < 2; side++) {
			const isFinished = (meta & (SAW_FIN0 << side)) !== 0 && ints[base + NEXT + side] === ints[base + FIN + side];
			meta = isFinished ? meta | (FINISHED0 << side) : meta & ~(FINISHED0 << side);
		}
		ints[base + META] = meta;
		return (meta & (3 * FINISHED0)) === 3 * FINISHED0;
	}
}

/** Whether a difference of two sequence numbers is a small one. */
function isNear(difference: number): boolean {
	const wrapped = difference | 0;
	return wrapped <= NEAR && wrapped >= -NEAR;
}
