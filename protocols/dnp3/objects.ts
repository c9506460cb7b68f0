/**
 * The object library of DNP3 (IEEE 1815-2012, annex A): of each group and variation its name and how one object lies in bytes. Names are those of ICSNPP and Wireshark where
 * these have one.
 */

/** How a value is written. */
export type ValueType = "u8" | "u16" | "u32" | "i16" | "i32" | "f32" | "f64" | "bcd2" | "bcd4" | "bcd8";
const VALUE_LENGTH: Readonly<Record<ValueType, number>> = {
	u8: 1,
	u16: 2,
	u32: 4,
	i16: 2,
	i32: 4,
	f32: 4,
	f64: 8,
	bcd2: 2,
	bcd4: 4,
	bcd8: 8,
};

/** What an octet of flags says beside the value: which bit is what, and whether the value is in it. */
export type FlagKind = "binary" | "double" | "output" | "counter" | "analog" | "analogOutput" | "statistic" | "command";

export interface Layout {
	readonly group: number;
	readonly variation: number;
	readonly name: string;
	/** Bytes of one object; 0 where it is packed, or as long as its prefix says. */
	readonly length: number;
	/** Bits of one object where several share an octet; else 0. */
	readonly bits: number;
	/** Offsets in the object; -1 for none. */
	readonly flagsAt: number;
	readonly flagKind: FlagKind | undefined;
	readonly valueAt: number;
	readonly valueType: ValueType | undefined;
	/** Of six octets, or of two that count from the latest common time of occurrence. */
	readonly timeAt: number;
	readonly isRelative: boolean;
	/** Status of a control. */
	readonly statusAt: number;
	/** Its objects have a length of their own: a prefix of size, or the variation is the length. */
	readonly isVariable: boolean;
}

/** Parts of an object in their order; `bits1` and `bits2` are packed. */
type Part =
	| FlagKind
	| ValueType
	| "time"
	| "relative"
	| "status"
	| "bits1"
	| "bits2"
	| "variable"
	| "crob"
	| "word"
	| "interval"
	| "units"
	| "fill";
const PART_LENGTH: Readonly<Record<string, number>> = {
	time: 6,
	relative: 2,
	status: 1,
	crob: 10,
	word: 2,
	interval: 4,
	units: 1,
	fill: 3,
};
const FLAG_KINDS: ReadonlySet<string> = new Set([
	"binary",
	"double",
	"output",
	"counter",
	"analog",
	"analogOutput",
	"statistic",
	"command",
]);

function layout(group: number, variation: number, name: string, ...parts: Part[]): Layout {
	const one = {
		group,
		variation,
		name,
		length: 0,
		bits: 0,
		flagsAt: -1,
		flagKind: undefined as FlagKind | undefined,
		valueAt: -1,
		valueType: undefined as ValueType | undefined,
		timeAt: -1,
		isRelative: false,
		statusAt: -1,
		isVariable: false,
	};
	for (const part of parts) {
		if (part === "bits1" || part === "bits2") one.bits = part === "bits1" ? 1 : 2;
		else if (part === "variable") one.isVariable = true;
		else if (FLAG_KINDS.has(part)) {
			one.flagsAt = one.length++;
			one.flagKind = part as FlagKind;
		} else if (part in VALUE_LENGTH) {
			one.valueAt = one.length;
			one.valueType = part as ValueType;
			one.length += VALUE_LENGTH[part as ValueType];
		} else {
			if (part === "time" || part === "relative") one.timeAt = one.length;
			if (part === "relative") one.isRelative = true;
			if (part === "status") one.statusAt = one.length;
			one.length += PART_LENGTH[part]!;
		}
	}
	return one;
}

/** Value types of the eight variations that events of analog values and their outputs share. */
const EVENT_VARIATIONS = [
	["i32", "32-Bit", false],
	["i16", "16-Bit", false],
	["i32", "32-Bit", true],
	["i16", "16-Bit", true],
	["f32", "32-Bit Floating Point", false],
	["f64", "64-Bit Floating Point", false],
	["f32", "32-Bit Floating Point", true],
	["f64", "64-Bit Floating Point", true],
] as const;
const events = (group: number, flags: FlagKind, words: string): Layout[] =>
	EVENT_VARIATIONS.map(([type, size, hasTime], index) =>
		layout(group, index + 1, `${size} ${words} ${hasTime ? "with" : "w/o"} Time`, flags, type, ...(hasTime ? (["time"] as const) : [])),
	);
