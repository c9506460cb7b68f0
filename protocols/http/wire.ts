/** Lines of HTTP/1.1 (RFC 9112): where a start line is, and where a head ends. Bytes alone, no state. */
import { u8 } from "../../src/wire/bytes.ts";
import { METHODS } from "./codes.ts";

export const CR = 13;
export const LF = 10;
const SP = 32;
/** "HTTP/1.1" */
const VERSION_LENGTH = 8;
/** "HTTP/1.1 200" */
const STATUS_LENGTH = 12;
/** Characters of a method that is not registered. */
const MAX_METHOD = 24;
/** Bytes of a start line (RFC 9112, 3: at least 8000 are to be supported); a longer one is none. */
export const MAX_LINE = 16_384;

const HTTP = [0x48, 0x54, 0x54, 0x50, 0x2f];
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isUpper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a;

/** RFC 9110, 5.6.2: tchar, by byte. */
const TOKEN = new Uint8Array(256);
for (const letter of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") TOKEN[letter.charCodeAt(0)] = 1;
export const isTokenByte = (byte: number): boolean => TOKEN[byte] === 1;

/** Place of the next LF, or -1. */
export function lineFeed(bytes: Uint8Array, start: number, end: number): number {
	return bytes.subarray(0, end).indexOf(LF, start);
}

export const FITS = 1;
export const MORE = 0;
const WRONG = -1;
type Fit = typeof FITS | typeof MORE | typeof WRONG;

/** HTTP-version (RFC 9112, 2.3) of major version 0 or 1. */
function versionAt(bytes: Uint8Array, start: number, end: number): Fit {
	const there = Math.min(VERSION_LENGTH, end - start);
	for (let at = 0; at < there; at++) {
		const byte = u8(bytes, start + at);
		const fits = at < 5 ? byte === HTTP[at] : at === 5 ? byte === 0x31 || byte === 0x30 : at === 6 ? byte === 0x2e : isDigit(byte);
		if (!fits) return WRONG;
	}
	return there === VERSION_LENGTH ? FITS : MORE;
}

/** The beginning of a status line (RFC 9112, 4): version, space, three digits, and the end or a space. */
export function statusAt(bytes: Uint8Array, start: number, end: number): Fit {
	const version = versionAt(bytes, start, end);
	if (version !== FITS) return version;
	const from = start + VERSION_LENGTH;
	if (end > from && u8(bytes, from) !== SP) return WRONG;
	for (let at = from + 1; at < Math.min(end, start + STATUS_LENGTH); at++) if (!isDigit(u8(bytes, at))) return WRONG;
	const after = start + STATUS_LENGTH;
	if (end <= after) return MORE;
	const next = u8(bytes, after);
	return next === SP || next === CR || next === LF ? FITS : WRONG;
}

/** Where the line that ends before `feed` (an LF) ends, without its CR. */
export const withoutReturn = (bytes: Uint8Array, start: number, feed: number): number =>
	feed > start && u8(bytes, feed - 1) === CR ? feed - 1 : feed;

/** A request line (RFC 9112, 3): method, space, target without spaces, space, version. `isAnyMethod` takes any token for a method, not only registered ones. */
export function requestAt(bytes: Uint8Array, start: number, end: number, isAnyMethod: boolean): Fit {
	let at = start;
	while (
		at < end &&
		at - start <= MAX_METHOD &&
		(isAnyMethod ? isTokenByte(u8(bytes, at)) : isUpper(u8(bytes, at)) || u8(bytes, at) === 0x2d)
	)
		at++;
	const length = at - start;
	if (length > MAX_METHOD) return WRONG;
	if (at === end) return isAnyMethod || isMethodPrefix(bytes, start, end) ? MORE : WRONG;
	if (length === 0 || u8(bytes, at) !== SP || !(isAnyMethod || METHODS.has(word(bytes, start, at)))) return WRONG;
	const feed = lineFeed(bytes, at, Math.min(end, start + MAX_LINE));
	if (feed < 0) return end - start >= MAX_LINE ? WRONG : MORE;
	const stop = withoutReturn(bytes, at, feed);
	return stop - VERSION_LENGTH - 1 > at + 1 &&
		u8(bytes, stop - VERSION_LENGTH - 1) === SP &&
		versionAt(bytes, stop - VERSION_LENGTH, stop) === FITS
		? FITS
		: WRONG;
}

function word(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at++) text += String.fromCharCode(u8(bytes, at));
	return text;
}

function isMethodPrefix(bytes: Uint8Array, start: number, end: number): boolean {
	const front = word(bytes, start, end);
	for (const method of METHODS.keys()) if (method.startsWith(front)) return true;
	return false;
}

/** Where the request line begins whose version ends at `stop`, with anything before it on its line; -1 where there is none. */
function requestBefore(bytes: Uint8Array, start: number, stop: number): number {
	const version = stop - VERSION_LENGTH;
	if (version - 1 <= start || versionAt(bytes, version, stop) !== FITS || u8(bytes, version - 1) !== SP) return -1;
	const space = bytes.subarray(start, version - 1).lastIndexOf(SP);
	if (space <= 0 || start + space === version - 2) return -1;
	let at = start + space;
	while (at > start && start + space - at <= MAX_METHOD && (isUpper(u8(bytes, at - 1)) || u8(bytes, at - 1) === 0x2d)) at--;
	// Letters of what was before may stand in front of the method.
	for (; at < start + space; at++) if (METHODS.has(word(bytes, at, start + space))) return at;
	return -1;
}

/** The next request line in bytes that are no message: its place, or -1 minus the place from which bytes have to come again. `scanned` bytes hold no LF, as known from before. */
export function seekRequest(bytes: Uint8Array, start: number, end: number, scanned: number): number {
	let line = start;
	let from = Math.min(end, start + scanned);
	for (;;) {
		const feed = lineFeed(bytes, from, end);
		if (feed < 0) break;
		const found = requestBefore(bytes, Math.max(line, feed - MAX_LINE), withoutReturn(bytes, line, feed));
		if (found >= 0) return found;
		line = from = feed + 1;
	}
	return -1 - Math.max(line, end - MAX_LINE);
}

/** The next status line. */
export function seekStatus(bytes: Uint8Array, start: number, end: number): number {
	const there = bytes.subarray(0, end);
	for (let at = there.indexOf(HTTP[0]!, start); at >= 0; at = there.indexOf(HTTP[0]!, at + 1)) {
		const fit = statusAt(bytes, at, end);
		if (fit === FITS) return at;
		if (fit === MORE) return -1 - at;
	}
	return -1 - end;
}
