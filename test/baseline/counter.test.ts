import { describe, expect, it } from "vitest";
import { PointTable, VERDICT } from "../../src/baseline/points.ts";

const SECOND = 1e6;

/** A point that is read; capture time and watched time go on together, but for holes. */
class Bench {
	readonly table = new PointTable(64);
	readonly id = this.table.add();
	time = 1_700_000_000 * SECOND;
	constructor() {
		this.table.learningMicros = 86_400 * SECOND;
	}
	read(values: Iterable<number>, seconds = 1): number[] {
		const verdicts: number[] = [];
		for (const value of values) {
			this.time += seconds * SECOND;
			this.table.watched += seconds * SECOND;
			verdicts.push(this.table.observe(this.id, value, this.time));
		}
		return verdicts;
	}
	/** Time during which nobody looks. */
	hole(seconds: number): void {
		this.time += seconds * SECOND;
	}
	learned(values: Iterable<number>): this {
		expect(new Set(this.read(values))).toEqual(new Set([VERDICT.normal]));
		this.table.epoch++;
		return this;
	}
}

const from = (start: number, length: number, step = 1) => Array.from({ length }, (_, at) => (start + at * step) & 0xffff);
const NORMAL = new Set([VERDICT.normal]);

describe("a counter", () => {
	it("goes on without end", () => {
		const bench = new Bench().learned(from(100, 60));
		expect(new Set(bench.read(from(160, 5000)))).toEqual(NORMAL);
	});

	it("may have gone far while nobody looked, but not further than its pace", () => {
		const near = new Bench().learned(from(100, 60));
		near.hole(600);
		expect(near.read([159 + 600])).toEqual([VERDICT.normal]);
		const far = new Bench().learned(from(100, 60));
		far.hole(600);
		expect(far.read([159 + 6000])).toEqual([VERDICT.outside]);
	});

	it("that leaps between two looks is outside", () => {
		expect(new Bench().learned(from(100, 60)).read([400])).toEqual([VERDICT.outside]);
	});

	it("of a capture of another time may be anywhere ahead", () => {
		const bench = new Bench().learned(from(100, 60));
		bench.hole(-7 * 86_400);
		expect(bench.read([40_000])).toEqual([VERDICT.normal]);
	});

	it("of 16 bits begins again after 65535, learning or not", () => {
		const bench = new Bench().learned(from(65_500, 60));
		expect(new Set(bench.read(from(24, 60)))).toEqual(NORMAL);
		const later = new Bench().learned(from(65_400, 100));
		expect(new Set(later.read(from(65_500, 200)))).toEqual(NORMAL);
	});

	it("of 32 bits begins again too", () => {
		const bench = new Bench().learned(Array.from({ length: 60 }, (_, at) => 2 ** 32 - 60 + at));
		expect(bench.read([2, 3, 4])).toEqual([VERDICT.normal, VERDICT.normal, VERDICT.normal]);
	});

	it("that changes seldom is one after three steps", () => {
		const bench = new Bench().learned([...Array(20).fill(4000), ...Array(20).fill(4001), ...Array(20).fill(4002), 4003]);
		bench.hole(600);
		expect(bench.read([4040])).toEqual([VERDICT.normal]);
	});

	it("that goes back is a deviation, that begins at zero is not", () => {
		expect(new Bench().learned(from(5000, 200)).read([3000])).toEqual([VERDICT.back]);
		const again = new Bench().learned(from(5000, 200));
		expect(new Set(again.read(from(1, 50)))).toEqual(NORMAL);
	});

	it("seen in the wrong order once stays a counter; twice in a row it is none", () => {
		const bench = new Bench().learned(from(5000, 200));
		expect(bench.read([5199, 5198, 5200, 5201, 5203, 5202, 5204])).toEqual(Array(7).fill(VERDICT.normal));
		expect(bench.read([3000])).toEqual([VERDICT.back]);
		const tank = new Bench().learned(from(5000, 200));
		expect(new Set(tank.read([5198, 5197, 5196]))).toEqual(NORMAL);
		expect(tank.table.turns[tank.id]).toBe(1);
	});

	it("is not what a tank being filled is, once it was emptied", () => {
		const bench = new Bench().learned([...from(0, 100), ...from(0, 100).reverse(), ...from(0, 100), ...from(0, 100).reverse()]);
		expect(bench.read([...from(1, 99), 600]).at(-1)).toBe(VERDICT.outside);
	});
});
