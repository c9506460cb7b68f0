/** Thirty devices behind one gateway: each unit is a PLC of its own in operations, learning and alerts. Real Modbus bytes. */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { adu } from "../protocols/modbusSamples.ts";
import { PlantBed } from "./plantBed.ts";

const UNITS = 30;
/** Unit 7 is written to; unit 9 measures something else. */
const WRITTEN = 7;
const HIGH = 9;
const word = (value: number) => value.toString(16).padStart(4, "0");

/** A client that polls every unit behind one address over one connection. */
class Gateway {
	readonly detections: Detection[] = [];
	readonly analyst = new Analyst({ protocols: [modbus], onDetection: (detection) => this.detections.push(structuredClone(detection)) });
	readonly clock = { time: 1_700_000_000e6, frame: 0 };
	readonly #flow: Flow = new PlantBed().flow("10.0.0.2", "10.0.0.5", 502);
	readonly #stream = modbus.tcp!.open({
		clock: this.clock,
		flow: this.#flow,
		emit: (observation) => this.analyst.observe(modbus, observation, this.#flow),
		count: () => {},
		certificate: () => undefined,
		inner: () => false,
	});
	#transaction = 0;
	round = 0;

	ask(unit: number, request: string, response: string): void {
		this.#transaction = (this.#transaction + 1) & 0xffff;
		for (const [direction, pdu] of [
			[0, request],
			[1, response],
		] as const) {
			this.clock.time += 1000;
			this.clock.frame++;
			const bytes = adu(this.#transaction, unit, pdu);
			this.#stream.data(bytes, 0, bytes.length, direction);
		}
	}

	/** A write that no unit answers. */
	broadcast(pdu: string): void {
		this.#transaction = (this.#transaction + 1) & 0xffff;
		this.clock.time += 1000;
		this.clock.frame++;
		const bytes = adu(this.#transaction, 0, pdu);
		this.#stream.data(bytes, 0, bytes.length, 0);
	}

	/** What a unit measures, with a little noise of its own. */
	value(unit: number): number {
		return (unit === HIGH ? 5000 : 200) + ((this.round * 37 + unit * 11) % 23);
	}

	poll(rounds: number): void {
		for (let done = 0; done < rounds; done++, this.round++) {
			const end = this.clock.time + 10e6;
			for (let unit = 1; unit <= UNITS; unit++) this.ask(unit, "03 0000 0001", `03 02 ${word(this.value(unit))}`);
			if (this.round % 10 === 0) this.write(WRITTEN, 100 * (1 + ((this.round / 10) % 3)));
			this.#wait(end - this.clock.time);
		}
	}

	write(unit: number, value: number): void {
		this.ask(unit, `06 0010 ${word(value)}`, `06 0010 ${word(value)}`);
	}

	/** Time goes on: what nobody answered is said. */
	#wait(micros: number): void {
		this.clock.time += micros;
		if (this.#stream.deadline <= this.clock.time) this.#stream.expire(this.clock.time);
		this.analyst.advance(this.clock.time);
	}

	take(): Detection[] {
		for (let tick = 0; tick < 30; tick++) this.#wait(100_000);
		return this.detections.splice(0);
	}
}

function trained(): Gateway {
	const gateway = new Gateway();
	gateway.poll(400);
	gateway.analyst.endLearning();
	gateway.poll(10);
	expect(gateway.take().map(({ type, sentence }) => [type, sentence])).toEqual([]);
	return gateway;
}

describe("thirty units behind one address", () => {
	it("are thirty PLCs", () => {
		const gateway = trained();
		const plcs = gateway.analyst.plcs(gateway.clock.time);
		expect(plcs.map(({ unit }) => unit).sort((a, b) => a! - b!)).toEqual(Array.from({ length: UNITS }, (_, index) => index + 1));
		expect(new Set(plcs.map(({ id }) => id)).size).toBe(UNITS);
	});

	it("a write is usual for the unit that is written to, and news for its neighbour", () => {
		const gateway = trained();
		gateway.write(WRITTEN, 200);
		expect(gateway.take()).toEqual([]);
		gateway.write(WRITTEN + 1, 200);
		const [alarm, ...others] = gateway.take();
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(`unit ${WRITTEN + 1}`);
		expect(alarm!.operation).toMatchObject({ verb: "write", unit: WRITTEN + 1, points: ["holding:16"], values: [200] });
	});

	it("a value is usual for the unit that measures it, and out of range for its neighbour", () => {
		const gateway = trained();
		gateway.ask(HIGH, "03 0000 0001", "03 02 1390");
		expect(gateway.take()).toEqual([]);
		gateway.ask(HIGH + 1, "03 0000 0001", "03 02 1390");
		const [alarm, ...others] = gateway.take();
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(`unit ${HIGH + 1}`);
		expect(alarm!.operation).toMatchObject({ verb: "read", unit: HIGH + 1, values: [5008] });
	});

	it("a device that is silent behind its gateway is not one that refuses", () => {
		const gateway = trained();
		for (let round = 0; round < 3; round++) gateway.ask(12, "03 0000 0001", "83 0b");
		gateway.take();
		const silent = gateway.analyst.plcs(gateway.clock.time).find(({ unit }) => unit === 12);
		expect(silent).toMatchObject({ state: "unanswered", unanswered: 3, refused: 0 });
		for (let round = 0; round < 3; round++) gateway.ask(13, "03 0000 0001", "83 02");
		expect(gateway.analyst.plcs(gateway.clock.time).find(({ unit }) => unit === 13)).toMatchObject({ unanswered: 0, refused: 3 });
	});

	it("a scan of units that the gateway does not know is one", () => {
		const gateway = trained();
		for (let unit = 31; unit < 80; unit++) gateway.ask(unit, "03 0000 0001", "83 0a");
		expect(gateway.take().map(({ type }) => type)).toContain("unit-scan");
	});

	it("a write to all of them at once is news, and no silence", () => {
		const gateway = trained();
		gateway.broadcast("06 0010 00c8");
		const alarms = gateway.take();
		expect(alarms).toHaveLength(1);
		expect(alarms[0]!.operation).toMatchObject({ verb: "write", unit: 0, points: ["holding:16"], values: [200], outcome: "ok" });
		gateway.poll(1);
		expect(gateway.take()).toEqual([]);
	});

	it("says in whose words nobody answered", () => {
		const gateway = trained();
		gateway.ask(WRITTEN + 1, "06 0010 00c8", "86 0b");
		expect(gateway.take()[0]!.sentence).toContain("(no answer: gateway target device failed to respond (exception 11))");
	});
});
