/**
 * Admitting one member to the baseline because a person said that it is normal, and dismissing one. Nothing beside it becomes normal: where a member opens a place
 * in which others could be learned unseen (a new client, a first function), what else turns up in that place is judged from the first operation on.
 */
import { type Pair, type Plant, type Server, STRICT, type Target, WRITER } from "./plant.ts";
import type { MemberThing, PointsThing } from "./thing.ts";

/** Names of the spaces of a protocol's points, in the order of their numbers. */
export type SpacesOf = (protocol: string) => readonly string[];

/** Makes it normal. True where it was not yet; undefined where it cannot be (a bound, a damaged name). */
export function admit(plant: Plant, thing: MemberThing, spacesOf: SpacesOf): boolean | undefined {
	const server = plant.server(thing.server, thing.protocol);
	if (server === undefined) return undefined;
	const link = plant.link(server, thing.client);
	if (server.links.get(thing.client) !== link) return undefined;
	if (thing.trait === "client") {
		if (link.isNormal) return false;
		link.isNormal = true;
		link.epoch = STRICT;
		plant.touch(link);
		return true;
	}
	if (thing.trait === "writer") {
		if (link.writer === WRITER.normal) return false;
		link.writer = WRITER.normal;
		// Until now each change by this client was said whatever it was: which changes are normal is judged from here on.
		link.epoch = STRICT;
		plant.touch(link);
		for (const pair of link.pairs.values()) {
			pair.epoch = STRICT;
			plant.touch(pair);
		}
		return true;
	}
	const target = plant.target(server, thing.unit);
	if (target === undefined) return undefined;
	const pair = plant.pair(link, target);
	if (link.pairs.get(thing.unit) !== pair) return undefined;
	plant.touch(pair);
	return admitToPair(plant, pair, target, thing, spacesOf);
}

function admitToPair(
	plant: Plant,
	pair: Pair,
	target: Target,
	thing: Exclude<MemberThing, { trait: "client" | "writer" }>,
	spacesOf: SpacesOf,
): boolean | undefined {
	if (thing.trait === "unit") {
		if (pair.isNormal) return false;
		pair.isNormal = true;
		pair.epoch = STRICT;
		return true;
	}
	if (thing.trait === "function") {
		const use = plant.use(pair, thing.verb, thing.code);
		if (!pair.uses.includes(use)) return undefined;
		if (use.isNormal) return false;
		use.isNormal = true;
		use.reach.isStrict = true;
		return true;
	}
	if (thing.trait === "refusal") {
		const refusal = plant.refusal(pair, thing.code, thing.outcomeCode);
		if (refusal.isNormal) return false;
		refusal.isNormal = true;
		return true;
	}
	const place = placeOf(plant, target, thing, spacesOf, true);
	if (place === undefined) return undefined;
	const reach = plant.reach(pair, thing.verb);
	if (reach.countNew(place.space, place.first, thing.count) === 0) return false;
	// Twice: what a person named is no chance sighting, so it says nothing about how much is still to come.
	reach.add(place.space, place.first, thing.count);
	reach.add(place.space, place.first, thing.count);
	return true;
}

/** Takes it out of what is normal; true where it was. From here on it is as if it had never been seen. */
export function dismiss(plant: Plant, thing: MemberThing, spacesOf: SpacesOf): boolean {
	const server: Server | undefined = plant.servers.get(`${thing.protocol}|${thing.server}`);
	const link = server?.links.get(thing.client);
	if (link === undefined) return false;
	if (thing.trait === "client") {
		if (!link.isNormal) return false;
		link.isNormal = false;
		plant.touch(link);
		return true;
	}
	if (thing.trait === "writer") {
		if (link.writer !== WRITER.normal) return false;
		link.writer = WRITER.observed;
		plant.touch(link);
		return true;
	}
	const pair = link.pairs.get(thing.unit);
	if (pair === undefined) return false;
	plant.touch(pair);
	if (thing.trait === "unit") {
		const wasNormal = pair.isNormal;
		pair.isNormal = false;
		return wasNormal;
	}
	if (thing.trait === "function") {
		const use = pair.uses.find((one) => one.verb === thing.verb && one.code === thing.code);
		if (!use?.isNormal) return false;
		use.isNormal = false;
		return true;
	}
	if (thing.trait === "refusal") {
		const refusal = pair.refusals.get(`${thing.code}/${thing.outcomeCode}`);
		if (!refusal?.isNormal) return false;
		refusal.isNormal = false;
		return true;
	}
	const place = placeOf(plant, pair.target, thing, spacesOf, false);
	return place !== undefined && plant.reach(pair, thing.verb).remove(place.space, place.first, thing.count) > 0;
}

/** Space and number of a named point; a point of a numbered space is called `space:number`. */
function placeOf(
	plant: Plant,
	target: Target,
	{ point, protocol }: PointsThing,
	spacesOf: SpacesOf,
	isNew: boolean,
): { space: number; first: number } | undefined {
	const colon = point.indexOf(":");
	const space = colon < 0 ? -1 : spacesOf(protocol).indexOf(point.slice(0, colon));
	const number = point.slice(colon + 1);
	if (space >= 0 && /^\d{1,9}$/.test(number)) return { space, first: Number(number) };
	const ordinal = plant.ordinal(target, point, isNew);
	return ordinal < 0 ? undefined : { space: -1, first: ordinal };
}
