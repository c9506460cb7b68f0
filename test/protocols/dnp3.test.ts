/** DNP3: messages with the bytes written out (IEEE 1815-2012), both checksums, segments, pairing, controls, hostile lengths and texts, and what is said in neutral words. */
import { describe, expect, it } from "vitest";
import { dnp3 } from "../../protocols/dnp3/index.ts";
import { checksum } from "../../protocols/dnp3/wire.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { CONVERSATIONS, FROM_MASTER, frame, LATCH_ON, MASTER, OUTSTATION, request, response, segments } from "./dnp3Frames.ts";

/** What is asked and answered in turn, as a harness that heard it. */
function heard(...turns: (readonly [asked: string | Uint8Array, answered?: string | Uint8Array])[]): StreamHarness<never> {
	const harness = new StreamHarness(dnp3);
	for (const [asked, answered] of turns) {
		harness.send(TO_SERVER, typeof asked === "string" ? request(asked) : asked);
		if (answered !== undefined) harness.send(TO_CLIENT, typeof answered === "string" ? response(answered) : answered);
	}
	return harness as unknown as StreamHarness<never>;
}
// biome-ignore lint/suspicious/noExplicitAny: a line of any shape
const lastOf = (harness: { records: unknown[] }): any => harness.records.at(-1);
// biome-ignore lint/suspicious/noExplicitAny: a line of any shape
const pointsOf = (harness: { records: unknown[] }): any => lastOf(harness).objects[0].points;
const answeredWith = (text: string) => heard(["c0 01 3c 02 06"], [hex(""), `c0 81 0000 ${text}`]);

describe("the link layer of DNP3", () => {
	it("has the checksum of the standard", () => {
		// Headers of frames between real devices.
		expect(checksum(hex("0564 0e c4 0400 0300"), 0, 8)).toBe(0xd36d);
		expect(checksum(hex("0564 1f 44 0300 0400"), 0, 8)).toBe(0x2e34);
	});

	it("is certain of a header with its checksum, and of nothing else", () => {
		const bytes = frame(0xc9, 10, 1);
		const probe = (one: Uint8Array, isHinted?: boolean) => dnp3.tcp!.probe(one, 0, one.length, isHinted);
		expect(probe(bytes, false)).toBe(PROBE.certain);
		const broken = bytes.slice();
		broken[8]! ^= 1;
		expect([probe(broken, true), probe(broken, false), probe(broken)]).toEqual([PROBE.match, PROBE.mismatch, PROBE.mismatch]);
		expect(probe(hex("0565"))).toBe(PROBE.mismatch);
		expect(probe(hex("05"))).toBe(PROBE.more);
	});

	it("reports a wrong checksum of a header or of a block, and reads the next frame", () => {
		for (const [at, word] of [
			[4, "header-checksum"],
			[12, "data-checksum"],
		] as const) {
			const broken = request("c0 01 3c 02 06");
			broken[at]! ^= 1;
			const harness = heard([join(broken, request("c1 01 3c 02 06"))]);
			expect(harness.records).toMatchObject([
				{ kind: "malformed", violations: [word] },
				{ kind: "request", sequence: 1 },
			]);
			expect(harness.facts.map(({ record }) => record.id)).toEqual(["dnp3-malformed"]);
		}
	});

	it("finds the next frame inside one whose rest never came", () => {
		const cut = request("c0 01 3c 02 06 3c 03 06 3c 04 06").subarray(0, 14);
		const next = request("c1 01 3c 02 06 3c 03 06 3c 04 06 3c 01 06");
		expect(heard([cut], [next]).records).toMatchObject([{ violations: ["data-checksum"] }, { kind: "request", sequence: 1 }]);
	});

	it("reports data where a function has none, and functions that do not exist", () => {
		for (const bytes of [frame(0xc9, 10, 1, hex("c0c0")), frame(0xc4, 10, 1), frame(0xc5, 10, 1), frame(0x8a, 10, 1)])
			expect(heard([bytes]).records).toMatchObject([{ kind: "malformed", violations: ["link-data"] }]);
	});

	it("says what link frames are", () => {
		expect(heard([frame(0xf2, 10, 1), frame(0x10, 1, 10)]).records).toMatchObject([
			{ kind: "link", linkFunction: "TEST_LINK_STATES", frameCount: true, sender: "master" },
			{ kind: "link", linkFunction: "ACK", dataFlowControl: true, sender: "outstation" },
		]);
	});

	it("reports once what is no DNP3", () => {
		const noise = hex("deadbeef 0564 0564 05640000 0000000000");
		const harness = heard([noise], [noise], [request("c0 01 3c 02 06")], [noise]);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["malformed", "request", "malformed"]);
	});
});

