/** An observation as the fields of a `decode` line: the standard's names. */
import {
	acknowledgeName,
	activationName,
	causeName,
	commandQualifierName,
	counterRequestName,
	FREEZE_NAMES,
	FREEZE_SHIFT,
	fileErrorName,
	fileKindName,
	initializationName,
	interrogationName,
	LAYOUT,
	lastSectionName,
	parameterKindName,
	REQUEST_MASK,
	resetName,
	selectName,
	TIME,
	TYPES,
	type TypeRecord,
	violationNames,
} from "./codes.ts";
import { SELECT_BIT } from "./exchange.ts";
import { type Iec104Observation, STAMP } from "./observation.ts";
import { unnumberedName } from "./wire.ts";

/** Quality bits by their names (7.2.6.1 to 4). */
const QUALITIES = [
	[0x80, "invalid"],
	[0x40, "notTopical"],
	[0x20, "substituted"],
	[0x10, "blocked"],
	[0x08, "elapsedTimeInvalid"],
	[0x01, "overflow"],
] as const;
/** 7.2.6.9. */
const COUNTER = { sequence: 0x1f, carry: 0x20, adjusted: 0x40 } as const;
/** 7.2.6.24. */
export const PARAMETER_KIND = 0x3f;
const PARAMETER = { localChange: 0x40, notInOperation: 0x80 } as const;
/** 7.2.6.21: local parameters were changed. */
const CHANGED = 0x80;
/** 7.2.6.28 and 29: the file, or its section, is not ready. */
export const NOT_READY = 0x80;
/** 7.2.6.38. */
const FILE_STATUS = { last: 0x20, isFolder: 0x40, isActive: 0x80 } as const;
/** 7.2.6.16: the pattern of a test. */
const TEST_PATTERN = 0x55aa;

export function recordOf(o: Iec104Observation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.format !== "") record.format = o.format;
	record.sender = o.isFromServer ? "server" : "client";
	if (o.size > 0) record.length = o.size;
	if (o.format === "U") record.function = unnumberedName(o.control);
	else if (o.control >= 0) record.control = o.control;
	if (o.sendSequence >= 0) record.sendSequence = o.sendSequence;
	if (o.receiveSequence >= 0) record.receiveSequence = o.receiveSequence;
	if (o.expectedSequence >= 0) record.expectedSequence = o.expectedSequence;
	if (o.typeId >= 0) asdu(o, record);
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violations !== 0) record.violations = violationNames(o.violations);
	return record;
}

function asdu(o: Iec104Observation, record: Record<string, unknown>): void {
	const type = TYPES[o.typeId]!;
	record.typeId = o.typeId;
	record.type = type.name;
	record.causeOfTransmission = o.cause;
	record.cause = causeName(o.cause);
	if (o.isNegative) record.negative = true;
	if (o.isTest) record.test = true;
	record.originatorAddress = o.originator;
	record.commonAddress = o.commonAddress;
	record.numberOfObjects = o.count;
	if (o.isSequence) record.sequence = true;
	if (o.fileName >= 0) {
		record.nameOfFile = o.fileName;
		record.fileKind = fileKindName(o.fileName);
	}
	if (o.section >= 0) record.nameOfSection = o.section;
	if (o.fileLength >= 0) record.lengthOfFile = o.fileLength;
	if (o.segmentLength >= 0) record.lengthOfSegment = o.segmentLength;
	if (o.checksum >= 0) record.checksum = o.checksum;
	if (o.transferred >= 0) record.transferred = o.transferred;
	if (o.objectCount === 0) return;
	const objects: Record<string, unknown>[] = [];
	for (let index = 0; index < o.objectCount; index++) objects.push(objectOf(o, type, index));
	record.objects = objects;
}

function objectOf(o: Iec104Observation, type: TypeRecord, index: number): Record<string, unknown> {
	const value = o.values[index]!;
	const quality = o.qualities[index]!;
	const detail = o.details[index]!;
	const object: Record<string, unknown> = { address: o.addresses[index]! };
	if (type.layout === LAYOUT.directory) {
		object.nameOfFile = o.names[index]!;
		object.lengthOfFile = value;
	} else if (!Number.isNaN(value)) object.value = value;
	// JSON has no word for these floats.
	if (!Number.isFinite(value) && isFloat(type.layout)) object.value = String(value);
	for (const [bit, name] of QUALITIES) if ((quality & bit) !== 0) object[name] = true;
	if (detail >= 0) details(type, detail, object);
	if (type.layout === LAYOUT.bcrSecurity) object.association = o.names[index]!;
	if (o.kind === "unanswered") return object;
	if (type.layout === LAYOUT.queryLog) {
		object.from = dateOf(o, 0);
		object.to = dateOf(o, 1);
	} else if (type.time === TIME.cp56) {
		object.time = dateOf(o, index);
		stampFlags(o, index, object);
	} else if (type.time === TIME.cp24) {
		object.time = minuteOf(o, index);
		stampFlags(o, index, object);
	}
	return object;
}

const isFloat = (layout: number): boolean => layout === LAYOUT.r32 || layout === LAYOUT.r32Qos || layout === LAYOUT.r32Qpm;

