/**
 * Numbers and names of MODBUS Application Protocol Specification V1.1b3. Function and exception names are Zeek's where Zeek has one, because
 * that is what a SOC already searches for; the specification's own name stands beside it in words.
 */

/** Function codes (5.1). */
export const FUNCTION = {
	readCoils: 1,
	readDiscreteInputs: 2,
	readHoldingRegisters: 3,
	readInputRegisters: 4,
	writeSingleCoil: 5,
	writeSingleRegister: 6,
	readExceptionStatus: 7,
	diagnostics: 8,
	getCommEventCounter: 11,
	getCommEventLog: 12,
	writeMultipleCoils: 15,
	writeMultipleRegisters: 16,
	reportServerId: 17,
	readFileRecord: 20,
	writeFileRecord: 21,
	maskWriteRegister: 22,
	readWriteMultipleRegisters: 23,
	readFifoQueue: 24,
	encapsulatedInterface: 43,
	/** Reserved (Annex A): Schneider Electric's UMAS. */
	umas: 90,
} as const;

/** A function code is 1 to 127 (4.1). */
export const HIGHEST_FUNCTION = 127;

/** Set in the function code of an exception (7). */
export const EXCEPTION_FLAG = 0x80;

/** Code to [name in records, words for people]. */
const FUNCTIONS: Readonly<Record<number, readonly [name: string, words: string]>> = {
	1: ["READ_COILS", "read coils"],
	2: ["READ_DISCRETE_INPUTS", "read discrete inputs"],
	3: ["READ_HOLDING_REGISTERS", "read holding registers"],
	4: ["READ_INPUT_REGISTERS", "read input registers"],
	5: ["WRITE_SINGLE_COIL", "write single coil"],
	6: ["WRITE_SINGLE_REGISTER", "write single register"],
	7: ["READ_EXCEPTION_STATUS", "read exception status"],
	8: ["DIAGNOSTICS", "diagnostics"],
	// 9, 10, 13, 14, 18, 19: Modicon Modbus Protocol Reference Guide (PI-MBUS-300), "Function Codes Supported by Controllers".
	9: ["PROGRAM_484", "program 484"],
	10: ["POLL_484", "poll 484"],
	11: ["GET_COMM_EVENT_COUNTER", "get communication event counter"],
	12: ["GET_COMM_EVENT_LOG", "get communication event log"],
	13: ["PROGRAM_584_984", "program 584/984"],
	14: ["POLL_584_984", "poll 584/984"],
	15: ["WRITE_MULTIPLE_COILS", "write multiple coils"],
	16: ["WRITE_MULTIPLE_REGISTERS", "write multiple registers"],
	17: ["REPORT_SLAVE_ID", "report server id"],
	18: ["PROGRAM_884_U84", "program 884"],
	19: ["RESET_COMM_LINK_884_U84", "reset communication link"],
	20: ["READ_FILE_RECORD", "read file record"],
	21: ["WRITE_FILE_RECORD", "write file record"],
	22: ["MASK_WRITE_REGISTER", "mask write register"],
	23: ["READ_WRITE_MULTIPLE_REGISTERS", "read and write multiple registers"],
	24: ["READ_FIFO_QUEUE", "read FIFO queue"],
	// 40, 41, 90, 91, 125 to 127: Zeek's names of codes that products had first.
	40: ["PROGRAM_CONCEPT", "program Concept"],
	41: ["MULTIPLE_FUNCTION_CODES", "multiple function codes"],
	43: ["ENCAP_INTERFACE_TRANSPORT", "encapsulated interface transport"],
	90: ["PROGRAM_UNITY", "program Unity (UMAS)"],
	91: ["OBJECT_MESSAGING", "object messaging"],
	125: ["FIRMWARE_REPLACEMENT", "firmware replacement"],
	126: ["PROGRAM_584_984_2", "program 584/984"],
	127: ["REPORT_LOCAL_ADDRESS", "report local address"],
};

