/** What we say of FINS, against tshark: every public capture, and the lab's recording. What differs for no known reason fails. */
import { describe, expect, it } from "vitest";
import { hasCaptures } from "./captures.ts";
import { compareFins, PUBLIC, RECORDED } from "./finsTshark.ts";
import { hasTshark } from "./tshark.ts";

describe.skipIf(!hasTshark)("FINS against tshark", () => {
	it.each([...(hasCaptures ? PUBLIC : []), RECORDED])("says the same of %s", { timeout: 120_000 }, async (capture) => {
		const tally = await compareFins(capture);
		expect(tally.examples).toEqual([]);
		expect(tally.messages.ours).toBe(tally.messages.theirs);
		expect(tally.messages.ours).toBeGreaterThan(0);
	});

	it.each<[string, (line: { sid?: number; commandCode?: string; kind: string; endCode?: string }) => boolean]>([
		["a service number", (line) => line.sid !== undefined && (line.sid += 1) > 0],
		["an end code", (line) => line.endCode !== undefined && (line.endCode = "01 01").length > 0],
		["a command", (line) => line.commandCode !== undefined && (line.commandCode = "01 05").length > 0],
	])("sees %s that is wrong", { timeout: 120_000 }, async (_, alter) => {
		let isDone = false;
		const tally = await compareFins(RECORDED, (line) => {
			if (!isDone) isDone = alter(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