describe("the transport function of DNP3", () => {
	const WIDE = join(hex("c0 81 0000 01 01 00 00 ff"), new Uint8Array(32).fill(0x55), hex("1e 04 00 00 00 2a00"));

	it("joins segments, of several outstations at once", () => {
		const harness = heard(["c0 01 3c 01 06"]);
		const [first, ...others] = segments(WIDE, false, 16, 62);
		harness.send(TO_CLIENT, first!);
		harness.send(TO_CLIENT, response("c0 81 0000", 11));
		for (const one of others) harness.send(TO_CLIENT, one);
		expect(harness.records).toMatchObject([
			{ kind: "request" },
			{ kind: "response", source: 11 },
			{ kind: "response", source: 10, matched: true, objects: [{ count: 256 }, { points: [{ value: 42 }] }] },
		]);
	});

	it("takes a segment that is sent again once, and drops what has a hole", () => {
		const [first, second, third] = segments(WIDE, false, 20);
		const again = heard(["c0 01 3c 01 06"]);
		for (const one of [first, first, second, second, third]) again.send(TO_CLIENT, one!);
		expect(again.records.map(({ kind }) => kind)).toEqual(["request", "response"]);
		const holed = heard(["c0 01 3c 01 06"]);
		for (const one of [first, third]) holed.send(TO_CLIENT, one!);
		expect(holed.records.map(({ kind }) => kind)).toEqual(["request"]);
		expect(holed.counts).toEqual({ "segment-out-of-order": 1 });
		const headless = heard([segments(WIDE, true, 20)[1]!]);
		expect(headless.counts).toEqual({ "segment-without-first": 1 });
	});

	it("bounds the length of a fragment, and how many are unfinished", () => {
		const harness = heard();
		for (const one of segments(new Uint8Array(5000), false, 249)) harness.send(TO_CLIENT, one);
		expect(harness.counts["fragment-too-long"]).toBe(1);
		for (let outstation = 0; outstation < 20; outstation++)
			harness.send(TO_CLIENT, frame(0x44, 1, outstation, join(hex("40"), hex("c081"))));
		expect(harness.counts["assemblies-bound"]).toBeGreaterThan(5);
	});
});

