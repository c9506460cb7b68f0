/**
 * How a trait describes itself in the document of a PLC (document.ts): it writes its section, takes it back, and compares two of them in sentences. Nothing in a
 * section moves with the clock alone.
 */
import type { Fields, Written } from "../config/written.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import { dayOfDate } from "./calendar.ts";
import type { Companions } from "./companions.ts";
import type { Habits } from "./habits.ts";
import { AGE_WORDS, ageOf, type Known, known, MOST_SEEN } from "./known.ts";
import { MAX_POINT_NAME, type Plant, type Target } from "./plant.ts";
import type { Services } from "./services.ts";

/** What a describer works with. */
export interface Place {
	readonly plant: Plant;
	readonly habits: Habits;
	readonly companions: Companions;
	readonly services: Services;
	readonly target: Target;
	readonly protocol: AnyProtocol;
	/** Name of a device at an address. */
	nameOf(address: string): string | undefined;
	/** Name for people of a point: from a register map, or from the traffic. */
	pointName(point: string): string | undefined;
	known(born: number, count: number): Known;
}

/** The same where a document is taken. */
export interface Adoption extends Place {
	/** Birth in watched time of something that is known so. */
	bornOf(known: Known): number;
	nameDevice(address: string, name: string): void;
}

export type Section = Record<string, unknown>[];

/** One trait's part of the document. */
export interface TraitDescriber {
	/** Its key in the document. */
	readonly key: string;
	/** Plain data in a fixed order; undefined where there is nothing to say. */
	describe(place: Place): Section | undefined;
	/** Takes what `describe` said, into a plant that knows nothing of this PLC yet. Throws where it cannot be (file, line and reason). */
	adopt(place: Adoption, section: Written): void;
	/** What is different, in sentences. */
	compare(before: Section, after: Section, say: (sentence: string) => void): void;
}

/** Of what concerns a whole device the document of its first PLC, of all protocols, and there of the first unit tells. */
export function isFirstOfDevice({ plant, target }: Place): boolean {
	const { address, key, targets } = target.server;
	return firstAt(plant, address) === key && Math.min(...targets.keys()) === target.unit;
}

/** Key of the first PLC at an address; undefined where there is none. */
export function firstAt({ servers }: Plant, address: string): string | undefined {
	let first: string | undefined;
	for (const server of servers.values())
		if (server.address === address && server.targets.size > 0 && (first === undefined || server.key < first)) first = server.key;
	return first;
}

/** Numbers before text, numbers by size, text by code unit. */
export function order(one: readonly (string | number)[], other: readonly (string | number)[]): number {
	for (let at = 0; at < Math.max(one.length, other.length); at++) {
		const left = one[at] ?? "";
		const right = other[at] ?? "";
		if (left === right) continue;
		if (typeof left === "number" && typeof right === "number") return left - right;
		if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
		return left < right ? -1 : 1;
	}
	return 0;
}

export const addressParts = (address: string): (string | number)[] =>
	/^\d+(\.\d+){3}$/.test(address) ? address.split(".").map(Number) : [address];

/** Parts of a point's name for `order`: `holding:9` before `holding:10`. */
export const pointParts = (name: string): (string | number)[] =>
	name.split(/(\d+)/).map((part) => (/^\d{1,15}$/.test(part) ? Number(part) : part));

/** Reads how a thing is known; `sure` follows from the others and is not taken. */
export function readKnown(fields: { get(key: keyof Known): Written; find(key: keyof Known): Written | undefined }): Known {
	const since = fields.find("since");
	const date = since?.text(10);
	if (date !== undefined && dayOfDate(date) === undefined) throw since!.wrong(`since must be a day like 2026-11-01; it is ${date}.`);
	fields.find("sure")?.number(0, 1);
	return known(date, ageOf(fields.get("over").oneOf(AGE_WORDS)), fields.get("seen").whole(0, MOST_SEEN));
}

/** Reads an interval. */
export function readLimits(fields: Fields<"min" | "max">): { min: number; max: number } {
	const min = fields.get("min").number();
	const max = fields.get("max").number();
	if (max < min) throw fields.get("max").wrong(`max ${max} is below min ${min}.`);
	return { min, max };
}

/** Consecutive points of a numbered space: `holding:0-9`. */
export const rangeText = ({ protocol }: Place, space: number, first: number, count: number): string =>
	`${protocol.spaces[space] ?? space}:${count === 1 ? first : `${first}-${first + count - 1}`}`;

/** The stable name of one point: of a numbered space, or a named one (space -1). */
export const pointText = (place: Place, space: number, at: number): string =>
	space < 0 ? (place.target.names[at] ?? "?") : rangeText(place, space, at, 1);

/** Most points of one range: all of a 16 bit space. */
const MAX_RANGE = 65_536;

/** The same taken back, or one named point (space -1, `first` is its number in its unit). */
export function readRange({ plant, target, protocol }: Adoption, points: Written): { space: number; first: number; count: number } {
	const text = points.text(MAX_POINT_NAME);
	const found = /^([^:]+):(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
	const space = found === null ? -1 : protocol.spaces.indexOf(found[1]!);
	if (found === null || space < 0) {
		const first = plant.ordinal(target, text, true);
		if (first < 0) throw points.wrong("there are more points than one box watches.");
		return { space: -1, first, count: 1 };
	}
	const first = Number(found[2]);
	const count = Number(found[3] ?? found[2]) - first + 1;
	if (count < 1 || count > MAX_RANGE)
		throw points.wrong(`${text} is no range of points: give the lower one first, at most ${MAX_RANGE.toLocaleString("en")} of them.`);
	return { space, first, count };
}

/** Says which entries only one of two sections has ("the rhythm of ... was added"), and hands on those that both have. */
export function compareEntries<T>(
	before: Section,
	after: Section,
	{ keyOf, wordsOf, did = "was" }: { keyOf: (one: T) => string; wordsOf: (one: T) => string; did?: string },
	say: (sentence: string) => void,
	both: (old: T, fresh: T) => void,
): void {
	const old = new Map((before as T[]).map((one) => [keyOf(one), one]));
	const fresh = new Map((after as T[]).map((one) => [keyOf(one), one]));
	for (const [key, one] of fresh) if (!old.has(key)) say(`${wordsOf(one)} ${did} added.`);
	for (const [key, one] of old) {
		const now = fresh.get(key);
		if (now === undefined) say(`${wordsOf(one)} ${did} removed.`);
		else both(one, now);
	}
}
