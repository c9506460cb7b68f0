/**
 * MQTT as real software speaks it: the `mqtt` client of versions 3.1, 3.1.1 and 5.0 with Mosquitto, and with aedes, through a relay that hands each chunk of both directions to the
 * decoder as it came.
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import mqttClient, { type IClientOptions, type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import type { Clock, ObservationBase } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { freePort, hasMosquitto, Mosquitto } from "../output/mosquitto.ts";
import { FakeFlow } from "../support/fakeFlow.ts";

type Line = { protocol: string; kind: string } & Record<string, unknown>;

/** Passes connections on to `port` and decodes what passes. */
class Tap {
	readonly lines: Line[] = [];
	readonly #clock: Clock = { time: 1e15, frame: 0 };
	readonly #sockets = new Set<Socket>();
	readonly #dispatcher = new Dispatcher({
		protocols,
		services,
		clock: this.#clock,
		onObservation: (protocol, observation: ObservationBase) => {
			this.lines.push({ protocol: protocol.name, kind: observation.kind, ...protocol.record(observation) });
		},
	});
	#server: Server | undefined;

	get rejected(): number {
		return this.#dispatcher.rejected;
	}

	async open(port: number): Promise<number> {
		this.#server = createServer((near) => {
			const far = createConnection(port, "127.0.0.1");
			const flow = new FakeFlow({ server: { port: 30_000 } });
			for (const [from, to, direction] of [
				[near, far, TO_SERVER],
				[far, near, TO_CLIENT],
			] as const) {
				this.#sockets.add(from);
				from.on("data", (bytes: Buffer) => {
					this.#clock.time += 1000;
					this.#clock.frame++;
					this.#dispatcher.data(flow, bytes, 0, bytes.length, direction);
					to.write(bytes);
				});
				from.on("error", () => to.destroy()).on("close", () => to.end());
			}
		}).listen(0, "127.0.0.1");
		await once(this.#server, "listening");
		return (this.#server.address() as AddressInfo).port;
	}

	close(): void {
		for (const socket of this.#sockets) socket.destroy();
		this.#server?.close();
	}

	/** Lines of one kind. */
	of(kind: string): Line[] {
		return this.lines.filter((line) => line.kind === kind);
	}
}

const connected = (port: number, options: IClientOptions): Promise<MqttClient> => {
	const client = mqttClient.connect({ host: "127.0.0.1", port, reconnectPeriod: 0, ...options });
	return new Promise((resolve, reject) => client.once("connect", () => resolve(client)).once("error", reject));
};

/** A conversation of every kind of packet that a client can cause. */
async function converse(port: number, options: IClientOptions): Promise<void> {
	const client = await connected(port, {
		clientId: "peer",
		keepalive: 60,
		will: { topic: "state/peer", payload: Buffer.from("gone"), qos: 1, retain: true },
		...options,
	});
	const arrived: string[] = [];
	client.on("message", (topic, payload, { retain }) => {
		// Not what another conversation left behind.
		if (!retain) arrived.push(`${topic}=${payload}`);
	});
	await client.subscribeAsync({ "plant/#": { qos: 2 } });
	await client.publishAsync("plant/zero", "0.5", { qos: 0 });
	await client.publishAsync("plant/one", "1", { qos: 1 });
	await client.publishAsync("plant/two", "x".repeat(100_000), { qos: 2, retain: true });
	for (let waited = 0; arrived.length < 3 && waited < 200; waited++) await new Promise((done) => setTimeout(done, 10));
	client.sendPing();
	await new Promise<void>((done) => client.once("packetreceive", () => done()));
	await client.unsubscribeAsync("plant/#");
	await client.endAsync();
	expect(arrived).toHaveLength(3);
}

/** What the tap must have seen of it. */
function expectConversation(tap: Tap, version: string): void {
	expect(tap.rejected).toBe(0);
	expect(tap.of("malformed")).toEqual([]);
	expect(tap.of("connect")).toMatchObject([
		{ version, clientId: "peer", keepAlive: 60, will: { topic: "state/peer", qos: 1, retain: true, payloadSize: 4 } },
	]);
	expect(tap.of("connack")).toMatchObject([{ matched: true, reasonCode: 0 }]);
	expect(tap.of("suback")).toMatchObject([{ matched: true, filters: [{ topicFilter: "plant/#", reasonCode: 2 }] }]);
	const sent = tap.of("publish").filter(({ sender }) => sender === "client");
	expect(sent).toMatchObject([
		{ topic: "plant/zero", qos: 0, payloadSize: 3, value: 0.5 },
		{ topic: "plant/one", qos: 1, payloadSize: 1, value: 1 },
		{ topic: "plant/two", qos: 2, payloadSize: 100_000, retain: true },
	]);
	const delivered = tap.of("publish").filter(({ sender }) => sender === "server");
	expect(delivered.map(({ topic, payloadSize }) => [topic, payloadSize])).toEqual(
		expect.arrayContaining([
			["plant/zero", 3],
			["plant/one", 1],
			["plant/two", 100_000],
		]),
	);
	for (const kind of ["puback", "pubrec", "pubrel", "pubcomp", "unsuback"]) {
		expect(tap.of(kind).length, kind).toBeGreaterThan(0);
		expect(
			tap.of(kind).filter(({ matched }) => matched !== true),
			kind,
		).toEqual([]);
	}
	expect(tap.of("pingresp")).toMatchObject([{ matched: true }]);
	expect(tap.of("disconnect")).toHaveLength(1);
	expect(tap.lines.every(({ protocol }) => protocol === "mqtt")).toBe(true);
}

const VERSIONS: readonly [string, IClientOptions][] = [
	["3.1", { protocolId: "MQIsdp", protocolVersion: 3 }],
	["3.1.1", { protocolVersion: 4 }],
	["5.0", { protocolVersion: 5, properties: { topicAliasMaximum: 10 }, autoAssignTopicAlias: true }],
];

describe.skipIf(!hasMosquitto)("mqtt with Mosquitto", () => {
	const dir = mkdtempSync(join(tmpdir(), "spanwatch-mqtt-"));
	let broker: Mosquitto;
	let guarded: Mosquitto;
	beforeAll(async () => {
		broker = new Mosquitto(join(dir, "open"), await freePort(), ["allow_anonymous true"]);
		await broker.start();
		guarded = new Mosquitto(join(dir, "guarded"), await freePort(), ["allow_anonymous false"]);
		await guarded.start();
	});
	afterAll(async () => {
		await broker.stop();
		await guarded.stop();
		rmSync(dir, { recursive: true, force: true });
	});

	it.each(VERSIONS)("version %s, packet by packet", { timeout: 20_000 }, async (version, options) => {
		const tap = new Tap();
		const port = await tap.open(broker.port);
		await converse(port, options);
		tap.close();
		expectConversation(tap, version);
	});

	it.each<[string, IClientOptions, number]>([
		["3.1.1", { protocolVersion: 4 }, 5],
		["5.0", { protocolVersion: 5 }, 135],
	])("a refused login of version %s", async (version, options, code) => {
		const tap = new Tap();
		const port = await tap.open(guarded.port);
		await expect(connected(port, { username: "admin", password: "hunter2", ...options })).rejects.toThrow();
		tap.close();
		expect(tap.of("connack")).toMatchObject([{ version, reasonCode: code, reason: "not authorized", matched: true }]);
		expect(JSON.stringify(tap.lines)).not.toContain("hunter2");
	});

	it("topic aliases of version 5.0 in both directions", { timeout: 20_000 }, async () => {
		const tap = new Tap();
		const port = await tap.open(broker.port);
		const client = await connected(port, { protocolVersion: 5, properties: { topicAliasMaximum: 10 }, autoAssignTopicAlias: true });
		for (let index = 0; index < 3; index++) await client.publishAsync("plant/level", String(index), { qos: 1 });
		await client.endAsync();
		tap.close();
		expect(tap.of("publish").map(({ topic, value }) => [topic, value])).toEqual([
			["plant/level", 0],
			["plant/level", 1],
			["plant/level", 2],
		]);
		expect(tap.of("publish").filter(({ topicAlias }) => topicAlias === 1)).toHaveLength(3);
	});
});

describe("mqtt with aedes", () => {
	it("version 3.1.1, packet by packet, and OPC UA PubSub inside", { timeout: 20_000 }, async () => {
		const aedes = await Aedes.createBroker();
		const server = createServer(aedes.handle).listen(0, "127.0.0.1");
		await once(server, "listening");
		const tap = new Tap();
		const port = await tap.open((server.address() as AddressInfo).port);
		await converse(port, { protocolVersion: 4 });
		expectConversation(tap, "3.1.1");
		const client = await connected(port, { protocolVersion: 4, clientId: "publisher" });
		const message = { MessageId: "1", MessageType: "ua-data", PublisherId: "p", Messages: [{ DataSetWriterId: 1, Payload: { level: 7 } }] };
		await client.publishAsync("any/topic", JSON.stringify(message), { qos: 1 });
		await client.endAsync();
		tap.close();
		aedes.close();
		server.close();
		expect(tap.lines.filter(({ protocol }) => protocol === "opcua")).toMatchObject([
			{ kind: "data", mapping: "json", topic: "any/topic", publisherId: "p" },
		]);
	});
});
