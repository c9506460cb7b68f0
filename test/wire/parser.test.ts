import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LINK_TYPE } from "../../src/capture/frame.ts";
import { addressText, macText, macTextOf } from "../../src/wire/address.ts";
import { MAX_TAGS } from "../../src/wire/ethernet.ts";
import { MAX_EXTENSIONS } from "../../src/wire/ip.ts";
import { MAX_TUNNELS, PacketParser } from "../../src/wire/parser.ts";
import {
	be16,
	be32,
	ethernet,
	extension,
	FLAG,
	fragmentHeader,
	frameOf,
	gre,
	hex,
	ipv4,
	ipv6,
	MAC_A,
	MAC_B,
	mac,
	tcp,
	udp,
	vxlan,
} from "./frameBuilder.ts";

const REQUEST = hex("0001 0000 0006 01 03 0000 000a");

function parse(bytes: readonly number[], options: { linkType?: number; cut?: number } = {}) {
	const parser = new PacketParser();
	const frame = frameOf(bytes, options);
	const isRead = parser.parse(frame);
	const { packet, counters } = parser;
	return {
		isRead,
		packet,
		counters,
		from: `${addressText(packet.source)}:${packet.sourcePort}`,
		to: `${addressText(packet.destination)}:${packet.destinationPort}`,
		payload: [...packet.bytes.subarray(packet.payload, packet.payload + packet.payloadLength)],
		link: [...packet.linkBytes.subarray(packet.linkPayload, packet.end)],
		sourceMac: packet.sourceMac < 0 ? undefined : macText(packet.linkBytes, packet.sourceMac),
		destinationMac: packet.destinationMac < 0 ? undefined : macText(packet.linkBytes, packet.destinationMac),
	};
}

