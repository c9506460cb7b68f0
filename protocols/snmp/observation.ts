import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One variable with its value. Text is from the wire and hostile, without control and hidden characters. */
export interface Variable {
	oid: string;
	/** The tag of its type. */
	type: number;
	/** Integers, counters, gauges, time ticks; NaN where it is no number. */
	number: number;
	/** Text, an object identifier, an address, or bytes in hex; empty for numbers and where there is no value. */
	text: string;
}

/** Who answers for an agent of version 3 (RFC 3411, SnmpEngineID). */
export interface Engine {
	/** In hex. */
	id: string;
	enterprise: number;
	/** What the id was made of, where it says so; else empty. */
	mac: string;
	ip: string;
	text: string;
}

/** Fixed words: what does not fit. */
export type Violation = "message" | "header" | "security" | "pdu" | "variable";

/**
 * One SNMP message, or a request that nobody answered. On loan. `notification` is a trap or an inform; `encrypted` a message of version 3 whose contents are. The text of a community is never
 * kept: it is a password.
 */
export interface SnmpObservation extends ObservationBase {
	readonly protocol: "snmp";
	kind: "request" | "response" | "notification" | "report" | "encrypted" | "unanswered" | "malformed";
	version: number;
	/** Tag of the PDU; 0 where it is encrypted or was not read. */
	pdu: number;
	/** Of a response: the PDU that it answers; 0 where that was not seen. */
	requestPdu: number;
	requestId: number;
	requestFrame: number;
	/** Microseconds from request to answer; -1 where unknown. */
	latency: number;
	errorStatus: number;
	errorIndex: number;
	/** Of GetBulkRequest; else -1. */
	nonRepeaters: number;
	maxRepetitions: number;
	variables: Variable[];
	/** How many the message has; `variables` holds the first. */
	variableCount: number;
	/** Of a trap of version 1: its enterprise, numbers and who it says that it comes from. */
	enterprise: string;
	genericTrap: number;
	specificTrap: number;
	agentAddress: string;
	/** Of version 3. */
	engine: Engine | undefined;
	engineBoots: number;
	engineTime: number;
	userName: string;
	/** Bits of msgFlags; -1 in other versions. */
	flags: number;
	/** How many communities the flow has used, where it has just become one more; else 0. */
	communities: number;
	isFromServer: boolean;
	violation: Violation | undefined;
}
