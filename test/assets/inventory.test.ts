import { describe, expect, it } from "vitest";
import type { Asset } from "../../src/assets/asset.ts";
import { Inventory, isDeviceIp, MAX_ASSETS } from "../../src/assets/inventory.ts";
import { cleanText, MAX_TEXT } from "../../src/assets/text.ts";
import { vendorOf } from "../../src/assets/vendor.ts";

const A = "00:10:20:00:00:0a";
const B = "00:10:20:00:00:0b";
const ROUTER = "00:10:20:00:00:01";
const SECOND = 1e6;

function inventory(): { inventory: Inventory; met: Asset[] } {
	const met: Asset[] = [];
	const made = new Inventory((mac) => (mac === A ? "Maker" : undefined));
	made.onNew = (asset) => met.push(structuredClone(asset));
	return { inventory: made, met };
}

describe("an asset", () => {
	it("comes from a conversation, with MAC and vendor while a single address is behind it", () => {
		const { inventory: it, met } = inventory();
		it.spoke("10.0.0.5", A, 7, SECOND);
		expect(met).toEqual([
			{
				id: "10.0.0.5",
				ips: ["10.0.0.5"],
				macs: [A],
				vendor: "Maker",
				names: [],
				roles: [],
				isControl: false,
				services: [],
				vlans: [7],
				addressGrounds: ["10.0.0.5", A].map((value) => ({ value, evidence: "traffic", seen: { time: 1 } })),
				firstSeen: 1,
				lastSeen: 1,
			},
		]);
		it.spoke("10.0.0.5", A, 7, 9 * SECOND);
		expect(met).toHaveLength(1);
		expect(it.all()[0]!.lastSeen).toBe(9);
	});

	it("is named by its MAC address where it claimed an address", () => {
		const { inventory: it, met } = inventory();
		it.claim({ ip: "10.0.0.5", mac: A, evidence: "ARP reply" }, -1, SECOND);
		it.spoke("10.0.0.5", A, -1, 2 * SECOND);
		expect(met).toHaveLength(1);
		expect(it.all()).toHaveLength(1);
		expect(it.all()[0]).toMatchObject({ id: A, ips: ["10.0.0.5"], macs: [A] });
	});

	it("keeps its id when a claim follows the traffic", () => {
		const { inventory: it } = inventory();
		it.spoke("10.0.0.5", A, -1, SECOND);
		it.claim({ ip: "10.0.0.5", mac: A, evidence: "ARP reply" }, -1, 2 * SECOND);
		expect(it.all()).toHaveLength(1);
		expect(it.all()[0]).toMatchObject({ id: "10.0.0.5", macs: [A] });
	});

	it("behind a router has no MAC address; the router is called one", () => {
		const { inventory: it } = inventory();
		it.claim({ ip: "10.0.0.1", mac: ROUTER, evidence: "ARP reply" }, -1, SECOND);
		for (const ip of ["8.8.8.8", "9.9.9.9", "172.16.0.4", "172.16.0.5"]) it.spoke(ip, ROUTER, -1, SECOND);
		expect(it.byIp("172.16.0.5")!.macs).toEqual([]);
		expect(it.byIp("8.8.8.8")!.macs).toEqual([]);
		expect(it.byIp("10.0.0.1")).toMatchObject({ macs: [ROUTER], roles: ["router"] });
		expect(it.isRouter(ROUTER)).toBe(true);
	});

	it("loses a MAC address that turns out to be a router's", () => {
		const { inventory: it } = inventory();
		it.spoke("172.16.0.4", A, -1, SECOND);
		expect(it.byIp("172.16.0.4")!.vendor).toBe("Maker");
		it.spoke("172.16.0.5", A, -1, SECOND);
		expect(it.byIp("172.16.0.4")!.macs).toEqual([]);
		expect(it.byIp("172.16.0.4")!.vendor).toBeUndefined();
	});

	it("with one card and several IPv6 addresses is no router", () => {
		const { inventory: it } = inventory();
		it.spoke("fe80::1", A, -1, SECOND);
		for (let at = 0; at < 20; at++) it.spoke(`2001:db8::${at + 1}`, A, -1, SECOND);
		expect(it.isRouter(A)).toBe(false);
		expect(it.byIp("fe80::1")!.macs).toEqual([A]);
	});

	it("takes name, model and role from claims, made harmless and bounded", () => {
		const { inventory: it } = inventory();
		it.claim(
			{
				ip: "10.0.0.5",
				mac: A,
				hostName: "plc\u0000\u202e1\r\n",
				model: "M".repeat(1000),
				role: "DHCP server",
				evidence: "DHCP host name",
			},
			-1,
			SECOND,
		);
		const [asset] = it.all();
		expect(asset!.name).toBe("plc 1");
		expect(asset!.model).toHaveLength(MAX_TEXT);
		expect(asset!.roles).toEqual(["DHCP server"]);
		for (let at = 0; at < 100; at++) it.claim({ mac: A, hostName: `name-${at}`, evidence: "x" }, -1, SECOND);
		expect(asset!.names).toHaveLength(8);
		expect(asset!.name).toBe("plc 1");
	});

	it("is said by what only stands in until somebody says more, whichever came first", () => {
		const presumed = { ip: "10.0.0.5", application: "Maker stack", presumed: true, evidence: "certificate" };
		const said = { ip: "10.0.0.5", application: "Line 1 HMI", evidence: "session" };
		for (const claims of [
			[presumed, said],
			[said, presumed],
			[presumed, said, presumed],
		]) {
			const { inventory: it } = inventory();
			it.spoke("10.0.0.5", A, -1, SECOND);
			it.claim(presumed, -1, SECOND);
			expect(it.all()[0]!.application).toBe("Maker stack");
			for (const claim of claims) it.claim(claim, -1, SECOND);
			expect(it.all()[0]!.application).toBe("Line 1 HMI");
		}
	});

	it("is not made of a name alone, of group addresses, or of 0.0.0.0", () => {
		const { inventory: it } = inventory();
		it.claim({ ip: "10.0.0.9", hostName: "ghost", evidence: "DNS answer" }, -1, SECOND);
		it.spoke("224.0.0.251", "01:00:5e:00:00:fb", -1, SECOND);
		it.spoke("0.0.0.0", undefined, -1, SECOND);
		it.claim({ mac: "ff:ff:ff:ff:ff:ff", evidence: "x" }, -1, SECOND);
		expect(it.all()).toEqual([]);
		expect(isDeviceIp("255.255.255.255")).toBe(false);
	});

	it("is made of claims only up to half the bound, so that a forger leaves room", () => {
		const { inventory: it } = inventory();
		const mac = (n: number) =>
			`00:10:${[n >>> 16, (n >>> 8) & 255, n & 255].map((byte) => byte.toString(16).padStart(2, "0")).join(":")}:00`;
		for (let n = 0; n < MAX_ASSETS; n++) it.claim({ mac: mac(n), evidence: "x" }, -1, SECOND);
		expect(it.size).toBe(MAX_ASSETS / 2);
		expect(it.counters["assets-bound"]).toBeGreaterThan(0);
		it.spoke("10.9.9.9", undefined, -1, SECOND);
		expect(it.byIp("10.9.9.9")).toBeDefined();
	});

	it("says once that it changed", () => {
		const { inventory: it } = inventory();
		it.spoke("10.0.0.5", A, -1, SECOND);
		expect(it.changed().map(({ id }) => id)).toEqual(["10.0.0.5"]);
		it.spoke("10.0.0.5", A, -1, 2 * SECOND);
		expect(it.changed()).toEqual([]);
	});
});

