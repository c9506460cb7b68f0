/**
 * UMAS, Schneider Electric's engineering protocol for Modicon PLCs (M221, M340, M580, Quantum, Premium) in function 90. It has no public specification.
 * What stands here is from published research, beside each table: [L] "The Unity (UMAS) protocol", Liras en la red, parts I to IV; [K] "The secrets of
 * Schneider Electric's UMAS protocol", Kaspersky ICS CERT; [H] "Debacle of the Maginot Line", HITCON 2021; [P] the message description of Apache PLC4X, made
 * from recordings; [A] "ModiPwn", Armis. Where sources disagree nothing is said. Everything behind the function code is little-endian.
 */
import type { Verb } from "../../src/decode/protocol.ts";
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import { textOrHex } from "./text.ts";

/** From the function code 90: pairing (session) key, UMAS function, its data. */
const KEY = 1;
const CODE = 2;
const DATA = 3;

/** An answer has one of these where its request has the function. */
export const UMAS_ERROR = 0xfd;
const OK = 0xfe;

export const UMAS = {
	initComm: 0x01,
	readId: 0x02,
	readPlcInfo: 0x04,
	takeReservation: 0x10,
	readMemoryBlock: 0x20,
	writeMemoryBlock: 0x21,
	readVariables: 0x22,
	writeVariables: 0x23,
	readCoilsRegisters: 0x24,
	writeCoilsRegisters: 0x25,
	dataDictionary: 0x26,
	readPhysicalAddress: 0x28,
	writePhysicalAddress: 0x29,
	initializeUpload: 0x30,
	uploadBlock: 0x31,
	endUpload: 0x32,
	initializeDownload: 0x33,
	downloadBlock: 0x34,
	endDownload: 0x35,
	startPlc: 0x40,
	stopPlc: 0x41,
	initializePlc: 0x42,
	swap: 0x43,
	setBreakpoint: 0x60,
} as const;

/**
 * UMAS function to [name of [L], else of [H]; words; verb]. [L] calls "upload" what goes to the PLC, [H] calls the same "download": the words say which way.
 */
const FUNCTIONS: Readonly<Record<number, readonly [name: string, words: string, verb: Verb]>> = {
	1: ["INIT_COMM", "begin communication", "identify"],
	2: ["READ_ID", "read PLC identification", "identify"],
	3: ["READ_PROJECT_INFO", "read project information", "identify"],
	4: ["READ_PLC_INFO", "read PLC status", "diagnose"],
	5: ["GET_LOADER_INFO", "read loader information", "identify"],
	6: ["READ_CARD_INFO", "read memory card information", "identify"],
	7: ["GET_BLOCK_INFO", "read block information", "browse"],
	10: ["REPEAT", "echo", "diagnose"],
	16: ["TAKE_PLC_RESERVATION", "take the PLC's reservation", "authenticate"],
	17: ["RELEASE_PLC_RESERVATION", "release the PLC's reservation", "authenticate"],
	18: ["KEEP_ALIVE", "keep the reservation", "diagnose"],
	32: ["READ_MEMORY_BLOCK", "read memory block", "read"],
	33: ["WRITE_MEMORY_BLOCK", "write memory block", "write"],
	34: ["READ_VARIABLES", "read variables", "read"],
	35: ["WRITE_VARIABLES", "write variables", "write"],
	36: ["READ_COILS_REGISTERS", "read coils or registers", "read"],
	37: ["WRITE_COILS_REGISTERS", "write coils or registers", "write"],
	38: ["DATA_DICTIONARY", "read data dictionary", "browse"],
	39: ["DATA_DICTIONARY_PRELOAD", "preload data dictionary", "browse"],
	40: ["READ_PHYSICAL_ADDRESS", "read physical memory", "read"],
	41: ["WRITE_PHYSICAL_ADDRESS", "write physical memory", "program"],
	42: ["BROWSE_EVENTS", "browse events", "browse"],
	48: ["INITIALIZE_UPLOAD", "begin program transfer to the PLC", "program"],
	49: ["UPLOAD_BLOCK", "program block to the PLC", "program"],
	50: ["END_STRATEGY_UPLOAD", "end program transfer to the PLC", "program"],
	51: ["INITIALIZE_DOWNLOAD", "begin program transfer from the PLC", "read"],
	52: ["DOWNLOAD_BLOCK", "program block from the PLC", "read"],
	53: ["END_STRATEGY_DOWNLOAD", "end program transfer from the PLC", "read"],
	54: ["BACKUP", "back up, restore, compare or clear the backup", "program"],
	55: ["PRELOAD_BLOCKS", "preload blocks", "program"],
	57: ["READ_ETH_MASTER_DATA", "read Ethernet master data", "read"],
	64: ["START_PLC", "start the PLC", "command"],
	65: ["STOP_PLC", "stop the PLC", "command"],
	66: ["INITIALIZE_PLC", "initialise the PLC", "command"],
	67: ["SWAP", "swap the PLCs of a redundant pair", "command"],
	80: ["MONITOR_PLC", "monitor variables", "read"],
	81: ["GET_AUTO_MODIFICATION", "read automatic modifications", "diagnose"],
	82: ["GET_FORCED_BITS", "read forced bits", "diagnose"],
	83: ["GET_SELECTED_BLOCKS", "read selected blocks", "diagnose"],
	88: ["CHECK_PLC", "check the connection to the PLC", "diagnose"],
	96: ["SET_BREAKPOINT", "set breakpoint", "command"],
	97: ["DELETE_BREAKPOINT", "delete breakpoint", "command"],
	98: ["STEP_OVER", "step over", "command"],
	99: ["STEP_IN", "step in", "command"],
	100: ["STEP_OUT", "step out", "command"],
	101: ["GET_CALL_STACK", "read call stack", "diagnose"],
	102: ["CHECK_DEBUG_ALLOWED", "ask whether debugging is allowed", "diagnose"],
	108: ["PROCESS_MESSAGE", "process message", "other"],
	109: ["PRIVATE_MESSAGE", "private message", "other"],
	// [A]: with a user and password of the project.
	110: ["ENHANCED_RESERVATION", "enhanced reservation", "authenticate"],
	112: ["READ_IO_OBJECT", "read I/O object", "read"],
	113: ["WRITE_IO_OBJECT", "write I/O object", "write"],
	114: ["READ_RACK", "read rack", "identify"],
	115: ["GET_STATUS_MODULE", "read module status", "diagnose"],
	116: ["READ_DEVICE_DATA", "read device data", "diagnose"],
};

