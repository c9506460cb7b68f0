import { describe, expect, it } from "vitest";
import { COPY_WINDOW, COPY_WINDOW_UNNUMBERED, DuplicateFilter } from "../../src/flow/duplicates.ts";
import { PacketParser } from "../../src/wire/parser.ts";
import { ethernet, FLAG, fragmentHeader, frameOf, hex, ipv4, ipv6, tcp, udp } from "../wire/frameBuilder.ts";

const REQUEST = hex("0001 0000 0006 01 03 0000 000a");

/** Plays frames (bytes and microseconds after the first) and says which were taken for copies. */
function play(...frames: [bytes: number[], after: number][]) {
	const parser = new PacketParser();
	const filter = new DuplicateFilter(3);
	const start = 1_700_000_000_000_000;
	const copies = frames.map(([bytes, after]) => {
		const frame = frameOf(bytes, { time: start + after });
		expect(parser.parse(frame)).toBe(true);
		return filter.isDuplicate(parser.packet, frame);
	});
	return { copies, counters: filter.counters };
}

const segment = (options: Parameters<typeof tcp>[1] = {}, ip: Parameters<typeof ipv4>[2] = {}, link: Parameters<typeof ethernet>[2] = {}) =>
	ethernet(0x0800, ipv4(6, tcp(REQUEST, { checksum: 0x1111, ...options }), ip), link);

describe("a copy", () => {
	it("is the same packet within the window, however often", () => {
		expect(play([segment(), 0], [segment(), 3], [segment(), COPY_WINDOW - 1]).copies).toEqual([false, true, true]);
		expect(play([segment(), 0], [segment(), COPY_WINDOW]).copies).toEqual([false, false]);
	});

	it("may have another VLAN tag and other padding", () => {
		const tagged = segment({}, {}, { tags: [[0x8100, 5]] });
		expect(play([segment(), 0], [tagged, 20]).copies).toEqual([false, true]);
		expect(play([[...segment(), 0, 0, 0, 0], 0], [segment(), 20]).copies).toEqual([false, true]);
	});

	it("may have passed a router: counted apart", () => {
		const { copies, counters } = play([segment(), 0], [segment({}, { ttl: 63 }, { source: "02:00:00:00:00:99" }), 60]);
		expect(copies).toEqual([false, true]);
		expect(counters).toEqual({ duplicates: 1, routedDuplicates: 1, relayedDuplicates: 0 });
	});

	it("may have been passed on by somebody who is no router: counted apart", () => {
		const { counters } = play([segment(), 0], [segment({}, {}, { source: "02:00:00:00:00:99" }), 60]);
		expect(counters).toEqual({ duplicates: 1, routedDuplicates: 0, relayedDuplicates: 1 });
	});

	it("may come from another interface with a clock slightly behind", () => {
		expect(play([segment(), 500], [segment(), 480]).copies).toEqual([false, true]);
	});

	it("may be anything on the link", () => {
		const arp = hex("0001 0800 06 04 0001 02000000000a 0a000001 000000000000 0a000002");
		const padded = ethernet(0x0806, [...arp, ...new Array(18).fill(0)]);
		const junk = ethernet(0x0806, [...arp, ...hex("6a 75 6e 6b")], { tags: [[0x8100, 1]] });
		expect(play([padded, 0], [junk, 50], [padded, COPY_WINDOW_UNNUMBERED + 100]).copies).toEqual([false, true, false]);
		const cyclic = (counter: number) => ethernet(0x8892, [0x80, 0, 1, 2, 3, 4, ...new Array(36).fill(0), 0, counter, 0x35, 0]);
		expect(play([cyclic(1), 0], [cyclic(2), 100], [cyclic(1), 200]).copies).toEqual([false, false, true]);
	});
});

