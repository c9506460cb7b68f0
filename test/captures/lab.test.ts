/** The lab itself, for some seconds in namespaces of its own: what it puts on the mirror, and that nothing of it stays behind. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as LabModule from "../../captures/lab/lab.ts";
import type * as NetworkModule from "../../captures/lab/network.ts";
import { toolExists, whyNoNamespaces } from "../../captures/lab/network.ts";
import type * as RecorderModule from "../../captures/lab/recorder.ts";
import { isSummed, type PlainFrame, readFrames } from "./frames.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** The hosts are processes of plain node, so it is the compiled lab (`npm run build`) that is tested. */
const built = join(PROJECT, "dist/captures/lab");
/** For the recording of this test. */
let folder = "";

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), "spanwatch-lab-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]) => spawnSync(process.execPath, [join(built, "main.js"), ...args], { encoding: "utf8", timeout: 20_000 });

describe("npm run lab", () => {
	it("lists what it can play", () => {
		const { status, stdout } = run("list");
		expect(status).toBe(0);
		expect(stdout).toMatch(/^mitm-alter +attack/m);
		expect(stdout).toMatch(/^recipe-change +benign/m);
	});

	it("answers wrong use with one sentence and exit code 2", () => {
		for (const args of [["no-such-play"], ["record", "no-such-play"]]) {
			const { status, stderr } = run(...args);
			expect(status).toBe(2);
			expect(stderr).toContain("There is no scenario called no-such-play");
		}
	});
});

const missing = whyNoNamespaces() ?? (toolExists("tcpdump") ? undefined : "the tool tcpdump is missing");
if (missing !== undefined) console.warn(`The lab's network is not tested here: ${missing}.`);

describe.skipIf(missing !== undefined)("the plant in its namespaces", () => {
	const own = `sw-lab-${process.pid}-`;
	const namespaces = () =>
		execFileSync("ip", ["netns", "list"], { encoding: "utf8" })
			.split("\n")
			.filter((line) => line.startsWith(own));
	let frames: PlainFrame[] = [];

	beforeAll(async () => {
		const { Lab } = (await import(join(built, "lab.js"))) as typeof LabModule;
		const { NamespaceNetwork } = (await import(join(built, "network.js"))) as typeof NetworkModule;
		const { captureMirror } = (await import(join(built, "recorder.js"))) as typeof RecorderModule;
		const lab = new Lab(new NamespaceNetwork(), 1, 0);
		const file = join(folder, "mirror.pcap");
		try {
			await lab.start(1);
			await captureMirror(lab, file, async () => {
				await lab.connectClients();
				await lab.do("hmi", "writeRegister", { plc: "plc-2", address: 0, value: 1234 });
				await lab.do("scada", "write", { mode: "none", node: "Dosing.SetPoint", value: 3 });
				await lab.do("engineer", "session", { plc: "plc-1", tuning: [110, 50, 0, 8] });
				await lab.do("attacker", "spoof", { victim: "plc-3" });
				await lab.do("attacker", "release");
				await lab.do("engineer", "diagnose", { plc: "plc-3", subFunction: 1 });
				// Two rounds of the slowest poll.
				await sleep(4500);
			});
			expect(namespaces().length).toBeGreaterThan(10);
		} finally {
			await lab.stop();
		}
		frames = readFrames(readFileSync(file));
	}, 90_000);

	const some = (what: string, test: (frame: PlainFrame) => boolean) => expect(frames.some(test), what).toBe(true);

	it("shows every kind of traffic on the mirror", () => {
		some("ARP", (frame) => frame.etherType === 0x0806);
		for (const port of [53, 67, 68, 123]) some(`UDP ${port}`, (frame) => frame.protocol === 17 && frame.ports[1] === port);
		for (const code of [1, 2, 3, 4, 6, 8, 16, 43]) {
			some(`Modbus request ${code}`, (frame) => frame.protocol === 6 && frame.ports[1] === 502 && frame.payload[7] === code);
			some(`Modbus answer ${code}`, (frame) => frame.protocol === 6 && frame.ports[0] === 502 && frame.payload[7] === code);
		}
		for (const type of ["HEL", "ACK", "OPN", "MSG"]) {
			some(`OPC UA ${type}`, (frame) => frame.ports.includes(4840) && frame.payload.toString("latin1", 0, 3) === type);
		}
		some("Basic256Sha256", (frame) => frame.payload.includes("http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"));
	});

	it("shows what was written, and the address that was taken", () => {
		some("1234 to register 0", (frame) => frame.ports[1] === 502 && frame.payload.subarray(7).toString("hex") === "06000004d2");
		const claims = frames.filter((frame) => frame.etherType === 0x0806 && frame.addresses[0] === "10.20.0.13");
		expect(new Set(claims.map((frame) => frame.source))).toEqual(new Set(["00:0e:8c:20:00:13", "b8:27:eb:20:00:66"]));
	});

	it("carries each frame once, whole, and properly summed", () => {
		const seen = new Set<string>();
		for (const frame of frames) {
			expect(frame.bytes.length).toBeLessThanOrEqual(1514);
			if (frame.protocol !== 6) continue;
			expect(isSummed(frame), `frame ${frame.number}`).toBe(true);
			// The IP identification tells a copy from a retransmission.
			const key = frame.bytes.toString("latin1");
			expect(seen.has(key), `frame ${frame.number} came twice`).toBe(false);
			seen.add(key);
		}
	});

	it("leaves no namespace behind", () => {
		expect(namespaces()).toEqual([]);
	});
});
