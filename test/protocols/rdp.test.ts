/** RDP: how connections begin, written out ([MS-RDPBCGR] 2.2.1); and the contract. */
import { describe, expect, it } from "vitest";
import * as message from "../../captures/lab/rdpMessages.ts";
import { failureName, systemOfBuild, versionName } from "../../protocols/rdp/codes.ts";
import { rdp } from "../../protocols/rdp/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, StreamHarness } from "../support/decoderHarness.ts";

type Said = readonly [Direction, Uint8Array];
const up = (bytes: Uint8Array): Said => [TO_SERVER, new Uint8Array(bytes)];
const down = (bytes: Uint8Array): Said => [TO_CLIENT, new Uint8Array(bytes)];
function talk(...messages: readonly Said[]) {
	const harness = new StreamHarness(rdp, { certificate: () => CERTIFICATE });
	for (const [index, [direction, bytes]] of messages.entries()) harness.send(direction, bytes, { frame: index + 1 });
	return harness;
}
const CERTIFICATE = {
	subject: "CN=panel",
	issuer: "CN=panel",
	thumbprint: "AA",
	thumbprint256: "BB",
	validFrom: 0,
	validTo: 1,
	keyType: "rsa",
	keyBits: 2048,
	signatureHash: "sha256",
	applicationUri: undefined,
};
const NETWORK = message.clientNetwork("rdpdr", "cliprdr");
const SETTINGS = message.clientSettings(message.clientCore("ENGINEER-3", 9600, 0x407), message.clientSecurity, NETWORK);
const JOINING: Said[] = [up(message.ERECT_DOMAIN), up(message.ATTACH_USER), down(message.ATTACHED), up(message.JOIN), down(message.JOINED)];
const standard = (server: Buffer, last: readonly Buffer[], settings = SETTINGS): Said[] => [
	up(message.request("Cookie: mstshash=operator")),
	down(message.response()),
	up(settings),
	down(message.serverSettings(message.serverCore, server)),
	...JOINING,
	...last.map(up),
];
const kinds = ({ records }: { records: { kind: string }[] }) => records.map(({ kind }) => kind);

describe("a connection request", () => {
	it.each([
		[1, "TLS", 2],
		[2, "HYBRID", 3],
		[8, "HYBRID_EX", 3],
	])("is answered by %i: %s", (protocol, name, rank) => {
		const harness = talk(
			up(message.request("Cookie: mstshash=ann", 11, 8)),
			down(message.response(protocol)),
			up(hex("16 03 01 00 05 01 00 00 01 00")),
			down(hex("03 00 00")),
		);
		expect(harness.records).toMatchObject([
			{ kind: "request", cookie: "ann", requestedProtocols: ["TLS", "HYBRID", "HYBRID_EX"], flags: ["correlation info"] },
			{ kind: "response", selectedProtocol: name, requestFrame: 1, latencyMs: 0 },
		]);
		expect(harness.credentials).toMatchObject([{ kind: "security", text: name, rank }]);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "ok" }]);
		expect([harness.facts, harness.rejects]).toEqual([[], 0]);
		expect(rdp.operationName(1)).toBe("begin a connection in RDP");
	});

	it("is refused", () => {
		const harness = talk(up(message.request("", 0)), down(message.failure(5)));
		expect(harness.records).toMatchObject([
			{ requestedProtocols: ["standard RDP security"] },
			{ failureCode: 5, failure: "HYBRID_REQUIRED_BY_SERVER" },
		]);
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 5 }]);
		expect(failureName(77)).toBe("failure 77");
		// Another try on the same connection.
		harness.request(new Uint8Array(message.request("", 3))).response(new Uint8Array(message.response(2)));
		expect(kinds(harness)).toEqual(["request", "response", "request", "response"]);
	});

	it("may carry a token, and be left without an answer", () => {
		const harness = talk(up(message.request("Cookie: msts=3640205228.15629.0000", 3)));
		harness.advance(harness.clock.time + 11_000_000);
		expect(harness.records).toMatchObject([{ routingToken: "msts=3640205228.15629.0000" }, { kind: "unanswered", frame: 1 }]);
		expect(harness.operations).toMatchObject([{ outcome: "unanswered" }]);
		expect(talk(up(message.request("token=1", 3))).records).toMatchObject([{ routingToken: "token=1" }]);
		// What comes unasked.
		expect(talk(down(message.response(1))).records).toMatchObject([{ selectedProtocol: "TLS" }]);
	});

	it("behind which TLS begins is over, whatever the answer was", () => {
		const harness = talk(up(message.request("", 3)), up(hex("16 03 01 00 05 01 00 00 01 00")), down(message.response(2)));
		expect(kinds(harness)).toEqual(["request"]);
		harness.gap(TO_SERVER).send(TO_SERVER, new Uint8Array(40).fill(0x17));
		harness.gap(TO_SERVER).send(TO_SERVER, new Uint8Array(message.request("", 1)).slice(0, 9));
		harness.send(TO_SERVER, new Uint8Array(message.request("", 1)).slice(9));
		expect(kinds(harness)).toEqual(["request", "request"]);
	});
});

