/** DHCP message types and options (RFC 2132; IANA BOOTP and DHCP parameters). */
export const MESSAGE_NAMES: Readonly<Record<number, string>> = {
	1: "DISCOVER",
	2: "OFFER",
	3: "REQUEST",
	4: "DECLINE",
	5: "ACK",
	6: "NAK",
	7: "RELEASE",
	8: "INFORM",
	9: "FORCERENEW",
	10: "LEASEQUERY",
};
export const MESSAGE = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const;

export const OPTION = {
	pad: 0,
	subnetMask: 1,
	router: 3,
	domainNameServer: 6,
	hostName: 12,
	domainName: 15,
	requestedIp: 50,
	leaseTime: 51,
	messageType: 53,
	serverId: 54,
	parameterList: 55,
	message: 56,
	vendorClass: 60,
	clientId: 61,
	bootServer: 66,
	bootFile: 67,
	userClass: 77,
	clientName: 81,
	routes: 121,
	privateRoutes: 249,
	proxy: 252,
	end: 255,
} as const;

export const messageName = (type: number): string => MESSAGE_NAMES[type] ?? (type === 0 ? "BOOTP" : `type ${type}`);
