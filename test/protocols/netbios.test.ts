/** NetBIOS over UDP: messages written out from RFC 1002 and [MS-BRWS], names and what they say of hosts, hostile lengths, and the contract. */
import { describe, expect, it } from "vitest";
import { suffixName } from "../../protocols/netbios/codes.ts";
import { netbios } from "../../protocols/netbios/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join } from "../support/decoderHarness.ts";
import * as m from "./netbiosMessages.ts";

const CLIENT = "10.0.0.1";
const SERVER = "10.0.0.2";
const open = () => new DatagramHarness(netbios, {});
const asked = (...messages: Uint8Array[]) => {
	const harness = open();
	for (const message of messages) harness.request(message);
	return harness;
};
const answered = (question: Uint8Array, answer: Uint8Array) => open().request(question).response(answer);

describe("names", () => {
	it("that are asked for from all are not waited for, and an answer elsewhere is unsolicited", () => {
		const harness = asked(m.query(7, "PLANT-FILES", 0x20));
		expect(harness.records).toMatchObject([
			{ kind: "request", opcode: "query", type: "NB", name: "PLANT-FILES", suffix: 0x20, nameType: "file server", broadcast: true },
		]);
		expect(harness.datagrams.deadline).toBe(Number.POSITIVE_INFINITY);
		expect(harness.traces).toEqual([{ kind: "domain", value: "PLANT-FILES", byServer: false }]);
		expect(harness.operations).toEqual([]);
		const other = open().response(m.positive(7, "PLANT-FILES", 0x20, SERVER));
		expect(other.records).toMatchObject([
			{ kind: "unsolicited", responseCode: "success", matched: false, addresses: [{ ip: SERVER, group: false, nodeType: "B" }], ttl: 165 },
		]);
		expect(other.namesTaken).toEqual([{ source: SERVER, name: "PLANT-FILES", ip: SERVER }]);
		expect(other.identities).toEqual([{ ip: SERVER, hostName: "PLANT-FILES", presumed: true, evidence: "NetBIOS answer" }]);
	});

	it("that one host is asked for are joined with its answer", () => {
		const harness = answered(m.query(7, "HMI-1", 0, false), m.negative(7, "HMI-1", 0));
		expect(harness.records[1]).toMatchObject({
			kind: "response",
			responseCode: "no such name",
			matched: true,
			nameServer: true,
			requestFrame: 1,
		});
		expect(harness.operations).toMatchObject([{ verb: "browse", code: 0, outcome: "refused", outcomeCode: 3 }]);
		expect(harness.namesTaken).toEqual([]);
		expect([
			netbios.operationName(0),
			netbios.operationName(100),
			netbios.outcomeName(3),
			netbios.outcomeName(15),
			netbios.pointName("a"),
		]).toEqual(["name query", "node status", "no such name", "code 15", "a"]);
	});

	it("that a name server answers for are no host's own", () => {
		const harness = answered(m.query(8, "HMI-1", 0x20, false), m.positive(8, "HMI-1", 0x20, "10.0.0.9", 0x8580));
		expect(harness.identities).toEqual([{ ip: SERVER, role: "NetBIOS name server", duty: "names", evidence: "NetBIOS answer" }]);
		expect(harness.namesTaken).toEqual([]);
	});

	it.each<[string, number, boolean, object[]]>([
		["HMI-1", 0x00, false, [{ ip: CLIENT, hostName: "HMI-1", evidence: "NetBIOS registration" }]],
		["HMI-1", 0x20, false, [{ ip: CLIENT, hostName: "HMI-1", evidence: "NetBIOS registration" }]],
		["PLANT", 0x00, true, []],
		["PLANT", 0x1c, true, [{ ip: CLIENT, role: "domain controller", presumed: true, evidence: "NetBIOS registration" }]],
		["PLANT", 0x1d, false, [{ ip: CLIENT, role: "master browser", presumed: true, evidence: "NetBIOS registration" }]],
		["PLANT", 0x1b, false, [{ ip: CLIENT, role: "domain master browser", presumed: true, evidence: "NetBIOS registration" }]],
		["OPERATOR", 0x03, false, []],
	])("%s<%i> that is claimed says who a host is", (name, suffix, group, expected) => {
		const harness = asked(m.claim(9, name, suffix, CLIENT, { group }));
		expect(harness.records[0]).toMatchObject({ opcode: "registration", name, suffix, group, addresses: [{ ip: CLIENT, nodeType: "H" }] });
		expect(harness.identities).toEqual(expected);
	});

	it("that are claimed for another address, or given up, say nothing of the sender", () => {
		expect(asked(m.claim(9, "HMI-1", 0, "10.0.0.77")).identities).toEqual([]);
		expect(asked(m.claim(9, "HMI-1", 0, CLIENT, { opcode: 6 })).identities).toEqual([]);
		expect(asked(m.claim(9, "HMI-1", 0, CLIENT, { opcode: 8 })).identities).toHaveLength(1);
	});

	it("that a name server is told are a setting of it", () => {
		const harness = answered(m.claim(3, "HMI-1", 0, CLIENT, { broadcast: false }), m.registered(3, "HMI-1", 0, CLIENT, 6));
		expect(harness.operations).toMatchObject([{ verb: "configure", code: 5, outcome: "refused", outcomeCode: 6 }]);
		expect(harness.facts).toEqual([]);
	});

	it("that a host is told to give up are a fact", () => {
		const harness = open().response(m.conflictDemand(4, "HMI-1", 0));
		expect(harness.records[0]).toMatchObject({ kind: "unsolicited", responseCode: "name in conflict", name: "HMI-1" });
		expect(harness.facts).toMatchObject([{ record: { id: "netbios-name-conflict" }, key: "HMI-1", byServer: true }]);
	});

	it("without an answer say so after five seconds; both ends may ask", () => {
		const harness = open();
		harness.send(TO_CLIENT, m.statusRequest(5), { time: 1_000_000_000 });
		expect(harness.between[0]).toMatchObject({ client: { ip: SERVER }, server: { ip: CLIENT } });
		harness.advance(1_005_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", type: "NBSTAT", frame: 1, time: 1_005_000_000 });
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 100, outcome: "unanswered" }]);
		expect(harness.datagrams.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("that wait are bounded, and one that only says to wait ends nothing", () => {
		const harness = open();
		for (let id = 0; id < 40; id++) harness.request(m.statusRequest(id));
		expect(harness.counts).toEqual({ "pending-bound": 8 });
		const waits = open().request(m.claim(6, "HMI-1", 0, CLIENT, { broadcast: false }));
		waits.response(join(m.header(6, 0xbc00, [0, 1, 0, 0]), m.encoded("HMI-1", 0), hex("0020 0001 00000005 0002 2900")));
		expect(waits.records[1]).toMatchObject({ kind: "response", opcode: "wait", matched: true });
		waits.response(m.registered(6, "HMI-1", 0, CLIENT));
		expect(waits.records[2]).toMatchObject({ kind: "response", opcode: "registration", matched: true });
		expect(waits.operations).toMatchObject([{ verb: "configure", outcome: "ok" }]);
	});

	it("have a meaning by their last byte", () => {
		expect([
			suffixName(0, true),
			suffixName(0, false),
			suffixName(0x1c, undefined),
			suffixName(1, undefined),
			suffixName(0x77, false),
		]).toEqual(["domain or workgroup", "workstation", "domain controllers", "master browsers", undefined]);
	});
});

describe("a node status", () => {
	const NAMES = [
		["PLANT-FILES", 0x00, "0400"],
		["PLANT-FILES", 0x20, "0c00"],
		["\x01\x02__MSBROWSE__\x02", 0x01, "8400"],
		["PLANT", 0x00, "8400"],
		["PLANT", 0x1d, "0400"],
	] as const;

	it("says all names of a host, its workgroup, roles and card", () => {
		const harness = answered(m.statusRequest(5), m.status(5, NAMES));
		expect(harness.records[0]).toMatchObject({ kind: "request", type: "NBSTAT", name: "*" });
		expect(harness.records[1]).toMatchObject({
			kind: "response",
			names: [
				{ name: "PLANT-FILES", suffix: 0, nameType: "workstation", group: false },
				{ name: "PLANT-FILES", suffix: 0x20, inConflict: true },
				{ name: "__MSBROWSE__", suffix: 1, nameType: "master browsers", group: true },
				{ name: "PLANT", group: true },
				{ name: "PLANT", nameType: "master browser" },
			],
			unitId: "02:00:00:00:aa:01",
		});
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 100, outcome: "ok" }]);
		expect(harness.identities).toEqual([
			{
				ip: SERVER,
				hostName: "PLANT-FILES",
				statements: new Map([
					["name", "PLANT-FILES"],
					["domain", "PLANT"],
					["unit id", "02:00:00:00:aa:01"],
				]),
				evidence: "NetBIOS node status",
			},
			{ ip: SERVER, role: "master browser", presumed: true, evidence: "NetBIOS node status" },
		]);
	});

	it("of Samba has no card", () => {
		expect(answered(m.statusRequest(5), m.status(5, NAMES.slice(0, 1), "000000000000")).records[1]?.unitId).toBeUndefined();
	});

	it("with more names than bytes is malformed", () => {
		const short = m.status(5, NAMES).slice();
		short[12 + 34 + 10] = 9;
		expect(answered(m.statusRequest(5), short).records[1]).toMatchObject({ kind: "malformed", violations: ["record-length"] });
	});
});

