/**
 * What engine and station say to each other over their one local channel. Plain data, so that the channel may be an IPC pipe or a socket.
 * The engine parses hostile bytes: the station takes from it only these.
 */
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { Thing } from "../baseline/thing.ts";
import type { SerialSettings } from "../capture/serialSettings.ts";
import type { ZoneSettings } from "../config/zones.ts";
import type { Detection } from "../detect/detection.ts";
import type { SensorHealth } from "../health/health.ts";
import type { IndicatorColumns } from "../intel/indicator.ts";

/** Where the engine's frames come from. */
export type Source =
	| { kind: "live"; interfaces: string[]; serial: SerialSettings[]; filter?: string; snapLength: number; bufferMegabytes: number }
	/** Captures played as if they happened now, at `speed` times their own pace, with long waits cut; then the end. */
	| { kind: "files"; learn: string[]; watch: string[]; speed: number };

/** What the engine is told as its first argument, in JSON. */
export interface EngineSettings {
	/** Hours that each trait watches at least before it judges by itself. */
	learningHours: number;
	/** Watched days after which what was not seen again is forgotten. */
	forgetDays: number;
	/** IANA name of the plant's time zone. */
	timeZone: string;
	/** What the configuration says of zones, checked. */
	zones: ZoneSettings;
	/** Key of the engine's hash tables. */
	seed: number;
}

/** Learned records, as the analyst saves and restores them; a value of null deletes. */
export type BaselineEntry = [key: string, value: unknown];

/** A person's word, told under the id of its entry in the audit log. */
export interface Teaching {
	id: string;
	/** Normal from now on, and no longer. */
	admit: Thing[];
	dismiss: Thing[];
}

/** What a teaching really changed, and what could not be done. */
export interface Taught {
	admitted: Thing[];
	dismissed: Thing[];
	refused: Thing[];
}

/** Station to engine. */
export type Order =
	/** Sent any number of times before `start`. */
	| { kind: "restore"; entries: BaselineEntry[] }
	/** Lists of indicators, in pieces, before `start` or at any time after it: with the last they take the place of those before. */
	| { kind: "indicators"; columns: IndicatorColumns; isFirst: boolean; isLast: boolean }
	| { kind: "start"; source: Source }
	/** Before `start` or at any time after it; telling the same again changes nothing. */
	| ({ kind: "teach" } & Teaching)
	/** All addresses of clients and PLCs that are part of an open incident. */
	| { kind: "hold"; addresses: string[] }
	| { kind: "stop" };

/** Engine to station. */
export type Report =
	| { kind: "ready" }
	| { kind: "detections"; detections: Detection[]; file?: string }
	/** What was learned since the last one; `time` is capture time in microseconds. */
	| { kind: "baseline"; entries: BaselineEntry[]; time: number }
	/** A teaching was done; the baseline that shows it was reported before. */
	| ({ kind: "taught"; id: string } & Taught)
	/** Once a second: assets that changed (with `isWhole`, all that there are), all PLCs, health. */
	| { kind: "status"; assets: Asset[]; isWhole: boolean; plcs: PlcStatus[]; health: SensorHealth }
	/** An interface stopped or went on delivering frames. */
	| { kind: "interface"; name: string; isBlind: boolean; time: number; sentence: string }
	| { kind: "phase"; phase: "learning" | "watching" | "ended"; file?: string }
	| { kind: "warning"; sentence: string }
	/** The engine cannot go on; it ends after this. */
	| { kind: "failed"; code: string; sentence: string };
