/** What is suspicious in RDP by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { levelName, methodName, STANDARD } from "./codes.ts";
import type { RdpObservation, Violation } from "./observation.ts";

const EXPLOIT: DetectionRecord = {
	id: "rdp-exploit",
	title: "RDP message that serves to break into a host",
	nature: "fact",
	severity: 90,
	techniques: ["T0866", "T0886"],
	needs: "The beginning of a connection with standard RDP security.",
	causes: ["a scanner that looks for hosts with this fault"],
	advice: [
		"Ask whether somebody scans for faults now, and from this host.",
		"If nobody does, isolate both hosts: worms can go from host to host by this.",
		"Look at what the host that was asked did next, and install what its maker gave out against this fault (CVE-2019-0708, BlueKeep).",
	],
};

const MALFORMED: DetectionRecord = {
	id: "rdp-malformed",
	title: "Malformed RDP message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "The beginning of the connection.",
	causes: [
		"a scanner of weaknesses that was let loose on purpose",
		"a program that implements RDP carelessly",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the host still serves its usual clients.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [EXPLOIT, MALFORMED, WEAK_PROTOCOL, CLEARTEXT_PASSWORD];

const VIOLATIONS: Readonly<Record<Violation, string>> = {
	cookie: "a connection request whose cookie does not end",
	negotiation: "a confirmation whose negotiation does not fit",
	settings: "settings whose parts do not fit each other",
	channels: "a list of channels that does not fit, or is longer than any may be",
	information: "information on who logs in that does not fit its message",
};

/** 1.3.3: the name of a channel of the server's own, which no client asks for. */
const INTERNAL = "MS_T120";

export function detect(o: RdpObservation, report: ReportFact): void {
	if (o.kind === "client" && o.client!.channels.some((name) => name.toUpperCase() === INTERNAL))
		report({
			record: EXPLOIT,
			sentence: `{client} asked {server} for the channel ${INTERNAL}, which is the server's own and serves to break into Windows (CVE-2019-0708); no program of users does so.`,
			key: INTERNAL,
			frames: [o.frame],
		});
	else if (o.kind === "server")
		report(
			accessFact({
				record: WEAK_PROTOCOL,
				words: `{client} and {server} agreed on ${STANDARD}${o.encryptionMethod < 0 ? "" : ` (${methodName(o.encryptionMethod)}, level ${levelName(o.encryptionLevel)})`}`,
				against: "whoever sits between the two can read and change what it carries",
				key: STANDARD,
				frames: [o.frame],
			}),
		);
	else if (o.kind === "information" && o.hasPassword)
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} sent {server} the password of ${o.user === "" ? "a user" : o.user} by RDP as it is`,
				against: "everybody who listens on the way can read it",
				key: "password",
				frames: [o.frame],
			}),
		);
	else if (o.violation !== undefined) {
		const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
		report({
			record: MALFORMED,
			sentence: `${sender} sent ${other} ${VIOLATIONS[o.violation]}; software that keeps to the standard never does.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	}
}
