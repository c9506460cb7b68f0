/** LDAP: who asks a directory for what, who changes it, and how logins to it end. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { extendedName, LOGIN, OP, operationName, POSTPONING, requestName, resultName, SCOPES } from "./codes.ts";
import { ldapTcp, ldapUdp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { LdapObservation, LdapRequest } from "./observation.ts";
import { operations } from "./operations.ts";

/** Names as RFC 4511 has them. */
function asked(request: LdapRequest): Record<string, unknown> {
	const { op, name, authentication, mechanism, user, domain, workstation, scope, filter, attributes, changes, newName, oid } = request;
	return {
		...(op === OP.bindRequest && { version: request.version, name, authentication }),
		...(op === OP.searchRequest && { baseObject: name, scope: SCOPES[scope] ?? scope, filter }),
		...(op !== OP.bindRequest && op !== OP.searchRequest && name !== "" && { entry: name }),
		...(mechanism !== "" && { mechanism }),
		...(user !== "" && { user }),
		...(domain !== "" && { domain }),
		...(workstation !== "" && { workstation }),
		...(attributes.length > 0 && { attributes }),
		...(changes.length > 0 && { changes }),
		...(newName !== "" && { newRdn: newName }),
		...(oid !== "" && { requestName: extendedName(oid) }),
	};
}

function record(o: LdapObservation): Record<string, unknown> {
	const { request } = o;
	switch (o.kind) {
		case "request":
			return { messageId: o.id, operation: requestName(o.op), ...asked(request!) };
		case "response":
		case "notice":
			return {
				messageId: o.id,
				operation: requestName(o.op),
				resultCode: o.result,
				result: resultName(o.result),
				...(o.matchedName !== "" && { matchedDN: o.matchedName }),
				...(o.diagnostic !== "" && { diagnosticMessage: o.diagnostic }),
				...(o.computer !== "" && { computer: o.computer }),
				...(o.dnsComputer !== "" && { dnsComputer: o.dnsComputer }),
				...(o.targetDomain !== "" && { targetDomain: o.targetDomain }),
				matched: request !== undefined,
				...(request !== undefined && { ...asked(request), requestFrame: request.frame, latencyMs: Math.round(o.latency) / 1000 }),
				...(request?.op === OP.searchRequest && { entries: request.entries }),
			};
		case "unanswered":
			return { messageId: o.id, operation: requestName(o.op), ...asked(request!) };
		case "host":
			return {
				...(o.hostName !== "" && { dnsHostName: o.hostName }),
				...(o.vendor !== "" && { vendorName: o.vendor }),
				...(o.product !== "" && { vendorVersion: o.product }),
			};
		case "java":
			return { attribute: o.attribute };
		default:
			return { sender: o.isFromServer ? "server" : "client" };
	}
}

export const ldap: Protocol<LdapObservation> = {
	name: "ldap",
	title: "LDAP",
	tcp: ldapTcp,
	udp: ldapUdp,
	isControl: false,
	service: {},
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName: resultName,
	isLogin: (code) => code === LOGIN,
	postponing: POSTPONING,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
