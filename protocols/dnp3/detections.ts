/**
 * What is suspicious in DNP3 by itself, whatever was learned, and functions whose first use has a word of its own. Requests that an engineering tool makes are those of all
 * protocols (`src/detect/engineering.ts`). Technique ids are those of ATT&CK for ICS v18.
 */
import type { Verb } from "../../src/decode/protocol.ts";
import type { DetectionOperation, DetectionRecord, ReportFact, Threshold } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_RESTART,
	CONTROLLER_SILENCED,
	CONTROLLER_START,
	CONTROLLER_STOP,
	CREDENTIAL_CHANGE,
	engineeringFact,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
} from "../../src/detect/engineering.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { FUNCTION, functionName, operationCode, operationName, SUBJECT, VIOLATION, violationWords } from "./codes.ts";
import { isDirectory, isWriting } from "./files.ts";
import type { Dnp3Observation } from "./observation.ts";
import { filesOf, subjectOf, verbOf } from "./operations.ts";
import { RANGE } from "./reader.ts";
import { SPACES, spaceOf } from "./spaces.ts";
import { isBroadcast } from "./wire.ts";

const REQUESTS = "The client's requests, readable.";
const ASK = "Ask the engineer on duty whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";

export const MALFORMED: DetectionRecord = {
	id: "dnp3-malformed",
	title: "Malformed DNP3 message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Both directions of the traffic, readable.",
	causes: [
		"a master or outstation that implements DNP3 carelessly",
		"a serial line behind a terminal server, whose noise comes through",
		"another protocol on the DNP3 port",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the outstation still answers and the master still shows its values: such messages have stopped both.",
	],
};

export const ILLEGAL_FUNCTION: DetectionRecord = {
	id: "dnp3-illegal-function",
	title: "DNP3 function code that does not exist",
	nature: "fact",
	severity: 60,
	techniques: ["T0866", "T0814"],
	needs: REQUESTS,
	causes: ["a scanner or fuzzer in a planned security test", "a faulty master"],
	advice: [
		"Ask whether a test is announced; no plant software sends this.",
		"Find the program on the client that sends it.",
		"Check that the outstation still answers.",
	],
};

export const OPERATE_WITHOUT_SELECT: DetectionRecord = {
	id: "dnp3-operate-without-select",
	title: "DNP3 operate without its select",
	nature: "fact",
	severity: 60,
	techniques: ["T0855"],
	needs: "The client's requests, readable and without loss, since before the select.",
	causes: ["a master that implements select before operate carelessly", "a test tool", "a select that went over another connection"],
	advice: [
		"Check what the outstation did: one that keeps to the standard refuses such an operate (status 2, no select).",
		"Compare what was operated with what the master's operators wanted to operate.",
		"If nobody did it, isolate the client: it, or somebody between it and the outstation, sends controls that nobody chose.",
	],
};

export const PASSWORD_IN_CLEAR: DetectionRecord = {
	id: "dnp3-password-in-clear",
	title: "Password for the files of an outstation sent in clear",
	nature: "fact",
	severity: 50,
	techniques: ["T0859", "T0842"],
	needs: REQUESTS,
	causes: ["an engineering tool or a master that fetches files by user name and password", "an outstation that knows no better way"],
	advice: [
		"Take the password for known: change it.",
		"Use secure authentication, or carry the connection in TLS.",
		"Look at who else could have listened on this network.",
	],
};

export const UNASKED_RESPONSE: DetectionRecord = {
	id: "dnp3-unasked-response",
	title: "DNP3 response that nobody asked for",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0830", "T0856"],
	needs:
		"Both directions of the traffic over TCP, readable and without loss, of a connection on which responses fit since ten seconds or more.",
	causes: [
		"an outstation that answers after the master has long given up",
		"an outstation or a gateway that answers twice",
		"another master's answers, which a gateway sends to all",
	],
	advice: [
		"Look at the frames named in the evidence: does the response come from the outstation's MAC address?",
		"Compare the value shown on the master with the one at the machine.",
		"If it began suddenly, look for a device between master and outstation (ARP alerts, a new MAC address).",
	],
};

