/**
 * OPC UA binary over TCP: OPC 10000-6 (UA-TCP, UA Secure Conversation, UA Binary) and OPC 10000-4 (services).
 *
 * Messages are framed by their header, chunks are put together by request id, security is tracked by channel, answers are joined to their requests.
 * Bodies are walked once by their structure, which proves that they can be read; a record of all of it is only made when asked for.
 */
import {
	type CertificateFacts,
	type Credential,
	type DecoderContext,
	PROBE,
	type Probe,
	REJECT,
	type Stream,
	type StreamDecoder,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u32le } from "../../src/wire/bytes.ts";
import {
	enclosedKind,
	envelopeOf,
	isBad,
	isMessageId,
	LOGIN_REFUSALS,
	type MessageKind,
	messageKind,
	OLD_POLICIES,
	POLICY_PREFIX,
	policyName,
	ROOM_REFUSALS,
	SERVICE,
	SERVICE_FAULT,
	SIGNATURE_SIZE,
	SIGNATURE_SIZES,
	STANDARD_NODE_NAMES,
	VALUE_ATTRIBUTE,
} from "./codes.ts";
import { type Conduct, type Finding, FOUND, type Moment, STOPPED_MICROS } from "./conduct.ts";
import { type Definitions, learnDefinitions, NAMESPACE_ARRAY } from "./definitions.ts";
import { attentionOf } from "./events.ts";
import {
	isSame,
	MAX_TOKEN,
	METHOD_NAME,
	type Memory,
	memoryOf,
	type Parts,
	type Session,
	type Stopped,
	type Subscription,
} from "./memory.ts";
import { fieldsOf, isTellingAttribute, MAX_NAMES, mayFilterEvents, NAMING, namesIn, qualified, targetsOf, textOf } from "./names.ts";
import { type Nested, Nester } from "./nested.ts";
import { type Kind, OpcuaObservation, Pending } from "./observation.ts";
import { Shape } from "./shape.ts";
import { nodeIdText, utf8 } from "./text.ts";
import { REASONS, standardId, type Walk } from "./walk.ts";
import {
	CHANNEL_ID,
	CHUNK,
	CHUNK_TYPE,
	dateTimeMicros,
	HEADER,
	isHeader,
	isLetters,
	MAX_CHUNK,
	MAX_POLICY_URI,
	MAX_TEXT,
	MESSAGE,
	messageType,
	POLICY_URI,
	SEQUENCE,
	SIZE,
	SYMMETRIC_HEADERS,
	TOKEN_ID,
} from "./wire.ts";

/** Biggest message put together from chunks; stacks refuse more than 4 to 16 MiB by default, and such sizes are file transfers. */
const MAX_MESSAGE = 4 << 20;
/** Unfinished messages of one direction of a connection. Senders finish one before they begin the next, as a rule. */
const MAX_UNFINISHED = 16;
/** Requests that wait on one connection: some hundreds of Publish requests and the operations in flight. */
const MAX_PENDING = 1024;
/** Point names held by the requests that wait on one connection. */
const MAX_HELD_NAMES = 65_536;
/** Channels of one connection. There is one (Part 6, 7.1.1); a second comes from a renewal gone wrong. */
const MAX_CHANNELS = 4;
/** Slots of answered requests kept for the next ones. */
const MAX_SPARE = 32;
/** Without a hint of the client a request is unanswered after this (microseconds): the usual default of clients is 5 to 15 s. */
const ANSWER_TIME = 15_000_000;
/** Hints outside of this are not believed (microseconds): some clients say 10 minutes for everything. */
const LEAST_ANSWER_TIME = 1_000_000;
const MOST_ANSWER_TIME = 120_000_000;
/** Bytes of the signature where the policy was not seen: that of all current ones with AES. */
const USUAL_SIGNATURE = 32;
/** What publishing may be late by, beyond the limits that the server agreed to, before it is said (microseconds and times): servers round, and networks take their time. */
const LATE_MICROS = 1_000_000;
const LATE_FACTOR = 1.5;
/** Limits beyond this many microseconds are as good as none. */
const MOST_KEEP_ALIVE = 3600e6;
/** Messages in a row that must agree before it is said how a channel is secured, where no message says it. */
const EVIDENCE = 3;

const KIND_TEXT: Readonly<Record<number, string>> = {
	[MESSAGE.hello]: "HEL",
	[MESSAGE.acknowledge]: "ACK",
	[MESSAGE.error]: "ERR",
	[MESSAGE.reverseHello]: "RHE",
	[MESSAGE.open]: "OPN",
	[MESSAGE.message]: "MSG",
	[MESSAGE.close]: "CLO",
};

/** How the messages of a channel can be read. */
const CLEAR = 0;
const SIGNED = 1;
const OPAQUE = 2;
const UNDECIDED = 3;

/** A secure channel (Part 4, 5.6) as far as it shows. */
class Channel {
	readonly id: number;
	policyUri = "";
	mode = "unknown";
	state: typeof CLEAR | typeof SIGNED | typeof OPAQUE | typeof UNDECIDED = UNDECIDED;
	/** Bytes of signature behind each chunk; -1 while not known. */
	signature = -1;
	/** Messages that could, and could not, be read while undecided. */
	readable = 0;
	unreadable = 0;
	/** Last sequence number by direction; -1 for none. */
	readonly sequence: [number, number] = [-1, -1];
	session: Session | undefined = undefined;
	/** What an encrypted channel shows; made with its first message that cannot be read. */
	shape: Shape | undefined = undefined;
	/** It was seen to be opened. */
	isNew = false;
	/** Chunks and bytes of the message that is being sent, by direction, where its sequence header cannot be read. */
	readonly hiddenChunks: [number, number] = [0, 0];
	readonly hiddenSize: [number, number] = [0, 0];
	/** It was said whose channel it is that nothing more will be read of. */
	isTold = false;
	/** It was said how it is secured. */
	isShown = false;
	/** Certificates of both sides, by the direction that they were sent in. */
	readonly certificates: [CertificateFacts | undefined, CertificateFacts | undefined] = [undefined, undefined];
	/** A token that belongs to no session seen so far: one that began before we listened. */
	strangeToken: Uint8Array | undefined = undefined;

	constructor(id: number) {
		this.id = id;
	}

	secure(policyUri: string): void {
		if (policyUri === this.policyUri) return; // a renewal: what is known of the mode stays true
		this.policyUri = policyUri;
		this.readable = 0;
		this.unreadable = 0;
		const policy = policyName(policyUri);
		if (policy === "None") {
			this.state = CLEAR;
			this.mode = "None";
			this.signature = 0;
		} else {
			this.state = UNDECIDED;
			this.mode = "unknown";
			this.signature = SIGNATURE_SIZE[policy] ?? -1;
		}
	}

	sawReadable(signature: number): void {
		if (this.state === OPAQUE) {
			this.state = UNDECIDED;
			this.readable = 0;
		}
		this.readable++;
		this.signature = signature;
		if (this.readable < EVIDENCE) return;
		this.state = signature === 0 ? CLEAR : SIGNED;
		this.mode = signature === 0 ? "None" : "Sign";
	}

	sawUnreadable(): void {
		if (this.state !== UNDECIDED || this.readable > 0 || ++this.unreadable < EVIDENCE) return;
		this.state = OPAQUE;
		if (this.policyUri !== "") this.mode = "SignAndEncrypt";
	}
}

/** What one side said of the channel that it opens. */
interface Opening {
	time: number;
	frame: number;
	isRenewal: boolean;
	certificate: CertificateFacts | undefined;
}

class OpcuaStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<OpcuaObservation>;
	readonly #memory: Memory;
	readonly #walk: Walk;
	readonly #observation: OpcuaObservation;
	readonly #channels = new Map<number, Channel>();
	#channel: Channel | undefined = undefined;
	#opening: Opening | undefined = undefined;
	readonly #parts: readonly [Map<number, Parts>, Map<number, Parts>] = [new Map(), new Map()];
	readonly #pending = new Map<number, Pending>();
	readonly #spare: Pending[] = [];
	#heldNames = 0;
	/** First request id seen since requests may have been missed; -1 for none yet. An answer to an earlier one is no surprise. */
	#firstRequest = -1;
	/** Where a server that called its client listens itself: sessions and subscriptions go on from one connection to the next by it; 0 where it did not call. */
	#listeningPort = 0;
	readonly #subscriptions = new Map<number, Subscription>();
	/** The shortest time within which a subscription of this connection owes a message; Infinity where none is known. And when the latest one came. */
	#keepAlive = Number.POSITIVE_INFINITY;
	#published = 0;
	/** A shortcut: the memory has them all. */
	#nearDefinitions: Definitions | undefined = undefined;
	readonly #names: (string | undefined)[] = [];

	constructor(context: DecoderContext<OpcuaObservation>) {
		this.#context = context;
		this.#memory = memoryOf(context.clock, context.count);
		this.#walk = this.#memory.walk;
		this.#observation = new OpcuaObservation(
			this.#walk.items,
			(bytes, start, end) => this.#certificate(bytes, start, end),
			(node) => standardName(node) ?? this.#memory.nodeName(this.#server(), node),
			() => this.#definitions(),
		);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (end - at >= HEADER) {
			if (!isHeader(bytes, at)) {
				if (isLetters(bytes, at) && u32le(bytes, at + SIZE) > MAX_CHUNK) this.#context.count("chunk-too-large");
				if (at === start) return REJECT;
				this.#context.count("resynchronised");
				at++;
				while (end - at >= HEADER && !isHeader(bytes, at)) at++;
				continue;
			}
			const size = u32le(bytes, at + SIZE);
			if (end - at < size) break;
			this.#one(bytes, at, size, direction);
			at += size;
		}
		return at === start && !isBeginning(bytes, start, end) ? REJECT : at - start;
	}

	gap(direction: Direction): void {
		for (const parts of this.#parts[direction].values()) this.#memory.closeParts(parts);
		this.#parts[direction].clear();
		if (this.#channel !== undefined) {
			this.#channel.sequence[direction] = -1;
			this.#channel.hiddenChunks[direction] = 0;
			this.#channel.hiddenSize[direction] = 0;
		}
		if (direction === TO_SERVER) this.#firstRequest = -1;
		else for (const pending of this.#pending.values()) pending.isDoubtful = true;
	}

	expire(now: number): void {
		let next = Number.POSITIVE_INFINITY;
		for (const pending of this.#pending.values()) {
			if (pending.deadline <= now && pending.service.id === SERVICE.publish) pending.deadline = this.#due(pending, now);
			const { deadline } = pending;
			// `now` is infinite where the connection ended: what waits by design, or was said before, is not said.
			if (deadline <= now && deadline !== Number.POSITIVE_INFINITY) {
				// It stays: a late answer is still its answer.
				pending.deadline = Number.POSITIVE_INFINITY;
				pending.isOverdue = true;
				if (!pending.isDoubtful) this.#unanswered(pending, deadline);
			} else if (deadline < next) next = deadline;
		}
		this.deadline = next;
	}

	/** When a Publish that waits is unanswered: each message of the server gives it new time. */
	#due(pending: Pending, now: number): number {
		if (now === Number.POSITIVE_INFINITY || this.#keepAlive === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
		return Math.max(pending.deadline, this.#published + this.#keepAlive * LATE_FACTOR + LATE_MICROS);
	}

	#unanswered(pending: Pending, time: number): void {
		const observation = this.#observation;
		observation.reset();
		observation.items.reset();
		observation.messageType = "MSG";
		observation.requestId = pending.requestId;
		observation.requestHandle = pending.requestHandle;
		observation.service = pending.service;
		observation.request = pending;
		observation.requestFrame = pending.frame;
		observation.session = pending.session;
		observation.names = pending.names;
		observation.nameCount = pending.nameCount;
		if (this.#channel !== undefined) this.#tellChannel(this.#channel);
		observation.kind = "unanswered";
		observation.isFromServer = true;
		observation.time = time;
		observation.frame = pending.frame;
		if (pending.service.id === SERVICE.publish) {
			// The others wait for the same, and one word is enough until something comes.
			for (const other of this.#pending.values()) {
				if (other.service.id !== SERVICE.publish) continue;
				other.deadline = Number.POSITIVE_INFINITY;
				other.isDoubtful = true;
			}
			this.#found({ what: FOUND.late, count: 1, micros: time - this.#published, frame: pending.frame, names: [NOT_AT_ALL] });
		}
		this.#context.emit(observation);
	}

	/** One whole chunk whose header is right. */
	#one(bytes: Uint8Array, at: number, size: number, direction: Direction): void {
		const observation = this.#observation;
		observation.reset();
		const type = messageType(bytes, at);
		observation.messageType = KIND_TEXT[type]!;
		observation.size = size;
		observation.bytes = bytes;
		observation.isFromServer = direction === TO_CLIENT;
		if (type === MESSAGE.message || type === MESSAGE.close) this.#secured(bytes, at, size, direction);
		else if (type === MESSAGE.open) this.#open(bytes, at, size, direction);
		else this.#transport(type, bytes, at, size, direction);
	}

	get #conduct(): Conduct {
		return this.#memory.conduct;
	}

	/** Who and when, for what is counted over several messages; of rare services alone. */
	#moment(): Moment {
		const { time, frame } = this.#context.clock;
		return { client: this.#context.flow.client.ip ?? "", server: this.#server(), time, frame };
	}

	#found(finding: Finding | undefined): void {
		if (finding !== undefined) this.#observation.findings = [...this.#observation.findings, finding];
	}

	/** A channel was opened, anew and not again. */
	#opened(isSecured: boolean): void {
		const moment = this.#moment();
		this.#conduct.ended(moment, "connections");
		if (isSecured) this.#conduct.met(moment);
		this.#found(this.#conduct.began(moment, "channels"));
	}

	#show(credential: Credential): void {
		this.#observation.credentials = [...this.#observation.credentials, credential];
	}

	#certified(facts: CertificateFacts | undefined, isServer: boolean): void {
		if (facts === undefined) return;
		const names = `${facts.subject}|${facts.issuer}|${facts.applicationUri ?? ""}`;
		this.#show({ kind: "certificate", text: facts.thumbprint, names, isServer, ...(isServer && { port: this.#port() }) });
	}

	/** Once it is known how a channel is secured. One without any is for discovery, as clients have it before they open their real one, until somebody logs in on it. */
	#secures(channel: Channel): void {
		const { service, serviceResult } = this.#observation;
		const isNone = channel.state === CLEAR;
		if (channel.mode === "unknown" || channel.policyUri === "") return;
		if (isNone && (service?.id !== SERVICE.activateSession || !this.#observation.isFromServer || isBad(serviceResult))) return;
		channel.isShown = true;
		const policy = policyName(channel.policyUri);
		this.#show({
			kind: "security",
			text: isNone ? "nothing" : `${channel.mode} with ${policy}`,
			isServer: false,
			rank: (MODE_RANKS.get(channel.mode) ?? 0) * 10 + (isNone ? 0 : OLD_POLICIES.has(policy) ? 1 : 2),
		});
	}

	#emit(kind: Kind): void {
		const observation = this.#observation;
		if (this.#channel?.isShown === false) this.#secures(this.#channel);
		observation.kind = kind;
		observation.time = this.#context.clock.time;
		observation.frame = this.#context.clock.frame;
		this.#context.emit(observation);
	}

	#malformed(reason: string): void {
		const observation = this.#observation;
		observation.reason = reason;
		observation.items.reset();
		observation.message = undefined;
		this.#emit("malformed");
	}

	/** HEL, ACK, ERR, RHE (Part 6, 7.1.2.3 to 7.1.2.6). */
	#transport(type: number, bytes: Uint8Array, at: number, size: number, direction: Direction): void {
		const observation = this.#observation;
		const walk = this.#walk;
		observation.items.reset();
		const end = at + size;
		observation.bodyStart = at + HEADER;
		observation.bodyEnd = end;
		walk.reset(bytes, at + HEADER, end);
		let kind: Kind = "hello";
		let texts = 1;
		switch (type) {
			case MESSAGE.hello:
				walk.fixed(20);
				break;
			case MESSAGE.acknowledge:
				walk.fixed(20);
				texts = 0;
				kind = "acknowledge";
				break;
			case MESSAGE.error:
				observation.serviceResult = u32le(bytes, at + HEADER);
				walk.fixed(4);
				kind = "error";
				break;
			default:
				texts = 2;
				kind = "reverse-hello";
		}
		for (let index = 0; index < texts && walk.failure === undefined; index++) {
			if (end - walk.at >= 4 && (u32le(bytes, walk.at) | 0) > MAX_TEXT) walk.fail(REASONS.short);
			else walk.string();
		}
		if (walk.failure !== undefined) this.#malformed(walk.failure);
		else if (walk.at !== end) this.#malformed(REASONS.rest);
		else {
			if (type === MESSAGE.reverseHello) this.#listeningPort = portOf(bytes, at + HEADER);
			const refused = type === MESSAGE.error && direction === TO_CLIENT ? this.#refuseAll() : undefined;
			if (type === MESSAGE.hello) this.#found(this.#conduct.began(this.#moment(), "connections"));
			else if (ROOM_REFUSALS.has(observation.serviceResult >>> 16)) this.#found(this.#conduct.hadNoRoom(this.#moment()));
			this.#emit(kind);
			if (refused !== undefined) this.#release(refused);
		}
	}

	/** After an ERR the server closes the connection (Part 6, 7.1.5): nothing that waits will be answered. Gives the request for a channel that it refused. */
	#refuseAll(): Pending | undefined {
		const observation = this.#observation;
		let refused: Pending | undefined;
		for (const pending of this.#pending.values()) {
			pending.isDoubtful = true;
			if (pending.service.id === SERVICE.openSecureChannel) refused = pending;
		}
		if (refused !== undefined) this.#match(refused);
		else if (this.#opening !== undefined) {
			observation.service = messageKind(SERVICE.openSecureChannel)!.service;
			observation.latency = this.#context.clock.time - this.#opening.time;
			observation.requestFrame = this.#opening.frame;
			this.#opening = undefined;
		}
		return refused;
	}

	/** OPN (Part 6, 6.7.2.3 and 6.7.4). Its security headers are always clear; its body is with policy None only. */
	#open(bytes: Uint8Array, at: number, size: number, direction: Direction): void {
		const observation = this.#observation;
		const walk = this.#walk;
		observation.items.reset();
		const end = at + size;
		const channelId = u32le(bytes, at + CHANNEL_ID);
		observation.secureChannelId = channelId;
		walk.reset(bytes, at + POLICY_URI, end);
		walk.string();
		const policyEnd = walk.at;
		const certificateStart = policyEnd + 4;
		walk.string();
		const certificateEnd = walk.at;
		walk.string();
		const sequence = walk.at;
		walk.fixed(8);
		const policyStart = at + POLICY_URI + 4;
		if (walk.failure !== undefined) {
			this.#malformed(walk.failure);
			return;
		}
		if (policyEnd - policyStart > MAX_POLICY_URI) {
			this.#malformed("a security policy URI of more than 255 bytes");
			return;
		}
		const policyUri = utf8(bytes, policyStart, policyEnd);
		observation.policyUri = policyUri;
		if (certificateEnd > certificateStart) observation.certificate = this.#certificate(bytes, certificateStart, certificateEnd);
		if (policyName(policyUri) !== "None") {
			observation.encrypted = true;
			observation.service = messageKind(SERVICE.openSecureChannel)!.service;
			const { time, frame } = this.#context.clock;
			const { certificate } = observation;
			const channel = channelId === 0 ? undefined : this.#channelOf(channelId);
			channel?.secure(policyUri);
			if (direction === TO_SERVER) {
				observation.isRenewal = channelId !== 0; // Part 6, 6.7.4: the first one has no channel yet
				this.#opening = { time, frame, isRenewal: observation.isRenewal, certificate };
			} else if (this.#opening !== undefined) {
				observation.latency = time - this.#opening.time;
				observation.requestFrame = this.#opening.frame;
				observation.isRenewal = this.#opening.isRenewal;
				if (channel !== undefined) {
					channel.isNew = !this.#opening.isRenewal;
					channel.certificates[TO_SERVER] = this.#opening.certificate;
					channel.certificates[TO_CLIENT] = certificate;
				}
				if (!this.#opening.isRenewal) {
					this.#opened(true);
					this.#certified(this.#opening.certificate, false);
					this.#certified(certificate, true);
				}
				this.#opening = undefined;
			}
			if (channel !== undefined) observation.securityMode = channel.mode;
			this.#emit("message");
			return;
		}
		observation.encrypted = false;
		observation.securityMode = "None";
		observation.sequenceNumber = u32le(bytes, sequence);
		observation.requestId = u32le(bytes, sequence + 4);
		if (channelId !== 0) this.#channelOf(channelId).secure(policyUri);
		const kind = this.#read(bytes, sequence + 8, end);
		if (kind === undefined || walk.at !== end) this.#malformed(walk.failure ?? (kind === undefined ? UNKNOWN_SERVICE : REASONS.rest));
		else this.#service(kind, undefined, direction);
	}

	/** MSG and CLO (Part 6, 6.7.2.4). */
	#secured(bytes: Uint8Array, at: number, size: number, direction: Direction): void {
		const observation = this.#observation;
		observation.items.reset();
		const end = at + size;
		const chunk = bytes[at + CHUNK_TYPE]!;
		const channelId = u32le(bytes, at + CHANNEL_ID);
		const channel = this.#channel?.id === channelId ? this.#channel : this.#channelOf(channelId);
		observation.secureChannelId = channelId;
		observation.tokenId = u32le(bytes, at + TOKEN_ID);
		this.#tellChannel(channel);
		if (observation.messageType === "CLO" && direction === TO_SERVER) this.#conduct.ended(this.#moment(), "channels");

		const sequenceNumber = u32le(bytes, at + SEQUENCE);
		const requestId = u32le(bytes, at + SEQUENCE + 4);
		const bodyStart = at + SYMMETRIC_HEADERS;
		// A signed channel's chunks end in the signature; while that is not proven it is tried.
		const signature = channel.signature < 0 ? 0 : channel.signature;
		const bodyEnd = end - signature;
		const parts = this.#parts[direction].get(requestId);
		if (channel.state === OPAQUE && channel.policyUri !== "") {
			this.#opaque(channel, chunk);
			return;
		}
		if (
			channel.state >= OPAQUE &&
			parts === undefined &&
			!this.#couldBeClear(channel, bytes, bodyStart, bodyEnd, sequenceNumber, direction, chunk)
		) {
			this.#opaque(channel, chunk);
			return;
		}
		if (bodyEnd < bodyStart) {
			this.#malformed(REASONS.short);
			return;
		}
		channel.sequence[direction] = sequenceNumber;
		observation.sequenceNumber = sequenceNumber;
		observation.requestId = requestId;
		if (chunk === CHUNK.intermediate) {
			this.#addPart(parts, requestId, bytes, bodyStart, bodyEnd, size, direction);
			return;
		}
		if (chunk === CHUNK.abort) {
			this.#abort(channel, parts, requestId, bytes, bodyStart, bodyEnd, direction);
			return;
		}

		let kind: MessageKind | undefined;
		let isWhole: boolean;
		const walk = this.#walk;
		if (parts === undefined) {
			if (channel.state === UNDECIDED || channel.state === OPAQUE) {
				this.#attempt(channel, bytes, bodyStart, end, direction);
				return;
			}
			kind = this.#read(bytes, bodyStart, bodyEnd);
			isWhole = walk.at === bodyEnd;
		} else {
			this.#parts[direction].delete(requestId);
			if (!parts.isKept || parts.length + bodyEnd - bodyStart > MAX_MESSAGE) {
				this.#memory.closeParts(parts);
				this.#context.count("message-too-long");
				this.#opaque(channel);
				return;
			}
			this.#memory.addPart(parts, bytes, bodyStart, bodyEnd);
			if (!parts.isKept) {
				this.#context.count("message-too-long");
				this.#opaque(channel);
				return;
			}
			observation.chunks = parts.chunks + 1;
			observation.size = parts.wireSize + size;
			observation.bytes = parts.bytes;
			kind = this.#read(parts.bytes, 0, parts.length);
			isWhole = walk.at === parts.length;
			if (channel.state >= OPAQUE) {
				if (kind === undefined || !isWhole) {
					this.#memory.closeParts(parts);
					channel.sawUnreadable();
					this.#opaque(channel);
					return;
				}
				channel.sawReadable(signature);
				this.#tellChannel(channel);
			}
		}
		if (kind === undefined || !isWhole) this.#malformed(walk.failure ?? (kind === undefined ? UNKNOWN_SERVICE : REASONS.rest));
		else {
			observation.encrypted = false;
			this.#service(kind, channel, direction);
		}
		if (parts !== undefined) this.#memory.closeParts(parts);
	}

	/**
	 * Where nobody said how a channel is secured: a message is taken for readable when it begins with a known service, goes on from the sequence
	 * number before, can be read to its end, and leaves exactly as much as a signature of the policy takes.
	 */
	#attempt(channel: Channel, bytes: Uint8Array, bodyStart: number, end: number, direction: Direction): void {
		const walk = this.#walk;
		const kind = this.#read(bytes, bodyStart, end);
		const rest = end - walk.at;
		const isFit =
			kind !== undefined &&
			(channel.policyUri === ""
				? channel.readable > 0
					? rest === channel.signature
					: rest === 0 || SIGNATURE_SIZES.includes(rest)
				: channel.signature >= 0
					? rest === channel.signature
					: SIGNATURE_SIZES.includes(rest));
		if (!isFit) {
			const isReadable = channel.readable > 0;
			channel.sawUnreadable();
			if (isReadable) {
				this.#malformed(walk.failure ?? (kind === undefined ? UNKNOWN_SERVICE : REASONS.rest));
				return;
			}
			this.#forgetBody();
			this.#opaque(channel);
			return;
		}
		channel.sawReadable(rest);
		this.#tellChannel(channel);
		this.#observation.encrypted = false;
		this.#observation.bodyEnd = end - rest;
		this.#service(kind, channel, direction);
	}

	/** A first look at a message of an undecided channel. */
	#couldBeClear(
		channel: Channel,
		bytes: Uint8Array,
		start: number,
		end: number,
		sequenceNumber: number,
		direction: Direction,
		chunk: number,
	): boolean {
		const last = channel.sequence[direction];
		const goesOn = last < 0 || sequenceNumber === last + 1 || sequenceNumber < 1024; // Part 6, 6.7.2.4: it wraps to less than 1024
		const isService = chunk === CHUNK.abort || (end - start >= 4 && isMessageId(standardId(bytes, start, start + 4)));
		if (goesOn && isService) return true;
		if (channel.state === UNDECIDED) channel.sawUnreadable();
		return false;
	}

	/** Says only what a message shows from outside. The chunks of a hidden message are taken to follow one another: their request ids are hidden too. */
	#opaque(channel: Channel, chunk: number = CHUNK.final): void {
		const observation = this.#observation;
		observation.sequenceNumber = -1;
		observation.requestId = -1;
		this.#tellChannel(channel);
		if (channel.state === OPAQUE || (channel.policyUri !== "" && channel.readable === 0)) {
			observation.encrypted = true;
			const direction = observation.isFromServer ? TO_CLIENT : TO_SERVER;
			if (chunk === CHUNK.intermediate) {
				channel.hiddenChunks[direction]++;
				channel.hiddenSize[direction] += observation.size;
				return;
			}
			observation.chunks = channel.hiddenChunks[direction] + 1;
			observation.size += channel.hiddenSize[direction];
			channel.hiddenChunks[direction] = 0;
			channel.hiddenSize[direction] = 0;
			if (observation.messageType === "MSG" && chunk === CHUNK.final) this.#guess(channel, direction);
		}
		this.#emit("message");
	}

	#guess(channel: Channel, direction: Direction): void {
		const observation = this.#observation;
		const { time } = this.#context.clock;
		channel.shape ??= new Shape(channel.isNew);
		if (direction === TO_CLIENT) observation.latency = channel.shape.latency(time);
		const signature = SIGNATURE_SIZE[policyName(channel.policyUri)] ?? USUAL_SIGNATURE;
		observation.guess = channel.shape.take(direction, time, observation.size, observation.chunks, signature);
		observation.sincePrevious = channel.shape.since;
		if (channel.state !== OPAQUE || channel.isTold) return;
		channel.isTold = true;
		observation.sealedBy = channel.certificates;
		observation.clientIp = this.#context.flow.client.ip;
	}

	#forgetBody(): void {
		const observation = this.#observation;
		observation.message = undefined;
		observation.service = undefined;
		observation.envelope = undefined;
		observation.items.reset();
		observation.requestHandle = -1;
		observation.timestamp = Number.NaN;
		observation.timeoutHint = 0;
		observation.serviceResult = -1;
		observation.bodyEnd = observation.bodyStart = 0;
	}

	#tellChannel(channel: Channel): void {
		const observation = this.#observation;
		observation.secureChannelId = channel.id;
		observation.policyUri = channel.policyUri;
		observation.securityMode = channel.mode;
	}

	#channelOf(id: number): Channel {
		let channel = this.#channels.get(id);
		if (channel === undefined) {
			if (this.#channels.size >= MAX_CHANNELS) {
				this.#channels.delete(this.#channels.keys().next().value!);
				this.#context.count("channels");
			}
			channel = new Channel(id);
			this.#channels.set(id, channel);
		}
		this.#channel = channel;
		return channel;
	}

	#addPart(
		known: Parts | undefined,
		requestId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		size: number,
		direction: Direction,
	): void {
		const open = this.#parts[direction];
		let parts = known;
		if (parts === undefined) {
			if (open.size >= MAX_UNFINISHED) {
				const oldest = open.keys().next().value!;
				this.#memory.closeParts(open.get(oldest)!);
				open.delete(oldest);
				this.#context.count("unfinished-messages");
			}
			parts = this.#memory.openParts();
			open.set(requestId, parts);
		}
		// What is too long is counted at its end; until then only its size grows.
		if (parts.length + end - start > MAX_MESSAGE) this.#memory.closeParts(parts);
		this.#memory.addPart(parts, bytes, start, end);
		parts.chunks++;
		parts.wireSize += size;
	}

	/** Part 6, 6.7.3: an error and a reason instead of the rest of the message. */
	#abort(
		channel: Channel,
		parts: Parts | undefined,
		requestId: number,
		bytes: Uint8Array,
		start: number,
		end: number,
		direction: Direction,
	): void {
		const observation = this.#observation;
		if (parts !== undefined) {
			observation.chunks = parts.chunks + 1;
			observation.size += parts.wireSize;
			this.#parts[direction].delete(requestId);
			this.#memory.closeParts(parts);
		}
		const walk = this.#walk;
		walk.reset(bytes, start, end);
		walk.fixed(4);
		walk.string();
		if (walk.failure !== undefined || walk.at !== end) {
			if (channel.state >= OPAQUE) {
				this.#opaque(channel);
				return;
			}
			this.#malformed(walk.failure ?? REASONS.rest);
			return;
		}
		observation.serviceResult = u32le(bytes, start);
		observation.encrypted = false;
		observation.bodyStart = start;
		observation.bodyEnd = end;
		const pending = this.#pending.get(requestId);
		if (direction === TO_CLIENT && pending !== undefined) this.#match(pending);
		this.#emit("abort");
		if (direction === TO_CLIENT && pending !== undefined) this.#release(pending);
	}

	/** Walks a body. Fills what all services have; the walk stands after it. Undefined where it cannot be read. */
	#read(bytes: Uint8Array, start: number, end: number): MessageKind | undefined {
		const walk = this.#walk;
		const observation = this.#observation;
		walk.reset(bytes, start, end);
		walk.nodeId(0);
		const id = standardId(bytes, start, walk.at);
		const kind = messageKind(id) ?? this.#enclosed(id);
		if (kind === undefined || walk.failure !== undefined) return undefined;
		observation.headerStart = walk.at;
		if (kind.isRequest) {
			walk.nodeId(0);
			const header = walk.at;
			walk.fixed(16);
			walk.string();
			walk.fixed(4);
			const hint = walk.at - 4;
			walk.extensionObject();
			if (walk.failure !== undefined) return undefined;
			observation.timestamp = dateTimeMicros(bytes, header);
			observation.requestHandle = u32le(bytes, header + 8);
			observation.timeoutHint = u32le(bytes, hint);
		} else {
			const header = walk.at;
			walk.fixed(16);
			walk.diagnosticInfo();
			walk.strings();
			walk.extensionObject();
			if (walk.failure !== undefined) return undefined;
			observation.timestamp = dateTimeMicros(bytes, header);
			observation.requestHandle = u32le(bytes, header + 8);
			observation.serviceResult = u32le(bytes, header + 12);
		}
		observation.bodyStart = walk.at;
		observation.bodyEnd = end;
		if (!walk.message(kind.structure, 1)) return undefined;
		observation.message = kind;
		observation.service = kind.service;
		if (walk.items.isCut) this.#context.count("items");
		return kind;
	}

	/** What is in the envelope `id` (Part 4, 6.3): after it comes the message's structure, without a type id of its own. */
	#enclosed(id: number): MessageKind | undefined {
		const envelope = envelopeOf(id);
		if (envelope === undefined) return undefined;
		const walk = this.#walk;
		const start = walk.at;
		if (!walk.structure(envelope.structure, 0)) return undefined;
		const { bytes, at } = walk;
		const kind = enclosedKind(u32le(bytes, at - 4)); // serviceId is its last field
		if (kind === undefined || kind.isRequest !== envelope.isRequest) return undefined;
		this.#observation.envelope = new Nester(bytes, start, at, this.#observation.certificateAt).read(envelope.structure, 0);
		walk.at = at;
		return kind;
	}

	/** A service message that could be read. */
	#service(kind: MessageKind, channel: Channel | undefined, direction: Direction): void {
		if (kind.isRequest !== (direction === TO_SERVER)) this.#context.count("wrong-way");
		if (kind.isRequest) this.#request(kind, channel);
		else this.#response(kind, channel);
	}

	#request(kind: MessageKind, channel: Channel | undefined): void {
		const observation = this.#observation;
		const { requestId } = observation;
		const { time, frame } = this.#context.clock;
		if (this.#firstRequest < 0) this.#firstRequest = requestId;
		const replaced = this.#pending.get(requestId);
		if (replaced !== undefined) {
			this.#context.count("request-id-again");
			this.#release(replaced);
		}
		if (this.#pending.size >= MAX_PENDING) {
			const oldest = this.#pending.values().next().value!;
			// The answer to what was forgotten is no surprise either.
			if (!oldest.isOverdue) this.#firstRequest = requestId;
			this.#context.count("pending");
			this.#release(oldest);
		}
		const pending = this.#spare.pop() ?? new Pending();
		pending.requestId = requestId;
		pending.service = kind.service;
		pending.requestHandle = observation.requestHandle;
		pending.time = time;
		pending.frame = frame;
		pending.deadline =
			kind.service.id === SERVICE.publish || kind.service.id === SERVICE.closeSecureChannel
				? Number.POSITIVE_INFINITY
				: time + answerTime(observation.timeoutHint);
		const session = this.#sessionOf(channel);
		pending.session = session;
		this.#keepItems(pending, session);
		this.#keepNames(pending, kind);
		const { id } = kind.service;
		if (id === SERVICE.createSession || id === SERVICE.activateSession) this.#keepIdentity(pending, kind);
		else if (id === SERVICE.openSecureChannel) pending.mode = observation.secureChannelId;
		else if (id === SERVICE.publish && this.#keepAlive !== Number.POSITIVE_INFINITY) {
			pending.deadline = Math.max(time, this.#published) + this.#keepAlive * LATE_FACTOR + LATE_MICROS;
		} else if (id === SERVICE.setPublishingMode) pending.mode = observation.bytes[observation.bodyStart]!;
		else if (id === SERVICE.setMonitoringMode) pending.mode = u32le(observation.bytes, observation.bodyStart + 4);
		if (session?.stopped !== undefined) this.#goesOn(session, session.stopped, id);
		observation.request = pending;
		observation.session = session;
		observation.names = pending.names;
		observation.nameCount = pending.nameCount;
		this.#emit("request");
		if (kind.service.id === SERVICE.closeSecureChannel) {
			this.#spareOne(pending);
			return;
		}
		this.#pending.set(requestId, pending);
		if (pending.deadline < this.deadline) this.deadline = pending.deadline;
	}

	/** A session whose reports were all stopped is used again: after a while that is no change of screens. */
	#goesOn(session: Session, { service, count, time, frame }: Stopped, serviceId: number): void {
		const micros = this.#context.clock.time - time;
		if (BEGINNING.has(serviceId)) session.stopped = undefined;
		if (session.stopped === undefined || micros < STOPPED_MICROS) return;
		session.stopped = undefined;
		this.#found({ what: FOUND.stopped, count, micros, frame, names: [service] });
	}

	/** Copies the items of the message into the request that waits. */
	#keepItems(pending: Pending, session: Session | undefined): void {
		const items = this.#walk.items;
		const { bytes } = this.#observation;
		const { count } = items;
		pending.subscriptionId = items.subscriptionId;
		pending.itemCount = count;
		pending.nameCount = 0;
		if (items.writtenCount > 0) {
			pending.written = items.written.slice(0, items.writtenCount);
			pending.writtenItems = items.writtenItems.slice(0, items.writtenCount);
		}
		if (count === 0) return;
		if (this.#heldNames + count > MAX_HELD_NAMES) {
			this.#context.count("held-names");
			return;
		}
		if (count > pending.attributes.length) {
			pending.attributes = new Int32Array(count);
			pending.values = new Float64Array(count);
			pending.clientHandles = new Uint32Array(count);
			pending.itemIds = new Uint32Array(count);
		}
		const { names } = pending;
		const memory = this.#memory.names;
		const aliases = session?.aliases;
		const isRead = pending.service.id === SERVICE.read;
		const uris = this.#uris();
		for (let index = 0; index < count; index++) {
			const start = items.nodeStart[index]!;
			const end = items.nodeEnd[index]!;
			const attribute = items.attribute[index]!;
			if (end > start) {
				const name = memory.get(bytes, start, end, items.isMethod ? METHOD_NAME : attribute <= 0xff ? attribute : 0);
				names[index] = aliases === undefined ? name : (aliases.get(name) ?? name);
				if (uris !== undefined) names[index] = qualified(name, uris, this.#definitions()?.namespaces);
				if (isRead && isTellingAttribute(attribute)) pending.isTelling = true;
				if (isRead && attribute === VALUE_ATTRIBUTE) {
					const id = standardId(bytes, start, end);
					if (isBuildInfo(id)) pending.isIdentifying = true;
					else if (id === SERVER_STATE) pending.isAskingState = true;
				}
			} else names[index] = "";
			pending.attributes[index] = attribute;
			pending.values[index] = items.values[index]!;
			pending.clientHandles[index] = items.clientHandles[index]!;
			pending.itemIds[index] = items.itemIds[index]!;
		}
		if (items.nodeEnd[0] !== 0) {
			pending.nameCount = count;
			this.#heldNames += count;
		}
	}

	/** What the answer, or later notifications, are to be named by; only of rare services, whose bodies are read whole for it. */
	#keepNames(pending: Pending, kind: MessageKind): void {
		const observation = this.#observation;
		const { bytes, bodyStart } = observation;
		const { id } = kind.service;
		const isTargeted = id === SERVICE.translateBrowsePaths || id === SERVICE.addNodes;
		if (!isTargeted && id !== SERVICE.modifyMonitoredItems) {
			if (id !== SERVICE.historyRead && id !== SERVICE.createMonitoredItems) return;
			const walk = this.#walk;
			walk.at = bodyStart;
			if (id === SERVICE.historyRead) walk.nodeId(0);
			const detailsId = standardId(bytes, bodyStart, walk.at);
			if (!mayFilterEvents(id, pending.attributes, pending.itemCount, detailsId)) return;
		} else if (!isTargeted && !this.#hasEventItem(pending)) return;
		const body = new Nester(bytes, bodyStart, observation.bodyEnd, observation.certificateAt).read(kind.structure, 1);
		if (isTargeted) pending.targets = targetsOf(id, body);
		else pending.fields = fieldsOf(id, body, () => this.#context.count("event-fields"));
	}

	/** True where a ModifyMonitoredItems is about an item whose event fields are known. */
	#hasEventItem(pending: Pending): boolean {
		const subscription = this.#subscriptionOf(pending.subscriptionId);
		if (subscription === undefined) return false;
		for (let index = 0; index < pending.itemCount; index++) {
			const handle = subscription.handles.get(pending.itemIds[index]!);
			if (handle !== undefined && subscription.byHandle.get(handle)?.fields !== undefined) return true;
		}
		return false;
	}

	/** CreateSession and ActivateSession: who asks. Once a session, so all of it is read. */
	#keepIdentity(pending: Pending, kind: MessageKind): void {
		const observation = this.#observation;
		const body = new Nester(observation.bytes, observation.bodyStart, observation.bodyEnd, observation.certificateAt).read(
			kind.structure,
			1,
		);
		if (kind.service.id === SERVICE.createSession) {
			const client = body.clientDescription as Nested;
			pending.sessionName = textOf(body.sessionName);
			pending.client = textOf(client.applicationName);
			pending.clientUri = textOf(client.applicationUri);
			return;
		}
		const token = body.userIdentityToken as Nested | null;
		pending.identity = token === null ? "AnonymousIdentityToken" : (textOf(token.type) ?? textOf(token.typeId));
		pending.user = textOf(token?.userName);
		if (pending.identity === "X509IdentityToken") pending.user = textOf((token?.certificateData as Nested | null)?.subject);
		const hasSecret = token !== null && ((token.password ?? null) !== null || (token.tokenData ?? null) !== null);
		observation.isSecretInClear = hasSecret && token.inClear === true;
	}

	#response(kind: MessageKind, channel: Channel | undefined): void {
		const observation = this.#observation;
		const isFault = kind.structure.encodingId === SERVICE_FAULT;
		const pending = this.#pending.get(observation.requestId);
		if (pending === undefined) {
			this.#notifications(kind);
			const isExpected = this.#firstRequest < 0 || ((observation.requestId - this.#firstRequest) | 0) < 0;
			this.#emit(isExpected ? (isFault ? "fault" : "response") : "unsolicited");
			return;
		}
		this.#match(pending);
		if (isFault) observation.service = pending.service;
		else if (pending.service !== kind.service) observation.contradiction = "answers another service than was asked for";
		else if (!isBad(observation.serviceResult)) {
			if (ANSWERS_ONE_BY_ONE.has(kind.service.id) && pending.nameCount > 0 && observation.items.count !== pending.itemCount) {
				observation.contradiction = "has another number of results than were asked for";
			}
			this.#learn(kind, pending, channel);
		}
		if (observation.contradiction === "") {
			observation.names = pending.names;
			observation.nameCount = Math.min(
				pending.nameCount,
				isFault ? pending.nameCount : Math.max(observation.items.count, 0) || pending.nameCount,
			);
		}
		this.#notifications(kind);
		if (CONDUCT.has(pending.service.id)) this.#judge(pending);
		this.#emit(isFault ? "fault" : "response");
		this.#release(pending);
	}

	/** What the answer to a rare service adds to what its client does. */
	#judge(pending: Pending): void {
		const { serviceResult } = this.#observation;
		const moment = this.#moment();
		const conduct = this.#conduct;
		const { id } = pending.service;
		if (isBad(serviceResult)) {
			if (id === SERVICE.activateSession && LOGIN_REFUSALS.has(serviceResult >>> 16))
				this.#found(conduct.refusedLogin(moment, pending.user ?? ANONYMOUS));
			else if (ROOM_REFUSALS.has(serviceResult >>> 16)) this.#found(conduct.hadNoRoom(moment));
			return;
		}
		switch (id) {
			case SERVICE.getEndpoints:
			case SERVICE.findServers:
			case SERVICE.findServersOnNetwork:
				this.#found(conduct.enquired(moment));
				break;
			case SERVICE.browse:
			case SERVICE.translateBrowsePaths:
				this.#found(conduct.browsed(moment, pending.names, pending.nameCount));
				break;
			case SERVICE.historyRead:
				this.#found(conduct.readHistory(moment, pending.names, pending.nameCount));
				break;
			case SERVICE.createSession:
				conduct.met(moment);
				this.#found(conduct.began(moment, "sessions"));
				break;
			case SERVICE.closeSession:
				conduct.ended(moment, "sessions");
				break;
			case SERVICE.openSecureChannel:
				if (pending.mode === NO_CHANNEL) this.#opened(false);
				break;
		}
	}

	#match(pending: Pending): void {
		const observation = this.#observation;
		observation.request = pending;
		observation.requestFrame = pending.frame;
		observation.latency = this.#context.clock.time - pending.time;
		observation.isLate = pending.isOverdue && !pending.isDoubtful;
		observation.session = pending.session;
		if (observation.service === undefined) observation.service = pending.service;
	}

	/** Publish and Republish: which points the notifications are of. */
	#notifications(kind: MessageKind): void {
		const observation = this.#observation;
		const { items } = observation;
		const id = kind.service.id;
		if ((id !== SERVICE.publish && id !== SERVICE.republish) || kind.isRequest) return;
		const subscriptionId = id === SERVICE.publish ? items.subscriptionId : (observation.request?.subscriptionId ?? 0);
		const subscription = this.#subscriptionOf(subscriptionId);
		observation.subscription = subscription;
		const names = this.#names;
		let hasEvents = false;
		for (let index = 0; index < items.count; index++) {
			const item = subscription?.byHandle.get(items.clientHandles[index]!);
			names[index] = item?.name;
			if (item?.fields !== undefined) hasEvents = true;
		}
		observation.names = names;
		observation.nameCount = items.count;
		if (hasEvents) {
			const nester = new Nester(observation.bytes, observation.bodyStart, observation.bodyEnd, observation.certificateAt);
			nester.subscription = subscription;
			observation.events = attentionOf(nester.read(kind.structure, 1));
		}
		if (id !== SERVICE.publish || subscription === undefined || subscription.keepAlive === 0) return;
		const { time } = this.#context.clock;
		const asked = observation.request;
		const micros = time - subscription.lastTime;
		// A server can only speak when it was asked: a Publish must have been waiting when the time was up.
		if (
			micros > subscription.keepAlive * LATE_FACTOR + LATE_MICROS &&
			asked !== undefined &&
			!asked.isDoubtful &&
			asked.time <= subscription.lastTime + subscription.keepAlive
		) {
			this.#found({ what: FOUND.late, count: 1, micros, frame: asked.frame, names: [durationOf(subscription.keepAlive)] });
		}
		subscription.lastTime = time;
		this.#published = time;
	}

	/** What a good answer teaches: sessions, subscriptions, aliases. */
	#learn(kind: MessageKind, pending: Pending, channel: Channel | undefined): void {
		const observation = this.#observation;
		const { bytes, items } = observation;
		const memory = this.#memory;
		const walk = this.#walk;
		const { session } = pending;
		if (NAMING.has(kind.service.id) && (kind.service.id !== SERVICE.read || this.#isTelling(pending))) this.#learnNames(kind, pending);
		switch (kind.service.id) {
			case SERVICE.openSecureChannel:
				walk.reset(bytes, observation.bodyStart + 4, observation.bodyEnd);
				this.#opening = undefined;
				this.#channelOf(u32le(bytes, walk.at)).secure(observation.policyUri);
				break;
			case SERVICE.createSession: {
				walk.reset(bytes, observation.bodyStart, observation.bodyEnd);
				walk.nodeId(0);
				const start = walk.at;
				walk.nodeId(0);
				const created = memory.addSession(this.#server(), bytes, start, walk.at);
				created.id = nodeIdText(bytes, observation.bodyStart);
				created.name = pending.sessionName;
				created.client = pending.client ?? pending.clientUri;
				created.host = this.#context.flow.client.ip;
				observation.serverPort = this.#port();
				if (pending.clientUri !== undefined) this.#show({ kind: "application", text: pending.clientUri, isServer: false });
				observation.session = created;
				observation.clientIp = this.#context.flow.client.ip;
				if (channel !== undefined) channel.strangeToken = undefined;
				break;
			}
			case SERVICE.activateSession:
				if (session === undefined) break;
				session.identity = pending.identity;
				session.user = pending.user;
				this.#show(userOf(pending));
				break;
			case SERVICE.closeSession:
				if (session === undefined) break;
				memory.closeSession(this.#server(), session.token);
				this.#keepAlive = Number.POSITIVE_INFINITY;
				if (channel !== undefined) channel.session = undefined;
				break;
			case SERVICE.registerNodes:
				if (session === undefined) break;
				for (let index = 0; index < Math.min(items.count, pending.nameCount); index++) {
					const alias = memory.names.get(bytes, items.nodeStart[index]!, items.nodeEnd[index]!, 0);
					if (alias !== pending.names[index] && !memory.addAlias(session, alias, pending.names[index]!)) this.#context.count("aliases");
				}
				break;
			case SERVICE.unregisterNodes:
				// The names of the request are resolved already; the aliases go with the session.
				break;
			case SERVICE.createSubscription:
				this.#subscribed(memory.addSubscription(this.#server(), items.subscriptionId), items.subscriptionId);
				if (session !== undefined) session.subscriptions++;
				break;
			case SERVICE.deleteSubscriptions: {
				let deleted = 0;
				for (let index = 0; index < Math.min(items.count, pending.itemCount); index++) {
					if (isBad(items.statuses[index]!)) continue;
					deleted++;
					memory.dropSubscription(this.#server(), pending.itemIds[index]!);
					this.#subscriptions.delete(pending.itemIds[index]!);
				}
				// What this connection owes now is not known any more.
				this.#keepAlive = Number.POSITIVE_INFINITY;
				if (session === undefined || deleted === 0) break;
				session.subscriptions = Math.max(0, session.subscriptions - deleted);
				if (session.subscriptions === 0) this.#stopped(session, pending, deleted);
				break;
			}
			case SERVICE.setPublishingMode:
				if (pending.mode === 0) this.#stopped(session, pending, goodOf(items));
				break;
			case SERVICE.setMonitoringMode: {
				const known = this.#subscriptionOf(pending.subscriptionId)?.handles.size;
				if (pending.mode === DISABLED && known !== undefined && goodOf(items) >= known) this.#stopped(session, pending, goodOf(items));
				break;
			}
			case SERVICE.createMonitoredItems: {
				let subscription = this.#subscriptionOf(pending.subscriptionId);
				if (subscription === undefined) {
					subscription = memory.addSubscription(this.#server(), pending.subscriptionId);
					this.#remember(pending.subscriptionId, subscription);
				}
				for (let index = 0; index < Math.min(items.count, pending.nameCount); index++) {
					if (isBad(items.statuses[index]!)) continue;
					const item = {
						name: pending.names[index]!,
						attribute: pending.attributes[index]!,
						itemId: items.itemIds[index]!,
						fields: pending.fields?.[index],
					};
					memory.addItem(subscription, pending.clientHandles[index]!, item);
				}
				break;
			}
			case SERVICE.modifyMonitoredItems: {
				const subscription = this.#subscriptionOf(pending.subscriptionId);
				for (let index = 0; subscription !== undefined && index < Math.min(items.count, pending.itemCount); index++) {
					if (isBad(items.statuses[index]!)) continue;
					const item = memory.dropItem(subscription, pending.itemIds[index]!);
					if (item === undefined) continue;
					const fields = pending.fields?.[index] ?? item.fields;
					memory.addItem(subscription, pending.clientHandles[index]!, { ...item, fields });
				}
				break;
			}
			case SERVICE.deleteMonitoredItems: {
				const subscription = this.#subscriptionOf(pending.subscriptionId);
				let deleted = 0;
				for (let index = 0; subscription !== undefined && index < Math.min(items.count, pending.itemCount); index++) {
					if (!isBad(items.statuses[index]!) && memory.dropItem(subscription, pending.itemIds[index]!) !== undefined) deleted++;
				}
				if (deleted > 0 && subscription?.handles.size === 0) this.#stopped(session, pending, deleted);
				break;
			}
		}
	}

	/** A subscription was made: within which time its server owes a message (Part 4, 5.14.2: the keep-alive count of publishing intervals). */
	#subscribed(subscription: Subscription, id: number): void {
		const { bytes, bodyStart, bodyEnd } = this.#observation;
		this.#remember(id, subscription);
		if (bodyEnd - bodyStart < 20) return;
		const interval = new DataView(bytes.buffer, bytes.byteOffset + bodyStart + 4, 8).getFloat64(0, true);
		const keepAlive = interval * 1000 * u32le(bytes, bodyStart + 16);
		if (!(keepAlive > 0 && keepAlive <= MOST_KEEP_ALIVE)) return;
		const { time } = this.#context.clock;
		subscription.keepAlive = keepAlive;
		subscription.lastTime = time;
		this.#keepAlive = Math.min(this.#keepAlive, keepAlive);
		this.#published = time;
	}

	/** A client ended the last of its reports. */
	#stopped(session: Session | undefined, pending: Pending, count: number): void {
		if (session === undefined || count === 0) return;
		const { time, frame } = this.#context.clock;
		session.stopped = { service: pending.service.name, count, time, frame };
	}

	/** True where a Read was of something that says what nodes are called or how they are made. No number says that. */
	#isTelling(pending: Pending): boolean {
		if (pending.isTelling) return true;
		const { count, values } = this.#observation.items;
		const total = Math.min(count, pending.nameCount);
		let index = 0;
		while (index < total && !Number.isNaN(values[index]!)) index++;
		if (index === total) return false;
		const definitions = this.#definitions();
		for (; index < total; index++) {
			if (!Number.isNaN(values[index]!) || pending.attributes[index] !== VALUE_ATTRIBUTE) continue;
			const name = pending.names[index]!;
			if (name === NAMESPACE_ARRAY || definitions?.isTelling(name) === true) return true;
		}
		return false;
	}

	/** Names of nodes and definitions, from an answer that has some. */
	#learnNames(kind: MessageKind, pending: Pending): void {
		const observation = this.#observation;
		const { bytes, bodyStart, bodyEnd } = observation;
		const body = new Nester(bytes, bodyStart, bodyEnd, observation.certificateAt).read(kind.structure, 1);
		const { id } = kind.service;
		const server = this.#server();
		const uris = this.#uris();
		let names = namesIn(id, body, pending, pending.names, pending.attributes);
		if (names.length >= MAX_NAMES) this.#context.count("names-of-an-answer");
		if (uris !== undefined) {
			const known = this.#definitions()?.namespaces;
			names = names.map((one) => ({ ...one, node: qualified(one.node, uris, known) }));
		}
		observation.nodeNames = names;
		for (const { node, name } of names) this.#memory.nameNode(server, node, name);
		// Definitions are full of node ids; with numbers of its own for namespaces a message says too little of them.
		if (uris !== undefined || pending.nameCount === 0) return;
		const definitions = this.#memory.defining(server);
		this.#nearDefinitions = definitions;
		observation.defined = learnDefinitions(definitions, id, body, pending, pending.names, pending.attributes);
	}

	/** What the server said of how its data is made. */
	#definitions(): Definitions | undefined {
		if (this.#nearDefinitions?.isKept !== true) this.#nearDefinitions = this.#memory.definitions(this.#server());
		return this.#nearDefinitions;
	}

	/** The namespaces that a message without a session numbers in its own way (Part 4, 6.3.2). */
	#uris(): readonly unknown[] | undefined {
		const envelope = this.#observation.envelope;
		const uris = envelope?.namespaceUris;
		return Array.isArray(uris) && uris.length > 0 && (envelope!.urisVersion ?? 0) === 0 ? uris : undefined;
	}

	#sessionOf(channel: Channel | undefined): Session | undefined {
		const observation = this.#observation;
		const { bytes, headerStart } = observation;
		const walk = this.#walk;
		const { at } = walk;
		walk.at = headerStart;
		walk.nodeId(0);
		const end = walk.at;
		walk.at = at;
		if (standardId(bytes, headerStart, end) === 0) return undefined;
		if (observation.envelope !== undefined) {
			observation.isSecretInClear = true; // Part 4, 6.3.1: an access token, with which anyone can call as this user
			return undefined;
		}
		const last = channel?.session;
		if (last !== undefined && isSame(last.token, bytes, headerStart, end)) return last;
		const isActivation = observation.message?.service.id === SERVICE.activateSession;
		const strange = channel?.strangeToken;
		if (!isActivation && strange !== undefined && isSame(strange, bytes, headerStart, end)) return undefined;
		let session = this.#memory.session(this.#server(), bytes, headerStart, end);
		if (session === undefined && isActivation) {
			session = this.#memory.addSession(this.#server(), bytes, headerStart, end);
		}
		if (session !== undefined) this.#usedBy(session);
		if (channel !== undefined) {
			channel.session = session;
			channel.strangeToken = session === undefined && end - headerStart <= MAX_TOKEN ? bytes.slice(headerStart, end) : undefined;
		}
		return session;
	}

	/** Its token is a secret of one client (Part 4, 7.36): who else has it has listened, or was listened to. */
	#usedBy(session: Session): void {
		const { ip } = this.#context.flow.client;
		if (ip === session.host || ip === undefined) return;
		const { host } = session;
		session.host = ip;
		const { frame } = this.#context.clock;
		if (host !== undefined) this.#found({ what: FOUND.taken, count: 1, micros: 0, frame, names: [host] });
	}

	#subscriptionOf(id: number): Subscription | undefined {
		const near = this.#subscriptions.get(id);
		if (near?.isKept === true) return near;
		const known = this.#memory.subscription(this.#server(), id);
		if (known !== undefined) this.#remember(id, known);
		return known;
	}

	#remember(id: number, subscription: Subscription): void {
		if (this.#subscriptions.size >= 64) this.#subscriptions.clear(); // a shortcut only: the memory has them all
		this.#subscriptions.set(id, subscription);
	}

	#server(): string {
		return `${this.#context.flow.server.ip}:${this.#port()}`;
	}

	/** Where the server listens, also where it was the one that called. */
	#port(): number {
		return this.#listeningPort || (this.#context.flow.server.port ?? 0);
	}

	#certificate(bytes: Uint8Array, start: number, end: number): CertificateFacts | undefined {
		return this.#memory.certificate(bytes, start, end, this.#context.certificate);
	}

	#release(pending: Pending): void {
		this.#pending.delete(pending.requestId);
		this.#heldNames -= pending.nameCount;
		this.#spareOne(pending);
	}

	#spareOne(pending: Pending): void {
		if (this.#spare.length >= MAX_SPARE || pending.itemCount > 256) return;
		pending.nameCount = 0;
		pending.itemCount = 0;
		pending.isDoubtful = false;
		pending.isOverdue = false;
		pending.session = undefined;
		pending.sessionName = undefined;
		pending.client = undefined;
		pending.clientUri = undefined;
		pending.identity = undefined;
		pending.user = undefined;
		pending.isIdentifying = false;
		pending.isTelling = false;
		pending.isAskingState = false;
		pending.mode = -1;
		pending.targets = undefined;
		pending.fields = undefined;
		if (pending.written.length > 0) {
			pending.written = NOTHING_WRITTEN;
			pending.writtenItems = NO_ITEMS_WRITTEN;
		}
		this.#spare.push(pending);
	}
}

