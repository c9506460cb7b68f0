/**
 * OPC UA in neutral words: one operation for each service call, said at its end (its answer, its fault, or the time at which no answer came). Items that the
 * server refused one by one are an operation of their own, so that a call can be partly ok and partly refused.
 */

import {
	type IdentityClaim,
	OPERATION_POINTS,
	type Operation,
	type OperationSink,
	type Outcome,
	type Verb,
} from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import {
	ATTRIBUTES,
	isBad,
	messageKind,
	READ_REFUSALS,
	SERVICE,
	SERVICE_FAULT,
	STANDARD_NODE_NAMES,
	statusHex,
	statusName,
	statusValue,
	VALUE_ATTRIBUTE,
} from "./codes.ts";
import { argumentsOf, signature } from "./definitions.ts";
import { textOf } from "./names.ts";
import { type Nested, Nester } from "./nested.ts";
import type { OpcuaObservation } from "./observation.ts";

/**
 * The code of an exchange whose service is encrypted: no service has it. Its rate and its time to answer are learned as of any other operation; what it may have
 * been is a guess, which stays on the line.
 */
const HIDDEN = 0;
/** Different refusals of one answer that are told apart; further ones are told with the last. */
const MAX_REFUSALS = 8;

const VERBS: ReadonlyMap<number, Verb> = new Map<number, Verb>([
	[SERVICE.read, "read"],
	[SERVICE.historyRead, "read"],
	[SERVICE.write, "write"],
	[SERVICE.historyUpdate, "write"],
	[SERVICE.call, "command"],
	[SERVICE.browse, "browse"],
	[SERVICE.browseNext, "browse"],
	[SERVICE.translateBrowsePaths, "browse"],
	[SERVICE.queryFirst, "browse"],
	[SERVICE.queryNext, "browse"],
	[SERVICE.createSubscription, "configure"],
	[SERVICE.modifySubscription, "configure"],
	[SERVICE.deleteSubscriptions, "configure"],
	[SERVICE.transferSubscriptions, "configure"],
	[SERVICE.setPublishingMode, "configure"],
	[SERVICE.createMonitoredItems, "configure"],
	[SERVICE.modifyMonitoredItems, "configure"],
	[SERVICE.deleteMonitoredItems, "configure"],
	[SERVICE.setMonitoringMode, "configure"],
	[SERVICE.setTriggering, "configure"],
	[SERVICE.addNodes, "program"],
	[SERVICE.addReferences, "program"],
	[SERVICE.deleteNodes, "program"],
	[SERVICE.deleteReferences, "program"],
	[SERVICE.publish, "report"],
	[SERVICE.republish, "report"],
	[SERVICE.getEndpoints, "identify"],
	[SERVICE.findServers, "identify"],
	[SERVICE.findServersOnNetwork, "identify"],
	[SERVICE.registerServer, "identify"],
	[SERVICE.registerServer2, "identify"],
	[SERVICE.openSecureChannel, "authenticate"],
	[SERVICE.createSession, "authenticate"],
	[SERVICE.activateSession, "authenticate"],
]);

export const verbOf = (serviceId: number): Verb => VERBS.get(serviceId) ?? "other";

/** `Read (service 631)`: services are numbered by the encoding of their request. */
export const operationName = (code: number): string => {
	if (code === HIDDEN) return "an encrypted service";
	const service = messageKind(code)?.service;
	return service === undefined ? `service ${code}` : `${service.name} (service ${code})`;
};

/** Statuses with which ActivateSession turns an identity down (Part 4, 5.7.3.3). */
const TURNED_DOWN: ReadonlySet<number> = new Set(
	["BadIdentityTokenInvalid", "BadIdentityTokenRejected", "BadUserAccessDenied", "BadUserSignatureInvalid"].map(statusValue),
);
export const isLogin = (code: number, outcomeCode: number): boolean =>
	code === SERVICE.activateSession && (outcomeCode === 0 || TURNED_DOWN.has(outcomeCode));
export const outcomeName = (code: number): string => `${statusName(code)} (${statusHex(code)})`;

/** A point for people. */
export function pointName(name: string): string {
	if (name.startsWith("method:")) return `method ${nodeName(name.slice("method:".length))}`;
	const hash = name.lastIndexOf("#");
	const attribute = name.slice(hash + 1);
	return hash > 0 && ATTRIBUTES.indexOf(attribute) > 0 ? `${attribute} of ${nodeName(name.slice(0, hash))}` : nodeName(name);
}