/** Zeek's name of a function code, or its `unknown-N`. */
export const functionName = (code: number): string => FUNCTIONS[code]?.[0] ?? `unknown-${code}`;

/** 65 to 72 and 100 to 110 are left to the user (5). */
const isUserDefined = (code: number): boolean => (code >= 65 && code <= 72) || (code >= 100 && code <= 110);

/** A function in words. */
export function functionWords(code: number): string {
	const known = FUNCTIONS[code]?.[1];
	if (known !== undefined) return known;
	return isUserDefined(code) ? "user-defined function" : "unknown function";
}

/** Functions that V1.1b3 describes, and those that Annex A sets apart for products that had them first. */
const PUBLIC: ReadonlySet<number> = new Set(Object.values(FUNCTION).filter((code) => code !== FUNCTION.umas));
const RESERVED: ReadonlySet<number> = new Set([9, 10, 13, 14, 41, 42, 90, 91, 125, 126, 127]);

/** Whose a code is (5, Annex A), in Suricata's words; `subFunction` and `mei` are -1 where there is none. */
export function categoryOf(code: number, subFunction: number, mei: number): string {
	if (RESERVED.has(code) || subFunction === 19 || subFunction > 20 || (mei >= 0 && !isKnownMei(mei))) return "reserved";
	if (isUserDefined(code)) return "user-defined";
	return PUBLIC.has(code) && (subFunction < 0 || isKnownDiagnostic(subFunction)) ? "public-assigned" : "public-unassigned";
}

/** Exception codes (7): [Zeek's name, words]. */
const EXCEPTIONS: Readonly<Record<number, readonly [name: string, words: string]>> = {
	1: ["ILLEGAL_FUNCTION", "illegal function"],
	2: ["ILLEGAL_DATA_ADDRESS", "illegal data address"],
	3: ["ILLEGAL_DATA_VALUE", "illegal data value"],
	4: ["SLAVE_DEVICE_FAILURE", "server device failure"],
	5: ["ACKNOWLEDGE", "acknowledge"],
	6: ["SLAVE_DEVICE_BUSY", "server device busy"],
	7: ["NEGATIVE_ACKNOWLEDGE", "negative acknowledge"],
	8: ["MEMORY_PARITY_ERROR", "memory parity error"],
	10: ["GATEWAY_PATH_UNAVAILABLE", "gateway path unavailable"],
	11: ["GATEWAY_TARGET_DEVICE_FAILED_TO_RESPOND", "gateway target device failed to respond"],
};

export const isKnownException = (code: number): boolean => EXCEPTIONS[code] !== undefined;
/** Exceptions that put off what was asked (7): accepted and takes long, busy. */
export const POSTPONING: readonly number[] = [5, 6];
export const exceptionName = (code: number): string => EXCEPTIONS[code]?.[0] ?? `unknown-${code}`;
/** What a gateway says of itself or of the device behind it (7): not the device's own words. */
export const isGatewayException = (code: number): boolean => code === 10 || code === 11;
export const exceptionWords = (code: number): string => EXCEPTIONS[code]?.[1] ?? "unknown exception";

/** Sub-functions of function 8 (6.8.1) that mean more than reading a counter. */
export const DIAGNOSTIC = {
	returnQueryData: 0,
	restartCommunications: 1,
	diagnosticRegister: 2,
	changeAsciiDelimiter: 3,
	forceListenOnly: 4,
	clearCounters: 10,
	clearOverrun: 20,
} as const;

