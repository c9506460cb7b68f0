/** Bytes as text for people, as much of it as a line shows. */
import { hexOf as hex, paddedOf } from "../../src/wire/text.ts";

/** Bytes of a text that are kept. */
const MAX_TEXT = 512;
/** Bytes that are shown as hex. */
const MAX_HEX = 256;

/** Text as UTF-8. Zeros at the end fill up. */
export const textOf = (bytes: Uint8Array, start: number, end: number): string => paddedOf(bytes, start, Math.min(end, start + MAX_TEXT));

/** The end of a name that is too long, as a file is named at its end. */
export const nameOf = (bytes: Uint8Array, start: number, end: number): string => textOf(bytes, Math.max(start, end - MAX_TEXT), end);

export const hexOf = (bytes: Uint8Array, start: number, end: number): string => hex(bytes, start, Math.min(end, start + MAX_HEX));

/** Printable text as it is, else hex. */
export function textOrHex(bytes: Uint8Array, start: number, end: number): string {
	const text = textOf(bytes, start, end);
	return text.includes("\ufffd") ? hexOf(bytes, start, end) : text;
}