describe("standard RDP security", () => {
	it("says who both are", () => {
		const harness = talk(
			...standard(message.serverSecurity(2, 2, Buffer.alloc(20, 1)), [message.EXCHANGE, message.ENCRYPTED_INFORMATION]),
			up(hex("84 05 01 02 03")),
		);
		expect(kinds(harness)).toEqual(["request", "response", "client", "server", "information"]);
		expect(harness.records[2]).toMatchObject({
			version: "5.0 to 8.1",
			desktopWidth: 1280,
			desktopHeight: 1024,
			keyboardLayout: "German",
			clientBuild: 9600,
			clientName: "ENGINEER-3",
			clientDigProductId: "69712-783-0357974-42714",
			clientChannels: ["rdpdr", "cliprdr"],
		});
		expect(harness.records[3]).toMatchObject({ encryptionMethod: "128 bits", encryptionLevel: "client compatible" });
		expect(harness.records[4]).toMatchObject({ encrypted: true });
		expect(harness.records[4]).not.toHaveProperty("user");
		expect(harness.identities).toMatchObject([
			{ ip: "10.0.0.1", hostName: "ENGINEER-3", operatingSystem: "Windows 8.1 or Server 2012 R2 (build 9600)", presumed: true },
		]);
		expect(harness.credentials).toMatchObject([{ text: "standard RDP security with 128 bits", rank: 1 }]);
		expect(harness.facts).toMatchObject([{ record: { id: "weak-protocol" } }]);
		expect(harness.rejects).toBe(0);
	});

	it("shows the server's certificate, the last of a chain", () => {
		const chain = message.chainOf(Buffer.from([1]), Buffer.from([2, 3]));
		const harness = talk(...standard(message.serverSecurity(16, 4, chain), []));
		expect(harness.records[3]).toMatchObject({ encryptionMethod: "FIPS", certificate: { subject: "CN=panel" } });
		expect(harness.credentials.at(-1)).toMatchObject({ kind: "certificate", text: "AA", isServer: true });
		expect(harness.traces.map(({ value }) => value)).toEqual(["AA", "BB"]);
		for (const broken of [chain.subarray(0, 12), Buffer.concat([chain.subarray(0, 8), Buffer.from("ffffffff", "hex")])])
			expect(talk(...standard(message.serverSecurity(16, 4, broken), [])).records[3]).not.toHaveProperty("certificate");
	});

	it.each([true, false])("without encryption gives the password away, in Unicode: %s", (isUnicode) => {
		const harness = talk(...standard(message.serverSecurity(0, 0), [message.information("PLANT", "ann", "s3cret", isUnicode)]));
		expect(harness.records[4]).toMatchObject({ encrypted: false, user: "ann", domain: "PLANT", password: "(present)" });
		expect(JSON.stringify(harness.records)).not.toContain("s3cret");
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["weak-protocol", "cleartext-password"]);
		expect(harness.credentials).toMatchObject([{ rank: 0 }, { kind: "user", text: "PLANT\\ann" }]);
		const nameless = talk(...standard(message.serverSecurity(0, 0), [message.information("", "", "x", isUnicode)]));
		expect(nameless.facts[1]!.sentence).toContain("a user");
		const open = talk(...standard(message.serverSecurity(0, 0), [message.information("", "ann", "", isUnicode)]));
		expect([open.facts.length, open.records[4]!.password]).toEqual([1, ""]);
	});

	it("of which the client asks for the server's own channel is an attack", () => {
		const settings = message.clientSettings(message.clientCore("X", 2600), message.clientNetwork("rdpdr", "ms_t120"));
		const harness = talk(...standard(message.serverSecurity(2, 2), [], settings));
		expect(harness.facts).toMatchObject([{ record: { id: "rdp-exploit" } }, { record: { id: "weak-protocol" } }]);
	});

	it("may say less", () => {
		const settings = message.clientSettings(message.clientCore("", 1).subarray(0, 4), message.clientSecurity);
		const short = message.block(0xc001, message.clientCore("", 1).subarray(4, 4 + 128));
		const harness = talk(up(message.clientSettings(short)), down(message.serverSettings(message.serverCore)));
		expect(harness.records[0]).toMatchObject({ clientName: "", clientChannels: [] });
		expect(harness.records[0]).not.toHaveProperty("clientDigProductId");
		expect(harness.records[1]).not.toHaveProperty("encryptionMethod");
		expect(harness.credentials).toMatchObject([{ text: "standard RDP security with unknown encryption", rank: 0 }]);
		expect(harness.identities).toEqual([]);
		expect(talk(up(settings)).records).toMatchObject([{ kind: "malformed", violations: ["settings"] }]);
	});

	it.each<[string, Said, string]>([
		["a cookie without an end", up(message.tpkt(Buffer.from([14, 0xe0, 0, 0, 0, 0, 0, ...Buffer.from("Cookie: ")]))), "cookie"],
		["a confirmation of another kind", down(message.tpkt(Buffer.from([14, 0xd0, 0, 0, 0, 0, 0, 9, 0, 8, 0, 1, 0, 0, 0]))), "negotiation"],
		["settings without their key", up(message.data(Buffer.from("7f6505040101040101", "hex"))), "settings"],
		["settings that are cut", down(message.data(Buffer.from("7f660a0a01000201003002ff", "hex"))), "settings"],
		["a block that overruns", up(message.clientSettings(Buffer.from("01c0ffff", "hex"))), "settings"],
		["a block without a length", up(message.clientSettings(Buffer.from("01c00000", "hex"))), "settings"],
		[
			"too many channels",
			up(message.clientSettings(message.clientCore("", 1), message.clientNetwork(...new Array(32).fill("a")))),
			"channels",
		],
		[
			"channels without a number",
			up(message.clientSettings(message.clientCore("", 1), message.block(0xc003, Buffer.alloc(2)))),
			"channels",
		],
		["information that is cut", up(message.sent(0x40, Buffer.alloc(20, 0xff))), "information"],
	])("with %s is malformed", (_, said, violation) => {
		const harness = talk(said);
		expect(harness.records.at(-1)).toMatchObject({ kind: "malformed", violations: [violation] });
		expect(harness.facts).toMatchObject([{ record: { id: "rdp-malformed" }, byServer: said[0] === TO_CLIENT }]);
	});
});

