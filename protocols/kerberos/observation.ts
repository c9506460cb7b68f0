import type { ObservationBase } from "../../src/decode/protocol.ts";

/** A request that waits for its answer. */
export interface KerberosRequest {
	readonly type: number;
	readonly time: number;
	readonly frame: number;
	readonly nonce: number;
	/** Names with their realm; empty where they are not said. */
	readonly client: string;
	readonly server: string;
	readonly realm: string;
	/** Types of encryption that the client knows, as it prefers them. */
	readonly encryptions: readonly number[];
	/** It proves who asks (pre-authentication). */
	readonly hasProof: boolean;
	/** Name of the client's host, where it says it. */
	readonly host: string;
}

/** `request`, `reply` with a ticket, `error`, `unanswered`, `malformed`. On loan; texts are from the wire and hostile. */
export interface KerberosObservation extends ObservationBase {
	readonly protocol: "kerberos";
	kind: "request" | "reply" | "error" | "unanswered" | "malformed";
	isFromServer: boolean;
	type: number;
	/** Of a request, and of what answers one that was seen. */
	request: KerberosRequest | undefined;
	client: string;
	server: string;
	realm: string;
	/** Of a reply: how the ticket, and what the client gets with it, are encrypted; -1 where it is not said. */
	ticketEncryption: number;
	replyEncryption: number;
	/** Of `error`. */
	error: number;
	text: string;
	latency: number;
	ends: { client: string | undefined };
}

export const newObservation = (): KerberosObservation => ({
	protocol: "kerberos",
	kind: "request",
	time: 0,
	frame: 0,
	isFromServer: false,
	type: 0,
	request: undefined,
	client: "",
	server: "",
	realm: "",
	ticketEncryption: -1,
	replyEncryption: -1,
	error: -1,
	text: "",
	latency: -1,
	ends: { client: undefined },
});
