/**
 * What is suspicious in S7comm-plus by itself: what a programming tool does to a controller, as far as it can be read, and a message that breaks the protocol. Whether reads, writes and sessions
 * are usual here, the learner tells. Technique ids are those of ATT&CK for ICS v18.
 */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	CREDENTIAL_CHANGE,
	engineeringFact,
	FIRMWARE_CHANGE,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
} from "../../src/detect/engineering.ts";
import { FUNCTION, functionName, ID, isBlockObject, operationName, STATE_OPERATION, STATE_REQUEST } from "./codes.ts";
import type { PlusObservation, Violation } from "./observation.ts";
import { blocksOf, isDownload, isStateRequest } from "./operations.ts";

export const MALFORMED: DetectionRecord = {
	id: "s7comm-plus-malformed",
	title: "Malformed S7comm-plus message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Either direction, readable.",
	causes: [
		"a client that implements S7comm-plus carelessly",
		"another protocol on the same port",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the controller still runs and answers its usual clients.",
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
	FIRMWARE_CHANGE,
	CREDENTIAL_CHANGE,
	MALFORMED,
];

const WORDS: Readonly<Record<Violation, string>> = {
	foreign: "bytes that are no packet of ISO transport",
	unfinished: "a packet whose rest never came",
	long: "a message that never ended",
	"protocol-id": "contents of another protocol",
	version: "a version that does not exist",
	length: "lengths that do not fit",
	opcode: "a kind of message that does not exist",
	function: "a function that does not exist",
	parameters: "parameters of the connection that do not fit",
};

interface Asked {
	readonly record: DetectionRecord;
	readonly words: string;
	readonly verb: "command" | "program" | "write";
}

const STATES: Readonly<Record<number, readonly [DetectionRecord, string]>> = {
	[STATE_REQUEST.stop]: [CONTROLLER_STOP, "stop"],
	[STATE_REQUEST.resetRetentive]: [CONTROLLER_RESTART, "reset its memory"],
	[STATE_REQUEST.run]: [CONTROLLER_START, "start"],
	[STATE_REQUEST.runRedundant]: [CONTROLLER_START, "start as one of a redundant pair"],
};

/** Attributes that hold the code of a block, or its source. */
const CODE: ReadonlySet<number> = new Set([ID.code, ID.bodyDescription]);
const PROTECTION: ReadonlySet<number> = new Set([ID.protectionLevel, ID.protectionPassword, ID.failsafePassword]);

function askedOf(o: PlusObservation): Asked | undefined {
	const code = o.functionCode;
	const isWriting = code === FUNCTION.setVariable || code === FUNCTION.setMultiVariables || code === FUNCTION.setVarSubStreamed;
	if (isStateRequest(o)) {
		const at = o.attributes.indexOf(ID.operatingStateRequest);
		const [record, words] = STATES[o.items[at]?.value ?? -1] ?? [CONTROLLER_MODE, "change its operating mode"];
		return { record, words, verb: "command" };
	}
	if (isWriting && o.attributes.some((id) => id === ID.rootMemoryReset || id === ID.rootReset))
		return { record: CONTROLLER_RESTART, words: "reset itself", verb: "command" };
	if (isWriting && o.attributes.some((id) => PROTECTION.has(id)))
		return { record: CREDENTIAL_CHANGE, words: "change its protection", verb: "write" };
	if (o.objectId === ID.theFWpackage && (isWriting || code === FUNCTION.createObject))
		return { record: FIRMWARE_CHANGE, words: "take firmware", verb: "program" };
	if (isDownload(o)) {
		const blocks = blocksOf(o).join(" ");
		return {
			record: PROGRAM_DOWNLOAD,
			words: blocks === "" ? "take a program" : `take ${blocks} as a part of its program`,
			verb: "program",
		};
	}
	if (code === FUNCTION.deleteObject && isBlockObject(o.objectId))
		return { record: PROGRAM_DELETE, words: `delete ${o.object} of its program`, verb: "program" };
	const isReading =
		code === FUNCTION.explore ||
		code === FUNCTION.getVariable ||
		code === FUNCTION.getMultiVariables ||
		code === FUNCTION.getVarSubStreamed;
	if (isReading && o.attributes.some((id) => CODE.has(id)))
		return { record: PROGRAM_UPLOAD, words: "give out code of its program", verb: "program" };
	return undefined;
}

export function detect(o: PlusObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		const violation = o.violation === "" ? "length" : o.violation;
		report({
			record: MALFORMED,
			sentence: `A message of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as S7comm-plus: ${WORDS[violation]}.`,
			key: violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.kind !== "request" || o.isFromServer) return;
	const asked = askedOf(o);
	if (asked === undefined) return;
	const { record, words, verb } = asked;
	const code = isStateRequest(o) ? STATE_OPERATION : o.functionCode;
	const points = blocksOf(o);
	report(
		engineeringFact({
			record,
			words,
			name: `S7comm-plus, ${functionName(o.functionCode)}`,
			key: "",
			frames: [o.frame],
			operation: { verb, code, name: operationName(code), points: points.slice(0, 16), pointCount: points.length },
		}),
	);
}
