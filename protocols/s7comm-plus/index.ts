/** S7comm-plus, the protocol of Siemens S7-1200 and S7-1500, on ISO transport over TCP (RFC 1006). */
import type { Protocol } from "../../src/decode/protocol.ts";
import { errorName, isWrongPassword, LOGIN_OPERATION, operationName, POSTPONING } from "./codes.ts";
import { MAX_MESSAGE, PlusStream } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { PlusObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";
import { probe, sender } from "./wire.ts";

export const s7commPlus: Protocol<PlusObservation> = {
	name: "s7comm-plus",
	title: "S7comm-plus",
	tcp: { ports: [102], maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new PlusStream(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName: (code) => `${errorName(code)} (${code})`,
	isLogin: (code, outcomeCode) => code === LOGIN_OPERATION && (outcomeCode === 0 || isWrongPassword(outcomeCode)),
	pointName: (name) => name,
	postponing: POSTPONING,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
