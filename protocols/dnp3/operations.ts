/**
 * DNP3 in neutral words. A request and its response are one operation, said when the response comes; what the outstation says unasked is a `report`. `unit` is the outstation's
 * link address, points are numbered by type (`analog-input:5`). A poll of classes begins with the classes that it asks for (`class:1`), as what comes back differs each time.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { ATTRIBUTE, attributeValue } from "./attributes.ts";
import { AUTHENTICATION_GROUP, AUTHENTICATION_OBJECT, authenticationFactsOf } from "./authentication.ts";
import { commandedState, FUNCTION, IIN, KEY_STATUS, OUTCOME, operationCode, refusalOf, SUBJECT, TURNED_DOWN } from "./codes.ts";
import { FILE_GROUP, FILE_OBJECT, type FileFacts, fileFactsOf, isDirectory } from "./files.ts";
import { ALL_ATTRIBUTES, ATTRIBUTE_GROUP } from "./objects.ts";
import type { Dnp3Observation } from "./observation.ts";
import { ObjectReader, RANGE } from "./reader.ts";
import { SPACE, spaceOf } from "./spaces.ts";
import { isBroadcast, REQUEST_HEADER } from "./wire.ts";

const CLASS_GROUP = 60;
const CONTROL_GROUP = 12;
const DEADBAND_GROUP = 34;
const INDICATIONS_GROUP = 80;
const TERMINAL_GROUP = 112;
/** Times, intervals, and common times of occurrence. */
const isTime = (group: number): boolean => group === 50 || group === 51;
/** Prototypes and descriptors of data sets. */
const isDefinition = (group: number): boolean => group === 85 || group === 86;
/** The status of a file that stands for a user who is turned down. */
const PERMISSION_DENIED = 1;

/** Objects of the request that an observation answers; synchronous, so one for all. */
const REQUEST = new ObjectReader();

/** What a master may ask again later: a control that is being carried out, a function that is. */
export const POSTPONING: readonly number[] = [5, OUTCOME.indications | IIN.alreadyExecuting];

/** A user name with its password for files, or new session keys under a user's own. */
export function isLogin(code: number, outcomeCode: number): boolean {
	if (code === FUNCTION.authenticateFile) return outcomeCode === 0 || outcomeCode === (OUTCOME.file | PERMISSION_DENIED);
	if (code !== operationCode(FUNCTION.authenticate, SUBJECT.keys)) return false;
	if (outcomeCode === 0 || outcomeCode === (OUTCOME.keys | KEY_STATUS.authenticationFailed)) return true;
	return (outcomeCode & ~0xffff) === OUTCOME.authentication && TURNED_DOWN.has(outcomeCode & 0xffff);
}

/** What of several things a request is about, by its objects. */
export function subjectOf(functionCode: number, objects: ObjectReader): number {
	for (let header = 0; header < objects.count; header++) {
		const group = objects.group[header]!;
		if (functionCode === FUNCTION.authenticate && group === AUTHENTICATION_GROUP) return keySubject(objects.variation[header]!);
		if (group === AUTHENTICATION_GROUP) continue;
		if (functionCode !== FUNCTION.read && functionCode !== FUNCTION.write) return SUBJECT.plain;
		if (group === ATTRIBUTE_GROUP) return SUBJECT.attributes;
		if (group === FILE_GROUP) return SUBJECT.file;
		if (isDefinition(group)) return SUBJECT.definitions;
		if (functionCode === FUNCTION.read) continue;
		if (isTime(group)) return SUBJECT.time;
		if (group === INDICATIONS_GROUP) return SUBJECT.indications;
		if (group === DEADBAND_GROUP) return SUBJECT.deadbands;
		if (group === TERMINAL_GROUP) return SUBJECT.terminal;
	}
	return SUBJECT.plain;
}

/** Users, their certificates and the keys that outlast a session; or the keys of a session. */
const keySubject = (variation: number): number =>
	variation === AUTHENTICATION_OBJECT.certificate || variation >= AUTHENTICATION_OBJECT.userStatus
		? SUBJECT.users
		: variation === AUTHENTICATION_OBJECT.keyChange
			? SUBJECT.keys
			: SUBJECT.plain;

