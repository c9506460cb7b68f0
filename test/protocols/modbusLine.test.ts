/** Modbus on a serial line, from bytes to records. */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { lineSuite } from "../contract/line.ts";
import { hex, join, LineHarness } from "../support/decoderHarness.ts";
import { ascii, LINE_CONVERSATIONS, type LineSample, rtu } from "./serialSamples.ts";

const T0 = 1_000_000_000;
const MILLI = 1000;
/** A bus that polls at 19,200 baud: an answer after 8 ms, the next request 20 ms later. */
const ANSWER = 8 * MILLI;
const NEXT = 20 * MILLI;

const open = () => new LineHarness(modbus, { time: T0 });
const kinds = (harness: LineHarness<never>) => harness.records.map(({ kind }) => kind);

const messages = (frame: (unit: number, pdu: string) => Uint8Array) =>
	LINE_CONVERSATIONS.map((samples) =>
		samples.map(({ name, unit, pdu, kind }) => ({ name, bytes: frame(unit, pdu), pause: kind === "request" ? NEXT : ANSWER })),
	);
lineSuite(modbus, messages(rtu));
lineSuite(modbus, messages(ascii));

/** Plays frames as one chunk each at the bus's pace. */
function play(samples: readonly LineSample[], frame: (unit: number, pdu: string) => Uint8Array, harness = open()) {
	let time = T0;
	for (const { unit, pdu, kind } of samples) {
		time += kind === "request" ? NEXT : ANSWER;
		harness.send(frame(unit, pdu), { time });
	}
	return harness;
}

describe.each([
	["RTU", rtu],
	["ASCII", ascii],
] as const)("%s", (framing, frame) => {
	it.each(LINE_CONVERSATIONS)("knows request from answer", (...samples) => {
		const { records, counts } = play(samples, frame);
		expect(records.map(({ kind, unitId, functionCode }) => [kind, unitId, functionCode])).toEqual(
			samples.map(({ kind, unit, pdu }) => [kind, unit, Number.parseInt(pdu, 16) & 127]),
		);
		for (const [at, record] of records.entries()) {
			expect(record).toMatchObject({ framing: framing.toLowerCase(), frame: at + 1 });
			expect(record).not.toHaveProperty("transactionId");
			expect(record).not.toHaveProperty("violations");
			if (record.kind !== "request") expect(record).toMatchObject({ matched: true, requestFrame: at, latencyMs: 8 });
		}
		expect(counts).toEqual({});
	});
});

describe.each([
	["RTU", rtu],
	["ASCII", ascii],
] as const)("registers of 32 bits in %s", (_name, frame) => {
	it("are written one by one with function 6, beside others", () => {
		const harness = play(
			[
				{ name: "wide", unit: 3, pdu: "06 1b59 3f80 0001", kind: "request" },
				{ name: "wide", unit: 3, pdu: "06 1b59 3f80 0001", kind: "response" },
				{ name: "narrow", unit: 3, pdu: "06 1b59 0007", kind: "request" },
				{ name: "narrow", unit: 3, pdu: "06 1b59 0007", kind: "response" },
				{ name: "wide", unit: 3, pdu: "06 1389 0000 0000", kind: "request" },
				{ name: "wide", unit: 3, pdu: "06 1389 0000 0000", kind: "response" },
			],
			frame,
		);
		expect(harness.records.map(({ kind, address, values }) => [kind, address, values])).toEqual([
			["request", 7001, [0x3f80, 1]],
			["response", 7001, [0x3f80, 1]],
			["request", 7001, [7]],
			["response", 7001, [7]],
			["request", 5001, [0, 0]],
			["response", 5001, [0, 0]],
		]);
		for (const record of harness.records) expect(record).not.toHaveProperty("violations");
		expect(harness.counts).toEqual({});
	});

	it("are read from pieces too", () => {
		const write = frame(3, "06 1b59 3f80 0001");
		const harness = open();
		for (const [at, byte] of [...write].entries()) harness.send(Uint8Array.of(byte), { time: T0 + at * 500 });
		for (const [at, byte] of [...write].entries()) harness.send(Uint8Array.of(byte), { time: T0 + ANSWER + write.length * 500 + at * 500 });
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "response"]);
		expect(harness.records[1]).toMatchObject({ values32: [0x3f800001] });
	});
});

