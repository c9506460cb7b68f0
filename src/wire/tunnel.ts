/**
 * Mirror transports: what switches and virtual networks wrap mirrored frames in. GRE (RFC 2784, with the key and sequence of RFC 2890), its
 * transparent Ethernet bridging, ERSPAN I to III (draft-foschiano-erspan-03) and VXLAN (RFC 7348).
 */
import { u8, u16, u32 } from "./bytes.ts";
import { ETHER_TYPE, IP_PROTOCOL, type Packet } from "./packet.ts";

const GRE = {
	header: 4,
	checksumPresent: 0x8000,
	routingPresent: 0x4000,
	keyPresent: 0x2000,
	sequencePresent: 0x1000,
	version: 7,
} as const;
const TRANSPARENT_ETHERNET = 0x6558;
const ERSPAN = 0x88be;
const ERSPAN_3 = 0x22eb;
const ERSPAN_2_HEADER = 8;
const ERSPAN_3_HEADER = 12;
/** Last bit of the type III header: a platform specific subheader follows. */
const ERSPAN_3_SUBHEADER = 1;
const ERSPAN_3_SUBHEADER_LENGTH = 8;
const ERSPAN_VLAN = 0xfff;

const VXLAN_PORT = 4789;
const VXLAN_HEADER = 8;
/** "I": the network identifier is valid; without it this is something else on that port. */
const VXLAN_VALID = 0x08;

/** What stands inside. */
export const INNER = { none: 0, ethernet: 1, ipv4: 2, ipv6: 3 } as const;

/** How the last `unwrap` went: lent. */
export interface Inner {
	/** One of INNER. */
	kind: number;
	/** Offset of the inner frame or packet. */
	at: number;
	/** VLAN that the transport says the frame was on, or -1. */
	vlan: number;
}

/** Looks whether `packet` (parsed up to its transport) is a mirror transport, and says what is in it. */
export function unwrap(packet: Packet, inner: Inner): void {
	inner.kind = INNER.none;
	inner.vlan = -1;
	if (packet.ipProtocol === IP_PROTOCOL.gre) gre(packet, inner);
	else if (packet.ipProtocol === IP_PROTOCOL.udp && packet.destinationPort === VXLAN_PORT) vxlan(packet, inner);
	if (inner.kind !== INNER.none && inner.at >= packet.end) inner.kind = INNER.none;
}

function gre(packet: Packet, inner: Inner): void {
	const { bytes, ipPayload, end } = packet;
	if (ipPayload + GRE.header > end) return;
	const flags = u16(bytes, ipPayload);
	// source routes of RFC 1701 are gone since RFC 2784; version 1 is PPTP
	if ((flags & (GRE.version | GRE.routingPresent)) !== 0) return;
	let at = ipPayload + GRE.header;
	if ((flags & GRE.checksumPresent) !== 0) at += 4;
	if ((flags & GRE.keyPresent) !== 0) at += 4;
	if ((flags & GRE.sequencePresent) !== 0) at += 4;
	switch (u16(bytes, ipPayload + 2)) {
		case ETHER_TYPE.ipv4:
			inner.kind = INNER.ipv4;
			break;
		case ETHER_TYPE.ipv6:
			inner.kind = INNER.ipv6;
			break;
		case TRANSPARENT_ETHERNET:
			inner.kind = INNER.ethernet;
			break;
		case ERSPAN:
			inner.kind = INNER.ethernet;
			// type I has no header of its own, and no sequence number
			if ((flags & GRE.sequencePresent) !== 0) {
				if (at + ERSPAN_2_HEADER <= end) inner.vlan = u16(bytes, at) & ERSPAN_VLAN;
				at += ERSPAN_2_HEADER;
			}
			break;
		case ERSPAN_3:
			inner.kind = INNER.ethernet;
			if (at + ERSPAN_3_HEADER <= end) {
				inner.vlan = u16(bytes, at) & ERSPAN_VLAN;
				if ((u8(bytes, at + ERSPAN_3_HEADER - 1) & ERSPAN_3_SUBHEADER) !== 0) at += ERSPAN_3_SUBHEADER_LENGTH;
			}
			at += ERSPAN_3_HEADER;
			break;
		default:
	}
	// 0 means that the frame was on no VLAN
	if (inner.vlan === 0) inner.vlan = -1;
	inner.at = at;
}

function vxlan(packet: Packet, inner: Inner): void {
	const { bytes, payload, payloadLength } = packet;
	if (payloadLength <= VXLAN_HEADER || (u8(bytes, payload) & VXLAN_VALID) === 0 || (u32(bytes, payload + 4) & 0xff) !== 0) return;
	inner.kind = INNER.ethernet;
	inner.at = payload + VXLAN_HEADER;
}
