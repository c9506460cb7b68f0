/**
 * Register maps: what the plant's own documents say of the points of a PLC: name, engineering unit, how the number is made, and the plant's alarm limits. Read from the
 * tables that real tools write.
 */
import { CONFIG_ERROR, ConfigError } from "../config/error.ts";
import { type Row, readCell, readTable } from "../config/table.ts";
import type { AnyProtocol } from "../decode/protocol.ts";

/** How the number lies in its registers. */
export const TYPES = ["bool", "uint16", "int16", "uint32", "int32", "float32"] as const;
export type PointType = (typeof TYPES)[number];
/** Order of the bytes A (highest) to D of a number of two registers; each register comes high byte first on the wire. */
export const ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type ByteOrder = (typeof ORDERS)[number];

/** Alarm limits in engineering units, the lowest first. */
export const LIMITS = ["lowLow", "low", "high", "highHigh"] as const;
export type LimitName = (typeof LIMITS)[number];

export interface MapEntry {
	/** Stable name: `holding:107`, `ns=2;s=Tank`. */
	point: string;
	name?: string;
	unit?: string;
	/** Engineering value = raw times scale plus offset. */
	scale: number;
	offset: number;
	/** Undefined where the value is taken as it comes (an OPC UA node has its own type). */
	type?: PointType;
	order: ByteOrder;
	limits: Partial<Record<LimitName, number>>;
}

/** Entries of one PLC, and maps of one box. */
export const MAX_ENTRIES = 65_536;
export const MAX_MAPS = 4096;
const MAX_TEXT = 128;
const MAX_UNIT = 32;
const MAX_PROBLEMS = 20;

/** Columns by what tools call them: lower case, letters and digits only. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
	point: [
		"address",
		"point",
		"register",
		"registeraddress",
		"registernumber",
		"modbusaddress",
		"addr",
		"node",
		"nodeid",
		"opcuanode",
		"opcuanodeid",
		"reference",
	],
	table: ["table", "area", "space", "registertype", "memoryarea", "memorytype", "objecttype", "function", "functioncode", "fc"],
	name: ["name", "tag", "tagname", "symbol", "variable", "variablename", "signal", "label"],
	unit: ["unit", "units", "engunit", "engunits", "engineeringunit", "engineeringunits", "uom", "eu"],
	scale: ["scale", "factor", "gain", "multiplier", "scalefactor", "slope"],
	offset: ["offset", "bias", "intercept"],
	type: ["type", "datatype", "format", "valuetype"],
	order: ["wordorder", "byteorder", "endian", "endianness", "order"],
	rawLow: ["rawlow", "rawmin", "minraw"],
	rawHigh: ["rawhigh", "rawmax", "maxraw"],
	scaledLow: ["scaledlow", "engmin", "minengineering", "mineu", "engineeringlow"],
	scaledHigh: ["scaledhigh", "engmax", "maxengineering", "maxeu", "engineeringhigh"],
	lowLow: ["lowlow", "lolo", "ll", "alarmlowlow", "lowlowlimit", "lololimit", "lowlowalarm"],
	low: ["low", "lo", "l", "alarmlow", "lowlimit", "lolimit", "lowalarm", "alarmmin"],
	high: ["high", "hi", "h", "alarmhigh", "highlimit", "hilimit", "highalarm", "alarmmax"],
	highHigh: ["highhigh", "hihi", "hh", "alarmhighhigh", "highhighlimit", "hihilimit", "highhighalarm"],
};

const TYPE_WORDS: Readonly<Record<string, PointType>> = {
	bool: "bool",
	boolean: "bool",
	bit: "bool",
	digital: "bool",
	uint16: "uint16",
	uint: "uint16",
	word: "uint16",
	ushort: "uint16",
	unsigned16: "uint16",
	unsigned: "uint16",
	u16: "uint16",
	int16: "int16",
	int: "int16",
	short: "int16",
	signed16: "int16",
	signed: "int16",
	s16: "int16",
	i16: "int16",
	uint32: "uint32",
	udint: "uint32",
	dword: "uint32",
	ulong: "uint32",
	unsigned32: "uint32",
	u32: "uint32",
	int32: "int32",
	dint: "int32",
	long: "int32",
	signed32: "int32",
	s32: "int32",
	i32: "int32",
	float32: "float32",
	float: "float32",
	real: "float32",
	single: "float32",
	f32: "float32",
	real32: "float32",
};
const ORDER_WORDS: Readonly<Record<string, ByteOrder>> = {
	abcd: "ABCD",
	big: "ABCD",
	bigendian: "ABCD",
	highfirst: "ABCD",
	highwordfirst: "ABCD",
	msw: "ABCD",
	mswfirst: "ABCD",
	hi: "ABCD",
	none: "ABCD",
	cdab: "CDAB",
	little: "CDAB",
	wordswap: "CDAB",
	swapped: "CDAB",
	lowfirst: "CDAB",
	lowwordfirst: "CDAB",
	lsw: "CDAB",
	lswfirst: "CDAB",
	lo: "CDAB",
	badc: "BADC",
	byteswap: "BADC",
	dcba: "DCBA",
	littleendian: "DCBA",
};

const plainly = (text: string): string =>
	text
		.toLowerCase()
		.replace(/\[.*?\]|\(.*?\)/g, "")
		.replace(/[^a-z0-9]/g, "");

export interface ReadMap {
	entries: MapEntry[];
	/** Columns that mean nothing here. */
	unused: string[];
}

