/**
 * How a decoder is driven over each carrier: through the engine's own dispatcher, with every answer of the decoder held against the contract. A carrier that is added to
 * the contract gets one entry here; protocols on it are then fuzzed like all others.
 */
import type { Dispatcher } from "../../src/decode/dispatcher.ts";
import {
	type AnyProtocol,
	type Datagrams,
	type DecoderContext,
	type Line,
	type ObservationBase,
	PROBE,
	type Probe,
	placeOf,
	REJECT,
	type Stream,
	type StreamDecoder,
	seekIn,
} from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { LineFlow } from "../../src/flow/lines.ts";
import type { Packet } from "../../src/wire/packet.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import { Breach, RULE } from "./breach.ts";

/** One connection of one carrier. */
export interface Connection {
	send(bytes: Uint8Array, start: number, end: number, direction: Direction): void;
	gap(direction: Direction): void;
	close(): void;
	/** True where the bytes said that client and server are the other way round. */
	readonly isTurned: boolean;
}

export interface Carrier {
	/** The protocol's own field for it. */
	readonly name: string;
	/** Protocols that have to be there too. */
	readonly companions?: readonly AnyProtocol[];
	/** The protocol with nothing but this carrier, its answers checked; undefined where it is not on this carrier. */
	checked(protocol: AnyProtocol): AnyProtocol | undefined;
	/** A new connection, on the protocol's own port or on one that hints at nothing. */
	connect(dispatcher: Dispatcher, protocol: AnyProtocol, id: number, isHinted: boolean): Connection;
	/** Bytes after which garbage must have given way; undefined where each piece stands for itself. */
	swallows(protocol: AnyProtocol): number | undefined;
}

const PROBES: ReadonlySet<number> = new Set(Object.values(PROBE));

function checkProbe(answer: Probe): Probe {
	if (!PROBES.has(answer)) throw new Breach(RULE.answer, `probe answered ${answer}`);
	return answer;
}

/** Port of messages that another protocol carries; their topic, where they have none of their own. */
const ENVELOPE = 9;
const TOPIC = "opcua/uadp/data/publisher/group";
/** Stands in front of a topic and behind it. */
const SEAL = 0;

/** A message with its topic. */
export const sealed = (topic: string, bytes: Uint8Array): Uint8Array =>
	Uint8Array.of(SEAL, ...Buffer.from(topic, "latin1"), SEAL, ...bytes);

/** The topic of a sealed message, and where it begins. */
function unsealed(bytes: Uint8Array, start: number, end: number): readonly [topic: string, at: number] {
	const seal = bytes[start] === SEAL ? bytes.indexOf(SEAL, start + 1) : -1;
	return seal < 0 || seal >= end ? [TOPIC, start] : [Buffer.from(bytes.subarray(start + 1, seal)).toString("latin1"), seal + 1];
}

/** Holds the deadline of a decoder against the contract; `data` is left to each carrier. */
class Timed<D extends { deadline: number; expire(now: number): void }> {
	protected readonly inner: D;

	constructor(inner: D) {
		this.inner = inner;
	}

	get deadline(): number {
		return this.inner.deadline;
	}

	expire(now: number): void {
		const reached = this.inner.deadline;
		this.inner.expire(now);
		const { deadline } = this.inner;
		if (!(deadline > reached)) throw new Breach(RULE.deadline, `${reached} became ${deadline} at ${now}`);
	}
}

class CheckedStream extends Timed<Stream> implements Stream {
	readonly #probe: StreamDecoder<ObservationBase>["probe"];

	constructor(inner: Stream, probe: StreamDecoder<ObservationBase>["probe"]) {
		super(inner);
		this.#probe = probe;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const used = this.inner.data(bytes, start, end, direction);
		if (used !== REJECT && !(Number.isInteger(used) && used >= 0 && used <= end - start))
			throw new Breach(RULE.answer, `used ${used} of ${end - start} bytes`);
		return used;
	}

	gap(direction: Direction): void {
		this.inner.gap(direction);
	}

