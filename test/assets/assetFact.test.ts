import { describe, expect, it } from "vitest";
import type { Asset } from "../../src/assets/asset.ts";
import { assetDocument, assetTable } from "../../src/assets/assetDocument.ts";
import { assetFacts } from "../../src/assets/assetFact.ts";
import { Inventory } from "../../src/assets/inventory.ts";
import { readCell, readTable } from "../../src/config/table.ts";

const MAC = "00:10:20:00:00:0a";
const IP = "10.0.0.5";
const SECOND = 1e6;
const modbus = (frame: number) => ({ protocol: "modbus", frame });
const SAYS = { evidence: "Modbus device identification" };

function heard(tell: (inventory: Inventory) => void): Asset {
	const inventory = new Inventory(() => "Card Makers Ltd");
	inventory.claim({ ip: IP, mac: MAC, evidence: "ARP reply" }, -1, SECOND, { protocol: "arp", frame: 1 });
	inventory.spoke(IP, MAC, -1, SECOND);
	tell(inventory);
	return inventory.byIp(IP)!;
}
const factsOf = (asset: Asset, field: string) => assetFacts(asset).filter((fact) => fact.field === field);

describe("what is known of an asset", () => {
	it("has what said it, where, when, and how sure that is", () => {
		const asset = heard((it) =>
			it.describe(IP, { ...SAYS, vendor: "Maker", model: "CP-1", serialNumber: "S 77", unit: 3 }, 2 * SECOND, modbus(12)),
		);
		expect(factsOf(asset, "model")).toEqual([
			{
				field: "model",
				value: "CP-1",
				unit: 3,
				evidence: "Modbus device identification",
				protocol: "modbus",
				frame: 12,
				time: 2,
				confidence: 0.9,
			},
		]);
		expect(factsOf(asset, "serialNumber")).toMatchObject([{ value: "S 77", frame: 12 }]);
		expect(factsOf(asset, "vendor")).toMatchObject([
			{ value: "Maker", unit: 3, confidence: 0.9 },
			{ value: "Card Makers Ltd", evidence: `maker of the network card ${MAC}`, confidence: 0.6 },
		]);
		expect(factsOf(asset, "address")).toEqual([
			{ field: "address", value: MAC, evidence: "ARP reply", protocol: "arp", frame: 1, time: 1, confidence: 0.9 },
			{ field: "address", value: IP, evidence: "ARP reply", protocol: "arp", frame: 1, time: 1, confidence: 0.9 },
		]);
	});

	it("is surer where sources agree, and less sure where a later one says something else", () => {
		const agreed = heard((it) => {
			it.describe(IP, { ...SAYS, firmware: "2.1" }, 2 * SECOND, modbus(12));
			it.describe(IP, { evidence: "OPC UA BuildInfo", firmware: "2.1" }, 3 * SECOND, { protocol: "opcua", frame: 20 });
		});
		expect(factsOf(agreed, "firmware").map(({ confidence }) => confidence)).toEqual([0.99, 0.99]);
		const differing = heard((it) => {
			it.describe(IP, { ...SAYS, firmware: "2.1" }, 2 * SECOND, modbus(12));
			it.describe(IP, { evidence: "OPC UA BuildInfo", firmware: "2.2" }, 3 * SECOND, { protocol: "opcua", frame: 20 });
		});
		expect(factsOf(differing, "firmware").map(({ value, confidence }) => [value, confidence])).toEqual([
			["2.2", 0.9],
			["2.1", 0.45],
		]);
	});

	it("takes a company for the same in other spellings, and other units for other devices", () => {
		const asset = heard((it) => {
			it.describe(IP, { ...SAYS, vendor: "MAKER", unit: 1, model: "A" }, 2 * SECOND, modbus(12));
			it.describe(IP, { evidence: "Modbus report server id", vendor: "Maker AG", unit: 1 }, 3 * SECOND, modbus(13));
			it.describe(IP, { ...SAYS, model: "B", unit: 2 }, 4 * SECOND, modbus(14));
		});
		expect(factsOf(asset, "vendor").map(({ confidence }) => confidence)).toEqual([0.99, 0.99, 0.6]);
		expect(factsOf(asset, "model").map(({ confidence }) => confidence)).toEqual([0.9, 0.9]);
	});

	it("shows a device that changed as changed; what stood in until more was said is no change", () => {
		const asset = heard((it) => {
			it.describe(IP, { ...SAYS, model: "guess", presumed: true }, SECOND, modbus(10));
			it.describe(IP, { ...SAYS, model: "CP-1", firmware: "2.1" }, 2 * SECOND, modbus(12));
			it.describe(IP, { ...SAYS, model: "CP-1", firmware: "2.1" }, 3 * SECOND, modbus(13));
			it.describe(IP, { ...SAYS, model: "CP-1", firmware: "2.2" }, 4 * SECOND, modbus(14));
		});
		expect(asset.changes).toEqual([
			{ field: "firmware", from: "2.1", to: "2.2", ...SAYS, seen: { protocol: "modbus", frame: 14, time: 4 } },
		]);
		expect(factsOf(asset, "firmware")).toMatchObject([{ value: "2.2", frame: 14, time: 4 }]);
	});

	it("takes nothing from what was said when something is presumed beside it", () => {
		const asset = heard((it) => {
			it.describe(IP, { ...SAYS, model: "CP-1" }, SECOND, modbus(1));
			it.describe(IP, { ...SAYS, firmware: "guess", presumed: true }, 2 * SECOND, modbus(2));
			it.describe(IP, { ...SAYS, model: "CP-2" }, 3 * SECOND, modbus(3));
		});
		expect(factsOf(asset, "model")).toMatchObject([{ value: "CP-2", confidence: 0.9 }]);
		expect(asset.changes).toMatchObject([{ field: "model", from: "CP-1", to: "CP-2" }]);
	});

	it("drops what went with another model, and keeps the latest changes alone", () => {
		const asset = heard((it) => {
			it.describe(IP, { ...SAYS, model: "CP-1", firmware: "2.1", serialNumber: "1" }, SECOND, modbus(1));
			it.describe(IP, { ...SAYS, model: "CP-2" }, 2 * SECOND, modbus(2));
		});
		expect(asset.identities).toMatchObject([{ model: "CP-2" }]);
		expect(factsOf(asset, "firmware")).toEqual([]);
		const restless = heard((it) => {
			for (let at = 0; at < 40; at++) it.describe(IP, { ...SAYS, firmware: `v${at}` }, at * SECOND, modbus(at));
		});
		expect(restless.changes).toHaveLength(16);
		expect(restless.changes!.at(-1)).toMatchObject({ from: "v38", to: "v39" });
	});

	it("says why several addresses are one device, and what a router is one by", () => {
		const inventory = new Inventory(() => undefined);
		for (const [at, ip] of [IP, "10.0.0.6"].entries())
			inventory.claim({ ip, mac: MAC, evidence: "ARP announcement" }, -1, (at + 1) * SECOND, { protocol: "arp", frame: at + 1 });
		expect(inventory.all()).toHaveLength(1);
		expect(factsOf(inventory.byIp(IP)!, "address").map(({ value, evidence, frame }) => [value, evidence, frame])).toEqual([
			[MAC, "ARP announcement", 1],
			[IP, "ARP announcement", 1],
			["10.0.0.6", "ARP announcement", 2],
		]);
		const ROUTER = "00:10:20:00:00:01";
		inventory.claim({ ip: "10.0.0.1", mac: ROUTER, evidence: "ARP reply" }, -1, SECOND, { protocol: "arp", frame: 3 });
		for (let at = 1; at < 9; at++) inventory.spoke(`10.9.0.${at}`, ROUTER, -1, at * SECOND, { protocol: "modbus", frame: 10 + at });
		expect(inventory.byMac(ROUTER)).toMatchObject({ ips: ["10.0.0.1"], roles: ["router"] });
		expect(factsOf(inventory.byMac(ROUTER)!, "role")).toMatchObject([{ value: "router", confidence: 0.7 }]);
		expect(inventory.byIp("10.9.0.3")!.macs).toEqual([]);
		inventory.role(IP, "PLC", true, "clients ask it by Modbus", 5 * SECOND);
		expect(factsOf(inventory.byIp(IP)!, "role")).toEqual([
			{ field: "role", value: "PLC", evidence: "clients ask it by Modbus", time: 5, confidence: 0.7 },
		]);
		inventory.role(IP, "PLC", false, "", 6 * SECOND);
		expect(factsOf(inventory.byIp(IP)!, "role")).toEqual([]);
	});

	it("takes a device's own claim for more than its traffic", () => {
		const inventory = new Inventory(() => undefined);
		inventory.spoke(IP, MAC, -1, SECOND, { protocol: "modbus", frame: 1 });
		const before = factsOf(inventory.byIp(IP)!, "address").map(({ evidence, confidence }) => [evidence, confidence]);
		inventory.claim({ ip: IP, mac: MAC, evidence: "ARP reply" }, -1, 2 * SECOND, { protocol: "arp", frame: 2 });
		const after = factsOf(inventory.byIp(IP)!, "address").map(({ evidence, confidence }) => [evidence, confidence]);
		expect([before, after]).toEqual([Array(2).fill(["traffic", 0.6]), Array(2).fill(["ARP reply", 0.9])]);
	});

	it("is as sure of a device whose address was known before it was", () => {
		const inventory = new Inventory(() => undefined);
		inventory.spoke(IP, undefined, -1, SECOND);
		inventory.describe(IP, { ...SAYS, model: "CP-1" }, SECOND, modbus(1));
		const before = factsOf(inventory.byIp(IP)!, "model");
		inventory.claim({ mac: MAC, hostName: "plc", evidence: "DHCP request" }, -1, 2 * SECOND, { protocol: "dhcp", frame: 2 });
		inventory.claim({ ip: IP, mac: MAC, evidence: "ARP reply" }, -1, 3 * SECOND, { protocol: "arp", frame: 3 });
		expect(inventory.all()).toHaveLength(1);
		expect(factsOf(inventory.byMac(MAC)!, "model")).toEqual(before);
		expect(before).toMatchObject([{ value: "CP-1", confidence: 0.9 }]);
	});

	it("survives a restart", () => {
		const inventory = new Inventory(() => undefined);
		inventory.claim({ ip: IP, mac: MAC, model: "CP-1", hostName: "plc", role: "gateway", evidence: "ARP reply" }, -1, SECOND, modbus(4));
		inventory.claim({ ip: IP, mac: MAC, model: "CP-2", evidence: "ARP reply" }, -1, 2 * SECOND, modbus(5));
		const again = new Inventory(() => undefined);
		for (const [, value] of inventory.save()) expect(again.restore(value)).toBe(true);
		expect(assetFacts(again.byIp(IP)!)).toEqual(assetFacts(inventory.byIp(IP)!));
		expect(again.byIp(IP)!.changes).toEqual(inventory.byIp(IP)!.changes);
		expect(again.byIp(IP)!.changes).toHaveLength(1);
	});
});

