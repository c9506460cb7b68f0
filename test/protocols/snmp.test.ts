/** SNMP messages, bytes written out from RFC 1157, 3416, 3412 and 3414, and the decoder's contract. */
import { describe, expect, it } from "vitest";
import { snmp } from "../../protocols/snmp/index.ts";
import type { SnmpObservation } from "../../protocols/snmp/observation.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { BER, BerCursor, integerOf, oidOf } from "../../src/wire/ber.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join } from "../support/decoderHarness.ts";
import {
	type Binding,
	element,
	integer,
	message,
	NULL,
	octets,
	oid,
	pdu,
	SYS_DESCR,
	SYS_NAME,
	SYS_OBJECT_ID,
	SYS_UP_TIME,
	secured,
	sequence,
} from "./snmpMessages.ts";

const open = () => new DatagramHarness<SnmpObservation>(snmp);
const GET = message(pdu(0xa0, 5, [[SYS_DESCR, NULL]]));
const ticks = element(0x43, hex("01 e240"));
const answer = (list: readonly Binding[], id = 5) => message(pdu(0xa2, id, list));
const encrypted = { flags: 7, user: "operator", scoped: octets(hex("00112233")) };

describe("commands", () => {
	it("are paired with their answers by the request id", () => {
		const harness = open()
			.request(GET, { time: 1_000_000_000 })
			.request(message(pdu(0xa1, 6, [[SYS_UP_TIME, NULL]])), { time: 1_000_001_000 })
			.response(answer([[SYS_UP_TIME, ticks]], 6), { time: 1_000_003_000 })
			.response(answer([[SYS_DESCR, octets("Pump controller")]]), { time: 1_000_004_000 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				version: "SNMPv2c",
				pdu: "GetRequest",
				requestId: 5,
				variables: [{ oid: SYS_DESCR, type: "NULL" }],
			},
			{ kind: "request", pdu: "GetNextRequest" },
			{
				kind: "response",
				pdu: "Response",
				requestPdu: "GetNextRequest",
				requestFrame: 2,
				latencyMs: 2,
				variables: [{ oid: SYS_UP_TIME, type: "TimeTicks", value: 123_456 }],
			},
			{ kind: "response", requestFrame: 1, latencyMs: 4, variables: [{ type: "OCTET STRING", value: "Pump controller" }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 0xa1, outcome: "ok", latency: 2000, points: [SYS_UP_TIME], values: [123_456] },
			{ verb: "read", code: 0xa0, outcome: "ok", points: [SYS_DESCR], values: [Number.NaN] },
		]);
		expect(harness.identities).toMatchObject([{ statements: new Map([["sysDescr", "Pump controller"]]) }]);
		expect(JSON.stringify(harness.records)).not.toContain("public");
	});

	it("have every type of value", () => {
		const values: readonly [Uint8Array, object][] = [
			[integer(0xff, 0x38), { type: "INTEGER", value: -200 }],
			[octets(hex("0002a3ff")), { type: "OCTET STRING", value: "0002a3ff" }],
			[oid("1.3.6.1.4.1.248"), { type: "OBJECT IDENTIFIER", value: "1.3.6.1.4.1.248" }],
			[element(0x40, hex("0a000001")), { type: "IpAddress", value: "10.0.0.1" }],
			[element(0x40, hex("0a00")), { type: "IpAddress", value: "0a00" }],
			[element(0x41, hex("ffffffff")), { type: "Counter32", value: 0xffff_ffff }],
			[element(0x42, hex("00ffffffff")), { type: "Gauge32", value: 0xffff_ffff }],
			[element(0x46, hex("0100000000")), { type: "Counter64", value: 0x1_0000_0000 }],
			[element(0x44, hex("9f7804")), { type: "Opaque", value: "9f7804" }],
			[element(0x80), { type: "noSuchObject" }],
			[element(0x81), { type: "noSuchInstance" }],
			[element(0x82), { type: "endOfMibView" }],
			[element(0x47, hex("01")), { type: "tag 71", value: "01" }],
			[element(0x42), { type: "Gauge32" }],
		];
		const [record] = open().response(answer(values.map(([value]) => ["1.3.6.1.9.1", value]))).records;
		expect(record!.variables).toEqual(values.map(([, shown]) => ({ oid: "1.3.6.1.9.1", ...shown })));
	});

	it("are refused, or not answered in time", () => {
		const harness = open()
			.request(message(pdu(0xa3, 9, [["1.3.6.1.2.1.2.2.1.7.3", integer(1)]])), { time: 1_000_000_000 })
			.response(message(pdu(0xa2, 9, [["1.3.6.1.2.1.2.2.1.7.3", integer(1)]], [17, 1])), { time: 1_000_002_000 })
			.request(GET)
			.advance(1_010_000_000);
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "response", errorStatus: 17, error: "notWritable", errorIndex: 1 },
			{ kind: "request" },
			{ kind: "unanswered", pdu: "GetRequest", requestId: 5, frame: 3 },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "write", code: 0xa3, outcome: "refused", outcomeCode: 17, points: ["1.3.6.1.2.1.2.2.1.7.3"] },
			{ verb: "read", outcome: "unanswered", points: [SYS_DESCR], values: [] },
		]);
		expect(snmp.outcomeName(17)).toBe("notWritable (error 17)");
		expect(snmp.operationName(0xa5)).toBe("SNMP GetBulkRequest");
		expect(snmp.pointName("1.3.6.1.2.1.2.2.1.7.3")).toBe("ifAdminStatus.3 (1.3.6.1.2.1.2.2.1.7.3)");
		expect(snmp.pointName("1.3.6.1.4.1.9.1")).toBe("object 1.3.6.1.4.1.9.1");
	});

	it("ask for much at once", () => {
		const [record] = open().request(message(pdu(0xa5, 4, [[SYS_DESCR, NULL]], [0, 25]))).records;
		expect(record).toMatchObject({ pdu: "GetBulkRequest", nonRepeaters: 0, maxRepetitions: 25 });
		const many = open().response(answer(Array.from({ length: 300 }, (_, at): Binding => [`1.3.6.1.9.${at}`, NULL])));
		expect(many.records[0]).toMatchObject({ variableCount: 300 });
		expect(many.records[0]!.variables).toHaveLength(32);
		expect(many.counts["variables-bound"]).toBe(1);
	});

	it("that wait are bounded, and asking again waits no longer", () => {
		const harness = open();
		harness.request(GET, { time: 1_000_000_000 }).request(GET, { time: 1_002_000_000 }).advance(1_005_000_001);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toHaveLength(1);
		for (let id = 0; id < 100; id++) harness.request(message(pdu(0xa0, id, [])));
		expect(harness.counts["pending-bound"]).toBe(36);
	});
});

