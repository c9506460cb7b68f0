/** What strains a PLC: each with its benign twin. */
import { describe, expect, it } from "vitest";
import { STRAIN_DETECTIONS } from "../../src/detect/strainRecords.ts";
import { random } from "../support/random.ts";
import { PlantBed, severity, toy, types } from "./plantBed.ts";

const HMI = "10.0.0.2";
const PANEL = "10.0.0.3";
const PLC = "10.0.0.5";
const STRANGER = "10.0.0.77";
/** Of the toy protocol: busy. */
const BUSY = 6;
const protocols = [{ ...toy, postponing: [BUSY] }];

/** An hour: a station polls a PLC, writes a set point now and then and a life sign each second; a panel asks seldom for something that is refused, in no rhythm. */
function learn(): PlantBed {
	const bed = new PlantBed({ protocols });
	const next = random(5);
	for (let second = 0; second < 3600; second++) {
		bed.read(HMI, PLC, 0, [second % 50, 7]);
		bed.write(HMI, PLC, 9, [second % 2]);
		if (second % 100 === 50) bed.write(HMI, PLC, 20, [second % 300]);
		if (second % 30 === 29) bed.write(HMI, PLC, 30 + (Math.floor(second / 30) % 40), [second % 7]);
		if (next() < 0.01) bed.read(PANEL, PLC, 0, [second % 50, 7], { unit: 2 });
		if (next() < 0.01) refuse(bed, PANEL);
		bed.wait(1);
	}
	bed.analyst.endLearning();
	expect(bed.take()).toEqual([]);
	return bed;
}
/** That is learned once; each test goes on from what it saved. */
let learned: [PlantBed, [string, unknown][]] | undefined;
function trained(): PlantBed {
	if (learned === undefined) {
		const bed = learn();
		learned = [bed, structuredClone([...bed.analyst.save()])];
	}
	const [{ time, frame }, entries] = learned;
	const bed = new PlantBed({ protocols });
	bed.time = time;
	bed.frame = frame;
	bed.analyst.restore(structuredClone(entries));
	return bed;
}
const refuse = (bed: PlantBed, client: string, outcomeCode = 2) =>
	bed.read(client, PLC, 60, [], { count: 2, outcome: "refused", outcomeCode });

/** Writes `count` times within some seconds, what is usual going on meanwhile. */
function write(bed: PlantBed, client: string, count: number, seconds: number, first: (n: number) => number): void {
	for (let n = 0; n < count; n++) {
		bed.write(client, PLC, first(n), [n % 7]);
		bed.wait(seconds / count);
	}
}
const alarms = (bed: PlantBed, id: string) => bed.take().filter(({ type }) => type === id);

describe("a point that is written", () => {
	it("in a burst is said once, with how often it is usual", () => {
		const bed = trained();
		write(bed, HMI, 100, 4, () => 20);
		const [alarm, ...others] = alarms(bed, "write-burst");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toBe(
			"10.0.0.2 wrote holding register 20 of PLC 10.0.0.5 unit 1 30 times within ten seconds; usual are at most 10 in ten seconds.",
		);
		expect(alarm!.operation).toMatchObject({ points: ["holding:20"], verb: "write" });
		expect(severity(alarm!)).toBe(50);
	});

	it("as an operator ramps it is silent", () => {
		const bed = trained();
		for (let round = 0; round < 5; round++) write(bed, HMI, 20, 10, () => 20);
		expect(alarms(bed, "write-burst")).toEqual([]);
	});

	it("each tenth of a second is silent where it always was, and said where it is ten times as often", () => {
		const bed = new PlantBed({ protocols });
		for (let n = 0; n < 3000; n++) {
			bed.write(HMI, PLC, 9, [n % 2]);
			bed.wait(0.1);
		}
		bed.analyst.endLearning();
		write(bed, HMI, 300, 30, () => 9);
		expect(alarms(bed, "write-burst")).toEqual([]);
		write(bed, HMI, 400, 4, () => 9);
		expect(alarms(bed, "write-burst")).toHaveLength(1);
	});

	it("can be accepted by a person, for this point alone", () => {
		const bed = trained();
		write(bed, HMI, 40, 4, () => 20);
		const [alarm] = alarms(bed, "write-burst");
		expect(bed.analyst.teach(alarm!.things!, []).refused).toEqual([]);
		bed.wait(100);
		bed.detections.length = 0;
		write(bed, HMI, 40, 4, () => 20);
		expect(alarms(bed, "write-burst")).toEqual([]);
		write(bed, HMI, 40, 4, () => 30);
		expect(alarms(bed, "write-burst")).toHaveLength(1);
	});
});

describe("many points that are written", () => {
	it("one after the other are one alarm", () => {
		const bed = trained();
		write(bed, HMI, 40, 5, (n) => 30 + n);
		const [alarm, ...others] = alarms(bed, "write-spread");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(
			"wrote 24 different points of PLC 10.0.0.5 unit 1 one after the other within ten seconds; usual are at most 8 in ten seconds.",
		);
	});

	it("as a recipe are silent, also twice in a row", () => {
		const bed = trained();
		for (let round = 0; round < 2; round++) write(bed, HMI, 12, 3, (n) => 30 + n);
		expect(alarms(bed, "write-spread")).toEqual([]);
	});

	it("by a stranger weigh more", () => {
		const bed = trained();
		write(bed, STRANGER, 60, 5, (n) => 100 + n);
		const found = bed.take();
		const [alarm] = found.filter(({ type }) => type === "write-spread");
		expect(severity(alarm!)).toBeGreaterThanOrEqual(65);
	});
});

