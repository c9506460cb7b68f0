/** What we say of IEC 60870-5-104, against tshark: every public capture, and the lab's recording. What differs for no known reason fails. */
import { describe, expect, it } from "vitest";
import { capturesOf, hasCaptures } from "./captures.ts";
import { compareAllIec104, compareIec104, RECORDED } from "./iec104Tshark.ts";
import { hasTshark } from "./tshark.ts";

describe.skipIf(!hasTshark)("IEC 60870-5-104 against tshark", () => {
	it.skipIf(!hasCaptures)("says the same of every public capture and of the lab's recording", { timeout: 600_000 }, async () => {
		const tallies = await compareAllIec104();
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(tallies).toHaveLength(capturesOf("IEC 104").length + 1);
		for (const { capture, messages } of tallies) {
			expect(messages.ours, capture).toBe(messages.theirs);
			expect(messages.ours, capture).toBeGreaterThan(0);
		}
	});

	it.skipIf(hasCaptures)("says the same of the lab's recording", { timeout: 120_000 }, async () => {
		expect((await compareIec104(RECORDED)).examples).toEqual([]);
	});

	it.each<[string, (line: { kind: string; objects?: { value?: number }[]; sendSequence?: number; commonAddress?: number }) => boolean]>([
		["a value", (line) => line.objects?.[0]?.value !== undefined && (line.objects[0].value += 1) > 0],
		["a number", (line) => line.sendSequence !== undefined && (line.sendSequence += 1) > 0],
		["a station", (line) => line.kind === "request" && (line.commonAddress! += 1) > 0],
	])("sees %s that is wrong", { timeout: 120_000 }, async (_, alter) => {
		let isDone = false;
		const tally = await compareIec104(RECORDED, (line) => {
			if (!isDone) isDone = alter(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
