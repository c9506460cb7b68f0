/** Modbus/TCP from bytes to records, operations and facts. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { modbus } from "../../protocols/modbus/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { adu, CONVERSATIONS } from "./modbusSamples.ts";

const T0 = 1_000_000_000;
const open = () => new StreamHarness(modbus, { time: T0 });

/** The records of one request and its answer. */
function exchange(request: string, response: string, unit = 1) {
	return open()
		.request(adu(7, unit, request), { time: T0 })
		.response(adu(7, unit, response), { time: T0 + 2500 });
}
const asked = (request: string, response: string) => exchange(request, response).records[0]!;
const answered = (request: string, response: string) => exchange(request, response).records[1]!;

describe("records of each function", () => {
	it("read coils: the answer has its request's range, and as many values as were asked for", () => {
		const { records } = exchange("01 0013 0013", "01 03 cd6b05");
		expect(records[0]).toEqual({
			kind: "request",
			time: T0,
			frame: 1,
			framing: "tcp",
			transactionId: 7,
			unitId: 1,
			length: 6,
			functionCode: 1,
			function: "READ_COILS",
			table: "coil",
			address: 19,
			quantity: 19,
		});
		const bits = "1011001111010110101".split("").map((bit) => bit === "1");
		expect(records[1]).toEqual({
			kind: "response",
			time: T0 + 2500,
			frame: 2,
			framing: "tcp",
			transactionId: 7,
			unitId: 1,
			length: 6,
			functionCode: 1,
			function: "READ_COILS",
			table: "coil",
			address: 19,
			quantity: 19,
			values: bits,
			matched: true,
			requestFrame: 1,
			latencyMs: 2.5,
		});
	});

	it.each([
		["02 00c4 0009", "02 02 ac01", "READ_DISCRETE_INPUTS", 196, [false, false, true, true, false, true, false, true, true]],
		["03 006b 0003", "03 06 022b 0000 ffff", "READ_HOLDING_REGISTERS", 107, [555, 0, 65535]],
		["04 0008 0001", "04 02 000a", "READ_INPUT_REGISTERS", 8, [10]],
		["05 00ac ff00", "05 00ac ff00", "WRITE_SINGLE_COIL", 172, [true]],
		["05 00ac 0000", "05 00ac 0000", "WRITE_SINGLE_COIL", 172, [false]],
		["06 0001 0003", "06 0001 0003", "WRITE_SINGLE_REGISTER", 1, [3]],
	])("%s", (request, response, name, address, values) => {
		expect(answered(request, response)).toMatchObject({ kind: "response", function: name, address, quantity: values.length, values });
	});

	it("write multiple coils and registers", () => {
		expect(asked("0f 0013 000a 02 cd01", "0f 0013 000a")).toMatchObject({
			address: 19,
			quantity: 10,
			values: [true, false, true, true, false, false, true, true, true, false],
		});
		expect(answered("0f 0013 000a 02 cd01", "0f 0013 000a")).not.toHaveProperty("values");
		expect(asked("10 0001 0002 04 000a ffff", "10 0001 0002")).toMatchObject({ address: 1, quantity: 2, values: [10, 65535] });
		expect(answered("10 0001 0002 04 000a ffff", "10 0001 0002")).toMatchObject({ address: 1, quantity: 2, matched: true });
	});

	it("mask write, read and write, FIFO", () => {
		expect(answered("16 0004 00f2 0025", "16 0004 00f2 0025")).toMatchObject({ address: 4, andMask: 0xf2, orMask: 0x25 });
		expect(answered("16 0004 00f2 0025", "16 0004 00f3 0026")).toMatchObject({ andMask: 0xf3, orMask: 0x26, violations: ["mismatch"] });
		const both = ["17 0003 0002 000e 0003 06 00ff 00fe 00fd", "17 04 00fe 0acd"] as const;
		expect(asked(...both)).toMatchObject({
			address: 3,
			quantity: 2,
			writeAddress: 14,
			writeQuantity: 3,
			writeValues: [255, 254, 253],
		});
		expect(answered(...both)).toMatchObject({ address: 3, quantity: 2, values: [254, 2765], writeAddress: 14, writeQuantity: 3 });
		expect(answered("18 04de", "18 0006 0002 01b8 1284")).toMatchObject({ address: 1246, quantity: 2, fifo: [440, 4740] });
	});

	it("serial diagnostics", () => {
		expect(answered("07", "07 6d")).toMatchObject({ function: "READ_EXCEPTION_STATUS", status: 0x6d });
		expect(answered("08 000b 0000", "08 000b 0102")).toMatchObject({
			subFunction: 11,
			subFunctionName: "Return Bus Message Count",
			data: "0102",
			count: 258,
		});
		expect(answered("07", "07 6d").outputs).toEqual([true, false, true, true, false, true, true, false]);
		expect(answered("0b", "0b ffff 0108")).toMatchObject({ status: 65535, busy: true, eventCount: 264 });
		expect(answered("0c", "0c 08 0000 0108 0121 2000")).toMatchObject({ status: 0, eventCount: 264, messageCount: 289, events: [32, 0] });
	});

	it.each([
		["08 0000 a537", "08 0000 a537", { subFunctionName: "Return Query Data", data: "a537" }],
		["08 0001 ff00", "08 0001 ff00", { subFunctionName: "Restart Communications Option", clearsEventLog: true }],
		["08 0001 0000", "08 0001 0000", { clearsEventLog: false }],
		["08 0002 0000", "08 0002 8001", { subFunctionName: "Return Diagnostic Register", diagnosticRegister: 0x8001 }],
		["08 0003 2c00", "08 0003 2c00", { subFunctionName: "Change ASCII Input Delimiter", delimiter: 0x2c }],
		["08 000a 0000", "08 000a 0000", { subFunctionName: "Clear Counters and Diagnostic Register" }],
		["08 000c 0000", "08 000c 0001", { subFunctionName: "Return Bus Communication Error Count", count: 1 }],
		["08 000d 0000", "08 000d 0002", { subFunctionName: "Return Bus Exception Error Count", count: 2 }],
		["08 000e 0000", "08 000e 0003", { subFunctionName: "Return Slave Message Count", count: 3 }],
		["08 000f 0000", "08 000f 0004", { subFunctionName: "Return Slave No Response Count", count: 4 }],
		["08 0010 0000", "08 0010 0005", { subFunctionName: "Return Slave NAK Count", count: 5 }],
		["08 0011 0000", "08 0011 0006", { subFunctionName: "Return Slave Busy Count", count: 6 }],
		["08 0012 0000", "08 0012 ffff", { subFunctionName: "Return Bus Character Overrun Count", count: 65535 }],
		["08 0014 0000", "08 0014 0000", { subFunctionName: "Clear Overrun Counter and Flag" }],
		["08 0013 0000", "08 0013 0000", { subFunctionName: "unknown-19", category: "reserved", violations: ["sub-function"] }],
	])("diagnostics %s", (request, response, fields) => {
		expect(answered(request, response)).toMatchObject(fields);
		expect(asked(request, response)).not.toHaveProperty("count");
	});

	it("says what a request of diagnostics asked for that nobody answered", () => {
		const harness = open()
			.request(adu(1, 1, "08 0001 ff00"))
			.advance(T0 + 3_000_000);
		expect(harness.records[1]).toMatchObject({ kind: "unanswered", data: "ff00", clearsEventLog: true });
	});

	it("reads the events of a communication log (6.10)", () => {
		// 8 bytes of events: received a broadcast in listen-only mode, with an overrun and a communication error; sent two kinds of exception; a write that
		// timed out in listen-only mode; entered listen-only mode; restarted; what the specification does not name.
		const { eventLog } = answered("0c", "0c 0c ffff 0001 0002 f2 80 43 70 04 00");
		expect(eventLog).toEqual([
			{ code: 0xf2, event: "receive", flags: ["communication error", "character overrun", "in listen-only mode", "broadcast received"] },
			{ code: 0x80, event: "receive", flags: [] },
			{ code: 0x43, event: "send", flags: ["read exception sent", "server abort exception sent"] },
			{ code: 0x70, event: "send", flags: ["write timeout error", "in listen-only mode"] },
			{ code: 0x04, event: "entered listen-only mode" },
			{ code: 0x00, event: "communication restart" },
		]);
	});

	it("server id, as devices lay it out", () => {
		expect(answered("11", "11 05 b4 ff 504c43")).toMatchObject({ serverId: "b4", runIndicator: true, additionalData: "PLC" });
		expect(answered("11", "11 05 504c432d00")).toMatchObject({ serverId: "PLC-", runIndicator: false });
		expect(answered("11", "11 02 0102")).toMatchObject({ serverId: "0102" });
		expect(answered("11", "11 00")).toMatchObject({ serverId: "" });
	});

	it("file records, with file and record in the answer too", () => {
		const read = ["14 0e 06 0004 0001 0002 06 0003 0009 0002", "14 0c 05 06 0dfe 0020 05 06 33cd 0040"] as const;
		expect(asked(...read)).toMatchObject({
			fileRecords: [
				{ file: 4, record: 1, length: 2 },
				{ file: 3, record: 9, length: 2 },
			],
		});
		expect(answered(...read)).toMatchObject({
			fileRecords: [
				{ file: 4, record: 1, length: 2, values: [0x0dfe, 0x20] },
				{ file: 3, record: 9, length: 2, values: [0x33cd, 0x40] },
			],
		});
		const write = "15 0d 06 0004 0007 0003 06af 04be 100d";
		expect(answered(write, write)).toMatchObject({ fileRecords: [{ file: 4, record: 7, length: 3, values: [0x6af, 0x4be, 0x100d] }] });
	});

	it("device identification", () => {
		expect(asked("2b 0e 01 00", "ab 01")).toMatchObject({
			mei: 14,
			readDeviceIdCode: 1,
			readDeviceId: "basic",
			objectId: 0,
			objectName: "VendorName",
		});
		expect(answered("2b 0e 01 00", "2b 0e 01 83 ff 03 02 00 03 414243 80 02 7a00")).toMatchObject({
			mei: 14,
			meiName: "Read Device Identification",
			readDeviceIdCode: 1,
			conformityLevel: 0x83,
			conformity: "extended, stream and individual",
			moreFollows: true,
			nextObjectId: 3,
			objects: [
				{ id: 0, name: "VendorName", value: "ABC" },
				{ id: 128, name: "object-128", value: "z" },
			],
		});
		expect(answered("2b 0d 0102", "2b 0d 030405")).toMatchObject({ mei: 13, data: "030405" });
	});

	it("puts a device identification of several messages together", () => {
		const harness = open()
			.request(adu(1, 1, "2b 0e 02 00"))
			.response(adu(1, 1, "2b 0e 02 02 ff 02 02 00 03 414243 01 02 5831"))
			.request(adu(2, 1, "2b 0e 02 02"))
			.response(adu(2, 1, "2b 0e 02 02 ff 04 01 02 03 312e32"))
			.request(adu(3, 1, "2b 0e 02 04"))
			.response(adu(3, 1, "2b 0e 02 02 00 00 02 04 04 50756d70 05 03 503939"));
		expect(harness.records[1]).not.toHaveProperty("identification");
		expect(harness.records[5]!.identification).toEqual({
			VendorName: "ABC",
			ProductCode: "X1",
			MajorMinorRevision: "1.2",
			ProductName: "Pump",
			ModelName: "P99",
		});
		expect(harness.identities.at(-1)).toMatchObject({
			unit: 1,
			vendor: "ABC",
			model: "P99",
			productCode: "X1",
			firmware: "1.2",
			evidence: "Modbus device identification",
		});
		// Another device, and the same one anew, are no continuation.
		harness.request(adu(4, 1, "2b 0e 01 00")).response(adu(4, 1, "2b 0e 01 02 00 00 01 00 03 444546"));
		expect(harness.records.at(-1)).not.toHaveProperty("identification");
		expect(harness.identities.at(-1)).toMatchObject({ unit: 1, vendor: "DEF", evidence: "Modbus device identification" });
		harness.request(adu(5, 2, "2b 0e 04 04")).response(adu(5, 2, "2b 0e 04 82 00 00 01 04 04 50756d70"));
		expect(harness.identities.at(-1)).toMatchObject({ unit: 2, model: "Pump", evidence: "Modbus device identification" });
	});

	it("names whose a function is", () => {
		for (const [pdu, category] of [
			["03 0000 0001", undefined],
			["41 00", "user-defined"],
			["64 00", "user-defined"],
			["5a 00 02", "reserved"],
			["7d", "reserved"],
			["19", "public-unassigned"],
			["49", "public-unassigned"],
			["2b 0c", "reserved"],
			["08 0007 0000", "public-unassigned"],
			["08 0015 0000", "reserved"],
		] as const) {
			expect(asked(pdu, "83 01").category, pdu).toBe(category);
		}
	});

	it("reads registers of 32 bits as Enron Modbus has them, and calls nothing wrong", () => {
		const harness = exchange("03 1389 0002", "03 08 00010002 fffffffe");
		expect(harness.records[1]).toMatchObject({ address: 5001, quantity: 2, values: [1, 2, 65535, 65534], values32: [65538, 4294967294] });
		expect(harness.records[1]).not.toHaveProperty("violations");
		expect(harness.facts).toEqual([]);
		expect(harness.operations).toMatchObject([{ verb: "read", points: ["holding:5001", "holding:5002"], values: [] }]);
		const written = exchange("10 1b59 0001 04 3f80 0000", "10 1b59 0001");
		expect(written.records[0]).toMatchObject({ address: 7001, quantity: 1, values: [0x3f80, 0], values32: [0x3f800000] });
		expect(written.records[0]).not.toHaveProperty("violations");
		expect(written.operations).toMatchObject([{ verb: "write", points: ["holding:7001"], values: [Number.NaN] }]);
		expect(written.facts).toEqual([]);
		// Elsewhere that is a contradiction.
		expect(exchange("03 0000 0002", "03 08 00010002 fffffffe").facts).toHaveLength(1);
	});

	it("reads the write of one register of 32 bits, which function 6 has four bytes for", () => {
		const harness = exchange("06 1b59 3f80 0001", "06 1b59 3f80 0001");
		for (const record of harness.records) {
			expect(record).toMatchObject({ address: 7001, quantity: 1, values: [0x3f80, 1], values32: [0x3f800001] });
			expect(record).not.toHaveProperty("violations");
			expect(record).not.toHaveProperty("previous");
		}
		expect(harness.records[1]).toMatchObject({ kind: "response", matched: true });
		expect(harness.operations).toMatchObject([{ verb: "write", points: ["holding:7001"], values: [Number.NaN], outcome: "ok" }]);
		expect(harness.facts).toEqual([]);
		// The lower half counts: an answer with another one contradicts, a request with another one is no repetition.
		expect(exchange("06 1b59 3f80 0001", "06 1b59 3f80 0002").records[1]).toMatchObject({ violations: ["mismatch"] });
		expect(exchange("06 1b59 3f80 0001", "06 1b59 3f80").records[1]).toMatchObject({ violations: ["mismatch"] });
		// Two bytes may be written there too; elsewhere four are too many.
		expect(exchange("06 1b59 0007", "06 1b59 0007").records[1]).toMatchObject({ values: [7] });
		expect(asked("06 0001 3f80 0001", "06 0001 3f80 0001")).toMatchObject({ violations: ["length"] });
	});

	it("waits for the rest of such a write where a segment ends in it, as the first of its flow too", () => {
		const whole = adu(1, 1, "06 1b59 3f80 0001");
		for (let cut = 8; cut < whole.length; cut++) {
			expect(modbus.tcp!.probe(whole, 0, cut, true), `${cut} bytes`).toBe(PROBE.match);
			const harness = open();
			harness.request(whole.subarray(0, cut)).request(whole.subarray(cut));
			expect(harness.records, `${cut} bytes`).toHaveLength(1);
			expect(harness.records[0]).not.toHaveProperty("violations");
		}
	});

	it("keeps vendor and reserved functions raw", () => {
		expect(asked("5b 00 02", "5b 00 fe 01")).toMatchObject({
			functionCode: 91,
			function: "OBJECT_MESSAGING",
			category: "reserved",
			data: "0002",
		});
		expect(answered("5b 00 02", "5b 00 fe 01")).toMatchObject({ data: "00fe01", matched: true });
		expect(asked("69 ff", "69")).toMatchObject({ functionCode: 105, function: "unknown-105", data: "ff" });
	});

	it("exceptions carry what their request asked", () => {
		expect(answered("03 0258 000a", "83 02")).toMatchObject({
			kind: "exception",
			functionCode: 3,
			exceptionCode: 2,
			exception: "ILLEGAL_DATA_ADDRESS",
			address: 600,
			quantity: 10,
			matched: true,
			latencyMs: 2.5,
		});
	});
});

