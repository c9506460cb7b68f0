/** Messages of PROFINET written out (IEC 61158-6-10; C706, 12.5): frames from behind the EtherType, and datagrams of the connection management. */
import { hex, join } from "../support/decoderHarness.ts";

const digits = (value: number, count: number): string => value.toString(16).padStart(count, "0");
const size = (text: string): number => hex(text).length;

/** A frame of DCP: FrameID, service, type, Xid, blocks as hex. */
export const dcp = (frameId: string, service: number, type: number, xid: number, blocks: string): Uint8Array =>
	hex(`${frameId} ${digits(service, 2)} ${digits(type, 2)} ${digits(xid, 8)} 0000 ${digits(size(blocks), 4)} ${blocks}`);

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
/** A block of DCP as hex, filled up; `qualifier` is empty where it has none. */
export const option = (number: string, qualifier: string, body: string): string => {
	const all = `${qualifier}${body}`.replaceAll(" ", "");
	return `${number} ${digits(all.length / 2, 4)} ${all} ${(all.length / 2) % 2 === 1 ? "00" : ""}`;
};

export const SEARCH_ALL = dcp("fefe", 5, 0, 0x01000001, "ffff 0000");
export const SEARCH_NAME = dcp("fefe", 5, 0, 0x01000002, option("0202", "", ascii("rio-1")));
const DESCRIPTION = [
	option("0102", "0001", "0a000007 ffffff00 0a000001"),
	option("0201", "0000", ascii("ET200S")),
	option("0202", "0000", ascii("rio-1")),
	option("0203", "0000", "002a 0301"),
	option("0204", "0000", "0100"),
].join(" ");
export const FOUND_ALL = dcp("feff", 5, 1, 0x01000001, DESCRIPTION);
export const FOUND_NAME = dcp("feff", 5, 1, 0x01000002, DESCRIPTION);
export const GET = dcp("fefd", 3, 0, 0x01000003, "0202 0102");
export const GOT = dcp(
	"fefd",
	3,
	1,
	0x01000003,
	`${option("0202", "0000", ascii("rio-1"))} ${option("0102", "0001", "0a000007 ffffff00 00000000")}`,
);
const setOf = (xid: number, blocks: string): Uint8Array => dcp("fefd", 4, 0, xid, blocks);
/** A name for good, an address for now and one for good, a reset of all data, a signal. */
export const SET_NAME = setOf(0x01000004, option("0202", "0001", ascii("rio-9")));
export const SET_IP = setOf(0x01000005, option("0102", "0000", "0a000007 ffffff00 00000000"));
export const SET_IP_FOR_GOOD = setOf(0x01000006, option("0102", "0001", "0a000009 ffffff00 00000000"));
export const RESET = setOf(0x01000007, option("0506", "0008", ""));
export const SIGNAL = setOf(0x01000008, `${option("0501", "0000", "")} ${option("0503", "0000", "0100")} ${option("0502", "0000", "")}`);
/** The answer to a Set: about which block, and its error. */
export const setDone = (xid: number, about: string, error = "00"): Uint8Array =>
	dcp("fefd", 4, 1, xid, option("0504", "", `${about} ${error}`));
export const HELLO = dcp(
	"fefc",
	6,
	0,
	0x01000009,
	`${option("0202", "0000", ascii("rio-1"))} ${option("0102", "0001", "0a000007 ffffff00 00000000")}`,
);

/** Cyclic data: 40 octets, then cycle counter, DataStatus and TransferStatus. */
export const cyclic = (frameId: string, counter: number, status: string, transfer = "00"): Uint8Array =>
	hex(`${frameId} ${"80".padEnd(80, "0")} ${digits(counter, 4)} ${status} ${transfer}`);
/** A notification of a diagnosis at slot 1, subslot 1, and what acknowledges it. */
export const NOTIFICATION = hex("fe01 0001 0001 11 01 0000 ffff 001a 0002 0016 0100 0001 00000000 0001 0001 00000010 00000020 8800");
export const RTA_ACK = hex(`fe01 0001 0001 13 00 ffff 0000 0000 ${"00".repeat(30)}`);
export const ALARM_ACK = hex("fe01 0001 0001 11 01 0000 0000 001a 8002 0016 0100 0001 00000000 0001 0001 8800 00000000 00000000 0000");
export const RTA_ERROR = hex(`fe01 0001 0001 14 01 fffe fffe 0004 cf81fd0c ${"00".repeat(24)}`);
export const SYNC = hex(`0080 ${"00".repeat(44)}`);

const OBJECT = "dea00000 6c97 11d1 8271 0001 0301 002a";
const AR = "c0ffee01 1234 11d1 8000 020000000001";
const STATION_MAC = "020000000001";

interface Call {
	/** 0 request, 2 response, 3 fault, 9 fack. */
	readonly type?: number;
	readonly flags?: string;
	/** 1 device, 2 controller. */
	readonly interface?: number;
	readonly activity?: number;
	readonly sequence?: number;
	readonly fragment?: number;
	/** What the header says of its length, where that is wrong. */
	readonly length?: number;
}