/** What most requests write. */
const NOTHING_WRITTEN = new Float64Array(0);
const NO_ITEMS_WRITTEN = new Int32Array(0);

const UNKNOWN_SERVICE = "no known service";
/** What a login without a name is called. */
const ANONYMOUS = "nobody";
/** Part 6, 6.7.4: what the first OPN of a channel gives for its id. */
const NO_CHANNEL = 0;
const NOT_AT_ALL = "not at all";
/** MonitoringMode of Part 4, 7.23. */
const DISABLED = 0;
/** Part 5: Server_ServerStatus_State. */
const SERVER_STATE = 2259;

/** Services by which reports begin, or the session ends: after them nobody is left without. */
const BEGINNING: ReadonlySet<number> = new Set([
	SERVICE.createSubscription,
	SERVICE.createMonitoredItems,
	SERVICE.setPublishingMode,
	SERVICE.setMonitoringMode,
	SERVICE.transferSubscriptions,
	SERVICE.closeSession,
	SERVICE.closeSecureChannel,
]);

/** Services whose number tells what a client is at. */
const CONDUCT: ReadonlySet<number> = new Set([
	SERVICE.getEndpoints,
	SERVICE.findServers,
	SERVICE.findServersOnNetwork,
	SERVICE.browse,
	SERVICE.translateBrowsePaths,
	SERVICE.historyRead,
	SERVICE.openSecureChannel,
	SERVICE.createSession,
	SERVICE.activateSession,
	SERVICE.closeSession,
	SERVICE.createSubscription,
	SERVICE.createMonitoredItems,
]);

