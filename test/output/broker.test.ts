import { once } from "node:events";
import { createConnection, createServer } from "node:net";
import mqtt from "mqtt";
import { afterEach, describe, expect, it } from "vitest";
import { Broker, type BrokerOptions } from "../../src/output/broker.ts";
import { Reader } from "./reader.ts";

let open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const close of open.reverse()) await close();
	open = [];
});
const start = async (change: Partial<BrokerOptions> = {}): Promise<Broker> => {
	const broker = await Broker.start({ host: "127.0.0.1", port: 0, onWarning: () => {}, ...change });
	open.push(() => broker.close());
	return broker;
};
const reader = async (...args: Parameters<typeof Reader.open>): Promise<Reader> => {
	const one = await Reader.open(...args);
	open.push(() => one.close());
	return one;
};
const station = async (broker: Broker) => {
	const { url, version, clientId, user, password } = broker.client();
	const client = await mqtt.connectAsync(url, { protocolVersion: version, clientId, username: user, password, reconnectPeriod: 0 });
	open.push(() => client.endAsync(true));
	return client;
};
const refusal = (url: string, settings: object): Promise<unknown> =>
	mqtt.connectAsync(url, { reconnectPeriod: 0, ...settings }).then(
		(client) => client.endAsync(true).then(() => undefined),
		(error) => error.code,
	);

describe("Broker", () => {
	it("hands what the station publishes to readers, and keeps what is retained for later ones", async () => {
		const broker = await start();
		const soc = await reader(broker.url);
		const client = await station(broker);
		await client.publishAsync("spanwatch/a/b/status", "on", { qos: 1, retain: true });
		await soc.until(() => soc.received.length === 1);
		const late = await reader(broker.url);
		await late.until(() => late.received.length === 1);
		expect(late.received[0]).toMatchObject({ text: "on", retain: true });
	});

	it("lets nobody but the station publish, by a message or by a Will", async () => {
		const broker = await start();
		const soc = await reader(broker.url, "#");
		const liar = await mqtt.connectAsync(broker.url, {
			reconnectPeriod: 0,
			will: { topic: "spanwatch/a/b/status", payload: Buffer.from("a lie"), qos: 1, retain: true },
		});
		liar.on("error", () => {});
		const isClosed = new Promise((resolve) => liar.once("close", resolve as () => void));
		liar.publish("spanwatch/a/b/alert/low/x", "a lie", { qos: 1, retain: true }, () => {});
		await isClosed;
		const cut = await mqtt.connectAsync(broker.url, {
			reconnectPeriod: 0,
			will: { topic: "other", payload: Buffer.from("a lie"), qos: 0, retain: false },
		});
		cut.stream.destroy();
		const client = await station(broker);
		await client.publishAsync("spanwatch/a/b/status", "true", { qos: 1 });
		await soc.until(() => soc.received.length > 0);
		expect(soc.received.map(({ text }) => text)).toEqual(["true"]);
	});

	it("does not let a reader take the station's place", async () => {
		const broker = await start();
		const client = await station(broker);
		const { clientId, user } = broker.client();
		expect(await refusal(broker.url, { clientId })).toBe(2);
		expect(await refusal(broker.url, { clientId, username: user, password: "guess" })).toBe(2);
		await client.publishAsync("spanwatch/a/b/status", "still here", { qos: 1 });
		expect(client.connected).toBe(true);
	});

	it("keeps nothing for readers that are away", async () => {
		const broker = await start();
		const settings = { clientId: "soc", clean: false };
		const first = await Reader.open(broker.url, "spanwatch/#", settings);
		await first.close();
		const client = await station(broker);
		await client.publishAsync("spanwatch/a/b/alert/low/x", "while away", { qos: 1 });
		const again = await reader(broker.url, "spanwatch/#", settings);
		await client.publishAsync("spanwatch/a/b/alert/low/x", "while here", { qos: 1 });
		await again.until(() => again.received.length > 0);
		expect(again.received.map(({ text }) => text)).toEqual(["while here"]);
	});

	it("wants user and password from readers where they are set", async () => {
		const broker = await start({ user: "soc", password: "secret" });
		for (const settings of [{}, { username: "soc" }, { username: "soc", password: "wrong" }, { username: "other", password: "secret" }])
			expect(await refusal(broker.url, settings)).toBe(4);
		expect(await refusal(broker.url, { username: "soc", password: "secret" })).toBeUndefined();
		await station(broker);
	});

	it("does not listen where others can reach it without a password", async () => {
		for (const host of ["0.0.0.0", "::", "192.0.2.1"])
			await expect(start({ host })).rejects.toMatchObject({
				code: "BROKER_ADDRESS",
				message: expect.stringContaining("broker.passwordFile"),
			});
		const broker = await start({ host: "0.0.0.0", user: "soc", password: "secret" });
		expect(await refusal(`mqtt://127.0.0.1:${broker.port}`, {})).toBe(4);
	});

	it("says that its port is in use, or its address not of this machine", async () => {
		const other = createServer().listen(0, "127.0.0.1");
		await once(other, "listening");
		open.push(async () => other.close());
		const { port } = other.address() as { port: number };
		await expect(start({ port })).rejects.toMatchObject({
			code: "BROKER_PORT_IN_USE",
			message: expect.stringContaining(`127.0.0.1 port ${port}, as another program does`),
		});
		await expect(start({ host: "192.0.2.1", user: "a", password: "b" })).rejects.toMatchObject({ code: "BROKER_ADDRESS" });
	});

	it("disconnects who sends much before it says who it is, and lives on through nonsense", async () => {
		const broker = await start();
		for (const bytes of [
			// A CONNECT that says it is 256 MB long.
			Buffer.concat([Buffer.from("10ffffff7f00044d51545404020000", "hex"), Buffer.alloc(1 << 20)]),
			Buffer.alloc(1000, 0xff),
			Buffer.from("GET / HTTP/1.1\r\n\r\n"),
			Buffer.from("30020001", "hex"),
		]) {
			const socket = createConnection(broker.port, "127.0.0.1");
			socket.on("error", () => {});
			socket.resume();
			socket.write(bytes);
			if (bytes.length < 1000) socket.end();
			await new Promise((resolve) => socket.once("close", resolve));
		}
		const soc = await reader(broker.url);
		const client = await station(broker);
		await client.publishAsync("spanwatch/a/b/status", "alive", { qos: 1 });
		await soc.until(() => soc.received.length === 1);
	});

	it("bounds what one reader subscribes to", async () => {
		const broker = await start();
		const soc = await reader(broker.url, "spanwatch/0");
		for (let at = 1; at < 150; at++) await soc.client.subscribeAsync(`spanwatch/${at}`).catch(() => undefined);
		const client = await station(broker);
		await client.publishAsync("spanwatch/149", "not heard", { qos: 1 });
		await client.publishAsync("spanwatch/50", "heard", { qos: 1 });
		await soc.until(() => soc.received.length > 0);
		expect(soc.received.map(({ text }) => text)).toEqual(["heard"]);
	});
});
