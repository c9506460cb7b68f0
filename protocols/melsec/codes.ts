/** Words of the MELSEC communication protocol and of SLMP: commands and what they are (SH-080008, 3.1.1; SH-080956, 5.1), devices (SH-080956, 5.2), end codes (SH-080956, 7). */
import type { Verb } from "../../src/decode/protocol.ts";

export const COMMAND = {
	readTypeName: 0x0101,
	read: 0x0401,
	readRandom: 0x0403,
	readBlocks: 0x0406,
	selfTest: 0x0619,
	registerMonitor: 0x0801,
	monitor: 0x0802,
	searchNodes: 0x0e30,
	setAddress: 0x0e31,
	run: 0x1001,
	stop: 0x1002,
	pause: 0x1003,
	latchClear: 0x1005,
	reset: 0x1006,
	write: 0x1401,
	writeRandom: 0x1402,
	writeBlocks: 0x1406,
	writeBuffer: 0x1601,
	writeMemory: 0x1613,
	unlock: 0x1630,
	lock: 0x1631,
	newFile: 0x1820,
	deleteFile: 0x1822,
	copyFile: 0x1824,
	openFile: 0x1827,
	readFile: 0x1828,
	writeFile: 0x1829,
	onDemand: 0x2101,
} as const;

interface CommandRecord {
	readonly name: string;
	readonly verb: Verb;
}

const command = (name: string, verb: Verb): CommandRecord => ({ name, verb });

export const COMMANDS: ReadonlyMap<number, CommandRecord> = new Map([
	[0x0101, command("read type name", "identify")],
	[0x0401, command("batch read", "read")],
	[0x0403, command("random read", "read")],
	[0x0406, command("block read", "read")],
	[0x041a, command("array label read", "read")],
	[0x041c, command("random label read", "read")],
	[0x0601, command("read of a module's buffer memory", "read")],
	[0x0613, command("read of own buffer memory", "read")],
	[0x0619, command("self-test", "diagnose")],
	[0x0801, command("monitor registration", "configure")],
	[0x0802, command("monitor", "read")],
	[0x0e30, command("node search", "browse")],
	[0x0e31, command("IP address set", "configure")],
	[0x1001, command("remote RUN", "command")],
	[0x1002, command("remote STOP", "command")],
	[0x1003, command("remote PAUSE", "command")],
	[0x1005, command("remote latch clear", "command")],
	[0x1006, command("remote RESET", "command")],
	[0x1401, command("batch write", "write")],
	[0x1402, command("random write", "write")],
	[0x1406, command("block write", "write")],
	[0x141a, command("array label write", "write")],
	[0x141b, command("random label write", "write")],
	[0x1601, command("write to a module's buffer memory", "write")],
	[0x1613, command("write to own buffer memory", "write")],
	[0x1617, command("error clear", "command")],
	[0x1630, command("remote password unlock", "authenticate")],
	[0x1631, command("remote password lock", "authenticate")],
	[0x1810, command("directory read", "browse")],
	[0x1811, command("file search", "browse")],
	[0x1820, command("new file", "program")],
	[0x1822, command("file delete", "program")],
	[0x1824, command("file copy", "program")],
	[0x1825, command("file attribute change", "configure")],
	[0x1826, command("file date change", "configure")],
	[0x1827, command("file open", "program")],
	[0x1828, command("file read", "program")],
	[0x1829, command("file write", "program")],
	[0x182a, command("file close", "program")],
	[0x2101, command("on-demand data", "report")],
]);

export const hex4 = (code: number): string => code.toString(16).padStart(4, "0").toUpperCase();
export const commandName = (code: number): string => COMMANDS.get(code)?.name ?? "unknown command";
/** The operation for people. */
export const operationName = (code: number): string => `${commandName(code)} (command ${hex4(code)})`;

