/** What the EtherNet/IP decoder says: one message of the encapsulation or one service of CIP in it. One object, reused: on loan. */
import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { DeviceIdentity } from "./attributes.ts";
import type { CipRequest } from "./cip.ts";
import type { CipAnswer } from "./cipAnswers.ts";

/** What a device tells of itself to who looks for devices (CIP Vol. 2, 2-4.2). */
export interface ListedIdentity extends DeviceIdentity {
	encapsulationVersion: number;
	ip: string;
	port: number;
	status: number;
	/** -1 where it was not said. */
	state: number;
}

/** One service class of a device (2-4.6). */
export interface ListedService {
	version: number;
	capabilityFlags: number;
	name: string;
}

export interface EnipObservation extends ObservationBase {
	readonly protocol: "enip";
	/**
	 * `error` is an answer whose status is not good; `io` are the values of an I/O connection; `data` is what goes over a connection to an object with a format of
	 * its own; `unanswered` is a request to which nobody answered.
	 */
	kind: "request" | "response" | "error" | "unanswered" | "io" | "data" | "malformed";
	/** Of the encapsulation; -1 where there is none. */
	command: number;
	session: number;
	status: number;
	/** The sender context, its two halves. */
	contextLow: number;
	contextHigh: number;
	/** -1 for a message without a connection. */
	connectionId: number;
	/** Of a connected message, or -1. */
	sequenceCount: number;
	/** Of an I/O message, or -1. */
	ioSequence: number;
	/** What is asked; of an answer what it answers, undefined where that was not seen or is no service. */
	request: CipRequest | undefined;
	answer: CipAnswer | undefined;
	/** Place in a Multiple Service Packet, from 0; -1 for none. */
	place: number;
	identities: readonly ListedIdentity[];
	services: readonly ListedService[];
	/** Data of `io`, `data` and `malformed`: on loan. */
	bytes: Uint8Array;
	start: number;
	end: number;
	isFromServer: boolean;
	/** Sent to all devices of a network. */
	isBroadcast: boolean;
	/** The same request while the first still waits. */
	isRepeated: boolean;
	/** Whose bytes they are. */
	senderIp: string | undefined;
	/** An answer whose request was seen. */
	matched: boolean;
	/** Frame of the request; 0 where none was seen. */
	requestFrame: number;
	/** Microseconds from request to answer; -1 where unknown. */
	latency: number;
	/** Fixed words; empty where nothing is wrong. */
	violation: string;
}

export const NO_BYTES = new Uint8Array(0);

/** A fresh one. */
export const createObservation = (): EnipObservation => ({
	protocol: "enip",
	kind: "request",
	time: 0,
	frame: 0,
	command: -1,
	session: 0,
	status: 0,
	contextLow: 0,
	contextHigh: 0,
	connectionId: -1,
	sequenceCount: -1,
	ioSequence: -1,
	request: undefined,
	answer: undefined,
	place: -1,
	identities: [],
	services: [],
	bytes: NO_BYTES,
	start: 0,
	end: 0,
	isFromServer: false,
	isBroadcast: false,
	isRepeated: false,
	senderIp: undefined,
	matched: false,
	requestFrame: 0,
	latency: -1,
	violation: "",
});

/** Makes it blank, but for kind, time and frame. */
export function resetObservation(out: EnipObservation): void {
	out.command = out.connectionId = out.sequenceCount = out.ioSequence = out.place = out.latency = -1;
	out.session = out.status = out.contextLow = out.contextHigh = out.requestFrame = 0;
	out.request = undefined;
	out.answer = undefined;
	out.identities = [];
	out.services = [];
	out.bytes = NO_BYTES;
	out.start = out.end = 0;
	out.isFromServer = out.isBroadcast = out.isRepeated = out.matched = false;
	out.violation = "";
}
