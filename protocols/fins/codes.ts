/** Words of FINS: commands and what they are (W227, 5; W342, 5-2; of Ethernet units W421, 7), end codes (W342, 5-1-3), memory areas (W342, 5-2-2). */
import type { Verb } from "../../src/decode/protocol.ts";

/** Commands that are spoken of by name. */
export const COMMAND = {
	memoryRead: 0x0101,
	memoryWrite: 0x0102,
	memoryFill: 0x0103,
	multipleRead: 0x0104,
	memoryTransfer: 0x0105,
	parameterRead: 0x0201,
	parameterWrite: 0x0202,
	parameterClear: 0x0203,
	linkTableWrite: 0x0221,
	protect: 0x0304,
	protectClear: 0x0305,
	programRead: 0x0306,
	programWrite: 0x0307,
	programClear: 0x0308,
	run: 0x0401,
	stop: 0x0402,
	reset: 0x0403,
	controllerData: 0x0501,
	connectionData: 0x0502,
	controllerStatus: 0x0601,
	cycleTime: 0x0620,
	clockRead: 0x0701,
	clockWrite: 0x0702,
	message: 0x0920,
	accessAcquire: 0x0c01,
	accessForced: 0x0c02,
	accessRelease: 0x0c03,
	errorLogRead: 0x2102,
	errorLogClear: 0x2103,
	writeLogClear: 0x2141,
	fileNames: 0x2201,
	fileRead: 0x2202,
	fileWrite: 0x2203,
	format: 0x2204,
	fileDelete: 0x2205,
	fileCopy: 0x2207,
	fileRename: 0x2208,
	fileCheck: 0x2209,
	memoryFile: 0x220a,
	parameterFile: 0x220b,
	programFile: 0x220c,
	forcedSet: 0x2301,
	forcedStatusRead: 0x230a,
	nameSet: 0x2601,
	nameDelete: 0x2602,
	nameRead: 0x2603,
	addressTableWrite: 0x2750,
	addressWrite: 0x2757,
} as const;

interface CommandRecord {
	readonly name: string;
	readonly verb: Verb;
	/** Octets of text that the command has at least, and its answer where it ended well. */
	readonly least: number;
	readonly answerLeast: number;
}

const command = (name: string, verb: Verb, least = 0, answerLeast = 0): CommandRecord => ({ name, verb, least, answerLeast });

