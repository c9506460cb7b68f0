/** What a detection weighs where it happened: who came from outside of OT, and what hangs on the device. Each is a line of the sum. */
import type { Placed, Placement } from "../assets/placement.ts";
import { CROSSING_DETECTIONS } from "./crossingRecords.ts";
import type { Detection, Party, Reason } from "./detection.ts";

/** Reasons of one detection that an alert keeps. */
const MAX_REASONS = 16;
const OUTSIDE: Readonly<Record<string, readonly [points: number, words: string]>> = {
	internet: [15, "it comes from the Internet"],
	remote: [10, "it comes from remote access"],
	IT: [10, "it comes from IT"],
};
const CRITICAL: Readonly<Record<string, readonly [points: number, words: string]>> = {
	safety: [15, "is a safety controller: people depend on it"],
	critical: [10, "is one on which the plant depends"],
	meter: [-10, "only measures"],
};

/** They say themselves from where it comes. */
const CROSSING: ReadonlySet<string> = new Set(CROSSING_DETECTIONS.map(({ id }) => id));

/** Adds what the surroundings add. `criticalityOf` tells of a party what hangs on it, `nameOf` what people call it. */
export function weigh(
	detection: Detection,
	criticalityOf: (party: Party) => Placement["criticality"],
	nameOf: (party: Party) => string,
): Detection {
	const added: Reason[] = [];
	const { source, destination, reasons } = detection;
	const outside = source.zone === undefined || CROSSING.has(detection.type) ? undefined : OUTSIDE[source.zone];
	if (outside !== undefined) added.push({ points: outside[0], text: `${outside[1]}${source.isZoneGuessed ? " (guessed)" : ""}` });
	const heaviest = heaviestOf([source, ...(destination === undefined ? [] : [destination])], criticalityOf);
	if (heaviest !== undefined) {
		const { party, placed } = heaviest;
		const [points, words] = CRITICAL[placed.is]!;
		added.push({ points, text: `${nameOf(party)} ${words} (${placed.by === "guess" ? `guessed: ${placed.evidence}` : placed.evidence})` });
	}
	if (added.length === 0) return detection;
	const kept = reasons.slice(0, MAX_REASONS - added.length);
	return { ...detection, reasons: [...kept, ...added] };
}

/** Of both ends the one on which most hangs; that one of them only measures counts where nothing hangs on the other. */
function heaviestOf(
	parties: readonly Party[],
	criticalityOf: (party: Party) => Placement["criticality"],
): { party: Party; placed: Placed<string> } | undefined {
	let heaviest: { party: Party; placed: Placed<string> } | undefined;
	for (const party of parties) {
		const placed = criticalityOf(party);
		if (placed === undefined || CRITICAL[placed.is] === undefined) continue;
		if (heaviest === undefined || CRITICAL[placed.is]![0] > CRITICAL[heaviest.placed.is]![0]) heaviest = { party, placed };
	}
	return heaviest;
}
