/**
 * Reads one CSAF 2.0 document (OASIS, Common Security Advisory Framework 2.0). A document may be anything: whatever is not as the standard has it is left out, bounded,
 * or ends in one sentence; nothing throws.
 */
import { cleanText } from "../text.ts";
import type { Advisory, AdvisoryProduct, AdvisoryRemedy, AdvisoryVulnerability } from "./advisory.ts";

/** Bytes of one document; the largest of a vendor of machines has a few. */
export const MAX_DOCUMENT = 16 << 20;
/** Branches below branches; real ones have three to six. */
const MAX_DEPTH = 32;
/** Products of one document; the largest real ones have a few thousand. */
const MAX_PRODUCTS = 20_000;
const MAX_VULNERABILITIES = 1000;
const MAX_SCORES = 16;
const MAX_REMEDIES = 256;
const MAX_NUMBERS = 32;
/** Characters. */
const MAX_REMEDY = 2000;
const MAX_NAME = 300;
const MAX_URL = 500;

type Json = Record<string, unknown>;

/** What a document gave: an advisory, with what of it did not fit; or why it is none. */
export type ReadAdvisory = { advisory: Advisory; left?: string } | { problem: string };

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

/** Text of a document on one line, bounded, without what hides or steers. */
function text(value: unknown, length = MAX_NAME): string | undefined {
	if (typeof value !== "string") return undefined;
	const clean = cleanText(value, length)?.replace(/\s+/g, " ");
	return clean === undefined || value.length <= length ? clean : `${clean}…`;
}

