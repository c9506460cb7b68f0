/** What devices say of themselves by LLDP (IEEE 802.1AB), with the bytes written out. */
import { describe, expect, it } from "vitest";
import { lldp } from "../../protocols/lldp/index.ts";
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

messageSuite(lldp, "link", [[{ name: "an announcement", bytes: FULL }], [{ name: "a short one", bytes: join(CHASSIS, PORT, LIVES, END) }]]);
