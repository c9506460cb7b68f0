/** What the page shows: the station gives it, the web layer only reads it. */
import type { Alert } from "../alert/alert.ts";
import type { Mute } from "../alert/mute.ts";
import type { Permit } from "../alert/permit.ts";
import type { AdvisoryMatch } from "../assets/advisories/library.ts";
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { SensorHealth } from "../health/health.ts";
import type { AuditEntry } from "../store/audit.ts";

/** A change that the page is told about at once. */
export type ViewEvent = { kind: "alert"; alert: Alert } | { kind: "status" };

/** Who gives a command, and the way it came. */
export interface Actor {
	user: string;
	via: "page" | "command line" | "mqtt";
	address?: string;
}

/** That a command was carried out: what was done, and the entry of the audit log by which it can be undone. */
export interface CommandAnswer {
	entry: string;
	sentence: string;
}

/** What security advisories say of one device. */
export interface DeviceAdvisories {
	/** Id of the asset. */
	asset: string;
	/** Matches by which it is affected. */
	affected: number;
	/** Matches by which it may be. */
	mayBeAffected: number;
	/** The highest CVSS base score: of those by which it is affected where there are any, else of those by which it may be. */
	score?: number;
	/** The most serious first; bounded, so there may be fewer than the numbers say. */
	matches: AdvisoryMatch[];
}

/** The advisories that the box has, and what they say of its devices. */
export interface AdvisoryNews {
	/** Advisory documents on the box. */
	documents: number;
	/** Devices that said which model they are: of any other an advisory says nothing. */
	described: number;
	/** Some devices are still being compared. */
	isComparing: boolean;
	/** Counts up with every change. */
	revision: number;
	/** One sentence: why not all is as it should be. */
	problem?: string;
	/** Those that at least one advisory concerns. */
	devices: DeviceAdvisories[];
}

export interface StationView {
	readonly site: string;
	readonly sensor: string;
	readonly version: string;
	/** Newest first. */
	alerts(options: { limit: number; before?: string; minSeverity?: number }): Promise<Alert[]>;
	alert(id: string): Promise<Alert | undefined>;
	assets(): Asset[];
	advisories(): AdvisoryNews;
	plcs(): PlcStatus[];
	health(): SensorHealth | undefined;
	/** State of each output, e.g. {name: "mqtt", state: "connected", waiting: 0}. */
	outputs(): { name: string; state: string; waiting: number }[];
	/** Carries out a command (`config/command.ts`). Throws an error with a code that begins with COMMAND_ and one sentence where it cannot be done. */
	command(value: unknown, actor: Actor): Promise<CommandAnswer>;
	permits(): Permit[];
	mutes(): Mute[];
	/** Newest first; `before` is the id of an entry. */
	audit(options: { limit: number; before?: string }): Promise<(AuditEntry & { id: string })[]>;
	/** Calls back on each change until the returned function is called. */
	watch(listener: (event: ViewEvent) => void): () => void;
}
