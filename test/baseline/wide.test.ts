/** Numbers in two registers: which are found from how words move, what is judged of them, and that a restart and a document keep them. */
import { describe, expect, it } from "vitest";
import { SPACES, WIDE } from "../../protocols/modbus/tables.ts";
import { PAGE, PLANT_BOUNDS, Plant } from "../../src/baseline/plant.ts";
import { MAX_SOUGHT, PairSeeker, wideValue } from "../../src/baseline/wide.ts";
import { random } from "../support/random.ts";

const HOLDING = SPACES.indexOf("holding");
const FORMS = WIDE.filter(({ words }) => words === HOLDING);
const EVERY = 30;

const view = new DataView(new ArrayBuffer(4));
/** High word, low word. */
function float(value: number): [number, number] {
	view.setFloat32(0, value);
	return [view.getUint16(0), view.getUint16(2)];
}
function int(value: number): [number, number] {
	view.setInt32(0, value);
	return [view.getUint16(0), view.getUint16(2)];
}
const swapped = ([high, low]: [number, number]): [number, number] => [low, high];

/** The names of the numbers that are found in so many hours, looked at as often as on a plant and read more often. */
function found(words: (second: number) => readonly number[], hours = 12, restartedAt = Number.NaN): string[] {
	const plant = new Plant(PLANT_BOUNDS, 86_400, new Map([["modbus", WIDE]]));
	let seeker = new PairSeeker(plant, 1);
	const target = plant.target(plant.server("10.0.0.5", "modbus")!, 1)!;
	const page = plant.page(target, HOLDING, 0)!;
	const ids = words(0).map((_, at) => plant.addPoint(page, at));
	for (let second = 0; second < hours * 3600; second += 10) {
		words(second).forEach((value, at) => void plant.points.observe(ids[at]!, value, 1e15 + second * 1e6));
		plant.watch(10e6);
		if (second % EVERY === 0) seeker.look(page, FORMS);
		if (second !== restartedAt) continue;
		const saved = structuredClone([...seeker.save()]);
		expect(saved.map(([key]) => key)).toEqual([`words/modbus|10.0.0.5/1/${HOLDING}/0`]);
		expect([...seeker.save()]).toEqual([]);
		seeker = new PairSeeker(plant, 1);
		for (const [, record] of saved) expect(seeker.restore(record)).toBe(true);
	}
	return page.wides.map(({ at, form }) => `${WIDE.find(({ space }) => space === form.space)!.name}:${at}`);
}

