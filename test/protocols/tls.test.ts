/** TLS on any port: real connections of node:tls through the engine, and the contract record by record. */
import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { makeCredentials } from "../../captures/lab/credentials.ts";
import { tls } from "../../protocols/tls/index.ts";
import type { TlsObservation } from "../../protocols/tls/observation.ts";
import { readCertificate } from "../../src/decode/certificate.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { RECORD_HEADER, recordLength } from "../../src/wire/tls.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { type Chunk, recordSession } from "./tlsSession.ts";

const server = makeCredentials("/O=Test plant/CN=gateway");
const client = makeCredentials("/O=Test plant/CN=hmi");
const messages = [new Uint8Array(20_000).fill(65), Uint8Array.of(1, 2, 3)];
const old = await recordSession({ version: "TLSv1.2", server, client, isMutual: true, serverName: "gateway.plant.example", messages });
const recent = await recordSession({ version: "TLSv1.3", server, serverName: "gateway.plant.example", messages });

/** Records of a connection, one a sample. */
function recordsOf(chunks: readonly Chunk[]): Sample[] {
	const left: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
	const samples: Sample[] = [];
	for (const { direction, bytes } of chunks) {
		let rest = join(left[direction], bytes);
		while (rest.length >= RECORD_HEADER && rest.length >= RECORD_HEADER + recordLength(rest, 0)) {
			const size = RECORD_HEADER + recordLength(rest, 0);
			samples.push({ name: `${samples.length}: type ${rest[0]}, ${size} bytes`, direction, bytes: rest.slice(0, size) });
			rest = rest.slice(size);
		}
		left[direction] = rest;
	}
	return samples;
}

const open = () => new StreamHarness(tls, { certificate: readCertificate });
function play(chunks: readonly Chunk[]): StreamHarness<TlsObservation> {
	const harness = open();
	for (const { direction, bytes } of chunks) harness.send(direction, bytes);
	return harness;
}

const thumbprints = ({ cert }: { cert: string }) => {
	const { fingerprint, fingerprint256 } = new X509Certificate(cert);
	return [fingerprint, fingerprint256].map((text) => text.replaceAll(":", ""));
};

/** A record without what depends on how it was cut. */
const said = ({ time: _, frame: __, requestFrame: ___, ...rest }: StreamHarness<TlsObservation>["records"][number]) => rest;