describe("a packet", () => {
	it("is read from an Ethernet frame written out", () => {
		const bytes = hex(`
			02 00 00 00 00 0b  02 00 00 00 00 0a  08 00
			45 00 00 34  12 34 40 00  40 06 00 00  c0 a8 01 07  c0 a8 01 0a
			9c 40 01 f6  ff ff ff f0  80 00 00 01  50 18 20 00  00 00 00 00
			00 01 00 00 00 06 01 03 00 00 00 0a`);
		const { packet, ...read } = parse(bytes);
		expect(read.isRead).toBe(true);
		expect(read.from).toBe("192.168.1.7:40000");
		expect(read.to).toBe("192.168.1.10:502");
		expect(read.sourceMac).toBe("02:00:00:00:00:0a");
		expect(read.destinationMac).toBe("02:00:00:00:00:0b");
		expect(packet).toMatchObject({
			etherType: 0x0800,
			vlan: -1,
			innerVlan: -1,
			tunnels: 0,
			ipVersion: 4,
			ipProtocol: 6,
			ttl: 64,
			isFragment: false,
			sequence: 0xfffffff0,
			acknowledgment: 0x80000001,
			tcpFlags: FLAG.psh | FLAG.ack,
			payloadLength: 12,
			payloadWireLength: 12,
		});
		expect(packet.ipHeader - packet.linkPayload).toBe(0);
		expect(packet.ipPayload - packet.ipHeader).toBe(20);
		expect(read.payload).toEqual(REQUEST);
	});

	it("does not count padding as payload", () => {
		const { packet, payload } = parse([...ethernet(0x0800, ipv4(6, tcp([]))), 0, 0, 0, 0, 0, 0]);
		expect(packet.payloadLength).toBe(0);
		expect(packet.payloadWireLength).toBe(0);
		expect(payload).toEqual([]);
		expect(parse([...ethernet(0x0800, ipv4(17, udp([1, 2, 3]))), 9, 9, 9]).payload).toEqual([1, 2, 3]);
		expect(parse([...ethernet(0x86dd, ipv6(6, tcp([5]))), 9, 9]).payload).toEqual([5]);
	});

	it("carries options of IPv4 and TCP", () => {
		const bytes = ethernet(
			0x0800,
			ipv4(6, tcp(REQUEST, { options: hex("01 01 08 0a 00000001 00000002") }), { options: hex("94 04 00 00") }),
		);
		expect(parse(bytes).payload).toEqual(REQUEST);
	});

	it("carries the captured length where segmentation offload left the IP length 0", () => {
		const bytes = ethernet(0x0800, ipv4(6, tcp(new Array(3000).fill(7)), { length: 0 }));
		expect(parse(bytes).packet).toMatchObject({ payloadLength: 3000, payloadWireLength: 3000 });
		expect(parse(ethernet(0x86dd, ipv6(6, tcp(new Array(3000).fill(7)), { length: 0 }))).packet.payloadLength).toBe(3000);
	});

	it("cannot claim more TCP bytes than its frame had, but a datagram shows what it claims", () => {
		const stream = parse(ethernet(0x0800, ipv4(6, tcp(REQUEST), { length: 60_000 })));
		expect(stream.packet).toMatchObject({ payloadLength: 12, payloadWireLength: 12 });
		const datagram = parse(ethernet(0x0800, ipv4(17, udp([1, 2], { length: 100 }))));
		expect(datagram.packet).toMatchObject({ payloadLength: 2, payloadWireLength: 92 });
		expect(parse(ethernet(0x0800, ipv4(17, udp([1, 2, 3, 4], { length: 10 })))).payload).toEqual([1, 2]);
		expect(parse(ethernet(0x0800, ipv4(17, udp([1, 2, 3, 4], { length: 0 })))).payload).toEqual([1, 2, 3, 4]);
		expect(parse(ethernet(0x0800, ipv4(17, udp([1, 2, 3, 4], { length: 7 })))).counters.malformed).toBe(1);
	});

	it("of another protocol than TCP and UDP has no ports", () => {
		expect(parse(ethernet(0x0800, ipv4(1, [8, 0, 0, 0, 1, 2, 3, 4]))).packet).toMatchObject({
			ipVersion: 4,
			ipProtocol: 1,
			sourcePort: 0,
			destinationPort: 0,
			payloadLength: 0,
		});
	});

	it("that is not IP yields addresses, type and payload", () => {
		const arp = hex("0001 0800 06 04 0001 02000000000a 0a000001 000000000000 0a000002");
		const read = parse(ethernet(0x0806, [...arp, ...new Array(18).fill(0)]));
		expect(read.packet).toMatchObject({ ipVersion: 0, etherType: 0x0806 });
		expect(read.sourceMac).toBe(MAC_A);
		expect(read.link.slice(0, 28)).toEqual(arp);
	});

	it("with contradicting lengths is counted and has no payload", () => {
		for (const bad of [
			ethernet(0x0800, ipv4(6, tcp(REQUEST), { length: 19 })),
			ethernet(0x0800, ipv4(6, tcp(REQUEST).with(12, 0x40))),
			ethernet(0x0800, ipv4(6, tcp(REQUEST).with(12, 0xf0))),
			ethernet(0x0800, ipv4(6, [1, 2, 3])),
		]) {
			const { packet, counters } = parse(bad);
			expect(counters.malformed).toBeGreaterThan(0);
			expect(packet.payloadLength).toBe(0);
			expect(packet.payloadWireLength).toBe(0);
		}
		expect(parse(ethernet(0x0800, ipv6(6, tcp([])))).packet.ipVersion).toBe(0);
		expect(parse(ethernet(0x86dd, ipv4(6, tcp([])))).packet.ipVersion).toBe(0);
		expect(parse(ethernet(0x0800, ipv4(6, tcp([])).with(0, 0x44))).packet.ipVersion).toBe(0);
	});
});

