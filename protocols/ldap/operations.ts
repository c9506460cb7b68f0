/**
 * LDAP in neutral words, said when a request is answered: searches browse, changes write, the name of the entry is the point. A bind that proves who one is, is a login. A directory steers no machine, so its
 * points are not learned.
 */
import type { Operation, OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { systemOf } from "../../src/wire/ntlm.ts";
import { isFine, LOGIN, OP, RESULT, verbOf } from "./codes.ts";
import type { LdapObservation, LdapRequest } from "./observation.ts";

/** Longest name that is a point. */
const MAX_POINT = 256;

export function operations(o: LdapObservation, sink: OperationSink): void {
	const { request } = o;
	switch (o.kind) {
		case "response":
			if (o.computer !== "" || o.dnsComputer !== "") identifyServer(o, sink);
			if (request === undefined || o.result === RESULT.saslInProgress) return;
			say(o, request, sink, isFine(o.result) ? "ok" : "refused");
			if (request.op === OP.bindRequest) bound(o, request, sink);
			return;
		case "unanswered":
			say(o, request!, sink, "unanswered");
			return;
		case "host":
			sink.identity({
				...(o.hostName !== "" && { hostName: o.hostName }),
				...((o.vendor !== "" || o.product !== "") && { application: [o.vendor, o.product].filter((text) => text !== "").join(" ") }),
				evidence: "LDAP root entry",
			});
	}
}

const isLogin = ({ authentication }: LdapRequest): boolean =>
	authentication === "simple" || authentication === "sasl" || authentication === "ntlm";

function say(o: LdapObservation, request: LdapRequest, sink: OperationSink, outcome: Outcome): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = request.frame;
	operation.verb = verbOf(request.op, request.oid);
	operation.code = request.op === OP.bindRequest && isLogin(request) ? LOGIN : request.op;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? o.result : 0;
	operation.latency = o.latency;
	if (request.op !== OP.bindRequest && request.name !== "") sink.named(request.name.slice(0, MAX_POINT));
	sink.commit();
	return operation;
}

function bound(o: LdapObservation, request: LdapRequest, sink: OperationSink): void {
	if (o.result !== RESULT.success) return;
	const { client } = o.ends;
	if (client !== undefined && (request.workstation !== "" || request.clientVersion !== ""))
		sink.identity({
			ip: client,
			...(request.workstation !== "" && { hostName: request.workstation }),
			...(request.clientVersion !== "" && { operatingSystem: systemOf(request.clientVersion) }),
			evidence: "NTLM login",
		});
	const user = request.user === "" ? request.name : request.domain === "" ? request.user : `${request.domain}\\${request.user}`;
	if (isLogin(request) ? user !== "" : true) sink.credential({ kind: "user", text: user, isServer: false, isNameless: !isLogin(request) });
}

function identifyServer(o: LdapObservation, sink: OperationSink): void {
	const { server } = o.ends;
	if (server === undefined) return;
	const hostName = o.dnsComputer || o.computer;
	sink.identity({
		ip: server,
		hostName,
		...(o.serverVersion !== "" && { operatingSystem: systemOf(o.serverVersion) }),
		evidence: "NTLM challenge",
	});
}
