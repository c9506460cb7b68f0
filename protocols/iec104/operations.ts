/**
 * IEC 60870-5-104 in neutral words. What a station says of its process is a report, by itself or for an interrogation. The question of one is a read, and so is an object that was asked
 * for by its address. A command that executes writes a value, one that selects or cancels is a command. A point is an object address in the space of what it is, so a command and the information about the same object are two points. The unit is the common address.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import {
	ACKNOWLEDGE,
	CAUSE,
	causeName,
	FREEZE_SHIFT,
	fileErrorName,
	GROUP,
	isRecordFile,
	isUnknown,
	parameterSpace,
	SELECT,
	SPACES,
	TYPE,
	TYPES,
} from "./codes.ts";
import { isSelect } from "./exchange.ts";
import type { Iec104Observation } from "./observation.ts";
import { NOT_READY, PARAMETER_KIND } from "./record.ts";
import { GLOBAL_ADDRESS, NEGATIVE_BIT, UNNUMBERED, unnumberedName } from "./wire.ts";

/** Codes of the U format stand behind all types. */
const FUNCTION_BASE = 0x100;
/** Outcomes of file transfers stand behind the causes: so much and the error of the qualifier. */
const FILE_OUTCOME = 0x100;
const INVALID = 0x80;
/**
 * What a station says of its process is one function, whatever the type: an object that comes with another type, with a time or only once in months is none that is new. So an interrogation, which brings
 * every object, shows which ones there are. The type is the sub-code.
 */
const REPORT_CODE = 0x200;

const COMMAND = { execute: 0, select: 1, cancel: 2 } as const;

/** The code of an operation that starts or stops data. */
const functionCode = (control: number): number => FUNCTION_BASE + control;
export const STOP_CODE = functionCode(UNNUMBERED.stopAct);

export const operationName = (code: number): string =>
	code === REPORT_CODE
		? "information in monitoring direction"
		: code >= FUNCTION_BASE
			? `${code === STOP_CODE ? "stop" : "start"} data transfer (${unnumberedName(code - FUNCTION_BASE)})`
			: `${TYPES[code]!.title} (${TYPES[code]!.name}, type ${code})`;

export const outcomeName = (code: number): string =>
	code >= FILE_OUTCOME
		? code === FILE_OUTCOME
			? "not ready (file transfer)"
			: `${fileErrorName(code - FILE_OUTCOME)} (file transfer)`
		: code >= NEGATIVE_BIT
			? `negative ${causeName(code - NEGATIVE_BIT)} (cause ${code - NEGATIVE_BIT})`
			: `${causeName(code)} (cause ${code})`;

const FILE_POINT = /^file:(\d+):(\d+)$/;
const SPACE_WORDS: Readonly<Record<string, string>> = { "packed-single-points": "packed single points" };

/** A point for people. */
export function pointName(name: string): string {
	const file = FILE_POINT.exec(name);
	if (file !== null) return `file ${file[2]} of object ${file[1]}`;
	const [space = "", ...rest] = name.split(":");
	if (rest.length !== 1 || !(SPACES as readonly string[]).includes(space)) return name;
	return `${SPACE_WORDS[space] ?? space.replaceAll("-", " ")} ${rest[0]}`;
}

const MAX_ADDRESS = 0xffffff;
const SPACE_OF_TYPE: ReadonlyMap<string, number> = new Map(TYPES.map(({ name, space }) => [name.toLowerCase(), space]));

/** The stable name of a point as it is written elsewhere: with its space, or an object address beside the name of its space or type. */
export function parsePoint(text: string, table: string): string | undefined {
	const [, prefix, digits] = /^(?:([a-z-]+):)?(\d{1,8})$/.exec(text) ?? [];
	if (digits === undefined || Number(digits) > MAX_ADDRESS) return undefined;
	const word = prefix ?? table.toLowerCase();
	const space = (SPACES as readonly string[]).includes(word) ? word : SPACES[SPACE_OF_TYPE.get(word) ?? -1];
	return space === undefined ? undefined : `${space}:${Number(digits)}`;
}

/** What a request wants. */
export function verbOf(typeId: number, cause: number, detail: number): Verb {
	switch (TYPES[typeId]!.group) {
		case GROUP.command:
			return cause === CAUSE.deactivation || isSelect(typeId, detail) ? "command" : "write";
		case GROUP.parameter:
			return "configure";
	}
	switch (typeId) {
		case TYPE.interrogation:
		case TYPE.read:
			return "read";
		case TYPE.counterInterrogation:
			return detail >> FREEZE_SHIFT > 0 ? "command" : "read";
		case TYPE.clock:
		case TYPE.delay:
			return "configure";
		case TYPE.resetProcess:
			return "command";
		case TYPE.test:
		case TYPE.testWithTime:
			return "diagnose";
		default:
			return "other";
	}
}

