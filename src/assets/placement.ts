/** What an asset is to the plant: its zone, its Purdue level and what hangs on it, each with what says so. Plain data. */
import { CRITICALITIES, LEVELS } from "../config/command.ts";
import { ZONES, type Zone } from "../config/zones.ts";

type Level = (typeof LEVELS)[number];
type Criticality = (typeof CRITICALITIES)[number];

/** One of these, and what says so: a person, the configuration, or a guess from what was seen. */
export interface Placed<Kind extends string> {
	readonly is: Kind;
	readonly by: "person" | "configuration" | "guess";
	readonly evidence: string;
	/** Of a guess, 0 to 1. */
	readonly confidence?: number;
}

export interface Placement {
	zone?: Placed<Zone>;
	level?: Placed<Level>;
	criticality?: Placed<Criticality>;
}

export type PlaceName = keyof Placement;

/** What a person may say of each. */
export const PLACES = { zone: ZONES, level: LEVELS, criticality: CRITICALITIES } as const satisfies Record<PlaceName, readonly string[]>;
