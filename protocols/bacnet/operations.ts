/**
 * BACnet in neutral words: a confirmed service is said once, at its end, with what was asked and how it went; what needs no answer when it is sent. A property of an object is
 * a point. Notifications are reports of the device, whoever has to acknowledge them. What goes to everybody and only looks for somebody is not said: it is about no device.
 */
import type { Operation, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import {
	BVLC_FUNCTION,
	CONFIRMED,
	ERROR,
	errorOutcome,
	isReporting,
	MESSAGE,
	OBJECT,
	OPERATION,
	OUTCOME,
	PROPERTY,
	refusedFunction,
	STATE,
	UNCONFIRMED,
} from "./codes.ts";
import type { BacnetObservation, Item } from "./observation.ts";
import { pointOf } from "./points.ts";
import { instanceOf, typeOf } from "./tags.ts";
import { vendorName } from "./vendors.ts";

const VERBS: Readonly<Record<number, Verb>> = {
	[CONFIRMED.acknowledgeAlarm]: "configure",
	[CONFIRMED.covNotification]: "report",
	[CONFIRMED.eventNotification]: "report",
	[CONFIRMED.getAlarmSummary]: "read",
	[CONFIRMED.getEnrollmentSummary]: "read",
	[CONFIRMED.subscribeCov]: "configure",
	[CONFIRMED.atomicReadFile]: "read",
	[CONFIRMED.atomicWriteFile]: "write",
	[CONFIRMED.addListElement]: "configure",
	[CONFIRMED.removeListElement]: "configure",
	[CONFIRMED.createObject]: "configure",
	[CONFIRMED.deleteObject]: "configure",
	[CONFIRMED.readProperty]: "read",
	[CONFIRMED.readPropertyConditional]: "read",
	[CONFIRMED.readPropertyMultiple]: "read",
	[CONFIRMED.writeProperty]: "write",
	[CONFIRMED.writePropertyMultiple]: "write",
	[CONFIRMED.deviceCommunicationControl]: "command",
	[CONFIRMED.reinitializeDevice]: "command",
	[CONFIRMED.vtOpen]: "command",
	[CONFIRMED.authenticate]: "authenticate",
	[CONFIRMED.readRange]: "read",
	[CONFIRMED.lifeSafetyOperation]: "command",
	[CONFIRMED.subscribeCovProperty]: "configure",
	[CONFIRMED.getEventInformation]: "read",
	[CONFIRMED.subscribeCovPropertyMultiple]: "configure",
	[CONFIRMED.covNotificationMultiple]: "report",
	[CONFIRMED.auditNotification]: "report",
	[CONFIRMED.auditLogQuery]: "read",
};

/** Of unconfirmed services, those that are said. */
const UNCONFIRMED_VERBS: Readonly<Record<number, Verb>> = {
	[UNCONFIRMED.covNotification]: "report",
	[UNCONFIRMED.eventNotification]: "report",
	[UNCONFIRMED.privateTransfer]: "other",
	[UNCONFIRMED.textMessage]: "other",
	[UNCONFIRMED.timeSynchronization]: "configure",
	[UNCONFIRMED.whoHas]: "browse",
	[UNCONFIRMED.whoIs]: "browse",
	[UNCONFIRMED.utcTimeSynchronization]: "configure",
	[UNCONFIRMED.writeGroup]: "write",
	[UNCONFIRMED.covNotificationMultiple]: "report",
	[UNCONFIRMED.auditNotification]: "report",
	[UNCONFIRMED.youAre]: "configure",
};

const MESSAGE_VERBS: Readonly<Record<number, Verb>> = {
	[MESSAGE.whoIsRouter]: "browse",
	[MESSAGE.initializeRoutingTable]: "configure",
	[MESSAGE.establishConnection]: "configure",
	[MESSAGE.disconnectConnection]: "configure",
	[MESSAGE.updateKeySet]: "configure",
	[MESSAGE.updateDistributionKey]: "configure",
	[MESSAGE.setMasterKey]: "configure",
	[MESSAGE.whatIsNetworkNumber]: "browse",
};

const BVLC_VERBS: Readonly<Record<number, Verb>> = {
	[BVLC_FUNCTION.writeBroadcastTable]: "configure",
	[BVLC_FUNCTION.readBroadcastTable]: "browse",
	[BVLC_FUNCTION.registerForeignDevice]: "configure",
	[BVLC_FUNCTION.readForeignTable]: "browse",
	[BVLC_FUNCTION.deleteForeignEntry]: "configure",
};

/** What a device says of itself, and stays the same while it is the same device with the same program. */
const STATED: ReadonlyMap<number, string> = new Map([
	[PROPERTY.vendorName, "vendor"],
	[PROPERTY.modelName, "model"],
	[PROPERTY.firmwareRevision, "firmware revision"],
	[PROPERTY.applicationSoftwareVersion, "application software version"],
	[PROPERTY.serialNumber, "serial number"],
]);
const IDENTIFYING: ReadonlySet<number> = new Set([
	...STATED.keys(),
	PROPERTY.vendorIdentifier,
	PROPERTY.objectName,
	PROPERTY.description,
	PROPERTY.location,
]);

const isOfDevice = ({ objectId }: Item): boolean => typeOf(objectId) === OBJECT.device;

export function sayOperations(o: BacnetObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "request":
			// Reports are said when they are made; who acknowledges them adds nothing.
			if (isReporting(o.service, true) && !o.isRepeat) report(o, sink);
			return;
		case "unconfirmed":
			unconfirmed(o, sink);
			return;
		case "response":
		case "error":
		case "reject":
		case "abort":
		case "unanswered":
			ended(o, sink);
			return;
		case "malformed":
			// An answer that cannot be read is no answer.
			if (o.isMatched) ended(o, sink);
			return;
		case "network":
			message(o, sink);
			return;
		case "bvlc":
			control(o, sink);
	}
}

