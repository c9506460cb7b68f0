/** People's verbs on the whole program: the command line, the API and a broker's user say something, the power goes, and it holds. */
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import mqtt from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { isBuilt, Monitor, makeFolder, runToEnd } from "../support/monitor.ts";

if (!isBuilt) console.warn("skipped: people's verbs, the program is not built");

const WRITER = "10.20.0.66";

describe.skipIf(!isBuilt)("people's verbs", { timeout: 180_000 }, () => {
	let dir: string;
	let config: string;
	let state: string;
	let monitors: Monitor[];
	beforeEach(() => {
		({ dir, config, state } = makeFolder({
			broker: { port: 0, user: "scada", passwordFile: "password" },
			commands: { mqttUsers: ["scada"] },
		}));
		writeFileSync(join(dir, "password"), "geheim", { mode: 0o600 });
		monitors = [];
	});
	afterEach(async () => {
		for (const monitor of monitors) await monitor.close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The demo, up to the end of its recordings: what it plays is always the same. */
	async function play(): Promise<Monitor> {
		const monitor = new Monitor({ args: ["demo", "--speed", "1000", "--config", config, "--state", state] });
		monitors.push(monitor);
		await monitor.enter();
		await monitor.said(/the recordings are over/);
		return monitor;
	}
	const tell = async (...args: string[]) => {
		const { code, out, said } = await runToEnd([...args, "--config", config, "--state", state]);
		return {
			code,
			said,
			answers: out
				.split("\n")
				.filter(Boolean)
				.map((line) => JSON.parse(line) as Record<string, unknown>),
		};
	};
	const openWrites = (alerts: Alert[]) =>
		alerts.filter(({ type, source, status }) => type === "first-write" && source.ip === WRITER && status === "open");
	const audit = async (monitor: Monitor) => (await monitor.get<{ entries: Record<string, unknown>[] }>("audit?limit=200")).entries;

	it("what was learned by a word on the command line is normal after kill -9, and alarms again when it is unlearned", async () => {
		const first = await play();
		await expect.poll(async () => openWrites(await first.alerts()).length).toBe(1);
		const [alert] = openWrites(await first.alerts());
		expect(alert!.learns!.join()).toContain(WRITER);
		const learned = await tell("learn", alert!.id, "--why", "the new panel");
		expect([learned.code, learned.said]).toEqual([0, ""]);
		const { entry, sentence } = learned.answers[0]! as { entry: string; sentence: string };
		expect(sentence).toMatch(/^Learned: 10\.20\.0\.66 changes something at /);
		expect(await first.stop("SIGKILL")).toBe("SIGKILL");

		const second = await play();
		expect(openWrites(await second.alerts())).toEqual([]);
		const closed = (await second.alerts()).find(({ id }) => id === alert!.id);
		expect(closed).toMatchObject({ status: "closed", closed: { id: entry, why: "the new panel", isLearned: true } });
		expect((await audit(second)).find(({ id }) => id === entry)).toMatchObject({
			action: "learn",
			via: "command line",
			why: "the new panel",
		});
		// Told to the page of this run, too: unlearned by its entry, and the power goes at once.
		const undone = await second.post("commands", { verb: "unlearn", entry, why: "it was not ours" });
		expect([undone.status, undone.body.sentence]).toEqual([200, expect.stringMatching(/^Undone: 10\.20\.0\.66 changes something at /)]);
		await second.stop("SIGKILL");

		const third = await play();
		await expect.poll(async () => openWrites(await third.alerts()).length).toBe(1);
		const entries = await audit(third);
		expect(entries.filter(({ action }) => action === "learn" || action === "unlearn").map(({ action, why }) => [action, why])).toEqual([
			["unlearn", "it was not ours"],
			["learn", "the new panel"],
		]);
	});

	it("the API takes commands of a session from its own page alone; the command line says wrong use in a sentence", async () => {
		const monitor = await play();
		await expect.poll(async () => openWrites(await monitor.alerts()).length).toBe(1);
		const [alert] = openWrites(await monitor.alerts());
		// While it is open nothing new of its ends is learned.
		await expect.poll(async () => (await monitor.status()).health!.counters["operations-held"]).toBeGreaterThan(0);
		const close = { verb: "close", alert: alert!.id, why: "the operator did it" };
		expect((await monitor.post("commands", close, { cookie: "" })).status).toBe(401);
		for (const headers of [{ origin: "http://evil.example" }, { "sec-fetch-site": "cross-site" }] as Record<string, string>[])
			expect((await monitor.post("commands", close, headers)).status).toBe(403);
		expect(await monitor.post("commands", { ...close, why: "" })).toMatchObject({ status: 400, body: { code: "COMMAND_INVALID" } });
		expect(await monitor.post("commands", { ...close, alert: "0".repeat(32) })).toMatchObject({
			status: 404,
			body: { code: "COMMAND_UNKNOWN" },
		});
		expect((await monitor.alerts()).find(({ id }) => id === alert!.id)!.status).toBe("open");
		expect((await monitor.post("commands", close)).status).toBe(200);
		await expect.poll(async () => (await monitor.alerts()).find(({ id }) => id === alert!.id)!.closed?.by).toBe("Ada");
		expect(await monitor.post("commands", close)).toMatchObject({ status: 409, body: { code: "COMMAND_NOTHING" } });
		const plcs = Array.from({ length: 256 }, (_, at) => `10.200.0.${at}`);
		const permit = await monitor.post("commands", { verb: "permit", plcs, until: Date.now() / 1000 + 60, why: "all of hall 2" });
		expect(permit.status).toBe(200);
		expect((await monitor.post("commands", { verb: "permit", why: "x".repeat(40_000) })).status).toBe(413);

		expect(statSync(join(state, "command.sock")).mode & 0o777).toBe(0o600);
		expect((await tell("permit", "--list")).answers.map(({ why }) => why)).toEqual(["all of hall 2"]);
		expect((await tell("undo", String(permit.body.entry), "--why", "cancelled")).code).toBe(0);
		expect((await tell("permit", "--list")).answers).toEqual([]);
		expect((await tell("audit")).answers[0]).toMatchObject({
			action: "undo",
			via: "command line",
			why: "cancelled",
			entry: permit.body.entry,
		});
		for (const [args, words] of [
			[["close", alert!.id], /^spanwatch: close: say why with --why/],
			[["close", "--why", "x"], /^spanwatch: close: give one alert's id/],
			[["mute", alert!.id, "--why", "x"], /^spanwatch: mute: say how long/],
			[["mute", alert!.id, "--until", "tomorrow", "--why", "x"], /^spanwatch: mute: --until tomorrow is no time/],
			[["permit", "--weekly", "someday 1-2", "--why", "x"], /^spanwatch: permit: --weekly "someday 1-2" is not understood/],
			[["unlearn", "--trait", "client", "--why", "x"], /^spanwatch: unlearn: protocol and server and client are missing/],
			[["learn", "nonsense", "--why", "x"], /^spanwatch: learn: alert must be the id of an alert/],
		] as [string[], RegExp][]) {
			const { code, said, answers } = await tell(...args);
			expect([code, said.match(words)?.length, said.split("\n").length, answers]).toEqual([2, 1, 2, []]);
		}
		const nobody = await runToEnd(["close", alert!.id, "--why", "x", "--state", join(dir, "elsewhere")]);
		expect([nobody.code, nobody.said]).toEqual([2, expect.stringMatching(/^spanwatch: No box answers in the state folder/)]);
	});

	it("the broker's user gives a command on his topic and gets the answer; played again it does nothing, also after kill -9", async () => {
		const first = await play();
		await expect.poll(async () => openWrites(await first.alerts()).length).toBe(1);
		const [alert] = openWrites(await first.alerts());
		const until = Date.now() / 1000 + 3600;
		const payload = JSON.stringify({
			id: "mute-from-scada",
			time: Date.now() / 1000,
			command: { verb: "mute", alert: alert!.id, until, why: "known at the desk" },
		});
		const give = async (monitor: Monitor) => {
			const url = `mqtt://127.0.0.1:${await monitor.said(/mqtt:\/\/127\.0\.0\.1:(\d+)/)}`;
			const scada = await mqtt.connectAsync(url, { username: "scada", password: "geheim", reconnectPeriod: 0 });
			await scada.subscribeAsync("spanwatch/site/box/result/scada");
			const answer = new Promise<Record<string, unknown>>((resolve) =>
				scada.once("message", (_, bytes) => resolve(JSON.parse(bytes.toString()))),
			);
			await scada.publishAsync("spanwatch/site/box/command/scada", payload, { qos: 1 });
			try {
				return await answer;
			} finally {
				await scada.endAsync(true);
			}
		};
		expect(await give(first)).toMatchObject({ id: "mute-from-scada", ok: true, sentence: expect.stringMatching(/^Muted until /) });
		await expect.poll(async () => (await first.alerts()).find(({ id }) => id === alert!.id)!.muted?.by).toBe("scada");
		expect((await first.status()).attention.top?.id).not.toBe(alert!.id);
		await first.stop("SIGKILL");
		const second = await play();
		expect(await give(second)).toMatchObject({ ok: false, code: expect.stringMatching(/^COMMAND_(REPEATED|LATE)$/) });
		expect((await audit(second)).filter(({ action }) => action === "mute")).toMatchObject([
			{ user: "scada", via: "mqtt", why: "known at the desk" },
		]);
		expect((await second.get<{ mutes: unknown[] }>("permits")).mutes.length).toBe(1);
	});
});
