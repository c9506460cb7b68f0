/** IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200, 4; RFC 4302 for AH). */
import { u8, u16 } from "./bytes.ts";
import type { WireCounters } from "./counters.ts";
import { ETHER_TYPE, type Packet } from "./packet.ts";

const V4 = { length: 2, fragment: 6, ttl: 8, protocol: 9, source: 12, destination: 16, header: 20 } as const;
/** More fragments, and the offset in units of eight bytes. */
const V4_FRAGMENT = 0x3fff;

const V6 = { length: 4, next: 6, hopLimit: 7, source: 8, destination: 24, header: 40 } as const;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
/** Offset and "more" of the fragment header: a packet with neither is whole (RFC 6946). */
const V6_FRAGMENT = 0xfff9;
/** Every extension header is a multiple of eight bytes and starts with the next type and its own length. */
const UNIT = 8;
/** RFC 8200, 4.1 lists seven, each once (destination options twice); more is an attempt to hide. */
export const MAX_EXTENSIONS = 8;

const MAPPED = 0xffff;

/**
 * Reads the IP header at `packet.linkPayload`. `wireEnd` is the first byte after the frame as it was on the wire; returns the same for the IP
 * payload, and cuts `packet.end` to the IP length, so that padding is outside. -1 where this is not IP.
 */
export function ip(packet: Packet, wireEnd: number, counters: WireCounters): number {
	if (packet.etherType === ETHER_TYPE.ipv4) return ipv4(packet, wireEnd, counters);
	if (packet.etherType === ETHER_TYPE.ipv6) return ipv6(packet, wireEnd, counters);
	return -1;
}

function ipv4(packet: Packet, wireEnd: number, counters: WireCounters): number {
	const view = packet.view;
	const at = packet.linkPayload;
	if (at + V4.header > packet.end) return -1;
	const first = view.getUint8(at);
	const header = (first & 15) << 2;
	if (first >>> 4 !== 4 || header < V4.header) {
		counters.malformed++;
		return -1;
	}
	const { source, destination } = packet;
	source[0] = 0;
	source[1] = 0;
	source[2] = MAPPED;
	source[3] = view.getInt32(at + V4.source);
	destination[0] = 0;
	destination[1] = 0;
	destination[2] = MAPPED;
	destination[3] = view.getInt32(at + V4.destination);
	packet.ipVersion = 4;
	packet.ipHeader = at;
	packet.ttl = view.getUint8(at + V4.ttl);
	packet.ipProtocol = view.getUint8(at + V4.protocol);
	packet.isFragment = (view.getUint16(at + V4.fragment) & V4_FRAGMENT) !== 0;
	packet.ipPayload = at + header;
	const length = view.getUint16(at + V4.length);
	let end = at + length;
	if (length < header) {
		// 0 is what segmentation offload leaves in a frame captured on its own host: the frame says how long it is
		if (length === 0) end = wireEnd;
		else {
			counters.malformed++;
			end = packet.ipPayload;
		}
	}
	if (end > wireEnd) end = wireEnd;
	if (end < packet.end) packet.end = end;
	if (packet.ipPayload > packet.end) packet.ipPayload = packet.end;
	return end;
}

function ipv6(packet: Packet, wireEnd: number, counters: WireCounters): number {
	const view = packet.view;
	const at = packet.linkPayload;
	if (at + V6.header > packet.end) return -1;
	if (view.getUint8(at) >>> 4 !== 6) {
		counters.malformed++;
		return -1;
	}
	const { source, destination } = packet;
	for (let word = 0; word < 4; word++) {
		source[word] = view.getInt32(at + V6.source + 4 * word);
		destination[word] = view.getInt32(at + V6.destination + 4 * word);
	}
	packet.ipVersion = 6;
	packet.ipHeader = at;
	packet.ttl = view.getUint8(at + V6.hopLimit);
	packet.isFragment = false;
	const length = view.getUint16(at + V6.length);
	// 0: a jumbogram (RFC 2675) or segmentation offload
	let end = length === 0 ? wireEnd : at + V6.header + length;
	if (end > wireEnd) end = wireEnd;
	if (end < packet.end) packet.end = end;
	extensions(packet, view.getUint8(at + V6.next), at + V6.header, counters);
	return end;
}

/**
 * Steps over the extension headers from `start`, of which the first is `type`; stops behind a fragment header that is not a whole packet's. Then
 * `ipProtocol` is what follows, at `ipPayload`.
 */
export function extensions(packet: Packet, type: number, start: number, counters: WireCounters): void {
	const bytes = packet.bytes;
	let next = type;
	let at = start;
	for (let count = 0; ; count++) {
		const isExtension =
			next === HOP_BY_HOP ||
			next === ROUTING ||
			next === FRAGMENT ||
			next === AUTHENTICATION ||
			next === DESTINATION_OPTIONS ||
			next === MOBILITY;
		if (!isExtension || at + UNIT > packet.end) break;
		if (count === MAX_EXTENSIONS) {
			counters.headersTooMany++;
			break;
		}
		const type = next;
		next = u8(bytes, at);
		if (type === FRAGMENT) {
			const fragment = u16(bytes, at + 2) & V6_FRAGMENT;
			at += UNIT;
			if (fragment === 0) continue;
			packet.isFragment = true;
			break;
		}
		// AH counts in units of four bytes, less two (RFC 4302, 2.2)
		at += type === AUTHENTICATION ? (u8(bytes, at + 1) + 2) << 2 : (u8(bytes, at + 1) + 1) * UNIT;
	}
	packet.ipProtocol = next;
	packet.ipPayload = at > packet.end ? packet.end : at;
}
