import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CaptureError } from "../../src/capture/error.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { CaptureReader, type CaptureStatistics, MAX_FRAME_BYTES, MAX_INTERFACES } from "../../src/capture/reader.ts";
import {
	block,
	END_OF_OPTIONS,
	interfaceBlock,
	join,
	oldPacketBlock,
	option,
	PCAP_MAGIC,
	packetBlock,
	pcapHeader,
	pcapRecord,
	sectionBlock,
	simplePacketBlock,
	statisticsBlock,
} from "../support/pcapBuilder.ts";

interface Seen {
	number: number;
	time: number;
	bytes: number[];
	wireLength: number;
	linkType: number;
	interfaceId: number;
}

const copy = (frame: Readonly<Frame>): Seen => ({
	number: frame.number,
	time: frame.time,
	bytes: Array.from(frame.bytes.subarray(frame.start, frame.start + frame.capturedLength)),
	wireLength: frame.wireLength,
	linkType: frame.linkType,
	interfaceId: frame.interfaceId,
});

/** Reads pieces, each wiped after `push` has returned: who keeps a reference into a lent chunk is found out. */
function read(...pieces: Uint8Array[]) {
	const frames: Seen[] = [];
	const statistics: CaptureStatistics[] = [];
	const reader = new CaptureReader((frame) => frames.push(copy(frame)), { name: "x.pcap", onStatistics: (one) => statistics.push(one) });
	for (const piece of pieces) {
		const lent = piece.slice();
		reader.push(lent);
		lent.fill(0xee);
	}
	reader.end();
	return { frames, statistics, reader, warnings: reader.warnings };
}

function cutAt(bytes: Uint8Array, ...positions: number[]): Uint8Array[] {
	const at = [0, ...positions, bytes.length];
	return at.slice(1).map((to, index) => bytes.subarray(at[index]!, to));
}

const FIRST = [0xaa, 0xbb, 0xcc];
const SECOND = Array.from({ length: 61 }, (_, index) => index);

