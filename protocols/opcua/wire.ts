/**
 * OPC UA connection protocol and secure channel: the headers of OPC 10000-6, 6.7.2 and 7.1.2. Everything is little-endian.
 *
 * Each message starts with a header of 8 bytes: three letters, the chunk letter, and the size of all of it.
 */
import { u32le } from "../../src/wire/bytes.ts";

/** Part 6, 7.1.2.2: offsets in every message. */
export const CHUNK_TYPE = 3;
export const SIZE = 4;
export const HEADER = 8;

/** Part 6, 6.7.2.2 and 6.7.2.4: offsets in OPN, MSG and CLO. */
export const CHANNEL_ID = 8;
export const TOKEN_ID = 12;
/** Sequence header of MSG and CLO: sequence number and request id; the body follows. */
export const SEQUENCE = 16;
export const SYMMETRIC_HEADERS = 24;
/** OPN: channel id, then three strings, then the sequence header. */
export const POLICY_URI = 12;

const word = (text: string): number => text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16);

/** The three letters as a little-endian number. */
export const MESSAGE = {
	hello: word("HEL"),
	acknowledge: word("ACK"),
	error: word("ERR"),
	reverseHello: word("RHE"),
	open: word("OPN"),
	message: word("MSG"),
	close: word("CLO"),
} as const;

/** Part 6, 6.7.2.2: a part, the last part, and "forget the parts". */
export const CHUNK = { intermediate: 0x43, final: 0x46, abort: 0x41 } as const;

/** Biggest chunk believed. Stacks announce 64 KiB as a rule and 1 MiB at most; what claims more is no message, or not one to wait for. */
export const MAX_CHUNK = 1 << 20;
/** Part 6, 7.1.2.3 and 7.1.2.6: "The length of this String shall be less than 4 096 bytes" of endpoint URLs and error reasons. */
export const MAX_TEXT = 4096;
/** Part 6, 6.7.2.3: a security policy URI is at most 255 bytes. */
export const MAX_POLICY_URI = 255;

const ACKNOWLEDGE_SIZE = HEADER + 20;
const HELLO_LEAST = HEADER + 24;
const ERROR_LEAST = HEADER + 8;
/** Channel id, three string lengths, sequence header. */
const OPEN_LEAST = HEADER + 4 + 12 + 8;

export const messageType = (bytes: Uint8Array, at: number): number => u32le(bytes, at) & 0xffffff;

/** True where a message of this kind may have this chunk letter and size. The caller has checked for 8 bytes. */
export function isHeader(bytes: Uint8Array, at: number): boolean {
	const size = u32le(bytes, at + SIZE);
	const chunk = bytes[at + CHUNK_TYPE]!;
	switch (messageType(bytes, at)) {
		case MESSAGE.message:
		case MESSAGE.close:
			return (
				(chunk === CHUNK.final || chunk === CHUNK.intermediate || chunk === CHUNK.abort) && size >= SYMMETRIC_HEADERS && size <= MAX_CHUNK
			);
		case MESSAGE.open:
			return chunk === CHUNK.final && size >= OPEN_LEAST && size <= MAX_CHUNK;
		case MESSAGE.hello:
			return chunk === CHUNK.final && size >= HELLO_LEAST && size <= HELLO_LEAST + MAX_TEXT;
		case MESSAGE.acknowledge:
			return chunk === CHUNK.final && size === ACKNOWLEDGE_SIZE;
		case MESSAGE.error:
			return chunk === CHUNK.final && size >= ERROR_LEAST && size <= ERROR_LEAST + MAX_TEXT;
		case MESSAGE.reverseHello:
			return chunk === CHUNK.final && size >= ERROR_LEAST && size <= ERROR_LEAST + 2 * MAX_TEXT;
		default:
			return false;
	}
}

/** True where the letters are those of a message, whatever the rest: the caller has checked for 4 bytes. */
export function isLetters(bytes: Uint8Array, at: number): boolean {
	const chunk = bytes[at + CHUNK_TYPE]!;
	switch (messageType(bytes, at)) {
		case MESSAGE.message:
		case MESSAGE.close:
			return chunk === CHUNK.final || chunk === CHUNK.intermediate || chunk === CHUNK.abort;
		case MESSAGE.open:
		case MESSAGE.hello:
		case MESSAGE.acknowledge:
		case MESSAGE.error:
		case MESSAGE.reverseHello:
			return chunk === CHUNK.final;
		default:
			return false;
	}
}

/** Microseconds since the Unix epoch of a DateTime (Part 6, 5.2.2.5: 100 ns since 1601), without a 64 bit number; NaN for 0, which says that there is none. */
export function dateTimeMicros(bytes: Uint8Array, at: number): number {
	const low = u32le(bytes, at);
	const high = u32le(bytes, at + 4);
	if (low === 0 && high === 0) return Number.NaN;
	return (high - 27_111_902) * 429_496_729.6 + (low - 3_577_643_008) / 10;
}