describe("pairing", () => {
	it("pairs several outstanding requests by transaction, unit and function", () => {
		const harness = open();
		for (let id = 0; id < 200; id++) harness.request(adu(id, 1 + (id % 3), `03 ${id.toString(16).padStart(4, "0")} 0001`));
		for (let id = 199; id >= 0; id--) harness.response(adu(id, 1 + (id % 3), "03 02 0001"));
		const answers = harness.records.slice(200);
		expect(answers.map(({ address }) => address)).toEqual(Array.from({ length: 200 }, (_, index) => 199 - index));
		expect(answers.every(({ matched }) => matched)).toBe(true);
	});

	it("tells apart requests under one transaction id by what fits, then by age", () => {
		const harness = open()
			.request(join(adu(0, 1, "03 0000 0002"), adu(0, 1, "03 0010 0001"), adu(0, 1, "03 0020 0001")))
			.response(adu(0, 1, "03 02 000a"))
			.response(adu(0, 1, "03 02 000b"))
			.response(adu(0, 1, "03 04 000c 000d"));
		expect(harness.records.slice(3).map(({ address, violations }) => [address, violations])).toEqual([
			[16, undefined],
			[32, undefined],
			[0, undefined],
		]);
	});

	it("tells a request that is sent again from another one under the same transaction id", () => {
		const harness = open()
			.request(adu(4, 1, "06 0001 0003"))
			.request(adu(4, 1, "06 0001 0003"))
			.request(adu(4, 1, "06 0001 0004"));
		expect(harness.records.map(({ repeated, reused }) => [repeated, reused])).toEqual([
			[undefined, undefined],
			[true, undefined],
			[undefined, true],
		]);
		expect(harness.facts).toMatchObject([{ record: { id: "modbus-reused-transaction" }, frames: [3], key: "1" }]);
		expect(harness.facts[0]!.sentence).toContain("write single register 1, unit 1");
	});

	it("calls a request that is sent again after its time repeated, and reports nothing", () => {
		const harness = open()
			.request(adu(4, 1, "10 0001 0001 02 0003"), { time: T0 })
			.request(adu(4, 1, "10 0001 0001 02 0003"), { time: T0 + 1_000_000 })
			.request(adu(4, 1, "10 0001 0001 02 0004"), { time: T0 + 2_000_000 });
		expect(harness.records.map(({ kind, repeated, reused }) => [kind, repeated, reused])).toEqual([
			["request", undefined, undefined],
			["unanswered", undefined, undefined],
			["request", true, undefined],
			["unanswered", undefined, undefined],
			["request", undefined, undefined],
		]);
		expect(harness.facts).toEqual([]);
	});

	it("takes a transaction id that is used again as giving up, and the answer as the new request's", () => {
		const harness = open()
			.request(adu(0, 1, "03 0000 0001"), { time: T0 })
			.request(adu(0, 1, "03 0010 0001"), { time: T0 + 500_000 })
			.response(adu(0, 1, "03 02 000a"), { time: T0 + 510_000 });
		expect(harness.records.map(({ kind, address, latencyMs }) => [kind, address, latencyMs])).toEqual([
			["request", 0, undefined],
			["unanswered", 0, undefined],
			["request", 16, undefined],
			["response", 16, 10],
		]);
	});

	it("reports an unanswered request when its time is over, and still pairs a late answer", () => {
		const harness = open()
			.request(adu(5, 1, "10 0001 0001 02 0007"), { time: T0 })
			.advance(T0 + 1_999_999);
		expect(harness.records).toHaveLength(1);
		harness.advance(T0 + 2_500_000);
		expect(harness.records[1]).toEqual({
			kind: "unanswered",
			time: T0 + 2_000_000,
			frame: 1,
			framing: "tcp",
			transactionId: 5,
			unitId: 1,
			functionCode: 16,
			function: "WRITE_MULTIPLE_REGISTERS",
			table: "holding",
			address: 1,
			quantity: 1,
			values: [7],
			matched: false,
			requestFrame: 1,
		});
		expect(harness.stream.deadline).toBe(Number.POSITIVE_INFINITY);
		harness.response(adu(5, 1, "10 0001 0001"), { time: T0 + 3_000_000 });
		expect(harness.records[2]).toMatchObject({ kind: "response", matched: true, late: true, latencyMs: 3000 });
		expect(harness.operations.map(({ verb, outcome }) => [verb, outcome])).toEqual([["write", "unanswered"]]);
	});

	it("reports each of many unanswered requests once, in order", () => {
		const harness = open();
		for (let id = 0; id < 40; id++) harness.request(adu(id, 1, "03 0000 0001"), { time: T0 + id * 1000 });
		harness.response(adu(20, 1, "03 02 0001")).advance(T0 + 10_000_000);
		const silent = harness.records.filter(({ kind }) => kind === "unanswered");
		expect(silent.map(({ transactionId }) => transactionId)).toEqual([...Array(40).keys()].filter((id) => id !== 20));
	});

	it("reports all that waits when nothing more can come", () => {
		const harness = open()
			.request(adu(1, 1, "06 0000 0001"))
			.request(adu(2, 1, "03 0000 0001"));
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(harness.records.slice(2).map(({ kind, transactionId }) => [kind, transactionId])).toEqual([
			["unanswered", 1],
			["unanswered", 2],
		]);
		expect(harness.stream.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("keeps unsolicited answers, with what they say themselves", () => {
		const harness = open()
			.response(adu(1, 1, "03 04 0001 0002"))
			.response(adu(2, 1, "06 0007 0009"))
			.response(adu(3, 1, "0f 0007 0009"))
			.response(adu(4, 1, "01 01 05"))
			.response(adu(5, 1, "86 04"));
		expect(harness.records).toMatchObject([
			{ kind: "unsolicited", matched: false, values: [1, 2] },
			{ kind: "unsolicited", address: 7, quantity: 1, values: [9] },
			{ kind: "unsolicited", address: 7, quantity: 9 },
			{ kind: "unsolicited", values: [true, false, true, false, false, false, false, false] },
			{ kind: "unsolicited", functionCode: 6, exceptionCode: 4 },
		]);
		expect(harness.records[0]).not.toHaveProperty("address");
		expect(harness.facts).toEqual([]);
	});

	it("tells a repeated answer from a diverging one", () => {
		const first = open()
			.request(adu(1, 1, "03 0064 0002"))
			.response(adu(1, 1, "03 04 0001 0002"));
		first.response(adu(1, 1, "03 04 0001 0002"));
		expect(first.records[2]).toMatchObject({ kind: "unsolicited", duplicate: true, answerFrame: 2, address: 100 });
		expect(first.facts.splice(0)).toMatchObject([{ record: { id: "modbus-duplicate-answer" }, frames: [1, 2, 3], byServer: true }]);
		first.response(adu(1, 1, "03 04 0001 0003"));
		expect(first.records[3]).toMatchObject({ kind: "unsolicited", diverging: true, values: [1, 3], requestFrame: 1 });
		expect(first.facts).toMatchObject([{ record: { id: "modbus-diverging-answer" }, frames: [1, 2, 4], byServer: true }]);
		expect(first.facts[0]!.sentence).toContain("read holding registers 100 to 101, unit 1");
	});

	it("takes an exception after an answer as diverging", () => {
		const harness = exchange("06 0001 0003", "06 0001 0003").response(adu(7, 1, "86 04"));
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["modbus-diverging-answer"]);
	});

	it("forgets what waits after a gap, so nothing is called unanswered or paired wrongly", () => {
		const harness = open()
			.request(adu(0, 1, "03 0000 0001"))
			.gap(TO_CLIENT)
			.response(adu(0, 1, "03 02 0001"))
			.advance(T0 + 10_000_000);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "unsolicited"]);
	});

	it("keeps a bounded number waiting, and counts those that gave way", () => {
		const harness = open();
		for (let id = 0; id < 5000; id++) harness.request(adu(id, 1, "03 0000 0001"));
		expect(harness.counts["waiting-full"]).toBe(5000 - 256);
		harness.advance(T0 + 10_000_000);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toHaveLength(256);
	});
});

