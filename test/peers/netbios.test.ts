/** What we say of NetBIOS, message by message against tshark: of the public captures that have it, and of the lab's recording. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { commandName, datagramName, opcodeName, responseName, typeName } from "../../protocols/netbios/codes.ts";
import { hasCaptures, type Line, linesOf, someOf } from "./captures.ts";
import { type Columns, columnsOf, hasTshark } from "./tshark.ts";

const RECORDED = ["names-without-server", "name-poisoning"].map((name) =>
	fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)),
);
/** A datagram with names that do not end. */
const BROKEN = "the-tcpdump-group+tcpdump/tests/smb_print_trans-oobr2.pcap";
/** Public captures that have at least five messages of it. */
const PUBLIC: readonly string[] = [
	"EmreEkin+ICS-Pcaps/CIP/CIPvalue.pcap",
	"EmreEkin+ICS-Pcaps/DNP3/DNP3Value.pcap",
	"EmreEkin+ICS-Pcaps/Ethernet_IP/ControlLogix_FactoryTalk_HMI.pcap",
	"EmreEkin+ICS-Pcaps/Ethernet_IP/ControlLogix_Logix5000_download_upload_run.pcap",
	"EmreEkin+ICS-Pcaps/IEC60870-104/104deneme.pcap",
	"EmreEkin+ICS-Pcaps/IEC61850/iedscout.pcap",
	"EmreEkin+ICS-Pcaps/LLDP/simens.pcap",
	"EmreEkin+ICS-Pcaps/NetBIOS/LANtastic1_00028_20100407020810.pcap",
	"EmreEkin+ICS-Pcaps/NetBIOS/Misc_NetBIOS_Traffic.pcap",
	"ITI+ICS-Security-Tools/pcaps/IEC61850/Sample_File_MMS_and_GOOSE.pcap",
	"ITI+ICS-Security-Tools/pcaps/beckoff/addroute.pcapng",
	"ITI+ICS-Security-Tools/pcaps/beckoff/addroute1.pcapng",
	"ITI+ICS-Security-Tools/pcaps/beckoff/beckoffaddroute.pcapng",
	"ITI+ICS-Security-Tools/pcaps/beckoff/beckoffiplinktc2.pcapng",
	"ITI+ICS-Security-Tools/pcaps/openics/EIP-ControlProtocolChangeAttempt.pcap",
	"ITI+ICS-Security-Tools/pcaps/openics/EIP-SoftwareUploadFailure.pcap",
	"OISF+suricata-verify/tests/smb2-07/20171220_smb_psexec_add_user.pcap",
	"OISF+suricata-verify/tests/smb2-ntlmssp-negotiateflags/input.pcap",
	"OISF+suricata-verify/tests/tls/tls-subjectaltname/input.pcap",
	"ntop+nDPI/tests/cfgs/default/pcap/dos_win98_smb_netbeui.pcap",
	"qut-infosec+2017QUT_S7comm/LabelledDataset/20161219132813_control_set/attacker.pcap",
	"zeek+zeek/testing/btest/Traces/smb/smb_v2_only_non_zero_reserved1.pcap",
	BROKEN,
];

