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
	vendorClass: 60,
	clientId: 61,
	clientName: 81,
	end: 255,
} as const;

export const messageName = (type: number): string => MESSAGE_NAMES[type] ?? (type === 0 ? "BOOTP" : `type ${type}`);

/** Vendor classes by which a client's software gives its system away, and which; the first that fits. Set by the makers of the systems, and by `dhcpcd` from `uname`. */
const SYSTEMS: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
	[/^MSFT \d/, () => "Windows"],
	[/^android-dhcp-(\d{1,3})/, (found) => `Android ${found[1]}`],
	[/^dhcpcd[-:][^:]{0,64}:(Linux|FreeBSD|NetBSD|OpenBSD|Darwin)-([\w.+-]{1,48})/, (found) => `${found[1]} ${found[2]}`],
	[/^udhcp /, () => "Linux (BusyBox)"],
	[/^Linux ([\w.+-]{1,48})/, (found) => `Linux ${found[1]}`],
];

/** The operating system behind a vendor class (option 60), or undefined. */
export function systemOf(vendorClass: string): string | undefined {
	for (const [pattern, words] of SYSTEMS) {
		const found = pattern.exec(vendorClass);
		if (found !== null) return words(found);
	}
	return undefined;
}
