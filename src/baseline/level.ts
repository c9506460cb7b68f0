/**
 * How high a point lies over ten minutes. Noise that hides a slow change in the single value cancels in the mean of many, so a point that creeps, or is held, somewhere else is
 * seen although each of its values could be normal.
 */
import { FIELD, type Motion } from "./motion.ts";

/** Looks of a stretch: ten minutes. */
const LOOKS = 20;
/** Means that must be known before one is judged: a day of them. */
const MIN_LEVELS = 100;
/**
 * A mean may leave those that were learned by this share of their range. A day of Gaussian ones spans six of their deviations, so half would do for those; means of
 * exponential noise need more (two false alarms in 560 days of a point at a half).
 */
const MARGIN = 0.75;
/** The same as a share of the range of the single values: of what lay still while it was learned every mean was the same. */
const LEAST_MARGIN = 0.1;

/** Takes what a look found; true at the end of a stretch, whose mean then stands in `levelMean`. */
export function noteLevel({ words, floats }: Motion, at: number, value: number): boolean {
	const looks = words[at + FIELD.levelLooks]! === LOOKS ? 1 : words[at + FIELD.levelLooks]! + 1;
	words[at + FIELD.levelLooks] = looks;
	if (looks === 1) floats[at + FIELD.levelMean] = value;
	else floats[at + FIELD.levelMean]! += (value - floats[at + FIELD.levelMean]!) / looks;
	return looks === LOOKS;
}

/** Learns the mean of the stretch that ended. */
export function learnLevel({ words, floats }: Motion, at: number): void {
	const mean = floats[at + FIELD.levelMean]!;
	const levels = ++words[at + FIELD.levels]!;
	if (levels === 1 || mean < floats[at + FIELD.levelLow]!) floats[at + FIELD.levelLow] = mean;
	if (levels === 1 || mean > floats[at + FIELD.levelHigh]!) floats[at + FIELD.levelHigh] = mean;
}

/** True where the mean of the stretch that ended is news; `shift` is how far the limits have followed the point, `range` that of its single values. */
export function judgeLevel({ words, floats }: Motion, at: number, shift: number, range: number): boolean {
	if (words[at + FIELD.levels]! < MIN_LEVELS) return false;
	const mean = floats[at + FIELD.levelMean]!;
	const low = floats[at + FIELD.levelLow]! + Math.min(0, shift);
	const high = floats[at + FIELD.levelHigh]! + Math.max(0, shift);
	const margin = Math.max(LEAST_MARGIN * range, MARGIN * (floats[at + FIELD.levelHigh]! - floats[at + FIELD.levelLow]!));
	// Said once, until it is back where it was known.
	if (mean >= low && mean <= high) words[at + FIELD.isLevelSaid] = 0;
	if (words[at + FIELD.isLevelSaid] === 1 || (mean >= low - margin && mean <= high + margin)) return false;
	words[at + FIELD.isLevelSaid] = 1;
	return true;
}

/** The lowest and the highest mean that judge; undefined where too few were learned, or they are too large for single precision. */
export function knownLevel({ words, floats }: Motion, at: number): { low: number; high: number } | undefined {
	const low = floats[at + FIELD.levelLow]!;
	const high = floats[at + FIELD.levelHigh]!;
	return words[at + FIELD.levels]! >= MIN_LEVELS && Number.isFinite(high - low) ? { low, high } : undefined;
}

/** Takes those that a document gives. */
export function adoptLevel({ words, floats }: Motion, at: number, low: number, high: number): void {
	words[at + FIELD.levels] = MIN_LEVELS;
	floats[at + FIELD.levelLow] = low;
	floats[at + FIELD.levelHigh] = high;
}

/** What lies beyond these limits fades: no mean is further out. */
export function fadeLevel({ floats }: Motion, at: number, min: number, max: number): void {
	floats[at + FIELD.levelLow] = Math.max(min, Math.min(max, floats[at + FIELD.levelLow]!));
	floats[at + FIELD.levelHigh] = Math.max(min, Math.min(max, floats[at + FIELD.levelHigh]!));
}
