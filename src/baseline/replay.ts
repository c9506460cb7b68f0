/**
 * A noisy point that says exactly what it said before: a recording played again. The changes of a point are cut where the value itself says so (content-defined chunks: the cut is
 * found again wherever the recording begins), and each chunk leaves its hash. Several known chunks one after the other, in the order of before, are a repetition.
 */
import { FIELD, type Motion } from "./motion.ts";

/** One change in so many ends a chunk (a power of two). */
const CUT = 32;
/** A chunk shorter than the first says nothing; one longer than the second has no cut in it. */
const MIN_CHUNK = 8;
const MAX_CHUNK = 512;
/** Changes, and turns among them, that must repeat. A turn is worth about a bit: by chance that happens once in four thousand million chunks. */
const RUN_CHANGES = 64;
const RUN_TURNS = 32;
/**
 * Chunks before a repetition is news, and how much longer it must be than the longest that was learned: a point with few values repeats itself now and then. What did so for
 * RUN_CHANGES while it was learned (a clean cycle, a ramp) is never said.
 */
const MIN_CHUNKS = 20;
const RUN_FACTOR = 4;
/** Chunks of all points that are remembered (a power of two): four hours of a thousand points that change each second. 4 MB. */
const MEMORY = 262_144;
/** Chunks of one saved record. */
const PAGE = 2048;

const number = new Float64Array(1);
const halves = new Int32Array(number.buffer);
const mix = (hash: number, word: number): number => {
	const mixed = Math.imul(hash ^ word, 0x9e3779b1);
	return mixed ^ (mixed >>> 15);
};

function hashOf(value: number): number {
	const whole = value | 0;
	if (whole === value) return mix(0x2545f491, whole);
	number[0] = value;
	return mix(mix(0x2545f491, halves[0]!), halves[1]!);
}

export class Chunks {
	#keys = new Int32Array(0);
	#ordinals = new Uint32Array(0);
	/** Place of the latest chunk of a key, and one more. */
	#index = new Int32Array(0);
	/** Chunks put in so far: the next goes to this place, round and round. */
	#total = 0;
	#salt = 0;
	readonly #dirty = new Set<number>();
	/** The page that was marked last; -1 for none. */
	#lastDirty = -1;

	/** Takes a change; true where it ends a chunk, which `end` is to be told. */
	add(motion: Motion, at: number, value: number, isTurn: boolean): boolean {
		const { words } = motion;
		const valueHash = hashOf(value);
		words[at + FIELD.hash] = mix(words[at + FIELD.hash]!, valueHash);
		const length = ++words[at + FIELD.length]!;
		if (isTurn) words[at + FIELD.turns]!++;
		return (valueHash & (CUT - 1)) === 0 || length >= MAX_CHUNK;
	}

	/** Ends a chunk; the number of changes that repeat what was, where that is news, else 0. A point that is not judged yet learns from a repetition that it repeats itself. */
	end(motion: Motion, at: number, isJudged: boolean): number {
		const { words } = motion;
		const length = words[at + FIELD.length]!;
		const repeated = length >= MIN_CHUNK && length < MAX_CHUNK ? this.#chunk(words, at, length, isJudged) : 0;
		words[at + FIELD.hash] = 0;
		words[at + FIELD.length] = 0;
		words[at + FIELD.turns] = 0;
		return repeated;
	}

