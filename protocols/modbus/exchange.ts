/**
 * PDUs of one client and its server: what each says, and which request an answer answers (MODBUS Application Protocol V1.1b3). Where a PDU begins and ends
 * on its carrier is the framing's affair.
 */
import type { Clock, DecoderContext } from "../../src/decode/protocol.ts";
import { u8, u16 } from "../../src/wire/bytes.ts";
import { DIAGNOSTIC, EXCEPTION_FLAG, FUNCTION, isKnownDiagnostic, isKnownException, MEI, VIOLATION } from "./codes.ts";
import { createObservation, type Framing, type ModbusObservation, resetObservation } from "./observation.ts";
import { ANSWERED, keyOf, OPEN, OVERDUE, type Transaction, Transactions } from "./transactions.ts";
import { isWide, isWideWrite, MAX_BITS, MAX_QUANTITY, MIN_REQUEST, MIN_RESPONSE, WIDE_WRITE } from "./wire.ts";

// Bound to this module: V8 folds a module's own constants, but looks an imported name up at each use.
const CODE = FUNCTION;
const BAD = VIOLATION;

/** Microseconds after which a request counts as unanswered: twice the response timeout that clients commonly use. */
export const ANSWER_TIMEOUT = 2_000_000;
/** A client that uses a transaction id again within this time has several requests under one id; later, it has given the first one up. */
const PIPELINED = 50_000;
/** What was asked before the monitor listened, or got lost, is answered within this: a gateway with a slow line behind it takes some seconds. */
const SLOWEST_ANSWER = 10_000_000;
/** Bytes of foreign data that a `malformed` observation shows. */
const SHOWN = 64;

/** The one observation of all flows: it is on loan, and nothing decodes two flows at once. */
const out: ModbusObservation = createObservation();

export class Exchange {
	deadline = Number.POSITIVE_INFINITY;
	/** Of the messages from here on. */
	framing: Framing = "tcp";
	protected readonly context: DecoderContext<ModbusObservation>;
	readonly #clock: Readonly<Clock>;
	readonly #waiting: Transactions;
	/** Unit 0 is the device behind this address, not a broadcast: it has answered. */
	#zeroAnswers = false;
	/** From this time on an answer to nothing is one: no request can have been missed whose answer may yet come. Infinity until an answer has fitted. */
	#wholeSince = Number.POSITIVE_INFINITY;

	/** `clock` has time and frame of the message at hand, where that is not the latest moment. */
	constructor(context: DecoderContext<ModbusObservation>, clock: Readonly<Clock> = context.clock) {
		this.context = context;
		this.#clock = clock;
		this.#waiting = new Transactions(clock);
	}

	/** Requests wait for an answer. */
	get isWaiting(): boolean {
		return this.#waiting.open > 0;
	}

	expire(now: number): void {
		let request = this.#waiting.oldestOpen();
		while (request !== undefined) {
			const due = request.time + ANSWER_TIMEOUT;
			if (due > now) {
				this.deadline = due;
				return;
			}
			if (request.isUnanswerable) this.#waiting.drop(request);
			else this.#giveUp(request, due);
			request = this.#waiting.oldestOpen();
		}
		this.deadline = Number.POSITIVE_INFINITY;
	}

	/** Whether what waits was answered, or what comes answers it, can no longer be told. */
	forget(): void {
		this.#wholeSince = Number.POSITIVE_INFINITY;
		this.#waiting.clear();
		this.deadline = Number.POSITIVE_INFINITY;
	}

