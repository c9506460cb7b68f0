/** IEC 60870-5-104: messages with the bytes written out (104, 5; 101, 7), what answers what, numbers out of order, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { iec104 } from "../../protocols/iec104/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	asdu,
	information,
	Numbers,
	STARTDT_ACT,
	STARTDT_CON,
	STOPDT_ACT,
	STOPDT_CON,
	supervisory,
	TESTFR_ACT,
	TESTFR_CON,
} from "./iec104Messages.ts";

const SECOND = 1_000_000;
const TIME = "d2 04 1e 0d 1c 0b 12"; // 2018-11-28 13:30:01.234

const open = () => new StreamHarness(iec104);
/** What is said of one message of the server. */
const reported = (type: number, objects: string, qualifier = 1, cause = 3) => {
	const harness = open().response(information(0, 0, asdu(type, qualifier, cause, 1, objects)));
	expect(harness.rejects).toBe(0);
	return harness;
};
const objectsOf = (harness: StreamHarness<never>) => harness.records[0]!.objects;
const probe = (bytes: Uint8Array, isHinted?: boolean) => iec104.tcp!.probe(bytes, 0, bytes.length, isHinted);

describe("control fields", () => {
	it("reads functions of the U format, and pairs them", () => {
		const harness = open()
			.request(STARTDT_ACT, { time: 10 * SECOND })
			.response(STARTDT_CON, { time: 10 * SECOND + 2500 });
		harness.response(TESTFR_ACT).request(TESTFR_CON).request(STOPDT_ACT).response(STOPDT_CON);
		expect(harness.records).toMatchObject([
			{ kind: "unnumbered", format: "U", sender: "client", function: "STARTDT act", length: 6 },
			{ kind: "unnumbered", sender: "server", function: "STARTDT con", matched: true, latencyMs: 2.5, requestFrame: 1 },
			{ function: "TESTFR act" },
			{ function: "TESTFR con", sender: "client", matched: true, requestFrame: 3 },
			{ function: "STOPDT act" },
			{ function: "STOPDT con", matched: true },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", code: 0x107, outcome: "ok", latency: 2500, unit: -1, points: [] },
			{ verb: "configure", code: 0x113, outcome: "ok" },
		]);
		expect(iec104.operationName(0x107)).toBe("start data transfer (STARTDT act)");
		expect(iec104.operationName(0x200)).toBe("information in monitoring direction");
		expect(iec104.operationName(0x113)).toBe("stop data transfer (STOPDT act)");
	});

	it("says after t1 that a function was not confirmed", () => {
		const harness = open().request(STARTDT_ACT, { time: 10 * SECOND });
		harness.advance(60 * SECOND);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", function: "STARTDT act", time: 25 * SECOND, requestFrame: 1 });
		expect(harness.operations).toMatchObject([{ verb: "configure", outcome: "unanswered" }]);
	});

	it("reads numbers of 15 bits", () => {
		const harness = open()
			.response(supervisory(300))
			.response(information(32_767, 129, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.records).toMatchObject([
			{ kind: "supervisory", format: "S", receiveSequence: 300 },
			{ kind: "information", format: "I", sendSequence: 32_767, receiveSequence: 129 },
		]);
		harness.response(information(0, 129, asdu(1, 1, 3, 1, "010000 00")));
		expect(harness.records[2]).not.toHaveProperty("violations");
	});

	it("sees numbers that were left out, that came again, and what acknowledges too much", () => {
		const value = (send: number) => information(send, 0, asdu(1, 1, 3, 1, "010000 01"));
		const harness = open();
		for (const send of [5, 6, 9, 10, 10, 11]) harness.response(value(send));
		expect(harness.records.map(({ violations }) => violations)).toEqual([
			undefined,
			undefined,
			["sequence"],
			undefined,
			["duplicate"],
			undefined,
		]);
		expect(harness.records[2]).toMatchObject({ sendSequence: 9, expectedSequence: 7 });
		expect(harness.facts.map(({ record, frames }) => [record.id, frames])).toEqual([
			["iec104-sequence", [3]],
			["iec104-sequence", [5]],
		]);
		expect(harness.facts[0]!.sentence).toBe(
			"{server} sent message number 9 where number 7 was due; on one connection each number is one more than the last.",
		);
		harness.request(supervisory(12)).request(supervisory(13));
		expect(harness.records.slice(6).map(({ violations }) => violations)).toEqual([undefined, ["acknowledgement"]]);
	});

	it("takes up the numbers of a side that goes back and counts on", () => {
		const harness = open();
		for (const send of [5, 6, 2, 3, 4]) harness.response(information(send, 0, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.records.map(({ violations }) => violations)).toEqual([undefined, undefined, ["duplicate"], undefined, undefined]);
	});

	it("says nothing of numbers around lost bytes", () => {
		const harness = open().response(information(5, 0, asdu(1, 1, 3, 1, "010000 01")));
		harness.gap(TO_CLIENT).response(information(9, 0, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.facts).toEqual([]);
	});

	it("sees more than the usual window without an acknowledgement", () => {
		const harness = open().request(supervisory(0));
		for (let send = 0; send < 14; send++) harness.response(information(send, 0, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.records.filter(({ violations }) => violations !== undefined)).toMatchObject([
			{ sendSequence: 12, violations: ["window"] },
			{ sendSequence: 13, violations: ["window"] },
		]);
		expect(harness.facts).toEqual([]);
	});

	it("sees data on a connection that was stopped", () => {
		const harness = open()
			.request(STOPDT_ACT)
			.response(STOPDT_CON)
			.response(information(0, 0, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.records[2]).toMatchObject({ violations: ["stopped"] });
		harness
			.request(STARTDT_ACT)
			.response(STARTDT_CON)
			.response(information(1, 0, asdu(1, 1, 3, 1, "010000 01")));
		expect(harness.records[5]).not.toHaveProperty("violations");
	});
});

describe("information of a station", () => {
	it.each<[number, string, string, Record<string, unknown>, string, number]>([
		[1, "M_SP_NA_1", "010000 91", { value: 1, invalid: true, blocked: true }, "single-point:1", Number.NaN],
		[2, "M_SP_TA_1", "010000 01 d204 1e", { value: 1, time: "30:01.234" }, "single-point:1", 1],
		[3, "M_DP_NA_1", "020000 42", { value: 2, notTopical: true }, "double-point:2", 2],
		[4, "M_DP_TA_1", "020000 01 d204 9e", { value: 1, time: "30:01.234", timeInvalid: true }, "double-point:2", 1],
		[5, "M_ST_NA_1", "030000 fd 01", { value: -3, transient: true, overflow: true }, "step-position:3", -3],
		[6, "M_ST_TA_1", "030000 3f 00 d2041e", { value: 63, time: "30:01.234" }, "step-position:3", 63],
		[7, "M_BO_NA_1", "040000 010000ff 20", { value: 0xff000001, substituted: true }, "bitstring:4", 0xff000001],
		[8, "M_BO_TA_1", "040000 01000000 00 d2041e", { value: 1 }, "bitstring:4", 1],
		[9, "M_ME_NA_1", "050000 0080 00", { value: -1 }, "measured-value:5", -1],
		[10, "M_ME_TA_1", "050000 0040 00 d2041e", { value: 0.5 }, "measured-value:5", 0.5],
		[11, "M_ME_NB_1", "050001 9cff 00", { address: 65_541, value: -100 }, "measured-value:65541", -100],
		[12, "M_ME_TB_1", "050000 6400 00 d2041e", { value: 100 }, "measured-value:5", 100],
		[13, "M_ME_NC_1", "050000 00004841 00", { value: 12.5 }, "measured-value:5", 12.5],
		[14, "M_ME_TC_1", "050000 00004841 00 d2041e", { value: 12.5, time: "30:01.234" }, "measured-value:5", 12.5],
		[
			15,
			"M_IT_NA_1",
			"060000 ffffffff e3",
			{ value: -1, counterSequence: 3, carry: true, adjusted: true, invalid: true },
			"integrated-total:6",
			Number.NaN,
		],
		[16, "M_IT_TA_1", "060000 10270000 03 d2041e", { value: 10_000, counterSequence: 3 }, "integrated-total:6", 10_000],
		[
			17,
			"M_EP_TA_1",
			"070000 0a e803 d2041e",
			{ value: 2, elapsedTimeInvalid: true, elapsedMs: 1000, time: "30:01.234" },
			"protection-event:7",
			2,
		],
		[18, "M_EP_TB_1", "080000 05 00 e803 d2041e", { value: 5, elapsedMs: 1000 }, "protection-start:8", 5],
		[19, "M_EP_TC_1", "090000 03 10 e803 d2041e", { value: 3, blocked: true, elapsedMs: 1000 }, "protection-output:9", 3],
		[20, "M_PS_NA_1", "0a0000 0180 0080 00", { value: 0x8001, changes: 0x8000 }, "packed-single-points:10", 0x8001],
		[21, "M_ME_ND_1", "050000 0020", { value: 0.25 }, "measured-value:5", 0.25],
		[30, "M_SP_TB_1", `010000 00 ${TIME}`, { value: 0, time: "2018-11-28T13:30:01.234" }, "single-point:1", 0],
		[
			31,
			"M_DP_TB_1",
			"020000 02 d2045e8d1c0b12",
			{ value: 2, timeSubstituted: true, summerTime: true, time: "2018-11-28T13:30:01.234" },
			"double-point:2",
			2,
		],
		[32, "M_ST_TB_1", `030000 7f 00 ${TIME}`, { value: -1 }, "step-position:3", -1],
		[33, "M_BO_TB_1", `040000 02000000 00 ${TIME}`, { value: 2 }, "bitstring:4", 2],
		[34, "M_ME_TD_1", `050000 ff7f 00 ${TIME}`, { value: 32_767 / 32_768 }, "measured-value:5", 32_767 / 32_768],
		[35, "M_ME_TE_1", `050000 0100 00 ${TIME}`, { value: 1 }, "measured-value:5", 1],
		[36, "M_ME_TF_1", `050000 0000c03f 00 ${TIME}`, { value: 1.5 }, "measured-value:5", 1.5],
		[37, "M_IT_TB_1", `060000 01000000 00 ${TIME}`, { value: 1, counterSequence: 0 }, "integrated-total:6", 1],
		[38, "M_EP_TD_1", `070000 01 e803 ${TIME}`, { value: 1, elapsedMs: 1000, time: "2018-11-28T13:30:01.234" }, "protection-event:7", 1],
		[39, "M_EP_TE_1", `080000 3f 00 0100 ${TIME}`, { value: 63, elapsedMs: 1 }, "protection-start:8", 63],
		[40, "M_EP_TF_1", `090000 0f 80 0100 ${TIME}`, { value: 15, invalid: true }, "protection-output:9", Number.NaN],
	])("reads type %i, %s", (type, name, objects, expected, point, value) => {
		const harness = reported(type, objects);
		expect(harness.records).toMatchObject([
			{ kind: "information", typeId: type, type: name, cause: "spontaneous", causeOfTransmission: 3, commonAddress: 1, numberOfObjects: 1 },
		]);
		expect(objectsOf(harness as never)).toMatchObject([expected]);
		expect(harness.operations).toMatchObject([
			{ verb: "report", code: 0x200, subCode: type, unit: 1, outcome: "ok", points: [point], values: [value] },
		]);
	});

	it("reads several objects, each with its address, and a sequence from one on", () => {
		const each = reported(1, "010000 01 070000 00 ffffff 01", 3);
		expect(objectsOf(each as never)).toEqual([
			{ address: 1, value: 1 },
			{ address: 7, value: 0 },
			{ address: 0xffffff, value: 1 },
		]);
		const sequence = reported(11, "0a0000 0100 00 0200 00 0300 00", 0x83);
		expect(sequence.records[0]).toMatchObject({ sequence: true, numberOfObjects: 3 });
		expect(sequence.operations[0]).toMatchObject({
			points: ["measured-value:10", "measured-value:11", "measured-value:12"],
			values: [1, 2, 3],
		});
	});

	it("reads the most objects that an ASDU has", () => {
		const harness = reported(1, `010000 ${"01".repeat(127)}`, 0xff);
		expect(harness.operations[0]!.points).toHaveLength(127);
		expect(harness.operations[0]!.points.at(-1)).toBe("single-point:127");
	});

	it("says numbers that are none as words", () => {
		const harness = reported(13, "050000 0000c07f 00 060000 0000807f 00 070000 000080ff 00", 3);
		expect(objectsOf(harness as never)).toEqual([
			{ address: 5, value: "NaN" },
			{ address: 6, value: "Infinity" },
			{ address: 7, value: "-Infinity" },
		]);
	});

	it("reads the end of an initialization and security statistics", () => {
		const started = reported(70, "000000 82", 1, 4);
		expect(objectsOf(started as never)).toEqual([{ address: 0, causeOfInitialization: "remote reset", parametersChanged: true }]);
		expect(started.operations).toMatchObject([{ verb: "report", code: 70, points: [] }]);
		expect(objectsOf(reported(41, `010000 0200 05000000 01 ${TIME}`) as never)).toMatchObject([
			{ address: 1, value: 5, association: 2, counterSequence: 1 },
		]);
	});

	it("names what it does not describe", () => {
		expect(reported(87, "0000 0102", 1, 14).records[0]).toMatchObject({ kind: "security", type: "S_ER_NA_1", cause: "authentication" });
		expect(reported(22, "010000 01").records[0]).toMatchObject({ kind: "other", type: "reserved type 22" });
		const own = open().request(information(0, 0, asdu(200, 1, 63, 1, "01")));
		expect(own.records[0]).toMatchObject({ kind: "other", type: "private type 200", cause: "private cause 63" });
		expect(own.operations).toMatchObject([{ verb: "other", code: 200 }]);
		expect(iec104.operationName(200)).toBe("a type of private range (private type 200, type 200)");
	});

	it("says nothing of the process where it is only a test", () => {
		const harness = open().response(information(0, 0, asdu(1, 1, 0x83, 1, "010000 01")));
		expect(harness.records[0]).toMatchObject({ test: true });
		expect(harness.operations).toEqual([]);
	});
});

describe("commands", () => {
	it.each<[number, string, string, Record<string, unknown>, string, number, number]>([
		[45, "C_SC_NA_1", "010000 05", { value: 1, action: "execute", qualifier: "short pulse duration" }, "single-command:1", 1, 0],
		[46, "C_DC_NA_1", "010000 0a", { value: 2, action: "execute", qualifier: "long pulse duration" }, "double-command:1", 2, 0],
		[47, "C_RC_NA_1", "010000 0d", { value: 1, action: "execute", qualifier: "persistent output" }, "step-command:1", 1, 0],
		[48, "C_SE_NA_1", "010000 00c0 00", { value: -0.5, action: "execute" }, "set-point:1", -0.5, 0],
		[49, "C_SE_NB_1", "010000 3075 05", { value: 30_000, action: "execute", qualifier: 5 }, "set-point:1", 30_000, 0],
		[50, "C_SE_NC_1", "010000 0000c842 00", { value: 100, action: "execute" }, "set-point:1", 100, 0],
		[51, "C_BO_NA_1", "010000 ffffffff", { value: 0xffffffff }, "bitstring-command:1", 0xffffffff, 0],
		[58, "C_SC_TA_1", `010000 00 ${TIME}`, { value: 0, action: "execute", time: "2018-11-28T13:30:01.234" }, "single-command:1", 0, 0],
		[59, "C_DC_TA_1", `010000 01 ${TIME}`, { value: 1 }, "double-command:1", 1, 0],
		[60, "C_RC_TA_1", `010000 02 ${TIME}`, { value: 2 }, "step-command:1", 2, 0],
		[61, "C_SE_TA_1", `010000 0040 00 ${TIME}`, { value: 0.5 }, "set-point:1", 0.5, 0],
		[62, "C_SE_TB_1", `010000 0100 00 ${TIME}`, { value: 1 }, "set-point:1", 1, 0],
		[63, "C_SE_TC_1", `010000 0000803f 00 ${TIME}`, { value: 1 }, "set-point:1", 1, 0],
		[64, "C_BO_TA_1", `010000 01000000 ${TIME}`, { value: 1 }, "bitstring-command:1", 1, 0],
	])("says a write of type %i, %s, when it is confirmed", (type, name, objects, expected, point, value, subCode) => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(type, 6, objects), { time: 10 * SECOND })
			.response(numbers.answer(type, 7, objects), { time: 10 * SECOND + 40_000 })
			.response(numbers.answer(type, 10, objects), { time: 12 * SECOND });
		expect(harness.records).toMatchObject([
			{ kind: "request", type: name, objects: [expected] },
			{ kind: "confirmation", matched: true, latencyMs: 40, requestFrame: 1 },
			{ kind: "termination", matched: true, latencyMs: 2000, requestFrame: 1 },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "write", code: type, subCode, unit: 1, outcome: "ok", latency: 40_000, requestFrame: 1, points: [point], values: [value] },
		]);
		expect(harness.facts).toEqual([]);
	});

	it("tells selecting and cancelling apart from what is carried out", () => {
		const numbers = new Numbers();
		const harness = open();
		for (const [cause, objects] of [
			[6, "010000 81"],
			[6, "010000 01"],
			[8, "010000 01"],
		] as const)
			harness.request(numbers.request(45, cause, objects)).response(numbers.answer(45, cause + 1, objects));
		expect(harness.operations).toMatchObject([
			{ verb: "command", subCode: 1, points: ["single-command:1"], values: [] },
			{ verb: "write", subCode: 0, values: [1] },
			{ verb: "command", subCode: 2, values: [] },
		]);
		expect(harness.records[0]).toMatchObject({ objects: [{ action: "select" }] });
		expect(harness.records[5]).toMatchObject({ kind: "confirmation", cause: "deactivation confirmation", requestFrame: 5 });
	});

	it.each<[string, number, number, string]>([
		["negative confirmation", 0x47, 0x47, "negative activation confirmation (cause 7)"],
		["unknown type", 0x6c, 44, "unknown type identification (cause 44)"],
		["unknown cause", 0x6d, 45, "unknown cause of transmission (cause 45)"],
		["unknown station", 0x6e, 46, "unknown common address of ASDU (cause 46)"],
		["unknown object", 47, 47, "unknown information object address (cause 47)"],
	])("says a refusal: %s", (_, cause, code, words) => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(46, 6, "050000 02"))
			.response(numbers.answer(46, cause, "050000 02"));
		expect(harness.records[1]).toMatchObject({ kind: "refusal", matched: true });
		expect(harness.operations).toMatchObject([{ verb: "write", outcome: "refused", outcomeCode: code, points: ["double-command:5"] }]);
		expect(iec104.outcomeName(code)).toBe(words);
	});

	it("says after half a minute that nobody answered, and pairs requests that came twice in their order", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(45, 6, "010000 01"), { time: 10 * SECOND })
			.request(numbers.request(45, 6, "010000 01"), { time: 11 * SECOND })
			.response(numbers.answer(45, 7, "010000 01"), { time: 12 * SECOND });
		harness.advance(100 * SECOND);
		expect(harness.records.slice(2)).toMatchObject([
			{ kind: "confirmation", requestFrame: 1, latencyMs: 2000 },
			{ kind: "unanswered", frame: 2, time: 41 * SECOND, type: "C_SC_NA_1", objects: [{ address: 1, value: 1 }] },
		]);
		expect(harness.operations).toMatchObject([{ outcome: "ok" }, { outcome: "unanswered", points: ["single-command:1"] }]);
	});

	it("reports a confirmation that contradicts its command", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(50, 6, "010000 0000c842 00"))
			.response(numbers.answer(50, 7, "010000 00000000 00"));
		expect(harness.records[1]).toMatchObject({ violations: ["mismatch"] });
		expect(harness.facts).toMatchObject([{ record: { id: "iec104-answer-mismatch" }, frames: [1, 2], byServer: true, key: "1/1" }]);
	});

	it("keeps a bounded number of requests, and says those that gave way", () => {
		const numbers = new Numbers();
		const harness = open();
		for (let address = 0; address < 300; address++)
			harness.request(numbers.request(45, 6, `${(address & 255).toString(16).padStart(2, "0")}0${address >> 8}00 01`));
		expect(harness.counts["iec104 requests waiting"]).toBe(44);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toHaveLength(44);
	});
});

