/** Sparkplug: payloads with the bytes written out (Sparkplug 3.0, 6.4), births that name what data only number, commands, who speaks for a node, and hostile bytes. */
import { describe, expect, it } from "vitest";
import { sparkplug } from "../../protocols/sparkplug/index.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { messageSuite } from "../contract/stream.ts";
import { hex, join, MessageHarness } from "../support/decoderHarness.ts";
import {
	bytes,
	COMMAND,
	DEVICE_BIRTH,
	DEVICE_DATA,
	double,
	float,
	metric,
	NODE_BIRTH,
	number,
	payload,
	REBIRTH,
	REBOOT,
	TIME,
	TYPE,
	text,
	topic,
	varint,
} from "./sparkplugMessages.ts";

const SECOND = 1_000_000;
const open = () => new MessageHarness(sparkplug, "message");
const NBIRTH = { topic: topic("NBIRTH") };
const DBIRTH = { topic: topic("DBIRTH", "Edge1", "Tank") };
const DDATA = { topic: topic("DDATA", "Edge1", "Tank") };
const NDATA = { topic: topic("NDATA") };
const NCMD = { topic: topic("NCMD") };
const DCMD = { topic: topic("DCMD", "Edge1", "Tank") };
const state = (content: string) => new TextEncoder().encode(content);

