/**
 * Indicators: values that somebody says an attacker uses, from lists that a site imports. One value with a line of reading behind it (`Listing`), in columns, because
 * there may be half a million of them. Plain data: it crosses from the station to the engine.
 */
import { domainToASCII } from "node:url";
import { addressKey, networkOf, ownSpace } from "./network.ts";

export const INDICATOR_KINDS = ["address", "domain", "ja4", "certificate", "file-name", "file-hash"] as const;
export type IndicatorKind = (typeof INDICATOR_KINDS)[number];

/** What a list says of some of its values. */
export interface Listing {
	/** File that it is from, without its folder. */
	readonly source: string;
	/** What it is called there; text of the list. */
	readonly name: string;
	/** Id of the object; empty where the list has none. */
	readonly id: string;
	/** 0 to 100; undefined where the list does not say. */
	readonly confidence?: number;
	/** Seconds since the epoch; it fires until then. */
	readonly validUntil?: number;
	readonly labels?: readonly string[];
	/** e.g. "mitre-attack S1165". */
	readonly references?: readonly string[];
	/** Of an address: only with this port of the server, only as this end, only over this transport. */
	readonly port?: number;
	readonly end?: "client" | "server";
	readonly transport?: "tcp" | "udp";
}

/** Columns of equal length; `listing` is an index into `listings`. */
export interface IndicatorColumns {
	readonly listings: readonly Listing[];
	readonly kinds: readonly IndicatorKind[];
	readonly values: readonly string[];
	readonly listing: readonly number[];
}

/** The same in pieces of at most `most` values, each with the listings that it needs; at least one. */
export function* piecesOf({ listings, kinds, values, listing }: IndicatorColumns, most: number): Generator<IndicatorColumns> {
	for (let from = 0; from === 0 || from < values.length; from += most) {
		const to = Math.min(values.length, from + most);
		const places = new Map<number, number>();
		const own: Listing[] = [];
		const moved = listing.slice(from, to).map((place) => {
			let at = places.get(place);
			if (at === undefined) {
				at = own.push(listings[place]!) - 1;
				places.set(place, at);
			}
			return at;
		});
		yield { listings: own, kinds: kinds.slice(from, to), values: values.slice(from, to), listing: moved };
	}
}

/** Values that are kept in all; beyond it they are counted and left out. At the dearest (STIX, about 400 bytes each) they take half of the engine's heap. */
export const MAX_INDICATORS = 500_000;
/** Texts of a list are cut here. */
export const MAX_INDICATOR_TEXT = 255;

/** One text of a list, harmless on a line: bounded, without control and hidden characters. */
export function listText(value: unknown): string | undefined {
	if (typeof value !== "string") return undefined;
	const text = value
		.slice(0, MAX_INDICATOR_TEXT)
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
		.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, " ")
		.trim();
	return text === "" ? undefined : text;
}

const HOST = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const JA4 = /^[tqd](?:1[0-3]|s[23]|d[123]|00)[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/i;
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/;

/** A host name as it is compared: lower case, without the dot of the root. */
export const hostOf = (name: string): string => (name.endsWith(".") ? name.slice(0, -1) : name).toLowerCase();

/** The name of a file without its folders, of either notation: who lists or sends a path means the file at its end. */
export const baseNameOf = (path: string): string => path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);

/** As it passes on the wire (RFC 5891): `bücher.example` is `xn--bcher-kva.example`. */
const asciiOf = (name: string): string => (/[\u0080-\uffff]/.test(name) && name.length <= MAX_INDICATOR_TEXT ? domainToASCII(name) : name);

/** Hex digits alone, lower case: `AB:CD`, `AB CD` and `abcd` are the same. */
const digitsOf = (text: string): string => text.replace(/[\s:.-]/g, "").toLowerCase();

/** "evil[.]example" and "hxxp" are written so that nobody clicks on them. */
export const refanged = (text: string): string => text.replace(/\[\.\]|\(\.\)|\{\.\}/g, ".").replace(/\[:\]/g, ":");

/** Networks larger than these take in whole parts of the Internet: an error of the list. */
const WIDEST = { 4: 8, 6: 16 } as const;

/** The value as it is compared, or why it cannot be. */
export function normalised(kind: IndicatorKind, text: string): { value: string } | { problem: string } {
	const plain = refanged(text.trim());
	switch (kind) {
		case "address": {
			const network = networkOf(plain);
			if (network === undefined) return { problem: `"${shown(text)}" is no address` };
			if (network.bits < WIDEST[network.family]) return { problem: `${shown(text)} takes in too much of the Internet` };
			const own = ownSpace(network);
			if (own !== undefined) return { problem: `${shown(text)} ${own}` };
			return { value: network.text };
		}
		case "domain": {
			const host = hostOf(asciiOf(plain.replace(/^\*\./, "")));
			if (addressKey(host) !== undefined) return { problem: `"${shown(text)}" is an address and no domain` };
			if (/^[a-z0-9_-]+$/.test(host)) return { problem: `"${shown(text)}" has no dot: it would name a whole top-level domain` };
			return HOST.test(host) ? { value: host } : { problem: `"${shown(text)}" is no domain` };
		}
		case "ja4":
			return JA4.test(plain) ? { value: plain.toLowerCase() } : { problem: `"${shown(text)}" is no JA4` };
		case "certificate": {
			const digits = digitsOf(plain);
			return HASH.test(digits) && digits.length > 32
				? { value: digits }
				: { problem: `"${shown(text)}" is neither a SHA-1 nor a SHA-256 thumbprint` };
		}
		case "file-hash": {
			const digits = digitsOf(plain);
			return HASH.test(digits) ? { value: digits } : { problem: `"${shown(text)}" is no MD5, SHA-1 or SHA-256` };
		}
		case "file-name": {
			const name = baseNameOf(plain).toLowerCase();
			return name.length > 2 ? { value: name } : { problem: `"${shown(text)}" is no name of a file` };
		}
	}
}

/** What kind of indicator a value alone shows it to be; a hash may be of a certificate or of a file. */
export function kindOf(text: string): IndicatorKind | "hash" | undefined {
	const plain = refanged(text.trim());
	if (networkOf(plain) !== undefined) return "address";
	if (JA4.test(plain)) return "ja4";
	if (HASH.test(digitsOf(plain)) && !plain.includes(".")) return "hash";
	return HOST.test(hostOf(asciiOf(plain.replace(/^\*\./, "")))) ? "domain" : undefined;
}

const shown = (text: string): string => (listText(text) ?? "").slice(0, 60);