describe("datagrams", () => {
	it("say who a server is", () => {
		const harness = asked(m.datagram(m.announcement(1, "HMI-1", [6, 1], "03100100", "operators")));
		expect(harness.records).toMatchObject([
			{
				kind: "datagram",
				datagramType: "direct group",
				sourceIp: CLIENT,
				sourceName: "HMI-1",
				destinationName: "PLANT",
				destinationNameType: "master browser",
				mailslot: "\\MAILSLOT\\BROWSE",
				command: "HostAnnouncement",
				announced: "HMI-1",
				osVersion: "6.1",
				serverTypes: ["workstation", "server", "NT workstation", "potential browser"],
				comment: "operators",
			},
		]);
		expect(harness.identities).toEqual([
			{ ip: CLIENT, hostName: "HMI-1", evidence: "NetBIOS announcement" },
			{ ip: CLIENT, operatingSystem: "Windows 7 or Server 2008 R2", presumed: true, evidence: "NetBIOS announcement" },
		]);
	});

	it.each<[string, Uint8Array, object[]]>([
		[
			"a domain controller",
			m.announcement(15, "DC-1", [5, 2], "2b108400"),
			[{ operatingSystem: "Windows Server 2003", role: "domain controller" }],
		],
		["a master browser", m.announcement(15, "FILES", [6, 1], "03080400"), [{ operatingSystem: "Unix", role: "master browser" }]],
		["a version that nobody has", m.announcement(1, "X", [6, 9], "03100000"), []],
	])("say that it is %s", (_, data, expected) => {
		const [first, ...others] = asked(m.datagram(data)).identities;
		expect(first).toMatchObject({ ip: CLIENT, evidence: "NetBIOS announcement" });
		expect(others).toMatchObject(expected);
		expect(others).toHaveLength(expected.length);
	});

	it("of a domain are about its master browser; elections name the candidate", () => {
		const domain = asked(m.datagram(m.announcement(12, "PLANT", [3, 10], "00100080", "PLANT-FILES")));
		expect(domain.records[0]).toMatchObject({ command: "DomainAnnouncement", announced: "PLANT", comment: "PLANT-FILES" });
		expect(domain.identities).toEqual([{ ip: CLIENT, role: "master browser", presumed: true, evidence: "NetBIOS announcement" }]);
		expect(asked(m.datagram(m.mailslot("\\MAILSLOT\\BROWSE", join(Uint8Array.of(13), m.ascii("OTHER\0"))))).identities).toMatchObject([
			{ role: "domain master browser" },
		]);
		const candidate = asked(m.datagram(m.election("HMI-1")));
		expect(candidate.records[0]).toMatchObject({ command: "RequestElection", announced: "HMI-1" });
		expect(candidate.identities).toEqual([]);
	});

	it("that say to come from elsewhere are about nobody", () => {
		const harness = asked(m.datagram(m.announcement(1, "HMI-1", [6, 1], "03100000"), { ip: "10.0.0.77" }));
		expect(harness.records[0]).toMatchObject({ sourceIp: "10.0.0.77", announced: "HMI-1" });
		expect(harness.identities).toEqual([]);
	});

	it("to other mailslots, in pieces, and with another message are only named", () => {
		expect(asked(m.datagram(m.mailslot("\\MAILSLOT\\NET\\NETLOGON", Uint8Array.of(1, 2)))).records[0]).toMatchObject({
			mailslot: "\\MAILSLOT\\NET\\NETLOGON",
		});
		const piece = asked(m.datagram(m.ascii("rest"), { flags: 0, offset: 400 })).records[0];
		expect(piece).toMatchObject({ kind: "datagram", fragment: true });
		expect(piece?.mailslot).toBeUndefined();
		const other = m.mailslot("\\MAILSLOT\\BROWSE", Uint8Array.of(2, 1));
		for (const [at, value] of [
			[0, 0],
			[4, 0x26],
			[59, 2],
			[61, 2],
		] as const) {
			const changed = other.slice();
			changed[at] = value;
			expect(asked(m.datagram(changed)).records[0]?.mailslot, String(at)).toBeUndefined();
		}
	});

	it("of other types", () => {
		expect(asked(hex("13 02 1234 0a000001 008a 82")).records).toMatchObject([
			{ datagramType: "error", error: "destination name not present" },
		]);
		expect(asked(join(hex("16 02 1234 0a000001 008a"), m.encoded("HMI-1", 0))).records).toMatchObject([
			{ datagramType: "negative query response", destinationName: "HMI-1" },
		]);
	});

	it("with a wrong length, and a name without an end, are malformed", () => {
		const long = m.datagram(m.announcement(1, "HMI-1", [6, 1], "03100000"));
		expect(asked(join(long, hex("00"))).records).toMatchObject([{ kind: "malformed", violations: ["length"] }]);
		const noName = long.slice();
		noName[14 + 34] = 0x21;
		expect(asked(noName).facts).toMatchObject([{ record: { id: "netbios-malformed" }, key: "name" }]);
	});

	it("with an announcement cut short say only its command", () => {
		const short = m.mailslot("\\MAILSLOT\\BROWSE", Uint8Array.of(1, 0, 0, 0));
		const [record] = asked(m.datagram(short)).records;
		expect(record).toMatchObject({ command: "HostAnnouncement" });
		expect(record?.announced).toBeUndefined();
		expect(asked(m.datagram(m.mailslot("\\MAILSLOT\\BROWSE", Uint8Array.of(8, 1)))).records[0]?.announced).toBeUndefined();
		const overrun = m.mailslot("\\MAILSLOT\\BROWSE", Uint8Array.of(2, 1));
		overrun[55] = 200;
		expect(asked(m.datagram(overrun)).records[0]?.command).toBeUndefined();
	});
});