describe("notifications", () => {
	it("of version 1 name their enterprise and what it is", () => {
		const trap = element(
			0xa4,
			oid("1.3.6.1.4.1.248.14"),
			element(0x40, hex("0a000007")),
			integer(2),
			integer(0),
			ticks,
			sequence(sequence(oid("1.3.6.1.2.1.2.2.1.1.3"), integer(3))),
		);
		const harness = open().request(message(trap, { version: 0 }));
		expect(harness.records).toMatchObject([
			{
				kind: "notification",
				version: "SNMPv1",
				pdu: "Trap",
				enterprise: "1.3.6.1.4.1.248.14",
				trap: "linkDown",
				specificTrap: 0,
				agentAddress: "10.0.0.7",
			},
		]);
		expect(harness.operations).toMatchObject([{ verb: "report", outcome: "unsolicited", values: [3] }]);
	});

	it("of version 2 are traps, and informs that are answered", () => {
		const list: readonly Binding[] = [
			[SYS_UP_TIME, ticks],
			["1.3.6.1.6.3.1.1.4.1.0", oid("1.3.6.1.6.3.1.1.5.1")],
		];
		const harness = open()
			.request(message(pdu(0xa7, 1, list)))
			.request(message(pdu(0xa6, 2, list)))
			.response(answer(list, 2));
		expect(harness.records).toMatchObject([
			{ kind: "notification", pdu: "SNMPv2-Trap" },
			{ kind: "notification", pdu: "InformRequest" },
			{ kind: "response", requestPdu: "InformRequest" },
		]);
	});
});

