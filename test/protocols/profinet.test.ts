/** PROFINET: frames and datagrams with the bytes written out (IEC 61158-6-10), what answers what, hostile bytes, and what is said of it. */
import { describe, expect, it } from "vitest";
import { profinet } from "../../protocols/profinet/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, messageSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, MessageHarness } from "../support/decoderHarness.ts";
import {
	ALARM_ACK,
	arBlock,
	block,
	CONNECT,
	CONNECTED,
	control,
	cyclic,
	dcp,
	FOUND_ALL,
	FOUND_NAME,
	GET,
	GOT,
	HELLO,
	IM0,
	im0,
	LOOKED_UP,
	LOOKUP,
	NOTIFICATION,
	option,
	PARAMETERS_END,
	PARAMETERS_ENDED,
	packet,
	READ_IM0,
	READY,
	READY_DONE,
	REFUSED,
	RELEASE,
	RELEASED,
	RESET,
	RTA_ACK,
	RTA_ERROR,
	readDataOf,
	readOf,
	request,
	response,
	SEARCH_ALL,
	SEARCH_NAME,
	SET_IP,
	SET_IP_FOR_GOOD,
	SET_NAME,
	SIGNAL,
	SYNC,
	setDone,
	WRITE,
	WRITTEN,
	writeOf,
	writtenOf,
} from "./profinetMessages.ts";

const SECOND = 1_000_000;
const TOOL = "02:00:00:00:00:01";
const DEVICE = "02:00:00:00:00:07";

const FLOW = {
	client: { ip: undefined, port: undefined, mac: TOOL },
	server: { ip: undefined, port: undefined, mac: DEVICE },
};
const frames = (...messages: Uint8Array[]) => {
	const harness = new MessageHarness(profinet, "link", { flow: FLOW });
	for (const bytes of messages) harness.send(bytes);
	return harness;
};
const ids = ({ facts }: { facts: readonly { record: { id: string } }[] }) => facts.map(({ record }) => record.id);
const datagrams = () => new DatagramHarness(profinet, { flow: { server: { ip: "10.0.0.7", port: 34964, mac: DEVICE } } });
const exchanged = (...messages: Uint8Array[]) => {
	const harness = datagrams();
	messages.forEach((bytes, index) => {
		harness.send(index % 2 === 0 ? TO_SERVER : TO_CLIENT, bytes);
	});
	return harness;
};

