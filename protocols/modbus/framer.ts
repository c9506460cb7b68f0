/**
 * Finds the frames in the bytes of a serial line, or of a connection that carries one (MODBUS over Serial Line V1.02): RTU and ASCII, told apart frame by frame.
 *
 * RTU frames are parted by silence, but an adapter that hands bytes over in pieces splits and joins them, so silence alone is never believed. From each place on the
 * line a frame is what the function's own lengths and the CRC say; a place that begins none is noise, and the next is looked at. What may yet become a frame is
 * waited for until the bytes are there or the line has been still for longer than any adapter holds bytes back. What is found depends on the bytes and on pauses
 * beyond PAUSE alone, not on how they were handed over.
 */
import { u8 } from "../../src/wire/bytes.ts";
import { ASCII_MORE, aduLength, asciiAt, COLON, MAX_ASCII, NOT_ASCII } from "./ascii.ts";
import { EXCEPTION_FLAG, FUNCTION } from "./codes.ts";
import { crcStep, isChecked, MAX_RTU } from "./crc.ts";
import { ENVELOPE, MAX_UNIT, MORE, OPEN, REQUEST, RESPONSE, requestSize, responseSize } from "./rtu.ts";
import { isPublic, isWideWrite, WIDE_WRITE } from "./wire.ts";

/** A frame found; one object, on loan. */
export interface SerialFrame {
	/** `bytes[pdu]` to `bytes[pdu + size - 1]` is the PDU. */
	bytes: Uint8Array;
	pdu: number;
	size: number;
	unit: number;
	framing: "rtu" | "ascii";
	/** REQUEST, RESPONSE or both: what its length fits. */
	shapes: number;
	/** Its length fits neither, and the function has one. */
	isOdd: boolean;
	/** Microseconds of its first and last byte, and frame of the capture that held the last. */
	since: number;
	time: number;
	frame: number;
}

/** Bytes that belong to no frame; on loan. */
export interface NoiseRun {
	/** The first of them, at most NOISE_SHOWN. */
	bytes: Uint8Array;
	shown: number;
	count: number;
	/** Microseconds of its first and last byte, and frame of the capture that held the last. */
	since: number;
	time: number;
	frame: number;
}

export interface FrameSink {
	found(frame: SerialFrame): void;
	noise(run: NoiseRun): void;
	/** An answer of this unit and function is waited for at this time. */
	isDue(unit: number, functionCode: number, time: number): boolean;
}

/** Bytes held at once: several times the longest frame. */
const ROOM = 2048;
/** Bytes of noise that are shown, and bytes after which a run that does not end is reported. */
export const NOISE_SHOWN = 64;
const NOISE_RUN = 4096;
/** Microseconds between two bytes that part two frames at all usual rates (V1.02, 2.5.1.1: 1.75 ms above 19,200 baud); a hint, never more. */
export const PAUSE = 1_500;
/** Characters of an ASCII frame may be a second apart (2.5.2.1); with some allowance for the adapter. */
const ASCII_PATIENCE = 1_500_000;
/** Capture time that goes back further than bytes are handed over out of order: another capture. */
const BACKWARDS = 1_000_000;
/** Unit, function, CRC. */
const MIN_RTU = 4;

/** Microseconds for which an adapter may hold back the rest of a frame. */
const MID_FRAME = 20_000;
/** Function, sub-function, one word. */
const LOOP_BACK = 5;

const NONE = 0;
const WAIT = -1;

export class Framer {
	/** Microseconds at which what is unfinished will not be finished any more; Infinity where nothing is. */
	deadline = Number.POSITIVE_INFINITY;

	readonly #sink: FrameSink;
	/** Microseconds of stillness after which an RTU frame is not finished any more. */
	readonly #patience: number;

