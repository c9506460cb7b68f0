/** What devices say of themselves on one cable: LLDP (IEEE 802.1AB), CDP and the spanning tree (IEEE 802.1D), with the bytes written out. */
import { describe, expect, it } from "vitest";
import { cdp } from "../../protocols/cdp/index.ts";
import { lldp } from "../../protocols/lldp/index.ts";
import { stp } from "../../protocols/stp/index.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** IEEE 802.1AB-2016, 8.4: seven bits of type, nine of length. */
const tlv = (type: number, value: Uint8Array): Uint8Array =>
	join(Uint8Array.of((type << 1) | (value.length >> 8), value.length & 255), value);
const CHASSIS = tlv(1, hex("04 020000000001"));
const PORT = tlv(2, join(hex("05"), ascii("port-003")));
const LIVES = tlv(3, hex("0078"));
const END = hex("0000");
const FULL = join(
	CHASSIS,
	PORT,
	LIVES,
	tlv(4, ascii("to the press")),
	tlv(5, ascii("switch-2")),
	tlv(6, ascii("Example OS 7.1")),
	tlv(7, hex("0014 0004")),
	tlv(8, hex("05 01 0a000002 02 00000001 00")),
	tlv(8, hex("11 02 fe80000000000000000000000000000a 02 00000001 00")),
	tlv(8, hex("07 06 020000000001 02 00000001 00")),
	tlv(127, hex("0080c2 01 0064")),
	tlv(127, join(hex("0012bb 05"), ascii("HW 3"))),
	tlv(127, join(hex("0012bb 06"), ascii("FW 1.2"))),
	tlv(127, join(hex("0012bb 07"), ascii("SW 9"))),
	tlv(127, join(hex("0012bb 08"), ascii("SN-17\0"))),
	tlv(127, join(hex("0012bb 09"), ascii("Example Works"))),
	tlv(127, join(hex("0012bb 0a"), ascii("SX-8"))),
	tlv(127, hex("000ecf 02 00000000")),
	END,
);

