/** Sparkplug in the publications of an MQTT broker: the topic says what a message is. */
import { type DecoderContext, type MessageDecoder, PROBE } from "../../src/decode/protocol.ts";
import { type Direction, type Endpoint, FlowBetween, TO_CLIENT } from "../../src/flow/flow.ts";
import { hexOf, utf8Of } from "../../src/wire/text.ts";
import { memoryOf, type Speaker } from "./memory.ts";
import { SparkplugObservation } from "./observation.ts";
import { giveType, readPayload } from "./payload.ts";
import { type MessageType, type Place, placeOf } from "./wire.ts";

/** Nodes that commands of one connection go to; the oldest gives way. */
const MAX_BETWEEN = 256;
/** Bytes of a state that are read. */
const MAX_STATE = 1024;
/** Bytes by which a command is known again. */
const MAX_KNOWN = 64;
/** Microseconds within which two hosts that speak in one name do so at the same time. */
const SHARED = 60_000_000;
const BD_SEQ = "bdSeq";
/** A host application serves nobody: it has no address as a server. */
const NOBODY: Endpoint = { ip: undefined, port: undefined, mac: undefined };

const KINDS: Readonly<Record<MessageType, SparkplugObservation["kind"]>> = {
	NBIRTH: "birth",
	DBIRTH: "birth",
	NDEATH: "death",
	DDEATH: "death",
	NDATA: "data",
	DDATA: "data",
	NCMD: "command",
	DCMD: "command",
	STATE: "state",
};

export const sparkplugMessages: MessageDecoder<SparkplugObservation> = {
	probe: (bytes, start, end, topic) => {
		const place = placeOf(topic);
		if (place === undefined) return PROBE.mismatch;
		// Up to version 2.2 anybody may have such a topic.
		if (place.type === "STATE" && !topic.startsWith("spBv1.0/"))
			return stateOf(bytes, start, end) === undefined ? PROBE.mismatch : PROBE.certain;
		return PROBE.certain;
	},
	open: (context) => new Messages(context),
};

/** What a state says: JSON from version 3 on, a word before. */
function stateOf(bytes: Uint8Array, start: number, end: number): { isOnline: boolean; timestamp: number } | undefined {
	if (end - start > MAX_STATE) return undefined;
	const text = utf8Of(bytes, start, end);
	if (text === "ONLINE" || text === "OFFLINE") return { isOnline: text === "ONLINE", timestamp: -1 };
	try {
		const said: unknown = JSON.parse(text);
		if (typeof said !== "object" || said === null) return undefined;
		const { online, timestamp } = said as { online?: unknown; timestamp?: unknown };
		return typeof online === "boolean" ? { isOnline: online, timestamp: typeof timestamp === "number" ? timestamp : -1 } : undefined;
	} catch {
		return undefined;
	}
}

class Messages {
	readonly #context: DecoderContext<SparkplugObservation>;
	readonly #out = new SparkplugObservation();
	/** By node: what a command to it is between. */
	readonly #between = new Map<string, FlowBetween>();

	constructor(context: DecoderContext<SparkplugObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string): boolean {
		const place = placeOf(topic);
		if (place === undefined) return false;
		const { clock, flow } = this.#context;
		const out = this.#out;
		out.reset(clock.time, clock.frame);
		out.type = place.type;
		out.group = place.group;
		out.node = place.node;
		out.device = place.device;
		out.host = place.host;
		out.size = end - start;
		out.isCopy = direction === TO_CLIENT;
		out.broker = (out.isCopy ? flow.server : flow.client).ip;
		if (!out.isCopy) out.sender = flow.server.ip;
		const key = place.type === "STATE" ? `STATE/${place.host}` : `${place.group}/${place.node}`;
		const speaker = memoryOf(clock).speaker(key, this.#context.count);
		if (!this.#read(bytes, start, end)) out.violation = place.type === "STATE" ? "state" : "payload";
		else out.kind = KINDS[place.type];
		if (out.isCut) this.#context.count("sparkplug metrics of a message");
		if (out.kind === "command") this.#command(speaker, `${topic} ${hexOf(bytes, start, Math.min(end, start + MAX_KNOWN))}`);
		else if (out.kind !== "malformed") this.#speaks(speaker);
		if (out.kind !== "malformed") this.#follow(speaker);
		this.#context.emit(out, this.#ends(place, key, speaker));
		return true;
	}

	#read(bytes: Uint8Array, start: number, end: number): boolean {
		const out = this.#out;
		if (out.type !== "STATE") return readPayload(out, bytes, start, end);
		const state = stateOf(bytes, start, end);
		if (state === undefined) return false;
		out.isOnline = state.isOnline;
		out.timestamp = state.timestamp;
		return true;
	}

	/** A copy of a command is none of its own where the command was seen. */
	#command(speaker: Speaker, what: string): void {
		const { clock } = this.#context;
		const out = this.#out;
		const memory = memoryOf(clock);
		if (!out.isCopy) memory.sent(what, clock.time);
		// Others that listen get it too.
		else out.isNews = !memory.wasSent(what, clock.time) && (speaker.end === undefined || speaker.end.ip === this.#context.flow.client.ip);
	}

	/** Of what a broker delivers it is not known who sent it, and when. */
	#speaks(speaker: Speaker): void {
		const out = this.#out;
		if (out.isCopy) return;
		const isBirth = out.type === "NBIRTH" || (out.kind === "state" && out.isOnline);
		const window = out.kind === "death" || out.kind === "state" ? Number.POSITIVE_INFINITY : SHARED;
		out.otherSpeaker = speaker.speaks(this.#context.flow.server, isBirth, window, out.time, out.frame);
	}

	/** Names of metrics, and how far the node has counted. */
	#follow(speaker: Speaker): void {
		const out = this.#out;
		const memory = memoryOf(this.#context.clock);
		if (out.kind === "birth") memory.name(speaker, out, this.#context.count);
		for (const metric of out.metrics) {
			const named = memory.named(speaker, out.device, metric);
			if (metric.name === "") metric.name = named?.name ?? `#${metric.alias}`;
			if (named !== undefined && named.datatype >= 0) giveType(metric, named.datatype);
			if (metric.name === BD_SEQ && out.device === "" && Number.isFinite(metric.number)) out.birthSequence = metric.number;
		}
		if (out.type === "NBIRTH") speaker.birthSequence = out.birthSequence;
		if (out.type === "NDEATH")
			out.isStale = out.birthSequence >= 0 && speaker.birthSequence >= 0 && out.birthSequence !== speaker.birthSequence;
		if (out.sequence >= 0 && !out.isCopy && out.kind !== "command" && out.type !== "NDEATH" && out.otherSpeaker === undefined)
			out.expectedSequence = speaker.count(out.sequence, out.type === "NBIRTH");
	}

	/** A command goes from who sends it to the node, where that is known, and else to the broker that speaks for it; a state goes to nobody. */
	#ends(place: Place, key: string, speaker: Speaker): FlowBetween | undefined {
		const { flow } = this.#context;
		const isCommand = place.type === "NCMD" || place.type === "DCMD";
		if (!isCommand && place.type !== "STATE") return undefined;
		const server = isCommand ? (speaker.end ?? flow.client) : NOBODY;
		const known = this.#between.get(key);
		if (known !== undefined && known.server.ip === server.ip) return known;
		if (this.#between.size >= MAX_BETWEEN) this.#between.delete(this.#between.keys().next().value!);
		const between = new FlowBetween(flow, flow.server, server);
		this.#between.set(key, between);
		return between;
	}
}