describe("answers that contradict their request", () => {
	it.each([
		["03 0000 0002", "03 02 0001"],
		["01 0000 0009", "01 01 00"],
		["05 0001 ff00", "05 0001 0000"],
		["06 0001 0003", "06 0001 0004"],
		["10 0001 0001 02 0000", "10 0002 0001"],
		["16 0004 00f2 0025", "16 0004 00f2 0026"],
		["17 0000 0002 0000 0001 02 0000", "17 02 0000"],
		["08 0000 1234", "08 0000 1235"],
		["08 0002 0000", "08 000b 0000"],
		["15 09 06 0004 0007 0001 06af", "15 09 06 0004 0007 0001 06b0"],
		["2b 0e 01 00", "2b 0d 00"],
	])("%s answered by %s", (request, response) => {
		const harness = exchange(request, response);
		expect(harness.records[1]).toMatchObject({ kind: "response", matched: true, violations: expect.arrayContaining(["mismatch"]) });
		expect(harness.facts.map(({ record }) => record.id)).toContain("modbus-answer-mismatch");
	});

	it("learns no values from them", () => {
		expect(exchange("03 0000 0002", "03 02 0001").operations).toMatchObject([
			{ verb: "read", points: ["holding:0", "holding:1"], values: [] },
		]);
	});
});

