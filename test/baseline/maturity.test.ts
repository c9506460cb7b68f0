import { describe, expect, it } from "vitest";
import { chanceOfNew, type Evidence, judges, progress, trust } from "../../src/baseline/maturity.ts";

const DAY = 86_400e6;
const evidence = (change: Partial<Evidence> = {}): Evidence => ({
	observations: 10_000,
	members: 4,
	singletons: 0,
	born: 0,
	lastNew: 0,
	isForced: false,
	...change,
});

describe("a trait", () => {
	it("judges after a day in which little was new", () => {
		expect(judges(evidence(), DAY / 2, 86_400)).toBe(false);
		expect(judges(evidence(), DAY, 86_400)).toBe(true);
		expect(judges(evidence({ observations: 20 }), DAY, 86_400)).toBe(false);
		expect(judges(evidence({ observations: 1000, singletons: 40 }), DAY, 86_400)).toBe(false);
	});

	it("waits a quarter of its life after something new", () => {
		expect(judges(evidence({ lastNew: 7 * DAY }), 8 * DAY, 86_400)).toBe(false);
		expect(judges(evidence({ lastNew: 7 * DAY }), 9.4 * DAY, 86_400)).toBe(true);
	});

	it("judges at once where a person said so, if there is any evidence", () => {
		expect(judges(evidence({ isForced: true, observations: 1 }), 10, 86_400)).toBe(true);
		expect(judges(evidence({ isForced: true, observations: 0 }), 10, 86_400)).toBe(false);
	});

	it("is trusted more the more was seen, over longer", () => {
		expect(chanceOfNew(evidence({ observations: 99, singletons: 9 }))).toBe(0.1);
		const minute = trust(evidence({ observations: 60 }), 60e6);
		const hour = trust(evidence({ observations: 3600 }), 3600e6);
		const day = trust(evidence({ observations: 86_400 }), DAY);
		expect(minute).toBeGreaterThan(0.3);
		expect(hour).toBeGreaterThan(minute);
		expect(day).toBeGreaterThan(0.99);
		expect(trust(evidence({ observations: 3 }), 10e6)).toBeLessThan(0.3);
	});

	it("says how far it is on the way", () => {
		expect(progress(evidence(), DAY / 2, 86_400)).toBe(0.5);
		expect(progress(evidence(), DAY, 86_400)).toBe(1);
	});
});
