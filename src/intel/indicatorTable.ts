/** Indicators in memory: an address is found by one look for each length of prefix that is listed, everything else by one look (a domain by one for each of its labels). */
import { hostOf, type IndicatorColumns, type IndicatorKind, type Listing, MAX_INDICATORS } from "./indicator.ts";
import { addressKey, masked, networkOf } from "./network.ts";

/** Labels of a name that are looked at: a name has at most 127 (RFC 1035, 2.3.4), and none may hide a domain behind many. */
const MAX_LABELS = 128;

export interface Match {
	readonly listing: Listing;
	/** As it is listed: the network of an address, the domain above a name. */
	readonly listed: string;
}

/** Decides whether a listing holds now; the first that does is the match. */
export type Holds = (listing: Listing) => boolean;

export class IndicatorTable {
	/** How many were left out because of the bound. */
	leftOut = 0;
	#size = 0;
	readonly #listings: Listing[] = [];
	/** By bits of prefix, the longest first: from key to the first entry. */
	readonly #networks: [bits: number, entries: Map<number | string, number>][][] = [[], []];
	readonly #texts = new Map<IndicatorKind, Map<string, number>>();
	/** By entry: its listing, and the next entry of the same value (-1 for none). */
	readonly #listingOf: number[] = [];
	readonly #next: number[] = [];

	get size(): number {
		return this.#size;
	}

	/** Takes more of them; values are normalised. */
	add({ listings, kinds, values, listing }: IndicatorColumns): void {
		const base = this.#listings.length;
		for (const one of listings) this.#listings.push(one);
		for (const [at, kind] of kinds.entries()) {
			const value = values[at]!;
			if (this.#size >= MAX_INDICATORS) {
				this.leftOut++;
				continue;
			}
			if (kind === "address") this.#addNetwork(value, base + listing[at]!);
			else this.#put(this.#textsOf(kind), value, base + listing[at]!);
		}
	}

	/** The most exact listing of an address that holds. */
	address(ip: string, holds: Holds): Match | undefined {
		const key = addressKey(ip);
		if (key === undefined) return undefined;
		const most = typeof key === "number" ? 32 : 128;
		for (const [bits, entries] of this.#networks[typeof key === "number" ? 0 : 1]!) {
			const listing = this.#first(entries.get(bits === most ? key : masked(key, bits)), holds);
			if (listing === undefined) continue;
			return { listing, listed: bits === most ? ip : networkOf(`${ip}/${bits}`)!.text };
		}
		return undefined;
	}

	/** The listing of a name, or of the nearest domain above it. */
	domain(name: string, holds: Holds): Match | undefined {
		const entries = this.#texts.get("domain");
		if (entries === undefined) return undefined;
		const host = hostOf(name);
		let at = 0;
		for (let label = 0; at >= 0 && label < MAX_LABELS; label++) {
			const listed = at === 0 ? host : host.slice(at);
			const listing = this.#first(entries.get(listed), holds);
			if (listing !== undefined) return { listing, listed };
			const dot = host.indexOf(".", at);
			at = dot < 0 ? -1 : dot + 1;
		}
		return undefined;
	}

	text(kind: Exclude<IndicatorKind, "address" | "domain">, value: string, holds: Holds): Match | undefined {
		const listed = value.toLowerCase();
		const listing = this.#first(this.#texts.get(kind)?.get(listed), holds);
		return listing === undefined ? undefined : { listing, listed };
	}

	#textsOf(kind: IndicatorKind): Map<string, number> {
		let entries = this.#texts.get(kind);
		if (entries === undefined) {
			entries = new Map();
			this.#texts.set(kind, entries);
		}
		return entries;
	}

	#addNetwork(text: string, listing: number): void {
		const network = networkOf(text);
		if (network === undefined) return;
		const lengths = this.#networks[network.family === 4 ? 0 : 1]!;
		let place = lengths.find(([bits]) => bits === network.bits);
		if (place === undefined) {
			place = [network.bits, new Map()];
			lengths.push(place);
			lengths.sort(([one], [other]) => other - one);
		}
		this.#put(place[1], addressKey(text.split("/", 1)[0]!)!, listing);
	}

	#put<K>(entries: Map<K, number>, key: K, listing: number): void {
		const entry = this.#size++;
		this.#listingOf.push(listing);
		this.#next.push(entries.get(key) ?? -1);
		entries.set(key, entry);
	}

	#first(entry: number | undefined, holds: Holds): Listing | undefined {
		// Lists that repeat a value for ever must not cost more than looking at a few.
		for (let at = entry ?? -1, seen = 0; at >= 0 && seen < MAX_SAME; at = this.#next[at]!, seen++) {
			const listing = this.#listings[this.#listingOf[at]!]!;
			if (holds(listing)) return listing;
		}
		return undefined;
	}
}

/** Listings of one value that are looked at, the latest first. */
const MAX_SAME = 64;