describe("classic pcap", () => {
	it("reads microseconds in little-endian order, bytes written out", () => {
		const { frames, reader } = read(
			Uint8Array.of(
				...[0xd4, 0xc3, 0xb2, 0xa1], // magic
				...[2, 0, 4, 0], // version 2.4
				...[0, 0, 0, 0, 0, 0, 0, 0], // zone, accuracy
				...[0xff, 0xff, 0, 0], // snap length
				...[1, 0, 0, 0], // Ethernet
				...[0x15, 0xcd, 0x5b, 0x07], // 123456789 s
				...[0x40, 0xe2, 0x01, 0x00], // 123456 µs
				...[2, 0, 0, 0, 5, 0, 0, 0], // captured 2 of 5
				...[0xde, 0xad],
			),
		);
		expect(frames).toEqual([{ number: 1, time: 123456789_123456, bytes: [0xde, 0xad], wireLength: 5, linkType: 1, interfaceId: 0 }]);
		expect(reader.frames).toBe(1);
		expect(reader.bytes).toBe(5);
		expect(reader.cutFrames).toBe(1);
		expect(reader.warnings).toEqual([]);
		expect(reader.interfaces).toEqual([{ name: "", linkType: 1, snapLength: 65535 }]);
	});

	it.each([true, false])("reads microseconds and nanoseconds (little-endian: %s)", (little) => {
		const micros = read(pcapHeader({ little, linkType: 113 }), pcapRecord(0xf0000000, 999999, FIRST, { little }));
		expect(micros.frames).toEqual([
			{ number: 1, time: 0xf0000000 * 1e6 + 999999, bytes: FIRST, wireLength: 3, linkType: 113, interfaceId: 0 },
		]);
		const nanos = read(pcapHeader({ little, magic: PCAP_MAGIC.nanos }), pcapRecord(1_700_000_000, 123_456_500, FIRST, { little }));
		expect(nanos.frames[0]!.time).toBe(1_700_000_000_123_456.5);
	});

	it.each([true, false])("reads the modified format with 24 byte record headers (little-endian: %s)", (little) => {
		const extra = [1, 0, 0, 0, 8, 0, 4, 0];
		const { frames, warnings } = read(
			pcapHeader({ little, magic: PCAP_MAGIC.modified }),
			pcapRecord(1, 2, FIRST, { little, extra }),
			pcapRecord(3, 4, SECOND, { little, extra }),
		);
		expect(frames.map((frame) => [frame.time, frame.bytes])).toEqual([
			[1_000_002, FIRST],
			[3_000_004, SECOND],
		]);
		expect(warnings).toEqual([]);
	});

	it("leaves out the bits above the link type (frame check sequence)", () => {
		expect(read(pcapHeader({ linkType: 0x50000001 }), pcapRecord(1, 0, FIRST)).frames[0]!.linkType).toBe(1);
	});

	it("sets the two lengths right where old versions have them swapped", () => {
		const { frames } = read(pcapHeader({ minor: 3 }), pcapRecord(1, 0, FIRST, { captured: 1514, wire: 3 }), pcapRecord(2, 0, SECOND));
		expect(frames.map((frame) => [frame.bytes, frame.wireLength])).toEqual([
			[FIRST, 1514],
			[SECOND, 61],
		]);
	});

	it("believes the captured length when the length on the wire is smaller", () => {
		const { frames, reader } = read(pcapHeader(), pcapRecord(1, 0, FIRST, { wire: 0 }));
		expect(frames[0]!.wireLength).toBe(3);
		expect(reader.cutFrames).toBe(0);
	});

	it("reads frames longer than the snap length, and empty ones", () => {
		const { frames, warnings } = read(
			pcapHeader({ snapLength: 4 }),
			pcapRecord(1, 0, SECOND),
			pcapRecord(2, 0, []),
			pcapRecord(3, 0, FIRST),
		);
		expect(frames.map((frame) => frame.bytes)).toEqual([SECOND, [], FIRST]);
		expect(warnings).toEqual([]);
	});

	it("stops at an absurd length with one sentence and the frames before it", () => {
		for (const captured of [MAX_FRAME_BYTES + 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
			const damaged = pcapRecord(2, 0, SECOND, { captured, wire: captured });
			const { frames, warnings } = read(pcapHeader(), pcapRecord(1, 0, FIRST), damaged, pcapRecord(3, 0, FIRST));
			expect(frames.map((frame) => frame.bytes)).toEqual([FIRST]);
			expect(warnings).toEqual([
				`x.pcap is damaged: the record after frame 1 claims ${captured} bytes, more than any frame has; all 1 whole frames before it were read.`,
			]);
		}
	});

	it("reads the longest frame that is believed", () => {
		const data = new Uint8Array(MAX_FRAME_BYTES).fill(7);
		const record = join(pcapRecord(1, 0, [], { captured: data.length, wire: data.length }), data);
		const { frames, warnings } = read(...cutAt(join(pcapHeader(), record, pcapRecord(2, 0, FIRST)), 50, 100_000));
		expect(frames.map((frame) => frame.bytes.length)).toEqual([MAX_FRAME_BYTES, 3]);
		expect(frames[0]!.bytes.every((byte) => byte === 7)).toBe(true);
		expect(warnings).toEqual([]);
	});

	it("says what is missing of a cut file", () => {
		const whole = join(pcapHeader(), pcapRecord(1, 0, FIRST), pcapRecord(2, 0, SECOND));
		expect(read(whole.subarray(0, whole.length - 21)).warnings).toEqual([
			"x.pcap is cut: the last record needs 77 bytes and 56 are there; all 1 whole frames before it were read.",
		]);
	});
});

describe("pcapng", () => {
	it("reads a section, an interface and a packet, bytes written out", () => {
		const { frames, reader } = read(
			Uint8Array.of(
				...[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0], // section header, 28 bytes
				...[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0], // byte order, version 1.0
				...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 28, 0, 0, 0],
				...[1, 0, 0, 0, 32, 0, 0, 0], // interface, 32 bytes
				...[1, 0, 0, 0, 0, 0, 4, 0], // Ethernet, snap length 262144
				...[2, 0, 4, 0, 0x65, 0x74, 0x68, 0x31, 0, 0, 0, 0, 32, 0, 0, 0], // if_name eth1, end
				...[6, 0, 0, 0, 36, 0, 0, 0], // enhanced packet, 36 bytes
				...[0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0], // interface 0, 2^32 + 2 µs
				...[3, 0, 0, 0, 9, 0, 0, 0], // captured 3 of 9
				...[0xaa, 0xbb, 0xcc, 0, 36, 0, 0, 0],
			),
		);
		expect(frames).toEqual([{ number: 1, time: 2 ** 32 + 2, bytes: FIRST, wireLength: 9, linkType: 1, interfaceId: 0 }]);
		expect(reader.interfaces).toEqual([{ name: "eth1", linkType: 1, snapLength: 262144 }]);
		expect([reader.frames, reader.bytes, reader.cutFrames]).toEqual([1, 9, 1]);
	});

	it.each([true, false])("reads all packet blocks and passes over the others (little-endian: %s)", (little) => {
		const order = { little };
		const comment = option(1, [0x68, 0x69], order);
		const { frames, statistics, reader, warnings } = read(
			join(
				sectionBlock({ little, options: join(comment, END_OF_OPTIONS) }),
				interfaceBlock({ little, name: "one" }),
				interfaceBlock({ little, name: "two", linkType: 276, snapLength: 2 }),
				packetBlock(1, 1_700_000_000_000_001n, FIRST, { little, options: join(comment, END_OF_OPTIONS) }),
				block(0x0bad, Uint8Array.from(SECOND), order), // custom block that may be copied
				block(4, new Uint8Array(), order), // name resolution
				oldPacketBlock(0, 1_700_000_000_000_002n, SECOND, order),
				block(0x7fffffff, new Uint8Array(100_000), order),
				simplePacketBlock(FIRST, order),
				statisticsBlock(1, 1_700_000_001_000_000n, { little, received: 5_000_000_000n, interfaceDrops: 3n, kernelDrops: 4n }),
				block(10, Uint8Array.of(1, 2, 3), order), // decryption secrets
			),
		);
		expect(frames).toEqual([
			{ number: 1, time: 1_700_000_000_000_001, bytes: FIRST, wireLength: 3, linkType: 276, interfaceId: 1 },
			{ number: 2, time: 1_700_000_000_000_002, bytes: SECOND, wireLength: 61, linkType: 1, interfaceId: 0 },
			{ number: 3, time: 1_700_000_000_000_002, bytes: FIRST, wireLength: 3, linkType: 1, interfaceId: 0 },
		]);
		expect(statistics).toEqual([{ interfaceId: 1, time: 1_700_000_001_000_000, received: 5e9, interfaceDrops: 3, kernelDrops: 4 }]);
		expect(reader.interfaces.map((one) => one.name)).toEqual(["one", "two"]);
		expect(warnings).toEqual([]);
	});

	it("cuts a simple packet to the snap length of its interface and drops the padding", () => {
		const { frames, reader } = read(sectionBlock(), interfaceBlock({ snapLength: 5 }), simplePacketBlock([1, 2, 3, 4, 5], { wire: 1514 }));
		expect(frames[0]).toMatchObject({ bytes: [1, 2, 3, 4, 5], wireLength: 1514, time: 0 });
		expect(reader.cutFrames).toBe(1);
	});

	it("gives each section its own byte order and interfaces", () => {
		const { frames, reader } = read(
			join(
				sectionBlock(),
				interfaceBlock({ name: "a", linkType: 1 }),
				packetBlock(0, 10n, FIRST),
				sectionBlock({ little: false }),
				interfaceBlock({ little: false, name: "b", linkType: 113 }),
				packetBlock(0, 20n, SECOND, { little: false }),
				sectionBlock(),
				packetBlock(0, 30n, FIRST),
				interfaceBlock({ name: "c", linkType: 101 }),
				packetBlock(0, 40n, FIRST),
			),
		);
		expect(frames.map((frame) => [frame.time, frame.linkType, frame.interfaceId])).toEqual([
			[10, 1, 0],
			[20, 113, 1],
			[40, 101, 2],
		]);
		expect(reader.interfaces.map((one) => one.name)).toEqual(["a", "b", "c"]);
		expect(reader.orphanFrames).toBe(1);
		expect(reader.warnings).toEqual(["x.pcap has packets of an interface (0) that it does not describe; they are left out."]);
	});

	it.each([
		[undefined, 1_700_000_000_123_456n, 1_700_000_000_123_456],
		[6, 1_700_000_000_123_456n, 1_700_000_000_123_456],
		[9, 1_700_000_000_123_456_000n, 1_700_000_000_123_456],
		[9, 1_700_000_000_123_456_500n, 1_700_000_000_123_456.5],
		[3, 1_700_000_000_123n, 1_700_000_000_123_000],
		[0, 1_700_000_000n, 1_700_000_000_000_000],
		[7, 17_000_000_001_234_560n, 1_700_000_000_123_456],
		[12, 17_000_000_123_456_000_000n, 17_000_000_123_456],
		[0x80, 1_700_000_000n, 1_700_000_000_000_000],
		[0x80 | 10, 1_700_000_000n * 1024n + 512n, 1_700_000_000_500_000],
		[0x80 | 32, (1_700_000_000n << 32n) + (1n << 30n), 1_700_000_000_250_000],
		[0x80 | 33, (1_700_000_000n << 33n) + (1n << 30n), 1_700_000_000_125_000],
	])("keeps time exact at resolution %s", (resolution, ticks, time) => {
		const description = resolution === undefined ? interfaceBlock() : interfaceBlock({ resolution });
		expect(read(sectionBlock(), description, packetBlock(0, ticks, FIRST)).frames[0]!.time).toBe(time);
	});

	it.each([true, false])("adds the time offset, also a negative one (little-endian: %s)", (little) => {
		const at = (offset: bigint) =>
			read(sectionBlock({ little }), interfaceBlock({ little, offset }), packetBlock(0, 5_000_000n, FIRST, { little })).frames[0]!.time;
		expect(at(1_700_000_000n)).toBe(1_700_000_005_000_000);
		expect(at(-3n)).toBe(2_000_000);
	});

	it("survives options that claim more than their block", () => {
		const body = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xff, 0xff, 0x65, 0x74, 0x68, 0x31);
		const { frames, reader } = read(sectionBlock(), block(1, body), packetBlock(0, 1n, FIRST));
		expect(frames.length).toBe(1);
		expect(reader.interfaces[0]!.name).toBe("");
	});

	const valid = join(sectionBlock(), interfaceBlock(), packetBlock(0, 1n, FIRST));
	it.each([
		["a length below any block's", block(6, new Uint8Array(20), { length: 8 })],
		["a length that is no multiple of four", block(6, new Uint8Array(20), { length: 33 })],
		["a packet block too short for a packet", block(6, new Uint8Array(8))],
		["a packet block too long to hold", block(6, new Uint8Array(20), { length: 0x7ffffff0 })],
		["a frame longer than its block", packetBlock(0, 1n, FIRST, { captured: 5000 })],
		["a frame of 4 GB", packetBlock(0, 1n, FIRST, { captured: 0xffffffff })],
		["two lengths that differ", join(packetBlock(0, 1n, FIRST).subarray(0, -4), Uint8Array.of(99, 0, 0, 0))],
		["a section without a byte order", block(0x0a0d0d0a, new Uint8Array(16))],
	])("stops at %s with one sentence and the frames before it", (_, damaged) => {
		const { frames, warnings } = read(valid, damaged, packetBlock(0, 2n, FIRST));
		expect(frames.length).toBe(1);
		expect(warnings.length).toBe(1);
		expect(warnings[0]).toMatch(/^x\.pcap is damaged: .* all 1 whole frames before it were read\.$/);
	});

	it("passes over a block of any length that it does not need, and says when it is cut", () => {
		const huge = Uint8Array.of(0x0b, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 1, 2, 3, 4);
		const { frames, warnings } = read(valid, huge);
		expect(frames.length).toBe(1);
		expect(warnings).toEqual([
			`x.pcap is cut: ${0xfffffff0 - 12} bytes of the last block are missing; all 1 whole frames before it were read.`,
		]);
	});

	it("remembers a bounded number of interfaces", () => {
		const many = Array.from({ length: MAX_INTERFACES + 5 }, () => interfaceBlock());
		const { frames, reader } = read(
			sectionBlock(),
			...many,
			packetBlock(MAX_INTERFACES - 1, 1n, FIRST),
			packetBlock(MAX_INTERFACES, 1n, FIRST),
		);
		expect(frames.length).toBe(1);
		expect(reader.interfaces.length).toBe(MAX_INTERFACES);
		expect(reader.orphanFrames).toBe(1);
		expect(reader.warnings.length).toBe(1);
	});
});