export const RESTARTED: DetectionRecord = {
	id: "dnp3-restarted",
	title: "Outstation says that it was restarted",
	nature: "fact",
	severity: 45,
	techniques: ["T0816", "T0814"],
	needs: "The outstation's responses before and after, on one connection.",
	causes: ["a loss of power at the outstation", "an engineer who restarted it", "a watchdog that restarted it"],
	advice: [
		"Ask who restarted it, or whether power was lost there.",
		"Look at what was sent to it just before: a message that it cannot digest restarts it too.",
		"Check its clock, its outputs and its configuration: a restart may have set them back.",
	],
};

export const CONFIGURATION_CORRUPT: DetectionRecord = {
	id: "dnp3-configuration-corrupt",
	title: "Outstation says that its configuration is corrupt",
	nature: "fact",
	severity: 60,
	techniques: ["T0889", "T0836"],
	needs: "The outstation's responses before and after, on one connection.",
	causes: ["a download that was broken off", "memory that fails with age"],
	advice: [
		"Check whether the outstation still does its work, and what it falls back to.",
		"Ask who changed its configuration last, and compare it with the released one.",
		"Look at what was sent to it just before.",
	],
};

const FIRST: Threshold = {
	value:
		"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the outstation's masters are",
	why: "A master that does so as a part of its work, as most do when they connect, has done so while that was learned.",
};

const REPORTING: DetectionRecord = {
	id: "dnp3-reporting-changed",
	title: "What an outstation reports by itself changed for the first time",
	nature: "deviation",
	severity: 55,
	techniques: ["T0804", "T0838", "T0878"],
	needs: REQUESTS,
	threshold: FIRST,
	causes: [
		"a master that was set up anew: many switch unsolicited responses off and on when they connect",
		"an engineer who tunes what is reported",
	],
	advice: [
		"Look at which it was: reports switched off, points put into another class, or a wider deadband; each hides changes from the master.",
		"Check that the master still gets what it should, and that it polls what is no longer reported.",
		ISOLATE,
	],
};

const TERMINAL: DetectionRecord = {
	id: "dnp3-virtual-terminal",
	title: "Virtual terminal of an outstation used for the first time",
	nature: "deviation",
	severity: 60,
	techniques: ["T0807"],
	needs: REQUESTS,
	threshold: FIRST,
	causes: ["an engineer who configures the outstation by its command line", "a service tool of its maker"],
	advice: [
		ASK,
		"Read what was typed: it is in the capture as it was sent, in clear.",
		"If nobody did it, isolate the client: a command line can do more than DNP3.",
	],
};

const IDENTIFICATION: DetectionRecord = {
	id: "dnp3-identification",
	title: "Outstation asked for the first time what it is",
	nature: "deviation",
	severity: 45,
	techniques: ["T0888"],
	needs: REQUESTS,
	threshold: FIRST,
	causes: [
		"an inventory system or an engineering tool that looks which device and firmware it talks to",
		"a master whose driver was updated and asks when it connects",
	],
	advice: [
		"Ask the owner of the client whether its software was changed, or an inventory is being made.",
		"Look at what it does next: whoever prepares an attack asks first which device and firmware he has before him.",
		"If nobody knows of it, isolate the client.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [
	MALFORMED,
	ILLEGAL_FUNCTION,
	OPERATE_WITHOUT_SELECT,
	PASSWORD_IN_CLEAR,
	UNASKED_RESPONSE,
	RESTARTED,
	CONFIGURATION_CORRUPT,
	REPORTING,
	TERMINAL,
	IDENTIFICATION,
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_RESTART,
	CONTROLLER_SILENCED,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	CREDENTIAL_CHANGE,
	CLOCK_SET,
];

const REPORTING_CODES: ReadonlySet<number> = new Set([
	FUNCTION.disableUnsolicited,
	FUNCTION.assignClass,
	operationCode(FUNCTION.write, SUBJECT.deadbands),
]);

/** What the first use of a function is called; `code` is that of an operation. */
export function firstUseOf(code: number, verb: Verb): DetectionRecord | undefined {
	if (verb === "identify") return IDENTIFICATION;
	if (code === operationCode(FUNCTION.write, SUBJECT.time)) return CLOCK_SET;
	if (code === operationCode(FUNCTION.write, SUBJECT.terminal)) return TERMINAL;
	return REPORTING_CODES.has(code) ? REPORTING : undefined;
}

/** What a request wants: its record, and the words behind "asked to". */
const REQUESTED: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[FUNCTION.coldRestart, [CONTROLLER_RESTART, "restart as if power had been lost"]],
	[FUNCTION.warmRestart, [CONTROLLER_RESTART, "restart its communication"]],
	[FUNCTION.initializeData, [CONTROLLER_RESTART, "set its data back to how they begin"]],
	[FUNCTION.initializeApplication, [CONTROLLER_RESTART, "initialise an application"]],
	[FUNCTION.startApplication, [CONTROLLER_START, "start an application"]],
	[FUNCTION.stopApplication, [CONTROLLER_STOP, "stop an application"]],
	[FUNCTION.activateConfiguration, [PROGRAM_DOWNLOAD, "take over a new configuration"]],
]);

