/** Values by their type (CIP Vol. 1, appendix C-5 and C-6; structures and strings of Logix: Rockwell 1756-PM020). */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { textOf } from "./text.ts";

/** Values of one service that are read. */
export const MAX_VALUES = 1024;

/** A structure; the handle of its template follows. */
export const STRUCTURE = 0x02a0;
/** The handle of Logix' own string of 82 characters, and its bytes. */
const STRING_HANDLE = 0x0fce;
const STRING_SIZE = 88;
const STRING_TEXT = 82;

interface Type {
	readonly name: string;
	/** Bytes; 0 where each value has its own. */
	readonly size: number;
}
const TYPES: Readonly<Record<number, Type>> = {
	193: { name: "BOOL", size: 1 },
	194: { name: "SINT", size: 1 },
	195: { name: "INT", size: 2 },
	196: { name: "DINT", size: 4 },
	197: { name: "LINT", size: 8 },
	198: { name: "USINT", size: 1 },
	199: { name: "UINT", size: 2 },
	200: { name: "UDINT", size: 4 },
	201: { name: "ULINT", size: 8 },
	202: { name: "REAL", size: 4 },
	203: { name: "LREAL", size: 8 },
	204: { name: "STIME", size: 4 },
	205: { name: "DATE", size: 2 },
	206: { name: "TIME_OF_DAY", size: 4 },
	207: { name: "DATE_AND_TIME", size: 6 },
	208: { name: "STRING", size: 0 },
	209: { name: "BYTE", size: 1 },
	210: { name: "WORD", size: 2 },
	211: { name: "DWORD", size: 4 },
	212: { name: "LWORD", size: 8 },
	213: { name: "STRING2", size: 0 },
	214: { name: "FTIME", size: 4 },
	215: { name: "LTIME", size: 8 },
	216: { name: "ITIME", size: 2 },
	217: { name: "STRINGN", size: 0 },
	218: { name: "SHORT_STRING", size: 0 },
	219: { name: "TIME", size: 4 },
};

/** A symbol's type also tells its dimensions and bit: only the elementary type counts. */
export const typeName = (type: number, handle: number): string =>
	type === STRUCTURE
		? `STRUCT 0x${handle.toString(16).toUpperCase().padStart(4, "0")}`
		: (TYPES[type]?.name ?? `type 0x${type.toString(16).toUpperCase()}`);
export const typeSize = (type: number, handle: number): number =>
	type === STRUCTURE ? (handle === STRING_HANDLE ? STRING_SIZE : 0) : (TYPES[type]?.size ?? 0);

export type Value = number | boolean | string;

const SCRATCH = new DataView(new ArrayBuffer(8));
function scratch(bytes: Uint8Array, at: number, size: number): DataView {
	for (let index = 0; index < size; index++) SCRATCH.setUint8(index, u8(bytes, at + index));
	return SCRATCH;
}
/** Whole numbers beyond what a number holds exactly are text. */
const wide = (value: bigint): Value => (value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : `${value}`);

function valueAt(type: number, bytes: Uint8Array, at: number): Value {
	switch (type) {
		case 0xc1:
			return u8(bytes, at) !== 0;
		case 0xc2:
			return (u8(bytes, at) << 24) >> 24;
		case 0xc6:
		case 0xd1:
			return u8(bytes, at);
		case 0xc3:
		case 0xd8:
			return (u16le(bytes, at) << 16) >> 16;
		case 0xc7:
		case 0xcd:
		case 0xd2:
			return u16le(bytes, at);
		case 0xc4:
		case 0xcc:
		case 0xd6:
		case 0xdb:
			return u32le(bytes, at) | 0;
		case 0xc8:
		case 0xce:
		case 0xd3:
			return u32le(bytes, at);
		case 0xca: {
			const value = scratch(bytes, at, 4).getFloat32(0, true);
			return Number.isFinite(value) ? value : `${value}`;
		}
		case 0xcb: {
			const value = scratch(bytes, at, 8).getFloat64(0, true);
			return Number.isFinite(value) ? value : `${value}`;
		}
		case 0xc5:
		case 0xd7:
			return wide(scratch(bytes, at, 8).getBigInt64(0, true));
		case 0xcf:
			// Milliseconds of the day, and days since 1972 (C-5.2).
			return u32le(bytes, at) + u16le(bytes, at + 4) * 86_400_000;
		default:
			return wide(scratch(bytes, at, 8).getBigUint64(0, true));
	}
}

/** The values that stand in `start` to `end`, in order; at most MAX_VALUES. Empty where the type is not known, or they have no fixed size and are no text. */
export function valuesOf(type: number, handle: number, bytes: Uint8Array, start: number, end: number): Value[] {
	const values: Value[] = [];
	const size = typeSize(type, handle);
	if (type === STRUCTURE) {
		if (handle === STRING_HANDLE)
			for (let at = start; at + STRING_SIZE <= end && values.length < MAX_VALUES; at += STRING_SIZE)
				values.push(textOf(bytes, at + 4, at + 4 + Math.min(u32le(bytes, at), STRING_TEXT)));
		return values;
	}
	if (size === 0) {
		if (type === 0xd0 || type === 0xda) texts(values, bytes, start, end, type === 0xd0 ? 2 : 1);
		return values;
	}
	for (let at = start; at + size <= end && values.length < MAX_VALUES; at += size) values.push(valueAt(type, bytes, at));
	return values;
}

/** C-5.2.3: texts behind their length of `size` bytes. */
function texts(values: Value[], bytes: Uint8Array, start: number, end: number, size: number): void {
	for (let at = start; at + size <= end && values.length < MAX_VALUES; ) {
		const stop = at + size + (size === 2 ? u16le(bytes, at) : u8(bytes, at));
		if (stop > end) return;
		values.push(textOf(bytes, at + size, stop));
		at = stop;
	}
}

/** As a number for the learner; NaN where it is none. */
export const numberOf = (value: Value): number => (typeof value === "string" ? Number.NaN : Number(value));

/** A value of no known type that fits a number, without its sign. NaN for other lengths. */
export function plainNumber(bytes: Uint8Array, start: number, end: number): number {
	const length = end - start;
	return length === 1 ? u8(bytes, start) : length === 2 ? u16le(bytes, start) : length === 4 ? u32le(bytes, start) : Number.NaN;
}
