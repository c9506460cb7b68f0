/**
 * When a trait may judge. A trait is one learnable property of one thing ("who talks to this PLC"); its evidence says how much was seen, over how long
 * and how often something new still turns up. Times here are watched time: microseconds during which traffic was really looked at, so the hole between
 * two captures, or a night with the box switched off, teaches nothing.
 */

/** The evidence behind one trait. */
export interface Evidence {
	observations: number;
	/** Members seen, and those of them seen only once. */
	members: number;
	singletons: number;
	/** Watched time of the first observation and of the latest new member. */
	born: number;
	lastNew: number;
	/** True where a person said that what was seen so far is normal: it judges as far as the evidence goes. */
	isForced: boolean;
}

const SECOND = 1e6;

/** Watched time before a trait judges by itself. A day holds all shifts; what comes once a week is caught by QUIET_SHARE, which asks for more. */
export const LEARNING_SECONDS = 86_400;
/** Fewer observations say nothing about what is rare: with 50, a member that makes 5 % of them is missed once in 13 times (0.95^50). */
export const MIN_OBSERVATIONS = 50;
/** Estimated chance that the next observation is new, above which a trait is still meeting its members. */
export const MAX_CHANCE_OF_NEW = 0.02;
/** The latest part of a trait's life that must have brought nothing new: one more shift after the last surprise, one more week after a weekly one. */
export const QUIET_SHARE = 0.25;
/** Below this trust a deviation counts as young: it weighs less. A minute of a busy channel is above it. */
export const YOUNG = 0.35;

/**
 * Good and Turing's estimate of the chance that the next observation is a member never seen: singletons over observations. One is added to both, so that few
 * observations do not make certainty.
 */
export const chanceOfNew = (evidence: Evidence): number => (evidence.singletons + 1) / (evidence.observations + 1);

/** True where a new member of this trait is worth a word. */
export function judges(evidence: Evidence, watched: number, learningSeconds: number): boolean {
	if (evidence.isForced) return evidence.observations > 0;
	const age = watched - evidence.born;
	return (
		age >= learningSeconds * SECOND &&
		evidence.observations >= MIN_OBSERVATIONS &&
		chanceOfNew(evidence) <= MAX_CHANCE_OF_NEW &&
		watched - evidence.lastNew >= age * QUIET_SHARE
	);
}

/** What a length of time is worth, 0.2 to 1: each tenfold counts the same, from ten seconds to a day, which holds all shifts. */
export function timeTrust(micros: number): number {
	const tens = Math.log10(1 + Math.max(0, micros) / (10 * SECOND));
	return 0.2 + 0.8 * Math.min(1, tens / Math.log10(1 + 86_400 / 10));
}

/** 0 to 1: how far the evidence goes. */
export function trust(evidence: Evidence, watched: number): number {
	if (evidence.observations === 0) return 0;
	return Math.max(0, 1 - chanceOfNew(evidence)) * timeTrust(watched - evidence.born);
}

/** 0 to 1: how much of the way to judging by itself is gone. */
export function progress(evidence: Evidence, watched: number, learningSeconds: number): number {
	if (judges(evidence, watched, learningSeconds)) return 1;
	const age = watched - evidence.born;
	const parts = [
		age / (learningSeconds * SECOND),
		evidence.observations / MIN_OBSERVATIONS,
		MAX_CHANCE_OF_NEW / chanceOfNew(evidence),
		age > 0 ? (watched - evidence.lastNew) / (age * QUIET_SHARE) : 0,
	];
	return Math.max(0, Math.min(0.99, ...parts));
}

/** How far a trait is, for people. */
export interface Maturity {
	/** 0 to 1; 1 where it judges. */
	readonly value: number;
	/** What it waits for, or what it knows: "12 of 50 observations". */
	readonly reason: string;
	/** Watched seconds until it judges, if what comes goes on as it did; 0 where it judges, Infinity where nothing that was seen says when. */
	readonly forecast: number;
}

/** What evidence still has to show before its trait judges, the longest wait of all conditions decides. */
export function maturityOf(evidence: Evidence, watched: number, learningSeconds: number): Maturity {
	if (judges(evidence, watched, learningSeconds)) {
		return { value: 1, reason: `judges, from ${evidence.observations} observations`, forecast: 0 };
	}
	const age = Math.max(0, watched - evidence.born);
	const { observations, born, lastNew } = evidence;
	const waits: [seconds: number, reason: string][] = [[learningSeconds - age / SECOND, "it has not watched for long enough"]];
	const pace = age > 0 ? (observations * SECOND) / age : 0;
	const wanted = Math.max(MIN_OBSERVATIONS, Math.ceil((evidence.singletons + 1) / MAX_CHANCE_OF_NEW) - 1);
	if (observations < wanted) {
		const reason = observations < MIN_OBSERVATIONS ? `${observations} of ${MIN_OBSERVATIONS} observations` : "too much was seen only once";
		waits.push([pace > 0 ? (wanted - observations) / pace : Number.POSITIVE_INFINITY, reason]);
	}
	// Quiet since `lastNew` for a share of the life that ends then: w - lastNew = share * (w - born).
	const quietAt = (lastNew - QUIET_SHARE * born) / (1 - QUIET_SHARE);
	if (quietAt > watched) waits.push([(quietAt - watched) / SECOND, "something new came lately"]);
	waits.sort(([one], [other]) => other - one);
	const [forecast, reason] = waits[0]!;
	return { value: progress(evidence, watched, learningSeconds), reason, forecast: Math.max(0, forecast) };
}
