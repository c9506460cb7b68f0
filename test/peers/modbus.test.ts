/** What we say of Modbus, against what tshark says of the same captures. What differs is explained in a table, or fails. */
import { describe, expect, it } from "vitest";
import { hasCaptures } from "./captures.ts";
import { compareAllModbus, compareModbus, MODBUS_REASONS } from "./modbusTshark.ts";
import { reasonsOf, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

const EXAMPLE = "cisagov+icsnpp-modbus/testing/traces/modbus_example.pcap";

describe.skipIf(!hasCaptures || !hasTshark)("Modbus against tshark", () => {
	it("says the same of every capture", { timeout: 180_000 }, async () => {
		const tallies = await compareAllModbus();
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(50_000);
		expect(
			reasonsOf(tallies)
				.map(([reason]) => reason)
				.sort(),
		).toEqual(MODBUS_REASONS.map(({ reason }) => reason).sort());
	});

	it.each([
		["a value", { functionCode: 4, kind: "response" }, (line: { values: number[] }) => line.values[0]!++],
		["an address", { functionCode: 16, kind: "request" }, (line: { address: number }) => line.address++],
		["an exception", { kind: "exception" }, (line: { exceptionCode: number }) => line.exceptionCode++],
		["a unit", { functionCode: 43 }, (line: { unitId: number }) => line.unitId++],
	])("sees %s that is wrong", async (_, which, alter) => {
		let altered = 0;
		const tally = await compareModbus(EXAMPLE, (line) => {
			if (altered > 0 || Object.entries(which).some(([key, value]) => line[key] !== value)) return;
			altered++;
			(alter as (line: object) => void)(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
