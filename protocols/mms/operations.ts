/**
 * MMS in neutral words: one operation for each request, said at its end; of a write one for each kind of object and each refusal. A file is read by its opening, a domain by the begin
 * of its sequence: their pieces are no operations. What is said unasked reports.
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import { AccessError, numberOf, type Value } from "../../src/wire/mmsData.ts";
import { isServersService, OPERATION, REFUSED, SERVICE, verbOf } from "./codes.ts";
import { controlOf, writeOf } from "./names.ts";
import type { MmsObservation } from "./observation.ts";

const UNIT = -1;
const FILE = "file:";

export function operations(o: MmsObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "associated":
			if (o.requestFrame > 0) associate(o, sink, o.outcomeCode === 0 ? "ok" : "refused");
			return;
		case "request":
			traces(o, sink);
			return;
		case "response":
		case "error":
		case "unsolicited":
		case "unanswered":
			if (o.service >= 0) confirmed(o, sink);
			else if (o.kind === "unanswered") associate(o, sink, "unanswered");
			return;
		case "reject":
			if (o.requestFrame > 0 && o.service >= 0) confirmed(o, sink);
			return;
		case "unconfirmed":
			report(o, sink);
	}
}

function begin(o: MmsObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome, outcomeCode: number): Operation {
	const operation = sink.begin(UNIT);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? outcomeCode : 0;
	operation.latency = o.latency;
	return operation;
}

function associate(o: MmsObservation, sink: OperationSink, outcome: Outcome): void {
	begin(o, sink, o.hasPassword ? "authenticate" : "other", OPERATION.associate, outcome, o.outcomeCode);
	sink.commit();
}

function outcomeOf(o: MmsObservation): Outcome {
	if (o.kind === "unanswered" || o.kind === "unsolicited") return o.kind;
	return o.outcomeCode === 0 ? "ok" : "refused";
}

function confirmed(o: MmsObservation, sink: OperationSink): void {
	const { service } = o;
	const verb = verbOf(service);
	if (verb === undefined || isServersService(service)) return;
	const outcome = outcomeOf(o);
	if (service === SERVICE.read) read(o, sink, outcome);
	else if (service === SERVICE.write) write(o, sink, outcome);
	else {
		const operation = begin(o, sink, verb, service, outcome, o.outcomeCode);
		if (service === SERVICE.getNameList) operation.subCode = o.objectClass;
		subjects(o, sink);
		sink.commit();
		if (service === SERVICE.identify && o.kind === "response") identify(o, sink);
	}
}

/** What a service is about, as points: a list, a variable, a file, a domain, a program invocation. */
function subjects(o: MmsObservation, sink: OperationSink): void {
	const { service } = o;
	if (service === SERVICE.getNameList || service === SERVICE.identify || service === SERVICE.status) return;
	if (service >= SERVICE.fileOpen || service === SERVICE.obtainFile) {
		if (o.subject !== "") sink.named(FILE + o.subject);
		if (o.target !== "") sink.named(FILE + o.target);
		return;
	}
	if (o.list !== "") sink.named(o.list);
	else if (service === SERVICE.getVariableAccessAttributes || service === SERVICE.deleteNamedVariableList)
		for (const name of o.names.slice(0, OPERATION_POINTS)) sink.named(name);
	else if (o.subject !== "") sink.named(o.subject);
}

const isSelect = (names: readonly string[]): boolean => names.length === 1 && controlOf(names[0]!) === "SBO";

function read(o: MmsObservation, sink: OperationSink, outcome: Outcome): void {
	// A select without a value is a read; an empty text says that it was not granted (IEC 61850-8-1, 20.3).
	if (isSelect(o.names)) {
		const isGranted = outcome !== "ok" || (typeof o.values[0] === "string" && o.values[0] !== "");
		const code = o.values[0] instanceof AccessError ? REFUSED.access + o.values[0].code : REFUSED.access + NOT_GRANTED;
		begin(o, sink, "command", OPERATION.select, isGranted ? outcome : "refused", outcome === "refused" ? o.outcomeCode : code);
		sink.named(o.names[0]!);
		sink.commit();
		return;
	}
	const names = namesOf(o, o.values.length);
	if (outcome !== "ok" && o.kind !== "unsolicited") {
		begin(o, sink, "read", SERVICE.read, outcome, o.outcomeCode);
		for (const name of names) sink.named(name);
		sink.commit();
		return;
	}
	values(o, sink, "read", SERVICE.read, outcome, names, o.values);
	for (const [index, name] of names.entries()) plate(name, o.values[index], sink);
}

/** object-access-denied: what a select that is not granted is. */
const NOT_GRANTED = 3;

/** Names of the variables, or of the members of a list by their place. */
function namesOf(o: MmsObservation, count: number): readonly string[] {
	if (o.list === "") return o.names;
	if (count === 0) return [o.list];
	return Array.from({ length: Math.min(count, OPERATION_POINTS) }, (_, index) => `${o.list}[${index}]`);
}

