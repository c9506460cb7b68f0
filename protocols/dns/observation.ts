import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One resource record that was read. */
export interface DnsRecord {
	name: string;
	type: number;
	/** Seconds. */
	timeToLive: number;
	/** Address, name or text, as its type says; undefined where the type is not read. */
	data: string | undefined;
	/** Of SRV; -1 elsewhere. */
	port: number;
	/** All strings of TXT (RFC 1035, 3.3.14), as they are for people; empty elsewhere. */
	texts: string[];
}

/** One DNS message. On loan. */
export interface DnsObservation extends ObservationBase {
	readonly protocol: "dns";
	kind: "request" | "response" | "unanswered" | "unsolicited" | "malformed";
	transactionId: number;
	opcode: number;
	responseCode: number;
	/** First question; empty where there is none. Escaped as RFC 4343, 2.1 does: a byte that is no letter of a host name reads `\DDD`. */
	query: string;
	queryType: number;
	questions: number;
	answers: DnsRecord[];
	/** Of multicast DNS: records that come along with the answers (RFC 6763, 12). */
	additionals: DnsRecord[];
	/** Of who sent it; empty on a link without IP. */
	senderIp: string;
	isTruncated: boolean;
	/** Microseconds; -1 where unknown. */
	latency: number;
	requestFrame: number;
	/** A response that fits a request. */
	isMatched: boolean;
	/** Multicast DNS (RFC 6762) or LLMNR (RFC 4795), by port. */
	variant: "dns" | "mdns" | "llmnr";
	/** Fixed words; empty where nothing is wrong. */
	violation: string;
}
