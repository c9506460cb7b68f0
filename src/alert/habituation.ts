/**
 * Habituation: a deviation, never a fact, that comes back again and again without consequence loses severity. Nothing is forgotten by it: it is kept, counted and
 * shown with what it would weigh. A consequence is a fact at one of the same two ends; after one, it weighs in full.
 */
import type { Reason } from "../detect/detection.ts";

/** How often one deviation was seen without consequence. Stored with its alert. */
export interface Habit {
	/** Sightings, each a quiet time after the one counted before. */
	count: number;
	/** Microseconds: of the first and of the latest counted. */
	first: number;
	last: number;
	/** What the first weighed: what weighs clearly more is another thing, however slowly it got there. */
	weight: number;
}

/** What it weighed before it was lowered. */
export interface Lowering {
	/** 0 to 100. */
	from: number;
	/** Sightings, and the days (at least 1) over which they came. */
	count: number;
	days: number;
}

/** Sightings that are still news; each further one takes a share, down to half. */
const NEWS = 3;
const SHARE = 0.05;
const MOST = 0.5;
/** A sighting that weighs this much more than the first begins anew. */
const HEAVIER = 10;
/** Not seen for longer than this it is news again: a month and some days, so that what comes monthly is no news. */
const FORGOTTEN_MICROS = 35 * 86_400e6;
const DAY_MICROS = 86_400e6;
/** Deviations and addresses remembered; the one not seen for longest is forgotten, and weighs in full again. */
const MAX_HABITS = 10_000;
const MAX_ADDRESSES = 10_000;

function remember<Value>(map: Map<string, Value>, key: string, value: Value, most: number): void {
	map.delete(key);
	if (map.size >= most) map.delete(map.keys().next().value!);
	map.set(key, value);
}

export class Habituation {
	/** Microseconds between sightings that are counted. */
	readonly #step: number;
	/** By fold; the one not seen for longest comes first. */
	readonly #habits = new Map<string, Habit>();
	/** Microseconds of the latest fact at an address. */
	readonly #facts = new Map<string, number>();

	constructor(step: number) {
		this.#step = step;
	}

	/** A fact happened at these addresses. */
	happened(ends: readonly string[], time: number): void {
		for (const end of ends) if (end !== "") remember(this.#facts, end, Math.max(time, this.#facts.get(end) ?? 0), MAX_ADDRESSES);
	}

	/** Takes a sighting of a deviation; gives its habit, a copy. */
	see(fold: string, ends: readonly string[], time: number, weight: number): Habit {
		const known = this.#habits.get(fold);
		const isAnew =
			known === undefined ||
			weight >= known.weight + HEAVIER ||
			time - known.last > FORGOTTEN_MICROS ||
			ends.some((end) => (this.#facts.get(end) ?? -1) >= known.first);
		if (isAnew) remember(this.#habits, fold, { count: 1, first: time, last: time, weight }, MAX_HABITS);
		else if (time - known.last >= this.#step) remember(this.#habits, fold, { ...known, count: known.count + 1, last: time }, MAX_HABITS);
		return { ...this.#habits.get(fold)! };
	}

	/** A person has spoken about it, or it was stored: `undefined` forgets it. */
	set(fold: string, habit: Habit | undefined): void {
		if (habit === undefined) this.#habits.delete(fold);
		else if (habit.last >= (this.#habits.get(fold)?.last ?? 0)) remember(this.#habits, fold, { ...habit }, MAX_HABITS);
	}
}

/** The reason that lowers a severity (0 to 100), whose reasons sum up to `total`; undefined where it is still news. */
export function lowering(
	severity: number,
	total: number,
	{ count, first, last }: Habit,
): { reason: Reason; lowered: Lowering } | undefined {
	const to = severity - Math.round(severity * Math.min(MOST, SHARE * (count - NEWS)));
	if (to >= severity) return undefined;
	const days = Math.max(1, Math.ceil((last - first) / DAY_MICROS));
	const text = `lowered from ${severity} to ${to}: seen ${count} times in ${days === 1 ? "a day" : `${days} days`}, no consequence`;
	return { reason: { points: to - total, text }, lowered: { from: severity, count, days } };
}