describe("hostile messages", () => {
	it.each<[string, Uint8Array, string]>([
		["a question that is cut", m.query(1, "A", 0).slice(0, -2), "question"],
		["a record that is cut", m.claim(1, "A", 0, CLIENT).slice(0, -10), "record"],
		["a record that is too long", m.claim(1, "A", 0, CLIENT).slice(0, -2), "record-length"],
		[
			"a name that points where there is nothing",
			join(m.header(1, 0x2910, [1, 0, 0, 1]), m.encoded("A", 0), hex("0020 0001 c0")),
			"record",
		],
	])("%s", (_, bytes, violation) => {
		const harness = asked(bytes);
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(harness.facts).toMatchObject([{ record: { id: "netbios-malformed" }, key: violation, byServer: false }]);
	});

	it("hide nothing in names", () => {
		expect(asked(m.query(1, "A\u0007B", 0)).records[0]?.name).toBe("A\ufffdB");
	});
});

describe("the probe", () => {
	const probe = (bytes: Uint8Array) => netbios.udp!.probe(bytes, 0, bytes.length);
	const changed = (bytes: Uint8Array, at: number, value: number) => {
		const copy = bytes.slice();
		copy[at] = value;
		return copy;
	};
	const DNS = hex("1234 0100 0001 0000 0000 0000 03 706c63 03 6c616e 00 0001 0001");

	it.each<[string, Uint8Array, number]>([
		["a query", m.query(1, "A", 0), PROBE.certain],
		["a node status", m.status(1, []), PROBE.certain],
		[
			"a name with a scope",
			join(m.header(1, 0x110, [1, 0, 0, 0]), m.encoded("A", 0).slice(0, -1), hex("03 706c74 00 0020 0001")),
			PROBE.certain,
		],
		["a query of another class", changed(m.query(1, "A", 0), 12 + 34 + 3, 3), PROBE.match],
		["a query that is cut", m.query(1, "A", 0).slice(0, -3), PROBE.match],
		["a datagram", m.datagram(m.ascii("x")), PROBE.certain],
		["a datagram of another length", join(m.datagram(m.ascii("x")), hex("00")), PROBE.match],
		["an error", hex("13 02 1234 0a000001 008a 82"), PROBE.match],
		["an unknown operation", changed(m.query(1, "A", 0), 2, 0x19), PROBE.mismatch],
		["an unknown response code", changed(m.query(1, "A", 0), 3, 0x0f), PROBE.mismatch],
		["two questions", changed(m.query(1, "A", 0), 5, 2), PROBE.mismatch],
		["three answers", changed(m.query(1, "A", 0), 7, 3), PROBE.mismatch],
		["a letter that is none", changed(m.query(1, "A", 0), 14, 0x51), PROBE.mismatch],
		["a datagram of no type", changed(m.datagram(m.ascii("x")), 0, 0x17), PROBE.mismatch],
		["DNS", DNS, PROBE.mismatch],
		["nothing", new Uint8Array(0), PROBE.mismatch],
	])("of %s", (_, bytes, expected) => {
		expect(probe(bytes)).toBe(expected);
	});
});

datagramSuite(netbios, [
	[
		{ name: "a claim", bytes: m.claim(1, "HMI-1", 0, CLIENT), direction: TO_SERVER },
		{ name: "a question", bytes: m.query(2, "PLANT-FILES", 0x20, false), direction: TO_SERVER },
		{ name: "its answer", bytes: m.positive(2, "PLANT-FILES", 0x20, SERVER), direction: TO_CLIENT },
		{ name: "a node status request", bytes: m.statusRequest(3), direction: TO_SERVER },
		{ name: "a node status", bytes: m.status(3, [["PLANT-FILES", 0x20, "0400"]]), direction: TO_CLIENT },
	],
	[{ name: "an announcement", bytes: m.datagram(m.announcement(1, "HMI-1", [6, 1], "03100100", "operators")), direction: TO_SERVER }],
]);
