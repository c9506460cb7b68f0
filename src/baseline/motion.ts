/**
 * What is kept of a point that moves, beside its columns: one record of 32 bit words, taken at its second change. A point that is still costs nothing here, so a scan that
 * finds a million constants makes no records. Integers are read through `words`, everything else through `floats`; both lie on the same bytes, so a record is saved and
 * restored exactly.
 */

/** Blocks of a tail; see `tails.ts`. */
export const BLOCKS = 12;

/** Where a field lies in a record. */
export const FIELD = {
	/** `bits.ts`: bits that were 1, bits that were 0, changes of exactly one bit. */
	ones: 0,
	zeros: 1,
	singles: 2,
	/** Changes that are what was written. */
	byWrite: 3,
	/** `kinds.ts`: running means of the step and of the pace (step for each second) and of the square of the pace; how often it began again at zero. */
	meanStep: 4,
	pace: 5,
	paceSquare: 6,
	resets: 30,
	/** `drift.ts`. */
	dayStart: 7,
	dayCount: 8,
	dayMean: 9,
	anchor: 10,
	shift: 11,
	said: 12,
	saidAt: 13,
	/** `stillness.ts`: reads at the last change, and second of the last change. */
	readsAtChange: 14,
	changedAt: 15,
	longestStill: 16,
	isStillSaid: 17,
	/** `replay.ts`. */
	salt: 18,
	hash: 19,
	length: 20,
	turns: 21,
	ordinal: 22,
	runOrdinal: 23,
	runLength: 24,
	runTurns: 25,
	repeats: 26,
	/** `tails.ts`: the clock of the blocks, then the blocks. */
	blockCount: 27,
	blockSeconds: 28,
	blockEnd: 29,
	high: 31,
	low: 31 + BLOCKS,
	step: 31 + 2 * BLOCKS,
} as const;
const WIDTH = 31 + 3 * BLOCKS;
/** 17 MB at most. Points beyond it are judged by their columns alone. */
const MAX_RECORDS = 65_536;
const FIRST_RECORDS = 64;

export class Motion {
	words = new Uint32Array(FIRST_RECORDS * WIDTH);
	floats = new Float32Array(this.words.buffer);
	/** Points that found no place. */
	refused = 0;
	#records = 0;

	/** Place of a new record, all zero; -1 where there is none. */
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
