/**
 * Frames of the MELSEC communication protocol, 3E and 4E (SH-080008, 4.1; SH-080956, 4.2 and 4.3): subheader, in 4E a serial number, network, station, module I/O and multidrop number, length of
 * what follows, then in a request a monitoring timer, command and subcommand, in an answer an end code. All of it is binary, with numbers little-endian, or hexadecimal digits in ASCII.
 */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { COMMANDS, deviceCode } from "./codes.ts";

/** Ports at which stations listen as they come, or as most manuals set them: SLMP over TCP and UDP, and those that engineers choose for open settings. */
export const PORTS = [5000, 5001, 5002, 5003, 5004, 5005, 5006, 5007, 5008, 5009, 5010, 45_237, 61_450, 61_451] as const;

/** Bits of a form. */
export const FORM = { answer: 1, serial: 2, ascii: 4 } as const;
/** Answers of `formAt`: forms are not negative. */
export const NONE = -1;
export const TOO_FEW = -2;

const SUBHEADERS: ReadonlyMap<number, number> = new Map([
	[0x50, 0],
	[0xd0, FORM.answer],
	[0x54, FORM.serial],
	[0xd4, FORM.serial | FORM.answer],
]);
const ZERO = 0x30;

/** Value of a hexadecimal digit; -1 for what is none. */
const digitAt = (bytes: Uint8Array, at: number): number => {
	const octet = u8(bytes, at);
	if (octet >= ZERO && octet < ZERO + 10) return octet - ZERO;
	return octet >= 0x41 && octet <= 0x46 ? octet - 0x37 : -1;
};

/** `digits` of them as a number; -1 where one is none. */
function asciiAt(bytes: Uint8Array, at: number, digits: number): number {
	let value = 0;
	for (let index = 0; index < digits; index++) {
		const digit = digitAt(bytes, at + index);
		if (digit < 0) return -1;
		value = value * 16 + digit;
	}
	return value;
}

/** What begins at `at`, by its subheader. */
export function formAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there < 1) return TOO_FEW;
	const first = u8(bytes, at);
	const binary = SUBHEADERS.get(first);
	if (binary !== undefined) {
		if (there < 2) return TOO_FEW;
		if (u8(bytes, at + 1) !== 0) return NONE;
		if ((binary & FORM.serial) === 0) return binary;
		if (there < 6) return TOO_FEW;
		return u8(bytes, at + 4) === 0 && u8(bytes, at + 5) === 0 ? binary : NONE;
	}
	// "5" or "D" as the first digit.
	if (first !== 0x35 && first !== 0x44) return NONE;
	if (there < 4) {
		for (let index = 1; index < there; index++)
			if (u8(bytes, at + index) !== ZERO && (index !== 1 || u8(bytes, at + 1) !== 0x34)) return NONE;
		return TOO_FEW;
	}
	const value = asciiAt(bytes, at, 4);
	const form = (value & 255) === 0 ? SUBHEADERS.get(value >> 8) : undefined;
	if (form === undefined) return NONE;
	if ((form & FORM.serial) === 0) return form | FORM.ascii;
	if (there < 12) return TOO_FEW;
	return asciiAt(bytes, at + 8, 4) === 0 ? form | FORM.ascii : NONE;
}

/** Octets in front of the routing, and up to the end of the length. */
const routingOf = (form: number): number => ((form & FORM.serial) !== 0 ? 6 : 2) * ((form & FORM.ascii) !== 0 ? 2 : 1);
const ROUTING = 5;
export const headerOf = (form: number): number => routingOf(form) + (ROUTING + 2) * ((form & FORM.ascii) !== 0 ? 2 : 1);
/** In a request timer, command and subcommand; in an answer the end code. */
const leastOf = (form: number): number => ((form & FORM.answer) !== 0 ? 2 : 6) * ((form & FORM.ascii) !== 0 ? 2 : 1);

/** What the length may say at most: 960 points, and 1,920 bytes of labels and files, also in ASCII. */
const MAX_LENGTH = 8192;
export const MAX_MESSAGE = 32 + MAX_LENGTH;

/** Octets of the whole message; TOO_FEW where its header is not there, NONE where it has none that fits. */
export function sizeAt(bytes: Uint8Array, at: number, end: number, form: number): number {
	const header = headerOf(form);
	if (end - at < header) {
		if ((form & FORM.ascii) !== 0) for (let here = at; here < end; here++) if (digitAt(bytes, here) < 0) return NONE;
		return TOO_FEW;
	}
	const length = (form & FORM.ascii) !== 0 ? asciiAt(bytes, at + header - 4, 4) : u16le(bytes, at + header - 2);
	return length < leastOf(form) || length > MAX_LENGTH ? NONE : header + length;
}

export interface Routing {
	network: number;
	station: number;
	io: number;
	multidrop: number;
}

export function routingAt(bytes: Uint8Array, at: number, form: number): Routing {
	const start = at + routingOf(form);
	return (form & FORM.ascii) !== 0
		? {
				network: asciiAt(bytes, start, 2),
				station: asciiAt(bytes, start + 2, 2),
				io: asciiAt(bytes, start + 4, 4),
				multidrop: asciiAt(bytes, start + 8, 2),
			}
		: { network: u8(bytes, start), station: u8(bytes, start + 1), io: u16le(bytes, start + 2), multidrop: u8(bytes, start + 4) };
}

/** The CPU of the station that has the address (SH-080956, 4.2: network 0, station FF, I/O 03FF, multidrop 0). */
export const isOwn = ({ network, station, io, multidrop }: Routing): boolean =>
	network === 0 && station === 0xff && io === 0x3ff && multidrop === 0;

