/** Messages of the name service and of the datagram service: where their fields lie, and names (RFC 1002, 4.1, 4.2.1, 4.4.1; RFC 1001, 14.1). Bytes alone, no state. */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";

export const PORTS = { names: 137, datagrams: 138 } as const;

/** 4.2.1.1: header of the name service. */
export const OFFSET = { id: 0, flags: 2, questions: 4, answers: 6, authorities: 8, additionals: 10, name: 12 } as const;
export const FLAG = {
	response: 0x8000,
	authoritative: 0x0400,
	truncated: 0x0200,
	recursionAvailable: 0x0080,
	reserved: 0x0060,
	broadcast: 0x0010,
} as const;
export const opcodeOf = (flags: number): number => (flags >> 11) & 15;
export const responseCodeOf = (flags: number): number => flags & 15;

/** 4.2.1.3: a resource record behind its name: type, class, time to live, length. */
export const RECORD_LENGTH = 10;
/** 4.2.1.3: flags of a name, and of an entry of a node status (4.2.18). */
export const NAME_FLAG = { group: 0x8000, conflict: 0x0800 } as const;
export const nodeTypeOf = (flags: number): number => (flags >> 13) & 3;
/** 4.2.18: an entry of a node status is a name, its suffix and flags; behind the entries comes the unit id. */
export const STATUS_ENTRY = 18;
/** Flags and address of a name. */
export const ADDRESS_ENTRY = 6;

/** 4.4.1: header of a datagram; behind the first ten bytes what its type has. */
export const DATAGRAM_OFFSET = {
	type: 0,
	flags: 1,
	id: 2,
	ip: 4,
	port: 8,
	length: 10,
	offset: 12,
	names: 14,
	error: 10,
	name: 10,
} as const;
export const DATAGRAM_HEADER = 14;
/** 4.4.2: more fragments follow. */
export const MORE_FRAGMENTS = 1;

/** RFC 1001, 14.1: 16 bytes, each as two letters from A to P. */
const NAME_LENGTH = 16;
export const ENCODED = 2 * NAME_LENGTH;
/** RFC 1002, 4.1: a scope follows as labels of domain names; all of it has at most 255 bytes. */
const MAX_LABEL = 63;
const MAX_NAME = 255;
const POINTER = 0xc0;

/** Whether the 32 letters of a name with their length are at `at`. */
export function isNameAt(bytes: Uint8Array, at: number, end: number): boolean {
	if (at + 1 + ENCODED > end || u8(bytes, at) !== ENCODED) return false;
	for (let letter = at + 1; letter <= at + ENCODED; letter++) {
		const value = u8(bytes, letter);
		if (value < 0x41 || value > 0x50) return false;
	}
	return true;
}

/** Where what follows the name at `at` begins; -1 where no name is. A pointer (4.2.1.3) stands for the name of the question. */
export function behindName(bytes: Uint8Array, at: number, end: number): number {
	if ((u8(bytes, at) & POINTER) === POINTER) return at + 2 <= end ? at + 2 : -1;
	if (!isNameAt(bytes, at, end)) return -1;
	for (let label = at + 1 + ENCODED; label < end && label - at <= MAX_NAME; label += 1 + u8(bytes, label)) {
		const length = u8(bytes, label);
		if (length === 0) return label + 1;
		if ((length & POINTER) === POINTER) return label + 2 <= end ? label + 2 : -1;
		if (length > MAX_LABEL) return -1;
	}
	return -1;
}

const plain = new Uint8Array(NAME_LENGTH);

/** The last of the sixteen bytes that the 32 letters behind `at` stand for. */
export const suffixAt = (bytes: Uint8Array, at: number): number => byteAt(bytes, at, NAME_LENGTH - 1);
const byteAt = (bytes: Uint8Array, at: number, index: number): number =>
	((u8(bytes, at + 1 + 2 * index) - 0x41) << 4) | (u8(bytes, at + 2 + 2 * index) - 0x41);

/** The name for people that the 32 letters behind `at` stand for. */
export function nameAt(bytes: Uint8Array, at: number): string {
	for (let index = 0; index < NAME_LENGTH; index++) plain[index] = byteAt(bytes, at, index);
	return nameOf(plain, 0);
}

/** A name of 15 bytes as text, without what fills it up. */
export function nameOf(bytes: Uint8Array, at: number): string {
	let last = at + NAME_LENGTH - 1;
	while (last > at && (u8(bytes, last - 1) === 0x20 || u8(bytes, last - 1) === 0)) last--;
	// The master browsers' own name is between bytes that are none of it ([MS-BRWS] 2.1.1.5).
	const isMaster = last - at === 15 && u8(bytes, at) === 1 && u8(bytes, at + 1) === 2;
	return isMaster ? utf8Of(bytes, at + 2, last - 1) : utf8Of(bytes, at, last);
}

/** 4.3.2 of [MS-CIFS], 2.2.4.33: a transaction that writes to a mailslot, from the header of SMB on. */
const SMB = {
	signature: 0xff534d42,
	transaction: 0x25,
	command: 4,
	words: 32,
	dataCount: 55,
	dataOffset: 57,
	setupCount: 59,
	setup: 61,
} as const;
/** Three words of setup: opcode, priority, class. */
const WORDS = 17;
const WRITE_MAILSLOT = 1;
const MAX_SLOT = 64;

/** The name of the mailslot that the SMB message at `start` writes to; empty where it is none. */
export function mailslotAt(bytes: Uint8Array, start: number, end: number): string {
	const nameStart = start + SMB.words + 1 + 2 * WORDS + 2;
	if (nameStart > end || u16(bytes, start) * 0x10000 + u16(bytes, start + 2) !== SMB.signature) return "";
	if (u8(bytes, start + SMB.command) !== SMB.transaction || u8(bytes, start + SMB.words) !== WORDS) return "";
	if (u8(bytes, start + SMB.setupCount) !== 3 || u8(bytes, start + SMB.setup) !== WRITE_MAILSLOT) return "";
	const stop = bytes.subarray(0, Math.min(end, nameStart + MAX_SLOT)).indexOf(0, nameStart);
	return stop < 0 ? "" : utf8Of(bytes, nameStart, stop);
}

/** Where the data of that message lies; an empty place where it overruns. */
export function mailslotData(bytes: Uint8Array, start: number, end: number): readonly [start: number, end: number] {
	const from = start + u8(bytes, start + SMB.dataOffset) + 0x100 * u8(bytes, start + SMB.dataOffset + 1);
	const to = from + u8(bytes, start + SMB.dataCount) + 0x100 * u8(bytes, start + SMB.dataCount + 1);
	return to > end ? [end, end] : [from, to];
}