const END_CODES: ReadonlyMap<number, string> = new Map([
	[0x0000, "normal completion"],
	[0x4000, "serial communication sum check error"],
	[0x4001, "unsupported request"],
	[0x4002, "unsupported request"],
	[0x4003, "command for which no global request is possible"],
	[0x4004, "operation disabled by the system protection"],
	[0x4005, "too many data"],
	[0x4006, "initial communication not done"],
	[0x4008, "CPU busy"],
	[0x4010, "not possible while the CPU is in RUN"],
	[0x4013, "not possible in the state of the CPU"],
	[0x4021, "drive does not exist"],
	[0x4022, "file does not exist"],
	[0x4023, "file name and file number differ"],
	[0x4024, "file not accessible"],
	[0x4025, "file is being processed"],
	[0x4026, "password of the file needed"],
	[0x4030, "device not accessible"],
	[0x4031, "device number out of range"],
	[0x4032, "device modification not possible"],
	[0x4080, "request data error"],
	[0xc050, "ASCII data cannot be converted to binary"],
	[0xc051, "number of points out of range"],
	[0xc052, "number of points out of range"],
	[0xc053, "number of points out of range"],
	[0xc054, "number of points out of range"],
	[0xc055, "file data size out of range"],
	[0xc056, "request exceeds the largest address"],
	[0xc057, "data length and number of data differ"],
	[0xc058, "data length after conversion and number of data differ"],
	[0xc059, "command or subcommand not supported"],
	[0xc05a, "device not accessible by the target"],
	[0xc05b, "device cannot be read or written by the target"],
	[0xc05c, "request content error"],
	[0xc05d, "monitor registration not done"],
	[0xc05e, "no answer in the monitoring time"],
	[0xc05f, "request not possible for the target"],
	[0xc060, "request content error"],
	[0xc061, "request data length and number of data differ"],
	[0xc06f, "ASCII or binary other than set"],
	[0xc070, "extension of devices not possible for the target"],
	[0xc0b5, "data that the target cannot handle"],
	[0xc200, "remote password wrong"],
	[0xc201, "locked by a remote password"],
	[0xc202, "locked by a remote password on the way"],
	[0xc203, "remote password not checked"],
	[0xc204, "another client has unlocked"],
	[0xc810, "remote password wrong"],
	[0xc815, "remote password wrong too often"],
	[0xc816, "remote password locked out"],
	[0xcee0, "another request is being processed"],
	[0xcee1, "request too long"],
	[0xcee2, "answer too long"],
	[0xcf10, "server number does not exist"],
	[0xcf20, "setting not possible"],
	[0xcf30, "parameter does not exist"],
	[0xcf31, "parameter setting failed"],
	[0xcf70, "error on the way"],
	[0xcf71, "timeout"],
]);

export const BUSY = [0x4008, 0xcee0] as const;
/** The password that was tried is wrong, or there were too many tries. */
export const PASSWORD_REFUSED: ReadonlySet<number> = new Set([0xc200, 0xc810, 0xc815, 0xc816]);
export const endCodeName = (code: number): string =>
	END_CODES.get(code) ?? (code >= 0x4000 && code < 0x5000 ? "error of the CPU" : "unknown");
export const outcomeName = (code: number): string => `${endCodeName(code)} (end code ${hex4(code)})`;

interface DeviceRecord {
	/** As Mitsubishi names it, which is the space of its points. */
	readonly name: string;
	readonly isBit: boolean;
	/** Its numbers are hexadecimal for people and in ASCII. */
	readonly isHex: boolean;
	/** Index into `SPACES`. */
	readonly space: number;
	/** A number has 32 bits, in two words. */
	readonly isDouble: boolean;
}

