import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Advisory } from "../../../src/assets/advisories/advisory.ts";
import { readCsaf } from "../../../src/assets/advisories/csaf.ts";
import { AdvisoryLibrary, type AdvisoryMatch } from "../../../src/assets/advisories/library.ts";
import { productKeys, vendorKey } from "../../../src/assets/advisories/productName.ts";
import type { Asset, AssetIdentity } from "../../../src/assets/asset.ts";

const SAMPLES = fileURLToPath(new URL("csaf/", import.meta.url));
/** Advisories of an agency, where this machine has them. */
const REAL = fileURLToPath(new URL("../../../../shared/reference/csaf/", import.meta.url));
const REAL_ELSEWHERE = fileURLToPath(new URL("../../../../../shared/reference/csaf/", import.meta.url));
const real = [REAL, REAL_ELSEWHERE].find((folder) => existsSync(folder));

const read = (folder: string, names: readonly string[]): Advisory[] =>
	names.map((name) => {
		const one = readCsaf(readFileSync(folder + name, "utf8"));
		if ("problem" in one) throw new Error(`${name}: ${one.problem}`);
		expect(one.left, name).toBeUndefined();
		return one.advisory;
	});

type Said = Partial<AssetIdentity>;
const asset = (identities: readonly Said[], changes: Partial<Asset> = {}): Asset => ({
	id: "10.0.0.5",
	ips: ["10.0.0.5"],
	macs: [],
	names: [],
	roles: [],
	isControl: true,
	services: [],
	vlans: [],
	firstSeen: 1,
	lastSeen: 2,
	identities: identities.map((one) => ({ evidence: "Modbus device identification", ...one })),
	...changes,
});
const matcher =
	(library: AdvisoryLibrary) =>
	(vendor: string | undefined, model: string, firmware?: string, changes?: Partial<Asset>): AdvisoryMatch[] =>
		library.match(asset([{ ...(vendor !== undefined && { vendor }), model, ...(firmware !== undefined && { firmware }) }], changes));
const brief = (matches: readonly AdvisoryMatch[]): string[] => matches.map(({ advisory, status }) => `${advisory} ${status}`);

/** One advisory for one product. */
function oneProduct(vendor: string, model: string, versions?: string, remedy?: string): AdvisoryLibrary {
	const product = { name: model, vendor, model, numbers: [], ...(versions !== undefined && { versions }) };
	const remedies = remedy === undefined ? [] : [{ category: "vendor_fix", text: remedy }];
	return new AdvisoryLibrary([
		{
			id: "A",
			title: "A",
			publisher: "P",
			version: "1",
			released: "",
			products: [product],
			vulnerabilities: [{ cve: "CVE-2025-0001", scores: [], affected: [0], fixed: [], notAffected: [], remedies }],
		},
	]);
}
const says = (library: AdvisoryLibrary, vendor: string, model: string, firmware?: string): string =>
	matcher(library)(vendor, model, firmware)[0]?.status ?? "nothing";

