/** `spanwatch rules`, the configuration's `rules`, and the manual's examples. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { protocols } from "../../protocols/index.ts";
import { readArguments } from "../../src/app/arguments.ts";
import { rules, storeRules } from "../../src/app/rules.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import { readRules } from "../../src/detect/rule.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const folder = mkdtempSync(join(tmpdir(), "spanwatch-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const capture = (name: string) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const run = (...args: string[]) => rules.run(readArguments(rules, args));
vi.mock("../../src/app/lines.ts", async (original) => ({ ...(await original<object>()), output: (text: string) => printed.push(text) }));
const printed: string[] = [];
const said = async (...args: string[]): Promise<string> => {
	printed.length = 0;
	expect(await run(...args)).toBe(0);
	return printed.join("");
};
const manual = readFileSync(new URL("../../appliance/rules.md", import.meta.url), "utf8");

describe("spanwatch rules test", () => {
	it("says how often each rule fires and where first, and what was missing where one never does", async () => {
		writeFileSync(
			at("pump.yaml"),
			`- {rule: strangers, text: Only stations write., severity: 80, verb: write, plc: 10.20.0.12, exceptWho: 10.20.0.30}
- {rule: high, text: Too high., severity: 50, point: "holding:900", value: {above: 5}}
- {rule: office, text: Stay out., severity: 50, who: "zone:office"}
- {rule: bacnet, text: None., severity: 50, protocol: opcua, code: 9999}
`,
		);
		const lines = (await said("test", at("pump.yaml"), capture("new-talker-write"), "--config", zoned())).split("\n");
		expect(lines[0]).toBe("strangers: fired 2 times.");
		expect(lines[1]).toBe(
			`  ${capture("new-talker-write")}, frame 653, 655: 10.20.0.66 wrote 1300 to holding register 0 of PLC 10.20.0.12 unit 1; the plant's rule strangers says: Only stations write.`,
		);
		expect(lines[2]).toContain("frame 670, 671: 10.20.0.66 wrote 800 to holding register 0");
		expect(lines.slice(3)).toEqual([
			"high: never fired; no such operation touched its points.",
			"office: never fired; none of the clients that it is about is in there. There is no zone office.",
			"bacnet: never fired; nobody it is about uses its function codes.",
			"Hours are those of Pacific/Auckland.",
			"",
		]);
	});

	it("reads a folder, and says what is wrong and where", async () => {
		mkdirSync(at("all"));
		writeFileSync(at("all/1.yaml"), "{rule: one, text: x, severity: 1}");
		writeFileSync(at("all/2.yml"), "{rule: two, text: x, severity: 1}");
		writeFileSync(at("all/notes.txt"), "no rules");
		expect(await said("test", at("all"), capture("recipe-change"))).toMatch(/^one: fired \d{3,} times\.[\s\S]*\ntwo: fired \d{3,} times/);
		writeFileSync(at("all/2.yml"), "rule: one\ntext: x\nseverity: 1");
		await expect(run("test", at("all"), "x")).rejects.toThrow(`${at("all/2.yml")}:1:1: there is a rule one already`);
		await expect(run("test", at("nowhere"), "x")).rejects.toThrow(`The rules in ${at("nowhere")} cannot be read (ENOENT)`);
		await expect(run("test", at("all"))).rejects.toThrow("rules: test takes a file or folder of rules, and at least one capture.");
		writeFileSync(at("empty.yaml"), "");
		await expect(run("test", at("empty.yaml"), "x")).rejects.toThrow("there is no rule in");
		await expect(run("check")).rejects.toThrow('rules: there is no "check": test or import');
		await expect(run()).rejects.toThrow("rules: say what to do: test or import");
	});
});

describe("spanwatch rules import", () => {
	const signatures = `# of a test
alert modbus any any -> $PLCS any (msg:"A PLC is told to be silent"; modbus: function 8, subfunction 4; classtype:attempted-dos; priority:1; sid:100;)
alert tcp any any -> $PLCS 502 (msg:"A PLC is told to restart"; flow:to_server,established; content:"|00 00|"; offset:2; depth:2; content:"|08 00 01|"; offset:7; depth:3; sid:101; rev:2;)
alert tcp $PLCS 502 -> any any (msg:"Functions are tried out"; content:"|00 00|"; offset:2; depth:2; byte_test: 1, >=, 0x80, 7; content:"|01|"; offset:8; depth:1; threshold: type threshold, track by_src, count 3, seconds 60; sid:102;)
alert modbus !$HMI any -> $PLCS any (msg:"Somebody else writes"; modbus: access write holding; sid:103;)
alert modbus any any -> $PLCS 502 (msg:"A tank is asked for too much"; modbus: access write holding, address 1, value >4000; sid:104;)
alert tcp any any -> any 502 (msg:"Anywhere"; content:"|5a|"; sid:105;)
alert http any any -> any any (msg:"Web"; content:"x"; sid:106;)
`;
	const given = ["--var", "PLCS=10.20.0.0/24", "--var", "HMI=[10.20.0.30,10.20.0.40]"];

	it("makes rules that fire on what the signatures are about, and on nothing else", async () => {
		writeFileSync(at("site.rules"), signatures);
		printed.length = 0;
		expect(await run("import", at("site.rules"), ...given)).toBe(1);
		writeFileSync(at("imported.yaml"), printed.join(""));
		expect(printed[0]).toBe(`# site.rules:2 A PLC is told to be silent
- rule: sid-100
  text: A PLC is told to be silent
  severity: 70
  protocol: modbus
  code: 8
  subcode: 4
  plc: 10.20.0.0/24

`);
		expect(printed).toHaveLength(5);
		const fired = async (name: string) =>
			[...(await said("test", at("imported.yaml"), capture(name))).matchAll(/^(sid-\d+): fired/gm)].map(([, rule]) => rule);
		expect(await fired("plant-normal")).toEqual([]);
		expect(await fired("listen-only")).toEqual(["sid-100", "sid-101"]); // which is how it is ended
		expect(await fired("restart-command")).toEqual(["sid-101"]);
		expect(await fired("function-scan")).toEqual(["sid-102", "sid-103"]); // it tries those that write, too
		expect(await fired("new-talker-write")).toEqual(["sid-103"]);
		expect(await fired("value-out-of-range")).toEqual([]);
	});

	it("takes variables of files, and says what is not given, wrong or missing", async () => {
		writeFileSync(at("suricata.yaml"), '%YAML 1.1\n---\nvars:\n  address-groups:\n    PLCS: "[10.20.0.0/24]"\n    HMI: "10.20.0.30"\n');
		printed.length = 0;
		await run("import", at("site.rules"), "--vars", at("suricata.yaml"), "--var", "HMI=10.20.0.31");
		expect(printed).toHaveLength(5);
		expect(printed.join("")).toContain("exceptWho: 10.20.0.31");
		printed.length = 0;
		expect(await run("import", at("site.rules"))).toBe(1);
		expect(printed).toEqual([]);
		await run("import", at("site.rules"), "--var", "PLCS=tank", "--var", "HMI=10.0.0.1");
		expect(printed).toEqual([]); // no address: the reader of rules says so
		await expect(run("import", at("site.rules"), "--var", "PLCS")).rejects.toThrow("--var takes NAME=VALUE");
		await expect(run("import")).rejects.toThrow("rules: import takes the files (or folders) of signatures");
		await expect(run("import", at("nowhere.rules"))).rejects.toThrow("cannot be read (ENOENT)");
	});
});

function zoned(): string {
	writeFileSync(at("zone.yaml"), "learning: {timeZone: Pacific/Auckland}\n");
	return at("zone.yaml");
}

describe("the rules of a box", () => {
	it("are the configuration's, from its folder; a wrong file leaves those before", async () => {
		writeFileSync(at("box.yaml"), "rules: [box-rules]\n");
		mkdirSync(at("box-rules"));
		writeFileSync(at("box-rules/a.yaml"), "{rule: a, text: x, severity: 1}");
		const { rules: paths } = loadConfig(at("box.yaml"));
		expect(paths).toEqual([at("box-rules")]);
		const store = new MemoryStore();
		const told = async () => {
			const analyst = new Analyst({ protocols, onDetection: () => {} });
			const entries: [string, unknown][] = [];
			for await (const entry of store.list("baseline")) entries.push(entry);
			analyst.restore(entries);
			expect(analyst.stats().damaged).toBe(0);
			return analyst.rules.rules.map(({ name }) => name);
		};
		await storeRules(paths, store);
		expect(await told()).toEqual(["a"]);
		writeFileSync(at("box-rules/b.yaml"), "{rule: b, text: x, severity: 1000}");
		await expect(storeRules(paths, store)).rejects.toThrow(`${at("box-rules/b.yaml")}:1:30: there must be a whole number`);
		expect(await told()).toEqual(["a"]);
		writeFileSync(at("box-rules/b.yaml"), "{rule: b, text: x, severity: 100}");
		await storeRules(paths, store);
		expect(await told()).toEqual(["a", "b"]);
		await storeRules([], store);
		expect(await told()).toEqual([]);
		const analyst = new Analyst({ protocols, onDetection: () => {} });
		analyst.restore([["rules", [{ file: "x", text: "rule: 1" }]]]);
		expect(analyst.stats().damaged).toBe(1);
	});
});

describe("the manual's page", () => {
	const blocks = [...manual.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
	it("has examples that are taken, and names every key", () => {
		const files = blocks.filter((text) => text.includes("- rule:")).map((text, at) => ({ file: `example ${at}`, text }));
		expect(readRules(files, protocols).map(({ name }) => name)).toEqual([
			"press-writers",
			"tank-set-point",
			"night-work",
			"office-stays-out",
			"busy-writer",
			"opc-recipe",
		]);
		let known = "";
		try {
			readRules([{ file: "x", text: "zzzzzzzzzzzz: 1" }], protocols);
		} catch (error) {
			known = (error as Error).message.replace(/^.*one of |\.$/g, "");
		}
		expect(known.split(", ").length).toBe(21);
		for (const key of known.split(", ")) expect(manual).toContain(`\`${key}\``);
	});

	it("shows a configuration that is one", () => {
		writeFileSync(at("manual.yaml"), blocks.find((text) => text.startsWith("rules:"))!);
		expect(loadConfig(at("manual.yaml")).rules).toEqual([at("rules")]);
	});
});
