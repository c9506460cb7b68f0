import { describe, expect, it } from "vitest";
import { PACE, Paces } from "../../src/detect/paces.ts";

const S = 1e6;
const HOUR = 3600 * S;
const limits = { windowMicros: 10 * S, parts: 2, floor: 6, factor: 3, bound: 3 };

/** `count` happenings of a thing within a second. */
const burst = (paces: Paces, at: number, count: number, mode: (typeof PACE)[keyof typeof PACE], key = "a") => {
	const found = [];
	for (let n = 0; n < count; n++) found.push(paces.note(key, at + (n * S) / count, HOUR, mode));
	return found.filter((one) => one !== undefined);
};

describe("paces", () => {
	it("finds what is too often once for each part of a window, and not what is just below", () => {
		const paces = new Paces(limits);
		expect(burst(paces, 0, 5, PACE.judge)).toEqual([]);
		expect(burst(paces, 2 * S, 3, PACE.judge)).toEqual([{ count: 6, usual: 0 }]);
		// Both parts have moved on.
		expect(burst(paces, 15 * S, 5, PACE.judge)).toEqual([]);
	});

	it("counts what lies on both sides of the border of two parts", () => {
		const paces = new Paces(limits);
		expect([...burst(paces, 4 * S, 4, PACE.judge), ...burst(paces, 5.5 * S, 4, PACE.judge)]).toEqual([{ count: 6, usual: 0 }]);
	});

	it("takes what it learned for usual: three times as much is too often", () => {
		const paces = new Paces(limits);
		burst(paces, 0, 10, PACE.learn);
		expect(burst(paces, 100 * S, 29, PACE.judge)).toEqual([]);
		expect(burst(paces, 200 * S, 30, PACE.judge)).toEqual([{ count: 30, usual: 10 }]);
	});

	it("does not take what was learned for less than a window for all that may come in one", () => {
		const paces = new Paces({ ...limits, windowMicros: HOUR });
		for (let second = 0; second < 100; second += 10) paces.note("a", second * S, second * S, PACE.learn);
		// One in ten seconds, for an hour.
		const found = [];
		for (let second = 100; second < 3700; second += 10) found.push(paces.note("a", second * S, second * S, PACE.judge));
		expect(found.filter((one) => one !== undefined)).toEqual([]);
	});

	it("counts without judging or learning where it is told so", () => {
		const paces = new Paces(limits);
		expect(burst(paces, 0, 50, PACE.count)).toEqual([]);
		expect(burst(paces, 100 * S, 6, PACE.judge)).toEqual([{ count: 6, usual: 0 }]);
	});

	it("is bounded, counts what found no room, and sees again once the flood is over", () => {
		const paces = new Paces(limits);
		burst(paces, 0, 10, PACE.learn, "fast");
		for (const key of ["b", "c", "d", "e"]) paces.note(key, S, HOUR, PACE.judge);
		expect(paces.refused).toBe(2);
		expect(burst(paces, 30 * S, 6, PACE.judge, "e")).toHaveLength(1);
		// What lifts a limit was not pushed out.
		expect(burst(paces, 31 * S, 29, PACE.judge, "fast")).toEqual([]);
	});

	it("that was filled while it learned makes room: what has been still for longest is let go of", () => {
		const paces = new Paces({ ...limits, bound: 16 });
		for (let n = 0; n < 16; n++) burst(paces, n * S, 10, PACE.learn, `filled ${n}`);
		// None of them can be let go of as long as it goes on.
		expect(burst(paces, 16 * S, 6, PACE.judge, "late")).toHaveLength(1);
		expect(paces.refused).toBe(2);
		expect(burst(paces, 60 * S, 29, PACE.judge, "filled 15")).toEqual([]);
		// Two made room: these are the ones that begin anew.
		expect(burst(paces, 61 * S, 6, PACE.judge, "filled 0")).toHaveLength(1);
	});

	it("looks for room once in each part of a window, however many things come", () => {
		const paces = new Paces({ ...limits, bound: 1000 });
		for (let n = 0; n < 50_000; n++) paces.note(`${n}`, 1 + n, HOUR, PACE.judge);
		expect(paces.refused).toBe(49_000);
		// Both parts are over.
		expect(burst(paces, 11 * S, 6, PACE.judge, "late")).toHaveLength(1);
	});

	it("tells things by the beginning of their names: a name from the wire may be long", () => {
		const paces = new Paces(limits);
		burst(paces, 0, 3, PACE.judge, `${"x".repeat(5000)}1`);
		expect(burst(paces, S, 3, PACE.judge, `${"x".repeat(5000)}2`)).toHaveLength(1);
		expect(JSON.stringify(paces.save(S)).length).toBeLessThan(400);
	});

	it("goes on after a restart as if there had been none, and says what is damaged", () => {
		const one = new Paces(limits);
		burst(one, 0, 10, PACE.learn);
		burst(one, 21 * S, 20, PACE.judge);
		const other = new Paces(limits);
		expect(other.restore(JSON.parse(JSON.stringify(one.save(22 * S))))).toBe(true);
		expect(one.save(22 * S)).toBeUndefined();
		expect(burst(other, 23 * S, 10, PACE.judge)).toEqual(burst(one, 23 * S, 10, PACE.judge));
		for (const bad of [null, 7, [1], [["a", 1, [0], 0, 0, 0]], [["a", "1", [0, 0], 0, 0, 0]], [["a", 1, [0, null], 0, 0, 0]]])
			expect(new Paces(limits).restore(bad)).toBe(false);
	});
});
