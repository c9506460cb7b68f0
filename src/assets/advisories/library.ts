/**
 * The advisories that a site has, and which devices they concern. A match says what it rests on, and how sure it is: a device is "affected" where its model and its
 * firmware are both known to be meant, "may be affected" where something of it is not known, and not mentioned where the vendor, the model or the version is another.
 */
import type { Asset, AssetIdentity } from "../asset.ts";
import type { Advisory, AdvisoryProduct, AdvisoryRemedy, AdvisoryVulnerability } from "./advisory.ts";
import { deviceKeys, familyOf, productKeys, vendorKey } from "./productName.ts";
import { fixesOf, isWithin, type Range, readRange } from "./range.ts";
import { compareVersions, readVersion, type Version } from "./version.ts";

/** Advisories kept; a national agency has published about four thousand for industry. */
export const MAX_ADVISORIES = 20_000;
/** Products of all advisories together. */
export const MAX_LIBRARY_PRODUCTS = 500_000;
/** Products looked at for one device and one advisory; a family's document lists hundreds. */
const MAX_CANDIDATES = 2000;
/** Matches of one asset. */
const MAX_MATCHES = 1000;
/** Of each list in a match. */
const MAX_LISTED = 12;
/** A part number without a vendor's name must be long enough to be nobody else's. */
const UNIQUE_NUMBER = 10;

/** What a match looks at of a device. */
export type Described = Pick<Asset, "id" | "vendor" | "model" | "firmware" | "identities">;

export type AdvisoryStatus = "affected" | "may be affected";

/** One advisory that concerns one device, with what it rests on. */
export interface AdvisoryMatch {
	asset: string;
	/** Behind a gateway: the unit that said who it is. */
	unit?: number;
	/** Id of the advisory. */
	advisory: string;
	title: string;
	publisher: string;
	version: string;
	released: string;
	url?: string;
	status: AdvisoryStatus;
	/** 0 to 1. */
	confidence: number;
	/** One sentence: why this device, and what is not known. */
	why: string;
	/** What the device said of itself. */
	device: AssetIdentity;
	/** As the advisory names it. */
	product: string;
	cves: string[];
	/** The highest CVSS base score of these. */
	score?: number;
	vector?: string;
	/** As the advisory writes them. */
	affectedVersions: string[];
	fixedVersions: string[];
	remedies: { category: string; text: string; url?: string }[];
}

/** How a product was recognised. */
interface Candidate {
	product: number;
	strength: number;
	/** Words for people. */
	how: string;
	/** The device says more than the advisory's name does. */
	isPart: boolean;
	remarks: readonly string[];
}

interface Entry {
	advisory: Advisory;
	product: number;
	/** Its name is said as a whole. */
	isWhole: boolean;
	isFamily: boolean;
	remarks: readonly string[];
}

const STRENGTH = { number: 0.95, pattern: 0.85, whole: 0.9, end: 0.8, family: 0.8, part: 0.6 } as const;

export class AdvisoryLibrary {
	readonly #advisories = new Map<string, Advisory>();
	/** By vendor and part number; with no vendor for numbers that are long enough. */
	readonly #numbers = new Map<string, Entry[]>();
	/** By vendor and name. */
	readonly #names = new Map<string, Entry[]>();
	readonly #patterns = new Map<string, { pattern: RegExp; entry: Entry }[]>();
	readonly #ranges = new Map<string, Range>();

	constructor(advisories: Iterable<Advisory> = []) {
		for (const advisory of advisories) {
			this.#advisories.set(advisory.id, advisory);
			for (const product of advisory.products.keys()) this.#index(advisory, product);
		}
	}

	get size(): number {
		return this.#advisories.size;
	}

	get(id: string): Advisory | undefined {
		return this.#advisories.get(id);
	}

