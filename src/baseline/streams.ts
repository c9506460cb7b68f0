/**
 * Which stream an operation belongs to: one client's one function on one range of one unit. It is asked for every operation, so the answer is guessed first: in a cycle
 * the stream after this one is the one that came after it last time. Nothing of this is saved: the traits know streams by name.
 */

/** Integers of a stream, in one line of the processor's cache: what it is, which came after it, and the numbers by which the traits know it (-1 where one does not). */
const CHANNEL = 0;
const UNIT = 1;
const ACT = 2;
const SPACE = 3;
const FIRST = 4;
const COUNT = 5;
const NEXT = 6;
const CADENCE = 7;
const SYMBOL = 8;
const SCHEDULE = 9;
const JOB = 10;
const INTS = 16;

export class Streams {
	readonly capacity: number;
	size = 0;
	readonly #ints: Int32Array;
	/** Open addressing, twice as many as streams. */
	readonly #slots: Int32Array;

	constructor(capacity: number) {
		this.capacity = capacity;
		this.#ints = new Int32Array(capacity * INTS);
		this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity))).fill(-1);
	}

	/** The stream, where it is known; `~slot` where it could be added; with `before` (the channel's previous stream, or -1) as the first guess. */
	find(before: number, channel: number, unit: number, act: number, space: number, first: number, count: number): number {
		const ints = this.#ints;
		if (before >= 0) {
			const guess = ints[before * INTS + NEXT]!;
			if (guess >= 0 && is(ints, guess * INTS, channel, unit, act, space, first, count)) return guess;
		}
		const slots = this.#slots;
		const mask = slots.length - 1;
		let hash = Math.imul(channel, 0x9e3779b1) ^ Math.imul(first + 1, 0x85ebca6b) ^ Math.imul(count, 0xc2b2ae35);
		hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f) ^ Math.imul(act + 1, 0x165667b1) ^ Math.imul(unit + 2, 0x9e3779b1) ^ space;
		let slot = (hash ^ (hash >>> 13)) & mask;
		for (let stream = slots[slot]!; stream >= 0; stream = slots[slot]!) {
			if (is(ints, stream * INTS, channel, unit, act, space, first, count)) {
				if (before >= 0) ints[before * INTS + NEXT] = stream;
				return stream;
			}
			slot = (slot + 1) & mask;
		}
		return ~slot;
	}

	/** Adds one at the slot that `find` gave. There must be room. */
	add(slot: number, channel: number, unit: number, act: number, space: number, first: number, count: number): number {
		const stream = this.size++;
		this.#slots[slot] = stream;
		this.#ints.set([channel, unit, act, space, first, count, -1, -1, -1, -1, -1], stream * INTS);
		return stream;
	}

	name(stream: number, cadence: number, symbol: number, schedule: number, job: number): void {
		this.#ints.set([cadence, symbol, schedule, job], stream * INTS + CADENCE);
	}

	cadence(stream: number): number {
		return this.#ints[stream * INTS + CADENCE]!;
	}

	symbol(stream: number): number {
		return this.#ints[stream * INTS + SYMBOL]!;
	}

	schedule(stream: number): number {
		return this.#ints[stream * INTS + SCHEDULE]!;
	}

	job(stream: number): number {
		return this.#ints[stream * INTS + JOB]!;
	}

	clear(): void {
		this.size = 0;
		this.#slots.fill(-1);
	}
}

const is = (
	ints: Int32Array,
	at: number,
	channel: number,
	unit: number,
	act: number,
	space: number,
	first: number,
	count: number,
): boolean =>
	ints[at + FIRST] === first &&
	ints[at + COUNT] === count &&
	ints[at + ACT] === act &&
	ints[at + CHANNEL] === channel &&
	ints[at + UNIT] === unit &&
	ints[at + SPACE] === space;
