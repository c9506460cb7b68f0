import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baseTopic, topicLevel } from "../../src/output/topic.ts";

describe("topicLevel", () => {
	it("leaves ordinary names as they are", () => {
		for (const name of ["plant-1", "02:00:00:00:00:0a", "10.0.0.3", "modbus_restart", "a@b"]) expect(topicLevel(name)).toBe(name);
	});
	it("escapes separators, wildcards, control characters and what is not ASCII", () => {
		expect(topicLevel("a/b+c#d%e\u0000f g\u007f")).toBe("a%2Fb%2Bc%23d%25e%00f%20g%7F");
		expect(topicLevel("$SYS")).toBe("%24SYS");
		expect(topicLevel("Küche\ud800")).toBe("K%C3%BCche%EF%BF%BD");
		expect(topicLevel("")).toBe("%");
	});
	it("is bounded and keeps different texts different", () => {
		const text = fc.oneof(
			fc.string({ maxLength: 150, unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
			fc.string({ maxLength: 300 }).map((tail) => "x".repeat(200) + tail),
		);
		fc.assert(
			fc.property(text, text, (one, other) => {
				expect(topicLevel(one)).toMatch(/^[A-Za-z0-9_.:@%~-]{1,128}$/);
				expect(topicLevel(one) === topicLevel(other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
			}),
		);
	});
	it("makes the base of all topics", () => {
		expect(baseTopic("spanwatch", "site", "box")).toBe("spanwatch/site/box");
	});
});