/** Names of all of them. */
const DIAGNOSTICS: Readonly<Record<number, string>> = {
	0: "Return Query Data",
	1: "Restart Communications Option",
	2: "Return Diagnostic Register",
	3: "Change ASCII Input Delimiter",
	4: "Force Listen Only Mode",
	10: "Clear Counters and Diagnostic Register",
	11: "Return Bus Message Count",
	12: "Return Bus Communication Error Count",
	13: "Return Bus Exception Error Count",
	14: "Return Slave Message Count",
	15: "Return Slave No Response Count",
	16: "Return Slave NAK Count",
	17: "Return Slave Busy Count",
	18: "Return Bus Character Overrun Count",
	20: "Clear Overrun Counter and Flag",
};
export const isKnownDiagnostic = (subFunction: number): boolean => DIAGNOSTICS[subFunction] !== undefined;
export const diagnosticName = (subFunction: number): string => DIAGNOSTICS[subFunction] ?? `unknown-${subFunction}`;

/** MODBUS Encapsulated Interface types of function 43 (6.19). */
export const MEI = { canOpen: 13, deviceIdentification: 14 } as const;
const MEI_NAMES: Readonly<Record<number, string>> = { 13: "CANopen General Reference", 14: "Read Device Identification" };
export const isKnownMei = (mei: number): boolean => MEI_NAMES[mei] !== undefined;
export const meiName = (mei: number): string => MEI_NAMES[mei] ?? `unknown-${mei}`;

/** Objects of the device identification (6.21); from 0x80 they are the device's own. */
export const OBJECT = { vendorName: 0, productCode: 1, revision: 2, productName: 4, modelName: 5, userApplicationName: 6 } as const;
/** What is asked for (6.21, Read Device ID code), and what a device can give (conformity level; from 0x80 also single objects). */
const READ_CODES: Readonly<Record<number, string>> = { 1: "basic", 2: "regular", 3: "extended", 4: "individual" };
const LEVELS: Readonly<Record<number, string>> = {
	1: "basic, stream",
	2: "regular, stream",
	3: "extended, stream",
	129: "basic, stream and individual",
	130: "regular, stream and individual",
	131: "extended, stream and individual",
};
export const readCodeName = (code: number): string => READ_CODES[code] ?? `unknown-${code}`;
export const conformityName = (level: number): string => LEVELS[level] ?? `unknown-${level}`;

const OBJECT_NAMES = ["VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl", "ProductName", "ModelName", "UserApplicationName"];
export const objectName = (id: number): string => OBJECT_NAMES[id] ?? `object-${id}`;

/** Ways in which a message breaks the specification: bits of `violations`. */
export const VIOLATION = {
	/** MBAP protocol identifier not 0 (Messaging Guide V1.0b, 3.1.3). */
	protocolId: 1 << 0,
	/** MBAP length outside 2 to 254, or a PDU that is longer or shorter than its function says. */
	length: 1 << 1,
	/** Fewer bytes were sent than announced, then another message began. */
	unfinished: 1 << 2,
	byteCount: 1 << 3,
	quantity: 1 << 4,
	/** First address and quantity go beyond 65535. */
	address: 1 << 5,
	/** A coil written neither 0000 nor FF00. */
	coilValue: 1 << 6,
	/** Function code 0, or one with the exception flag from a client. */
	functionCode: 1 << 7,
	exceptionCode: 1 << 8,
	subFunction: 1 << 9,
	mei: 1 << 10,
	/** A file record whose reference type is not 6, or whose numbers are out of range. */
	fileRecord: 1 << 11,
	/** An answer that contradicts its request: another count, address, value or sub-function. */
	mismatch: 1 << 12,
	/** Bytes of a serial line that belong to no frame: disturbed, cut, a collision, or another protocol. */
	noise: 1 << 13,
} as const;

/** The words of `violations`, by bit. */
const VIOLATION_WORDS = [
	"protocol-id",
	"length",
	"unfinished",
	"byte-count",
	"quantity",
	"address",
	"coil-value",
	"function-code",
	"exception-code",
	"sub-function",
	"mei",
	"file-record",
	"mismatch",
	"noise",
] as const;

export const violationWords = (violations: number): string[] => VIOLATION_WORDS.filter((_, bit) => violations & (1 << bit));
