/** LDAP: messages written out (RFC 4511), by TCP and UDP; and the contract. */
import { describe, expect, it } from "vitest";
import { LOGIN, OP } from "../../protocols/ldap/codes.ts";
import { ldap } from "../../protocols/ldap/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	ber,
	entry,
	equal,
	extended,
	message,
	number,
	present,
	result,
	START_TLS,
	saslBind,
	search,
	simpleBind,
	text,
} from "./ldapMessages.ts";

type Said = readonly [Direction, Uint8Array];
const up = (bytes: Uint8Array): Said => [TO_SERVER, bytes];
const down = (bytes: Uint8Array): Said => [TO_CLIENT, bytes];
function talk(...messages: readonly Said[]) {
	const harness = new StreamHarness(ldap, {});
	for (const [index, [direction, bytes]] of messages.entries())
		harness.send(direction, bytes, { frame: index + 1, time: harness.clock.time + 1000 });
	return harness;
}
const said = ({ operations }: ReturnType<typeof talk>) =>
	operations.map(({ verb, code, outcome, outcomeCode, points }) => [verb, ldap.operationName(code), outcome, outcomeCode, ...points]);
const filterText = (filter: Uint8Array) => talk(up(search(1, "", filter))).records[0]!.filter;
const ADMIN = "cn=admin,dc=plant";

