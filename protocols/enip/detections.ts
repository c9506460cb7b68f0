/**
 * What is suspicious in EtherNet/IP by itself, whatever was learned: what an engineering tool does to a controller, over the services of Logix and over PCCC, and messages that cannot be
 * read. Reading and writing tags is silent: whether it is usual here, the learner tells.
 */
import type { Verb } from "../../src/decode/protocol.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_MODE,
	CONTROLLER_RESERVED,
	CONTROLLER_RESTART,
	CONTROLLER_START,
	CONTROLLER_STOP,
	CREDENTIAL_CHANGE,
	engineeringFact,
	FIRMWARE_CHANGE,
	MEMORY_WRITE,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import type { CipRequest } from "./cip.ts";
import { CLASS, SERVICE, serviceName } from "./cipCodes.ts";
import type { EnipObservation } from "./observation.ts";
import { codeOf, operationName, pcccTransferOf, serviceCode, transferOf, verbOf } from "./operations.ts";
import { directionOf, type PcccCommand } from "./pccc.ts";
import { COMMAND, cpuModeName, FILE, FUNCTION } from "./pcccCodes.ts";

const NEEDS = "The client's requests, readable.";
const ASK = "Ask the engineer on duty whether this was intended.";
const ISOLATE = "If nobody did it, isolate the client.";

export const MALFORMED: DetectionRecord = {
	id: "enip-malformed",
	title: "Malformed EtherNet/IP message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Both directions of the traffic, readable.",
	causes: [
		"a client or device that implements EtherNet/IP or CIP carelessly",
		"another protocol on the EtherNet/IP port",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the controller still answers and its program still runs: broken messages have stopped controllers.",
	],
};

export const UNLOCKED: DetectionRecord = {
	id: "enip-controller-unlocked",
	title: "Lock on the program of a controller released",
	nature: "fact",
	severity: 45,
	techniques: ["T0855"],
	needs: NEEDS,
	causes: ["an engineer whose programming tool ends a change", "a tool that takes over from another one that hung"],
	advice: [ASK, "Look at what the same client did before, and who held the lock: without it anyone may change the program.", ISOLATE],
};

export const NETWORK_SETTINGS: DetectionRecord = {
	id: "enip-network-settings",
	title: "Network settings of a device changed over EtherNet/IP",
	nature: "fact",
	severity: 75,
	techniques: ["T0836", "T0814"],
	needs: NEEDS,
	causes: ["an engineer who sets up or replaces a device", "a commissioning tool that gives addresses"],
	advice: ["Check that the device still answers under its address.", ASK, ISOLATE],
};

export const FILE_WRITE: DetectionRecord = {
	id: "enip-file-write",
	title: "File written to a device over EtherNet/IP",
	nature: "fact",
	severity: 75,
	techniques: ["T0843", "T0839"],
	needs: NEEDS,
	causes: ["a planned update of firmware or configuration of the device", "an engineer who restores a saved configuration"],
	advice: [ASK, "Compare the firmware and the configuration of the device with the released ones.", ISOLATE],
};

export const DETECTIONS: readonly DetectionRecord[] = [
	MALFORMED,
	UNLOCKED,
	NETWORK_SETTINGS,
	FILE_WRITE,
	CONTROLLER_STOP,
	CONTROLLER_START,
	CONTROLLER_MODE,
	CONTROLLER_RESTART,
	CONTROLLER_RESERVED,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	FIRMWARE_CHANGE,
	CREDENTIAL_CHANGE,
	VALUES_FORCED,
	MEMORY_WRITE,
	CLOCK_SET,
];

/** Codes of the services that set a clock. */
const CLOCKS: ReadonlySet<number> = new Set(
	[CLASS.wallClock, CLASS.timeSync].flatMap((classId) =>
		[SERVICE.setAttributesAll, SERVICE.setAttributeList, SERVICE.setAttributeSingle].map((service) => serviceCode(classId, service)),
	),
);
export const firstUseOf = (code: number, _verb: Verb): DetectionRecord | undefined => (CLOCKS.has(code) ? CLOCK_SET : undefined);

/** A record, and the words behind "asked to". */
type Wanted = readonly [DetectionRecord, string];

const isSetting = (service: number): boolean =>
	service === SERVICE.setAttributesAll ||
	service === SERVICE.setAttributeList ||
	service === SERVICE.setAttributeSingle ||
	service === SERVICE.setMember;
/** Objects by which a controller is told to run: the one that its tool uses, and the one that answers for the whole controller. */
const isController = (classId: number): boolean => classId === CLASS.controllerMode || classId === CLASS.controller;