describe("a device and an advisory", () => {
	const library = new AdvisoryLibrary(read(SAMPLES, ["ex-2025-001.json", "ex-2025-002.json", "ex-2025-003-v2.json"]));
	const match = matcher(library);

	it("meet by vendor, part number and firmware, and say all that helps", () => {
		const [found, ...others] = match("Schneider Electric", "BMX P34 2020", "v2.7");
		expect(others).toEqual([]);
		expect(found).toEqual({
			asset: "10.0.0.5",
			advisory: "EX-2025-001",
			title: "Example: write without login in Modicon M340",
			publisher: "Example CERT",
			version: "1",
			released: "2025-03-01T06:00:00Z",
			url: "https://cert.example/EX-2025-001",
			status: "affected",
			confidence: 0.85,
			why: "Its number BMX P34 2020 fits the advisory's Modicon M340 CPU (part numbers BMXP34*) (Modbus device identification), and its firmware v2.7 is among the affected versions prior to SV3.60.",
			device: { evidence: "Modbus device identification", vendor: "Schneider Electric", model: "BMX P34 2020", firmware: "v2.7" },
			product: "Modicon M340 CPU (part numbers BMXP34*)",
			cves: ["CVE-2025-10001", "CVE-2025-10002"],
			score: 9.1,
			vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H",
			affectedVersions: ["prior to SV3.60"],
			fixedVersions: ["SV3.60"],
			remedies: [
				{ category: "vendor_fix", text: "Update to SV3.60 or later.", url: "https://vendor.example/sv360" },
				{ category: "mitigation", text: "Put the controller behind a firewall." },
			],
		});
	});

	it("say that the firmware is not known, or not understood, and never guess it", () => {
		const [unknown] = match("Schneider Electric", "BMX P34 2020");
		expect(unknown).toMatchObject({ status: "may be affected", confidence: 0.51 });
		expect(unknown!.why).toContain("versions prior to SV3.60 are affected: may be affected, firmware unknown.");
		const [strange] = match("Schneider Electric", "BMX P34 2020", "boot loader");
		expect(strange).toMatchObject({ status: "may be affected" });
		expect(strange!.why).toContain("its firmware boot loader is no version that can be compared");
	});

	it("have nothing to do with each other where the version is fixed, or vendor, model or number are others", () => {
		for (const [vendor, model, firmware] of [
			["Schneider Electric", "BMX P34 2020", "SV3.60"],
			["Schneider Electric", "BMX P34 2020", "v3.70"],
			["Schneider Electric", "BME P58 2040", "v1.0"],
			["Siemens AG", "BMX P34 2020", "v2.7"],
			["Schneider Electric", "M34", "v2.7"],
			["Schneider Electric", "BMX", "v2.7"],
			["Example Controls", "Pump Drive PD-2000", "1.0"],
			["Example Controls", "PD", "1.0"],
			["Example Controls", "Pump Drive", "1.0"],
		] as const)
			expect(brief(match(vendor, model, firmware)), model).toEqual([]);
	});

	it("meet on hardware with the firmware that is installed on it; what must come with it makes it a maybe", () => {
		const [installed] = match("WAGO Kontakttechnik GmbH", "750-8212", "03.10.08(22)");
		expect(installed).toMatchObject({
			status: "affected",
			fixedVersions: ["03.10.09"],
			remedies: [{ text: "Update to firmware 03.10.09." }],
		});
		const [later] = match("WAGO", "750-8212/025-001", "03.10.10");
		expect(later).toMatchObject({ status: "may be affected" });
		expect(later!.why).toContain("it is only meant together with Visualisation 1.2, which the traffic does not show");
		expect(brief(match("Moxa Technologies", "NPort 5110", "2.09"))).toEqual(["EX-2025-002 affected"]);
		expect(brief(match("Moxa", "NPort 5110", "2.11"))).toEqual([]);
	});

	it("meet without a vendor's name only by a number that is long enough, and a network card's maker is a hint", () => {
		expect(match(undefined, "750-8212", "03.05.01", { vendor: "WAGO GmbH & Co. KG" })).toMatchObject([
			{ status: "affected", confidence: 0.86 },
		]);
		expect(match(undefined, "750-8212", "03.05.01")).toEqual([]);
		const order = oneProduct("Siemens", "SIMATIC S7-1500 CPU 1515F-2 PN (6ES7515-2FM02-0AB0)");
		expect(matcher(order)(undefined, "6ES7 515-2FM02-0AB0", "V2.9")).toMatchObject([{ status: "affected", confidence: 0.76 }]);
	});

	it("are judged for each way in which the device says who it is, and the lower answer is given where they contradict", () => {
		const two = asset([
			{ vendor: "Example Controls", model: "Pump Drive PD-200", firmware: "2.09" },
			{ evidence: "OPC UA build information", vendor: "Example Controls", model: "Pump Drive PD-200", firmware: "2.11" },
		]);
		const [found, ...others] = library.match(two);
		expect(others).toEqual([]);
		expect(found).toMatchObject({ status: "may be affected" });
		expect(found!.why).toContain("it said another version elsewhere, which is not affected");
		const gateway = asset([
			{ unit: 1, vendor: "Example Controls", model: "Pump Drive PD-200", firmware: "1.0" },
			{ unit: 2, vendor: "Example Controls", model: "Pump Drive PD-200", firmware: "2.11" },
			{ unit: 3, vendor: "Example Controls", model: "Pump Drive PD-300" },
		]);
		expect(library.match(gateway).map(({ unit, status, score }) => [unit, status, score])).toEqual([
			[3, "affected", 8.8],
			[1, "affected", 6.5],
		]);
		// One device that answers for any unit is one device.
		const same = { vendor: "Example Controls", model: "Pump Drive PD-200", firmware: "1.0" };
		expect(
			library.match(
				asset([
					{ unit: 1, ...same },
					{ unit: 255, ...same },
				]),
			),
		).toHaveLength(1);
	});

	it("meet by model without identities, as an earlier program stored it", () => {
		const { identities: _, ...stored } = asset([]);
		expect(brief(library.match({ ...stored, vendor: "Example Controls", model: "Pump Drive PD-300" }))).toEqual(["EX-2025-003 affected"]);
		expect(library.match(stored)).toEqual([]);
	});
});

