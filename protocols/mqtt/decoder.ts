/**
 * MQTT over TCP: versions 3.1, 3.1.1 (OASIS 2014) and 5.0 (OASIS 2019). One flow is one connection; whole packets only. The version is that of CONNECT; of a connection
 * joined in the middle it is what its packets can be read as.
 */
import { type CarrierContext, PROBE, type Probe, REJECT, type Stream } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import {
	AUTHENTICATION_DATA,
	isOldRefusal,
	isRefusal,
	LEVEL,
	PACKET,
	PACKET_NAMES,
	PROPERTIES,
	PROPERTY_TYPE,
	REASON,
	type Reason,
	TOPIC_ALIAS,
} from "./codes.ts";
import { type Filter, type MqttObservation, NO_FILTERS, newObservation, type Will } from "./observation.ts";
import {
	afterLength,
	afterProtocol,
	BRIDGE,
	DUP,
	isFilterText,
	isFirstByte,
	isLength,
	isTopic,
	lengthAt,
	MORE,
	qosOf,
	RETAIN,
	textLength,
	WRONG,
} from "./wire.ts";

/** Bytes of a packet that is waited for. The protocol allows 256 MiB; of a longer publication the header is read and the rest stepped over. */
const MAX_PACKET = 1 << 18;
export const MAX_MESSAGE = MAX_PACKET + 5;
/** Characters of one text that are kept. The protocol allows 65,535 bytes; topics have tens. */
const MAX_TEXT = 1024;
/** Properties of one packet, and entries of one SUBSCRIBE, that are kept. */
const MAX_PROPERTIES = 64;
const MAX_FILTERS = 256;
/** Topic aliases of one direction that are kept; libraries give out ten. */
const ALIASES = 64;
/** Packets of one flow that wait for their acknowledgement, and characters kept of them all; the oldest gives way. */
const PENDING = 1024;
const PENDING_TEXT = 65_536;
/** Microseconds after which no acknowledgement will come. The protocol names no time; brokers and libraries wait 10 to 30 s. */
const TIMEOUT = 30_000_000;
/**
 * Bytes that may be read in vain before anything of a connection was understood, and how many more for each byte that was passed since: packets that overlap must not
 * cost their length at each byte. The last one read may be longer; what it took too much is made good before the next.
 */
const VAIN_BYTES = 512;
const VAIN_PER_BYTE = 4;
/** Characters of a topic that a probe looks at. */
const PROBED_TEXT = 256;
/** A number written out is no longer than this. */
const MAX_NUMBER = 32;

/** Keys of what has no packet identifier. */
const CONNECT_KEY = 65_536;
const PING_KEY = 65_537;

export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end) return PROBE.more;
	const first = u8(bytes, start);
	if (!isFirstByte(first)) return PROBE.mismatch;
	const body = afterLength(bytes, start + 1, end);
	if (body === MORE) return PROBE.more;
	if (body === WRONG) return PROBE.mismatch;
	const length = lengthAt(bytes, start + 1, body);
	const isStrict = isHinted !== true;
	// Only version 3.1 sends anything but a publication again with DUP.
	if (isStrict && first >> 4 !== PACKET.publish && (first & DUP) !== 0) return PROBE.mismatch;
	if (!isLength(first, length, isStrict)) return PROBE.mismatch;
	const type = first >> 4;
	if (type === PACKET.connect) {
		const after = afterProtocol(bytes, body, end);
		return after === MORE ? PROBE.more : after === WRONG ? PROBE.mismatch : PROBE.certain;
	}
	if (type === PACKET.publish) {
		if (end - body < 2) return PROBE.more;
		const topic = textLength(bytes, body);
		if (topic > length - 2 || !isTopic(bytes, body + 2, Math.min(end, body + 2 + Math.min(topic, PROBED_TEXT)))) return PROBE.mismatch;
		if (isStrict && topic === 0) return PROBE.mismatch;
	}
	if (isStrict && (type === PACKET.subscribe || type === PACKET.unsubscribe) && !isFilter(bytes, body + 2, body + length, end))
		return PROBE.mismatch;
	if (type === PACKET.connack && body < end && u8(bytes, body) > 1) return PROBE.mismatch;
	const next = body + length;
	if (isStrict && next < end && !isFirstByte(u8(bytes, next))) return PROBE.mismatch;
	return PROBE.match;
}

