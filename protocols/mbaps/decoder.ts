/**
 * Modbus inside TLS on port 802 (MODBUS/TCP Security Protocol Specification, MB-TCP-Security v21): the handshake as far as it is in the clear, and the sizes
 * of what follows. TLS 1.2 shows both certificates, TLS 1.3 neither.
 */
import type { DecoderContext, Probe, Stream, StreamDecoder } from "../../src/decode/protocol.ts";
import { PROBE, REJECT } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { extensionOf } from "../../src/wire/der.ts";
import * as tls from "../../src/wire/tls.ts";
import { type Credential, createTraffic, type MbapsObservation, type Traffic } from "./observation.ts";
import { PORT, ROLE_OID, roleOf } from "./wire.ts";

/** Handshake bytes of one direction kept at a time; no device's certificates need more. */
const MAX_HANDSHAKE = 65_536;
/** Microseconds after which a connection's traffic is said. */
const PERIOD = 60_000_000;
/** Microseconds in which a handshake is agreed on or refused; people are not asked. */
const PATIENCE = 30_000_000;

export const mbapsTcp: StreamDecoder<MbapsObservation> = {
	ports: [PORT],
	maxMessage: tls.MAX_RECORD,
	probe,
	sender,
	open: (context) => new MbapsStream(context),
};

/** TLS looks the same whatever it carries: only the port says that it is Modbus. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (isHinted === false || !tls.recordFits(bytes, start, end)) return PROBE.mismatch;
	return end - start < tls.RECORD_HEADER ? PROBE.more : PROBE.match;
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start <= tls.RECORD_HEADER || bytes[start] !== tls.CONTENT.handshake) return undefined;
	const type = bytes[start + tls.RECORD_HEADER];
	return type === tls.HANDSHAKE.clientHello ? "client" : type === tls.HANDSHAKE.serverHello ? "server" : undefined;
}

/** One object serves all flows: it is on loan. */
const out: MbapsObservation = {
	protocol: "mbaps",
	kind: "handshake",
	time: 0,
	frame: 0,
	requestFrame: 0,
	latency: -1,
	hello: undefined,
	version: -1,
	cipherSuite: -1,
	server: undefined,
	client: undefined,
	isClientAuthenticated: undefined,
	isResumed: false,
	alert: -1,
	isFromServer: false,
	duration: 0,
	toServer: createTraffic(),
	toClient: createTraffic(),
};

/** A handshake while it is going on. */
class Handshake {
	/** When it is given up, once it has begun. */
	due = Number.POSITIVE_INFINITY;
	time = 0;
	frame = 0;
	hello: tls.ClientHello | undefined = undefined;
	chosen: tls.ServerHello | undefined = undefined;
	server: Credential | undefined = undefined;
	client: Credential | undefined = undefined;
	hasServerCertificate = false;
	isCertificateRequested = false;
	/** The client sent a certificate; one that nobody can read counts. */
	hasClientCertificate = false;
	/** Bytes of it were lost, or too many: what is missing says nothing. */
	isIncomplete = false;
	/** By direction: the keys are in use (ChangeCipherSpec), what follows is encrypted. */
	readonly isProtected: [boolean, boolean] = [false, false];
	/** By direction: handshake bytes whose message is not whole. */
	readonly bytes: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
	readonly length: [number, number] = [0, 0];
}

class MbapsStream implements Stream {
	/** When the traffic is said. */
	#periodEnd = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<MbapsObservation>;
	/** Undefined once it is over. */
	#handshake: Handshake | undefined = new Handshake();
	#since = 0;
	readonly #traffic: [Traffic, Traffic] = [createTraffic(), createTraffic()];

	constructor(context: DecoderContext<MbapsObservation>) {
		this.#context = context;
	}

	get deadline(): number {
		return Math.min(this.#periodEnd, this.#handshake?.due ?? Number.POSITIVE_INFINITY);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			if (!tls.recordFits(bytes, at, end)) return at === start ? REJECT : at - start;
			if (end - at < tls.RECORD_HEADER) break;
			const from = at + tls.RECORD_HEADER;
			const to = from + tls.recordLength(bytes, at);
			if (to > end) break;
			this.#record(bytes, u8(bytes, at), from, to, direction);
			at = to;
		}
		return at - start;
	}

