/** What every trait owes, whatever it learns. */
import { describe, expect, it } from "vitest";
import { LEARNING_SECONDS } from "../../src/baseline/maturity.ts";
import { type Deed, type Deviation, TRAITS, type Trait, type Watch } from "../../src/baseline/trait.ts";

const SECOND = 1e6;
/** A Monday, 0:00 UTC, microseconds. */
export const MONDAY = 1_700_438_400e6;

/** Time goes on in seconds, both kinds of it together. */
export class Bed<T extends Trait> {
	readonly watch = { watched: 0, epoch: 0, learningSeconds: LEARNING_SECONDS };
	time = MONDAY;
	trait: T;
	readonly found: Deviation[] = [];
	readonly #make: (watch: Watch, capacity: number) => T;
	readonly #capacity: number;
	#frame = 0;
	readonly #deed: Deed = { time: 0, frame: 0, value: 0, isNormal: true };

	constructor(make: (watch: Watch, capacity: number) => T, capacity = 64) {
		this.#make = make;
		this.#capacity = capacity;
		this.trait = make(this.watch, capacity);
	}

	wait(seconds: number): void {
		this.time += seconds * SECOND;
		this.watch.watched += seconds * SECOND;
		this.trait.judge(this.time, (deviation) => this.found.push(deviation));
	}

	/** A person ends the learning. */
	endLearning(): void {
		this.watch.epoch++;
	}

	observe(id: number, value = 0, isNormal = true): void {
		const deed = this.#deed;
		deed.time = this.time;
		deed.frame = ++this.#frame;
		deed.value = value;
		deed.isNormal = isNormal;
		this.trait.observe(id, deed);
	}

	/** All records of the trait as they would lie on disk. */
	records = new Map<string, unknown>();
	restart(): void {
		for (const [key, value] of JSON.parse(JSON.stringify([...this.trait.save()])) as [string, unknown][]) {
			if (value === null) this.records.delete(key);
			else this.records.set(key, value);
		}
		this.trait = this.#make(this.watch, this.#capacity);
		expect(this.trait.restore([...this.records].sort())).toBe(0);
	}

	take(): Deviation[] {
		return this.found.splice(0);
	}
}

export interface TraitUnderTest<T extends Trait> {
	readonly make: (watch: Watch, capacity: number) => T;
	/** Gets a subject ready, and returns it by name. */
	readonly prepare?: (trait: T, id: number) => void;
	/** One step of usual life of a subject: `step` counts from 0. Time goes on in it. */
	readonly live: (bed: Bed<T>, id: number, step: number) => void;
	/** So many steps make it mature. */
	readonly steps: number;
	/** Something that is not usual, strong and long enough to be said. */
	readonly deviate: (bed: Bed<T>, id: number) => void;
	readonly kind: Deviation["kind"];
}

