/** What we say of HTTP, head by head against tshark: public captures and the lab's recording. What differs is explained by name, or fails. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { capturesOf, hasCaptures, isWhole, someOf } from "./captures.ts";
import { compareHttp, EXPLAINED } from "./httpTshark.ts";
import { hasTshark } from "./tshark.ts";

const RECORDED = fileURLToPath(new URL("../../captures/page-break-in.pcap", import.meta.url));
/** Requests of WinRM, in whose lines a third kind is between. */
const MANAGED = fileURLToPath(new URL("../../captures/remote-command.pcap", import.meta.url));
/** The public list has no word for HTTP: these are the captures whose names have one. */
const PUBLIC = hasCaptures ? someOf(capturesOf("IT/other").filter((name) => /(?:^|\/)http|\/http[/_-]/i.test(name))) : [];

describe.skipIf(!hasTshark)("HTTP against tshark", () => {
	it("says the same of the lab's recordings", { timeout: 60_000 }, async () => {
		const tally = await compareHttp(RECORDED);
		expect(tally.examples).toEqual([]);
		expect(tally.equal).toBeGreaterThan(40);
		const managed = await compareHttp(MANAGED);
		expect(managed.examples).toEqual([]);
		expect(managed.equal).toBe(6);
	});

	it("sees a request and a response that are wrong", { timeout: 60_000 }, async () => {
		const isAltered = new Set<string>();
		const tally = await compareHttp(RECORDED, (line) => {
			if (isAltered.has(line.kind)) return;
			isAltered.add(line.kind);
			if (line.kind === "request") line.uri += "x";
			else line.statusCode++;
		});
		expect(tally.unexplained).toBe(2);
	});

	it.skipIf(!hasCaptures)("says the same of the public captures", { timeout: 300_000 }, async () => {
		const tallies = [];
		for (const name of PUBLIC) tallies.push(await compareHttp(name));
		console.info(
			`HTTP: ${PUBLIC.length} captures, frames equal ${tallies.reduce((sum, { equal }) => sum + equal, 0)}, explained ${tallies.reduce((sum, { different }) => sum + different, 0)}`,
		);
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(tallies.reduce((sum, { equal }) => sum + equal, 0)).toBeGreaterThan(isWhole ? 250 : 20);
		const reasons = new Set(tallies.flatMap(({ explained }) => [...explained.keys()]));
		if (isWhole) expect([...reasons].sort()).toEqual([...EXPLAINED].sort());
	});
});
