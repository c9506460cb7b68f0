/** From a frame to the packet that the layers behind get: parsed, not a copy of one just seen, put together from its fragments. */
import type { Frame } from "../capture/frame.ts";
import type { Packet } from "../wire/packet.ts";
import { MAX_TUNNELS, PacketParser } from "../wire/parser.ts";
import { DuplicateFilter } from "./duplicates.ts";
import { Fragments } from "./fragments.ts";

export class Intake {
	readonly parser = new PacketParser();
	readonly duplicates: DuplicateFilter;
	readonly fragments = new Fragments();
	/** The packet of the last frame for which `frame` said true: lent. */
	readonly packet: Packet = this.parser.packet;

	/** `seed` as for the flow table. */
	constructor(seed: number) {
		this.duplicates = new DuplicateFilter(seed);
	}

	/**
	 * Takes a frame. True when `packet` is to be handed on: to the flow table where `ipVersion` is not 0, else to the link protocols (`etherType`, and the bytes
	 * of `linkBytes` from `linkPayload` to `end`).
	 */
	frame(frame: Readonly<Frame>): boolean {
		const { parser, packet } = this;
		if (!parser.parse(frame) || this.duplicates.isDuplicate(packet, frame)) return false;
		if (packet.ipVersion !== 0 && packet.isFragment) return this.#assemble(frame.time);
		return true;
	}

	/** A datagram put together may be a mirror transport that holds a fragment of another. */
	#assemble(time: number): boolean {
		const { parser, packet, fragments } = this;
		for (let depth = 0; depth <= MAX_TUNNELS; depth++) {
			if (!fragments.add(packet, time)) return false;
			parser.resume(fragments.bytes, fragments.headerLength, fragments.end);
			if (packet.ipVersion === 0 || !packet.isFragment) return true;
		}
		return false;
	}
}
