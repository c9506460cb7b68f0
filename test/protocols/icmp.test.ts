/** ICMP and ICMPv6: echoes, errors, redirects and neighbours, with the bytes written out (RFC 792, RFC 4443, RFC 4861). */
import { describe, expect, it } from "vitest";
import { icmp } from "../../protocols/icmp/index.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";

const ECHO = hex("08 00 0000 1234 0001 6162636465666768");
const REPLY = hex("00 00 0000 1234 0001 6162636465666768");
/** UDP from 10.0.0.1:40000 to 10.0.0.2:502. */
const QUOTED = hex("45 00 0020 0001 0000 40 11 0000 0a000001 0a000002 9c40 01f6 000c 0000");
const UNREACHABLE = join(hex("03 03 0000 00000000"), QUOTED);
const REDIRECT = join(hex("05 01 0000 0a0000fe"), QUOTED);
const ADVERTISEMENT = hex("09 00 0000 01 02 0708 0a0000fe 00000000");

const V6: Partial<FlowView> = {
	client: { ip: "fe80::1", port: undefined, mac: "02:00:00:00:00:01" },
	server: { ip: "fe80::2", port: undefined, mac: undefined },
};
const TARGET = "fe80000000000000000000000000000a";
const SOLICITATION = hex(`87 00 0000 00000000 ${TARGET} 01 01 020000000001`);
const NEIGHBOUR = hex(`88 00 0000 e0000000 ${TARGET} 02 01 02000000000a`);

const seen = (bytes: readonly Uint8Array[], flow: Partial<FlowView> = {}) => {
	const harness = new MessageHarness(icmp, "ip", { flow });
	for (const one of bytes) harness.send(one, { time: harness.clock.time + 1500 });
	return harness;
};

describe("ICMP", () => {
	it("pairs a reply with its echo, and says who asks for whom", () => {
		const { records, operations, sought, facts } = seen([ECHO, REPLY]);
		expect(records).toMatchObject([
			{ kind: "echo", version: 4, typeName: "echo", identifier: 0x1234, sequence: 1, length: 8 },
			{ kind: "echo-reply", latencyMs: 1.5, requestFrame: 1, length: 8 },
		]);
		expect(operations).toMatchObject([{ verb: "diagnose", code: 8, outcome: "ok", latency: 1500, requestFrame: 1, frame: 2 }]);
		expect(sought).toEqual([{ source: "10.0.0.1", ip: "10.0.0.2" }]);
		expect(facts).toEqual([]);
	});

	it("takes an answer that nobody asked for as that, and a second one too", () => {
		expect(seen([REPLY]).operations).toMatchObject([{ outcome: "unsolicited", latency: -1 }]);
		expect(seen([ECHO, REPLY, REPLY]).operations).toMatchObject([{ outcome: "ok" }, { outcome: "unsolicited" }]);
	});

	it.each([
		["other bytes", hex("00 00 0000 1234 0001 6162636465666769")],
		["fewer bytes", hex("00 00 0000 1234 0001 61626364656667")],
		["more bytes", hex("00 00 0000 1234 0001 616263646566676869")],
	])("sees that a reply returns %s", (_, reply) => {
		const { records, facts } = seen([ECHO, reply]);
		expect(records[1]).toMatchObject({ altered: true });
		expect(facts).toMatchObject([{ record: { id: "icmp-altered-echo" }, byServer: true, frames: [1, 2] }]);
	});

	it("forgets the echo that waits longest, and says so", () => {
		const harness = new MessageHarness(icmp, "ip", {});
		harness.send(ECHO);
		for (let n = 0; n < 1024; n++) harness.send(join(hex("08 00 0000 4321"), Uint8Array.of(n >> 8, n & 255)));
		harness.send(REPLY);
		expect(harness.counts).toEqual({ waiting: 1 });
		expect(harness.operations).toMatchObject([{ outcome: "unsolicited" }]);
	});

	it("says what an error is about", () => {
		const { records, facts } = seen([UNREACHABLE]);
		expect(records).toMatchObject([
			{
				kind: "error",
				typeName: "destination unreachable",
				reason: "port",
				quoted: { source: "10.0.0.1", destination: "10.0.0.2", ipProtocol: 17, sourcePort: 40000, destinationPort: 502 },
			},
		]);
		expect(facts).toEqual([]);
	});

	it("has no ports of a packet that has none, or whose ports are cut", () => {
		const ping = join(hex("0b 00 0000 00000000"), QUOTED);
		ping[8 + 9] = 1;
		expect(seen([ping]).records[0]!.quoted).toEqual({ source: "10.0.0.1", destination: "10.0.0.2", ipProtocol: 1 });
		expect(seen([UNREACHABLE.subarray(0, 31)]).records[0]!.quoted).not.toHaveProperty("sourcePort");
	});

	it("reports a redirect, and an error that quotes nothing", () => {
		const { records, facts } = seen([REDIRECT, UNREACHABLE.subarray(0, 20)]);
		expect(records).toMatchObject([
			{ kind: "redirect", target: "10.0.0.254" },
			{ kind: "malformed", violations: ["quoted-packet"] },
		]);
		expect(facts.map(({ record, key }) => [record.id, key])).toEqual([
			["icmp-redirect", "10.0.0.254"],
			["icmp-malformed", "quoted-packet"],
		]);
		expect(facts[0]!.sentence).toContain("told {server} to send what goes to 10.0.0.2 by way of 10.0.0.254");
	});

	it("knows a router by its advertisement", () => {
		expect(seen([ADVERTISEMENT]).identities).toEqual([
			{ ip: "10.0.0.1", role: "router", duty: "routes", evidence: "ICMP router advertisement" },
		]);
	});

	it("takes no message without a header, and none of a type that there is not", () => {
		const { refused, records } = seen([ECHO.subarray(0, 7), hex("63 00 0000 00000000")]);
		expect([refused, records.length]).toEqual([2, 0]);
	});
});

