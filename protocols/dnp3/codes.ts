/** Functions, indications, statuses and violations of DNP3 (IEEE 1815-2012): one table each. Function names are those that Zeek and Snort use. */

/** 4.2.2.5, table 4-2. */
export const FUNCTION = {
	confirm: 0,
	read: 1,
	write: 2,
	select: 3,
	operate: 4,
	directOperate: 5,
	directOperateNoAck: 6,
	freeze: 7,
	freezeNoAck: 8,
	freezeClear: 9,
	freezeClearNoAck: 10,
	freezeAtTime: 11,
	freezeAtTimeNoAck: 12,
	coldRestart: 13,
	warmRestart: 14,
	initializeData: 15,
	initializeApplication: 16,
	startApplication: 17,
	stopApplication: 18,
	saveConfiguration: 19,
	enableUnsolicited: 20,
	disableUnsolicited: 21,
	assignClass: 22,
	delayMeasure: 23,
	recordCurrentTime: 24,
	openFile: 25,
	closeFile: 26,
	deleteFile: 27,
	getFileInfo: 28,
	authenticateFile: 29,
	abortFile: 30,
	activateConfiguration: 31,
	authenticate: 32,
	authenticateError: 33,
	response: 129,
	unsolicited: 130,
	authenticateResponse: 131,
} as const;

/** By function: its name, and how it is said in a sentence. */
const FUNCTIONS: Readonly<Record<number, readonly [name: string, words: string]>> = {
	0: ["CONFIRM", "confirm"],
	1: ["READ", "read"],
	2: ["WRITE", "write"],
	3: ["SELECT", "select"],
	4: ["OPERATE", "operate"],
	5: ["DIRECT_OPERATE", "direct operate"],
	6: ["DIRECT_OPERATE_NR", "direct operate without answer"],
	7: ["IMMED_FREEZE", "freeze"],
	8: ["IMMED_FREEZE_NR", "freeze without answer"],
	9: ["FREEZE_CLEAR", "freeze and clear"],
	10: ["FREEZE_CLEAR_NR", "freeze and clear without answer"],
	11: ["FREEZE_AT_TIME", "freeze at a time"],
	12: ["FREEZE_AT_TIME_NR", "freeze at a time without answer"],
	13: ["COLD_RESTART", "cold restart"],
	14: ["WARM_RESTART", "warm restart"],
	15: ["INITIALIZE_DATA", "initialize data"],
	16: ["INITIALIZE_APPL", "initialize application"],
	17: ["START_APPL", "start application"],
	18: ["STOP_APPL", "stop application"],
	19: ["SAVE_CONFIG", "save configuration"],
	20: ["ENABLE_UNSOLICITED", "enable unsolicited responses"],
	21: ["DISABLE_UNSOLICITED", "disable unsolicited responses"],
	22: ["ASSIGN_CLASS", "assign class"],
	23: ["DELAY_MEASURE", "delay measurement"],
	24: ["RECORD_CURRENT_TIME", "record current time"],
	25: ["OPEN_FILE", "open file"],
	26: ["CLOSE_FILE", "close file"],
	27: ["DELETE_FILE", "delete file"],
	28: ["GET_FILE_INFO", "get file information"],
	29: ["AUTHENTICATE_FILE", "authenticate for files"],
	30: ["ABORT_FILE", "abort file transfer"],
	31: ["ACTIVATE_CONFIG", "activate configuration"],
	32: ["AUTHENTICATE_REQ", "authentication request"],
	33: ["AUTHENTICATE_ERR", "authentication error"],
	129: ["RESPONSE", "response"],
	130: ["UNSOLICITED_RESPONSE", "unsolicited response"],
	131: ["AUTHENTICATE_RESP", "authentication response"],
};
export const isFunction = (code: number): boolean => FUNCTIONS[code] !== undefined;
export const functionName = (code: number): string => FUNCTIONS[code]?.[0] ?? `UNKNOWN_${code}`;
export const functionWords = (code: number): string => FUNCTIONS[code]?.[1] ?? "unknown function";
/** From here on a function is what an outstation says. */
export const FIRST_RESPONSE = 128;

/** Functions that an outstation does and does not answer. */
const UNANSWERED: ReadonlySet<number> = new Set([
	FUNCTION.confirm,
	FUNCTION.directOperateNoAck,
	FUNCTION.freezeNoAck,
	FUNCTION.freezeClearNoAck,
	FUNCTION.freezeAtTimeNoAck,
	FUNCTION.authenticateError,
]);
export const isAnswered = (code: number): boolean => !UNANSWERED.has(code);

