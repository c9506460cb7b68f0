/** What recordings hold for each decoder: its streams, datagrams and frames as conversations, and one good exchange. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Frame } from "../../src/capture/frame.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import type { AnyProtocol, Clock } from "../../src/decode/protocol.ts";
import type { ServiceRecord } from "../../src/decode/service.ts";
import { type Direction, type Flow, type FlowSink, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { Intake } from "../../src/flow/intake.ts";
import { FlowTable } from "../../src/flow/table.ts";
import { sealed, type Target } from "./carriers.ts";
import { type Conversation, NO_BYTES, STEP, type Step, sizeOf } from "./conversation.ts";
import { Player } from "./player.ts";

/** The recording of everyday work, in which every protocol is (test/tree.test.ts): good exchanges come from it. */
const EVERYDAY = "plant-normal.pcap";
/** Steps and bytes of one seed; longer conversations give several. */
const SEED_STEPS = 12;
const SEED_BYTES = 4_000;
/** Seeds of one decoder. */
const MOST_SEEDS = 400;
/** Steps in which a good exchange is looked for. */
const EXCHANGE_STEPS = 16;

export interface Seeds {
	readonly conversations: readonly Conversation[];
	/** A question and its answer, from the beginning of a connection. */
	readonly exchange: Conversation;
	/** What a decoder that has seen nothing says of it. */
	readonly said: readonly string[];
}

/** Steps with the side that sent them, as long as the sides may still change places. */
interface Recorded {
	readonly steps: { kind: Step["kind"]; client: string; wait: number; bytes: Uint8Array; direction: Direction }[];
	lastTime: number;
}

const clientOf = ({ client }: Flow): string => `${client.ip} ${client.port}`;

/** Conversations by target name. */
function record(
	folders: readonly string[],
	protocols: readonly AnyProtocol[],
	services: readonly ServiceRecord[],
): Map<string, Conversation[]> {
	const found = new Map<string, Conversation[]>();
	const keep = (name: string, steps: Conversation) => {
		const list = found.get(name) ?? [];
		found.set(name, list);
		list.push(steps);
	};
	const paths = folders.flatMap((folder) =>
		readdirSync(folder)
			.filter((name) => name.endsWith(".pcap"))
			.map((name) => join(folder, name)),
	);
	const everyday = paths.filter((path) => basename(path) === EVERYDAY);
	for (const path of [...everyday, ...paths.filter((one) => !everyday.includes(one))]) {
		const clock: Clock = { time: 0, frame: 0 };
		const flows = new Map<Flow, Recorded>();
		/** What publications carry, by the decoder that took it. */
		const watched = protocols.map((protocol): AnyProtocol => {
			const { name, message } = protocol;
			if (message === undefined) return protocol;
			const open: typeof message.open = (context) => {
				const decoder = message.open(context);
				const steps: Step[] = [];
				keep(`${name} over message`, steps);
				return {
					data(bytes, start, end, direction, topic) {
						steps.push({ kind: STEP.bytes, direction, wait: 0, bytes: sealed(topic, bytes.slice(start, end)) });
						return decoder.data(bytes, start, end, direction, topic);
					},
				};
			};
			return { ...protocol, message: { ...message, open } };
		});
		const dispatcher = new Dispatcher({ protocols: watched, services, clock, onObservation: () => {} });
		const add = (flow: Flow, kind: Step["kind"], bytes: Uint8Array, direction: Direction) => {
			let recorded = flows.get(flow);
			if (recorded === undefined) flows.set(flow, (recorded = { steps: [], lastTime: clock.time }));
			recorded.steps.push({ kind, bytes, direction, client: clientOf(flow), wait: clock.time - recorded.lastTime });
			recorded.lastTime = clock.time;
		};
		const sink: FlowSink = {
			opened: (flow) => dispatcher.opened(flow),
			anomaly: () => {},
			data(flow, bytes, start, end, direction) {
				add(flow, STEP.bytes, bytes.slice(start, end), direction);
				dispatcher.data(flow, bytes, start, end, direction);
			},
			gap(flow, direction, lost) {
				add(flow, STEP.gap, NO_BYTES, direction);
				dispatcher.gap(flow, direction, lost);
			},
			datagram(flow, bytes, start, end, direction, isWhole) {
				add(flow, STEP.bytes, bytes.slice(start, end), direction);
				dispatcher.datagram(flow, bytes, start, end, direction, isWhole);
			},
			closed(flow) {
				const steps = flows.get(flow)?.steps ?? [];
				flows.delete(flow);
				const service = dispatcher.serviceOf(flow);
				if (service?.by === "bytes") {
					const turned = steps.map(
						({ client, ...step }): Step => (client === clientOf(flow) ? step : { ...step, direction: (1 - step.direction) as Direction }),
					);
					keep(`${service.service} over ${flow.transport}`, turned);
				}
				dispatcher.closed(flow);
			},
		};
		const intake = new Intake(0);
		const table = new FlowTable(sink, { seed: 0, serverPorts: Dispatcher.serverPorts(protocols, services) });
		/** What has no ports, by the decoders that would get it. */
		const packets = new Map<string, Step[]>();
		const addPacket = (name: string, bytes: Uint8Array) => {
			const steps = packets.get(name) ?? [];
			packets.set(name, steps);
			steps.push({ kind: STEP.bytes, direction: steps.length % 2 === 0 ? TO_SERVER : TO_CLIENT, wait: 0, bytes });
		};
		const take = (frame: Readonly<Frame>) => {
			clock.time = frame.time;
			clock.frame = frame.number;
			if (!intake.frame(frame)) return;
			const { packet } = intake;
			if (packet.ipVersion !== 0) table.packet(packet, frame);
			for (const { name, link, ip } of protocols) {
				if (packet.ipVersion !== 0) {
					if (ip?.ipProtocols.includes(packet.ipProtocol)) addPacket(`${name} over ip`, packet.bytes.slice(packet.ipPayload, packet.end));
				} else if (
					packet.etherType === 0 ? link?.saps?.includes(packet.bytes[packet.linkPayload]!) : link?.etherTypes.includes(packet.etherType)
				)
					addPacket(`${name} over link`, packet.bytes.slice(packet.linkPayload, packet.end));
			}
		};
		const reader = new CaptureReader(take, { name: path });
		reader.push(readFileSync(path));
		reader.end();
		dispatcher.isEnding = true;
		table.flush();
		for (const [name, steps] of packets) keep(name, steps);
	}
	return found;
}

