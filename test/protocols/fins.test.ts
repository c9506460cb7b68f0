/** FINS: frames and FINS/TCP messages with the bytes written out (W342, 5; W421, 7), what answers what, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { fins } from "../../protocols/fins/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, type Sample, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	answer,
	BIT,
	command,
	fileName,
	framed,
	HELLO,
	IDENTIFY,
	IDENTITY,
	message,
	READ,
	READ_BIT,
	VALUE,
	WELCOME,
	WRITE,
	WRITTEN,
} from "./finsMessages.ts";

const SECOND = 1_000_000;

const open = () => new DatagramHarness(fins);
const openTcp = () => new StreamHarness(fins);
/** A command and its answer. */
const exchange = (request: string, response: string) => open().request(command(request)).response(answer(response));
const asked = (request: string) => open().request(command(request));
const probe = (bytes: Uint8Array) => fins.udp!.probe(bytes, 0, bytes.length);
const probeTcp = (bytes: Uint8Array, isHinted?: boolean) => fins.tcp!.probe(bytes, 0, bytes.length, isHinted);

describe("frames", () => {
	it("reads header, command and answer, and pairs them", () => {
		const harness = open()
			.request(READ, { time: 10 * SECOND })
			.response(VALUE, { time: 10 * SECOND + 2500 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				sender: "client",
				length: 18,
				icf: 0x80,
				gatewayCount: 2,
				destination: "0.1.0",
				source: "0.10.0",
				sid: 1,
				commandCode: "01 01",
				command: "memory area read",
				items: [{ area: "D", areaCode: 0x82, address: 100, count: 2 }],
			},
			{
				kind: "response",
				sender: "server",
				endCode: "00 00",
				result: "normal completion",
				matched: true,
				latencyMs: 2.5,
				requestFrame: 1,
				items: [{ area: "D", address: 100, count: 2 }],
				values: [7, 500],
			},
		]);
		expect(harness.operations).toMatchObject([
			{
				verb: "read",
				code: 0x0101,
				unit: -1,
				outcome: "ok",
				latency: 2500,
				requestFrame: 1,
				points: ["dm:100", "dm:101"],
				values: [7, 500],
			},
		]);
		expect(harness.facts).toEqual([]);
	});

	it("says what another unit of the node, and a node of another network, is asked", () => {
		const harness = open()
			.request(hex("80 00 02 00 01 11 00 0a 00 01 0601"))
			.response(hex("c0 00 02 00 0a 00 00 01 11 01 0601 0000 01 04"))
			.request(hex("80 00 02 02 03 00 00 0a 00 02 0601"))
			.response(hex("c0 00 02 00 0a 00 02 03 00 02 0601 0000 00 00"));
		expect(harness.operations.map(({ unit }) => unit)).toEqual([0x11, 0x020300]);
		expect(harness.records[1]).toMatchObject({ status: "running", mode: "RUN" });
		expect(harness.records[3]).toMatchObject({ status: "stopped", mode: "PROGRAM" });
	});

	it("says a refusal, with the errors that stand beside its code", () => {
		const harness = exchange("0101 82 ffff 00 0001", "0101 1143");
		expect(harness.records[1]).toMatchObject({ kind: "error", endCode: "11 03", result: "address range error", fatalError: true });
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 0x1103, points: ["dm:65535"], values: [] }]);
		expect(exchange("0101 82 0001 00 0001", "0101 0080 0001").records[1]).toMatchObject({
			kind: "response",
			nonFatalError: true,
			values: [1],
		});
		expect(exchange("0101 82 0001 00 0001", "0101 8205").records[1]).toMatchObject({ kind: "error", relayError: true, endCode: "02 05" });
		expect(fins.outcomeName(0x1103)).toBe("address range error (end code 11 03)");
		expect(fins.outcomeName(0x1199)).toBe("parameter error (end code 11 99)");
		expect(fins.outcomeName(0x7799)).toBe("unknown (end code 77 99)");
		expect(fins.postponing).toEqual([0x0204]);
	});

	it("says what nobody answers, once, also where it is sent again", () => {
		const harness = open()
			.request(READ, { time: 10 * SECOND })
			.request(READ, { time: 12 * SECOND })
			.advance(60 * SECOND);
		expect(harness.records).toMatchObject([
			{ kind: "request" },
			{ kind: "request", repeat: true },
			{ kind: "unanswered", time: 22 * SECOND, requestFrame: 1, items: [{ address: 100 }] },
		]);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered", points: ["dm:100", "dm:101"], values: [] }]);
	});

	it("says at once what nobody is to answer, and what goes to all", () => {
		const silent = open().request(hex("81 00 02 00 01 00 00 0a 00 01 0102 82 0001 00 0001 0005"));
		expect(silent.records[0]).toMatchObject({ noResponse: true });
		expect(silent.operations).toMatchObject([{ verb: "write", outcome: "ok", points: ["dm:1"], values: [5], isBroadcast: false }]);
		silent.advance(60 * SECOND);
		expect(silent.operations).toHaveLength(1);
		const all = open().request(hex("80 00 02 00 ff 00 00 0a 00 01 0702 2611281230"));
		expect(all.operations).toMatchObject([{ verb: "configure", outcome: "ok", isBroadcast: true }]);
	});

	it("takes whoever asks for the client, and an answer that was not asked for none", () => {
		const harness = open().response(READ).request(VALUE);
		expect(harness.between.map((between) => between?.client.ip)).toEqual(["10.0.0.2", "10.0.0.2"]);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "ok" }]);
		const unasked = open().response(VALUE);
		expect(unasked.records[0]).not.toHaveProperty("matched");
		expect(unasked.operations).toEqual([]);
	});

	it("gives up the oldest of too many that wait", () => {
		const harness = open();
		for (let sid = 0; sid < 40; sid++) harness.request(command("0101 82 0064 00 0001", sid.toString(16).padStart(2, "0")));
		expect(harness.counts).toEqual({ "fins commands waiting": 8 });
	});
});