/** True where a topic filter may begin at `at`, or behind properties there; `next` is the end of the packet, `end` that of the bytes at hand. */
function isFilter(bytes: Uint8Array, at: number, next: number, end: number): boolean {
	if (end - at < 3) return true;
	const isText = (start: number): boolean => {
		if (end - start < 2) return true;
		const stop = start + 2 + textLength(bytes, start);
		return stop > start + 2 && stop <= next && isFilterText(bytes, start + 2, Math.min(end, stop, start + 2 + PROBED_TEXT));
	};
	if (isText(at)) return true;
	const after = afterLength(bytes, at, end);
	return after > 0 && after + lengthAt(bytes, at, after) < next && isText(after + lengthAt(bytes, at, after));
}

export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (start >= end) return undefined;
	switch (u8(bytes, start) >> 4) {
		case PACKET.connect:
		case PACKET.subscribe:
		case PACKET.unsubscribe:
		case PACKET.pingreq:
			return "client";
		case PACKET.connack:
		case PACKET.suback:
		case PACKET.unsuback:
		case PACKET.pingresp:
			return "server";
		default:
			return undefined;
	}
}

/** A packet that waits for its acknowledgement. */
interface Pending {
	readonly type: number;
	readonly packetId: number;
	readonly time: number;
	readonly frame: number;
	readonly topic: string;
	readonly qos: number;
	readonly value: number;
	readonly filters: readonly Filter[];
	/** Characters kept. */
	readonly size: number;
}

const DECODER = new TextDecoder();

/** Texts as they are; a long one is cut, and says so. */
function text(bytes: Uint8Array, start: number, end: number): string {
	if (end - start <= MAX_TEXT) return DECODER.decode(bytes.subarray(start, end));
	return `${DECODER.decode(bytes.subarray(start, start + MAX_TEXT))}… (${end - start} bytes)`;
}