const umasName = (code: number): string => FUNCTIONS[code]?.[0] ?? `unknown-${code}`;
export const umasWords = (code: number): string => FUNCTIONS[code]?.[1] ?? "unknown function";
export const umasVerb = (code: number): Verb => FUNCTIONS[code]?.[2] ?? "other";

/** Number of a UMAS function among the functions of Modbus, which end at 127: what an operation carries as its code. */
export const UMAS_OPERATION = 0x5a00;

/** A PDU of function 90 and, in an answer, that of its request; on loan. */
interface UmasMessage {
	readonly isFromServer: boolean;
	readonly bytes: Uint8Array;
	readonly pduStart: number;
	readonly pduEnd: number;
	/** The request's PDU from 0; `requestEnd` is 0 where it is not known. */
	readonly request: Uint8Array;
	readonly requestEnd: number;
}

/** True where an answer of this shape comes from the PLC; false where a request. */
export const isUmasAnswer = (bytes: Uint8Array, pdu: number): boolean =>
	u8(bytes, pdu + CODE) === OK || u8(bytes, pdu + CODE) === UMAS_ERROR;

/** The UMAS function that a message or its request names; -1 where neither does. */
export function umasCodeOf({ isFromServer, bytes, pduStart, pduEnd, request, requestEnd }: UmasMessage): number {
	if (requestEnd > CODE) return u8(request, CODE);
	return !isFromServer && pduEnd - pduStart > CODE ? u8(bytes, pduStart + CODE) : -1;
}

/** The PLC's answer says that it did not do it. */
export const isUmasRefused = ({ isFromServer, bytes, pduStart, pduEnd }: UmasMessage): boolean =>
	isFromServer && pduEnd - pduStart > CODE && u8(bytes, pduStart + CODE) === UMAS_ERROR;

/** One variable of a read or write [P]: its block, its offset there, and how many values of how many bytes. */
export interface UmasVariable {
	block: number;
	offset: number;
	bytes: number;
	count: number;
	/** Little-endian, unsigned; undefined where it is an array, has more than four bytes or is not there. */
	value?: number;
}

/** Bytes by size index [P]. */
const SIZES: readonly (number | undefined)[] = [undefined, 1, 2, 4, 8];

/** A point of the variables of a project. */
export const umasPoint = ({ block, offset }: { block: number; offset: number }): string => `umas:${block}:${offset}`;

