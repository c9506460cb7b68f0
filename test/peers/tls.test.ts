/** What we say of TLS, hello by hello, alert by alert and certificate by certificate against tshark: of every public capture that has any, and of the lab's recordings. Zeek's ssl.log and x509.log where the captures have them. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { alertName, suiteName, versionName } from "../../src/wire/tlsNames.ts";
import { capturesOf, hasCaptures, type Line, linesOf, someOf } from "./captures.ts";
import { columnsOf, hasTshark } from "./tshark.ts";
import { rowsOf } from "./zeekLog.ts";

const OWN = ["update-check", "old-encryption"].map((name) => fileURLToPath(new URL(`../../captures/${name}.pcap`, import.meta.url)));
/** Of captures that the list says hold something else beside, those in which TLS begins a connection. */
const names = hasCaptures
	? someOf(
			capturesOf("IT/other").filter((name) => /tls|ssl|\/cert-|x509|chrome|dhe|ecdsa|ocsp|google|heartbleed|hrr|https|openjdk/i.test(name)),
		)
	: [];

/** "frame what", sorted: one for each message. */
type Said = string[];

const hex4 = (value: string): number => Number.parseInt(value, 16);

const FIELDS = [
	"frame.number",
	"tls.handshake.type",
	"tls.handshake.extensions_server_name",
	"tls.handshake.version",
	"tls.handshake.ciphersuite",
	"tls.handshake.extensions.supported_version",
	"tls.alert_message.desc",
	"tls.handshake.certificate",
] as const;

/** What tshark says; of the fields of several messages in one frame, which stand one behind another, those of one hello and of the first certificate are told apart. */
async function theirs(name: string): Promise<Said> {
	const said: Said = [];
	for (const row of await columnsOf(name, "tcp && tls && (tls.handshake.type || tls.alert_message.desc)", FIELDS)) {
		const frame = row["frame.number"][0];
		const types = row["tls.handshake.type"];
		if (types.includes("1")) said.push(`${frame} client-hello ${row["tls.handshake.extensions_server_name"][0] ?? ""}`);
		if (types.includes("2")) {
			const version = row["tls.handshake.extensions.supported_version"].at(-1) ?? row["tls.handshake.version"][0]!;
			said.push(`${frame} server-hello ${versionName(hex4(version))} ${suiteName(hex4(row["tls.handshake.ciphersuite"][0]!))}`);
		}
		for (const code of row["tls.alert_message.desc"]) said.push(`${frame} alert ${alertName(Number(code))}`);
		const [own] = row["tls.handshake.certificate"];
		if (own !== undefined) {
			const der = Buffer.from(own.replaceAll(":", ""), "hex");
			said.push(`${frame} certificate ${createHash("sha1").update(der).digest("hex").toUpperCase()}`);
		}
	}
	return said.sort();
}

function ours(lines: readonly Line[]): Said {
	return lines
		.flatMap((line) => {
			const { frame, kind } = line;
			if (kind === "client-hello") return [`${frame} client-hello ${line.serverName ?? ""}`];
			if (kind === "server-hello") return [`${frame} server-hello ${line.version} ${line.cipherSuite}`];
			if (kind === "alert") return [`${frame} alert ${line.alertName}`];
			return kind === "certificate" ? [`${frame} certificate ${line.certificate.thumbprint}`] : [];
		})
		.sort();
}

/** What the two do not both say. */
function differences(one: readonly string[], other: readonly string[]): { oursAlone: string[]; theirsAlone: string[] } {
	const left = [...other];
	const oursAlone = one.filter((said) => {
		const place = left.indexOf(said);
		if (place >= 0) left.splice(place, 1);
		return place < 0;
	});
	return { oursAlone, theirsAlone: left };
}