export function traitSuite<T extends Trait>(name: string, under: TraitUnderTest<T>): void {
	const grown = (restarts: readonly number[] = []): { bed: Bed<T>; id: number } => {
		const bed = new Bed(under.make);
		let id = bed.trait.subject("one|two|three");
		under.prepare?.(bed.trait, id);
		for (let step = 0; step < under.steps; step++) {
			under.live(bed, id, step);
			if (!restarts.includes(step)) continue;
			bed.restart();
			id = bed.trait.subject("one|two|three");
			under.prepare?.(bed.trait, id);
		}
		return { bed, id };
	};
	const seen = (bed: Bed<T>) => bed.take().map(({ kind, key, time, seen: what }) => ({ kind, key, time, what }));

	describe(`${name} as a trait`, () => {
		it("is one of the declared ones", () => {
			expect(TRAITS).toContain(under.make({ watched: 0, epoch: 0, learningSeconds: 1 }, 4).name);
		});

		it("says nothing while life is as usual, and what is not once it is mature", () => {
			const { bed, id } = grown();
			expect(seen(bed)).toEqual([]);
			expect(bed.trait.maturity(id)).toMatchObject({ value: 1, forecast: 0 });
			under.deviate(bed, id);
			expect(bed.take().map(({ kind }) => kind)).toContain(under.kind);
		});

		it("says nothing before it is mature, and says when it may be", () => {
			const bed = new Bed(under.make);
			const id = bed.trait.subject("one");
			under.prepare?.(bed.trait, id);
			for (let step = 0; step < under.steps / 20; step++) under.live(bed, id, step);
			under.deviate(bed, id);
			expect(seen(bed)).toEqual([]);
			const { value, reason, forecast } = bed.trait.maturity(id);
			expect(value).toBeLessThan(1);
			expect(reason).not.toBe("");
			expect(forecast).toBeGreaterThan(0);
		});

		it("does not learn what is not usual", () => {
			const { bed, id } = grown();
			for (let again = 0; again < 3; again++) {
				under.deviate(bed, id);
				expect(bed.take().map(({ kind }) => kind)).toContain(under.kind);
				for (let step = 0; step < under.steps / 20; step++) under.live(bed, id, under.steps + step);
				bed.take();
			}
		});

		it("judges after a restart as it would have without", () => {
			const plain = grown();
			const stops = [3, Math.floor(under.steps / 3), Math.floor(under.steps / 2), under.steps - 1];
			const restarted = grown(stops);
			under.deviate(plain.bed, plain.id);
			under.deviate(restarted.bed, restarted.id);
			const expected = seen(plain.bed);
			expect(expected.length).toBeGreaterThan(0);
			expect(seen(restarted.bed)).toEqual(expected);
			expect(restarted.bed.trait.maturity(restarted.id)).toEqual(plain.bed.trait.maturity(plain.id));
		});

		it("saves what changed, and nothing twice", () => {
			const { bed, id } = grown();
			expect([...bed.trait.save()].length).toBeGreaterThan(0);
			expect([...bed.trait.save()]).toEqual([]);
			for (let step = 0; step < 24; step++) under.live(bed, id, under.steps + step);
			expect([...bed.trait.save()].length).toBeGreaterThan(0);
		});

		it("is bounded: one more subject than there is room for is refused and counted", () => {
			const trait = under.make({ watched: 0, epoch: 0, learningSeconds: 1 }, 4);
			for (let n = 0; n < 4; n++) expect(trait.subject(`n${n}`)).toBeGreaterThanOrEqual(0);
			for (let n = 0; n < 1000; n++) expect(trait.subject(`more${n}`)).toBe(-1);
			expect(trait.subject("x".repeat(10_000))).toBe(-1);
			expect(trait.subject("n2")).toBeGreaterThanOrEqual(0);
			expect(trait).toMatchObject({ size: 4, refused: 1001 });
		});

		it("takes any deed", () => {
			const bed = new Bed(under.make);
			const id = bed.trait.subject("one");
			under.prepare?.(bed.trait, id);
			const deed: Deed = { time: 0, frame: 0, value: 0, isNormal: true };
			let found = 0;
			for (const time of [0, -1, 1e18, 5, MONDAY, MONDAY - 1e15])
				for (const value of [0, -1, 1e300, Number.NaN, 70_000, 3.5]) {
					Object.assign(deed, { time, value });
					bed.trait.observe(id, deed);
					bed.trait.judge(MONDAY, () => found++);
				}
			expect(found).toBe(0);
			for (const [key, value] of bed.trait.save()) expect(JSON.parse(JSON.stringify({ key, value })).key).toBe(key);
		});

		it("leaves damaged records out and counts them", () => {
			const { bed } = grown();
			const records = [...bed.trait.save()].filter(([key]) => key.split("/").length > 2);
			expect(records.length).toBe(1);
			const [key, whole] = records[0] as [string, Record<string, unknown>];
			let refused = 0;
			for (const field of Object.keys(whole)) {
				for (const wrong of [undefined, null, -1e9, Number.NaN, "x", [], {}, [[]], [Number.NaN], { length: 3 }]) {
					const trait = under.make(bed.watch, 4);
					const damaged = trait.restore([[key, { ...whole, [field]: wrong }]]);
					expect(trait.size).toBe(1 - damaged);
					refused += damaged;
					if (damaged === 0) {
						const id = trait.subject(String(whole.key));
						expect(() => trait.maturity(id)).not.toThrow();
					}
				}
			}
			expect(refused).toBeGreaterThan(5 * Object.keys(whole).length);
			for (const wrong of [null, 7, "x", []]) expect(under.make(bed.watch, 4).restore([[key, wrong]])).toBe(1);
			expect(
				under.make(bed.watch, 4).restore([
					[key, whole],
					[key, whole],
				]),
			).toBe(1);
		});

		it("forgets what was not seen for long, says what, and deletes it", () => {
			const { bed } = grown();
			bed.restart();
			const DAY = 86_400 * SECOND;
			expect(bed.trait.fade(90 * DAY)).toEqual([]);
			bed.watch.watched += 91 * DAY;
			expect(bed.trait.fade(90 * DAY)).toEqual(["one|two|three"]);
			expect(bed.trait.size).toBe(0);
			expect([...bed.trait.save()].filter(([, value]) => value === null)).toHaveLength(1);
			const id = bed.trait.subject("another");
			under.prepare?.(bed.trait, id);
			expect(bed.trait.maturity(id).value).toBeLessThan(1);
		});

		it("lets no hole in the watching count", () => {
			const { bed, id } = grown();
			bed.trait.interrupt();
			bed.time += 3 * 3600 * SECOND;
			for (let step = 0; step < under.steps / 20; step++) under.live(bed, id, under.steps + step);
			expect(seen(bed)).toEqual([]);
		});
	});
}