describe("objects of DNP3", () => {
	it.each([
		["1 1, packed", "01 01 00 03 0c 05 02", [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]],
		["3 1, two bits", "03 01 00 00 04 e4 02", [0, 1, 2, 3, 2]],
		["10 2", "0a 02 00 00 01 81 01", [1, 0]],
		["20 1", "14 01 00 00 00 01 ffffffff", [4294967295]],
		["21 10", "15 0a 00 00 01 0100 ffff", [1, 65535]],
		["30 1", "1e 01 00 00 00 01 ffffffff", [-1]],
		["30 4", "1e 04 00 00 01 0080 ff7f", [-32768, 32767]],
		["30 5", "1e 05 00 00 00 01 0000c0bf", [-1.5]],
		["30 6", "1e 06 00 00 00 01 000000000000f83f", [1.5]],
		["40 2", "28 02 00 00 00 01 2a00", [42]],
		["101 1, digits", "65 01 00 00 00 3412", [1234]],
		["102 1", "66 01 00 00 00 7b", [123]],
	])("reads group and variation %s", (_, text, values) => {
		expect(pointsOf(answeredWith(text)).map(({ value }: { value: number }) => value)).toEqual(values);
	});

	it("reads events with their time and index, whole and from a common time", () => {
		expect(pointsOf(answeredWith("20 07 28 0100 0500 01 00002041 00e876481701"))).toEqual([
			{ index: 5, value: 10, flags: ["online"], time: 1199511627.776 },
		]);
		const harness = answeredWith("33 01 07 01 00e876481701 02 03 17 02 03 81 0a00 04 01 e803");
		expect(lastOf(harness).objects[1].points).toMatchObject([
			{ index: 3, value: 1, time: 1199511627.786 },
			{ index: 4, value: 0, time: 1199511628.776 },
		]);
	});

	it("reads flags, statuses and indications by name", () => {
		expect(pointsOf(answeredWith("1e 02 00 00 00 7d 0000"))[0].flags).toEqual([
			"online",
			"commLost",
			"remoteForced",
			"localForced",
			"overRange",
			"referenceError",
		]);
		expect(lastOf(heard(["c0 0d"], [hex(""), "c0 81 ff3f"])).indications).toHaveLength(14);
		expect(pointsOf(heard([`c0 05 ${LATCH_ON}`, `c0 81 0000 ${LATCH_ON.slice(0, -2)}07`]))).toMatchObject([
			{ index: 3, operationType: "Latch On", tripCloseCode: "Nul", executeCount: 1, onTime: 100, status: "Local" },
		]);
	});

	it("reads octet strings, attributes and security statistics", () => {
		expect(pointsOf(answeredWith("6e 05 00 01 01 68656c6c6f"))).toEqual([{ index: 1, text: "hello" }]);
		expect(pointsOf(answeredWith("00 fc 00 00 00 01 04 41636d65"))).toEqual([{ index: 0, type: "VSTR", value: "Acme" }]);
		expect(pointsOf(answeredWith("79 01 00 05 05 01 0100 2a000000"))).toMatchObject([{ index: 5, value: 42, flags: ["online"] }]);
	});

	it("shows what is hidden in texts, and keeps no more of one than is sane", () => {
		expect(pointsOf(answeredWith("6e 04 00 01 01 61e280ae62".replace("6e 04", "6e 05")))[0].text).toBe("61e280ae62");
		expect(pointsOf(answeredWith("00 fc 00 00 00 01 05 61e280ae62"))[0].value).toBe("a\ufffdb");
	});

	it.each([
		["a qualifier that does not exist", "1e 02 0c", "qualifier"],
		["an index before a range", "1e 02 10 00 00 01 0000", "qualifier"],
		["sizes without the variable format", "46 05 07 01", "qualifier"],
		["a range that ends before it begins", "1e 02 00 05 04", "range"],
		["more objects than there are bytes", "1e 02 01 0000 ffff 01 0000", "object-length"],
		["a count of four thousand million", "1e 02 29 ffffffff", "object-length"],
		["an object that is longer than the fragment", "46 05 5b 01 ffff 00", "object-length"],
		["empty strings by the thousand", "70 00 01 0000 ffff", "object-length"],
		["an object that the library does not have", "c8 01 07 01 00", "unknown-object"],
	])("names %s", (_, text, word) => {
		const harness = answeredWith(text);
		expect(lastOf(harness)).toMatchObject({ kind: "response", violations: [word] });
		expect(harness.facts.map(({ record }) => record.id)).toEqual(word === "unknown-object" ? [] : ["dnp3-malformed"]);
	});

	it("reads no objects where a request only names points", () => {
		const harness = heard(["c0 01 1e 01 01 0000 ffff"]);
		expect(lastOf(harness).objects).toEqual([
			{ group: 30, variation: 1, name: "32-Bit Analog Input", qualifier: "01", start: 0, stop: 65535, count: 65536 },
		]);
		expect(lastOf(heard(["c0 16 3c 02 06 1e 00 06 1e 00 17 01 05"])).objects[2].points).toEqual([{ index: 5 }]);
	});

	it("bounds headers of one fragment", () => {
		const many = join(hex("c0 01"), ...Array.from({ length: 700 }, () => hex("3c 02 06")));
		const harness = heard(...segments(many, true, 249).map((one) => [one] as const));
		expect(harness.counts).toEqual({ "headers-bound": 1 });
	});
});

