/** The alert: the one document that leaves the box, goes to the page, to MQTT and to the SOC. Version 1 of its schema. */
import type { DetectionOperation, Party, Reason } from "../detect/detection.ts";
import type { Example } from "./flood.ts";
import type { Lowering } from "./habituation.ts";
import type { MuteMark } from "./mute.ts";
import type { PermitMark } from "./permit.ts";

export const ALERT_SCHEMA = "spanwatch.alert/1";

/** Names of the severity bands and their lower bounds (0 to 100). */
export const SEVERITY_BANDS = [
	["critical", 90],
	["high", 70],
	["medium", 50],
	["low", 30],
	["informational", 0],
] as const;
export type SeverityName = (typeof SEVERITY_BANDS)[number][0];

export const severityName = (severity: number): SeverityName => SEVERITY_BANDS.find(([, from]) => severity >= from)![0];

/** That a person closed it. */
export interface Closing {
	/** Of the audit entry. */
	id: string;
	/** Seconds since the epoch. */
	time: number;
	by: string;
	why: string;
	/** What it is about is normal from now on. */
	isLearned: boolean;
}

export interface Alert {
	schema: typeof ALERT_SCHEMA;
	/** Globally unique and the same for the same happening: made from sensor, type, parties, key and first time. */
	id: string;
	/** Counts up with each change of the document, from 1. */
	revision: number;
	/** Id of the detection record. */
	type: string;
	/** Name of the rule of the plant's people that raised it; absent where none did. */
	rule?: string;
	nature: "fact" | "deviation" | "health";
	title: string;
	sentence: string;
	/** 0 to 100, and its band. */
	severity: number;
	severityName: SeverityName;
	/** What added or took how much; the sum, cut to 0..100, is `severity`. */
	reasons: Reason[];
	/** ATT&CK for ICS v18 ids. */
	techniques: string[];
	/** 0 to 1. */
	confidence: number;
	/** Seconds since the epoch, six decimals: first and last time it was seen. */
	ts: number;
	last: number;
	/** How often it was seen. */
	count: number;
	status: "open" | "closed";
	site: string;
	sensor: string;
	protocol?: string;
	source: Party;
	destination?: Party;
	operation?: DetectionOperation;
	evidence: {
		/** Frame numbers from 1, counted per file, of the first and the latest sightings; at most 16. */
		frames: number[];
		/** Capture file of a replay, base name only. */
		file?: string;
		/** A capture filter that fetches the traffic from a full capture. */
		filter?: string;
	};
	causes: string[];
	advice: string[];
	/** What "learn" makes normal, a line each; absent where nothing can be learned. */
	learns?: string[];
	/** A deviation that came back again and again without consequence weighs less: what it weighed before. */
	lowered?: Lowering;
	/** Of an alert that counts many together: the first of them, at most 8, and the addresses they are about besides its own ends, at most 256. */
	examples?: Example[];
	addresses?: string[];
	/** The alert that counts this one from here on. */
	partOf?: string;
	/** No message leaves while this lasts. */
	muted?: MuteMark;
	/** It happened inside this maintenance window: it is informational, and no message leaves. */
	permit?: PermitMark;
	closed?: Closing;
}