/** What a service does, by its parameters. */
function verbOf(o: BacnetObservation): Verb {
	const { items, details } = asked(o);
	switch (o.service) {
		case CONFIRMED.readProperty:
		case CONFIRMED.readPropertyMultiple:
			if (items.length === 0) return "read";
			if (items.every((item) => isOfDevice(item) && IDENTIFYING.has(item.property))) return "identify";
			return items.every((item) => item.property === PROPERTY.objectList) ? "browse" : "read";
		case CONFIRMED.atomicReadFile:
		case CONFIRMED.atomicWriteFile:
			return o.procedure === "" ? VERBS[o.service]! : "program";
		case CONFIRMED.reinitializeDevice:
			return isProcedure(details?.state) ? "program" : "command";
		default:
			return VERBS[o.service] ?? "other";
	}
}

const isProcedure = (state: unknown): boolean => typeof state === "number" && state >= STATE.startBackup && state <= STATE.abortRestore;

/** What was asked; of an answer whose request was not seen what it says itself. */
const asked = (o: BacnetObservation): Pick<BacnetObservation, "items" | "details"> => o.asked ?? o;

function outcomeOf(o: BacnetObservation): Outcome {
	switch (o.kind) {
		case "error":
		case "reject":
			return "refused";
		case "abort":
			// The client gave up itself what it asked.
			return o.isMatched ? "refused" : "unsolicited";
		case "unanswered":
		case "malformed":
			return "unanswered";
		default:
			return o.isMatched ? "ok" : "unsolicited";
	}
}

function outcomeCodeOf(o: BacnetObservation): number {
	if (o.kind === "error") return errorOutcome(o.errorClass, o.errorCode);
	if (o.kind === "reject") return OUTCOME.reject + o.reason;
	return o.kind === "abort" ? OUTCOME.abort + o.reason : 0;
}

function begin(o: BacnetObservation, sink: OperationSink, verb: Verb, code: number): Operation {
	const operation = sink.begin(o.unit);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.latency = o.latency;
	operation.isBroadcast = o.isBroadcast;
	return operation;
}

