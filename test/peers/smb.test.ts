/** What we say of SMB, against tshark: public captures, and the lab's recordings. What differs for no known reason fails. */
import { describe, expect, it } from "vitest";
import { hasCaptures, isWhole, someOf } from "./captures.ts";
import { CAPTURES, compareSmb, RECORDED } from "./smbTshark.ts";
import { inPairs, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

describe.skipIf(!hasTshark)("SMB against tshark", () => {
	it.skipIf(!hasCaptures)("says the same of every public capture", { timeout: 900_000 }, async () => {
		const tallies = await inPairs(someOf(CAPTURES), (capture) => compareSmb(capture));
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(isWhole ? 1000 : 100);
	});

	it.each(RECORDED)("says the same of the lab's recording %s", { timeout: 120_000 }, async (file) => {
		const tally = await compareSmb(file);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(20);
	});

	it.each<[string, (line: { kind: string; command?: string; status?: string; reads?: number; user?: string }) => boolean]>([
		[
			"a status",
			(line) =>
				line.kind === "exchange" && line.command === "CREATE" && Object.assign(line, { status: "STATUS_ACCESS_DENIED" }).kind !== "",
		],
		["a command", (line) => line.command === "TREE_CONNECT" && Object.assign(line, { command: "LOGOFF" }).kind !== ""],
		["an amount", (line) => line.reads !== undefined && (line.reads += 1) > 0],
	])("sees %s that is wrong", { timeout: 120_000 }, async (_, alter) => {
		let isDone = false;
		const tally = await compareSmb(RECORDED[0]!, (line) => {
			if (!isDone) isDone = alter(line);
		});
		expect(tally.unexplained).toBeGreaterThan(0);
	});
});
