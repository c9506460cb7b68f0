/** DNP3, declared: IEEE 1815-2012 over TCP and UDP. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { operationName, outcomeName } from "./codes.ts";
import { dnp3Tcp, dnp3Udp } from "./decoder.ts";
import { DETECTIONS, detect, firstUseOf } from "./detections.ts";
import type { Dnp3Observation } from "./observation.ts";
import { isLogin, POSTPONING, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";
import { parsePoint, pointName, SPACES } from "./spaces.ts";

export const dnp3: Protocol<Dnp3Observation> = {
	name: "dnp3",
	title: "DNP3",
	tcp: dnp3Tcp,
	udp: dnp3Udp,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	isLogin,
	pointName,
	parsePoint,
	postponing: POSTPONING,
	firstUse: firstUseOf,
	detections: DETECTIONS,
	detect,
};
