/** Names of vendors and products, so that those of a device and of an advisory meet: and only where both surely mean the same. */

/** Legal forms, and words that a vendor's name has or has not. Never the first word of a name. */
const FORMS: ReadonlySet<string> = new Set(
	(
		"ag se sa s.a sas inc incorporated llc ltd limited gmbh mbh kg kgaa co company corp corporation plc pty bv b.v nv n.v oy oyj ab as a/s spa s.p.a srl s.r.l sl " +
		"kk k.k sro s.r.o and & automation technologies technology industrial industry industries international group holding holdings worldwide global"
	).split(" "),
);
/** Other names of one vendor: brands, and what it was called before. Each side is written as `vendorKey` gives it. */
const ALIASES: Readonly<Record<string, string>> = {
	"allen bradley": "rockwell",
	"rockwell automation/allen bradley": "rockwell",
	"rockwell allen bradley": "rockwell",
	telemecanique: "schneider electric",
	modicon: "schneider electric",
	"square d": "schneider electric",
	schneider: "schneider electric",
	"schneider electric telemecanique": "schneider electric",
	mitsubishi: "mitsubishi electric",
	kepware: "ptc",
	"wago kontakttechnik": "wago",
	"beckhoff new": "beckhoff",
	"b&r elektronik": "b&r",
	"saia burgess controls": "saia",
	"honeywell process solutions": "honeywell",
	"abb stotz kontakt": "abb",
	"omron electronics": "omron",
	"yokogawa electric": "yokogawa",
	"siemens numerical control": "siemens",
	"siemens digital": "siemens",
};

/** What names one vendor, however it is written: "Siemens AG", "SIEMENS". Empty where nothing names one. */
export function vendorKey(name: string): string {
	const words = name
		.normalize("NFKC")
		.toLowerCase()
		.replace(/\([^)]*\)/g, " ")
		.replace(/[,;®™]/g, " ")
		.replace(/[-_]/g, " ")
		.split(/\s+/)
		.map((word) => word.replace(/\.$/, ""))
		.filter((word) => word !== "");
	while (words.length > 1 && FORMS.has(words.at(-1)!)) words.pop();
	const key = words.join(" ");
	return Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key;
}

/** Words that a product's name has or has not. */
const GENERIC: ReadonlySet<string> = new Set(
	"cpu cpus controller controllers plc plcs series module modules family families processor processors programmable logic device devices product products the all".split(
		" ",
	),
);
/** Names of whole programmes: what stands behind one names the product by itself. */
const PROGRAMMES: ReadonlySet<string> = new Set(
	"simatic modicon melsec scalance ruggedcom sinamics easergy powerlogic melsec-q melsec-l iq-r iq-f ac500 sysmac".split(" "),
);

const compact = (text: string): string =>
	text
		.normalize("NFKC")
		.toUpperCase()
		.replace(/[^\p{L}\p{N}*?]/gu, "");

/** A word that by itself names a model: 1515F-2, FX5U-32MT, Q03UDECPU; not 5580, which needs its name. */
const isStrong = (token: string): boolean =>
	compact(token).length >= 5 && /\d/.test(token) && (/\p{L}/u.test(token) || /^\d{3,}-\d/.test(token));

/** Text outside of brackets and before the first comma, as words without those that say nothing. */
function tokensOf(name: string, vendor: string): string[] {
	const plain = name
		.normalize("NFKC")
		.toLowerCase()
		.replace(/\([^)]*\)/g, " ")
		.split(/,| - /)[0]!;
	const words = plain
		.split(/[\s/]+/)
		.map((word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}*?]+$/gu, ""))
		.filter((word) => word !== "");
	const ofVendor = new Set(vendor.split(" "));
	while (words.length > 1 && (ofVendor.has(words[0]!) || FORMS.has(words[0]!) || vendorKey(words[0]!) === vendor)) words.shift();
	const telling = words.filter((word) => !GENERIC.has(word));
	return telling.length > 0 ? telling : words;
}

/** Wildcards for any text in one number; more would let a hostile document choose how long the search takes. */
const MAX_WILDCARDS = 2;
/** Characters of a part number. */
const MAX_NUMBER = 64;
/** Longest list of keys that one name gives. */
const MAX_KEYS = 32;

/** What a product of an advisory is recognised by. */
export interface ProductKeys {
	/** Part numbers, compact. */
	numbers: string[];
	/** Part numbers with wildcards. */
	patterns: RegExp[];
	/** Ways to say its name, compact; the first is the whole name. */
	names: string[];
	/** What the name says beside: "Series D", "signed version", "excluding M580 CPU Safety". */
	remarks: string[];
	/** It stands for all of a family. */
	isFamily: boolean;
}

