/** What the station keeps of advisories: compared in the thread as it is compiled, with files as they may be found on a disk. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAdvisories } from "../../src/app/advisoryFiles.ts";
import type { AdvisoryMatcher, AdvisoryMatcherOptions } from "../../src/app/advisoryMatcher.ts";
import type { Advisory } from "../../src/assets/advisories/advisory.ts";
import type { Described } from "../../src/assets/advisories/library.ts";
import { isBuilt } from "../support/monitor.ts";

/** One that concerns a model below a version. */
const advisory = (id: string, model: string, score: number, changes: Partial<Advisory> = {}): Advisory => ({
	id,
	title: id,
	publisher: "Example CERT",
	version: "1",
	released: "2026-01-01T00:00:00Z",
	products: [{ name: model, vendor: "Example", model, numbers: [], versions: "<2.0" }],
	vulnerabilities: [{ scores: [{ score, vector: "", products: [] }], affected: [0], fixed: [], notAffected: [], remedies: [] }],
	...changes,
});
const device = (id: string, model: string, firmware?: string): Described => ({
	id,
	identities: [{ evidence: "said", vendor: "Example", model, ...(firmware !== undefined && { firmware }) }],
});

describe.skipIf(!isBuilt)("what advisories say of devices", () => {
	let state: string;
	let file: string;
	let warnings: string[];
	let changes: number;
	let matcher: AdvisoryMatcher;
	beforeEach(async () => {
		state = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
		file = join(state, "advisories.jsonl");
		warnings = [];
		changes = 0;
		const compiled = new URL("../../dist/src/app/advisoryMatcher.js", import.meta.url).href;
		const { AdvisoryMatcher: Compiled } = (await import(compiled)) as {
			AdvisoryMatcher: new (options: AdvisoryMatcherOptions) => AdvisoryMatcher;
		};
		matcher = new Compiled({ stateDir: state, onChange: () => changes++, onWarning: (sentence) => void warnings.push(sentence) });
	});
	afterEach(async () => {
		await matcher.stop();
		rmSync(state, { recursive: true, force: true });
	});

	const compared = async () => {
		matcher.compare();
		await expect.poll(() => matcher.news.isComparing, { timeout: 10_000 }).toBe(false);
		return matcher.news.devices.map(({ asset, affected, mayBeAffected, score }) => `${asset} ${affected} ${mayBeAffected} ${score}`).sort();
	};

	it("follows the devices: new ones, what they say anew, and those that are gone", async () => {
		writeAdvisories(state, [advisory("A", "PX-1000", 5), advisory("B", "PX-1000", 7.5), advisory("C", "PX-2000", 9.8)]);
		matcher.take(device("a", "PX-1000", "1.0"));
		matcher.take({ id: "mute", vendor: "Example" });
		matcher.look();
		expect(matcher.news).toMatchObject({ documents: 0, isComparing: true });
		expect(await compared()).toEqual(["a 2 0 7.5"]);
		expect(matcher.news).toMatchObject({ documents: 3, described: 1 });
		// More than are compared at a time.
		for (let at = 0; at < 30; at++) matcher.take(device(`b${at}`, at % 2 === 0 ? "PX-2000" : "PX-3000"));
		expect((await compared()).slice(0, 3)).toEqual(["a 2 0 7.5", "b0 0 1 9.8", "b10 0 1 9.8"]);
		expect(matcher.news).toMatchObject({ described: 31, devices: { length: 16 } });
		// An update, and a device that takes back what it is.
		const before = changes;
		matcher.take(device("a", "PX-1000", "1.0"));
		expect(await compared()).toHaveLength(16);
		expect(changes).toBe(before);
		matcher.take(device("a", "PX-1000", "2.0"));
		matcher.take({ id: "b0" });
		expect(await compared()).toHaveLength(14);
		expect(matcher.news.described).toBe(30);
		const { revision } = matcher.news;
		matcher.retain(new Map([["a", 1]]));
		expect(matcher.news).toMatchObject({ described: 1, devices: [] });
		expect(matcher.news.revision).toBeGreaterThan(revision);
		expect(warnings).toEqual([]);
	});

	it("keeps of each device the most serious, and of all a bounded number, with true numbers beside", async () => {
		writeAdvisories(
			state,
			Array.from({ length: 150 }, (_, at) => advisory(`A-${at}`, "PX-1000", at / 15)),
		);
		for (let at = 0; at < 120; at++) matcher.take(device(`d${at}`, "PX-1000", "1.0"));
		matcher.look();
		await compared();
		const { devices } = matcher.news;
		expect(devices.length).toBe(120);
		expect(new Set(devices.map(({ affected, score }) => `${affected} ${score}`))).toEqual(new Set(["150 9.933333333333334"]));
		const kept = devices.reduce((sum, { matches }) => sum + matches.length, 0);
		expect(kept).toBeGreaterThanOrEqual(10_000);
		expect(kept).toBeLessThanOrEqual(11_800);
		expect(Math.max(...devices.map(({ matches }) => matches.length))).toBe(100);
		for (const { matches } of devices) expect(matches[0]!.advisory).toBe("A-149");
	});

	it("says of a damaged or unreadable file what is wrong, once, and goes on with what there is", async () => {
		const both = ["a 1 0 5", "b 1 0 9"];
		writeAdvisories(state, [advisory("A", "PX-1000", 5), advisory("B", "PX-2000", 9)]);
		const text = readFileSync(file, "utf8");
		matcher.take(device("a", "PX-1000", "1.0"));
		matcher.take(device("b", "PX-2000", "1.0"));
		matcher.look();
		expect(await compared()).toEqual(both);
		// A line that is none costs that line.
		writeFileSync(file, text.replace('{"id":"A"', '{"id":'));
		matcher.look();
		expect(await compared()).toEqual(["b 1 0 9"]);
		expect(matcher.news.problem).toBe("1 line of the box's advisories cannot be read: import the advisories again.");
		// One whose inside is of another shape keeps the others from being compared, and nothing else.
		writeFileSync(file, text.replace('"products":[{', '"products":[null,{'));
		matcher.look();
		expect(await compared()).toEqual(["b 1 0 9"]);
		expect(matcher.news.problem).toMatch(/^The advisories could not be compared \(.+\)\.$/);
		rmSync(file);
		mkdirSync(file);
		matcher.look();
		expect(await compared()).toEqual(["b 1 0 9"]);
		expect(matcher.news.problem).toContain("advisories.jsonl cannot be read (EISDIR)");
		matcher.look();
		matcher.take(device("c", "PX-2000", "1.0"));
		expect(await compared()).toEqual(["b 1 0 9"]);
		expect(warnings.length).toBe(3);
		rmSync(file, { recursive: true });
		matcher.look();
		expect(await compared()).toEqual([]);
		expect(matcher.news).toMatchObject({ documents: 0 });
		expect(matcher.news.problem).toBeUndefined();
		for (const bad of ["", "no such thing", "\u0000".repeat(100), '{"schema":2}\n']) {
			writeFileSync(file, bad);
			matcher.look();
			expect(await compared()).toEqual([]);
		}
		writeFileSync(file, text);
		matcher.look();
		expect(await compared()).toEqual([...both, "c 1 0 9"]);
		expect(matcher.news.problem).toBeUndefined();
	});
});