describe("version 3", () => {
	it("discovers the engine, logs in, and hides the rest", () => {
		const report = (name: string, id = 7) => secured(pdu(0xa8, id, [[name, element(0x41, hex("05"))]]), { id });
		const harness = open()
			.request(secured(pdu(0xa0, 7, []), { flags: 4, engine: "" }))
			.response(report("1.3.6.1.6.3.15.1.1.4.0"))
			.request(secured(NULL, { ...encrypted, id: 8 }))
			.response(report("1.3.6.1.6.3.15.1.1.5.0", 8))
			.request(secured(NULL, { ...encrypted, id: 9 }))
			.response(secured(NULL, { ...encrypted, flags: 3, id: 9 }));
		expect(harness.records).toMatchObject([
			{ kind: "request", version: "SNMPv3", authenticated: false, encrypted: false },
			{
				kind: "report",
				engineId: "80001f88030002a3010203",
				engineMac: "00:02:a3:01:02:03",
				engineBoots: 1,
				engineTime: 18,
				requestFrame: 1,
			},
			{ kind: "encrypted", userName: "operator", authenticated: true, encrypted: true },
			{ kind: "report", requestFrame: 3 },
			{ kind: "encrypted" },
			{ kind: "encrypted", requestFrame: 5, latencyMs: expect.any(Number) },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "identify", outcome: "ok" },
			{ verb: "authenticate", outcome: "refused", outcomeCode: 1004 },
			{ verb: "other", code: 0, outcome: "ok" },
			{ verb: "authenticate", outcome: "ok" },
		]);
		expect(snmp.isLogin!(1, 1004)).toBe(true);
		expect(snmp.isLogin!(1, 0)).toBe(true);
		expect(snmp.isLogin!(1, 1001)).toBe(false);
		expect(snmp.isLogin!(0xa0, 0)).toBe(false);
		expect(snmp.outcomeName(1004)).toBe("usmStatsWrongDigests");
		expect(snmp.operationName(1)).toBe("SNMPv3 login");
		expect(snmp.operationName(0)).toBe("encrypted SNMPv3 exchange");
		expect(harness.credentials).toEqual([
			{ kind: "security", text: "SNMPv3 signed and encrypted", isServer: false, rank: 3 },
			{ kind: "user", text: "operator", isServer: false },
		]);
	});

	it("reads what is only signed", () => {
		const harness = open()
			.request(secured(pdu(0xa0, 3, [[SYS_NAME, NULL]]), { flags: 5, user: "viewer" }))
			.response(secured(pdu(0xa2, 3, [[SYS_NAME, octets("switch-1")]]), { flags: 1, user: "viewer" }));
		expect(harness.operations.map(({ verb }) => verb)).toEqual(["read", "authenticate"]);
		expect(harness.identities).toMatchObject([{ hostName: "switch-1" }]);
		expect(harness.credentials[0]).toMatchObject({ text: "SNMPv3 signed", rank: 2 });
	});

	it("knows what an engine's id is made of", () => {
		const record = (engine: string) => open().request(secured(pdu(0xa0, 1, []), { engine, user: "x" })).records[0]!;
		expect(record("80000009 01 0a000001")).toMatchObject({ engineIp: "10.0.0.1" });
		expect(record("80000009 04 706c63")).toMatchObject({ engineText: "plc" });
		expect(record("80000009 05 706c63")).not.toHaveProperty("engineText");
		expect(record("00000009 05 706c63")).toMatchObject({ engineId: "0000000905706c63" });
		expect(record("8000")).not.toHaveProperty("engineId");
	});
});

describe("identity", () => {
	const claims = (list: readonly Binding[]) =>
		open()
			.request(message(pdu(0xa0, 5, [])))
			.response(answer(list)).identities;

	it("comes from the system group and the entity table", () => {
		expect(
			claims([
				[SYS_OBJECT_ID, oid("1.3.6.1.4.1.248.14.10.1")],
				[SYS_NAME, octets("switch-1")],
				["1.3.6.1.2.1.47.1.1.1.1.9.1", octets("09.0.01")],
				["1.3.6.1.2.1.47.1.1.1.1.11.1", octets("942287999000005")],
				["1.3.6.1.2.1.47.1.1.1.1.13.1", octets("RS20-0800")],
			]),
		).toEqual([
			{
				vendor: "Hirschmann",
				hostName: "switch-1",
				firmware: "09.0.01",
				serialNumber: "942287999000005",
				model: "RS20-0800",
				statements: new Map([
					["sysObjectID", "1.3.6.1.4.1.248.14.10.1"],
					["entPhysicalFirmwareRev", "09.0.01"],
					["entPhysicalSerialNum", "942287999000005"],
				]),
				evidence: "SNMP answer",
			},
		]);
		expect(
			claims([
				[SYS_DESCR, octets("Linux gateway 6.1.0-18-amd64 #1 SMP x86_64")],
				[SYS_OBJECT_ID, oid("1.3.6.1.4.1.8072.3.2.10")],
			]),
		).toMatchObject([{ application: "net-snmp", operatingSystem: "Linux 6.1.0-18-amd64" }]);
		expect(claims([[SYS_OBJECT_ID, oid("1.3.6.1.4.1.8072.3.2.255")]])).toMatchObject([{ application: "net-snmp" }]);
		expect(claims([[SYS_OBJECT_ID, oid("1.3.6.1.4.1.999999")]])[0]).not.toHaveProperty("vendor");
		expect(claims([[SYS_NAME, octets(" ")]])).toEqual([]);
		// What is written is what somebody wants, not what is.
		const written = open()
			.request(message(pdu(0xa3, 5, [[SYS_NAME, octets("x")]])))
			.response(answer([[SYS_NAME, octets("x")]]));
		expect(written.identities).toEqual([]);
	});
});

