/**
 * Reads lists of indicators: STIX 2.1 bundles, tables (CSV) with a header, and plain lists with one value on a line. What does not map is said with its line or its
 * object's id; nothing in a list throws but what makes the whole file no list, which is one ConfigError.
 */
import { CONFIG_ERROR, ConfigError } from "../config/error.ts";
import { type Row, readTable } from "../config/table.ts";
import {
	INDICATOR_KINDS,
	type IndicatorColumns,
	type IndicatorKind,
	kindOf,
	type Listing,
	listText,
	MAX_INDICATORS,
	normalised,
} from "./indicator.ts";
import { wrongLine } from "./jsonPlace.ts";
import { type PatternTerm, readPattern, readUrl } from "./stixPattern.ts";

/** Characters of one file. */
export const MAX_LIST = 128 * 2 ** 20;
/** Notes that are kept of all lists; the rest is counted. */
const MAX_NOTES = 1000;
const MAX_LABELS = 8;

/** Something that did not map. */
export interface ListNote {
	/** "line 7", of an object with its id. */
	readonly where: string;
	readonly why: string;
}

/** What a list was found to hold. */
export interface ListCount {
	readonly source: string;
	readonly notes: ListNote[];
	readonly kinds: Record<IndicatorKind, number>;
	/** Indicators that their author took back, that are over now, and that do not map. */
	revoked: number;
	expired: number;
	unmapped: number;
}

interface StixIndicator {
	count: ListCount;
	where: string;
	modified: number;
	isRevoked: boolean;
	pattern: string;
	listing: Listing;
}

/** Gathers any number of lists; then `columns`. */
export class IndicatorLists {
	/** Notes that found no place. */
	moreNotes = 0;
	#noted = 0;
	/** Values beyond the bound. */
	leftOut = 0;
	readonly counts: ListCount[] = [];
	readonly #now: number;
	readonly #listings: Listing[] = [];
	readonly #known = new Map<string, number>();
	readonly #kinds: IndicatorKind[] = [];
	readonly #values: string[] = [];
	readonly #listing: number[] = [];
	/** By id: of an object that several lists hold, its latest version counts. */
	readonly #stix = new Map<string, StixIndicator>();

	/** `now`: seconds since the epoch, for counting what is over already. */
	constructor(now: number) {
		this.#now = now;
	}

