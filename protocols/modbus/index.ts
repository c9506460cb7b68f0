/** Modbus/TCP, declared: MODBUS Application Protocol Specification V1.1b3 over MODBUS Messaging on TCP/IP Implementation Guide V1.0b. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { modbusUdp } from "./datagrams.ts";
import { modbusTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import { modbusLine } from "./line.ts";
import type { ModbusObservation } from "./observation.ts";
import { operationName, outcomeName, pointName, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";
import { SPACES } from "./tables.ts";

export const modbus: Protocol<ModbusObservation> = {
	name: "modbus",
	title: "Modbus/TCP",
	tcp: modbusTcp,
	udp: modbusUdp,
	serial: modbusLine,
	isControl: true,
	spaces: SPACES,
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName,
	detections: DETECTIONS,
	detect,
};