/** A confirmed service has its end. */
function ended(o: BacnetObservation, sink: OperationSink): void {
	if (o.isRepeat || o.service < 0 || isReporting(o.service, true)) return;
	const isRefusal = o.kind === "error" || o.kind === "reject" || o.kind === "abort";
	// Of a refusal whose request was not seen nothing is known that it is about.
	if (isRefusal && !o.isMatched) return;
	const verb = verbOf(o);
	const isReading = verb === "read" || verb === "identify" || verb === "browse";
	// Its end was said when no answer came; only what was read is new.
	if (o.isLate && (!isReading || o.kind !== "response")) return;
	const operation = begin(o, sink, verb, o.service);
	operation.outcome = outcomeOf(o);
	operation.outcomeCode = outcomeCodeOf(o);
	const request = asked(o);
	const state = request.details?.state;
	if (typeof state === "number") operation.subCode = state;
	// An answer to a read names all of what it says; a write is known by its request alone.
	const hasAnswer = isReading && o.kind === "response" && o.items.length > 0;
	const items = hasAnswer ? o.items : request.items;
	if (hasAnswer && items.every(({ errorClass }) => errorClass >= 0)) {
		operation.outcome = "refused";
		operation.outcomeCode = errorOutcome(items[0]!.errorClass, items[0]!.errorCode);
	}
	const isWrite = verb === "write";
	if (isWrite && items[0] !== undefined && items[0].priority > 0) operation.subCode = items[0].priority;
	add(items, operation, sink, hasAnswer || isWrite);
	if (hasAnswer) label(items, sink);
	sink.commit();
	if (hasAnswer) identify(o, items, sink);
	if (request.details?.hasPassword === true && verb !== "authenticate") logIn(o, sink);
}

/** Names the points of items, with their values where they are what was read or written. */
function add(items: readonly Item[], operation: Operation, sink: OperationSink, hasValues: boolean): void {
	for (const item of items) {
		const at = operation.pointCount;
		sink.named(pointOf(item));
		if (hasValues && operation.pointCount > at)
			operation.values[operation.valueCount++] = item.values.length === 1 ? item.values[0]!.number : Number.NaN;
	}
}

/** The name of an object is that of its value. */
function label(items: readonly Item[], sink: OperationSink): void {
	for (const item of items) {
		const text = item.values[0]?.value;
		if (item.property !== PROPERTY.objectName || isOfDevice(item) || typeof text !== "string" || text === "") continue;
		sink.label(pointOf({ ...item, property: PROPERTY.presentValue, index: -1 }), text);
	}
}

/** A service that is refused for its password was a try to log in, and so is one that was done. */
function logIn(o: BacnetObservation, sink: OperationSink): void {
	const operation = begin(o, sink, "authenticate", o.service);
	operation.outcome = outcomeOf(o);
	operation.outcomeCode = outcomeCodeOf(o);
	sink.commit();
}

const PASSWORD_SERVICES: ReadonlySet<number> = new Set([
	CONFIRMED.deviceCommunicationControl,
	CONFIRMED.reinitializeDevice,
	CONFIRMED.authenticate,
]);
/** 16.1.1.3.1, 16.4.1.3.1; 24.5 of the revisions that had Authenticate. */
export const isLogin = (code: number, outcomeCode: number): boolean =>
	PASSWORD_SERVICES.has(code) &&
	(outcomeCode === 0 ||
		(outcomeCode >= OUTCOME.errorClass &&
			(outcomeCode % OUTCOME.errorClass === ERROR.passwordFailure || outcomeCode % OUTCOME.errorClass === ERROR.authenticationFailed)));

/** What a device says of its own accord. */
function report(o: BacnetObservation, sink: OperationSink, code = o.service): void {
	const operation = begin(o, sink, "report", code);
	add(
		o.items,
		operation,
		sink,
		o.items.some(({ values }) => values.length > 0),
	);
	sink.commit();
}

function unconfirmed(o: BacnetObservation, sink: OperationSink): void {
	const code = OPERATION.unconfirmed + o.service;
	if (o.service === UNCONFIRMED.iAm) announce(o, sink);
	else if (o.service === UNCONFIRMED.whoAmI) {
		const { vendorId, modelName, serialNumber } = o.details as { vendorId?: number; modelName?: string; serialNumber?: string };
		claim(
			o,
			sink,
			"BACnet who-Am-I",
			vendorName(vendorId ?? -1),
			new Map([
				[PROPERTY.modelName, modelName ?? ""],
				[PROPERTY.serialNumber, serialNumber ?? ""],
			]),
		);
	}
	const verb = UNCONFIRMED_VERBS[o.service];
	if (verb === undefined || (verb === "browse" && o.isBroadcast)) return;
	if (verb === "report") {
		report(o, sink, code);
		return;
	}
	const operation = begin(o, sink, verb, code);
	if (o.service !== UNCONFIRMED.youAre) add(o.items, operation, sink, false);
	sink.commit();
}