describe("DCP", () => {
	it("reads a search and who answers it, and says who that is", () => {
		const harness = frames(SEARCH_ALL);
		harness.send(FOUND_ALL, { time: harness.clock.time + 40_000 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				layer: "dcp",
				frameId: "0xfefe",
				frameName: "DCP-Identify request",
				service: "Identify",
				xid: "0x01000001",
				blocks: [{ option: 255, suboption: 255, name: "all" }],
			},
			{
				kind: "response",
				sender: "server",
				matched: true,
				latencyMs: 40,
				requestFrame: 1,
				blocks: [
					{ name: "IP parameter", blockInfo: 1, ip: "10.0.0.7", subnetMask: "255.255.255.0", gateway: "10.0.0.1" },
					{ name: "type of station", text: "ET200S" },
					{ name: "name of station", text: "rio-1" },
					{ name: "device ID", vendorId: 42, vendor: "Siemens", deviceId: 0x301 },
					{ name: "device role", roles: ["PROFINET IO device"] },
				],
			},
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 5, outcome: "ok", latency: 40_000, points: [] }]);
		expect(harness.identities).toMatchObject([
			{ mac: DEVICE, ip: "10.0.0.7", hostName: "rio-1", vendor: "Siemens", model: "ET200S", evidence: "PROFINET DCP" },
			{ mac: DEVICE, role: "PROFINET IO device" },
		]);
		expect([...harness.identities[0]!.statements!]).toEqual([
			["vendor and device id", "0x002a 0x0301"],
			["type of station", "ET200S"],
		]);
	});

	it("reads a Get by its two bytes for each block, and its answer", () => {
		const harness = frames(GET, GOT);
		expect(harness.records).toMatchObject([
			{ service: "Get", blocks: [{ name: "name of station" }, { name: "IP parameter" }] },
			{ kind: "response", blocks: [{ text: "rio-1" }, { ip: "10.0.0.7" }] },
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 3, points: ["name of station", "IP parameter"] }]);
	});

	it("says who is there by Hello, which nobody asked for", () => {
		const harness = frames(HELLO);
		expect(harness.records).toMatchObject([{ kind: "hello", sender: "server", service: "Hello" }]);
		expect(harness.operations).toEqual([]);
		expect(harness.identities).toMatchObject([{ hostName: "rio-1", ip: "10.0.0.7", evidence: "PROFINET DCP Hello" }]);
		expect(harness.identities[0]!.statements).toBeUndefined();
	});

	it("reports a name, and an address for good, when they are set", () => {
		const harness = frames(SET_NAME, setDone(0x01000004, "0202"), SET_IP_FOR_GOOD, setDone(0x01000006, "0102", "05"));
		expect(harness.records).toMatchObject([
			{ service: "Set", blocks: [{ blockQualifier: 1, text: "rio-9" }] },
			{ kind: "response", blocks: [{ about: "name of station", blockError: "no error" }] },
			{ kind: "request" },
			{ kind: "refusal", blocks: [{ about: "IP parameter", blockError: "set not possible by local reasons" }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", code: 4, subCode: 0x0202, outcome: "ok", points: ["name of station"] },
			{ verb: "configure", code: 4, subCode: 0x0102, outcome: "refused", outcomeCode: 5 },
		]);
		expect(profinet.outcomeName(5)).toBe("set not possible by local reasons (DCP)");
		expect(ids(harness)).toEqual(["device-address", "device-address"]);
		expect(harness.facts[0]!.sentence).toBe(
			'{client} asked {server} to take the name "rio-9" (DCP Set, name of station); a plant\'s own traffic never does.',
		);
		expect(harness.facts[1]!.sentence).toContain("take the IP address 10.0.0.9");
	});

	it("knows the address that a controller gives at each start to a device that it searched by its name", () => {
		expect(ids(frames(SEARCH_NAME, FOUND_NAME, SET_IP))).toEqual([]);
		const harness = frames(SEARCH_NAME, FOUND_NAME);
		harness.send(SET_IP, { time: harness.clock.time + 61 * SECOND });
		expect(ids(harness)).toEqual(["device-address"]);
		// Whoever searches all, or gives an address for good, is no controller that starts.
		expect(ids(frames(SEARCH_ALL, FOUND_ALL, SET_IP))).toEqual(["device-address"]);
		expect(ids(frames(SEARCH_NAME, FOUND_NAME, SET_IP_FOR_GOOD))).toEqual(["device-address"]);
		expect(frames(SEARCH_NAME, FOUND_NAME, SET_IP).records[2]).toMatchObject({ start: true });
	});

	it("reports a reset, with what is reset", () => {
		const harness = frames(RESET, setDone(0x01000007, "0506"));
		expect(harness.records[0]).toMatchObject({ blocks: [{ name: "reset to factory", reset: "all stored data" }] });
		expect(harness.operations).toMatchObject([{ verb: "command", subCode: 0x0506 }]);
		expect(ids(harness)).toEqual(["controller-restart"]);
		expect(harness.facts[0]!.sentence).toContain("reset itself to the state of its delivery: all stored data");
		expect(ids(frames(dcp("fefd", 4, 0, 1, option("0505", "0000", ""))))).toEqual(["controller-restart"]);
		expect(ids(frames(dcp("fefd", 4, 0, 1, option("03ff", "0001", "01"))))).toEqual(["device-address"]);
		expect(frames(dcp("fefd", 4, 0, 1, option("0506", "0006", ""))).records[0]).toMatchObject({
			blocks: [{ reset: "engineering parameters" }],
		});
		expect(frames(dcp("fefd", 4, 0, 1, option("0506", "000e", ""))).records[0]).toMatchObject({ blocks: [{ reset: "mode 7" }] });
		expect(ids(frames(dcp("fefd", 4, 0, 1, option("0102", "0001", "00".repeat(12)))))).toEqual(["device-address"]);
		expect(frames(dcp("fefd", 4, 0, 1, option("0202", "0001", ""))).facts[0]!.sentence).toContain("forget its name");
	});

	it("takes a signal for a command that is no matter", () => {
		const harness = frames(SIGNAL, setDone(0x01000008, "0503"));
		expect(harness.records[0]).toMatchObject({
			blocks: [{ name: "start transaction" }, { name: "signal", value: 256 }, { name: "end transaction" }],
		});
		expect(harness.operations).toMatchObject([{ verb: "command", subCode: 0x0503, points: ["signal"] }]);
		expect(harness.facts).toEqual([]);
	});

	it("says that nobody answered, once, when the next frame shows that it is late", () => {
		const harness = frames(SET_NAME);
		harness.send(SET_NAME, { time: harness.clock.time + SECOND });
		harness.send(SYNC, { time: harness.clock.time + 6 * SECOND });
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "request", "unanswered", "time"]);
		expect(harness.records[1]).toMatchObject({ repeat: true });
		expect(harness.operations).toMatchObject([{ verb: "configure", outcome: "unanswered", points: ["name of station"] }]);
		expect(harness.between[2]).toMatchObject({ client: { mac: TOOL }, server: { mac: DEVICE } });
		expect(ids(harness)).toEqual(["device-address"]);
	});

	it("names the first blocks of what nobody answered, without what they say", () => {
		const harness = frames(dcp("fefd", 4, 0, 1, Array.from({ length: 40 }, () => option("0202", "0001", "72696f2d")).join(" ")));
		harness.send(SYNC, { time: harness.clock.time + 6 * SECOND });
		expect(harness.records[0]!.blocks).toHaveLength(40);
		expect(harness.records[1]!.blocks).toEqual(
			Array.from({ length: 8 }, () => ({ option: 2, suboption: 2, name: "name of station", blockQualifier: 1 })),
		);
	});

	it("tells of two devices that answer to one name", () => {
		const flow = { ...FLOW, server: { ...FLOW.server } };
		const harness = new MessageHarness(profinet, "link", { flow });
		harness.send(SEARCH_NAME);
		harness.send(FOUND_NAME);
		harness.send(FOUND_NAME);
		flow.server.mac = "02:00:00:00:00:66";
		harness.send(FOUND_NAME);
		expect(harness.records[3]).toMatchObject({ rival: DEVICE });
		expect(ids(harness)).toEqual(["profinet-name-conflict"]);
		expect(harness.facts[0]).toMatchObject({ frames: [2, 4], byServer: true });
		expect(harness.facts[0]!.sentence).toContain('both answered a search of {client} as "rio-1"');
	});

	it("reads options that it does not know, further ones, and a service that is not supported", () => {
		const blocks = [
			option("0101", "0001", "020000000007"),
			option("0103", "0001", "0a000007 ffffff00 00000000 00000000 00000000 00000000 00000000"),
			option("0206", "0000", "7031"),
			option("0208", "0000", "002a 0001"),
			option("0209", "0000", "0a000001"),
			option("8001", "0000", "01"),
		];
		const harness = frames(GET, dcp("fefd", 3, 1, 0x01000003, blocks.join(" ")), GET, dcp("fefd", 3, 5, 0x01000003, ""));
		expect(harness.records[1]).toMatchObject({
			blocks: [
				{ text: DEVICE },
				{ ip: "10.0.0.7" },
				{ text: "p1" },
				{ vendorId: 42 },
				{ gateway: "10.0.0.1" },
				{ name: "option 128 suboption 1", octets: 1 },
			],
		});
		expect(harness.records[3]).toMatchObject({ kind: "refusal" });
		expect(harness.operations.at(-1)).toMatchObject({ outcome: "refused", outcomeCode: 255 });
		expect(profinet.outcomeName(255)).toBe("service not supported (DCP)");
	});

	it.each<[string, Uint8Array, string]>([
		["a frame without a header", hex("fefe 0500"), "length"],
		["more data than there is", hex("fefe 0500 00000001 0000 0010 ffff0000"), "length"],
		["a service that its frame does not have", dcp("fefc", 4, 0, 1, ""), "service"],
		["another service for Get and Set", dcp("fefd", 5, 0, 1, ""), "service"],
		["an answer in the frame of a search", dcp("fefe", 5, 1, 1, ""), "service"],
		["a Get of half a block", dcp("fefd", 3, 0, 1, "020201"), "block"],
		["a block that is longer than its message", dcp("fefd", 4, 0, 1, "0202 0009 0001"), "block"],
		["a block cut in its head", dcp("fefd", 4, 0, 1, "0202 00"), "block"],
		["a block without its qualifier", dcp("fefd", 4, 0, 1, "0202 0001 00 00"), "block"],
		["an address that is too short", dcp("fefd", 4, 0, 1, option("0102", "0001", "0a00")), "block"],
	])("reports %s", (_, bytes, violation) => {
		const harness = frames(bytes);
		expect(harness.records).toMatchObject([{ kind: "malformed", violation }]);
		expect(ids(harness)).toEqual(["profinet-malformed"]);
	});

	it.each(["0101", "0203", "0204", "0209", "0503", "0504"])("reports block %s that is too short", (number) => {
		expect(frames(dcp("fefd", 3, 1, 1, option(number, number === "0504" ? "" : "0000", ""))).records).toMatchObject([
			{ kind: "malformed" },
		]);
	});
});

