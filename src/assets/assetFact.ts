/** What is known of an asset, one statement at a time: the value, what said it, where it was said, and how sure that is. Made when it is shown, and not stored. */
import { type Asset, type AssetIdentity, IDENTITY_FIELDS, type IdentityField, type Sighting } from "./asset.ts";
import { TRAFFIC } from "./inventory.ts";

export const ASSET_FACT_FIELDS = [...IDENTITY_FIELDS, "name", "role", "address"] as const;
export type AssetFactField = (typeof ASSET_FACT_FIELDS)[number];

/** One statement. Texts are from the wire, without control and hidden characters. */
export interface AssetFact extends Partial<Sighting> {
	readonly field: AssetFactField;
	readonly value: string;
	/** The unit it is about, where one address may have several devices behind it. */
	readonly unit?: number;
	/** What said it, in words. */
	readonly evidence: string;
	/** 0 to 1, two decimals. */
	readonly confidence: number;
}

/** How sure one statement is that stands alone: nobody proves what he says on such a network, but few have a reason to lie. */
const SURE = {
	/** The device itself says it, asked for it. */
	said: 0.9,
	/** Derived from something else that it said. */
	presumed: 0.5,
	/** An operating system is told by habits of its maker's software as a rule. */
	system: 0.7,
	/** Names come from name services, and clients choose theirs. */
	name: 0.7,
	/** A message that only such a device sends. */
	proven: 0.9,
	/** What it does is what such a device does. */
	behaviour: 0.7,
	/** It says that the address is its own. */
	claimed: 0.9,
	/** Its frames bear the address, and nobody else's do. */
	traffic: 0.6,
	/** Who made the network card need not have made the device. */
	card: 0.6,
} as const;
/** Of a statement that another source contradicts, later. */
const CONTRADICTED = 0.5;
/** Nothing that was only heard is certain. */
const MOST = 0.99;

/** What has one value for a device: two that differ cannot both be true. Names, roles and addresses may be several. */
const isSingle = (field: AssetFactField): field is IdentityField =>
	(IDENTITY_FIELDS as readonly string[]).includes(field) && field !== "application";

/** Companies are written in many ways ("SIEMENS", "Siemens AG"): the first word decides. Other texts are the same or not. */
const keyOf = ({ field, value }: Pick<AssetFact, "field" | "value">): string => {
	const text = value.toLowerCase();
	return field === "vendor" ? (/[\p{L}\p{N}]+/u.exec(text)?.[0] ?? text) : text;
};

const round = (confidence: number): number => Math.round(confidence * 100) / 100;

/** All statements about an asset: by field, the surest first, then in the order in which they were made. */
export function assetFacts(asset: Asset): AssetFact[] {
	const statements: AssetFact[] = [];
	const { vendor, macs } = asset;
	for (const identity of asset.identities ?? []) statements.push(...statementsOf(identity));
	const isOfCard =
		vendor !== undefined && macs.length > 0 && !statements.some(({ field, value }) => field === "vendor" && value === vendor);
	if (isOfCard)
		statements.push({ field: "vendor", value: vendor, evidence: `maker of the network card ${macs[0]}`, confidence: SURE.card });
	for (const { name, evidence, seen } of asset.names)
		statements.push({ field: "name", value: name, evidence, ...seen, confidence: SURE.name });
	for (const { value, evidence, seen } of asset.roleGrounds ?? []) {
		const confidence = seen.protocol === undefined ? SURE.behaviour : SURE.proven;
		statements.push({ field: "role", value, evidence, ...seen, confidence });
	}
	for (const { value, evidence, seen } of asset.addressGrounds ?? []) {
		const confidence = evidence === TRAFFIC ? SURE.traffic : SURE.claimed;
		statements.push({ field: "address", value, evidence, ...seen, confidence });
	}
	const weighed = statements.map((one) => ({ ...one, confidence: weigh(one, statements) }));
	return ASSET_FACT_FIELDS.flatMap((field) => weighed.filter((one) => one.field === field).sort((a, b) => b.confidence - a.confidence));
}

function statementsOf(identity: AssetIdentity): AssetFact[] {
	const { evidence, unit, seen, isPresumed } = identity;
	return IDENTITY_FIELDS.flatMap((field): AssetFact[] => {
		const value = identity[field];
		if (value === undefined) return [];
		const sure = field === "operatingSystem" ? SURE.system : SURE.said;
		return [{ field, value, ...(unit !== undefined && { unit }), evidence, ...seen, confidence: isPresumed ? SURE.presumed : sure }];
	});
}

/** Sources that agree make each other surer; one that says something else later takes the half. */
function weigh(statement: AssetFact, all: readonly AssetFact[]): number {
	const key = keyOf(statement);
	const about = all.filter(({ field, unit }) => field === statement.field && unit === statement.unit);
	let doubt = 1;
	for (const one of about) if (keyOf(one) === key) doubt *= 1 - one.confidence;
	let confidence = Math.min(MOST, 1 - doubt);
	const time = statement.time ?? 0;
	const isContradicted = isSingle(statement.field) && about.some((one) => keyOf(one) !== key && (one.time ?? 0) > time);
	if (isContradicted) confidence *= CONTRADICTED;
	return round(confidence);
}