const counterEvents = (group: number, words: string): Layout[] =>
	(["", "Delta "] as const).flatMap((delta, isDelta) =>
		[false, true].flatMap((hasTime) =>
			(["u32", "u16"] as const).map((type, isShort) =>
				layout(
					group,
					1 + isShort + 2 * isDelta + 4 * Number(hasTime),
					`${type === "u32" ? 32 : 16}-Bit ${words}${delta}Counter Change Event ${hasTime ? "with" : "w/o"} Time`,
					"counter",
					type,
					...(hasTime ? (["time"] as const) : []),
				),
			),
		),
	);

const LAYOUTS: readonly Layout[] = [
	layout(1, 1, "Single-Bit Binary Input", "bits1"),
	layout(1, 2, "Binary Input With Status", "binary"),
	layout(2, 1, "Binary Input Change Without Time", "binary"),
	layout(2, 2, "Binary Input Change With Time", "binary", "time"),
	layout(2, 3, "Binary Input Change With Relative Time", "binary", "relative"),
	layout(3, 1, "Double-bit Input No Flags", "bits2"),
	layout(3, 2, "Double-bit Input With Status", "double"),
	layout(4, 1, "Double-bit Input Change Without Time", "double"),
	layout(4, 2, "Double-bit Input Change With Time", "double", "time"),
	layout(4, 3, "Double-bit Input Change With Relative Time", "double", "relative"),
	layout(10, 1, "Binary Output", "bits1"),
	layout(10, 2, "Binary Output Status", "output"),
	layout(11, 1, "Binary Output Change Without Time", "output"),
	layout(11, 2, "Binary Output Change With Time", "output", "time"),
	layout(12, 1, "Control Relay Output Block", "crob", "status"),
	layout(12, 2, "Pattern Control Block", "crob", "status"),
	layout(12, 3, "Pattern Mask", "bits1"),
	layout(13, 1, "Binary Command Event Without Time", "command"),
	layout(13, 2, "Binary Command Event With Time", "command", "time"),
	layout(20, 1, "32-Bit Binary Counter", "counter", "u32"),
	layout(20, 2, "16-Bit Binary Counter", "counter", "u16"),
	layout(20, 3, "32-Bit Binary Delta Counter", "counter", "u32"),
	layout(20, 4, "16-Bit Binary Delta Counter", "counter", "u16"),
	layout(20, 5, "32-Bit Binary Counter Without Flag", "u32"),
	layout(20, 6, "16-Bit Binary Counter Without Flag", "u16"),
	layout(20, 7, "32-Bit Binary Delta Counter Without Flag", "u32"),
	layout(20, 8, "16-Bit Binary Delta Counter Without Flag", "u16"),
	layout(21, 1, "32-Bit Frozen Binary Counter", "counter", "u32"),
	layout(21, 2, "16-Bit Frozen Binary Counter", "counter", "u16"),
	layout(21, 3, "32-Bit Frozen Binary Delta Counter", "counter", "u32"),
	layout(21, 4, "16-Bit Frozen Binary Delta Counter", "counter", "u16"),
	layout(21, 5, "32-Bit Frozen Binary Counter With Flag and Time", "counter", "u32", "time"),
	layout(21, 6, "16-Bit Frozen Binary Counter With Flag and Time", "counter", "u16", "time"),
	layout(21, 7, "32-Bit Frozen Binary Delta Counter With Flag and Time", "counter", "u32", "time"),
	layout(21, 8, "16-Bit Frozen Binary Delta Counter With Flag and Time", "counter", "u16", "time"),
	layout(21, 9, "32-Bit Frozen Binary Counter Without Flag", "u32"),
	layout(21, 10, "16-Bit Frozen Binary Counter Without Flag", "u16"),
	layout(21, 11, "32-Bit Frozen Binary Delta Counter Without Flag", "u32"),
	layout(21, 12, "16-Bit Frozen Binary Delta Counter Without Flag", "u16"),
	...counterEvents(22, ""),
	...counterEvents(23, "Frozen "),
	layout(30, 1, "32-Bit Analog Input", "analog", "i32"),
	layout(30, 2, "16-Bit Analog Input", "analog", "i16"),
	layout(30, 3, "32-Bit Analog Input Without Flag", "i32"),
	layout(30, 4, "16-Bit Analog Input Without Flag", "i16"),
	layout(30, 5, "32-Bit Floating Point Input", "analog", "f32"),
	layout(30, 6, "64-Bit Floating Point Input", "analog", "f64"),
	layout(31, 1, "32-Bit Frozen Analog Input", "analog", "i32"),
	layout(31, 2, "16-Bit Frozen Analog Input", "analog", "i16"),
	layout(31, 3, "32-Bit Frozen Analog Input With Time of Freeze", "analog", "i32", "time"),
	layout(31, 4, "16-Bit Frozen Analog Input With Time of Freeze", "analog", "i16", "time"),
	layout(31, 5, "32-Bit Frozen Analog Input Without Flag", "i32"),
	layout(31, 6, "16-Bit Frozen Analog Input Without Flag", "i16"),
	layout(31, 7, "32-Bit Frozen Floating Point Input", "analog", "f32"),
	layout(31, 8, "64-Bit Frozen Floating Point Input", "analog", "f64"),
	...events(32, "analog", "Analog Change Event"),
	...events(33, "analog", "Frozen Analog Event"),
	layout(34, 1, "16-Bit Analog Input Deadband", "u16"),
	layout(34, 2, "32-Bit Analog Input Deadband", "u32"),
	layout(34, 3, "32-Bit Floating Point Analog Input Deadband", "f32"),
	layout(40, 1, "32-Bit Analog Output Status", "analogOutput", "i32"),
	layout(40, 2, "16-Bit Analog Output Status", "analogOutput", "i16"),
	layout(40, 3, "32-Bit Floating Point Output Status", "analogOutput", "f32"),
	layout(40, 4, "64-Bit Floating Point Output Status", "analogOutput", "f64"),
	layout(41, 1, "32-Bit Analog Output Block", "i32", "status"),
	layout(41, 2, "16-Bit Analog Output Block", "i16", "status"),
	layout(41, 3, "32-Bit Floating Point Output Block", "f32", "status"),
	layout(41, 4, "64-Bit Floating Point Output Block", "f64", "status"),
	...events(42, "analogOutput", "Analog Output Event"),
	...events(43, "command", "Analog Output Command Event"),
	layout(50, 1, "Time and Date", "time"),
	layout(50, 2, "Time and Date w/Interval", "time", "interval"),
	layout(50, 3, "Last Recorded Time and Date", "time"),
	layout(50, 4, "Indexed Time and Date and Long Interval", "time", "interval", "units"),
	layout(51, 1, "Time and Date CTO", "time"),
	layout(51, 2, "Unsynchronized Time and Date CTO", "time"),
	layout(52, 1, "Time Delay - Coarse", "u16"),
	layout(52, 2, "Time Delay - Fine", "u16"),
	layout(60, 1, "Class 0 Data"),
	layout(60, 2, "Class 1 Data"),
	layout(60, 3, "Class 2 Data"),
	layout(60, 4, "Class 3 Data"),
	layout(70, 1, "File Control - File Identifier", "variable"),
	layout(70, 2, "File Control - Authentication", "variable"),
	layout(70, 3, "File Control - File Command", "variable"),
	layout(70, 4, "File Control - File Status", "variable"),
	layout(70, 5, "File Control - File Transport", "variable"),
	layout(70, 6, "File Control - File Transport Status", "variable"),
	layout(70, 7, "File Control - File Descriptor", "variable"),
	layout(70, 8, "File Control - File Specification String", "variable"),
	layout(80, 1, "Internal Indications", "bits1"),
	layout(81, 1, "Storage Object - Buffer Fill Status", "fill"),
	layout(82, 1, "Device Profile - Functions and Indexes", "variable"),
	layout(83, 1, "Private Registration Object", "variable"),
	layout(83, 2, "Private Registration Object Descriptor", "variable"),
	layout(85, 1, "Data-Set Prototype, with UUID", "variable"),
	layout(86, 1, "Data-Set Descriptor, Data-Set Contents", "variable"),
	layout(86, 2, "Data-Set Descriptor, Characteristics", "u8"),
	layout(86, 3, "Data-Set Descriptor, Point Index Attributes", "variable"),
	layout(87, 1, "Data-Set, Present Value", "variable"),
	layout(88, 1, "Data-Set, Snapshot", "variable"),
	layout(90, 1, "Application Identifier", "variable"),
	layout(91, 1, "Status of Requested Operation - Activate Configuration", "variable"),
	layout(101, 1, "Small Binary-Coded Decimal", "bcd2"),
	layout(101, 2, "Medium Binary-Coded Decimal", "bcd4"),
	layout(101, 3, "Large Binary-Coded Decimal", "bcd8"),
	layout(102, 1, "8-Bit Unsigned Integer", "u8"),
	layout(120, 1, "Authentication - Challenge", "variable"),
	layout(120, 2, "Authentication - Reply", "variable"),
	layout(120, 3, "Authentication - Aggressive Mode Request", "u32", "word"),
	layout(120, 4, "Authentication - Session Key Status Request", "u16"),
	layout(120, 5, "Authentication - Session Key Status", "variable"),
	layout(120, 6, "Authentication - Session Key Change", "variable"),
	layout(120, 7, "Authentication - Error", "variable"),
	layout(120, 8, "Authentication - User Certificate", "variable"),
	layout(120, 9, "Authentication - Message Authentication Code", "variable"),
	layout(120, 10, "Authentication - User Status Change", "variable"),
	layout(120, 11, "Authentication - Update Key Change Request", "variable"),
	layout(120, 12, "Authentication - Update Key Change Reply", "variable"),
	layout(120, 13, "Authentication - Update Key Change", "variable"),
	layout(120, 14, "Authentication - Update Key Change Signature", "variable"),
	layout(120, 15, "Authentication - Update Key Change Confirmation", "variable"),
	layout(121, 1, "Security Statistic", "statistic", "word", "u32"),
	layout(122, 1, "Security Statistic Event w/o Time", "statistic", "word", "u32"),
	layout(122, 2, "Security Statistic Event with Time", "statistic", "word", "u32", "time"),
];
const BY_CODE: (Layout | undefined)[] = new Array(0x10000).fill(undefined);
for (const one of LAYOUTS) BY_CODE[(one.group << 8) | one.variation] = one;

