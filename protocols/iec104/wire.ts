/**
 * An APDU of IEC 60870-5-104: start, length and four control octets (APCI, 5.1), and in the I format an ASDU of IEC 60870-5-101 behind them (7.1), whose header has the sizes
 * that 104 fixes: two octets of cause, two of common address, three of information object address. Numbers are little-endian.
 */
import { u8 } from "../../src/wire/bytes.ts";

/** 5.1. */
export const START = 0x68;
/** Of the octets behind the length: the control field alone, and the most. */
export const MIN_LENGTH = 4;
export const MAX_LENGTH = 253;
export const MAX_APDU = 2 + MAX_LENGTH;

/** From the start octet. */
export const LENGTH = 1;
export const CONTROL = 2;
export const ASDU = 6;

/** From the beginning of an ASDU (101, 7.1); `size` is that of the header. */
export const HEADER = { typeId: 0, qualifier: 1, cause: 2, originator: 3, commonAddress: 4, size: 6 } as const;
/** Octets of an information object address. */
export const ADDRESS_SIZE = 3;

/** Variable structure qualifier (7.2.2) and cause of transmission (7.2.3). */
export const SEQUENCE_BIT = 0x80;
export const COUNT_MASK = 0x7f;
export const CAUSE_MASK = 0x3f;
export const NEGATIVE_BIT = 0x40;
export const TEST_BIT = 0x80;
/** 7.2.4: all stations. */
export const GLOBAL_ADDRESS = 0xffff;

/** Sequence numbers have 15 bits (104, 5.1). */
export const SEQUENCE_MASK = 0x7fff;
/** 104, 9.6: the default of k, the most I format APDUs that may wait for their acknowledgement. */
export const WINDOW = 12;

/** Functions of the U format (5.3), as the first control octet has them. */
export const UNNUMBERED = {
	startAct: 0x07,
	startCon: 0x0b,
	stopAct: 0x13,
	stopCon: 0x23,
	testAct: 0x43,
	testCon: 0x83,
} as const;
const UNNUMBERED_NAMES: Readonly<Record<number, string>> = {
	7: "STARTDT act",
	11: "STARTDT con",
	19: "STOPDT act",
	35: "STOPDT con",
	67: "TESTFR act",
	131: "TESTFR con",
};
export const unnumberedName = (octet: number): string => UNNUMBERED_NAMES[octet] ?? `U 0x${octet.toString(16)}`;

export const u24le = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);

/** Answers of `headerAt`. */
export const HEADER_AT = {
	/** No APDU begins here. */
	none: 0,
	/** What is here fits. */
	more: 1,
	/** Start and length, with a control field that no format has. */
	broken: 2,
	sound: 3,
} as const;

/** Whether an APDU begins at `at`: start octet, length, control field. An I format without room for an ASDU is sound as a header. */
export function headerAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there < 1) return HEADER_AT.more;
	if (u8(bytes, at) !== START) return HEADER_AT.none;
	if (there <= LENGTH) return HEADER_AT.more;
	const length = u8(bytes, at + LENGTH);
	if (length < MIN_LENGTH || length > MAX_LENGTH) return HEADER_AT.none;
	if (there <= CONTROL) return HEADER_AT.more;
	const first = u8(bytes, at + CONTROL);
	const isNumbered = (first & 1) === 0;
	if (!isNumbered) {
		if (length !== MIN_LENGTH) return HEADER_AT.broken;
		if (first === 1 ? there > CONTROL + 1 && u8(bytes, at + CONTROL + 1) !== 0 : UNNUMBERED_NAMES[first] === undefined)
			return HEADER_AT.broken;
	}
	if (there > CONTROL + 2 && (u8(bytes, at + CONTROL + 2) & 1) !== 0) return HEADER_AT.broken;
	if ((first & 3) === 3) {
		for (let octet = 1; octet < MIN_LENGTH && there > CONTROL + octet; octet++)
			if (u8(bytes, at + CONTROL + octet) !== 0) return HEADER_AT.broken;
	}
	return there < ASDU ? HEADER_AT.more : HEADER_AT.sound;
}

/** Where the APDU at `at` ends; the caller has checked for its length. */
export const nextAfter = (bytes: Uint8Array, at: number): number => at + CONTROL + u8(bytes, at + LENGTH);