	#begin(bytes: Uint8Array, pdu: number, size: number, transactionId: number, unitId: number): void {
		const clock = this.#clock;
		resetObservation(out);
		out.time = clock.time;
		out.frame = clock.frame;
		out.framing = this.framing;
		out.context = this.context;
		out.transactionId = transactionId;
		out.unitId = unitId;
		out.bytes = bytes;
		out.pduStart = pdu;
		out.pduEnd = pdu + size;
	}

	/** Bytes that are no message, or the beginning of one that was never finished (then with what could be read of it). */
	malformed(
		bytes: Uint8Array,
		start: number,
		end: number,
		isFromServer: boolean,
		violations: number,
		transactionId = -1,
		unitId = -1,
		functionCode = -1,
	): void {
		this.#wholeSince = Number.POSITIVE_INFINITY;
		this.#begin(bytes, start, Math.min(end - start, SHOWN), transactionId, unitId);
		out.kind = "malformed";
		out.isFromServer = isFromServer;
		out.violations = violations;
		out.functionCode = functionCode;
		this.context.emit(out);
	}

	/** Bytes of a serial line that belong to no frame: `count` of them, of which the first `shown` are here. */
	noise(bytes: Uint8Array, shown: number, count: number): void {
		this.#begin(bytes, 0, shown, -1, -1);
		out.kind = "malformed";
		out.violations = BAD.noise;
		out.noiseBytes = count;
		this.context.emit(out);
	}

	/** A PDU of `size` bytes from the client, all there; `transactionId` is -1 where the framing has none. */
	request(bytes: Uint8Array, pdu: number, size: number, transactionId: number, unitId: number, lengthViolation: number): void {
		const clock = this.#clock;
		const sent = u8(bytes, pdu);
		const code = sent & ~EXCEPTION_FLAG;
		const key = keyOf(transactionId, unitId, code);
		const earlier = this.#waiting.open > 0 ? this.#supersede(key) : undefined;

		this.#begin(bytes, pdu, size, transactionId, unitId);
		out.violations = lengthViolation;
		out.functionCode = sent;
		out.kind = "request";
		const request = this.#waiting.add(key);
		request.time = clock.time;
		request.frame = clock.frame;
		if (this.deadline === Number.POSITIVE_INFINITY) this.deadline = clock.time + ANSWER_TIMEOUT;
		if (this.#waiting.evicted > 0) {
			this.#waiting.evicted = 0;
			this.#wholeSince = Number.POSITIVE_INFINITY;
			this.context.count("waiting-full");
		}

		let first = 0;
		let second = 0;
		const isUnreadable = sent !== code || code === 0 || size < MIN_REQUEST[code]!;
		if (isUnreadable) {
			out.kind = "malformed";
			out.violations |= sent !== code || code === 0 ? BAD.functionCode : BAD.length;
		} else {
			switch (code) {
				case CODE.readCoils:
				case CODE.readDiscreteInputs:
					this.#range(bytes, pdu + 1, MAX_QUANTITY.readBits);
					break;
				case CODE.readHoldingRegisters:
				case CODE.readInputRegisters:
					this.#range(bytes, pdu + 1, MAX_QUANTITY.readRegisters);
					break;
				case CODE.writeSingleCoil:
				case CODE.writeSingleRegister:
					out.address = u16(bytes, pdu + 1);
					out.quantity = 1;
					first = u16(bytes, pdu + 3);
					writeSingle(code, first);
					if (size === WIDE_WRITE && isWideWrite(bytes, pdu, size)) {
						second = u16(bytes, pdu + 5);
						writeWide(second);
						request.keep(bytes, pdu, size);
					}
					break;
				case CODE.diagnostics:
					first = u16(bytes, pdu + 1);
					out.subFunction = first;
					if (!isKnownDiagnostic(first)) out.violations |= BAD.subFunction;
					request.keep(bytes, pdu, size);
					break;
				case CODE.writeMultipleCoils: {
					this.#range(bytes, pdu + 1, MAX_QUANTITY.writeBits);
					if (bytes[pdu + 5] !== (out.quantity + 7) >> 3) out.violations |= BAD.byteCount;
					readWritten(code, bytes, pdu, size);
					request.keep(bytes, pdu, size);
					break;
				}
				case CODE.writeMultipleRegisters:
					this.#range(bytes, pdu + 1, MAX_QUANTITY.writeRegisters);
					if (bytes[pdu + 5] !== 2 * out.quantity && !isWide(out.address, out.quantity, u8(bytes, pdu + 5)))
						out.violations |= BAD.byteCount;
					readWritten(code, bytes, pdu, size);
					request.keep(bytes, pdu, size);
					break;
				case CODE.readFileRecord:
				case CODE.writeFileRecord:
					out.violations |= fileViolations(bytes, pdu, size, code === CODE.writeFileRecord);
					request.keep(bytes, pdu, size);
					break;
				case CODE.maskWriteRegister:
					out.address = u16(bytes, pdu + 1);
					out.quantity = 1;
					first = out.andMask = u16(bytes, pdu + 3);
					second = out.orMask = u16(bytes, pdu + 5);
					break;
				case CODE.readWriteMultipleRegisters:
					this.#range(bytes, pdu + 1, MAX_QUANTITY.readRegisters);
					first = out.writeAddress = u16(bytes, pdu + 5);
					second = out.writeQuantity = u16(bytes, pdu + 7);
					if (second === 0 || second > MAX_QUANTITY.readWriteWrite) out.violations |= BAD.quantity;
					if (first + second > 0x10000) out.violations |= BAD.address;
					if (bytes[pdu + 9] !== 2 * second) out.violations |= BAD.byteCount;
					readWritten(code, bytes, pdu, size);
					request.keep(bytes, pdu, size);
					break;
				case CODE.readFifoQueue:
					out.address = u16(bytes, pdu + 1);
					break;
				case CODE.encapsulatedInterface:
					first = out.mei = u8(bytes, pdu + 1);
					if (first !== MEI.deviceIdentification && first !== MEI.canOpen) out.violations |= BAD.mei;
					request.keep(bytes, pdu, size);
					break;
				case CODE.umas:
					request.keep(bytes, pdu, size);
					break;
			}
		}
		if (earlier !== undefined && earlier !== request) {
			out.isRepeated = isSame(earlier, first, second, bytes, pdu, size);
			out.isReused = !out.isRepeated && earlier.state === OPEN;
		}
		request.address = out.address;
		request.quantity = out.quantity;
		request.first = first;
		request.second = second;
		request.isUnreadable = isUnreadable;
		// 6.8.1: no response is returned to Force Listen Only Mode.
		out.isUnanswerable =
			(out.unitId === 0 && !this.#zeroAnswers && isBroadcastable(sent)) || out.subFunction === DIAGNOSTIC.forceListenOnly;
		request.isUnanswerable = out.isUnanswerable;
		this.context.emit(out);
	}

	/** First address and quantity of a request. */
	#range(bytes: Uint8Array, at: number, most: number): void {
		out.address = u16(bytes, at);
		out.quantity = u16(bytes, at + 2);
		if (out.quantity === 0 || out.quantity > most) out.violations |= BAD.quantity;
		if (out.address + out.quantity > 0x10000) out.violations |= BAD.address;
	}

	/**
	 * A client that uses a transaction again has given up the request that still waits under it, unless it sends several at once. Gives the last one that had
	 * no answer.
	 */
	#supersede(key: number): Transaction | undefined {
		let last: Transaction | undefined;
		for (;;) {
			const request = this.#waiting.findOpen(key);
			if (request === undefined) return last;
			if (!request.isUnanswerable) last = request;
			if (this.#clock.time - request.time <= PIPELINED) return last;
			if (request.isUnanswerable) this.#waiting.drop(request);
			else this.#giveUp(request, this.#clock.time);
		}
	}

	/** The client has gone on to something else: nobody answers what waits any more. */
	giveUpAll(): void {
		for (let request = this.#waiting.oldestOpen(); request !== undefined; request = this.#waiting.oldestOpen()) {
			if (request.isUnanswerable) this.#waiting.drop(request);
			else this.#giveUp(request, this.#clock.time);
		}
		this.deadline = Number.POSITIVE_INFINITY;
	}

	/** Reports a request as unanswered; a late answer will still find it. */
	#giveUp(request: Transaction, time: number): void {
		this.#waiting.settle(request, OVERDUE);
		resetObservation(out);
		out.kind = "unanswered";
		out.time = time;
		out.frame = request.frame;
		out.framing = this.framing;
		out.context = this.context;
		if (this.framing === "tcp") out.transactionId = request.key >>> 16;
		out.unitId = (request.key >>> 8) & 255;
		out.functionCode = request.key & 255;
		recall(request);
		recallWritten(out.functionCode, request);
		this.context.emit(out);
	}

	/** A PDU of `size` bytes from the server, all there. */
	answer(bytes: Uint8Array, pdu: number, size: number, transactionId: number, unitId: number, lengthViolation: number): void {
		const clock = this.#clock;
		const sent = u8(bytes, pdu);
		const code = sent & ~EXCEPTION_FLAG;
		this.#begin(bytes, pdu, size, transactionId, unitId);
		out.isFromServer = true;
		out.violations = lengthViolation;
		out.functionCode = code;
		const isUnreadable = code === 0 ? sent === 0 : size < MIN_RESPONSE[sent]!;

		const key = keyOf(transactionId, unitId, code);
		let request = this.#choose(key, bytes, pdu, size);
		if (request === undefined) {
			request = this.#waiting.findOverdue(key);
			out.late = request !== undefined;
		}
		out.matched = request !== undefined;
		request ??= this.#waiting.findAnswered(key);
		if (request !== undefined) {
			recall(request);
			const latency = clock.time - request.time;
			if (out.matched && latency >= 0) out.latency = latency;
		}
		if (out.unitId === 0) this.#zeroAnswers = true;

		let digest: number;
		if (isUnreadable) {
			out.violations |= code === 0 ? BAD.functionCode : BAD.length;
			digest = digestOf(bytes, pdu, size);
		} else if (sent !== code) {
			out.exceptionCode = u8(bytes, pdu + 1);
			if (!isKnownException(out.exceptionCode)) out.violations |= BAD.exceptionCode;
			digest = digestOf(bytes, pdu, size);
		} else digest = readAnswer(bytes, pdu, size);

		if (request === undefined) {
			out.kind = "unsolicited";
			out.isUnasked = clock.time > this.#wholeSince;
		} else if (out.matched) {
			out.kind = sent === code ? "response" : "exception";
			if (!isUnreadable && !isFitting(request, bytes, pdu, size)) out.violations |= BAD.mismatch;
			if (isWriting(code)) recallWritten(code, request);
			if (this.#wholeSince === Number.POSITIVE_INFINITY) this.#wholeSince = clock.time + SLOWEST_ANSWER;
			this.#waiting.settle(request, ANSWERED);
			request.digest = digest;
			request.answerFrame = clock.frame;
		} else {
			out.kind = "unsolicited";
			out.answerFrame = request.answerFrame;
			if (request.digest === digest) out.isDuplicate = true;
			else out.isDiverging = true;
		}
		if (isUnreadable) out.kind = "malformed";
		this.context.emit(out);
	}

	/** The waiting request that this answers: where several wait under one key, the oldest that fits, else the oldest. */
	#choose(key: number, bytes: Uint8Array, pdu: number, size: number): Transaction | undefined {
		const oldest = this.#waiting.findOpen(key);
		if (oldest === undefined || this.#waiting.open === 1 || isFitting(oldest, bytes, pdu, size)) return oldest;
		return this.#waiting.findFitting(key, (request) => isFitting(request, bytes, pdu, size)) ?? oldest;
	}
}

