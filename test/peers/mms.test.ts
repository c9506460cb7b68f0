/** What we say of MMS, frame by frame against tshark: every public capture, and the lab's recordings. What differs for no known reason fails. */
import { describe, expect, it } from "vitest";
import { comparedOf, hasCaptures, isWhole } from "./captures.ts";
import { compareMms, RECORDED } from "./mmsTshark.ts";
import { inPairs, reasonsOf, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

describe.skipIf(!hasTshark)("MMS against tshark", () => {
	it("says the same of the lab's recording, and sees one altered value", { timeout: 120_000 }, async () => {
		const tally = await compareMms(RECORDED);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(60);
		let altered = 0;
		const other = await compareMms(RECORDED, (line) => {
			if (line.service === "read" && line.kind === "response" && altered++ === 0) line.listOfAccessResult.push(77);
		});
		expect(other.unexplained).toBe(1);
	});

	it.skipIf(!hasCaptures)("says the same of public captures, but for reasons that are declared", { timeout: 900_000 }, async () => {
		const tallies = await inPairs(comparedOf("MMS"), (capture) => compareMms(capture));
		console.log(
			`MMS, tshark: ${tallies.length} captures, ${sum(tallies, ({ compared }) => compared)} frames, ${sum(tallies, ({ equal }) => equal)} equal, ` +
				`${sum(tallies, ({ different }) => different)} differ: ${reasonsOf(tallies)
					.map(([reason, rows]) => `${reason} (${rows})`)
					.join("; ")}`,
		);
		expect(tallies.flatMap(({ examples }) => examples).slice(0, 40)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(isWhole ? 1000 : 100);
	});
});
