/** S7comm-plus: messages with the bytes written out (as in the public captures), sessions, values, subscriptions, parts, facts. */
import { describe, expect, it } from "vitest";
import { s7commPlus } from "../../protocols/s7comm-plus/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	CREATE_BLOCK,
	connection,
	PLUS_CONVERSATIONS,
	PLUS_READ,
	PLUS_VALUES,
	PLUS_WRITE,
	packet,
	plus,
	plusAnswer,
	plusRequest,
	SESSION,
	SESSION_ANSWER,
	STOP_STATE,
} from "./s7Samples.ts";

streamSuite(s7commPlus, PLUS_CONVERSATIONS);

const open = () => new StreamHarness(s7commPlus, {});
const facts = (bytes: Uint8Array) =>
	open()
		.request(bytes)
		.facts.map(({ record }) => record.id);

describe("S7comm-plus", () => {
	it("is known by its first message, on any port", () => {
		const probe = (bytes: Uint8Array, isHinted?: boolean) => s7commPlus.tcp!.probe(bytes, 0, bytes.length, isHinted);
		const [request] = connection("0600", "53494d415449432d524f4f542d4553");
		expect(probe(request, true)).toBe(PROBE.match);
		expect(probe(connection("0100", "0102")[0], true)).toBe(PROBE.more);
		expect(probe(join(request, plusRequest(0x4ca, 1, SESSION, 1)), false)).toBe(PROBE.certain);
		expect(probe(packet("32 01 0000 0001 0000 0000"), true)).toBe(PROBE.mismatch);
		// A part of somebody else's message may begin like one.
		expect(probe(packet("72 65 61 64 79 00 00 00 00 00 00 00"), true)).toBe(PROBE.mismatch);
	});

	it("reads who begins a session, and what the controller is", () => {
		const harness = open();
		const [request, confirmation] = connection("0600", "53494d415449432d524f4f542d4553");
		harness.request(request).response(confirmation);
		harness.request(plusRequest(0x4ca, 1, SESSION, 1, 0x120)).response(plusAnswer(0x4ca, 1, SESSION_ANSWER, 1));
		expect(harness.records[0]).toMatchObject({ kind: "connect", callingTsap: "0600", calledTsap: "SIMATIC-ROOT-ES" });
		expect(harness.records[2]).toMatchObject({
			function: "CreateObject",
			application: "STEP 7",
			host: "ES-1",
			object: "ObjectServerSessionContainer",
		});
		expect(harness.records[3]).toMatchObject({ product: "1;6ES7 214-1HE30-0XB0 ;V2.2", createdObjects: [903, 904], requestFrame: 3 });
		expect(harness.operations).toMatchObject([{ code: 0x3000 }, { verb: "authenticate", code: 0x4ca, outcome: "ok" }]);
		expect(harness.identities).toMatchObject([
			{ ip: "10.0.0.1", application: "STEP 7" },
			{ vendor: "Siemens", productCode: "6ES7 214-1HE30-0XB0", firmware: "V2.2" },
			{ model: "6ES7 214-1HE30-0XB0", presumed: true },
		]);
	});

	it("reads and writes variables by symbol and by bytes", () => {
		const harness = open()
			.request(plusRequest(0x54c, 2, PLUS_READ), { time: 1_000_000_000 })
			.response(plusAnswer(0x54c, 2, PLUS_VALUES), { time: 1_000_001_500 })
			.request(plusRequest(0x542, 3, PLUS_WRITE))
			.response(plusAnswer(0x542, 3, "00 02 888595b080ef91fff4 00 00000000"));
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 0x54c, points: ["DB1.10", "MW100"], values: [-2, 42], latency: 1500 },
			{ verb: "write", code: 0x542, points: ["DB1.10"], values: [5], outcome: "ok" },
			{ verb: "write", outcome: "refused", outcomeCode: -12, points: ["MW100"] },
		]);
		expect(s7commPlus.outcomeName(-12)).toBe("object not found (-12)");
	});

	it("reports what a subscription sends, under the points that it asked for", () => {
		const list = "a3 8818 20 04 0a 8880848000 00 01 8880908002 07 00 52 8ae28fb700 9d18 0a";
		const create = `000003af 00 04 00 00000000 a1 7fffc001 8769 00 00 ${list} a2 00000000`;
		const harness = open()
			.request(plusRequest(0x4ca, 4, create))
			.response(plusAnswer(0x4ca, 4, "00 01 818080806a 00000000"))
			.response(plus(2, "33 1000006a 0400 0000 0000 01 01 92 00000007 00 07 03e9 00 00000000"));
		expect(harness.operations).toMatchObject([
			{ verb: "configure", outcome: "ok" },
			{ verb: "report", code: 0x3001, points: ["M.10"], values: [1001] },
		]);
	});

	it("puts parts together, and reads a signed message of version 3", () => {
		const whole = plusRequest(0x54c, 2, PLUS_READ).slice(11, -4);
		const part = (bytes: Uint8Array, isLast: boolean) =>
			packet(join(Uint8Array.of(0x72, 2, 0, bytes.length), bytes, isLast ? hex("72020000") : new Uint8Array(0)));
		const harness = open()
			.request(part(whole.slice(0, 30), false))
			.request(part(whole.slice(30), true));
		expect(harness.records).toMatchObject([{ kind: "request", items: [{ address: "DB1.10" }, { address: "MW100" }] }]);
		const signed = packet(join(Uint8Array.of(0x72, 3, 0, whole.length + 33, 32), new Uint8Array(32), whole, hex("72030000")));
		expect(open().request(signed).records).toMatchObject([
			{ kind: "request", protocolVersion: "V3", signed: true, function: "GetMultiVariables" },
		]);
	});

	it("says of a secured connection that it is, once for each side", () => {
		const tls = packet("16 03 03 0004 01000000");
		const harness = open()
			.request(plusRequest(0x5b3, 1, "00000000", 1))
			.request(tls)
			.response(tls)
			.request(tls);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "secured", "secured"]);
	});

	it("reads keep-alives and system events", () => {
		const harness = open()
			.request(packet("72 ff 05 00"))
			.response(packet("72 fe 0016 00000000 00000033 00000000 00000000 4c4f474f5554 72fe0000"));
		expect(harness.records).toMatchObject([
			{ kind: "keep-alive", sequence: 5 },
			{ kind: "event", message: "LOGOUT" },
		]);
		expect(harness.operations).toEqual([]);
	});

	it.each<[string, Uint8Array, string[]]>([
		["stop", plusRequest(0x4f2, 1, STOP_STATE), ["controller-stop"]],
		["start", plusRequest(0x4f2, 1, STOP_STATE.replace("00 08 01", "00 08 03")), ["controller-start"]],
		["reset its memory", plusRequest(0x4f2, 1, STOP_STATE.replace("00 08 01", "00 08 02")), ["controller-restart"]],
		["another mode", plusRequest(0x4f2, 1, STOP_STATE.replace("00 08 01", "00 08 09")), ["controller-mode"]],
		["take a block", plusRequest(0x4ca, 1, CREATE_BLOCK), ["program-download"]],
		["delete a block", plusRequest(0x4d4, 1, "8a320001 00 00000000"), ["program-delete"]],
		["delete a session", plusRequest(0x4d4, 1, "000003c0 00 00000000"), []],
		["give out code", plusRequest(0x4bb, 1, "8a320001 00 01 00 01 00 02 8169 9414 00000000"), ["program-upload"]],
		["look around", plusRequest(0x4bb, 1, "00000003 00 01 00 01 00 01 8169 00000000"), []],
		["change its protection", plusRequest(0x4f2, 1, "00000032 01 9a7b 00 08 02 00000000"), ["credential-change"]],
		["take firmware", plusRequest(0x4f2, 1, "00000010 01 9a00 00 08 02 00000000"), ["firmware-change"]],
		["a variable", plusRequest(0x542, 1, PLUS_WRITE), []],
	])("is told: %s", (_, bytes, ids) => {
		expect(facts(bytes)).toEqual(ids);
	});

	it("says a change of state as a command, and a login as one", () => {
		const stop = open()
			.request(plusRequest(0x4f2, 1, STOP_STATE))
			.response(plusAnswer(0x4f2, 1, "00 00000000"));
		expect(stop.operations).toMatchObject([{ verb: "command", code: 0x3003, values: [1] }]);
		const login = open()
			.request(plusRequest(0x4f2, 1, "000003c0 01 8230 00 14 00 02 abcd 00000000"))
			.response(plusAnswer(0x4f2, 1, "16 00000000"));
		expect(login.operations).toMatchObject([{ verb: "authenticate", code: 0x3002, outcome: "refused", outcomeCode: 22 }]);
		expect([s7commPlus.isLogin!(0x3002, 22), s7commPlus.isLogin!(0x3002, 0), s7commPlus.isLogin!(0x4ca, 0)]).toEqual([true, true, false]);
	});

	it.each<[string, Uint8Array, string]>([
		["a version that is none", packet("72 09 0000"), "version"],
		["a length that lies", packet("72 02 00ff 31"), "length"],
		["an opcode that is none", plus(2, "44 0000 04f2 0000 0001 00"), "opcode"],
		["a function that is none", plus(2, "32 0000 1234 0000 0001 00"), "function"],
		["another protocol", packet("32 01 0000 0001 0000 0000"), "protocol-id"],
	])("%s is malformed, and does not hide what follows", (_, bytes, violation) => {
		const harness = open()
			.request(bytes)
			.request(plusRequest(0x54c, 2, PLUS_READ));
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: [violation] }, { kind: "request" }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["s7comm-plus-malformed"]);
	});

	it("reads no further than it understands, and says so", () => {
		const harness = open().request(plusRequest(0x4f2, 1, "00000034 01 9077 00 16 01"));
		expect(harness.records).toMatchObject([{ kind: "request", unread: true }]);
		const deep = `00 17 0000013a ${"01 00 17 0000013a ".repeat(40)}`;
		expect(open().request(plusRequest(0x4f2, 1, `00000034 01 9077 ${deep}`)).records).toMatchObject([{ unread: true }]);
	});
});
