/** Every public capture that is beside the project: as many frames as its list says, whatever is in them. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";

const folder = new URL("../../../shared/captures/", import.meta.url);
const list = new URL("MANIFEST.tsv", folder);
const isThere = existsSync(list);
if (!isThere) console.warn(`skipped: there are no public captures in ${folder.pathname}`);

interface Row {
	path: string;
	packets: number;
}

function rows(): Row[] {
	const [head, ...lines] = readFileSync(list, "utf8").trimEnd().split("\n");
	const names = head!.split("\t");
	const path = names.indexOf("path");
	const packets = names.indexOf("packets");
	return lines
		.map((line) => line.split("\t"))
		.map((columns) => ({ path: columns[path]!, packets: Number.parseInt(columns[packets]!, 10) }));
}

it.skipIf(!isThere)("reads every frame of every public capture", { timeout: 180_000 }, async () => {
	const different: string[] = [];
	let files = 0;
	let frames = 0;
	for (const { path, packets } of rows()) {
		try {
			const reader = await readCapture(new CaptureInput(fileURLToPath(folder) + path), () => {});
			files++;
			frames += reader.frames;
			// The list has -1 where its tool could not count.
			if (packets >= 0 && reader.frames !== packets)
				different.push(`${path}: ${reader.frames} frames, ${packets} in the list; ${reader.warnings.join(" ")}`);
		} catch (error) {
			if (!(error instanceof CaptureError)) throw error;
			different.push(`${path}: ${packets} in the list; ${error.message}`);
		}
	}
	console.log(`${files} public captures, ${frames} frames`);
	expect(different).toEqual([]);
});
