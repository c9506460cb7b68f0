/** What we say of SNMP, message by message against tshark: of every public capture that has it, and of the lab's recording. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { hasCaptures, type Line, linesOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = fileURLToPath(
	["../../captures/switch-polling.pcap", "../../../captures/switch-polling.pcap"]
		.map((path) => new URL(path, import.meta.url))
		.find((file) => existsSync(file))!,
);
/** Public captures with their messages. */
const PUBLIC: readonly (readonly [name: string, messages: number])[] = [
	["EmreEkin+ICS-Pcaps/SNMP/SNMP_NTP_SysLog_00000_20060404163209.pcap", 2],
	["EmreEkin+ICS-Pcaps/SNMP/SNMPv2c_get_requests.pcap", 8],
	["EmreEkin+ICS-Pcaps/SNMP/SNMPv3.pcap", 8],
	["EmreEkin+ICS-Pcaps/SNMP/snmp-get-bulk.pcap", 2],
	["EmreEkin+ICS-Pcaps/SNMP/snmp-get-next.pcap", 2],
	["EmreEkin+ICS-Pcaps/SNMP/snmp-v3-get-next.pcap", 4],
];

const FIELDS = [
	"frame.number",
	"snmp.data",
	"snmp.request_id",
	"snmp.msgID",
	"snmp.error_status",
	"snmp.name",
	"snmp.msgUserName",
	"snmp.engineid.mac",
	"snmp.msgAuthoritativeEngineID",
	"snmp.value.u32",
	"snmp.value.g32",
	"snmp.value.int",
	"snmp.value.timeticks",
	"snmp.value.counter",
] as const;
const PDUS = ["GetRequest", "GetNextRequest", "Response", "SetRequest", "Trap", "GetBulkRequest", "InformRequest", "SNMPv2-Trap", "Report"];
const NUMBERS = ["snmp.value.int", "snmp.value.u32", "snmp.value.g32", "snmp.value.timeticks", "snmp.value.counter"] as const;

interface Shown {
	oid: string;
	value?: unknown;
}
function ours(line: Line | undefined): object {
	if (line === undefined) return {};
	const variables: Shown[] = line.variables ?? [];
	return {
		pdu: line.pdu,
		id: line.kind === "encrypted" || line.pdu === "Trap" ? undefined : String(line.requestId),
		status: line.errorStatus,
		names: variables.map(({ oid }) => oid),
		numbers: variables.flatMap(({ value }) => (typeof value === "number" ? [value] : [])).sort(),
		user: line.userName,
		mac: line.engineMac,
	};
}

async function compare(name: string): Promise<number> {
	const rows = await columnsOf(name, "snmp && udp && !icmp", FIELDS);
	const lines = new Map((await linesOf(name, ["snmp"])).filter(({ kind }) => kind !== "unanswered").map((line) => [line.frame, line]));
	expect(lines.size).toBe(rows.length);
	for (const row of rows) {
		const first = (field: (typeof FIELDS)[number]): string | undefined => row[field][0];
		const pdu = first("snmp.data") === undefined ? undefined : PDUS[Number(first("snmp.data"))];
		const status = Number(first("snmp.error_status") ?? 0);
		const user = first("snmp.msgUserName");
		expect({ name, frame: first("frame.number"), ...ours(lines.get(Number(first("frame.number")))) }).toEqual({
			name,
			frame: first("frame.number"),
			pdu,
			id: pdu === undefined || pdu === "Trap" ? undefined : first("snmp.request_id"),
			status: status === 0 ? undefined : status,
			names: row["snmp.name"],
			numbers: NUMBERS.flatMap((field) => row[field].map(Number)).sort(),
			user: user === "" ? undefined : user,
			mac: first("snmp.engineid.mac"),
		});
	}
	return rows.length;
}

describe.skipIf(!hasTshark)("SNMP against tshark", () => {
	it("says the same of the lab's recording", { timeout: 120_000 }, async () => {
		expect(await compare(RECORDED)).toBeGreaterThan(30);
	});

	it.skipIf(!hasCaptures).each(PUBLIC)("says the same of %s", { timeout: 120_000 }, async (name, messages) => {
		expect(await compare(name)).toBe(messages);
	});

	it.skipIf(!hasCaptures)("calls malformed what tshark cannot read either", { timeout: 120_000 }, async () => {
		for (const name of [
			"the-tcpdump-group+tcpdump/tests/snmp-heapoverflow-1.pcap",
			"the-tcpdump-group+tcpdump/tests/snmp-heapoverflow-2.pcap",
		])
			expect(new Set((await linesOf(name, ["snmp"])).map(({ kind }) => kind))).toEqual(new Set(["malformed"]));
	});
});
