/** What is suspicious in FINS by itself, and what deserves a word when a client first does it. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_MODE,
	CONTROLLER_RESERVED,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	CREDENTIAL_CHANGE,
	DEVICE_ADDRESS,
	engineeringFact,
	MEMORY_WRITE,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import { AREAS, COMMAND, codeName, commandName, indexAt, modeName, operationName, parameterAreaName, SPACES, spaceAt } from "./codes.ts";
import type { FinsObservation } from "./observation.ts";
import { isForcing, isProgramFile, TO_MEMORY, verbOf } from "./operations.ts";

/** Points named in one fact. */
const NAMED = 16;

const MALFORMED: DetectionRecord = {
	id: "fins-malformed",
	title: "Malformed FINS message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Traffic of FINS, readable.",
	causes: ["a driver that implements FINS carelessly", "an engineer's test tool", "messages damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one station?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the controller still answers its usual clients.",
	],
};

const LOG_CLEARED: DetectionRecord = {
	id: "fins-log-cleared",
	title: "Log of errors or of accesses cleared in an Omron controller",
	nature: "fact",
	severity: 55,
	techniques: ["T0872"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who clears old errors after a repair"],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Look at what the same client did before: whoever clears the log of accesses hides them.",
		"If nobody did it, isolate the client.",
	],
};

export const detections: readonly DetectionRecord[] = [
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_RESERVED,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	MEMORY_WRITE,
	CREDENTIAL_CHANGE,
	DEVICE_ADDRESS,
	VALUES_FORCED,
	CLOCK_SET,
	MALFORMED,
	LOG_CLEARED,
];

/** What the first use of a command is called. */
export const firstUseOf = (code: number): DetectionRecord | undefined => (code === COMMAND.clockWrite ? CLOCK_SET : undefined);

export function detect(o: FinsObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	if (o.kind !== "request" || o.isRepeat) return;
	const asked = askedOf(o);
	if (asked === undefined) return;
	const points = forcedPoints(o);
	report(
		engineeringFact({
			record: asked[0],
			...(o.unit >= 0 && { controller: `unit ${o.unit} of {server}` }),
			words: asked[1],
			name: `FINS, command ${codeName(o.command)}`,
			key: o.unit >= 0 ? String(o.unit) : "",
			frames: [o.frame],
			operation: {
				verb: verbOf(o),
				code: o.command,
				name: operationName(o.command),
				...(o.unit >= 0 && { unit: o.unit }),
				...(points.length > 0 && { points, pointCount: o.itemCount, values: points.map(() => null) }),
			},
		}),
	);
}

/** Mode RUN, and MONITOR, in which a controller runs and lets itself be changed; it is the mode where the command names none. */
const RUNNING: ReadonlySet<number> = new Set([-1, 2, 4]);

