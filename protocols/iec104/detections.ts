/** What is suspicious in IEC 60870-5-104 by itself, and what deserves a word when a client first does it. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_RESTART,
	engineeringFact,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
} from "../../src/detect/engineering.ts";
import { CAUSE, fileKindName, GROUP, isRecordFile, RESET, SELECT, TYPE, TYPES, VIOLATION, violationNames } from "./codes.ts";
import type { Iec104Observation } from "./observation.ts";
import { operationName, STOP_CODE, verbOf } from "./operations.ts";

const NEEDS = "A connection without TLS.";
const ASK = "Ask the control centre whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";

const MALFORMED: DetectionRecord = {
	id: "iec104-malformed",
	title: "Malformed IEC 104 message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: NEEDS,
	causes: [
		"a station or gateway that implements the standard carelessly",
		"a station set to other sizes of address and cause than the standard has",
		"an engineer's test tool",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one station?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the station still answers its control centre.",
	],
};

const SEQUENCE: DetectionRecord = {
	id: "iec104-sequence",
	title: "IEC 104 message out of its sequence",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0856", "T0855"],
	needs: "A connection without TLS, of which no byte was lost.",
	causes: ["a station or gateway that counts wrongly after a fault", "a simulator that plays recorded messages"],
	advice: [
		"Compare what the two ends sent: numbers on one connection follow each other, so a message was put in, played again or taken out on the way.",
		"Check whether the addresses of the two stations were taken over at that time.",
		"Check at the station that no command was carried out that nobody gave.",
	],
};

const MISMATCH: DetectionRecord = {
	id: "iec104-answer-mismatch",
	title: "Confirmation contradicts the IEC 104 command that it confirms",
	nature: "fact",
	severity: 65,
	techniques: ["T0830", "T0831", "T0856"],
	needs: "Both directions of a connection without TLS.",
	causes: ["a station that confirms the value that it set instead of the one that it was told", "a faulty gateway"],
	advice: [
		"Check at the process which of the two values was carried out.",
		"Check whether somebody sits between control centre and station: a confirmation repeats its command, octet by octet.",
		"Look at the address of the station for a takeover.",
	],
};

const EVENTS_DISCARDED: DetectionRecord = {
	id: "iec104-events-discarded",
	title: "Controlled station told to discard the events that it has not sent yet",
	nature: "fact",
	severity: 60,
	techniques: ["T0872", "T0809"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who clears a station after a test", "a control centre that starts afresh after a long outage"],
	advice: [ASK, "Get the events from the station's own log: the control centre will never see them.", ISOLATE],
};

const FIRST = {
	value:
		"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the station's clients are",
	why: "A control centre that does so as a part of its work has done it while that was learned.",
};

const PARAMETER: DetectionRecord = {
	id: "iec104-parameter",
	title: "Parameters of a controlled station changed by a client for the first time",
	nature: "deviation",
	severity: 60,
	techniques: ["T0836", "T0838"],
	needs: "The client's requests, readable.",
	threshold: FIRST,
	causes: ["an engineer who sets up thresholds and limits", "a control centre whose data base was changed and that loads it again"],
	advice: [
		"Compare thresholds, limits and cyclic transmission in the station with the released ones: by them it reports late, or nothing.",
		ASK,
		ISOLATE,
	],
};

const REPORTING_STOPPED: DetectionRecord = {
	id: "iec104-reporting-stopped",
	title: "Data transfer of a controlled station stopped by a client for the first time",
	nature: "deviation",
	severity: 60,
	techniques: ["T0814", "T0804"],
	needs: "The client's requests, readable.",
	threshold: FIRST,
	causes: [
		"a control centre that changes over to its redundant connection",
		"a connection that is closed in good order before maintenance",
	],
	advice: ["Check that the station reports on another connection: on this one it is silent until it is started again.", ASK, ISOLATE],
};

export const detections: readonly DetectionRecord[] = [
	CONTROLLER_RESTART,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	CLOCK_SET,
	MALFORMED,
	SEQUENCE,
	MISMATCH,
	EVENTS_DISCARDED,
	PARAMETER,
	REPORTING_STOPPED,
];

/** What the first use of a function is called. */
export function firstUseOf(code: number): DetectionRecord | undefined {
	if (code === STOP_CODE) return REPORTING_STOPPED;
	if (code === TYPE.clock) return CLOCK_SET;
	return TYPES[code]?.group === GROUP.parameter ? PARAMETER : undefined;
}