describe("memory", () => {
	it.each<[string, string, string, string[], number[]]>([
		["CIO word", "b0 000a 00 0001", "1234", ["cio:10"], [0x1234]],
		["work word", "b1 000a 00 0001", "0001", ["work:10"], [1]],
		["holding word", "b2 000a 00 0001", "0001", ["holding:10"], [1]],
		["auxiliary word", "b3 000a 00 0001", "0001", ["auxiliary:10"], [1]],
		["CIO bits", "30 000a 0f 0002", "01 00", ["cio-bit:175", "cio-bit:176"], [1, 0]],
		["work bit with forced status", "71 0001 00 0001", "03", ["work-bit:16"], [1]],
		["holding word with forced status", "f2 0001 00 0001", "0005 0001", ["holding:1"], [5]],
		["DM bit", "02 0064 03 0001", "01", ["dm-bit:1603"], [1]],
		["EM of the current bank", "98 0001 00 0001", "0009", ["em:1"], [9]],
		["EM bank C", "ac 0001 00 0001", "0009", ["em12:1"], [9]],
		["EM bank 3 of the CV series", "93 0001 00 0001", "0009", ["em3:1"], [9]],
		["timer", "89 0005 00 0001", "0100", ["timer:5"], [256]],
		["counter", "89 8005 00 0001", "0100", ["counter:5"], [256]],
		["counter's flag", "09 8005 00 0001", "01", ["counter-flag:5"], [1]],
		["counter of the CV series", "81 0802 00 0001", "0001", ["counter:2"], [1]],
		["CIO of the CV series", "80 0b00 00 0001", "0001", ["cv-io:2816"], [1]],
		["task flag", "06 0001 00 0001", "01", ["task-flag:1"], [1]],
		["index register", "dc 0001 00 0001", "0001e240", ["index-register:1"], [123_456]],
		["an area that nobody knows", "77 0001 00 0001", "01020304", ["area-77:1"], []],
	])("reads a %s", (_, range, data, points, values) => {
		const harness = exchange(`0101 ${range}`, `0101 0000 ${data}`);
		expect(harness.records[1]).toMatchObject({ kind: "response" });
		expect(harness.operations).toMatchObject([{ verb: "read", points, values }]);
	});

	it("reads writes, fills and transfers", () => {
		expect(exchange("0102 31 0001 04 0002 0100", "0102 0000").operations).toMatchObject([
			{ verb: "write", points: ["work-bit:20", "work-bit:21"], values: [1, 0] },
		]);
		expect(exchange("0103 82 0001 00 0003 0007", "0103 0000").operations).toMatchObject([
			{ verb: "write", code: 0x0103, points: ["dm:1", "dm:2", "dm:3"], values: [7, 7, 7] },
		]);
		const filled = exchange("0103 82 0000 00 ffff 0007", "0103 0000");
		expect(filled.operations[0]!.values).toHaveLength(2048);
		expect(filled.records[0]).toMatchObject({ values: [7] });
		expect(exchange("0105 82 0001 00 b1 0010 00 0002", "0105 0000").operations).toMatchObject([
			{ verb: "write", code: 0x0105, points: ["work:16", "work:17"], values: [] },
		]);
	});

	it("reads what a multiple read names, each with its own area", () => {
		const harness = exchange("0104 82 0001 00 30 0002 03", "0104 0000 82 0009 30 01");
		expect(harness.operations).toMatchObject([{ verb: "read", points: ["dm:1", "cio-bit:35"], values: [9, 1] }]);
		expect(exchange("0104 77 0001 00", "0104 0000 77 01").operations).toMatchObject([{ points: ["area-77:1"], values: [] }]);
		expect(exchange("0104 82 0001 00", "0104 0000 b0 0009").records[1]).toMatchObject({ kind: "malformed", violation: "parameters" });
	});

	it("reads bits that are held at a value, and let go", () => {
		const harness = exchange("2301 0002 0001 30 0001 04 0000 31 0002 00", "2301 0000");
		expect(harness.operations).toMatchObject([{ verb: "write", points: ["cio-bit:20", "work-bit:32"], values: [1, 0] }]);
		expect(harness.records[0]).toMatchObject({ items: [{ force: "force-set", address: 1, bit: 4 }, { force: "force-reset" }] });
		expect(harness.facts).toMatchObject([
			{ record: { id: "values-forced" }, operation: { points: ["cio-bit:20", "work-bit:32"], pointCount: 2 } },
		]);
		expect(harness.facts[0]!.sentence).toBe(
			"{client} asked {server} to hold 2 bits at a value (FINS, command 23 01); a plant's own traffic never does.",
		);
		const released = exchange("2301 0001 ffff 30 0001 04", "2301 0000");
		expect(released.operations).toMatchObject([{ verb: "command", points: ["cio-bit:20"], values: [] }]);
		expect(released.facts).toEqual([]);
		expect(exchange("2302", "2302 0000").facts).toEqual([]);
	});
});

