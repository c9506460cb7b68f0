import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Alert } from "../../src/alert/alert.ts";
import { AlertArchive } from "../../src/alert/archive.ts";
import { AlertBook } from "../../src/alert/book.ts";
import type { Asset } from "../../src/assets/asset.ts";
import type { PlcStatus } from "../../src/baseline/status.ts";
import type { SensorHealth } from "../../src/health/health.ts";
import { Broker } from "../../src/output/broker.ts";
import { type MqttOptions, MqttOutput, type MqttState } from "../../src/output/mqtt.ts";
import { Outbox } from "../../src/output/outbox.ts";
import { openStore } from "../../src/store/level.ts";
import type { Store } from "../../src/store/store.ts";
import { detection, options } from "../alert/samples.ts";
import { type Certificates, freePort, hasMosquitto, Mosquitto, makeCertificates } from "./mosquitto.ts";
import { Reader } from "./reader.ts";

let dir = "";
let store: Store;
let outbox: Outbox;
let warnings: string[] = [];
/** Ended after each test, the last first. */
let open: (() => Promise<unknown>)[] = [];

const openOutbox = () => Outbox.open({ store, destinations: ["mqtt"], maxEntries: 10_000, maxBytes: 1 << 28 });

beforeEach(async () => {
	dir = mkdtempSync(join(tmpdir(), "mqtt-"));
	store = await openStore(dir);
	outbox = await openOutbox();
	warnings = [];
	open = [];
});
afterEach(async () => {
	for (const close of open.reverse()) await close();
	await outbox.close();
	await store.close();
	rmSync(dir, { recursive: true });
});