describe("ICMPv6", () => {
	it("says who asks for whom, and who has which address", () => {
		const { records, sought, identities } = seen([SOLICITATION, NEIGHBOUR], V6);
		expect(records).toMatchObject([
			{ kind: "neighbour", version: 6, typeName: "neighbour solicitation", target: "fe80::a", targetMac: "02:00:00:00:00:01" },
			{ kind: "neighbour", typeName: "neighbour advertisement", target: "fe80::a", targetMac: "02:00:00:00:00:0a", router: true },
		]);
		expect(sought).toEqual([{ source: "fe80::1", ip: "fe80::a" }]);
		expect(identities).toEqual([
			{ ip: "fe80::1", mac: "02:00:00:00:00:01", evidence: "ICMPv6 neighbour solicitation" },
			{ ip: "fe80::a", mac: "02:00:00:00:00:0a", role: "router", evidence: "ICMPv6 neighbour advertisement" },
		]);
	});

	it("takes nobody for the owner of the unspecified address", () => {
		const flow = { ...V6, client: { ip: "::", port: undefined, mac: undefined } };
		const { identities, sought } = seen([SOLICITATION], flow);
		expect([identities, sought]).toEqual([[], []]);
	});

	it("reads echoes, errors, router advertisements and redirects", () => {
		const quoted = hex(`60000000 0008 11 40 ${TARGET} fe800000000000000000000000000002 9c40 01f6 0008 0000`);
		const { records, identities, facts } = seen(
			[
				hex("80 00 0000 0001 0002 61"),
				hex("81 00 0000 0001 0002 61"),
				join(hex("01 04 0000 00000000"), quoted),
				hex("86 00 0000 40 00 0708 00000000 00000000 01 01 0200000000fe"),
				hex(`89 00 0000 00000000 ${TARGET} fe800000000000000000000000000002`),
			],
			V6,
		);
		expect(records).toMatchObject([
			{ kind: "echo" },
			{ kind: "echo-reply", latencyMs: 1.5 },
			{ kind: "error", reason: "port", quoted: { source: "fe80::a", destination: "fe80::2", sourcePort: 40000, destinationPort: 502 } },
			{ kind: "router", targetMac: "02:00:00:00:00:fe" },
			{ kind: "redirect", target: "fe80::a" },
		]);
		expect(identities).toMatchObject([{ ip: "fe80::1", mac: "02:00:00:00:00:fe", role: "router", duty: "routes" }]);
		expect(facts.map(({ record }) => record.id)).toEqual(["icmp-redirect"]);
	});

	it.each([
		["length", SOLICITATION.subarray(0, 20)],
		["option", join(SOLICITATION.subarray(0, 24), hex("01 00 020000000001"))],
		["option", join(SOLICITATION.subarray(0, 24), hex("01 02 020000000001"))],
		["option", join(SOLICITATION, hex("00"))],
	])("reports a broken message: %s", (violation, bytes) => {
		const { records, facts } = seen([bytes], V6);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(facts.map(({ record }) => record.id)).toEqual(["icmp-malformed"]);
	});
});

messageSuite(icmp, "ip", [
	[ECHO, REPLY].map((bytes, index) => ({ name: `a ping ${index}`, bytes })),
	[UNREACHABLE, REDIRECT, ADVERTISEMENT].map((bytes, index) => ({ name: `an error or the like ${index}`, bytes })),
]);
messageSuite(icmp, "ip", [[SOLICITATION, NEIGHBOUR].map((bytes, index) => ({ name: `neighbours ${index}`, bytes }))], { flow: V6 });
