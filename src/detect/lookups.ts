/** Names that hosts ask for: names that exist nowhere, one after the other, and names that are long and never the same, which carry something. Bounded. */
import { type Found, Searches, type Span } from "./search.ts";

/** Different domains of which the name service knows nothing. */
const UNKNOWN: Span = { micros: 600e6, count: 20 };
/** Different long names of one domain, fast and over a day. */
const LONG: readonly Span[] = [
	{ micros: 600e6, count: 50 },
	{ micros: 86_400e6, count: 250 },
];
/** Characters before the domain that make a name long: a name for people is shorter, and so is that of a machine in a cloud. */
const LONG_NAME = 24;
/** Names of one domain that are remembered: as numbers, so that long ones cost no more. */
const MAX_NAMES = 256;

/** The limits in words, for the records. */
export const LOOKUP_LIMITS = {
	unknown: `${UNKNOWN.count} different domains that do not exist, asked for by one host within ${UNKNOWN.micros / 60e6} minutes`,
	long: `${LONG[0]!.count} different names of one domain within ${LONG[0]!.micros / 60e6} minutes, or ${LONG[1]!.count} within a day, each with ${LONG_NAME} or more characters before the domain`,
} as const;

/**
 * The domain of a name, as somebody registers it: its last two labels, three where the last two are short (`example.co.uk`). Undefined for a name of one label, and for what
 * says an address backwards.
 */
export function domainOf(name: string): string | undefined {
	const labels = name.split(".");
	const last = labels.at(-1)!;
	if (labels.length < 2 || last === "arpa" || last === "") return undefined;
	const isShort = last.length === 2 && labels.at(-2)!.length <= 3;
	return labels.slice(isShort && labels.length > 2 ? -3 : -2).join(".");
}

/** Bits of information in a character, as the characters of the text are spread: above 3.5 hardly a word of a language. */
export function entropyOf(text: string): number {
	const counts = new Map<string, number>();
	for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
	return bits;
}

/** FNV-1a: two names that share a number count as one, which only makes a search look smaller. */
function numberOf(text: string): string {
	let hash = 0x811c9dc5;
	for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
	return (hash >>> 0).toString(36);
}

export class Lookups {
	readonly #unknown = new Searches([UNKNOWN], { parties: 512, things: 64 });
	readonly #long = new Searches(LONG, { parties: 512, things: MAX_NAMES });

	/** Parties that gave way. */
	get displaced(): number {
		return this.#unknown.displaced + this.#long.displaced;
	}

	/** A host asked for a name that does not exist; the search for one that does, where this makes one. Its things are domains. */
	unknown(client: string, domain: string, watched: number, frame: number): Found | undefined {
		return this.#unknown.add(client, domain, watched, frame);
	}

	/** A host asked for a name; the stream of long names of this domain, where this makes one. */
	long(client: string, name: string, domain: string, watched: number, frame: number): Found | undefined {
		const before = name.length - domain.length - 1;
		if (before < LONG_NAME) return undefined;
		return this.#long.add(`${client}|${domain}`, numberOf(name), watched, frame);
	}

	/** As plain data. */
	save(): Record<"unknown" | "long", unknown[]> {
		return { unknown: this.#unknown.save(), long: this.#long.save() };
	}

	/** Takes saved ones back. What is damaged is left out. */
	restore(saved: unknown): void {
		const { unknown, long } = (saved ?? {}) as Record<string, unknown>;
		this.#unknown.restore(unknown);
		this.#long.restore(long);
	}
}
