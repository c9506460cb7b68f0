/**
 * How sure something learned is, as a document says it: rounded so that it changes seldom (a document under version control must not change with each export), and so
 * that what was rounded once stays as it is when it is rounded again.
 */
import { timeTrust } from "./maturity.ts";

/** How something is known. */
export interface Known {
	/** Day of the first sight; undefined where it is not known. */
	since?: string;
	/** At least so often: 1, 2, 5, 10, 20, ... */
	seen: number;
	/** Watched for at least so long: one of AGES. */
	over: string;
	/** 0 to 1, from the two before. */
	sure: number;
}
export const KNOWN_KEYS = ["since", "seen", "over", "sure"] as const;

const SECOND = 1e6;
/** Lengths of watched time, the shortest first. */
export const AGES: readonly (readonly [words: string, seconds: number])[] = [
	["moments", 0],
	["1 minute", 60],
	["10 minutes", 600],
	["1 hour", 3600],
	["6 hours", 21_600],
	["1 day", 86_400],
	["1 week", 604_800],
	["1 month", 2_592_000],
	["1 year", 31_536_000],
];
export const AGE_WORDS: readonly string[] = AGES.map(([words]) => words);

/** More often is not told apart. */
export const MOST_SEEN = 2e9;

/** The next lower of 1, 2, 5, 10, 20, ...; 0 stays. */
export function seenAtLeast(count: number): number {
	if (count < 1) return 0;
	const most = Math.min(count, MOST_SEEN);
	const ten = 10 ** Math.floor(Math.log10(most) + 1e-9);
	const share = most / ten;
	return ten * (share >= 5 ? 5 : share >= 2 ? 2 : 1);
}

/** The longest age that is over. */
export function ageWords(micros: number): string {
	let words = AGES[0]![0];
	for (const [name, seconds] of AGES) if (micros >= seconds * SECOND) words = name;
	return words;
}

/** Microseconds. */
export const ageOf = (words: string): number => (AGES.find(([name]) => name === words)?.[1] ?? 0) * SECOND;

/** What is known of something seen `count` times. */
export function known(since: string | undefined, age: number, count: number): Known {
	const seen = seenAtLeast(count);
	const over = ageWords(age);
	const sure = Math.round((1 - 1 / (1 + seen)) * timeTrust(ageOf(over)) * 10) / 10;
	return { ...(since !== undefined && { since }), seen, over, sure };
}

/** Six significant digits: noise below does not make a difference. What was rounded stays. */
export const rounded = (value: number): number => Number(value.toPrecision(6));