export function detect(o: Iec104Observation, report: ReportFact): void {
	const { violations } = o;
	if (o.kind === "malformed") malformed(o, report);
	if ((violations & (VIOLATION.sequence | VIOLATION.duplicate)) !== 0) outOfSequence(o, report);
	if ((violations & VIOLATION.mismatch) !== 0) mismatch(o, report);
	if (o.isFromServer) return;
	if (o.kind === "request" && o.typeId === TYPE.resetProcess && o.cause === CAUSE.activation) reset(o, report);
	else if (o.kind === "file") file(o, report);
}

const WORDS: Readonly<Record<string, string>> = {
	start: "it does not begin as a message does",
	control: "no format has such a control field",
	length: "its length and its objects do not fit together",
	type: "there is no type 0",
	cause: "there is no cause 0",
	objects: "it needs exactly one object",
};

function malformed(o: Iec104Observation, report: ReportFact): void {
	const words = violationNames(o.violations).flatMap((name) => WORDS[name] ?? []);
	const what = o.typeId >= 0 ? ` (${TYPES[o.typeId]!.name})` : "";
	report({
		record: MALFORMED,
		sentence: `A message${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks IEC 60870-5-104: ${words.join(", ")}.`,
		key: words.join(),
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}

function outOfSequence(o: Iec104Observation, report: ReportFact): void {
	const isAgain = (o.violations & VIOLATION.duplicate) !== 0;
	report({
		record: SEQUENCE,
		sentence: `${o.isFromServer ? "{server}" : "{client}"} sent message number ${o.sendSequence}${
			isAgain ? " a second time" : ""
		} where number ${o.expectedSequence} was due; on one connection each number is one more than the last.`,
		key: "",
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}

function operationOf(o: Iec104Observation): DetectionOperation {
	const detail = o.objectCount > 0 ? o.details[0]! : -1;
	return {
		verb: verbOf(o.typeId, o.cause, detail),
		name: operationName(o.typeId),
		code: o.typeId,
		unit: o.commonAddress,
		points: [],
		pointCount: 0,
		values: [],
		outcome: "requested",
	};
}

function mismatch(o: Iec104Observation, report: ReportFact): void {
	report({
		record: MISMATCH,
		sentence: `{server} confirmed a ${TYPES[o.typeId]!.title} to object ${o.addresses[0]} of station ${o.commonAddress} with another value or qualifier than {client} had sent.`,
		key: `${o.commonAddress}/${o.addresses[0]}`,
		frames: o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
		operation: { ...operationOf(o), outcome: "ok" },
		byServer: true,
	});
}

const stationOf = ({ commonAddress }: Iec104Observation): string => `station ${commonAddress} of {server}`;
const nameOf = (typeId: number): string => `${TYPES[typeId]!.name}, type ${typeId}`;

function reset(o: Iec104Observation, report: ReportFact): void {
	const isEvents = o.details[0] === RESET.events;
	report(
		engineeringFact({
			record: isEvents ? EVENTS_DISCARDED : CONTROLLER_RESTART,
			controller: stationOf(o),
			words: isEvents ? "discard the events that wait to be sent" : "reset its process",
			name: nameOf(o.typeId),
			key: String(o.commonAddress),
			frames: [o.frame],
			operation: operationOf(o),
		}),
	);
}

/** Files to a station, files of it that are no records of what happened, and files that it is to delete. */
function file(o: Iec104Observation, report: ReportFact): void {
	const call = o.typeId === TYPE.selectAndCall ? o.details[0]! & 0x0f : -1;
	const isDownload = o.typeId === TYPE.fileReady || o.typeId === TYPE.segment;
	const isUpload = call === SELECT.selectFile || call === SELECT.callFile;
	if (!isDownload && (isRecordFile(o.fileName) || (!isUpload && call !== SELECT.deleteFile))) return;
	const what = `${fileKindName(o.fileName)} (object ${o.addresses[0]})`;
	const [record, words] = isDownload
		? [PROGRAM_DOWNLOAD, `take a file: ${what}`]
		: isUpload
			? [PROGRAM_UPLOAD, `give out a file: ${what}`]
			: [PROGRAM_DELETE, `delete a file: ${what}`];
	report(
		engineeringFact({
			record,
			controller: stationOf(o),
			words,
			name: nameOf(o.typeId),
			key: `${o.commonAddress}/${o.addresses[0]}/${o.fileName}`,
			frames: [o.frame],
			operation: { ...operationOf(o), verb: "program", points: [`file:${o.addresses[0]}:${o.fileName}`], pointCount: 1, values: [null] },
		}),
	);
}
