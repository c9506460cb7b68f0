/** What each variable really does in the days that are learned, seen from inside the plant: the measure for what is injected. */
import { VARIABLES } from "./machines.ts";
import { CONNECTIONS } from "./network.ts";
import { readVariable, type Variable, wordsOf } from "./points.ts";
import type { PlantState } from "./simulation.ts";

/** Scans between the values that a step is measured of: the slowest client looks every ten seconds. */
const STEP_SCANS = 10;

export interface Habit {
	variable: Variable;
	min: number;
	max: number;
	/** Largest difference within ten seconds. */
	step: number;
	/** Scans, and those of them that brought another value. */
	scans: number;
	changes: number;
	/** All bits that were ever set. */
	bits: number;
	last: number;
	past: number[];
}

export const rangeOf = ({ min, max }: Habit): number => max - min;
/** The width that a deviation is measured in: a constant is as wide as its value. */
export const widthOf = (habit: Habit): number => rangeOf(habit) || Math.max(1, Math.abs(habit.max));

const isPolled = ({ plc, space, at, encoding }: Variable): boolean =>
	CONNECTIONS.some(
		(connection) =>
			connection.plc === plc &&
			connection.polls.some((poll) => poll.space === space && at >= poll.first && at + wordsOf({ encoding }) <= poll.first + poll.count),
	);

export class Truth {
	/** Of the variables that somebody polls. */
	readonly habits: Habit[] = VARIABLES.filter(isPolled).map((variable) => ({
		variable,
		min: Number.POSITIVE_INFINITY,
		max: Number.NEGATIVE_INFINITY,
		step: 0,
		scans: 0,
		changes: 0,
		bits: 0,
		last: Number.NaN,
		past: new Array<number>(STEP_SCANS).fill(Number.NaN),
	}));

	readonly look = (state: PlantState): void => {
		for (const habit of this.habits) {
			const value = readVariable(state.plcs[habit.variable.plc]!.image, habit.variable);
			if (value < habit.min) habit.min = value;
			if (value > habit.max) habit.max = value;
			const place = habit.scans++ % STEP_SCANS;
			const step = Math.abs(value - habit.past[place]!);
			if (step > habit.step) habit.step = step;
			habit.past[place] = value;
			if (value !== habit.last) {
				habit.changes++;
				habit.last = value;
			}
			habit.bits |= value;
		}
	};
}