describe("cyclic data, alarms and clocks", () => {
	it("says when cyclic data begins, and when its status changes; never each frame", () => {
		const harness = frames(...Array.from({ length: 50 }, (_, index) => cyclic("8001", index * 32, "35")));
		harness.send(cyclic("8001", 1600, "25"));
		harness.send(cyclic("8001", 1632, "25", "01"));
		expect(harness.records).toMatchObject([
			{
				kind: "cyclic",
				layer: "rt",
				frameId: "0x8001",
				frameName: "RT_CLASS_2 unicast",
				frames: 1,
				octets: 46,
				dataStatus: "0x35",
				dataValid: true,
				primary: true,
				providerState: "run",
				problem: false,
			},
			{ frames: 50, cycleCounter: 1600, providerState: "stop", previousDataStatus: "0x35" },
			{ transferStatus: 1 },
		]);
		expect(harness.operations).toEqual([]);
		expect(harness.taken).toBe(52);
		expect(frames(cyclic("0101", 0, "fd")).records).toMatchObject([{ frameName: "RT_CLASS_3", ignore: true, violation: "data-status" }]);
		expect(frames(cyclic("bc01", 0, "35"), cyclic("c001", 0, "35"), cyclic("f801", 0, "15")).records).toMatchObject([
			{ frameName: "RT_CLASS_2 multicast" },
			{ frameName: "RT_CLASS_1 unicast" },
			{ frameName: "RT_CLASS_1 multicast", problem: true },
		]);
	});

	it("lets all begin anew where there are too many senders", () => {
		const harness = frames(cyclic("8001", 0, "35"));
		for (let frameId = 0x8002; frameId < 0x9100; frameId++) harness.send(cyclic(frameId.toString(16), 0, "35"));
		expect(harness.counts["streams-bound"]).toBe(1);
		harness.send(cyclic("8001", 0, "35"));
		expect(harness.records.at(-1)).toMatchObject({ frameId: "0x8001", frames: 1 });
	});

	it("reads a notification and its acknowledgements", () => {
		const harness = frames(NOTIFICATION, RTA_ACK, ALARM_ACK, RTA_ERROR);
		expect(harness.records).toMatchObject([
			{ kind: "alarm", sender: "server", pduType: "DATA-RTA-PDU", alarmType: "diagnosis", slot: 1, subslot: 1 },
			{ pduType: "ACK-RTA-PDU" },
			{ sender: "client", alarmType: "diagnosis" },
			{ pduType: "ERR-RTA-PDU", status: "0xcf81fd0c" },
		]);
		expect(harness.operations).toMatchObject([{ verb: "report", code: 0x200, subCode: 1, points: ["diagnosis 1.1"] }]);
		expect(profinet.operationName(0x200)).toBe("alarm");
	});

	it.each<[string, Uint8Array, string]>([
		["cyclic data without its status", hex("8001 35 00"), "length"],
		["an alarm without its head", hex("fe01 0001"), "length"],
		["an alarm longer than its frame", hex("fe01 0001 0001 11 01 0000 ffff 0030 0002"), "length"],
		["a notification that is too short", hex("fe01 0001 0001 11 01 0000 ffff 0006 0002 0002 0100"), "alarm"],
		["an error without its status", hex("fe01 0001 0001 14 01 0000 ffff 0000"), "alarm"],
	])("reports %s", (_, bytes, violation) => {
		const harness = frames(bytes);
		expect(harness.records).toMatchObject([{ kind: "malformed", violation }]);
	});

	it("says once that clocks are synchronised and frames are cut, and counts what no FrameID is", () => {
		const harness = frames(
			SYNC,
			SYNC,
			hex(`ff00 ${"00".repeat(44)}`),
			hex(`ff20 ${"00".repeat(44)}`),
			hex(`ff43 ${"00".repeat(44)}`),
			hex(`ff80 ${"00".repeat(44)}`),
			hex("fd00 0000"),
			hex("80"),
		);
		expect(harness.records.map(({ kind, frameName }) => [kind, frameName])).toEqual([
			["time", "PTCP-RTSync"],
			["time", "PTCP-Announce"],
			["time", "PTCP-FollowUp"],
			["time", "PTCP-Delay"],
			["fragment", "RT fragment"],
		]);
		expect(harness.counts).toEqual({ "frame-id": 1 });
		expect(harness.refused).toBe(2);
	});

	it("knows from its connection who is the controller", () => {
		const harness = new MessageHarness(profinet, "link", { flow: { ...FLOW, client: FLOW.server, server: FLOW.client } });
		const udp = profinet.udp!.open({ ...harness.context, flow: datagrams().flow });
		udp.data(CONNECT, 0, CONNECT.length, TO_SERVER);
		harness.send(cyclic("8002", 0, "35"));
		expect(harness.records[1]).toMatchObject({ kind: "cyclic", sender: "client" });
		expect(harness.between[1]).toMatchObject({ client: { mac: TOOL }, server: { mac: DEVICE } });
	});

	it("says by the bytes who sent a frame", () => {
		const sender = (bytes: Uint8Array) => profinet.link!.sender!(bytes, 0, bytes.length);
		expect([SEARCH_ALL, FOUND_ALL, HELLO, cyclic("8001", 0, "35"), NOTIFICATION, ALARM_ACK].map(sender)).toEqual([
			"client",
			"server",
			"server",
			"server",
			"server",
			"client",
		]);
		expect(sender(hex("fe"))).toBeUndefined();
	});
});

