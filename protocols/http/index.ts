/** HTTP/1.0 and 1.1: who asks which server for what, who logs in, and what breaks in. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { LOGIN, operationName, POSTPONING, STATUS, statusName } from "./codes.ts";
import { httpTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { HttpObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const http: Protocol<HttpObservation> = {
	name: "http",
	title: "HTTP",
	tcp: httpTcp,
	isControl: false,
	service: {},
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName: statusName,
	isLogin: (code, outcomeCode) =>
		code === LOGIN &&
		(outcomeCode === 0 ||
			outcomeCode === STATUS.unauthorized ||
			outcomeCode === STATUS.forbidden ||
			outcomeCode === STATUS.proxyAuthentication),
	pointName: (name) => `path ${name}`,
	postponing: POSTPONING,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
