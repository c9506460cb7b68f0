/** LLDP (IEEE 802.1AB-2016): one frame, one announcement. Chassis, port and time to live come first, in that order (8.2). */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { addressTextAt, ipv4Text, macText } from "../../src/wire/address.ts";
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { hexOf, paddedOf } from "../../src/wire/text.ts";
import type { LldpObservation } from "./observation.ts";
import { CHASSIS_SUBTYPE, FAMILY, ORGANISATION, PORT_SUBTYPE, TLV_HEADER, TYPE } from "./wire.ts";

/** Management addresses of one announcement that are kept. */
const MAX_ADDRESSES = 8;

const TEXTS: ReadonlyMap<number, "hardware" | "firmware" | "software" | "serialNumber" | "manufacturer" | "model"> = new Map([
	[ORGANISATION.hardware, "hardware"],
	[ORGANISATION.firmware, "firmware"],
	[ORGANISATION.software, "software"],
	[ORGANISATION.serialNumber, "serialNumber"],
	[ORGANISATION.manufacturer, "manufacturer"],
	[ORGANISATION.model, "model"],
]);

/** Bytes of a number, of a MAC address or of text, as the kind says; what is neither is hexadecimal. */
function idText(kind: string, bytes: Uint8Array, start: number, end: number): string {
	if (kind === "mac" && end - start === 6) return macText(bytes, start);
	if (kind === "address") return addressOf(bytes, start, end) ?? hexOf(bytes, start, end);
	return paddedOf(bytes, start, end);
}

/** An address family and an address of it (8.5.2.3, 8.5.9.4). */
function addressOf(bytes: Uint8Array, start: number, end: number): string | undefined {
	const length = end - start - 1;
	if (length === 4 && u8(bytes, start) === FAMILY.ipv4) return ipv4Text(i32(bytes, start + 1));
	return length === 16 && u8(bytes, start) === FAMILY.ipv6 ? addressTextAt(bytes, start + 1) : undefined;
}

export class LldpDecoder {
	readonly #context: DecoderContext<LldpObservation>;
	readonly #addresses: string[] = [];
	readonly #out: LldpObservation = {
		protocol: "lldp",
		kind: "announcement",
		time: 0,
		frame: 0,
		sender: "",
		chassisKind: "",
		chassisId: "",
		portKind: "",
		portId: "",
		timeToLive: 0,
		portDescription: "",
		systemName: "",
		systemDescription: "",
		capabilities: -1,
		enabled: -1,
		managementAddresses: this.#addresses,
		portVlan: -1,
		hardware: "",
		firmware: "",
		software: "",
		serialNumber: "",
		manufacturer: "",
		model: "",
		violation: "",
	};

	constructor(context: DecoderContext<LldpObservation>) {
		this.#context = context;
	}

	/** False where the bytes do not begin with a chassis. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		if (end - start < TLV_HEADER || u8(bytes, start) >> 1 !== TYPE.chassisId) return false;
		const out = this.#out;
		const { clock, flow, emit } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.sender = flow.client.mac ?? "";
		out.chassisKind = out.chassisId = out.portKind = out.portId = out.portDescription = out.systemName = out.systemDescription = "";
		out.hardware = out.firmware = out.software = out.serialNumber = out.manufacturer = out.model = out.violation = "";
		out.timeToLive = 0;
		out.capabilities = out.enabled = out.portVlan = -1;
		this.#addresses.length = 0;
		this.#announcement(bytes, start, end);
		out.kind = out.violation !== "" ? "malformed" : out.timeToLive === 0 ? "shutdown" : "announcement";
		emit(out);
		return true;
	}

	#announcement(bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		let at = start;
		for (let seen = 1; at + TLV_HEADER <= end; seen++) {
			const header = u16(bytes, at);
			const type = header >> 9;
			const from = at + TLV_HEADER;
			const to = from + (header & 0x1ff);
			// 8.2: the first three, each once.
			if (seen <= TYPE.timeToLive ? type !== seen : type >= TYPE.chassisId && type <= TYPE.timeToLive) {
				out.violation = "order";
				return;
			}
			if (to > end) {
				out.violation = "length";
				return;
			}
			if (type === TYPE.end) return;
			this.#value(type, bytes, from, to);
			if (out.violation !== "") return;
			at = to;
		}
		// The end may be missing where nothing follows (8.5.1), the first three may not.
		if (out.portKind === "") out.violation = "order";
	}

	#value(type: number, bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		const length = to - from;
		switch (type) {
			case TYPE.chassisId:
			case TYPE.portId: {
				if (length < 2) {
					out.violation = "length";
					return;
				}
				const names = type === TYPE.chassisId ? CHASSIS_SUBTYPE : PORT_SUBTYPE;
				const kind = names[u8(bytes, from)] ?? "reserved";
				const id = idText(kind, bytes, from + 1, to);
				if (type === TYPE.chassisId) [out.chassisKind, out.chassisId] = [kind, id];
				else [out.portKind, out.portId] = [kind, id];
				return;
			}
			case TYPE.timeToLive:
				if (length < 2) out.violation = "length";
				else out.timeToLive = u16(bytes, from);
				return;
			case TYPE.portDescription:
				out.portDescription = paddedOf(bytes, from, to);
				return;
			case TYPE.systemName:
				out.systemName = paddedOf(bytes, from, to);
				return;
			case TYPE.systemDescription:
				out.systemDescription = paddedOf(bytes, from, to);
				return;
			case TYPE.capabilities:
				if (length < 4) out.violation = "length";
				else [out.capabilities, out.enabled] = [u16(bytes, from), u16(bytes, from + 2)];
				return;
			case TYPE.managementAddress:
				this.#managementAddress(bytes, from, to);
				return;
			case TYPE.organisation:
				if (length < 4) out.violation = "length";
				else this.#organisation(u32(bytes, from), bytes, from + 4, to);
				return;
			default:
		}
	}

	/** 8.5.9: the length of family and address, then both. */
	#managementAddress(bytes: Uint8Array, from: number, to: number): void {
		if (to - from < 2 || from + 1 + u8(bytes, from) > to) {
			this.#out.violation = "length";
			return;
		}
		const address = addressOf(bytes, from + 1, from + 1 + u8(bytes, from));
		if (address === undefined) return;
		if (this.#addresses.length < MAX_ADDRESSES) this.#addresses.push(address);
		else this.#context.count("management-addresses");
	}

	#organisation(subtype: number, bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		const text = TEXTS.get(subtype);
		if (text !== undefined) out[text] = paddedOf(bytes, from, to);
		else if (subtype === ORGANISATION.portVlan && to - from === 2) out.portVlan = u16(bytes, from);
	}
}
