/**
 * How RDP begins ([MS-RDPBCGR] 2.2.1) in ISO transport: what stands behind the fixed part of a connection request and its confirmation, and the messages of MCS (T.125) with the settings of both
 * sides in them (T.124, 8.7). Numbers of RDP are little-endian.
 */
import { application, BerReader } from "../../src/wire/ber.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { codeOf, contentsOf, NONE, packetAt, TPDU } from "../../src/wire/tpkt.ts";

/** Behind TPKT, length indicator, code, two references and class. */
export const VARIABLE = 11;
/** 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2: type, flags, length, value. */
export const NEGOTIATION = { request: 1, response: 2, failure: 3, flags: 1, length: 2, value: 4, size: 8 } as const;

const COOKIE = "Cookie: ";
const USER = "Cookie: mstshash=";
/** Bytes of a cookie or token that are read. */
const MAX_COOKIE = 256;

/** How a text fits at `at`: 1, 0 (too few bytes to say) or -1. */
function textAt(text: string, bytes: Uint8Array, at: number, end: number): 1 | 0 | -1 {
	for (let index = 0; index < text.length; index++) {
		if (at + index >= end) return 0;
		if (bytes[at + index] !== text.charCodeAt(index)) return -1;
	}
	return 1;
}

const negotiates = (bytes: Uint8Array, at: number, end: number): boolean =>
	end - at >= NEGOTIATION.value && u16le(bytes, at + NEGOTIATION.length) === NEGOTIATION.size;

/** How a connection request of RDP fits: 2 (it says that it is one), 1 (it says nothing more), 0 (too few bytes to say) or -1. `length` is that of the packet. */
export function requestFits(bytes: Uint8Array, at: number, end: number, length: number): 2 | 1 | 0 | -1 {
	if (length === VARIABLE) return 1;
	const from = at + VARIABLE;
	const stop = Math.min(end, at + length);
	if (from >= stop) return 0;
	if (u8(bytes, from) !== NEGOTIATION.request) return textAt(COOKIE, bytes, from, stop) === 1 ? 2 : textAt(COOKIE, bytes, from, stop);
	if (stop - from < NEGOTIATION.value) return 0;
	return negotiates(bytes, from, stop) ? 2 : -1;
}

/** The same of a confirmation. */
export function confirmFits(bytes: Uint8Array, at: number, end: number, length: number): 2 | 1 | 0 | -1 {
	if (length === VARIABLE) return 1;
	if (length !== VARIABLE + NEGOTIATION.size) return -1;
	const from = at + VARIABLE;
	if (end - from < NEGOTIATION.value) return 0;
	const type = u8(bytes, from);
	return (type === NEGOTIATION.response || type === NEGOTIATION.failure) && negotiates(bytes, from, end) ? 2 : -1;
}

/** What stands at the front, as far as `packetAt` knows it: for probes. */
export const kindAt = (bytes: Uint8Array, at: number, end: number): { length: number; code: number } => {
	const length = packetAt(bytes, at, end);
	return { length, code: length > 0 ? codeOf(bytes, at) : NONE };
};

/** Where the variable part's cookie or token begins and ends (2.2.1.1), without its CR LF, and where the negotiation is, or -1. Undefined where it does not end. */
export interface Request {
	readonly text: readonly [start: number, end: number];
	/** The text is the name of a user ("mstshash"). */
	readonly isUser: boolean;
	readonly negotiation: number;
}
export function readRequest(bytes: Uint8Array, at: number, end: number): Request | undefined {
	let from = at + VARIABLE;
	let text: readonly [number, number] = [from, from];
	let isUser = false;
	if (from < end && u8(bytes, from) !== NEGOTIATION.request) {
		let stop = from;
		while (stop + 1 < end && !(bytes[stop] === 13 && bytes[stop + 1] === 10)) stop++;
		if (stop + 1 >= end) return undefined;
		isUser = textAt(USER, bytes, from, stop) === 1;
		const begin = from + (isUser ? USER.length : textAt(COOKIE, bytes, from, stop) === 1 ? COOKIE.length : 0);
		text = [begin, Math.min(stop, begin + MAX_COOKIE)];
		from = stop + 2;
	}
	return { text, isUser, negotiation: end - from >= NEGOTIATION.size && negotiates(bytes, from, end) ? from : -1 };
}

