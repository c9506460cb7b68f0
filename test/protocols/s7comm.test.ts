/** S7comm: messages with the bytes written out (as in the public captures and Wireshark's dissector), pairing, lost bytes, hostile names, bounds, operations, identities, facts. */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { s7comm } from "../../protocols/s7comm/index.ts";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import {
	acknowledgement,
	answer,
	any,
	ask,
	COMPONENTS,
	CONVERSATIONS,
	connection,
	job,
	MODULES,
	packet,
	READ,
	READ_DATA,
	SETUP,
	tell,
	WRITE,
	WRITE_DATA,
} from "./s7Samples.ts";

streamSuite(s7comm, CONVERSATIONS);

const open = () => new StreamHarness(s7comm, {});
/** All of one conversation, by its number in the samples. */
function played(index: number): StreamHarness<never> {
	const harness = open();
	for (const { bytes, direction } of CONVERSATIONS[index]!) harness.send(direction, bytes);
	return harness as unknown as StreamHarness<never>;
}

describe("S7comm: connection", () => {
	it("reads selectors: what for, rack and slot", () => {
		const harness = open();
		const [request, confirmation] = connection("0100", "0142");
		harness.request(request, { time: 1_000_000_000 }).response(confirmation, { time: 1_000_002_000 });
		expect(harness.records).toMatchObject([
			{ kind: "connect", callingTsap: "0100", calledTsap: "0142", connectionType: "PG", rack: 2, slot: 2, tpduSize: 1024 },
			{ kind: "accept", latencyMs: 2, requestFrame: 1 },
		]);
		expect(harness.operations).toMatchObject([{ verb: "other", code: 0x3000, subCode: 1, outcome: "ok", unit: -1, latency: 2000 }]);
		expect(s7comm.operationName(0x3000)).toBe("connect (COTP)");
	});

	it("says of a connection that nobody answers that nobody did", () => {
		const harness = open().request(connection("0100", "0102")[0]);
		harness.advance(harness.clock.time + 60_000_000);
		expect(harness.records.at(-1)).toMatchObject({ kind: "unanswered" });
		expect(harness.operations).toMatchObject([{ verb: "other", code: 0x3000, subCode: 1, outcome: "unanswered" }]);
	});

	it("is known by its first message, and leaves other users of the transport alone", () => {
		const [request] = connection("0001", "0001");
		const probe = (bytes: Uint8Array, isHinted?: boolean) => s7comm.tcp!.probe(bytes, 0, bytes.length, isHinted);
		expect(probe(request, true)).toBe(PROBE.more);
		expect(probe(join(request, job(1, SETUP)), false)).toBe(PROBE.certain);
		// An ISO session (MMS), S7comm-plus, and a message whose lengths lie.
		expect(probe(packet("0d 40 05 06 13 01 00 16 01 02"), true)).toBe(PROBE.mismatch);
		expect(probe(packet("72 01 00 00"), true)).toBe(PROBE.mismatch);
		const broken = packet("32 01 0000 0001 00ff 0000 f0");
		expect(probe(join(request, broken), true)).toBe(PROBE.match);
		expect(probe(join(request, broken), false)).toBe(PROBE.mismatch);
		// A part of somebody else's message may begin like one.
		expect(probe(broken, true)).toBe(PROBE.mismatch);
		expect(probe(packet("32 30 31 39 2d 31 31 2d 32 38 54 31"), true)).toBe(PROBE.mismatch);
		const flow = new FakeFlow();
		const dispatcher = new Dispatcher({ protocols, services, clock: { time: 0, frame: 1 }, onObservation: () => {} });
		const mms = join(request, packet("0d 40 05 06 13 01 00 16 01 02 00 00 00 00 00 00"));
		dispatcher.data(flow, mms, 0, mms.length, TO_SERVER);
		expect(dispatcher.serviceOf(flow)).toEqual({ service: "iso-tsap", by: "bytes" });
	});

	it("tells who sent it", () => {
		const sender = (bytes: Uint8Array) => s7comm.tcp!.sender!(bytes, 0, bytes.length);
		expect(sender(job(1, READ))).toBe("client");
		expect(sender(job(1, "1b 00 0000 00000000 00"))).toBe("server");
		expect(sender(answer(1, "1b 00"))).toBe("client");
		expect(sender(tell(0, 2, 1, "0000", { type: 0 }))).toBe("server");
		expect(sender(ask(1, 6, 1, "00"))).toBeUndefined();
	});
});