describe("a bind", () => {
	it("by a password in clear is a login, and a fact", () => {
		const harness = talk(
			up(simpleBind(1, ADMIN, "s3cret")),
			down(result(1, OP.bindResponse, 49, "80090308: data 52e")),
			up(simpleBind(2, ADMIN, "right")),
			down(result(2, OP.bindResponse, 0)),
		);
		expect(harness.records).toMatchObject([
			{ kind: "request", messageId: 1, operation: "bind", version: 3, name: ADMIN, authentication: "simple" },
			{
				kind: "response",
				result: "invalidCredentials",
				resultCode: 49,
				diagnosticMessage: "80090308: data 52e",
				matched: true,
				requestFrame: 1,
				latencyMs: 1,
			},
			{ kind: "request" },
			{ kind: "response", result: "success" },
		]);
		expect(said(harness)).toEqual([
			["authenticate", "log in (bind)", "refused", 49],
			["authenticate", "log in (bind)", "ok", 0],
		]);
		expect(JSON.stringify(harness.records)).not.toMatch(/s3cret|right/);
		expect(harness.facts).toMatchObject([{ record: { id: "cleartext-password" } }, { record: { id: "cleartext-password" } }]);
		expect(harness.credentials).toEqual([{ kind: "user", text: ADMIN, isServer: false, isNameless: false }]);
		expect([ldap.isLogin!(LOGIN, 0), ldap.isLogin!(OP.bindRequest, 0)]).toEqual([true, false]);
		expect([ldap.outcomeName(49), ldap.outcomeName(4711), ldap.pointName("x")]).toEqual(["invalidCredentials", "result 4711", "x"]);
	});

	it("without a name, or without its password, is none", () => {
		const harness = talk(
			up(simpleBind(1, "", "")),
			down(result(1, OP.bindResponse, 0)),
			up(simpleBind(2, ADMIN, "")),
			down(result(2, OP.bindResponse, 53)),
		);
		expect(harness.records.map(({ authentication }) => authentication)).toEqual([
			"anonymous",
			"anonymous",
			"unauthenticated",
			"unauthenticated",
		]);
		expect(said(harness)).toEqual([
			["authenticate", "bind without a name", "ok", 0],
			["authenticate", "bind without a name", "refused", 53],
		]);
		expect(harness.credentials).toMatchObject([{ isNameless: true }]);
		expect(harness.facts).toEqual([]);
	});

	/** [MS-NLMP] 2.2.1: little-endian, with texts behind the fixed fields. */
	const le = (value: number, size: number) => Uint8Array.from({ length: size }, (_, at) => (value >>> (8 * at)) & 255);
	const field = (length: number, offset: number) => join(le(length, 2), le(length, 2), le(offset, 4));
	const SIGNATURE = Buffer.from("NTLMSSP\0");
	const utf16 = (words: string) => new Uint8Array(Buffer.from(words, "utf16le"));
	const NEGOTIATE = join(SIGNATURE, le(1, 4), le(1, 4), new Uint8Array(16));
	const PAIRS = join(le(1, 2), le(8, 2), utf16("DC-1"), le(3, 2), le(20, 2), utf16("dc-1.plant"), le(0, 4));
	const CHALLENGE = join(
		SIGNATURE,
		le(2, 4),
		field(0, 56),
		le(0x02000001, 4),
		new Uint8Array(16),
		field(PAIRS.length, 56),
		Uint8Array.of(10, 0, 0x7c, 0x4f, 0, 0, 0, 15),
		PAIRS,
	);
	const TEXTS = [utf16("PLANT"), utf16("ann"), utf16("PC-7")] as const;
	const AUTHENTICATE = join(
		SIGNATURE,
		le(3, 4),
		field(0, 72),
		field(40, 96),
		field(10, 72),
		field(6, 82),
		field(8, 88),
		field(0, 72),
		le(0x02000001, 4),
		Uint8Array.of(10, 0, 0x63, 0x45, 0, 0, 0, 15),
		...TEXTS,
		new Uint8Array(40),
	);

	it.each<[string, Said[]]>([
		[
			"SASL",
			[
				up(saslBind(1, "GSS-SPNEGO", NEGOTIATE)),
				down(result(1, OP.bindResponse, 14, "", ber(0x87, CHALLENGE))),
				up(saslBind(2, "GSS-SPNEGO", AUTHENTICATE)),
				down(result(2, OP.bindResponse, 0)),
			],
		],
		[
			"a choice of its own",
			[
				up(message(1, ber(0x60, number(3), text("NTLM"), ber(0x8a, NEGOTIATE)))),
				down(message(1, ber(0x61, number(0, 10), ber(4, CHALLENGE), text("")))),
				up(message(2, ber(0x60, number(3), text(""), ber(0x8b, AUTHENTICATE)))),
				down(result(2, OP.bindResponse, 0)),
			],
		],
	])("by NTLM names both sides: %s", (_, messages) => {
		const harness = talk(...messages);
		expect(harness.records[1]).toMatchObject({ computer: "DC-1", dnsComputer: "dc-1.plant" });
		expect(harness.records[2]).toMatchObject({ user: "ann", domain: "PLANT", workstation: "PC-7", mechanism: "NTLMv2" });
		expect(harness.identities).toMatchObject([
			{ ip: "10.0.0.2", hostName: "dc-1.plant", operatingSystem: "Windows 10 or later (10.0.20348)" },
			{ ip: "10.0.0.1", hostName: "PC-7" },
		]);
		expect(harness.credentials.at(-1)).toMatchObject({ text: "PLANT\\ann" });
		// What follows is packed, and not looked at.
		harness.send(TO_SERVER, hex("00000010 0102030405060708 090a0b0c0d0e0f10")).send(TO_CLIENT, hex("ffffffff"));
		expect([harness.records.length, harness.rejects]).toEqual([4, 0]);
	});

	it("by SASL without NTLM keeps its mechanism, and may leave what follows in clear", () => {
		const harness = talk(up(saslBind(1, "EXTERNAL")), down(result(1, OP.bindResponse, 0)), up(search(2, "dc=plant", present("cn"))));
		expect(harness.records[0]).toMatchObject({ authentication: "sasl", mechanism: "EXTERNAL" });
		expect([harness.records.at(-1)!.kind, harness.facts, harness.credentials]).toEqual(["request", [], []]);
		expect(said(harness)).toEqual([["authenticate", "log in (bind)", "ok", 0]]);
	});
});

