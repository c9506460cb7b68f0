/** Every kind of point, with noise from a seed, over simulated days: what is found when it misbehaves, and what is said when it does not. */
import { describe, expect, it } from "vitest";
import { FIELD } from "../../src/baseline/motion.ts";
import { PointTable, VERDICT, type Verdict } from "../../src/baseline/points.ts";
import { random } from "../support/random.ts";

const SECOND = 1e6;
const DAY = 86_400;

/** One point that is read each `every` seconds, and inspected each thirty, as on a plant. */
class Bench {
	table = new PointTable(16);
	id = this.table.add();
	time = 1_700_000_000 * SECOND;
	second = 0;
	readonly every: number;
	constructor(every = 5) {
		this.every = every;
		this.table.learningMicros = DAY * SECOND;
	}
	/** Reads for so many seconds; what was said. */
	run(seconds: number, valueAt: (second: number) => number): Verdict[] {
		const said: Verdict[] = [];
		for (const end = this.second + seconds; this.second < end; ) {
			this.second += this.every;
			this.time += this.every * SECOND;
			this.table.watched += this.every * SECOND;
			const verdict = this.table.observe(this.id, valueAt(this.second), this.time);
			if (verdict !== VERDICT.normal) said.push(verdict);
			if (this.second % 30 < this.every) {
				const still = this.table.inspect(this.id, this.time);
				if (still !== VERDICT.normal) said.push(still);
			}
		}
		return said;
	}
	get kind() {
		return this.table.kind(this.id);
	}
	/** Saved, and taken back into another table. */
	restart(): void {
		const table = new PointTable(16);
		Object.assign(table, { learningMicros: this.table.learningMicros, watched: this.table.watched, epoch: this.table.epoch });
		table.add(); // another place than before
		const id = table.add();
		expect(table.restore(id, JSON.parse(JSON.stringify(this.table.save(this.id))))).toBe(true);
		expect(table.chunks.restore(structuredClone([...this.table.chunks.save()]).map(([, value]) => value))).toBe(0);
		this.table = table;
		this.id = id;
	}
}

const gauss = (rng: () => number) => Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());

/** A pump's status word: bits 0, 3, 6 and 9 move one by one. */
function statusWord(rng: () => number): () => number {
	let word = 0x8000;
	return () => {
		if (rng() < 0.1) word ^= 1 << [0, 3, 6, 9][Math.floor(rng() * 4)]!;
		return word;
	};
}

/** By kind: the series, and the word for it. */
const KINDS: [kind: string, make: (rng: () => number) => (second: number) => number][] = [
	["constant", () => () => 4711],
	["few states", (rng) => (second) => [3, 17, 40][Math.floor(second / 600 + 0.2 * rng()) % 3]!],
	["bit field", (rng) => statusWord(rng)],
	["continuous", (rng) => (second) => Math.round(2000 + 800 * Math.sin(second / 900) + 4 * gauss(rng))],
	[
		"counter",
		(rng) => {
			let total = 0;
			return () => (total += Math.floor(3 * rng()));
		},
	],
	["clock", () => (second) => second],
	["ramp", () => (second) => (second % 3600) * 2],
	["random", (rng) => () => Math.floor(rng() * 1000)],
	[
		"set point",
		(rng) => {
			let point = 50;
			return () => {
				if (rng() < 0.004) point = 40 + Math.floor(rng() * 21);
				return point;
			};
		},
	],
];

describe("a point", () => {
	it.each(KINDS)("that is a %s is found to be one, and says nothing for two weeks", (kind, make) => {
		const bench = new Bench(10);
		const valueAt = make(random(11));
		bench.run(2 * DAY, valueAt);
		expect(bench.kind).toBe(kind);
		bench.restart();
		expect(bench.kind).toBe(kind);
		expect(bench.run(14 * DAY, valueAt).filter((verdict) => verdict !== VERDICT.normal)).toEqual([]);
		expect(bench.kind).toBe(kind);
	});

	it("changes its kind with the evidence", () => {
		const bench = new Bench();
		bench.run(3600, () => 7);
		expect(bench.kind).toBe("constant");
		bench.run(3600, (second) => Math.floor(second / 60) % 2);
		expect(bench.kind).toBe("few states");
		bench.run(DAY, (second) => 500 + Math.round(400 * Math.sin(second / 300)));
		expect(bench.kind).toBe("continuous");
	});
});

describe("a noisy process", () => {
	it.each([
		["Gaussian", 1, (rng: () => number) => 100 + 5 * gauss(rng)],
		["with long tails", 1.5, (rng: () => number) => 100 - 5 * Math.log(1 - rng())],
	])("%s does not alarm in eight weeks of ten points, and a fault %d times its range beyond it does", (_name, widths, draw) => {
		let said = 0;
		for (let seed = 0; seed < 10; seed++) {
			const rng = random(100 + seed);
			const bench = new Bench(30);
			bench.run(2 * DAY, () => draw(rng));
			said += bench.run(56 * DAY, () => draw(rng)).length;
			const { min, max } = bench.table.band(bench.id);
			expect(bench.table.judge(bench.id, max + 1.01 * widths * (max - min))).toBe(VERDICT.outside);
			expect(bench.table.judge(bench.id, min - 1.01 * widths * (max - min))).toBe(VERDICT.outside);
		}
		expect(said).toBe(0);
	});
});

