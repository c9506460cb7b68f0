/**
 * What is suspicious in Modbus by itself, whatever was learned: messages that no client has reason to send, and answers that contradict themselves.
 * Technique ids are those of ATT&CK for ICS v18.
 */
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { DIAGNOSTIC, diagnosticName, FUNCTION, functionWords, VIOLATION, violationWords } from "./codes.ts";
import { FIRST_USES } from "./firstUse.ts";
import type { ModbusObservation } from "./observation.ts";
import { operationName, outcomeOf, verbOf } from "./operations.ts";
import { SPACES, spaceOf } from "./tables.ts";
import { detectUmas, UMAS_DETECTIONS } from "./umasDetections.ts";

export const MALFORMED: DetectionRecord = {
	id: "modbus-malformed",
	title: "Malformed Modbus message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Both directions of the traffic, readable.",
	causes: [
		"a client or server that implements Modbus carelessly",
		"another protocol on the Modbus port",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the PLC still answers and its program still runs.",
	],
};

export const ILLEGAL_FUNCTION: DetectionRecord = {
	id: "modbus-illegal-function",
	title: "Modbus function code that does not exist",
	nature: "fact",
	severity: 60,
	techniques: ["T0866", "T0814"],
	needs: "The client's requests, readable.",
	causes: ["a scanner or fuzzer in a planned security test", "a faulty client"],
	advice: [
		"Ask whether a test is announced; no plant software sends this.",
		"Find the program on the client that sends it.",
		"Check that the PLC still answers.",
	],
};

export const RESTART: DetectionRecord = {
	id: "modbus-restart",
	title: "PLC told to restart its communication",
	nature: "fact",
	severity: 80,
	techniques: ["T0816"],
	needs: "The client's requests, readable.",
	causes: ["an engineer at work on the PLC", "a diagnostic tool"],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Check that the PLC is back, in RUN, and answers its usual clients.",
		"If nobody did it, isolate the client.",
	],
};

