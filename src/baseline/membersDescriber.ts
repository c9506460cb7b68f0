/** The members traits in the document: who talks to the PLC, with which functions, to which points, and what is refused to whom. */
import type { Written } from "../config/written.ts";
import { VERBS, type Verb } from "../decode/protocol.ts";
import {
	type Adoption,
	order,
	type Place,
	pointParts,
	rangeText,
	readKnown,
	readRange,
	type Section,
	type TraitDescriber,
} from "./description.ts";
import { KNOWN_KEYS, MOST_SEEN, seenAtLeast } from "./known.ts";
import { type Link, MAX_POINT_NAME, type Pair, PLANT_BOUNDS, WRITER } from "./plant.ts";
import { type Reach, TOUCHED } from "./reach.ts";

interface Does {
	verb: Verb;
	function: number;
	words: string;
}
interface Touches {
	verb: Verb;
	/** `holding:0-41`, or the name of one point. */
	points: string;
	/** Seen only once so far. */
	once?: true;
}
interface Refused {
	function: number;
	outcome: number;
	words: string;
	seen: number;
}

/** Most entries of one list: a byte's worth of functions by all verbs, and runs of points. */
const MAX_DOES = PLANT_BOUNDS.uses;
const MAX_TOUCHES = 65_536;
const MAX_CLIENTS = PLANT_BOUNDS.links;

function describePair(place: Place, link: Link, pair: Pair): Record<string, unknown> {
	const { protocol, target } = place;
	const name = place.nameOf(link.client);
	const does = pair.uses
		.filter(({ isNormal }) => isNormal)
		.map((use) => ({ verb: use.verb, function: use.code, words: protocol.operationName(use.code), ...place.known(use.born, use.count) }))
		.sort((one, other) => order([one.verb, one.function], [other.verb, other.function]));
	const touches: Touches[] = [];
	pair.reaches.forEach((reach, verb) => {
		for (const [space, first, count, isAgain] of reach === undefined ? [] : runsOf(reach)) {
			const once = isAgain ? {} : { once: true as const };
			if (space >= 0) touches.push({ verb: VERBS[verb]!, points: rangeText(place, space, first, count), ...once });
			else for (let at = first; at < first + count; at++) touches.push({ verb: VERBS[verb]!, points: target.names[at] ?? "?", ...once });
		}
	});
	touches.sort((one, other) => order([one.verb, ...pointParts(one.points)], [other.verb, ...pointParts(other.points)]));
	const refused: Refused[] = [];
	for (const [key, { count, isNormal }] of pair.refusals) {
		const [code, outcome] = key.split("/").map(Number) as [number, number];
		if (isNormal) refused.push({ function: code, outcome, words: protocol.outcomeName(outcome), seen: seenAtLeast(count) });
	}
	refused.sort((one, other) => order([one.function, one.outcome], [other.function, other.outcome]));
	return {
		client: link.client,
		...(name !== undefined && { name }),
		known: place.known(pair.born, pair.operations),
		writes: link.writer === WRITER.normal,
		// Rounded up: it is a limit.
		...(link.busiest > 0 && { busiestSecond: ceiling(link.busiest) }),
		...(does.length > 0 && { does }),
		...(touches.length > 0 && { touches }),
		...(refused.length > 0 && { refused }),
	};
}

/** Touched points as they are described: when they were touched last is no matter. */
function runsOf(reach: Reach): [space: number, first: number, count: number, isAgain: boolean][] {
	const runs: [number, number, number, boolean][] = [];
	for (const [space, first, count, known] of reach.runs()) {
		const isAgain = (known & TOUCHED.again) !== 0;
		const last = runs.at(-1);
		if (last !== undefined && last[0] === space && last[1] + last[2] === first && last[3] === isAgain) last[2] += count;
		else runs.push([space, first, count, isAgain]);
	}
	return runs;
}

/** The next higher of 1, 2, 5, 10, 20, ... */
function ceiling(count: number): number {
	const below = seenAtLeast(count);
	if (below === count) return count;
	return below * (String(below).startsWith("2") ? 2.5 : 2);
}