/** T.125, 7: the first bytes of messages; of all but the first two the upper six bits say which. */
const CONNECT = 0x7f;
export const MCS = {
	connectInitial: 0x65,
	connectResponse: 0x66,
	erectDomain: 0x04,
	disconnect: 0x20,
	attachUser: 0x28,
	attached: 0x2c,
	joinChannel: 0x38,
	joined: 0x3c,
	sendData: 0x64,
	sent: 0x68,
} as const;
const FROM_CLIENT: ReadonlySet<number> = new Set([MCS.erectDomain, MCS.attachUser, MCS.joinChannel, MCS.sendData]);
const FROM_SERVER: ReadonlySet<number> = new Set([MCS.attached, MCS.joined, MCS.sent]);

/** Whether contents may begin a message of MCS; too few bytes may. */
export function beginsMcs(bytes: Uint8Array, start: number, end: number): boolean {
	if (start >= end) return true;
	const first = u8(bytes, start);
	if (first === CONNECT) return start + 1 >= end || bytes[start + 1] === MCS.connectInitial || bytes[start + 1] === MCS.connectResponse;
	return FROM_CLIENT.has(first & 0xfc) || FROM_SERVER.has(first & 0xfc) || (first & 0xfc) === MCS.disconnect;
}

export function mcsSender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (start >= end) return undefined;
	const first = u8(bytes, start);
	if (first === CONNECT) {
		if (start + 1 >= end) return undefined;
		return bytes[start + 1] === MCS.connectInitial ? "client" : bytes[start + 1] === MCS.connectResponse ? "server" : undefined;
	}
	return FROM_CLIENT.has(first & 0xfc) ? "client" : FROM_SERVER.has(first & 0xfc) ? "server" : undefined;
}

/** Of data TPDUs: whether they may hold MCS. */
export const holdsMcs = (bytes: Uint8Array, at: number, end: number): boolean => beginsMcs(bytes, contentsOf(at), end);
export const isTransportData = (code: number): boolean => code === TPDU.data;

/** T.125, 7: the user data of a connection's beginning, or undefined where it does not fit. */
export function userDataOf(bytes: Uint8Array, start: number, end: number): readonly [start: number, end: number] | undefined {
	const outer = new BerReader(bytes, start, end);
	if (!outer.next()) return undefined;
	const isInitial = outer.tag === application(MCS.connectInitial);
	const inner = outer.inside();
	// Selectors and a flag, or a result and an id; then sets of parameters; the user data is the last octet string.
	let found: readonly [number, number] | undefined;
	for (let count = 0; count < (isInitial ? 7 : 4) && inner.next(); count++) found = [inner.start, inner.end];
	return inner.isBroken ? undefined : found;
}

/** T.124, 8.7: keys in front of the settings of a client and of a server, and bytes that are looked through for them. */
const KEYS = { client: "Duca", server: "McDn" } as const;
const MAX_FRONT = 64;

/** Where the settings begin and end, behind the key and their length (X.691, 10.9); undefined where they do not fit. */
export function settingsOf(
	bytes: Uint8Array,
	start: number,
	end: number,
	sender: keyof typeof KEYS,
): readonly [start: number, end: number] | undefined {
	const key = KEYS[sender];
	for (let at = start; at < Math.min(end, start + MAX_FRONT); at++) {
		if (textAt(key, bytes, at, end) !== 1) continue;
		const from = at + key.length;
		const first = u8(bytes, from);
		const isLong = first >= 0x80;
		const begin = from + (isLong ? 2 : 1);
		const stop = begin + (isLong ? ((first & 0x7f) << 8) | u8(bytes, from + 1) : first);
		return begin <= end && stop <= end ? [begin, stop] : undefined;
	}
	return undefined;
}

