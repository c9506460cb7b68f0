/**
 * Serial device servers: a serial line's frames (RTU or ASCII, as they are) inside TCP or UDP, on any port. Nothing announces them: they are known by frames of public
 * functions whose lengths and checksums are right, one behind the other, in both directions.
 */
import {
	type DatagramDecoder,
	type Datagrams,
	type DecoderContext,
	PROBE,
	type Probe,
	type Stream,
	type StreamDecoder,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { ASCII_MORE, aduLength, asciiAt, COLON, MAX_ASCII } from "./ascii.ts";
import { VIOLATION } from "./codes.ts";
import { crcOf, MAX_RTU } from "./crc.ts";
import { Exchange } from "./exchange.ts";
import type { ModbusObservation } from "./observation.ts";
import { ENVELOPE, MAX_UNIT, MORE, OPEN, requestSize, responseSize, rtuAt } from "./rtu.ts";
import { headerFits, isPublic, senderOf } from "./wire.ts";

/** Frames that are looked at by a probe. */
const CHAINED = 8;
const MIN_RTU = 4;
const NO_BYTES = new Uint8Array(0);
/** Unit and PDU of the ASCII frame that was read last. */
const adu = new Uint8Array(MAX_ASCII >> 1);

/** Length of the frame of a public function at `at`, 0 for none, MORE where it may not be whole. */
function frameAt(bytes: Uint8Array, at: number, end: number): number {
	if (bytes[at] !== COLON) return rtuAt(bytes, at, end);
	const length = asciiAt(bytes, at, end, at, adu);
	if (length === ASCII_MORE) return MORE;
	return length > 0 && adu[0]! <= MAX_UNIT && isPublic(adu, 1, aduLength(length)) ? length : 0;
}

/**
 * Where the next whole frame of a public function begins; where there is none, minus one minus the first place at which one may begin that is not whole yet (or the
 * end).
 */
function nextFrame(bytes: Uint8Array, start: number, end: number): number {
	let unfinished = end;
	for (let at = start; at < end; at++) {
		const length = frameAt(bytes, at, end);
		if (length > 0) return at;
		if (length === MORE && unfinished === end) unfinished = at;
	}
	return -1 - unfinished;
}

/** Frames and nothing else; where the next message is sought, `isHinted` is undefined and one is enough. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	let at = start;
	for (let count = 0; count < CHAINED && at < end; count++) {
		const length = frameAt(bytes, at, end);
		if (length === MORE) return count === 0 ? PROBE.more : PROBE.match;
		if (length === 0) return count > 0 && isHinted === undefined ? PROBE.match : PROBE.mismatch;
		at += length;
	}
	return PROBE.match;
}

function sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
	const length = frameAt(bytes, start, end);
	if (length <= 0) return undefined;
	return bytes[start] === COLON
		? senderOf(adu, 1, aduLength(length), aduLength(length) - 1)
		: senderOf(bytes, start + 1, end, length - ENVELOPE);
}

/** Modbus/TCP as `mbap` decodes it, or a device server's connection. */
export const withDeviceServers = (mbap: StreamDecoder<ModbusObservation>): StreamDecoder<ModbusObservation> => ({
	ports: mbap.ports,
	maxMessage: Math.max(mbap.maxMessage, MAX_ASCII),
	probe(bytes, start, end, isHinted) {
		const asSerial = probe(bytes, start, end, isHinted);
		if (asSerial === PROBE.match) return asSerial;
		const asMbap = mbap.probe(bytes, start, end, isHinted);
		// A frame that is not whole yet says little: nothing where a message is sought, or where a header stands.
		if (asMbap !== PROBE.mismatch || isHinted === undefined || headerFits(bytes, start, end)) return asMbap;
		return asSerial;
	},
	sender: (bytes, start, end) => (probe(bytes, start, end) === PROBE.match ? sender(bytes, start, end) : mbap.sender?.(bytes, start, end)),
	open: (context, bytes = NO_BYTES, start = 0, end = bytes.length) =>
		end > start && probe(bytes, start, end) === PROBE.match ? new SerialStream(context) : mbap.open(context),
});

/**
 * Modbus/UDP as `mbap` decodes it, or device servers that send each frame as a datagram. Other protocols have the same CRC and a beginning like a request's, so both
 * directions must be frames.
 */
export const withDeviceServerDatagrams = (mbap: DatagramDecoder<ModbusObservation>): DatagramDecoder<ModbusObservation> => ({
	ports: mbap.ports,
	probe: (bytes, start, end) => (isSerial(bytes, start, end) ? PROBE.more : mbap.probe(bytes, start, end)),
	sender: (bytes, start, end) => (isSerial(bytes, start, end) ? sender(bytes, start, end) : mbap.sender?.(bytes, start, end)),
	open: (context) => new EitherDatagrams(context, mbap),
});

const isSerial = (bytes: Uint8Array, start: number, end: number): boolean => probe(bytes, start, end, false) === PROBE.match;

/** The first datagram says which. */
class EitherDatagrams implements Datagrams {
	readonly #context: DecoderContext<ModbusObservation>;
	readonly #mbap: DatagramDecoder<ModbusObservation>;
	#chosen: Datagrams | undefined;

	constructor(context: DecoderContext<ModbusObservation>, mbap: DatagramDecoder<ModbusObservation>) {
		this.#context = context;
		this.#mbap = mbap;
	}

	get deadline(): number {
		return this.#chosen?.deadline ?? Number.POSITIVE_INFINITY;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (this.#chosen !== undefined) return this.#chosen.data(bytes, start, end, direction);
		const chosen = isSerial(bytes, start, end) ? new SerialDatagrams(this.#context) : this.#mbap.open(this.#context);
		if (!chosen.data(bytes, start, end, direction)) return false;
		this.#chosen = chosen;
		return true;
	}

	expire(now: number): void {
		this.#chosen?.expire(now);
	}
}

/** Frames of one direction each. */
class SerialFrames {
	readonly exchange: Exchange;
	#isOdd = false;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.exchange = new Exchange(context);
	}

	/** Reads the frame at `at`: its length, 0 where none is there, MORE where it is not whole. */
	read(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		if (bytes[at] === COLON) {
			const length = asciiAt(bytes, at, end, at, adu);
			if (length === ASCII_MORE) return MORE;
			if (length > 0) {
				this.#isOdd = false;
				this.#take("ascii", adu, 1, aduLength(length) - 1, direction);
				return length;
			}
		}
		const length = this.#rtuLength(bytes, at, end, direction);
		if (length > 0) this.#take("rtu", bytes, at + 1, length - ENVELOPE, direction);
		return length;
	}

	#rtuLength(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		const there = end - at;
		if (there < 2) return MORE;
		const size = direction === TO_SERVER ? requestSize(bytes, at + 1, there - 1) : responseSize(bytes, at + 1, there - 1);
		this.#isOdd = false;
		if (size > 0) {
			if (size + ENVELOPE > there) return MORE;
			if (crcOf(bytes, at, at + size + ENVELOPE) === 0) return size + ENVELOPE;
		}
		// Where the function does not say its length, or lies, the frame ends with the bytes that came together.
		this.#isOdd = size !== OPEN;
		if (size !== MORE && there >= MIN_RTU && there <= MAX_RTU && crcOf(bytes, at, end) === 0) return there;
		return size === MORE || (size === OPEN && there < MAX_RTU && nextFrame(bytes, at + 1, end) < 0) ? MORE : 0;
	}

	#take(framing: "rtu" | "ascii", bytes: Uint8Array, pdu: number, size: number, direction: Direction): void {
		const { exchange } = this;
		const violations = this.#isOdd ? VIOLATION.length : 0;
		exchange.framing = framing;
		if (direction === TO_SERVER) exchange.request(bytes, pdu, size, -1, u8(bytes, pdu - 1), violations);
		else exchange.answer(bytes, pdu, size, -1, u8(bytes, pdu - 1), violations);
	}
}

