/** ARP for IPv4 over Ethernet (RFC 826), with the probes and announcements of RFC 5227. */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u16 } from "../../src/wire/bytes.ts";
import { REPLY, REQUEST } from "./codes.ts";
import type { ArpObservation } from "./observation.ts";
import { HARDWARE_ETHERNET, LENGTH, OFFSET, PROTOCOL_IPV4 } from "./wire.ts";

/** Decodes frames of EtherType 0x0806. */
export class ArpDecoder {
	readonly #context: DecoderContext<ArpObservation>;
	readonly #out: ArpObservation = {
		protocol: "arp",
		kind: "request",
		time: 0,
		frame: 0,
		operation: 0,
		senderMac: "",
		senderIp: "",
		targetMac: "",
		targetIp: "",
		frameMac: undefined,
	};

	constructor(context: DecoderContext<ArpObservation>) {
		this.#context = context;
	}

	/** False where the bytes are no ARP for IPv4 over Ethernet. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (end - start < LENGTH) return false;
		if (u16(bytes, start + OFFSET.hardwareType) !== HARDWARE_ETHERNET || u16(bytes, start + OFFSET.protocolType) !== PROTOCOL_IPV4)
			return false;
		if (u8(bytes, start + OFFSET.hardwareLength) !== 6 || u8(bytes, start + OFFSET.protocolLength) !== 4) return false;
		const out = this.#out;
		const { clock, flow, emit } = this.#context;
		const sender = i32(bytes, start + OFFSET.senderIp);
		const target = i32(bytes, start + OFFSET.targetIp);
		out.time = clock.time;
		out.frame = clock.frame;
		out.operation = u16(bytes, start + OFFSET.operation);
		out.senderMac = macText(bytes, start + OFFSET.senderMac);
		out.senderIp = ipv4Text(sender);
		out.targetMac = macText(bytes, start + OFFSET.targetMac);
		out.targetIp = ipv4Text(target);
		out.frameMac = flow.client.mac !== undefined && flow.client.mac !== out.senderMac ? flow.client.mac : undefined;
		if (out.operation === REQUEST && sender === 0) out.kind = "probe";
		else if ((out.operation === REQUEST || out.operation === REPLY) && sender === target) out.kind = "announcement";
		else if (out.operation === REQUEST) out.kind = "request";
		else out.kind = out.operation === REPLY ? "reply" : "other";
		emit(out);
		return true;
	}
}
