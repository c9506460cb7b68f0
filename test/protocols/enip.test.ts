/** EtherNet/IP: messages with the bytes written out (CIP Vol. 1 and 2, Rockwell 1756-PM020, 1770-6.5.16), pairing, gaps, hostile names, bounds, operations, identities and facts. */
import { describe, expect, it } from "vitest";
import { enip } from "../../protocols/enip/index.ts";
import type { EnipObservation } from "../../protocols/enip/observation.ts";
import { MAX_WAITING } from "../../protocols/enip/waiting.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, streamSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, StreamHarness } from "../support/decoderHarness.ts";
import * as m from "./enipMessages.ts";

const { ask, onTag, packet, packetAnswer, pccc, pcccAnswer, routed, rr, tell } = m;

/** One exchange after the other over the connection, each answered by the next text. */
function talk(...services: readonly (string | Uint8Array)[]): StreamHarness<EnipObservation> {
	const harness = new StreamHarness(enip);
	for (const [index, cip] of services.entries()) {
		if (index % 2 === 0) harness.request(ask(index >> 1, cip));
		else harness.response(tell(index >> 1, cip));
	}
	return harness;
}
/** A service and its answer without a connection. */
function unconnected(...services: readonly (string | Uint8Array)[]): StreamHarness<EnipObservation> {
	const harness = new StreamHarness(enip);
	for (const [index, cip] of services.entries()) {
		if (index % 2 === 0) harness.request(rr(cip, index + 1));
		else harness.response(rr(cip, index));
	}
	return harness;
}
const OK = (service: number): string => `${(service | 0x80).toString(16)} 00 00 00`;

