import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAGMENT_TIME, Fragments, MAX_DATAGRAMS, MAX_FRAGMENT_BYTES, MAX_PIECES } from "../../src/flow/fragments.ts";
import { PacketParser } from "../../src/wire/parser.ts";
import { ethernet, fragmentHeader, frameOf, gre, ipv4, ipv6, udp } from "../wire/frameBuilder.ts";
import { Listener } from "./listener.ts";

const TEXT = Array.from({ length: 100 }, (_, index) => index + 1);
/** A datagram of 108 bytes with its header. */
const WHOLE: number[] = udp(TEXT, { from: 2000, to: 1000 });

const piece4 = (from: number, to: number, { bytes = WHOLE, id = 5, more = to < WHOLE.length, source = "10.0.0.1" } = {}) =>
	ethernet(0x0800, ipv4(17, bytes.slice(from, to), { id, source, fragment: (more ? 0x2000 : 0) | (from / 8) }));
const piece6 = (from: number, to: number, { next = 17, bytes = WHOLE as number[], id = 5 } = {}) =>
	ethernet(0x86dd, ipv6(44, [...fragmentHeader(next, from, to < bytes.length, id), ...bytes.slice(from, to)]));

function play(...frames: number[][]) {
	const listener = new Listener();
	for (const frame of frames) listener.frame(frame, { after: 20_000 });
	return { listener, counters: listener.intake.fragments.counters, said: listener.events.filter(({ what }) => what === "datagram") };
}

const expected = { what: "datagram", flow: 1, direction: 0, bytes: TEXT, isWhole: true };

describe("a datagram in fragments", () => {
	it.each([
		["in order", [piece4(0, 40), piece4(40, 80), piece4(80, 108)]],
		["in reverse", [piece4(80, 108), piece4(40, 80), piece4(0, 40)]],
		["with one twice", [piece4(0, 40), piece4(80, 108), piece4(0, 40), piece4(40, 80)]],
		["with overlaps", [piece4(0, 56), piece4(80, 108), piece4(24, 96)]],
		["of IPv6", [piece6(40, 108), piece6(0, 40)]],
		[
			"of IPv6 with options behind the fragment header",
			(() => {
				const bytes = [17, 0, 1, 4, 0, 0, 0, 0, ...WHOLE];
				return [piece6(64, 116, { next: 60, bytes }), piece6(0, 64, { next: 60, bytes })];
			})(),
		],
	] as [string, number[][]][])("is put together: %s", (_, frames) => {
		const { said, counters, listener } = play(...frames);
		expect(said).toEqual([expected]);
		expect(listener.flows.get(1)).toMatchObject({ client: { port: 2000, mac: "02:00:00:00:00:0a" }, server: { port: 1000 } });
		expect(counters).toMatchObject({ fragments: frames.length, reassembled: 1, fragmentsRefused: 0 });
		expect(listener.intake.fragments.held).toBe(0);
	});

	it("uses the first copy of a byte, and counts the overlap", () => {
		const { said, counters } = play(piece4(0, 64), piece4(48, 104, { bytes: WHOLE.map(() => 0xff), more: true }), piece4(104, 108));
		expect(said[0]!.bytes!.slice(0, 56)).toEqual(TEXT.slice(0, 56));
		expect(said[0]!.bytes!.slice(56, 96)).toEqual(new Array(40).fill(0xff));
		expect(counters.fragmentOverlaps).toBe(1);
	});

	it("may be a mirror transport with a packet inside", () => {
		const inner = ethernet(0x0800, ipv4(17, udp([7, 7, 7]), { source: "172.16.0.1" }), { source: "02:00:00:00:0c:0c" });
		const outer = gre(0x6558, inner);
		const part = (from: number, to: number) =>
			ethernet(0x0800, ipv4(47, outer.slice(from, to), { fragment: (to < outer.length ? 0x2000 : 0) | (from / 8) }));
		const { said, listener } = play(part(0, 24), part(24, outer.length));
		expect(said).toMatchObject([{ bytes: [7, 7, 7] }]);
		expect(listener.flows.get(1)!.client).toMatchObject({ ip: "172.16.0.1", mac: "02:00:00:00:0c:0c" });
	});

	it("does not mix with others", () => {
		const other = WHOLE.map((byte, index) => (index < 8 ? byte : 0xaa));
		const { said } = play(
			piece4(0, 40),
			piece4(0, 40, { id: 6, bytes: other }),
			piece4(0, 40, { source: "10.0.0.7", bytes: other }),
			piece6(0, 40, { bytes: other }),
			piece4(40, 108),
		);
		expect(said).toEqual([expected]);
	});
});

