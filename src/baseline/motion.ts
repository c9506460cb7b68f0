/**
 * What is kept of a point that moves, beside its columns: one record of 32 bit words, taken at its second change. A point that is still costs nothing here, so a scan that
 * finds a million constants makes no records. Integers are read through `words`, everything else through `floats`; both lie on the same bytes, so a record is saved and
 * restored exactly.
 */

/** Blocks of a tail; see `tails.ts`. */
export const BLOCKS = 12;
/** Days of a week beside the running one; see `week.ts`. */
export const PAST_DAYS = 6;

/** Where a field lies in a record. What each change touches comes first. */
export const FIELD = {
	/** `replay.ts`: the running chunk. */
	hash: 0,
	length: 1,
	turns: 2,
	/** `tails.ts`: extremes of the running block. */
	runningHigh: 3,
	runningLow: 4,
	runningStep: 5,
	/** `bits.ts`: bits that were 1, bits that were 0, changes of exactly one bit. */
	ones: 6,
	zeros: 7,
	singles: 8,
	/** Changes that are what was written. */
	byWrite: 9,
	/** `week.ts`: extremes of the running day, the largest value and the negative of the smallest. */
	todayHigh: 10,
	todayLow: 11,
	/** `bits.ts`: bits that moved in this period of forgetting. */
	moved: 12,
	/** `stillness.ts`: the last change that a look saw (its capture time in milliseconds, the lower 32 bits), second of that look, reads until then. */
	seenChange: 13,
	changedAt: 14,
	readsAtChange: 15,
	/** `drift.ts`: the running day. */
	dayCount: 16,
	dayMean: 17,
	/** `kinds.ts`: running means of the step and of the pace (step for each second) and of the square of the pace; how often it began again at zero. */
	meanStep: 18,
	pace: 19,
	paceSquare: 20,
	resets: 21,
	dayStart: 22,
	anchor: 23,
	shift: 24,
	said: 25,
	saidAt: 26,
	longestStill: 27,
	salt: 28,
	ordinal: 29,
	runOrdinal: 30,
	runLength: 31,
	runTurns: 32,
	/** The longest run that was learned. */
	longestRun: 33,
	/** Blocks with the running one, how long each is, and when the running one ends. */
	blockCount: 34,
	blockSeconds: 35,
	blockEnd: 36,
	/** `stillness.ts`: until this second of its life stillness is learned, whatever else is known of an imported point. */
	stillUntil: 37,
	/** `level.ts`: looks and mean of the running stretch; the lowest and the highest mean that were learned, how many, and whether one outside was said. */
	levelLooks: 38,
	levelMean: 39,
	levelLow: 40,
	levelHigh: 41,
	levels: 42,
	isLevelSaid: 43,
	/** Extremes of the blocks that ended. */
	high: 44,
	low: 44 + BLOCKS,
	step: 44 + 2 * BLOCKS,
	/** `points.ts`: what looks saw in this period of forgetting, the largest and the negative of the smallest. */
	periodHigh: 44 + 3 * BLOCKS,
	periodLow: 45 + 3 * BLOCKS,
	/** `week.ts`: the running day since 1970, and the extremes of the days before it. */
	day: 46 + 3 * BLOCKS,
	dayHigh: 47 + 3 * BLOCKS,
	dayLow: 47 + 3 * BLOCKS + PAST_DAYS,
	/** `stillness.ts`: it was said that it stands still. */
	isStillSaid: 47 + 3 * BLOCKS + 2 * PAST_DAYS,
} as const;
/** Whole lines of the processor's cache, so that what each change touches is one. */
const WIDTH = 96;
/** 25 MB at most. Points beyond it are judged by their columns alone. */
const MAX_RECORDS = 65_536;
const FIRST_RECORDS = 64;

export class Motion {
	words = new Uint32Array(FIRST_RECORDS * WIDTH);
	floats = new Float32Array(this.words.buffer);
	/** Points that found no place. */
	refused = 0;
	#records = 0;

	/** Place of a new record; -1 where there is none. */
	take(): number {
		if (this.#records >= MAX_RECORDS) {
			this.refused++;
			return -1;
		}
		const at = this.#records++ * WIDTH;
		if (at >= this.words.length) {
			const words = new Uint32Array(this.words.length * 2);
			words.set(this.words);
			this.words = words;
			this.floats = new Float32Array(words.buffer);
		}
		this.floats.fill(Number.NEGATIVE_INFINITY, at + FIELD.runningHigh, at + FIELD.runningStep + 1);
		this.floats.fill(Number.NEGATIVE_INFINITY, at + FIELD.todayHigh, at + FIELD.todayLow + 1);
		this.floats.fill(Number.NEGATIVE_INFINITY, at + FIELD.periodHigh, at + FIELD.periodLow + 1);
		this.floats.fill(Number.NEGATIVE_INFINITY, at + FIELD.dayHigh, at + FIELD.dayLow + PAST_DAYS);
		return at;
	}

	/** A record as text. */
	save(at: number): string {
		return Buffer.from(this.words.buffer, at * 4, WIDTH * 4).toString("base64");
	}

	restore(at: number, text: string): void {
		const bytes = Buffer.from(text, "base64");
		for (let word = 0; word < WIDTH; word++) this.words[at + word] = bytes.readUInt32LE(word * 4);
	}
}

/** True for what `save` made. */
export const isMotion = (text: unknown): text is string =>
	typeof text === "string" && /^[A-Za-z0-9+/]+=*$/.test(text) && Buffer.byteLength(text, "base64") === WIDTH * 4;