/** Gives an answer (or the lack of one) what its request said. */
function recall(request: Transaction): void {
	out.requestFrame = request.frame;
	out.isUnanswerable = request.isUnanswerable;
	if (request.pduLength > 0) {
		out.request = request.pdu!;
		out.requestEnd = request.pduLength;
	}
	if (request.isUnreadable) return;
	out.address = request.address;
	out.quantity = request.quantity;
	switch (out.functionCode) {
		case CODE.diagnostics:
			out.subFunction = request.first;
			break;
		case CODE.maskWriteRegister:
			out.andMask = request.first;
			out.orMask = request.second;
			break;
		case CODE.readWriteMultipleRegisters:
			out.writeAddress = request.first;
			out.writeQuantity = request.second;
			break;
		case CODE.encapsulatedInterface:
			out.mei = request.first;
			break;
	}
}

/** Writes that may be sent to all servers at once (Messaging on serial line V1.02, 2.1: broadcast requests are necessarily writing commands). */
const isBroadcastable = (code: number): boolean => isWriting(code) && code !== CODE.readWriteMultipleRegisters;

const isWriting = (code: number): boolean =>
	code === CODE.writeSingleCoil ||
	code === CODE.writeSingleRegister ||
	code === CODE.writeMultipleCoils ||
	code === CODE.writeMultipleRegisters ||
	code === CODE.writeFileRecord ||
	code === CODE.maskWriteRegister ||
	code === CODE.readWriteMultipleRegisters;

