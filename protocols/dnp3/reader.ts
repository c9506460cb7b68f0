/**
 * Objects of an application fragment (IEEE 1815-2012, 4.2.2.7): headers with qualifier and range, and the objects behind them. Reads headers once into tables that are used
 * again, then steps through the objects of one header. Nothing is allocated for a fragment.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { FIRST_RESPONSE, FUNCTION, VIOLATION } from "./codes.ts";
import { ATTRIBUTE_GROUP, isString, type Layout, layoutOf, ONLINE, STATE, type ValueType } from "./objects.ts";

/** Headers of one fragment that are read. */
export const MAX_HEADERS = 512;
/** Group, variation and qualifier. */
const HEADER = 3;

/** 4.2.2.7.3.3: prefix codes 1 to 3 are an index, 4 to 6 a size. */
const PREFIX_LENGTH = [0, 1, 2, 4, 1, 2, 4] as const;
const FIRST_SIZE_PREFIX = 4;
/** 4.2.2.7.3.4: octets of each number of the range; 3 to 5 are start and stop as addresses in memory. */
const RANGE_LENGTH = [1, 2, 4, 1, 2, 4, 0, 1, 2, 4, 0, 1] as const;
export const RANGE = { all: 6, firstCount: 7, variable: 11 } as const;

/** Functions whose objects say only which points are meant. */
const IS_BARE = Uint8Array.from({ length: 256 }, (_, code) =>
	Number(code === FUNCTION.read || (code >= FUNCTION.freeze && code <= FUNCTION.recordCurrentTime)),
);
const CLASS_GROUP = 60;
const AUTHENTICATION_GROUP = 120;
const TIME_GROUP = 50;
const CTO_GROUP = 51;
const CONTROL_GROUP = 12;
const PRIVATE_GROUP = 83;
/** A.35.1: vendor, object id and length come before a private object. */
const PRIVATE_HEADER = 8;
/** A.1: an extended list is 256 octets longer than its length says. */
const EXTENDED_LIST = 255;

const view = new DataView(new ArrayBuffer(8));
const float = (bytes: Uint8Array, at: number, length: 4 | 8): number => {
	for (let index = 0; index < length; index++) view.setUint8(index, u8(bytes, at + index));
	return length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
};

/** Milliseconds since 1970, of 48 bits (11.3.4). */
export const timeAt = (bytes: Uint8Array, at: number): number => u32le(bytes, at) + u16le(bytes, at + 4) * 0x100000000;
const uintAt = (bytes: Uint8Array, at: number, length: number): number =>
	length === 1 ? u8(bytes, at) : length === 2 ? u16le(bytes, at) : u32le(bytes, at);

/** Digits of four bits each, the lowest first; NaN where one is no digit. */
function bcdAt(bytes: Uint8Array, at: number, length: number): number {
	let value = 0;
	for (let index = length - 1; index >= 0; index--) {
		const octet = u8(bytes, at + index);
		if (octet >> 4 > 9 || (octet & 15) > 9) return Number.NaN;
		value = value * 100 + (octet >> 4) * 10 + (octet & 15);
	}
	return value;
}

function valueAt(bytes: Uint8Array, at: number, type: ValueType): number {
	switch (type) {
		case "u8":
			return u8(bytes, at);
		case "u16":
			return u16le(bytes, at);
		case "u32":
			return u32le(bytes, at);
		case "i16":
			return (u16le(bytes, at) << 16) >> 16;
		case "i32":
			return u32le(bytes, at) | 0;
		case "f32":
			return float(bytes, at, 4);
		case "f64":
			return float(bytes, at, 8);
		case "bcd2":
			return bcdAt(bytes, at, 2);
		case "bcd4":
			return bcdAt(bytes, at, 4);
		default:
			return bcdAt(bytes, at, 8);
	}
}

