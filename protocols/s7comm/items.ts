/**
 * What a request reads or writes: its list of addresses, in each of the forms that exist, as points with stable names; and the values that belong to them. A client asks for the same list
 * again and again, so lists are kept by their bytes (`Shapes`) and cost nothing the second time.
 */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";

/** Form of an address. */
export const SYNTAX = { any: 0x10, nck: 0x82, nckMetric: 0x83, nckInch: 0x84, drive: 0xa2, dbRead: 0xb0, symbolic: 0xb2 } as const;
const SYNTAX_NAMES: Readonly<Record<number, string>> = {
	[SYNTAX.any]: "S7ANY",
	19: "PBC-R_ID",
	21: "ALARM_LOCKFREE",
	22: "ALARM_IND",
	25: "ALARM_ACK",
	26: "ALARM_QUERYREQ",
	28: "NOTIFY_IND",
	[SYNTAX.nck]: "NCK",
	[SYNTAX.nckMetric]: "NCK_M",
	[SYNTAX.nckInch]: "NCK_I",
	[SYNTAX.drive]: "DRIVEESANY",
	[SYNTAX.dbRead]: "DBREAD",
	[SYNTAX.symbolic]: "1200SYM",
};
export const syntaxName = (syntax: number): string => SYNTAX_NAMES[syntax] ?? `syntax 0x${syntax.toString(16)}`;

/** Area of an S7ANY address. */
const AREA = { record: 0x01, counters: 0x1c, timers: 0x1d, iecCounters: 0x1e, iecTimers: 0x1f, dataBlocks: 0x84, instances: 0x85 } as const;
const AREA_NAMES: Readonly<Record<number, string>> = {
	[AREA.record]: "Data record",
	3: "System info of 200 family",
	5: "System flags of 200 family",
	6: "Analog inputs of 200 family",
	7: "Analog outputs of 200 family",
	[AREA.counters]: "S7 counters (C)",
	[AREA.timers]: "S7 timers (T)",
	[AREA.iecCounters]: "IEC counters (200 family)",
	[AREA.iecTimers]: "IEC timers (200 family)",
	128: "Direct peripheral access (P)",
	129: "Inputs (I)",
	130: "Outputs (Q)",
	131: "Flags (M)",
	[AREA.dataBlocks]: "Data blocks (DB)",
	[AREA.instances]: "Instance data blocks (DI)",
	134: "Local data (L)",
	135: "Unknown yet (V)",
};
export const areaName = (area: number): string => AREA_NAMES[area] ?? `area 0x${area.toString(16)}`;
/** How an area is written in an address. */
const LETTERS: Readonly<Record<number, string>> = {
	3: "SI",
	5: "SM",
	6: "AI",
	7: "AQ",
	128: "P",
	129: "I",
	130: "Q",
	131: "M",
	134: "L",
	135: "V",
};

/** Transport size of an address. */
const SIZE = {
	bit: 1,
	byte: 2,
	char: 3,
	word: 4,
	int: 5,
	dword: 6,
	dint: 7,
	real: 8,
	timeOfDay: 10,
	time: 11,
	s5time: 12,
	dateAndTime: 15,
	counter: 28,
	timer: 29,
} as const;
const SIZE_NAMES: Readonly<Record<number, string>> = {
	1: "BIT",
	2: "BYTE",
	3: "CHAR",
	4: "WORD",
	5: "INT",
	6: "DWORD",
	7: "DINT",
	8: "REAL",
	10: "TOD",
	11: "TIME",
	12: "S5TIME",
	15: "DATE_AND_TIME",
	28: "COUNTER",
	29: "TIMER",
	30: "IEC TIMER",
	31: "IEC COUNTER",
	32: "HS COUNTER",
};
export const sizeName = (size: number): string => SIZE_NAMES[size] ?? `size ${size}`;
/** Bytes of one element; 0 where that is not known. */
const BYTES: Readonly<Record<number, number>> = {
	1: 1,
	2: 1,
	3: 1,
	4: 2,
	5: 2,
	6: 4,
	7: 4,
	8: 4,
	10: 4,
	11: 4,
	12: 2,
	15: 8,
	28: 2,
	29: 2,
};
/** The letter of an address by the bytes of an element. */
const WIDTHS: Readonly<Record<number, string>> = { 1: "B", 2: "W", 4: "D" };

