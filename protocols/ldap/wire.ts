/** Messages of LDAP (RFC 4511, 4.1.1): a sequence of id, operation, and perhaps controls, in BER with definite lengths (5.1). */
import { BER, BerCursor, integerOf } from "../../src/wire/ber.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { isAnswer, isRequest } from "./codes.ts";

/** Larger ones are not waited for. */
export const MAX_MESSAGE = 262_144;
export const ENUMERATED = 0x0a;
export const SET = 0x31;
const CONTROLS = 0xa0;
/** 4.2: choices of how to log in; the last three are of [MS-ADTS] 5.1.1.1.3. */
export const AUTHENTICATION = { simple: 0x80, sasl: 0xa3, discovery: 0x89, negotiate: 0x8a, response: 0x8b } as const;
/** 4.2.2 and 4.12: what may follow a result. */
export const AFTER = { saslCredentials: 0x87, name: 0x8a } as const;
/** 4.12: of an extended request. */
export const EXTENDED_NAME = 0x80;

const MAX_INTEGER = 0x7fff_ffff;

export const MORE = 0;
export const NONE = -1;

/** A length (X.690, 8.1.3) at `at`: where the contents begin and end; too few bytes to say, or none. One object is reused. */
const place = { start: 0, end: 0 };
function lengthAt(bytes: Uint8Array, at: number, end: number): typeof place | 0 | -1 {
	if (at >= end) return MORE;
	const first = u8(bytes, at);
	if (first < 0x80) {
		place.start = at + 1;
		place.end = place.start + first;
		return place;
	}
	const size = first & 0x7f;
	if (size === 0 || size > 4) return NONE;
	if (at + 1 + size > end) return MORE;
	let length = 0;
	for (let index = 1; index <= size; index++) length = length * 256 + u8(bytes, at + index);
	place.start = at + 1 + size;
	place.end = place.start + length;
	return place;
}

/** Size of the message that begins at `at`, MORE, or NONE. Its front must fit: id, a known operation, lengths inside one another. */
export function messageAt(bytes: Uint8Array, at: number, end: number): number {
	if (u8(bytes, at) !== BER.sequence) return NONE;
	const outer = lengthAt(bytes, at + 1, end);
	if (typeof outer === "number") return outer;
	const { start: from, end: stop } = outer;
	if (stop - at > MAX_MESSAGE || stop - from < 5) return NONE;
	if (from >= end) return MORE;
	if (u8(bytes, from) !== BER.integer) return NONE;
	if (from + 1 >= end) return MORE;
	const size = u8(bytes, from + 1);
	if (size === 0 || size > 4) return NONE;
	if (from + 2 >= end) return MORE;
	if (u8(bytes, from + 2) >= 0x80) return NONE;
	const op = from + 2 + size;
	if (op >= end) return MORE;
	const tag = u8(bytes, op);
	if (!isRequest(tag) && !isAnswer(tag)) return NONE;
	const inner = lengthAt(bytes, op + 1, end);
	if (typeof inner === "number") return inner;
	if (inner.end > stop) return NONE;
	if (inner.end < stop && inner.end < end && u8(bytes, inner.end) !== CONTROLS) return NONE;
	return stop - at;
}

/** A whole message: its id, its operation and where its contents are. One object is reused. */
export interface Envelope {
	id: number;
	op: number;
	start: number;
	end: number;
}
const cursor = new BerCursor();
export function readEnvelope(bytes: Uint8Array, start: number, end: number, out: Envelope): void {
	cursor.at(bytes, start, end);
	const stop = cursor.end;
	cursor.at(bytes, cursor.start, stop);
	out.id = integerOf(bytes, cursor.start, cursor.end);
	cursor.at(bytes, cursor.end, stop);
	out.op = cursor.tag;
	out.start = cursor.start;
	out.end = cursor.end;
}

/** Reads the elements of one level, one after another; where one does not fit it is broken for good. */
export class Elements {
	readonly bytes: Uint8Array;
	readonly element = new BerCursor();
	isBroken = false;
	#at: number;
	readonly #stop: number;

	constructor(bytes: Uint8Array, start: number, stop: number) {
		this.bytes = bytes;
		this.#at = start;
		this.#stop = stop;
	}

	get isOver(): boolean {
		return this.isBroken || this.#at >= this.#stop;
	}

	next(): boolean {
		if (this.isOver) return false;
		if (!this.element.at(this.bytes, this.#at, this.#stop)) {
			this.isBroken = true;
			return false;
		}
		this.#at = this.element.end;
		return true;
	}

	/** The next one, which has to have this tag. */
	take(tag: number): boolean {
		if (this.next() && this.element.tag === tag) return true;
		this.isBroken = true;
		return false;
	}

	/** The next one where it has this tag; else it comes again. */
	may(tag: number): boolean {
		return !this.isOver && this.bytes[this.#at] === tag && this.next();
	}

	/** The next one, which has to be a number from 0 to 2^31 - 1 (RFC 4511, 4.1.1), as all are that are read. */
	integer(tag: number = BER.integer): number {
		const value = this.take(tag) ? integerOf(this.bytes, this.element.start, this.element.end) : -1;
		if (value >= 0 && value <= MAX_INTEGER) return value;
		this.isBroken = true;
		return -1;
	}

	inside(): Elements {
		return new Elements(this.bytes, this.element.start, this.element.end);
	}
}
