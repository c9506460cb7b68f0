/** Offsets and lengths of PROFINET (IEC 61158-6-10): frames of EtherType 0x8892, and connectionless DCE RPC (C706, 12.5) under the connection management. */
import { u16, u16le, u32, u32le } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";

export const ETHER_TYPE = 0x8892;
/** IANA: profinet-cm. */
export const PORT = 34964;

/** 4.3: behind the FrameID of DCP. */
export const DCP = { serviceId: 2, serviceType: 3, xid: 4, responseDelay: 8, length: 10, body: 12 } as const;
/** Option, suboption and length stand before each block. */
export const DCP_BLOCK = 4;

/** 4.7: the last four bytes of a cyclic frame. */
export const STATUS = { cycleCounter: -4, dataStatus: -2, transferStatus: -1, size: 4 } as const;
/** 4.7.3.2: bits of DataStatus. */
export const DATA_STATUS = {
	primary: 0x01,
	redundancy: 0x02,
	valid: 0x04,
	run: 0x10,
	noProblem: 0x20,
	ignore: 0x80,
	reserved: 0x48,
} as const;

/** 4.8: behind the FrameID of an alarm. */
export const ALARM = {
	destination: 2,
	source: 4,
	pduType: 6,
	flags: 7,
	sendSequence: 8,
	ackSequence: 10,
	length: 12,
	body: 14,
} as const;
/** 5.2.2: AlarmNotification, from its BlockHeader. */
export const NOTIFICATION = { alarmType: 6, api: 8, slot: 12, subslot: 14, module: 16, submodule: 20, specifier: 24, size: 26 } as const;
/** AlarmAck: the same up to the subslot, then the specifier and the status. */
export const ALARM_ACK = { specifier: 16, status: 18, size: 22 } as const;

/** C706, 12.5.1: the header of a connectionless PDU. */
export const RPC = {
	version: 0,
	type: 1,
	flags: 2,
	dataRepresentation: 4,
	object: 8,
	interface: 24,
	activity: 40,
	sequence: 64,
	operation: 68,
	length: 74,
	fragment: 76,
	body: 80,
} as const;
export const RPC_VERSION = 4;
export const RPC_FLAG = { lastFragment: 0x02, fragment: 0x04 } as const;
const LITTLE_ENDIAN = 0x10;

/** 4.10.3: what NDR puts before the blocks: the status of an answer or the most that one may have, ArgsLength, and the three numbers of a conformant varying array. */
export const NDR = { status: 0, argsLength: 4, size: 20 } as const;
/** 5.1.1: type, length (of what follows it) and version of a block. */
export const BLOCK = { type: 0, length: 2, version: 4, body: 6, uncounted: 4 } as const;

/** 5.1.6, 5.1.7: record requests and answers, from their BlockHeader. */
export const RECORD = { arUuid: 8, api: 24, slot: 28, subslot: 30, index: 34, length: 36, status: 44, size: 64 } as const;
/** 5.1.2: ARBlockReq and ARBlockRes. */
export const AR = { type: 6, uuid: 8, mac: 26, size: 34, properties: 48, nameLength: 56, name: 58 } as const;
/** 5.1.2: ARServerBlockRes, by which a device gives its name. */
export const AR_SERVER = { nameLength: 6, name: 8 } as const;
/** 5.1.8: control blocks. */
export const CONTROL = { arUuid: 8, command: 28, size: 32 } as const;
/** 5.1.3: IOCRBlockReq and IOCRBlockRes. */
export const IOCR = {
	type: 6,
	reference: 8,
	dataLength: 16,
	frameId: 18,
	sendClock: 20,
	reduction: 22,
	size: 46,
	resFrameId: 10,
	resSize: 12,
} as const;
/** 5.2.14: I&M0. */
export const IM0 = {
	vendorId: 6,
	orderId: 8,
	serialNumber: 28,
	hardwareRevision: 44,
	softwarePrefix: 46,
	softwareRevision: 47,
	revisionCounter: 50,
	size: 60,
} as const;
/** 5.2.15 and later: texts of I&M1 to I&M3. */
export const IM = { functionEnd: 38, locationEnd: 60, dateEnd: 22, descriptorEnd: 60 } as const;

/** C706, Appendix O: ept_lookup answers with a handle, a number and an array of entries: object, tower, annotation. */
export const EPM = { object: 36, annotationLength: 60, annotation: 64 } as const;

export const isLittle = (bytes: Uint8Array, start: number): boolean => bytes[start + RPC.dataRepresentation] === LITTLE_ENDIAN;
export const short = (bytes: Uint8Array, at: number, little: boolean): number => (little ? u16le(bytes, at) : u16(bytes, at));
export const long = (bytes: Uint8Array, at: number, little: boolean): number => (little ? u32le(bytes, at) : u32(bytes, at));

/** Text of a UUID; its first three fields are numbers, in the order of the sender. */
export function uuidText(bytes: Uint8Array, at: number, little: boolean): string {
	const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
	const [first, second, third] = [long(bytes, at, little), short(bytes, at + 4, little), short(bytes, at + 6, little)];
	return `${hex(first, 8)}-${hex(second, 4)}-${hex(third, 4)}-${hexOf(bytes, at + 8, at + 10)}-${hexOf(bytes, at + 10, at + 16)}`;
}

/** 4.10.3.2.7: dea00000-6c97-11d1-8271 and what says which object or interface. The number of the interface; 0 of an object; -1 of any other UUID. */
export function profinetUuid(bytes: Uint8Array, at: number, little: boolean): number {
	const first = long(bytes, at, little);
	if (first >>> 4 !== 0xdea0000 || short(bytes, at + 4, little) !== 0x6c97 || short(bytes, at + 6, little) !== 0x11d1) return -1;
	return u16(bytes, at + 8) === 0x8271 ? first & 15 : -1;
}
