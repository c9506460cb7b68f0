/** FINS: how Omron's controllers are read, written and worked on. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { BUSY, operationName, outcomeName, parsePoint, pointName, SPACES } from "./codes.ts";
import { finsTcp, finsUdp } from "./decoder.ts";
import { detect, detections, firstUseOf } from "./detections.ts";
import type { FinsObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const fins: Protocol<FinsObservation> = {
	name: "fins",
	title: "Omron FINS",
	tcp: finsTcp,
	udp: finsUdp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	postponing: [BUSY],
	firstUse: firstUseOf,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
