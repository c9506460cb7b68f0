/** A row of the catalogue: one detection, what fires it, and a benign twin as near as possible that does not. */
import { parse } from "node:path";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { type Permit, Permits } from "../../src/alert/permit.ts";
import { records } from "../../src/app/records.ts";
import type { Detection, Party, Reason } from "../../src/detect/detection.ts";

/** What an alert and a detection have in common. */
export interface Said {
	readonly type: string;
	readonly protocol?: string;
	readonly source: Party;
	readonly destination?: Party;
	readonly operation?: { readonly points: readonly string[]; readonly values: readonly (number | null)[] };
	readonly reasons: readonly Reason[];
	/** It happened inside a maintenance window: no message leaves. */
	readonly permit?: unknown;
}

/** Which of the alerts of its kind, where what is played shows several that are right. All that is given must fit. */
export interface Which {
	/** Addresses, or the name of a serial line. */
	readonly source?: string;
	readonly destination?: string;
	readonly points?: readonly string[];
}

/** A recording in `captures/`, by its name, judged after the normal day of its network or line; or what a played scene says after it learned: of the engine, or of the monitor about itself. */
export type Scene = string | (() => readonly Said[] | Promise<readonly Said[]>);

export interface CatalogueEntry {
	/** Id of the detection's record. */
	readonly id: string;
	/** Rows of the published lists that it answers (`rows.ts`), fully or in part. */
	readonly answers: readonly string[];
	readonly fires: Scene;
	readonly twin: Scene;
	/** Why the twin is near, in a few words: "the same write by the operator station". */
	readonly twinIs: string;
	readonly which?: Which;
	/** Further twins, of those that do the most harm when they are wrong. */
	readonly twins?: readonly { readonly scene: Scene; readonly is: string }[];
}

const isParty = (party: Party | undefined, name: string | undefined): boolean =>
	name === undefined || party?.ip === name || party?.line === name || party?.mac === name;

/** An alert says it itself, or names it as a reason: what one host does within a moment is one happening, and one alert. */
export function says(said: Said, id: string, which: Which = {}): boolean {
	if (!isParty(said.source, which.source) || !isParty(said.destination, which.destination)) return false;
	if (said.type === id) return which.points === undefined || which.points.every((point) => said.operation?.points.includes(point));
	if (which.points !== undefined) return false;
	const { title } = records.get(id)!;
	const isNewClient = id === "new-talker";
	return said.reasons.some(
		({ text }) =>
			text.startsWith(`${title} at the same time`) || (isNewClient && text.includes("is none of the usual clients of this PLC")),
	);
}

/** The recording of a scene, without the end of its file's name. */
export const recordingOf = (scene: Scene): string | undefined => (typeof scene === "string" ? parse(scene).name : undefined);

/** The alerts that detections become, with the maintenance windows that a person gave. */
export function alertsOf(detections: readonly Detection[], given: readonly Permit[] = []): Alert[] {
	const permits = new Permits();
	for (const permit of given) permits.set(permit);
	const book = new AlertBook({ site: "catalogue", sensor: "scene", records, permits });
	const alerts = new Map<string, Alert>();
	for (const detection of detections) {
		const change = book.detect(structuredClone(detection));
		if (change !== undefined) alerts.set(change.alert.id, change.alert);
	}
	for (const { alert } of book.flush(true)) alerts.set(alert.id, alert);
	return [...alerts.values()];
}
