/** The measurement itself: the plant is the same each time, a run can be taken up anywhere, a change stands alone; and of what it measures, what must always hold. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { DAY, EPOCH, HOUR, MINUTE } from "./calendar.ts";
import { cyclicFindings, injectAll, normalRun } from "./evaluation.ts";
import { VARIABLES } from "./machines.ts";
import { agenda } from "./people.ts";
import { newImage, readVariable, writeVariable } from "./points.ts";
import { copyState, firstState, Simulation } from "./simulation.ts";
import { Watch } from "./watch.ts";

const deeds = agenda(1);

/** A digest of all frames, each with number and time. */
class Digest {
	frames = 0;
	readonly #hash = createHash("sha256");

	readonly frame = (frame: Readonly<Frame>): void => {
		this.frames++;
		this.#hash.update(`${frame.number} ${frame.time} `).update(frame.bytes.subarray(0, frame.capturedLength));
	};

	get text(): string {
		return this.#hash.copy().digest("hex");
	}
}

describe("the simulated plant", () => {
	const until = 90 * MINUTE;

	it("is the same for the same seed, wherever it is taken up", () => {
		const [whole, parts, other] = [new Digest(), new Digest(), new Digest()];
		new Simulation(firstState(1), deeds, whole.frame).run(until);
		const first = new Simulation(firstState(1), deeds, parts.frame);
		first.run(HOUR);
		const copy = copyState(first.state);
		first.run(HOUR + 6 * MINUTE); // what the original does does not touch the copy
		const again = new Digest();
		new Simulation(copyState(copy), deeds, again.frame).run(HOUR + 6 * MINUTE);
		expect(again.frames).toBeGreaterThan(1000);
		new Simulation(first.state, deeds, parts.frame).run(until);
		expect([parts.frames, parts.text]).toEqual([whole.frames, whole.text]);
		new Simulation(firstState(2), agenda(2), other.frame).run(until);
		expect(other.text).not.toBe(whole.text);
	});

	it("is decoded whole: no gap, no reject, each request with its answer", () => {
		let last = 0;
		let disorder = 0;
		const kinds: Record<string, number> = {};
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, { kind }) => {
				if (protocol.name === "modbus") kinds[kind] = (kinds[kind] ?? 0) + 1;
			},
		});
		new Simulation(firstState(1), deeds, (frame) => {
			if (frame.time < last) disorder++;
			last = frame.time;
			engine.frame(frame);
		}).run(until);
		engine.endSource();
		const { gaps, rejected, cut, duplicates, counters } = engine.counts();
		expect({ gaps, rejected, cut, duplicates, disorder, conflicts: counters.conflicts }).toEqual({
			gaps: 0,
			rejected: 0,
			cut: 0,
			duplicates: 0,
			disorder: 0,
			conflicts: 0,
		});
		expect(Object.keys(kinds).sort()).toEqual(["request", "response"]);
		// A connection that breaks may take a question with it.
		expect(kinds.request! - kinds.response!).toBeLessThan(5);
		expect(kinds.request).toBeGreaterThan(30_000);
	});

	it("shows a variable of each encoding as it was written", () => {
		for (const variable of VARIABLES.filter(({ space }) => space === "input" || space === "holding")) {
			const image = newImage();
			writeVariable(image, variable, 1234);
			expect(readVariable(image, variable), variable.name).toBe(1234);
		}
	});

	it("goes on for others as it would have where something is injected", () => {
		const frames = (isTampered: boolean): string[] => {
			const texts: string[] = [];
			const state = firstState(1);
			const tamper = isTampered ? { show: (plc: number, shown: { input: Uint16Array }) => void (plc === 0 && shown.input.fill(7)) } : {};
			const onFrame = ({ time, bytes, capturedLength }: Readonly<Frame>): void => {
				if (bytes[33] !== 11 && bytes[29] !== 11) texts.push(`${time} ${bytes.subarray(54, capturedLength).join()}`);
			};
			new Simulation(state, deeds, onFrame, tamper).run(20 * MINUTE);
			return texts;
		};
		const [tampered, untouched] = [frames(true), frames(false)];
		expect(untouched.length).toBeGreaterThan(5000);
		expect(tampered.filter((text, at) => text !== untouched[at]).slice(0, 3)).toEqual([]);
	});
});

describe("a learner of nine hours that was told that all was normal", () => {
	const run = normalRun({
		seed: 1,
		days: 0.5,
		learnedDays: 0.375,
		learningSeconds: 86_400,
		isDeclared: true,
		moments: [9.2 * HOUR, 10.4 * HOUR],
	});

	it("alerts nothing while it learns, and on channels that only repeat a cycle nothing but values", () => {
		expect(run.findings.filter(({ time }) => time - EPOCH < 0.375 * DAY)).toEqual([]);
		// Of a night alone it cannot know how warm the water is by day.
		const others = cyclicFindings(run.findings, 0, 0.5 * DAY).filter(({ alert }) => alert.type !== "value-outside");
		expect(others.map(({ alert }) => alert.sentence)).toEqual([]);
	});

	it("finds each wrong writer and each new point, at once", () => {
		const outcomes = injectAll(run.snapshots, run, { seed: 4, count: 10, faults: ["wrong writer", "new point"] });
		expect(outcomes.filter(({ isFound }) => !isFound).map(({ injection }) => injection.words)).toEqual([]);
		for (const { delay } of outcomes) expect(delay).toBeLessThan(15); // the historian comes every ten seconds
	});

	it("finds nothing where nothing was changed", () => {
		const [snapshot] = run.snapshots;
		const play = (): string[] => {
			const watch = new Watch({ knowledge: snapshot!.knowledge });
			new Simulation(copyState(snapshot!.state), run.deeds, watch.frame).run(snapshot!.from + HOUR);
			watch.end();
			return watch.findings(true).map(({ alert }) => `${alert.id} ${alert.severity} ${alert.count}`);
		};
		expect(play()).toEqual(play());
	});
});
