/**
 * Which versions an advisory means (CSAF 2.0, 3.1.2.2): vers specifiers (`vers:intdot/>=2.0|<3.1.4`), comparisons and prose ("All versions prior to V2.8", "V1.0 through
 * V2.3"), and one limit for each line of versions ("<V33.017_V34.014"). What is not understood is said to be so and decides nothing.
 */
import { beginsAs, compareVersions, readVersion, type Version } from "./version.ts";

const MAX_RANGE = 1000;
const MAX_CONSTRAINTS = 64;

interface Bound {
	readonly version: Version;
	readonly isIncluded: boolean;
	/** As it was written. */
	readonly text: string;
}

interface Interval {
	readonly low?: Bound;
	readonly high?: Bound;
}

export type Range =
	/** Every version there is. */
	| { readonly kind: "all" }
	| { readonly kind: "intervals"; readonly intervals: readonly Interval[]; readonly without: readonly Version[] }
	/** This very version, and no other. */
	| { readonly kind: "version"; readonly version: Version }
	/** A first version that is well again for each line of versions. */
	| { readonly kind: "lines"; readonly limits: readonly Bound[] }
	/** Words that no rule here understands. */
	| { readonly kind: "words" };

const WORDS: Range = { kind: "words" };

interface Constraint {
	readonly sign: string;
	readonly bound: Bound;
}

function constraintOf(text: string): Constraint | undefined {
	const [, sign = "=", rest = ""] = /^\s*(<=|>=|!=|<|>|=)?\s*(.*?)[\s,;]*$/s.exec(text) ?? [];
	const version = readVersion(rest);
	return version === undefined ? undefined : { sign, bound: { version, isIncluded: sign.length > 1 || sign === "=", text: rest } };
}

/** As a version range specifier pairs its constraints: a lower bound and the upper one behind it are one interval. */
function intervalsOf(constraints: readonly Constraint[]): Range {
	const intervals: Interval[] = [];
	const without: Version[] = [];
	let low: Bound | undefined;
	for (const { sign, bound } of constraints) {
		if (sign === "!=") without.push(bound.version);
		else if (sign === "=") intervals.push({ low: bound, high: bound });
		else if (sign.startsWith(">")) {
			if (low !== undefined) intervals.push({ low });
			low = bound;
		} else {
			intervals.push(low === undefined ? { high: bound } : { low, high: bound });
			low = undefined;
		}
	}
	if (low !== undefined) intervals.push({ low });
	const [only] = constraints;
	if (constraints.length === 1 && only!.sign === "=") return { kind: "version", version: only!.bound.version };
	return intervals.length === 0 ? WORDS : { kind: "intervals", intervals, without };
}

/** "<V33.017_V34.014_V35.013": one limit for each line. */
function linesOf(text: string): Range | undefined {
	const list = /^<\s*(.+)$/s
		.exec(text)?.[1]
		?.split(/_|,|;|\band\b|\bor\b|\s/i)
		.filter((part) => part.trim() !== "");
	if (list === undefined || list.length < 2 || list.length > MAX_CONSTRAINTS) return undefined;
	const limits: Bound[] = [];
	for (const text of list) {
		const version = readVersion(text);
		if (version === undefined || version.isOpen || version.numbers.length < 2) return undefined;
		if (limits.some((limit) => limit.version.numbers[0] === version.numbers[0])) return undefined;
		limits.push({ version, isIncluded: false, text });
	}
	return { kind: "lines", limits };
}

/** Prose as comparisons; what has no rule stays as it is and is then no version. */
const PROSE: readonly (readonly [RegExp, string])[] = [
	[/\b(?:all\s+)?(?:firmware\s+|software\s+)?versions?\b/gi, " "],
	[/\b(?:up\s+to(?:\s*,?\s*\(?\s*(?:and\s+)?including\s*\)?)?|through|thru|until)(?!\w)/gi, " <= "],
	[/\b(?:prior\s+to|before|earlier\s+than|older\s+than|lower\s+than|less\s+than|below)\b/gi, " < "],
	[/\b(?:later\s+than|newer\s+than|higher\s+than|greater\s+than|after|above)\b/gi, " > "],
	[/\b(?:from|since|starting\s+(?:with|from))\b/gi, " >= "],
];
const AND_EARLIER = /^([^<>=]+?)[\s,]*\b(?:and|or)\s+(?:all\s+)?(?:earlier|prior|older|lower|below|previous)\b[\s.]*$/i;
const AND_LATER = /^([^<>=]+?)[\s,]*\b(?:and|or)\s+(?:all\s+)?(?:later|newer|higher|above|greater|up)\b[\s.]*$/i;
const FROM_TO = /^([^<>=]*\d[^<>=]*?)\s+(?:to|-|–)\s+([^<>=]*\d[^<>=]*)$/i;