/** 16.10.2: its instance, and who made it. */
function announce(o: BacnetObservation, sink: OperationSink): void {
	const [device] = o.items;
	const vendorId = o.details?.vendorId;
	if (device === undefined || typeof vendorId !== "number") return;
	const vendor = vendorName(vendorId);
	const statements = new Map([["device instance", String(instanceOf(device.objectId))]]);
	statements.set("vendor identifier", String(vendorId));
	sink.identity({ unit: o.unit, ...(vendor !== undefined && { vendor }), statements, evidence: "BACnet I-Am" });
}

/** What was read of a device object. */
function identify(o: BacnetObservation, items: readonly Item[], sink: OperationSink): void {
	const said = new Map<number, string>();
	let vendor: string | undefined;
	for (const item of items) {
		const value = item.values[0]?.value;
		if (!isOfDevice(item) || item.values.length !== 1) continue;
		if (item.property === PROPERTY.vendorIdentifier && typeof value === "number") vendor = vendorName(value);
		else if (IDENTIFYING.has(item.property) && typeof value === "string" && value !== "") said.set(item.property, value);
	}
	if (vendor !== undefined || said.size > 0) claim(o, sink, "BACnet device object", vendor, said);
}

function claim(
	o: BacnetObservation,
	sink: OperationSink,
	evidence: string,
	maker: string | undefined,
	said: ReadonlyMap<number, string>,
): void {
	const statements = new Map<string, string>();
	for (const [property, name] of STATED) {
		const text = said.get(property);
		if (text !== undefined && text !== "") statements.set(name, text);
	}
	const field = (property: number): string | undefined => said.get(property) || undefined;
	const vendor = field(PROPERTY.vendorName) ?? maker;
	const model = field(PROPERTY.modelName);
	const firmware = field(PROPERTY.firmwareRevision);
	const application = field(PROPERTY.applicationSoftwareVersion);
	// A device behind a router has a name, and the router's address is not that of this name.
	const hostName = o.unit < 0 ? field(PROPERTY.objectName) : undefined;
	if (statements.size === 0 && vendor === undefined && hostName === undefined) return;
	sink.identity({
		unit: o.unit,
		...(vendor !== undefined && { vendor }),
		...(model !== undefined && { model }),
		...(firmware !== undefined && { firmware }),
		...(application !== undefined && { application }),
		...(hostName !== undefined && { hostName }),
		...(statements.size > 0 && { statements }),
		evidence,
	});
}

function message(o: BacnetObservation, sink: OperationSink): void {
	if (o.messageType === MESSAGE.iAmRouter && o.unit < 0)
		sink.identity({ role: "BACnet router", evidence: "BACnet I-Am-Router-To-Network" });
	const verb = MESSAGE_VERBS[o.messageType];
	if (verb === undefined || (verb === "browse" && o.isBroadcast)) return;
	// 6.4.7: a table of no ports asks for the one that there is.
	begin(
		o,
		sink,
		o.messageType === MESSAGE.initializeRoutingTable && o.routingPorts <= 0 ? "browse" : verb,
		OPERATION.message + o.messageType,
	);
	sink.commit();
}

/** Messages of the BVLC have no number that ties an answer to them: what is asked is said when it is, and a refusal once more. */
function control(o: BacnetObservation, sink: OperationSink): void {
	if (o.function === BVLC_FUNCTION.readBroadcastTableAck || o.function === BVLC_FUNCTION.readForeignTableAck) {
		sink.identity({ role: "BACnet broadcast manager", evidence: "BACnet broadcast distribution or foreign device table" });
		return;
	}
	const isRefusal = o.function === BVLC_FUNCTION.result && o.result > 0;
	const code = isRefusal ? refusedFunction(o.result) : o.function;
	const verb = BVLC_VERBS[code];
	if (verb === undefined) return;
	const operation = begin(o, sink, verb, OPERATION.bvlc + code);
	if (isRefusal) {
		operation.outcome = "refused";
		operation.outcomeCode = OUTCOME.bvlc + o.result;
	}
	sink.commit();
}