/** Violations that are attacks on a parser or broken programs; an object that the library does not have is only recorded. */
const ALARMING =
	VIOLATION.framing |
	VIOLATION.headerChecksum |
	VIOLATION.dataChecksum |
	VIOLATION.linkData |
	VIOLATION.fragment |
	VIOLATION.direction |
	VIOLATION.qualifier |
	VIOLATION.range |
	VIOLATION.objectLength;

/** What each says, in words. */
const VIOLATION_SENTENCES: Readonly<Record<string, string>> = {
	framing: "bytes that are no DNP3 where a frame should begin",
	"header-checksum": "a frame whose header has a wrong checksum",
	"data-checksum": "a frame whose data have a wrong checksum",
	"link-data": "a frame whose function and data do not fit",
	fragment: "a message without its function or its indications",
	direction: "a message that only the other side sends",
	qualifier: "a qualifier that does not exist or does not fit its objects",
	range: "a range that ends before it begins",
	"object-length": "objects that are shorter than announced",
};

export function detect(o: Dnp3Observation, flow: FlowView, report: ReportFact): void {
	if (o.kind === "request") {
		detectRequest(o, report);
		detectControls(o, report);
	}
	if (o.isRestarted || o.isCorrupted) detectState(o, report);
	// A datagram may be lost unseen.
	if (o.isUnasked && flow.transport === "tcp") {
		report({
			record: UNASKED_RESPONSE,
			sentence: `{server} sent {client} a response that nobody asked for (outstation ${o.outstation}), on a connection of which every request was seen; an outstation that speaks unasked says so.`,
			key: `${o.outstation}`,
			frames: [o.frame],
			byServer: true,
		});
	}
	if (o.violations === 0) return;
	if (o.violations & VIOLATION.functionCode && !o.isFromServer) {
		report({
			record: ILLEGAL_FUNCTION,
			sentence: `{client} sent ${place(o)} function ${o.functionCode}, which does not exist.`,
			key: `${o.outstation} ${o.functionCode}`,
			frames: [o.frame],
		});
		return;
	}
	const alarming = o.violations & ALARMING;
	if (alarming === 0) return;
	const what = violationWords(alarming)
		.map((word) => VIOLATION_SENTENCES[word])
		.join(", and ");
	const where = o.functionCode >= 0 ? ` (${functionName(o.functionCode)}, function ${o.functionCode})` : "";
	report({
		record: MALFORMED,
		sentence: o.isFromServer ? `{server} sent {client} ${what}${where}.` : `{client} sent ${place(o)} ${what}${where}.`,
		key: o.outstation >= 0 ? `${o.outstation}` : "",
		frames: [o.frame],
		...(o.isFromServer && { byServer: true }),
	});
}

/** "outstation 4 of {server}". */
const place = ({ outstation }: Dnp3Observation): string =>
	outstation < 0 ? "{server}" : isBroadcast(outstation) ? "all outstations of {server}" : `outstation ${outstation} of {server}`;

