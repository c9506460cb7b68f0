/**
 * Two queues over the slots: flows without a conversation, which give way first, and those with one. A packet does not move its flow (that would touch its
 * neighbours in memory); instead a flow that comes to the front and was used since it was queued goes to the end once more.
 */
import { INTS, IS_LONE, META, QUEUE_NEXT, QUEUE_PREVIOUS, QUEUED_TIME, REALS, type Slots } from "./slots.ts";

export const LONE = 0;
export const TALKING = 1;

export class Queues {
	readonly #ints: Int32Array;
	readonly #reals: Float64Array;
	readonly #first = [-1, -1];
	readonly #last = [-1, -1];
	readonly #count = [0, 0];

	constructor(slots: Slots) {
		this.#ints = slots.ints;
		this.#reals = slots.reals;
	}

	count(queue: number): number {
		return this.#count[queue]!;
	}

	/** The slot that waited longest, or -1. */
	first(queue: number): number {
		return this.#first[queue]!;
	}

	append(queue: number, slot: number, time: number): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const last = this.#last[queue]!;
		ints[base + QUEUE_PREVIOUS] = last;
		ints[base + QUEUE_NEXT] = -1;
		ints[base + META] = queue === LONE ? ints[base + META]! | IS_LONE : ints[base + META]! & ~IS_LONE;
		if (last < 0) this.#first[queue] = slot;
		else ints[last * INTS + QUEUE_NEXT] = slot;
		this.#last[queue] = slot;
		this.#count[queue]!++;
		this.#reals[slot * REALS + QUEUED_TIME] = time;
	}

	remove(slot: number): void {
		const ints = this.#ints;
		const base = slot * INTS;
		const queue = (ints[base + META]! & IS_LONE) !== 0 ? LONE : TALKING;
		const previous = ints[base + QUEUE_PREVIOUS]!;
		const next = ints[base + QUEUE_NEXT]!;
		if (previous < 0) this.#first[queue] = next;
		else ints[previous * INTS + QUEUE_NEXT] = next;
		if (next < 0) this.#last[queue] = previous;
		else ints[next * INTS + QUEUE_PREVIOUS] = previous;
		this.#count[queue]!--;
	}

	requeue(slot: number, time: number): void {
		const queue = (this.#ints[slot * INTS + META]! & IS_LONE) !== 0 ? LONE : TALKING;
		this.remove(slot);
		this.append(queue, slot, time);
	}
}