describe("the encapsulation", () => {
	it("pairs its commands by their context", () => {
		const harness = new StreamHarness(enip);
		harness.request(m.REGISTER, { time: 1_000_000_000 });
		harness.response(m.REGISTERED, { time: 1_000_002_000 });
		harness.request(m.LIST_SERVICES).response(m.SERVICES).request(m.UNREGISTER);
		expect(harness.records).toMatchObject([
			{ kind: "request", command: "Register Session", sessionHandle: "0x00000000" },
			{ kind: "response", command: "Register Session", sessionHandle: "0x11020100", matched: true, latencyMs: 2, requestFrame: 1 },
			{ kind: "request", command: "List Services" },
			{ kind: "response", command: "List Services", services: [{ name: "Communications", version: 1, capabilityFlags: 0x120 }] },
			{ kind: "request", command: "Unregister Session" },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", outcome: "ok", latency: 2000, unit: -1 },
			{ verb: "browse", outcome: "ok" },
		]);
		expect(enip.operationName(harness.operations[0]!.code)).toBe("Register Session (encapsulation)");
	});

	it("says who a device is", () => {
		const harness = new StreamHarness(enip);
		harness.request(m.LIST_IDENTITY).response(m.IDENTITY);
		expect(harness.records[1]).toMatchObject({
			identities: [
				{
					socketAddress: "10.0.0.5",
					socketPort: 44818,
					vendor: "Rockwell Automation/Allen-Bradley",
					deviceType: "Programmable Logic Controller",
					productCode: 54,
					revision: "20.011",
					serialNumber: "00C0FFEE",
					productName: "1756-L61/B LOGIX5561",
					state: "Operational",
				},
			],
		});
		expect(harness.operations).toMatchObject([{ verb: "identify", outcome: "ok", points: [] }]);
		expect(harness.identities).toMatchObject([
			{ vendor: "Rockwell Automation/Allen-Bradley", model: "1756-L61/B LOGIX5561", productCode: "54", firmware: "20.011", role: "PLC" },
		]);
		expect([...harness.identities[0]!.statements!]).toEqual([
			["vendor", "Rockwell Automation/Allen-Bradley"],
			["device type", "14"],
			["product code", "54"],
			["revision", "20.011"],
			["serial number", "00C0FFEE"],
			["product name", "1756-L61/B LOGIX5561"],
		]);
	});

	it("says a refusal of the encapsulation, with what was asked", () => {
		const harness = new StreamHarness(enip);
		harness.request(rr("0e 03 2001 2401 3001")).response(m.message(0x6f, hex(""), { status: 0x64, context: 1 }));
		expect(harness.records[1]).toMatchObject({
			kind: "error",
			status: "Invalid session handle",
			service: "Get Attribute Single",
			matched: true,
		});
		const [operation] = harness.operations;
		expect(operation).toMatchObject({ verb: "identify", outcome: "refused", points: ["0x01/1/1"] });
		expect(enip.outcomeName(operation!.outcomeCode)).toBe("Invalid session handle (encapsulation)");
	});

	it.each<[string, Uint8Array, number | undefined, boolean | undefined]>([
		["a registration", m.REGISTER, PROBE.certain, false],
		["a service", ask(1, "06 02 208e 2401"), PROBE.certain, false],
		["a question for identities", m.LIST_IDENTITY, PROBE.match, false],
		["zeros", new Uint8Array(48), PROBE.mismatch, false],
		["zeros where they may be a NOP", new Uint8Array(48), PROBE.match, true],
		["a message with options", m.message(0x63, hex(""), { options: 1 }), PROBE.mismatch, false],
		["one on its own port", m.message(0x63, hex(""), { options: 1 }), PROBE.match, true],
		["a status that is none", m.message(0x63, hex(""), { status: 0x55 }), PROBE.mismatch, false],
		["an interface that is not CIP", m.message(0x70, hex("01000000 0000 0200 a100 0400 00000000 b100 0000")), PROBE.mismatch, false],
		["a registration of another version", m.message(0x65, hex("0200 0000")), PROBE.mismatch, false],
		["Modbus", hex("0001 0000 0006 01 03 0000 000a"), PROBE.mismatch, true],
		["half a header", m.REGISTER.slice(0, 9), PROBE.more, false],
	])("is as sure of %s as its bytes allow", (_, bytes, expected, isHinted) => {
		expect(enip.tcp!.probe(bytes, 0, bytes.length, isHinted)).toBe(expected);
	});

	it("steps over what is none, and finds the next message", () => {
		const harness = new StreamHarness(enip);
		harness.request(join(m.REGISTER, hex("4745 5420 2f20"), m.LIST_SERVICES));
		expect(harness.records.map(({ kind, violations }) => violations ?? kind)).toEqual(["request", ["header"], "request"]);
		expect(harness.facts).toMatchObject([{ record: { id: "enip-malformed" }, key: "header" }]);
	});

	it("does not wait for the end of a message that never comes", () => {
		const harness = new StreamHarness(enip);
		const cut = ask(1, onTag(0x4c, "Speed", "0100")).slice(0, 50);
		harness.request(cut, { time: 1_000_000_000 });
		harness.request(ask(2, onTag(0x4c, "Speed", "0100")), { time: 1_003_000_000 });
		expect(harness.records).toMatchObject([
			{ kind: "malformed", violations: ["unfinished"] },
			{ kind: "request", tag: "Speed" },
		]);
	});

	it("takes the items' word for where a message ends whose length lies", () => {
		const lying = ask(1, "06 02 208e 2401");
		lying[2] = 0xff;
		const harness = new StreamHarness(enip);
		harness.request(join(lying, ask(2, onTag(0x4c, "Speed", "0100"))));
		expect(harness.records).toMatchObject([
			{ kind: "malformed", violations: ["length"] },
			{ kind: "request", tag: "Speed" },
		]);
	});
});

