/** All rows: every file of this folder that exports a list of them is an area of the catalogue. */
import { readdirSync } from "node:fs";
import type { CatalogueEntry } from "./entry.ts";

const isEntry = (value: unknown): value is CatalogueEntry =>
	typeof value === "object" && value !== null && "id" in value && "fires" in value;

/** Rows by the name of their area. */
export async function readCatalogue(): Promise<ReadonlyMap<string, readonly CatalogueEntry[]>> {
	const areas = new Map<string, readonly CatalogueEntry[]>();
	for (const file of readdirSync(new URL(".", import.meta.url)).sort()) {
		if (!/^[a-zA-Z0-9]+\.ts$/.test(file) || file === "index.ts") continue;
		const content: Record<string, unknown> = await import(new URL(file, import.meta.url).href);
		const entries = Object.values(content).flatMap((value) => (Array.isArray(value) ? value.filter(isEntry) : []));
		if (entries.length > 0) areas.set(file.slice(0, -3), entries);
	}
	return areas;
}

/** Records that no row shows yet. It may only shrink: the test fails for one that has a row or is no record. */
export const STILL_WITHOUT: readonly string[] = [
	// Days of watched time.
	"value-level",
	"values-disagree",
	"value-drift",
	"alarm-limit",
	"baseline-faded",
	"overlap-conflict",
	"unusual-hour",
	"unusual-remote-hour",
	"unusual-volume",
	// Of the monitor itself, raised by the station.
	"sensor-blind",
	"sensor-drops",
	"sensor-restarted",
	"sensor-disk",
	"modbus-illegal-function",
	"modbus-diverging-answer",
	"modbus-duplicate-answer",
	"modbus-answer-mismatch",
	"modbus-reused-transaction",
	"modbus-umas-stop",
	"modbus-umas-start",
	"modbus-umas-initialise",
	"modbus-umas-breakpoint",
	"modbus-umas-download",
	"modbus-umas-upload",
	"modbus-umas-reservation",
	"modbus-umas-memory-write",
	"mbaps-no-client-certificate",
	"mbaps-old-version",
	"mbaps-certificate-not-valid",
	"opcua-malformed",
	"opcua-password-in-clear",
	"opcua-answer-mismatch",
	"opcua-certificate-expired",
	"opcua-weak-certificate",
	"opcua-deprecated-policy",
	"opcua-sessionless-in-clear",
	"opcua-pubsub-downgrade",
	"opcua-pubsub-sequence",
	"opcua-pubsub-shared-publisher",
	"mqtt-malformed",
	"mqtt-password-in-clear",
	"mqtt-login-refused",
	"arp-forged-sender",
];
