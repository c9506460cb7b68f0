/**
 * Which points a client has touched with one verb: four bits a point. One says "touched"; one "more than once", which gives the number of singletons that the estimate of maturity
 * needs; one "more than once, and in this period too", so that a range of registers costs one or two comparisons; and one "for the first time in this period".
 */
import { bitCount } from "./bits.ts";

/** Points of a page: 256, so that the common 16 bit spaces have 256 pages. */
const PAGE_WORDS = 8;
const AGAIN = PAGE_WORDS;
const RECENT = 2 * PAGE_WORDS;
const YOUNG = 3 * PAGE_WORDS;
/** Pages held in a plain array; those of higher points in a map. */
const LOW_PAGES = 256;

/** Pages by number: an array for low numbers, a map for the rest, so that a large point number costs no large array. */
export class PageIndex<T> {
	readonly #low: (T | undefined)[] = new Array(LOW_PAGES).fill(undefined);
	#high: Map<number, T> | undefined = undefined;

	get(page: number): T | undefined {
		return page < LOW_PAGES ? this.#low[page] : this.#high?.get(page);
	}

	set(page: number, value: T): void {
		if (page < LOW_PAGES) this.#low[page] = value;
		else (this.#high ??= new Map()).set(page, value);
	}

	*entries(): Generator<[page: number, value: T]> {
		for (let page = 0; page < LOW_PAGES; page++) {
			const value = this.#low[page];
			if (value !== undefined) yield [page, value];
		}
		if (this.#high !== undefined) yield* [...this.#high].sort(([one], [other]) => one - other);
	}
}

/** Counts pages of all reaches, so that together they stay bounded. */
export interface PageBudget {
	left: number;
	refused: number;
}

/** A run of touched points: space, first, count, and what is known of each: 1 touched more than once, 2 in this period too, 4 for the first time in this period. */
export type Run = [space: number, first: number, count: number, known: number];
export const TOUCHED = { again: 1, recent: 2, young: 4 } as const;

/** The bits of `word` that belong to `first` .. `last`. */
function maskOf(word: number, first: number, last: number): number {
	const base = word * 32;
	let mask = -1;
	if (first > base) mask &= -1 << (first - base);
	if (last < base + 31) mask &= -1 >>> (base + 31 - last);
	return mask;
}

export class Reach {
	/** Points touched, and those of them touched once. */
	members = 0;
	singletons = 0;
	/** Operations that touched a point for the first time; the owner counts. */
	surprises = 0;
	/** A person named its first members: further ones are judged at once. */
	isStrict = false;
	/** Set by `countNew`. */
	firstNew = 0;
	/** Index: space + 1; space -1 is that of named points. */
	readonly #spaces: (PageIndex<Int32Array> | undefined)[] = [];
	readonly #budget: PageBudget;

	constructor(budget: PageBudget) {
		this.#budget = budget;
	}

	/** True where every point was touched more than once before, and in this period: nothing to note, nothing new. */
	isSettled(space: number, first: number, count: number): boolean {
		const pages = this.#spaces[space + 1];
		if (pages === undefined) return false;
		const last = first + count - 1;
		for (let word = first >>> 5; word <= last >>> 5; word++) {
			const page = pages.get(word >>> 3);
			if (page === undefined) return false;
			const mask = maskOf(word, first, last);
			if ((page[RECENT + (word & 7)]! & mask) !== mask) return false;
		}
		return true;
	}

	/** How many of the points were never touched; `firstNew` becomes the first of them. */
	countNew(space: number, first: number, count: number): number {
		const pages = this.#spaces[space + 1];
		this.firstNew = first;
		if (pages === undefined) return count;
		const last = first + count - 1;
		let fresh = 0;
		for (let word = first >>> 5; word <= last >>> 5; word++) {
			const mask = maskOf(word, first, last);
			const missing = mask & ~(pages.get(word >>> 3)?.[word & 7] ?? 0);
			if (missing !== 0 && fresh === 0) this.firstNew = word * 32 + (31 - Math.clz32(missing & -missing));
			fresh += bitCount(missing);
		}
		return fresh;
	}

	/** Notes that the points were touched; returns how many of them were new. */
	add(space: number, first: number, count: number): number {
		const pages = (this.#spaces[space + 1] ??= new PageIndex());
		const last = first + count - 1;
		let fresh = 0;
		for (let word = first >>> 5; word <= last >>> 5; word++) {
			let page = pages.get(word >>> 3);
			if (page === undefined) {
				if (this.#budget.left <= 0) {
					this.#budget.refused++;
					continue;
				}
				this.#budget.left--;
				page = new Int32Array(4 * PAGE_WORDS);
				pages.set(word >>> 3, page);
			}
			const at = word & 7;
			const mask = maskOf(word, first, last);
			const seen = page[at]!;
			const again = page[AGAIN + at]!;
			const added = bitCount(mask & ~seen);
			this.singletons += added - bitCount(mask & seen & ~again);
			this.members += added;
			fresh += added;
			page[at] = seen | mask;
			page[AGAIN + at] = again | (mask & seen);
			page[RECENT + at]! |= mask & seen;
			page[YOUNG + at]! |= mask & ~seen;
		}
		return fresh;
	}

	/** Forgets points; returns how many of them were known. */
	remove(space: number, first: number, count: number): number {
		const pages = this.#spaces[space + 1];
		if (pages === undefined) return 0;
		const last = first + count - 1;
		let gone = 0;
		for (let word = first >>> 5; word <= last >>> 5; word++) {
			const page = pages.get(word >>> 3);
			if (page === undefined) continue;
			const at = word & 7;
			const mask = maskOf(word, first, last);
			const seen = page[at]! & mask;
			const known = bitCount(seen);
			this.singletons -= bitCount(seen & ~page[AGAIN + at]!);
			this.members -= known;
			gone += known;
			for (const bits of [at, AGAIN + at, RECENT + at, YOUNG + at]) page[bits]! &= ~mask;
		}
		return gone;
	}

	/** Points as they were saved: `known` is a sum of TOUCHED. False where there was no place for them. */
	restore([space, first, count, known]: Run): boolean {
		this.add(space, first, count);
		if ((known & TOUCHED.again) !== 0) this.add(space, first, count);
		let isWhole = true;
		for (let point = first; point < first + count; point++) {
			const page = this.#spaces[space + 1]?.get(point >>> 8);
			const word = (point >>> 5) & 7;
			const bit = 1 << (point & 31);
			if (page === undefined) isWhole = false;
			else {
				if ((known & TOUCHED.recent) === 0) page[RECENT + word]! &= ~bit;
				else page[RECENT + word]! |= bit;
				if ((known & TOUCHED.young) === 0) page[YOUNG + word]! &= ~bit;
			}
		}
		return isWhole;
	}

	/** Ends a period: forgets, and gives, what was not touched in it. */
	fade(): Run[] {
		const gone = [...this.runs()].filter(([, , , known]) => (known & (TOUCHED.recent | TOUCHED.young)) === 0);
		for (const [space, first, count] of gone) this.remove(space, first, count);
		for (const pages of this.#spaces) for (const [, page] of pages?.entries() ?? []) page.fill(0, RECENT);
		return gone;
	}

	/** Forgets everything. */
	clear(): void {
		for (const [space, first, count] of [...this.runs()]) this.remove(space, first, count);
		this.surprises = 0;
	}

	/** All runs in order of space and number. */
	*runs(): Generator<Run> {
		for (let slot = 0; slot < this.#spaces.length; slot++) {
			const pages = this.#spaces[slot];
			if (pages === undefined) continue;
			let run: Run | undefined;
			for (const [number, page] of pages.entries()) {
				for (let bit = 0; bit < 256; bit++) {
					const mask = 1 << (bit & 31);
					if ((page[bit >>> 5]! & mask) === 0) continue;
					const has = (bits: number, worth: number): number => ((page[bits + (bit >>> 5)]! & mask) !== 0 ? worth : 0);
					const known = has(AGAIN, TOUCHED.again) + has(RECENT, TOUCHED.recent) + has(YOUNG, TOUCHED.young);
					const at = number * 256 + bit;
					if (run !== undefined && run[1] + run[2] === at && run[3] === known) run[2]++;
					else {
						if (run !== undefined) yield run;
						run = [slot - 1, at, 1, known];
					}
				}
			}
			if (run !== undefined) yield run;
		}
	}
}