describe("who a controller is", () => {
	it("reads the controller's data", () => {
		const harness = open().request(IDENTIFY).response(IDENTITY);
		expect(harness.records[1]).toMatchObject({ kind: "response", model: "CJ2M-CPU33", version: "02.01", internalVersion: "02.10" });
		expect(harness.identities).toEqual([
			{
				vendor: "OMRON",
				model: "CJ2M-CPU33",
				firmware: "02.01",
				statements: new Map([
					["model", "CJ2M-CPU33"],
					["version", "02.01"],
					["internal version", "02.10"],
				]),
				evidence: "FINS controller data",
			},
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", outcome: "ok" }]);
		// The second block has no model in it.
		expect(exchange("0501 01", `0501 0000 ${"01".repeat(67)}`).identities).toEqual([]);
		expect(exchange("0501 00", "0501 0000 41").records[1]).toMatchObject({ kind: "malformed" });
	});

	it("reads the units of its rack", () => {
		const unit = (address: string, model: string) => `${address} ${fileName(model)} ${"00".repeat(8)}`;
		const harness = exchange("0502 00", `0502 0000 82 ${unit("00", "CJ2M-CPU33")} ${unit("10", "CJ1W-ETN21")}`);
		expect(harness.records[1]).toMatchObject({
			isLast: true,
			units: [
				{ unit: 0, model: "CJ2M-CPU33" },
				{ unit: 16, model: "CJ1W-ETN21" },
			],
		});
		expect(exchange("0502 00", "0502 0000 82").records[1]).toMatchObject({ kind: "malformed" });
	});

	it("reads its status, cycle times, clock, logs, name and files", () => {
		const status = exchange("0601", `0601 0000 01 02 0040 0010 0000 80e9 ${fileName("BATTERY LOW")} 00000000`);
		expect(status.records[1]).toMatchObject({
			status: "running",
			mode: "MONITOR",
			fatalErrors: 0x40,
			nonFatalErrors: 0x10,
			errorMessage: "BATTERY LOW",
		});
		expect(exchange("0620 01", "0620 0000 0000000f 00000020 00000005").records[1]).toMatchObject({
			averageCycleMs: 1.5,
			maximumCycleMs: 3.2,
			minimumCycleMs: 0.5,
		});
		expect(exchange("0701", "0701 0000 26112813305906").records[1]).toMatchObject({ clock: "2026-11-28T13:30:59" });
		expect(exchange("2102 0001 0002", "2102 0000 0014 0005 0000").records[1]).toMatchObject({ first: 1, count: 2, entries: 0 });
		expect(exchange("2603", "2603 0000 4d495845520000").records[1]).toMatchObject({ name: "MIXER" });
		const entry = `${fileName("AUTOEXEC.OBJ")} 5b7c4e20 00001000`;
		expect(exchange("2201 0000 0000 0002", `2201 0000 ${"00".repeat(24)} 8001 ${entry}`).records[1]).toMatchObject({
			files: ["AUTOEXEC.OBJ"],
		});
		expect(exchange("0c01 ffff", "0c01 3001 00 05 00").records[1]).toMatchObject({ kind: "error", holder: "0.5.0" });
		expect(exchange("0920 0001", "0920 0000").operations).toMatchObject([{ verb: "diagnose" }]);
		expect(exchange("0920 4001", "0920 0000").operations).toMatchObject([{ verb: "command" }]);
	});

	it("reads parts of programs, parameters and files that are given out", () => {
		expect(exchange("0306 0000 00000000 0004", "0306 0000 0000 00000000 8004 01020304").records[1]).toMatchObject({
			program: 0,
			count: 4,
			octets: 4,
			isLast: true,
		});
		expect(exchange("0201 8010 0000 0001", "0201 0000 8010 0000 8001 0102").records[1]).toMatchObject({
			parameterArea: "PC setup",
			octets: 2,
		});
		expect(
			exchange(`2202 0000 ${fileName("LOG.CSV")} 00000000 0004`, "2202 0000 00000004 00000000 0004 01020304").records[1],
		).toMatchObject({
			octets: 4,
			files: ["LOG.CSV"],
		});
	});
});

describe("what an engineer does", () => {
	it.each<[string, string, string, string]>([
		["0401", "controller-start", "command", "run, in MONITOR mode"],
		["0401 ffff 04", "controller-start", "command", "run, in RUN mode"],
		["0401 ffff 01", "controller-mode", "command", "change to DEBUG mode"],
		["0402 ffff", "controller-stop", "command", "stop, as PROGRAM mode does"],
		["0403", "controller-restart", "command", "reset itself"],
		["0c01 ffff", "controller-reserved", "authenticate", "give it the right of access, which no other client then has"],
		["0c02 ffff", "controller-reserved", "authenticate", "give it the right of access, and to take it from who has it"],
		["0306 0000 00000000 0080", "program-upload", "program", "give out program 0"],
		["0307 0001 00000000 8002 0102", "program-download", "program", "take program 1"],
		["0308 ffff 00", "program-delete", "program", "clear its program memory"],
		["0304 ffff 00 00000000 ffffffff 50415353", "credential-change", "configure", "protect its program with a password"],
		["0305 ffff 00 00000000 ffffffff 50415353", "credential-change", "configure", "take the protection from its program"],
		["0202 8010 0000 8001 0102", "controller-memory-write", "configure", "take other settings (PC setup)"],
		["0203 8012 0000 0001 0000", "controller-memory-write", "configure", "clear its settings (I/O table)"],
		["0221 0000 534e 0000", "controller-memory-write", "configure", "take another data link table"],
		["2601 4d49584552", "device-address", "configure", "take another name"],
		["2602", "device-address", "configure", "forget its name"],
		["2750 0000", "device-address", "configure", "take another table of addresses"],
		["2757 c0a80a05 ffffff00", "device-address", "configure", "take the address 192.168.10.5"],
		[
			`220c 0001 ffff 00000000 ffffffff 0000 ${fileName("AUTOEXEC.OBJ")}`,
			"program-download",
			"program",
			"take its program from the file AUTOEXEC.OBJ",
		],
		[
			`220c 0000 ffff 00000000 ffffffff 0000 ${fileName("COPY.OBJ")}`,
			"program-upload",
			"program",
			"put its program into the file COPY.OBJ",
		],
		[
			`220b 0001 8010 0000 0010 0000 ${fileName("AUTOEXEC.STD")}`,
			"controller-memory-write",
			"configure",
			"take other settings (PC setup) from the file AUTOEXEC.STD",
		],
		[`2202 0000 ${fileName("AUTOEXEC.OBJ")} 00000000 0100`, "program-upload", "program", "give out the file AUTOEXEC.OBJ"],
		[`2203 0000 0001 ${fileName("AUTOEXEC.OBJ")} 00000000 0002 0102`, "program-download", "program", "take the file AUTOEXEC.OBJ"],
		[`2205 0000 0001 ${fileName("AUTOEXEC.OBJ")}`, "program-delete", "program", "delete the file AUTOEXEC.OBJ"],
		["2204 0000", "program-delete", "configure", "format its file memory"],
		["2103", "fins-log-cleared", "command", "clear its log of errors"],
		["2141", "fins-log-cleared", "command", "clear its log of who wrote to it"],
	])("%s is %s", (text, id, verb, words) => {
		const harness = asked(text);
		expect(harness.records[0]).toMatchObject({ kind: "request" });
		expect(harness.facts.map(({ record }) => record.id)).toEqual([id]);
		const code = `${text.slice(0, 2)} ${text.slice(2, 4)}`.toUpperCase();
		expect(harness.facts[0]!.sentence).toBe(
			`{client} asked {server} to ${words} (FINS, command ${code}); a plant's own traffic never does.`,
		);
		expect(harness.facts[0]!.operation).toMatchObject({ verb, code: Number.parseInt(text.slice(0, 4), 16), outcome: "requested" });
		harness.response(answer(`${text.slice(0, 4)} 0000`));
		expect(harness.operations).toMatchObject([{ verb, outcome: "ok" }]);
		// Sent again, it is the same one.
		const twice = asked(text).request(command(text));
		expect(twice.facts).toHaveLength(1);
	});

	it.each([
		"0101 82 0001 00 0001",
		"0102 82 0001 00 0001 0005",
		"0201 8010 0000 0001",
		"0702 261128133000",
		"0c03 ffff",
		"2101 fffe",
		"2140 0000 0001",
		`2202 0000 ${fileName("LOG.CSV")} 00000000 0100`,
		`2203 0000 0001 ${fileName("LOG.CSV")} 00000000 0002 0102`,
		`2205 0000 0001 ${fileName("LOG.CSV")}`,
		`2207 0000 ${fileName("A.CSV")} 0000 ${fileName("B.CSV")}`,
		`2208 0000 ${fileName("A.CSV")} ${fileName("B.CSV")}`,
		`2209 0000 ${fileName("A.CSV")}`,
		`220a 0001 82 0001 00 0002 0000 ${fileName("DATA.IOM")}`,
		`220b 0000 8010 0000 0010 0000 ${fileName("AUTOEXEC.STD")}`,
		`220c 0002 ffff 00000000 ffffffff 0000 ${fileName("AUTOEXEC.OBJ")}`,
		"2215 0000 0000",
	])("%s is what a station may do", (text) => {
		const harness = asked(text);
		expect(harness.records[0]).toMatchObject({ kind: "request" });
		expect(harness.facts).toEqual([]);
	});

	it("names the first use of a clock", () => {
		expect(fins.firstUse!(0x0702, "configure")).toMatchObject({ id: "clock-set" });
		expect(fins.firstUse!(0x0102, "write")).toBeUndefined();
		expect(asked("0702 261128133000").records[0]).toMatchObject({ clock: "2026-11-28T13:30:00" });
	});

	it("says which verb a transfer between file and memory has", () => {
		const verb = (text: string) => exchange(text, `${text.slice(0, 4)} 0000`).operations[0]!.verb;
		const memory = (parameter: string) => `220a ${parameter} 82 0001 00 0002 0000 ${fileName("DATA.IOM")}`;
		expect([verb(memory("0000")), verb(memory("0001"))]).toEqual(["read", "write"]);
		expect(verb(`220b 0000 8010 0000 0010 0000 ${fileName("A.STD")}`)).toBe("read");
		expect(verb(`220c 0002 ffff 00000000 ffffffff 0000 ${fileName("A.OBJ")}`)).toBe("diagnose");
	});

	it("says which unit was meant, where there are several", () => {
		const harness = open().request(hex("80 00 02 02 03 00 00 0a 00 01 0402"));
		expect(harness.facts).toMatchObject([{ key: String(0x020300), operation: { unit: 0x020300 } }]);
		expect(harness.facts[0]!.sentence).toContain("unit 131840 of {server}");
	});
});

describe("broken frames", () => {
	it.each([
		"0101 82 0001 00",
		"0101 82 0001 00 0001 00",
		"0102 82 0001 00 0002 0005",
		"0103 82 0001 00 0002 00",
		"0104 82 0001 00 82",
		"0105 82 0001 00 82 0002 00",
		"0202 8010 0000 0002 0102",
		"0307 0001 00000000 8004 0102",
		"0401 ff",
		"0402 ffff 00",
		"0501 00 00",
		"0702 2611281330000600",
		"2102 0001 0002 00",
		"2301 0002 0001 30 0001 04",
		`2203 0000 0001 ${fileName("A.CSV")} 00000000 0004 0102`,
		`2205 0000 0002 ${fileName("A.CSV")}`,
	])("%s does not fit its command", (text) => {
		const harness = asked(text);
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violation: "parameters" });
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["fins-malformed"]);
	});

	it("says which answer does not fit what was asked", () => {
		const harness = exchange("0101 82 0064 00 0002", "0101 0000 0007");
		expect(harness.records[1]).toMatchObject({ kind: "malformed", violation: "parameters" });
		expect(harness.facts[0]).toMatchObject({ record: { id: "fins-malformed" }, byServer: true, frames: [1, 2] });
		expect(harness.facts[0]!.sentence).toBe(
			"A message (answer to memory area read) of {server} to {client} breaks FINS: what it says does not fit its command.",
		);
	});

	it("names a command that it does not know", () => {
		const harness = exchange("9999 01", "9999 0401");
		expect(harness.records[0]).toMatchObject({ kind: "request", command: "unknown command" });
		expect(harness.operations).toMatchObject([{ verb: "other", code: 0x9999, outcome: "refused", outcomeCode: 0x0401 }]);
		expect(fins.operationName(0x9999)).toBe("unknown command (command 99 99)");
	});
});

