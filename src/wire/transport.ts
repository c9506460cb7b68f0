/** TCP (RFC 9293, 3.1) and UDP (RFC 768) headers. A cut header gives what is there of it, and no payload. */
import type { WireCounters } from "./counters.ts";
import { IP_PROTOCOL, type Packet } from "./packet.ts";

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const PORTS = 4;

const TCP = { sequence: 4, acknowledgment: 8, offset: 12, flags: 13, header: 20 } as const;
/** The flags that the engine looks at; ECE, CWR, URG and the reserved bits are not among them. */
const TCP_FLAGS = 0x1f;
const UDP = { length: 4, header: 8 } as const;

/** Reads the transport header at `packet.ipPayload`; `wireEnd` is where the IP payload ended on the wire. */
export function transport(packet: Packet, wireEnd: number, counters: WireCounters): void {
	if (packet.ipProtocol === IP_PROTOCOL.tcp) tcp(packet, wireEnd, counters);
	else if (packet.ipProtocol === IP_PROTOCOL.udp) udp(packet, wireEnd, counters);
	else noTransport(packet);
}

function noTransport(packet: Packet): void {
	packet.sourcePort = 0;
	packet.destinationPort = 0;
	noStream(packet, packet.end);
}

function noStream(packet: Packet, payload: number): void {
	packet.sequence = 0;
	packet.acknowledgment = 0;
	packet.tcpFlags = 0;
	packet.payload = payload;
	packet.payloadLength = 0;
	packet.payloadWireLength = 0;
}

function ports(packet: Packet): void {
	packet.sourcePort = packet.view.getUint16(packet.ipPayload + SOURCE_PORT);
	packet.destinationPort = packet.view.getUint16(packet.ipPayload + DESTINATION_PORT);
}

function tcp(packet: Packet, wireEnd: number, counters: WireCounters): void {
	const view = packet.view;
	const at = packet.ipPayload;
	const end = packet.end;
	if (at + TCP.header > end) {
		noTransport(packet);
		if (at + PORTS <= end) ports(packet);
		if (wireEnd - at < TCP.header) counters.malformed++;
		return;
	}
	ports(packet);
	const header = (view.getUint8(at + TCP.offset) >>> 4) << 2;
	const payload = at + header;
	if (header < TCP.header || payload > wireEnd) {
		counters.malformed++;
		noStream(packet, end);
		return;
	}
	packet.sequence = view.getUint32(at + TCP.sequence);
	packet.acknowledgment = view.getUint32(at + TCP.acknowledgment);
	packet.tcpFlags = view.getUint8(at + TCP.flags) & TCP_FLAGS;
	packet.payload = payload < end ? payload : end;
	packet.payloadLength = end - packet.payload;
	packet.payloadWireLength = wireEnd - payload;
}

function udp(packet: Packet, wireEnd: number, counters: WireCounters): void {
	const at = packet.ipPayload;
	const end = packet.end;
	noStream(packet, end);
	if (at + UDP.header > end) {
		packet.sourcePort = 0;
		packet.destinationPort = 0;
		if (at + PORTS <= end) ports(packet);
		if (wireEnd - at < UDP.header) counters.malformed++;
		return;
	}
	ports(packet);
	const length = packet.view.getUint16(at + UDP.length);
	// 0: longer than the field can say (RFC 2675), or segmentation offload
	const udpEnd = length === 0 ? wireEnd : at + length;
	if (udpEnd < at + UDP.header) {
		counters.malformed++;
		return;
	}
	packet.payload = at + UDP.header;
	packet.payloadLength = (udpEnd < end ? udpEnd : end) - packet.payload;
	packet.payloadWireLength = udpEnd - packet.payload;
}
