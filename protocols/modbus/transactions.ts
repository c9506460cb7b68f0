/**
 * The requests of one flow that wait for their answers, and the last ones that have theirs: a small open-addressed table in typed arrays, so that a
 * request costs no allocation. It starts small, doubles while requests wait in every place one could stand in, and is bounded.
 */

/** Places at first, enough for a client that waits for each answer, and at most: as many requests as a flow may have waiting. */
const PLACES = 16;
const MAX_PLACES = 256;
/** Places looked at for one key. */
const WINDOW = 8;
/** Room for a kept request: the longest PDU is 253 bytes. */
const PDU_ROOM = 256;
/** Microseconds that an answered or given-up request is remembered for a late or second answer. */
export const REMEMBERED = 60_000_000;

export const FREE = 0;
/** Waits for its answer. */
export const OPEN = 1;
/** Reported as unanswered; a late answer still finds it. */
export const OVERDUE = 2;
export const ANSWERED = 3;

/** Fields of a place in `ints`. */
export const KEY = 0;
export const STATE = 1;
export const ADDRESS = 2;
export const QUANTITY = 3;
/** Function-specific: value, masks, write range, sub-function, MEI type. */
export const FIRST = 4;
export const SECOND = 5;
/** Of the answer, once there is one. */
export const DIGEST = 6;
export const FLAGS = 7;
export const PDU_LENGTH = 8;
export const INTS = 9;

/** Fields of a place in `numbers`. */
export const TIME = 0;
export const FRAME = 1;
export const ANSWER_FRAME = 2;
export const NUMBERS = 3;

/** Bits of FLAGS. */
export const UNANSWERABLE = 1;
export const UNREADABLE = 2;

/** Transaction, unit and function in one 32 bit key. */
export const keyOf = (transactionId: number, unitId: number, functionCode: number): number =>
	(transactionId << 16) | (unitId << 8) | functionCode;

export class Transactions {
	/** How many are OPEN, and how many OPEN or OVERDUE. */
	open = 0;
	waiting = 0;
	places = PLACES;
	ints = new Int32Array(PLACES * INTS);
	numbers = new Float64Array(PLACES * NUMBERS);
	/** Requests that are kept whole; made when the first is. */
	pdus: Uint8Array | undefined = undefined;
	/** Requests that gave way, unanswered, because the table was full. */
	evicted = 0;

	/** A place for a new request, OPEN; the caller fills in the other fields. */
	add(key: number, now: number): number {
		// Nobody waits, so whatever stands there may go.
		const place = this.waiting === 0 ? this.#home(key) : this.#room(key, now);
		const int = place * INTS;
		const state = this.ints[int + STATE]!;
		if (state === OPEN) {
			this.open--;
			this.evicted++;
		}
		if (state === OPEN || state === OVERDUE) this.waiting--;
		this.ints[int + KEY] = key;
		this.ints[int + STATE] = OPEN;
		this.ints[int + PDU_LENGTH] = 0;
		this.open++;
		this.waiting++;
		return place;
	}

	/** The oldest place with this key and state, or -1; for ANSWERED the latest. */
	find(key: number, state: number): number {
		const { ints, numbers } = this;
		const home = this.#home(key);
		if (state === OPEN && this.open === 1 && ints[home * INTS + KEY] === key && ints[home * INTS + STATE] === OPEN) return home;
		let best = -1;
		let bestTime = 0;
		for (let step = 0; step < WINDOW; step++) {
			const place = (home + step) & (this.places - 1);
			if (ints[place * INTS + KEY] !== key || ints[place * INTS + STATE] !== state) continue;
			const time = state === ANSWERED ? -numbers[place * NUMBERS + TIME]! : numbers[place * NUMBERS + TIME]!;
			if (best < 0 || time < bestTime) {
				best = place;
				bestTime = time;
			}
		}
		return best;
	}

	/** The next place of the window with this key and state after `place` (-1 to begin), or -1. */
	next(key: number, state: number, after: number): number {
		const { ints } = this;
		const home = this.#home(key);
		const from = after < 0 ? 0 : ((after - home) & (this.places - 1)) + 1;
		for (let step = from; step < WINDOW; step++) {
			const place = (home + step) & (this.places - 1);
			if (ints[place * INTS + KEY] === key && ints[place * INTS + STATE] === state) return place;
		}
		return -1;
	}