describe("assets as they leave", () => {
	const asset = heard((it) => {
		it.describe(IP, { ...SAYS, vendor: "=cmd|' /C calc'!A0", model: 'CP "1", a' }, 2 * SECOND, modbus(12));
		it.describe(IP, { ...SAYS, model: "CP-2" }, 3 * SECOND, modbus(13));
	});

	it("are one document each", () => {
		const document = assetDocument(asset);
		expect(document).toMatchObject({ id: MAC, ips: [IP], model: "CP-2", changes: [{ field: "model" }] });
		expect(Object.keys(document)).not.toContain("identities");
		expect(document.facts).toEqual(assetFacts(asset));
	});

	it("are a table in which nothing is a formula, and every text is whole", () => {
		const {
			header: { cells: header },
			rows,
		} = readTable(assetTable([asset]), "devices.csv");
		expect(rows).toHaveLength(1);
		const row = rows[0]!.cells.map(readCell);
		const cell = (name: string) => row[header.indexOf(name)];
		expect(header.slice(0, 4)).toEqual(["id", "name", "ips", "macs"]);
		expect([cell("id"), cell("ips"), cell("model"), cell("firstSeen")]).toEqual([MAC, IP, "CP-2", "1970-01-01T00:00:01.000Z"]);
		expect(cell("changes")).toContain('model from CP "1", a to CP-2');
		expect(cell("facts")).toContain("vendor: =cmd|' /C calc'!A0 (Modbus device identification, modbus, frame 13, 90 %)");
		for (const line of assetTable([asset]).split("\r\n")) expect(line.split(",").some((one) => /^"?[=+@]/.test(one))).toBe(false);
	});
});
