/**
 * The habits in the document: with which period a client asks for what, in which cycles, and at which hours of the week it changes what. Rhythms and orders are described
 * once they judge. Hours are those of the plant's time zone: a box that takes a document must have the same one. What has no cycle is learned anew.
 */
import type { Fields, Written } from "../config/written.ts";
import { VERBS, type Verb } from "../decode/protocol.ts";
import {
	type Adoption,
	compareEntries,
	order,
	type Place,
	pointParts,
	rangeText,
	readKnown,
	readRange,
	type TraitDescriber,
} from "./description.ts";
import { KNOWN_KEYS, seenAtLeast } from "./known.ts";
import { DAY_NAMES, HOURS_OF_DAY } from "./localTime.ts";
import { PLANT_BOUNDS, type Server } from "./plant.ts";
import type { UsedHour } from "./schedule.ts";
import { MAX_CYCLES, MAX_PHASES, RING } from "./sequence.ts";

const SECOND = 1e6;
/** Most streams of one PLC. */
const MAX_ENTRIES = 65_536;
/** Longest period and pause that are taken, seconds. */
const MOST_SECONDS = 31_536_000;
/** Most odd intervals, or misfits, close together that may be usual. */
const MOST_ODD = 1000;

const DEED_KEYS = ["client", "verb", "function", "words", "points", "more"] as const;
type DeedKey = (typeof DEED_KEYS)[number];
type StepKey = "verb" | "function" | "points" | "more";

/** What a client does to a PLC again and again: a stream of `habits.ts`. Without a function it is all its acts of that verb. */
interface Deed extends Record<string, unknown> {
	client: string;
	verb: Verb;
	function?: number;
	words?: string;
	/** `holding:0-9`, or the name of the first point. */
	points?: string;
	/** How many named points come with the first. */
	more?: number;
}

/** The stream of a key of the cadence or the schedule; undefined where it is none of this unit. */
function deedOf(place: Place, key: string): Deed | undefined {
	const { target, protocol } = place;
	const own = `${target.server.key}|`;
	if (!key.startsWith(own)) return undefined;
	const [client, unit, act, range] = key.slice(own.length).split("|");
	if (client === undefined || unit === undefined) return undefined;
	if (act === undefined) {
		const verb = unit as Verb;
		return VERBS.includes(verb) && target === firstOf(target.server) ? { client, verb } : undefined;
	}
	const [verb, code] = act.split("/") as [Verb, string];
	if (Number(unit) !== target.unit || range === undefined || !VERBS.includes(verb)) return undefined;
	const deed: Deed = { client, verb, function: Number(code), words: protocol.operationName(Number(code)) };
	const [space, first, count] = range.split(/(?<!^)[:+]/).map(Number) as [number, number, number];
	if (space >= 0) deed.points = rangeText(place, space, first, count);
	else if (space === -1) {
		const name = target.names[first];
		if (name === undefined) return undefined;
		deed.points = name;
		if (count > 1) deed.more = count - 1;
	}
	return deed;
}

/** Of what concerns a whole server, one of its documents tells. */
const firstOf = ({ targets }: Server) => targets.get(Math.min(...targets.keys()));

/** The key of a stream that `deedOf` gave. */
function keyOf(place: Adoption, fields: Fields<DeedKey>): string {
	const own = `${place.target.server.key}|${fields.get("client").text(64)}`;
	if (fields.find("function") === undefined) return `${own}|${fields.get("verb").oneOf(VERBS)}`;
	fields.find("words")?.text(256);
	return `${own}|${symbolOf(place, fields)}`;
}

/** Its part behind the client: the name of an operation within its channel. */
function symbolOf(place: Adoption, fields: Fields<StepKey>): string {
	const verb = fields.get("verb").oneOf(VERBS);
	const code = fields.get("function").whole(0, 2 ** 31);
	const more = fields.find("more")?.whole(1, 65_535) ?? 0;
	const points = fields.find("points");
	const act = `${place.target.unit}|${verb}/${code}`;
	if (points === undefined) return `${act}|-2:0+0`;
	const { space, first, count } = readRange(place, points);
	return `${act}|${space}:${first}+${space < 0 ? more + 1 : count}`;
}

const inOrder = (one: Deed, other: Deed): number => order(partsOf(one), partsOf(other));
const partsOf = ({ client, verb, function: code, points, more }: Deed) => [
	...pointParts(client),
	"",
	verb,
	code ?? -1,
	...pointParts(points ?? ""),
	more ?? 0,
];

const wordsOf = ({ client, verb, function: code, points, more }: Deed): string =>
	`${verb}${points === undefined ? (code === undefined ? "" : ` by function ${code}`) : ` of ${points}`}${more === undefined ? "" : ` and ${more} more`} by client ${client}`;

const idOf = ({ client, verb, function: code, points, more }: Deed): string => JSON.stringify([client, verb, code, points, more]);

