/** DNS, DHCP and ARP, message by message against tshark. */
import { messageName } from "../../protocols/dhcp/codes.ts";
import { responseName, typeName } from "../../protocols/dns/codes.ts";
import { byFrame, type Line, linesOf } from "./captures.ts";
import { inPairs, Tally } from "./tally.ts";
import { type Columns, columnsOf, version } from "./tshark.ts";

const FIELDS = [
	"frame.number",
	"frame.len",
	"frame.cap_len",
	"frame.protocols",
	"_ws.malformed",
	"udp.srcport",
	"udp.dstport",
	"dns.id",
	"dns.flags.response",
	"dns.flags.opcode",
	"dns.flags.rcode",
	"dns.flags.truncated",
	"dns.count.answers",
	"dns.qry.name",
	"dns.qry.type",
	"dns.a",
	"dns.aaaa",
	"dns.cname",
	"dhcp.id",
	"dhcp.option.dhcp",
	"dhcp.hw.mac_addr",
	"dhcp.ip.client",
	"dhcp.ip.your",
	"dhcp.ip.relay",
	"dhcp.option.hostname",
	"dhcp.option.requested_ip_address",
	"dhcp.option.dhcp_server_id",
	"dhcp.option.request_list_item",
	"dhcp.option.ip_address_lease_time",
	"arp.opcode",
	"arp.src.hw_mac",
	"arp.src.proto_ipv4",
	"arp.dst.hw_mac",
	"arp.dst.proto_ipv4",
] as const;
type Row = Columns<(typeof FIELDS)[number]>;

/** What of a message is compared: text by name. Undefined where one side does not say it. */
type Said = Record<string, string | undefined>;

const MALFORMED = "malformed";

/** `\\DDD` as the byte that it stands for. */
const unescaped = (name: string): string => name.replace(/\\(\d\d\d)/g, (_, code: string) => String.fromCharCode(Number(code)));

/** tshark shows bytes that are no ASCII as UTF-8 or as replacement characters. */
const lossy = (name: string): string => name.replace(/[^\x20-\x7e]+/g, "\ufffd");

/** Our list, as far as it goes, is the beginning of theirs: tshark adds those of the sections that we do not read. */
const beginning = (ours: readonly string[], theirs: readonly string[]): string => theirs.slice(0, ours.length).join();

function saidOfDns(line: Line): Said {
	const answers: { type: string; data?: string }[] = line.answers ?? [];
	const of = (type: string) => answers.filter((answer) => answer.type === type && answer.data !== undefined).map(({ data }) => data!);
	const isAnswer = line.answers !== undefined;
	return {
		id: String(line.transactionId),
		isResponse: String(isAnswer),
		opcode: String(line.opcode),
		query: line.query === "." ? "" : lossy(unescaped(line.query)),
		queryType: line.queryType,
		...(isAnswer && { responseCode: line.responseCode, answers: String(answers.length), a: of("A").join(), aaaa: of("AAAA").join() }),
		isTruncated: String(line.truncated === true),
	};
}

function dnsSaid(row: Row, ours: Line | undefined): Said {
	const first = (field: keyof Row) => row[field][0];
	const isResponse = first("dns.flags.response") === "1" || first("dns.flags.response") === "True";
	const answers: { type: string; data?: string }[] = ours?.answers ?? [];
	const count = (type: string) => answers.filter((answer) => answer.type === type && answer.data !== undefined).map(({ data }) => data!);
	const name = first("dns.qry.name") ?? "";
	const code = Number(first("dns.flags.rcode") ?? 0);
	const type = first("dns.qry.type");
	return {
		id: String(Number(first("dns.id"))),
		isResponse: String(isResponse),
		opcode: String(Number(first("dns.flags.opcode"))),
		query: name === "<Root>" || name === "" ? "" : lossy(name),
		queryType: type === undefined ? typeName(0) : typeName(Number(type)),
		...(isResponse && {
			responseCode: responseName(code),
			answers: first("dns.count.answers") ?? "0",
			a: beginning(count("A"), row["dns.a"]),
			aaaa: beginning(count("AAAA"), row["dns.aaaa"]),
		}),
		isTruncated: String(first("dns.flags.truncated") === "1" || first("dns.flags.truncated") === "True"),
	};
}

