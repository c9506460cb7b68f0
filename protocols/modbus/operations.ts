/**
 * Modbus in neutral words: one operation for each transaction, said at its end (its answer, its refusal, or the time at which no answer came), so that it carries
 * what was asked and how it went. A function that writes and reads gives two.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { DIAGNOSTIC, exceptionWords, FUNCTION, functionWords, isGatewayException, MEI, OBJECT, VIOLATION } from "./codes.ts";
import { fileRecordsOf } from "./fileRecords.ts";
import { identificationOf, serverIdOf } from "./identification.ts";
import type { ModbusObservation } from "./observation.ts";
import { SPACES, spaceOf, WIDE } from "./tables.ts";
import {
	isUmasRefused,
	UMAS,
	UMAS_ERROR,
	UMAS_OPERATION,
	umasCodeOf,
	umasIdentityOf,
	umasNamesOf,
	umasPoint,
	umasVariablesOf,
	umasVerb,
	umasWords,
} from "./umas.ts";
import { MAX_QUANTITY } from "./wire.ts";

/** The unit number of all (Messaging on serial line V1.02, 2.2). */
const BROADCAST = 0;

const SPACE_WORDS = ["coil", "discrete input", "input register", "holding register"] as const;

/** A point for people. */
export function pointName(name: string): string {
	const [space = "", ...rest] = name.split(":");
	const index = SPACES.indexOf(space);
	if (index >= 0 && rest.length === 1) return `${SPACE_WORDS[index]} ${rest[0]}`;
	const wide = WIDE.find((one) => one.name === space);
	if (wide !== undefined && rest.length === 1)
		return `${SPACE_WORDS[wide.words]}s ${rest[0]} and ${Number(rest[0]) + 1} as ${wide.isSwapped ? "word-swapped " : ""}${wide.type}`;
	if (space === "file" && rest.length === 2) return `record ${rest[1]} of file ${rest[0]}`;
	if (space === "fifo" && rest.length === 1) return `FIFO queue ${rest[0]}`;
	if (space === "umas" && rest.length === 2) return `variable at ${rest[1]} of block ${rest[0]}`;
	if (space === "umas-memory" && rest.length === 1) return `memory address ${rest[0]}`;
	return name;
}

export const operationName = (code: number): string =>
	code >= UMAS_OPERATION
		? `${umasWords(code - UMAS_OPERATION)} (UMAS function ${code - UMAS_OPERATION})`
		: `${functionWords(code)} (function ${code})`;
export const outcomeName = (code: number): string => (code === UMAS_ERROR ? "error (UMAS)" : `${exceptionWords(code)} (exception ${code})`);

export function sayOperations(o: ModbusObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "request":
			// No answer is due: this is its end.
			if (!o.isUnanswerable) return;
			break;
		case "response":
			if (o.isUnanswerable) {
				if (o.unitId === BROADCAST) sink.answers(BROADCAST);
				return;
			}
			// Its end was said when no answer came; only what was read is new.
			if (o.late && !isReading(o.functionCode)) return;
			break;
		case "malformed":
			// An answer that cannot be read is no answer; a malformed request ends with its answer.
			if (!o.matched || o.late || o.isUnanswerable) return;
			break;
		case "unsolicited":
			if (o.isDuplicate) return;
			break;
		case "exception":
			if (o.isUnanswerable && o.unitId === BROADCAST) {
				sink.answers(BROADCAST);
				return;
			}
			if (o.late) return;
			break;
	}
	switch (o.functionCode) {
		case FUNCTION.readWriteMultipleRegisters:
			// 6.17: the write comes before the read.
			if (!o.late) write(o, sink, o.writeAddress, o.writeQuantity);
			read(o, sink);
			break;
		case FUNCTION.readCoils:
		case FUNCTION.readDiscreteInputs:
		case FUNCTION.readHoldingRegisters:
		case FUNCTION.readInputRegisters:
			read(o, sink);
			break;
		case FUNCTION.writeSingleCoil:
		case FUNCTION.writeSingleRegister:
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
		case FUNCTION.maskWriteRegister:
			write(o, sink, o.address, o.quantity);
			break;
		case FUNCTION.readFileRecord:
		case FUNCTION.writeFileRecord:
			file(o, sink);
			break;
		case FUNCTION.readFifoQueue:
			begin(o, sink, "read");
			if (o.address >= 0) sink.named(`fifo:${o.address}`);
			sink.commit();
			break;
		case FUNCTION.umas:
			umas(o, sink);
			break;
		default:
			begin(o, sink, verbOf(o.functionCode, selectorOf(o)));
			sink.commit();
			if (o.kind !== "response") return;
			if (o.mei === MEI.deviceIdentification) identify(o, sink);
			else if (o.functionCode === FUNCTION.reportServerId) identifyServer(o, sink);
	}
}

