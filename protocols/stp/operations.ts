/** BPDUs read and write nothing: who sends them is a switch. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import type { StpObservation } from "./observation.ts";

export function operations(observation: StpObservation, sink: OperationSink): void {
	if (observation.kind !== "configuration") return;
	sink.identity({ mac: observation.bridge.slice(observation.bridge.indexOf("/") + 1), role: "switch", evidence: "spanning tree" });
}