describe("the connection management", () => {
	it("reads a connection, and says who both ends are", () => {
		const harness = exchanged(CONNECT, CONNECTED);
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				layer: "cm",
				packetType: "request",
				interface: "device",
				operation: "Connect",
				vendorId: 42,
				deviceId: 0x301,
				blocks: ["ARBlock", "IOCRBlock", "IOCRBlock"],
				arType: "IOCARSingle",
				mac: TOOL,
				stationName: "plc-1",
				frameIds: ["0x8001", "0x8002"],
			},
			{
				kind: "response",
				sender: "server",
				matched: true,
				status: "0x00000000",
				blocks: ["ARBlockRes", "IOCRBlockRes", "IOCRBlockRes"],
				mac: DEVICE,
			},
		]);
		expect(harness.operations).toMatchObject([{ verb: "configure", code: 0x100, outcome: "ok" }]);
		expect(harness.identities).toMatchObject([
			{ mac: TOOL, hostName: "plc-1", role: "PROFINET IO controller", evidence: "PROFINET connect" },
			{ role: "PROFINET IO device", vendor: "Siemens" },
		]);
		expect(profinet.operationName(0x100)).toBe("connect (connection management)");
	});

	it("takes the name that a device gives itself with its answer", () => {
		const ar = "0001 c0ffee01 1234 11d1 8000 020000000001 0001 020000000007 8894";
		const answer = response(0, `${block("8101", ar)} ${block("8106", "0005 72696f2d31 00")} ${block("8104", "0000")}`);
		const harness = exchanged(CONNECT, answer);
		expect(harness.records[1]).toMatchObject({ stationName: "rio-1", blocks: ["ARBlockRes", "ARServerBlock", "ModuleDiffBlock"] });
		expect(harness.identities[1]).toMatchObject({ hostName: "rio-1", role: "PROFINET IO device" });
		expect(exchanged(CONNECT, response(0, block("8106", "0009 72"))).records[1]).toMatchObject({ kind: "malformed", violation: "block" });
		expect(exchanged(CONNECT, response(0, block("8106", "0001 72"))).records[1]).toMatchObject({ kind: "response" });
	});

	it("says a refused connection with its error", () => {
		const harness = exchanged(CONNECT, REFUSED);
		expect(harness.records[1]).toMatchObject({ kind: "refusal", status: "0xdb814005", error: "CMRPC (PNIO 64, 5)" });
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 0x814005 }]);
	});

	it("tells records that are parameters at the start of a connection from those that are written later", () => {
		const again = (activity: number) => request(3, writeOf("0001", "0001", "00640001"), { activity });
		const done = (activity: number) => response(3, writtenOf("0001", "0001"), { activity });
		const harness = exchanged(CONNECT, CONNECTED, WRITE, WRITTEN, PARAMETERS_END, PARAMETERS_ENDED, again(20), done(20));
		expect(harness.operations).toMatchObject([
			{ code: 0x100 },
			{ verb: "configure", code: 0x103, points: ["1.1:0001"] },
			{ verb: "configure", code: 0x104, subCode: 1, points: ["ParameterEnd"] },
			{ verb: "write", code: 0x103, points: ["1.1:0001"] },
		]);
		const begun = request(4, control("0118", "0040"), { activity: 21 });
		harness.request(begun).response(response(4, control("8118", "0008"), { activity: 21 }));
		harness.request(again(22)).response(done(22));
		expect(harness.operations.at(-1)).toMatchObject({ verb: "configure" });
		expect(profinet.pointName("1.1:0001")).toBe("record 0x0001 of slot 1, subslot 1");
		expect(profinet.pointName("ParameterEnd")).toBe("ParameterEnd");
		expect(profinet.parsePoint!("1.1:0xAFF0", "")).toBe("1.1:aff0");
		expect(profinet.parsePoint!("1.1", "")).toBeUndefined();
		expect(profinet.parsePoint!("70000.1:1", "")).toBeUndefined();
	});

	it("has the device ask its controller whether that is ready", () => {
		const harness = datagrams();
		harness.response(READY).request(READY_DONE);
		expect(harness.records).toMatchObject([
			{ interface: "controller", sender: "server", controlCommand: "ApplicationReady" },
			{ kind: "response", sender: "client", matched: true },
		]);
		expect(harness.between).toEqual([undefined, undefined]);
		expect(harness.operations).toMatchObject([{ verb: "report", code: 0x104, points: ["ApplicationReady"] }]);
		// On a flow that the device began, the ends are the other way round.
		const turned = datagrams().request(READY).response(READY_DONE);
		expect(turned.between[0]).toMatchObject({ client: { ip: "10.0.0.7" }, server: { ip: "10.0.0.1" } });
	});

	it("takes who a device is from I&M0, that of a module for what it is", () => {
		const harness = exchanged(READ_IM0, IM0);
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 0x102, points: ["0.1:aff0"] }]);
		expect(harness.identities).toMatchObject([
			{
				vendor: "Siemens",
				productCode: "6ES7 151-3BA23-0AB0",
				serialNumber: "S C-X4U421302009",
				firmware: "V2.1.4",
				evidence: "PROFINET I&M0",
			},
		]);
		expect(harness.identities[0]!.statements!.get("software revision")).toBe("V2.1.4");
		const module = exchanged(
			request(5, readOf("0003", "aff0"), { activity: 9 }),
			response(5, readDataOf("0003", "aff0", im0("6ES7 132", "1")), { activity: 9 }),
		);
		expect(module.identities).toMatchObject([{ unit: 3, presumed: true, productCode: "6ES7 132" }]);
		expect(module.operations).toMatchObject([{ code: 0x105 }]);
	});

	it("reads I&M1 to I&M3, and diagnosis", () => {
		const text = (words: string, size: number) => Buffer.from(words.padEnd(size)).toString("hex");
		const data = [
			block("0021", text("Pump 3", 32) + text("Hall 2", 22)),
			block("0022", text("2026-11-28 13:30", 16)),
			block("0023", text("spare", 54)),
			block("0099", "0000"),
		].join(" ");
		const harness = exchanged(READ_IM0, response(2, readDataOf("0000", "aff1", data), { activity: 5 }));
		expect(harness.records[1]).toMatchObject({
			tagFunction: "Pump 3",
			tagLocation: "Hall 2",
			installationDate: "2026-11-28 13:30",
			descriptor: "spare",
			blocks: ["IODReadRes", "I&M1", "I&M2", "I&M3", "block 0x0099"],
		});
		const diagnosis = exchanged(request(2, readOf("0000", "800a"), { activity: 9 }), response(2, "", { activity: 9 }, "de80b000"));
		expect(diagnosis.operations).toMatchObject([{ verb: "diagnose", outcome: "refused", outcomeCode: 0x80b000 }]);
		expect(profinet.outcomeName(0x80b000)).toBe("invalid index (PNIORW 176, 0)");
		expect(profinet.outcomeName(0x820102)).toBe("error 1 (decode 130 1, 2)");
		const read = exchanged(
			request(2, readOf("0001", "8028"), { activity: 9 }),
			response(2, readDataOf("0001", "8028", "01"), { activity: 9 }),
		);
		expect(read.operations).toMatchObject([{ verb: "read", points: ["1.1:8028"] }]);
	});

	it("reads many records of one write, of which some may fail", () => {
		const inner = `${writeOf("0001", "0002", "0102")} 0000 ${writeOf("0002", "0003", "01020304")}`;
		const many = request(3, writeOf("0000", "e040", inner), { activity: 8 });
		const done = response(3, `${writtenOf("0000", "e040")} ${writtenOf("0001", "0002")} ${writtenOf("0002", "0003", "df80b000")}`, {
			activity: 8,
		});
		const harness = exchanged(many, done);
		expect(harness.records).toMatchObject([
			{
				records: [
					{ slot: 1, index: "0x0002", length: 2 },
					{ slot: 2, index: "0x0003", length: 4 },
				],
			},
			{ records: [{ slot: 1 }, { slot: 2, status: "0xdf80b000" }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "write", outcome: "refused", outcomeCode: 0x80b000, points: ["1.1:0002", "2.1:0003"] },
		]);
	});

	it("puts fragments together, in their order", () => {
		const body = CONNECT.slice(80);
		const text = Buffer.from(body).toString("hex");
		const piece = (number: number, from: number, to: number, isLast = false) =>
			packet(0, text.slice(from * 2, to * 2), { flags: isLast ? "26" : "24", fragment: number });
		const harness = datagrams();
		for (const bytes of [piece(0, 0, 60), piece(1, 60, 120), piece(1, 60, 120), piece(2, 120, body.length, true)]) harness.request(bytes);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["fragment", "fragment", "fragment", "request"]);
		expect(harness.records[3]).toMatchObject({ fragments: 3, stationName: "plc-1", blocks: ["ARBlock", "IOCRBlock", "IOCRBlock"] });
		const gap = datagrams();
		for (const bytes of [piece(0, 0, 60), piece(2, 120, body.length, true), piece(2, 120, body.length, true)]) gap.request(bytes);
		expect(gap.records.map(({ kind }) => kind)).toEqual(["fragment", "fragment", "fragment"]);
		expect(gap.counts).toEqual({ "fragments-lost": 1 });
	});

	it("answers on another port than was asked", () => {
		const harness = datagrams();
		harness.request(CONNECT);
		const other = new DatagramHarness(profinet, {});
		const flow = profinet.udp!.open({
			...other.context,
			clock: harness.clock,
			flow: { ...harness.flow, client: harness.flow.server, server: harness.flow.client },
		});
		flow.data(CONNECTED, 0, CONNECTED.length, TO_SERVER);
		expect(other.records).toMatchObject([{ kind: "response", matched: true, sender: "server" }]);
		expect(other.between[0]).toMatchObject({ server: { ip: "10.0.0.7" } });
		harness.advance(harness.clock.time + 20 * SECOND);
		expect(harness.records).toHaveLength(1);
	});

	it("says that nobody answered, and what is asked or answered twice once", () => {
		const harness = datagrams().request(WRITE).request(WRITE);
		expect(harness.records[1]).toMatchObject({ repeat: true });
		harness.advance(harness.clock.time + 20 * SECOND);
		expect(harness.records[2]).toMatchObject({ kind: "unanswered", operation: "Write", requestFrame: 1, records: [{ index: "0x0001" }] });
		expect(harness.operations).toMatchObject([{ verb: "write", outcome: "unanswered", points: ["1.1:0001"] }]);
		expect(exchanged(CONNECT, CONNECTED, CONNECT, CONNECTED).operations).toHaveLength(1);
		expect(exchanged(CONNECT, response(0, "", { activity: 99 })).operations).toEqual([]);
		const late = datagrams().request(WRITE);
		late.advance(late.clock.time + 20 * SECOND);
		late.response(WRITTEN);
		expect(late.operations).toHaveLength(1);
	});

	it("takes the same request on another connection for a new one", () => {
		const harness = datagrams().request(CONNECT).response(CONNECTED);
		const other = new DatagramHarness(profinet, {});
		const again = profinet.udp!.open({ ...other.context, clock: harness.clock, flow: { ...harness.flow, id: 2 } });
		again.data(CONNECT, 0, CONNECT.length, TO_SERVER);
		again.data(CONNECTED, 0, CONNECTED.length, TO_CLIENT);
		expect(other.records[0]!.repeat).toBeUndefined();
		expect(other.operations).toMatchObject([{ code: 0x100, outcome: "ok" }]);
	});

	it("says of a request that nobody answered it when its client asks the next one", () => {
		const harness = datagrams()
			.request(WRITE)
			.request(request(3, writeOf("0001", "0002", "00"), { activity: 2, sequence: 1 }));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "request", "unanswered"]);
		expect(harness.operations).toMatchObject([{ outcome: "unanswered", points: ["1.1:0001"] }]);
		harness.advance(harness.clock.time + 20 * SECOND);
		expect(harness.operations).toHaveLength(2);
	});

	it("reads faults, and what keeps RPC going", () => {
		const harness = exchanged(CONNECT, packet(0, "1c010003", { type: 3 }));
		harness.request(packet(0, "", { type: 9 })).response(packet(0, "", { type: 4 }));
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "refusal", packetType: "fault", status: "0x1c010003" },
			{ kind: "control", packetType: "fack", sender: "client" },
			{ kind: "control", packetType: "working", sender: "server" },
		]);
		expect(harness.operations).toMatchObject([{ outcome: "refused", outcomeCode: 0x1010003 }]);
		expect(profinet.outcomeName(0x1010003)).toBe("fault of RPC, status 0x1c010003");
		expect(exchanged(CONNECT, packet(0, "1c", { type: 6 })).records[1]).toMatchObject({ kind: "malformed", violation: "length" });
	});

	it("reports a supervisor that takes inputs and outputs, and none that asks for records alone", () => {
		const harness = exchanged(request(0, arBlock("0006", "00000001", "tool")), CONNECTED);
		expect(harness.records[0]).toMatchObject({ arType: "IOSAR", takeover: true });
		expect(ids(harness)).toEqual(["profinet-takeover"]);
		expect(harness.identities[0]).toMatchObject({ role: "PROFINET IO supervisor" });
		expect(ids(exchanged(request(0, arBlock("0006", "00000101", "tool")), CONNECTED))).toEqual([]);
	});

	it("ends a connection, and forgets it", () => {
		const harness = exchanged(CONNECT, CONNECTED, RELEASE, RELEASED, WRITE, WRITTEN);
		expect(harness.operations).toMatchObject([{ code: 0x100 }, { verb: "configure", code: 0x101, subCode: 4 }, { verb: "write" }]);
	});

	it("takes who a device is from the endpoint mapper", () => {
		const harness = exchanged(LOOKUP, LOOKED_UP);
		expect(harness.records).toMatchObject([
			{ layer: "epm", operation: "ept_lookup", kind: "request" },
			{ kind: "response", matched: true, vendorId: 42, deviceId: 0x301 },
		]);
		expect(harness.identities).toMatchObject([
			{ vendor: "Siemens", model: "ET200S", productCode: "6ES7 151-3BA23-0AB0", firmware: "V 7 0 6", evidence: "PROFINET endpoint mapper" },
		]);
		expect(harness.operations).toMatchObject([{ verb: "identify", code: 0x110 }]);
		expect(profinet.operationName(0x110)).toBe("lookup of the endpoint mapper");
		const silent = datagrams().request(LOOKUP);
		silent.advance(silent.clock.time + 20 * SECOND);
		expect(silent.operations).toMatchObject([{ outcome: "unanswered" }]);
	});

	it.each<[string, Uint8Array, string]>([
		["more body than there is", packet(0, "0000ffff", { length: 40 }), "length"],
		["a body without its numbers", packet(0, "0000ffff"), "length"],
		["more arguments than there are", packet(0, "0000ffff 00000040 00000040 00000000 00000040"), "length"],
		["no block", request(0, ""), "blocks"],
		["half a block", request(0, "0101 00"), "block"],
		["a block longer than its message", request(0, "0101 0100 01 00"), "block"],
		["an AR block without its fields", request(0, block("0101", "0001")), "block"],
		[
			"a name longer than its block",
			request(0, `${arBlock("0001", "00000011", "plc-1").slice(0, -10)}`.replace(/^0101 00../, "0101 0037")),
			"block",
		],
		["an IOCR block that is too short", request(0, block("0102", "0001")), "block"],
		["a control block that is too short", request(4, block("0110", "0001")), "block"],
		["a record's head that is too short", request(3, block("0008", "0001")), "block"],
		["more record than there is", request(3, writeOf("0001", "0001", "00640001").slice(0, -2)), "record"],
		["a broken record inside of many", request(3, writeOf("0000", "e040", "0008 0001")), "block"],
	])("reports %s", (_, bytes, violation) => {
		const harness = datagrams().request(bytes);
		expect(harness.records).toMatchObject([{ kind: "malformed", violation }]);
		expect(ids(harness)).toEqual(["profinet-malformed"]);
		expect(harness.facts[0]!.sentence).toContain("breaks PROFINET");
	});

	it("recognises its messages on any port, and takes no other RPC", () => {
		const probe = (bytes: Uint8Array) => profinet.udp!.probe(bytes, 0, bytes.length);
		const altered = (bytes: Uint8Array, at: number, value: number) => {
			const copy = bytes.slice();
			copy[at] = value;
			return copy;
		};
		expect([CONNECT, CONNECTED, READY, packet(0, "", { type: 9 }), LOOKED_UP].map(probe)).toEqual(new Array(5).fill(PROBE.certain));
		expect(probe(LOOKUP)).toBe(PROBE.match);
		expect(probe(altered(LOOKUP, 69, 3))).toBe(PROBE.mismatch);
		expect(probe(altered(LOOKUP, 1, 4))).toBe(PROBE.mismatch);
		expect(probe(altered(LOOKED_UP, 116, 0))).toBe(PROBE.mismatch);
		for (const [at, value] of [
			[0, 5],
			[1, 11],
			[4, 0x20],
			[5, 9],
			[24, 0],
			[27, 0x10],
			[34, 1],
		] as const)
			expect(probe(altered(CONNECT, at, value)), String(at)).toBe(PROBE.mismatch);
		expect(probe(CONNECT.slice(0, 79))).toBe(PROBE.mismatch);
		const sender = (bytes: Uint8Array) => profinet.udp!.sender!(bytes, 0, bytes.length);
		expect([CONNECT, CONNECTED, READY, READY_DONE, packet(0, "", { type: 9 }), hex("00")].map(sender)).toEqual([
			"client",
			"server",
			"server",
			"client",
			undefined,
			undefined,
		]);
	});
});

