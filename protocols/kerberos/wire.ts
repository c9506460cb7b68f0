/** Messages of Kerberos (RFC 4120, 5) in DER, on TCP behind their length (7.2.2): what their front has to be. */
import { u8, u32 } from "../../src/wire/bytes.ts";
import { MESSAGE } from "./codes.ts";

/** A ticket with the groups of a user of Windows is the largest. */
export const MAX_MESSAGE = 131_072;
export const LENGTH = 4;
const LEAST = 20;

export const MORE = 0;
export const NONE = -1;

const APPLICATION = 0x60;
const TYPES: ReadonlySet<number> = new Set(Object.values(MESSAGE));
const SEQUENCE = 0x30;

/** Bytes of a length (X.690, 8.1.3) at `at` and what it says; of size 0 where too few bytes say it, -1 where it is none. One object is reused. */
const said = { size: 0, length: 0 };
function lengthAt(bytes: Uint8Array, at: number, end: number): typeof said {
	said.size = said.length = 0;
	if (at >= end) return said;
	const first = u8(bytes, at);
	const more = first < 0x80 ? 0 : first & 0x7f;
	if (first === 0x80 || more > 4) said.size = -1;
	else if (at + 1 + more <= end) {
		said.size = 1 + more;
		said.length = more === 0 ? first : 0;
		for (let index = 1; index <= more; index++) said.length = said.length * 256 + u8(bytes, at + index);
	}
	return said;
}

/** The type of the message of `length` bytes at `at`, by all of its front: tag, lengths, version and type; MORE, or NONE. */
export function typeAt(bytes: Uint8Array, at: number, end: number, length: number): number {
	if (at >= end) return MORE;
	const type = u8(bytes, at) - APPLICATION;
	if (!TYPES.has(type)) return NONE;
	let from = at + 1;
	// The whole message, then the sequence in it.
	for (let level = 0; level < 2; level++) {
		if (level === 1) {
			if (from >= end) return MORE;
			if (u8(bytes, from++) !== SEQUENCE) return NONE;
		}
		const { size, length: inside } = lengthAt(bytes, from, end);
		if (size === 0) return MORE;
		if (size < 0 || from + size + inside !== at + length) return NONE;
		from += size;
	}
	// 5.4.1, 5.4.2, 5.9.1: requests begin at tag 1, the others at 0.
	const first = 0xa0 | (type === MESSAGE.asRequest || type === MESSAGE.tgsRequest ? 1 : 0);
	const front = [first, 3, 2, 1, 5, first + 1, 3, 2, 1, type];
	for (const [index, byte] of front.entries()) {
		if (from + index >= end) return MORE;
		if (bytes[from + index] !== byte) return NONE;
	}
	return type;
}

/** Size of the message on TCP that begins at `at`, with its length; MORE, or NONE. */
export function messageAt(bytes: Uint8Array, at: number, end: number): number {
	if (end - at >= 1 && u8(bytes, at) !== 0) return NONE;
	if (end - at < LENGTH) return MORE;
	const length = u32(bytes, at);
	if (length < LEAST || length > MAX_MESSAGE - LENGTH) return NONE;
	const type = typeAt(bytes, at + LENGTH, end, length);
	return type > 0 ? LENGTH + length : type;
}
