/** The ARP message for IPv4 over Ethernet: offsets and lengths (RFC 826, "Packet format"). */

export const OFFSET = {
	hardwareType: 0,
	protocolType: 2,
	hardwareLength: 4,
	protocolLength: 5,
	operation: 6,
	senderMac: 8,
	senderIp: 14,
	targetMac: 18,
	targetIp: 24,
} as const;

/** Bytes of a message with six-byte hardware and four-byte protocol addresses. */
export const LENGTH = 28;
export const HARDWARE_ETHERNET = 1;
export const PROTOCOL_IPV4 = 0x0800;
