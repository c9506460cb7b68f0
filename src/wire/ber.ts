/**
 * Elements of BER (X.690), as offsets: tags of several octets, definite and indefinite lengths. Every length is checked, nothing is copied; one level costs as much as its bytes.
 * Certificates are DER, which is stricter: `der.ts`.
 */

/** A tag is its number with its class above it; whether it is constructed stands beside it. */
export const application = (number: number): number => 0x10_0000 | number;
export const context = (number: number): number => 0x20_0000 | number;

/** Universal tags (X.690, 8.1.2; X.680, table 1). */
export const BER = { integer: 0x02, octetString: 0x04, null: 0x05, objectIdentifier: 0x06, sequence: 0x30 } as const;

/** Bytes of a length that are read: four say more than any message holds. */
const MAX_LENGTH_BYTES = 4;
/** Sub-identifiers of an object identifier that are read (RFC 2578, 3.5: at most 128). */
const MAX_ARCS = 128;
const MAX_ARC = 0xffff_ffff;

export const INTEGER = 2;
export const EXTERNAL = 8;
export const SEQUENCE_OF = 16;
export const SET_OF = 17;

/** Indefinite lengths inside one another. */
const MAX_OPEN = 16;
const MAX_NUMBER = 0xfffff;

/** Reads the elements of one level, one after another. */
export class BerReader {
	readonly bytes: Uint8Array;
	/** The element that `next` found: its tag, and where its contents begin and end. */
	tag = -1;
	isConstructed = false;
	start = 0;
	end = 0;
	/** Something is no element, or does not fit. */
	isBroken = false;
	#at: number;
	readonly #stop: number;

	constructor(bytes: Uint8Array, start: number, stop: number) {
		this.bytes = bytes;
		this.#at = start;
		this.#stop = stop;
	}

	next(): boolean {
		const { bytes } = this;
		const stop = this.#stop;
		let at = this.#at;
		if (at >= stop || this.isBroken) return false;
		const first = bytes[at++]!;
		let number = first & 0x1f;
		if (number === 0x1f) {
			// X.690, 8.1.2.4.
			number = 0;
			let octet = 0x80;
			while (octet >= 0x80) {
				if (at >= stop || number > MAX_NUMBER >> 7) return this.#break();
				octet = bytes[at++]!;
				number = (number << 7) | (octet & 0x7f);
			}
		}
		const isConstructed = (first & 0x20) !== 0;
		if (at >= stop) return this.#break();
		let length = bytes[at++]!;
		let after = 0;
		if (length === 0x80) {
			const end = isConstructed ? endOfContents(bytes, at, stop) : -1;
			if (end < 0) return this.#break();
			length = end - at;
			after = 2;
		} else if (length > 0x80) {
			const size = length & 0x7f;
			if (size > 4 || at + size > stop) return this.#break();
			length = 0;
			for (const last = at + size; at < last; at++) length = length * 256 + bytes[at]!;
		}
		if (at + length > stop) return this.#break();
		this.tag = ((first & 0xc0) << 14) | number;
		this.isConstructed = isConstructed;
		this.start = at;
		this.end = at + length;
		this.#at = this.end + after;
		return true;
	}

	/** Goes on to the next element with this tag. */
	find(tag: number): boolean {
		while (this.next()) if (this.tag === tag) return true;
		return false;
	}

	/** Reads the contents of the element that `next` found. */
	inside(): BerReader {
		return new BerReader(this.bytes, this.start, this.end);
	}

	/** The element that `next` found as an integer (8.3); of more than six octets not exact. NaN where it has none. */
	integer(): number {
		return integerOf(this.bytes, this.start, this.end);
	}

	#break(): false {
		this.isBroken = true;
		return false;
	}
}

/** Two's complement of any length up to eight octets. */
export function integerOf(bytes: Uint8Array, start: number, end: number): number {
	if (end <= start || end - start > 9) return Number.NaN;
	let value = bytes[start]! >= 0x80 ? -1 : 0;
	for (let at = start; at < end; at++) value = value * 256 + bytes[at]!;
	return value;
}

/** Where the contents of an indefinite length end (8.1.5), before their two zero octets; -1 where they do not. */
function endOfContents(bytes: Uint8Array, start: number, stop: number): number {
	let open = 1;
	let at = start;
	while (at + 2 <= stop) {
		if (bytes[at] === 0 && bytes[at + 1] === 0) {
			if (--open === 0) return at;
			at += 2;
			continue;
		}
		const first = bytes[at++]!;
		if ((first & 0x1f) === 0x1f) {
			while (at < stop && bytes[at]! >= 0x80) at++;
			at++;
		}
		if (at >= stop) return -1;
		const length = bytes[at++]!;
		if (length === 0x80) {
			if (++open > MAX_OPEN || (first & 0x20) === 0) return -1;
			continue;
		}
		let size = length;
		if (length > 0x80) {
			const octets = length & 0x7f;
			if (octets > 4 || at + octets > stop) return -1;
			size = 0;
			for (const last = at + octets; at < last; at++) size = size * 256 + bytes[at]!;
		}
		at += size;
	}
	return -1;
}

/**
 * A place that moves from element to element, of protocols that demand definite lengths (8.1.3.3 to 8.1.3.5) and have tags of one byte: an indefinite length counts as what does not fit. One is
 * reused: whoever needs an element later keeps its numbers.
 */
export class BerCursor {
	tag = 0;
	/** The contents. */
	start = 0;
	end = 0;

	/** Moves to the element at `at`; false where none fits before `limit`. */
	at(bytes: Uint8Array, at: number, limit: number): boolean {
		if (at + 2 > limit) return false;
		let length = bytes[at + 1]!;
		let start = at + 2;
		if (length >= 0x80) {
			const size = length & 0x7f;
			if (size === 0 || size > MAX_LENGTH_BYTES || start + size > limit) return false;
			length = 0;
			for (const last = start + size; start < last; start++) length = length * 256 + bytes[start]!;
		}
		if (start + length > limit) return false;
		this.tag = bytes[at]!;
		this.start = start;
		this.end = start + length;
		return true;
	}

	/** Moves to the element at `at` where its tag is `tag`. */
	is(tag: number, bytes: Uint8Array, at: number, limit: number): boolean {
		return at < limit && bytes[at] === tag && this.at(bytes, at, limit);
	}
}

/** An object identifier with dots (8.19), or undefined where it is none. */
export function oidOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (end <= start || bytes[end - 1]! >= 0x80) return undefined;
	let text = "";
	let arc = 0;
	let arcs = 0;
	for (let at = start; at < end; at++) {
		arc = arc * 128 + (bytes[at]! & 0x7f);
		if (arc > MAX_ARC) return undefined;
		if (bytes[at]! >= 0x80) continue;
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
