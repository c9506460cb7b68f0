/**
 * Versions of devices as their vendors write them: V2.8, 03.20, 4.0.1 SP1, 1.290C, 34.052_kit1. Two of them are compared as far as they can be, and no further: where
 * two readings of the same text disagree, the answer is undefined.
 */

/** A real version is shorter; what is longer is prose. */
const MAX_VERSION = 64;
const MAX_NUMBERS = 8;
/** Digits of one number that a double holds exactly. */
const MAX_DIGITS = 15;

/** Words that stand before a version and are none of it. Schneider Electric writes SV for a software's version. */
const LEADING = /^(?:(?:firmware|fw|software|sw|versions?|ver|release|rel|revision|rev|sv|v|r)(?:[\s.:#-]+|(?=\d)))+/;
/** Words that say nothing about which is later. */
const SILENT: ReadonlySet<string> = new Set(["lts", "final", "ga", "version"]);
/** Of two versions with the same numbers the one with such a word is later, */
const LATER: Readonly<Record<string, string>> = {
	sp: "service pack",
	servicepack: "service pack",
	update: "update",
	upd: "update",
	u: "update",
	hotfix: "hotfix",
	hf: "hotfix",
	patch: "patch",
	p: "patch",
	pl: "patch",
	kit: "kit",
};
/** or earlier. */
const EARLIER: Readonly<Record<string, string>> = { alpha: "alpha", beta: "beta", rc: "rc", pre: "pre" };
/** What only orders versions that both have it. */
const BUILD = "build";

export interface Version {
	/** The numbers between the dots, and as they were written. */
	readonly numbers: readonly number[];
	readonly digits: readonly string[];
	/** A letter behind the last number: 1.290C. */
	readonly letter: string;
	/** e.g. ["service pack", 1]. */
	readonly extras: readonly (readonly [word: string, number: number])[];
	/** Written as 7.6x, 1.*: stands for every version that begins so. */
	readonly isOpen: boolean;
}

/** Undefined where the text is no version, or more than one. */
export function readVersion(text: string): Version | undefined {
	if (text.length > MAX_VERSION) return undefined;
	const plain = text
		.normalize("NFKC")
		.toLowerCase()
		.replaceAll("_", " ")
		.replace(/\s+/g, " ")
		.replace(/service pack/g, "sp")
		.trim();
	const body = plain.replace(LEADING, "");
	const core = /^\d+(?:\.\d+)*/.exec(body)?.[0];
	if (core === undefined) return undefined;
	const digits = core.split(".");
	if (digits.length > MAX_NUMBERS || digits.some((one) => one.length > MAX_DIGITS)) return undefined;
	let rest = body.slice(core.length);
	const open = /^\.?[x*]$/.test(rest);
	if (open) rest = "";
	const letter = /^[a-z](?![a-z\d])/.exec(rest)?.[0] ?? "";
	const extras: [string, number][] = [];
	const parts = rest.slice(letter.length).match(/[a-z]+|\d+|[^\s().,+-]/g) ?? [];
	for (let at = 0; at < parts.length; at++) {
		const part = parts[at]!;
		if (SILENT.has(part)) continue;
		if (/^\d/.test(part)) {
			if (part.length > MAX_DIGITS) return undefined;
			extras.push([BUILD, Number(part)]);
			continue;
		}
		const word = Object.hasOwn(LATER, part)
			? LATER[part]
			: Object.hasOwn(EARLIER, part)
				? EARLIER[part]
				: part === BUILD
					? BUILD
					: undefined;
		if (word === undefined) return undefined;
		const next = parts[at + 1];
		const hasNumber = next !== undefined && /^\d+$/.test(next) && next.length <= MAX_DIGITS;
		if (hasNumber) at++;
		extras.push([word, hasNumber ? Number(next) : 1]);
	}
	if (extras.length > MAX_NUMBERS) return undefined;
	return { numbers: digits.map(Number), digits, letter, extras, isOpen: open };
}

const sign = (value: number): number => (value < 0 ? -1 : value > 0 ? 1 : 0);

/**
 * Two numbers on each side, the last of different lengths: 3.2 and 3.20 may be counted (2 and 20) or be a fraction (20 and 20). One that is filled up to three digits
 * is counted.
 */
function isTwofold(a: Version, b: Version): boolean {
	if (a.numbers.length !== 2 || b.numbers.length !== 2 || a.numbers[0] !== b.numbers[0]) return false;
	const [one, other] = [a.digits[1]!, b.digits[1]!];
	return one.length !== other.length && ![one, other].some((digits) => digits.length > 2 && digits.startsWith("0"));
}

function compareNumbers(a: Version, b: Version): number | undefined {
	for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at++) {
		const difference = sign((a.numbers[at] ?? 0) - (b.numbers[at] ?? 0));
		if (difference === 0) continue;
		if (!isTwofold(a, b)) return difference;
		const length = Math.max(a.digits[1]!.length, b.digits[1]!.length);
		const fraction = (version: Version) => Number(version.digits[1]!.padEnd(length, "0"));
		return sign(fraction(a) - fraction(b)) === difference ? difference : undefined;
	}
	return isTwofold(a, b) ? undefined : 0;
}

function compareExtras(a: Version["extras"], b: Version["extras"]): number | undefined {
	for (let at = 0; at < Math.max(a.length, b.length); at++) {
		const [one, other] = [a[at], b[at]];
		if (one !== undefined && other !== undefined) {
			if (one[0] !== other[0]) return undefined;
			if (one[1] !== other[1]) return sign(one[1] - other[1]);
			continue;
		}
		const [word] = (one ?? other)!;
		if (word === BUILD) return undefined;
		return Object.hasOwn(EARLIER, word) === (one !== undefined) ? -1 : 1;
	}
	return 0;
}

/** Below zero where a is earlier; undefined where it cannot be told. */
export function compareVersions(a: Version, b: Version): number | undefined {
	if (a.isOpen || b.isOpen) {
		// What both say for certain decides, where it differs.
		const length = Math.min(a.isOpen ? a.numbers.length : Number.POSITIVE_INFINITY, b.isOpen ? b.numbers.length : Number.POSITIVE_INFINITY);
		for (let at = 0; at < length; at++) {
			const difference = sign((a.numbers[at] ?? 0) - (b.numbers[at] ?? 0));
			if (difference !== 0) return difference;
		}
		return undefined;
	}
	const numbers = compareNumbers(a, b);
	if (numbers !== 0) return numbers;
	if (a.letter !== b.letter) return a.letter === "" || b.letter === "" ? undefined : a.letter < b.letter ? -1 : 1;
	return compareExtras(a.extras, b.extras);
}

/** True where `version` begins as `start` does: 7.6x and 7.6.584, V6 and 6.16. */
export function beginsAs(version: Version, start: Version): boolean {
	return start.numbers.length <= version.numbers.length && start.numbers.every((one, at) => one === version.numbers[at]);
}