/** What the element has beside its value. */
function details({ layout }: TypeRecord, detail: number, object: Record<string, unknown>): void {
	switch (layout) {
		case LAYOUT.vti:
			if (detail === 1) object.transient = true;
			return;
		case LAYOUT.scd:
			object.changes = detail;
			return;
		case LAYOUT.bcr:
		case LAYOUT.bcrSecurity:
			object.counterSequence = detail & COUNTER.sequence;
			if (detail & COUNTER.carry) object.carry = true;
			if (detail & COUNTER.adjusted) object.adjusted = true;
			return;
		case LAYOUT.sep:
		case LAYOUT.spe:
		case LAYOUT.oci:
			object.elapsedMs = detail;
			return;
		case LAYOUT.sco:
		case LAYOUT.dco:
		case LAYOUT.rco:
			object.action = detail & SELECT_BIT ? "select" : "execute";
			object.qualifier = commandQualifierName((detail >> 2) & 0x1f);
			return;
		case LAYOUT.nvaQos:
		case LAYOUT.svaQos:
		case LAYOUT.r32Qos:
			object.action = detail & SELECT_BIT ? "select" : "execute";
			if ((detail & 0x7f) !== 0) object.qualifier = detail & 0x7f;
			return;
		case LAYOUT.coi:
			object.causeOfInitialization = initializationName(detail & 0x7f);
			if (detail & CHANGED) object.parametersChanged = true;
			return;
		case LAYOUT.qoi:
			object.qualifier = interrogationName(detail);
			return;
		case LAYOUT.qcc:
			object.qualifier = counterRequestName(detail & REQUEST_MASK);
			object.freeze = FREEZE_NAMES[detail >> FREEZE_SHIFT];
			return;
		case LAYOUT.qrp:
			object.qualifier = resetName(detail);
			return;
		case LAYOUT.fbp:
			object.pattern = detail;
			if (detail !== TEST_PATTERN) object.patternWrong = true;
			return;
		case LAYOUT.cp16:
			object.delayMs = detail;
			return;
		case LAYOUT.tsc:
			object.counter = detail;
			return;
		case LAYOUT.nvaQpm:
		case LAYOUT.svaQpm:
		case LAYOUT.r32Qpm:
			object.parameter = parameterKindName(detail & PARAMETER_KIND);
			if (detail & PARAMETER.localChange) object.localChange = true;
			if (detail & PARAMETER.notInOperation) object.notInOperation = true;
			return;
		case LAYOUT.qpa:
			object.qualifier = activationName(detail);
			return;
		case LAYOUT.fileReady:
		case LAYOUT.sectionReady:
			object.ready = (detail & NOT_READY) === 0;
			return;
		case LAYOUT.selectAndCall:
			object.qualifier = selectName(detail & 0x0f);
			if (detail >> 4 > 0) object.error = fileErrorName(detail >> 4);
			return;
		case LAYOUT.lastSection:
			object.qualifier = lastSectionName(detail);
			return;
		case LAYOUT.acknowledgeFile:
			object.qualifier = acknowledgeName(detail & 0x0f);
			if (detail >> 4 > 0) object.error = fileErrorName(detail >> 4);
			return;
		case LAYOUT.directory:
			object.status = detail & 0x1f;
			if (detail & FILE_STATUS.last) object.lastFile = true;
			if (detail & FILE_STATUS.isFolder) object.folder = true;
			if (detail & FILE_STATUS.isActive) object.transferActive = true;
			return;
	}
}

const two = (value: number): string => String(value).padStart(2, "0");
const three = (value: number): string => String(value).padStart(3, "0");
const octet = (o: Iec104Observation, slot: number, at: number): number => o.stamps[slot * STAMP + at]!;

/** Seconds of a minute with its milliseconds, as both times begin. */
function secondsOf(o: Iec104Observation, slot: number): string {
	const milliseconds = octet(o, slot, 0) | (octet(o, slot, 1) << 8);
	return `${two(Math.floor(milliseconds / 1000))}.${three(milliseconds % 1000)}`;
}

/** CP24Time2a: minute and second of an hour that it does not say. */
const minuteOf = (o: Iec104Observation, slot: number): string => `${two(octet(o, slot, 2) & 0x3f)}:${secondsOf(o, slot)}`;

/** CP56Time2a as the station's clock shows it: of no zone, and as it was sent where no calendar has such a day. Two digits of a year, from 70 on of the last century. */
function dateOf(o: Iec104Observation, slot: number): string {
	const year = octet(o, slot, 6) & 0x7f;
	const date = `${year < 70 ? 2000 + year : 1900 + year}-${two(octet(o, slot, 5) & 0x0f)}-${two(octet(o, slot, 4) & 0x1f)}`;
	return `${date}T${two(octet(o, slot, 3) & 0x1f)}:${two(octet(o, slot, 2) & 0x3f)}:${secondsOf(o, slot)}`;
}

function stampFlags(o: Iec104Observation, slot: number, object: Record<string, unknown>): void {
	if (octet(o, slot, 2) & 0x80) object.timeInvalid = true;
	if (octet(o, slot, 2) & 0x40) object.timeSubstituted = true;
	if (TYPES[o.typeId]!.time === TIME.cp56 && octet(o, slot, 3) & 0x80) object.summerTime = true;
}
