import { describe, expect, it } from "vitest";
import { Budget, Throttle, visitorOf } from "../../src/web/throttle.ts";

describe("visitorOf", () => {
	it.each([
		["10.0.0.7", "10.0.0.7"],
		["::ffff:10.0.0.7", "10.0.0.7"],
		["::1", "0:0:0:0"],
		["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
		["2001:db8:1:2::9", "2001:db8:1:2"],
		["2001:DB8::9", "2001:db8:0:0"],
		["2001:0db8:0001:0002::9", "2001:db8:1:2"],
		["fe80::1%eth0", "fe80:0:0:0"],
	])("%s is %s", (address, visitor) => {
		expect(visitorOf(address)).toBe(visitor);
	});
});

describe("Throttle", () => {
	it("doubles the delay up to its end, and forgets after a quarter of an hour", () => {
		const throttle = new Throttle(2, 8000);
		const waits: number[] = [];
		for (let i = 0; i < 8; i++) {
			throttle.count("a", 0);
			waits.push(throttle.wait("a", 0));
		}
		expect(waits).toEqual([0, 0, 1000, 2000, 4000, 8000, 8000, 8000]);
		expect(throttle.wait("b", 0)).toBe(0);
		expect(throttle.wait("a", 8000)).toBe(0);
		throttle.count("a", 16 * 60_000);
		expect(throttle.wait("a", 16 * 60_000)).toBe(0);
	});

	it("locks nobody out when the clock is set back", () => {
		const throttle = new Throttle(0, 8000);
		throttle.count("a", 1e12);
		expect(throttle.wait("a", 0)).toBe(0);
	});

	it("is clear after a good attempt", () => {
		const throttle = new Throttle(0, 8000);
		throttle.count("a", 0);
		throttle.clear("a");
		expect(throttle.wait("a", 0)).toBe(0);
	});

	it("stays bounded under a million names, forgetting the oldest", () => {
		const throttle = new Throttle(0, 8000);
		throttle.count("first", 0);
		for (let i = 0; i < 5000; i++) throttle.count(`name ${i}`, 0);
		expect(throttle.wait("first", 0)).toBe(0);
		expect(throttle.wait("name 4999", 0)).toBe(1000);
	});
});

describe("Budget", () => {
	it("lets a burst pass, then what refills, and does not break when the clock is set back", () => {
		const budget = new Budget();
		const passed = (time: number) => Array.from({ length: 300 }, () => budget.take("a", time)).filter(Boolean).length;
		expect(passed(1_000_000)).toBe(200);
		expect(passed(1_001_000)).toBe(40);
		expect(passed(0)).toBe(0);
		expect(passed(60_000)).toBe(200);
	});
});