/** Transport size of data: whether its length counts bits. */
export const DATA_SIZE = { none: 0, bit: 3, byte: 4, integer: 5 } as const;
const DATA_SIZE_NAMES: Readonly<Record<number, string>> = {
	0: "NULL",
	3: "BIT",
	4: "BYTE/WORD/DWORD",
	5: "INTEGER",
	6: "DINTEGER",
	7: "REAL",
	9: "OCTET STRING",
	17: "NCK ADDRESS1",
	18: "NCK ADDRESS2",
};
export const dataSizeName = (size: number): string => DATA_SIZE_NAMES[size] ?? `data size ${size}`;
/** Bytes of data by transport size and length. */
export const dataLength = (size: number, length: number): number =>
	size === DATA_SIZE.bit || size === DATA_SIZE.byte || size === DATA_SIZE.integer ? (length + 7) >> 3 : length;

/** Parts of one DB read, and ids of one symbolic address. */
const MAX_PARTS = 256;
const NO_PARTS: readonly number[] = [];
const SPECIFICATION = 0x12;
const ANY_LENGTH = 10;
/** Specification, length, syntax, reserved, two areas, checksum of the symbol. */
const SYMBOLIC_HEADER = 12;
/** First part of the area of a symbolic address to a data block. */
const SYMBOLIC_DB = 0x8a0e;
const SYMBOLIC_AREAS: Readonly<Record<number, string>> = { 80: "I", 81: "Q", 82: "M", 83: "C", 84: "T" };

/** One entry of a list of addresses. */
export interface Item {
	syntax: number;
	/** Of S7ANY; else -1 or 0. */
	area: number;
	db: number;
	/** Bits from the beginning of the area; of timers and counters their number. */
	address: number;
	size: number;
	count: number;
	/** Names of its elements as far as they were asked for (`namesOf`): a few bytes may stand for very many. */
	readonly names: string[];
	/** Bytes of one element; 0 where values are not read. */
	width: number;
	/** Of a DB read: bytes, block and first byte of each part. */
	parts: readonly number[];
}

/** A list of addresses. */
export interface Shape {
	readonly key: Uint8Array;
	readonly items: readonly Item[];
	/** The list does not fill its bytes, or overruns them. */
	readonly isBroken: boolean;
}

/** The addresses in `bytes[start] .. bytes[end - 1]`, `count` of them. */
export function parseItems(bytes: Uint8Array, start: number, end: number, count: number): Shape {
	const items: Item[] = [];
	let at = start;
	let isBroken = false;
	for (let index = 0; index < count; index++) {
		if (end - at < 3 || u8(bytes, at) !== SPECIFICATION) {
			isBroken = true;
			break;
		}
		const stop = at + 2 + u8(bytes, at + 1);
		const item = stop > end ? undefined : parseItem(bytes, at, stop);
		if (item === undefined) {
			isBroken = true;
			break;
		}
		items.push(item);
		at = stop;
		// Addresses of an odd length are filled up to an even one, but for the last.
		if ((stop - start) % 2 === 1 && index + 1 < count) at++;
	}
	return { key: bytes.slice(start, end), items, isBroken: isBroken || at < end };
}