describe("VLAN and LLC", () => {
	const inner = ipv4(6, tcp(REQUEST));
	it.each([
		["802.1Q", [[0x8100, 0x6005]], 5, -1],
		[
			"QinQ",
			[
				[0x88a8, 100],
				[0x8100, 7],
			],
			100,
			7,
		],
		[
			"old QinQ",
			[
				[0x9100, 100],
				[0x8100, 7],
			],
			100,
			7,
		],
		[
			"three tags",
			[
				[0x88a8, 1],
				[0x8100, 2],
				[0x8100, 3],
			],
			1,
			2,
		],
	] as [string, [number, number][], number, number][])("%s", (_, tags, vlan, innerVlan) => {
		const { packet, payload } = parse(ethernet(0x0800, inner, { tags }));
		expect(packet).toMatchObject({ vlan, innerVlan, etherType: 0x0800 });
		expect(payload).toEqual(REQUEST);
	});

	it("gives up behind too many tags", () => {
		const tags = new Array(MAX_TAGS + 1).fill([0x8100, 1]);
		const { packet, counters } = parse(ethernet(0x0800, inner, { tags }));
		expect(packet.ipVersion).toBe(0);
		expect(counters.headersTooMany).toBe(1);
	});

	it("reads IP behind SNAP, and stops at the 802.3 length", () => {
		const snap = [...hex("aa aa 03 00 00 00 08 00"), ...inner];
		expect(parse(ethernet(snap.length, [...snap, 0, 0, 0])).payload).toEqual(REQUEST);
		const { packet, link } = parse(ethernet(3, [0x42, 0x42, 0x03, 0, 0, 0, 0, 0]));
		expect(packet.etherType).toBe(0);
		expect(link).toEqual([0x42, 0x42, 0x03]);
	});

	it("leaves a SNAP frame of a vendor's own protocol alone", () => {
		const { packet } = parse(ethernet(12, hex("aa aa 03 00 00 0c 20 00 01 02 03 04")));
		expect(packet.etherType).toBe(0);
	});
});

describe("IPv6", () => {
	it("is read through its extension headers", () => {
		const ah = [6, 4, ...new Array(22).fill(0)];
		const bytes = ethernet(0x86dd, ipv6(0, [...extension(43), ...extension(60, 2), ...extension(51), ...ah, ...tcp(REQUEST)]));
		const { packet, from, to, payload } = parse(bytes);
		expect(from).toBe("fd00::1:40000");
		expect(to).toBe("fd00::2:502");
		expect(packet).toMatchObject({ ipVersion: 6, ipProtocol: 6, ttl: 64, isFragment: false });
		expect(payload).toEqual(REQUEST);
	});

	it("sees a fragment that is whole as whole, and no ports in others", () => {
		expect(parse(ethernet(0x86dd, ipv6(44, [...fragmentHeader(6, 0, false), ...tcp(REQUEST)]))).payload).toEqual(REQUEST);
		expect(parse(ethernet(0x86dd, ipv6(44, [...fragmentHeader(6, 0, true), ...tcp(REQUEST)]))).packet).toMatchObject({
			isFragment: true,
			ipProtocol: 6,
			sourcePort: 0,
			payloadLength: 0,
		});
		expect(parse(ethernet(0x86dd, ipv6(44, [...fragmentHeader(6, 1480, false), 1, 2]))).packet.isFragment).toBe(true);
	});

	it("gives up behind too many extension headers", () => {
		const chain = (count: number) => [...new Array(count - 1).fill(extension(60)).flat(), ...extension(6), ...tcp(REQUEST)];
		expect(parse(ethernet(0x86dd, ipv6(60, chain(MAX_EXTENSIONS)))).payload).toEqual(REQUEST);
		const { packet, counters } = parse(ethernet(0x86dd, ipv6(60, chain(MAX_EXTENSIONS + 1))));
		expect(counters.headersTooMany).toBe(1);
		expect(packet.sourcePort).toBe(0);
	});

	it("survives an extension header that points outside", () => {
		expect(parse(ethernet(0x86dd, ipv6(60, extension(6).with(1, 255)))).packet.payloadLength).toBe(0);
	});
});