describe("requests and responses of DNP3", () => {
	it("pairs by outstation and sequence, with the time between", () => {
		const harness = new StreamHarness(dnp3);
		harness.send(TO_SERVER, join(request("c0 01 3c 02 06", 10), request("c0 01 3c 02 06", 11)), { frame: 1, time: 1_000_000 });
		harness.send(TO_CLIENT, response("c0 81 0000", 11), { frame: 2, time: 1_002_000 });
		harness.send(TO_CLIENT, response("c0 81 0000", 10), { frame: 3, time: 1_005_000 });
		expect(harness.operations).toMatchObject([
			{ verb: "read", unit: 11, latency: 2000, requestFrame: 1, frame: 2, points: ["class:1"] },
			{ verb: "read", unit: 10, latency: 5000, requestFrame: 1, frame: 3 },
		]);
	});

	it("says what was not answered, and what came too late", () => {
		const harness = new StreamHarness(dnp3);
		harness.send(TO_SERVER, request("c0 01 1e 02 00 00 00"), { frame: 1, time: 1_000_000 });
		harness.advance(40_000_000);
		harness.send(TO_CLIENT, response("c0 81 0000 1e 02 00 00 00 01 0700"), { frame: 2, time: 41_000_000 });
		expect(harness.records).toMatchObject([
			{ kind: "request" },
			{ kind: "unanswered", frame: 1 },
			{ kind: "response", late: true, matched: true },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", outcome: "unanswered", points: ["analog-input:0"], values: [] },
			{ verb: "read", outcome: "ok", values: [7] },
		]);
	});

	it("follows a response of several fragments, and its confirms", () => {
		const harness = heard(["c0 01 3c 01 06", "a0 81 0000 1e 04 00 00 00 0100"], ["c0 00", "61 81 0000 1e 04 00 01 01 0200"], ["c1 00"]);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "response", "confirm", "response", "confirm"]);
		expect(harness.records.every(({ kind, matched }) => kind !== "response" || matched === true)).toBe(true);
		expect(harness.operations).toMatchObject([
			{ points: ["class:0", "analog-input:0"], values: [Number.NaN, 1] },
			{ points: ["analog-input:1"], values: [2], latency: -1 },
		]);
	});

	it("forgets what waits after lost bytes", () => {
		const harness = heard(["c0 01 3c 02 06"]);
		harness.gap(TO_CLIENT);
		harness.send(TO_CLIENT, response("c0 81 0000"));
		expect(lastOf(harness)).toMatchObject({ kind: "response", matched: false });
		expect(harness.facts).toEqual([]);
	});

	it("names a request that is sent again, and a response that nobody asked for", () => {
		expect(lastOf(heard(["c0 01 3c 02 06"], ["c0 01 3c 02 06"]))).toMatchObject({ repeated: true });
		const harness = heard(["c0 01 3c 02 06", "c0 81 0000"]);
		harness.send(TO_CLIENT, response("c0 81 0000"), { time: harness.clock.time + 20_000_000 });
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["dnp3-unasked-response"]);
		// One that was not confirmed is sent again.
		const unconfirmed = heard(["c0 01 3c 02 06", "c0 81 0000"]);
		unconfirmed.send(TO_SERVER, request("c1 01 3c 02 06"), { time: unconfirmed.clock.time + 20_000_000 });
		for (let time = 0; time < 2; time++) unconfirmed.send(TO_CLIENT, response("e1 81 0000"));
		expect(unconfirmed.facts).toEqual([]);
	});

	it("waits on after a challenge", () => {
		const harness = heard(
			[`c0 05 ${LATCH_ON}`, "c0 83 0000 78 01 5b 01 0c00 01000000 0100 04 01 deadbeef"],
			["c0 20 78 02 5b 01 0a00 01000000 0100 deadbeef", `c0 81 0000 ${LATCH_ON}`],
		);
		expect(harness.operations).toMatchObject([{ verb: "write", code: 5, outcome: "ok", points: ["binary-output:3"], values: [1] }]);
	});

	it("does not wait where nobody answers", () => {
		const harness = heard([`c0 06 ${LATCH_ON}`], [request("c1 02 32 01 07 01 00e876481701", 0xffff)]);
		expect(harness.stream.deadline).toBe(Number.POSITIVE_INFINITY);
		expect(harness.operations).toMatchObject([
			{ verb: "write", code: 6, isBroadcast: false, values: [1] },
			{ verb: "configure", unit: 0xffff, isBroadcast: true },
		]);
	});

	it("takes what only the other side says for malformed", () => {
		const harness = heard(
			["c0 01 3c 02 06", frame(0x44, 1, 10, hex("c0 c0 0d"))],
			[frame(FROM_MASTER, OUTSTATION, MASTER, hex("c0 c0 81 0000"))],
		);
		expect(harness.records.slice(1)).toMatchObject([{ violations: ["direction"] }, { violations: ["direction"] }]);
		expect(heard([frame(FROM_MASTER, OUTSTATION, MASTER, hex("c0 c0"))]).records).toMatchObject([{ violations: ["fragment"] }]);
	});

	it("bounds outstations of one flow", () => {
		const harness = heard();
		for (let outstation = 0; outstation < 100; outstation++) harness.send(TO_SERVER, request("c0 01 3c 02 06", outstation));
		expect(harness.counts["associations-bound"]).toBe(68);
	});
});

