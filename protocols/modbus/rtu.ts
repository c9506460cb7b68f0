/**
 * How long an RTU frame is (MODBUS over Serial Line V1.02, 2.5.1): unit, PDU, CRC. Nothing in it says so: the length is what the function code and its byte counts
 * make of it, as a request and as a response; the CRC then says which of the two is true. Functions without a known length end where the line pauses.
 */
import { u8 } from "../../src/wire/bytes.ts";
import { EXCEPTION_FLAG, FUNCTION, MEI } from "./codes.ts";
import { crcOf, isChecked } from "./crc.ts";
import { isPublic, isWideWrite, requestLength, responseLength, UNKNOWN, WIDE_WRITE } from "./wire.ts";

/** Who may have sent a frame of this shape: bits. */
export const REQUEST = 1;
export const RESPONSE = 2;

/** Addresses of servers end here, the rest is reserved (2.2); 0 is broadcast. */
export const MAX_UNIT = 247;
/** Unit before, CRC behind the PDU. */
export const ENVELOPE = 3;
const MAX_PDU = 253;

/** More bytes are needed to say; or the function does not say at all; or it says what cannot be. */
export const MORE = -2;
export const OPEN = UNKNOWN;
export const IMPOSSIBLE = -3;

/** Bytes of the PDU that must be there for `requestLength` and `responseLength` to be able to answer. */
const REQUEST_HEAD = new Uint8Array(256).fill(1);
const RESPONSE_HEAD = new Uint8Array(256).fill(1);
for (const [code, request, response] of [
	[FUNCTION.readCoils, 1, 2],
	[FUNCTION.readDiscreteInputs, 1, 2],
	[FUNCTION.readHoldingRegisters, 1, 2],
	[FUNCTION.readInputRegisters, 1, 2],
	[FUNCTION.diagnostics, 3, 3],
	[FUNCTION.getCommEventLog, 1, 2],
	[FUNCTION.writeMultipleCoils, 6, 1],
	[FUNCTION.writeMultipleRegisters, 6, 1],
	[FUNCTION.reportServerId, 1, 2],
	[FUNCTION.readFileRecord, 2, 2],
	[FUNCTION.writeFileRecord, 2, 2],
	[FUNCTION.readWriteMultipleRegisters, 10, 2],
	[FUNCTION.readFifoQueue, 1, 3],
	[FUNCTION.encapsulatedInterface, 2, 2],
] as const) {
	REQUEST_HEAD[code] = request;
	RESPONSE_HEAD[code] = response;
}

/** Length of the PDU as a request, or MORE, OPEN or IMPOSSIBLE; `size` bytes of it (and perhaps of what follows) are there. */
export function requestSize(bytes: Uint8Array, pdu: number, size: number): number {
	const code = u8(bytes, pdu);
	if (code === 0 || code >= EXCEPTION_FLAG) return IMPOSSIBLE;
	if (size < REQUEST_HEAD[code]!) return MORE;
	const length = requestLength(bytes, pdu, size);
	return length > MAX_PDU ? IMPOSSIBLE : length;
}

/** The same as a response or exception. */
export function responseSize(bytes: Uint8Array, pdu: number, size: number): number {
	const code = u8(bytes, pdu);
	if (code === 0 || code === EXCEPTION_FLAG) return IMPOSSIBLE;
	if (size < RESPONSE_HEAD[code]!) return MORE;
	const length = responseLength(bytes, pdu, size);
	if (length > MAX_PDU) return IMPOSSIBLE;
	// The objects of a device identification tell their lengths one by one.
	if (length === UNKNOWN && code === FUNCTION.encapsulatedInterface && bytes[pdu + 1] === MEI.deviceIdentification)
		return size < MAX_PDU ? MORE : IMPOSSIBLE;
	return length;
}

/**
 * Length of the RTU frame of a public function with a possible content that stands at `at`, its CRC right; 0 for none, or MORE where it may be one that is not
 * whole yet. `registers`, where given, are the CRC registers before each byte from `from` on, begun anywhere: whoever looks at many places makes them once.
 */
export function rtuAt(bytes: Uint8Array, at: number, end: number, registers?: Uint16Array, from = 0): number {
	const there = end - at;
	if (u8(bytes, at) > MAX_UNIT) return 0;
	if (there < 2) return MORE;
	let answer = 0;
	const pdu = at + 1;
	const wide = isWideWrite(bytes, pdu, there - 1) ? WIDE_WRITE : IMPOSSIBLE;
	for (const size of [requestSize(bytes, pdu, there - 1), responseSize(bytes, pdu, there - 1), wide]) {
		if (size === MORE || size + ENVELOPE > there) answer = MORE;
		else if (size > 0 && isPublic(bytes, pdu, pdu + size)) {
			const length = size + ENVELOPE;
			const next = at + length;
			const isRight =
				registers === undefined ? crcOf(bytes, at, next) === 0 : isChecked(registers[at - from]!, registers[next - from]!, length);
			if (isRight) return length;
		}
	}
	return answer;
}
