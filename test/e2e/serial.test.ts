/** Modbus on a serial line end to end: real client and servers on a bus of pseudo terminals, a tap, the compiled sniffer, the engine, and the monitor as it runs on a box. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AsciiConverter } from "../../captures/lab/asciiConverter.ts";
import { type BusChunk, hasSocat, SerialBus } from "../../captures/lab/serialBus.ts";
import { SerialPlant } from "../../captures/lab/serialPlant.ts";
import { protocols, services } from "../../protocols/index.ts";
import { crcOf } from "../../protocols/modbus/crc.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { LiveCapture } from "../../src/capture/live.ts";
import { serialSettings } from "../../src/capture/serialSettings.ts";
import { join } from "../support/decoderHarness.ts";
import { isBuilt, Monitor, makeFolder } from "../support/monitor.ts";

const why = hasSocat ? (isBuilt ? undefined : "the program is not built") : "socat is missing";
if (why !== undefined) console.warn(`skipped: a serial plant, ${why}`);

const UNITS = [1, 2, 9];
const SILENT = 77;
const ROUNDS = 40;
/** The rest of a frame that was cut is given up after a tenth of a second. */
const STILL_MILLIS = 400;

/** Numbers that look random and are the same each time. */
function dice(seed: number): (sides: number) => number {
	let state = seed;
	return (sides) => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((state / 2 ** 32) * sides);
	};
}

const isFrame = (bytes: Uint8Array) => bytes.length > 3 && crcOf(bytes, 0, bytes.length) === 0;