function adoptPair(place: Adoption, entry: Written): void {
	const { plant, target } = place;
	const fields = entry.fields(["client", "name", "known", "writes", "busiestSecond", "does", "touches", "refused"]);
	const client = fields.get("client").text(64);
	const name = fields.find("name")?.text(128);
	if (name !== undefined) place.nameDevice(client, name);
	const known = readKnown(fields.get("known").fields(KNOWN_KEYS));
	const born = place.bornOf(known);
	const { server } = target;
	const link = plant.link(server, client, born);
	if (link.pairs.has(target.unit)) throw fields.get("client").wrong(`the client ${client} is described twice.`);
	const pair = plant.pair(link, target, born);
	if (server.links.get(client) !== link || link.pairs.get(target.unit) !== pair)
		throw entry.wrong("there are more clients than one box watches.");
	link.isNormal = true;
	pair.isNormal = true;
	pair.operations = known.seen;
	link.operations += known.seen;
	server.operations += known.seen;
	if (fields.get("writes").flag()) link.writer = WRITER.normal;
	link.busiest = Math.max(link.busiest, fields.find("busiestSecond")?.whole(1, 1e9) ?? 0);
	for (const one of fields.find("does")?.items(MAX_DOES) ?? []) {
		const does = one.fields(["verb", "function", "words", ...KNOWN_KEYS]);
		does.find("words")?.text(256);
		const verb = does.get("verb").oneOf(VERBS);
		const code = does.get("function").whole(0, 2 ** 31);
		if (pair.uses.some((use) => use.verb === verb && use.code === code))
			throw one.wrong(`${verb} with function ${code} stands here twice.`);
		const how = readKnown(does);
		const use = plant.use(pair, verb, code, place.bornOf(how));
		use.isNormal = true;
		use.count = how.seen;
		if (use.isChanging) {
			link.writes += how.seen;
			if (verb === "program") link.programs += how.seen;
		} else link.reads += how.seen;
	}
	for (const one of fields.find("touches")?.items(MAX_TOUCHES) ?? []) {
		const touches = one.fields(["verb", "points", "once"]);
		const reach = plant.reach(pair, touches.get("verb").oneOf(VERBS));
		const points = touches.get("points");
		const { space, first, count } = readRange(place, points);
		if (reach.countNew(space, first, count) < count) throw points.wrong(`${points.text(MAX_POINT_NAME)} overlaps an entry before it.`);
		if (reach.add(space, first, count) < count) throw points.wrong("there are more points than one box watches.");
		if (touches.find("once")?.flag() !== true) reach.add(space, first, count);
		reach.surprises++;
	}
	for (const one of fields.find("refused")?.items(PLANT_BOUNDS.refusals) ?? []) {
		const refused = one.fields(["function", "outcome", "words", "seen"]);
		refused.find("words")?.text(256);
		const refusal = plant.refusal(pair, refused.get("function").whole(0, 2 ** 31), refused.get("outcome").whole(0, 2 ** 32));
		if (refusal.count > 0) throw one.wrong("this refusal stands here twice.");
		refusal.count = refused.get("seen").whole(1, MOST_SEEN);
		refusal.isNormal = true;
		pair.refused += refusal.count;
	}
}

type Client = Record<string, unknown> & { client: string; name?: string; writes: boolean; busiestSecond?: number };
const clientsOf = (section: Section): Map<string, Client> => new Map((section as Client[]).map((one) => [one.client, one]));
const wordsOf = ({ client, name }: Client): string => `client ${name === undefined ? client : `${name} (${client})`}`;

/** Says what only one of two lists has. */
function compareLists<T>(
	before: unknown,
	after: unknown,
	keyOf: (one: T) => string,
	say: (one: T, did: "added" | "removed") => void,
): void {
	const old = new Map(((before ?? []) as T[]).map((one) => [keyOf(one), one]));
	const fresh = new Map(((after ?? []) as T[]).map((one) => [keyOf(one), one]));
	for (const [key, one] of fresh) if (!old.has(key)) say(one, "added");
	for (const [key, one] of old) if (!fresh.has(key)) say(one, "removed");
}

