/**
 * A Modbus/TCP flow: bytes to messages (MODBUS Messaging on TCP/IP Implementation Guide V1.0b).
 *
 * A message that breaks the specification never hides the next one: it is reported and stepped over. Where its length lies, the
 * next message is found by its own shape or by where a segment began.
 */
import { PROBE, type Probe, placeOf, REJECT, type Stream, type StreamDecoder, seekBy } from "../../src/decode/protocol.ts";
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { VIOLATION } from "./codes.ts";
import { Exchange } from "./exchange.ts";
import type { ModbusObservation } from "./observation.ts";
import * as wire from "./wire.ts";

// Bound to this module: V8 folds a module's own constants, but looks an imported name up at each use.
const { LENGTH, LENGTH_END, MAX_ADU, MAX_LENGTH, MIN_LENGTH, PDU, PROTOCOL_ID, UNIT_ID, UNKNOWN } = wire;
const BAD = VIOLATION;

/** Microseconds after which the rest of a message is no longer expected when a sound message begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;
/** Segment beginnings remembered inside an unfinished message. */
const MARKS = 24;

export const modbusTcp: StreamDecoder<ModbusObservation> = {
	ports: [502],
	maxMessage: MAX_ADU,
	probe,
	sender,
	open: (context) => new ModbusStream(context),
};

/** Headers that bear each other out enough for a message that is not sound itself. */
const CHAINED = 8;

/**
 * Never more than a match: a header is only a few zeros, and a type with a 32 bit length looks the same. On a port of its own anything with the protocol
 * identifier 0 fits, so that broken messages are reported; on another one only public functions in their exact shape.
 */
export function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (!wire.headerFits(bytes, start, end)) {
		return isHinted === true && end - start > PDU && u16(bytes, start + PROTOCOL_ID) === 0 && u16(bytes, start + LENGTH) > MAX_LENGTH
			? PROBE.match
			: PROBE.mismatch;
	}
	if (end - start <= PDU) return PROBE.more;
	let next = start + LENGTH_END + u16(bytes, start + LENGTH);
	if (wire.isSound(bytes, start, end)) {
		if (next < end && !wire.headerFits(bytes, next, end)) return PROBE.mismatch;
		if (isHinted !== false) return PROBE.match;
		return next > end ? PROBE.more : wire.isPublic(bytes, start + PDU, next) ? PROBE.match : PROBE.mismatch;
	}
	if (isHinted === false) return PROBE.mismatch;
	// The header must be borne out by what follows: more headers, up to the end of the bytes.
	for (let count = 1; count < CHAINED && next < end; count++) {
		if (end - next <= PDU || !wire.headerFits(bytes, next, end)) return PROBE.mismatch;
		next += LENGTH_END + u16(bytes, next + LENGTH);
	}
	return next <= end ? PROBE.match : PROBE.mismatch;
}

/** Who sends a message of this shape; undefined where a request and its answer look alike. */
function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start <= PDU || !wire.isSound(bytes, start, end)) return undefined;
	return wire.senderOf(bytes, start + PDU, end, u16(bytes, start + LENGTH) - 1);
}

export class ModbusStream extends Exchange implements Stream {
	/** By direction: bytes of an unfinished message that come again, when it began, and where segments began in it. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	readonly #marks = new Int32Array(2 * MARKS);
	readonly #markCount = new Int32Array(2);
	/** By direction: 1 while foreign bytes were reported and no message was understood since. */
	readonly #isForeign = new Uint8Array(2);

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		const isCarried = this.#carried[direction]! > 0;
		if (isCarried) this.#mark(direction, end - start);
		let isAfterBadLength = false;
		while (at < end) {
			if (end - at <= PDU) {
				if (wire.headerFits(bytes, at, end)) break;
			} else if (
				((bytes[at + 2]! | bytes[at + 3]! | bytes[at + 4]!) === 0 && bytes[at + 5]! >= MIN_LENGTH && bytes[at + 5]! <= MAX_LENGTH) ||
				wire.isLongUmas(bytes, at, end)
			) {
				let size = u16(bytes, at + LENGTH) - 1;
				const pdu = at + PDU;
				const there = end - pdu;
				const own =
					direction === TO_SERVER
						? wire.requestLength(bytes, pdu, there < size ? there : size)
						: wire.responseLength(bytes, pdu, there < size ? there : size);
				let violations = 0;
				if (own !== size && own !== UNKNOWN && !(size === wire.WIDE_WRITE && wire.isWideWrite(bytes, pdu, there))) {
					violations = BAD.length;
					if (this.#endsEarly(bytes, pdu, own, size, end)) size = own;
				}
				if (isCarried && this.#markCount[direction]! > 0) {
					const next = this.#unfinished(bytes, start, at, end, direction, size, violations);
					if (next > 0) {
						this.reportUnfinished(bytes, at, next, direction);
						at = next;
						this.#markCount[direction] = 0;
						continue;
					}
				}
				if (there < size) break;
				isAfterBadLength = violations !== 0;
				this.#isForeign[direction] = 0;
				if (direction === TO_SERVER) this.request(bytes, pdu, size, u16(bytes, at), u8(bytes, at + UNIT_ID), violations);
				else this.answer(bytes, pdu, size, u16(bytes, at), u8(bytes, at + UNIT_ID), violations);
				at = pdu + size;
				continue;
			}
			// No header. The rest of a message whose length lied was reported with it.
			const next = placeOf(seekBy(probe, bytes, at + 1, end));
			if (isAfterBadLength) isAfterBadLength = false;
			else if (this.#isForeign[direction] === 0) {
				this.#isForeign[direction] = 1;
				this.malformed(bytes, at, next, direction !== TO_SERVER, headerViolation(bytes, at, end));
			}
			if (at === start && end - next <= PDU) {
				this.drop(direction);
				return REJECT;
			}
			at = next;
		}
		if (at < end || isCarried) this.#carry(direction, end - at, at === start);
		return at - start;
	}