export function verbOf(functionCode: number, subject: number): Verb {
	switch (functionCode) {
		case FUNCTION.read:
			if (subject === SUBJECT.attributes) return "identify";
			return subject === SUBJECT.file ? "program" : subject === SUBJECT.definitions ? "browse" : "read";
		case FUNCTION.write:
			if (subject === SUBJECT.file) return "program";
			return subject === SUBJECT.plain || subject === SUBJECT.terminal ? "write" : "configure";
		case FUNCTION.operate:
		case FUNCTION.directOperate:
		case FUNCTION.directOperateNoAck:
			return "write";
		case FUNCTION.enableUnsolicited:
		case FUNCTION.disableUnsolicited:
		case FUNCTION.assignClass:
		case FUNCTION.saveConfiguration:
			return "configure";
		case FUNCTION.delayMeasure:
		case FUNCTION.recordCurrentTime:
			return "diagnose";
		case FUNCTION.openFile:
		case FUNCTION.closeFile:
		case FUNCTION.deleteFile:
		case FUNCTION.abortFile:
		case FUNCTION.activateConfiguration:
			return "program";
		case FUNCTION.getFileInfo:
			return "browse";
		case FUNCTION.authenticateFile:
		case FUNCTION.authenticate:
		case FUNCTION.authenticateError:
			return "authenticate";
		case FUNCTION.unsolicited:
			return "report";
		case FUNCTION.select:
			return "other";
		default:
			return functionCode >= FUNCTION.freeze && functionCode <= FUNCTION.stopApplication ? "command" : "other";
	}
}

export function sayOperations(o: Dnp3Observation, sink: OperationSink): void {
	switch (o.kind) {
		case "request":
			named(o, sink);
			// The reply to a challenge belongs to the request that was challenged.
			if (o.isUnanswerable && o.functionCode < FUNCTION.authenticate) say(o, sink, o.functionCode, o.objects, o.bytes, "ok", 0);
			return;
		case "unanswered":
			say(o, sink, o.functionCode, o.objects, o.bytes, "unanswered", 0);
			return;
		case "response":
			answer(o, sink);
			identify(o, sink);
			return;
		case "unsolicited":
			report(o, sink, FUNCTION.unsolicited);
			identify(o, sink);
			return;
		default:
	}
}

function begin(o: Dnp3Observation, sink: OperationSink, verb: Verb, code: number): Operation {
	const operation = sink.begin(o.outstation);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	return operation;
}

function report(o: Dnp3Observation, sink: OperationSink, code: number): void {
	const operation = begin(o, sink, "report", code);
	operation.outcome = "unsolicited";
	addPoints(o.objects, o.bytes, sink, operation);
	sink.commit();
}

function answer(o: Dnp3Observation, sink: OperationSink): void {
	const { requestFunction, objects } = o;
	if (requestFunction < 0) {
		// Its request was not seen; what it says of points is true all the same.
		if (objects.count > 0 && o.functionCode === FUNCTION.response) report(o, sink, FUNCTION.response);
		return;
	}
	const isChallenge = o.functionCode === FUNCTION.authenticateResponse && has(objects, AUTHENTICATION_OBJECT.challenge);
	if (isChallenge && requestFunction !== FUNCTION.authenticate) return;
	// Its end was said when no answer came, or with the first fragment; only what was read is new.
	if ((o.isLate || o.isContinued) && requestFunction !== FUNCTION.read) return;
	REQUEST.read(o.requestBytes, REQUEST_HEADER, o.requestLength, requestFunction);
	const code = refusal(o);
	say(o, sink, requestFunction, REQUEST, o.requestBytes, code === 0 ? "ok" : "refused", code);
}

const has = (objects: ObjectReader, variation: number): boolean => {
	for (let header = 0; header < objects.count; header++)
		if (objects.group[header] === AUTHENTICATION_GROUP && objects.variation[header] === variation) return true;
	return false;
};

/** Why the outstation did not do what was asked; 0 where it did. */
function refusal({ iin, objects, bytes, requestFunction }: Dnp3Observation): number {
	let hasData = false;
	for (let header = 0; header < objects.count; header++) {
		const group = objects.group[header]!;
		const variation = objects.variation[header]!;
		objects.begin(header);
		while (objects.next(bytes)) {
			const { status, start, end } = objects.point;
			hasData = true;
			if (objects.isControl(header)) {
				if (status > 0) return status;
			} else if (group === FILE_GROUP) {
				const facts = fileFactsOf(bytes, start, end, variation);
				if (facts?.status !== undefined && facts.status > 0) return OUTCOME.file | facts.status;
				if (variation === FILE_OBJECT.authentication && facts?.key === 0) return OUTCOME.file | PERMISSION_DENIED;
			} else if (group === AUTHENTICATION_GROUP) {
				const facts = authenticationFactsOf(bytes, start, end, variation);
				if (facts?.errorCode !== undefined) return OUTCOME.authentication | facts.errorCode;
				const isStatus = facts?.keyStatus !== undefined && subjectOf(requestFunction, REQUEST) === SUBJECT.keys;
				if (isStatus && facts.keyStatus !== KEY_STATUS.ok) return OUTCOME.keys | facts.keyStatus!;
			} else if (requestFunction === FUNCTION.read) break;
		}
	}
	const refused = refusalOf(iin);
	return refused !== 0 && !(hasData && requestFunction === FUNCTION.read) ? OUTCOME.indications | refused : 0;
}