function parseItem(bytes: Uint8Array, at: number, stop: number): Item | undefined {
	const syntax = u8(bytes, at + 2);
	const item: Item = { syntax, area: -1, db: 0, address: 0, size: 0, count: 1, names: [], width: 0, parts: NO_PARTS };
	const length = stop - at - 2;
	switch (syntax) {
		case SYNTAX.any:
			if (length !== ANY_LENGTH) return undefined;
			item.size = u8(bytes, at + 3);
			item.count = u16(bytes, at + 4);
			item.db = u16(bytes, at + 6);
			item.area = u8(bytes, at + 8);
			item.address = u32(bytes, at + 8) & 0xffffff;
			item.width = BYTES[item.size] ?? 0;
			// More than one bit is answered in a form of its own.
			if (item.size === SIZE.bit && item.count > 1) item.width = 0;
			return item;
		case SYNTAX.dbRead:
			return parseDbRead(bytes, at, stop, item);
		case SYNTAX.symbolic:
			return parseSymbolic(bytes, at, stop, item);
		case SYNTAX.nck:
		case SYNTAX.nckMetric:
		case SYNTAX.nckInch: {
			if (length !== 8) return undefined;
			const unit = u8(bytes, at + 3);
			const place = [u8(bytes, at + 8), unit >> 5, unit & 0x1f, u16(bytes, at + 4), u16(bytes, at + 6)];
			item.count = u8(bytes, at + 9);
			item.names.push(`NCK.${place.join(".")}`);
			return item;
		}
		case SYNTAX.drive:
			if (length < 8) return undefined;
			item.names.push(`drive.${hexOf(bytes, at + 3, stop)}`);
			return item;
		default:
			item.names.push(`${syntaxName(syntax)}.${hexOf(bytes, at + 3, stop)}`);
			return item;
	}
}

/** Parts of data blocks: each has a number of bytes, a block and a first byte. */
function parseDbRead(bytes: Uint8Array, at: number, stop: number, item: Item): Item | undefined {
	const parts = u8(bytes, at + 3);
	if (stop - at - 4 !== parts * 5 || parts > MAX_PARTS) return undefined;
	const list: number[] = [];
	item.area = AREA.dataBlocks;
	item.size = SIZE.byte;
	item.width = 1;
	item.count = 0;
	for (let here = at + 4; here < stop; here += 5) {
		list.push(u8(bytes, here), u16(bytes, here + 1), u16(bytes, here + 3));
		item.count += u8(bytes, here);
	}
	item.parts = list;
	item.db = list[1] ?? 0;
	item.address = (list[2] ?? 0) << 3;
	return item;
}

/** S7-1200 by symbol: area or block, checksum of the symbol, and its ids (LID). */
function parseSymbolic(bytes: Uint8Array, at: number, stop: number, item: Item): Item | undefined {
	const ids = stop - at - SYMBOLIC_HEADER;
	if (ids < 0 || ids % 4 !== 0 || ids / 4 > MAX_PARTS) return undefined;
	const isBlock = u16(bytes, at + 4) === SYMBOLIC_DB;
	item.db = isBlock ? u16(bytes, at + 6) : 0;
	let name = isBlock ? `DB${item.db}` : (SYMBOLIC_AREAS[u16(bytes, at + 6)] ?? `area${u16(bytes, at + 6)}`);
	for (let here = at + SYMBOLIC_HEADER; here < stop; here += 4) name += `.${u32(bytes, here) & 0xfffffff}`;
	item.names.push(name);
	return item;
}

/** The first `count` names of an item, or as many as it has, at most OPERATION_POINTS. */
export function namesOf(item: Item, count: number): readonly string[] {
	const { names } = item;
	const most = Math.min(count, item.count, OPERATION_POINTS);
	if (names.length >= most) return names;
	if (item.syntax === SYNTAX.dbRead) {
		let before = 0;
		for (let part = 0; part < item.parts.length && names.length < most; part += 3) {
			const [bytes, db, first] = [item.parts[part]!, item.parts[part + 1]!, item.parts[part + 2]!];
			for (let index = names.length - before; index < bytes && names.length < most; index++) names.push(`DB${db}.DBB${first + index}`);
			before += bytes;
		}
		return names;
	}
	if (item.syntax !== SYNTAX.any) return names;
	const isNumbered =
		item.area === AREA.counters || item.area === AREA.timers || item.area === AREA.iecCounters || item.area === AREA.iecTimers;
	const step = isNumbered ? 1 : item.size === SIZE.bit ? 1 : 8 * (BYTES[item.size] ?? 1);
	while (names.length < most) names.push(nameOf(item, item.address + names.length * step));
	return names;
}

