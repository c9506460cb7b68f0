/** Kerberos: messages written out (RFC 4120), by UDP and TCP; and the contract. */
import { describe, expect, it } from "vitest";
import { encryptionName, errorName, messageName, rankOf } from "../../protocols/kerberos/codes.ts";
import { kerberos } from "../../protocols/kerberos/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { failure, field, framed, integer, message, octets, principal, reply, request, sequence, text } from "./kerberosMessages.ts";

type Said = readonly [Direction, Uint8Array];
const up = (bytes: Uint8Array): Said => [TO_SERVER, bytes];
const down = (bytes: Uint8Array): Said => [TO_CLIENT, bytes];
function talk(...messages: readonly Said[]) {
	const harness = new DatagramHarness(kerberos, {});
	for (const [index, [direction, bytes]] of messages.entries())
		harness.send(direction, bytes, { frame: index + 1, time: harness.clock.time + 1000 });
	return harness;
}
const TGT = "krbtgt/PLANT";
const said = ({ operations }: ReturnType<typeof talk>) =>
	operations.map(({ verb, code, outcome, outcomeCode, points }) => [
		verb,
		kerberos.operationName(code),
		outcome,
		outcomeCode,
		kerberos.isLogin!(code, outcomeCode),
		...points,
	]);

describe("a login", () => {
	it("asks twice: the proof is asked for, then it lets in", () => {
		const harness = talk(
			up(request(10, { nonce: 1 })),
			down(failure(25, "NEEDED_PREAUTH")),
			up(request(10, { nonce: 2, proofs: [149, 2], host: "PC-7" })),
			down(reply(11, "ann", TGT, 18)),
		);
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				messageType: "AS-REQ",
				client: "ann",
				service: TGT,
				realm: "PLANT",
				encryptionTypes: ["aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96"],
				preAuthenticated: false,
			},
			{
				kind: "error",
				errorCode: 25,
				error: "KDC_ERR_PREAUTH_REQUIRED",
				text: "NEEDED_PREAUTH",
				client: "ann",
				matched: true,
				requestFrame: 1,
			},
			{ kind: "request", preAuthenticated: true, host: "PC-7" },
			{ kind: "reply", ticketCipher: "aes256-cts-hmac-sha1-96", requestFrame: 3, latencyMs: 1 },
		]);
		expect(said(harness)).toEqual([["authenticate", "log in (AS-REQ)", "ok", 0, true]]);
		expect(harness.credentials).toMatchObject([
			{ kind: "user", text: "ann@PLANT" },
			{ kind: "security", text: "aes256-cts-hmac-sha1-96", rank: 2 },
		]);
		expect(harness.identities).toMatchObject([{ ip: "10.0.0.1", hostName: "PC-7", presumed: true }]);
		expect(harness.facts).toEqual([]);
	});

	it.each([
		[24, true],
		[6, true],
		[18, false],
	])("is refused by error %i", (code, isLogin) => {
		const harness = talk(up(request(10, { proofs: [2] })), down(failure(code)));
		expect(said(harness)).toEqual([["authenticate", "log in (AS-REQ)", "refused", code, isLogin]]);
		expect(kerberos.outcomeName(code)).toBe(errorName(code));
	});

	it("without a proof that is let in is a fact", () => {
		const harness = talk(up(request(10)), down(reply(11, "ann", TGT, 18)));
		expect(harness.facts).toMatchObject([{ record: { id: "kerberos-no-preauthentication" }, frames: [1, 2] }]);
		expect(said(harness)).toEqual([["authenticate", "get a ticket without a proof (AS-REQ)", "ok", 0, false]]);
		expect(harness.credentials).toEqual([]);
	});

	it("of a host names it", () => {
		const harness = talk(up(request(10, { client: "PC-7$", proofs: [2] })), down(reply(11, "PC-7$", TGT, 18)));
		expect(harness.identities).toMatchObject([{ hostName: "PC-7" }]);
	});
});

describe("a ticket", () => {
	it("is asked for a service", () => {
		const harness = talk(
			up(request(12, { server: "cifs/files", proofs: [1] })),
			down(reply(13, "ann", "cifs/files", 18)),
			up(request(12, { server: "http/web", nonce: 8, proofs: [1] })),
			down(failure(7)),
		);
		expect(said(harness)).toEqual([
			["authenticate", "ask for a ticket (TGS-REQ)", "ok", 0, false, "cifs/files"],
			["authenticate", "ask for a ticket (TGS-REQ)", "refused", 7, false, "http/web"],
		]);
		expect(harness.facts).toEqual([]);
		expect(harness.records[1]).toMatchObject({ client: "ann", service: "cifs/files" });
	});

	it.each([
		[23, 18, "rc4-hmac"],
		[18, 3, "des-cbc-md5"],
		[16, 16, "des3-cbc-sha1"],
	])("with a broken encryption is a fact: %i, %i", (ticket, part, name) => {
		const harness = talk(up(request(12, { server: "cifs/files" })), down(reply(13, "ann", "cifs/files", ticket, part)));
		expect(harness.facts).toMatchObject([{ record: { id: "weak-protocol" }, key: name, frames: [1, 2] }]);
		expect(talk(down(reply(13, "ann", "", ticket, part))).facts).toMatchObject([{ key: name, frames: [1] }]);
	});
});

