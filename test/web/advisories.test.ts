/** Security advisories in the API, and on the page in a real browser. With SHOTS set to a folder it leaves pictures there. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AdvisoryAnswer } from "../../src/web/advisoryRoutes.ts";
import type { AdvisoryNews } from "../../src/web/view.ts";
import { createWeb, type Web } from "../../src/web/web.ts";
import { hasBrowser, launch, openPage } from "../support/browser.ts";
import { deviceAdvisories, type FakeView, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const shots = process.env.SHOTS;
const PASSWORD = "correct horse battery";
const HOSTILE = `<img src=x onerror="alert(1)">\u202egnp\u200b`;
const SHOWN = `<img src=x onerror="alert(1)">⟨U+202E⟩gnp⟨U+200B⟩`;

let view: FakeView;
let web: Web;
beforeEach(async () => {
	view = waterWorks(Date.now() / 1000);
	web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
});
afterEach(() => web.close());

/** An import, as the page is told of it. */
function imported(changes: Partial<AdvisoryNews>): void {
	view.advisoryNews = { ...view.advisoryNews, documents: 40, described: 3, revision: view.advisoryNews.revision + 1, ...changes };
	view.statusChanged();
}

describe("advisories in the API", () => {
	let cookie: string;
	const ask = (query = "") => fetch(`${web.url}api/advisories${query}`, { headers: { cookie } });
	const answer = async (query?: string) => (await (await ask(query)).json()) as AdvisoryAnswer;

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
		const response = await ask();
		expect([response.status, await response.json()]).toEqual([401, { code: "WEB_LOGIN_NEEDED", error: "Log in first." }]);
	});

	it("say that there are none", async () => {
		expect(await answer()).toEqual({
			documents: 0,
			devices: { total: 8, described: 0 },
			isComparing: false,
			problem: null,
			total: 0,
			matches: [],
			concerned: 0,
			byDevice: {},
		});
	});

	it("come by seriousness, of all devices or of one, with all that a match says", async () => {
		const [one] = deviceAdvisories("m-003", [{ unit: 2, score: 9.8 }]).matches;
		imported({
			problem: "2 lines cannot be read.",
			isComparing: true,
			devices: [
				deviceAdvisories("m-001", [{ score: 7.5 }, { status: "may be affected", score: 9.9 }]),
				deviceAdvisories("m-003", [{ unit: 2, score: 9.8 }]),
			],
		});
		const all = await answer();
		expect(all.matches.map(({ asset, status, score }) => `${asset} ${status} ${score}`)).toEqual([
			"m-003 affected 9.8",
			"m-001 affected 7.5",
			"m-001 may be affected 9.9",
		]);
		expect(all.matches[0]).toEqual(one);
		expect(all).toMatchObject({
			documents: 40,
			devices: { total: 8, described: 3 },
			isComparing: true,
			problem: "2 lines cannot be read.",
			total: 3,
			concerned: 2,
			byDevice: { "m-001": { affected: 1, mayBeAffected: 1, score: 7.5 }, "m-003": { affected: 1, mayBeAffected: 0, score: 9.8 } },
		});
		const few = await answer("?limit=1");
		expect([few.total, few.matches.length, few.concerned]).toEqual([3, 1, 2]);
		const own = await answer("?asset=m-001");
		expect([own.total, own.matches.length, own.concerned, Object.keys(own.byDevice)]).toEqual([2, 2, 1, ["m-001"]]);
		expect(await answer("?asset=m-002")).toMatchObject({ total: 0, matches: [], byDevice: {} });
		expect((await answer("?limit=0")).matches).toEqual([]);
		expect((await (await fetch(`${web.url}api/status`, { headers: { cookie } })).json()) as object).toMatchObject({
			advisories: { documents: 40, revision: 1 },
		});
	});

	it("are bounded, with the true number beside", async () => {
		imported({ devices: Array.from({ length: 60 }, (_, at) => deviceAdvisories(`d-${at}`, Array(20).fill({}))) });
		expect(await answer()).toMatchObject({ total: 1200, matches: { length: 200 } });
		expect(await answer("?limit=1000")).toMatchObject({ total: 1200, matches: { length: 1000 } });
		for (const query of ["?limit=1001", "?limit=-1", "?limit=x", "?asset=", `?asset=${"x".repeat(201)}`, "?other=1"])
			expect([query, (await ask(query)).status]).toEqual([query, 400]);
	});
});