function nodeName(node: string): string {
	const id = /^i=(\d+)$/.exec(node)?.[1];
	const standard = id === undefined ? undefined : STANDARD_NODE_NAMES.get(Number(id));
	return standard === undefined ? node : `${standard} (${node})`;
}

export function sayOperations(o: OpcuaObservation, sink: OperationSink): void {
	sayOutcome(o, sink);
	if (o.certificate !== undefined) {
		sink.trace("certificate", o.certificate.thumbprint, o.isFromServer);
		sink.trace("certificate", o.certificate.thumbprint256, o.isFromServer);
	}
	for (const credential of o.credentials) sink.credential(credential);
}

function sayOutcome(o: OpcuaObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "response":
			if (o.service === undefined || o.contradiction !== "") return;
			// Its end was said when no answer came; only what was read is new.
			if (o.isLate && verbOf(o.service.id) !== "read" && verbOf(o.service.id) !== "report") return;
			answer(o, sink);
			return;
		case "fault":
		case "unanswered":
			if (o.service === undefined || o.request === undefined || o.isLate) return;
			// Every waiting Publish is failed when its session ends: that is no refusal.
			if (o.service.id === SERVICE.publish || o.service.id === SERVICE_FAULT) return;
			whole(o, sink, o.kind === "fault" ? "refused" : "unanswered");
			return;
		case "unsolicited":
			if (o.service === undefined || o.service.id === SERVICE_FAULT) return;
			begin(o, sink, "unsolicited");
			sink.commit();
			return;
		case "error":
			// Instead of opening a channel the server closed the connection.
			if (o.service === undefined) return;
			begin(o, sink, "refused");
			sink.commit();
			return;
		case "message":
			// Only its outside shows, yet it proves that a channel was opened.
			if (o.sealedBy !== undefined) identifySealed(o.sealedBy, o, sink);
			if (o.service === undefined ? o.encrypted === true && o.isFromServer && o.messageType === "MSG" : o.latency >= 0) {
				begin(o, sink, "ok");
				sink.commit();
			}
			return;
	}
}

function begin(o: OpcuaObservation, sink: OperationSink, outcome: Outcome): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = o.service === undefined ? "other" : verbOf(o.service.id);
	operation.code = o.service?.id ?? HIDDEN;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" && o.serviceResult > 0 ? o.serviceResult : 0;
	operation.latency = o.latency;
	return operation;
}

/** All points of the request with one outcome. */
function whole(o: OpcuaObservation, sink: OperationSink, outcome: Outcome): void {
	const { request } = o;
	const isWrite = o.service!.id === SERVICE.write;
	const count = request?.nameCount ?? 0;
	let index = 0;
	do {
		const operation = begin(o, sink, outcome);
		for (; index < count && operation.pointCount < OPERATION_POINTS; index++) {
			const at = operation.pointCount;
			sink.named(request!.names[index]!);
			if (isWrite && operation.pointCount > at) operation.values[operation.valueCount++] = request!.values[index]!;
		}
		sink.commit();
	} while (index < count);
}

function answer(o: OpcuaObservation, sink: OperationSink): void {
	const { id } = o.service!;
	if (isBad(o.serviceResult)) {
		if (o.request !== undefined && id !== SERVICE.publish) whole(o, sink, "refused");
		return;
	}
	switch (id) {
		case SERVICE.read:
		case SERVICE.write:
		case SERVICE.call:
		case SERVICE.historyRead:
		case SERVICE.historyUpdate:
		case SERVICE.browse:
		case SERVICE.translateBrowsePaths:
		case SERVICE.addNodes:
		case SERVICE.addReferences:
		case SERVICE.deleteNodes:
		case SERVICE.deleteReferences:
		case SERVICE.createMonitoredItems:
			items(o, sink);
			break;
		case SERVICE.publish:
		case SERVICE.republish:
			notifications(o, sink);
			return;
		default:
			if (o.request !== undefined) whole(o, sink, "ok");
	}
	label(o, sink);
	switch (id) {
		case SERVICE.read:
			if (o.request?.isIdentifying === true) identifyByRead(o, sink);
			break;
		case SERVICE.createSession:
			identifySession(o, sink);
			break;
		case SERVICE.getEndpoints:
			identifyServer(sink, (parametersOf(o).endpoints as Nested[] | null)?.[0]?.server as Nested | undefined, "OPC UA endpoint");
			break;
	}
}