describe("births and data", () => {
	it("names by the birth what data only number", () => {
		const harness = open().send(NODE_BIRTH, NBIRTH).send(DEVICE_BIRTH, DBIRTH).send(DEVICE_DATA, DDATA);
		expect(harness.records).toMatchObject([
			{
				kind: "birth",
				messageType: "NBIRTH",
				group: "Plant",
				node: "Edge1",
				timestamp: TIME,
				sequence: 0,
				bdSeq: 3,
				metrics: [
					{ name: "bdSeq", type: "Int64", value: 3 },
					{ name: "Node Control/Rebirth", type: "Boolean", value: false },
					{ name: "Properties/Hardware Make", value: "Example" },
					{ value: "EG-5" },
					{ value: "2.1" },
					{ name: "Load", alias: 1, type: "Double", value: 0.5 },
				],
			},
			{ kind: "birth", messageType: "DBIRTH", device: "Tank", sequence: 1 },
			{
				kind: "data",
				messageType: "DDATA",
				sequence: 2,
				metrics: [
					{ name: "Level", alias: 2, type: "Float", value: 2.5 },
					{ name: "Pump/Speed", alias: 3, type: "Int16", value: -5 },
				],
			},
		]);
		expect(harness.operations.slice(1)).toMatchObject([
			{
				verb: "report",
				outcome: "unsolicited",
				unit: -1,
				points: ["Plant/Edge1/Tank/Level", "Plant/Edge1/Tank/Pump/Speed", "Plant/Edge1/Tank/Pump/Run"],
				values: [1.5, 1450, 1],
			},
			{ verb: "report", points: ["Plant/Edge1/Tank/Level", "Plant/Edge1/Tank/Pump/Speed"], values: [2.5, -5] },
		]);
		expect(harness.identities).toEqual([
			{
				ip: "10.0.0.2",
				vendor: "Example",
				model: "EG-5",
				firmware: "2.1",
				application: "Sparkplug node Plant/Edge1",
				role: "Sparkplug edge node",
				evidence: "Sparkplug birth of Plant/Edge1",
			},
		]);
		expect(harness.facts).toEqual([]);
		expect(harness.between).toEqual([undefined, undefined, undefined]);
		expect(sparkplug.pointName("Plant/Edge1/Tank/Pump/Speed")).toBe("Pump/Speed of device Tank of node Plant/Edge1");
		expect(sparkplug.pointName("Plant/Edge1//Load")).toBe("Load of node Plant/Edge1");
	});

	it("has only the number of a metric whose birth was not seen, or was that of another node", () => {
		const harness = open()
			.send(NODE_BIRTH, { topic: topic("NBIRTH", "Edge2") })
			.send(DEVICE_DATA, DDATA);
		expect(harness.records[1]!.metrics).toMatchObject([
			{ name: "#2", value: 2.5 },
			{ name: "#3", value: 0xfffffffb },
		]);
		// A birth of the node begins anew, also for its devices.
		const again = open().send(DEVICE_BIRTH, DBIRTH).send(NODE_BIRTH, NBIRTH).send(DEVICE_DATA, DDATA);
		expect(again.records[2]!.metrics).toMatchObject([{ name: "#2" }, { name: "#3" }]);
	});

	it.each<[string, Uint8Array, unknown, number]>([
		["Int8 in its own bits", metric("x", -1, TYPE.int8, number(10, 0xff)), -1, -1],
		["Int8 in 32 bits", metric("x", -1, TYPE.int8, number(10, 0xffffff80)), -128, -128],
		["Int32", metric("x", -1, TYPE.int32, number(10, 0x80000000)), -(2 ** 31), -(2 ** 31)],
		["Int32 in 64 bits", metric("x", -1, TYPE.int32, number(11, -2n)), -2, -2],
		["Int64", metric("x", -1, TYPE.int64, number(11, -3n)), -3, -3],
		["UInt64", metric("x", -1, TYPE.uint64, number(11, 5_000_000_000)), 5e9, 5e9],
		["UInt8", metric("x", -1, TYPE.uint8, number(10, 200)), 200, 200],
		["a boolean that was sent as a number", metric("x", -1, TYPE.boolean, number(10, 1)), true, 1],
		["a float that is none", metric("x", -1, TYPE.float, float(12, Number.NaN)), "NaN", Number.NaN],
		["a text", metric("x", -1, TYPE.string, text(15, "a\u0007b")), "a\ufffdb", Number.NaN],
		["bytes", metric("x", -1, TYPE.bytes, bytes(16, hex("0102"))), { octets: 2, hex: "0102" }, Number.NaN],
		[
			"a data set",
			metric(
				"x",
				-1,
				TYPE.dataSet,
				bytes(17, join(number(1, 2), text(2, "a"), text(2, "b"), number(3, 3), number(3, 3), bytes(4, hex("")))),
			),
			{ columns: 2, rows: 1 },
			Number.NaN,
		],
		[
			"a template",
			metric("x", -1, TYPE.template, bytes(18, join(bytes(2, metric("m", -1, 0)), text(4, "Motor"), number(5, 1)))),
			{ metrics: 1, definition: 1, reference: "Motor" },
			Number.NaN,
		],
		["no value", metric("x", -1, TYPE.int32, number(7, 1)), undefined, Number.NaN],
		["an old value", metric("x", -1, TYPE.int32, number(5, 1), number(10, 7)), 7, Number.NaN],
		["an array", metric("x", -1, 22, bytes(16, hex("ff"))), { octets: 1, hex: "ff" }, Number.NaN],
		["a type that nobody knows", metric("x", -1, 99, number(10, 7)), 7, 7],
	])("reads %s", (_, one, value, expected) => {
		const harness = open().send(payload(0, one), NDATA);
		const [shown] = harness.records[0]!.metrics as { value?: unknown }[];
		expect(shown!.value).toEqual(value);
		expect(harness.operations[0]!.values).toEqual([expected]);
	});

	it("follows the sequence of a node, with its devices", () => {
		const harness = open().send(NODE_BIRTH, NBIRTH).send(DEVICE_BIRTH, DBIRTH);
		harness.send(payload(4, metric("Load", 1, 0, double(13, 1))), NDATA).send(payload(5), NDATA);
		harness.send(payload(255), NDATA).send(payload(0), NDATA).send(NODE_BIRTH, NBIRTH);
		expect(harness.records.map(({ expectedSequence }) => expectedSequence)).toEqual([
			undefined,
			undefined,
			2,
			undefined,
			6,
			undefined,
			undefined,
		]);
	});

	it("says a death, and one that is older than the birth", () => {
		const death = (number3: number) => payload(-1, metric("bdSeq", -1, TYPE.int64, number(11, number3)));
		const harness = open().send(NODE_BIRTH, NBIRTH);
		harness
			.send(death(3), { topic: topic("NDEATH"), direction: TO_CLIENT })
			.send(death(2), { topic: topic("NDEATH"), direction: TO_CLIENT });
		harness.send(payload(2), { topic: topic("DDEATH", "Edge1", "Tank") });
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "death", bdSeq: 3, copy: true },
			{ kind: "death", bdSeq: 2, stale: true },
			{ kind: "death", messageType: "DDEATH", device: "Tank" },
		]);
		expect(harness.records[1]).not.toHaveProperty("stale");
		expect(harness.operations).toHaveLength(1);
	});

	it("says of copies nothing, but learns their names", () => {
		const harness = open()
			.send(DEVICE_BIRTH, { ...DBIRTH, direction: TO_CLIENT })
			.send(DEVICE_DATA, { ...DDATA, direction: TO_CLIENT });
		expect(harness.records[1]).toMatchObject({ copy: true, broker: "10.0.0.2", metrics: [{ name: "Level" }, { name: "Pump/Speed" }] });
		expect(harness.operations).toEqual([]);
		expect(harness.identities).toEqual([]);
	});

	it("does not open what is compressed, and keeps 2048 metrics", () => {
		const compressed = join(number(1, TIME), text(4, "SPBV1.0_COMPRESSED"), bytes(5, hex("78 9c 00")));
		expect(open().send(compressed, NDATA).records[0]).toMatchObject({ kind: "data", compressed: true });
		const harness = open().send(
			payload(0, ...Array.from({ length: 2100 }, (_, at) => metric(`m${at}`, -1, TYPE.boolean, number(14, 1)))),
			NDATA,
		);
		expect(harness.counts).toEqual({ "sparkplug metrics of a message": 1 });
		expect(harness.records[0]).toMatchObject({ metricCount: 2048 });
		expect(harness.operations[0]!.points).toHaveLength(2048);
	});
});

