/** SRTP: messages with the bytes written out, what answers what, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { srtp } from "../../protocols/srtp/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { HELLO, READ, refusal, reply, replyText, request, requestText, VALUE, WELCOME, WRITE, WRITTEN } from "./srtpMessages.ts";

const SECOND = 1_000_000;
const open = () => new StreamHarness(srtp);
const exchange = (asked: string, answer = reply(9)) => open().request(request(9, asked)).response(answer);
const probe = (bytes: Uint8Array, isHinted?: boolean) => srtp.tcp!.probe(bytes, 0, bytes.length, isHinted);

describe("messages", () => {
	it("reads how a connection begins, a request and its reply", () => {
		const harness = open()
			.request(HELLO)
			.response(WELCOME)
			.request(READ, { time: 10 * SECOND })
			.response(VALUE, { time: 10 * SECOND + 2500 });
		expect(harness.records).toMatchObject([
			{ kind: "connection", sender: "client", length: 56 },
			{ kind: "connection", sender: "server" },
			{
				kind: "request",
				sequence: 6,
				mailboxType: "C0",
				slot: 1,
				serviceCode: 4,
				service: "read system memory",
				selectorCode: 8,
				selector: "%R",
				offset: 99,
				count: 4,
			},
			{
				kind: "response",
				length: 64,
				mailboxType: "94",
				octets: 8,
				status: 0,
				result: "no error (status 00 00)",
				privilegeLevel: 2,
				state: "run, outputs enabled",
				toolAttached: true,
				matched: true,
				latencyMs: 2.5,
				requestFrame: 3,
				values: [7, 500, 0, 1],
			},
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 4, outcome: "ok", latency: 2500, points: ["r:100", "r:101", "r:102", "r:103"], values: [7, 500, 0, 1] },
		]);
		expect(harness.facts).toEqual([]);
	});

	it.each<[string, string, Uint8Array, string[], number[]]>([
		["a word in the reply itself", "04 0a 0000 0100", reply(9, "2c01"), ["ai:1"], [300]],
		[
			"bits in octets",
			"04 10 0100 0100",
			reply(9, "81"),
			["i:9", "i:10", "i:11", "i:12", "i:13", "i:14", "i:15", "i:16"],
			[1, 0, 0, 0, 0, 0, 0, 1],
		],
		["bits", "04 4c 0300 0200", reply(9, "10"), ["m:4", "m:5"], [0, 1]],
		["fewer octets than were asked for", "04 08 0000 0400", reply(9, "0700"), ["r:1", "r:2", "r:3", "r:4"], []],
		["a selector that nobody knows", "04 77 0000 0100", reply(9, "0700"), [], []],
	])("reads %s", (_, asked, answer, points, values) => {
		expect(exchange(asked, answer).operations).toMatchObject([{ verb: "read", outcome: "ok", points, values }]);
	});

	it("reads writes, with their data in the message or behind it", () => {
		expect(open().request(WRITE).response(WRITTEN).operations).toMatchObject([
			{ verb: "write", code: 7, points: ["r:200"], values: [300] },
		]);
		const long = open()
			.request(requestText(9, "07 08 0000 0500", "0100 0200 0300 0400 0500"))
			.response(reply(9));
		expect(long.records[0]).toMatchObject({ mailboxType: "80", octets: 10, count: 5, values: [1, 2, 3, 4, 5] });
		expect(long.operations).toMatchObject([{ points: ["r:1", "r:2", "r:3", "r:4", "r:5"], values: [1, 2, 3, 4, 5] }]);
	});

	it("says a refusal, and what nobody replies to", () => {
		const harness = exchange("04 08 ffff 0100", refusal(9, "05f4"));
		expect(harness.records[1]).toMatchObject({
			kind: "error",
			status: 5,
			minorStatus: 0xf4,
			result: "service request error (status 05 F4)",
		});
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 0x05f4 }]);
		expect(exchange("04 08 0000 0100", reply(9, "", "0200")).operations).toMatchObject([{ outcome: "refused", outcomeCode: 0x0200 }]);
		const silent = open()
			.request(READ, { time: 10 * SECOND })
			.advance(60 * SECOND);
		expect(silent.records[1]).toMatchObject({ kind: "unanswered", time: 20 * SECOND, requestFrame: 1, offset: 99 });
		expect(silent.operations).toMatchObject([{ outcome: "unanswered" }]);
		expect(open().response(VALUE).operations).toEqual([]);
		expect(srtp.outcomeName(0x0900)).toBe("unknown (status 09 00)");
	});

	it("reads what a controller says of itself, as far as it is text", () => {
		const harness = exchange("43", replyText(9, "5055 4d50 3100 0001"));
		expect(harness.records[1]).toMatchObject({ name: "PUMP1" });
		expect(harness.identities).toEqual([
			{ model: "PUMP1", presumed: true, statements: new Map([["controller", "PUMP1"]]), evidence: "SRTP controller type and ID" },
		]);
		expect(exchange("43", reply(9, "0102")).identities).toEqual([]);
	});

	it("gives up the oldest of too many that wait, and forgets them when bytes are lost", () => {
		const harness = open();
		for (let sequence = 0; sequence < 20; sequence++) harness.request(request(sequence, "00"));
		expect(harness.counts).toEqual({ "srtp requests waiting": 4 });
		harness
			.gap(TO_CLIENT)
			.response(reply(19))
			.advance(100_000 * SECOND);
		expect(harness.operations).toEqual([]);
	});
});

describe("what is suspicious", () => {
	it.each<[string, string, string, string]>([
		["06 00 0000 1000", "program-upload", "program", "give out the memory of its program"],
		["3f", "program-upload", "program", "give out its program"],
		["40", "program-download", "program", "take another program"],
		["09 00 0000 0200 0102", "program-download", "program", "take a block of a program"],
		["08 00 0000 0200 0102", "controller-memory-write", "write", "take other memory of a task"],
		["20", "controller-reserved", "authenticate", "let a programming tool log on"],
		["22", "device-address", "configure", "take another name"],
		["23 01", "controller-mode", "command", "change between run and stop"],
		["39", "srtp-faults-cleared", "command", "clear its table of faults"],
		["44", "values-forced", "write", "force its memory, or to let it go"],
	])("%s is %s", (asked, id, verb, words) => {
		const harness = exchange(asked);
		expect(harness.facts.map(({ record }) => record.id)).toEqual([id]);
		expect(harness.facts[0]!.sentence).toBe(
			`{client} asked {server} to ${words} (SRTP, service ${asked.slice(0, 2).toUpperCase()}); a plant's own traffic never does.`,
		);
		expect(harness.operations).toMatchObject([{ verb, outcome: "ok" }]);
	});

	it.each(["00", "03", "05 00 0000 0100", "24", "25", "38", "21 02"])("%s is not", (asked) => {
		expect(exchange(asked).facts).toEqual([]);
	});

	it("names the first use of a clock, and takes a privilege level for a login", () => {
		expect(srtp.firstUse!(0x24, "configure")).toMatchObject({ id: "clock-set" });
		expect(srtp.firstUse!(0x07, "write")).toBeUndefined();
		expect([srtp.isLogin!(0x21, 0), srtp.isLogin!(0x21, 0x0200), srtp.isLogin!(0x21, 0x0100), srtp.isLogin!(0x20, 0)]).toEqual([
			true,
			true,
			false,
			false,
		]);
	});

	it.each<[string, Uint8Array]>([
		["header", new Uint8Array(60).fill(0xee)],
		["direction", VALUE],
		["direction", WELCOME],
	])("says %s", (violation, bytes) => {
		const harness = open().request(bytes).request(READ).response(VALUE);
		expect(harness.records).toMatchObject([{ kind: "malformed", violation }, { kind: "request" }, { kind: "response", matched: true }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["srtp-malformed"]);
	});

	it("goes on with a sound message where the rest of one never came", () => {
		const harness = open()
			.request(READ.subarray(0, 40), { time: 10 * SECOND })
			.request(READ, { time: 20 * SECOND });
		expect(harness.records).toMatchObject([{ kind: "malformed", violation: "unfinished" }, { kind: "request" }]);
	});
});

describe("probing", () => {
	it("is certain of requests and replies, and takes the beginning on its own port alone", () => {
		expect([probe(READ, false), probe(VALUE, false), probe(request(1, "99"), false)]).toEqual([PROBE.certain, PROBE.certain, PROBE.match]);
		expect([probe(HELLO, true), probe(WELCOME, true), probe(HELLO), probe(HELLO, false)]).toEqual([
			PROBE.match,
			PROBE.match,
			PROBE.match,
			PROBE.mismatch,
		]);
		for (let size = 0; size < 56; size++) expect(probe(READ.subarray(0, size), true)).toBe(PROBE.more);
	});

	it.each<[string, (bytes: Uint8Array) => void]>([
		["another type", (bytes) => bytes.fill(4, 0, 1)],
		["an octet that is never set", (bytes) => bytes.fill(1, 20, 21)],
		["a mailbox that nobody knows", (bytes) => bytes.fill(0xc1, 31, 32)],
		["a mailbox of replies", (bytes) => bytes.fill(0xd4, 31, 32)],
		["too much text", (bytes) => bytes.fill(0xff, 4, 6)],
	])("takes nothing with %s", (_, change) => {
		const bytes = READ.slice();
		change(bytes);
		expect(probe(bytes, true)).toBe(PROBE.mismatch);
	});

	it("tells who sent what", () => {
		const sender = (bytes: Uint8Array) => srtp.tcp!.sender!(bytes, 0, bytes.length);
		expect([READ, VALUE, HELLO, WELCOME, hex("ff")].map(sender)).toEqual(["client", "server", "client", "server", undefined]);
	});
});

describe("points", () => {
	it.each<[string, string, string | undefined]>([
		["%R100", "", "r:100"],
		["AI5", "", "ai:5"],
		["%m00101", "", "m:101"],
		["100", "%R", "r:100"],
		["100", "q", "q:100"],
		["r:100", "", "r:100"],
		["%R0", "", undefined],
		["%X1", "", undefined],
		["100", "", undefined],
	])("%s of %s", (text, table, expected) => {
		expect(srtp.parsePoint!(text, table)).toBe(expected);
	});

	it("has words for people", () => {
		expect(srtp.pointName("r:100")).toBe("%R100");
		expect(srtp.pointName("x:1")).toBe("x:1");
		expect(srtp.operationName(4)).toBe("read system memory (service 04)");
		expect(srtp.operationName(0x99)).toBe("unknown service (service 99)");
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Sample["direction"] = TO_SERVER): Sample => ({ name, bytes, direction });
streamSuite(srtp, [
	[
		sample("a beginning", HELLO),
		sample("the answer", WELCOME, TO_CLIENT),
		sample("a read", READ),
		sample("its reply", VALUE, TO_CLIENT),
		sample("a write", WRITE),
		sample("its reply", WRITTEN, TO_CLIENT),
	],
	[
		sample("a long write", requestText(9, "07 08 0000 0500", "0100 0200 0300 0400 0500")),
		sample("its reply", reply(9), TO_CLIENT),
		sample("a question what it is", request(10, "43")),
		sample("the reply", replyText(10, "5055 4d50 3100 0001"), TO_CLIENT),
		sample("a stop", request(11, "23 02")),
		sample("a refusal", refusal(11, "0200"), TO_CLIENT),
	],
]);

it("reads two messages of one segment", () => {
	expect(open().request(join(HELLO, READ)).records).toHaveLength(2);
});
