/** Names that hosts answer for: limits, rivals, bounds, and what is kept over a restart. */
import { describe, expect, it } from "vitest";
import { isBait, Names, nameOf } from "../../src/detect/names.ts";

const MINUTE = 60e6;
const answered = (host: string, ip: string, watched: number) => ({ host, source: ip, ip, watched, frame: 1 });

describe("names without a server", () => {
	it("are the same by all three services", () => {
		expect(["HMI.local", "hmi", "Very-Long-Computer-Name", "VERY-LONG-COMPU"].map(nameOf)).toEqual([
			"hmi",
			"hmi",
			"very-long-compu",
			"very-long-compu",
		]);
		expect([isBait("wpad"), isBait("hmi")]).toEqual([true, false]);
	});

	it("are too many for one address from the third on, within ten minutes", () => {
		const names = new Names();
		expect([names.many("10.0.0.1", "a", 0, 1), names.many("10.0.0.1", "b", 1, 2), names.many("10.0.0.1", "a", 2, 3)]).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(names.many("10.0.0.2", "c", 3, 4)).toBeUndefined();
		expect(names.many("10.0.0.1", "c", 4, 5)).toMatchObject({ count: 3, firstFrame: 1 });
		for (const [at, name] of ["a", "b", "c"].entries()) expect(names.many("10.0.0.9", name, at * 6 * MINUTE, 6)).toBeUndefined();
	});

	it("have one host: another one is a rival for ten minutes", () => {
		const names = new Names();
		expect(names.rival("hmi", answered("one", "10.0.0.1", 0))).toBeUndefined();
		expect(names.rival("hmi", answered("one", "10.0.0.2", 1))).toBeUndefined(); // another address of its own
		expect(names.rival("hmi", answered("two", "fe80::2", 2))).toBeUndefined(); // addresses of another kind
		expect(names.rival("hmi", answered("two", "10.0.0.2", 3))).toBeUndefined(); // it says the same
		expect(names.rival("hmi", answered("one", "10.0.0.1", 4))).toMatchObject({ host: "two" });
		expect(names.rival("hmi", answered("two", "10.0.0.2", 11 * MINUTE))).toBeUndefined();
	});

	it("are bounded, and come back", () => {
		const names = new Names();
		for (let at = 0; at < 5000; at++) names.rival(`n${at}`, answered("one", "10.0.0.1", at));
		expect(names.displaced).toBe(5000 - 4096);
		names.many("10.0.0.1", "a", 0, 1);
		names.many("10.0.0.1", "b", 1, 1);
		const saved = structuredClone(names.save());
		const other = new Names();
		other.restore(saved);
		expect(other.save()).toEqual(saved);
		expect(other.many("10.0.0.1", "c", 2, 1)).toMatchObject({ count: 3 });
		expect(other.rival("n4999", answered("two", "10.0.0.2", 5001))).toMatchObject({ host: "one" });
		for (const damaged of [
			undefined,
			7,
			{ hosts: 7 },
			{ hosts: [7, [7], ["x", null], ["x", { host: 1 }], ["x", { ...answered("a", "b", 1), frame: "1" }]] },
		]) {
			const empty = new Names();
			empty.restore(damaged);
			expect(empty.save()).toEqual({ many: [], hosts: [] });
		}
	});
});
