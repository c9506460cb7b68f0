/** Numbers of BACnet with their names: functions of the BVLC (J.2), network messages (6.4), PDU types (20.1), services and reasons (21). */
import {
	BACKUP_STATES,
	ERROR_CODES,
	EVENT_STATES,
	EVENT_TYPES,
	FILE_ACCESS,
	LIFE_SAFETY_MODES,
	LIFE_SAFETY_OPERATIONS,
	LIFE_SAFETY_STATES,
	LOGGING_TYPES,
	NODE_TYPES,
	NOTIFY_TYPES,
	OBJECT_TYPES,
	POLARITIES,
	PROGRAM_ERRORS,
	PROGRAM_REQUESTS,
	PROGRAM_STATES,
	PROPERTIES,
	RELIABILITY,
	RESTART_REASONS,
	SEGMENTATION,
	SYSTEM_STATES,
	UNITS,
} from "./names.ts";

export const BVLC_FUNCTION = {
	result: 0,
	writeBroadcastTable: 1,
	readBroadcastTable: 2,
	readBroadcastTableAck: 3,
	forwarded: 4,
	registerForeignDevice: 5,
	readForeignTable: 6,
	readForeignTableAck: 7,
	deleteForeignEntry: 8,
	distributeBroadcast: 9,
	unicast: 10,
	broadcast: 11,
	secured: 12,
} as const;
export const LAST_BVLC_FUNCTION = 12;

const BVLC_NAMES = [
	"BVLC-Result",
	"Write-Broadcast-Distribution-Table",
	"Read-Broadcast-Distribution-Table",
	"Read-Broadcast-Distribution-Table-Ack",
	"Forwarded-NPDU",
	"Register-Foreign-Device",
	"Read-Foreign-Device-Table",
	"Read-Foreign-Device-Table-Ack",
	"Delete-Foreign-Device-Table-Entry",
	"Distribute-Broadcast-To-Network",
	"Original-Unicast-NPDU",
	"Original-Broadcast-NPDU",
	"Secured-BVLL",
] as const;
export const bvlcName = (code: number): string => BVLC_NAMES[code] ?? `function ${code}`;

/** J.2.1.1. */
export const BVLC_RESULTS: Readonly<Record<number, string>> = {
	0: "successful completion",
	16: "Write-Broadcast-Distribution-Table NAK",
	32: "Read-Broadcast-Distribution-Table NAK",
	48: "Register-Foreign-Device NAK",
	64: "Read-Foreign-Device-Table NAK",
	80: "Delete-Foreign-Device-Table-Entry NAK",
	96: "Distribute-Broadcast-To-Network NAK",
};

const REFUSED: Readonly<Record<number, number>> = {
	16: BVLC_FUNCTION.writeBroadcastTable,
	32: BVLC_FUNCTION.readBroadcastTable,
	48: BVLC_FUNCTION.registerForeignDevice,
	64: BVLC_FUNCTION.readForeignTable,
	80: BVLC_FUNCTION.deleteForeignEntry,
	96: BVLC_FUNCTION.distributeBroadcast,
};
/** The function that a result refuses; -1 where it is none. */
export const refusedFunction = (result: number): number => REFUSED[result] ?? -1;

export const MESSAGE = {
	whoIsRouter: 0,
	iAmRouter: 1,
	iCouldBeRouter: 2,
	reject: 3,
	routerBusy: 4,
	routerAvailable: 5,
	initializeRoutingTable: 6,
	initializeRoutingTableAck: 7,
	establishConnection: 8,
	disconnectConnection: 9,
	updateKeySet: 14,
	updateDistributionKey: 15,
	setMasterKey: 17,
	whatIsNetworkNumber: 18,
	networkNumberIs: 19,
} as const;
const MESSAGE_NAMES = [
	"Who-Is-Router-To-Network",
	"I-Am-Router-To-Network",
	"I-Could-Be-Router-To-Network",
	"Reject-Message-To-Network",
	"Router-Busy-To-Network",
	"Router-Available-To-Network",
	"Initialize-Routing-Table",
	"Initialize-Routing-Table-Ack",
	"Establish-Connection-To-Network",
	"Disconnect-Connection-To-Network",
	"Challenge-Request",
	"Security-Payload",
	"Security-Response",
	"Request-Key-Update",
	"Update-Key-Set",
	"Update-Distribution-Key",
	"Request-Master-Key",
	"Set-Master-Key",
	"What-Is-Network-Number",
	"Network-Number-Is",
] as const;
export const messageName = (type: number): string =>
	MESSAGE_NAMES[type] ?? (type >= 0x80 ? `vendor's message ${type}` : `network message ${type}`);

