/**
 * Which stream an operation belongs to: one client's one function on one range of one unit. It is asked for every operation, so the answer is guessed first: in a cycle
 * the stream after this one is the one that came after it last time. Nothing of this is saved: the traits know streams by name.
 */

/** Streams of a site: a thousand PLCs polled in 64 ranges each. */
export const MAX_STREAMS = 65_536;

export class Streams {
	readonly capacity: number;
	size = 0;
	readonly #channel: Int32Array;
	readonly #unit: Int32Array;
	/** Verb and code. */
	readonly #act: Float64Array;
	readonly #space: Int32Array;
	readonly #first: Int32Array;
	readonly #count: Int32Array;
	readonly #next: Int32Array;
	/** Open addressing, twice as many as streams. */
	readonly #slots: Int32Array;
	/** The numbers that the traits know it by; -1 where one knows it not. */
	readonly cadence: Int32Array;
	readonly symbol: Int32Array;
	readonly schedule: Int32Array;

	constructor(capacity: number) {
		this.capacity = capacity;
		const column = () => new Int32Array(capacity);
		this.#channel = column();
		this.#unit = column();
		this.#act = new Float64Array(capacity);
		this.#space = column();
		this.#first = column();
		this.#count = column();
		this.#next = column();
		this.cadence = column();
		this.symbol = column();
		this.schedule = column();
		this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity))).fill(-1);
	}

	#is(stream: number, channel: number, unit: number, act: number, space: number, first: number, count: number): boolean {
		return (
			this.#first[stream] === first &&
			this.#count[stream] === count &&
			this.#act[stream] === act &&
			this.#unit[stream] === unit &&
			this.#space[stream] === space &&
			this.#channel[stream] === channel
		);
	}

	/** The stream, where it is known; `~slot` where it could be added; with `before` (the channel's previous stream, or -1) as the first guess. */
	find(before: number, channel: number, unit: number, act: number, space: number, first: number, count: number): number {
		if (before >= 0) {
			const guess = this.#next[before]!;
			if (guess >= 0 && this.#is(guess, channel, unit, act, space, first, count)) return guess;
		}
		const mask = this.#slots.length - 1;
		let hash = Math.imul(channel, 0x9e3779b1) ^ Math.imul(first + 1, 0x85ebca6b) ^ Math.imul(count, 0xc2b2ae35);
		hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f) ^ Math.imul(act + 1, 0x165667b1) ^ Math.imul(unit + 2, 0x9e3779b1) ^ space;
		let slot = (hash ^ (hash >>> 13)) & mask;
		for (let stream = this.#slots[slot]!; stream >= 0; stream = this.#slots[slot]!) {
			if (this.#is(stream, channel, unit, act, space, first, count)) {
				if (before >= 0) this.#next[before] = stream;
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
		this.#channel[stream] = channel;
		this.#unit[stream] = unit;
		this.#act[stream] = act;
		this.#space[stream] = space;
		this.#first[stream] = first;
		this.#count[stream] = count;
		this.#next[stream] = -1;
		this.cadence[stream] = -1;
		this.symbol[stream] = -1;
		this.schedule[stream] = -1;
		return stream;
	}

	clear(): void {
		this.size = 0;
		this.#slots.fill(-1);
	}
}
