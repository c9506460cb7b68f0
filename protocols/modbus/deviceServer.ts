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
	placeOf,
	REJECT,
	type StreamDecoder,
	seekBy,
} from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { ASCII_MORE, aduLength, asciiAt, COLON, MAX_ASCII } from "./ascii.ts";
import { VIOLATION } from "./codes.ts";
import { crcOf, crcStep, MAX_RTU } from "./crc.ts";
import { modbusUdp } from "./datagrams.ts";
import { ModbusStream, modbusTcp } from "./decoder.ts";
import { Exchange } from "./exchange.ts";
import type { ModbusObservation } from "./observation.ts";
import { ENVELOPE, MAX_UNIT, MORE, OPEN, requestSize, responseSize, rtuAt } from "./rtu.ts";
import { headerFits, isPublic, isSoundToEnd, isWideWrite, LENGTH_END, MAX_LENGTH, MIN_LENGTH, senderOf, WIDE_WRITE } from "./wire.ts";

/** Frames that are looked at by a probe. */
const CHAINED = 8;
const MIN_RTU = 4;
/** A header and a function alone. */
const SHORTEST = LENGTH_END + MIN_LENGTH;
/** Unit and PDU of the ASCII frame that was read last. */
const adu = new Uint8Array(MAX_ASCII >> 1);

/**
 * Bytes that come again are searched whole where they are no more than this and so many for each new one: segments may be as short as one byte, and what the search costs must not be their
 * number times the longest frame. Of more, only up to the first place where a frame may be unfinished.
 */
const AGAIN = 32;
const AGAIN_PER_NEW = 3;

/** Whether bytes of which the last `fresh` are new are searched whole. */
const isSearched = (size: number, fresh: number): boolean => size <= AGAIN + AGAIN_PER_NEW * fresh;

/** CRC registers before each byte of what is searched. */
let registers = new Uint16Array(1024);

/** Length of the frame of a public function at `at`, 0 for none, MORE where it may not be whole; `checks` as for `rtuAt`. */
function frameAt(bytes: Uint8Array, at: number, end: number, checks?: Uint16Array, from = 0): number {
	if (bytes[at] !== COLON) return rtuAt(bytes, at, end, checks, from);
	const length = asciiAt(bytes, at, end, at, adu);
	if (length === ASCII_MORE) return MORE;
	return length > 0 && adu[0]! <= MAX_UNIT && isPublic(adu, 1, aduLength(length)) ? length : 0;
}

/**
 * Where the next whole frame of a public function begins; where there is none, minus one minus the first place at which one may begin that is not whole yet (or the
 * end). Behind that place it is searched where `isWhole`.
 */