	/** Moves a place from OPEN or OVERDUE on. */
	settle(place: number, state: typeof FREE | typeof OVERDUE | typeof ANSWERED): void {
		const int = place * INTS + STATE;
		const before = this.ints[int]!;
		if (before === OPEN) this.open--;
		if ((before === OPEN || before === OVERDUE) && state !== OVERDUE) this.waiting--;
		this.ints[int] = state;
	}

	/** The place that has been OPEN for longest, or -1. */
	oldestOpen(): number {
		if (this.open === 0) return -1;
		let best = -1;
		for (let place = 0; place < this.places; place++) {
			if (this.ints[place * INTS + STATE] !== OPEN) continue;
			if (best < 0 || this.numbers[place * NUMBERS + TIME]! < this.numbers[best * NUMBERS + TIME]!) best = place;
		}
		return best;
	}

	/** Keeps the PDU of a request. */
	keep(place: number, bytes: Uint8Array, start: number, length: number): void {
		this.pdus ??= new Uint8Array(this.places * PDU_ROOM);
		const to = place * PDU_ROOM;
		for (let index = 0; index < length; index++) this.pdus[to + index] = bytes[start + index]!;
		this.ints[place * INTS + PDU_LENGTH] = length;
	}

	/** Where the PDU of a place begins in `pdus`. */
	pduStart(place: number): number {
		return place * PDU_ROOM;
	}

	/** Forgets everything. */
	clear(): void {
		this.ints.fill(0);
		this.open = 0;
		this.waiting = 0;
	}

	/** Consecutive transaction ids of one unit and function stand side by side. */
	#home(key: number): number {
		return ((key >>> 16) + Math.imul(key & 0xffff, 31)) & (this.places - 1);
	}

	/** The place of the window that is least missed: free, answered, overdue, open; the oldest of these. */
	#room(key: number, now: number): number {
		for (;;) {
			const home = this.#home(key);
			let best = home;
			let bestRank = Number.POSITIVE_INFINITY;
			let bestTime = 0;
			for (let step = 0; step < WINDOW; step++) {
				const place = (home + step) & (this.places - 1);
				const state = this.ints[place * INTS + STATE]!;
				if (state === FREE) return place;
				const time = this.numbers[place * NUMBERS + TIME]!;
				const isStale = state === OVERDUE && now - time > REMEMBERED;
				const rank = state === ANSWERED || isStale ? 0 : state === OVERDUE ? 1 : 2;
				if (rank < bestRank || (rank === bestRank && time < bestTime)) {
					best = place;
					bestRank = rank;
					bestTime = time;
				}
			}
			if (bestRank < 2 || this.places === MAX_PLACES) return best;
			this.#grow();
		}
	}

	#grow(): void {
		const { ints, numbers, pdus, places } = this;
		this.places = places * 2;
		this.ints = new Int32Array(this.places * INTS);
		this.numbers = new Float64Array(this.places * NUMBERS);
		if (pdus !== undefined) this.pdus = new Uint8Array(this.places * PDU_ROOM);
		this.waiting = 0;
		this.open = 0;
		for (let from = 0; from < places; from++) {
			const state = ints[from * INTS + STATE]!;
			if (state === FREE) continue;
			const home = this.#home(ints[from * INTS + KEY]!);
			for (let step = 0; step < WINDOW; step++) {
				const place = (home + step) & (this.places - 1);
				if (this.ints[place * INTS + STATE] !== FREE) continue;
				this.ints.set(ints.subarray(from * INTS, (from + 1) * INTS), place * INTS);
				this.numbers.set(numbers.subarray(from * NUMBERS, (from + 1) * NUMBERS), place * NUMBERS);
				if (pdus !== undefined) this.pdus!.set(pdus.subarray(from * PDU_ROOM, (from + 1) * PDU_ROOM), place * PDU_ROOM);
				if (state === OPEN) this.open++;
				if (state === OPEN || state === OVERDUE) this.waiting++;
				break;
			}
		}
	}
}