/** Code, name; b: bits, x: numbers are hexadecimal, d: 32 bits. */
const LIST: readonly (readonly [number, string, string?])[] = [
	[0x91, "SM", "b"],
	[0xa9, "SD"],
	[0x9c, "X", "bx"],
	[0x9d, "Y", "bx"],
	[0x90, "M", "b"],
	[0x92, "L", "b"],
	[0x93, "F", "b"],
	[0x94, "V", "b"],
	[0xa0, "B", "bx"],
	[0xa8, "D"],
	[0xb4, "W", "x"],
	[0xc1, "TS", "b"],
	[0xc0, "TC", "b"],
	[0xc2, "TN"],
	[0xc7, "STS", "b"],
	[0xc6, "STC", "b"],
	[0xc8, "STN"],
	[0xc4, "CS", "b"],
	[0xc3, "CC", "b"],
	[0xc5, "CN"],
	[0xa1, "SB", "bx"],
	[0xb5, "SW", "x"],
	[0x98, "S", "b"],
	[0xa2, "DX", "bx"],
	[0xa3, "DY", "bx"],
	[0xcc, "Z"],
	[0xaf, "R"],
	[0xb0, "ZR"],
	[0x2c, "RD"],
	[0x62, "LZ", "d"],
	[0x51, "LTS", "b"],
	[0x50, "LTC", "b"],
	[0x52, "LTN", "d"],
	[0x59, "LSTS", "b"],
	[0x58, "LSTC", "b"],
	[0x5a, "LSTN", "d"],
	[0x55, "LCS", "b"],
	[0x54, "LCC", "b"],
	[0x56, "LCN", "d"],
];

export const SPACES: readonly string[] = LIST.map(([, name]) => name.toLowerCase());

const RECORDS: readonly DeviceRecord[] = LIST.map(([, name, flags = ""], space) => ({
	name,
	isBit: flags.includes("b"),
	isHex: flags.includes("x"),
	space,
	isDouble: flags.includes("d"),
}));

/** By code; undefined for what nobody knows. */
export const DEVICES: readonly (DeviceRecord | undefined)[] = Array.from(
	{ length: 256 },
	(_, code) => RECORDS[LIST.findIndex(([own]) => own === code)],
);
/** In ASCII a device has its name, filled up by asterisks; of step timers the older one. */
const BY_NAME = new Map([
	...LIST.map(([code, name]) => [name, code] as const),
	["SS", 0xc7] as const,
	["SC", 0xc6] as const,
	["SN", 0xc8] as const,
]);
export const deviceCode = (name: string): number => BY_NAME.get(name.replace(/[*\s]+$/, "")) ?? -1;

export const deviceName = (code: number): string => DEVICES[code]?.name ?? `device ${code.toString(16).padStart(2, "0").toUpperCase()}`;

const POINT = /^([a-z]+):(\d+)$/;
const bySpace = new Map(RECORDS.map((record) => [SPACES[record.space]!, record]));

/** A point for people, as Mitsubishi's tools write it: "D100", "X1F". */
export function pointName(name: string): string {
	const [, space = "", digits] = POINT.exec(name) ?? [];
	const record = bySpace.get(space);
	return record === undefined ? name : `${record.name}${record.isHex ? Number(digits).toString(16).toUpperCase() : digits}`;
}

const WRITTEN = /^(?:SM|SD|SB|SW|DX|DY|ZR|RD|LZ|L?ST[SCN]|L?[TC][SCN]|[XYMLFVBDWSZR])(?=[0-9A-F]+$)/;
const LARGEST = 0xffffff;

/** The stable name of a point as it is written elsewhere: "D100", "X1F", "d:100", or a number beside the name of its device. */
export function parsePoint(text: string, table: string): string | undefined {
	const own = POINT.exec(text);
	if (own !== null) return bySpace.has(own[1]!) ? `${own[1]}:${Number(own[2])}` : undefined;
	const upper = text.toUpperCase();
	const letters = table === "" ? WRITTEN.exec(upper)?.[0] : table.toUpperCase();
	const record = letters === undefined ? undefined : bySpace.get(letters.toLowerCase());
	if (record === undefined) return undefined;
	const digits = upper.startsWith(record.name) && upper.length > record.name.length ? upper.slice(record.name.length) : upper;
	if (!(record.isHex ? /^[0-9A-F]{1,7}$/ : /^\d{1,8}$/).test(digits)) return undefined;
	const number = Number.parseInt(digits, record.isHex ? 16 : 10);
	return number <= LARGEST ? `${SPACES[record.space]}:${number}` : undefined;
}
