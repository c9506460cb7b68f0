/** What is suspicious in HART by itself, and what deserves a word when a client first does it. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_RESERVED,
	CONTROLLER_RESTART,
	CREDENTIAL_CHANGE,
	DEVICE_ADDRESS,
	engineeringFact,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import { COMMAND, commandName, commandVerb, LOCK, operationName, SPACES, unitName, variableName } from "./codes.ts";
import type { HartObservation } from "./observation.ts";
import { deviceName } from "./record.ts";

const MALFORMED: DetectionRecord = {
	id: "hart-ip-malformed",
	title: "Malformed HART-IP message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Traffic of HART-IP, readable.",
	causes: ["a driver that implements HART-IP carelessly", "an engineer's test tool", "messages damaged or cut on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one station?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the gateway still answers its usual clients.",
	],
};

const MEASUREMENT_CHANGED: DetectionRecord = {
	id: "hart-measurement-changed",
	title: "Range, unit, damping, zero or trim of a field device changed",
	nature: "fact",
	severity: 75,
	techniques: ["T0836", "T0832"],
	needs: "The client's requests, readable.",
	causes: ["an instrument technician who calibrates the device", "a device that was replaced, and is set up as the old one was"],
	advice: [
		"Compare what the device now measures with what stands beside it: its controller takes the value for true.",
		"Ask the instrument technician on duty whether this was intended.",
		"If nobody did it, isolate the client, and write the released settings to the device again.",
	],
};

const FLAG_RESET: DetectionRecord = {
	id: "hart-change-flag-reset",
	title: "Sign of a changed configuration taken back in a field device, by a client for the first time",
	nature: "deviation",
	severity: 40,
	techniques: ["T0872"],
	needs: "The client's requests, readable.",
	threshold: {
		value:
			"the first of a client, once it is known which functions it uses there, or, of a client that is not known, who the gateway's clients are",
		why: "A station that looks after field devices takes the sign back each time it has read what was changed, and did so while that was learned.",
	},
	causes: ["a station for the care of field devices that is new, or has read a change for the first time"],
	advice: [
		"Ask the owner of the client whether it looks after field devices.",
		"Look at what was written to the device before: without the sign other stations do not notice.",
		"If nobody did it, isolate the client.",
	],
};

export const detections: readonly DetectionRecord[] = [
	CONTROLLER_RESTART,
	CONTROLLER_RESERVED,
	CREDENTIAL_CHANGE,
	DEVICE_ADDRESS,
	VALUES_FORCED,
	CLOCK_SET,
	MEASUREMENT_CHANGED,
	FLAG_RESET,
	MALFORMED,
];

/** What the first use of a command is called. */
export function firstUseOf(code: number): DetectionRecord | undefined {
	if (code === COMMAND.setClock) return CLOCK_SET;
	return code === COMMAND.resetChangeFlag ? FLAG_RESET : undefined;
}

export function detect(o: HartObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	if (o.kind !== "request" || o.isRepeat) return;
	const asked = askedOf(o);
	if (asked === undefined) return;
	const device =
		o.deviceId > 0 ? `device ${deviceName(o.deviceId)} behind {server}` : `the device with polling address ${o.polling} behind {server}`;
	const space = SPACES[o.isChannel ? 1 : 0];
	report(
		engineeringFact({
			record: asked[0],
			...(o.unit >= 0 && { controller: device }),
			words: asked[1],
			name: `HART, command ${o.command}`,
			key: o.unit >= 0 ? String(o.unit) : "",
			frames: [o.frame],
			operation: {
				verb: commandVerb(o.command),
				code: o.command,
				name: operationName(o.command),
				...(o.unit >= 0 && { unit: o.unit }),
				...(o.variableCount > 0 && {
					points: Array.from(o.codes.subarray(0, o.variableCount), (code) => `${space}:${code}`),
					pointCount: o.variableCount,
					values: Array.from(o.values.subarray(0, o.variableCount), (value) => (Number.isFinite(value) ? value : null)),
				}),
			},
		}),
	);
}

/** Of a write to a device variable: the value is held from now on. */
const HOLD = 1;

