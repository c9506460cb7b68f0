import { describe, expect, it } from "vitest";
import { hexOf, paddedOf, utf8Of, visible } from "../../src/wire/text.ts";
import { hex } from "../support/decoderHarness.ts";

describe("text from the wire", () => {
	it("is UTF-8; what is none becomes U+FFFD", () => {
		const bytes = hex("aa 50756d70 c3a4 ff bb");
		expect(utf8Of(bytes, 1, 8)).toBe("Pumpä\ufffd");
	});

	it("hides and reorders nothing: controls, direction marks, zero-width characters, a byte order mark, separators", () => {
		for (const code of [0, 9, 10, 0x1b, 0x7f, 0x85, 0xad, 0x61c, 0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x2069, 0xfeff, 0xfff9])
			expect([code, visible(`a${String.fromCharCode(code)}b`)]).toEqual([code, "a\ufffdb"]);
		expect(visible("Füllstand 漢字 ±5 %")).toBe("Füllstand 漢字 ±5 %");
		expect(utf8Of(hex("efbbbf 61"), 0, 4)).toBe("\ufffda");
	});

	it("may be filled up with zeros, which are no text; zeros inside are seen", () => {
		expect(paddedOf(hex("61 00 62 00 00"), 0, 5)).toBe("a\ufffdb");
		expect(paddedOf(hex("00 00"), 0, 2)).toBe("");
	});

	it("is shown as two digits a byte where it is none", () => {
		expect(hexOf(hex("00 0f a0 ff 11"), 0, 4)).toBe("000fa0ff");
		expect(hexOf(hex("00"), 0, 0)).toBe("");
	});
});
