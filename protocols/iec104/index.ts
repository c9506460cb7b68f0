/** IEC 60870-5-104: telecontrol of substations and networks over TCP. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { SPACES } from "./codes.ts";
import { iec104Tcp } from "./decoder.ts";
import { detect, detections, firstUseOf } from "./detections.ts";
import type { Iec104Observation } from "./observation.ts";
import { operationName, operations, outcomeName, parsePoint, pointName } from "./operations.ts";
import { recordOf } from "./record.ts";

export const iec104: Protocol<Iec104Observation> = {
	name: "iec104",
	title: "IEC 60870-5-104",
	tcp: iec104Tcp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	firstUse: firstUseOf,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