describe("commands", () => {
	it("are writes of who sends them to the node, where it is known", () => {
		const harness = open().send(DEVICE_BIRTH, DBIRTH).send(COMMAND, DCMD);
		expect(harness.records[1]).toMatchObject({
			kind: "command",
			messageType: "DCMD",
			device: "Tank",
			metrics: [{ name: "Pump/Speed", value: 1500 }],
		});
		expect(harness.operations[1]).toMatchObject({ verb: "write", outcome: "ok", points: ["Plant/Edge1/Tank/Pump/Speed"], values: [1500] });
		expect(harness.between[1]).toMatchObject({ client: { ip: "10.0.0.2" }, server: { ip: "10.0.0.2" } });
		const unknown = open().send(COMMAND, DCMD);
		expect(unknown.between[0]).toMatchObject({ client: { ip: "10.0.0.2" }, server: { ip: "10.0.0.1" } });
		expect(unknown.send(COMMAND, DCMD).between[1]).toBe(unknown.between[0]);
	});

	it("are said once, on their way to the broker or from it", () => {
		const harness = open()
			.send(COMMAND, DCMD)
			.send(COMMAND, { ...DCMD, direction: TO_CLIENT });
		expect(harness.operations).toHaveLength(1);
		const delivered = open().send(COMMAND, { ...DCMD, direction: TO_CLIENT });
		expect(delivered.operations).toMatchObject([{ verb: "write" }]);
		// Much later it is another one.
		harness.send(COMMAND, { ...DCMD, direction: TO_CLIENT, time: harness.clock.time + 60 * SECOND });
		expect(harness.operations).toHaveLength(2);
		// A listener gets the node's commands too.
		const listener = open()
			.send(NODE_BIRTH, NBIRTH)
			.send(REBOOT, { ...NCMD, direction: TO_CLIENT });
		expect(listener.facts).toEqual([]);
	});

	it("may ask for a restart, another server, a birth", () => {
		const harness = open().send(REBOOT, NCMD);
		expect(harness.facts).toMatchObject([
			{ record: { id: "controller-restart" }, operation: { code: 21, points: ["Plant/Edge1//Node Control/Reboot"] } },
		]);
		expect(harness.facts[0]!.sentence).toBe(
			"{client} asked the Sparkplug node Plant/Edge1 at {server} to restart (NCMD, Node Control/Reboot); a plant's own traffic never does.",
		);
		expect(harness.operations).toMatchObject([{ verb: "command", code: 21 }]);
		const next = open().send(payload(-1, metric("Node Control/Next Server", -1, TYPE.boolean, number(14, 1))), NCMD);
		expect(next.facts).toMatchObject([{ record: { id: "sparkplug-next-server" } }]);
		expect(next.operations).toMatchObject([{ verb: "configure", code: 22 }]);
		const rebirth = open().send(REBIRTH, NCMD);
		expect(rebirth.facts).toEqual([]);
		expect(rebirth.operations).toMatchObject([{ verb: "browse", code: 20 }]);
		expect(sparkplug.firstUse!(20, "browse")).toMatchObject({ id: "sparkplug-rebirth" });
		expect(sparkplug.firstUse!(7, "write")).toBeUndefined();
		// False asks for nothing, and what a node says of its controls is none of them.
		expect(open().send(payload(-1, metric("Node Control/Reboot", -1, TYPE.boolean, number(14, 0))), NCMD).facts).toEqual([]);
		expect(open().send(payload(1, metric("Node Control/Reboot", -1, TYPE.boolean, number(14, 1))), NDATA).facts).toEqual([]);
		expect(sparkplug.operationName(21)).toBe("reboot of a node (NCMD)");
		expect(sparkplug.operationName(8)).toBe("command to a device (DCMD)");
	});
});