describe("link types", () => {
	const four = ipv4(6, tcp(REQUEST));
	const six = ipv6(6, tcp(REQUEST));
	const sll = (protocol: number, payload: number[], hardware = 1) => [
		0,
		0,
		...be16(hardware),
		0,
		6,
		...mac(MAC_A),
		0,
		0,
		...be16(protocol),
		...payload,
	];
	const sll2 = (protocol: number, payload: number[]) => [...be16(protocol), 0, 0, ...be32(3), 0, 1, 0, 6, ...mac(MAC_A), 0, 0, ...payload];
	it.each([
		["NULL little-endian", LINK_TYPE.null, [2, 0, 0, 0, ...four], 4],
		["NULL big-endian", LINK_TYPE.null, [0, 0, 0, 2, ...four], 4],
		["NULL IPv6 of FreeBSD", LINK_TYPE.null, [28, 0, 0, 0, ...six], 6],
		["NULL IPv6 of macOS", LINK_TYPE.null, [0, 0, 0, 30, ...six], 6],
		["LOOP", LINK_TYPE.loop, [0, 0, 0, 2, ...four], 4],
		["LOOP IPv6 of OpenBSD", LINK_TYPE.loop, [0, 0, 0, 24, ...six], 6],
		["RAW", LINK_TYPE.raw, four, 4],
		["RAW 12", LINK_TYPE.rawBsd, six, 6],
		["RAW 14", LINK_TYPE.rawOpenBsd, four, 4],
		["IPV4", LINK_TYPE.ipv4, four, 4],
		["IPV6", LINK_TYPE.ipv6, six, 6],
		["LINUX_SLL", LINK_TYPE.linuxSll, sll(0x0800, four), 4],
		["LINUX_SLL with VLAN", LINK_TYPE.linuxSll, sll(0x8100, [0, 9, ...be16(0x86dd), ...six]), 6],
		["LINUX_SLL2", LINK_TYPE.linuxSll2, sll2(0x0800, four), 4],
	] as [string, number, number[], number][])("%s", (name, linkType, bytes, version) => {
		const { isRead, packet, payload, sourceMac, destinationMac } = parse(bytes, { linkType });
		expect(isRead).toBe(true);
		expect(packet.ipVersion).toBe(version);
		expect(payload).toEqual(REQUEST);
		expect(sourceMac).toBe(name.includes("SLL") ? MAC_A : undefined);
		expect(destinationMac).toBeUndefined();
	});

	it("says which it cannot read", () => {
		expect(parse(four, { linkType: 105 })).toMatchObject({ isRead: false, counters: { unreadable: 1 } });
		expect(parse(hex("02 00 00 00 00 0b 02 00 00 00 00 0a 08")).isRead).toBe(false);
		expect(parse([0x15, 0], { linkType: LINK_TYPE.raw }).isRead).toBe(false);
	});

	it("does not take the family of a netlink message for an EtherType", () => {
		expect(parse(sll(0x0800, four, 824), { linkType: LINK_TYPE.linuxSll }).packet).toMatchObject({ etherType: 0, ipVersion: 0 });
	});
});

describe("a cut frame", () => {
	const bytes = ethernet(0x0800, ipv4(6, tcp(REQUEST)), { tags: [[0x8100, 5]] });

	it("says how much payload is missing", () => {
		const { packet, counters } = parse(bytes, { cut: 5 });
		expect(packet).toMatchObject({ payloadLength: 7, payloadWireLength: 12 });
		expect(counters.cut).toBe(1);
	});

	it("gives what can be read of it", () => {
		const header = bytes.length - REQUEST.length;
		for (let length = 0; length < bytes.length; length++) {
			const { isRead, packet, to } = parse(bytes, { cut: bytes.length - length });
			expect(isRead).toBe(length >= 14);
			if (length >= 18) expect(packet).toMatchObject({ vlan: 5, etherType: 0x0800 });
			expect(packet.ipVersion).toBe(length >= 38 ? 4 : 0);
			if (length >= 38 + 4) expect(to).toBe("10.0.0.2:502");
			if (length >= header) expect(packet).toMatchObject({ payloadLength: length - header, payloadWireLength: 12 });
			else if (length >= 38) expect(packet).toMatchObject({ payloadLength: 0, tcpFlags: 0 });
		}
	});
});