describe("no copy", () => {
	it.each([
		["another identification: sent again", segment({}, { id: 0x1235 })],
		["other payload under the same checksum", ethernet(0x0800, ipv4(6, tcp(REQUEST.with(11, 11), { checksum: 0x1111 })))],
		["another sequence number", segment({ sequence: 1 })],
		["another acknowledgment", segment({ acknowledgment: 1 })],
		["another flag", segment({ flags: FLAG.ack | FLAG.fin })],
		["another source", segment({}, { source: "10.0.0.9" })],
		["another destination", segment({}, { destination: "10.0.0.9" })],
		["the other direction", segment({ from: 502, to: 40000 }, { source: "10.0.0.2", destination: "10.0.0.1" })],
		["another protocol", ethernet(0x0800, ipv4(17, tcp(REQUEST, { checksum: 0x1111 })))],
	])("is one with %s", (_, other) => {
		expect(play([segment(), 0], [other, 10]).copies).toEqual([false, false]);
	});

	it("is an equal datagram with its own number, and one without a number that comes later", () => {
		const datagram = (id: number) => ethernet(0x0800, ipv4(17, udp([1, 2, 3]), { id }));
		expect(play([datagram(1), 0], [datagram(2), 5]).copies).toEqual([false, false]);
		expect(play([datagram(0), 0], [datagram(0), COPY_WINDOW_UNNUMBERED + 1]).copies).toEqual([false, false]);
		expect(play([datagram(0), 0], [datagram(0), 5]).copies).toEqual([false, true]);
		const six = ethernet(0x86dd, ipv6(17, udp([1, 2, 3])));
		expect(play([six, 0], [six, 5], [six, COPY_WINDOW_UNNUMBERED + 10]).copies).toEqual([false, true, false]);
	});

	it("is an acknowledgment without a number, repeated word for word", () => {
		const acknowledgment = ethernet(0x0800, ipv4(6, tcp([]), { id: 0 }));
		expect(play([acknowledgment, 0], [acknowledgment, 5]).copies).toEqual([false, false]);
	});

	it("are the fragments of one datagram, or of two with equal bytes", () => {
		const four = (fragment: number, id: number) => ethernet(0x0800, ipv4(17, new Array(16).fill(1), { id, fragment }));
		expect(play([four(0x2000, 1), 0], [four(0x2002, 1), 1], [four(0x2000, 2), 2], [four(0x2000, 1), 3]).copies).toEqual([
			false,
			false,
			false,
			true,
		]);
		const six = (offset: number, id: number) =>
			ethernet(0x86dd, ipv6(44, [...fragmentHeader(17, offset, true, id), ...new Array(16).fill(1)]));
		expect(play([six(0, 1), 0], [six(16, 1), 1], [six(0, 2), 2], [six(0, 1), 3]).copies).toEqual([false, false, false, true]);
	});

	it("is any of many different packets", () => {
		const frames = Array.from({ length: 3000 }, (_, index): [number[], number] => [
			segment({ sequence: index * 12 }, { id: index & 0xffff }),
			index,
		]);
		expect(play(...frames).counters.duplicates).toBe(0);
	});

	it("is any of many that differ in a number and in the checksum that makes up for it", () => {
		const numbered = (number: number): number[] => {
			const payload = hex(`010106000000 ${number.toString(16).padStart(4, "0")} 0000 0001`);
			return ethernet(0x0800, ipv4(17, udp(payload, { from: 68, to: 67, checksum: 0x66be - number }), { id: 1 }));
		};
		const parser = new PacketParser();
		let copies = 0;
		for (let seed = 0; seed < 4; seed++) {
			const filter = new DuplicateFilter(seed);
			for (let number = 0; number < 10_000; number++) {
				const frame = frameOf(numbered(number), { time: 1_700_000_000_000_000 });
				parser.parse(frame);
				if (filter.isDuplicate(parser.packet, frame)) copies++;
			}
		}
		expect(copies).toBe(0);
	});
});

describe("a mirror that doubles nothing for long", () => {
	/** Numbered segments: each another identification, sequence number and checksum. */
	const numbered = (number: number) => segment({ sequence: number, checksum: (number * 7919) & 0xffff }, { id: 1 + (number & 0x7fff) });

	it("is looked at in samples, and wholly again from the first copy on", () => {
		const parser = new PacketParser();
		const filter = new DuplicateFilter(3);
		let time = 1_700_000_000_000_000;
		const isCopy = (bytes: number[]) => {
			const frame = frameOf(bytes, { time: (time += 100) });
			parser.parse(frame);
			return filter.isDuplicate(parser.packet, frame);
		};
		let number = 0;
		while (number < 25_000) expect(isCopy(numbered(number++))).toBe(false);
		let missed = 0;
		for (let doubled = 0; doubled < 1000; doubled++) {
			expect(isCopy(numbered(number))).toBe(false);
			if (!isCopy(numbered(number++))) missed++;
		}
		expect(missed).toBeLessThan(64);
		expect(filter.counters.duplicates).toBe(1000 - missed);
		for (let doubled = 0; doubled < 1000; doubled++) {
			isCopy(numbered(number));
			expect(isCopy(numbered(number++))).toBe(true);
		}
	});
});
