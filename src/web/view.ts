/** What the page shows: the station gives it, the web layer only reads it. */
import type { Alert } from "../alert/alert.ts";
import type { Asset } from "../assets/asset.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { SensorHealth } from "../health/health.ts";

/** A change that the page is told about at once. */
export type ViewEvent = { kind: "alert"; alert: Alert } | { kind: "status" };

export interface StationView {
	readonly site: string;
	readonly sensor: string;
	readonly version: string;
	/** Newest first. */
	alerts(options: { limit: number; before?: string; minSeverity?: number }): Promise<Alert[]>;
	alert(id: string): Promise<Alert | undefined>;
	assets(): Asset[];
	plcs(): PlcStatus[];
	health(): SensorHealth | undefined;
	/** State of each output, e.g. {name: "mqtt", state: "connected", waiting: 0}. */
	outputs(): { name: string; state: string; waiting: number }[];
	/** Calls back on each change until the returned function is called. */
	watch(listener: (event: ViewEvent) => void): () => void;
}