/** Seconds, to so many digits. */
const seconds = (micros: number, digits: number): number => Number((micros / SECOND).toPrecision(digits));

interface Rhythm extends Deed {
	every: number;
}

export const rhythmDescriber: TraitDescriber = {
	key: "rhythm",

	describe(place) {
		const { cadence } = place.habits;
		const section: Deed[] = [];
		for (const [key, id] of cadence.all()) {
			const known = cadence.known(id);
			const deed = known === undefined ? undefined : deedOf(place, key);
			if (known === undefined || deed === undefined) continue;
			section.push({
				...deed,
				every: seconds(known.period, 3),
				jitter: seconds(known.jitter, 2),
				...(known.pause > 0 && { pause: seconds(known.pause, 2) }),
				...(known.odd > 0 && { odd: known.odd }),
				...(known.comesAndGoes && { comesAndGoes: true }),
				...place.known(known.born, known.agreed),
			});
		}
		return section.sort(inOrder);
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_ENTRIES)) {
			const fields = entry.fields([...DEED_KEYS, "every", "jitter", "pause", "odd", "comesAndGoes", ...KNOWN_KEYS]);
			const how = readKnown(fields);
			const key = keyOf(place, fields);
			if (fields.find("function") === undefined) throw entry.wrong("a rhythm is that of a function: its code is missing.");
			const { cadence } = place.habits;
			if (cadence.find(key) >= 0) throw entry.wrong("this rhythm stands here twice.");
			const isTaken = cadence.adopt(key, {
				born: place.bornOf(how),
				period: SECOND * fields.get("every").number(0.0001, MOST_SECONDS),
				jitter: SECOND * fields.get("jitter").number(0, MOST_SECONDS),
				pause: SECOND * (fields.find("pause")?.number(0, MOST_SECONDS) ?? 0),
				odd: fields.find("odd")?.whole(0, MOST_ODD) ?? 0,
				comesAndGoes: fields.find("comesAndGoes")?.flag() ?? false,
				agreed: how.seen,
			});
			if (!isTaken) throw entry.wrong("there are more rhythms than one box watches.");
		}
	},

	compare(before, after, say) {
		const words = (one: Rhythm) => `the rhythm of ${wordsOf(one)}`;
		compareEntries<Rhythm>(before, after, { keyOf: idOf, wordsOf: words }, say, (old, fresh) => {
			if (old.every !== fresh.every) say(`${words(old)} was every ${old.every} s and is every ${fresh.every} s.`);
		});
	},
};

/** One request of a cycle; `unit` where it is that of another document of the same server. */
interface Step {
	unit?: number;
	verb: Verb;
	function: number;
	points?: string;
	more?: number;
}
type Phase = { cycles: Step[][] };
interface Order extends Record<string, unknown> {
	client: string;
	phases: Phase[];
}

function stepOf(place: Place, client: string, symbol: string): Step | undefined {
	const { server, unit: own } = place.target;
	const unit = Number(symbol.slice(0, symbol.indexOf("|")));
	const target = server.targets.get(unit);
	const deed = target === undefined ? undefined : deedOf({ ...place, target }, `${server.key}|${client}|${symbol}`);
	if (deed?.function === undefined) return undefined;
	const { verb, function: code, points, more } = deed;
	return {
		...(unit !== own && { unit }),
		verb,
		function: code,
		...(points !== undefined && { points }),
		...(more !== undefined && { more }),
	};
}

function stepSymbol(place: Adoption, entry: Written): string {
	const fields = entry.fields(["unit", "verb", "function", "points", "more"]);
	const unit = fields.find("unit")?.whole(-1, 65_535);
	const target = unit === undefined ? place.target : place.plant.target(place.target.server, unit);
	if (target === undefined) throw entry.wrong("there are more units than one box watches.");
	return symbolOf({ ...place, target }, fields);
}

