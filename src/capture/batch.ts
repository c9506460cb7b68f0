/**
 * Frames gathered as pcapng (draft-ietf-opsawg-pcapng) in one buffer, in the byte order of the machine: what the sniffer of a live interface
 * writes in one go, and what a `CaptureReader` reads like any file.
 */

const SECTION = 0x0a0d0d0a;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const VERSION = { major: 1, minor: 0 } as const;
const BLOCK = { interface: 1, statistics: 5, enhancedPacket: 6 } as const;
const OPTION = { name: 2, resolution: 9, received: 4, interfaceDrops: 5, kernelDrops: 7 } as const;
const MICROSECONDS = 6;
const TWO_32 = 4_294_967_296;

/** What a packet block adds to the bytes of its frame, padding not counted. */
const PACKET_OVERHEAD = 32;
/** Longest block that is not a packet: section and interface with a name of 256 bytes. */
const OTHER_BYTES = 512;
/** Up to here copying words in a loop beats a call: a frame of 90 bytes took 39 ns against 97 ns, one of 256 bytes the same. */
const LOOP_WORDS = 48;

export class Batch {
	/** Bytes gathered. */
	length = 0;
	readonly #bytes: Uint8Array;
	readonly #words: Uint32Array;
	readonly #halves: Uint16Array;
	readonly #full: number;

	/** Is full at `capacity` bytes, and one more block of at most `longestFrame` bytes then still fits. */
	constructor(capacity: number, longestFrame: number) {
		this.#full = capacity;
		const buffer = new ArrayBuffer((capacity + longestFrame + PACKET_OVERHEAD + OTHER_BYTES + 7) & ~3);
		this.#bytes = new Uint8Array(buffer);
		this.#words = new Uint32Array(buffer);
		this.#halves = new Uint16Array(buffer);
	}

	get isFull(): boolean {
		return this.length >= this.#full;
	}

	/** What is gathered, on loan until something is added after `clear`. */
	get bytes(): Uint8Array {
		return this.#bytes.subarray(0, this.length);
	}

	clear(): void {
		this.length = 0;
	}

	/** Begins the stream: a section with one interface, whose times are in microseconds. */
	open(name: string, linkType: number, snapLength: number): void {
		const start = this.length;
		const words = this.#words;
		let at = start >> 2;
		words[at++] = SECTION;
		words[at++] = 28;
		words[at++] = BYTE_ORDER_MAGIC;
		this.#halves[at * 2] = VERSION.major;
		this.#halves[at * 2 + 1] = VERSION.minor;
		at++;
		words[at++] = 0xffffffff; // length of the section: not told
		words[at++] = 0xffffffff;
		words[at++] = 28;
		const first = at;
		words[at++] = BLOCK.interface;
		at++;
		words[at++] = 0;
		this.#halves[(at - 1) * 2] = linkType;
		words[at++] = snapLength;
		const encoded = new TextEncoder().encode(name);
		at = this.#option(at, OPTION.name, encoded);
		at = this.#option(at, OPTION.resolution, Uint8Array.of(MICROSECONDS));
		this.#close(first, at);
	}

	/** Adds a frame. `source` is where its bytes begin, as 32 bit words; bytes behind its end are copied into the padding and nowhere else. */
	add(seconds: number, micros: number, captured: number, wire: number, source: Uint32Array): void {
		const words = this.#words;
		const time = seconds * 1e6 + micros;
		const count = (captured + 3) >> 2;
		const length = PACKET_OVERHEAD + count * 4;
		let at = this.length >> 2;
		words[at] = BLOCK.enhancedPacket;
		words[at + 1] = length;
		words[at + 2] = 0;
		words[at + 3] = time / TWO_32;
		words[at + 4] = time;
		words[at + 5] = captured;
		words[at + 6] = wire;
		at += 7;
		if (count <= LOOP_WORDS) for (let index = 0; index < count; index++) words[at + index] = source[index]!;
		else words.set(source.subarray(0, count), at);
		words[at + count] = length;
		this.length += length;
	}

	/** Adds the totals since the stream was opened; `time` in microseconds since the epoch. */
	statistics(time: number, received: number, interfaceDrops: number, kernelDrops: number): void {
		const first = this.length >> 2;
		const words = this.#words;
		let at = first;
		words[at] = BLOCK.statistics;
		words[at + 2] = 0;
		words[at + 3] = time / TWO_32;
		words[at + 4] = time;
		at = this.#count(at + 5, OPTION.received, received);
		at = this.#count(at, OPTION.interfaceDrops, interfaceDrops);
		at = this.#count(at, OPTION.kernelDrops, kernelDrops);
		this.#close(first, at);
	}

	#count(at: number, code: number, value: number): number {
		const pair = new BigUint64Array([BigInt(value)]);
		return this.#option(at, code, new Uint8Array(pair.buffer));
	}

	#option(at: number, code: number, value: Uint8Array): number {
		this.#halves[at * 2] = code;
		this.#halves[at * 2 + 1] = value.length;
		const end = at + 1 + ((value.length + 3) >> 2);
		this.#words.fill(0, at + 1, end);
		this.#bytes.set(value, (at + 1) * 4);
		return end;
	}

	/** Ends the options and the block that began at word `first`. */
	#close(first: number, at: number): void {
		const length = (at + 2 - first) * 4;
		this.#words[at] = 0;
		this.#words[at + 1] = length;
		this.#words[first + 1] = length;
		this.length = (at + 2) * 4;
	}
}
