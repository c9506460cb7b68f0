/** `spanwatch replay` and `spanwatch decode` as people and scripts use them. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { protocols } from "../../protocols/index.ts";
import type { Alert } from "../../src/alert/alert.ts";
import { isBuilt, PROGRAM } from "../support/monitor.ts";

const capture = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const LEARN = capture("plant-normal");
const ATTACK = capture("new-talker-write");
const CLEAN = capture("normal");

if (!isBuilt) console.warn("skipped: the command line, because the program is not built (npm run build)");

describe.skipIf(!isBuilt)("the command line", { timeout: 60_000 }, () => {
	let folder: string;
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), "spanwatch-replay-"));
	});
	afterAll(() => rmSync(folder, { recursive: true, force: true }));

	const run = (args: string[], input?: Uint8Array) => {
		const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, input, maxBuffer: 1 << 28 });
		return { code: status, out: stdout.toString(), said: stderr.toString() };
	};
	const lines = (out: string): Record<string, unknown>[] =>
		out
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line));
	const types = (out: string): unknown[] => lines(out).map(({ type }) => type);
	/** Wrong use: exit code 2 and one sentence. */
	const refuses = (args: string[], words: RegExp) => {
		const { code, out, said } = run(args);
		expect({ code, out }).toEqual({ code: 2, out: "" });
		expect(said).toMatch(/^spanwatch: [^\n]+\n$/);
		expect(said).toMatch(words);
		expect(said).not.toMatch(/ at .*\.js|undefined|\[object/);
	};

	describe("replay", () => {
		it("learns one capture and watches another: alerts on standard output, nothing on standard error, exit code 1", () => {
			const { code, out, said } = run(["replay", "--learn", LEARN, "--watch", ATTACK]);
			expect({ code, said }).toEqual({ code: 1, said: "" });
			expect(out).toBe(readFileSync(ATTACK.replace(".pcap", ".alerts.jsonl"), "utf8"));
		});

		it("prints the same bytes again", () => {
			const args = ["replay", "--learn", LEARN, "--watch", ATTACK, "--watch", capture("mitm-alter"), "--summary"];
			expect(run(args)).toEqual(run(args));
		});

		it("is fine with a capture in which nothing is wrong, wherever it stands", () => {
			expect(run(["replay", "--learn", LEARN, "--watch", CLEAN])).toEqual({ code: 0, out: "", said: "" });
			expect(run(["replay", "--learn", LEARN, CLEAN])).toEqual({ code: 0, out: "", said: "" });
		});

		it("learns everything where nothing is declared normal", () => {
			const { code, out } = run(["replay", ATTACK, "--summary"]);
			expect(code).toBe(0);
			expect(lines(out)).toHaveLength(1);
		});

		it("alerts facts in a learned capture too", () => {
			const { code, out } = run(["replay", "--learn", capture("restart-command")]);
			expect(code).toBe(1);
			expect(types(out)).toContain("modbus-restart");
		});

		it("takes the first part as normal: a share, seconds or frames", () => {
			const all = ["30%", "5s", "450frames", "5.5s"].map((part) => run(["replay", "--learn-first", part, "--watch", ATTACK]));
			for (const { code, out } of all) {
				expect(code).toBe(1);
				const writers = (lines(out) as unknown as Alert[]).filter(({ type }) => type === "first-write").map(({ source }) => source.ip);
				expect(writers).toContain("10.20.0.66");
			}
			expect(run(["replay", "--learn-first", "100%", "--watch", ATTACK])).toMatchObject({ code: 0, out: "" });
			expect(run(["replay", "--learn-first", "0%", "--learn", LEARN, "--watch", ATTACK]).code).toBe(1);
		});

		it("writes alerts to a file and the summary to standard output", () => {
			const file = join(folder, "alerts.jsonl");
			const { code, out } = run(["replay", "--learn", LEARN, "--watch", ATTACK, "--alerts", file, "--summary"]);
			expect(code).toBe(1);
			expect(readFileSync(file, "utf8")).toBe(readFileSync(ATTACK.replace(".pcap", ".alerts.jsonl"), "utf8"));
			const [summary, ...others] = lines(out);
			expect(others).toEqual([]);
			expect(summary).toEqual({
				type: "summary",
				frames: 6639 + 1462,
				bytes: expect.any(Number),
				observations: Object.fromEntries(protocols.map(({ name }) => [name, expect.any(Number)])),
				operations: expect.any(Number),
				points: expect.any(Number),
				alerts: 1,
				cut: 0,
				gaps: 0,
				rejected: 0,
			});
			for (const count of Object.values(summary as Record<string, number>))
				if (typeof count === "number") expect(count).toBeGreaterThanOrEqual(0);
			expect(types(run(["replay", "--learn", LEARN, "--watch", ATTACK, "--alerts", "-", "--summary"]).out).at(-1)).toBe("summary");
		});

		it("knows what it learned in a run before, with --state", () => {
			const state = join(folder, "state");
			expect(run(["replay", "--state", state, "--learn", LEARN])).toEqual({ code: 0, out: "", said: "" });
			expect(existsSync(state)).toBe(true);
			const { code, out } = run(["replay", "--state", state, "--watch", ATTACK]);
			expect(code).toBe(1);
			expect(types(out)).toEqual(["first-write"]);
		});

		it("reads gzip and standard input", () => {
			const zipped = join(folder, "attack.pcap.gz");
			writeFileSync(zipped, gzipSync(readFileSync(ATTACK)));
			const plain = run(["replay", "--learn", LEARN, "--watch", ATTACK]);
			const same = (out: string) => (lines(out) as unknown as Alert[]).map((alert) => ({ ...alert, evidence: alert.evidence.frames }));
			expect(same(run(["replay", "--learn", LEARN, "--watch", zipped]).out)).toEqual(same(plain.out));
			expect(same(run(["replay", "--learn", LEARN, "--watch", "-"], readFileSync(ATTACK)).out)).toEqual(same(plain.out));
			expect(same(run(["replay", "--learn", LEARN, "--watch", "-"], readFileSync(zipped)).out)).toEqual(same(plain.out));
		});

		it("says that a capture is cut, uses what is there, and exits by its alerts", () => {
			const cut = join(folder, "cut.pcap");
			writeFileSync(cut, readFileSync(ATTACK).subarray(0, 150_001));
			const { code, out, said } = run(["replay", "--learn", LEARN, "--watch", cut]);
			expect(code).toBe(1);
			expect(types(out)).toEqual(["first-write"]);
			expect(said).toMatch(/^spanwatch: [^\n]*cut\.pcap is cut[^\n]*\n$/);
			writeFileSync(cut, readFileSync(CLEAN).subarray(0, 150_001));
			expect(run(["replay", "--learn", LEARN, "--watch", cut])).toMatchObject({ code: 0, out: "", said: expect.stringMatching(/is cut/) });
			const zipped = join(folder, "cut.pcap.gz");
			writeFileSync(zipped, gzipSync(readFileSync(CLEAN)).subarray(0, 20_000));
			expect(run(["replay", "--learn", LEARN, "--watch", zipped])).toMatchObject({ code: 0, out: "", said: expect.stringMatching(/cut/) });
		});

		it("goes on quietly where the reader of its output has gone", () => {
			const words = execFileSync("sh", ["-c", `"${process.execPath}" "${PROGRAM}" decode "${LEARN}" 2>&1 | head -n 1 | cut -c 1-9`], {
				encoding: "utf8",
			});
			expect(words).toBe('{"frame":\n');
		});

		it("refuses wrong use in one sentence", () => {
			refuses(["replay"], /no capture was named/);
			refuses(["replay", "--learn", LEARN, "--learn-first", "50%"], /needs a capture to watch/);
			refuses(["replay", "--learn-first", "many", ATTACK], /--learn-first many is not understood/);
			refuses(["replay", "--learn-first", "101%", ATTACK], /101% is not understood/);
			refuses(["replay", "--learn-first", "50%", "-"], /standard input cannot be known/);
			refuses(["replay", "--learn", join(folder, "nowhere.pcap")], /nowhere\.pcap/);
			refuses(["replay", folder], /.+/);
			refuses(["replay", "--watch"], /--watch/);
			refuses(["replay", "--nonsense", ATTACK], /--nonsense.*see `spanwatch replay --help`/);
			refuses(["replay", ATTACK, "--alerts", join(folder, "no", "such", "file")], /cannot be written/);
			writeFileSync(join(folder, "text.pcap"), "this is no capture at all, but words\n");
			refuses(["replay", join(folder, "text.pcap")], /text\.pcap/);
			writeFileSync(join(folder, "empty.pcap"), "");
			refuses(["replay", join(folder, "empty.pcap")], /empty\.pcap is empty/);
			writeFileSync(join(folder, "file"), "");
			refuses(["replay", ATTACK, "--state", join(folder, "file")], /file/);
		});
	});

	describe("decode", () => {
		it("prints one JSON line an observation, the same as the recording's expectation", () => {
			const index = JSON.parse(readFileSync(new URL("../../captures/index.json", import.meta.url), "utf8"));
			const entry = index.captures.find(({ name }: { name: string }) => name === "new-talker-write");
			const { code, out, said } = run(["decode", ATTACK]);
			expect({ code, said }).toEqual({ code: 0, said: "" });
			expect(lines(out)).toHaveLength(entry.expect.lines);
			expect(createHash("sha256").update(out).digest("hex")).toBe(entry.expect.sha256);
		});

		it("prints the chosen protocols alone, several files in a row, standard input", () => {
			const protocols = (args: string[], input?: Uint8Array) =>
				[...new Set(lines(run(["decode", ...args], input).out).map(({ protocol }) => protocol))].sort();
			expect(protocols(["--protocol", "modbus", ATTACK])).toEqual(["modbus"]);
			expect(protocols(["--protocol", "arp,dns", ATTACK])).toEqual(["arp", "dns"]);
			expect(protocols(["--protocol", "arp", "--protocol", "opcua", "-"], readFileSync(ATTACK))).toEqual(["arp", "opcua"]);
			const one = lines(run(["decode", "--protocol", "modbus", CLEAN]).out).length;
			expect(lines(run(["decode", "--protocol", "modbus", CLEAN, CLEAN]).out)).toHaveLength(2 * one);
		});

		it("refuses wrong use in one sentence", () => {
			refuses(["decode"], /no capture was named/);
			refuses(["decode", "--protocol", "profibus", ATTACK], /no protocol "profibus"; there are modbus/);
			refuses(["decode", join(folder, "nowhere.pcap")], /nowhere\.pcap/);
		});
	});

	it("says its version and its help, for itself and each command", () => {
		const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
		expect(run(["--version"])).toEqual({ code: 0, out: `${version}\n`, said: "" });
		const help = run(["--help"]);
		expect(help).toMatchObject({ code: 0, said: "" });
		const commands = [...help.out.matchAll(/^ {2}(\w+) {2}/gm)].map(([, name]) => name!);
		expect(commands).toEqual(expect.arrayContaining(["run", "decode", "replay", "doctor"]));
		for (const command of commands) {
			const { code, out, said } = run([command, "--help"]);
			expect({ code, said }).toEqual({ code: 0, said: "" });
			expect(out).toContain(`spanwatch ${command}`);
			for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(170);
		}
		expect(run(["replay", "--help"]).out).toMatch(/--learn-first N%\|Ns\|Nframes/);
		expect(run([])).toMatchObject({ code: 2, out: "" });
		refuses(["watch"], /there is no command "watch"/);
	});
});