describe("tags", () => {
	it.each<[string, string, string, unknown]>([
		["BOOL", "c100", "01", true],
		["SINT", "c200", "fe", -2],
		["INT", "c300", "feff", -2],
		["DINT", "c400", "feffffff", -2],
		["LINT", "c500", "feffffffffffffff", -2],
		["USINT", "c600", "fe", 254],
		["UINT", "c700", "feff", 65534],
		["UDINT", "c800", "feffffff", 4294967294],
		["ULINT", "c900", "0000000000000001", "72057594037927936"],
		["REAL", "ca00", "0000c03f", 1.5],
		["LREAL", "cb00", "000000000000f83f", 1.5],
		["DATE", "cd00", "0100", 1],
		["TIME_OF_DAY", "ce00", "e8030000", 1000],
		["DATE_AND_TIME", "cf00", "e80300000100", 86_401_000],
		["STRING", "d000", "03004f6b21", "Ok!"],
		["BYTE", "d100", "ff", 255],
		["WORD", "d200", "ff00", 255],
		["DWORD", "d300", "01000080", 2147483649],
		["LWORD", "d400", "0100000000000000", 1],
		["SHORT_STRING", "da00", "034f6b21", "Ok!"],
		["TIME", "db00", "ffffffff", -1],
		["STRUCT 0x0FCE", "a002 ce0f", `03000000 4f6b21${"00".repeat(81)}`, "Ok!"],
	])("reads %s", (name, type, data, value) => {
		const harness = talk(onTag(0x4c, "Line.Value", "0100"), `cc 00 00 00 ${type} ${data}`);
		expect(harness.records).toMatchObject([
			{ kind: "request", service: "Read Tag", tag: "Line.Value", elementCount: 1 },
			{ kind: "response", service: "Read Tag", tag: "Line.Value", dataType: name, values: [value], matched: true },
		]);
		const expected = typeof value === "string" ? Number.NaN : Number(value);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 0x4c, points: ["Line.Value"], values: [expected], outcome: "ok", unit: -1 },
		]);
	});

	it("names elements one by one, of the array and of a fragment of it", () => {
		const name = "Program:Main.Pump[3].Speed";
		expect(talk(onTag(0x4c, name, "0100"), "cc 00 00 00 c300 0500").operations).toMatchObject([{ points: [name], values: [5] }]);
		expect(talk(onTag(0x4c, "Level[4]", "0200"), "cc 00 00 00 c300 0500 0600").operations).toMatchObject([
			{ points: ["Level[4]", "Level[5]"], values: [5, 6] },
		]);
		expect(talk(onTag(0x52, "Level", "6400 08000000"), "d2 00 06 00 c400 05000000 06000000").operations).toMatchObject([
			{ code: 0x52, outcome: "ok", points: ["Level[2]", "Level[3]"], values: [5, 6] },
		]);
		expect(talk(onTag(0x53, "Level", "ca00 6400 04000000 0000803f 00000040"), OK(0x53)).operations).toMatchObject([
			{ verb: "write", points: ["Level[1]", "Level[2]"], values: [1, 2] },
		]);
	});

	it("writes, with the values, once the controller has answered", () => {
		const harness = talk(onTag(0x4d, "Setpoint", "ca00 0100 00002041"), OK(0x4d), onTag(0x4e, "Flags", "0200 0100 feff"), OK(0x4e));
		expect(harness.records).toMatchObject([
			{ kind: "request", service: "Write Tag", dataType: "REAL", values: [10], elementCount: 1 },
			{ kind: "response", service: "Write Tag", tag: "Setpoint" },
			{ service: "Read Modify Write Tag", orMask: "0100", andMask: "feff" },
			{ kind: "response" },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "write", code: 0x4d, points: ["Setpoint"], values: [10] },
			{ verb: "write", code: 0x4e, points: ["Flags"], values: [] },
		]);
		expect(harness.facts).toEqual([]);
	});

	it("says a refusal with its status, and what the controller meant by it", () => {
		const [operation] = talk(onTag(0x4d, "Setpoint", "c400 0100 0a000000"), "cd 00 ff 01 0721").operations;
		expect(operation).toMatchObject({ outcome: "refused", outcomeCode: 0x2107ff });
		expect(enip.outcomeName(operation!.outcomeCode)).toMatch(/does not match .*general status 255/);
		expect(enip.outcomeName(0x08)).toBe("Service not supported (general status 8)");
		expect(enip.outcomeName(0x0100_01)).toBe("Connection in use or duplicate Forward Open (general status 1)");
	});

	it("learns the names of instances from a list of tags", () => {
		const harness = talk("55 02 206b 2400 0200 0100 0200", "d5 00 00 00 2a000000 0500 5370656564 ca00 2b000000 0300 52756e c100");
		expect(harness.records[1]).toMatchObject({
			tags: [
				{ instanceId: 42, name: "Speed", type: 0xca },
				{ instanceId: 43, name: "Run" },
			],
		});
		expect(harness.labels).toEqual({ "0x6B/42": "Speed", "0x6B/43": "Run" });
		expect(harness.operations).toMatchObject([{ verb: "browse" }]);
		expect(talk("4c 02 206b 242a 0100", "cc 00 00 00 ca00 0000c03f").operations).toMatchObject([{ points: ["0x6B/42"], values: [1.5] }]);
	});
});