/** The operation of a request: what it names, with what its response says where it reads. */
function say(
	o: Dnp3Observation,
	sink: OperationSink,
	functionCode: number,
	request: ObjectReader,
	requestBytes: Uint8Array,
	outcome: Outcome,
	outcomeCode: number,
): void {
	const subject = subjectOf(functionCode, request);
	const verb = verbOf(functionCode, subject);
	const operation = begin(o, sink, verb, operationCode(functionCode, subject));
	operation.outcome = outcome;
	operation.outcomeCode = outcomeCode;
	operation.latency = o.latency;
	operation.isBroadcast = isBroadcast(o.outstation);
	if (!o.isContinued) addClasses(request, sink);
	if (functionCode === FUNCTION.read) {
		if (o.kind === "response" && outcome === "ok") addPoints(o.objects, o.bytes, sink, operation);
		else addRanges(request, sink);
	} else if (verb === "write" || subject === SUBJECT.deadbands || subject === SUBJECT.indications) {
		addPoints(request, requestBytes, sink, operation);
	} else if (verb === "program" || verb === "browse") addFiles(request, requestBytes, sink);
	else addRanges(request, sink, requestBytes);
	sink.commit();
}

/** Classes that are asked for or meant, as runs in their order. */
function addClasses(objects: ObjectReader, sink: OperationSink): void {
	let classes = 0;
	for (let header = 0; header < objects.count; header++) {
		const variation = objects.variation[header]!;
		if (objects.group[header] === CLASS_GROUP && variation >= 1 && variation <= 4) classes |= 1 << (variation - 1);
	}
	if (classes === 0) return;
	for (let first = 0; first < 4; first++) {
		let count = 0;
		while (classes & (1 << (first + count))) count++;
		if (count === 0) continue;
		sink.range(SPACE.class, first, count);
		first += count;
	}
	const { operation } = sink;
	operation.values.fill(Number.NaN, 0, operation.pointCount);
}

/** Points that headers name, without values. */
function addRanges(objects: ObjectReader, sink: OperationSink, bytes?: Uint8Array): void {
	for (let header = 0; header < objects.count; header++) {
		const group = objects.group[header]!;
		if (group === ATTRIBUTE_GROUP) {
			sink.range(SPACE["device-attribute"], objects.variation[header]!, 1);
			continue;
		}
		const space = spaceOf(group);
		if (space < 0) continue;
		if ((objects.qualifier[header]! & 15) < RANGE.all) {
			sink.range(space, objects.first[header]!, Math.min(objects.quantity[header]!, OPERATION_POINTS));
			continue;
		}
		if (bytes === undefined) continue;
		objects.begin(header);
		while (objects.next(bytes)) if (objects.point.index >= 0) sink.range(space, objects.point.index, 1);
	}
}

/** Points with their values; where they are more than one operation holds, it is committed and another one like it begun. */
function addPoints(objects: ObjectReader, bytes: Uint8Array, sink: OperationSink, operation: Operation): void {
	for (let header = 0; header < objects.count; header++) {
		const group = objects.group[header]!;
		const space = group === ATTRIBUTE_GROUP ? SPACE["device-attribute"] : spaceOf(group);
		if (space < 0) continue;
		objects.begin(header);
		if ((objects.qualifier[header]! & 15) < RANGE.all && group !== ATTRIBUTE_GROUP) addRun(objects, header, space, bytes, sink, operation);
		else {
			while (objects.next(bytes)) {
				const index = group === ATTRIBUTE_GROUP ? objects.variation[header]! : objects.point.index;
				if (index < 0) continue;
				if (operation.pointCount === OPERATION_POINTS) goOn(sink, operation);
				const place = operation.pointCount;
				sink.range(space, index, 1);
				if (operation.pointCount > place) operation.values[place] = measuredOf(objects, group, bytes);
			}
		}
	}
	operation.valueCount = operation.pointCount;
}

/** The points of a header with a range. */
function addRun(objects: ObjectReader, header: number, space: number, bytes: Uint8Array, sink: OperationSink, operation: Operation): void {
	const group = objects.group[header]!;
	const whole = objects.whole[header]!;
	for (let done = 0; done < whole; ) {
		const count = Math.min(whole - done, OPERATION_POINTS);
		if (operation.pointCount + count > OPERATION_POINTS) goOn(sink, operation);
		const place = operation.pointCount;
		sink.range(space, objects.first[header]! + done, count);
		if (operation.pointCount - place !== count) return;
		for (let step = 0; step < count; step++)
			operation.values[place + step] = objects.next(bytes) ? measuredOf(objects, group, bytes) : Number.NaN;
		done += count;
	}
}

