/**
 * The fixed header of an MQTT control packet (2.2 of 3.1.1, 2.1 of 5.0): type and flags in one byte, then how many bytes follow, seven bits a byte, in at most four bytes.
 * Numbers are big-endian; a text is two bytes of length and UTF-8.
 */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { LEVEL, PACKET } from "./codes.ts";

/** Most bytes of the length (2.2.3). */
const MAX_LENGTH_BYTES = 4;

/** What is given where bytes are missing, and where there is no such length. */
export const MORE = -1;
export const WRONG = -2;

/** Offset behind the variable byte integer at `at` (1.5.5 of 5.0), or MORE or WRONG. Its value is `lengthAt`. */
export function afterLength(bytes: Uint8Array, at: number, end: number): number {
	for (let count = 0; count < MAX_LENGTH_BYTES; count++) {
		if (at + count >= end) return MORE;
		if ((bytes[at + count]! & 0x80) === 0) return at + count + 1;
	}
	return WRONG;
}

/** The value of a variable byte integer that ends before `after`. */
export function lengthAt(bytes: Uint8Array, at: number, after: number): number {
	let value = 0;
	for (let index = after - 1; index >= at; index--) value = value * 128 + (bytes[index]! & 0x7f);
	return value;
}

/** Flags of a fixed header's first byte. */
export const DUP = 8;
export const RETAIN = 1;
export const qosOf = (first: number): number => (first >> 1) & 3;

/** True where type and flags go together (table 2.2). Version 3.1 lets PUBREL, SUBSCRIBE and UNSUBSCRIBE be sent again, with DUP. */
export function isFirstByte(first: number): boolean {
	const flags = first & 15;
	switch (first >> 4) {
		case 0:
			return false;
		case PACKET.publish:
			return qosOf(first) !== 3 && (qosOf(first) > 0 || (flags & DUP) === 0);
		case PACKET.pubrel:
		case PACKET.subscribe:
		case PACKET.unsubscribe:
			return (flags & ~DUP) === 2;
		default:
			return flags === 0;
	}
}

/** An acknowledgement without properties: identifier, reason, and a length of no properties. */
const PLAIN_ACK = 4;
/** An answer to CONNECT, SUBSCRIBE or UNSUBSCRIBE longer than this is not looked for where the place of a packet is only guessed. */
const MAX_ANSWER = 512;

/** True where a packet of this type can have so many bytes. `isStrict` leaves out what is possible in version 5 and hardly ever met. */
export function isLength(first: number, length: number, isStrict: boolean): boolean {
	switch (first >> 4) {
		case PACKET.connect:
			return length >= 12;
		case PACKET.connack:
			return length >= 2 && (!isStrict || length <= MAX_ANSWER);
		case PACKET.publish:
			return length >= 3;
		case PACKET.puback:
		case PACKET.pubrec:
		case PACKET.pubrel:
		case PACKET.pubcomp:
			return length >= 2 && (!isStrict || length <= PLAIN_ACK);
		case PACKET.subscribe:
			return length >= 6;
		case PACKET.suback:
			return length >= 3 && (!isStrict || length <= MAX_ANSWER);
		case PACKET.unsubscribe:
			return length >= 5;
		case PACKET.unsuback:
			return length >= 2 && (!isStrict || length <= MAX_ANSWER);
		case PACKET.pingreq:
		case PACKET.pingresp:
			return length === 0;
		case PACKET.disconnect:
			return !isStrict || length <= 2;
		default:
			return !isStrict || length >= 2;
	}
}

/** CONNECT (3.1.2): the protocol name and its level. */
const NAMES: readonly { readonly bytes: readonly number[]; readonly levels: readonly number[] }[] = [
	{ bytes: [0, 4, 0x4d, 0x51, 0x54, 0x54], levels: [LEVEL.v311, LEVEL.v5] },
	{ bytes: [0, 6, 0x4d, 0x51, 0x49, 0x73, 0x64, 0x70], levels: [LEVEL.v31] },
];
/** Bridges of Mosquitto set the top bit of the level. */
export const BRIDGE = 0x80;

/** Offset behind name and level; MORE where the bytes so far fit, WRONG where they do not. */
export function afterProtocol(bytes: Uint8Array, start: number, end: number): number {
	for (const { bytes: name, levels } of NAMES) {
		let at = 0;
		while (at < name.length && start + at < end && bytes[start + at] === name[at]) at++;
		if (start + at >= end) return MORE;
		if (at === name.length) return levels.includes(u8(bytes, start + at) & ~BRIDGE) ? start + at + 1 : WRONG;
	}
	return WRONG;
}

/** True where the bytes of a topic name, as far as they are here, could be one: no wildcard, no control character (4.7.1, 1.5.4). */
export function isTopic(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < 0x20 || byte === 0x23 || byte === 0x2b || byte === 0x7f || byte >= 0xf8) return false;
	}
	return true;
}

/** The same of a topic filter, which may have wildcards (4.7.1). */
export function isFilterText(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) {
		const byte = bytes[at]!;
		if (byte < 0x20 || byte === 0x7f || byte >= 0xf8) return false;
	}
	return true;
}

/** Length of the text at `at`; the caller has checked for two bytes. */
export const textLength = (bytes: Uint8Array, at: number): number => u16(bytes, at);
