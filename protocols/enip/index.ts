/** EtherNet/IP, declared: the encapsulation and CIP over TCP and UDP, tags of Logix controllers, PCCC of older ones, and I/O messages. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { POSTPONING } from "./cipCodes.ts";
import { EnipDatagrams, EnipStream, MAX_MESSAGE, PORTS, probe, probeDatagram, sender } from "./decoder.ts";
import { DETECTIONS, detect, firstUseOf } from "./detections.ts";
import type { EnipObservation } from "./observation.ts";
import { operationName, outcomeName, pointName, sayOperations } from "./operations.ts";
import { recordOf } from "./record.ts";

export const enip: Protocol<EnipObservation> = {
	name: "enip",
	title: "EtherNet/IP",
	tcp: { ports: [PORTS.encapsulation], maxMessage: MAX_MESSAGE, probe, sender, open: (context) => new EnipStream(context) },
	udp: {
		ports: [PORTS.encapsulation, PORTS.io],
		probe: probeDatagram,
		sender,
		open: (context) => new EnipDatagrams(context),
	},
	isControl: true,
	spaces: [],
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName,
	postponing: POSTPONING,
	firstUse: firstUseOf,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
