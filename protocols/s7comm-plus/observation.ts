import type { ObservationBase } from "../../src/decode/protocol.ts";

/** What is wrong with a message, as fixed words. */
export type Violation = "foreign" | "unfinished" | "long" | "protocol-id" | "version" | "length" | "opcode" | "function" | "parameters";

/** A variable of a request, an answer or a notification. `value` is NaN where it is no number or none was read; `text` what it is instead. */
export interface PlusItem {
	point: string;
	type: number;
	value: number;
	text: string;
	/** Its own return code; 0 where all is well. */
	errorCode: number;
}

/** An object that is created, by its class and name. */
export interface CreatedObject {
	relationId: number;
	classId: number;
	name: string;
	/** Number of a block; -1 for none. */
	block: number;
}

/** One message, or what became of a request. On loan; its lists are made anew for each. */
export interface PlusObservation extends ObservationBase {
	readonly protocol: "s7comm-plus";
	kind:
		| "connect"
		| "accept"
		| "disconnect"
		| "request"
		| "response"
		| "notification"
		| "event"
		| "keep-alive"
		| "secured"
		| "unanswered"
		| "unsolicited"
		| "malformed";
	isFromServer: boolean;
	/** Address of the flow's client. */
	clientIp: string | undefined;
	/** -1 for none. */
	version: number;
	opcode: number;
	functionCode: number;
	sequence: number;
	sessionId: number;
	/** The message is signed with a digest. */
	hasDigest: boolean;
	/** The object that it is about; -1 for none. */
	objectId: number;
	/** Its name, where it is one of those that every controller has. */
	object: string;
	/** Ids of attributes that are asked for or written by themselves. */
	attributes: readonly number[];
	items: readonly PlusItem[];
	objects: readonly CreatedObject[];
	/** What the two say of themselves as a session begins. */
	session: { clientId: string; user: string; application: string; host: string; product: string } | undefined;
	/** Ids that an answer gives to new objects. */
	created: readonly number[];
	/** 0 where all is well; -1 or less, or one of the codes of refusals, where not. */
	returnCode: number;
	/** Text of a system event. */
	text: string;
	/** Contents that nobody has described, or that cannot be read: the rest of the message was not. */
	isUnread: boolean;
	/** It writes a password, or the answer to a challenge. */
	isLogin: boolean;
	/** Selectors as hex, or as text where they are one; and the largest TPDU. */
	callingTsap: string;
	calledTsap: string;
	tpduSize: number;
	requestFrame: number;
	/** Microseconds; -1 where unknown. */
	latency: number;
	violation: Violation | "";
}

const NONE: readonly never[] = [];

export function newObservation(): PlusObservation {
	return {
		protocol: "s7comm-plus",
		kind: "request",
		time: 0,
		frame: 0,
		isFromServer: false,
		clientIp: undefined,
		version: -1,
		opcode: -1,
		functionCode: -1,
		sequence: -1,
		sessionId: -1,
		hasDigest: false,
		objectId: -1,
		object: "",
		attributes: NONE,
		items: NONE,
		objects: NONE,
		session: undefined,
		created: NONE,
		returnCode: 0,
		text: "",
		isUnread: false,
		isLogin: false,
		callingTsap: "",
		calledTsap: "",
		tpduSize: 0,
		requestFrame: 0,
		latency: -1,
		violation: "",
	};
}

export function clear(o: PlusObservation): void {
	o.version = o.opcode = o.functionCode = o.sequence = o.sessionId = o.objectId = o.latency = -1;
	o.hasDigest = o.isUnread = o.isLogin = false;
	o.object = o.text = o.callingTsap = o.calledTsap = "";
	o.attributes = o.items = o.objects = o.created = NONE;
	o.session = undefined;
	o.returnCode = o.tpduSize = o.requestFrame = 0;
	o.violation = "";
}
