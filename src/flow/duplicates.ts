/**
 * Recognises a frame that the mirror delivered twice (both sides of a conversation mirrored, or mirrored before and after a router).
 *
 * A copy is a packet with the same layer 3 bytes as one seen within a short window of capture time, on any interface. Left out of the comparison is what a switch
 * or router changes on the way: MAC addresses, VLAN tags, padding, and the TTL, traffic class and header checksum of IP. Everything else counts: addresses,
 * the identification and fragment fields of IPv4, and all bytes after the IP header with their checksum.
 *
 * What must not be eaten:
 * - A TCP segment sent again: the same bytes within the window carry nothing new, so nothing is lost when one is; with other bytes it is no copy.
 * - Equal UDP datagrams: IPv4 senders number them, so the identification differs. Where there is no number (IPv6, and the 0 that some systems give) and for everything
 *   that is not IP, the window is a tenth.
 * - Acknowledgments that a host repeats word for word: without a number they pass, copies too, for they change nothing.
 */
import type { Frame } from "../capture/frame.ts";
import { ETHER_TYPE, IP_PROTOCOL, type Packet, TCP_FLAG } from "../wire/packet.ts";

/**
 * Microseconds. Copies come apart by the queues of the switch: 1,500 bytes at 100 Mbit/s are 120 µs, so this holds some 80 full frames; no TCP stack
 * sends again on its timer as soon as this (RFC 6298, 2.4 wants a second, Linux takes 200 ms).
 */
export const COPY_WINDOW = 10_000;
/** Microseconds, for packets without a number. Repeating protocols of automation (PROFINET, GOOSE) count in their bytes or wait longer. */
export const COPY_WINDOW_UNNUMBERED = 1_000;

/**
 * After so many packets without a copy the mirror is taken for one that doubles nothing: of TCP, whose sequence numbers keep a copy from being decoded twice
 * anyway, only a sample is looked at then, until the first copy. The sample is chosen by the checksum, so that a packet and its copy are both in it.
 */
const UNDOUBLED = 20_000;
const SAMPLE_MASK = 7;
const TCP_CHECKSUM = 16;

/** Packets remembered. At 400,000 packets a second the window holds 4,000 of them; a copy whose slot was taken goes on as a packet. */
const SLOTS = 1 << 14;
/** Integers of a slot: check of the fingerprint, time (µs, modulo 2^32), last four bytes of the source MAC address, TTL. */
const STRIDE = 4;

/** Bytes that count, from the front: a frame of the largest usual size. Longer ones differ in their transport checksum. */
const MAX_HASHED = 1536;
/** An ARP message for Ethernet and IPv4; what follows is padding. */
const ARP_LENGTH = 28;
/** Payload that a shortest Ethernet frame is padded to, and a VLAN tag more. */
const MAX_PADDED = 50;

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;

export interface CopyCounters {
	/** Frames recognised as copies. */
	duplicates: number;
	/** Those with another TTL: seen before and after a router. */
	routedDuplicates: number;
	/** Those with the same TTL and another source MAC address: somebody on the link passed them on without being a router. */
	relayedDuplicates: number;
}

export class DuplicateFilter {
	readonly counters: CopyCounters = { duplicates: 0, routedDuplicates: 0, relayedDuplicates: 0 };
	readonly #slots = new Int32Array(SLOTS * STRIDE);
	readonly #seed: number;
	/** Packets since the last copy. */
	#undoubled = 0;

	/** `seed` keeps others from aiming at a slot; the same seed gives the same answers. */
	constructor(seed: number) {
		this.#seed = seed | 0;
	}

