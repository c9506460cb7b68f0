/** Which points a segment selector with its offset and length names (DFRWS 2017, table 3), and what their octets say. Offsets begin with 0, points with 1. */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";
import { selectorOf, UNIT } from "./codes.ts";
import type { SrtpObservation } from "./observation.ts";

const BITS = 8;

export interface Range {
	readonly space: number;
	readonly first: number;
	readonly count: number;
}

/** The points of a request; undefined where its selector is none that is known. */
export function rangeOf(o: SrtpObservation): Range | undefined {
	const record = selectorOf(o.selector);
	if (record === undefined || o.count <= 0) return undefined;
	const scale = record.unit === UNIT.byte ? BITS : 1;
	return { space: record.space, first: o.first * scale + 1, count: o.count * scale };
}

/** Their values, where there are enough octets for all of them. */
export function readValues(o: SrtpObservation, bytes: Uint8Array, start: number, end: number): void {
	const record = selectorOf(o.selector);
	const range = rangeOf(o);
	if (record === undefined || range === undefined) return;
	const count = Math.min(range.count, OPERATION_POINTS);
	// Bits begin within their octet.
	const skipped = record.unit === UNIT.bit ? o.first % BITS : 0;
	const needed = record.unit === UNIT.word ? 2 * o.count : Math.ceil((skipped + range.count) / BITS);
	if (end - start < needed) return;
	for (let index = 0; index < count; index++) {
		const bit = skipped + index;
		o.values[index] = record.unit === UNIT.word ? u16le(bytes, start + 2 * index) : (u8(bytes, start + (bit >> 3)) >> (bit & 7)) & 1;
	}
	o.valueCount = count;
}