/** True where the server refused one item of the request. */
function isRefused(serviceId: number, status: number): boolean {
	if (!isBad(status)) return false;
	return serviceId !== SERVICE.read || READ_REFUSALS.has(status >>> 16);
}

/** One operation for the items that went well, and one for each way in which others were refused. */
function items(o: OpcuaObservation, sink: OperationSink): void {
	const { request } = o;
	if (request === undefined || request.nameCount === 0) {
		if (request !== undefined) whole(o, sink, "ok");
		return;
	}
	const { id } = o.service!;
	const { statuses, count } = o.items;
	const total = Math.min(count, request.nameCount);
	let kinds = 0;
	let isAnyOk = total === 0;
	for (let index = 0; index < total; index++) {
		const status = statuses[index]!;
		if (!isRefused(id, status)) isAnyOk = true;
		else if (kinds < MAX_REFUSALS && refusals.indexOf(status) < 0) refusals[kinds++] = status;
	}
	const say = id === SERVICE.historyUpdate && request.writtenItems.length > 0 ? updates : some;
	if (isAnyOk) say(o, sink, total, 0, false);
	for (let kind = 0; kind < kinds; kind++) say(o, sink, total, refusals[kind]!, kind === MAX_REFUSALS - 1);
	refusals.fill(0);
}

/** The refusals of the answer in hand; 0 is none of them. */
const refusals = new Uint32Array(MAX_REFUSALS);

/** True where an item with the status `own` belongs to the operation of `status`. */
const isOf = (serviceId: number, own: number, status: number, withOthers: boolean): boolean =>
	isRefused(serviceId, own) ? own === status || (withOthers && refusals.indexOf(own) < 0) : status === 0;

/** As `some`, for a HistoryUpdate, whose items write several values each: the point once for each of them. */
function updates(o: OpcuaObservation, sink: OperationSink, total: number, status: number, withOthers: boolean): void {
	const { id } = o.service!;
	const { names, written, writtenItems } = o.request!;
	const { statuses } = o.items;
	let index = 0;
	let next = 0;
	do {
		const operation = begin(o, sink, status === 0 ? "ok" : "refused");
		operation.outcomeCode = status;
		while (index < total && operation.pointCount < OPERATION_POINTS) {
			while (next < writtenItems.length && writtenItems[next]! < index) next++;
			if (isOf(id, statuses[index]!, status, withOthers)) {
				const at = operation.pointCount;
				sink.named(names[index]!);
				const hasValue = writtenItems[next] === index;
				if (operation.pointCount > at) operation.values[operation.valueCount++] = hasValue ? written[next]! : Number.NaN;
				if (hasValue && writtenItems[++next] === index) continue;
			}
			index++;
		}
		if (operation.pointCount > 0) sink.commit();
	} while (index < total);
}

/** The items with one status (0: those not refused); `withOthers` adds the refusals that have no operation of their own. */
function some(o: OpcuaObservation, sink: OperationSink, total: number, status: number, withOthers: boolean): void {
	const { id } = o.service!;
	const request = o.request!;
	const { statuses, values } = o.items;
	const hasValues = id === SERVICE.read || id === SERVICE.write;
	let index = 0;
	do {
		const operation = begin(o, sink, status === 0 ? "ok" : "refused");
		operation.outcomeCode = status;
		for (; index < total && operation.pointCount < OPERATION_POINTS; index++) {
			const own = statuses[index]!;
			if (!isOf(id, own, status, withOthers)) continue;
			const at = operation.pointCount;
			sink.named(request.names[index]!);
			if (!hasValues || operation.pointCount === at) continue;
			// Only the Value attribute has a value of the process.
			const value = id === SERVICE.write ? request.values[index]! : values[index]!;
			operation.values[operation.valueCount++] =
				request.attributes[index] === VALUE_ATTRIBUTE && !(id === SERVICE.read && isBad(own)) ? value : Number.NaN;
		}
		if (operation.pointCount > 0 || total === 0) sink.commit();
	} while (index < total);
}

/** Values that the server sent by itself; of items that were set up before we looked there is no name. */
function notifications(o: OpcuaObservation, sink: OperationSink): void {
	const { count, values, statuses } = o.items;
	let index = 0;
	while (index < count) {
		const operation = begin(o, sink, "ok");
		operation.latency = -1; // how long the server had nothing to say
		for (; index < count && operation.pointCount < OPERATION_POINTS; index++) {
			const name = o.names[index];
			if (name === undefined) continue;
			const at = operation.pointCount;
			sink.named(name);
			if (operation.pointCount > at) operation.values[operation.valueCount++] = isBad(statuses[index]!) ? Number.NaN : values[index]!;
		}
		if (operation.pointCount > 0) sink.commit();
	}
}

