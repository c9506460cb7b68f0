/** Commands over MQTT, through the embedded broker and through Mosquitto: who the broker says, once, now, and nothing else. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandError } from "../../src/config/commandError.ts";
import { Broker } from "../../src/output/broker.ts";
import { MqttOutput } from "../../src/output/mqtt.ts";
import { type CommandTaker, MqttCommands } from "../../src/output/mqttCommands.ts";
import { Outbox } from "../../src/output/outbox.ts";
import { openStore } from "../../src/store/level.ts";
import { freePort, hasMosquitto, Mosquitto } from "./mosquitto.ts";

const BASE = "spanwatch/plant/box";
const CLOSE = { verb: "close", alert: "a".repeat(32), why: "x" };
const now = () => Date.now() / 1000;

/** Carries nothing out, and remembers what it was asked. */
class Taker implements CommandTaker {
	readonly asked: [unknown, string][] = [];
	readonly ids = new Map<string, number>();
	refusal: Error | undefined;
	async run(value: unknown, { user }: { user: string }, once: { id: string; time: number }) {
		if (this.refusal !== undefined) throw this.refusal;
		this.asked.push([value, user]);
		this.ids.set(once.id, once.time);
		return { entry: "0123-1", sentence: "Closed." };
	}
	wasSeen(id: string): boolean {
		return this.ids.has(id);
	}
	get seen(): number {
		return this.ids.size;
	}
	forgetBefore(time: number): void {
		for (const [id, at] of this.ids) if (at < time) this.ids.delete(id);
	}
}

