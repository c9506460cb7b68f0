/** Connections that a server ends by a reset, again and again. How often that is normal is learned of each client and server: some devices end every connection like this. */

/** Resets within the window that are too many where none are normal, and in times of what is. */
const WINDOW_MICROS = 600e6;
const RESETS = 5;
const FACTOR = 3;
const MAX_PAIRS = 4096;
/** Times remembered of a pair. */
const MAX_TIMES = 64;

export const RESET_LIMITS = `${RESETS} within ${WINDOW_MICROS / 60e6} minutes, and ${FACTOR} times what was the most while it was learned`;

interface Pair {
	/** Watched microseconds of the latest ones. */
	readonly times: number[];
	/** The most within a window while it was learned. */
	most: number;
	firstFrame: number;
	/** The latest one taught what is normal. */
	isLearning: boolean;
}

export interface Resetting {
	readonly resets: number;
	readonly lasted: number;
	readonly most: number;
	readonly firstFrame: number;
}

export class Resets {
	/** Pairs that gave way. */
	displaced = 0;
	readonly #pairs = new Map<string, Pair>();

	/** One more; `isLearning` while this teaches what is normal. Where it is too many, how many. */
	note(key: string, isLearning: boolean, watched: number, frame: number): Resetting | undefined {
		let pair = this.#pairs.get(key);
		if (pair === undefined) {
			if (this.#pairs.size >= MAX_PAIRS) {
				this.#pairs.delete(this.#pairs.keys().next().value!);
				this.displaced++;
			}
			pair = { times: [], most: 0, firstFrame: frame, isLearning };
			this.#pairs.set(key, pair);
		}
		const { times } = pair;
		while (times.length > 0 && watched - times[0]! > WINDOW_MICROS) times.shift();
		if (pair.isLearning && !isLearning) times.length = 0;
		pair.isLearning = isLearning;
		if (times.length === 0) pair.firstFrame = frame;
		if (times.length >= MAX_TIMES) times.shift();
		times.push(watched);
		if (isLearning) pair.most = Math.max(pair.most, times.length);
		// A pair that fills its memory while it is learned resets all the time.
		if (isLearning || times.length < Math.min(MAX_TIMES, Math.max(RESETS, FACTOR * pair.most)) || pair.most >= MAX_TIMES) return undefined;
		return { resets: times.length, lasted: watched - times[0]!, most: pair.most, firstFrame: pair.firstFrame };
	}

	/** Time that was not watched lies between: what was before is within no window of what comes. */
	interrupt(): void {
		for (const { times } of this.#pairs.values()) times.length = 0;
	}

	/** As plain data. */
	save(): unknown[] {
		return [...this.#pairs].map(([key, { times, most, firstFrame, isLearning }]) => [key, [...times], most, firstFrame, isLearning]);
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		for (const entry of Array.isArray(saved) ? saved.slice(0, MAX_PAIRS) : []) {
			if (!Array.isArray(entry)) continue;
			const [key, times, most, firstFrame, isLearning] = entry as unknown[];
			if (typeof key !== "string" || !Array.isArray(times) || times.length > MAX_TIMES) continue;
			if (![...times, most, firstFrame].every(Number.isFinite)) continue;
			this.#pairs.set(key, { times: [...times], most: most as number, firstFrame: firstFrame as number, isLearning: isLearning === true });
		}
	}
}