/** 6.4.4. */
const NETWORK_REASONS = [
	"other",
	"not directly connected, and no router found",
	"router is busy",
	"unknown network message",
	"message too long",
	"security error",
	"addressing error",
] as const;
export const networkReason = (reason: number): string => NETWORK_REASONS[reason] ?? `reason ${reason}`;

export const PDU = {
	confirmedRequest: 0,
	unconfirmedRequest: 1,
	simpleAck: 2,
	complexAck: 3,
	segmentAck: 4,
	error: 5,
	reject: 6,
	abort: 7,
} as const;
const PDU_NAMES = [
	"CONFIRMED_REQUEST",
	"UNCONFIRMED_REQUEST",
	"SIMPLE_ACK",
	"COMPLEX_ACK",
	"SEGMENT_ACK",
	"ERROR",
	"REJECT",
	"ABORT",
] as const;
export const pduName = (type: number): string => PDU_NAMES[type] ?? `PDU_${type}`;

export const CONFIRMED = {
	acknowledgeAlarm: 0,
	covNotification: 1,
	eventNotification: 2,
	getAlarmSummary: 3,
	getEnrollmentSummary: 4,
	subscribeCov: 5,
	atomicReadFile: 6,
	atomicWriteFile: 7,
	addListElement: 8,
	removeListElement: 9,
	createObject: 10,
	deleteObject: 11,
	readProperty: 12,
	readPropertyConditional: 13,
	readPropertyMultiple: 14,
	writeProperty: 15,
	writePropertyMultiple: 16,
	deviceCommunicationControl: 17,
	privateTransfer: 18,
	textMessage: 19,
	reinitializeDevice: 20,
	vtOpen: 21,
	vtClose: 22,
	vtData: 23,
	authenticate: 24,
	requestKey: 25,
	readRange: 26,
	lifeSafetyOperation: 27,
	subscribeCovProperty: 28,
	getEventInformation: 29,
	subscribeCovPropertyMultiple: 30,
	covNotificationMultiple: 31,
	auditNotification: 32,
	auditLogQuery: 33,
} as const;
const CONFIRMED_NAMES = [
	"acknowledgeAlarm",
	"confirmedCOVNotification",
	"confirmedEventNotification",
	"getAlarmSummary",
	"getEnrollmentSummary",
	"subscribeCOV",
	"atomicReadFile",
	"atomicWriteFile",
	"addListElement",
	"removeListElement",
	"createObject",
	"deleteObject",
	"readProperty",
	"readPropertyConditional",
	"readPropertyMultiple",
	"writeProperty",
	"writePropertyMultiple",
	"deviceCommunicationControl",
	"confirmedPrivateTransfer",
	"confirmedTextMessage",
	"reinitializeDevice",
	"vtOpen",
	"vtClose",
	"vtData",
	"authenticate",
	"requestKey",
	"readRange",
	"lifeSafetyOperation",
	"subscribeCOVProperty",
	"getEventInformation",
	"subscribeCOVPropertyMultiple",
	"confirmedCOVNotificationMultiple",
	"confirmedAuditNotification",
	"auditLogQuery",
] as const;

export const UNCONFIRMED = {
	iAm: 0,
	iHave: 1,
	covNotification: 2,
	eventNotification: 3,
	privateTransfer: 4,
	textMessage: 5,
	timeSynchronization: 6,
	whoHas: 7,
	whoIs: 8,
	utcTimeSynchronization: 9,
	writeGroup: 10,
	covNotificationMultiple: 11,
	auditNotification: 12,
	whoAmI: 13,
	youAre: 14,
} as const;
const UNCONFIRMED_NAMES = [
	"i-Am",
	"i-Have",
	"unconfirmedCOVNotification",
	"unconfirmedEventNotification",
	"unconfirmedPrivateTransfer",
	"unconfirmedTextMessage",
	"timeSynchronization",
	"who-Has",
	"who-Is",
	"utcTimeSynchronization",
	"writeGroup",
	"unconfirmedCOVNotificationMultiple",
	"unconfirmedAuditNotification",
	"who-Am-I",
	"you-Are",
] as const;
export const serviceName = (choice: number, isConfirmed: boolean): string =>
	(isConfirmed ? CONFIRMED_NAMES : UNCONFIRMED_NAMES)[choice] ?? `service ${choice}`;

