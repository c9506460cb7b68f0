/** Which zone and which level a device is of, and what says so. */
import { describe, expect, it } from "vitest";
import { Inventory } from "../../src/assets/inventory.ts";
import type { Placed } from "../../src/assets/placement.ts";
import { guessCriticality, guessLevel } from "../../src/assets/purdue.ts";
import { ZoneMap } from "../../src/assets/zones.ts";
import type { Zone, ZoneSettings } from "../../src/config/zones.ts";
import { macOf } from "../detect/plantBed.ts";

const TIME = 1_700_000_000e6;

function plant(settings?: ZoneSettings, said = new Map<string, Zone>()) {
	const inventory = new Inventory(() => undefined);
	const zones = new ZoneMap(settings, inventory, ({ ips }): Placed<Zone> | undefined => {
		const zone = said.get(ips[0] ?? "");
		return zone && { is: zone, by: "person", evidence: "a person said so" };
	});
	const host = (ip: string, { vlan = -1, mac = macOf(ip) as string | undefined, claims = false, isControl = false } = {}) => {
		if (claims) inventory.claim({ ip, mac: mac!, evidence: "ARP" }, vlan, TIME);
		inventory.spoke(ip, mac, vlan, TIME);
		if (isControl) inventory.serves(ip, mac, "toy", true);
	};
	return { inventory, zones, host, of: (ip: string) => zones.ofIp(ip)?.is };
}

describe("zones that nobody told", () => {
	it("are OT where a controller speaks, the Internet where the address is public, and else unknown", () => {
		const { host, of, zones } = plant();
		host("10.20.0.11", { isControl: true });
		host("10.20.0.30");
		host("10.30.0.50");
		expect(zones.ofIp("10.20.0.30")).toMatchObject({ is: "OT", by: "guess" });
		expect(zones.ofIp("10.20.0.30")?.evidence).toContain("10.20.0.11");
		expect(zones.ofIp("203.0.113.80")).toMatchObject({ is: "internet", by: "guess" });
		expect(of("2001:db8::80")).toBe("internet");
		for (const ip of [
			"10.30.0.50",
			"192.168.1.1",
			"169.254.3.3",
			"fd00::5",
			"fe80::5",
			"239.1.2.3",
			"ff02::1",
			"255.255.255.255",
			"127.0.0.1",
			"0.0.0.0",
		])
			expect(of(ip), ip).toBeUndefined();
	});

	it("a plant with public addresses is no Internet, and a controller on the Internet makes no OT", () => {
		const { host, of, zones } = plant();
		host("198.51.100.5", { isControl: true, mac: undefined });
		expect(of("198.51.100.9")).toBe("internet");
		host("203.0.113.10", { claims: true });
		expect(of("203.0.113.10")).toBeUndefined();
		expect(of("203.0.113.77")).toBe("internet");
		host("192.0.2.11", { isControl: true });
		zones.talked("192.0.2.30", "192.0.2.11");
		expect(of("192.0.2.30")).toBe("OT");
	});

	it("what was found out survives a restart", () => {
		const { zones } = plant();
		zones.talked("192.0.2.30", "192.0.2.11");
		const saved = structuredClone(zones.save());
		expect(zones.save()).toBeUndefined();
		const after = plant();
		expect(after.zones.restore(saved)).toBe(true);
		expect(after.of("192.0.2.30")).toBeUndefined();
		expect(after.zones.restore([1])).toBe(false);
	});
});

