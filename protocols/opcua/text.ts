/** Built-in types of OPC UA as text: UTF-8, node ids (OPC 10000-6, 5.3.1.10), GUIDs. What is read here has been walked: its lengths are right. */
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import { u16le, u32le } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";

const DECODER = new TextDecoder();

/** Text of `bytes[start] .. bytes[end - 1]`; what is no UTF-8 becomes U+FFFD. */
export function utf8(bytes: Uint8Array, start: number, end: number): string {
	if (end - start > 48) return DECODER.decode(bytes.subarray(start, end));
	let text = "";
	for (let at = start; at < end; at++) {
		const byte = bytes[at]!;
		if (byte >= 0x80) return DECODER.decode(bytes.subarray(start, end));
		text += String.fromCharCode(byte);
	}
	return text;
}

/** A GUID (5.2.2.6): three little-endian numbers, then eight bytes. */
export function guidText(bytes: Uint8Array, at: number): string {
	const first = u32le(bytes, at).toString(16).padStart(8, "0");
	const second = u16le(bytes, at + 4)
		.toString(16)
		.padStart(4, "0");
	const third = u16le(bytes, at + 6)
		.toString(16)
		.padStart(4, "0");
	return `${first}-${second}-${third}-${hexOf(bytes, at + 8, at + 10)}-${hexOf(bytes, at + 10, at + 16)}`;
}

/** Longest identifier text; Part 3 8.2.4 allows 4096 characters, real ones have tens. A longer one ends in its hash, so that two stay two. */
const MAX_IDENTIFIER = 512;

function identifier(bytes: Uint8Array, start: number, end: number): string {
	const stop = start + MAX_IDENTIFIER;
	return end <= stop ? utf8(bytes, start, end) : `${utf8(bytes, start, stop)}~${hash(bytes, start, end, 0).toString(16)}`;
}

/** FNV-1a of bytes, seeded with a small number; unsigned. */
export function hash(bytes: Uint8Array, start: number, end: number, seed: number): number {
	let value = 0x811c9dc5 ^ seed;
	for (let at = start; at < end; at++) value = Math.imul(value ^ bytes[at]!, 0x01000193);
	return value >>> 0;
}

/** Base64, as the text of a node id has its bytes (5.3.1.10). */
function base64(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
	return btoa(text);
}

const prefix = (namespace: number): string => (namespace === 0 ? "" : `ns=${namespace};`);

/** A NodeId or ExpandedNodeId, e.g. `ns=2;s=Pump1.Speed`, `i=2258`, `nsu=urn:plant;i=5`. */
export function nodeIdText(bytes: Uint8Array, start: number): string {
	const encoding = bytes[start]!;
	let at = start + 1;
	let namespace = 0;
	let name: string;
	switch (encoding & 0x3f) {
		case 0:
			name = `i=${bytes[at]}`;
			at += 1;
			break;
		case 1:
			namespace = bytes[at]!;
			name = `i=${u16le(bytes, at + 1)}`;
			at += 3;
			break;
		case 2:
			namespace = u16le(bytes, at);
			name = `i=${u32le(bytes, at + 2)}`;
			at += 6;
			break;
		case 4:
			namespace = u16le(bytes, at);
			name = `g=${guidText(bytes, at + 2)}`;
			at += 18;
			break;
		default: {
			namespace = u16le(bytes, at);
			const length = Math.max(0, u32le(bytes, at + 2) | 0);
			at += 6;
			const end = at + length;
			name =
				(encoding & 0x3f) === 3
					? `s=${identifier(bytes, at, end)}`
					: `b=${base64(bytes, at, Math.min(end, at + MAX_IDENTIFIER))}${length > MAX_IDENTIFIER ? `~${hash(bytes, at, end, 0).toString(16)}` : ""}`;
			at = end;
		}
	}
	let text = `${prefix(namespace)}${name}`;
	if ((encoding & 0xc0) === 0) return text;
	if ((encoding & 0x80) !== 0) {
		const length = Math.max(0, u32le(bytes, at) | 0);
		at += 4;
		text = `nsu=${identifier(bytes, at, at + length)};${name}`;
		at += length;
	}
	const server = (encoding & 0x40) !== 0 ? u32le(bytes, at) : 0;
	return server === 0 ? text : `svr=${server};${text}`;
}

/** A certificate as a line shows it: OPC UA names it by its SHA-1 (Part 6, 6.1). */
export function certificateFields(facts: CertificateFacts): Omit<CertificateFacts, "thumbprint256"> {
	const { thumbprint256: _, ...fields } = facts;
	return fields;
}
