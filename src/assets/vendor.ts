/** Who made a network card: the IEEE's registry of address blocks, offline. The only place that knows the package. */
import { createRequire } from "node:module";

/** First hex digit pairs whose bit 1 is set are locally administered (IEEE 802, 8.4): random or made by software, of no vendor. Bit 0 is a group. */
const LOCAL_OR_GROUP = 0x03;

/** Block lengths of the registry in hex digits (MA-S, MA-M, MA-L), longest first. */
const BLOCKS = [9, 7, 6] as const;

let registry: Record<string, string> | undefined;

/** The vendor of `aa:bb:cc:dd:ee:ff`, or undefined. The registry (about 3 MB) is loaded at the first question. */
export function vendorOf(mac: string): string | undefined {
	if ((Number.parseInt(mac.slice(0, 2), 16) & LOCAL_OR_GROUP) !== 0) return undefined;
	registry ??= createRequire(import.meta.url)("oui-data") as Record<string, string>;
	const digits = mac.replaceAll(":", "").toUpperCase();
	for (const length of BLOCKS) {
		const entry = registry[digits.slice(0, length)];
		if (entry !== undefined) return entry.split("\n", 1)[0]!.replace(/[\s,;]+$/, "");
	}
	return undefined;
}