	#index(advisory: Advisory, product: number): void {
		const { vendor, model, family, numbers } = advisory.products[product]!;
		const key = vendorKey(vendor);
		const keys = productKeys(key, model, family, numbers);
		const entry: Entry = { advisory, product, isWhole: true, isFamily: keys.isFamily, remarks: keys.remarks };
		for (const number of keys.numbers) {
			push(this.#numbers, `${key}|${number}`, entry);
			if (number.length >= UNIQUE_NUMBER) push(this.#numbers, `|${number}`, entry);
		}
		for (const pattern of keys.patterns) push(this.#patterns, key, { pattern, entry });
		for (const [at, name] of keys.names.entries()) push(this.#names, `${key}|${name}`, at === 0 ? entry : { ...entry, isWhole: false });
	}

	/** What concerns this asset, the most serious first. */
	match(asset: Described): AdvisoryMatch[] {
		const found = new Map<string, AdvisoryMatch>();
		const cleared = new Set<string>();
		for (const identity of identitiesOf(asset)) {
			for (const [advisory, candidates] of this.#candidates(asset, identity)) {
				const key = `${advisory.id} ${identity.unit ?? ""}`;
				const match = this.#judge(asset, identity, advisory, candidates);
				if (match === undefined) cleared.add(key);
				else if (!found.has(key) && found.size >= MAX_MATCHES) continue;
				else if (found.get(key) === undefined || rank(match) > rank(found.get(key)!)) found.set(key, match);
			}
		}
		for (const key of cleared) {
			const match = found.get(key);
			if (match === undefined || match.status !== "affected") continue;
			match.status = "may be affected";
			match.why = `${match.why.replace(/\.$/, "")}; it said another version elsewhere, which is not affected.`;
		}
		return [...found.values()].sort(bySeriousness);
	}

	#candidates(asset: Described, identity: AssetIdentity): Map<Advisory, Candidate[]> {
		const found = new Map<Advisory, Map<number, Candidate>>();
		const texts = [identity.model, identity.productCode].filter((text) => text !== undefined);
		const isSaid = identity.vendor !== undefined;
		const vendor = vendorKey(identity.vendor ?? asset.vendor ?? "");
		const take = (entry: Entry, strength: number, how: string, isPart: boolean, series: string | undefined) => {
			const remarks = remarksLeft(entry.remarks, series);
			if (remarks === undefined) return;
			let products = found.get(entry.advisory);
			if (products === undefined) {
				products = new Map();
				found.set(entry.advisory, products);
			}
			const known = products.get(entry.product);
			if (known !== undefined ? known.strength >= strength : products.size >= MAX_CANDIDATES) return;
			products.set(entry.product, { product: entry.product, strength, how, isPart, remarks });
		};
		// A network card's maker is a hint at the device's: it may be another's card.
		const weight = isSaid ? 1 : vendor !== "" ? 0.9 : 0.8;
		for (const { numbers, names, series } of deviceKeys(vendor, texts)) {
			for (const [number, written] of numbers) {
				const entries = [...(this.#numbers.get(`${vendor}|${number}`) ?? []), ...(isSaid ? [] : (this.#numbers.get(`|${number}`) ?? []))];
				for (const entry of entries) take(entry, STRENGTH.number * weight, `its number ${written} is in the advisory`, false, series);
				for (const { pattern, entry } of this.#patterns.get(vendor) ?? [])
					if (pattern.test(number))
						take(
							entry,
							STRENGTH.pattern * weight,
							`its number ${written} fits the advisory's ${entry.advisory.products[entry.product]!.model}`,
							false,
							series,
						);
			}
			if (vendor === "") continue;
			for (const [at, name] of names.entries()) {
				const isPart = at > 0 && name + (series ?? "") !== names[0];
				for (const entry of this.#names.get(`${vendor}|${name}`) ?? []) {
					const strength = isPart ? STRENGTH.part : entry.isWhole ? STRENGTH.whole : STRENGTH.end;
					const { model } = entry.advisory.products[entry.product]!;
					take(
						entry,
						strength * weight,
						isPart ? `its name begins as the advisory's ${model}` : `the advisory names it as ${model}`,
						isPart && !entry.isFamily,
						series,
					);
				}
			}
			const family = familyOf(vendor, numbers);
			for (const key of family?.keys ?? [])
				for (const entry of this.#names.get(`${vendor}|${key}`) ?? [])
					if (entry.isWhole)
						take(entry, STRENGTH.family * weight, `its number ${family!.number} is of the family ${family!.name}`, false, series);
		}
		const best = new Map<Advisory, Candidate[]>();
		for (const [advisory, products] of found) {
			const strongest = Math.max(...[...products.values()].map(({ strength }) => strength));
			best.set(
				advisory,
				[...products.values()].filter(({ strength }) => strength === strongest),
			);
		}
		return best;
	}

	#range(product: AdvisoryProduct): Range {
		const text = product.versions ?? "*";
		let range = this.#ranges.get(text);
		if (range === undefined) {
			range = readRange(text);
			this.#ranges.set(text, range);
		}
		return range;
	}

	#judge(asset: Described, identity: AssetIdentity, advisory: Advisory, candidates: readonly Candidate[]): AdvisoryMatch | undefined {
		const { firmware } = identity;
		const version = firmware === undefined ? undefined : readVersion(firmware);
		const judged: { vulnerability: AdvisoryVulnerability; verdict: Verdict }[] = [];
		for (const vulnerability of advisory.vulnerabilities) {
			const verdict = this.#verdict(advisory, vulnerability, candidates, firmware, version);
			if (verdict.answer !== "no") judged.push({ vulnerability, verdict });
		}
		const sure = judged.filter(({ verdict }) => verdict.answer === "yes");
		const meant = sure.length > 0 ? sure : judged;
		const [first] = meant;
		if (first === undefined) return undefined;
		const indexes = new Set(candidates.map(({ product }) => product));
		const products = [...indexes].map((index) => advisory.products[index]!);
		const isAffected = (index: number) => meant.some(({ vulnerability }) => vulnerability.affected.includes(index));
		const ranges = [...indexes].filter(isAffected).map((index) => advisory.products[index]!);
		const worst = meant
			.flatMap(({ vulnerability }) => scoresOf(vulnerability, indexes))
			.reduce<{ score: number; vector: string } | undefined>(
				(most, one) => (most === undefined || one.score > most.score ? one : most),
				undefined,
			);
		const remedies = sortedRemedies(meant.flatMap(({ vulnerability }) => remediesOf(vulnerability, indexes)));
		const [candidate] = candidates;
		const isSure = sure.length > 0;
		const models = distinct((ranges.length > 0 ? ranges : products).map(({ model }) => model));
		return {
			asset: asset.id,
			...(identity.unit !== undefined && { unit: identity.unit }),
			advisory: advisory.id,
			title: advisory.title,
			publisher: advisory.publisher,
			version: advisory.version,
			released: advisory.released,
			...(advisory.url !== undefined && { url: advisory.url }),
			status: isSure ? "affected" : "may be affected",
			confidence: Math.round(candidate!.strength * (isSure ? 1 : first.verdict.isFar ? 0.3 : 0.6) * 100) / 100,
			why: `${capital(candidate!.how)} (${identity.evidence}), and ${first.verdict.why}.`,
			device: { ...identity },
			product: models.length > 1 ? `${models[0]} and ${models.length - 1} more` : models[0]!,
			cves: distinct(meant.flatMap(({ vulnerability }) => vulnerability.cve ?? [])),
			...(worst !== undefined && { score: worst.score, ...(worst.vector !== "" && { vector: worst.vector }) }),
			affectedVersions: distinct(ranges.map(versionsOf)).slice(0, MAX_LISTED),
			fixedVersions: this.#fixed(
				advisory,
				meant.map(({ vulnerability }) => vulnerability),
				indexes,
				ranges,
				remedies,
			),
			remedies: remedies.slice(0, MAX_LISTED),
		};
	}

	/** Versions that are well again: said so, the excluded end of a range, or named in the text of a fix. */
	#fixed(
		advisory: Advisory,
		vulnerabilities: readonly AdvisoryVulnerability[],
		indexes: ReadonlySet<number>,
		ranges: readonly AdvisoryProduct[],
		remedies: readonly AdvisoryRemedy[],
	): string[] {
		const said = vulnerabilities.flatMap(({ fixed }) =>
			fixed.filter((one) => indexes.has(one)).flatMap((one) => advisory.products[one]!.versions ?? []),
		);
		const ends = ranges.flatMap((product) => fixesOf(this.#range(product)).map(({ text }) => text));
		const named = said.length + ends.length > 0 ? [] : mentionsOf(remedies).map(({ text }) => text);
		return distinct([...said, ...ends, ...named]).slice(0, MAX_LISTED);
	}

	/** What one vulnerability means for the device. */
	#verdict(
		advisory: Advisory,
		vulnerability: AdvisoryVulnerability,
		candidates: readonly Candidate[],
		firmware: string | undefined,
		version: Version | undefined,
	): Verdict {
		const { affected, fixed, notAffected } = vulnerability;
		/** What is said of each variant that the device may be. */
		const variants = new Map<string, Verdict>();
		for (const candidate of candidates) {
			const product = advisory.products[candidate.product]!;
			const isWell = fixed.includes(candidate.product) || notAffected.includes(candidate.product);
			if (isWell) {
				const range = this.#range(product);
				const isMeant = version !== undefined ? isWithin(range, version) === "in" : range.kind === "all";
				// What is said to be well is well, whatever a wider range says.
				if (isMeant && !affected.includes(candidate.product) && candidate.remarks.length === 0) return NO;
			}
			if (!affected.includes(candidate.product)) continue;
			const verdict = this.#one(product, candidate, vulnerability, firmware, version);
			const known = variants.get(product.model);
			if (known === undefined || WEIGHT[verdict.answer] > WEIGHT[known.answer]) variants.set(product.model, verdict);
		}
		const verdicts = [...variants.values()];
		const worst = verdicts.reduce<Verdict>((most, one) => (WEIGHT[one.answer] > WEIGHT[most.answer] ? one : most), NO);
		if (worst.answer !== "yes" || verdicts.every(({ answer }) => answer === "yes")) return worst;
		return {
			answer: "perhaps",
			why: `it is one of ${verdicts.length} variants that the advisory tells apart, of which not all are affected: which one is not known`,
		};
	}

	#one(
		product: AdvisoryProduct,
		candidate: Candidate,
		vulnerability: AdvisoryVulnerability,
		firmware: string | undefined,
		version: Version | undefined,
	): Verdict {
		const verdict = this.#versionVerdict(product, candidate.product, vulnerability, firmware, version);
		if (verdict.answer === "no") return verdict;
		const doubt =
			product.condition !== undefined
				? `it is only meant together with ${product.condition}, which the traffic does not show`
				: candidate.remarks.length > 0
					? `the advisory restricts it: ${candidate.remarks.join("; ")}`
					: candidate.isPart
						? `the advisory's name is shorter than the device's: it may mean another model`
						: undefined;
		if (doubt === undefined) return verdict;
		return { ...verdict, answer: "perhaps", why: `${verdict.why}; ${doubt}` };
	}

	#versionVerdict(
		product: AdvisoryProduct,
		index: number,
		vulnerability: AdvisoryVulnerability,
		firmware: string | undefined,
		version: Version | undefined,
	): Verdict {
		const range = this.#range(product);
		const fixes = mentionsOf(remediesOf(vulnerability, new Set([index])));
		const written = versionsOf(product);
		if (range.kind === "all") {
			if (fixes.length === 0) return { answer: "yes", why: "every version is affected" };
			const named = `every version was affected when it was published, and ${listed(fixes)} is named as a fix`;
			if (firmware === undefined) return { answer: "perhaps", why: `${named}: may be affected, firmware unknown` };
			if (version === undefined)
				return { answer: "perhaps", why: `${named}: may be affected, its firmware ${firmware} is no version that can be compared` };
			return isBeyond(version, fixes) === false
				? { answer: "yes", why: `every version is affected; it has ${firmware}` }
				: { answer: "perhaps", why: `${named}; it has ${firmware}` };
		}
		if (firmware === undefined) return { answer: "perhaps", why: `versions ${written} are affected: may be affected, firmware unknown` };
		if (range.kind === "words")
			return { answer: "perhaps", why: `whether its firmware ${firmware} is meant by “${written}” must be read by a person` };
		if (version === undefined)
			return {
				answer: "perhaps",
				why: `versions ${written} are affected, and its firmware ${firmware} is no version that can be compared`,
			};
		switch (isWithin(range, version)) {
			case "in":
				return { answer: "yes", why: `its firmware ${firmware} is among the affected versions ${written}` };
			case "unknown":
				return { answer: "perhaps", why: `its firmware ${firmware} cannot be compared for certain with the affected versions ${written}` };
			default: {
				// Some publishers name the first affected version alone, and the fix in words.
				const isLater = range.kind === "version" && (compareVersions(version, range.version) ?? -1) > 0;
				if (!isLater || fixes.length === 0 || isBeyond(version, fixes) !== false) return NO;
				return {
					answer: "perhaps",
					why: `the advisory names version ${written} alone; it has the later ${firmware}, before the fix ${listed(fixes)}`,
					isFar: true,
				};
			}
		}
	}
}

interface Verdict {
	answer: "yes" | "perhaps" | "no";
	why: string;
	/** Little speaks for it. */
	isFar?: boolean;
}

const NO: Verdict = { answer: "no", why: "" };
const WEIGHT: Readonly<Record<Verdict["answer"], number>> = { no: 0, perhaps: 1, yes: 2 };

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
	const list = map.get(key);
	if (list === undefined) map.set(key, [value]);
	else list.push(value);
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
/** The versions for people: a specifier without what tells programs how to compare. */
const versionsOf = ({ versions }: AdvisoryProduct): string => {
	const text = (versions ?? "*")
		.replace(/^vers:[a-z0-9.+-]+\//i, "")
		.replaceAll("_", " ")
		.trim();
	return text === "*" || text === "" ? "all" : text;
};
const listed = (fixes: readonly { text: string }[]): string =>
	fixes
		.slice(0, 4)
		.map(({ text }) => text)
		.join(", ");

const isSame = (a: AssetIdentity, b: AssetIdentity): boolean =>
	a.vendor === b.vendor && a.model === b.model && a.productCode === b.productCode && a.firmware === b.firmware;

/** What devices at this address said they are. What was stored by an earlier program has no identities. */
function identitiesOf({ identities, vendor, model, firmware }: Described): readonly AssetIdentity[] {
	// One device that answers for any unit is one device.
	if (identities !== undefined)
		return identities.filter((one, at) => !identities.slice(0, at).some((other) => one.evidence === other.evidence && isSame(one, other)));
	if (model === undefined) return [];
	return [{ ...(vendor !== undefined && { vendor }), model, ...(firmware !== undefined && { firmware }), evidence: "seen earlier" }];
}

/** It said which model it is: of any other device an advisory says nothing. */
export const isDescribed = ({ model, identities }: Described): boolean =>
	model !== undefined || identities?.some((one) => one.model !== undefined) === true;

const rank = ({ status, confidence }: AdvisoryMatch): number => (status === "affected" ? 1 : 0) + confidence;

/** The affected first, then the highest score, then the surest, then by name. */
export const bySeriousness = (a: AdvisoryMatch, b: AdvisoryMatch): number =>
	Number(b.status === "affected") - Number(a.status === "affected") ||
	(b.score ?? 0) - (a.score ?? 0) ||
	b.confidence - a.confidence ||
	(a.advisory < b.advisory ? -1 : a.advisory > b.advisory ? 1 : 0) ||
	(a.asset < b.asset ? -1 : a.asset > b.asset ? 1 : (a.unit ?? -1) - (b.unit ?? -1));

/** What an advisory's name says beside that the device does not settle; undefined where the device is another series. */
function remarksLeft(remarks: readonly string[], series: string | undefined): readonly string[] | undefined {
	if (series === undefined) return remarks;
	const left: string[] = [];
	for (const remark of remarks) {
		const letters = /^series ([A-Z](?:\/[A-Z])*)\b(.*)$/i.exec(remark);
		if (letters === null) left.push(remark);
		else if (!letters[1]!.toUpperCase().split("/").includes(series)) return undefined;
		else if (letters[2]!.trim() !== "") left.push(letters[2]!.trim());
	}
	return left;
}

const concerns = (products: readonly number[] | undefined, indexes: ReadonlySet<number>): boolean =>
	products === undefined || products.some((one) => indexes.has(one));

function scoresOf({ scores }: AdvisoryVulnerability, indexes: ReadonlySet<number>): { score: number; vector: string }[] {
	return scores.filter(({ products }) => products.length === 0 || concerns(products, indexes));
}

function remediesOf({ remedies }: AdvisoryVulnerability, indexes: ReadonlySet<number>): readonly AdvisoryRemedy[] {
	return remedies.filter(({ products }) => concerns(products, indexes));
}

const isUpdate = ({ category, text }: AdvisoryRemedy): boolean =>
	category === "vendor_fix" || /\b(?:updat|upgrad|corrected in|fixed in|addressed)/i.test(text);
const ORDER: readonly string[] = ["vendor_fix", "workaround", "mitigation", "no_fix_planned", "none_available"];

/** Each once, what mends it first. */
function sortedRemedies(remedies: readonly AdvisoryRemedy[]): AdvisoryMatch["remedies"] {
	const seen = new Map<string, AdvisoryRemedy>();
	for (const remedy of remedies) if (!seen.has(remedy.text)) seen.set(remedy.text, remedy);
	const place = (remedy: AdvisoryRemedy): number =>
		mentionsOf([remedy]).length > 0 ? -2 : isUpdate(remedy) ? -1 : ORDER.indexOf(remedy.category) + 1 || ORDER.length + 1;
	return [...seen.values()]
		.sort((a, b) => place(a) - place(b))
		.map(({ category, text, url }) => ({ category, text, ...(url !== undefined && { url }) }));
}

/** Versions that the text of a fix names: "Update to V3.1.4 or later version", "Corrected in v33.016, 34.013". */
const MENTION = /(?<![\w.-])v?\.?\d{1,6}(?:\.\d{1,6}){1,5}[a-z]?(?:[ _](?:sp|update|hf|kit)[ _]?\d{1,4})?(?![\w-]|\.\d)/gi;

function mentionsOf(remedies: readonly AdvisoryRemedy[]): { version: Version; text: string }[] {
	const found = new Map<string, Version>();
	for (const remedy of remedies) {
		if (!isUpdate(remedy)) continue;
		for (const [text] of remedy.text.matchAll(MENTION)) {
			const version = readVersion(text);
			if (version !== undefined && found.size < MAX_LISTED) found.set(text, version);
		}
	}
	return [...found].map(([text, version]) => ({ version, text }));
}

/** Is a version at or behind the fix of its line, or behind all fixes? Undefined where that cannot be told. */
function isBeyond(version: Version, fixes: readonly { version: Version }[]): boolean | undefined {
	const own = fixes.filter((fix) => fix.version.numbers[0] === version.numbers[0]);
	const differences = (own.length > 0 ? own : fixes).map((fix) => compareVersions(version, fix.version));
	if (differences.some((one) => one === undefined)) return undefined;
	return own.length > 0 ? differences.some((one) => one! >= 0) : differences.every((one) => one! >= 0);
}