describe("a command message", () => {
	let taker: Taker;
	let commands: MqttCommands;
	let time: number;
	beforeEach(() => {
		taker = new Taker();
		time = 1_800_000_000;
		commands = new MqttCommands(["scada"], taker, () => time);
	});
	const take = async (message: unknown, { topic = "command/scada", retain = false } = {}) => {
		const bytes =
			typeof message === "string" || message instanceof Uint8Array ? Buffer.from(message) : Buffer.from(JSON.stringify(message));
		const answer = await commands.take(topic, bytes, retain);
		if (answer === undefined) return undefined;
		return { topic: answer.topic, ...JSON.parse(answer.payload) } as Record<string, unknown>;
	};
	const good = (change: object = {}) => ({ id: "command-1", time, command: CLOSE, ...change });

	it("is carried out as the user of its topic, and answered", async () => {
		expect(await take(good())).toEqual({ topic: "result/scada", id: "command-1", ok: true, entry: "0123-1", sentence: "Closed." });
		expect(taker.asked).toEqual([[CLOSE, "scada"]]);
	});

	it("is never carried out twice, nor when it is not of now, nor retained", async () => {
		await take(good());
		expect(await take(good())).toMatchObject({ id: "command-1", ok: false, code: "COMMAND_REPEATED" });
		for (const off of [-61, 61, -1e9, 1e12])
			expect(await take(good({ id: `other-${off}`, time: time + off }))).toMatchObject({ code: "COMMAND_LATE" });
		expect(await take(good({ id: "other-id-1" }), { retain: true })).toMatchObject({ code: "COMMAND_LATE" });
		// Once its id may be forgotten, its time is past.
		time += 300;
		expect(await take(good({ time: time - 300 }))).toMatchObject({ code: "COMMAND_LATE" });
		expect(await take(good({ id: "command-2" }))).toMatchObject({ ok: true });
		expect(taker.ids.size).toBe(1);
		expect(commands.refused).toBe(7);
	});

	it.each([
		["no JSON", "{"],
		["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
		["null", "null"],
		["a list", "[1]"],
		["no id", { time: 1_800_000_000, command: CLOSE }],
		["a short id", { id: "a", time: 1_800_000_000, command: CLOSE }],
		["an id with a slash", { id: "aaaa/aaaa", time: 1_800_000_000, command: CLOSE }],
		["a time in words", { id: "command-1", time: "now", command: CLOSE }],
		["a name of its own", { id: "command-1", time: 1_800_000_000, command: CLOSE, user: "Ada" }],
		["too many bytes", JSON.stringify({ id: "x".repeat(40_000) })],
	])("that has %s is refused", async (_, message) => {
		expect(await take(message)).toMatchObject({ topic: "result/scada", ok: false, code: "COMMAND_INVALID" });
		expect(taker.asked).toEqual([]);
	});

	it("says why it cannot be done, and nothing of the box's inside", async () => {
		taker.refusal = new CommandError("COMMAND_NOTHING", "The alert is closed already.");
		expect(await take(good())).toMatchObject({ ok: false, code: "COMMAND_NOTHING", sentence: "The alert is closed already." });
		taker.refusal = new Error("/var/lib/secret");
		const answer = await take(good());
		expect(answer).toMatchObject({ ok: false, code: "COMMAND_FAILED" });
		expect(JSON.stringify(answer)).not.toContain("secret");
	});

	it("of somebody who is not configured is not even answered", async () => {
		for (const topic of ["command/other", "command/", "command/scada/x", "command"]) expect(await take(good(), { topic })).toBeUndefined();
		expect(taker.asked).toEqual([]);
	});

	it("is one of at most 30 within a minute; a flood gets one answer", async () => {
		const answers = [];
		for (let at = 0; at < 100; at++) answers.push(await take(good({ id: `command-${at}` })));
		expect(answers.filter((answer) => answer?.ok === true).length).toBe(30);
		expect(answers.filter((answer) => answer?.code === "COMMAND_BUSY").length).toBe(1);
		time += 60;
		expect(await take(good({ id: "command-later" }))).toMatchObject({ ok: true });
	});
});

describe("over a broker", { timeout: 30_000 }, () => {
	let dir: string;
	let taker: Taker;
	let warnings: string[];
	let open: (() => Promise<unknown>)[];
	beforeEach(() => {
		dir = mkdtempSync(join(tmpdir(), "commands-"));
		taker = new Taker();
		warnings = [];
		open = [];
	});
	afterEach(async () => {
		for (const close of open.reverse()) await close();
		rmSync(dir, { recursive: true, force: true });
	});

	/** The box's side. */
	async function box(place: { url: string; user?: string; password?: string; clientId?: string; version?: 4 | 5 }): Promise<MqttOutput> {
		const store = await openStore(dir);
		const outbox = await Outbox.open({ store, destinations: ["mqtt"], maxEntries: 100, maxBytes: 1 << 20 });
		const output = new MqttOutput({
			version: 5,
			clientId: "box",
			root: "spanwatch",
			site: "plant",
			sensor: "box",
			queue: outbox.queue("mqtt"),
			commands: new MqttCommands(["scada"], taker, now),
			onWarning: (sentence) => warnings.push(sentence),
			retryMilliseconds: 20,
			...place,
		});
		open.push(async () => {
			await output.stop();
			await outbox.close();
			await store.close();
		});
		output.start();
		await expect.poll(() => output.state).toBe("connected");
		return output;
	}

	/** A client of the broker, with what it hears. */
	async function client(
		url: string,
		username: string,
		password: string,
	): Promise<{ client: MqttClient; heard: Record<string, unknown>[] }> {
		const one = await mqtt.connectAsync(url, { username, password, reconnectPeriod: 0 });
		one.on("error", () => {});
		const heard: Record<string, unknown>[] = [];
		one.on("message", (topic, payload) => heard.push({ topic, ...JSON.parse(payload.toString()) }));
		await one.subscribeAsync(`${BASE}/result/#`);
		open.push(() => one.endAsync(true));
		return { client: one, heard };
	}

	const message = (id: string) => JSON.stringify({ id, time: now(), command: CLOSE });

	it("the embedded one lets the user who may give commands publish on that topic, and on no other", async () => {
		const broker = await Broker.start({
			host: "127.0.0.1",
			port: 0,
			user: "scada",
			password: "geheim",
			commandTopics: new Map([["scada", `${BASE}/command/scada`]]),
			onWarning: (sentence) => warnings.push(sentence),
		});
		open.push(() => broker.close());
		await box(broker.client());
		const { client: scada, heard } = await client(broker.url, "scada", "geheim");
		await expect
			.poll(async () => {
				await scada.publishAsync(`${BASE}/command/scada`, message(`command-${Math.random().toString(36).slice(2)}`), { qos: 1 });
				return heard.length;
			})
			.toBeGreaterThan(0);
		expect(heard[0]).toMatchObject({ topic: `${BASE}/result/scada`, ok: true, sentence: "Closed." });
		expect(taker.asked[0]).toEqual([CLOSE, "scada"]);
		for (const [topic, retain] of [
			[`${BASE}/status`, false],
			[`${BASE}/command/other`, false],
			[`${BASE}/command/scada`, true],
			[`${BASE}/result/scada`, false],
		] as const) {
			const { client: liar } = await client(broker.url, "scada", "geheim");
			const isOut = new Promise((resolve) => liar.once("close", resolve as () => void));
			liar.publish(topic, message(`liar-${Math.random().toString(36).slice(2)}`), { qos: 1, retain }, () => {});
			await isOut;
		}
		expect([...taker.ids.keys()].filter((id) => id.includes("liar"))).toEqual([]);
	});

	it("the embedded one without command topics lets nobody publish", async () => {
		const broker = await Broker.start({ host: "127.0.0.1", port: 0, user: "scada", password: "geheim", onWarning: () => {} });
		open.push(() => broker.close());
		const { client: liar } = await client(broker.url, "scada", "geheim");
		const isOut = new Promise((resolve) => liar.once("close", resolve as () => void));
		liar.publish(`${BASE}/command/scada`, message("command-1"), { qos: 1 }, () => {});
		await isOut;
	});

	it.skipIf(!hasMosquitto)("Mosquitto lets each user publish on the topic of his own name; another's name is another topic", async () => {
		const port = await freePort();
		const place = join(dir, "mosquitto");
		const passwords = join(dir, "passwords");
		const acl = join(dir, "acl");
		for (const user of ["box", "scada", "mallory"])
			execFileSync("mosquitto_passwd", ["-b", ...(user === "box" ? ["-c"] : []), passwords, user, `${user}-password`], { stdio: "ignore" });
		writeFileSync(
			acl,
			[
				"user box",
				"topic readwrite spanwatch/#",
				"pattern write spanwatch/+/+/command/%u",
				"pattern read spanwatch/+/+/result/%u",
				"",
			].join("\n"),
		);
		for (const file of [passwords, acl]) chmodSync(file, 0o600);
		const broker = new Mosquitto(place, port, ["allow_anonymous false", `password_file ${passwords}`, `acl_file ${acl}`]);
		await broker.start();
		open.push(() => broker.stop());
		const url = `mqtt://127.0.0.1:${port}`;
		await box({ url, user: "box", password: "box-password" });
		const { client: mallory, heard: overheard } = await client(url, "mallory", "mallory-password");
		const { client: scada, heard } = await client(url, "scada", "scada-password");
		await mallory.publishAsync(`${BASE}/command/scada`, message("mallory-1"), { qos: 1 });
		await mallory.publishAsync(`${BASE}/command/mallory`, message("mallory-2"), { qos: 1 });
		const payload = message("command-1");
		await expect
			.poll(async () => {
				if (taker.asked.length === 0) await scada.publishAsync(`${BASE}/command/scada`, payload, { qos: 1 });
				return heard.length;
			})
			.toBeGreaterThan(0);
		expect(heard[0]).toMatchObject({ topic: `${BASE}/result/scada`, id: "command-1", ok: true });
		await scada.publishAsync(`${BASE}/command/scada`, payload, { qos: 1 });
		await expect.poll(() => heard.at(-1)).toMatchObject({ id: "command-1", ok: false, code: "COMMAND_REPEATED" });
		await scada.publishAsync(`${BASE}/command/scada`, message("retained-1"), { qos: 1, retain: true });
		await scada.publishAsync(`${BASE}/command/scada`, message("command-2"), { qos: 1 });
		await expect.poll(() => heard.at(-1)?.id).toBe("command-2");
		expect(taker.asked.map(([, user]) => user)).toEqual(Array(taker.asked.length).fill("scada"));
		expect([...taker.ids.keys()].some((id) => id.includes("mallory"))).toBe(false);
		expect(overheard).toEqual([]);
		expect(warnings).toEqual([]);
	});

	it.skipIf(!hasMosquitto)("what was retained before the box came is not carried out when it comes", async () => {
		const port = await freePort();
		const broker = new Mosquitto(join(dir, "mosquitto"), port, ["allow_anonymous true"]);
		await broker.start();
		open.push(() => broker.stop());
		const url = `mqtt://127.0.0.1:${port}`;
		const { client: scada, heard } = await client(url, "scada", "x");
		await scada.publishAsync(`${BASE}/command/scada`, message("retained-1"), { qos: 1, retain: true });
		await box({ url });
		await expect.poll(() => heard.at(-1)).toMatchObject({ id: "retained-1", ok: false, code: "COMMAND_LATE" });
		expect(taker.asked).toEqual([]);
	});
});