describe("FINS/TCP", () => {
	it("reads the exchange of node addresses and what follows", () => {
		const harness = openTcp().request(HELLO).response(WELCOME).request(framed(READ)).response(framed(VALUE));
		expect(harness.records).toMatchObject([
			{ kind: "connection", tcpCommand: "client node address", clientNode: 0, sender: "client" },
			{ kind: "connection", tcpCommand: "server node address", clientNode: 10, serverNode: 1, sender: "server" },
			{ kind: "request", tcpCommand: "frame", command: "memory area read" },
			{ kind: "response", matched: true, values: [7, 500] },
		]);
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "ok" }]);
	});

	it("pairs a client that calls itself node 0, and is answered by the number that it was given", () => {
		const harness = openTcp()
			.request(framed(hex("80 00 02 00 01 00 00 00 ef 05 0601")))
			.response(framed(hex("c0 00 02 00 fb ef 00 01 00 05 0601 0000 01 04")));
		expect(harness.records[1]).toMatchObject({ matched: true, status: "running" });
	});

	it("reads refusals, notifications and confirmations", () => {
		const harness = openTcp()
			.request(HELLO)
			.response(message(1, "", 0x25))
			.response(message(3, "", 3))
			.request(message(6, ""));
		expect(harness.records).toMatchObject([
			{ kind: "connection" },
			{ kind: "connection", tcpErrorCode: 0x25, tcpError: "no node address is left to be given" },
			{ kind: "connection", tcpCommand: "error notification", tcpError: "the command is not supported", sender: "server" },
			{ kind: "connection", tcpCommand: "connection confirmation", sender: "client" },
		]);
		expect(harness.facts).toEqual([]);
	});

	it.each<[string, Uint8Array]>([
		["length", message(0, "")],
		["length", message(1, "00000001")],
		["header", message(2, "80 00 02")],
		["tcp-command", message(9, "")],
		["length", hex("46494e53 00000001 00000002 00000000")],
		["magic", hex("00112233445566778899aabbccddeeff0011")],
	])("says %s", (violation, bytes) => {
		const harness = openTcp().request(bytes).request(framed(READ)).response(framed(VALUE));
		expect(harness.records).toMatchObject([{ kind: "malformed", violation }, { kind: "request" }, { kind: "response", matched: true }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["fins-malformed"]);
	});

	it("goes on with a sound message where the rest of one never came", () => {
		const harness = openTcp()
			.request(framed(READ).subarray(0, 20), { time: 10 * SECOND })
			.request(framed(READ), { time: 20 * SECOND });
		expect(harness.records).toMatchObject([{ kind: "malformed", violation: "unfinished", length: 20 }, { kind: "request" }]);
	});

	it("forgets what waits when bytes are lost", () => {
		const harness = openTcp()
			.request(framed(READ))
			.gap(TO_CLIENT)
			.response(framed(VALUE))
			.advance(100_000 * SECOND);
		expect(harness.records.map(({ kind, matched }) => [kind, matched])).toEqual([
			["request", undefined],
			["response", undefined],
		]);
	});
});

