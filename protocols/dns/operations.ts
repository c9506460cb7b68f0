/** DNS in neutral words: a question is a `browse` of the server's names; an answer says which name an address has. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { RESPONSE, TYPE } from "./codes.ts";
import type { DnsObservation } from "./observation.ts";
import { services } from "./services.ts";

/** `254.1.168.192.in-addr.arpa` names 192.168.1.254 (RFC 1035, 3.5). */
const REVERSE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/i;

/** Types whose data is a name. */
const NAMED: ReadonlySet<number> = new Set([TYPE.cname, TYPE.ptr, TYPE.ns, TYPE.mx, TYPE.srv]);

/** Names that were asked for, and those that an answer adds. */
function traces(observation: DnsObservation, sink: OperationSink): void {
	const { kind, query, answers, additionals, variant } = observation;
	if (kind !== "request" && kind !== "response" && kind !== "unsolicited") return;
	const isHeard = kind === "response" && variant === "dns";
	const byServer = kind !== "request" && variant !== "dns";
	if (query !== "" && !isHeard) sink.trace("domain", query, byServer);
	const said = new Set([query]);
	for (const { name, type, data } of [...answers, ...additionals]) {
		for (const one of NAMED.has(type) ? [name, data] : [name]) {
			if (one === undefined || said.has(one)) continue;
			said.add(one);
			sink.trace("domain", one, byServer);
		}
	}
}

/** Who answers everybody: names of hosts, which say where they are. A time to live of 0 takes a record back (RFC 6762, 10.1). */
function takeNames({ answers, senderIp }: DnsObservation, sink: OperationSink): void {
	if (senderIp === "") return;
	for (const { name, type, data, timeToLive } of answers)
		if ((type === TYPE.a || type === TYPE.aaaa) && data !== undefined && timeToLive > 0) sink.takesName(senderIp, name, data);
}

export function operations(observation: DnsObservation, sink: OperationSink): void {
	const { kind } = observation;
	traces(observation, sink);
	if (kind !== "response" && kind !== "unanswered") return;
	if (observation.variant === "dns") {
		const operation = sink.begin(-1);
		operation.time = observation.time;
		operation.frame = observation.frame;
		operation.requestFrame = observation.requestFrame;
		operation.verb = "browse";
		operation.code = observation.queryType;
		operation.outcome = kind === "unanswered" ? "unanswered" : observation.responseCode === 0 ? "ok" : "refused";
		operation.outcomeCode = kind === "unanswered" ? 0 : observation.responseCode;
		operation.latency = observation.latency;
		sink.commit();
		if (observation.query !== "")
			sink.lookup({
				name: observation.query,
				isAnswered: kind === "response",
				isUnknown: kind === "response" && observation.responseCode === RESPONSE.unknownName,
			});
	}
	if (kind === "response" && observation.variant !== "dns") takeNames(observation, sink);
	if (kind === "response" && observation.variant === "mdns") services(observation, sink);
	for (const { name, type, data } of [...observation.answers, ...observation.additionals]) {
		if (data === undefined) continue;
		const evidence = observation.variant === "dns" ? "DNS answer" : observation.variant === "mdns" ? "multicast DNS" : "LLMNR";
		if (type === TYPE.a || type === TYPE.aaaa)
			sink.identity({ ip: data, hostName: name, ...(observation.variant !== "dns" && { presumed: true }), evidence });
		else if (type === TYPE.ptr) {
			const found = REVERSE.exec(name);
			if (found !== null) sink.identity({ ip: `${found[4]}.${found[3]}.${found[2]}.${found[1]}`, hostName: data, evidence });
		}
	}
}
