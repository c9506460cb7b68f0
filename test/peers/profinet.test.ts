/** What we say of PROFINET, message by message against tshark in every public capture that has some and in the lab's recordings, and row by row against the logs of ICSNPP. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";
import { rowsOf } from "./zeekLog.ts";

const recorded = (name: string): string => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url));
const ICSNPP = "cisagov+icsnpp-profinet-io-cm/testing/";
/** The list of captures names only some of them by this protocol. */
const CAPTURES = [
	"EmreEkin+ICS-Pcaps/Profinet/pro.pcap",
	"ITI+ICS-Security-Tools/pcaps/ModbusTCP/mb2.pcap",
	"ITI+ICS-Security-Tools/pcaps/profinet/PROFINET-RT-DCP/ChangeIPUsingDCP.pcap",
	"ITI+ICS-Security-Tools/pcaps/profinet/PROFINET-RT-DCP/PROFINET-RT.pcap",
	"ITI+ICS-Security-Tools/pcaps/profinet/profinet-wireshark-bug.pcap",
	"ITI+ICS-Security-Tools/pcaps/profinet/profinet.pcap",
	...["", "_connect", "_connect_minimal", "_device", "_read", "_release"].map(
		(part) => `${ICSNPP}traces/profinet_io_cm${part}.pcap${part === "" ? "" : "ng"}`,
	),
];

const FIELDS = [
	"frame.number",
	"pn_rt.frame_id",
	"pn_rt.cycle_counter",
	"pn_rt.ds",
	"pn_rt.transfer_status",
	"pn_dcp.service_id",
	"pn_dcp.service_type",
	"pn_dcp.xid",
	"pn_dcp.option",
	"pn_dcp.suboption_device_nameofstation",
	"pn_dcp.suboption_device_devicevendorvalue",
	"pn_dcp.suboption_ip_ip",
	"pn_dcp.suboption_vendor_id",
	"pn_dcp.suboption_device_id",
	"pn_io.alarm_type",
	"dcerpc.pkt_type",
	"dcerpc.dg_if_id",
	"dcerpc.dg_act_id",
	"dcerpc.dg_seqnum",
	"pn_io.opnum",
	"pn_io.block_type",
	"pn_io.index",
	"pn_io.slot_nr",
	"pn_io.record_data_length",
	"pn_io.cminitiator_station_name",
	"pn_io.frame_id",
	"pn_io.control_command",
	"pn_io.order_id",
	"pn_io.im_serial_number",
	"pn_io.error_code",
	"pn_io.error_code1",
] as const;
type Field = (typeof FIELDS)[number];
type Row = Record<Field, string[]>;

const hexNumber = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const SERVICES: Readonly<Record<string, number>> = { Get: 3, Set: 4, Identify: 5, Hello: 6 };
const OPERATIONS = ["Connect", "Release", "Read", "Write", "Control", "Read Implicit"];
const INTERFACES = ["", "device", "controller", "supervisor", "parameter server"];
const PACKETS = ["request", "ping", "response", "fault", "working", "nocall", "reject", "ack", "cl_cancel", "fack", "cancel_ack"];

interface Block {
	option: number;
	suboption: number;
	name: string;
	text?: string;
	ip?: string;
	vendorId?: number;
	deviceId?: number;
}

/** What of a message is compared, in our words. */
function ours(line: Line): Record<string, unknown> {
	const blocks: Block[] = line.layer === "dcp" ? (line.blocks ?? []) : [];
	const records: { index: string; slot: number; length: number }[] = line.records ?? [];
	return {
		frameId: hexNumber(line.frameId),
		cycle: line.cycleCounter,
		dataStatus: hexNumber(line.dataStatus),
		transfer: line.transferStatus,
		service: SERVICES[line.service],
		xid: hexNumber(line.xid),
		options: blocks.map(({ option }) => option),
		names: blocks.flatMap(({ name, text }) => (name === "name of station" && text !== undefined ? [text] : [])),
		types: blocks.flatMap(({ name, text }) => (name === "type of station" && text !== undefined ? [text] : [])),
		ips: blocks.flatMap(({ ip }) => ip ?? []),
		vendors: blocks.flatMap(({ vendorId, deviceId }) => (vendorId === undefined ? [] : [`${vendorId}/${deviceId}`])),
		packet: line.packetType,
		interface: line.interface,
		activity: line.activity,
		sequence: line.sequence,
		operation: line.kind === "request" || line.kind === "response" || line.kind === "refusal" ? line.operation : undefined,
		blockTypes: line.blockTypes ?? [],
		indexes: records.map(({ index }) => Number(index)),
		slots: records.map(({ slot }) => slot),
		lengths: records.map(({ length }) => length),
		station: line.stationName,
		command: line.controlCommand,
		identifications: (line.identifications ?? []).map(
			(one: { orderId: string; serialNumber: string }) => `${one.orderId}/${one.serialNumber}`,
		),
	};
}