const present = (address: string | undefined): string | undefined => (address === "0.0.0.0" ? undefined : address);

function saidOfDhcp(line: Line): Said {
	return {
		id: String(line.transactionId),
		messageType: line.messageType,
		clientMac: line.clientMac,
		clientIp: line.clientIp,
		yourIp: line.yourIp,
		relayIp: line.relayIp,
		hostName: line.hostName,
		requestedIp: line.requestedIp,
		serverId: line.serverId,
		parameters: line.parameters?.join(),
		leaseTime: line.leaseTime?.toString(),
	};
}

function dhcpSaid(row: Row): Said {
	const first = (field: keyof Row): string | undefined => row[field][0];
	return {
		id: String(Number(first("dhcp.id"))),
		messageType: messageName(Number(first("dhcp.option.dhcp") ?? 0)),
		clientMac: first("dhcp.hw.mac_addr"),
		clientIp: present(first("dhcp.ip.client")),
		yourIp: present(first("dhcp.ip.your")),
		relayIp: present(first("dhcp.ip.relay")),
		hostName: first("dhcp.option.hostname"),
		requestedIp: present(first("dhcp.option.requested_ip_address")),
		serverId: first("dhcp.option.dhcp_server_id"),
		parameters: row["dhcp.option.request_list_item"].length > 0 ? row["dhcp.option.request_list_item"].join() : undefined,
		leaseTime: first("dhcp.option.ip_address_lease_time"),
	};
}

const saidOfArp = (line: Line): Said => ({
	operation: String(line.operation),
	senderMac: line.senderMac,
	senderIp: line.senderIp,
	targetMac: line.targetMac,
	targetIp: line.targetIp,
});

const arpSaid = (row: Row): Said => ({
	operation: row["arp.opcode"][0],
	senderMac: row["arp.src.hw_mac"][0],
	senderIp: row["arp.src.proto_ipv4"][0],
	targetMac: row["arp.dst.hw_mac"][0],
	targetIp: row["arp.dst.proto_ipv4"][0],
});

interface Difference {
	/** Undefined where tshark has no such message. */
	row: Row | undefined;
	line: Line | undefined;
	fields: readonly string[];
	/** It was taken for a copy of a frame just before. */
	isCopy: boolean;
}

/** Why a message may differ, and how that is told from a defect. */
export const NETWORK_REASONS: readonly { reason: string; applies: (difference: Difference) => boolean }[] = [
	{
		reason: "DNS inside HTTP: tshark unpacks it, we call the flow HTTP",
		applies: ({ row, line }) => line === undefined && /:http2?:dns$/.test(protocolsOf(row)),
	},
	{
		reason: "quoted in an ICMP error: tshark reads it again, we do not",
		applies: ({ row, line }) => line === undefined && /:icmp(v6)?:.*:(dns|llmnr|mdns|dhcp)$/.test(protocolsOf(row)),
	},
	{
		reason: "a link type that we do not read (802.11, ARCNET, FDDI)",
		applies: ({ row, line }) => line === undefined && /^(wlan|arcnet|fddi)/.test(protocolsOf(row)),
	},
	{
		reason: "the same packet twice within a millisecond (another VLAN tag, or a mirror): we decode it once",
		applies: ({ line, isCopy }) => line === undefined && isCopy,
	},
	{
		reason: "cut by the snap length: what is left is enough for one of us and not for the other",
		applies: ({ row }) => row !== undefined && Number(row["frame.cap_len"][0]) < Number(row["frame.len"][0]),
	},
	{
		reason: "malformed: tshark reads up to the fault, we count a message that was refused",
		applies: ({ row, line }) => line === undefined && row !== undefined && row["_ws.malformed"].length > 0,
	},
	{
		reason: "malformed: both say so, tshark with the fields up to the fault",
		applies: ({ line }) => line?.kind === MALFORMED,
	},
	{
		reason: "DNS on a port of its own: a datagram there is too little to be sure",
		applies: ({ row, line }) =>
			line === undefined &&
			protocolsOf(row).endsWith("udp:dns") &&
			![...row!["udp.srcport"], ...row!["udp.dstport"]].some((port) => /^(53|5353|5355)$/.test(port)),
	},
	{
		reason: "an update has prerequisites where a question has answers (RFC 2136): tshark gives the count another name",
		applies: ({ line, fields }) => line?.opcode === 5 && fields.join() === "answers",
	},
];