describe("request or answer", () => {
	it("takes a write that is asked again after the server's usual time for a new request", () => {
		const write = rtu(5, "06 0001 0003");
		const harness = open();
		harness.send(write, { time: T0 }).send(write, { time: T0 + ANSWER });
		harness.send(write, { time: T0 + 50 * MILLI }).send(write, { time: T0 + 550 * MILLI });
		harness.send(write, { time: T0 + 558 * MILLI });
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "response", "request", "unanswered", "request", "response"]);
	});

	it("takes another write to the same server for a request: the first was not answered", () => {
		const harness = open();
		harness.send(rtu(5, "06 0001 0003"), { time: T0 }).send(rtu(5, "06 0001 0004"), { time: T0 + 30 * MILLI });
		expect(harness.records.map(({ kind, values }) => [kind, values])).toEqual([
			["request", [3]],
			["unanswered", [3]],
			["request", [4]],
		]);
	});

	it("says that nobody answered when the time is over, or when the client goes on", () => {
		const harness = open()
			.send(rtu(1, "03 0000 0001"), { time: T0 })
			.send(rtu(2, "03 0000 0001"), { time: T0 + 500 * MILLI });
		harness.advance(T0 + 5_000 * MILLI);
		expect(harness.records.map(({ kind, unitId, time }) => [kind, unitId, time - T0])).toEqual([
			["request", 1, 0],
			["unanswered", 1, 500 * MILLI],
			["request", 2, 500 * MILLI],
			["unanswered", 2, 2_500 * MILLI],
		]);
	});

	it("expects no answer to a broadcast", () => {
		const harness = open()
			.send(rtu(0, "06 0010 0001"), { time: T0 })
			.send(rtu(0, "06 0010 0001"), { time: T0 + 90 * MILLI });
		harness.advance(T0 + 10_000 * MILLI);
		expect(kinds(harness as never)).toEqual(["request", "request"]);
		expect(harness.operations.map(({ verb, outcome, unit }) => [verb, outcome, unit])).toEqual([
			["write", "ok", 0],
			["write", "ok", 0],
		]);
	});

	it("finds the request of an answer that comes after the client went on", () => {
		const harness = open()
			.send(rtu(1, "03 0000 0001"), { time: T0 })
			.send(rtu(2, "04 0000 0001"), { time: T0 + 300 * MILLI });
		harness.send(rtu(1, "03 02 0007"), { time: T0 + 320 * MILLI }).send(rtu(2, "04 02 0008"), { time: T0 + 340 * MILLI });
		expect(harness.records.map(({ kind, unitId, late }) => [kind, unitId, late])).toEqual([
			["request", 1, undefined],
			["unanswered", 1, undefined],
			["request", 2, undefined],
			["response", 1, true],
			["response", 2, undefined],
		]);
	});

	it("says of an answer whose request was not seen that nobody asked", () => {
		const { records } = open()
			.send(rtu(1, "03 02 0007"), { time: T0 })
			.advance(T0 + 150 * MILLI);
		expect(records).toMatchObject([{ kind: "unsolicited", unitId: 1, values: [7], matched: false }]);
	});

	it("reads functions of which only silence says the length", () => {
		const harness = open()
			.send(rtu(7, "64 010203040506"), { time: T0 })
			.send(rtu(7, "64 0a0b0c"), { time: T0 + ANSWER });
		harness.send(rtu(7, "03 0000 0001"), { time: T0 + NEXT });
		expect(harness.records.map(({ kind, functionCode, data }) => [kind, functionCode, data])).toEqual([
			["request", 100, "010203040506"],
			["response", 100, "0a0b0c"],
			["request", 3, undefined],
		]);
	});

	it("reports a whole frame that is longer than its function", () => {
		const harness = open()
			.send(rtu(1, "03 0000 0001 ffff"), { time: T0 })
			.advance(T0 + 150 * MILLI);
		expect(harness.records).toMatchObject([{ kind: "request", functionCode: 3, violations: ["length"] }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["modbus-malformed"]);
	});
});

