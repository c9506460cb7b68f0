/**
 * What is remembered of each pair of master and outstation on one flow (IEEE 1815-2012 calls it an association): requests that wait for their answer, the latest select,
 * what the outstation said last. Objects are used again; the tables are bounded.
 */

/** Pairs of one flow; the one that was silent for longest gives way. */
export const MAX_ASSOCIATIONS = 32;
/** Requests of one pair that wait: IEEE 1815 wants one at a time, and not every master keeps to it. */
const PLACES = 8;
/** Bytes of a request that are kept: its points are named when it is answered. */
const KEPT = 512;

const FREE = 0;
/** Waits for its answer. */
export const OPEN = 1;
/** Reported as unanswered; a late answer still finds it. */
export const OVERDUE = 2;
/** Its response has more fragments. */
export const CONTINUED = 3;

export class Request {
	state = FREE;
	sequence = 0;
	functionCode = 0;
	/** Microseconds and frame. */
	time = 0;
	frame = 0;
	linkControl = 0;
	/** Sequence of the next fragment of the response. */
	next = 0;
	bytes = new Uint8Array(0);
	length = 0;

	keep(bytes: Uint8Array, start: number, end: number): void {
		this.length = Math.min(end - start, KEPT);
		if (this.bytes.length < this.length) this.bytes = new Uint8Array(Math.min(KEPT, 2 * this.length));
		this.bytes.set(bytes.subarray(start, start + this.length));
	}

	free(): void {
		this.state = FREE;
	}
}

/** A number for the controls of a request: equal for equal ones. */
export interface Controls {
	digest: number;
	sequence: number;
	frame: number;
}
/** A response that waits to be confirmed. */
interface Unconfirmed {
	sequence: number;
	frame: number;
	time: number;
}
const noControls = (): Controls => ({ digest: -1, sequence: -1, frame: 0 });

export class Association {
	master = -1;
	outstation = -1;
	/** Microseconds of the latest message. */
	used = 0;
	readonly requests = Array.from({ length: PLACES }, () => new Request());
	/** Requests seen since nothing is missing. */
	seen = 0;
	/** Microseconds of the first answer that fitted since nothing is missing; NaN before. */
	fittingSince = Number.NaN;
	readonly select = noControls();
	readonly operate = noControls();
	/** The outstation was told to speak unasked, or did. */
	isSpeaking = false;
	/** Internal indications of the latest response; -1 before. */
	iin = -1;
	/** Latest responses that want to be confirmed, solicited and unsolicited: sequence (-1 for none), frame, microseconds. */
	readonly unconfirmed: readonly [Unconfirmed, Unconfirmed] = [
		{ sequence: -1, frame: 0, time: 0 },
		{ sequence: -1, frame: 0, time: 0 },
	];

	begin(master: number, outstation: number): void {
		this.master = master;
		this.outstation = outstation;
		this.isSpeaking = false;
		this.iin = -1;
		this.forget();
	}

	/** Bytes were lost: what waits may have been answered, and what came may have been asked. */
	forget(): void {
		for (const request of this.requests) request.free();
		this.seen = 0;
		this.fittingSince = Number.NaN;
		Object.assign(this.select, noControls());
		Object.assign(this.operate, noControls());
		for (const one of this.unconfirmed) one.sequence = -1;
	}

	/** A place for a new request: a free one, else that of the older. */
	place(): Request {
		let best = this.requests[0]!;
		for (const one of this.requests) {
			if (one.state === FREE) return one;
			if (one.time < best.time) best = one;
		}
		return best;
	}

	find(state: number, sequence: number): Request | undefined {
		for (const one of this.requests) if (one.state === state && one.sequence === sequence) return one;
		return undefined;
	}

	/** The request whose response goes on with this sequence. */
	continued(sequence: number): Request | undefined {
		for (const one of this.requests) if (one.state === CONTINUED && one.next === sequence) return one;
		return undefined;
	}
}

export class Associations {
	readonly all: Association[] = [];
	#last: Association | undefined = undefined;
	/** Pairs that gave way. */
	evicted = 0;

	/** The pair, made where it is new. `now` in microseconds. */
	of(master: number, outstation: number, now: number): Association {
		let one = this.#last;
		if (one === undefined || one.master !== master || one.outstation !== outstation) {
			one = this.all.find((known) => known.master === master && known.outstation === outstation) ?? this.#add(master, outstation);
			this.#last = one;
		}
		one.used = now;
		return one;
	}

	#add(master: number, outstation: number): Association {
		let one: Association;
		if (this.all.length < MAX_ASSOCIATIONS) {
			one = new Association();
			this.all.push(one);
		} else {
			one = this.all.reduce((oldest, other) => (other.used < oldest.used ? other : oldest));
			this.evicted++;
		}
		one.begin(master, outstation);
		return one;
	}

	forget(): void {
		for (const one of this.all) one.forget();
	}
}
