/**
 * TLS on any port: what its handshake says in the clear (RFC 8446; RFC 5246 for 1.2 and before). What follows is stepped over, record by record, without being kept.
 * A handshake message may lie over several records, and a record may hold several: the bytes from the first of these records on are kept by whoever calls, until a
 * message ends with a record.
 */
import type { DecoderContext, Probe, Stream, StreamDecoder } from "../../src/decode/protocol.ts";
import { PROBE, REJECT } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import * as tls from "../../src/wire/tls.ts";
import type { TlsObservation } from "./observation.ts";
import { MAX_MESSAGE, PORTS } from "./wire.ts";

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
	if (!tls.recordFits(bytes, start, end)) return PROBE.mismatch;
	const there = end - start;
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
	hello: undefined,
	chosen: undefined,
	certificate: undefined,
	isFromServer: false,
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

class TlsStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<TlsObservation>;
	readonly #sides: readonly [Side, Side] = [new Side(), new Side()];

	constructor(context: DecoderContext<TlsObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
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
				return at === start ? REJECT : at - start;
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
				continue;
			}
			if (to > end) break;
			if (mayBegin && !isClientHello(bytes, from, to)) {
				used = to;
				continue;
			}
			if (!isHandshake) {
				if (type === tls.CONTENT.changeCipherSpec) side.isProtected = true;
				side.restart();
				used = to;
				continue;
			}
			if (!this.#walk(side, bytes, from, to)) {
				this.#context.count("handshake-too-long");
				side.restart();
				side.isProtected = true;
				used = to;
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
	}

	expire(): void {}

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
			// What the monitor saw of the server before belongs to another connection.
			for (const side of this.#sides) side.isProtected = false;
			if (hello !== undefined) this.#say("client-hello", direction, { hello });
		} else if (type === tls.HANDSHAKE.serverHello && direction === TO_CLIENT) {
			const chosen = tls.readServerHello(gathered, start, end);
			if (chosen !== undefined) this.#say("server-hello", direction, { chosen });
		} else if (type === tls.HANDSHAKE.certificate) {
			const [own] = tls.certificatesOf(gathered, start, end, 1);
			const certificate = own && this.#context.certificate(gathered.slice(own.start, own.end));
			if (certificate !== undefined) this.#say("certificate", direction, { certificate });
		}
	}

	#say(
		kind: TlsObservation["kind"],
		direction: Direction,
		{ hello, chosen, certificate }: Partial<Pick<TlsObservation, "hello" | "chosen" | "certificate">>,
	): void {
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.hello = hello;
		out.chosen = chosen;
		out.certificate = certificate;
		out.isFromServer = direction === TO_CLIENT;
		this.#context.emit(out);
	}
}

/** True where a record holds exactly a ClientHello. */
const isClientHello = (bytes: Uint8Array, from: number, to: number): boolean =>
	to - from > tls.HANDSHAKE_HEADER &&
	bytes[from] === tls.HANDSHAKE.clientHello &&
	tls.handshakeLength(bytes, from) === to - from - tls.HANDSHAKE_HEADER;
