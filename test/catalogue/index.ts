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
];
