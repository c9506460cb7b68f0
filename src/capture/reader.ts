/**
 * Reads classic pcap and pcapng from chunks of bytes, whoever brings them: a file, standard input, or the sniffer of a live interface.
 *
 * Classic pcap: draft-ietf-opsawg-pcap (file header 4, packet record 5), and the "modified" variant with 24 byte records.
 * pcapng: draft-ietf-opsawg-pcapng (blocks 4, options 3.5); byte order and interfaces belong to a section.
 */

import { CAPTURE_ERROR, CaptureError } from "./error.ts";
import type { Frame } from "./frame.ts";

/** The longest frame that is believed: the largest snap length that common tools accept. A longer one means that the file is damaged. */
export const MAX_FRAME_BYTES = 262_144;
/** The longest block that is held whole (a packet with its options, an interface description); other blocks are skipped, however long. */
const MAX_BLOCK_BYTES = MAX_FRAME_BYTES + 65_536;
/** Interfaces remembered per capture. A file joined of thousands of sections stays below; more is an attack on memory. */
export const MAX_INTERFACES = 4096;
/** Frames read between two looks at what is left. */
const BATCH = 512;
/** Most bytes of an interface name kept. Linux has 15, Windows device names about 60. */
const MAX_NAME_BYTES = 256;
/** The carry buffer at rest: an Ethernet frame that straddles two chunks fits; longer ones let it grow to MAX_BLOCK_BYTES. */
const CARRY_BYTES = 4096;

/** First four bytes of a file, read big-endian. */
const MAGIC = {
	micros: 0xa1b2c3d4,
	microsSwapped: 0xd4c3b2a1,
	nanos: 0xa1b23c4d,
	nanosSwapped: 0x4d3cb2a1,
	modified: 0xa1b2cd34,
	modifiedSwapped: 0x34cdb2a1,
	section: 0x0a0d0d0a,
} as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const FILE_HEADER = { length: 24, minor: 6, linkType: 20 } as const;
/** Above are the length of a frame check sequence and bits that are reserved (draft-ietf-opsawg-pcap, 4). */
const LINK_TYPE_MASK = 0x03ffffff;
const RECORD = { micros: 4, captured: 8, wire: 12, length: 16, modifiedLength: 24 } as const;

const BLOCK = { interface: 1, packet: 2, simplePacket: 3, statistics: 5, enhancedPacket: 6, section: MAGIC.section } as const;
const BLOCK_OVERHEAD = 12;
const SECTION = { byteOrder: 8, major: 12, shortest: 28 } as const;
const INTERFACE = { linkType: 8, snapLength: 12, options: 16, shortest: 20 } as const;
const ENHANCED = { interfaceId: 8, high: 12, low: 16, captured: 20, wire: 24, data: 28, shortest: 32 } as const;
/** The obsolete Packet Block differs in a 16 bit interface number. */
const OBSOLETE = { interfaceId: 8 } as const;
const SIMPLE = { wire: 8, data: 12, shortest: 16 } as const;
const STATISTICS = { interfaceId: 8, high: 12, low: 16, options: 20, shortest: 24 } as const;
const OPTION = { end: 0, name: 2, resolution: 9, offset: 14, received: 4, interfaceDrops: 5, kernelDrops: 7 } as const;

const TWO_32 = 4_294_967_296;

/** An interface as the capture describes it. */
export interface CaptureInterface {
	/** Empty where the capture does not say. */
	name: string;
	/** A LINKTYPE_ number. */
	linkType: number;
	/** Bytes kept of each frame; 0 for no limit. */
	snapLength: number;
}

/** An Interface Statistics Block: totals since the capture began. -1 where the block does not say. */
export interface CaptureStatistics {
	interfaceId: number;
	/** Microseconds since the epoch. */
	time: number;
	received: number;
	interfaceDrops: number;
	kernelDrops: number;
}

