/**
 * What a person can teach: exactly one member of one trait. An alert that can be learned names the things that it is about; learning admits them, and unlearning
 * dismisses them, one by one and nothing beside them. Names only, no numbers of this run: a thing means the same after a restart.
 */
import type { Verb } from "../decode/protocol.ts";

/** A server (a PLC by its address and protocol), and where it matters one client of it and one unit behind it. */
interface AtServer {
	readonly protocol: string;
	readonly server: string;
}
interface AtLink extends AtServer {
	readonly client: string;
}
interface AtPair extends AtLink {
	readonly unit: number;
}

/** This client talks to this PLC. */
export interface ClientThing extends AtLink {
	readonly trait: "client";
}
/** This client changes something at this PLC. */
export interface WriterThing extends AtLink {
	readonly trait: "writer";
}
/** This client uses this unit. */
export interface UnitThing extends AtPair {
	readonly trait: "unit";
}
/** This client uses this function with this unit. */
export interface FunctionThing extends AtPair {
	readonly trait: "function";
	readonly verb: Verb;
	readonly code: number;
}
/** This client touches these points of this unit in this way: `count` of them from `point` on. */
export interface PointsThing extends AtPair {
	readonly trait: "points";
	readonly verb: Verb;
	/** Stable name, e.g. `holding:107`. */
	readonly point: string;
	readonly count: number;
}
/** This unit refuses this function to this client for this reason. */
export interface RefusalThing extends AtPair {
	readonly trait: "refusal";
	readonly code: number;
	readonly outcomeCode: number;
}
/** This point has a value of this range; written by this client where one is named, else reported by the PLC. */
export interface ValueThing extends AtServer {
	readonly trait: "value";
	readonly unit: number;
	readonly point: string;
	readonly from: number;
	readonly to: number;
	readonly client?: string;
}
/** This service of this address is used, e.g. `tcp/80`. */
export interface ServiceThing {
	readonly trait: "service";
	readonly server: string;
	readonly service: string;
}
/** This fact about these two is normal; only where the record of the fact lets a person say so. */
export interface FactThing {
	readonly trait: "fact";
	readonly type: string;
	readonly source: string;
	readonly destination: string;
	readonly key: string;
}
/** Where a device belongs: its zone, its Purdue level, what hangs on it (`assets/placement.ts`). Of each a device has one. */
export interface PlaceThing {
	readonly trait: "place";
	/** Its id, or one of its addresses. */
	readonly address: string;
	readonly place: "zone" | "level" | "criticality";
	readonly is: string;
}
/** The members of `plant.ts`. */
export type MemberThing = ClientThing | WriterThing | UnitThing | FunctionThing | PointsThing | RefusalThing;
export type Thing = MemberThing | ValueThing | ServiceThing | FactThing | PlaceThing;

/** Things of one alert at most: an operation on more ranges than that is learned in several steps. */
export const MAX_THINGS = 32;

const unitWords = (unit: number): string => (unit < 0 ? "" : ` unit ${unit}`);

/** One thing as part of a sentence for people. */
export function thingWords(thing: Thing): string {
	switch (thing.trait) {
		case "client":
			return `${thing.client} talks to ${thing.server} (${thing.protocol})`;
		case "writer":
			return `${thing.client} changes something at ${thing.server} (${thing.protocol})`;
		case "unit":
			return `${thing.client} uses${unitWords(thing.unit) || " the only unit"} of ${thing.server}`;
		case "function":
			return `${thing.client} uses function ${thing.code} (${thing.verb}) with ${thing.server}${unitWords(thing.unit)}`;
		case "points": {
			const more = thing.count > 1 ? ` and the ${thing.count - 1} after it` : "";
			return `${thing.client} touches ${thing.point}${more} of ${thing.server}${unitWords(thing.unit)} (${thing.verb})`;
		}
		case "refusal":
			return `${thing.server}${unitWords(thing.unit)} refuses function ${thing.code} to ${thing.client} with code ${thing.outcomeCode}`;
		case "value": {
			const range = thing.from === thing.to ? `${thing.from}` : `${thing.from} to ${thing.to}`;
			const who = thing.client === undefined ? "" : ` when ${thing.client} writes it`;
			return `${thing.point} of ${thing.server}${unitWords(thing.unit)} is ${range}${who}`;
		}
		case "service":
			return `the service ${thing.service} of ${thing.server} is used`;
		case "place":
			return `the ${thing.place === "level" ? "Purdue level" : thing.place} of ${thing.address} is ${thing.is}`;
		default:
			return `${thing.source}${thing.destination === "" ? "" : ` to ${thing.destination}`}: ${thing.type}${thing.key === "" ? "" : ` (${thing.key})`}`;
	}
}
