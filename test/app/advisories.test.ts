import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { advisories } from "../../src/app/advisories.ts";
import { advisoriesMark, isNewer, merge, readAdvisories, readFolders, writeAdvisories } from "../../src/app/advisoryFiles.ts";
import { readArguments } from "../../src/app/arguments.ts";
import { identifyingDevices } from "../support/identified.ts";
import { isBuilt, PROGRAM } from "../support/monitor.ts";

const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const state = (name: string): string => {
	mkdirSync(at(name));
	return at(name);
};
const SAMPLES = fileURLToPath(new URL("../assets/advisories/csaf/", import.meta.url));
const run = (...args: string[]) => advisories.run(readArguments(advisories, args));
const spanwatch = (...args: string[]) => {
	const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "advisories", ...args], { encoding: "utf8" });
	return { status, stdout, said: stderr.replaceAll(/^\d\d:\d\d:\d\d {2}/gm, "") };
};

describe("an import of advisories", () => {
	it("takes each in its newest version, and what was taken back matches nothing", () => {
		const { advisories: found, read, problems } = readFolders([SAMPLES]);
		expect([read, problems]).toEqual([6, []]);
		expect([...found.values()].map(({ id, version, isWithdrawn }) => [id, version, isWithdrawn ?? false])).toEqual([
			["EX-2025-001", "1", false],
			["EX-2025-002", "1", false],
			["EX-2025-003", "2", false],
			["EX-2025-004", "2", true],
		]);
	});

	it("keeps the newer one whatever is imported first, and says what changed", async () => {
		const box = state("newer");
		const of = (name: string) => join(SAMPLES, name);
		await run("import", of("ex-2025-003-v2.json"), "--state", box);
		expect(merge(readAdvisories(box).advisories, readFolders([of("ex-2025-003-v1.json")]).advisories)).toMatchObject({
			added: 0,
			renewed: 0,
			known: 1,
		});
		await run("import", of("ex-2025-003-v1.json"), of("ex-2025-004-v1.json"), "--state", box);
		expect([...readAdvisories(box).advisories.values()].map(({ id, version }) => `${id} ${version}`)).toEqual([
			"EX-2025-003 2",
			"EX-2025-004 1",
		]);
		await run("import", of("ex-2025-004-v2.json"), "--state", box);
		expect(readAdvisories(box).advisories.get("EX-2025-004")).toMatchObject({ isWithdrawn: true, products: [] });
		await run("import", of("ex-2025-001.json"), "--replace", "--state", box);
		expect([...readAdvisories(box).advisories.keys()]).toEqual(["EX-2025-001"]);
		const advisory = readAdvisories(box).advisories.get("EX-2025-001")!;
		expect(isNewer({ ...advisory, version: "1.0.10" }, { ...advisory, version: "1.0.9" })).toBe(true);
		expect(isNewer({ ...advisory, released: "2025-03-02T00:00:00Z" }, advisory)).toBe(true);
		expect(isNewer(advisory, advisory)).toBe(false);
	});

	it("reads folders below, and says of each file that gives nothing why, without losing the others", () => {
		mkdirSync(at("bad/2025"), { recursive: true });
		cpSync(join(SAMPLES, "ex-2025-001.json"), at("bad/2025/EX.JSON"));
		writeFileSync(at("bad/with-a-mark.json"), `\ufeff${readFileSync(join(SAMPLES, "ex-2025-002.json"), "utf8")}`);
		writeFileSync(at("bad/broken.json"), '{"document": {');
		writeFileSync(at("bad/other.json"), '{"canonical_url": "https://cert.example/provider-metadata.json"}');
		writeFileSync(at("bad/large.json"), Buffer.alloc((16 << 20) + 1, 0x20));
		writeFileSync(at("bad/deep.json"), "[".repeat(1 << 20));
		writeFileSync(at("bad/changes.csv"), "no advisory");
		symlinkSync(at("bad"), at("bad/again"));
		const { advisories: found, problems } = readFolders([at("bad")]);
		expect([...found.keys()]).toEqual(["EX-2025-001", "EX-2025-002"]);
		expect(problems.map((problem) => problem.replace(folder, ""))).toEqual([
			"/bad/broken.json was left out: it is no JSON, or cut off.",
			"/bad/deep.json was left out: it is no JSON, or cut off.",
			"/bad/large.json was left out: it has 16777217 bytes, and 16777216 is the most.",
			"/bad/other.json was left out: it is no CSAF document.",
		]);
	});

	it("is all or nothing on the disk, and damage costs only what is damaged", () => {
		const box = state("disk");
		expect(advisoriesMark(box)).toBe("");
		const { advisories: found } = readFolders([SAMPLES]);
		writeAdvisories(box, found.values());
		const mark = advisoriesMark(box);
		expect(readAdvisories(box)).toEqual({ advisories: found, damaged: 0 });
		writeAdvisories(box, found.values());
		expect(advisoriesMark(box)).not.toBe(mark);
		expect(readdirSync(box)).toEqual(["advisories.jsonl"]);
		const file = join(box, "advisories.jsonl");
		const text = readFileSync(file, "utf8");
		// What a power cut leaves of another writer is not looked at.
		writeFileSync(`${file}.1`, text.slice(0, 100));
		writeFileSync(file, text.replace('{"id":"EX-2025-002"', '{"id":'));
		expect([...readAdvisories(box).advisories.keys()]).toEqual(["EX-2025-001", "EX-2025-003", "EX-2025-004"]);
		expect(readAdvisories(box).damaged).toBe(1);
		writeFileSync(file, "something else");
		expect(readAdvisories(box)).toEqual({ advisories: new Map(), damaged: 1 });
		expect(() => writeAdvisories(at("nowhere"), [])).toThrow(/cannot be kept in .*nowhere \(ENOENT\)/);
	});
});

