/** What the serial line's diagnostics say (V1.1b3): functions 7 (6.7), 8 (6.8), 11 (6.9) and 12 (6.10). */
import { u8, u16 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import { DIAGNOSTIC } from "./codes.ts";
import type { ModbusObservation } from "./observation.ts";

/** Function 7: eight outputs of the device's own meaning, the lowest bit first. */
export const exceptionStatusOf = ({ bytes, pduStart }: ModbusObservation): Record<string, unknown> => {
	const status = u8(bytes, pduStart + 1);
	return { status, outputs: Array.from({ length: 8 }, (_, bit) => ((status >> bit) & 1) === 1) };
};

/** Sub-functions of function 8 whose answer is a count (6.8.1). */
const FIRST_COUNT = 11;
const LAST_COUNT = 18;
/** Data of a restart that clears the event log too (6.8.1, sub-function 1). */
const CLEAR_LOG = 0xff00;

/** Function 8: its data, and what they mean. */
export function diagnosticsOf(o: ModbusObservation): Record<string, unknown> {
	const isKept = o.kind === "unanswered";
	if (isKept && o.requestEnd === 0) return {};
	const bytes = isKept ? o.request : o.bytes;
	const at = (isKept ? 0 : o.pduStart) + 3;
	const end = isKept ? o.requestEnd : o.pduEnd;
	const record: Record<string, unknown> = { data: hexOf(bytes, at, end) };
	if (end - at < 2) return record;
	const value = u16(bytes, at);
	const { subFunction } = o;
	if (subFunction === DIAGNOSTIC.restartCommunications) record.clearsEventLog = value === CLEAR_LOG;
	else if (subFunction === DIAGNOSTIC.changeAsciiDelimiter) record.delimiter = u8(bytes, at);
	else if (o.isFromServer && subFunction === DIAGNOSTIC.diagnosticRegister) record.diagnosticRegister = value;
	else if (o.isFromServer && subFunction >= FIRST_COUNT && subFunction <= LAST_COUNT) record.count = value;
	return record;
}

/** A program command is still being worked on (6.9). */
const BUSY = 0xffff;

/** Function 11. */
export const eventCounterOf = ({ bytes, pduStart: pdu }: ModbusObservation): Record<string, unknown> => ({
	status: u16(bytes, pdu + 1),
	busy: u16(bytes, pdu + 1) === BUSY,
	eventCount: u16(bytes, pdu + 3),
});

/** Function 12: the latest event first. */
export function eventLogOf({ bytes, pduStart: pdu, pduEnd: end }: ModbusObservation): Record<string, unknown> {
	if (end - pdu < 8) return {};
	const events = Array.from(bytes.subarray(pdu + 8, end));
	return {
		status: u16(bytes, pdu + 2),
		busy: u16(bytes, pdu + 2) === BUSY,
		eventCount: u16(bytes, pdu + 4),
		messageCount: u16(bytes, pdu + 6),
		events,
		eventLog: events.map((code) => ({ code, ...eventOf(code) })),
	};
}

/** Bits of an event that the device received something (bit 7 set) and of one that it sent something (bit 6 set); others are not used (6.10). */
const RECEIVE_BITS: readonly (readonly [bit: number, words: string])[] = [
	[1, "communication error"],
	[4, "character overrun"],
	[5, "in listen-only mode"],
	[6, "broadcast received"],
];
const SEND_BITS: readonly (readonly [bit: number, words: string])[] = [
	[0, "read exception sent"],
	[1, "server abort exception sent"],
	[2, "server busy exception sent"],
	[3, "server program NAK exception sent"],
	[4, "write timeout error"],
	[5, "in listen-only mode"],
];

function eventOf(code: number): { event: string; flags?: string[] } {
	const named = (event: string, bits: typeof RECEIVE_BITS) => ({
		event,
		flags: bits.filter(([bit]) => code & (1 << bit)).map(([, words]) => words),
	});
	if (code & 0x80) return named("receive", RECEIVE_BITS);
	if (code & 0x40) return named("send", SEND_BITS);
	if (code === 0x04) return { event: "entered listen-only mode" };
	return { event: code === 0 ? "communication restart" : "unknown" };
}