export const orderDescriber: TraitDescriber = {
	key: "order",

	describe(place) {
		const { server } = place.target;
		if (place.target !== firstOf(server)) return undefined;
		const { sequence } = place.habits;
		const section: Order[] = [];
		for (const [key, id] of sequence.all()) {
			if (!key.startsWith(`${server.key}|`)) continue;
			const client = key.slice(server.key.length + 1);
			const known = sequence.known(id);
			if (known === undefined) continue;
			const phases = known.phases.map((cycles) => ({
				cycles: cycles.map((cycle) => cycle.map((symbol) => stepOf(place, client, symbol))),
			}));
			if (phases.some(({ cycles }) => cycles.some((cycle) => cycle.includes(undefined)))) continue;
			section.push({
				client,
				...(known.misfits > 0 && { misfits: known.misfits }),
				...place.known(known.born, known.messages),
				phases: phases as Phase[],
			});
		}
		return section.sort((one, other) => order(pointParts(one.client as string), pointParts(other.client as string)));
	},

	adopt(place, section) {
		const { sequence } = place.habits;
		for (const entry of section.items(PLANT_BOUNDS.links)) {
			const fields = entry.fields(["client", "misfits", "phases", ...KNOWN_KEYS]);
			const how = readKnown(fields);
			const key = `${place.target.server.key}|${fields.get("client").text(64)}`;
			if (sequence.find(key) >= 0) throw entry.wrong("the order of this client stands here twice.");
			const phases = fields
				.get("phases")
				.items(MAX_PHASES)
				.map((phase) =>
					phase
						.fields(["cycles"])
						.get("cycles")
						.items(MAX_CYCLES)
						.map((cycle) => cycle.items(RING).map((step) => stepSymbol(place, step))),
				);
			if (phases.length === 0 || phases.some((cycles) => cycles.length === 0 || cycles.some((cycle) => cycle.length === 0)))
				throw entry.wrong("an order has phases, a phase has cycles, and a cycle has requests: at least one of each.");
			if (
				!sequence.adopt(key, {
					born: place.bornOf(how),
					messages: how.seen,
					misfits: fields.find("misfits")?.whole(0, MOST_ODD) ?? 0,
					phases,
				})
			)
				throw entry.wrong("there are more orders, or more requests in one, than one box watches.");
		}
	},

	compare(before, after, say) {
		const words = ({ client }: Order) => `the order in which client ${client} asks`;
		const size = ({ phases }: Order) =>
			`${phases.flatMap(({ cycles }) => cycles.flat()).length} requests in ${phases.length} phase${phases.length === 1 ? "" : "s"}`;
		compareEntries<Order>(before, after, { keyOf: ({ client }) => client, wordsOf: words }, say, (old, fresh) => {
			if (JSON.stringify(old.phases) !== JSON.stringify(fresh.phases))
				say(`${words(old)} is another one: before it was ${size(old)}, and it is ${size(fresh)}.`);
		});
	},
};

/** By day, by hour: in how many weeks. */
type Hours = Record<string, Record<string, number>>;
interface Times extends Deed {
	hours: Hours;
}

function hoursOf(used: readonly UsedHour[]): Hours {
	const hours: Hours = {};
	for (const { slot, weeks } of used) (hours[DAY_NAMES[Math.floor(slot / 24)]!] ??= {})[HOURS_OF_DAY[slot % 24]!] = seenAtLeast(weeks);
	return hours;
}

function usedOf(entry: Written): UsedHour[] {
	const used: UsedHour[] = [];
	const days = entry.fields(DAY_NAMES);
	DAY_NAMES.forEach((name, day) => {
		const hours = days.find(name)?.fields(HOURS_OF_DAY);
		HOURS_OF_DAY.forEach((hour, at) => {
			const weeks = hours?.find(hour)?.whole(1, 255);
			if (weeks !== undefined) used.push({ slot: 24 * day + at, weeks });
		});
	});
	return used;
}

const hourList = (hours: Hours): string[] => Object.entries(hours).flatMap(([day, of]) => Object.keys(of).map((hour) => `${day} ${hour}`));

export const hoursDescriber: TraitDescriber = {
	key: "hours",

	describe(place) {
		const { schedule } = place.habits;
		const section: Deed[] = [];
		for (const [key, id] of schedule.all()) {
			const known = schedule.known(id);
			const deed = known === undefined ? undefined : deedOf(place, key);
			if (known === undefined || deed === undefined) continue;
			section.push({ ...deed, hours: hoursOf(known.hours), ...place.known(known.born, known.acts) });
		}
		return section.sort(inOrder);
	},

	adopt(place, section) {
		for (const entry of section.items(PLANT_BOUNDS.pairs)) {
			const fields = entry.fields([...DEED_KEYS, "hours", ...KNOWN_KEYS]);
			const how = readKnown(fields);
			const key = keyOf(place, fields);
			const { schedule } = place.habits;
			if (schedule.find(key) >= 0) throw entry.wrong("these hours stand here twice.");
			const hours = usedOf(fields.get("hours"));
			if (!schedule.adopt(key, { born: place.bornOf(how), hours, acts: how.seen }))
				throw entry.wrong("there are more acts than one box watches.");
		}
	},

	compare(before, after, say) {
		const words = (one: Times) => `the hours of ${wordsOf(one)}`;
		const list = (hours: string[]) =>
			hours.length > 6 ? `${hours.slice(0, 6).join(", ")} and ${hours.length - 6} more` : hours.join(", ");
		compareEntries<Times>(before, after, { keyOf: idOf, wordsOf: words, did: "were" }, say, (old, fresh) => {
			const had = new Set(hourList(old.hours));
			const has = new Set(hourList(fresh.hours));
			const came = [...has].filter((hour) => !had.has(hour));
			const went = [...had].filter((hour) => !has.has(hour));
			const changes = [
				...(came.length > 0 ? [`are now also ${list(came)}`] : []),
				...(went.length > 0 ? [`are no more ${list(went)}`] : []),
			];
			if (changes.length > 0) say(`${words(old)} ${changes.join(", and ")}.`);
		});
	},
};
