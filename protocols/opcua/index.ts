/** OPC UA binary over TCP, declared: OPC 10000-6 (mappings) and OPC 10000-4 (services), version 1.05. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { opcuaDecoder } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { OpcuaObservation } from "./observation.ts";
import { operationName, outcomeName, pointName, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const opcua: Protocol<OpcuaObservation> = {
	name: "opcua",
	title: "OPC UA",
	tcp: opcuaDecoder,
	isControl: true,
	spaces: [],
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName,
	detections: DETECTIONS,
	detect,
};
