import { describe, expect, it } from "vitest";
import { Desk, HOLD_MICROS, REPEAT_MICROS } from "../../src/detect/desk.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { FIRST_WRITE, FLOOD, NEW_DEVICE, NEW_POINT, NEW_TALKER } from "../../src/detect/records.ts";

const make = (record: { id: string; severity: number; title: string }, change: Partial<Detection> = {}): Detection => ({
	type: record.id,
	time: 1,
	source: { ip: "10.0.0.7" },
	destination: { ip: "10.0.0.5" },
	key: "",
	sentence: `${record.title}.`,
	confidence: 1,
	reasons: [{ points: record.severity, text: record.title }],
	frames: [1],
	...change,
});

function desk() {
	const out: Detection[] = [];
	const made = new Desk((detection) => out.push(structuredClone(detection)));
	made.advance(1000e6);
	return { desk: made, out };
}

describe("the desk", () => {
	it("holds a deviation for a moment, a fact not at all", () => {
		const { desk: it, out } = desk();
		it.submit(NEW_POINT, make(NEW_POINT));
		it.advance(1000e6 + HOLD_MICROS - 1);
		expect(out).toEqual([]);
		it.advance(1000e6 + HOLD_MICROS);
		expect(out.map(({ type }) => type)).toEqual(["new-point"]);
		it.submit(FLOOD, make(FLOOD));
		expect(out).toHaveLength(2);
	});

	it("makes one of what the same ends do at once: the heaviest, with the others as reasons", () => {
		const { desk: it, out } = desk();
		const { destination: _, ...alone } = make(NEW_DEVICE, { frames: [1] });
		it.submit(NEW_DEVICE, alone);
		it.submit(NEW_TALKER, make(NEW_TALKER, { frames: [2] }));
		it.submit(NEW_POINT, make(NEW_POINT, { frames: [3], source: { ip: "10.0.0.5" }, destination: { ip: "10.0.0.7" } }));
		it.submit(FIRST_WRITE, make(FIRST_WRITE, { frames: [4] }));
		it.submit(NEW_POINT, make(NEW_POINT, { source: { ip: "10.0.0.8" } }));
		it.advance(1002e6);
		expect(out.map(({ type }) => type)).toEqual(["first-write", "new-point"]);
		expect(out[0]!.frames).toEqual([1, 2, 3, 4]);
		expect(out[0]!.reasons.map(({ text }) => text.split(":")[0])).toEqual([
			"First write to a PLC by this client",
			"New client of a PLC at the same time",
			"New device on the network at the same time",
			"Point never touched before at the same time",
		]);
		expect(out[0]!.reasons[1]!.points).toBe(0);
	});

	it("lets a fact take what waits and weighs less", () => {
		const { desk: it, out } = desk();
		it.submit(NEW_POINT, make(NEW_POINT));
		it.submit(FLOOD, make(FLOOD));
		it.advance(1002e6);
		expect(out.map(({ type }) => type)).toEqual(["flood"]);
		expect(out[0]!.reasons).toHaveLength(2);
	});

	it("hands a repetition on once a minute, with its number", () => {
		const { desk: it, out } = desk();
		for (let second = 0; second < 150; second++) {
			it.submit(FLOOD, make(FLOOD, { frames: [second] }));
			it.advance(1000e6 + second * 1e6);
		}
		it.flush();
		const total = out.reduce((sum, { repeats = 0 }) => sum + 1 + repeats, 0);
		expect(total).toBe(150);
		expect(out.length).toBeLessThanOrEqual(4);
	});

	it("hands on at once what repeats with more weight", () => {
		const { desk: it, out } = desk();
		it.submit(FLOOD, make(FLOOD));
		it.submit(FLOOD, make(FLOOD, { reasons: [{ points: 90, text: "worse" }] }));
		expect(out).toHaveLength(2);
	});

	it("loses nothing that waits over a restart", () => {
		const { desk: one } = desk();
		one.submit(NEW_POINT, make(NEW_POINT));
		one.submit(FLOOD, make(FLOOD, { source: { ip: "10.0.0.9" } }));
		one.submit(FLOOD, make(FLOOD, { source: { ip: "10.0.0.9" } }));
		const saved = JSON.parse(JSON.stringify(one.save()));
		const { desk: two, out } = desk();
		expect(two.restore(saved)).toBe(true);
		two.advance(1000e6 + REPEAT_MICROS);
		expect(out.map(({ type }) => type).sort()).toEqual(["flood", "new-point"]);
		expect(two.restore({ waiting: [["x", { detection: 1 }]], repeating: [] })).toBe(false);
		expect(two.restore(7)).toBe(false);
	});
});
