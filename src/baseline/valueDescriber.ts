/** The value trait in the document: of each point its range, its states or its pace, and what is written to it. */
import type { Fields, Written } from "../config/written.ts";
import {
	type Adoption,
	compareEntries,
	order,
	type Place,
	pointParts,
	pointText,
	readKnown,
	readLimits,
	type TraitDescriber,
} from "./description.ts";
import { KNOWN_KEYS, MOST_SEEN, rounded, seenAtLeast } from "./known.ts";
import { MAX_POINT_NAME, PAGE } from "./plant.ts";
import { type KnownPoint, MAX_STATES, MAX_TAIL } from "./points.ts";

const KINDS = ["unread", "constant", "states", "range", "counter"] as const;
type KindWord = (typeof KINDS)[number];
const WAYS = ["up", "down"] as const;

const KEYS = [
	"point",
	"name",
	"kind",
	"states",
	"min",
	"max",
	"step",
	"way",
	"changes",
	"turns",
	"noise",
	"level",
	"written",
	...KNOWN_KEYS,
] as const;

/** Most points of one unit: all tables of a Modbus unit. */
const MAX_POINTS = 262_144;

interface PointEntry extends Record<string, unknown> {
	point: string;
	name?: string;
	kind: KindWord;
	states?: number[];
	min?: number;
	max?: number;
	step?: number;
	way?: string;
	/** How far its noise may carry it, and its steps, beyond what was seen. */
	noise?: { min?: number; max?: number; step?: number };
	/** Means of ten minutes. */
	level?: { min: number; max: number };
	written?: { min: number; max: number; seen: number };
}

/** Which kind a point is; from what is rounded, so that it is the same when it is taken back. */
function kindOf({ reads, changes, turns, direction, states }: KnownPoint, min: number, max: number, step: number): KindWord {
	if (reads === 0 || Number.isNaN(min)) return "unread";
	if (changes === 0 && min === max) return "constant";
	if (turns === 0 && changes >= 2 && direction !== 0 && 2 * step <= max - min) return "counter";
	return states === undefined ? "range" : "states";
}

/** What lies beside the columns of a point has single precision. */
const isKept = (value: number): boolean => Number.isFinite(Math.fround(value));

/** Limits beyond the range, no further than they are used; undefined where there are none. */
function noiseOf({ tails }: KnownPoint, min: number, max: number, step: number): PointEntry["noise"] {
	if (tails === undefined) return undefined;
	const reach = MAX_TAIL * (max - min);
	const noise = {
		...(tails.low < min && isKept(min - reach) && { min: rounded(Math.max(tails.low, min - reach)) }),
		...(tails.high > max && isKept(max + reach) && { max: rounded(Math.min(tails.high, max + reach)) }),
		...(tails.step > step && isKept(tails.step) && { step: rounded(tails.step) }),
	};
	return Object.keys(noise).length > 0 ? noise : undefined;
}

function describePoint(place: Place, id: number, name: string): PointEntry {
	const fact = place.plant.points.known(id);
	const label = place.pointName(name);
	const [min, max, step] = [rounded(fact.min), rounded(fact.max), rounded(fact.step)];
	const kind = kindOf(fact, min, max, step);
	const noise = kind === "range" ? noiseOf(fact, min, max, step) : undefined;
	const isMoving = kind === "states" || kind === "range" || kind === "counter";
	return {
		point: name,
		...(label !== undefined && { name: label }),
		kind,
		...(kind === "constant" && { min: fact.min, max: fact.max }),
		...(kind === "states" && { states: fact.states!, ...(step > 0 && { step }) }),
		...((kind === "range" || kind === "counter") && { min, max, step }),
		...(isMoving && fact.turns === 0 && fact.direction !== 0 && { way: fact.direction === 1 ? "up" : "down" }),
		...(isMoving && { changes: seenAtLeast(fact.changes) }),
		...(isMoving && fact.turns > 0 && { turns: seenAtLeast(fact.turns) }),
		...(noise !== undefined && { noise }),
		...(kind === "range" && fact.level !== undefined && { level: { min: rounded(fact.level.low), max: rounded(fact.level.high) } }),
		...(fact.writes > 0 &&
			!Number.isNaN(fact.writtenMin) && {
				written: { min: rounded(fact.writtenMin), max: rounded(fact.writtenMax), seen: seenAtLeast(fact.writes) },
			}),
		...place.known(fact.born, fact.reads),
	};
}