describe("a connection", () => {
	it("of TLS 1.2 shows its name, its fingerprint and both certificates", () => {
		const { records, traces, rejects } = play(old);
		expect(rejects).toBe(0);
		expect(records).toMatchObject([
			{ kind: "client-hello", serverName: "gateway.plant.example", offeredVersion: "TLS 1.2", ja4: expect.stringMatching(/^t12d/) },
			{ kind: "server-hello", version: "TLS 1.2" },
			{ kind: "certificate", sender: "server", certificate: { subject: "O=Test plant, CN=gateway" } },
			{ kind: "certificate", sender: "client", certificate: { subject: "O=Test plant, CN=hmi" } },
			{ kind: "handshake", version: "TLS 1.2", serverName: "gateway.plant.example", clientAuthenticated: true, requestFrame: 1 },
		]);
		expect(traces.map(({ kind, value, byServer }) => [kind, value, byServer])).toEqual([
			["domain", "gateway.plant.example", false],
			["ja4", records[0]!.ja4, false],
			...thumbprints(server).map((value) => ["certificate", value, true]),
			...thumbprints(client).map((value) => ["certificate", value, false]),
		]);
	});

	it("of TLS 1.3 shows no certificate", () => {
		const { records, rejects } = play(recent);
		expect(rejects).toBe(0);
		expect(records).toMatchObject([
			{ kind: "client-hello", ja4: expect.stringMatching(/^t13d/) },
			{ kind: "server-hello", version: "TLS 1.3", cipherSuite: "TLS_AES_256_GCM_SHA384" },
			{ kind: "handshake", version: "TLS 1.3" },
		]);
		expect(records[2]).not.toHaveProperty("resumed");
	});

	it("is one authentication, with what the two show of themselves", () => {
		const { operations, credentials } = play(old);
		expect(operations).toMatchObject([{ verb: "authenticate", code: 0, outcome: "ok", requestFrame: 1 }]);
		const names = "certificate for gateway.plant.example";
		expect(credentials).toEqual([
			{
				kind: names,
				text: thumbprints(server)[0],
				names: "O=Test plant, CN=gateway|O=Test plant, CN=gateway",
				isServer: true,
				port: 1,
			},
			{ kind: names, text: thumbprints(client)[0], names: "O=Test plant, CN=hmi|O=Test plant, CN=hmi", isServer: false },
			{ kind: "security", text: "TLS 1.2", isServer: false, rank: 0x0303 },
		]);
	});

	it("gives nothing more once it is encrypted, whatever the bytes in it look like", () => {
		const harness = play(recent);
		const before = harness.records.length;
		// A record of application data that holds what a record with a hello would look like.
		const hello = recordsOf(old)[0]!.bytes;
		harness.request(join(hex("17 0303"), Uint8Array.of(hello.length >> 8, hello.length & 255), hello));
		expect(harness.records).toHaveLength(before);
		// A hello in the clear begins anew.
		harness.request(hello);
		expect(harness.records).toHaveLength(before + 1);
	});

	it("begins anew with a hello, also where only the server's end of what was before was seen", () => {
		const harness = open();
		harness.response(hex("17 0303 0004 00112233"));
		for (const { direction, bytes } of old) harness.send(direction, bytes);
		expect(harness.records.map(({ kind }) => kind)).toEqual(play(old).records.map(({ kind }) => kind));
	});

	it("says the same where each handshake message is cut into many records, and several lie in one", () => {
		const whole = play(old);
		for (const size of [1, 7, 300, 5000]) {
			const pieces: Chunk[] = [];
			let gathered: { direction: Chunk["direction"]; bytes: Uint8Array } | undefined;
			const flush = () => {
				if (gathered === undefined) return;
				for (let at = 0; at < gathered.bytes.length; at += size) {
					const part = gathered.bytes.slice(at, at + size);
					pieces.push({
						direction: gathered.direction,
						bytes: join(hex("16 0303"), Uint8Array.of(part.length >> 8, part.length & 255), part),
					});
				}
				gathered = undefined;
			};
			const hidden = new Set<number>();
			for (const { direction, bytes } of recordsOf(old)) {
				if (bytes[0] === 22 && !hidden.has(direction)) {
					if (gathered !== undefined && gathered.direction !== direction) flush();
					gathered = { direction, bytes: join(gathered?.bytes ?? new Uint8Array(0), bytes.slice(RECORD_HEADER)) };
					continue;
				}
				flush();
				hidden.add(direction);
				pieces.push({ direction, bytes });
			}
			expect(play(pieces).records.map(said), `records of ${size}`).toEqual(whole.records.map(said));
		}
	});
});

const RANDOM = "11".repeat(32);
const message = (type: string, body: Uint8Array) => join(hex(type), Uint8Array.of(0, body.length >> 8, body.length & 255), body);
const recordOf = (type: number, body: Uint8Array) => join(Uint8Array.of(type, 3, 1, body.length >> 8, body.length & 255), body);
const clientHello = (more = "0000", session = "00") =>
	recordOf(22, message("01", hex(`0303 ${RANDOM} ${session} 0002 c02f 01 00 ${more}`)));
const serverHello = (version: string, suite: string, more = "", session = "00") =>
	recordOf(22, message("02", hex(`${version} ${RANDOM} ${session} ${suite} 00 ${more}`)));
const CHANGE = hex("14 0303 0001 01");
const FINISHED = hex("16 0303 0004 deadbeef");
const DATA = hex("17 0303 0004 deadbeef");
/** A whole handshake, as far as it is in the clear. */
const agreed = (answer: Uint8Array, ask = clientHello()) =>
	open().request(ask).response(answer).request(CHANGE).request(FINISHED).response(CHANGE).response(FINISHED);
const kinds = ({ records }: StreamHarness<TlsObservation>) => records.map(({ kind }) => kind);

