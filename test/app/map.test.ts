import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readArguments } from "../../src/app/arguments.ts";
import { baseline } from "../../src/app/baseline.ts";
import { map, storeMaps } from "../../src/app/map.ts";
import { openStore } from "../../src/store/level.ts";

const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const capture = fileURLToPath(new URL("../../captures/plant-normal.pcap", import.meta.url));
const PROGRAM = fileURLToPath(new URL("../../dist/program/main.js", import.meta.url));
const run = (...args: string[]) => map.run(readArguments(map, args));

describe("spanwatch map", () => {
	it("exports what was found as a map, which is imported with what a person added", async () => {
		expect(await run("export", "--learn", capture, "--out", at("maps"))).toBe(0);
		const found = readFileSync(join(at("maps"), "modbus-10.20.0.11-1.csv"), "utf8");
		expect(found.split("\r\n")[0]).toBe(
			"address,name,unit,scale,offset,type,word order,lowLow,low,high,highHigh,found kind,found min,found max,found writes",
		);
		expect(found).toContain("holding:0,,,1,0,,ABCD,,,,,states,1500,3500,20");
		expect(readFileSync(join(at("maps"), "opcua-10.20.0.20.csv"), "utf8")).toContain('ns=1;s=Tank.Level",Level,');
		writeFileSync(at("filled.csv"), found.replace("holding:0,,,1,0,,ABCD,,,", "holding:0,Set point,mm,0.1,0,uint16,ABCD,,,"));
		await baseline.run(readArguments(baseline, ["export", "--learn", capture, "--out", at("documents")]));
		await baseline.run(readArguments(baseline, ["import", at("documents"), "--state", at("box")]));
		expect(await run("import", at("filled.csv"), "--plc", "10.20.0.11/1", "--state", at("box"))).toBe(0);
		await run("export", "--state", at("box"), "--out", at("back"));
		expect(readFileSync(join(at("back"), "modbus-10.20.0.11-1.csv"), "utf8")).toContain(
			"holding:0,Set point,mm,0.1,0,uint16,ABCD,,,,,states,1500,3500,20",
		);
		await baseline.run(readArguments(baseline, ["export", "--state", at("box"), "--out", at("named")]));
		expect(readFileSync(join(at("named"), "modbus-10.20.0.11-1.yaml"), "utf8")).toContain(
			"{point: holding:0, name: Set point, kind: states",
		);
	});

	it("says what alarm limits would have alarmed, and sets them only where they are imported", async () => {
		writeFileSync(at("limits.csv"), "address,name,unit,scale,high\ninput:0,Level,mm,0.1,300\nholding:1,Pressure,,,4000\n");
		const spanwatch = (...args: string[]) => {
			const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "map", ...args], { encoding: "utf8" });
			return { status, text: stdout + stderr };
		};
		const check = (plc: string) => spanwatch("check", at("limits.csv"), "--plc", plc, "--learn", capture);
		const { status, text } = check("10.20.0.11/1");
		expect(status).toBe(0);
		expect(text).toContain(
			"PLC 10.20.0.11 unit 1: in the one day that is known these limits would have alarmed on 1 day, at 1 point:\n  Level (input register 0) was above its high alarm limit of 300 mm on 1 day, furthest with 373.6 mm on ",
		);
		expect(text).toContain("1 point stayed within.");
		expect(check("10.20.0.99").text).toBe(
			"It is the map of no PLC that is known: 10.20.0.99 was not seen, or its units have maps of their own.\n",
		);
		const imported = spanwatch("import", at("limits.csv"), "--plc", "10.20.0.11/1", "--state", at("box"));
		expect(imported.text).toContain("2 points of 10.20.0.11/1: 2 with a name, 2 with alarm limits");
		const other = spanwatch("check", at("limits.csv"), "--plc", "10.20.0.11", "--state", at("box"));
		expect(other.text).toBe("It is the map of no PLC that is known: 10.20.0.11 was not seen, or its units have maps of their own.\n");
		// A document says what is normal, not what was on which day.
		expect(imported.text).toContain("PLC 10.20.0.11 unit 1: nothing is known yet of its points with limits.");
	});

	it("keeps the maps that the configuration names, and no other of its", async () => {
		writeFileSync(at("one.csv"), "address,name\n40001,One\n");
		const store = await openStore(at("configured"));
		const kept = async () => {
			const keys: string[] = [];
			for await (const [key] of store.list("baseline")) keys.push(key);
			return keys;
		};
		await storeMaps([{ plc: "10.0.0.1", file: at("one.csv") }], store);
		expect(await kept()).toEqual(["map/10.0.0.1"]);
		await storeMaps([{ plc: "10.0.0.2/7", file: at("one.csv") }], store);
		expect(await kept()).toEqual(["map/10.0.0.2/7"]);
		await expect(storeMaps([{ plc: "10.0.0.3", file: at("none.csv") }], store)).rejects.toThrow("cannot be read (ENOENT)");
		await store.close();
	});

	it("says what is wrong", async () => {
		await expect(run("import", at("one.csv"))).rejects.toThrow("--plc ADDRESS");
		await expect(run("check", at("one.csv"), at("one.csv"), "--plc", "10.0.0.1")).rejects.toThrow("check takes one file");
		await expect(run("export", "--learn", capture)).rejects.toThrow("give --plc for one of them");
		await expect(run("remove")).rejects.toThrow('there is no "remove"');
	});
});
