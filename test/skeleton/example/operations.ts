/** The example protocol in neutral words: each finished exchange is one operation. */
import type { OperationSink } from "../../../src/decode/protocol.ts";
import { FUNCTION } from "./codes.ts";
import type { ExampleObservation } from "./observation.ts";

export function operations(observation: ExampleObservation, sink: OperationSink): void {
	const { kind } = observation;
	if (kind !== "response" && kind !== "unanswered") return;
	const operation = sink.begin(-1);
	operation.time = observation.time;
	operation.frame = observation.frame;
	operation.requestFrame = observation.requestFrame;
	operation.verb = "read";
	operation.code = FUNCTION.read;
	operation.outcome = kind === "unanswered" ? "unanswered" : "ok";
	operation.latency = observation.latency;
	sink.named("value");
	if (kind === "response") operation.values[operation.valueCount++] = observation.value;
	sink.commit();
}