describe("messages that break the specification", () => {
	it.each([
		["03 0000 0000", ["quantity"]],
		["03 0000 007e", ["quantity"]],
		["01 0000 07d1", ["quantity"]],
		["10 0000 007c 04 0000 0000", ["byte-count", "quantity"]],
		["0f 0000 0009 01 ff", ["byte-count"]],
		["03 ffff 0002", ["address"]],
		["05 0000 1234", ["coil-value"]],
		["08 0005 0000", ["sub-function"]],
		["2b 0c", ["mei"]],
		["14 07 07 0004 0001 0002", ["file-record"]],
		["14 06 06 0004 0001 00", ["byte-count"]],
		["03 0000 0001 00", ["length"]],
		["10 0000 0001 02 0001 ff", ["length"]],
		["10 0000 0001 02 00", ["length"]],
		["17 0000 0001 0000 007a f4 0000", ["length", "quantity"]],
	])("request %s", (pdu, violations) => {
		const [record] = open().request(adu(1, 1, pdu)).records;
		expect(record).toMatchObject({ kind: "request", violations });
	});

	it("calls malformed what cannot be read, and still pairs its answer", () => {
		const harness = open()
			.request(adu(1, 1, "03 00"))
			.response(adu(1, 1, "83 03"));
		expect(harness.records).toMatchObject([
			{ kind: "malformed", functionCode: 3, violations: ["length"], data: "0300", sender: "client" },
			{ kind: "exception", exceptionCode: 3, matched: true },
		]);
	});

	it("reports function 0 and an exception from a client", () => {
		const harness = open()
			.request(adu(1, 3, "00 0102"))
			.request(adu(2, 3, "83 02"));
		expect(harness.records).toMatchObject([
			{ kind: "malformed", functionCode: 0, violations: ["function-code"] },
			{ kind: "malformed", functionCode: 131, violations: ["function-code"] },
		]);
		expect(harness.facts.map(({ record, sentence }) => [record.id, sentence])).toEqual([
			["modbus-illegal-function", "{client} sent unit 3 of {server} function code 0, which does not exist."],
			["modbus-illegal-function", "{client} sent unit 3 of {server} an exception, which only a server may send."],
		]);
	});

	it("only records a vendor's own exception code", () => {
		const harness = exchange("03 0000 0001", "83 20");
		expect(harness.records[1]).toMatchObject({ kind: "exception", exception: "unknown-32", violations: ["exception-code"] });
		expect(harness.facts).toEqual([]);
	});

	it("reads an answer whose byte count lies as far as it goes", () => {
		expect(answered("03 0000 0002", "03 08 0001 0002")).toMatchObject({ values: [1, 2], violations: ["length", "mismatch"] });
	});

	it("goes on behind every one of them", () => {
		const good = adu(2, 1, "03 0000 0001");
		for (const pdu of ["03 0000 0000", "00", "03", "83 01", "10 0000 0001 ff 00", "2b", "14 ff", "5a", "08"]) {
			const harness = open().request(join(adu(1, 1, pdu), good, good));
			expect(harness.records.slice(-2), pdu).toMatchObject([{ kind: "request", transactionId: 2 }, { kind: "request" }]);
			expect(harness.rejects).toBe(0);
		}
	});
});

