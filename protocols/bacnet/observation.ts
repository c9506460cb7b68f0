import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { Plain, Value } from "./tags.ts";

/** One property of one object that a message names, with what it says of it. */
export interface Item {
	readonly objectId: number;
	/** -1 where only the object is named. */
	readonly property: number;
	/** Index of an array; -1 for all of it. */
	readonly index: number;
	/** 1 to 16, of a write; -1 for none. */
	readonly priority: number;
	readonly values: readonly Value[];
	/** Why there is no value; -1 for none. */
	readonly errorClass: number;
	readonly errorCode: number;
}

/** One row of a table of a BBMD (J.4.3, J.5.2). */
export interface TableEntry {
	readonly ip: string;
	readonly port: number;
	readonly mask?: string;
	/** Seconds. */
	readonly timeToLive?: number;
	readonly timeLeft?: number;
}

/** What the request said that an answer belongs to. */
export interface Asked {
	readonly frame: number;
	/** Microseconds. */
	readonly time: number;
	readonly service: number;
	readonly items: readonly Item[];
	readonly details: Details | undefined;
}

/** Parameters of a service by the names of its ASN.1 production (21). Text is from the wire and hostile. Never a password: only that there is one. */
export type Details = Record<string, Plain>;

export type Kind =
	| "request"
	| "response"
	| "error"
	| "reject"
	| "abort"
	| "segment"
	| "segment-ack"
	| "unconfirmed"
	| "network"
	| "bvlc"
	| "secured"
	| "unanswered"
	| "malformed";

/** One BACnet/IP message, or a request that nobody answered. On loan; one object is used again. */
export class BacnetObservation implements ObservationBase {
	readonly protocol = "bacnet";
	kind: Kind = "request";
	time = 0;
	frame = 0;

	// BVLC (J.2)
	function = -1;
	result = -1;
	timeToLive = -1;
	entries: readonly TableEntry[] = [];
	/** Of a forwarded message: the device that sent it; empty otherwise. */
	originIp = "";
	originPort = -1;

	// NPDU (6.2): network numbers, -1 for none; addresses as hex, empty for a broadcast.
	destinationNetwork = -1;
	destinationAddress = "";
	sourceNetwork = -1;
	sourceAddress = "";
	hopCount = -1;
	/** 0 normal to 3 life safety. */
	networkPriority = 0;
	messageType = -1;
	networks: readonly number[] = [];
	networkReason = -1;
	/** Of a routing table that is initialised: how many ports are given; -1 for none. */
	routingPorts = -1;

	// APDU (20.1); -1 for none.
	pduType = -1;
	invokeId = -1;
	service = -1;
	isConfirmed = false;
	maxApdu = -1;
	maxSegments = -1;
	sequenceNumber = -1;
	windowSize = -1;
	moreFollows = false;
	isNegative = false;
	/** Messages that this one was put together from; 1 for one that came whole. */
	segments = 1;
	errorClass = -1;
	errorCode = -1;
	/** Reason of a reject or an abort. */
	reason = -1;
	items: readonly Item[] = [];
	details: Details | undefined = undefined;

	// Who it is about: the device, -1 where the address says it; and whether it goes to all of them.
	unit = -1;
	isBroadcast = false;
	/** Who sent it is the server. */
	isFromServer = false;
	/** Of an answer: its request was seen; what it said. */
	isMatched = false;
	asked: Asked | undefined = undefined;
	requestFrame = 0;
	latency = -1;
	/** A request that is sent again, or an answer that was given already; an answer that comes after its time. */
	isRepeat = false;
	isLate = false;
	/** Only a part of the message was captured, or kept. */
	isCut = false;
	/** A backup or a restore of the device is going on, as its client asked. */
	procedure: "" | "backup" | "restore" = "";
	/** The same device was just said to be at the other of these two addresses; empty where it was not. */
	rival = "";
	rivalFrame = 0;
	/** Fixed words; empty where nothing is wrong. */
	violation = "";

	reset(time: number, frame: number): void {
		this.kind = "request";
		this.time = time;
		this.frame = frame;
		this.function = this.result = this.timeToLive = this.originPort = -1;
		this.entries = NO_ENTRIES;
		this.originIp = this.destinationAddress = this.sourceAddress = this.procedure = this.rival = this.violation = "";
		this.destinationNetwork = this.sourceNetwork = this.hopCount = this.messageType = this.networkReason = this.routingPorts = -1;
		this.networkPriority = 0;
		this.networks = NO_NETWORKS;
		this.pduType = this.invokeId = this.service = this.maxApdu = this.maxSegments = this.sequenceNumber = this.windowSize = -1;
		this.isConfirmed = this.moreFollows = this.isNegative = this.isBroadcast = this.isFromServer = this.isMatched = false;
		this.isRepeat = this.isLate = this.isCut = false;
		this.segments = 1;
		this.errorClass = this.errorCode = this.reason = this.unit = this.latency = -1;
		this.items = NO_ITEMS;
		this.details = this.asked = undefined;
		this.requestFrame = this.rivalFrame = 0;
	}
}

const NO_ITEMS: readonly Item[] = [];
const NO_ENTRIES: readonly TableEntry[] = [];
const NO_NETWORKS: readonly number[] = [];
