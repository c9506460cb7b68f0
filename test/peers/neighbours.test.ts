/** What we say of ICMP, LLDP, CDP and the spanning tree, message by message against tshark, in public captures that have them. */
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, linesOf } from "./captures.ts";
import { type Columns, columnsOf, hasTshark } from "./tshark.ts";

type Said = Record<string, string | undefined>;

interface Comparison {
	readonly filter: string;
	readonly fields: readonly string[];
	readonly captures: readonly string[];
	ours(line: Line): Said;
	theirs(row: Columns<string>): Said;
}

const number = (text: string | undefined): string | undefined => (text === undefined ? undefined : String(Number(text)));
/** Line ends and the like are seen as one mark by us, and written as they are or as an escape by tshark. */
const plain = (text: string | undefined): string | undefined => text?.replace(/\\[rnt]|[^\x20-\x7e]/g, "?").trimEnd();

const COMPARISONS: Readonly<Record<string, Comparison>> = {
	icmp: {
		filter: "icmp || icmpv6",
		fields: [
			...["icmp.type", "icmp.code", "icmp.ident", "icmp.seq", "icmp.redir_gw", "icmpv6.type", "icmpv6.code", "icmpv6.echo.identifier"],
			...["icmpv6.echo.sequence_number", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.opt.linkaddr"],
		],
		captures: [
			"EmreEkin+ICS-Pcaps/RTPS/rtps.pcap",
			"EmreEkin+ICS-Pcaps/DNP3/DNP3Value.pcap",
			"OISF+suricata-verify/tests/smb2-ntlmssp-negotiateflags/input.pcap",
			"kb221svs+modbus-anomaly-detection/modbus.pcap",
		],
		ours: (line) => ({
			type: String(line.type),
			code: String(line.code),
			identifier: number(line.identifier),
			sequence: number(line.sequence),
			target: line.target,
			mac: line.targetMac,
		}),
		theirs: (row) => ({
			type: row["icmp.type"]![0] ?? row["icmpv6.type"]![0],
			code: row["icmp.code"]![0] ?? row["icmpv6.code"]![0],
			identifier: number(row["icmp.ident"]![0] ?? row["icmpv6.echo.identifier"]![0]),
			sequence: number(row["icmp.seq"]![0] ?? row["icmpv6.echo.sequence_number"]![0]),
			target: row["icmp.redir_gw"]![0] ?? row["icmpv6.nd.ns.target_address"]![0] ?? row["icmpv6.nd.na.target_address"]![0],
			mac: row["icmpv6.opt.linkaddr"]![0],
		}),
	},
	lldp: {
		filter: "lldp",
		fields: ["lldp.chassis.id.mac", "lldp.time_to_live", "lldp.tlv.system.name", "lldp.tlv.system.desc", "lldp.mgn.addr.ip4"],
		captures: ["EmreEkin+ICS-Pcaps/LLDP/simens.pcap", "the-tcpdump-group+tcpdump/tests/LLDP_and_CDP.pcap"],
		ours: (line) => ({
			chassis: line.chassisKind === "mac" ? line.chassisId : undefined,
			timeToLive: String(line.timeToLive),
			name: plain(line.systemName),
			description: plain(line.systemDescription),
			address: line.managementAddresses?.find((one: string) => !one.includes(":")),
		}),
		theirs: (row) => ({
			chassis: row["lldp.chassis.id.mac"]![0],
			timeToLive: row["lldp.time_to_live"]![0],
			name: plain(row["lldp.tlv.system.name"]![0]),
			description: plain(row["lldp.tlv.system.desc"]![0]),
			address: row["lldp.mgn.addr.ip4"]![0],
		}),
	},
	cdp: {
		filter: "cdp",
		fields: ["cdp.version", "cdp.ttl", "cdp.deviceid", "cdp.platform", "cdp.portid", "cdp.native_vlan"],
		captures: [
			"EmreEkin+ICS-Pcaps/CDP/cdp_v2.pcap",
			"the-tcpdump-group+tcpdump/tests/LLDP_and_CDP.pcap",
			"ITI+ICS-Security-Tools/pcaps/openics/EIP-SoftwareUploadFailure.pcap",
		],
		ours: (line) => ({
			version: String(line.version),
			timeToLive: String(line.timeToLive),
			device: plain(line.deviceId),
			platform: plain(line.platform),
			port: plain(line.portId),
			vlan: number(line.nativeVlan),
		}),
		theirs: (row) => ({
			version: row["cdp.version"]![0],
			timeToLive: row["cdp.ttl"]![0],
			device: plain(row["cdp.deviceid"]![0]),
			platform: plain(row["cdp.platform"]![0]),
			port: plain(row["cdp.portid"]![0]),
			vlan: row["cdp.native_vlan"]![0],
		}),
	},
	stp: {
		filter: "stp",
		fields: [
			"stp.type",
			"stp.root.prio",
			"stp.root.ext",
			"stp.root.hw",
			"stp.root.cost",
			"stp.bridge.hw",
			"stp.port",
			"stp.flags.tc",
			"stp.pvst.origvlan",
		],
		captures: [
			"EmreEkin+ICS-Pcaps/STP/stp1.pcap",
			"OISF+suricata-verify/tests/tls/tls-subjectaltname/input.pcap",
			"ITI+ICS-Security-Tools/pcaps/openics/EIP-ChangePortConfigurationAttempt.pcap",
		],
		ours: (line) => ({
			root: line.root,
			bridge: line.bridge?.split("/")[1],
			cost: number(line.cost),
			port: number(line.port),
			vlan: number(line.treeVlan),
			change: line.root === undefined ? undefined : String(line.topologyChange === true),
		}),
		theirs: (row) => {
			const mac = row["stp.root.hw"]![0];
			return {
				root: mac && `${Number(row["stp.root.prio"]![0]) + Number(row["stp.root.ext"]![0] ?? 0)}/${mac}`,
				bridge: row["stp.bridge.hw"]![0],
				cost: row["stp.root.cost"]![0],
				port: number(row["stp.port"]![0]),
				vlan: row["stp.pvst.origvlan"]![0],
				change: mac && String(["1", "True"].includes(row["stp.flags.tc"]![0]!)),
			};
		},
	},
};

/** Rows that both have, and what differs. */
async function compare(protocol: string, capture: string, alter?: (line: Line) => void): Promise<{ rows: number; differences: string[] }> {
	const { filter, fields, ours, theirs } = COMPARISONS[protocol]!;
	const lines = new Map((await linesOf(capture, [protocol])).map((line) => [line.frame, line]));
	const [first] = lines.values();
	if (first !== undefined) alter?.(first);
	const differences: string[] = [];
	const rows = await columnsOf(capture, filter, ["frame.number", ...fields]);
	for (const row of rows) {
		const frame = Number(row["frame.number"]![0]);
		const line = lines.get(frame);
		lines.delete(frame);
		const [one, other] = [line && JSON.stringify(ours(line)), JSON.stringify(theirs(row))];
		if (one !== other) differences.push(`${protocol}, ${capture}, frame ${frame}: ${one} and ${other}`);
	}
	for (const frame of lines.keys()) differences.push(`${protocol}, ${capture}, frame ${frame}: ours alone`);
	return { rows: rows.length, differences };
}

describe.skipIf(!hasCaptures || !hasTshark)("neighbours against tshark", () => {
	it.each(Object.entries(COMPARISONS).flatMap(([protocol, { captures }]) => captures.map((capture) => [protocol, capture])))(
		"%s in %s",
		{ timeout: 60_000 },
		async (protocol, capture) => {
			const { rows, differences } = await compare(protocol!, capture!);
			expect(differences.slice(0, 5)).toEqual([]);
			expect(rows).toBeGreaterThan(0);
		},
	);

	it.each<[string, (line: Line) => void]>([
		["icmp", (line) => line.code++],
		["lldp", (line) => line.timeToLive++],
		["cdp", (line) => line.timeToLive++],
		["stp", (line) => line.cost++],
	])("sees one number of %s that is wrong", { timeout: 60_000 }, async (protocol, alter) => {
		expect((await compare(protocol, COMPARISONS[protocol]!.captures[0]!, alter)).differences).toHaveLength(1);
	});
});
