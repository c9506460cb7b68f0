/**
 * EtherNet/IP in neutral words: one operation for each service, said at its end (its answer, its refusal, or the time at which no answer came). Points are the names of tags, and
 * `class/instance/attribute` of what has none: `0x04/101/3`; of PCCC the addresses that programs use: `N7:0`.
 */
import type { IdentityClaim, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import { type Attribute, type DeviceIdentity, describe, identityOf, serialText } from "./attributes.ts";
import type { CipRequest } from "./cip.ts";
import { type CipAnswer, isGood } from "./cipAnswers.ts";
import {
	CLASS,
	classCode,
	className,
	extendedStatusName,
	FIRST_OBJECT_SERVICE,
	generalStatusName,
	SERVICE,
	serviceName,
} from "./cipCodes.ts";
import { COMMAND, commandName, statusName } from "./codes.ts";
import type { EnipObservation, ListedIdentity } from "./observation.ts";
import { addressOf, directionOf, type PcccCommand } from "./pccc.ts";
import { FILE, FUNCTION, COMMAND as PCCC, pcccName, pcccStatusName } from "./pcccCodes.ts";
import { numberOf, typeSize, type Value } from "./values.ts";

/** Points of one operation that are said. */
const MAX_POINTS = 1024;

/** Codes of operations: the service with its class above it, commands and functions of PCCC, commands of the encapsulation. */
const PCCC_CODE = 0x100_0000;
const COMMAND_CODE = 0x200_0000;
/** Classes have up to 32 bits; those above 16 are in no use, and have one code. */
const HIGHEST_CLASS = 0xffff;
/** Outcome codes of PCCC and of the encapsulation, beside the general status with the extended status above it. */
const PCCC_STATUS = 0x100_0000;
const ENCAPSULATION_STATUS = 0x200_0000;

/** Code of a service of one class; of tags (-1) the service alone. */
export const serviceCode = (classId: number, service: number): number => (Math.min(Math.max(0, classId), HIGHEST_CLASS) << 8) | service;
export const codeOf = (request: CipRequest): number =>
	request.pccc === undefined
		? serviceCode(request.classId, request.service)
		: PCCC_CODE + (request.pccc.command << 8) + Math.max(0, request.pccc.fnc);

export function operationName(code: number): string {
	if (code >= COMMAND_CODE) return `${commandName(code - COMMAND_CODE)} (encapsulation)`;
	if (code >= PCCC_CODE) {
		const command = ((code - PCCC_CODE) >> 8) & 0xff;
		return `${pcccName(command, code & 0xff)} (PCCC)`;
	}
	const classId = code >> 8;
	const service = code & 0xff;
	const name = serviceName(classId === 0 && service >= FIRST_OBJECT_SERVICE ? -1 : classId, service);
	const hex = `service 0x${service.toString(16).toUpperCase().padStart(2, "0")}`;
	const words = name === hex ? name : `${name} (${hex})`;
	return classId === 0 ? words : `${words} of ${className(classId)}`;
}

export function outcomeName(code: number): string {
	if (code >= ENCAPSULATION_STATUS) return `${statusName(code - ENCAPSULATION_STATUS)} (encapsulation)`;
	if (code >= PCCC_STATUS) return `${pcccStatusName((code - PCCC_STATUS) >> 8, code & 0xff)} (PCCC)`;
	const status = code & 0xff;
	const extended = code >> 8;
	return extended === 0
		? `${generalStatusName(status)} (general status ${status})`
		: `${extendedStatusName(status, extended)} (general status ${status})`;
}

export function pointName(name: string): string {
	const [object = "", instance, attribute] = name.split("/");
	if (!/^0x[0-9A-F]+$/.test(object))
		return name.includes(":") && /^[A-Z]{1,2}\d+:/.test(name) ? `data table address ${name}` : `tag ${name}`;
	const classId = Number.parseInt(object, 16);
	const words = className(classId);
	return `${attribute === undefined ? "" : `attribute ${attribute} of `}${words}${instance === undefined ? "" : `, instance ${instance}`}`;
}

/** Verbs of the services that all objects may have. */
const COMMON: ReadonlyMap<number, Verb> = new Map<number, Verb>([
	[SERVICE.getAttributesAll, "read"],
	[SERVICE.setAttributesAll, "write"],
	[SERVICE.getAttributeList, "read"],
	[SERVICE.setAttributeList, "write"],
	[SERVICE.reset, "command"],
	[SERVICE.start, "command"],
	[SERVICE.stop, "command"],
	[SERVICE.create, "configure"],
	[SERVICE.delete, "configure"],
	[SERVICE.applyAttributes, "configure"],
	[SERVICE.getAttributeSingle, "read"],
	[SERVICE.setAttributeSingle, "write"],
	[SERVICE.findNextObjectInstance, "browse"],
	[SERVICE.restore, "configure"],
	[SERVICE.save, "configure"],
	[SERVICE.nop, "diagnose"],
	[SERVICE.getMember, "read"],
	[SERVICE.setMember, "write"],
	[SERVICE.insertMember, "write"],
	[SERVICE.removeMember, "write"],
	[SERVICE.getConnectionPointMemberList, "browse"],
]);
/** Objects whose attributes are settings and no values of the process. */
const SETTINGS: ReadonlySet<number> = new Set([
	CLASS.identity,
	CLASS.messageRouter,
	CLASS.connectionManager,
	CLASS.timeSync,
	CLASS.wallClock,
	CLASS.controllerMode,
	CLASS.tcpIp,
	0x47,
	0x48,
	0x5d,
	0x5e,
	0x5f,
	0xf3,
	0xf4,
	0xf6,
]);
/** Objects of a controller's program. Reading one reads the program; creating, deleting or writing one changes it. */
const PROGRAM: ReadonlySet<number> = new Set([CLASS.program, CLASS.programText, CLASS.routine, CLASS.task]);

/** Create, delete and transfers of the objects of a program. */
export function transferOf({ service, classId, path }: CipRequest): "download" | "upload" | "delete" | undefined {
	const isProgram = PROGRAM.has(classId) || (PROGRAM.has(path.parentId) && classId !== CLASS.editLock);
	if (service === SERVICE.create && (isProgram || classId === CLASS.symbol || classId === CLASS.template)) return "download";
	if (service === SERVICE.delete && (isProgram || classId === CLASS.symbol || classId === CLASS.template)) return "delete";
	if (classId === CLASS.programText) return service === 0x4f ? "upload" : service === 0x50 ? "download" : undefined;
	if (classId === CLASS.routine) return service === 0x4c ? "upload" : service >= 0x4d && service <= 0x53 ? "download" : undefined;
	return undefined;
}

/** What a transfer of a file of PCCC moves: its program, or a part of it. */
export function pcccTransferOf({ command, fnc, fileType }: PcccCommand): "download" | "upload" | undefined {
	if (command === PCCC.mode) return fnc === 4 ? "download" : fnc === 6 ? "upload" : undefined;
	if (command !== PCCC.extended) return undefined;
	switch (fnc) {
		case FUNCTION.downloadRequest:
		case FUNCTION.downloadAll:
		case FUNCTION.downloadCompleted:
			return "download";
		case FUNCTION.upload:
		case FUNCTION.uploadAll:
		case FUNCTION.uploadCompleted:
			return "upload";
	}
	if (fileType !== FILE.ladder && fileType !== FILE.onlineEditing) return undefined;
	const direction = directionOf({ command, fnc } as PcccCommand);
	return direction === "write" ? "download" : direction === "read" ? "upload" : undefined;
}

export function verbOf(request: CipRequest): Verb {
	const { service, classId, pccc } = request;
	if (pccc !== undefined) return pcccVerb(pccc);
	if (transferOf(request) !== undefined) return "program";
	if (request.isTag) {
		if (service === SERVICE.readTag || service === SERVICE.readTagFragmented) return "read";
		if (service === SERVICE.writeTag || service === SERVICE.writeTagFragmented || service === SERVICE.readModifyWriteTag) return "write";
	}
	const common = COMMON.get(service);
	if (common === "read" && classId === CLASS.identity) return "identify";
	if (common === "read" && (classId === CLASS.symbol || classId === CLASS.template || PROGRAM.has(classId))) return "browse";
	if (common === "write" && SETTINGS.has(classId)) return "configure";
	if (common !== undefined) return common;
	switch (classId) {
		case CLASS.connectionManager:
			return service === SERVICE.forwardClose || service === SERVICE.forwardOpen || service === SERVICE.largeForwardOpen
				? "configure"
				: "diagnose";
		case CLASS.symbol:
		case CLASS.template:
			return "browse";
		case CLASS.dataSet:
		case CLASS.dataGroup:
			return service === SERVICE.readTag ? "read" : "configure";
		case CLASS.editLock:
			return "configure";
		case CLASS.file:
		case CLASS.nonVolatileStorage:
			return "program";
		default:
			return "other";
	}
}

function pcccVerb(command: PcccCommand): Verb {
	if (pcccTransferOf(command) !== undefined) return "program";
	const direction = directionOf(command);
	if (direction !== "none") return direction;
	if (command.command === PCCC.diagnostic) return "diagnose";
	if (command.command === PCCC.mode) return "command";
	switch (command.fnc) {
		case FUNCTION.setMode:
		case FUNCTION.changeMode:
		case FUNCTION.shutdown:
		case FUNCTION.restart:
		case FUNCTION.disableForces:
		case FUNCTION.initializeMemory:
			return "command";
		case FUNCTION.applyPortConfiguration:
		case FUNCTION.getEditResource:
		case FUNCTION.returnEditResource:
			return "configure";
		default:
			return "other";
	}
}

export function sayOperations(o: EnipObservation, sink: OperationSink): void {
	if (o.identities.length > 0) for (const identity of o.identities) claim(identity, o, sink, "EtherNet/IP List Identity", true);
	switch (o.kind) {
		case "request":
			// Nobody answers what goes to all of them in this flow.
			if (o.isBroadcast && o.request === undefined) sayCommand(o, sink, "ok");
			return;
		case "response":
		case "error":
			if (!o.matched || !o.isFromServer) return;
			if (o.request === undefined) sayCommand(o, sink, o.kind === "error" ? "refused" : "ok");
			else if (o.place >= 0 || o.request.parts.length === 0 || o.kind === "error") sayService(o, sink, o.request, o.answer);
			return;
		case "unanswered":
			if (o.isFromServer) return;
			if (o.request === undefined) sayCommand(o, sink, "unanswered");
			else sayService(o, sink, o.request, undefined);
			return;
	}
}

function begin(o: EnipObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome, outcomeCode: number): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcomeCode;
	operation.latency = o.latency;
	operation.isBroadcast = o.isBroadcast;
}

