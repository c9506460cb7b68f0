import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Advisory } from "../../../src/assets/advisories/advisory.ts";
import { readCsaf } from "../../../src/assets/advisories/csaf.ts";

const sample = (name: string): string => readFileSync(fileURLToPath(new URL(`csaf/${name}`, import.meta.url)), "utf8");
const advisoryOf = (text: string): Advisory => {
	const read = readCsaf(text);
	if ("problem" in read) throw new Error(read.problem);
	return read.advisory;
};
const problemOf = (text: string): string => {
	const read = readCsaf(text);
	return "problem" in read ? read.problem : "none";
};

/** A document around a product tree and vulnerabilities. */
const made = (changes: { document?: object; tree?: object; vulnerabilities?: unknown }): string =>
	JSON.stringify({
		document: { csaf_version: "2.0", title: "T", publisher: { name: "P" }, tracking: { id: "X-1", version: "1" }, ...changes.document },
		product_tree: changes.tree ?? {},
		vulnerabilities: changes.vulnerabilities ?? [],
	});

describe("a CSAF document", () => {
	it("gives its products with vendor, name and versions, and what each vulnerability says of them", () => {
		const { products, vulnerabilities, ...head } = advisoryOf(sample("ex-2025-001.json"));
		expect(head).toEqual({
			id: "EX-2025-001",
			title: "Example: write without login in Modicon M340",
			publisher: "Example CERT",
			version: "1",
			released: "2025-03-01T06:00:00Z",
			url: "https://cert.example/EX-2025-001",
		});
		expect(products.map(({ vendor, model, versions }) => [vendor, model, versions])).toEqual([
			["Schneider Electric SE", "Modicon M340 CPU (part numbers BMXP34*)", "prior to SV3.60"],
			["Schneider Electric SE", "Modicon M340 CPU (part numbers BMXP34*)", "SV3.60"],
			["Schneider Electric SE", "Modicon M580 CPU (part numbers BMEP* and BMEH*, excluding M580 CPU Safety)", "vers:all/*"],
		]);
		expect(vulnerabilities[0]).toMatchObject({ cve: "CVE-2025-10001", affected: [0], fixed: [1], notAffected: [2] });
		expect(vulnerabilities[0]!.scores).toEqual([{ score: 9.1, vector: expect.stringContaining("CVSS:3.1/"), products: [0] }]);
		expect(vulnerabilities[0]!.remedies[1]).toEqual({
			category: "vendor_fix",
			text: "Update to SV3.60 or later.",
			url: "https://vendor.example/sv360",
			products: [0],
		});
	});

	it("gives firmware that is installed on hardware as the hardware with these versions, and names what it must come with", () => {
		const { products, vulnerabilities } = advisoryOf(sample("ex-2025-002.json"));
		const byName = new Map(products.map((product) => [product.name, product]));
		expect(byName.get("Firmware before 03.10.09 on 750-8212")).toEqual({
			name: "Firmware before 03.10.09 on 750-8212",
			vendor: "WAGO GmbH & Co. KG",
			model: "750-8212",
			family: "PFC200",
			numbers: ["750-8212", "750-8212/025-*"],
			versions: "vers:intdot/>=03.01.00|<03.10.09",
		});
		expect(byName.get("Visualisation 1.2 on 750-8212")).toMatchObject({ condition: "Visualisation 1.2" });
		expect(byName.get("Moxa NPort 5110: All versions through 2.10")).toMatchObject({ vendor: "moxa", model: "nport 5110" });
		expect(vulnerabilities[0]!.remedies[0]!.products).toEqual(
			vulnerabilities[0]!.affected.filter((one) => products[one]!.vendor.startsWith("WAGO")),
		);
	});

	it("that was withdrawn has no product", () => {
		expect(advisoryOf(sample("ex-2025-004-v2.json"))).toMatchObject({ id: "EX-2025-004", version: "2", isWithdrawn: true, products: [] });
		expect(advisoryOf(made({ document: { title: "WITHDRAWN: T" } }))).toMatchObject({ isWithdrawn: true });
	});

	it.each([
		["", "it is no JSON, or cut off"],
		[sample("ex-2025-001.json").slice(0, 900), "it is no JSON, or cut off"],
		["[]", "it is no CSAF document"],
		["null", "it is no CSAF document"],
		["{}", "it is no CSAF document"],
		['{"document": 7}', "it is no CSAF document"],
		[made({ document: { csaf_version: "2.1" } }), "it is CSAF 2.1; 2.0 is read"],
		[made({ document: { csaf_version: 2 } }), "it is CSAF of an unknown version; 2.0 is read"],
		[made({ document: { tracking: { id: "X" } } }), "it has no tracking.version"],
		[`${"[".repeat(200_000)}`, "it is no JSON, or cut off"],
		[`{"document":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, "it is no CSAF document"],
	])("that is none says why (%#)", (text, problem) => {
		expect(problemOf(text)).toBe(problem);
	});

	it("that is wrong in its parts gives the parts that are right", () => {
		const product = { name: "A", product_id: "1" };
		const { products, vulnerabilities } = advisoryOf(
			made({
				tree: {
					branches: [
						null,
						3,
						{ category: "vendor", name: 5, branches: [{ category: "product_name", name: "Pump", product }] },
						{ product },
					],
					full_product_names: [{ name: "no id" }, { product_id: "2" }, "x"],
					relationships: [
						{
							category: "installed_on",
							product_reference: "3",
							relates_to_product_reference: "3",
							full_product_name: { product_id: "3", name: "itself" },
						},
					],
				},
				vulnerabilities: [
					"x",
					{
						cve: "<script>",
						product_status: { known_affected: ["1", "none", 7], fixed: "1" },
						scores: [{ cvss_v3: { baseScore: 11 } }],
						remediations: {},
					},
				],
			}),
		);
		expect(products).toEqual([{ name: "A", vendor: "P", model: "Pump", numbers: [] }]);
		expect(vulnerabilities).toEqual([{ scores: [], affected: [0], fixed: [], notAffected: [], remedies: [] }]);
	});

	it("hides and steers nothing, and is bounded", () => {
		const vulnerability = {
			remediations: [{ category: "mitigation", details: `a\u001b[2J\u202eb\n${"x".repeat(5000)}`, url: "javascript:alert(1)" }],
		};
		const [{ remedies }] = advisoryOf(made({ vulnerabilities: [vulnerability] })).vulnerabilities as [Advisory["vulnerabilities"][number]];
		expect(remedies[0]!.text).toMatch(/^a \[2J b x+…$/);
		expect(remedies[0]!.text.length).toBeLessThanOrEqual(2001);
		expect(remedies[0]).not.toHaveProperty("url");
		let deep: object = { category: "product_name", name: "deep", product: { name: "deep", product_id: "1" } };
		for (let depth = 0; depth < 100; depth++) deep = { category: "product_family", name: "f", branches: [deep] };
		expect(readCsaf(made({ tree: { branches: [deep] } }))).toMatchObject({
			left: "branches deeper than 32 levels",
			advisory: { products: [] },
		});
		const many = Array.from({ length: 20_001 }, (_, at) => ({ name: "A", product_id: String(at) }));
		expect(readCsaf(made({ tree: { full_product_names: many } }))).toMatchObject({ left: "products beyond 20000" });
	});
});