describe("input that is no capture", () => {
	const codeOf = (work: () => unknown): string => {
		try {
			work();
		} catch (error) {
			if (error instanceof CaptureError) return error.code;
			throw error;
		}
		return "no error";
	};

	it("says so in one sentence", () => {
		expect(codeOf(() => read())).toBe("SPANWATCH_CAPTURE_EMPTY");
		expect(codeOf(() => read(new Uint8Array()))).toBe("SPANWATCH_CAPTURE_EMPTY");
		expect(codeOf(() => read(Uint8Array.of(0xd4, 0xc3)))).toBe("SPANWATCH_CAPTURE_NOT_A_CAPTURE");
		expect(() => read(new TextEncoder().encode("hello"))).toThrow(
			"x.pcap is not a capture: it begins with the bytes 68 65 6c 6c, and pcap, pcapng or gzip of either was expected.",
		);
	});
});

const mixed = join(
	sectionBlock(),
	interfaceBlock({ name: "eth1", resolution: 9 }),
	packetBlock(0, 1_700_000_000_000_000_500n, FIRST),
	block(4, Uint8Array.of(1, 2, 3, 4, 5)),
	sectionBlock({ little: false }),
	interfaceBlock({ little: false, linkType: 113 }),
	packetBlock(0, 20n, SECOND, { little: false }),
	simplePacketBlock(FIRST, { little: false }),
	statisticsBlock(0, 30n, { little: false, received: 1n }),
	oldPacketBlock(0, 40n, FIRST, { little: false }),
);
const classic = join(pcapHeader(), pcapRecord(1, 2, FIRST), pcapRecord(3, 4, SECOND), pcapRecord(5, 6, []), pcapRecord(7, 8, FIRST));

