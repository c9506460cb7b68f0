/** Modbus messages written out, and the making of others. */
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import type { Sample } from "../contract/stream.ts";
import { hex } from "../support/decoderHarness.ts";

/** An ADU around a PDU in hex; the length is the true one unless given. */
export function adu(transactionId: number, unitId: number, pdu: string, length?: number): Uint8Array {
	const body = hex(pdu);
	const said = length ?? body.length + 1;
	const out = new Uint8Array(7 + body.length);
	out.set([transactionId >> 8, transactionId & 255, 0, 0, said >> 8, said & 255, unitId]);
	out.set(body, 7);
	return out;
}

const pair = (name: string, transactionId: number, unitId: number, request: string, response: string): Sample[] => [
	{ name: `${name}, request`, bytes: adu(transactionId, unitId, request), direction: TO_SERVER },
	{ name: `${name}, response`, bytes: adu(transactionId, unitId, response), direction: TO_CLIENT },
];
const alone = (name: string, direction: Direction, pdu: string): Sample => ({ name, direction, bytes: adu(9, 17, pdu) });

/** Every public function, exceptions, vendor functions, pipelining: whole messages as the specification's own examples have them (V1.1b3, clause 6). */
export const CONVERSATIONS: readonly (readonly Sample[])[] = [
	pair("read coils", 1, 1, "01 0013 0013", "01 03 cd6b05"),
	pair("read discrete inputs", 2, 1, "02 00c4 0016", "02 03 acdb35"),
	pair("read holding registers", 3, 1, "03 006b 0003", "03 06 022b 0000 0064"),
	pair("read input registers", 4, 1, "04 0008 0001", "04 02 000a"),
	pair("write single coil", 5, 1, "05 00ac ff00", "05 00ac ff00"),
	pair("write single register", 6, 1, "06 0001 0003", "06 0001 0003"),
	pair("read exception status", 7, 1, "07", "07 6d"),
	pair("return query data", 8, 1, "08 0000 a537", "08 0000 a537"),
	pair("return query data of three words", 9, 1, "08 0000 a537 0001 0002", "08 0000 a537 0001 0002"),
	pair("restart communications", 10, 1, "08 0001 0000", "08 0001 0000"),
	pair("get communication event counter", 11, 1, "0b", "0b ffff 0108"),
	pair("get communication event log", 12, 1, "0c", "0c 08 0000 0108 0121 2000"),
	pair("write multiple coils", 13, 1, "0f 0013 000a 02 cd01", "0f 0013 000a"),
	pair("write multiple registers", 14, 1, "10 0001 0002 04 000a 0102", "10 0001 0002"),
	pair("report server id", 15, 1, "11", "11 05 b4 ff 504c43"),
	pair("read file record", 16, 1, "14 0e 06 0004 0001 0002 06 0003 0009 0002", "14 0c 05 06 0dfe 0020 05 06 33cd 0040"),
	pair("write file record", 17, 1, "15 0d 06 0004 0007 0003 06af 04be 100d", "15 0d 06 0004 0007 0003 06af 04be 100d"),
	pair("mask write register", 18, 1, "16 0004 00f2 0025", "16 0004 00f2 0025"),
	pair("read and write multiple registers", 19, 1, "17 0003 0006 000e 0003 06 00ff 00ff 00ff", "17 0c 00fe 0acd 0001 0003 000d 00ff"),
	pair("read FIFO queue", 20, 1, "18 04de", "18 0006 0002 01b8 1284"),
	pair(
		"read device identification",
		21,
		1,
		"2b 0e 01 00",
		"2b 0e 01 01 00 00 03 00 16 436f6d70616e79206964656e74696669636174696f6e 01 0e 50726f6475637420636f64655858 02 05 56322e3131",
	),
	pair("CANopen general reference", 22, 1, "2b 0d 01 02 03", "2b 0d 01 02 03 04"),
	pair("user-defined function 65", 23, 1, "41 0102", "41 030405"),
	pair("UMAS, function 90", 24, 0xff, "5a 00 02", "5a 00 fe 01 02 03"),
	pair("function 100", 25, 1, "64", "64 00"),
	pair("exception", 26, 10, "01 04a1 0001", "81 02"),
	[
		{ name: "first of three at once", bytes: adu(100, 1, "03 0000 0001"), direction: TO_SERVER },
		{ name: "second of three at once", bytes: adu(101, 1, "03 0001 0001"), direction: TO_SERVER },
		{ name: "third of three at once", bytes: adu(102, 2, "01 0000 0009"), direction: TO_SERVER },
		{ name: "answer to the third", bytes: adu(102, 2, "01 02 ff01"), direction: TO_CLIENT },
		{ name: "answer to the first", bytes: adu(100, 1, "03 02 1111"), direction: TO_CLIENT },
		{ name: "answer to the second", bytes: adu(101, 1, "03 02 2222"), direction: TO_CLIENT },
	],
	[alone("a request that nobody answers", TO_SERVER, "03 0000 007d"), alone("an answer to another", TO_CLIENT, "04 02 ffff")],
];
