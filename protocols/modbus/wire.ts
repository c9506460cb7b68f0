/**
 * Layout of a MODBUS/TCP ADU: the MBAP header (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3) and how long each function's PDU
 * is (MODBUS Application Protocol V1.1b3, clause 6). Offsets and lengths only; nothing here keeps state.
 */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { EXCEPTION_FLAG, FUNCTION, MEI } from "./codes.ts";
import { isUmasAnswer } from "./umas.ts";

// Bound to this module: V8 folds a module's own constants, but looks an imported name up at each use.
const CODE = FUNCTION;
const EXCEPTION = EXCEPTION_FLAG;
const DEVICE_IDENTIFICATION = MEI.deviceIdentification;

/** The transaction id comes first. */
export const PROTOCOL_ID = 2;
export const LENGTH = 4;
export const UNIT_ID = 6;
/** The PDU begins with the function code. */
export const PDU = 7;
/** Bytes that `LENGTH` does not count. */
export const LENGTH_END = 6;
/** Unit identifier and function code. */
export const MIN_LENGTH = 2;
/** Unit identifier and 253 bytes of PDU (V1.1b3, 4.1). */
export const MAX_LENGTH = 254;
/** UMAS (function 90) agrees on frames of about 1,024 bytes, whatever V1.1b3 says: room for twice that. */
const MAX_UMAS_LENGTH = 2048;
export const MAX_ADU = LENGTH_END + MAX_UMAS_LENGTH;

/** Most of each function (V1.1b3, 6.1 to 6.18). */
export const MAX_QUANTITY = {
	readBits: 2000,
	readRegisters: 125,
	writeBits: 1968,
	writeRegisters: 123,
	readWriteWrite: 121,
	fifo: 31,
} as const;

/** Bits that the longest possible PDU can carry, whatever it claims. */
export const MAX_BITS = 8 * (MAX_LENGTH - 3);

/** What a function's own fields say about the length of its PDU, where the length is not known. */
export const UNKNOWN = -1;

/** Shortest PDU in which the fields of a function can be read; other functions need their code alone. */
export const MIN_REQUEST = new Uint8Array(256).fill(1);
export const MIN_RESPONSE = new Uint8Array(256).fill(1);
for (const [code, request, response] of [
	[CODE.readCoils, 5, 2],
	[CODE.readDiscreteInputs, 5, 2],
	[CODE.readHoldingRegisters, 5, 2],
	[CODE.readInputRegisters, 5, 2],
	[CODE.writeSingleCoil, 5, 5],
	[CODE.writeSingleRegister, 5, 5],
	[CODE.readExceptionStatus, 1, 2],
	[CODE.diagnostics, 3, 3],
	[CODE.getCommEventCounter, 1, 5],
	[CODE.getCommEventLog, 1, 2],
	[CODE.writeMultipleCoils, 6, 5],
	[CODE.writeMultipleRegisters, 6, 5],
	[CODE.reportServerId, 1, 2],
	[CODE.readFileRecord, 2, 2],
	[CODE.writeFileRecord, 2, 2],
	[CODE.maskWriteRegister, 7, 7],
	[CODE.readWriteMultipleRegisters, 10, 2],
	[CODE.readFifoQueue, 3, 5],
	[CODE.encapsulatedInterface, 2, 2],
] as const) {
	MIN_REQUEST[code] = request;
	MIN_RESPONSE[code] = response;
}
MIN_RESPONSE.fill(2, EXCEPTION);

/** False where the bytes that are there cannot be an MBAP header; 1 to 7 bytes are enough to ask. */
export function headerFits(bytes: Uint8Array, at: number, end: number): boolean {
	const there = end - at;
	if (there > PROTOCOL_ID && bytes[at + PROTOCOL_ID] !== 0) return false;
	if (there > PROTOCOL_ID + 1 && bytes[at + PROTOCOL_ID + 1] !== 0) return false;
	if (there > LENGTH && u8(bytes, at + LENGTH) > MAX_UMAS_LENGTH >> 8) return false;
	if (there <= LENGTH + 1) return true;
	const length = u16(bytes, at + LENGTH);
	return (length >= MIN_LENGTH && length <= MAX_LENGTH) || isLongUmas(bytes, at, end);
}

/** True where the header announces more than V1.1b3 allows, and function 90 follows or may yet. */
export function isLongUmas(bytes: Uint8Array, at: number, end: number): boolean {
	const length = u16(bytes, at + LENGTH);
	return (
		u16(bytes, at + PROTOCOL_ID) === 0 &&
		length > MAX_LENGTH &&
		length <= MAX_UMAS_LENGTH &&
		(end - at <= PDU || (u8(bytes, at + PDU) & ~EXCEPTION) === CODE.umas)
	);
}