	/** As the dispatcher seeks. */
	seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const sought = seekIn(this.inner, this.#probe, bytes, start, end, direction);
		const place = placeOf(sought);
		if (!(Number.isInteger(sought) && place >= start && place <= end && sought !== end))
			throw new Breach(RULE.answer, `sought ${start} to ${end} and found ${sought}`);
		return sought;
	}
}

class CheckedDatagrams extends Timed<Datagrams> implements Datagrams {
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		return checkTaken(this.inner.data(bytes, start, end, direction));
	}
}

function checkTaken(answer: unknown): boolean {
	if (typeof answer !== "boolean") throw new Breach(RULE.answer, `answered ${String(answer)} to a datagram`);
	return answer;
}

/** A protocol without carriers. */
const bare = (protocol: AnyProtocol): AnyProtocol =>
	Object.fromEntries(Object.entries(protocol).filter(([key]) => !carriers.some(({ name }) => name === key))) as unknown as AnyProtocol;

/** The flow of one connection; the flow table turns directions where its ends changed places, and so does this. */
class FlowConnection implements Connection {
	readonly #dispatcher: Dispatcher;
	readonly #flow: FakeFlow;

	constructor(dispatcher: Dispatcher, transport: "tcp" | "udp", id: number, port: number | undefined) {
		this.#dispatcher = dispatcher;
		this.#flow = new FakeFlow({
			id,
			transport,
			sawHandshake: transport === "tcp",
			client: { port: 40_000 + (id % 20_000) },
			...(port !== undefined && { server: { port } }),
		});
		dispatcher.opened(this.#flow);
	}

	get isTurned(): boolean {
		return (this.#flow.swaps & 1) === 1;
	}

	send(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const way = this.#way(direction);
		if (this.#flow.transport === "udp") this.#dispatcher.datagram(this.#flow, bytes, start, end, way, true);
		else if (end > start) this.#dispatcher.data(this.#flow, bytes, start, end, way);
	}

	gap(direction: Direction): void {
		if (this.#flow.transport === "tcp") this.#dispatcher.gap(this.#flow, this.#way(direction), 1);
	}

	close(): void {
		this.#dispatcher.closed(this.#flow);
	}

	#way(direction: Direction): Direction {
		return this.isTurned ? ((1 - direction) as Direction) : direction;
	}
}

const tcp: Carrier = {
	name: "tcp",
	checked(protocol) {
		const decoder = protocol.tcp;
		if (decoder === undefined) return undefined;
		const probe: typeof decoder.probe = (...lent) => checkProbe(decoder.probe(...lent));
		return {
			...bare(protocol),
			tcp: {
				...decoder,
				probe,
				open: (...given) => new CheckedStream(decoder.open(...given), probe),
			},
		};
	},
	connect: (dispatcher, protocol, id, isHinted) => new FlowConnection(dispatcher, "tcp", id, isHinted ? protocol.tcp!.ports[0] : undefined),
	swallows: (protocol) => protocol.tcp!.maxMessage,
};

const udp: Carrier = {
	name: "udp",
	checked(protocol) {
		const decoder = protocol.udp;
		if (decoder === undefined) return undefined;
		return {
			...bare(protocol),
			udp: {
				...decoder,
				probe: (...lent) => checkProbe(decoder.probe(...lent)),
				open: (...given) => new CheckedDatagrams(decoder.open(...given)),
			},
		};
	},
	connect: (dispatcher, protocol, id, isHinted) => new FlowConnection(dispatcher, "udp", id, isHinted ? protocol.udp!.ports[0] : undefined),
	swallows: () => undefined,
};

/** Receiver, sender; the other way round for the other direction. */
const MACS = [Uint8Array.of(2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2)] as const;

const ADDRESSES = [Int32Array.of(0, 0, 0xffff, 0x0a000001), Int32Array.of(0, 0, 0xffff, 0x0a000002)] as const;

/** What has no ports, each packet for itself. */
const packets = (name: "link" | "ip"): Carrier => ({
	name,
	checked(protocol) {
		const decoder = protocol[name];
		if (decoder === undefined) return undefined;
		return {
			...bare(protocol),
			[name]: {
				...decoder,
				open(context: DecoderContext<ObservationBase>) {
					const inner = decoder.open(context);
					return { data: (bytes: Uint8Array, start: number, end: number) => checkTaken(inner.data(bytes, start, end)) };
				},
			},
		};
	},
	connect: (dispatcher, protocol) => ({
		send(bytes, start, end, direction) {
			const packet = {
				bytes,
				end,
				linkBytes: MACS[direction],
				destinationMac: 0,
				sourceMac: 6,
				etherType: protocol.link?.etherTypes[0] ?? 0,
				linkPayload: start,
				vlan: -1,
				ipVersion: name === "ip" ? 4 : 0,
				ipProtocol: protocol.ip?.ipProtocols[0],
				ipPayload: start,
				source: ADDRESSES[direction],
				destination: ADDRESSES[1 - direction],
			} as Packet;
			if (name === "ip") dispatcher.ip(packet);
			else dispatcher.link(packet);
		},
		gap() {},
		close() {},
		isTurned: false,
	}),
	swallows: () => undefined,
});

class CheckedLine extends Timed<Line> implements Line {
	data(bytes: Uint8Array, start: number, end: number): void {
		this.inner.data(bytes, start, end);
	}

	gap(): void {
		this.inner.gap();
	}

	end(): void {
		this.inner.end();
	}
}

const serial: Carrier = {
	name: "serial",
	checked(protocol) {
		const decoder = protocol.serial;
		if (decoder === undefined) return undefined;
		return { ...bare(protocol), serial: { ...decoder, open: (...given) => new CheckedLine(decoder.open(...given)) } };
	},
	connect(dispatcher, _protocol, id) {
		const line = new LineFlow(id, `line${id}`);
		return {
			send: (bytes, start, end) => dispatcher.lineData(line, bytes, start, end),
			gap: () => dispatcher.lineGap(line),
			close: () => dispatcher.lineClosed(line),
			isTurned: false,
		};
	},
	swallows: () => MOST_LINE_MESSAGE,
};

/** Two characters for each byte of the longest frame, on lines that spell their frames out. */
const MOST_LINE_MESSAGE = 513;

/** A protocol that carries nothing but messages: each segment is one. */
const envelope: AnyProtocol = {
	name: "envelope",
	title: "Envelope",
	tcp: {
		ports: [ENVELOPE],
		maxMessage: 0,
		probe: () => PROBE.certain,
		open: (context) => ({
			deadline: Number.POSITIVE_INFINITY,
			data(bytes, start, end, direction) {
				const [topic, at] = unsealed(bytes, start, end);
				context.inner(bytes, at, end, direction, topic);
				return end - start;
			},
			gap() {},
			expire() {},
		}),
	},
	isControl: false,
	spaces: [],
	record: () => ({}),
	operations() {},
	operationName: String,
	outcomeName: String,
	pointName: String,
	detections: [],
	detect() {},
};

const message: Carrier = {
	name: "message",
	companions: [envelope],
	checked(protocol) {
		const decoder = protocol.message;
		if (decoder === undefined) return undefined;
		return {
			...bare(protocol),
			message: {
				...decoder,
				probe: (...lent) => checkProbe(decoder.probe(...lent)),
				open(...given) {
					const inner = decoder.open(...given);
					return { data: (...lent) => checkTaken(inner.data(...lent)) };
				},
			},
		};
	},
	connect: (dispatcher, _protocol, id) => new FlowConnection(dispatcher, "tcp", id, ENVELOPE),
	swallows: () => undefined,
};

export const carriers: readonly Carrier[] = [tcp, udp, packets("ip"), packets("link"), serial, message];

/** One protocol over one carrier. */
export interface Target {
	readonly name: string;
	readonly protocol: AnyProtocol;
	readonly carrier: Carrier;
}

/** Every decoder there is. */
export const targetsOf = (protocols: readonly AnyProtocol[]): Target[] =>
	protocols.flatMap((protocol) =>
		carriers.flatMap((carrier) => {
			const checked = carrier.checked(protocol);
			return checked === undefined ? [] : [{ name: `${protocol.name} over ${carrier.name}`, protocol: checked, carrier }];
		}),
	);
