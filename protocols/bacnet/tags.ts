/** Tags of BACnet's encoding (ASHRAE 135, 20.2) and the values behind them. Whoever reads steps from tag to tag; what does not fit sets `isBroken`, and nothing is read past the end. */
import { u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import { enumerationName, objectTypeName } from "./codes.ts";
import { characterString } from "./text.ts";
import { LENGTH, TAG } from "./wire.ts";

/** Application tags (20.2.1.4). */
export const APPLICATION = {
	null: 0,
	boolean: 1,
	unsigned: 2,
	signed: 3,
	real: 4,
	double: 5,
	octets: 6,
	characters: 7,
	bits: 8,
	enumerated: 9,
	date: 10,
	time: 11,
	objectId: 12,
} as const;
const TYPES = [
	"null",
	"boolean",
	"unsigned",
	"signed",
	"real",
	"double",
	"octet-string",
	"character-string",
	"bit-string",
	"enumerated",
	"date",
	"time",
	"object-identifier",
] as const;

/** Constructed values in constructed values that are read; what is deeper is stepped over. */
const MAX_DEPTH = 8;
/** Values of one message that are kept, and bytes of one octet string. */
const MAX_VALUES = 1024;
const MAX_OCTETS = 64;
const MAX_BITS = 256;

/** Anything of JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** One value. `type` is that of its application tag, "context" or "constructed". Text is from the wire and hostile. */
export interface Value {
	readonly type: string;
	readonly value: Plain;
	/** As a number, where it is one: also of a boolean and of an enumeration; else NaN. */
	readonly number: number;
}

const UNREADABLE: Value = { type: "unreadable", value: null, number: Number.NaN };

/** Reads tags in `bytes[at] .. bytes[end - 1]`; one object for many messages. */
export class TagReader {
	bytes: Uint8Array = new Uint8Array(0);
	at = 0;
	end = 0;
	/** Something was missing, or a tag was none. What comes after it means nothing. */
	isBroken = false;
	/** More values than are kept. */
	isFull = false;
	/** Of the tag that `peek` found. */
	number = -1;
	isContext = false;
	isOpening = false;
	isClosing = false;
	/** Where its content is, and how long; of an application boolean the length is the value, and there is no content. */
	content = 0;
	length = 0;
	/** Of what the latest `context`, `application` took. */
	from = 0;
	size = 0;
	#values = 0;

	/** Begins a new message, or a part of one. */
	open(bytes: Uint8Array, start: number, end: number): this {
		this.bytes = bytes;
		this.at = start;
		this.end = end;
		this.isBroken = false;
		this.isFull = false;
		this.#values = 0;
		return this;
	}

	get isMore(): boolean {
		return !this.isBroken && this.at < this.end;
	}

	/** Looks at the next tag; false at the end, and where it is broken. */
	peek(): boolean {
		if (this.isBroken || this.at >= this.end) return false;
		const { bytes, end } = this;
		const first = u8(bytes, this.at);
		let place = this.at + 1;
		let number = first >> 4;
		if (number === TAG.extendedNumber) {
			if (place >= end) return this.#fail();
			number = u8(bytes, place++);
		}
		const low = first & 7;
		this.number = number;
		this.isContext = (first & TAG.context) !== 0;
		this.isOpening = this.isContext && low === TAG.opening;
		this.isClosing = this.isContext && low === TAG.closing;
		this.length = 0;
		if (!this.isOpening && !this.isClosing) {
			let length = low;
			// An application tag has no 6 or 7 in its place (20.2.1.3.2).
			if (low > TAG.extendedLength) return this.#fail();
			if (low === TAG.extendedLength) {
				if (place >= end) return this.#fail();
				length = u8(bytes, place++);
				if (length === LENGTH.two) {
					if (place + 2 > end) return this.#fail();
					length = u16(bytes, place);
					place += 2;
				} else if (length === LENGTH.four) {
					if (place + 4 > end) return this.#fail();
					length = u32(bytes, place);
					place += 4;
				}
			}
			this.length = length;
			if (this.#hasContent && length > end - place) return this.#fail();
		}
		this.content = place;
		return true;
	}

	get #hasContent(): boolean {
		return !this.isOpening && !this.isClosing && (this.isContext || this.number !== APPLICATION.boolean);
	}

	#fail(): false {
		this.isBroken = true;
		return false;
	}

	/** Steps over the tag that `peek` found, and notes its content. */
	take(): void {
		this.from = this.content;
		this.size = this.#hasContent ? this.length : 0;
		this.at = this.from + this.size;
	}

	/** Takes the primitive context tag `number`, where it is next. */
	context(number: number): boolean {
		if (!this.peek() || !this.isContext || this.isOpening || this.isClosing || this.number !== number) return false;
		this.take();
		return true;
	}

	/** Takes the application tag `number`, where it is next. */
	application(number: number): boolean {
		if (!this.peek() || this.isContext || this.number !== number) return false;
		this.take();
		return true;
	}

	opening(number: number): boolean {
		if (!this.peek() || !this.isOpening || this.number !== number) return false;
		this.take();
		return true;
	}

	closing(number: number): boolean {
		if (!this.peek() || !this.isClosing || this.number !== number) return false;
		this.take();
		return true;
	}

	/** What must be there. */
	need(isThere: boolean): boolean {
		if (!isThere) this.isBroken = true;
		return isThere && !this.isBroken;
	}

	/** The unsigned number that was taken; -1 where it has more bytes than a number may have, or none. */
	unsigned(): number {
		if (this.size < 1 || this.size > 8) return -1;
		let value = 0;
		for (let at = this.from; at < this.from + this.size; at++) value = value * 256 + u8(this.bytes, at);
		return value;
	}

	text(): string {
		return characterString(this.bytes, this.from, this.from + this.size);
	}

	/** 20.2.14: ten bits of type, 22 of instance; -1 where there is none. */
	objectId(): number {
		return this.size === 4 ? u32(this.bytes, this.from) : -1;
	}

	/** Reads the values up to the closing tag `number`, and takes it. */
	valuesUntil(number: number, property: number): Value[] {
		const values: Value[] = [];
		while (!this.closing(number)) {
			if (!this.isMore) {
				this.isBroken = true;
				break;
			}
			this.#push(values, property, 0);
		}
		return values;
	}

	/** All that is left. */
	rest(): Value[] {
		const values: Value[] = [];
		while (this.isMore) this.#push(values, -1, 0);
		return values;
	}

	#push(values: Value[], property: number, depth: number): void {
		const value = this.value(property, depth);
		if (this.#values < MAX_VALUES) {
			this.#values++;
			values.push(value);
		} else this.isFull = true;
	}

	/** The next value, a constructed one with all in it. `property` tells which enumeration it is. */
	value(property: number, depth = 0): Value {
		if (!this.peek()) return UNREADABLE;
		if (this.isClosing) {
			this.isBroken = true;
			return UNREADABLE;
		}
		const { number, isContext, isOpening, length } = this;
		this.take();
		if (isOpening) {
			if (depth >= MAX_DEPTH) {
				this.#stepOver();
				return { type: "constructed", value: { tag: number, value: "…" }, number: Number.NaN };
			}
			const inner: Value[] = [];
			for (;;) {
				if (this.closing(number)) break;
				if (!this.isMore) {
					this.isBroken = true;
					break;
				}
				this.#push(inner, -1, depth + 1);
			}
			return { type: "constructed", value: { tag: number, value: inner.map(({ value }) => value) }, number: Number.NaN };
		}
		if (isContext) return { type: "context", value: { tag: number, octets: this.octets() }, number: Number.NaN };
		return this.#primitive(number, length, property);
	}

	/** To the end of the constructed value that is open: as many closing tags as there were opening ones, whatever their numbers. */
	#stepOver(): void {
		for (let open = 1; open > 0; ) {
			if (!this.peek()) {
				this.isBroken = true;
				return;
			}
			if (this.isOpening) open++;
			else if (this.isClosing) open--;
			this.take();
		}
	}

	octets(): string {
		const hex = hexOf(this.bytes, this.from, this.from + Math.min(this.size, MAX_OCTETS));
		return this.size > MAX_OCTETS ? `${hex}…` : hex;
	}

	/** 20.2.2 to 20.2.14. */
	#primitive(tag: number, length: number, property: number): Value {
		const { bytes, from, size } = this;
		const type = TYPES[tag] ?? "reserved";
		const numeric = (value: number): Value => ({ type, value: Number.isFinite(value) ? value : String(value), number: value });
		switch (tag) {
			case APPLICATION.null:
				return { type, value: null, number: Number.NaN };
			case APPLICATION.boolean:
				return { type, value: length === 1, number: length === 1 ? 1 : 0 };
			case APPLICATION.unsigned:
				return size < 1 || size > 8 ? this.#wrong() : this.#integer(type, this.unsigned());
			case APPLICATION.signed: {
				if (size < 1 || size > 8) return this.#wrong();
				const unsigned = this.unsigned();
				return this.#integer(type, u8(bytes, from) & 0x80 ? unsigned - 256 ** size : unsigned);
			}
			case APPLICATION.real:
				return size === 4 ? numeric(shortest(this.#view(4).getFloat32(0))) : this.#wrong();
			case APPLICATION.double:
				return size === 8 ? numeric(this.#view(8).getFloat64(0)) : this.#wrong();
			case APPLICATION.characters:
				return { type, value: this.text(), number: Number.NaN };
			case APPLICATION.bits:
				return { type, value: this.bits(), number: Number.NaN };
			case APPLICATION.enumerated: {
				if (size < 1 || size > 4) return this.#wrong();
				const value = this.unsigned();
				return { type, value: enumerationName(property, value) ?? value, number: value };
			}
			case APPLICATION.date:
				return size === 4 ? { type, value: this.date(), number: Number.NaN } : this.#wrong();
			case APPLICATION.time:
				return size === 4 ? { type, value: this.time(), number: Number.NaN } : this.#wrong();
			case APPLICATION.objectId:
				return size === 4 ? { type, value: objectName(this.objectId()), number: Number.NaN } : this.#wrong();
			default:
				return { type, value: this.octets(), number: Number.NaN };
		}
	}

	#wrong(): Value {
		this.isBroken = true;
		return UNREADABLE;
	}

	#integer(type: string, value: number): Value {
		return { type, value: Number.isSafeInteger(value) ? value : `0x${this.octets()}`, number: value };
	}

	#view(size: number): DataView {
		return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.from, size);
	}

	/** 20.2.10: how many bits of the last octet are unused stands in front. */
	bits(): string {
		const unused = Math.min(7, u8(this.bytes, this.from));
		const count = Math.min(MAX_BITS, Math.max(0, (this.size - 1) * 8 - unused));
		let text = "";
		for (let bit = 0; bit < count; bit++) text += (u8(this.bytes, this.from + 1 + (bit >> 3)) >> (7 - (bit & 7))) & 1;
		return text;
	}

	/** 20.2.12, 21: 255 stands for any. */
	date(): string {
		const [year, month, day] = [0, 1, 2].map((at) => u8(this.bytes, this.from + at)) as [number, number, number];
		return `${year === 255 ? "****" : 1900 + year}-${twoDigits(month)}-${twoDigits(day)}`;
	}

	/** 20.2.13. */
	time(): string {
		const [hour, minute, second, hundredths] = [0, 1, 2, 3].map((at) => twoDigits(u8(this.bytes, this.from + at)));
		return `${hour}:${minute}:${second}.${hundredths}`;
	}
}

const twoDigits = (value: number): string => (value === 255 ? "**" : String(value).padStart(2, "0"));

/** The shortest decimal number that is the same single: 0.1, and not what it is as a double. */
function shortest(value: number): number {
	if (!Number.isFinite(value)) return value;
	for (let digits = 6; digits < 9; digits++) {
		const short = Number(value.toPrecision(digits));
		if (Math.fround(short) === value) return short;
	}
	return value;
}

export const typeOf = (objectId: number): number => objectId >>> 22;
export const instanceOf = (objectId: number): number => objectId & 0x3fffff;
/** `analog-input,3` */
export const objectName = (objectId: number): string => `${objectTypeName(typeOf(objectId))},${instanceOf(objectId)}`;
