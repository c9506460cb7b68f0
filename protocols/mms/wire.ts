/**
 * From a message of ISO transport to an MMS PDU: session (ISO 8327-1 = X.225, 8), presentation (ISO 8823-1 = X.226, 8), ACSE (ISO 8650-1 = X.227, 9). IEC 61850-8-1, 5.2 says
 * which of their options are used. The probe looks no further than the first PDU.
 */
import { PROBE, type Probe } from "../../src/decode/protocol.ts";
import { application, BerReader, context, EXTERNAL, INTEGER, SEQUENCE_OF, SET_OF } from "../../src/wire/ber.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { codeOf, contentsOf, isLast, MAX_STEPS, MORE, NONE, packetAt, senderIn, TPDU } from "../../src/wire/tpkt.ts";
import { isServersService, PDU, pduName } from "./codes.ts";

/** X.225, 8.3: session identifiers. */
export const SPDU = {
	data: 1,
	notFinished: 8,
	finish: 9,
	disconnect: 10,
	refuse: 12,
	connect: 13,
	accept: 14,
	abort: 25,
	abortAccept: 26,
} as const;
const SPDUS = new Set<number>(Object.values(SPDU));
/** User data, and extended user data (X.225, table 12). */
const USER_DATA = 193;
const EXTENDED_USER_DATA = 194;
/** Give tokens and data transfer, both without parameters. */
const DATA_PREFIX = [1, 0, 1, 0] as const;

export const ACSE = {
	request: application(0),
	response: application(1),
	release: application(2),
	released: application(3),
	abort: application(4),
};

/** Whether contents of a data TPDU may begin a message; too few bytes may. */
export function begins(bytes: Uint8Array, start: number, end: number): boolean {
	if (end <= start) return true;
	if (u8(bytes, start) === SPDU.data) return startsWith(bytes, start, end, DATA_PREFIX);
	return SPDUS.has(u8(bytes, start)) || isBareHead(bytes, start);
}

/** Some devices and tools leave the layers between transport and MMS out: the PDU is the whole message. */
const isBareHead = (bytes: Uint8Array, start: number): boolean => u8(bytes, start) >= 0xa0 && u8(bytes, start) <= 0xad;

/** Such a PDU, which must fill the message; undefined where it does not. */
export function barePdu(bytes: Uint8Array, start: number, end: number): BerReader | undefined {
	if (start >= end || !isBareHead(bytes, start)) return undefined;
	const reader = new BerReader(bytes, start, end);
	return reader.next() && isPdu(reader.tag) && reader.end === end ? reader : undefined;
}

/** As many of these octets as are there. */
function startsWith(bytes: Uint8Array, start: number, end: number, octets: readonly number[]): boolean {
	for (let index = 0; index < octets.length && start + index < end; index++) if (bytes[start + index] !== octets[index]) return false;
	return true;
}

/** What a session message carries. One object is reused. */
export interface SessionData {
	spdu: number;
	start: number;
	end: number;
}

/** Reads one session message; false where it is none. */
export function sessionOf(bytes: Uint8Array, start: number, end: number, out: SessionData): boolean {
	if (end - start < 2) return false;
	out.spdu = u8(bytes, start);
	out.start = out.end = end;
	if (out.spdu === SPDU.data) {
		if (end - start < DATA_PREFIX.length || !startsWith(bytes, start, end, DATA_PREFIX)) return false;
		out.start = start + DATA_PREFIX.length;
		return true;
	}
	if (!SPDUS.has(out.spdu)) return false;
	let at = start + 1;
	const length = lengthAt(bytes, at, end);
	at = afterLength(bytes, at);
	if (length < 0 || at + length > end) return false;
	for (const stop = at + length; at < stop; ) {
		const parameter = u8(bytes, at);
		const size = lengthAt(bytes, at + 1, stop);
		if (size < 0) return false;
		at = afterLength(bytes, at + 1);
		if (at + size > stop) return false;
		if (parameter === USER_DATA || parameter === EXTENDED_USER_DATA) {
			out.start = at;
			out.end = at + size;
		}
		at += size;
	}
	return true;
}