const parametersOf = (o: OpcuaObservation): Nested =>
	new Nester(o.bytes, o.bodyStart, o.bodyEnd, o.certificateAt).read(o.message!.structure, 1);

/** Names of nodes for people. */
function label(o: OpcuaObservation, sink: OperationSink): void {
	if (o.nodeNames.length === 0 && o.defined.length === 0) return;
	const definitions = o.definitions();
	const method = (node: string, name: string): void => {
		const known = argumentsOf(definitions, node, true);
		sink.label(`method:${node}`, known === undefined ? name : signature(name, known));
	};
	for (const { node, name, isMethod } of o.nodeNames) {
		sink.label(node, name);
		if (isMethod) method(node, name);
	}
	for (const node of o.defined) {
		const name = o.nameOf(node);
		if (name !== undefined && argumentsOf(definitions, node, true) !== undefined) method(node, name);
	}
}

const PRESUMED = { presumed: true } as const;

function claim(
	sink: OperationSink,
	evidence: string,
	claims: Readonly<Record<string, string | undefined>>,
	presumed: { readonly presumed?: true } = {},
): void {
	const out: Record<string, string> = { evidence };
	for (const [key, value] of Object.entries(claims)) if (value !== undefined) out[key] = value;
	if (Object.keys(out).length > 1) sink.identity({ ...presumed, ...(out as unknown as IdentityClaim) });
}

/**
 * Behind encryption nobody says who they are: the certificates do (Part 6, 6.2.2: the common name is the application's). What an application calls
 * itself in the clear (ApplicationDescription) says more: makers ship one certificate name with all of their products.
 */
function identifySealed(certificates: NonNullable<OpcuaObservation["sealedBy"]>, o: OpcuaObservation, sink: OperationSink): void {
	const commonName = (index: 0 | 1): string | undefined => /(?:^|, )CN=([^,]+)/.exec(certificates[index]?.subject ?? "")?.[1];
	const client = commonName(TO_SERVER);
	if (client !== undefined && o.clientIp !== undefined)
		claim(sink, "OPC UA certificate", { ip: o.clientIp, application: client }, PRESUMED);
	claim(sink, "OPC UA certificate", { application: commonName(TO_CLIENT) }, PRESUMED);
}

/** CreateSession: both sides say who they are. */
function identifySession(o: OpcuaObservation, sink: OperationSink): void {
	const application = o.request?.client ?? o.request?.clientUri;
	if (application !== undefined && o.clientIp !== undefined) claim(sink, "OPC UA session client", { ip: o.clientIp, application });
	const endpoints = parametersOf(o).serverEndpoints as Nested[] | null;
	const server = endpoints?.[0]?.server as Nested | undefined;
	identifyServer(sink, server, "OPC UA session server");
	const text = textOf(server?.applicationUri);
	if (text !== undefined) sink.credential({ kind: "application", text, isServer: true, port: o.serverPort });
}

function identifyServer(sink: OperationSink, server: Nested | undefined, evidence: string): void {
	claim(sink, evidence, { application: textOf(server?.applicationName) ?? textOf(server?.applicationUri) });
}

/** Part 5, 12.4 BuildInfo: read as a whole or in parts. */
function identifyByRead(o: OpcuaObservation, sink: OperationSink): void {
	const results = (parametersOf(o).results as Nested[] | null) ?? [];
	const request = o.request!;
	const claims: Record<string, string | undefined> = {};
	for (let index = 0; index < Math.min(results.length, request.nameCount); index++) {
		const { value } = results[index]!;
		switch (request.names[index]) {
			case "i=2260": {
				const build = value as Nested | null;
				if (typeof build !== "object" || build === null) break;
				claims.vendor = textOf(build.manufacturerName);
				claims.model = textOf(build.productName);
				claims.firmware = textOf(build.softwareVersion);
				break;
			}
			case "i=2261":
				claims.model = textOf(value);
				break;
			case "i=2263":
				claims.vendor = textOf(value);
				break;
			case "i=2264":
				claims.firmware = textOf(value);
				break;
		}
	}
	claim(sink, "OPC UA build information", claims);
}