/** 2.2.1.3.1: type and length in front of each block. */
export const BLOCK = {
	clientCore: 0xc001,
	clientSecurity: 0xc002,
	clientNetwork: 0xc003,
	serverCore: 0x0c01,
	serverSecurity: 0x0c02,
	header: 4,
} as const;
/** Blocks that are read; there are thirteen kinds. */
const MAX_BLOCKS = 32;

/** The blocks, with where their contents are; false where one does not fit. */
export function eachBlock(bytes: Uint8Array, start: number, end: number, use: (type: number, start: number, end: number) => void): boolean {
	let at = start;
	for (let count = 0; at < end; count++) {
		if (end - at < BLOCK.header || count >= MAX_BLOCKS) return false;
		const length = u16le(bytes, at + 2);
		if (length < BLOCK.header || at + length > end) return false;
		use(u16le(bytes, at), at + BLOCK.header, at + length);
		at += length;
	}
	return true;
}

/** 2.2.1.3.2: fields of the client's core settings, behind the block's header. */
export const CORE = {
	version: 0,
	width: 4,
	height: 6,
	layout: 12,
	build: 16,
	name: 20,
	nameSize: 32,
	least: 128,
	productId: 142,
	productIdSize: 64,
} as const;
/** 2.2.1.3.4: channels, of a name and options each; a client has at most 31. */
export const CHANNEL = { size: 12, nameSize: 8, most: 31 } as const;
/** 2.2.1.4.3: method, level, lengths of random and certificate. */
export const SERVER_SECURITY = { method: 0, level: 4, least: 8, randomLength: 8, certificateLength: 12, random: 16 } as const;

/** 2.2.1.4.3.1: version of the certificate; a chain of X.509 begins with its number and the length of the first. */
export const CERTIFICATE = { proprietary: 1, chain: 2, mask: 0x7fff_ffff } as const;
const MAX_CERTIFICATES = 8;

/** The last of a chain, which is the server's own (2.2.1.4.3.1: the root comes first); undefined where none fits. */
export function ownCertificate(bytes: Uint8Array, start: number, end: number): readonly [start: number, end: number] | undefined {
	const count = Math.min(MAX_CERTIFICATES, u32le(bytes, start + 4));
	let found: readonly [number, number] | undefined;
	let at = start + 8;
	for (let index = 0; index < count; index++) {
		if (end - at < 4) return undefined;
		const stop = at + 4 + u32le(bytes, at);
		if (stop > end) return undefined;
		found = [at + 4, stop];
		at = stop;
	}
	return found;
}

/** 2.2.8.1.1.2.1: what a message of the client is for. */
const SECURITY_FLAG = { exchange: 0x0001, encrypted: 0x0008, information: 0x0040 } as const;
/** T.125, 7 (SendDataRequest): code, initiator, channel, priority; then the length of the data. */
const SEND_HEADER = 6;

export interface Sent {
	readonly isInformation: boolean;
	readonly isEncrypted: boolean;
	/** Behind the security header. */
	readonly start: number;
}
/** What a client's message is for; undefined where it is none of the two. */
export function sentOf(bytes: Uint8Array, start: number, end: number): Sent | undefined {
	const isLong = u8(bytes, start + SEND_HEADER) >= 0x80;
	const at = start + SEND_HEADER + (isLong ? 2 : 1);
	if (at + 4 > end) return undefined;
	const flags = u16le(bytes, at);
	if ((flags & (SECURITY_FLAG.exchange | SECURITY_FLAG.information)) === 0) return undefined;
	return {
		isInformation: (flags & SECURITY_FLAG.information) !== 0,
		isEncrypted: (flags & SECURITY_FLAG.encrypted) !== 0,
		start: at + 4,
	};
}

/** 2.2.1.11.1.1: code page, flags, lengths without their ends, then the texts with them. */
export const INFORMATION = { flags: 4, isUnicode: 0x10, domain: 8, user: 10, password: 12, texts: 18 } as const;
