/**
 * Slow change. The mean of a point's first judged day is its anchor; later days may move the limits after it, but slowly and not far. What moves faster, or further, leaves the
 * limits and is said: a set point nudged by one unit an hour does not take its limits along. What was followed is said once a week.
 */
import { FIELD, type Motion } from "./motion.ts";

const DAY = 86_400;
const WEEK = 7 * DAY;
/** A day's mean of fewer looks in which it had moved is none. */
const MIN_LOOKS = 50;
/** How far the limits follow, in widths of the range: in a day, and in all. A season moves a temperature by a quarter of its range in months. */
const DAILY = 0.01;
const TOTAL = 0.25;
/** Moved by this share of the range since it was last said. */
const WORTH = 0.05;

/** Learns the value that a look found. */
export function noteDay(motion: Motion, at: number, value: number): void {
	const { words, floats } = motion;
	const count = ++words[at + FIELD.dayCount]!;
	floats[at + FIELD.dayMean]! += (value - floats[at + FIELD.dayMean]!) / count;
}

/** Ends a day where one has passed; true where the limits moved far enough to say so. */
export function followDrift(motion: Motion, at: number, second: number, range: number): boolean {
	const { words, floats } = motion;
	if (second - words[at + FIELD.dayStart]! < DAY) return false;
	const isFirst = words[at + FIELD.saidAt] === 0;
	const mean = floats[at + FIELD.dayMean]!;
	const isDay = words[at + FIELD.dayCount]! >= MIN_LOOKS;
	words[at + FIELD.dayStart] = second;
	words[at + FIELD.dayCount] = 0;
	floats[at + FIELD.dayMean] = 0;
	if (!isDay) return false;
	if (isFirst) {
		floats[at + FIELD.anchor] = mean;
		words[at + FIELD.saidAt] = second;
		return false;
	}
	const shift = floats[at + FIELD.shift]!;
	const wanted = Math.max(-TOTAL * range, Math.min(TOTAL * range, mean - floats[at + FIELD.anchor]!));
	floats[at + FIELD.shift] = shift + Math.max(-DAILY * range, Math.min(DAILY * range, wanted - shift));
	if (second - words[at + FIELD.saidAt]! < WEEK || Math.abs(floats[at + FIELD.shift]! - floats[at + FIELD.said]!) < WORTH * range)
		return false;
	words[at + FIELD.saidAt] = second;
	floats[at + FIELD.said] = floats[at + FIELD.shift]!;
	return true;
}
