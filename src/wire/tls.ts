/**
 * TLS on the wire: records and the handshake messages that are in the clear (RFC 5246 for TLS 1.2, RFC 8446 for TLS 1.3). Offsets and reading only, no state.
 * Whoever puts a handshake message together from its records bounds it.
 */
import { u8, u16 } from "./bytes.ts";
import { ja4Of } from "./ja4.ts";
import { hexOf, visible } from "./text.ts";

/** Content type, version, length (RFC 8446, 5.1). */
export const RECORD_HEADER = 5;
/** A record's contents: 2^14 bytes, and what TLS 1.2's protection may add (RFC 5246, 6.2.3). */
const MAX_FRAGMENT = 16_384 + 2048;
export const MAX_RECORD = RECORD_HEADER + MAX_FRAGMENT;

export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23, heartbeat: 24 } as const;

export const HANDSHAKE = { clientHello: 1, serverHello: 2, certificate: 11, certificateRequest: 13 } as const;
/** Alert levels (RFC 8446, 6): two bytes are an alert in the clear, level and description. */
export const ALERT = { warning: 1, fatal: 2, length: 2 } as const;
/** Type and 24 bit length (RFC 8446, 4). */
export const HANDSHAKE_HEADER = 4;

export const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;
/** Drafts of TLS 1.3 have 0x7f and their number. Before draft 22 a ServerHello says its version in front, and has neither session nor compression. */
const LAST_SHORT_DRAFT = 0x7f15;

const u24 = (bytes: Uint8Array, at: number): number => (u8(bytes, at) << 16) | u16(bytes, at + 1);

/** Length of a record's contents. */
export const recordLength = (bytes: Uint8Array, at: number): number => u16(bytes, at + 3);
export const handshakeLength = (bytes: Uint8Array, at: number): number => u24(bytes, at + 1);

/** False where the bytes that are there cannot begin a record; one is enough to ask. */
export function recordFits(bytes: Uint8Array, at: number, end: number): boolean {
	const there = end - at;
	const type = u8(bytes, at);
	if (there < 1 || type < CONTENT.changeCipherSpec || type > CONTENT.heartbeat) return false;
	if (there > 1 && bytes[at + 1] !== 3) return false;
	if (there > 2 && u8(bytes, at + 2) > 4) return false;
	if (there < RECORD_HEADER) return true;
	const length = recordLength(bytes, at);
	return length <= MAX_FRAGMENT && (length > 0 || type === CONTENT.applicationData);
}

/** Entries of a list, and characters of a name (a DNS name has at most 253), that are read; whatever a hostile hello holds, a line stays short. */
const MAX_LISTED = 128;
const MAX_NAME = 255;
/** Entries of a list that a fingerprint is made of; a hello with more has none. */
const MAX_FINGERPRINTED = 1024;

/** What a client offers (RFC 8446, 4.1.2). Text is from the wire. */
export interface ClientHello {
	/** The highest version that it offers. */
	version: number;
	cipherSuites: number[];
	serverName: string | undefined;
	/** Application-Layer Protocol Negotiation (RFC 7301). */
	protocols: string[];
	/** Session that it wants to take up again, in hex; empty for none. TLS 1.3 fills it for the sake of middleboxes. */
	sessionId: string;
	/** It shows a ticket of an earlier session (RFC 5077). */
	hasTicket: boolean;
	/** Its lists and extensions end where it ends. */
	isExact: boolean;
	/** Fingerprint of what it offers (`ja4.ts`); undefined where that is more than any client offers. */
	ja4: string | undefined;
}

/** What a server chose (RFC 8446, 4.1.3). */
export interface ServerHello {
	version: number;
	cipherSuite: number;
	sessionId: string;
	/** The protocol that it chose (ALPN). TLS 1.3 encrypts it. */
	protocol: string | undefined;
	/** A session is taken up again by the key that it left (TLS 1.3: pre_shared_key). */
	isPreShared: boolean;
	/** It asks for another ClientHello (RFC 8446, 4.1.4). */
	isRetry: boolean;
	isExact: boolean;
}

const EXTENSION = {
	serverName: 0,
	signatureAlgorithms: 13,
	protocols: 16,
	sessionTicket: 35,
	preSharedKey: 41,
	supportedVersions: 43,
} as const;
/** The random of a ServerHello that asks for another ClientHello: its first bytes are enough (RFC 8446, 4.1.3). */
const RETRY = [0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91];

/** Values without meaning that clients mix in so that servers bear unknown ones (RFC 8701). */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 255);

/** Where the session stands, behind version and random; it has at most 32 bytes. */
const SESSION = 34;
const MAX_SESSION = 32;

const sessionAt = (bytes: Uint8Array, at: number, end: number): string =>
	hexOf(bytes, at + 1, Math.min(end, at + 1 + Math.min(MAX_SESSION, u8(bytes, at))));

/** Calls `take` for each extension of the list at `at`; false where list and extensions do not end at `end`. */
function eachExtension(bytes: Uint8Array, at: number, end: number, take: (type: number, start: number, end: number) => void): boolean {
	// A hello without extensions has no list either.
	if (at === end) return true;
	if (at + 2 > end) return false;
	const last = Math.min(end, at + 2 + u16(bytes, at));
	let next = at + 2;
	while (next + 4 <= last) {
		const to = next + 4 + u16(bytes, next + 2);
		if (to > last) return false;
		take(u16(bytes, next), next + 4, to);
		next = to;
	}
	return next === end && at + 2 + u16(bytes, at) === end;
}