/** Services by which a device tells of itself: who sends them is the server in neutral words. */
const REPORTING_CONFIRMED: ReadonlySet<number> = new Set([
	CONFIRMED.covNotification,
	CONFIRMED.eventNotification,
	CONFIRMED.covNotificationMultiple,
	CONFIRMED.auditNotification,
]);
const REPORTING_UNCONFIRMED: ReadonlySet<number> = new Set([
	UNCONFIRMED.iAm,
	UNCONFIRMED.iHave,
	UNCONFIRMED.covNotification,
	UNCONFIRMED.eventNotification,
	UNCONFIRMED.covNotificationMultiple,
	UNCONFIRMED.auditNotification,
	UNCONFIRMED.whoAmI,
]);
export const isReporting = (choice: number, isConfirmed: boolean): boolean =>
	(isConfirmed ? REPORTING_CONFIRMED : REPORTING_UNCONFIRMED).has(choice);
/** Network messages by which a router tells of itself, or answers. */
export const REPORTING_MESSAGES: ReadonlySet<number> = new Set([
	MESSAGE.iAmRouter,
	MESSAGE.iCouldBeRouter,
	MESSAGE.reject,
	MESSAGE.routerBusy,
	MESSAGE.routerAvailable,
	MESSAGE.initializeRoutingTableAck,
	MESSAGE.networkNumberIs,
]);

const REJECT_REASONS = [
	"other",
	"buffer-overflow",
	"inconsistent-parameters",
	"invalid-parameter-data-type",
	"invalid-tag",
	"missing-required-parameter",
	"parameter-out-of-range",
	"too-many-arguments",
	"undefined-enumeration",
	"unrecognized-service",
] as const;
export const rejectReason = (reason: number): string => REJECT_REASONS[reason] ?? `reason ${reason}`;
const ABORT_REASONS = [
	"other",
	"buffer-overflow",
	"invalid-apdu-in-this-state",
	"preempted-by-higher-priority-task",
	"segmentation-not-supported",
	"security-error",
	"insufficient-security",
	"window-size-out-of-range",
	"application-exceeded-reply-time",
	"out-of-resources",
	"tsm-timeout",
	"apdu-too-long",
] as const;
export const abortReason = (reason: number): string => ABORT_REASONS[reason] ?? `reason ${reason}`;
const ERROR_CLASSES = ["device", "object", "property", "resources", "security", "services", "vt", "communication"] as const;
export const errorClassName = (code: number): string => ERROR_CLASSES[code] ?? `class ${code}`;
export const errorCodeName = (code: number): string => ERROR_CODES.get(code) ?? `code ${code}`;
export const ERROR = { authenticationFailed: 1, configurationInProgress: 2, deviceBusy: 3, passwordFailure: 26, busy: 82 } as const;

export const OBJECT = { device: 8, file: 10, program: 16 } as const;
export const PROPERTY = {
	all: 8,
	applicationSoftwareVersion: 12,
	description: 28,
	firmwareRevision: 44,
	location: 58,
	modelName: 70,
	objectList: 76,
	objectName: 77,
	outOfService: 81,
	presentValue: 85,
	programChange: 90,
	vendorIdentifier: 120,
	vendorName: 121,
	serialNumber: 372,
} as const;
export const objectTypeName = (type: number): string => OBJECT_TYPES.get(type) ?? `object-type-${type}`;
export const propertyName = (property: number): string => PROPERTIES.get(property) ?? `property-${property}`;

/** 16.4: state of the device after reinitializeDevice; 16.1: what it may say after deviceCommunicationControl. */
export const STATE = {
	coldstart: 0,
	warmstart: 1,
	startBackup: 2,
	endBackup: 3,
	startRestore: 4,
	endRestore: 5,
	abortRestore: 6,
	activateChanges: 7,
} as const;
const STATE_NAMES = [
	"coldstart",
	"warmstart",
	"start-backup",
	"end-backup",
	"start-restore",
	"end-restore",
	"abort-restore",
	"activate-changes",
] as const;
export const stateName = (state: number): string => STATE_NAMES[state] ?? `state ${state}`;
export const COMMUNICATION = { enable: 0, disable: 1, disableInitiation: 2 } as const;
const COMMUNICATION_NAMES = ["enable", "disable", "disable-initiation"] as const;
export const communicationName = (state: number): string => COMMUNICATION_NAMES[state] ?? `state ${state}`;
/** 12.22: the states of the property program-change. */
export const PROGRAM = { load: 1, run: 2, halt: 3, restart: 4, unload: 5 } as const;

