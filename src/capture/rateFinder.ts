/**
 * Finds out at which rate and in which format a serial line is spoken, by listening: the usual ones are tried in turn, and the one is right under which most of the
 * bytes lie in frames whose checksum is right. Bytes sampled at another rate, or with another parity, are other bytes: next to none of them do. It knows the frames of
 * RTU (a CRC-16) and ASCII (an LRC) lines. A pure state machine: it is told what was read and when, and says what is to be tried.
 */
import type { CharacterFormat } from "./serialSettings.ts";

export interface Trial {
	readonly baudRate: number;
	readonly format: CharacterFormat;
}

/** Most usual first (MODBUS over Serial Line V1.02, 2.2: 9,600 and 19,200, even parity). */
const RATES = [19_200, 9600, 38_400, 115_200, 57_600, 4800, 2400, 1200] as const;
/** Without parity a second stop bit is usual, which a listener need not know of. Odd parity differs from even only where the port checks it. Seven bits: ASCII. */
const FORMATS: readonly CharacterFormat[] = [
	{ dataBits: 8, parity: "even", stopBits: 1 },
	{ dataBits: 8, parity: "none", stopBits: 1 },
	{ dataBits: 8, parity: "odd", stopBits: 1 },
	{ dataBits: 7, parity: "even", stopBits: 1 },
];

/** Microseconds of one trial in which nothing is understood: a line that is asked every few seconds is heard at least once. */
export const TRIAL_MICROS = 12e6;
/** Bytes of one trial; then it is judged. */
export const TRIAL_BYTES = 256;
/** Bytes between two looks at what is there. */
const LOOK_BYTES = 16;
/** Enough to be sure: frames, and the part of all bytes that lies in them. */
const SURE_FRAMES = 3;
const SURE_SHARE = 0.6;

export class RateFinder {
	readonly trials: readonly Trial[];
	#trial = 0;
	#since = Number.NaN;
	readonly #bytes = new Uint8Array(TRIAL_BYTES);
	#length = 0;
	#looked = 0;

	/** What is known already is not tried. */
	constructor(known: { baudRate?: number | undefined; format?: CharacterFormat | undefined }) {
		const rates = known.baudRate === undefined ? RATES : [known.baudRate];
		const formats = known.format === undefined ? FORMATS : [known.format];
		this.trials = rates.flatMap((baudRate) => formats.map((format) => ({ baudRate, format })));
	}

	/** What is to be listened with now. */
	get trial(): Trial {
		return this.trials[this.#trial]!;
	}

	/** What was read in this trial, on loan. */
	get bytes(): Uint8Array {
		return this.#bytes.subarray(0, this.#length);
	}

	/**
	 * Bytes that were read (none, when only time has passed) at `time` in microseconds: "found" when this trial is right, "next" when another is to be tried (`trial`
	 * is another one then), "more" when it cannot be said yet.
	 */
	take(bytes: Uint8Array, time: number): "found" | "next" | "more" {
		if (Number.isNaN(this.#since)) this.#since = time;
		const count = Math.min(bytes.length, TRIAL_BYTES - this.#length);
		this.#bytes.set(bytes.subarray(0, count), this.#length);
		this.#length += count;
		const isFull = this.#length === TRIAL_BYTES;
		const isLate = time - this.#since >= TRIAL_MICROS;
		if (this.#length - this.#looked < LOOK_BYTES && !isFull && !isLate) return "more";
		this.#looked = this.#length;
		const { frames, framed } = framesIn(this.#bytes, this.#length);
		if (frames >= SURE_FRAMES && framed >= SURE_SHARE * this.#length) return "found";
		if (!isFull && !(isLate && frames === 0)) return "more";
		this.next();
		return "next";
	}

	/** This trial is not right, or not any more. */
	next(): void {
		this.#trial = (this.#trial + 1) % this.trials.length;
		this.#since = Number.NaN;
		this.#length = 0;
		this.#looked = 0;
	}
}

/** How many frames with a right checksum are in the first `end` bytes, and how many bytes lie in them. */
export function framesIn(bytes: Uint8Array, end: number): { frames: number; framed: number } {
	let frames = 0;
	let framed = 0;
	for (let at = 0; at < end; ) {
		const length = rtuLength(bytes, at, end) || asciiLength(bytes, at, end);
		at += length || 1;
		framed += length;
		if (length > 0) frames++;
	}
	return { frames, framed };
}

const EXCEPTION_LENGTH = 5;
const REQUEST_LENGTH = 8;

/** Length of an RTU frame here: an exception, a short request, an answer with values, a request with values; 0 for none. */
function rtuLength(bytes: Uint8Array, at: number, end: number): number {
	const lengths = [REQUEST_LENGTH, EXCEPTION_LENGTH, EXCEPTION_LENGTH + (bytes[at + 2] ?? 0), REQUEST_LENGTH + 1 + (bytes[at + 6] ?? 0)];
	return lengths.find((length) => at + length <= end && crc16(bytes, at, at + length) === 0) ?? 0;
}

/** The CRC of a frame with its CRC is 0 (V1.02, 6.2). */
function crc16(bytes: Uint8Array, start: number, end: number): number {
	let crc = 0xffff;
	for (let at = start; at < end; at++) {
		crc ^= bytes[at]!;
		for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
	}
	return crc;
}

/** Length of an ASCII frame here: colon, hexadecimal characters whose bytes add up to 0, CR, LF; 0 for none. */
function asciiLength(bytes: Uint8Array, at: number, end: number): number {
	if (bytes[at] !== 0x3a) return 0;
	const to = bytes.indexOf(0x0a, at);
	if (to < 0 || to >= end) return 0;
	const text = String.fromCharCode(...bytes.subarray(at + 1, to));
	if (!/^(?:[0-9A-F]{2}){3,}\r$/i.test(text)) return 0;
	let sum = 0;
	for (let digit = 0; digit + 1 < text.length; digit += 2) sum += Number.parseInt(text.slice(digit, digit + 2), 16);
	return (sum & 255) === 0 ? to + 1 - at : 0;
}
