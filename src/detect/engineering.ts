/**
 * What an engineering tool does to a controller, whatever protocol it speaks: rare, and never done by a plant's own traffic. Declared once; a protocol names those it can see among
 * its `detections` and reports them by `engineeringFact`. The protocol is named beside the alert.
 */
import type { DetectionOperation, DetectionRecord, Fact } from "./detection.ts";

const NEEDS = "The client's requests, readable.";
const ENGINEER = "an engineer at work on the controller with its programming tool";
const ASK = "Ask the engineer on duty whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";

const fact = (record: Omit<DetectionRecord, "nature" | "needs">): DetectionRecord => ({ ...record, nature: "fact", needs: NEEDS });

export const CONTROLLER_STOP = fact({
	id: "controller-stop",
	title: "Controller told to stop",
	severity: 85,
	techniques: ["T0858"],
	causes: [ENGINEER, "a maintenance shutdown"],
	advice: ["Check that the controller is in RUN and what it drives is safe.", ASK, ISOLATE],
});

export const CONTROLLER_START = fact({
	id: "controller-start",
	title: "Controller told to start",
	severity: 70,
	techniques: ["T0858"],
	causes: [ENGINEER, "the end of a maintenance shutdown"],
	advice: ["Check which program the controller now runs, and that what it drives is safe.", ASK, ISOLATE],
});

export const CONTROLLER_MODE = fact({
	id: "controller-mode",
	title: "Controller told to change its operating mode",
	severity: 80,
	techniques: ["T0858"],
	causes: [ENGINEER, "a test before commissioning", "a test of a redundant pair"],
	advice: ["Check that the controller is in RUN and its values are those of the process.", ASK, ISOLATE],
});

export const CONTROLLER_RESTART = fact({
	id: "controller-restart",
	title: "Controller told to restart, to initialise or to reset itself",
	severity: 80,
	techniques: ["T0816"],
	causes: [ENGINEER, "the end of a change of firmware or configuration", "a station that restarts a device that hung"],
	advice: ["Check that the controller is back, in RUN, and answers its usual clients.", ASK, ISOLATE],
});

export const CONTROLLER_SILENCED = fact({
	id: "controller-silenced",
	title: "Controller told to be silent",
	severity: 80,
	techniques: ["T0814", "T0804"],
	causes: [ENGINEER, "a commissioning in which a device is kept from the others"],
	advice: ["Check that the controller still answers its usual clients and reports to them.", ASK, ISOLATE],
});

export const PROGRAM_DOWNLOAD = fact({
	id: "program-download",
	title: "Program written to a controller",
	severity: 85,
	techniques: ["T0843", "T0889"],
	causes: [ENGINEER, "a planned change of the program"],
	advice: [
		ASK,
		"Compare the program in the controller with the released one.",
		"If nobody did it, isolate the client, keep what is in the controller as evidence, and write the released program again.",
	],
});

export const PROGRAM_UPLOAD = fact({
	id: "program-upload",
	title: "Program read from a controller",
	severity: 60,
	techniques: ["T0845"],
	causes: [ENGINEER, "a backup of controller programs"],
	advice: [
		ASK,
		"Look at what else the client asked of this and other controllers.",
		"If nobody did it, isolate the client: a program shows how to harm its process.",
	],
});

export const PROGRAM_DELETE = fact({
	id: "program-delete",
	title: "Program, or a part of it, deleted in a controller",
	severity: 85,
	techniques: ["T0809", "T0889"],
	causes: [ENGINEER, "a planned change of the program that drops a part"],
	advice: [
		"Check that the controller is in RUN and what it drives is safe.",
		ASK,
		"If nobody did it, isolate the client, and write the released program again.",
	],
});

export const FIRMWARE_CHANGE = fact({
	id: "firmware-change",
	title: "Firmware written to a controller",
	severity: 90,
	techniques: ["T0857", "T0839"],
	causes: ["a planned update of firmware"],
	advice: [
		ASK,
		"Compare the firmware that the controller reports with the released one.",
		"If nobody did it, isolate the client, and take the controller for changed until its maker's image is on it again.",
	],
});

export const CREDENTIAL_CHANGE = fact({
	id: "credential-change",
	title: "Password or protection of a controller changed",
	severity: 80,
	techniques: ["T0892"],
	causes: [ENGINEER, "a planned change of passwords"],
	advice: ["Check that the released password still opens the controller, and which protection it has.", ASK, ISOLATE],
});