/** X.225, 8.2.5: one octet, or 255 and two; -1 where there are too few. */
function lengthAt(bytes: Uint8Array, at: number, end: number): number {
	if (at >= end) return -1;
	const length = u8(bytes, at);
	if (length < 255) return length;
	return at + 3 <= end ? u16(bytes, at + 1) : -1;
}
const afterLength = (bytes: Uint8Array, at: number): number => at + (bytes[at] === 255 ? 3 : 1);

/** The fully encoded user data of a presentation message: a list of values, each with its context. Undefined where there is none. */
export function presentationOf(bytes: Uint8Array, { spdu, start, end }: SessionData): BerReader | undefined {
	let reader = new BerReader(bytes, start, end);
	if (!reader.next()) return undefined;
	if (reader.tag === SET_OF && (spdu === SPDU.connect || spdu === SPDU.accept)) {
		// CP and CPA: a mode, and the parameters of the normal one.
		reader = reader.inside();
		if (!reader.find(context(2))) return undefined;
		reader = reader.inside();
		if (!reader.find(application(1))) return undefined;
	} else if (reader.tag === SEQUENCE_OF || reader.tag === context(0)) {
		// CPR, and an abort of the user (ARU).
		reader = reader.inside();
		if (!reader.next()) return undefined;
		if (reader.tag === SEQUENCE_OF || reader.tag === context(0)) reader = reader.inside();
		if (reader.tag !== application(1) && !reader.find(application(1))) return undefined;
	}
	return reader.tag === application(1) ? reader.inside() : undefined;
}

/** What stands in one PDV-list: the element of ACSE or MMS, or undefined. */
export function valueIn(list: BerReader): BerReader | undefined {
	if (list.tag !== SEQUENCE_OF) return undefined;
	const parts = list.inside();
	let hasContext = false;
	while (parts.next()) {
		if (parts.tag === INTEGER) hasContext = true;
		else if (hasContext && (parts.tag === context(0) || parts.tag === context(1))) {
			const value = parts.inside();
			return value.next() ? value : undefined;
		}
	}
	return undefined;
}

/** The MMS PDU in the user information of an association (X.227, 9: Association-data): its reader, or undefined. */
export function associationData(information: BerReader): BerReader | undefined {
	const list = information.inside();
	while (list.next()) {
		if (list.tag !== EXTERNAL) continue;
		const parts = list.inside();
		while (parts.next()) {
			if (parts.tag !== context(0) && parts.tag !== context(1)) continue;
			const value = parts.inside();
			return value.next() ? value : undefined;
		}
	}
	return undefined;
}

export const isPdu = (tag: number): boolean => tag >= context(0) && pduName(tag - context(0)) !== undefined;

/** 1.0.9506.2: what all syntaxes and contexts of MMS begin with. */
const MMS_SYNTAX = [0x28, 0xca, 0x22, 0x02] as const;
/** Of a connection of which no more is there than the head of its session message. */
const CONNECT_HEAD = 10;
/** It stands behind addresses and options of the layers below. */
const SYNTAX_WITHIN = 1024;

function namesMms(bytes: Uint8Array, start: number, end: number): boolean {
	const stop = Math.min(end, start + SYNTAX_WITHIN);
	for (let at = start; at + MMS_SYNTAX.length <= stop; at++)
		if (bytes[at] === MMS_SYNTAX[0] && startsWith(bytes, at, end, MMS_SYNTAX)) return true;
	return false;
}

/** A connection is for MMS where it names its syntax; later messages are by their PDU. `isHinted` undefined: it is known to be, and only the place of the next packet is sought. */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	let at = start;
	for (let count = 0; count < MAX_STEPS; count++) {
		const length = packetAt(bytes, at, end);
		if (length === NONE) return PROBE.mismatch;
		if (length === MORE) return PROBE.more;
		const contents = contentsOf(at);
		const stop = at + length;
		if (codeOf(bytes, at) === TPDU.data && contents < stop) {
			const isWhole = stop <= end && isLast(bytes, at);
			return probeMessage(bytes, contents, Math.min(stop, end), isWhole, stop > end, isHinted);
		}
		if (isHinted === undefined) return PROBE.match;
		at = stop;
		if (at >= end) return PROBE.more;
	}
	return PROBE.mismatch;
}