describe("S7comm: variables", () => {
	it("reads values by their type, one point for each element", () => {
		const harness = open();
		harness.request(job(2, READ), { time: 1_000_000_000 }).response(answer(2, "04 04", READ_DATA), { time: 1_000_003_000 });
		expect(harness.records[1]).toMatchObject({
			kind: "response",
			function: "Read Var",
			latencyMs: 3,
			items: [
				{ address: "DB1.DBW4", syntax: "S7ANY", transportSize: "INT", values: [-2], returnCode: "0xff" },
				{ address: "DB1.DBX0.3", values: [true] },
				{ address: "MW10", values: [0x0102] },
				{ address: "IB0", count: 3, values: [10, 11, 12] },
			],
		});
		expect(harness.operations).toEqual([
			expect.objectContaining({
				verb: "read",
				code: 4,
				outcome: "ok",
				latency: 3000,
				points: ["DB1.DBW4", "DB1.DBX0.3", "MW10", "IB0", "IB1", "IB2"],
				values: [-2, 1, 0x0102, 10, 11, 12],
			}),
		]);
	});

	it("says what was written, and apart what was refused", () => {
		const harness = open()
			.request(job(3, WRITE, WRITE_DATA))
			.response(answer(3, "05 02", "ff0a"));
		expect(harness.records[0]).toMatchObject({
			items: [
				{ address: "DB1.DBD8", values: [10] },
				{ address: "T5", values: [100_000] },
			],
		});
		expect(harness.operations).toMatchObject([
			{ verb: "write", outcome: "ok", points: ["DB1.DBD8"], values: [10] },
			{ verb: "write", outcome: "refused", outcomeCode: 10, points: ["T5"] },
		]);
		expect(s7comm.outcomeName(10)).toBe("object does not exist (0xa)");
	});

	it("takes a job that is refused as a whole, and one that nobody answers", () => {
		const refused = open().request(job(4, READ)).response(acknowledgement(4, "8104"));
		expect(refused.records[1]).toMatchObject({ kind: "response", errorCode: "0x8104", function: "Read Var" });
		expect(refused.operations).toMatchObject([
			{ verb: "read", outcome: "refused", outcomeCode: 0x8104, points: ["DB1.DBW4", "DB1.DBX0.3", "MW10", "IB0"] },
		]);
		const silent = open().request(job(4, READ));
		silent.advance(silent.clock.time + 11_000_000);
		expect(silent.operations).toMatchObject([{ verb: "read", outcome: "unanswered", values: [] }]);
	});

	it("knows an answer that nobody asked for, and pairs by reference", () => {
		const harness = open().response(answer(9, "04 01", "ff04 0008 01"));
		expect(harness.records).toMatchObject([{ kind: "unsolicited", function: "Read Var" }]);
		const two = open()
			.request(job(1, `04 01 ${any(2, 1, 1, 0x84, 0)}`))
			.request(job(2, `04 01 ${any(2, 1, 2, 0x84, 8)}`));
		two.response(answer(2, "04 01", "ff04 0008 07")).response(answer(1, "04 01", "ff04 0008 09"));
		expect(two.operations).toMatchObject([
			{ points: ["DB2.DBB1"], values: [7] },
			{ points: ["DB1.DBB0"], values: [9] },
		]);
	});

	it.each([
		["timers and counters", any(28, 2, 0, 0x1c, 3), ["C3", "C4"], "ff09 0004 0123 0009", [123, 9]],
		["local and peripheral bytes", any(4, 1, 0, 0x80, 2048), ["PW256"], "ff04 0010 0a0b", [0x0a0b]],
		["instance blocks", any(6, 1, 3, 0x85, 32), ["DI3.DID4"], "ff04 0020 00000005", [5]],
		["a DB read", "1207b001 02 0005 0010", ["DB5.DBB16", "DB5.DBB17"], "ff09 0002 0102", [1, 2]],
		["a symbol", "120eb2ff 8a0e 0001 11223344 40000009", ["DB1.9"], "ff09 0001 02", []],
		["a numerical control", "12088201 0002 0001 10 01", ["NCK.16.0.1.2.1"], "ff09 0001 02", []],
	])("names %s", (_, address, points, data, values) => {
		const harness = open()
			.request(job(1, `04 01 ${address}`))
			.response(answer(1, "04 01", data));
		expect(harness.operations).toMatchObject([{ outcome: "ok", points, values }]);
	});

	it("takes addresses that people write", () => {
		const parse = (text: string) => s7comm.parsePoint!(text, "");
		expect(["DB1.DBW4", "db1.dbx0.3", "DB 1.DBD 8", "M10.2", "E0.0", "A1.7", "MW10", "T5", "Z3"].map(parse)).toEqual([
			"DB1.DBW4",
			"DB1.DBX0.3",
			"DB1.DBD8",
			"M10.2",
			"I0.0",
			"Q1.7",
			"MW10",
			"T5",
			"C3",
		]);
		expect(["DB1.DIW4", "DB1.DBX0", "M10", "MX1", "40001", "X3"].map(parse)).toEqual(Array(6).fill(undefined));
	});

	it("reports what a subscription pushes, and forgets none for another", () => {
		const harness = played(10);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", points: ["DB1.DBW4"], outcome: "ok" },
			{ verb: "report", points: ["DB1.DBW4"], values: [8] },
		]);
		expect(harness.records[0]).toMatchObject({ intervalMs: 1000, subFunctionName: "Cyclic transfer" });
	});
});

