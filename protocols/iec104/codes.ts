/** Words of IEC 60870-5-101: type identifications (7.2.1), causes of transmission (7.2.3), qualifiers (7.2.6.20 to 7.2.6.38). */

/** What stands behind an information object address (7.2.6), without its time. */
export const LAYOUT = {
	/** Not described: a type that is reserved or private, or belongs to the security extension (60870-5-7). */
	opaque: 0,
	/** No element. */
	none: 1,
	siq: 2,
	diq: 3,
	/** With QDS: step position, bitstring, the three kinds of measured values, packed single points. */
	vti: 4,
	bsi: 5,
	nva: 6,
	sva: 7,
	r32: 8,
	scd: 9,
	/** Without quality. */
	nvaPlain: 10,
	bcr: 11,
	/** Events of protection equipment, with CP16Time2a. */
	sep: 12,
	spe: 13,
	oci: 14,
	/** Commands. */
	sco: 15,
	dco: 16,
	rco: 17,
	nvaQos: 18,
	svaQos: 19,
	r32Qos: 20,
	bsiCommand: 21,
	/** System. */
	coi: 22,
	qoi: 23,
	qcc: 24,
	qrp: 25,
	fbp: 26,
	cp16: 27,
	tsc: 28,
	/** Parameters. */
	nvaQpm: 29,
	svaQpm: 30,
	r32Qpm: 31,
	qpa: 32,
	/** Files. */
	fileReady: 33,
	sectionReady: 34,
	selectAndCall: 35,
	lastSection: 36,
	acknowledgeFile: 37,
	segment: 38,
	directory: 39,
	queryLog: 40,
	/** Integrated totals of the security statistics (60870-5-7): an association before the counter. */
	bcrSecurity: 41,
	clock: 42,
} as const;

/** Octets of each layout without time; -1 where they vary. */
const SIZES: readonly number[] = [
	-1, 0, 1, 1, 2, 5, 3, 3, 5, 5, 2, 5, 3, 4, 4, 1, 1, 1, 3, 3, 5, 4, 1, 1, 1, 1, 2, 2, 2, 3, 3, 5, 1, 6, 7, 4, 5, 4, -1, 6, 16, 7, 0,
];

/** Times (7.2.6.18 and 20), by their octets. */
export const TIME = { none: 0, cp24: 3, cp56: 7 } as const;

/** Who sends a type (7.2.1). Files go both ways. */
export const GROUP = { unknown: 0, monitor: 1, command: 2, system: 3, parameter: 4, file: 5, security: 6 } as const;

/** Numbered spaces of points: what a station reports, what it is told, its parameters. The order is that of `spaces`. */
export const SPACES = [
	"single-point",
	"double-point",
	"step-position",
	"bitstring",
	"measured-value",
	"integrated-total",
	"packed-single-points",
	"protection-event",
	"protection-start",
	"protection-output",
	"single-command",
	"double-command",
	"step-command",
	"set-point",
	"bitstring-command",
	"parameter",
	"threshold",
	"smoothing-factor",
	"low-limit",
	"high-limit",
	"parameter-activation",
] as const;
type SpaceName = (typeof SPACES)[number];
const spaceIndex = (name: SpaceName): number => SPACES.indexOf(name);
/** By the kind of parameter (7.2.6.24). */
const PARAMETER_SPACES = [
	spaceIndex("parameter"),
	spaceIndex("threshold"),
	spaceIndex("smoothing-factor"),
	spaceIndex("low-limit"),
	spaceIndex("high-limit"),
];
export const parameterSpace = (kind: number): number => PARAMETER_SPACES[kind] ?? PARAMETER_SPACES[0]!;

export interface TypeRecord {
	/** As the standard calls it, e.g. M_SP_NA_1. */
	readonly name: string;
	readonly title: string;
	/** One of LAYOUT, TIME, GROUP. */
	readonly layout: number;
	readonly time: number;
	readonly group: number;
	/** Octets of one element with its time; -1 where they vary. */
	readonly size: number;
	/** Index into SPACES; -1 where its objects are no points. */
	readonly space: number;
}

