/**
 * RFB, the protocol of VNC (RFC 6143), versions 3.3, 3.7 and 3.8: its handshake, up to the description of the screen. Behind it, and behind security types with messages of
 * their own (Tight, VeNCrypt, Apple), nothing is looked at. Each direction knows which message it awaits; the other one's may decide which.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { RESULT, SECURITY } from "./codes.ts";
import { NONE, newObservation, type VncObservation } from "./observation.ts";
import { CHALLENGE, MAX_TEXT, majorAt, minorAt, SERVER_INIT, seekVersion, textEnd, VERSION_LENGTH, versionAt } from "./wire.ts";

/** Bytes of a text that are kept. */
const MAX_KEPT = 256;

export const vncTcp: StreamDecoder<VncObservation> = {
	ports: [5900, 5901],
	maxMessage: MAX_TEXT + SERVER_INIT.name,
	probe,
	open: (context) => new VncStream(context),
};

function probe(bytes: Uint8Array, start: number, end: number): Probe {
	const fit = versionAt(bytes, start, end);
	if (fit < 0) return PROBE.mismatch;
	return fit === 0 ? PROBE.more : isVersion(bytes, start) ? PROBE.certain : PROBE.mismatch;
}

/** 7.1.1 knows 3.3, 3.7 and 3.8; RealVNC sends 4.x and 5.x, Apple 3.889. */
const isVersion = (bytes: Uint8Array, start: number): boolean => majorAt(bytes, start) >= 3 && majorAt(bytes, start) <= 5;

/** What a direction awaits. `rest`: nothing more that is looked at. */
const AWAIT = {
	version: 0,
	/** 7.1.2 */
	types: 1,
	reason: 2,
	choice: 3,
	challenge: 4,
	response: 5,
	/** 7.1.3 */
	result: 6,
	/** 7.3.1, 7.3.2 */
	clientInit: 7,
	serverInit: 8,
	/** The other side's message decides. */
	other: 9,
	rest: 10,
} as const;
type Await = (typeof AWAIT)[keyof typeof AWAIT];

class VncStream implements Stream {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<VncObservation>;
	readonly #out = newObservation();
	readonly #awaited: [Await, Await] = [AWAIT.version, AWAIT.version];
	/** Minor version that both sides speak: that of the client, which is never above the server's. */
	#minor = 8;
	#version = "";
	#type = -1;
	#askedTime = 0;
	#askedFrame = 0;
	#hasLoggedIn = false;