describe("facts", () => {
	const ids = (harness: DatagramHarness<SnmpObservation>) => harness.facts.map(({ record }) => record.id);
	const set = (name: string, value: number) => pdu(0xa3, 5, [[name, integer(value)]]);
	const STATUS = "1.3.6.1.2.1.2.2.1.7.3";

	it("tell of a community that writes, and of a port that is switched off", () => {
		expect(ids(open().request(message(set("1.3.6.1.4.1.9.1", 1))))).toEqual(["cleartext-password"]);
		expect(ids(open().request(message(set(STATUS, 2))))).toEqual(["cleartext-password", "snmp-interface-down"]);
		expect(ids(open().request(secured(set(STATUS, 2), { flags: 5, user: "x" })))).toEqual(["snmp-interface-down"]);
		expect(ids(open().request(secured(set(STATUS, 1), { flags: 5, user: "x" })))).toEqual([]);
		expect(ids(open().request(GET))).toEqual([]);
	});

	it("tell of communities that are tried", () => {
		const harness = open();
		for (const community of ["public", "private", "public@10", "public@20", "admin", "cisco", "secret"])
			harness.request(message(pdu(0xa0, 5, []), { community }));
		expect(ids(harness)).toEqual(["snmp-community-guessing"]);
		expect(harness.facts[0]!.frames).toEqual([6]);
	});

	it("tell of what cannot be read", () => {
		const violation = (bytes: Uint8Array) => {
			const harness = open().request(bytes);
			expect(ids(harness)).toEqual(["snmp-malformed"]);
			return (harness.records[0]!.violations as string[])[0];
		};
		const body = pdu(0xa0, 5, [[SYS_DESCR, NULL]]);
		expect(violation(join(GET, hex("00")))).toBe("message");
		expect(violation(GET.slice(0, -1))).toBe("message");
		expect(violation(hex("30 82 ffff 02 01 00 04 06 7075"))).toBe("message");
		expect(violation(hex("30 06 02 01 01 04 7f 00"))).toBe("security");
		expect(violation(message(element(0xa9)))).toBe("pdu");
		expect(violation(message(element(0xa0, integer(1), integer(1))))).toBe("pdu");
		expect(violation(message(element(0xa0, integer(1), integer(0), integer(0), NULL)))).toBe("variable");
		expect(violation(message(element(0xa0, integer(1), integer(0), integer(0), sequence(sequence(NULL, NULL)))))).toBe("variable");
		expect(violation(message(element(0xa0, integer(1), integer(0), integer(0), sequence(sequence(oid("1.3")), NULL))))).toBe("variable");
		expect(violation(message(element(0xa0, integer(1), integer(0), integer(0), sequence(sequence(element(0x06, hex("81")), NULL)))))).toBe(
			"variable",
		);
		expect(violation(message(element(0xa4, oid("1.3"), NULL)))).toBe("pdu");
		expect(violation(message(element(0xa4, oid("1.3"), element(0x40, hex("0a000001")), integer(1))))).toBe("pdu");
		expect(violation(sequence(integer(3), sequence(integer(1)), octets(""), body))).toBe("header");
		expect(violation(secured(body, { scoped: NULL }))).toBe("pdu");
		expect(violation(secured(body, { flags: 3, scoped: NULL }))).toBe("pdu");
		expect(violation(secured(body, { scoped: sequence(NULL) }))).toBe("pdu");
		const model = sequence(integer(1), integer(1), element(0x04, hex("00")), integer(3));
		expect(violation(sequence(integer(3), model, octets("x"), sequence(octets(""), octets(""), body)))).toBe("security");
		for (const other of [hex("deadbeef"), hex("30"), sequence(integer(2), octets("x"), body), sequence(integer(1), integer(1), body)])
			expect(open().request(other).refused).toBe(1);
	});
});

