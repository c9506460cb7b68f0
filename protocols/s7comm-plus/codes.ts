/**
 * Numbers of S7comm-plus and their names. Siemens has published no specification; they are those of Wireshark's dissector by Thomas Wiens and of his S7CommPlusDriver, which agree, and of the public
 * captures. Only what is used or shown is listed.
 */

/** Version in the header. */
export const VERSION = { v1: 1, v2: 2, v3: 3, systemEvent: 0xfe, keepAlive: 0xff } as const;
export const isVersion = (version: number): boolean => (version >= VERSION.v1 && version <= VERSION.v3) || version >= VERSION.systemEvent;

export const OPCODE = { request: 0x31, response: 0x32, notification: 0x33, response2: 0x02 } as const;
const OPCODE_NAMES: Readonly<Record<number, string>> = { 49: "Request", 50: "Response", 51: "Notification", 2: "Response2" };
export const opcodeName = (opcode: number): string => OPCODE_NAMES[opcode] ?? `opcode ${opcode}`;
export const isOpcode = (opcode: number): boolean => OPCODE_NAMES[opcode] !== undefined;

export const FUNCTION = {
	error: 0x04b1,
	explore: 0x04bb,
	createObject: 0x04ca,
	deleteObject: 0x04d4,
	setVariable: 0x04f2,
	getVariable: 0x04fc,
	addLink: 0x0506,
	removeLink: 0x051a,
	getLink: 0x0524,
	setMultiVariables: 0x0542,
	getMultiVariables: 0x054c,
	beginSequence: 0x0556,
	endSequence: 0x0560,
	invoke: 0x056b,
	setVarSubStreamed: 0x057c,
	getVarSubStreamed: 0x0586,
	getVariablesAddress: 0x0590,
	abort: 0x059a,
	error2: 0x05a9,
	initSsl: 0x05b3,
} as const;
const FUNCTION_NAMES: ReadonlyMap<number, string> = new Map([
	[FUNCTION.error, "Error"],
	[FUNCTION.explore, "Explore"],
	[FUNCTION.createObject, "CreateObject"],
	[FUNCTION.deleteObject, "DeleteObject"],
	[FUNCTION.setVariable, "SetVariable"],
	[FUNCTION.getVariable, "GetVariable"],
	[FUNCTION.addLink, "AddLink"],
	[FUNCTION.removeLink, "RemoveLink"],
	[FUNCTION.getLink, "GetLink"],
	[FUNCTION.setMultiVariables, "SetMultiVariables"],
	[FUNCTION.getMultiVariables, "GetMultiVariables"],
	[FUNCTION.beginSequence, "BeginSequence"],
	[FUNCTION.endSequence, "EndSequence"],
	[FUNCTION.invoke, "Invoke"],
	[FUNCTION.setVarSubStreamed, "SetVarSubStreamed"],
	[FUNCTION.getVarSubStreamed, "GetVarSubStreamed"],
	[FUNCTION.getVariablesAddress, "GetVariablesAddress"],
	[FUNCTION.abort, "Abort"],
	[FUNCTION.error2, "Error2"],
	[FUNCTION.initSsl, "InitSSL"],
]);
export const functionName = (code: number): string => FUNCTION_NAMES.get(code) ?? `function 0x${code.toString(16).padStart(4, "0")}`;
export const isFunction = (code: number): boolean => FUNCTION_NAMES.has(code);

/** Types of values. */
export const DATA = {
	null: 0x00,
	bool: 0x01,
	usint: 0x02,
	uint: 0x03,
	udint: 0x04,
	ulint: 0x05,
	sint: 0x06,
	int: 0x07,
	dint: 0x08,
	lint: 0x09,
	byte: 0x0a,
	word: 0x0b,
	dword: 0x0c,
	lword: 0x0d,
	real: 0x0e,
	lreal: 0x0f,
	timestamp: 0x10,
	timespan: 0x11,
	rid: 0x12,
	aid: 0x13,
	blob: 0x14,
	wstring: 0x15,
	variant: 0x16,
	struct: 0x17,
	s7string: 0x19,
} as const;
const DATA_NAMES: readonly string[] = [
	"Null",
	"Bool",
	"USInt",
	"UInt",
	"UDInt",
	"ULInt",
	"SInt",
	"Int",
	"DInt",
	"LInt",
	"Byte",
	"Word",
	"DWord",
	"LWord",
	"Real",
	"LReal",
	"Timestamp",
	"Timespan",
	"RID",
	"AID",
	"Blob",
	"WString",
	"Variant",
	"Struct",
	"",
	"S7String",
];
export const dataName = (type: number): string => DATA_NAMES[type] || `type ${type}`;

