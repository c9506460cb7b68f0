/**
 * Telemetry of the plant: an MQTT broker (aedes), a publisher and a reader (mqtt), and OPC UA PubSub in its three forms: JSON and UADP through the broker, UADP to a multicast
 * group. Any host may be one of them; all are silent until the lab says so. Messages are written from OPC 10000-14 1.05, as there is no package that publishes UADP.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { Aedes } from "aedes";
import mqtt, { type MqttClient } from "mqtt";
import type { Actions, Arguments, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";

const MQTT_PORT = 1883;
/** OPC 10000-14, 7.3.2.1: the group and port of discovery, which many use for data too. */
const GROUP = "224.0.2.14";
const PUBSUB_PORT = 4840;
const PUBLISHER = 14;
const WRITER_GROUP = 1;
const WRITER = 11;
const FIELDS = ["power", "energy"] as const;
/** CONNACK return code (MQTT 3.1.1, 3.2.2.3). */
const BAD_USER_OR_PASSWORD = 4;
/** Part 6, 5.1.2: Double. */
const DOUBLE = 11;

export function telemetryActions(context: HostContext): Actions {
	let values = FIELDS.map(() => 0);
	context.onMeasurements((measurements: Measurements) => {
		values = FIELDS.map((name) => Math.round(measurements[name] * 100) / 100);
	});
	let server: Server | undefined;
	let broker: Aedes | undefined;
	let client: MqttClient | undefined;
	let socket: Socket | undefined;
	let timer: NodeJS.Timeout | undefined;
	let sequence = 0;

	const connect = async (args: Arguments): Promise<MqttClient> => {
		const { user, password } = args as { user?: string; password?: string };
		const one = mqtt.connect({
			host: context.address(String(args.broker)),
			port: MQTT_PORT,
			clientId: context.name,
			reconnectPeriod: 0,
			...(user !== undefined && { username: user }),
			...(password !== undefined && { password }),
		});
		await new Promise<void>((resolve, reject) => one.once("connect", () => resolve()).once("error", reject));
		one.on("error", () => {});
		return one;
	};

	return {
		/** Serves as broker for the plant's own clients, which have no password; who says one is refused, but the one that is right, where there is one. */
		startBroker: async (args) => {
			broker = await Aedes.createBroker({
				authenticate: (_client, _user, password, done) => {
					if (password === undefined || password.toString() === args.password) done(null, true);
					else done(Object.assign(new Error("unknown user"), { returnCode: BAD_USER_OR_PASSWORD }), false);
				},
			});
			server = createServer(broker.handle).listen(MQTT_PORT, context.ip);
			await once(server, "listening");
		},
		/** Publishes what the field wiring measures, twice a second, in three ways. */
		startPublishing: async (args) => {
			client = await connect(args);
			socket = await multicast(context);
			const topic = `opcua/uadp/data/${PUBLISHER}/meters`;
			await client.publishAsync(`opcua/uadp/metadata/${PUBLISHER}/meters`, description(), { qos: 1, retain: true });
			socket.send(description(), PUBSUB_PORT, GROUP);
			const publish = () => {
				sequence++;
				const message = networkMessage(sequence, values);
				socket?.send(message, PUBSUB_PORT, GROUP);
				client?.publish(topic, message);
				client?.publish(`opcua/json/data/${PUBLISHER}/meters`, json(sequence, values), { qos: 1 });
				client?.publish("plant/meters/power", String(values[0]), { retain: true });
			};
			publish();
			timer = setInterval(publish, 500);
		},
		/** Reads all that the broker has. */
		readTelemetry: async (args) => {
			client = await connect(args);
			await client.subscribeAsync({ "opcua/#": { qos: 1 }, "plant/#": { qos: 0 } });
		},
		/** Tries a password; resolves with the broker's answer. */
		logIn: async (args) => {
			try {
				await (await connect(args)).endAsync();
				return "accepted";
			} catch (error) {
				return (error as Error).message;
			}
		},
		/** Tries one password after the other; resolves with how many were refused. */
		guess: async (args) => {
			const { passwords, ...login } = args as { passwords: string[] };
			let refused = 0;
			for (const password of passwords) {
				try {
					await (await connect({ ...login, password })).endAsync();
				} catch {
					refused++;
				}
			}
			return refused;
		},
		/** Sends messages to the group in the publisher's name. */
		forge: async (args) => {
			const forger = await multicast(context);
			const { first, count, power } = args as { first: number; count: number; power: number };
			for (let index = 0; index < count; index++) {
				forger.send(networkMessage(first + index, [power, 0]), PUBSUB_PORT, GROUP);
				await new Promise((done) => setTimeout(done, 500));
			}
			forger.close();
		},
		stopTelemetry: async () => {
			clearInterval(timer);
			socket?.close();
			await client?.endAsync();
			if (broker !== undefined) await new Promise<void>((done) => broker!.close(() => done()));
			server?.close();
			client = socket = broker = server = undefined;
		},
	};
}

async function multicast({ ip, isLoopback }: HostContext): Promise<Socket> {
	const socket = createSocket("udp4");
	await new Promise<void>((done) => socket.bind(0, ip, done));
	if (!isLoopback) socket.setMulticastInterface(ip);
	return socket;
}

const u8 = (...values: number[]): Buffer => Buffer.from(values);
const u16 = (value: number): Buffer => u8(value & 255, (value >> 8) & 255);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const double = (value: number): Buffer => {
	const bytes = Buffer.alloc(8);
	bytes.writeDoubleLE(value);
	return bytes;
};
const string = (text: string): Buffer => Buffer.concat([u32(text.length), Buffer.from(text)]);

/** 7.2.4.4.2 and 7.2.4.5: publisher id UInt16, group and sequence, one writer; a key frame of RawData with its version. */
const networkMessage = (sequence: number, values: readonly number[]): Buffer =>
	Buffer.concat([
		u8(0xf1, 0x01),
		u16(PUBLISHER),
		u8(0x09),
		u16(WRITER_GROUP),
		u16(sequence),
		u8(1),
		u16(WRITER),
		u8(0x2b),
		u16(sequence),
		u32(1),
		...values.map(double),
	]);

/** 7.2.4.6.4: what the fields of the writer are. */
const description = (): Buffer =>
	Buffer.concat([
		u8(0x91, 0x91, 0x08),
		u16(PUBLISHER),
		u8(0),
		u32(0),
		u8(0),
		u8(2),
		u16(1),
		u16(WRITER),
		...[0, 1, 2, 3].map(() => u32(0xffffffff)),
		string("Meters"),
		u8(0),
		u32(FIELDS.length),
		...FIELDS.flatMap((name) => [
			string(name),
			u8(0),
			u16(0),
			u8(DOUBLE, 0, DOUBLE),
			u32(0xffffffff),
			u32(0xffffffff),
			u32(0),
			Buffer.alloc(16),
			u32(0xffffffff),
		]),
		Buffer.alloc(16),
		u32(1),
		u32(0),
		u32(0),
	]);

/** 7.2.5.3 and 7.2.5.4. */
const json = (sequence: number, values: readonly number[]): string =>
	JSON.stringify({
		MessageId: `meters-${sequence}`,
		MessageType: "ua-data",
		PublisherId: String(PUBLISHER),
		Messages: [
			{
				DataSetWriterId: WRITER,
				SequenceNumber: sequence,
				MetaDataVersion: { MajorVersion: 1, MinorVersion: 0 },
				Payload: Object.fromEntries(FIELDS.map((name, index) => [name, { Type: DOUBLE, Body: values[index] }])),
			},
		],
	});
