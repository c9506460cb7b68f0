/** The fields of a line. Where Zeek's logs of ICSNPP have a field, it has their word in this project's spelling. */
import { u16le } from "../../src/wire/bytes.ts";
import type { Attribute } from "./attributes.ts";
import { describe, serialText } from "./attributes.ts";
import type { CipRequest } from "./cip.ts";
import type { CipAnswer } from "./cipAnswers.ts";
import { CLASS, classCode, className, extendedStatusName, generalStatusName, SERVICE, serviceName } from "./cipCodes.ts";
import { commandName, stateName, statusName } from "./codes.ts";
import type { ConnectionRequest, ConnectionSide } from "./connection.ts";
import type { EnipObservation, ListedIdentity } from "./observation.ts";
import type { CipPath } from "./path.ts";
import type { PcccAnswer, PcccCommand } from "./pccc.ts";
import { cpuModeName, pcccName, pcccStatusName } from "./pcccCodes.ts";
import { hexOf } from "./text.ts";
import { typeName } from "./values.ts";

type Line = Record<string, unknown>;

/** Words of an I/O message, and values of one service, that a line shows. */
const MAX_SHOWN = 64;

const word = (value: number): string => `0x${value.toString(16).padStart(8, "0")}`;

/** Four bytes in the order in which they were sent. */
const bytesOf = (value: number): string =>
	[value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export function recordOf(o: EnipObservation): Line {
	const line: Line = {};
	if (o.command >= 0) {
		line.command = commandName(o.command);
		line.sessionHandle = word(o.session);
		if (o.status !== 0) line.status = statusName(o.status);
		if (o.contextLow !== 0 || o.contextHigh !== 0) line.senderContext = bytesOf(o.contextLow) + bytesOf(o.contextHigh);
	}
	if (o.connectionId >= 0) line.connectionId = word(o.connectionId);
	if (o.sequenceCount >= 0) line.sequenceCount = o.sequenceCount;
	if (o.place >= 0) line.embedded = o.place;
	if (o.isBroadcast) line.broadcast = true;
	if (o.kind === "io") addIo(o, line);
	else if (o.kind === "data") {
		line.dataLength = o.end - o.start;
		line.data = hexOf(o.bytes, o.start, o.end);
	}
	if (o.identities.length > 0) line.identities = o.identities.map(identityLine);
	if (o.services.length > 0) line.services = o.services.map(({ name, version, capabilityFlags }) => ({ name, version, capabilityFlags }));
	if (o.request !== undefined || o.answer !== undefined) addService(o, line);
	if (o.answer !== undefined || (o.command >= 0 && (o.kind === "response" || o.kind === "error"))) line.matched = o.matched;
	if (o.requestFrame > 0) line.requestFrame = o.requestFrame;
	if (o.latency >= 0) line.latencyMs = Math.round(o.latency) / 1000;
	if (o.isRepeated) line.repeated = true;
	if (o.violation !== "") {
		line.violations = [o.violation];
		line.sender = o.isFromServer ? "server" : "client";
		if (o.end > o.start) line.data = hexOf(o.bytes, o.start, o.end);
	}
	return line;
}

function addIo(o: EnipObservation, line: Line): void {
	line.sequenceNumber = o.ioSequence;
	line.sender = o.isFromServer ? "server" : "client";
	line.dataLength = o.end - o.start;
	const words: number[] = [];
	for (let at = o.start; at + 2 <= o.end && words.length < MAX_SHOWN; at += 2) words.push(u16le(o.bytes, at));
	line.words = words;
	if ((o.end - o.start) % 2 === 1) line.lastByte = o.bytes[o.end - 1];
}

function identityLine(identity: ListedIdentity): Line {
	const { vendor, deviceType } = describe(identity);
	return {
		encapsulationVersion: identity.encapsulationVersion,
		socketAddress: identity.ip,
		socketPort: identity.port,
		vendorId: identity.vendorId,
		vendor,
		deviceTypeId: identity.deviceType,
		deviceType,
		productCode: identity.productCode,
		revision: identity.revision,
		deviceStatus: identity.status,
		serialNumber: serialText(identity.serialNumber),
		productName: identity.productName,
		...(identity.state >= 0 && { state: stateName(identity.state) }),
	};
}

function addService(o: EnipObservation, line: Line): void {
	const { request, answer } = o;
	const isAnswer = answer !== undefined;
	const service = answer?.service ?? request!.service;
	const isOwn = request !== undefined && request.service === service;
	line.serviceCode = service;
	line.service = isOwn ? serviceName(request.classId, service) : serviceName(request === undefined ? 0 : CLASS.connectionManager, service);
	if (request !== undefined) addPath(request, line);
	if (answer !== undefined) addAnswer(answer, request, line);
	if (request !== undefined && !isAnswer) addRequest(request, line);
	else if (request !== undefined) addAsked(request, line);
}

function addPath({ classId, path, route }: CipRequest, line: Line): void {
	if (path.text !== "") line.path = path.text;
	if (path.hasSymbol) line.tag = path.text;
	if (classId > 0) {
		line.classId = classCode(classId);
		line.className = className(classId);
	}
	if (path.instanceId >= 0) line.instanceId = path.instanceId;
	if (path.attributeId >= 0) line.attributeId = path.attributeId;
	if (route !== "") line.route = route;
}

/** What an answer repeats of its request, so that it can be read alone. */
function addAsked(request: CipRequest, line: Line): void {
	if (request.elementCount >= 0) line.elementCount = request.elementCount;
	if (request.byteOffset >= 0) line.byteOffset = request.byteOffset;
	if (request.pccc !== undefined && request.pccc.address !== "") line.address = request.pccc.address;
}

function addRequest(request: CipRequest, line: Line): void {
	addAsked(request, line);
	if (request.timeoutMs >= 0) line.timeoutMs = request.timeoutMs;
	if (request.service === SERVICE.multipleServicePacket) line.serviceCount = request.parts.length;
	if (request.dataType >= 0) line.dataType = typeName(request.dataType, request.handle);
	if (request.values.length > 0) line.values = request.values.slice(0, MAX_SHOWN);
	if (request.orMask !== "") Object.assign(line, { orMask: request.orMask, andMask: request.andMask });
	if (request.attributes.length > 0) line.attributes = request.attributes.map(attributeLine);
	if (request.resetType >= 0) line.resetType = request.resetType;
	if (request.opens !== undefined) line.connection = connectionLine(request.opens);
	if (request.closes !== undefined) {
		const { path, ...names } = request.closes;
		line.connection = { ...names, ...pathLine(path) };
	}
	if (request.pccc !== undefined) addPccc(request.pccc, line);
	if (request.data !== "") {
		line.dataLength = request.dataBytes;
		line.data = request.data;
	}
}

const attributeLine = ({ id, name, status, value, data }: Attribute): Line => ({
	id,
	...(name !== undefined && { name }),
	...(status !== undefined && status !== 0 && { status: generalStatusName(status) }),
	...(value !== undefined && { value }),
	...(data !== undefined && { data }),
});

const pathLine = (path: CipPath): Line => ({
	path: path.text,
	...(path.route !== "" && { route: path.route }),
	...(path.connectionPoints.length > 0 && { connectionPoints: path.connectionPoints }),
	...(path.key !== undefined && { electronicKey: { ...path.key } }),
	...(path.inhibitTime >= 0 && { productionInhibitTimeMs: path.inhibitTime }),
	...(path.dataSize > 0 && { configurationBytes: path.dataSize }),
	...(path.isSafety && { safety: true }),
});

const sideLine = ({ connectionId, rpi, ...rest }: ConnectionSide): Line => ({
	connectionId: word(connectionId),
	rpiMs: rpi / 1000,
	...rest,
});

function connectionLine({ toTarget, toOriginator, path, ...rest }: ConnectionRequest): Line {
	return { ...rest, toTarget: sideLine(toTarget), toOriginator: sideLine(toOriginator), ...pathLine(path) };
}

function addAnswer(answer: CipAnswer, request: CipRequest | undefined, line: Line): void {
	if (answer.generalStatus >= 0) {
		line.generalStatus = answer.generalStatus;
		line.generalStatusName = generalStatusName(answer.generalStatus);
	}
	if (answer.extendedStatus.length > 0) {
		line.extendedStatus = answer.extendedStatus;
		line.extendedStatusName = extendedStatusName(answer.generalStatus, answer.extendedStatus[0]!);
	}
	if (answer.parts.length > 0) line.serviceCount = answer.parts.length;
	if (answer.dataType >= 0) line.dataType = typeName(answer.dataType, answer.handle);
	if (answer.values.length > 0) line.values = answer.values.slice(0, MAX_SHOWN);
	if (answer.attributes.length > 0) line.attributes = answer.attributes.map(attributeLine);
	if (answer.tags.length > 0)
		line.tags = answer.tags.map(({ instanceId, name, type }) => ({ instanceId, name, ...(type >= 0 && { type }) }));
	if (answer.opened !== undefined) {
		const { toTargetId, toOriginatorId, toTargetApi, toOriginatorApi, ...rest } = answer.opened;
		line.connection = {
			...rest,
			toTarget: { connectionId: word(toTargetId), apiMs: toTargetApi / 1000 },
			toOriginator: { connectionId: word(toOriginatorId), apiMs: toOriginatorApi / 1000 },
		};
	} else if (answer.closed !== undefined) line.connection = { ...answer.closed };
	if (answer.createdInstance >= 0) line.createdInstance = answer.createdInstance;
	if (answer.pccc !== undefined) addPcccAnswer(answer.pccc, request?.pccc, line);
	if (answer.data !== "") {
		line.dataLength = answer.dataBytes;
		line.data = answer.data;
	}
}

function addPccc(command: PcccCommand, line: Line): void {
	line.pccc = {
		commandCode: command.command,
		...(command.fnc >= 0 && { functionCode: command.fnc }),
		function: pcccName(command.command, command.fnc),
		transactionId: command.transactionId,
		requestorVendorId: command.requestorVendorId,
		requestorSerial: command.requestorSerial,
		...(command.byteSize >= 0 && { byteSize: command.byteSize }),
		...(command.fileNumber >= 0 && { fileNumber: command.fileNumber }),
		...(command.fileType >= 0 && { fileType: command.fileType }),
		...(command.element >= 0 && { element: command.element }),
		...(command.subElement >= 0 && { subElement: command.subElement }),
		...(command.mode >= 0 && { mode: cpuModeName(command.mode) }),
		...(command.mask >= 0 && { mask: command.mask }),
	};
	if (command.values.length > 0) line.values = command.values.slice(0, MAX_SHOWN);
}

function addPcccAnswer(answer: PcccAnswer, command: PcccCommand | undefined, line: Line): void {
	line.pccc = {
		commandCode: answer.command,
		...(command !== undefined && command.fnc >= 0 && { functionCode: command.fnc }),
		function: pcccName(answer.command, command?.fnc ?? -1),
		transactionId: answer.transactionId,
		status: answer.status,
		...(answer.extendedStatus >= 0 && { extendedStatus: answer.extendedStatus }),
		...(answer.status !== 0 && { statusName: pcccStatusName(answer.status, answer.extendedStatus) }),
		dataBytes: answer.dataBytes,
	};
	if (answer.values.length > 0) line.values = answer.values.slice(0, MAX_SHOWN);
}
