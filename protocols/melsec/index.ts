/** The MELSEC communication protocol (SLMP): how Mitsubishi Electric's controllers are read, written and told to run and to stop. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { BUSY, operationName, outcomeName, parsePoint, pointName, SPACES } from "./codes.ts";
import { melsecTcp, melsecUdp } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { MelsecObservation } from "./observation.ts";
import { isLogin, operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const melsec: Protocol<MelsecObservation> = {
	name: "melsec",
	title: "MELSEC communication protocol",
	tcp: melsecTcp,
	udp: melsecUdp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	isLogin,
	pointName,
	parsePoint,
	postponing: BUSY,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