const link = (value: unknown): string | undefined => {
	const url = typeof value === "string" && value.length <= MAX_URL && /^https?:\/\/[^\s"'<>]+$/i.test(value) ? value : undefined;
	return url !== undefined && text(url, MAX_URL) === url ? url : undefined;
};

/** Words of a part of a CPE 2.3 name or a package URL. */
const words = (part: string | undefined): string | undefined => {
	const plain = part?.replace(/\\(.)/g, "$1").replaceAll("_", " ").trim();
	return plain === undefined || plain === "" || plain === "*" || plain === "-" ? undefined : plain;
};

interface Helper {
	vendor?: string;
	product?: string;
	version?: string;
	numbers: string[];
}

/** What identifies a product besides its name (3.1.3.3). */
function helperOf(value: unknown): Helper {
	const helper = objectOf(value);
	const numbers = [...textsOf(helper.model_numbers), ...textsOf(helper.skus)].slice(0, MAX_NUMBERS).flatMap((one) => text(one, 100) ?? []);
	const named: Helper = { numbers };
	if (typeof helper.cpe === "string" && helper.cpe.length < 1000) {
		const parts = helper.cpe
			.replace(/^cpe:2\.3:/, "")
			.replace(/^cpe:\//, "")
			.split(/(?<!\\):/);
		const [vendor, product, version] = parts.slice(1, 4).map(words);
		Object.assign(named, { ...(vendor && { vendor }), ...(product && { product }), ...(version && { version }) });
	}
	if (typeof helper.purl === "string" && helper.purl.length < 1000) {
		const found = /^pkg:[^/]+\/(?:.*\/)?([^/@?#]+)(?:@([^?#]+))?/.exec(helper.purl);
		if (found !== null) {
			const [product, version] = [words(found[1]!.replaceAll("%20", " ")), words(found[2])];
			if (product !== undefined) named.product ??= product;
			if (version !== undefined) named.version ??= version;
		}
	}
	return named;
}

/** Branches that narrow a version. */
const VERSION_PARTS: ReadonlySet<string> = new Set(["product_version", "product_version_range", "service_pack", "patch_level"]);

interface Path {
	vendor?: string;
	family?: string;
	model?: string;
	versions?: string;
}

/** Products by id, in the order of the document. */
class ProductTree {
	readonly products = new Map<string, AdvisoryProduct>();
	/** What was too much. */
	left: string | undefined;
	readonly #publisher: string;

	/** `publisher` is the vendor of what names none. */
	constructor(tree: Json, publisher: string) {
		this.#publisher = publisher;
		this.#branches(tree.branches, {}, 0);
		for (const product of listOf(tree.full_product_names)) this.#add(product, {});
		this.#relate(listOf(tree.relationships));
	}

	#branches(branches: unknown, above: Path, depth: number): void {
		if (depth >= MAX_DEPTH) {
			if (listOf(branches).length > 0) this.left = `branches deeper than ${MAX_DEPTH} levels`;
			return;
		}
		for (const branch of listOf(branches)) {
			const name = text(branch.name);
			const path = { ...above };
			if (name !== undefined) {
				if (branch.category === "vendor") path.vendor = name;
				else if (branch.category === "product_family") path.family = name;
				else if (branch.category === "product_name") path.model = name;
				else if (VERSION_PARTS.has(branch.category as string)) path.versions = joined(path.versions, name);
			}
			if (isObject(branch.product)) this.#add(branch.product, path);
			this.#branches(branch.branches, path, depth + 1);
		}
	}

	#add(product: Json, { vendor, family, model, versions }: Path): void {
		const id = product.product_id;
		const name = text(product.name);
		if (typeof id !== "string" || id.length > MAX_NAME || name === undefined || this.products.has(id)) return;
		if (this.products.size >= MAX_PRODUCTS) {
			this.left = `products beyond ${MAX_PRODUCTS}`;
			return;
		}
		const helper = helperOf(product.product_identification_helper);
		const whole = model ?? family ?? helper.product;
		const parted = model === undefined && family === undefined ? partsOf(name) : undefined;
		const range = versions ?? helper.version ?? parted?.versions;
		this.products.set(id, {
			name,
			vendor: vendor ?? helper.vendor ?? this.#publisher,
			model: whole ?? parted!.model,
			...(model !== undefined && family !== undefined && { family }),
			numbers: helper.numbers,
			...(range !== undefined && { versions: range }),
		});
	}

	/** A product on, in or with another one (3.2.2.3). What the traffic shows is the device, and where it is installed on one, its version. */
	#relate(relationships: readonly Json[]): void {
		// A relationship may name one that stands further down.
		let waiting = relationships.slice(0, MAX_PRODUCTS);
		for (let round = 0; round < MAX_DEPTH && waiting.length > 0; round++) {
			const later: Json[] = [];
			for (const relationship of waiting) {
				const whole = objectOf(relationship.full_product_name);
				const [part, device] = [relationship.product_reference, relationship.relates_to_product_reference].map((id) =>
					this.products.get(String(id)),
				);
				if (part === undefined || device === undefined) {
					later.push(relationship);
					continue;
				}
				const id = whole.product_id;
				const name = text(whole.name);
				if (typeof id !== "string" || name === undefined || this.products.has(id) || this.products.size >= MAX_PRODUCTS) continue;
				const { versions: _, ...hardware } = device;
				const isInstalled = relationship.category === "installed_on";
				const isSure = isInstalled || relationship.category === "default_component_of";
				const versions = isInstalled ? part.versions : device.versions;
				const condition = device.condition ?? part.condition ?? (isSure ? undefined : part.name);
				this.products.set(id, {
					...hardware,
					name,
					...(versions !== undefined && { versions }),
					...(condition !== undefined && { condition }),
				});
			}
			if (later.length === waiting.length) return;
			waiting = later;
		}
	}
}

const joined = (above: string | undefined, name: string): string => (above === undefined ? name : `${above} ${name}`);

/** "SIMATIC X: All versions < V2.8", "Controller Y <=1.2": a full name with its versions. */
function partsOf(name: string): { model: string; versions: string | undefined } {
	const found =
		/^(.+?)(?::\s*|\s+(?=[<>]|all versions|versions?\s|prior\s))((?:all |versions?\b|prior\b|before\b|[<>=]|v?\d|vers:).*)$/i.exec(name);
	return found === null ? { model: name, versions: undefined } : { model: found[1]!, versions: found[2] };
}

/** The document is still published, but stands for nothing: CSAF 2.1 has profiles for it, and publishers of 2.0 documents use their names. */
const GONE = /withdrawn|superseded/i;

/** Takes the text of one file. */
export function readCsaf(source: string): ReadAdvisory {
	let value: unknown;
	try {
		value = JSON.parse(source.replace(/^\ufeff/, ""));
	} catch {
		return { problem: "it is no JSON, or cut off" };
	}
	const document = objectOf(objectOf(value).document);
	const tracking = objectOf(document.tracking);
	const id = text(tracking.id, 100);
	if (document.csaf_version === undefined || id === undefined) return { problem: "it is no CSAF document" };
	if (document.csaf_version !== "2.0")
		return { problem: `it is CSAF ${text(document.csaf_version, 20) ?? "of an unknown version"}; 2.0 is read` };
	const version = text(tracking.version, 40);
	if (version === undefined) return { problem: "it has no tracking.version" };
	const publisher = text(objectOf(document.publisher).name) ?? "unknown publisher";
	const selves = listOf(document.references).flatMap((one) => (one.category === "self" ? (link(one.url) ?? []) : []));
	// The one for people.
	const url = selves.find((one) => !/\.(?:json|pdf|txt)$/i.test(one)) ?? selves[0];
	const head = {
		id,
		title: text(document.title) ?? id,
		publisher,
		version,
		released: text(tracking.current_release_date, 40) ?? "",
		...(url !== undefined && { url }),
	};
	if (GONE.test(String(document.category)) || /^\W*(?:withdrawn|rejected)\b/i.test(head.title))
		return { advisory: { ...head, isWithdrawn: true, products: [], vulnerabilities: [] } };
	const tree = new ProductTree(objectOf(objectOf(value).product_tree), publisher);
	const given = listOf(objectOf(value).vulnerabilities);
	const vulnerabilities = given.slice(0, MAX_VULNERABILITIES);
	const groups = groupsOf(objectOf(objectOf(value).product_tree).product_groups);
	const indexes = new Map([...tree.products.keys()].map((product, at) => [product, at]));
	const left = given.length > MAX_VULNERABILITIES ? `vulnerabilities beyond ${MAX_VULNERABILITIES}` : tree.left;
	return {
		advisory: {
			...head,
			products: [...tree.products.values()],
			vulnerabilities: vulnerabilities.map((one) => vulnerabilityOf(one, indexes, groups)),
		},
		...(left !== undefined && { left }),
	};
}

function groupsOf(value: unknown): Map<string, string[]> {
	return new Map(listOf(value).map((group) => [String(group.group_id), textsOf(group.product_ids)]));
}

function vulnerabilityOf(value: Json, indexes: ReadonlyMap<string, number>, groups: ReadonlyMap<string, string[]>): AdvisoryVulnerability {
	const status = objectOf(value.product_status);
	const products = (...lists: unknown[]): number[] => [...new Set(lists.flatMap(textsOf).flatMap((id) => indexes.get(id) ?? []))];
	const cve = typeof value.cve === "string" && /^CVE-\d{4}-\d{4,19}$/.test(value.cve) ? value.cve : undefined;
	const title = text(value.title);
	const scores = listOf(value.scores)
		.slice(0, MAX_SCORES)
		.flatMap((one) => {
			const cvss = isObject(one.cvss_v3) ? one.cvss_v3 : objectOf(one.cvss_v2);
			const { baseScore: score } = cvss;
			if (typeof score !== "number" || !(score >= 0 && score <= 10)) return [];
			return [{ score, vector: text(cvss.vectorString, 200) ?? "", products: products(one.products) }];
		});
	const remedies: AdvisoryRemedy[] = listOf(value.remediations)
		.slice(0, MAX_REMEDIES)
		.flatMap((one) => {
			const words = text(one.details, MAX_REMEDY);
			if (words === undefined) return [];
			const ofGroups = textsOf(one.group_ids).flatMap((group) => groups.get(group) ?? []);
			const isLimited = one.product_ids !== undefined || one.group_ids !== undefined;
			const url = link(one.url);
			const category = text(one.category, 40) ?? "mitigation";
			return [
				{ category, text: words, ...(url !== undefined && { url }), ...(isLimited && { products: products(one.product_ids, ofGroups) }) },
			];
		});
	return {
		...(cve !== undefined && { cve }),
		...(title !== undefined && { title }),
		scores,
		affected: products(status.known_affected, status.first_affected, status.last_affected),
		fixed: products(status.fixed, status.first_fixed),
		notAffected: products(status.known_not_affected),
		remedies,
	};
}
