/** What we say of DNS, DHCP and ARP, message by message against tshark. What differs is explained in a table, or fails. */
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line } from "./captures.ts";
import { compareAllNetwork, compareNetwork, NETWORK_REASONS } from "./networkTshark.ts";
import { reasonsOf, sum } from "./tally.ts";
import { hasTshark } from "./tshark.ts";

const ZEEK = "zeek+zeek/testing/btest/Traces/";

describe.skipIf(!hasCaptures || !hasTshark)("DNS, DHCP and ARP against tshark", () => {
	it("says the same of every capture", { timeout: 180_000 }, async () => {
		const tallies = await compareAllNetwork();
		expect(tallies.flatMap(({ examples }) => examples)).toEqual([]);
		expect(sum(tallies, ({ equal }) => equal)).toBeGreaterThan(10_000);
		expect(
			reasonsOf(tallies)
				.map(([reason]) => reason)
				.sort(),
		).toEqual(NETWORK_REASONS.map(({ reason }) => reason).sort());
	});

	it.each<[string, string, (line: Line) => void]>([
		["an answer", "dns-svcb.pcap", (line) => line.transactionId++],
		[
			"a name",
			"dns/dns-wks.pcap",
			(line) => {
				line.query += "x";
			},
		],
		[
			"a lease",
			"dhcp/dhcp.pcap",
			(line) => {
				line.messageType = "RELEASE";
			},
		],
		[
			"an address",
			"arp-who-has.pcap",
			(line) => {
				line.senderIp = "10.9.9.9";
			},
		],
	])("sees %s that is wrong", async (_, name, alter) => {
		let altered = 0;
		const tally = await compareNetwork(ZEEK + name, (line) => {
			if (altered++ === 0) alter(line);
		});
		expect(tally.unexplained).toBe(1);
	});
});
