/** Sparkplug B: nodes at the edge of a plant, what they measure and how they are commanded, in the publications of an MQTT broker. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { operationName, parsePoint, pointName } from "./codes.ts";
import { sparkplugMessages } from "./decoder.ts";
import { detect, detections, firstUseOf } from "./detections.ts";
import type { SparkplugObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const sparkplug: Protocol<SparkplugObservation> = {
	name: "sparkplug",
	title: "Sparkplug B",
	message: sparkplugMessages,
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName: (code) => `outcome ${code}`,
	pointName,
	parsePoint,
	firstUse: firstUseOf,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
