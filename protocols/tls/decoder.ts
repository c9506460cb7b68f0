/**
 * TLS on any port: what its handshake says in the clear (RFC 8446; RFC 5246 for 1.2 and before), and how it ended. What follows is stepped over, record by record, without being
 * kept. A client's hello of SSL 2.0 begins a connection too, of that version or of a later one (RFC 5246, E.2).
 * A handshake message may lie over several records, and a record may hold several: the bytes from the first of these records on are kept by whoever calls, until a
 * message ends with a record.
 */
import type { CertificateFacts, DecoderContext, Probe, Stream, StreamDecoder } from "../../src/decode/protocol.ts";
import { PROBE, REJECT } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import * as ssl2 from "../../src/wire/ssl2.ts";
import * as tls from "../../src/wire/tls.ts";
import { isWithoutCertificate } from "../../src/wire/tlsNames.ts";
import type { TlsObservation, Violation } from "./observation.ts";
import { heartbeatFits, MAX_MESSAGE, PORTS } from "./wire.ts";

/** Microseconds in which a handshake is agreed on or refused; people are not asked. */
const PATIENCE = 30_000_000;

export const tlsTcp: StreamDecoder<TlsObservation> = {
	ports: PORTS,
	maxMessage: MAX_MESSAGE + tls.MAX_RECORD,
	probe,
	sender,
	open: (context) => new TlsStream(context),
};

/** Offsets into a first record: handshake type, its length, the version of the hello. */
const TYPE = tls.RECORD_HEADER;
const VERSION = tls.RECORD_HEADER + tls.HANDSHAKE_HEADER;

/** A ClientHello at the front is certain; on a flow that is known to be TLS, or on its port, any record will do. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const there = end - start;
	if (!tls.recordFits(bytes, start, end)) {
		if (ssl2.isSsl2Client(bytes, start, end)) return there < ssl2.CLIENT_HELLO ? PROBE.more : PROBE.certain;
		return isHinted !== false && ssl2.isSsl2Server(bytes, start, end) ? PROBE.match : PROBE.mismatch;
	}
	const isHello = bytes[start] === tls.CONTENT.handshake;
	if (there <= TYPE) return isHello || isHinted !== false ? PROBE.more : PROBE.mismatch;
	const isClient = isHello && bytes[start + TYPE] === tls.HANDSHAKE.clientHello;
	if (isClient && there >= VERSION + 2) {
		const fits =
			tls.handshakeLength(bytes, start + TYPE) <= MAX_MESSAGE && bytes[start + VERSION] === 3 && u8(bytes, start + VERSION + 1) <= 4;
		if (fits) return PROBE.certain;
		return isHinted === false ? PROBE.mismatch : PROBE.match;
	}
	if (isHinted !== false) return PROBE.match;
	if (isClient) return PROBE.more;
	return isHello && bytes[start + TYPE] === tls.HANDSHAKE.serverHello ? PROBE.match : PROBE.mismatch;
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (ssl2.isSsl2Client(bytes, start, end)) return "client";
	if (ssl2.isSsl2Server(bytes, start, end)) return "server";
	if (end - start <= TYPE || bytes[start] !== tls.CONTENT.handshake) return undefined;
	const type = bytes[start + TYPE];
	return type === tls.HANDSHAKE.clientHello ? "client" : type === tls.HANDSHAKE.serverHello ? "server" : undefined;
}

/** One object serves all flows: it is on loan. */
const out: TlsObservation = {
	protocol: "tls",
	kind: "client-hello",
	time: 0,
	frame: 0,
	isFromServer: false,
	hello: undefined,
	chosen: undefined,
	certificate: undefined,
	alertLevel: -1,
	alert: -1,
	violation: undefined,
	requestFrame: 0,
	serverPort: 0,
	latency: -1,
	server: undefined,
	client: undefined,
	isClientAuthenticated: undefined,
	isResumed: false,
};

/** Handshake bytes without their record headers, while they are read. */
const gathered = new Uint8Array(MAX_MESSAGE);

/** One direction. */
class Side {
	/** What follows is encrypted. */
	isProtected = false;
	/** Bytes of an encrypted record that are still to come. */
	skip = 0;
	/** Of the bytes at the front: in whole records, and handshake bytes in them. */
	walked = 0;
	length = 0;
	/** Bytes of the header of a handshake message that have come, the length that they say so far, and bytes of the message that have not. */
	header = 0;
	said = 0;
	left = 0;

	restart(): void {
		this.walked = this.length = this.header = this.said = this.left = 0;
	}
}