describe("an address", () => {
	const claimed = () => {
		const { inventory: it } = inventory();
		it.claim({ ip: "10.0.0.5", mac: A, evidence: "ARP reply" }, -1, SECOND);
		it.claim({ ip: "10.0.0.66", mac: B, evidence: "ARP reply" }, -1, SECOND);
		return it;
	};

	it("claimed by another device is taken over, and stays the old one's", () => {
		const it = claimed();
		const takeover = it.claim({ ip: "10.0.0.5", mac: B, evidence: "ARP reply" }, -1, 11 * SECOND);
		expect(takeover).toEqual({
			ip: "10.0.0.5",
			oldMac: A,
			newMac: B,
			oldSilence: 10 * SECOND,
			others: ["10.0.0.66"],
			isVirtual: false,
			isAssigned: false,
			isByTraffic: false,
			isKnown: false,
			evidence: "ARP reply",
		});
		expect(it.byIp("10.0.0.5")!.id).toBe(A);
		expect(it.claim({ ip: "10.0.0.5", mac: A, evidence: "ARP reply" }, -1, 12 * SECOND)).toBeUndefined();
		expect(it.claim({ ip: "10.0.0.5", mac: B, evidence: "ARP reply" }, -1, 13 * SECOND)).toMatchObject({ oldSilence: SECOND });
	});

	it("is taken over once for all when its holder stays silent, and again when he speaks", () => {
		let it = claimed();
		const take = (evidence: string, second: number) => it.claim({ ip: "10.0.0.5", mac: B, evidence }, -1, second * SECOND);
		expect(it.spoke("10.0.0.5", B, -1, 10 * SECOND)).toMatchObject({ isKnown: false });
		expect(take("ARP request", 11)).toMatchObject({ isKnown: false }); // a claim is more than traffic
		expect(take("ARP request", 3000)).toMatchObject({ isKnown: false }); // it goes on
		expect(take("ARP request", 4000)).toMatchObject({ isKnown: true });
		const saved = [...it.save()];
		it = inventory().inventory;
		for (const [, asset] of saved) it.restore(asset);
		expect(it.spoke("10.0.0.5", B, -1, 5000 * SECOND)).toMatchObject({ isKnown: true });
		expect(it.byIp("10.0.0.5")!.id).toBe(A);
		it.spoke("10.0.0.5", A, -1, 5001 * SECOND);
		expect(take("ARP request", 5002)).toMatchObject({ isKnown: false });
		expect(it.claim({ ip: "10.0.0.5", mac: ROUTER, evidence: "ARP reply" }, -1, 5003 * SECOND)).toMatchObject({ isKnown: false });
	});

	it("whose traffic comes from another device of the link is taken over", () => {
		expect(claimed().spoke("10.0.0.5", B, -1, 3 * SECOND)).toMatchObject({ isByTraffic: true, oldMac: A, newMac: B });
	});

	it("on another VLAN is another address", () => {
		expect(claimed().spoke("10.0.0.5", B, 12, 3 * SECOND)).toBeUndefined();
	});

	it("whose traffic comes through a router is not taken over", () => {
		const it = claimed();
		it.claim({ ip: "10.0.0.1", mac: ROUTER, evidence: "ARP reply" }, -1, SECOND);
		for (const ip of ["8.8.8.8", "9.9.9.9", "172.16.0.4", "172.16.0.5"]) it.spoke(ip, ROUTER, -1, SECOND);
		expect(it.spoke("10.0.0.5", ROUTER, -1, 3 * SECOND)).toBeUndefined();
		expect(it.spoke("10.0.0.5", "00:10:20:00:00:0c", -1, 3 * SECOND)).toBeUndefined(); // a card that never spoke for itself
	});

	it("given to another device by an address server is its own then", () => {
		const it = claimed();
		expect(it.claim({ ip: "10.0.0.5", mac: B, evidence: "lease", assigned: true }, -1, 9 * SECOND)).toMatchObject({ isAssigned: true });
		expect(it.claim({ ip: "10.0.0.5", mac: B, evidence: "ARP reply" }, -1, 10 * SECOND)).toBeUndefined();
		expect(it.byIp("10.0.0.5")!.id).toBe(B);
	});

	it("of a redundancy protocol moves without being taken over for long", () => {
		const { inventory: it } = inventory();
		it.claim({ ip: "10.0.0.254", mac: "00:00:5e:00:01:0a", evidence: "ARP announcement" }, -1, SECOND);
		expect(it.claim({ ip: "10.0.0.254", mac: A, evidence: "ARP reply" }, -1, 2 * SECOND)).toMatchObject({ isVirtual: true });
		expect(it.claim({ ip: "10.0.0.254", mac: A, evidence: "ARP reply" }, -1, 3 * SECOND)).toBeUndefined();
	});
});

