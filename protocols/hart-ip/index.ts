/** HART-IP: how field devices of HART, and gateways and I/O systems in front of them, are read and looked after. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { operationName, outcomeName, POSTPONING, parsePoint, pointName, SPACES } from "./codes.ts";
import { hartTcp, hartUdp } from "./decoder.ts";
import { detect, detections, firstUseOf } from "./detections.ts";
import type { HartObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const hartIp: Protocol<HartObservation> = {
	name: "hart-ip",
	title: "HART-IP",
	tcp: hartTcp,
	udp: hartUdp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	postponing: POSTPONING,
	firstUse: firstUseOf,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