function probeMessage(
	bytes: Uint8Array,
	start: number,
	end: number,
	isWhole: boolean,
	isCut: boolean,
	isHinted: boolean | undefined,
): Probe {
	if (!begins(bytes, start, end)) return PROBE.mismatch;
	if (isHinted === undefined) return PROBE.match;
	const spdu = end > start ? u8(bytes, start) : 0;
	if (end > start && isBareHead(bytes, start)) {
		if (isCut) return PROBE.more;
		return isHinted && isWhole && barePdu(bytes, start, end) !== undefined ? PROBE.match : PROBE.mismatch;
	}
	if (spdu === SPDU.connect || spdu === SPDU.accept) {
		if (namesMms(bytes, start, end)) return PROBE.certain;
		if (!isCut || end - start >= SYNTAX_WITHIN) return PROBE.mismatch;
		// In segments of a few bytes the syntax comes too late to wait for it.
		return isHinted && end - start >= CONNECT_HEAD ? PROBE.match : PROBE.more;
	}
	if (spdu !== SPDU.data) return isCut ? PROBE.more : PROBE.mismatch;
	const tag = isWhole ? (pduOf(bytes, start, end)?.tag ?? -1) : tagOfPart(bytes, start, end);
	if (tag === UNKNOWN && isCut) return PROBE.more;
	return isPdu(tag) ? PROBE.certain : PROBE.mismatch;
}

const UNKNOWN = -2;
/** Data prefix, presentation data, list and context, each of a length of up to four octets, then a value. */
const HEADS = [[0x61], [0x30], [0x02], [0xa0, 0xa1]] as const;

/** The tag of the PDU in the beginning of a message that goes on in other packets. */
function tagOfPart(bytes: Uint8Array, start: number, end: number): number {
	let at = start + DATA_PREFIX.length;
	for (const heads of HEADS) {
		if (at + 2 > end) return UNKNOWN;
		if (!(heads as readonly number[]).includes(bytes[at]!)) return -1;
		const length = bytes[at + 1]!;
		at += 2;
		if (heads[0] === 0x02) at += length <= 4 ? length : end;
		else if (length > 0x80) at += (length & 0x7f) <= 4 ? length & 0x7f : end;
	}
	if (at >= end) return UNKNOWN;
	return bytes[at]! >= 0xa0 && bytes[at]! < 0xc0 ? context(bytes[at]! & 0x1f) : -1;
}

const SESSION: SessionData = { spdu: 0, start: 0, end: 0 };

/** The first PDU of a whole data message. */
function pduOf(bytes: Uint8Array, start: number, end: number): BerReader | undefined {
	if (!sessionOf(bytes, start, end, SESSION)) return undefined;
	const list = presentationOf(bytes, SESSION);
	return list?.next() ? valueIn(list) : undefined;
}

/** Who sent the packets that begin here, where one of them tells. */
export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	senderIn(bytes, start, end, senderOf);

function senderOf(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const spdu = end > start ? u8(bytes, start) : 0;
	if (spdu === SPDU.connect) return "client";
	if (spdu === SPDU.accept || spdu === SPDU.refuse) return "server";
	const pdu = spdu === SPDU.data ? pduOf(bytes, start, end) : barePdu(bytes, start, end);
	if (pdu === undefined || !isPdu(pdu.tag)) return undefined;
	const kind = pdu.tag - context(0);
	if (kind === PDU.initiateRequest) return "client";
	if (kind === PDU.initiateResponse || kind === PDU.initiateError) return "server";
	if (kind === PDU.unconfirmed) return "server";
	if (kind !== PDU.request && kind !== PDU.response && kind !== PDU.error) return undefined;
	if (kind === PDU.error) return "server";
	// invokeID, then the service.
	const parts = pdu.inside();
	if (!parts.next()) return undefined;
	while (parts.next()) {
		if (parts.tag < context(0)) continue;
		return isServersService(parts.tag - context(0)) === (kind === PDU.request) ? "server" : "client";
	}
	return undefined;
}