describe("questions", () => {
	it("tells values of an interrogation from reports", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(100, 6, "000000 14"))
			.response(numbers.answer(100, 7, "000000 14"))
			.response(numbers.answer(1, 20, "010000 01"))
			.response(numbers.answer(1, 3, "010000 00"))
			.response(numbers.answer(100, 10, "000000 14"));
		expect(harness.records[0]).toMatchObject({ objects: [{ address: 0, qualifier: "station interrogation" }] });
		expect(harness.records[2]).toMatchObject({ cause: "interrogated by station interrogation", matched: true, requestFrame: 1 });
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 100, subCode: 20, points: [], outcome: "ok" },
			{ verb: "report", code: 0x200, points: ["single-point:1"], values: [1], requestFrame: 1 },
			{ verb: "report", code: 0x200, values: [0], requestFrame: 4 },
		]);
		expect(harness.records[4]).toMatchObject({ kind: "termination", matched: true });
	});

	it("reads counters, and tells a reset of them from a read", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(101, 6, "000000 05"))
			.response(numbers.answer(101, 7, "000000 05"))
			.response(numbers.answer(15, 37, "010000 0a000000 01"))
			.response(numbers.answer(101, 10, "000000 05"))
			.request(numbers.request(101, 6, "000000 c5"))
			.response(numbers.answer(101, 7, "000000 c5"));
		expect(harness.records[4]).toMatchObject({ objects: [{ qualifier: "general request", freeze: "reset" }] });
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 101 },
			{ verb: "report", code: 0x200, points: ["integrated-total:1"], values: [10] },
			{ verb: "command", code: 101, subCode: 0xc5 },
		]);
	});

	it("pairs a read with the value that it asked for", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(102, 5, "050000"), { time: 10 * SECOND })
			.response(numbers.answer(13, 5, "050000 00004841 00"), { time: 10 * SECOND + 1000 })
			.request(numbers.request(102, 5, "060000"))
			.response(numbers.answer(102, 0x6f, "060000"));
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 102, latency: 1000, points: ["measured-value:5"], values: [12.5] },
			{ verb: "read", code: 102, outcome: "refused", outcomeCode: 47 },
		]);
	});

	it.each<[string, number, string, Record<string, unknown>, string]>([
		["clock synchronization", 103, `000000 ${TIME}`, { time: "2018-11-28T13:30:01.234" }, "configure"],
		["a test", 104, "000000 aa55", { pattern: 0x55aa }, "diagnose"],
		["a test with another pattern", 104, "000000 0000", { pattern: 0, patternWrong: true }, "diagnose"],
		["a test with time", 107, `000000 0100 ${TIME}`, { counter: 1 }, "diagnose"],
		["a reset", 105, "000000 01", { qualifier: "general reset of process" }, "command"],
		["delay acquisition", 106, "000000 e803", { delayMs: 1000 }, "configure"],
		[
			"parameter activation",
			113,
			"090000 03",
			{ qualifier: "persistent cyclic or periodic transmission of the addressed object" },
			"configure",
		],
	])("says %s", (_, type, objects, expected, verb) => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(type, 6, objects))
			.response(numbers.answer(type, 7, objects));
		expect(harness.records[0]).toMatchObject({ kind: "request", objects: [expected] });
		expect(harness.operations).toMatchObject([{ verb, code: type, outcome: "ok" }]);
	});

	it.each<[number, string, string, string, number]>([
		[110, "050000 0040 01", "threshold:5", "threshold value", 0.5],
		[111, "050000 6400 03", "low-limit:5", "low limit", 100],
		[112, "050000 00004841 04", "high-limit:5", "high limit", 12.5],
		[112, "050000 00004841 02", "smoothing-factor:5", "smoothing factor", 12.5],
		[112, "050000 00004841 05", "parameter:5", "reserved 5", 12.5],
	])("says a parameter of type %i as a point of its kind", (type, objects, point, parameter, value) => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(type, 6, objects))
			.response(numbers.answer(type, 7, objects));
		expect(harness.records[0]).toMatchObject({ objects: [{ parameter }] });
		expect(harness.operations).toMatchObject([{ verb: "configure", code: type, points: [point], values: [value] }]);
	});

	it("says what goes to all stations when it is sent, and pairs what each answers", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(103, 6, `000000 ${TIME}`, 0xffff))
			.response(numbers.answer(103, 7, `000000 ${TIME}`, 1, 1))
			.response(numbers.answer(103, 7, `000000 ${TIME}`, 1, 2));
		harness.advance(harness.clock.time + 100 * SECOND);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", unit: 0xffff, isBroadcast: true, outcome: "ok" },
			{ verb: "configure", unit: 1, isBroadcast: false },
			{ verb: "configure", unit: 2, isBroadcast: false },
		]);
		expect(harness.records.slice(1)).toMatchObject([
			{ commonAddress: 1, requestFrame: 1 },
			{ commonAddress: 2, requestFrame: 1 },
		]);
	});
});

