/** Modbus/TCP Security: real TLS connections of node:tls, whole through the engine, and record by record. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { makeCredentials } from "../../captures/lab/credentials.ts";
import { protocols, services } from "../../protocols/index.ts";
import { mbaps } from "../../protocols/mbaps/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { readCertificate } from "../../src/decode/certificate.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { extensionOf } from "../../src/wire/der.ts";
import { RECORD_HEADER, recordLength } from "../../src/wire/tls.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { ethernet, FLAG, frameOf, ipv4, tcp } from "../wire/frameBuilder.ts";
import { adu } from "./modbusSamples.ts";
import { type Chunk, recordSession, type SessionOptions } from "./tlsSession.ts";

const YEAR = 365 * 24 * 3600 * 1e6;
const ROLE = "1.3.6.1.4.1.50316.802.1";
const messages = [adu(1, 1, "03 0000 000a"), adu(2, 1, "06 0001 0007"), adu(3, 1, "10 0000 0002 04 0001 0002")];

const credentials = (name: string, ...extensions: string[]) => makeCredentials(`/O=Test plant/CN=${name}`, { extensions });
const server = credentials("plc-1");
const operator = credentials("hmi", `${ROLE}=ASN1:UTF8String:Operator`, "subjectAltName=DNS:hmi.plant.example");
const nobody = credentials("laptop");
/** Microseconds; a minute on, for a certificate is valid from the full second in which it was made. */
const NOW = (Date.now() + 60_000) * 1000;

const mutual12 = await recordSession({
	version: "TLSv1.2",
	server,
	client: operator,
	isMutual: true,
	serverName: "plc-1.plant.example",
	messages,
});

/** One record a sample: what TLS sends as one. */
function recordsOf(chunks: readonly Chunk[]): Sample[] {
	const samples: Sample[] = [];
	for (const direction of [TO_SERVER, TO_CLIENT] as const) {
		let left = new Uint8Array(0);
		for (const [index, chunk] of chunks.entries()) {
			if (chunk.direction !== direction) continue;
			left = new Uint8Array(join(left, chunk.bytes));
			while (left.length >= RECORD_HEADER && left.length >= RECORD_HEADER + recordLength(left, 0)) {
				const size = RECORD_HEADER + recordLength(left, 0);
				samples.push({ name: `${index} record of type ${left[0]} with ${size} bytes`, direction, bytes: left.slice(0, size) });
				left = left.slice(size);
			}
		}
	}
	return samples.sort((one, other) => Number.parseInt(one.name, 10) - Number.parseInt(other.name, 10));
}

/** The connection as frames through the whole engine, a millisecond apart. */
function throughEngine(chunks: readonly Chunk[], { port = 802, time = NOW } = {}) {
	const lines: Record<string, unknown>[] = [];
	const counters: Record<string, number>[] = [];
	const engine = new Engine({
		protocols,
		services,
		onObservation: (protocol, observation, flow) => void lines.push(observationLine(protocol, observation, flow)),
	});
	const next = [1000, 5000];
	let number = 0;
	const send = (direction: number, payload: readonly number[], flags: number) => {
		const [source, destination] = direction === TO_SERVER ? ["10.0.0.1", "10.0.0.2"] : ["10.0.0.2", "10.0.0.1"];
		const [from, to] = direction === TO_SERVER ? [40000, port] : [port, 40000];
		number++;
		engine.frame(
			frameOf(
				ethernet(
					0x0800,
					ipv4(6, tcp(payload, { from, to, sequence: next[direction]!, acknowledgment: next[1 - direction]!, flags }), {
						source: source!,
						destination: destination!,
					}),
				),
				{ number, time: time + number * 1000 },
			),
		);
		next[direction]! += payload.length + (flags & (FLAG.syn | FLAG.fin) ? 1 : 0);
	};
	send(TO_SERVER, [], FLAG.syn);
	send(TO_CLIENT, [], FLAG.syn | FLAG.ack);
	send(TO_SERVER, [], FLAG.ack);
	for (const { direction, bytes } of chunks) {
		for (let at = 0; at < bytes.length; at += 1400) send(direction, [...bytes.subarray(at, at + 1400)], FLAG.ack | FLAG.psh);
	}
	send(TO_SERVER, [], FLAG.fin | FLAG.ack);
	send(TO_CLIENT, [], FLAG.fin | FLAG.ack);
	send(TO_SERVER, [], FLAG.ack);
	engine.advance(time + 600e6);
	engine.endSource();
	counters.push(engine.counts().counters);
	return { lines, counters: counters[0]!, counts: engine.counts() };
}

