/** The handshake of RFB (RFC 6143, 7.1 and 7.2; 7.3): offsets and bounds. */
import { u8, u32 } from "../../src/wire/bytes.ts";

/** "RFB 003.008\n" */
export const VERSION_LENGTH = 12;
const FRONT = [0x52, 0x46, 0x42, 0x20];

/** How a version message (7.1.1) fits at `start`: 1, 0 (too few bytes to say) or -1. */
export function versionAt(bytes: Uint8Array, start: number, end: number): 1 | 0 | -1 {
	for (let at = 0; at < Math.min(VERSION_LENGTH, end - start); at++) {
		const byte = u8(bytes, start + at);
		const fits = at < 4 ? byte === FRONT[at] : at === 7 ? byte === 0x2e : at === 11 ? byte === 10 : byte >= 0x30 && byte <= 0x39;
		if (!fits) return -1;
	}
	return end - start >= VERSION_LENGTH ? 1 : 0;
}

const digits = (bytes: Uint8Array, start: number): number =>
	(u8(bytes, start) - 0x30) * 100 + (u8(bytes, start + 1) - 0x30) * 10 + u8(bytes, start + 2) - 0x30;
export const majorAt = (bytes: Uint8Array, start: number): number => digits(bytes, start + 4);
export const minorAt = (bytes: Uint8Array, start: number): number => digits(bytes, start + 8);

/** 7.3.2: width, height, pixel format, then the length of the name. */
export const SERVER_INIT = { width: 0, height: 2, nameLength: 20, name: 24 } as const;
/** 7.2.2 */
export const CHALLENGE = 16;
/** Bytes of a reason or of a name that are waited for. */
export const MAX_TEXT = 4096;
/** A text behind its length (7.1.2, 7.1.3) at `start`: where it ends; 0 where it is not whole, -1 where it is too long. */
export function textEnd(bytes: Uint8Array, start: number, end: number): number {
	if (end - start < 4) return 0;
	const length = u32(bytes, start);
	return length > MAX_TEXT ? -1 : end - start >= 4 + length ? start + 4 + length : 0;
}

/** The next version message; or -1 minus the place from which on bytes have to come again. */
export function seekVersion(bytes: Uint8Array, start: number, end: number): number {
	const there = bytes.subarray(0, end);
	for (let at = there.indexOf(FRONT[0]!, start); at >= 0; at = there.indexOf(FRONT[0]!, at + 1)) {
		const fit = versionAt(bytes, at, end);
		if (fit >= 0) return fit > 0 ? at : -1 - at;
	}
	return -1 - end;
}