/** Whether a station may be addressed so. */
const isRouting = ({ network, station, io, multidrop }: Routing): boolean =>
	network >= 0 &&
	(network <= 0xef || network === 0xfe) &&
	station >= 0 &&
	(station <= 0x78 || station === 0x7d || station === 0x7e || station === 0xff) &&
	io >= 0 &&
	(io <= 0x1ff || (io >= 0x3d0 && io <= 0x3e3) || io === 0x3ff) &&
	multidrop >= 0 &&
	multidrop <= 0x1f;

/** Subcommands: words or bits, devices of MELSEC iQ-R, extension. */
export const SUB = { bits: 1, wide: 2, extended: 0x80 } as const;
const isSubcommand = (subcommand: number): boolean => (subcommand & ~0xc3) === 0;

/** Answers of `shapeOf`. */
export const SHAPE = { none: 0, fits: 1, sound: 2 } as const;

/** How well a header that is there fits: a request to the station itself with a command that is known is nothing else. */
export function shapeOf(bytes: Uint8Array, at: number, end: number, form: number): number {
	const routing = routingAt(bytes, at, form);
	if (!isRouting(routing)) return SHAPE.none;
	if ((form & FORM.answer) !== 0) return SHAPE.fits;
	const reader = new Reader(bytes, at + headerOf(form), end, (form & FORM.ascii) !== 0);
	reader.number(2);
	const command = reader.number(2);
	const subcommand = reader.number(2);
	if (reader.isBroken || !COMMANDS.has(command) || !isSubcommand(subcommand)) return SHAPE.none;
	return isOwn(routing) ? SHAPE.sound : SHAPE.fits;
}

/** Octets in front of the data of a request, and of the end code of an answer. */
export const dataOf = (form: number): number => headerOf(form) + leastOf(form);

/** Numbers, devices and bits of one message, binary or in ASCII. What is not there, or no digit, breaks it. */
export class Reader {
	/** There was less than was asked for, or no digit. */
	isBroken = false;
	/** Of the latest device: its code (-1 for none that is known by name) and number. */
	code = -1;
	address = 0;
	readonly #bytes: Uint8Array;
	readonly #end: number;
	readonly #isAscii: boolean;
	#at: number;

	constructor(bytes: Uint8Array, start: number, end: number, isAscii: boolean) {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		this.#isAscii = isAscii;
	}

	get at(): number {
		return this.#at;
	}

	get isEmpty(): boolean {
		return this.#at >= this.#end;
	}

	/** Whether there are so many octets, in ASCII twice as many digits. */
	has(octets: number): boolean {
		return this.#end - this.#at >= (this.#isAscii ? 2 * octets : octets);
	}

	/** A number of 1, 2 or 4 octets; 0 where there is none. */
	number(octets: number): number {
		const size = this.#isAscii ? 2 * octets : octets;
		const at = this.#at;
		if (this.#end - at < size) {
			this.isBroken = true;
			return 0;
		}
		this.#at += size;
		if (!this.#isAscii) return octets === 1 ? u8(this.#bytes, at) : octets === 2 ? u16le(this.#bytes, at) : u32le(this.#bytes, at);
		const value = asciiAt(this.#bytes, at, size);
		if (value < 0) this.isBroken = true;
		return Math.max(0, value);
	}

	/** Number and code of a device (SH-080956, 5.2); in ASCII its name and digits, of which only some are hexadecimal. */
	device(isWide: boolean): void {
		const at = this.#at;
		const bytes = this.#bytes;
		const digits = isWide ? 8 : 6;
		const letters = isWide ? 4 : 2;
		const size = this.#isAscii ? digits + letters : isWide ? 6 : 4;
		if (this.#end - at < size) {
			this.isBroken = true;
			this.#at = this.#end;
			return;
		}
		this.#at += size;
		if (!this.#isAscii) {
			this.address = isWide ? u32le(bytes, at) : u16le(bytes, at) | (u8(bytes, at + 2) << 16);
			this.code = isWide ? u16le(bytes, at + 4) : u8(bytes, at + 3);
			return;
		}
		this.code = deviceCode(String.fromCharCode(...bytes.subarray(at, at + letters)));
		// Of a device that is not known either may be meant.
		const text = String.fromCharCode(...bytes.subarray(at + letters, at + size)).replaceAll(" ", "0");
		if (!/^[0-9A-F]+$/.test(text)) this.isBroken = true;
		else this.address = Number.parseInt(text, HEXADECIMAL.has(this.code) ? 16 : 10) || 0;
	}

	/** Four bits for each point in binary, the first in the upper ones; a digit in ASCII. `index` counts from the first. */
	bit(start: number, index: number): number {
		if (this.#isAscii) return u8(this.#bytes, start + index) & 1;
		return (u8(this.#bytes, start + (index >> 1)) >> (index % 2 === 0 ? 4 : 0)) & 1;
	}

	/** Steps over so many points of bits. */
	skipBits(points: number): void {
		const size = this.#isAscii ? points : (points + 1) >> 1;
		if (this.#end - this.#at < size) this.isBroken = true;
		this.#at = Math.min(this.#end, this.#at + size);
	}

	/** Where so many characters begin, which are octets in both; the end where they are not there. */
	text(characters: number): number {
		const at = this.#at;
		if (this.#end - at < characters) {
			this.isBroken = true;
			return this.#end;
		}
		this.#at += characters;
		return at;
	}
}

/** Codes of devices whose numbers are hexadecimal in ASCII. */
const HEXADECIMAL: ReadonlySet<number> = new Set(["X", "Y", "B", "W", "SB", "SW", "DX", "DY"].map(deviceCode));
