/**
 * What of the baseline is handed over when, to be stored. What is new is handed over soon: a crash may cost 30 s of it. That what is known was seen again changes every
 * record all the time, and would wear an SD card out; it is handed over a dozen times an hour.
 */
import type { Analyst } from "../detect/analyst.ts";

/** Milliseconds between two calls of `due`. */
export const NEWS_EVERY = 10_000;
const WHOLE_EVERY = 300_000;
/** Watched seconds between two savings of a habit that changes as it always does: flash cards wear, and a crash costs half an hour of learning. */
export const HABIT_SECONDS = 1800;

export class BaselineSaver {
	readonly #analyst: Analyst;
	#whole: number | undefined = undefined;

	constructor(analyst: Analyst) {
		this.#analyst = analyst;
	}

	/** What is to be stored now. `now` in milliseconds of any clock that does not go back. */
	due(now: number): Iterable<[key: string, value: unknown]> {
		this.#whole ??= now;
		const isWhole = now - this.#whole >= WHOLE_EVERY;
		if (isWhole) this.#whole = now;
		return this.#analyst.save(isWhole);
	}
}