/** The value of the point just stepped to: of a control the state that it commands, of a point that is not online none. */
function measuredOf({ point }: ObjectReader, group: number, bytes: Uint8Array): number {
	if (group === CONTROL_GROUP && point.end > point.start) return commandedState(u8(bytes, point.start));
	return point.isOnline ? point.value : Number.NaN;
}

/** Commits what is full, and begins another operation like it. */
function goOn(sink: OperationSink, operation: Operation): void {
	const { time, frame, requestFrame, verb, code, unit, outcome, outcomeCode, isBroadcast: toAll } = operation;
	operation.valueCount = operation.pointCount;
	sink.commit();
	Object.assign(sink.begin(unit), { time, frame, requestFrame, verb, code, outcome, outcomeCode, isBroadcast: toAll });
}

/** The files that a request names. */
export function* filesOf(objects: ObjectReader, bytes: Uint8Array): Generator<FileFacts> {
	for (let header = 0; header < objects.count; header++) {
		if (objects.group[header] !== FILE_GROUP) continue;
		objects.begin(header);
		while (objects.next(bytes)) {
			const { start, end } = objects.point;
			const facts = fileFactsOf(bytes, start, end, objects.variation[header]!);
			if (facts !== undefined) yield facts;
		}
	}
}

function addFiles(objects: ObjectReader, bytes: Uint8Array, sink: OperationSink): void {
	for (const { fileName } of filesOf(objects, bytes)) if (fileName) sink.named(`file:${fileName}`);
}

/** What a request shows of itself: names of files, and who it says it is. */
function named({ objects, bytes, functionCode }: Dnp3Observation, sink: OperationSink): void {
	if (functionCode >= FUNCTION.openFile && functionCode <= FUNCTION.activateConfiguration) {
		for (const { fileName, userName } of filesOf(objects, bytes)) {
			if (fileName && !isDirectory(fileName)) sink.trace("file-name", fileName, false);
			if (userName !== undefined) sink.credential({ kind: "user", text: userName, isServer: false, isNameless: userName === "" });
		}
		return;
	}
	if (functionCode !== FUNCTION.authenticate) return;
	for (let header = 0; header < objects.count; header++) {
		if (objects.group[header] !== AUTHENTICATION_GROUP || objects.variation[header] !== AUTHENTICATION_OBJECT.keyStatusRequest) continue;
		objects.begin(header);
		while (objects.next(bytes)) {
			const { start, end } = objects.point;
			const user = authenticationFactsOf(bytes, start, end, AUTHENTICATION_OBJECT.keyStatusRequest)?.userNumber;
			if (user !== undefined) sink.credential({ kind: "user", text: `user ${user}`, isServer: false });
		}
	}
}

/** Attributes that say the same as long as the device is the same, with their names for people. */
const STATED: Readonly<Record<number, string>> = {
	[ATTRIBUTE.manufacturer]: "manufacturer",
	[ATTRIBUTE.model]: "product name and model",
	[ATTRIBUTE.software]: "software version",
	[ATTRIBUTE.hardware]: "hardware version",
	[ATTRIBUTE.serial]: "serial number",
	[ATTRIBUTE.idCode]: "id code",
	[ATTRIBUTE.deviceName]: "device name",
	[ATTRIBUTE.location]: "location",
	[ATTRIBUTE.conformance]: "subset and conformance",
};

/** Who the outstation says it is (A.1). */
function identify({ objects, bytes, outstation, violations }: Dnp3Observation, sink: OperationSink): void {
	let said: Map<number, string> | undefined;
	for (let header = 0; header < objects.count; header++) {
		const variation = objects.variation[header]!;
		if (objects.group[header] !== ATTRIBUTE_GROUP || variation >= ALL_ATTRIBUTES || STATED[variation] === undefined) continue;
		objects.begin(header);
		if (!objects.next(bytes)) continue;
		const value = attributeValue(bytes, objects.point.start, objects.point.end);
		if (typeof value === "string" && value !== "") {
			said ??= new Map();
			said.set(variation, value);
		}
	}
	if (said === undefined) return;
	const vendor = said.get(ATTRIBUTE.manufacturer);
	const model = said.get(ATTRIBUTE.model);
	const firmware = said.get(ATTRIBUTE.software);
	sink.identity({
		unit: outstation,
		...(vendor !== undefined && { vendor }),
		...(model !== undefined && { model }),
		...(firmware !== undefined && { firmware }),
		...(violations === 0 && { statements: new Map([...said].map(([variation, value]) => [STATED[variation]!, value])) }),
		evidence: "DNP3 device attributes",
	});
}
