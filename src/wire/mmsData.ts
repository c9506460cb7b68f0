/** Data and AccessResult (ISO 9506-2, 14.4.2 and 14.4.3.1; IEC 61850-8-1, 8.1.3 for its times and floats). */
import { type BerReader, context, integerOf } from "./ber.ts";
import { hexOf, utf8Of } from "./text.ts";

/** Why one variable of several has no value. */
export class AccessError {
	readonly code: number;
	constructor(code: number) {
		this.code = code;
	}
}
/** Bits as text ("0b01"), octets as hex, times as text. */
export type Value = number | boolean | string | AccessError | readonly Value[];

/** Values of one message that are read, arrays in arrays, characters or octets of one; what is beyond is left out. */
const MAX_VALUES = 8192;
const MAX_DEPTH = 10;
const MAX_TEXT = 512;
const MAX_OCTETS = 64;
const MAX_BITS = 256;

const DATA = {
	failure: context(0),
	array: context(1),
	structure: context(2),
	boolean: context(3),
	bitString: context(4),
	integer: context(5),
	unsigned: context(6),
	float: context(7),
	octetString: context(9),
	visibleString: context(10),
	generalizedTime: context(11),
	binaryTime: context(12),
	bcd: context(13),
	booleanArray: context(14),
	objectId: context(15),
	mmsString: context(16),
	utcTime: context(17),
} as const;

/** Counts what one message has. */
export class Budget {
	left = MAX_VALUES;
	/** Something was left out. */
	isSpent = false;
	take(): boolean {
		if (this.left > 0) {
			this.left--;
			return true;
		}
		this.isSpent = true;
		return false;
	}
}

/** All elements of a level as values; undefined where one is no data. */
export function valuesOf(reader: BerReader, budget: Budget, depth = 0): Value[] | undefined {
	const out: Value[] = [];
	while (reader.next()) {
		if (!budget.take()) return out;
		const value = dataOf(reader, budget, depth);
		if (value === undefined) return undefined;
		out.push(value);
	}
	return reader.isBroken ? undefined : out;
}

function dataOf(reader: BerReader, budget: Budget, depth: number): Value | undefined {
	const { bytes, start, end } = reader;
	switch (reader.tag) {
		case DATA.failure:
			// ISO 9506-2, DataAccessError: few codes; one without octets counts as the first, object-invalidated.
			return new AccessError(integerOf(bytes, start, end) & 0xff);
		case DATA.array:
		case DATA.structure:
			if (!reader.isConstructed) return end === start ? [] : undefined;
			if (depth >= MAX_DEPTH) {
				budget.isSpent = true;
				return [];
			}
			return valuesOf(reader.inside(), budget, depth + 1);
		case DATA.boolean:
			return end - start === 1 ? bytes[start] !== 0 : undefined;
		case DATA.bitString:
		case DATA.booleanArray:
			return bitsOf(bytes, start, end);
		case DATA.integer:
		case DATA.unsigned:
		case DATA.bcd: {
			const number = integerOf(bytes, start, end);
			return Number.isNaN(number) ? undefined : number;
		}
		case DATA.float:
			return floatOf(bytes, start, end);
		case DATA.octetString:
			return hexOf(bytes, start, Math.min(end, start + MAX_OCTETS));
		case DATA.visibleString:
		case DATA.generalizedTime:
		case DATA.mmsString:
			return utf8Of(bytes, start, Math.min(end, start + MAX_TEXT));
		case DATA.binaryTime:
			return binaryTimeOf(bytes, start, end);
		case DATA.objectId:
			return hexOf(bytes, start, Math.min(end, start + MAX_OCTETS));
		case DATA.utcTime:
			return utcTimeOf(bytes, start, end);
		default:
			return undefined;
	}
}

/** X.690, 8.6.2: the first octet counts the unused bits of the last. */
function bitsOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	const unused = bytes[start]!;
	if (end <= start || unused > 7 || (end - start === 1 && unused > 0)) return undefined;
	const count = Math.min(MAX_BITS, (end - start - 1) * 8 - unused);
	let text = "0b";
	for (let bit = 0; bit < count; bit++) text += (bytes[start + 1 + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
	return text;
}

const VIEW = new DataView(new ArrayBuffer(8));

/** FloatingPoint: the width of the exponent, then an IEEE 754 number of 32 or 64 bits. */
function floatOf(bytes: Uint8Array, start: number, end: number): number | undefined {
	const length = end - start - 1;
	if (length !== 4 && length !== 8) return undefined;
	for (let at = 0; at < length; at++) VIEW.setUint8(at, bytes[start + 1 + at]!);
	return length === 4 ? VIEW.getFloat32(0) : VIEW.getFloat64(0);
}

const timeText = (milliseconds: number): string =>
	Math.abs(milliseconds) < 8.64e15 ? new Date(milliseconds).toISOString() : `${milliseconds} ms`;
/** 1984-01-01, from which days of a binary time count. */
const EPOCH = Date.UTC(1984, 0, 1);
const DAY = 86_400_000;

function binaryTimeOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	const length = end - start;
	if (length !== 4 && length !== 6) return undefined;
	const milliseconds = unsigned(bytes, start, 4);
	if (length === 4) return `${milliseconds} ms`;
	return timeText(EPOCH + unsigned(bytes, start + 4, 2) * DAY + milliseconds);
}

export function utcTimeOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	if (end - start !== 8) return undefined;
	return timeText(unsigned(bytes, start, 4) * 1000 + Math.floor((unsigned(bytes, start + 4, 3) * 1000) / 0x1000000));
}

function unsigned(bytes: Uint8Array, start: number, length: number): number {
	let value = 0;
	for (let at = start; at < start + length; at++) value = value * 256 + bytes[at]!;
	return value;
}

/** A value as a number, where it is one: of bits only the two of a double point. */
export function numberOf(value: Value | undefined): number {
	if (typeof value === "number") return value;
	if (typeof value === "boolean") return value ? 1 : 0;
	return typeof value === "string" && /^0b[01]{2}$/.test(value) ? Number(value) : Number.NaN;
}

/** Values as plain data for a line. */
export function plainOf(value: Value): unknown {
	if (value instanceof AccessError) return { error: value.code };
	if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
	return Array.isArray(value) ? value.map(plainOf) : value;
}
