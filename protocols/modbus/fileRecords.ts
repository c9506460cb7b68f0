/** File records (V1.1b3, 6.14 and 6.15): groups of registers in functions 20 and 21. */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { FUNCTION } from "./codes.ts";
import type { ModbusObservation } from "./observation.ts";

/** One group of function 20 or 21; `values` where they are there. */
interface FileRecord {
	file?: number;
	record?: number;
	length: number;
	values?: number[];
}

/** Groups of function 20 and 21; those of a read answer take file and record from its request. */
export function fileRecordsOf(o: ModbusObservation): FileRecord[] {
	const isAnswer = o.kind === "response" || o.kind === "unsolicited";
	const hasRequest = o.requestEnd > 0;
	if (o.functionCode === FUNCTION.writeFileRecord) {
		return o.pduEnd > o.pduStart
			? groupsOf(o.bytes, o.pduStart, o.pduEnd, true)
			: hasRequest
				? groupsOf(o.request, 0, o.requestEnd, true)
				: [];
	}
	if (!isAnswer) {
		return o.kind === "request"
			? groupsOf(o.bytes, o.pduStart, o.pduEnd, false)
			: hasRequest
				? groupsOf(o.request, 0, o.requestEnd, false)
				: [];
	}
	const asked = hasRequest ? groupsOf(o.request, 0, o.requestEnd, false) : [];
	const records: FileRecord[] = [];
	const end = Math.min(o.pduEnd, o.pduStart + 2 + u8(o.bytes, o.pduStart + 1));
	let at = o.pduStart + 2;
	while (at + 2 <= end) {
		// Response length counts the reference type and the data (6.14).
		const to = Math.min(end, at + 1 + u8(o.bytes, at));
		const values = registersOf(o.bytes, at + 2, to);
		const { file, record } = asked[records.length] ?? {};
		records.push({ ...(file !== undefined && record !== undefined && { file, record }), length: values.length, values });
		at = Math.max(to, at + 1);
	}
	return records;
}

/** Groups of reference type, file, record and length, with data where they write. */
function groupsOf(bytes: Uint8Array, pdu: number, pduEnd: number, isWrite: boolean): FileRecord[] {
	const groups: FileRecord[] = [];
	const end = Math.min(pduEnd, pdu + 2 + u8(bytes, pdu + 1));
	let at = pdu + 2;
	while (at + 7 <= end) {
		const length = u16(bytes, at + 5);
		const group: FileRecord = { file: u16(bytes, at + 1), record: u16(bytes, at + 3), length };
		at += 7;
		if (isWrite) {
			group.values = registersOf(bytes, at, Math.min(end, at + 2 * length));
			at += 2 * length;
		}
		groups.push(group);
	}
	return groups;
}

function registersOf(bytes: Uint8Array, start: number, end: number): number[] {
	const values: number[] = [];
	for (let at = start; at + 2 <= end; at += 2) values.push(u16(bytes, at));
	return values;
}
