/** The fields of a `decode` line: an observation as plain data. The seldom functions are read here, from the bytes still on loan. */

import { hexOf } from "../../src/wire/text.ts";
import {
	categoryOf,
	diagnosticName,
	exceptionName,
	FUNCTION,
	functionName,
	isGatewayException,
	MEI,
	meiName,
	VIOLATION,
	violationWords,
} from "./codes.ts";
import { diagnosticsOf, eventCounterOf, eventLogOf, exceptionStatusOf } from "./diagnostics.ts";
import { fileRecordsOf } from "./fileRecords.ts";
import { identificationRecordOf, serverIdOf } from "./identification.ts";
import type { ModbusObservation } from "./observation.ts";
import { SPACES, spaceOf } from "./tables.ts";
import { umasRecordOf } from "./umas.ts";
import { addValues } from "./values.ts";

export function recordOf(o: ModbusObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { framing: o.framing };
	if (o.transactionId >= 0) record.transactionId = o.transactionId;
	if (o.unitId >= 0) record.unitId = o.unitId;
	// Unit and PDU: the length of the MBAP header, where that does not lie.
	if (o.functionCode >= 0 && o.pduEnd > o.pduStart) record.length = o.pduEnd - o.pduStart + 1;
	if (o.functionCode >= 0) {
		record.functionCode = o.functionCode;
		record.function = functionName(o.functionCode);
		const category = categoryOf(o.functionCode, o.subFunction, o.mei);
		if (category !== "public-assigned") record.category = category;
	}
	if (o.exceptionCode > 0) {
		record.exceptionCode = o.exceptionCode;
		record.exception = exceptionName(o.exceptionCode);
		if (isGatewayException(o.exceptionCode)) record.saidBy = "gateway";
	}
	const space = spaceOf(o.functionCode);
	if (space >= 0) record.table = SPACES[space];
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
		// Nobody can say who made noise.
		if (!(o.violations & VIOLATION.noise)) record.sender = o.isFromServer ? "server" : "client";
		record.data = hexOf(o.bytes, o.pduStart, o.pduEnd);
	} else if (o.exceptionCode === 0 && (o.violations & VIOLATION.exceptionCode) === 0) addDetails(o, record); // an exception 0 is one too
	if (o.kind !== "request" && o.kind !== "malformed") record.matched = o.matched;
	else if (o.matched) record.matched = true;
	if (o.requestFrame > 0) record.requestFrame = o.requestFrame;
	if (o.latency >= 0) record.latencyMs = o.latency / 1000;
	if (o.late) record.late = true;
	if (o.isRepeated) record.repeated = true;
	if (o.isReused) record.reused = true;
	if (o.isUnanswerable && o.kind === "request" && o.unitId === 0) record.broadcast = true;
	if (o.isDuplicate) record.duplicate = true;
	if (o.isDiverging) record.diverging = true;
	if (o.answerFrame > 0) record.answerFrame = o.answerFrame;
	if (o.noiseBytes > 0) record.noiseBytes = o.noiseBytes;
	if (o.violations !== 0) record.violations = violationWords(o.violations);
	return record;
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
			if (isAnswer) Object.assign(record, exceptionStatusOf(o));
			break;
		case FUNCTION.diagnostics:
			Object.assign(record, diagnosticsOf(o));
			break;
		case FUNCTION.getCommEventCounter:
			if (isAnswer) Object.assign(record, eventCounterOf(o));
			break;
		case FUNCTION.getCommEventLog:
			if (isAnswer) Object.assign(record, eventLogOf(o));
			break;
		case FUNCTION.reportServerId:
			if (isAnswer) Object.assign(record, serverIdOf(o));
			break;
		case FUNCTION.readFileRecord:
		case FUNCTION.writeFileRecord:
			record.fileRecords = fileRecordsOf(o);
			break;
		case FUNCTION.encapsulatedInterface:
			// CANopen (43/13) is described by CiA 309-2, which is not public: its bytes.
			if (o.mei === MEI.deviceIdentification) Object.assign(record, identificationRecordOf(o));
			else if (o.kind !== "unanswered") record.data = hexOf(bytes, pdu + 2, end);
			break;
		case FUNCTION.umas:
			Object.assign(record, umasRecordOf(o));
			break;
		default:
			if (o.kind !== "unanswered") record.data = hexOf(bytes, pdu + 1, end);
	}
}
