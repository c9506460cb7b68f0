/** The example protocol. */
import type { Protocol } from "../../../src/decode/protocol.ts";
import { functionName } from "./codes.ts";
import { ExampleStream, probe, sender } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { ExampleObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { MAX_MESSAGE, PORT } from "./wire.ts";

function record(observation: ExampleObservation): Record<string, unknown> {
	const { functionCode, transactionId, value, latency, violation } = observation;
	return {
		functionCode,
		function: functionName(functionCode),
		transactionId,
		...(!Number.isNaN(value) && { value }),
		...(latency >= 0 && { latencyMs: Math.round(latency) / 1000 }),
		...(observation.requestFrame !== observation.frame && { requestFrame: observation.requestFrame }),
		...(violation !== "" && { violations: [violation] }),
	};
}

export const example: Protocol<ExampleObservation> = {
	name: "example",
	title: "Example",
	tcp: { ports: [PORT], maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new ExampleStream(context) },
	isControl: true,
	spaces: [],
	record,
	operations,
	operationName: (code) => `${functionName(code)} (function ${code})`,
	outcomeName: (code) => `status ${code}`,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
