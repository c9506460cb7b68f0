/** What the decoder says of one MQTT control packet. One object, reused: on loan. */
import type { ObservationBase } from "../../src/decode/protocol.ts";
import type { PacketName } from "./codes.ts";

/** One entry of a SUBSCRIBE, with the answer once it is known. */
export interface Filter {
	topicFilter: string;
	/** Maximum QoS that was asked for; -1 for UNSUBSCRIBE. */
	qos: number;
	noLocal: boolean;
	retainAsPublished: boolean;
	retainHandling: number;
	/** Granted QoS or reason; -1 while unknown. */
	reasonCode: number;
}

/** The message that a client leaves for its own end (3.1.2.5). */
export interface Will {
	topic: string;
	qos: number;
	retain: boolean;
	payloadSize: number;
	properties: Record<string, unknown> | undefined;
}

export interface MqttObservation extends ObservationBase {
	readonly protocol: "mqtt";
	/** The packet, or `unanswered` (no acknowledgement came in time), `malformed`. */
	kind: PacketName | "unanswered" | "malformed";
	/** The packet's type; of `unanswered` that of what was asked. */
	packetType: number;
	isFromServer: boolean;
	/** Addresses of the flow's two sides. */
	readonly ends: { client: string | undefined; server: string | undefined };
	/** Level of the connection (3, 4, 5); 0 where its CONNECT was not seen and nothing gave it away. */
	level: number;
	/** Of the connection, where its CONNECT was seen. */
	clientId: string | undefined;
	/** Bytes of the whole packet. */
	size: number;
	/** -1 for none. */
	packetId: number;
	/** Return or reason code; -1 for none. */
	reasonCode: number;
	properties: Record<string, unknown> | undefined;
	reason: string;

	/** Of an acknowledgement: what it acknowledges was seen. */
	isMatched: boolean;
	/** Microseconds; -1 where unknown. */
	latency: number;
	requestFrame: number;

	/** PUBLISH. `topic` is also that of the message which an acknowledgement is for. */
	topic: string;
	topicAlias: number;
	qos: number;
	isDuplicate: boolean;
	isRetained: boolean;
	payloadSize: number;
	/** The payload, where it is one number written out. */
	value: number;

	/** CONNECT. */
	isCleanStart: boolean;
	keepAlive: number;
	userName: string | undefined;
	hasPassword: boolean;
	isBridge: boolean;
	will: Will | undefined;
	/** CONNACK. */
	isSessionPresent: boolean;

	/** SUBSCRIBE, UNSUBSCRIBE and their answers. */
	filters: readonly Filter[];
}

export const newObservation = (): MqttObservation => ({
	protocol: "mqtt",
	kind: "malformed",
	time: 0,
	frame: 0,
	packetType: 0,
	isFromServer: false,
	ends: { client: undefined, server: undefined },
	level: 0,
	clientId: undefined,
	size: 0,
	packetId: -1,
	reasonCode: -1,
	properties: undefined,
	reason: "",
	isMatched: false,
	latency: -1,
	requestFrame: -1,
	topic: "",
	topicAlias: 0,
	qos: 0,
	isDuplicate: false,
	isRetained: false,
	payloadSize: 0,
	value: Number.NaN,
	isCleanStart: false,
	keepAlive: 0,
	userName: undefined,
	hasPassword: false,
	isBridge: false,
	will: undefined,
	isSessionPresent: false,
	filters: NO_FILTERS,
});

export const NO_FILTERS: readonly Filter[] = [];