/** Length of a request's PDU as its function code and byte counts say, or UNKNOWN; `size` bytes of it are there. */
export function requestLength(bytes: Uint8Array, pdu: number, size: number): number {
	switch (bytes[pdu]) {
		case CODE.readCoils:
		case CODE.readDiscreteInputs:
		case CODE.readHoldingRegisters:
		case CODE.readInputRegisters:
		case CODE.writeSingleCoil:
		case CODE.writeSingleRegister:
			return 5;
		case CODE.readExceptionStatus:
		case CODE.getCommEventCounter:
		case CODE.getCommEventLog:
		case CODE.reportServerId:
			return 1;
		case CODE.diagnostics:
			return diagnosticsLength(bytes, pdu, size);
		case CODE.writeMultipleCoils:
		case CODE.writeMultipleRegisters:
			return size > 5 ? 6 + u8(bytes, pdu + 5) : UNKNOWN;
		case CODE.readFileRecord:
		case CODE.writeFileRecord:
			return size > 1 ? 2 + u8(bytes, pdu + 1) : UNKNOWN;
		case CODE.maskWriteRegister:
			return 7;
		case CODE.readWriteMultipleRegisters:
			return size > 9 ? 10 + u8(bytes, pdu + 9) : UNKNOWN;
		case CODE.readFifoQueue:
			return 3;
		case CODE.encapsulatedInterface:
			return size > 1 && bytes[pdu + 1] === DEVICE_IDENTIFICATION ? 4 : UNKNOWN;
		default:
			return UNKNOWN;
	}
}

/** The same of a response or exception. */
export function responseLength(bytes: Uint8Array, pdu: number, size: number): number {
	const code = u8(bytes, pdu);
	switch (code) {
		case CODE.readCoils:
		case CODE.readDiscreteInputs:
		case CODE.readHoldingRegisters:
		case CODE.readInputRegisters:
		case CODE.readWriteMultipleRegisters:
		case CODE.getCommEventLog:
		case CODE.reportServerId:
		case CODE.readFileRecord:
		case CODE.writeFileRecord:
			return size > 1 ? 2 + u8(bytes, pdu + 1) : UNKNOWN;
		case CODE.writeSingleCoil:
		case CODE.writeSingleRegister:
		case CODE.writeMultipleCoils:
		case CODE.writeMultipleRegisters:
		case CODE.getCommEventCounter:
			return 5;
		case CODE.readExceptionStatus:
			return 2;
		case CODE.diagnostics:
			return diagnosticsLength(bytes, pdu, size);
		case CODE.maskWriteRegister:
			return 7;
		case CODE.readFifoQueue:
			return size > 2 ? 3 + u16(bytes, pdu + 1) : UNKNOWN;
		case CODE.encapsulatedInterface:
			return size > 1 && bytes[pdu + 1] === DEVICE_IDENTIFICATION ? deviceIdentificationLength(bytes, pdu, size) : UNKNOWN;
		default:
			return code >= EXCEPTION ? 2 : UNKNOWN;
	}
}

/** Function 8: sub-function 0 echoes any number of words, the others carry one. */
function diagnosticsLength(bytes: Uint8Array, pdu: number, size: number): number {
	return size > 2 && (bytes[pdu + 1] !== 0 || bytes[pdu + 2] !== 0) ? 5 : UNKNOWN;
}

/** Function 43/14 response: seven bytes, then `bytes[pdu + 6]` objects of id, length and value. */
function deviceIdentificationLength(bytes: Uint8Array, pdu: number, size: number): number {
	if (size < 7) return UNKNOWN;
	let length = 7;
	for (let left = u8(bytes, pdu + 6); left > 0; left--) {
		if (length + 2 > size) return UNKNOWN;
		length += 2 + u8(bytes, pdu + length + 1);
	}
	return length;
}

/**
 * Who sends a PDU of `length` bytes, of which those before `end` are there; undefined where a request and its answer look alike (5, 6, 8, 21, 22 and what is
 * not known).
 */
export function senderOf(bytes: Uint8Array, pdu: number, end: number, length: number): "client" | "server" | undefined {
	const size = Math.min(end - pdu, length);
	const code = u8(bytes, pdu);
	if (code > EXCEPTION) return "server";
	if (code === CODE.umas) return size <= 2 ? undefined : isUmasAnswer(bytes, pdu) ? "server" : "client";
	const asRequest = requestLength(bytes, pdu, size);
	const asResponse = responseLength(bytes, pdu, size);
	let isRequest = asRequest === UNKNOWN ? length >= MIN_REQUEST[code]! : asRequest === length;
	let isResponse = asResponse === UNKNOWN ? length >= MIN_RESPONSE[code]! : asResponse === length;
	if (isRequest && isResponse && size > 2) {
		if (code === CODE.readHoldingRegisters || code === CODE.readInputRegisters) isResponse = (bytes[pdu + 1]! & 1) === 0;
		else if (code === CODE.encapsulatedInterface && asRequest === 4) isResponse = length >= 7;
		else if (code === CODE.readFileRecord) {
			// A request has reference type 6 first in each group, an answer behind a length.
			isRequest = bytes[pdu + 2] === 6 && (length - 2) % 7 === 0;
			isResponse = size > 3 && bytes[pdu + 3] === 6 && !isRequest;
		}
	}
	return isRequest === isResponse ? undefined : isRequest ? "client" : "server";
}