describe("a directory", () => {
	it("is searched", () => {
		const filter = ber(0xa0, equal("objectClass", "person"), ber(0xa2, equal("cn", "a*b")));
		const harness = talk(
			up(search(7, "dc=plant", filter, "cn", "mail")),
			down(entry(7, "cn=ann,dc=plant", { cn: "ann" })),
			down(entry(7, "cn=bob,dc=plant", { cn: "bob" })),
			down(message(7, ber(0x73, text("ldap://x")))),
			down(result(7, OP.searchDone, 0)),
		);
		expect(harness.records).toMatchObject([
			{ baseObject: "dc=plant", scope: "subtree", filter: "(&(objectClass=person)(!(cn=a\\2ab)))", attributes: ["cn", "mail"] },
			{ kind: "response", operation: "search", entries: 2, requestFrame: 1, latencyMs: 4 },
		]);
		expect(said(harness)).toEqual([["browse", "search", "ok", 0, "dc=plant"]]);
	});

	it.each<[string, Uint8Array]>([
		["(|(a>=1)(b<=2)(c~=3))", ber(0xa1, equal("a", "1", 0xa5), equal("b", "2", 0xa6), equal("c", "3", 0xa8))],
		["(cn=a*b*c)", ber(0xa4, text("cn"), ber(0x30, text("a", 0x80), text("b", 0x81), text("c", 0x82)))],
		["(cn=*b*)", ber(0xa4, text("cn"), ber(0x30, text("b", 0x81)))],
		["(member:1.2.840:=x)", ber(0xa9, text("1.2.840", 0x81), text("member", 0x82), text("x", 0x83))],
		["(cn:=x)", ber(0xa9, text("cn", 0x82), text("x", 0x83))],
		["(cn=*)", present("cn")],
	])("by %s", (words, filter) => {
		expect(filterText(filter)).toBe(words);
	});

	it("by a filter that is deep, or long, up to a bound", () => {
		let deep = present("a");
		for (let depth = 0; depth < 40; depth++) deep = ber(depth % 2 === 0 ? 0xa2 : 0xa0, deep);
		expect(filterText(deep)).toContain("…");
		const long = ber(0xa1, ...Array.from({ length: 300 }, () => equal("name", "x".repeat(60))));
		expect(String(filterText(long)).length).toBeLessThan(1400);
	});

	it("is changed", () => {
		const name = text("cn=ann,dc=plant");
		const change = (kind: number, attribute: string) => ber(0x30, number(kind, 10), ber(0x30, text(attribute), ber(0x31, text("v"))));
		const harness = talk(
			up(message(1, ber(0x66, name, ber(0x30, change(2, "member"), change(9, "cn"))))),
			down(result(1, OP.modifyResponse, 50)),
			up(message(2, ber(0x68, name, ber(0x30, ber(0x30, text("cn"), ber(0x31, text("ann"))))))),
			down(result(2, OP.addResponse, 0)),
			up(message(3, text("cn=bob,dc=plant", 0x4a))),
			down(result(3, OP.deleteResponse, 51)),
			up(message(4, ber(0x6c, name, text("cn=eve"), number(1, 1)))),
			down(result(4, OP.renameResponse, 0)),
			up(message(5, ber(0x6e, name, ber(0x30, text("cn"), text("ann"))))),
			down(result(5, OP.compareResponse, 6)),
			up(extended(6, "1.3.6.1.4.1.4203.1.11.1")),
			down(result(6, OP.extendedResponse, 0)),
			up(extended(8, "1.3.6.1.4.1.4203.1.11.3")),
			down(message(8, ber(0x79))),
			down(result(8, OP.extendedResponse, 0)),
		);
		expect(harness.records.filter(({ kind }) => kind === "request")).toMatchObject([
			{ operation: "modify", entry: "cn=ann,dc=plant", changes: ["replace member", "change cn"] },
			{ operation: "add", attributes: ["cn"] },
			{ operation: "delete", entry: "cn=bob,dc=plant" },
			{ operation: "modify DN", newRdn: "cn=eve" },
			{ operation: "compare", attributes: ["cn"] },
			{ operation: "extended", requestName: "Modify Password" },
			{ operation: "extended", requestName: "Who am I?" },
		]);
		expect(said(harness)).toEqual([
			["write", "modify", "refused", 50, "cn=ann,dc=plant"],
			["write", "add", "ok", 0, "cn=ann,dc=plant"],
			["write", "delete", "refused", 51, "cn=bob,dc=plant"],
			["write", "modify DN", "ok", 0, "cn=ann,dc=plant"],
			["read", "compare", "ok", 0, "cn=ann,dc=plant"],
			["configure", "extended", "ok", 0],
			["other", "extended", "ok", 0],
		]);
		expect(ldap.postponing).toContain(51);
	});

	it("says by its root what server it is", () => {
		const root = entry(1, "", { dnsHostName: "dc-1.plant", vendorName: "Example", vendorVersion: "3.2" });
		const harness = talk(up(search(1, "", present("objectClass"))), down(root), down(result(1, OP.searchDone, 0)));
		expect(harness.records.filter(({ kind }) => kind === "host")).toEqual([
			expect.objectContaining({ dnsHostName: "dc-1.plant", vendorName: "Example", vendorVersion: "3.2" }),
		]);
		expect(harness.identities).toMatchObject([{ hostName: "dc-1.plant", application: "Example 3.2" }]);
		expect(talk(down(entry(1, "", { vendorVersion: "3" }))).identities).toMatchObject([{ application: "3" }]);
	});

	it("that hands out code of Java is a fact", () => {
		const harness = talk(
			up(search(1, "x", present("objectClass"))),
			down(entry(1, "x", { javaCodeBase: "http://10.9.9.9/", javaClassName: "X" })),
		);
		expect(harness.records.at(-1)).toMatchObject({ kind: "java", attribute: "javaCodeBase" });
		expect(harness.facts).toMatchObject([{ record: { id: "ldap-code" }, byServer: true }]);
	});

	it("may go on in TLS, and begin anew behind lost bytes", () => {
		const harness = talk(up(extended(1, START_TLS)), down(result(1, OP.extendedResponse, 0)), up(hex("1603010005 0100000100")));
		expect(harness.records).toMatchObject([{ requestName: "StartTLS" }, { result: "success" }]);
		harness.send(TO_CLIENT, hex("1603030001 02"));
		expect([harness.records.length, harness.rejects]).toEqual([2, 0]);
		harness.gap(TO_SERVER).send(TO_SERVER, hex("1703030001 02"));
		harness
			.gap(TO_SERVER)
			.send(TO_SERVER, simpleBind(1, "", "").slice(0, 6))
			.send(TO_SERVER, simpleBind(1, "", "").slice(6));
		expect(harness.records.at(-1)).toMatchObject({ authentication: "anonymous" });
		const refused = talk(up(extended(1, START_TLS)), down(result(1, OP.extendedResponse, 52)), up(simpleBind(2, ADMIN, "x")));
		expect(refused.facts).toHaveLength(1);
	});

	it("may say nothing, or something unasked", () => {
		const harness = talk(
			up(search(1, "dc=plant", present("cn"))),
			up(message(2, Uint8Array.of(0x50, 1, 1))),
			up(message(3, Uint8Array.of(0x42, 0))),
			down(message(0, ber(0x78, number(52, 10), text(""), text("down"), text("1.3.6.1.4.1.1466.20036", 0x8a)))),
			down(result(99, OP.bindResponse, 0)),
			down(entry(98, "cn=x", {})),
		);
		harness.advance(harness.clock.time + 61_000_000);
		expect(harness.records.map(({ kind, operation }) => [kind, operation])).toEqual([
			["request", "search"],
			["request", "abandon"],
			["request", "unbind"],
			["notice", "extended"],
			["response", "bind"],
			["unanswered", "search"],
		]);
		expect(harness.records[4]).toMatchObject({ matched: false });
		expect(said(harness)).toEqual([["browse", "search", "unanswered", 0, "dc=plant"]]);
		// Behind lost bytes nothing is missed.
		const lost = talk(up(search(1, "dc=plant", present("cn")))).gap(TO_CLIENT);
		lost.advance(lost.clock.time + 61_000_000);
		expect(lost.operations).toEqual([]);
	});

	it("is asked without end, up to a bound", () => {
		const harness = talk(...Array.from({ length: 130 }, (_, at) => up(message(at & 127, ber(0x63, ...[])))).slice(0, 0));
		for (let id = 0; id < 200; id++)
			harness.send(TO_SERVER, ber(0x30, ber(2, Uint8Array.of(0, id)), text("cn=x", 0x4a)), { time: harness.clock.time + 1 });
		expect(harness.counts).toEqual({ "pending-bound": 72 });
	});

	it.each<[string, Said]>([
		["a bind without its parts", up(message(1, ber(0x60, number(3))))],
		["a bind without a name", up(message(1, ber(0x60, number(3), number(1))))],
		["a bind of an unknown kind", up(message(1, ber(0x60, number(3), text(""), text("", 0x85))))],
		["SASL without a mechanism", up(message(1, ber(0x60, number(3), text(""), ber(0xa3))))],
		["a search without a base", up(message(1, ber(0x63)))],
		["a search without a filter", up(message(1, ber(0x63, text(""), number(2, 10), number(0, 10))))],
		["a filter of an unknown kind", up(search(1, "", text("x", 0x99)))],
		["a filter without a value", up(search(1, "", ber(0xa3, text("cn"))))],
		["a filter of parts that do not fit", up(search(1, "", ber(0xa4, text("cn"), number(1))))],
		["a part that overruns", up(search(1, "", ber(0xa4, text("cn"), ber(0x30, Uint8Array.of(0x80, 9)))))],
		["a match without a value", up(search(1, "", ber(0xa9, text("cn", 0x82))))],
		["a modification without a list", up(message(1, ber(0x66, text("x"))))],
		["a modification without a name", up(message(1, ber(0x66)))],
		["a change without an attribute", up(message(1, ber(0x66, text("x"), ber(0x30, ber(0x30, number(0, 10))))))],
		["a change of nothing", up(message(1, ber(0x66, text("x"), ber(0x30, ber(0x30, number(0, 10), ber(0x30))))))],
		["an entry without attributes", up(message(1, ber(0x68, text("x"))))],
		["an entry without a name", up(message(1, ber(0x68)))],
		["a new name that is missing", up(message(1, ber(0x6c, text("x"))))],
		["a name that is missing", up(message(1, ber(0x6c)))],
		["a comparison with nothing", up(message(1, ber(0x6e, text("x"))))],
		["a comparison of nothing", up(message(1, ber(0x6e)))],
		["an operation without a name", up(message(1, ber(0x77)))],
		["a result without a code", down(message(1, ber(0x61, text("x"))))],
		["an entry that is cut", down(message(1, ber(0x64, text("x"))))],
		["an entry that has no name", down(message(1, ber(0x64)))],
		["an attribute that has none", down(message(1, ber(0x64, text("x"), ber(0x30, ber(0x30)))))],
		["an answer of the client", up(result(1, OP.bindResponse, 0))],
		["a question of the server", down(simpleBind(1, "", ""))],
		["a result that is no number", down(message(1, ber(0x61, ber(10), text(""), text(""))))],
		["bytes that are no message", up(hex("00112233"))],
	])("with %s is malformed", (_, one) => {
		const harness = talk(up(simpleBind(1, "", "")), one);
		expect(harness.records.at(-1)).toMatchObject({ kind: "malformed", sender: one[0] === TO_SERVER ? "client" : "server" });
		expect(harness.facts).toMatchObject([{ record: { id: "ldap-malformed" } }]);
	});
});