class SerialStream implements Stream {
	readonly #frames: SerialFrames;
	/** By direction: 1 while foreign bytes were reported and no frame was understood since. */
	readonly #isForeign = new Uint8Array(2);

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#frames = new SerialFrames(context);
	}

	get deadline(): number {
		return this.#frames.exchange.deadline;
	}

	/** Steps over bytes that are no frames itself: behind them, only what is whole and right is believed. */
	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			if (this.#isForeign[direction] === 1) {
				const next = nextFrame(bytes, at, end);
				if (next < 0) return -next - 1 - start;
				at = next;
			}
			const length = this.#frames.read(bytes, at, end, direction);
			if (length === MORE) break;
			if (length === 0) {
				// A frame of the other direction may stand here too, behind foreign bytes.
				if (this.#isForeign[direction] === 1) at++;
				else this.#frames.exchange.malformed(bytes, at, end, direction !== TO_SERVER, VIOLATION.noise);
				this.#isForeign[direction] = 1;
				continue;
			}
			this.#isForeign[direction] = 0;
			at += length;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#isForeign[direction] = 0;
		this.#frames.exchange.forget();
	}

	probe(bytes: Uint8Array, start: number, end: number): Probe {
		return probe(bytes, start, end);
	}

	expire(now: number): void {
		this.#frames.exchange.expire(now);
	}
}

class SerialDatagrams implements Datagrams {
	readonly #frames: SerialFrames;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#frames = new SerialFrames(context);
	}

	get deadline(): number {
		return this.#frames.exchange.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		let at = start;
		while (at < end) {
			const length = this.#frames.read(bytes, at, end, direction);
			if (length <= 0) break;
			at += length;
		}
		return at > start;
	}

	expire(now: number): void {
		this.#frames.exchange.expire(now);
	}
}
