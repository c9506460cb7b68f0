/** Frames of Modbus on a serial line, made by code of its own: the CRC bit by bit (Modbus over Serial Line V1.02, 6.2.2), the LRC (6.2.1). */
import { hex, join } from "../support/decoderHarness.ts";

function crc16(bytes: Uint8Array): number {
	let crc = 0xffff;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
	}
	return crc;
}

/** An RTU frame. */
export function rtu(unit: number, pdu: string): Uint8Array {
	const adu = join(Uint8Array.of(unit), hex(pdu));
	const crc = crc16(adu);
	return join(adu, Uint8Array.of(crc & 255, crc >> 8));
}

/** An ASCII frame. */
export function ascii(unit: number, pdu: string): Uint8Array {
	const adu = join(Uint8Array.of(unit), hex(pdu));
	const lrc = -adu.reduce((sum, byte) => sum + byte, 0) & 255;
	const text = [...adu, lrc].map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join("");
	return new TextEncoder().encode(`:${text}\r\n`);
}

/** A frame that stands in a line's traffic, and what has to be said of it. */
export interface LineSample {
	readonly name: string;
	readonly unit: number;
	/** The PDU, hex. */
	readonly pdu: string;
	readonly kind: "request" | "response" | "exception";
}

const transaction = (name: string, unit: number, request: string, answer: string): LineSample[] => [
	{ name: `${name} request`, unit, pdu: request, kind: "request" },
	{ name: `${name} answer`, unit, pdu: answer, kind: Number.parseInt(answer, 16) & 128 ? "exception" : "response" },
];

/** All public functions of a serial line, with lengths that mislead: three bytes of coils, addresses that look like byte counts. */
export const LINE_CONVERSATIONS: readonly (readonly LineSample[])[] = [
	[
		...transaction("read holding registers", 1, "03 006b 0003", "03 06 022b 0000 0064"),
		...transaction("read coils, three bytes", 2, "01 0013 0013", "01 03 cd6b05"),
		...transaction("read coils at 768", 2, "01 0300 0013", "01 03 cd6b05"),
		...transaction("refused", 3, "04 1000 0001", "84 02"),
		...transaction("write single register", 1, "06 0001 0003", "06 0001 0003"),
		...transaction("write single register again", 1, "06 0001 0003", "06 0001 0003"),
		...transaction("write single coil", 1, "05 00ac ff00", "05 00ac ff00"),
		...transaction("write registers", 17, "10 0001 0002 04 000a 0102", "10 0001 0002"),
		...transaction("write coils", 17, "0f 0013 000a 02 cd01", "0f 0013 000a"),
		{ name: "broadcast", unit: 0, pdu: "06 0010 0001", kind: "request" },
		...transaction("read holding registers again", 1, "03 006b 0003", "03 06 022b 0001 0064"),
	],
	[
		...transaction("exception status", 9, "07", "07 6d"),
		...transaction("loop back", 9, "08 0000 a537", "08 0000 a537"),
		...transaction("bus message count", 9, "08 000b 0000", "08 000b 0102"),
		...transaction("event counter", 9, "0b", "0b ffff 0108"),
		...transaction("event log", 9, "0c", "0c 08 0000 0108 0121 2000"),
		...transaction("server id", 9, "11", "11 05 41ff 616263"),
		...transaction("mask write", 9, "16 0004 00f2 0025", "16 0004 00f2 0025"),
		...transaction("read and write", 9, "17 0003 0006 000e 0003 06 00ff 00ff 00ff", "17 0c 00fe 0acd 0001 0003 000d 00ff"),
		...transaction("fifo", 9, "18 04de", "18 0006 0002 01b8 1284"),
		...transaction("file record", 9, "14 07 06 0004 0001 0002", "14 06 05 06 0dfe 0020"),
		...transaction("write file record", 9, "15 0d 06 0004 0007 0003 06af 04be 100d", "15 0d 06 0004 0007 0003 06af 04be 100d"),
		...transaction("device identification", 9, "2b 0e 01 00", "2b 0e 01 01 00 00 01 00 03 616263"),
	],
];
