/** What is suspicious in Kerberos by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { encryptionName, isWeak, MESSAGE } from "./codes.ts";
import type { KerberosObservation } from "./observation.ts";

const NO_PROOF: DetectionRecord = {
	id: "kerberos-no-preauthentication",
	title: "Ticket given to somebody who proved nothing",
	nature: "fact",
	isLearnable: true,
	severity: 40,
	techniques: ["T0859"],
	needs: "A login, readable, with its answer.",
	causes: ["an account that was set up for an old program which cannot prove who it is", "a server of keys that asks nobody for a proof"],
	advice: [
		"Have pre-authentication asked for of this account: everybody can get what its password encrypts, and guess the password at home (AS-REP roasting).",
		"Ask whether the client is one that usually logs in by this account; if not, change the password.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "kerberos-malformed",
	title: "Malformed Kerberos message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "Messages to and from the server of keys.",
	causes: [
		"a scanner of weaknesses that was let loose on purpose",
		"a program that implements Kerberos carelessly",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the server of keys still serves its usual clients.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [NO_PROOF, MALFORMED, WEAK_PROTOCOL];

export function detect(o: KerberosObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
		report({
			record: MALFORMED,
			sentence: `${sender} sent ${other} what cannot be read as Kerberos; software that keeps to the standard never does.`,
			key: o.isFromServer ? "server" : "client",
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	}
	if (o.kind !== "reply") return;
	const frames = o.request === undefined ? [o.frame] : [o.request.frame, o.frame];
	const weak = [o.ticketEncryption, o.replyEncryption].find(isWeak);
	if (weak !== undefined)
		report(
			accessFact({
				record: WEAK_PROTOCOL,
				words: `{server} gave {client} a ticket for ${o.server || "a service"} with ${encryptionName(weak)}`,
				against: "a password behind such an encryption is soon guessed by whoever has the ticket",
				key: encryptionName(weak),
				frames,
			}),
		);
	if (o.request?.type === MESSAGE.asRequest && !o.request.hasProof)
		report({
			record: NO_PROOF,
			sentence: `{client} got a ticket for ${o.client || "an account"} from {server} without any proof; others have to show that they know the password.`,
			key: o.client,
			frames,
		});
}
