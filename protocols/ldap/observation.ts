import type { ObservationBase } from "../../src/decode/protocol.ts";

/** How a bind proves who one is (RFC 4511, 4.2; RFC 4513, 5.1). */
export type Authentication = "" | "anonymous" | "unauthenticated" | "simple" | "sasl" | "ntlm";

/** What is asked for. Kept until its answer; texts are from the wire and hostile. */
export interface LdapRequest {
	readonly id: number;
	/** As `OP` names it. */
	readonly op: number;
	readonly time: number;
	readonly frame: number;
	/** Name of who logs in, of the base of a search, or of the entry. */
	name: string;
	version: number;
	authentication: Authentication;
	/** Of SASL, or of an answer by NTLM. */
	mechanism: string;
	user: string;
	domain: string;
	workstation: string;
	clientVersion: string;
	scope: number;
	filter: string;
	attributes: readonly string[];
	/** Of a modification: "replace member". */
	changes: readonly string[];
	newName: string;
	/** Of an extended operation. */
	oid: string;
	/** Of a search: entries that came. */
	entries: number;
}

/**
 * `request`, the `response` that ends it, `notice` (unasked), `unanswered`, `malformed`. `host`: what the root of the directory says of the server. `java`: an entry that brings an object of Java. On loan.
 */
export interface LdapObservation extends ObservationBase {
	readonly protocol: "ldap";
	kind: "request" | "response" | "notice" | "unanswered" | "host" | "java" | "malformed";
	isFromServer: boolean;
	id: number;
	op: number;
	request: LdapRequest | undefined;
	/** -1 while there is none. */
	result: number;
	matchedName: string;
	diagnostic: string;
	/** Of an answer to NTLM: what the server says of itself. */
	computer: string;
	dnsComputer: string;
	targetDomain: string;
	serverVersion: string;
	/** Of `host`. */
	hostName: string;
	vendor: string;
	product: string;
	/** Of `java`: the attribute. */
	attribute: string;
	latency: number;
	ends: { client: string | undefined; server: string | undefined };
}

export const newObservation = (): LdapObservation => ({
	protocol: "ldap",
	kind: "request",
	time: 0,
	frame: 0,
	isFromServer: false,
	id: 0,
	op: 0,
	request: undefined,
	result: -1,
	matchedName: "",
	diagnostic: "",
	computer: "",
	dnsComputer: "",
	targetDomain: "",
	serverVersion: "",
	hostName: "",
	vendor: "",
	product: "",
	attribute: "",
	latency: -1,
	ends: { client: undefined, server: undefined },
});
