/**
 * Elements of BER (X.690) as offsets: tag, length and the simple contents. Nothing is copied, every length is checked against where the surrounding element ends. Only definite lengths are
 * read (X.690, 8.1.3.3 to 8.1.3.5): the protocols here demand them, and an indefinite one (8.1.3.6) counts as what does not fit. Tags are of one byte (8.1.2.2 to 8.1.2.3).
 */
import { u8 } from "./bytes.ts";

/** Universal tags (X.690, 8.1.2; X.680, table 1). */
export const BER = { integer: 0x02, octetString: 0x04, null: 0x05, objectIdentifier: 0x06, sequence: 0x30 } as const;

/** Bytes of a length that are read: four say more than any message holds. */
const MAX_LENGTH_BYTES = 4;
/** Sub-identifiers of an object identifier that are read (RFC 2578, 3.5: at most 128). */
const MAX_ARCS = 128;
const MAX_ARC = 0xffff_ffff;

/** A place that moves from element to element. One is reused: whoever needs an element later keeps its numbers. */
export class BerCursor {
	tag = 0;
	/** The contents. */
	start = 0;
	end = 0;

	/** Moves to the element at `at`; false where none fits before `limit`. */
	at(bytes: Uint8Array, at: number, limit: number): boolean {
		if (at + 2 > limit) return false;
		let length = u8(bytes, at + 1);
		let start = at + 2;
		if (length >= 0x80) {
			const size = length & 0x7f;
			if (size === 0 || size > MAX_LENGTH_BYTES || start + size > limit) return false;
			length = 0;
			for (const last = start + size; start < last; start++) length = length * 256 + u8(bytes, start);
		}
		if (start + length > limit) return false;
		this.tag = u8(bytes, at);
		this.start = start;
		this.end = start + length;
		return true;
	}

	/** Moves to the element at `at` where its tag is `tag`. */
	is(tag: number, bytes: Uint8Array, at: number, limit: number): boolean {
		return at < limit && bytes[at] === tag && this.at(bytes, at, limit);
	}
}

/** A two's complement integer (8.3); beyond 53 bits it is not exact. NaN for none, or one of more than nine bytes. */
export function integerOf(bytes: Uint8Array, start: number, end: number): number {
	if (end <= start || end - start > 9) return Number.NaN;
	let value = u8(bytes, start) >= 0x80 ? -1 : 0;
	for (let at = start; at < end; at++) value = value * 256 + u8(bytes, at);
	return value;
}

/** An object identifier with dots (8.19), or undefined where it is none. */
export function oidOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (end <= start || u8(bytes, end - 1) >= 0x80) return undefined;
	let text = "";
	let arc = 0;
	let arcs = 0;
	for (let at = start; at < end; at++) {
		arc = arc * 128 + (u8(bytes, at) & 0x7f);
		if (arc > MAX_ARC) return undefined;
		if (u8(bytes, at) >= 0x80) continue;
		if (++arcs > MAX_ARCS) return undefined;
		if (text !== "") text += `.${arc}`;
		else {
			const first = Math.min(2, Math.floor(arc / 40));
			text = `${first}.${arc - 40 * first}`;
		}
		arc = 0;
	}
	return text;
}
