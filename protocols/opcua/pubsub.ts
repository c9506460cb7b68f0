/**
 * OPC UA PubSub as it is met on its carriers: UADP in UDP datagrams and Ethernet frames, UADP and JSON in the messages of a broker. A NetworkMessage is one observation.
 * Beside reading it, this follows each publisher: its address, its sequences, the security of its groups, and the descriptions that give RawData a meaning.
 */
import {
	type DatagramDecoder,
	type DecoderContext,
	type FrameDecoder,
	type MessageDecoder,
	PROBE,
	type Probe,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { FIXED_SIZE, STRUCTURE_BY_NAME, TYPE } from "./codes.ts";
import { memoryOf } from "./memory.ts";
import { type Nested, Nester } from "./nested.ts";
import {
	ANNOUNCEMENT,
	ANNOUNCEMENT_NAMES,
	DATA_SET_TYPE,
	INFORMATION_NAMES,
	NETWORK_TYPE,
	POINT_PREFIX,
	PUBSUB_REASONS,
} from "./pubsubCodes.ts";
import { firstOf, MAX_JSON, MAX_META_FIELDS, metaDataOf, parseJson, readJson } from "./pubsubJson.ts";
import { type FieldMeta, type Group, type MetaData, type PubSubMemory, pubSubMemoryOf, SEQUENCE, type Sequence } from "./pubsubMemory.ts";
import { type DataSet, PubSubObservation } from "./pubsubObservation.ts";
import { hash } from "./text.ts";
import { UadpReader, VERSION } from "./uadp.ts";

/** IANA; OPC 10000-14, 7.3.2.1. */
const UDP_PORTS: readonly number[] = [4840];
/** 7.3.3. */
const ETHER_TYPE = 0xb62c;
/** Shortest datagram that proves by itself to be UADP, where no port says so. */
const MIN_CERTAIN = 12;
/** Bytes of a text that are looked through for what only an OPC UA message has. */
const MAX_LOOKED = 1024;

const SEQUENCE_MODULUS = 65_536;
const JSON_MODULUS = 4_294_967_296;

const BRACE = 0x7b;
const BRACKET = 0x5b;

/** What one direction of a flow, or the whole Ethernet, sends. */
class PubSubDecoder {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<PubSubObservation>;
	readonly #memory: PubSubMemory;
	readonly #reader = new UadpReader();
	readonly #out: PubSubObservation;
	readonly #count: (what: string) => void;

	constructor(context: DecoderContext<PubSubObservation>) {
		this.#context = context;
		this.#memory = pubSubMemoryOf(context.clock);
		this.#count = (what) => context.count(`pubsub-${what}`);
		this.#out = new PubSubObservation((bytes, start, end) =>
			memoryOf(context.clock, context.count).certificate(bytes, start, end, context.certificate),
		);
	}

	expire(_now: number): void {}

	/** One UADP NetworkMessage; false where it is none. */
	uadp(bytes: Uint8Array, start: number, end: number, isFromServer: boolean, topic: string, isCopy: boolean): boolean {
		const out = this.#begin(isFromServer, topic, isCopy);
		const reader = this.#reader;
		if (!reader.header(bytes, start, end, out)) return false;
		if (reader.hasAction) out.kind = "action";
		else if (reader.isChunk && !out.isEncrypted) {
			out.kind = "chunk";
			if (!reader.chunk(out)) return this.#malformed(reader.reason);
			this.#chunk(out);
			if (out.kind === "chunk") {
				this.#finish();
				return true;
			}
		} else if (out.isEncrypted) out.kind = kindOf(reader.type);
		else this.#payload(out);
		if (reader.reason !== "") return this.#malformed(reader.reason);
		this.#follow(out, out.sequenceNumber < 0 ? 0 : hash(bytes, start, end, 0));
		this.#finish();
		return true;
	}

	/** One JSON message; false where it is none. */
	json(bytes: Uint8Array, start: number, end: number, topic: string, isCopy: boolean): boolean {
		if (end - start > MAX_JSON) {
			this.#count("json-too-long");
			return false;
		}
		const place = placeOf(topic);
		const out = this.#begin(true, topic, isCopy);
		out.mapping = "json";
		out.size = end - start;
		const { value, reason } = parseJson(bytes, start, end);
		if (reason !== "") return this.#malformed(reason);
		if (!readJson(value, place?.type === "data", out)) return this.#malformed(PUBSUB_REASONS.shape);
		if (place !== undefined) {
			if (out.publisherId === "") out.publisherId = place.publisherId;
			if (out.writerGroupName === "") out.writerGroupName = place.writerGroup;
		}
		if (out.information === "DataSetMetaData") {
			const metaData = metaDataOf(out.content);
			const { DataSetWriterId: writer } = out.content as { DataSetWriterId?: unknown };
			if (metaData !== undefined && typeof writer === "number")
				this.#memory.describe(`${out.publisherId}/${writer}`, metaData, this.#count);
		}
		this.#follow(out, 0);
		this.#finish();
		return true;
	}

	#begin(isFromServer: boolean, topic: string, isCopy: boolean): PubSubObservation {
		const out = this.#out;
		out.reset();
		out.time = this.#context.clock.time;
		out.frame = this.#context.clock.frame;
		out.isFromServer = isFromServer;
		out.topic = topic;
		out.isCopy = isCopy;
		return out;
	}

	#finish(): void {
		if (this.#out.isCut) this.#count("fields-bound");
		this.#context.emit(this.#out);
	}

	#malformed(reason: string): true {
		this.#out.kind = "malformed";
		this.#out.reason = reason;
		this.#context.emit(this.#out);
		return true;
	}

	/** The payload in the clear. */
	#payload(out: PubSubObservation): void {
		const reader = this.#reader;
		if (reader.type === NETWORK_TYPE.data) reader.dataSets(out);
		else if (reader.type === NETWORK_TYPE.announcement) this.#announcement(out);
		else this.#probe(out);
	}

	/** A part; where it is the last one the observation becomes that of the whole. */
	#chunk(out: PubSubObservation): void {
		const reader = this.#reader;
		const writer = out.writerCount > 0 ? out.writerIds[0]! : -1;
		const key = `${this.#sender()}|${out.publisherId}|${out.writerGroupId}|${writer}|${reader.type}|${out.chunkSequence}`;
		const { time } = this.#context.clock;
		const whole = this.#memory.assemble(
			key,
			out.chunkTotal,
			out.chunkOffset,
			out.bytes,
			reader.chunkStart,
			reader.chunkEnd,
			time,
			this.#count,
		);
		if (whole === undefined) return;
		out.kind = "data";
		out.chunks = whole.chunks;
		out.bytes = whole.bytes;
		out.bodyStart = 0;
		out.bodyEnd = whole.bytes.length;
		if (reader.type === NETWORK_TYPE.data) reader.dataSet(out, writer, 0, out.bodyEnd);
		else this.#payload(out);
	}

	/** 7.2.4.6.3 and what follows it there. */
	#announcement(out: PubSubObservation): void {
		out.kind = "announcement";
		const { bytes, bodyStart, bodyEnd } = out;
		const { walk } = this.#reader;
		walk.reset(bytes, bodyStart, bodyEnd);
		walk.fixed(3);
		if (walk.failure === undefined) {
			out.announcementType = u8(bytes, bodyStart);
			out.announcementSequence = u16le(bytes, bodyStart + 1);
			out.information = ANNOUNCEMENT_NAMES[out.announcementType] ?? `type ${out.announcementType}`;
			const at = walk.at;
			if (out.announcementType === ANNOUNCEMENT.metaData) {
				walk.fixed(2);
				walk.structure(STRUCTURE_BY_NAME.get("DataSetMetaDataType")!, 0);
				if (walk.failure === undefined) this.#describe(out, u16le(bytes, at), at + 2);
			} else if (out.announcementType === ANNOUNCEMENT.endpoints) {
				const count = at + 4 <= bodyEnd ? u32le(bytes, at) | 0 : 0;
				walk.fixed(4);
				if (count > 0) {
					walk.structure(STRUCTURE_BY_NAME.get("EndpointDescription")!, 0);
					if (walk.failure === undefined) this.#name(out, at + 4, "EndpointDescription");
				}
			} else if (out.announcementType === ANNOUNCEMENT.application) {
				walk.fixed(2);
				if (walk.failure === undefined && u16le(bytes, at) === 1) {
					walk.structure(STRUCTURE_BY_NAME.get("ApplicationDescription")!, 0);
					if (walk.failure === undefined) this.#name(out, at + 2, "ApplicationDescription");
				}
			}
		}
		if (walk.failure !== undefined) this.#reader.reason = walk.failure;
	}

	/** 7.2.4.6.12. */
	#probe(out: PubSubObservation): void {
		out.kind = "probe";
		const { bytes, bodyStart, bodyEnd } = out;
		if (bodyEnd - bodyStart < 1) this.#reader.reason = PUBSUB_REASONS.header;
		else if (u8(bytes, bodyStart) === 2) out.information = "Applications";
		else if (bodyEnd - bodyStart < 2) this.#reader.reason = PUBSUB_REASONS.header;
		else out.information = INFORMATION_NAMES[u8(bytes, bodyStart + 1)] ?? `type ${u8(bytes, bodyStart + 1)}`;
	}

	#name(out: PubSubObservation, at: number, structure: string): void {
		const nested = new Nester(out.bytes, at, out.bodyEnd, out.certificateAt).read(STRUCTURE_BY_NAME.get(structure)!, 0);
		const server = (structure === "EndpointDescription" ? nested.server : nested) as Nested;
		out.applicationName = nameOf(server.applicationName);
		out.applicationUri = nameOf(server.applicationUri);
	}

	#describe(out: PubSubObservation, writerId: number, at: number): void {
		const nested = new Nester(out.bytes, at, out.bodyEnd, out.certificateAt).read(STRUCTURE_BY_NAME.get("DataSetMetaDataType")!, 0);
		const version = nested.configurationVersion as { majorVersion: number; minorVersion: number } | undefined;
		const fields = (nested.fields ?? []) as Nested[];
		if (version === undefined) return;
		const metaData: MetaData = {
			name: nameOf(nested.name),
			majorVersion: version.majorVersion,
			minorVersion: version.minorVersion,
			fields: fields.slice(0, MAX_META_FIELDS).map(
				(field): FieldMeta => ({
					name: nameOf(field.name),
					type: field.builtInType as number,
					valueRank: field.valueRank as number,
					maxStringLength: field.maxStringLength as number,
					arrayLength: (field.arrayDimensions as number[] | null)?.[0] ?? 0,
				}),
			),
			isNews: true,
		};
		this.#memory.describe(`${out.publisherId}/${writerId}`, metaData, this.#count);
	}

	/** Address of who sent the message: the flow's server, as a rule. */
	#sender(): string {
		const { server, client } = this.#context.flow;
		const end = this.#out.isFromServer ? server : client;
		return end.ip ?? end.mac ?? "";
	}

	/** Compares a message with what its publisher said before, and gives its data sets their names. */
	#follow(out: PubSubObservation, messageHash: number): void {
		const { server, client } = this.#context.flow;
		out.publisherHost = out.isFromServer ? server.ip : client.ip;
		out.publisherMac = out.isFromServer ? server.mac : client.mac;
		const receiver = out.isFromServer ? client : server;
		const scope = `${receiver.ip ?? receiver.mac ?? ""}|${out.publisherId}`;
		// One that publishes in both mappings counts in each.
		const stream = `${scope}|${out.mapping}`;
		const group = out.writerGroupId >= 0 ? String(out.writerGroupId) : out.writerGroupName === "" ? "-" : out.writerGroupName;
		// What a broker delivers may be old, and again: only what was sent to it tells about the publisher.
		const isFollowed = !out.isCopy && out.kind !== "probe" && out.kind !== "action";
		if (isFollowed && out.publisherId !== "") this.#publisher(out, scope);
		if (out.kind !== "data") return;
		if (isFollowed && (out.writerGroupId >= 0 || out.sequenceNumber >= 0) && out.publisherId !== "")
			this.#group(out, this.#memory.group(`${stream}|${group}`, this.#count), messageHash);
		for (let index = 0; index < out.dataSetCount; index++) this.#dataSet(out, out.dataSets[index]!, stream, group, isFollowed);
	}

	#publisher(out: PubSubObservation, scope: string): void {
		const host = this.#sender();
		const publisher = this.#memory.publisher(scope, this.#count);
		out.isNewPublisher = publisher.host !== host;
		if (publisher.speaks(host, out.time, out.frame)) out.sharedWith = { host: publisher.previous, frame: publisher.otherFrame };
	}

	#group(out: PubSubObservation, group: Group, messageHash: number): void {
		const security = out.isEncrypted ? 2 : out.isSigned ? 1 : 0;
		if (security < group.security) out.downgrade = { frame: group.frame, from: group.security, to: security };
		else {
			group.security = security;
			group.frame = out.frame;
		}
		if (out.sequenceNumber >= 0) this.#sequence(out, group.sequence, out.sequenceNumber, messageHash, SEQUENCE_MODULUS, -1);
	}

	#sequence(out: PubSubObservation, sequence: Sequence, number: number, contents: number, modulus: number, writerId: number): void {
		const verdict = sequence.take(number, contents, modulus, out.time, out.frame);
		if (verdict === SEQUENCE.fine || out.conflict !== undefined) return;
		const kind = verdict === SEQUENCE.conflict ? "other content" : "two sequences";
		out.conflict = { kind, host: "", frame: sequence.otherFrame, sequenceNumber: number, writerId };
	}

	#dataSet(out: PubSubObservation, one: DataSet, stream: string, group: string, isFollowed: boolean): void {
		if (!out.isCopy) {
			const who = one.writerId >= 0 ? String(one.writerId) : one.writerName === "" ? "-" : one.writerName;
			const place = `${group}/${who}`;
			const publisher = out.publisherId === "" ? "-" : out.publisherId;
			const writer = this.#memory.writer(`${stream}|${place}`, `${POINT_PREFIX}${publisher}/${place}/`, this.#count);
			one.points = writer.names;
			// The number of a keep-alive is that of the next message (7.2.4.5.8).
			if (isFollowed && one.sequenceNumber >= 0 && one.isValid && one.type !== DATA_SET_TYPE.keepAlive && out.publisherId !== "") {
				const isJson = out.mapping === "json";
				const contents = isJson ? jsonHash(out, one) : hash(out.bytes, one.start, one.end, 0);
				this.#sequence(out, writer.sequence, one.sequenceNumber, contents, isJson ? JSON_MODULUS : SEQUENCE_MODULUS, one.writerId);
			}
		}
		const metaData = this.#memory.metaData(`${out.publisherId}/${one.writerId}`);
		if (metaData === undefined || !isOfVersion(metaData, one)) return;
		one.name = metaData.name;
		if (one.rawAt >= 0 && one.type === DATA_SET_TYPE.keyFrame) this.#raw(out, one, metaData.fields);
		if (out.mapping === "uadp") {
			for (let index = 0; index < one.fieldCount; index++) {
				const place = one.firstField + index;
				out.fieldNames[place] = metaData.fields[out.fieldIndex[place]!]?.name;
			}
			// Said once for each description, so that points can be named for people.
			one.isNamed = metaData.isNews && !out.isCopy && one.fieldCount > 0;
			if (one.isNamed) metaData.isNews = false;
		}
	}

	/** RawData (7.2.4.5.11): fields one behind the other, padded to their greatest size by those who follow 1.05, not padded by others. What fits to the byte is right. */
	#raw(out: PubSubObservation, one: DataSet, fields: readonly FieldMeta[]): void {
		for (const isPadded of [true, false]) {
			const before = out.fieldCount;
			one.firstField = before;
			one.fieldCount = 0;
			if (this.#rawFields(out, one, fields, isPadded)) {
				one.rawAt = -1;
				return;
			}
			out.fieldCount = before;
			one.fieldCount = 0;
		}
	}

	#rawFields(out: PubSubObservation, one: DataSet, fields: readonly FieldMeta[], isPadded: boolean): boolean {
		const { walk } = this.#reader;
		const { bytes } = out;
		walk.reset(bytes, one.rawAt, one.end);
		for (let index = 0; index < fields.length; index++) {
			const { type, valueRank, maxStringLength, arrayLength } = fields[index]!;
			const at = walk.at;
			const isArray = valueRank === 1;
			if (!RAW_TYPES.has(type) || (valueRank !== -1 && !isArray)) return false;
			if (isArray) {
				const count = at + 4 <= one.end ? u32le(bytes, at) | 0 : 0;
				walk.fixed(4);
				for (let element = 0; element < count && walk.failure === undefined; element++) walk.value(type);
				const size = FIXED_SIZE[type]!;
				if (isPadded && size > 0 && arrayLength > Math.max(0, count)) walk.fixed((arrayLength - Math.max(0, count)) * size);
			} else {
				walk.value(type);
				if (isPadded && maxStringLength > 0 && (type === TYPE.String || type === TYPE.ByteString))
					walk.fixed(Math.max(0, at + 4 + maxStringLength - walk.at));
			}
			if (walk.failure !== undefined) return false;
			const number = !isArray && type <= TYPE.Double ? walk.number(type, at) : Number.NaN;
			if (!out.addField(one, index, at, isArray ? RAW_ARRAY | type : type, number, 0)) return false;
		}
		return walk.at === one.end;
	}
}

