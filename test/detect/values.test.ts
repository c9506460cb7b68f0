/** What the analyst says of points that stand still or repeat themselves, and that an open incident is not learned. */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { readWritten, writeYaml } from "../../src/config/written.ts";
import type { AnyProtocol } from "../../src/decode/protocol.ts";
import { random } from "../support/random.ts";
import { PlantBed, toy, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";

/** A PLC with a noisy level, a flow and a constant, read each five seconds for a day and a half. */
class Site {
	readonly bed = new PlantBed();
	readonly #rng = random(21);
	round = 0;
	values(): number[] {
		this.round++;
		return [300 + Math.round(100 * Math.sin(this.round / 50) + 9 * this.#rng()), 50 + Math.floor(20 * this.#rng()), 7];
	}
	poll(rounds: number, values: () => number[]): void {
		for (let round = 0; round < rounds; round++) {
			this.bed.read(HMI, PLC, 0, values());
			this.bed.wait(5);
		}
	}
	constructor() {
		this.poll(26_000, () => this.values());
	}
}

describe("a PLC's values", () => {
	it("that stand still are said once, by name, for one point and for all, also after a restart", () => {
		const site = new Site();
		expect(site.bed.detections).toEqual([]);
		const still = site.values()[1]!;
		site.bed.restart();
		site.poll(100, () => [site.values()[0]!, still, 7]);
		expect(site.bed.detections.map(({ type }) => type)).toEqual(["value-frozen"]);
		expect(site.bed.detections[0]!.sentence).toMatch(
			/^The holding register 1 of PLC 10\.0\.0\.5 unit 1 stood still for 5 minutes while it was read; normally it stands still for no longer than 30 seconds\.$/,
		);
		site.poll(100, () => site.values());
		const all = site.values();
		site.poll(100, () => all);
		const last = site.bed.detections.at(-1)!;
		expect(last.sentence).toMatch(/^2 of 2 moving points of PLC 10\.0\.0\.5 unit 1 stood still|^The holding register [01] of PLC/);
	});

	it("that go together and disagree are said with both their values, and learned as that very pair", () => {
		const rng = random(4);
		const bed = new PlantBed();
		let round = 0;
		const values = (): number[] => {
			const isOn = Math.floor(++round / 60) % 2 === 1;
			return [isOn ? 1 : 0, isOn ? 340 + Math.floor(20 * rng()) : 0];
		};
		const poll = (rounds: number, shown: () => number[]): void => {
			for (let count = 0; count < rounds; count++) {
				bed.read(HMI, PLC, 0, shown());
				bed.wait(25);
			}
		};
		poll(20_000, values);
		expect(bed.detections).toEqual([]);
		const lie = (): number[] => [values()[0]!, 340 + Math.floor(20 * rng())];
		poll(200, lie);
		expect(bed.detections.map(({ type }) => type)).toEqual(["values-disagree"]);
		const { sentence, things, reasons } = bed.detections[0]!;
		expect(sentence).toMatch(
			/^The holding register 1 of PLC 10\.0\.0\.5 unit 1 was 3[45]\d for two minutes while the holding register 0 was 0; in 5 days, while that was 0, it was 0\. One of the two is not what it seems\.$/,
		);
		expect(reasons).toEqual([{ points: 35, text: "Values that go together disagree" }]);
		const thing = { trait: "fact", type: "values-disagree", source: PLC, destination: "", key: "toy/1/holding:1 with holding:0" };
		expect(things).toEqual([thing]);
		expect(bed.analyst.teach(things!, []).admitted).toEqual(things);
		poll(400, values);
		bed.detections.length = 0;
		poll(200, lie);
		expect(bed.detections.filter(({ things }) => things?.some((one) => JSON.stringify(one) === JSON.stringify(thing)))).toEqual([]);
	});

	it("that stand still are said no more of the very point of which a person learned it, and still of another", () => {
		const site = new Site();
		const still = site.values()[1]!;
		site.poll(100, () => [site.values()[0]!, still, 7]);
		const { things } = site.bed.detections[0]!;
		expect(things).toEqual([{ trait: "fact", type: "value-frozen", source: PLC, destination: "", key: "toy/1/holding:1" }]);
		expect(site.bed.analyst.teach(things!, []).admitted).toEqual(things);
		site.bed.restart();
		site.poll(300, () => site.values());
		site.bed.detections.length = 0;
		site.poll(100, () => [site.values()[0]!, still, 7]);
		expect(site.bed.detections).toEqual([]);
		site.poll(300, () => site.values());
		const [level] = site.values(); // where it is now: a jump would be news of its own
		site.poll(400, () => [level!, site.values()[1]!, 7]);
		expect(site.bed.detections.flatMap((one) => one.things)).toMatchObject([{ type: "value-frozen", key: "toy/1/holding:0" }]);
	});

	it("that are a recording are said to be one", () => {
		const site = new Site();
		const recording = Array.from({ length: 314 }, () => site.values());
		for (const values of recording) site.poll(1, () => values);
		expect(site.bed.detections).toEqual([]);
		for (const values of recording) site.poll(1, () => values);
		site.bed.wait(60);
		const said = site.bed.detections.find(({ type }) => type === "value-replayed");
		expect(said?.sentence).toMatch(/in 37 hours its changes never repeated themselves\.$/);
		expect(said?.reasons.map(({ text }) => text)).toContain(
			"its latest changes are those of before, one by one: a recording is played, or a sensor is simulated",
		);
	});

	it.each([
		["first", (total: number) => [Math.floor(total / 65_536), total % 65_536]],
		["last", (total: number) => [total % 65_536, Math.floor(total / 65_536)]],
	])("that are a total of 32 bits, its high word %s, go on from word to word; a leap of the high word is said", (_order, words) => {
		const bed = new PlantBed();
		const rng = random(22);
		let total = 53 * 65_536 + 20_000;
		const poll = (rounds: number) => {
			for (let round = 0; round < rounds; round++) {
				bed.read(HMI, PLC, 0, [7, ...words((total += 60 + Math.floor(30 * rng()))), 9]);
				bed.wait(10);
			}
		};
		poll(9000);
		bed.restart();
		poll(40_000);
		expect(bed.detections).toEqual([]);
		total += 5 * 65_536;
		poll(10);
		expect(bed.detections.map(({ type }) => type)).toContain("value-outside");
	});

	it("whose level is one that never was are said; who accepted that a point drifts did not accept its level", () => {
		const bed = new PlantBed();
		const rng = random(24);
		const noise = () => Array.from({ length: 12 }, rng).reduce((sum, one) => sum + one) - 6;
		const poll = (rounds: number, value: () => number) => {
			for (let round = 0; round < rounds; round++) {
				bed.read(HMI, PLC, 0, [Math.round(value())]);
				bed.wait(5);
			}
		};
		poll(26_000, () => 500 + 100 * noise());
		expect(bed.detections).toEqual([]);
		const thing = { trait: "fact", source: PLC, destination: "", key: "toy/1/holding:0" } as const;
		bed.analyst.teach([{ ...thing, type: "value-drift" }], []);
		poll(400, () => 700 + 15 * noise());
		expect(bed.detections.map(({ sentence }) => sentence)).toEqual([
			expect.stringMatching(
				/^The mean of the holding register 0 of PLC 10\.0\.0\.5 unit 1 was \d{3}(\.\d+)? over the last ten minutes; in 3\d hours no ten minutes had one outside 4\d\d(\.\d+)?–5\d\d(\.\d+)?\.$/,
			),
		]);
		expect(bed.detections[0]!.things).toEqual([{ ...thing, type: "value-level" }]);
		bed.analyst.teach(bed.detections[0]!.things!, []);
		poll(400, () => 500 + 100 * noise());
		bed.detections.length = 0;
		poll(400, () => 700 + 15 * noise());
		expect(bed.detections).toEqual([]);
	});

	it("are learned as ever while another PLC, which nobody asks any more, is part of an incident", () => {
		const other = "10.0.0.9";
		const bed = new PlantBed();
		const rng = random(23);
		const poll = (rounds: number, range: number) => {
			for (let round = 0; round < rounds; round++) {
				bed.read(HMI, PLC, 0, [Math.floor(range * rng())]);
				bed.wait(10);
			}
		};
		bed.read(HMI, PLC, 0, [0]);
		bed.read(HMI, other, 0, [1]);
		poll(360, 50);
		bed.analyst.hold([other]);
		poll(360, 1000);
		bed.analyst.hold([]);
		poll(10_000, 50);
		bed.detections.length = 0;
		bed.read(HMI, PLC, 0, [950]);
		bed.wait(10);
		expect(bed.detections.filter(({ type }) => type === "value-outside")).toEqual([]);
	});

	it("are not learned while an incident is open at the PLC", () => {
		const site = new Site();
		site.bed.analyst.hold([PLC]);
		const points = site.bed.analyst.stats().points;
		site.bed.read(HMI, PLC, 0, [...site.values(), 99]);
		site.bed.restart();
		site.bed.read(HMI, PLC, 0, [...site.values(), 99]);
		expect(site.bed.analyst.stats().points).toBe(points);
		site.bed.analyst.hold([]);
		site.bed.read(HMI, PLC, 0, [...site.values(), 99]);
		expect(site.bed.analyst.stats().damaged).toBe(0);
	});
});

describe("a float in two registers", () => {
	/** The toy protocol with the tables of Modbus, which has numbers in two registers. */
	const words = { ...toy, spaces: modbus.spaces, wide: modbus.wide!, pointName: modbus.pointName } as AnyProtocol;
	const HOLDING = words.spaces.indexOf("holding");
	const view = new DataView(new ArrayBuffer(4));
	const float = (value: number): number[] => {
		view.setFloat32(0, value);
		return [view.getUint16(0), view.getUint16(2)];
	};
	const rng = random(31);
	const level = (round: number) => 40 + 30 * Math.sin(round / 40) + rng();
	const site = () => {
		const bed = new PlantBed({ protocols: [words] });
		const poll = (rounds: number, value: (round: number) => number) => {
			for (let round = 0; round < rounds; round++) {
				bed.read(HMI, PLC, 10, [7, ...float(value(round)), 9], { space: HOLDING });
				if (round % 600 === 0) bed.write(HMI, PLC, 20, float(60 + 5 * rng()), { space: HOLDING });
				bed.read(HMI, PLC, 20, float(60 + rng()), { space: HOLDING });
				bed.wait(10);
			}
		};
		poll(20_000, level);
		return { bed, poll };
	};

	it("is judged as one, in its own words, also after a restart; its words say nothing", () => {
		const { bed, poll } = site();
		expect(bed.take()).toEqual([]);
		bed.restart();
		poll(10, level);
		expect(bed.take()).toEqual([]);
		// Half of its usual value: its high word differs by one bit of the exponent.
		poll(1, () => -20);
		const [found, ...others] = bed.take();
		expect(others).toEqual([]);
		expect(found).toMatchObject({ type: "value-outside", key: "1/holding.float32:11" });
		expect(found!.sentence).toMatch(
			/^PLC 10\.0\.0\.5 unit 1 reported -20 in holding registers 11 and 12 as float32 to 10\.0\.0\.2; in 2 days it was 1\d\.\d+–7\d\.\d+ in steps of at most/,
		);
		expect(found!.operation).toMatchObject({ points: ["holding.float32:11"], values: [-20] });
		expect(found!.things).toMatchObject([{ trait: "value", point: "holding.float32:11" }]);
	});

	it("that is written is judged as one", () => {
		const { bed } = site();
		bed.take();
		for (let count = 0; count < 3; count++) {
			bed.write(HMI, PLC, 20, float(62), { space: HOLDING });
			bed.wait(60);
		}
		expect(bed.take()).toEqual([]);
		bed.write(HMI, PLC, 20, float(150), { space: HOLDING });
		const found = bed.take();
		expect(found).toMatchObject([{ type: "write-outside", key: "1/holding.float32:20" }]);
		expect(found[0]!.sentence).toMatch(/^10\.0\.0\.2 wrote 150 to holding registers 20 and 21 as float32 of PLC 10\.0\.0\.5 unit 1; /);
	});

	it("is accepted as one, and nothing beside it", () => {
		const { bed, poll } = site();
		bed.take();
		poll(1, () => 120);
		const [found] = bed.take();
		bed.analyst.teach(found!.things!, []);
		poll(3, level);
		poll(1, () => 120);
		expect(bed.take()).toEqual([]);
		poll(1, () => 300);
		expect(types(bed.take())).toEqual(["value-outside"]);
	});

	it("is one at once where the plant's own map says so, and has its name and unit", () => {
		const bed = new PlantBed({ protocols: [words] });
		const poll = (rounds: number, value: () => number) => {
			for (let round = 0; round < rounds; round++) {
				bed.read(HMI, PLC, 10, [7, ...swapped(value()), 9], { space: HOLDING });
				bed.wait(10);
			}
		};
		const swapped = (value: number) => float(value).reverse();
		const entry = {
			point: "holding:11",
			name: "Level",
			unit: "mm",
			scale: 10,
			offset: 0,
			type: "float32",
			order: "CDAB",
			limits: {},
		} as const;
		bed.analyst.maps.set(PLC, [entry]);
		// It stands still: how its words move would show nothing.
		poll(9000, () => 12.5);
		expect(bed.take()).toEqual([]);
		poll(1, () => 2);
		const found = bed.take();
		expect(found).toMatchObject([{ type: "value-outside", key: "1/holding.float32-swapped:11" }]);
		expect(found[0]!.sentence).toBe(
			"PLC 10.0.0.5 unit 1 reported 20 mm in Level (holding registers 11 and 12 as word-swapped float32) to 10.0.0.2; in 25 hours it was always 125 mm.",
		);
	});

	it("is part of the document, and of a box that begins with it", () => {
		const { bed } = site();
		const text = bed.analyst.documents().map(writeYaml).join("---\n");
		expect(text).toContain("holding.float32:11");
		const other = new PlantBed({ protocols: [words] });
		other.analyst.adopt(readWritten(text, "plc.yaml"), other.time);
		other.read(HMI, PLC, 10, [7, ...float(level(3)), 9], { space: HOLDING });
		expect(other.take()).toEqual([]);
		other.read(HMI, PLC, 10, [7, ...float(-20), 9], { space: HOLDING });
		expect(other.take()).toMatchObject([{ type: "value-outside", key: "1/holding.float32:11" }]);
	});
});
