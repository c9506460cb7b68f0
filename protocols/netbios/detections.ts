/** What is suspicious in NetBIOS by itself. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { OPCODE, RESPONSE } from "./codes.ts";
import type { NetbiosObservation } from "./observation.ts";

const CONFLICT: DetectionRecord = {
	id: "netbios-name-conflict",
	title: "Host told to give up its name",
	nature: "fact",
	severity: 45,
	techniques: ["T0814", "T0830"],
	needs: "The message, which goes to one host alone.",
	causes: [
		"Two computers were given the same name, as copies of one disk are.",
		"A computer has two network cards, and both answer for its name.",
	],
	advice: [
		"Look for a second computer of this name, or a second address of the same one.",
		"If there is none, somebody forged the message: a host that believes it is no longer found by its name.",
		"Check that stations still reach this host by name.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "netbios-malformed",
	title: "Malformed NetBIOS message",
	nature: "fact",
	severity: 40,
	techniques: ["T0814", "T0866"],
	needs: "The messages.",
	causes: ["a device that implements NetBIOS carelessly", "a test tool", "messages damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the host that it was sent to still answers: name services of old systems were stopped by such messages.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [CONFLICT, MALFORMED];

const WRONG: Readonly<Record<Exclude<NetbiosObservation["violation"], "">, string>> = {
	question: "the question does not end",
	record: "the record does not end",
	"record-length": "the record is longer than the message",
	length: "the datagram has another length than it says",
	name: "a name does not end",
};

export function detect(o: NetbiosObservation, report: ReportFact): void {
	const [from, to] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
	if (o.violation !== "" && o.kind === "malformed")
		report({
			record: MALFORMED,
			sentence: `${from} sent ${to} what is no NetBIOS: ${WRONG[o.violation]}.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	// RFC 1002, 4.2.8: a demand, which nobody asked for.
	const isDemand = o.kind === "unsolicited" && o.opcode === OPCODE.registration && o.responseCode === RESPONSE.conflict;
	if (isDemand)
		report({
			record: CONFLICT,
			sentence: `${from} told ${to} to give up the name ${o.name?.name || "that it has"}, as another host had it too; normally each host has a name of its own.`,
			key: o.name?.name ?? "",
			frames: [o.frame],
			byServer: o.isFromServer,
		});
}
