/**
 * What an engineering station does to a Modicon PLC over UMAS: rare, and never done by a plant's own traffic. Reading variables, identification and
 * keep-alives are silent: whether they are usual here, the learner tells.
 */
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { ModbusObservation } from "./observation.ts";
import { operationName } from "./operations.ts";
import { UMAS, UMAS_OPERATION, umasCodeOf, umasVerb } from "./umas.ts";

const ENGINEER = "an engineer at work on the PLC with EcoStruxure Control Expert or Machine Expert";
const ASK = "Ask the engineer on duty whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";

const STOP: DetectionRecord = {
	id: "modbus-umas-stop",
	title: "Modicon PLC told to stop",
	nature: "fact",
	severity: 85,
	techniques: ["T0858"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "a maintenance shutdown"],
	advice: ["Check that the PLC is in RUN and what it drives is safe.", ASK, ISOLATE],
};

const START: DetectionRecord = {
	id: "modbus-umas-start",
	title: "Modicon PLC told to start",
	nature: "fact",
	severity: 70,
	techniques: ["T0858"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "the end of a maintenance shutdown"],
	advice: ["Check which program the PLC now runs, and that what it drives is safe.", ASK, ISOLATE],
};

const INITIALISE: DetectionRecord = {
	id: "modbus-umas-initialise",
	title: "Modicon PLC told to initialise or to swap with its twin",
	nature: "fact",
	severity: 80,
	techniques: ["T0858", "T0816"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "a test of a redundant pair"],
	advice: ["Check that the PLC is in RUN and its values are those of the process.", ASK, ISOLATE],
};

const BREAKPOINT: DetectionRecord = {
	id: "modbus-umas-breakpoint",
	title: "Breakpoint set in the program of a Modicon PLC",
	nature: "fact",
	severity: 85,
	techniques: ["T0858", "T0814"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who debugs a program on a PLC that controls nothing yet"],
	advice: ["Check that the PLC still runs: a program that stands at a breakpoint controls nothing.", ASK, ISOLATE],
};

const TO_PLC: DetectionRecord = {
	id: "modbus-umas-download",
	title: "Program written to a Modicon PLC",
	nature: "fact",
	severity: 85,
	techniques: ["T0843", "T0889"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "a planned change of the program"],
	advice: [
		ASK,
		"Compare the program in the PLC with the released one.",
		"If nobody did it, isolate the client, keep what is in the PLC as evidence, and write the released program again.",
	],
};

const FROM_PLC: DetectionRecord = {
	id: "modbus-umas-upload",
	title: "Program read from a Modicon PLC",
	nature: "fact",
	severity: 60,
	techniques: ["T0845"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "a backup of PLC programs"],
	advice: [
		ASK,
		"Look at what else the client asked of this and other PLCs.",
		"If nobody did it, isolate the client: a program shows how to harm its process.",
	],
};

const RESERVATION: DetectionRecord = {
	id: "modbus-umas-reservation",
	title: "Modicon PLC reserved for changes",
	nature: "fact",
	severity: 45,
	techniques: ["T0855"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "an engineering tool that is connected and changes nothing"],
	advice: [ASK, "Look at what the same client did next: a reservation comes before start, stop and download.", ISOLATE],
};

const MEMORY_WRITE: DetectionRecord = {
	id: "modbus-umas-memory-write",
	title: "Memory of a Modicon PLC written",
	nature: "fact",
	severity: 75,
	techniques: ["T0889", "T0836"],
	needs: "The client's requests, readable.",
	causes: [ENGINEER, "an engineering tool that changes a running program"],
	advice: [ASK, "Compare the program and its constants in the PLC with the released ones.", ISOLATE],
};

export const UMAS_DETECTIONS: readonly DetectionRecord[] = [
	STOP,
	START,
	INITIALISE,
	BREAKPOINT,
	TO_PLC,
	FROM_PLC,
	RESERVATION,
	MEMORY_WRITE,
];

/** What a request wants: its record, and the words behind "asked to". */
const FACTS: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[UMAS.stopPlc, [STOP, "stop"]],
	[UMAS.startPlc, [START, "start"]],
	[UMAS.initializePlc, [INITIALISE, "initialise itself"]],
	[UMAS.swap, [INITIALISE, "swap with its twin"]],
	[UMAS.setBreakpoint, [BREAKPOINT, "halt its program at a breakpoint"]],
	[UMAS.initializeUpload, [TO_PLC, "take a new program"]],
	[UMAS.uploadBlock, [TO_PLC, "take a part of a program"]],
	[UMAS.endUpload, [TO_PLC, "take over a new program"]],
	[UMAS.initializeDownload, [FROM_PLC, "give out its program"]],
	[UMAS.downloadBlock, [FROM_PLC, "give out a part of its program"]],
	[UMAS.endDownload, [FROM_PLC, "end giving out its program"]],
	[UMAS.takeReservation, [RESERVATION, "be reserved for changes"]],
	[UMAS.writeMemoryBlock, [MEMORY_WRITE, "change a block of its memory"]],
	[UMAS.writePhysicalAddress, [MEMORY_WRITE, "change its physical memory"]],
]);

/** Reports what a request of function 90 wants, when it is sent: a PLC that refuses it was asked all the same. */
export function detectUmas(o: ModbusObservation, report: ReportFact): void {
	if (o.kind !== "request") return;
	const code = umasCodeOf(o);
	const fact = FACTS.get(code);
	if (fact === undefined) return;
	const [record, words] = fact;
	const operation: DetectionOperation = {
		verb: umasVerb(code),
		name: operationName(UMAS_OPERATION + code),
		code: UMAS_OPERATION + code,
		unit: o.unitId,
		points: [],
		pointCount: 0,
		values: [],
		outcome: "requested",
	};
	report({
		record,
		sentence: `{client} asked unit ${o.unitId} of {server} to ${words} (UMAS, function ${code}); a plant's own traffic never does.`,
		key: `${o.unitId}`,
		frames: [o.frame],
		operation,
	});
}