	/** True for a copy of a packet seen just before; otherwise remembers this one. `packet` is that of `frame`, before fragments are put together. */
	isDuplicate(packet: Readonly<Packet>, frame: Readonly<Frame>): boolean {
		const { bytes, view } = packet;
		if (this.#undoubled < UNDOUBLED) this.#undoubled++;
		else if (
			packet.ipProtocol === IP_PROTOCOL.tcp &&
			packet.ipVersion !== 0 &&
			packet.sourcePort !== 0 &&
			(bytes[packet.ipPayload + TCP_CHECKSUM + 1]! & SAMPLE_MASK) !== 0
		)
			return false;
		let one = this.#seed;
		let two = ~this.#seed;
		let at = packet.linkPayload;
		let end = packet.end;
		let window = COPY_WINDOW_UNNUMBERED;
		let ttl = 0;
		if (packet.ipVersion !== 0) {
			at = packet.ipPayload;
			ttl = packet.ttl;
			const { source, destination } = packet;
			one = Math.imul(one ^ source[3]!, PRIME_1);
			two = Math.imul(two ^ destination[3]!, PRIME_2);
			if (packet.ipVersion === 4) {
				const header = packet.ipHeader;
				const number = view.getInt32(header + 4);
				// multiplied before the next word comes, which would cancel it otherwise
				two = Math.imul(two ^ number, PRIME_1);
				one = Math.imul(one ^ view.getUint16(header + 2) ^ (packet.ipProtocol << 16), PRIME_2);
				one ^= one >>> 15;
				two ^= two >>> 13;
				if (number >>> 16 !== 0) window = COPY_WINDOW;
			} else {
				for (let word = 0; word < 3; word++) {
					one = Math.imul((one << 13) ^ (one >>> 19) ^ source[word]!, PRIME_1);
					two = Math.imul((two << 13) ^ (two >>> 19) ^ destination[word]!, PRIME_2);
				}
				if (packet.isFragment) {
					one = Math.imul(one ^ view.getInt32(at - 4), PRIME_2);
					two = Math.imul(two ^ view.getUint16(at - 6), PRIME_1);
				}
				one = Math.imul(one ^ (packet.ipProtocol << 16), PRIME_2);
			}
			if (window === COPY_WINDOW_UNNUMBERED && packet.tcpFlags === TCP_FLAG.ack && packet.payloadLength === 0) return false;
		} else {
			one ^= packet.etherType;
			two ^= frame.linkType;
			if (packet.etherType === ETHER_TYPE.arp && end - at > ARP_LENGTH) end = at + ARP_LENGTH;
			if (end - at <= MAX_PADDED) while (end > at && bytes[end - 1] === 0) end--;
		}
		const mac = packet.sourceMac >= 0 && packet.linkBytes === bytes ? view.getInt32(packet.sourceMac + 2) : 0;
		if (end - at > MAX_HASHED) end = at + MAX_HASHED;
		one = Math.imul(one ^ (end - at), PRIME_1);
		// Two lanes side by side, because a multiplication waits for the one before it. Each goes on in the other: a change that a later word of the same
		// lane takes back (a number and the checksum that makes up for it) has reached the other lane by then.
		for (; at + 8 <= end; at += 8) {
			one = Math.imul(one ^ view.getInt32(at, true), PRIME_1);
			two = Math.imul(two ^ view.getInt32(at + 4, true), PRIME_2);
			one ^= two >>> 15;
			two ^= one >>> 13;
		}
		if (at + 4 <= end) {
			one = Math.imul(one ^ view.getInt32(at, true), PRIME_1);
			one ^= one >>> 15;
			at += 4;
		}
		for (; at < end; at++) two = Math.imul(two ^ bytes[at]!, PRIME_2) ^ (two >>> 15);
		// each lane ends in both the place and the check
		const mixed = Math.imul(one ^ (two << 16) ^ (two >>> 16), PRIME_2);
		const check = mixed ^ (mixed >>> 13) ^ Math.imul(two, PRIME_1);
		const place = (Math.imul(mixed ^ (mixed >>> 16) ^ two, PRIME_1) >>> 18) * STRIDE;

		const slots = this.#slots;
		const now = frame.time | 0;
		const age = (now - slots[place + 1]!) | 0;
		// two interfaces may hand over their frames slightly out of order
		if (slots[place] === check && age < window && age > -window) {
			const { counters } = this;
			counters.duplicates++;
			this.#undoubled = 0;
			if (slots[place + 3] !== ttl) counters.routedDuplicates++;
			else if (slots[place + 2] !== mac) counters.relayedDuplicates++;
			return true;
		}
		slots[place] = check;
		slots[place + 1] = now;
		slots[place + 2] = mac;
		slots[place + 3] = ttl;
		return false;
	}
}
