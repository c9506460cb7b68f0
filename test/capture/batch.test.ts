import { describe, expect, it } from "vitest";
import { Batch } from "../../src/capture/batch.ts";
import { CaptureReader, type CaptureStatistics } from "../../src/capture/reader.ts";

/** What a reader makes of the batches, each cleared after it was read. */
function roundTrip(fill: (batch: Batch) => void, batch = new Batch(1000, 65535)) {
	const frames: { time: number; wireLength: number; bytes: number[] }[] = [];
	const statistics: CaptureStatistics[] = [];
	const reader = new CaptureReader(
		(frame) =>
			frames.push({
				time: frame.time,
				wireLength: frame.wireLength,
				bytes: [...frame.bytes.subarray(frame.start, frame.start + frame.capturedLength)],
			}),
		{ onStatistics: (one) => statistics.push(one) },
	);
	fill(batch);
	reader.push(batch.bytes);
	reader.end();
	expect(reader.warnings).toEqual([]);
	return { frames, statistics, interfaces: reader.interfaces };
}

const source = new Uint8Array(65536).map((_, index) => index * 7);
const words = new Uint32Array(source.buffer);

describe("a batch", () => {
	it("is a pcapng of one interface", () => {
		const { frames, interfaces, statistics } = roundTrip((batch) => {
			batch.open("eth1", 1, 2048);
			batch.add(1_700_000_000, 123_456, 5, 1514, words);
			batch.statistics(1_700_000_001_000_000, 5_000_000_000, 7, 8);
		});
		expect(interfaces).toEqual([{ name: "eth1", linkType: 1, snapLength: 2048 }]);
		expect(frames).toEqual([{ time: 1_700_000_000_123_456, wireLength: 1514, bytes: [0, 7, 14, 21, 28] }]);
		expect(statistics).toEqual([
			{ interfaceId: 0, time: 1_700_000_001_000_000, received: 5_000_000_000, interfaceDrops: 7, kernelDrops: 8 },
		]);
	});

	it.each([0, 1, 2, 3, 4, 59, 60, 191, 192, 193, 1514, 65535])("keeps every byte of a frame of %i bytes", (length) => {
		const { frames } = roundTrip((batch) => {
			batch.open("", 276, 0);
			batch.add(0, 1, length, length, words);
			batch.add(4_000_000_000, 999_999, 1, 1, words);
		});
		expect(frames.map((frame) => frame.time)).toEqual([1, 4_000_000_000_999_999]);
		expect(frames[0]!.bytes).toEqual([...source.subarray(0, length)]);
		expect(frames[1]!.bytes).toEqual([0]);
	});

	it("is full at its capacity, and has room for one more frame and the counters then", () => {
		const batch = new Batch(1000, 65535);
		batch.open("x".repeat(256), 1, 65535);
		while (!batch.isFull) batch.add(1, 1, 60, 60, words);
		expect(batch.length).toBeGreaterThanOrEqual(1000);
		batch.clear();
		const { frames, statistics } = roundTrip((full) => {
			full.open("x".repeat(256), 1, 65535);
			while (full.length < 999 - 92) full.add(1, 1, 60, 60, words);
			expect(full.isFull).toBe(false);
			full.add(1, 1, 65535, 65535, words);
			full.statistics(1, 1, 1, 1);
		}, batch);
		expect(frames.at(-1)!.bytes.length).toBe(65535);
		expect(statistics.length).toBe(1);
	});

	it("begins anew when it was cleared", () => {
		const { frames } = roundTrip((batch) => {
			batch.add(1, 1, 60, 60, words);
			batch.clear();
			expect(batch.length).toBe(0);
			batch.open("a", 1, 0);
			batch.add(2, 0, 3, 3, words);
		});
		expect(frames).toEqual([{ time: 2_000_000, wireLength: 3, bytes: [0, 7, 14] }]);
	});
});
