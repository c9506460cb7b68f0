/** Bytes as text for people. */
import { u8 } from "../../src/wire/bytes.ts";

/** Characters of one text that are kept. */
export const MAX_TEXT = 512;
/** Bytes of data of no known type that a line shows. */
const MAX_HEX = 64;

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
/** Control characters, and those that hide or reorder what stands beside them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** Text as UTF-8, without zeros that fill up; what is none, and what cannot be seen, becomes U+FFFD. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	let last = Math.min(end, start + MAX_TEXT);
	while (last > start && u8(bytes, last - 1) === 0) last--;
	return DECODER.decode(bytes.subarray(start, last)).replace(HIDDEN, "\ufffd");
}

/** The first bytes in hex. */
export function hexOf(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end && at < start + MAX_HEX; at++) text += u8(bytes, at).toString(16).padStart(2, "0");
	return text;
}
