/** An observation as the fields of a `decode` line. */
import { u32le } from "../../src/wire/bytes.ts";
import { policyName, SECRET_METHODS, SERVICE } from "./codes.ts";
import { nameArguments } from "./definitions.ts";
import { type Nested, Nester, PRESENT, pointOf, status } from "./nested.ts";
import type { OpcuaObservation } from "./observation.ts";
import { certificateFields, utf8 } from "./text.ts";

/** Points named on a line that has no body (an unanswered request). */
const MAX_POINTS = 64;

export function recordOf(o: OpcuaObservation): Record<string, unknown> {
	const out: Record<string, unknown> = { kind: o.kind, messageType: o.messageType };
	if (o.kind !== "unanswered") out.sender = o.isFromServer ? "server" : "client";
	if (o.size > 0) out.size = o.size;
	if (o.chunks > 1) out.chunks = o.chunks;
	if (o.secureChannelId >= 0) out.secureChannelId = o.secureChannelId;
	if (o.tokenId >= 0) out.tokenId = o.tokenId;
	if (o.sequenceNumber >= 0) out.sequenceNumber = o.sequenceNumber;
	if (o.requestId >= 0) out.requestId = o.requestId;
	if (o.secureChannelId >= 0) {
		out.securityPolicy = o.policyUri === "" ? "unknown" : policyName(o.policyUri);
		out.securityMode = o.securityMode;
	}
	if (o.encrypted !== undefined) out.encrypted = o.encrypted;
	if (o.certificate !== undefined) out.certificate = certificateFields(o.certificate);
	if (o.isRenewal) out.renewal = true;
	if (o.service !== undefined) out.service = o.service.name;
	if (o.message !== undefined) out.typeId = o.message.structure.encodingId;
	if (o.envelope !== undefined) out.sessionless = o.envelope;
	if (o.requestHandle >= 0) out.requestHandle = o.requestHandle;
	if (!Number.isNaN(o.timestamp)) out.timestamp = Math.round(o.timestamp) / 1e6;
	if (o.serviceResult >= 0) out.serviceResult = status(o.serviceResult);
	switch (o.kind) {
		case "response":
		case "fault":
		case "abort":
		case "unsolicited":
			out.matched = o.request !== undefined;
			break;
		case "malformed":
			out.reason = o.reason;
			return out;
	}
	if (o.latency >= 0) out.latencyMs = o.latency / 1000;
	if (o.requestFrame >= 0) out.requestFrame = o.requestFrame;
	if (o.isLate) out.late = true;
	if (o.contradiction !== "") out.contradiction = o.contradiction;
	if (o.session !== undefined) {
		if (o.session.id !== undefined) out.sessionId = o.session.id;
		if (o.session.name !== undefined) out.sessionName = o.session.name;
		if (o.session.identity !== undefined) out.identity = o.session.identity;
		if (o.session.user !== undefined) out.user = o.session.user;
	}
	if (o.sincePrevious >= 0) out.sincePreviousMs = o.sincePrevious / 1000;
	if (o.guess !== undefined) out.guess = { ...o.guess };
	if (o.message !== undefined) body(o, out);
	else if (o.kind === "unanswered") points(o, out);
	else if (o.bodyEnd > o.bodyStart) transport(o, out);
	return out;
}

/** The fields of HEL, ACK, ERR, RHE and of an abort. */
function transport(o: OpcuaObservation, out: Record<string, unknown>): void {
	const { bytes, bodyStart: at } = o;
	const text = (start: number): string | null => {
		const length = u32le(bytes, start) | 0;
		return length < 0 ? null : utf8(bytes, start + 4, start + 4 + length);
	};
	const limits = () => ({
		protocolVersion: u32le(bytes, at),
		receiveBufferSize: u32le(bytes, at + 4),
		sendBufferSize: u32le(bytes, at + 8),
		maxMessageSize: u32le(bytes, at + 12),
		maxChunkCount: u32le(bytes, at + 16),
	});
	switch (o.kind) {
		case "hello":
			out.parameters = { ...limits(), endpointUrl: text(at + 20) };
			break;
		case "acknowledge":
			out.parameters = limits();
			break;
		case "reverse-hello":
			out.parameters = { serverUri: text(at), endpointUrl: text(at + 4 + Math.max(0, u32le(bytes, at) | 0)) };
			break;
		default:
			out.parameters = { error: status(u32le(bytes, at)), reason: text(at + 4) };
	}
}