describe("services", () => {
	it("reads each of a packet for itself", () => {
		const services = [onTag(0x4c, "A", "0100"), onTag(0x4d, "B", "c300 0100 0700"), "0e 03 2004 2465 3003"];
		const harness = talk(packet(services), packetAnswer("1e 00", ["cc 00 00 00 c300 0500", "cd 00 05 00", "8e 00 00 00 2a00"]));
		expect(harness.records.map(({ kind, service, embedded }) => [kind, service, embedded])).toEqual([
			["request", "Multiple Service Packet", undefined],
			["request", "Read Tag", 0],
			["request", "Write Tag", 1],
			["request", "Get Attribute Single", 2],
			["response", "Multiple Service Packet", undefined],
			["response", "Read Tag", 0],
			["error", "Write Tag", 1],
			["response", "Get Attribute Single", 2],
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", points: ["A"], values: [5], outcome: "ok" },
			{ verb: "write", points: ["B"], values: [7], outcome: "refused", outcomeCode: 5 },
			{ verb: "read", points: ["0x04/101/3"], values: [42], outcome: "ok" },
		]);
		expect(enip.pointName("0x04/101/3")).toBe("attribute 3 of Assembly, instance 101");
		expect(enip.pointName("A.B[1]")).toBe("tag A.B[1]");
		expect(enip.pointName("N7:0")).toBe("data table address N7:0");
	});

	it("follows a route, and takes its failure for the answer", () => {
		const harness = unconnected(
			routed("01 02 2001 2401"),
			`81 00 00 00 0100 0e00 3600 140b 6030 eeffc000 02 4c36`,
			routed("06 02 208e 2401"),
			"d2 00 01 01 1203 01",
		);
		expect(harness.records).toMatchObject([
			{ kind: "request", service: "Get Attributes All", path: "0x01/1", route: "1/0", timeoutMs: 14336 },
			{
				kind: "response",
				attributes: [{ name: "vendorId", value: 1 }, {}, {}, { value: "20.011" }, {}, {}, { name: "productName", value: "L6" }],
			},
			{ kind: "request", service: "Start", route: "1/0" },
			{ kind: "error", service: "Unconnected Send", extendedStatusName: "Link address not valid" },
		]);
		expect(harness.identities).toMatchObject([{ unit: 0, model: "L6", firmware: "20.011", evidence: "CIP Identity object" }]);
		expect(harness.identities[0]).not.toHaveProperty("statements");
		expect(harness.operations).toMatchObject([{ verb: "identify" }, { verb: "command", outcome: "refused" }]);
		expect(harness.facts).toMatchObject([
			{ record: { id: "controller-start" }, sentence: expect.stringContaining("module at 1/0 behind {server}") },
		]);
	});

	it("opens and closes connections, with all that is asked and granted", () => {
		const harness = unconnected(m.FORWARD_OPEN, m.FORWARD_OPENED, m.FORWARD_CLOSE, m.FORWARD_CLOSED);
		expect(harness.records[0]).toMatchObject({
			service: "Forward Open",
			connection: {
				timeoutMs: 14336,
				connectionSerial: 1,
				originatorVendorId: 77,
				originatorSerial: 0xdeadbeef,
				timeoutMultiplier: 32,
				transportClass: 3,
				trigger: "application-object",
				isServer: true,
				path: "0x02/1",
				route: "1/0",
				toTarget: {
					connectionId: "0x20000002",
					rpiMs: 2167.348,
					size: 500,
					isVariable: true,
					priority: "low",
					type: "point-to-point",
					isRedundantOwner: false,
				},
				toOriginator: { connectionId: "0x80fe0028", size: 500 },
			},
		});
		expect(harness.records[1]).toMatchObject({
			connection: { toTarget: { connectionId: "0xff954022", apiMs: 2167.348 }, connectionSerial: 1 },
		});
		expect(harness.records[2]).toMatchObject({ service: "Forward Close", connection: { connectionSerial: 1, path: "0x02/1" } });
		expect(harness.operations).toMatchObject([
			{ verb: "configure", code: 0x0654 },
			{ verb: "configure", code: 0x064e },
		]);
		expect(enip.operationName(0x0654)).toBe("Forward Open (service 0x54) of Connection Manager");
	});

	it("reads no services where a connection goes to another object", () => {
		const open = m.FORWARD_OPEN.replace("2002 2401", "20a6 2401");
		const harness = unconnected(open, m.FORWARD_OPENED);
		harness.request(ask(1, "06 02 208e 2401"));
		expect(harness.records[2]).toMatchObject({ kind: "data", data: "0602208e2401", dataLength: 6 });
		expect(harness.facts).toEqual([]);
	});

	it("reads and sets attributes, each by its number", () => {
		const harness = talk(
			"03 02 2001 2401 0300 0100 0700 6300",
			"83 00 0a 00 0300 0100 0000 0100 0700 0000 02 4c36 6300 1400",
			"10 03 2004 2466 3003 2a00",
			OK(0x10),
			"04 02 208b 2401 0100 0600 c058722208 5a0400",
			OK(0x04),
			"0e 03 20f5 2401 3006",
			"8e 00 00 00 0500 4c696e6531",
		);
		expect(harness.records[1]).toMatchObject({ kind: "error", generalStatusName: "Attribute list error" });
		expect(harness.operations).toMatchObject([
			{ verb: "identify", points: ["0x01/1/1", "0x01/1/7", "0x01/1/99"], outcome: "refused", outcomeCode: 10 },
			{ verb: "write", points: ["0x04/102/3"], values: [42] },
			{ verb: "configure", points: ["0x8B/1/6"] },
			{ verb: "read", points: ["0xF5/1/6"] },
		]);
		expect(harness.identities).toMatchObject([{ hostName: "Line1" }]);
		expect(enip.firstUse!(harness.operations[2]!.code, "configure")).toMatchObject({ id: "clock-set" });
		expect(enip.firstUse!(0x0410, "write")).toBeUndefined();
	});
});

