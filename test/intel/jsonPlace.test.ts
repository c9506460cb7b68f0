/** The line on which a text stops being JSON. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wrongLine } from "../../src/intel/jsonPlace.ts";

describe("the line of the first place that is no JSON", () => {
	it.each([
		["", 1],
		["\n\n", 3],
		["{\n", 2],
		['{\n"a"\n:\n1,\n}', 5],
		['{\n"a" 1\n}', 2],
		["[\n1\n2\n]", 3],
		['[\n"not closed\n]', 2],
		['["\\"",\n"\\\\", x]', 2],
		["[1]\n]", 2],
		["{\n]", 2],
		["[\n}", 2],
		["[1,\n]", 2],
		["{,}", 1],
		["[-1.5e+3, true, false, null, [], {}]\nx", 2],
		["[\ntruth\n]", 2],
	])("of %j is %d", (text, line) => {
		expect(wrongLine(text)).toBe(line);
	});

	it("is where a foreign sign was put, whatever stood there", () => {
		fc.assert(
			fc.property(fc.json({ maxDepth: 4 }), fc.nat(), (json, number) => {
				const lines = JSON.stringify(JSON.parse(json), undefined, "\t").split("\n");
				const line = number % lines.length;
				lines[line] = `\u0001${lines[line]}`;
				expect(wrongLine(lines.join("\n"))).toBe(line + 1);
			}),
			{ numRuns: 200 },
		);
	});

	it("costs one pass, however deep and however long", () => {
		expect(wrongLine("[".repeat(1e6))).toBe(1);
		expect(wrongLine(`["${"a".repeat(1e6)}`)).toBe(1);
		expect(wrongLine(`${"[1,\n".repeat(1e5)}`)).toBe(100_001);
	});
});