/** The value of functions 5 and 6, as sent. */
function writeSingle(code: number, raw: number): void {
	const isCoil = code === CODE.writeSingleCoil;
	// 6.5: FF00 and 0000; all other values are illegal.
	if (isCoil && raw !== 0xff00 && raw !== 0) out.violations |= BAD.coilValue;
	out.written[0] = isCoil ? Number(raw === 0xff00) : raw;
	out.writtenCount = 1;
}

/** The lower half of a register of 32 bits. */
function writeWide(low: number): void {
	out.written[1] = low;
	out.writtenCount = 2;
}

/** The values of functions 15, 16 and 23, as many as are there. */
function readWritten(code: number, bytes: Uint8Array, pdu: number, size: number): void {
	const isBoth = code === CODE.readWriteMultipleRegisters;
	const from = pdu + (isBoth ? 10 : 6);
	const quantity = isBoth ? out.writeQuantity : out.quantity;
	const there = pdu + size - from;
	const { written } = out;
	if (code === CODE.writeMultipleCoils) {
		const count = Math.min(quantity, 8 * there);
		unpack(written, bytes, from, count);
		out.writtenCount = count;
	} else {
		const count = Math.min(!isBoth && isWide(out.address, quantity, u8(bytes, pdu + 5)) ? 2 * quantity : quantity, there >> 1);
		for (let index = 0; index < count; index++) written[index] = u16(bytes, from + 2 * index);
		out.writtenCount = count;
	}
}