describe("PCCC", () => {
	it("reads and writes the data tables of older controllers", () => {
		const harness = talk(
			pccc("0f 00 0100 a2 04 07 89 0a 00"),
			pcccAnswer("4f 00 0100 0500 feff"),
			pccc("0f 00 0200 aa 04 08 8a 01 00 0000c03f"),
			pcccAnswer("4f 00 0200"),
			pccc("0f 00 0300 a2 02 04 86 00 02"),
			pcccAnswer("4f 00 0300 6400"),
			pccc("0f 00 0400 68 0000 0100 00 24 4e373a30 00 0100"),
			pcccAnswer("4f f0 0400 0b"),
		);
		expect(harness.records[0]).toMatchObject({
			service: "Execute PCCC",
			address: "N7:10",
			pccc: { function: "Protected typed logical read with three address fields", transactionId: 1, fileType: 0x89, requestorVendorId: 77 },
		});
		expect(harness.operations).toMatchObject([
			{ verb: "read", points: ["N7:10", "N7:11"], values: [5, -2] },
			{ verb: "write", points: ["F8:1"], values: [1.5] },
			{ verb: "read", points: ["T4:0.2"], values: [100] },
			{ verb: "read", points: ["N7:0"], outcome: "refused" },
		]);
		expect(enip.outcomeName(harness.operations[3]!.outcomeCode)).toBe("Access denied, improper privilege (PCCC)");
		expect(enip.operationName(harness.operations[0]!.code)).toBe("Protected typed logical read with three address fields (PCCC)");
	});

	it.each<[string, string, string]>([
		["remote program", "0f 00 0100 80 01", "controller-stop"],
		["remote run", "0f 00 0100 80 06", "controller-start"],
		["remote test", "0f 00 0100 80 07", "controller-mode"],
		["a mode of a small controller", "0f 00 0100 3a 01", "controller-mode"],
		["shutdown", "0f 00 0100 07", "controller-stop"],
		["restart", "0f 00 0100 0a", "controller-restart"],
		["disabled outputs", "07 00 0100 00", "controller-stop"],
		["enabled scan", "07 00 0100 03", "controller-start"],
		["download mode", "07 00 0100 04", "program-download"],
		["a download of all", "0f 00 0100 50", "program-download"],
		["an upload of all", "0f 00 0100 53", "program-upload"],
		["cleared memory", "0f 00 0100 57", "program-delete"],
		["the edit resource", "0f 00 0100 11", "controller-reserved"],
		["bytes of physical memory", "0f 00 0100 18 00000000 01", "controller-memory-write"],
		["a ladder file written", "0f 00 0100 aa 02 02 22 00 00 0100", "program-download"],
		["a ladder file read", "0f 00 0100 a2 02 02 22 00 00", "program-upload"],
		["a forced output", "0f 00 0100 ab 02 00 a1 00 00 0100 0100", "values-forced"],
	])("tells %s by its command", (_, command, id) => {
		expect(talk(pccc(command)).facts).toMatchObject([{ record: { id } }]);
	});
});