describe("the end of a handshake", () => {
	it("takes an earlier session up again, by its name, a ticket or a key", () => {
		const named = agreed(serverHello("0303", "c02f", "", "02 aabb"), clientHello("0000", "02 aabb"));
		expect(named.records.at(-1)).toMatchObject({ kind: "handshake", version: "TLS 1.2", resumed: true });
		const ticket = agreed(serverHello("0303", "c02f"), clientHello("0007 0023 0003 010203"));
		expect(ticket.records.at(-1)).toMatchObject({ kind: "handshake", resumed: true });
		// A ticket may be asked for, a session be new, and some suites have no certificate.
		expect(agreed(serverHello("0303", "c02f", "", "02 aabc"), clientHello("0004 0023 0000", "02 aabb")).records.at(-1)).not.toHaveProperty(
			"resumed",
		);
		expect(agreed(serverHello("0303", "008c", "", "02 aabb"), clientHello("0000", "02 aabb")).records.at(-1)).not.toHaveProperty("resumed");
		const key = open()
			.request(clientHello())
			.response(serverHello("0303", "1301", "000c 002b 0002 0304 0029 0002 0000"))
			.request(DATA)
			.response(DATA)
			.request(DATA);
		expect(kinds(key)).toEqual(["client-hello", "server-hello", "handshake"]);
		expect(key.records.at(-1)).toMatchObject({ version: "TLS 1.3", resumed: true, frame: 5, requestFrame: 1 });
	});

	it("goes on with another hello that the server asks for", () => {
		const retry = recordOf(
			22,
			message("02", hex("0303 cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c 00 1301 00 0006 002b 0002 0304")),
		);
		const harness = open()
			.request(clientHello(), { time: 1_000_000_000 })
			.response(retry)
			.response(CHANGE)
			.request(CHANGE)
			.request(clientHello(), { time: 1_000_500_000 })
			.response(serverHello("0303", "1301", "0006 002b 0002 0304"))
			.response(DATA)
			.request(DATA, { time: 1_002_000_000 });
		expect(kinds(harness)).toEqual(["client-hello", "server-hello", "client-hello", "server-hello", "handshake"]);
		expect(harness.records[1]).toMatchObject({ retry: true });
		expect(harness.records.at(-1)).toMatchObject({ requestFrame: 1, latencyMs: 2000 });
	});

	it("is a refusal by an alert in the clear, of which a warning is none", () => {
		const harness = open().request(clientHello()).response(hex("15 0303 0002 01 70")).response(hex("15 0303 0002 02 28"));
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "alert", sender: "server", level: "warning", alert: 112, alertName: "unrecognized name" },
			{ kind: "alert", sender: "server", level: "fatal", alert: 40 },
			{ kind: "refused", sender: "server", level: "fatal", alert: 40, alertName: "handshake failure", requestFrame: 1 },
		]);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused", outcomeCode: 40 }]);
		// After it nothing is going on, and what is encrypted is none.
		harness.response(hex("15 0303 0002 02 28"));
		expect(kinds(harness).slice(4)).toEqual(["alert"]);
		expect(kinds(agreed(serverHello("0303", "c02f")).response(hex("15 0303 0018").fill(9, 5)))).not.toContain("alert");
		expect(tls.outcomeName(40)).toBe("handshake failure (TLS alert 40)");
		expect(tls.operationName(0)).toBe("begin a connection in TLS");
		const [odd] = open().response(hex("15 0303 0002 07 c8")).records;
		expect(odd).toMatchObject({ level: "level 7", alertName: "alert 200" });
	});

	it("is open where nobody goes on, unless bytes were lost", () => {
		const harness = open().request(clientHello()).response(serverHello("0303", "c02f")).advance(2_000_000_000);
		expect(harness.records.at(-1)).toMatchObject({ kind: "unfinished", version: "TLS 1.2" });
		expect(harness.operations).toMatchObject([{ outcome: "unanswered", latency: -1 }]);
		const lost = open().request(clientHello()).gap(TO_CLIENT).advance(2_000_000_000);
		expect(kinds(lost)).toEqual(["client-hello"]);
	});

	it("shows nobody's certificate twice, and counts one that cannot be read", () => {
		const list = (der: string) => {
			const one = hex(der);
			const size = (length: number) => Uint8Array.of(0, length >> 8, length & 255);
			return recordOf(22, message("0b", join(size(one.length + 3), size(one.length), one)));
		};
		const harness = open().request(clientHello()).response(serverHello("0303", "c02f")).response(list("3000")).response(list("3000"));
		expect(harness.counts["certificate-unreadable"]).toBe(1);
		// A client without one sends an empty list.
		harness.request(recordOf(22, message("0b", hex("000000"))));
		expect(kinds(harness)).toEqual(["client-hello", "server-hello"]);
	});
});

