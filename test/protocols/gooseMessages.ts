/** Messages of GOOSE, octet by octet (IEC 61850-8-1, annexes A and C). */
import { hex, join } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
export const tlv = (tag: number, value: Uint8Array): Uint8Array =>
	join(value.length < 128 ? Uint8Array.of(tag, value.length) : Uint8Array.of(tag, 0x81, value.length), value);
const unsigned = (tag: number, value: number): Uint8Array => tlv(tag, hex(value.toString(16).padStart(10, "0")));

export const REFERENCE = "BAY1PROT/LLN0$GO$gcbTrip";
export const SET = "BAY1PROT/LLN0$Trip";

export interface Said {
	readonly reference?: string;
	readonly stNum?: number;
	readonly sqNum?: number;
	/** Milliseconds. */
	readonly timeToLive?: number;
	/** Seconds since the epoch. */
	readonly t?: number;
	readonly isTripped?: boolean;
	readonly confRev?: number;
	readonly entries?: number;
	/** The eighth field, and the S bit. */
	readonly isSimulation?: boolean;
	readonly isMarked?: boolean;
	/** All data, in place of what a trip is. */
	readonly data?: Uint8Array;
}

/** Position of the breaker with its quality, the trip, and both in a structure. */
export function goose(said: Said = {}): Uint8Array {
	const { stNum = 1, sqNum = 0, timeToLive = 2000, isTripped = false, reference = REFERENCE } = said;
	const trip = hex(isTripped ? "8301ff" : "830100");
	const data = said.data ?? join(hex("84020680 84030300 00"), trip, tlv(0xa2, join(trip, hex("870508 3fc00000"))));
	const pdu = tlv(
		0x61,
		join(
			tlv(0x80, ascii(reference)),
			unsigned(0x81, timeToLive),
			tlv(0x82, ascii(SET)),
			tlv(0x83, ascii("TRIP1")),
			tlv(0x84, join(hex((said.t ?? 1_700_000_000).toString(16)), hex("80000000"))),
			unsigned(0x85, stNum),
			unsigned(0x86, sqNum),
			tlv(0x87, hex(said.isSimulation === true ? "01" : "00")),
			unsigned(0x88, said.confRev ?? 3),
			hex("890100"),
			unsigned(0x8a, said.entries ?? 4),
			tlv(0xab, data),
		),
	);
	return framed(pdu, said.isMarked);
}

export function framed(pdu: Uint8Array, isMarked = false): Uint8Array {
	const length = pdu.length + 8;
	return join(hex("3001"), Uint8Array.of(length >> 8, length & 255), hex(isMarked ? "80000000" : "00000000"), pdu);
}
