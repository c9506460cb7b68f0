import { describe, expect, it } from "vitest";
import type { MapEntry } from "../../src/baseline/registerMap.ts";
import { PlantBed } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const entry = (rest: Partial<MapEntry> & { point: string }): MapEntry => ({ scale: 1, offset: 0, order: "ABCD", limits: {}, ...rest });

function bedWith(entries: MapEntry[], plc = `${PLC}/1`): PlantBed {
	const bed = new PlantBed();
	bed.analyst.restore([[`map/${plc}`, { plc, entries }]]);
	return bed;
}
const TEMPERATURE = entry({
	point: "holding:107",
	name: "Boiler temperature",
	unit: "°C",
	scale: 0.1,
	offset: -20,
	limits: { low: 5, high: 90, highHigh: 95 },
});

describe("the plant's own alarm limits", () => {
	it("are facts: said at once, in names and units, when they are passed", () => {
		const bed = bedWith([TEMPERATURE]);
		bed.read(HMI, PLC, 105, [0, 0, 800]);
		expect(bed.take()).toEqual([]);
		bed.read(HMI, PLC, 105, [0, 0, 1134]);
		const [alert] = bed.take();
		expect(alert).toMatchObject({
			type: "alarm-limit",
			key: "1/holding:107/high",
			source: { ip: PLC },
			operation: { points: ["holding:107"], values: [1134] },
		});
		expect(alert!.sentence).toBe(
			"PLC 10.0.0.5 unit 1 reported 93.4 °C in Boiler temperature (holding register 107) to 10.0.0.2; the plant's own high alarm limit there is 90 °C.",
		);
		bed.read(HMI, PLC, 105, [0, 0, 1140]);
		expect(bed.take()).toEqual([]);
		bed.read(HMI, PLC, 105, [0, 0, 1200]);
		const [worse] = bed.take();
		expect(worse!.sentence).toContain("reported 100 °C in");
		expect(worse!.sentence).toContain("highest alarm limit there is 95 °C");
		expect(worse!.reasons.map(({ points }) => points)).toEqual([40, 15]);
		bed.read(HMI, PLC, 107, [800]);
		bed.wait(120);
		bed.read(HMI, PLC, 107, [100]);
		expect(bed.take().map(({ key }) => key)).toEqual(["1/holding:107/low"]);
	});

	it("hold for what is written, and for every unit where the map names none", () => {
		const bed = bedWith([TEMPERATURE], PLC);
		bed.write(HMI, PLC, 107, [2000], { unit: 9 });
		const [alert] = bed.take();
		expect(alert!.sentence).toBe(
			"10.0.0.2 wrote 180 °C to Boiler temperature (holding register 107) of PLC 10.0.0.5 unit 9; the plant's own highest alarm limit there is 95 °C.",
		);
		bed.write(HMI, PLC, 107, [2000], { unit: 9, outcome: "refused", outcomeCode: 3 });
		expect(bed.take().filter(({ type }) => type === "alarm-limit")).toEqual([]);
	});

	it("are judged on whole numbers of two registers, never on a half", () => {
		const flow = entry({ point: "holding:10", name: "Flow", unit: "l/s", type: "float32", order: "CDAB", limits: { high: 2 } });
		const bed = bedWith([flow]);
		// 2.5 = 0x40200000.
		bed.read(HMI, PLC, 9, [0xffff, 0]);
		bed.read(HMI, PLC, 11, [0x4020]);
		expect(bed.take()).toEqual([]);
		bed.read(HMI, PLC, 8, [0, 0, 0, 0x4020, 7]);
		expect(bed.take().map(({ sentence }) => sentence)[0]).toContain("reported 2.5 l/s in Flow (holding register 10)");
	});

	it("are judged on named points, and cost nothing elsewhere", () => {
		const bed = bedWith([entry({ point: "ns=2;s=Level", limits: { low: 10 } })]);
		bed.do(HMI, PLC, { names: ["ns=2;s=Other", "ns=2;s=Level"], values: [1, 3] });
		expect(bed.take().map(({ key }) => key)).toEqual(["1/ns=2;s=Level/low"]);
		bed.do(HMI, "10.0.0.6", { names: ["ns=2;s=Level"], values: [3] });
		expect(bed.take()).toEqual([]);
	});
});

describe("sentences", () => {
	it("use the names and units of the map for what is normal too", () => {
		const bed = bedWith([entry({ ...TEMPERATURE, limits: {} })]);
		for (let round = 0; round < 300; round++) {
			bed.read(HMI, PLC, 107, [700 + ((round * 7) % 100)]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		bed.read(HMI, PLC, 107, [1500]);
		const [alert] = bed.take();
		expect(alert!.type).toBe("value-outside");
		expect(alert!.sentence).toMatch(
			/reported 130 °C in Boiler temperature \(holding register 107\) to 10\.0\.0\.2; in 5 minutes it was 50–59\.9 °C in steps of at most 9\.3\./,
		);
	});
});