describe("names", () => {
	it.each([
		["Schneider Electric", "Schneider Electric SE"],
		["Siemens", "SIEMENS AG"],
		["Rockwell Automation", "Rockwell Automation/Allen-Bradley"],
		["Rockwell Automation", "Allen-Bradley"],
		["Mitsubishi Electric", "Mitsubishi Electric Corporation"],
		["WAGO GmbH & Co. KG", "WAGO Kontakttechnik GmbH & Co. KG"],
		["Moxa", "Moxa Technologies Co., Ltd."],
		["Beckhoff", "Beckhoff Automation GmbH"],
	])("%s is %s", (a, b) => {
		expect(vendorKey(a)).toBe(vendorKey(b));
	});

	it.each([
		["Delta Electronics", "Delta Controls"],
		["Mitsubishi Electric", "Mitsubishi Heavy Industries"],
		["Johnson Controls", "Johnson Electric"],
		["Rockwell Automation", "Rockwell Collins"],
		["General Electric", "Schneider Electric"],
	])("%s is not %s", (a, b) => {
		expect(vendorKey(a)).not.toBe(vendorKey(b));
	});

	it.each([
		["Siemens", "SIMATIC S7-1500 CPU 1515F-2 PN (6ES7515-2FM02-0AB0)", "CPU 1515F-2 PN", "affected"],
		["Siemens", "SIMATIC S7-1500 CPU 1515F-2 PN (6ES7515-2FM02-0AB0)", "SIMATIC S7-1500 CPU 1515F-2 PN", "affected"],
		["Siemens", "SIMATIC S7-1500 CPU 1515F-2 PN (6ES7515-2FM02-0AB0)", "S7-1500", "nothing"],
		["Siemens", "SIMATIC S7-1500 CPU 1515F-2 PN (6ES7515-2FM02-0AB0)", "CPU 1515-2 PN", "nothing"],
		["Siemens", "SIMATIC S7-1500 CPU family (incl. SIPLUS variants)", "S7-1500 CPU 1515F-2 PN", "affected"],
		["Siemens", "SIMATIC S7-1500 CPU family (incl. SIPLUS variants)", "6ES7 515-2FM02-0AB0", "affected"],
		["Siemens", "SCALANCE X208", "X208", "affected"],
		["Siemens", "SCALANCE X208", "SCALANCE X208 PRO", "may be affected"],
		["Rockwell Automation", "ControlLogix 5580", "1756-L83E/B", "affected"],
		["Rockwell Automation", "GuardLogix 5580", "1756-L83ES", "affected"],
		["Rockwell Automation", "ControlLogix 5580", "1756-L83ES", "nothing"],
		["Rockwell Automation", "GuardLogix 5380", "Compact GuardLogix 5380", "nothing"],
		["Rockwell Automation", "Compact GuardLogix 5380", "GuardLogix 5380", "nothing"],
		["Rockwell Automation", "ControlLogix 5580", "ControlLogix 5580 Process", "may be affected"],
		["Rockwell Automation", "1756-EN2T, Series D", "1756-EN2T/D", "affected"],
		["Rockwell Automation", "1756-EN2T, Series A/B/C (signed version)", "1756-EN2T/D", "nothing"],
		["Rockwell Automation", "1756-EN2T, Series A/B/C (signed version)", "1756-EN2T/B", "may be affected"],
		["Rockwell Automation", "1756-EN2T, Series D", "1756-EN2T", "may be affected"],
		["Mitsubishi Electric", "MELSEC-L Series L26CPU-(P)BT", "L26CPU-PBT", "affected"],
		["Mitsubishi Electric", "MELSEC-L Series L26CPU-(P)BT", "L26CPU-BT", "affected"],
		["Mitsubishi Electric", "MELSEC-L Series L02CPU(-P)", "L02CPU", "affected"],
		["Mitsubishi Electric", "MELSEC iQ-F FX5S-80 MT/ES*", "FX5S-80MT/ES-A", "affected"],
		["Schneider Electric", "Modicon M580 CPU (part numbers BMEP* and BMEH*, excluding M580 CPU Safety)", "BME P58 2040", "may be affected"],
		["Schneider Electric", "Modicon M221", "TM221CE16R", "affected"],
		["Unitronics", "Vision 120", "Unitronics Vision 120", "affected"],
		["Unitronics", "Vision 120", "Vision 1210", "nothing"],
		["Unitronics", "Vision 120", "120", "nothing"],
		["Example", "Controller", "Controller 5", "nothing"],
	])("%s %s: %s is %s", (vendor, product, model, expected) => {
		expect(says(oneProduct(vendor, product), vendor, model, "1.0")).toBe(expected);
	});

	it("are bounded, whatever they are", () => {
		const started = performance.now();
		for (const name of [
			"(".repeat(5000),
			"a(".repeat(2000),
			"A1*".repeat(2000),
			"x ".repeat(5000),
			`${"(1)".repeat(3000)}`,
			"9-".repeat(3000),
		])
			productKeys("v", name.slice(0, 300), name.slice(0, 300), [name, "*".repeat(400), "A1B2C3*".repeat(40)]);
		const { patterns } = productKeys("v", "x", undefined, ["A1B2C3*1*2", `A1B2C3${"*1".repeat(5)}*2`]);
		expect(patterns).toHaveLength(1);
		expect(patterns[0]!.test(`A1B2C3${"1".repeat(120)}X`)).toBe(false);
		expect(performance.now() - started).toBeLessThan(5000);
	});
});