/** Points of one verb as ranges: start and end by space, whether touched once or often. */
function rangesOf(list: unknown): Map<string, [number, number][]> {
	const all = new Map<string, [number, number][]>();
	for (const { verb, points } of (list ?? []) as Touches[]) {
		const found = /^(.+):(\d+)(?:-(\d+))?$/.exec(points);
		const key = found === null ? `${verb} ${points}` : `${verb} ${found[1]}`;
		const ranges = all.get(key) ?? [];
		const [first, last] = found === null ? [0, 0] : [Number(found[2]), Number(found[3] ?? found[2])];
		const end = ranges.at(-1);
		if (end !== undefined && end[1] + 1 === first) end[1] = last;
		else ranges.push([first, last]);
		all.set(key, ranges);
	}
	return all;
}

/** What of `ranges` is not in `others`; both in order, without overlaps. */
function without(ranges: readonly [number, number][], others: readonly [number, number][]): [number, number][] {
	const left: [number, number][] = [];
	for (const [first, last] of ranges) {
		let from = first;
		for (const [low, high] of others) {
			if (high < from || low > last) continue;
			if (low > from) left.push([from, low - 1]);
			from = high + 1;
		}
		if (from <= last) left.push([from, last]);
	}
	return left;
}

function compareTouches(before: unknown, after: unknown, say: (words: string, did: "added" | "removed") => void): void {
	const old = rangesOf(before);
	const fresh = rangesOf(after);
	for (const key of new Set([...old.keys(), ...fresh.keys()])) {
		const cut = key.indexOf(" ");
		const words = ([first, last]: [number, number]) => {
			const isNamed = (old.get(key) ?? fresh.get(key))!.every(([low, high]) => low === 0 && high === 0) && key.includes("=");
			const range = first === last ? String(first) : `${first}-${last}`;
			return `${key.slice(0, cut)} of ${key.slice(cut + 1)}${isNamed ? "" : `:${range}`}`;
		};
		for (const range of without(fresh.get(key) ?? [], old.get(key) ?? [])) say(words(range), "added");
		for (const range of without(old.get(key) ?? [], fresh.get(key) ?? [])) say(words(range), "removed");
	}
}

export const membersDescriber: TraitDescriber = {
	key: "clients",

	describe(place) {
		const { target } = place;
		const section: Section = [];
		for (const link of target.server.links.values()) {
			const pair = link.pairs.get(target.unit);
			if (pair?.isNormal && link.isNormal) section.push(describePair(place, link, pair));
		}
		return section.sort((one, other) => order(pointParts(one.client as string), pointParts(other.client as string)));
	},

	adopt(place, section) {
		for (const entry of section.items(MAX_CLIENTS)) adoptPair(place, entry);
	},

	compare(before, after, say) {
		const old = clientsOf(before);
		const fresh = clientsOf(after);
		for (const [key, client] of fresh) {
			if (!old.has(key)) say(`${wordsOf(client)} was added${client.writes ? ", and it writes" : ""}.`);
		}
		for (const [key, client] of old) {
			const now = fresh.get(key);
			if (now === undefined) {
				say(`${wordsOf(client)} was removed.`);
				continue;
			}
			const who = wordsOf(now);
			if (client.name !== now.name) say(`client ${key} is called ${now.name ?? "nothing"} now; before it was ${client.name ?? "nothing"}.`);
			if (client.writes !== now.writes)
				say(now.writes ? `${who} was added to those that write.` : `${who} was removed from those that write.`);
			const busy = (one: Client) => one.busiestSecond ?? 0;
			if (busy(client) !== busy(now))
				say(
					`the busiest second of ${who} was ${busy(now) > busy(client) ? "widened" : "tightened"} from ${busy(client)} to ${busy(now)} requests.`,
				);
			compareLists<Does>(
				client.does,
				now.does,
				(one) => `${one.verb}/${one.function}`,
				(one, did) => say(`${one.words} (${one.verb}) by ${who} was ${did}.`),
			);
			compareTouches(client.touches, now.touches, (words, did) => say(`${words} by ${who} was ${did}.`));
			compareLists<Refused>(
				client.refused,
				now.refused,
				(one) => `${one.function}/${one.outcome}`,
				(one, did) => say(`that ${one.words} is answered to function ${one.function} of ${who} was ${did}.`),
			);
		}
	},
};
