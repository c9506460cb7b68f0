/** From a frame to its packet: link layer, mirror transports, IP, TCP or UDP. No state but the one packet that it lends. */
import type { Frame } from "../capture/frame.ts";
import { type WireCounters, wireCounters } from "./counters.ts";
import { ethernet } from "./ethernet.ts";
import { extensions, ip } from "./ip.ts";
import { link } from "./link.ts";
import { ETHER_TYPE, type Packet } from "./packet.ts";
import { transport } from "./transport.ts";
import { INNER, type Inner, unwrap } from "./tunnel.ts";

/** Mirrors of mirrors exist (ERSPAN inside VXLAN); more depth is an attempt to hide or to cost time. */
export const MAX_TUNNELS = 4;

const NO_BYTES = new Uint8Array(0);

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export class PacketParser {
	/** What the last `parse` or `resume` found: lent. */
	readonly packet: Packet = {
		bytes: NO_BYTES,
		view: viewOf(NO_BYTES),
		end: 0,
		linkBytes: NO_BYTES,
		sourceMac: -1,
		destinationMac: -1,
		etherType: 0,
		linkPayload: 0,
		vlan: -1,
		innerVlan: -1,
		tunnels: 0,
		ipVersion: 0,
		source: new Int32Array(4),
		destination: new Int32Array(4),
		ipProtocol: 0,
		ipHeader: 0,
		ipPayload: 0,
		ttl: 0,
		isFragment: false,
		sourcePort: 0,
		destinationPort: 0,
		sequence: 0,
		acknowledgment: 0,
		tcpFlags: 0,
		payload: 0,
		payloadLength: 0,
		payloadWireLength: 0,
	};
	readonly counters: WireCounters = wireCounters();
	readonly #inner: Inner = { kind: INNER.none, at: 0, vlan: -1 };

	/** Parses one frame into `packet`; false where not even its link layer can be read. Never throws. */
	parse(frame: Readonly<Frame>): boolean {
		const { packet, counters } = this;
		const { bytes, start, capturedLength } = frame;
		const wireLength = frame.wireLength > capturedLength ? frame.wireLength : capturedLength;
		if (wireLength !== capturedLength) counters.cut++;
		// sources hand over many frames in the same array
		if (packet.bytes !== bytes) this.#setBytes(bytes);
		if (packet.linkBytes !== bytes) packet.linkBytes = bytes;
		packet.end = Math.min(start + capturedLength, bytes.length);
		packet.sourceMac = -1;
		packet.destinationMac = -1;
		packet.etherType = 0;
		packet.linkPayload = start;
		packet.vlan = -1;
		packet.innerVlan = -1;
		packet.tunnels = 0;
		packet.ipVersion = 0;
		if (!link(packet, frame.linkType, start, counters)) {
			counters.unreadable++;
			return false;
		}
		this.#network(start + wireLength);
		return true;
	}

	/**
	 * Goes on with a datagram put together from fragments: `bytes` holds an IP header of `headerLength` bytes and the whole payload up to `end`.
	 * What `packet` says of the link layer and addresses stays; it must still be that of one of the fragments, and `ipProtocol` what its first
	 * fragment announced.
	 */
	resume(bytes: Uint8Array, headerLength: number, end: number): void {
		const { packet } = this;
		if (packet.linkBytes === bytes) {
			// a mirror transport in fragments within another: its link layer is overwritten by now
			packet.sourceMac = -1;
			packet.destinationMac = -1;
		}
		this.#setBytes(bytes);
		packet.end = end;
		packet.ipHeader = 0;
		packet.ipPayload = headerLength;
		packet.isFragment = false;
		if (packet.ipVersion === 6) extensions(packet, packet.ipProtocol, headerLength, this.counters);
		this.#transport(end);
	}

	#setBytes(bytes: Uint8Array): void {
		this.packet.bytes = bytes;
		this.packet.view = viewOf(bytes);
	}

	#network(frameEnd: number): void {
		const wireEnd = ip(this.packet, frameEnd, this.counters);
		if (wireEnd >= 0) this.#transport(wireEnd);
	}

	#transport(wireEnd: number): void {
		const { packet, counters } = this;
		if (packet.isFragment) {
			packet.sourcePort = 0;
			packet.destinationPort = 0;
			packet.sequence = 0;
			packet.acknowledgment = 0;
			packet.tcpFlags = 0;
			packet.payload = packet.ipPayload;
			packet.payloadLength = 0;
			packet.payloadWireLength = 0;
			return;
		}
		transport(packet, wireEnd, counters);
		const inner = this.#inner;
		unwrap(packet, inner);
		if (inner.kind === INNER.none) return;
		if (packet.tunnels === MAX_TUNNELS) {
			counters.tunnelsTooDeep++;
			return;
		}
		this.#unwrapped(inner, wireEnd);
	}

	#unwrapped(inner: Inner, wireEnd: number): void {
		const { packet, counters } = this;
		counters.tunnels++;
		packet.tunnels++;
		packet.linkBytes = packet.bytes;
		packet.sourceMac = -1;
		packet.destinationMac = -1;
		packet.etherType = 0;
		packet.linkPayload = inner.at;
		packet.vlan = -1;
		packet.innerVlan = -1;
		packet.ipVersion = 0;
		if (inner.kind === INNER.ethernet) {
			ethernet(packet, inner.at, counters);
			if (packet.vlan < 0) packet.vlan = inner.vlan;
		} else packet.etherType = inner.kind === INNER.ipv4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
		this.#network(wireEnd);
	}
}
