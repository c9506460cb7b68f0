/**
 * ISO transport on TCP: TPKT (RFC 1006, 6; RFC 2126, 4) and the class 0 transport protocol in it (ISO/IEC 8073 = ITU-T X.224, 13). A packet is header (version 3, reserved,
 * length of all), length indicator, TPDU code, and what the code says. Data TPDUs make one message together, until one has the end mark.
 */
import { u8, u16 } from "./bytes.ts";

/** X.224, 13.1: TPDU codes, without the credit in the lower four bits. */
export const TPDU = { connectionRequest: 0xe0, connectionConfirm: 0xd0, disconnectRequest: 0x80, error: 0x70, data: 0xf0 } as const;

const VERSION = 3;
const HEADER = 4;
/** Of a data TPDU of class 0: its length indicator, code and end mark; and what they are. */
const DATA_HEADER = 7;
const DATA_INDICATOR = 2;
const END_MARK = 0x80;
/** Length indicator of a request or confirmation without parameters: code, two references, class. */
const FIXED_INDICATOR = 6;
/** X.224, 13.3.4 b: no TPDU is longer than 8192 bytes. */
export const MAX_PACKET = HEADER + 8192;
/** Bytes of a message in several data TPDUs that are kept; longer ones are given up. */
const MAX_MESSAGE = 65_536;
/** Packets that bear a place out where a message was never finished. */
const CHAINED = 4;

/** Answers of `packetAt`: too few bytes to say, and none. Lengths are positive. */
export const MORE = 0;
export const NONE = -1;

/** Length of the packet that begins at `at`, as its header says it. */
export function packetAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there < 1) return MORE;
	if (u8(bytes, at) !== VERSION || (there > 1 && u8(bytes, at + 1) !== 0)) return NONE;
	if (there < HEADER) return MORE;
	const length = u16(bytes, at + 2);
	if (length < DATA_HEADER || length > MAX_PACKET) return NONE;
	if (there < DATA_HEADER) return MORE;
	const indicator = u8(bytes, at + HEADER);
	const code = u8(bytes, at + HEADER + 1);
	if (code === TPDU.data) return indicator === DATA_INDICATOR ? length : NONE;
	const kind = code & 0xf0;
	if (kind === TPDU.connectionRequest || kind === TPDU.connectionConfirm || code === TPDU.disconnectRequest)
		return indicator >= FIXED_INDICATOR && indicator + HEADER + 1 === length ? length : NONE;
	return code === TPDU.error && indicator + HEADER + 1 === length ? length : NONE;
}

/** The code of a packet that `packetAt` knows. */
export const codeOf = (bytes: Uint8Array, at: number): number => {
	const code = u8(bytes, at + HEADER + 1);
	return code === TPDU.data ? code : code & 0xf0;
};

/** Where the contents of a data TPDU begin. */
export const contentsOf = (at: number): number => at + DATA_HEADER;
/** Whether a data TPDU ends its message. */
export const isLast = (bytes: Uint8Array, at: number): boolean => (u8(bytes, at + DATA_HEADER - 1) & END_MARK) !== 0;

/** Parameters of a connection request or confirmation (X.224, 13.3.4); a selector is where it stands, empty where there is none. */
export interface ConnectionParameters {
	calling: readonly [start: number, end: number];
	called: readonly [start: number, end: number];
	/** Largest TPDU, in bytes; 0 where it is not said. */
	size: number;
}

const PARAMETER = { size: 0xc0, calling: 0xc1, called: 0xc2 } as const;

/** Reads the parameters of a whole packet; undefined where they overrun it. */
export function parametersOf(bytes: Uint8Array, at: number, end: number): ConnectionParameters | undefined {
	const out: ConnectionParameters = { calling: [end, end], called: [end, end], size: 0 };
	for (let here = at + HEADER + 1 + FIXED_INDICATOR; here < end; ) {
		if (end - here < 2) return undefined;
		const start = here + 2;
		const stop = start + u8(bytes, here + 1);
		if (stop > end) return undefined;
		const code = u8(bytes, here);
		if (code === PARAMETER.calling) out.calling = [start, stop];
		else if (code === PARAMETER.called) out.called = [start, stop];
		else if (code === PARAMETER.size && stop > start) out.size = 2 ** (u8(bytes, start) & 0x0f);
		here = stop;
	}
	return out;
}

/** Packets at the front that are stepped over to find the first with contents: a connection, and what has none. */
export const MAX_STEPS = 8;

/** Who sent the packets that begin here: only a client asks for a connection, only a server grants one; of contents `senderOf` says it, as far as they are there. */
export function senderIn(
	bytes: Uint8Array,
	start: number,
	end: number,
	senderOf: (bytes: Uint8Array, start: number, end: number) => "client" | "server" | undefined,
): "client" | "server" | undefined {
	let at = start;
	for (let count = 0; count < MAX_STEPS; count++) {
		const length = packetAt(bytes, at, end);
		if (length <= 0) return undefined;
		const code = codeOf(bytes, at);
		if (code === TPDU.connectionRequest) return "client";
		if (code === TPDU.connectionConfirm) return "server";
		if (code === TPDU.data && contentsOf(at) < at + length) return senderOf(bytes, contentsOf(at), Math.min(end, at + length));
		at += length;
	}
	return undefined;
}

