/** CDP: one frame, one announcement. The checksum is not looked at: versions of it differ. */
import type { DecoderContext } from "../../src/decode/protocol.ts";
import { ipv4Text } from "../../src/wire/address.ts";
import { i32, u8, u16, u32 } from "../../src/wire/bytes.ts";
import { paddedOf } from "../../src/wire/text.ts";
import type { CdpObservation } from "./observation.ts";
import { HEADER, NLPID, SNAP_HEADER, TLV_HEADER, TYPE } from "./wire.ts";

/** Addresses of one announcement that are kept. */
const MAX_ADDRESSES = 16;
const MAX_VERSION = 2;

export class CdpDecoder {
	readonly #context: DecoderContext<CdpObservation>;
	readonly #addresses: string[] = [];
	readonly #out: CdpObservation = {
		protocol: "cdp",
		kind: "announcement",
		time: 0,
		frame: 0,
		sender: "",
		version: 0,
		timeToLive: 0,
		deviceId: "",
		portId: "",
		softwareVersion: "",
		platform: "",
		capabilities: -1,
		addresses: this.#addresses,
		nativeVlan: -1,
		violation: "",
	};

	constructor(context: DecoderContext<CdpObservation>) {
		this.#context = context;
	}

	/** False where the frame is another one of SNAP. */
	data(bytes: Uint8Array, start: number, end: number): boolean {
		const at = start + SNAP_HEADER.length;
		if (end - at < HEADER || SNAP_HEADER.some((byte, index) => bytes[start + index] !== byte)) return false;
		const version = u8(bytes, at);
		if (version === 0 || version > MAX_VERSION) return false;
		const out = this.#out;
		const { clock, flow, emit } = this.#context;
		out.time = clock.time;
		out.frame = clock.frame;
		out.sender = flow.client.mac ?? "";
		out.version = version;
		out.timeToLive = u8(bytes, at + 1);
		out.deviceId = out.portId = out.softwareVersion = out.platform = out.violation = "";
		out.capabilities = out.nativeVlan = -1;
		this.#addresses.length = 0;
		this.#entries(bytes, at + HEADER, end);
		out.kind = out.violation === "" ? "announcement" : "malformed";
		emit(out);
		return true;
	}

	#entries(bytes: Uint8Array, start: number, end: number): void {
		let at = start;
		while (at + TLV_HEADER <= end) {
			const length = u16(bytes, at + 2);
			if (length < TLV_HEADER || at + length > end) {
				this.#out.violation = "length";
				return;
			}
			this.#value(u16(bytes, at), bytes, at + TLV_HEADER, at + length);
			at += length;
		}
		if (at < end) this.#out.violation = "length";
	}

	#value(type: number, bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		switch (type) {
			case TYPE.deviceId:
				out.deviceId = paddedOf(bytes, from, to);
				return;
			case TYPE.portId:
				out.portId = paddedOf(bytes, from, to);
				return;
			case TYPE.softwareVersion:
				out.softwareVersion = paddedOf(bytes, from, to);
				return;
			case TYPE.platform:
				out.platform = paddedOf(bytes, from, to);
				return;
			case TYPE.capabilities:
				if (to - from >= 4) out.capabilities = u32(bytes, from) & 0xffff;
				return;
			case TYPE.nativeVlan:
				if (to - from >= 2) out.nativeVlan = u16(bytes, from);
				return;
			case TYPE.addresses:
			case TYPE.managementAddresses:
				this.#addressList(bytes, from, to);
				return;
			default:
		}
	}

	/** Their number, then each with its protocol. Only those of IPv4 are kept; a list that does not fit breaks the protocol. */
	#addressList(bytes: Uint8Array, from: number, to: number): void {
		const out = this.#out;
		let left = to - from >= 4 ? u32(bytes, from) : -1;
		let at = from + 4;
		for (; left > 0; left--) {
			const protocolLength = at + 2 <= to ? u8(bytes, at + 1) : 0;
			const lengthAt = at + 2 + protocolLength;
			const length = lengthAt + 2 <= to ? u16(bytes, lengthAt) : to;
			const address = lengthAt + 2;
			if (address + length > to) break;
			if (u8(bytes, at) === NLPID.type && protocolLength === 1 && u8(bytes, at + 2) === NLPID.ip && length === 4) {
				const text = ipv4Text(i32(bytes, address));
				if (this.#addresses.includes(text)) {
					// said twice: of the port and of the management
				} else if (this.#addresses.length < MAX_ADDRESSES) this.#addresses.push(text);
				else this.#context.count("addresses");
			}
			at = address + length;
		}
		if (left !== 0) out.violation = "addresses";
	}
}