/** The same without frames: facts and operations too. */
function throughHarness(chunks: readonly Chunk[], time = NOW) {
	const harness = new StreamHarness(mbaps, { time, certificate: readCertificate });
	for (const { direction, bytes } of chunks) harness.send(direction, bytes);
	return harness;
}
const session = async (options: Partial<SessionOptions>) => recordSession({ version: "TLSv1.2", server, messages, ...options });
const idsOf = (chunks: readonly Chunk[], time?: number) => throughHarness(chunks, time).facts.map(({ record }) => record.id);

describe("a connection of TLS 1.2 with both certificates", () => {
	it("shows version, suite, name, certificates and role, in the whole engine", () => {
		const { lines, counts } = throughEngine(mutual12);
		expect(lines).toHaveLength(2);
		expect(lines[0]).toMatchObject({
			protocol: "mbaps",
			kind: "handshake",
			server: { ip: "10.0.0.2", port: 802 },
			version: "TLS 1.2",
			offeredVersion: "TLS 1.2",
			serverName: "plc-1.plant.example",
			serverCertificate: { subject: "O=Test plant, CN=plc-1", keyType: "ec" },
			clientCertificate: { subject: "O=Test plant, CN=hmi", role: "Operator" },
			clientAuthenticated: true,
			requestFrame: 4,
		});
		expect(lines[0]!.cipherSuite).toMatch(/^TLS_ECDHE_ECDSA_WITH_/);
		expect(lines[0]!.serverCertificate).not.toHaveProperty("role");
		expect(lines[0]!.latencyMs).toBeGreaterThan(0);
		const { toServer, toClient } = lines[1] as { toServer: { records: number; largest: number }; toClient: { records: number } };
		expect(lines[1]).toMatchObject({ kind: "traffic" });
		// Three requests and their three answers, each with the protection of AES-GCM or ChaCha20 around it.
		expect(toServer.records).toBe(3);
		expect(toClient.records).toBe(3);
		expect(toServer.largest).toBeGreaterThan(messages[2]!.length);
		expect(counts.rejected).toBe(0);
	});

	it("is one operation, and no fact", () => {
		const harness = throughHarness(mutual12);
		expect(harness.facts).toEqual([]);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "ok", unit: -1, points: [] }]);
	});

	it("is read the same byte by byte", () => {
		const bytes = mutual12.flatMap(({ direction, bytes: all }) => [...all].map((byte) => ({ direction, bytes: Uint8Array.of(byte) })));
		const whole = throughHarness(mutual12).records[0]!;
		expect({ ...throughHarness(bytes).records[0], frame: 0, requestFrame: 0 }).toEqual({ ...whole, frame: 0, requestFrame: 0 });
	});
});

describe("what breaks the specification", () => {
	it("a server that asks for no certificate, and a client that shows none", async () => {
		const anonymous = await session({});
		expect(throughEngine(anonymous).lines[0]).toMatchObject({ kind: "handshake", clientAuthenticated: false });
		expect(idsOf(anonymous)).toEqual(["mbaps-no-client-certificate"]);
		expect(idsOf(await session({ isMutual: true }))).toEqual(["mbaps-no-client-certificate"]);
	});

	it("a client certificate without a role", async () => {
		const harness = throughHarness(await session({ isMutual: true, client: nobody }));
		expect(harness.facts).toMatchObject([{ record: { id: "mbaps-no-role" } }]);
		expect(harness.facts[0]!.sentence).toContain("O=Test plant, CN=laptop");
	});

	it("a version before TLS 1.2", async () => {
		const chunks = await session({ version: "TLSv1.1", isMutual: true, client: operator, ciphers: "DEFAULT@SECLEVEL=0" });
		expect(throughEngine(chunks).lines[0]).toMatchObject({ version: "TLS 1.1", clientCertificate: { role: "Operator" } });
		expect(idsOf(chunks)).toEqual(["mbaps-old-version"]);
	});

	it("certificates that are no longer or not yet valid, by the time of the capture", () => {
		const late = throughHarness(mutual12, NOW + YEAR).facts;
		expect(late.map(({ record, byServer }) => [record.id, byServer])).toEqual([
			["mbaps-certificate-not-valid", true],
			["mbaps-certificate-not-valid", false],
		]);
		expect(late[0]!.sentence).toMatch(/CN=plc-1\) that was valid until \d{4}-\d\d-\d\d, and was accepted/);
		expect(throughHarness(mutual12, NOW - YEAR).facts[1]!.sentence).toMatch(/CN=hmi\) that is valid only from/);
	});

	it("a handshake that the server refuses is an operation that was refused", async () => {
		const harness = throughHarness(await session({ isMutual: true, isStrict: true }));
		expect(harness.records.at(0)).toMatchObject({ kind: "refused", sender: "server", version: "TLS 1.2" });
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused" }]);
		expect(harness.facts).toEqual([]);
		expect(mbaps.outcomeName(40)).toBe("handshake failure (TLS alert 40)");
	});
});