function sayCommand(o: EnipObservation, sink: OperationSink, outcome: Outcome): void {
	const verb: Verb = o.command === COMMAND.listIdentity ? "identify" : o.command === COMMAND.registerSession ? "configure" : "browse";
	begin(o, sink, verb, COMMAND_CODE + o.command, outcome, o.status === 0 ? 0 : ENCAPSULATION_STATUS + (o.status & 0xffff));
	sink.commit();
}

/** Of a packet that nobody answered, or that was refused as a whole, each service in it. */
function sayService(o: EnipObservation, sink: OperationSink, request: CipRequest, answer: CipAnswer | undefined): void {
	if (request.parts.length > 0 && (answer === undefined || answer.service === request.service)) {
		for (const part of request.parts) sayService(o, sink, part, answer);
		return;
	}
	const outcomeCode = outcomeCodeOf(o, answer);
	const outcome: Outcome = o.kind === "unanswered" ? "unanswered" : outcomeCode === 0 ? "ok" : "refused";
	begin(o, sink, verbOf(request), codeOf(request), outcome, outcomeCode);
	if (request.pccc !== undefined) pcccPoints(request.pccc, answer, sink);
	else if (request.isTag) tagPoints(request, answer, sink);
	else objectPoints(request, answer, sink);
	sink.commit();
	if (outcome !== "ok" || answer === undefined) return;
	for (const { instanceId, name } of answer.tags) if (name !== "") sink.label(`${classCode(CLASS.symbol)}/${instanceId}`, name);
	identify(o, request, answer.attributes, sink);
}

