/**
 * S7comm in neutral words: one operation for each request, said at its end. Items that were refused are said apart from those that went well. What a controller sends of its own
 * (subscriptions, alarms, operating states) reports. Parts of a block that go to and fro are no operations: the transfer is.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { u16 } from "../../src/wire/bytes.ts";
import {
	BLOCKS,
	CONNECT_OPERATION,
	CPU,
	CYCLIC,
	FUNCTION,
	GROUP,
	isAlarm,
	NC,
	PROGRAMMER,
	SERVICE_OPERATION,
	SERVICES,
	SZL,
	serviceNumber,
	TIME,
	TYPE,
	userdataOperation,
} from "./codes.ts";
import { RETURN } from "./errors.ts";
import { namesOf, valueAt } from "./items.ts";
import type { S7Observation } from "./observation.ts";
import { tsapPlace } from "./record.ts";
import { alarmEventOf } from "./subjects.ts";
import { isSiemensOrder, szlFactsOf } from "./szl.ts";
import { eachValue } from "./values.ts";
import { watchValuesOf } from "./watch.ts";

const UNIT = -1;

export function operations(o: S7Observation, sink: OperationSink): void {
	switch (o.kind) {
		case "accept":
		case "disconnect":
			if (o.requestFrame > 0) say(o, sink, "other", CONNECT_OPERATION, o.kind === "accept" ? "ok" : "refused");
			return;
		case "push":
			push(o, sink);
			return;
		case "response":
		case "unanswered":
		case "unsolicited":
			if (o.group >= 0) userdata(o, sink);
			else if (o.functionCode >= 0) job(o, sink);
			else if (o.kind === "unanswered") say(o, sink, "other", CONNECT_OPERATION, "unanswered");
	}
}

function outcomeOf(o: S7Observation): Outcome {
	if (o.kind === "unanswered" || o.kind === "unsolicited") return o.kind;
	return o.errorCode === 0 ? "ok" : "refused";
}

function begin(o: S7Observation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome): Operation {
	const operation = sink.begin(UNIT);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.subCode = subCodeOf(o, code);
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.errorCode : 0;
	operation.latency = o.latency;
	return operation;
}

/** What a connection is for, or the number of a system status list. */
function subCodeOf(o: S7Observation, code: number): number {
	if (code === CONNECT_OPERATION) return tsapPlace(o.calledTsap === "" ? o.subject : o.calledTsap)?.type ?? -1;
	if (o.group === GROUP.cpu && o.subFunction === CPU.readSzl && o.name !== "") return Number.parseInt(o.name, 16);
	return -1;
}

/** One operation about a subject, where it has one. */
function say(o: S7Observation, sink: OperationSink, verb: Verb, code: number, outcome = outcomeOf(o)): void {
	begin(o, sink, verb, code, outcome);
	if (o.subject !== "" && code !== CONNECT_OPERATION) sink.named(o.subject);
	sink.commit();
}

function job(o: S7Observation, sink: OperationSink): void {
	const { functionCode } = o;
	switch (functionCode) {
		case FUNCTION.readVar:
			variables(o, sink, "read", functionCode);
			return;
		case FUNCTION.writeVar:
			variables(o, sink, "write", functionCode);
			return;
		case FUNCTION.downloadBlock:
		case FUNCTION.upload:
			return;
		case FUNCTION.downloadEnded:
			// The controller says that it has all: what it asked is its client's doing.
			if (o.kind === "response") say(o, sink, "program", functionCode);
			return;
		case FUNCTION.requestDownload:
		case FUNCTION.startUpload:
		case FUNCTION.endUpload:
			say(o, sink, "program", functionCode);
			return;
		case FUNCTION.programService: {
			const number = serviceNumber(o.name);
			say(o, sink, SERVICES[number] === "P_PROGRAM" ? "command" : "program", SERVICE_OPERATION + number);
			return;
		}
		case FUNCTION.plcStop:
			say(o, sink, "command", functionCode);
			return;
		default:
			say(o, sink, "other", functionCode);
	}
}

