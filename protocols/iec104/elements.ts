/** Information objects and their elements (IEC 60870-5-101, 7.2.5 and 7.2.6), read into the arrays of an observation. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { LAYOUT, TIME, type TypeRecord } from "./codes.ts";
import { type Iec104Observation, STAMP } from "./observation.ts";
import { ADDRESS_SIZE, u24le } from "./wire.ts";

/** A normalized value is -1 .. 1 - 2^-15 (7.2.6.6). */
const UNIT = 32_768;
/** Quality bits of SIQ and DIQ, of QDS (with overflow), of QDP (with an elapsed time that is wrong). */
const SIQ_QUALITY = 0xf0;
const QDS_QUALITY = 0xf1;
const QDP_QUALITY = 0xf8;
const INVALID = 0x80;

const SCRATCH = new DataView(new ArrayBuffer(4));
const i16 = (bytes: Uint8Array, at: number): number => (u16le(bytes, at) << 16) >> 16;
const i32 = (bytes: Uint8Array, at: number): number => u32le(bytes, at) | 0;
function float32(bytes: Uint8Array, at: number): number {
	SCRATCH.setUint32(0, u32le(bytes, at), true);
	return SCRATCH.getFloat32(0, true);
}

/**
 * Reads the objects from `start` on, as far as whole ones are there; the header is read already. Returns the octet behind the last one, where what is there is what the header
 * says: exactly `end` in a sound ASDU.
 */
export function readObjects(o: Iec104Observation, type: TypeRecord, bytes: Uint8Array, start: number, end: number): number {
	if (type.layout === LAYOUT.opaque) return end;
	if (type.layout === LAYOUT.segment) return readSegment(o, bytes, start, end);
	let at = start;
	let address = 0;
	for (let index = 0; index < o.count; index++) {
		const hasAddress = index === 0 || !o.isSequence;
		if (end - at < type.size + (hasAddress ? ADDRESS_SIZE : 0)) return -1;
		if (hasAddress) {
			address = u24le(bytes, at);
			at += ADDRESS_SIZE;
		} else address = (address + 1) & 0xffffff;
		o.addresses[index] = address;
		readElement(o, type, index, bytes, at);
		at += type.size;
		o.objectCount = index + 1;
	}
	return at;
}

/** 7.3.6.6: name of file and of section, length, and so many octets of it. */
function readSegment(o: Iec104Observation, bytes: Uint8Array, start: number, end: number): number {
	const data = start + ADDRESS_SIZE + 4;
	if (data > end || o.count !== 1) return -1;
	o.addresses[0] = u24le(bytes, start);
	blank(o, 0);
	o.objectCount = 1;
	o.fileName = u16le(bytes, start + ADDRESS_SIZE);
	o.section = u8(bytes, start + ADDRESS_SIZE + 2);
	o.segmentLength = u8(bytes, start + ADDRESS_SIZE + 3);
	return data + o.segmentLength <= end ? data + o.segmentLength : -1;
}

function blank(o: Iec104Observation, index: number): void {
	o.values[index] = Number.NaN;
	o.qualities[index] = 0;
	o.details[index] = -1;
	o.names[index] = -1;
}

function stamp(o: Iec104Observation, slot: number, bytes: Uint8Array, at: number, size: number): void {
	for (let octet = 0; octet < size; octet++) o.stamps[slot * STAMP + octet] = bytes[at + octet]!;
}

