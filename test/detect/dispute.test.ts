import { describe, expect, it } from "vitest";
import { Disputes } from "../../src/detect/dispute.ts";
import { macOf, PlantBed, severity, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";
const LAPTOP = "10.0.0.66";

describe("two devices that claim one address", () => {
	const OLD = "00:10:20:00:00:05";
	const NEW = "00:10:20:00:00:42";
	const disputed = () => {
		const disputes = new Disputes();
		disputes.claim(PLC, OLD, NEW, 1e6);
		return { disputes, dispute: disputes.of(PLC, 2e6)! };
	};

	it("contradict each other where they say different things within a moment, twice", () => {
		const { disputes, dispute } = disputed();
		expect(disputes.compare(dispute, "7", OLD, 1500, 2e6, 1000)).toBeUndefined();
		expect(disputes.compare(dispute, "7", NEW, 2600, 2_000_200, 1000)).toBeUndefined();
		expect(disputes.compare(dispute, "7", OLD, 1510, 3e6, 1000)).toBeUndefined();
		expect(disputes.compare(dispute, "7", NEW, 2600, 3_000_200, 1000)).toEqual({ held: 1510, claimed: 2600, apart: 200 });
	});

	it("do not where they agree, nearly agree, speak at different times, or one speaks alone", () => {
		const { disputes, dispute } = disputed();
		const say = (point: number, mac: string, value: number, time: number) =>
			expect(disputes.compare(dispute, String(point), mac, value, time, 1000)).toBeUndefined();
		for (let second = 2; second < 20; second++) {
			say(1, OLD, 100, second * 1e6);
			say(1, NEW, 100, second * 1e6 + 100);
			say(2, OLD, 100, second * 1e6);
			say(2, NEW, 140, second * 1e6 + 100);
			say(3, OLD, 100, second * 1e6);
			say(3, NEW, 900, second * 1e6 + 500_000);
			say(4, NEW, second % 2 === 0 ? 100 : 900, second * 1e6);
		}
	});

	it("are forgotten after an hour, and are bounded", () => {
		const { disputes } = disputed();
		expect(disputes.of(PLC, 3602e6)).toBeUndefined();
		for (let host = 0; host < 5000; host++) disputes.claim(`10.1.${host >> 8}.${host & 255}`, OLD, NEW, 1e6);
		expect(disputes.size).toBeLessThanOrEqual(256);
		const dispute = disputes.of("10.1.19.135", 1e6)!;
		for (let point = 0; point < 10_000; point++) disputes.compare(dispute, String(point), OLD, 1, 1e6, 1);
		expect(dispute.readings.size).toBeLessThanOrEqual(4096);
	});

	it("are the same after a restart; damaged records are left out", () => {
		const { disputes, dispute } = disputed();
		disputes.compare(dispute, "7", OLD, 1500, 2e6, 1000);
		disputes.compare(dispute, "7", NEW, 2600, 2_000_200, 1000);
		const again = new Disputes();
		again.restore(JSON.parse(JSON.stringify(disputes.save())));
		expect(again.save()).toEqual(disputes.save());
		const damaged = new Disputes();
		for (const saved of [null, 7, [null], [[1, 2]], [["a", 1, "b", "c", [null, [1], ["x", 2, 3, 4, 5]]]]]) damaged.restore(saved);
		expect(damaged.of("a", 1)?.readings.size).toBe(0);
	});
});

describe("a man in the middle", () => {
	function trained(): PlantBed {
		const bed = new PlantBed();
		for (const ip of [HMI, PLC, LAPTOP]) bed.claim({ ip, mac: macOf(ip), evidence: "toy claim" });
		for (let round = 0; round < 300; round++) {
			bed.read(HMI, PLC, 0, [100 + (round % 50), 5]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		expect(types(bed.take())).toEqual([]);
		bed.claim({ ip: PLC, mac: macOf(LAPTOP), evidence: "toy claim" });
		return bed;
	}

	it("who shows another value than the PLC said is named with both values", () => {
		const bed = trained();
		const shown = bed.flow(HMI, PLC, 9001, { server: { ip: PLC, port: 9001, mac: macOf(LAPTOP) } });
		for (let round = 0; round < 5; round++) {
			bed.read(LAPTOP, PLC, 0, [140 + round, 5]);
			const flow = bed.flow(HMI, PLC);
			bed.flows.set(`${HMI}>${PLC}:9000`, shown);
			bed.read(HMI, PLC, 0, [110, 5]);
			bed.flows.set(`${HMI}>${PLC}:9000`, flow);
			bed.wait(1);
		}
		const alarm = bed.take().find(({ type }) => type === "contradicting-values")!;
		expect(alarm).toMatchObject({
			source: { mac: macOf(LAPTOP), ip: LAPTOP },
			destination: { ip: PLC },
			operation: { points: ["holding:0"], values: [141, 110] },
		});
		expect(severity(alarm)).toBeGreaterThanOrEqual(80);
		expect(alarm.sentence).toContain(`was 141 in an answer from ${macOf(PLC)} and 110 in one from ${macOf(LAPTOP)}`);
	});

	it("who only passes on contradicts nobody", () => {
		const bed = trained();
		for (let round = 0; round < 5; round++) {
			bed.read(LAPTOP, PLC, 0, [140 + round, 5]);
			bed.read(HMI, PLC, 0, [140 + round, 5]);
			bed.wait(1);
		}
		expect(types(bed.take())).not.toContain("contradicting-values");
	});
});