describe("S7comm: what a programming tool does", () => {
	const facts = (harness: { facts: { record: { id: string }; sentence: string }[] }) => harness.facts.map(({ record }) => record.id);

	it("follows a download: the controller asks for the parts, and is told to take the block in", () => {
		const harness = played(4);
		expect(harness.records.map(({ kind }) => kind)).toEqual([
			"request",
			"response",
			"request",
			"response",
			"request",
			"response",
			"request",
			"response",
		]);
		expect(harness.records[0]).toMatchObject({
			fileName: "_0A00001P",
			blockType: "DB",
			blockNumber: 1,
			loadMemoryLength: 216,
			mc7CodeLength: 88,
		});
		expect(harness.records[2]).toMatchObject({ byServer: true, block: "DB1" });
		expect(harness.operations).toMatchObject([
			{ verb: "program", code: 0x1a, points: ["DB1"] },
			{ verb: "program", code: 0x1c, points: ["DB1"] },
			{ verb: "program", code: 0x2002, points: ["DB1"] },
		]);
		expect(facts(harness)).toEqual(["program-download", "program-download"]);
		expect(harness.facts[0]!.sentence).toContain("take DB1 as a part of its program (S7comm, Request download)");
	});

	it("follows an upload by its number", () => {
		const harness = played(5);
		expect(harness.records[1]).toMatchObject({ sessionId: 7, blockLength: 216, block: "DB1" });
		expect(harness.records[2]).toMatchObject({ function: "Upload", block: "DB1" });
		expect(facts(harness)).toEqual(["program-upload"]);
	});

	it.each<[string, Uint8Array, string[]]>([
		["stop", job(1, "29 0000000000 09 505f50524f4752414d"), ["controller-stop"]],
		["start", job(1, "28 000000000000fd 0000 09 505f50524f4752414d"), ["controller-start"]],
		["start cold", job(1, "28 000000000000fd 0002 4320 09 505f50524f4752414d"), ["controller-start"]],
		["delete", job(1, "28 000000000000fd 000a 0100 3041303030303142 05 5f44454c45"), ["program-delete"]],
		["copy to ROM", job(1, "28 000000000000fd 0002 4550 05 5f4d4f4455"), ["controller-memory-write"]],
		["compress", job(1, "28 000000000000fd 0000 05 5f47415242"), []],
		["modify", ask(1, 1, 8, "0002 000e 0000 0001 0201 0000 0004 0009 0002 beef"), ["values-forced"]],
		["force", ask(1, 1, 9, "0002 000e 0000 0001 0201 0000 0004 0009 0002 beef"), ["values-forced"]],
		["breakpoint", ask(1, 1, 10, "00"), ["program-halt"]],
		["leave HOLD", ask(1, 1, 11, "00"), ["controller-mode"]],
		["reset memory", ask(1, 1, 12, "00"), ["controller-restart"]],
		["take a program of a numerical control", ask(1, 15, 1, "00002f5f4e"), ["program-download"]],
		["give one out", ask(1, 15, 6, "00002f5f4e"), ["program-upload"]],
		["look at variables", ask(1, 1, 2, "0002 0008 0000 0001 0201 0000 0004"), []],
		["flash", ask(1, 1, 22, "00"), []],
		["read the clock", ask(1, 7, 1), []],
		["password", ask(1, 5, 1, "213a1b1d6e681b1d"), ["s7comm-password-in-clear"]],
	])("is told: %s", (_, bytes, ids) => {
		expect(facts(open().request(bytes))).toEqual(ids);
	});

	it("reads what is modified, and what a variable table shows", () => {
		const harness = open().request(ask(1, 1, 8, "0002 000e 0000 0001 0201 0000 0004 0009 0002 beef"));
		expect(harness.records[0]).toMatchObject({ items: [{ address: "MW4", value: 0xbeef }] });
		const table = open()
			.request(ask(1, 1, 2, "0002 0008 0000 0001 7201 0007 0004"))
			.response(tell(1, 1, 2, undefined, { sequence: 5 }));
		table.response(tell(0, 1, 2, "0004 0008 00000000 0001 ff04 0010 1234", { sequence: 5, type: 0 }));
		expect(table.operations).toMatchObject([
			{ verb: "read", points: ["DB7.DBW4"] },
			{ verb: "report", points: ["DB7.DBW4"], values: [0x1234] },
		]);
	});

	it("never shows a password, and knows a wrong one", () => {
		const harness = open()
			.request(ask(1, 5, 1, "213a1b1d6e681b1d"))
			.response(tell(1, 5, 1, undefined, { error: "d602" }));
		expect(JSON.stringify(harness.records)).not.toContain("213a");
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused", outcomeCode: 0xd602 }]);
		const { code } = harness.operations[0]!;
		expect([s7comm.isLogin!(code, 0), s7comm.isLogin!(code, 0xd602), s7comm.isLogin!(code, 0xd603), s7comm.isLogin!(4, 0)]).toEqual([
			true,
			true,
			false,
			false,
		]);
	});

	it("has a word for a clock that is set", () => {
		const harness = played(11);
		expect(harness.operations).toMatchObject([{ verb: "configure", outcome: "ok" }]);
		expect(harness.records[0]).toMatchObject({ clock: "2026-11-28T10:00:00.123" });
		expect(s7comm.firstUse!(harness.operations[0]!.code, "configure")?.id).toBe("clock-set");
		expect(s7comm.firstUse!(4, "read")).toBeUndefined();
	});

	it("reports the operating mode", () => {
		expect(played(12).operations.at(-1)).toMatchObject({ verb: "report", points: ["operating-mode"], values: [0] });
		expect(s7comm.pointName("operating-mode")).toBe("the operating mode");
	});
});