/** Reads a register map; throws a ConfigError that says all that is wrong (at most twenty), each with its line. */
export function readRegisterMap(text: string, file: string, protocols: readonly AnyProtocol[]): ReadMap {
	const table = readTable(text, file);
	const places = new Map<string, number>();
	const unused: string[] = [];
	table.header.cells.forEach((title, at) => {
		const column = Object.keys(COLUMNS).find((key) => COLUMNS[key]!.includes(plainly(title)));
		if (column === undefined || places.has(column)) {
			if (title !== "" && !FOUND.includes(title)) unused.push(title);
		} else places.set(column, at);
	});
	if (!places.has("point"))
		throw new ConfigError(
			CONFIG_ERROR.wrongValue,
			`${file}, line ${table.header.line}: no column is an address (address, register, node id, ...); the columns are ${table.header.cells.slice(0, 20).join(", ")}.`,
		);
	const problems: string[] = [];
	const entries = new Map<string, { entry: MapEntry; line: number }>();
	for (const row of table.rows) {
		const found = readRow(row, places, table.separator, protocols);
		if (typeof found === "string") problems.push(`line ${row.line}: ${found}`);
		else {
			const before = entries.get(found.point);
			if (before !== undefined) problems.push(`line ${row.line}: ${found.point} stands there twice, first in line ${before.line}`);
			else entries.set(found.point, { entry: found, line: row.line });
		}
		if (problems.length >= MAX_PROBLEMS) break;
	}
	if (entries.size > MAX_ENTRIES) problems.push(`there are more than ${MAX_ENTRIES} points`);
	if (problems.length > 0) throw new ConfigError(CONFIG_ERROR.wrongValue, `${file}, ${problems.join("; ")}.`);
	return { entries: [...entries.values()].map(({ entry }) => entry), unused };
}

/** What is wrong, as a string; else the entry. */
function readRow(
	{ cells }: Row,
	places: ReadonlyMap<string, number>,
	separator: string,
	protocols: readonly AnyProtocol[],
): MapEntry | string {
	const cell = (column: string): string => {
		const at = places.get(column);
		return at === undefined ? "" : readCell(cells[at] ?? "");
	};
	let wrong: string | undefined;
	const number = (column: string, instead: number): number => {
		const text = cell(column);
		if (text === "") return instead;
		// Where the comma does not separate columns it is that of a decimal number.
		const value = Number(separator === "," ? text : text.replace(",", "."));
		if (!Number.isFinite(value)) wrong ??= `${column} must be a number; it is ${quoted(text)}`;
		return value;
	};
	const address = cell("point");
	if (address === "") return "the address is empty";
	let point: string | undefined;
	for (const protocol of protocols) point ??= protocol.parsePoint?.(address, cell("table"));
	if (point === undefined)
		return `${quoted(address)} is no address that is known: write holding:107, 40108, 400108, %MW107, ns=2;s=Tank.Level, or give the table in a column of its own`;
	const entry: MapEntry = { point, scale: number("scale", 1), offset: number("offset", 0), order: "ABCD", limits: {} };
	for (const [key, most] of [
		["name", MAX_TEXT],
		["unit", MAX_UNIT],
	] as const) {
		const text = cell(key);
		if (text.length > most) return `${key} is longer than ${most} characters`;
		if (text !== "") entry[key] = text;
	}
	const type = cell("type");
	if (type !== "") {
		const known = Object.hasOwn(TYPE_WORDS, plainly(type)) ? TYPE_WORDS[plainly(type)] : undefined;
		if (known === undefined) return `the type ${quoted(type)} is none of ${TYPES.join(", ")}`;
		entry.type = known;
	}
	const order = cell("order");
	if (order !== "") {
		const known = Object.hasOwn(ORDER_WORDS, plainly(order)) ? ORDER_WORDS[plainly(order)] : undefined;
		if (known === undefined) return `the order ${quoted(order)} is none of ${ORDERS.join(", ")}`;
		entry.order = known;
	}
	if (cell("rawHigh") !== "" && cell("scaledHigh") !== "") {
		const [rawLow, rawHigh, low, high] = [number("rawLow", 0), number("rawHigh", 0), number("scaledLow", 0), number("scaledHigh", 0)];
		if (rawLow === rawHigh) return "the raw range is empty: raw low and raw high are the same";
		entry.scale = (high - low) / (rawHigh - rawLow);
		entry.offset = low - rawLow * entry.scale;
	}
	if (entry.scale === 0) return "the scale is 0: every value would be the same";
	for (const limit of LIMITS) if (cell(limit) !== "") entry.limits[limit] = number(limit, 0);
	const given = LIMITS.filter((limit) => entry.limits[limit] !== undefined);
	for (let at = 1; at < given.length; at++)
		if (entry.limits[given[at - 1]!]! > entry.limits[given[at]!]!) wrong ??= `the limit ${given[at - 1]} lies above ${given[at]}`;
	return wrong ?? entry;
}

