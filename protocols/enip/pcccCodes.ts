/** Names of PCCC, the commands of PLC-5, SLC 500 and MicroLogix (Rockwell 1770-6.5.16, DF1 Protocol and Command Set, chapter 7 and 8). */

export const COMMAND = {
	protectedWrite: 0x00,
	unprotectedRead: 0x01,
	protectedBitWrite: 0x02,
	unprotectedBitWrite: 0x05,
	diagnostic: 0x06,
	mode: 0x07,
	unprotectedWrite: 0x08,
	extended: 0x0f,
} as const;
/** Set in the command of an answer. */
export const ANSWER = 0x40;

const COMMANDS: Readonly<Record<number, string>> = {
	0: "Protected write",
	1: "Unprotected read",
	2: "Protected bit write",
	4: "Physical read",
	5: "Unprotected bit write",
	6: "Diagnostics",
	7: "Mode",
	8: "Unprotected write",
	15: "Extended command",
};

/** Functions of command 0x0f. */
export const FUNCTION = {
	wordRangeWrite: 0x00,
	wordRangeRead: 0x01,
	bitWrite: 0x02,
	fileWrite: 0x03,
	fileRead: 0x04,
	downloadRequest: 0x05,
	upload: 0x06,
	shutdown: 0x07,
	physicalWrite: 0x08,
	physicalRead: 0x09,
	restart: 0x0a,
	getEditResource: 0x11,
	returnEditResource: 0x12,
	readBytesPhysical: 0x17,
	writeBytesPhysical: 0x18,
	readModifyWrite: 0x26,
	setMode: 0x3a,
	disableForces: 0x41,
	downloadAll: 0x50,
	downloadCompleted: 0x52,
	uploadAll: 0x53,
	uploadCompleted: 0x55,
	initializeMemory: 0x57,
	typedWrite: 0x67,
	typedRead: 0x68,
	readModifyWriteN: 0x79,
	changeMode: 0x80,
	openFile: 0x81,
	closeFile: 0x82,
	applyPortConfiguration: 0x8f,
	logicalRead2: 0xa1,
	logicalRead3: 0xa2,
	protectedFileRead: 0xa7,
	logicalWrite2: 0xa9,
	logicalWrite3: 0xaa,
	maskedWrite3: 0xab,
	protectedFileWrite: 0xaf,
} as const;

const DIAGNOSTICS: Readonly<Record<number, string>> = {
	0: "Echo",
	1: "Read diagnostic counters",
	2: "Set variables",
	3: "Diagnostic status",
	4: "Set timeout",
	5: "Set NAKs",
	6: "Set ENQs",
	7: "Reset diagnostic counters",
	8: "Set data table size",
	9: "Read link parameters",
	10: "Set link parameters",
};

const MODES: Readonly<Record<number, string>> = {
	0: "Disable outputs",
	1: "Enable outputs",
	3: "Enable PLC scanning",
	4: "Enter download mode",
	5: "Exit download/upload mode",
	6: "Enter upload mode",
};

const EXTENDED: Readonly<Record<number, string>> = {
	0: "Word range write",
	1: "Word range read",
	2: "Bit write",
	3: "File write",
	4: "File read",
	5: "Download request",
	6: "Upload",
	7: "Shutdown",
	8: "Physical write",
	9: "Physical read",
	10: "Restart request",
	17: "Get edit resource",
	18: "Return edit resource",
	23: "Read bytes physical",
	24: "Write bytes physical",
	38: "Read-modify-write",
	41: "Read section size",
	58: "Set CPU mode",
	65: "Disable forces",
	80: "Download all request",
	82: "Download completed",
	83: "Upload all request (upload)",
	85: "Upload completed",
	87: "Initialize memory",
	94: "Modify PLC-2 compatibility file",
	103: "Typed write",
	104: "Typed read",
	121: "Read-modify-write N",
	128: "Change CPU mode",
	129: "Open file",
	130: "Close file",
	136: "Execute Multiple Commands",
	143: "Apply port configuration",
	161: "Protected typed logical read with two address fields",
	162: "Protected typed logical read with three address fields",
	167: "Protected typed file read",
	169: "Protected typed logical write with two address fields",
	170: "Protected typed logical write with three address fields",
	171: "Protected typed logical masked-write with three address fields",
	175: "Protected typed file write",
};