export class MqttStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: CarrierContext<MqttObservation>;
	readonly #out = newObservation();
	/** Bytes of a long publication that are stepped over, by direction. */
	readonly #skip: [number, number] = [0, 0];
	/** By the direction of what waits, then by packet identifier or key. In order of time. */
	readonly #pending: readonly [Map<number, Pending>, Map<number, Pending>] = [new Map(), new Map()];
	#pendingText = 0;
	readonly #aliases: readonly [Map<number, string>, Map<number, string>] = [new Map(), new Map()];
	#level = 0;
	/** True once a packet of the connection was read. */
	#isProven = false;
	/** Bytes that may yet be read in vain, and those that were left behind the place at which it was tried last, by direction. */
	#vain = VAIN_BYTES;
	readonly #left = new Int32Array(2);
	#clientId: string | undefined = undefined;

	/** The packet in hand: what is left of it, and what is wrong with it. */
	#bytes: Uint8Array = new Uint8Array(0);
	#at = 0;
	#end = 0;
	#failure: Reason | undefined = undefined;
	/** True where not all of it is here. */
	#isCut = false;

	constructor(context: CarrierContext<MqttObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		if (this.#skip[direction] > 0) {
			at += Math.min(this.#skip[direction], end - start);
			this.#skip[direction] -= at - start;
		}
		while (at < end) {
			const first = u8(bytes, at);
			const body = isFirstByte(first) ? afterLength(bytes, at + 1, end) : WRONG;
			if (body === MORE) break;
			const length = body === WRONG ? 0 : lengthAt(bytes, at + 1, body);
			if (body === WRONG || !isLength(first, length, false) || (first >> 4 === PACKET.connect && afterProtocol(bytes, body, end) === WRONG))
				return at === start ? REJECT : at - start;
			const next = body + length;
			if (next <= end) {
				// What never was MQTT is no malformed MQTT.
				if (!this.#packet(bytes, at, body, next, end, direction)) return at === start ? REJECT : at - start;
				at = next;
			} else if (length <= MAX_PACKET || first >> 4 !== PACKET.publish) {
				break;
			} else if (this.#longPublication(bytes, at, body, next, end, direction)) {
				this.#skip[direction] = next - end;
				at = end;
			} else break;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#skip[direction] = 0;
		this.#vain = VAIN_BYTES;
		this.#aliases[direction].clear();
		// What was lost may have been the acknowledgements of the one side and the packets of the other.
		this.#forget();
	}

	expire(now: number): void {
		for (const direction of [TO_SERVER, TO_CLIENT] as const) {
			const pending = this.#pending[direction];
			for (const [key, one] of pending) {
				if (one.time + TIMEOUT > now) break;
				this.#drop(direction, key, one);
				const out = this.#begin(one.type, direction);
				out.kind = "unanswered";
				out.time = one.time + TIMEOUT;
				out.frame = one.frame;
				out.requestFrame = one.frame;
				out.packetId = one.packetId;
				out.topic = one.topic;
				out.qos = one.qos;
				out.value = one.value;
				out.filters = one.filters;
				this.#context.emit(out);
			}
		}
		this.#schedule();
	}

	#schedule(): void {
		let earliest = Number.POSITIVE_INFINITY;
		for (const pending of this.#pending) earliest = Math.min(earliest, pending.values().next().value?.time ?? earliest);
		this.deadline = earliest + TIMEOUT;
	}

	/** Resets the observation for a packet. */
	#begin(type: number, direction: Direction): MqttObservation {
		const out = this.#out;
		const { time, frame } = this.#context.clock;
		out.kind = PACKET_NAMES[type]!;
		out.time = time;
		out.frame = frame;
		out.packetType = type;
		out.isFromServer = direction === TO_CLIENT;
		out.level = this.#level;
		out.clientId = this.#clientId;
		out.size = 0;
		out.packetId = -1;
		out.reasonCode = -1;
		out.properties = undefined;
		out.reason = "";
		out.isMatched = false;
		out.latency = -1;
		out.requestFrame = -1;
		out.topic = "";
		out.topicAlias = 0;
		out.qos = 0;
		out.isDuplicate = false;
		out.isRetained = false;
		out.payloadSize = 0;
		out.value = Number.NaN;
		out.isCleanStart = false;
		out.keepAlive = 0;
		out.userName = undefined;
		out.hasPassword = false;
		out.isBridge = false;
		out.will = undefined;
		out.isSessionPresent = false;
		out.filters = NO_FILTERS;
		return out;
	}

	/** A publication that is longer than what is waited for: true where its header is here and was said. */
	#longPublication(bytes: Uint8Array, at: number, body: number, next: number, end: number, direction: Direction): boolean {
		const topicEnd = body + 2 + (end - body >= 2 ? textLength(bytes, body) : 0);
		if (end - body < MAX_PACKET && end < topicEnd + 2 + 4) return false;
		// Properties that are not whole here are left out of the line.
		const isWhole = this.#level !== LEVEL.v5 || isPropertiesHere(bytes, topicEnd + (qosOf(u8(bytes, at)) > 0 ? 2 : 0), end);
		if (!isWhole && end - body < MAX_PACKET) return false;
		if (!this.#packet(bytes, at, body, next, end, direction)) return false;
		this.#context.count("long-publication");
		return true;
	}

	/**
	 * One packet: header at `at`, contents from `body` to `next`, as far as they are before `end`, the end of the bytes at hand. False where it cannot be read, and
	 * nothing before it on this connection was.
	 */
	#packet(bytes: Uint8Array, at: number, body: number, next: number, end: number, direction: Direction): boolean {
		const here = Math.min(next, end);
		const first = u8(bytes, at);
		const type = first >> 4;
		const isDoubted = !this.#isProven && type !== PACKET.connect;
		if (isDoubted && !this.#mayTry(end - at, direction)) return false;
		const out = this.#begin(type, direction);
		out.size = next - at;
		this.#bytes = bytes;
		this.#end = here;
		this.#isCut = here < next;
		if (type === PACKET.connect) this.#read(first, body, LEVEL.v311, direction);
		else if (this.#level > 0) this.#read(first, body, this.#level, direction);
		else this.#readUnknown(first, body, direction);
		if (this.#failure !== undefined) {
			const reason = this.#failure;
			if (isDoubted) {
				this.#vain -= here - at;
				return false;
			}
			this.#begin(type, direction);
			out.kind = "malformed";
			out.size = next - at;
			out.reason = reason;
			this.#context.emit(out);
			return true;
		}
		this.#isProven = true;
		const payloadAt = this.#at;
		if (type === PACKET.publish) {
			out.payloadSize = next - payloadAt;
			if (!this.#isCut) out.value = numberOf(bytes, payloadAt, next);
		}
		this.#pair(type, direction);
		this.#context.emit(out);
		if (type === PACKET.publish && !this.#isCut && next > payloadAt) this.#context.inner(bytes, payloadAt, next, direction, out.topic);
		return true;
	}

	/** Whether a packet of a connection in which nothing was understood is worth reading, with so many bytes from its place on. */
	#mayTry(left: number, direction: Direction): boolean {
		const before = this.#left[direction]!;
		// Where more are left than before, new bytes came, and the old ones are behind.
		this.#vain = Math.min(VAIN_BYTES, this.#vain + VAIN_PER_BYTE * (left < before ? before - left : before));
		this.#left[direction] = left;
		if (this.#vain > 0) return true;
		this.#context.count("read-in-vain");
		return false;
	}

	/** A packet of a connection whose CONNECT was not seen: as what it can be read, the one that proves more first. */
	#readUnknown(first: number, body: number, direction: Direction): void {
		const type = first >> 4;
		const isPublication = type === PACKET.publish;
		const levels = isPublication ? [LEVEL.v5, LEVEL.v311] : [LEVEL.v311, LEVEL.v5];
		const { size } = this.#out;
		for (const level of levels) {
			this.#begin(type, direction).size = size;
			this.#read(first, body, level, direction);
			if (this.#failure !== undefined) continue;
			// A publication fits both too easily; a subscription and an answer with a reason fit one.
			const isProof = type === PACKET.subscribe || type === PACKET.unsubscribe || (level === LEVEL.v5 && !isPublication);
			if (isProof) this.#level = level;
			this.#out.level = this.#level;
			return;
		}
	}

	/** The variable header and payload of a packet of `level`. Leaves `#at` behind what was read: of PUBLISH, at its payload. */
	#read(first: number, body: number, level: number, direction: Direction): void {
		const out = this.#out;
		this.#at = body;
		this.#failure = undefined;
		const isV5 = level === LEVEL.v5;
		const type = first >> 4;
		switch (type) {
			case PACKET.connect:
				this.#connect();
				break;
			case PACKET.connack:
				out.isSessionPresent = (this.#byte() & 1) === 1;
				out.reasonCode = this.#byte();
				if (isV5 && (this.#isMore() || !isOldRefusal(out.reasonCode))) out.properties = this.#properties();
				break;
			case PACKET.publish:
				this.#publish(first, isV5, direction);
				return;
			case PACKET.puback:
			case PACKET.pubrec:
			case PACKET.pubrel:
			case PACKET.pubcomp:
				this.#packetId();
				// 3.4.2.1 of 5.0: without a reason it is 0, without a length of properties there are none.
				out.reasonCode = isV5 && this.#isMore() ? this.#byte() : 0;
				if (isV5 && this.#isMore()) out.properties = this.#properties();
				break;
			case PACKET.subscribe:
			case PACKET.unsubscribe:
				this.#packetId();
				if (isV5) out.properties = this.#properties();
				this.#filters(type === PACKET.subscribe, isV5);
				break;
			case PACKET.suback:
			case PACKET.unsuback:
				this.#packetId();
				if (isV5) out.properties = this.#properties();
				this.#reasons(type === PACKET.unsuback && !isV5);
				break;
			case PACKET.disconnect:
			case PACKET.auth:
				if (isV5) {
					out.reasonCode = this.#isMore() ? this.#byte() : 0;
					if (this.#isMore()) out.properties = this.#properties();
				}
				break;
		}
		if (this.#failure === undefined && this.#at < this.#end) this.#fail(REASON.rest);
	}

	/** 3.1 of 3.1.1 and 5.0. */
	#connect(): void {
		const out = this.#out;
		const after = afterProtocol(this.#bytes, this.#at, this.#end);
		if (after < 0) {
			this.#fail(REASON.protocolName);
			return;
		}
		const level = u8(this.#bytes, after - 1);
		this.#at = after;
		this.#restart(level & ~BRIDGE);
		out.level = this.#level;
		out.isBridge = (level & BRIDGE) !== 0;
		const flags = this.#byte();
		out.isCleanStart = (flags & 2) !== 0;
		out.keepAlive = this.#u16();
		const isV5 = this.#level === LEVEL.v5;
		if (isV5) out.properties = this.#properties();
		out.clientId = this.#text();
		const willQos = (flags >> 3) & 3;
		if ((flags & 1) !== 0 || willQos === 3 || ((flags & 4) === 0 && (flags & 0x38) !== 0)) this.#fail(REASON.flags);
		if ((flags & 4) !== 0) {
			const will: Will = { topic: "", qos: willQos, retain: (flags & 0x20) !== 0, payloadSize: 0, properties: undefined };
			if (isV5) will.properties = this.#properties();
			will.topic = this.#text();
			will.payloadSize = this.#binary();
			out.will = will;
		}
		if ((flags & 0x80) !== 0) out.userName = this.#text();
		if ((flags & 0x40) !== 0) {
			this.#binary();
			out.hasPassword = true;
		}
		if (this.#failure === undefined) this.#clientId = out.clientId;
	}

	/** A new connection begins: nothing of an old one counts. */
	#restart(level: number): void {
		this.#level = level;
		this.#clientId = undefined;
		this.#aliases[TO_SERVER].clear();
		this.#aliases[TO_CLIENT].clear();
		this.#forget();
	}

	/** 3.3. */
	#publish(first: number, isV5: boolean, direction: Direction): void {
		const out = this.#out;
		out.qos = qosOf(first);
		out.isDuplicate = (first & DUP) !== 0;
		out.isRetained = (first & RETAIN) !== 0;
		const start = this.#at + 2;
		out.topic = this.#text();
		if (this.#failure === undefined && !isTopic(this.#bytes, start, this.#at)) this.#fail(REASON.topic);
		const isEmpty = this.#at === start;
		if (out.qos > 0) this.#packetId();
		if (isV5 && (!this.#isCut || isPropertiesHere(this.#bytes, this.#at, this.#end))) out.properties = this.#properties();
		if (this.#failure !== undefined) return;
		if (!isV5) {
			if (isEmpty) this.#fail(REASON.topic);
			return;
		}
		const alias = out.topicAlias;
		const aliases = this.#aliases[direction];
		if (isEmpty) {
			if (alias === 0) this.#fail(REASON.topic);
			else out.topic = aliases.get(alias) ?? "";
		} else if (alias > 0) {
			if (aliases.size < ALIASES || aliases.has(alias)) aliases.set(alias, out.topic);
			else this.#context.count("aliases-bound");
		}
	}

	/** 3.8.3, 3.10.3. */
	#filters(isSubscription: boolean, isV5: boolean): void {
		const filters: Filter[] = [];
		let isAny = false;
		while (this.#failure === undefined && this.#isMore()) {
			const start = this.#at + 2;
			const topicFilter = this.#text();
			if (this.#at === start) this.#fail(REASON.empty);
			const options = isSubscription ? this.#byte() : 0;
			if ((options & 3) === 3 || (options & (isV5 ? 0xc0 : 0xfc)) !== 0 || (options & 0x30) === 0x30) this.#fail(REASON.options);
			isAny = true;
			if (filters.length === MAX_FILTERS) {
				this.#context.count("filters-bound");
				continue;
			}
			filters.push({
				topicFilter,
				qos: isSubscription ? options & 3 : -1,
				noLocal: (options & 4) !== 0,
				retainAsPublished: (options & 8) !== 0,
				retainHandling: (options >> 4) & 3,
				reasonCode: -1,
			});
		}
		if (!isAny) this.#fail(REASON.empty);
		this.#out.filters = filters;
	}

	/** 3.9.3, 3.11.3: one code for each entry of what is answered; that of UNSUBSCRIBE has none in version 3. */
	#reasons(isWithout: boolean): void {
		const filters: Filter[] = [];
		while (!isWithout && this.#isMore() && filters.length < MAX_FILTERS)
			filters.push({
				topicFilter: "",
				qos: -1,
				noLocal: false,
				retainAsPublished: false,
				retainHandling: 0,
				reasonCode: this.#byte(),
			});
		if (!isWithout && filters.length === MAX_FILTERS) this.#at = this.#end;
		if (!isWithout && filters.length === 0) this.#fail(REASON.empty);
		this.#out.filters = filters;
	}

	/** Joins an acknowledgement to what it is for, and keeps what waits for one. */
	#pair(type: number, direction: Direction): void {
		const out = this.#out;
		const other = direction === TO_SERVER ? TO_CLIENT : TO_SERVER;
		switch (type) {
			case PACKET.connect:
				this.#ends();
				this.#wait(direction, CONNECT_KEY, out);
				break;
			case PACKET.pingreq:
				this.#wait(direction, PING_KEY, out);
				break;
			case PACKET.subscribe:
			case PACKET.unsubscribe:
				this.#wait(direction, out.packetId, out);
				break;
			case PACKET.publish:
				if (out.qos > 0) this.#wait(direction, out.packetId, out);
				break;
			case PACKET.pubrel:
				// A session that was taken up again may begin here.
				if (!this.#pending[direction].has(out.packetId)) this.#wait(direction, out.packetId, out);
				else this.#join(direction, out.packetId);
				break;
			case PACKET.connack:
				this.#join(other, CONNECT_KEY, PACKET.connect);
				this.#ends();
				break;
			case PACKET.pingresp:
				this.#join(other, PING_KEY, PACKET.pingreq);
				break;
			case PACKET.suback:
				this.#join(other, out.packetId, PACKET.subscribe);
				break;
			case PACKET.unsuback:
				this.#join(other, out.packetId, PACKET.unsubscribe);
				break;
			case PACKET.disconnect:
				// What waits is sent again in the next connection of the session.
				this.#forget();
				break;
			case PACKET.puback:
			case PACKET.pubcomp:
				this.#join(other, out.packetId, PACKET.publish, PACKET.pubrel);
				break;
			case PACKET.pubrec:
				// The first of two answers, unless it refuses.
				if (isRefusal(out.reasonCode)) this.#join(other, out.packetId, PACKET.publish);
				else this.#join(other, out.packetId);
				break;
		}
	}

	/** Who the two sides are: wanted once a connection. */
	#ends(): void {
		const { client, server } = this.#context.flow;
		this.#out.ends.client = client.ip;
		this.#out.ends.server = server.ip;
	}

	/** Says what `key` waited for. It has waited long enough where it is of one of the types `ended`. */
	#join(direction: Direction, key: number, ...ended: number[]): void {
		const one = this.#pending[direction].get(key);
		if (one === undefined || (ended.length > 0 && !ended.includes(one.type))) return;
		const out = this.#out;
		out.isMatched = true;
		out.latency = out.time - one.time;
		out.requestFrame = one.frame;
		out.topic = one.topic;
		out.qos = one.qos;
		out.value = one.value;
		if (one.filters.length > 0) {
			const codes = out.filters;
			out.filters = one.filters.map((filter, index) => ({ ...filter, reasonCode: codes[index]?.reasonCode ?? 0 }));
		}
		if (ended.length > 0) this.#drop(direction, key, one);
	}

	#wait(direction: Direction, key: number, out: MqttObservation): void {
		const pending = this.#pending[direction];
		const before = pending.get(key);
		// A packet sent again waits since the first time.
		if (before !== undefined && out.isDuplicate && before.type === out.packetType) return;
		if (before !== undefined) this.#drop(direction, key, before);
		const size = out.topic.length + out.filters.reduce((sum, { topicFilter }) => sum + topicFilter.length, 0);
		while (pending.size >= PENDING || (this.#pendingText + size > PENDING_TEXT && pending.size > 0)) {
			const [oldest, given] = pending.entries().next().value!;
			this.#drop(direction, oldest, given);
			this.#context.count("pending-bound");
		}
		const { packetType: type, packetId, time, frame, topic, qos, value, filters } = out;
		pending.set(key, { type, packetId, time, frame, topic, qos, value, filters, size });
		this.#pendingText += size;
		this.deadline = Math.min(this.deadline, time + TIMEOUT);
	}

	#drop(direction: Direction, key: number, one: Pending): void {
		this.#pending[direction].delete(key);
		this.#pendingText -= one.size;
	}

	#forget(): void {
		this.#pending[TO_SERVER].clear();
		this.#pending[TO_CLIENT].clear();
		this.#pendingText = 0;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	#fail(reason: Reason): void {
		this.#failure ??= reason;
		this.#at = this.#end;
	}

	#isMore(): boolean {
		return this.#at < this.#end;
	}

	#byte(): number {
		if (this.#end - this.#at < 1) {
			this.#fail(REASON.short);
			return 0;
		}
		return u8(this.#bytes, this.#at++);
	}

	#u16(): number {
		if (this.#end - this.#at < 2) {
			this.#fail(REASON.short);
			return 0;
		}
		this.#at += 2;
		return u16(this.#bytes, this.#at - 2);
	}

	#packetId(): void {
		this.#out.packetId = this.#u16();
		if (this.#out.packetId === 0) this.#fail(REASON.packetId);
	}

	/** Steps over a text or binary data and returns its length. */
	#binary(): number {
		const length = this.#u16();
		if (this.#end - this.#at < length) {
			this.#fail(REASON.short);
			return 0;
		}
		this.#at += length;
		return length;
	}

	#text(): string {
		const length = this.#binary();
		return this.#failure === undefined ? text(this.#bytes, this.#at - length, this.#at) : "";
	}

	/** 2.2.2 of 5.0. Undefined where there are none. */
	#properties(): Record<string, unknown> | undefined {
		const after = afterLength(this.#bytes, this.#at, this.#end);
		if (after < 0) {
			this.#fail(REASON.short);
			return undefined;
		}
		const stop = after + lengthAt(this.#bytes, this.#at, after);
		if (stop > this.#end) {
			this.#fail(REASON.short);
			return undefined;
		}
		this.#at = after;
		const end = this.#end;
		this.#end = stop;
		let properties: Record<string, unknown> | undefined;
		let count = 0;
		while (this.#failure === undefined && this.#at < stop) {
			const id = this.#byte();
			const property = PROPERTIES.get(id);
			if (property === undefined) {
				this.#fail(REASON.property);
				break;
			}
			const value = this.#property(id, property.type);
			if (id === TOPIC_ALIAS) this.#out.topicAlias = value as number;
			if (++count > MAX_PROPERTIES || this.#failure !== undefined) continue;
			properties ??= {};
			if (property.type === PROPERTY_TYPE.pair) {
				const pairs = (properties[property.name] ??= []) as unknown[];
				pairs.push(value);
			} else properties[property.name] = value;
		}
		this.#end = end;
		if (this.#failure !== undefined) this.#at = end;
		return properties;
	}

	#property(id: number, type: number): unknown {
		switch (type) {
			case PROPERTY_TYPE.byte:
				return this.#byte();
			case PROPERTY_TYPE.u16:
				return this.#u16();
			case PROPERTY_TYPE.u32: {
				if (this.#end - this.#at < 4) this.#fail(REASON.short);
				else this.#at += 4;
				return this.#failure === undefined ? u32(this.#bytes, this.#at - 4) : 0;
			}
			case PROPERTY_TYPE.varInt: {
				const after = afterLength(this.#bytes, this.#at, this.#end);
				if (after < 0) {
					this.#fail(REASON.short);
					return 0;
				}
				const value = lengthAt(this.#bytes, this.#at, after);
				this.#at = after;
				return value;
			}
			case PROPERTY_TYPE.text:
				return this.#text();
			case PROPERTY_TYPE.binary: {
				const length = this.#binary();
				return id === AUTHENTICATION_DATA ? PRESENT : { length };
			}
			default: {
				const name = this.#text();
				return [name, this.#text()];
			}
		}
	}
}

/** What stands where a secret was. */
export const PRESENT = "(present)";

/** True where a length of properties at `at` and all that it counts are at hand. */
function isPropertiesHere(bytes: Uint8Array, at: number, end: number): boolean {
	const after = afterLength(bytes, at, end);
	return after >= 0 && after + lengthAt(bytes, at, after) <= end;
}

/** A payload that is one number written out (or true, false); NaN where it is anything else. */
function numberOf(bytes: Uint8Array, start: number, end: number): number {
	const length = end - start;
	if (length === 0 || length > MAX_NUMBER) return Number.NaN;
	let word = "";
	for (let at = start; at < end; at++) word += String.fromCharCode(bytes[at]!);
	if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word)) return Number(word);
	return /^true$/i.test(word) ? 1 : /^false$/i.test(word) ? 0 : Number.NaN;
}