/** In a name; a number of digits alone is one where a document gives it as such. */
const NUMBER = /^(?=.*\d)(?=.*[A-Z])[A-Z0-9*?]{6,}$/;
const GIVEN = /^(?=.*\d)[A-Z0-9*?]{6,}$/;
/** Least characters before the first wildcard: fewer would take in what is not meant. */
const MIN_PREFIX = 5;

/** "L26CPU(-P)" is L26CPU and L26CPU-P. */
function expanded(word: string): string[] {
	const found = /^(.+?)\(([^()\s]{1,3})\)(.*)$/.exec(word);
	return found === null ? [word] : [`${found[1]}${found[3]}`, `${found[1]}${found[2]}${found[3]}`];
}

/** Keys of a product that its name, its family and its part numbers give. */
export function productKeys(vendor: string, model: string, family: string | undefined, given: readonly string[]): ProductKeys {
	const keys: ProductKeys = {
		numbers: [],
		patterns: [],
		names: [],
		remarks: [],
		isFamily: /\b(?:series|family|families|all variants)\b|\bincl/i.test(model),
	};
	const number = (text: string, shape = NUMBER): boolean => {
		const plain = compact(text.slice(0, MAX_NUMBER));
		if (/[*?]/.test(plain)) {
			if ((plain.match(/\*+/g)?.length ?? 0) > MAX_WILDCARDS) return false;
			const start = plain.split(/[*?]/)[0]!;
			if (start.length < MIN_PREFIX || !/\d/.test(start) || keys.patterns.length >= MAX_KEYS) return false;
			if (shape === NUMBER && !/[A-Z]/.test(start)) return false;
			keys.patterns.push(new RegExp(`^${plain.replace(/\*+/g, "[^]*").replaceAll("?", "[^]")}$`, "u"));
			return true;
		}
		if (!shape.test(plain) || keys.numbers.length >= MAX_KEYS) return false;
		if (!keys.numbers.includes(plain)) keys.numbers.push(plain);
		return true;
	};
	for (const one of given) number(one, GIVEN);
	const short = model.slice(0, 300);
	for (const [, inside] of short.matchAll(/(?:^|\s)\(([^()]*)\)/g)) {
		if (/exclud|except|other than|without/i.test(inside!)) keys.remarks.push(inside!);
		else if (/^(?:incl|all\b)/i.test(inside!)) continue;
		// What is written as a part number is none of the name: z and x stand for a digit.
		else if (/^(?=.*\d)[A-Z0-9 ./*?zx-]+$/.test(inside!)) number(inside!);
		else if (!/numbers?\b|models?\b/i.test(inside!)) keys.remarks.push(inside!);
		else for (const word of inside!.split(/[\s,;]+/)) if (/[A-Z]/.test(word)) number(word);
	}
	const outside = short.replace(/(^|\s)\([^()]*\)/g, "$1");
	const [main = "", ...rest] = outside.split(/,| - /);
	for (const one of rest) if (one.trim() !== "") keys.remarks.push(one.trim());
	const words = main.split(/\s+/).filter((word) => word !== "");
	for (const [at, word] of words.entries()) {
		// "FX5S-80 MT/ES*": a number that a blank parts.
		if (/[*?]/.test(word) && !number(word) && at > 0) number(words[at - 1]! + word);
	}
	if (!/[*?]/.test(main)) for (const one of expanded(main)) addNames(keys.names, vendor, family, one);
	return keys;
}

/** The whole name first, then the ends of it that name the product by themselves. */
function addNames(names: string[], vendor: string, family: string | undefined, main: string): void {
	const add = (name: string) => {
		if (name.length >= 4 && !names.includes(name) && names.length < MAX_KEYS) names.push(name);
	};
	const tokens = tokensOf(main, vendor);
	const whole = compact(tokens.join(""));
	if (/\d/.test(whole) || tokens.length > 1 || whole.length >= 6) add(whole);
	if (family !== undefined) add(compact(tokensOf(`${family} ${main}`, vendor).join("")));
	let isNamed = true;
	for (let at = 1; at < tokens.length; at++) {
		isNamed &&= PROGRAMMES.has(tokens[at - 1]!);
		const end = compact(tokens.slice(at).join(""));
		if (isStrong(tokens[at]!) || (isNamed && /\d/.test(end) && /[A-Z]/.test(end))) add(end);
	}
}

/** What a device's own words may be looked up by. */
export interface DeviceKeys {
	/** Part numbers, compact: single words, and those that a blank parts; with the words as the device says them. */
	numbers: Map<string, string>;
	/** Beginnings of its name, the longest first; the first is the whole name. */
	names: string[];
	/** The letter of its series, where the number ends with one: 1756-EN2T/D. */
	series: string | undefined;
}

export function deviceKeys(vendor: string, texts: readonly string[]): DeviceKeys[] {
	return texts.map((text) => {
		const words = text
			.split(/[\s,;()]+/)
			.filter((word) => word !== "")
			.slice(0, 16);
		const numbers = new Map<string, string>();
		// The longest first: what fits it as a whole is said so.
		for (let count = Math.min(3, words.length); count > 0; count--)
			for (let from = 0; from + count <= words.length; from++) {
				const to = from + count;
				const written = words.slice(from, to).join(" ");
				const plain = compact(written);
				if (GIVEN.test(plain) && !/[*?]/.test(plain) && !numbers.has(plain)) numbers.set(plain, written);
			}
		const series = /[A-Z0-9]\/([A-Z])$/.exec(text.trim())?.[1];
		if (series !== undefined) numbers.set(compact(text.trim().slice(0, -2)), text.trim());
		const tokens = tokensOf(text.replaceAll("*", " ").replaceAll("?", " "), vendor);
		const names: string[] = [];
		for (let to = tokens.length; to > 0; to--) names.push(compact(tokens.slice(0, to).join("")));
		return { numbers, names: [...new Set(names)], series };
	});
}

/** Order numbers whose family the vendor's catalogue gives, and the name that advisories use. Each number is written compact. */
const CATALOGUE: readonly (readonly [vendor: string, number: RegExp, name: string])[] = [
	["rockwell", /^1756L8\d[A-Z]*S[A-Z]*$/, "GuardLogix 5580"],
	["rockwell", /^1756L8\d[A-Z]*P[A-Z]*$/, "ControlLogix 5580 Process"],
	["rockwell", /^1756L8\dE?K?$/, "ControlLogix 5580"],
	["rockwell", /^1756L7\d[A-Z]*S[A-Z]*$/, "GuardLogix 5570"],
	["rockwell", /^1756L7\dK?$/, "ControlLogix 5570"],
	["rockwell", /^5069L3\d+ER[A-Z]*S2[A-Z]*$/, "Compact GuardLogix 5380 SIL 2"],
	["rockwell", /^5069L3\d+ER[A-Z]*S3[A-Z]*$/, "Compact GuardLogix 5380 SIL 3"],
	["rockwell", /^5069L3\d+ERM?K?$/, "CompactLogix 5380"],
	["rockwell", /^5069L4\d+ERMW?K?$/, "CompactLogix 5480"],
	["rockwell", /^1769L3[036]ERMS[A-Z0-9]*$/, "Compact GuardLogix 5370"],
	["rockwell", /^1769L(?:1[689]|2[47]|3[03678])ERM?(?:[A-RT-Z][A-Z0-9]*)?$/, "CompactLogix 5370"],
	["rockwell", /^1766L32[A-Z]+$/, "MicroLogix 1400"],
	["rockwell", /^1763L16[A-Z]+$/, "MicroLogix 1100"],
	["schneider electric", /^BMXP34\d{4}\w*$/, "Modicon M340"],
	["schneider electric", /^BME[PH]58\d{4}[CH]?$/, "Modicon M580"],
	["schneider electric", /^BME[PH]58\d{4}S$/, "Modicon M580 Safety"],
	["schneider electric", /^TM221\w+$/, "Modicon M221"],
	["schneider electric", /^TM241\w+$/, "Modicon M241"],
	["schneider electric", /^TM251\w+$/, "Modicon M251"],
	["schneider electric", /^TM258\w+$/, "Modicon M258"],
	["schneider electric", /^TM262\w+$/, "Modicon M262"],
	["schneider electric", /^TSXP57\w+$/, "Modicon Premium"],
	["schneider electric", /^140CPU\w+$/, "Modicon Quantum"],
	["siemens", /^6ES721[1-7]1[ABH][EFG]\d\d0XB0$/, "SIMATIC S7-1200"],
	["siemens", /^6ES751[135-8]\w+$/, "SIMATIC S7-1500"],
	["siemens", /^6ES7288\w+$/, "SIMATIC S7-200 SMART"],
];

/** The family of a part number, with the ways to say its name; undefined where the catalogue has none. */
export function familyOf(
	vendor: string,
	numbers: ReadonlyMap<string, string>,
): { number: string; name: string; keys: string[] } | undefined {
	for (const [of, pattern, name] of CATALOGUE) {
		if (of !== vendor) continue;
		const number = [...numbers.keys()].find((one) => pattern.test(one));
		if (number !== undefined) return { number: numbers.get(number)!, name, keys: productKeys(vendor, name, undefined, []).names };
	}
	return undefined;
}
