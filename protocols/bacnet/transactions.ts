/** Confirmed requests of one flow that wait for their answers (ASHRAE 135, 5.4), bounded. */
import type { Direction } from "../../src/flow/flow.ts";
import type { Asked, Details, Item } from "./observation.ts";

/** Requests of one flow that are remembered; an invoke id has 256 values, and a client keeps few of them busy. */
const MAX_REQUESTS = 256;
/** Microseconds after the latest try. 12.11 recommends 3 s before a request is repeated, and three repetitions. */
export const PATIENCE = 10_000_000;
/** Microseconds that an answered or given-up request is remembered for a second or a late answer. */
const REMEMBERED = 60_000_000;

export const OPEN = 0;
export const OVERDUE = 1;
export const ANSWERED = 2;

/** A confirmed request. */
export interface Request extends Asked {
	readonly key: number;
	state: typeof OPEN | typeof OVERDUE | typeof ANSWERED;
	/** Microseconds of its latest try. */
	lastTime: number;
	readonly digest: number;
	/** A device reports: who asks is the server. */
	readonly isByServer: boolean;
	readonly direction: Direction;
	readonly invokeId: number;
	readonly unit: number;
	/** Who asks, as a unit. */
	readonly requester: number;
	readonly items: readonly Item[];
	readonly details: Details | undefined;
}

/** The key of an exchange: who answers, the invoke id, and which end of the flow asked. */
export const keyOf = (responder: number, invokeId: number, direction: number): number => (responder + 1) * 512 + invokeId * 2 + direction;

export class Requests {
	/** Microseconds at which the first is overdue, or earlier; Infinity where none waits. */
	deadline = Number.POSITIVE_INFINITY;
	/** In the order in which they were asked. */
	readonly #all = new Map<number, Request>();

	find(key: number, requester: number): Request | undefined {
		const request = this.#all.get(key);
		return request?.requester === requester ? request : undefined;
	}

	/** Takes a new one. What gives way while it waits comes back: the one with the same key, or the oldest where there are too many. */
	add(request: Request, count: (what: string) => void): Request | undefined {
		let displaced = this.#all.get(request.key);
		if (displaced !== undefined) this.#all.delete(request.key);
		else if (this.#all.size >= MAX_REQUESTS) {
			const [oldest] = this.#all.values();
			this.#all.delete(oldest!.key);
			displaced = oldest;
			if (oldest!.state === OPEN) count("requests-bound");
		}
		this.#all.set(request.key, request);
		this.deadline = Math.min(this.deadline, request.lastTime + PATIENCE);
		return displaced?.state === OPEN ? displaced : undefined;
	}

	/** Those that are overdue now, in their order; each comes once. */
	*overdue(now: number): Generator<Request> {
		let next = Number.POSITIVE_INFINITY;
		for (const request of [...this.#all.values()]) {
			if (request.state !== OPEN) {
				if (now - request.lastTime > REMEMBERED) this.#all.delete(request.key);
				continue;
			}
			const due = request.lastTime + PATIENCE;
			if (due > now) {
				next = Math.min(next, due);
				continue;
			}
			request.state = OVERDUE;
			yield request;
		}
		this.deadline = next;
	}
}