/** Sub-function of diagnostics, MEI type of function 43; -1 for none. */
const selectorOf = (o: ModbusObservation): number => (o.functionCode === FUNCTION.encapsulatedInterface ? o.mei : o.subFunction);

const isReading = (code: number): boolean => {
	const verb = verbOf(code, -1);
	return verb === "read" || verb === "identify" || code === FUNCTION.readWriteMultipleRegisters;
};

/** What a function does; the sub-function counts for diagnostics, the MEI type for function 43. */
export function verbOf(code: number, selector: number): Verb {
	switch (code) {
		case FUNCTION.readCoils:
		case FUNCTION.readDiscreteInputs:
		case FUNCTION.readHoldingRegisters:
		case FUNCTION.readInputRegisters:
		case FUNCTION.readFileRecord:
		case FUNCTION.readFifoQueue:
			return "read";
		case FUNCTION.writeSingleCoil:
		case FUNCTION.writeSingleRegister:
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
		case FUNCTION.maskWriteRegister:
		case FUNCTION.writeFileRecord:
		case FUNCTION.readWriteMultipleRegisters:
			return "write";
		case FUNCTION.reportServerId:
			return "identify";
		case FUNCTION.encapsulatedInterface:
			return selector === MEI.canOpen ? "other" : "identify";
		case FUNCTION.readExceptionStatus:
		case FUNCTION.getCommEventCounter:
		case FUNCTION.getCommEventLog:
			return "diagnose";
		case FUNCTION.diagnostics:
			switch (selector) {
				case DIAGNOSTIC.restartCommunications:
				case DIAGNOSTIC.forceListenOnly:
				case DIAGNOSTIC.clearCounters:
				case DIAGNOSTIC.clearOverrun:
					return "command";
				case DIAGNOSTIC.changeAsciiDelimiter:
					return "configure";
				default:
					return "diagnose";
			}
		default:
			return "other";
	}
}

export function outcomeOf(o: ModbusObservation): Outcome {
	switch (o.kind) {
		case "exception":
			// 7: the gateway says it, and of the device behind it that it is silent.
			return isGatewayException(o.exceptionCode) ? "unanswered" : "refused";
		case "unanswered":
		case "malformed":
			return "unanswered";
		case "unsolicited":
			return "unsolicited";
		default:
			return "ok";
	}
}

function begin(o: ModbusObservation, sink: OperationSink, verb: Verb): Operation {
	const operation = sink.begin(o.unitId);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = o.functionCode;
	operation.subCode = selectorOf(o);
	operation.outcome = outcomeOf(o);
	operation.outcomeCode = o.exceptionCode;
	operation.latency = o.latency;
	operation.isBroadcast = o.isUnanswerable && o.unitId === BROADCAST;
	return operation;
}

/** As many points as the tables have and the function may touch; a request for more is refused anyway. */
function pointsOf(code: number, address: number, quantity: number): number {
	const isBits = code === FUNCTION.readCoils || code === FUNCTION.readDiscreteInputs || code === FUNCTION.writeMultipleCoils;
	const most = isBits ? MAX_QUANTITY.readBits : MAX_QUANTITY.readRegisters;
	return address < 0 ? 0 : Math.min(quantity, most, 0x10000 - address, OPERATION_POINTS);
}

function read(o: ModbusObservation, sink: OperationSink): void {
	const operation = begin(o, sink, "read");
	const count = pointsOf(o.functionCode, o.address, o.quantity);
	if (count > 0) {
		sink.range(spaceOf(o.functionCode), o.address, count);
		// Values that contradict the request are nobody's.
		if (o.valueCount === count && operation.pointCount === count && (o.violations & VIOLATION.mismatch) === 0) {
			for (let index = 0; index < count; index++) operation.values[index] = o.values[index]!;
			operation.valueCount = count;
		}
	}
	sink.commit();
}

function write(o: ModbusObservation, sink: OperationSink, address: number, quantity: number): void {
	const operation = begin(o, sink, "write");
	const count = pointsOf(o.functionCode, address, quantity);
	if (count > 0) {
		sink.range(spaceOf(o.functionCode), address, count);
		if (operation.pointCount === count) {
			// Of a masked write only the masks are known, of wider registers more than a value each; of an answer without its request the value is the answer's.
			if (o.writtenCount === count) for (let index = 0; index < count; index++) operation.values[index] = o.written[index]!;
			else if (o.valueCount === count && o.functionCode <= FUNCTION.writeSingleRegister) operation.values[0] = o.values[0]!;
			else operation.values.fill(Number.NaN, 0, count);
			operation.valueCount = count;
		}
	}
	sink.commit();
}