export const DEVICE_ADDRESS = fact({
	id: "device-address",
	title: "Name or network address of a device set",
	severity: 75,
	techniques: ["T0836", "T0814"],
	causes: [ENGINEER, "a device that was replaced, and is given the name of the old one"],
	advice: ["Check that the device still answers its usual clients, under its own name and address.", ASK, ISOLATE],
});

export const VALUES_FORCED = fact({
	id: "values-forced",
	title: "Values of a controller forced",
	severity: 80,
	techniques: ["T0835", "T0831"],
	causes: ["an engineer who tests inputs and outputs by hand", "a sensor that failed and is stood in for"],
	advice: ["Check which values are forced, and that what they drive is safe: the program no longer decides them.", ASK, ISOLATE],
});

export const MEMORY_WRITE = fact({
	id: "controller-memory-write",
	title: "Memory of a controller written past its variables",
	severity: 75,
	techniques: ["T0889", "T0836"],
	causes: [ENGINEER, "an engineering tool that changes a running program"],
	advice: [ASK, "Compare the program and its constants in the controller with the released ones.", ISOLATE],
});

export const PROGRAM_HALT = fact({
	id: "program-halt",
	title: "Breakpoint set in the program of a controller",
	severity: 85,
	techniques: ["T0858", "T0814"],
	causes: ["an engineer who debugs a program on a controller that controls nothing yet"],
	advice: ["Check that the controller still runs: a program that stands at a breakpoint controls nothing.", ASK, ISOLATE],
});

export const CONTROLLER_RESERVED = fact({
	id: "controller-reserved",
	title: "Controller reserved for changes",
	severity: 45,
	techniques: ["T0855"],
	causes: [ENGINEER, "an engineering tool that is connected and changes nothing"],
	advice: [ASK, "Look at what the same client did next: a reservation comes before start, stop and download.", ISOLATE],
});

/** Whose first use by a client is news; where the protocol's own stations do so every day, it is learned like any function. */
export const CLOCK_SET: DetectionRecord = {
	id: "clock-set",
	title: "Clock of a controller set by a client for the first time",
	nature: "deviation",
	severity: 45,
	techniques: ["T0836"],
	needs: NEEDS,
	threshold: {
		value:
			"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the controller's clients are",
		why: "A station that sets clocks as a part of its work has done so while that was learned.",
	},
	causes: ["an engineer who sets up a controller", "a station that now sets clocks itself"],
	advice: [
		"Compare the controller's clock with that of the plant: schedules, logs and records of events depend on it.",
		"Ask the owner of the client whether it sets clocks.",
		ISOLATE,
	],
};

/** All of them. */
export const ENGINEERING: readonly DetectionRecord[] = [
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_SILENCED,
	CONTROLLER_RESERVED,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	PROGRAM_HALT,
	MEMORY_WRITE,
	FIRMWARE_CHANGE,
	CREDENTIAL_CHANGE,
	DEVICE_ADDRESS,
	VALUES_FORCED,
	CLOCK_SET,
];

/** What was asked of the controller, as a protocol knows it. */
export interface EngineeringRequest {
	/** One of the protocol's `detections`. */
	readonly record: DetectionRecord;
	/** Behind "asked", e.g. "unit 1 of {server}", where an address has several controllers; else "{server}". */
	readonly controller?: string;
	/** Behind "to", e.g. "stop". */
	readonly words: string;
	/** How the protocol calls it, e.g. "UMAS, function 65". */
	readonly name: string;
	/** What makes two the same besides record and ends; "" where nothing does. */
	readonly key: string;
	readonly frames: readonly number[];
	readonly operation: Pick<DetectionOperation, "verb" | "code" | "name"> & Partial<DetectionOperation>;
}

/** Reported when it is sent: a controller that refuses it was asked all the same. */
export function engineeringFact({ record, controller, words, name, key, frames, operation }: EngineeringRequest): Fact {
	return {
		record,
		sentence: `{client} asked ${controller ?? "{server}"} to ${words} (${name}); a plant's own traffic never does.`,
		key,
		frames,
		operation: { points: [], pointCount: 0, values: [], outcome: "requested", ...operation },
	};
}