/** What the request wrote, for its answer; `recall` has set the request's fields. */
function recallWritten(code: number, request: Transaction): void {
	if (code === CODE.writeSingleCoil || code === CODE.writeSingleRegister) {
		if (out.address < 0) return;
		out.written[0] = code === CODE.writeSingleCoil ? Number(request.first === 0xff00) : request.first;
		out.writtenCount = 1;
		if (request.pduLength === WIDE_WRITE) writeWide(request.second);
	} else if (
		request.pduLength > 0 &&
		(code === CODE.writeMultipleCoils || code === CODE.writeMultipleRegisters || code === CODE.readWriteMultipleRegisters)
	) {
		readWritten(code, request.pdu!, 0, request.pduLength);
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

/** Reads a response that is no exception; returns its digest. Where its request is known, that has set address and quantity. */
function readAnswer(bytes: Uint8Array, pdu: number, size: number): number {
	const code = bytes[pdu]!;
	switch (code) {
		case CODE.readCoils:
		case CODE.readDiscreteInputs:
			return readBits(bytes, pdu, size, out.quantity >= 0 ? out.quantity : MAX_BITS);
		case CODE.readHoldingRegisters:
		case CODE.readInputRegisters:
		case CODE.readWriteMultipleRegisters:
			if (bytes[pdu + 1]! & 1) out.violations |= BAD.byteCount;
			return readRegisters(bytes, pdu + 2, Math.min(u8(bytes, pdu + 1), size - 2) >> 1);
		case CODE.readFifoQueue: {
			const count = u16(bytes, pdu + 3);
			if (count > MAX_QUANTITY.fifo) out.violations |= BAD.quantity;
			if (u16(bytes, pdu + 1) !== 2 + 2 * count) out.violations |= BAD.byteCount;
			out.quantity = count;
			return readRegisters(bytes, pdu + 5, Math.min(count, (size - 5) >> 1));
		}
		case CODE.writeSingleCoil:
		case CODE.writeSingleRegister: {
			const raw = u16(bytes, pdu + 3);
			if (out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = 1;
			}
			if (code === CODE.writeSingleCoil && raw !== 0xff00 && raw !== 0) out.violations |= BAD.coilValue;
			out.values[0] = code === CODE.writeSingleCoil ? Number(raw === 0xff00) : raw;
			out.valueCount = 1;
			if (size === WIDE_WRITE && isWideWrite(bytes, pdu, size)) {
				out.values[1] = u16(bytes, pdu + 5);
				out.valueCount = 2;
			}
			break;
		}
		case CODE.writeMultipleCoils:
		case CODE.writeMultipleRegisters:
			if (out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = u16(bytes, pdu + 3);
			}
			break;
		case CODE.maskWriteRegister:
			if (out.address < 0) {
				out.address = u16(bytes, pdu + 1);
				out.quantity = 1;
			}
			// What the answer says, as with 5 and 6: it may contradict its request.
			out.andMask = u16(bytes, pdu + 3);
			out.orMask = u16(bytes, pdu + 5);
			break;
		case CODE.diagnostics:
			out.subFunction = u16(bytes, pdu + 1);
			if (!isKnownDiagnostic(out.subFunction)) out.violations |= BAD.subFunction;
			break;
		case CODE.encapsulatedInterface:
			out.mei = u8(bytes, pdu + 1);
			if (out.mei !== MEI.deviceIdentification && out.mei !== MEI.canOpen) out.violations |= BAD.mei;
			break;
		case CODE.writeFileRecord:
			out.violations |= fileViolations(bytes, pdu, size, true);
			break;
	}
	return digestOf(bytes, pdu, size);
}

function readBits(bytes: Uint8Array, pdu: number, size: number, most: number): number {
	const there = Math.min(u8(bytes, pdu + 1), size - 2);
	const count = Math.min(most, 8 * there);
	unpack(out.values, bytes, pdu + 2, count);
	out.valueCount = count;
	return digestOf(bytes, pdu, size);
}

/** Bits to values, the lowest bit first (6.1); fills whole bytes, so up to seven values behind `count` are overwritten. */
function unpack(values: Uint16Array, bytes: Uint8Array, from: number, count: number): void {
	for (let index = 0, at = from; index < count; index += 8, at++) {
		const byte = bytes[at]!;
		values[index] = byte & 1;
		values[index + 1] = (byte >> 1) & 1;
		values[index + 2] = (byte >> 2) & 1;
		values[index + 3] = (byte >> 3) & 1;
		values[index + 4] = (byte >> 4) & 1;
		values[index + 5] = (byte >> 5) & 1;
		values[index + 6] = (byte >> 6) & 1;
		values[index + 7] = byte >> 7;
	}
}

function readRegisters(bytes: Uint8Array, from: number, count: number): number {
	const { values } = out;
	let digest = mix(DIGEST_START, count);
	let at = from;
	// Two at a time: the digest is the longer chain.
	for (let index = 0; index + 1 < count; index += 2, at += 4) {
		const one = (bytes[at]! << 8) | bytes[at + 1]!;
		const other = (bytes[at + 2]! << 8) | bytes[at + 3]!;
		values[index] = one;
		values[index + 1] = other;
		digest = mix(digest, (one << 16) | other);
	}
	if (count & 1) {
		const last = (bytes[at]! << 8) | bytes[at + 1]!;
		values[count - 1] = last;
		digest = mix(digest, last);
	}
	out.valueCount = count;
	return digest;
}

/** Groups of functions 20 and 21 (6.14, 6.15): reference type 6, file 1 to 65535, record 0 to 9999. */
function fileViolations(bytes: Uint8Array, pdu: number, size: number, isWrite: boolean): number {
	const byteCount = u8(bytes, pdu + 1);
	let violations = byteCount < 7 || byteCount > (isWrite ? 0xfb : 0xf5) ? BAD.byteCount : 0;
	const end = pdu + Math.min(size, 2 + byteCount);
	let at = pdu + 2;
	while (at < end) {
		if (at + 7 > end) return violations | BAD.byteCount;
		if (bytes[at] !== 6 || u16(bytes, at + 1) === 0 || u16(bytes, at + 3) > 9999) violations |= BAD.fileRecord;
		at += 7 + (isWrite ? 2 * u16(bytes, at + 5) : 0);
	}
	return at > end ? violations | BAD.byteCount : violations;
}

/** False where an answer contradicts its request. */
function isFitting(request: Transaction, bytes: Uint8Array, pdu: number, size: number): boolean {
	if (request.isUnreadable) return true;
	const { address, quantity, first } = request;
	const code = bytes[pdu]!;
	switch (code) {
		case CODE.readCoils:
		case CODE.readDiscreteInputs:
			return bytes[pdu + 1] === (quantity + 7) >> 3;
		case CODE.readHoldingRegisters:
		case CODE.readInputRegisters:
		case CODE.readWriteMultipleRegisters:
			return bytes[pdu + 1] === 2 * quantity || isWide(address, quantity, u8(bytes, pdu + 1));
		case CODE.writeSingleCoil:
		case CODE.writeSingleRegister:
			// Of a register of 32 bits the request is kept.
			if (request.pduLength > 0) return isEcho(request, bytes, pdu, size);
			return size >= 5 && u16(bytes, pdu + 1) === address && u16(bytes, pdu + 3) === first;
		case CODE.writeMultipleCoils:
		case CODE.writeMultipleRegisters:
			return size >= 5 && u16(bytes, pdu + 1) === address && u16(bytes, pdu + 3) === quantity;
		case CODE.maskWriteRegister:
			return size >= 7 && u16(bytes, pdu + 1) === address && u16(bytes, pdu + 3) === first && u16(bytes, pdu + 5) === request.second;
		case CODE.diagnostics:
			// 6.8.1: sub-function 0 loops the data back.
			return size >= 3 && u16(bytes, pdu + 1) === first && (first !== DIAGNOSTIC.returnQueryData || isEcho(request, bytes, pdu, size));
		case CODE.writeFileRecord:
			return isEcho(request, bytes, pdu, size);
		case CODE.encapsulatedInterface:
			return bytes[pdu + 1] === first;
		default:
			return true;
	}
}

/** True where `out`, a request, says what an earlier one said, as far as that was kept. */
function isSame(earlier: Transaction, first: number, second: number, bytes: Uint8Array, pdu: number, size: number): boolean {
	if (earlier.pduLength > size || earlier.address !== out.address || earlier.quantity !== out.quantity) return false;
	if (earlier.first !== first || earlier.second !== second) return false;
	for (let index = 0; index < earlier.pduLength; index++) if (earlier.pdu![index] !== bytes[pdu + index]) return false;
	return true;
}

/** True where an answer repeats its kept request. */
function isEcho(request: Transaction, bytes: Uint8Array, pdu: number, size: number): boolean {
	if (request.pduLength !== size) return false;
	for (let index = 0; index < size; index++) if (request.pdu![index] !== bytes[pdu + index]) return false;
	return true;
}