const COMMANDS: Readonly<Record<number, string>> = {
	1: "ParameterEnd",
	2: "ApplicationReady",
	4: "Release",
	8: "Done",
	16: "ReadyForCompanion",
	32: "ReadyForRT_CLASS_3",
	64: "ParameterBegin",
};
const MULTIPLE = 0xe040;

function theirs(row: Row): Record<string, unknown> {
	const number = (field: Field): number | undefined => hexNumber(row[field][0]);
	const isDcp = number("pn_dcp.service_id") !== undefined;
	const isRpc = number("dcerpc.pkt_type") !== undefined;
	const indexes = row["pn_io.index"].map(Number);
	const kept = indexes.map((index) => index !== MULTIPLE);
	const only = (values: readonly string[]): number[] => values.map(Number).filter((_, at) => kept[at] !== false);
	const command = number("pn_io.control_command");
	return {
		frameId: number("pn_rt.frame_id"),
		cycle: number("pn_rt.cycle_counter"),
		dataStatus: number("pn_rt.ds"),
		transfer: number("pn_rt.transfer_status"),
		service: number("pn_dcp.service_id"),
		xid: number("pn_dcp.xid"),
		options: isDcp ? row["pn_dcp.option"].map(Number) : [],
		names: row["pn_dcp.suboption_device_nameofstation"],
		types: row["pn_dcp.suboption_device_devicevendorvalue"],
		ips: row["pn_dcp.suboption_ip_ip"],
		vendors: row["pn_dcp.suboption_vendor_id"].map((vendor, at) => `${Number(vendor)}/${Number(row["pn_dcp.suboption_device_id"][at])}`),
		packet: isRpc ? PACKETS[number("dcerpc.pkt_type")!] : undefined,
		interface: isRpc ? INTERFACES[Number.parseInt(row["dcerpc.dg_if_id"][0]!.slice(7, 8), 16)] : undefined,
		activity: row["dcerpc.dg_act_id"][0],
		sequence: number("dcerpc.dg_seqnum"),
		operation: number("pn_io.opnum") === undefined ? undefined : OPERATIONS[number("pn_io.opnum")!],
		blockTypes: row["pn_io.block_type"].map(Number),
		indexes: indexes.filter((index) => index !== MULTIPLE),
		slots: only(row["pn_io.slot_nr"]),
		lengths: only(row["pn_io.record_data_length"]),
		station: row["pn_io.cminitiator_station_name"][0],
		command: command === undefined ? undefined : (COMMANDS[command] ?? `command ${command}`),
		identifications: row["pn_io.order_id"].map((order, at) => `${order.trim()}/${(row["pn_io.im_serial_number"][at] ?? "").trim()}`),
	};
}

/** Values of ours in their order among those of tshark, which goes into what is inside of a block too. */
function isAmong(mine: readonly unknown[], all: readonly unknown[]): boolean {
	let at = 0;
	for (const one of all) if (at < mine.length && one === mine[at]) at++;
	return at === mine.length;
}
/** 0xb000 to 0xbfff: PDSubFrame and the like, of which tshark has names and no number. */
const isNumbered = (type: number): boolean => type < 0xb000 || type > 0xbfff;
const COMBINED = 0x80b0;

/** What breaks the rules we read no further. */
const BROKEN: readonly string[] = ["operation", "blockTypes"];

/** Why a field is not the same. Ours being wrong is no reason: that is mended. */
function reasonFor(field: string, mine: readonly unknown[], peer: readonly unknown[]): string | undefined {
	switch (field) {
		case "options":
			return isAmong(mine, peer) ? "either: tshark has the options that a device lists as its own in the same field" : undefined;
		case "blockTypes":
			return isAmong((mine as number[]).filter(isNumbered), peer) ? "either: blocks inside of blocks are octets to us" : undefined;
		case "slots":
			return isAmong(mine, peer) ? "either: tshark has slots of other blocks than records in the same field" : undefined;
		case "indexes":
			return mine.includes(COMBINED) && isAmong(mine, peer) ? "either: records inside of a combined one are octets to us" : undefined;
		default:
			return undefined;
	}
}

interface Compared {
	equal: number;
	/** Frames of cyclic data between those at which it begins or changes: we say nothing of them. */
	cyclic: number;
	explained: number;
	different: string[];
}