describe("LLDP", () => {
	const seen = (...frames: Uint8Array[]) => {
		const harness = new MessageHarness(lldp, "link", {});
		for (const frame of frames) harness.send(frame);
		return harness;
	};

	it("says who a device is", () => {
		const { records, identities, facts } = seen(FULL);
		expect(records).toMatchObject([
			{
				kind: "announcement",
				chassisKind: "mac",
				chassisId: "02:00:00:00:00:01",
				portKind: "interface-name",
				portId: "port-003",
				timeToLive: 120,
				portDescription: "to the press",
				systemName: "switch-2",
				systemDescription: "Example OS 7.1",
				capabilities: ["bridge", "router"],
				enabled: ["bridge"],
				managementAddresses: ["10.0.0.2", "fe80::a"],
				portVlan: 100,
				hardware: "HW 3",
				firmware: "FW 1.2",
				software: "SW 9",
				serialNumber: "SN-17",
				manufacturer: "Example Works",
				model: "SX-8",
			},
		]);
		expect(identities).toEqual([
			{
				mac: "02:00:00:00:00:01",
				ip: "10.0.0.2",
				hostName: "switch-2",
				vendor: "Example Works",
				model: "SX-8",
				firmware: "FW 1.2",
				serialNumber: "SN-17",
				operatingSystem: "Example OS 7.1",
				role: "switch",
				evidence: "LLDP announcement",
			},
		]);
		expect(facts).toEqual([]);
	});

	it("says nothing that is not there, and takes the software's version where there is none of the firmware", () => {
		const { identities } = seen(
			join(CHASSIS, PORT, LIVES, END),
			join(CHASSIS, PORT, LIVES, tlv(127, join(hex("0012bb 07"), ascii("SW 9")))),
		);
		expect(identities).toEqual([
			{ mac: "02:00:00:00:00:01", evidence: "LLDP announcement" },
			{ mac: "02:00:00:00:00:01", firmware: "SW 9", evidence: "LLDP announcement" },
		]);
	});

	it.each([
		["0010 0010", "router"],
		["0018 0008", "access point"],
		["0080 0080", undefined],
	])("knows what it is: capabilities %s", (bits, role) => {
		expect(seen(join(CHASSIS, PORT, LIVES, tlv(7, hex(bits)), END)).identities[0]!.role).toBe(role);
	});

	it("reads other kinds of names", () => {
		const { records } = seen(
			join(tlv(1, hex("05 01 0a000009")), tlv(2, hex("03 020000000009")), LIVES),
			join(tlv(1, hex("05 09 0a000009")), tlv(2, hex("09 61")), LIVES),
		);
		expect(records).toMatchObject([
			{ chassisKind: "address", chassisId: "10.0.0.9", portKind: "mac", portId: "02:00:00:00:00:09" },
			{ chassisKind: "address", chassisId: "090a000009", portKind: "reserved", portId: "a" },
		]);
	});

	it("knows that a device falls silent", () => {
		const { records, identities } = seen(join(CHASSIS, PORT, tlv(3, hex("0000")), END));
		expect([records[0]!.kind, identities]).toEqual(["shutdown", []]);
	});

	it("keeps eight management addresses", () => {
		const { records, counts } = seen(
			join(CHASSIS, PORT, LIVES, ...Array.from({ length: 10 }, () => tlv(8, hex("05 01 0a000002 02 00000001 00")))),
		);
		expect(records[0]!.managementAddresses).toHaveLength(8);
		expect(counts).toEqual({ "management-addresses": 2 });
	});

	it.each<[string, string, Uint8Array]>([
		["order", "the time before the port", join(CHASSIS, LIVES, PORT)],
		["order", "a second chassis", join(CHASSIS, PORT, LIVES, CHASSIS)],
		["order", "an end too early", join(CHASSIS, END)],
		["order", "nothing behind the chassis", CHASSIS],
		["length", "an entry that is cut", join(CHASSIS, PORT, LIVES, tlv(5, ascii("switch-2")).subarray(0, 6))],
		["length", "a chassis without a name", join(tlv(1, hex("04")), PORT, LIVES)],
		["length", "a short time", join(CHASSIS, PORT, tlv(3, hex("00")))],
		["length", "short capabilities", join(CHASSIS, PORT, LIVES, tlv(7, hex("0014")))],
		["length", "a management address longer than its entry", join(CHASSIS, PORT, LIVES, tlv(8, hex("09 01 0a000002")))],
		["length", "an organisation without a subtype", join(CHASSIS, PORT, LIVES, tlv(127, hex("0080c2")))],
	])("reports %s: %s", (violation, _, frame) => {
		const { records, identities, facts } = seen(frame);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(identities).toEqual([]);
		expect(facts.map(({ record }) => record.id)).toEqual(["lldp-malformed"]);
	});

	it("takes nothing that does not begin with a chassis", () => {
		expect(seen(PORT, hex("02")).refused).toBe(2);
	});
});

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

const LLC = hex("424203");
const bpdu = (root: string, bridge: string, { head = "0000 00 00", flags = "00" } = {}): Uint8Array =>
	join(LLC, hex(`${head} ${flags} ${root} 00000000 ${bridge} 8001 0000 1400 0200 0f00`));
const OLD = "8000 0200000000aa";
const NEW = "1000 0200000000bb";