const quoted = (text: string): string => JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** Columns of a written map that say what was found; they are not read. */
const FOUND = ["found kind", "found min", "found max", "found writes"];
export const MAP_HEADER = ["address", "name", "unit", "scale", "offset", "type", "word order", ...LIMITS, ...FOUND];

/** The columns that can be read again. */
export const mapCells = ({ point, name, unit, scale, offset, type, order, limits }: MapEntry): (string | number)[] => [
	point,
	name ?? "",
	unit ?? "",
	scale,
	offset,
	type ?? "",
	order,
	...LIMITS.map((limit) => limits[limit] ?? ""),
];

export const isWide = ({ type }: MapEntry): boolean => type === "uint32" || type === "int32" || type === "float32";

/** A number in two registers has a name of its own, `holding.float32:107`; what a map calls it: its first register, with its type and order. Undefined for any other point. */
export function wideEntry(name: string): (Pick<MapEntry, "point" | "order"> & { type: PointType; second: string }) | undefined {
	const found = /^(\w+)\.(float32|uint32|int32)(-swapped)?:(\d{1,9})$/.exec(name);
	if (found === null) return undefined;
	const [, space, type, swapped, at] = found;
	return {
		point: `${space}:${at}`,
		second: `${space}:${Number(at) + 1}`,
		type: type as PointType,
		order: swapped === undefined ? "ABCD" : "CDAB",
	};
}

const view = new DataView(new ArrayBuffer(4));

/** The number that one value, or two registers, mean in engineering units. */
export function engineering({ type, order, scale, offset }: MapEntry, first: number, second = 0): number {
	let raw = first;
	if (type === "int16") raw = first > 0x7fff ? first - 0x1_0000 : first;
	else if (type === "uint32" || type === "int32" || type === "float32") {
		const isSwapped = order === "CDAB" || order === "DCBA";
		const isLittle = order === "BADC" || order === "DCBA";
		view.setUint16(isSwapped ? 2 : 0, first, isLittle);
		view.setUint16(isSwapped ? 0 : 2, second, isLittle);
		raw = type === "uint32" ? view.getUint32(0) : type === "int32" ? view.getInt32(0) : view.getFloat32(0);
	}
	return raw * scale + offset;
}

/** Maps by PLC: "10.0.0.5/1", or "10.0.0.5" for every unit there that has none of its own. */
export class RegisterMaps {
	readonly #maps = new Map<string, ReadonlyMap<string, MapEntry>>();
	/** Numbers in two registers, by map. */
	readonly #wide = new WeakMap<ReadonlyMap<string, MapEntry>, readonly MapEntry[]>();

	get size(): number {
		return this.#maps.size;
	}

	set(plc: string, entries: readonly MapEntry[]): void {
		if (this.#maps.size >= MAX_MAPS && !this.#maps.has(plc)) return;
		const map = new Map(entries.slice(0, MAX_ENTRIES).map((entry) => [entry.point, entry]));
		this.#maps.set(plc, map);
		this.#wide.set(map, [...map.values()].filter(isWide));
	}

	of(address: string, unit: number): ReadonlyMap<string, MapEntry> | undefined {
		return this.#maps.get(`${address}/${unit}`) ?? this.#maps.get(address);
	}

	/** The numbers in two registers of a PLC. */
	wideOf(address: string, unit: number): readonly MapEntry[] {
		const map = this.of(address, unit);
		return map === undefined ? [] : this.#wide.get(map)!;
	}

	/** Takes a stored map; false where it is damaged. */
	restore(value: unknown): boolean {
		const { plc, entries } = (value ?? {}) as { plc?: unknown; entries?: unknown };
		if (typeof plc !== "string" || !Array.isArray(entries) || !entries.every(isEntry)) return false;
		this.set(plc, entries);
		return true;
	}
}

function isEntry(value: unknown): value is MapEntry {
	const { point, scale, offset, order, limits, name, unit, type } = (value ?? {}) as Record<string, unknown>;
	const isText = (text: unknown) => text === undefined || typeof text === "string";
	return (
		typeof point === "string" &&
		Number.isFinite(scale) &&
		Number.isFinite(offset) &&
		ORDERS.includes(order as ByteOrder) &&
		(type === undefined || TYPES.includes(type as PointType)) &&
		isText(name) &&
		isText(unit) &&
		typeof limits === "object" &&
		limits !== null &&
		Object.entries(limits).every(([limit, at]) => (LIMITS as readonly string[]).includes(limit) && Number.isFinite(at))
	);
}
