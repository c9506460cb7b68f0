/** Requests of one flow that wait for their answers, as they were on the wire: an answer is read with the help of what it answers. Bounded; their memory is used again. */
import type { Direction } from "../flow/flow.ts";

/** Owned by the queue; until the next request is kept also after it was taken. */
export interface WaitingRequest {
	/** The first `length` of them. */
	bytes: Uint8Array;
	length: number;
	direction: Direction;
	/** Microseconds and frame of the request. */
	time: number;
	frame: number;
	/** When it was sent last. */
	lastTime: number;
}

export class WaitingRequests {
	/** When the one that waits longest is given up, or Infinity: the decoder's deadline. */
	deadline = Number.POSITIVE_INFINITY;
	/** The one that was sent longest ago first. */
	readonly #waiting: WaitingRequest[] = [];
	readonly #free: WaitingRequest[] = [];
	readonly #most: number;
	readonly #patience: number;

	/** `most` wait at a time; after `patience` microseconds no answer will come. */
	constructor(most: number, patience: number) {
		this.#most = most;
		this.#patience = patience;
	}

	/** Keeps a request; false where the one that waited longest gave way to it. */
	keep(bytes: Uint8Array, start: number, end: number, direction: Direction, time: number, frame: number): boolean {
		const isRoom = this.#waiting.length < this.#most;
		if (!isRoom) this.#free.push(this.#waiting.shift()!);
		const length = end - start;
		const slot = this.#free.pop() ?? { bytes: new Uint8Array(length), length, direction, time, frame, lastTime: time };
		if (slot.bytes.length < length) slot.bytes = new Uint8Array(length);
		slot.bytes.set(bytes.subarray(start, end));
		slot.length = length;
		slot.direction = direction;
		slot.time = slot.lastTime = time;
		slot.frame = frame;
		this.#waiting.push(slot);
		this.#schedule();
		return isRoom;
	}

	/** The first that fits, which stays. */
	find(fits: (waiting: WaitingRequest) => boolean): WaitingRequest | undefined {
		return this.#waiting.find(fits);
	}

	/** The first that fits, which waits no more. */
	take(fits: (waiting: WaitingRequest) => boolean): WaitingRequest | undefined {
		const index = this.#waiting.findIndex(fits);
		if (index < 0) return undefined;
		const [waiting] = this.#waiting.splice(index, 1);
		this.#free.push(waiting!);
		this.#schedule();
		return waiting;
	}

	/** It was sent again. */
	renew(waiting: WaitingRequest, time: number): void {
		waiting.lastTime = time;
		this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
		this.#waiting.push(waiting);
		this.#schedule();
	}

	/** One whose patience is over, which waits no more. */
	takeOverdue(now: number): WaitingRequest | undefined {
		if (this.deadline > now) return undefined;
		const waiting = this.#waiting.shift()!;
		this.#free.push(waiting);
		this.#schedule();
		return waiting;
	}

	/** When `waiting` is given up. */
	endOf({ lastTime }: WaitingRequest): number {
		return lastTime + this.#patience;
	}

	clear(): void {
		this.#free.push(...this.#waiting);
		this.#waiting.length = 0;
		this.#schedule();
	}

	#schedule(): void {
		this.deadline = this.#waiting.length > 0 ? this.endOf(this.#waiting[0]!) : Number.POSITIVE_INFINITY;
	}
}
