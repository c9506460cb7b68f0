/** What is suspicious in the MELSEC communication protocol by itself. Technique ids are those of ATT&CK for ICS v18. */
import { accessFact, CLEARTEXT_PASSWORD } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	DEVICE_ADDRESS,
	engineeringFact,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
} from "../../src/detect/engineering.ts";
import { COMMAND, COMMANDS, commandName, hex4, operationName } from "./codes.ts";
import type { MelsecObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "melsec-malformed",
	title: "Malformed message of the MELSEC protocol",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Traffic of the MELSEC communication protocol, readable.",
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

export const detections: readonly DetectionRecord[] = [
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	DEVICE_ADDRESS,
	CLEARTEXT_PASSWORD,
	MALFORMED,
];

const ASKED: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[COMMAND.run, [CONTROLLER_START, "run"]],
	[COMMAND.stop, [CONTROLLER_STOP, "stop"]],
	[COMMAND.pause, [CONTROLLER_MODE, "pause, with its outputs as they are"]],
	[COMMAND.latchClear, [CONTROLLER_RESTART, "clear what it keeps without power"]],
	[COMMAND.reset, [CONTROLLER_RESTART, "reset itself"]],
	[COMMAND.newFile, [PROGRAM_DOWNLOAD, "make a new file"]],
	[COMMAND.writeFile, [PROGRAM_DOWNLOAD, "take a part of a file"]],
	[COMMAND.copyFile, [PROGRAM_DOWNLOAD, "copy a file"]],
	[COMMAND.readFile, [PROGRAM_UPLOAD, "give out a part of a file"]],
	[COMMAND.deleteFile, [PROGRAM_DELETE, "delete a file"]],
	[COMMAND.setAddress, [DEVICE_ADDRESS, "take another address"]],
] as const);

export function detect(o: MelsecObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	if (o.kind !== "request") return;
	if (o.command === COMMAND.unlock) password(o, report);
	const asked = ASKED.get(o.command);
	if (asked === undefined) return;
	report(
		engineeringFact({
			record: asked[0],
			...(o.unit >= 0 && { controller: `unit ${o.unit} of {server}` }),
			words: asked[1],
			name: `MELSEC protocol, command ${hex4(o.command)}`,
			key: o.unit >= 0 ? String(o.unit) : "",
			frames: [o.frame],
			operation: {
				verb: COMMANDS.get(o.command)!.verb,
				code: o.command,
				name: operationName(o.command),
				...(o.unit >= 0 && { unit: o.unit }),
			},
		}),
	);
}

function password(o: MelsecObservation, report: ReportFact): void {
	report(
		accessFact({
			record: CLEARTEXT_PASSWORD,
			words: `{client} sent {server} its remote password (MELSEC protocol, command ${hex4(o.command)})`,
			against: "the protocol has no encryption, and who reads it can unlock the controller",
			key: "",
			frames: [o.frame],
		}),
	);
}

const WORDS: Readonly<Record<string, string>> = {
	header: "it does not begin as a frame does",
	unfinished: "its end never came",
	parameters: "what it says does not fit its command",
};

function malformed(o: MelsecObservation, report: ReportFact): void {
	const what = o.command >= 0 ? ` (${o.endCode >= 0 ? "answer to " : ""}${commandName(o.command)})` : "";
	report({
		record: MALFORMED,
		sentence: `A message${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks the MELSEC protocol: ${WORDS[o.violation]!}.`,
		key: `${o.violation}/${o.command}`,
		frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
		byServer: o.isFromServer,
	});
}
