/**
 * S7comm-plus on ISO transport: parts put together to messages, requests paired with their answers by their number, notifications with the subscription that they belong to. What is in TLS
 * (newer firmware) is said once, and no more seen.
 */
import type { CarrierContext, Stream } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { MAX_PACKET, parametersOf, TPDU, TransportReader, type TransportUser } from "../../src/wire/tpkt.ts";
import { FUNCTION, ID, isFunction, isOpcode, isVersion, OPCODE, VERSION } from "./codes.ts";
import { type Extra, type References, readNotification, readRequest, readResponse } from "./contents.ts";
import { Cursor } from "./cursor.ts";
import { type CreatedObject, clear, newObservation, type PlusItem, type PlusObservation, type Violation } from "./observation.ts";
import { begins, DATA, dataOf, HEADER, isSecured, OFFSET, PROTOCOL_ID } from "./wire.ts";

export const MAX_MESSAGE = MAX_PACKET;
/** Requests that wait; the oldest gives way. */
const PENDING = 64;
/** Microseconds after which no answer will come. */
const TIMEOUT = 10_000_000;
const SUBSCRIPTIONS = 64;
/** Points of all subscriptions of a flow. */
const SUBSCRIBED = 4096;
/** Bytes of a message in several parts; a longer one is read as far as it was kept. */
const LONG_MESSAGE = 131_072;
/** System event: four numbers of 32 bits before its text. */
const EVENT_HEADER = 16;
const MAX_SELECTOR = 32;

/** A request that waits for its answer. */
interface Pending {
	readonly sequence: number;
	readonly version: number;
	readonly functionCode: number;
	readonly sessionId: number;
	readonly objectId: number;
	readonly object: string;
	readonly attributes: readonly number[];
	readonly items: readonly PlusItem[];
	readonly objects: readonly CreatedObject[];
	readonly isLogin: boolean;
	readonly references: References | undefined;
	readonly time: number;
	readonly frame: number;
	/** Bytes were lost since: its answer may have been among them. */
	isDoubted: boolean;
}

/** Attributes of a session by which somebody proves who he is. */
const isLoginAttribute = (id: number): boolean => id === ID.response || id === ID.legitimate;

export class PlusStream implements Stream, TransportUser {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: CarrierContext<PlusObservation>;
	readonly #out = newObservation();
	readonly #reader: TransportReader;
	/** By sequence number; in order of time. */
	readonly #pending = new Map<number, Pending>();
	#connect: { time: number; frame: number; callingTsap: string; calledTsap: string; isDoubted: boolean } | undefined = undefined;
	readonly #subscriptions = new Map<number, References>();
	#subscribed = 0;
	/** By direction: parts of a message whose last has not come, and the version of the first. */
	readonly #parts: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
	readonly #kept = new Int32Array(2);
	readonly #isSaid: [boolean, boolean] = [false, false];

