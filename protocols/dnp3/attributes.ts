/** Device attributes (IEEE 1815-2012, A.1): what an outstation says of itself. Each has a type, a length and a value. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { timeAt } from "./reader.ts";
import { hexOf, textOf } from "./text.ts";

/** A.1.1, table: data type codes. */
const TYPE = { text: 1, unsigned: 2, signed: 3, float: 4, octets: 5, bits: 6, time: 7, unicode: 8, list: 254, extendedList: 255 } as const;
const TYPE_NAMES: Readonly<Record<number, string>> = {
	1: "VSTR",
	2: "UINT",
	3: "INT",
	4: "FLT",
	5: "OSTR",
	6: "BSTR",
	7: "TIME",
	8: "UNCD",
	254: "U8BS8LIST",
	255: "U8BS8EXLIST",
};
export const attributeTypeName = (type: number): string => TYPE_NAMES[type] ?? `type ${type}`;

/** Attributes that say what a device is, with their words. */
export const ATTRIBUTE = {
	software: 242,
	hardware: 243,
	location: 245,
	idCode: 246,
	deviceName: 247,
	serial: 248,
	conformance: 249,
	model: 250,
	manufacturer: 252,
	list: 255,
} as const;

/** The value of the attribute object that begins at `start`: text, a number, seconds for a time, the variations of a list; hex for what is none of these. */
export function attributeValue(bytes: Uint8Array, start: number, end: number): string | number | number[] | undefined {
	if (end - start < 2) return undefined;
	const from = start + 2;
	const length = end - from;
	switch (u8(bytes, start)) {
		case TYPE.text:
		case TYPE.unicode:
			return textOf(bytes, from, end);
		case TYPE.unsigned:
			return length === 1
				? u8(bytes, from)
				: length === 2
					? u16le(bytes, from)
					: length === 4
						? u32le(bytes, from)
						: hexOf(bytes, from, end);
		case TYPE.signed:
			if (length === 1) return (u8(bytes, from) << 24) >> 24;
			if (length === 2) return (u16le(bytes, from) << 16) >> 16;
			return length === 4 ? u32le(bytes, from) | 0 : hexOf(bytes, from, end);
		case TYPE.float:
			if (length !== 4 && length !== 8) return hexOf(bytes, from, end);
			return finite(new DataView(bytes.buffer, bytes.byteOffset + from, length), length);
		case TYPE.time:
			return length === 6 ? timeAt(bytes, from) / 1000 : hexOf(bytes, from, end);
		case TYPE.list:
		case TYPE.extendedList: {
			// Pairs of a variation and its properties.
			const variations: number[] = [];
			for (let at = from; at + 1 < end; at += 2) variations.push(u8(bytes, at));
			return variations;
		}
		default:
			return hexOf(bytes, from, end);
	}
}

function finite(view: DataView, length: number): number | string {
	const value = length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
	return Number.isFinite(value) ? value : String(value);
}
