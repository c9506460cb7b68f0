import type { ObservationBase } from "../../src/decode/protocol.ts";

/** Objects of one ASDU: the number has seven bits (7.2.2). */
export const MAX_OBJECTS = 127;
/** Octets kept of a time: CP56Time2a has seven, CP24Time2a the first three of them. */
export const STAMP = 7;

/** One APDU. On loan, like its arrays, which are overwritten with the next one. */
export interface Iec104Observation extends ObservationBase {
	readonly protocol: "iec104";
	/**
	 * `information` is what a station says of its process or of itself, `request` an activation, a deactivation or a read, `confirmation`, `termination` and `refusal` its answers;
	 * `supervisory` and `unnumbered` are the S and U formats. `security` and `other` are ASDUs of 60870-5-7 and of types that nobody describes.
	 */
	kind:
		| "information"
		| "request"
		| "confirmation"
		| "termination"
		| "refusal"
		| "file"
		| "security"
		| "other"
		| "supervisory"
		| "unnumbered"
		| "unanswered"
		| "malformed";
	format: "I" | "S" | "U" | "";
	isFromServer: boolean;
	/** Octets of the APDU, or of what is none. */
	size: number;
	/** First control octet of the U format; -1 elsewhere. */
	control: number;
	/** N(S) of the I format, N(R) of the I and S formats; -1 elsewhere. */
	sendSequence: number;
	receiveSequence: number;
	/** The N(S) that was due, where another one came; else -1. */
	expectedSequence: number;
	/** -1 where there is no ASDU, or not its whole header. */
	typeId: number;
	/** As the qualifier has it (7.2.2). */
	count: number;
	isSequence: boolean;
	cause: number;
	isNegative: boolean;
	isTest: boolean;
	originator: number;
	commonAddress: number;
	/** Objects that were read; each has its index in the arrays. */
	objectCount: number;
	readonly addresses: Int32Array;
	/** NaN where the object has no number. Bitstrings are unsigned; of a file its length in octets. */
	readonly values: Float64Array;
	/** Quality bits where they stand in SIQ, DIQ, QDS and QDP: IV 0x80, NT 0x40, SB 0x20, BL 0x10, EI 0x08, OV 0x01. */
	readonly qualities: Uint8Array;
	/** What else the element has: qualifier, transient bit, counter's sequence, elapsed milliseconds, status of a file; -1 for nothing. */
	readonly details: Int32Array;
	/** Name of the file of each entry of a directory; association of security statistics; else -1. */
	readonly names: Int32Array;
	/** Seven octets for each object; of a query the first two are its beginning and end. */
	readonly stamps: Uint8Array;
	/** -1 where the ASDU names no file. Checksum, length and segment in their own units: octets, sum of octets. */
	fileName: number;
	section: number;
	fileLength: number;
	checksum: number;
	segmentLength: number;
	/** Octets of the file that passed on this connection so far, headers not counted; -1 where nothing is known. */
	transferred: number;
	/** What it answers was seen. */
	isMatched: boolean;
	/** Microseconds from what it answers; -1 where unknown. */
	latency: number;
	/** Frame of what it answers; -1 where unknown. */
	requestFrame: number;
	/** Type that asked for it, and the detail of that request; -1 where nobody is known to have. */
	requestType: number;
	requestDetail: number;
	/** Bits of VIOLATION. */
	violations: number;
}

export const newObservation = (): Iec104Observation => ({
	protocol: "iec104",
	kind: "malformed",
	time: 0,
	frame: 0,
	format: "",
	isFromServer: false,
	size: 0,
	control: -1,
	sendSequence: -1,
	receiveSequence: -1,
	expectedSequence: -1,
	typeId: -1,
	count: 0,
	isSequence: false,
	cause: 0,
	isNegative: false,
	isTest: false,
	originator: 0,
	commonAddress: 0,
	objectCount: 0,
	addresses: new Int32Array(MAX_OBJECTS),
	values: new Float64Array(MAX_OBJECTS),
	qualities: new Uint8Array(MAX_OBJECTS),
	details: new Int32Array(MAX_OBJECTS),
	names: new Int32Array(MAX_OBJECTS),
	stamps: new Uint8Array(MAX_OBJECTS * STAMP),
	fileName: -1,
	section: -1,
	fileLength: -1,
	checksum: -1,
	segmentLength: -1,
	transferred: -1,
	isMatched: false,
	latency: -1,
	requestFrame: -1,
	requestType: -1,
	requestDetail: -1,
	violations: 0,
});

/** Everything but time, frame and the arrays as in a new one. */
export function clear(o: Iec104Observation): void {
	o.format = "";
	o.size = 0;
	o.control = o.sendSequence = o.receiveSequence = o.expectedSequence = o.typeId = -1;
	o.count = o.cause = o.originator = o.commonAddress = o.objectCount = 0;
	o.isSequence = o.isNegative = o.isTest = o.isMatched = false;
	o.fileName = o.section = o.fileLength = o.checksum = o.segmentLength = o.transferred = -1;
	o.latency = o.requestFrame = o.requestType = o.requestDetail = -1;
	o.violations = 0;
}
