import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BASELINE_FADED, DETECTIONS } from "../../src/detect/records.ts";
import { TECHNIQUES } from "../../src/detect/techniques.ts";
import { countWords, durationWords, listWords, numberWords, spanWords } from "../../src/detect/words.ts";

const REFERENCE = new URL("../../../shared/reference/attack-ics-v18.tsv", import.meta.url);
/** Revoked or deprecated in version 18. */
const GONE = ["T0808", "T0810", "T0818", "T0824", "T0825", "T0833", "T0841", "T0844", "T0850", "T0854", "T0870", "T0875"];

describe("the engine's own detections", () => {
	it("have an id of their own, words for people, and a severity that leaves room for context", () => {
		expect(new Set(DETECTIONS.map(({ id }) => id)).size).toBe(DETECTIONS.length);
		for (const record of DETECTIONS) {
			expect(record.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
			expect(record.causes.length).toBeGreaterThan(0);
			expect(record.advice.length).toBeGreaterThan(0);
			// What the box says of what it knows only informs.
			if (record === BASELINE_FADED) continue;
			expect(record.severity).toBeGreaterThanOrEqual(30);
			expect(record.severity).toBeLessThanOrEqual(70);
			expect(record.techniques.length).toBeGreaterThan(0);
		}
	});

	it("name techniques of the table, and none that is gone", () => {
		const used = new Set(DETECTIONS.flatMap(({ techniques }) => techniques));
		for (const id of used) expect(Object.keys(TECHNIQUES)).toContain(id);
		for (const id of Object.keys(TECHNIQUES)) expect(GONE).not.toContain(id);
	});

	it("have the same table on the page", async () => {
		const page: { TECHNIQUES: unknown } = await import(new URL("../../src/web/page/techniques.js", import.meta.url).href);
		expect(page.TECHNIQUES).toEqual(TECHNIQUES);
	});

	it.skipIf(!existsSync(REFERENCE))("name techniques as ATT&CK does", () => {
		const rows = readFileSync(REFERENCE, "utf8")
			.trim()
			.split("\n")
			.map((line) => line.split("\t"));
		for (const [id, name] of Object.entries(TECHNIQUES)) {
			const row = rows.find(([known]) => known === id);
			expect(row?.[1]).toBe(name);
			expect(row?.slice(3)).toEqual(["false", "false"]);
		}
	});
});

describe("words", () => {
	it("say times, numbers and lists", () => {
		expect(durationWords(46 * 86_400e6)).toBe("46 days");
		expect(durationWords(90 * 60e6)).toBe("90 minutes");
		expect(durationWords(1.4e6)).toBe("1 second");
		expect(durationWords(0)).toBe("less than a second");
		expect(numberWords(812)).toBe("812");
		expect(numberWords(1 / 3)).toBe("0.333333");
		expect(numberWords(Number.NaN)).toBe("an unreadable value");
		expect(listWords([])).toBe("nobody");
		expect(listWords(["a", "b"])).toBe("a and b");
		expect(listWords(["a", "b", "c", "d"])).toBe("a, b and 2 more");
		expect(spanWords("holding register 3", "holding register 7")).toBe("holding register 3 to 7");
		expect(spanWords("Speed", "Level")).toBe("Speed to Level");
		expect(countWords(1, "point")).toBe("1 point");
	});
});
