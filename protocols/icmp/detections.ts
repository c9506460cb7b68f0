/** What is suspicious in an ICMP message by itself. That a host asks many whether they are there is seen by the network watch, from all protocols. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { IcmpObservation } from "./observation.ts";

const REDIRECT: DetectionRecord = {
	id: "icmp-redirect",
	title: "Host told to send its packets another way",
	nature: "fact",
	isLearnable: true,
	severity: 45,
	techniques: ["T0830"],
	needs: "ICMP of the network on which the host is.",
	causes: ["A router knows a shorter way, as two routers are on the same network."],
	advice: [
		"Ask whether the sender is a router, and whether the way that it names is one.",
		"If not, find the sender: packets that go its way can be read and altered.",
		"Have hosts of the plant ignore redirects: their routes are set by hand.",
	],
};

const ALTERED: DetectionRecord = {
	id: "icmp-altered-echo",
	title: "Answer to a ping returns other data than was sent",
	nature: "fact",
	severity: 60,
	techniques: ["T0869"],
	needs: "Both ways of the ping.",
	causes: ["A faulty network card or device alters what it forwards."],
	advice: [
		"Ask the owners of both hosts which programs run there: a tunnel in pings looks like this, and passes where nothing else may.",
		"If nobody knows, isolate the two hosts from each other, and look at what they spoke with.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "icmp-malformed",
	title: "ICMP message that breaks its protocol",
	nature: "fact",
	severity: 30,
	techniques: ["T0866", "T0814"],
	needs: "ICMP of the network on which the sender is.",
	causes: ["A faulty device or an error of transmission.", "A scanner that tries how hosts take broken messages."],
	advice: ["Find the sender, and ask whether a test runs.", "Check that the receiver still works."],
};

export const detections: readonly DetectionRecord[] = [REDIRECT, ALTERED, MALFORMED];

const WRONG: Readonly<Record<string, string>> = {
	length: "is shorter than its kind",
	option: "has an option that does not fit in it",
	"quoted-packet": "reports an error of a packet and does not quote one",
};

export function detect(observation: IcmpObservation, report: ReportFact): void {
	const { kind, frame, requestFrame, quoted, target, violation } = observation;
	if (kind === "redirect") {
		const about = observation.version === 6 ? "" : quoted === undefined ? "" : ` to ${quoted.destination}`;
		report({
			record: REDIRECT,
			sentence: `{client} told {server} to send what goes${about === "" ? "" : about} by way of ${target}; normally hosts of a plant use the way that they are set to.`,
			key: target,
			frames: [frame],
		});
	} else if (kind === "malformed") {
		report({
			record: MALFORMED,
			sentence: `{client} sent {server} an ICMP message that ${WRONG[violation]}; normally nobody does.`,
			key: violation,
			frames: [frame],
		});
	} else if (observation.isAltered) {
		report({
			record: ALTERED,
			sentence: `{server} answered a ping of {client} with ${observation.length} bytes that are not those that were sent; an answer returns what came.`,
			key: "",
			frames: [requestFrame, frame],
			byServer: true,
		});
	}
}