/** One object that `next` came to. On loan. */
export interface Point {
	/** Number of the point; -1 where objects have none. */
	index: number;
	/** NaN where it is no number. */
	value: number;
	/** -1 where there are none. */
	flags: number;
	/** Milliseconds since 1970; -1 where there is none. */
	time: number;
	/** Status of a control or of a command event; -1 where there is none. */
	status: number;
	/** The object's bytes, without prefix; empty where packed. */
	start: number;
	end: number;
	/** Whether the value is the point's own, now: it is online, or has no flags. */
	isOnline: boolean;
}

export class ObjectReader {
	/** Headers read. */
	count = 0;
	/** Bits of VIOLATION. */
	violations = 0;
	/** There were more headers than are read. */
	isCut = false;
	readonly group = new Uint8Array(MAX_HEADERS);
	readonly variation = new Uint8Array(MAX_HEADERS);
	readonly qualifier = new Uint8Array(MAX_HEADERS);
	/** First index of a range; 0 where there is none. */
	readonly first = new Float64Array(MAX_HEADERS);
	/** Objects announced; 0 for all there are. */
	readonly quantity = new Float64Array(MAX_HEADERS);
	/** Objects that are really there. */
	readonly whole = new Int32Array(MAX_HEADERS);
	/** Offsets of the objects; equal where a header has none. */
	readonly start = new Int32Array(MAX_HEADERS);
	readonly end = new Int32Array(MAX_HEADERS);
	/** Where the header itself begins. */
	readonly at = new Int32Array(MAX_HEADERS);
	/** Common time of occurrence that holds for the header. */
	readonly #base = new Float64Array(MAX_HEADERS);
	readonly point: Point = { index: -1, value: Number.NaN, flags: -1, time: -1, status: -1, start: 0, end: 0, isOnline: true };
	/** The header that is stepped through, and where. */
	#header = 0;
	#step = 0;
	#place = 0;
	#layout: Layout | undefined = undefined;
	#prefix = 0;

	/** Reads the headers in `start` .. `end - 1` of a fragment with this function. */
	read(bytes: Uint8Array, start: number, end: number, functionCode: number): void {
		this.count = 0;
		this.violations = 0;
		this.isCut = false;
		let base = -1;
		for (let at = start; at < end; ) {
			if (this.count === MAX_HEADERS) {
				this.isCut = true;
				return;
			}
			if (end - at < HEADER) {
				this.violations |= VIOLATION.objectLength;
				return;
			}
			const header = this.count;
			const qualifier = u8(bytes, at + 2);
			const range = qualifier & 15;
			const prefix = (qualifier >> 4) & 7;
			const size = RANGE_LENGTH[range];
			this.at[header] = at;
			this.group[header] = u8(bytes, at);
			this.variation[header] = u8(bytes, at + 1);
			this.qualifier[header] = qualifier;
			this.#base[header] = base;
			this.first[header] = this.quantity[header] = this.whole[header] = 0;
			at += HEADER;
			if (size === undefined || prefix === 7 || qualifier >= 0x80 || range === 10 || !isPair(prefix, range)) {
				this.violations |= VIOLATION.qualifier;
				this.#close(header, at, at);
				return;
			}
			const numbers = range < RANGE.all ? 2 * size : size;
			if (end - at < numbers) {
				this.violations |= VIOLATION.objectLength;
				this.#close(header, at, at);
				return;
			}
			if (range < RANGE.all) {
				const first = uintAt(bytes, at, size);
				const last = uintAt(bytes, at + size, size);
				if (last < first) {
					this.violations |= VIOLATION.range;
					this.#close(header, at, at);
					return;
				}
				this.first[header] = first;
				this.quantity[header] = last - first + 1;
			} else if (size > 0) this.quantity[header] = uintAt(bytes, at, size);
			at += numbers;
			const isPlain = range === RANGE.all;
			const stop = isPlain ? at : this.#objects(bytes, header, at, end, functionCode);
			this.#close(header, at, stop < 0 ? end : stop);
			if (stop < 0) return;
			if (this.group[header] === CTO_GROUP && stop - at >= 6) base = timeAt(bytes, at);
			at = stop;
		}
	}

