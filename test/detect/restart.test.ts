/** What was learned survives: a new analyst that takes the records judges as the old one would have. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PlantBed } from "./plantBed.ts";

type Step = { who: number; plc: number; kind: number; first: number; count: number; value: number; wait: number };

const step: fc.Arbitrary<Step> = fc.record({
	who: fc.integer({ min: 2, max: 5 }),
	plc: fc.integer({ min: 10, max: 11 }),
	kind: fc.integer({ min: 0, max: 9 }),
	first: fc.integer({ min: 0, max: 40 }),
	count: fc.integer({ min: 1, max: 4 }),
	value: fc.integer({ min: 0, max: 1000 }),
	wait: fc.constantFrom(0, 0.3, 1, 5, 90),
});

function act(bed: PlantBed, { who, plc, kind, first, count, value, wait }: Step): void {
	const client = `10.0.0.${who}`;
	const server = `10.0.0.${plc}`;
	const values = Array.from({ length: count }, (_, at) => value + at);
	if (kind <= 4) bed.read(client, server, first, values);
	else if (kind === 5) bed.write(client, server, first, values);
	else if (kind === 6) bed.read(client, server, first, [], { count, outcome: "refused", outcomeCode: 2 });
	else if (kind === 7) bed.do(client, server, { verb: "read", code: 4, names: [`tag-${first}`, `tag-${count}`], values: [value, 1] });
	else if (kind === 8) bed.claim({ ip: client, mac: `00:10:20:00:00:${(value % 3).toString().padStart(2, "0")}`, evidence: "toy" });
	else bed.read(client, server, first, values, { unit: 1 + (value % 3) });
	bed.wait(wait);
}

const steps = (bed: PlantBed, all: Step[]) => {
	for (const one of all) act(bed, one);
	bed.wait(200);
	bed.analyst.flush();
};

describe("a restart", () => {
	it("changes no judgement", () => {
		fc.assert(
			fc.property(
				fc.array(step, { minLength: 5, maxLength: 60 }),
				fc.array(step, { maxLength: 25 }),
				fc.boolean(),
				(learned, watched, isForced) => {
					const straight = new PlantBed();
					const broken = new PlantBed();
					for (const bed of [straight, broken]) {
						for (const one of learned) act(bed, one);
						if (isForced) bed.analyst.endLearning();
						bed.wait(61); // windows of searching are not kept
					}
					broken.restart();
					for (const flow of straight.flows.values()) flow.analysis = undefined;
					steps(straight, watched);
					steps(broken, watched);
					expect(broken.detections).toEqual(straight.detections);
					expect(broken.analyst.plcs(broken.time)).toEqual(straight.analyst.plcs(straight.time));
					expect(broken.analyst.stats().damaged).toBe(0);
				},
			),
			{ numRuns: 60 },
		);
	});

	it("saves only what changed", () => {
		const bed = new PlantBed();
		for (let at = 0; at < 50; at++) {
			bed.read("10.0.0.2", "10.0.0.10", 0, [at, 1]);
			bed.read("10.0.0.2", "10.0.0.11", 0, [at, 1]);
			bed.wait(1);
		}
		expect([...bed.analyst.save()].length).toBeGreaterThan(8);
		expect([...bed.analyst.save()]).toEqual([]);
		bed.read("10.0.0.2", "10.0.0.11", 0, [7, 1]);
		const keys = [...bed.analyst.save()].map(([key]) => key);
		expect(keys.sort()).toEqual([
			"asset/10.0.0.11",
			"asset/10.0.0.2",
			"plc/toy|10.0.0.11",
			"plc/toy|10.0.0.11/client/10.0.0.2",
			"plc/toy|10.0.0.11/device/1",
			"plc/toy|10.0.0.11/pair/10.0.0.2|1",
			"plc/toy|10.0.0.11/points/1|1|0",
			"trait/cadence/toy|10.0.0.11|10.0.0.2|1|read/3|1:0+2",
			"trait/sequence/toy|10.0.0.11|10.0.0.2",
		]);
	});

	it("takes records in several goes, in the order of their keys", () => {
		const bed = new PlantBed();
		for (let at = 0; at < 50; at++) {
			bed.read("10.0.0.2", "10.0.0.10", 0, [at, 1]);
			bed.wait(1);
		}
		bed.analyst.endLearning();
		const records = [...bed.analyst.save()].sort(([one], [other]) => (one < other ? -1 : 1));
		bed.analyst = bed.make();
		for (const record of records) bed.analyst.restore([structuredClone(record)]);
		expect(bed.analyst.stats()).toMatchObject({ damaged: 0, points: 2, assets: 2 });
		for (const flow of bed.flows.values()) flow.analysis = undefined;
		bed.write("10.0.0.2", "10.0.0.10", 0, [1]);
		expect(bed.take().map(({ type }) => type)).toEqual(["first-write"]);
	});

	it("leaves damaged records out, counts them, and goes on", () => {
		const bed = new PlantBed();
		for (let at = 0; at < 50; at++) {
			bed.read("10.0.0.2", "10.0.0.10", 0, [at, 1]);
			bed.write("10.0.0.2", "10.0.0.10", 1, [1]);
			bed.do("10.0.0.2", "10.0.0.10", { verb: "read", code: 4, names: ["tag"], values: [1] });
			bed.wait(1);
		}
		const records = structuredClone([...bed.analyst.save()]);
		const junk = fc.oneof(
			fc.constant(null),
			fc.constant({}),
			fc.string(),
			fc.double(),
			fc.array(fc.anything()),
			fc.dictionary(fc.string(), fc.anything()),
		);
		fc.assert(
			fc.property(fc.integer({ min: 0, max: records.length - 1 }), fc.integer({ min: 0, max: 1000 }), junk, (which, field, value) => {
				const damaged = structuredClone(records) as [string, Record<string, unknown>][];
				const record = damaged[which]![1];
				const names = Object.keys(record);
				if (field % 5 === 0) damaged[which]![1] = value as Record<string, unknown>;
				else record[names[field % names.length]!] = value;
				const other = bed.make();
				other.restore(damaged);
				for (const flow of bed.flows.values()) flow.analysis = undefined;
				bed.analyst = other;
				bed.read("10.0.0.2", "10.0.0.10", 0, [1, 1]);
				bed.wait(1);
				other.plcs(bed.time);
				other.assets();
				expect(other.stats().servers).toBeGreaterThan(0);
			}),
			{ numRuns: 300 },
		);
	});
});
