/** Limits that more than one file needs, and the limits in words that records show. */
import { LEARNING_SECONDS, MAX_CHANCE_OF_NEW, MIN_OBSERVATIONS, QUIET_SHARE } from "../baseline/maturity.ts";
import type { Threshold } from "./detection.ts";
import { SEARCH_LIMITS } from "./sweep.ts";

/** Operations of one client in a second: never a flood below the first; this many times its busiest second is one when it lasts or when it is far beyond. */
export const FLOOD_FLOOR = 200;
export const FLOOD_FACTOR = 10;
export const FLOOD_FAR = 1000;

export const FLOOD_LIMITS = `${FLOOD_FACTOR} times the client's busiest second, and at least ${FLOOD_FLOOR} requests a second, for two seconds in a row, or twice that and at least ${FLOOD_FAR} in one; or ${SEARCH_LIMITS.unanswered}; or ${SEARCH_LIMITS.attempts}`;

/** When "never seen" is worth a word. */
export const LEARNED: Threshold = {
	value: `the first, after ${LEARNING_SECONDS / 3600} watched hours (learning.hours), ${MIN_OBSERVATIONS} observations, a chance below ${100 * MAX_CHANCE_OF_NEW} % that the next one is new, and nothing new in the latest ${100 * QUIET_SHARE} % of the time`,
	why: "A day holds all shifts; what comes once a week keeps the trait learning for another week.",
};

export const VALUES: Threshold = {
	value:
		"beyond the learned range by its margin: 5 % of a range that is known well, more of one that is not, and what the noise reaches in ten years; any other of few states",
	why: "Rounding and noise are no news; the tails of each point's own noise say how far it may reach.",
};