describe("mirror transports", () => {
	const inside = ethernet(0x0800, ipv4(6, tcp(REQUEST), { source: "172.16.0.1", destination: "172.16.0.2" }), {
		source: "02:00:00:00:0c:0c",
	});
	const outside = (protocol: number, payload: number[]) =>
		ethernet(0x0800, ipv4(protocol, payload, { source: "10.9.9.9" }), { tags: [[0x8100, 999]] });
	const erspan2 = (vlan: number) => [...be16(0x1000 | vlan), 0, 1, 0, 0, 0, 2];
	const erspan3 = (vlan: number, last: number) => [...be16(0x2000 | vlan), 0, 1, 0, 0, 0, 2, 0, 0, 0, last];
	it.each([
		["GRE with Ethernet", outside(47, gre(0x6558, inside)), -1],
		["GRE with checksum, key and sequence", outside(47, gre(0x6558, inside, { flags: 0xb000, fields: new Array(12).fill(0) })), -1],
		["ERSPAN I", outside(47, gre(0x88be, inside)), -1],
		["ERSPAN II", outside(47, gre(0x88be, [...erspan2(42), ...inside], { flags: 0x1000, fields: be32(1) })), 42],
		["ERSPAN III", outside(47, gre(0x22eb, [...erspan3(43, 0), ...inside], { flags: 0x1000, fields: be32(1) })), 43],
		[
			"ERSPAN III with subheader",
			outside(47, gre(0x22eb, [...erspan3(0, 1), ...new Array(8).fill(0), ...inside], { flags: 0x1000, fields: be32(1) })),
			-1,
		],
		["VXLAN", outside(17, udp(vxlan(inside), { to: 4789 })), -1],
		["VXLAN in ERSPAN", outside(47, gre(0x88be, ethernet(0x0800, ipv4(17, udp(vxlan(inside), { to: 4789 }))))), -1],
	] as [string, number[], number][])("%s", (name, bytes, vlan) => {
		const { packet, counters, from, payload, sourceMac } = parse(bytes);
		expect(from).toBe("172.16.0.1:40000");
		expect(payload).toEqual(REQUEST);
		expect(sourceMac).toBe("02:00:00:00:0c:0c");
		expect(packet.vlan).toBe(vlan);
		expect(packet.tunnels).toBe(name.includes(" in ") ? 2 : 1);
		expect(counters.tunnels).toBe(packet.tunnels);
	});

	it("the VLAN of the inner frame is the one that counts", () => {
		const tagged = ethernet(0x0800, ipv4(6, tcp(REQUEST)), { tags: [[0x8100, 7]] });
		expect(parse(outside(47, gre(0x88be, [...erspan2(42), ...tagged], { flags: 0x1000, fields: be32(1) }))).packet.vlan).toBe(7);
	});

	it.each([
		["IPv4", 0x0800, ipv4(6, tcp(REQUEST), { source: "172.16.0.1" }), "172.16.0.1:40000"],
		["IPv6", 0x86dd, ipv6(6, tcp(REQUEST)), "fd00::1:40000"],
	] as [string, number, number[], string][])("GRE with %s has no MAC addresses", (_, type, bytes, source) => {
		const { from, sourceMac, payload } = parse(outside(47, gre(type, bytes)));
		expect(from).toBe(source);
		expect(sourceMac).toBeUndefined();
		expect(payload).toEqual(REQUEST);
	});

	it("leaves what only looks like one", () => {
		expect(parse(outside(47, gre(0x880b, inside, { flags: 0x3001 }))).packet).toMatchObject({ tunnels: 0, ipProtocol: 47 });
		expect(parse(outside(17, udp([0, ...vxlan(inside).slice(1)], { to: 4789 }))).packet).toMatchObject({
			tunnels: 0,
			destinationPort: 4789,
		});
		expect(parse(outside(17, udp(vxlan([]), { to: 4789 }))).packet.tunnels).toBe(0);
		expect(parse(outside(47, [0, 0])).packet.tunnels).toBe(0);
	});

	it("takes off no more than the bound", () => {
		let bytes = inside;
		for (let depth = 0; depth <= MAX_TUNNELS; depth++) bytes = outside(47, gre(0x6558, bytes));
		const { packet, counters } = parse(bytes);
		expect(packet).toMatchObject({ tunnels: MAX_TUNNELS, ipProtocol: 47 });
		expect(counters.tunnelsTooDeep).toBe(1);
	});

	it("counts the missing bytes of a cut frame within", () => {
		expect(parse(outside(17, udp(vxlan(inside), { to: 4789 })), { cut: 3 }).packet).toMatchObject({
			payloadLength: 9,
			payloadWireLength: 12,
		});
	});
});