	#chunk(words: Uint32Array, at: number, length: number, isJudged: boolean): number {
		this.#open();
		// By a number of its own, not by its place in the table: that is another one after a restart.
		if (words[at + FIELD.salt] === 0) words[at + FIELD.salt] = ++this.#salt;
		const key = mix(words[at + FIELD.hash]!, words[at + FIELD.salt]!);
		const ordinal = ++words[at + FIELD.ordinal]!;
		const known = this.#index[key & (MEMORY - 1)]! - 1;
		let repeated = 0;
		if (known >= 0 && this.#keys[known] === key) {
			const before = this.#ordinals[known]!;
			const isNext = before === words[at + FIELD.runOrdinal]! + 1;
			const from = isNext ? words[at + FIELD.runLength]! : 0;
			words[at + FIELD.runLength] = from + length;
			words[at + FIELD.runTurns] = (isNext ? words[at + FIELD.runTurns]! : 0) + words[at + FIELD.turns]!;
			words[at + FIELD.runOrdinal] = before;
			// Where it comes round again, it follows on from here.
			this.#ordinals[known] = ordinal;
			this.#mark(known);
			const run = words[at + FIELD.runLength]!;
			if (!isJudged || ordinal < MIN_CHUNKS) {
				if (run > words[at + FIELD.longestRun]!) words[at + FIELD.longestRun] = run;
			} else if (run >= RUN_CHANGES && words[at + FIELD.runTurns]! >= RUN_TURNS) {
				const usual = words[at + FIELD.longestRun]!;
				if (usual < RUN_CHANGES && run >= RUN_FACTOR * usual) repeated = run;
			}
			return repeated;
		}
		words[at + FIELD.runOrdinal] = 0;
		words[at + FIELD.runLength] = 0;
		words[at + FIELD.runTurns] = 0;
		this.#put(this.#total++ % MEMORY, key, ordinal);
		return 0;
	}

	#put(place: number, key: number, ordinal: number): void {
		this.#keys[place] = key;
		this.#ordinals[place] = ordinal;
		this.#index[key & (MEMORY - 1)] = place + 1;
		this.#mark(place);
	}

	#mark(place: number): void {
		const page = (place / PAGE) | 0;
		if (page !== this.#lastDirty) this.#dirty.add(page);
		this.#lastDirty = page;
	}

	/** A point has this number of its own: no other gets it, though the chunks were saved before it was given. */
	claim(salt: number): void {
		this.#salt = Math.max(this.#salt, salt);
	}

	/** Pages that changed since the last time. */
	*save(): Generator<[page: number, value: unknown]> {
		for (const page of this.#dirty) {
			const words = new Int32Array(2 * PAGE);
			words.set(this.#keys.subarray(page * PAGE, (page + 1) * PAGE));
			words.set(this.#ordinals.subarray(page * PAGE, (page + 1) * PAGE), PAGE);
			yield [page, { page, total: this.#total, salt: this.#salt, chunks: Buffer.from(words.buffer).toString("base64") }];
		}
		this.#dirty.clear();
		this.#lastDirty = -1;
	}

	/** Takes saved pages back, all in one go; the number of damaged ones, which are left out. */
	restore(pages: Iterable<unknown>): number {
		let damaged = 0;
		for (const value of pages) {
			const { page, total, salt, chunks } = (value ?? {}) as Record<string, unknown>;
			const isPlace = Number.isInteger(page) && (page as number) >= 0 && (page as number) < MEMORY / PAGE;
			const isState = [total, salt].every((one) => Number.isInteger(one) && (one as number) >= 0);
			const bytes = typeof chunks === "string" ? Buffer.from(chunks, "base64") : Buffer.alloc(0);
			if (!isPlace || !isState || bytes.length !== 8 * PAGE) {
				damaged++;
				continue;
			}
			this.#open();
			for (let word = 0; word < PAGE; word++) {
				this.#keys[(page as number) * PAGE + word] = bytes.readInt32LE(4 * word);
				this.#ordinals[(page as number) * PAGE + word] = bytes.readUInt32LE(4 * (PAGE + word));
			}
			this.#total = Math.max(this.#total, total as number);
			this.#salt = Math.max(this.#salt, salt as number);
		}
		for (let back = 0; back < this.#keys.length; back++) {
			const place = (this.#total + back) % MEMORY;
			if (this.#ordinals[place]! > 0) this.#index[this.#keys[place]! & (MEMORY - 1)] = place + 1;
		}
		return damaged;
	}

	#open(): void {
		if (this.#keys.length > 0) return;
		this.#keys = new Int32Array(MEMORY);
		this.#ordinals = new Uint32Array(MEMORY);
		this.#index = new Int32Array(MEMORY);
	}
}
