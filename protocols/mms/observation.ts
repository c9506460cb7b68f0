import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { Value } from "../../src/wire/mmsData.ts";

/** What is wrong with a message, as fixed words. */
export const VIOLATIONS = [
	"foreign",
	"unfinished",
	"long",
	"session",
	"presentation",
	"acse",
	"pdu",
	"service",
	"names",
	"values",
	"results",
] as const;
export type Violation = (typeof VIOLATIONS)[number];

/** A report of IEC 61850-8-1 (17.2), as its optional fields say. */
export interface Report {
	readonly rptId: string;
	readonly sqNum: number | undefined;
	readonly timeOfEntry: Value | undefined;
	readonly dataSet: string;
	readonly confRev: number | undefined;
	readonly bufferOverflow: boolean | undefined;
	/** Point and value of each member that is in it. */
	readonly points: readonly string[];
	readonly values: readonly Value[];
}

/** One message, or what became of a request. On loan. An answer has its request's names. Texts are from the wire and hostile, without hidden characters. */
export interface MmsObservation extends ObservationBase {
	readonly protocol: "mms";
	kind:
		| "associate"
		| "associated"
		| "release"
		| "released"
		| "abort"
		| "request"
		| "response"
		| "error"
		| "reject"
		| "unconfirmed"
		| "cancel"
		| "cancelled"
		| "conclude"
		| "concluded"
		| "unanswered"
		| "unsolicited"
		| "malformed";
	/** Who sent it, by the flow; asked by the server where both ends ask. */
	isFromServer: boolean;
	/** Context tag of the MMS PDU; -1 for none. */
	pdu: number;
	invokeId: number;
	/** Service of a request and of its answer, or of an unconfirmed PDU; -1 for none. */
	service: number;
	/** Variables, as `domain/item`; of lists of names what was answered. */
	names: readonly string[];
	/** A named variable list. */
	list: string;
	/** A domain, a program invocation, a file, a scope; empty for none. */
	subject: string;
	/** Where a file goes to, or its new name. */
	target: string;
	objectClass: number;
	/** More names or data follow; undefined where it is not said. */
	moreFollows: boolean | undefined;
	/** Results of a read, or what is reported. */
	values: readonly Value[];
	/** What a write wrote, in its answer too. */
	written: readonly Value[];
	report: Report | undefined;
	/** Of `identify`. */
	vendor: string;
	model: string;
	revision: string;
	/** Of `status`; -1 where it is not said. */
	logicalStatus: number;
	physicalStatus: number;
	/** Bytes of a piece of a file or a domain; -1 for none. */
	length: number;
	/** Of a refusal, as an outcome code; 0 for none. */
	outcomeCode: number;
	/** Of an association: titles and the mechanism by which it proves who it is; a password is not kept. */
	callingTitle: string;
	calledTitle: string;
	applicationContext: string;
	mechanism: string;
	hasPassword: boolean;
	/** Largest PDU that is offered; -1 where it is not said. */
	pduSize: number;
	requestFrame: number;
	/** Microseconds; -1 where unknown. */
	latency: number;
	violation: Violation | "";
}

const NOTHING: readonly never[] = [];

const BLANK: Omit<MmsObservation, "time" | "frame" | "isFromServer"> = {
	protocol: "mms",
	kind: "request",
	pdu: -1,
	invokeId: -1,
	service: -1,
	names: NOTHING,
	list: "",
	subject: "",
	target: "",
	objectClass: -1,
	moreFollows: undefined,
	values: NOTHING,
	written: NOTHING,
	report: undefined,
	vendor: "",
	model: "",
	revision: "",
	logicalStatus: -1,
	physicalStatus: -1,
	length: -1,
	outcomeCode: 0,
	callingTitle: "",
	calledTitle: "",
	applicationContext: "",
	mechanism: "",
	hasPassword: false,
	pduSize: -1,
	requestFrame: 0,
	latency: -1,
	violation: "",
};

export const newObservation = (): MmsObservation => ({ ...BLANK, time: 0, frame: 0, isFromServer: false });

export const clear = (o: MmsObservation): void => {
	Object.assign(o, BLANK);
};