const NO_SPACE = -1;
type Row = readonly [id: number, name: string, title: string, layout: keyof typeof LAYOUT, time: keyof typeof TIME, space?: SpaceName];
const rows = (group: keyof typeof GROUP, list: readonly Row[]): [number, TypeRecord][] =>
	list.map(([id, name, title, layout, time, space]) => [
		id,
		{
			name: `${name}_1`,
			title,
			layout: LAYOUT[layout],
			time: TIME[time],
			group: GROUP[group],
			size: SIZES[LAYOUT[layout]]! < 0 ? -1 : SIZES[LAYOUT[layout]]! + TIME[time],
			space: space === undefined ? NO_SPACE : spaceIndex(space),
		},
	]);

/** 41 and 81 to 95 are those of 60870-5-7, the others of 101 and 104. */
const RECORDS: ReadonlyMap<number, TypeRecord> = new Map([
	...rows("monitor", [
		[1, "M_SP_NA", "single-point information", "siq", "none", "single-point"],
		[2, "M_SP_TA", "single-point information with time tag", "siq", "cp24", "single-point"],
		[3, "M_DP_NA", "double-point information", "diq", "none", "double-point"],
		[4, "M_DP_TA", "double-point information with time tag", "diq", "cp24", "double-point"],
		[5, "M_ST_NA", "step position information", "vti", "none", "step-position"],
		[6, "M_ST_TA", "step position information with time tag", "vti", "cp24", "step-position"],
		[7, "M_BO_NA", "bitstring of 32 bits", "bsi", "none", "bitstring"],
		[8, "M_BO_TA", "bitstring of 32 bits with time tag", "bsi", "cp24", "bitstring"],
		[9, "M_ME_NA", "measured value, normalized", "nva", "none", "measured-value"],
		[10, "M_ME_TA", "measured value, normalized, with time tag", "nva", "cp24", "measured-value"],
		[11, "M_ME_NB", "measured value, scaled", "sva", "none", "measured-value"],
		[12, "M_ME_TB", "measured value, scaled, with time tag", "sva", "cp24", "measured-value"],
		[13, "M_ME_NC", "measured value, short floating point number", "r32", "none", "measured-value"],
		[14, "M_ME_TC", "measured value, short floating point number, with time tag", "r32", "cp24", "measured-value"],
		[15, "M_IT_NA", "integrated totals", "bcr", "none", "integrated-total"],
		[16, "M_IT_TA", "integrated totals with time tag", "bcr", "cp24", "integrated-total"],
		[17, "M_EP_TA", "event of protection equipment with time tag", "sep", "cp24", "protection-event"],
		[18, "M_EP_TB", "packed start events of protection equipment with time tag", "spe", "cp24", "protection-start"],
		[19, "M_EP_TC", "packed output circuit information of protection equipment with time tag", "oci", "cp24", "protection-output"],
		[20, "M_PS_NA", "packed single-point information with status change detection", "scd", "none", "packed-single-points"],
		[21, "M_ME_ND", "measured value, normalized, without quality descriptor", "nvaPlain", "none", "measured-value"],
		[30, "M_SP_TB", "single-point information with time tag CP56Time2a", "siq", "cp56", "single-point"],
		[31, "M_DP_TB", "double-point information with time tag CP56Time2a", "diq", "cp56", "double-point"],
		[32, "M_ST_TB", "step position information with time tag CP56Time2a", "vti", "cp56", "step-position"],
		[33, "M_BO_TB", "bitstring of 32 bits with time tag CP56Time2a", "bsi", "cp56", "bitstring"],
		[34, "M_ME_TD", "measured value, normalized, with time tag CP56Time2a", "nva", "cp56", "measured-value"],
		[35, "M_ME_TE", "measured value, scaled, with time tag CP56Time2a", "sva", "cp56", "measured-value"],
		[36, "M_ME_TF", "measured value, short floating point number, with time tag CP56Time2a", "r32", "cp56", "measured-value"],
		[37, "M_IT_TB", "integrated totals with time tag CP56Time2a", "bcr", "cp56", "integrated-total"],
		[38, "M_EP_TD", "event of protection equipment with time tag CP56Time2a", "sep", "cp56", "protection-event"],
		[39, "M_EP_TE", "packed start events of protection equipment with time tag CP56Time2a", "spe", "cp56", "protection-start"],
		[
			40,
			"M_EP_TF",
			"packed output circuit information of protection equipment with time tag CP56Time2a",
			"oci",
			"cp56",
			"protection-output",
		],
		[41, "S_IT_TC", "integrated totals of security statistics with time tag CP56Time2a", "bcrSecurity", "cp56"],
		[70, "M_EI_NA", "end of initialization", "coi", "none"],
	]),
	...rows("command", [
		[45, "C_SC_NA", "single command", "sco", "none", "single-command"],
		[46, "C_DC_NA", "double command", "dco", "none", "double-command"],
		[47, "C_RC_NA", "regulating step command", "rco", "none", "step-command"],
		[48, "C_SE_NA", "set point command, normalized", "nvaQos", "none", "set-point"],
		[49, "C_SE_NB", "set point command, scaled", "svaQos", "none", "set-point"],
		[50, "C_SE_NC", "set point command, short floating point number", "r32Qos", "none", "set-point"],
		[51, "C_BO_NA", "bitstring of 32 bits command", "bsiCommand", "none", "bitstring-command"],
		[58, "C_SC_TA", "single command with time tag CP56Time2a", "sco", "cp56", "single-command"],
		[59, "C_DC_TA", "double command with time tag CP56Time2a", "dco", "cp56", "double-command"],
		[60, "C_RC_TA", "regulating step command with time tag CP56Time2a", "rco", "cp56", "step-command"],
		[61, "C_SE_TA", "set point command, normalized, with time tag CP56Time2a", "nvaQos", "cp56", "set-point"],
		[62, "C_SE_TB", "set point command, scaled, with time tag CP56Time2a", "svaQos", "cp56", "set-point"],
		[63, "C_SE_TC", "set point command, short floating point number, with time tag CP56Time2a", "r32Qos", "cp56", "set-point"],
		[64, "C_BO_TA", "bitstring of 32 bits command with time tag CP56Time2a", "bsiCommand", "cp56", "bitstring-command"],
	]),
	...rows("system", [
		[100, "C_IC_NA", "interrogation command", "qoi", "none"],
		[101, "C_CI_NA", "counter interrogation command", "qcc", "none"],
		[102, "C_RD_NA", "read command", "none", "none"],
		[103, "C_CS_NA", "clock synchronization command", "clock", "cp56"],
		[104, "C_TS_NA", "test command", "fbp", "none"],
		[105, "C_RP_NA", "reset process command", "qrp", "none"],
		[106, "C_CD_NA", "delay acquisition command", "cp16", "none"],
		[107, "C_TS_TA", "test command with time tag CP56Time2a", "tsc", "cp56"],
	]),
	...rows("parameter", [
		[110, "P_ME_NA", "parameter of measured value, normalized", "nvaQpm", "none", "parameter"],
		[111, "P_ME_NB", "parameter of measured value, scaled", "svaQpm", "none", "parameter"],
		[112, "P_ME_NC", "parameter of measured value, short floating point number", "r32Qpm", "none", "parameter"],
		[113, "P_AC_NA", "parameter activation", "qpa", "none", "parameter-activation"],
	]),
	...rows("file", [
		[120, "F_FR_NA", "file ready", "fileReady", "none"],
		[121, "F_SR_NA", "section ready", "sectionReady", "none"],
		[122, "F_SC_NA", "call directory, select file, call file, call section", "selectAndCall", "none"],
		[123, "F_LS_NA", "last section, last segment", "lastSection", "none"],
		[124, "F_AF_NA", "acknowledge file, acknowledge section", "acknowledgeFile", "none"],
		[125, "F_SG_NA", "segment", "segment", "none"],
		[126, "F_DR_TA", "directory", "directory", "cp56"],
		[127, "F_SC_NB", "query log, request archive file", "queryLog", "none"],
	]),
	...rows("security", [
		[81, "S_CH_NA", "authentication challenge", "opaque", "none"],
		[82, "S_RP_NA", "authentication reply", "opaque", "none"],
		[83, "S_AR_NA", "aggressive mode authentication request", "opaque", "none"],
		[84, "S_KR_NA", "session key status request", "opaque", "none"],
		[85, "S_KS_NA", "session key status", "opaque", "none"],
		[86, "S_KC_NA", "session key change", "opaque", "none"],
		[87, "S_ER_NA", "authentication error", "opaque", "none"],
		[90, "S_US_NA", "user status change", "opaque", "none"],
		[91, "S_UQ_NA", "update key change request", "opaque", "none"],
		[92, "S_UR_NA", "update key change reply", "opaque", "none"],
		[93, "S_UK_NA", "update key change, symmetric", "opaque", "none"],
		[94, "S_UA_NA", "update key change, asymmetric", "opaque", "none"],
		[95, "S_UC_NA", "update key change confirmation", "opaque", "none"],
	]),
]);

