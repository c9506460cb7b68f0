/** What is suspicious in PubSub by itself: somebody else behind a publisher's name. That messages are not secured is no fact: it is common. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { MALFORMED } from "./detections.ts";
import type { PubSubObservation } from "./pubsubObservation.ts";

export const DOWNGRADE: DetectionRecord = {
	id: "opcua-pubsub-downgrade",
	title: "OPC UA publisher without the security it had",
	nature: "fact",
	severity: 65,
	techniques: ["T0830", "T0856"],
	needs: "The publisher's messages, on every way that they take.",
	causes: [
		"an engineer who changed the security of a writer group",
		"a publisher that was replaced and set up anew",
		"a security key service that is out of order, and a publisher that goes on without it",
	],
	advice: [
		"Ask who changed the publisher's configuration; a change of security is never routine.",
		"Compare the address of the messages named in the evidence: do they come from one device?",
		"Set the subscribers to refuse what is not signed.",
	],
};

export const SEQUENCE_CONFLICT: DetectionRecord = {
	id: "opcua-pubsub-sequence",
	title: "Two messages of an OPC UA publisher in one place of its sequence",
	nature: "fact",
	severity: 70,
	techniques: ["T0856", "T0830"],
	needs: "The publisher's messages, on every way that they take.",
	causes: [
		"two writers that were given the same ids, perhaps by copying a configuration",
		"a publisher that counts wrongly",
		"a redundant pair whose halves both publish",
	],
	advice: [
		"Compare the two messages named in the evidence: which values does a subscriber believe, and which are at the machine?",
		"Compare their MAC addresses: a copy sent by another device has another one.",
		"If one of them was never configured, find the device that sends it and disconnect it.",
	],
};

export const SHARED_PUBLISHER: DetectionRecord = {
	id: "opcua-pubsub-shared-publisher",
	title: "One OPC UA publisher id used by two hosts",
	nature: "fact",
	severity: 65,
	techniques: ["T0856", "T0830"],
	needs: "The publisher's messages, on every way that they take.",
	causes: [
		"a device that was set up by copying the configuration of another one",
		"a redundant pair whose halves both publish",
		"a publisher with two network addresses",
	],
	advice: [
		"Find out which of the two hosts the publisher is; the other one should not send at all.",
		"Compare the values of both with those at the machine.",
		"If the other host is not known, isolate it: subscribers cannot tell the two apart.",
	],
};

export const PUBSUB_DETECTIONS: readonly DetectionRecord[] = [DOWNGRADE, SEQUENCE_CONFLICT, SHARED_PUBLISHER];

const LEVELS: readonly string[] = ["neither signed nor encrypted", "signed", "signed and encrypted"];

export function detectPubSub(o: PubSubObservation, report: ReportFact): void {
	const who = o.isFromServer ? "{server}" : "{client}";
	const publisher = `publisher ${o.publisherId}`;
	if (o.kind === "malformed") {
		// A copy is malformed where the original was.
		if (!o.isCopy)
			report({
				record: MALFORMED,
				sentence: `A PubSub message of ${who} cannot be read as OPC UA: ${o.reason}.`,
				key: o.reason,
				frames: [o.frame],
				byServer: o.isFromServer,
			});
		return;
	}
	const group = o.writerGroupId >= 0 ? ` of writer group ${o.writerGroupId}` : "";
	if (o.downgrade !== undefined) {
		report({
			record: DOWNGRADE,
			sentence: `A message${group} of ${publisher} came from ${who} ${LEVELS[o.downgrade.to]}; before, they were ${LEVELS[o.downgrade.from]}.`,
			key: `${o.publisherId}|${o.writerGroupId}`,
			frames: ordered(o.downgrade.frame, o.frame),
			byServer: o.isFromServer,
		});
	}
	if (o.conflict !== undefined) {
		const { kind, frame, sequenceNumber, writerId } = o.conflict;
		const writer = writerId >= 0 ? ` of writer ${writerId}` : group;
		report({
			record: SEQUENCE_CONFLICT,
			sentence:
				kind === "other content"
					? `Two messages${writer} of ${publisher} have sequence number ${sequenceNumber} and different contents; the later one came from ${who}.`
					: `Messages${writer} of ${publisher} follow two sequences at once, the one at ${sequenceNumber}; the latest came from ${who}.`,
			key: `${o.publisherId}|${o.writerGroupId}|${writerId}`,
			frames: ordered(frame, o.frame),
			byServer: o.isFromServer,
		});
	}
	if (o.sharedWith !== undefined) {
		report({
			record: SHARED_PUBLISHER,
			sentence: `${who} and ${o.sharedWith.host} both send as ${publisher}, in turns.`,
			key: o.publisherId,
			frames: ordered(o.sharedWith.frame, o.frame),
			byServer: o.isFromServer,
		});
	}
}

const ordered = (one: number, other: number): number[] => (one > 0 && one < other ? [one, other] : [other]);