/** Points with their values, and those that were refused by themselves. */
function variables(o: S7Observation, sink: OperationSink, verb: Verb, code: number): void {
	const items = o.shape?.items ?? [];
	const outcome = outcomeOf(o);
	if (o.valuesAt < 0 || outcome !== "ok") {
		begin(o, sink, verb, code, outcome);
		for (const item of items) for (const name of namesOf(item, 1)) sink.named(name);
		sink.commit();
		return;
	}
	let refused = 0;
	let operation = begin(o, sink, verb, code, "ok");
	const bytes = o.group >= 0 ? o.contents : o.bytes;
	let isEmpty = true;
	eachValue(o, (at, item, returnCode, _size, start, end) => {
		if (returnCode !== RETURN.ok) {
			refused ||= returnCode === 0 ? RETURN.absent : returnCode;
			return;
		}
		isEmpty = false;
		if (item === undefined) return;
		const written = o.written[at];
		const isRead = item.width > 0 && start < end;
		const count = isRead ? Math.min(item.count, Math.floor((end - start) / item.width)) : Math.max(1, written?.length ?? 0);
		const names = namesOf(item, count);
		for (let index = 0; index < count && index < names.length; index++) {
			if (operation.pointCount === OPERATION_POINTS) {
				finish(operation);
				sink.commit();
				operation = begin(o, sink, verb, code, "ok");
			}
			const place = operation.pointCount;
			sink.named(names[index]!);
			operation.values[place] = isRead ? valueAt(bytes, start + index * item.width, item.size) : (written?.[index] ?? Number.NaN);
		}
	});
	if (!isEmpty || refused === 0) {
		finish(operation);
		sink.commit();
	}
	if (refused === 0) return;
	const failed = begin(o, sink, verb, code, "refused");
	failed.outcomeCode = refused;
	eachValue(o, (_, item, returnCode) => {
		if (returnCode !== RETURN.ok && item !== undefined && failed.pointCount < OPERATION_POINTS)
			for (const name of namesOf(item, 1)) sink.named(name);
	});
	sink.commit();
}

/** Values belong to an operation where one of them is a number. */
function finish(operation: Operation): void {
	for (let index = 0; index < operation.pointCount; index++) {
		if (!Number.isNaN(operation.values[index])) {
			operation.valueCount = operation.pointCount;
			return;
		}
	}
}

function userdata(o: S7Observation, sink: OperationSink): void {
	// An answer in several parts ends with the last; what asks for the next part is no request of its own.
	if (o.hasMore) return;
	const code = userdataOperation(o.group, o.subFunction);
	switch (o.group) {
		case GROUP.programmer:
			programmer(o, sink, code);
			return;
		case GROUP.cyclic:
			begin(o, sink, o.subFunction === CYCLIC.readRecord ? "read" : "configure", code, outcomeOf(o));
			for (const item of o.shape?.items ?? []) for (const name of namesOf(item, 1)) sink.named(name);
			sink.commit();
			return;
		case GROUP.blocks:
			say(o, sink, o.subFunction === BLOCKS.info ? "identify" : "browse", code);
			return;
		case GROUP.cpu:
			cpu(o, sink, code);
			return;
		case GROUP.security:
			say(o, sink, "authenticate", code);
			return;
		case GROUP.time:
			say(o, sink, isSetting(o.subFunction) ? "configure" : "diagnose", code);
			return;
		case GROUP.ncProgramming:
			if (o.subFunction === NC.requestDownload || o.subFunction === NC.startUpload) say(o, sink, "program", code);
			return;
		default:
			say(o, sink, "other", code);
	}
}

const isSetting = (subFunction: number): boolean => subFunction === TIME.set || subFunction === TIME.setFollowing;

/** What a job of the programming tool does. */
function programmerVerb(subFunction: number): Verb {
	switch (subFunction) {
		case PROGRAMMER.variableStatus:
			return "read";
		case PROGRAMMER.modify:
		case PROGRAMMER.force:
			return "write";
		case PROGRAMMER.breakpoint:
		case PROGRAMMER.exitHold:
		case PROGRAMMER.memoryReset:
			return "command";
		default:
			return "diagnose";
	}
}

function programmer(o: S7Observation, sink: OperationSink, code: number): void {
	const operation = begin(o, sink, programmerVerb(o.subFunction), code, outcomeOf(o));
	for (const name of o.watch?.names ?? []) sink.named(name);
	addNumbers(operation, o.written[0] ?? []);
	sink.commit();
}