describe("S7comm: who a controller is", () => {
	it("reads order number and firmware, and that a model is presumed", () => {
		const harness = open()
			.request(ask(1, 4, 1, "0011 0000"))
			.response(tell(1, 4, 1, MODULES));
		expect(harness.identities).toMatchObject([
			{ vendor: "Siemens", productCode: "6ES7 315-2EH14-0AB0", firmware: "V3.2.7" },
			{ model: "6ES7 315-2EH14-0AB0", presumed: true },
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", subCode: 0x11 }]);
	});

	it("puts a list together that comes in two parts", () => {
		const whole = hex(COMPONENTS);
		const part = (from: number, to: number) => [...whole.slice(from, to)].map((value) => value.toString(16).padStart(2, "0")).join("");
		const harness = open().request(ask(1, 4, 1, "001c 0000"));
		harness.response(tell(1, 4, 1, part(0, 60), { sequence: 2, unit: 9, hasMore: true }));
		harness.request(packet("32 07 0000 0002 000c 0004 000112 08 12 44 01 02 00 00 0000 0a000000"));
		harness.response(tell(2, 4, 1, part(60, whole.length), { sequence: 2, unit: 9 }));
		expect(harness.identities).toMatchObject([{ model: "CPU 315-2 PN/DP", hostName: "station_1" }]);
		expect(harness.identities[0]!.statements?.get("serial number")).toBe("S C-B1U393142011");
		expect(harness.operations).toMatchObject([{ verb: "identify", subCode: 0x1c, outcome: "ok" }]);
	});

	it("keeps hidden characters of a name from people", () => {
		const evil = COMPONENTS.replace("7374", "1b9b");
		const harness = open()
			.request(ask(1, 4, 1, "001c 0000"))
			.response(tell(1, 4, 1, evil));
		expect(JSON.stringify(harness.records)).not.toMatch(/\\u001b|\u009b/);
	});
});

describe("S7comm: what breaks it", () => {
	it.each<[string, Uint8Array, string]>([
		["another protocol", packet("0102030405"), "protocol-id"],
		["a kind that is none", packet("32 09 0000 0001 0000 0000"), "rosctr"],
		["lengths that lie", packet("32 01 0000 0001 00ff 0000 f0"), "length"],
		["a short header", packet("32 01 0000"), "length"],
		["too few addresses", job(1, `04 03 ${any(4, 1, 1, 0x84, 0)}`), "items"],
		["an address that is none", job(1, "04 01 1205100000000000"), "items"],
		["data that overruns", job(1, `05 01 ${any(4, 1, 1, 0x84, 0)}`, "0004 0200 0102"), "data"],
		["userdata without a head", packet("32 07 0000 0001 0002 0000 0001"), "parameters"],
	])("%s is malformed, and does not hide what follows", (_, bytes, violation) => {
		const harness = open().request(bytes).request(job(7, READ));
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: [violation] }, { kind: "request" }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["s7comm-malformed"]);
	});

	it("goes on behind a packet whose rest never came", () => {
		const harness = open()
			.request(job(1, READ).slice(0, 30))
			.request(join(job(2, READ), job(3, READ)));
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: ["unfinished"] }, { pduReference: 2 }, { pduReference: 3 }]);
	});

	it("puts a message in several packets together, and steps over what says only that somebody is there", () => {
		const whole = job(1, READ).slice(7);
		const harness = open()
			.request(packet(whole.slice(0, 20), false))
			.request(packet(new Uint8Array(0), false))
			.request(packet(whole.slice(20)));
		expect(harness.records).toMatchObject([{ kind: "request", pduReference: 1 }]);
	});

	it("pairs across lost bytes, but says of nobody then that he did not answer", () => {
		const harness = open()
			.request(job(1, READ))
			.gap(TO_CLIENT)
			.response(answer(1, "04 04", READ_DATA));
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "ok" }]);
		const silent = open().request(job(1, READ)).gap(TO_CLIENT);
		silent.advance(silent.clock.time + 60_000_000);
		expect(silent.operations).toEqual([]);
	});

	it("bounds what waits", () => {
		const harness = open();
		for (let reference = 0; reference < 200; reference++) harness.request(job(reference, READ));
		expect(harness.counts.requests).toBe(136);
	});
});
