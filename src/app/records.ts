/** Everything that can fire, by id: the neutral detections and those of each protocol. */
import { protocols } from "../../protocols/index.ts";
import { healthRecords } from "../detect/blindness.ts";
import type { DetectionRecord } from "../detect/detection.ts";
import { DETECTIONS } from "../detect/records.ts";

export const records: ReadonlyMap<string, DetectionRecord> = new Map(
	[...DETECTIONS, ...healthRecords, ...protocols.flatMap(({ detections }) => detections)].map((record) => [record.id, record]),
);
