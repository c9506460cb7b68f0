/**
 * A recording of OPC UA traffic read twice: by the engine, and by node-opcua's own codec behind a small reader of frames, TCP and chunks that shares nothing with the
 * engine. Every message is compared with every field; what may stand in our record alone is listed.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { SERVICES } from "../../protocols/opcua/codes.ts";
import { opcua } from "../../protocols/opcua/index.ts";
import type { OpcuaObservation } from "../../protocols/opcua/observation.ts";
import { Engine } from "../../src/app/engine.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { type Any, difference, plain, saidObject, ua } from "./opcuaSaid.ts";

const load = createRequire(createRequire(import.meta.url).resolve("node-opcua/package.json"));
const { AcknowledgeMessage, HelloMessage, ReverseHelloMessage, TCPErrorMessage } = load("node-opcua-transport") as Record<string, Any>;
const { getStandardDataTypeFactory } = load("node-opcua-factory") as Record<string, Any>;

/** One message of one side of one connection, as node-opcua reads it. */
export interface Message {
	/** Addresses of the connection, and of the sender: `ip:port`. */
	connection: string;
	from: string;
	/** Seconds since the epoch of the frame that completed it. */
	time: number;
	letters: string;
	/** Of all chunks. */
	size: number;
	chunks: number;
	/** Each chunk ends in a signature that is not of the body. */
	signature: number;
	/** Name of the structure, e.g. `ReadRequest`; undefined where it is encrypted. */
	structure: string | undefined;
	/** Of a service that is not encrypted, from its type id on. */
	body: Buffer | undefined;
	/** What a line must say. */
	said: Record<string, unknown>;
}

/** One segment of TCP with data. */
interface Segment {
	from: string;
	to: string;
	time: number;
	sequence: number;
	bytes: Buffer;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const TCP = 6;

/** Segments of a classic pcap file of Ethernet frames, as the lab records them: no VLAN tags, no fragments. */
function* segmentsOf(path: string): Generator<Segment> {
	const file = readFileSync(path);
	for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length; ) {
		const time = file.readUInt32LE(at) + file.readUInt32LE(at + 4) / 1e6;
		const length = file.readUInt32LE(at + 8);
		const ip = at + RECORD_HEADER + ETHERNET;
		at += RECORD_HEADER + length;
		if (length < ETHERNET + 40 || file.readUInt16BE(ip - 2) !== 0x0800 || file[ip + 9] !== TCP) continue;
		const tcp = ip + (file[ip]! & 15) * 4;
		const data = tcp + (file[tcp + 12]! >> 4) * 4;
		const end = ip + file.readUInt16BE(ip + 2);
		const address = (from: number, port: number) => `${[...file.subarray(from, from + 4)].join(".")}:${file.readUInt16BE(port)}`;
		const from = address(ip + 12, tcp);
		const to = address(ip + 16, tcp + 2);
		if (end > data) yield { from, to, time, sequence: file.readUInt32BE(tcp + 4), bytes: file.subarray(data, end) };
	}
}

/** The bytes of one direction in order; what comes twice is dropped. */
class Half {
	next = -1;
	bytes = Buffer.alloc(0);

	add({ sequence, bytes }: Segment): void {
		if (this.next < 0) this.next = sequence;
		const known = (this.next - sequence) >>> 0;
		if (known >= 0x80000000) throw new Error("a segment is missing in the recording");
		if (known >= bytes.length) return;
		this.bytes = Buffer.concat([this.bytes, bytes.subarray(known)]);
		this.next = (sequence + bytes.length) >>> 0;
	}
}

const LETTERS = /^(HEL|ACK|ERR|RHE|OPN|MSG|CLO)[FCA]$/;
/** Bytes of the signature by policy (Part 7). */
const SIGNATURES: Readonly<Record<string, number>> = { Basic256Sha256: 32, Aes128_Sha256_RsaOaep: 32, Aes256_Sha256_RsaPss: 32 };

interface Channel {
	policy: string;
	/** Undefined until its first message told. */
	isClear: boolean | undefined;
}