describe("saved assets", () => {
	it("come back with addresses, holders and routers", () => {
		const { inventory: one } = inventory();
		one.claim({ ip: "10.0.0.5", mac: A, hostName: "plc", evidence: "ARP reply" }, -1, SECOND);
		one.claim({ ip: "10.0.0.1", mac: ROUTER, evidence: "ARP reply" }, -1, SECOND);
		for (const ip of ["8.8.8.8", "9.9.9.9", "172.16.0.4", "172.16.0.5"]) one.spoke(ip, ROUTER, -1, SECOND);
		const records = JSON.parse(JSON.stringify([...one.save()])) as [string, unknown][];
		expect([...one.save()]).toEqual([]);
		const { inventory: two, met } = inventory();
		for (const [, record] of records) expect(two.restore(record)).toBe(true);
		expect(two.all()).toEqual(one.all());
		expect(two.isRouter(ROUTER)).toBe(true);
		expect(two.claim({ ip: "10.0.0.5", mac: B, evidence: "ARP reply" }, -1, 2 * SECOND)).toMatchObject({ oldMac: A });
		expect(met.map(({ id }) => id)).toEqual([B]);
	});

	it("that are damaged are refused", () => {
		const { inventory: it } = inventory();
		for (const record of [null, 7, {}, { asset: {} }, { asset: { id: "x", ips: [1] }, sightings: 1 }])
			expect(it.restore(record)).toBe(false);
		expect(it.size).toBe(0);
	});
});

describe("text from the wire", () => {
	it("is one bounded line without hidden characters", () => {
		expect(cleanText("a\u0007b\u2066c\n")).toBe("a b c");
		expect(cleanText("\u0000\u200b")).toBeUndefined();
		expect(cleanText("x\ud800y")).toBe("x\ufffdy");
		expect(cleanText("z".repeat(10_000))).toHaveLength(MAX_TEXT);
	});
});

describe("the vendor of a MAC address", () => {
	it("is that of its block, and none for addresses made by software", () => {
		expect(vendorOf("00:00:0c:01:02:03")).toBe("Cisco Systems, Inc");
		expect(vendorOf("02:00:0c:01:02:03")).toBeUndefined();
		expect(vendorOf("ff:ff:ff:ff:ff:ff")).toBeUndefined();
	});
});