export interface CaptureReaderOptions {
	/** What sentences call the capture: a file name, "standard input", an interface. */
	name?: string;
	onStatistics?: (statistics: CaptureStatistics) => void;
	/** Called for each entry that is added to `warnings`. */
	onWarning?: (sentence: string) => void;
}

/**
 * A push parser. Give it the bytes in any pieces with `push`, then call `end` once.
 *
 * A chunk is on loan until `push` returns; frames point into it, only a record that straddles chunks is copied. The frame handed out is one
 * object that is filled anew each time; its taker may relabel it (`number`, `interfaceId`) before passing it on.
 * `push` and `end` throw a `CaptureError` when the input is no capture at all, and nothing else. Damage and cuts are `warnings`: all whole
 * frames before them are given.
 */
export class CaptureReader {
	/** Frames given; up to date when `push` has returned. */
	frames = 0;
	/** Their bytes on the wire. */
	bytes = 0;
	/** Frames shorter here than on the wire. */
	cutFrames = 0;
	/** Time of the newest frame in microseconds since the epoch; 0 before the first. Up to date when `push` has returned. */
	lastTime = 0;
	/** Packets that name an interface which the capture never described (or too many of them); they are left out. */
	orphanFrames = 0;
	/** Sentences for a person, each kind at most once. */
	readonly warnings: string[] = [];
	readonly interfaces: CaptureInterface[] = [];

	readonly #onFrame: (frame: Frame) => void;
	readonly #onStatistics: ((statistics: CaptureStatistics) => void) | undefined;
	readonly #onWarning: ((sentence: string) => void) | undefined;
	readonly #name: string;
	readonly #frame: Frame;

	#format: "unknown" | "classic" | "blocks" | "damaged" = "unknown";
	#little = true;
	/** Bytes still to pass over, of a block that nobody needs. */
	#skip = 0;
	/** The start of a record whose rest has not come yet, and how many bytes of it are needed to go on. */
	#carry = new Uint8Array(CARRY_BYTES);
	#carried = 0;
	#needed = 4;

	// Classic
	#recordHeader: number = RECORD.length;
	#fraction = 1;
	#lengthsMayBeSwapped = false;

	// pcapng: the first interface of this section in `interfaces`, how many it has declared, and the clocks of all.
	#firstInterface = 0;
	#sectionInterfaces = 0;
	readonly #clocks: Clock[] = [];

