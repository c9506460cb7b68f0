/**
 * Ethernet II and IEEE 802.3 with LLC and SNAP (IEEE 802, RFC 1042), VLAN tags (IEEE 802.1Q, 802.1ad and the older 0x9100).
 */
import { u8, u16 } from "./bytes.ts";
import type { WireCounters } from "./counters.ts";
import { ETHER_TYPE, type Packet } from "./packet.ts";

const DESTINATION = 0;
const SOURCE = 6;
const TYPE = 12;
const HEADER = 14;

/** A tag is two bytes of control information and the next type. */
const TAG = 4;
const VLAN_ID = 0xfff;
/** Two are usual (QinQ), three or four exist at providers; more is an attempt to hide. */
export const MAX_TAGS = 8;

/** Values up to 1500 in the type field are a length (IEEE 802.3, 3.2.6); those between are undefined. */
const MAX_LENGTH = 1500;
const MIN_TYPE = 0x600;

/** DSAP, SSAP and control of SNAP, then a 24 bit organisation and the type (IEEE 802, 9.2; RFC 1042). */
const SNAP_SAP = 0xaaaa;
const SNAP_CONTROL = 0x03;
const SNAP = 8;
/** Organisations under which the type is an EtherType: RFC 1042 and bridge tunnel encapsulation (IEEE 802.1H). */
const RFC1042 = 0x000000;
const BRIDGE_TUNNEL = 0x0000f8;

/** Reads an Ethernet frame at `at`; false where its header is not whole. */
export function ethernet(packet: Packet, at: number, counters: WireCounters): boolean {
	if (at + HEADER > packet.end) return false;
	packet.destinationMac = at + DESTINATION;
	packet.sourceMac = at + SOURCE;
	const type = packet.view.getUint16(at + TYPE);
	if (type === ETHER_TYPE.ipv4) {
		packet.etherType = type;
		packet.linkPayload = at + HEADER;
	} else tagged(packet, type, at + HEADER, counters);
	return true;
}

/** Reads what a type field announces at `at`: VLAN tags, LLC, or the payload. */
export function tagged(packet: Packet, first: number, start: number, counters: WireCounters): void {
	const bytes = packet.bytes;
	let type = first;
	let at = start;
	for (let tags = 0; type === ETHER_TYPE.vlan || type === ETHER_TYPE.qinq || type === ETHER_TYPE.qinqOld; tags++) {
		if (tags === MAX_TAGS) {
			counters.headersTooMany++;
			break;
		}
		if (at + TAG > packet.end) break;
		const id = u16(bytes, at) & VLAN_ID;
		if (packet.vlan < 0) packet.vlan = id;
		else if (packet.innerVlan < 0) packet.innerVlan = id;
		type = u16(bytes, at + 2);
		at += TAG;
	}
	if (type < MIN_TYPE) {
		if (type <= MAX_LENGTH && at + type < packet.end) packet.end = at + type;
		type = 0;
		if (at + SNAP <= packet.end && u16(bytes, at) === SNAP_SAP && u8(bytes, at + 2) === SNAP_CONTROL) {
			const organisation = (u8(bytes, at + 3) << 16) | u16(bytes, at + 4);
			if (organisation === RFC1042 || organisation === BRIDGE_TUNNEL) {
				type = u16(bytes, at + 6);
				at += SNAP;
			}
		}
	}
	packet.etherType = type;
	packet.linkPayload = at;
}