/** Pieces of a conversation that are short enough to play often. */
function* windows(conversation: Conversation): Generator<Conversation> {
	let window: Step[] = [];
	for (const step of conversation) {
		if (window.length > 0 && (window.length >= SEED_STEPS || sizeOf(window) + step.bytes.length > SEED_BYTES)) {
			yield window;
			window = [];
		}
		window.push(step);
	}
	if (window.length > 0) yield window;
}

/** Windows of different shapes first: what differs in its lengths and directions. */
function choose(conversations: readonly Conversation[]): Conversation[] {
	const shapes = new Map<string, Conversation>();
	for (const conversation of conversations) {
		for (const window of windows(conversation)) {
			const shape = window.map(({ kind, direction, bytes }) => `${kind}${direction}${bytes.length}`).join(" ");
			if (!shapes.has(shape)) shapes.set(shape, window);
		}
	}
	const all = [...shapes.values()];
	const step = Math.max(1, all.length / MOST_SEEDS);
	return Array.from({ length: Math.min(all.length, MOST_SEEDS) }, (_, index) => all[Math.floor(index * step)]!);
}

/** Kinds that a good exchange does not have. */
const DOUBTFUL: ReadonlySet<string> = new Set(["malformed", "unsolicited", "unanswered"]);

/** What makes an exchange good, the best first: it is answered and means something (an operation or an identity, which `Player` words with a blank); it means something; it says anything. */
const GOOD: readonly ((said: readonly string[], sides: number) => boolean)[] = [
	(said, sides) => sides === 2 && said.some((word) => word.includes(" ")),
	(said) => said.some((word) => word.includes(" ")),
	(said) => said.length > 0,
];

/** The shortest beginning of a conversation that is a good exchange. */
function findExchange(target: Target, conversations: readonly Conversation[]): Pick<Seeds, "exchange" | "said"> | undefined {
	const player = new Player(target);
	for (const isGood of GOOD) {
		for (const conversation of conversations) {
			for (let length = 1; length <= Math.min(EXCHANGE_STEPS, conversation.length); length++) {
				const exchange = conversation.slice(0, length).map((step) => ({ ...step, wait: Math.min(step.wait, 1000) }));
				const said: string[] = [];
				player.renew();
				player.said = said;
				player.play(exchange);
				const sides = new Set(exchange.map(({ direction }) => direction)).size;
				if (!said.some((word) => DOUBTFUL.has(word)) && isGood(said, sides)) return { exchange, said };
			}
		}
	}
	return undefined;
}

/**
 * Carriers that no recording shows, from one that does. RFC 1035, 4.2.2: over TCP two bytes of length stand before each message.
 */
const DERIVED: readonly { readonly name: string; readonly from: string; readonly bytes: (bytes: Uint8Array) => Uint8Array }[] = [
	{
		name: "dns over tcp",
		from: "dns over udp",
		bytes: (bytes) => Uint8Array.of(bytes.length >> 8, bytes.length & 255, ...bytes),
	},
	{ name: "modbus over serial", from: "modbus over tcp", bytes: asRtu },
	{ name: "modbus over udp", from: "modbus over tcp", bytes: (bytes) => bytes },
	{ name: "ethercat over udp", from: "ethercat over link", bytes: (bytes) => bytes },
	{ name: "opcua over udp", from: "opcua over link", bytes: (bytes) => bytes },
	{ name: "opcua over link", from: "opcua over udp", bytes: (bytes) => bytes },
];

/** MODBUS over Serial Line V1.02, 2.5.1.2: unit, PDU, CRC. */
function asRtu(bytes: Uint8Array): Uint8Array {
	let crc = 0xffff;
	const adu = bytes.subarray(6);
	for (const byte of adu) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
	}
	return Uint8Array.of(...adu, crc & 255, crc >> 8);
}

/** The seeds of each target that has a recording. */
export function seedsOf(
	folders: readonly string[],
	targets: readonly Target[],
	protocols: readonly AnyProtocol[],
	services: readonly ServiceRecord[],
): Map<string, Seeds> {
	const recorded = record(folders, protocols, services);
	for (const { name, from, bytes } of DERIVED) {
		if (recorded.has(name)) continue;
		const conversations = recorded.get(from) ?? [];
		recorded.set(
			name,
			conversations.map((conversation) => conversation.map((step) => ({ ...step, bytes: bytes(step.bytes) }))),
		);
	}
	const seeds = new Map<string, Seeds>();
	for (const target of targets) {
		const conversations = recorded.get(target.name) ?? [];
		const good = findExchange(target, conversations);
		if (good !== undefined) seeds.set(target.name, { conversations: choose(conversations), ...good });
	}
	return seeds;
}