describe("host applications", () => {
	it.each([
		["spBv1.0/STATE/Scada", '{"online":true,"timestamp":1700000000000}', { host: "Scada", online: true, timestamp: 1_700_000_000_000 }],
		["spBv1.0/STATE/Scada", '{"online":false}', { online: false }],
		["STATE/Scada", "ONLINE", { host: "Scada", online: true }],
		["STATE/Scada", "OFFLINE", { online: false }],
	])("say their state: %s %s", (name, content, expected) => {
		const harness = open().send(state(content), { topic: name });
		expect(harness.records[0]).toMatchObject({ kind: "state", messageType: "STATE", ...expected });
		expect(harness.operations).toEqual([]);
		expect(harness.between[0]).toMatchObject({ client: { ip: "10.0.0.2" }, server: { ip: undefined } });
	});

	it.each(["", "{", "1", "null", '{"online":1}', `{"online":true,"x":"${"y".repeat(2000)}"}`])("cannot say %s", (content) => {
		const harness = open().send(state(content), { topic: "spBv1.0/STATE/Scada" });
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violation: "state" });
		expect(harness.facts).toMatchObject([{ record: { id: "sparkplug-malformed" } }]);
	});
});

describe("who speaks", () => {
	/** The same engine, connections of two hosts. */
	function two() {
		const first = open();
		const second = new MessageHarness(sparkplug, "message", { flow: { server: { ip: "10.0.0.9", port: 1, mac: undefined } } });
		Object.assign(second, { clock: first.clock });
		Object.assign(second.context, { clock: first.clock });
		return { first, second };
	}

	it("is one host for a node; another one is told", () => {
		const { first, second } = two();
		first.send(NODE_BIRTH, { ...NBIRTH, frame: 5 });
		second.send(payload(1), { ...NDATA, frame: 8 });
		expect(second.records[0]).toMatchObject({ otherHost: "10.0.0.2" });
		expect(second.facts).toMatchObject([{ record: { id: "sparkplug-shared-name" }, frames: [5, 8], byServer: true }]);
	});

	it("may move with a birth, and long after", () => {
		const { first, second } = two();
		first.send(NODE_BIRTH, NBIRTH);
		second.send(NODE_BIRTH, NBIRTH).send(payload(1), NDATA);
		expect(second.facts).toEqual([]);
		first.send(payload(2), NDATA);
		expect(first.facts).toHaveLength(1);
		const later = two();
		later.first.send(NODE_BIRTH, NBIRTH);
		later.second.send(payload(1), { ...NDATA, time: later.first.clock.time + 120 * SECOND });
		expect(later.second.facts).toEqual([]);
	});

	it("cannot end another node, or another host application, however long it was silent", () => {
		const { first, second } = two();
		first.send(NODE_BIRTH, NBIRTH).send(state('{"online":true}'), { topic: "spBv1.0/STATE/Scada" });
		const time = first.clock.time + 7200 * SECOND;
		second.send(payload(-1), { topic: topic("NDEATH"), time }).send(state('{"online":false}'), { topic: "spBv1.0/STATE/Scada" });
		expect(second.facts.map(({ record, sentence }) => [record.id, sentence.slice(0, 60)])).toEqual([
			["sparkplug-shared-name", "{server} published a message (NDEATH) as the Sparkplug node "],
			["sparkplug-shared-name", "{client} published a message (STATE) as the Sparkplug host a"],
		]);
	});
});

