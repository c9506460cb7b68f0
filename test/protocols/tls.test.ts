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

describe("a connection", () => {
	it("of TLS 1.2 shows its name, its fingerprint and both certificates", () => {
		const { records, traces, rejects } = play(old);
		expect(rejects).toBe(0);
		expect(records).toMatchObject([
			{ kind: "client-hello", serverName: "gateway.plant.example", offeredVersion: "TLS 1.2", ja4: expect.stringMatching(/^t12d/) },
			{ kind: "server-hello", version: "TLS 1.2" },
			{ kind: "certificate", sender: "server", certificate: { subject: "O=Test plant, CN=gateway" } },
			{ kind: "certificate", sender: "client", certificate: { subject: "O=Test plant, CN=hmi" } },
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
			{ kind: "server-hello", version: "TLS 1.3" },
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
			expect(
				play(pieces).records.map(({ time: _, frame: __, ...rest }) => rest),
				`records of ${size}`,
			).toEqual(whole.records.map(({ time: _, frame: __, ...rest }) => rest));
		}
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
