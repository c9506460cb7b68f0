/** What people say through the page, in a real browser: learn, mute, close, permit, undo, and the audit log. With SHOTS set to a folder it leaves pictures there. */
import { mkdirSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../../src/config/commandError.ts";
import { createWeb, type Web } from "../../src/web/web.ts";
import { hasBrowser, launch, openPage } from "../support/browser.ts";
import { type FakeView, firstWrite, waterWorks } from "../support/fakeView.ts";
import { MemoryStore } from "../support/memoryStore.ts";

const shots = process.env.SHOTS;
const HOSTILE = `<img src=x onerror="alert(1)">\u202egnp\u200b`;
const SHOWN = `<img src=x onerror="alert(1)">⟨U+202E⟩gnp⟨U+200B⟩`;
const LEARNS = ["10.20.1.77 changes something at 10.20.1.13 (modbus)", "holding:101 of 10.20.1.13 is 812 when 10.20.1.77 writes it"];

describe.skipIf(!hasBrowser)("people's verbs on the page", () => {
	let browser: Browser;
	let page: Page;
	let view: FakeView;
	let web: Web;
	let complaints: string[];
	const now = () => Date.now() / 1000;

	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser?.close());
	beforeEach(async () => {
		view = waterWorks(now());
		view.alertList = [firstWrite(now(), { id: "a".repeat(32), nature: "deviation", learns: LEARNS })];
		web = await createWeb({ host: "127.0.0.1", port: 0, view, store: new MemoryStore(), clock: Date.now });
		complaints = [];
		page = await openPage(browser, complaints);
	});
	afterEach(async () => {
		await page.close();
		await web.close();
	});

	async function enter(): Promise<void> {
		await page.goto(web.url);
		await page.getByLabel("Setup code").fill(web.setupCode!);
		await page.getByLabel("Name").fill("Ada");
		await page.getByLabel("Password").fill("correct horse battery");
		await page.getByRole("button", { name: "Make the login" }).click();
		await page.getByRole("heading", { level: 2, name: "Audit log" }).waitFor();
	}

	async function shoot(name: string, part: string): Promise<void> {
		if (shots === undefined) return;
		mkdirSync(shots, { recursive: true });
		for (const colorScheme of ["light", "dark"] as const) {
			for (const width of [1280, 400]) {
				await page.setViewportSize({ width, height: 900 });
				await page.emulateMedia({ colorScheme });
				await page.locator(part).screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png` });
			}
		}
		await page.emulateMedia({ colorScheme: "light" });
		await page.setViewportSize({ width: 1280, height: 900 });
	}

	const openAlert = async () => {
		const title = view.alertList[0]!.title;
		const item = page
			.getByRole("region", { name: "Alerts" })
			.getByRole("listitem")
			.filter({ has: page.getByRole("button", { name: title, exact: true }) });
		await item.getByRole("button", { name: title, exact: true }).click();
		return item;
	};

	it("gives a command with its reason, and only with one", async () => {
		await enter();
		const item = await openAlert();
		for (const line of LEARNS) await item.getByText(line).waitFor();
		await shoot("verdict", "#alerts");
		await item.getByRole("button", { name: "Learn" }).click();
		await item.getByText("Say why: it goes into the audit log.").waitFor();
		expect(view.commands).toEqual([]);
		await item.getByLabel("Why").fill("the new panel of line 3");
		expect(await item.getByText("Say why: it goes into the audit log.").count()).toBe(0);
		await item.getByRole("button", { name: "Learn" }).click();
		await page.getByRole("status").getByText("Done as you said.").waitFor();
		expect(view.commands.pop()).toEqual([
			{ verb: "learn", alert: "a".repeat(32), why: "the new panel of line 3" },
			{ user: "Ada", via: "page", address: "127.0.0.1" },
		]);
		expect(await item.getByLabel("Why").inputValue()).toBe("");
		await item.getByLabel("Why").fill("known");
		await item.getByRole("button", { name: "Close" }).click();
		await expect.poll(() => view.commands.length).toBe(1);
		expect(view.commands.pop()![0]).toEqual({ verb: "close", alert: "a".repeat(32), why: "known" });
		await item.getByLabel("Mute for").selectOption("1 day");
		await item.getByLabel("Why").fill("work on the pump");
		await item.getByRole("button", { name: "Mute" }).click();
		await expect.poll(() => view.commands.length).toBe(1);
		const [mute] = view.commands.pop()! as [{ until: number }, unknown];
		expect(mute).toMatchObject({ verb: "mute", why: "work on the pump" });
		expect(Math.abs(mute.until - now() - 86_400)).toBeLessThan(30);
		// A refusal is said, and what was typed stays.
		view.refusal = new CommandError("COMMAND_NOTHING", "The alert is closed already.");
		await item.getByLabel("Why").fill("again");
		await item.getByRole("button", { name: "Close" }).click();
		await item.getByText("The alert is closed already.").waitFor();
		expect(await item.getByLabel("Why").inputValue()).toBe("again");
		expect(complaints).toEqual([]);
	});

	it("keeps what is being typed when the alert changes under the person's hands", async () => {
		await enter();
		const item = await openAlert();
		await item.getByLabel("Why").fill("half a sen");
		await item.getByLabel("Why").focus();
		view.push({ ...view.alertList[0]!, revision: 9, count: 5, sentence: "It came five times." });
		await item.getByText("It came five times.").waitFor();
		expect(await item.getByLabel("Why").inputValue()).toBe("half a sen");
		expect(await item.getByLabel("Why").evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
	});

	it("shows who closed, learned and muted, and takes it back", async () => {
		view.alertList = [
			{ ...view.alertList[0]!, status: "closed", closed: { id: "e-7", time: now() - 60, by: HOSTILE, why: HOSTILE, isLearned: true } },
		];
		await enter();
		const item = await openAlert();
		await item.getByText(`Learned by ${SHOWN}`).waitFor();
		expect(await item.getByRole("button", { name: "Learn", exact: true }).isVisible()).toBe(false);
		expect(await item.getByRole("button", { name: "Close" }).isVisible()).toBe(false);
		await item.getByLabel("Why").fill("a mistake");
		await item.getByRole("button", { name: "Unlearn" }).click();
		await expect.poll(() => view.commands.length).toBe(1);
		expect(view.commands[0]![0]).toEqual({ verb: "undo", entry: "e-7", why: "a mistake" });
		view.push({
			...view.alertList[0]!,
			revision: 9,
			status: "open",
			closed: undefined as never,
			muted: { id: "e-8", until: now() + 900, by: "Bob", why: "noise" },
		});
		await item.getByText(/^Muted by Bob until /).waitFor();
		await item.getByText("muted", { exact: true }).waitFor();
		await item.getByLabel("Why").fill("over");
		await item.getByRole("button", { name: "End the mute" }).click();
		await expect.poll(() => view.commands.length).toBe(2);
		expect(view.commands[1]![0]).toEqual({ verb: "undo", entry: "e-8", why: "over" });
		expect(complaints).toEqual([]);
	});

	it("offers no learning of a fact, and says why", async () => {
		const { learns: _, ...fact } = firstWrite(now(), { id: "b".repeat(32), nature: "fact" });
		view.alertList = [fact];
		await enter();
		const item = await openAlert();
		await item.getByText("is never learned").waitFor();
		expect(await item.getByRole("button", { name: "Learn", exact: true }).isVisible()).toBe(false);
		expect(await item.getByRole("button", { name: "Mute" }).isVisible()).toBe(true);
	});

	it("gives a maintenance window, once and weekly, and ends one", async () => {
		view.permitList = [
			{
				id: "e-1",
				by: HOSTILE,
				why: HOSTILE,
				given: now(),
				clients: [HOSTILE],
				plcs: [],
				verbs: [],
				weekly: [{ days: [1, 2, 3, 4, 5], from: "22:00", to: "06:00" }],
			},
			{
				id: "e-2",
				by: "Bob",
				why: "Pump 3 is replaced",
				given: now(),
				clients: [],
				plcs: ["10.20.1.13"],
				verbs: ["write"],
				from: now() - 60,
				until: now() + 3600,
			},
		];
		view.muteList = [
			{ id: "e-3", fold: "x", title: "Value outside what is normal", by: "Bob", why: "sensor fails", until: now() + 60, severity: 30 },
		];
		view.auditList = Array.from({ length: 45 }, (_, at) => ({
			id: `e-${100 - at}`,
			time: now() - at * 60,
			action: at % 3 === 0 ? "permit" : at % 3 === 1 ? "login" : HOSTILE,
			outcome: at % 7 === 1 ? ("failed" as const) : ("ok" as const),
			user: at === 0 ? HOSTILE : "Ada",
			via: "page",
			address: "10.20.1.2",
			why: at === 0 ? HOSTILE : at === 1 ? "x".repeat(500) : "Pump 3 is replaced",
			words: "Permitted: everybody at all PLCs, all changes.",
		}));
		await enter();
		const windows = page.getByRole("region", { name: "Maintenance windows" }).last();
		await windows.getByText("Mon–Fri 22:00–06:00").waitFor();
		await windows.getByText(SHOWN).first().waitFor();
		await windows.getByText("Everybody at 10.20.1.13: write").waitFor();
		await page.getByText("New maintenance window").click();
		await windows.getByRole("button", { name: "Permit", exact: true }).click();
		await windows.getByText("Say when the window ends.").waitFor();
		await windows.getByLabel("What the work is").fill("New recipe");
		expect(await windows.getByText("Say when the window ends.").count()).toBe(0);
		await windows.getByLabel("Who: addresses").fill("10.20.1.9, 10.20.1.10");
		await windows.getByLabel("write values").check();
		await windows.getByLabel("Until").fill("2031-05-06T18:00");
		await shoot("people", "#people");
		await windows.getByRole("button", { name: "Permit", exact: true }).click();
		await expect.poll(() => view.commands.length).toBe(1);
		expect(view.commands[0]![0]).toEqual({
			verb: "permit",
			why: "New recipe",
			clients: ["10.20.1.9", "10.20.1.10"],
			verbs: ["write"],
			until: Date.parse("2031-05-06T18:00") / 1000,
		});
		await windows.getByLabel("What the work is").fill("Night shift");
		await windows.getByLabel("When").selectOption("each week");
		await windows.getByLabel("Sat").check();
		await windows.getByLabel("Sun").check();
		await windows.getByLabel("From").last().fill("20:00");
		await windows.getByLabel("To", { exact: true }).fill("04:30");
		await windows.getByRole("button", { name: "Permit", exact: true }).click();
		await expect.poll(() => view.commands.length).toBe(2);
		expect(view.commands[1]![0]).toEqual({ verb: "permit", why: "Night shift", weekly: [{ days: [6, 0], from: "20:00", to: "04:30" }] });
		await windows.getByRole("button", { name: "End this window" }).last().click();
		await expect.poll(() => view.commands.length).toBe(3);
		expect(view.commands[2]![0]).toMatchObject({ verb: "undo", entry: "e-2" });
		// The audit log: text only, older ones on demand, each undone by a button.
		const log = page.getByRole("region", { name: "Audit log" });
		expect(await log.getByRole("listitem").count()).toBe(20);
		await log.getByRole("button", { name: "Show older entries" }).click();
		await expect.poll(() => log.getByRole("listitem").count()).toBe(40);
		await log.getByRole("button", { name: "Undo" }).first().click();
		await expect.poll(() => view.commands.length).toBe(4);
		expect(view.commands[3]![0]).toMatchObject({ verb: "undo", entry: "e-100" });
		expect(await page.locator("main img:not([src='icon.svg']), main [onerror]").count()).toBe(0);
		for (const width of [400, 700, 1280]) {
			await page.setViewportSize({ width, height: 900 });
			expect([width, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([width, width]);
		}
		expect(complaints).toEqual([]);
	});

	it("where a device belongs is shown with what says so, and corrected; a guess that is left is confirmed by nobody", async () => {
		const [first] = view.assetList;
		first!.name = HOSTILE;
		first!.zone = { is: "OT", by: "guess", evidence: `a controller speaks there ${HOSTILE}`, confidence: 0.8 };
		first!.level = { is: "1", by: "guess", evidence: "it answers as a controller (modbus)", confidence: 0.9 };
		await enter();
		const row = page.getByRole("row").filter({ hasText: "10.20.1.11" });
		await row.getByText("OT (guessed, 80 %)").waitFor();
		await row.getByText("level 1 (guessed, 90 %)").waitFor();
		expect(await row.getByText("OT (guessed").getAttribute("title")).toContain(SHOWN);
		await row.getByRole("button", { name: "Correct where" }).click();
		const form = page.getByRole("form", { name: "Where" });
		await form.getByText(SHOWN).waitFor();
		await form.getByRole("button", { name: "Place" }).click();
		await form.getByText("Choose another zone").waitFor();
		await form.getByLabel("What hangs on it").selectOption("people: a safety controller");
		await form.getByRole("button", { name: "Place" }).click();
		await form.getByText("Say why").waitFor();
		await form.getByLabel("Why").fill("Drawing 12");
		await shoot("placing", "#placingForm");
		await form.getByRole("button", { name: "Place" }).click();
		await expect.poll(() => view.commands.length).toBe(1);
		expect(view.commands[0]![0]).toEqual({ verb: "place", device: "m-001", criticality: "safety", why: "Drawing 12" });
		await form.waitFor({ state: "hidden" });
		expect(complaints).toEqual([]);
	});

	it("leaves nothing of it behind at logout", async () => {
		view.permitList = [
			{ id: "e-2", by: "Bob", why: "Secret work", given: now(), clients: [], plcs: [], verbs: [], from: now() - 60, until: now() + 3600 },
		];
		view.auditList = [{ id: "e-2", time: now(), action: "permit", outcome: "ok", user: "Bob", words: "Permitted: secret." }];
		await enter();
		await page.getByText("Secret work").waitFor();
		await page.getByRole("button", { name: "Log out" }).click();
		await page.getByText("You are logged out.").waitFor();
		expect(await page.locator("main").textContent()).not.toMatch(/Secret|secret|Bob/);
	});
});
