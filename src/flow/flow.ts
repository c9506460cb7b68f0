/** A flow: everything that two endpoints said to each other over one pair of ports. */

/** Which way bytes go. */
export const TO_SERVER = 0;
export const TO_CLIENT = 1;
export type Direction = typeof TO_SERVER | typeof TO_CLIENT;

/** One end of a flow. Text is made at first use and kept. */
export interface Endpoint {
	/** Canonical text, or undefined on a link without IP. */
	readonly ip: string | undefined;
	/** Undefined where the transport has no ports. */
	readonly port: number | undefined;
	/** `aa:bb:cc:dd:ee:ff` as last seen from this side, or undefined on a link without MAC addresses. */
	readonly mac: string | undefined;
	/** On a serial line: its name, or that of whoever asks on it. */
	readonly line?: string;
}

/** What an end is known by: its IP address, its serial line, or its MAC address. */
export const addressOf = ({ ip, line, mac }: Endpoint): string | undefined => ip ?? line ?? mac;

/** What decoders, operations and detections may see of a flow. */
export interface FlowView {
	/** Unique in this run of the engine, from 1. */
	readonly id: number;
	readonly transport: "tcp" | "udp" | "ip" | "link" | "serial";
	readonly client: Endpoint;
	readonly server: Endpoint;
	/** Outermost VLAN id, or -1. */
	readonly vlan: number;
}

/** How sure it is who the server is; a better source corrects a worse one. */
export const ROLE = {
	/** Who spoke first (a flow joined in the middle). */
	firstSender: 0,
	/** One port is a known service's, or much the lower. */
	port: 1,
	/** The handshake was seen. */
	handshake: 2,
	/** The protocol's own bytes say it. */
	protocol: 3,
} as const;

/** A flow of the flow table. Owned by the table; others may hold it until `FlowSink.closed` names it. */
export interface Flow extends FlowView {
	readonly transport: "tcp" | "udp";
	/** Microseconds. */
	readonly firstTime: number;
	readonly lastTime: number;
	/** Frames that carried its first and latest packet. */
	readonly firstFrame: number;
	readonly lastFrame: number;
	/** By `Direction`: packets, and payload bytes as they were on the wire. */
	readonly packets: readonly [number, number];
	readonly bytes: readonly [number, number];
	/** True once both sides have sent (for TCP: beyond a lone SYN or RST): forged sources never get there. */
	readonly isConversation: boolean;
	/** TCP: the first SYN was seen. */
	readonly sawHandshake: boolean;
	/** TCP: the server opened it and calls its client (OPC UA reverse connect): its port is any free one, and no service. */
	readonly isReversed: boolean;
	/** TCP: the server ended it by a reset, and the client had not said that it is done. */
	readonly isResetByServer: boolean;
	/** How often a MAC address of either side was another than before, its first one included. */
	readonly macChanges: number;
	/** One of ROLE. */
	readonly role: number;
	/** Corrects who is the server: from here on the directions are the other way round. `role` becomes `certainty`. */
	swap(certainty: number): void;
	/** Raises `role` without a swap. */
	confirm(certainty: number): void;
	/** Slots for the layers to the right, which alone read and write them; undefined in a new flow. */
	decoding: unknown;
	analysis: unknown;
}

/**
 * A flow whose messages are between others than its two ends: those ends the other way round, where both ask and both answer, or a device for which an end speaks. A decoder
 * makes one for each pair of ends, keeps it while the flow lives, and bounds how many.
 */
export class FlowBetween implements FlowView {
	/** As in `Flow`. */
	analysis: unknown = undefined;
	readonly client: Endpoint;
	readonly server: Endpoint;
	readonly #flow: FlowView;

	constructor(flow: FlowView, client: Endpoint, server: Endpoint) {
		this.#flow = flow;
		this.client = client;
		this.server = server;
	}

	get id(): number {
		return this.#flow.id;
	}
	get transport(): FlowView["transport"] {
		return this.#flow.transport;
	}
	get vlan(): number {
		return this.#flow.vlan;
	}
	get macChanges(): number {
		return (this.#flow as Flow).macChanges;
	}
	get isConversation(): boolean {
		return (this.#flow as Flow).isConversation;
	}
}

/** Things about a transport that are facts, never alerts by themselves. */
export const ANOMALY = {
	/** Bytes were sent again with other content (RFC 9293 allows none); the first copy was used. */
	overlapConflict: "overlap-conflict",
} as const;
export type Anomaly = (typeof ANOMALY)[keyof typeof ANOMALY];

/** What the flow layer hands on. Bytes are on loan. */
export interface FlowSink {
	/** The first packet of a flow. */
	opened(flow: Flow): void;
	/** In-order TCP bytes of one direction, each once. Never empty. */
	data(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction): void;
	/** `lost` TCP bytes of one direction will not come. */
	gap(flow: Flow, direction: Direction, lost: number): void;
	/** One UDP datagram; `isWhole` is false where the capture cut it. */
	datagram(flow: Flow, bytes: Uint8Array, start: number, end: number, direction: Direction, isWhole: boolean): void;
	anomaly(flow: Flow, anomaly: Anomaly, direction: Direction): void;
	/** It ended (FIN, RST, idle, or gave way to others); the object is used again after this call. */
	closed(flow: Flow): void;
}