describe("broken payloads", () => {
	it.each<[string, Uint8Array]>([
		["a tag without its value", hex("08")],
		["a length that is too long", hex("12 05 0a")],
		["a group", hex("0b")],
		["field 0", hex("00 00")],
		["a number that does not end", new Uint8Array(12).fill(0xff)],
		["a timestamp that is text", text(1, "now")],
		["a sequence that is text", text(3, "1")],
		["a uuid that is a number", number(4, 1)],
		["a metric that is a number", number(2, 1)],
		["a name that is a number", bytes(2, number(1, 1))],
		["an alias that is text", bytes(2, text(2, "1"))],
		["a time that is text", bytes(2, text(3, "1"))],
		["a type that is text", bytes(2, text(4, "1"))],
		["a float that is a number", bytes(2, number(12, 1))],
		["a metric that is cut", bytes(2, hex("0a 05 41"))],
		["text", state("hello, plant")],
	])("%s", (_, content) => {
		const harness = open().send(content, NDATA);
		expect(harness.records[0]).toMatchObject({ kind: "malformed", violation: "payload" });
		expect(harness.operations).toEqual([]);
		expect(harness.facts).toMatchObject([{ record: { id: "sparkplug-malformed" }, byServer: true }]);
		expect(open().send(content, { ...NDATA, direction: TO_CLIENT }).facts).toEqual([]);
	});

	it("passes over fields that it does not know", () => {
		expect(
			open().send(join(payload(0), number(300, 1), float(301, 1), bytes(2, join(text(1, "x"), bytes(9, hex("00"))))), NDATA).records[0],
		).toMatchObject({ kind: "data" });
	});
});

describe("topics", () => {
	const probe = (name: string, content = NODE_BIRTH) => sparkplug.message!.probe(content, 0, content.length, name);

	it.each<[string, number]>([
		["spBv1.0/Plant/NBIRTH/Edge1", PROBE.certain],
		["spBv1.0/Plant/DDATA/Edge1/Tank", PROBE.certain],
		["spBv1.0/STATE/Scada", PROBE.certain],
		["spBv1.0/Plant/DDATA/Edge1", PROBE.mismatch],
		["spBv1.0/Plant/NDATA/Edge1/Tank", PROBE.mismatch],
		["spBv1.0/Plant/NDATA/Edge1/Tank/x", PROBE.mismatch],
		["spBv1.0/Plant/OTHER/Edge1", PROBE.mismatch],
		["spBv1.0/Plant/STATE/Edge1", PROBE.mismatch],
		["spBv1.0/STATE/Scada/x", PROBE.mismatch],
		["spBv1.0//NDATA/Edge1", PROBE.mismatch],
		["spBv1.0/Plant", PROBE.mismatch],
		["STATE/Scada", PROBE.mismatch],
		["STATE/", PROBE.mismatch],
		["STATE/a/b", PROBE.mismatch],
		["plant/meters/power", PROBE.mismatch],
	])("%s", (name, expected) => {
		expect(probe(name)).toBe(expected);
	});

	it("takes no other", () => {
		expect(probe("STATE/Scada", state("ONLINE"))).toBe(PROBE.certain);
		expect(open().send(NODE_BIRTH, { topic: "plant/x" }).refused).toBe(1);
	});

	it.each([
		["Plant/Edge1/Tank/Pump/Speed", "Plant/Edge1/Tank/Pump/Speed"],
		["Plant/Edge1//Load", "Plant/Edge1//Load"],
		["Plant/Edge1/Tank", undefined],
		["40108", undefined],
	])("%s as a point", (name, expected) => {
		expect(sparkplug.parsePoint!(name, "")).toBe(expected);
	});
});

it("keeps the number of 64 bits to 53", () => {
	expect(open().send(payload(0, metric("x", -1, TYPE.uint64, number(11, 2n ** 53n - 1n))), NDATA).operations[0]!.values).toEqual([
		2 ** 53 - 1,
	]);
	expect(varint(300)).toEqual(hex("ac 02"));
});

const sample = (name: string, content: Uint8Array, one: { topic: string }, direction: typeof TO_SERVER | typeof TO_CLIENT = TO_SERVER) => ({
	name,
	bytes: content,
	topic: one.topic,
	direction,
});
messageSuite(sparkplug, "message", [
	[sample("a birth", NODE_BIRTH, NBIRTH), sample("a device's", DEVICE_BIRTH, DBIRTH), sample("data", DEVICE_DATA, DDATA)],
	[sample("a command", COMMAND, DCMD), sample("a reboot", REBOOT, NCMD), sample("its copy", REBOOT, NCMD, TO_CLIENT)],
]);