describe("spanning tree", () => {
	const seen = (...frames: Uint8Array[]) => {
		const harness = new MessageHarness(stp, "link", {});
		for (const frame of frames) harness.send(frame);
		return harness;
	};

	it("reads who is root, and takes senders for switches", () => {
		const { records, identities, facts } = seen(
			bpdu(OLD, OLD),
			bpdu(OLD, "8000 0200000000cc", { head: "0000 02 02", flags: "3d" }),
			join(LLC, hex("0000 00 80")),
		);
		expect(records).toMatchObject([
			{ kind: "configuration", version: "STP", root: "32768/02:00:00:00:00:aa", bridge: "32768/02:00:00:00:00:aa", port: 0x8001 },
			{ kind: "configuration", version: "RSTP", bridge: "32768/02:00:00:00:00:cc", topologyChange: true },
			{ kind: "notification" },
		]);
		expect(identities).toEqual([
			{ mac: "02:00:00:00:00:aa", role: "switch", evidence: "spanning tree" },
			{ mac: "02:00:00:00:00:cc", role: "switch", evidence: "spanning tree" },
		]);
		expect(facts).toEqual([]);
	});

	it("reports who takes the root over, once", () => {
		const { records, facts } = seen(bpdu(OLD, OLD), bpdu(OLD, OLD), bpdu(NEW, NEW), bpdu(NEW, NEW));
		expect(records[2]).toMatchObject({ root: "4096/02:00:00:00:00:bb", deposed: "32768/02:00:00:00:00:aa" });
		expect(facts).toMatchObject([{ record: { id: "stp-root-taken" }, key: "4096/02:00:00:00:00:bb", frames: [2, 3] }]);
	});

	it("takes a lower priority for a lower one, whatever its number of digits", () => {
		expect(seen(bpdu("f000 0200000000aa", "f000 0200000000aa"), bpdu(NEW, NEW)).facts).toHaveLength(1);
		expect(seen(bpdu(NEW, NEW), bpdu("f000 0200000000aa", "f000 0200000000aa")).facts).toEqual([]);
	});

	it("says nothing where the root went away, where another only repeats what it heard, or in another VLAN's tree", () => {
		expect(seen(bpdu(NEW, NEW), bpdu(OLD, OLD)).facts).toEqual([]);
		expect(seen(bpdu(OLD, OLD), bpdu(NEW, "8000 0200000000cc")).facts).toEqual([]);
		const pvst = join(hex("aaaa03 00000c 010b"), bpdu(NEW, NEW).subarray(3));
		expect(seen(bpdu(OLD, OLD), pvst).facts).toEqual([]);
		expect(seen(pvst).records).toMatchObject([{ root: "4096/02:00:00:00:00:bb" }]);
		const ofVlan = (bridge: string, vlan: string) =>
			join(hex("aaaa03 00000c 010b"), bpdu(bridge, bridge).subarray(3), hex(`00 0000 0002 ${vlan}`));
		expect(seen(ofVlan(OLD, "0001"), ofVlan(NEW, "000a"), ofVlan(OLD, "0001")).facts).toEqual([]);
		const { records, facts } = seen(ofVlan(OLD, "000a"), ofVlan(NEW, "000a"));
		expect([records[0]!.treeVlan, facts.length]).toEqual([10, 1]);
	});

	it.each([
		["length", bpdu(OLD, OLD).subarray(0, 37)],
		["type", join(LLC, hex("0000 00 33"))],
	])("reports a broken message: %s", (violation, frame) => {
		const { records, facts } = seen(frame);
		expect(records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(facts.map(({ record }) => record.id)).toEqual(["stp-malformed"]);
	});

	it("remembers the roots of 128 trees", () => {
		const harness = new MessageHarness(stp, "link", {});
		const flow = harness.flow as { vlan: number };
		for (let vlan = 0; vlan < 130; vlan++) {
			flow.vlan = vlan;
			harness.send(bpdu(OLD, OLD));
		}
		expect(harness.counts).toEqual({ trees: 2 });
	});

	it("leaves other frames alone", () => {
		expect(seen(hex("e0e003 0000000000000000"), join(LLC, hex("0001 00 00")), LLC).refused).toBe(3);
	});
});

messageSuite(lldp, "link", [[{ name: "an announcement", bytes: FULL }], [{ name: "a short one", bytes: join(CHASSIS, PORT, LIVES, END) }]]);
messageSuite(cdp, "link", [[{ name: "an announcement", bytes: CISCO }]]);
messageSuite(stp, "link", [[OLD, NEW].map((root) => ({ name: root, bytes: bpdu(root, root) }))]);
