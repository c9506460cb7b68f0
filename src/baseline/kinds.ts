/** What kind of thing a point is, found from how it moves. Asked anew each time, so it changes with the evidence. */
import { FIELD, type Motion } from "./motion.ts";

export const KINDS = [
	"unknown",
	"constant",
	"bit field",
	"few states",
	"set point",
	"continuous",
	"counter",
	"ramp",
	"random",
	"clock",
] as const;
export type Kind = (typeof KINDS)[number];

/** Of the mean of many: one part in so many for the latest. */
const MEMORY = 256;
/** Of more changes than the first, one in so many of the second is looked at (a power of two). */
const WHOLE = 64;
const SAMPLED = 8;
const MIN_CHANGES = 16;
/** A step so many times the mean one begins another round and says nothing of the pace. */
const ROUND = 3;
/** Spread of the pace, as a share of it, below which a point moves as evenly as a clock, but for the jitter of being read. */
const EVEN = 0.25;
/** How near the pace is to one of time's own, as a share. */
const NEAR = 0.02;
/** Units for each second: days' hours and minutes aside, what clocks in PLCs count in (seconds, tenths, hundredths, milli- and microseconds, 100 ns). */
const CLOCK_PACES = [1, 10, 100, 1e3, 1e6, 1e7];
/** Two thirds of the changes of independent values turn; a third of the range is the mean step of evenly spread ones. */
const RANDOM_TURNS = 0.6;
const RANDOM_STEP = 0.15;
/** What goes up evenly and begins again so often is a ramp, not a counter that somebody set to zero. */
const MIN_RESETS = 2;
/** Reads for each change of what somebody sets. */
const SET_POINT_READS = 50;

/** Learns the size and pace of the `changes`th change, `seconds` after the one before. */
export function noteMove(motion: Motion, at: number, step: number, seconds: number, changes: number): void {
	if (changes > WHOLE && (changes & (SAMPLED - 1)) !== 0) return;
	const { floats } = motion;
	const share = changes > MEMORY ? 1 / MEMORY : 1 / changes;
	floats[at + FIELD.meanStep]! += (step - floats[at + FIELD.meanStep]!) * share;
	// What goes round jumps back at the end of each round.
	if (!(seconds > 0) || step > ROUND * floats[at + FIELD.meanStep]!) return;
	const pace = step / seconds;
	floats[at + FIELD.pace]! += (pace - floats[at + FIELD.pace]!) * share;
	floats[at + FIELD.paceSquare]! += (pace * pace - floats[at + FIELD.paceSquare]!) * share;
}

/** What the table knows of a point. */
export interface Moves {
	reads: number;
	changes: number;
	turns: number;
	range: number;
	/** Few enough to be listed. */
	hasStates: boolean;
	isCounter: boolean;
	isBitField: boolean;
}

export function kindOf(motion: Motion, at: number, moves: Moves): Kind {
	const { reads, changes, turns, range, hasStates, isCounter, isBitField } = moves;
	if (reads === 0) return "unknown";
	if (changes === 0) return "constant";
	if (isBitField) return "bit field";
	if (at < 0 || changes < MIN_CHANGES) return isCounter ? "counter" : hasStates ? "few states" : "continuous";
	const pace = motion.floats[at + FIELD.pace]!;
	const isEven = motion.floats[at + FIELD.paceSquare]! - pace * pace <= (EVEN * pace) ** 2;
	if (isCounter) {
		if (!isEven) return "counter";
		if (CLOCK_PACES.some((unit) => Math.abs(pace - unit) <= NEAR * unit)) return "clock";
		return motion.words[at + FIELD.resets]! >= MIN_RESETS ? "ramp" : "counter";
	}
	if (motion.words[at + FIELD.byWrite]! * 2 >= changes) return "set point";
	if (hasStates) return "few states";
	if (reads >= SET_POINT_READS * changes) return "set point";
	if (isEven && turns * 8 <= changes) return "ramp";
	if (turns >= RANDOM_TURNS * changes && motion.floats[at + FIELD.meanStep]! >= RANDOM_STEP * range) return "random";
	return "continuous";
}