function text(bytes: Uint8Array, start: number, end: number): string {
	let out = "";
	for (let at = start; at < end; at++) out += String.fromCharCode(bytes[at]!);
	return visible(out);
}

/** The body of a ClientHello (behind its handshake header), or undefined where it is none. */
export function readClientHello(bytes: Uint8Array, start: number, end: number): ClientHello | undefined {
	// Version, random, session id.
	let at = start + SESSION;
	if (at >= end) return undefined;
	const sessionId = sessionAt(bytes, at, end);
	at += 1 + u8(bytes, at);
	if (at + 2 > end) return undefined;
	const hello: ClientHello = {
		version: u16(bytes, start),
		cipherSuites: [],
		serverName: undefined,
		protocols: [],
		sessionId,
		hasTicket: false,
		isExact: false,
		ja4: undefined,
	};
	const suites = at + 2 + u16(bytes, at);
	if (suites >= end) return undefined;
	const cipherSuites: number[] = [];
	for (at += 2; at + 2 <= suites; at += 2) pushNamed(cipherSuites, u16(bytes, at));
	hello.cipherSuites = cipherSuites.slice(0, MAX_LISTED);
	const extensions: number[] = [];
	const signatureAlgorithms: number[] = [];
	let firstProtocol: Uint8Array | undefined;
	let offered = 0;
	// Compression methods.
	at = suites + 1 + u8(bytes, suites);
	hello.isExact = eachExtension(bytes, at, end, (type, from, to) => {
		pushNamed(extensions, type);
		if (type === EXTENSION.serverName && to - from >= 5 && bytes[from + 2] === 0) {
			// A list with one name of type host_name (RFC 6066, 3).
			hello.serverName = text(bytes, from + 5, Math.min(to, from + 5 + Math.min(MAX_NAME, u16(bytes, from + 3))));
		} else if (type === EXTENSION.supportedVersions) {
			for (let one = from + 1; one + 2 <= to; one += 2) if (!isGrease(u16(bytes, one))) offered = Math.max(offered, u16(bytes, one));
		} else if (type === EXTENSION.protocols) {
			for (let one = from + 2; one < to && hello.protocols.length < MAX_LISTED; one += 1 + u8(bytes, one)) {
				const last = Math.min(to, one + 1 + u8(bytes, one));
				if (hello.protocols.push(text(bytes, one + 1, last)) === 1) firstProtocol = bytes.slice(one + 1, last);
			}
		} else if (type === EXTENSION.signatureAlgorithms) {
			for (let one = from + 2; one + 2 <= to; one += 2) pushNamed(signatureAlgorithms, u16(bytes, one));
		} else if (type === EXTENSION.sessionTicket) hello.hasTicket = to > from;
	});
	hello.version = Math.max(hello.version, offered);
	// Where versions are listed, the one in front of the message is only for old servers.
	const version = offered > 0 ? offered : u16(bytes, start);
	if (Math.max(cipherSuites.length, extensions.length, signatureAlgorithms.length) <= MAX_FINGERPRINTED)
		hello.ja4 = ja4Of({ version, cipherSuites, extensions, signatureAlgorithms, firstProtocol });
	return hello;
}

/** Adds a value that means something; of a list that is too long one more than can be used. */
function pushNamed(list: number[], value: number): void {
	if (list.length <= MAX_FINGERPRINTED && !isGrease(value)) list.push(value);
}

/** The body of a ServerHello, or undefined where it is none. */
export function readServerHello(bytes: Uint8Array, start: number, end: number): ServerHello | undefined {
	let at = start + SESSION;
	if (at >= end) return undefined;
	const version = u16(bytes, start);
	const isShort = version >= TLS_1_3 && version <= LAST_SHORT_DRAFT;
	const sessionId = isShort ? "" : sessionAt(bytes, at, end);
	if (!isShort) at += 1 + u8(bytes, at);
	// The cipher suite, and the compression method.
	const extensions = at + (isShort ? 2 : 3);
	if (extensions > end) return undefined;
	const hello: ServerHello = {
		version,
		cipherSuite: u16(bytes, at),
		sessionId,
		protocol: undefined,
		isPreShared: false,
		isRetry: RETRY.every((byte, place) => bytes[start + 2 + place] === byte),
		isExact: false,
	};
	hello.isExact = eachExtension(bytes, extensions, end, (type, from, to) => {
		if (type === EXTENSION.supportedVersions && to - from === 2) hello.version = u16(bytes, from);
		else if (type === EXTENSION.preSharedKey) hello.isPreShared = true;
		else if (type === EXTENSION.protocols && to - from > 3)
			hello.protocol = text(bytes, from + 3, Math.min(to, from + 3 + u8(bytes, from + 2)));
	});
	return hello;
}

/** Length of a Certificate message of TLS 1.2 and before that holds none, as a client without one sends it (RFC 5246, 7.4.6). */
export const EMPTY_CERTIFICATES = 3;

/** Where the certificates of a Certificate message of TLS 1.2 stand (RFC 5246, 7.4.2), the sender's own first; at most `most` of them. */
export function certificatesOf(bytes: Uint8Array, start: number, end: number, most: number): { start: number; end: number }[] {
	const found: { start: number; end: number }[] = [];
	const last = Math.min(end, start + 3 + u24(bytes, start));
	for (let at = start + 3; at + 3 <= last && found.length < most; ) {
		const to = at + 3 + u24(bytes, at);
		if (to > last) break;
		found.push({ start: at + 3, end: to });
		at = to;
	}
	return found;
}