class Watched extends MqttOutput {
	#waiting: [MqttState, () => void][];
	constructor(options: MqttOptions) {
		const waiting: [MqttState, () => void][] = [];
		super({
			...options,
			onState: (state) => {
				for (const [wanted, resolve] of waiting.splice(0)) wanted === state ? resolve() : waiting.push([wanted, resolve]);
			},
		});
		this.#waiting = waiting;
	}
	async is(state: MqttState): Promise<void> {
		if (this.state !== state) await new Promise<void>((resolve) => this.#waiting.push([state, resolve]));
	}
}

const output = (change: Partial<MqttOptions> & Pick<MqttOptions, "url">): Watched => {
	const one = new Watched({
		version: 5,
		clientId: "",
		root: "spanwatch",
		site: "plant",
		sensor: "box",
		queue: outbox.queue("mqtt"),
		onWarning: (sentence) => warnings.push(sentence),
		retryMilliseconds: 20,
		...change,
	});
	open.push(() => one.stop());
	one.start();
	return one;
};
const reader = async (...args: Parameters<typeof Reader.open>): Promise<Reader> => {
	const one = await Reader.open(...args);
	open.push(() => one.close());
	return one;
};
const embedded = async (port = 0): Promise<Broker> => {
	const broker = await Broker.start({ host: "127.0.0.1", port, onWarning: (sentence) => warnings.push(sentence) });
	open.push(() => broker.close());
	return broker;
};
const until = async (isDone: () => boolean): Promise<void> => {
	while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const alert = (at: number, points = 60): Alert =>
	new AlertBook(options).detect(detection(at, { key: String(at), reasons: [{ points, text: "" }] }))!.alert;
const health = (frames: number) => ({ time: 1, frames, counters: {} }) as unknown as SensorHealth;
const plc = (id: string): PlcStatus => ({
	id,
	asset: id,
	ip: "10.0.0.3",
	name: "PLC",
	protocol: "modbus",
	state: "talking",
	lastRequest: 1,
	lastAnswer: 1,
	readers: [],
	writers: [],
	points: 1,
	operations: 1,
	refused: 0,
	unanswered: 0,
	lastWrite: { time: 1, client: "10.0.0.7", point: "holding:1", value: 812 },
	maturity: 1,
	maturityReason: "",
});
const sentencesTo = (count: number) => Array.from({ length: count }, (_, at) => `wrote at ${at + 1}`);
/** As a receiver does it: the first of each id and sequence. */
const once1 = (alerts: Reader["alerts"]) => [...new Map(alerts.map((one) => [`${one.id} ${one.sequence}`, one])).values()];

describe("MqttOutput to the embedded broker", () => {
	it("publishes alerts by severity and type, confirmed, not retained, with their sequence number", async () => {
		const broker = await embedded();
		const soc = await reader(broker.url);
		output(broker.client());
		const given = [alert(1, 20), alert(2, 95)];
		await outbox.post([], given);
		await soc.until(() => soc.alerts.length === 2);
		expect(soc.alerts.map(({ topic, sequence, qos, retain }) => ({ topic, sequence, qos, retain }))).toEqual([
			{ topic: "spanwatch/plant/box/alert/informational/new-writer", sequence: 1, qos: 1, retain: false },
			{ topic: "spanwatch/plant/box/alert/critical/new-writer", sequence: 2, qos: 1, retain: false },
		]);
		expect(JSON.parse(soc.received.find(({ topic }) => topic.includes("/critical/"))!.text)).toEqual({ ...given[1], sequence: 2 });
		await until(() => outbox.queue("mqtt").waiting === 0);
	});

	it("retains status, health, assets and PLCs in their latest state, without values of the process", async () => {
		const broker = await embedded();
		const one = output(broker.client());
		one.health(health(1));
		one.asset({ id: "02:00:00:00:00:07", ips: ["10.0.0.7"] } as Asset);
		one.asset({ id: "a/b#+\u0000", ips: [] } as unknown as Asset);
		one.plcs([plc("p1"), plc("p2/3")]);
		one.health(health(2));
		await one.is("connected");
		const late = await reader(broker.url);
		await late.until(() => new Set(late.received.map(({ topic }) => topic)).size === 6);
		expect(late.received.every(({ retain }) => retain)).toBe(true);
		expect(JSON.parse(late.latest("spanwatch/plant/box/status")!.text)).toEqual({ state: "online", time: expect.any(Number) });
		expect(JSON.parse(late.latest("spanwatch/plant/box/asset/02:00:00:00:00:07")!.text)).toMatchObject({ ips: ["10.0.0.7"] });
		expect(late.latest("spanwatch/plant/box/asset/a%2Fb%23%2B%00")).toBeDefined();
		expect(late.latest("spanwatch/plant/box/plc/p2%2F3")).toBeDefined();
		expect(late.latest("spanwatch/plant/box/plc/p1")!.text).not.toContain("812");
		expect(JSON.parse(late.latest("spanwatch/plant/box/plc/p1")!.text).lastWrite).toEqual({
			time: 1,
			client: "10.0.0.7",
			point: "holding:1",
		});
		await late.until(() => JSON.parse(late.latest("spanwatch/plant/box/health")!.text).frames === 2);
	});

	it("publishes again what is retained when the broker has forgotten it", async () => {
		let broker = await embedded();
		const { port } = broker;
		const one = output({ ...broker.client() });
		one.asset({ id: "x", ips: [] } as unknown as Asset);
		await one.is("connected");
		const { password } = broker.client();
		await broker.close();
		await one.is("disconnected");
		broker = await embedded(port);
		// Another broker has another secret.
		expect(broker.client().password).not.toBe(password);
		await one.stop();
		const next = output(broker.client());
		next.asset({ id: "x", ips: [] } as unknown as Asset);
		const late = await reader(broker.url);
		await late.until(
			() => late.latest("spanwatch/plant/box/asset/x") !== undefined && late.latest("spanwatch/plant/box/status") !== undefined,
		);
	});

	it("says goodbye when it is stopped", async () => {
		const broker = await embedded();
		const soc = await reader(broker.url, "spanwatch/+/+/status");
		const one = output(broker.client());
		await one.is("connected");
		await one.stop();
		await soc.until(() => soc.received.length === 2);
		expect(soc.received.map(({ text }) => JSON.parse(text))).toEqual([
			{ state: "online", time: expect.any(Number) },
			{ state: "offline", time: expect.any(Number) },
		]);
		expect(one.state).toBe("stopped");
	});

	it("does not speak MQTT 5 there, and says what to set", async () => {
		const broker = await embedded();
		const one = output({ ...broker.client(), version: 5 });
		await one.is("disconnected");
		expect(one.problem).toMatch(/mqtt\.version/);
	});
});

describe.skipIf(!hasMosquitto)("MqttOutput to Mosquitto (needs /usr/sbin/mosquitto)", () => {
	const mosquitto = async (lines: readonly string[], port?: number): Promise<Mosquitto> => {
		const one = new Mosquitto(join(dir, "mosquitto"), port ?? (await freePort()), lines);
		await one.start();
		open.push(() => one.stop());
		return one;
	};

	for (const version of [4, 5] as const)
		it(`speaks MQTT ${version === 4 ? "3.1.1" : "5"}`, async () => {
			const { port } = await mosquitto(["allow_anonymous true"]);
			const url = `mqtt://127.0.0.1:${port}`;
			const soc = await reader(url);
			output({ url, version });
			await outbox.post([], [alert(1)]);
			await soc.until(() => soc.alerts.length === 1);
			await until(() => outbox.queue("mqtt").waiting === 0);
			expect(warnings).toEqual([]);
		});

	it("loses none of the alerts raised while the broker was down, and sends them in order", async () => {
		const broker = await mosquitto(["allow_anonymous true"]);
		const url = `mqtt://127.0.0.1:${broker.port}`;
		const soc = await reader(url);
		const one = output({ url });
		for (let at = 1; at <= 5; at++) await outbox.post([], [alert(at)]);
		await soc.until(() => soc.alerts.length === 5);
		await broker.stop("SIGKILL");
		await one.is("disconnected");
		for (let at = 6; at <= 105; at++) await outbox.post([], [alert(at)]);
		expect(outbox.queue("mqtt").waiting).toBeGreaterThanOrEqual(100);
		// The receiver is there first, as one with a kept session would be.
		const isBack = new Promise<void>((resolve) => soc.client.once("connect", () => resolve()));
		await one.stop();
		await broker.start();
		await isBack;
		await soc.client.subscribeAsync("spanwatch/#", { qos: 1 });
		output({ url });
		await soc.until(() => once1(soc.alerts).length === 105);
		const alerts = once1(soc.alerts);
		expect(alerts.map(({ sentence }) => sentence)).toEqual(sentencesTo(105));
		expect(alerts.map(({ sequence }) => sequence)).toEqual(alerts.map((_, at) => at + 1));
		await until(() => outbox.queue("mqtt").waiting === 0);
	});

	it("comes back by itself, and goes on in order after any number of breaks", async () => {
		const broker = await mosquitto([
			"allow_anonymous true",
			"persistence true",
			`persistence_location ${dir}/mosquitto/`,
			"autosave_on_changes true",
			"autosave_interval 1",
		]);
		const url = `mqtt://127.0.0.1:${broker.port}`;
		const soc = await reader(url, "spanwatch/#", { clean: false, clientId: "soc" });
		const one = output({ url });
		for (let round = 0; round < 3; round++) {
			for (let at = 1; at <= 50; at++) await outbox.post([], [alert(round * 50 + at)]);
			await broker.stop(round === 1 ? "SIGTERM" : "SIGINT");
			await one.is("disconnected");
			await broker.start();
			await one.is("connected");
		}
		await soc.until(() => once1(soc.alerts).length === 150);
		expect(once1(soc.alerts).map(({ sentence }) => sentence)).toEqual(sentencesTo(150));
		// One warning a break, not one an attempt.
		expect(warnings.length).toBeLessThanOrEqual(6);
	});

	it("goes on where it was after its own process has started again", async () => {
		const { port } = await mosquitto(["allow_anonymous true"]);
		const url = `mqtt://127.0.0.1:${port}`;
		await outbox.post([], [alert(1), alert(2)]);
		await outbox.close();
		outbox = await openOutbox();
		const soc = await reader(url);
		output({ url });
		await outbox.post([], [alert(3)]);
		await soc.until(() => soc.alerts.length === 3);
		expect(soc.alerts.map(({ sequence, sentence }) => [sequence, sentence])).toEqual([
			[1, "wrote at 1"],
			[2, "wrote at 2"],
			[3, "wrote at 3"],
		]);
	});

	it("loses nothing and says nothing twice under another number when its process is killed while it publishes", async () => {
		const { port } = await mosquitto(["allow_anonymous true", "max_queued_messages 0"]);
		const url = `mqtt://127.0.0.1:${port}`;
		const soc = await reader(url);
		await outbox.close();
		await store.close();
		const stored = new Set<string>();
		const script = join(import.meta.dirname, "publisher.ts");
		const execArgv = ["--import", join(import.meta.dirname, "..", "support", "typescript.mjs")];
		for (let round = 0; round < 3; round++) {
			const before = soc.alerts.length;
			const child = fork(script, [dir, url, String(round)], { execArgv });
			child.on("message", (id: string) => stored.add(id));
			await soc.until(() => soc.alerts.length >= before + 40 + round * 13);
			child.kill("SIGKILL");
			await once(child, "exit");
			await soc.until(() => soc.latest("spanwatch/plant/box/status")?.text === '{"state":"offline"}');
		}
		store = await openStore(dir);
		outbox = await openOutbox();
		output({ url });
		await until(() => outbox.queue("mqtt").waiting === 0);
		const archive = await AlertArchive.open(store);
		await soc.until(() => once1(soc.alerts).length >= archive.count);
		const alerts = once1(soc.alerts);
		for (const id of stored) expect(alerts.some((alert) => alert.id === id)).toBe(true);
		expect(new Set(alerts.map(({ id }) => id)).size).toBe(alerts.length);
		expect(alerts.map(({ sequence }) => sequence)).toEqual(alerts.map((_, at) => at + 1));
		expect(archive.count).toBe(alerts.length);
	});

	it("leaves its Will when the connection is cut", async () => {
		const { port } = await mosquitto(["allow_anonymous true"]);
		const url = `mqtt://127.0.0.1:${port}`;
		const sockets: Socket[] = [];
		const relay = createServer((socket) => {
			const other = new (socket.constructor as typeof Socket)();
			other.connect(port, "127.0.0.1");
			sockets.push(socket, other);
			for (const end of [socket, other]) end.on("error", () => {});
			socket.pipe(other).pipe(socket);
		}).listen(0, "127.0.0.1");
		await once(relay, "listening");
		open.push(async () => relay.close());
		const one = output({ url: `mqtt://127.0.0.1:${(relay.address() as AddressInfo).port}`, retryMilliseconds: 60_000 });
		await one.is("connected");
		for (const socket of sockets) socket.destroy();
		const late = await reader(url, "spanwatch/plant/box/status");
		await late.until(() => late.latest("spanwatch/plant/box/status")?.text === '{"state":"offline"}');
	});

	it("says once that the password is wrong, and what to check", async () => {
		const password = join(dir, "passwords");
		execFileSync("mosquitto_passwd", ["-b", "-c", password, "sensor", "right"], { stdio: "ignore" });
		const { port } = await mosquitto(["allow_anonymous false", `password_file ${password}`]);
		const url = `mqtt://127.0.0.1:${port}`;
		for (const version of [4, 5] as const) {
			warnings = [];
			let attempts = 0;
			const one = new MqttOutput({
				url,
				version,
				clientId: "",
				user: "sensor",
				password: "wrong",
				root: "spanwatch",
				site: "plant",
				sensor: "box",
				queue: outbox.queue("mqtt"),
				onWarning: (sentence) => warnings.push(sentence),
				onState: (state) => {
					if (state === "connecting") attempts++;
				},
				retryMilliseconds: 1,
			});
			one.start();
			await until(() => attempts >= 5);
			expect(warnings).toHaveLength(1);
			expect(warnings[0]).toMatch(/mqtt\.user and mqtt\.passwordFile/);
			expect(one.problem).toBe(warnings[0]);
			await one.stop();
		}
		const soc = await reader(url, "spanwatch/#", { username: "sensor", password: "right" });
		output({ url, user: "sensor", password: "right" });
		await outbox.post([], [alert(1)]);
		await soc.until(() => soc.alerts.length === 1);
	});

	it("keeps an alert that the broker does not allow, without a flood of words", async () => {
		const rules = join(dir, "rules");
		writeFileSync(rules, "topic readwrite spanwatch/+/+/status\n");
		const { port } = await mosquitto(["allow_anonymous true", `acl_file ${rules}`]);
		await outbox.post([], [alert(1)]);
		let attempts = 0;
		const one = new MqttOutput({
			url: `mqtt://127.0.0.1:${port}`,
			version: 5,
			clientId: "",
			root: "spanwatch",
			site: "plant",
			sensor: "box",
			queue: outbox.queue("mqtt"),
			onWarning: (sentence) => warnings.push(sentence),
			onState: (state) => {
				if (state === "connecting") attempts++;
			},
			retryMilliseconds: 1,
		});
		open.push(() => one.stop());
		one.start();
		await until(() => attempts >= 4);
		expect(warnings).toHaveLength(1);
		expect(warnings[0]).toMatch(/what this user may publish/);
		expect(outbox.queue("mqtt").waiting).toBe(1);
	});

	it("gives up, aloud, a message that is too large for the broker, and goes on", async () => {
		const { port } = await mosquitto(["allow_anonymous true", "max_packet_size 3000"]);
		const url = `mqtt://127.0.0.1:${port}`;
		const soc = await reader(url);
		const one = output({ url });
		await outbox.post([], [{ ...alert(1), sentence: "x".repeat(5000) }, alert(2)]);
		await soc.until(() => soc.alerts.length === 1);
		expect(soc.alerts[0]).toMatchObject({ sequence: 2, sentence: "wrote at 2" });
		expect(warnings).toEqual([expect.stringMatching(/too large/)]);
		expect(one.counters.refused).toBe(1);
		expect(outbox.queue("mqtt").dropped).toBe(1);
	});

	it("says that another client has the same client id", async () => {
		const { port } = await mosquitto(["allow_anonymous true"]);
		const url = `mqtt://127.0.0.1:${port}`;
		const one = output({ url, clientId: "same", retryMilliseconds: 60_000 });
		await one.is("connected");
		await reader(url, "spanwatch/#", { clientId: "same", reconnectPeriod: 0 });
		await one.is("disconnected");
		expect(one.problem).toMatch(/mqtt\.clientId/);
	});

	describe("over TLS", () => {
		let where = "";
		let certificates: Certificates;
		beforeAll(() => {
			where = mkdtempSync(join(tmpdir(), "tls-"));
			certificates = makeCertificates(where);
			return () => rmSync(where, { recursive: true });
		});
		const text = (path: string) => readFileSync(path, "utf8");
		const tls = (isMutual: boolean) => [
			"allow_anonymous true",
			`cafile ${certificates.ca}`,
			`certfile ${certificates.server.cert}`,
			`keyfile ${certificates.server.key}`,
			`require_certificate ${isMutual}`,
		];

		it("verifies the broker, and shows a client certificate", async () => {
			const { port } = await mosquitto(tls(true));
			const url = `mqtts://127.0.0.1:${port}`;
			const ca = text(certificates.ca);
			const client = { cert: text(certificates.client.cert), key: text(certificates.client.key) };
			const soc = await reader(url, "spanwatch/#", { ca, ...client });
			output({ url, ca, ...client });
			await outbox.post([], [alert(1)]);
			await soc.until(() => soc.alerts.length === 1);
			expect(warnings).toEqual([]);
		});

		const refused = async (change: Partial<MqttOptions>, isMutual: boolean, host = "127.0.0.1", scheme = "mqtts") => {
			const { port } = await mosquitto(tls(isMutual));
			const one = output({ url: `${scheme}://${host}:${port}`, retryMilliseconds: 60_000, ...change });
			await one.is("disconnected");
			return one.problem;
		};
		it("does not talk to a broker of an unknown authority", async () => {
			expect(await refused({}, false)).toMatch(/authority that is not known here: name that authority's certificate as mqtt\.caFile/);
		});
		it("does not talk to a broker with a certificate for another name", async () => {
			expect(await refused({ ca: text(certificates.ca) }, false, "localhost")).toMatch(/certificate for another name/);
		});
		it("says that a client certificate is wanted", async () => {
			expect(await refused({ ca: text(certificates.ca) }, true)).toMatch(/mqtt\.certFile/);
		});
		it("says that a certificate or key cannot be read", async () => {
			expect(await refused({ ca: text(certificates.ca), cert: "nonsense", key: "nonsense" }, true)).toMatch(/mqtt\.keyFile/);
		});
		it("says that the broker wants TLS", async () => {
			expect(await refused({}, false, "127.0.0.1", "mqtt")).toMatch(/mqtts:\/\//);
		});
		it("says that the broker speaks no TLS", async () => {
			const { port } = await mosquitto(["allow_anonymous true"]);
			const one = output({ url: `mqtts://127.0.0.1:${port}`, retryMilliseconds: 60_000 });
			await one.is("disconnected");
			expect(one.problem).toMatch(/TLS|closed the connection/);
		});
	});
});

describe("MqttOutput to something that is no good broker", () => {
	const server = async (onSocket: (socket: Socket) => void): Promise<string> => {
		const sockets = new Set<Socket>();
		const one = createServer((socket) => {
			sockets.add(socket);
			socket.on("error", () => {});
			onSocket(socket);
		}).listen(0, "127.0.0.1");
		await once(one, "listening");
		open.push(async () => {
			for (const socket of sockets) socket.destroy();
			one.close();
		});
		return `mqtt://127.0.0.1:${(one.address() as AddressInfo).port}`;
	};
	const accept = Buffer.from("200300000000", "hex").subarray(0, 5);

	const nonsense: Record<string, (socket: Socket) => void> = {
		"closes at once": (socket) => socket.destroy(),
		"says nothing": () => {},
		"talks HTTP": (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
		"sends zeros": (socket) => socket.write(Buffer.alloc(1000)),
		"sends a packet that never ends": (socket) => socket.write(Buffer.from("30ffffff7f0001", "hex")),
		"accepts twice": (socket) => socket.on("data", () => socket.write(Buffer.concat([accept, accept]))),
		"confirms what was never sent": (socket) =>
			socket.once("data", () => socket.write(Buffer.concat([accept, Buffer.from("40021234", "hex")]))),
		"accepts and confirms nothing": (socket) => socket.once("data", () => socket.write(accept)),
		"accepts and sends nonsense": (socket) => socket.once("data", () => socket.write(Buffer.concat([accept, Buffer.alloc(64, 0xff)]))),
		"refuses with a code that does not exist": (socket) =>
			socket.once("data", () => socket.write(Buffer.from("20030077000000", "hex").subarray(0, 5))),
	};
	for (const [name, onSocket] of Object.entries(nonsense))
		it(`survives one that ${name}, and keeps the alert`, async () => {
			const url = await server(onSocket);
			await outbox.post([], [alert(1)]);
			const one = output({ url, patienceMilliseconds: 200 });
			await one.is("disconnected");
			await one.is("connecting");
			await one.is("disconnected");
			expect(one.problem).toContain(url);
			expect(outbox.queue("mqtt").waiting).toBe(1);
		});

	it("says that nobody listens, and that a name cannot be found", async () => {
		const port = await freePort();
		const one = output({ url: `mqtt://127.0.0.1:${port}`, retryMilliseconds: 60_000 });
		await one.is("disconnected");
		expect(one.problem).toBe(`The MQTT broker at mqtt://127.0.0.1:${port} refuses connections: check mqtt.url, and that the broker runs.`);
		const other = output({ url: "mqtt://broker.invalid:1883", retryMilliseconds: 60_000 });
		await other.is("disconnected");
		expect(other.problem).toMatch(/cannot be found/);
	});
});
