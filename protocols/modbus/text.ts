/** Bytes as text for people. */
import { hexOf } from "../../src/wire/text.ts";

/** One character a byte, without the zeros that some devices pad with. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
	let last = end;
	while (last > start && bytes[last - 1] === 0) last--;
	let text = "";
	for (let at = start; at < last; at++) text += String.fromCharCode(bytes[at]!);
	return text;
}

export function textOrHex(bytes: Uint8Array, start: number, end: number): string {
	const text = textOf(bytes, start, end);
	return /^[\x20-\x7e]+$/.test(text) ? text : hexOf(bytes, start, end);
}