export const COMMANDS: ReadonlyMap<number, CommandRecord> = new Map([
	[0x0101, command("memory area read", "read", 6)],
	[0x0102, command("memory area write", "write", 6)],
	[0x0103, command("memory area fill", "write", 8)],
	[0x0104, command("multiple memory area read", "read", 4)],
	[0x0105, command("memory area transfer", "write", 10)],
	[0x0110, command("composite registration read", "configure")],
	[0x0111, command("register composite read", "read")],
	[0x0201, command("parameter area read", "read", 6, 6)],
	[0x0202, command("parameter area write", "configure", 6)],
	[0x0203, command("parameter area clear", "configure", 6)],
	[0x0220, command("data link table read", "read")],
	[0x0221, command("data link table write", "configure")],
	[0x0304, command("program area protect", "configure", 3)],
	[0x0305, command("program area protect clear", "configure", 3)],
	[0x0306, command("program area read", "program", 8, 8)],
	[0x0307, command("program area write", "program", 8)],
	[0x0308, command("program area clear", "program", 2)],
	[0x0401, command("run", "command")],
	[0x0402, command("stop", "command")],
	[0x0403, command("reset", "command")],
	[0x0501, command("controller data read", "identify")],
	[0x0502, command("connection data read", "identify", 1, 1)],
	[0x0601, command("controller status read", "diagnose", 0, 2)],
	[0x0602, command("network status read", "diagnose")],
	[0x0603, command("data link status read", "diagnose")],
	[0x0620, command("cycle time read", "diagnose")],
	[0x0701, command("clock read", "diagnose", 0, 7)],
	[0x0702, command("clock write", "configure", 5)],
	[0x0801, command("loop-back test", "diagnose")],
	[0x0802, command("broadcast test results read", "diagnose")],
	[0x0803, command("broadcast test data send", "diagnose")],
	[0x0920, command("message read or clear", "diagnose", 2)],
	[0x0c01, command("access right acquire", "authenticate", 2)],
	[0x0c02, command("access right forced acquire", "authenticate", 2)],
	[0x0c03, command("access right release", "authenticate", 2)],
	[0x2101, command("error clear", "command", 2)],
	[0x2102, command("error log read", "diagnose", 4, 6)],
	[0x2103, command("error log clear", "command")],
	[0x2140, command("FINS write access log read", "diagnose", 4)],
	[0x2141, command("FINS write access log clear", "command")],
	[0x2201, command("file name read", "browse", 6)],
	[0x2202, command("single file read", "read", 20)],
	[0x2203, command("single file write", "configure", 22)],
	[0x2204, command("file memory format", "configure", 2)],
	[0x2205, command("file delete", "configure", 4)],
	[0x2206, command("volume label create or delete", "configure", 4)],
	[0x2207, command("file copy", "configure", 28)],
	[0x2208, command("file name change", "configure", 26)],
	[0x2209, command("file data check", "diagnose", 14)],
	[0x220a, command("memory area file transfer", "configure", 22)],
	[0x220b, command("parameter area file transfer", "configure", 22)],
	[0x220c, command("program area file transfer", "program", 26)],
	[0x220f, command("file memory index read", "browse")],
	[0x2210, command("file memory read", "read")],
	[0x2211, command("file memory write", "configure")],
	[0x2215, command("directory create or delete", "configure")],
	[0x2220, command("memory cassette transfer", "program")],
	[0x2301, command("forced set or reset", "write", 8)],
	[0x2302, command("forced set or reset cancel", "command")],
	[0x230a, command("multiple forced status read", "read", 6)],
	[0x2601, command("name set", "configure", 1)],
	[0x2602, command("name delete", "configure")],
	[0x2603, command("name read", "identify")],
	[0x2701, command("UDP open request", "other")],
	[0x2702, command("UDP receive request", "other")],
	[0x2703, command("UDP send request", "other")],
	[0x2704, command("UDP close request", "other")],
	[0x2710, command("passive TCP open request", "other")],
	[0x2711, command("active TCP open request", "other")],
	[0x2712, command("TCP receive request", "other")],
	[0x2713, command("TCP send request", "other")],
	[0x2714, command("TCP close request", "other")],
	[0x2720, command("ping", "diagnose")],
	[0x2730, command("FINS/TCP connection remote node change", "configure")],
	[0x2731, command("FINS/TCP connection status read", "diagnose")],
	[0x2750, command("IP address table write", "configure", 2)],
	[0x2751, command("IP router table write", "configure")],
	[0x2757, command("IP address write", "configure", 8)],
	[0x2760, command("IP address table read", "diagnose")],
	[0x2761, command("IP router table read", "diagnose")],
	[0x2762, command("protocol status read", "diagnose")],
	[0x2763, command("memory status read", "diagnose")],
	[0x2764, command("socket status read", "diagnose")],
	[0x2765, command("address information read", "diagnose")],
	[0x2767, command("IP address read", "diagnose")],
	[0x2803, command("convert to CompoWay/F", "other")],
	[0x2804, command("convert to Modbus-RTU", "other")],
	[0x2805, command("convert to Modbus-ASCII", "other")],
]);

const hex4 = (code: number): string => code.toString(16).padStart(4, "0").toUpperCase();

export const codeName = (code: number): string => `${hex4(code).slice(0, 2)} ${hex4(code).slice(2)}`;
export const commandName = (code: number): string => COMMANDS.get(code)?.name ?? "unknown command";
/** The operation for people. */
export const operationName = (code: number): string => `${commandName(code)} (command ${codeName(code)})`;

