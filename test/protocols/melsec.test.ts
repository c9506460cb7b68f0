/** MELSEC communication protocol: 3E and 4E frames, binary and in ASCII, with the bytes written out (SH-080956, 4 and 5), what answers what, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { melsec } from "../../protocols/melsec/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	answer,
	answer4,
	asciiAnswer,
	asciiAnswer4,
	asciiRequest,
	asciiRequest4,
	BITS,
	DONE,
	IDENTIFY,
	IDENTITY,
	READ,
	READ_BITS,
	REFUSED,
	request,
	request4,
	VALUE,
	WRITE,
} from "./melsecMessages.ts";

const SECOND = 1_000_000;

const open = () => new StreamHarness(melsec);
const exchange = (asked: string, answered: string) => open().request(request(asked)).response(answer(answered));
const inAscii = (asked: string, answered: string) => open().request(asciiRequest(asked)).response(asciiAnswer(answered));
const probe = (bytes: Uint8Array) => melsec.tcp!.probe(bytes, 0, bytes.length);
const probeDatagram = (bytes: Uint8Array) => melsec.udp!.probe(bytes, 0, bytes.length);

describe("frames", () => {
	it("reads 3E, and pairs in order", () => {
		const harness = open()
			.request(READ, { time: 10 * SECOND })
			.response(VALUE, { time: 10 * SECOND + 2500 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				sender: "client",
				length: 21,
				frameType: "3E",
				code: "binary",
				network: 0,
				station: 255,
				moduleIo: "03FF",
				multidrop: 0,
				monitoringTimer: 4,
				commandCode: "0401",
				command: "batch read",
				subcommand: "0000",
				items: [{ device: "D", number: "100", words: 2 }],
			},
			{
				kind: "response",
				sender: "server",
				endCode: "0000",
				result: "normal completion",
				matched: true,
				latencyMs: 2.5,
				requestFrame: 1,
				command: "batch read",
				values: [7, 500],
			},
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 0x0401, unit: -1, outcome: "ok", latency: 2500, requestFrame: 1, points: ["d:100", "d:101"], values: [7, 500] },
		]);
		expect(harness.facts).toEqual([]);
	});

	it("reads 4E, and pairs by the serial number", () => {
		const harness = open()
			.request(request4(1, "0104 0000 640000 a8 0100"))
			.request(request4(2, "0104 0000 c80000 a8 0100"))
			.response(answer4(2, "0000 0200"))
			.response(answer4(1, "0000 0100"));
		expect(harness.records[2]).toMatchObject({ frameType: "4E", serial: 2, requestFrame: 2 });
		expect(harness.operations).toMatchObject([
			{ points: ["d:200"], values: [2] },
			{ points: ["d:100"], values: [1] },
		]);
	});

	it("reads both in ASCII", () => {
		const harness = inAscii("0401 0000 D* 000100 0002", "0000 0007 01F4");
		expect(harness.records[1]).toMatchObject({ kind: "response", frameType: "3E", code: "ASCII", values: [7, 500] });
		expect(harness.operations).toMatchObject([{ verb: "read", points: ["d:100", "d:101"], values: [7, 500] }]);
		const numbered = open().request(asciiRequest4(0x1234, "0401 0001 X* 00001F 0002")).response(asciiAnswer4(0x1234, "0000 10"));
		expect(numbered.records[1]).toMatchObject({ frameType: "4E", serial: 0x1234, items: [{ device: "X", number: "1F", points: 2 }] });
		expect(numbered.operations).toMatchObject([{ points: ["x:31", "x:32"], values: [1, 0] }]);
	});

	it("says which other CPU, and which other station, is asked", () => {
		const harness = open()
			.request(request("0104 0000 640000 a8 0100", "00 ff e103 00"))
			.response(answer("0000 0100", "00 ff e103 00"))
			.request(request("0104 0000 640000 a8 0100", "02 03 ff03 00"))
			.response(answer("0000 0100", "02 03 ff03 00"))
			.request(request("0104 0000 640000 a8 0100", "00 ff 0000 05"))
			.response(answer("0000 0100", "00 ff 0000 05"));
		expect(harness.operations.map(({ unit }) => unit)).toEqual([0xffe1, 0x020300, 0xff05]);
	});

	it("says a refusal, and what an error repeats", () => {
		const harness = open().request(READ).response(REFUSED);
		expect(harness.records[1]).toMatchObject({ kind: "error", endCode: "C051", result: "number of points out of range" });
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 0xc051, points: ["d:100", "d:101"] }]);
		const alone = open().response(REFUSED);
		expect(alone.records[0]).toMatchObject({ kind: "error", commandCode: "0401", subcommand: "0000" });
		expect(alone.operations).toEqual([]);
		expect(melsec.outcomeName(0xc051)).toBe("number of points out of range (end code C051)");
		expect(melsec.outcomeName(0x4999)).toBe("error of the CPU (end code 4999)");
		expect(melsec.outcomeName(0x7777)).toBe("unknown (end code 7777)");
	});

	it("says after ten seconds that nobody answered", () => {
		const harness = open()
			.request(READ, { time: 10 * SECOND })
			.advance(60 * SECOND);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", time: 20 * SECOND, requestFrame: 1, items: [{ device: "D" }] });
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered", values: [] }]);
	});

	it("takes whoever asks for the client, and a controller that reports for the server", () => {
		const harness = open().response(READ).request(VALUE).request(request("0121 0000 0100 0200"));
		expect(harness.between.map((between) => between?.client.ip)).toEqual(["10.0.0.2", "10.0.0.2", "10.0.0.2"]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", outcome: "ok" },
			{ verb: "report", outcome: "unsolicited" },
		]);
		expect(harness.records[2]).toMatchObject({ kind: "report", octets: 4, sender: "server" });
	});

	it("gives up the oldest of too many that wait", () => {
		const harness = open();
		for (let serial = 0; serial < 20; serial++) harness.request(request4(serial, "0104 0000 640000 a8 0100"));
		expect(harness.counts).toEqual({ "melsec requests waiting": 4 });
	});
});

describe("devices", () => {
	it.each<[string, string, string, string[], number[]]>([
		["words of bits", "0104 0000 640000 90 0100", "0500", ["m:100", "m:101"], [1, 0, 1]],
		["bits", "0104 0100 640000 90 0300", "10 10", ["m:100", "m:101", "m:102"], [1, 0, 1]],
		["words of iQ-R", "0104 0200 64000000 a800 0100", "0700", ["d:100"], [7]],
		["bits of iQ-R", "0104 0300 1f000000 9c00 0100", "10", ["x:31"], [1]],
		["file registers", "0104 0000 102700 b0 0100", "0700", ["zr:10000"], [7]],
		["words and double words", "0304 0000 01 01 640000 a8 c80000 a8", "0700 0100 0200", ["d:100", "d:200", "d:201"], [7, 1, 2]],
		["blocks", "0604 0000 01 01 640000 a8 0200 000000 90 0100", "0700 0800 0300", ["d:100", "d:101", "m:0"], [7, 8, 1]],
	])("reads %s", (_, asked, data, points, values) => {
		const harness = exchange(asked, `0000 ${data}`);
		expect(harness.records[1]).toMatchObject({ kind: "response" });
		expect(harness.operations[0]).toMatchObject({ verb: "read" });
		expect(harness.operations[0]!.points.slice(0, points.length)).toEqual(points);
		expect(harness.operations[0]!.values.slice(0, values.length)).toEqual(values);
	});

	it("makes sixteen points of a word of bits", () => {
		const [operation] = exchange("0104 0000 640000 90 0200", "0000 0500 0080").operations;
		expect(operation!.points).toHaveLength(32);
		expect([operation!.values[0], operation!.values[2], operation!.values[31]]).toEqual([1, 1, 1]);
	});

	it.each<[string, string, string[], number[]]>([
		["words", "0114 0000 640000 a8 0200 0700 0800", ["d:100", "d:101"], [7, 8]],
		["bits", "0114 0100 640000 90 0300 11 00", ["m:100", "m:101", "m:102"], [1, 1, 0]],
		["single words", "0214 0000 01 01 640000 a8 0700 c80000 a8 01000200", ["d:100", "d:200", "d:201"], [7, 1, 2]],
		["single bits", "0214 0100 02 640000 90 01 1f0000 9d 00", ["m:100", "y:31"], [1, 0]],
		["single bits of iQ-R", "0214 0300 01 64000000 9000 0100", ["m:100"], [1]],
		["blocks", "0614 0000 01 00 640000 a8 0200 0700 0800", ["d:100", "d:101"], [7, 8]],
	])("writes %s", (_, asked, points, values) => {
		expect(exchange(asked, "0000").operations).toMatchObject([{ verb: "write", outcome: "ok", points, values }]);
	});

	it("writes in ASCII too", () => {
		expect(inAscii("1401 0001 M* 000100 0003 101", "0000").operations).toMatchObject([
			{ verb: "write", points: ["m:100", "m:101", "m:102"], values: [1, 0, 1] },
		]);
		expect(inAscii("1402 0001 01 Y* 00002F 01", "0000").operations).toMatchObject([{ points: ["y:47"], values: [1] }]);
		expect(inAscii("1401 0002 ZR** 00010000 0001 0007", "0000").operations).toMatchObject([{ points: ["zr:10000"], values: [7] }]);
	});

	it("names devices that it does not know, and double words without their number", () => {
		expect(exchange("0104 0000 640000 ee 0100", "0000 0700").operations).toMatchObject([{ points: ["device-238:100"] }]);
		expect(exchange("0104 0200 05000000 5200 0100", "0000 0700").operations).toMatchObject([{ points: ["ltn:5"], values: [Number.NaN] }]);
	});

	it("knows what is registered, and not what a monitor brings", () => {
		const harness = exchange("0108 0000 01 00 640000 a8", "0000").request(request("0208 0000")).response(answer("0000 0700"));
		expect(harness.operations).toMatchObject([
			{ verb: "configure", points: ["d:100"], values: [] },
			{ verb: "read", points: [] },
		]);
	});

	it("leaves extended devices, labels and buffers unread", () => {
		const harness = exchange("0104 8000 0000 640000 a8 0000 00 0100", "0000 0700");
		expect(harness.records).toMatchObject([{ kind: "request", octets: 11 }, { kind: "response" }]);
		expect(harness.operations).toMatchObject([{ verb: "read", points: [] }]);
		expect(exchange("1316 0000 00000000 0100 0700", "0000").operations).toMatchObject([{ verb: "write", points: [] }]);
	});
});

describe("what is suspicious", () => {
	it.each<[string, string, string]>([
		["0110 0000 0300 00 00", "controller-start", "run"],
		["0210 0000 0100", "controller-stop", "stop"],
		["0310 0000 0100", "controller-mode", "pause, with its outputs as they are"],
		["0510 0000 0100", "controller-restart", "clear what it keeps without power"],
		["0610 0000 0100", "controller-restart", "reset itself"],
		["2018 0000 00000000", "program-download", "make a new file"],
		["2918 0000 0000 00000000 0200 0102", "program-download", "take a part of a file"],
		["2418 0000 00000000", "program-download", "copy a file"],
		["2818 0000 0000 00000000 0001", "program-upload", "give out a part of a file"],
		["2218 0000 00000000", "program-delete", "delete a file"],
		["310e 0000 00", "device-address", "take another address"],
	])("%s is %s", (text, id, words) => {
		const harness = exchange(text, "0000");
		expect(harness.facts.map(({ record }) => record.id)).toEqual([id]);
		const code = `${text.slice(2, 4)}${text.slice(0, 2)}`.toUpperCase();
		expect(harness.facts[0]!.sentence).toBe(
			`{client} asked {server} to ${words} (MELSEC protocol, command ${code}); a plant's own traffic never does.`,
		);
		expect(harness.operations).toMatchObject([{ code: Number.parseInt(code, 16), outcome: "ok" }]);
	});

	it("says which unit was meant, and a RUN by force", () => {
		const harness = open().request(request("0110 0000 0300 00 00", "00 ff e103 00"));
		expect(harness.facts[0]).toMatchObject({ key: String(0xffe1), operation: { unit: 0xffe1 } });
		expect(harness.records[0]).toMatchObject({ byForce: true });
	});

	it("sees a remote password, which is a login", () => {
		const harness = exchange("3016 0000 0400 31323334", "0000");
		expect(harness.facts).toMatchObject([{ record: { id: "cleartext-password" } }]);
		expect(harness.facts[0]!.sentence).toBe(
			"{client} sent {server} its remote password (MELSEC protocol, command 1630); the protocol has no encryption, and who reads it can unlock the controller.",
		);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", code: 0x1630, outcome: "ok" }]);
		expect(JSON.stringify(harness.records)).not.toContain("1234");
		expect(melsec.isLogin!(0x1630, 0)).toBe(true);
		expect(melsec.isLogin!(0x1630, 0xc200)).toBe(true);
		expect(melsec.isLogin!(0x1630, 0xc059)).toBe(false);
		expect(melsec.isLogin!(0x1631, 0)).toBe(false);
		expect(exchange("3116 0000 0400 31323334", "0000").facts).toEqual([]);
	});

	it("reads what a CPU is", () => {
		const harness = open().request(IDENTIFY).response(IDENTITY);
		expect(harness.records[1]).toMatchObject({ model: "Q03UDVCPU", modelCode: "0366" });
		expect(harness.identities).toEqual([
			{
				vendor: "Mitsubishi Electric",
				model: "Q03UDVCPU",
				statements: new Map([["type name", "Q03UDVCPU"]]),
				evidence: "MELSEC type name",
			},
		]);
		expect(inAscii("0101 0000", "0000 FX5U-32MT/ES____ 4A91").records[1]).toMatchObject({ model: "FX5U-32MT/ES", modelCode: "4A91" });
		expect(exchange("0101 0000", "0000 41").records[1]).toMatchObject({ kind: "malformed" });
	});

	it.each([
		"0104 0000 640000 a8",
		"0104 0000 640000 a8 0100 00",
		"0114 0000 640000 a8 0200 0700",
		"0114 0100 640000 90 0300 11",
		"0304 0000 02 00 640000 a8",
		"0214 0100 02 640000 90 01",
		"0214 0000 01 00 640000 a8",
		"0614 0000 01 00 640000 a8 0200 0700",
		"0604 0000 02 00 640000 a8 0200",
		"0110 0000",
	])("%s does not fit its command", (text) => {
		const harness = open().request(request(text));
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violation: "parameters" });
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["melsec-malformed"]);
	});

	it("says which answer does not fit what was asked, and that it was carried out", () => {
		const harness = open().request(READ).response(answer("0000 0700"));
		expect(harness.records[1]).toMatchObject({ kind: "malformed", violation: "parameters" });
		expect(harness.facts[0]).toMatchObject({ byServer: true, frames: [1, 2] });
		expect(harness.facts[0]!.sentence).toBe(
			"A message (answer to batch read) of {server} to {client} breaks the MELSEC protocol: what it says does not fit its command.",
		);
		expect(harness.operations).toMatchObject([{ outcome: "ok", values: [] }]);
		expect(open().request(asciiRequest("0401 0000 D* 0001ZZ 0002")).records[0]).toMatchObject({ kind: "malformed" });
	});

	it("finds the next frame behind what is none, and behind one whose rest never came", () => {
		const harness = open().request(hex("00112233445566778899")).request(READ).response(VALUE);
		expect(harness.records).toMatchObject([
			{ kind: "malformed", violation: "header" },
			{ kind: "request" },
			{ kind: "response", matched: true },
		]);
		const cut = open()
			.request(READ.subarray(0, 15), { time: 10 * SECOND })
			.request(READ, { time: 20 * SECOND });
		expect(cut.records).toMatchObject([{ kind: "malformed", violation: "unfinished" }, { kind: "request" }]);
	});
});

describe("probing", () => {
	it("is certain of a request to the station itself", () => {
		for (const bytes of [READ, request4(7, "0104 0000 640000 a8 0100"), asciiRequest("0401 0000 D* 000100 0002"), IDENTIFY]) {
			expect(probe(bytes)).toBe(PROBE.certain);
			expect(probeDatagram(bytes)).toBe(PROBE.certain);
			for (let size = 0; size < 15; size++) expect(probe(bytes.subarray(0, size))).toBe(PROBE.more);
		}
		expect(probe(request("0104 0000 640000 a8 0100", "02 03 ff03 00"))).toBe(PROBE.match);
		expect(probe(VALUE)).toBe(PROBE.match);
		expect(probe(asciiAnswer("0000 0007"))).toBe(PROBE.match);
		expect(probe(asciiAnswer4(1, "0000 0007"))).toBe(PROBE.match);
		expect(probe(join(READ, IDENTIFY))).toBe(PROBE.certain);
	});

	it.each<[string, Uint8Array]>([
		["another subheader", hex("51 00 00 ff ff03 00 0c00 0400 0104 0000")],
		["a second octet", hex("50 01 00 ff ff03 00 0c00 0400 0104 0000")],
		["no zeros behind the serial number", hex("54 00 0100 0100 00 ff ff03 00 0c00 0400 0104 0000")],
		["a network", hex("50 00 f5 ff ff03 00 0c00 0400 0104 0000")],
		["a station", hex("50 00 00 99 ff03 00 0c00 0400 0104 0000")],
		["an I/O number", hex("50 00 00 ff ff0f 00 0c00 0400 0104 0000")],
		["a multidrop station", hex("50 00 00 ff ff03 44 0c00 0400 0104 0000")],
		["no room", hex("50 00 00 ff ff03 00 0500 0400 0104 0000")],
		["too much", hex("50 00 00 ff ff03 00 ffff 0400 0104 0000")],
		["a command that nobody knows", hex("50 00 00 ff ff03 00 0600 0400 9999 0000")],
		["a subcommand that nobody knows", hex("50 00 00 ff ff03 00 0600 0400 0104 0030")],
		["text", new TextEncoder().encode("500 Internal error")],
		["text that begins alike", new TextEncoder().encode("5000 meters")],
		["a frame with something else behind it", join(READ, hex("010203"))],
	])("takes nothing with %s", (_, bytes) => {
		expect(probe(bytes)).toBe(PROBE.mismatch);
		expect(probeDatagram(bytes)).toBe(PROBE.mismatch);
	});

	it("tells who sent what", () => {
		const sender = (bytes: Uint8Array) => melsec.tcp!.sender!(bytes, 0, bytes.length);
		expect([READ, VALUE, hex("00")].map(sender)).toEqual(["client", "server", undefined]);
	});
});

describe("points", () => {
	it.each<[string, string, string | undefined]>([
		["D100", "", "d:100"],
		["x1f", "", "x:31"],
		["B1F", "", "b:31"],
		["SB1F", "", "sb:31"],
		["SD100", "", "sd:100"],
		["ZR10000", "", "zr:10000"],
		["TN5", "", "tn:5"],
		["LSTN5", "", "lstn:5"],
		["100", "D", "d:100"],
		["1F", "x", "x:31"],
		["d:100", "", "d:100"],
		["holding:1", "", undefined],
		["D1F", "", undefined],
		["D99999999", "", undefined],
		["Q1", "", undefined],
		["100", "", undefined],
	])("%s of %s", (text, table, expected) => {
		expect(melsec.parsePoint!(text, table)).toBe(expected);
	});

	it("has words for people", () => {
		expect(melsec.pointName("d:100")).toBe("D100");
		expect(melsec.pointName("x:31")).toBe("X1F");
		expect(melsec.pointName("device-238:1")).toBe("device-238:1");
		expect(melsec.operationName(0x0401)).toBe("batch read (command 0401)");
		expect(melsec.operationName(0x9999)).toBe("unknown command (command 9999)");
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Sample["direction"] = TO_SERVER): Sample => ({ name, bytes, direction });
const CONVERSATIONS: readonly (readonly Sample[])[] = [
	[
		sample("a read", READ),
		sample("its answer", VALUE, TO_CLIENT),
		sample("a read of bits", READ_BITS),
		sample("its answer", BITS, TO_CLIENT),
		sample("a write", WRITE),
		sample("its answer", DONE, TO_CLIENT),
	],
	[
		sample("a question what it is", IDENTIFY),
		sample("the answer", IDENTITY, TO_CLIENT),
		sample("a stop", request("0210 0000 0100")),
		sample("a refusal", answer("1040 00 ff ff03 00 0210 0000"), TO_CLIENT),
	],
	[
		sample("a read of 4E", request4(1, "0304 0000 01 01 640000 a8 c80000 a8")),
		sample("its answer", answer4(1, "0000 0700 0100 0200"), TO_CLIENT),
		sample("blocks", request4(2, "0614 0000 01 00 640000 a8 0200 0700 0800")),
		sample("its answer", answer4(2, "0000"), TO_CLIENT),
	],
	[
		sample("a read in ASCII", asciiRequest("0401 0000 D* 000100 0002")),
		sample("its answer", asciiAnswer("0000 0007 01F4"), TO_CLIENT),
		sample("a write of bits in ASCII", asciiRequest4(3, "1401 0001 M* 000100 0003 101")),
		sample("its answer", asciiAnswer4(3, "0000"), TO_CLIENT),
	],
];
streamSuite(melsec, CONVERSATIONS);
datagramSuite(melsec, CONVERSATIONS);

it("takes a client of 3E that asks again to have given up what it asked before", () => {
	const harness = new DatagramHarness(melsec).request(READ).request(IDENTIFY).response(IDENTITY);
	expect(harness.operations).toMatchObject([
		{ verb: "read", outcome: "unanswered" },
		{ verb: "identify", outcome: "ok" },
	]);
	const stream = open()
		.request(READ, { time: 10 * SECOND })
		.request(IDENTIFY, { time: 12 * SECOND })
		.response(IDENTITY);
	expect(stream.operations).toMatchObject([{ outcome: "unanswered" }, { verb: "identify", outcome: "ok" }]);
	expect(open().request(READ).request(IDENTIFY).response(VALUE).response(IDENTITY).operations).toMatchObject([
		{ verb: "read", outcome: "ok" },
		{ verb: "identify", outcome: "ok" },
	]);
});

it("reads datagrams", () => {
	const harness = new DatagramHarness(melsec).request(READ).response(VALUE);
	expect(harness.operations).toMatchObject([{ outcome: "ok", values: [7, 500] }]);
	expect(harness.request(hex("00")).refused).toBe(1);
});
