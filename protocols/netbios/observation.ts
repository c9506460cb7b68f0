import type { ObservationBase } from "../../src/decode/protocol.ts";

/** A name with the last of its sixteen bytes. Owned; hostile text without hidden characters. */
export interface NetbiosName {
	readonly name: string;
	readonly suffix: number;
	/** Of a group; undefined where the message does not say. */
	readonly isGroup: boolean | undefined;
}

/** A name that a node has (RFC 1002, 4.2.18). */
export interface StatusName extends NetbiosName {
	readonly isInConflict: boolean;
}

/** An address that a name has (4.2.1.3). */
export interface NameAddress {
	readonly ip: string;
	readonly isGroup: boolean;
	/** Index into NODE_TYPES. */
	readonly nodeType: number;
}

/** What a browser announces ([MS-BRWS] 2.2). */
export interface Announcement {
	/** Of the server; of a domain its name. */
	readonly name: string;
	/** "major.minor"; empty where none is said. */
	readonly version: string;
	/** Bits of what it says to be. */
	readonly serverType: number;
	/** Of a domain the master browser. */
	readonly comment: string;
}

/** One message of the name service, or one datagram. On loan. */
export interface NetbiosObservation extends ObservationBase {
	readonly protocol: "netbios";
	kind: "request" | "response" | "unanswered" | "unsolicited" | "datagram" | "malformed";
	/** It came to port 138; else from the name service. */
	isDatagram: boolean;
	isFromServer: boolean;
	/** Of who sent it; empty on a link without IP. Of `unanswered` that of who asked. */
	senderIp: string;
	transactionId: number;
	opcode: number;
	/** Of the question; of a message without one that of its record. */
	type: number;
	responseCode: number;
	/** It went to all of a network. */
	isBroadcast: boolean;
	/** The sender is a name server. */
	isNameServer: boolean;
	/** It is asked about, claimed, given up or answered for; undefined where none could be read. */
	name: NetbiosName | undefined;
	/** That the record of a request claims, or that of a response says. */
	addresses: NameAddress[];
	/** Of a node status. */
	names: StatusName[];
	/** Of a node status: MAC address of the node; empty where none is said. */
	unitId: string;
	/** Seconds; -1 where absent. */
	timeToLive: number;
	/** Microseconds; -1 where unknown. */
	latency: number;
	requestFrame: number;
	/** A response that fits a request. */
	isMatched: boolean;
	/** Of a datagram; else -1. */
	datagramType: number;
	/** Of a datagram: where it came from, as it says itself. */
	sourceIp: string;
	destination: NetbiosName | undefined;
	errorCode: number;
	/** It is a piece of a longer datagram. */
	isFragment: boolean;
	mailslot: string;
	/** Of the browser; -1 for none. */
	command: number;
	announcement: Announcement | undefined;
	violation: "" | "question" | "record" | "record-length" | "length" | "name";
}

export const newObservation = (): NetbiosObservation => ({
	protocol: "netbios",
	kind: "request",
	time: 0,
	frame: 0,
	isDatagram: false,
	isFromServer: false,
	senderIp: "",
	transactionId: 0,
	opcode: 0,
	type: 0,
	responseCode: 0,
	isBroadcast: false,
	isNameServer: false,
	name: undefined,
	addresses: [],
	names: [],
	unitId: "",
	timeToLive: -1,
	latency: -1,
	requestFrame: 0,
	isMatched: false,
	datagramType: -1,
	sourceIp: "",
	destination: undefined,
	errorCode: -1,
	isFragment: false,
	mailslot: "",
	command: -1,
	announcement: undefined,
	violation: "",
});