function askedOf(o: FinsObservation): readonly [DetectionRecord, string] | undefined {
	switch (o.command) {
		case COMMAND.run: {
			const mode = o.mode >= 0 ? o.mode : 2;
			return RUNNING.has(o.mode)
				? [CONTROLLER_START, `run, in ${modeName(mode)} mode`]
				: [CONTROLLER_MODE, `change to ${modeName(mode)} mode`];
		}
		case COMMAND.stop:
			return [CONTROLLER_STOP, "stop, as PROGRAM mode does"];
		case COMMAND.reset:
			return [CONTROLLER_RESTART, "reset itself"];
		case COMMAND.accessAcquire:
			return [CONTROLLER_RESERVED, "give it the right of access, which no other client then has"];
		case COMMAND.accessForced:
			return [CONTROLLER_RESERVED, "give it the right of access, and to take it from who has it"];
		case COMMAND.programRead:
			return [PROGRAM_UPLOAD, `give out ${programOf(o.program)}`];
		case COMMAND.programWrite:
			return [PROGRAM_DOWNLOAD, `take ${programOf(o.program)}`];
		case COMMAND.programClear:
			return [PROGRAM_DELETE, `clear ${programOf(o.program)}`];
		case COMMAND.protect:
			return [CREDENTIAL_CHANGE, "protect its program with a password"];
		case COMMAND.protectClear:
			return [CREDENTIAL_CHANGE, "take the protection from its program"];
		case COMMAND.parameterWrite:
			return [MEMORY_WRITE, `take other settings (${parameterAreaName(o.parameterArea)})`];
		case COMMAND.parameterClear:
			return [MEMORY_WRITE, `clear its settings (${parameterAreaName(o.parameterArea)})`];
		case COMMAND.linkTableWrite:
			return [MEMORY_WRITE, "take another data link table"];
		case COMMAND.nameSet:
		case COMMAND.nameDelete:
			return [DEVICE_ADDRESS, o.command === COMMAND.nameSet ? "take another name" : "forget its name"];
		case COMMAND.addressTableWrite:
			return [DEVICE_ADDRESS, "take another table of addresses"];
		case COMMAND.addressWrite:
			return [DEVICE_ADDRESS, `take the address ${o.details?.ipAddress ?? "?"}`];
		case COMMAND.forcedSet:
			return isForcing(o) ? [VALUES_FORCED, `hold ${o.count === 1 ? "a bit" : `${o.count} bits`} at a value`] : undefined;
		case COMMAND.errorLogClear:
			return [LOG_CLEARED, "clear its log of errors"];
		case COMMAND.writeLogClear:
			return [LOG_CLEARED, "clear its log of who wrote to it"];
		default:
			return o.command >> 8 === 0x22 ? fileAsked(o) : undefined;
	}
}

const ALL_PROGRAMS = 0xffff;
const programOf = (program: number): string => (program === ALL_PROGRAMS || program < 0 ? "its program memory" : `program ${program}`);

/** What is done with files that hold a program, or go to where one runs. */
function fileAsked(o: FinsObservation): readonly [DetectionRecord, string] | undefined {
	const file = o.details?.files?.[0] ?? "";
	switch (o.command) {
		case COMMAND.programFile:
			if (o.parameter === TO_MEMORY) return [PROGRAM_DOWNLOAD, `take its program from the file ${file}`];
			return o.parameter === 0 ? [PROGRAM_UPLOAD, `put its program into the file ${file}`] : undefined;
		case COMMAND.parameterFile:
			return o.parameter === TO_MEMORY
				? [MEMORY_WRITE, `take other settings (${parameterAreaName(o.parameterArea)}) from the file ${file}`]
				: undefined;
		case COMMAND.fileRead:
			return isProgramFile(o) ? [PROGRAM_UPLOAD, `give out the file ${file}`] : undefined;
		case COMMAND.fileWrite:
			return isProgramFile(o) ? [PROGRAM_DOWNLOAD, `take the file ${file}`] : undefined;
		case COMMAND.fileDelete:
			return isProgramFile(o) ? [PROGRAM_DELETE, `delete the file ${file}`] : undefined;
		case COMMAND.format:
			return [PROGRAM_DELETE, "format its file memory"];
		default:
			return undefined;
	}
}

function forcedPoints(o: FinsObservation): string[] {
	if (o.command !== COMMAND.forcedSet) return [];
	const points: string[] = [];
	for (let index = 0; index < o.itemCount && points.length < NAMED; index++) {
		const area = AREAS[o.areas[index]!];
		const address = o.addresses[index]!;
		if (area !== undefined) points.push(`${SPACES[spaceAt(area, address)]}:${indexAt(area, address, o.bits[index]!)}`);
	}
	return points;
}

const WORDS: Readonly<Record<string, string>> = {
	magic: "it does not begin as a message of FINS/TCP does",
	length: "its length fits no message",
	header: "it holds no FINS frame",
	"tcp-command": "FINS/TCP has no such command",
	unfinished: "its end never came",
	parameters: "what it says does not fit its command",
};

function malformed(o: FinsObservation, report: ReportFact): void {
	const what = o.command >= 0 ? ` (${o.endCode >= 0 ? "answer to " : ""}${commandName(o.command)})` : "";
	report({
		record: MALFORMED,
		sentence: `A message${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks FINS: ${WORDS[o.violation]!}.`,
		key: `${o.violation}/${o.command}`,
		frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
		byServer: o.isFromServer,
	});
}
