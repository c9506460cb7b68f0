/** MMS (ISO 9506), as IEC 61850-8-1 and TASE.2 use it: substations, protection relays, control centres, on ISO transport over TCP (RFC 1006). */
import type { Protocol } from "../../src/decode/protocol.ts";
import { isAuthentication, OPERATION, operationName, outcomeName, POSTPONING } from "./codes.ts";
import { MAX_MESSAGE, MmsStream } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { MmsObservation } from "./observation.ts";
import { operations, parsePoint, pointName } from "./operations.ts";
import { recordOf } from "./record.ts";
import { probe, sender } from "./wire.ts";

export const mms: Protocol<MmsObservation> = {
	name: "mms",
	title: "MMS (IEC 61850)",
	tcp: { ports: [102], carriesFiles: true, maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new MmsStream(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	isLogin: (code, outcomeCode) => code === OPERATION.associate && (outcomeCode === 0 || isAuthentication(outcomeCode)),
	pointName,
	parsePoint,
	postponing: POSTPONING,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