describe("versions that an advisory names alone", () => {
	const named = oneProduct("Example", "Drive XD-100", "V28", "Update to V32.016 or V33.015 and later.");
	it.each([
		["28.1", "may be affected", "perhaps the same"],
		["31.9", "may be affected", "later, and before the fix"],
		["32.016", "nothing", "the fix of its line"],
		["33.014", "may be affected", "its line is mended later"],
		["34.1", "nothing", "behind all fixes"],
		["27.0", "nothing", "earlier"],
	])("say of %s: %s (%s)", (firmware, expected) => {
		expect(says(named, "Example", "Drive XD-100", firmware)).toBe(expected);
	});

	it("every version, with a fix since", () => {
		const all = oneProduct("Example", "Drive XD-100", "vers:all/*", "Update to V2.0.1 or later.");
		expect(says(all, "Example", "Drive XD-100", "1.9.9")).toBe("affected");
		expect(says(all, "Example", "Drive XD-100", "2.0.2")).toBe("may be affected");
		expect(says(all, "Example", "Drive XD-100")).toBe("may be affected");
	});
});

describe.skipIf(real === undefined)("advisories of an agency", () => {
	const advisories =
		real === undefined
			? []
			: read(
					real,
					readdirSync(real).filter((name) => name.endsWith(".json")),
				);
	const match = matcher(new AdvisoryLibrary(advisories));

	it("are read whole: each product has a vendor and a name, each vulnerability a score and a product that is affected", () => {
		expect(advisories.length).toBeGreaterThan(0);
		for (const { id, title, released, products, vulnerabilities } of advisories) {
			expect(id).toMatch(/^ICSA-\d\d-\d{3}-\d\d$/);
			expect(title.length * Date.parse(released) * products.length).toBeGreaterThan(0);
			for (const { vendor, model, versions } of products)
				expect(vendor !== "CISA" && model !== "" && versions !== undefined, id).toBe(true);
			for (const { cve, scores, affected } of vulnerabilities)
				expect(cve !== undefined && scores.length * affected.length > 0, id).toBe(true);
		}
	});

	it("find the devices that they mean by what such devices say of themselves, and no other", () => {
		expect(brief(match("Rockwell Automation", "1756-L83E", "35.011"))).toEqual([
			"ICSA-24-107-03 affected",
			"ICSA-24-226-10 affected",
			"ICSA-24-226-03 affected",
			"ICSA-24-226-09 affected",
			"ICSA-24-284-20 affected",
			"ICSA-24-256-18 may be affected",
			"ICSA-24-163-01 may be affected",
		]);
		expect(brief(match("Rockwell Automation", "1756-L83E", "36.011"))).toEqual(["ICSA-24-226-03 affected"]);
		expect(brief(match("SIEMENS AG", "6ES7 516-3AP03-0AB0", "V3.1.3"))).toEqual(["ICSA-24-284-10 affected", "ICSA-24-284-01 affected"]);
		expect(brief(match("SIEMENS AG", "6ES7 516-3AP03-0AB0", "V3.1.4"))).toEqual([]);
		expect(brief(match("SIEMENS AG", "6ES7 516-3AP03-0AB0"))).toEqual(["ICSA-24-284-10 may be affected", "ICSA-24-284-01 may be affected"]);
		expect(brief(match("MITSUBISHI ELECTRIC CORPORATION", "FX5UJ-24MT/ES-A1", "1.2"))).toEqual(["ICSA-24-058-01 affected"]);
		expect(brief(match("Schneider Electric", "BMX P34 2020", "2.70"))).toEqual([]);
		expect(brief(match("Siemens", "LOGO! 8.3", "1.8"))).toEqual([]);
	});
});
if (real === undefined) console.warn("library.test.ts: the advisories of an agency are not on this machine; what they show is skipped.");