function outcomeCodeOf(o: EnipObservation, answer: CipAnswer | undefined): number {
	if (answer === undefined) return o.status === 0 ? 0 : ENCAPSULATION_STATUS + (o.status & 0xffff);
	if (answer.pccc !== undefined && answer.pccc.status !== 0)
		return PCCC_STATUS + (answer.pccc.status << 8) + Math.max(0, answer.pccc.extendedStatus);
	if (isGood(answer)) return 0;
	return answer.generalStatus | ((answer.extendedStatus[0] ?? 0) << 8);
}

function say(sink: OperationSink, name: string, value: number, hasValues: boolean): void {
	const { operation } = sink;
	const before = operation.pointCount;
	sink.named(name);
	if (hasValues && operation.pointCount > before) operation.values[operation.valueCount++] = value;
}

/** One element is the tag itself; of several each has its index. */
function tagPoints(request: CipRequest, answer: CipAnswer | undefined, sink: OperationSink): void {
	const isReading = request.service === SERVICE.readTag || request.service === SERVICE.readTagFragmented;
	const values: readonly Value[] = isReading ? (answer?.values ?? []) : request.values;
	const type = isReading ? (answer?.dataType ?? -1) : request.dataType;
	const size = typeSize(type, isReading ? (answer?.handle ?? 0) : request.handle);
	const skipped = request.byteOffset > 0 && size > 0 ? Math.floor(request.byteOffset / size) : 0;
	const { text, element, endsInElement } = request.path;
	const hasValues = values.length > 0;
	const count = Math.min(MAX_POINTS, Math.max(1, values.length));
	if (count === 1 && request.elementCount <= 1) {
		say(sink, text, hasValues ? numberOf(values[0]!) : Number.NaN, hasValues);
		return;
	}
	const base = endsInElement ? text.slice(0, text.lastIndexOf("[")) : text;
	const first = (endsInElement ? element : 0) + skipped;
	for (let index = 0; index < count; index++)
		say(sink, `${base}[${first + index}]`, hasValues ? numberOf(values[index]!) : Number.NaN, hasValues);
}

