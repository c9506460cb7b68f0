import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArguments } from "../../src/app/arguments.ts";
import { baseline } from "../../src/app/baseline.ts";
import { Replay } from "../../src/app/replay.ts";
import { openStore } from "../../src/store/level.ts";

const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const run = (...args: string[]) => baseline.run(readArguments(baseline, args));
const files = (name: string) => new Map(readdirSync(at(name)).map((file) => [file, readFileSync(join(at(name), file), "utf8")]));

describe("spanwatch baseline", () => {
	beforeAll(async () => {
		expect(await run("export", "--learn", capture("plant-normal"), "--out", at("yaml"))).toBe(0);
	});

	it("exports what captures teach, one file for each PLC, the same each time", async () => {
		await run("export", "--learn", capture("plant-normal"), "--out", at("again"));
		expect(files("again")).toEqual(files("yaml"));
		expect(files("yaml").size).toBeGreaterThan(3);
	});

	it("exports the rhythm and the order that a declared capture shows, though nothing was judged yet", () => {
		const text = readFileSync(join(at("yaml"), "modbus-10.20.0.11-1.yaml"), "utf8");
		expect(text).toMatch(/^rhythm:\n {2}- \{client: 10\.20\.0\.30, verb: read, /m);
		expect(text).toMatch(/^order:\n {2}- client: 10\.20\.0\.30$/m);
	});

	it.each(["yaml", "json"])("starts a new box from %s, which exports the same", async (format) => {
		await run("export", "--learn", capture("plant-normal"), "--format", format, "--out", at(`${format}-out`));
		expect(await run("import", at(`${format}-out`), "--state", at(`${format}-box`))).toBe(0);
		await run("export", "--state", at(`${format}-box`), "--format", format, "--out", at(`${format}-back`));
		expect(files(`${format}-back`)).toEqual(files(`${format}-out`));
		expect(await run("diff", at("yaml"), "--state", at(`${format}-box`))).toBe(0);
		await expect(run("import", at("yaml"), "--state", at(`${format}-box`))).rejects.toThrow("an import starts a new box");
	});

	it("starts a new box that is silent while the plant does its routine, and not when it does not", async () => {
		const watch = async (name: string): Promise<string[]> => {
			expect(await run("import", at("yaml"), "--state", at(`box-${name}`))).toBe(0);
			const store = await openStore(at(`box-${name}`));
			const replay = new Replay({ steps: [{ path: capture(name), isLearned: false }], store });
			await replay.restore();
			await replay.run();
			await store.close();
			return replay.alerts().map(({ type }) => type);
		};
		expect(await watch("plant-routine")).toEqual([]);
		expect(await watch("new-talker-write")).toContain("first-write");
	});

	it("compares two, and one with captures", async () => {
		expect(await run("diff", at("yaml"), at("yaml"))).toBe(0);
		expect(await run("diff", at("yaml"), "--learn", capture("plant-routine"))).toBe(1);
	});

	it("says what is wrong", async () => {
		writeFileSync(at("wrong.yaml"), "format: spanwatch-baseline/1\nplc: 10.0.0.5\nprotocol: modbus\nunit: many\n");
		await expect(run("import", at("wrong.yaml"), "--state", at("unused"))).rejects.toThrow(
			`${at("wrong.yaml")}:4:7: there must be a whole number from 0 to 65535; there is "many".`,
		);
		expect(readdirSync(folder)).not.toContain("unused");
		await expect(run("export", "--state", at("nowhere"))).rejects.toThrow("There is no state in");
		await expect(run("export", "--learn", capture("plant-normal"), "--plc", "10.9.9.9")).rejects.toThrow(
			"there is no PLC 10.9.9.9; there are",
		);
		await expect(run("export", "--format", "xml", "--learn", capture("plant-normal"))).rejects.toThrow("yaml or json");
		await expect(run("destroy")).rejects.toThrow('there is no "destroy"');
	});
});