describe("probing", () => {
	it("takes frames of FINS in datagrams, and no others", () => {
		expect(probe(READ)).toBe(PROBE.match);
		expect(probe(VALUE)).toBe(PROBE.match);
		expect(probe(command("9999"))).toBe(PROBE.more);
		expect(probe(command("0101"))).toBe(PROBE.more);
		for (const bytes of [
			READ.subarray(0, 11),
			answer("0101").subarray(0, 13),
			hex("00 00 02 00 01 00 00 0a 00 01 0601"),
			hex("90 00 02 00 01 00 00 0a 00 01 0601"),
			hex("80 01 02 00 01 00 00 0a 00 01 0601"),
			hex("80 00 08 00 01 00 00 0a 00 01 0601"),
			hex("80 00 02 80 01 00 00 0a 00 01 0601"),
			hex("80 00 02 00 01 00 80 0a 00 01 0601"),
		])
			expect(probe(bytes)).toBe(PROBE.mismatch);
	});

	it("is certain of FINS/TCP", () => {
		expect(probeTcp(HELLO, false)).toBe(PROBE.certain);
		expect(probeTcp(framed(READ), false)).toBe(PROBE.certain);
		for (let size = 0; size < 12; size++) expect(probeTcp(HELLO.subarray(0, size))).toBe(PROBE.more);
		expect(probeTcp(message(9, ""), true)).toBe(PROBE.match);
		expect(probeTcp(message(9, ""), false)).toBe(PROBE.mismatch);
		const broken = hex("46494e53 ffffffff 00000002 00000000");
		expect(probeTcp(broken, true)).toBe(PROBE.match);
		expect(probeTcp(broken)).toBe(PROBE.mismatch);
		expect(probeTcp(hex("46494e54"))).toBe(PROBE.mismatch);
	});

	it("tells who sent what", () => {
		const sender = (bytes: Uint8Array) => fins.tcp!.sender!(bytes, 0, bytes.length);
		expect([HELLO, WELCOME, framed(READ), framed(VALUE), message(6, ""), HELLO.subarray(0, 8)].map(sender)).toEqual([
			"client",
			"server",
			"client",
			"server",
			undefined,
			undefined,
		]);
		expect([READ, VALUE, READ.subarray(0, 5)].map((bytes) => fins.udp!.sender!(bytes, 0, bytes.length))).toEqual([
			"client",
			"server",
			undefined,
		]);
	});
});

