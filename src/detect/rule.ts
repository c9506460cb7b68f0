/**
 * Rules that the plant's people write, without code: who may not do what, where, with which values, how often, at which hours; and what is then said, how severely.
 * All conditions that a rule names must hold. Read from YAML; what is wrong is said with file, line and column.
 */
import { parseWeeklyHours, type WeeklyHours } from "../baseline/weeklyHours.ts";
import { CONFIG_ERROR } from "../config/error.ts";
import { hint, nearest } from "../config/nearest.ts";
import { readWritten, type Written } from "../config/written.ts";
import { type AnyProtocol, type Outcome, VERBS, type Verb } from "../decode/protocol.ts";
import { Places } from "./place.ts";
import { TECHNIQUES } from "./techniques.ts";

/** Rules of one box; they are asked once for each function that a client uses at a PLC, not for each operation. */
export const MAX_RULES = 1000;
/** Characters of one file: a thousand rules of a thousand characters. */
const MAX_FILE = 2 ** 20;
/** Entries of one list of a rule. */
const MAX_LIST = 256;
const MAX_PLACE = 80;
const MAX_POINT = 256;
const MAX_SENTENCE = 300;
const MAX_ADVICE = 8;
const MAX_CODE = 2 ** 32;
/** Times that a rate counts at most, and seconds within which. */
export const MAX_TIMES = 1000;
export const MAX_SECONDS = 86_400;
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const MAX_NAME = 64;
const HOURS = "hours like mon-fri 22:00-06:00";

const OUTCOMES: readonly Outcome[] = ["ok", "refused", "unanswered", "unsolicited"];
/** What a rate counts together: operations of one client, at one PLC, or of one client at one PLC. */
const RATE_OF = ["pair", "client", "plc"] as const;

/** From first to last. */
export type Span = readonly [first: number, last: number];

/** Points of a numbered space, or a name; a name that ends in * stands for all that begin so. */
export interface RulePoint {
	readonly text: string;
	readonly space?: string;
	readonly span?: Span;
}

/** All that is given must fit. Numbers are those of the wire. */
export interface ValueCondition {
	readonly above?: number;
	readonly below?: number;
	readonly outside?: Span;
	readonly is?: readonly number[];
	readonly isNot?: readonly number[];
}

export interface Rate {
	readonly times: number;
	readonly seconds: number;
	readonly per: (typeof RATE_OF)[number];
}

/** A condition that is undefined or empty holds always. */
export interface Rule {
	readonly name: string;
	/** What is to be said, as its author wrote it. */
	readonly text: string;
	readonly severity: number;
	readonly techniques: readonly string[];
	readonly advice: readonly string[];
	readonly who: Places | undefined;
	readonly exceptWho: Places | undefined;
	readonly plc: Places | undefined;
	readonly exceptPlc: Places | undefined;
	readonly protocols: readonly string[];
	readonly units: readonly Span[];
	readonly verbs: readonly Verb[];
	readonly codes: readonly Span[];
	readonly subCodes: readonly Span[];
	readonly outcomes: readonly Outcome[];
	readonly refusals: readonly Span[];
	readonly points: readonly RulePoint[];
	readonly value: ValueCondition | undefined;
	readonly rate: Rate | undefined;
	readonly hours: readonly WeeklyHours[];
	readonly exceptHours: readonly WeeklyHours[];
}

const KEYS = [
	"rule",
	"text",
	"severity",
	"who",
	"exceptWho",
	"plc",
	"exceptPlc",
	"protocol",
	"unit",
	"verb",
	"code",
	"subcode",
	"point",
	"value",
	"outcome",
	"refusal",
	"rate",
	"hours",
	"exceptHours",
	"techniques",
	"advice",
] as const;

/** A file of rules, or what was in it. */
export interface RuleFile {
	readonly file: string;
	readonly text: string;
}

