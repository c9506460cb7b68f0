/** Numbers of MMS (ISO 9506-2, clause 7 and annex A) and what IEC 61850-8-1 makes of them. */
import type { Verb } from "../../src/decode/protocol.ts";

/** MMSpdu: the context tag of each (ISO 9506-2, 7.1). */
export const PDU = {
	request: 0,
	response: 1,
	error: 2,
	unconfirmed: 3,
	reject: 4,
	cancelRequest: 5,
	cancelResponse: 6,
	cancelError: 7,
	initiateRequest: 8,
	initiateResponse: 9,
	initiateError: 10,
	concludeRequest: 11,
	concludeResponse: 12,
	concludeError: 13,
} as const;

const PDU_NAMES = [
	"confirmed-RequestPDU",
	"confirmed-ResponsePDU",
	"confirmed-ErrorPDU",
	"unconfirmed-PDU",
	"rejectPDU",
	"cancel-RequestPDU",
	"cancel-ResponsePDU",
	"cancel-ErrorPDU",
	"initiate-RequestPDU",
	"initiate-ResponsePDU",
	"initiate-ErrorPDU",
	"conclude-RequestPDU",
	"conclude-ResponsePDU",
	"conclude-ErrorPDU",
] as const;
export const pduName = (pdu: number): string | undefined => PDU_NAMES[pdu];

/** ConfirmedServiceRequest: context tags. */
export const SERVICE = {
	status: 0,
	getNameList: 1,
	identify: 2,
	rename: 3,
	read: 4,
	write: 5,
	getVariableAccessAttributes: 6,
	deleteVariableAccess: 10,
	defineNamedVariableList: 11,
	getNamedVariableListAttributes: 12,
	deleteNamedVariableList: 13,
	initiateDownloadSequence: 26,
	downloadSegment: 27,
	terminateDownloadSequence: 28,
	initiateUploadSequence: 29,
	uploadSegment: 30,
	terminateUploadSequence: 31,
	requestDomainDownload: 32,
	requestDomainUpload: 33,
	loadDomainContent: 34,
	storeDomainContent: 35,
	deleteDomain: 36,
	getDomainAttributes: 37,
	createProgramInvocation: 38,
	deleteProgramInvocation: 39,
	start: 40,
	stop: 41,
	resume: 42,
	reset: 43,
	kill: 44,
	getProgramInvocationAttributes: 45,
	obtainFile: 46,
	fileOpen: 72,
	fileRead: 73,
	fileClose: 74,
	fileRename: 75,
	fileDelete: 76,
	fileDirectory: 77,
} as const;

const SERVICE_NAMES = [
	"status",
	"getNameList",
	"identify",
	"rename",
	"read",
	"write",
	"getVariableAccessAttributes",
	"defineNamedVariable",
	"defineScatteredAccess",
	"getScatteredAccessAttributes",
	"deleteVariableAccess",
	"defineNamedVariableList",
	"getNamedVariableListAttributes",
	"deleteNamedVariableList",
	"defineNamedType",
	"getNamedTypeAttributes",
	"deleteNamedType",
	"input",
	"output",
	"takeControl",
	"relinquishControl",
	"defineSemaphore",
	"deleteSemaphore",
	"reportSemaphoreStatus",
	"reportPoolSemaphoreStatus",
	"reportSemaphoreEntryStatus",
	"initiateDownloadSequence",
	"downloadSegment",
	"terminateDownloadSequence",
	"initiateUploadSequence",
	"uploadSegment",
	"terminateUploadSequence",
	"requestDomainDownload",
	"requestDomainUpload",
	"loadDomainContent",
	"storeDomainContent",
	"deleteDomain",
	"getDomainAttributes",
	"createProgramInvocation",
	"deleteProgramInvocation",
	"start",
	"stop",
	"resume",
	"reset",
	"kill",
	"getProgramInvocationAttributes",
	"obtainFile",
	"defineEventCondition",
	"deleteEventCondition",
	"getEventConditionAttributes",
	"reportEventConditionStatus",
	"alterEventConditionMonitoring",
	"triggerEvent",
	"defineEventAction",
	"deleteEventAction",
	"getEventActionAttributes",
	"reportEventActionStatus",
	"defineEventEnrollment",
	"deleteEventEnrollment",
	"alterEventEnrollment",
	"reportEventEnrollmentStatus",
	"getEventEnrollmentAttributes",
	"acknowledgeEventNotification",
	"getAlarmSummary",
	"getAlarmEnrollmentSummary",
	"readJournal",
	"writeJournal",
	"initializeJournal",
	"reportJournalStatus",
	"createJournal",
	"deleteJournal",
	"getCapabilityList",
	"fileOpen",
	"fileRead",
	"fileClose",
	"fileRename",
	"fileDelete",
	"fileDirectory",
	"additionalService",
	"getDataExchangeAttributes",
	"exchangeData",
	"defineAccessControlList",
	"getAccessControlListAttributes",
	"reportAccessControlledObjects",
	"deleteAccessControlList",
	"changeAccessControl",
	"reconfigureProgramInvocation",
] as const;
export const serviceName = (service: number): string => SERVICE_NAMES[service] ?? `service ${service}`;
export const isService = (service: number): boolean => service >= 0 && service < SERVICE_NAMES.length;

