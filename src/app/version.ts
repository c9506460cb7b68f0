/** The version, from package.json: the one place that has it. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json: above `src/app` in a checkout, above `dist/src/app` where compiled. */
function findRoot(): string {
	let folder = dirname(fileURLToPath(import.meta.url));
	for (;;) {
		try {
			const { name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { name?: string };
			if (name === "spanwatch") return folder;
		} catch {
			// not here: one folder up
		}
		const above = dirname(folder);
		if (above === folder) throw new Error("The program's package.json is missing: install it again.");
		folder = above;
	}
}

export const ROOT = findRoot();
export const VERSION = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