export function operations(o: Iec104Observation, sink: OperationSink): void {
	switch (o.kind) {
		case "information":
			if (o.isFromServer) information(o, sink);
			else other(o, sink);
			return;
		case "request":
			// What goes to all has its end here; what each station answers is an operation of that station.
			if (o.isFromServer) other(o, sink);
			else if (o.commonAddress === GLOBAL_ADDRESS) ended(o, sink, "ok");
			return;
		case "confirmation":
			if (o.isFromServer && o.isMatched) ended(o, sink, "ok");
			return;
		case "refusal":
			if (!o.isFromServer) return;
			if (TYPES[o.typeId]!.group === GROUP.file) fileRefused(o, sink);
			else if (o.isMatched) ended(o, sink, "refused");
			return;
		case "unanswered":
			if (o.isFromServer) return;
			if (o.format === "U") started(o, sink, o.control, "unanswered");
			else if (TYPES[o.typeId]!.group === GROUP.file) fileAnswered(o, sink, "unanswered", 0);
			else ended(o, sink, "unanswered");
			return;
		case "file":
			file(o, sink);
			return;
		case "unnumbered":
			if (o.isFromServer && o.isMatched && o.control === UNNUMBERED.startCon) started(o, sink, UNNUMBERED.startAct, "ok");
			else if (o.isFromServer && o.isMatched && o.control === UNNUMBERED.stopCon) started(o, sink, UNNUMBERED.stopAct, "ok");
			return;
		case "security":
		case "other":
			other(o, sink);
			return;
	}
}

function begin(o: Iec104Observation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome): Operation {
	const operation = sink.begin(o.commonAddress);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.latency = o.latency;
	operation.isBroadcast = o.commonAddress === GLOBAL_ADDRESS;
	return operation;
}

/** The objects as points with their values; what the station itself calls invalid is no value. */
function points(o: Iec104Observation, sink: OperationSink, operation: Operation): void {
	const { space } = TYPES[o.typeId]!;
	if (space < 0) return;
	const isParameter = TYPES[o.typeId]!.group === GROUP.parameter && o.typeId !== TYPE.parameterActivation;
	for (let index = 0; index < o.objectCount && operation.pointCount < OPERATION_POINTS; index++) {
		sink.range(isParameter ? parameterSpace(o.details[index]! & PARAMETER_KIND) : space, o.addresses[index]!, 1);
		operation.values[index] = (o.qualities[index]! & INVALID) !== 0 ? Number.NaN : o.values[index]!;
	}
	operation.valueCount = operation.pointCount === o.objectCount ? o.objectCount : 0;
}

function information(o: Iec104Observation, sink: OperationSink): void {
	// A value for a test is none of the process.
	if (o.isTest) return;
	const isRead = o.requestType === TYPE.read;
	const operation = begin(
		o,
		sink,
		isRead ? "read" : "report",
		isRead ? TYPE.read : o.typeId === TYPE.endOfInitialization ? o.typeId : REPORT_CODE,
		"ok",
	);
	if (operation.code === REPORT_CODE) operation.subCode = o.typeId;
	points(o, sink, operation);
	sink.commit();
}

/** A request at its end. Its own message and its confirmation have the same objects. */
function ended(o: Iec104Observation, sink: OperationSink, outcome: Outcome): void {
	const isRequest = o.kind === "request";
	const typeId = isRequest ? o.typeId : o.requestType;
	const detail = isRequest ? (o.objectCount > 0 ? o.details[0]! : -1) : o.requestDetail;
	// Of a mirrored message the cause says why, and no more whether it was a deactivation.
	const isCancelled = o.cause === CAUSE.deactivation || o.cause === CAUSE.deactivationCon;
	const operation = begin(o, sink, verbOf(typeId, isCancelled ? CAUSE.deactivation : CAUSE.activation, detail), typeId, outcome);
	if (TYPES[typeId]!.group === GROUP.command)
		operation.subCode = isCancelled ? COMMAND.cancel : isSelect(typeId, detail) ? COMMAND.select : COMMAND.execute;
	else if (TYPES[typeId]!.space < 0 && detail >= 0 && typeId !== TYPE.delay && typeId !== TYPE.test && typeId !== TYPE.testWithTime)
		operation.subCode = detail;
	if (outcome === "refused") operation.outcomeCode = isUnknown(o.cause) ? o.cause : o.cause + NEGATIVE_BIT;
	points(o, sink, operation);
	// Selecting and cancelling change nothing yet.
	if (operation.verb === "command") operation.valueCount = 0;
	sink.commit();
}