function askedOf(o: HartObservation): readonly [DetectionRecord, string] | undefined {
	const details = o.details ?? {};
	const value = o.values[0]!;
	switch (o.command) {
		case COMMAND.deviceReset:
			return [CONTROLLER_RESTART, "reset itself"];
		case COMMAND.lock:
			return details.lockCode === 0
				? undefined
				: [CONTROLLER_RESERVED, `lock itself against others (${LOCK[Number(details.lockCode)] ?? "unknown"})`];
		case COMMAND.fixedCurrent:
			// Zero lets the current follow the measurement again.
			return value > 0 ? [VALUES_FORCED, `hold its loop current at ${shown(value)} mA`] : undefined;
		case COMMAND.fixedChannel:
			return Number.isNaN(value)
				? undefined
				: [VALUES_FORCED, `hold analog channel ${o.codes[0]!} at ${shown(value)} ${unitName(o.units[0]!)}`];
		case COMMAND.writeVariable:
			return details.writeCode === HOLD ? [VALUES_FORCED, `hold ${variableName(o.codes[0]!)} at ${shown(value)}`] : undefined;
		case COMMAND.simulationMode:
			return details.simulationMode === 0 ? undefined : [VALUES_FORCED, "show a simulated status"];
		case COMMAND.writePollingAddress:
			return [DEVICE_ADDRESS, `take the polling address ${details.pollingAddress}`];
		case COMMAND.writeTag:
			return [DEVICE_ADDRESS, `take the tag ${details.tag}`];
		case COMMAND.writeLongTag:
			return [DEVICE_ADDRESS, `take the tag ${details.longTag}`];
		case COMMAND.writeUdpPort:
		case COMMAND.writeTcpPort:
			return [DEVICE_ADDRESS, `serve HART-IP at port ${details.port}`];
		case COMMAND.writeNetworkId:
			return [DEVICE_ADDRESS, `join the wireless network ${details.networkId}`];
		case COMMAND.writeJoinKey:
		case COMMAND.writeNetworkKey:
			return [CREDENTIAL_CHANGE, "take another key of the wireless network"];
		case COMMAND.writePassword:
		case COMMAND.writeKey:
			return [CREDENTIAL_CHANGE, "take another password or key for its clients"];
		case COMMAND.writeSyslogKey:
		case COMMAND.writeSyslogPassword:
			return [CREDENTIAL_CHANGE, "take another password or key for its log server"];
		default: {
			const words = MEASUREMENT.get(o.command);
			return words === undefined ? undefined : [MEASUREMENT_CHANGED, words];
		}
	}
}

const MEASUREMENT: ReadonlyMap<number, string> = new Map([
	[COMMAND.writeDamping, "damp its primary variable otherwise"],
	[COMMAND.writeRange, "take another range"],
	[COMMAND.setUpperRange, "take what it measures now as the end of its range"],
	[COMMAND.setLowerRange, "take what it measures now as the beginning of its range"],
	[COMMAND.setZero, "take what it measures now as zero"],
	[COMMAND.writeUnits, "measure in another unit"],
	[COMMAND.trimCurrentZero, "trim its loop current at 4 mA"],
	[COMMAND.trimCurrentGain, "trim its loop current at 20 mA"],
	[COMMAND.writeTransferFunction, "take another transfer function"],
	[COMMAND.writeAssignments, "take other variables as its dynamic ones"],
	[COMMAND.setVariableZero, "take what a variable is now as zero"],
	[COMMAND.writeVariableUnits, "measure a variable in another unit"],
	[COMMAND.writeVariableDamping, "damp a variable otherwise"],
	[COMMAND.writeChannelDamping, "damp an analog channel otherwise"],
	[COMMAND.writeChannelRange, "take another range of an analog channel"],
	[COMMAND.trimChannelZero, "trim the zero of an analog channel"],
	[COMMAND.trimChannelGain, "trim the gain of an analog channel"],
	[COMMAND.writeChannelFunction, "take another transfer function of an analog channel"],
	[COMMAND.writeTrimPoint, "trim a variable"],
	[COMMAND.resetTrim, "forget how a variable was trimmed"],
]);

const shown = (value: number): string => String(Math.round(value * 1000) / 1000);

const WORDS: Readonly<Record<string, string>> = {
	header: "no message of it begins there",
	unfinished: "its end never came",
	length: "its lengths do not fit each other",
	frame: "it holds no frame of HART",
	checksum: "the check octet of its frame is wrong",
	parameters: "what it says does not fit its command",
};

function malformed(o: HartObservation, report: ReportFact): void {
	const what = o.command >= 0 ? ` (${o.isFromServer ? "answer to " : ""}${commandName(o.command)})` : "";
	report({
		record: MALFORMED,
		sentence: `A message${what} of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks HART-IP: ${WORDS[o.violation]!}.`,
		key: `${o.violation}/${o.command}`,
		frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
		byServer: o.isFromServer,
	});
}
