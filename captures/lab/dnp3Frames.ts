/** DNP3 as the lab speaks it (IEEE 1815-2012), written from the standard because no package for Node speaks it: frames with their checksums, segments, fragments. */
import { Buffer } from "node:buffer";

export const PORT = 20_000;
const START = [0x05, 0x64] as const;
const HEADER = 8;
const BLOCK = 16;
/** User data of a frame without the transport octet. */
const SEGMENT = 249;
const UNCONFIRMED_DATA = 4;
const PRIMARY = 0x40;
const FROM_MASTER = 0x80;

export const FUNCTION = {
	confirm: 0,
	read: 1,
	write: 2,
	select: 3,
	operate: 4,
	directOperate: 5,
	coldRestart: 13,
	stopApplication: 18,
	enableUnsolicited: 20,
	disableUnsolicited: 21,
	assignClass: 22,
	delayMeasure: 23,
	openFile: 25,
	closeFile: 26,
	deleteFile: 27,
	response: 129,
	unsolicited: 130,
} as const;

export const u8 = (...values: number[]): Buffer => Buffer.from(values.map((value) => value & 255));
export const u16 = (value: number): Buffer => u8(value, value >> 8);
export const u32 = (value: number): Buffer => u8(value, value >> 8, value >> 16, value >>> 24);
/** Milliseconds since 1970 in 48 bits. */
export const time48 = (milliseconds: number): Buffer => {
	const bytes = Buffer.alloc(6);
	bytes.writeUIntLE(Math.floor(milliseconds), 0, 6);
	return bytes;
};
export const float = (value: number): Buffer => {
	const bytes = Buffer.alloc(4);
	bytes.writeFloatLE(value);
	return bytes;
};

/** 9.2.4.3, bit by bit. */
function checksum(bytes: Uint8Array): Buffer {
	let sum = 0;
	for (const octet of bytes) {
		sum ^= octet;
		for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xa6bc : sum >>> 1;
	}
	return u16(~sum);
}

/** One end of an association: who it is, whom it talks to, and whether it is the master. */
export interface Ends {
	readonly own: number;
	readonly other: number;
	readonly isMaster: boolean;
}

/** The frames of one fragment. `sequence` is that of its first segment. */
export function framesOf(fragment: Buffer, { own, other, isMaster }: Ends, sequence: number): Buffer {
	const frames: Buffer[] = [];
	for (let at = 0, count = 0; at < fragment.length; at += SEGMENT, count++) {
		const flags = (at === 0 ? 0x40 : 0) | (at + SEGMENT >= fragment.length ? 0x80 : 0);
		const data = Buffer.concat([u8(flags | ((sequence + count) & 63)), fragment.subarray(at, at + SEGMENT)]);
		const control = PRIMARY | (isMaster ? FROM_MASTER : 0) | UNCONFIRMED_DATA;
		const header = Buffer.concat([u8(...START, 5 + data.length, control), u16(other), u16(own)]);
		frames.push(header, checksum(header));
		for (let block = 0; block < data.length; block += BLOCK) {
			const part = data.subarray(block, block + BLOCK);
			frames.push(part, checksum(part));
		}
	}
	return Buffer.concat(frames);
}

export interface Fragment {
	readonly source: number;
	readonly destination: number;
	readonly sequence: number;
	readonly functionCode: number;
	readonly isUnsolicited: boolean;
	readonly wantsConfirm: boolean;
	/** Internal indications of a response. */
	readonly iin: number;
	/** Object headers and objects. */
	readonly objects: Buffer;
}

/** Takes bytes as they come and gives whole fragments. The lab's own peers send no damaged frames. */
export class FragmentReader {
	#rest = Buffer.alloc(0);
	readonly #open = new Map<number, Buffer[]>();
	readonly #take: (fragment: Fragment) => void;

	constructor(take: (fragment: Fragment) => void) {
		this.#take = take;
	}

	push(bytes: Buffer): void {
		this.#rest = Buffer.concat([this.#rest, bytes]);
		while (this.#rest.length >= HEADER + 2) {
			const length = this.#rest[2]! - 5;
			const size = HEADER + 2 + length + 2 * Math.ceil(length / BLOCK);
			if (this.#rest.length < size) return;
			this.#frame(this.#rest.subarray(0, size), length);
			this.#rest = this.#rest.subarray(size);
		}
	}

	#frame(frame: Buffer, length: number): void {
		if (length === 0) return;
		const parts: Buffer[] = [];
		for (let at = HEADER + 2, left = length; left > 0; at += BLOCK + 2, left -= BLOCK)
			parts.push(frame.subarray(at, at + Math.min(BLOCK, left)));
		const data = Buffer.concat(parts);
		const source = frame.readUInt16LE(6);
		const segments = data[0]! & 0x40 ? [] : (this.#open.get(source) ?? []);
		segments.push(Buffer.from(data.subarray(1)));
		this.#open.set(source, segments);
		if ((data[0]! & 0x80) === 0) return;
		this.#open.delete(source);
		const fragment = Buffer.concat(segments);
		const functionCode = fragment[1]!;
		const isResponse = functionCode >= FUNCTION.response;
		this.#take({
			source,
			destination: frame.readUInt16LE(4),
			sequence: fragment[0]! & 15,
			functionCode,
			isUnsolicited: (fragment[0]! & 0x10) !== 0,
			wantsConfirm: (fragment[0]! & 0x20) !== 0,
			iin: isResponse ? fragment.readUInt16LE(2) : 0,
			objects: fragment.subarray(isResponse ? 4 : 2),
		});
	}
}

/** The application layer of a request, whole in one fragment. */
export const requestOf = (functionCode: number, sequence: number, objects: Buffer): Buffer =>
	Buffer.concat([u8(0xc0 | sequence, functionCode), objects]);

export const CLASSES = {
	events: u8(60, 2, 6, 60, 3, 6, 60, 4, 6),
	all: u8(60, 2, 6, 60, 3, 6, 60, 4, 6, 60, 1, 6),
} as const;

/** A control relay output block (A.8.1): latch on or off, once. */
export const latch = (index: number, isOn: boolean): Buffer =>
	Buffer.concat([u8(12, 1, 0x17, 1, index, isOn ? 3 : 4, 1), u32(100), u32(100), u8(0)]);
/** An analog output of 16 bits (A.22.2). */
export const analogOutput = (index: number, value: number): Buffer => Buffer.concat([u8(41, 2, 0x17, 1, index), u16(value), u8(0)]);
/** An object whose size stands before it (qualifier 5B). */
export const sized = (group: number, variation: number, object: Buffer): Buffer =>
	Buffer.concat([u8(group, variation, 0x5b, 1), u16(object.length), object]);

/** A file to open or to delete (A.24.3); modes 1 read and 2 write. */
export const fileCommand = (name: string, mode: number, size: number): Buffer =>
	sized(
		70,
		3,
		Buffer.concat([u16(26), u16(name.length), time48(0), u16(0), u32(0), u32(size), u16(mode), u16(1024), u16(1), Buffer.from(name)]),
	);
/** A block of a file (A.24.5). */
export const fileBlock = (handle: number, block: number, isLast: boolean, data: Buffer): Buffer =>
	sized(70, 5, Buffer.concat([u32(handle), u32((block | (isLast ? 0x80000000 : 0)) >>> 0), data]));
/** What became of a file (A.24.4). */
export const fileStatus = (handle: number, size: number, status: number): Buffer =>
	sized(70, 4, Buffer.concat([u32(handle), u32(size), u16(1024), u16(1), u8(status)]));
