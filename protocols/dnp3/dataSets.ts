/** Data sets (IEEE 1815-2012, clause 5.4 and A.36 to A.39): prototypes and descriptors, which name what a set holds, and the sets themselves. Everything has its length before it. */
import { u8, u32le } from "../../src/wire/bytes.ts";
import { timeAt } from "./reader.ts";
import { hexOf, textOf } from "./text.ts";

const PROTOTYPE = 85;
const DESCRIPTOR = 86;
/** Elements of one set that are shown. */
const MAX_ELEMENTS = 64;

const CODE = { id: 1, uuid: 2, namespace: 3, name: 4, element: 5, prototype: 6 } as const;
const CODE_NAMES = ["NONE", "ID", "UUID", "NSPC", "NAME", "DAEL", "PTYP"] as const;
const UUID = 16;
/** Code, data type and greatest length stand before what an element says. */
const ELEMENT_HEADER = 3;

/** The fields of one object of groups 85 to 88. */
export function dataSetRecord(bytes: Uint8Array, start: number, end: number, group: number): Record<string, unknown> {
	const idLength = u8(bytes, start);
	if (start >= end || start + 1 + idLength > end) return { data: hexOf(bytes, start, end) };
	const record: Record<string, unknown> = idLength === 4 ? { dataSet: u32le(bytes, start + 1) } : {};
	const elements: unknown[] = [];
	let at = start + 1 + idLength;
	if (group > DESCRIPTOR && at < end && u8(bytes, at) === 6 && at + 7 <= end) {
		record.time = timeAt(bytes, at + 1) / 1000;
		at += 7;
	}
	while (at < end && elements.length < MAX_ELEMENTS) {
		const length = u8(bytes, at);
		const stop = at + 1 + length;
		if (stop > end) break;
		elements.push(group === PROTOTYPE || group === DESCRIPTOR ? described(bytes, at + 1, stop) : hexOf(bytes, at + 1, stop));
		at = stop;
	}
	if (elements.length > 0) record.elements = elements;
	if (at < end) record.data = hexOf(bytes, at, end);
	return record;
}

function described(bytes: Uint8Array, start: number, end: number): Record<string, unknown> {
	if (end - start < ELEMENT_HEADER) return { data: hexOf(bytes, start, end) };
	const code = u8(bytes, start);
	const from = start + ELEMENT_HEADER;
	const hasUuid = (code === CODE.uuid || code === CODE.prototype) && end - from >= UUID;
	const nameFrom = hasUuid ? from + UUID : from;
	return {
		code: CODE_NAMES[code] ?? code,
		...(code === CODE.element && { type: u8(bytes, start + 1), length: u8(bytes, start + 2) }),
		...(hasUuid && { uuid: hexOf(bytes, from, from + UUID) }),
		...(nameFrom < end && { name: textOf(bytes, nameFrom, end) }),
	};
}