/** By main code and sub-code. */
const END_CODES: ReadonlyMap<number, string> = new Map([
	[0x0000, "normal completion"],
	[0x0001, "service was cancelled"],
	[0x0101, "local node not in network"],
	[0x0102, "token timeout"],
	[0x0103, "retries failed"],
	[0x0104, "too many send frames"],
	[0x0105, "node address range error"],
	[0x0106, "node address duplication"],
	[0x0201, "destination node not in network"],
	[0x0202, "unit missing"],
	[0x0203, "third node missing"],
	[0x0204, "destination node busy"],
	[0x0205, "response timeout"],
	[0x0301, "communications controller error"],
	[0x0302, "CPU unit error"],
	[0x0303, "controller error"],
	[0x0304, "unit number error"],
	[0x0401, "undefined command"],
	[0x0402, "not supported by model or version"],
	[0x0501, "destination address setting error"],
	[0x0502, "no routing tables"],
	[0x0503, "routing table error"],
	[0x0504, "too many relays"],
	[0x1001, "command too long"],
	[0x1002, "command too short"],
	[0x1003, "elements and data do not match"],
	[0x1004, "command format error"],
	[0x1005, "header error"],
	[0x1101, "area classification missing"],
	[0x1102, "access size error"],
	[0x1103, "address range error"],
	[0x1104, "address range exceeded"],
	[0x1106, "program missing"],
	[0x1109, "relational error"],
	[0x110a, "duplicate data access"],
	[0x110b, "response too long"],
	[0x110c, "parameter error"],
	[0x2002, "read not possible: protected"],
	[0x2003, "read not possible: table missing"],
	[0x2004, "read not possible: data missing"],
	[0x2005, "read not possible: program missing"],
	[0x2006, "read not possible: file missing"],
	[0x2007, "read not possible: data mismatch"],
	[0x2101, "write not possible: read-only"],
	[0x2102, "write not possible: protected"],
	[0x2103, "write not possible: cannot register"],
	[0x2105, "write not possible: program missing"],
	[0x2106, "write not possible: file missing"],
	[0x2107, "write not possible: file name already exists"],
	[0x2108, "write not possible: cannot change"],
	[0x2201, "not possible during execution"],
	[0x2202, "not possible while running"],
	[0x2203, "wrong mode: PROGRAM"],
	[0x2204, "wrong mode: DEBUG"],
	[0x2205, "wrong mode: MONITOR"],
	[0x2206, "wrong mode: RUN"],
	[0x2207, "specified node is not the polling node"],
	[0x2208, "step cannot be executed"],
	[0x220f, "service is being executed"],
	[0x2211, "high traffic at unit"],
	[0x2230, "connection already established"],
	[0x2231, "connection number is no FINS/TCP client"],
	[0x2232, "aborted by another change request"],
	[0x2301, "file device missing"],
	[0x2302, "memory missing"],
	[0x2303, "clock missing"],
	[0x2307, "IP address conversion is automatic"],
	[0x2401, "table missing"],
	[0x2502, "memory error"],
	[0x2503, "I/O setting error"],
	[0x2504, "too many I/O points"],
	[0x2505, "CPU bus error"],
	[0x2506, "I/O duplication"],
	[0x2507, "I/O bus error"],
	[0x2509, "SYSMAC BUS/2 error"],
	[0x250a, "CPU bus unit error"],
	[0x250d, "SYSMAC BUS number duplication"],
	[0x250f, "memory error"],
	[0x2510, "SYSMAC BUS terminator missing"],
	[0x2601, "no protection"],
	[0x2602, "incorrect password"],
	[0x2604, "protected"],
	[0x2605, "service already executing"],
	[0x2606, "service stopped"],
	[0x2607, "no execution right"],
	[0x2608, "settings not complete"],
	[0x2609, "necessary items not set"],
	[0x260a, "number already defined"],
	[0x260b, "error will not clear"],
	[0x3001, "another device has the access right"],
	[0x4001, "service aborted"],
]);

const MAIN_CODES: Readonly<Record<number, string>> = {
	1: "local node error",
	2: "destination node error",
	3: "controller error",
	4: "service not supported",
	5: "routing table error",
	16: "command format error",
	17: "parameter error",
	32: "read not possible",
	33: "write not possible",
	34: "not executable in current mode",
	35: "no such device",
	36: "cannot start or stop",
	37: "unit error",
	38: "command error",
	48: "access right error",
	64: "aborted",
};

export const BUSY = 0x0204;
export const endCodeName = (code: number): string => END_CODES.get(code) ?? MAIN_CODES[code >> 8] ?? "unknown";
export const outcomeName = (code: number): string => `${endCodeName(code)} (end code ${codeName(code)})`;

/** Of FINS/TCP (W421, 7-4-2). */
const TCP_ERRORS: Readonly<Record<number, string>> = {
	0: "normal",
	1: "the header is not FINS",
	2: "the data length is too long",
	3: "the command is not supported",
	32: "all connections are in use",
	33: "the node is already connected",
	34: "a protected node is accessed from an unspecified IP address",
	35: "the client's node address is out of range",
	36: "client and server use the same node address",
	37: "no node address is left to be given",
};
export const tcpErrorName = (code: number): string => TCP_ERRORS[code] ?? "unknown error";
const TCP_COMMANDS: Readonly<Record<number, string>> = {
	0: "client node address",
	1: "server node address",
	2: "frame",
	3: "error notification",
	6: "connection confirmation",
};
export const tcpCommandName = (code: number): string => TCP_COMMANDS[code] ?? "unknown";