const protocolsOf = (row: Row | undefined): string => row?.["frame.protocols"][0] ?? "";

/** `alter` may change our lines, to prove that a difference is seen. */
export async function compareNetwork(capture: string, alter: (line: Line) => void = () => {}): Promise<Tally> {
	const tally = new Tally(capture, `tshark ${version}`);
	const copies = new Set<number>();
	const lines = (await linesOf(capture, ["dns", "dhcp", "arp"], copies)).filter(({ kind }) => kind !== "unanswered");
	lines.forEach(alter);
	const ours = byFrame(lines);
	const rows = await columnsOf(capture, "dns || mdns || llmnr || dhcp || arp", FIELDS);
	const theirs = new Map(rows.map((row) => [Number(row["frame.number"][0]), row]));
	const frames = [...new Set([...theirs.keys(), ...ours.keys()])].sort((a, b) => a - b);
	for (const frame of frames) {
		const row = theirs.get(frame);
		const mine = ours.get(frame) ?? [];
		// tshark's columns hold all messages of a frame; the first is compared, and their number.
		const [line] = mine;
		const number = row === undefined ? 0 : Math.max(row["dns.id"].length, row["dhcp.id"].length, row["arp.opcode"].length);
		const rowsOfFrame = Math.max(number, mine.length);
		let fields: string[] = [];
		let shown = `${mine.length} of ours, ${number} of tshark`;
		if (row !== undefined && line !== undefined && mine.length === number) {
			const [said, peer] =
				line.protocol === "dns"
					? [saidOfDns(line), dnsSaid(row, line)]
					: line.protocol === "dhcp"
						? [saidOfDhcp(line), dhcpSaid(row)]
						: [saidOfArp(line), arpSaid(row)];
			fields = [...new Set([...Object.keys(said), ...Object.keys(peer)])].filter((key) => said[key] !== peer[key]);
			if (line.kind === MALFORMED) fields.push(MALFORMED);
			shown = fields.map((key) => `${key}: ours ${said[key]}, tshark ${peer[key]}`).join("; ");
			if (fields.length === 0) {
				tally.same(rowsOfFrame);
				continue;
			}
		}
		const reason = NETWORK_REASONS.find(({ applies }) => applies({ row, line, fields, isCopy: copies.has(frame) }))?.reason;
		tally.count(
			reason,
			`frame ${frame} ${row?.["frame.protocols"][0] ?? line?.protocol} ${row?.["_ws.malformed"].join() ?? ""}: ${shown.slice(0, 300)}`,
			rowsOfFrame,
		);
	}
	return tally;
}

