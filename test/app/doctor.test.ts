import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Heard, judgeHeard } from "../../src/app/doctor.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { isBuilt, runToEnd } from "../support/monitor.ts";
import { Wire, whyNoLiveCapture } from "../support/namespace.ts";
import { join as joinBytes, pcapHeader, pcapRecord } from "../support/pcapBuilder.ts";

const heard = (changes: Partial<Heard> = {}): Heard => ({
	seconds: 10,
	frames: 1000,
	duplicates: 0,
	kernelDrops: 0,
	interfaceDrops: 0,
	flows: 12,
	conversations: 12,
	foreign: 14,
	own: 1,
	protocols: ["modbus", "arp"],
	vlans: [],
	...changes,
});
const verdicts = (changes: Partial<Heard>) =>
	Object.fromEntries(judgeHeard("eth1", heard(changes)).map(({ what, verdict }) => [what, verdict]));

describe("what listening shows", () => {
	it("is a mirror port in order", () => {
		expect(verdicts({})).toEqual({ "traffic on eth1": "ok", "mirror port": "ok", directions: "ok" });
		expect(judgeHeard("eth1", heard())[0]!.seen).toBe("1000 frames in 10 s (100 a second): modbus, arp");
	});
	it("is nothing at all", () => {
		const findings = judgeHeard("eth1", heard({ frames: 0, flows: 0, conversations: 0, foreign: 0 }));
		expect(findings.map(({ verdict, seen }) => [verdict, seen])).toEqual([["fail", "not one frame in 10 s"]]);
		expect(findings[0]!.mend).toMatch(/mirror/);
	});
	it("is an ordinary port", () => expect(verdicts({ foreign: 0, own: 3, flows: 0, conversations: 0 })["mirror port"]).toBe("fail"));
	it("is one direction only", () => {
		expect(verdicts({ flows: 10, conversations: 4 }).directions).toBe("fail");
		expect(verdicts({ flows: 10, conversations: 5 }).directions).toBe("ok");
		expect(judgeHeard("eth1", heard({ flows: 10, conversations: 4 })).find(({ what }) => what === "directions")!.seen).toBe(
			"6 of 10 connections show one direction only",
		);
	});
	it("says nothing about directions of too few connections", () =>
		expect(verdicts({ flows: 2, conversations: 0 }).directions).toBeUndefined());
	it("is everything twice", () => {
		expect(verdicts({ duplicates: 51 }).duplicates).toBe("warn");
		expect(verdicts({ duplicates: 50 }).duplicates).toBeUndefined();
	});
	it("is too much", () => {
		expect(verdicts({ kernelDrops: 1 }).drops).toBe("warn");
		expect(verdicts({ interfaceDrops: 1 }).drops).toBe("warn");
	});
	it("is in VLANs", () => expect(judgeHeard("eth1", heard({ vlans: [7, 20] })).at(-1)).toMatchObject({ what: "VLANs", seen: "7, 20" }));
});

const why =
	whyNoLiveCapture() ??
	(isBuilt ? undefined : "the program is not built") ??
	(existsSync("/usr/bin/tcpreplay") ? undefined : "tcpreplay is missing");
if (why !== undefined) console.warn(`skipped: the doctor on an interface, ${why}`);