it("names versions and systems", () => {
	expect([0x80001, 0x80005, 0x8000a, 0x90001].map(versionName)).toEqual(["4.0", "10.0", "10.5", "0x90001"]);
	expect([100, 2600, 19045, 26100].map(systemOfBuild)).toEqual([
		"",
		"Windows XP (build 2600)",
		"Windows 10 or Server 2016 or later (build 19045)",
		"Windows 11 or Server 2025 (build 26100)",
	]);
	expect(rdp.pointName("x")).toBe("x");
});

it("probes strictly: what others say in ISO transport is not RDP", () => {
	const probe = (bytes: Uint8Array, isHinted?: boolean) => rdp.tcp!.probe(bytes, 0, bytes.length, isHinted);
	const sender = (bytes: Uint8Array) => rdp.tcp!.sender!(bytes, 0, bytes.length);
	// A controller's connection (S7comm): selectors and a size.
	const other = hex("0300 0016 11 e0 0000 0001 00 c0 01 0a c1 02 0100 c2 02 0102");
	expect([probe(other, false), probe(other, true)]).toEqual([PROBE.mismatch, PROBE.mismatch]);
	expect(probe(message.request("", 3), false)).toBe(PROBE.certain);
	expect(probe(message.request("Cookie: mstshash=x"), false)).toBe(PROBE.certain);
	expect(probe(message.request("", 3).subarray(0, 12), false)).toBe(PROBE.more);
	expect([probe(message.request(""), false), probe(message.request(""), true)]).toEqual([PROBE.mismatch, PROBE.match]);
	expect([probe(message.response(), false), probe(message.response(), true), probe(message.response(2), false)]).toEqual([
		PROBE.mismatch,
		PROBE.match,
		PROBE.match,
	]);
	expect([probe(message.response(2).subarray(0, 12)), probe(message.ATTACH_USER, false), probe(message.ATTACH_USER, true)]).toEqual([
		PROBE.more,
		PROBE.mismatch,
		PROBE.match,
	]);
	expect([message.request(""), message.response(), SETTINGS, message.ATTACHED, message.ATTACH_USER].map(sender)).toEqual([
		"client",
		"server",
		"client",
		"server",
		"client",
	]);
});

const sample = (name: string, [direction, bytes]: Said): Sample => ({ name, bytes, direction });
const [ask, granted, settings, answer] = standard(message.serverSecurity(0, 0), []) as [Said, Said, Said, Said];
streamSuite(rdp, [
	[
		sample("a request", ask),
		sample("its answer", granted),
		sample("the client's settings", settings),
		sample("the server's settings", answer),
		sample("a user that is attached", JOINING[1]!),
		sample("who is logged in", up(message.information("PLANT", "ann", "x"))),
	],
	[sample("a negotiation", up(message.request("Cookie: mstshash=ann", 3))), sample("a refusal", down(message.failure(5)))],
]);