	readonly #bytes = new Uint8Array(ROOM);
	/** Of each byte: capture time and frame, and the CRC register before it. */
	readonly #times = new Float64Array(ROOM);
	readonly #frames = new Float64Array(ROOM);
	readonly #registers = new Uint16Array(ROOM + 1);
	/** What is held: `#at` to `#end`. */
	#at = 0;
	#end = 0;
	/** A frame ended before this place, or the line was still: what begins here may be of any function. -1 for no such place. */
	#anchor = 0;
	#lastTime = Number.NEGATIVE_INFINITY;
	/** Time of the byte before `#at`. */
	#before = Number.NEGATIVE_INFINITY;
	/** The characters from `#at` to here are those of an ASCII frame. */
	#checked = 0;
	/** The frame looked at: what it fits, whether its length is none, and whether it is an ASCII one. */
	#shapes = 0;
	#isOdd = false;
	#isAscii = false;
	readonly #adu = new Uint8Array(MAX_ASCII >> 1);

	readonly #frame: SerialFrame = {
		bytes: this.#bytes,
		pdu: 0,
		size: 0,
		unit: 0,
		framing: "rtu",
		shapes: 0,
		isOdd: false,
		since: 0,
		time: 0,
		frame: 0,
	};
	readonly #noise: NoiseRun = { bytes: new Uint8Array(NOISE_SHOWN), shown: 0, count: 0, since: 0, time: 0, frame: 0 };

	constructor(sink: FrameSink, patience: number) {
		this.#sink = sink;
		this.#patience = patience;
	}

	/** Bytes that arrived together. Times may stand still, but where they go back by more than BACKWARDS another capture begins. */
	push(bytes: Uint8Array, start: number, end: number, time: number, frame: number): void {
		if (time >= this.deadline || time < this.#lastTime - BACKWARDS) this.quiet();
		for (let at = start; at < end; ) {
			if (this.#end === ROOM) this.#compact();
			const count = Math.min(end - at, ROOM - this.#end);
			let register = this.#registers[this.#end]!;
			for (let done = 0; done < count; done++) {
				const byte = bytes[at + done]!;
				const place = this.#end + done;
				this.#bytes[place] = byte;
				this.#times[place] = time;
				this.#frames[place] = frame;
				register = crcStep(register, byte);
				this.#registers[place + 1] = register;
			}
			this.#end += count;
			at += count;
			this.#lastTime = time;
			this.#resolve(false);
		}
		if (this.#at < this.#end) {
			const isAscii = this.#bytes[this.#at] === COLON && this.#checked > this.#at;
			this.deadline = time + (isAscii ? Math.max(ASCII_PATIENCE, this.#patience) : this.#patience);
		} else this.deadline = this.#noise.count > 0 ? time + this.#patience : Number.POSITIVE_INFINITY;
	}

	/** The line has been still: what is unfinished stays so. */
	quiet(): void {
		this.#resolve(true);
		this.#flushNoise();
		this.#anchor = this.#at;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	/** The first place from which on no frame has been found yet is decided, as far as possible. */
	#resolve(isOver: boolean): void {
		while (this.#at < this.#end) {
			const at = this.#at;
			const isAnchored = at === this.#anchor || this.#times[at]! - (at > 0 ? this.#times[at - 1]! : this.#before) >= PAUSE;
			const length = this.#match(at, isAnchored, isOver);
			if (length === WAIT) return;
			if (length === NONE) {
				this.#addNoise(at);
				this.#at = at + 1;
				continue;
			}
			this.#flushNoise();
			this.#at = at + length;
			this.#anchor = this.#at;
			this.#give(at, length);
		}
		// All is decided: from here on there is room again.
		this.#before = this.#lastTime;
		this.#anchor = this.#anchor === this.#at ? 0 : -1;
		this.#at = 0;
		this.#end = 0;
		this.#checked = 0;
		this.#registers[0] = 0;
	}

	/** Makes room; what is waited for is never longer than the longest frame. */
	#compact(): void {
		const from = this.#at;
		this.#before = this.#times[from - 1] ?? this.#before;
		this.#bytes.copyWithin(0, from, this.#end);
		this.#times.copyWithin(0, from, this.#end);
		this.#frames.copyWithin(0, from, this.#end);
		this.#registers.copyWithin(0, from, this.#end + 1);
		this.#end -= from;
		this.#checked -= from;
		this.#anchor = this.#anchor === from ? 0 : -1;
		this.#at = 0;
	}

	/** Length of the frame at `at`, NONE, or WAIT. */
	#match(at: number, isAnchored: boolean, isOver: boolean): number {
		if (this.#bytes[at] === COLON) {
			const length = asciiAt(this.#bytes, at, this.#end, this.#checked, this.#adu);
			if (length > NOT_ASCII) {
				const pdu = this.#adu;
				const size = aduLength(length) - 1;
				this.#isAscii = true;
				this.#shapes = this.#shapesOf(pdu, 1, size);
				this.#isOdd = this.#shapes === 0;
				if (this.#isOdd) this.#shapes = REQUEST | RESPONSE;
				return length;
			}
			if (length === ASCII_MORE && !isOver) {
				this.#checked = this.#bytes[this.#end - 1] === 0x0d ? this.#end - 1 : this.#end;
				return WAIT;
			}
		}
		this.#isAscii = false;
		this.#isOdd = false;
		return this.#rtu(at, isAnchored, isOver);
	}

	/** What a PDU of a known size can be. */
	#shapesOf(bytes: Uint8Array, pdu: number, size: number): number {
		const asRequest = requestSize(bytes, pdu, size);
		const asResponse = responseSize(bytes, pdu, size);
		if (size === WIDE_WRITE && isWideWrite(bytes, pdu, size)) return REQUEST | RESPONSE;
		return (asRequest === size || asRequest === OPEN ? REQUEST : 0) | (asResponse === size || asResponse === OPEN ? RESPONSE : 0);
	}

	#rtu(at: number, isAnchored: boolean, isOver: boolean): number {
		const bytes = this.#bytes;
		const there = this.#end - at;
		if (bytes[at]! > MAX_UNIT && !isAnchored) return NONE;
		if (there < 2) return isOver ? NONE : WAIT;
		const pdu = at + 1;
		const asRequest = requestSize(bytes, pdu, there - 1);
		const asResponse = responseSize(bytes, pdu, there - 1);
		const request = this.#checkedLength(at, asRequest, isAnchored);
		const response = this.#checkedLength(at, asResponse, isAnchored);
		if (request > 0 && request === response) {
			this.#shapes = REQUEST | RESPONSE;
			return request;
		}
		if (request > 0 || response > 0) {
			// One of two lengths may be right by chance: in one frame of 65,536, and in one of 256 where they differ by a single byte. So that of the side whose turn
			// it is comes first, whole or not.
			const isDue = this.#sink.isDue(bytes[at]!, bytes[pdu]!, this.#times[at]!);
			const [likely, other] = isDue ? [response, request] : [request, response];
			if (likely === WAIT && !isOver) return WAIT;
			this.#shapes = likely > 0 === isDue ? RESPONSE : REQUEST;
			return likely > 0 ? likely : other;
		}
		const waits = (request === WAIT || response === WAIT) && !isOver;
		if (isAnchored && !waits) {
			const length = this.#openLength(at, isOver);
			this.#shapes = (asRequest === OPEN ? REQUEST : 0) | (asResponse === OPEN ? RESPONSE : 0);
			this.#isOdd = this.#shapes === 0;
			if (this.#isOdd) this.#shapes = REQUEST | RESPONSE;
			return length;
		}
		return waits ? WAIT : NONE;
	}

	/** Length of the frame whose PDU has `size` bytes, where its CRC is right; WAIT where bytes are missing. */
	#checkedLength(at: number, size: number, isAnchored: boolean): number {
		if (size === MORE) return WAIT;
		// The loop back test carries one word on a serial line (V1.1b3, 6.8.1), though it may be any number.
		if (size === OPEN && this.#bytes[at + 1] === FUNCTION.diagnostics) size = LOOP_BACK;
		if (size <= 0) return NONE;
		const length = size + ENVELOPE;
		if (at + length > this.#end) return WAIT;
		if (!this.#isChecked(at, length)) {
			const isNarrow = size < WIDE_WRITE && isWideWrite(this.#bytes, at + 1, size);
			return isNarrow ? this.#checkedLength(at, WIDE_WRITE, isAnchored) : NONE;
		}
		// In the middle of noise only what makes sense: there are many places, and one in 65,536 has a CRC that fits.
		return isAnchored || isPublic(this.#bytes, at + 1, at + 1 + size) ? length : NONE;
	}

	#isChecked(at: number, length: number): boolean {
		return isChecked(this.#registers[at]!, this.#registers[at + length]!, length);
	}

	/**
	 * The same of a function that does not say its length, and of a frame that is longer or shorter than its function says: the CRC is right, and there the line
	 * pauses, or another frame begins.
	 */
	#openLength(at: number, isOver: boolean): number {
		const last = Math.min(this.#end, at + MAX_RTU);
		for (let to = at + MIN_RTU; to <= last; to++) {
			if (!this.#isChecked(at, to - at)) continue;
			// A zero behind it makes that right too: then it is the last byte.
			if (to < last && this.#bytes[to] === 0 && this.#times[to]! - this.#times[to - 1]! < MID_FRAME) continue;
			const isEnd = to === this.#end ? isOver : this.#times[to]! - this.#times[to - 1]! >= PAUSE || this.#isKnownAt(to);
			if (isEnd) return to - at;
		}
		return this.#end - at < MAX_RTU && !isOver ? WAIT : NONE;
	}

	/** A whole frame of a public function begins here. */
	#isKnownAt(at: number): boolean {
		const there = this.#end - at;
		if (there < MIN_RTU || u8(this.#bytes, at) > MAX_UNIT) return false;
		return (
			this.#checkedLength(at, requestSize(this.#bytes, at + 1, there - 1), false) > 0 ||
			this.#checkedLength(at, responseSize(this.#bytes, at + 1, there - 1), false) > 0
		);
	}

	#give(at: number, length: number): void {
		const frame = this.#frame;
		const last = at + length - 1;
		if (this.#isAscii) {
			frame.bytes = this.#adu;
			frame.framing = "ascii";
			frame.pdu = 1;
			frame.size = aduLength(length) - 1;
		} else {
			frame.bytes = this.#bytes;
			frame.framing = "rtu";
			frame.pdu = at + 1;
			frame.size = length - ENVELOPE;
		}
		frame.unit = frame.bytes[frame.pdu - 1]!;
		frame.shapes = frame.bytes[frame.pdu]! > EXCEPTION_FLAG ? RESPONSE : this.#shapes;
		frame.isOdd = this.#isOdd;
		frame.since = this.#times[at]!;
		frame.time = this.#times[last]!;
		frame.frame = this.#frames[last]!;
		this.#sink.found(frame);
	}

	#addNoise(at: number): void {
		const noise = this.#noise;
		// What a pause parts is two disturbances.
		if (noise.count > 0 && this.#times[at]! - noise.time >= PAUSE) this.#flushNoise();
		if (noise.count === 0) noise.since = this.#times[at]!;
		if (noise.shown < NOISE_SHOWN) noise.bytes[noise.shown++] = this.#bytes[at]!;
		noise.count++;
		noise.time = this.#times[at]!;
		noise.frame = this.#frames[at]!;
		if (noise.count >= NOISE_RUN) this.#flushNoise();
	}

	#flushNoise(): void {
		const noise = this.#noise;
		if (noise.count === 0) return;
		this.#sink.noise(noise);
		noise.count = 0;
		noise.shown = 0;
	}
}