function started(o: Iec104Observation, sink: OperationSink, control: number, outcome: Outcome): void {
	const operation = begin(o, sink, "configure", functionCode(control), outcome);
	// The connection is that of all stations behind it.
	operation.unit = -1;
	operation.isBroadcast = false;
	sink.commit();
}

/** What only names itself: the security extension, types that nobody describes, and the directions turned round. */
function other(o: Iec104Observation, sink: OperationSink): void {
	if (o.isFromServer) return;
	begin(o, sink, "other", o.typeId, "ok");
	sink.commit();
}

/** Records of what happened are fetched like values; nobody sends any to a station. */
const fileVerb = (name: number, isDownload: boolean): Verb => (!isDownload && isRecordFile(name) ? "read" : "program");

function file(o: Iec104Observation, sink: OperationSink): void {
	const detail = o.objectCount > 0 ? o.details[0]! : 0;
	if (!o.isFromServer) {
		const isDelete = o.typeId === TYPE.selectAndCall && (detail & 0x0f) === SELECT.deleteFile;
		if (!isDelete && o.typeId !== TYPE.queryLog) return;
		begin(o, sink, o.typeId === TYPE.queryLog ? "read" : isRecordFile(o.fileName) ? "command" : "program", o.typeId, "ok");
		filePoint(o, sink);
		sink.commit();
		return;
	}
	if (o.typeId === TYPE.acknowledgeFile) {
		const isRefused = (detail & 0x0f) === ACKNOWLEDGE.fileNegative;
		if ((detail & 0x0f) !== ACKNOWLEDGE.file && !isRefused) return;
		const operation = begin(o, sink, fileVerb(o.fileName, true), o.typeId, isRefused ? "refused" : "ok");
		if (isRefused) operation.outcomeCode = FILE_OUTCOME + (detail >> 4);
		filePoint(o, sink);
		sink.commit();
		return;
	}
	if (!o.isMatched) return;
	const call = o.requestDetail & 0x0f;
	if (o.requestType === TYPE.fileReady && o.typeId === TYPE.selectAndCall) {
		const isRefused = detail >> 4 > 0 || (detail & 0x0f) === SELECT.deactivateFile;
		fileAnswered(o, sink, isRefused ? "refused" : "ok", FILE_OUTCOME + (detail >> 4));
	} else if (o.requestType === TYPE.selectAndCall && call === SELECT.selectFile && o.typeId === TYPE.fileReady) {
		fileAnswered(o, sink, (detail & NOT_READY) !== 0 ? "refused" : "ok", FILE_OUTCOME);
	} else if (o.requestType === TYPE.selectAndCall && call === SELECT.directory && o.typeId === TYPE.directory) {
		fileAnswered(o, sink, "ok", 0);
	}
}

/** The station mirrors what it does not serve. */
function fileRefused(o: Iec104Observation, sink: OperationSink): void {
	if (o.isMatched) fileAnswered(o, sink, "refused", isUnknown(o.cause) ? o.cause : o.cause + NEGATIVE_BIT);
}

/** A transfer that was asked for: the code is that of the question. */
function fileAnswered(o: Iec104Observation, sink: OperationSink, outcome: Outcome, code: number): void {
	const call = o.requestDetail & 0x0f;
	const isDownload = o.requestType === TYPE.fileReady;
	if (!isDownload && (o.requestType !== TYPE.selectAndCall || call > SELECT.selectFile)) return;
	const isDirectory = !isDownload && call === SELECT.directory;
	const operation = begin(o, sink, isDirectory ? "browse" : fileVerb(o.fileName, isDownload), o.requestType, outcome);
	operation.outcomeCode = outcome === "refused" ? code : 0;
	if (!isDownload) operation.subCode = call;
	if (!isDirectory) filePoint(o, sink);
	sink.commit();
}

function filePoint(o: Iec104Observation, sink: OperationSink): void {
	if (o.objectCount > 0 && o.fileName >= 0) sink.named(`file:${o.addresses[0]}:${o.fileName}`);
}