/** `DB1.DBW4`, `M10.2`, `IW0`, `T5`: as STEP 7 writes addresses. */
function nameOf({ area, db, size }: Item, address: number): string {
	switch (area) {
		case AREA.counters:
			return `C${address}`;
		case AREA.timers:
			return `T${address}`;
		case AREA.iecCounters:
			return `IEC_C${address}`;
		case AREA.iecTimers:
			return `IEC_T${address}`;
		case AREA.record:
			return `record${db}.${address}`;
	}
	const at = Math.floor(address / 8);
	const width = WIDTHS[BYTES[size] ?? 1] ?? "B";
	const place = size === SIZE.bit ? `X${at}.${address % 8}` : `${width}${at}`;
	if (area === AREA.dataBlocks) return `DB${db}.DB${place}`;
	if (area === AREA.instances) return `DI${db}.DI${place}`;
	const letter = LETTERS[area] ?? `A${area}_`;
	return size === SIZE.bit ? `${letter}${at}.${address % 8}` : `${letter}${place}`;
}

/** Binary coded decimal; NaN where a digit is none. */
function bcd(value: number): number {
	let out = 0;
	for (let shift = 28; shift >= 0; shift -= 4) {
		const digit = (value >>> shift) & 0xf;
		if (digit > 9) return Number.NaN;
		out = out * 10 + digit;
	}
	return out;
}

const FLOAT = new DataView(new ArrayBuffer(4));

/** One element as a number: times in milliseconds; NaN where it is none. */
export function valueAt(bytes: Uint8Array, at: number, size: number): number {
	switch (size) {
		case SIZE.bit:
			return u8(bytes, at) === 0 ? 0 : 1;
		case SIZE.byte:
		case SIZE.char:
			return u8(bytes, at);
		case SIZE.word:
			return u16(bytes, at);
		case SIZE.int:
			return (u16(bytes, at) << 16) >> 16;
		case SIZE.dword:
		case SIZE.timeOfDay:
			return u32(bytes, at);
		case SIZE.dint:
		case SIZE.time:
			return i32(bytes, at);
		case SIZE.real:
			FLOAT.setInt32(0, i32(bytes, at));
			return FLOAT.getFloat32(0);
		case SIZE.s5time:
		case SIZE.timer: {
			// Three digits, and what they count: 10 ms, 100 ms, 1 s, 10 s.
			const word = u16(bytes, at);
			return bcd(word & 0xfff) * 10 ** (1 + ((word >> 12) & 3));
		}
		case SIZE.counter:
			return bcd(u16(bytes, at) & 0xfff);
		default:
			return Number.NaN;
	}
}

/** An element for a line: what is no number as a time or as bytes. */
export function valueWordsAt(bytes: Uint8Array, at: number, item: Item): number | boolean | string {
	if (item.size === SIZE.bit) return u8(bytes, at) !== 0;
	if (item.size === SIZE.dateAndTime) return dateAndTime(bytes, at);
	const value = valueAt(bytes, at, item.size);
	return Number.isFinite(value) ? value : hexOf(bytes, at, at + item.width);
}

/** DATE_AND_TIME: year, month, day, hour, minute, second, hundredths, and thousandths with the day of the week, all in decimal digits. Years are 1990 to 2089. */
export function dateAndTime(bytes: Uint8Array, at: number): string {
	const digits = (index: number): string =>
		u8(bytes, at + index)
			.toString(16)
			.padStart(2, "0");
	const year = digits(0) >= "90" ? `19${digits(0)}` : `20${digits(0)}`;
	return `${year}-${digits(1)}-${digits(2)}T${digits(3)}:${digits(4)}:${digits(5)}.${digits(6)}${digits(7)[0]}`;
}

/** Lists of addresses of one flow that are kept; one that is new when there are as many begins them anew. */
const SHAPES = 32;

/** The lists of addresses that a client of one flow asks for. */
export class Shapes {
	readonly #kept = new Map<number, Shape>();

	of(bytes: Uint8Array, start: number, end: number, count: number): Shape {
		let hash = Math.imul(count + 1, 0x9e3779b1);
		for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
		const known = this.#kept.get(hash);
		if (known !== undefined && isSame(known.key, bytes, start, end)) return known;
		const shape = parseItems(bytes, start, end, count);
		if (this.#kept.size >= SHAPES) this.#kept.clear();
		this.#kept.set(hash, shape);
		return shape;
	}
}

function isSame(key: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
	if (key.length !== end - start) return false;
	for (let index = 0; index < key.length; index++) if (key[index] !== bytes[start + index]) return false;
	return true;
}
