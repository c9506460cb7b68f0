/** Networks and zones as people write them. */
import { describe, expect, it } from "vitest";
import { contains, ipBytes, readNetwork } from "../../src/config/network.ts";
import { readZones, type ZoneEntry } from "../../src/config/zones.ts";

const network = (text: string) => {
	const read = readNetwork(text);
	if ("problem" in read) throw new Error(read.problem);
	return read;
};

describe("a network", () => {
	it.each([
		["10.20.0.0/16", "10.20.255.1", "10.21.0.1"],
		["10.20.0.128/25", "10.20.0.200", "10.20.0.127"],
		["0.0.0.0/0", "203.0.113.9", "fd00::1"],
		["10.20.0.7", "10.20.0.7", "10.20.0.8"],
		["fd00:20::/32", "fd00:20:1::5", "fd00:21::5"],
		["2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"],
		["::1", "::1", "::2"],
	])("%s holds %s and not %s", (text, inside, outside) => {
		expect(contains(network(text), ipBytes(inside)!)).toBe(true);
		expect(contains(network(text), ipBytes(outside)!)).toBe(false);
	});

	it.each([
		["10.20.0.5/24", "the network is 10.20.0.0/24, the one host 10.20.0.5"],
		["fd00::5/64", "bits set behind its length"],
		["10.20.0.0/33", "from 0 to 32"],
		["10.20.0.0/", "from 0 to 32"],
		["10.20.0", "is no network"],
		["plant", "is no network"],
		["fe80::1%eth0", "is no network"],
	])("%s is refused in words", (text, words) => {
		const read = readNetwork(text);
		expect("problem" in read ? read.problem : "").toContain(words);
	});
});

describe("zones", () => {
	const problem = (zones: ZoneEntry[], conduits: { from: string; to: string }[] = []) => {
		const read = readZones({ zones, conduits });
		return "problem" in read ? read.problem : undefined;
	};

	it("overlapping is allowed, and the longest comes first", () => {
		const plan = readZones({
			zones: [
				{ zone: "IT", networks: ["10.0.0.0/8"] },
				{ zone: "OT", networks: ["10.20.0.0/16"], vlans: [20] },
				{ zone: "DMZ", networks: ["10.20.9.0/24"], interfaces: ["eth2"] },
			],
			conduits: [{ from: "DMZ", to: "10.20.0.14", services: ["tcp/502"] }],
		});
		if ("problem" in plan) throw new Error(plan.problem);
		expect(plan.networks.map(({ zone }) => zone)).toEqual(["DMZ", "OT", "IT"]);
	});

	it.each([
		[[{ zone: "OT" }], "zones.0 says nothing of what is OT"],
		[[{ zone: "OT", networks: ["10.0.0.1/8"] }], "zones.0: 10.0.0.1/8 has bits set"],
		[
			[
				{ zone: "OT", networks: ["10.0.0.0/8"] },
				{ zone: "IT", networks: ["10.0.0.0/8"] },
			],
			"is IT here and OT in zones.0",
		],
		[
			[
				{ zone: "OT", vlans: [7] },
				{ zone: "IT", vlans: [7] },
			],
			"the VLAN 7 is IT here and OT further up",
		],
	] as [ZoneEntry[], string][])("a contradiction is said: %j", (zones, words) => {
		expect(problem(zones)).toContain(words);
	});

	it("a conduit's end is a zone or a network", () => {
		expect(problem([], [{ from: "OTT", to: "IT" }])).toContain("conduits.0.from: OTT is no network");
		expect(problem([], [{ from: "OT", to: "10.0.0.1/8" }])).toContain("conduits.0.to: 10.0.0.1/8 has bits set");
	});
});
