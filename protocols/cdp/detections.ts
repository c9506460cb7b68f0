/** What is suspicious in an announcement by itself. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { CdpObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "cdp-malformed",
	title: "Announcement of a Cisco neighbour that breaks its protocol",
	nature: "fact",
	severity: 40,
	techniques: ["T0866", "T0814"],
	needs: "CDP of the port on which the sender is: Cisco's switches do not pass it on.",
	causes: ["A faulty device."],
	advice: [
		"Find the device behind the sender's MAC address, and ask whether a test runs.",
		"Check that the switches and telephones next to it still work: broken announcements have crashed some, and have run programs in others.",
	],
};

export const detections: readonly DetectionRecord[] = [MALFORMED];

const WRONG: Readonly<Record<string, string>> = {
	length: "has an entry that does not fit in it",
	addresses: "names more addresses than it has",
};

export function detect(observation: CdpObservation, report: ReportFact): void {
	if (observation.kind !== "malformed") return;
	report({
		record: MALFORMED,
		sentence: `{client} sent a CDP announcement that ${WRONG[observation.violation]}; normally nobody does.`,
		key: observation.violation,
		frames: [observation.frame],
	});
}
