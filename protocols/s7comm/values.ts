/** The data of a read, a write or a push, item by item beside its addresses. */
import { OPERATION_POINTS } from "../../src/decode/protocol.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { FUNCTION } from "./codes.ts";
import { dataLength, type Item, valueAt } from "./items.ts";
import type { S7Observation } from "./observation.ts";
import { DATA_HEADER } from "./wire.ts";

/** `start` equals `end` where there is no data. */
export type VisitValue = (index: number, item: Item | undefined, returnCode: number, dataSize: number, start: number, end: number) => void;

/** Whether a message has a return code alone for each item. */
const isWritten = (o: S7Observation): boolean => o.functionCode === FUNCTION.writeVar && o.kind !== "request";

/** Goes over the data; false where it overruns its message, or there is not as much as addresses. */
export function eachValue(o: S7Observation, visit?: VisitValue): boolean {
	const { valuesEnd: end, shape } = o;
	if (o.valuesAt < 0) return true;
	const bytes = o.group >= 0 ? o.contents : o.bytes;
	const items = shape?.items ?? [];
	let at = o.valuesAt;
	for (let index = 0; at < end; index++) {
		const code = u8(bytes, at);
		if (isWritten(o)) {
			visit?.(index, items[index], code, 0, at, at);
			at++;
			continue;
		}
		if (end - at < DATA_HEADER) return false;
		const size = u8(bytes, at + 1);
		const start = at + DATA_HEADER;
		const stop = start + dataLength(size, u16(bytes, at + 2));
		if (stop > end) return false;
		visit?.(index, items[index], code, size, start, stop);
		// Data of an odd length is filled up, but for the last.
		at = stop + ((stop - start) & 1);
	}
	return true;
}

/** The numbers of each item, as far as one operation can say them. */
export function numbersOf(o: S7Observation): number[][] {
	const out: number[][] = [];
	let left = OPERATION_POINTS;
	eachValue(o, (_, item, _code, _size, start, end) => {
		const count = item === undefined || item.width === 0 ? 0 : Math.min(item.count, Math.floor((end - start) / item.width), left);
		left -= count;
		out.push(Array.from({ length: count }, (_one, index) => valueAt(o.bytes, start + index * item!.width, item!.size)));
	});
	return out;
}