/** Reads rules; throws a ConfigError for the first thing that is wrong. */
export function readRules(files: readonly RuleFile[], protocols: readonly AnyProtocol[]): Rule[] {
	const rules = new Map<string, Rule>();
	for (const { file, text } of files) {
		for (const written of readWritten(text, file, MAX_FILE)) {
			const rule = readRule(written, protocols);
			if (rules.has(rule.name)) throw written.wrong(`there is a rule ${rule.name} already: give each a name of its own.`);
			if (rules.size >= MAX_RULES) throw written.wrong(`there are more than ${MAX_RULES} rules: that is more than one box takes.`);
			rules.set(rule.name, rule);
		}
	}
	return [...rules.values()];
}

function readRule(written: Written, protocols: readonly AnyProtocol[]): Rule {
	const { get, find } = written.fields(KEYS);
	const each = <Item>(key: (typeof KEYS)[number], read: (entry: Written) => Item): Item[] => {
		const list = find(key)?.each(MAX_LIST);
		if (list?.length === 0) throw find(key)!.wrong(`${key} is an empty list: leave the key out where it is no condition.`);
		return list?.map(read) ?? [];
	};
	const name = get("rule").text(MAX_NAME);
	if (!NAME.test(name)) throw get("rule").wrong(`the name ${JSON.stringify(name)} must be small letters, digits and single hyphens.`);
	const named = each("protocol", (entry) => protocolOf(entry, protocols));
	const verbs = each("verb", (entry) => entry.oneOf(VERBS));
	const points = each("point", (entry) => readPoint(entry, named, protocols));
	const outcomes = each("outcome", (entry) => entry.oneOf(OUTCOMES));
	const refusals = each("refusal", (entry) => spanOf(entry, MAX_CODE));
	if (refusals.length > 0 && outcomes.some((outcome) => outcome !== "refused"))
		throw find("outcome")!.wrong("a refusal has the outcome refused: leave outcome out.");
	return {
		name,
		text: sentenceOf(get("text")),
		severity: get("severity").whole(0, 100),
		techniques: each("techniques", techniqueOf),
		advice: find("advice")?.each(MAX_ADVICE).map(sentenceOf) ?? [],
		who: placesOf(find("who")),
		exceptWho: placesOf(find("exceptWho")),
		plc: placesOf(find("plc")),
		exceptPlc: placesOf(find("exceptPlc")),
		protocols: named,
		units: each("unit", (entry) => spanOf(entry, 65_535)),
		verbs,
		codes: each("code", (entry) => spanOf(entry, MAX_CODE)),
		subCodes: each("subcode", (entry) => spanOf(entry, MAX_CODE)),
		outcomes: refusals.length > 0 ? ["refused"] : outcomes,
		refusals,
		points,
		value: conditionOf(find("value")),
		rate: rateOf(find("rate")),
		hours: each("hours", hoursOf),
		exceptHours: each("exceptHours", hoursOf),
	};
}

/** One line of plain text: what would turn a line around or hide in it is not taken. */
function sentenceOf(written: Written): string {
	const text = written.text(MAX_SENTENCE).replace(/\s+/gu, " ").trim();
	if (text === "") throw written.wrong("the text is empty.");
	if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(text)) throw written.wrong("the text holds a control character: write plain text.");
	return text;
}

function techniqueOf(written: Written): string {
	const id = written.text(16);
	if (!Object.hasOwn(TECHNIQUES, id))
		throw written.wrong(`${id} is no technique of ATT&CK for ICS that this program knows; it has ids like T0855.`);
	return id;
}

function protocolOf(written: Written, protocols: readonly AnyProtocol[]): string {
	const name = written.text(64);
	const known = protocols.filter(({ isControl }) => isControl).map((protocol) => protocol.name);
	if (!known.includes(name)) throw written.wrong(`there is no protocol ${name} of PLCs; ${hint(name, known)}`);
	return name;
}

function placesOf(written: Written | undefined): Places | undefined {
	if (written === undefined) return undefined;
	const places = new Places();
	const list = written.each(MAX_LIST);
	if (list.length === 0) throw written.wrong("the list is empty: leave the key out where it is no condition.");
	for (const entry of list) {
		const problem = places.add(entry.text(MAX_PLACE));
		if (problem !== undefined) throw entry.wrong(problem);
	}
	return places;
}