describe("a status word", () => {
	it("that sets a bit that never was set is said with that bit, another mixture of known bits is not", () => {
		const bench = new Bench();
		bench.run(2 * DAY, statusWord(random(3)));
		expect(bench.run(10, () => 0x8000 | 1 | 8 | 64 | 512)).toEqual([]);
		const value = 0x8000 | 1 | (1 << 5);
		expect(bench.run(10, () => value)).toEqual([VERDICT.bit]);
		expect(bench.table.newBits(bench.id, value)).toBe(1 << 5);
		expect(bench.run(10, () => 1)).toEqual([VERDICT.bit]);
	});
});

const level = (rng: () => number) => (second: number) => Math.round(2000 + 800 * Math.sin(second / 900) + 8 * gauss(rng));

describe("a level that moves", () => {
	it("and then stands still while it is read is frozen, said once; one that nobody reads is not", () => {
		const rng = random(5);
		const bench = new Bench();
		bench.run(2 * DAY, level(rng));
		bench.restart();
		const value = level(rng)(bench.second);
		expect(bench.run(3600, () => value)).toEqual([VERDICT.frozen]);
		expect(bench.table.stillness(bench.id).still).toBeGreaterThan(3500);
		expect(bench.run(3600, level(rng)).filter((verdict) => verdict === VERDICT.frozen)).toEqual([]);
		bench.time += 3600 * SECOND;
		bench.table.watched += 3600 * SECOND;
		expect(bench.table.inspect(bench.id, bench.time)).toBe(VERDICT.normal);
	});

	it("that repeats what it said an hour ago is replayed, whatever the restart in between", () => {
		const rng = random(6);
		const recorded = new Map<number, number>();
		const live = level(rng);
		const bench = new Bench();
		bench.run(2 * DAY, (second) => {
			const value = live(second);
			recorded.set(second, value);
			return value;
		});
		bench.restart();
		const back = Math.round((2 * Math.PI * 900) / 5) * 5; // a period before, so that no jump gives it away
		const said = bench.run(1800, (second) => recorded.get(second - back) ?? recorded.get(second - 2 * back)!);
		expect(said).toContain(VERDICT.replayed);
		expect(new Set(said)).toEqual(new Set([VERDICT.replayed]));
	});

	it("that repeats itself by nature is not replayed", () => {
		const bench = new Bench();
		const rng = random(8);
		const cycle = Array.from({ length: 360 }, () => Math.floor(1000 * rng()));
		bench.run(2 * DAY, (second) => cycle[(second / 5) % 360]!);
		expect(bench.run(7 * DAY, (second) => cycle[(second / 5) % 360]!)).toEqual([]);
	});

	it("whose mean lies where it never did is said once, though each of its values is normal; so is one that drifts further than it is followed", () => {
		const rng = random(10);
		const noise = () => 1000 + 20 * gauss(rng);
		const bench = new Bench(30);
		bench.run(3 * DAY, noise);
		expect(bench.run(3 * 3600, () => noise() + 40)).toEqual([VERDICT.level]);
		const { mean, low, high } = bench.table.level(bench.id);
		expect(mean).toBeGreaterThan(high);
		expect(low).toBeGreaterThan(980);
		expect(bench.table.judge(bench.id, mean)).toBe(VERDICT.normal);
		expect(bench.run(3600, noise)).toEqual([]);
		bench.restart();
		expect(bench.run(3 * 3600, () => noise() - 40)).toEqual([VERDICT.level]);
		const from = bench.second;
		const drifting = bench.run(90 * DAY, (second) => noise() + (120 * (second - from)) / (90 * DAY));
		expect(drifting).toContain(VERDICT.drift);
		expect(drifting.at(-1)).not.toBe(VERDICT.drift);
	});

	it("that only goes round has no level: its mean is made by when it is looked at", () => {
		const bench = new Bench(3);
		const said: Verdict[] = [];
		const watch = (days: number, phase: number) => {
			for (const end = bench.second + days * DAY; bench.second < end; ) {
				bench.second += 3;
				bench.time += 3 * SECOND;
				bench.table.watched += 3 * SECOND;
				said.push(bench.table.observe(bench.id, (bench.second + phase) % 60, bench.time));
				if (bench.second % 30 === 0) said.push(bench.table.inspect(bench.id, bench.time));
			}
		};
		watch(3, 0);
		watch(0.1, 14);
		const { mean, high } = bench.table.level(bench.id);
		expect(bench.kind).toBe("ramp");
		expect(mean).toBeGreaterThan(high + 10);
		expect(new Set(said)).toEqual(new Set([VERDICT.normal]));
	});

	it("that drifts slowly is followed and said at most once a week; one that jumps is not followed", () => {
		const rng = random(9);
		const noise = () => 1000 + 20 * gauss(rng);
		const bench = new Bench(30);
		bench.run(2 * DAY, noise);
		const from = bench.second;
		const said = bench.run(60 * DAY, (second) => noise() + (36 * (second - from)) / (60 * DAY));
		expect(new Set(said)).toEqual(new Set([VERDICT.drift]));
		expect(said.length).toBeGreaterThan(0);
		expect(said.length).toBeLessThanOrEqual(9);
		const { shift } = bench.table.drift(bench.id);
		const { min, max } = bench.table.band(bench.id);
		bench.run(10 * DAY, () => 1000 + 2 * (max - min));
		expect(bench.table.drift(bench.id).shift).toBeLessThanOrEqual(shift + 0.01 * (max - min));
		expect(bench.table.judge(bench.id, 1000 + 2 * (max - min))).toBe(VERDICT.outside);
	});
});

