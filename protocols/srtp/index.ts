/** SRTP: how controllers of GE (Emerson) are read, written and programmed over TCP. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { operationName, outcomeName, outcomeOf, parsePoint, pointName, QUEUE_FULL, SPACES } from "./codes.ts";
import { srtpTcp } from "./decoder.ts";
import { detect, detections, firstUseOf } from "./detections.ts";
import type { SrtpObservation } from "./observation.ts";
import { isLogin, operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const srtp: Protocol<SrtpObservation> = {
	name: "srtp",
	title: "GE SRTP",
	tcp: srtpTcp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	isLogin,
	pointName,
	parsePoint,
	postponing: [outcomeOf(QUEUE_FULL, 0)],
	firstUse: firstUseOf,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