/** How an advisory says which versions it means. */
export function readRange(text: string): Range {
	if (text.length > MAX_RANGE) return WORDS;
	let plain = text.normalize("NFKC").trim();
	const specifier = /^vers:[a-z0-9.+-]+\//i.exec(plain);
	if (specifier !== null) {
		plain = plain.slice(specifier[0].length).trim();
		try {
			plain = decodeURIComponent(plain);
		} catch {
			return WORDS;
		}
	}
	if (/^(?:\*|all|any|all\s+versions?|any\s+versions?|n\/a|-)?$/i.test(plain)) return { kind: "all" };
	const parts = plain.split("|");
	if (parts.length <= MAX_CONSTRAINTS) {
		const constraints = parts.map(constraintOf);
		if (constraints.every((one) => one !== undefined)) return intervalsOf(constraints);
	}
	return specifier === null ? (linesOf(plain) ?? proseOf(plain)) : WORDS;
}

function proseOf(text: string): Range {
	let plain = text;
	const earlier = AND_EARLIER.exec(plain.replace(PROSE[0]![0], " "));
	const later = AND_LATER.exec(plain.replace(PROSE[0]![0], " "));
	if (earlier !== null) plain = `<= ${earlier[1]}`;
	else if (later !== null) plain = `>= ${later[1]}`;
	else {
		for (const [pattern, comparison] of PROSE) plain = plain.replace(pattern, comparison);
		const span = FROM_TO.exec(plain.trim());
		if (span !== null) plain = `>= ${span[1]} <= ${span[2]}`;
		// "V1.0 through V2.3" begins at its first version.
		plain = plain.trim().replace(/^([^<>=\s][^<>=]*?)\s+(<=?)(?=[^<>=]*$)/, ">= $1 $2");
	}
	const pieces = plain.match(/(?:<=|>=|<|>|=)\s*[^<>=]+/g);
	if (pieces === null || pieces.join("").replace(/\s/g, "") !== plain.replace(/\s/g, "")) {
		const version = readVersion(plain.trim());
		return version === undefined ? WORDS : { kind: "version", version };
	}
	if (pieces.length > 2) return WORDS;
	const constraints = pieces.map((piece) => constraintOf(piece.replace(/[\s,]*\b(?:and|but)\b\s*$/i, "")));
	if (!constraints.every((one) => one !== undefined)) return WORDS;
	// An upper bound before a lower one would be two intervals: of prose that is doubtful.
	if (constraints.length === 2 && !(constraints[0]!.sign.startsWith(">") && constraints[1]!.sign.startsWith("<"))) return WORDS;
	return intervalsOf(constraints);
}

export type Within = "in" | "out" | "unknown";

/** Is it before (-1), after (1) or at the bound; undefined where nobody knows. */
function side(version: Version, bound: Bound): number | undefined {
	if (bound.version.isOpen && beginsAs(version, bound.version)) return 0;
	return compareVersions(version, bound.version);
}

function isAbove(version: Version, low: Bound | undefined): boolean | undefined {
	if (low === undefined) return true;
	const at = side(version, low);
	return at === undefined ? undefined : at > 0 || (at === 0 && low.isIncluded);
}

function isBelow(version: Version, high: Bound | undefined): boolean | undefined {
	if (high === undefined) return true;
	const at = side(version, high);
	return at === undefined ? undefined : at < 0 || (at === 0 && high.isIncluded);
}

function inLines(version: Version, limits: readonly Bound[]): Within {
	const line = version.numbers[0]!;
	const lines = limits.map((limit) => limit.version.numbers[0]!);
	const own = limits.find((limit) => limit.version.numbers[0] === line);
	if (own !== undefined) {
		const isBefore = isBelow(version, own);
		return isBefore === undefined ? "unknown" : isBefore ? "in" : "out";
	}
	return line < Math.min(...lines) ? "in" : line > Math.max(...lines) ? "out" : "unknown";
}

/** Is a version one of those that are meant? */
export function isWithin(range: Range, version: Version): Within {
	switch (range.kind) {
		case "all":
			return "in";
		case "words":
			return "unknown";
		case "lines":
			return inLines(version, range.limits);
		case "version": {
			if (range.version.isOpen) return beginsAs(version, range.version) ? "in" : "out";
			const difference = compareVersions(version, range.version);
			if (difference === 0) return "in";
			// "V6" may be that very version or every one of its line.
			const isLine =
				range.version.numbers.length < version.numbers.length && range.version.letter === "" && range.version.extras.length === 0;
			return difference === undefined || (isLine && beginsAs(version, range.version)) ? "unknown" : "out";
		}
		default: {
			if (range.without.some((one) => compareVersions(version, one) === 0)) return "out";
			let isDoubtful = false;
			for (const { low, high } of range.intervals) {
				const [above, below] = [isAbove(version, low), isBelow(version, high)];
				if (above === true && below === true) return "in";
				if (above !== false && below !== false) isDoubtful = true;
			}
			return isDoubtful ? "unknown" : "out";
		}
	}
}

/** The first versions that are well again, where the range names them: its excluded upper ends. */
export function fixesOf(range: Range): readonly { version: Version; text: string }[] {
	if (range.kind === "lines") return range.limits;
	if (range.kind !== "intervals") return [];
	return range.intervals.flatMap(({ high }) => (high === undefined || high.isIncluded ? [] : [high]));
}
