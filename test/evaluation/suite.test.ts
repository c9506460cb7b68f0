/** The suite of scenarios on a plant that was learned for three hours: attacks stand alone, are the same each time, and are found by what they are. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { ATTACKS } from "./attacks.ts";
import { BENIGN } from "./benign.ts";
import { EPOCH, HOUR, MINUTE, SECOND } from "./calendar.ts";
import { Guests } from "./guests.ts";
import { Dosing, station } from "./opcuaPlant.ts";
import { agenda } from "./people.ts";
import { type Alarm, Simple } from "./simple.ts";
import { firstState, Simulation } from "./simulation.ts";
import { type AttackOutcome, attack, benign, suiteRun } from "./suite.ts";
import type { Saying } from "./tampering.ts";

const named = (part: string) => ATTACKS.find(({ name }) => name.includes(part))!;

describe("guests on the plant's network", () => {
	it("are decoded whole, in order of time, beside the simulation", () => {
		let [last, number, disorder] = [0, 0, 0];
		const kinds: Record<string, number> = {};
		const engine = new Engine({
			protocols,
			services,
			onObservation: (protocol, { kind }) => {
				if (protocol.name === "opcua") kinds[kind] = (kinds[kind] ?? 0) + 1;
			},
		});
		const state = firstState(1);
		const guests = new Guests(
			(frame) => {
				if (frame.time < last || frame.number !== number + 1) disorder++;
				last = frame.time;
				number = frame.number;
				engine.frame(frame);
			},
			() => state,
		);
		guests.begin(2 * SECOND, station(guests, new Dosing(), { seed: 1 }));
		new Simulation(state, agenda(1), guests.frame).run(10 * MINUTE);
		engine.endSource();
		const { gaps, rejected, duplicates, counters } = engine.counts();
		expect({ gaps, rejected, duplicates, disorder, conflicts: counters.conflicts }).toEqual({
			gaps: 0,
			rejected: 0,
			duplicates: 0,
			disorder: 0,
			conflicts: 0,
		});
		expect(Object.keys(kinds).sort()).toEqual(["acknowledge", "hello", "request", "response"]);
		expect(kinds.request).toBe(kinds.response);
		expect(kinds.request).toBeGreaterThan(50);
	});
});

describe("the suite", () => {
	const run = suiteRun({ seed: 1, days: 0.1875, learnedDays: 0.125, moments: [3.1 * HOUR] });
	const [snapshot] = run.normal.snapshots;

	const outcomes = new Map<string, AttackOutcome>();
	it.each([
		["list of tasks", "first-write"],
		["walks through the address space of OPC UA, from a new host", "new-talker"],
		["tells a PLC to be silent", "modbus-listen-only"],
	])("finds who %s, by what it is, on its own frames", (part, by) => {
		const outcome = attack(run, named(part), snapshot!, 7);
		outcomes.set(part, outcome);
		expect(outcome.whisper).toBeUndefined();
		expect(outcome.by).toBe(by);
		expect([outcome.own, outcome.own > 0]).toEqual([outcome.evidence, true]);
		expect(outcome.delay).toBeLessThan(2);
	});

	it("plays an attack the same each time, and another one with another seed", () => {
		const words = (outcome: AttackOutcome): string => JSON.stringify({ ...outcome, kind: "", simple: [...outcome.simple] });
		const first = words(outcomes.get("list of tasks")!);
		expect(words(attack(run, named("list of tasks"), snapshot!, 7))).toBe(first);
		expect(words(attack(run, named("list of tasks"), snapshot!, 8))).not.toBe(first);
	});

	it("says nothing of a PLC that announces its own address", () => {
		const event = BENIGN.find(({ name }) => name === "a PLC announces its own address")!;
		expect(benign(run, event, snapshot!, 7, 300).findings).toEqual([]);
	});
});

describe("the simple detectors", () => {
	const learnedUntil = EPOCH + HOUR;
	/** A point that is read once a second: 10, 11, 12, 11, ... while it is learned, then what is given. */
	const alarms = (values: readonly number[]): Alarm[] => {
		const simple = new Simple({ from: EPOCH, until: learnedUntil });
		const wave = [10, 11, 12, 11];
		const read = (second: number, value: number): void => {
			const fields = { time: EPOCH + second * SECOND, verb: "read", outcome: "ok", unit: 1 } as Saying["fields"];
			simple.rule({ client: "a", server: "b", fields, runs: [{ space: 3, first: 0, count: 1 }], values: [value] });
		};
		for (let second = 0; second < 3600; second++) read(second, wave[second % 4]!);
		for (const [at, value] of values.entries()) read(3600 + at, value);
		return [...simple.alarms];
	};

	it("say each what it is there for, once, and nothing of what was learned", () => {
		expect(alarms([10, 11, 12, 11, 10, 11, 12, 11])).toEqual([]);
		expect(alarms([10, 11, 12, 13, 14, 13]).map(({ detector }) => detector)).toEqual(["min/max"]);
		expect(alarms([10, 12, 11]).map(({ detector }) => detector)).toEqual(["gradient"]);
		expect(alarms([10, 11, 12, 12, 12, 12, 12, 12]).map(({ detector }) => detector)).toContain("steady time");
		const uneven = Array.from({ length: 60 }, (_, at) => (at % 4 === 0 ? 10 : 11));
		expect(alarms(uneven).map(({ detector }) => detector)).toEqual(["histogram"]);
	});
});