/** Built-in types that RawData can be told apart with: all but those that hold others, which need a structure's definition. */
const RAW_TYPES: ReadonlySet<number> = new Set(Array.from({ length: TYPE.LocalizedText }, (_, index) => index + 1));
/** Marks a field of RawData as an array of its type. */
export const RAW_ARRAY = 0x80;

const kindOf = (type: number): PubSubObservation["kind"] =>
	type === NETWORK_TYPE.data ? "data" : type === NETWORK_TYPE.announcement ? "announcement" : "probe";

const isOfVersion = ({ majorVersion, minorVersion }: MetaData, one: DataSet): boolean =>
	(one.majorVersion < 0 || one.majorVersion === majorVersion) && (one.minorVersion < 0 || one.minorVersion === minorVersion);

const nameOf = (value: unknown): string =>
	typeof value === "string" ? value : typeof value === "object" && value !== null ? nameOf((value as { text?: unknown }).text) : "";

/** A hash of the numbers and names of a JSON data set: it has no bytes of its own. */
function jsonHash(out: PubSubObservation, one: DataSet): number {
	let value = one.fieldCount;
	const add = (text: string) => {
		for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
	};
	for (let index = one.firstField; index < one.firstField + one.fieldCount; index++) {
		add(out.fieldNames[index] ?? "");
		add(JSON.stringify(out.fieldValues[index]) ?? "");
	}
	return value | 0;
}