function cpu(o: S7Observation, sink: OperationSink, code: number): void {
	switch (o.subFunction) {
		case CPU.readSzl: {
			const list = Number.parseInt(o.name, 16) & 0xff;
			say(o, sink, list === SZL.modules || list === SZL.components ? "identify" : "diagnose", code);
			if (o.kind === "response" && o.errorCode === 0) identify(o, sink);
			return;
		}
		case CPU.messageService:
		case CPU.alarm8Lock:
		case CPU.alarm8Unlock:
			say(o, sink, "configure", code);
			return;
		case CPU.alarmAcknowledge:
			say(o, sink, "command", code);
			return;
		default:
			say(o, sink, "diagnose", code);
	}
}

/** What the controller sends of its own. */
function push(o: S7Observation, sink: OperationSink): void {
	const code = userdataOperation(o.group, o.subFunction);
	if (o.group === GROUP.cyclic) {
		if (o.shape !== undefined) variables(o, sink, "report", code);
		else report(o, sink, code, "", Number.NaN);
	} else if (o.group === GROUP.modeTransition) report(o, sink, userdataOperation(o.group, 0), "operating-mode", o.subFunction);
	else if (o.group === GROUP.programmer) watched(o, sink, code);
	else if (o.group === GROUP.cpu && isAlarm(o.subFunction)) report(o, sink, code, o.name, alarmEventOf(o)?.state ?? Number.NaN);
	else if (o.group === GROUP.cpu && o.subFunction === CPU.diagnosticMessage && o.contentsEnd - o.contentsStart >= 2)
		report(o, sink, code, "diagnostic-event", u16(o.contents, o.contentsStart));
	else if (o.type === TYPE.push) report(o, sink, code, "", Number.NaN);
}

function report(o: S7Observation, sink: OperationSink, code: number, point: string, value: number): void {
	const operation = begin(o, sink, "report", code, "ok");
	if (point !== "") {
		sink.named(point);
		operation.values[0] = value;
		if (!Number.isNaN(value)) operation.valueCount = operation.pointCount;
	}
	sink.commit();
}

function watched(o: S7Observation, sink: OperationSink, code: number): void {
	if (o.subFunction !== PROGRAMMER.variableStatus || o.watch === undefined) return;
	const operation = begin(o, sink, "report", code, "ok");
	for (const name of o.watch.names) sink.named(name);
	addNumbers(operation, watchValuesOf(o));
	sink.commit();
}

/** Gives an operation its values, where there is one for each point and one of them is a number. */
function addNumbers(operation: Operation, values: readonly number[]): void {
	if (values.length !== operation.pointCount) return;
	for (const [index, value] of values.entries()) operation.values[index] = value;
	finish(operation);
}

/** Who the controller says it is. */
function identify(o: S7Observation, sink: OperationSink): void {
	const facts = szlFactsOf(o);
	const { orderNumber, firmware, hardware, serialNumber, moduleType, stationName, moduleName, plantDesignation } = facts;
	const said: [string, string | undefined][] = [
		["order number", orderNumber],
		["firmware", firmware],
		["hardware version", hardware],
		["serial number", serialNumber],
		["memory card serial number", facts.memoryCardSerialNumber],
		["module type", moduleType],
		["station name", stationName],
		["module name", moduleName],
		["plant designation", plantDesignation],
		["location", facts.location],
	];
	const statements = new Map(said.filter((one): one is [string, string] => one[1] !== undefined));
	if (statements.size === 0) return;
	const isSiemens = facts.isSiemens === true || (orderNumber !== undefined && isSiemensOrder(orderNumber));
	const evidence = `S7comm system status list ${o.name}`;
	sink.identity({
		...(isSiemens && { vendor: "Siemens" }),
		...(moduleType !== undefined && { model: moduleType }),
		...(orderNumber !== undefined && { productCode: orderNumber }),
		...(firmware !== undefined && { firmware }),
		...(stationName !== undefined && { hostName: stationName }),
		statements,
		evidence,
	});
	// An order number names a model too, until the module says its type.
	if (moduleType === undefined && orderNumber !== undefined) sink.identity({ model: orderNumber, presumed: true, evidence });
}
