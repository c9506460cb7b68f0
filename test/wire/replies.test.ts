/** Lines of commands and replies (`src/wire/replies.ts`). */
import { describe, expect, it } from "vitest";
import { CommandLines, codeAt, isContinued, lineEnd, lineFeed } from "../../src/wire/replies.ts";

const lines = new CommandLines({ first: [2, 5], second: 5, letters: [3, 4], isCommand: (word) => word === "USER" });
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const reply = (text: string) => lines.replyAt(bytes(text), 0, text.length);
const command = (text: string, isKnownOnly = true) => lines.commandAt(bytes(text), 0, text.length, isKnownOnly);

describe("lines of commands and replies", () => {
	it.each([
		["220 x", 1],
		["559-x", 1],
		["250\r", 1],
		["250\n", 1],
		["22", 0],
		["220", 0],
		["", 0],
		["120 x", -1],
		["620 x", -1],
		["260 x", -1],
		["22a x", -1],
		["2200", -1],
	])("a reply: %j", (text, fit) => {
		expect(reply(text)).toBe(fit);
	});

	it.each([
		["user x", 1],
		["USER\r\n", 1],
		["US", 0],
		["USER", 0],
		["QUIT x", -1],
		["US x", -1],
		["USERS x", -1],
		["US3R x", -1],
	])("a command: %j", (text, fit) => {
		expect(command(text)).toBe(fit);
	});

	it("takes words that are none of its commands where it is told to", () => {
		expect(command("QUIT x", false)).toBe(1);
	});

	it("says who sent a line, its number, and where it ends", () => {
		const said = bytes("220-a\r\nUSER x\n");
		expect([lines.sender(said, 0, 14), lines.sender(said, 7, 14), lines.sender(said, 4, 14)]).toEqual(["server", "client", undefined]);
		expect([codeAt(said, 0), isContinued(said, 0), lineFeed(said, 0, 14), lineEnd(said, 0, 6), lineEnd(said, 7, 13)]).toEqual([
			220,
			true,
			6,
			5,
			13,
		]);
	});

	it("finds the next line, and from where on there are too few bytes to say", () => {
		const garbage = bytes("99220 x 220 ok");
		expect(lines.seek(garbage, 0, 14, true)).toBe(8);
		expect(lines.seek(bytes("xxUSER x, USER y"), 0, 16, false)).toBe(10);
		expect(lines.seek(bytes("x 22"), 0, 4, true)).toBe(-1 - 2);
		expect(lines.seek(bytes("...."), 0, 4, false)).toBe(-1 - 4);
	});
});
