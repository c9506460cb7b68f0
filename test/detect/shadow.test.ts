import { describe, expect, it } from "vitest";
import { SHADOW_HOURS, Shadow, shadowWords } from "../../src/detect/shadow.ts";
import { PlantBed } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PLC = "10.0.0.5";

/** Polls for some hours, each minute. */
function poll(bed: PlantBed, hours: number): void {
	for (let minute = 0; minute < hours * 60; minute++) {
		bed.read(HMI, PLC, 100, [500 + (minute % 7), 7]);
		bed.wait(60);
	}
}
const of = (bed: PlantBed) => bed.analyst.shadows().find(({ plc }) => plc === PLC)!.summaries;

describe("shadow mode", () => {
	it("keeps what traits that are still learning would have said, by how old they were", () => {
		const bed = new PlantBed();
		poll(bed, 3);
		const frame = bed.frame + 2;
		bed.read("10.0.0.9", PLC, 100, [501]);
		poll(bed, 5);
		bed.write(HMI, PLC, 101, [9]);
		expect(bed.take()).toEqual([]);
		const summaries = of(bed);
		expect(summaries.map(({ type, counts }) => [type, counts])).toEqual([
			["new-function", [1, 1, 1, 0, 0, 0]],
			["new-talker", [1, 1, 0, 0, 0, 0]],
		]);
		expect(summaries[1]!.examples).toEqual([
			{
				time: expect.any(Number),
				frames: [frame - 1, frame],
				hours: 2,
				sentence: "10.0.0.9 read holding register 100 of PLC 10.0.0.5 unit 1; in 3 hours only 10.0.0.2 talked to this PLC.",
			},
		]);
		const words =
			"In the last 7 days, what is still learned would have alarmed 2 times without any learning time, 1 time after 6 hours of it, 0 times after 24 hours of it.";
		expect(shadowWords(summaries)).toBe(words);
		expect(bed.analyst.plcs(bed.time)[0]!.shadow).toBe(words);
	});

	it("keeps values beyond what was seen until then, with the range of then", () => {
		const bed = new PlantBed();
		poll(bed, 3);
		bed.read(HMI, PLC, 100, [900, 7]);
		expect(bed.take()).toEqual([]);
		const found = of(bed).find(({ type }) => type === "value-outside")!;
		expect(found.counts).toEqual([1, 1, 0, 0, 0, 0]);
		expect(found.examples[0]!.sentence).toBe("PLC 10.0.0.5 unit 1 reported 900 in holding register 100; in 3 hours it was 500 to 506.");
		bed.read(HMI, PLC, 100, [500, 7]);
		bed.read(HMI, PLC, 100, [900, 7]);
		expect(of(bed).find(({ type }) => type === "value-outside")!.counts[0]).toBe(1);
	});

	it("keeps odd paces and orders, once for each time that they would have been said", () => {
		const bed = new PlantBed();
		const cycle = (order: readonly number[], seconds: number) => {
			for (const first of order) bed.read(HMI, PLC, first, [1]);
			bed.wait(seconds);
		};
		const polls = [0, 10, 20, 30, 40];
		for (let round = 0; round < 1000; round++) cycle(polls, 10);
		for (let round = 0; round < 40; round++) cycle(polls, 3);
		for (let round = 0; round < 1000; round++) cycle(polls, 10);
		for (let round = 0; round < 3; round++) cycle([...polls].reverse(), 10);
		for (let round = 0; round < 200; round++) cycle(polls, 10);
		expect(bed.take()).toEqual([]);
		const summaries = of(bed);
		const count = (type: string) => summaries.find((one) => one.type === type)?.counts;
		// Each of the five polls.
		expect(count("poll-pace")).toEqual([5, 5, 0, 0, 0, 0]);
		expect(count("unusual-order")).toEqual([1, 1, 0, 0, 0, 0]);
		expect(summaries.find(({ type }) => type === "poll-pace")!.examples[0]!.sentence).toBe(
			"10.0.0.2 and PLC 10.0.0.5 unit 1 exchange holding register 0 faster than usual, several times in a row, the latest after 3 s; in 3 hours it came every 10 s.",
		);
	});

	it("keeps acts at odd hours, by the learning time after which their hours would have been judged", () => {
		const bed = new PlantBed();
		const hours = (until: number, writes: (hour: number) => boolean) => {
			for (; (bed.time - bed.start) / 3600e6 < until; bed.wait(3600)) {
				bed.read(HMI, PLC, 100, [500, 7]);
				if (writes(Math.floor(bed.time / 3600e6) % 24)) bed.write(HMI, PLC, 110, [9]);
			}
		};
		// It begins on a Tuesday at 22:13; hours of working days are watched often enough from the next Monday on.
		hours(6.2 * 24, (hour) => hour === 8);
		const before = bed.detections.length;
		hours(6.3 * 24, (hour) => hour === 3);
		hours(6.9 * 24, (hour) => hour === 8);
		expect(bed.detections.slice(before)).toEqual([]);
		const found = of(bed).find(({ type }) => type === "unusual-hour")!;
		expect(found.counts).toEqual([1, 1, 1, 0, 0, 0]);
		expect(found.examples[0]!.sentence).toContain("wrote");
	});

	it("ends where a trait judges: then it is said", () => {
		const bed = new PlantBed();
		poll(bed, 2);
		bed.analyst.endLearning();
		bed.read("10.0.0.9", PLC, 100, [501]);
		expect(bed.take().map(({ type }) => type)).toEqual(["new-talker"]);
		expect(of(bed)).toEqual([]);
		expect(bed.analyst.plcs(bed.time)[0]!.shadow).toBeUndefined();
	});

	it("looks back seven days, and survives a restart", () => {
		const bed = new PlantBed({ learningSeconds: 30 * 86_400 });
		for (let day = 0; day < 10; day++) {
			poll(bed, 1);
			bed.read(`10.0.1.${day}`, PLC, 100, [501]);
			poll(bed, 1);
			bed.wait(22 * 3600);
		}
		const before = of(bed);
		const talkers = before.find(({ type }) => type === "new-talker")!;
		expect(talkers.counts[0]).toBeGreaterThanOrEqual(6);
		expect(talkers.counts[0]).toBeLessThanOrEqual(7);
		expect(talkers.examples.length).toBe(3);
		bed.restart();
		expect(of(bed)).toEqual(before);
		bed.analyst.restore([["shadow/x", { plc: "x", kinds: [{ type: 7 }] }]]);
		expect(bed.analyst.stats().damaged).toBe(1);
	});

	it("is bounded, whatever happens", () => {
		const bed = new PlantBed();
		for (let number = 0; number < 1100; number++) {
			const plc = `10.${1 + (number >> 8)}.${number & 255}.1`;
			bed.read(HMI, plc, 0, [1]);
			bed.read("10.0.0.9", plc, 0, [1]);
		}
		const { counters } = bed.analyst.stats();
		expect(counters["shadows-bound"]).toBe(1100 - 1024);
		const saved = [...bed.analyst.save()].filter(([key]) => key.startsWith("shadow/"));
		expect(saved.length).toBe(1024);
		expect(new Shadow().restore(saved[0]![1])).toBe(true);
		expect(SHADOW_HOURS[0]).toBe(0);
	});
});
