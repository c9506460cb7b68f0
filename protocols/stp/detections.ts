/** What is suspicious in a BPDU by itself. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { StpObservation } from "./observation.ts";

const ROOT_TAKEN: DetectionRecord = {
	id: "stp-root-taken",
	title: "Another switch made itself the root of the spanning tree",
	nature: "fact",
	isLearnable: true,
	severity: 55,
	techniques: ["T0830", "T0814"],
	needs: "BPDUs of a port of the tree.",
	causes: ["A switch was added or replaced, or its priority was changed.", "The root was away, and is back."],
	advice: [
		"Find the new root by its MAC address: is it a switch of the plant?",
		"If it is none, unplug it: frames of the whole network may go by way of it, and stop while the tree is built.",
		"Have the switches refuse better BPDUs on ports where hosts are (root guard, BPDU guard).",
	],
};

const MALFORMED: DetectionRecord = {
	id: "stp-malformed",
	title: "Message between switches that breaks its protocol",
	nature: "fact",
	severity: 35,
	techniques: ["T0866", "T0814"],
	needs: "BPDUs of a port of the tree.",
	causes: ["A faulty switch."],
	advice: [
		"Find the device behind the sender's MAC address, and ask whether a test runs.",
		"Check that the switches next to it still work.",
	],
};

export const detections: readonly DetectionRecord[] = [ROOT_TAKEN, MALFORMED];

const WRONG: Readonly<Record<string, string>> = { length: "is shorter than its kind", type: "is of no kind that there is" };

export function detect(observation: StpObservation, report: ReportFact): void {
	const { root, deposed, deposedFrame, frame, violation } = observation;
	if (deposed !== "")
		report({
			record: ROOT_TAKEN,
			sentence: `{client} made switch ${root} the root of the spanning tree in place of ${deposed}; normally the same switch is it for years.`,
			key: root,
			frames: [deposedFrame, frame],
		});
	if (violation !== "")
		report({
			record: MALFORMED,
			sentence: `{client} sent a BPDU that ${WRONG[violation]}; normally nobody does.`,
			key: violation,
			frames: [frame],
		});
}