describe("files", () => {
	it("follows a file that a control centre fetches", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(122, 5, "010000 0000 00 00"))
			.response(numbers.answer(126, 5, `010000 0200 401f00 00 ${TIME} 0300 0a0000 60 ${TIME}`, 0x82))
			.request(numbers.request(122, 13, "010000 0200 00 01"))
			.response(numbers.answer(120, 13, "010000 0200 030000 00"))
			.request(numbers.request(122, 13, "010000 0200 00 02"))
			.response(numbers.answer(121, 13, "010000 0200 01 030000 00"))
			.request(numbers.request(122, 13, "010000 0200 01 06"))
			.response(numbers.answer(125, 13, "010000 0200 01 02 aabb"))
			.response(numbers.answer(125, 13, "010000 0200 01 01 cc"))
			.response(numbers.answer(123, 13, "010000 0200 01 03 31"))
			.request(numbers.request(124, 13, "010000 0200 01 03"))
			.response(numbers.answer(123, 13, "010000 0200 01 01 31"))
			.request(numbers.request(124, 13, "010000 0200 01 01"));
		expect(harness.records).toMatchObject([
			{ kind: "file", nameOfFile: 0, objects: [{ qualifier: "default" }] },
			{
				kind: "file",
				matched: true,
				objects: [
					{ address: 1, nameOfFile: 2, lengthOfFile: 8000, status: 0, time: "2018-11-28T13:30:01.234" },
					{ address: 2, nameOfFile: 3, lengthOfFile: 10, lastFile: true, folder: true },
				],
			},
			{ nameOfFile: 2, fileKind: "disturbance data of protection equipment", nameOfSection: 0, objects: [{ qualifier: "select file" }] },
			{ type: "F_FR_NA_1", lengthOfFile: 3, matched: true, requestFrame: 3, objects: [{ ready: true }] },
			{ objects: [{ qualifier: "request file" }] },
			{ type: "F_SR_NA_1", matched: true, nameOfSection: 1, objects: [{ ready: true }] },
			{ objects: [{ qualifier: "request section" }] },
			{ type: "F_SG_NA_1", lengthOfSegment: 2, transferred: 2, requestFrame: 7 },
			{ lengthOfSegment: 1, transferred: 3 },
			{ checksum: 0x31, objects: [{ qualifier: "section transfer without deactivation" }] },
			{ matched: true, objects: [{ qualifier: "positive acknowledge of section" }] },
			{ objects: [{ qualifier: "file transfer without deactivation" }] },
			{ transferred: 3, objects: [{ qualifier: "positive acknowledge of file" }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "browse", code: 122, subCode: 0, outcome: "ok", points: [] },
			{ verb: "read", code: 122, subCode: 1, outcome: "ok", points: ["file:1:2"] },
		]);
		// Records of what happened are fetched every day.
		expect(harness.facts).toEqual([]);
		expect(iec104.pointName("file:1:2")).toBe("file 2 of object 1");
	});

	it("reports a file that a client takes which is no such record, or deletes", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(122, 13, "010000 0100 00 01"))
			.response(numbers.answer(120, 13, "010000 0100 030000 80"))
			.request(numbers.request(122, 13, "010000 0100 00 04"))
			.request(numbers.request(122, 13, "010000 0200 00 04"));
		expect(harness.operations).toMatchObject([
			{ verb: "program", code: 122, outcome: "refused", outcomeCode: 0x100, points: ["file:1:1"] },
			{ verb: "program", code: 122, points: ["file:1:1"] },
			{ verb: "command", code: 122, points: ["file:1:2"] },
		]);
		expect(harness.facts.map(({ record, key }) => [record.id, key])).toEqual([
			["program-upload", "1/1/1"],
			["program-delete", "1/1/1"],
		]);
		expect(iec104.outcomeName(0x100)).toBe("not ready (file transfer)");
	});

	it("reports a file that goes to the station", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(120, 13, "010000 0100 030000 00"))
			.response(numbers.answer(122, 13, "010000 0100 00 02"))
			.request(numbers.request(125, 13, "010000 0100 01 03 010203"))
			.request(numbers.request(123, 13, "010000 0100 01 01 06"))
			.response(numbers.answer(124, 13, "010000 0100 01 22"));
		expect(harness.facts.map(({ record, frames }) => [record.id, frames])).toEqual([
			["program-download", [1]],
			["program-download", [3]],
		]);
		expect(harness.facts[0]!.sentence).toBe(
			"{client} asked station 1 of {server} to take a file: transparent file (object 1) (F_FR_NA_1, type 120); a plant's own traffic never does.",
		);
		expect(harness.operations).toMatchObject([
			{ verb: "program", code: 120, outcome: "ok", points: ["file:1:1"] },
			{ verb: "program", code: 124, outcome: "refused", outcomeCode: 0x102 },
		]);
		expect(harness.records[4]).toMatchObject({ objects: [{ qualifier: "negative acknowledge of file", error: "checksum failed" }] });
		expect(iec104.outcomeName(0x102)).toBe("checksum failed (file transfer)");
	});

	it("reads a query of a log, a refused one, and one that nobody answers", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(127, 5, `010000 0300 ${TIME} ${TIME}`))
			.request(numbers.request(122, 13, "010000 0200 00 01"))
			.response(numbers.answer(122, 0x6c, "010000 0200 00 01"))
			.request(numbers.request(122, 13, "010000 0200 00 01"), { time: 20 * SECOND });
		harness.advance(100 * SECOND);
		expect(harness.records[0]).toMatchObject({
			nameOfFile: 3,
			objects: [{ from: "2018-11-28T13:30:01.234", to: "2018-11-28T13:30:01.234" }],
		});
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 127, points: ["file:1:3"] },
			{ verb: "read", outcome: "refused", outcomeCode: 44, points: ["file:1:2"] },
			{ verb: "read", outcome: "unanswered" },
		]);
	});
});