describe("what an engineering tool does", () => {
	it.each<[string, string, string | undefined]>([
		["start", "06 02 208e 2401", "controller-start"],
		["stop", "07 02 208e 2401", "controller-stop"],
		["stop by the controller object", "07 02 2064 2401 deadbeef cafe", "controller-stop"],
		["stop of another object", "07 02 2010 2401", undefined],
		["reset", "05 02 2001 2401", "controller-restart"],
		["reset to delivery", "05 02 2001 2401 01", "controller-restart"],
		["lock", "4b 04 208e 2401 2074 2401 00", "controller-reserved"],
		["unlock", "4c 04 208e 2401 2074 2401", "enip-controller-unlocked"],
		["create a program", "08 03 2068 2500 2024 0100 0a00 0000", "program-download"],
		["create a tag", "08 02 206b 2400", "program-download"],
		["delete a routine", "09 06 2068 2500 2024 206d 2500 2024", "program-delete"],
		["write a text of the program", "50 03 206a 2500 fa1b 00000000 0100 41", "program-download"],
		["read a text of the program", "4f 03 206a 2500 fa1b 00000000 0100", "program-upload"],
		["read a routine", "4c 06 2068 2500 2024 206d 2500 2024 0000 00000000", "program-upload"],
		["new firmware", "4b 02 20a1 2401", "firmware-change"],
		["a file", "4c 02 2037 24c8", "enip-file-write"],
		["read a file", "4b 02 2037 24c8", undefined],
		["security", "10 03 205d 2401 3001 01", "credential-change"],
		["network settings", "10 03 20f5 2401 3005 0a000005", "enip-network-settings"],
		["speed of the interface", "10 03 20f6 2401 3006 02006400", "enip-network-settings"],
		["read the mode", "0e 03 208e 2401 3003", undefined],
	])("is found: %s", (_, cip, id) => {
		const { facts } = talk(cip);
		expect(facts.map(({ record }) => record.id)).toEqual(id === undefined ? [] : [id]);
	});

	it("is found inside a packet and behind a route too, and once", () => {
		expect(talk(packet(["07 02 208e 2401", "0e 03 2001 2401 3001"])).facts).toMatchObject([
			{ record: { id: "controller-stop" }, frames: [1] },
		]);
		expect(unconnected(routed("07 02 208e 2401")).facts).toMatchObject([{ key: "1/0" }]);
		const harness = new StreamHarness(enip);
		harness.response(ask(1, "07 02 208e 2401"));
		expect(harness.facts).toEqual([]);
	});
});