	constructor(context: CarrierContext<PlusObservation>) {
		this.#context = context;
		this.#reader = new TransportReader(this);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		return this.#reader.data(bytes, start, end, direction);
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#kept[direction] = 0;
		for (const one of this.#pending.values()) one.isDoubted = true;
		if (this.#connect !== undefined) this.#connect.isDoubted = true;
	}

	expire(now: number): void {
		for (const [sequence, one] of this.#pending) {
			if (one.time + TIMEOUT > now) break;
			this.#pending.delete(sequence);
			if (one.isDoubted) continue;
			const out = this.#begin(TO_SERVER);
			out.kind = "unanswered";
			out.time = one.time + TIMEOUT;
			out.frame = one.frame;
			this.#take(out, one);
			out.latency = -1;
			out.sequence = one.sequence;
			out.version = one.version;
			this.#context.emit(out);
		}
		const connect = this.#connect;
		if (connect !== undefined && connect.time + TIMEOUT <= now) {
			this.#connect = undefined;
			if (!connect.isDoubted) {
				const out = this.#begin(TO_SERVER);
				out.kind = "unanswered";
				out.time = connect.time + TIMEOUT;
				out.frame = out.requestFrame = connect.frame;
				out.callingTsap = connect.callingTsap;
				out.calledTsap = connect.calledTsap;
				this.#context.emit(out);
			}
		}
		this.#schedule();
	}

	begins(bytes: Uint8Array, start: number, end: number): boolean {
		return begins(bytes, start, end);
	}

	broken(what: "foreign" | "unfinished" | "long", direction: Direction): void {
		if (what === "long") this.#context.count("long-message");
		this.#malformed(this.#begin(direction), what);
	}

	control(code: number, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(direction);
		if (code === TPDU.connectionRequest || code === TPDU.connectionConfirm) {
			const parameters = parametersOf(bytes, start, end);
			if (parameters === undefined) {
				this.#malformed(out, "parameters");
				return;
			}
			out.callingTsap = selector(bytes, parameters.calling);
			out.calledTsap = selector(bytes, parameters.called);
			out.tpduSize = parameters.size;
		}
		if (code === TPDU.connectionRequest) {
			out.kind = "connect";
			this.#connect = { time: out.time, frame: out.frame, callingTsap: out.callingTsap, calledTsap: out.calledTsap, isDoubted: false };
		} else {
			out.kind = code === TPDU.connectionConfirm ? "accept" : "disconnect";
			if (this.#connect !== undefined && direction === TO_CLIENT) {
				out.requestFrame = this.#connect.frame;
				out.latency = out.time - this.#connect.time;
				this.#connect = undefined;
			}
		}
		this.#schedule();
		this.#context.emit(out);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		if (isSecured(bytes, start, end)) {
			if (this.#isSaid[direction]) return;
			this.#isSaid[direction] = true;
			const out = this.#begin(direction);
			out.kind = "secured";
			this.#context.emit(out);
			return;
		}
		if (u8(bytes, start) !== PROTOCOL_ID) {
			this.#malformed(this.#begin(direction), "protocol-id");
			return;
		}
		if (end - start < HEADER) {
			this.#malformed(this.#begin(direction), "length");
			return;
		}
		const version = u8(bytes, start + OFFSET.version);
		const length = u16(bytes, start + OFFSET.length);
		if (version === VERSION.keepAlive) {
			const out = this.#begin(direction);
			out.kind = "keep-alive";
			out.version = version;
			out.sequence = u8(bytes, start + OFFSET.length);
			this.#context.emit(out);
			return;
		}
		const stop = start + HEADER + length;
		if (!isVersion(version) || stop > end) {
			const out = this.#begin(direction);
			out.version = version;
			this.#malformed(out, isVersion(version) ? "length" : "version");
			return;
		}
		if (version === VERSION.systemEvent) this.#event(bytes, start + HEADER, stop, direction);
		else this.#part(bytes, start, stop, end, direction);
	}

	/** A message ends with the part that has a trailer. */
	#part(bytes: Uint8Array, start: number, stop: number, end: number, direction: Direction): void {
		const version = u8(bytes, start + OFFSET.version);
		const at = dataOf(bytes, start, stop);
		const isLast = end > stop;
		const kept = this.#kept[direction]!;
		const hasDigest = version === VERSION.v3 && at > start + HEADER + 1;
		if (kept === 0 && isLast) {
			this.#whole(bytes, at, stop, version, hasDigest, direction);
			return;
		}
		const all = kept + stop - at;
		let parts = this.#parts[direction];
		if (all > LONG_MESSAGE) {
			if (kept < LONG_MESSAGE) this.#context.count("long-message");
		} else {
			if (parts === undefined || parts.length < all) {
				const grown = new Uint8Array(Math.min(LONG_MESSAGE, 2 * all));
				if (parts !== undefined) grown.set(parts.subarray(0, kept));
				parts = grown;
				this.#parts[direction] = parts;
			}
			parts.set(bytes.subarray(at, stop), kept);
			this.#kept[direction] = all;
		}
		if (!isLast) return;
		const size = this.#kept[direction]!;
		this.#kept[direction] = 0;
		if (parts !== undefined) this.#whole(parts, 0, size, version, hasDigest, direction);
	}

	#whole(bytes: Uint8Array, start: number, end: number, version: number, hasDigest: boolean, direction: Direction): void {
		const out = this.#begin(direction);
		out.version = version;
		out.hasDigest = hasDigest;
		const violation = this.#read(out, bytes, start, end, direction);
		if (violation === "") this.#context.emit(out);
		else this.#malformed(out, violation);
	}