describe("poisoning", () => {
	it("by a set point that is moved by one unit an hour is found: the range of the learned days stays", () => {
		const bench = new Bench();
		const rng = random(12);
		let point = 50;
		const normal = () => {
			if (rng() < 0.002) point = 45 + Math.floor(rng() * 11);
			return point;
		};
		bench.run(2 * DAY, normal);
		const from = bench.second;
		const said: number[] = [];
		for (let hour = 1; hour <= 24; hour++)
			if (bench.run(3600, () => 50 + Math.floor((bench.second - from) / 3600)).length > 0) said.push(hour);
		expect(said[0]).toBeLessThanOrEqual(10);
		expect(bench.table.band(bench.id).max).toBeLessThanOrEqual(56);
	});

	it("while an incident is open teaches nothing, and is judged all the same", () => {
		const bench = new Bench();
		bench.run(DAY / 2, level(random(13)));
		const before = bench.table.band(bench.id);
		bench.table.isHeld = true;
		bench.run(3600, () => 9000);
		expect(bench.table.band(bench.id)).toMatchObject({ min: before.min, max: before.max, changes: before.changes, step: before.step });
		bench.table.isHeld = false;
		bench.run(2 * DAY, level(random(14)));
		bench.table.isHeld = true;
		expect(bench.run(10, () => 9000)).toEqual([VERDICT.outside]);
	});
});

describe("a point's own number for repetitions", () => {
	it("is given to no other, though a crash came before the chunks were saved", () => {
		const bench = new Bench();
		bench.run(DAY, level(random(16)));
		const table = new PointTable(16);
		const old = table.add();
		expect(table.restore(old, JSON.parse(JSON.stringify(bench.table.save(bench.id))))).toBe(true);
		const fresh = table.add();
		const valueAt = level(random(17));
		for (let second = 0; second < 3600; second++) table.observe(fresh, valueAt(second), second * SECOND);
		const salt = (id: number) => Buffer.from(table.save(id).at(-1) as string, "base64").readUInt32LE(4 * FIELD.salt);
		expect([salt(old), salt(fresh)]).toEqual([1, 2]);
	});
});

describe("an imported point", () => {
	it("is not called frozen before a day shows how long it stands still", () => {
		const rng = random(18);
		const bench = new Bench();
		bench.run(2 * DAY, level(rng));
		const known = bench.table.known(bench.id);
		const other = new Bench();
		other.table.epoch = 1;
		other.table.adopt(other.id, { ...known, born: -30 * DAY * SECOND });
		const day = (second: number) => (second % DAY < DAY / 3 ? 2000 : level(rng)(second));
		expect(other.run(3 * DAY, day).filter((verdict) => verdict === VERDICT.frozen)).toEqual([]);
		expect(other.run(3 * DAY, () => 2000)).toContain(VERDICT.frozen);
	});
});

describe("what is kept of motion", () => {
	it("is nothing for points that are still, and refused where it is damaged", () => {
		const table = new PointTable(70_000);
		for (let point = 0; point < 70_000; point++) table.observe(table.add(), point, 1);
		expect(table.isMoving(0)).toBe(false);
		const bench = new Bench();
		bench.run(3600, level(random(15)));
		const saved = bench.table.save(bench.id);
		for (const bad of ["", "x", "####", -3, null, (saved.at(-1) as string).slice(4)])
			expect(bench.table.restore(bench.id, saved.with(-1, bad))).toBe(false);
		expect(
			bench.table.chunks.restore([null, {}, { page: 1e9, total: 1, salt: 1, chunks: "" }, { page: 0, total: -1, salt: 0, chunks: "" }]),
		).toBe(4);
	});
});