describe.skipIf(why !== undefined)("a serial plant", { timeout: 120_000 }, () => {
	let bus: SerialBus;
	let plant: SerialPlant;
	beforeEach(async () => {
		bus = await new SerialBus().open();
		plant = await SerialPlant.open(bus, UNITS);
	});
	afterEach(async () => {
		await plant.close();
		await bus.close();
	});

	/** Polls and writes all units, one that is not there, and an address that none has. */
	async function work(rounds: number): Promise<void> {
		for (let round = 0; round < rounds; round++) {
			const unit = UNITS[round % UNITS.length]!;
			const { holding, input, coils } = plant.units.get(unit)!;
			input[3] = round;
			coils[5] = round & 1;
			holding[10] = 1000 + round;
			await plant.ask(unit, (client) => client.readHoldingRegisters(0, 20));
			await plant.ask(unit, (client) => client.readInputRegisters(3, 1));
			await plant.ask(unit, (client) => client.readCoils(0, 19));
			await plant.ask(unit, (client) => client.writeRegister(11, round));
			await plant.ask(unit, (client) => client.writeCoil(6, (round & 2) === 2));
			await plant.ask(unit, (client) => client.writeRegisters(12, [round, round + 1]));
			if (round % 10 === 3) await plant.ask(SILENT, (client) => client.readHoldingRegisters(0, 1));
			if (round % 10 === 5) await plant.ask(unit, (client) => client.readHoldingRegisters(120, 20));
		}
	}

	/** What the engine says of what the tap shows while `during` goes on. */
	async function observed(during: () => Promise<void>) {
		const lines: Record<string, unknown>[] = [];
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, one, flow) => lines.push(observationLine(protocol, one, flow)),
		});
		const live = new LiveCapture({ interfaces: [], serial: [serialSettings(`${bus.path("tap")},19200,8N1`)] });
		await live.start(engine.frame);
		await during();
		await new Promise((resolve) => setTimeout(resolve, STILL_MILLIS));
		await live.stop();
		engine.endSource();
		return { lines, counts: engine.counts() };
	}

	/** An answer whose request was damaged was not asked for. */
	const brief = ({ kind, unitId, functionCode, exceptionCode }: Record<string, unknown>) =>
		`${kind === "unsolicited" ? (exceptionCode === undefined ? "response" : "exception") : kind} ${unitId} ${functionCode}`;
	/** What a frame on the bus must be called. */
	const nameOf = ({ from, bytes }: BusChunk) =>
		`${from === "client" ? "request" : bytes[1]! > 128 ? "exception" : "response"} ${bytes[0]} ${bytes[1]! & 127}`;

	it("is read whole: every request, every answer, every silence", async () => {
		const onBus: string[] = [];
		bus.onChunk = (chunk) => {
			expect(isFrame(chunk.bytes)).toBe(true);
			onBus.push(nameOf(chunk));
		};
		const { lines, counts } = await observed(() => work(ROUNDS));
		const said = lines.filter(({ kind }) => kind !== "unanswered");
		expect(said.map(brief)).toEqual(onBus);
		expect(onBus).toHaveLength(2 * 6 * ROUNDS + 4 + 8);
		expect(lines.filter(({ kind }) => kind === "unanswered").map(({ unitId }) => unitId)).toEqual([SILENT, SILENT, SILENT, SILENT]);
		expect(lines.filter(({ kind }) => kind === "response" || kind === "exception").every(({ matched }) => matched === true)).toBe(true);
		expect(said[0]).toMatchObject({
			client: { line: "ttytap-master" },
			server: { line: "ttytap" },
			protocol: "modbus",
			framing: "rtu",
			unitId: 1,
			address: 0,
			quantity: 20,
		});
		const inputs = lines.filter(({ kind, functionCode }) => kind === "response" && functionCode === 4);
		expect(inputs.map(({ values }) => (values as number[])[0])).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
		expect(counts.counters["modbus-noise"] ?? 0).toBe(0);
		expect(bus.sentByTap).toBe(0);
	});

	it("is read in spite of noise, cut frames and collisions: what was shown whole is read, what was damaged is counted", async () => {
		const roll = dice(4711);
		const whole: string[] = [];
		let damaged = 0;
		let noise = 0;
		bus.disturb = (chunk) => {
			const { bytes } = chunk;
			expect(isFrame(bytes)).toBe(true);
			const random = Uint8Array.from({ length: 1 + roll(12) }, () => roll(256));
			const how = roll(10);
			if (how === 0) {
				// Noise before a frame.
				noise += random.length;
				whole.push(nameOf(chunk));
				return [join(random, bytes)];
			}
			if (how > 3) {
				// Whole; often in pieces.
				whole.push(nameOf(chunk));
				const cut = 1 + roll(bytes.length - 1);
				return how > 7 ? [bytes.subarray(0, cut), bytes.subarray(cut)] : [bytes];
			}
			damaged++;
			const shown = how === 1 ? bytes.slice(0, 2 + roll(bytes.length - 2)) : bytes.slice();
			// One bit, or another speaker over part of it.
			if (how === 2) shown[roll(shown.length)]! ^= 1 << roll(8);
			if (how === 3) for (let at = roll(shown.length); at < shown.length; at++) shown[at]! &= roll(255);
			if (isFrame(shown)) throw new Error("the dice made a frame that is whole: take another seed");
			noise += shown.length;
			return [shown];
		};
		const { lines } = await observed(() => work(ROUNDS));
		const said = lines.filter(({ kind }) => kind !== "unanswered" && kind !== "malformed");
		// A write and its answer, and 24 coils and a request, look alike: beside a disturbed frame only the time tells them, which a busy machine blurs (the unit
		// tests have a clock of their own).
		const alike = /^(?:request|response) (\d+ [156])$/;
		expect(said.map((line) => brief(line).replace(alike, "frame $1"))).toEqual(whole.map((name) => name.replace(alike, "frame $1")));
		expect(damaged).toBeGreaterThan(50);
		const counted = lines.filter(({ kind }) => kind === "malformed").reduce((sum, line) => sum + (line.noiseBytes as number), 0);
		expect(counted).toBe(noise);
		expect(bus.sentByTap).toBe(0);
	});

	it("is read whole in ASCII: the package's own client, and its servers behind a converter", async () => {
		await plant.close();
		bus.converter = new AsciiConverter();
		plant = await SerialPlant.open(bus, UNITS, (client) => client.connectAsciiSerial(bus.path("client"), { baudRate: 19_200 }));
		const onBus: string[] = [];
		bus.onChunk = ({ from, bytes }) => {
			const text = Buffer.from(bytes).toString("latin1");
			expect(text).toMatch(/^:([0-9A-F]{2})+\r\n$/);
			onBus.push(nameOf({ from, bytes: Buffer.from(text.slice(1), "hex") }));
		};
		const { lines, counts } = await observed(() => work(ROUNDS));
		const said = lines.filter(({ kind }) => kind !== "unanswered");
		expect(said.map(brief)).toEqual(onBus);
		expect(onBus).toHaveLength(2 * 6 * ROUNDS + 4 + 8);
		expect(lines.filter(({ kind }) => kind === "unanswered").map(({ unitId }) => unitId)).toEqual([SILENT, SILENT, SILENT, SILENT]);
		for (const line of said) expect(line).toMatchObject({ framing: "ascii", server: { line: "ttytap" } });
		const inputs = lines.filter(({ kind, functionCode }) => kind === "response" && functionCode === 4);
		expect(inputs.map(({ values }) => (values as number[])[0])).toEqual(Array.from({ length: ROUNDS }, (_, round) => round));
		expect(counts.counters["modbus-noise"] ?? 0).toBe(0);
		expect(bus.sentByTap).toBe(0);
	});

	it("is heard again after its rate was changed: the monitor says that it is blind, and that this is over", async () => {
		const rateOf = () => execFileSync("stty", ["-F", bus.path("tap"), "speed"], { encoding: "utf8" }).trim();
		let spoken = "19200";
		// At another rate a receiver samples something else.
		bus.disturb = ({ bytes }) => [rateOf() === spoken ? bytes : bytes.map((byte, at) => (byte * 167 + at * 59) & 255)];
		const { dir, config } = makeFolder({});
		const monitor = new Monitor({ args: ["run", "--config", config, "--serial", `${bus.path("tap")},auto`] });
		const blindness = async () => (await monitor.alerts()).filter(({ type }) => type === "sensor-blind");
		const workUntil = async (isDone: () => Promise<boolean>) => {
			for (let tries = 0; !(await isDone()); tries++) {
				if (tries === 60) throw new Error(`worked in vain: ${JSON.stringify(await blindness())}`);
				await work(3);
			}
		};
		try {
			await monitor.said(/listening on (.*ttytap); nothing is sent there/);
			await monitor.enter();
			await workUntil(async () => (await monitor.status()).plcs.length >= UNITS.length);
			const before = new Set((await blindness()).map(({ id }) => id));
			const lost = async () => (await blindness()).find(({ id }) => !before.has(id));
			spoken = "9600";
			await workUntil(async () => (await lost()) !== undefined);
			expect((await lost())!.sentence).toContain(`makes no sense any more at 19200 8E1: its rate is being found out again.`);
			await workUntil(async () => (await lost())!.status !== "open");
			expect(await blindness()).toHaveLength(before.size + 1);
			expect(bus.sentByTap).toBe(0);
		} finally {
			await monitor.close();
			rmSync(dir, { recursive: true, force: true });
		}
	});

	it("is watched by the monitor: its units are PLCs, its line an asset, a pulled tap an alert", async () => {
		const { dir, config } = makeFolder({});
		const monitor = new Monitor({ args: ["run", "--config", config, "--serial", `${bus.path("tap")},19200,8N1`] });
		try {
			await monitor.said(/listening on (.*ttytap); nothing is sent there/);
			await work(10);
			await monitor.enter();
			let status = await monitor.status();
			for (let tries = 0; status.plcs.length < 4 && tries < 50; tries++) {
				await new Promise((resolve) => setTimeout(resolve, 200));
				status = await monitor.status();
			}
			expect(status.plcs.map(({ id, unit, protocol, ip }) => [id, unit, protocol, ip]).sort()).toEqual(
				[...UNITS, SILENT].map((unit) => [`ttytap-${unit}`, unit, "modbus", "ttytap"]).sort(),
			);
			expect(status.plcs.find(({ unit }) => unit === 1)).toMatchObject({ readers: ["ttytap-master"], writers: ["ttytap-master"] });
			await bus.unplug("tap");
			let alerts = await monitor.alerts();
			for (let tries = 0; alerts.length === 0 && tries < 50; tries++) {
				await new Promise((resolve) => setTimeout(resolve, 200));
				alerts = await monitor.alerts();
			}
			expect(alerts[0]).toMatchObject({ type: "sensor-blind" });
			expect(alerts[0]!.sentence).toContain(`${bus.path("tap")} is gone.`);
			expect(bus.sentByTap).toBe(0);
		} finally {
			await monitor.close();
			rmSync(dir, { recursive: true, force: true });
		}
	});
});