function readElement(o: Iec104Observation, type: TypeRecord, index: number, bytes: Uint8Array, at: number): void {
	const { values, qualities, details } = o;
	blank(o, index);
	if (type.time !== TIME.none) stamp(o, index, bytes, at + type.size - type.time, type.time);
	switch (type.layout) {
		case LAYOUT.siq: {
			const octet = u8(bytes, at);
			values[index] = octet & 1;
			qualities[index] = octet & SIQ_QUALITY;
			return;
		}
		case LAYOUT.diq: {
			const octet = u8(bytes, at);
			values[index] = octet & 3;
			qualities[index] = octet & SIQ_QUALITY;
			return;
		}
		case LAYOUT.vti: {
			const octet = u8(bytes, at);
			values[index] = (octet << 25) >> 25;
			details[index] = octet >> 7;
			qualities[index] = u8(bytes, at + 1) & QDS_QUALITY;
			return;
		}
		case LAYOUT.bsi:
			values[index] = u32le(bytes, at);
			qualities[index] = u8(bytes, at + 4) & QDS_QUALITY;
			return;
		case LAYOUT.nva:
			values[index] = i16(bytes, at) / UNIT;
			qualities[index] = u8(bytes, at + 2) & QDS_QUALITY;
			return;
		case LAYOUT.sva:
			values[index] = i16(bytes, at);
			qualities[index] = u8(bytes, at + 2) & QDS_QUALITY;
			return;
		case LAYOUT.r32:
			values[index] = float32(bytes, at);
			qualities[index] = u8(bytes, at + 4) & QDS_QUALITY;
			return;
		case LAYOUT.scd:
			values[index] = u16le(bytes, at);
			details[index] = u16le(bytes, at + 2);
			qualities[index] = u8(bytes, at + 4) & QDS_QUALITY;
			return;
		case LAYOUT.nvaPlain:
			values[index] = i16(bytes, at) / UNIT;
			return;
		case LAYOUT.bcrSecurity:
			o.names[index] = u16le(bytes, at);
			readCounter(o, index, bytes, at + 2);
			return;
		case LAYOUT.bcr:
			readCounter(o, index, bytes, at);
			return;
		case LAYOUT.sep:
			values[index] = u8(bytes, at) & 3;
			qualities[index] = u8(bytes, at) & QDP_QUALITY;
			details[index] = u16le(bytes, at + 1);
			return;
		case LAYOUT.spe:
		case LAYOUT.oci:
			values[index] = u8(bytes, at) & (type.layout === LAYOUT.spe ? 0x3f : 0x0f);
			qualities[index] = u8(bytes, at + 1) & QDP_QUALITY;
			details[index] = u16le(bytes, at + 2);
			return;
		case LAYOUT.sco:
			values[index] = u8(bytes, at) & 1;
			details[index] = u8(bytes, at);
			return;
		case LAYOUT.dco:
		case LAYOUT.rco:
			values[index] = u8(bytes, at) & 3;
			details[index] = u8(bytes, at);
			return;
		case LAYOUT.nvaQos:
		case LAYOUT.nvaQpm:
			values[index] = i16(bytes, at) / UNIT;
			details[index] = u8(bytes, at + 2);
			return;
		case LAYOUT.svaQos:
		case LAYOUT.svaQpm:
			values[index] = i16(bytes, at);
			details[index] = u8(bytes, at + 2);
			return;
		case LAYOUT.r32Qos:
		case LAYOUT.r32Qpm:
			values[index] = float32(bytes, at);
			details[index] = u8(bytes, at + 4);
			return;
		case LAYOUT.bsiCommand:
			values[index] = u32le(bytes, at);
			return;
		case LAYOUT.coi:
		case LAYOUT.qoi:
		case LAYOUT.qcc:
		case LAYOUT.qrp:
		case LAYOUT.qpa:
			details[index] = u8(bytes, at);
			return;
		case LAYOUT.fbp:
		case LAYOUT.cp16:
		case LAYOUT.tsc:
			details[index] = u16le(bytes, at);
			return;
		case LAYOUT.fileReady:
			readFile(o, bytes, at, -1, u24le(bytes, at + 2));
			details[index] = u8(bytes, at + 5);
			return;
		case LAYOUT.sectionReady:
			readFile(o, bytes, at, u8(bytes, at + 2), u24le(bytes, at + 3));
			details[index] = u8(bytes, at + 6);
			return;
		case LAYOUT.selectAndCall:
		case LAYOUT.acknowledgeFile:
			readFile(o, bytes, at, u8(bytes, at + 2), -1);
			details[index] = u8(bytes, at + 3);
			return;
		case LAYOUT.lastSection:
			readFile(o, bytes, at, u8(bytes, at + 2), -1);
			details[index] = u8(bytes, at + 3);
			o.checksum = u8(bytes, at + 4);
			return;
		case LAYOUT.directory:
			o.names[index] = u16le(bytes, at);
			values[index] = u24le(bytes, at + 2);
			details[index] = u8(bytes, at + 5);
			return;
		case LAYOUT.queryLog:
			readFile(o, bytes, at, -1, -1);
			stamp(o, 0, bytes, at + 2, TIME.cp56);
			stamp(o, 1, bytes, at + 2 + TIME.cp56, TIME.cp56);
			return;
	}
}

/** 7.2.6.9: a signed number, and an octet with its sequence number, carry, adjusted and invalid. */
function readCounter(o: Iec104Observation, index: number, bytes: Uint8Array, at: number): void {
	o.values[index] = i32(bytes, at);
	o.details[index] = u8(bytes, at + 4);
	o.qualities[index] = u8(bytes, at + 4) & INVALID;
}

function readFile(o: Iec104Observation, bytes: Uint8Array, at: number, section: number, length: number): void {
	o.fileName = u16le(bytes, at);
	o.section = section;
	o.fileLength = length;
}