/** Groups whose variation is the length of the object in octets (A.44 to A.47). */
const STRINGS: Readonly<Record<number, string>> = {
	110: "Octet String",
	111: "Octet String Event",
	112: "Virtual Terminal Output Block",
	113: "Virtual Terminal Event Data",
};
export const isString = (group: number): boolean => group >= 110 && group <= 113;
const STRING_LAYOUTS = new Map(
	Object.entries(STRINGS).map(([group, name]) => [Number(group), layout(Number(group), 0, name, "variable")] as const),
);
/** A device attribute says its own type and length (A.1). */
export const ATTRIBUTE_GROUP = 0;
const ATTRIBUTE = layout(ATTRIBUTE_GROUP, 0, "Device Attributes", "variable");

/** Undefined where the library has no such object. */
export function layoutOf(group: number, variation: number): Layout | undefined {
	if (group === ATTRIBUTE_GROUP) return ATTRIBUTE;
	return isString(group) ? STRING_LAYOUTS.get(group) : BY_CODE[(group << 8) | variation];
}

const GROUP_NAMES: Readonly<Record<number, string>> = {
	1: "Binary Input",
	2: "Binary Input Change",
	3: "Double-bit Input",
	4: "Double-bit Input Change",
	10: "Binary Output",
	11: "Binary Output Change",
	12: "Binary Command",
	13: "Binary Command Event",
	20: "Binary Counter",
	21: "Frozen Binary Counter",
	22: "Binary Counter Change",
	23: "Frozen Binary Counter Change",
	30: "Analog Input",
	31: "Frozen Analog Input",
	32: "Analog Input Change",
	33: "Frozen Analog Input Change",
	34: "Analog Input Deadband",
	40: "Analog Output",
	41: "Analog Output Command",
	42: "Analog Output Event",
	43: "Analog Output Command Event",
	50: "Time and Date",
	51: "Time and Date CTO",
	52: "Time Delay",
	60: "Class Data",
	70: "File Control",
	80: "Internal Indications",
	81: "Storage Object",
	82: "Device Profile",
	83: "Private Registration",
	85: "Data-Set Prototype",
	86: "Data-Set Descriptor",
	87: "Data-Set",
	88: "Data-Set Snapshot",
	90: "Application Identifier",
	91: "Status of Requested Operation",
	100: "Floating Point",
	101: "Binary-Coded Decimal",
	102: "Unsigned Integer",
	120: "Authentication",
	121: "Security Statistic",
	122: "Security Statistic Event",
};
/** The variation 0 asks for whatever the outstation likes best. */
export const ANY_VARIATION = 0;
export function objectName(group: number, variation: number): string {
	if (group === ATTRIBUTE_GROUP) return `Device Attributes - ${attributeName(variation)}`;
	const known = layoutOf(group, variation)?.name;
	if (known !== undefined) return known;
	const name = GROUP_NAMES[group];
	return name === undefined || variation !== ANY_VARIATION ? `Unknown (${group}, ${variation})` : `${name} Default Variation`;
}

