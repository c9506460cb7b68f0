import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PointTable, VERDICT } from "../../src/baseline/points.ts";

const SECOND = 1e6;

/** Reads values a second apart. */
class Bench {
	readonly table = new PointTable(4096);
	time = 1_700_000_000 * SECOND;
	constructor() {
		this.table.learningMicros = 86_400 * SECOND;
	}
	tick(seconds = 1): void {
		this.time += seconds * SECOND;
		this.table.watched += seconds * SECOND;
	}
	read(id: number, values: Iterable<number>): number[] {
		const verdicts: number[] = [];
		for (const value of values) {
			verdicts.push(this.table.observe(id, value, this.time));
			this.tick();
		}
		return verdicts;
	}
	endLearning(): void {
		this.table.epoch++;
	}
}

const wave = (length: number, from = 0) =>
	Array.from({ length }, (_, at) => 200 + 100 * Math.sin((from + at) / 9) + (((from + at) * 31) % 7));

describe("a value", () => {
	it("of a wave is normal while it goes on, and outside when it leaves it", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, wave(600));
		bench.endLearning();
		expect(new Set(bench.read(id, wave(600, 600)))).toEqual(new Set([VERDICT.normal]));
		expect(bench.read(id, [400])).toEqual([VERDICT.outside]);
		expect(bench.table.band(id)).toMatchObject({ reads: 1201, states: undefined });
		expect(bench.table.band(id).max).toBeLessThan(310);
	});

	it("that creeps is outside in the end: the range does not follow", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, wave(600));
		bench.endLearning();
		const verdicts = bench.read(
			id,
			wave(2000, 600).map((value, at) => value + at / 10),
		);
		expect(verdicts).toContain(VERDICT.outside);
	});

	it("inside the range that jumps is a step", () => {
		const bench = new Bench();
		const id = bench.table.add();
		const fine = (length: number, from: number) => Array.from({ length }, (_, at) => 200 + 100 * Math.sin((from + at) / 12));
		bench.read(id, fine(1000, 0));
		bench.endLearning();
		expect(new Set(bench.read(id, fine(100, 1000)))).toEqual(new Set([VERDICT.normal]));
		const now = fine(1, 1100)[0]!;
		expect(bench.read(id, [now > 200 ? 110 : 290])).toEqual([VERDICT.step]);
	});

	it("of few states is known by its states", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(
			id,
			Array.from({ length: 400 }, (_, at) => [0, 10, 40][at % 3]!),
		);
		bench.endLearning();
		expect(bench.table.band(id).states).toEqual([0, 10, 40]);
		expect(bench.read(id, [10, 40, 0])).toEqual([0, 0, 0]);
		expect(bench.read(id, [25])).toEqual([VERDICT.state]);
		expect(bench.read(id, [100])).toEqual([VERDICT.outside]);
	});

	it("that was just written is explained", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, new Array(100).fill(50));
		bench.endLearning();
		bench.table.noteWrite(id, 900, bench.time, false);
		expect(bench.read(id, [900, 900])).toEqual([VERDICT.normal, VERDICT.normal]);
		expect(bench.table.band(id).max).toBe(50);
	});

	it("that is no number is left alone", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, [Number.NaN, 1, Number.POSITIVE_INFINITY, 2, Number.NaN]);
		expect(bench.table.band(id)).toMatchObject({ min: 1, max: 2 });
	});

	it("judges by itself only after a day, and not while its range still opens", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, wave(3600));
		expect(bench.table.isJudging(id)).toBe(false);
		for (let hour = 0; hour < 30; hour++) {
			bench.tick(3500);
			bench.read(id, wave(100, hour * 100));
		}
		expect(bench.table.isJudging(id)).toBe(true);
		expect(bench.read(id, [5000])).toEqual([VERDICT.outside]);
	});
});

describe("a written value", () => {
	it("is judged by what was written and read, with a margin that shrinks as more is known", () => {
		const bench = new Bench();
		const id = bench.table.add();
		for (let at = 0; at < 40; at++) {
			bench.table.noteWrite(id, 100 + (at % 11) * 10, bench.time, true);
			bench.tick();
		}
		bench.endLearning();
		expect(bench.table.judgeWrite(id, 150)).toBe(VERDICT.normal);
		expect(bench.table.judgeWrite(id, 203)).toBe(VERDICT.normal);
		expect(bench.table.judgeWrite(id, 260)).toBe(VERDICT.outside);
		expect(bench.table.distance(id, 300, true)).toBe(1);
	});

	it("within the margin does not widen it", () => {
		const bench = new Bench();
		const id = bench.table.add();
		for (let at = 0; at < 40; at++) bench.table.noteWrite(id, 100 + (at % 11) * 10, bench.time, true);
		bench.endLearning();
		let value = 200;
		while (bench.table.judgeWrite(id, value) === VERDICT.normal && value < 1000) {
			bench.table.noteWrite(id, value, bench.time, true);
			value += 2;
		}
		expect(value).toBeLessThan(220);
	});
});

