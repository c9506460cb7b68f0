import { describe, expect, it } from "vitest";
import { Identities } from "../../src/detect/identities.ts";

const said = (revision: string, more: Record<string, string> = {}) => new Map(Object.entries({ revision, ...more }));
const BOUND = 4096;

describe("what devices say of themselves", () => {
	it("is compared statement by statement, and what is not said this time is no change", () => {
		const known = new Identities();
		expect(known.note("a", said("1", { model: "X" }))).toEqual([]);
		expect(known.note("a", said("1"))).toEqual([]);
		expect(known.note("a", said("2", { vendor: "V" }))).toEqual([{ name: "revision", before: "1", now: "2" }]);
		expect(known.note("a", said("2", { model: "Y", vendor: "V" }))).toEqual([{ name: "model", before: "X", now: "Y" }]);
		expect(known.note("b", said("9"))).toEqual([]);
	});

	it("is hostile text: nothing hidden, nothing long, nothing without end", () => {
		const known = new Identities();
		known.note("a", said("1"));
		const [change] = known.note("a", said(`2\u202e\u0000\n${"x".repeat(5000)}`));
		expect(change!.now).toMatch(/^2 x+$/);
		expect(change!.now.length).toBeLessThanOrEqual(128);
		// Only what is hidden differs.
		expect(known.note("b", said("1\u200b"))).toEqual([]);
		expect(known.note("b", said("1"))).toEqual([]);
		known.note("c", new Map(Array.from({ length: 50 }, (_, at) => [`statement ${at}`, "1"])));
		expect(known.note("c", new Map(Array.from({ length: 50 }, (_, at) => [`statement ${at}`, "2"])))).toHaveLength(16);
	});

	it("is bounded: who has not spoken for longest is let go of, and whoever comes after a flood is known again", () => {
		const known = new Identities();
		known.note("quiet", said("1"));
		known.note("plc", said("1"));
		expect([...known.save()]).toHaveLength(2);
		for (let n = 0; n < BOUND - 1; n++) {
			known.note(`flood ${n}`, said("1"));
			if (n % 1000 === 0) known.note("plc", said("1"));
		}
		expect(known.forgotten).toBe(1);
		expect(known.note("plc", said("2"))).toHaveLength(1);
		const saved = [...known.save()];
		expect(saved[0]).toEqual(["identity/quiet", null]);
		expect(saved).toHaveLength(1 + BOUND);
		expect(known.note("late", said("1"))).toEqual([]);
		expect(known.note("late", said("2"))).toHaveLength(1);
	});

	it("is known after a restart", () => {
		const known = new Identities();
		known.note("plc|1", said("1", { model: "X" }));
		const other = new Identities();
		for (const [key, value] of structuredClone([...known.save()])) expect(other.restore(key, value)).toBe(true);
		expect([...other.save()]).toEqual([]);
		expect(other.note("plc|1", said("2"))).toEqual(known.note("plc|1", said("2")));
		for (const bad of [null, {}, 7, [7], [["a"]], [["a", 1]]]) expect(new Identities().restore("identity/x", bad), String(bad)).toBe(false);
	});
});