/** A handshake while it is going on. */
class Handshake {
	time = 0;
	frame = 0;
	hello: tls.ClientHello | undefined = undefined;
	chosen: tls.ServerHello | undefined = undefined;
	server: CertificateFacts | undefined = undefined;
	client: CertificateFacts | undefined = undefined;
	/** By direction: a certificate message came, and whether it holds one. One a side is read; more would only cost time. */
	readonly isShown: [boolean, boolean] = [false, false];
	readonly hasCertificate: [boolean, boolean] = [false, false];
	isCertificateRequested = false;
	/** Bytes of it were lost, or it began before the monitor: what is missing says nothing. */
	isIncomplete = false;
}

class TlsStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<TlsObservation>;
	readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
	/** Undefined before it begins and once it is over. */
	#handshake: Handshake | undefined = undefined;
	/** The server answered by SSL 2.0: nothing behind the two hellos and the key is readable. */
	#isSsl2 = false;

	constructor(context: DecoderContext<TlsObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		if (this.#isSsl2) return this.#old(bytes, start, end, direction);
		const side = this.#sides[direction];
		/** Bytes before it are used. */
		let used = start;
		while (used < end) {
			if (side.skip > 0) {
				const taken = Math.min(side.skip, end - used);
				side.skip -= taken;
				used += taken;
				continue;
			}
			const at = used + side.walked;
			if (at < end && !tls.recordFits(bytes, at, end)) {
				side.restart();
				const size = at === used ? this.#ssl2Hello(bytes, at, end, direction) : REJECT;
				if (size === 0) break;
				if (size === REJECT) return at === start ? REJECT : at - start;
				used = at + size;
				if (this.#isSsl2) return used - start;
				continue;
			}
			if (end - at < tls.RECORD_HEADER) break;
			const from = at + tls.RECORD_HEADER;
			const to = from + tls.recordLength(bytes, at);
			const type = u8(bytes, at);
			const isHandshake = type === tls.CONTENT.handshake;
			// A hello in the clear begins anew: the monitor missed the end of what was before.
			const mayBegin = side.isProtected && isHandshake && direction === TO_SERVER;
			if (type === tls.CONTENT.applicationData || (side.isProtected && !mayBegin)) {
				side.restart();
				side.isProtected = true;
				side.skip = to - at;
				used = at;
				if (type === tls.CONTENT.applicationData) this.#carried(direction);
				continue;
			}
			if (to > end) break;
			if (mayBegin && !isClientHello(bytes, from, to)) {
				used = to;
				continue;
			}
			if (!isHandshake) {
				side.restart();
				used = to;
				this.#other(type, bytes, from, to, direction);
				continue;
			}
			if (!this.#walk(side, bytes, from, to)) {
				this.#context.count("handshake-too-long");
				side.restart();
				side.isProtected = true;
				used = to;
				if (this.#handshake !== undefined) this.#handshake.isIncomplete = true;
				continue;
			}
			side.walked = to - used;
			if (side.left > 0 || side.header > 0) continue;
			this.#read(bytes, used, to, direction);
			side.restart();
			used = to;
		}
		return used - start;
	}

	gap(direction: Direction): void {
		this.#sides[direction].restart();
		this.#sides[direction].skip = 0;
		if (this.#handshake !== undefined) this.#handshake.isIncomplete = true;
	}

	/** The connection was closed in the middle of a handshake without a word, as some servers do with whom they do not know; or nobody goes on. */
	expire(_now: number): void {
		const handshake = this.#handshake;
		this.#over();
		// What is missing may have been lost.
		if (handshake === undefined || handshake.isIncomplete) return;
		this.#end("unfinished", handshake, TO_SERVER);
		out.latency = -1;
		this.#context.emit(out);
	}

	#begin(hello: tls.ClientHello): void {
		const { clock } = this.#context;
		const before = this.#handshake;
		const handshake = new Handshake();
		handshake.time = clock.time;
		handshake.frame = clock.frame;
		// The server asked for another hello: it is the same handshake.
		if (before?.chosen?.isRetry === true) Object.assign(handshake, { time: before.time, frame: before.frame });
		handshake.hello = hello;
		this.#handshake = handshake;
		this.deadline = clock.time + PATIENCE;
		// What the monitor saw of the server before belongs to another connection.
		for (const side of this.#sides) side.isProtected = false;
	}

	#over(): void {
		this.#handshake = undefined;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	/** Bytes that are used for a hello of SSL 2.0, 0 where more are needed, or REJECT. */
	#ssl2Hello(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		const isClient = direction === TO_SERVER;
		// Only a client that began so is answered so.
		const fits = isClient
			? ssl2.isSsl2Client(bytes, at, end)
			: this.#handshake?.chosen === undefined && this.#handshake?.hello?.ja4 === undefined && ssl2.isSsl2Server(bytes, at, end);
		if (!fits) return REJECT;
		if (end - at < ssl2.HEADER) return 0;
		const size = ssl2.ssl2Length(bytes, at);
		if (size > MAX_MESSAGE) return REJECT;
		if (end - at < size) return 0;
		if (isClient) {
			const hello = ssl2.readSsl2Client(bytes, at);
			this.#begin(hello);
			this.#say("client-hello", direction);
			out.hello = hello;
			this.#context.emit(out);
			return size;
		}
		this.#isSsl2 = true;
		if (this.#handshake !== undefined) this.#handshake.chosen = ssl2.SSL_2_CHOSEN;
		this.#say("server-hello", direction);
		out.chosen = ssl2.SSL_2_CHOSEN;
		this.#context.emit(out);
		const own = ssl2.ssl2Certificate(bytes, at);
		if (own !== undefined) this.#shown(bytes.slice(own.start, own.end), direction);
		return size;
	}

	/** SSL 2.0 behind its hellos: the client gives its key, the rest is encrypted. */
	#old(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const handshake = this.#handshake;
		if (handshake === undefined || direction === TO_CLIENT) return end - start;
		if (end - start <= ssl2.HEADER) return 0;
		if (ssl2.isSsl2Key(bytes, start, end)) this.#agreed(handshake, direction);
		this.#over();
		return end - start;
	}

	/** Encrypted data flow. In TLS 1.3 the client's first, once the server has sent some, hold its certificate or its Finished. */
	#carried(direction: Direction): void {
		const handshake = this.#handshake;
		if (handshake === undefined || direction !== TO_SERVER) return;
		// What comes before the server has chosen was sent without waiting for it (RFC 8446, 2.3), or the server is not seen.
		if (handshake.chosen === undefined || (isRecent(handshake.chosen.version) && !this.#sides[TO_CLIENT].isProtected)) return;
		this.#agreed(handshake, direction);
	}

	/** A record that is no handshake, in the clear. */
	#other(type: number, bytes: Uint8Array, from: number, to: number, direction: Direction): void {
		const handshake = this.#handshake;
		if (type === tls.CONTENT.changeCipherSpec) {
			this.#sides[direction].isProtected = true;
			const chosen = handshake?.chosen;
			// TLS 1.3 sends it for the sake of middleboxes (RFC 8446, D.4): only what is encrypted proves that the keys are agreed on.
			if (chosen !== undefined && !isRecent(chosen.version) && this.#sides.every(({ isProtected }) => isProtected))
				this.#agreed(handshake!, direction);
			return;
		}
		if (type === tls.CONTENT.alert && to - from === tls.ALERT.length) this.#alert(u8(bytes, from), u8(bytes, from + 1), direction);
		// Of a connection whose beginning was not seen it may be encrypted.
		if (type === tls.CONTENT.heartbeat && handshake !== undefined && !heartbeatFits(bytes, from, to))
			this.#malformed("heartbeat-length", direction);
	}

	#alert(level: number, code: number, direction: Direction): void {
		const handshake = this.#handshake;
		this.#say("alert", direction);
		out.alertLevel = level;
		out.alert = code;
		this.#context.emit(out);
		if (handshake === undefined || level === tls.ALERT.warning) return;
		this.#over();
		this.#end("refused", handshake, direction);
		out.alertLevel = level;
		out.alert = code;
		this.#context.emit(out);
	}

	/** Steps over the handshake bytes of one record; false where a message is longer than any. */
	#walk(side: Side, bytes: Uint8Array, from: number, to: number): boolean {
		side.length += to - from;
		for (let at = from; at < to; ) {
			if (side.left > 0) {
				const taken = Math.min(side.left, to - at);
				side.left -= taken;
				at += taken;
				continue;
			}
			// The type, then 24 bits of length.
			side.said = side.header === 0 ? 0 : (side.said << 8) | u8(bytes, at);
			at++;
			if (++side.header < tls.HANDSHAKE_HEADER) continue;
			side.header = 0;
			side.left = side.said;
			if (side.said > MAX_MESSAGE) return false;
		}
		return side.length <= MAX_MESSAGE;
	}

	/** Reads the messages of whole records. */
	#read(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		let length = 0;
		for (let at = start; at < end; ) {
			const from = at + tls.RECORD_HEADER;
			at = from + tls.recordLength(bytes, at);
			gathered.set(bytes.subarray(from, at), length);
			length += at - from;
		}
		for (let at = 0; at < length; ) {
			const from = at + tls.HANDSHAKE_HEADER;
			const next = from + tls.handshakeLength(gathered, at);
			this.#message(u8(gathered, at), from, next, direction);
			at = next;
		}
	}

	#message(type: number, start: number, end: number, direction: Direction): void {
		if (type === tls.HANDSHAKE.clientHello && direction === TO_SERVER) {
			const hello = tls.readClientHello(gathered, start, end);
			if (hello === undefined) {
				this.#malformed("client-hello", direction);
				return;
			}
			this.#begin(hello);
			this.#say("client-hello", direction);
			out.hello = hello;
			this.#context.emit(out);
			if (!hello.isExact) this.#malformed("client-hello", direction);
		} else if (type === tls.HANDSHAKE.serverHello && direction === TO_CLIENT) {
			const chosen = tls.readServerHello(gathered, start, end);
			if (chosen === undefined) {
				this.#malformed("server-hello", direction);
				return;
			}
			if (this.#handshake !== undefined) this.#handshake.chosen = chosen;
			this.#say("server-hello", direction);
			out.chosen = chosen;
			this.#context.emit(out);
			if (!chosen.isExact) this.#malformed("server-hello", direction);
		} else if (type === tls.HANDSHAKE.certificate) {
			const handshake = this.#handshake;
			if (handshake?.isShown[direction] === true) return;
			const [own] = tls.certificatesOf(gathered, start, end, 1);
			if (handshake !== undefined) handshake.isShown[direction] = true;
			if (own !== undefined) this.#shown(gathered.slice(own.start, own.end), direction);
			else if (end - start !== tls.EMPTY_CERTIFICATES) this.#malformed("certificate", direction);
		} else if (type === tls.HANDSHAKE.certificateRequest && direction === TO_CLIENT && this.#handshake !== undefined) {
			this.#handshake.isCertificateRequested = true;
		}
	}

	#shown(der: Uint8Array, direction: Direction): void {
		const handshake = this.#handshake;
		const certificate = this.#context.certificate(der);
		if (handshake !== undefined) {
			handshake.hasCertificate[direction] = true;
			if (direction === TO_CLIENT) handshake.server = certificate;
			else handshake.client = certificate;
		}
		if (certificate === undefined) {
			this.#context.count("certificate-unreadable");
			return;
		}
		this.#say("certificate", direction);
		out.certificate = certificate;
		this.#context.emit(out);
	}

	#malformed(violation: Violation, direction: Direction): void {
		this.#say("malformed", direction);
		out.violation = violation;
		this.#context.emit(out);
	}

	#agreed(handshake: Handshake, direction: Direction): void {
		this.#over();
		this.#end("handshake", handshake, direction);
		const { chosen, hello } = handshake;
		if (chosen !== undefined && isRecent(chosen.version)) out.isResumed = chosen.isPreShared;
		else if (chosen !== undefined && !handshake.isIncomplete) {
			// Without a certificate where one belongs, an earlier session is taken up again, by its name or by a ticket (RFC 5246, 7.3; RFC 5077, 3.1).
			const isNamed = chosen.sessionId !== "" && chosen.sessionId === hello?.sessionId;
			out.isResumed =
				!handshake.hasCertificate[TO_CLIENT] && !isWithoutCertificate(chosen.cipherSuite) && (isNamed || hello?.hasTicket === true);
			if (handshake.hasCertificate[TO_CLIENT])
				out.isClientAuthenticated = handshake.isCertificateRequested && handshake.hasCertificate[TO_SERVER];
		}
		this.#context.emit(out);
	}

	/** What is known of a handshake that is over. */
	#end(kind: TlsObservation["kind"], { time, frame, hello, chosen, server, client }: Handshake, direction: Direction): void {
		this.#say(kind, direction);
		out.hello = hello;
		out.chosen = chosen;
		out.server = server;
		out.client = client;
		out.requestFrame = frame;
		out.serverPort = this.#context.flow.server.port ?? 0;
		out.latency = Math.max(0, out.time - time);
	}

	#say(kind: TlsObservation["kind"], direction: Direction): void {
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.hello = out.chosen = out.certificate = out.server = out.client = undefined;
		out.violation = out.isClientAuthenticated = undefined;
		out.alertLevel = out.alert = out.latency = -1;
		out.requestFrame = 0;
		out.isResumed = false;
	}
}

/** TLS 1.3 and its drafts. */
const isRecent = (version: number): boolean => version >= tls.TLS_1_3;

/** True where a record holds exactly a ClientHello. */
const isClientHello = (bytes: Uint8Array, from: number, to: number): boolean =>
	to - from > tls.HANDSHAKE_HEADER &&
	bytes[from] === tls.HANDSHAKE.clientHello &&
	tls.handshakeLength(bytes, from) === to - from - tls.HANDSHAKE_HEADER;
