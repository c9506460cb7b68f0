/** The doctor on a serial line: each thing that can be wrong with a port or what is on it, on a pair of pseudo terminals. */
import { closeSync, constants, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasSocat, SerialBus } from "../../captures/lab/serialBus.ts";
import { judgeLine, type LineHeard } from "../../src/app/serialDoctor.ts";
import { LiveCapture } from "../../src/capture/live.ts";
import { serialSettings } from "../../src/capture/serialSettings.ts";
import { rtu } from "../protocols/serialSamples.ts";
import { isBuilt, runToEnd } from "../support/monitor.ts";

const heard = (changes: Partial<LineHeard> = {}): LineHeard => ({
	seconds: 10,
	bytes: 1000,
	noise: 0,
	requests: 40,
	answers: 40,
	units: [1, 2],
	protocols: ["modbus"],
	...changes,
});
const judged = (changes: Partial<LineHeard>) =>
	judgeLine({ name: "ttyUSB0", path: "/dev/ttyUSB0" }, heard(changes)).map(({ what, verdict }) => `${verdict} ${what}`);

describe("what a line shows", () => {
	it("is Modbus", () => {
		const [only, ...more] = judgeLine({ name: "ttyUSB0", path: "/dev/ttyUSB0" }, heard());
		expect(more).toEqual([]);
		expect(only!.seen).toBe("1000 bytes in 10 s: 40 requests and 40 answers (modbus) of the units 1, 2");
	});
	it("is nothing, or nothing that makes sense", () => {
		expect(judged({ bytes: 0, requests: 0, answers: 0 })).toEqual(["fail traffic on ttyUSB0"]);
		expect(judged({ requests: 0, answers: 0, noise: 1000 })).toEqual(["fail traffic on ttyUSB0"]);
	});
	it("is disturbed", () => {
		expect(judged({ noise: 50 })).toEqual(["ok traffic on ttyUSB0"]);
		expect(judged({ noise: 51 })).toEqual(["ok traffic on ttyUSB0", "warn noise on ttyUSB0"]);
	});
	it("is one side of it, once there is enough to say so", () => {
		expect(judged({ answers: 0 })).toEqual(["ok traffic on ttyUSB0", "fail sides of ttyUSB0"]);
		expect(judged({ requests: 0 })).toEqual(["ok traffic on ttyUSB0", "fail sides of ttyUSB0"]);
		expect(judged({ requests: 5, answers: 0 })).toEqual(["ok traffic on ttyUSB0"]);
	});
	it("names a bounded number of units", () => {
		const units = Array.from({ length: 247 }, (_, unit) => unit + 1);
		expect(judgeLine({ name: "a", path: "/dev/a" }, heard({ units }))[0]!.seen).toMatch(/of the units 1, 2, .*, 16, \.\.\.$/);
	});
});

const why = hasSocat ? (isBuilt ? undefined : "the program is not built") : "socat is missing";
if (why !== undefined) console.warn(`skipped: the doctor on a serial line, ${why}`);

