/** A person's word on each kind of detection: exactly that is normal, nothing beside it, and it can be taken back. */
import { describe, expect, it } from "vitest";
import type { Thing } from "../../src/baseline/thing.ts";
import { HOST_SCAN } from "../../src/detect/networkRecords.ts";
import { type Deed, PlantBed, STOP, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const ARCHIVE = "10.0.0.3";
const PLC = "10.0.0.5";
const STRANGER = "10.0.0.77";
const OTHER = "10.0.0.78";

/** An hour of an operator station that reads and writes and an archive that reads; then everything judges. */
function trained(): PlantBed {
	const bed = new PlantBed();
	for (let round = 0; round < 360; round++) {
		usual(bed, round);
		bed.wait(10);
	}
	bed.analyst.endLearning();
	// Known hosts, so that only what they do is news.
	for (const host of [STRANGER, OTHER]) bed.claim({ mac: `00:10:20:00:00:${Number(host.split(".")[3]).toString(16)}`, ip: host } as never);
	bed.take();
	return bed;
}

function usual(bed: PlantBed, round: number): void {
	bed.read(HMI, PLC, 0, [Math.round(250 + 50 * Math.sin(round / 7) + ((round * 37) % 11)), 100 * (1 + (Math.floor(round / 30) % 3)), 7]);
	bed.read(ARCHIVE, PLC, 0, [250 + (round % 50), 100 * (1 + (Math.floor(round / 30) % 3))]);
	if (round % 30 === 29) bed.write(HMI, PLC, 1, [100 * (1 + ((Math.floor(round / 30) + 1) % 3))]);
}

/** What is said of a deed, an hour or so after anything else, so that no repetition hides it. */
function said(bed: PlantBed, deed: (bed: PlantBed) => void): string[] {
	bed.wait(4000);
	// The same value again is no change.
	bed.read(HMI, PLC, 0, [250, 100, 7]);
	bed.wait(4000);
	bed.detections.length = 0;
	deed(bed);
	return types(bed.take());
}

const read =
	(who: string, first: number, values: number[], deed: Partial<Deed> = {}) =>
	(bed: PlantBed) =>
		bed.read(who, PLC, first, values, deed);
const write =
	(who: string, first: number, values: number[], deed: Partial<Deed> = {}) =>
	(bed: PlantBed) =>
		bed.write(who, PLC, first, values, deed);

interface Case {
	type: string;
	/** What fires it. */
	deed: (bed: PlantBed) => void;
	/** What must still be said after it was learned: the nearest neighbours of it. */
	beside: [string, (bed: PlantBed) => void][];
}

const cases: Case[] = [
	{
		type: "new-talker",
		deed: read(STRANGER, 0, [250]),
		beside: [
			["new-talker", read(OTHER, 0, [250])],
			["first-write", write(STRANGER, 1, [200])],
			["new-function", read(STRANGER, 0, [250], { code: 4 })],
			["new-point", read(STRANGER, 2, [7])],
			["new-unit", read(STRANGER, 0, [250], { unit: 2 })],
		],
	},
	{
		type: "first-write",
		deed: write(STRANGER, 1, [812]),
		beside: [
			["first-write", write(OTHER, 1, [812])],
			["write-outside", write(STRANGER, 1, [900])],
			["write-outside", write(HMI, 1, [812])],
			["new-point", write(STRANGER, 2, [7])],
			["new-function", (bed) => bed.do(STRANGER, PLC, { verb: "program", code: 90 })],
			["new-function", read(STRANGER, 0, [250])],
			["new-unit", write(STRANGER, 1, [812], { unit: 2 })],
		],
	},
	{
		type: "first-write",
		deed: write(ARCHIVE, 1, [200]),
		beside: [
			["first-write", write(STRANGER, 1, [200])],
			["new-function", (bed) => bed.do(ARCHIVE, PLC, { verb: "command", code: 91 })],
			["new-point", write(ARCHIVE, 0, [250])],
			["write-outside", write(ARCHIVE, 1, [5000])],
		],
	},
	{
		type: "new-unit",
		deed: read(HMI, 0, [1], { unit: 2 }),
		beside: [
			["new-unit", read(ARCHIVE, 0, [1], { unit: 2 })],
			["new-unit", read(HMI, 0, [1], { unit: 3 })],
			["new-function", write(HMI, 0, [1], { unit: 2 })],
			["new-point", read(HMI, 9, [1], { unit: 2 })],
		],
	},
	{
		type: "new-function",
		deed: write(HMI, 1, [200], { code: 16 }),
		beside: [
			["new-function", write(HMI, 1, [200], { code: 22 })],
			["first-write", write(ARCHIVE, 1, [200], { code: 16 })],
			["new-point", write(HMI, 2, [7], { code: 16 })],
			["write-outside", write(HMI, 1, [5000], { code: 16 })],
		],
	},
	{
		type: "new-function",
		deed: (bed) => bed.do(HMI, PLC, { verb: "command", code: 91 }),
		beside: [["new-function", (bed) => bed.do(HMI, PLC, { verb: "command", code: 92 })]],
	},
	{
		type: "new-point",
		deed: read(HMI, 40, [1, 1]),
		beside: [
			["new-point", read(HMI, 42, [1])],
			["new-point", read(HMI, 39, [1])],
			["new-point", read(ARCHIVE, 40, [1, 1])],
			["new-point", write(HMI, 40, [1])],
		],
	},
	{
		type: "new-point",
		deed: (bed) => bed.do(HMI, PLC, { verb: "read", code: 3, names: ["Pump1.Speed"], values: [3] }),
		beside: [["new-point", (bed) => bed.do(HMI, PLC, { verb: "read", code: 3, names: ["Pump2.Speed"], values: [3] })]],
	},
	{
		type: "value-outside",
		deed: read(HMI, 0, [900, 100, 7]),
		beside: [
			["value-outside", read(HMI, 0, [1500, 100, 7])],
			["value-outside", read(HMI, 0, [-400, 100, 7])],
			["value-outside", read(HMI, 0, [250, 900, 7])],
			["write-outside", write(HMI, 1, [900])],
		],
	},
	{
		type: "write-outside",
		deed: write(HMI, 1, [812]),
		beside: [
			["write-outside", write(HMI, 1, [811])],
			["write-outside", write(HMI, 1, [5000])],
			["first-write", write(ARCHIVE, 1, [812])],
		],
	},
	{
		type: "new-refusal",
		deed: read(HMI, 0, [], { outcome: "refused", outcomeCode: 2, count: 1 }),
		beside: [
			["new-refusal", read(HMI, 0, [], { outcome: "refused", outcomeCode: 4, count: 1 })],
			["new-refusal", read(ARCHIVE, 0, [], { outcome: "refused", outcomeCode: 2, count: 1 })],
			["new-refusal", write(HMI, 1, [200], { outcome: "refused", outcomeCode: 2 })],
		],
	},
];

/** Fires it and gives what can be learned of it. */
function fire(bed: PlantBed, { type, deed }: Case): Thing[] {
	bed.wait(4000);
	bed.detections.length = 0;
	deed(bed);
	const [detection] = bed.take().filter((one) => one.type === type);
	expect(detection?.things?.length).toBeGreaterThan(0);
	return structuredClone(detection!.things!);
}

describe.each(cases)("learning a $type", (one) => {
	it("makes exactly that normal, and stays so over a restart", () => {
		const bed = trained();
		const things = fire(bed, one);
		const { admitted, refused } = bed.analyst.teach(things, []);
		expect(refused).toEqual([]);
		expect(admitted.length).toBeGreaterThan(0);
		expect(said(bed, one.deed)).toEqual([]);
		expect(said(bed, one.deed)).toEqual([]);
		bed.restart();
		expect(said(bed, one.deed)).toEqual([]);
		// A second time there is nothing left to learn.
		expect(bed.analyst.teach(things, []).admitted).toEqual([]);
	});

	it.each(one.beside)("still says %s of what is beside it (%#)", (type, deed) => {
		const bed = trained();
		// The neighbour is news before: otherwise it would show nothing.
		const before = trained();
		expect(said(before, deed).length).toBeGreaterThan(0);
		bed.analyst.teach(fire(bed, one), []);
		said(bed, one.deed);
		expect(said(bed, deed)).toContain(type);
		bed.restart();
		expect(said(bed, deed)).toContain(type);
	});

	it("can be taken back: it is said again", () => {
		const bed = trained();
		const { admitted } = bed.analyst.teach(fire(bed, one), []);
		expect(said(bed, one.deed)).toEqual([]);
		expect(bed.analyst.teach([], admitted).dismissed).toEqual(admitted);
		expect(said(bed, one.deed)).toContain(one.type);
		bed.restart();
		expect(said(bed, one.deed)).toContain(one.type);
	});

	it("and the usual traffic stays silent", () => {
		const bed = trained();
		const { admitted } = bed.analyst.teach(fire(bed, one), []);
		let round = 360;
		for (const step of [() => {}, () => bed.analyst.teach([], admitted)]) {
			step();
			bed.take();
			// Never the same rounds again: that would be a recording.
			for (const end = round + 120; round < end; round++) {
				usual(bed, round);
				bed.wait(10);
			}
			expect(bed.take()).toEqual([]);
		}
	});
});

describe("forgetting what was learned by itself", () => {
	it("makes a usual client, writer, function and point news again, and nothing else", () => {
		const at = { protocol: "toy", server: PLC, client: ARCHIVE };
		const bed = trained();
		expect(said(bed, read(ARCHIVE, 0, [250, 100]))).toEqual([]);
		const thing: Thing = { trait: "client", ...at };
		expect(bed.analyst.teach([], [thing]).dismissed).toEqual([thing]);
		expect(said(bed, read(ARCHIVE, 0, [250, 100]))).toEqual(["new-talker"]);
		expect(said(bed, read(HMI, 0, [250, 100, 7]))).toEqual([]);
		// Taken back, it is as before.
		bed.analyst.teach([thing], []);
		expect(said(bed, read(ARCHIVE, 0, [250, 100]))).toEqual([]);
		bed.analyst.teach([], [{ trait: "writer", ...at, client: HMI }]);
		expect(said(bed, write(HMI, 1, [200]))).toEqual(["first-write"]);
		bed.analyst.teach(
			[{ trait: "writer", ...at, client: HMI }],
			[{ trait: "points", ...at, client: HMI, unit: 1, verb: "write", point: "holding:1", count: 1 }],
		);
		expect(said(bed, read(HMI, 0, [250, 100, 7]))).toEqual([]);
	});

	it("does nothing where nothing of the kind is known", () => {
		const bed = trained();
		const at = { protocol: "toy", server: PLC, client: STRANGER, unit: 1 };
		const nothing: Thing[] = [
			{ trait: "client", ...at },
			{ trait: "writer", ...at },
			{ trait: "unit", ...at },
			{ trait: "function", ...at, verb: "read", code: 3 },
			{ trait: "points", ...at, verb: "read", point: "holding:0", count: 4 },
			{ trait: "points", ...at, client: HMI, verb: "read", point: "holding:9000", count: 4 },
			{ trait: "refusal", ...at, code: 3, outcomeCode: 2 },
			{ trait: "value", protocol: "toy", server: PLC, unit: 1, point: "holding:0", from: 1, to: 2 },
			{ trait: "service", server: PLC, service: "tcp/80" },
			{ trait: "client", ...at, server: "10.9.9.9" },
		];
		expect(bed.analyst.teach([], nothing).dismissed).toEqual([]);
		expect([...bed.analyst.save()].map(([key]) => key)).not.toContain("plc/toy|10.9.9.9");
	});
});

describe("a fact", () => {
	it("is never learned: it carries nothing that could be", () => {
		const bed = trained();
		bed.do(HMI, PLC, { verb: "command", code: 40 });
		const [stop] = bed.take().filter(({ type }) => type === STOP.id);
		expect(stop).toBeDefined();
		expect(stop!.things).toBeUndefined();
	});

	it("says in its record where a person may", () => {
		expect(HOST_SCAN.isLearnable).toBe(true);
	});
});

describe("during an open incident", () => {
	/** A plant that still learns. */
	function young(): PlantBed {
		const bed = new PlantBed();
		for (let round = 0; round < 30; round++) {
			usual(bed, round);
			bed.wait(10);
		}
		bed.take();
		return bed;
	}

	it("nothing new of the client or the PLC is learned; afterwards it is", () => {
		const bed = young();
		const control = young();
		for (const one of [bed, control]) {
			if (one === bed) one.analyst.hold([PLC]);
			one.read(STRANGER, PLC, 0, [250]);
			one.write(ARCHIVE, PLC, 1, [9000]);
			one.read(HMI, PLC, 40, [1]);
			one.read(HMI, PLC, 0, [5000, 100, 7]);
			one.analyst.hold([]);
			one.analyst.endLearning();
		}
		const news: [string, (bed: PlantBed) => void][] = [
			["new-talker", read(STRANGER, 0, [250])],
			["first-write", write(ARCHIVE, 1, [9000])],
			["new-point", read(HMI, 40, [1])],
			["value-outside", read(HMI, 0, [4900, 100, 7])],
		];
		for (const [type, deed] of news) {
			expect([type, said(control, deed)]).toEqual([type, []]);
			expect([type, said(bed, deed)]).toEqual([type, [type]]);
		}
		expect(bed.analyst.stats().held).toBe(4);
	});

	it("other PLCs go on learning, and what was known is not judged worse", () => {
		const bed = young();
		bed.analyst.hold([PLC]);
		for (let round = 30; round < 60; round++) {
			usual(bed, round);
			bed.read(HMI, "10.0.0.6", 0, [round % 3]);
			bed.wait(10);
		}
		bed.analyst.hold([]);
		bed.analyst.endLearning();
		expect(said(bed, (one) => one.read(HMI, "10.0.0.6", 0, [1]))).toEqual([]);
		expect(said(bed, (one) => usual(one, 61))).toEqual([]);
	});

	it("what is known is judged: a known writer's wild value is said, and so is one that is read", () => {
		const bed = trained();
		bed.analyst.hold([PLC]);
		expect(said(bed, write(HMI, 1, [9000]))).toEqual(["write-outside"]);
		expect(said(bed, read(HMI, 0, [5000, 100, 7]))).toEqual(["value-outside"]);
		expect(said(bed, write(HMI, 1, [200]))).toEqual([]);
	});

	it("holds no more addresses than it may", () => {
		const bed = young();
		bed.analyst.hold(Array.from({ length: 5000 }, (_, at) => `10.1.${at >> 8}.${at & 255}`));
		expect(bed.analyst.stats().counters["held-addresses-bound"]).toBe(1);
	});
});

describe("accepted values", () => {
	it("are bounded, and what does not fit is refused", () => {
		const bed = trained();
		const value = (at: number): Thing => ({ trait: "value", protocol: "toy", server: PLC, unit: 1, point: "holding:0", from: at, to: at });
		const result = bed.analyst.teach(
			Array.from({ length: 4100 }, (_, at) => value(1000 + at)),
			[],
		);
		expect([result.admitted.length, result.refused.length]).toEqual([4096, 4]);
	});

	it("survive damage: a record that is none is counted", () => {
		const bed = trained();
		bed.analyst.restore([["verdicts", [{ trait: "value", from: "x" }]]]);
		expect(bed.analyst.stats().damaged).toBe(1);
	});
});
