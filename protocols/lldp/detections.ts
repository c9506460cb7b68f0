/** What is suspicious in an announcement by itself. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { LldpObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "lldp-malformed",
	title: "Announcement of a neighbour that breaks its protocol",
	nature: "fact",
	severity: 35,
	techniques: ["T0866", "T0814"],
	needs: "LLDP of the port on which the sender is: switches do not pass it on.",
	causes: ["A faulty device, or one whose maker reads the standard otherwise."],
	advice: [
		"Find the device behind the sender's MAC address, and ask whether a test runs.",
		"Check that the switch or device next to it still works: broken announcements have crashed some.",
	],
};

export const detections: readonly DetectionRecord[] = [MALFORMED];

const WRONG: Readonly<Record<string, string>> = {
	length: "has an entry that does not fit in it",
	order: "does not begin with device, port and time, each once",
};

export function detect(observation: LldpObservation, report: ReportFact): void {
	if (observation.kind !== "malformed") return;
	report({
		record: MALFORMED,
		sentence: `{client} sent an LLDP announcement that ${WRONG[observation.violation]}; normally nobody does.`,
		key: observation.violation,
		frames: [observation.frame],
	});
}
