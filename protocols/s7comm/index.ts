/** S7comm, the protocol of Siemens S7-300 and S7-400 and of what speaks like them, on ISO transport over TCP (RFC 1006). */
import type { Protocol } from "../../src/decode/protocol.ts";
import { GROUP, operationName, SECURITY, userdataOperation } from "./codes.ts";
import { MAX_MESSAGE, S7Stream } from "./decoder.ts";
import { DETECTIONS, detect, firstUse } from "./detections.ts";
import { errorWords, isWrongPassword, POSTPONING } from "./errors.ts";
import type { S7Observation } from "./observation.ts";
import { operations } from "./operations.ts";
import { parsePoint, pointName } from "./points.ts";
import { recordOf } from "./record.ts";
import { probe, sender } from "./wire.ts";

const LOGIN = userdataOperation(GROUP.security, SECURITY.password);

export const s7comm: Protocol<S7Observation> = {
	name: "s7comm",
	title: "S7comm",
	tcp: { ports: [102], maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new S7Stream(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName: (code) => `${errorWords(code)} (0x${code.toString(16)})`,
	isLogin: (code, outcomeCode) => code === LOGIN && (outcomeCode === 0 || isWrongPassword(outcomeCode)),
	pointName,
	parsePoint,
	postponing: POSTPONING,
	firstUse,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