/** 7.2.1.1: the highest type of the standard; above it they are private. */
const HIGHEST_TYPE = 127;
const unlisted = (id: number): TypeRecord => ({
	name: id > HIGHEST_TYPE ? `private type ${id}` : `reserved type ${id}`,
	title: id > HIGHEST_TYPE ? "a type of private range" : "a type that is reserved",
	layout: LAYOUT.opaque,
	time: TIME.none,
	group: GROUP.unknown,
	size: -1,
	space: NO_SPACE,
});
/** Every type by its number. */
export const TYPES: readonly TypeRecord[] = Array.from({ length: 256 }, (_, id) => RECORDS.get(id) ?? unlisted(id));
export const isListed = (typeId: number): boolean => RECORDS.has(typeId);

/** Types that the decoder and the operations speak of. */
export const TYPE = {
	endOfInitialization: 70,
	interrogation: 100,
	counterInterrogation: 101,
	read: 102,
	clock: 103,
	test: 104,
	resetProcess: 105,
	delay: 106,
	testWithTime: 107,
	parameterActivation: 113,
	fileReady: 120,
	sectionReady: 121,
	selectAndCall: 122,
	lastSection: 123,
	acknowledgeFile: 124,
	segment: 125,
	directory: 126,
	queryLog: 127,
} as const;

