/** Numbers of S7comm and their names: kinds of messages, functions of jobs, groups and sub-functions of userdata, blocks, program services. Sources as in `wire.ts`. */

/** Kind of a message. */
export const ROSCTR = { job: 1, acknowledgement: 2, answer: 3, userdata: 7 } as const;
const ROSCTR_NAMES: Readonly<Record<number, string>> = { 1: "Job", 2: "Ack", 3: "Ack_Data", 7: "Userdata" };
export const rosctrName = (rosctr: number): string => ROSCTR_NAMES[rosctr] ?? `ROSCTR ${rosctr}`;

/** Function of a job. */
export const FUNCTION = {
	cpuServices: 0x00,
	readVar: 0x04,
	writeVar: 0x05,
	requestDownload: 0x1a,
	downloadBlock: 0x1b,
	downloadEnded: 0x1c,
	startUpload: 0x1d,
	upload: 0x1e,
	endUpload: 0x1f,
	programService: 0x28,
	plcStop: 0x29,
	setup: 0xf0,
} as const;
const FUNCTION_NAMES: Readonly<Record<number, string>> = {
	[FUNCTION.cpuServices]: "CPU services",
	[FUNCTION.readVar]: "Read Var",
	[FUNCTION.writeVar]: "Write Var",
	[FUNCTION.requestDownload]: "Request download",
	[FUNCTION.downloadBlock]: "Download block",
	[FUNCTION.downloadEnded]: "Download ended",
	[FUNCTION.startUpload]: "Start upload",
	[FUNCTION.upload]: "Upload",
	[FUNCTION.endUpload]: "End upload",
	[FUNCTION.programService]: "PI-Service",
	[FUNCTION.plcStop]: "PLC Stop",
	[FUNCTION.setup]: "Setup communication",
};
export const functionName = (code: number): string => FUNCTION_NAMES[code] ?? `function 0x${code.toString(16).padStart(2, "0")}`;

/** Type of userdata, in the upper four bits. Those of numerical controls have three more. */
export const TYPE = { push: 0, ncPush: 3, request: 4, ncRequest: 7, response: 8, ncResponse: 11 } as const;

/** Function group of userdata, in the lower four bits of its type. */
export const GROUP = {
	modeTransition: 0,
	programmer: 1,
	cyclic: 2,
	blocks: 3,
	cpu: 4,
	security: 5,
	blockSend: 6,
	time: 7,
	ncProgramming: 15,
} as const;
const GROUP_NAMES: Readonly<Record<number, string>> = {
	[GROUP.modeTransition]: "Mode-transition",
	[GROUP.programmer]: "Programmer commands",
	[GROUP.cyclic]: "Cyclic services",
	[GROUP.blocks]: "Block functions",
	[GROUP.cpu]: "CPU functions",
	[GROUP.security]: "Security",
	[GROUP.blockSend]: "PBC BSEND/BRECV",
	[GROUP.time]: "Time functions",
	[GROUP.ncProgramming]: "NC programming",
};
export const groupName = (group: number): string => GROUP_NAMES[group] ?? `group ${group}`;

export const PROGRAMMER = {
	blockStatus: 1,
	variableStatus: 2,
	interruptStack: 3,
	blockStack: 4,
	localStack: 5,
	timeMeasurement: 6,
	forceSelection: 7,
	modify: 8,
	force: 9,
	breakpoint: 10,
	exitHold: 11,
	memoryReset: 12,
	disableJob: 13,
	enableJob: 14,
	deleteJob: 15,
	readJobList: 16,
	readJob: 17,
	replaceJob: 18,
	blockStatus2: 19,
	flashLed: 22,
} as const;
export const CYCLIC = { transfer: 1, unsubscribe: 4, change: 5, changeModify: 7, readRecord: 8 } as const;
export const BLOCKS = { list: 1, listOfType: 2, info: 3 } as const;
export const CPU = {
	readSzl: 1,
	messageService: 2,
	diagnosticMessage: 3,
	alarm8: 5,
	notify: 6,
	alarm8Lock: 7,
	alarm8Unlock: 8,
	scan: 9,
	alarmAcknowledge: 11,
	acknowledged: 12,
	locked: 13,
	unlocked: 14,
	alarmSq: 17,
	alarmS: 18,
	alarmQuery: 19,
	notify8: 22,
} as const;
export const SECURITY = { password: 1 } as const;
export const TIME = { read: 1, set: 2, readFollowing: 3, setFollowing: 4 } as const;
export const NC = {
	requestDownload: 1,
	downloadBlock: 2,
	continueDownload: 3,
	downloadEnded: 4,
	startUpload: 6,
	upload: 7,
	continueUpload: 8,
} as const;

