/** What is suspicious in SRTP by itself, and what deserves a word when a client first does it. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_MODE,
	CONTROLLER_RESERVED,
	DEVICE_ADDRESS,
	engineeringFact,
	MEMORY_WRITE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import { hex2, operationName, SERVICE, SERVICES, serviceName } from "./codes.ts";
import type { SrtpObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "srtp-malformed",
	title: "Malformed SRTP message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Traffic of SRTP, readable.",
	causes: [
		"a driver that implements the protocol carelessly",
		"an engineer's test tool",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one station?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the controller still answers its usual clients.",
	],
};

const FAULTS_CLEARED: DetectionRecord = {
	id: "srtp-faults-cleared",
	title: "Fault table of a GE controller cleared",
	nature: "fact",
	severity: 50,
	techniques: ["T0872"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who clears old faults after a repair"],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Look at what the same client did before: the fault table would show what it caused.",
		"If nobody did it, isolate the client.",
	],
};

export const detections: readonly DetectionRecord[] = [
	CONTROLLER_MODE,
	CONTROLLER_RESERVED,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	MEMORY_WRITE,
	DEVICE_ADDRESS,
	VALUES_FORCED,
	CLOCK_SET,
	MALFORMED,
	FAULTS_CLEARED,
];

/** What the first use of a service is called. */
export const firstUseOf = (code: number): DetectionRecord | undefined => (code === SERVICE.setTime ? CLOCK_SET : undefined);

const ASKED: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[SERVICE.readProgram, [PROGRAM_UPLOAD, "give out the memory of its program"]],
	[SERVICE.store, [PROGRAM_UPLOAD, "give out its program"]],
	[SERVICE.load, [PROGRAM_DOWNLOAD, "take another program"]],
	[SERVICE.writeProgram, [PROGRAM_DOWNLOAD, "take a block of a program"]],
	[SERVICE.writeTask, [MEMORY_WRITE, "take other memory of a task"]],
	[SERVICE.logon, [CONTROLLER_RESERVED, "let a programming tool log on"]],
	[SERVICE.setId, [DEVICE_ADDRESS, "take another name"]],
	[SERVICE.setState, [CONTROLLER_MODE, "change between run and stop"]],
	[SERVICE.clearFaults, [FAULTS_CLEARED, "clear its table of faults"]],
	[SERVICE.force, [VALUES_FORCED, "force its memory, or to let it go"]],
] as const);

export function detect(o: SrtpObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	const asked = o.kind === "request" ? ASKED.get(o.service) : undefined;
	if (asked === undefined) return;
	report(
		engineeringFact({
			record: asked[0],
			words: asked[1],
			name: `SRTP, service ${hex2(o.service)}`,
			key: "",
			frames: [o.frame],
			operation: { verb: SERVICES.get(o.service)!.verb, code: o.service, name: operationName(o.service) },
		}),
	);
}

const WORDS: Readonly<Record<string, string>> = {
	header: "it does not begin as a message does",
	unfinished: "its end never came",
	direction: "the other side sends such messages",
};

function malformed(o: SrtpObservation, report: ReportFact): void {
	const what = o.service >= 0 ? ` (${serviceName(o.service)})` : "";
	report({
		record: MALFORMED,
		sentence: `A message${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks SRTP: ${WORDS[o.violation]!}.`,
		key: o.violation,
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}