const MODE_RANKS: ReadonlyMap<string, number> = new Map([
	["Sign", 1],
	["SignAndEncrypt", 2],
]);

/** A user as the client shows it: by name, or by the kind of token where it has none. */
function userOf({ user, identity }: Pending): Credential {
	const isNameless = identity === "AnonymousIdentityToken";
	return {
		kind: "user",
		text: user ?? (isNameless ? "nobody" : (identity ?? "somebody")),
		isServer: false,
		...(isNameless && { isNameless }),
	};
}

const durationOf = (micros: number): string => `${Math.round(micros / 1e5) / 10} s`;

/** Results of the answer that are good. */
function goodOf({ statuses, count }: { statuses: Uint32Array; count: number }): number {
	let good = 0;
	for (let index = 0; index < count; index++) if (!isBad(statuses[index]!)) good++;
	return good;
}

/** Services whose results answer the items of the request one by one (Part 4: "The size and order of the list matches"). */
const ANSWERS_ONE_BY_ONE: ReadonlySet<number> = new Set([
	SERVICE.read,
	SERVICE.historyRead,
	SERVICE.write,
	SERVICE.historyUpdate,
	SERVICE.call,
	SERVICE.browse,
	SERVICE.translateBrowsePaths,
	SERVICE.registerNodes,
	SERVICE.addNodes,
	SERVICE.addReferences,
	SERVICE.deleteNodes,
	SERVICE.deleteReferences,
	SERVICE.createMonitoredItems,
]);

