/** Everything that can fire, by id: the neutral detections and those of each protocol. */
import { protocols } from "../../protocols/index.ts";
import type { DetectionRecord } from "../detect/detection.ts";
import { healthRecords } from "../detect/blindness.ts";
import { detectionRecords } from "../detect/records.ts";

export const records: ReadonlyMap<string, DetectionRecord> = new Map(
	[...detectionRecords, ...healthRecords, ...protocols.flatMap(({ detections }) => detections)].map((record) => [record.id, record]),
);
