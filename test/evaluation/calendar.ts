/** The plant's calendar. Times inside the simulation are microseconds since its first Monday, midnight; frames carry them since the epoch. */
import type { Random } from "../../captures/lab/random.ts";

export const SECOND = 1e6;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Monday in spring: the water grows warmer. Microseconds since the epoch. */
export const EPOCH = Date.UTC(2026, 2, 2) * 1000;

export const dayOf = (time: number): number => Math.floor(time / DAY);
/** 0 is Monday. */
export const weekdayOf = (time: number): number => dayOf(time) % 7;
export const isWeekend = (time: number): boolean => weekdayOf(time) >= 5;
/** Hours since midnight, with fractions. */
export const hourOf = (time: number): number => (time % DAY) / HOUR;
/** 0 early (6 to 14), 1 late (14 to 22), 2 night. */
export const shiftOf = (time: number): number => (hourOf(time) < 6 || hourOf(time) >= 22 ? 2 : hourOf(time) < 14 ? 0 : 1);

/** When people and machines want much: -1 in the small hours to 1 in the afternoon. */
export const dayCurve = (time: number): number => -Math.cos((2 * Math.PI * (hourOf(time) - 3)) / 24);

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** "day 9 Tue 09:04". */
export function clockWords(time: number): string {
	const minutes = Math.floor((time % DAY) / MINUTE);
	const two = (number: number): string => String(number).padStart(2, "0");
	return `day ${dayOf(time) + 1} ${WEEKDAYS[weekdayOf(time)]} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A source of random numbers that is a plain number in a state that can be copied. */
export interface Seeded {
	seed: number;
}

/** 0 (included) to 1 (excluded); mulberry32, as `captures/lab/random.ts`, with its state outside. */
export function draw(of: Seeded): number {
	of.seed = (of.seed + 0x6d2b79f5) >>> 0;
	let mixed = of.seed;
	mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
	mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
	return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}

/** About normal, with standard deviation 1 (the sum of four uniform ones; its tails end at 3.5). */
export const bell = (of: Seeded): number => (draw(of) + draw(of) + draw(of) + draw(of) - 2) * 1.732;

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.next() * from.length)]!;
