/** EtherCAT, declared: ETG.1000.4 and ETG.1000.6 (IEC 61158 type 12), on Ethernet and over UDP. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { outcomeName } from "./codes.ts";
import { EthercatDecoder, probe } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { EthercatObservation } from "./observation.ts";
import { operationName, operations, parsePoint, pointName } from "./operations.ts";
import { recordOf } from "./record.ts";
import { ETHER_TYPE, PORT } from "./wire.ts";

export const ethercat: Protocol<EthercatObservation> = {
	name: "ethercat",
	title: "EtherCAT",
	link: { etherTypes: [ETHER_TYPE], open: (context) => new EthercatDecoder(context) },
	udp: { ports: [PORT], probe, open: (context) => new EthercatDecoder(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
