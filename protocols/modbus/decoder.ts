/**
 * A Modbus/TCP flow: bytes to messages, requests to answers (MODBUS Messaging on TCP/IP Implementation Guide V1.0b; MODBUS Application Protocol V1.1b3).
 *
 * A message that breaks the specification never hides the next one: it is reported and stepped over. Where its length lies, the
 * next message is found by its own shape or by where a segment began.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { DIAGNOSTIC, EXCEPTION_FLAG, FUNCTION, isKnownDiagnostic, isKnownException, MEI, VIOLATION } from "./codes.ts";
import { createObservation, type ModbusObservation, resetObservation } from "./observation.ts";
import * as transactions from "./transactions.ts";
import { keyOf, Transactions } from "./transactions.ts";
import * as wire from "./wire.ts";

/** Microseconds after which a request counts as unanswered: twice the response timeout that clients commonly use. */
export const ANSWER_TIMEOUT = 2_000_000;
/** A client that uses a transaction id again within this time has several requests under one id; later, it has given the first one up. */
const PIPELINED = 50_000;
/** Microseconds after which the rest of a message is no longer expected when a sound message begins with a segment. */
const UNFINISHED_AFTER = 2_000_000;
/** Segment beginnings remembered inside an unfinished message. */
const MARKS = 24;
/** Bytes of foreign data that a `malformed` observation shows. */
const SHOWN = 64;

/** The one observation of all flows: it is on loan, and nothing decodes two flows at once. */
const out: ModbusObservation = createObservation();

export const modbusTcp: StreamDecoder<ModbusObservation> = {
	ports: [502],
	maxMessage: wire.MAX_ADU,
	probe,
	sender,
	open: (context) => new ModbusStream(context),
};

/**
 * The header must fit. So must the length of the function's own PDU; where it does not, the header must be borne out by what follows: another header, or
 * the end of the bytes. A lone header is never more than a match.
 */
export function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (!wire.headerFits(bytes, start, end)) return PROBE.mismatch;
	if (end - start <= wire.PDU) return PROBE.more;
	const next = start + wire.LENGTH_END + u8(bytes, start + wire.LENGTH + 1);
	if (wire.isSound(bytes, start, end)) return next >= end || wire.headerFits(bytes, next, end) ? PROBE.match : PROBE.mismatch;
	if (next > end) return PROBE.mismatch;
	return next === end || (end - next > wire.PDU && wire.isSound(bytes, next, end)) ? PROBE.match : PROBE.mismatch;
}

/** Who sends a message of this shape; undefined where a request and its answer look alike (5, 6, 8, 21, 22 and what is not known). */
export function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	if (end - start <= wire.PDU || !wire.isSound(bytes, start, end)) return undefined;
	const pdu = start + wire.PDU;
	const length = u8(bytes, start + wire.LENGTH + 1) - 1;
	const size = Math.min(end - pdu, length);
	const code = u8(bytes, pdu);
	if (code > EXCEPTION_FLAG) return "server";
	const asRequest = wire.requestLength(bytes, pdu, size);
	const asResponse = wire.responseLength(bytes, pdu, size);
	let isRequest = asRequest === wire.UNKNOWN ? length >= wire.MIN_REQUEST[code]! : asRequest === length;
	let isResponse = asResponse === wire.UNKNOWN ? length >= wire.MIN_RESPONSE[code]! : asResponse === length;
	if (isRequest && isResponse && size > 2) {
		if (code === FUNCTION.readHoldingRegisters || code === FUNCTION.readInputRegisters) isResponse = (bytes[pdu + 1]! & 1) === 0;
		else if (code === FUNCTION.encapsulatedInterface && asRequest === 4) isResponse = length >= 7;
		else if (code === FUNCTION.readFileRecord) {
			// A request has reference type 6 first in each group, an answer behind a length.
			isRequest = bytes[pdu + 2] === 6 && (length - 2) % 7 === 0;
			isResponse = size > 3 && bytes[pdu + 3] === 6 && !isRequest;
		}
	}
	return isRequest === isResponse ? undefined : isRequest ? "client" : "server";
}

class ModbusStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<ModbusObservation>;
	readonly #waiting = new Transactions();
	/** By direction: bytes of an unfinished message that come again, when it began, and where segments began in it. */
	readonly #carried = new Int32Array(2);
	readonly #since = new Float64Array(2);
	readonly #marks = new Int32Array(2 * MARKS);
	readonly #markCount = new Int32Array(2);
	/** By direction: 1 while foreign bytes were reported and no message was understood since. */
	readonly #isForeign = new Uint8Array(2);
	/** Unit 0 is the device behind this address, not a broadcast: it has answered. */
	#zeroAnswers = false;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		if (this.#carried[direction]! > 0) this.#mark(direction, end - start);
		let isAfterBadLength = false;
		while (at < end) {
			if (end - at <= wire.PDU) {
				if (wire.headerFits(bytes, at, end)) break;
			} else if (
				(bytes[at + 2]! | bytes[at + 3]! | bytes[at + 4]!) === 0 &&
				bytes[at + 5]! >= wire.MIN_LENGTH &&
				bytes[at + 5]! <= wire.MAX_LENGTH
			) {
				let size = bytes[at + 5]! - 1;
				const pdu = at + wire.PDU;
				const there = end - pdu;
				const own =
					direction === TO_SERVER
						? wire.requestLength(bytes, pdu, there < size ? there : size)
						: wire.responseLength(bytes, pdu, there < size ? there : size);
				let violations = 0;
				if (own !== size && own !== wire.UNKNOWN) {
					violations = VIOLATION.length;
					if (this.#endsEarly(bytes, pdu, own, size, end)) size = own;
				}
				if (this.#markCount[direction]! > 0 && at === start) {
					const length = this.#unfinished(bytes, at, end, direction, size, violations);
					if (length > 0) {
						this.#reportBad(bytes, at, at + length, direction, VIOLATION.unfinished);
						at += length;
						this.#markCount[direction] = 0;
						continue;
					}
				}
				if (there < size) break;
				isAfterBadLength = violations !== 0;
				this.#isForeign[direction] = 0;
				if (direction === TO_SERVER) this.#request(bytes, at, size, violations);
				else this.#answer(bytes, at, size, violations);
				at = pdu + size;
				continue;
			}
			// No header. The rest of a message whose length lied was reported with it.
			const next = this.#nextSound(bytes, at + 1, end);
			if (isAfterBadLength) isAfterBadLength = false;
			else if (this.#isForeign[direction] === 0) {
				this.#isForeign[direction] = 1;
				this.#reportBad(bytes, at, next, direction, headerViolation(bytes, at, end));
			}
			if (at === start && end - next <= wire.PDU) {
				this.#carried[direction] = 0;
				this.#markCount[direction] = 0;
				return REJECT;
			}
			at = next;
		}
		this.#carry(direction, end - at, at === start);
		return at - start;
	}

	gap(direction: Direction): void {
		this.#carried[direction] = 0;
		this.#markCount[direction] = 0;
		this.#isForeign[direction] = 0;
		// Whether what waits was answered, or what comes answers it, can no longer be told.
		this.#waiting.clear();
		this.deadline = Number.POSITIVE_INFINITY;
	}

	expire(now: number): void {
		const { numbers, ints } = this.#waiting;
		let place = this.#waiting.oldestOpen();
		while (place >= 0) {
			const due = numbers[place * transactions.NUMBERS + transactions.TIME]! + ANSWER_TIMEOUT;
			if (due > now) {
				this.deadline = due;
				return;
			}
			if (ints[place * transactions.INTS + transactions.FLAGS]! & transactions.UNANSWERABLE) {
				this.#waiting.settle(place, transactions.FREE);
			} else this.#giveUp(place, due);
			place = this.#waiting.oldestOpen();
		}
		this.deadline = Number.POSITIVE_INFINITY;
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
		if (left > 0 && (this.#carried[direction] === 0 || !isSame)) this.#since[direction] = this.#context.clock.time;
		if (left === 0 || !isSame) this.#markCount[direction] = 0;
		this.#carried[direction] = left;
	}

	/** True where the function's own length ends the message and a sound one follows there, but not where the header says. */
	#endsEarly(bytes: Uint8Array, pdu: number, own: number, size: number, end: number): boolean {
		const ownEnd = pdu + own;
		if (own > size || end - ownEnd <= wire.PDU || !wire.isSound(bytes, ownEnd, end)) return false;
		const saidEnd = pdu + size;
		return saidEnd >= end || !wire.isSound(bytes, saidEnd, end);
	}

	/**
	 * Length of the unfinished message at the front where its rest never came: sound messages fill the bytes from the beginning of a later segment to
	 * the end, and the first one either contradicts itself, or is old, or leads to nothing. 0 where the rest may yet come or has come.
	 */
	#unfinished(bytes: Uint8Array, at: number, end: number, direction: Direction, size: number, violations: number): number {
		const saidEnd = at + wire.PDU + size;
		const leadsToNothing = saidEnd < end && !wire.isSound(bytes, saidEnd, end);
		const isOld = this.#context.clock.time - this.#since[direction]! > UNFINISHED_AFTER;
		if (saidEnd <= end ? !leadsToNothing : violations === 0 && !isOld) return 0;
		for (let index = 0; index < this.#markCount[direction]!; index++) {
			const mark = this.#marks[direction * MARKS + index]!;
			if (at + mark < saidEnd && wire.isSoundToEnd(bytes, at + mark, end)) return mark;
		}
		return 0;
	}

	/** The next place where a sound message begins, or may begin with the bytes at the end. */
	#nextSound(bytes: Uint8Array, from: number, end: number): number {
		let at = from;
		while (at < end && (end - at > wire.PDU ? probe(bytes, at, end) !== PROBE.match : !wire.headerFits(bytes, at, end))) at++;
		return at;
	}

	#begin(bytes: Uint8Array, at: number, size: number): void {
		const { clock } = this.#context;
		resetObservation(out);
		out.time = clock.time;
		out.frame = clock.frame;
		out.transactionId = u16(bytes, at);
		out.unitId = u8(bytes, at + wire.UNIT_ID);
		out.bytes = bytes;
		out.pduStart = at + wire.PDU;
		out.pduEnd = at + wire.PDU + size;
	}

	/** Bytes that are no message, or the beginning of one that was never finished. */
	#reportBad(bytes: Uint8Array, at: number, end: number, direction: Direction, violations: number): void {
		const { clock } = this.#context;
		resetObservation(out);
		out.kind = "malformed";
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction !== TO_SERVER;
		out.violations = violations;
		out.bytes = bytes;
		out.pduStart = at;
		out.pduEnd = Math.min(end, at + SHOWN);
		if (violations === VIOLATION.unfinished && end - at > wire.PDU) {
			out.transactionId = u16(bytes, at);
			out.unitId = u8(bytes, at + wire.UNIT_ID);
			out.functionCode = u8(bytes, at + wire.PDU);
		}
		this.#context.emit(out);
	}

	#request(bytes: Uint8Array, at: number, size: number, lengthViolation: number): void {
		const { clock } = this.#context;
		const sent = u8(bytes, at + wire.PDU);
		const code = sent & ~EXCEPTION_FLAG;
		const key = keyOf(u16(bytes, at), u8(bytes, at + wire.UNIT_ID), code);
		const pdu = at + wire.PDU;
		if (this.#waiting.open > 0) this.#supersede(key, clock.time);

		this.#begin(bytes, at, size);
		out.violations = lengthViolation;
		out.functionCode = sent;
		out.kind = "request";
		const place = this.#waiting.add(key, clock.time);
		const { ints, numbers } = this.#waiting;
		const int = place * transactions.INTS;
		numbers[place * transactions.NUMBERS + transactions.TIME] = clock.time;
		numbers[place * transactions.NUMBERS + transactions.FRAME] = clock.frame;
		if (this.deadline === Number.POSITIVE_INFINITY) this.deadline = clock.time + ANSWER_TIMEOUT;
		if (this.#waiting.evicted > 0) {
			this.#waiting.evicted = 0;
			this.#context.count("waiting-full");
		}

		let first = 0;
		let second = 0;
		let flags = 0;
		if (sent !== code || code === 0 || size < wire.MIN_REQUEST[code]!) {
			out.kind = "malformed";
			out.violations |= sent !== code || code === 0 ? VIOLATION.functionCode : VIOLATION.length;
			flags = transactions.UNREADABLE;
		} else {
			switch (code) {
				case FUNCTION.readCoils:
				case FUNCTION.readDiscreteInputs:
					this.#range(bytes, pdu + 1, wire.MAX_QUANTITY.readBits);
					break;
				case FUNCTION.readHoldingRegisters:
				case FUNCTION.readInputRegisters:
					this.#range(bytes, pdu + 1, wire.MAX_QUANTITY.readRegisters);
					break;
				case FUNCTION.writeSingleCoil:
				case FUNCTION.writeSingleRegister:
					out.address = u16(bytes, pdu + 1);
					out.quantity = 1;
					first = u16(bytes, pdu + 3);
					writeSingle(code, first);
					break;
				case FUNCTION.diagnostics:
					first = u16(bytes, pdu + 1);
					out.subFunction = first;
					if (!isKnownDiagnostic(first)) out.violations |= VIOLATION.subFunction;
					this.#waiting.keep(place, bytes, pdu, size);
					break;
				case FUNCTION.writeMultipleCoils: {
					this.#range(bytes, pdu + 1, wire.MAX_QUANTITY.writeBits);
					if (bytes[pdu + 5] !== (out.quantity + 7) >> 3) out.violations |= VIOLATION.byteCount;
					readWritten(code, bytes, pdu, size);
					this.#waiting.keep(place, bytes, pdu, size);
					break;
				}
				case FUNCTION.writeMultipleRegisters:
					this.#range(bytes, pdu + 1, wire.MAX_QUANTITY.writeRegisters);
					if (bytes[pdu + 5] !== 2 * out.quantity) out.violations |= VIOLATION.byteCount;
					readWritten(code, bytes, pdu, size);
					this.#waiting.keep(place, bytes, pdu, size);
					break;
				case FUNCTION.readFileRecord:
				case FUNCTION.writeFileRecord:
					out.violations |= fileViolations(bytes, pdu, size, code === FUNCTION.writeFileRecord);
					this.#waiting.keep(place, bytes, pdu, size);
					break;
				case FUNCTION.maskWriteRegister:
					out.address = u16(bytes, pdu + 1);
					out.quantity = 1;
					first = out.andMask = u16(bytes, pdu + 3);
					second = out.orMask = u16(bytes, pdu + 5);
					break;
				case FUNCTION.readWriteMultipleRegisters:
					this.#range(bytes, pdu + 1, wire.MAX_QUANTITY.readRegisters);
					first = out.writeAddress = u16(bytes, pdu + 5);
					second = out.writeQuantity = u16(bytes, pdu + 7);
					if (second === 0 || second > wire.MAX_QUANTITY.readWriteWrite) out.violations |= VIOLATION.quantity;
					if (first + second > 0x10000) out.violations |= VIOLATION.address;
					if (bytes[pdu + 9] !== 2 * second) out.violations |= VIOLATION.byteCount;
					readWritten(code, bytes, pdu, size);
					this.#waiting.keep(place, bytes, pdu, size);
					break;
				case FUNCTION.readFifoQueue:
					out.address = u16(bytes, pdu + 1);
					break;
				case FUNCTION.encapsulatedInterface:
					first = out.mei = u8(bytes, pdu + 1);
					if (first !== MEI.deviceIdentification && first !== MEI.canOpen) out.violations |= VIOLATION.mei;
					break;
			}
		}
		ints[int + transactions.ADDRESS] = out.address;
		ints[int + transactions.QUANTITY] = out.quantity;
		ints[int + transactions.FIRST] = first;
		ints[int + transactions.SECOND] = second;
		if (out.unitId === 0 && !this.#zeroAnswers && isBroadcastable(sent)) flags |= transactions.UNANSWERABLE;
		// 6.8.1: no response is returned to Force Listen Only Mode.
		if (out.subFunction === DIAGNOSTIC.forceListenOnly) flags |= transactions.UNANSWERABLE;
		ints[int + transactions.FLAGS] = flags;
		out.isUnanswerable = (flags & transactions.UNANSWERABLE) !== 0;
		this.#context.emit(out);
	}

	/** First address and quantity of a request. */
	#range(bytes: Uint8Array, at: number, most: number): void {
		out.address = u16(bytes, at);
		out.quantity = u16(bytes, at + 2);
		if (out.quantity === 0 || out.quantity > most) out.violations |= VIOLATION.quantity;
		if (out.address + out.quantity > 0x10000) out.violations |= VIOLATION.address;
	}

	/** A client that uses a transaction again has given up the request that still waits under it, unless it sends several at once. */
	#supersede(key: number, now: number): void {
		let place = this.#waiting.next(key, transactions.OPEN, -1);
		while (place >= 0) {
			const int = place * transactions.INTS;
			const { ints, numbers } = this.#waiting;
			if (now - numbers[place * transactions.NUMBERS + transactions.TIME]! > PIPELINED) {
				if (ints[int + transactions.FLAGS]! & transactions.UNANSWERABLE) this.#waiting.settle(place, transactions.FREE);
				else this.#giveUp(place, now);
			}
			place = this.#waiting.next(key, transactions.OPEN, place);
		}
	}

	/** Reports a request as unanswered; a late answer will still find it. */
	#giveUp(place: number, time: number): void {
		this.#waiting.settle(place, transactions.OVERDUE);
		const key = this.#waiting.ints[place * transactions.INTS + transactions.KEY]!;
		resetObservation(out);
		out.kind = "unanswered";
		out.time = time;
		out.frame = this.#waiting.numbers[place * transactions.NUMBERS + transactions.FRAME]!;
		out.transactionId = key >>> 16;
		out.unitId = (key >>> 8) & 255;
		out.functionCode = key & 255;
		this.#recall(place);
		recallWritten(key & 255, this.#waiting.ints[place * transactions.INTS + transactions.FIRST]!);
		this.#context.emit(out);
	}

	/** Gives an answer (or the lack of one) what its request said. */
	#recall(place: number): void {
		const { ints, numbers } = this.#waiting;
		const int = place * transactions.INTS;
		out.requestFrame = numbers[place * transactions.NUMBERS + transactions.FRAME]!;
		out.isUnanswerable = (ints[int + transactions.FLAGS]! & transactions.UNANSWERABLE) !== 0;
		const length = ints[int + transactions.PDU_LENGTH]!;
		if (length > 0) {
			out.request = this.#waiting.pdus!;
			out.requestStart = this.#waiting.pduStart(place);
			out.requestEnd = out.requestStart + length;
		}
		if (ints[int + transactions.FLAGS]! & transactions.UNREADABLE) return;
		out.address = ints[int + transactions.ADDRESS]!;
		out.quantity = ints[int + transactions.QUANTITY]!;
		const first = ints[int + transactions.FIRST]!;
		const second = ints[int + transactions.SECOND]!;
		switch (out.functionCode) {
			case FUNCTION.diagnostics:
				out.subFunction = first;
				break;
			case FUNCTION.maskWriteRegister:
				out.andMask = first;
				out.orMask = second;
				break;
			case FUNCTION.readWriteMultipleRegisters:
				out.writeAddress = first;
				out.writeQuantity = second;
				break;
			case FUNCTION.encapsulatedInterface:
				out.mei = first;
				break;
		}
	}

	#answer(bytes: Uint8Array, at: number, size: number, lengthViolation: number): void {
		const { clock } = this.#context;
		const pdu = at + wire.PDU;
		const sent = u8(bytes, pdu);
		const code = sent & ~EXCEPTION_FLAG;
		this.#begin(bytes, at, size);
		out.isFromServer = true;
		out.violations = lengthViolation;
		out.functionCode = code;
		const isUnreadable = code === 0 ? sent === 0 : size < wire.MIN_RESPONSE[sent]!;

		const { ints, numbers } = this.#waiting;
		const key = keyOf(out.transactionId, out.unitId, code);
		let place = this.#waiting.open > 0 ? this.#choose(key, bytes, pdu, size) : -1;
		let first = 0;
		if (place < 0 && this.#waiting.waiting > 0) {
			place = this.#waiting.find(key, transactions.OVERDUE);
			if (place >= 0 && clock.time - numbers[place * transactions.NUMBERS + transactions.TIME]! > transactions.REMEMBERED) place = -1;
			out.late = place >= 0;
		}
		out.matched = place >= 0;
		if (place < 0) {
			place = this.#waiting.find(key, transactions.ANSWERED);
			if (place >= 0 && clock.time - numbers[place * transactions.NUMBERS + transactions.TIME]! > transactions.REMEMBERED) place = -1;
		}
		const int = place * transactions.INTS;
		if (place >= 0) {
			this.#recall(place);
			first = ints[int + transactions.FIRST]!;
			const latency = clock.time - numbers[place * transactions.NUMBERS + transactions.TIME]!;
			if (out.matched && latency >= 0) out.latency = latency;
		}
		if (out.unitId === 0) this.#zeroAnswers = true;

		let digest: number;
		if (isUnreadable) {
			out.violations |= code === 0 ? VIOLATION.functionCode : VIOLATION.length;
			digest = digestOf(bytes, pdu, size);
		} else if (sent !== code) {
			out.exceptionCode = u8(bytes, pdu + 1);
			if (!isKnownException(out.exceptionCode)) out.violations |= VIOLATION.exceptionCode;
			digest = digestOf(bytes, pdu, size);
		} else digest = readAnswer(bytes, pdu, size, place >= 0);

		if (out.matched) {
			if (!isUnreadable && !isFitting(this.#waiting, place, bytes, pdu, size)) out.violations |= VIOLATION.mismatch;
			if (isWriting(code)) recallWritten(code, first);
			this.#waiting.settle(place, transactions.ANSWERED);
			ints[int + transactions.DIGEST] = digest;
			numbers[place * transactions.NUMBERS + transactions.ANSWER_FRAME] = clock.frame;
			out.kind = sent === code ? "response" : "exception";
		} else {
			out.kind = "unsolicited";
			if (place >= 0) {
				out.answerFrame = numbers[place * transactions.NUMBERS + transactions.ANSWER_FRAME]!;
				if (ints[int + transactions.DIGEST] === digest) out.isDuplicate = true;
				else out.isDiverging = true;
			}
		}
		if (isUnreadable) out.kind = "malformed";
		this.#context.emit(out);
	}

	/** The waiting request that this answers: where several wait under one key, the oldest that fits, else the oldest. */
	#choose(key: number, bytes: Uint8Array, pdu: number, size: number): number {
		const oldest = this.#waiting.find(key, transactions.OPEN);
		if (oldest < 0 || this.#waiting.open === 1 || isFitting(this.#waiting, oldest, bytes, pdu, size)) return oldest;
		let best = -1;
		for (
			let place = this.#waiting.next(key, transactions.OPEN, -1);
			place >= 0;
			place = this.#waiting.next(key, transactions.OPEN, place)
		) {
			if (!isFitting(this.#waiting, place, bytes, pdu, size)) continue;
			const { numbers } = this.#waiting;
			const time = numbers[place * transactions.NUMBERS + transactions.TIME]!;
			if (best < 0 || time < numbers[best * transactions.NUMBERS + transactions.TIME]!) best = place;
		}
		return best < 0 ? oldest : best;
	}
}

/** What is wrong where no header stands. */
function headerViolation(bytes: Uint8Array, at: number, end: number): number {
	const isOther = (end - at > wire.PROTOCOL_ID && bytes[at + 2] !== 0) || (end - at > wire.PROTOCOL_ID + 1 && bytes[at + 3] !== 0);
	return isOther ? VIOLATION.protocolId : VIOLATION.length;
}

/** Writes that may be sent to all servers at once (Messaging on serial line V1.02, 2.1: broadcast requests are necessarily writing commands). */
const isBroadcastable = (code: number): boolean => isWriting(code) && code !== FUNCTION.readWriteMultipleRegisters;

const isWriting = (code: number): boolean =>
	code === FUNCTION.writeSingleCoil ||
	code === FUNCTION.writeSingleRegister ||
	code === FUNCTION.writeMultipleCoils ||
	code === FUNCTION.writeMultipleRegisters ||
	code === FUNCTION.writeFileRecord ||
	code === FUNCTION.maskWriteRegister ||
	code === FUNCTION.readWriteMultipleRegisters;

/** The value of functions 5 and 6, as sent. */
function writeSingle(code: number, raw: number): void {
	const isCoil = code === FUNCTION.writeSingleCoil;
	// 6.5: FF00 and 0000; all other values are illegal.
	if (isCoil && raw !== 0xff00 && raw !== 0) out.violations |= VIOLATION.coilValue;
	out.written[0] = isCoil ? Number(raw === 0xff00) : raw;
	out.writtenCount = 1;
}

/** The values of functions 15, 16 and 23, as many as are there. */
function readWritten(code: number, bytes: Uint8Array, pdu: number, size: number): void {
	const isBoth = code === FUNCTION.readWriteMultipleRegisters;
	const from = pdu + (isBoth ? 10 : 6);
	const quantity = isBoth ? out.writeQuantity : out.quantity;
	const there = pdu + size - from;
	const { written } = out;
	if (code === FUNCTION.writeMultipleCoils) {
		const count = Math.min(quantity, 8 * there);
		for (let index = 0; index < count; index++) written[index] = (bytes[from + (index >> 3)]! >> (index & 7)) & 1;
		out.writtenCount = count;
	} else {
		const count = Math.min(quantity, there >> 1);
		for (let index = 0; index < count; index++) written[index] = u16(bytes, from + 2 * index);
		out.writtenCount = count;
	}
}

/** What the request wrote, for its answer; `recall` has set the request's fields. */
function recallWritten(code: number, first: number): void {
	const size = out.requestEnd - out.requestStart;
	if (code === FUNCTION.writeSingleCoil || code === FUNCTION.writeSingleRegister) {
		if (out.address < 0) return;
		out.written[0] = code === FUNCTION.writeSingleCoil ? Number(first === 0xff00) : first;
		out.writtenCount = 1;
	} else if (
		size > 0 &&
		(code === FUNCTION.writeMultipleCoils || code === FUNCTION.writeMultipleRegisters || code === FUNCTION.readWriteMultipleRegisters)
	) {
		readWritten(code, out.request, out.requestStart, size);
	}
}

const DIGEST_START = 0x811c9dc5 | 0;
const mix = (digest: number, value: number): number => Math.imul(digest ^ value, 0x01000193);

/** A number that differs where two answers differ (FNV-1a): enough to notice, not to withstand a forger who aims at it. */
function digestOf(bytes: Uint8Array, start: number, size: number): number {
	let digest = DIGEST_START;
	for (let at = start; at < start + size; at++) digest = mix(digest, bytes[at]!);
	return digest;
}

/** Reads a response that is no exception; returns its digest. `isKnown` where its request has set address and quantity. */
function readAnswer(bytes: Uint8Array, pdu: number, size: number, isKnown: boolean): number {
	const code = bytes[pdu]!;
	switch (code) {
		case FUNCTION.readCoils:
		case FUNCTION.readDiscreteInputs:
			return readBits(bytes, pdu, size, isKnown && out.quantity >= 0 ? out.quantity : wire.MAX_BITS);
		case FUNCTION.readHoldingRegisters:
		case FUNCTION.readInputRegisters:
		case FUNCTION.readWriteMultipleRegisters:
			if (bytes[pdu + 1]! & 1) out.violations |= VIOLATION.byteCount;
			return readRegisters(bytes, pdu + 2, Math.min(u8(bytes, pdu + 1), size - 2) >> 1);
		case FUNCTION.readFifoQueue: {
			const count = u16(bytes, pdu + 3);
			if (count > wire.MAX_QUANTITY.fifo) out.violations |= VIOLATION.quantity;
			if (u16(bytes, pdu + 1) !== 2 + 2 * count) out.violations |= VIOLATION.byteCount;
			out.quantity = count;
			return readRegisters(bytes, pdu + 5, Math.min(count, (size - 5) >> 1));
		}
		case FUNCTION.writeSingleCoil:
		case FUNCTION.writeSingleRegister: {
			const raw = u16(bytes, pdu + 3);
			if (!isKnown || out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = 1;
			}
			if (code === FUNCTION.writeSingleCoil && raw !== 0xff00 && raw !== 0) out.violations |= VIOLATION.coilValue;
			out.values[0] = code === FUNCTION.writeSingleCoil ? Number(raw === 0xff00) : raw;
			out.valueCount = 1;
			break;
		}
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
			if (!isKnown || out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = u16(bytes, pdu + 3);
			}
			break;
		case FUNCTION.maskWriteRegister:
			if (!isKnown || out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = 1;
				out.andMask = u16(bytes, pdu + 3);
				out.orMask = u16(bytes, pdu + 5);
			}
			break;
		case FUNCTION.diagnostics:
			out.subFunction = u16(bytes, pdu + 1);
			if (!isKnownDiagnostic(out.subFunction)) out.violations |= VIOLATION.subFunction;
			break;
		case FUNCTION.encapsulatedInterface:
			out.mei = u8(bytes, pdu + 1);
			if (out.mei !== MEI.deviceIdentification && out.mei !== MEI.canOpen) out.violations |= VIOLATION.mei;
			break;
		case FUNCTION.writeFileRecord:
			out.violations |= fileViolations(bytes, pdu, size, true);
			break;
	}
	return digestOf(bytes, pdu, size);
}

function readBits(bytes: Uint8Array, pdu: number, size: number, most: number): number {
	const there = Math.min(u8(bytes, pdu + 1), size - 2);
	const count = Math.min(most, 8 * there);
	const { values } = out;
	for (let index = 0; index < count; index++) values[index] = (bytes[pdu + 2 + (index >> 3)]! >> (index & 7)) & 1;
	out.valueCount = count;
	return digestOf(bytes, pdu, size);
}

function readRegisters(bytes: Uint8Array, from: number, count: number): number {
	const { values } = out;
	let digest = DIGEST_START;
	for (let index = 0; index < count; index++) {
		const value = (bytes[from + 2 * index]! << 8) | bytes[from + 2 * index + 1]!;
		values[index] = value;
		digest = mix(digest, value);
	}
	out.valueCount = count;
	return mix(digest, count);
}

/** Groups of functions 20 and 21 (6.14, 6.15): reference type 6, file 1 to 65535, record 0 to 9999. */
function fileViolations(bytes: Uint8Array, pdu: number, size: number, isWrite: boolean): number {
	const byteCount = u8(bytes, pdu + 1);
	let violations = byteCount < 7 || byteCount > (isWrite ? 0xfb : 0xf5) ? VIOLATION.byteCount : 0;
	const end = pdu + Math.min(size, 2 + byteCount);
	let at = pdu + 2;
	while (at < end) {
		if (at + 7 > end) return violations | VIOLATION.byteCount;
		if (bytes[at] !== 6 || u16(bytes, at + 1) === 0 || u16(bytes, at + 3) > 9999) violations |= VIOLATION.fileRecord;
		at += 7 + (isWrite ? 2 * u16(bytes, at + 5) : 0);
	}
	return at > end ? violations | VIOLATION.byteCount : violations;
}

/** False where an answer contradicts the request at `place`. */
function isFitting(waiting: Transactions, place: number, bytes: Uint8Array, pdu: number, size: number): boolean {
	const { ints } = waiting;
	const int = place * transactions.INTS;
	const code = bytes[pdu]!;
	if (ints[int + transactions.FLAGS]! & transactions.UNREADABLE) return true;
	const address = ints[int + transactions.ADDRESS]!;
	const quantity = ints[int + transactions.QUANTITY]!;
	const first = ints[int + transactions.FIRST]!;
	switch (code) {
		case FUNCTION.readCoils:
		case FUNCTION.readDiscreteInputs:
			return bytes[pdu + 1] === (quantity + 7) >> 3;
		case FUNCTION.readHoldingRegisters:
		case FUNCTION.readInputRegisters:
		case FUNCTION.readWriteMultipleRegisters:
			return bytes[pdu + 1] === 2 * quantity;
		case FUNCTION.writeSingleCoil:
		case FUNCTION.writeSingleRegister:
			return size >= 5 && u16(bytes, pdu + 1) === address && u16(bytes, pdu + 3) === first;
		case FUNCTION.writeMultipleCoils:
		case FUNCTION.writeMultipleRegisters:
			return size >= 5 && u16(bytes, pdu + 1) === address && u16(bytes, pdu + 3) === quantity;
		case FUNCTION.maskWriteRegister:
			return (
				size >= 7 &&
				u16(bytes, pdu + 1) === address &&
				u16(bytes, pdu + 3) === first &&
				u16(bytes, pdu + 5) === ints[int + transactions.SECOND]
			);
		case FUNCTION.diagnostics:
			// 6.8.1: sub-function 0 loops the data back.
			return (
				size >= 3 && u16(bytes, pdu + 1) === first && (first !== DIAGNOSTIC.returnQueryData || isEcho(waiting, place, bytes, pdu, size))
			);
		case FUNCTION.writeFileRecord:
			return isEcho(waiting, place, bytes, pdu, size);
		case FUNCTION.encapsulatedInterface:
			return bytes[pdu + 1] === first;
		default:
			return true;
	}
}

/** True where an answer repeats its kept request. */
function isEcho(waiting: Transactions, place: number, bytes: Uint8Array, pdu: number, size: number): boolean {
	if (waiting.ints[place * transactions.INTS + transactions.PDU_LENGTH] !== size) return false;
	const from = waiting.pduStart(place);
	for (let index = 0; index < size; index++) if (waiting.pdus![from + index] !== bytes[pdu + index]) return false;
	return true;
}