/** Captures, and Zeek's log of connections beside them; several have the rows of other captures too. */
const ZEEK = "zeek+zeek/testing/btest/";
const LOGS: readonly (readonly [capture: string, log: string])[] = [
	["tls-conn-with-extensions.pcap", "basic/ssl.log"],
	["dhe.pcap", "dhe/ssl.log"],
	["ecdsa-cert.pcap", "ecdsa/ssl.log"],
	["tls-fragmented-handshake.pcap.gz", "fragment/ssl.log"],
	["tls1.2.pcap", "tls-1.2/ssl.log"],
	["tls13_wolfssl.pcap", "tls13_encrypted_handshake_events/ssl.log"],
	["tls13draft16-chrome55.0.2879.0-canary-aborted.pcap", "tls13/ssl-out.log"],
	["tls13draft16-chrome55.0.2879.0-canary.pcap", "tls13/ssl-out.log"],
	["tls13draft16-ff52.a01-aborted.pcap", "tls13/ssl-out.log"],
	["hrr.pcap", "tls13/ssl-out.log"],
];
const SAID = ["version", "cipher", "server_name", "resumed", "last_alert", "established", "certificate"] as const;
type Connection = Record<(typeof SAID)[number], string>;

/** By the client's port, as Zeek says it. */
function connectionsOf(lines: readonly Line[]): Map<string, Connection> {
	const connections = new Map<string, Connection>();
	for (const line of lines) {
		const key = `${line.client.ip} ${line.client.port}`;
		const one = connections.get(key) ?? {
			version: "-",
			cipher: "-",
			server_name: "-",
			resumed: "F",
			last_alert: "-",
			established: "F",
			certificate: "-",
		};
		connections.set(key, one);
		if (line.kind === "client-hello") one.server_name = line.serverName ?? "-";
		if (line.kind === "server-hello") {
			one.version = String(line.version).replace(
				/^TLS (\d)\.(\d)( draft )?/,
				(_, major, minor, draft) => `TLSv${major}${minor}${draft ? "-draft" : ""}`,
			);
			one.cipher = line.cipherSuite;
		}
		if (line.kind === "alert") one.last_alert = String(line.alertName).replace("certificate authority", "ca").replaceAll(" ", "_");
		if (line.kind === "handshake") {
			one.established = "T";
			if (line.resumed) one.resumed = "T";
		}
		if (line.kind === "certificate" && line.sender === "server") one.certificate = line.certificate.thumbprint256.toLowerCase();
	}
	return connections;
}

