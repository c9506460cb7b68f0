/**
 * What is suspicious in S7comm by itself: what a programming tool does to a controller, a password that anyone can read, a message that breaks the protocol. Whether reads, writes and
 * connections are usual here, the learner tells. Technique ids are those of ATT&CK for ICS v18.
 */
import type { Verb } from "../../src/decode/protocol.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	engineeringFact,
	MEMORY_WRITE,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_HALT,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import {
	FUNCTION,
	functionName,
	GROUP,
	groupName,
	NC,
	operationName,
	PROGRAMMER,
	ROSCTR,
	SECURITY,
	SERVICE_OPERATION,
	serviceNumber,
	subFunctionName,
	TIME,
	TYPE,
	userdataOperation,
} from "./codes.ts";
import type { S7Observation, Violation } from "./observation.ts";

export const MALFORMED: DetectionRecord = {
	id: "s7comm-malformed",
	title: "Malformed S7comm message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Either direction, readable.",
	causes: [
		"a client or controller that implements S7comm carelessly",
		"another protocol on the same port",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the controller still runs and answers its usual clients.",
	],
};

export const PASSWORD_IN_CLEAR: DetectionRecord = {
	id: "s7comm-password-in-clear",
	title: "Password of a controller sent so that anyone can read it",
	nature: "fact",
	severity: 45,
	techniques: ["T0859", "T0842"],
	needs: "The client's requests, readable.",
	causes: ["an engineer at work on a protected S7-300 or S7-400", "a station that is configured with the controller's password"],
	advice: [
		"Take the password for known: the protocol only shuffles its letters.",
		"Ask the engineer on duty whether this was intended.",
		"Look at what the same client did next, and who else could have listened on this network.",
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
	PROGRAM_HALT,
	VALUES_FORCED,
	MEMORY_WRITE,
	MALFORMED,
	PASSWORD_IN_CLEAR,
	CLOCK_SET,
];

const WORDS: Readonly<Record<Violation, string>> = {
	foreign: "bytes that are no packet of ISO transport",
	unfinished: "a packet whose rest never came",
	long: "a message that never ended",
	"protocol-id": "contents of another protocol",
	rosctr: "a kind of message that does not exist",
	length: "lengths that do not fit",
	parameters: "parameters that do not fit their function",
	items: "addresses that do not fit their number",
	data: "data that does not fit its length",
};

/** What is asked for: the record, words behind "asked to", and the verb. */
interface Asked {
	readonly record: DetectionRecord;
	readonly words: string;
	readonly verb: Verb;
	readonly code: number;
	readonly name: string;
}

const SERVICE_FACTS: Readonly<Record<string, readonly [DetectionRecord, string, Verb]>> = {
	_INSE: [PROGRAM_DOWNLOAD, "take a block that it was given into its program", "program"],
	_INS2: [PROGRAM_DOWNLOAD, "take a block that it was given into its program", "program"],
	_DELE: [PROGRAM_DELETE, "delete a block of its program", "program"],
	_MODU: [MEMORY_WRITE, "copy its work memory into its load memory", "program"],
	// Of numerical controls.
	_N_F_DELE: [PROGRAM_DELETE, "delete a file", "program"],
};

const PROGRAMMER_FACTS: Readonly<Record<number, readonly [DetectionRecord, string, Verb]>> = {
	[PROGRAMMER.modify]: [VALUES_FORCED, "take values for its variables from the programming tool", "write"],
	[PROGRAMMER.force]: [VALUES_FORCED, "hold values of its variables", "write"],
	[PROGRAMMER.breakpoint]: [PROGRAM_HALT, "halt its program at a breakpoint", "command"],
	[PROGRAMMER.exitHold]: [CONTROLLER_MODE, "leave HOLD", "command"],
	[PROGRAMMER.memoryReset]: [CONTROLLER_RESTART, "reset its memory", "command"],
};

function askedOf(o: S7Observation): Asked | undefined {
	if (o.rosctr === ROSCTR.userdata) return askedOfUserdata(o);
	const code = o.functionCode;
	const about = o.subject === "" ? "a block" : o.subject;
	switch (code) {
		case FUNCTION.plcStop:
			return { record: CONTROLLER_STOP, words: "stop", verb: "command", code, name: functionName(code) };
		case FUNCTION.requestDownload:
			return { record: PROGRAM_DOWNLOAD, words: `take ${about} as a part of its program`, verb: "program", code, name: functionName(code) };
		case FUNCTION.startUpload:
			return { record: PROGRAM_UPLOAD, words: `give out ${about} of its program`, verb: "program", code, name: functionName(code) };
		case FUNCTION.programService:
			return askedOfService(o);
		default:
			return undefined;
	}
}

function askedOfService(o: S7Observation): Asked | undefined {
	const code = SERVICE_OPERATION + serviceNumber(o.name);
	const name = `PI-Service ${o.name}`;
	if (o.name === "P_PROGRAM") {
		const isCold = o.subject.startsWith("C");
		return { record: CONTROLLER_START, words: isCold ? "start cold, without what it remembered" : "start", verb: "command", code, name };
	}
	const fact = SERVICE_FACTS[o.name];
	if (fact === undefined) return undefined;
	const [record, words, verb] = fact;
	return { record, words: o.subject === "" ? words : `${words} (${o.subject})`, verb, code, name };
}

function askedOfUserdata(o: S7Observation): Asked | undefined {
	if (o.type !== TYPE.request && o.type !== TYPE.ncRequest) return undefined;
	const code = userdataOperation(o.group, o.subFunction);
	const name = `${groupName(o.group)}, ${subFunctionName(o.group, o.subFunction)}`;
	if (o.group === GROUP.programmer) {
		const fact = PROGRAMMER_FACTS[o.subFunction];
		return fact && { record: fact[0], words: fact[1], verb: fact[2], code, name };
	}
	if (o.group !== GROUP.ncProgramming) return undefined;
	if (o.subFunction === NC.requestDownload) return { record: PROGRAM_DOWNLOAD, words: "take a program", verb: "program", code, name };
	if (o.subFunction === NC.startUpload) return { record: PROGRAM_UPLOAD, words: "give out a program", verb: "program", code, name };
	return undefined;
}

export function detect(o: S7Observation, report: ReportFact): void {
	if (o.kind === "malformed") {
		// A client can ask for no less than a controller can answer: who sent it did it.
		const violation = o.violation === "" ? "length" : o.violation;
		report({
			record: MALFORMED,
			sentence: `A message of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as S7comm: ${WORDS[violation]}.`,
			key: violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.kind !== "request" || o.isContinuation || o.isFromServer) return;
	if (o.group === GROUP.security && o.subFunction === SECURITY.password && o.type === TYPE.request) {
		report({
			record: PASSWORD_IN_CLEAR,
			sentence: "{client} sent {server} a password that anyone on the network can read: S7comm only shuffles its letters.",
			key: "",
			frames: [o.frame],
		});
		return;
	}
	const asked = askedOf(o);
	if (asked === undefined) return;
	const { record, words, verb, code, name } = asked;
	report(
		engineeringFact({
			record,
			words,
			name: `S7comm, ${name}`,
			key: "",
			frames: [o.frame],
			operation: { verb, code, name: operationName(code), ...pointsOf(o) },
		}),
	);
}

const MAX_POINTS = 16;

function pointsOf(o: S7Observation): { points: string[]; pointCount: number } {
	const names = o.watch?.names ?? (o.subject === "" ? [] : [o.subject]);
	return { points: names.slice(0, MAX_POINTS), pointCount: names.length };
}

/** Setting a clock has a word of its own where a client never did. */
export function firstUse(code: number): DetectionRecord | undefined {
	return code === userdataOperation(GROUP.time, TIME.set) || code === userdataOperation(GROUP.time, TIME.setFollowing)
		? CLOCK_SET
		: undefined;
}