describe("fragments without sense", () => {
	it("are refused: beyond 65,535 bytes, of odd length, behind the end, with two ends, cut", () => {
		const beyond = ethernet(0x0800, ipv4(17, new Array(100).fill(0), { fragment: 0x1ff8 }));
		const odd = ethernet(0x0800, ipv4(17, [1, 2, 3], { fragment: 0x2000 }));
		expect(play(beyond, odd).counters.fragmentsRefused).toBe(2);
		expect(play(piece4(80, 108), piece4(104, 112, { bytes: [...WHOLE, ...WHOLE], more: true })).counters.fragmentsRefused).toBe(1);
		expect(play(piece4(80, 108), piece4(88, 100, { more: false })).counters.fragmentsRefused).toBe(1);
		expect(play(piece4(88, 104, { more: true }), piece4(64, 80, { more: false })).counters.fragmentsRefused).toBe(1);
		const listener = new Listener();
		listener.frame(piece4(0, 40), { cut: 3 });
		expect(listener.intake.fragments.counters.fragmentsRefused).toBe(1);
	});

	it("never throw, whatever they overlap, and what comes out was sent", () => {
		const part = fc.record({
			from: fc.nat(20),
			length: fc.nat(10),
			more: fc.boolean(),
			value: fc.nat(255),
			id: fc.nat(2),
			six: fc.boolean(),
		});
		fc.assert(
			fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
				const frames = parts.map(({ from, length, more, value, id, six }) => {
					const bytes = new Array(8 * length + (more ? 0 : 3)).fill(value);
					return six
						? ethernet(0x86dd, ipv6(44, [...fragmentHeader(17, 8 * from, more, id), ...bytes]))
						: ethernet(0x0800, ipv4(17, bytes, { id, fragment: (more ? 0x2000 : 0) | from }));
				});
				const { listener } = play(...frames);
				expect(listener.intake.fragments.held).toBeGreaterThanOrEqual(0);
			}),
			{ numRuns: 500 },
		);
	});
});

describe("bounds", () => {
	const start = 1_700_000_000_000_000;
	function feed(fragments: Fragments, bytes: number[], time: number): boolean {
		const parser = new PacketParser();
		parser.parse(frameOf(bytes));
		expect(parser.packet.isFragment).toBe(true);
		return fragments.add(parser.packet, time);
	}

	it("on time: what comes too late starts another", () => {
		const fragments = new Fragments();
		feed(fragments, piece4(0, 40), start);
		expect(feed(fragments, piece4(40, 108), start + FRAGMENT_TIME)).toBe(false);
		expect(fragments.counters.fragmentsExpired).toBe(1);
		expect(fragments.held).toBe(68);
	});

	it("on datagrams, on pieces, on bytes: the oldest gives way", () => {
		const many = new Fragments();
		for (let id = 0; id <= MAX_DATAGRAMS; id++) feed(many, piece4(0, 40, { id }), start);
		expect(many.counters.fragmentsEvicted).toBe(1);
		expect(many.held).toBe(40 * MAX_DATAGRAMS);
		const pieces = new Fragments();
		for (let at = 0; at <= MAX_PIECES; at++)
			feed(pieces, ethernet(0x0800, ipv4(17, new Array(8).fill(0), { fragment: 0x2000 | (2 * at) })), start);
		expect(pieces.counters.fragmentsEvicted).toBe(1);
		expect(pieces.held).toBe(0);
		const big = new Fragments();
		const bytes = ethernet(0x0800, ipv4(17, new Array(60_000).fill(0), { fragment: 0x2000 }));
		for (let id = 0; id < 80; id++) {
			bytes[19] = id;
			feed(big, bytes, start);
			expect(big.held).toBeLessThanOrEqual(MAX_FRAGMENT_BYTES);
		}
		expect(big.counters.fragmentsEvicted).toBeGreaterThan(0);
	});
});