/** The words of an enumeration, where the property says which it is (12). */
const ENUMERATIONS: ReadonlyMap<number, ReadonlyMap<number, string>> = new Map([
	[20, UNITS],
	[27, UNITS],
	[36, EVENT_STATES],
	[37, EVENT_TYPES],
	[41, FILE_ACCESS],
	[50, UNITS],
	[72, NOTIFY_TYPES],
	[79, OBJECT_TYPES],
	[82, UNITS],
	[84, POLARITIES],
	[90, PROGRAM_REQUESTS],
	[92, PROGRAM_STATES],
	[94, UNITS],
	[100, PROGRAM_ERRORS],
	[103, RELIABILITY],
	[107, SEGMENTATION],
	[112, SYSTEM_STATES],
	[117, UNITS],
	[160, LIFE_SAFETY_MODES],
	[161, LIFE_SAFETY_OPERATIONS],
	[164, LIFE_SAFETY_STATES],
	[175, LIFE_SAFETY_MODES],
	[196, RESTART_REASONS],
	[197, LOGGING_TYPES],
	[208, NODE_TYPES],
	[338, BACKUP_STATES],
]);
export const enumerationName = (property: number, value: number): string | undefined => ENUMERATIONS.get(property)?.get(value);
export const eventStateName = (state: number): string => EVENT_STATES.get(state) ?? `state ${state}`;
export const eventTypeName = (type: number): string => EVENT_TYPES.get(type) ?? `type ${type}`;
export const notifyTypeName = (type: number): string => NOTIFY_TYPES.get(type) ?? `type ${type}`;
export const segmentationName = (code: number): string => SEGMENTATION.get(code) ?? `segmentation ${code}`;
export const lifeSafetyName = (code: number): string => LIFE_SAFETY_OPERATIONS.get(code) ?? `operation ${code}`;

/** 20.1.2.4, 20.1.2.5: in octets and segments; -1 for reserved numbers, 0 for an unspecified number of segments. */
const MAX_APDU = [50, 128, 206, 480, 1024, 1476] as const;
export const maxApdu = (code: number): number => MAX_APDU[code] ?? -1;
/** 7 stands for more than 64. */
export const maxSegments = (code: number): number => (code === 0 ? 0 : 2 ** code);

/** Codes of operations: services as they are, others behind them. */
export const OPERATION = { unconfirmed: 0x100, message: 0x200, bvlc: 0x300 } as const;
export function operationName(code: number): string {
	if (code >= OPERATION.bvlc) return `${bvlcName(code - OPERATION.bvlc)} (BVLC function ${code - OPERATION.bvlc})`;
	if (code >= OPERATION.message) return `${messageName(code - OPERATION.message)} (network message ${code - OPERATION.message})`;
	if (code >= OPERATION.unconfirmed)
		return `${serviceName(code - OPERATION.unconfirmed, false)} (unconfirmed service ${code - OPERATION.unconfirmed})`;
	return `${serviceName(code, true)} (confirmed service ${code})`;
}

/** Codes of outcomes: reject and abort reasons, reasons of routers and results of the BVLC; of errors the class, counted from 1, in the hundred thousands and the code. */
export const OUTCOME = { reject: 1000, abort: 2000, network: 3000, bvlc: 4000, errorClass: 100_000 } as const;
export const errorOutcome = (errorClass: number, errorCode: number): number => (errorClass + 1) * OUTCOME.errorClass + errorCode;
export function outcomeName(code: number): string {
	if (code >= OUTCOME.errorClass) {
		const errorClass = Math.floor(code / OUTCOME.errorClass) - 1;
		return `${errorCodeName(code % OUTCOME.errorClass)} (error of class ${errorClassName(errorClass)})`;
	}
	if (code >= OUTCOME.bvlc) return BVLC_RESULTS[code - OUTCOME.bvlc] ?? `result ${code - OUTCOME.bvlc}`;
	if (code >= OUTCOME.network) return `${networkReason(code - OUTCOME.network)} (rejected by a router)`;
	if (code >= OUTCOME.abort) return `${abortReason(code - OUTCOME.abort)} (abort)`;
	return `${rejectReason(code - OUTCOME.reject)} (reject)`;
}
