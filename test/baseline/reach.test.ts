import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Reach } from "../../src/baseline/reach.ts";

const budget = () => ({ left: 1000, refused: 0 });
const range = fc.record({
	space: fc.integer({ min: -1, max: 3 }),
	first: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 65_400, max: 66_000 }), fc.constant(2 ** 29)),
	count: fc.integer({ min: 1, max: 130 }),
});

describe("a reach", () => {
	it("counts as a set of points would", () => {
		fc.assert(
			fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
				const reach = new Reach(budget());
				const seen = new Map<string, number>();
				for (const { space, first, count } of ranges) {
					const names = Array.from({ length: count }, (_, at) => `${space}:${first + at}`);
					const fresh = names.filter((name) => !seen.has(name));
					expect(reach.isSettled(space, first, count)).toBe(names.every((name) => (seen.get(name) ?? 0) > 1));
					expect(reach.countNew(space, first, count)).toBe(fresh.length);
					if (fresh.length > 0) expect(`${space}:${reach.firstNew}`).toBe(fresh[0]);
					expect(reach.add(space, first, count)).toBe(fresh.length);
					for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
				}
				expect(reach.members).toBe(seen.size);
				expect(reach.singletons).toBe([...seen.values()].filter((times) => times === 1).length);
			}),
		);
	});

	it("is the same again from its runs", () => {
		fc.assert(
			fc.property(fc.array(range, { maxLength: 20 }), (ranges) => {
				const one = new Reach(budget());
				for (const { space, first, count } of ranges) one.add(space, first, count);
				const two = new Reach(budget());
				for (const run of one.runs()) expect(two.restore(run)).toBe(true);
				expect([...two.runs()]).toEqual([...one.runs()]);
				expect([two.members, two.singletons]).toEqual([one.members, one.singletons]);
			}),
		);
	});

	it("forgets what was not touched for a whole period, and counts it no more", () => {
		const reach = new Reach(budget());
		reach.add(0, 10, 10);
		reach.add(0, 10, 5);
		expect(reach.fade()).toEqual([]);
		reach.add(0, 12, 6);
		expect(reach.isSettled(0, 12, 6)).toBe(true);
		expect(reach.isSettled(0, 10, 1)).toBe(false);
		expect(reach.fade()).toEqual([
			[0, 10, 2, 1],
			[0, 18, 2, 0],
		]);
		expect([reach.members, reach.singletons]).toEqual([6, 0]);
		expect(reach.countNew(0, 10, 10)).toBe(4);
		reach.clear();
		expect([reach.members, reach.singletons, reach.countNew(0, 0, 100)]).toEqual([0, 0, 100]);
	});

	it("takes no more pages than there are, and counts that", () => {
		const pages = { left: 2, refused: 0 };
		const reach = new Reach(pages);
		for (let at = 0; at < 10; at++) reach.add(0, at * 256, 1);
		expect(reach.members).toBe(2);
		expect(pages).toEqual({ left: 0, refused: 8 });
	});
});