describe("time", () => {
	it("gives a request up whose answer does not come", () => {
		const harness = new StreamHarness(enip);
		harness.request(ask(1, packet([onTag(0x4c, "A", "0100"), onTag(0x4c, "B", "0100")])), { time: 1_000_000_000 });
		harness.advance(1_020_000_000);
		expect(harness.records.at(-1)).toMatchObject({ kind: "unanswered", time: 1_010_000_000, service: "Multiple Service Packet" });
		expect(harness.operations).toMatchObject([
			{ outcome: "unanswered", points: ["A"] },
			{ outcome: "unanswered", points: ["B"] },
		]);
		harness.response(tell(1, packetAnswer("00 00", ["cc 00 00 00 c300 0500", "cc 00 00 00 c300 0500"])));
		expect(harness.records.at(-1)).toMatchObject({ matched: false, embedded: 1 });
		expect(harness.operations).toHaveLength(2);
	});

	it("takes a request that is sent again for the same", () => {
		const harness = new StreamHarness(enip);
		harness
			.request(ask(1, onTag(0x4c, "A", "0100")))
			.request(ask(1, onTag(0x4c, "A", "0100")))
			.response(tell(1, "cc 00 00 00 c300 0500"));
		expect(harness.records[1]).toMatchObject({ repeated: true });
		harness.advance(2_000_000_000);
		expect(harness.operations).toMatchObject([{ outcome: "ok" }]);
	});

	it("pairs answers that come in another order by their sequence, and by their context", () => {
		const harness = new StreamHarness(enip);
		harness.request(ask(1, onTag(0x4c, "A", "0100"))).request(ask(2, onTag(0x4c, "B", "0100")));
		harness.response(tell(2, "cc 00 00 00 c300 0600")).response(tell(1, "cc 00 00 00 c300 0500"));
		harness.request(rr(onTag(0x4c, "C", "0100"), 7)).request(rr(onTag(0x4c, "D", "0100"), 8));
		harness.response(rr("cc 00 00 00 c300 0800", 8)).response(rr("cc 00 00 00 c300 0700", 7));
		expect(harness.operations.map(({ points, values }) => [points[0], values[0]])).toEqual([
			["B", 6],
			["A", 5],
			["D", 8],
			["C", 7],
		]);
	});

	it("keeps a bounded number of requests", () => {
		const harness = new StreamHarness(enip);
		for (let index = 0; index <= MAX_WAITING; index++) harness.request(ask(index, onTag(0x4c, "A", "0100")));
		expect(harness.counts).toEqual({ "more requests wait than are kept": 1 });
		expect(harness.records.at(-1)).toMatchObject({ kind: "unanswered", sequenceCount: 0 });
	});
});

describe("hostile messages", () => {
	it.each<[string, string | Uint8Array, string]>([
		["a path longer than the message", "0e 7f 2001", "path"],
		["a segment that is none", "0e 01 ff00", "path"],
		["a tag without its count", onTag(0x4c, "A", ""), "tag"],
		["fewer values than announced", onTag(0x4d, "A", "c400 0a00 00000000"), "tag"],
		["a list of attributes that ends early", "03 02 2001 2401 0500 0100", "attributes"],
		["offsets that go back", "0a 02 2002 2401 0200 0600 0200 0000 0000", "services"],
		["an offset beyond the end", "0a 02 2002 2401 0100 f4f0 0909 8804", "services"],
		["a PCCC command without its command", "4b 02 2067 2401 07 4d00", "pccc"],
		["a PCCC address without its end", pccc("0f 00 0100 a2 04 07"), "pccc"],
		["half a Forward Open", "54 02 2006 2401 0a0e 0200", "forward-open"],
		["half a Forward Close", "4e 02 2006 2401 0a0e", "forward-close"],
		["a route that is not there", "52 02 2006 2401 0a0e 0600 0602", "unconnected-send"],
		["packets in packets in packets", packet([packet([packet([packet(["0e 02 2001 2401"])])])]), "nesting"],
	])("are malformed: %s", (_, cip, violation) => {
		const harness = talk(cip);
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violations: [violation] });
		expect(harness.facts.filter(({ record }) => record.id === "enip-malformed")).toMatchObject([{ key: violation, frames: [1] }]);
	});

	it("are malformed where the items contradict the length, or an answer its status", () => {
		const harness = new StreamHarness(enip);
		harness.request(m.message(0x70, hex("00000000 0000 0200 a100 0400 00000000 b100 ff00 0100")));
		harness.response(tell(1, "cc 00 00 7f"));
		harness.response(m.message(0x63, hex("0100 0c00 0400 01000002")));
		expect(harness.records).toMatchObject([
			{ violations: ["items"] },
			{ violations: ["status"], sender: "server" },
			{ violations: ["items"] },
		]);
	});

	it("have names that are made harmless", () => {
		const name = join(hex("4c 05 91 08"), hex("41 0a 1b e280ae 7f 42"), hex("0100"));
		expect(talk(join(hex("4c 05 91 08"), hex("41 0a 1b e280ae 7f 42"), hex("0100"))).records[0]).toMatchObject({
			tag: "A\ufffd\ufffd\ufffd\ufffdB",
		});
		expect(name).toHaveLength(14);
	});

	it("cannot make more services than are read", () => {
		const many = talk(packet(Array.from({ length: 300 }, () => "0e 01 2001")));
		expect(many.records).toHaveLength(257);
		expect(many.records[0]).toMatchObject({ kind: "malformed", violations: ["services"] });
	});
});