	/** Takes one file; `path` for errors, `source` its name without the folder. Throws a ConfigError where it is no list at all. */
	read(text: string, path: string, source: string): void {
		if (text.length > MAX_LIST)
			throw new ConfigError(CONFIG_ERROR.unreadable, `${path} is larger than ${MAX_LIST / 2 ** 20} MiB: cut it into several lists.`);
		const count: ListCount = {
			source,
			notes: [],
			kinds: Object.fromEntries(INDICATOR_KINDS.map((kind) => [kind, 0])) as Record<IndicatorKind, number>,
			revoked: 0,
			expired: 0,
			unmapped: 0,
		};
		this.counts.push(count);
		const plain = text.replace(/^\ufeff/, "");
		if (/^\s*[{[]/.test(plain)) this.#bundle(plain, path, source, count);
		else this.#table(plain, path, source, count);
	}

	/** What all of them hold. */
	columns(): IndicatorColumns {
		for (const indicator of this.#stix.values()) this.#stixIndicator(indicator);
		this.#stix.clear();
		return { listings: this.#listings, kinds: this.#kinds, values: this.#values, listing: this.#listing };
	}

	#note(count: ListCount, where: string, why: string): void {
		if (this.#noted < MAX_NOTES) {
			this.#noted++;
			count.notes.push({ where, why });
		} else this.moreNotes++;
	}

	#add(count: ListCount, term: PatternTerm, plain: Listing): void {
		if (this.#values.length >= MAX_INDICATORS) {
			this.leftOut++;
			return;
		}
		const { kind, value, port, end, transport } = term;
		const listing: Listing = {
			...plain,
			...(port !== undefined && { port }),
			...(end !== undefined && { end }),
			...(transport !== undefined && { transport }),
		};
		const text = JSON.stringify(listing);
		let index = this.#known.get(text);
		if (index === undefined) {
			index = this.#listings.push(listing) - 1;
			this.#known.set(text, index);
		}
		this.#kinds.push(kind);
		this.#values.push(value);
		this.#listing.push(index);
		count.kinds[kind]++;
	}

	#bundle(text: string, path: string, source: string, count: ListCount): void {
		let bundle: unknown;
		try {
			bundle = JSON.parse(text);
		} catch {
			throw new ConfigError(
				CONFIG_ERROR.wrongValue,
				`${path}: line ${wrongLine(text)}: it begins like JSON and is none from there on; it must be a STIX 2.1 bundle.`,
			);
		}
		const { type, objects } = (bundle ?? {}) as { type?: unknown; objects?: unknown };
		if (type !== "bundle" || !Array.isArray(objects))
			throw new ConfigError(CONFIG_ERROR.wrongValue, `${path} is no STIX 2.1 bundle: it must hold "type": "bundle" and "objects".`);
		const lines = linesOfIndicators(text);
		for (const [at, object] of objects.entries()) {
			if (typeof object !== "object" || object === null || (object as { type?: unknown }).type !== "indicator") continue;
			const one = object as Record<string, unknown>;
			const id = listText(one.id) ?? `object ${at + 1}`;
			const line = lines.next(one.id);
			const where = line === undefined ? id : `line ${line}, ${id}`;
			if (typeof one.pattern !== "string" || (one.pattern_type !== undefined && one.pattern_type !== "stix")) {
				count.unmapped++;
				this.#note(
					count,
					where,
					typeof one.pattern === "string" ? `a pattern of type ${listText(one.pattern_type) ?? "?"}` : "it has no pattern",
				);
				continue;
			}
			const modified = timeOf(one.modified) ?? 0;
			const known = this.#stix.get(id);
			if (known !== undefined && known.modified >= modified) continue;
			if (known === undefined && this.#stix.size >= MAX_INDICATORS) {
				this.leftOut++;
				continue;
			}
			const validUntil = timeOf(one.valid_until);
			const confidence = Number(one.confidence);
			const labels = [...textsOf(one.labels), ...textsOf(one.indicator_types)].slice(0, MAX_LABELS);
			const references = (Array.isArray(one.external_references) ? (one.external_references as Record<string, unknown>[]) : [])
				.slice(0, MAX_LABELS)
				.map((reference) =>
					[listText(reference?.source_name), listText(reference?.external_id) ?? listText(reference?.url)]
						.filter((part) => part !== undefined)
						.join(" "),
				)
				.filter((words) => words !== "");
			this.#stix.set(id, {
				count,
				where,
				modified,
				isRevoked: one.revoked === true,
				pattern: one.pattern,
				listing: {
					source,
					id,
					name: listText(one.name) ?? id,
					...(typeof one.confidence === "number" && confidence >= 0 && confidence <= 100 && { confidence }),
					...(validUntil !== undefined && { validUntil }),
					...(labels.length > 0 && { labels }),
					...(references.length > 0 && { references }),
				},
			});
		}
	}

	#stixIndicator({ count, where, isRevoked, pattern, listing }: StixIndicator): void {
		if (isRevoked) {
			count.revoked++;
			return;
		}
		const { terms, problems } = readPattern(pattern);
		for (const why of problems) this.#note(count, where, why);
		if (problems.length > 0 && terms.length === 0) count.unmapped++;
		if (listing.validUntil !== undefined && listing.validUntil <= this.#now) count.expired++;
		for (const term of terms) this.#add(count, term, listing);
	}

	#table(text: string, path: string, source: string, count: ListCount): void {
		const plain = text
			.split(/\r?\n/)
			.map((line) => (/^\s*(?:#|\/\/|;\s|;$)/.test(line) ? "" : line))
			.join("\n");
		if (plain.trim() === "") throw new ConfigError(CONFIG_ERROR.wrongValue, `${path} is empty: it must hold one indicator on each line.`);
		const { header, rows } = readTable(plain, path, MAX_LIST);
		const places = placesOf(header.cells);
		if (places === undefined) {
			// A list without a header.
			for (const row of [header, ...rows]) this.#row(row, { value: 0 }, source, count);
			if (Object.values(count.kinds).every((many) => many === 0))
				throw new ConfigError(
					CONFIG_ERROR.wrongValue,
					`${path} holds no indicator: give one value on each line, or a header with a column "value" (and type, name, confidence, valid until, labels, reference).`,
				);
			return;
		}
		for (const row of rows) this.#row(row, places, source, count);
	}

	#row({ line, cells }: Row, places: Places, source: string, count: ListCount): void {
		const why = this.#cells((column) => cells[places[column] ?? -1] ?? "", source, count);
		if (why === undefined) return;
		count.unmapped++;
		this.#note(count, `line ${line}`, why);
	}

	/** Takes one line of a table, or says why it does not map. */
	#cells(cell: (column: Column) => string, source: string, count: ListCount): string | undefined {
		const value = cell("value");
		if (value === "") return undefined;
		const term = termOf(cell("type"), value);
		if ("problem" in term) return term.problem;
		const until = cell("until");
		const validUntil = until === "" ? undefined : timeOf(until);
		if (until !== "" && validUntil === undefined) return `"${listText(until) ?? ""}" is no date like 2030-01-31`;
		const confidence = confidenceOf(cell("confidence"));
		if (Number.isNaN(confidence)) return `the confidence "${listText(cell("confidence")) ?? ""}" is none from 0 to 100`;
		const labels = cell("labels")
			.split(/[,;|]/)
			.map(listText)
			.filter((label) => label !== undefined)
			.slice(0, MAX_LABELS);
		const reference = listText(cell("reference"));
		if (validUntil !== undefined && validUntil <= this.#now) count.expired++;
		this.#add(count, term, {
			source,
			// Lines that say the same are one listing: a million lines need no million of them.
			id: "",
			name: listText(cell("name")) ?? source,
			...(confidence !== undefined && { confidence }),
			...(validUntil !== undefined && { validUntil }),
			...(labels.length > 0 && { labels }),
			...(reference !== undefined && { references: [reference] }),
		});
		return undefined;
	}
}

