/** What is suspicious in GOOSE by itself. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { GooseObservation, Violation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "goose-malformed",
	title: "Malformed GOOSE message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Frames of EtherType 0x88B8.",
	causes: [
		"a device that implements the standard carelessly",
		"an engineer's test set",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one device?",
		"Find the sender by its MAC address; an unknown one is to be disconnected.",
		"Check that the devices which subscribe to it still receive it.",
	],
};

const TWO_PUBLISHERS: DetectionRecord = {
	id: "goose-two-publishers",
	title: "Two senders publish under one GOOSE control block",
	nature: "fact",
	severity: 85,
	techniques: ["T0856", "T0855"],
	needs: "Messages of both: the mirror sees the ports of both senders, or a port that both groups reach.",
	causes: [
		"a device that was replaced, and the old one is still connected",
		"a test set that publishes in place of a device without marking its messages as simulated",
		"two devices that were loaded with the same configuration",
	],
	advice: [
		"Check at once what the devices that subscribe to it do: such a message opens or blocks breakers.",
		"Compare the states in the evidence with the device itself: which of the two senders is right?",
		"Find both senders at their switch ports, and disconnect the one that does not belong there.",
	],
};

const SIMULATION: DetectionRecord = {
	id: "goose-simulation",
	title: "Simulated GOOSE messages",
	nature: "fact",
	severity: 45,
	techniques: ["T0856"],
	needs: "Messages that are marked as simulated, or as a test before edition 2.",
	causes: ["commissioning or maintenance with a test set"],
	advice: [
		"Ask the protection engineer whether a test is going on, and for how long.",
		"Check that no device in operation takes simulated messages (LPHD.Sim).",
		"If nobody tests, find the sender at its switch port.",
	],
};

export const detections: readonly DetectionRecord[] = [MALFORMED, TWO_PUBLISHERS, SIMULATION];

const WORDS: Readonly<Record<Exclude<Violation, "">, string>> = {
	length: "it is shorter than it says",
	pdu: "what it carries is no GOOSE message",
	field: "a field is missing, or is not what it has to be",
	entries: "it has not as many entries as it says",
};

export function detect(o: GooseObservation, report: ReportFact): void {
	if (o.violation !== "") {
		report({
			record: MALFORMED,
			sentence: `A message of {server} to {client} breaks GOOSE: ${WORDS[o.violation]}.`,
			key: o.violation,
			frames: [o.frame],
			byServer: true,
		});
		return;
	}
	if (o.rival !== "") dispute(o, report);
	if (o.isSimulation || o.isMarkedSimulated) simulation(o, report);
}

function dispute(o: GooseObservation, report: ReportFact): void {
	const sentence = o.isOwnName
		? `Two sequences of messages are published with the address of {server} under "${o.gocbRef}": state ${o.stNum} between messages of state ${o.rivalState}. One device has one sequence.`
		: `{server} and ${o.rival} both publish under "${o.gocbRef}" (states ${o.stNum} and ${o.rivalState}); a control block belongs to one device.`;
	report({ record: TWO_PUBLISHERS, sentence, key: o.gocbRef, frames: [o.rivalFrame, o.frame], byServer: true });
}

function simulation(o: GooseObservation, report: ReportFact): void {
	report({
		record: SIMULATION,
		sentence: `{server} publishes messages under "${o.gocbRef}" that are marked as simulated: devices that are set to take such ones take them for the real ones.`,
		key: o.gocbRef,
		frames: [o.frame],
		byServer: true,
	});
}