/** One operation for those that have a value, and one for each refusal. */
function values(
	o: MmsObservation,
	sink: OperationSink,
	verb: Verb,
	code: number,
	outcome: Outcome,
	names: readonly string[],
	given: readonly Value[],
): void {
	let refused = 0;
	let isRefusedAlone = given.length > 0;
	for (const value of given) {
		if (value instanceof AccessError) refused ||= REFUSED.access + (value.code & 0xff);
		else isRefusedAlone = false;
	}
	if (!isRefusedAlone) {
		const operation = begin(o, sink, verb, code, outcome, 0);
		for (const [index, name] of names.entries()) if (!(given[index] instanceof AccessError)) add(operation, sink, name, given[index]);
		finish(operation);
		sink.commit();
	}
	if (refused === 0) return;
	begin(o, sink, verb, code, "refused", refused);
	for (const [index, name] of names.entries()) if (given[index] instanceof AccessError) sink.named(name);
	sink.commit();
}

function add(operation: Operation, sink: OperationSink, name: string, value: Value | undefined): void {
	const place = operation.pointCount;
	if (place === OPERATION_POINTS) return;
	sink.named(name);
	operation.values[place] = numberOf(value);
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

/** Of a control the first part, ctlVal, where it is a small number (IEC 61850-8-1, annex E); else -1. */
function controlValue(value: Value | undefined): number {
	const number = numberOf(Array.isArray(value) ? value[0] : value);
	return Number.isInteger(number) && number >= 0 && number < 256 ? number : -1;
}

function write(o: MmsObservation, sink: OperationSink, outcome: Outcome): void {
	const names = namesOf(o, o.written.length);
	const codes = new Map<number, number[]>();
	for (const [index, name] of names.entries()) {
		const [, code] = writeOf(name, SERVICE.write);
		const result = o.kind === "response" ? o.values[index] : undefined;
		const refused = typeof result === "number" ? REFUSED.access + (result & 0xff) : outcome === "refused" ? o.outcomeCode : 0;
		const key = code * 0x10000 + refused;
		const group = codes.get(key);
		if (group === undefined) codes.set(key, [index]);
		else group.push(index);
	}
	for (const [key, group] of codes) {
		const code = Math.floor(key / 0x10000);
		const refused = key % 0x10000;
		const [verb] = writeOf(names[group[0]!]!, SERVICE.write);
		const operation = begin(o, sink, verb, code, refused > 0 ? "refused" : outcome, refused);
		for (const index of group) add(operation, sink, names[index]!, o.written[index]);
		// A control is given more than a value: what it is told stands beside it. What is configured is no value of the process.
		if (verb === "write") finish(operation);
		else if (verb === "command") operation.subCode = controlValue(o.written[group[0]!]);
		sink.commit();
	}
}

function report(o: MmsObservation, sink: OperationSink): void {
	const code = OPERATION.unconfirmed + o.service;
	if (o.report !== undefined) values(o, sink, "report", code, "ok", o.report.points, o.report.values);
	else values(o, sink, "report", code, "ok", namesOf(o, o.values.length), o.values);
}

/** Names of files are held against the lists, whether they are granted or not. */
function traces(o: MmsObservation, sink: OperationSink): void {
	if (o.service < SERVICE.fileOpen && o.service !== SERVICE.obtainFile) return;
	if (o.service === SERVICE.fileDirectory) return;
	if (o.subject !== "") sink.trace("file-name", o.subject, false);
	if (o.target !== "") sink.trace("file-name", o.target, false);
}

function identify(o: MmsObservation, sink: OperationSink): void {
	const { vendor, model, revision } = o;
	const said: [string, string][] = [
		["vendor", vendor],
		["model", model],
		["revision", revision],
	];
	const statements = new Map(said.filter(([, text]) => text.trim() !== ""));
	if (statements.size === 0) return;
	sink.identity({
		...(vendor.trim() !== "" && { vendor }),
		...(model.trim() !== "" && { model }),
		...(revision.trim() !== "" && { firmware: revision }),
		statements,
		evidence: "MMS identify",
	});
}

/** Name plates of IEC 61850 (7-3, DPL), where their parts are read one by one. */
const PLATE = /\$DC\$(?:PhyNam|NamPlt)\$(vendor|model|serNum|swRev|hwRev)$/;

function plate(name: string, value: Value | undefined, sink: OperationSink): void {
	const part = PLATE.exec(name)?.[1];
	if (part === undefined || typeof value !== "string" || value.trim() === "") return;
	// A logical node has a name plate too; its software is not always that of the device.
	if (name.includes("$NamPlt$") && !name.includes("/LLN0$")) return;
	const isDevice = name.includes("$PhyNam$");
	sink.identity({
		...(part === "vendor" && { vendor: value }),
		...(part === "model" && { model: value }),
		...(part === "serNum" && { serialNumber: value }),
		...(part === "swRev" && { firmware: value }),
		...(isDevice ? { statements: new Map([[`name plate ${part}`, value]]) } : { presumed: true }),
		evidence: `IEC 61850 name plate ${name}`,
	});
}

/** `LD/LN$FC$DO$DA`, as it is. */
export function pointName(name: string): string {
	if (name === "") return "a variable without a name";
	return name.startsWith(FILE) ? `file ${name.slice(FILE.length)}` : name;
}

/** IEC 61850 writes `LD/LN.DO.DA [FC]`; MMS `LD/LN$FC$DO$DA`. */
export function parsePoint(text: string): string | undefined {
	if (/^[^\s/$]+\/[^\s/]+\$[^\s/]+$/.test(text)) return text;
	const [, device, node, rest, constraint] = /^([^\s/.]+)\/([^\s/.]+)\.([^\s/]+?)\s*\[([A-Z]{2})\]$/.exec(text) ?? [];
	return device === undefined ? undefined : `${device}/${node}$${constraint}$${rest!.replaceAll(".", "$")}`;
}
