/**
 * S7comm-plus in neutral words: one operation for each request, said at its end. Notifications report what was subscribed. Objects that a session makes for itself have numbers that change with
 * each session, and no names: they are all "object".
 */
import { OPERATION_POINTS, type Operation, type OperationSink, type Outcome, type Verb } from "../../src/decode/protocol.ts";
import {
	CONNECT_OPERATION,
	FUNCTION,
	ID,
	idName,
	isBlockClass,
	isBlockObject,
	isRefusal,
	LOGIN_OPERATION,
	NOTIFICATION_OPERATION,
	STATE_OPERATION,
} from "./codes.ts";
import type { PlusItem, PlusObservation } from "./observation.ts";

const UNIT = -1;

export function operations(o: PlusObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "accept":
		case "disconnect":
			if (o.requestFrame > 0) {
				begin(o, sink, "other", CONNECT_OPERATION, o.kind === "accept" ? "ok" : "refused");
				sink.commit();
			}
			return;
		case "notification":
			points(
				o,
				sink,
				"report",
				NOTIFICATION_OPERATION,
				"ok",
				o.items.filter(({ point, errorCode }) => point !== "" && errorCode === 0),
			);
			return;
		case "request":
			nameClient(o, sink);
			return;
		case "response":
		case "unanswered":
		case "unsolicited":
			exchange(o, sink);
			if (o.kind === "response") identify(o, sink);
	}
}

function outcomeOf(o: PlusObservation): Outcome {
	if (o.kind === "unanswered" || o.kind === "unsolicited") return o.kind;
	return isRefusal(o.returnCode) ? "refused" : "ok";
}

function begin(o: PlusObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome): Operation {
	const operation = sink.begin(UNIT);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.returnCode : 0;
	operation.latency = o.latency;
	return operation;
}

/** Whether the operating state is asked to change. */
export const isStateRequest = (o: PlusObservation): boolean =>
	o.objectId === ID.theCPUexecUnit && o.attributes.includes(ID.operatingStateRequest) && isWriting(o.functionCode);
const isWriting = (code: number): boolean =>
	code === FUNCTION.setVariable || code === FUNCTION.setMultiVariables || code === FUNCTION.setVarSubStreamed;

/** Blocks that are made, or the transaction in which they are. */
export const isDownload = (o: PlusObservation): boolean =>
	o.functionCode === FUNCTION.createObject
		? o.objects.some(({ classId }) => isBlockClass(classId))
		: o.functionCode === FUNCTION.beginSequence && o.objects.some(({ name }) => name === DOWNLOAD_TRANSACTION);
/** The object of a sequence in which a program is written. */
const DOWNLOAD_TRANSACTION = "DLTransaction";

function verbOf(o: PlusObservation): Verb {
	switch (o.functionCode) {
		case FUNCTION.explore:
		case FUNCTION.getLink:
		case FUNCTION.getVariablesAddress:
			return "browse";
		case FUNCTION.getVariable:
		case FUNCTION.getMultiVariables:
		case FUNCTION.getVarSubStreamed:
			return "read";
		case FUNCTION.setVariable:
		case FUNCTION.setMultiVariables:
		case FUNCTION.setVarSubStreamed:
			return isStateRequest(o) ? "command" : "write";
		case FUNCTION.createObject:
			if (isDownload(o)) return "program";
			return o.objects[0]?.classId === ID.classSubscription
				? "configure"
				: o.objects[0]?.classId === ID.classServerSession
					? "authenticate"
					: "other";
		case FUNCTION.deleteObject:
			return isBlockObject(o.objectId) ? "program" : "other";
		case FUNCTION.beginSequence:
			return isDownload(o) ? "program" : "other";
		default:
			return "other";
	}
}

function exchange(o: PlusObservation, sink: OperationSink): void {
	const outcome = outcomeOf(o);
	if (o.functionCode < 0) {
		begin(o, sink, "other", CONNECT_OPERATION, outcome);
		sink.commit();
		return;
	}
	if (o.isLogin) {
		begin(o, sink, "authenticate", LOGIN_OPERATION, outcome);
		sink.commit();
		return;
	}
	const verb = verbOf(o);
	// What a session says of itself is no variable of the controller.
	if (verb === "write" && o.object === "session") {
		begin(o, sink, "other", o.functionCode, outcome);
		sink.commit();
		return;
	}
	const code = verb === "command" ? STATE_OPERATION : o.functionCode;
	if (verb === "read" || verb === "write" || verb === "command") {
		const refused = outcome === "ok" ? o.items.filter(({ errorCode }) => errorCode !== 0) : [];
		if (refused.length < o.items.length || o.items.length === 0) {
			points(o, sink, verb, code, outcome, refused.length === 0 ? o.items : o.items.filter(({ errorCode }) => errorCode === 0));
		}
		if (refused.length === 0) return;
		const operation = begin(o, sink, verb, code, "refused");
		operation.outcomeCode = refused[0]!.errorCode;
		for (const { point } of refused) if (operation.pointCount < OPERATION_POINTS) sink.named(point);
		sink.commit();
		return;
	}
	begin(o, sink, verb, code, outcome);
	if (verb === "program") for (const name of blocksOf(o)) sink.named(name);
	sink.commit();
}

/** Blocks that a message makes or deletes, by name. */
export function blocksOf(o: PlusObservation): string[] {
	if (o.functionCode === FUNCTION.deleteObject) return isBlockObject(o.objectId) ? [o.object] : [];
	return o.objects
		.filter(({ classId }) => isBlockClass(classId))
		.map(({ classId, name, block }) => (name === "" ? idName(classId) : block >= 0 ? `${name} (${block})` : name));
}

function points(o: PlusObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome, items: readonly PlusItem[]): void {
	const operation = begin(o, sink, verb, code, outcome);
	let hasNumber = false;
	for (const { point, value } of items) {
		if (point === "" || operation.pointCount >= OPERATION_POINTS) continue;
		operation.values[operation.pointCount] = value;
		sink.named(point);
		hasNumber ||= !Number.isNaN(value);
	}
	if (hasNumber) operation.valueCount = operation.pointCount;
	sink.commit();
}

/** Number, order number and firmware, with semicolons between. */
const PRODUCT = /^\d+;\s*([^;]{1,64}?)\s*;\s*([VS]\d[^;]{0,31}?)\s*$/;

/** Who the controller says it is, as a session begins. */
function identify(o: PlusObservation, sink: OperationSink): void {
	const parts = PRODUCT.exec(o.session?.product ?? "");
	if (parts === null) return;
	const [, order, firmware] = parts as unknown as [string, string, string];
	const evidence = "S7comm-plus session";
	sink.identity({
		...(/^6[A-Z]{2}\d/.test(order) && { vendor: "Siemens" }),
		productCode: order,
		firmware,
		statements: new Map([
			["order number", order],
			["firmware", firmware],
		]),
		evidence,
	});
	sink.identity({ model: order, presumed: true, evidence });
}

/** What a client says of itself. */
function nameClient(o: PlusObservation, sink: OperationSink): void {
	const ip = o.clientIp;
	const application = o.session?.application ?? "";
	if (o.functionCode !== FUNCTION.createObject || ip === undefined || application === "") return;
	sink.identity({ ip, application, evidence: "S7comm-plus session" });
}