/** Captures by the folder that they are in. */
const CAPTURES: Readonly<Record<string, readonly string[]>> = {
	"EmreEkin+ICS-Pcaps/DHCP/": ["dhcp-discover.pcap", "dhcp-relay-serverside.pcap", "dhcp_server.pcap"],
	"OISF+suricata-verify/tests/": [
		"arp/detect-arp-03-vlan/input.pcap",
		"arp/detect-arp-04-vxlan/vxlan-arp.pcap",
		"decode-arp-1/input.pcap",
		"decode-arp-2/arp.pcap",
		"dhcp-eve-extended/input.pcap",
		"dhcp-request-flood/test.pcap",
		"dns-eve-v2-udp-nxdomain-soa/dns-udp-nxdomain-soa.pcap",
		"dns-opcode/dns-notify.pcap",
		"dns-over-http2/dns_over_https.pcap",
		"dns-reversed-tcp-1/dns.pcap",
		"dns-reversed-udp-1/input.pcap",
		"dns-tcp-ts-gap/input.pcap",
		"dns-udp-junkrequest-first/input.pcap",
		"dns-udp-z-flag-fp/suricatafpdnsdecoder.pcap",
		"dns/bug-990/input.pcap",
		"dns/dns-answer-emptydata/input.pcap",
		"dns/dns-answer-name/dns-udp-request-with-answer.pcap",
		"dns/dns-dcerpc-reversed/input.pcap",
		"dns/dns-eve-log-https-only/test.pcap",
		"dns/dns-incomplete/input.pcap",
		"dns/dns-query/dns-detect-query-03/input.pcap",
		"dns/dns-query/dns-detect-query-05/input.pcap",
		"dns/dns-udp-eve-log-srv/input.pcap",
		"dns/dns-udp-null/input.pcap",
		"dns/dns-z-bit/input.pcap",
		"smb2-07/20171220_smb_psexec_add_user.pcap",
	],
	"google+gopacket/pcap": ["/test_dns.pcap", "go/tests/be/test001.pcapng", "go/tests/le/test004.pcapng"],
	"idaholab+Malcolm-Test-Artifacts/pcap/protocols/": ["DHCP.pcap"],
	"ntop+nDPI/tests/cfgs/default/pcap/": [
		"avast_securedns.pcapng",
		"dhcp-fuzz.pcapng",
		"dns-exf.pcap",
		"dns-tunnel-iodine.pcap",
		"dns_fragmented.pcap",
		"dns_long_domainname.pcap",
		"malformed_dns.pcap",
		"mullvad_dns.pcap",
		"netbios_wildcard_dns_query.pcap",
	],
	"the-tcpdump-group+tcpdump/tests/": [
		"arcnet-rfc1051-arp-icmp-http.pcap",
		"dhcp-option-108.pcapng",
		"dns-badcookie.pcap",
		"dns-badlabel.pcap",
		"dns-badvers.pcap",
		"dns-uri.pcap",
		"dns_udp.pcap",
		"dns_udp_8053.pcap",
		"edns-opts.pcap",
	],
	"zeek+zeek/testing/btest/Traces/": [
		"arp-who-has-wlanmon.pcap",
		"arp-who-has.pcap",
		"dhcp/dhcp.pcap",
		"dhcp/dhcp_bad_cookie_option_retention.pcap",
		"dhcp/dhcp_discover_param_req_and_client_id.pcap",
		"dhcp/dhcp_inform.pcap",
		"dhcp/dhcp_time_and_nameserver.pcap",
		"dhcp/hw-type0.pcap",
		"dns-edns-ecs-bad.pcap",
		"dns-https.pcap",
		"dns-huge-ttl.pcap",
		"dns-inverse-query.pcap",
		"dns-svcb-rdlength-mismatch.pcap",
		"dns-svcb.pcap",
		"dns-tsig.pcap",
		"dns-two-responses.pcap",
		"dns-txt-multiple.pcap",
		"dns/conn-count-too-large.pcap",
		"dns/dns-corrupt.pcap",
		"dns/dns-invalid-names.pcap",
		"dns/dns-wks.pcap",
		"dns/dns_notify2.pcap",
		"dns/dynamic-update.pcap",
		"dns/loc-invalid-length.pcap",
		"dns/max-compression-depth.pcap",
		"dns/mdns-no-assoc.pcap",
		"dns/mdns.pcap",
		"dns/sshfp-trunc.pcap",
		"dns/svcb-alpn-malformed-len-too-short.pcap",
		"dns/svcb-port-malformed.pcap",
		"dns/tkey.pcap",
		"dns/tm1t.pcap",
		"dnssec/dnskey2.pcap",
		"dnssec/ed25519.no.pcap",
		"dnssec/nsec.pcap",
		"smb/smb_v2_only_non_zero_reserved1.pcap",
	],
};

export const networkCaptures = (): string[] => Object.entries(CAPTURES).flatMap(([folder, names]) => names.map((name) => folder + name));

export const compareAllNetwork = (): Promise<Tally[]> => inPairs(networkCaptures(), (capture) => compareNetwork(capture));
