/** The rows of what is imported: each fires exactly once where it must, and not at all in its twin. */
import { describe, expect, it } from "vitest";
import { records } from "../../src/app/records.ts";
import { INDICATOR_RECORDS } from "../../src/detect/indicatorRecords.ts";
import { recordingOf, says } from "./entry.ts";
import { INTEL } from "./intel.ts";

describe("the catalogue's rows of what is imported", () => {
	it.each(INTEL.map((row) => [row.id, row] as const))("%s", (id, { fires, twin, twinIs, which }) => {
		expect(records.has(id)).toBe(true);
		const play = (scene: typeof fires) => (recordingOf(scene) === undefined && typeof scene === "function" ? scene() : []);
		expect(play(fires).filter((said) => says(said, id, which)).length, "where it must fire").toBe(1);
		expect(play(twin).filter((said) => says(said, id)).length, `where it must not: ${twinIs}`).toBe(0);
	});

	it("show every record", () => {
		for (const { id } of INDICATOR_RECORDS) expect(INTEL.some((row) => row.id === id)).toBe(true);
	});
});