/** Operating modes (W342, 5-3-11). */
const MODES: Readonly<Record<number, string>> = { 0: "PROGRAM", 1: "DEBUG", 2: "MONITOR", 4: "RUN" };
export const modeName = (mode: number): string => MODES[mode] ?? `mode ${mode}`;

const PARAMETER_AREAS: Readonly<Record<number, string>> = {
	32768: "all parameters",
	32770: "CPU bus unit settings",
	32784: "PC setup",
	32785: "peripheral device settings",
	32786: "I/O table",
	32787: "routing tables",
};
export const parameterAreaName = (code: number): string => PARAMETER_AREAS[code] ?? `parameter area ${hex4(code)}`;

/** What forced set or reset wants of a bit (W342, 5-3-40). */
export const FORCE = { reset: 0, set: 1, releaseOff: 0x8000, releaseOn: 0x8001, release: 0xffff } as const;

interface AreaRecord {
	/** As Omron names it. */
	readonly name: string;
	/** Index into `SPACES`. */
	readonly space: number;
	/** One bit of a word; else a word, a flag or a register. */
	readonly isBit: boolean;
	/** Octets of one element. */
	readonly size: number;
	/** Counters stand behind the timers of the same area, from this address on; 0 where they do not. */
	readonly counters: number;
}

/** Names of the numbered spaces, as the letters by which Omron's tools call them. Bits are numbered by their word times 16 and their place in it. */
const LETTERS = [
	["cio", "CIO"],
	["work", "W"],
	["holding", "H"],
	["auxiliary", "A"],
	["dm", "D"],
	["em", "E"],
	...Array.from({ length: 13 }, (_, bank) => [`em${bank}`, `E${bank.toString(16).toUpperCase()}_`] as const),
	["cv-io", "CV CIO"],
] as const;
/** Without bits. */
const PLAIN = [
	["timer", "T"],
	["timer-flag", "T flag "],
	["counter", "C"],
	["counter-flag", "C flag "],
	["transition-flag", "TN"],
	["step-flag", "ST"],
	["step-timer", "ST timer "],
	["task-flag", "TK"],
	["index-register", "IR"],
	["data-register", "DR"],
	["action-flag", "AC"],
	["condition-flag", "CF"],
	["forced-status", "forced status "],
	["interrupt-interval", "interrupt interval "],
] as const;

export const SPACES: readonly string[] = [...LETTERS.flatMap(([space]) => [space, `${space}-bit`]), ...PLAIN.map(([space]) => space)];
const spaceOf = new Map(SPACES.map((name, index) => [name, index]));

export const AREAS: readonly (AreaRecord | undefined)[] = areas();

