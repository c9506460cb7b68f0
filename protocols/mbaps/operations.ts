/** A handshake in neutral words: who may speak here. What is said afterwards is encrypted. */
import type { Operation, OperationSink } from "../../src/decode/protocol.ts";
import { alertName } from "../../src/wire/tlsNames.ts";
import { HANDSHAKE_OPERATION } from "./codes.ts";
import type { MbapsObservation } from "./observation.ts";

export const operationName = (_code: number): string => "begin a Modbus connection in TLS";
export const outcomeName = (code: number): string => `${alertName(code)} (TLS alert ${code})`;

export function sayOperations(o: MbapsObservation, sink: OperationSink): void {
	if (o.kind === "traffic") return;
	if (o.hello?.serverName !== undefined) sink.trace("domain", o.hello.serverName, false);
	if (o.hello?.ja4 !== undefined) sink.trace("ja4", o.hello.ja4, false);
	for (const [credential, byServer] of [
		[o.server, true],
		[o.client, false],
	] as const) {
		if (credential === undefined) continue;
		sink.trace("certificate", credential.facts.thumbprint, byServer);
		sink.trace("certificate", credential.facts.thumbprint256, byServer);
	}
	const operation: Operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame > 0 ? o.requestFrame : o.frame;
	operation.verb = "authenticate";
	operation.code = HANDSHAKE_OPERATION;
	operation.latency = o.latency;
	if (o.kind === "refused") {
		operation.outcome = "refused";
		operation.outcomeCode = o.alert;
	} else if (o.kind === "unfinished") operation.outcome = "unanswered";
	sink.commit();
}