	gap(direction: Direction): void {
		this.drop(direction);
		this.#isForeign[direction] = 0;
		this.forget();
	}

	/** The bytes that would come again do not. */
	protected drop(direction: Direction): void {
		this.#carried[direction] = 0;
		this.#markCount[direction] = 0;
	}

	/** What is foreign from here on is reported, whatever was before. */
	protected reportAgain(): void {
		this.#isForeign.fill(0);
	}

	/** Notes that a segment begins inside an unfinished message. */
	#mark(direction: Direction, size: number): void {
		const carried = this.#carried[direction]!;
		const count = this.#markCount[direction]!;
		if (size <= carried || count === MARKS) return;
		this.#marks[direction * MARKS + count] = carried;
		this.#markCount[direction] = count + 1;
	}

	#carry(direction: Direction, left: number, isSame: boolean): void {
		if (left > 0 && (this.#carried[direction] === 0 || !isSame)) this.#since[direction] = this.context.clock.time;
		if (left === 0 || !isSame) this.#markCount[direction] = 0;
		this.#carried[direction] = left;
	}

	/** True where the function's own length ends the message and a sound one follows there, but not where the header says. */
	#endsEarly(bytes: Uint8Array, pdu: number, own: number, size: number, end: number): boolean {
		const ownEnd = pdu + own;
		if (own > size || end - ownEnd <= PDU || !wire.isSound(bytes, ownEnd, end)) return false;
		const saidEnd = pdu + size;
		return saidEnd >= end || !wire.isSound(bytes, saidEnd, end);
	}

	/** So many bytes come again, of which it is not known yet what they are; `isSame` where nothing before them was used. */
	protected hold(size: number, isSame: boolean, direction: Direction): void {
		if (isSame && this.#carried[direction]! > 0) this.#mark(direction, size);
		this.#carry(direction, size, isSame);
	}

	/** True where bytes wait for others that should have come. */
	protected isOld(direction: Direction): boolean {
		return this.#carried[direction]! > 0 && this.context.clock.time - this.#since[direction]! > UNFINISHED_AFTER;
	}

	/**
	 * Where the unfinished message at `at` ends whose rest never came: sound messages fill the bytes from the beginning of a later segment to
	 * the end, and the first one either contradicts itself, or is old, or leads to nothing. 0 where the rest may yet come or has come. The bytes that came again begin at `start`.
	 */
	#unfinished(bytes: Uint8Array, start: number, at: number, end: number, direction: Direction, size: number, violations: number): number {
		const saidEnd = at + PDU + size;
		const leadsToNothing = saidEnd < end && !wire.isSound(bytes, saidEnd, end);
		if (saidEnd <= end ? !leadsToNothing : violations === 0 && !this.isOld(direction)) return 0;
		for (let index = 0; index < this.#markCount[direction]!; index++) {
			const next = start + this.#marks[direction * MARKS + index]!;
			if (next > at && next < saidEnd && wire.isSoundToEnd(bytes, next, end)) return next;
		}
		return 0;
	}

	/** Reports the beginning of a message that was never finished. */
	protected reportUnfinished(bytes: Uint8Array, at: number, end: number, direction: Direction): void {
		const isReadable = end - at > PDU;
		const transactionId = isReadable ? u16(bytes, at) : -1;
		const unitId = isReadable ? u8(bytes, at + UNIT_ID) : -1;
		this.malformed(bytes, at, end, direction !== TO_SERVER, BAD.unfinished, transactionId, unitId, isReadable ? u8(bytes, at + PDU) : -1);
	}

	seek(bytes: Uint8Array, start: number, end: number, _direction: Direction): number {
		return seekBy(probe, bytes, start, end);
	}
}

/** What is wrong where no header stands. */
function headerViolation(bytes: Uint8Array, at: number, end: number): number {
	const isOther = (end - at > PROTOCOL_ID && bytes[at + 2] !== 0) || (end - at > PROTOCOL_ID + 1 && bytes[at + 3] !== 0);
	return isOther ? BAD.protocolId : BAD.length;
}
