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
	/** Option 77 (RFC 3004). */
	userClass: string;
	/** Bytes of option 61 as hex; empty where it is only the hardware address again. */
	clientId: string;
	/** Why a server refuses (option 56). */
	message: string;
	/** Where to start from (options 66 and 67), and where the settings of a proxy are (252). */
	bootServer: string;
	bootFile: string;
	proxy: string;
	/** Routes without a class (RFC 3442) that a server gives: network with its bits, and the way there. */
	routes: { network: string; bits: number; router: string }[];
	/** Of a request: different clients that asked lately in this conversation, and those among them for which another host sent the request. */
	asking: number;
	askingForOthers: number;
	/** Seconds; -1 where absent. */
	leaseTime: number;
	/** Codes of the parameter request list, a fingerprint of the client's system. */
	parameters: number[];
	violation: string;
}
