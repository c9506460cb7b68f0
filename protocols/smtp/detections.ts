/** What is suspicious in SMTP by itself. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { SmtpObservation } from "./observation.ts";

const PROGRAM: DetectionRecord = {
	id: "smtp-program-attached",
	title: "Program sent by mail",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0865", "T0867"],
	needs: "The mail in clear, with the program as it is: not in an archive.",
	causes: ["somebody sends a tool to a colleague, as the mail server allows it", "a device sends its own firmware for diagnosis"],
	advice: [
		"Ask the sender whether he sent it, and the receiver not to start it.",
		"If nobody knows, look at the receiver's host for malware, and at who else got such a mail.",
		"Have the mail server refuse programs.",
	],
};

const MALFORMED: DetectionRecord = {
	id: "smtp-malformed",
	title: "Malformed SMTP command or reply",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "The conversation before it is encrypted.",
	causes: ["a program that implements SMTP carelessly", "a test tool", "packets damaged or cut on the way to the monitor"],
	advice: [
		"Ask who runs the client: such lines are how faults of mail servers are used to break in, or to speak in another's name.",
		"Check that the server still serves its usual clients, and does nothing new.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [CLEARTEXT_PASSWORD, PROGRAM, MALFORMED];

const WRONG: Readonly<Record<Exclude<SmtpObservation["violation"], "">, string>> = {
	length: "a line has no end within 12,290 bytes",
	nul: "a command has a zero byte",
	starttls: "a command follows the one that begins encryption before it is answered",
};

export function detect(o: SmtpObservation, report: ReportFact): void {
	if (o.violation !== "")
		report({
			record: MALFORMED,
			sentence: `${o.isFromServer ? "{server} sent {client}" : "{client} sent {server}"} what is no SMTP: ${WRONG[o.violation]}.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	if (o.kind === "command" && o.hasPassword)
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} logged in to the mail server {server}${o.userName === "" ? "" : ` as ${o.userName}`} with a password that is not encrypted`,
				against: `anybody on the way can read it (SMTP, ${o.mechanism})`,
				key: o.userName,
				frames: [o.frame],
			}),
		);
	const { mail } = o;
	if (mail !== undefined && mail.programs.length > 0)
		report({
			record: PROGRAM,
			sentence: `{client} sent a mail with a ${mail.programs.join(" and a ")} by {server}${mail.attachments.length === 0 ? "" : `, attached as ${mail.attachments.slice(0, 4).join(", ")}`}; normally mails carry documents.`,
			key: mail.attachments[0] ?? "",
			frames: [o.command!.frame, o.frame],
		});
}