describe("refusals", () => {
	it("by the dozen are one alarm where they were not usual", () => {
		const bed = trained();
		for (let n = 0; n < 25; n++) {
			refuse(bed, HMI);
			bed.wait(20);
		}
		const [alarm, ...others] = alarms(bed, "refusal-storm");
		expect(others).toEqual([]);
		expect(alarm!.sentence).toContain(
			"PLC 10.0.0.5 refused 20 requests of 10.0.0.2 within an hour, the latest toy function 3 with toy exception 2; usual are at most ",
		);
	});

	it("of a client that is refused all day are silent", () => {
		const bed = trained();
		for (let n = 0; n < 60; n++) {
			refuse(bed, PANEL);
			bed.wait(60);
		}
		expect(alarms(bed, "refusal-storm")).toEqual([]);
	});
});

describe("a PLC that puts off", () => {
	it("three times in a minute is said, at the PLC, and nothing else of it", () => {
		const bed = trained();
		for (let n = 0; n < 3; n++) {
			refuse(bed, HMI, BUSY);
			bed.wait(10);
		}
		const found = bed.take();
		expect(types(found)).toEqual(["plc-busy"]);
		expect(found[0]!.source).toMatchObject({ ip: PLC });
		expect(found[0]!.sentence).toContain(
			"put off 3 requests within a minute, the latest toy function 3 of 10.0.0.2 with toy exception 6; usual are at most ",
		);
	});

	it("twice in a minute is silent, and so is one that always did", () => {
		const bed = trained();
		for (let n = 0; n < 2; n++) refuse(bed, HMI, BUSY);
		expect(types(bed.take())).toEqual([]);
		const slow = new PlantBed({ protocols });
		for (let second = 0; second < 600; second++) {
			slow.read(HMI, PLC, 0, [7]);
			if (second % 10 === 0) refuse(slow, HMI, BUSY);
			slow.wait(1);
		}
		slow.analyst.endLearning();
		slow.wait(60);
		for (let n = 0; n < 17; n++) refuse(slow, HMI, BUSY);
		expect(alarms(slow, "plc-busy")).toEqual([]);
		for (let n = 0; n < 18; n++) refuse(slow, HMI, BUSY);
		expect(alarms(slow, "plc-busy")).toHaveLength(1);
	});
});

describe("a PLC that does not answer", () => {
	const miss = (bed: PlantBed, unit: number, client = PANEL) => bed.read(client, PLC, 0, [], { count: 2, unit, outcome: "unanswered" });

	it("three times in a row is said where nobody polls it", () => {
		const bed = trained();
		for (let n = 0; n < 4; n++) {
			miss(bed, 2);
			bed.wait(60);
		}
		const [alarm, ...others] = alarms(bed, "device-unresponsive");
		expect(others).toEqual([]);
		expect(alarm!.source).toMatchObject({ ip: PLC });
		expect(alarm!.sentence).toContain("PLC 10.0.0.5 unit 2 did not answer 3 requests of 10.0.0.3 in a row");
	});

	it("twice, then answers, is silent", () => {
		const bed = trained();
		for (let round = 0; round < 3; round++) {
			miss(bed, 2);
			bed.wait(5);
			miss(bed, 2);
			bed.wait(5);
			bed.read(PANEL, PLC, 0, [7, 7], { unit: 2 });
			bed.wait(5);
		}
		expect(alarms(bed, "device-unresponsive")).toEqual([]);
	});

	it("is left to the rhythm where it is polled, and to nobody where it never answered", () => {
		const bed = trained();
		for (let n = 0; n < 5; n++) miss(bed, 1, HMI);
		for (let n = 0; n < 5; n++) miss(bed, 9, HMI);
		expect(alarms(bed, "device-unresponsive")).toEqual([]);
	});
});

it("strain goes on over a restart as if there had been none", () => {
	const play = (bed: PlantBed, restart: boolean) => {
		write(bed, HMI, 20, 2, () => 20);
		for (let n = 0; n < 15; n++) refuse(bed, HMI);
		for (let n = 0; n < 2; n++) refuse(bed, HMI, BUSY);
		for (let n = 0; n < 2; n++) bed.read(PANEL, PLC, 0, [], { count: 2, unit: 2, outcome: "unanswered" });
		if (restart) bed.restart();
		else for (const flow of bed.flows.values()) flow.analysis = undefined;
		write(bed, HMI, 20, 2, () => 20);
		for (let n = 0; n < 15; n++) refuse(bed, HMI);
		refuse(bed, HMI, BUSY);
		bed.read(PANEL, PLC, 0, [], { count: 2, unit: 2, outcome: "unanswered" });
		return bed.take();
	};
	const broken = play(trained(), true);
	expect(broken).toEqual(play(trained(), false));
	// What one device does within a moment is one happening.
	const said = JSON.stringify(broken);
	for (const { id, title } of STRAIN_DETECTIONS.filter(({ id }) => /burst|storm|busy|unresponsive/.test(id)))
		expect(said, id).toContain(title);
});
