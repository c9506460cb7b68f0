import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { ObjectReader } from "./reader.ts";

export type Dnp3Kind = "request" | "response" | "unsolicited" | "confirm" | "unanswered" | "link" | "malformed";

/** One fragment of the application layer, one frame of the link layer alone, or a request that nobody answered. On loan. */
export interface Dnp3Observation extends ObservationBase {
	readonly protocol: "dnp3";
	kind: Dnp3Kind;
	/** Link control octet of the frame that completed it; -1 where there is no header. */
	linkControl: number;
	/** Link addresses; -1 where there is no header. */
	source: number;
	destination: number;
	/** Of these the one of the outstation (a broadcast address too), and of the master; -1 where there is no header. */
	outstation: number;
	master: number;
	/** The direction bit is set: a master says it. */
	isFromMaster: boolean;
	/** The flow's server sent it: against the direction bit where the message lies. */
	isFromServer: boolean;
	/** Application control octet, function and sequence; -1 where there are none. */
	control: number;
	functionCode: number;
	/** Internal indications of a response; else -1. */
	iin: number;
	/** The fragment; for `malformed` what was read of the frame. Empty for `link`; for `unanswered` the request. */
	bytes: Uint8Array;
	start: number;
	end: number;
	/** What is in it; of `unanswered` what was in the request. */
	readonly objects: ObjectReader;
	/** The request that a response answers, as far as it is kept; empty where it was not seen. */
	requestBytes: Uint8Array;
	requestLength: number;
	/** Its function; -1 where it was not seen. */
	requestFunction: number;
	/** Frame of the request, or of the response that is confirmed; 0 where it was not seen. */
	requestFrame: number;
	/** Microseconds from request to its first response, or from response to confirm; -1 where unknown. */
	latency: number;
	/** The request was said to be unanswered before. */
	isLate: boolean;
	/** A request that nobody answers: to all, or of a function without an answer. */
	isUnanswerable: boolean;
	/** The same request again while it waits. */
	isRepeated: boolean;
	/** A further fragment of a response. */
	isContinued: boolean;
	/** A response that answers nothing, though every request was seen for a while. */
	isUnasked: boolean;
	/** The outstation says for the first time since it said otherwise that it was restarted; that its configuration is corrupt. */
	isRestarted: boolean;
	isCorrupted: boolean;
	/** A request to be silent, to an outstation that spoke unasked on this connection, or was told to, and was not restarted since. */
	isSilencing: boolean;
	/** Frame of the select that an operate differs from; 0 for none. */
	selectFrame: number;
	/** Bits of VIOLATION. */
	violations: number;
}