	constructor(onFrame: (frame: Frame) => void, options: CaptureReaderOptions = {}) {
		this.#onFrame = onFrame;
		this.#onStatistics = options.onStatistics;
		this.#onWarning = options.onWarning;
		this.#name = options.name ?? "the capture";
		// A fraction from the start, so that the engine never has to change the shape of the object.
		this.#frame = {
			number: 0,
			time: 0.5,
			capturedLength: 0,
			wireLength: 0,
			linkType: 0,
			interfaceId: 0,
			interfaceName: "",
			bytes: this.#carry,
			start: 0,
		};
	}

	push(chunk: Uint8Array): void {
		// One class of array for all who read frames: a Buffer now and then would make every one of their reads slower.
		if (chunk.constructor !== Uint8Array) chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
		let at = 0;
		while (this.#carried > 0) {
			const take = Math.min(this.#needed - this.#carried, chunk.length - at);
			this.#keep(chunk, at, at + take);
			at += take;
			if (this.#carried < this.#needed) return;
			// Exactly one thing was waited for, so it is used whole, or it told how many bytes it needs.
			if (this.#parse(this.#carry, 0, this.#carried) > 0) this.#carried = 0;
		}
		at = this.#parse(chunk, at, chunk.length);
		if (at < chunk.length) this.#keep(chunk, at, chunk.length);
	}

	/** There is no more. */
	end(): void {
		if (this.#format === "unknown") {
			if (this.#carried === 0) throw new CaptureError(CAPTURE_ERROR.empty, `${this.#name} is empty: there is no capture in it.`);
			if (this.#carried < 4) throw this.#notACapture(this.#carry, this.#carried);
			this.#warn(`${this.#name} is cut inside its file header: there are no frames in it.`);
		} else if (this.#skip > 0) {
			this.#warn(`${this.#name} is cut: ${this.#skip} bytes of the last block are missing; ${this.#allFrames()} before it were read.`);
		} else if (this.#carried > 0) {
			this.#warn(
				`${this.#name} is cut: the last record needs ${this.#needed} bytes and ${this.#carried} are there; ${this.#allFrames()} before it were read.`,
			);
		}
		this.#carried = 0;
		this.#skip = 0;
	}

	/** Reads what is whole in `bytes[at]` to `bytes[end - 1]` and returns where it stopped; `#needed` then says what the rest waits for. */
	#parse(bytes: Uint8Array, at: number, end: number): number {
		if (this.#format === "unknown") {
			at = this.#open(bytes, at, end);
			if (this.#format === "unknown") return at;
		}
		if (this.#format === "classic") {
			// In batches, so that the loop is entered often enough to be compiled as it is used.
			for (;;) {
				const before = this.frames;
				at = this.#readRecords(bytes, at, end);
				if (this.frames - before < BATCH) return at;
			}
		}
		if (this.#format === "blocks") return this.#readBlocks(bytes, at, end);
		return end;
	}

	#open(bytes: Uint8Array, at: number, end: number): number {
		this.#needed = 4;
		if (end - at < 4) return at;
		const magic = word(bytes, at, false) >>> 0;
		if (magic === MAGIC.section) {
			this.#format = "blocks";
			return at;
		}
		const little = magic === MAGIC.microsSwapped || magic === MAGIC.nanosSwapped || magic === MAGIC.modifiedSwapped;
		if (!little && magic !== MAGIC.micros && magic !== MAGIC.nanos && magic !== MAGIC.modified)
			throw this.#notACapture(bytes.subarray(at), end - at);
		this.#needed = FILE_HEADER.length;
		if (end - at < FILE_HEADER.length) return at;
		this.#little = little;
		this.#fraction = magic === MAGIC.nanos || magic === MAGIC.nanosSwapped ? 0.001 : 1;
		this.#recordHeader = magic === MAGIC.modified || magic === MAGIC.modifiedSwapped ? RECORD.modifiedLength : RECORD.length;
		// Versions up to 2.3 were written with the two lengths in either order.
		this.#lengthsMayBeSwapped = half(bytes, at + FILE_HEADER.minor, little) <= 3;
		const linkType = word(bytes, at + FILE_HEADER.linkType, little) & LINK_TYPE_MASK;
		this.interfaces.push({ name: "", linkType, snapLength: word(bytes, at + 16, little) >>> 0 });
		this.#format = "classic";
		this.#needed = this.#recordHeader;
		return at + FILE_HEADER.length;
	}

	#readRecords(bytes: Uint8Array, at: number, end: number): number {
		const frame = this.#frame;
		const onFrame = this.#onFrame;
		const little = this.#little;
		const header = this.#recordHeader;
		const inNanos = this.#fraction !== 1;
		frame.bytes = bytes;
		frame.linkType = this.interfaces[0]!.linkType;
		frame.interfaceId = 0;
		let frames = this.frames;
		let total = this.bytes;
		let cut = this.cutFrames;
		let needed = header;
		const last = frames + BATCH;
		while (end - at >= header && frames < last) {
			let captured = word(bytes, at + RECORD.captured, little);
			let wire = word(bytes, at + RECORD.wire, little) >>> 0;
			if (captured > wire || captured < 0) {
				if (this.#lengthsMayBeSwapped) {
					const first = captured >>> 0;
					captured = wire | 0;
					wire = first;
				} else wire = captured;
			}
			if (captured < 0 || captured > MAX_FRAME_BYTES) {
				this.frames = frames;
				this.bytes = total;
				this.cutFrames = cut;
				this.#damage(`the record after frame ${frames} claims ${captured >>> 0} bytes, more than any frame has`);
				return end;
			}
			needed = header + captured;
			if (end - at < needed) break;
			const fraction = word(bytes, at + RECORD.micros, little) >>> 0;
			frame.time = (word(bytes, at, little) >>> 0) * 1e6 + (inNanos ? fraction / 1000 : fraction);
			frame.number = ++frames;
			frame.capturedLength = captured;
			frame.wireLength = wire;
			frame.start = at + header;
			total += wire;
			if (captured < wire) cut++;
			onFrame(frame);
			at += needed;
			needed = header;
		}
		if (frames > this.frames) this.lastTime = frame.time;
		this.frames = frames;
		this.bytes = total;
		this.cutFrames = cut;
		this.#needed = needed;
		return at;
	}

	#readBlocks(bytes: Uint8Array, at: number, end: number): number {
		for (;;) {
			if (this.#skip > 0) {
				const over = Math.min(this.#skip, end - at);
				this.#skip -= over;
				at += over;
				if (this.#skip > 0) return at;
			}
			at = this.#readPackets(bytes, at, end);
			this.#needed = BLOCK_OVERHEAD;
			if (end - at < BLOCK_OVERHEAD) return at;
			const type = word(bytes, at, this.#little) >>> 0;
			// The type of a section header reads the same in both byte orders, and its order governs its own length.
			if (type === BLOCK.section && !this.#openSection(bytes, at)) return end;
			const length = word(bytes, at + 4, this.#little) >>> 0;
			if (length < BLOCK_OVERHEAD || length % 4 !== 0 || length < shortestBlock(type)) {
				this.#damage(`the block after frame ${this.frames} claims ${length} bytes, which none has`);
				return end;
			}
			const isNeeded =
				type === BLOCK.enhancedPacket ||
				type === BLOCK.interface ||
				type === BLOCK.simplePacket ||
				type === BLOCK.packet ||
				type === BLOCK.statistics;
			if (!isNeeded) {
				this.#skip = length;
				continue;
			}
			if (length > MAX_BLOCK_BYTES) {
				this.#damage(`the block after frame ${this.frames} claims ${length} bytes, more than any packet or interface needs`);
				return end;
			}
			this.#needed = length;
			if (end - at < length) return at;
			if (word(bytes, at + length - 4, this.#little) >>> 0 !== length) {
				this.#damage(`the two lengths of the block after frame ${this.frames} differ`);
				return end;
			}
			if (type === BLOCK.enhancedPacket) this.#readPacket(bytes, at, length, word(bytes, at + ENHANCED.interfaceId, this.#little) >>> 0);
			else if (type === BLOCK.packet) this.#readPacket(bytes, at, length, half(bytes, at + OBSOLETE.interfaceId, this.#little));
			else if (type === BLOCK.interface) this.#readInterface(bytes, at, length);
			else if (type === BLOCK.simplePacket) this.#readSimplePacket(bytes, at, length);
			else this.#readStatistics(bytes, at, length);
			if (this.#format === "damaged") return end;
			at += length;
		}
	}

	/**
	 * A run of whole and regular Enhanced Packet Blocks, which is what a capture consists of: no call and no number kept in an object between
	 * two frames. Stops at anything else and leaves it to `#readBlocks`.
	 */
	#readPackets(bytes: Uint8Array, at: number, end: number): number {
		const frame = this.#frame;
		const onFrame = this.#onFrame;
		const little = this.#little;
		const first = this.#firstInterface;
		const interfaces = Math.min(this.#sectionInterfaces, this.interfaces.length - first);
		let clock = NO_CLOCK;
		let interfaceId = -1;
		let frames = this.frames;
		let total = this.bytes;
		let cut = this.cutFrames;
		frame.bytes = bytes;
		while (end - at >= ENHANCED.shortest && word(bytes, at, little) === BLOCK.enhancedPacket) {
			const length = word(bytes, at + 4, little);
			const captured = word(bytes, at + ENHANCED.captured, little);
			if (length > end - at || length > MAX_BLOCK_BYTES || length < ENHANCED.shortest || (length & 3) !== 0) break;
			if (captured < 0 || captured > length - ENHANCED.shortest || captured > MAX_FRAME_BYTES) break;
			if (word(bytes, at + length - 4, little) !== length) break;
			const id = word(bytes, at + ENHANCED.interfaceId, little);
			if (id !== interfaceId) {
				if (id < 0 || id >= interfaces) break;
				interfaceId = id;
				clock = this.#clocks[first + id]!;
				frame.linkType = this.interfaces[first + id]!.linkType;
				frame.interfaceName = this.interfaces[first + id]!.name;
			}
			const high = word(bytes, at + ENHANCED.high, little) >>> 0;
			const low = word(bytes, at + ENHANCED.low, little) >>> 0;
			let wire = word(bytes, at + ENHANCED.wire, little) >>> 0;
			if (wire < captured) wire = captured;
			else if (wire > captured) cut++;
			frame.time = high * clock.whole + ((high * clock.rest + low) * clock.multiplier) / clock.divisor + clock.offset;
			frame.number = ++frames;
			frame.capturedLength = captured;
			frame.wireLength = wire;
			frame.start = at + ENHANCED.data;
			frame.interfaceId = first + id;
			total += wire;
			onFrame(frame);
			at += length;
		}
		if (frames > this.frames) this.lastTime = frame.time;
		this.frames = frames;
		this.bytes = total;
		this.cutFrames = cut;
		return at;
	}

	/** Sets the byte order and forgets the interfaces of the section before. False when it is damaged. */
	#openSection(bytes: Uint8Array, at: number): boolean {
		const order = word(bytes, at + SECTION.byteOrder, false);
		if (order === BYTE_ORDER_MAGIC) this.#little = false;
		else if (word(bytes, at + SECTION.byteOrder, true) === BYTE_ORDER_MAGIC) this.#little = true;
		else {
			this.#damage(`the section after frame ${this.frames} has no byte order`);
			return false;
		}
		this.#firstInterface = this.interfaces.length;
		this.#sectionInterfaces = 0;
		return true;
	}

	#readInterface(bytes: Uint8Array, at: number, length: number): void {
		this.#sectionInterfaces++;
		if (this.interfaces.length === MAX_INTERFACES) {
			this.#warnOnce(
				"interfaces",
				`${this.#name} describes more than ${MAX_INTERFACES} interfaces; the packets of the others are left out.`,
			);
			return;
		}
		const clock = new Clock();
		let name = "";
		const end = at + length - 4;
		for (let option = at + INTERFACE.options; option + 4 <= end; ) {
			const code = half(bytes, option, this.#little);
			const size = half(bytes, option + 2, this.#little);
			const value = option + 4;
			if (code === OPTION.end || value + size > end) break;
			if (code === OPTION.name) name = text.decode(bytes.subarray(value, value + Math.min(size, MAX_NAME_BYTES))).replace(/\0.*$/s, "");
			else if (code === OPTION.resolution && size === 1) clock.setResolution(bytes[value]!);
			else if (code === OPTION.offset && size === 8)
				clock.offset =
					1e6 *
					wide(word(bytes, value + (this.#little ? 4 : 0), this.#little), word(bytes, value + (this.#little ? 0 : 4), this.#little) >>> 0);
			option = value + ((size + 3) & ~3);
		}
		this.interfaces.push({
			name,
			linkType: half(bytes, at + INTERFACE.linkType, this.#little),
			snapLength: word(bytes, at + INTERFACE.snapLength, this.#little) >>> 0,
		});
		this.#clocks.push(clock);
	}

	/** Index of an interface of this section in `interfaces`, or -1 with the packet counted as an orphan. */
	#interfaceOf(id: number): number {
		const index = this.#firstInterface + id;
		if (id < this.#sectionInterfaces && index < this.interfaces.length) return index;
		this.orphanFrames++;
		if (id >= this.#sectionInterfaces)
			this.#warnOnce("orphans", `${this.#name} has packets of an interface (${id}) that it does not describe; they are left out.`);
		return -1;
	}

	#readPacket(bytes: Uint8Array, at: number, length: number, id: number): void {
		const little = this.#little;
		const index = this.#interfaceOf(id);
		if (index < 0) return;
		const captured = word(bytes, at + ENHANCED.captured, little) >>> 0;
		if (captured > length - ENHANCED.shortest || captured > MAX_FRAME_BYTES) {
			this.#damage(`the block after frame ${this.frames} claims a frame of ${captured} bytes in a block of ${length}`);
			return;
		}
		const time = this.#clocks[index]!.micros(word(bytes, at + ENHANCED.high, little) >>> 0, word(bytes, at + ENHANCED.low, little) >>> 0);
		this.#give(bytes, at + ENHANCED.data, captured, word(bytes, at + ENHANCED.wire, little) >>> 0, index, time);
	}

	/** A Simple Packet Block has no time: it gets that of the frame before, so that time does not jump. */
	#readSimplePacket(bytes: Uint8Array, at: number, length: number): void {
		const index = this.#interfaceOf(0);
		if (index < 0) return;
		const wire = word(bytes, at + SIMPLE.wire, this.#little) >>> 0;
		const snapLength = this.interfaces[index]!.snapLength || wire;
		const captured = Math.min(wire, snapLength, length - SIMPLE.shortest, MAX_FRAME_BYTES);
		this.#give(bytes, at + SIMPLE.data, captured, wire, index, this.lastTime);
	}

	#give(bytes: Uint8Array, start: number, captured: number, wire: number, index: number, time: number): void {
		const frame = this.#frame;
		if (wire < captured) wire = captured;
		if (captured < wire) this.cutFrames++;
		this.lastTime = time;
		this.bytes += wire;
		frame.bytes = bytes;
		frame.start = start;
		frame.capturedLength = captured;
		frame.wireLength = wire;
		frame.linkType = this.interfaces[index]!.linkType;
		frame.interfaceName = this.interfaces[index]!.name;
		frame.interfaceId = index;
		frame.time = time;
		frame.number = ++this.frames;
		this.#onFrame(frame);
	}

	#readStatistics(bytes: Uint8Array, at: number, length: number): void {
		if (this.#onStatistics === undefined) return;
		const little = this.#little;
		const index = this.#firstInterface + (word(bytes, at + STATISTICS.interfaceId, little) >>> 0);
		if (index >= this.interfaces.length) return;
		const statistics: CaptureStatistics = {
			interfaceId: index,
			time: this.#clocks[index]!.micros(word(bytes, at + STATISTICS.high, little) >>> 0, word(bytes, at + STATISTICS.low, little) >>> 0),
			received: -1,
			interfaceDrops: -1,
			kernelDrops: -1,
		};
		const end = at + length - 4;
		for (let option = at + STATISTICS.options; option + 4 <= end; ) {
			const code = half(bytes, option, little);
			const size = half(bytes, option + 2, little);
			const value = option + 4;
			if (code === OPTION.end || value + size > end) break;
			if (size === 8) {
				const count = wide(word(bytes, value + (little ? 4 : 0), little) >>> 0, word(bytes, value + (little ? 0 : 4), little) >>> 0);
				if (code === OPTION.received) statistics.received = count;
				else if (code === OPTION.interfaceDrops) statistics.interfaceDrops = count;
				else if (code === OPTION.kernelDrops) statistics.kernelDrops = count;
			}
			option = value + ((size + 3) & ~3);
		}
		this.#onStatistics(statistics);
	}

	/** Copies the start of a record that is not whole; `#needed` is at most MAX_BLOCK_BYTES, and no more than that is ever kept. */
	#keep(chunk: Uint8Array, from: number, to: number): void {
		const length = this.#carried + to - from;
		if (this.#needed > this.#carry.length || length > this.#carry.length) {
			const larger = new Uint8Array(Math.max(this.#needed, length));
			larger.set(this.#carry.subarray(0, this.#carried));
			this.#carry = larger;
		}
		this.#carry.set(chunk.subarray(from, to), this.#carried);
		this.#carried = length;
	}

	#allFrames(): string {
		return `all ${this.frames} whole frames`;
	}

	#damage(what: string): void {
		this.#format = "damaged";
		this.#carried = 0;
		this.#skip = 0;
		this.#warn(`${this.#name} is damaged: ${what}; ${this.#allFrames()} before it were read.`);
	}

	readonly #warned = new Set<string>();

	#warnOnce(kind: string, sentence: string): void {
		if (this.#warned.has(kind)) return;
		this.#warned.add(kind);
		this.#warn(sentence);
	}

	#warn(sentence: string): void {
		this.warnings.push(sentence);
		this.#onWarning?.(sentence);
	}

	#notACapture(bytes: Uint8Array, length: number): CaptureError {
		const start = Array.from(bytes.subarray(0, Math.min(length, 4)), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
		return new CaptureError(
			CAPTURE_ERROR.notACapture,
			`${this.#name} is not a capture: it begins with the bytes ${start}, and pcap, pcapng or gzip of either was expected.`,
		);
	}
}

/** Turns the 64 bit ticks of one interface into microseconds since the epoch, without losing digits on the way. */
class Clock {
	/** if_tsoffset in microseconds. */
	offset = 0;
	/** 2^32 ticks are `whole` microseconds and `rest` ticks more. */
	whole = TWO_32;
	rest = 0;
	multiplier = 1;
	divisor = 1;

	/** if_tsresol: ticks per second are 10 to the power of `value`, or 2 to the power of its low 7 bits when the highest is set. */
	setResolution(value: number): void {
		const power = value & 0x7f;
		this.rest = 0;
		this.multiplier = 1;
		this.divisor = 1;
		if (value & 0x80) {
			this.multiplier = 1e6;
			this.divisor = 2 ** power;
			this.whole = (TWO_32 / this.divisor) * 1e6;
		} else if (power > 6) {
			this.divisor = 10 ** (power - 6);
			this.whole = Math.floor(TWO_32 / this.divisor);
			this.rest = TWO_32 - this.whole * this.divisor;
		} else {
			this.multiplier = 10 ** (6 - power);
			this.whole = TWO_32 * this.multiplier;
		}
	}

	micros(high: number, low: number): number {
		return high * this.whole + ((high * this.rest + low) * this.multiplier) / this.divisor + this.offset;
	}
}

const NO_CLOCK = new Clock();
const text = new TextDecoder();

const shortestBlock = (type: number): number => {
	if (type === BLOCK.enhancedPacket || type === BLOCK.packet) return ENHANCED.shortest;
	if (type === BLOCK.section) return SECTION.shortest;
	if (type === BLOCK.interface) return INTERFACE.shortest;
	if (type === BLOCK.statistics) return STATISTICS.shortest;
	return type === BLOCK.simplePacket ? SIMPLE.shortest : BLOCK_OVERHEAD;
};

/** Signed 32 bit in either byte order. */
const word = (bytes: Uint8Array, at: number, little: boolean): number =>
	little
		? bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
		: (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

/** Unsigned 16 bit in either byte order. */
const half = (bytes: Uint8Array, at: number, little: boolean): number =>
	little ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;

const wide = (high: number, low: number): number => high * TWO_32 + low;