describe.skipIf(why !== undefined)("spanwatch doctor --serial", { timeout: 60_000 }, () => {
	let bus: SerialBus;
	let dir: string;
	let timer: NodeJS.Timeout | undefined;
	beforeEach(async () => {
		bus = await new SerialBus().open();
		dir = mkdtempSync(join(tmpdir(), "spanwatch-doctor-"));
	});
	afterEach(async () => {
		clearInterval(timer);
		await bus.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** Each line about a serial port, with what to do behind it. */
	async function examine(line: string, { seconds = "2", prefix = [] as string[], more = [] as string[] } = {}) {
		const ended = await runToEnd(["doctor", ...(line === "" ? [] : ["--serial", line]), "--seconds", seconds, ...more], {
			prefix,
			cwd: dir,
		});
		expect(ended.said).toBe("");
		const lines = ended.out.replaceAll("\n      -> ", " -> ").split("\n");
		return {
			code: ended.code,
			lines: lines.filter((one) => /^(ok|warn|FAIL) +(serial port|settings of|traffic on|noise on|sides of|listening on)/.test(one)),
		};
	}
	function talk(pieces: (round: number) => readonly Uint8Array[], millis = 20): void {
		let round = 0;
		timer = setInterval(() => {
			for (const piece of pieces(round)) bus.show(piece);
			round++;
		}, millis);
	}
	const request = (round: number) => rtu(1 + (round % 3), `03 00${(round & 127).toString(16).padStart(2, "0")} 0001`);
	const answer = (round: number) => rtu(1 + (round % 3), `03 02 ${(round & 0xffff).toString(16).padStart(4, "0")}`);

	it("finds nothing wrong with a line in use, and sends nothing", async () => {
		talk((round) => [request(round), answer(round)]);
		const tap = bus.path("tap");
		const { lines } = await examine(`${tap},19200,8N1`);
		expect(lines).toEqual([
			`ok    serial port ${tap}: there, readable, and nobody else has it open`,
			"ok    settings of ttytap: taken: 19200 8N1",
			expect.stringMatching(/^ok {4}traffic on ttytap: \d+ bytes in 2 s: \d+ requests and \d+ answers \(modbus\) of the units 1, 2, 3$/),
		]);
		expect(bus.sentByTap).toBe(0);
	});

	it("finds the rate where it is told to, and says where none makes sense", async () => {
		const tap = bus.path("tap");
		talk((round) => [request(round), answer(round)]);
		const { lines } = await examine(`${tap},auto`, { seconds: "8" });
		expect(lines.slice(1)).toEqual([
			"ok    settings of ttytap: found: 19200 8E1",
			expect.stringMatching(/^ok {4}traffic on ttytap: .* of the units 1, 2, 3$/),
		]);
		clearInterval(timer);
		talk((round) => [Uint8Array.from({ length: 20 }, (_, at) => round * 89 + at * at * 7)]);
		const without = await examine(`${tap},auto`, { seconds: "3" });
		expect(without.lines.slice(1)).toEqual([
			expect.stringMatching(/^FAIL {2}settings of ttytap: bytes come in, but at no rate they made sense within 3 s -> Swap A and B, .*/),
		]);
		expect(without.code).toBe(1);
		expect(bus.sentByTap).toBe(0);
	});

	it("says that nothing comes, or nothing that makes sense, or one side alone, or much noise", async () => {
		const line = `${bus.path("tap")},19200,8N1`;
		const last = async () => (await examine(line)).lines.at(-1);
		expect(await last()).toMatch(/^FAIL {2}traffic on ttytap: not one byte in 2 s -> Check that the line is in use/);
		expect((await examine(`${bus.path("tap")},auto`)).lines.at(-1)).toMatch(/^FAIL {2}traffic on ttytap: not one byte in 2 s -> /);
		talk((round) => [Uint8Array.from({ length: 20 }, (_, at) => round * 89 + at * at * 7)]);
		expect(await last()).toMatch(/^FAIL {2}traffic on ttytap: \d+ bytes in 2 s, and no message in them -> Try \S+ttytap,auto: /);
		clearInterval(timer);
		talk((round) => [request(round)]);
		expect(await last()).toMatch(/^FAIL {2}sides of ttytap: only requests are seen, and no answer -> On a line of four wires/);
		clearInterval(timer);
		talk((round) => [request(round), answer(round), Uint8Array.of(0xff, round, 0x55, 0xfe)]);
		expect(await last()).toMatch(/^warn {2}noise on ttytap: \d+ % of the bytes belong to no message -> Check the ground/);
	});

	it("says that the port is not there, is no terminal, or may not be read", async () => {
		const of = async (path: string, prefix: string[] = []) => (await examine(`${path},9600,8N1`, { prefix })).lines;
		const file = join(dir, "file");
		writeFileSync(file, "");
		expect(await of(join(dir, "ttyNone"))).toEqual([
			expect.stringMatching(
				/^FAIL {2}serial port \S+ttyNone: there is no such port -> Plug the adapter in\. (No serial adapter|Name one of)/,
			),
		]);
		expect(await of(file)).toEqual([expect.stringMatching(/^FAIL {2}serial port \S+file: it is no device -> /)]);
		expect(await of("/dev/null")).toEqual([
			expect.stringMatching(/^FAIL {2}serial port \/dev\/null: it is a device, but no terminal device -> /),
		]);
		if (process.getuid?.() !== 0) return;
		const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
		expect(await of(readlinkSync(bus.path("tap")), nobody)).toEqual([
			expect.stringMatching(
				/^FAIL {2}serial port \S+: this user may not read it and set its rate -> Let this user into the group that owns it/,
			),
		]);
	});

	it("says who else has it open", async () => {
		const descriptor = openSync(bus.path("tap"), constants.O_RDONLY | constants.O_NOCTTY);
		try {
			const { lines, code } = await examine(`${bus.path("tap")},9600,8N1`);
			expect(lines).toEqual([
				expect.stringMatching(
					new RegExp(`^FAIL {2}serial port \\S+: it is also open in \\S+ \\(process ${process.pid}\\) -> Stop that program: `),
				),
			]);
			expect(code).toBe(1);
		} finally {
			closeSync(descriptor);
		}
		const live = new LiveCapture({ interfaces: [], serial: [serialSettings(`${bus.path("tap")},9600,8N1`)] });
		await live.start(() => {});
		try {
			expect((await examine(`${bus.path("tap")},9600,8N1`)).lines).toEqual([
				expect.stringMatching(
					/: it is also open in the monitor itself \(process \d+\) -> Stop the monitor for as long as the doctor listens/,
				),
			]);
		} finally {
			await live.stop();
		}
	});

	it("looks at the lines of a configuration, and refuses what names none", async () => {
		const config = join(dir, "config.yaml");
		writeFileSync(config, `capture:\n  serial: ["${bus.path("tap")},4800,8O1"]\nstateDir: state\n`);
		talk((round) => [request(round), answer(round)]);
		const { lines } = await examine("", { more: ["--config", config] });
		expect(lines[1]).toBe("ok    settings of ttytap: taken: 4800 8O1");
		expect(lines[2]).toMatch(/^ok {4}traffic on ttytap/);
		const wrong = await runToEnd(["doctor", "--serial", "ttyUSB0"]);
		expect(wrong).toMatchObject({ code: 2, out: "" });
		expect(wrong.said).toMatch(/^spanwatch: doctor: "ttyUSB0" names no serial line: /);
	});
});
