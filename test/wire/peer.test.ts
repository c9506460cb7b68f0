/** Addresses, ports and lengths of real captures, against another dissector on the same bytes. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { addressText, macText } from "../../src/wire/address.ts";
import { PacketParser } from "../../src/wire/parser.ts";

const CAPTURES = fileURLToPath(new URL("../../../shared/captures/", import.meta.url));
/** One or more of each link type, of VLANs, of IPv6, of plant protocols; all small. */
const FILES = [
	"zeek+zeek/testing/btest/Traces/http-qinq-0.pcap",
	"zeek+zeek/testing/btest/Traces/http-vlan-0.pcap",
	"OISF+suricata-verify/tests/arp/detect-arp-03-vlan/input.pcap",
	"ITI+ICS-Security-Tools/pcaps/dnp3/operate_aggressive_mode.pcap",
	"OISF+suricata-verify/tests/smtp-rset-starttls/input.pcap",
	"ITI+ICS-Security-Tools/pcaps/dnp3/opendnp3-3/conformance/6.5.2/dump.pcap",
	"ITI+ICS-Security-Tools/pcaps/dnp3/opendnp3-3/conformance/7.2/dump.pcap",
	"ntop+nDPI/tests/cfgs/default/pcap/http2.pcapng",
	"ntop+nDPI/tests/cfgs/default/pcap/tls_heur__shadowsocks-tcp.pcapng",
	"zeek+zeek/testing/btest/Traces/tls/openjdk-25.0.2-zeek.org.pcap",
	"OISF+suricata-verify/tests/dns/dns-udp-eve-log-srv/input.pcap",
	"OISF+suricata-verify/tests/tls-alpn-log-detect-02/input.pcap",
	"zeek+zeek/testing/btest/Traces/tls/ml-dsa-44-cert.pcap",
	"zeek+zeek/testing/btest/Traces/http/basic-auth-with-colon.pcap",
	"the-tcpdump-group+tcpdump/tests/ipv6-next-header-oobr-1.pcap",
	"the-tcpdump-group+tcpdump/tests/ipv6-rthdr-oobr.pcap",
	"ntop+nDPI/tests/cfgs/default/pcap/dns_fragmented.pcap",
	"EmreEkin+ICS-Pcaps/BacNET/bacnet-ethernet.pcap",
	"EmreEkin+ICS-Pcaps/IEC61850/mmsy.pcap",
	"EmreEkin+ICS-Pcaps/CIP/ENIP_CIP-CM.pcap",
	"kb221svs+modbus-anomaly-detection/modbus.pcap",
	"kb221svs+modbus-anomaly-detection/modbus_lo.pcap",
	"cisagov+icsnpp-modbus/testing/traces/modbus_example.pcap",
	"ITI+ICS-Security-Tools/pcaps/s7/step7_s300_download.pcapng",
	"zeek+zeek/testing/btest/Traces/modbus/modbusSmall.pcap",
].map((file) => join(CAPTURES, file));
const present = FILES.filter((file) => existsSync(file));
const hasTools = ["tshark", "mergecap"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
const reason = present.length === 0 ? " (skipped: no captures)" : hasTools ? "" : " (skipped: no tshark)";

/** The last of a list: the innermost layer. */
const last = (list: string | undefined): string => list?.split(",").at(-1) ?? "";

it.skipIf(reason !== "")(`every frame is read as tshark reads it${reason}`, { timeout: 60_000 }, async () => {
	const folder = mkdtempSync(join(tmpdir(), "spanwatch-peer-"));
	try {
		const merged = join(folder, "all.pcapng");
		execFileSync("mergecap", ["-a", "-w", merged, ...present]);
		const fields = [
			"frame.number",
			"frame.protocols",
			"ip.src",
			"ip.dst",
			"ipv6.src",
			"ipv6.dst",
			"tcp.srcport",
			"tcp.dstport",
			"udp.srcport",
			"udp.dstport",
			"tcp.len",
			"tcp.seq_raw",
			"udp.length",
			"vlan.id",
			"eth.src",
		];
		const output = execFileSync(
			"tshark",
			[
				"-n",
				"-r",
				merged,
				"-o",
				"ip.defragment:FALSE",
				"-o",
				"ipv6.defragment:FALSE",
				"-o",
				"tcp.desegment_tcp_streams:FALSE",
				"-T",
				"fields",
				"-E",
				"occurrence=a",
				...fields.flatMap((field) => ["-e", field]),
			],
			{ maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] },
		).toString();
		const theirs = new Map<number, string>();
		for (const line of output.split("\n")) {
			const [
				number,
				protocols = "",
				ip4From,
				ip4To,
				ip6From,
				ip6To,
				tcpFrom,
				tcpTo,
				udpFrom,
				udpTo,
				tcpLength,
				sequence,
				udpLength,
				vlans,
				mac,
			] = line.split("\t");
			// an ICMP error carries the header of another packet
			if (!number || protocols.includes("icmp")) continue;
			const isSix = protocols.lastIndexOf(":ipv6") > protocols.lastIndexOf(":ip:") || protocols.startsWith("ipv6");
			const hasIp = isSix || /(^|:)ip(:|$)/.test(protocols);
			let text = `${vlans?.split(",")[0] ?? ""} ${mac ?? ""}`;
			if (hasIp) text += isSix ? ` ${last(ip6From)} ${last(ip6To)}` : ` ${last(ip4From)} ${last(ip4To)}`;
			if (tcpFrom) text += ` tcp ${last(tcpFrom)} ${last(tcpTo)} ${last(tcpLength)} ${last(sequence)}`;
			else if (udpFrom) text += ` udp ${last(udpFrom)} ${last(udpTo)} ${Number(last(udpLength)) - 8}`;
			theirs.set(Number(number), text);
		}
		const parser = new PacketParser();
		const { packet } = parser;
		let compared = 0;
		const differences: string[] = [];
		await readCapture(new CaptureInput(merged), (frame) => {
			const isRead = parser.parse(frame);
			const text = theirs.get(frame.number);
			// tshark shows the ports of a first fragment
			if (text === undefined || (packet.ipVersion !== 0 && packet.isFragment)) return;
			// a cooked header carries an address that tshark does not call an Ethernet one
			const hasMac = isRead && packet.sourceMac >= 0 && packet.destinationMac >= 0;
			let ours = `${isRead && packet.vlan >= 0 ? packet.vlan : ""} ${hasMac ? macText(packet.linkBytes, packet.sourceMac) : ""}`;
			if (isRead && packet.ipVersion !== 0) {
				ours += ` ${addressText(packet.source)} ${addressText(packet.destination)}`;
				const ports = ` ${packet.sourcePort} ${packet.destinationPort} ${packet.payloadWireLength}`;
				if (packet.ipProtocol === 6) ours += ` tcp${ports} ${packet.sequence}`;
				else if (packet.ipProtocol === 17) ours += ` udp${ports}`;
			}
			compared++;
			if (ours !== text) differences.push(`frame ${frame.number}: ours ${ours}, theirs ${text}`);
		});
		expect(differences.slice(0, 10)).toEqual([]);
		expect(compared).toBeGreaterThan(present.length * 10);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
