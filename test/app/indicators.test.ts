/** Lists of indicators from the command line and from a configuration, with the program itself. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readArguments } from "../../src/app/arguments.ts";
import { indicators } from "../../src/app/indicators.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "spanwatch-lists-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
	mkdirSync(join(folder, name, ".."), { recursive: true });
	writeFileSync(join(folder, name), text);
	return join(folder, name);
}
function run(...args: string[]): { status: number | null; out: string; err: string } {
	const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/src/app/main.js"), ...args], { encoding: "utf8" });
	return { status, out: stdout, err: stderr };
}

describe("indicators check", () => {
	it("counts a folder's lists by kind, says what does not map, and finds something then", () => {
		file("lists/a.csv", `type,value\nip,192.0.2.1\nemail,a@b.example\nfilename,bad.exe\nfilehash,${"ab".repeat(32)}\n`);
		file("lists/b.txt", "evil.example\n");
		file("lists/README.md", "no list\n");
		const { status, out, err } = run("indicators", "check", join(folder, "lists"));
		expect(out).toBe(
			'a.csv: 1 addresses and networks, 1 file names, 1 file hashes, 1 that do not map\n  line 3: the type "email" is not seen on this wire\nb.txt: 1 domains\n',
		);
		expect(err).toContain("hashes of files are kept, but no protocol that is decoded shows what is in files yet");
		expect(status).toBe(1);
	});

	it.each([
		[["check"], "indicators: check takes files or folders"],
		[[], "indicators: say what to do: check or reload"],
		[["forget"], 'indicators: there is no "forget": check or reload'],
		[["reload", "x.csv"], "indicators: reload takes no files: the configuration names them"],
		[["reload", "--state", "/no/such/state"], "No box answers in the state folder /no/such/state (nothing runs there)"],
		[["check", "/no/such/list"], "indicators: /no/such/list cannot be read (ENOENT): check the path and its owner."],
	])("says in one sentence what is wrong: %j", async (args, sentence) => {
		await expect(indicators.run(readArguments(indicators, args))).rejects.toThrow(sentence);
	});

	it("says the same of a list that is none, also where a configuration names it", async () => {
		const list = file("broken.json", '{"type": "bundle", "objects": [');
		const config = file("spanwatch.yaml", "indicators: [broken.json]\n");
		await expect(indicators.run(readArguments(indicators, ["check", list]))).rejects.toThrow(
			"broken.json: line 1: it begins like JSON and is none",
		);
		const { status, err } = run("replay", "--config", config, join(ROOT, "captures/normal.pcap"));
		expect(err).toContain("broken.json: line 1: it begins like JSON and is none");
		expect(err.trim().split("\n")).toHaveLength(1);
		expect(status).toBe(2);
	});
});
