/** `spanwatch assets`: who is in a recording, as lines and as a table, and wrong use. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { AssetDocument } from "../../src/assets/assetDocument.ts";
import { PROGRAM } from "../support/monitor.ts";

const RECORDING = fileURLToPath(new URL("../../captures/modbus-maintenance.pcap", import.meta.url));

const run = (...args: string[]) => spawnSync(process.execPath, [PROGRAM, "assets", ...args], { encoding: "utf8" });

describe("spanwatch assets", () => {
	it("prints the devices of a capture, each with what says so", () => {
		const { status, stdout, stderr } = run(RECORDING);
		expect([status, stderr]).toEqual([0, ""]);
		const assets = stdout
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as AssetDocument);
		expect(new Set(assets.map(({ id }) => id)).size).toBe(assets.length);
		const plc = assets.find(({ ips }) => ips.includes("10.20.0.11"))!;
		expect(plc).toMatchObject({ isControl: true, roles: ["PLC"], macs: [expect.any(String)] });
		const facts = (field: string) => plc.facts.filter((fact) => fact.field === field);
		expect(facts("role")).toMatchObject([{ value: "PLC", evidence: "clients ask it by Modbus", confidence: 0.7 }]);
		expect(facts("address")).toContainEqual(
			expect.objectContaining({ value: "10.20.0.11", evidence: expect.stringMatching(/^ARP /), protocol: "arp", confidence: 0.9 }),
		);
		for (const { facts: all } of assets) for (const { frame } of all) expect(frame === undefined || frame >= 1).toBe(true);
		expect(run(RECORDING).stdout).toBe(stdout);
	});

	it("prints them as a table", () => {
		const { status, stdout } = run("--format", "csv", RECORDING);
		expect(status).toBe(0);
		const [header, ...rows] = stdout.trim().split("\r\n");
		expect(header).toMatch(/^id,name,ips,macs,line,vendor,model,/);
		expect(rows.length).toBe(run(RECORDING).stdout.trim().split("\n").length);
	});

	it.each([
		[[], "assets: no capture was named; give one or more files, or - for standard input."],
		[["--format", "xml", RECORDING], 'assets: there is no format "xml"; there are json and csv.'],
		[["/nowhere.pcap"], "/nowhere.pcap"],
	])("says what is wrong of %j", (args, words) => {
		const { status, stdout, stderr } = run(...args);
		expect([status, stdout]).toEqual([2, ""]);
		expect(stderr.trim().split("\n")).toHaveLength(1);
		expect(stderr).toContain(words);
	});
});
