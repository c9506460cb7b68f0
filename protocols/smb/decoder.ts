/** SMB over TCP, directly (port 445) or behind NetBIOS (139). One flow is one connection. Of a long message its beginning is kept until its last byte came. */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT } from "../../src/flow/flow.ts";
import { u8, u16le, u32, u32le } from "../../src/wire/bytes.ts";
import { REASON } from "./codes.ts";
import { Connection } from "./connection.ts";
import type { SmbObservation } from "./observation.ts";
import { Smb1 } from "./smb1.ts";
import { Smb2 } from "./smb2.ts";
import {
	CHAINED,
	COMPRESSED,
	ENCRYPTED,
	FRAME,
	frameAt,
	MAGIC,
	MORE,
	NONE,
	netbiosName,
	SESSION,
	SMB1,
	SMB1_FLAG,
	SMB2,
	SMB2_FLAG,
	u64le,
} from "./wire.ts";

/** Bytes of a message that is waited for. One may have 16 MiB; longer ones are data of files, of which the beginning says all. */
const MAX_WHOLE = 66_560;
const HEAD = 4096;
export const MAX_MESSAGE = MAX_WHOLE + FRAME;

export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	const length = frameAt(bytes, start, end);
	if (length === MORE) return PROBE.more;
	if (length === NONE) return PROBE.mismatch;
	const type = u8(bytes, start);
	if (type === SESSION.message || type === SESSION.request) return PROBE.certain;
	return isHinted === false ? PROBE.mismatch : PROBE.match;
}

export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start <= FRAME) return undefined;
	switch (u8(bytes, start)) {
		case SESSION.request:
			return "client";
		case SESSION.negative:
		case SESSION.retarget:
			return "server";
		case SESSION.message:
			break;
		default:
			return undefined;
	}
	const at = start + FRAME;
	const magic = end - at >= 4 ? u32(bytes, at) : 0;
	if (magic === MAGIC.smb1 && end - at > SMB1.flags) return u8(bytes, at + SMB1.flags) & SMB1_FLAG.reply ? "server" : "client";
	if (magic === MAGIC.smb2 && end - at > SMB2.flags) return u8(bytes, at + SMB2.flags) & SMB2_FLAG.response ? "server" : "client";
	return undefined;
}

export class SmbStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #connection: Connection;
	readonly #smb1: Smb1;
	readonly #smb2: Smb2;
	/** By direction: bytes of a long message that are still to come, its length, and its beginning. */
	readonly #left: [number, number] = [0, 0];
	readonly #length: [number, number] = [0, 0];
	readonly #heads: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];
	/** What is said once. */
	#isSealed = false;
	#isPacked = false;

	constructor(context: DecoderContext<SmbObservation>) {
		this.#connection = new Connection(context);
		this.#smb1 = new Smb1(this.#connection);
		this.#smb2 = new Smb2(this.#connection);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			const left = this.#left[direction];
			if (left > 0) {
				const taken = Math.min(left, end - at);
				this.#left[direction] = left - taken;
				at += taken;
				if (taken < left) break;
				this.#message(this.#heads[direction]!, 0, HEAD, this.#length[direction], direction);
				continue;
			}
			const length = frameAt(bytes, at, end);
			if (length === MORE) break;
			if (length === NONE) {
				this.#finish();
				return at === start ? REJECT : at - start;
			}
			const body = at + FRAME;
			if (length <= MAX_WHOLE) {
				if (end - body < length) break;
				this.#packet(bytes, at, body + length, direction);
				at = body + length;
			} else {
				if (end - body < HEAD) break;
				this.#heads[direction] ??= new Uint8Array(HEAD);
				this.#heads[direction].set(bytes.subarray(body, body + HEAD));
				this.#length[direction] = length;
				this.#left[direction] = length - HEAD;
				at = body + HEAD;
			}
		}
		this.#finish();
		return at - start;
	}

	gap(direction: Direction): void {
		this.#left[direction] = 0;
		this.#connection.gap();
		this.deadline = this.#connection.deadline;
	}

	expire(now: number): void {
		this.#connection.expire(now);
		this.deadline = this.#connection.deadline;
	}

	#finish(): void {
		this.#connection.schedule();
		this.deadline = this.#connection.deadline;
	}

	/** One whole packet of a session. */
	#packet(bytes: Uint8Array, at: number, end: number, direction: Direction): void {
		const connection = this.#connection;
		const body = at + FRAME;
		const type = u8(bytes, at);
		if (type === SESSION.message) {
			this.#message(bytes, body, end, end, direction);
			return;
		}
		if (type === SESSION.keepAlive) return;
		const out = connection.begin("session", 0, -1);
		out.isFromServer = direction === TO_CLIENT;
		out.action = "accepted";
		if (type === SESSION.request) {
			out.action = "requested";
			out.calledName = netbiosName(bytes, body);
			out.callingName = netbiosName(bytes, body + 34);
		} else if (type !== SESSION.positive) out.action = type === SESSION.negative ? "refused" : "sent elsewhere";
		connection.emit(out);
	}

	/** A message of `length` bytes from `start` to `stop`, of which is here what is before `end`. */
	#message(bytes: Uint8Array, start: number, end: number, stop: number, direction: Direction): void {
		const connection = this.#connection;
		switch (u32(bytes, start)) {
			case MAGIC.smb1:
				this.#smb1.message(bytes, start, end, stop, direction);
				return;
			case MAGIC.smb2:
				this.#smb2.message(bytes, start, end, stop, direction);
				return;
			case MAGIC.encrypted: {
				if (stop - start < ENCRYPTED.size) {
					connection.malformed(2, REASON.short, direction === TO_CLIENT, stop - start);
					return;
				}
				if (this.#isSealed) return;
				this.#isSealed = true;
				const out = connection.begin("encrypted", 2, -1);
				out.sessionId = u64le(bytes, start + ENCRYPTED.sessionId);
				out.user = connection.userOf(out.sessionId);
				out.isFromServer = direction === TO_CLIENT;
				connection.emit(out);
				return;
			}
			default: {
				// 2.2.42.1: a length and an offset whose sum no number of 32 bits holds are what a fault of Windows was used by (CVE-2020-0796).
				const isChained = (u16le(bytes, start + COMPRESSED.flags) & CHAINED) !== 0;
				const sum = u32le(bytes, start + COMPRESSED.originalSize) + u32le(bytes, start + COMPRESSED.offset);
				const isExploit = !isChained && sum > 0xffff_ffff;
				if (!isExploit && this.#isPacked) return;
				if (!isExploit) this.#isPacked = true;
				const out = connection.begin(isExploit ? "exploit" : "compressed", 2, -1);
				out.isFromServer = direction === TO_CLIENT;
				if (isExploit) out.reason = "overflowing compression";
				connection.emit(out);
			}
		}
	}
}
