/**
 * The extremes of each of the last seven days (of capture time, UTC), of whatever came, normal or not: history, not a baseline. Limits that a person is about to set are held
 * against it. Numbers are kept with 24 bits, so what fills a register of 16 is kept exactly.
 */
import { FIELD, type Motion, PAST_DAYS } from "./motion.ts";

export const WEEK_DAYS = PAST_DAYS + 1;
const DAY_MICROS = 86_400e6;

/** Smallest and largest value of one day, numbered from 1970. */
export interface DayExtremes {
	day: number;
	low: number;
	high: number;
}

export const dayOf = (time: number): number => Math.floor(time / DAY_MICROS);

/** A value came. */
export function noteValue(motion: Motion, at: number, value: number): void {
	const { floats } = motion;
	if (value > floats[at + FIELD.todayHigh]!) floats[at + FIELD.todayHigh] = value;
	if (-value > floats[at + FIELD.todayLow]!) floats[at + FIELD.todayLow] = -value;
}

/** Begins the day of `now` (capture time, microseconds) where another was running; true where it did. Where the clock was set back by more than a day the history begins anew. */
export function turnDay(motion: Motion, at: number, now: number): boolean {
	const { words, floats } = motion;
	const day = dayOf(now);
	const running = words[at + FIELD.day]!;
	if (day === running || day === running - 1) return false;
	if (running > 0) {
		const place = running % PAST_DAYS;
		floats[at + FIELD.dayHigh + place] = floats[at + FIELD.todayHigh]!;
		floats[at + FIELD.dayLow + place] = floats[at + FIELD.todayLow]!;
		// Days of which nothing is known.
		const known = day > running ? running : Number.NEGATIVE_INFINITY;
		for (let past = Math.max(known + 1, day - PAST_DAYS); past < day; past++)
			for (const field of [FIELD.dayHigh, FIELD.dayLow]) floats[at + field + (past % PAST_DAYS)] = Number.NEGATIVE_INFINITY;
		floats[at + FIELD.todayHigh] = Number.NEGATIVE_INFINITY;
		floats[at + FIELD.todayLow] = Number.NEGATIVE_INFINITY;
	}
	words[at + FIELD.day] = day;
	return true;
}

/** Days on which a value came, of the seven that end with that of `now`, the earliest first. */
export function week({ words, floats }: Motion, at: number, now: number): DayExtremes[] {
	const days: DayExtremes[] = [];
	const today = dayOf(now);
	const running = words[at + FIELD.day]!;
	for (let day = Math.max(today - PAST_DAYS, running - PAST_DAYS); day <= Math.min(today, running); day++) {
		const isRunning = day === running;
		const high = floats[at + (isRunning ? FIELD.todayHigh : FIELD.dayHigh + (day % PAST_DAYS))]!;
		const low = -floats[at + (isRunning ? FIELD.todayLow : FIELD.dayLow + (day % PAST_DAYS))]!;
		if (high >= low) days.push({ day, low, high });
	}
	return days;
}