const SUB_FUNCTIONS: Readonly<Record<number, Readonly<Record<number, string>>>> = {
	[GROUP.modeTransition]: {
		0: "STOP",
		1: "Warm Restart",
		2: "RUN",
		3: "Hot Restart",
		4: "HOLD",
		6: "Cold Restart",
		9: "RUN_R (H-System redundant)",
		11: "LINK-UP",
		12: "UPDATE",
	},
	[GROUP.programmer]: {
		1: "Block status",
		2: "Variable status",
		3: "Output ISTACK",
		4: "Output BSTACK",
		5: "Output LSTACK",
		6: "Time measurement from to",
		7: "Force selection",
		8: "Modify variable",
		9: "Force",
		10: "Breakpoint",
		11: "Exit HOLD",
		12: "Memory reset",
		13: "Disable job",
		14: "Enable job",
		15: "Delete job",
		16: "Read job list",
		17: "Read job",
		18: "Replace job",
		19: "Block status v2",
		22: "Flash LED",
	},
	[GROUP.cyclic]: {
		1: "Cyclic transfer",
		4: "Unsubscribe",
		5: "Change driven transfer",
		7: "Change driven transfer modify",
		8: "RDREC",
	},
	[GROUP.blocks]: { 1: "List blocks", 2: "List blocks of type", 3: "Get block info" },
	[GROUP.cpu]: {
		1: "Read SZL",
		2: "Message service",
		3: "Diagnostic message",
		5: "ALARM_8 indication",
		6: "NOTIFY indication",
		7: "ALARM_8 lock",
		8: "ALARM_8 unlock",
		9: "SCAN indication",
		11: "ALARM ack",
		12: "ALARM ack indication",
		13: "ALARM lock indication",
		14: "ALARM unlock indication",
		17: "ALARM_SQ indication",
		18: "ALARM_S indication",
		19: "ALARM query",
		22: "NOTIFY_8 indication",
	},
	[GROUP.security]: { 1: "PLC password" },
	[GROUP.blockSend]: {},
	[GROUP.time]: { 1: "Read clock", 2: "Set clock", 3: "Read clock (following)", 4: "Set clock" },
	[GROUP.ncProgramming]: {
		1: "Request download",
		2: "Download block",
		3: "Continue download",
		4: "Download ended",
		6: "Start upload",
		7: "Upload",
		8: "Continue upload",
	},
};
export const subFunctionName = (group: number, subFunction: number): string =>
	SUB_FUNCTIONS[group]?.[subFunction] ?? `sub-function ${subFunction}`;

/** Events of a program in a controller, which it pushes to who asked for messages. */
export const isAlarm = (subFunction: number): boolean =>
	(subFunction >= CPU.alarm8 && subFunction <= CPU.notify) ||
	subFunction === CPU.scan ||
	subFunction === CPU.alarmSq ||
	subFunction === CPU.alarmS ||
	subFunction === CPU.notify8;

/** Operations of userdata, connections and program services have numbers above those of jobs. */
export const USERDATA_OPERATION = 0x1000;
export const SERVICE_OPERATION = 0x2000;
export const CONNECT_OPERATION = 0x3000;
export const userdataOperation = (group: number, subFunction: number): number => USERDATA_OPERATION + (group << 8) + subFunction;

/** Program invocation services by name; one that is none of these has the number 0. */
export const SERVICES = ["", "P_PROGRAM", "_INSE", "_INS2", "_DELE", "_GARB", "_MODU"] as const;
const SERVICE_WORDS: Readonly<Record<string, string>> = {
	P_PROGRAM: "start the program",
	_INSE: "insert a block",
	_INS2: "insert a block",
	_DELE: "delete a block",
	_GARB: "compress the memory",
	_MODU: "copy RAM to ROM",
};
export const serviceNumber = (name: string): number => Math.max(0, (SERVICES as readonly string[]).indexOf(name));

/** The operation for people. */
export function operationName(code: number): string {
	if (code >= CONNECT_OPERATION) return "connect (COTP)";
	if (code >= SERVICE_OPERATION) {
		const name = SERVICES[code - SERVICE_OPERATION] ?? "";
		return name === "" ? "PI-Service" : `${SERVICE_WORDS[name]} (PI-Service ${name})`;
	}
	if (code >= USERDATA_OPERATION) {
		const group = (code - USERDATA_OPERATION) >> 8;
		return `${subFunctionName(group, code & 0xff)} (${groupName(group)})`;
	}
	return `${functionName(code)} (function 0x${code.toString(16).padStart(2, "0")})`;
}