it("is read from datagrams: an answer of several messages in one", () => {
	const harness = new DatagramHarness(ldap, {});
	harness.send(TO_SERVER, search(1, "", present("objectClass"), "Netlogon"));
	harness.send(TO_CLIENT, join(entry(1, "", { dnsHostName: "dc-1" }), result(1, OP.searchDone, 0), Uint8Array.of(1)));
	expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "host", "response"]);
	harness.send(TO_SERVER, search(2, "", present("cn")));
	harness.advance(harness.clock.time + 61_000_000);
	expect(harness.records.at(-1)!.kind).toBe("unanswered");
});

it("probes lengths and operations", () => {
	const probe = (bytes: Uint8Array) => ldap.tcp!.probe(bytes, 0, bytes.length);
	const bind = simpleBind(1, "", "");
	for (let cut = 1; cut < 8; cut++) expect(probe(bind.slice(0, cut))).toBeGreaterThanOrEqual(PROBE.more);
	expect(probe(bind)).toBe(PROBE.match);
	expect(probe(message(1, text("x", 0x42), ber(0xa0)))).toBe(PROBE.match);
	for (const other of [
		"30 80",
		"30 84 7fffffff",
		"30 03 020101",
		"30 05 0401014200",
		"30 08 0205010101010142 00",
		"30 05 0201814200",
		"30 05 0201015f00",
		"30 05 0201014205",
		"30 07 020101 42 00 04 00",
		"30 85 00",
		"31 05",
	])
		expect(probe(hex(other)), other).toBe(PROBE.mismatch);
	const { sender } = ldap.tcp!;
	expect([sender!(bind, 0, bind.length), sender!(bind, 0, 4)]).toEqual(["client", undefined]);
	const answer = result(1, OP.bindResponse, 0);
	expect(sender!(answer, 0, answer.length)).toBe("server");
	expect(ldap.udp!.probe(bind, 0, bind.length - 1)).toBe(PROBE.mismatch);
});

const sample = (name: string, [direction, bytes]: Said): Sample => ({ name, bytes, direction });
const SAMPLES = [
	[
		sample("a login", up(simpleBind(1, ADMIN, "x"))),
		sample("its result", down(result(1, OP.bindResponse, 0))),
		sample("a search", up(search(2, "dc=plant", ber(0xa0, equal("a", "b"), present("c")), "cn"))),
		sample("an entry", down(entry(2, "cn=x", { cn: "x" }))),
		sample("the end of it", down(result(2, OP.searchDone, 0))),
	],
];
streamSuite(ldap, SAMPLES);
datagramSuite(ldap, SAMPLES);
