/**
 * Reading the data of S7comm-plus: numbers of a variable length (seven bits a byte, the highest first; the second highest bit of a signed one is its sign; of 64 bits the ninth byte has eight),
 * values with their types, objects with their attributes. Whatever is read is inside the bytes; where they end too early, or something stands there that nobody has described, `isBroken`.
 */
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { visible } from "../../src/wire/text.ts";
import { ARRAY, DATA, ELEMENT } from "./codes.ts";

/** Depth of structures and objects, elements of one array and of one structure, attributes and objects of one message that are kept. */
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 4096;
const MAX_ATTRIBUTES = 512;
const MAX_OBJECTS = 128;
const MAX_TEXT = 256;
/** Ids of structures that come packed, as bytes. */
const PACKED = [
	[0x90000000, 0x9fffffff],
	[0x02000000, 0x02ffffff],
] as const;
const SECOND_COUNT = 0x400;

const DECODER = new TextDecoder();
const SCRATCH = new DataView(new ArrayBuffer(8));

/** A value. `number` is NaN where it is none; `numbers` those of an array. */
export interface Value {
	readonly type: number;
	readonly isArray: boolean;
	readonly number: number;
	readonly text: string;
	readonly numbers: readonly number[];
	readonly members: ReadonlyMap<number, Value> | undefined;
	/** Bytes of a blob or of a packed structure. */
	readonly size: number;
}

/** An object and those in it, flat. */
export interface PlusObject {
	readonly relationId: number;
	readonly classId: number;
	readonly attributes: Map<number, Value>;
}

const NO_NUMBERS: readonly number[] = [];
const plain = (type: number, number: number, text = "", size = 0): Value => ({
	type,
	isArray: false,
	number,
	text,
	numbers: NO_NUMBERS,
	members: undefined,
	size,
});

export class Cursor {
	readonly bytes: Uint8Array;
	at: number;
	readonly end: number;
	isBroken = false;
	/** Lower 16 bits, signed, of the number of 64 bits that was read last. */
	low = 0;
	#attributes = 0;

	constructor(bytes: Uint8Array, start: number, end: number) {
		this.bytes = bytes;
		this.at = start;
		this.end = end;
	}

	get left(): number {
		return this.end - this.at;
	}

