/**
 * TFTP in neutral words: a read request reads a file of the server, a write request writes one; the file is the point. Whether it was granted is not seen where the server
 * answers from another port, so a request counts as it was asked; a refusal that is seen is said too.
 */
import type { OperationSink, Outcome } from "../../src/decode/protocol.ts";
import { OPCODE } from "./codes.ts";
import type { TftpObservation } from "./observation.ts";

export function operations(observation: TftpObservation, sink: OperationSink): void {
	const { kind, opcode, fileName, requestOpcode } = observation;
	const isRequest = opcode === OPCODE.read || opcode === OPCODE.write;
	if (isRequest && fileName !== "") sink.trace("file-name", fileName, false);
	if (kind === "request") say(observation, sink, opcode, "ok");
	else if (kind === "error" && requestOpcode !== 0) say(observation, sink, requestOpcode, "refused");
}

function say(observation: TftpObservation, sink: OperationSink, code: number, outcome: Outcome): void {
	const operation = sink.begin(-1);
	operation.time = observation.time;
	operation.frame = observation.frame;
	operation.requestFrame = observation.requestFrame;
	operation.verb = code === OPCODE.read ? "read" : "write";
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcome === "refused" ? observation.errorCode : 0;
	operation.latency = observation.latency;
	sink.named(observation.fileName);
	sink.commit();
}
