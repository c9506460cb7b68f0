/** Telnet in neutral words: a login, once the server has shown how it ended. What is done behind it is text for people, and no operation. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { LOGIN, REFUSED } from "./codes.ts";
import type { TelnetObservation } from "./observation.ts";

export function operations(o: TelnetObservation, sink: OperationSink): void {
	if (o.kind !== "login" || o.outcome === "") return;
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame;
	operation.verb = "authenticate";
	operation.code = LOGIN;
	operation.outcome = o.outcome;
	operation.outcomeCode = o.outcome === "refused" ? REFUSED : 0;
	operation.latency = o.latency;
	sink.commit();
	if (o.outcome === "ok" && o.userName !== "") sink.credential({ kind: "user", text: o.userName, isServer: false });
	if (o.hostName !== "") sink.identity({ hostName: o.hostName, presumed: true, evidence: "Telnet login prompt" });
}