describe.skipIf(why !== undefined)("spanwatch doctor", { timeout: 60_000 }, () => {
	const normal = fileURLToPath(new URL("../../captures/normal.pcap", import.meta.url));
	let wire: Wire;
	let dir: string;
	let open: (() => void)[];
	beforeEach(() => {
		wire = new Wire();
		dir = mkdtempSync(join(tmpdir(), "spanwatch-doctor-"));
		open = [];
	});
	afterEach(() => {
		for (const close of open.reverse()) close();
		wire.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The lines that do not depend on the box. */
	async function examine(name = "mon0", prefix: string[] = []) {
		const ended = await runToEnd(["doctor", "--interface", name, "--seconds", "3"], {
			prefix: ["ip", "netns", "exec", wire.monitored, ...prefix],
			cwd: dir,
		});
		expect(ended.said).toBe("");
		const about = (what: string) => ended.out.split("\n").find((line) => line.includes(`  ${what}`)) ?? "";
		return { ...ended, about };
	}

	/** Plays frames of a capture into the interface until the test is over; each is sent as often as `copies` says. */
	function play(copies: (frame: { toServer: boolean }) => number): void {
		const records: Uint8Array[] = [pcapHeader()];
		const reader = new CaptureReader(({ time, bytes, start, capturedLength }) => {
			const data = bytes.slice(start, start + capturedLength);
			// Destination port 502 after Ethernet and IPv4 without options.
			const toServer = data[36] === 1 && data[37] === 0xf6;
			for (let copy = copies({ toServer }); copy > 0; copy--)
				records.push(pcapRecord(Math.floor(time / 1e6), Math.floor(time % 1e6), data));
		});
		reader.push(readFileSync(normal));
		reader.end();
		const file = join(dir, "play.pcap");
		writeFileSync(file, joinBytes(...records));
		const child = spawn("ip", ["netns", "exec", wire.sender, "tcpreplay", "-i", "mon0p", "--pps=1000", "--loop=100", file], {
			stdio: "ignore",
		});
		open.push(() => child.kill("SIGKILL"));
	}

	it("finds nothing wrong with a good mirror port", async () => {
		wire.connect("mon0");
		play(() => 1);
		const { about } = await examine();
		expect(about("interface mon0")).toMatch(/^ok/);
		expect(about("silence of mon0")).toMatch(/^ok {4}silence of mon0: no address/);
		expect(about("traffic on mon0")).toMatch(/^ok {4}traffic on mon0: \d+ frames in 3 s \(\d+ a second\): .*modbus/);
		expect(about("mirror port")).toMatch(/^ok/);
		expect(about("directions")).toMatch(/^ok {4}directions: both/);
		expect(about("duplicates")).toBe("");
		expect(wire.read("mon0", "statistics/tx_packets")).toBe("0");
	});

	it("notices that one direction is missing", async () => {
		wire.connect("mon0");
		play(({ toServer }) => (toServer ? 1 : 0));
		const { about, code } = await examine();
		expect(about("directions")).toMatch(/^FAIL {2}directions: \d+ of \d+ connections show one direction only/);
		expect(code).toBe(1);
	});

	it("notices that everything comes twice", async () => {
		wire.connect("mon0");
		play(() => 2);
		const { about } = await examine();
		expect(about("duplicates")).toMatch(/^warn {2}duplicates: (49|50|51) % of the frames came twice/);
		expect(about("directions")).toMatch(/^ok/);
	});

	it("notices that nothing comes", async () => {
		wire.connect("mon0");
		const { about, code, out } = await examine();
		expect(about("traffic on mon0")).toBe("FAIL  traffic on mon0: not one frame in 3 s");
		expect(out).toContain("      -> Check that the switch mirrors to this port");
		expect(code).toBe(1);
	});

	it("notices an ordinary port: broadcasts, and the box's own traffic", async () => {
		wire.connect("mon0");
		wire.ip("address", "add", "10.99.1.2/24", "dev", "mon0");
		wire.peer("neighbour", "del", "10.99.1.2", "dev", "mon0p");
		const sending = wire.send(1000, { millis: 5 });
		const { about, code } = await examine();
		expect(about("silence of mon0")).toMatch(
			/^warn {2}silence of mon0: it has the address 10\.99\.1\.2, so the system can be reached there/,
		);
		expect(about("traffic on mon0")).toMatch(/^ok {4}/);
		expect(about("mirror port")).toMatch(/^FAIL {2}mirror port: only the box's own traffic and broadcasts/);
		expect(code).toBe(1);
		await sending;
	});

	it("notices that the interface is down, has no cable, or is not there", async () => {
		wire.connect("mon0", { isUp: false });
		expect((await examine()).about("interface mon0")).toBe("FAIL  interface mon0: it is down");
		wire.ip("link", "set", "mon0", "up");
		wire.peer("link", "set", "mon0p", "down");
		expect((await examine()).about("interface mon0")).toBe("FAIL  interface mon0: it has no link");
		const { out, code } = await examine("eth9");
		expect(out).toContain("FAIL  interface eth9: there is no such interface\n      -> Name one of: mon0.");
		expect(code).toBe(1);
	});

	it("notices that IPv6 would speak", async () => {
		wire.connect("mon0");
		wire.ip("link", "set", "mon0", "addrgenmode", "eui64");
		expect((await examine()).about("silence of mon0")).toMatch(/^warn {2}silence of mon0: IPv6 is on/);
	});

	it("says what an ordinary user lacks", async () => {
		wire.connect("mon0");
		const { about, out, code } = await examine("mon0", [
			"setpriv",
			"--reuid=65534",
			"--regid=65534",
			"--clear-groups",
			"--inh-caps=-all",
			"--bounding-set=-all",
		]);
		expect(about("privilege")).toBe("warn  privilege: may not listen on interfaces");
		expect(out).toMatch(/FAIL {2}listening on mon0: No permission to capture on mon0: run as root, or/);
		expect(about(`disk of .`)).toMatch(/^FAIL {2}disk of \.: \. cannot be written by this user/);
		expect(code).toBe(1);
	});

	it("refuses a duration that is none", async () => {
		const ended = await runToEnd(["doctor", "--seconds", "0"]);
		expect(ended).toEqual({ code: 2, out: "", said: "spanwatch: doctor: --seconds takes a whole number from 1 to 3600.\n" });
	});
});
