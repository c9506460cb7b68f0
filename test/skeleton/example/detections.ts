/** What is suspicious in the example protocol by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../../src/detect/detection.ts";
import type { ExampleObservation } from "./observation.ts";

export const MALFORMED: DetectionRecord = {
	id: "example-malformed",
	title: "Malformed Example message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "The connection, readable.",
	causes: ["a client or server that implements the protocol carelessly", "packets damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [MALFORMED];

export function detect(o: ExampleObservation, report: ReportFact): void {
	if (o.kind !== "malformed") return;
	report({
		record: MALFORMED,
		sentence: `A message between {client} and {server} cannot be read as Example: its ${o.violation} does not fit.`,
		key: o.violation,
		frames: [o.frame],
	});
}
