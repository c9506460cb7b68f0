/** The devices in the API and on the page in a real browser: what is known of one and what says so, and all of them as a file. With SHOTS set to a folder it leaves pictures there. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AssetDocument } from "../../src/assets/assetDocument.ts";
import { createWeb, type Web } from "../../src/web/web.ts";
import { hasBrowser, launch, openPage } from "../support/browser.ts";
import { asset, type FakeView, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const shots = process.env.SHOTS;
const PASSWORD = "correct horse battery";
const HOSTILE = `<img src=x onerror="alert(1)">\u202egnp`;
const SHOWN = `<img src=x onerror="alert(1)">⟨U+202E⟩gnp`;

let view: FakeView;
let web: Web;
beforeEach(async () => {
	const now = Date.now() / 1000;
	view = waterWorks(now);
	const seen = { protocol: "modbus", frame: 812, time: now - 3600 };
	const later = { protocol: "modbus", frame: 90_210, time: now - 60 };
	const spoken = asset(now, {
		id: "00:80:f4:00:00:09",
		name: "PLC-9 Filter",
		ips: ["10.0.0.9"],
		macs: ["00:80:f4:00:00:09"],
		vendor: "Telemecanique Electrique",
		model: "TM221CE40R",
		firmware: "1.14",
		isControl: true,
		services: ["modbus"],
		roles: ["PLC"],
		identities: [
			{
				evidence: "Modbus device identification",
				unit: 1,
				seen: later,
				vendor: "Schneider",
				model: "TM221CE40R",
				firmware: "1.14",
				serialNumber: HOSTILE,
			},
		],
		roleGrounds: [{ value: "PLC", evidence: "clients ask it by Modbus", seen: { time: now - 3600 } }],
		addressGrounds: [{ value: "10.0.0.9", evidence: "ARP reply", seen: { ...seen, protocol: "arp" } }],
		changes: [{ field: "firmware", from: "1.12", to: "1.14", evidence: "Modbus device identification", unit: 1, seen: later }],
	});
	view.assetList = [spoken, ...view.assetList];
	web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
});
afterEach(() => web.close());

describe("devices in the API", () => {
	let cookie: string;
	const ask = (path: string) => fetch(`${web.url}api/${path}`, { headers: { cookie } });

	beforeEach(async () => {
		const response = await fetch(`${web.url}api/setup`, {
			method: "POST",
			headers: { "content-type": "application/json", origin: web.url.slice(0, -1) },
			body: JSON.stringify({ code: web.setupCode, name: "Ada", password: PASSWORD }),
		});
		cookie = response.headers.get("set-cookie")!.split(";")[0]!;
	});

	it("are for who is logged in", async () => {
		cookie = "";
		for (const path of ["asset?id=m-001", "assets.json", "assets.csv"]) expect([path, (await ask(path)).status]).toEqual([path, 401]);
	});

	it("come one at a time with what says so, by the id that they keep", async () => {
		const document = (await (await ask("asset?id=00%3A80%3Af4%3A00%3A00%3A09")).json()) as AssetDocument;
		expect(document).toMatchObject({ name: "PLC-9 Filter", changes: [{ from: "1.12", to: "1.14" }] });
		expect(document.facts).toContainEqual(
			expect.objectContaining({ field: "firmware", value: "1.14", unit: 1, protocol: "modbus", frame: 90_210, confidence: 0.9 }),
		);
		expect((await ask("asset?id=m-none")).status).toBe(404);
		for (const query of ["asset", "asset?id=", `asset?id=${"x".repeat(201)}`, "asset?id=m-001&other=1"])
			expect([query, (await ask(query)).status]).toEqual([query, 400]);
	});

	it("come all as a file", async () => {
		const json = await ask("assets.json");
		expect(json.headers.get("content-disposition")).toBe('attachment; filename="devices.json"');
		const all = (await json.json()) as AssetDocument[];
		expect(all.map(({ id }) => id)).toEqual(view.assetList.map(({ id }) => id));
		const csv = await ask("assets.csv");
		expect([csv.headers.get("content-type"), csv.headers.get("content-disposition")]).toEqual([
			"text/csv; charset=utf-8",
			'attachment; filename="devices.csv"',
		]);
		const lines = (await csv.text()).trim().split("\r\n");
		expect(lines).toHaveLength(10);
		expect(lines[1]).toContain("00:80:f4:00:00:09,PLC-9 Filter,10.0.0.9");
	});
});

describe.skipIf(!hasBrowser)("devices on the page", () => {
	let browser: Browser;
	let page: Page;
	let complaints: string[];

	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser?.close());
	beforeEach(async () => {
		complaints = [];
		page = await openPage(browser, complaints);
	});
	afterEach(() => page.close());

	it("say what is known of each and what says so, and that one changed", async () => {
		await page.goto(web.url);
		await page.getByLabel("Setup code").fill(web.setupCode!);
		await page.getByLabel("Name").fill("Ada");
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Make the login" }).click();
		const section = page.getByRole("region", { name: "Devices" });
		const row = section.getByRole("row").filter({ hasText: "PLC-9 Filter" });
		await row.getByText("changed", { exact: true }).waitFor();
		const button = row.getByRole("button", { name: "What is known of PLC-9 Filter" });
		expect(await button.getAttribute("aria-expanded")).toBe("false");
		await button.click();
		const facts = section.locator("dl.terms");
		await facts.getByText("Firmware changed").waitFor();
		expect(await button.getAttribute("aria-expanded")).toBe("true");
		const text = (await facts.textContent())!;
		expect(text).toContain("from 1.12 to 1.14Modbus device identification · unit 1 · modbus · frame 90210 · 1 min ago");
		expect(text).toContain("VendorSchneiderModbus device identification");
		expect(text).toContain("Telemecanique Electriquemaker of the network card 00:80:f4:00:00:09 · 60\u00a0% sure");
		expect(text).toContain(`Serial number${SHOWN}`);
		expect(text).toContain("PLCclients ask it by Modbus · 1 h ago · 70\u00a0% sure");
		expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1280);
		if (shots !== undefined) {
			mkdirSync(shots, { recursive: true });
			for (const colorScheme of ["light", "dark"] as const) {
				for (const width of [1280, 400]) {
					await page.setViewportSize({ width, height: 900 });
					await page.emulateMedia({ colorScheme });
					await section.screenshot({ path: `${shots}/statements-${width}-${colorScheme}.png` });
				}
			}
		}
		const file = page.waitForEvent("download");
		await section.getByRole("link", { name: "CSV" }).click();
		expect((await file).suggestedFilename()).toBe("devices.csv");
		await button.click();
		await facts.waitFor({ state: "detached" });
		expect(complaints).toEqual([]);
	});
});
