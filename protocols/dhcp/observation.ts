import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One DHCP message. On loan. Addresses are empty text where the message has none. */
export interface DhcpObservation extends ObservationBase {
	readonly protocol: "dhcp";
	kind: "request" | "response" | "malformed";
	transactionId: number;
	/** 0 for plain BOOTP. */
	messageType: number;
	clientMac: string;
	clientIp: string;
	yourIp: string;
	serverIp: string;
	relayIp: string;
	requestedIp: string;
	serverId: string;
	subnetMask: string;
	routers: string[];
	nameServers: string[];
	hostName: string;
	domainName: string;
	vendorClass: string;
	/** Seconds; -1 where absent. */
	leaseTime: number;
	/** Codes of the parameter request list, a fingerprint of the client's system. */
	parameters: number[];
	violation: string;
}
