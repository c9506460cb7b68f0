/** What we say of OPC UA, field by field against tshark's trees of the same captures. */
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line } from "./captures.ts";
import { compareAllOpcua, compareOpcua, ENCRYPTED } from "./opcuaTshark.ts";
import { reasonsOf, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

const EXAMPLE = "cisagov+icsnpp-opcua-binary/tests/traces/open62541_client-server_mainloop.pcap";

describe.skipIf(!hasCaptures || !hasTshark)("OPC UA against tshark", () => {
	it("says the same of every capture", { timeout: 180_000 }, async () => {
		const tallies = await compareAllOpcua();
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(1000);
		expect(reasonsOf(tallies).map(([reason]) => reason)).toEqual([ENCRYPTED]);
	});

	it.each<[string, string, (line: Line) => void]>([
		[
			"a node id",
			"Read request",
			(line) => {
				line.parameters.nodesToRead[0].nodeId = "ns=1;i=1";
			},
		],
		[
			"an attribute",
			"Read request",
			(line) => {
				line.parameters.nodesToRead[0].attributeId++;
			},
		],
		[
			"a value",
			"Read response",
			(line) => {
				line.parameters.results[0].value = "no";
			},
		],
		[
			"a status",
			"Write response",
			(line) => {
				line.parameters.results[0].code = 0x80000000;
			},
		],
		[
			"a field that is not there",
			"Browse request",
			(line) => {
				line.parameters.more = 1;
			},
		],
		[
			"a field left out",
			"Browse request",
			(line) => {
				delete line.parameters.requestedMaxReferencesPerNode;
			},
		],
	])("sees %s that is wrong", async (_, which, alter) => {
		let altered = 0;
		const tally = await compareOpcua(EXAMPLE, (line) => {
			if (altered > 0 || `${line.service} ${line.kind}` !== which) return;
			altered++;
			alter(line);
		});
		expect(altered).toBe(1);
		expect(tally.unexplained).toBe(1);
	});
});