/** Causes of transmission (7.2.3). */
export const CAUSE = {
	request: 5,
	activation: 6,
	activationCon: 7,
	deactivation: 8,
	deactivationCon: 9,
	activationTerm: 10,
	file: 13,
	interrogated: 20,
	lastGroup: 36,
	counterRequested: 37,
	lastCounterGroup: 41,
	unknownType: 44,
	unknownAddress: 47,
} as const;

const CAUSE_NAMES: Readonly<Record<number, string>> = {
	0: "not used",
	1: "periodic, cyclic",
	2: "background scan",
	3: "spontaneous",
	4: "initialized",
	5: "request or requested",
	6: "activation",
	7: "activation confirmation",
	8: "deactivation",
	9: "deactivation confirmation",
	10: "activation termination",
	11: "return information caused by a remote command",
	12: "return information caused by a local command",
	13: "file transfer",
	14: "authentication",
	15: "maintenance of authentication session key",
	16: "maintenance of user role and update key",
	20: "interrogated by station interrogation",
	37: "requested by general counter request",
	44: "unknown type identification",
	45: "unknown cause of transmission",
	46: "unknown common address of ASDU",
	47: "unknown information object address",
};
const FIRST_PRIVATE_CAUSE = 48;

export function causeName(cause: number): string {
	const name = CAUSE_NAMES[cause];
	if (name !== undefined) return name;
	if (cause > CAUSE.interrogated && cause <= CAUSE.lastGroup) return `interrogated by group ${cause - CAUSE.interrogated} interrogation`;
	if (cause > CAUSE.counterRequested && cause <= CAUSE.lastCounterGroup)
		return `requested by group ${cause - CAUSE.counterRequested} counter request`;
	return cause >= FIRST_PRIVATE_CAUSE ? `private cause ${cause}` : `reserved cause ${cause}`;
}

/** The station mirrors what it does not know, with the reason as cause (7.2.3, table 14). */
export const isUnknown = (cause: number): boolean => cause >= CAUSE.unknownType && cause <= CAUSE.unknownAddress;

/** Qualifiers. */
const RESERVED = (code: number): string => `reserved ${code}`;
const QUALIFIERS_OF_COMMAND = ["no additional definition", "short pulse duration", "long pulse duration", "persistent output"];
/** 7.2.6.26. */
export const commandQualifierName = (code: number): string => QUALIFIERS_OF_COMMAND[code] ?? RESERVED(code);
/** 7.2.6.22. */
export const interrogationName = (code: number): string =>
	code === CAUSE.interrogated
		? "station interrogation"
		: code > CAUSE.interrogated && code <= CAUSE.lastGroup
			? `interrogation of group ${code - CAUSE.interrogated}`
			: code === 0
				? "not used"
				: RESERVED(code);
