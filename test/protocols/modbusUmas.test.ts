/** UMAS (function 90) from bytes to records, operations and facts. */
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { adu } from "./modbusSamples.ts";

const T0 = 1_000_000_000;

/** One request and its answer. */
const exchange = (request: string, response: string) =>
	new StreamHarness(modbus, { time: T0 }).request(adu(1, 0, request), { time: T0 }).response(adu(1, 0, response), { time: T0 + 4000 });

const ID = `5a 00 fe
	0c30           # range
	07020000       # hardware id
	0100           # model
	7002 0000      # version 2.70, patch
	0200 0100      # internal version, hardware version
	00000000 0000  # crash code, unknown
	0c 424d582050333420323032 30 # BMX P34 2020
	01 01010000 00000100`;

/** Two variables of a project whose checksum is given: a word at 0x12345 of block 0x2b, a byte at 7 of block 0x2c. */
const READ = "5a 00 22 44332211 02 02 2b00 01 2301 45 01 2c00 01 0000 07";
const WRITE = "5a 21 23 44332211 02 02 2b00 4523 0100 3930 03 2d00 0800 0000 0000803f";

describe("records", () => {
	it("has key, function and status, and answers that take the function from their request", () => {
		const { records } = exchange("5a 00 02", ID);
		expect(records[0]).toMatchObject({
			kind: "request",
			functionCode: 90,
			function: "PROGRAM_UNITY",
			category: "reserved",
			pairingKey: 0,
			umasFunction: 2,
			umasFunctionName: "READ_ID",
			data: "0002",
		});
		expect(records[1]).toMatchObject({
			kind: "response",
			matched: true,
			latencyMs: 4,
			umasFunction: 2,
			umasFunctionName: "READ_ID",
			umasStatus: "ok",
			range: 0x300c,
			hardwareId: 0x207,
			modelId: 1,
			model: "BMX P34 2020",
			firmware: "2.70",
		});
	});

	it.each([
		["5a 00 01 00", "5a 00 fe fe03 0103 00000000 00000000 04 504c4331", {}, { maxFrameSize: 1022, firmware: "3.01", hostName: "PLC1" }],
		["5a 00 04", "5a 00 fe 00 0000 02 01000000 44332211 ff", {}, { blocks: [1, 0x11223344] }],
		["5a 00 10 3b0e0000 07 454e47494e3031", "5a 00 fe 21", { owner: "ENGIN01" }, { newPairingKey: 0x21 }],
		[
			"5a 00 20 01 1400 6400 0000 0200",
			"5a 00 fe 01 0200 beef",
			{ block: 20, offset: 100, byteCount: 2 },
			{ byteCount: 2, data: "00fe010200beef" },
		],
		["5a 21 21 01 1400 6400 0000 0200 beef", "5a 21 fe", { block: 20, offset: 100, byteCount: 2, pairingKey: 0x21 }, {}],
		["5a 00 24 01 00 03 00 00000000 0200", "5a 00 fe", { table: "holding" }, {}],
		["5a 00 28 00000807 ec03", "5a 00 fe 00", { physicalAddress: 0x07080000, byteCount: 1004 }, {}],
		["5a 21 31 0001 0500 0400 deadbeef", "5a 21 fe", { block: 5, byteCount: 4 }, {}],
		["5a 00 7f", "5a 00 fd 01 80", { umasFunctionName: "unknown-127" }, { umasStatus: "error", data: "00fd0180" }],
	])("%s answered by %s", (request, response, asked, answered) => {
		const { records } = exchange(request, response);
		expect(records[0]).toMatchObject(asked);
		expect(records[1]).toMatchObject(answered);
	});

	it("lists variables with their values", () => {
		const read = exchange(READ, "5a 00 fe 3930 7f");
		expect(read.records[0]).toMatchObject({ projectChecksum: 0x11223344 });
		expect(read.records[1]!.variables).toEqual([
			{ block: 0x2b, offset: 0x12345, bytes: 2, count: 1, value: 12345 },
			{ block: 0x2c, offset: 7, bytes: 1, count: 1, value: 127 },
		]);
		expect(exchange(WRITE, "5a 21 fe").records[0]!.variables).toEqual([
			{ block: 0x2b, offset: 0x12345, bytes: 2, count: 1, value: 12345 },
			{ block: 0x2d, offset: 8, bytes: 4, count: 1, value: 0x3f800000 },
		]);
		// Fewer bytes than were asked for: whose they are cannot be told.
		expect(exchange(READ, "5a 00 fe 3930").records[1]!.variables).toEqual([
			{ block: 0x2b, offset: 0x12345, bytes: 2, count: 1 },
			{ block: 0x2c, offset: 7, bytes: 1, count: 1 },
		]);
	});

	it("says what it can of an answer whose request was not seen, and of what is cut short", () => {
		const harness = new StreamHarness(modbus)
			.response(adu(1, 0, "5a 00 fe 01"))
			.request(adu(2, 0, "5a 00"))
			.request(adu(3, 0, "5a"));
		expect(harness.records).toMatchObject([
			{ kind: "unsolicited", pairingKey: 0, umasStatus: "ok", data: "00fe01" },
			{ kind: "request", data: "00" },
			{ kind: "request", data: "" },
		]);
		expect(harness.records[0]).not.toHaveProperty("umasFunction");
	});

	it("names the function of a request that nobody answers", () => {
		const harness = new StreamHarness(modbus, { time: T0 }).request(adu(1, 0, READ)).advance(T0 + 3_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", umasFunctionName: "READ_VARIABLES" });
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered", points: ["umas:43:74565", "umas:44:7"] }]);
	});
});

describe("operations", () => {
	it.each([
		["5a 00 02", ID, "identify", [], []],
		["5a 00 10 00000000 00", "5a 00 fe 21", "authenticate", [], []],
		["5a 21 12", "5a 21 fe", "diagnose", [], []],
		[READ, "5a 00 fe 3930 7f", "read", ["umas:43:74565", "umas:44:7"], [12345, 127]],
		[WRITE, "5a 21 fe", "write", ["umas:43:74565", "umas:45:8"], [12345, 0x3f800000]],
		["5a 21 30 0001", "5a 21 fe", "program", [], []],
		["5a 21 33 0001", "5a 21 fe", "read", [], []],
		["5a 21 40 ff00", "5a 21 fe", "command", [], []],
		["5a 00 50 15 00 01 07", "5a 00 fe", "read", [], []],
		["5a 00 99", "5a 00 fe", "other", [], []],
	])("%s", (request, response, verb, points, values) => {
		const { operations } = exchange(request, response);
		expect(operations).toMatchObject([{ verb, code: 0x5a00 + hex(request)[2]!, unit: 0, outcome: "ok", latency: 4000, points, values }]);
	});

	it("says a refusal of the PLC's own", () => {
		const { operations } = exchange("5a 21 41 ff00", "5a 21 fd 01 80");
		expect(operations).toMatchObject([{ verb: "command", outcome: "refused", outcomeCode: 0xfd }]);
		expect(modbus.outcomeName(0xfd)).toBe("error (UMAS)");
		expect(exchange("5a 21 41 ff00", "da 01").operations).toMatchObject([{ verb: "command", outcome: "refused", outcomeCode: 1 }]);
	});

	it("has words", () => {
		expect(modbus.operationName(0x5a41)).toBe("stop the PLC (UMAS function 65)");
		expect(modbus.operationName(0x5a99)).toBe("unknown function (UMAS function 153)");
		expect(modbus.pointName("umas:43:8")).toBe("variable at 8 of block 43");
	});

	it("says who the PLC is", () => {
		expect(exchange("5a 00 02", ID).identities).toMatchObject([
			{ vendor: "Schneider Electric", model: "BMX P34 2020", firmware: "2.70", evidence: "UMAS identification" },
		]);
		expect(exchange("5a 00 02", "5a 00 fd 01 80").identities).toEqual([]);
	});

	it("learns the names of variables from the data dictionary", () => {
		const harness = exchange(
			"5a 00 26 02dd 00 07020000 ffff 0000 0000",
			`5a 00 fe 00 0000 0000 0200
			0400 2b00 45230100 00 00 50756d70537065656400  # PumpSpeed
			0100 2c00 07000000 00 00 56616c766500          # Valve`,
		);
		expect(harness.labels).toEqual({ "umas:43:74565": "PumpSpeed", "umas:44:7": "Valve" });
		expect(harness.records[1]!.names).toEqual([
			{ type: 4, block: 43, offset: 74565, name: "PumpSpeed" },
			{ type: 1, block: 44, offset: 7, name: "Valve" },
		]);
	});
});

describe("facts", () => {
	it.each([
		["41 ff00", "controller-stop", "asked unit 0 of {server} to stop (UMAS, function 65)"],
		["40 ff00", "controller-start", "to start"],
		["42", "controller-restart", "to initialise itself"],
		["43", "controller-mode", "to swap with its twin"],
		["60", "program-halt", "to halt its program"],
		["30 0001", "program-download", "to take a new program"],
		["31 0001 0100 0000", "program-download", "to take a part of a program"],
		["32 0001", "program-download", "to take over a new program"],
		["33 0001", "program-upload", "to give out its program"],
		["34 0001 0100", "program-upload", "to give out a part"],
		["35 0001", "program-upload", "to end giving out"],
		["10 00000000 00", "controller-reserved", "to be reserved for changes"],
		["21 01 1400 6400 0000 0000", "controller-memory-write", "to change a block of its memory"],
		["29 00000807 0000", "controller-memory-write", "to change its physical memory"],
	])("5a 21 %s", (rest, id, words) => {
		const { facts } = exchange(`5a 21 ${rest}`, "5a 21 fe");
		expect(facts).toMatchObject([{ record: { id }, frames: [1], key: "0", operation: { outcome: "requested", unit: 0 } }]);
		expect(facts[0]!.sentence).toContain(words);
	});

	it("count as work that a permit to program covers, where they are begun or the program is only read", () => {
		for (const request of ["10 00000000 00", "33 0001", "34 0001 0100", "30 0001"])
			expect(exchange(`5a 21 ${request}`, "5a 21 fe").facts).toMatchObject([{ operation: { verb: "program" } }]);
	});

	it("says nothing of an HMI that identifies, reads, writes variables and keeps alive", () => {
		const harness = new StreamHarness(modbus);
		for (const [index, [request, response]] of (
			[
				["5a 00 01 00", "5a 00 fe fe03 0103 00000000 00000000 00"],
				["5a 00 02", ID],
				["5a 00 03 00", "5a 00 fe 00"],
				["5a 00 04", "5a 00 fe 00 0000 00"],
				["5a 00 0a 00 01", "5a 00 fe 00 01"],
				["5a 00 20 01 1400 6400 0000 0200", "5a 00 fe 01 0200 beef"],
				[READ, "5a 00 fe 3930 7f"],
				[WRITE, "5a 00 fe"],
				["5a 00 12", "5a 00 fe"],
				["5a 00 50 15 00 01 07", "5a 00 fe 01"],
				["5a 00 58 00", "5a 00 fe"],
				["5a 00 73 00", "5a 00 fe"],
			] as const
		).entries()) {
			harness.request(adu(index, 0, request)).response(adu(index, 0, response));
		}
		expect(harness.records).toHaveLength(24);
		expect(harness.facts).toEqual([]);
	});
});

describe("frames longer than Modbus allows", () => {
	const block = (size: number) => adu(9, 0, `5a 21 31 0001 0100 ${"ab".repeat(size)}`);

	it("are read where they are of function 90", () => {
		const good = adu(2, 1, "03 0000 0001");
		const harness = new StreamHarness(modbus).request(join(block(1012), good, block(300), good));
		expect(harness.records.map(({ kind, functionCode }) => [kind, functionCode])).toEqual([
			["request", 90],
			["request", 3],
			["request", 90],
			["request", 3],
		]);
		expect(harness.records[0]!.data).toHaveLength(2 * (6 + 1012));
		expect(harness.facts.every(({ record }) => record.id === "program-download")).toBe(true);
	});

	it("are probed as such, and never where another function follows", () => {
		const probe = (bytes: Uint8Array, isHinted?: boolean) => modbus.tcp!.probe(bytes, 0, bytes.length, isHinted);
		expect(probe(block(1012))).toBe(PROBE.match);
		expect(probe(block(1012), true)).toBe(PROBE.match);
		expect(probe(block(1012), false)).toBe(PROBE.mismatch);
		expect(probe(block(2048))).toBe(PROBE.mismatch);
		expect(probe(adu(9, 0, `03 ${"00".repeat(300)}`))).toBe(PROBE.mismatch);
	});
});

streamSuite(modbus, [
	[
		{ name: "a long program block", bytes: adu(7, 0, `5a 21 31 0001 0100 ${"00".repeat(600)}`), direction: TO_SERVER },
		{ name: "its answer", bytes: adu(7, 0, "5a 21 fe"), direction: TO_CLIENT },
	],
	[
		{ name: "a request for variables", bytes: adu(8, 0, READ), direction: TO_SERVER },
		{ name: "their values", bytes: adu(8, 0, "5a 00 fe 3930 7f"), direction: TO_CLIENT },
	],
	[
		{ name: "a request for an identification", bytes: adu(9, 0, "5a 00 02"), direction: TO_SERVER },
		{ name: "the identification", bytes: adu(9, 0, ID), direction: TO_CLIENT },
	],
]);