/** What a decoder does with the messages of one connection. Bytes are on loan. Directions are 0 and 1, as those of a flow. */
export interface TransportUser {
	/** Whether contents may begin a message: tells, after foreign bytes and lost ones, where one does. Too few bytes may. */
	begins(bytes: Uint8Array, start: number, end: number): boolean;
	message(bytes: Uint8Array, start: number, end: number, direction: 0 | 1): void;
	/** A packet that is no data: its code, and all of it. */
	control(code: number, bytes: Uint8Array, start: number, end: number, direction: 0 | 1): void;
	/** Bytes that are no packet, once for a row of them; or `unfinished`, the beginning of one whose rest never came; or `long`, a message that is too long to keep. */
	broken(what: "foreign" | "unfinished" | "long", direction: 0 | 1): void;
}

/** One connection: finds its packets again after bytes that make no sense, and puts messages together. */
export class TransportReader {
	readonly #user: TransportUser;
	/** By direction: a message whose end has not come; -1 kept for one that was given up. */
	readonly #parts: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
	readonly #kept = new Int32Array(2);
	/** By direction: bytes that come again; and 1 while foreign bytes were reported and nothing was understood since. */
	readonly #left = new Int32Array(2);
	readonly #isForeign = new Uint8Array(2);

	constructor(user: TransportUser) {
		this.#user = user;
	}

	/** Takes whole packets from the front; returns how many bytes were used. The rest comes again. */
	data(bytes: Uint8Array, start: number, end: number, direction: 0 | 1): number {
		const fresh = start + this.#left[direction]!;
		let at = start;
		while (at < end) {
			const length = packetAt(bytes, at, end);
			if (length === MORE) break;
			if (length === NONE) {
				if (this.#isForeign[direction] === 0) this.#user.broken("foreign", direction);
				this.#isForeign[direction] = 1;
				this.#kept[direction] = 0;
				at = this.#seek(bytes, at + 1, end);
				continue;
			}
			if (
				fresh > at &&
				fresh < end &&
				fresh < at + length &&
				this.#isBornOut(bytes, fresh, end) &&
				!this.#isBornOut(bytes, at + length, end)
			) {
				this.#user.broken("unfinished", direction);
				this.#kept[direction] = 0;
				at = fresh;
				continue;
			}
			if (end - at < length) break;
			this.#isForeign[direction] = 0;
			this.#packet(bytes, at, at + length, direction);
			at += length;
		}
		this.#left[direction] = end - at;
		return at - start;
	}

	gap(direction: 0 | 1): void {
		this.#left[direction] = 0;
		this.#kept[direction] = 0;
		this.#isForeign[direction] = 0;
	}

	#packet(bytes: Uint8Array, at: number, end: number, direction: 0 | 1): void {
		const code = codeOf(bytes, at);
		if (code !== TPDU.data) {
			this.#kept[direction] = 0;
			this.#user.control(code, bytes, at, end, direction);
			return;
		}
		const start = contentsOf(at);
		const isEnd = isLast(bytes, at);
		const kept = this.#kept[direction]!;
		if (kept === 0) {
			// Nothing in it and no end: how some say that they are there.
			if (start === end) return;
			if (isEnd) {
				this.#user.message(bytes, start, end, direction);
				return;
			}
		}
		if (kept >= 0) this.#keep(bytes, start, end, direction);
		if (!isEnd) return;
		const all = this.#kept[direction]!;
		this.#kept[direction] = 0;
		if (all > 0) this.#user.message(this.#parts[direction]!, 0, all, direction);
	}

	#keep(bytes: Uint8Array, start: number, end: number, direction: 0 | 1): void {
		const kept = this.#kept[direction]!;
		const all = kept + end - start;
		if (all > MAX_MESSAGE) {
			this.#user.broken("long", direction);
			this.#kept[direction] = -1;
			return;
		}
		let parts = this.#parts[direction];
		if (parts === undefined || parts.length < all) {
			const grown = new Uint8Array(Math.min(MAX_MESSAGE, 2 * all));
			if (parts !== undefined) grown.set(parts.subarray(0, kept));
			this.#parts[direction] = grown;
			parts = grown;
		}
		parts.set(bytes.subarray(start, end), kept);
		this.#kept[direction] = all;
	}

	/** The next place at which a packet with contents of this user begins, or may. */
	#seek(bytes: Uint8Array, start: number, end: number): number {
		for (let at = start; at < end; at++) {
			const length = packetAt(bytes, at, end);
			if (length === NONE) continue;
			if (length === MORE || codeOf(bytes, at) !== TPDU.data) return at;
			const contents = contentsOf(at);
			if (at + length === contents || this.#user.begins(bytes, contents, Math.min(end, at + length))) return at;
		}
		return end;
	}

	/** Whole packets of this user from `at` on, up to the end of the bytes or as many as are enough. */
	#isBornOut(bytes: Uint8Array, at: number, end: number): boolean {
		let here = at;
		for (let count = 0; count < CHAINED && here < end; count++) {
			const length = packetAt(bytes, here, end);
			if (length <= 0 || here + length > end) return false;
			if (codeOf(bytes, here) === TPDU.data && length > DATA_HEADER && !this.#user.begins(bytes, contentsOf(here), here + length))
				return false;
			here += length;
		}
		return here > at;
	}
}