/** True where a request or response stands here whose header, function code and length all fit; it need not be whole. */
export function isSound(bytes: Uint8Array, at: number, end: number): boolean {
	if (!headerFits(bytes, at, end)) return false;
	const there = end - at;
	if (there <= PDU) return true;
	const code = u8(bytes, at + PDU);
	if (code === 0 || code === EXCEPTION) return false;
	const length = u16(bytes, at + LENGTH) - 1;
	const size = Math.min(there - PDU, length);
	if (code > EXCEPTION) return length === 2;
	const asRequest = requestLength(bytes, at + PDU, size);
	if (asRequest === UNKNOWN || asRequest === length) return true;
	const asResponse = responseLength(bytes, at + PDU, size);
	return asResponse === UNKNOWN || asResponse === length || (length === WIDE_WRITE && isWideWrite(bytes, at + PDU, size));
}

/** True where a sound and whole PDU is of a public function, and what it asks or answers is allowed. */
export function isPublic(bytes: Uint8Array, pdu: number, end: number): boolean {
	const code = u8(bytes, pdu);
	if (code > EXCEPTION) return MIN_RESPONSE[code & ~EXCEPTION]! > 1 && u8(bytes, pdu + 1) >= 1 && u8(bytes, pdu + 1) <= 11;
	// Only public functions have a shortest response of more than their code.
	if (MIN_RESPONSE[code] === 1) return false;
	const length = end - pdu;
	if (code <= CODE.readInputRegisters && responseLength(bytes, pdu, length) !== length) {
		const quantity = u16(bytes, pdu + 3);
		return quantity >= 1 && quantity <= (code <= CODE.readDiscreteInputs ? MAX_QUANTITY.readBits : MAX_QUANTITY.readRegisters);
	}
	switch (code) {
		case CODE.writeSingleCoil:
			return u16(bytes, pdu + 3) === 0 || u16(bytes, pdu + 3) === 0xff00;
		case CODE.writeMultipleCoils: {
			const quantity = u16(bytes, pdu + 3);
			return quantity >= 1 && quantity <= MAX_QUANTITY.writeBits && (length === 5 || bytes[pdu + 5] === (quantity + 7) >> 3);
		}
		case CODE.writeMultipleRegisters: {
			const quantity = u16(bytes, pdu + 3);
			const isOfSize = length === 5 || bytes[pdu + 5] === 2 * quantity || isWide(u16(bytes, pdu + 1), quantity, u8(bytes, pdu + 5));
			return quantity >= 1 && quantity <= MAX_QUANTITY.writeRegisters && isOfSize;
		}
		default:
			return true;
	}
}

/** So many sound messages behind one another are no accident, whatever follows: it is asked at many places of the same bytes, and must not cost their length each time. */
const SOUND_IN_A_ROW = 16;

/** True where sound and whole messages fill the bytes exactly, or a row of them begins; false for none. */
export function isSoundToEnd(bytes: Uint8Array, start: number, end: number): boolean {
	let at = start;
	for (let row = 0; at < end; row++) {
		if (row === SOUND_IN_A_ROW) return true;
		if (end - at <= PDU || !isSound(bytes, at, end)) return false;
		at += LENGTH_END + u16(bytes, at + LENGTH);
	}
	return at === end && start < end;
}

/**
 * True where an answer gives four bytes for each register that was asked for, as Enron Modbus does with its registers of 32 bits: whole numbers from 5001, floating
 * point from 7001 (Rockwell 1758-UM002, "Enron Modbus Protocol").
 */
export const isWide = (address: number, quantity: number, byteCount: number): boolean =>
	quantity > 0 &&
	byteCount === 4 * quantity &&
	((address > 5000 && address + quantity <= 6000) || (address > 7000 && address + quantity <= 8000));

/** Length of the PDU with which function 6 writes such a register; its answer repeats it. Nothing in it says so but the address: it may also be 5. */
export const WIDE_WRITE = 7;

/** True where a PDU of which `size` bytes are there may be WIDE_WRITE bytes long. */
export const isWideWrite = (bytes: Uint8Array, pdu: number, size: number): boolean =>
	bytes[pdu] === CODE.writeSingleRegister && (size < 3 || isWide(u16(bytes, pdu + 1), 1, 4));