function objectPoints(request: CipRequest, answer: CipAnswer | undefined, sink: OperationSink): void {
	const { path } = request;
	const asked = request.attributes;
	const given = answer === undefined || answer.attributes.length === 0 ? asked : answer.attributes;
	if (path.text === "") return;
	if (given.length === 0) {
		sink.named(path.text);
		return;
	}
	const base = path.attributeId >= 0 ? path.text.slice(0, path.text.lastIndexOf("/")) : path.text;
	const hasValues = given.some(({ value }) => value !== undefined);
	for (const { id, value } of given) say(sink, `${base}/${id}`, value === undefined ? Number.NaN : numberOf(value), hasValues);
}

function pcccPoints(command: PcccCommand, answer: CipAnswer | undefined, sink: OperationSink): void {
	if (command.address === "") return;
	const values = directionOf(command) === "write" ? command.values : (answer?.pccc?.values ?? []);
	if (values.length === 0) sink.named(command.address);
	for (let index = 0; index < values.length && index < MAX_POINTS; index++)
		say(sink, addressOf(command, index), numberOf(values[index]!), true);
}

/** What a device says of itself; behind a route it is another one than the flow's server. */
function identify(o: EnipObservation, request: CipRequest, attributes: readonly Attribute[], sink: OperationSink): void {
	const isOne = request.path.instanceId === 1;
	if (!isOne || attributes.length === 0) return;
	if (request.classId === CLASS.identity) {
		const identity = identityOf(attributes);
		const slot = /^1\/(\d+)$/.exec(request.route)?.[1];
		if (identity !== undefined && (request.route === "" || slot !== undefined))
			claim(identity, o, sink, "CIP Identity object", request.route === "", slot);
	} else if (request.classId === CLASS.tcpIp && request.route === "") {
		const hostName = attributes.find(({ id }) => id === 6)?.value;
		if (typeof hostName === "string" && hostName !== "") sink.identity({ hostName, evidence: "CIP TCP/IP Interface object" });
	}
}

const PLC = 14;
const ROLES: Readonly<Record<number, string>> = {
	[PLC]: "PLC",
	24: "HMI",
	12: "communications adapter",
	44: "switch",
	2: "drive",
	37: "drive",
};

/** `slot` of a rack, where it is a module beside the one that answers. */
function claim(
	identity: DeviceIdentity | ListedIdentity,
	o: EnipObservation,
	sink: OperationSink,
	evidence: string,
	isOwn: boolean,
	slot?: string,
): void {
	const { vendor } = describe(identity);
	const role = ROLES[identity.deviceType];
	const said: IdentityClaim = {
		vendor,
		...(identity.productName !== "" && { model: identity.productName }),
		productCode: `${identity.productCode}`,
		...(identity.revision !== "" && { firmware: identity.revision }),
		...(slot !== undefined && { unit: Number(slot) }),
		...(isOwn && role !== undefined && { role }),
		evidence,
	};
	if (isOwn && o.isFromServer)
		said.statements = new Map([
			["vendor", vendor],
			["device type", `${identity.deviceType}`],
			["product code", `${identity.productCode}`],
			...(identity.revision === "" ? [] : ([["revision", identity.revision]] as const)),
			...(identity.serialNumber < 0 ? [] : ([["serial number", serialText(identity.serialNumber)]] as const)),
			...(identity.productName === "" ? [] : ([["product name", identity.productName]] as const)),
		]);
	else if (isOwn && o.senderIp !== undefined) said.ip = o.senderIp;
	sink.identity(said);
}