/** Block types as two letters in a file name. */
const BLOCK_TYPES: Readonly<Record<string, string>> = {
	"08": "OB",
	"0A": "DB",
	"0B": "SDB",
	"0C": "FC",
	"0D": "SFC",
	"0E": "FB",
	"0F": "SFB",
};
export const blockTypeOf = (letters: string): string | undefined => BLOCK_TYPES[letters];
/** The same as a number, in the description of a block. */
export const blockTypeOfNumber = (type: number): string =>
	BLOCK_TYPES[type.toString(16).toUpperCase().padStart(2, "0")] ?? `block type ${type}`;

/** Languages of blocks, in their description. */
const LANGUAGES: Readonly<Record<number, string>> = {
	0: "not defined",
	1: "AWL",
	2: "KOP",
	3: "FUP",
	4: "SCL",
	5: "DB",
	6: "GRAPH",
	7: "SDB",
	8: "CPU-DB",
	17: "SDB (after overall reset)",
	18: "SDB (Routing)",
	41: "ENCRYPT",
};
export const languageName = (language: number): string => LANGUAGES[language] ?? `language ${language}`;

/** First byte of a transport selector: what the connection is for. The second has rack and slot. */
const CONNECTION_TYPES: Readonly<Record<number, string>> = { 1: "PG", 2: "OP", 3: "S7 Basic" };
export const connectionTypeName = (type: number): string | undefined => CONNECTION_TYPES[type];

/** System status lists (SZL), by the lower byte of their number; the upper one says which part of the list. */
const SZL_NAMES: ReadonlyMap<number, string> = new Map([
	[0x00, "List of all the SZL-IDs of a module"],
	[0x11, "Module identification"],
	[0x12, "CPU characteristics"],
	[0x13, "User memory areas"],
	[0x14, "System areas"],
	[0x15, "Block types"],
	[0x16, "Priority classes"],
	[0x17, "List of the permitted SDBs with a number < 1000"],
	[0x18, "Maximum S7-300 I/O configuration"],
	[0x19, "Status of the module LEDs"],
	[0x1c, "Component Identification"],
	[0x21, "Interrupt / error assignment"],
	[0x22, "Interrupt status"],
	[0x23, "Priority classes"],
	[0x24, "Modes"],
	[0x25, "Assignment between process image partitions and OBs"],
	[0x31, "Communication capability parameters"],
	[0x32, "Communication status data"],
	[0x33, "Diagnostics: device logon list"],
	[0x37, "Ethernet - Details of a Module"],
	[0x71, "H CPU group information"],
	[0x74, "Status of the module LEDs"],
	[0x75, "Switched DP slaves in the H-system"],
	[0x81, "Start information list"],
	[0x82, "Start event list"],
	[0x90, "DP Master System Information"],
	[0x91, "Module status information"],
	[0x92, "Rack / station status information"],
	[0x94, "Rack / station status information"],
	[0x95, "Extended DP master system information"],
	[0x96, "Module status information, PROFINET IO and PROFIBUS DP"],
	[0xa0, "Diagnostic buffer of the CPU"],
	[0xb1, "Module diagnostic information (data record 0)"],
	[0xb2, "Module diagnostic information (data record 1), geographical address"],
	[0xb3, "Module diagnostic information (data record 1), logical address"],
	[0xb4, "Diagnostic data of a DP slave"],
]);
export const szlName = (id: number): string => SZL_NAMES.get(id & 0xff) ?? "unknown list";
export const SZL = {
	modules: 0x11,
	components: 0x1c,
	leds: 0x19,
	modes: 0x24,
	capabilities: 0x31,
	communication: 0x32,
	ledsOfRedundant: 0x74,
} as const;
/** Upper byte of a list's number that asks for its header alone. */
export const SZL_HEADER_ONLY = 0x0f;

/** Operating states in the list of modes. */
const STATES: Readonly<Record<number, string>> = {
	1: "STOP (update)",
	2: "STOP (memory reset)",
	3: "STOP (self initialization)",
	4: "STOP (internal)",
	5: "Startup (complete restart)",
	7: "Restart",
	8: "RUN",
	10: "HOLD",
	13: "DEFECT",
};
export const stateName = (state: number): string => STATES[state] ?? `state ${state}`;
