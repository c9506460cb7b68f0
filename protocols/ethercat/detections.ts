/** What is suspicious in EtherCAT by itself. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { CONTROLLER_MODE, CONTROLLER_STOP, engineeringFact, FIRMWARE_CHANGE } from "../../src/detect/engineering.ts";
import { FOE_CODE, MAILBOX_TYPE, STATE, stateName } from "./codes.ts";
import type { EthercatObservation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "ethercat-malformed",
	title: "Malformed EtherCAT frame",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Frames between a master and its first slave.",
	causes: [
		"a master that implements the protocol carelessly",
		"an engineer's test tool",
		"frames damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: who sends them, again and again?",
		"A segment has one master: find any other sender, and disconnect it.",
		"Check that all slaves are in OP.",
	],
};

export const detections: readonly DetectionRecord[] = [CONTROLLER_STOP, CONTROLLER_MODE, FIRMWARE_CHANGE, MALFORMED];

const POSITION = 0x10000;
function slaveOf({ unit }: EthercatObservation): string {
	if (unit < 0) return "the slaves of {server}";
	return unit < POSITION ? `slave ${unit} of {server}` : `the slave at position ${unit - POSITION} of {server}`;
}

export function detect(o: EthercatObservation, report: ReportFact): void {
	if (o.kind === "malformed") {
		report({
			record: MALFORMED,
			// What comes back is what the master sent.
			sentence: "A frame of {client} to {server} breaks EtherCAT: its lengths do not fit together, or there is no such command.",
			key: "",
			frames: [o.frame],
		});
		return;
	}
	// It is asked once, and comes back.
	if (o.isReturned && o.isMatched) return;
	if (o.kind === "control") control(o, report);
	else if (o.kind === "mailbox" && o.mailbox === MAILBOX_TYPE.foe && o.service === FOE_CODE.write) firmware(o, report);
}

function control(o: EthercatObservation, report: ReportFact): void {
	const state = o.state & STATE.mask;
	const isBoot = state === STATE.bootstrap;
	const isStop = !isBoot && state !== STATE.operational && (o.previousState & STATE.mask) === STATE.operational && o.previousState >= 0;
	if (!isBoot && !isStop) return;
	report(
		engineeringFact({
			record: isBoot ? CONTROLLER_MODE : CONTROLLER_STOP,
			controller: slaveOf(o),
			words: isBoot ? "go to BOOT, in which they take firmware" : `leave OP for ${stateName(state)}`,
			name: "AL control",
			key: `${o.unit}`,
			frames: [o.frame],
			operation: {
				verb: "command",
				code: 0x120,
				name: "set state (AL control)",
				points: [stateName(state)],
				pointCount: 1,
				values: [null],
			},
		}),
	);
}

function firmware(o: EthercatObservation, report: ReportFact): void {
	report(
		engineeringFact({
			record: FIRMWARE_CHANGE,
			controller: slaveOf(o),
			words: `take the file "${o.text}"`,
			name: "FoE Write",
			key: `${o.unit} ${o.text}`,
			frames: [o.frame],
			operation: { verb: "program", code: 0x402, name: "write file (FoE)", points: [o.text], pointCount: 1, values: [null] },
		}),
	);
}
