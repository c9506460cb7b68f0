/**
 * Offsets of S7comm-plus, which stands in data TPDUs of ISO transport (`src/wire/tpkt.ts`): a header (identifier, version, length), from version 3 on a digest, the data, and behind the
 * last part of a message a trailer. Sources as in `codes.ts`.
 */
import { PROBE, type Probe } from "../../src/decode/protocol.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { codeOf, contentsOf, isLast, MAX_STEPS, MORE, NONE, packetAt, parametersOf, senderIn, TPDU } from "../../src/wire/tpkt.ts";
import { isFunction, isOpcode, isVersion, OPCODE, VERSION } from "./codes.ts";

export const PROTOCOL_ID = 0x72;
export const HEADER = 4;
export const OFFSET = { version: 1, length: 2 } as const;
/** In data: opcode, reserved, function, reserved, sequence; in requests then session and flags. */
export const DATA = { function: 3, sequence: 7, session: 9, request: 14, response: 10, notification: 7 } as const;
/** Longest digest. */
const DIGEST = 32;

/** A TLS record (RFC 8446, 5.1): what a connection carries once it is secured. */
const isTls = (bytes: Uint8Array, start: number, end: number): boolean =>
	u8(bytes, start) >= 0x14 && u8(bytes, start) <= 0x17 && (end - start < 2 || u8(bytes, start + 1) === 3);

/** Whether contents of a data TPDU may begin a part of a message. */
export const begins = (bytes: Uint8Array, start: number, end: number): boolean =>
	end <= start ||
	(u8(bytes, start) === PROTOCOL_ID && (end - start < 2 || isVersion(u8(bytes, start + OFFSET.version)))) ||
	isTls(bytes, start, end);

export const isSecured = (bytes: Uint8Array, start: number, end: number): boolean => end - start >= 2 && isTls(bytes, start, end);

/** Where the data begins behind header and digest; `end` where there is none. */
export function dataOf(bytes: Uint8Array, start: number, end: number): number {
	const at = start + HEADER;
	if (u8(bytes, start + OFFSET.version) !== VERSION.v3 || at >= end) return Math.min(at, end);
	const digest = u8(bytes, at);
	return digest <= DIGEST ? Math.min(end, at + 1 + digest) : at;
}

/** A flow is S7comm-plus by the name that its connection is for, else by its first message. `isHinted` undefined: it is known to be. */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	let at = start;
	let isNamed = false;
	for (let count = 0; count < MAX_STEPS; count++) {
		const length = packetAt(bytes, at, end);
		if (length === NONE) return PROBE.mismatch;
		const contents = contentsOf(at);
		const stop = at + length;
		if (length === MORE) return isNamed ? PROBE.match : PROBE.more;
		if (codeOf(bytes, at) === TPDU.data && contents < stop) {
			const answer = probeMessage(bytes, contents, stop, end, isLast(bytes, at), isHinted, count > 0);
			return answer === PROBE.more && isNamed ? PROBE.match : answer;
		}
		if (isHinted === undefined) return PROBE.match;
		isNamed ||= stop <= end && isForController(bytes, at, stop);
		at = stop;
	}
	return PROBE.mismatch;
}

const SELECTOR = [...new TextEncoder().encode("SIMATIC-ROOT-")];

/** Whether a connection is asked for, or granted, by the name that controllers of S7comm-plus go by. */
function isForController(bytes: Uint8Array, at: number, stop: number): boolean {
	const [from, to] = parametersOf(bytes, at, stop)?.called ?? [0, 0];
	return to - from > SELECTOR.length && SELECTOR.every((octet, index) => u8(bytes, from + index) === octet);
}

/** Others use the port, and parts of their messages begin with any bytes: what is broken is taken for S7comm-plus only right behind a connection. */
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
	if (isHinted === undefined && isTls(bytes, start, there)) return PROBE.match;
	if (u8(bytes, start) !== PROTOCOL_ID) return PROBE.mismatch;
	if (there - start < HEADER) return stop > end ? PROBE.more : PROBE.mismatch;
	const version = u8(bytes, start + OFFSET.version);
	if (!isVersion(version)) return isHinted === undefined ? PROBE.mismatch : broken;
	if (version === VERSION.keepAlive) return isWhole && stop - start === HEADER ? PROBE.match : PROBE.mismatch;
	const length = u16(bytes, start + OFFSET.length);
	if (isWhole && start + HEADER + length > stop) return broken;
	const at = dataOf(bytes, start, there);
	if (
		version !== VERSION.systemEvent &&
		there - at >= DATA.response &&
		isOpcode(u8(bytes, at)) &&
		isFunction(u16(bytes, at + DATA.function))
	)
		return PROBE.certain;
	if (stop > end) return PROBE.more;
	// Another part of a message, an event, a notification: its length and its trailer must fit.
	const rest = stop - start - HEADER - length;
	const isSound = rest === 0 || (rest === HEADER && u8(bytes, stop - HEADER) === PROTOCOL_ID && u8(bytes, stop - HEADER + 1) === version);
	return isHinted !== false && isSound ? PROBE.match : broken;
}

/** Who sent the packets that begin here, where one of them tells. */
export const sender = (bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined =>
	senderIn(bytes, start, end, senderOf);

function senderOf(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start < HEADER || u8(bytes, start) !== PROTOCOL_ID || u8(bytes, start + OFFSET.version) > VERSION.v3) return undefined;
	const at = dataOf(bytes, start, end);
	if (end - at < DATA.response) return undefined;
	const opcode = u8(bytes, at);
	if (opcode === OPCODE.notification) return "server";
	if (!isFunction(u16(bytes, at + DATA.function))) return undefined;
	return opcode === OPCODE.request ? "client" : opcode === OPCODE.response || opcode === OPCODE.response2 ? "server" : undefined;
}
