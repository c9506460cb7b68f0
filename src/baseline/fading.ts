/**
 * Forgetting: what was normal and has not been seen for the configured time is normal no more, and said to be so. Members (who talks, writes, uses what, is refused what) are
 * looked at each hour; points that a client touches and the values of points once in each such time, so they fade after one to two of it.
 */
import type { Verb } from "../decode/protocol.ts";
import { type Link, PAGE, type Pair, type Plant, type Target, type Use, WRITER } from "./plant.ts";
import type { FadedValue } from "./points.ts";

/** Watched time between two looks. */
const EVERY_MICROS = 3600e6;

/** Something that is normal no more. Of what holds others (a client its functions) it alone is named. */
export type Faded =
	| { readonly trait: "client"; readonly link: Link }
	| { readonly trait: "writer"; readonly link: Link }
	| { readonly trait: "unit"; readonly pair: Pair }
	| { readonly trait: "function"; readonly pair: Pair; readonly use: Use }
	| { readonly trait: "refusal"; readonly pair: Pair; readonly code: number; readonly outcomeCode: number }
	| {
			readonly trait: "points";
			readonly pair: Pair;
			readonly verb: Verb;
			readonly space: number;
			readonly first: number;
			readonly count: number;
	  }
	| { readonly trait: "value"; readonly target: Target; readonly space: number; readonly at: number; readonly value: FadedValue };

const seenOf = (uses: readonly Use[]): number => uses.reduce((latest, { seen }) => Math.max(latest, seen), Number.NEGATIVE_INFINITY);

/** What fades now: to be called each time that watched time goes on, from `before`. `micros` is how long what is not seen stays normal. */
export function fade(plant: Plant, before: number, micros: number): Faded[] {
	const { watched } = plant;
	const turned = (every: number): boolean => Math.floor(before / every) !== Math.floor(watched / every);
	if (!turned(EVERY_MICROS)) return [];
	const faded: Faded[] = [];
	const since = watched - micros;
	for (const server of plant.servers.values()) for (const link of server.links.values()) fadeLink(plant, link, since, faded);
	if (!turned(micros)) return faded;
	for (const server of plant.servers.values()) {
		for (const link of server.links.values()) for (const pair of link.pairs.values()) fadePoints(plant, pair, faded);
		for (const target of server.targets.values()) fadeValues(plant, target, since, faded);
	}
	return faded;
}

function fadeLink(plant: Plant, link: Link, since: number, faded: Faded[]): void {
	const pairs = [...link.pairs.values()];
	const uses = pairs.flatMap((pair) => pair.uses);
	// What a person admitted and was never seen waits for its first time.
	if (uses.length === 0) return;
	if (link.isNormal && seenOf(uses) < since) {
		faded.push({ trait: "client", link });
		link.isNormal = false;
		if (link.writer === WRITER.normal) link.writer = WRITER.observed;
		for (const pair of pairs) forgetPair(plant, pair);
		plant.touch(link);
		return;
	}
	const changes = uses.filter(({ isChanging }) => isChanging);
	if (link.writer === WRITER.normal && changes.length > 0 && seenOf(changes) < since) {
		faded.push({ trait: "writer", link });
		link.writer = WRITER.observed;
		plant.touch(link);
	}
	for (const pair of pairs) {
		if (pair.isNormal && pair.uses.length > 0 && seenOf(pair.uses) < since) {
			faded.push({ trait: "unit", pair });
			forgetPair(plant, pair);
			continue;
		}
		for (const use of pair.uses) {
			if (!use.isNormal || use.seen >= since) continue;
			faded.push({ trait: "function", pair, use });
			use.isNormal = false;
			plant.touch(pair);
		}
		for (const [key, refusal] of pair.refusals) {
			if (!refusal.isNormal || refusal.seen >= since) continue;
			const [code, outcomeCode] = key.split("/").map(Number) as [number, number];
			faded.push({ trait: "refusal", pair, code, outcomeCode });
			refusal.isNormal = false;
			plant.touch(pair);
		}
	}
}

/** A client, or its work with one unit, as if it had never been. */
function forgetPair(plant: Plant, pair: Pair): void {
	pair.isNormal = false;
	for (const use of pair.uses) use.isNormal = false;
	for (const refusal of pair.refusals.values()) refusal.isNormal = false;
	for (const reach of pair.reaches) reach?.clear();
	plant.touch(pair);
}

function fadePoints(plant: Plant, pair: Pair, faded: Faded[]): void {
	for (const [verb, reach] of plant.reachesOf(pair)) {
		for (const [space, first, count] of reach.fade()) faded.push({ trait: "points", pair, verb, space, first, count });
		plant.touch(pair);
	}
}

function fadeValues(plant: Plant, target: Target, since: number, faded: Faded[]): void {
	for (const [space, number, page] of target.pages()) {
		plant.touch(page);
		for (let at = 0; at < PAGE; at++) {
			const id = page.ids[at]!;
			if (id < 0) continue;
			const values = plant.points.fade(id, since);
			// Of a number in two registers the number is told, not its words.
			if (page.isWide(at)) continue;
			for (const value of values) faded.push({ trait: "value", target, space, at: number * PAGE + at, value });
		}
	}
}