/** Flags of a value. */
export const ARRAY = { plain: 0x10, address: 0x20, sparse: 0x40 } as const;

/** Elements of an object. */
export const ELEMENT = {
	object: 0xa1,
	objectEnd: 0xa2,
	attribute: 0xa3,
	relation: 0xa4,
	tag: 0xa7,
	tagEnd: 0xa8,
	typeList: 0xab,
	nameList: 0xac,
} as const;

/** Ids that are looked at; what is named is shown by `idName`. */
export const ID = {
	theHWConfiguration: 2,
	thePLCProgram: 3,
	theFWpackage: 16,
	theCPU: 48,
	theCPUcommon: 50,
	theCPUexecUnit: 52,
	iArea: 80,
	qArea: 81,
	mArea: 82,
	counters: 83,
	timers: 84,
	objectName: 233,
	serverSessionContainer: 285,
	classServerSession: 287,
	clientId: 289,
	user: 296,
	application: 297,
	host: 298,
	challenge: 303,
	response: 304,
	sessionVersion: 306,
	paomString: 319,
	rootMemoryReset: 387,
	rootReset: 388,
	classSubscription: 1001,
	subscriptionReferenceList: 1048,
	sessionSetupLegitimation: 1830,
	legitimate: 1846,
	operatingStateRequest: 2167,
	blockNumber: 2521,
	bodyDescription: 2533,
	code: 2580,
	protectionLevel: 3451,
	protectionPassword: 3452,
	failsafePassword: 3453,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map([
	[1, "theASRoot"],
	[2, "theHWConfiguration"],
	[3, "thePLCProgram"],
	[4, "theFolders"],
	[5, "theLogs"],
	[7, "theTisJobCont"],
	[8, "theAlarmSubsystem"],
	[11, "theTisSubsystem"],
	[12, "theCommCont"],
	[16, "theFWpackage"],
	[48, "theCPU"],
	[49, "theCPUproxy"],
	[50, "theCPUcommon"],
	[51, "theCardReaderWriter"],
	[52, "theCPUexecUnit"],
	[53, "theWebServer"],
	[54, "theCPUDisplay"],
	[55, "theCPUFexecUnit"],
	[56, "thePLCProgramChange"],
	[80, "theIArea"],
	[81, "theQArea"],
	[82, "theMArea"],
	[83, "theS7Counters"],
	[84, "theS7Timers"],
	[201, "ObjectRoot"],
	[211, "GetNewRIDOnServer"],
	[233, "ObjectVariableTypeName"],
	[255, "ClassSubscriptions"],
	[284, "ClassServerSessionContainer"],
	[285, "ObjectServerSessionContainer"],
	[287, "ClassServerSession"],
	[288, "ObjectNullServerSession"],
	[289, "ServerSessionClientID"],
	[296, "ServerSessionUser"],
	[297, "ServerSessionApplication"],
	[298, "ServerSessionHost"],
	[299, "ServerSessionRole"],
	[300, "ServerSessionClientRID"],
	[301, "ServerSessionClientComment"],
	[302, "ServerSessionTimeout"],
	[303, "ServerSessionChallenge"],
	[304, "ServerSessionResponse"],
	[305, "ServerSessionRoles"],
	[306, "ServerSessionVersion"],
	[314, "SessionVersionStruct"],
	[319, "SessionVersionSystemPAOMString"],
	[320, "SessionVersionProjectPAOMString"],
	[387, "RootMemoryReset"],
	[388, "RootReset"],
	[511, "ClassTypeInfo"],
	[537, "ObjectOMSTypeInfoContainer"],
	[1001, "ClassSubscription"],
	[1048, "SubscriptionReferenceList"],
	[1049, "SubscriptionCycleTime"],
	[1830, "SessionSetupLegitimation"],
	[1846, "Legitimate"],
	[2167, "CPUexecUnit.OperatingStateREQ"],
	[2175, "CPUexecUnit.LastCycleActual"],
	[2179, "CPUexecUnit.Class_Rid"],
	[2520, "PLCProgram.Class_Rid"],
	[2521, "Block.BlockNumber"],
	[2523, "Block.BlockLanguage"],
	[2524, "Block.KnowhowProtected"],
	[2532, "Block.CRC"],
	[2533, "Block.BodyDescription"],
	[2548, "DB.ValueInitial"],
	[2550, "DB.ValueActual"],
	[2574, "DB.Class_Rid"],
	[2578, "FB.Class_Rid"],
	[2579, "FC.Class_Rid"],
	[2580, "FunctionalObject.Code"],
	[2610, "OB.Class_Rid"],
	[2647, "ProgramCycleOB.Class_Rid"],
	[2659, "AlarmSubscriptionRef.AlarmDomain"],
	[2662, "AlarmSubscriptionRef.Class_Rid"],
	[2681, "DAI.Class_Rid"],
	[3451, "CPUcommon.CPUProtectionLevel"],
	[3452, "AS_Protection.Password"],
	[3453, "AS_Protection.FailsafePassword"],
	[3486, "AS_DIS.OperatingState"],
	[3635, "PLCProgram.ESconsistent"],
	[3700, "AS_CPULeds.RunStopLed"],
	[3736, "ControllerArea.ValueActual"],
	[3748, "CPUcommon.ASStateREQ"],
	[3932, "UDT.Class_Rid"],
	[40305, "ReturnValue"],
]);

/** Data blocks by their number. */
const DB_BASE = 0x8a0e0000;
export const isDataBlock = (id: number): boolean => id >= DB_BASE && id <= DB_BASE + 0xffff;
export const dbNumber = (id: number): number => id - DB_BASE;
/** Blocks that stand at 0x8a...: data blocks, and others that a download creates. */
const BLOCK_BASE = 0x8a;
export const isBlockObject = (id: number): boolean => id >>> 24 === BLOCK_BASE;

export const isNamed = (id: number): boolean => NAMES.has(id);
export const idName = (id: number): string => NAMES.get(id) ?? (isDataBlock(id) ? `DB${dbNumber(id)}` : `${id}`);

/** Classes of blocks of a program: data, functions and their kinds of organisation blocks, types. */
const BLOCK_CLASSES: ReadonlySet<number> = new Set([2574, 2578, 2579, 2592, 2610, 3002, 3932, 3933, 3934, 3935]);
const FIRST_OB = 2637;
const LAST_OB = 2658;
export const isBlockClass = (id: number): boolean => BLOCK_CLASSES.has(id) || (id >= FIRST_OB && id <= LAST_OB);

/** What a client wants of the operating state. */
export const STATE_REQUEST = { stop: 1, resetRetentive: 2, run: 3, runRedundant: 4 } as const;

const ERRORS: ReadonlyMap<number, string> = new Map([
	[0, "OK"],
	[17, "message session pre-legitimated"],
	[18, "service ignored"],
	[19, "service executed with partial error"],
	[21, "too many notifications"],
	[22, "service session delegitimated"],
	[24, "subscription disabled"],
	[25, "legitimated for level 2"],
	[26, "legitimated for level 3"],
	[33, "legitimated for level 1"],
	[34, "transaction aborted"],
	[37, "temporarily out of resources"],
	[38, "this level of access is disabled"],
	[-1, "unknown error"],
	[-2, "invalid type of value"],
	[-3, "invalid value of argument"],
	[-4, "not enough memory"],
	[-12, "object not found"],
	[-17, "invalid CRC"],
	[-118, "service session delegitimated"],
	[-134, "service Multi-ES not supported"],
	[-255, "invalid LID"],
]);
export const errorName = (code: number): string => ERRORS.get(code) ?? "unknown error";
/** Return codes that refuse a login. */
export const isWrongPassword = (code: number): boolean => code === 22 || code === -118;
/** Resources are in use: ask again. */
export const POSTPONING: readonly number[] = [37];
/** Return codes above 0 that grant nothing. */
export const isRefusal = (code: number): boolean => code < 0 || code === 18 || code === 22 || code === 34 || code === 37 || code === 38;

export const CONNECT_OPERATION = 0x3000;
export const NOTIFICATION_OPERATION = 0x3001;
export const LOGIN_OPERATION = 0x3002;
/** Something is asked of the operating state. */
export const STATE_OPERATION = 0x3003;

export function operationName(code: number): string {
	switch (code) {
		case CONNECT_OPERATION:
			return "connect (COTP)";
		case NOTIFICATION_OPERATION:
			return "Notification";
		case LOGIN_OPERATION:
			return "log in (legitimation)";
		case STATE_OPERATION:
			return "change the operating state (SetVariable)";
		default:
			return `${functionName(code)} (function 0x${code.toString(16).padStart(4, "0")})`;
	}
}
