/** How a datagram is known to be BACnet/IP (ASHRAE 135, J.2, 6.2, 20.1), and who sent it: whoever asks is the client, whoever answers or reports is the server. */
import { PROBE, type Probe } from "../../src/decode/protocol.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { BVLC_FUNCTION, isReporting, LAST_BVLC_FUNCTION, PDU, REPORTING_MESSAGES } from "./codes.ts";
import { BVLC, BVLC_TYPE, CONTROL, FLAG, NPDU_VERSION, ORIGIN } from "./wire.ts";

export type Sender = "client" | "server" | undefined;

/** The length of a message of the BVLC that has always the same; 0 for others. */
const FIXED_LENGTH: Readonly<Record<number, number>> = {
	[BVLC_FUNCTION.result]: 6,
	[BVLC_FUNCTION.readBroadcastTable]: 4,
	[BVLC_FUNCTION.registerForeignDevice]: 6,
	[BVLC_FUNCTION.readForeignTable]: 4,
	[BVLC_FUNCTION.deleteForeignEntry]: 10,
};

/** Where the NPDU of a function begins, behind `start`; 0 where it has none. */
export function npduAt(code: number): number {
	switch (code) {
		case BVLC_FUNCTION.forwarded:
			return BVLC.body + ORIGIN;
		case BVLC_FUNCTION.distributeBroadcast:
		case BVLC_FUNCTION.unicast:
		case BVLC_FUNCTION.broadcast:
			return BVLC.body;
		default:
			return 0;
	}
}

/** Where what an NPDU carries begins; -1 where it is cut or no NPDU. */
function payloadOf(bytes: Uint8Array, start: number, end: number): number {
	if (start + 2 > end || u8(bytes, start) !== NPDU_VERSION) return -1;
	const control = u8(bytes, start + 1);
	if ((control & CONTROL.reserved) !== 0) return -1;
	let at = start + 2;
	if (control & CONTROL.destination) at += 3 + u8(bytes, at + 2);
	if (at > end) return -1;
	if (control & CONTROL.source) at += 3 + u8(bytes, at + 2);
	if (control & CONTROL.destination) at++;
	return at >= end ? -1 : at;
}

/** Whether the bytes are a BACnet/IP message: the whole length and an NPDU are too much for chance, the type alone is not. */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (end - start < BVLC.body || u8(bytes, start) !== BVLC_TYPE) return PROBE.mismatch;
	const code = u8(bytes, start + BVLC.function);
	if (code > LAST_BVLC_FUNCTION) return PROBE.mismatch;
	const length = u16(bytes, start + BVLC.length);
	if (length !== end - start) return length < BVLC.body ? PROBE.mismatch : PROBE.match;
	const npdu = npduAt(code);
	if (npdu > 0) return payloadOf(bytes, start + npdu, end) < 0 ? PROBE.match : PROBE.certain;
	return FIXED_LENGTH[code] === length ? PROBE.certain : PROBE.match;
}

/** Who sent it, as far as the bytes tell without what went before. */
export function sender(bytes: Uint8Array, start: number, end: number): Sender {
	if (probe(bytes, start, end) === PROBE.mismatch) return undefined;
	const code = u8(bytes, start + BVLC.function);
	const npdu = npduAt(code);
	if (npdu === 0) return senderOfFunction(code);
	const at = payloadOf(bytes, start + npdu, end);
	if (at < 0) return undefined;
	if (u8(bytes, start + npdu + 1) & CONTROL.networkMessage) return REPORTING_MESSAGES.has(u8(bytes, at)) ? "server" : "client";
	return senderOfApdu(bytes, at, end);
}

export const senderOfFunction = (code: number): Sender =>
	code === BVLC_FUNCTION.secured
		? undefined
		: code === BVLC_FUNCTION.result || code === BVLC_FUNCTION.readBroadcastTableAck || code === BVLC_FUNCTION.readForeignTableAck
			? "server"
			: "client";

function senderOfApdu(bytes: Uint8Array, at: number, end: number): Sender {
	const first = u8(bytes, at);
	switch (first >> 4) {
		case PDU.confirmedRequest: {
			const place = at + (first & FLAG.segmented ? 5 : 3);
			return place < end && isReporting(u8(bytes, place), true) ? "server" : "client";
		}
		case PDU.unconfirmedRequest:
			return at + 1 < end && isReporting(u8(bytes, at + 1), false) ? "server" : "client";
		case PDU.simpleAck:
		case PDU.error:
			return at + 2 < end && isReporting(u8(bytes, at + 2), true) ? "client" : "server";
		case PDU.complexAck:
		case PDU.reject:
			return "server";
		case PDU.segmentAck:
		case PDU.abort:
			return first & FLAG.server ? "server" : "client";
		default:
			return undefined;
	}
}