/** What a request wants, where it is what only an engineering tool does. */
function wantedBy(request: CipRequest): Wanted | undefined {
	const { service, classId } = request;
	if (request.pccc !== undefined) return wantedByPccc(request.pccc);
	switch (transferOf(request)) {
		case "download":
			return [PROGRAM_DOWNLOAD, "take a part of a new program"];
		case "upload":
			return [PROGRAM_UPLOAD, "give out a part of its program"];
		case "delete":
			return [PROGRAM_DELETE, "delete a part of its program"];
	}
	if (isController(classId)) {
		if (service === SERVICE.stop) return [CONTROLLER_STOP, "stop"];
		if (service === SERVICE.start) return [CONTROLLER_START, "start"];
		if (service === SERVICE.reset) return [CONTROLLER_RESTART, "reset itself"];
	}
	if (classId === CLASS.identity && service === SERVICE.reset)
		return [CONTROLLER_RESTART, request.resetType === 0 ? "restart" : "go back to its settings of delivery and restart"];
	if (classId === CLASS.editLock) {
		if (service === 0x4b) return [CONTROLLER_RESERVED, "be locked for changes"];
		if (service === 0x4c) return [UNLOCKED, "give up the lock on its program"];
	}
	if (classId === CLASS.nonVolatileStorage && (service === 0x4b || service === 0x4d))
		return [FIRMWARE_CHANGE, "take a part of a new firmware"];
	if (classId === CLASS.file && (service === 0x4c || service === 0x4e || service === 0x50 || service === 0x51))
		return [FILE_WRITE, "take or clear a file"];
	if (
		classId >= CLASS.cipSecurity &&
		classId <= CLASS.certificateAuthenticator &&
		(isSetting(service) || service === SERVICE.create || service === SERVICE.delete)
	)
		return [CREDENTIAL_CHANGE, "change how it is protected"];
	if ((classId === CLASS.tcpIp || classId === CLASS.ethernetLink) && isSetting(service))
		return [NETWORK_SETTINGS, "change its network settings"];
	return undefined;
}

function wantedByPccc(command: PcccCommand): Wanted | undefined {
	const transfer = pcccTransferOf(command);
	if (transfer === "download") return [PROGRAM_DOWNLOAD, "take a part of a new program"];
	if (transfer === "upload") return [PROGRAM_UPLOAD, "give out a part of its program"];
	if (command.command === COMMAND.mode && command.fnc === 0) return [CONTROLLER_STOP, "disable its outputs"];
	if (command.command === COMMAND.mode && (command.fnc === 1 || command.fnc === 3))
		return [CONTROLLER_START, "enable its outputs or its scan"];
	if (command.command !== COMMAND.extended) return undefined;
	switch (command.fnc) {
		case FUNCTION.changeMode:
			return command.mode === 1
				? [CONTROLLER_STOP, "stop: mode remote program"]
				: command.mode === 6
					? [CONTROLLER_START, "start: mode remote run"]
					: [CONTROLLER_MODE, `change its mode to ${cpuModeName(command.mode)}`];
		case FUNCTION.setMode:
			return [CONTROLLER_MODE, "change its mode"];
		case FUNCTION.shutdown:
			return [CONTROLLER_STOP, "shut down"];
		case FUNCTION.restart:
			return [CONTROLLER_RESTART, "restart"];
		case FUNCTION.getEditResource:
			return [CONTROLLER_RESERVED, "be reserved for changes"];
		case FUNCTION.initializeMemory:
			return [PROGRAM_DELETE, "clear its memory"];
		case FUNCTION.physicalWrite:
		case FUNCTION.writeBytesPhysical:
			return [MEMORY_WRITE, "change its physical memory"];
	}
	const isForce = command.fileType === FILE.outputForce || command.fileType === FILE.inputForce;
	return isForce && directionOf(command) === "write" ? [VALUES_FORCED, "force inputs or outputs"] : undefined;
}

/** They change nothing yet, and belong to the work that a permit to program is for. */
const PREPARING: ReadonlySet<DetectionRecord> = new Set([PROGRAM_UPLOAD, CONTROLLER_RESERVED, UNLOCKED]);

export function detect(o: EnipObservation, report: ReportFact): void {
	if (o.kind === "malformed" && o.place < 0)
		report({
			record: MALFORMED,
			sentence: `A message of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as EtherNet/IP: its ${VIOLATIONS[o.violation] ?? o.violation}.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	if (o.request === undefined || o.answer !== undefined || (o.kind !== "request" && o.kind !== "malformed") || o.isFromServer) return;
	const wanted = wantedBy(o.request);
	if (wanted === undefined) return;
	const [record, words] = wanted;
	const { route } = o.request;
	report(
		engineeringFact({
			record,
			words,
			...(route !== "" && { controller: `the module at ${route} behind {server}` }),
			name: o.request.pccc === undefined ? `CIP, ${nameOf(o.request)}` : `PCCC, ${operationName(codeOf(o.request))}`,
			key: route,
			frames: [o.frame],
			operation: {
				verb: PREPARING.has(record) ? "program" : verbOf(o.request),
				code: codeOf(o.request),
				name: operationName(codeOf(o.request)),
				...(o.request.path.text !== "" && o.request.pccc === undefined && { points: [o.request.path.text], pointCount: 1 }),
			},
		}),
	);
}

const nameOf = ({ classId, service, path }: CipRequest): string => `${serviceName(classId, service)} of ${path.text}`;

const VIOLATIONS: Readonly<Record<string, string>> = {
	header: "header is none",
	options: "options are not zero",
	length: "length contradicts what it carries",
	unfinished: "end never came",
	items: "items contradict its length",
	path: "path cannot be read",
	nesting: "services are nested too deep",
	services: "list of services contradicts what it carries",
	attributes: "list of attributes is longer than it is",
	tag: "values are fewer than it says",
	pccc: "PCCC command is too short",
	status: "status is longer than it is",
	"forward-open": "request for a connection is too short",
	"forward-close": "request to close a connection is too short",
	"unconnected-send": "routed request is too short",
};