/** Gives the lines on which indicators stand, which are asked for in their order; what is not found ends it, so that all of it is one pass over the text. */
function linesOfIndicators(text: string): { next: (id: unknown) => number | undefined } {
	const ids = /"id"\s*:\s*"(indicator--[^"\\]*)"/g;
	let line = 1;
	let counted = 0;
	let isOver = false;
	return {
		next: (id) => {
			while (!isOver) {
				const found = ids.exec(text);
				if (found === null) break;
				if (found[1] !== id) continue;
				for (let at = text.indexOf("\n", counted); at >= 0 && at < found.index; at = text.indexOf("\n", at + 1)) {
					line++;
					counted = at + 1;
				}
				return line;
			}
			isOver = true;
			return undefined;
		},
	};
}

/** A title or a type as it is compared: letters and digits alone. */
const plainTitle = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");

const COLUMNS = ["value", "type", "name", "confidence", "until", "labels", "reference"] as const;
type Column = (typeof COLUMNS)[number];
type Places = Partial<Record<Column, number>>;

/** Titles of columns as lists have them. */
const TITLES: ReadonlyMap<string, Column> = new Map<string, Column>(
	Object.entries({
		value: "value",
		indicator: "value",
		indicatorvalue: "value",
		ioc: "value",
		iocvalue: "value",
		observable: "value",
		type: "type",
		kind: "type",
		indicatortype: "type",
		ioctype: "type",
		name: "name",
		title: "name",
		description: "name",
		threat: "name",
		malware: "name",
		confidence: "confidence",
		confidencelevel: "confidence",
		validuntil: "until",
		expires: "until",
		expiration: "until",
		expiry: "until",
		labels: "labels",
		tags: "labels",
		reference: "reference",
		references: "reference",
		url: "reference",
		source: "reference",
	}),
);

