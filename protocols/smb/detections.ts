/** What is suspicious in SMB by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD, REMOTE_EXECUTION, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { commandName, isCall } from "./codes.ts";
import { executionOf } from "./execution.ts";
import type { SmbObservation } from "./observation.ts";
import { userOf } from "./smb2.ts";

export const MALFORMED: DetectionRecord = {
	id: "smb-malformed",
	title: "Malformed SMB message",
	nature: "fact",
	severity: 45,
	techniques: ["T0814", "T0866"],
	needs: "A connection that is not encrypted.",
	causes: [
		"an old device or program that implements SMB carelessly",
		"a scanner that tries what a server does",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the server still serves its usual clients.",
	],
};

export const EXPLOIT: DetectionRecord = {
	id: "smb-exploit",
	title: "SMB message that serves to break into a host",
	nature: "fact",
	severity: 90,
	techniques: ["T0866", "T0867"],
	needs: "A connection that is not encrypted.",
	causes: ["a scanner that looks for hosts with this fault"],
	advice: [
		"Ask whether somebody scans for faults now, and from this host.",
		"If nobody does, isolate both hosts: worms go from host to host by this.",
		"Look at what the host that was asked did next, and install what its maker gave out against this fault.",
	],
};

export const BACKDOOR: DetectionRecord = {
	id: "smb-backdoor",
	title: "Knock at a back door in a host's SMB service",
	nature: "fact",
	severity: 90,
	techniques: ["T0866", "T0869"],
	needs: "A connection that is not encrypted.",
	causes: ["a scanner that looks for hosts that were broken into"],
	advice: [
		"Ask whether somebody scans for broken hosts now, and from this host.",
		"If nobody does, isolate both hosts; where the door answered, the host was broken into before: keep its memory as evidence, and set it up anew.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [WEAK_PROTOCOL, CLEARTEXT_PASSWORD, REMOTE_EXECUTION, EXPLOIT, BACKDOOR, MALFORMED];

const EXPLOITS: Readonly<Record<string, string>> = {
	"mixed transaction":
		"began one kind of SMB1 transaction at {server} and went on with another, which serves to break into Windows (MS17-010)",
	"overflowing compression":
		"sent {server} a compressed message with impossible lengths, which serves to break into Windows (CVE-2020-0796)",
};

const framesOf = ({ requestFrame, frame }: SmbObservation): number[] =>
	requestFrame >= 0 && requestFrame < frame ? [requestFrame, frame] : [frame];

export function detect(o: SmbObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		const what = o.command < 0 ? "A message" : `A message (${commandName(o.command)})`;
		report({
			record: MALFORMED,
			sentence: `${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as SMB: ${o.reason}.`,
			key: o.reason,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.kind === "exploit") {
		exploited(o, report);
		return;
	}
	if (o.isOldVersion) {
		report(
			accessFact({
				record: WEAK_PROTOCOL,
				words: `{client} and {server} speak SMB1${o.dialect === "" ? "" : ` (${o.dialect})`}`,
				against: "this version protects neither what is said nor who says it, and worms spread by its faults",
				key: "SMB1",
				frames: framesOf(o),
			}),
		);
	}
	if (o.isPasswordInClear) {
		const who = userOf(o);
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: `{client} sent {server} ${who === "" ? "a password" : `the password of ${who}`}${o.share === "" ? "" : ` for ${o.share}`} by SMB1 as it is`,
				against: "everybody who listens on the way can read it",
				key: who,
				frames: framesOf(o),
			}),
		);
	}
	if (isCall(o.command)) executed(o, report);
}

function executed(o: SmbObservation, report: ReportFact): void {
	const action = executionOf(o.interfaceIndex, o.operation);
	if (action === undefined) return;
	const name = commandName(o.command);
	const subject = o.subject === "" ? "" : ` ${o.subject}`;
	const program = o.program === "" || o.program === o.subject ? "" : ` that runs ${o.program}`;
	const outcome = o.kind === "unanswered" ? "unanswered" : o.isFault ? "refused" : "ok";
	const operation: DetectionOperation = {
		verb: "command",
		name,
		code: o.command,
		points: o.subject === "" ? [] : [o.subject],
		pointCount: o.subject === "" ? 0 : 1,
		values: [],
		outcome,
	};
	report(
		accessFact({
			record: REMOTE_EXECUTION,
			words: `{client} asked {server}${o.user === "" ? "" : `, as ${o.user},`} to ${action}${subject}${program} (${name})`,
			against: "only who manages hosts does this",
			key: `${action}|${o.subject}`,
			frames: framesOf(o),
			operation,
		}),
	);
}

function exploited(o: SmbObservation, report: ReportFact): void {
	if (o.reason === "backdoor" || o.reason === "backdoor answer") {
		const isAnswer = o.reason !== "backdoor";
		report({
			record: BACKDOOR,
			sentence: isAnswer
				? "{server} answered a knock of {client} as an implant does (DoublePulsar); it was broken into before."
				: "{client} asked {server} by SMB1 for what no version ever did (TRANS2_SESSION_SETUP); implants use it as a hidden door (DoublePulsar).",
			key: isAnswer ? "answer" : "knock",
			frames: framesOf(o),
			byServer: isAnswer,
		});
		return;
	}
	report({
		record: EXPLOIT,
		sentence: `{client} ${EXPLOITS[o.reason]}; no program does it by chance.`,
		key: o.reason,
		frames: [o.frame],
	});
}
