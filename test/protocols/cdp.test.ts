/** What devices say of themselves by CDP, with the bytes written out. */
import { describe, expect, it } from "vitest";
import { cdp } from "../../protocols/cdp/index.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const SNAP = hex("aaaa03 00000c 2000");
const entry = (type: number, value: Uint8Array): Uint8Array =>
	join(Uint8Array.of(type >> 8, type & 255, (value.length + 4) >> 8, (value.length + 4) & 255), value);
const CISCO = join(
	SNAP,
	hex("02 b4 0000"),
	entry(1, ascii("core-1")),
	entry(2, hex("00000002 01 01 cc 0004 0a0000fe 02 08 aaaa0300000086dd 0010 fe80000000000000000000000000000a")),
	entry(3, ascii("GigabitEthernet0/1")),
	entry(4, hex("00000029")),
	entry(5, ascii("Example Software, Version 15.2\nCopyright")),
	entry(6, ascii("example SX-3560")),
	entry(10, hex("0064")),
	entry(22, hex("00000001 01 01 cc 0004 0a0000fe")),
	entry(0x1a, hex("0000")),
);

describe("CDP", () => {
	const seen = (...frames: Uint8Array[]) => {
		const harness = new MessageHarness(cdp, "link", {});
		for (const frame of frames) harness.send(frame);
		return harness;
	};

	it("says who a device is", () => {
		const { records, identities, facts } = seen(CISCO);
		expect(records).toMatchObject([
			{
				kind: "announcement",
				version: 2,
				timeToLive: 180,
				deviceId: "core-1",
				addresses: ["10.0.0.254"],
				portId: "GigabitEthernet0/1",
				capabilities: ["router", "switch", "IGMP capable"],
				softwareVersion: "Example Software, Version 15.2\ufffdCopyright",
				platform: "example SX-3560",
				nativeVlan: 100,
			},
		]);
		expect(identities).toEqual([
			{
				mac: "02:00:00:00:00:01",
				ip: "10.0.0.254",
				hostName: "core-1",
				model: "example SX-3560",
				firmware: "Example Software, Version 15.2",
				role: "router",
				evidence: "CDP announcement",
			},
		]);
		expect(facts).toEqual([]);
	});

	it("knows a switch, and takes no host for one", () => {
		const roles = ["00000008", "00000002", "00000010"].map(
			(bits) => seen(join(SNAP, hex("01 b4 0000"), entry(4, hex(bits)))).identities[0]!.role,
		);
		expect(roles).toEqual(["switch", "switch", undefined]);
	});

	it.each<[string, string, Uint8Array]>([
		["length", "an entry that is cut", join(SNAP, hex("02 b4 0000"), entry(1, ascii("core-1")).subarray(0, 7))],
		["length", "an entry shorter than its head", join(SNAP, hex("02 b4 0000 0001 0003"))],
		["length", "something behind the last entry", join(CISCO, hex("00"))],
		["addresses", "more addresses than there are", join(SNAP, hex("02 b4 0000"), entry(2, hex("7fffffff 01 01 cc 0004 0a0000fe")))],
		["addresses", "an address longer than the entry", join(SNAP, hex("02 b4 0000"), entry(2, hex("00000001 01 01 cc ffff 0a0000fe")))],
		["addresses", "no number of addresses", join(SNAP, hex("02 b4 0000"), entry(2, hex("0000")))],
	])("reports %s: %s", (violation, _, frame) => {
		const { records, identities, facts } = seen(frame);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(identities).toEqual([]);
		expect(facts.map(({ record }) => record.id)).toEqual(["cdp-malformed"]);
	});

	it("keeps sixteen addresses", () => {
		const many = join(hex("00000014"), ...Array.from({ length: 20 }, (_, n) => join(hex("01 01 cc 0004 0a0000"), Uint8Array.of(n))));
		const { records, counts } = seen(join(SNAP, hex("02 b4 0000"), entry(2, many)));
		expect(records[0]!.addresses).toHaveLength(16);
		expect(counts).toEqual({ addresses: 4 });
	});

	it("leaves other frames of SNAP alone", () => {
		expect(seen(hex("aaaa03 00000c 010b 02b40000 00000000"), join(SNAP, hex("00 b4 0000")), join(SNAP, hex("02 b4"))).refused).toBe(3);
	});
});

messageSuite(cdp, "link", [[{ name: "an announcement", bytes: CISCO }]]);