	#take(count: number): number {
		const at = this.at;
		if (count > this.end - at) {
			this.isBroken = true;
			this.at = this.end;
			return -1;
		}
		this.at = at + count;
		return at;
	}

	skip(count: number): void {
		this.#take(count);
	}

	byte(): number {
		const at = this.#take(1);
		return at < 0 ? 0 : u8(this.bytes, at);
	}

	word(): number {
		const at = this.#take(2);
		return at < 0 ? 0 : u16(this.bytes, at);
	}

	dword(): number {
		const at = this.#take(4);
		return at < 0 ? 0 : u32(this.bytes, at);
	}

	/** The byte that comes next; 0 where there is none. */
	peek(): number {
		return this.at < this.end ? u8(this.bytes, this.at) : 0;
	}

	peekDword(): number {
		return this.end - this.at >= 4 ? u32(this.bytes, this.at) : 0;
	}

	unsigned(): number {
		let value = 0;
		for (let count = 0; count < 5; count++) {
			const octet = this.byte();
			value = value * 128 + (octet & 0x7f);
			if (octet < 0x80) break;
		}
		return value % 0x1_0000_0000;
	}

	signed(): number {
		let value = 0;
		for (let count = 0; count < 5; count++) {
			const octet = this.byte();
			value = count === 0 && (octet & 0x40) !== 0 ? (octet & 0x3f) - 64 : value * 128 + (octet & 0x7f);
			if (octet < 0x80) break;
		}
		return value | 0;
	}

	/** 64 bits; past 2^53 it is not exact. */
	long(isSigned: boolean): number {
		let value = 0;
		let low = 0;
		let octet = 0x80;
		for (let count = 0; count < 8 && octet >= 0x80; count++) {
			octet = this.byte();
			const bits = octet & 0x7f;
			value = count === 0 && isSigned && (octet & 0x40) !== 0 ? (octet & 0x3f) - 64 : value * 128 + bits;
			low = (low << 7) | bits;
		}
		if (octet >= 0x80) {
			octet = this.byte();
			value = value * 256 + octet;
			low = (low << 8) | octet;
		}
		this.low = (low << 16) >> 16;
		return value;
	}

	text(length: number): string {
		const at = this.#take(length);
		if (at < 0) return "";
		return visible(DECODER.decode(this.bytes.subarray(at, at + Math.min(length, MAX_TEXT))));
	}

	value(depth = 0): Value {
		const flags = this.byte();
		const type = this.byte();
		if ((flags & (ARRAY.plain | ARRAY.address)) !== 0) return this.#array(type, depth);
		if ((flags & ARRAY.sparse) !== 0) return this.#sparse(type, depth);
		return this.#scalar(type, depth);
	}

	#array(type: number, depth: number): Value {
		const count = this.unsigned();
		// Each takes a byte at least; one whose elements have none is none.
		if (count > this.left || type === DATA.null) this.isBroken = count > 0;
		return this.#list(type, depth, this.isBroken ? 0 : count);
	}

	#list(type: number, depth: number, count: number): Value {
		const numbers: number[] = [];
		let text = "";
		let members: ReadonlyMap<number, Value> | undefined;
		for (let index = 0; index < count && !this.isBroken; index++) {
			const one = this.#scalar(type, depth);
			if (numbers.length < MAX_ELEMENTS) numbers.push(one.number);
			if (index === 0) {
				text = one.text;
				members = one.members;
			}
		}
		return { type, isArray: true, number: Number.NaN, text, numbers, members, size: count };
	}

	/** Elements behind their keys, to a key of 0. */
	#sparse(type: number, depth: number): Value {
		const numbers: number[] = [];
		let text = "";
		while (!this.isBroken && this.unsigned() !== 0) {
			const one = this.#scalar(type, depth);
			if (numbers.length < MAX_ELEMENTS) numbers.push(one.number);
			if (text === "") text = one.text;
		}
		return { type, isArray: true, number: Number.NaN, text, numbers, members: undefined, size: numbers.length };
	}

	#scalar(type: number, depth: number): Value {
		switch (type) {
			case DATA.null:
				return plain(type, Number.NaN);
			case DATA.bool:
				return plain(type, this.byte() === 0 ? 0 : 1);
			case DATA.usint:
			case DATA.byte:
				return plain(type, this.byte());
			case DATA.sint:
				return plain(type, (this.byte() << 24) >> 24);
			case DATA.uint:
			case DATA.word:
				return plain(type, this.word());
			case DATA.int:
				return plain(type, (this.word() << 16) >> 16);
			case DATA.dword:
			case DATA.rid:
				return plain(type, this.dword());
			case DATA.udint:
			case DATA.aid:
				return plain(type, this.unsigned());
			case DATA.dint:
				return plain(type, this.signed());
			case DATA.ulint:
				return plain(type, this.long(false));
			case DATA.lint:
			case DATA.timespan:
				return plain(type, this.long(true));
			case DATA.lword:
			case DATA.timestamp: {
				const high = this.dword();
				return plain(type, high * 0x1_0000_0000 + this.dword());
			}
			case DATA.real: {
				const at = this.#take(4);
				SCRATCH.setInt32(0, at < 0 ? 0 : i32(this.bytes, at));
				return plain(type, SCRATCH.getFloat32(0));
			}
			case DATA.lreal: {
				const at = this.#take(8);
				SCRATCH.setInt32(0, at < 0 ? 0 : i32(this.bytes, at));
				SCRATCH.setInt32(4, at < 0 ? 0 : i32(this.bytes, at + 4));
				return plain(type, SCRATCH.getFloat64(0));
			}
			case DATA.blob: {
				this.unsigned();
				const size = this.unsigned();
				this.skip(size);
				return plain(type, Number.NaN, "", size);
			}
			case DATA.wstring: {
				const length = this.unsigned();
				return plain(type, Number.NaN, this.text(length));
			}
			case DATA.struct:
				return this.#struct(depth);
			default:
				this.isBroken = true;
				return plain(type, Number.NaN);
		}
	}

	#struct(depth: number): Value {
		const id = this.dword();
		if (PACKED.some(([first, last]) => id > first && id < last)) {
			this.skip(8);
			const flags = this.unsigned();
			let size = this.unsigned();
			if ((flags & SECOND_COUNT) !== 0) size = this.unsigned();
			this.skip(size);
			return plain(DATA.struct, Number.NaN, "", size);
		}
		const members = new Map<number, Value>();
		if (depth >= MAX_DEPTH) this.isBroken = true;
		while (!this.isBroken) {
			const member = this.unsigned();
			if (member === 0) break;
			const value = this.value(depth + 1);
			if (members.size < MAX_ELEMENTS) members.set(member, value);
		}
		return { type: DATA.struct, isArray: false, number: Number.NaN, text: "", numbers: NO_NUMBERS, members, size: 0 };
	}

	/** The objects that begin here, one inside the other, to the end of the first; what else may stand in one ends the reading. */
	objects(): PlusObject[] {
		const out: PlusObject[] = [];
		const open: (PlusObject | undefined)[] = [];
		while (!this.isBroken && this.at < this.end) {
			const element = this.byte();
			if (element === ELEMENT.object) {
				const one: PlusObject = { relationId: this.dword(), classId: this.unsigned(), attributes: new Map() };
				this.unsigned();
				this.unsigned();
				if (out.length < MAX_OBJECTS) out.push(one);
				open.push(open.length < MAX_DEPTH * 4 ? one : undefined);
				if (open.length > MAX_OBJECTS) this.isBroken = true;
			} else if (element === ELEMENT.objectEnd) {
				open.pop();
				if (open.length === 0) break;
			} else if (element === ELEMENT.attribute) {
				const id = this.unsigned();
				const value = this.value();
				if (this.#attributes < MAX_ATTRIBUTES && !this.isBroken) {
					open.at(-1)?.attributes.set(id, value);
					this.#attributes++;
				}
			} else if (element === ELEMENT.relation) {
				this.unsigned();
				this.skip(4);
			} else {
				// Tags and lists of types and names: read no further.
				this.isBroken = true;
			}
		}
		return out;
	}
}
