/**
 * Sparkplug at the broker of the plant (aedes, `lab/telemetry.ts`): a node with one device, a host application that reads it and gives it set points, and an impostor of both, all by the client mqtt. Any host may be one of them;
 * all are silent until the lab says so. Payloads are written here from the specification (Sparkplug 3.0, 6.4; Protocol Buffers), as the lab has no package that makes them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Actions, HostContext } from "./host.ts";
import type { Measurements } from "./physics.ts";

const PORT = 1883;
const NODE = "spBv1.0/Riverside/%/Edge1";
const DEVICE = `${NODE}/Meters`;
const STATE = "spBv1.0/STATE/Scada";
const TYPE = { int16: 2, int64: 4, float: 9, boolean: 11, string: 12 } as const;

type Value = readonly [name: string, alias: number, type: number, value: number | string | boolean];

function varint(value: number): Buffer {
	const out: number[] = [];
	let rest = value;
	do {
		const bits = rest % 128;
		rest = Math.floor(rest / 128);
		out.push(rest > 0 ? bits | 128 : bits);
	} while (rest > 0);
	return Buffer.from(out);
}
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, content: Buffer): Buffer => Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
function float(field: number, value: number): Buffer {
	const out = Buffer.alloc(4);
	out.writeFloatLE(value);
	return Buffer.concat([varint(field * 8 + 5), out]);
}
function fieldOf(type: number, value: Value[3]): Buffer {
	switch (type) {
		case TYPE.float:
			return float(12, Number(value));
		case TYPE.boolean:
			return number(14, value === true ? 1 : 0);
		case TYPE.string:
			return bytes(15, Buffer.from(String(value)));
		case TYPE.int64:
			return number(11, Number(value));
		default:
			return number(10, Number(value) >>> 0);
	}
}
/** In a birth with name, alias and type; in data with the alias alone; in a command with the name. */
function metric([name, alias, type, value]: Value, isAlias: boolean): Buffer {
	return Buffer.concat([
		isAlias ? number(2, alias) : bytes(1, Buffer.from(name)),
		...(isAlias || alias < 0 ? [] : [number(2, alias)]),
		...(isAlias ? [] : [number(4, type)]),
		fieldOf(type, value),
	]);
}
const payload = (sequence: number, metrics: readonly Value[], isAlias = false): Buffer =>
	Buffer.concat([
		number(1, Date.now()),
		...metrics.map((one) => bytes(2, metric(one, isAlias))),
		...(sequence < 0 ? [] : [number(3, sequence & 255)]),
	]);
const topic = (place: string, type: string): string => place.replace("%", type);

export function sparkplugActions(context: HostContext): Actions {
	let measured: Measurements | undefined;
	context.onMeasurements((measurements) => {
		measured = measurements;
	});
	let client: MqttClient | undefined;
	let timer: NodeJS.Timeout | undefined;

	const connect = async (broker: string, options: IClientOptions = {}): Promise<MqttClient> => {
		const one = mqtt.connect({
			host: context.address(broker),
			port: PORT,
			clientId: `${context.name}-sparkplug`,
			reconnectPeriod: 0,
			...options,
		});
		await new Promise<void>((resolve, reject) => one.once("connect", () => resolve()).once("error", reject));
		one.on("error", () => {});
		return one;
	};

	return {
		/** Is born, with one device, says what changes, and does what it is told. */
		openEdgeNode: async (args) => {
			const bdSeq: Value = ["bdSeq", -1, TYPE.int64, 0];
			let sequence = 0;
			let limit = 120;
			const death = payload(-1, [bdSeq]);
			client = await connect(String(args.broker), { will: { topic: topic(NODE, "NDEATH"), payload: death, qos: 1, retain: false } });
			const node = client;
			const values = (): Value[] => [
				["Power", 1, TYPE.float, measured?.power ?? 0],
				["Volts", 2, TYPE.float, measured?.volts ?? 0],
			];
			const birth = (): void => {
				sequence = 0;
				node.publish(
					topic(NODE, "NBIRTH"),
					payload(sequence++, [
						bdSeq,
						["Node Control/Rebirth", -1, TYPE.boolean, false],
						["Node Control/Reboot", -1, TYPE.boolean, false],
						["Properties/Hardware Make", -1, TYPE.string, "Riverside Controls"],
						["Properties/Hardware Model", -1, TYPE.string, "RC-EDGE2"],
						["Properties/FW Version", -1, TYPE.string, "3.4.1"],
					]),
				);
				node.publish(
					topic(DEVICE, "DBIRTH"),
					payload(sequence++, [...values(), ["Limit", 3, TYPE.int16, limit], ["Alarm", 4, TYPE.boolean, false]]),
				);
			};
			await node.subscribeAsync([topic(NODE, "NCMD"), topic(`${DEVICE.slice(0, -"Meters".length)}+`, "DCMD"), STATE], { qos: 1 });
			node.on("message", (name, content) => {
				if (name === topic(NODE, "NCMD") && content.includes("Rebirth")) birth();
				if (name === topic(DEVICE, "DCMD") && content.includes("Limit")) {
					limit = content.at(-1)!;
					node.publish(topic(DEVICE, "DDATA"), payload(sequence++, [["Limit", 3, TYPE.int16, limit]], true));
				}
			});
			birth();
			timer = setInterval(() => node.publish(topic(DEVICE, "DDATA"), payload(sequence++, values(), true)), 1000);
		},
		/** Says that it is there, and reads all that the node says. */
		openHostApplication: async (args) => {
			const timestamp = Date.now();
			const said = (online: boolean): string => JSON.stringify({ online, timestamp });
			client = await connect(String(args.broker), { will: { topic: STATE, payload: Buffer.from(said(false)), qos: 1, retain: true } });
			await client.subscribeAsync("spBv1.0/Riverside/#", { qos: 0 });
			client.publish(STATE, said(true), { qos: 1, retain: true });
			client.publish(topic(NODE, "NCMD"), payload(-1, [["Node Control/Rebirth", -1, TYPE.boolean, true]]));
		},
		/** Sets the limit of the device. */
		setLimit: (args) => client?.publishAsync(topic(DEVICE, "DCMD"), payload(-1, [["Limit", -1, TYPE.int16, Number(args.value)]])),
		/** Looks at all, then commands, and speaks for the node and for the host application. */
		impersonate: async (args) => {
			const one = await connect(String(args.broker));
			await one.subscribeAsync("spBv1.0/#", { qos: 0 });
			const send = async (name: string, content: Buffer | string): Promise<void> => {
				await one.publishAsync(name, content);
				await sleep(600);
			};
			const control = (name: string): Buffer => payload(-1, [[`Node Control/${name}`, -1, TYPE.boolean, true]]);
			await send(topic(NODE, "NCMD"), control("Rebirth"));
			await send(topic(DEVICE, "DCMD"), payload(-1, [["Limit", -1, TYPE.int16, 1]]));
			await send(topic(DEVICE, "DDATA"), payload(9, [["Power", 1, TYPE.float, 1.5]], true));
			await send(topic(NODE, "NCMD"), control("Reboot"));
			await send(topic(NODE, "NCMD"), control("Next Server"));
			await send(topic(NODE, "NDEATH"), payload(-1, [["bdSeq", -1, TYPE.int64, 0]]));
			await send(STATE, JSON.stringify({ online: false, timestamp: Date.now() }));
			await send(topic(NODE, "NDATA"), "no payload at all");
			await one.endAsync();
		},
		closeSparkplug: async () => {
			clearInterval(timer);
			// Without a goodbye the broker says its will.
			if (client !== undefined) client.stream.destroy();
			await sleep(300);
		},
	};
}
