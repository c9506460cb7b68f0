/** Kerberos: who logs in, for which services tickets are given, and how they are protected. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { encryptionName, errorName, isTry, MESSAGE, messageName, POSTPONING } from "./codes.ts";
import { kerberosTcp, kerberosUdp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { KerberosObservation } from "./observation.ts";
import { operationName, operations } from "./operations.ts";

/** Names of RFC 4120, and Zeek's where a SOC knows them. */
function record(o: KerberosObservation): Record<string, unknown> {
	const { request } = o;
	if (o.kind === "malformed") return { sender: o.isFromServer ? "server" : "client" };
	const isAsked = o.kind === "request" || o.kind === "unanswered";
	return {
		messageType: messageName(o.type),
		...(o.client !== "" && { client: o.client }),
		...(o.server !== "" && { service: o.server }),
		...(o.realm !== "" && { realm: o.realm }),
		...(isAsked && { encryptionTypes: request!.encryptions.map(encryptionName), preAuthenticated: request!.hasProof }),
		...(isAsked && request!.host !== "" && { host: request!.host }),
		...(o.kind === "reply" && { ticketCipher: encryptionName(o.ticketEncryption), replyCipher: encryptionName(o.replyEncryption) }),
		...(o.kind === "error" && { errorCode: o.error, error: errorName(o.error), ...(o.text !== "" && { text: o.text }) }),
		...(!isAsked && { matched: request !== undefined }),
		...(!isAsked && request !== undefined && { requestFrame: request.frame, latencyMs: Math.round(o.latency) / 1000 }),
	};
}

export const kerberos: Protocol<KerberosObservation> = {
	name: "kerberos",
	title: "Kerberos",
	tcp: kerberosTcp,
	udp: kerberosUdp,
	isControl: false,
	service: {},
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName: errorName,
	isLogin: (code, outcomeCode) => code === MESSAGE.asRequest && isTry(outcomeCode),
	postponing: POSTPONING,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
