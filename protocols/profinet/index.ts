/** PROFINET, declared: IEC 61158-6-10 (DCP, cyclic data, alarms, clock synchronisation on Ethernet; connection management over UDP). One name for both: a device has both. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { ProfinetDatagrams, probe, sender } from "./cm.ts";
import { outcomeName, POSTPONING } from "./codes.ts";
import { frameSender, ProfinetFrames } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { ProfinetObservation } from "./observation.ts";
import { operationName, operations, parsePoint, pointName } from "./operations.ts";
import { recordOf } from "./record.ts";
import { ETHER_TYPE, PORT } from "./wire.ts";

export const profinet: Protocol<ProfinetObservation> = {
	name: "profinet",
	title: "PROFINET",
	link: { etherTypes: [ETHER_TYPE], sender: frameSender, open: (context) => new ProfinetFrames(context) },
	udp: { ports: [PORT], probe, sender, open: (context) => new ProfinetDatagrams(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	postponing: POSTPONING,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