	#close(header: number, start: number, end: number): void {
		this.start[header] = start;
		this.end[header] = end;
		this.count = header + 1;
	}

	/** Where the objects of a header end, or -1 where what follows cannot be read. */
	#objects(bytes: Uint8Array, header: number, at: number, end: number, functionCode: number): number {
		const group = this.group[header]!;
		const quantity = this.quantity[header]!;
		const prefix = (this.qualifier[header]! >> 4) & 7;
		const prefixLength = PREFIX_LENGTH[prefix]!;
		const layout = layoutOf(group, this.variation[header]!);
		const isSized = prefix >= FIRST_SIZE_PREFIX;
		if (!isSized && isBare(functionCode, group)) return this.#fixed(header, at, end, prefixLength, quantity);
		if (isSized) return this.#sized(bytes, header, at, end, prefixLength, quantity);
		if (layout === undefined) {
			if (quantity === 0) return at;
			this.violations |= VIOLATION.unknownObject;
			return -1;
		}
		if (layout.bits > 0) {
			if (prefix !== 0) {
				this.violations |= VIOLATION.qualifier;
				return -1;
			}
			const octets = Math.ceil((quantity * layout.bits) / 8);
			const isThere = octets <= end - at;
			this.whole[header] = isThere ? quantity : Math.floor(((end - at) * 8) / layout.bits);
			if (isThere) return at + octets;
			this.violations |= VIOLATION.objectLength;
			return -1;
		}
		if (!layout.isVariable) return this.#fixed(header, at, end, prefixLength + layout.length, quantity);
		if (isString(group)) {
			// Empty strings cost their sender nothing, and whoever makes a place for each of thousands dearly.
			if (this.variation[header] === 0 && quantity > 0) this.violations |= VIOLATION.objectLength;
			return this.#fixed(header, at, end, prefixLength + this.variation[header]!, quantity);
		}
		if (group !== ATTRIBUTE_GROUP && group !== PRIVATE_GROUP) {
			// Its length would have to stand before it.
			this.violations |= VIOLATION.qualifier;
			return -1;
		}
		let place = at;
		for (let step = 0; step < quantity; step++) {
			const length = selfLength(bytes, place + prefixLength, end, group);
			if (length < 0 || place + prefixLength + length > end) {
				this.violations |= VIOLATION.objectLength;
				return -1;
			}
			place += prefixLength + length;
			this.whole[header]!++;
		}
		return place;
	}

	/** Objects that are all `length` octets long. */
	#fixed(header: number, at: number, end: number, length: number, quantity: number): number {
		if (length === 0) return at;
		const isThere = quantity * length <= end - at;
		this.whole[header] = isThere ? quantity : Math.floor((end - at) / length);
		if (isThere) return at + quantity * length;
		this.violations |= VIOLATION.objectLength;
		return -1;
	}

	#sized(bytes: Uint8Array, header: number, at: number, end: number, prefixLength: number, quantity: number): number {
		let place = at;
		for (let step = 0; step < quantity; step++) {
			if (end - place < prefixLength || uintAt(bytes, place, prefixLength) > end - place - prefixLength) {
				this.violations |= VIOLATION.objectLength;
				return -1;
			}
			place += prefixLength + uintAt(bytes, place, prefixLength);
			this.whole[header]!++;
		}
		return place;
	}

	/** Begins to step through the objects of a header. */
	begin(header: number): void {
		this.#header = header;
		this.#step = 0;
		this.#place = this.start[header]!;
		this.#layout = layoutOf(this.group[header]!, this.variation[header]!);
		this.#prefix = (this.qualifier[header]! >> 4) & 7;
	}

	/** The next object, in `point`; false where there is none. */
	next(bytes: Uint8Array): boolean {
		const { point } = this;
		const header = this.#header;
		const step = this.#step;
		if (step >= this.whole[header]!) return false;
		this.#step++;
		const layout = this.#layout;
		const isSized = this.#prefix >= FIRST_SIZE_PREFIX;
		const prefixLength = PREFIX_LENGTH[this.#prefix]!;
		point.index = (this.qualifier[header]! & 15) < RANGE.all ? this.first[header]! + step : -1;
		point.value = Number.NaN;
		point.flags = point.time = point.status = -1;
		point.isOnline = true;
		if (layout !== undefined && layout.bits > 0 && !isSized && this.end[header]! > this.start[header]!) {
			const bit = step * layout.bits;
			point.value = (u8(bytes, this.#place + (bit >> 3)) >> (bit & 7)) & (layout.bits === 1 ? 1 : 3);
			point.start = point.end = this.#place;
			if (point.index < 0) point.index = step;
			return true;
		}
		let at = this.#place;
		let length = layout?.length ?? 0;
		if (prefixLength > 0) {
			const number = uintAt(bytes, at, prefixLength);
			at += prefixLength;
			if (isSized) length = number;
			else point.index = number;
		}
		const group = this.group[header]!;
		const size = this.end[header]! - this.start[header]!;
		// A bare header has indices and no objects.
		if (!isSized && size === this.whole[header]! * prefixLength) length = 0;
		else if (!isSized && isString(group)) length = this.variation[header]!;
		else if (!isSized && layout?.isVariable) length = Math.max(0, selfLength(bytes, at, this.end[header]!, group));
		point.start = at;
		point.end = at + length;
		this.#place = point.end;
		if (layout !== undefined && layout.length > 0 && length >= layout.length) this.#values(bytes, layout, at);
		return true;
	}

	#values(bytes: Uint8Array, layout: Layout, at: number): void {
		const { point } = this;
		if (layout.flagsAt >= 0) {
			const flags = u8(bytes, at + layout.flagsAt);
			if (layout.flagKind === "command") {
				point.status = flags & 0x7f;
				if (layout.valueAt < 0) point.value = flags >> 7;
			} else {
				point.flags = flags;
				point.isOnline = (flags & ONLINE) !== 0;
				if (layout.flagKind === "double") point.value = flags >> 6;
				else if (layout.valueAt < 0) point.value = (flags & STATE) >> 7;
			}
		}
		if (layout.valueAt >= 0) point.value = valueAt(bytes, at + layout.valueAt, layout.valueType!);
		if (layout.timeAt >= 0) {
			const base = this.#base[this.#header]!;
			if (!layout.isRelative) point.time = timeAt(bytes, at + layout.timeAt);
			else if (base >= 0) point.time = base + u16le(bytes, at + layout.timeAt);
		}
		if (layout.statusAt >= 0) point.status = u8(bytes, at + layout.statusAt) & 0x7f;
	}

	/** Whether a header's objects are controls: what a select names and an operate repeats. */
	isControl(header: number): boolean {
		return this.group[header] === CONTROL_GROUP || this.group[header] === 41;
	}
}

/** An index before each object goes with a count, and an octet of sizes with the variable format. */
const isPair = (prefix: number, range: number): boolean =>
	range === RANGE.variable ? prefix >= FIRST_SIZE_PREFIX : range >= RANGE.firstCount ? true : prefix === 0;

/** Whether objects of this group say only which points are meant. */
function isBare(functionCode: number, group: number): boolean {
	if (group === CLASS_GROUP) return true;
	if (functionCode > FIRST_RESPONSE || group === AUTHENTICATION_GROUP) return false;
	const isTimed = functionCode === FUNCTION.freezeAtTime || functionCode === FUNCTION.freezeAtTimeNoAck;
	return IS_BARE[functionCode] === 1 && !(isTimed && group === TIME_GROUP);
}

/** Length of an object that says it itself, or -1 where it is cut. */
function selfLength(bytes: Uint8Array, at: number, end: number, group: number): number {
	if (group === ATTRIBUTE_GROUP) {
		if (end - at < 2) return -1;
		return 2 + u8(bytes, at + 1) + (u8(bytes, at) === EXTENDED_LIST ? 256 : 0);
	}
	return end - at < PRIVATE_HEADER ? -1 : PRIVATE_HEADER + u16le(bytes, at + 6);
}