describe("a written value, where nobody said that all was normal,", () => {
	const DAY = 86_400;
	/** Writes values, so many seconds apart, as a normal client; their verdicts. */
	function write(bench: Bench, id: number, values: readonly number[], apart: number): number[] {
		return values.map((value) => {
			const verdict = bench.table.judgeWrite(id, value);
			bench.table.noteWrite(id, value, bench.time, verdict === VERDICT.normal);
			bench.tick(apart);
			return verdict;
		});
	}

	it("is learned for a day from the first write on, however long the point was read before", () => {
		const bench = new Bench();
		const id = bench.table.add();
		bench.read(id, Array(300).fill(0));
		bench.tick(3 * DAY);
		expect(write(bench, id, [1, 0, 1, 0, 1, 0, 1, 0], DAY / 7)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
		expect(bench.table.isJudgingWrites(id)).toBe(true);
		expect(write(bench, id, [1, 0, 1], 60)).toEqual([0, 0, 0]);
		expect(write(bench, id, [2], 60)).toEqual([VERDICT.outside]);
	});

	it("that was within the margin stays normal when the margin shrinks, and the margin is not counted from it", () => {
		const bench = new Bench();
		const id = bench.table.add();
		write(bench, id, [1, 2, 3], DAY / 3 + 1);
		// Three writes say little: the margin is three ranges.
		expect(write(bench, id, [4, 5, 6], 600)).toEqual([0, 0, 0]);
		expect(write(bench, id, Array(60).fill(2), 600)).not.toContain(VERDICT.outside);
		expect(write(bench, id, [6, 5, 4], 600)).toEqual([0, 0, 0]);
		expect(write(bench, id, [7], 600)).toEqual([VERDICT.outside]);
		const restored = new Bench();
		restored.table.watched = bench.table.watched;
		const again = restored.table.add();
		expect(restored.table.restore(again, structuredClone(bench.table.save(id)))).toBe(true);
		expect(write(restored, again, [6, 7], 600)).toEqual([0, VERDICT.outside]);
	});

	it("that creeps by one unit an hour leaves the range in the end", () => {
		const bench = new Bench();
		const id = bench.table.add();
		write(
			bench,
			id,
			Array.from({ length: 48 }, (_, at) => 50 + (at % 5)),
			DAY / 40,
		);
		const verdicts = write(
			bench,
			id,
			Array.from({ length: 40 }, (_, at) => 55 + at),
			3600,
		);
		expect(verdicts.indexOf(VERDICT.outside)).toBeLessThan(3);
		expect(verdicts.slice(3)).toEqual(Array(37).fill(VERDICT.outside));
	});

	it("of which few were all the same may be another of its size, and not one of another size", () => {
		const bench = new Bench();
		const id = bench.table.add();
		write(bench, id, [60, 60], DAY / 2 + 1);
		expect(bench.table.judgeWrite(id, 80)).toBe(VERDICT.normal);
		expect(bench.table.judgeWrite(id, 600)).toBe(VERDICT.outside);
		write(bench, id, Array(8).fill(60), 600);
		expect(bench.table.judgeWrite(id, 80)).toBe(VERDICT.outside);
	});
});

describe("the table", () => {
	it("is full at its bound", () => {
		const table = new PointTable(2);
		expect([table.add(), table.add(), table.add()]).toEqual([0, 1, -1]);
	});

	it("judges the same after being saved and restored", () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN)), {
					maxLength: 80,
				}),
				fc.array(fc.double({ min: -1e7, max: 1e7, noNaN: true }), { maxLength: 20 }),
				(learned, watched) => {
					const bench = new Bench();
					const id = bench.table.add();
					bench.read(id, learned);
					bench.endLearning();
					const other = new Bench();
					other.table.watched = bench.table.watched;
					other.table.epoch = bench.table.epoch;
					other.time = bench.time;
					const copy = other.table.add();
					expect(other.table.restore(copy, JSON.parse(JSON.stringify(bench.table.save(id))))).toBe(true);
					expect(other.read(copy, watched)).toEqual(bench.read(id, watched));
					expect(JSON.stringify(other.table.save(copy))).toBe(JSON.stringify(bench.table.save(id)));
				},
			),
		);
	});

	it("refuses damaged points", () => {
		const table = new PointTable(8);
		const good = table.save(table.add());
		const id = table.add();
		expect(table.restore(id, good)).toBe(true);
		for (const bad of [null, [], [...good, 1], good.with(0, "x" as never), good.with(-1, -7), good.with(-1, []), good.with(20, -1)])
			expect(table.restore(id, bad)).toBe(false);
	});
});