/** `alter` may change our lines, to prove that a difference is seen. */
async function compared(capture: string, alter: (line: Line) => void = () => {}): Promise<Compared> {
	const rows = (await columnsOf(capture, "pn_rt || pn_io || (dcerpc && udp)", FIELDS)) as Row[];
	const said = (await linesOf(capture, ["profinet"])).filter(({ kind }) => kind !== "unanswered");
	said.forEach(alter);
	const lines = new Map(said.map((line) => [line.frame, line]));
	const result: Compared = { equal: 0, cyclic: 0, explained: 0, different: [] };
	for (const row of rows) {
		const frame = Number(row["frame.number"][0]);
		// Other RPC, or what looks like some.
		if (!(row["dcerpc.dg_if_id"][0] ?? "dea0000").startsWith("dea0000")) continue;
		const line = lines.get(frame);
		lines.delete(frame);
		if (line === undefined) {
			if (row["pn_rt.cycle_counter"].length > 0) result.cyclic++;
			else result.different.push(`frame ${frame}: only tshark sees a message`);
			continue;
		}
		const mine = ours(line);
		const peer = theirs(row);
		const fields = Object.keys(mine).filter((key) => JSON.stringify(mine[key]) !== JSON.stringify(peer[key]));
		if (fields.length === 0) result.equal++;
		else if (line.kind === "malformed" && fields.every((field) => BROKEN.includes(field))) result.explained++;
		else if (fields.every((field) => reasonFor(field, mine[field] as unknown[], peer[field] as unknown[]) !== undefined))
			result.explained++;
		else
			result.different.push(
				`frame ${frame}: ${fields.map((key) => `${key}: ours ${JSON.stringify(mine[key])}, tshark ${JSON.stringify(peer[key])}`).join("; ")}`,
			);
	}
	for (const frame of lines.keys()) result.different.push(`frame ${frame}: only we see a message`);
	return result;
}

describe.skipIf(!hasTshark)("PROFINET against tshark", () => {
	it.each([["remote-io-normal"], ["remote-io-attack"]])("says the same of the lab's recording %s", async (name) => {
		const { equal, different } = await compared(recorded(name));
		expect(different).toEqual([]);
		expect(equal).toBeGreaterThan(30);
	});

	it.skipIf(!hasCaptures)("says the same of every public capture", { timeout: 180_000 }, async () => {
		const all: Compared[] = [];
		for (const capture of CAPTURES) all.push(await compared(capture));
		expect(all.flatMap(({ different }) => different)).toEqual([]);
		const sum = (field: "equal" | "cyclic" | "explained") => all.reduce((total, one) => total + one[field], 0);
		expect([sum("equal"), sum("cyclic"), sum("explained")]).toEqual([961, 0, 392]);
	});

	it("sees one altered value", async () => {
		let altered = false;
		const { different } = await compared(recorded("remote-io-normal"), (line) => {
			if (altered || line.sequence === undefined) return;
			line.sequence++;
			altered = true;
		});
		expect(different).toHaveLength(1);
	});
});

/** Columns of the log by their places, as its head is stripped; those that are compared have a name. */
const COLUMNS = Array.from({ length: 45 }, (_, at) => `${at}`);
const NAMED: Readonly<Record<string, number>> = {
	source: 4,
	sourcePort: 5,
	destination: 6,
	destinationPort: 7,
	packet: 10,
	sequence: 30,
	operation: 31,
};
const PACKET_WORDS: Readonly<Record<string, string>> = { fack: "fragment acknowledge", nocall: "no call response to ping" };
const LOGS = ["", "_connect", "_connect_minimal", "_device", "_read", "_release"].map((part): [string, string] => [
	`${ICSNPP}traces/profinet_io_cm${part}.pcap${part === "" ? "" : "ng"}`,
	`${ICSNPP}baseline/tests.profinet_io_cm${part}/profinet_io_cm.log`,
]);

describe.skipIf(!hasCaptures)("PROFINET against the logs of ICSNPP", () => {
	it.each(LOGS)("has the same messages of the connection management: %s", async (capture, log) => {
		const said = (await linesOf(capture, ["profinet"])).filter(({ layer, kind }) => layer === "cm" && kind !== "unanswered");
		const mine = said.map((line) => {
			const [from, to] = line.sender === "server" ? [line.server, line.client] : [line.client, line.server];
			return [from.ip, from.port, to.ip, to.port, PACKET_WORDS[line.packetType] ?? line.packetType, line.sequence, line.operation]
				.join(" | ")
				.toLowerCase();
		});
		const rows = rowsOf(log, COLUMNS).map((row) =>
			Object.values(NAMED)
				.map((at) => row[at])
				.join(" | ")
				.toLowerCase(),
		);
		expect(mine.sort()).toEqual(rows.sort());
	});
});
