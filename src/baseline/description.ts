/**
 * How a trait describes itself in the document of a PLC (document.ts): it writes its section, takes it back, and compares two of them in sentences. Nothing in a
 * section moves with the clock alone.
 */
import type { Written } from "../config/written.ts";
import type { AnyProtocol } from "../decode/protocol.ts";
import { dayOfDate } from "./calendar.ts";
import type { Habits } from "./habits.ts";
import { AGE_WORDS, ageOf, type Known, known, MOST_SEEN } from "./known.ts";
import type { Plant, Target } from "./plant.ts";

/** What a describer works with. */
export interface Place {
	readonly plant: Plant;
	readonly habits: Habits;
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
