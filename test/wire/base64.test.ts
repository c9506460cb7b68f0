/** Base64 (RFC 4648, 10): its own examples, what is cut, and what is none. */
import { describe, expect, it } from "vitest";
import { base64Of } from "../../src/wire/base64.ts";

const text = (encoded: string): string => Buffer.from(base64Of(encoded)).toString("latin1");

describe("base64", () => {
	it.each([
		["", ""],
		["Zg==", "f"],
		["Zm8=", "fo"],
		["Zm9v", "foo"],
		["Zm9vYg==", "foob"],
		["Zm9vYmE=", "fooba"],
		["Zm9vYmFy", "foobar"],
		["AP/+", "\x00\xff\xfe"],
	])("%j is %j", (encoded, plain) => {
		expect(text(encoded)).toBe(plain);
	});

	it("ends at the first character that is none of it", () => {
		expect(text("Zm9v-YmFy")).toBe("foo");
		expect(text("Zm9v\u0142YmFy")).toBe("foo");
		expect(text("Zm9vY")).toBe("foo");
	});
});
