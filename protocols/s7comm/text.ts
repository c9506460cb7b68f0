/** Text from the wire, bounded and without what cannot be seen. */
const DECODER = new TextDecoder("latin1");
/** Control characters, and the soft hyphen, which hides. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad]/g;
const MAX_TEXT = 256;

/** One character a byte, up to the first zero and without blanks at the end. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	const last = Math.min(end, start + MAX_TEXT);
	const zero = bytes.subarray(0, last).indexOf(0, start);
	return DECODER.decode(bytes.subarray(start, zero < 0 ? last : zero))
		.replace(HIDDEN, "\ufffd")
		.trimEnd();
}