describe("words", () => {
	it("has them for all codes", () => {
		expect(profinet.operationName(4)).toBe("Set (DCP)");
		expect(profinet.operationName(9)).toBe("service 9 (DCP)");
		expect(profinet.operationName(0x107)).toBe("operation 7 (connection management)");
		expect(profinet.outcomeName(77)).toBe("error 77 (DCP)");
		expect(profinet.postponing).toEqual([0x80a700, 0x80c200]);
	});
});

const client = (name: string, bytes: Uint8Array) => ({ name, bytes, direction: TO_SERVER }) as const;
const server = (name: string, bytes: Uint8Array) => ({ name, bytes, direction: TO_CLIENT }) as const;

messageSuite(profinet, "link", [
	[
		{ name: "a search", bytes: SEARCH_NAME },
		{ name: "an answer", bytes: FOUND_NAME },
		{ name: "a Set", bytes: SET_IP },
		{ name: "its answer", bytes: setDone(0x01000005, "0102") },
	],
	[
		{ name: "a Get", bytes: GET },
		{ name: "its answer", bytes: GOT },
	],
	[
		{ name: "cyclic data", bytes: cyclic("8001", 0, "35") },
		{ name: "stopped", bytes: cyclic("8001", 32, "25") },
		{ name: "an alarm", bytes: NOTIFICATION },
		{ name: "its acknowledgement", bytes: ALARM_ACK },
		{ name: "a clock", bytes: SYNC },
	],
]);
datagramSuite(profinet, [
	[client("a connect", CONNECT), server("its answer", CONNECTED)],
	[client("a write", WRITE), server("its answer", WRITTEN), client("an end", PARAMETERS_END), server("its answer", PARAMETERS_ENDED)],
	[client("a read", READ_IM0), server("its answer", IM0)],
	[client("a release", RELEASE), server("its answer", RELEASED)],
]);