const NO_LIMITS = { min: Number.NaN, max: Number.NaN };

function adoptPoint(place: Adoption, entry: Written): void {
	const { plant, target, protocol } = place;
	const fields: Fields<(typeof KEYS)[number]> = entry.fields(KEYS);
	const text = fields.get("point").text(MAX_POINT_NAME);
	const found = /^([^:]+):(\d{1,9})$/.exec(text);
	const space = found === null ? -1 : protocol.spaces.indexOf(found[1]!);
	const at = found !== null && space >= 0 ? Number(found[2]) : plant.ordinal(target, text, true);
	const page = at < 0 ? undefined : plant.page(target, space, at >>> 8);
	if (page === undefined) throw entry.wrong("there are more points than one box watches.");
	if (page.ids[at & (PAGE - 1)]! >= 0) throw fields.get("point").wrong(`the point ${text} stands here twice.`);
	const name = fields.find("name")?.text(MAX_POINT_NAME);
	if (name !== undefined) plant.label(target, text, name);
	const id = plant.addPoint(page, at & (PAGE - 1));
	if (id < 0) throw entry.wrong("there are more points than one box watches.");
	const how = readKnown(fields);
	const kind = fields.get("kind").oneOf(KINDS);
	const states =
		kind === "states"
			? fields
					.get("states")
					.items(MAX_STATES)
					.map((one) => one.number())
			: undefined;
	if (states !== undefined && (states.length < 1 || new Set(states).size < states.length))
		throw fields.get("states").wrong("states are different values, at least one.");
	states?.sort((one, other) => one - other);
	const hasRange = kind === "constant" || kind === "range" || kind === "counter";
	const { min, max } = states !== undefined ? { min: states[0]!, max: states.at(-1)! } : hasRange ? readLimits(fields) : NO_LIMITS;
	if (kind === "constant" && min !== max) throw fields.get("max").wrong("a constant has one value: min and max are the same.");
	const step = fields.find("step")?.number(0) ?? 0;
	const noise = fields.find("noise")?.fields(["min", "max", "step"]);
	const levelFields = fields.find("level");
	if (kind !== "range" && (noise ?? levelFields) !== undefined)
		throw fields.get(noise === undefined ? "level" : "noise").wrong("only a quantity in a range has noise and a level.");
	const level = levelFields === undefined ? undefined : readLimits(levelFields.fields(["min", "max"]));
	const written = fields.find("written")?.fields(["min", "max", "seen"]);
	const { min: writtenMin, max: writtenMax } = written === undefined ? NO_LIMITS : readLimits(written);
	plant.points.adopt(id, {
		born: place.bornOf(how),
		reads: how.seen,
		min,
		max,
		step,
		states,
		changes: fields.find("changes")?.whole(0, MOST_SEEN) ?? 0,
		turns: fields.find("turns")?.whole(0, MOST_SEEN) ?? 0,
		direction: fields.find("way") === undefined ? 0 : fields.get("way").oneOf(WAYS) === "up" ? 1 : 2,
		writes: written?.get("seen").whole(1, MOST_SEEN) ?? 0,
		writtenMin,
		writtenMax,
		...(noise !== undefined && {
			tails: {
				low: noise.find("min")?.number() ?? Number.NaN,
				high: noise.find("max")?.number() ?? Number.NaN,
				step: noise.find("step")?.number(0) ?? Number.NaN,
			},
		}),
		...(level !== undefined && { level: { low: level.min, high: level.max } }),
	});
}

const wordsOf = ({ point, name }: PointEntry): string => `point ${name === undefined ? point : `${name} (${point})`}`;
const rangeWords = (min: number | undefined, max: number | undefined): string => (min === max ? String(min) : `${min}–${max}`);

function extentWords({ kind, min, max, states }: PointEntry): string {
	if (kind === "unread") return "no value";
	return states === undefined ? rangeWords(min, max) : states.join(", ");
}

function comparePoint(one: PointEntry, other: PointEntry, say: (sentence: string) => void): void {
	const what = wordsOf(other);
	if (one.name !== other.name) say(`point ${one.point} is called ${other.name ?? "nothing"} now; before it was ${one.name ?? "nothing"}.`);
	if (one.kind === other.kind) compareReads(one, other, what, say);
	else
		say(`${what} is ${KIND_WORDS[other.kind]} (${extentWords(other)}) now; before it was ${KIND_WORDS[one.kind]} (${extentWords(one)}).`);
	compareWrites(one, other, what, say);
}