/** Where a topic says what it carries (7.3.4.7): `PREFIX/ENCODING/TYPE/PUBLISHER[/GROUP[/WRITER]]`. */
interface Place {
	readonly encoding: string;
	readonly type: string;
	readonly publisherId: string;
	readonly writerGroup: string;
}
const TOPIC = /(?:^|\/)(json|uadp)\/(data|metadata|application|endpoints|status|connection)\/([^/]+)(?:\/([^/]+))?/;

export function placeOf(topic: string): Place | undefined {
	const found = TOPIC.exec(topic);
	if (found === null) return undefined;
	return { encoding: found[1]!, type: found[2]!, publisherId: found[3]!, writerGroup: found[4] ?? "" };
}

/** One reader for all probes: nothing of it outlives the call. */
const PROBED = new PubSubObservation(() => undefined);
const PROBER = new UadpReader();

/** How well bytes read as UADP: `match` where the header fits, `certain` where they are one to the last byte and more than a few bits say so. */
function probeUadp(bytes: Uint8Array, start: number, end: number): Probe {
	if (start >= end || (u8(bytes, start) & 15) !== VERSION) return PROBE.mismatch;
	PROBED.reset();
	if (!PROBER.header(bytes, start, end, PROBED)) return PROBE.mismatch;
	if (end - start < MIN_CERTAIN || PROBED.publisherId === "" || PROBER.isChunk || PROBER.hasAction || PROBED.isEncrypted)
		return PROBE.match;
	if (PROBER.type !== NETWORK_TYPE.data || (PROBED.writerCount === 0 && PROBED.writerGroupId < 0)) return PROBE.match;
	if (!PROBER.dataSets(PROBED)) return PROBE.match;
	let isProof = PROBED.dataSetCount > 0;
	for (let index = 0; index < PROBED.dataSetCount; index++) {
		const { isValid, fieldCount, rawAt } = PROBED.dataSets[index]!;
		isProof &&= isValid && rawAt < 0 && fieldCount > 0;
	}
	return isProof ? PROBE.certain : PROBE.match;
}

