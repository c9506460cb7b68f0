/** Text from the wire, bounded and without what cannot be seen. */
import { visible } from "../../src/wire/text.ts";

const DECODER = new TextDecoder("latin1");
const MAX_TEXT = 256;

/** One character a byte, up to the first zero and without blanks at the end. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	const last = Math.min(end, start + MAX_TEXT);
	const zero = bytes.subarray(0, last).indexOf(0, start);
	return visible(DECODER.decode(bytes.subarray(start, zero < 0 ? last : zero))).trimEnd();
}