/** Part 5: Server_ServerStatus_BuildInfo, and what is in it. */
const isBuildInfo = (id: number): boolean => id >= 2260 && id <= 2264;

/** Port of the endpoint URL of a ReverseHello (Part 6, 7.1.2.6): the second of its two texts, which are whole. 0 where it has none. */
function portOf(bytes: Uint8Array, at: number): number {
	const url = at + 4 + Math.max(0, u32le(bytes, at) | 0);
	const text = utf8(bytes, url + 4, url + 4 + Math.max(0, u32le(bytes, url) | 0));
	return Number(/^opc\.tcp:\/\/[^/]*:(\d{1,5})(?:\/|$)/.exec(text)?.[1] ?? 0);
}

/** Standard nodes are called the same everywhere. */
const standardName = (node: string): string | undefined =>
	node.startsWith("i=") ? STANDARD_NODE_NAMES.get(Number(node.slice(2))) : undefined;

function answerTime(hint: number): number {
	if (hint === 0) return ANSWER_TIME;
	return Math.min(MOST_ANSWER_TIME, Math.max(LEAST_ANSWER_TIME, hint * 1000));
}

/** True where the bytes, fewer than a message, could be the beginning of one. */
function isBeginning(bytes: Uint8Array, start: number, end: number): boolean {
	const length = end - start;
	if (length >= HEADER) return isHeader(bytes, start);
	if (length >= 4) return isLetters(bytes, start);
	for (const letters of LETTERS) {
		let fits = true;
		for (let index = 0; index < length; index++) fits &&= index > 2 || bytes[start + index] === letters.charCodeAt(index);
		if (fits) return true;
	}
	return false;
}