/** Reads all OPC UA of a recording with node-opcua's codec. */
export function readTheirs(path: string): Message[] {
	const halves = new Map<string, Half>();
	const channels = new Map<string, Channel>();
	const parts = new Map<string, { bodies: Buffer[]; size: number }>();
	const out: Message[] = [];
	for (const segment of segmentsOf(path)) {
		const { from, to, time } = segment;
		let half = halves.get(`${from} ${to}`);
		if (half === undefined) {
			if (!LETTERS.test(segment.bytes.toString("latin1", 0, 4))) continue;
			half = new Half();
			halves.set(`${from} ${to}`, half);
		}
		half.add(segment);
		while (half.bytes.length >= 8 && half.bytes.length >= half.bytes.readUInt32LE(4)) {
			const size = half.bytes.readUInt32LE(4);
			const chunk = half.bytes.subarray(0, size);
			half.bytes = half.bytes.subarray(size);
			const letters = chunk.toString("latin1", 0, 3);
			const connection = [from, to].sort().join(" ");
			const message: Message = {
				connection,
				from,
				time,
				letters,
				size,
				chunks: 1,
				signature: 0,
				structure: undefined,
				body: undefined,
				said: {},
			};
			const channelKey = (id: number) => `${connection} ${id}`;
			if (letters === "MSG" || letters === "CLO") {
				const id = chunk.readUInt32LE(8);
				const channel = channels.get(channelKey(id));
				if (channel === undefined) throw new Error(`channel ${id} was never opened`);
				const signature = channel.policy === "None" ? 0 : SIGNATURES[channel.policy]!;
				channel.isClear ??= channel.policy === "None" || isKnown(chunk.subarray(24));
				message.said = { secureChannelId: id, tokenId: chunk.readUInt32LE(12) };
				// The request id of a hidden chunk is hidden too: it belongs to the one before.
				const requestId = channel.isClear ? chunk.readUInt32LE(20) : -1;
				const partKey = `${from} ${to} ${id} ${requestId}`;
				const open = parts.get(partKey) ?? { bodies: [], size: 0 };
				open.bodies.push(chunk.subarray(24, size - signature));
				open.size += size;
				if (chunk[3] === 0x43) {
					parts.set(partKey, open);
					continue;
				}
				parts.delete(partKey);
				message.size = open.size;
				message.chunks = open.bodies.length;
				if (!channel.isClear) message.said.encrypted = true;
				else {
					message.signature = signature;
					Object.assign(message.said, { encrypted: false, requestId, sequenceNumber: chunk.readUInt32LE(16) });
					readService(Buffer.concat(open.bodies), message);
				}
			} else if (letters === "OPN")
				readOpening(chunk, message, (id, policy) => channels.set(channelKey(id), { policy, isClear: undefined }));
			else readTransport(letters, chunk, message);
			out.push(message);
		}
	}
	return out;
}

const IDS = new Set([...SERVICES.values()].flatMap(({ request, response }) => [request.encodingId, response.encodingId]));
const isKnown = (body: Buffer): boolean => body[0] === 1 && body[1] === 0 && IDS.has(body.readUInt16LE(2));