/** 7, "7" or "5-9". */
function spanOf(written: Written, most: number): Span {
	const [, first = "", last = first] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(written.term(32)) ?? [];
	if (first === "" || Number(last) > most || Number(first) > Number(last))
		throw written.wrong(`there must be a whole number from 0 to ${most}, or two of them like 5-9.`);
	return [Number(first), Number(last)];
}

/** `holding:100`, `holding:100-120`, `holding`, `40101`, `ns=2;s=Tank.Level`, `ns=2;s=Tank.*`. */
function readPoint(written: Written, named: readonly string[], protocols: readonly AnyProtocol[]): RulePoint {
	const text = written.term(MAX_POINT);
	const meant = protocols.filter(({ name, isControl }) => isControl && (named.length === 0 || named.includes(name)));
	const spaces = meant.flatMap((protocol) => protocol.spaces);
	const [, space = "", first, last = first] = /^([a-z][a-z0-9.-]*)(?::(\d{1,10})(?:-(\d{1,10}))?)?$/.exec(text) ?? [];
	if (spaces.includes(space)) {
		if (first === undefined) return { text, space };
		if (Number(first) > Number(last)) throw written.wrong(`${text} is no range of points: its end is before its begin.`);
		return { text, space, span: [Number(first), Number(last)] };
	}
	if (space !== "") {
		const foreign = protocols.find((protocol) => protocol.spaces.includes(space));
		if (foreign !== undefined) throw written.wrong(`${text} is a point of ${foreign.name}, and the rule is about ${named.join(", ")}.`);
		const near = nearest(space, spaces);
		if (near !== undefined) throw written.wrong(`there are no points ${space}; did you mean ${text.replace(space, near)}?`);
	}
	for (const protocol of meant) {
		const stable = protocol.parsePoint?.(text, "");
		const [, own = "", at] = /^(.*):(\d+)$/.exec(stable ?? "") ?? [];
		if (at !== undefined && protocol.spaces.includes(own)) return { text: stable!, space: own, span: [Number(at), Number(at)] };
	}
	return { text };
}

function conditionOf(written: Written | undefined): ValueCondition | undefined {
	if (written === undefined) return undefined;
	const { find } = written.fields(["above", "below", "outside", "is", "isNot"]);
	const numbers = (key: "is" | "isNot") =>
		find(key)
			?.each(MAX_LIST)
			.map((entry) => entry.number());
	const [above, below, is, isNot] = [find("above")?.number(), find("below")?.number(), numbers("is"), numbers("isNot")];
	if (above !== undefined && below !== undefined && above >= below)
		throw written.wrong(
			`no value is above ${above} and below ${below}; for what lies outside of them write outside: [${below}, ${above}].`,
		);
	const pair = find("outside")
		?.items(2)
		.map((entry) => entry.number());
	if (pair !== undefined && !(pair.length === 2 && pair[0]! <= pair[1]!))
		throw find("outside")!.wrong("outside takes the least and the most that is right, like [0, 1200].");
	if ([above, below, is, isNot, pair].every((one) => one === undefined))
		throw written.wrong("the value has no condition: give above, below, outside, is or isNot.");
	return {
		...(above !== undefined && { above }),
		...(below !== undefined && { below }),
		...(pair !== undefined && { outside: [pair[0]!, pair[1]!] as const }),
		...(is !== undefined && { is }),
		...(isNot !== undefined && { isNot }),
	};
}

function rateOf(written: Written | undefined): Rate | undefined {
	if (written === undefined) return undefined;
	const { get, find } = written.fields(["times", "seconds", "per"]);
	return {
		times: get("times").whole(2, MAX_TIMES),
		seconds: get("seconds").number(1, MAX_SECONDS),
		per: find("per")?.oneOf(RATE_OF) ?? "pair",
	};
}

function hoursOf(written: Written): WeeklyHours {
	const text = written.text(64);
	const hours = parseWeeklyHours(text);
	if (hours === undefined) throw written.wrong(`there must be ${HOURS}; there is ${JSON.stringify(text)}.`, CONFIG_ERROR.wrongValue);
	return hours;
}