export const LISTEN_ONLY: DetectionRecord = {
	id: "modbus-listen-only",
	title: "PLC told to stop answering",
	nature: "fact",
	severity: 85,
	techniques: ["T0814"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who isolates a device during commissioning", "a diagnostic tool"],
	advice: [
		"Check whether the PLC still answers; a restart of its communication (diagnostics, sub-function 1) ends listen-only mode.",
		"Ask the engineer on duty whether this was intended.",
		"If nobody did it, isolate the client.",
	],
};

export const CLEAR_COUNTERS: DetectionRecord = {
	id: "modbus-clear-counters",
	title: "Diagnostic counters of a PLC cleared",
	nature: "fact",
	severity: 45,
	techniques: ["T0872"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who looks for a communication fault", "a diagnostic tool"],
	advice: [
		"Ask the engineer on duty whether this was intended.",
		"Look at what the same client did just before: clearing counters can hide it.",
	],
};

export const DIVERGING_ANSWER: DetectionRecord = {
	id: "modbus-diverging-answer",
	title: "Two different answers to one Modbus request",
	nature: "fact",
	severity: 75,
	techniques: ["T0830", "T0856"],
	needs: "Both directions of the traffic, readable and without loss.",
	causes: [
		"a gateway that repeats answers",
		"a client that repeats requests under one transaction number while packets are lost on the way to the monitor",
	],
	advice: [
		"Compare the MAC addresses of the two answers: do both come from the PLC?",
		"Compare the value shown on the HMI with the one at the machine.",
		"Look for ARP alerts on the same addresses.",
	],
};

export const ANSWER_MISMATCH: DetectionRecord = {
	id: "modbus-answer-mismatch",
	title: "Modbus answer contradicts its request",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0856"],
	needs: "Both directions of the traffic, readable and without loss.",
	causes: [
		"a client that uses one transaction number for several requests at once",
		"a faulty server or gateway",
		"packets lost on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: what was asked, and what came back?",
		"Compare the value shown on the HMI with the one at the machine.",
		"If it began suddenly, look for a device between client and PLC (ARP alerts, a new MAC address).",
	],
};

export const DUPLICATE_ANSWER: DetectionRecord = {
	id: "modbus-duplicate-answer",
	title: "A Modbus request answered twice, both times the same",
	nature: "fact",
	severity: 25,
	techniques: ["T0830"],
	needs: "Both directions of the traffic, readable and without loss.",
	causes: [
		"a gateway that repeats answers",
		"a server that answers a repeated request twice",
		"two devices with one unit id behind a gateway",
	],
	advice: [
		"Compare the MAC addresses of the two answers: do both come from the PLC?",
		"Ask whether two devices behind the gateway have the same unit id.",
		"Look for ARP alerts on the same addresses.",
	],
};

export const REUSED_TRANSACTION: DetectionRecord = {
	id: "modbus-reused-transaction",
	title: "Another Modbus request under a transaction number that waits for its answer",
	nature: "fact",
	severity: 25,
	techniques: ["T0830"],
	needs: "Both directions of the traffic, readable and without loss.",
	causes: [
		"a client that gives every request the same transaction number and does not wait",
		"a client that gave the first request up",
		"a gateway that merges the requests of several clients",
	],
	advice: [
		"Look at the frames named in the evidence: which answer was taken for which request?",
		"If the client always does so, its answers can be mixed up: ask its maker.",
		"If it began suddenly, look for a device between client and PLC (ARP alerts, a new MAC address).",
	],
};

export const UNSOLICITED_ANSWER: DetectionRecord = {
	id: "modbus-unsolicited-answer",
	title: "Modbus answer that nobody asked for",
	nature: "fact",
	isLearnable: true,
	severity: 50,
	techniques: ["T0830", "T0856"],
	needs:
		"Both directions of the traffic over TCP, readable and without loss, of a connection on which answers fit since ten seconds or more.",
	causes: [
		"a gateway that answers after the client has long given up",
		"a server that answers with another transaction number now and then",
		"a device that sends values by itself, against the specification",
	],
	advice: [
		"Look at the frames named in the evidence: does the answer come from the PLC's MAC address?",
		"Compare the value shown on the HMI with the one at the machine.",
		"If it began suddenly, look for a device between client and PLC (ARP alerts, a new MAC address).",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [
	MALFORMED,
	ILLEGAL_FUNCTION,
	RESTART,
	LISTEN_ONLY,
	CLEAR_COUNTERS,
	DIVERGING_ANSWER,
	DUPLICATE_ANSWER,
	ANSWER_MISMATCH,
	REUSED_TRANSACTION,
	UNSOLICITED_ANSWER,
	...FIRST_USES,
	...UMAS_DETECTIONS,
];

/** Violations that are attacks on a parser or broken programs; the others (a vendor's own exception code, an unknown sub-function) are only recorded. */
const ALARMING =
	VIOLATION.protocolId |
	VIOLATION.length |
	VIOLATION.unfinished |
	VIOLATION.byteCount |
	VIOLATION.quantity |
	VIOLATION.address |
	VIOLATION.coilValue |
	VIOLATION.fileRecord;

/** What each says, in words. */
const VIOLATION_SENTENCES: Readonly<Record<string, string>> = {
	"protocol-id": "bytes that are no Modbus where a message should begin",
	length: "a message of the wrong length",
	unfinished: "a message shorter than it announces",
	"byte-count": "a byte count that does not fit its data",
	quantity: "a quantity that the specification does not allow",
	address: "addresses beyond the end of the table",
	"coil-value": "a coil value that is neither on nor off",
	"file-record": "a file record that cannot exist",
};

export function detect(o: ModbusObservation, flow: FlowView, report: ReportFact): void {
	if (o.functionCode === FUNCTION.umas) detectUmas(o, report);
	if (o.violations === 0 && !o.isDiverging && !o.isDuplicate && !o.isReused && !o.isUnasked && o.functionCode !== FUNCTION.diagnostics)
		return;
	const byServer = o.isFromServer;
	const frames = framesOf(o);
	const unit = o.unitId >= 0 ? `unit ${o.unitId} of ` : "";

	if (o.functionCode === FUNCTION.diagnostics && o.kind === "request") {
		const record = DIAGNOSTIC_FACTS.get(o.subFunction);
		if (record !== undefined) {
			const [fact, words] = record;
			report({
				record: fact,
				sentence: `{client} told ${unit}{server} to ${words} (diagnostics, sub-function ${o.subFunction}); in normal operation nobody does.`,
				key: `${o.unitId}`,
				frames,
				operation: operationOf(o),
			});
		}
	}
	if (o.isDiverging) {
		report({
			record: DIVERGING_ANSWER,
			sentence: `{server} answered one request of {client} twice with different content (${about(o)}); a request has one answer.`,
			key: `${o.unitId} ${o.functionCode} ${o.address}`,
			frames,
			byServer: true,
			operation: operationOf(o),
		});
	}
	// Over UDP a client that repeats its request gets its answer twice.
	if (o.isDuplicate && flow.transport !== "udp") {
		report({
			record: DUPLICATE_ANSWER,
			sentence: `{server} answered one request of {client} twice with the same content (${about(o)}); a request has one answer.`,
			key: `${o.unitId}`,
			frames,
			byServer: true,
			operation: operationOf(o),
		});
	}
	// A datagram may be lost unseen, and so may a frame of a line.
	if (o.isUnasked && flow.transport === "tcp" && o.framing === "tcp") {
		report({
			record: UNSOLICITED_ANSWER,
			sentence: `{server} sent {client} an answer that nobody asked for (${about(o)}), on a connection of which every request was seen; a server speaks when it is asked.`,
			key: `${o.unitId}`,
			frames,
			byServer: true,
			operation: operationOf(o),
		});
	}
	if (o.isReused) {
		report({
			record: REUSED_TRANSACTION,
			sentence: `{client} sent ${unit}{server} another request (${about(o)}), under a number that still waits for its answer.`,
			key: `${o.unitId}`,
			frames,
			operation: operationOf(o),
		});
	}
	if (o.violations & VIOLATION.mismatch) {
		report({
			record: ANSWER_MISMATCH,
			sentence: `{server} answered {client} with something other than what was asked (${about(o)}).`,
			key: `${o.unitId} ${o.functionCode}`,
			frames,
			byServer: true,
			operation: operationOf(o),
		});
	}
	if (o.violations & VIOLATION.functionCode) {
		const what = o.functionCode === 0 ? "function code 0, which does not exist" : "an exception, which only a server may send";
		report({
			record: ILLEGAL_FUNCTION,
			sentence: byServer ? `{server} sent {client} a Modbus answer with ${what}.` : `{client} sent ${unit}{server} ${what}.`,
			key: `${o.unitId} ${o.functionCode}`,
			frames,
			...(byServer && { byServer }),
		});
		return;
	}
	// A server repeats what it was sent: the value is the client's doing.
	const alarming = o.violations & (byServer ? ALARMING & ~VIOLATION.coilValue : ALARMING);
	if (alarming !== 0) {
		const words = violationWords(alarming);
		const what = words.map((word) => VIOLATION_SENTENCES[word]).join(", and ");
		const where = o.functionCode > 0 ? ` in ${functionWords(o.functionCode)} (function ${o.functionCode})` : "";
		report({
			record: MALFORMED,
			sentence: byServer ? `{server} sent {client} ${what}${where}.` : `{client} sent ${unit}{server} ${what}${where}.`,
			key: `${o.unitId}`,
			frames,
			...(byServer && { byServer }),
			...(o.functionCode > 0 && { operation: operationOf(o) }),
		});
	}
}

const DIAGNOSTIC_FACTS: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[DIAGNOSTIC.restartCommunications, [RESTART, "restart its communication"]],
	[DIAGNOSTIC.forceListenOnly, [LISTEN_ONLY, "stop answering (listen-only mode)"]],
	[DIAGNOSTIC.clearCounters, [CLEAR_COUNTERS, "clear its counters and diagnostic register"]],
]);

/** Frames that show it, ascending. */
function framesOf(o: ModbusObservation): number[] {
	const frames = [o.requestFrame, o.answerFrame, o.frame].filter((frame) => frame > 0);
	return [...new Set(frames)].sort((a, b) => a - b);
}

/** What the transaction was about: "read holding registers 100 to 109 of unit 5". */
function about(o: ModbusObservation): string {
	const range = o.address < 0 ? "" : o.quantity > 1 ? ` ${o.address} to ${o.address + o.quantity - 1}` : ` ${o.address}`;
	const sub = o.subFunction >= 0 ? `, ${diagnosticName(o.subFunction)}` : "";
	const transaction = o.transactionId < 0 ? "" : `, transaction ${o.transactionId}`;
	return `${functionWords(o.functionCode)}${range}${sub}, unit ${o.unitId}${transaction}`;
}

const SHOWN = 8; // points and values that an alert shows

function operationOf(o: ModbusObservation): DetectionOperation {
	const space = SPACES[spaceOf(o.functionCode)];
	const count = space === undefined || o.address < 0 ? 0 : Math.max(0, o.quantity);
	const shown = Math.min(count, SHOWN);
	const values = o.writtenCount > 0 ? o.written.subarray(0, o.writtenCount) : o.values.subarray(0, o.valueCount);
	return {
		verb: verbOf(o.functionCode, o.functionCode === FUNCTION.encapsulatedInterface ? o.mei : o.subFunction),
		name: operationName(o.functionCode),
		code: o.functionCode,
		...(o.unitId >= 0 && { unit: o.unitId }),
		points: Array.from({ length: shown }, (_, index) => `${space}:${o.address + index}`),
		pointCount: count,
		values: Array.from(values.subarray(0, shown)),
		outcome: o.isFromServer ? outcomeOf(o) : "requested",
		...(o.exceptionCode > 0 && { outcomeCode: o.exceptionCode }),
	};
}