function readOpening(chunk: Buffer, message: Message, opened: (id: number, policy: string) => void): void {
	const stream = new ua.BinaryStream(chunk);
	stream.length = 8;
	const id = stream.readUInt32();
	const policy = String(ua.decodeString(stream)).replace(/^.*#/, "");
	const certificate = ua.decodeByteString(stream) as Buffer | null;
	ua.decodeByteString(stream);
	message.said = { secureChannelId: id, securityPolicy: policy };
	if (certificate !== null) message.said.thumbprint = createHash("sha1").update(certificate).digest("hex").toUpperCase();
	if (id !== 0) opened(id, policy);
	if (policy !== "None") message.said.encrypted = true;
	else {
		Object.assign(message.said, { encrypted: false, sequenceNumber: stream.readUInt32(), requestId: stream.readUInt32() });
		readService(chunk.subarray(stream.length), message);
	}
}

function readTransport(letters: string, chunk: Buffer, message: Message): void {
	const Type = { HEL: HelloMessage, ACK: AcknowledgeMessage, ERR: TCPErrorMessage, RHE: ReverseHelloMessage }[letters]!;
	const stream = new ua.BinaryStream(chunk.subarray(8));
	const instance = new Type();
	instance.decode(stream);
	if (stream.length !== chunk.length - 8) throw new Error(`node-opcua leaves bytes of a ${letters}`);
	message.structure = Type.name;
	message.said.parameters = letters === "ERR" ? saidError(instance) : { ...instance };
}

const saidError = (error: Any) => ({ error: { name: error.statusCode.name, code: error.statusCode.value }, reason: error.reason });

/** A service as node-opcua's codec makes it of its bytes. */
export function decodeService(body: Buffer): { typeId: Any; instance: Any } {
	const stream = new ua.BinaryStream(body);
	const typeId = ua.decodeExpandedNodeId(stream);
	const instance = getStandardDataTypeFactory().constructObject(typeId);
	instance.decode(stream);
	if (stream.length !== body.length) throw new Error(`node-opcua leaves bytes of a ${instance.schema.name}`);
	return { typeId, instance };
}

function readService(body: Buffer, message: Message): void {
	const { typeId, instance } = decodeService(body);
	message.structure = instance.schema.name;
	message.body = body;
	const { requestHeader, responseHeader, ...parameters } = saidObject(instance) as Any;
	const header = requestHeader ?? responseHeader;
	const { said } = message;
	said.typeId = typeId.value;
	said.requestHandle = header.requestHandle;
	said.timestamp = (instance.requestHeader ?? instance.responseHeader).timestamp.getTime() / 1000;
	if (requestHeader !== undefined) {
		if (header.timeoutHint > 0) said.timeoutHint = header.timeoutHint;
		if (header.auditEntryId) said.auditEntryId = header.auditEntryId;
		if (header.returnDiagnostics !== 0) said.returnDiagnostics = header.returnDiagnostics;
	} else {
		said.serviceResult = header.serviceResult;
		if (header.serviceDiagnostics !== null) said.serviceDiagnostics = header.serviceDiagnostics;
		if (header.stringTable?.length > 0) said.stringTable = header.stringTable;
	}
	if (Object.keys(parameters).length > 0) said.parameters = parameters;
}

interface Ours {
	size: number;
	chunks: number;
	record: Record<string, unknown>;
}

/** Our lines of a recording, by connection and sender. */
async function readOurs(path: string): Promise<Map<string, Ours[]>> {
	const out = new Map<string, Ours[]>();
	const engine = new Engine({
		protocols: [opcua],
		services: [],
		onObservation: (_protocol, observation, flow) => {
			const { kind, isFromServer, size, chunks } = observation as OpcuaObservation;
			if (kind === "unanswered") return;
			const [client, server] = [flow.client, flow.server].map(({ ip, port }) => `${ip}:${port}`) as [string, string];
			const key = `${[client, server].sort().join(" ")} ${isFromServer ? server : client}`;
			const list = out.get(key) ?? [];
			list.push({ size, chunks, record: opcua.record(observation as OpcuaObservation) });
			out.set(key, list);
		},
	});
	await readCapture(new CaptureInput(path), engine.frame, {});
	engine.endSource();
	return out;
}

/** What we say beside what the message holds: names of what was asked for, of the monitored item, of attributes, methods, arguments, values and event fields; units; what a certificate says; whether a secret is in clear. */
const OURS_ALONE: ReadonlySet<string> = new Set(
	"nodeid attribute methodid method parentnodeid sourcenodeid startingnode inclear field argument valuename unit range subject issuer validfrom validto keytype keybits applicationuri signaturehash".split(
		" ",
	),
);

export interface Difference {
	structure: string;
	where: string;
}

export interface Comparison {
	messages: Message[];
	/** Indexes of `messages` that are not equal, each with its first difference. */
	differences: Map<number, Difference>;
	/** Messages that only we have. */
	surplus: number;
}

export async function compareTraffic(path: string): Promise<Comparison> {
	const messages = readTheirs(path);
	const ours = await readOurs(path);
	const differences = new Map<number, Difference>();
	for (const [index, message] of messages.entries()) {
		const own = ours.get(`${message.connection} ${message.from}`)?.shift();
		const where = own === undefined ? "there is no line" : differs(own, message);
		if (where !== undefined) differences.set(index, { structure: message.structure ?? message.letters, where });
	}
	let surplus = 0;
	for (const rest of ours.values()) surplus += rest.length;
	return { messages, differences, surplus };
}

function differs({ size, chunks, record }: Ours, message: Message): string | undefined {
	if (size !== message.size || chunks !== message.chunks)
		return `${size} bytes in ${chunks} chunks, not ${message.size} in ${message.chunks}`;
	if (record.messageType !== message.letters) return `${record.messageType}, not ${message.letters}`;
	const own: Record<string, unknown> = { ...record, thumbprint: (record.certificate as { thumbprint?: string } | undefined)?.thumbprint };
	for (const [key, theirs] of Object.entries(message.said)) {
		const found = difference(plain(own[key]), plain(theirs), `.${key}`, OURS_ALONE);
		if (found !== undefined) return found;
	}
	return undefined;
}