function detectRequest(o: Dnp3Observation, report: ReportFact): void {
	const { functionCode } = o;
	if (functionCode < FUNCTION.coldRestart) return;
	const request = (record: DetectionRecord, words: string, key = "") =>
		report(
			engineeringFact({
				record,
				controller: place(o),
				words,
				name: `DNP3, function ${functionCode}`,
				key: `${o.outstation} ${key}`.trimEnd(),
				frames: [o.frame],
				operation: operationOf(o),
			}),
		);
	const asked = REQUESTED.get(functionCode);
	if (asked !== undefined) request(...asked);
	else if (o.isSilencing) request(CONTROLLER_SILENCED, "no longer report by itself what changes, after it had been told to");
	else if (functionCode === FUNCTION.openFile || functionCode === FUNCTION.deleteFile) {
		for (const { fileName = "", mode } of filesOf(o.objects, o.bytes)) {
			if (functionCode === FUNCTION.deleteFile) request(PROGRAM_DELETE, `delete the file ${fileName}`, fileName);
			else if (isWriting(mode)) request(PROGRAM_DOWNLOAD, `take the file ${fileName}`, fileName);
			else if (!isDirectory(fileName)) request(PROGRAM_UPLOAD, `give out the file ${fileName}`, fileName);
		}
	} else if (functionCode === FUNCTION.authenticateFile) {
		for (const { userName = "", hasPassword } of filesOf(o.objects, o.bytes)) {
			if (hasPassword !== true) continue;
			report({
				record: PASSWORD_IN_CLEAR,
				sentence: `{client} sent ${place(o)} the password of ${userName === "" ? "a user" : `the user ${userName}`} in clear; whoever listens can use it.`,
				key: `${o.outstation} ${userName}`,
				frames: [o.frame],
				operation: operationOf(o),
			});
		}
	} else if (functionCode === FUNCTION.authenticate && subjectOf(functionCode, o.objects) === SUBJECT.users) {
		request(CREDENTIAL_CHANGE, "change its users or their keys");
	}
}

function detectControls(o: Dnp3Observation, report: ReportFact): void {
	if ((o.violations & (VIOLATION.noSelect | VIOLATION.otherSelect)) === 0) return;
	const operation = operationOf(o);
	const points = operation.points.join(", ");
	const how = o.violations & VIOLATION.otherSelect ? "that is not what it selected before" : "that no select came before";
	report({
		record: OPERATE_WITHOUT_SELECT,
		sentence: `{client} sent ${place(o)} an operate (${points || "no point"}) ${how}; the two go together so that no single message moves anything.`,
		key: `${o.outstation}`,
		frames: o.selectFrame > 0 ? [o.selectFrame, o.frame] : [o.frame],
		operation,
	});
}

function detectState(o: Dnp3Observation, report: ReportFact): void {
	const say = (record: DetectionRecord, words: string) =>
		report({
			record,
			sentence: `Outstation ${o.outstation} of {server} says ${words}; its responses before did not.`,
			key: `${o.outstation}`,
			frames: [o.frame],
			byServer: true,
		});
	if (o.isRestarted) say(RESTARTED, "that it was restarted");
	if (o.isCorrupted) say(CONFIGURATION_CORRUPT, "that its configuration is corrupt");
}

/** Points that an alert shows. */
const SHOWN = 8;

function operationOf(o: Dnp3Observation): DetectionOperation {
	const { objects, bytes, functionCode } = o;
	const subject = subjectOf(functionCode, objects);
	const code = operationCode(functionCode, subject);
	const points: string[] = [];
	let pointCount = 0;
	for (let header = 0; header < objects.count; header++) {
		const space = SPACES[spaceOf(objects.group[header]!)];
		if (space === undefined) continue;
		const isRange = (objects.qualifier[header]! & 15) < RANGE.all;
		pointCount += isRange ? objects.quantity[header]! : objects.whole[header]!;
		objects.begin(header);
		while (points.length < SHOWN && objects.next(bytes)) if (objects.point.index >= 0) points.push(`${space}:${objects.point.index}`);
	}
	return {
		verb: verbOf(functionCode, subject),
		name: operationName(code),
		code,
		...(o.outstation >= 0 && { unit: o.outstation }),
		points,
		pointCount,
		values: [],
		outcome: "requested",
	};
}
