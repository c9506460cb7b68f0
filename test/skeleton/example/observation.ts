import type { ObservationBase } from "../../../src/decode/protocol.ts";

/** One message of the example protocol. On loan. */
export interface ExampleObservation extends ObservationBase {
	readonly protocol: "example";
	kind: "request" | "response" | "unanswered" | "malformed";
	functionCode: number;
	transactionId: number;
	/** Of an answer; NaN where there is none. */
	value: number;
	/** Frame of the request that an answer answers; its own where there is none. */
	requestFrame: number;
	/** Microseconds from request to answer; -1 where unknown. */
	latency: number;
	/** Fixed words; empty where nothing is wrong. */
	violation: string;
}