describe.skipIf(!hasBrowser)("advisories on the page", () => {
	let browser: Browser;
	let page: Page;
	let complaints: string[];
	let foreign: string[];

	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser?.close());
	beforeEach(async () => {
		complaints = [];
		page = await openPage(browser, complaints);
		foreign = [];
		page.on("request", (request) => {
			if (!request.url().startsWith(web.url)) foreign.push(request.url());
		});
	});
	afterEach(() => page.close());

	async function enter(): Promise<void> {
		await page.goto(web.url);
		await page.getByLabel("Setup code").fill(web.setupCode!);
		await page.getByLabel("Name").fill("Ada");
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Make the login" }).click();
		await page.getByRole("heading", { level: 2, name: "Devices" }).waitFor();
	}

	async function shoot(name: string): Promise<void> {
		if (shots === undefined) return;
		mkdirSync(shots, { recursive: true });
		for (const colorScheme of ["light", "dark"] as const) {
			for (const width of [1280, 400]) {
				await page.setViewportSize({ width, height: 900 });
				await page.emulateMedia({ colorScheme });
				await page.locator("#devices").screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png` });
			}
		}
		await page.emulateMedia({ colorScheme: "light" });
		await page.setViewportSize({ width: 1280, height: 900 });
	}

	const section = () => page.getByRole("region", { name: "Devices" });
	const intake = () =>
		section()
			.getByRole("button", { name: /^PLC-1 Intake/ })
			.and(page.locator("[aria-expanded]"));

	it("are said to be none, quietly, until an import is taken up", async () => {
		await enter();
		await section()
			.getByText("No security advisories are on this box: bring CSAF 2.0 documents with spanwatch advisories import FOLDER")
			.waitFor();
		await shoot("none");
		imported({ devices: [deviceAdvisories("m-001", [{}])] });
		await section()
			.getByText("40 security advisories: 1 device is affected. Show them. 3 of 8 devices said which model they are")
			.waitFor();
		await intake().getByText("affected: 1 advisory", { exact: true }).waitFor();
		imported({ devices: [], problem: "3 lines of the box's advisories cannot be read: import the advisories again." });
		await section().getByText("40 security advisories: none concerns a device here.").waitFor();
		await section().getByText("3 lines of the box's advisories cannot be read").waitFor();
		expect(await intake().count()).toBe(0);
		expect(complaints).toEqual([]);
	});

	it("stand at each device with number and highest score, and open to what they say and what to do", async () => {
		imported({
			devices: [
				deviceAdvisories("m-001", [
					{ unit: 1, advisory: "EX-2026-001" },
					...Array.from({ length: 12 }, (_, at) => ({ advisory: `EX-2026-1${at}`, score: 5.3 })),
				]),
				deviceAdvisories("m-003", [
					{
						status: "may be affected",
						score: 7.5,
						device: { vendor: "WAGO", model: "750-8212", evidence: "Modbus device identification" },
						why: "The advisory names it as 750-8212 (Modbus device identification), and versions <03.10.09 are affected: may be affected, firmware unknown.",
						fixedVersions: [],
						remedies: [
							{ category: "vendor_fix", text: "Update to firmware 03.10.09." },
							{ category: "mitigation", text: "Let nobody but the HMI speak to it." },
							{ category: "workaround", text: "Switch the web server off." },
						],
					},
				]),
			],
		});
		await enter();
		await section().getByText("1 device is affected, 1 device may be.").waitFor();
		await intake().getByText("affected: 13 advisories").waitFor();
		const row = section()
			.getByRole("row")
			.filter({ has: page.locator(".advisoryMark") })
			.first();
		expect((await row.innerText()).toLowerCase()).toMatch(/critical\s*9\.1/);
		await section().getByRole("button", { name: "Show them" }).click();
		expect(await page.getByLabel("Find").inputValue()).toBe("affected");
		expect(await section().getByRole("row").count()).toBe(3);
		await intake().focus();
		await page.keyboard.press("Enter");
		const first = section().getByRole("listitem").filter({ hasText: "EX-2026-001" });
		const words = (await first.innerText()).replace(/\s+/g, " ");
		for (const part of [
			"Affected",
			"Example: write without login",
			"its firmware 1.6.2 is among the affected versions <1.10.",
			"Device unit 1 · Schneider Electric · TM221CE24R · 1.6.2",
			"Affected versions <1.10",
			"Fixed in 1.10",
			"Vulnerabilities CVE-2026-10001",
			"CVSS 9.1 CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H",
			"How sure 90 %",
			"What to do Fix: Update to firmware 1.10 or later. vendor.example",
		])
			expect(words).toContain(part);
		expect(await intake().getAttribute("aria-expanded")).toBe("true");
		expect(await intake().evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
		const link = first.getByRole("link", { name: "cert.example" });
		expect([await link.getAttribute("href"), await link.getAttribute("rel")]).toEqual([
			"https://cert.example/EX-2026",
			"noopener noreferrer",
		]);
		expect(await section().locator("li.advisory").count()).toBe(4);
		await section().getByRole("button", { name: "Show 9 more" }).click();
		expect(await section().locator("li.advisory").count()).toBe(13);
		await intake().click();
		expect(await section().locator("li.advisory").count()).toBe(0);
		// One of which the firmware is not known, and that says so.
		await section().getByRole("button", { name: "PLC-3 Dosing may be affected: 1 advisory" }).click();
		const dosing = section().locator("li.advisory");
		await dosing.getByText("May be affected: its firmware is not known").waitFor();
		await dosing.getByText("firmware unknown", { exact: false }).first().waitFor();
		await dosing.getByText("no version that the advisory names").waitFor();
		await dosing.getByText("1 more").click();
		await dosing.getByText("Switch the web server off.").waitFor();
		// What is unfolded stays so when other devices change.
		imported({ devices: [...view.advisoryNews.devices, deviceAdvisories("m-010", [{}])] });
		await section().getByText("2 devices are affected").waitFor();
		await dosing.getByText("Switch the web server off.").waitFor();
		await intake().click();
		await shoot("advisories");
		for (const width of [400, 700, 1280]) {
			await page.setViewportSize({ width, height: 900 });
			expect([width, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([width, width]);
		}
		expect(complaints).toEqual([]);
		expect(foreign).toEqual([]);
	});

	it("are text, whatever a document or the wire says, and lead nowhere but into the web", async () => {
		const long = "x".repeat(3000);
		imported({
			problem: HOSTILE,
			devices: [
				deviceAdvisories("m-001", [
					{
						advisory: HOSTILE,
						title: HOSTILE + long,
						why: HOSTILE,
						product: HOSTILE,
						cves: [HOSTILE, long],
						vector: long,
						url: "javascript:alert(1)",
						device: { vendor: HOSTILE, model: long, firmware: HOSTILE, evidence: HOSTILE },
						affectedVersions: [HOSTILE],
						fixedVersions: [HOSTILE, long],
						remedies: [
							{ category: HOSTILE, text: HOSTILE, url: " javascript:alert(1)" },
							{ category: "constructor", text: long, url: "data:text/html,<script>alert(1)</script>" },
							{ category: "vendor_fix", text: "x", url: `https://vendor.example/"onmouseover="alert(1)` },
						],
					},
					{ url: "https://user:word@ex\u0430mple.test/", score: "9" as never, remedies: [], vector: undefined as never },
				]),
				{ asset: "__proto__", affected: 1, mayBeAffected: 0, matches: [] },
			],
		});
		await enter();
		await intake().click();
		await section().getByText(SHOWN).first().waitFor();
		await section().getByText("1 more").click();
		expect(await section().getByText(SHOWN).count()).toBeGreaterThan(8);
		expect(await page.locator("main script, main img:not([src='icon.svg']), main [onerror], main [onmouseover]").count()).toBe(0);
		const links = await section()
			.getByRole("link")
			.evaluateAll((all) => all.map((one) => one.getAttribute("href")));
		expect(links).toEqual([
			"api/assets.csv",
			"api/assets.json",
			"https://vendor.example/%22onmouseover=%22alert(1)",
			expect.stringMatching(/^https:\/\/user:word@xn--/),
		]);
		expect(await section().getByRole("link").last().innerText()).toMatch(/^xn--/);
		expect(await page.locator("body").innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
		for (const width of [400, 700, 1280]) {
			await page.setViewportSize({ width, height: 900 });
			expect([width, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([width, width]);
		}
		await shoot("hostile");
		expect(complaints).toEqual([]);
		expect(foreign).toEqual([]);
	});

	it("leave nothing behind at logout", async () => {
		imported({ devices: [deviceAdvisories("m-001", [{ title: "Secret plant" }])] });
		await enter();
		await intake().click();
		await section().getByText("Secret plant").waitFor();
		await page.getByRole("button", { name: "Log out" }).click();
		await page.getByText("You are logged out.").waitFor();
		expect(await page.locator("main").textContent()).not.toMatch(/Secret|EX-2026|40 security/);
	});
});
