/** Requests of one flow that wait for their answers, oldest first. */
import type { CipRequest } from "./cip.ts";

/** Requests that may wait at once; beyond it the oldest gives way. */
export const MAX_WAITING = 64;
/** Microseconds after which no answer is expected any more: longer than the time-out that clients are shipped with. */
export const ANSWER_AFTER = 10_000_000;

export interface Waiting {
	command: number;
	session: number;
	/** Sender context; of a connected request its connection, and 0. */
	low: number;
	high: number;
	/** -1 where it has no connection. */
	sequenceCount: number;
	/** Undefined where it is no service. */
	request: CipRequest | undefined;
	time: number;
	frame: number;
	/** Who asked. */
	isFromServer: boolean;
}

export class WaitingRequests {
	readonly #list: Waiting[] = [];

	get oldest(): Waiting | undefined {
		return this.#list[0];
	}

	/** The one that had to give way, where there were too many. */
	add(waiting: Waiting): Waiting | undefined {
		this.#list.push(waiting);
		return this.#list.length > MAX_WAITING ? this.#list.shift() : undefined;
	}

	/** Takes out the oldest for which `fits` holds. */
	take(fits: (waiting: Waiting) => boolean): Waiting | undefined {
		for (let index = 0; index < this.#list.length; index++) {
			const one = this.#list[index]!;
			if (!fits(one)) continue;
			this.#list.splice(index, 1);
			return one;
		}
		return undefined;
	}

	clear(): void {
		this.#list.length = 0;
	}
}