/** The variables that a request of READ_VARIABLES or WRITE_VARIABLES names, as far as they can be told; with values where it writes. */
function variablesOf(bytes: Uint8Array, pdu: number, end: number): UmasVariable[] {
	const isWrite = bytes[pdu + CODE] === UMAS.writeVariables;
	const variables: UmasVariable[] = [];
	// The project's checksum, then a count.
	let at = pdu + DATA + 5;
	for (let left = end > pdu + DATA + 4 ? u8(bytes, pdu + DATA + 4) : 0; left > 0 && at + 7 <= end; left--) {
		const isArray = u8(bytes, at) >> 4 !== 0;
		const size = SIZES[u8(bytes, at) & 15];
		if (size === undefined || (isArray && at + 9 > end)) break;
		const variable: UmasVariable = {
			block: u16le(bytes, at + 1),
			// A read splits the offset after its low byte, a write after its low word.
			offset: isWrite ? u32le(bytes, at + 3) : (u16le(bytes, at + 4) << 8) | u8(bytes, at + 6),
			bytes: size,
			count: isArray ? u16le(bytes, at + 7) : 1,
		};
		at += isArray ? 9 : 7;
		if (isWrite) {
			if (at + size * variable.count > end) break;
			if (!isArray && size <= 4) variable.value = numberOf(bytes, at, size);
			at += size * variable.count;
		}
		variables.push(variable);
	}
	return variables;
}

/** The variables of a message; an answer that reads brings their values. */
export function umasVariablesOf(message: UmasMessage): UmasVariable[] {
	const { isFromServer, bytes, pduStart, pduEnd, request, requestEnd } = message;
	const code = umasCodeOf(message);
	if (code !== UMAS.readVariables && code !== UMAS.writeVariables) return [];
	const variables = isFromServer || pduEnd === pduStart ? variablesOf(request, 0, requestEnd) : variablesOf(bytes, pduStart, pduEnd);
	if (isFromServer && code === UMAS.readVariables && !isUmasRefused(message)) {
		let at = pduStart + DATA;
		// The values stand one behind another. Where they are fewer or more bytes than were asked for, which is whose cannot be told.
		if (variables.reduce((sum, { bytes: size, count }) => sum + size * count, at) !== pduEnd) return variables;
		for (const variable of variables) {
			if (variable.count === 1 && variable.bytes <= 4) variable.value = numberOf(bytes, at, variable.bytes);
			at += variable.bytes * variable.count;
		}
	}
	return variables;
}

const numberOf = (bytes: Uint8Array, at: number, size: number): number =>
	size === 1 ? u8(bytes, at) : size === 2 ? u16le(bytes, at) : u32le(bytes, at);

/** Who the PLC says it is [P]. */
export interface UmasIdentity {
	model?: string;
	firmware?: string;
	hostName?: string;
}

/** Hexadecimal digits are the decimal ones of the version: 0270 is 2.70. */
const versionOf = (value: number): string => `${(value >> 8).toString(16)}.${(value & 255).toString(16).padStart(2, "0")}`;

/** Text with its length before it; undefined where there is none. */
function lengthText(bytes: Uint8Array, at: number, end: number): string | undefined {
	const length = at < end ? u8(bytes, at) : 0;
	if (length === 0 || at + 1 + length > end) return undefined;
	return textOrHex(bytes, at + 1, at + 1 + length).trim() || undefined;
}

/** What an answer says of the PLC's identity; undefined where it says nothing. */
export function umasIdentityOf(message: UmasMessage): UmasIdentity | undefined {
	const { isFromServer, bytes, pduStart: pdu, pduEnd: end } = message;
	if (!isFromServer || isUmasRefused(message)) return undefined;
	const code = umasCodeOf(message);
	if (code === UMAS.readId && end - pdu >= 26) {
		const model = lengthText(bytes, pdu + 25, end);
		return { ...(model !== undefined && { model }), firmware: versionOf(u16le(bytes, pdu + 11)) };
	}
	if (code === UMAS.initComm && end - pdu >= 7) {
		const hostName = lengthText(bytes, pdu + 15, end);
		return { firmware: versionOf(u16le(bytes, pdu + 5)), ...(hostName !== undefined && { hostName }) };
	}
	return undefined;
}

/** A variable that the data dictionary names [P]. */
interface UmasName {
	block: number;
	offset: number;
	type: number;
	name: string;
}

/** Record types of the data dictionary [P]. */
const VARIABLES = 0xdd02;
/** The block of a request for variables, not for the parts of a type. */
const ALL = 0xffff;