describe("a handshake that is left off", () => {
	/** Up to the client's own certificate, behind which some servers close without a word. */
	const begun = mutual12.slice(
		0,
		mutual12.findIndex(({ direction }, index) => direction === TO_SERVER && index > 0),
	);

	it("is said when its connection is closed, with what was seen, and once", () => {
		const { lines } = throughEngine(begun);
		expect(lines).toHaveLength(1);
		expect(lines[0]).toMatchObject({
			kind: "unfinished",
			version: "TLS 1.2",
			serverName: "plc-1.plant.example",
			serverCertificate: { subject: "O=Test plant, CN=plc-1" },
			requestFrame: 4,
		});
		for (const field of ["latencyMs", "alert", "clientAuthenticated"]) expect(lines[0]).not.toHaveProperty(field);
	});

	it("or when nobody goes on, and is an operation without an answer", () => {
		const harness = throughHarness(begun);
		expect(harness.stream.deadline).toBeLessThan(NOW + 31e6);
		harness.stream.expire(harness.stream.deadline);
		expect(harness.records).toMatchObject([{ kind: "unfinished" }]);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "unanswered" }]);
		expect(harness.facts).toEqual([]);
		expect(harness.stream.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("is not said of one that was agreed on, nor where bytes were lost", () => {
		const agreed = throughHarness(mutual12);
		agreed.stream.expire(Number.POSITIVE_INFINITY);
		expect(agreed.records.map(({ kind }) => kind)).toEqual(["handshake", "traffic"]);
		const lossy = throughHarness(begun);
		lossy.gap(TO_SERVER);
		lossy.stream.expire(Number.POSITIVE_INFINITY);
		expect(lossy.records).toEqual([]);
	});
});

describe("what cannot be told is not said", () => {
	it("TLS 1.3 shows version, suite and sizes, but no certificate", async () => {
		const chunks = await session({ version: "TLSv1.3", isMutual: true, client: nobody, serverName: "plc-1.plant.example" });
		const { lines } = throughEngine(chunks);
		expect(lines[0]).toMatchObject({ kind: "handshake", version: "TLS 1.3", offeredVersion: "TLS 1.3", serverName: "plc-1.plant.example" });
		for (const field of ["serverCertificate", "clientCertificate", "clientAuthenticated", "resumed"])
			expect(lines[0]).not.toHaveProperty(field);
		expect(lines[1]).toMatchObject({ kind: "traffic" });
		expect(idsOf(chunks, NOW + YEAR)).toEqual([]);
	});

	it("a session that is taken up again shows no certificates, and none is missed", async () => {
		const chunks = await session({ isMutual: true, client: operator, connections: 2 });
		expect(throughEngine(chunks).lines[0]).toMatchObject({ kind: "handshake", resumed: true });
		expect(idsOf(chunks)).toEqual([]);
	});

	it("after lost bytes nothing is missed", () => {
		const harness = new StreamHarness(mbaps, { time: NOW, certificate: readCertificate });
		let isFirst = true;
		for (const { direction, bytes } of mutual12) {
			// The client's certificate is lost.
			if (direction === TO_SERVER && !isFirst) {
				harness.gap(TO_SERVER);
				harness.send(TO_SERVER, hex("14 0303 0001 01"));
			} else harness.send(direction, bytes);
			if (direction === TO_SERVER) isFirst = false;
		}
		expect(harness.records[0]).toMatchObject({ kind: "handshake", version: "TLS 1.2" });
		expect(harness.facts).toEqual([]);
	});

	it("of a connection that is joined late there is only its traffic", () => {
		const application = recordsOf(mutual12).filter(({ bytes }) => bytes[0] === 23);
		const harness = throughHarness(application);
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(harness.records).toMatchObject([{ kind: "traffic", toServer: { records: 3 }, toClient: { records: 3 } }]);
		expect(harness.operations).toEqual([]);
	});
});