/** A record of a file is one register (6.14); the point is `file:4:1`. */
function file(o: ModbusObservation, sink: OperationSink): void {
	const isWrite = o.functionCode === FUNCTION.writeFileRecord;
	const operation = begin(o, sink, isWrite ? "write" : "read");
	if (o.kind !== "exception" && o.kind !== "malformed") {
		let hasValues = true;
		let count = 0;
		for (const group of fileRecordsOf(o)) {
			if (group.file === undefined || group.record === undefined) continue;
			const length = Math.min(group.length, MAX_QUANTITY.readRegisters);
			for (let index = 0; index < length; index++) {
				sink.named(`file:${group.file}:${group.record + index}`);
				const value = group.values?.[index];
				if (value === undefined) hasValues = false;
				else if (count < OPERATION_POINTS) operation.values[count] = value;
				count++;
			}
		}
		if (hasValues && operation.pointCount === count) operation.valueCount = count;
	}
	sink.commit();
}

/** What an answer that breaks no rule says of the unit, as far as it says it. */
function stated(o: ModbusObservation, said: readonly (readonly [name: string, text: string | undefined])[]) {
	if (o.violations !== 0) return {};
	return { unit: o.unitId, statements: new Map(said.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))) };
}

/** Objects that say the same as long as the device is the same, with their names for people. */
const STATED = [
	[OBJECT.vendorName, "vendor"],
	[OBJECT.productCode, "product code"],
	[OBJECT.revision, "revision"],
	[OBJECT.productName, "product name"],
	[OBJECT.modelName, "model name"],
] as const;

/** Who the device says it is (6.21), with what it said in the parts before. */
function identify(o: ModbusObservation, sink: OperationSink): void {
	const objects = identificationOf(o);
	const value = (id: number) => objects?.get(id) || undefined;
	const vendor = value(OBJECT.vendorName);
	const productCode = value(OBJECT.productCode);
	const model = value(OBJECT.modelName) ?? value(OBJECT.productName) ?? productCode;
	const firmware = value(OBJECT.revision);
	const application = value(OBJECT.userApplicationName);
	if (vendor === undefined && model === undefined && firmware === undefined && application === undefined) return;
	sink.identity({
		unit: o.unitId,
		...(vendor !== undefined && { vendor }),
		...(model !== undefined && { model }),
		...(productCode !== undefined && productCode !== model && { productCode }),
		...(firmware !== undefined && { firmware }),
		...(application !== undefined && { application }),
		...stated(
			o,
			STATED.map(([id, name]) => [name, value(id)]),
		),
		evidence: "Modbus device identification",
	});
}

/** UMAS: one operation a transaction, with its own functions as codes; a variable is `umas:BLOCK:OFFSET`. */
function umas(o: ModbusObservation, sink: OperationSink): void {
	const code = umasCodeOf(o);
	const operation = begin(o, sink, umasVerb(code));
	if (code >= 0) operation.code = UMAS_OPERATION + code;
	if (o.kind === "response" && isUmasRefused(o)) {
		operation.outcome = "refused";
		operation.outcomeCode = UMAS_ERROR;
	}
	if (code === UMAS.readVariables || code === UMAS.writeVariables) {
		const variables = umasVariablesOf(o);
		for (const variable of variables) sink.named(umasPoint(variable));
		if (variables.some(({ value }) => value !== undefined) && operation.pointCount === variables.length) {
			for (const [index, { value }] of variables.entries()) operation.values[index] = value ?? Number.NaN;
			operation.valueCount = variables.length;
		}
	}
	if (code === UMAS.dataDictionary) for (const named of umasNamesOf(o)) sink.label(umasPoint(named), named.name);
	sink.commit();
	const identity = o.kind === "response" ? umasIdentityOf(o) : undefined;
	if (identity === undefined) return;
	const { model, firmware } = identity;
	// What the two functions call a firmware need not be the same.
	const statements = stated(o, [
		["model (UMAS)", model],
		[`firmware (UMAS function ${code})`, firmware],
	]);
	sink.identity({ unit: o.unitId, vendor: "Schneider Electric", ...identity, ...statements, evidence: "UMAS identification" });
}

const MIN_MODEL = 3; // characters; less is an id, not a name

function identifyServer(o: ModbusObservation, sink: OperationSink): void {
	const { serverId, additionalData } = serverIdOf(o);
	const model = additionalData ?? serverId;
	if (model.length < MIN_MODEL || /^[0-9a-f]+$/.test(model)) return;
	sink.identity({ unit: o.unitId, model, ...stated(o, [["server id", model]]), evidence: "Modbus report server id" });
}
