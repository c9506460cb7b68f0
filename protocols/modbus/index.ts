/**
 * Modbus, declared: MODBUS Application Protocol Specification V1.1b3 over MODBUS Messaging on TCP/IP Implementation Guide V1.0b and MODBUS over Serial Line V1.02.
 */
import type { Protocol } from "../../src/decode/protocol.ts";
import { parsePoint } from "./addresses.ts";
import { POSTPONING } from "./codes.ts";
import { DETECTIONS, detect } from "./detections.ts";
import { tcpOrDeviceServer, udpOrDeviceServer } from "./deviceServer.ts";
import { firstUseOf } from "./firstUse.ts";
import { modbusLine } from "./line.ts";
import type { ModbusObservation } from "./observation.ts";
import { operationName, outcomeName, pointName, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";
import { signatures } from "./signature.ts";
import { SPACES, WIDE } from "./tables.ts";

export const modbus: Protocol<ModbusObservation> = {
	name: "modbus",
	title: "Modbus",
	tcp: tcpOrDeviceServer,
	udp: udpOrDeviceServer,
	serial: modbusLine,
	isControl: true,
	spaces: [...SPACES, ...WIDE.map(({ name }) => name)],
	wide: WIDE,
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	postponing: POSTPONING,
	firstUse: firstUseOf,
	signatures,
	detections: DETECTIONS,
	detect,
};