describe("points", () => {
	it.each<[string, string, string | undefined]>([
		["D100", "", "dm:100"],
		["dm100", "", "dm:100"],
		["CIO10.05", "", "cio-bit:165"],
		["W3", "", "work:3"],
		["H3.15", "", "holding-bit:63"],
		["A448", "", "auxiliary:448"],
		["E3_7", "", "em3:7"],
		["EC_7.01", "", "em12-bit:113"],
		["E7", "", "em:7"],
		["T5", "", "timer:5"],
		["C5", "", "counter:5"],
		["100", "dm", "dm:100"],
		["10.05", "cio", "cio-bit:165"],
		["dm:100", "", "dm:100"],
		["cio-bit:165", "", "cio-bit:165"],
		["D65536", "", undefined],
		["D1.16", "", undefined],
		["T5.01", "", undefined],
		["D3_7", "", undefined],
		["holding-register:1", "", undefined],
		["100", "", undefined],
	])("%s of %s", (text, table, expected) => {
		expect(fins.parsePoint!(text, table)).toBe(expected);
	});

	it("has words for people", () => {
		expect(fins.pointName("dm:100")).toBe("D100");
		expect(fins.pointName("cio-bit:165")).toBe("CIO10.05");
		expect(fins.pointName("em12:7")).toBe("EC_7");
		expect(fins.pointName("timer-flag:7")).toBe("T flag 7");
		expect(fins.pointName("condition-flag:17")).toBe("CF1.01");
		expect(fins.pointName("area-77:1")).toBe("area-77:1");
		expect(fins.operationName(0x0101)).toBe("memory area read (command 01 01)");
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Sample["direction"] = TO_SERVER): Sample => ({ name, bytes, direction });

datagramSuite(fins, [
	[sample("a read", READ), sample("its answer", VALUE, TO_CLIENT), sample("a write", WRITE), sample("its answer", WRITTEN, TO_CLIENT)],
	[sample("a question who it is", IDENTIFY), sample("the answer", IDENTITY, TO_CLIENT)],
	[
		sample("a multiple read", command("0104 82 0001 00 30 0002 03")),
		sample("its answer", answer("0104 0000 82 0009 30 01"), TO_CLIENT),
		sample("bits that are held", command("2301 0001 0001 30 0001 04")),
		sample("a refusal", answer("2301 2202"), TO_CLIENT),
	],
	[
		sample("a file", command(`2203 0000 0001 ${fileName("AUTOEXEC.OBJ")} 00000000 0002 0102`)),
		sample("its answer", answer("2203 0000"), TO_CLIENT),
	],
]);

streamSuite(fins, [
	[
		sample("a client's node", HELLO),
		sample("the server's node", WELCOME, TO_CLIENT),
		sample("a read", framed(READ)),
		sample("its answer", framed(VALUE), TO_CLIENT),
		sample("a read of a bit", framed(READ_BIT)),
		sample("its answer", framed(BIT), TO_CLIENT),
		sample("a write", framed(WRITE)),
		sample("its answer", framed(WRITTEN), TO_CLIENT),
	],
	[
		sample("a question who it is", framed(IDENTIFY)),
		sample("the answer", framed(IDENTITY), TO_CLIENT),
		sample("a stop", framed(command("0402 ffff"))),
		sample("its answer", framed(answer("0402 0000")), TO_CLIENT),
		sample("a notification", message(3, "", 2), TO_CLIENT),
	],
]);

it("reads two messages of one segment", () => {
	expect(openTcp().request(join(HELLO, framed(READ))).records).toHaveLength(2);
});