describe("lost among the bytes", () => {
	const good = adu(2, 1, "03 0000 0001");

	it("reports foreign bytes once, and finds the next message in the same segment", () => {
		const harness = open().request(join(hex("deadbeef"), good));
		expect(harness.records).toMatchObject([
			{ kind: "malformed", violations: ["protocol-id"], data: "deadbeef" },
			{ kind: "request", transactionId: 2 },
		]);
		expect(harness.facts).toMatchObject([{ record: { id: "modbus-malformed" }, frames: [1] }]);
	});

	it("rejects what holds no message, and reports it once", () => {
		const harness = open().request(new Uint8Array(200).fill(0x41)).request(new Uint8Array(200).fill(0x42)).request(good);
		expect(harness.rejects).toBe(1);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["malformed", "request"]);
	});

	it("does not believe a length that the function contradicts", () => {
		// A read request that announces 254 bytes, then good ones in the same segment and in the next.
		const lying = adu(1, 1, "03 0000 0001", 254);
		expect(open().request(join(lying, good, good)).records).toMatchObject([
			{ transactionId: 1, violations: ["length"], address: 0 },
			{ transactionId: 2 },
			{ transactionId: 2 },
		]);
		const apart = open().request(lying).request(good).request(good);
		expect(apart.records).toMatchObject([{ transactionId: 1, violations: ["length"] }, { transactionId: 2 }, { transactionId: 2 }]);
	});

	it("leaves an unfinished message that nothing continues", () => {
		// A write that announces 247 bytes of data and sends 3.
		const cut = join(adu(1, 1, "10 0000 007b f6 0000 00", 253));
		const harness = open().request(cut, { time: T0 });
		harness.request(good, { time: T0 + 1_000_000 });
		expect(harness.records).toEqual([]);
		harness.request(good, { time: T0 + 2_100_000 });
		expect(harness.records).toMatchObject([
			{ kind: "malformed", violations: ["unfinished"], transactionId: 1, functionCode: 16 },
			{ kind: "request", transactionId: 2 },
			{ kind: "request", transactionId: 2 },
		]);
	});

	it("leaves an unfinished message whose announced end is in the middle of another", () => {
		const harness = open().request(adu(1, 1, "10 0000 007b f6 0000 00", 253));
		for (let round = 0; round < 40; round++) harness.request(good);
		expect(harness.records.filter(({ kind }) => kind === "malformed")).toHaveLength(1);
		expect(harness.records.filter(({ kind }) => kind === "request")).toHaveLength(40);
	});

	it("waits for the rest of a message that is only slow", () => {
		const whole = adu(1, 1, "10 0000 0006 0c 0002 0000 0006 0103 0000 0001");
		const harness = open()
			.request(whole.slice(0, 13), { time: T0 })
			.request(whole.slice(13), { time: T0 + 1_500_000 });
		expect(harness.records).toMatchObject([{ kind: "request", functionCode: 16, values: [2, 0, 6, 259, 0, 1] }]);
	});
});

