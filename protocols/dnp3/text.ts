/** Bytes as text for people. Everything here is from the wire and hostile. */
import { u8 } from "../../src/wire/bytes.ts";

/** Bytes of a text that are kept. */
const MAX_TEXT = 512;
/** Bytes that are shown as hex. */
const MAX_HEX = 256;

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
/** Control characters, and those that hide or reorder what stands beside them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text as UTF-8; what is none, and what cannot be seen, becomes U+FFFD. Zeros at the end fill up. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	let last = Math.min(end, start + MAX_TEXT);
	while (last > start && bytes[last - 1] === 0) last--;
	return DECODER.decode(bytes.subarray(start, last)).replace(HIDDEN, "\ufffd");
}

/** The end of a name that is too long, as a file is named at its end. */
export const nameOf = (bytes: Uint8Array, start: number, end: number): string => textOf(bytes, Math.max(start, end - MAX_TEXT), end);

export function hexOf(bytes: Uint8Array, start: number, end: number): string {
	const last = Math.min(end, start + MAX_HEX);
	let text = "";
	for (let at = start; at < last; at++) text += u8(bytes, at).toString(16).padStart(2, "0");
	return text;
}

/** Printable text as it is, else hex. */
export function textOrHex(bytes: Uint8Array, start: number, end: number): string {
	const text = textOf(bytes, start, end);
	return text.includes("\ufffd") ? hexOf(bytes, start, end) : text;
}