describe("bounds and recognition", () => {
	it("keeps a bounded part of a handshake that never ends, and counts it", () => {
		const harness = new StreamHarness(mbaps);
		// A ServerHello that announces 16 MiB, in records of 16,000 bytes.
		const header = hex("16 0303 3e80");
		harness.response(join(header, hex("02 ffffff"), new Uint8Array(15_996)));
		for (let index = 0; index < 20; index++) harness.response(join(header, new Uint8Array(16_000)));
		expect(harness.counts["handshake-too-long"]).toBeGreaterThan(0);
		expect(harness.records).toEqual([]);
	});

	it("copies no more than a few times the bytes of a message that comes in many small records", () => {
		const harness = new StreamHarness(mbaps);
		const record = hex("16 0303 0001 00");
		let copied = 0;
		const array = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
		const { set, slice } = array;
		const spies = [
			vi.spyOn(array, "set").mockImplementation(function (this: Uint8Array, from: ArrayLike<number>, at?: number) {
				copied += from.length;
				set.call(this, from, at);
			}),
			vi.spyOn(array, "slice").mockImplementation(function (this: Uint8Array, start?: number, end?: number) {
				const part = slice.call(this, start, end);
				copied += part.length;
				return part as never;
			}),
		];
		try {
			// A certificate message of 65,535 bytes, a byte a record.
			const begin = hex("16 0303 0004 0b 00ffff");
			harness.stream.data(begin, 0, begin.length, TO_CLIENT);
			for (let index = 0; index < 65_000; index++) harness.stream.data(record, 0, record.length, TO_CLIENT);
		} finally {
			for (const spy of spies) spy.mockRestore();
		}
		expect(copied).toBeGreaterThan(65_000);
		expect(copied).toBeLessThan(5 * 65_000);
	});

	it("says traffic each minute", () => {
		const harness = new StreamHarness(mbaps, { time: NOW });
		for (let second = 0; second < 90; second++) {
			harness.request(hex("17 0303 0010 00000000000000000000000000000000"), { time: NOW + second * 1e6 });
		}
		expect(harness.records).toMatchObject([
			{ kind: "traffic", seconds: 60, toServer: { records: 60, bytes: 960, smallest: 16, largest: 16 }, recordsPerSecond: 1 },
		]);
	});

	it("is TLS on its own port alone", () => {
		const hello = mutual12[0]!.bytes;
		expect(mbaps.tcp!.probe(hello, 0, hello.length, true)).toBe(PROBE.match);
		expect(mbaps.tcp!.probe(hello, 0, hello.length, false)).toBe(PROBE.mismatch);
		for (const bytes of [adu(1, 1, "03 0000 0001"), new TextEncoder().encode("GET / HTTP/1.1"), hex("16 0300 ffff 01")]) {
			expect(mbaps.tcp!.probe(bytes, 0, bytes.length, true)).toBe(PROBE.mismatch);
		}
		const elsewhere = throughEngine(mutual12, { port: 8443 });
		// Elsewhere it is TLS, whatever it carries.
		expect(new Set(elsewhere.lines.map(({ protocol }) => protocol))).toEqual(new Set(["tls"]));
	});
});

describe("reading certificates", () => {
	let der: Uint8Array;
	beforeAll(() => {
		der = Uint8Array.from(Buffer.from(operator.cert.replace(/-----.*?-----|\s/g, ""), "base64"));
	});

	it("gives the value of an extension by its identifier", () => {
		expect(extensionOf(der, ROLE)).toEqual(hex("0c 08 4f70657261746f72"));
		expect(extensionOf(der, "2.5.29.17")).toBeDefined();
		expect(extensionOf(der, "2.5.29.99")).toBeUndefined();
		expect(extensionOf(der, "1.3.6.1.4.1.50316.802.2")).toBeUndefined();
	});
});

const records = recordsOf(mutual12);
// To the last ChangeCipherSpec: with it the handshake is agreed on.
streamSuite(mbaps, [records.slice(0, records.findLastIndex(({ bytes }) => bytes[0] === 20) + 1)], { certificate: readCertificate });
