/** The data link layer and the transport function of DNP3 (IEEE 1815-2012, clauses 9 and 8): offsets, lengths, the checksum. Numbers are little-endian. */
import { u8, u16, u16le } from "../../src/wire/bytes.ts";

/** 9.2.4: start, length, control, destination, source, checksum. */
export const OFFSET = { length: 2, control: 3, destination: 4, source: 6, checksum: 8, data: 10 } as const;
/** 9.2.4.1.1. */
export const START = 0x0564;
/** The header with its checksum; a block of user data without its own; a checksum. */
export const HEADER = 10;
export const BLOCK = 16;
export const CHECKSUM = 2;
/** 9.2.4.1.2: the length counts control, destination, source and user data. */
export const SHORTEST = 5;
export const MAX_DATA = 250;
/** The longest frame: 250 bytes of user data in 16 blocks. */
export const MAX_FRAME = HEADER + MAX_DATA + CHECKSUM * Math.ceil(MAX_DATA / BLOCK);

/** 9.2.4.1.3: the control octet. DIR is set where a master sends, PRM where the frame begins a transaction. */
export const CONTROL = { direction: 0x80, primary: 0x40, frameCount: 0x20, frameCountValid: 0x10, function: 0x0f } as const;
/** 8.2.1: the octet before each segment. */
export const TRANSPORT = { final: 0x80, first: 0x40, sequence: 0x3f } as const;
/** 4.2.2.3: the application control octet. */
export const APPLICATION = { first: 0x80, final: 0x40, confirm: 0x20, unsolicited: 0x10, sequence: 0x0f } as const;
/** 4.2.2: control and function, behind which a response has its internal indications. */
export const REQUEST_HEADER = 2;
export const RESPONSE_HEADER = 4;

/** 9.2.5: addresses of all outstations at once; the address that an outstation has for whoever does not know its own. */
export const FIRST_BROADCAST = 0xfffd;
export const isBroadcast = (address: number): boolean => address >= FIRST_BROADCAST;

/** Bytes of the frame that begins with this length octet. */
export function frameLength(length: number): number {
	const data = length - SHORTEST;
	return HEADER + data + CHECKSUM * Math.ceil(data / BLOCK);
}

/** 9.2.4.3: x16+x13+x12+x11+x10+x8+x6+x5+x2+1, bits reversed, the result inverted. */
const TABLE = Uint16Array.from({ length: 256 }, (_, value) => {
	let sum = value;
	for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xa6bc : sum >>> 1;
	return sum;
});

export function checksum(bytes: Uint8Array, start: number, end: number): number {
	let sum = 0;
	for (let at = start; at < end; at++) sum = (sum >>> 8) ^ TABLE[(sum ^ bytes[at]!) & 0xff]!;
	return ~sum & 0xffff;
}

/** Whether a whole header stands here with the right checksum; there are at least HEADER bytes. */
export const isHeader = (bytes: Uint8Array, at: number): boolean =>
	u16(bytes, at) === START &&
	u8(bytes, at + OFFSET.length) >= SHORTEST &&
	checksum(bytes, at, at + OFFSET.checksum) === u16le(bytes, at + OFFSET.checksum);

/** Whether all blocks behind the header at `at` have the right checksum; the whole frame is there. */
export function areBlocksSound(bytes: Uint8Array, at: number): boolean {
	const end = at + frameLength(u8(bytes, at + OFFSET.length));
	for (let block = at + OFFSET.data; block < end; block += BLOCK + CHECKSUM) {
		const stop = Math.min(block + BLOCK, end - CHECKSUM);
		if (checksum(bytes, block, stop) !== u16le(bytes, stop)) return false;
	}
	return true;
}

/** Copies the user data of the frame at `at` into `out`, without the checksums; returns how many bytes there are. */
export function copyData(bytes: Uint8Array, at: number, out: Uint8Array): number {
	const length = u8(bytes, at + OFFSET.length) - SHORTEST;
	let from = at + OFFSET.data;
	for (let done = 0; done < length; ) {
		const stop = Math.min(BLOCK, length - done);
		for (let index = 0; index < stop; index++) out[done + index] = bytes[from + index]!;
		done += stop;
		from += stop + CHECKSUM;
	}
	return length;
}