const STATUS: Readonly<Record<number, string>> = {
	0: "Success",
	16: "Illegal command or format",
	32: "Host has a problem and will not communicate",
	48: "Remote node host is missing, disconnected, or shut down",
	64: "Host could not complete function due to hardware fault",
	80: "Addressing problem or memory protect rungs",
	96: "Function not allowed due to command protection selection",
	112: "Processor is in Program mode",
	128: "Compatibility mode file missing or communication zone problem",
	144: "Remote node cannot buffer command",
	160: "Wait ACK (1775-KA buffer full)",
	176: "Remote node problem due to download",
	192: "Wait ACK (1775-KA buffer full)",
	240: "Error code in the EXT STS byte",
};

const EXTENDED_STATUS: Readonly<Record<number, string>> = {
	1: "A field has an illegal value",
	2: "Less levels specified in address than minimum for any address",
	3: "More levels specified in address than system supports",
	4: "Symbol not found",
	5: "Symbol is of improper format",
	6: "Address doesn't point to something usable",
	7: "File is wrong size",
	8: "Cannot complete request, situation has changed since the start of the command",
	9: "Data or file is too large",
	10: "Transaction size plus word address is too large",
	11: "Access denied, improper privilege",
	12: "Condition cannot be generated - resource is not available",
	13: "Condition already exists - resource is already available",
	14: "Command cannot be executed",
	15: "Histogram overflow",
	16: "No access",
	17: "Illegal data type",
	18: "Invalid parameter or invalid data",
	19: "Address reference exists to deleted area",
	20: "Command execution failure for unknown reason; possible PLC-3 histogram overflow",
	21: "Data conversion error",
	22: "Scanner not able to communicate with 1771 rack adapter",
	23: "Type mismatch",
	24: "1771 module response was not valid",
	25: "Duplicated label",
	26: "File is open; another node owns it",
	27: "Another node is the program owner",
	30: "Data table element protection violation",
	31: "Temporary internal problem",
	34: "Remote rack fault",
	35: "Timeout",
	36: "Unknown error",
};

/** Modes that function 0x80 sets (SLC 500, MicroLogix). */
const CPU_MODES: Readonly<Record<number, string>> = {
	1: "remote program",
	6: "remote run",
	7: "remote test (continuous)",
	8: "remote test (single step)",
	9: "remote test (debug)",
};

/** Data files by their type byte: the letter of their addresses, bytes of one element, and how one value is read. Types above are files of the program itself. */
export interface FileType {
	readonly letter: string;
	readonly size: number;
	readonly value: "u16" | "i16" | "f32" | "i32" | "structure";
}
export const FILE_TYPES: Readonly<Record<number, FileType>> = {
	130: { letter: "O", size: 2, value: "u16" },
	131: { letter: "I", size: 2, value: "u16" },
	132: { letter: "S", size: 2, value: "u16" },
	133: { letter: "B", size: 2, value: "u16" },
	134: { letter: "T", size: 6, value: "structure" },
	135: { letter: "C", size: 6, value: "structure" },
	136: { letter: "R", size: 6, value: "structure" },
	137: { letter: "N", size: 2, value: "i16" },
	138: { letter: "F", size: 4, value: "f32" },
	141: { letter: "ST", size: 84, value: "structure" },
	142: { letter: "A", size: 2, value: "u16" },
	145: { letter: "L", size: 4, value: "i32" },
};
export const FILE = {
	ladder: 0x22,
	channelConfiguration: 0x49,
	onlineEditing: 0x65,
	outputForce: 0xa1,
	inputForce: 0xa2,
	clock: 0xe4,
} as const;

const code = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(2, "0")}`;
export const hasFunction = (command: number): boolean =>
	command === COMMAND.diagnostic || command === COMMAND.mode || command === COMMAND.extended;
/** `fnc` is -1 where the command has none. */
export function pcccName(command: number, fnc: number): string {
	const table =
		command === COMMAND.diagnostic ? DIAGNOSTICS : command === COMMAND.mode ? MODES : command === COMMAND.extended ? EXTENDED : undefined;
	if (table === undefined) return COMMANDS[command] ?? `command ${code(command)}`;
	return table[fnc] ?? `command ${code(command)}, function ${code(fnc)}`;
}
export const pcccStatusName = (status: number, extended: number): string =>
	status === 0xf0 ? (EXTENDED_STATUS[extended] ?? `extended status ${code(extended)}`) : (STATUS[status] ?? `status ${code(status)}`);
export const cpuModeName = (mode: number): string => CPU_MODES[mode] ?? `mode ${code(mode)}`;