/** Names of variables in an answer of the data dictionary. */
export function umasNamesOf(message: UmasMessage): UmasName[] {
	const { isFromServer, bytes, pduStart: pdu, pduEnd: end, request, requestEnd } = message;
	if (!isFromServer || umasCodeOf(message) !== UMAS.dataDictionary || isUmasRefused(message) || requestEnd < DATA + 9) return [];
	if (u16le(request, DATA) !== VARIABLES || u16le(request, DATA + 7) !== ALL) return [];
	const names: UmasName[] = [];
	let at = pdu + 10;
	for (let left = at <= end ? u16le(bytes, pdu + 8) : 0; left > 0 && at + 11 <= end; left--) {
		let to = at + 10;
		while (to < end && bytes[to] !== 0) to++;
		if (to === end) break;
		names.push({
			type: u16le(bytes, at),
			block: u16le(bytes, at + 2),
			offset: u32le(bytes, at + 4),
			name: textOrHex(bytes, at + 10, to),
		});
		at = to + 1;
	}
	return names;
}

/** Tables of READ_COILS_REGISTERS and WRITE_COILS_REGISTERS [L]. */
const TABLES: Readonly<Record<number, string>> = { 2: "coil", 3: "holding" };

/** The fields of a line. */
export function umasRecordOf(message: UmasMessage): Record<string, unknown> {
	const { isFromServer, bytes, pduStart: pdu, pduEnd: end } = message;
	const record: Record<string, unknown> = {};
	const code = umasCodeOf(message);
	if (code >= 0) {
		record.umasFunction = code;
		record.umasFunctionName = umasName(code);
	}
	if (end > pdu) record.data = hexOf(bytes, pdu + KEY, end);
	if (end - pdu <= CODE) return record;
	record.pairingKey = u8(bytes, pdu + KEY);
	if (isFromServer) record.umasStatus = isUmasRefused(message) ? "error" : u8(bytes, pdu + CODE) === OK ? "ok" : "unknown";
	Object.assign(record, isFromServer ? answerOf(message, code) : requestOf(message, code));
	const variables = umasVariablesOf(message);
	if (variables.length > 0) record.variables = variables;
	return record;
}

function requestOf({ bytes, pduStart: pdu, pduEnd: end }: UmasMessage, code: number): Record<string, unknown> {
	const at = pdu + DATA;
	const size = end - at;
	switch (code) {
		case UMAS.takeReservation: {
			const owner = lengthText(bytes, at + 4, end);
			return owner === undefined ? {} : { owner };
		}
		case UMAS.readMemoryBlock:
		case UMAS.writeMemoryBlock:
			return size < 9 ? {} : { block: u16le(bytes, at + 1), offset: u16le(bytes, at + 3), byteCount: u16le(bytes, at + 7) };
		case UMAS.readVariables:
		case UMAS.writeVariables:
			return size < 4 ? {} : { projectChecksum: u32le(bytes, at) };
		case UMAS.readCoilsRegisters:
		case UMAS.writeCoilsRegisters: {
			const table = size > 2 ? TABLES[u8(bytes, at + 2)] : undefined;
			return table === undefined ? {} : { table };
		}
		case UMAS.dataDictionary:
			return size < 11
				? {}
				: { recordType: u16le(bytes, at), hardwareId: u32le(bytes, at + 3), block: u16le(bytes, at + 7), offset: u16le(bytes, at + 9) };
		case UMAS.readPhysicalAddress:
		case UMAS.writePhysicalAddress:
			return size < 6 ? {} : { physicalAddress: u32le(bytes, at), byteCount: u16le(bytes, at + 4) };
		case UMAS.uploadBlock:
			return size < 6 ? {} : { block: u16le(bytes, at + 2), byteCount: u16le(bytes, at + 4) };
		default:
			return {};
	}
}

function answerOf(message: UmasMessage, code: number): Record<string, unknown> {
	if (isUmasRefused(message)) return {};
	const { bytes, pduStart: pdu, pduEnd: end } = message;
	const at = pdu + DATA;
	const size = end - at;
	switch (code) {
		case UMAS.initComm:
			return { ...(size >= 2 && { maxFrameSize: u16le(bytes, at) }), ...umasIdentityOf(message) };
		case UMAS.readId:
			return {
				...(size >= 8 && { range: u16le(bytes, at), hardwareId: u32le(bytes, at + 2), modelId: u16le(bytes, at + 6) }),
				...umasIdentityOf(message),
			};
		case UMAS.readPlcInfo: {
			const count = size >= 4 ? Math.min(u8(bytes, at + 3), (size - 4) >> 2) : 0;
			return { blocks: Array.from({ length: count }, (_, index) => u32le(bytes, at + 4 + 4 * index)) };
		}
		case UMAS.takeReservation:
			return size < 1 ? {} : { newPairingKey: u8(bytes, at) };
		case UMAS.readMemoryBlock:
			return size < 3 ? {} : { byteCount: u16le(bytes, at + 1) };
		case UMAS.dataDictionary: {
			const names = umasNamesOf(message);
			return names.length === 0 ? {} : { names };
		}
		default:
			return {};
	}
}
