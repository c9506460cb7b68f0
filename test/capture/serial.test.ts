/** Listening on a serial line: a pseudo terminal, the compiled sniffer, and everything that can go wrong with a port. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasSocat, SerialBus } from "../../captures/lab/serialBus.ts";
import { CaptureError } from "../../src/capture/error.ts";
import { LINK_TYPE } from "../../src/capture/frame.ts";
import { type InterfaceEvent, LiveCapture } from "../../src/capture/live.ts";
import { serialSettings } from "../../src/capture/serialSettings.ts";
import { isLoss, SERIAL_EVENT, SERIAL_HEADER, serialEvent } from "../../src/wire/serial.ts";
import { rtu } from "../protocols/serialSamples.ts";
import { commandOf, descendants, isBuilt } from "../support/monitor.ts";

const why = hasSocat ? (isBuilt ? undefined : "the program is not built") : "socat is missing";
if (why !== undefined) console.warn(`skipped: serial lines, ${why}`);

/** Waits until something is true. */
async function until(what: () => boolean, words: string): Promise<void> {
	for (let waited = 0; !what(); waited += 10) {
		if (waited > 10_000) throw new Error(`waited in vain: ${words}`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

describe.skipIf(why !== undefined)("a serial line", { timeout: 60_000 }, () => {
	let bus: SerialBus;
	let live: LiveCapture | undefined;
	let events: InterfaceEvent[];
	let bytes: number[];
	let times: number[];
	let names: Set<string | undefined>;
	let losses: number;

	beforeEach(async () => {
		bus = await new SerialBus().open();
		events = [];
		bytes = [];
		times = [];
		names = new Set();
		losses = 0;
		live = undefined;
	});
	afterEach(async () => {
		await live?.stop();
		await bus.close();
	});

	async function listen(settings: string): Promise<void> {
		live = new LiveCapture({ interfaces: [], serial: [serialSettings(settings)] });
		await live.start(
			(frame) => {
				expect(frame.linkType).toBe(LINK_TYPE.rtacSerial);
				expect(frame.wireLength).toBe(frame.capturedLength);
				const end = frame.start + frame.capturedLength;
				const event = serialEvent(frame.bytes, frame.start, end);
				if (isLoss(event)) losses++;
				else expect(event).toBe(SERIAL_EVENT.dataReceived);
				bytes.push(...frame.bytes.subarray(frame.start + SERIAL_HEADER, end));
				times.push(frame.time);
				names.add(frame.interfaceName);
			},
			(event) => events.push(event),
		);
	}
	const states = () => events.map(({ state }) => state);
	const sniffers = () => descendants(process.pid).filter((pid) => commandOf(pid).includes("serialSniffer"));

	it("gives all bytes with their time, and sends none", async () => {
		await listen(`${bus.path("tap")},19200,8E1`);
		expect(events.at(-1)).toMatchObject({ name: "ttytap", state: "up", sentence: "Capture on ttytap is open at 19200 8E1." });
		const before = Date.now() * 1000;
		const sent: number[] = [];
		for (let round = 0; round < 200; round++) {
			const frame = rtu(1 + (round % 5), `03 00${round.toString(16).padStart(2, "0")} 0001`);
			sent.push(...frame);
			bus.show(frame);
			if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
		}
		await until(() => bytes.length >= sent.length, "all bytes");
		expect(bytes).toEqual(sent);
		expect(times).toEqual([...times].sort((one, other) => one - other));
		expect(times[0]).toBeGreaterThan(before - 10_000);
		expect(times.at(-1)!).toBeLessThan(Date.now() * 1000 + 10_000);
		expect([...names]).toEqual(["ttytap"]);
		expect(live!.health()).toMatchObject([{ name: "ttytap", state: "up" }]);
		await live!.stop();
		expect(bus.sentByTap).toBe(0);
	});

	it("holds the port through descriptors that cannot write", async () => {
		await listen(`${bus.path("tap")},9600,8N1`);
		const [pid] = sniffers();
		const device = readlinkSync(bus.path("tap"));
		const held = readdirSync(`/proc/${pid}/fd`).filter((fd) => {
			try {
				return readlinkSync(`/proc/${pid}/fd/${fd}`) === device;
			} catch {
				return false;
			}
		});
		expect(held).toHaveLength(1);
		const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${held[0]}`, "latin1"))![1]!;
		expect(Number.parseInt(flags, 8) & 3).toBe(0); // O_RDONLY
	});

	it("says that a port was pulled, and goes on when it is back", async () => {
		await listen(`${bus.path("tap")},9600,8N1`);
		await bus.unplug("tap");
		await until(() => states().at(-1) === "down", "down");
		expect(events.at(-1)!.sentence).toBe(`${bus.path("tap")} is gone.`);
		await bus.plug("tap");
		await until(() => states().at(-1) === "up", "up again");
		bus.show(Uint8Array.of(1, 2, 3));
		await until(() => bytes.length === 3, "bytes");
		expect(states()).toEqual(["up", "down", "up"]);
		expect(bus.sentByTap).toBe(0);
	});

	it("goes on when its process is killed", async () => {
		await listen(`${bus.path("tap")},9600,8N1`);
		process.kill(sniffers()[0]!, "SIGKILL");
		await until(() => states().join() === "up,deaf,up", "up again");
	});

	it("finds out rate and format, and gives what it heard meanwhile", async () => {
		await listen(`${bus.path("tap")},auto`);
		expect(events.at(-1)).toMatchObject({ state: "deaf" });
		const sent: number[] = [];
		for (let round = 0; round < 12; round++) {
			const frame = rtu(1, `03 00${round.toString(16).padStart(2, "0")} 0001`);
			sent.push(...frame);
			bus.show(frame);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await until(() => bytes.length >= sent.length, "all bytes");
		expect(bytes).toEqual(sent);
		expect(events.at(-1)).toMatchObject({ state: "up", sentence: "Capture on ttytap is open at 19200 8E1." });
		expect(bus.sentByTap).toBe(0);
	});

	it("finds out again when the line is spoken at another rate, says so once, and goes on", async () => {
		const rateOf = () => execFileSync("stty", ["-F", bus.path("tap"), "speed"], { encoding: "utf8" }).trim();
		let spoken = "19200";
		const sent: number[] = [];
		const talk = async (isOver: () => boolean) => {
			for (let round = 0; !isOver(); round = (round + 1) & 255) {
				if (round > 0 && round % 1000 === 0) throw new Error("the line talks in vain");
				const isHeard = rateOf() === spoken;
				const frame = rtu(1, `03 00${round.toString(16).padStart(2, "0")} 0002`);
				const answer = rtu(1, `03 04 00${round.toString(16).padStart(2, "0")} 1234`);
				// At another rate a receiver samples something else.
				for (const shown of [frame, answer]) bus.show(isHeard ? shown : shown.map((byte, at) => (byte * 167 + at * 59 + round * 31) & 255));
				if (isHeard) sent.push(...frame, ...answer);
				await new Promise((resolve) => setTimeout(resolve, 10));
			}
		};
		await listen(`${bus.path("tap")},auto`);
		await talk(() => states().at(-1) === "up");
		spoken = "9600";
		await talk(() => states().length === 3);
		expect(events.at(-1)).toMatchObject({
			state: "deaf",
			sentence: `What arrives at ${bus.path("tap")} makes no sense any more at 19200 8E1: its rate is being found out again.`,
		});
		await talk(() => states().length === 4);
		expect(events.at(-1)).toMatchObject({ state: "up", sentence: "Capture on ttytap is open at 9600 8E1." });
		const before = sent.length;
		await talk(() => sent.length > before + 100);
		await new Promise((resolve) => setTimeout(resolve, 200));
		expect(states()).toEqual(["deaf", "up", "deaf", "up"]);
		// What was said at the end arrived as it was.
		expect(bytes.slice(-100)).toEqual(sent.slice(-100));
		expect(losses).toBe(1);
		expect(bus.sentByTap).toBe(0);
	});

	it("refuses a port that is not there, and a file that is no port, in one sentence", async () => {
		const missing = join(bus.path("tap"), "..", "ttyNone");
		await expect(listen(`${missing},9600,8N1`)).rejects.toMatchObject({
			code: "SPANWATCH_CAPTURE_NO_SERIAL_PORT",
			message: expect.stringMatching(new RegExp(`^There is no serial port ${missing}\\. .*: is the adapter plugged in\\?$`)),
		});
		const file = join(bus.path("tap"), "..", "file");
		writeFileSync(file, "");
		await expect(listen(`${file},9600,8N1`)).rejects.toMatchObject({
			code: "SPANWATCH_CAPTURE_OPEN_FAILED",
			message: expect.stringContaining(`${file} could not be opened at 9600 8N1`),
		});
	});
});

describe("the words for a line", () => {
	it.each([
		["/dev/ttyUSB0", { baudRate: undefined, format: undefined }],
		["/dev/ttyUSB0,auto", { baudRate: undefined, format: undefined }],
		["/dev/ttyUSB0,19200", { baudRate: 19_200, format: undefined }],
		["/dev/ttyUSB0, 19200 , 8e1", { baudRate: 19_200, format: { dataBits: 8, parity: "even", stopBits: 1 } }],
		["/dev/ttyUSB0,auto,7O2", { baudRate: undefined, format: { dataBits: 7, parity: "odd", stopBits: 2 } }],
	])("%s", (text, expected) => {
		expect(serialSettings(text)).toEqual({ path: "/dev/ttyUSB0", name: "ttyUSB0", ...expected });
	});

	it.each(["", "ttyUSB0", "/dev/ttyUSB0,fast", "/dev/ttyUSB0,9600,8X1", "/dev/ttyUSB0,9600,8E1,more", "/dev/ttyUSB0,0"])(
		"%j is refused in one sentence",
		(text) => {
			expect(() => serialSettings(text)).toThrow(CaptureError);
			expect(() => serialSettings(text)).toThrow(/names no serial line: write the port, its rate and its format/);
		},
	);
});