describe.skipIf(!isBuilt)("spanwatch advisories", () => {
	const capture = at("identified.pcap");
	writeFileSync(
		capture,
		identifyingDevices([
			{ ip: "10.0.0.11", vendor: "Schneider Electric", code: "BMX P34 2020", revision: "v2.7" },
			{ ip: "10.0.0.12", vendor: "Schneider Electric", code: "BMX P34 2000", revision: "v3.70" },
			{ ip: "10.0.0.13", vendor: "WAGO", code: "750-8212", revision: "FW boot" },
			{ ip: "10.0.0.14", vendor: "Other\u001b[31m", code: "X-1", revision: "1.0" },
		]),
	);

	it("matches the devices of a capture, as a table, in full and as JSON lines", () => {
		const box = state("matched");
		const imported = spanwatch("import", SAMPLES, "--state", box);
		expect([imported.status, imported.stdout]).toEqual([0, ""]);
		expect(imported.said).toBe("6 advisory documents read: 4 new, 0 in a newer version, 0 known; the box has 4 now\n");
		const found = spanwatch("--learn", capture, "--state", box);
		expect(found.stdout.split("\n").map((line) => line.trimEnd())).toEqual([
			"DEVICE            MODEL         FIRMWARE  STATUS           CVSS  ADVISORY     FIXED IN  CVE",
			"10.0.0.11 unit 1  BMX P34 2020  v2.7      affected         9.1   EX-2025-001  SV3.60    CVE-2025-10001, CVE-2025-10002",
			"10.0.0.13 unit 1  750-8212      FW boot   may be affected  7.5   EX-2025-002  03.10.09  CVE-2025-20001",
			"",
		]);
		expect(found.said).toContain("4 advisory documents, 5 devices, of which 4 said what they are: 1 matches, and 1 that may be");
		expect(found.status).toBe(1);
		const full = spanwatch("--learn", capture, "--from", SAMPLES, "--asset", "10.0.0.11");
		expect(full.stdout).toContain("10.0.0.11 unit 1: affected: EX-2025-001 Example: write without login in Modicon M340\n");
		expect(full.stdout).toContain("  vendor fix: Update to SV3.60 or later. https://vendor.example/sv360\n");
		const [line, ...others] = spanwatch("--learn", capture, "--from", SAMPLES, "--asset", "10.0.0.13", "--format", "json")
			.stdout.trim()
			.split("\n");
		expect(others).toEqual([]);
		expect(JSON.parse(line!)).toMatchObject({
			asset: "10.0.0.13",
			status: "may be affected",
			device: { evidence: "Modbus device identification" },
		});
		expect(spanwatch("--learn", capture, "--from", SAMPLES, "--asset", "10.0.0.12").status).toBe(0);
	});

	it("says in one sentence what is wrong, and what to do", () => {
		const box = state("wrong");
		const wrong = (...args: string[]) => {
			const { status, said } = spanwatch(...args, "--state", box);
			return `${status} ${said.replaceAll(folder, "").trim()}`;
		};
		expect(wrong("import")).toBe("2 spanwatch: advisories: import takes the folder (or files) with the advisories, CSAF 2.0 documents.");
		expect(wrong("import", at("none"))).toBe("2 spanwatch: advisories: /none is no file and no folder: check the path.");
		mkdirSync(at("empty"));
		expect(wrong("import", at("empty"))).toBe("2 spanwatch: advisories: there is no CSAF 2.0 document in /empty; nothing was changed.");
		expect(wrong("fetch")).toContain('2 spanwatch: advisories: there is no "fetch"');
		expect(wrong("--learn", capture)).toContain(
			"2 spanwatch: advisories: there are none yet; bring them with `spanwatch advisories import FOLDER`",
		);
		expect(wrong("--learn", capture, "--from", SAMPLES, "--format", "xml")).toContain(
			"2 spanwatch: advisories: --format is table or json; it is xml.",
		);
		expect(wrong("--learn", capture, "--from", SAMPLES, "--asset", "10.9.9.9")).toContain(
			"2 spanwatch: advisories: there is no device 10.9.9.9.",
		);
	});
});