	#read(out: PlusObservation, bytes: Uint8Array, start: number, end: number, direction: Direction): Violation | "" {
		if (end - start < DATA.notification) return "length";
		out.opcode = u8(bytes, start);
		if (!isOpcode(out.opcode)) return "opcode";
		if (out.opcode === OPCODE.notification) {
			out.kind = "notification";
			readNotification(out, new Cursor(bytes, start + 1, end), (subscription) => this.#subscriptions.get(subscription));
			return "";
		}
		const isRequest = out.opcode === OPCODE.request;
		if (end - start < (isRequest ? DATA.request : DATA.response)) return "length";
		out.functionCode = u16(bytes, start + DATA.function);
		out.sequence = u16(bytes, start + DATA.sequence);
		if (!isFunction(out.functionCode)) return "function";
		if (isRequest) {
			out.kind = "request";
			const cursor = new Cursor(bytes, start + DATA.session, end);
			out.sessionId = cursor.dword();
			cursor.byte();
			const extra: Extra = { references: undefined };
			readRequest(out, cursor, extra);
			out.isLogin = out.object === "session" && out.attributes.some(isLoginAttribute);
			if (direction === TO_SERVER) this.#wait(out, extra.references);
			return "";
		}
		const asked = this.#pending.get(out.sequence);
		const isOther = asked !== undefined && asked.functionCode !== out.functionCode && !isError(out.functionCode);
		const mine = direction === TO_CLIENT && asked !== undefined && !isOther ? asked : undefined;
		out.kind = mine === undefined ? "unsolicited" : "response";
		if (mine !== undefined) {
			this.#pending.delete(out.sequence);
			this.#take(out, mine);
			this.#schedule();
		}
		readResponse(out, new Cursor(bytes, start + DATA.response, end), mine?.items ?? []);
		if (mine !== undefined && mine.references !== undefined && out.returnCode >= 0)
			this.#subscribe(out.created[0] ?? mine.objectId, mine.references);
		return "";
	}

	#subscribe(subscription: number, references: References): void {
		const before = this.#subscriptions.get(subscription);
		if (before !== undefined) this.#subscribed -= before.size;
		if (this.#subscriptions.size >= SUBSCRIPTIONS || this.#subscribed + references.size > SUBSCRIBED) {
			this.#context.count("subscriptions");
			this.#subscriptions.clear();
			this.#subscribed = 0;
		}
		this.#subscriptions.set(subscription, references);
		this.#subscribed += references.size;
	}

	/** Numbers, then a text: a controller says that a session ended, or why it ends it. */
	#event(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const out = this.#begin(direction);
		out.kind = "event";
		out.version = VERSION.systemEvent;
		const cursor = new Cursor(bytes, start, end);
		cursor.skip(EVENT_HEADER);
		// Structured data begins with the number of its type, and is not read.
		if (!cursor.isBroken && cursor.left > 0 && cursor.peek() >= 0x20) out.text = cursor.text(cursor.left);
		this.#context.emit(out);
	}

	#malformed(out: PlusObservation, violation: Violation): void {
		out.kind = "malformed";
		out.violation = violation;
		this.#context.emit(out);
	}

	#begin(direction: Direction): PlusObservation {
		const out = this.#out;
		const { time, frame } = this.#context.clock;
		clear(out);
		out.time = time;
		out.frame = frame;
		out.isFromServer = direction === TO_CLIENT;
		out.clientIp = this.#context.flow.client.ip;
		return out;
	}

	#wait(out: PlusObservation, references: References | undefined): void {
		if (!this.#pending.delete(out.sequence) && this.#pending.size >= PENDING) {
			this.#context.count("requests");
			for (const [sequence] of this.#pending) {
				this.#pending.delete(sequence);
				break;
			}
		}
		const { sequence, version, functionCode, sessionId, objectId, object, attributes, items, objects, isLogin, time, frame } = out;
		this.#pending.set(sequence, {
			sequence,
			version,
			functionCode,
			sessionId,
			objectId,
			object,
			attributes,
			items,
			objects,
			isLogin,
			references,
			time,
			frame,
			isDoubted: false,
		});
		this.#schedule();
	}

	/** What an answer, or its lack, has of its request. */
	#take(out: PlusObservation, asked: Pending): void {
		out.functionCode = out.functionCode < 0 || isError(out.functionCode) ? asked.functionCode : out.functionCode;
		out.sessionId = asked.sessionId;
		out.objectId = asked.objectId;
		out.object = asked.object;
		out.attributes = asked.attributes;
		out.items = asked.items;
		out.objects = asked.objects;
		out.isLogin = asked.isLogin;
		out.requestFrame = asked.frame;
		out.latency = out.time - asked.time;
	}

	#schedule(): void {
		let earliest = this.#connect?.time ?? Number.POSITIVE_INFINITY;
		for (const one of this.#pending.values()) {
			if (one.time < earliest) earliest = one.time;
			break;
		}
		this.deadline = earliest + TIMEOUT;
	}
}

const isError = (code: number): boolean => code === FUNCTION.error || code === FUNCTION.error2;

/** A selector as text, where all of it can be seen, else as hex. */
function selector(bytes: Uint8Array, [from, to]: readonly [number, number]): string {
	let text = "";
	let hex = "";
	for (let at = from; at < to && at < from + MAX_SELECTOR; at++) {
		const octet = u8(bytes, at);
		hex += octet.toString(16).padStart(2, "0");
		text += octet > 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "\0";
	}
	return text.length > 2 && !text.includes("\0") ? text : hex;
}