/** 9.2.4.1.3, tables 9-2 and 9-3: functions of frames that begin a transaction, and of those that end one. */
export const LINK = { confirmedData: 3, unconfirmedData: 4 } as const;
const PRIMARY: Readonly<Record<number, string>> = {
	0: "RESET_LINK_STATES",
	1: "RESET_USER_PROCESS",
	2: "TEST_LINK_STATES",
	3: "CONFIRMED_USER_DATA",
	4: "UNCONFIRMED_USER_DATA",
	9: "REQUEST_LINK_STATUS",
};
const SECONDARY: Readonly<Record<number, string>> = { 0: "ACK", 1: "NACK", 11: "LINK_STATUS", 14: "NOT_FUNCTIONING", 15: "NOT_SUPPORTED" };
export const linkName = (code: number, isPrimary: boolean): string => (isPrimary ? PRIMARY : SECONDARY)[code] ?? `UNKNOWN_${code}`;
export const isLinkFunction = (code: number, isPrimary: boolean): boolean => (isPrimary ? PRIMARY : SECONDARY)[code] !== undefined;

/** 4.2.2.6, table 4-3: internal indications by bit; the first octet is the lower one. */
export const IIN = {
	broadcast: 0x0001,
	class1: 0x0002,
	class2: 0x0004,
	class3: 0x0008,
	needTime: 0x0010,
	localControl: 0x0020,
	deviceTrouble: 0x0040,
	deviceRestart: 0x0080,
	noFunction: 0x0100,
	objectUnknown: 0x0200,
	parameterError: 0x0400,
	eventBufferOverflow: 0x0800,
	alreadyExecuting: 0x1000,
	configurationCorrupt: 0x2000,
} as const;
const IIN_NAMES = [
	"broadcast",
	"class1Events",
	"class2Events",
	"class3Events",
	"needTime",
	"localControl",
	"deviceTrouble",
	"deviceRestart",
	"noFunctionCodeSupport",
	"objectUnknown",
	"parameterError",
	"eventBufferOverflow",
	"alreadyExecuting",
	"configurationCorrupt",
	"reserved2",
	"reserved1",
] as const;
export const indicationNames = (iin: number): string[] => IIN_NAMES.filter((_, bit) => iin & (1 << bit));

/** Why a request was not carried out, by the indications of its answer; 0 where it was. */
const REFUSING = IIN.noFunction | IIN.objectUnknown | IIN.parameterError | IIN.alreadyExecuting;
export const refusalOf = (iin: number): number => iin & REFUSING;

/** 11.4.2, table 11-1: what an outstation says of a control. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
	0: "Success",
	1: "Timeout",
	2: "No Select",
	3: "Format Error",
	4: "Not Supported",
	5: "Already Active",
	6: "Hardware Error",
	7: "Local",
	8: "Too Many Operations",
	9: "Not Authorized",
	10: "Automation Inhibit",
	11: "Processing Limited",
	12: "Out of Range",
	13: "Downstream Local",
	14: "Already Complete",
	15: "Blocked",
	16: "Canceled",
	17: "Blocked by Other Master",
	18: "Downstream Failure",
	126: "Non-participating",
	127: "Undefined",
};
export const statusName = (code: number): string => STATUS_NAMES[code] ?? `Status ${code}`;

/** A.24.1, table 11-2: what an outstation says of a file. */
const FILE_STATUS: Readonly<Record<number, string>> = {
	0: "SUCCESS",
	1: "PERMISSION DENIED",
	2: "INVALID MODE",
	3: "FILE NOT FOUND",
	4: "FILE LOCKED",
	5: "TOO MANY OPEN",
	6: "INVALID HANDLE",
	7: "WRITE BLOCK SIZE",
	8: "COMM LOST",
	9: "CANNOT ABORT",
	16: "NOT OPENED",
	17: "HANDLE EXPIRED",
	18: "BUFFER OVERRUN",
	19: "FATAL",
	20: "BLOCK SEQUENCE",
	255: "UNDEFINED",
};
export const fileStatusName = (code: number): string => FILE_STATUS[code] ?? `STATUS ${code}`;
export const FILE_MODE = { none: 0, read: 1, write: 2, append: 3 } as const;
export const fileModeName = (mode: number): string => ["NULL", "READ", "WRITE", "APPEND"][mode] ?? `MODE ${mode}`;
/** The end of a transfer: its block number has this bit. */
export const LAST_BLOCK = 0x80000000;

/** 7.5.2: what secure authentication says went wrong (g120v7). */
const AUTHENTICATION_ERRORS: Readonly<Record<number, string>> = {
	1: "authentication failed",
	4: "aggressive mode not permitted",
	5: "MAC algorithm not supported",
	6: "key wrap algorithm not supported",
	7: "authorization failed",
	8: "update key change method not permitted",
	9: "invalid signature",
	10: "invalid certification data",
	11: "unknown user",
	12: "too many session key status requests",
};
export const authenticationErrorName = (code: number): string => AUTHENTICATION_ERRORS[code] ?? `authentication error ${code}`;
/** Errors that turn a user down: wrong keys, a user that is none. */
export const TURNED_DOWN: ReadonlySet<number> = new Set([1, 9, 10, 11]);

