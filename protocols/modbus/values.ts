/** Values in a line, beside what was known of the same points before (memory.ts). */
import { FUNCTION, VIOLATION } from "./codes.ts";
import { type Change, compare, remember } from "./memory.ts";
import type { ModbusObservation } from "./observation.ts";
import { HOLDING, isBits, spaceOf } from "./tables.ts";
import { isWide } from "./wire.ts";

type Line = Record<string, unknown>;

/** Coils as booleans, registers as numbers. */
export function addValues(o: ModbusObservation, record: Line): void {
	const space = spaceOf(o.functionCode);
	const isBit = isBits(space);
	const changes: Change[] = [];
	const isTrue = o.kind === "response" && (o.violations & VIOLATION.mismatch) === 0;
	if (isTrue) rememberWritten(o, space, changes);
	if (o.functionCode === FUNCTION.readFifoQueue) {
		if (o.quantity >= 0) record.fifo = listed(o.values, o.valueCount, false);
	} else if (o.valueCount > 0) {
		record.values = listed(o.values, o.valueCount, isBit);
		if (isWide(o.address, o.quantity, 2 * o.valueCount)) record.values32 = widened(o.values, o.valueCount);
		// Values that contradict their request are of no point.
		else if (space >= 0 && o.address >= 0 && o.valueCount === o.quantity) {
			addComparison(o, record, "previous", "ageMs", space, o.address, o.values, o.valueCount, changes);
			if (isTrue) remember(o, space, o.address, o.values, o.valueCount);
		}
	}
	// An answer does not carry what was written; its request's line does.
	if (o.writtenCount > 0 && (o.kind === "request" || o.kind === "unanswered")) {
		const isBoth = o.functionCode === FUNCTION.readWriteMultipleRegisters;
		record[isBoth ? "writeValues" : "values"] = listed(o.written, o.writtenCount, isBit);
		const address = isBoth ? o.writeAddress : o.address;
		if (!isBoth && isWide(o.address, o.quantity, 2 * o.writtenCount)) record.values32 = widened(o.written, o.writtenCount);
		else if (isBoth) addComparison(o, record, "writePrevious", "writeAgeMs", space, address, o.written, o.writtenCount, changes);
		else addComparison(o, record, "previous", "ageMs", space, address, o.written, o.writtenCount, changes);
	}
	if (changes.length > 0) record.changes = changes;
}

function addComparison(
	o: ModbusObservation,
	record: Line,
	previous: string,
	ageMs: string,
	space: number,
	address: number,
	values: Uint16Array,
	count: number,
	changes: Change[],
): void {
	const comparison = compare(o, space, address, values, count, isBits(space));
	if (!comparison.isKnown) return;
	record[previous] = comparison.previous;
	record[ageMs] = comparison.ageMs;
	changes.push(...comparison.changes);
}

const mask = new Uint16Array(1);

/** What a write left behind, once it is answered: the echo of 5 and 6 is a value of its own. */
function rememberWritten(o: ModbusObservation, space: number, changes: Change[]): void {
	switch (o.functionCode) {
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
			if (o.address >= 0 && o.writtenCount === o.quantity) remember(o, space, o.address, o.written, o.writtenCount);
			break;
		case FUNCTION.readWriteMultipleRegisters:
			// 6.17: the write comes before the read.
			if (o.writeAddress >= 0 && o.writtenCount === o.writeQuantity) remember(o, HOLDING, o.writeAddress, o.written, o.writtenCount);
			break;
		case FUNCTION.maskWriteRegister: {
			if (o.address < 0) break;
			mask[0] = 0;
			const before = compare(o, HOLDING, o.address, mask, 1, false).previous[0];
			if (typeof before !== "number") break;
			// 6.16: (current AND and_mask) OR (or_mask AND NOT and_mask).
			mask[0] = (before & o.andMask) | (o.orMask & ~o.andMask);
			changes.push(...compare(o, HOLDING, o.address, mask, 1, false).changes);
			remember(o, HOLDING, o.address, mask, 1);
			break;
		}
	}
}

function listed(values: Uint16Array, count: number, isBit: boolean): (number | boolean)[] {
	const list: (number | boolean)[] = Array.from(values.subarray(0, count));
	return isBit ? list.map((value) => value === 1) : list;
}

/** Two registers as one number, the higher first. */
const widened = (values: Uint16Array, count: number): number[] =>
	Array.from({ length: count >> 1 }, (_, index) => values[2 * index]! * 0x10000 + values[2 * index + 1]!);