	gap(_direction: Direction): void {
		if (this.#handshake === undefined) return;
		this.#handshake.isIncomplete = true;
		this.#handshake.length.fill(0);
	}

	expire(now: number): void {
		if (this.#handshake !== undefined && now >= this.#handshake.due) this.#leftOff(this.#handshake);
		if (now < this.#periodEnd) return;
		this.#periodEnd = Number.POSITIVE_INFINITY;
		const { clock } = this.#context;
		const [toServer, toClient] = this.#traffic;
		if (toServer.records + toClient.records === 0) return;
		this.#blank("traffic");
		// At the end of a connection it is not a whole period.
		out.duration = Math.min(now, clock.time) - this.#since;
		Object.assign(out.toServer, toServer);
		Object.assign(out.toClient, toClient);
		this.#context.emit(out);
		for (const one of this.#traffic) {
			one.records = 0;
			one.bytes = 0;
		}
	}

	#record(bytes: Uint8Array, type: number, from: number, to: number, direction: Direction): void {
		const handshake = this.#handshake;
		switch (type) {
			case tls.CONTENT.handshake:
				// A ClientHello in the clear begins anew: the monitor missed the end of what was before.
				if (direction === TO_SERVER && isClientHello(bytes, from, to)) this.#gather(new Handshake(), bytes, from, to, direction);
				else if (handshake !== undefined && !handshake.isProtected[direction]) this.#gather(handshake, bytes, from, to, direction);
				break;
			case tls.CONTENT.changeCipherSpec:
				if (handshake === undefined) break;
				handshake.isProtected[direction] = true;
				// TLS 1.3 sends it for the sake of middleboxes (RFC 8446, D.4): only what is encrypted proves that the keys are agreed on.
				if (handshake.chosen !== undefined && handshake.chosen.version < tls.TLS_1_3 && handshake.isProtected.every((one) => one))
					this.#agreed(handshake);
				break;
			case tls.CONTENT.alert:
				if (handshake !== undefined && to - from === 2 && !handshake.isProtected[direction])
					this.#refused(handshake, u8(bytes, from + 1), direction);
				break;
			case tls.CONTENT.applicationData:
				if (handshake !== undefined && (handshake.hello !== undefined || handshake.chosen !== undefined)) {
					// In TLS 1.3 the client's first encrypted record holds its certificate or its Finished.
					if (direction === TO_SERVER) this.#agreed(handshake);
					break;
				}
				this.#handshake = undefined;
				this.#count(this.#traffic[direction], to - from);
		}
	}

	#count(traffic: Traffic, size: number): void {
		const { time } = this.#context.clock;
		if (this.#periodEnd === Number.POSITIVE_INFINITY) {
			this.#periodEnd = time + PERIOD;
			this.#since = time;
		}
		if (traffic.records === 0 || size < traffic.smallest) traffic.smallest = size;
		if (traffic.records === 0 || size > traffic.largest) traffic.largest = size;
		traffic.records++;
		traffic.bytes += size;
	}

	/** Puts handshake messages together: they may lie over several records, and several in one. */
	#gather(handshake: Handshake, bytes: Uint8Array, from: number, to: number, direction: Direction): void {
		this.#handshake = handshake;
		const kept = handshake.length[direction];
		if (kept === 0) {
			this.#keep(handshake, bytes, this.#messages(handshake, bytes, from, to, direction), to, direction);
			return;
		}
		// Doubled as it grows, so that a message in many small records costs no more than its bytes.
		let buffer = handshake.bytes[direction]!;
		const length = kept + to - from;
		if (buffer.length < length) {
			const grown = new Uint8Array(2 * length);
			grown.set(buffer.subarray(0, kept));
			buffer = grown;
			handshake.bytes[direction] = buffer;
		}
		buffer.set(bytes.subarray(from, to), kept);
		handshake.length[direction] = length;
		const at = this.#messages(handshake, buffer, 0, length, direction);
		if (at > 0 || length > MAX_HANDSHAKE) this.#keep(handshake, buffer, at, length, direction);
	}

