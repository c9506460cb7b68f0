/**
 * Modbus over UDP: one ADU of Modbus/TCP a datagram. No specification of the Modbus Organization describes it; devices and Wireshark agree on the MBAP header
 * (MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3) and port 502. A client repeats a request that was lost, under the same transaction id.
 */
import { type DatagramDecoder, type Datagrams, type DecoderContext, PROBE, type Probe, type Stream } from "../../src/decode/protocol.ts";
import type { Direction } from "../../src/flow/flow.ts";
import { u16 } from "../../src/wire/bytes.ts";
import { ModbusStream, modbusTcp } from "./decoder.ts";
import type { ModbusObservation } from "./observation.ts";
import * as wire from "./wire.ts";

export const modbusUdp: DatagramDecoder<ModbusObservation> = {
	ports: [502],
	probe,
	sender: (bytes, start, end) => modbusTcp.sender!(bytes, start, end),
	open: (context) => new ModbusDatagrams(context),
};

/** True where the header announces exactly the bytes that are there. */
const isAdu = (bytes: Uint8Array, start: number, end: number): boolean =>
	end - start > wire.PDU && wire.headerFits(bytes, start, end) && wire.LENGTH_END + u16(bytes, start + wire.LENGTH) === end - start;

/** On another port a datagram is Modbus only where it is a public function in its exact shape: no other direction bears it out. */
function probe(bytes: Uint8Array, start: number, end: number): Probe {
	if (!isAdu(bytes, start, end)) return PROBE.mismatch;
	return wire.isSound(bytes, start, end) && wire.isPublic(bytes, start + wire.PDU, end) ? PROBE.certain : PROBE.match;
}

class ModbusDatagrams implements Datagrams {
	readonly #stream: Stream;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#stream = new ModbusStream(context);
	}

	get deadline(): number {
		return this.#stream.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (!isAdu(bytes, start, end)) return false;
		// A datagram is whole: what is left of one whose length lies continues in no other.
		if (this.#stream.data(bytes, start, end, direction) !== end - start) this.#stream.gap(direction);
		return true;
	}

	expire(now: number): void {
		this.#stream.expire(now);
	}
}
