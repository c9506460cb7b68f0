/** What is suspicious in FTP by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD, REMOTE_EXECUTION } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { codeOf, operationName } from "./codes.ts";
import type { FtpObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "ftp-malformed",
	title: "Malformed FTP command or reply",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "A control connection without TLS.",
	causes: ["a program that implements FTP carelessly", "a test tool", "packets damaged or cut on the way to the monitor"],
	advice: [
		"Ask who runs the client: lines of thousands of bytes are how faults of FTP servers are used to break in.",
		"Check that the server still serves its usual clients, and does nothing new.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [CLEARTEXT_PASSWORD, REMOTE_EXECUTION, MALFORMED];

const WRONG: Readonly<Record<string, string>> = { length: "a line has no end within 4096 bytes", nul: "a command has a zero byte" };

export function detect(o: FtpObservation, report: ReportFact): void {
	const { command } = o;
	if (o.violation !== "")
		report({
			record: MALFORMED,
			sentence: `${o.isFromServer ? "{server} sent {client}" : "{client} sent {server}"} what is no FTP: ${WRONG[o.violation]}.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	if (o.kind !== "command" || command === undefined) return;
	if (o.hasPassword)
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} logged in to the files of {server}${o.userName === "" ? "" : ` as ${o.userName}`} with a password that is not encrypted`,
				against: "anybody on the way can read it (FTP)",
				key: o.userName,
				frames: [o.frame],
			}),
		);
	if (command.name === "SITE" && /^exec\b/i.test(command.argument))
		report(
			accessFact({
				record: REMOTE_EXECUTION,
				words: `{client} told {server} to run ${command.argument.slice("exec".length).trim() || "a program"} (FTP, SITE EXEC)`,
				against: "a server of files runs nothing for its clients",
				key: "SITE EXEC",
				frames: [o.frame],
				operation: {
					verb: "command",
					name: operationName(codeOf("SITE")),
					code: codeOf("SITE"),
					points: [],
					pointCount: 0,
					values: [],
					outcome: "requested",
				},
			}),
		);
}