describe("two words", () => {
	const noise = random(5);
	const bell = () => noise() + noise() + noise() - 1.5;
	const sine = (second: number, minutes: number) => Math.sin((2 * Math.PI * second) / (60 * minutes));

	it.each<[what: string, words: (second: number) => readonly number[], names: string[]]>([
		["a noisy float", (s) => float(230 + 4 * sine(s, 90) + bell()), ["holding.float32:0"]],
		["a noisy float, low word first", (s) => swapped(float(230 + 4 * sine(s, 90) + bell())), ["holding.float32-swapped:0"]],
		["a float that crosses zero", (s) => float(3 * sine(s, 50) + 0.2 * bell()), ["holding.float32:0"]],
		["a smooth float, whose high word seldom moves", (s) => float(50 + 0.04 * sine(s, 12)), ["holding.float32:0"]],
		["a counter", (s) => int(12_340_000 + 40 * s), ["holding.uint32:0"]],
		["a counter, low word first", (s) => swapped(int(12_340_000 + 40 * s)), ["holding.uint32-swapped:0"]],
		["a whole number around zero", (s) => int(Math.round(9000 * sine(s, 40))), ["holding.int32:0"]],
		[
			"a row of floats, not shifted by a word",
			(s) => [7, ...float(230 + bell()), ...float(231 + bell()), ...float(12 + 3 * sine(s, 30) + bell()), 9],
			["holding.float32:1", "holding.float32:3", "holding.float32:5"],
		],
		[
			"a row of floats with the low word first",
			() => [7, ...swapped(float(230 + bell())), ...swapped(float(231 + bell())), ...swapped(float(12 + bell())), 9],
			["holding.float32-swapped:1", "holding.float32-swapped:3", "holding.float32-swapped:5"],
		],
	])("are found to be %s", (_what, words, names) => {
		expect(found(words)).toEqual(names);
	});

	it.each<[what: string, words: (second: number) => readonly number[]]>([
		[
			"that measure two things",
			(s) => [Math.round(500 + 100 * sine(s, 30) + 10 * bell()), Math.round(900 + 300 * sine(s, 47) + 20 * bell())],
		],
		["of which one is anywhere", (s) => [Math.round(500 + 100 * sine(s, 30) + 10 * bell()), Math.floor(65_536 * noise())]],
		["that are both anywhere", () => [Math.floor(65_536 * noise()), Math.floor(65_536 * noise())]],
		["that are hours and minutes", (s) => [Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60]],
		["that are counters each", (s) => [(s * 3) & 65_535, (s * 7) & 65_535]],
		["that are states", (s) => [Math.floor(s / 500) % 3, Math.floor(s / 700) % 4]],
		["that stand still", () => float(12.345)],
	])("%s are no number together", (_what, words) => {
		expect(found(words)).toEqual([]);
	});

	it("are decided after two hours, not before", () => {
		const words = (s: number) => float(230 + 4 * sine(s, 90) + bell());
		expect(found(words, 1.9)).toEqual([]);
		expect(found(words, 2.1)).toEqual(["holding.float32:0"]);
	});

	it("mean what they say", () => {
		const of = (name: string) => WIDE.find((one) => one.name === name)!;
		const [high, low] = float(12.5);
		expect(wideValue(of("holding.float32"), high, low)).toBe(12.5);
		expect(wideValue(of("holding.float32-swapped"), low, high)).toBe(12.5);
		expect(wideValue(of("input.uint32"), 0xffff, 0xfffe)).toBe(0xfffffffe);
		expect(wideValue(of("input.int32-swapped"), 0xfffe, 0xffff)).toBe(-2);
		expect(wideValue(of("holding.float32"), 0x7fc0, 1)).toBeNaN();
	});

	it("are found in the same time where the box restarts meanwhile", () => {
		const counter = (second: number) => int(12_340_000 + 40 * second);
		// The low word passes its end each 27 minutes; eight times are needed.
		expect(found(counter, 5)).toEqual(["holding.uint32:0"]);
		expect(found(counter, 5, 3 * 3600)).toEqual(["holding.uint32:0"]);
		expect(found(counter, 3)).toEqual([]);
	});

	it("take no damaged evidence", () => {
		const plant = new Plant(PLANT_BOUNDS, 86_400, new Map([["modbus", WIDE]]));
		const page = plant.page(plant.target(plant.server("10.0.0.5", "modbus")!, 1)!, HOLDING, 0)!;
		const ids = [plant.addPoint(page, 0), plant.addPoint(page, 1)];
		const seeker = new PairSeeker(plant, 1);
		for (let second = 0; second < 300; second += 10) {
			int(5 + second).forEach((value, at) => void plant.points.observe(ids[at]!, value, 1e15 + second * 1e6));
			seeker.look(page, FORMS);
		}
		const [, record] = [...seeker.save()][0]! as [string, Record<string, unknown>];
		const nan = Buffer.from(record.evidence as string, "base64");
		nan.writeDoubleLE(Number.NaN, 0);
		for (const spoiled of [
			null,
			{ ...record, server: "modbus|10.0.0.6" },
			{ ...record, number: 1 },
			{ ...record, looks: -1 },
			{ ...record, evidence: 5 },
			{ ...record, evidence: "AAAA" },
			{ ...record, evidence: nan.toString("base64") },
		])
			expect(new PairSeeker(plant, 1).restore(spoiled)).toBe(false);
		const other = new PairSeeker(plant, 1);
		expect(other.restore(record)).toBe(true);
		expect(other.restore(record)).toBe(false);
	});

	it("are sought on a bounded number of pages", () => {
		const plant = new Plant({ ...PLANT_BOUNDS, points: 8 }, 86_400, new Map([["modbus", WIDE]]));
		const seeker = new PairSeeker(plant, 1);
		for (let unit = 0; unit < 5; unit++) {
			const target = plant.target(plant.server("10.0.0.5", "modbus")!, unit)!;
			for (let number = 0; number < PAGE; number++) seeker.look(plant.page(target, HOLDING, number)!, FORMS);
		}
		expect(seeker.refused).toBe(5 * PAGE - MAX_SOUGHT);
	});
});
