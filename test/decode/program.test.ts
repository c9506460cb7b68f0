/** Programs are known by their headers, wherever they lie in what passes. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { programIn } from "../../src/decode/program.ts";
import { elfImage, windowsProgram } from "../support/programs.ts";
import { random } from "../support/random.ts";

const found = (bytes: Uint8Array) => programIn(bytes, 0, bytes.length);

describe("a program", () => {
	it.each([
		["at the beginning", 0],
		["behind the header of a transfer", 133],
		["at any place", 134],
		["at any place", 135],
		["at any place", 136],
	])("for Windows is found %s", (_, offset) => {
		const bytes = Buffer.concat([Buffer.alloc(offset, "x"), windowsProgram(0x8664)]);
		expect(found(bytes)).toEqual({ format: "PE", machine: "x86-64" });
		expect(found(Buffer.concat([Buffer.alloc(offset), windowsProgram(0x14c, 0x40)]))).toEqual({ format: "PE", machine: "x86" });
	});

	it("for Linux is found in either byte order", () => {
		expect(found(elfImage({ machine: 40 }))).toEqual({ format: "ELF", machine: "ARM" });
		expect(found(Buffer.concat([Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), elfImage({ machine: 20, isBigEndian: true })]))).toEqual({
			format: "ELF",
			machine: "PowerPC",
		});
		expect(found(elfImage({ machine: 999 }))).toEqual({ format: "ELF", machine: "machine 999" });
	});

	it("of this machine is found: the one that runs this", () => {
		const own = readFileSync(process.execPath).subarray(0, 1460);
		expect(found(own)).toMatchObject({ format: "ELF" });
	});

	it("is none where the header is cut, points elsewhere, or is only talked about", () => {
		const windows = windowsProgram(0x8664);
		for (const length of [10, 63, 100, 0x80 + 5]) expect(found(windows.subarray(0, length))).toBeUndefined();
		expect(found(elfImage({ machine: 40 }).subarray(0, 23))).toBeUndefined();
		const pointing = windowsProgram(0x8664);
		pointing.writeUInt32LE(0x88, 60);
		expect(found(pointing)).toBeUndefined();
		expect(found(windowsProgram(0x7777))).toBeUndefined();
		for (const text of [
			"MZ and PE\0\0 are the letters of a program for Windows, and \x7fELF those of one for Linux".padEnd(200),
			"\x7fELF".repeat(400),
			"PE\0\0".repeat(400),
		])
			expect(found(Buffer.from(text, "latin1"))).toBeUndefined();
	});

	it("is looked for in the piece alone, and costs the same whatever it holds", () => {
		const bytes = Buffer.concat([Buffer.alloc(200), windowsProgram(0x8664)]);
		expect(programIn(bytes, 0, 200)).toBeUndefined();
		expect(programIn(bytes, 201, bytes.length)).toBeUndefined();
		expect(programIn(bytes.subarray(100), 100, bytes.length - 100)).toMatchObject({ format: "PE" });
		const next = random(3);
		for (let n = 0; n < 2000; n++) {
			const noise = Buffer.from(Array.from({ length: 80 + Math.floor(next() * 200) }, () => Math.floor(next() * 256)));
			// What looks like the beginning of either, and goes on as it likes.
			noise.set(Buffer.from(n % 2 === 0 ? "\x7fELF" : "PE\0\0", "latin1"), Math.floor(next() * (noise.length - 4)));
			expect(() => found(noise)).not.toThrow();
		}
	});
});