/** Two points of one kind. */
function compareReads(one: PointEntry, other: PointEntry, what: string, say: (sentence: string) => void): void {
	if (one.states !== undefined && other.states !== undefined) {
		const added = other.states.filter((state) => !one.states!.includes(state));
		const removed = one.states.filter((state) => !other.states!.includes(state));
		if (added.length > 0)
			say(`${added.length === 1 ? "state" : "states"} ${added.join(", ")} of ${what} ${added.length === 1 ? "was" : "were"} added.`);
		if (removed.length > 0)
			say(
				`${removed.length === 1 ? "state" : "states"} ${removed.join(", ")} of ${what} ${removed.length === 1 ? "was" : "were"} removed.`,
			);
		return;
	}
	if (one.min !== undefined && one.max !== undefined && other.min !== undefined && other.max !== undefined)
		compareRanges([one.min, one.max], [other.min, other.max], `the range of ${what}`, say);
	const [step, stepNow] = [one.step ?? 0, other.step ?? 0];
	if (step !== stepNow) say(`the largest step of ${what} was ${stepNow > step ? "widened" : "tightened"} from ${step} to ${stepNow}.`);
	compareNoise(one, other, what, say);
	if ((one.way ?? "") !== (other.way ?? ""))
		say(
			`${what} goes ${other.way === undefined ? "both ways" : other.way} now; before it went ${one.way === undefined ? "both ways" : one.way}.`,
		);
}

function compareNoise(
	{ noise: one, level }: PointEntry,
	{ noise: other, level: levelNow }: PointEntry,
	what: string,
	say: (sentence: string) => void,
): void {
	for (const [key, words] of NOISE_WORDS) {
		const [before, now] = [one?.[key], other?.[key]];
		if (before === now) continue;
		say(`what the noise of ${what} may bring, ${words}, is ${now ?? "not known"} now; before it was ${before ?? "not known"}.`);
	}
	if (level !== undefined && levelNow !== undefined)
		compareRanges([level.min, level.max], [levelNow.min, levelNow.max], `the level of ten minutes of ${what}`, say);
	else if ((level ?? levelNow) !== undefined)
		say(
			`the level of ten minutes of ${what} is ${levelNow === undefined ? "not known" : rangeWords(levelNow.min, levelNow.max)} now; before it was ${level === undefined ? "not known" : rangeWords(level.min, level.max)}.`,
		);
}

function compareWrites({ written: one }: PointEntry, { written: other }: PointEntry, what: string, say: (sentence: string) => void): void {
	if (one === undefined && other !== undefined) say(`values written to ${what} were added: ${rangeWords(other.min, other.max)}.`);
	else if (one !== undefined && other === undefined) say(`values written to ${what} were removed.`);
	else if (one !== undefined && other !== undefined)
		compareRanges([one.min, one.max], [other.min, other.max], `the range written to ${what}`, say);
}

type Range = readonly [min: number, max: number];

function compareRanges(one: Range, other: Range, what: string, say: (sentence: string) => void): void {
	if (one[0] === other[0] && one[1] === other[1]) return;
	const isWider = other[0] <= one[0] && other[1] >= one[1];
	const isTighter = other[0] >= one[0] && other[1] <= one[1];
	say(`${what} was ${isWider ? "widened" : isTighter ? "tightened" : "moved"} from ${rangeWords(...one)} to ${rangeWords(...other)}.`);
}

const NOISE_WORDS = [
	["min", "at the lowest"],
	["max", "at the highest"],
	["step", "at a step"],
] as const;

const KIND_WORDS: Readonly<Record<KindWord, string>> = {
	unread: "never read",
	constant: "constant",
	states: "one of few states",
	range: "a quantity in a range",
	counter: "a counter",
};

export const valueDescriber: TraitDescriber = {
	key: "points",

	describe(place) {
		const { target } = place;
		const section: PointEntry[] = [];
		for (const [space, number, page] of target.pages()) {
			for (let at = 0; at < PAGE; at++) {
				const id = page.ids[at]!;
				if (id < 0) continue;
				section.push(describePoint(place, id, pointText(place, space, number * PAGE + at)));
			}
		}
		return section.sort((one, other) => order(pointParts(one.point), pointParts(other.point)));
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_POINTS)) adoptPoint(place, entry);
	},

	compare(before, after, say) {
		compareEntries<PointEntry>(before, after, { keyOf: ({ point }) => point, wordsOf }, say, (old, fresh) => comparePoint(old, fresh, say));
	},
};