describe("facts", () => {
	it("reports a reset, and that events are thrown away", () => {
		const numbers = new Numbers();
		const harness = open()
			.request(numbers.request(105, 6, "000000 01", 7))
			.request(numbers.request(105, 6, "000000 02", 7));
		expect(harness.facts).toMatchObject([
			{ record: { id: "controller-restart" }, key: "7", operation: { verb: "command", code: 105, unit: 7 } },
			{ record: { id: "iec104-events-discarded" } },
		]);
		expect(harness.facts[0]!.sentence).toBe(
			"{client} asked station 7 of {server} to reset its process (C_RP_NA_1, type 105); a plant's own traffic never does.",
		);
	});

	it("has words for first uses", () => {
		expect(iec104.firstUse!(103, "configure")?.id).toBe("clock-set");
		expect(iec104.firstUse!(110, "configure")?.id).toBe("iec104-parameter");
		expect(iec104.firstUse!(113, "configure")?.id).toBe("iec104-parameter");
		expect(iec104.firstUse!(0x113, "configure")?.id).toBe("iec104-reporting-stopped");
		expect(iec104.firstUse!(0x107, "configure")).toBeUndefined();
		expect(iec104.firstUse!(45, "write")).toBeUndefined();
	});

	it.each<[string, Uint8Array, string]>([
		["no room for an ASDU", hex("68 04 00 00 00 00"), "length"],
		["a header of an ASDU that is cut", hex("68 08 00 00 00 00 01 01 03 00"), "length"],
		["fewer objects than it says", information(0, 0, asdu(1, 2, 3, 1, "010000 01")), "length"],
		["more bytes than its objects have", information(0, 0, asdu(1, 1, 3, 1, "010000 01 00")), "length"],
		["a segment that is longer than its message", information(0, 0, asdu(125, 1, 13, 1, "010000 0100 01 05 00")), "length"],
		["type 0", information(0, 0, asdu(0, 1, 3, 1, "010000 01")), "type"],
		["cause 0", information(0, 0, asdu(1, 1, 0, 1, "010000 01")), "cause"],
		["two commands in one", information(0, 0, asdu(45, 2, 6, 1, "010000 01 020000 01")), "objects"],
		["a command of nothing", information(0, 0, asdu(45, 0, 6, 1, "")), "objects"],
		["two functions at once", hex("68 04 0f 00 00 00"), "control"],
		["a function with a number", hex("68 04 07 00 02 00"), "control"],
		["an S format with a body", hex("68 06 01 00 00 00 00 00"), "control"],
	])("calls %s malformed", (_, bytes, violation) => {
		const harness = open().request(bytes);
		expect(harness.records).toMatchObject([{ kind: "malformed", violations: [violation] }]);
		expect(harness.operations).toEqual([]);
		expect(harness.facts).toMatchObject([{ record: { id: "iec104-malformed" }, frames: [1], byServer: false }]);
		harness.request(STARTDT_ACT);
		expect(harness.records[1]).toMatchObject({ function: "STARTDT act" });
	});

	it("reports foreign bytes once, until something is understood again", () => {
		const harness = open().request(hex("00112233445566")).request(hex("8899aabb")).request(TESTFR_ACT).request(hex("ffffffff"));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["malformed", "unnumbered", "malformed"]);
		expect(harness.records[0]).toMatchObject({ violations: ["start"], length: 7 });
	});
});

