/** Modbus/TCP Security ("mbaps"), declared: MODBUS/TCP Security Protocol Specification, MB-TCP-Security v21. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { mbapsTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { MbapsObservation } from "./observation.ts";
import { operationName, outcomeName, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const mbaps: Protocol<MbapsObservation> = {
	name: "mbaps",
	title: "Modbus/TCP Security",
	tcp: mbapsTcp,
	isControl: true,
	spaces: [],
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect,
};
