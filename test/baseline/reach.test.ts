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
				for (const [space, first, count, again] of one.runs()) {
					two.add(space, first, count);
					if (again === 1) two.add(space, first, count);
				}
				expect([...two.runs()]).toEqual([...one.runs()]);
				expect([two.members, two.singletons]).toEqual([one.members, one.singletons]);
			}),
		);
	});

	it("takes no more pages than there are, and counts that", () => {
		const pages = { left: 2, refused: 0 };
		const reach = new Reach(pages);
		for (let at = 0; at < 10; at++) reach.add(0, at * 256, 1);
		expect(reach.members).toBe(2);
		expect(pages).toEqual({ left: 0, refused: 8 });
	});
});