describe("hostile bytes", () => {
	const linkTypes = Object.values(LINK_TYPE);
	const isSound = (bytes: readonly number[], linkType: number, cut: number) => {
		const frame = frameOf(bytes, { linkType, cut });
		const parser = new PacketParser();
		if (!parser.parse(frame)) return;
		const { packet } = parser;
		const end = frame.start + frame.capturedLength;
		expect(packet.end).toBeLessThanOrEqual(end);
		expect(packet.linkPayload).toBeLessThanOrEqual(end);
		if (packet.ipVersion === 0) return;
		expect(packet.payload + packet.payloadLength).toBeLessThanOrEqual(end);
		expect(packet.payload).toBeGreaterThanOrEqual(frame.start);
		expect(packet.payloadLength).toBeGreaterThanOrEqual(0);
		expect(packet.payloadWireLength).toBeGreaterThanOrEqual(packet.payloadLength);
	};

	it("never throw and never lead outside the frame: noise", () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(...linkTypes), (bytes, linkType) => isSound([...bytes], linkType, 0)),
			{ numRuns: 3000 },
		);
	});

	it("never throw and never lead outside the frame: damaged packets", () => {
		const samples = [
			ethernet(0x0800, ipv4(6, tcp(REQUEST, { options: hex("01 01 01 01") })), {
				tags: [
					[0x88a8, 1],
					[0x8100, 2],
				],
			}),
			ethernet(0x86dd, ipv6(0, [...extension(44), ...fragmentHeader(60, 0, false), ...extension(17), ...udp(REQUEST)])),
			ethernet(
				0x0800,
				ipv4(
					47,
					gre(
						0x88be,
						[
							...be32(0x10000000),
							...be32(0),
							...ethernet(0x0800, ipv4(17, udp(vxlan(ethernet(0x0800, ipv4(6, tcp(REQUEST)))), { to: 4789 }))),
						],
						{ flags: 0x1000, fields: be32(1) },
					),
				),
			),
			ethernet(20, [...hex("aa aa 03 00 00 00 08 00"), ...ipv4(17, udp([1, 2]))]),
		];
		fc.assert(
			fc.property(
				fc.constantFrom(...samples),
				fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
				fc.nat(100),
				(sample, changes, cut) => {
					const bytes = [...sample];
					for (const [at, value] of changes) bytes[at % bytes.length] = value;
					isSound(bytes, 1, Math.min(cut, bytes.length));
				},
			),
			{ numRuns: 5000 },
		);
	});
});

it("a MAC address of two numbers has the same text", () => {
	expect(macTextOf(0x0200, 0xfffefd0a | 0)).toBe("02:00:ff:fe:fd:0a");
	expect(macTextOf(0x0200, 0x0000000b)).toBe(macText(Uint8Array.from(mac(MAC_B)), 0));
});
