/**
 * A message of HART-IP (HCF_SPEC-085, 10.3): eight octets of header, and a body. That of a token-passing PDU is a frame of HART as it is on a line (HCF_SPEC-081, 5): delimiter, address, command, a count, data
 * and a check octet; in an answer two octets of status stand in front of the data and are counted. That of a direct PDU is device status and commands behind each other. All numbers are big-endian.
 */
import { MORE } from "../../src/decode/messageReader.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";

export const PORT = 5094;

/** From the beginning of a message. */
export const HEADER = { version: 0, type: 1, id: 2, status: 3, sequence: 4, length: 6, body: 8 } as const;
/** Of a session initiate: host type, inactivity close timer in milliseconds. */
export const SESSION = { host: 8, timer: 9, end: 13 } as const;
/** Of an audit log: first record, number of records; in an answer the seconds since 1970 at which the server was switched on, and its security changed. */
export const AUDIT = { first: 8, count: 9, powerUp: 10, securityChange: 18, answerEnd: 26 } as const;

const VERSIONS: ReadonlySet<number> = new Set([1, 2]);
export const MESSAGE_TYPE = { request: 0, response: 1, publish: 2, nak: 15 } as const;
export const MESSAGE_ID = { sessionInitiate: 0, sessionClose: 1, keepAlive: 2, tokenPassing: 3, direct: 4, auditLog: 5 } as const;
const TYPES: ReadonlySet<number> = new Set(Object.values(MESSAGE_TYPE));
const IDS: ReadonlySet<number> = new Set(Object.values(MESSAGE_ID));
/** No table says how long a direct PDU may be; this is several frames of HART. */
export const MAX_MESSAGE = 4096;

/** The delimiter of a frame (HCF_SPEC-081, 5.2.1). */
export const DELIMITER = { long: 0x80, expansions: 0x60, type: 0x07 } as const;
export const FRAME_TYPE = { burst: 1, request: 2, answer: 6 } as const;
/** Of the first octet of an address: sent by or to the primary master; the device is in burst mode; of a short one the polling address, of a long one the upper bits of the device's type. */
export const ADDRESS = { primary: 0x80, burst: 0x40, rest: 0x3f, longSize: 5 } as const;
export const PREAMBLE = 0xff;
/** In the first octet of status: what is behind is no response code, but errors of communication. */
export const COMMUNICATION_ERROR = 0x80;
/** Of a direct PDU, in front of the commands: device status and extended device status. */
export const DIRECT_STATUS = 2;

/** An answer of `messageAt` beside MORE: no message begins here. */
export const NONE = -1;

/** The length of the message that begins at `at`, by its header. */
export function messageAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there > HEADER.version && !VERSIONS.has(u8(bytes, at))) return NONE;
	if (there > HEADER.type && !TYPES.has(u8(bytes, at + HEADER.type))) return NONE;
	if (there > HEADER.id && !IDS.has(u8(bytes, at + HEADER.id))) return NONE;
	if (there < HEADER.body) return MORE;
	const length = u16(bytes, at + HEADER.length);
	return length < HEADER.body || length > MAX_MESSAGE ? NONE : length;
}

export const isAsked = (bytes: Uint8Array, start: number): boolean => u8(bytes, start + HEADER.type) === MESSAGE_TYPE.request;

/** All octets of a frame, the check octet too, make zero (HCF_SPEC-081, 5.2.6). */
export function isChecked(bytes: Uint8Array, start: number, end: number): boolean {
	let sum = 0;
	for (let at = start; at < end; at++) sum ^= u8(bytes, at);
	return sum === 0;
}

/** The end of a frame of which all, its check octet too, lies in front of `end`; NONE where it is no frame, or of another kind than the message that carries it. */
export function frameEnd(bytes: Uint8Array, start: number, end: number, isAnswer: boolean): number {
	if (end - start < 5) return NONE;
	const delimiter = u8(bytes, start);
	if (((delimiter & DELIMITER.type) === FRAME_TYPE.request) === isAnswer || !FRAME_TYPES.has(delimiter & DELIMITER.type)) return NONE;
	const at = addressEnd(start, delimiter);
	if (end - at < 3) return NONE;
	const last = at + 2 + u8(bytes, at + 1);
	return last < end ? last + 1 : NONE;
}
const FRAME_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME_TYPE));

/** Where the command stands behind delimiter, address and expansions. */
export const addressEnd = (start: number, delimiter: number): number =>
	start + 1 + ((delimiter & DELIMITER.long) !== 0 ? ADDRESS.longSize : 1) + ((delimiter & DELIMITER.expansions) >> 5);