describe("datagrams", () => {
	it("tell who devices are, to whoever asks all of them", () => {
		const harness = new DatagramHarness(enip, { flow: { server: { ip: "255.255.255.255", port: 44818, mac: undefined } } });
		harness.request(m.LIST_IDENTITY);
		expect(harness.operations).toMatchObject([{ verb: "identify", isBroadcast: true, outcome: "ok" }]);
		const answer = new DatagramHarness(enip, { flow: { server: { ip: "10.0.0.5", port: 44818, mac: undefined } } });
		answer.response(m.IDENTITY);
		expect(answer.records).toMatchObject([{ kind: "response", matched: false }]);
		expect(answer.operations).toEqual([]);
		expect(answer.identities).toMatchObject([{ model: "1756-L61/B LOGIX5561", role: "PLC" }]);
	});

	it("carry values of I/O connections", () => {
		const harness = new DatagramHarness(enip);
		harness.request(m.io(0x3a7b78, 5, "0100 2a00 ff"));
		expect(harness.records).toMatchObject([
			{ kind: "io", connectionId: "0x003a7b78", sequenceNumber: 5, dataLength: 5, words: [1, 42], lastByte: 255, sender: "client" },
		]);
		expect(harness.operations).toEqual([]);
		const probe = (bytes: Uint8Array) => enip.udp!.probe(bytes, 0, bytes.length);
		expect(probe(m.io(1, 1, "0100"))).toBe(PROBE.certain);
		expect(probe(join(m.io(1, 1, "0100"), hex("00")))).toBe(PROBE.mismatch);
		expect(probe(m.LIST_IDENTITY)).toBe(PROBE.match);
		expect(probe(hex("0001 0000 0000 0000 2112a442"))).toBe(PROBE.mismatch);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Direction = TO_SERVER) => ({ name, bytes, direction });
const answered = (name: string, request: Uint8Array, response: Uint8Array) => [
	sample(name, request),
	sample(`the answer to ${name}`, response, TO_CLIENT),
];
streamSuite(enip, [
	[
		...answered("a registration", m.REGISTER, m.REGISTERED),
		...answered("a routed question", rr(routed("01 02 2001 2401")), rr("81 00 00 00 0100 0e00 3600 140b 6030 eeffc000 02 4c36")),
		...answered("a Forward Open", rr(m.FORWARD_OPEN, 2), rr(m.FORWARD_OPENED, 2)),
		...answered("a tag", ask(1, onTag(0x4c, "Program:Main.Pump[3].Speed", "0100")), tell(1, "cc 00 00 00 ca00 0000c03f")),
		...answered(
			"a packet",
			ask(2, packet([onTag(0x4c, "A", "0100"), onTag(0x4d, "B", "c300 0100 0700")])),
			tell(2, packetAnswer("00 00", ["cc 00 00 00 c300 0500", "cd 00 00 00"])),
		),
		...answered("a Forward Close", rr(m.FORWARD_CLOSE, 3), rr(m.FORWARD_CLOSED, 3)),
		sample("the end of a session", m.UNREGISTER),
	],
	[
		...answered("a question for services", m.LIST_SERVICES, m.SERVICES),
		...answered("a question for identities", m.LIST_IDENTITY, m.IDENTITY),
		...answered("a PCCC read", rr(pccc("0f 00 0100 a2 04 07 89 0a 00")), rr(pcccAnswer("4f 00 0100 0500 feff"))),
		...answered("a stop", ask(1, "07 02 208e 2401"), tell(1, "87 00 10 00")),
	],
]);
datagramSuite(enip, [
	answered("a question for identities", m.LIST_IDENTITY, m.IDENTITY),
	[sample("outputs", m.io(1, 1, "0100 2a00")), sample("inputs", m.io(2, 1, "0100 2a00"), TO_CLIENT)],
]);
