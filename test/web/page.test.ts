/** The page in a real browser. Skipped, aloud, where there is none. With SHOTS set to a folder it leaves pictures there. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createWeb, type Web } from "../../src/web/web.ts";
import { hasBrowser, launch, openPage } from "../support/browser.ts";
import { alert, asset, FakeView, firstWrite, plc, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const shots = process.env.SHOTS;
const PASSWORD = "correct horse battery";

describe.skipIf(!hasBrowser)("the page in a browser", () => {
	let browser: Browser;
	let page: Page;
	let view: FakeView;
	let web: Web;
	let complaints: string[];
	let foreign: string[];
	const seconds = () => Date.now() / 1000;

	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser?.close());

	beforeEach(async () => {
		view = waterWorks(seconds());
		web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
		complaints = [];
		page = await openPage(browser, complaints);
		foreign = [];
		page.on("request", (request) => {
			if (!request.url().startsWith(web.url)) foreign.push(request.url());
		});
	});
	afterEach(async () => {
		await page.close();
		await web.close();
	});

	async function setUp(): Promise<void> {
		await page.goto(web.url);
		await page.getByLabel("Setup code").fill(web.setupCode!);
		await page.getByLabel("Name").fill("Ada");
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Make the login" }).click();
		await page.getByRole("heading", { level: 1, name: /need|Everything|unusual|cannot|No PLC|not answer/ }).waitFor();
	}

	async function shoot(name: string, { full = true } = {}): Promise<void> {
		if (shots === undefined) return;
		mkdirSync(shots, { recursive: true });
		for (const colorScheme of ["light", "dark"] as const) {
			for (const width of [1280, 400]) {
				await page.setViewportSize({ width, height: width === 400 ? 850 : 900 });
				await page.emulateMedia({ colorScheme });
				await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: full });
			}
		}
		await page.emulateMedia({ colorScheme: "light" });
		await page.setViewportSize({ width: 1280, height: 900 });
	}

	const alertItem = (title: string) => page.getByRole("listitem").filter({ has: page.getByRole("button", { name: title, exact: true }) });

	it("goes from setup to login, alerts, a live alert, its details, and logout", async () => {
		await page.goto(web.url);
		await page.getByRole("heading", { name: "Make the first login" }).waitFor();
		await shoot("setup");
		await page.getByLabel("Setup code").fill("0000-0000-0000-0000");
		await page.getByLabel("Name").fill("Ada");
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Make the login" }).click();
		await page.getByRole("alert").getByText("This is not the setup code that the terminal shows.").waitFor();
		await page.getByLabel("Setup code").fill(web.setupCode!);
		await page.getByRole("button", { name: "Make the login" }).click();

		// Is the plant safe, what changed, what must I do.
		await page.getByRole("heading", { level: 1, name: "1 alert needs you now" }).waitFor();
		const statement = page.getByRole("region", { name: "1 alert needs you now" });
		await statement.getByText("3 new alerts and 1 new device").waitFor();
		await statement.getByText("Ask the shift whether somebody is working on PLC-3 Dosing").waitFor();
		expect(await page.title()).toBe("(3) waterworks – Spanwatch");

		// The PLC that does not answer comes first; those with alerts next.
		const cards = page.getByRole("region", { name: "PLCs" }).getByRole("heading", { level: 3 });
		expect(await cards.allTextContents()).toEqual(["Clear-water station", "PLC-3 Dosing", "PLC-1 Intake", "PLC-2 Filters"]);
		const dosing = page.getByRole("region", { name: "PLCs" }).getByRole("listitem").filter({ hasText: "PLC-3 Dosing" });
		const card = (await dosing.innerText()).replace(/\s+/g, " ");
		expect(card).toContain("Talking");
		expect(card).toContain("2 open alerts");
		expect(card).toContain("Learned 62 % Learning: 3 of 5 traits judge");
		expect(card).toContain("Who does what 62 %, mature in about 5 hours: something new came lately Rhythm 100 %, judges");
		expect(card).toMatch(/10\.20\.1\.77 wrote 812 to holding:101, 3 min ago/);
		expect(card).toContain("Written by HMI-1, 10.20.1.77");
		expect(card).toContain("402,551 operations on 31 points, 14 refused");
		expect(await page.locator("main").innerText()).not.toMatch(/\b(null|undefined|NaN|\[object)/);

		await page.getByText("Live", { exact: true }).waitFor();
		await shoot("plant");

		// An alert arrives by itself, and is announced.
		view.push(
			alert(seconds(), {
				id: "a-restart",
				type: "restart",
				nature: "fact",
				title: "PLC told to restart",
				sentence: "10.20.1.77 told PLC-3 Dosing to restart its communication (function 8, sub-function 1).",
				severity: 95,
				techniques: ["T0816"],
				reasons: [
					{ points: 70, text: "A restart command" },
					{ points: 40, text: "The client is new, and wrote before" },
				],
			}),
		);
		await page.getByRole("heading", { level: 1, name: "2 alerts need you now" }).waitFor();
		await page.getByRole("status").getByText("New alert, critical: PLC told to restart").waitFor();
		const titles = page.getByRole("region", { name: "Alerts" }).getByRole("heading", { level: 3 });
		expect((await titles.allTextContents())[0]).toBe("PLC told to restart");

		// Its reasons are a sum; the techniques have names; nothing else is fetched for that.
		const item = alertItem("PLC told to restart");
		const button = item.getByRole("button", { name: "PLC told to restart" });
		await button.focus();
		await page.keyboard.press("Enter");
		expect(await button.getAttribute("aria-expanded")).toBe("true");
		const rows = item.locator("table.points tr");
		expect(await rows.allInnerTexts()).toEqual([
			"70\tA restart command",
			"+40\tThe client is new, and wrote before",
			"95\tcritical (the sum 110 is cut to 0–100)",
		]);
		const text = await item.innerText();
		expect(text).toContain("T0816 Device Restart/Shutdown");
		expect(text).toContain("48190221, 48190223");
		expect(text).toContain("host 10.20.1.77 and host 10.20.1.13 and tcp port 502");
		expect(text).toContain("A new engineering laptop or HMI that nobody announced.");
		expect(text).toContain("If nobody knows the device, unplug it at the switch.");

		// A new revision changes the open alert in its place, and leaves the focus.
		view.push({ ...view.alertList[0]!, revision: 2, count: 7, sentence: "It was told seven times.", last: seconds() });
		await item.getByText("It was told seven times.").waitFor();
		await item.getByText("7 times", { exact: true }).first().waitFor();
		expect(await button.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
		expect(await button.getAttribute("aria-expanded")).toBe("true");
		await shoot("details");

		// Devices can be searched.
		await page.getByLabel("Find").fill("wago dosing");
		const devices = page.getByRole("table", { name: "Devices" }).getByRole("row");
		expect(await devices.count()).toBe(2);
		expect(await devices.nth(1).innerText()).toContain("00:30:de:41:02:9b");
		await page.getByLabel("Find").fill("no such thing");
		await page.getByText("No device fits.").waitFor();

		await page.getByRole("button", { name: "Log out" }).click();
		await page.getByText("You are logged out.").waitFor();
		expect(await page.locator("main").textContent()).not.toMatch(/PLC-\d|10\.20\./);
		await shoot("login");
		await page.getByLabel("Name").fill("ada");
		await page.getByLabel("Password").fill("wrong password");
		await page.getByRole("button", { name: "Log in" }).click();
		await page.getByText("Name or password is wrong.").waitFor();
		await page.getByLabel("Password").fill(PASSWORD);
		await page.getByRole("button", { name: "Log in" }).click();
		await page.getByRole("heading", { level: 1, name: "2 alerts need you now" }).waitFor();
		await page.getByText("since your last visit").waitFor();

		expect(complaints).toEqual([]);
		expect(foreign).toEqual([]);
	});

	it("treats what the wire says as text: no markup, no reordering, nothing invisible, nothing that bursts the layout", async () => {
		const hostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>\u202egnp.exe\u0000\u200b`;
		const shown = `<img src=x onerror="alert(1)"><script>alert(2)</script>⟨U+202E⟩gnp.exe⟨U+0000⟩⟨U+200B⟩`;
		const now = seconds();
		const long = "x".repeat(5000);
		view.assetList = [
			asset(now, {
				id: "h1",
				name: hostile,
				ips: ["10.20.1.13"],
				macs: [hostile],
				vendor: hostile,
				model: long,
				roles: [hostile],
				services: [hostile],
			}),
			asset(now, { id: "__proto__", name: `${"a\u0301".repeat(3)}${"\u0300".repeat(400)}`, ips: ["10.20.1.14"] }),
		];
		view.plcList = [
			plc(now, {
				id: hostile,
				name: hostile,
				ip: "10.20.1.13",
				protocol: hostile,
				maturityReason: hostile,
				traits: [{ trait: hostile, subjects: 1, judging: 0, maturity: 0.5, reason: hostile, forecast: long }],
				writers: [hostile, long],
				lastWrite: { time: 1e300, client: hostile, point: long, value: null },
			}),
		];
		view.alertList = [
			firstWrite(now, {
				title: hostile,
				sentence: hostile + long,
				reasons: [{ points: 85, text: hostile }],
				techniques: [hostile, "constructor"],
				causes: [hostile],
				advice: [hostile],
				evidence: { frames: [1], file: hostile, filter: hostile },
				source: { name: hostile, ip: "10.20.1.77", zone: long },
			}),
		];
		view.outputList = [{ name: hostile, state: hostile, waiting: 1 }];
		view.healthNow!.interfaces[0]!.name = hostile;
		view.healthNow!.counters = { [hostile]: 4 };
		await setUp();
		await page.getByRole("region", { name: "Alerts" }).getByRole("button", { name: shown }).click();
		await page.getByText("counted").click();
		expect(await page.getByText(shown).count()).toBeGreaterThan(15);
		// Only the page's own elements are there.
		expect(await page.locator("main script, main iframe, main img:not([src='icon.svg']), main [onerror]").count()).toBe(0);
		expect(await page.locator("body").innerText()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
		expect(await page.title()).toBe("(1) waterworks – Spanwatch");
		for (const width of [400, 700, 1280]) {
			await page.setViewportSize({ width, height: 900 });
			const scroll = await page.evaluate("document.documentElement.scrollWidth");
			const wide = await page.evaluate(
				"[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))",
			);
			expect([width, scroll, wide]).toEqual([width, width, []]);
		}
		await shoot("hostile");
		expect(complaints).toEqual([]);
		expect(foreign).toEqual([]);
	});

	it("says what to do where there is nothing yet", async () => {
		view = new FakeView();
		view.outputList = [];
		await web.close();
		web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
		await setUp();
		await page.getByRole("heading", { level: 1, name: "Spanwatch cannot see the plant" }).waitFor();
		for (const text of ["No alert yet.", "No PLC seen yet.", "No device seen yet.", "Alerts are shown on this page only."]) {
			expect([text, await page.getByText(text).isVisible()]).toEqual([text, true]);
		}
		await shoot("empty");
		expect(complaints).toEqual([]);
	});

	it("says that all is normal when it is, and that it is blind when an interface goes deaf", async () => {
		view.alertList = [];
		view.plcList = view.plcList.slice(0, 2);
		await setUp();
		await page.getByRole("heading", { level: 1, name: "Everything is normal" }).waitFor();
		await shoot("calm", { full: false });
		view.healthNow!.interfaces[0]!.state = "deaf";
		view.healthNow!.interfaces[0]!.kernelDrops = 812;
		view.statusChanged();
		await page.getByRole("heading", { level: 1, name: "Spanwatch sees only a part of the plant" }).waitFor();
		view.healthNow!.interfaces[1]!.state = "down";
		view.statusChanged();
		await page.getByRole("heading", { level: 1, name: "Spanwatch cannot see the plant" }).waitFor();
		await page.getByText("Interface eth1 is open but delivers no frames.").first().waitFor();
		await shoot("blind");
		expect(complaints).toEqual([]);
	});

	it("shows older alerts on demand, and only the chosen severities", async () => {
		const now = seconds();
		view.alertList = Array.from({ length: 70 }, (_, i) =>
			alert(now, { id: `a-${i}`, title: `Alert ${i}`, severity: i % 2 === 0 ? 40 : 75, ts: now - i * 60, last: now - i * 60 }),
		);
		await setUp();
		const titles = page.getByRole("region", { name: "Alerts" }).getByRole("heading", { level: 3 });
		await page.getByText("Alert 49", { exact: true }).waitFor();
		expect(await titles.count()).toBe(50);
		await page.getByRole("button", { name: "Show older alerts" }).click();
		await page.getByText("Alert 69", { exact: true }).waitFor();
		expect(await titles.allTextContents()).toEqual(Array.from({ length: 70 }, (_, i) => `Alert ${i}`));
		expect(await page.getByRole("button", { name: "Show older alerts" }).isVisible()).toBe(false);
		await page.getByRole("combobox", { name: "Show" }).selectOption("high and up");
		await page.getByText("Alert 68", { exact: true }).waitFor({ state: "detached" });
		expect(await titles.count()).toBe(35);
	});

	it("opens an alert that the address names", async () => {
		await setUp();
		await page.goto(`${web.url}#alert/a-device`);
		await page.reload();
		await alertItem("New device on the network").getByText("What to do first").waitFor();
	});

	it("shows what an alert counts together, and why one that keeps coming back weighs less", async () => {
		const now = seconds();
		const { operation: _, destination: __, ...one } = firstWrite(now);
		view.alertList = [
			{
				...one,
				id: "a-many",
				title: "Search through points",
				sentence:
					"More than 20 of the kind from 10.20.1.77 within an hour, counted together here. The worst of them: 10.20.1.77 asked PLC-3 Dosing for 300 points.",
				severity: 32,
				severityName: "low",
				reasons: [
					{ points: 60, text: "Search through points" },
					{ points: 5, text: "more than 20 of the kind from 10.20.1.77 within an hour" },
					{ points: -33, text: "lowered from 65 to 32: seen 14 times in 13 days, no consequence" },
				],
				count: 4100,
				lowered: { from: 65, count: 14, days: 13 },
				examples: [3, 4].map((plc) => ({
					ts: now - 400 + plc,
					sentence: `10.20.1.77 asked <b>PLC-${plc}</b> for 300 points.`,
					source: {},
				})),
				addresses: Array.from({ length: 50 }, (_, at) => `10.20.2.${at}`),
			},
			alert(now, { id: "a-part", title: "One of them", status: "closed", partOf: "a-many" }),
		];
		await setUp();
		const list = page.getByRole("region", { name: "Alerts" });
		await list.getByRole("button", { name: "Search through points", exact: true }).click();
		const item = list.getByRole("listitem").filter({ hasText: "Search through points" }).first();
		await item.getByRole("heading", { name: "Counted together" }).waitFor();
		await item.getByText("lowered from 65 to 32: seen 14 times in 13 days, no consequence").waitFor();
		await item.getByText(/: 10\.20\.1\.77 asked <b>PLC-4<\/b> for 300 points\.$/).waitFor();
		await item.getByText(/^10\.20\.2\.0, .*, 10\.20\.2\.31 and 18 more$/).waitFor();
		await shoot("flood");
		await list.getByRole("button", { name: "One of them", exact: true }).click();
		await list.getByText("Counted on in").waitFor();
		expect(complaints).toEqual([]);
	});

	it("notices that the box is gone", async () => {
		await setUp();
		await page.getByText("Live", { exact: true }).waitFor();
		await web.close();
		await page.getByRole("heading", { level: 1, name: "No contact with the box" }).waitFor();
		await page.getByText("No contact", { exact: true }).waitFor();
	});
});