/** What only an OPC UA message has: a message type, or a data set's writer beside its payload. */
const MARKS: readonly string[] = ['"ua-', '"DataSetWriterId"', '"DataSetWriterName"'];

function probeJson(bytes: Uint8Array, start: number, end: number): boolean {
	const stop = Math.min(end, start + MAX_LOOKED);
	for (let at = start; at < stop; at++) {
		if (bytes[at] !== 0x22) continue;
		for (const mark of MARKS) if (isAt(bytes, at, stop, mark)) return true;
	}
	return false;
}

function isAt(bytes: Uint8Array, start: number, end: number, text: string): boolean {
	if (end - start < text.length) return false;
	for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
	return true;
}

const isJsonText = (bytes: Uint8Array, start: number, end: number): boolean => {
	const first = firstOf(bytes, start, end);
	return first === BRACE || first === BRACKET;
};

/** A probe comes from a subscriber, everything else from a publisher: the server of the flow. */
function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	PROBED.reset();
	if (!PROBER.header(bytes, start, end, PROBED)) return undefined;
	return PROBER.type === NETWORK_TYPE.probe ? "client" : "server";
}

/** UADP in UDP (7.3.2). */
export const pubSubDatagrams: DatagramDecoder<PubSubObservation> = {
	ports: UDP_PORTS,
	probe: probeUadp,
	sender,
	open: (context) => {
		const decoder = new PubSubDecoder(context);
		return {
			deadline: decoder.deadline,
			data: (bytes, start, end, direction) => decoder.uadp(bytes, start, end, direction === TO_CLIENT, "", false),
			expire: (now) => decoder.expire(now),
		};
	},
};

