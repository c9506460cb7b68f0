/**
 * RDP as it begins ([MS-RDPBCGR] 1.3.1.1): the connection request with its negotiation, and, where standard RDP security is agreed on, the settings of both sides and who logs in. Behind that, and behind
 * the agreement on TLS or CredSSP, nothing is looked at.
 */
import { type DecoderContext, PROBE, type Probe, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { paddedOf, utf8Of, utf16Of } from "../../src/wire/text.ts";
import { MAX_PACKET, MORE, NONE, senderIn, TPDU, TransportReader, type TransportUser } from "../../src/wire/tpkt.ts";
import { SECURITY } from "./codes.ts";
import { type ClientSettings, newObservation, type RdpObservation, type Violation } from "./observation.ts";
import {
	BLOCK,
	beginsMcs,
	CERTIFICATE,
	CHANNEL,
	CORE,
	confirmFits,
	eachBlock,
	holdsMcs,
	INFORMATION,
	isTransportData,
	kindAt,
	MCS,
	mcsSender,
	NEGOTIATION,
	ownCertificate,
	readRequest,
	requestFits,
	SERVER_SECURITY,
	sentOf,
	settingsOf,
	userDataOf,
	VARIABLE,
} from "./wire.ts";

/** Microseconds in which a request is answered. */
const TIMEOUT = 10_000_000;
/** A record of TLS with a handshake: the answer that agreed on it was not seen. */
const TLS_HANDSHAKE = 0x16;
/** Bytes of a text of the client's information that are kept. */
const MAX_TEXT = 256;

export const rdpTcp: StreamDecoder<RdpObservation> = {
	ports: [3389],
	maxMessage: MAX_PACKET,
	probe,
	sender: (bytes, start, end) => senderIn(bytes, start, end, mcsSender),
	open: (context) => new RdpStream(context),
};

const FIT: Readonly<Record<number, Probe>> = { 2: PROBE.certain, 1: PROBE.match, 0: PROBE.more, [-1]: PROBE.mismatch };

/** A request that says that it is RDP's is certain; the rest is like that of others who use ISO transport. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const { length, code } = kindAt(bytes, start, end);
	if (length === NONE) return PROBE.mismatch;
	if (length === MORE) return PROBE.more;
	if (code === TPDU.connectionRequest) {
		const fit = requestFits(bytes, start, end, length);
		return fit === 1 && isHinted === false ? PROBE.mismatch : FIT[fit]!;
	}
	if (code === TPDU.connectionConfirm) {
		const fit = confirmFits(bytes, start, end, length);
		if (fit === 1) return isHinted === false ? PROBE.mismatch : PROBE.match;
		return fit === 2 ? PROBE.match : FIT[fit]!;
	}
	return isHinted !== false && isTransportData(code) && holdsMcs(bytes, start, Math.min(end, start + length))
		? PROBE.match
		: PROBE.mismatch;
}

class RdpStream implements Stream, TransportUser {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<RdpObservation>;
	readonly #out = newObservation();
	readonly #reader: TransportReader;
	/** Nothing more is looked at. */
	#isRest = false;
	/** By direction: bytes were lost, a connection may begin anew. */
	readonly #mayBegin: [boolean, boolean] = [false, false];
	#askedTime = 0;
	#askedFrame = 0;
	#isAsked = false;

	constructor(context: DecoderContext<RdpObservation>) {
		this.#context = context;
		this.#reader = new TransportReader(this);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		if (!this.#isRest && this.#isAsked && bytes[start] === TLS_HANDSHAKE) this.#isRest = true;
		if (this.#isRest) {
			const answer = this.#mayBegin[direction] && direction === TO_SERVER ? probe(bytes, start, end, false) : PROBE.mismatch;
			if (answer === PROBE.more) return 0;
			this.#mayBegin[direction] = false;
			if (answer !== PROBE.certain) return end - start;
			this.#isRest = false;
		}
		const used = this.#reader.data(bytes, start, end, direction);
		// What stands behind the last message that is looked at is not.
		return this.#isRest ? end - start : used;
	}

	gap(direction: Direction): void {
		this.#reader.gap(direction);
		this.#mayBegin[direction] = true;
		this.#isAsked = false;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	seek(bytes: Uint8Array, start: number, end: number): number {
		if (this.#isRest) return start;
		return seekBy(probe, bytes, start, end);
	}

	expire(_now: number): void {
		this.deadline = Number.POSITIVE_INFINITY;
		if (!this.#isAsked) return;
		this.#isAsked = false;
		const out = this.#begin("unanswered", TO_SERVER);
		out.frame = out.requestFrame = this.#askedFrame;
		this.#context.emit(out);
	}

	begins(bytes: Uint8Array, start: number, end: number): boolean {
		return beginsMcs(bytes, start, end);
	}

	broken(_what: "foreign" | "unfinished" | "long", _direction: Direction): void {
		this.#context.count("broken");
	}

	control(code: number, bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		if (this.#isRest) return;
		if (code === TPDU.connectionRequest && direction === TO_SERVER) this.#request(bytes, start, end);
		else if (code === TPDU.connectionConfirm && direction === TO_CLIENT) this.#response(bytes, start, end);
	}

	message(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		if (this.#isRest || mcsSender(bytes, start, end) !== (direction === TO_SERVER ? "client" : "server")) return;
		const first = u8(bytes, start);
		const second = u8(bytes, start + 1);
		if (first === 0x7f) this.#settings(bytes, start, end, second === MCS.connectInitial);
		else if ((first & 0xfc) === MCS.sendData) this.#sent(bytes, start, end);
	}

	#request(bytes: Uint8Array, start: number, end: number): void {
		const { clock } = this.#context;
		const request = readRequest(bytes, start, end);
		this.#isAsked = true;
		this.#askedTime = clock.time;
		this.#askedFrame = clock.frame;
		this.deadline = clock.time + TIMEOUT;
		if (request === undefined) {
			this.#malformed("cookie", TO_SERVER);
			return;
		}
		const out = this.#begin("request", TO_SERVER);
		const text = utf8Of(bytes, ...request.text);
		if (request.isUser) out.cookie = text;
		else out.routingToken = text;
		if (request.negotiation >= 0) {
			out.requestFlags = u8(bytes, request.negotiation + NEGOTIATION.flags);
			out.requestedProtocols = u32le(bytes, request.negotiation + NEGOTIATION.value);
		}
		this.#context.emit(out);
	}

	#response(bytes: Uint8Array, start: number, end: number): void {
		const at = start + VARIABLE;
		const isShort = end === at;
		if (!isShort && confirmFits(bytes, start, end, end - start) < 2) {
			this.#malformed("negotiation", TO_CLIENT);
			return;
		}
		const out = this.#begin("response", TO_CLIENT);
		const isFailure = !isShort && u8(bytes, at) === NEGOTIATION.failure;
		const value = isShort ? SECURITY.standard : u32le(bytes, at + NEGOTIATION.value);
		if (isFailure) out.failure = value;
		else out.selectedProtocol = value;
		if (this.#isAsked) {
			out.requestFrame = this.#askedFrame;
			out.latency = Math.max(0, out.time - this.#askedTime);
		}
		this.#isAsked = false;
		this.deadline = Number.POSITIVE_INFINITY;
		this.#context.emit(out);
		if (!isFailure && value !== SECURITY.standard) this.#isRest = true;
	}

	#settings(bytes: Uint8Array, start: number, end: number, isClient: boolean): void {
		const direction = isClient ? TO_SERVER : TO_CLIENT;
		const user = userDataOf(bytes, start, end);
		const settings = user && settingsOf(bytes, ...user, isClient ? "client" : "server");
		if (settings === undefined) {
			this.#malformed("settings", direction);
			return;
		}
		let core: readonly [number, number] | undefined;
		let network: readonly [number, number] | undefined;
		let security: readonly [number, number] | undefined;
		const fits = eachBlock(bytes, ...settings, (type, from, to) => {
			if (type === BLOCK.clientCore) core = [from, to];
			else if (type === BLOCK.clientNetwork) network = [from, to];
			else if (type === BLOCK.serverSecurity) security = [from, to];
		});
		if (!fits) this.#malformed("settings", direction);
		else if (isClient) this.#client(bytes, core, network);
		else this.#server(bytes, security);
	}

	#client(bytes: Uint8Array, core: readonly [number, number] | undefined, network: readonly [number, number] | undefined): void {
		if (core === undefined || core[1] - core[0] < CORE.least) {
			this.#malformed("settings", TO_SERVER);
			return;
		}
		const channels: string[] = [];
		if (network !== undefined) {
			const [at, stop] = network;
			const count = stop - at < 4 ? Number.NaN : u32le(bytes, at);
			if (!(count <= CHANNEL.most && at + 4 + count * CHANNEL.size <= stop)) {
				this.#malformed("channels", TO_SERVER);
				return;
			}
			for (let index = 0; index < count; index++) {
				const from = at + 4 + index * CHANNEL.size;
				channels.push(zeroEnded(utf8Of(bytes, from, from + CHANNEL.nameSize)));
			}
		}
		const [at, stop] = core;
		const hasProduct = stop - at >= CORE.productId + CORE.productIdSize;
		const settings: ClientSettings = {
			version: u32le(bytes, at + CORE.version),
			width: u16le(bytes, at + CORE.width),
			height: u16le(bytes, at + CORE.height),
			layout: u32le(bytes, at + CORE.layout),
			build: u32le(bytes, at + CORE.build),
			name: zeroEnded(utf16Of(bytes, at + CORE.name, at + CORE.name + CORE.nameSize)),
			productId: hasProduct ? zeroEnded(utf16Of(bytes, at + CORE.productId, at + CORE.productId + CORE.productIdSize)) : "",
			channels,
		};
		const out = this.#begin("client", TO_SERVER);
		out.client = settings;
		this.#context.emit(out);
	}

	#server(bytes: Uint8Array, security: readonly [number, number] | undefined): void {
		const out = this.#begin("server", TO_CLIENT);
		if (security !== undefined && security[1] - security[0] >= SERVER_SECURITY.least) {
			const [at, stop] = security;
			out.encryptionMethod = u32le(bytes, at + SERVER_SECURITY.method);
			out.encryptionLevel = u32le(bytes, at + SERVER_SECURITY.level);
			if (stop - at >= SERVER_SECURITY.random) {
				const from = at + SERVER_SECURITY.random + u32le(bytes, at + SERVER_SECURITY.randomLength);
				const to = from + u32le(bytes, at + SERVER_SECURITY.certificateLength);
				if (to <= stop && to - from >= 8 && (u32le(bytes, from) & CERTIFICATE.mask) === CERTIFICATE.chain) {
					const own = ownCertificate(bytes, from, to);
					if (own !== undefined) out.certificate = this.#context.certificate(bytes.slice(...own));
				}
			}
		}
		this.#context.emit(out);
	}

	/** A key that is exchanged, and then who logs in: the last that is looked at. */
	#sent(bytes: Uint8Array, start: number, end: number): void {
		const sent = sentOf(bytes, start, end);
		if (sent === undefined || !sent.isInformation) return;
		this.#isRest = true;
		const out = this.#begin("information", TO_SERVER);
		out.isEncrypted = sent.isEncrypted;
		if (sent.isEncrypted) {
			this.#context.emit(out);
			return;
		}
		const at = sent.start;
		const isUnicode = end - at >= INFORMATION.texts && (u32le(bytes, at + INFORMATION.flags) & INFORMATION.isUnicode) !== 0;
		const end0 = isUnicode ? 2 : 1;
		const sizes = [INFORMATION.domain, INFORMATION.user, INFORMATION.password].map((field) => u16le(bytes, at + field));
		const [domain, user, password] = sizes as [number, number, number];
		if (at + INFORMATION.texts + domain + user + password + 3 * end0 > end) {
			this.#malformed("information", TO_SERVER);
			return;
		}
		const text = (from: number, size: number): string =>
			isUnicode ? utf16Of(bytes, from, from + Math.min(size, MAX_TEXT)) : paddedOf(bytes, from, from + Math.min(size, MAX_TEXT));
		out.domain = text(at + INFORMATION.texts, domain);
		out.user = text(at + INFORMATION.texts + domain + end0, user);
		out.hasPassword = password > 0;
		this.#context.emit(out);
	}

	#malformed(violation: Violation, direction: Direction): void {
		const out = this.#begin("malformed", direction);
		out.violation = violation;
		this.#context.emit(out);
	}

	#begin(kind: RdpObservation["kind"], direction: Direction): RdpObservation {
		const out = this.#out;
		const { clock, flow } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = out.requestFrame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.cookie = out.routingToken = out.user = out.domain = "";
		out.requestedProtocols = out.selectedProtocol = out.failure = out.encryptionMethod = out.encryptionLevel = out.latency = -1;
		out.requestFlags = 0;
		out.client = out.certificate = out.violation = undefined;
		out.isEncrypted = out.hasPassword = false;
		out.serverPort = flow.server.port ?? 0;
		out.ends.client = flow.client.ip;
		return out;
	}
}

/** Up to the first zero, which became U+FFFD. */
const zeroEnded = (text: string): string => text.split("\ufffd", 1)[0]!;
