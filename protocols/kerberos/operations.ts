/** Kerberos in neutral words: a ticket that lets in is a login, one for a service an `authenticate` of that service. Steps on the way (a proof is asked for) are none. */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { encryptionName, isStep, MESSAGE, messageName, rankOf, UNPROVEN } from "./codes.ts";
import type { KerberosObservation, KerberosRequest } from "./observation.ts";

/** A request by the number of its message. */
export const operationName = (code: number): string =>
	code === UNPROVEN
		? "get a ticket without a proof (AS-REQ)"
		: code === MESSAGE.asRequest
			? "log in (AS-REQ)"
			: code === MESSAGE.tgsRequest
				? "ask for a ticket (TGS-REQ)"
				: messageName(code);

export function operations(o: KerberosObservation, sink: OperationSink): void {
	const { request } = o;
	if (request === undefined) return;
	if (o.kind === "reply") {
		say(o, request, sink, "ok");
		if (request.type === MESSAGE.asRequest && request.hasProof) loggedIn(o, request, sink);
	} else if (o.kind === "error" && !isStep(o.error)) say(o, request, sink, "refused");
	else if (o.kind === "unanswered") say(o, request, sink, "unanswered");
}

function say(o: KerberosObservation, request: KerberosRequest, sink: OperationSink, outcome: Outcome): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = request.frame;
	operation.verb = "authenticate";
	operation.code = outcome === "ok" && !request.hasProof ? UNPROVEN : request.type;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.error : 0;
	operation.latency = o.latency;
	if (request.type === MESSAGE.tgsRequest && request.server !== "") sink.named(request.server);
	sink.commit();
}

/** An account whose name ends with "$" is that of a host. */
function loggedIn(o: KerberosObservation, request: KerberosRequest, sink: OperationSink): void {
	if (o.client !== "") sink.credential({ kind: "user", text: `${o.client}@${o.realm}`, isServer: false });
	sink.credential({
		kind: "security",
		text: encryptionName(o.replyEncryption),
		isServer: false,
		rank: rankOf(o.replyEncryption),
	});
	const hostName = request.host || (o.client.endsWith("$") ? o.client.slice(0, -1) : "");
	if (hostName !== "" && o.ends.client !== undefined)
		sink.identity({ ip: o.ends.client, hostName, presumed: true, evidence: "Kerberos login" });
}