describe("zones that are told", () => {
	const settings: ZoneSettings = {
		zones: [
			{ zone: "IT", networks: ["10.0.0.0/8"], interfaces: ["eth7"] },
			{ zone: "OT", networks: ["10.20.0.0/16"], vlans: [20] },
			{ zone: "DMZ", networks: ["10.20.9.0/24"] },
			{ zone: "internet", networks: ["192.168.77.0/24"] },
		],
		conduits: [{ from: "10.30.0.5", to: "OT", services: ["tcp/502"] }],
	};

	it("the most specific wins, and the configuration over every guess", () => {
		const { host, of } = plant(settings);
		host("10.30.0.11", { isControl: true });
		expect(["10.1.1.1", "10.30.0.12", "10.20.3.3", "10.20.9.9", "192.168.77.1"].map(of)).toEqual(["IT", "IT", "OT", "DMZ", "internet"]);
	});

	it("VLAN and interface are those of a device with a card of its own, and of no one behind a router", () => {
		const { host, of, inventory } = plant(settings);
		host("172.16.0.5", { vlan: 20, claims: true });
		expect(of("172.16.0.5")).toBe("OT");
		for (const ip of ["172.16.1.1", "172.16.1.2", "172.16.1.3", "172.16.1.4"]) host(ip, { vlan: 20, mac: "00:00:0c:00:00:01" });
		expect(of("172.16.1.3")).toBeUndefined();
		host("172.16.0.6", { claims: true });
		inventory.heardOn("172.16.0.6", undefined, "eth7");
		expect(of("172.16.0.6")).toBe("IT");
	});

	it("a person's word comes before all", () => {
		const { host, zones } = plant(settings, new Map([["10.20.3.3", "DMZ"]]));
		host("10.20.3.3");
		expect(zones.ofIp("10.20.3.3")).toMatchObject({ is: "DMZ", by: "person" });
	});

	it("a conduit is for its ends, its direction and its service", () => {
		const { zones } = plant(settings);
		const isConduit = (from: string, to: string, key: string) =>
			zones.isConduit(from, zones.ofIp(from)?.is, to, zones.ofIp(to)?.is, [key, undefined]);
		expect(isConduit("10.30.0.5", "10.20.0.11", "tcp/502")).toBe(true);
		expect(isConduit("10.30.0.5", "10.20.0.11", "tcp/80")).toBe(false);
		expect(isConduit("10.30.0.6", "10.20.0.11", "tcp/502")).toBe(false);
		expect(isConduit("10.20.0.11", "10.30.0.5", "tcp/502")).toBe(false);
	});
});

describe("the Purdue level", () => {
	const station = { isControl: false, services: [] };
	const plc = { isControl: true, services: ["toy"] };
	const work = (servers: number, reads: number, writes = 0, programs = 0) => ({ servers, reads, writes, programs });
	const zone = (is: Zone) => ({ is, by: "configuration" as const, evidence: "" });
	it.each([
		["answers as a controller", plc, undefined, undefined, "1"],
		["answers and polls", plc, undefined, work(2, 500), "2"],
		["polls and writes", station, zone("OT"), work(1, 500, 4), "2"],
		["programs", station, undefined, work(1, 500, 4, 1), "3"],
		["reads from several", station, undefined, work(3, 500), "3"],
		["reads from one", station, undefined, work(1, 500), "2"],
		["is in the DMZ", station, zone("DMZ"), work(3, 500), "3.5"],
		["is in IT", station, zone("IT"), undefined, "4"],
		["is far away", station, zone("internet"), work(1, 5), undefined],
		["was not seen to do any of it", station, zone("OT"), undefined, undefined],
	] as const)("of who %s", (_, asset, where, did, level) => {
		const guess = guessLevel({ ...asset, services: [...asset.services] }, where, did);
		expect(guess?.is).toBe(level);
		if (guess !== undefined) expect(guess).toMatchObject({ by: "guess", evidence: expect.stringMatching(/^it /) });
	});

	it("is less sure where little was seen", () => {
		const sure = (reads: number) => guessLevel({ isControl: false, services: [] }, undefined, work(1, reads, 1))!.confidence!;
		expect(sure(3)).toBeLessThan(sure(500));
	});

	it("what a device says of itself may make it a safety controller, and never a meter", () => {
		expect(guessCriticality({ vendor: "Triconex" })?.is).toBe("safety");
		expect(guessCriticality({ model: "HIMax X-CPU 01" })?.is).toBe("safety");
		expect(guessCriticality({ model: "energy meter" })).toBeUndefined();
	});
});
