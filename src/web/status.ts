/** The first view of the page in one document: is the plant safe, what changed, what must I do. */
import type { Alert, SeverityName } from "../alert/alert.ts";
import type { PlcStatus } from "../baseline/status.ts";
import type { SensorHealth } from "../health/health.ts";
import type { StationView } from "./view.ts";

/** Open alerts that are counted; beyond it the page says "at least". */
const MAX_COUNTED = 200;
/** Lower bound of "low": what is under it is informational and needs nobody. */
const MIN_ATTENTION = 30;
/** About half a megabyte of JSON at most, every five seconds. */
const MAX_PLCS = 500;

export interface StationStatus {
	site: string;
	sensor: string;
	version: string;
	/** Seconds since the epoch by the box's clock. */
	time: number;
	plcs: PlcStatus[];
	health: SensorHealth | null;
	outputs: { name: string; state: string; waiting: number }[];
	/** `plcs` is the true number where the list was cut. */
	counts: { plcs: number; assets: number };
	/** Advisory documents on the box; `revision` is another one when what they say of the devices is. */
	advisories: { documents: number; revision: number };
	/** Open alerts of severity 30 and up that nobody muted. */
	attention: {
		count: number;
		/** There may be more than were counted. */
		atLeast: boolean;
		bands: Partial<Record<SeverityName, number>>;
		/** Open alerts by the address of either party. */
		byAddress: Record<string, number>;
		/** The most severe, the latest of them. */
		top: (Pick<Alert, "id" | "title" | "sentence" | "severity" | "severityName" | "last"> & { advice: string | null }) | null;
	};
}

export async function stationStatus(view: StationView, now: number): Promise<StationStatus> {
	const alerts = await view.alerts({ limit: MAX_COUNTED, minSeverity: MIN_ATTENTION });
	const bands: Partial<Record<SeverityName, number>> = {};
	const byAddress = new Map<string, number>();
	let count = 0;
	let top: Alert | undefined;
	for (const alert of alerts) {
		if (alert.status !== "open" || (alert.muted !== undefined && alert.muted.until > now / 1000)) continue;
		count++;
		bands[alert.severityName] = (bands[alert.severityName] ?? 0) + 1;
		for (const address of new Set([alert.source.ip ?? alert.source.line, alert.destination?.ip ?? alert.destination?.line]))
			if (address !== undefined) byAddress.set(address, (byAddress.get(address) ?? 0) + 1);
		if (top === undefined || alert.severity > top.severity || (alert.severity === top.severity && alert.last > top.last)) top = alert;
	}
	const plcs = view.plcs();
	const { documents, revision } = view.advisories();
	return {
		site: view.site,
		sensor: view.sensor,
		version: view.version,
		time: now / 1000,
		plcs: plcs.slice(0, MAX_PLCS),
		health: view.health() ?? null,
		outputs: view.outputs(),
		counts: { plcs: plcs.length, assets: view.assets().length },
		advisories: { documents, revision },
		attention: {
			count,
			atLeast: alerts.length >= MAX_COUNTED,
			bands,
			byAddress: Object.fromEntries(byAddress),
			top: top === undefined ? null : summary(top),
		},
	};
}

const summary = (alert: Alert): NonNullable<StationStatus["attention"]["top"]> => ({
	id: alert.id,
	title: alert.title,
	sentence: alert.sentence,
	severity: alert.severity,
	severityName: alert.severityName,
	last: alert.last,
	advice: alert.advice[0] ?? null,
});