describe("DNP3 in neutral words", () => {
	it("has values of controls, outputs, events and what is not online", () => {
		expect(heard([`c0 05 ${LATCH_ON}`, `c0 81 0000 ${LATCH_ON}`]).operations).toMatchObject([
			{ verb: "write", outcome: "ok", unit: 10, points: ["binary-output:3"], values: [1] },
		]);
		expect(
			heard(["c0 05 0c 01 17 01 02 81 01 64000000 00000000 00", "c0 81 0000 0c 01 17 01 02 81 01 64000000 00000000 07"]).operations,
		).toMatchObject([{ outcome: "refused", outcomeCode: 7, points: ["binary-output:2"], values: [0] }]);
		expect(heard(["c0 05 29 03 17 01 05 00004842 00", "c0 81 0000 29 03 17 01 05 00004842 00"]).operations).toMatchObject([
			{ points: ["analog-output:5"], values: [50] },
		]);
		expect(answeredWith("1e 02 00 00 01 01 0100 04 0200").operations).toMatchObject([
			{ points: ["class:1", "analog-input:0", "analog-input:1"], values: [Number.NaN, 1, Number.NaN] },
		]);
	});

	it("says what is unsolicited as a report, and refusals by their indications", () => {
		const harness = new StreamHarness(dnp3);
		harness.send(TO_CLIENT, response("f0 82 0000 02 01 28 0100 0300 81"));
		expect(harness.operations).toMatchObject([
			{ verb: "report", outcome: "unsolicited", code: 130, points: ["binary-input:3"], values: [1] },
		]);
		const refused = heard(["c0 18", "c0 81 0001"]).operations[0]!;
		expect(refused).toMatchObject({ verb: "diagnose", outcome: "refused" });
		expect(dnp3.outcomeName(refused.outcomeCode)).toBe("noFunctionCodeSupport (indications 0100)");
	});

	it("says who an outstation is", () => {
		const harness = heard([
			"c0 01 00 fe 00 00 00",
			"c0 81 0000 00 f2 00 00 00 01 03 312e32 00 f8 00 00 00 01 02 3432 00 fa 00 00 00 01 05 5254552d35 00 fc 00 00 00 01 04 41636d65",
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", unit: 10 }]);
		expect(harness.identities).toEqual([
			{
				unit: 10,
				vendor: "Acme",
				model: "RTU-5",
				firmware: "1.2",
				statements: new Map([
					["software version", "1.2"],
					["serial number", "42"],
					["product name and model", "RTU-5"],
					["manufacturer", "Acme"],
				]),
				evidence: "DNP3 device attributes",
			},
		]);
	});

	it("knows logins, and points as other tools write them", () => {
		const login = heard([
			"c0 1d 46 02 5b 01 1200 0c00 0300 0f00 0300 00000000 6f7072 736563",
			"c0 81 0000 46 02 5b 01 0c00 0c00 0000 0c00 0000 00000000",
		]);
		expect(login.operations).toMatchObject([{ verb: "authenticate", outcome: "refused" }]);
		expect(dnp3.isLogin!(login.operations[0]!.code, login.operations[0]!.outcomeCode)).toBe(true);
		expect(login.credentials).toEqual([{ kind: "user", text: "opr", isServer: false, isNameless: false }]);
		expect(login.facts.map(({ record }) => record.id)).toEqual(["dnp3-password-in-clear"]);
		expect([dnp3.parsePoint!("AI5", ""), dnp3.parsePoint!("7", "binary output"), dnp3.parsePoint!("xyz", "")]).toEqual([
			"analog-input:5",
			"binary-output:7",
			undefined,
		]);
		expect(dnp3.pointName("analog-input:5")).toBe("analog input 5");
	});

	it("splits what is more than one operation holds", () => {
		const wide = join(hex("c0 81 0000 01 01 01 0000 ff0f"), new Uint8Array(512));
		const harness = heard(["c0 01 01 00 06"]);
		for (const one of segments(wide, false, 249)) harness.send(TO_CLIENT, one);
		expect(harness.operations.map(({ points, values }) => [points.length, values.length])).toEqual([
			[2048, 2048],
			[2048, 2048],
		]);
	});
});

describe("facts of DNP3", () => {
	const factsOf = (...turns: Parameters<typeof heard>) => heard(...turns).facts.map(({ record }) => record.id);

	it("tells an operate with its select from others", () => {
		const other = LATCH_ON.replace("03 03 01", "04 03 01");
		const poll = ["c0 01 3c 02 06", "c0 81 0000"] as const;
		expect(factsOf(poll, [`c1 03 ${LATCH_ON}`, `c1 81 0000 ${LATCH_ON}`], [`c2 04 ${LATCH_ON}`, `c2 81 0000 ${LATCH_ON}`])).toEqual([]);
		expect(factsOf(poll, [`c1 03 ${LATCH_ON}`], [`c2 04 ${other}`])).toEqual(["dnp3-operate-without-select"]);
		expect(factsOf(poll, [`c2 04 ${other}`])).toEqual(["dnp3-operate-without-select"]);
		// The select may have come before the monitor began.
		expect(factsOf([`c2 04 ${other}`])).toEqual([]);
		// An operate that is sent again is the same.
		expect(factsOf(poll, [`c1 03 ${LATCH_ON}`], [`c2 04 ${LATCH_ON}`], [`c2 04 ${LATCH_ON}`])).toEqual([]);
	});

	it.each([
		["c0 0d", "controller-restart"],
		["c0 0e", "controller-restart"],
		["c0 0f", "controller-restart"],
		["c0 10 5a 01 5b 01 0300 706c63", "controller-restart"],
		["c0 11 5a 01 5b 01 0300 706c63", "controller-start"],
		["c0 12 5a 01 5b 01 0300 706c63", "controller-stop"],
		["c0 1f 46 08 5b 01 0300 706c63", "program-download"],
		["c0 19 46 03 5b 01 1e00 1a00 0400 000000000000 0000 00000000 00000000 0200 0004 0100 612e6366", "program-download"],
		["c0 19 46 03 5b 01 1e00 1a00 0400 000000000000 0000 00000000 00000000 0100 0004 0100 612e6366", "program-upload"],
		["c0 1b 46 03 5b 01 1e00 1a00 0400 000000000000 0000 00000000 00000000 0000 0000 0100 612e6366", "program-delete"],
		["c0 20 78 0a 5b 01 1300 03 01 01000000 0100 0000 0300 0000 0000 626f62", "credential-change"],
		["c0 63", "dnp3-illegal-function"],
	])("%s is %s", (text, id) => {
		expect(factsOf([text])).toEqual([id]);
	});

	it("is silent about polls, a list of a directory, session keys and a master that connects", () => {
		expect(
			factsOf(
				["c0 15 3c 02 06 3c 03 06 3c 04 06", "c0 81 8000"],
				["c1 02 50 01 00 07 07 00", "c1 81 0000"],
				["c2 01 3c 02 06 3c 03 06 3c 04 06 3c 01 06", "c2 81 0000"],
				["c3 14 3c 02 06", "c3 81 0000"],
				["c4 19 46 03 5b 01 1b00 1a00 0100 000000000000 0000 00000000 00000000 0100 0004 0100 2e", "c4 81 0000"],
				["c5 20 78 06 5b 01 0a00 01000000 0100 deadbeef", "c5 83 0000"],
				["c6 17", "c6 81 0000 34 02 07 01 0000"],
			),
		).toEqual([]);
	});

	it("says that one is silenced who was told to speak", () => {
		expect(factsOf(["c0 14 3c 02 06", "c0 81 0000"], ["c1 15 3c 02 06", "c1 81 0000"])).toEqual(["controller-silenced"]);
		// An outstation that restarted is begun with anew.
		expect(factsOf(["c0 14 3c 02 06", "c0 81 8000"], ["c1 15 3c 02 06", "c1 81 8000"])).toEqual([]);
	});

	it("says that an outstation was restarted, or lost its configuration, once", () => {
		const poll = (sequence: number, iin: string) => [`c${sequence} 01 3c 02 06`, `c${sequence} 81 ${iin}`] as const;
		expect(factsOf(poll(0, "8000"), poll(1, "0000"), poll(2, "8020"), poll(3, "8020"))).toEqual([
			"dnp3-restarted",
			"dnp3-configuration-corrupt",
		]);
	});

	it("has words of its own for what is used for the first time", () => {
		const first = (text: string) => {
			const { code, verb } = heard([text, "c0 81 0000"]).operations[0]!;
			return dnp3.firstUse!(code, verb)?.id;
		};
		expect([
			first("c0 02 32 01 07 01 00e876481701"),
			first("c0 15 3c 02 06"),
			first("c0 16 3c 01 06 1e 00 06"),
			first("c0 02 22 01 00 00 00 6400"),
			first("c0 02 70 03 00 00 00 6c730a"),
			first("c0 01 00 fe 00 00 00"),
			first("c0 01 3c 02 06"),
		]).toEqual([
			"clock-set",
			"dnp3-reporting-changed",
			"dnp3-reporting-changed",
			"dnp3-reporting-changed",
			"dnp3-virtual-terminal",
			"dnp3-identification",
			undefined,
		]);
	});
});

describe("DNP3 over UDP", () => {
	it("reads several frames of one datagram, and refuses what is none", () => {
		const harness = new DatagramHarness(dnp3, { flow: { transport: "udp" } });
		harness.send(TO_SERVER, join(request("c0 01 3c 02 06"), request("c0 01 3c 02 06", 11)));
		harness.send(TO_CLIENT, response("c0 81 0000"));
		harness.send(TO_SERVER, hex("0001 0203 0405 0607 0809"));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "request", "response"]);
		expect(harness.refused).toBe(1);
		const cut = request("c1 01 3c 02 06 3c 03 06 3c 04 06").subarray(0, 20);
		harness.send(TO_SERVER, cut);
		expect(lastOf(harness)).toMatchObject({ kind: "malformed", violations: ["data-checksum"] });
	});
});

streamSuite(dnp3, CONVERSATIONS);
datagramSuite(dnp3, CONVERSATIONS);
