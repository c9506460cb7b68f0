/**
 * What is suspicious in MMS by itself: what an engineering tool does to a controller or a protection relay, a password that anyone can read, a message that breaks the protocol.
 * Whether reads, writes, controls and files are usual here, the learner tells. Technique ids are those of ATT&CK for ICS v18.
 */
import type { Verb } from "../../src/decode/protocol.ts";
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	engineeringFact,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import { numberOf } from "../../src/wire/mmsData.ts";
import { OPERATION, operationName, SERVICE, serviceName, verbOf } from "./codes.ts";
import { constraintOf, controlOf } from "./names.ts";
import type { MmsObservation, Violation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "mms-malformed",
	title: "Malformed MMS message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Either direction, readable.",
	causes: [
		"a client or device that implements MMS or a layer below it carelessly",
		"another application on the same connection",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the device still protects and controls, and answers its usual clients.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	VALUES_FORCED,
	CLEARTEXT_PASSWORD,
	MALFORMED,
];

const WORDS: Readonly<Record<Violation, string>> = {
	foreign: "bytes that are no packet of ISO transport",
	unfinished: "a packet whose rest never came",
	long: "a message that never ended",
	session: "no session message, or one whose lengths do not fit",
	presentation: "no presentation data, or some whose lengths do not fit",
	acse: "an association whose fields do not fit",
	pdu: "a PDU whose fields do not fit",
	service: "a service that does not exist, or not the one that was asked for",
	names: "names of objects that cannot be read",
	values: "values that cannot be read",
	results: "results that are not as many as what was asked for",
};

type Asked = readonly [record: DetectionRecord, words: string];

/** Facts by service, with `$` for what it is about. */
const SERVICE_FACTS: Readonly<Record<number, Asked>> = {
	[SERVICE.initiateDownloadSequence]: [PROGRAM_DOWNLOAD, "take $ as a part of its program"],
	[SERVICE.loadDomainContent]: [PROGRAM_DOWNLOAD, "load $ as a part of its program from a file"],
	[SERVICE.initiateUploadSequence]: [PROGRAM_UPLOAD, "give out $ of its program"],
	[SERVICE.storeDomainContent]: [PROGRAM_UPLOAD, "store $ of its program in a file"],
	[SERVICE.deleteDomain]: [PROGRAM_DELETE, "delete $ of its program"],
	[SERVICE.deleteProgramInvocation]: [PROGRAM_DELETE, "delete the program invocation $"],
	[SERVICE.start]: [CONTROLLER_START, "start the program $"],
	[SERVICE.resume]: [CONTROLLER_START, "go on with the program $"],
	[SERVICE.stop]: [CONTROLLER_STOP, "stop the program $"],
	[SERVICE.kill]: [CONTROLLER_STOP, "kill the program $"],
	[SERVICE.reset]: [CONTROLLER_RESTART, "reset the program $"],
};

export function detect(o: MmsObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		const violation = o.violation === "" ? "pdu" : o.violation;
		report({
			record: MALFORMED,
			sentence: `A message of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as MMS: ${WORDS[violation]}.`,
			key: violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.kind === "associate" && o.hasPassword) {
		report(
			accessFact({
				record: CLEARTEXT_PASSWORD,
				words: "{client} sent {server} a password that anyone on the network can read, as it opened an MMS association",
				against: "IEC 62351-4 has associations that are encrypted",
				key: "",
				frames: [o.frame],
			}),
		);
		return;
	}
	if (o.kind !== "request") return;
	const fact = SERVICE_FACTS[o.service];
	if (fact !== undefined) {
		const [record, words] = fact;
		const about = o.subject === "" ? "a domain" : o.subject;
		say(
			o,
			report,
			record,
			words.replace("$", () => about),
			serviceName(o.service),
			verbOf(o.service) ?? "other",
			o.service,
			[about],
		);
	} else if (o.service === SERVICE.write) for (const [index, name] of o.names.entries()) written(o, report, name, index);
}

/** Behaviour of a device or a function (IEC 61850-7-4, Mod). */
const MODES: Readonly<Record<number, string>> = { 1: "on", 2: "blocked", 3: "test", 4: "test, blocked", 5: "off" };

/** Writes that are more than values: the mode of a device or a function, and values that stand in for measured ones. */
function written(o: MmsObservation, report: ReportFact, name: string, index: number): void {
	const value = o.written[index];
	const constraint = constraintOf(name);
	if (constraint === "CO" && controlOf(name) === "Oper" && /\$CO\$Mod\$/.test(name)) {
		const mode = numberOf(Array.isArray(value) ? value[0] : value);
		const words = `change the mode of ${name.slice(0, name.indexOf("$"))} to ${MODES[mode] ?? "another"}`;
		say(o, report, CONTROLLER_MODE, words, "operate of Mod", "command", OPERATION.operate, [name]);
	} else if (constraint === "SV" && name.endsWith("$subEna") && value === true) {
		const words = `take a value of the client for ${name.slice(0, -"$subEna".length)} instead of the measured one`;
		say(o, report, VALUES_FORCED, words, "substitution", "write", OPERATION.substitute, [name]);
	}
}

function say(
	o: MmsObservation,
	report: ReportFact,
	record: DetectionRecord,
	words: string,
	name: string,
	verb: Verb,
	code: number,
	points: string[],
): void {
	report(
		engineeringFact({
			record,
			words,
			name: `MMS, ${name}`,
			key: points[0] ?? "",
			frames: [o.frame],
			operation: { verb, code, name: operationName(code), points, pointCount: points.length },
		}),
	);
}
