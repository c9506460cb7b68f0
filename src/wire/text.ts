/** Bytes from the wire as text for people: hostile, so nothing in it may hide or reorder what stands beside it. Lengths are the caller's to bound. */

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const UTF16 = new TextDecoder("utf-16le", { ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));

/** Control characters, and those that hide or reorder what stands beside them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
export const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/** What cannot be seen becomes U+FFFD. */
export const visible = (text: string): string => text.replace(HIDDEN, "\ufffd");

/** Text as UTF-8; what is none, and what cannot be seen, becomes U+FFFD. */
export const utf8Of = (bytes: Uint8Array, start: number, end: number): string => visible(UTF8.decode(bytes.subarray(start, end)));

/** Text as UTF-16, little-endian, made as safe. */
export const utf16Of = (bytes: Uint8Array, start: number, end: number): string => visible(UTF16.decode(bytes.subarray(start, end)));

/** Text as UTF-8 without the zero bytes at its end, which fill up. */
export function paddedOf(bytes: Uint8Array, start: number, end: number): string {
	let last = end;
	while (last > start && bytes[last - 1] === 0) last--;
	return utf8Of(bytes, start, last);
}

/** Two lower-case digits a byte. */
export function hexOf(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at++) text += HEX[bytes[at]!];
	return text;
}
