/** What a line says of values beside those seen before. */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import type { ModbusObservation } from "../../protocols/modbus/observation.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { adu } from "./modbusSamples.ts";

const T0 = 1_000_000_000;

class Poll {
	readonly harness = new StreamHarness(modbus, { time: T0 });
	#id = 0;
	#time = T0;

	/** A request, and its answer a second after the last one. */
	ask(request: string, response: string, unit = 1) {
		this.#time += 1_000_000;
		this.#id++;
		this.harness
			.request(adu(this.#id, unit, request), { time: this.#time - 2000 })
			.response(adu(this.#id, unit, response), { time: this.#time });
		return { request: this.harness.records.at(-2)!, answer: this.harness.records.at(-1)! };
	}
}

describe("values beside those before", () => {
	it("says the previous value, its age and what changed", () => {
		const poll = new Poll();
		const first = poll.ask("03 0064 0003", "03 06 0001 0002 0003").answer;
		expect(first).toMatchObject({ table: "holding", address: 100, values: [1, 2, 3] });
		for (const field of ["previous", "ageMs", "changes"]) expect(first).not.toHaveProperty(field);
		expect(poll.ask("03 0064 0003", "03 06 0001 0004 0000").answer).toMatchObject({
			values: [1, 4, 0],
			previous: [1, 2, 3],
			ageMs: [1000, 1000, 1000],
			changes: [
				{ address: 101, raw: 4, previous: 2, delta: 2, ageMs: 1000 },
				{ address: 102, raw: 0, previous: 3, delta: -3, ageMs: 1000 },
			],
		});
		// A wider range: the new ones have no history, and nothing changed.
		const wider = poll.ask("03 0063 0003", "03 06 0009 0001 0004").answer;
		expect(wider).toMatchObject({ previous: [null, 1, 4], ageMs: [null, 1000, 1000] });
		expect(wider).not.toHaveProperty("changes");
	});

	it("keeps tables and units apart", () => {
		const poll = new Poll();
		poll.ask("03 0000 0001", "03 02 0001");
		expect(poll.ask("04 0000 0001", "04 02 0002").answer).not.toHaveProperty("previous");
		expect(poll.ask("03 0000 0001", "03 02 0003", 2).answer).not.toHaveProperty("previous");
		expect(poll.ask("03 0000 0001", "03 02 0003").answer).toMatchObject({ previous: [1], ageMs: [3000] });
	});

	it("has coils as true and false", () => {
		const poll = new Poll();
		poll.ask("01 0000 0003", "01 01 05");
		expect(poll.ask("01 0000 0003", "01 01 03").answer).toMatchObject({
			values: [true, true, false],
			previous: [true, false, true],
			changes: [
				{ address: 1, raw: true, previous: false, delta: 1 },
				{ address: 2, raw: false, previous: true, delta: -1 },
			],
		});
	});

	it("says what a write overwrites, and takes it for written once it is answered", () => {
		const poll = new Poll();
		poll.ask("03 0000 0002", "03 04 0001 0002");
		expect(poll.ask("10 0000 0002 04 0001 0007", "90 04").request).toMatchObject({
			values: [1, 7],
			previous: [1, 2],
			changes: [{ address: 1, raw: 7, previous: 2, delta: 5 }],
		});
		expect(poll.ask("03 0001 0001", "03 02 0002").answer).not.toHaveProperty("changes");
		poll.ask("10 0001 0001 02 0008", "10 0001 0001");
		expect(poll.ask("03 0001 0001", "03 02 0009").answer.changes).toMatchObject([{ raw: 9, previous: 8 }]);
		expect(poll.ask("06 0001 000a", "06 0001 000a").answer.changes).toMatchObject([{ raw: 10, previous: 9 }]);
		expect(poll.ask("03 0001 0001", "03 02 000a").answer).not.toHaveProperty("changes");
	});

	it("knows what function 23 wrote before it read", () => {
		const poll = new Poll();
		poll.ask("03 0000 0002", "03 04 0001 0002");
		const { request, answer } = poll.ask("17 0000 0002 0001 0001 02 0005", "17 04 0001 0005");
		expect(request).toMatchObject({ writeValues: [5], writePrevious: [2], changes: [{ address: 1, raw: 5, previous: 2, delta: 3 }] });
		expect(answer).toMatchObject({ values: [1, 5], previous: [1, 5] });
		expect(answer).not.toHaveProperty("changes");
	});

	it("works out what a masked write leaves (6.16)", () => {
		const poll = new Poll();
		expect(poll.ask("16 0004 00f2 0025", "16 0004 00f2 0025").answer).not.toHaveProperty("changes");
		poll.ask("03 0004 0001", "03 02 0012");
		// The specification's own example: 12 with the masks F2 and 25 becomes 17.
		expect(poll.ask("16 0004 00f2 0025", "16 0004 00f2 0025").answer.changes).toMatchObject([
			{ address: 4, raw: 0x17, previous: 0x12, delta: 5 },
		]);
		expect(poll.ask("03 0004 0001", "03 02 0017").answer).toMatchObject({ previous: [0x17] });
	});

	it("believes no answer that contradicts its request, none without a request, and no further one", () => {
		const poll = new Poll();
		poll.ask("03 0000 0001", "03 02 0001");
		poll.ask("03 0000 0001", "03 04 0007 0007");
		poll.harness.response(adu(99, 1, "03 02 0008"));
		poll.ask("03 0000 0001", "03 02 0001");
		poll.harness.response(adu(3, 1, "03 02 0009"));
		expect(poll.harness.records.at(-1)).toMatchObject({ diverging: true, changes: [{ raw: 9, previous: 1 }] });
		expect(poll.ask("03 0000 0001", "03 02 0001").answer).not.toHaveProperty("changes");
	});

	it("goes over the end of a page", () => {
		const poll = new Poll();
		poll.ask("03 00fe 0004", "03 08 0001 0002 0003 0004");
		expect(poll.ask("03 00fe 0004", "03 08 0001 0002 0005 0004").answer).toMatchObject({
			previous: [1, 2, 3, 4],
			changes: [{ address: 256, raw: 5, previous: 3 }],
		});
	});

	it("remembers a bounded number of values, and counts what it could not", () => {
		const poll = new Poll();
		// 256 pages of each unit: 16 units fill them all.
		for (let unit = 1; unit <= 16; unit++) {
			for (let page = 0; page < 256; page++) poll.ask(`03 ${page.toString(16).padStart(2, "0")}00 0001`, "03 02 0001", unit);
		}
		expect(poll.harness.counts).toEqual({});
		expect(poll.ask("03 0000 0001", "03 02 0002", 17).answer).not.toHaveProperty("previous");
		expect(poll.ask("03 0000 0001", "03 02 0002", 17).answer).not.toHaveProperty("previous");
		expect(poll.harness.counts["values-full"]).toBeGreaterThan(0);
		expect(poll.ask("03 0000 0001", "03 02 0002", 16).answer).toMatchObject({ changes: [{ raw: 2, previous: 1 }] });
	});

	it("remembers nothing of one engine in another", () => {
		const one = new Poll();
		one.ask("03 0000 0001", "03 02 0001");
		expect(new Poll().ask("03 0000 0001", "03 02 0002").answer).not.toHaveProperty("previous");
	});

	it("shares what was seen between the connections of an engine", () => {
		const clock = { time: T0, frame: 1 };
		const records: Record<string, unknown>[] = [];
		const connect = (port: number) =>
			modbus.tcp!.open({
				clock,
				flow: { ...new StreamHarness(modbus).flow, client: { ip: "10.0.0.1", port, mac: undefined } },
				emit: (observation: ModbusObservation) => void records.push(modbus.record(observation)),
				count: () => {},
				certificate: () => undefined,
				inner: () => false,
			});
		for (const [port, value] of [
			[4000, "0001"],
			[4001, "0002"],
		] as const) {
			const stream = connect(port);
			clock.time += 1_000_000;
			const request = adu(1, 1, "03 0000 0001");
			stream.data(request, 0, request.length, 0);
			const answer = adu(1, 1, `03 02 ${value}`);
			stream.data(answer, 0, answer.length, 1);
		}
		expect(records.at(-1)!.changes).toEqual([{ address: 0, raw: 2, previous: 1, delta: 1, ageMs: 1000 }]);
	});
});