describe("SSL 2.0", () => {
	const V2 = (version: string) =>
		hex(`802e 01 ${version} 0015 0000 0010 010080 00002f 000035 030080 00000a 00c02f 0000ff ${"07".repeat(16)}`);

	it("is how old clients begin, whatever the server then chooses", () => {
		const harness = agreed(serverHello("0301", "002f"), V2("0301"));
		expect(harness.rejects).toBe(0);
		expect(harness.records.map(({ time: _, frame: __, latencyMs: ___, ...rest }) => rest)).toEqual([
			{ kind: "client-hello", offeredVersion: "TLS 1.0" },
			{ kind: "server-hello", version: "TLS 1.0", cipherSuite: "TLS_RSA_WITH_AES_128_CBC_SHA" },
			{ kind: "handshake", version: "TLS 1.0", cipherSuite: "TLS_RSA_WITH_AES_128_CBC_SHA", requestFrame: 1 },
		]);
	});

	it("shows the server's certificate, and ends with the client's key", () => {
		const der = Uint8Array.from(Buffer.from(server.cert.replace(/-----[^-]+-----|\s/g, ""), "base64"));
		const size = (length: number) => Uint8Array.of(length >> 8, length & 255);
		const body = join(hex("04 00 01 0002"), size(der.length), hex("0003 0010"), der, hex("010080"), new Uint8Array(16));
		const answer = join(size(0x8000 | body.length), body);
		const harness = open().request(V2("0002")).response(answer).request(hex("8005 02 010080 00")).response(hex("8003 112233"));
		expect(harness.records).toMatchObject([
			{ kind: "client-hello", offeredVersion: "SSL 2.0" },
			{ kind: "server-hello", version: "SSL 2.0" },
			{ kind: "certificate", sender: "server", certificate: { subject: "O=Test plant, CN=gateway" } },
			{ kind: "handshake", version: "SSL 2.0" },
		]);
		expect(harness.facts.map(({ record: { id } }) => id)).toEqual(["tls-certificate-not-valid", "weak-protocol"]);
		expect(tls.tcp!.sender!(V2("0002"), 0, 48)).toBe("client");
		expect(tls.tcp!.sender!(answer, 0, answer.length)).toBe("server");
		expect(tls.tcp!.probe(V2("0002"), 0, 48, false)).toBe(PROBE.certain);
		expect(tls.tcp!.probe(answer, 0, answer.length, false)).toBe(PROBE.mismatch);
		for (const cut of [1, 4, 10]) expect(tls.tcp!.probe(V2("0301"), 0, cut, false)).toBe(PROBE.more);
		expect(tls.tcp!.probe(V2("0401"), 0, 48)).toBe(PROBE.mismatch);
	});
});

