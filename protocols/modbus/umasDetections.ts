/**
 * What an engineering station does to a Modicon PLC over UMAS: rare, and never done by a plant's own traffic. Reading variables, identification and
 * keep-alives are silent: whether they are usual here, the learner tells.
 */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CONTROLLER_MODE,
	CONTROLLER_RESERVED,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	engineeringFact,
	MEMORY_WRITE,
	PROGRAM_DOWNLOAD,
	PROGRAM_HALT,
	PROGRAM_UPLOAD,
} from "../../src/detect/engineering.ts";
import type { ModbusObservation } from "./observation.ts";
import { operationName } from "./operations.ts";
import { UMAS, UMAS_OPERATION, umasCodeOf, umasVerb } from "./umas.ts";

export const UMAS_DETECTIONS: readonly DetectionRecord[] = [
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_RESTART,
	CONTROLLER_MODE,
	PROGRAM_HALT,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	CONTROLLER_RESERVED,
	MEMORY_WRITE,
];

/** What a request wants: its record, and the words behind "asked to". */
const FACTS: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[UMAS.stopPlc, [CONTROLLER_STOP, "stop"]],
	[UMAS.startPlc, [CONTROLLER_START, "start"]],
	[UMAS.initializePlc, [CONTROLLER_RESTART, "initialise itself"]],
	[UMAS.swap, [CONTROLLER_MODE, "swap with its twin"]],
	[UMAS.setBreakpoint, [PROGRAM_HALT, "halt its program at a breakpoint"]],
	[UMAS.initializeUpload, [PROGRAM_DOWNLOAD, "take a new program"]],
	[UMAS.uploadBlock, [PROGRAM_DOWNLOAD, "take a part of a program"]],
	[UMAS.endUpload, [PROGRAM_DOWNLOAD, "take over a new program"]],
	[UMAS.initializeDownload, [PROGRAM_UPLOAD, "give out its program"]],
	[UMAS.downloadBlock, [PROGRAM_UPLOAD, "give out a part of its program"]],
	[UMAS.endDownload, [PROGRAM_UPLOAD, "end giving out its program"]],
	[UMAS.takeReservation, [CONTROLLER_RESERVED, "be reserved for changes"]],
	[UMAS.writeMemoryBlock, [MEMORY_WRITE, "change a block of its memory"]],
	[UMAS.writePhysicalAddress, [MEMORY_WRITE, "change its physical memory"]],
]);

/** They change nothing yet, and belong to the work that a permit to program is for. */
const PREPARING: ReadonlySet<DetectionRecord> = new Set([PROGRAM_UPLOAD, CONTROLLER_RESERVED]);

/** Reports what a request of function 90 wants, when it is sent: a PLC that refuses it was asked all the same. */
export function detectUmas(o: ModbusObservation, report: ReportFact): void {
	if (o.kind !== "request") return;
	const code = umasCodeOf(o);
	const fact = FACTS.get(code);
	if (fact === undefined) return;
	const [record, words] = fact;
	report(
		engineeringFact({
			record,
			controller: `unit ${o.unitId} of {server}`,
			words,
			name: `UMAS, function ${code}`,
			key: `${o.unitId}`,
			frames: [o.frame],
			operation: {
				verb: PREPARING.has(record) ? "program" : umasVerb(code),
				name: operationName(UMAS_OPERATION + code),
				code: UMAS_OPERATION + code,
				unit: o.unitId,
			},
		}),
	);
}