const FIELDS = [
	"frame.number",
	"nbns.id",
	"nbns.flags.response",
	"nbns.flags.opcode",
	"nbns.flags.rcode",
	"nbns.name",
	"nbns.type",
	"nbns.addr",
	"nbns.ttl",
	"nbdgm.type",
	"nbdgm.dgram_id",
	"nbdgm.src.ip",
	"nbdgm.source_name",
	"nbdgm.destination_name",
	"browser.command",
	"browser.server",
	"browser.comment",
	"browser.mb_server",
	"browser.os_major",
	"browser.os_minor",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** `NAME<20>` as the first words of `NAME<20> (Server service)`; of a name with unprintable bytes only the readable part. */
const bare = (text: string | undefined): string | undefined =>
	text
		?.replace(/^<01><02>(.*)<02><01>/, "$1<01>")
		.replace(/^(.*?)(?:<00>)+(<[0-9a-f]{2}>)/, "$1$2")
		.replace(/ \(.*$/, "")
		.replace(/ +(<[0-9a-f]{2}>)$/, "$1");
const named = (name: string | undefined, suffix: number | undefined): string | undefined =>
	name === undefined || suffix === undefined ? undefined : `${name}<${suffix.toString(16).padStart(2, "0")}>`;

function ours(line: Line | undefined): object {
	if (line === undefined) return {};
	if (line.datagramType !== undefined)
		return {
			id: line.transactionId,
			type: line.datagramType,
			ip: line.sourceIp,
			source: named(line.sourceName, line.sourceSuffix),
			destination: named(line.destinationName, line.destinationSuffix),
			command: line.command,
			version: line.osVersion,
			announced: line.osVersion === undefined ? undefined : line.announced,
			comment: line.comment,
		};
	return {
		id: line.transactionId,
		opcode: line.opcode,
		code: line.responseCode,
		name: named(line.name, line.suffix),
		type: line.type,
		addresses: ((line.addresses ?? []) as { ip: string }[]).map(({ ip }) => ip).join(),
		ttl: line.ttl,
	};
}

function theirs(row: Row): object {
	const first = (field: (typeof FIELDS)[number]): string | undefined => row[field][0];
	if (first("nbdgm.type") !== undefined) {
		const major = Number(first("browser.os_major") ?? 0);
		return {
			id: Number(first("nbdgm.dgram_id")),
			type: datagramName(Number(first("nbdgm.type"))),
			ip: first("nbdgm.src.ip"),
			source: bare(first("nbdgm.source_name")),
			destination: bare(first("nbdgm.destination_name")),
			command: first("browser.command") === undefined ? undefined : commandName(Number(first("browser.command"))),
			version: major === 0 ? undefined : `${major}.${Number(first("browser.os_minor"))}`,
			announced: major === 0 ? undefined : first("browser.server"),
			comment: first("browser.comment") || first("browser.mb_server") || undefined,
		};
	}
	return {
		id: Number(first("nbns.id")),
		opcode: opcodeName(Number(first("nbns.flags.opcode"))),
		code: /^(1|True)$/.test(first("nbns.flags.response") ?? "") ? responseName(Number(first("nbns.flags.rcode"))) : undefined,
		name: bare(first("nbns.name")),
		type: typeName(Number(first("nbns.type"))),
		addresses: row["nbns.addr"].join(),
		ttl: first("nbns.ttl") === undefined ? undefined : Number(first("nbns.ttl")),
	};
}

/** Messages that were compared; the rows of tshark that we have no line for, and our lines of which it has no row. */
async function compare(name: string): Promise<{ equal: number; differing: object[]; alone: number; oursAlone: number; malformed: number }> {
	const rows = await columnsOf(name, "(nbns || nbdgm) && udp && !icmp", FIELDS);
	const copies = new Set<number>();
	const lines = new Map(
		(await linesOf(name, ["netbios"], copies)).filter(({ kind }) => kind !== "unanswered").map((line) => [line.frame, line]),
	);
	const found = { equal: 0, differing: [] as object[], alone: 0, oursAlone: 0, malformed: 0 };
	for (const row of rows) {
		const frame = Number(row["frame.number"][0]);
		const line = lines.get(frame);
		lines.delete(frame);
		if (line === undefined) {
			if (!copies.has(frame)) found.alone++;
			continue;
		}
		// A destination that is no name: tshark goes on behind it.
		if (line.kind === "malformed") {
			found.malformed++;
			continue;
		}
		const [one, other] = [ours(line), theirs(row)];
		if (JSON.stringify(one) === JSON.stringify(other)) found.equal++;
		else found.differing.push({ name, frame, one, other });
	}
	found.oursAlone = lines.size;
	return found;
}

describe.skipIf(!hasTshark)("NetBIOS against tshark", () => {
	it("says the same of the lab's recordings", { timeout: 120_000 }, async () => {
		let messages = 0;
		for (const recorded of RECORDED) {
			const { equal, ...others } = await compare(recorded);
			expect(others).toEqual({ differing: [], alone: 0, oursAlone: 0, malformed: 0 });
			messages += equal;
		}
		expect(messages).toBeGreaterThan(50);
	});

	it.skipIf(!hasCaptures)("says the same of public captures", { timeout: 180_000 }, async () => {
		let messages = 0;
		for (const name of someOf(PUBLIC)) {
			const { equal, malformed, ...others } = await compare(name);
			expect({ name, ...others }).toEqual({ name, differing: [], alone: 0, oursAlone: 0 });
			expect(malformed).toBe(name === BROKEN ? 1 : 0);
			messages += equal;
		}
		expect(messages).toBeGreaterThan(100);
	});
});
