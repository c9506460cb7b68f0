/** What is suspicious in LDAP by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { LdapObservation } from "./observation.ts";

const CODE: DetectionRecord = {
	id: "ldap-code",
	title: "Directory that hands out program code",
	nature: "fact",
	isLearnable: true,
	severity: 70,
	techniques: ["T0866", "T0863"],
	needs: "A conversation with the directory that is not encrypted.",
	causes: ["a program in Java that keeps its objects in the directory"],
	advice: [
		"Ask whether this directory is known, and meant to hold objects of Java.",
		"If not, isolate the client: it was told, as by a line that it logged (CVE-2021-44228, Log4Shell), to load and run what the directory names.",
		"Look at what the client fetched and did next.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "ldap-malformed",
	title: "Malformed LDAP message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "A conversation with the directory that is not encrypted.",
	causes: [
		"a scanner of weaknesses that was let loose on purpose",
		"a program that implements LDAP carelessly",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the directory still serves its usual clients.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [CODE, MALFORMED, CLEARTEXT_PASSWORD];

export function detect(o: LdapObservation, report: ReportFact): void {
	if (o.kind === "request" && o.request!.authentication === "simple")
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} sent {server} the password of ${o.request!.name === "" ? "nobody" : o.request!.name} by LDAP as it is`,
				against: "everybody who listens on the way can read it",
				key: "password",
				frames: [o.frame],
			}),
		);
	else if (o.kind === "java")
		report({
			record: CODE,
			sentence: `{server} answered {client} with an entry that makes it load program code (${o.attribute}); directories hold names and addresses.`,
			key: "java",
			frames: [o.frame],
			byServer: true,
		});
	else if (o.kind === "malformed") {
		const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
		report({
			record: MALFORMED,
			sentence: `${sender} sent ${other} what cannot be read as LDAP; software that keeps to the standard never does.`,
			key: o.isFromServer ? "server" : "client",
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	}
}
