/** SSH before its keys are in use: the version line (RFC 4253, 4.2) and packets in the clear (6): offsets and bounds. */
import { u8, u32 } from "../../src/wire/bytes.ts";

/** 4.2: a version line with its CR LF; other lines that a server may send before it. */
export const MAX_VERSION = 255;
export const MAX_LINE = 1024;
const LF = 10;
const FRONT = [0x53, 0x53, 0x48, 0x2d];

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** How "SSH-2.0-" or "SSH-1.x-" fits at `start`: 1, 0 (too few bytes to say) or -1. */
export function versionAt(bytes: Uint8Array, start: number, end: number): 1 | 0 | -1 {
	let at = start;
	for (; at < start + FRONT.length; at++) {
		if (at >= end) return 0;
		if (bytes[at] !== FRONT[at - start]) return -1;
	}
	if (at >= end) return 0;
	const major = u8(bytes, at++);
	if (major !== 0x31 && major !== 0x32) return -1;
	if (at >= end) return 0;
	if (u8(bytes, at++) !== 0x2e) return -1;
	for (let count = 0; ; count++, at++) {
		if (at >= end) return 0;
		if (count > 0 && u8(bytes, at) === 0x2d) return 1;
		if (count === 2 || !isDigit(u8(bytes, at))) return -1;
	}
}

/** Text for people, UTF-8 (4.2): no control character but those that lay it out. */
const isText = (byte: number): boolean => (byte >= 0x20 && byte < 0xf8 && byte !== 0x7f) || (byte >= 9 && byte <= 13);

/** Where the line at `start` ends, behind its LF; 0 where it is not whole, -1 where it is no line of text of at most `most` bytes. */
export function lineEnd(bytes: Uint8Array, start: number, end: number, most: number): number {
	const stop = Math.min(end, start + most);
	for (let at = start; at < stop; at++) {
		if (bytes[at] === LF) return at + 1;
		if (!isText(u8(bytes, at))) return -1;
	}
	return stop < end || end - start >= most ? -1 : 0;
}

/** Text in front of a version line; false where none follows in these bytes. */
export function hasVersionLine(bytes: Uint8Array, start: number, end: number): boolean {
	let at = start;
	while (at < end && versionAt(bytes, at, end) < 1) {
		at = lineEnd(bytes, at, end, MAX_LINE);
		if (at <= 0) return false;
	}
	return at < end;
}

/** 6.1: whole packets of at most 35000 bytes; of at least 16. */
export const MAX_PACKET = 35_000;
const LEAST = 12;
const LEAST_PADDING = 4;
const LENGTH = 4;
export const PAYLOAD = 5;
/** 6: a packet in the clear is a multiple of eight. */
const BLOCK = 8;

/** Answers of `packetAt`: too few bytes to say, and none. */
export const MORE = 0;
export const NONE = -1;

/** Size of the packet in the clear that begins at `at`, with its length. */
export function packetAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (u8(bytes, at) !== 0 || (there > 1 && u8(bytes, at + 1) !== 0)) return NONE;
	if (there < LENGTH) return MORE;
	const length = u32(bytes, at);
	if (length < LEAST || length > MAX_PACKET - LENGTH || (length + LENGTH) % BLOCK !== 0) return NONE;
	if (there < PAYLOAD) return MORE;
	const padding = u8(bytes, at + LENGTH);
	return padding < LEAST_PADDING || padding > length - 2 ? NONE : length + LENGTH;
}

/** Where the payload of a whole packet ends. */
export const payloadEnd = (bytes: Uint8Array, at: number, end: number): number => end - u8(bytes, at + LENGTH);

/** A string behind its length (RFC 4251, 5) at `at`: where it ends, or -1 where it overruns. */
export function stringEnd(bytes: Uint8Array, at: number, end: number): number {
	if (end - at < LENGTH) return -1;
	const stop = at + LENGTH + u32(bytes, at);
	return stop > end ? -1 : stop;
}

/** Bits of the positive number (RFC 4251, 5, mpint) between these places. */
export function bitsOf(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	while (at < end && bytes[at] === 0) at++;
	return at === end ? 0 : (end - at) * 8 - (Math.clz32(u8(bytes, at)) - 24);
}

/** 7.1: offsets of a key exchange initialisation, from its message number: a cookie, then ten lists of names. */
export const INIT = { lists: 17, count: 10 } as const;
