/**
 * The contract of a trait: one learnable property of one kind of subject (a poll, a channel, a client's habit, a pair of hosts), in five verbs. `observe` is on the hot
 * path: it allocates nothing and only notes what looks odd. `judge` comes with each tick and gives out what became certain, so that wording costs nothing where all is well.
 * Subjects are numbers after first sight, their names survive a restart, and there is a bound on how many there are.
 */
import type { Maturity } from "./maturity.ts";

/** The traits behind this contract; those of members and values have their own. */
export const TRAITS = ["cadence", "sequence", "schedule", "volume", "job"] as const;
export type TraitName = (typeof TRAITS)[number];

/** How far watching has come; the plant is one. */
export interface Watch {
	/** Microseconds during which traffic was looked at. */
	readonly watched: number;
	/** Learning round: what was born in an earlier one was declared normal by a person. */
	readonly epoch: number;
	readonly learningSeconds: number;
}

/** What happened to a subject. On loan. */
export interface Deed {
	/** Capture time, microseconds. */
	time: number;
	frame: number;
	/** What the trait measures: a symbol of the channel, bytes of an interval; not used where the time says all. */
	value: number;
	/** False for what is quarantined (it came with a fact, or from somebody who is not normal): it is judged, not learned. */
	isNormal: boolean;
}

/** What a trait found. Owned by the receiver; plain data. */
export interface Deviation {
	readonly trait: TraitName;
	/** What is odd about it; the words are the receiver's. */
	readonly kind: "silent" | "faster" | "slower" | "drift" | "order" | "hour" | "more" | "less" | "missed";
	/** The subject's name. */
	readonly key: string;
	/** Capture time and frame of what showed it; for silence, of what came last. */
	readonly time: number;
	readonly frame: number;
	/** What was seen and what is usual, in the trait's unit (microseconds, bytes a minute, hour of the week, misfits); of a job, microseconds since it ran, and its minute of the day. */
	readonly seen: number;
	readonly usual: number;
	/** Names of what was expected and what came, for the sequence. */
	readonly expected?: string;
	readonly came?: string;
	/** Hours of the week at which it is usual, for the schedule. */
	readonly hours?: readonly number[];
	/** Weekdays on which a job runs, 0 for Monday, and how often it ran. */
	readonly days?: readonly number[];
	readonly runs?: number;
	/** 0 to 1: how far the evidence goes; and since when, in watched microseconds. */
	readonly trust: number;
	readonly born: number;
}

export interface Trait {
	readonly name: TraitName;
	/** Subjects now, and how often one more was refused. */
	readonly size: number;
	readonly refused: number;
	/** The number of a subject, known or new; -1 beyond the bound. */
	subject(key: string): number;
	observe(id: number, deed: Deed): void;
	/** Gives out what became certain since the last call. `time` is capture time. */
	judge(time: number, report: (deviation: Deviation) => void): void;
	/** What would have been said of subjects that do not judge yet, for shadow mode; whoever takes them empties the list. */
	readonly surprises: Deviation[];
	maturity(id: number): Maturity;
	/** What changed, as records that replace those before; null deletes. What is taken counts as saved. Unless `isWhole`, what was only seen again waits. */
	save(isWhole?: boolean): Generator<[key: string, value: unknown]>;
	/** Takes records back; returns how many were damaged and left out. */
	restore(entries: Iterable<[key: string, value: unknown]>): number;
	/** Watching was interrupted: no time that spans the hole means anything. */
	interrupt(): void;
	/** Forgets what was not seen for so long, watched microseconds; returns the names of the subjects that faded. */
	fade(micros: number): string[];
}