it("may be left without an answer, sent again, or answered unasked", () => {
	const harness = talk(up(request(10)), up(request(10)), up(request(12, { server: "cifs/files" })), down(failure(52)));
	harness.advance(harness.clock.time + 11_000_000);
	expect(harness.records.map(({ kind, messageType }) => [kind, messageType])).toEqual([
		["request", "AS-REQ"],
		["request", "AS-REQ"],
		["request", "TGS-REQ"],
		["error", "KRB-ERROR"],
		["unanswered", "TGS-REQ"],
	]);
	expect(said(harness)).toEqual([["authenticate", "ask for a ticket (TGS-REQ)", "unanswered", 0, false, "cifs/files"]]);
	harness.datagrams.expire(Number.POSITIVE_INFINITY);
	expect(harness.records).toHaveLength(5);
	const unasked = talk(down(failure(24)), down(reply(11, "ann", TGT, 23)));
	expect(unasked.records).toMatchObject([{ matched: false }, { matched: false }]);
	expect([unasked.operations, unasked.credentials]).toEqual([[], []]);
	const many = talk(...Array.from({ length: 20 }, (_, nonce) => up(request(10, { nonce }))));
	expect(many.counts).toEqual({ "pending-bound": 4 });
});

it("is read from a stream, and forgets what waits behind lost bytes", () => {
	const harness = new StreamHarness(kerberos, {});
	harness.request(framed(request(10, { proofs: [2] }))).response(framed(reply(11, "ann", TGT, 18)));
	expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "reply"]);
	harness.request(join(hex("ff00"), framed(request(12)))).gap(TO_CLIENT);
	harness.advance(harness.clock.time + 11_000_000);
	expect(harness.records.map(({ kind }) => kind).slice(2)).toEqual(["malformed", "request"]);
	expect(harness.facts).toMatchObject([{ record: { id: "kerberos-malformed" }, byServer: false }]);
});

it.each<[string, Said]>([
	["a request without a body", up(message(10, 1))],
	["a request without a nonce", up(message(10, 1, field(4, sequence(field(2, text("PLANT"))))))],
	["a request whose body overruns", up(message(10, 1, field(4, sequence(field(7, integer(1)), Uint8Array.of(0xa8, 9)))))],
	["a reply without a ticket", down(message(11, 0, field(3, text("PLANT"))))],
	["a reply whose ticket is none", down(message(11, 0, field(5, octets(new Uint8Array(2))), field(6, sequence())))],
	["an error without a code", down(message(30, 0, field(9, text("PLANT")), field(10, principal("x"))))],
	["a question of the server", down(request(10))],
	["an answer of the client", up(failure(1))],
])("with %s is malformed", (_, one) => {
	const harness = talk(one);
	expect(harness.records).toMatchObject([{ kind: "malformed", sender: one[0] === TO_SERVER ? "client" : "server" }]);
	expect(harness.facts).toMatchObject([{ record: { id: "kerberos-malformed" }, byServer: one[0] === TO_CLIENT }]);
});

it("probes all of the front", () => {
	const udp = (bytes: Uint8Array) => kerberos.udp!.probe(bytes, 0, bytes.length);
	const tcp = (bytes: Uint8Array) => kerberos.tcp!.probe(bytes, 0, bytes.length);
	const asked = request(10);
	expect([udp(asked), udp(asked.slice(0, -1)), udp(join(asked, asked)), tcp(framed(asked)), tcp(asked)]).toEqual([
		PROBE.certain,
		PROBE.mismatch,
		PROBE.mismatch,
		PROBE.certain,
		PROBE.mismatch,
	]);
	for (let cut = 1; cut < 24; cut++) expect(tcp(framed(asked).slice(0, cut))).toBeGreaterThanOrEqual(PROBE.more);
	for (const other of ["00000020 61", "00000020 6a80", "00000020 6a1e 31", "00000020 6a1e 301c a2", "00000005 6a03", "00ffffff 6a"])
		expect(tcp(hex(other)), other).toBe(PROBE.mismatch);
	const { tcp: stream, udp: datagrams } = kerberos;
	expect(stream!.sender!(framed(asked), 0, asked.length + 4)).toBe("client");
	expect(stream!.sender!(asked, 0, asked.length)).toBeUndefined();
	expect(datagrams!.sender!(failure(1), 0, failure(1).length)).toBe("server");
	expect(datagrams!.sender!(asked, 0, 4)).toBeUndefined();
	expect([encryptionName(99), errorName(99), messageName(99), kerberos.operationName(30), kerberos.pointName("x")]).toEqual([
		"type 99",
		"error 99",
		"message 99",
		"KRB-ERROR",
		"x",
	]);
	expect([3, 23, 18].map(rankOf)).toEqual([0, 1, 2]);
});

const sample = (name: string, [direction, bytes]: Said): Sample => ({ name, bytes, direction });
const samples = (wrap: (bytes: Uint8Array) => Uint8Array) => [
	[
		sample("a question", up(wrap(request(10)))),
		sample("what is wanted", down(wrap(failure(25)))),
		sample("a proof", up(wrap(request(10, { nonce: 9, proofs: [2] })))),
		sample("a ticket", down(wrap(reply(11, "ann", TGT, 18)))),
	],
];
datagramSuite(
	kerberos,
	samples((bytes) => bytes),
);
streamSuite(kerberos, samples(framed));
