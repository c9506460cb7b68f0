/** The detection contract: what can fire, and what is handed on when it did. */
import type { Thing } from "../baseline/thing.ts";

/** A default limit, in words, and the reason for it. */
export interface Threshold {
	readonly value: string;
	readonly why: string;
}

/** One thing that can fire: declared once, read by the engine, the page and the manual. */
export interface DetectionRecord {
	/** Stable, lower-case words with hyphens: the `type` of the alert and the last part of its topic, e.g. `modbus-restart`. */
	readonly id: string;
	/** Short, for people: "PLC told to restart". */
	readonly title: string;
	/** A fact fires at once and is never learned away; a deviation fires once the trait behind it is mature. */
	readonly nature: "fact" | "deviation" | "health";
	/** Of a fact: a person may say that it is normal of these two, and it fires no more. Without it a fact can be closed or muted, and never learned. */
	readonly isLearnable?: true;
	/** Severity 0 to 100 before context. */
	readonly severity: number;
	/** ATT&CK for ICS v18 technique ids; empty for health, and for what only informs (severity below 30). */
	readonly techniques: readonly string[];
	/** What must be seen for it to fire: which traffic, readable or not, for how long. One sentence. */
	readonly needs?: string;
	/** Where once is not enough. */
	readonly threshold?: Threshold;
	/** Innocent causes, most likely first. */
	readonly causes: readonly string[];
	/** What to do first, in order. */
	readonly advice: readonly string[];
}

/** One line of the sum behind a severity. */
export interface Reason {
	/** Points added (or taken, when negative). */
	readonly points: number;
	/** Plain words, no markup; may hold names from the wire. */
	readonly text: string;
}

/** Points, values and code behind a detection, for the alert's `operation`. Owned. */
export interface DetectionOperation {
	verb: string;
	/** Words of the protocol, e.g. "write single register (function 6)". */
	name: string;
	code: number;
	unit?: number;
	/** Point names, e.g. `holding:107`; at most a few, `pointCount` says how many there were. */
	points: string[];
	pointCount: number;
	values: (number | null)[];
	outcome: string;
	outcomeCode?: number;
}

/** What a protocol's `detect` says. The engine adds who, when, roles and reasons. */
export interface Fact {
	/** One of the protocol's own `detections`. */
	readonly record: DetectionRecord;
	/** What was seen against what is normal, one plain sentence. `{client}` and `{server}` stand for the names of the two ends. */
	readonly sentence: string;
	/** Alerts with the same type, ends and key fold into one; e.g. the unit or address the fact is about. */
	readonly key: string;
	/** Frames that show it, ascending, at most 16. */
	readonly frames: readonly number[];
	/** Added to the record's severity. */
	readonly reasons?: readonly Reason[];
	readonly operation?: DetectionOperation;
	/** True when the server side did it (an answer is at fault): then it is the alert's source. */
	readonly byServer?: boolean;
}
export type ReportFact = (fact: Fact) => void;

/** One side of a detection or alert, as known when it fired. Owned. */
export interface Party {
	ip?: string;
	port?: number;
	mac?: string;
	/** A serial line, or whoever asks on it. */
	line?: string;
	name?: string;
	vendor?: string;
	role?: string;
	zone?: string;
	asset?: string;
}

/** Something fired. Owned by whoever receives it; plain data that can cross a process boundary. */
export interface Detection {
	/** Id of the record. */
	type: string;
	/** Microseconds of capture time. */
	time: number;
	/** Protocol name, or undefined for what has none. */
	protocol?: string;
	source: Party;
	destination?: Party;
	/** With `type` and the parties' addresses, what makes two detections the same. */
	key: string;
	sentence: string;
	/** 0 to 1. */
	confidence: number;
	/** The sum so far; the first entry is the record's own severity. */
	reasons: Reason[];
	frames: number[];
	operation?: DetectionOperation;
	/** What a person would learn from it, exactly; absent where nothing can be learned. */
	things?: Thing[];
	/** How many more of the same happened since the one handed on before: of a fast repetition one a minute is handed on. */
	repeats?: number;
}
