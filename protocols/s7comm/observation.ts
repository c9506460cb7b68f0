import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { Shape } from "./items.ts";
import type { Watch } from "./watch.ts";

/** What is wrong with a message, as fixed words. */
export const VIOLATIONS = ["foreign", "unfinished", "long", "protocol-id", "rosctr", "length", "parameters", "items", "data"] as const;
export type Violation = (typeof VIOLATIONS)[number];

/**
 * One message, or what became of a request. On loan; so are `bytes` and what the shapes hold. A response has its request's function and addresses. `client` and `server` are
 * those of the flow: who asks is told by `isFromServer`, as a controller asks too while it is given a block.
 */
export interface S7Observation extends ObservationBase {
	readonly protocol: "s7comm";
	kind: "connect" | "accept" | "disconnect" | "request" | "response" | "push" | "unanswered" | "unsolicited" | "malformed";
	isFromServer: boolean;
	/** -1 where there is no message. */
	rosctr: number;
	reference: number;
	/** Function of a job or of its answer; -1 for none. */
	functionCode: number;
	/** Of userdata; -1 for none. */
	type: number;
	group: number;
	subFunction: number;
	sequence: number;
	/** More parts of this answer follow. */
	hasMore: boolean;
	/** Class and code of an acknowledgement, parameter error of userdata, or return code of its data; 0 where all is well. */
	errorCode: number;
	/** Bytes of parameters and data. */
	bytes: Uint8Array;
	parameterStart: number;
	parameterEnd: number;
	dataStart: number;
	dataEnd: number;
	/** Contents of userdata behind its data header; of an answer in several parts, with the last, all of them. `bytes` of its own. */
	contents: Uint8Array;
	contentsStart: number;
	contentsEnd: number;
	/** Addresses of a read, a write or a subscription. */
	shape: Shape | undefined;
	/** Variables of a job of the programming tool: read, modified or forced. */
	watch: Watch | undefined;
	/** Of the answer to a write: the values of each item, as the request had them. */
	written: readonly (readonly number[])[];
	/** Where the values of a read, a write or a push begin (`bytes`), and -1 for none. */
	valuesAt: number;
	valuesEnd: number;
	/** A block, a service or a list by name, of this message or of its request. */
	name: string;
	/** What it is about, e.g. the block of a transfer; empty for none. */
	subject: string;
	/** Of a connection: selectors as hex, and the largest TPDU. */
	callingTsap: string;
	calledTsap: string;
	tpduSize: number;
	/** The request that this answers: its frame; 0 for none. */
	requestFrame: number;
	/** Microseconds; -1 where unknown. */
	latency: number;
	/** It asks for the next part of an answer. */
	isContinuation: boolean;
	violation: Violation | "";
}

const NO_BYTES = new Uint8Array(0);
const NOTHING: readonly (readonly number[])[] = [];

export function newObservation(): S7Observation {
	return {
		protocol: "s7comm",
		kind: "request",
		time: 0,
		frame: 0,
		isFromServer: false,
		rosctr: -1,
		reference: -1,
		functionCode: -1,
		type: -1,
		group: -1,
		subFunction: -1,
		sequence: -1,
		hasMore: false,
		errorCode: 0,
		bytes: NO_BYTES,
		parameterStart: 0,
		parameterEnd: 0,
		dataStart: 0,
		dataEnd: 0,
		contents: NO_BYTES,
		contentsStart: 0,
		contentsEnd: 0,
		shape: undefined,
		watch: undefined,
		written: NOTHING,
		valuesAt: -1,
		valuesEnd: 0,
		name: "",
		subject: "",
		callingTsap: "",
		calledTsap: "",
		tpduSize: 0,
		requestFrame: 0,
		latency: -1,
		isContinuation: false,
		violation: "",
	};
}

/** Resets what a message need not have. */
export function clear(o: S7Observation): void {
	o.rosctr = o.reference = o.functionCode = o.type = o.group = o.subFunction = o.sequence = -1;
	o.hasMore = o.isContinuation = false;
	o.errorCode = 0;
	o.bytes = o.contents = NO_BYTES;
	o.parameterStart = o.parameterEnd = o.dataStart = o.dataEnd = o.contentsStart = o.contentsEnd = 0;
	o.shape = undefined;
	o.watch = undefined;
	o.written = NOTHING;
	o.valuesAt = -1;
	o.valuesEnd = 0;
	o.name = o.subject = o.callingTsap = o.calledTsap = "";
	o.tpduSize = o.requestFrame = 0;
	o.latency = -1;
	o.violation = "";
}