/** The request that got no answer: what it was about. */
function points(o: OpcuaObservation, out: Record<string, unknown>): void {
	if (o.nameCount === 0 || o.request === undefined) return;
	const nodes: Nested[] = [];
	for (let index = 0; index < Math.min(o.nameCount, MAX_POINTS); index++) {
		nodes.push(pointOf(o.request.names[index]!, o.request.attributes[index]!));
	}
	out.nodes = nodes;
}

function body(o: OpcuaObservation, out: Record<string, unknown>): void {
	const { structure, isRequest } = o.message!;
	const header = new Nester(o.bytes, o.headerStart, o.bodyStart, o.certificateAt).read(structure.fields[0]!.structure!, 0);
	if (isRequest) {
		if (o.timeoutHint > 0) out.timeoutHint = o.timeoutHint;
		if (header.auditEntryId !== null && header.auditEntryId !== "") out.auditEntryId = header.auditEntryId;
		if (header.returnDiagnostics !== 0) out.returnDiagnostics = header.returnDiagnostics;
	} else {
		if (header.serviceDiagnostics !== null) out.serviceDiagnostics = header.serviceDiagnostics;
		if (Array.isArray(header.stringTable) && header.stringTable.length > 0) out.stringTable = header.stringTable;
	}
	if (header.additionalHeader !== null) out.additionalHeader = header.additionalHeader;
	const nester = new Nester(o.bytes, o.bodyStart, o.bodyEnd, o.certificateAt);
	nester.subscription = o.subscription;
	nester.nameOf = o.nameOf;
	nester.definitions = o.definitions();
	if (!isRequest && o.request?.service.id === SERVICE.historyRead) nester.eventFields = o.request.fields?.[0];
	const parameters = nester.read(structure, 1);
	if (o.request !== undefined && o.contradiction === "") {
		if (isRequest) explainAsked(o, parameters, nester);
		else join(o, parameters, nester);
	}
	if (Object.keys(parameters).length > 0) out.parameters = parameters;
	if (nester.isCut) out.truncated = true;
	if (o.isSecretInClear) out.secretInClear = true;
}

/** Puts names beside what a Write writes and a Call calls with. */
function explainAsked(o: OpcuaObservation, parameters: Nested, nester: Nester): void {
	const request = o.request!;
	const asked = request.service.id === SERVICE.write ? parameters.nodesToWrite : parameters.methodsToCall;
	if (!Array.isArray(asked)) return;
	for (const [index, item] of (asked as Nested[]).slice(0, request.nameCount).entries()) {
		const name = request.names[index]!;
		if (request.service.id === SERVICE.write) nester.explain(item.value, name, request.attributes[index]!);
		else item.inputArguments = nameArguments(item.inputArguments, nester.definitions, methodOf(name), true);
	}
}

const methodOf = (point: string): string => point.slice("method:".length);

/** Puts what was asked beside each result. */
function join(o: OpcuaObservation, parameters: Nested, nester: Nester): void {
	const { request } = o;
	const { results } = parameters;
	if (request === undefined || request.nameCount === 0 || !Array.isArray(results)) return;
	for (let index = 0; index < Math.min(results.length, request.nameCount); index++) {
		const result: unknown = results[index];
		if (typeof result !== "object" || result === null) continue;
		const asked = ASKED_ABOUT.get(request.service.id);
		const point: Nested =
			asked === undefined ? pointOf(request.names[index]!, request.attributes[index]!) : { [asked]: request.names[index] };
		const method = typeof point.methodId === "string" ? o.nameOf(point.methodId) : undefined;
		if (method !== undefined) point.method = method;
		const joined: Nested = { ...point, ...result };
		const name = request.names[index]!;
		if (request.service.id === SERVICE.read) nester.explain(joined, name, request.attributes[index]!);
		else if (request.service.id === SERVICE.call) {
			if (isSecretMethod(name)) joined.outputArguments = PRESENT;
			else joined.outputArguments = nameArguments(joined.outputArguments, nester.definitions, methodOf(name), false);
		}
		results[index] = joined;
	}
}

/** Services whose items are not about one node: which field of the item is shown. */
const ASKED_ABOUT: ReadonlyMap<number, string> = new Map([
	[SERVICE.addNodes, "parentNodeId"],
	[SERVICE.addReferences, "sourceNodeId"],
	[SERVICE.deleteReferences, "sourceNodeId"],
	[SERVICE.translateBrowsePaths, "startingNode"],
]);

const isSecretMethod = (name: string): boolean =>
	name.startsWith("method:i=") && SECRET_METHODS.has(Number(name.slice("method:i=".length)));