describe("facts", () => {
	const factsOf = (harness: StreamHarness<TlsObservation>) => harness.facts.map(({ record: { id }, key }) => [id, key]);

	it("tell of versions and suites that were agreed on, not of those that were offered", () => {
		expect(factsOf(agreed(serverHello("0303", "c02f")))).toEqual([]);
		expect(factsOf(agreed(serverHello("0302", "c014")))).toEqual([["weak-protocol", "TLS 1.1"]]);
		expect(factsOf(agreed(serverHello("0300", "0003")))).toEqual([
			["weak-protocol", "SSL 3.0"],
			["weak-protocol", "TLS_RSA_EXPORT_WITH_RC4_40_MD5"],
		]);
		for (const suite of ["003b", "0034", "0005", "0009", "c0b4"]) expect(agreed(serverHello("0303", suite)).facts).toHaveLength(1);
		expect(open().request(clientHello()).response(serverHello("0301", "0005")).response(hex("15 0301 0002 02 28")).facts).toEqual([]);
		expect(agreed(serverHello("0303", "0005")).credentials.at(-1)).toEqual({
			kind: "security",
			text: "TLS 1.2 with TLS_RSA_WITH_RC4_128_SHA",
			isServer: false,
			rank: 0,
		});
	});

	it("tell of a certificate that is shown outside of its time", () => {
		const now = (Date.now() + 60_000) * 1000;
		const at = (time: number) => {
			const harness = new StreamHarness(tls, { certificate: readCertificate, time });
			for (const { direction, bytes } of old) harness.send(direction, bytes);
			return harness.facts;
		};
		expect(at(now)).toEqual([]);
		const late = at(now + 86_400e6 * 365 * 40);
		expect(late.map(({ record: { id }, byServer }) => [id, byServer])).toEqual([
			["tls-certificate-not-valid", true],
			["tls-certificate-not-valid", false],
		]);
		expect(late[0]!.sentence).toMatch(
			/^\{server\} showed \{client\} a certificate \(O=Test plant, CN=gateway\) that was valid until \d{4}-/,
		);
		expect(at(1_000_000_000e6)[0]!.sentence).toMatch(/is valid only from \d{4}-/);
	});

	it("tell of what cannot be read to its end", () => {
		const violations = (harness: StreamHarness<TlsObservation>) => {
			expect(factsOf(harness).map(([id]) => id)).toEqual(harness.facts.map(() => "tls-malformed"));
			return harness.records.filter(({ kind }) => kind === "malformed").map(({ sender, violations: all }) => [sender, all]);
		};
		expect(violations(open().request(recordOf(22, message("01", hex("0303 1111")))))).toEqual([["client", ["client-hello"]]]);
		expect(violations(open().request(clientHello("0005 0000 0009")))).toEqual([["client", ["client-hello"]]]);
		expect(violations(open().request(clientHello("0000 00")))).toEqual([["client", ["client-hello"]]]);
		expect(violations(open().response(recordOf(22, message("02", hex("0303 1111")))))).toEqual([["server", ["server-hello"]]]);
		expect(violations(open().response(serverHello("0303", "c02f", "00")))).toEqual([["server", ["server-hello"]]]);
		expect(violations(open().response(recordOf(22, message("0b", hex("000009 000006 3000")))))).toEqual([["server", ["certificate"]]]);
		const heartbeat = (body: string) =>
			open()
				.request(clientHello())
				.request(recordOf(24, hex(body)));
		expect(violations(heartbeat("01 4000"))).toEqual([["client", ["heartbeat-length"]]]);
		expect(violations(heartbeat(`01 0001 aa ${"00".repeat(16)}`))).toEqual([]);
		expect(violations(heartbeat("02 4000"))).toEqual([]);
		// Of a connection that was joined late it may be encrypted.
		expect(open().request(recordOf(24, hex("01 4000"))).records).toEqual([]);
	});
});

describe("bounds and recognition", () => {
	it("gives up a handshake message that never ends, and counts it", () => {
		const harness = open();
		harness.response(join(hex("16 0303 3e80 02 ffffff"), new Uint8Array(15_996)));
		expect(harness.counts["handshake-too-long"]).toBe(1);
		expect(harness.records).toEqual([]);
	});

	it("is certain of a ClientHello on any port, and of nothing else", () => {
		const [hello, answer] = recordsOf(old);
		const probe = (bytes: Uint8Array) => tls.tcp!.probe(bytes, 0, bytes.length, false);
		expect(probe(hello!.bytes)).toBe(PROBE.certain);
		expect(probe(hello!.bytes.slice(0, 8))).toBe(PROBE.more);
		expect(probe(answer!.bytes)).toBe(PROBE.match);
		expect(probe(hex("17 0303 0020 00112233"))).toBe(PROBE.mismatch);
		expect(probe(hex("16 0301 0200 01 0001fc 0999"))).toBe(PROBE.mismatch);
		expect(probe(hex("0001 0000 0006 01 03 0000 000a"))).toBe(PROBE.mismatch);
	});

	it("knows who sent a hello", () => {
		const [hello, answer] = recordsOf(old);
		expect(tls.tcp!.sender!(hello!.bytes, 0, hello!.bytes.length)).toBe("client");
		expect(tls.tcp!.sender!(answer!.bytes, 0, answer!.bytes.length)).toBe("server");
		expect([hello!.direction, answer!.direction]).toEqual([TO_SERVER, TO_CLIENT]);
	});
});

const records = recordsOf(old);
streamSuite(tls, [records.slice(0, records.findLastIndex(({ bytes }) => bytes[0] === 20) + 1)], {
	certificate: readCertificate,
	budget: 400,
});