	/** Reads the whole messages; returns where the next one begins. */
	#messages(handshake: Handshake, bytes: Uint8Array, from: number, to: number, direction: Direction): number {
		let at = from;
		while (to - at >= tls.HANDSHAKE_HEADER) {
			const next = at + tls.HANDSHAKE_HEADER + tls.handshakeLength(bytes, at);
			if (next > to) break;
			this.#message(handshake, bytes, u8(bytes, at), at + tls.HANDSHAKE_HEADER, next, direction);
			at = next;
		}
		return at;
	}

	/** Keeps the beginning of a message. */
	#keep(handshake: Handshake, bytes: Uint8Array, from: number, to: number, direction: Direction): void {
		const isTooLong = to - from > MAX_HANDSHAKE;
		if (isTooLong) {
			this.#context.count("handshake-too-long");
			handshake.isIncomplete = true;
		}
		handshake.bytes[direction] = from === to || isTooLong ? undefined : bytes.slice(from, to);
		handshake.length[direction] = isTooLong ? 0 : to - from;
	}

	#message(handshake: Handshake, bytes: Uint8Array, type: number, start: number, end: number, direction: Direction): void {
		const { clock } = this.#context;
		switch (type) {
			case tls.HANDSHAKE.clientHello:
				if (direction !== TO_SERVER) break;
				handshake.due = clock.time + PATIENCE;
				handshake.time = clock.time;
				handshake.frame = clock.frame;
				handshake.hello = tls.readClientHello(bytes, start, end);
				break;
			case tls.HANDSHAKE.serverHello:
				if (direction === TO_CLIENT) handshake.chosen = tls.readServerHello(bytes, start, end);
				break;
			case tls.HANDSHAKE.certificateRequest:
				if (direction === TO_CLIENT) handshake.isCertificateRequested = true;
				break;
			case tls.HANDSHAKE.certificate: {
				// A side has one; more would only cost time.
				if (direction === TO_CLIENT ? handshake.hasServerCertificate : handshake.hasClientCertificate) break;
				const [own] = tls.certificatesOf(bytes, start, end, 1);
				const credential = own && this.#credential(bytes.slice(own.start, own.end));
				if (direction === TO_CLIENT) {
					handshake.hasServerCertificate = true;
					handshake.server = credential;
				} else {
					handshake.hasClientCertificate = own !== undefined;
					handshake.client = credential;
				}
			}
		}
	}

	#credential(der: Uint8Array): Credential | undefined {
		const facts = this.#context.certificate(der);
		if (facts === undefined) return undefined;
		const role = extensionOf(der, ROLE_OID);
		return { facts, role: role && roleOf(role) };
	}

	#agreed(handshake: Handshake): void {
		this.#handshake = undefined;
		this.#blank("handshake");
		this.#say(handshake);
		// TLS 1.3 encrypts certificates; without its beginning nothing can be said; a session that is taken up again has none.
		const isShown = handshake.chosen !== undefined && handshake.chosen.version < tls.TLS_1_3 && !handshake.isIncomplete;
		out.isResumed = isShown && !handshake.hasServerCertificate;
		if (isShown && !out.isResumed) out.isClientAuthenticated = handshake.isCertificateRequested && handshake.hasClientCertificate;
		this.#context.emit(out);
	}

	#refused(handshake: Handshake, alert: number, direction: Direction): void {
		this.#handshake = undefined;
		this.#blank("refused");
		this.#say(handshake);
		out.alert = alert;
		out.isFromServer = direction === TO_CLIENT;
		this.#context.emit(out);
	}

	/** The connection was closed in the middle of it without a word, as some servers do with whom they do not know; or nobody goes on. */
	#leftOff(handshake: Handshake): void {
		this.#handshake = undefined;
		// What is missing may have been lost.
		if (handshake.isIncomplete) return;
		this.#blank("unfinished");
		this.#say(handshake);
		out.latency = -1;
		this.#context.emit(out);
	}

	#say({ time, frame, hello, chosen, server, client }: Handshake): void {
		out.requestFrame = frame;
		if (frame > 0) out.latency = Math.max(0, this.#context.clock.time - time);
		out.hello = hello;
		out.version = chosen?.version ?? -1;
		out.cipherSuite = chosen?.cipherSuite ?? -1;
		out.server = server;
		out.client = client;
	}

	#blank(kind: MbapsObservation["kind"]): void {
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.requestFrame = 0;
		out.latency = -1;
		out.hello = undefined;
		out.version = -1;
		out.cipherSuite = -1;
		out.server = undefined;
		out.client = undefined;
		out.isClientAuthenticated = undefined;
		out.isResumed = false;
		out.alert = -1;
		out.isFromServer = false;
		out.duration = 0;
	}
}

/** True where a record holds exactly a ClientHello. */
const isClientHello = (bytes: Uint8Array, from: number, to: number): boolean =>
	to - from > tls.HANDSHAKE_HEADER &&
	bytes[from] === tls.HANDSHAKE.clientHello &&
	tls.handshakeLength(bytes, from) === to - from - tls.HANDSHAKE_HEADER;