describe("recognising", () => {
	const VALUE = information(0, 0, asdu(1, 1, 3, 1, "010000 01"));
	it.each<[string, Uint8Array, boolean | undefined, number]>([
		["STARTDT anywhere", STARTDT_ACT, false, PROBE.certain],
		["TESTFR anywhere", TESTFR_CON, false, PROBE.certain],
		["a sound ASDU anywhere", VALUE, false, PROBE.match],
		["an acknowledgement anywhere", supervisory(4), false, PROBE.match],
		["an ASDU of a type that is reserved, elsewhere", information(0, 0, asdu(22, 1, 3, 1, "010000 01")), false, PROBE.mismatch],
		["the same on its port", information(0, 0, asdu(22, 1, 3, 1, "010000 01")), true, PROBE.match],
		["an ASDU that its objects do not fill, elsewhere", information(0, 0, asdu(1, 2, 3, 1, "010000 01")), false, PROBE.mismatch],
		["the same on its port, before another message", join(information(0, 0, asdu(1, 2, 3, 1, "010000 01")), VALUE), true, PROBE.match],
		["a message with another thing behind it", join(VALUE, hex("00")), false, PROBE.mismatch],
		["a frame of 101 over TCP (FT 1.2)", hex("68 09 09 68 08 01 46 01 04 01 00 00 00 55 16"), true, PROBE.mismatch],
		["text", new TextEncoder().encode("hello, world"), true, PROBE.mismatch],
		["a record of TLS", hex("16 03 01 00 10 01"), true, PROBE.mismatch],
		["half a header", hex("68 0e 00"), false, PROBE.more],
	])("is as sure of %s as its bytes allow", (_, bytes, isHinted, expected) => {
		expect(probe(bytes, isHinted)).toBe(expected);
	});

	it("knows who speaks where the bytes say so", () => {
		const sender = (bytes: Uint8Array) => iec104.tcp!.sender!(bytes, 0, bytes.length);
		expect([STARTDT_ACT, STARTDT_CON, TESTFR_ACT, supervisory(1), VALUE].map(sender)).toEqual([
			"client",
			"server",
			undefined,
			undefined,
			"server",
		]);
		const command = (cause: number) => information(0, 0, asdu(45, 1, cause, 1, "010000 01"));
		expect([6, 7, 8, 9, 10, 47, 3].map((cause) => sender(command(cause)))).toEqual([
			"client",
			"server",
			"client",
			"server",
			"server",
			"server",
			undefined,
		]);
	});
});

