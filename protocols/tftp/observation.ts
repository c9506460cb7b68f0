import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One option of a request or of its acknowledgement (RFC 2347), as it was sent. */
export interface TftpOption {
	name: string;
	value: string;
}

/** One TFTP packet. On loan. Every text is from the wire and hostile, without control and hidden characters. */
export interface TftpObservation extends ObservationBase {
	readonly protocol: "tftp";
	/** A malformed one is a request or an option acknowledgement that could not be read to its end. */
	kind: "request" | "data" | "acknowledgement" | "error" | "option-acknowledgement" | "malformed";
	opcode: number;
	/** Of a request, and of an error what was asked for; empty where that was not seen. Of a name that is too long its end. */
	fileName: string;
	/** In lower case; empty where there is none. */
	mode: string;
	options: TftpOption[];
	/** Of data and acknowledgements; else -1. */
	block: number;
	/** Bytes of data; -1 where there is none. */
	length: number;
	/** -1 for none. */
	errorCode: number;
	errorText: string;
	/** Opcode of the request that a server's error answers; 0 where that was not seen. */
	requestOpcode: number;
	requestFrame: number;
	/** Microseconds from request to error; -1 where unknown. */
	latency: number;
	/** Fixed words; empty where nothing is wrong. */
	violation: string;
}
