/** What a decoder is made of: its folder and all that it stands on, as it is compiled. While that stays, what a seed's inputs do to it stays too. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

const IMPORT = /^(?:import|export)\s+[^;]*?from\s+"(\.[^"]+)";|^import\s+"(\.[^"]+)";/gms;

/** SHA-256 over the modules that a protocol's record pulls in, in the order of their names. `root` is where the compiled project lies. */
export function codeOf(root: string, protocol: string): string {
	const sources = new Map<string, string>();
	const open = [join(root, "protocols", protocol, "index.js")];
	for (let file = open.pop(); file !== undefined; file = open.pop()) {
		if (sources.has(file)) continue;
		const text = readFileSync(file, "utf8");
		sources.set(file, text);
		for (const [, from, alone] of text.matchAll(IMPORT)) open.push(join(file, "..", (from ?? alone)!));
	}
	const digest = createHash("sha256");
	for (const [file, text] of [...sources].sort(([one], [other]) => (one < other ? -1 : 1)))
		digest.update(`${relative(root, file)}\0${text}\0`);
	return digest.digest("hex");
}
