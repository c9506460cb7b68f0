/** Lines of FTP's control connection (RFC 959, 4 and 5.3; RFC 854 for the end of a line): bytes alone, no state. */
import { u8 } from "../../src/wire/bytes.ts";
import { isCommand, isOwnCommand } from "./codes.ts";

export const CR = 13;
export const LF = 10;
const SP = 32;
const HYPHEN = 0x2d;
/** Bytes of a line; RFC 959 names no bound, servers take 512 to 4096. */
export const MAX_LINE = 4096;
/** "RETR": commands have three or four letters (5.3); those of later times do too. */
const MAX_COMMAND = 4;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

/** Place of the next LF, or -1. */
export const lineFeed = (bytes: Uint8Array, start: number, end: number): number => bytes.subarray(0, end).indexOf(LF, start);

/** Where the line that ends before `feed` (an LF) ends, without its CR. */
export const lineEnd = (bytes: Uint8Array, start: number, feed: number): number =>
	feed > start && u8(bytes, feed - 1) === CR ? feed - 1 : feed;

/** How a place fits: 1, 0 (too few bytes to say) or -1. */
type Fit = 1 | 0 | -1;

/** A reply: three digits, the first from 1 to 6 (RFC 2228), the second up to 7, and a space, a hyphen or the end of the line. */
export function replyAt(bytes: Uint8Array, start: number, end: number): Fit {
	for (let at = 0; at < 3; at++) {
		if (start + at >= end) return 0;
		const byte = u8(bytes, start + at);
		if (!isDigit(byte) || (at === 0 && (byte === 0x30 || byte > 0x36)) || (at === 1 && byte > 0x37)) return -1;
	}
	if (start + 3 >= end) return 0;
	const next = u8(bytes, start + 3);
	return next === SP || next === HYPHEN || next === CR || next === LF ? 1 : -1;
}

export const codeAt = (bytes: Uint8Array, start: number): number =>
	(u8(bytes, start) - 0x30) * 100 + (u8(bytes, start + 1) - 0x30) * 10 + (u8(bytes, start + 2) - 0x30);

/** True where more lines of the reply follow (4.2). */
export const isContinued = (bytes: Uint8Array, start: number): boolean => u8(bytes, start + 3) === HYPHEN;

/** The word at `start`: letters, in capitals, at most one more than a command has. */
export function wordAt(bytes: Uint8Array, start: number, end: number): string {
	let word = "";
	for (let at = start; at < end && word.length <= MAX_COMMAND && isLetter(u8(bytes, at)); at++)
		word += String.fromCharCode(u8(bytes, at) & 0xdf);
	return word;
}

/** A command line: a word of three or four letters, a space or the end behind it. `isKnownOnly` takes only commands that are defined. */
export function commandAt(bytes: Uint8Array, start: number, end: number, isKnownOnly: boolean): Fit {
	const word = wordAt(bytes, start, end);
	const after = start + word.length;
	if (word.length > MAX_COMMAND) return -1;
	if (after >= end) return 0;
	const next = u8(bytes, after);
	if (word.length < 3 || (next !== SP && next !== CR && next !== LF)) return -1;
	return !isKnownOnly || isCommand(word) ? 1 : -1;
}

/** Whether the line that fits here is a command of FTP alone. */
export const isOwnCommandAt = (bytes: Uint8Array, start: number, end: number): boolean => isOwnCommand(wordAt(bytes, start, end));

/** The next place in bytes that are no line, at which one may begin; or -1 minus the place from which on bytes have to come again. */
export function seekLine(bytes: Uint8Array, start: number, end: number, isServer: boolean): number {
	for (let at = start; at < end; at++) {
		const byte = u8(bytes, at);
		if (isServer ? !isDigit(byte) : !isLetter(byte)) continue;
		if (at > start && (isServer ? isDigit(u8(bytes, at - 1)) : isLetter(u8(bytes, at - 1)))) continue;
		const fit = isServer ? replyAt(bytes, at, end) : commandAt(bytes, at, end, true);
		if (fit >= 0) return fit > 0 ? at : -1 - at;
	}
	return -1 - end;
}
