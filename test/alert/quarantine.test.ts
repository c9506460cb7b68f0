import { describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertBook } from "../../src/alert/book.ts";
import { Quarantine } from "../../src/alert/quarantine.ts";
import { detection, options } from "./samples.ts";

const sample = (over: Partial<Alert>): Alert => {
	const alert = new AlertBook(options).detect(detection(1, { source: { ip: "10.0.0.77" }, destination: { ip: "10.0.0.5" } }))!.alert;
	return { ...alert, severity: 80, nature: "deviation", ...over };
};

describe("the quarantine", () => {
	it("holds both ends of an open alert that weighs enough, until it is closed or weighs less", () => {
		const quarantine = new Quarantine(70);
		expect(quarantine.take(sample({ severity: 69 }))).toBe(false);
		expect(quarantine.addresses).toEqual([]);
		expect(quarantine.take(sample({ severity: 70 }))).toBe(true);
		expect(quarantine.addresses).toEqual(["10.0.0.77", "10.0.0.5"]);
		expect(quarantine.take(sample({ severity: 90 }))).toBe(false);
		expect(quarantine.take(sample({ status: "closed" }))).toBe(true);
		expect(quarantine.addresses).toEqual([]);
	});

	it("holds an address as long as any of its alerts is open", () => {
		const quarantine = new Quarantine(70);
		quarantine.take(sample({ id: "1" }));
		quarantine.take(sample({ id: "2", source: { ip: "10.0.0.78" } }));
		quarantine.take(sample({ id: "1", status: "closed" }));
		expect(quarantine.addresses).toEqual(["10.0.0.78", "10.0.0.5"]);
	});

	it("holds nothing for what was permitted, nor for the monitor's own state; a device without an address is named by its hardware", () => {
		const quarantine = new Quarantine(70);
		quarantine.take(sample({ permit: { id: "p", by: "Ada", why: "work" } }));
		quarantine.take(sample({ nature: "health" }));
		expect(quarantine.addresses).toEqual([]);
		const { destination: _, ...alone } = sample({ source: { mac: "00:10:20:30:40:50" } });
		quarantine.take(alone);
		expect(quarantine.addresses).toEqual(["00:10:20:30:40:50"]);
	});

	it("holds what would weigh enough if it had not come back so often", () => {
		const quarantine = new Quarantine(70);
		expect(quarantine.take(sample({ severity: 40, lowered: { from: 80, count: 14, days: 13 } }))).toBe(true);
	});

	it("holds all that an alert counts together, as they come", () => {
		const quarantine = new Quarantine(70);
		const { destination: _, ...many } = sample({ source: {}, addresses: ["10.0.0.1"] });
		expect(quarantine.take(many)).toBe(true);
		expect(quarantine.take({ ...many, addresses: ["10.0.0.1", "10.0.0.2"] })).toBe(true);
		expect(quarantine.take({ ...many, addresses: ["10.0.0.1", "10.0.0.2"] })).toBe(false);
		expect(quarantine.addresses).toEqual(["10.0.0.1", "10.0.0.2"]);
	});
});