/** UnconfirmedService: context tags. */
export const UNCONFIRMED = { informationReport: 0, unsolicitedStatus: 1, eventNotification: 2 } as const;
const UNCONFIRMED_NAMES = ["informationReport", "unsolicitedStatus", "eventNotification"] as const;
export const unconfirmedName = (service: number): string => UNCONFIRMED_NAMES[service] ?? `unconfirmed service ${service}`;

/** What a server asks of a client while it is given or gives a domain: parts of what the client began. */
export const isServersService = (service: number): boolean =>
	service === SERVICE.downloadSegment ||
	service === SERVICE.terminateDownloadSequence ||
	service === SERVICE.requestDomainDownload ||
	service === SERVICE.requestDomainUpload;

/** Codes of operations: confirmed services by their number, and these. Writes have their own by the functional constraint of IEC 61850-7-2. */
export const OPERATION = {
	unconfirmed: 100,
	associate: 110,
	select: 120,
	selectWithValue: 121,
	operate: 122,
	cancel: 123,
	writeSetting: 124,
	writeSetpoint: 129,
	writeConfiguration: 125,
	writeReportControl: 126,
	writeControlBlock: 127,
	substitute: 128,
} as const;

const OPERATION_NAMES: Readonly<Record<number, string>> = {
	[OPERATION.associate]: "associate (AARQ, initiate)",
	[OPERATION.select]: "select for control (read of SBO)",
	[OPERATION.selectWithValue]: "select for control with its value (write of SBOw)",
	[OPERATION.operate]: "operate (write of Oper)",
	[OPERATION.cancel]: "cancel a control (write of Cancel)",
	[OPERATION.writeSetting]: "write settings (SG, SE, SGCB)",
	[OPERATION.writeSetpoint]: "write set points (SP)",
	[OPERATION.writeConfiguration]: "write configuration (CF, DC)",
	[OPERATION.writeReportControl]: "write a report control block (RP, BR)",
	[OPERATION.writeControlBlock]: "write a control block of GOOSE, sampled values or logs",
	[OPERATION.substitute]: "substitute values (SV)",
};

export function operationName(code: number): string {
	const name = OPERATION_NAMES[code];
	if (name !== undefined) return name;
	if (code >= OPERATION.unconfirmed && code < OPERATION.associate) return unconfirmedName(code - OPERATION.unconfirmed);
	return `${serviceName(code)} (service ${code})`;
}

/** IEC 61850-7-2 table 27 ff.: what a write is by the functional constraint of its object. */
export const CONSTRAINTS: Readonly<Record<string, readonly [Verb, number]>> = {
	CO: ["command", OPERATION.operate],
	SP: ["write", OPERATION.writeSetpoint],
	SG: ["configure", OPERATION.writeSetting],
	SE: ["configure", OPERATION.writeSetting],
	CF: ["configure", OPERATION.writeConfiguration],
	DC: ["configure", OPERATION.writeConfiguration],
	RP: ["configure", OPERATION.writeReportControl],
	BR: ["configure", OPERATION.writeReportControl],
	GO: ["configure", OPERATION.writeControlBlock],
	GS: ["configure", OPERATION.writeControlBlock],
	MS: ["configure", OPERATION.writeControlBlock],
	US: ["configure", OPERATION.writeControlBlock],
	LG: ["configure", OPERATION.writeControlBlock],
	SV: ["write", OPERATION.substitute],
};

/** What each service does; services that are parts of another exchange have none. */
const VERBS: readonly (readonly [Verb, readonly number[]])[] = [
	["diagnose", [0, 23, 24, 25, 50, 56, 60, 63, 64, 68]],
	["browse", [1, 6, 9, 12, 15, 37, 45, 49, 55, 61, 71, 77, 79, 82, 83]],
	["identify", [2]],
	["configure", [3, 7, 8, 10, 11, 13, 14, 16, 21, 22, 47, 48, 51, 53, 54, 57, 58, 59, 66, 67, 69, 70, 75, 76, 81, 84, 85]],
	["read", [4, 17, 65, 72]],
	["write", [5, 18, 46, 80]],
	["program", [26, 29, 34, 35, 36, 38, 39, 86]],
	["command", [40, 41, 42, 43, 44, 52, 62]],
	["other", [19, 20, 78]],
];
const VERB_OF = new Map<number, Verb>(VERBS.flatMap(([verb, services]) => services.map((service): [number, Verb] => [service, verb])));
export const verbOf = (service: number): Verb | undefined => VERB_OF.get(service);

