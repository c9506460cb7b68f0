/** The manual says of each detection what its record says, and of nothing else. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { records } from "../../src/app/records.ts";
import { FLOOD_FACTOR, FLOOD_FLOOR } from "../../src/detect/thresholds.ts";
import { manualText } from "./text.ts";

const manual = readFileSync(new URL("../../appliance/detections.md", import.meta.url), "utf8");

describe("the manual's table of detections", () => {
	const rows = [...manual.matchAll(/^\| `([a-z0-9-]+)` \| (.*) \|$/gm)].map(([, id, rest]) => [id!, rest!] as const);

	it("has each record once, and no row without a record", () => {
		expect(rows.map(([id]) => id).sort()).toEqual([...records.keys()].sort());
	});

	it("says what the records say (`npm run manual` writes it)", () => {
		expect(manual).toBe(manualText());
		for (const [id, rest] of rows) {
			const { title, techniques, causes, advice } = records.get(id)!;
			expect(rest).toContain(title);
			for (const text of [...techniques, ...causes, ...advice]) expect(rest, id).toContain(text.slice(1).replaceAll("|", "\\|"));
		}
	});

	it("has limits and their reasons in words, with the program's own numbers", () => {
		for (const { id, needs, threshold } of records.values()) {
			if (needs !== undefined) expect(needs, id).toMatch(/^[A-Z].*\.$/);
			if (threshold === undefined) continue;
			expect(threshold.value.length, id).toBeGreaterThan(10);
			expect(threshold.why, id).toMatch(/^[A-Z].*\.$/);
		}
		expect(records.get("flood")!.threshold!.value).toContain(
			`${FLOOD_FACTOR} times the client's busiest second, and at least ${FLOOD_FLOOR}`,
		);
	});

	it("says of each deviation what makes it one", () => {
		expect([...records.values()].filter(({ nature, threshold }) => nature === "deviation" && threshold === undefined)).toEqual([]);
	});
});