describe("recognition", () => {
	const probe = (bytes: Uint8Array) => snmp.udp!.probe(bytes, 0, bytes.length);
	const sender = (bytes: Uint8Array) => snmp.udp!.sender!(bytes, 0, bytes.length);

	it("is certain of what fits to its end, and of nothing else", () => {
		expect(probe(GET)).toBe(PROBE.certain);
		expect(probe(secured(pdu(0xa0, 1, [])))).toBe(PROBE.certain);
		expect(probe(secured(NULL, encrypted))).toBe(PROBE.certain);
		expect(probe(message(NULL))).toBe(PROBE.match);
		expect(probe(sequence(integer(3), sequence()))).toBe(PROBE.match);
		expect(probe(join(GET, hex("00")))).toBe(PROBE.match);
		// LDAP over UDP begins alike.
		expect(probe(sequence(integer(1), element(0x63, hex("0400"))))).toBe(PROBE.mismatch);
		expect(probe(sequence(integer(3), NULL))).toBe(PROBE.mismatch);
		expect(probe(sequence(integer(2), octets("x")))).toBe(PROBE.mismatch);
		expect(probe(hex("30 80 02 01 01 04 00 00 00"))).toBe(PROBE.match);
	});

	it("knows who sent it", () => {
		expect(sender(GET)).toBe("client");
		expect(sender(answer([]))).toBe("server");
		expect(sender(secured(pdu(0xa8, 1, [])))).toBe("server");
		expect(sender(secured(NULL, encrypted))).toBeUndefined();
		expect(sender(hex("00"))).toBeUndefined();
	});
});

describe("BER", () => {
	it("reads lengths, integers and object identifiers, and nothing that does not fit", () => {
		const cursor = new BerCursor();
		const at = (text: string) => cursor.at(hex(text), 0, hex(text).length);
		expect(at("04 81 02 aabb")).toBe(true);
		expect([cursor.start, cursor.end]).toEqual([3, 5]);
		for (const text of ["04", "04 03 aabb", "30 80 0000", "04 85 0000000001 aa", "04 84 ffffffff", "04 82 01"])
			expect(at(text)).toBe(false);
		expect(cursor.is(BER.integer, hex("04 01 aa"), 0, 3)).toBe(false);
		const number = (text: string) => integerOf(hex(text), 0, hex(text).length);
		expect(["00", "7f", "80", "ff7f", "00ff", "7fffffff"].map(number)).toEqual([0, 127, -128, -129, 255, 0x7fff_ffff]);
		expect(number("")).toBeNaN();
		expect(number("00112233445566778899")).toBeNaN();
		const name = (text: string) => oidOf(hex(text), 0, hex(text).length);
		expect(["2b0601", "00", "01", "883703", "2b8701"].map(name)).toEqual(["1.3.6.1", "0.0", "0.1", "2.999.3", "1.3.897"]);
		expect(["", "81", "2bffffffffff01", "01".repeat(129)].map(name)).toEqual([undefined, undefined, undefined, undefined]);
	});
});

datagramSuite(
	snmp,
	[
		[
			{ name: "a request", direction: TO_SERVER, bytes: GET },
			{ name: "its answer", direction: TO_CLIENT, bytes: answer([[SYS_DESCR, octets("Pump controller")]]) },
			{ name: "a discovery", direction: TO_SERVER, bytes: secured(pdu(0xa0, 7, []), { flags: 4, engine: "" }) },
			{
				name: "a report",
				direction: TO_CLIENT,
				bytes: secured(pdu(0xa8, 7, [["1.3.6.1.6.3.15.1.1.4.0", element(0x41, hex("05"))]])),
			},
			{ name: "an encrypted request", direction: TO_SERVER, bytes: secured(NULL, { ...encrypted, id: 8 }) },
			{ name: "an encrypted answer", direction: TO_CLIENT, bytes: secured(NULL, { ...encrypted, flags: 3, id: 8 }) },
		],
	],
	{ budget: 800 },
);