const TYPES: ReadonlyMap<string, IndicatorKind | "address-port" | "url"> = new Map(
	Object.entries({
		ip: "address",
		ipv4: "address",
		ipv6: "address",
		ipaddr: "address",
		ipaddress: "address",
		ipv4addr: "address",
		ipv6addr: "address",
		address: "address",
		cidr: "address",
		network: "address",
		ipsrc: "address",
		ipdst: "address",
		domain: "domain",
		domainname: "domain",
		hostname: "domain",
		host: "domain",
		fqdn: "domain",
		ja4: "ja4",
		ja4fingerprint: "ja4",
		certificate: "certificate",
		x509certificate: "certificate",
		certificatethumbprint: "certificate",
		thumbprint: "certificate",
		certsha1: "certificate",
		certsha256: "certificate",
		x509fingerprintsha1: "certificate",
		x509fingerprintsha256: "certificate",
		sslcertificate: "certificate",
		filename: "file-name",
		file: "file-name",
		filehash: "file-hash",
		md5: "file-hash",
		sha1: "file-hash",
		sha256: "file-hash",
		filehashmd5: "file-hash",
		filehashsha1: "file-hash",
		filehashsha256: "file-hash",
		ipport: "address-port",
		ipsrcport: "address-port",
		ipdstport: "address-port",
		url: "url",
		uri: "url",
	}),
);

/** What one value of a table means. */
function termOf(type: string, value: string): PatternTerm | { problem: string } {
	const kind = type === "" ? kindOf(value) : TYPES.get(plainTitle(type));
	if (kind === undefined)
		return {
			problem:
				type === ""
					? `"${listText(value)?.slice(0, 60) ?? ""}" is no address, domain, JA4 or hash`
					: `the type "${listText(type) ?? ""}" is not seen on this wire`,
		};
	if (kind === "hash") return { problem: "a hash alone may be of a certificate or of a file: give a column type" };
	if (kind === "url") return readUrl(value);
	if (kind === "address-port") {
		const [, address = "", port = ""] = /^(.*)[:|](\d+)$/.exec(value.trim()) ?? [];
		return readUrl(`any://${address.includes(":") && !address.startsWith("[") ? `[${address}]` : address}:${port}`);
	}
	const found = normalised(kind, value);
	return "problem" in found ? found : { kind, value: found.value };
}

/** Where the columns are, or undefined where the first line is no header. */
function placesOf(cells: readonly string[]): Places | undefined {
	const places: Places = {};
	for (const [at, cell] of cells.entries()) {
		const column = TITLES.get(plainTitle(cell));
		if (column !== undefined) places[column] ??= at;
	}
	return places.value === undefined ? undefined : places;
}

/** Words of a few feeds, and numbers; NaN where it is neither. */
const CONFIDENCES: ReadonlyMap<string, number> = new Map([
	["low", 15],
	["medium", 50],
	["high", 85],
]);
function confidenceOf(text: string): number | undefined {
	if (text === "") return undefined;
	const word = CONFIDENCES.get(text.toLowerCase());
	if (word !== undefined) return word;
	const number = Number(text.replace(/%$/, ""));
	return number >= 0 && number <= 100 ? number : Number.NaN;
}

/** Seconds since the epoch of a timestamp, or of the beginning of a day; of UTC where nothing else is said. */
function timeOf(value: unknown): number | undefined {
	if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
	const time = Date.parse(value.replace(/^(\S+) (?=\d)/, "$1T").replace(/T[\d:.]+$/, "$&Z"));
	return Number.isNaN(time) ? undefined : time / 1000;
}

const textsOf = (value: unknown): string[] =>
	(Array.isArray(value) ? value.slice(0, MAX_LABELS) : []).map(listText).filter((text) => text !== undefined);
