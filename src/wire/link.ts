/**
 * The link layer by link type (https://www.tcpdump.org/linktypes.html): Ethernet, BSD loopback (NULL, LOOP), raw IP, Linux cooked capture v1
 * (LINKTYPE_LINUX_SLL) and v2 (LINKTYPE_LINUX_SLL2).
 */
import { LINK_TYPE } from "../capture/frame.ts";
import { u8, u16, u32, u32le } from "./bytes.ts";
import type { WireCounters } from "./counters.ts";
import { ethernet, tagged } from "./ethernet.ts";
import { ETHER_TYPE, type Packet } from "./packet.ts";

/** The address family before the packet, in the byte order of the machine that captured (NULL) or of the network (LOOP). */
const FAMILY = 4;
const AF_INET = 2;
/** AF_INET6 differs by system: Linux 10, Windows 23, NetBSD and OpenBSD 24, FreeBSD 28, macOS 30. */
const AF_INET6: ReadonlySet<number> = new Set([10, 23, 24, 28, 30]);

/** Linux cooked v1: packet type, ARPHRD type, address length, address (8), protocol. */
const SLL = { hardware: 2, addressLength: 4, address: 6, protocol: 14, header: 16 } as const;
/** Linux cooked v2: protocol, reserved, interface index, ARPHRD type, packet type, address length, address (8). */
const SLL2 = { protocol: 0, hardware: 8, addressLength: 11, address: 12, header: 20 } as const;
/** ARPHRD_NETLINK: the protocol is a netlink family there, not an EtherType. */
const NETLINK = 824;
const MAC_LENGTH = 6;

/** Reads the link layer of a frame at `at`: EtherType, MAC addresses, VLANs and where the payload is. False where it cannot be read. */
export function link(packet: Packet, linkType: number, at: number, counters: WireCounters): boolean {
	switch (linkType) {
		case LINK_TYPE.ethernet:
			return ethernet(packet, at, counters);
		case LINK_TYPE.null:
		case LINK_TYPE.loop:
			return loopback(packet, at);
		case LINK_TYPE.raw:
		case LINK_TYPE.rawBsd:
		case LINK_TYPE.rawOpenBsd:
		case LINK_TYPE.ipv4:
		case LINK_TYPE.ipv6:
			return rawIp(packet, at);
		case LINK_TYPE.linuxSll:
			return cooked(packet, at, SLL, counters);
		case LINK_TYPE.linuxSll2:
			return cooked(packet, at, SLL2, counters);
		default:
			return false;
	}
}

/** IP without a link layer; the version says which. */
function rawIp(packet: Packet, at: number): boolean {
	if (at >= packet.end) return false;
	const version = u8(packet.bytes, at) >>> 4;
	if (version !== 4 && version !== 6) return false;
	packet.etherType = version === 4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
	packet.linkPayload = at;
	return true;
}

function loopback(packet: Packet, at: number): boolean {
	if (at + FAMILY > packet.end) return false;
	const big = u32(packet.bytes, at);
	const family = big < 0x10000 ? big : u32le(packet.bytes, at);
	if (family === AF_INET) packet.etherType = ETHER_TYPE.ipv4;
	else if (AF_INET6.has(family)) packet.etherType = ETHER_TYPE.ipv6;
	packet.linkPayload = at + FAMILY;
	return true;
}

function cooked(
	packet: Packet,
	at: number,
	layout: Readonly<{ hardware: number; addressLength: number; address: number; protocol: number; header: number }>,
	counters: WireCounters,
): boolean {
	const bytes = packet.bytes;
	if (at + layout.header > packet.end) return false;
	const length = layout.addressLength === SLL.addressLength ? u16(bytes, at + layout.addressLength) : u8(bytes, at + layout.addressLength);
	if (length === MAC_LENGTH) packet.sourceMac = at + layout.address;
	if (u16(bytes, at + layout.hardware) === NETLINK) packet.linkPayload = at + layout.header;
	else tagged(packet, u16(bytes, at + layout.protocol), at + layout.header, counters);
	return true;
}
