/**
 * SMB on TCP: behind a NetBIOS session header (RFC 1002, 4.3.1) or the direct transport's ([MS-SMB2] 2.1), which is the same with a zero type, each of four bytes, comes one message.
 * Its first four bytes say what: SMB1 ([MS-CIFS] 2.2.3.1), SMB2 and 3 ([MS-SMB2] 2.2.1), encrypted (2.2.41) or compressed (2.2.42). Numbers behind the frame are little-endian.
 */
import { u8, u16, u32, u32le } from "../../src/wire/bytes.ts";

/** RFC 1002, 4.3.1: types of session packets. */
export const SESSION = { message: 0x00, request: 0x81, positive: 0x82, negative: 0x83, retarget: 0x84, keepAlive: 0x85 } as const;
export const FRAME = 4;

export const MAGIC = { smb1: 0xff534d42, smb2: 0xfe534d42, encrypted: 0xfd534d42, compressed: 0xfc534d42 } as const;

/** [MS-SMB2] 2.2.1.2: from the beginning of a message. */
export const SMB2 = {
	structureSize: 4,
	status: 8,
	command: 12,
	flags: 16,
	next: 20,
	messageId: 24,
	treeId: 36,
	sessionId: 40,
	size: 64,
} as const;
export const SMB2_FLAG = { response: 0x1, async: 0x2, related: 0x4 } as const;

/** [MS-CIFS] 2.2.3.1. */
export const SMB1 = {
	command: 4,
	status: 5,
	flags: 9,
	flags2: 10,
	processHigh: 12,
	treeId: 24,
	process: 26,
	userId: 28,
	multiplex: 30,
	size: 32,
	/** Header, word count, byte count. */
	least: 35,
} as const;
export const SMB1_FLAG = { reply: 0x80 } as const;
export const SMB1_FLAG2 = { ntStatus: 0x4000, unicode: 0x8000 } as const;

/** [MS-SMB2] 2.2.41 and 2.2.42. */
export const ENCRYPTED = { sessionId: 44, size: 52 } as const;
export const COMPRESSED = { originalSize: 4, algorithm: 8, flags: 10, offset: 12, size: 16 } as const;
export const CHAINED = 1;

/** Answers of `frameAt`: too few bytes to say, and none. */
export const MORE = -1;
export const NONE = -2;

/** Two half-octets a byte, as letters from A on (RFC 1001, 14.1). */
const NAME_SIZE = 32;
const isEncoded = (byte: number): boolean => byte >= 0x41 && byte <= 0x50;

/** RFC 1002, 4.3.2: called and calling name, each of 34 bytes. */
const REQUEST_SIZE = 68;
/** RFC 1002, 4.3.4: the errors of a refusal. */
const isRefusal = (code: number): boolean => (code >= 0x80 && code <= 0x83) || code === 0x8f;

/** Bytes behind the frame header at `at`, where one of SMB begins there; else MORE or NONE. */
export function frameAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there < 1) return MORE;
	const type = u8(bytes, at);
	const length = there < FRAME ? -1 : (u8(bytes, at + 1) << 16) | u16(bytes, at + 2);
	switch (type) {
		case SESSION.message: {
			if (there < FRAME + 1) return MORE;
			const first = u8(bytes, at + FRAME);
			if (first < 0xfc || length < COMPRESSED.size) return NONE;
			if (there < FRAME + 4) return "SMB".startsWith(String.fromCharCode(...bytes.subarray(at + FRAME + 1, end))) ? MORE : NONE;
			const magic = u32(bytes, at + FRAME);
			return ((magic ^ MAGIC.smb1) & 0xffffff) === 0 ? length : NONE;
		}
		case SESSION.request: {
			if (there < FRAME) return MORE;
			if (length !== REQUEST_SIZE) return NONE;
			for (const name of [at + FRAME, at + FRAME + NAME_SIZE + 2]) {
				if (name < end && u8(bytes, name) !== NAME_SIZE) return NONE;
				for (let here = name + 1; here <= name + NAME_SIZE && here < end; here++) if (!isEncoded(u8(bytes, here))) return NONE;
			}
			return there < FRAME + REQUEST_SIZE ? MORE : length;
		}
		case SESSION.positive:
		case SESSION.keepAlive:
			return there < FRAME ? MORE : length === 0 ? 0 : NONE;
		case SESSION.negative:
			if (there < FRAME + 1) return MORE;
			return length === 1 && isRefusal(u8(bytes, at + FRAME)) ? 1 : NONE;
		case SESSION.retarget:
			return there < FRAME ? MORE : length === 6 ? 6 : NONE;
		default:
			return NONE;
	}
}

/** A NetBIOS name (RFC 1001, 14.1) without the blanks and the type at its end. */
export function netbiosName(bytes: Uint8Array, at: number): string {
	let text = "";
	for (let index = 0; index < NAME_SIZE - 2; index += 2) {
		const byte = ((u8(bytes, at + 1 + index) - 0x41) << 4) | (u8(bytes, at + 2 + index) - 0x41);
		text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : byte === 0 ? "" : "\ufffd";
	}
	return text.trimEnd();
}

/** 64 bits as a number; those above 2^53 lose their last digits. */
export const u64le = (bytes: Uint8Array, at: number): number => u32le(bytes, at) + u32le(bytes, at + 4) * 4_294_967_296;
