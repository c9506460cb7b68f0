/**
 * The requests of one flow that wait for their answers, and the last ones that have theirs: a small open-addressed table of objects that are used again, so that
 * a request costs no allocation. It starts small, doubles while requests wait in every place one could stand in, and is bounded.
 */

import type { Clock } from "../../src/decode/protocol.ts";

/** Places at first, enough for a client that waits for each answer, and at most: as many requests as a flow may have waiting. */
const PLACES = 16;
const MAX_PLACES = 256;
/** Places looked at for one key. */
const WINDOW = 8;
/** Room for a kept request: the longest PDU of V1.1b3; of a longer one (UMAS) its beginning is kept. */
const PDU_ROOM = 253;
/** Microseconds that an answered or given-up request is remembered for a late or second answer. */
const REMEMBERED = 60_000_000;

const FREE = 0;
/** Waits for its answer. */
export const OPEN = 1;
/** Reported as unanswered; a late answer still finds it. */
export const OVERDUE = 2;
export const ANSWERED = 3;

/** One request. Its place in the table is used again for others. */
export class Transaction {
	key = 0;
	state = FREE;
	/** Microseconds and frame of the request, frame of its first answer. */
	time = Number.NEGATIVE_INFINITY;
	frame = 0;
	answerFrame = 0;
	address = -1;
	quantity = -1;
	/** Function-specific: value, masks, write range, sub-function, MEI type. */
	first = 0;
	second = 0;
	/** Of its first answer. */
	digest = 0;
	isUnanswerable = false;
	/** The request could not be read; an answer cannot contradict it. */
	isUnreadable = false;
	/** The request's PDU where it is kept; `pduLength` is 0 where it is not. */
	pdu: Uint8Array | undefined = undefined;
	pduLength = 0;

	keep(bytes: Uint8Array, start: number, length: number): void {
		this.pdu ??= new Uint8Array(PDU_ROOM);
		this.pduLength = length < PDU_ROOM ? length : PDU_ROOM;
		for (let index = 0; index < this.pduLength; index++) this.pdu[index] = bytes[start + index]!;
	}
}

/** Transaction, unit and function in one 32 bit key. */
export const keyOf = (transactionId: number, unitId: number, functionCode: number): number =>
	(transactionId << 16) | (unitId << 8) | functionCode;

const makePlaces = (count: number): Transaction[] => Array.from({ length: count }, () => new Transaction());

export class Transactions {
	/** How many are OPEN, and how many OPEN or OVERDUE. */
	open = 0;
	waiting = 0;
	/** Requests that gave way, unanswered, because the table was full. */
	evicted = 0;
	#places = makePlaces(PLACES);
	#mask = PLACES - 1;
	/** The latest that has its answer. */
	#answered: Transaction | undefined = undefined;
	/** Read here, because a time as an argument may cost an allocation. */
	readonly #clock: Readonly<Clock>;

	constructor(clock: Readonly<Clock>) {
		this.#clock = clock;
	}

