/** Detections of Modbus that need what was learned, from bytes to detections. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { services } from "../../protocols/index.ts";
import { firstUseOf } from "../../protocols/modbus/firstUse.ts";
import { modbus } from "../../protocols/modbus/index.ts";
import type { ModbusObservation } from "../../protocols/modbus/observation.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { TO_CLIENT } from "../../src/flow/flow.ts";
import { GATEWAY, HMI, ModbusBed, PLC } from "../catalogue/modbusBed.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { random } from "../support/random.ts";
import { adu } from "./modbusSamples.ts";

const STRANGER = "10.0.0.77";
const WRITE = "06 0000 0007";

describe("a write to unit 0", () => {
	it("that nobody answers goes to all devices", () => {
		const bed = new ModbusBed();
		bed.at(HMI, GATEWAY).ask(0, WRITE);
		const [found, ...others] = bed.said();
		expect(others).toEqual([]);
		expect(found).toMatchObject({ type: "broadcast-write", source: { ip: HMI }, destination: { ip: GATEWAY }, key: "0" });
		expect(found!.sentence).toBe(
			"10.0.0.2 wrote 7 to holding register 0 of PLC 10.0.0.6 unit 0, which goes to every unit there (units 11 and 12 have answered); in 10 minutes it never did so.",
		);
		expect(found!.reasons.map(({ points }) => points)).toEqual([60, 10, 0]);
	});

	it("that is answered goes to one, also on the next connection", () => {
		const bed = new ModbusBed();
		for (let turn = 0; turn < 2; turn++) {
			bed.at(HMI, PLC, true).ask(0, WRITE, WRITE);
			expect(bed.said().filter(({ type }) => type === "broadcast-write")).toEqual([]);
		}
		// Once it has answered, one that is not answered is no broadcast either.
		bed.at(HMI, PLC, true).ask(0, WRITE);
		expect(bed.said().filter(({ type }) => type === "broadcast-write")).toEqual([]);
		// Refused by the device itself.
		const other = new ModbusBed();
		other.at(HMI, PLC).ask(0, WRITE, "86 02");
		expect(other.said().filter(({ type }) => type === "broadcast-write")).toEqual([]);
	});

	it("that was learned is silent", () => {
		const bed = new ModbusBed();
		bed.at(HMI, GATEWAY).ask(0, WRITE);
		const [found] = bed.said();
		expect(bed.analyst.teach(found!.things!, []).refused).toEqual([]);
		bed.wait(100);
		bed.detections.length = 0;
		bed.at(HMI, GATEWAY).ask(0, WRITE);
		expect(bed.said().filter(({ type }) => type === "broadcast-write")).toEqual([]);
	});
});

describe("what a device says of itself", () => {
	it("otherwise than before is said once, and the same again is silent", () => {
		const bed = new ModbusBed();
		bed.identify("312e32");
		expect(bed.said()).toEqual([]);
		bed.identify("312e33");
		const [found, ...others] = bed.said();
		expect(others).toEqual([]);
		expect(found).toMatchObject({ type: "identity-changed", source: { ip: PLC } });
		expect(found!.sentence).toBe(
			`PLC 10.0.0.5 unit 1 now says of itself, asked by 10.0.0.4: revision "1.3" instead of "1.2"; a device says the same as long as nobody changes it.`,
		);
		bed.detections.length = 0;
		bed.identify("312e33");
		expect(bed.said()).toEqual([]);
	});

	it("is known after a restart, and its words are bounded", () => {
		// One that learns by itself has all of it to save.
		const bed = new ModbusBed(() => {});
		const records = structuredClone([...bed.analyst.save()]);
		expect(records.filter(([key]) => key.startsWith("identity/"))).toEqual([
			[
				"identity/modbus|10.0.0.5|1",
				[
					["vendor", "ABC"],
					["product code", "X1"],
					["revision", "1.2"],
				],
			],
		]);
		const other = new ModbusBed();
		other.identify("39");
		expect(other.said()).toHaveLength(1);
		other.analyst.restore([["identity/x", 7]]);
		expect(other.analyst.stats().damaged).toBe(1);
	});
});

describe("a function that deserves a word of its own", () => {
	it.each([
		["14 07 06 0004 0001 0002", "14 06 05 06 0dfe 0020", "modbus-file-read"],
		["15 09 06 0004 0007 0001 06af", "15 09 06 0004 0007 0001 06af", "modbus-file-write"],
		["7e 00", "fe 01", "modbus-reserved-function"],
		["32 00", "b2 01", "modbus-reserved-function"],
		["2b 0e 01 00", "2b 0e 01 01 00 00 01 00 03 414243", "modbus-identification"],
		["11", "11 05 b4 ff 504c43", "modbus-identification"],
	])("%s", (request, answer, type) => {
		const { title } = modbus.detections.find(({ id }) => id === type)!;
		// That a stranger asks what a PLC is, is said of him as a new client.
		for (const client of type === "modbus-identification" ? [HMI] : [HMI, STRANGER]) {
			const bed = new ModbusBed();
			bed.at(client, PLC).ask(1, request, answer);
			const said = bed.said();
			// What a stranger does within a moment is one happening.
			expect(said.filter((one) => one.type === type || one.reasons.some(({ text }) => text.startsWith(title)))).toHaveLength(1);
			// A person may say that it is normal, and it is silent then.
			const things = said.flatMap(({ things: all = [] }) => all);
			expect(things.some(({ trait }) => trait === "function")).toBe(true);
			expect(bed.analyst.teach(things, []).refused).toEqual([]);
			bed.wait(100);
			bed.detections.length = 0;
			bed.at(client, PLC).ask(1, request, answer);
			expect(bed.said().filter((one) => one.type === type)).toEqual([]);
		}
	});

	it("is silent by whom it was learned, on a PLC that is asked each minute", () => {
		const bed = new ModbusBed();
		bed.identify("312e32");
		bed.poll(60);
		bed.identify("312e32");
		expect(bed.said()).toEqual([]);
	});

	it("is none of the public ones, of makers' own, or of UMAS", () => {
		for (const code of [1, 6, 7, 8, 16, 17, 22, 23, 24, 43, 65, 110, 90, 0, -1, 200, 23_042])
			expect(firstUseOf(code, "other"), String(code)).toBeUndefined();
	});
});

describe("an answer to nothing", () => {
	const T0 = 1_000_000_000;
	const exchange = (harness: StreamHarness<ModbusObservation>, time: number) =>
		harness.request(adu(1, 1, "03 0000 0001"), { time }).response(adu(1, 1, "03 02 0007"), { time: time + 1000 });
	const facts = (harness: StreamHarness<ModbusObservation>) => harness.facts.map(({ record }) => record.id);

	it("is a fact on a connection that is known well", () => {
		const harness = exchange(new StreamHarness(modbus, { time: T0 }), T0);
		harness.response(adu(77, 1, "03 02 0009"), { time: T0 + 11_000_000 });
		expect(facts(harness)).toEqual(["modbus-unsolicited-answer"]);
	});

	it("is none shortly after the beginning, after lost bytes, or on a connection of which no answer ever fitted", () => {
		const young = exchange(new StreamHarness(modbus, { time: T0 }), T0);
		young.response(adu(77, 1, "03 02 0009"), { time: T0 + 9_000_000 });
		expect(facts(young)).toEqual([]);
		const lossy = exchange(new StreamHarness(modbus, { time: T0 }), T0);
		lossy.gap(0);
		lossy.response(adu(77, 1, "03 02 0009"), { time: T0 + 11_000_000 });
		expect(facts(lossy)).toEqual([]);
		const odd = new StreamHarness(modbus, { time: T0 });
		for (let second = 0; second < 30; second++)
			odd
				.request(adu(second, 1, "03 0000 0001"), { time: T0 + second * 1e6 })
				.response(adu(0x7000, 1, "03 02 0007"), { time: T0 + second * 1e6 + 1000 });
		expect(facts(odd).filter((id) => id === "modbus-unsolicited-answer")).toEqual([]);
	});

	it("is not what comes again behind the client's next request", () => {
		// The next request has the place that the answered one would have in the table, were that not kept.
		const harness = new StreamHarness(modbus, { time: T0 });
		for (let id = 1; id < 40; id += 2) {
			const time = T0 + id * 1e6;
			harness.request(adu(id, 1, "03 0000 0001"), { time }).response(adu(id, 1, "03 02 0007"), { time: time + 1000 });
			harness.request(adu(id + 1, 1, "04 0000 0001"), { time: time + 2000 }).response(adu(id, 1, "03 02 0007"), { time: time + 2500 });
			harness.response(adu(id + 1, 1, "04 02 0007"), { time: time + 3000 });
		}
		expect(new Set(facts(harness))).toEqual(new Set(["modbus-duplicate-answer"]));
	});

	it("is none of the answers whose requests the mirror lost", async () => {
		const next = random(3);
		let unsolicited = 0;
		const unasked: number[] = [];
		const engine = new Engine({
			protocols: [modbus],
			services,
			onObservation: (_protocol, observation) => {
				const { kind, isUnasked, frame } = observation as ModbusObservation;
				if (kind === "unsolicited") unsolicited++;
				if (isUnasked) unasked.push(frame);
			},
			onFlow: () => {},
		});
		const path = fileURLToPath(new URL("../../captures/plant-normal.pcap", import.meta.url));
		await readCapture(new CaptureInput(path), (frame) => void (next() < 0.05 || engine.frame(frame)), {});
		engine.endSource();
		expect(unsolicited).toBeGreaterThan(40);
		expect(unasked).toEqual([]);
	});

	it("is said in a plant of its server", () => {
		const bed = new ModbusBed();
		bed.at(HMI, PLC).send(TO_CLIENT, 999, 1, "03 04 0009 0009");
		expect(bed.said().map(({ type }) => type)).toContain("modbus-unsolicited-answer");
		expect(bed.detections.find(({ type }) => type === "modbus-unsolicited-answer")).toMatchObject({
			source: { ip: PLC },
			destination: { ip: HMI },
		});
		// A person may say that this device speaks unasked, to this client.
		const { things } = bed.detections.find(({ type }) => type === "modbus-unsolicited-answer")!;
		expect(bed.analyst.teach(things!, []).refused).toEqual([]);
		bed.poll(61);
		bed.detections.length = 0;
		bed.at(HMI, PLC).send(TO_CLIENT, 998, 1, "03 04 0009 0009");
		expect(bed.said()).toEqual([]);
	});
});