describe("points as they are written elsewhere", () => {
	it.each<[string, string, string | undefined]>([
		["single-point:3", "", "single-point:3"],
		["4711", "measured-value", "measured-value:4711"],
		["4711", "M_ME_NC_1", "measured-value:4711"],
		["16777216", "M_ME_NC_1", undefined],
		["4711", "", undefined],
		["holding:3", "", undefined],
		["4711", "C_IC_NA_1", undefined],
	])("%s of %s", (text, table, expected) => {
		expect(iec104.parsePoint!(text, table)).toBe(expected);
	});

	it("has words for people", () => {
		expect(iec104.pointName("measured-value:4711")).toBe("measured value 4711");
		expect(iec104.pointName("packed-single-points:1")).toBe("packed single points 1");
		expect(iec104.pointName("other:1")).toBe("other:1");
	});
});

const conversation = (build: (add: (name: string, bytes: Uint8Array, isAnswer?: boolean) => void, numbers: Numbers) => void): Sample[] => {
	const samples: Sample[] = [];
	build((name, bytes, isAnswer = false) => samples.push({ name, bytes, direction: isAnswer ? TO_CLIENT : TO_SERVER }), new Numbers());
	return samples;
};

streamSuite(iec104, [
	conversation((add, numbers) => {
		add("a start", STARTDT_ACT);
		add("its confirmation", STARTDT_CON, true);
		add("an interrogation", numbers.request(100, 6, "000000 14"));
		add("that it begins", numbers.answer(100, 7, "000000 14"), true);
		add("single points", numbers.answer(1, 20, "010000 01 020000 00", 2), true);
		add("a sequence of measured values", numbers.answer(13, 20, "0a0000 00004841 00 0000803f 00", 0x82), true);
		add("that it ends", numbers.answer(100, 10, "000000 14"), true);
		add("an acknowledgement", supervisory(4));
		add("a value with time", numbers.answer(36, 3, `0a0000 0000c03f 00 ${TIME}`), true);
		add("a test", TESTFR_ACT);
		add("the test's confirmation", TESTFR_CON, true);
	}),
	conversation((add, numbers) => {
		add("a selection", numbers.request(45, 6, "010000 81"));
		add("its confirmation", numbers.answer(45, 7, "010000 81"), true);
		add("a command", numbers.request(45, 6, "010000 01"));
		add("its confirmation", numbers.answer(45, 7, "010000 01"), true);
		add("its termination", numbers.answer(45, 10, "010000 01"), true);
		add("a set point", numbers.request(50, 6, "010000 0000c842 00"));
		add("a refusal", numbers.answer(50, 0x6f, "010000 0000c842 00"), true);
		add("a parameter", numbers.request(112, 6, "050000 00004841 03"));
		add("its confirmation", numbers.answer(112, 7, "050000 00004841 03"), true);
		add("a stop", STOPDT_ACT);
		add("its confirmation", STOPDT_CON, true);
	}),
	conversation((add, numbers) => {
		add("a file that is ready", numbers.request(120, 13, "010000 0100 030000 00"));
		add("a call for it", numbers.answer(122, 13, "010000 0100 00 02"), true);
		add("a segment", numbers.request(125, 13, "010000 0100 01 03 010203"));
		add("the last one", numbers.request(123, 13, "010000 0100 01 01 06"));
		add("the acknowledgement", numbers.answer(124, 13, "010000 0100 01 01"), true);
	}),
]);
