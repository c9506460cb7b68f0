/** What the Modbus decoder says: one message, or one request that nobody answered. */
import type { DecoderContext, ObservationBase } from "../../src/decode/protocol.ts";
import { MAX_BITS } from "./wire.ts";

/** How a message is wrapped: behind an MBAP header, or as on a serial line (also in TCP or UDP), in binary or in ASCII. */
export type Framing = "tcp" | "rtu" | "ascii";

export type ModbusKind = "request" | "response" | "exception" | "unanswered" | "unsolicited" | "malformed";

/** One object serves all flows and is overwritten by the next message: on loan. Numbers are -1 where the message has no such field. */
export interface ModbusObservation extends ObservationBase {
	readonly protocol: "modbus";
	kind: ModbusKind;
	framing: Framing;
	/** -1 in the framings of a serial line, which have none. */
	transactionId: number;
	unitId: number;
	/** Without the exception flag; as sent where `malformed`. */
	functionCode: number;
	/** 0 where the answer is no exception. */
	exceptionCode: number;
	/** First address, from 0, and count: of what is read, or of the one thing that is written. An answer has those of its request. */
	address: number;
	quantity: number;
	/** The first `valueCount` are what the server answered; a bit is 0 or 1. */
	readonly values: Uint16Array;
	valueCount: number;
	/** Function 23: the written part. Of the other writes it is address and quantity again. */
	writeAddress: number;
	writeQuantity: number;
	/** The first `writtenCount` are what the request writes; known in its answer too. */
	readonly written: Uint16Array;
	writtenCount: number;
	andMask: number;
	orMask: number;
	/** Function 8. */
	subFunction: number;
	/** Function 43. */
	mei: number;
	/** The message's PDU, on loan; of an `unanswered` request nothing, of a `malformed` one without a header the bytes stepped over. */
	bytes: Uint8Array;
	pduStart: number;
	pduEnd: number;
	/** The request's PDU from 0 in an answer or `unanswered`, for the functions whose request is kept (8, 15, 16, 20, 21, 23, 43, 90). */
	request: Uint8Array;
	requestEnd: number;
	/** Frame of the request; 0 where none was seen. */
	requestFrame: number;
	/** Frame of the first answer where this is a further one; else 0. */
	answerFrame: number;
	/** Microseconds from request to answer. */
	latency: number;
	/** Who sent the bytes; false for `unanswered`. */
	isFromServer: boolean;
	/** Request: false. Answer: its request was seen. */
	matched: boolean;
	/** The answer came after its request was reported as unanswered. */
	late: boolean;
	/** A request under a transaction id, unit and function whose last request has had no answer: the same again; or another one, while it still waits. */
	isRepeated: boolean;
	isReused: boolean;
	/** A further answer to a request that has its answer: the same again, or with other content. */
	isDuplicate: boolean;
	isDiverging: boolean;
	/** An answer to nothing, though everything that was asked before it is known: no byte of the connection was lost, and its answers fitted. */
	isUnasked: boolean;
	/** No answer is due (a broadcast write, listen-only); also in an answer that came nevertheless. */
	isUnanswerable: boolean;
	/** Bits of VIOLATION. */
	violations: number;
	/** How many bytes of a serial line were noise; 0 in every message. */
	noiseBytes: number;
	/** Of the flow that speaks; its memory is for the lines (memory.ts). */
	context: DecoderContext<ModbusObservation> | undefined;
}

const NONE = new Uint8Array(0);

/** A fresh one. */
export const createObservation = (): ModbusObservation => ({
	protocol: "modbus",
	kind: "request",
	framing: "tcp",
	time: 0,
	frame: 0,
	transactionId: -1,
	unitId: -1,
	functionCode: -1,
	exceptionCode: 0,
	address: -1,
	quantity: -1,
	values: new Uint16Array(MAX_BITS),
	valueCount: 0,
	writeAddress: -1,
	writeQuantity: -1,
	written: new Uint16Array(MAX_BITS),
	writtenCount: 0,
	andMask: -1,
	orMask: -1,
	subFunction: -1,
	mei: -1,
	bytes: NONE,
	pduStart: 0,
	pduEnd: 0,
	request: NONE,
	requestEnd: 0,
	requestFrame: 0,
	answerFrame: 0,
	latency: -1,
	isFromServer: false,
	matched: false,
	late: false,
	isRepeated: false,
	isReused: false,
	isDuplicate: false,
	isDiverging: false,
	isUnasked: false,
	isUnanswerable: false,
	violations: 0,
	noiseBytes: 0,
	context: undefined,
});

/** Makes it blank, but for kind, framing, time, frame and context. */
export function resetObservation(out: ModbusObservation): void {
	out.transactionId = -1;
	out.unitId = -1;
	out.functionCode = -1;
	out.exceptionCode = 0;
	out.address = -1;
	out.quantity = -1;
	out.valueCount = 0;
	out.writeAddress = -1;
	out.writeQuantity = -1;
	out.writtenCount = 0;
	out.andMask = -1;
	out.orMask = -1;
	out.subFunction = -1;
	out.mei = -1;
	out.bytes = NONE;
	out.pduStart = 0;
	out.pduEnd = 0;
	out.request = NONE;
	out.requestEnd = 0;
	out.requestFrame = 0;
	out.answerFrame = 0;
	out.latency = -1;
	out.isFromServer = false;
	out.matched = false;
	out.late = false;
	out.isRepeated = false;
	out.isReused = false;
	out.isDuplicate = false;
	out.isDiverging = false;
	out.isUnasked = false;
	out.isUnanswerable = false;
	out.violations = 0;
	out.noiseBytes = 0;
}
