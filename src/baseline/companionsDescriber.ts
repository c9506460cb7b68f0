/**
 * Points that go together in the document: for each point what it goes with, and between what it lay while that one was in one of its states, or in one of the eight parts of its
 * range. Only what judges stands there: the rest is learned anew.
 */
import type { Written } from "../config/written.ts";
import { type KnownBond, type KnownPart, MAX_BONDS, PARTS } from "./companions.ts";
import {
	type Adoption,
	compareEntries,
	order,
	type Place,
	pointParts,
	pointText,
	readKnown,
	readLimits,
	readRange,
	type TraitDescriber,
} from "./description.ts";
import { KNOWN_KEYS, rounded } from "./known.ts";
import { PAGE } from "./plant.ts";

/** Of the states of what leads one, of its range an eighth, counted from 1. A state without limits is still learned. */
interface PartEntry {
	is?: number;
	eighth?: number;
	min?: number;
	max?: number;
}

interface BondEntry extends Record<string, unknown> {
	point: string;
	with: string;
	/** What leads has this range, in eight parts; undefined where it has states. */
	range?: { min: number; max: number };
	while: PartEntry[];
}

function describeBond(place: Place, { leader, follower, states, from, width, parts, born, visits }: KnownBond): BondEntry {
	const isOfStates = states.length > 0;
	const limits = ({ low, high }: KnownPart) => ({ min: rounded(low), max: rounded(high) });
	return {
		point: pointText(place, follower.space, follower.at),
		with: pointText(place, leader.space, leader.at),
		...(!isOfStates && { range: { min: rounded(from), max: rounded(from + width) } }),
		while: isOfStates
			? states.map((is, at) => ({ is, ...parts.filter(({ part }) => part === at).map(limits)[0] }))
			: parts.map((one) => ({ eighth: one.part + 1, ...limits(one) })),
		...place.known(born, visits),
	};
}

/** A point of the document. */
function pointOf(place: Adoption, field: Written): { space: number; at: number; id: number } {
	const { space, first, count } = readRange(place, field);
	const id = count === 1 ? (place.target.page(space, Math.floor(first / PAGE))?.ids[first % PAGE] ?? -1) : -1;
	if (id < 0) throw field.wrong(`${field.text(200)} is no point that this document knows.`);
	return { space, at: first, id };
}

function adoptBond(place: Adoption, entry: Written): void {
	const fields = entry.fields(["point", "with", "range", "while", ...KNOWN_KEYS]);
	const follower = pointOf(place, fields.get("point"));
	const leader = pointOf(place, fields.get("with"));
	if (leader.id === follower.id) throw fields.get("with").wrong("a point does not go with itself.");
	const how = readKnown(fields);
	const rangeField = fields.find("range");
	const range = rangeField === undefined ? undefined : readLimits(rangeField.fields(["min", "max"]));
	if (range !== undefined && range.min === range.max) throw rangeField!.wrong("a range in parts has a width.");
	const states: number[] = [];
	const parts: KnownPart[] = [];
	for (const one of fields.get("while").items(PARTS)) {
		const part = one.fields(["is", "eighth", "min", "max"]);
		let index: number;
		if (range === undefined) index = states.push(part.get("is").number()) - 1;
		else index = part.get("eighth").whole(1, PARTS) - 1;
		const isTwice = range === undefined ? states.indexOf(states[index]!) < index : parts.some((other) => other.part === index);
		if (isTwice) throw one.wrong("this part stands here twice.");
		if (range === undefined && (part.find("min") ?? part.find("max")) === undefined) continue;
		const { min: low, max: high } = readLimits(part);
		parts.push({ part: index, low, high });
	}
	if (parts.length === 0) throw fields.get("while").wrong("what goes together does so somewhere: there must be at least one part.");
	const [from, width] = range === undefined ? [0, 0] : [range.min, range.max - range.min];
	const isTaken = place.companions.adopt(place.target, {
		leader,
		follower,
		states,
		from,
		width,
		parts,
		born: place.bornOf(how),
		visits: how.seen,
	});
	if (!isTaken) throw entry.wrong("these two stand here twice, or there are more points that go together than one box watches.");
}

const idOf = ({ point, with: leader }: BondEntry): string => JSON.stringify([point, leader]);
const wordsOf = ({ point, with: leader }: BondEntry): string => `that ${point} goes with ${leader}`;
const limitWords = ({ min, max }: PartEntry): string => (min === undefined ? "not known" : min === max ? String(min) : `${min}–${max}`);
const partWords = ({ is, eighth }: PartEntry): string => (is === undefined ? `in eighth ${eighth} of its range` : String(is));

export const companionsDescriber: TraitDescriber = {
	key: "together",

	describe(place) {
		return place.companions
			.known(place.target)
			.map((bond) => describeBond(place, bond))
			.sort((one, other) =>
				order([...pointParts(one.point), "", ...pointParts(one.with)], [...pointParts(other.point), "", ...pointParts(other.with)]),
			);
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_BONDS)) adoptBond(place, entry);
	},

	compare(before, after, say) {
		compareEntries<BondEntry>(before, after, { keyOf: idOf, wordsOf }, say, (old, fresh) => {
			const { point, with: leader } = fresh;
			if (old.range?.min !== fresh.range?.min || old.range?.max !== fresh.range?.max) {
				say(`what ${point} does while ${leader} is somewhere was learned anew: the range of ${leader} is another.`);
				return;
			}
			const parts = new Map(old.while.map((part) => [partWords(part), part]));
			for (const part of fresh.while) {
				const words = partWords(part);
				const one = parts.get(words);
				parts.delete(words);
				if (one === undefined) say(`while ${leader} is ${words}, ${point} is ${limitWords(part)}: this was added.`);
				else if (one.min !== part.min || one.max !== part.max)
					say(`while ${leader} is ${words}, ${point} is ${limitWords(part)} now; before it was ${limitWords(one)}.`);
			}
			for (const [words, part] of parts) say(`while ${leader} is ${words}, ${point} is ${limitWords(part)}: this was removed.`);
		});
	},
};