/** ObjectClass of a getNameList. */
const OBJECT_CLASSES = [
	"nmdVariable",
	"scatteredAccess",
	"namedVariableList",
	"namedType",
	"semaphore",
	"eventCondition",
	"eventAction",
	"eventEnrollment",
	"journal",
	"domain",
	"programInvocation",
	"operatorStation",
	"dataExchange",
	"accessControlList",
] as const;
export const objectClassName = (code: number): string => OBJECT_CLASSES[code] ?? `class ${code}`;

/** Refusals: what said it, above the code. */
export const REFUSED = { access: 0x100, error: 0x1000, reject: 0x3000, associate: 0x4000 } as const;

const ACCESS_ERRORS = [
	"object-invalidated",
	"hardware-fault",
	"temporarily-unavailable",
	"object-access-denied",
	"object-undefined",
	"invalid-address",
	"type-unsupported",
	"type-inconsistent",
	"object-attribute-inconsistent",
	"object-access-unsupported",
	"object-non-existent",
	"object-value-invalid",
] as const;
export const accessErrorName = (code: number): string => ACCESS_ERRORS[code] ?? `error ${code}`;
/** Put off, not refused. */
export const POSTPONING: readonly number[] = [REFUSED.access + 2];

/** ServiceError: class, and its codes (ISO 9506-2, 7.4). */
const ERRORS: readonly (readonly [string, readonly string[]])[] = [
	["vmd-state", ["other", "vmd-state-conflict", "vmd-operational-problem", "domain-transfer-problem", "state-machine-id-invalid"]],
	[
		"application-reference",
		["other", "application-unreachable", "connection-lost", "application-reference-invalid", "context-unsupported"],
	],
	[
		"definition",
		[
			"other",
			"object-undefined",
			"invalid-address",
			"type-unsupported",
			"type-inconsistent",
			"object-exists",
			"object-attribute-inconsistent",
		],
	],
	[
		"resource",
		[
			"other",
			"memory-unavailable",
			"processor-resource-unavailable",
			"mass-storage-unavailable",
			"capability-unavailable",
			"capability-unknown",
		],
	],
	[
		"service",
		["other", "primitives-out-of-sequence", "object-state-conflict", "pdu-size", "continuation-invalid", "object-constraint-conflict"],
	],
	["service-preempt", ["other", "timeout", "deadlock", "cancel"]],
	["time-resolution", ["other", "unsupportable-time-resolution"]],
	["access", ["other", "object-access-unsupported", "object-non-existent", "object-access-denied", "object-invalidated"]],
	[
		"initiate",
		[
			"other",
			"reserved1",
			"reserved2",
			"max-services-outstanding-calling-insufficient",
			"max-services-outstanding-called-insufficient",
			"service-CBB-insufficient",
			"parameter-CBB-insufficient",
			"nesting-level-insufficient",
		],
	],
	["conclude", ["other", "further-communication-required"]],
	["cancel", ["other", "invoke-id-unknown", "cancel-not-possible"]],
	[
		"file",
		[
			"other",
			"filename-ambiguous",
			"file-busy",
			"filename-syntax-error",
			"content-type-invalid",
			"position-invalid",
			"file-access-denied",
			"file-non-existent",
			"duplicate-filename",
			"insufficient-space-in-filestore",
		],
	],
	["others", ["other"]],
];

/** RejectPDU: what was rejected, by its tag. */
const REJECTED = [
	"",
	"confirmed-requestPDU",
	"confirmed-responsePDU",
	"confirmed-errorPDU",
	"unconfirmedPDU",
	"pdu-error",
	"cancel-requestPDU",
	"cancel-responsePDU",
	"cancel-errorPDU",
	"conclude-requestPDU",
	"conclude-responsePDU",
	"conclude-errorPDU",
] as const;

/** Diagnostics of ACSE (X.227, 9): of the user, above them of the provider. */
const DIAGNOSTICS: Readonly<Record<number, string>> = {
	256: "no reason given",
	257: "no reason given",
	258: "application context name not supported",
	259: "calling AP title not recognized",
	262: "calling AE qualifier not recognized",
	263: "called AP title not recognized",
	266: "called AE qualifier not recognized",
	267: "authentication mechanism name not recognized",
	268: "authentication mechanism name required",
	269: "authentication failure",
	270: "authentication required",
	514: "no common ACSE version",
};
export const isAuthentication = (outcomeCode: number): boolean =>
	outcomeCode >= REFUSED.associate + 0x10b && outcomeCode <= REFUSED.associate + 0x10e;

export function outcomeName(code: number): string {
	const low = code & 0xff;
	if (code >= REFUSED.associate) {
		const diagnostic = code - REFUSED.associate;
		return `association rejected: ${DIAGNOSTICS[diagnostic] ?? `diagnostic ${low}`}`;
	}
	if (code >= REFUSED.reject) return `rejected: ${REJECTED[(code - REFUSED.reject) >> 8] || "unknown"} ${low}`;
	if (code >= REFUSED.error) {
		const [name, codes] = ERRORS[(code - REFUSED.error) >> 8] ?? ["unknown", []];
		return `${name}: ${codes[low] ?? `error ${low}`}`;
	}
	return `${accessErrorName(low)} (data access error ${low})`;
}
