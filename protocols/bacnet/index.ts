/** BACnet/IP, declared: ANSI/ASHRAE 135-2020 (ISO 16484-5), Annex J. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { ERROR, errorOutcome, operationName, outcomeName } from "./codes.ts";
import { BacnetDatagrams } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { BacnetObservation } from "./observation.ts";
import { isLogin, sayOperations } from "./operations.ts";
import { parsePoint, pointName } from "./points.ts";
import { probe, sender } from "./recognition.ts";
import { recordOf } from "./record.ts";
import { firstUseOf } from "./records.ts";
import { PORT } from "./wire.ts";

/** Class device of an error (21). */
const DEVICE = 0;

export const bacnet: Protocol<BacnetObservation> = {
	name: "bacnet",
	title: "BACnet",
	udp: { ports: Array.from({ length: 16 }, (_, index) => PORT + index), probe, sender, open: (context) => new BacnetDatagrams(context) },
	isControl: true,
	spaces: [],
	record: recordOf,
	operations: sayOperations,
	operationName,
	outcomeName,
	isLogin,
	pointName,
	parsePoint,
	postponing: [
		errorOutcome(DEVICE, ERROR.configurationInProgress),
		errorOutcome(DEVICE, ERROR.deviceBusy),
		errorOutcome(DEVICE, ERROR.busy),
	],
	firstUse: firstUseOf,
	detections: DETECTIONS,
	detect,
};