describe("who sends, and whether it is Modbus", () => {
	const probe = (bytes: Uint8Array) => modbus.tcp!.probe(bytes, 0, bytes.length);
	const sender = (bytes: Uint8Array) => modbus.tcp!.sender!(bytes, 0, bytes.length);

	it.each([
		["text", new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n")],
		["TLS", hex("16 0301 00c8 0100 00c4 0303")],
		["SMB", hex("00 00 00 54 ff 53 4d 42 72 00")],
		["TPKT", hex("03 00 00 16 11 e0 00 00 00 01")],
		["DNS over TCP", hex("001c 1a2b 0100 0001 0000")],
		["zeros", new Uint8Array(40)],
		["EtherNet/IP", hex("65 00 04 00 00000000 00000000")],
		["a length of one", hex("0001 0000 0001 01")],
		["a length of 255", hex("0001 0000 00ff 01 03")],
		["a read request of the wrong length, cut", hex("0001 0000 0020 01 03 0000 0001")],
		["two headers that do not follow each other", join(adu(1, 1, "03 0000 0001"), hex("ffffffff"))],
	])("is not Modbus: %s", (_, bytes) => {
		expect(probe(bytes)).toBe(PROBE.mismatch);
	});

	it("is never certain from one side", () => {
		for (const { bytes } of CONVERSATIONS.flat()) {
			expect(probe(bytes)).toBe(PROBE.match);
			expect(modbus.tcp!.probe(bytes, 0, bytes.length, true)).toBe(PROBE.match);
		}
	});

	it("on another port wants a whole message of a public function in its exact shape", () => {
		const strict = (bytes: Uint8Array) => modbus.tcp!.probe(bytes, 0, bytes.length, false);
		for (const { name, bytes } of CONVERSATIONS.flat()) {
			expect(strict(bytes), name).toBe(/^(user|UMAS|function 100)/.test(name) ? PROBE.mismatch : PROBE.match);
			if (bytes.length > 8) expect(strict(bytes.slice(0, -1)), name).toBe(PROBE.more);
		}
		for (const bytes of [
			hex("0500 0000 0004 00000000"), // a release in DICOM: type, length, zeros
			adu(1, 1, "00"),
			adu(1, 1, "03 0000 0000"),
			adu(1, 1, "05 0000 1234"),
			adu(1, 1, "83 20"),
			adu(1, 1, "c1 01"),
		]) {
			expect(strict(bytes)).toBe(PROBE.mismatch);
		}
	});

	it("on its own port takes a message with an impossible length for Modbus, and reports it", () => {
		const bytes = hex("0001 0000 8804 0507 0809 1000");
		expect(modbus.tcp!.probe(bytes, 0, bytes.length, true)).toBe(PROBE.match);
		expect(probe(bytes)).toBe(PROBE.mismatch);
		expect(open().request(bytes).records).toMatchObject([{ kind: "malformed", violations: ["length"] }]);
	});

	it("asks for more of a cut header", () => {
		expect(probe(hex("0001 0000 0006 01"))).toBe(PROBE.more);
	});

	it("finds malformed messages too where the header is borne out", () => {
		expect(probe(adu(1, 1, "00"))).toBe(PROBE.match);
		expect(probe(join(adu(1, 1, "03"), adu(1, 1, "03 0000 0001")))).toBe(PROBE.match);
		// Exceptions with a byte too many, one after another.
		expect(probe(join(adu(1, 1, "81 06 00"), adu(1, 1, "81 06 00"), adu(1, 1, "81 06 00")))).toBe(PROBE.match);
		expect(probe(join(adu(1, 1, "81 06 00"), adu(1, 1, "81 06 00").slice(0, 9)))).toBe(PROBE.mismatch);
	});

	it.each([
		["01 0000 0001", "client"],
		["01 01 01", "server"],
		["03 0300 0002", "client"],
		["01 0300 0002", undefined],
		["03 0400 0002", "client"],
		["07", "client"],
		["07 00", "server"],
		["10 0000 0001 02 0000", "client"],
		["10 0000 0001", "server"],
		["83 02", "server"],
		["14 07 06 0004 0001 0002", "client"],
		["2b 0e 01 00", "client"],
		["2b 0e 01 01 00 00 00", "server"],
		["06 0000 0001", undefined],
		["41 00", undefined],
	])("%s comes from the %s", (pdu, expected) => {
		expect(sender(adu(1, 1, pdu))).toBe(expected);
	});
});

describe("operations", () => {
	it("one for each transaction, at its end, with points, values and latency", () => {
		const { operations } = exchange("03 006b 0002", "03 04 022b 0064", 5);
		expect(operations).toEqual([
			{
				time: T0 + 2500,
				frame: 2,
				requestFrame: 1,
				verb: "read",
				code: 3,
				subCode: -1,
				unit: 5,
				outcome: "ok",
				outcomeCode: 0,
				latency: 2500,
				points: ["holding:107", "holding:108"],
				values: [555, 100],
				rangeSpace: 3,
				rangeFirst: 107,
				rangeCount: 2,
				isBroadcast: false,
			},
		]);
	});

	it.each([
		["08 0004 0000", "08 0004 0000", 4],
		["08 000b 0000", "88 01", 11],
		["2b 0e 01 00", "2b 0e 01 01 00 00 00", 14],
		["2b 0e 01 00", "ab 01", 14],
		["06 0001 0002", "06 0001 0002", -1],
	])("%s names the part of its function", (request, response, expected) => {
		expect(exchange(request, response).operations.map(({ subCode }) => subCode)).toEqual([expected]);
	});

	it.each([
		["01 0000 0002", "01 01 02", [["read", ["coil:0", "coil:1"], [0, 1]]]],
		["02 0009 0001", "02 01 01", [["read", ["discrete:9"], [1]]]],
		["04 0009 0001", "04 02 0102", [["read", ["input:9"], [258]]]],
		["05 0003 ff00", "05 0003 ff00", [["write", ["coil:3"], [1]]]],
		["06 0003 0102", "06 0003 0102", [["write", ["holding:3"], [258]]]],
		["0f 0003 0002 01 02", "0f 0003 0002", [["write", ["coil:3", "coil:4"], [0, 1]]]],
		["10 0003 0002 04 0001 0002", "10 0003 0002", [["write", ["holding:3", "holding:4"], [1, 2]]]],
		["16 0004 00f2 0025", "16 0004 00f2 0025", [["write", ["holding:4"], [Number.NaN]]]],
		[
			"17 0000 0001 0009 0001 02 0007",
			"17 02 0005",
			[
				["write", ["holding:9"], [7]],
				["read", ["holding:0"], [5]],
			],
		],
		["14 07 06 0004 0001 0002", "14 06 05 06 0dfe 0020", [["read", ["file:4:1", "file:4:2"], [0xdfe, 0x20]]]],
		["15 09 06 0004 0007 0001 06af", "15 09 06 0004 0007 0001 06af", [["write", ["file:4:7"], [0x6af]]]],
		["18 04de", "18 0004 0001 01b8", [["read", ["fifo:1246"], []]]],
		["07", "07 00", [["diagnose", [], []]]],
		["08 0002 0000", "08 0002 0000", [["diagnose", [], []]]],
		["08 0001 0000", "08 0001 0000", [["command", [], []]]],
		["08 0003 2c00", "08 0003 2c00", [["configure", [], []]]],
		["11", "11 02 0100", [["identify", [], []]]],
		["2b 0e 01 00", "2b 0e 01 01 00 00 00", [["identify", [], []]]],
		["5b 00 02", "5b 00 fe", [["other", [], []]]],
	])("%s", (request, response, expected) => {
		const said = exchange(request, response).operations.map(({ verb, points, values }) => [verb, points, values]);
		expect(said).toEqual(expected);
	});

	it("says refusals with what was wanted", () => {
		expect(exchange("10 0003 0001 02 0009", "90 02").operations).toMatchObject([
			{ verb: "write", outcome: "refused", outcomeCode: 2, points: ["holding:3"], values: [9] },
		]);
		expect(exchange("03 0000 ffff", "83 03").operations[0]!.points).toHaveLength(125);
	});

	it.each([10, 11])("takes exception %i for the gateway's word: the device behind it did not answer", (code) => {
		const { records, operations } = exchange("03 0000 0001", `83 ${code.toString(16).padStart(2, "0")}`, 17);
		expect(records[1]).toMatchObject({ kind: "exception", exceptionCode: code, saidBy: "gateway" });
		expect(operations).toMatchObject([{ verb: "read", unit: 17, outcome: "unanswered", outcomeCode: code }]);
		expect(exchange("03 0000 0001", "83 06", 17).records[1]).not.toHaveProperty("saidBy");
	});

	it("takes a write to unit 0 as a broadcast until unit 0 answers", () => {
		const broadcast = open()
			.request(adu(1, 0, "06 0001 0005"))
			.advance(T0 + 5_000_000);
		expect(broadcast.records).toMatchObject([{ kind: "request", broadcast: true }]);
		expect(broadcast.operations).toMatchObject([{ verb: "write", outcome: "ok", latency: -1, points: ["holding:1"], values: [5] }]);

		const device = open()
			.request(adu(1, 0, "06 0001 0005"))
			.response(adu(1, 0, "06 0001 0005"));
		expect(device.operations).toHaveLength(1);
		device.request(adu(2, 0, "06 0001 0006")).advance(T0 + 5_000_000);
		expect(device.operations[1]).toMatchObject({ outcome: "unanswered", values: [6] });
	});

	it("says who the device is", () => {
		const { identities } = exchange("2b 0e 01 00", "2b 0e 01 01 00 00 03 00 03 414243 01 02 5831 02 03 312e32");
		const statements = new Map([
			["vendor", "ABC"],
			["product code", "X1"],
			["revision", "1.2"],
		]);
		expect(identities).toEqual([
			{ vendor: "ABC", model: "X1", firmware: "1.2", unit: 1, statements, evidence: "Modbus device identification" },
		]);
		expect(exchange("11", "11 05 b4 ff 504c43").identities).toEqual([
			{ model: "PLC", unit: 1, statements: new Map([["server id", "PLC"]]), evidence: "Modbus report server id" },
		]);
		// Its last object is cut: such an answer changes no device.
		const [cut] = exchange("2b 0e 01 00", "2b 0e 01 01 00 00 03 00 03 414243 01 02 5831 02 03 312e").identities;
		expect(cut).toMatchObject({ vendor: "ABC" });
		expect(cut).not.toHaveProperty("statements");
	});

	it("has words for functions, refusals and points", () => {
		expect(modbus.operationName(6)).toBe("write single register (function 6)");
		expect(modbus.operationName(66)).toBe("user-defined function (function 66)");
		expect(modbus.outcomeName(2)).toBe("illegal data address (exception 2)");
		expect(modbus.pointName("holding:107")).toBe("holding register 107");
		expect(modbus.pointName("coil:3")).toBe("coil 3");
		expect(modbus.pointName("holding.float32:107")).toBe("holding registers 107 and 108 as float32");
		expect(modbus.pointName("input.uint32-swapped:7")).toBe("input registers 7 and 8 as word-swapped uint32");
		expect(modbus.pointName("file:4:7")).toBe("record 7 of file 4");
		expect(modbus.pointName("fifo:1246")).toBe("FIFO queue 1246");
	});
});

describe("facts", () => {
	it.each([
		["08 0001 0000", "modbus-restart", "{client} told unit 9 of {server} to restart its communication"],
		["08 0001 ff00", "modbus-restart", "restart"],
		["08 0004 0000", "modbus-listen-only", "stop answering (listen-only mode)"],
		["08 000a 0000", "modbus-clear-counters", "clear its counters"],
	])("%s", (pdu, id, words) => {
		const { facts } = open().request(adu(1, 9, pdu));
		expect(facts).toHaveLength(1);
		expect(facts[0]).toMatchObject({ record: { id }, frames: [1], key: "9", operation: { verb: "command", code: 8, unit: 9 } });
		expect(facts[0]!.sentence).toContain(words);
	});

	it("listen-only is not called unanswered: no answer is due", () => {
		const harness = open()
			.request(adu(1, 9, "08 0004 0000"))
			.advance(T0 + 5_000_000);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request"]);
		expect(harness.operations).toMatchObject([{ verb: "command", outcome: "ok" }]);
	});

	it("says nothing of everything that is well", () => {
		for (const conversation of CONVERSATIONS) {
			const harness = open();
			for (const { direction, bytes } of conversation) harness.send(direction, bytes);
			const ids = harness.facts.map(({ record }) => record.id);
			expect(ids, conversation[0]!.name).toEqual(conversation[0]!.name.startsWith("restart") ? ["modbus-restart"] : []);
		}
	});
});

describe("whatever comes", () => {
	it("compares no more of a request with an earlier one than there is of it", () => {
		const said = [0x00, 0x0d].map((poison) => {
			const harness = new StreamHarness(modbus, { time: T0, poison });
			harness.request(adu(17, 1, "15 0d 06 0004 0007 0003 06af 04be 100d 0d"));
			harness.request(adu(17, 1, "15 0d 06 0004 0007 0003 06af 04be 100d"));
			return harness.records.at(-1);
		});
		expect(said[0]).toMatchObject({ reused: true });
		expect(said[1]).toEqual(said[0]);
	});

	const BEGUN = hex("00112e0000100115 0d0600");
	const HALF = hex("001500000037012b0e01010000030016 436f6d70616e79206964656e74696669636174696f6e 01");

	it("always finds a good exchange behind damaged ones, each after a pause", () => {
		const messages = CONVERSATIONS.flat();
		const damaged = fc
			.tuple(fc.constantFrom(...messages), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 60 }))
			.map(([{ direction, bytes }, at, value, keep]) => {
				const copy = bytes.slice(0, Math.max(8, Math.min(bytes.length, keep + 8)));
				copy[at % copy.length] = value;
				return { direction, bytes: copy };
			});
		fc.assert(
			fc.property(fc.array(damaged, { maxLength: 8 }), (segments) => {
				const harness = open();
				for (const { direction, bytes } of segments) harness.send(direction, bytes);
				for (let round = 1; round <= 2; round++) {
					harness.send(TO_SERVER, adu(0xabcd, 0x77, "03 1234 0001"), { time: T0 + round * 3_000_000 });
					harness.send(TO_CLIENT, adu(0xabcd, 0x77, "03 02 5678"), { time: T0 + round * 3_000_000 + 1000 });
				}
				const found = harness.records.filter(({ kind, transactionId }) => kind === "response" && transactionId === 0xabcd);
				expect(found.at(-1)).toMatchObject({ address: 0x1234, values: [0x5678], matched: true });
			}),
			{
				numRuns: 5_000,
				interruptAfterTimeLimit: 4_000,
				examples: [
					// What begins like a serial frame, and half a message: neither is ever finished.
					[[BEGUN, HALF].map((bytes) => ({ direction: TO_CLIENT, bytes }))],
					// A whole serial frame in the answers, half a message in the requests.
					[
						[
							{ direction: TO_CLIENT, bytes: hex("0004007300 05010402000a") },
							{ direction: TO_SERVER, bytes: hex("00190000000f0164") },
						],
					],
				],
			},
		);
	});
});