/** 7.5.2.5 (g120v5). */
export const KEY_STATUS = { ok: 1, notInitialised: 2, communicationFailed: 3, authenticationFailed: 4 } as const;
export const keyStatusName = (status: number): string => ["", "OK", "NOT INIT", "COMM FAIL", "AUTH FAIL"][status] || `KEY STATUS ${status}`;
/** 7.5.2.10 (g120v10). */
export const userOperationName = (operation: number): string => ["", "ADD", "DELETE", "CHANGE"][operation] || `OPERATION ${operation}`;

/** 11.4.3 (g12v1), the control code: what to do, whether to clear the queue first, and which of two contacts. */
export const operationTypeName = (control: number): string =>
	["Nul", "Pulse On", "Pulse Off", "Latch On", "Latch Off"][control & 0x0f] ?? `Operation ${control & 0x0f}`;
export const tripCloseName = (control: number): string => ["Nul", "Close", "Trip", "Reserved"][control >> 6]!;
const OPERATION_STATES = [Number.NaN, 1, 0, 1, 0] as const;
/** The state that a control commands: close, latch on and pulse on are 1, trip, latch off and pulse off 0; NaN where it commands none. */
export function commandedState(control: number): number {
	const contact = control >> 6;
	if (contact === 1) return 1;
	if (contact === 2) return 0;
	return OPERATION_STATES[control & 0x0f] ?? Number.NaN;
}

/** What is wrong with a message: bits. */
export const VIOLATION = {
	/** Bytes that are no frame where one should begin. */
	framing: 1 << 0,
	headerChecksum: 1 << 1,
	dataChecksum: 1 << 2,
	/** User data where the link function has none, or none where it has. */
	linkData: 1 << 3,
	/** A fragment without its function or its indications. */
	fragment: 1 << 4,
	/** A function code that does not exist. */
	functionCode: 1 << 5,
	/** What only a master says comes from an outstation, or the other way round. */
	direction: 1 << 6,
	/** A qualifier that does not exist, or not for this object. */
	qualifier: 1 << 7,
	/** A range that ends before it begins. */
	range: 1 << 8,
	/** Fewer bytes than the objects that are announced. */
	objectLength: 1 << 9,
	/** An object that the library does not have: what follows it cannot be read. */
	unknownObject: 1 << 10,
	/** An operate that no select came before, or that is another one. */
	noSelect: 1 << 11,
	otherSelect: 1 << 12,
} as const;
const VIOLATION_WORDS: Readonly<Record<string, string>> = {
	headerChecksum: "header-checksum",
	dataChecksum: "data-checksum",
	linkData: "link-data",
	functionCode: "function-code",
	objectLength: "object-length",
	unknownObject: "unknown-object",
	noSelect: "no-select",
	otherSelect: "other-select",
};
export const violationWords = (violations: number): string[] =>
	Object.entries(VIOLATION)
		.filter(([, bit]) => violations & bit)
		.map(([name]) => VIOLATION_WORDS[name] ?? name);

/** Codes of operations: a function, and above it what of several things it is about. */
export const SUBJECT = {
	plain: 0,
	time: 1,
	indications: 2,
	deadbands: 3,
	file: 4,
	attributes: 5,
	terminal: 6,
	definitions: 7,
	keys: 8,
	users: 9,
} as const;
export const operationCode = (code: number, subject: number): number => code | (subject << 8);
const SUBJECT_WORDS = [
	"",
	"time",
	"indications",
	"deadbands",
	"file data",
	"attributes",
	"virtual terminal",
	"definitions",
	"session keys",
	"users or keys",
];
/** "write (function 2), time". */
export function operationName(code: number): string {
	const subject = SUBJECT_WORDS[code >> 8] ?? "";
	return `${functionWords(code & 0xff)} (function ${code & 0xff})${subject === "" ? "" : `, ${subject}`}`;
}

/** Codes of outcomes: a control status as it is; others above it. */
export const OUTCOME = { indications: 0x10000, file: 0x20000, authentication: 0x30000, keys: 0x40000 } as const;
export function outcomeName(code: number): string {
	const value = code & 0xffff;
	switch (code & ~0xffff) {
		case OUTCOME.indications:
			return `${indicationNames(value).join(", ")} (indications ${value.toString(16).padStart(4, "0")})`;
		case OUTCOME.file:
			return `${fileStatusName(value)} (file status ${value})`;
		case OUTCOME.authentication:
			return `${authenticationErrorName(value)} (error ${value})`;
		case OUTCOME.keys:
			return `session keys: ${keyStatusName(value)} (status ${value})`;
		default:
			return `${statusName(code)} (status ${code})`;
	}
}