function areas(): (AreaRecord | undefined)[] {
	const out = new Array<AreaRecord | undefined>(256).fill(undefined);
	const add = (code: number, name: string, space: string, size: number, isBit = false, counters = 0): void => {
		out[code] = { name, space: spaceOf.get(space)!, isBit, size, counters };
	};
	for (const [index, [space, letters]] of LETTERS.slice(0, 4).entries()) {
		add(0x30 + index, `${letters} bit`, `${space}-bit`, 1, true);
		add(0xb0 + index, letters, space, 2);
		if (space === "auxiliary") continue;
		add(0x70 + index, `${letters} bit with forced status`, `${space}-bit`, 1, true);
		add(0xf0 + index, `${letters} with forced status`, space, 4);
	}
	add(0x02, "D bit", "dm-bit", 1, true);
	add(0x82, "D", "dm", 2);
	add(0x0a, "E bit, current bank", "em-bit", 1, true);
	add(0x98, "E, current bank", "em", 2);
	for (let bank = 0; bank < 13; bank++) {
		const name = `E${bank.toString(16).toUpperCase()}`;
		add(0x20 + bank, `${name} bit`, `em${bank}-bit`, 1, true);
		add(0xa0 + bank, name, `em${bank}`, 2);
		if (bank < 8) add(0x90 + bank, name, `em${bank}`, 2);
	}
	// Of CV series: CIO, TR, CPU bus link and auxiliary areas behind each other.
	add(0x00, "CV CIO bit", "cv-io-bit", 1, true);
	add(0x40, "CV CIO bit with forced status", "cv-io-bit", 1, true);
	add(0x80, "CV CIO", "cv-io", 2);
	add(0xc0, "CV CIO with forced status", "cv-io", 4);
	for (const [offset, counters] of [
		[0x01, 0x0800],
		[0x09, 0x8000],
	] as const) {
		add(offset, "timer or counter flag", "timer-flag", 1, false, counters);
		add(0x40 + offset, "timer or counter flag with forced status", "timer-flag", 1, false, counters);
		add(0x80 + offset, "timer or counter", "timer", 2, false, counters);
	}
	add(0x03, "transition flag", "transition-flag", 1);
	add(0x43, "transition flag with forced status", "transition-flag", 1);
	add(0x04, "step flag", "step-flag", 1);
	add(0x44, "step flag with forced status", "step-flag", 1);
	add(0x84, "step timer", "step-timer", 2);
	add(0x06, "task flag", "task-flag", 1);
	add(0x46, "task status", "task-flag", 1);
	add(0x07, "clock pulse or condition flag", "condition-flag", 1, true);
	add(0x1b, "action flag", "action-flag", 1);
	add(0x85, "forced status", "forced-status", 2);
	add(0x9c, "register", "data-register", 2);
	add(0xbc, "data register", "data-register", 2);
	add(0xdc, "index register", "index-register", 4);
	add(0xdd, "interrupt interval", "interrupt-interval", 2);
	return out;
}

export const areaName = (code: number): string => AREAS[code]?.name ?? `area ${code.toString(16).padStart(2, "0").toUpperCase()}`;

/** The space of an element: counters share the areas of timers. */
export function spaceAt({ space, counters }: AreaRecord, address: number): number {
	return counters > 0 && address >= counters ? space + 2 : space;
}

/** Its number there. */
export const indexAt = ({ isBit, counters }: AreaRecord, address: number, bit: number): number =>
	isBit ? address * 16 + (bit & 15) : counters > 0 && address >= counters ? address - counters : address;

const WORDS: ReadonlyMap<string, string> = new Map<string, string>([...LETTERS, ...PLAIN]);
const POINT = /^([a-z0-9-]+?)(-bit)?:(\d+)$/;

/** A point for people, as Omron's tools write it: "D100", "CIO10.05". */
export function pointName(name: string): string {
	const [, space = "", bit, digits = ""] = POINT.exec(name) ?? [];
	const word = WORDS.get(space);
	if (word === undefined) return name;
	const number = Number(digits);
	return bit === undefined && space !== "condition-flag"
		? `${word}${number}`
		: `${word}${Math.floor(number / 16)}.${String(number % 16).padStart(2, "0")}`;
}

const WRITTEN = /^(CIO|W|H|A|DM|D|EM|E|T|C)?(?:([0-9A-C])_)?(\d{1,5})(?:\.(\d{1,2}))?$/;
const BY_LETTER: Readonly<Record<string, string>> = {
	CIO: "cio",
	W: "work",
	H: "holding",
	A: "auxiliary",
	DM: "dm",
	D: "dm",
	EM: "em",
	E: "em",
	T: "timer",
	C: "counter",
};
const MAX_ADDRESS = 0xffff;

/** The stable name of a point as it is written elsewhere: "D100", "CIO10.05", "E3_7", or a number beside the name of its space. */
export function parsePoint(text: string, table: string): string | undefined {
	const own = POINT.exec(text);
	if (own !== null) return spaceOf.has(`${own[1]}${own[2] ?? ""}`) ? `${own[1]}${own[2] ?? ""}:${Number(own[3])}` : undefined;
	const [, letters, bank, digits, bit] = WRITTEN.exec(text.toUpperCase()) ?? [];
	if (digits === undefined || Number(digits) > MAX_ADDRESS || (bank !== undefined && letters !== "E" && letters !== "EM")) return undefined;
	const base = letters === undefined ? table.toLowerCase() : BY_LETTER[letters]!;
	const space = bank === undefined ? base : `em${Number.parseInt(bank, 16)}`;
	if (bit === undefined) return spaceOf.has(space) ? `${space}:${Number(digits)}` : undefined;
	return spaceOf.has(`${space}-bit`) && Number(bit) < 16 ? `${space}-bit:${Number(digits) * 16 + Number(bit)}` : undefined;
}