	/** A place for a new request, OPEN; the caller fills in the other fields. */
	add(key: number): Transaction {
		// Where nobody waits, whatever stands there may go, but for what was answered last: a second answer to it may follow.
		let transaction = this.waiting === 0 ? this.#places[home(key) & this.#mask]! : this.#room(key);
		if (transaction === this.#answered && this.waiting === 0) transaction = this.#places[(home(key) + 1) & this.#mask]!;
		if (transaction.state === OPEN) {
			this.open--;
			this.evicted++;
		}
		if (transaction.state === OPEN || transaction.state === OVERDUE) this.waiting--;
		transaction.key = key;
		transaction.state = OPEN;
		transaction.pduLength = 0;
		this.open++;
		this.waiting++;
		return transaction;
	}

	/** The oldest OPEN one with this key. */
	findOpen(key: number): Transaction | undefined {
		if (this.open === 0) return undefined;
		const first = this.#places[home(key) & this.#mask]!;
		if (this.open === 1 && first.key === key && first.state === OPEN) return first;
		return this.#oldest(key, OPEN);
	}

	/** The oldest OPEN one with this key for which `fits` holds. */
	findFitting(key: number, fits: (transaction: Transaction) => boolean): Transaction | undefined {
		let best: Transaction | undefined;
		for (let step = 0; step < WINDOW; step++) {
			const one = this.#places[(home(key) + step) & this.#mask]!;
			if (one.key === key && one.state === OPEN && (best === undefined || one.time < best.time) && fits(one)) best = one;
		}
		return best;
	}

	/** The one with this key that was given up, for a late answer. */
	findOverdue(key: number): Transaction | undefined {
		if (this.waiting === 0) return undefined;
		const one = this.#oldest(key, OVERDUE);
		return one !== undefined && this.#clock.time - one.time <= REMEMBERED ? one : undefined;
	}

	/** The latest with this key that has its answer, for a second one. */
	findAnswered(key: number): Transaction | undefined {
		let best: Transaction | undefined;
		for (let step = 0; step < WINDOW; step++) {
			const one = this.#places[(home(key) + step) & this.#mask]!;
			if (one.key === key && one.state === ANSWERED && (best === undefined || one.time > best.time)) best = one;
		}
		return best !== undefined && this.#clock.time - best.time <= REMEMBERED ? best : undefined;
	}

	/** The one that has been OPEN for longest. */
	oldestOpen(): Transaction | undefined {
		if (this.open === 0) return undefined;
		let best: Transaction | undefined;
		for (const one of this.#places) if (one.state === OPEN && (best === undefined || one.time < best.time)) best = one;
		return best;
	}

	/** Moves one from OPEN or OVERDUE on. */
	settle(transaction: Transaction, state: typeof OVERDUE | typeof ANSWERED): void {
		if (transaction.state === OPEN) this.open--;
		if (state === ANSWERED) {
			this.waiting--;
			this.#answered = transaction;
		}
		transaction.state = state;
	}

	/** Forgets one that is OPEN. */
	drop(transaction: Transaction): void {
		this.open--;
		this.waiting--;
		transaction.state = FREE;
	}

	/** Forgets everything. */
	clear(): void {
		for (const one of this.#places) one.state = FREE;
		this.open = 0;
		this.waiting = 0;
	}

	#oldest(key: number, state: number): Transaction | undefined {
		let best: Transaction | undefined;
		for (let step = 0; step < WINDOW; step++) {
			const one = this.#places[(home(key) + step) & this.#mask]!;
			if (one.key === key && one.state === state && (best === undefined || one.time < best.time)) best = one;
		}
		return best;
	}

	/** The place of the window that is least missed: free, answered, overdue, open; the oldest of these. */
	#room(key: number): Transaction {
		for (;;) {
			let best = this.#places[home(key) & this.#mask]!;
			let bestRank = Number.POSITIVE_INFINITY;
			for (let step = 0; step < WINDOW; step++) {
				const one = this.#places[(home(key) + step) & this.#mask]!;
				if (one.state === FREE) return one;
				const isStale = one.state === OVERDUE && this.#clock.time - one.time > REMEMBERED;
				const rank = one.state === ANSWERED || isStale ? 0 : one.state === OVERDUE ? 1 : 2;
				if (rank < bestRank || (rank === bestRank && one.time < best.time)) {
					best = one;
					bestRank = rank;
				}
			}
			if (bestRank < 2 || this.#places.length === MAX_PLACES) return best;
			this.#grow();
		}
	}

	#grow(): void {
		const before = this.#places;
		this.#places = makePlaces(before.length * 2);
		this.#mask = this.#places.length - 1;
		this.open = 0;
		this.waiting = 0;
		for (const one of before) {
			if (one.state === FREE) continue;
			for (let step = 0; step < WINDOW; step++) {
				const place = (home(one.key) + step) & this.#mask;
				if (this.#places[place]!.state !== FREE) continue;
				this.#places[place] = one;
				if (one.state === OPEN) this.open++;
				if (one.state !== ANSWERED) this.waiting++;
				break;
			}
		}
	}
}

/** Consecutive transaction ids of one unit and function stand side by side. */
const home = (key: number): number => (key >>> 16) + Math.imul(key & 0xffff, 31);