/** What the two say otherwise, and why theirs is not wrong, or ours is not. */
const EXPLAINED: Readonly<Record<string, { oursAlone?: readonly string[]; theirsAlone?: readonly string[]; why: string }>> = {
	"OISF+suricata-verify/tests/tls/tls-cert-noissuer/tls.pcap": {
		theirsAlone: ["6 certificate FA5F67F73E6E2453E8175D7FBCA6BC2066FB6212"],
		why: "a certificate without an issuer is none (RFC 5280, 4.1.2.4): the reader of node refuses it, and it is counted",
	},
	"zeek+zeek/testing/btest/Traces/tls/ml-dsa-44-cert.pcap": {
		theirsAlone: ["5 certificate D36ABB9E6C6B82270778A6B56EF822D0CBC06B81"],
		why: "the key is of a kind that the reader of node 20 does not know: it is counted",
	},
	"OISF+suricata-verify/tests/tls/tls13-draft14/tls13_draft14.pcap": {
		oursAlone: ["6 server-hello TLS 1.3 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
		theirsAlone: ["6 server-hello TLS 1.3 0xacad"],
		why: "a ServerHello of draft 14 has no session, and tshark reads one",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_cipher_lens.pcap": {
		theirsAlone: ["2 client-hello ", "3 client-hello "],
		why: "the list of cipher suites is longer than the message: they are malformed",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_invalid_reads.pcap": {
		theirsAlone: ["12 client-hello e.crashlytics.com"],
		why: "its version, 0x03e2, is none: not enough to be taken for TLS on a port that is not its own",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_heur__vmess-tcp-tls.pcapng": {
		theirsAlone: ["35 client-hello www.youtube.com", "53 server-hello TLS 1.3 TLS_AES_256_GCM_SHA384"],
		why: "it begins inside a connection of another protocol (SOCKS)",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_heur__vmess-websocket.pcapng": {
		theirsAlone: ["22 client-hello www.youtube.com", "39 server-hello TLS 1.3 TLS_AES_256_GCM_SHA384"],
		why: "it begins inside a connection of another protocol (SOCKS)",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_port_80.pcapng": {
		oursAlone: ["12 client-hello ", "13 server-hello TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"],
		why: "tshark takes port 80 for HTTP",
	},
	"ntop+nDPI/tests/cfgs/default/pcap/tls_multiple_synack_different_seq.pcapng": {
		oursAlone: ["10 certificate 5A47180A2F9002C9305CB1BED60D5A4224C88176"],
		why: "the server answered the call twice, with other numbers: tshark follows the first",
	},
	"zeek+zeek/testing/btest/Traces/tls/hrr.pcap": {
		oursAlone: ["11 server-hello TLS 1.3 TLS_AES_256_GCM_SHA384"],
		why: "segments came in another order, of which tshark reads none",
	},
	"zeek+zeek/testing/btest/Traces/tls/ssl-v2.pcap": {
		oursAlone: ["6 server-hello SSL 2.0 undefined"],
		theirsAlone: ["8 server-hello 0x0NaN 0x0NaN"],
		why: "the client's key of SSL 2.0 has the number that a ServerHello has in TLS; tshark's name of frame 6 is Server Hello too",
	},
	"OISF+suricata-verify/tests/tls/tls-subjectaltname/input.pcap": {
		oursAlone: [
			"126 certificate AE3D6031503C5AADABE0213902FB3214D1A5234A",
			"126 server-hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
		],
		why: "segments came before and again in another order, of which tshark reads none",
	},
};

describe.skipIf(!hasTshark)("TLS against tshark", () => {
	it.each(OWN)("says the same of %s", { timeout: 120_000 }, async (name) => {
		const said = await theirs(name);
		// Port 802 is mbaps, which says a handshake as one.
		expect(differences(ours(await linesOf(name, ["tls"])), said)).toEqual({ oursAlone: [], theirsAlone: [] });
		expect(said.length).toBeGreaterThan(4);
	});

	it.skipIf(!hasCaptures).each(names)("says the same of %s", { timeout: 120_000 }, async (name) => {
		const { oursAlone = [], theirsAlone = [] } = EXPLAINED[name] ?? {};
		expect(differences(ours(await linesOf(name, ["tls"])), await theirs(name))).toEqual({ oursAlone, theirsAlone });
	});
});

describe.skipIf(!hasCaptures)("TLS against Zeek", () => {
	it.each(LOGS)("says of the connections of %s what %s has", { timeout: 60_000 }, async (capture, log) => {
		const rows = rowsOf(`${ZEEK}Baseline/scripts.base.protocols.ssl.${log}`);
		const connections = connectionsOf(await linesOf(`${ZEEK}Traces/tls/${capture}`, ["tls"]));
		let compared = 0;
		for (const [key, said] of connections) {
			const row = rows.find((one) => `${one["id.orig_h"]} ${one["id.orig_p"]}` === key);
			expect(row, key).toBeDefined();
			const theirSaid = Object.fromEntries(SAID.map((field) => [field, row![field]!]));
			// A certificate of some hundred KiB is beyond the bound, and counted.
			theirSaid.certificate = log.startsWith("fragment") ? "-" : row!.cert_chain_fps!.split(",")[0]!.replace("(empty)", "-");
			expect({ capture, key, ...said }).toEqual({ capture, key, ...theirSaid });
			compared++;
		}
		expect(compared).toBeGreaterThan(0);
	});

	it.each([
		["tls-conn-with-extensions.pcap", "basic"],
		["ecdsa-cert.pcap", "ecdsa"],
		["tls1.2.pcap", "tls-1.2"],
	])("reads the server's certificate of %s as x509.log does", async (capture, log) => {
		const [row] = rowsOf(`${ZEEK}Baseline/scripts.base.protocols.ssl.${log}/x509.log`);
		const lines = await linesOf(`${ZEEK}Traces/tls/${capture}`, ["tls"]);
		const { certificate } = lines.find(({ kind, sender }) => kind === "certificate" && sender === "server")!;
		expect(certificate.thumbprint256.toLowerCase()).toBe(row!.fingerprint);
		expect([certificate.validFrom, certificate.validTo]).toEqual(
			[row!["certificate.not_valid_before"], row!["certificate.not_valid_after"]].map(Number),
		);
		const parts = (name: string) => name.split(/, ?/).sort();
		expect(parts(certificate.issuer)).toEqual(parts(row!["certificate.issuer"]!));
	});
});