function nextFrame(bytes: Uint8Array, start: number, end: number, isWhole: boolean): number {
	const size = end - start;
	if (registers.length <= size) registers = new Uint16Array(2 * size);
	for (let done = 0; done < size; done++) registers[done + 1] = crcStep(registers[done]!, bytes[start + done]!);
	let unfinished = end;
	for (let at = start; at < end; at++) {
		const length = frameAt(bytes, at, end, registers, start);
		if (length > 0) return at;
		if (length !== MORE) continue;
		if (unfinished === end) unfinished = at;
		if (!isWhole) break;
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

/** Modbus/TCP, or a device server's connection. */
export const tcpOrDeviceServer: StreamDecoder<ModbusObservation> = {
	ports: modbusTcp.ports,
	maxMessage: Math.max(modbusTcp.maxMessage, MAX_ASCII),
	probe(bytes, start, end, isHinted) {
		const asSerial = probe(bytes, start, end, isHinted);
		if (asSerial === PROBE.match) return asSerial;
		const asMbap = modbusTcp.probe(bytes, start, end, isHinted);
		// A frame that is not whole yet says little: nothing where a message is sought, or where a header stands.
		return asMbap !== PROBE.mismatch || isHinted === undefined || headerFits(bytes, start, end) ? asMbap : asSerial;
	},
	sender: (bytes, start, end) => (isSerial(bytes, start, end) ? sender(bytes, start, end) : modbusTcp.sender!(bytes, start, end)),
	open: (context) => new EitherStream(context),
};

/**
 * Modbus/UDP, or device servers that send each frame as a datagram. Other protocols have the same CRC and a beginning like a request's, so both directions must be
 * frames.
 */
export const udpOrDeviceServer: DatagramDecoder<ModbusObservation> = {
	ports: modbusUdp.ports,
	probe: (bytes, start, end) => (isSerial(bytes, start, end) ? PROBE.more : modbusUdp.probe(bytes, start, end)),
	sender: (bytes, start, end) => (isSerial(bytes, start, end) ? sender(bytes, start, end) : modbusUdp.sender!(bytes, start, end)),
	open: (context) => new EitherDatagrams(context),
};

/** Whole frames of public functions fill the bytes, as far as they are looked at. */
const isSerial = (bytes: Uint8Array, start: number, end: number): boolean => probe(bytes, start, end, false) === PROBE.match;

/** What the flow was is tried first: nobody who speaks the one may hide in a flow of the other. */
class EitherDatagrams implements Datagrams {
	readonly #serial: SerialDatagrams;
	readonly #mbap: Datagrams;
	#isSerial = false;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#serial = new SerialDatagrams(context);
		this.#mbap = modbusUdp.open(context);
	}

	get deadline(): number {
		return Math.min(this.#serial.deadline, this.#mbap.deadline);
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		if (this.#isSerial && this.#serial.data(bytes, start, end, direction)) return true;
		this.#isSerial = isSerial(bytes, start, end);
		return (this.#isSerial ? this.#serial : this.#mbap).data(bytes, start, end, direction);
	}

	expire(now: number): void {
		if (this.#serial.deadline <= now) this.#serial.expire(now);
		if (this.#mbap.deadline <= now) this.#mbap.expire(now);
	}
}

/** Frames of one direction each. */
class SerialFrames {
	readonly exchange: Exchange;
	#isOdd = false;
	/** By direction: places behind the beginning of a frame of unknown length at which no other one begins, whatever comes. */
	readonly #barren = new Int32Array(2);

	constructor(exchange: Exchange) {
		this.exchange = exchange;
	}

	/**
	 * Reads the frame at `at`: its length, 0 where none is there, MORE where it is not whole. The last `fresh` of the bytes are new; `isAgain` where what it begins with was
	 * the last that this was asked of the direction.
	 */
	read(bytes: Uint8Array, at: number, end: number, direction: Direction, fresh: number, isAgain: boolean): number {
		if (!isAgain) this.renew(direction);
		if (bytes[at] === COLON) {
			const length = asciiAt(bytes, at, end, at, adu);
			if (length === ASCII_MORE) return MORE;
			if (length > 0) {
				this.#isOdd = false;
				this.#take("ascii", adu, 1, aduLength(length) - 1, direction);
				return length;
			}
		}
		const length = this.#rtuLength(bytes, at, end, direction, fresh);
		if (length > 0) this.#take("rtu", bytes, at + 1, length - ENVELOPE, direction);
		return length;
	}

	#rtuLength(bytes: Uint8Array, at: number, end: number, direction: Direction, fresh: number): number {
		const there = end - at;
		if (there < 2) return MORE;
		const size = direction === TO_SERVER ? requestSize(bytes, at + 1, there - 1) : responseSize(bytes, at + 1, there - 1);
		this.#isOdd = false;
		if (size > 0) {
			if (size + ENVELOPE > there) return MORE;
			if (crcOf(bytes, at, at + size + ENVELOPE) === 0) return size + ENVELOPE;
			if (isWideWrite(bytes, at + 1, there - 1)) {
				const length = WIDE_WRITE + ENVELOPE;
				if (length > there) return MORE;
				if (crcOf(bytes, at, at + length) === 0) return length;
			}
		}
		// Where the function does not say its length, or lies, the frame ends with the bytes that came together.
		this.#isOdd = size !== OPEN;
		if (size !== MORE && there >= MIN_RTU && there <= MAX_RTU && crcOf(bytes, at, end) === 0) return there;
		return size === MORE || (size === OPEN && there < MAX_RTU && !this.#hasNext(bytes, at + 1, end, direction, isSearched(there, fresh)))
			? MORE
			: 0;
	}

	/** What comes begins elsewhere. */
	renew(direction: Direction): void {
		this.#barren[direction] = 0;
	}

	#hasNext(bytes: Uint8Array, start: number, end: number, direction: Direction, isWhole: boolean): boolean {
		const next = nextFrame(bytes, Math.min(end, start + this.#barren[direction]!), end, isWhole);
		this.#barren[direction] = placeOf(next) - start;
		return next >= 0;
	}

	#take(framing: "rtu" | "ascii", bytes: Uint8Array, pdu: number, size: number, direction: Direction): void {
		const { exchange } = this;
		const violations = this.#isOdd ? VIOLATION.length : 0;
		exchange.framing = framing;
		if (direction === TO_SERVER) exchange.request(bytes, pdu, size, -1, u8(bytes, pdu - 1), violations);
		else exchange.answer(bytes, pdu, size, -1, u8(bytes, pdu - 1), violations);
	}
}

/** A message of Modbus/TCP among serial frames. Registers often look like a header, so it must be of a public function, or fill the bytes with others. */
function messageAt(bytes: Uint8Array, at: number, end: number): Probe {
	if (!headerFits(bytes, at, end)) return PROBE.mismatch;
	return isSoundToEnd(bytes, at, end) ? PROBE.match : modbusTcp.probe(bytes, at, end, false);
}

/** As nearly all messages of a plant begin: a header that announces more than a function alone. */
const isPlainHeader = (bytes: Uint8Array, at: number): boolean =>
	(bytes[at + 2]! | bytes[at + 3]! | bytes[at + 4]!) === 0 && bytes[at + 5]! > MIN_LENGTH && bytes[at + 5]! <= MAX_LENGTH;

/**
 * A serial frame begins here that is not whole yet, and no message of Modbus/TCP is in the bytes, of which the last `fresh` are new: what a connection begins with may
 * come in pieces.
 */
const isBegun = (bytes: Uint8Array, start: number, end: number, fresh: number): boolean =>
	!headerFits(bytes, start, end) &&
	frameAt(bytes, start, end) === MORE &&
	(!isSearched(end - start, fresh) || seekBy(messageAt, bytes, start + 1, end) < 0);

/** A connection is Modbus/TCP until it shows serial frames, and these until it shows Modbus/TCP: what it began with must not hide what follows. */
class EitherStream extends ModbusStream {
	readonly #frames = new SerialFrames(this);
	#isSerial = false;
	/** False until a message was read: a short request has a checksum that can be right where a header fits too. */
	#isSettled = false;
	/** By direction: 1 while foreign bytes were reported and no frame was understood since. */
	readonly #isNoise = new Uint8Array(2);
	/** By direction: bytes that come again, and how many of the last ones were new. */
	readonly #kept = new Int32Array(2);
	readonly #fresh = new Int32Array(2);
	/** By direction: of the bytes that a search left to come again, how many begin no frame, whatever comes. */
	readonly #barren = new Int32Array(2);

	override data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		this.#barren[direction] = 0;
		const isPart = this.#kept[direction]! > 0;
		this.#arrived(end - start, direction);
		if (!this.#isSettled && !this.isOld(direction) && isBegun(bytes, start, end, this.#fresh[direction]!)) {
			this.hold(end - start, true, direction);
			this.#kept[direction] = end - start;
			return 0;
		}
		const isPlain = this.#isSettled && !isPart && end - start > 5 && isPlainHeader(bytes, start);
		if (!this.#isSerial && !isPlain && !this.#isMbap(bytes, start, end, isPart)) this.#become("rtu");
		const used = this.#isSerial ? this.#serialData(bytes, start, end, direction, isPart) : super.data(bytes, start, end, direction);
		if (used > 0) this.#isSettled = true;
		this.#kept[direction] = used >= 0 ? end - start - used : 0;
		return used;
	}

	/**
	 * A header may stand in serial frames too: that of a function alone in the shortest of them, which ends in its checksum; else its message is not whole, and either
	 * frames go on behind one another, or one is left unfinished.
	 */
	#isMbap(bytes: Uint8Array, start: number, end: number, isPart: boolean): boolean {
		if (!this.#isSettled || !headerFits(bytes, start, end)) return !isSerial(bytes, start, end);
		if (end - start === SHORTEST) return modbusTcp.probe(bytes, start, end, false) === PROBE.match || !isSerial(bytes, start, end);
		if (!isPart || isSoundToEnd(bytes, start, end)) return true;
		const first = frameAt(bytes, start, end);
		return first <= 0 || start + first >= end || frameAt(bytes, start + first, end) <= 0;
	}

	protected override reportUnfinished(bytes: Uint8Array, at: number, end: number, direction: Direction): void {
		if (!isSerial(bytes, at, end)) {
			super.reportUnfinished(bytes, at, end, direction);
			return;
		}
		let place = at;
		for (let length = 1; place < end && length > 0; place += length)
			length = this.#frames.read(bytes, place, end, direction, end - place, false);
		this.framing = "tcp";
	}

	/** In foreign bytes only what is whole and right is believed. */
	override seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		this.#arrived(end - start, direction);
		const sought = this.#isSerial
			? this.#seekAmongFrames(bytes, start, end, direction)
			: !headerFits(bytes, start, end) && isSerial(bytes, start, end)
				? start
				: super.seek(bytes, start, end, direction);
		this.#kept[direction] = end - placeOf(sought);
		this.#frames.renew(direction);
		return sought;
	}

	#seekAmongFrames(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const isWhole = isSearched(end - start, this.#fresh[direction]!);
		const frame = nextFrame(bytes, Math.min(end, start + this.#barren[direction]!), end, isWhole);
		this.#barren[direction] = 0;
		const message = seekBy(messageAt, bytes, start, frame < 0 && isWhole ? end : placeOf(frame));
		if (message >= 0) return message;
		if (frame >= 0) return frame;
		const sought = Math.max(frame, message);
		this.#barren[direction] = placeOf(frame) - placeOf(sought);
		return sought;
	}

	/** So many bytes are at hand, of which some may have come before. */
	#arrived(size: number, direction: Direction): void {
		const fresh = size - this.#kept[direction]!;
		if (fresh > 0) this.#fresh[direction] = fresh;
	}

	override gap(direction: Direction): void {
		super.gap(direction);
		this.#isNoise[direction] = 0;
		this.#kept[direction] = 0;
		this.#barren[direction] = 0;
	}

	#serialData(bytes: Uint8Array, start: number, end: number, direction: Direction, isPart: boolean): number {
		let at = start;
		while (at < end) {
			const isAgain = at === start && isPart;
			const length = this.#frames.read(bytes, at, end, direction, this.#fresh[direction]!, isAgain);
			if (length > 0) {
				this.#isNoise[direction] = 0;
				at += length;
				continue;
			}
			if (at > start) break;
			if (messageAt(bytes, at, end) === PROBE.match) {
				this.#become("tcp");
				return super.data(bytes, at, end, direction);
			}
			if (length === MORE) break;
			if (this.#isNoise[direction] === 0) this.malformed(bytes, at, end, direction !== TO_SERVER, VIOLATION.noise);
			this.#isNoise[direction] = 1;
			this.drop(direction);
			return REJECT;
		}
		this.hold(end - at, at === start, direction);
		return at - start;
	}

	#become(framing: "tcp" | "rtu"): void {
		this.#isSerial = framing === "rtu";
		this.framing = framing;
		this.#isNoise.fill(0);
		this.#frames.renew(TO_SERVER);
		this.#frames.renew(TO_CLIENT);
		this.reportAgain();
	}
}

class SerialDatagrams implements Datagrams {
	readonly #frames: SerialFrames;

	constructor(context: DecoderContext<ModbusObservation>) {
		this.#frames = new SerialFrames(new Exchange(context));
	}

	get deadline(): number {
		return this.#frames.exchange.deadline;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): boolean {
		let at = start;
		while (at < end) {
			const length = this.#frames.read(bytes, at, end, direction, end - at, false);
			if (length <= 0) break;
			at += length;
		}
		return at > start;
	}

	expire(now: number): void {
		this.#frames.exchange.expire(now);
	}
}