/** UADP in Ethernet frames (7.3.3). */
export const pubSubFrames: FrameDecoder<PubSubObservation> = {
	etherTypes: [ETHER_TYPE],
	sender,
	open: (context) => {
		const decoder = new PubSubDecoder(context);
		return { data: (bytes, start, end) => decoder.uadp(bytes, start, end, sender(bytes, start, end) !== "client", "", false) };
	},
};

/** UADP and JSON in the messages of a broker (7.3.4). */
export const pubSubMessages: MessageDecoder<PubSubObservation> = {
	probe: (bytes, start, end, topic) => {
		const place = placeOf(topic);
		if (isJsonText(bytes, start, end)) return place?.encoding === "json" || probeJson(bytes, start, end) ? PROBE.certain : PROBE.mismatch;
		const probed = probeUadp(bytes, start, end);
		return probed === PROBE.match && place?.encoding === "uadp" ? PROBE.certain : probed;
	},
	open: (context) => {
		const decoder = new PubSubDecoder(context);
		return {
			data: (bytes: Uint8Array, start: number, end: number, direction: Direction, topic: string) => {
				const isCopy = direction === TO_CLIENT;
				if (isJsonText(bytes, start, end)) return decoder.json(bytes, start, end, topic, isCopy);
				return decoder.uadp(bytes, start, end, true, topic, isCopy);
			},
		};
	},
};