/** A datagram: operation, and what stands behind the header as hex. */
export const packet = (operation: number, body: string, call: Call = {}): Uint8Array => {
	const { type = 0, flags = "20", interface: number = 1, activity = 1, sequence = 0, fragment = 0 } = call;
	return join(
		hex(`04 ${digits(type, 2)} ${flags} 00 00 00 00 00 ${OBJECT} dea0000${number} 6c97 11d1 8271 00a02442df7d`),
		hex(`${digits(activity, 8)} 5a5a 11d1 8000 ${STATION_MAC} 00000000 00000001 ${digits(sequence, 8)}`),
		hex(`${digits(operation, 4)} ffff ffff ${digits(call.length ?? size(body), 4)} ${digits(fragment, 4)} 00 00 ${body}`),
	);
};
const ndr = (first: string, blocks: string): string => {
	const length = digits(size(blocks), 8);
	return `${first} ${length} 0000ffff 00000000 ${length} ${blocks}`;
};
/** A request of blocks, and an answer with its status. */
export const request = (operation: number, blocks: string, call: Call = {}): Uint8Array => packet(operation, ndr("0000ffff", blocks), call);
export const response = (operation: number, blocks: string, call: Call = {}, status = "00000000"): Uint8Array =>
	packet(operation, ndr(status, blocks), { type: 2, flags: "0a", ...call });

export const block = (type: string, body: string): string => `${type} ${digits(size(body) + 2, 4)} 01 00 ${body}`;
export const arBlock = (type: string, properties: string, name: string): string =>
	block("0101", `${type} ${AR} 0001 ${STATION_MAC} ${OBJECT} ${properties} 0064 8894 ${digits(name.length, 4)} ${ascii(name)}`);
const iocr = (type: string, frameId: string): string =>
	block("0102", `${type} ${type} 8892 00000002 0028 ${frameId} 0020 0008 0001 0000 ffffffff 0003 0003 c000 000000000000 0000`);
export const CONNECT = request(0, `${arBlock("0001", "00000011", "plc-1")} ${iocr("0001", "8001")} ${iocr("0002", "8002")}`);
export const CONNECTED = response(
	0,
	`${block("8101", `0001 ${AR} 0001 020000000007 8894`)} ${block("8102", "0001 0001 8001")} ${block("8102", "0002 0002 8002")}`,
);
export const REFUSED = response(0, "", {}, "db814005");
const recordBlock = (type: string, slot: string, index: string, length: number, status = "00000000"): string =>
	block(type, `0001 ${AR} 00000000 ${slot} 0001 0000 ${index} ${digits(length, 8)} 0000 0000 ${status} ${"00".repeat(16)}`);
export const writeOf = (slot: string, index: string, data: string): string => `${recordBlock("0008", slot, index, size(data))} ${data}`;
export const writtenOf = (slot: string, index: string, status?: string): string => recordBlock("8008", slot, index, 4, status);
export const readOf = (slot: string, index: string): string => recordBlock("0009", slot, index, 4096);
export const readDataOf = (slot: string, index: string, data: string): string => `${recordBlock("8009", slot, index, size(data))} ${data}`;
export const im0 = (orderId: string, serial: string): string =>
	block("0020", `002a ${ascii(orderId.padEnd(20))} ${ascii(serial.padEnd(16))} 0003 56 02 01 04 0000 0000 0000 0101 001e`);
export const control = (type: string, command: string): string => block(type, `0000 ${AR} 0001 0000 ${command} 0000`);

export const WRITE = request(3, writeOf("0001", "0001", "00640001"), { activity: 2 });
export const WRITTEN = response(3, writtenOf("0001", "0001"), { activity: 2 });
export const PARAMETERS_END = request(4, control("0110", "0001"), { activity: 3 });
export const PARAMETERS_ENDED = response(4, control("8110", "0008"), { activity: 3 });
/** Asked by the device. */
export const READY = request(4, control("0112", "0002"), { activity: 4, interface: 2 });
export const READY_DONE = response(4, control("8112", "0008"), { activity: 4, interface: 2 });
export const READ_IM0 = request(2, readOf("0000", "aff0"), { activity: 5 });
export const IM0 = response(2, readDataOf("0000", "aff0", im0("6ES7 151-3BA23-0AB0", "S C-X4U421302009")), { activity: 5 });
export const RELEASE = request(1, control("0114", "0004"), { activity: 6 });
export const RELEASED = response(1, control("8114", "0008"), { activity: 6 });

const EPM = "e1af8308 5d1f 11c9 91a4 08002b14a0fa";
/** A lookup of the endpoint mapper, and its answer: one entry with its annotation of 64 octets. */
const mapper = (type: number, body: string): Uint8Array => {
	const bytes = packet(2, body, { type, activity: 7 }).slice();
	bytes.set(hex(EPM), 24);
	return bytes;
};
export const LOOKUP = mapper(0, `00000000 00000001 ${"00".repeat(24)} 00000001 ${"00".repeat(20)} 00000001`);
export const LOOKED_UP = mapper(
	2,
	`${"00".repeat(20)} 00000001 00000001 00000000 00000001 ${OBJECT} 00000003 00000000 00000040 ${ascii(
		`${"ET200S".padEnd(25)} ${"6ES7 151-3BA23-0AB0".padEnd(20)}     3 V  7  0  6\0`.padEnd(64, "\0"),
	)}`,
);