const LETTERS = ["MSG", "OPN", "CLO", "HEL", "ACK", "ERR", "RHE"];

function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (start === end) return PROBE.more;
	if (!isBeginning(bytes, start, end)) return PROBE.mismatch;
	if (end - start < HEADER) return PROBE.more;
	switch (messageType(bytes, start)) {
		case MESSAGE.message:
		case MESSAGE.close:
			return PROBE.match;
		case MESSAGE.open: {
			// The policy's URI, as far as it is there.
			const stop = Math.min(end, start + POLICY_URI + 4 + POLICY_PREFIX.length);
			for (let at = start + POLICY_URI + 4; at < stop; at++) {
				if (bytes[at] !== POLICY_PREFIX.charCodeAt(at - start - POLICY_URI - 4)) return PROBE.match;
			}
			return PROBE.certain;
		}
		default:
			return PROBE.certain;
	}
}

/** The service that a clear message begins with, for `sender`. */
function serviceAt(bytes: Uint8Array, at: number, end: number): "client" | "server" | undefined {
	if (end - at < 4) return undefined;
	const id = standardId(bytes, at, at + 4);
	const kind = messageKind(id) ?? envelopeOf(id);
	return kind === undefined ? undefined : kind.isRequest ? "client" : "server";
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < HEADER) return undefined;
	switch (messageType(bytes, start)) {
		case MESSAGE.hello:
		case MESSAGE.close:
			return "client";
		case MESSAGE.acknowledge:
		case MESSAGE.reverseHello:
			return "server";
		case MESSAGE.message:
			return bytes[start + CHUNK_TYPE] === CHUNK.abort ? undefined : serviceAt(bytes, start + SYMMETRIC_HEADERS, end);
		case MESSAGE.open: {
			if (end - start < SYMMETRIC_HEADERS) return undefined;
			if (u32le(bytes, start + CHANNEL_ID) === 0) return "client"; // Part 6, 6.7.2.2: the channel has no id yet
			const stop = Math.min(end, start + u32le(bytes, start + SIZE));
			let at = start + POLICY_URI;
			for (let index = 0; index < 3; index++) {
				if (stop - at < 4) return undefined;
				at += 4 + Math.min(MAX_CHUNK, Math.max(0, u32le(bytes, at) | 0));
			}
			return serviceAt(bytes, at + 8, stop);
		}
		default:
			return undefined;
	}
}

export const opcuaDecoder: StreamDecoder<OpcuaObservation> = {
	ports: [4840],
	maxMessage: MAX_CHUNK,
	probe,
	sender,
	open: (context) => new OpcuaStream(context),
};
