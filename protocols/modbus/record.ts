/** The fields of a `decode` line: an observation as plain data. The seldom functions are read here, from the bytes still on loan. */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { diagnosticName, exceptionName, FUNCTION, functionName, MEI, meiName, objectName, VIOLATION, violationWords } from "./codes.ts";
import type { ModbusObservation } from "./observation.ts";

/** One object of a device identification. */
export interface DeviceObject {
	id: number;
	name: string;
	value: string;
}

/** One group of function 20 or 21; `values` where they are there. */
export interface FileRecord {
	file?: number;
	record?: number;
	length: number;
	values?: number[];
}

/** What function 17 answers; its layout is the device's own, but for the run indicator (6.13). */
export interface ServerId {
	serverId: string;
	runIndicator?: boolean;
	additionalData?: string;
}

export function recordOf(o: ModbusObservation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.transactionId >= 0) record.transactionId = o.transactionId;
	if (o.unitId >= 0) record.unitId = o.unitId;
	if (o.functionCode >= 0) {
		record.functionCode = o.functionCode;
		record.function = functionName(o.functionCode);
	}
	if (o.exceptionCode > 0) {
		record.exceptionCode = o.exceptionCode;
		record.exception = exceptionName(o.exceptionCode);
	}
	if (o.address >= 0) record.address = o.address;
	if (o.quantity >= 0) record.quantity = o.quantity;
	if (o.writeAddress >= 0) record.writeAddress = o.writeAddress;
	if (o.writeQuantity >= 0) record.writeQuantity = o.writeQuantity;
	if (o.andMask >= 0) record.andMask = o.andMask;
	if (o.orMask >= 0) record.orMask = o.orMask;
	if (o.subFunction >= 0) {
		record.subFunction = o.subFunction;
		record.subFunctionName = diagnosticName(o.subFunction);
	}
	if (o.mei >= 0) {
		record.mei = o.mei;
		record.meiName = meiName(o.mei);
	}
	addValues(o, record);
	if (o.kind === "malformed") {
		record.sender = o.isFromServer ? "server" : "client";
		record.data = hexOf(o.bytes, o.pduStart, o.pduEnd);
	} else if (o.exceptionCode === 0 && (o.violations & VIOLATION.exceptionCode) === 0) addDetails(o, record); // an exception 0 is one too
	if (o.kind !== "request" && o.kind !== "malformed") record.matched = o.matched;
	else if (o.matched) record.matched = true;
	if (o.requestFrame > 0) record.requestFrame = o.requestFrame;
	if (o.latency >= 0) record.latencyMs = o.latency / 1000;
	if (o.late) record.late = true;
	if (o.isDuplicate) record.duplicate = true;
	if (o.isDiverging) record.diverging = true;
	if (o.answerFrame > 0) record.answerFrame = o.answerFrame;
	if (o.violations !== 0) record.violations = violationWords(o.violations);
	return record;
}

/** Coils as booleans, registers as numbers. */
function addValues(o: ModbusObservation, record: Record<string, unknown>): void {
	const isCoil =
		o.functionCode === FUNCTION.readCoils ||
		o.functionCode === FUNCTION.readDiscreteInputs ||
		o.functionCode === FUNCTION.writeSingleCoil ||
		o.functionCode === FUNCTION.writeMultipleCoils;
	const listed = (values: Uint16Array, count: number): (number | boolean)[] => {
		const list: (number | boolean)[] = Array.from(values.subarray(0, count));
		return isCoil ? list.map((value) => value === 1) : list;
	};
	if (o.functionCode === FUNCTION.readFifoQueue) {
		if (o.quantity >= 0) record.fifo = listed(o.values, o.valueCount);
	} else if (o.valueCount > 0) record.values = listed(o.values, o.valueCount);
	// An answer does not carry what was written; its request's line does.
	if (o.writtenCount > 0 && (o.kind === "request" || o.kind === "unanswered")) {
		record[o.functionCode === FUNCTION.readWriteMultipleRegisters ? "writeValues" : "values"] = listed(o.written, o.writtenCount);
	}
}