	constructor(context: DecoderContext<VncObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			const awaited = this.#awaited[direction];
			if (awaited === AWAIT.rest) return end - start;
			if (awaited === AWAIT.other) break;
			const next = direction === TO_CLIENT ? this.#server(bytes, at, end, awaited) : this.#client(bytes, at, end, awaited);
			if (next < 0) return at === start ? REJECT : at - start;
			if (next === at) break;
			at = next;
		}
		return at - start;
	}

	/** Where the handshake was is not known any more: only a new one can be read. */
	gap(_direction: Direction): void {
		this.#awaited[TO_SERVER] = this.#awaited[TO_CLIENT] = AWAIT.version;
		this.#type = -1;
		this.#hasLoggedIn = false;
	}

	seek(bytes: Uint8Array, start: number, end: number): number {
		return seekVersion(bytes, start, end);
	}

	expire(_now: number): void {}

	#await(server: Await, client: Await): void {
		this.#awaited[TO_CLIENT] = server;
		this.#awaited[TO_SERVER] = client;
	}

	/** A message of the server at `at`: where it ends, `at` where it is not whole, -1 where it is none. */
	#server(bytes: Uint8Array, at: number, end: number, awaited: Await): number {
		switch (awaited) {
			case AWAIT.version:
				return this.#versionMessage(bytes, at, end, TO_CLIENT);
			case AWAIT.types:
				return this.#types(bytes, at, end);
			case AWAIT.reason: {
				const stop = textEnd(bytes, at, end);
				if (stop === 0) return at;
				if (stop < 0) return this.#malformed(TO_CLIENT);
				const out = this.#begin(this.#type >= 0 ? "result" : "refusal", TO_CLIENT);
				if (this.#type >= 0) this.#judge(out, RESULT.failed);
				out.reason = utf8Of(bytes, at + 4, Math.min(stop, at + 4 + MAX_KEPT));
				this.#context.emit(out);
				this.#await(AWAIT.rest, AWAIT.rest);
				return stop;
			}
			case AWAIT.challenge:
				if (end - at < CHALLENGE) return at;
				this.#await(AWAIT.other, AWAIT.response);
				return at + CHALLENGE;
			case AWAIT.result:
				return this.#result(bytes, at, end);
			default:
				return this.#screen(bytes, at, end);
		}
	}

	#client(bytes: Uint8Array, at: number, end: number, awaited: Await): number {
		switch (awaited) {
			case AWAIT.version:
				return this.#versionMessage(bytes, at, end, TO_SERVER);
			case AWAIT.choice:
				this.#asked();
				this.#choose(u8(bytes, at), TO_SERVER);
				return at + 1;
			case AWAIT.response:
				if (end - at < CHALLENGE) return at;
				this.#asked();
				this.#await(AWAIT.result, AWAIT.other);
				return at + CHALLENGE;
			default:
				this.#await(AWAIT.serverInit, AWAIT.rest);
				return at + 1;
		}
	}

	#versionMessage(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		const fit = versionAt(bytes, at, end);
		if (fit === 0) return at;
		if (fit < 0 || !isVersion(bytes, at)) return -1;
		const minor = majorAt(bytes, at) > 3 ? 8 : minorAt(bytes, at);
		const out = this.#begin("version", direction);
		out.version = `${majorAt(bytes, at)}.${minorAt(bytes, at)}`;
		this.#version = out.version;
		this.#context.emit(out);
		if (direction === TO_CLIENT) this.#await(AWAIT.other, AWAIT.version);
		else {
			// 7.1.1: what is none of the three counts as 3.3.
			this.#minor = minor === 7 || minor >= 8 ? minor : 3;
			this.#type = -1;
			this.#await(AWAIT.types, AWAIT.other);
		}
		return at + VERSION_LENGTH;
	}

	/** 7.1.2: a list to choose from; in version 3.3 the server decides. None: a reason follows. */
	#types(bytes: Uint8Array, at: number, end: number): number {
		const isOld = this.#minor < 7;
		const count = isOld ? 1 : u8(bytes, at);
		const stop = isOld ? at + 4 : at + 1 + count;
		if (end < stop) return at;
		const types = isOld ? [u32(bytes, at)] : [...bytes.subarray(at + 1, stop)];
		if (isOld && types[0]! > 255) return this.#malformed(TO_CLIENT);
		if (count === 0 || (isOld && types[0] === SECURITY.invalid)) {
			this.#await(AWAIT.reason, AWAIT.rest);
			return stop;
		}
		const out = this.#begin("security", TO_CLIENT);
		out.securityTypes = types;
		this.#context.emit(out);
		if (isOld) {
			this.#asked();
			this.#choose(types[0]!, TO_CLIENT);
		} else this.#await(AWAIT.other, AWAIT.choice);
		return stop;
	}

	#choose(type: number, direction: Direction): void {
		this.#type = type;
		const out = this.#begin("choice", direction);
		out.securityType = type;
		this.#context.emit(out);
		if (type === SECURITY.vnc) this.#await(AWAIT.challenge, AWAIT.other);
		else if (type !== SECURITY.none) this.#await(AWAIT.rest, AWAIT.rest);
		// 7.2.1: without security only 3.8 sends a result.
		else if (this.#minor >= 8) this.#await(AWAIT.result, AWAIT.other);
		else this.#await(AWAIT.other, AWAIT.clientInit);
	}

	#result(bytes: Uint8Array, at: number, end: number): number {
		if (end - at < 4) return at;
		const result = u32(bytes, at);
		if (result > RESULT.tooMany) return this.#malformed(TO_CLIENT);
		if (result !== RESULT.ok && this.#minor >= 8) {
			this.#await(AWAIT.reason, AWAIT.rest);
			return at + 4;
		}
		const out = this.#begin("result", TO_CLIENT);
		this.#judge(out, result);
		this.#context.emit(out);
		if (result === RESULT.ok) this.#await(AWAIT.other, AWAIT.clientInit);
		else this.#await(AWAIT.rest, AWAIT.rest);
		return at + 4;
	}

	#judge(out: VncObservation, result: number): void {
		out.result = result;
		out.requestFrame = this.#askedFrame;
		out.latency = Math.max(0, out.time - this.#askedTime);
		this.#hasLoggedIn = true;
	}

	#screen(bytes: Uint8Array, at: number, end: number): number {
		if (end - at < SERVER_INIT.name) return at;
		const stop = textEnd(bytes, at + SERVER_INIT.nameLength, end);
		if (stop === 0) return at;
		if (stop < 0) return this.#malformed(TO_CLIENT);
		const out = this.#begin("screen", TO_CLIENT);
		out.width = u16(bytes, at + SERVER_INIT.width);
		out.height = u16(bytes, at + SERVER_INIT.height);
		out.desktopName = utf8Of(bytes, at + SERVER_INIT.name, Math.min(stop, at + SERVER_INIT.name + MAX_KEPT));
		// Where no result was sent, this is it.
		if (!this.#hasLoggedIn) this.#judge(out, RESULT.ok);
		this.#context.emit(out);
		this.#await(AWAIT.rest, AWAIT.rest);
		return stop;
	}

	#asked(): void {
		this.#askedTime = this.#context.clock.time;
		this.#askedFrame = this.#context.clock.frame;
	}

	#malformed(direction: Direction): number {
		this.#context.emit(this.#begin("malformed", direction));
		this.gap(direction);
		return -1;
	}

	#begin(kind: VncObservation["kind"], direction: Direction): VncObservation {
		const out = this.#out;
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.version = this.#version;
		out.securityTypes = NONE;
		out.securityType = this.#type;
		out.result = out.width = out.height = out.latency = -1;
		out.reason = out.desktopName = "";
		out.requestFrame = clock.frame;
		return out;
	}
}