/** A.1: attributes of set 0, by variation. */
export const ATTRIBUTE_NAMES: Readonly<Record<number, string>> = {
	196: "Configuration ID",
	197: "Configuration version",
	198: "Configuration build date",
	199: "Configuration last change date",
	200: "Configuration signature",
	201: "Configuration signature algorithm",
	202: "Master Resource ID (mRID)",
	203: "Device altitude",
	204: "Device longitude",
	205: "Device latitude",
	206: "User-assigned secondary operator name",
	207: "User-assigned primary operator name",
	208: "User-assigned system name",
	209: "Secure authentication version",
	210: "Number of security statistics per association",
	211: "Identifier of support for user-specific attributes",
	212: "Number of master-defined data set prototypes",
	213: "Number of outstation-defined data set prototypes",
	214: "Number of master-defined data sets",
	215: "Number of outstation-defined data sets",
	216: "Max number of binary outputs per request",
	217: "Local timing accuracy",
	218: "Duration of timing accuracy",
	219: "Support for analog output events",
	220: "Max analog output index",
	221: "Number of analog outputs",
	222: "Support for binary output events",
	223: "Max binary output index",
	224: "Number of binary outputs",
	225: "Support for frozen counter events",
	226: "Support for frozen counters",
	227: "Support for counter events",
	228: "Max counter index",
	229: "Number of counter points",
	230: "Support for frozen analog inputs",
	231: "Support for analog input events",
	232: "Maximum analog input index",
	233: "Number of analog input points",
	234: "Support for Double-Bit BI Events",
	235: "Max Double-bit BI Point Index",
	236: "Number of Double-bit BI Points",
	237: "Support for Binary Input Events",
	238: "Max Binary Input Point Index",
	239: "Number of Binary Input Points",
	240: "Maximum Transmit Fragment Size",
	241: "Maximum Receive Fragment Size",
	242: "Device Manufacturers SW Version",
	243: "Device Manufacturers HW Version",
	245: "User-Assigned Location",
	246: "User-Assigned ID code/number",
	247: "User-Assigned Device Name",
	248: "Device Serial Number",
	249: "DNP Subset and Conformance",
	250: "Device Product Name and Model",
	252: "Device Manufacturers Name",
	254: "Non-specific All-attributes Request",
	255: "List of Attribute Variations",
};
export const attributeName = (variation: number): string => ATTRIBUTE_NAMES[variation] ?? `Attribute ${variation}`;
/** Requests for attributes, which are none themselves. */
export const ALL_ATTRIBUTES = 254;

/** Names of the bits of an octet of flags, from the lowest; what is empty is reserved or part of the value (A.2 and following, table 11-4). */
export const FLAG_NAMES: Readonly<Record<FlagKind, readonly string[]>> = {
	binary: ["online", "restart", "commLost", "remoteForced", "localForced", "chatterFilter"],
	double: ["online", "restart", "commLost", "remoteForced", "localForced", "chatterFilter"],
	output: ["online", "restart", "commLost", "remoteForced", "localForced"],
	counter: ["online", "restart", "commLost", "remoteForced", "localForced", "rollover", "discontinuity"],
	analog: ["online", "restart", "commLost", "remoteForced", "localForced", "overRange", "referenceError"],
	analogOutput: ["online", "restart", "commLost", "remoteForced", "localForced", "overRange", "referenceError"],
	statistic: ["online", "restart", "commLost", "remoteForced", "localForced", "", "discontinuity"],
	command: [],
};
/** The value of a point that is not online is the last that was known, or none. */
export const ONLINE = 0x01;
export const STATE = 0x80;