function addDetails(o: ModbusObservation, record: Record<string, unknown>): void {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	const isAnswer = o.kind === "response" || o.kind === "unsolicited";
	switch (o.functionCode) {
		case FUNCTION.readCoils:
		case FUNCTION.readDiscreteInputs:
		case FUNCTION.readHoldingRegisters:
		case FUNCTION.readInputRegisters:
		case FUNCTION.writeSingleCoil:
		case FUNCTION.writeSingleRegister:
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
		case FUNCTION.maskWriteRegister:
		case FUNCTION.readWriteMultipleRegisters:
		case FUNCTION.readFifoQueue:
			break;
		case FUNCTION.readExceptionStatus:
			if (isAnswer) record.status = u8(bytes, pdu + 1);
			break;
		case FUNCTION.diagnostics:
			if (o.kind !== "unanswered") record.data = hexOf(bytes, pdu + 3, end);
			else if (o.requestEnd > 0) record.data = hexOf(o.request, 3, o.requestEnd);
			break;
		case FUNCTION.getCommEventCounter:
			if (isAnswer) Object.assign(record, { status: u16(bytes, pdu + 1), eventCount: u16(bytes, pdu + 3) });
			break;
		case FUNCTION.getCommEventLog:
			if (isAnswer && end - pdu >= 8) {
				record.status = u16(bytes, pdu + 2);
				record.eventCount = u16(bytes, pdu + 4);
				record.messageCount = u16(bytes, pdu + 6);
				record.events = Array.from(bytes.subarray(pdu + 8, end));
			}
			break;
		case FUNCTION.reportServerId:
			if (isAnswer) Object.assign(record, serverIdOf(o));
			break;
		case FUNCTION.readFileRecord:
		case FUNCTION.writeFileRecord:
			record.fileRecords = fileRecordsOf(o);
			break;
		case FUNCTION.encapsulatedInterface:
			if (o.mei === MEI.deviceIdentification) addIdentification(o, record);
			else if (o.kind !== "unanswered") record.data = hexOf(bytes, pdu + 2, end);
			break;
		default:
			if (o.kind !== "unanswered") record.data = hexOf(bytes, pdu + 1, end);
	}
}

function addIdentification(o: ModbusObservation, record: Record<string, unknown>): void {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	if (o.kind === "unanswered" || end - pdu < 4) return;
	record.readDeviceIdCode = u8(bytes, pdu + 2);
	if (o.kind === "request") {
		record.objectId = u8(bytes, pdu + 3);
		return;
	}
	record.conformityLevel = u8(bytes, pdu + 3);
	if (end - pdu < 7) return;
	record.moreFollows = u8(bytes, pdu + 4) === 0xff;
	record.nextObjectId = u8(bytes, pdu + 5);
	record.objects = deviceObjectsOf(o);
}

/** Objects of a device identification response (6.21), as many as are whole. */
export function deviceObjectsOf(o: ModbusObservation): DeviceObject[] {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	const objects: DeviceObject[] = [];
	let at = pdu + 7;
	for (let left = end - pdu > 6 ? u8(bytes, pdu + 6) : 0; left > 0 && at + 2 <= end; left--) {
		const to = at + 2 + u8(bytes, at + 1);
		if (to > end) break;
		objects.push({ id: u8(bytes, at), name: objectName(u8(bytes, at)), value: textOf(bytes, at + 2, to) });
		at = to;
	}
	return objects;
}

/** Function 17: most devices send one byte of id, the run indicator, then text; some send text that ends in the run indicator. */
export function serverIdOf(o: ModbusObservation): ServerId {
	const { bytes, pduStart: pdu } = o;
	const start = pdu + 2;
	const end = Math.min(o.pduEnd, start + u8(bytes, pdu + 1));
	const isIndicator = (at: number) => at >= start && at < end && (bytes[at] === 0x00 || bytes[at] === 0xff);
	if (isIndicator(start + 1)) {
		const answer: ServerId = { serverId: hexOf(bytes, start, start + 1), runIndicator: bytes[start + 1] === 0xff };
		if (end > start + 2) answer.additionalData = textOrHex(bytes, start + 2, end);
		return answer;
	}
	if (isIndicator(end - 1)) return { serverId: textOrHex(bytes, start, end - 1), runIndicator: bytes[end - 1] === 0xff };
	return { serverId: textOrHex(bytes, start, Math.max(start, end)) };
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

function hexOf(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at++) text += u8(bytes, at).toString(16).padStart(2, "0");
	return text;
}

/** One character a byte, without the zeros that some devices pad with. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
	let last = end;
	while (last > start && bytes[last - 1] === 0) last--;
	let text = "";
	for (let at = start; at < last; at++) text += String.fromCharCode(bytes[at]!);
	return text;
}

function textOrHex(bytes: Uint8Array, start: number, end: number): string {
	const text = textOf(bytes, start, end);
	return /^[\x20-\x7e]+$/.test(text) ? text : hexOf(bytes, start, end);
}
