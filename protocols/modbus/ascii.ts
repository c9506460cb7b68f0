/**
 * An ASCII frame (MODBUS over Serial Line V1.02, 2.5.2): a colon, unit and PDU and their LRC as two hexadecimal characters a byte, CR, LF. Characters may be up to
 * a second apart.
 */
import { u8 } from "../../src/wire/bytes.ts";

export const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;
/** Colon, unit, the longest PDU, LRC, CR, LF (2.5.2.1). */
export const MAX_ASCII = 513;
/** Colon, unit, function, LRC, CR, LF. */
const MIN_ASCII = 9;

/** Value of a hexadecimal character, or -1. Capitals are the rule; small letters are met. */
const DIGIT = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
	const digit = value.toString(16);
	DIGIT[digit.charCodeAt(0)] = value;
	DIGIT[digit.toUpperCase().charCodeAt(0)] = value;
}

export const NOT_ASCII = 0;
export const ASCII_MORE = -2;

/**
 * Length of the ASCII frame at `at`, NOT_ASCII, or ASCII_MORE where it may be one that is not whole yet. `checked` is a place up to which its characters are known to
 * be hexadecimal. Unit and PDU are put into `adu`, which has room for the longest.
 */
export function asciiAt(bytes: Uint8Array, at: number, end: number, checked: number, adu: Uint8Array): number {
	let to = Math.max(at + 1, checked);
	while (to < end && DIGIT[u8(bytes, to)]! >= 0) to++;
	if (to - at > MAX_ASCII - 2) return NOT_ASCII;
	if (to === end) return ASCII_MORE;
	if (bytes[to] !== CR) return NOT_ASCII;
	if (to + 1 === end) return ASCII_MORE;
	const length = to + 2 - at;
	if (bytes[to + 1] !== LF || length < MIN_ASCII || (length & 1) === 0) return NOT_ASCII;
	let sum = 0;
	let count = 0;
	for (let from = at + 1; from < to; from += 2) {
		const byte = (DIGIT[u8(bytes, from)]! << 4) | DIGIT[u8(bytes, from + 1)]!;
		adu[count++] = byte;
		sum += byte;
	}
	// The LRC is the two's complement of the sum of the bytes before it (2.5.2.2).
	return (sum & 255) === 0 ? length : NOT_ASCII;
}

/** Bytes of unit and PDU in a frame of this length. */
export const aduLength = (length: number): number => (length - 5) >> 1;