describe("noise", () => {
	const request = rtu(1, "03 006b 0003");
	const answer = rtu(1, "03 06 022b 0000 0064");

	it.each([
		["before a frame", join(hex("ff00"), request), answer, [2]],
		["between, in one chunk", request, join(hex("00"), answer), [1]],
		["a cut frame", join(request.subarray(0, 5), request), answer, [5]],
		["a long announcement that nothing follows", join(hex("0110000000ffff"), request), answer, [7]],
	])("%s is counted, and the frames are found", (_, first, second, noise) => {
		const harness = open()
			.send(first, { time: T0 })
			.send(second, { time: T0 + ANSWER })
			.advance(T0 + 300 * MILLI);
		expect(harness.records.filter(({ kind }) => kind === "malformed").map(({ noiseBytes }) => noiseBytes)).toEqual(noise);
		expect(harness.records.filter(({ kind }) => kind !== "malformed").map(({ kind, time }) => [kind, time - T0])).toEqual([
			["request", 0],
			["response", ANSWER],
		]);
		expect(harness.counts.noise).toBe(noise.length);
	});

	it("has no sender, its bytes and no alarm", () => {
		const harness = open()
			.send(hex("de ad be ef 01"), { time: T0 })
			.advance(T0 + 200 * MILLI);
		expect(harness.records).toEqual([
			{ kind: "malformed", time: T0, frame: 1, framing: "tcp", data: "deadbeef01", noiseBytes: 5, violations: ["noise"] },
		]);
		expect(harness.facts).toEqual([]);
		expect(harness.operations).toEqual([]);
	});

	it("is bounded: a flood of it is reported in pieces", () => {
		const harness = open();
		for (let index = 0; index < 100; index++) harness.send(new Uint8Array(1000).fill(0xfe), { time: T0 + index });
		harness.advance(T0 + 1_000 * MILLI);
		expect(harness.records.reduce((sum, { noiseBytes }) => sum + (noiseBytes as number), 0)).toBe(100_000);
		expect(harness.records.every(({ data }) => (data as string).length <= 128)).toBe(true);
	});
});

describe("echo", () => {
	it("drops the second showing of each frame, once it is known also where an answer looks like its request", () => {
		const samples = [...LINE_CONVERSATIONS[0]!, ...LINE_CONVERSATIONS[0]!];
		const harness = open();
		let time = T0;
		for (const { unit, pdu, kind } of samples) {
			time += kind === "request" ? NEXT : ANSWER;
			const frame = rtu(unit, pdu);
			harness.send(join(frame, frame), { time });
		}
		expect(kinds(harness as never)).toEqual(samples.map(({ kind }) => kind));
		expect(harness.counts).toEqual({ echo: samples.length });
	});
});

describe("beside disturbed frames", () => {
	const write = rtu(9, "06 0001 0003");
	const read = rtu(9, "03 0000 0001");
	const readAnswer = rtu(9, "03 02 0007");
	const disturbed = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 2 ? byte ^ 0x10 : byte));
	/** Frames of a polling client: request, answer, request, answer, ... */
	const said = (...frames: Uint8Array[]) => {
		const harness = open();
		for (const [at, bytes] of frames.entries()) harness.send(bytes, { time: T0 + (at >> 1) * NEXT + (at & 1) * ANSWER });
		harness.advance(T0 + 5_000 * MILLI);
		return harness.records
			.filter(({ kind }) => kind !== "unanswered")
			.map(({ kind, functionCode }) => (functionCode === undefined ? kind : `${kind} ${functionCode}`));
	};

	it("takes a write's answer for one where its request was disturbed", () => {
		expect(said(read, readAnswer, disturbed(write), write, write, write)).toEqual([
			"request 3",
			"response 3",
			"malformed",
			"unsolicited 6",
			"request 6",
			"response 6",
		]);
	});

	it("takes a write for a request where the answer before it was disturbed", () => {
		expect(said(read, disturbed(readAnswer), write, write)).toEqual(["request 3", "malformed", "request 6", "response 6"]);
	});

	it("takes a write for a request behind a request and an answer that both were disturbed", () => {
		expect(said(disturbed(read), disturbed(readAnswer), write, write)).toEqual(["malformed", "malformed", "request 6", "response 6"]);
	});

	it("does not mind a stray byte between a write and its answer", () => {
		expect(said(write, join(Uint8Array.of(0), write))).toEqual(["request 6", "malformed", "response 6"]);
	});
});