/** 7.2.6.23: what is asked for, and what becomes of the counters. */
export const FREEZE_SHIFT = 6;
export const REQUEST_MASK = 0x3f;
export const counterRequestName = (code: number): string =>
	code === 0 ? "no counter requested" : code < 5 ? `counters of group ${code}` : code === 5 ? "general request" : RESERVED(code);
export const FREEZE_NAMES = ["read", "freeze without reset", "freeze with reset", "reset"] as const;
/** 7.2.6.27. */
export const RESET = { process: 1, events: 2 } as const;
export const resetName = (code: number): string =>
	code === 0
		? "not used"
		: code === RESET.process
			? "general reset of process"
			: code === RESET.events
				? "reset of pending information with time tag of the event buffer"
				: RESERVED(code);
/** 7.2.6.21. */
export const initializationName = (code: number): string =>
	["local power switch on", "local manual reset", "remote reset"][code] ?? RESERVED(code);
/** 7.2.6.24. */
export const parameterKindName = (code: number): string =>
	["not used", "threshold value", "smoothing factor", "low limit", "high limit"][code] ?? RESERVED(code);
/** 7.2.6.25. */
export const activationName = (code: number): string =>
	[
		"not used",
		"previously loaded parameters",
		"parameter of the addressed object",
		"persistent cyclic or periodic transmission of the addressed object",
	][code] ?? RESERVED(code);
/** 7.2.6.30. */
export const SELECT = { directory: 0, selectFile: 1, callFile: 2, deactivateFile: 3, deleteFile: 4 } as const;
export const selectName = (code: number): string =>
	["default", "select file", "request file", "deactivate file", "delete file", "select section", "request section", "deactivate section"][
		code
	] ?? RESERVED(code);
/** The upper half of SCQ and AFQ (7.2.6.30 and 32). */
export const fileErrorName = (code: number): string =>
	[
		"default",
		"requested memory space not available",
		"checksum failed",
		"unexpected communication service",
		"unexpected name of file",
		"unexpected name of section",
	][code] ?? RESERVED(code);
/** 7.2.6.31. */
export const lastSectionName = (code: number): string =>
	[
		"not used",
		"file transfer without deactivation",
		"file transfer with deactivation",
		"section transfer without deactivation",
		"section transfer with deactivation",
	][code] ?? RESERVED(code);
/** 7.2.6.32. */
export const ACKNOWLEDGE = { file: 1, fileNegative: 2 } as const;
export const acknowledgeName = (code: number): string =>
	[
		"not used",
		"positive acknowledge of file",
		"negative acknowledge of file",
		"positive acknowledge of section",
		"negative acknowledge of section",
	][code] ?? RESERVED(code);
/** 7.2.6.33: what a file is. */
export const fileKindName = (name: number): string =>
	[
		"default",
		"transparent file",
		"disturbance data of protection equipment",
		"sequences of events",
		"sequences of recorded analogue values",
	][name] ?? `file ${name}`;
/** Records of what happened, which control centres fetch every day; other files may be anything, programs too. */
export const isRecordFile = (name: number): boolean => name >= 2 && name <= 4;

/** What a message breaks. Fixed words. */
export const VIOLATION = {
	/** Bytes that begin no APDU. */
	start: 1 << 0,
	/** A control field that no format has. */
	control: 1 << 1,
	/** The ASDU ends before its header, or its objects do not fill it. */
	length: 1 << 2,
	/** A type identification, a cause of transmission that is never used. */
	type: 1 << 3,
	cause: 1 << 4,
	/** A command with no object, or with several. */
	objects: 1 << 5,
	/** Its number follows none that was sent; it was sent already. */
	sequence: 1 << 6,
	duplicate: 1 << 7,
	/** It acknowledges what was never sent. */
	acknowledgement: 1 << 8,
	/** More than the default of k wait for their acknowledgement. */
	window: 1 << 9,
	/** Data on a connection that was stopped. */
	stopped: 1 << 10,
	/** A confirmation with another value or qualifier than what it confirms. */
	mismatch: 1 << 11,
} as const;
const VIOLATION_NAMES = Object.entries(VIOLATION);
export const violationNames = (violations: number): string[] =>
	VIOLATION_NAMES.filter(([, bit]) => (violations & bit) !== 0).map(([name]) => name);
/** What cannot be read as the standard writes it. */
export const MALFORMED = VIOLATION.start | VIOLATION.control | VIOLATION.length | VIOLATION.type | VIOLATION.cause | VIOLATION.objects;
