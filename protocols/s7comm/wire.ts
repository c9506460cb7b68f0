/**
 * Offsets of S7comm, which stands in data TPDUs of ISO transport (`src/wire/tpkt.ts`). Siemens has published no specification: offsets are those of Wireshark's dissector, which
 * the public captures and the libraries Snap7 and nodes7 bear out.
 */
import { PROBE, type Probe } from "../../src/decode/protocol.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { codeOf, contentsOf, isLast, MAX_STEPS, MORE, NONE, packetAt, senderIn, TPDU } from "../../src/wire/tpkt.ts";
import { FUNCTION, GROUP, ROSCTR, TYPE } from "./codes.ts";

export const PROTOCOL_ID = 0x32;
/** In the header of every message. */
export const OFFSET = { rosctr: 1, redundancy: 2, reference: 4, parameterLength: 6, dataLength: 8, errorClass: 10, errorCode: 11 } as const;
/** Header of jobs and userdata, and of acknowledgements, which have an error behind it. */
export const HEADER = 10;
export const ANSWER_HEADER = 12;
/** In the parameters of userdata: head, length, method, type and group, sub-function, sequence; the rest where the length says so. */
export const USERDATA = {
	length: 3,
	method: 4,
	type: 5,
	subFunction: 6,
	sequence: 7,
	unit: 8,
	last: 9,
	error: 10,
	short: 8,
	long: 12,
} as const;
/** Before the contents of each item of data: return code, transport size, length. */
export const DATA_HEADER = 4;

/** Length of the header by its ROSCTR; 0 where that is none. */
export const headerOf = (rosctr: number): number =>
	rosctr === ROSCTR.job || rosctr === ROSCTR.userdata
		? HEADER
		: rosctr === ROSCTR.acknowledgement || rosctr === ROSCTR.answer
			? ANSWER_HEADER
			: 0;

/** Whether contents of a data TPDU may begin a message; too few bytes may. */
export const begins = (bytes: Uint8Array, start: number, end: number): boolean =>
	(end <= start || u8(bytes, start) === PROTOCOL_ID) && (end - start < 2 || headerOf(u8(bytes, start + OFFSET.rosctr)) > 0);

/**
 * A connection says nothing of what it is for, so a flow is S7comm by its first message. `isHinted` undefined: it is known to be, and only the place of the next packet is sought.
 */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	let at = start;
	for (let count = 0; count < MAX_STEPS; count++) {
		const length = packetAt(bytes, at, end);
		if (length === NONE) return PROBE.mismatch;
		if (length === MORE) return PROBE.more;
		const contents = contentsOf(at);
		const stop = at + length;
		if (codeOf(bytes, at) === TPDU.data && contents < stop)
			return probeMessage(bytes, contents, stop, end, isLast(bytes, at), isHinted, count > 0);
		if (isHinted === undefined) return PROBE.match;
		at = stop;
		if (at >= end) return PROBE.more;
	}
	return PROBE.mismatch;
}

/** Others use the port, and parts of their messages begin with any bytes: what is broken is taken for S7comm only right behind a connection. */
function probeMessage(
	bytes: Uint8Array,
	start: number,
	stop: number,
	end: number,
	isWhole: boolean,
	isHinted: boolean | undefined,
	isFirst: boolean,
): Probe {
	const there = Math.min(stop, end);
	const broken = isHinted === undefined || (isHinted && isFirst && stop <= end) ? PROBE.match : PROBE.mismatch;
	if (there - start < 1) return PROBE.more;
	if (u8(bytes, start) !== PROTOCOL_ID) return PROBE.mismatch;
	if (there - start < 2 && stop > end) return PROBE.more;
	const header = there - start < 2 ? 0 : headerOf(u8(bytes, start + OFFSET.rosctr));
	if (header === 0) return isHinted === undefined ? PROBE.mismatch : broken;
	if (there - start < HEADER) return stop > end ? PROBE.more : broken;
	const length = header + u16(bytes, start + OFFSET.parameterLength) + u16(bytes, start + OFFSET.dataLength);
	const isSound = u16(bytes, start + OFFSET.redundancy) === 0 && (isWhole ? length === stop - start : length >= stop - start);
	return isSound ? PROBE.certain : broken;
}

/** Who sent the packets that begin here, where one of them tells. */
export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	senderIn(bytes, start, end, senderOf);

function senderOf(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const header = end - start >= HEADER && begins(bytes, start, end) ? headerOf(u8(bytes, start + OFFSET.rosctr)) : 0;
	if (header === 0 || end - start <= header) return undefined;
	switch (u8(bytes, start + OFFSET.rosctr)) {
		case ROSCTR.job:
			return isServersJob(u8(bytes, start + header)) ? "server" : "client";
		case ROSCTR.answer:
			return isServersJob(u8(bytes, start + header)) ? "client" : "server";
		case ROSCTR.userdata: {
			if (end - start < header + USERDATA.short) return undefined;
			const both = u8(bytes, start + header + USERDATA.type);
			// Peers send blocks to each other, and a numerical control is served by its clients.
			if ((both & 0x0f) === GROUP.blockSend || (both & 0x0f) === GROUP.ncProgramming) return undefined;
			return both >> 4 === TYPE.request ? "client" : both >> 4 === TYPE.push || both >> 4 === TYPE.response ? "server" : undefined;
		}
		default:
			return undefined;
	}
}

/** In a download the controller asks for the parts of the block that it is given. */
export const isServersJob = (functionCode: number): boolean =>
	functionCode === FUNCTION.downloadBlock || functionCode === FUNCTION.downloadEnded;
