/** When a PLC is strained: the limits, and the same in words. */
import type { PaceLimits } from "./paces.ts";

const SECOND = 1e6;

/** Writes of one client to one point. */
export const WRITES: PaceLimits = { windowMicros: 10 * SECOND, parts: 2, floor: 30, factor: 3, bound: 8192 };
/** Points of one unit that one client writes, each counted once while it is written. */
export const SPREAD: PaceLimits = { windowMicros: 10 * SECOND, parts: 2, floor: 24, factor: 3, bound: 2048 };
/** Refusals of one PLC to one client. */
export const REFUSALS: PaceLimits = { windowMicros: 3600 * SECOND, parts: 6, floor: 20, factor: 3, bound: 4096 };
/** Answers of one unit that put off. */
export const POSTPONEMENTS: PaceLimits = { windowMicros: 60 * SECOND, parts: 6, floor: 3, factor: 3, bound: 4096 };
/** Requests in a row that one unit does not answer, and the time in which they come. */
export const MISSES = 3;
export const MISS_MICROS = 300 * SECOND;

/** "30 writes to one point, and three times the most …". */
export const tooMany = (limits: PaceLimits, things: string, within: string): string =>
	`${limits.floor} ${things} within ${within}, and ${limits.factor} times the most that there were while this was learned`;
