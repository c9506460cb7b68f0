/**
 * What the wire layer finds in a frame: addresses, ports and the offsets of each layer. A packet is on loan: the next parse overwrites it.
 *
 * Addresses are four 32 bit words in network order, as `Int32Array(4)`; an IPv4 address is held IPv4-mapped (RFC 4291, 2.5.5.2:
 * words 0, 0, 0x0000ffff, address), so that one comparison serves both families.
 */

/** IP protocol numbers that the engine names (IANA protocol numbers). */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, gre: 47, icmpv6: 58 } as const;

/** EtherTypes that the engine names (IEEE 802 registration authority). */
export const ETHER_TYPE = { ipv4: 0x0800, arp: 0x0806, vlan: 0x8100, ipv6: 0x86dd, qinq: 0x88a8, qinqOld: 0x9100 } as const;

/** TCP header flags (RFC 9293, 3.1). */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

export interface Packet {
	/** The bytes that hold the packet: the frame's own, or the reassembled datagram's. Offsets below count in it. */
	bytes: Uint8Array;
	/** The same bytes, for reading words at once; unlike `bytes` it throws outside, so only behind a check against `end`. */
	view: DataView;
	/** First byte after the last that may be read (cut by capture length and by the IP length, so padding is outside). */
	end: number;

	/**
	 * The bytes that the link layer's offsets count in: the frame's own, save for a link layer that stood inside a reassembled datagram (a mirror
	 * transport in fragments).
	 */
	linkBytes: Uint8Array;
	/** Offsets of the source and destination MAC addresses in `linkBytes`; -1 where the link has none. Those of the inner frame of a mirror transport. */
	sourceMac: number;
	destinationMac: number;
	/** EtherType of the innermost payload; 0 where the link layer names none (LLC). */
	etherType: number;
	/** Offset in `linkBytes` of what follows the link layer (the ARP message, the IP header). */
	linkPayload: number;
	/** Outermost VLAN id, or -1; `innerVlan` is the second of a QinQ pair, or -1. */
	vlan: number;
	innerVlan: number;
	/** How many mirror transports (GRE, ERSPAN, VXLAN) were taken off. */
	tunnels: number;

	/** 4, 6, or 0 for a packet that is not IP (then everything below is meaningless). */
	ipVersion: number;
	source: Int32Array;
	destination: Int32Array;
	ipProtocol: number;
	/** Offset of the IP header and of its payload. */
	ipHeader: number;
	ipPayload: number;
	ttl: number;
	/** True for a fragment that has not been put together: no ports then. */
	isFragment: boolean;

	/** 0 where there are none. */
	sourcePort: number;
	destinationPort: number;
	/** TCP only. Sequence numbers as unsigned 32 bit numbers. */
	sequence: number;
	acknowledgment: number;
	tcpFlags: number;
	/** Offset of the TCP or UDP payload and the bytes of it that were captured. */
	payload: number;
	payloadLength: number;
	/** Payload bytes that were on the wire; more than `payloadLength` in a cut frame (and in a UDP datagram that says it is longer than its frame). */
	payloadWireLength: number;
}