describe.each([
	["pcap", classic],
	["pcapng", mixed],
])("%s in pieces", (_, file) => {
	const whole = read(file);

	it("gives the same frames wherever it is cut in two", () => {
		expect(whole.frames.length).toBe(4);
		for (let at = 0; at <= file.length; at++) {
			const { frames, statistics, warnings } = read(...cutAt(file, at));
			expect(frames).toEqual(whole.frames);
			expect(statistics).toEqual(whole.statistics);
			expect(warnings).toEqual([]);
		}
	});

	it("gives the same frames byte by byte and in any pieces", () => {
		expect(read(...Array.from(file, (byte) => Uint8Array.of(byte))).frames).toEqual(whole.frames);
		fc.assert(
			fc.property(fc.array(fc.nat({ max: file.length }), { maxLength: 12 }), (positions) => {
				positions.sort((a, b) => a - b);
				expect(read(...cutAt(file, ...positions)).frames).toEqual(whole.frames);
			}),
		);
	});

	it("gives all whole frames and at most one sentence when the file ends early, at every byte", () => {
		let most = 0;
		for (let length = 4; length < file.length; length++) {
			const { frames, warnings } = read(file.subarray(0, length));
			expect(frames).toEqual(whole.frames.slice(0, frames.length));
			expect(frames.length).toBeGreaterThanOrEqual(most);
			most = frames.length;
			expect(warnings.length).toBeLessThanOrEqual(1);
			if (warnings.length === 1 && length > 24) expect(warnings[0]).toContain(`all ${frames.length} whole frames`);
		}
		expect(most).toBeGreaterThanOrEqual(3);
	});

	it("survives any change of any bytes: no exception but a CaptureError, no frame outside its bytes", () => {
		const changes = fc.array(fc.tuple(fc.nat({ max: file.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
		fc.assert(
			fc.property(changes, fc.nat({ max: file.length }), (replaced, cut) => {
				const hostile = file.slice();
				for (const [at, byte] of replaced) hostile[at] = byte;
				readHostile(hostile, cut);
			}),
			{ numRuns: 3000 },
		);
	});
});

function readHostile(bytes: Uint8Array, cut: number): void {
	let given = 0;
	const reader = new CaptureReader((frame) => {
		given++;
		expect(frame.number).toBe(given);
		expect(frame.start).toBeGreaterThanOrEqual(0);
		expect(frame.start + frame.capturedLength).toBeLessThanOrEqual(frame.bytes.length);
		expect(frame.wireLength).toBeGreaterThanOrEqual(frame.capturedLength);
	});
	try {
		reader.push(bytes.subarray(0, cut));
		reader.push(bytes.subarray(cut));
		reader.end();
	} catch (error) {
		if (!(error instanceof CaptureError)) throw error;
	}
	expect(reader.frames).toBe(given);
	expect(reader.warnings.length).toBeLessThanOrEqual(3);
}

it("survives garbage behind each magic number", () => {
	const magics = [classic.subarray(0, 24), pcapHeader({ little: false }), join(sectionBlock(), interfaceBlock()), new Uint8Array()];
	fc.assert(
		fc.property(fc.constantFrom(...magics), fc.uint8Array({ maxLength: 400 }), fc.nat({ max: 400 }), (magic, garbage, cut) => {
			readHostile(join(magic, garbage), cut);
		}),
		{ numRuns: 3000 },
	);
});
