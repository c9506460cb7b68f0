/** Assets as they leave the box: one document each with all statements, or one table for a spreadsheet. The ids are those of the store: stable on a site. */
import { writeTable } from "../config/table.ts";
import { type Asset, IDENTITY_FIELDS } from "./asset.ts";
import { type AssetFact, assetFacts } from "./assetFact.ts";

/** What is kept of an asset by source is said as facts. */
export type AssetDocument = Omit<Asset, "identities" | "roleGrounds" | "addressGrounds"> & { facts: AssetFact[] };

export function assetDocument(asset: Asset): AssetDocument {
	const { identities: _, roleGrounds: _roles, addressGrounds: _addresses, ...rest } = asset;
	return { ...rest, facts: assetFacts(asset) };
}

const COLUMNS = [
	"id",
	"name",
	"ips",
	"macs",
	"line",
	...IDENTITY_FIELDS,
	"roles",
	"services",
	"zone",
	"level",
	"criticality",
	"vlans",
	"firstSeen",
	"lastSeen",
	"changes",
	"facts",
] as const;

const listed = (texts: readonly (string | number)[]): string => texts.join("; ");
const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** "model: CP-1 (Modbus device identification, modbus, frame 12, 90 %)" */
function factWords({ field, value, unit, evidence, protocol, frame, confidence }: AssetFact): string {
	const where = [evidence, protocol, frame === undefined ? undefined : `frame ${frame}`, `${Math.round(confidence * 100)} %`];
	const of = unit === undefined ? "" : ` of unit ${unit}`;
	return `${field}${of}: ${value} (${where.filter((one) => one !== undefined).join(", ")})`;
}

/** All of them as CSV (RFC 4180), a header first. Times are ISO 8601. */
export function assetTable(assets: readonly Asset[]): string {
	const rows = assets.map((asset): (string | number)[] => {
		const { zone, level, criticality, changes = [] } = asset;
		const cells: Record<(typeof COLUMNS)[number], string> = {
			id: asset.id,
			name: asset.name ?? "",
			ips: listed(asset.ips),
			macs: listed(asset.macs),
			line: asset.line ?? "",
			vendor: asset.vendor ?? "",
			model: asset.model ?? "",
			productCode: asset.productCode ?? "",
			firmware: asset.firmware ?? "",
			serialNumber: asset.serialNumber ?? "",
			operatingSystem: asset.operatingSystem ?? "",
			application: asset.application ?? "",
			roles: listed(asset.roles),
			services: listed(asset.services),
			zone: zone?.is ?? "",
			level: String(level?.is ?? ""),
			criticality: criticality?.is ?? "",
			vlans: listed(asset.vlans),
			firstSeen: timeOf(asset.firstSeen),
			lastSeen: timeOf(asset.lastSeen),
			changes: listed(changes.map(({ field, from, to, seen }) => `${field} from ${from} to ${to} at ${timeOf(seen.time)}`)),
			facts: listed(assetFacts(asset).map(factWords)),
		};
		return COLUMNS.map((column) => cells[column]);
	});
	return writeTable([COLUMNS, ...rows]);
}
