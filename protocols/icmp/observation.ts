import type { ObservationBase } from "../../src/decode/protocol.ts";

/** The packet that an error quotes, as far as it is there. */
export interface Quoted {
	source: string;
	destination: string;
	ipProtocol: number;
	/** -1 where there are none. */
	sourcePort: number;
	destinationPort: number;
}

/** One ICMP or ICMPv6 message. On loan. */
export interface IcmpObservation extends ObservationBase {
	readonly protocol: "icmp";
	/** `echo`, `echo-reply`, `error` (quotes a packet), `redirect`, `router` (an advertisement), `neighbour` (who has an address), `other`, `malformed`. */
	kind: "echo" | "echo-reply" | "error" | "redirect" | "router" | "neighbour" | "other" | "malformed";
	version: 4 | 6;
	/** Addresses of the flow's ends; "" where there is none. */
	client: string;
	server: string;
	type: number;
	code: number;
	/** Of an echo; else -1. */
	identifier: number;
	sequence: number;
	/** Bytes of data of an echo; else -1. */
	length: number;
	/** Of a reply: its request was seen; frame and microseconds from it, else its own frame and -1. */
	requestFrame: number;
	latency: number;
	/** Of a reply whose request was seen: it returns other data than was sent. */
	isAltered: boolean;
	quoted: Quoted | undefined;
	/** Of a redirect: the router that is to be used. Of neighbour discovery: the address it is about. "" where there is none. */
	target: string;
	/** Of a redirect of IPv6 and of neighbour discovery, and of a router's advertisement: whose MAC address the message says, "" where none. */
	targetMac: string;
	/** Of a neighbour advertisement: it is sent by a router (RFC 4861, 4.4, flag R). */
	isRouter: boolean;
	/** What is wrong with it, "" where nothing. */
	violation: string;
}
