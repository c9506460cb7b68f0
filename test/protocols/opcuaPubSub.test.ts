/**
 * OPC UA PubSub: UADP and JSON messages written from OPC 10000-14 1.05 (no peer of ours dissects UADP), one message that open62541's own tests hold, JSON that node-opcua's
 * PubSub wrote; and what a publisher's impostor leaves behind, each with its innocent twin.
 */
import { describe, expect, it } from "vitest";
import { protocols, services } from "../../protocols/index.ts";
import { opcua } from "../../protocols/opcua/index.ts";
import { Engine } from "../../src/app/engine.ts";
import { observationLine } from "../../src/app/lines.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { Analyst } from "../../src/detect/analyst.ts";
import type { Detection } from "../../src/detect/detection.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite, messageSuite } from "../contract/stream.ts";
import { DatagramHarness, hex, join, MessageHarness } from "../support/decoderHarness.ts";
import { ethernet, FLAG, frameOf, ipv4, MAC_A, MAC_B, tcp, udp } from "../wire/frameBuilder.ts";
import { connack, connect, publish } from "./mqttPackets.ts";
import { dataSet, keyFrame, metaData, network, PUBLISHER, string, u8, u16, u32, usual, variant } from "./opcuaPubSubMessages.ts";

const GROUP = { ip: "224.0.2.14", port: 4840, mac: "01:00:5e:00:02:0e" };
const HOST = { ip: "10.0.0.7", port: 50_000, mac: "02:00:00:00:00:07" };
const datagrams = (options = {}) => new DatagramHarness(opcua, { flow: { client: GROUP, server: HOST }, ...options });
const messages = (options = {}) =>
	new MessageHarness(opcua, "message", { flow: { client: { ip: "10.0.0.9", port: 1883, mac: undefined }, server: HOST }, ...options });
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The same engine (one clock, one memory) seen from another flow. */
function alsoFrom(first: ReturnType<typeof datagrams>, ip: string) {
	const other = datagrams({ flow: { client: GROUP, server: { ...HOST, ip } } });
	const decoder = opcua.udp!.open({ ...other.context, clock: first.clock });
	return {
		other,
		send: (bytes: Uint8Array, time: number, frame: number) => {
			first.clock.time = time;
			first.clock.frame = frame;
			decoder.data(bytes, 0, bytes.length, TO_CLIENT);
		},
	};
}

describe("UADP", () => {
	it("reads the message of open62541's encoding tests, in the clear and encrypted", () => {
		// flags f1 01: publisher id UInt16 2234; group 100; writer 62541. Key frame with timestamp and versions, one DateTime.
		const clear = hex("f101 ba08 01 6400 01 4df4  e110 1054c2949f3ad701 b4205f69 841e5f69 0100 0d 7657c2949f3ad701");
		const harness = datagrams().response(clear);
		expect(harness.records).toMatchObject([
			{
				kind: "data",
				mapping: "uadp",
				sender: "server",
				publisherId: "2234",
				writerGroupId: 100,
				securityMode: "None",
				messages: [
					{
						dataSetWriterId: 62_541,
						type: "keyFrame",
						fieldEncoding: "Variant",
						metaDataVersion: { major: 0x695f20b4, minor: 0x695f1e84 },
						fields: [{ index: 0, type: "DateTime", value: "2021-04-26T13:25:10.0694390Z" }],
					},
				],
			},
		]);
		const secured = hex(
			`f111 ba08 01 6400 01 4df4 03 01000000 08 b02d012e01000000
			da434ce02ee19922c6e916c8154123baa25f67288e3378d613f3203909
			6e08a9ff14b83ea2247792eeffc757c85ac99c0ffa79e4fbe5629783dc77b403`,
		);
		harness.response(secured);
		expect(harness.records[1]).toMatchObject({
			kind: "data",
			securityMode: "SignAndEncrypt",
			securityTokenId: 1,
			nonceLength: 8,
			dataSetWriterIds: [62_541],
		});
		expect(harness.records[1]).not.toHaveProperty("messages");
	});

	it.each<[string, [number, Uint8Array]]>([
		["9", [0, u8(9)]],
		["2234", [1, u16(2234)]],
		["4000000000", [2, u32(4_000_000_000)]],
		["18446744073709551615", [3, hex("ffffffffffffffff")]],
		["4503599627370497", [3, hex("0100000000001000")]],
		["Pump/A", [4, string("Pump/A")]],
	])("reads publisher id %s", (text, publisher) => {
		const harness = datagrams().response(network({ publisher, writers: [5] }, keyFrame({}, variant.byte(1))));
		expect(harness.records[0]).toMatchObject({ publisherId: text, messages: [{ dataSetWriterId: 5 }] });
	});

	it("reads every header there is", () => {
		const bytes = network(
			{
				publisher: PUBLISHER,
				classId: hex("0102030405060708090a0b0c0d0e0f10"),
				group: { id: 7, version: 123, number: 2, sequence: 9 },
				writers: [1, 2],
				timestamp: hex("1054c2949f3ad701"),
				pico: 42,
				promoted: join(variant.string("line 4"), variant.byte(3)),
				security: { flags: 1 | 8, token: 77, nonce: hex("0000000000000001"), footer: hex("aabb") },
			},
			u16(keyFrame({}, variant.byte(1)).length),
			u16(dataSet({ type: 3, sequence: 4 }).length),
			keyFrame({}, variant.byte(1)),
			dataSet({ type: 3, sequence: 4 }),
		);
		expect(datagrams().response(bytes).records).toMatchObject([
			{
				kind: "data",
				dataSetClassId: "04030201-0605-0807-090a-0b0c0d0e0f10",
				writerGroupId: 7,
				groupVersion: 123,
				networkMessageNumber: 2,
				sequenceNumber: 9,
				timestamp: 1619443510.069352,
				picoSeconds: 42,
				promotedFields: [
					{ type: "String", value: "line 4" },
					{ type: "Byte", value: 3 },
				],
				securityMode: "Sign",
				securityTokenId: 77,
				nonceLength: 8,
				securityFooterSize: 2,
				forceKeyReset: true,
				messages: [
					{ dataSetWriterId: 1, type: "keyFrame", fields: [{ type: "Byte", value: 1 }] },
					{ dataSetWriterId: 2, type: "keepAlive", sequenceNumber: 4 },
				],
			},
		]);
	});

	it("reports the fields of key and delta frames as values of points", () => {
		const delta = dataSet({ type: 1, sequence: 2 }, u16(2), u16(1), variant.double(7.25), u16(300), variant.boolean(true));
		const dataValues = dataSet(
			{ encoding: 2, sequence: 3 },
			u16(2),
			join(hex("03"), variant.float(1.5), u32(0x80350000)),
			join(hex("01"), variant.uint32(8)),
		);
		const harness = datagrams()
			.response(usual(1, variant.int16(-7), variant.string("run"), variant.statusCode(0x80020000)))
			.response(network({ publisher: PUBLISHER, group: { id: 100 }, writers: [1] }, delta))
			.response(network({ publisher: PUBLISHER, group: { id: 100 }, writers: [1] }, dataValues))
			.response(
				network({ publisher: PUBLISHER, group: { id: 100 }, writers: [1] }, keyFrame({ sequence: 4, status: 0x8002 }, variant.byte(1))),
			);
		expect(harness.operations).toMatchObject([
			{
				verb: "report",
				code: 1,
				unit: -1,
				outcome: "ok",
				points: [0, 1, 2].map((index) => `pubsub:2234/100/1/${index}`),
				values: [-7, Number.NaN, Number.NaN],
			},
			{ points: ["pubsub:2234/100/1/1", "pubsub:2234/100/1/300"], values: [7.25, 1] },
			{ points: ["pubsub:2234/100/1/0", "pubsub:2234/100/1/1"], values: [Number.NaN, 8] },
			{ values: [Number.NaN] },
		]);
		expect(harness.records[2]).toMatchObject({
			messages: [{ fieldEncoding: "DataValue", fields: [{ type: "Float", value: 1.5, status: { code: 0x80350000 } }, { value: 8 }] }],
		});
		expect(harness.records[3]).toMatchObject({ messages: [{ status: { name: "BadInternalError", code: 0x80020000 } }] });
		expect(opcua.pointName("pubsub:2234/100/1/300")).toBe("field 300 of writer 1 of publisher 2234");
		expect(opcua.operationName(1)).toBe("publish a data set (PubSub)");
		expect(harness.identities).toEqual([{ ip: "10.0.0.7", role: "OPC UA publisher", evidence: "OPC UA PubSub, publisher 2234" }]);
	});

	it("leaves an invalid data set, events and keep-alives without values", () => {
		const event = dataSet({ type: 2 }, u16(1), variant.string("alarm"));
		const harness = datagrams()
			.response(network({ publisher: PUBLISHER, writers: [1] }, dataSet({ isValid: false }, hex("010203"))))
			.response(network({ publisher: PUBLISHER, writers: [1] }, event));
		expect(harness.records).toMatchObject([
			{ messages: [{ dataSetWriterId: 1, valid: false }] },
			{ messages: [{ type: "event", fields: [{ type: "String", value: "alarm" }] }] },
		]);
		expect(harness.operations).toEqual([]);
	});

	it("reads RawData once the data set was described, padded and not, and says its names", () => {
		const fields: [string, number, number?, number?, number?][] = [
			["speed", 10],
			["state", 12, -1, 8],
			["samples", 4, 1, 0, 4],
			["run", 1],
		];
		const raw = (text: Uint8Array, samples: Uint8Array) =>
			network(
				{ publisher: PUBLISHER, group: { id: 100 }, writers: [1] },
				dataSet({ encoding: 1, major: 1 }, hex("0000c03f"), text, samples, u8(1)),
			);
		const padded = raw(join(string("run"), new Uint8Array(5)), join(u32(2), u16(5), u16(6), new Uint8Array(4)));
		const plain = raw(string("run"), join(u32(2), u16(5), u16(6)));
		const harness = datagrams().response(padded).response(metaData("Pump", fields)).response(padded).response(plain);
		expect(harness.records[0]).toMatchObject({ messages: [{ fieldEncoding: "RawData", length: 29 }] });
		expect(harness.records[1]).toMatchObject({
			kind: "announcement",
			information: "DataSetMetaData",
			dataSetWriterId: 1,
			metaData: { name: "Pump" },
		});
		const read = {
			dataSet: "Pump",
			fields: [
				{ index: 0, name: "speed", type: "Float", value: 1.5 },
				{ index: 1, name: "state", type: "String", value: "run" },
				{ index: 2, name: "samples", type: "Int16[]", value: [5, 6] },
				{ index: 3, name: "run", type: "Boolean", value: true },
			],
		};
		expect(harness.records.slice(2)).toMatchObject([{ messages: [read] }, { messages: [read] }]);
		expect(harness.operations).toMatchObject([{ values: [1.5, Number.NaN, Number.NaN, 1] }, { values: [1.5, Number.NaN, Number.NaN, 1] }]);
		expect(harness.labels).toEqual({
			"pubsub:2234/100/1/0": "Pump.speed",
			"pubsub:2234/100/1/1": "Pump.state",
			"pubsub:2234/100/1/2": "Pump.samples",
			"pubsub:2234/100/1/3": "Pump.run",
		});
		const later = network({ publisher: PUBLISHER, group: { id: 100 }, writers: [1] }, dataSet({ encoding: 1, major: 2 }, hex("0000c03f")));
		expect(harness.response(later).records.at(-1)).toMatchObject({ messages: [{ length: 4, bytes: "0000c03f" }] });
	});

	it("puts chunks together, in whatever order, and holds a bounded number of them", () => {
		const whole = keyFrame({ sequence: 5 }, variant.string("x".repeat(100)), variant.byte(7));
		const chunk = (from: number, to: number, message = 1, total = whole.length) =>
			network(
				{ publisher: PUBLISHER, group: { id: 100 }, writers: [1], isChunk: true },
				u16(message),
				u32(from),
				u32(total),
				u32(to - from),
				whole.slice(from, to),
			);
		const harness = datagrams()
			.response(chunk(0, 40))
			.response(chunk(80, whole.length))
			.response(chunk(80, whole.length))
			.response(chunk(40, 80));
		expect(harness.records).toMatchObject([
			{ kind: "chunk", messageSequenceNumber: 1, chunkOffset: 0, totalSize: whole.length },
			{ kind: "chunk" },
			{ kind: "chunk" },
			{
				kind: "data",
				chunks: 3,
				messages: [{ dataSetWriterId: 1, sequenceNumber: 5, fields: [{ value: "x".repeat(100) }, { value: 7 }] }],
			},
		]);
		expect(harness.counts).toEqual({ "pubsub-chunk-repeated": 1 });
		for (let message = 2; message < 3000; message++) harness.response(chunk(0, 40, message), { frame: 1 });
		expect(harness.counts["pubsub-chunked-messages-bound"]).toBe(2998 - 256);
		harness.response(chunk(0, 40, 1, 0xffffffff));
		expect(harness.counts["pubsub-chunked-message-too-long"]).toBe(1);
		harness.response(chunk(40, 80, 9, 60));
		expect(harness.records.at(-1)).toMatchObject({ kind: "malformed", reason: "a chunk beyond the end of its message" });
	});

	it("reads probes and announcements, and who an application says that it is", () => {
		const application = join(
			string("urn:plant:pump"),
			string("urn:maker:x"),
			join(u8(2), string("Pump 4")),
			u32(0),
			string(undefined),
			string(undefined),
			hex("ffffffff"),
		);
		const endpoint = join(
			string("opc.tcp://10.0.0.7:4840"),
			application,
			hex("ffffffff"),
			u32(1),
			string("http://opcfoundation.org/UA/SecurityPolicy#None"),
			hex("ffffffff"),
			string(undefined),
			u8(0),
		);
		const head = { publisher: PUBLISHER, security: { flags: 0 } };
		const harness = datagrams()
			.request(network({ ...head, type: 1 }, hex("01 02"), u32(2), u16(1), u16(2)))
			.response(network({ ...head, type: 2 }, hex("01"), u16(3), u32(1), endpoint, u32(0)))
			.response(network({ ...head, type: 2 }, hex("05"), u16(4), u16(1), application, hex("ffffffff")));
		expect(harness.records).toMatchObject([
			{ kind: "probe", sender: "client", information: "DataSetMetaData", dataSetWriterIds: [1, 2] },
			{
				kind: "announcement",
				information: "PublisherEndpoints",
				announcementSequence: 3,
				endpoint: { endpointUrl: "opc.tcp://10.0.0.7:4840" },
			},
			{ kind: "announcement", information: "ApplicationInformation", application: { applicationUri: "urn:plant:pump" } },
		]);
		expect(harness.identities).toMatchObject([
			{ role: "OPC UA publisher" },
			{ ip: "10.0.0.7", application: "Pump 4" },
			{ application: "Pump 4" },
		]);
		const { sender } = opcua.udp!;
		const probe = network({ ...head, type: 1 }, hex("01 01"));
		expect(sender!(probe, 0, probe.length)).toBe("client");
		expect(sender!(usual(1), 0, usual(1).length)).toBe("server");
	});

	it("takes frames of its EtherType with the sender as server, and the padding of short ones", () => {
		const harness = new MessageHarness(opcua, "link", {
			flow: {
				client: { ip: undefined, port: undefined, mac: "01:15:4e:00:00:01" },
				server: { ip: undefined, port: undefined, mac: HOST.mac },
			},
		});
		harness.send(join(usual(1, variant.byte(3)), new Uint8Array(20)));
		expect(harness.records).toMatchObject([{ kind: "data", messages: [{ fields: [{ value: 3 }] }] }]);
		expect(harness.identities).toEqual([{ mac: HOST.mac, role: "OPC UA publisher", evidence: "OPC UA PubSub, publisher 2234" }]);
		expect(opcua.link!.etherTypes).toEqual([0xb62c]);
	});

	it("is sure of itself only where all of a message fits", () => {
		const probe = (bytes: Uint8Array) => opcua.udp!.probe(bytes, 0, bytes.length);
		expect(probe(usual(1, variant.double(1)))).toBe(PROBE.certain);
		expect(probe(join(usual(1, variant.double(1)), hex("01")))).toBe(PROBE.match);
		expect(probe(network({ publisher: PUBLISHER, security: { flags: 0 }, type: 1 }, hex("01 01")))).toBe(PROBE.match);
		expect(probe(hex("02 00 00"))).toBe(PROBE.mismatch);
		expect(probe(hex("81 0a 000c 01 20 ffff 00 ff 10 08"))).not.toBe(PROBE.certain); // BACnet
		expect(probe(hex("1234 0100 0001 0000 0000 0000 03 706c63 03 6c616e 00 0001 0001"))).not.toBe(PROBE.certain); // DNS
	});
});

describe("JSON", () => {
	const data = {
		MessageId: "m-1",
		MessageType: "ua-data",
		PublisherId: "PLC-7",
		DataSetClassId: "c",
		Messages: [
			{
				DataSetWriterId: 62541,
				SequenceNumber: 11,
				MetaDataVersion: { MajorVersion: 3, MinorVersion: 4 },
				Timestamp: "2026-01-02T03:04:05.500Z",
				Status: { Code: 0x40000000, Symbol: "Uncertain" },
				Payload: {
					level: { Type: 11, Body: 12.5 },
					count: { Type: 9, Body: "12345678901" },
					mode: "auto",
					run: true,
					raw: { UaType: 4, Value: -3 },
				},
			},
			{ DataSetWriterId: "w2", MessageType: "ua-keepalive" },
			{
				DataSetWriterId: 3,
				MessageType: "ua-deltaframe",
				Payload: { t: { Value: { Type: 10, Body: 1.5 }, StatusCode: { Code: 0x80350000 } } },
			},
		],
	};

	it("reads a NetworkMessage with its data sets, reversible and plain values", () => {
		const harness = messages().send(json(data), { topic: "any/topic" });
		expect(harness.records).toMatchObject([
			{
				kind: "data",
				mapping: "json",
				topic: "any/topic",
				messageId: "m-1",
				publisherId: "PLC-7",
				messages: [
					{
						dataSetWriterId: 62541,
						sequenceNumber: 11,
						timestamp: 1767323045.5,
						metaDataVersion: { major: 3, minor: 4 },
						status: { code: 0x40000000 },
						fields: [{ name: "level", value: { Type: 11, Body: 12.5 } }, {}, { name: "mode", value: "auto" }, {}, {}],
					},
					{ dataSetWriterName: "w2", type: "keepAlive" },
					{ dataSetWriterId: 3, type: "deltaFrame" },
				],
			},
		]);
		expect(harness.operations).toMatchObject([
			{
				verb: "report",
				points: ["level", "count", "mode", "run", "raw"].map((name) => `pubsub:PLC-7/-/62541/${name}`),
				values: [12.5, 12_345_678_901, Number.NaN, 1, -3],
			},
			{ points: ["pubsub:PLC-7/-/3/t"], values: [Number.NaN] },
		]);
	});

	it("reads data sets without a NetworkMessage header, and bare payloads where the topic says so", () => {
		const topic = "opcua/json/data/PLC-7/Group1/Writer1";
		const harness = messages()
			.send(json({ DataSetWriterId: 5, SequenceNumber: 1, Payload: { a: 1 } }), { topic: "x" })
			.send(json([{ DataSetWriterId: 6, Payload: { b: 2 } }]), { topic: "x" })
			.send(json({ level: 3, pump: { Value: 4 } }), { topic });
		expect(harness.operations.map(({ points, values }) => [points, values])).toEqual([
			[["pubsub:-/-/5/a"], [1]],
			[["pubsub:-/-/6/b"], [2]],
			[
				["pubsub:PLC-7/Group1/-/level", "pubsub:PLC-7/Group1/-/pump"],
				[3, 4],
			],
		]);
	});

	it("reads what node-opcua's PubSub (node-opcua-pubsub-dataset-processor 0.19.2) writes: reversible, raw, and as DataValues", () => {
		const rest =
			'"Timestamp":"2026-01-02T03:04:05.458Z","SequenceNumber":0,"Status":0,"MetaDataVersion":{"MajorVersion":3,"MinorVersion":4}}';
		const texts = [
			`{"DataSetWriterId":"5","Payload":{"level":{"Type":11,"Body":12.5},"mode":{"Type":12,"Body":"auto"},"run":{"Type":1,"Body":true},"big":{"Type":9,"Body":"12345678901"}},${rest}`,
			`{"DataSetWriterId":"5","Payload":{"level":12.5,"mode":"auto","run":true,"big":"12345678901"},${rest}`,
			`{"DataSetWriterId":"5","Payload":{"level":{"Value":12.5,"SourceTimestamp":"2026-01-02T03:04:05.500Z"},"mode":{"Value":"auto"},"run":{"Value":true},"bad":{"Value":1.5,"StatusCode":{"Code":2156658688,"Symbol":"BadSensorFailure"}}},${rest}`,
		];
		const harness = messages();
		for (const text of texts) harness.send(new TextEncoder().encode(text), { topic: "any" });
		expect(harness.records).toMatchObject(
			texts.map(() => ({
				kind: "data",
				messages: [{ dataSetWriterId: 5, sequenceNumber: 0, status: { code: 0 }, metaDataVersion: { major: 3, minor: 4 } }],
			})),
		);
		expect(harness.operations.map(({ values }) => values)).toEqual([
			[12.5, Number.NaN, 1, 12_345_678_901],
			[12.5, Number.NaN, 1, Number.NaN],
			[12.5, Number.NaN, 1, Number.NaN],
		]);
	});

	it("reads payloads without DataSetMessage headers inside a NetworkMessage", () => {
		const harness = messages().send(json({ MessageId: "1", MessageType: "ua-data", PublisherId: "p", Messages: [{ a: 1 }, { b: 2 }] }));
		expect(harness.operations.map(({ points, values }) => [points, values])).toEqual([
			[["pubsub:p/-/-/a"], [1]],
			[["pubsub:p/-/-/b"], [2]],
		]);
	});

	it("reads what is announced", () => {
		const description = {
			MessageId: "1",
			MessageType: "ua-metadata",
			PublisherId: "PLC-7",
			DataSetWriterId: 62541,
			MetaData: {
				Name: "Tank",
				Fields: [{ Name: "level", BuiltInType: 11, ValueRank: -1 }],
				ConfigurationVersion: { MajorVersion: 3, MinorVersion: 4 },
			},
		};
		const application = {
			MessageId: "2",
			MessageType: "ua-application",
			PublisherId: "PLC-7",
			Description: { ApplicationUri: "urn:x", ApplicationName: { Text: "Tank" } },
		};
		const harness = messages().send(json(description)).send(json(application)).send(json(data));
		expect(harness.records).toMatchObject([
			{ kind: "announcement", information: "DataSetMetaData", content: { DataSetWriterId: 62541, MetaData: { Name: "Tank" } } },
			{ kind: "announcement", information: "ApplicationInformation" },
			{ messages: [{ dataSet: "Tank" }, {}, {}] },
		]);
		expect(harness.identities).toMatchObject([{ role: "OPC UA publisher" }, { application: "Tank" }]);
	});

	it("takes a broker's copies for copies: a line, no operation, no fact", () => {
		const harness = messages()
			.send(json(data), { direction: TO_CLIENT })
			.send(json({ ...data, Messages: [{ DataSetWriterId: 62541, SequenceNumber: 11, Payload: { level: 99 } }] }), {
				direction: TO_CLIENT,
			});
		expect(harness.records).toMatchObject([{ copy: true }, { copy: true }]);
		expect(harness.operations).toEqual([]);
		expect(harness.facts).toEqual([]);
		expect(harness.identities).toEqual([]);
	});

	it("takes UADP inside messages too, and nothing that is neither", () => {
		const harness = messages().send(usual(1, variant.byte(3)), { topic: "opcua/uadp/data/2234/100" });
		expect(harness.records).toMatchObject([{ mapping: "uadp", topic: "opcua/uadp/data/2234/100" }]);
		const probe = (bytes: Uint8Array, topic: string) => opcua.message!.probe(bytes, 0, bytes.length, topic);
		for (const [bytes, topic] of [
			[json({ temperature: 21 }), "zigbee2mqtt/kitchen"],
			[json({ a: "x".repeat(5000), MessageType: "ua-data" }), "x"],
			[new TextEncoder().encode("12.5"), "plant/level"],
			[new Uint8Array(100), "plant/blob"],
			[hex(""), "plant/empty"],
			[hex("01"), "plant/one"],
		] as const)
			expect(probe(bytes, topic), topic).not.toBe(PROBE.certain);
	});

	it("survives bombs: depth, breadth, size, numbers of data sets", () => {
		const topic = "opcua/json/data/p";
		const deep = new TextEncoder().encode(`{"MessageType":"ua-data","x":${"[".repeat(100_000)}`);
		const harness = messages().send(deep, { topic });
		expect(harness.records).toMatchObject([{ kind: "malformed", reason: "JSON nested too deep" }]);
		harness.send(new TextEncoder().encode('{"MessageType":"ua-data"'), { topic });
		expect(harness.records[1]).toMatchObject({ kind: "malformed", reason: "text that is no JSON" });
		harness.send(new Uint8Array(300_000).fill(0x7b), { topic });
		expect(harness.counts["pubsub-json-too-long"]).toBe(1);
		const wide = {
			MessageType: "ua-data",
			PublisherId: "p",
			Messages: Array.from({ length: 4000 }, (_, index) => ({ DataSetWriterId: index, Payload: { a: 1 } })),
		};
		harness.send(json(wide), { topic });
		expect(harness.records.at(-1)).toMatchObject({ kind: "data", truncated: true });
		expect(harness.records.at(-1)!.messages).toHaveLength(255);
		const fields = {
			MessageType: "ua-data",
			PublisherId: "p",
			Messages: [{ DataSetWriterId: 1, Payload: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`f${index}`, index])) }],
		};
		harness.send(json(fields), { topic });
		expect(harness.operations.at(-1)!.points.length).toBe(2048);
		expect(harness.operations.slice(-4).reduce((sum, { points }) => sum + points.length, 0)).toBe(8192);
	});
});

describe("PubSub: facts", () => {
	const T0 = 1_000_000_000;
	const ids = (facts: readonly { record: { id: string } }[]) => facts.map(({ record }) => record.id);
	const secured = (flags: number, sequence: number, group = 100) =>
		network(
			{ publisher: PUBLISHER, group: { id: group, sequence }, writers: [1], security: { flags, nonce: hex("0000000000000001") } },
			keyFrame({}, variant.byte(sequence)),
		);

	it("a group that was signed and is not any more; not its twins", () => {
		const harness = datagrams()
			.response(secured(1, 1))
			.response(secured(1, 2))
			.response(usual(3, variant.byte(3)));
		expect(harness.facts).toMatchObject([{ record: { id: "opcua-pubsub-downgrade" }, frames: [2, 3], byServer: true }]);
		expect(harness.facts[0]!.sentence).toBe(
			"A message of writer group 100 of publisher 2234 came from {server} neither signed nor encrypted; before, they were signed.",
		);
		// Security that is switched on, another group, and messages that never had any.
		const twin = datagrams()
			.response(usual(1, variant.byte(1)))
			.response(secured(1, 2))
			.response(secured(1, 3))
			.response(network({ publisher: PUBLISHER, group: { id: 200 }, writers: [1] }, keyFrame({}, variant.byte(1))));
		expect(twin.facts).toEqual([]);
	});

	it("two messages with one number and other contents; not one that came twice, late, or after a restart", () => {
		const harness = datagrams();
		for (let number = 1; number <= 5; number++) harness.response(usual(number, variant.byte(number)));
		harness.response(usual(4, variant.byte(99)));
		expect(harness.facts).toMatchObject([{ record: { id: "opcua-pubsub-sequence" }, frames: [4, 6], byServer: true }]);
		const twin = datagrams();
		for (const number of [1, 2, 3, 5, 4, 5, 6, 7, 7, 65_535, 0, 1, 2, 3, 0, 1, 2, 3]) twin.response(usual(number, variant.byte(number)));
		expect(twin.facts).toEqual([]);
	});

	it("two sequences under one number; not a jump by lost messages", () => {
		const harness = datagrams();
		let time = T0;
		for (const number of [500, 501, 502, 503, 20, 504, 21, 505])
			harness.response(usual(number, variant.byte(number & 255)), { time: (time += 100_000) });
		expect(new Set(ids(harness.facts))).toEqual(new Set(["opcua-pubsub-sequence"]));
		expect(harness.facts[0]!.frames).toEqual([5, 6]);
		const twin = datagrams();
		for (const number of [500, 501, 502, 503, 700, 701, 702, 703, 0, 1, 2, 3, 4])
			twin.response(usual(number, variant.byte(number & 255)), { time: (time += 100_000) });
		expect(twin.facts).toEqual([]);
	});

	it("a keep-alive has the number of the message that follows it", () => {
		const harness = datagrams();
		for (let number = 1; number <= 5; number++) {
			harness.response(network({ publisher: PUBLISHER, group: { id: 1 }, writers: [1] }, dataSet({ type: 3, sequence: number })));
			harness.response(
				network({ publisher: PUBLISHER, group: { id: 1 }, writers: [1] }, keyFrame({ sequence: number }, variant.byte(number))),
			);
		}
		expect(harness.facts).toEqual([]);
	});

	it("one publisher id of two hosts at once; not one that moved for good", () => {
		const plain = (value: number) => network({ publisher: PUBLISHER, writers: [1] }, keyFrame({}, variant.byte(value)));
		const first = datagrams({ time: T0 });
		const second = alsoFrom(first, "10.0.0.66");
		first.response(plain(1), { time: T0, frame: 1 });
		second.send(plain(2), T0 + 100_000, 2);
		expect([...first.facts, ...second.other.facts]).toEqual([]);
		first.response(plain(3), { time: T0 + 200_000, frame: 3 });
		expect(first.facts).toMatchObject([{ record: { id: "opcua-pubsub-shared-publisher" }, frames: [2, 3], byServer: true }]);
		expect(first.facts[0]!.sentence).toBe("{server} and 10.0.0.66 both send as publisher 2234, in turns.");
		second.send(plain(4), T0 + 300_000, 4);
		expect(second.other.facts).toMatchObject([{ record: { id: "opcua-pubsub-shared-publisher" }, frames: [3, 4] }]);

		const old = datagrams({ time: T0 });
		const standby = alsoFrom(old, "10.0.0.8");
		for (let index = 0; index < 5; index++) old.response(plain(index), { time: T0 + index * 100_000, frame: 1 + index });
		for (let index = 0; index < 5; index++) standby.send(plain(index), T0 + 1_000_000 + index * 100_000, 10 + index);
		old.response(plain(1), { time: T0 + 120_000_000, frame: 30 });
		expect([...old.facts, ...standby.other.facts]).toEqual([]);
	});

	it("one that publishes the same in UADP and in JSON counts in each", () => {
		const harness = messages();
		for (let number = 1; number < 10; number++) {
			harness.send(network({ publisher: PUBLISHER, writers: [1] }, keyFrame({ sequence: number }, variant.byte(number))));
			harness.send(
				json({
					MessageType: "ua-data",
					PublisherId: "2234",
					Messages: [{ DataSetWriterId: 1, SequenceNumber: number, Payload: { a: number } }],
				}),
			);
		}
		expect(harness.facts).toEqual([]);
	});

	it("messages in the clear are none", () => {
		const harness = datagrams();
		for (let number = 1; number < 50; number++) harness.response(usual(number, variant.byte(number)));
		expect(harness.facts).toEqual([]);
	});
});

describe("PubSub: hostile", () => {
	it.each<[string, Uint8Array]>([
		[
			"sizes of the data sets that do not fit the payload",
			network({ publisher: PUBLISHER, writers: [1, 2] }, u16(5), u16(60_000), hex("01 0000")),
		],
		[
			"a length beyond the end of the message",
			network({ publisher: PUBLISHER, writers: [1] }, keyFrame({}, join(u8(12), u32(0x7fffffff)))),
		],
		["bytes after the last field", join(usual(1, variant.byte(1)), hex("ff"))],
		["reserved bits in the flags", network({ publisher: PUBLISHER, writers: [1] }, hex("07 0000"))],
		["no such variant type", network({ publisher: PUBLISHER, writers: [1] }, keyFrame({}, hex("3f")))],
	])("says what is wrong: %s", (reason, bytes) => {
		const harness = datagrams()
			.response(bytes)
			.response(usual(2, variant.byte(1)));
		expect(harness.records).toMatchObject([{ kind: "malformed", reason }, { kind: "data" }]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["opcua-malformed"]);
	});

	it("keeps 8192 fields of 65,535 and says that there were more", () => {
		const harness = datagrams().response(network({ publisher: PUBLISHER, writers: [1] }, dataSet({}, u16(65_535), new Uint8Array(65_000))));
		expect(harness.records[0]).toMatchObject({ kind: "malformed" });
		const message = new MessageHarness(opcua, "message").send(
			network({ publisher: PUBLISHER, writers: [1] }, dataSet({}, u16(65_535), new Uint8Array(65_535))),
		);
		expect(message.records[0]).toMatchObject({ kind: "data", truncated: true });
		expect(message.counts["pubsub-fields-bound"]).toBe(1);
		expect(message.operations).toHaveLength(4);
	});

	it("keeps a bounded number of publishers, groups, writers and descriptions", () => {
		const harness = datagrams({ keep: false });
		for (let id = 0; id < 20_000; id++) {
			const publisher: [number, Uint8Array] = [2, u32(id)];
			harness.response(network({ publisher, group: { id: 1, sequence: 1 }, writers: [1] }, keyFrame({}, variant.byte(1))), { frame: 1 });
			if (id % 4 === 0) harness.response(metaData("d", [["f", 3]], { publisher }), { frame: 1 });
		}
		expect(harness.counts["pubsub-publishers-bound"]).toBe(20_000 - 4096);
		expect(harness.counts["pubsub-groups-bound"]).toBe(20_000 - 4096);
		expect(harness.counts["pubsub-writers-bound"]).toBe(20_000 - 8192);
		expect(harness.counts["pubsub-meta-data-bound"]).toBe(5_000 - 4096);
	});
});

describe("PubSub through the engine", () => {
	/** Lines and detections of frames, each 0.1 s after the one before. */
	function watch(frames: readonly (readonly number[])[]) {
		const lines: Record<string, unknown>[] = [];
		const detections: Detection[] = [];
		const analyst = new Analyst({ protocols, onDetection: (detection) => detections.push(detection) });
		const engine = new Engine({
			protocols,
			services,
			analyst,
			onObservation: (protocol, observation, flow) => lines.push(observationLine(protocol, observation, flow)),
		});
		frames.forEach((bytes, index) => {
			engine.frame(frameOf(bytes, { number: index + 1, time: 1_700_000_000_000_000 + index * 100_000 }));
		});
		engine.endSource();
		return { lines, detections, assets: analyst.assets() };
	}
	const GROUP_MAC = "01:15:4e:00:00:01";
	const onEthernet = (bytes: Uint8Array, source = MAC_A) => ethernet(0xb62c, [...bytes], { source, destination: GROUP_MAC });
	const onUdp = (bytes: Uint8Array, { to = 4840, source = "10.0.0.7" } = {}) =>
		ethernet(0x0800, ipv4(17, udp([...bytes], { from: 40_000, to }), { source, destination: "239.1.2.3" }), {
			destination: "01:00:5e:01:02:03",
		});

	it("a publisher on Ethernet is the server of its frames, and an impostor the source of what is found", () => {
		const { lines, detections, assets } = watch([
			...[1, 2, 3, 4].map((number) => onEthernet(usual(number, variant.byte(number)))),
			onEthernet(usual(3, variant.byte(99)), MAC_B),
		]);
		expect(lines[0]).toMatchObject({
			protocol: "opcua",
			kind: "data",
			server: { mac: MAC_A },
			client: { mac: GROUP_MAC },
			publisherId: "2234",
		});
		expect(detections.map(({ type }) => type)).toEqual(["opcua-pubsub-sequence"]);
		expect(detections[0]).toMatchObject({ source: { mac: MAC_B }, frames: [3, 5] });
		expect(detections[0]!.destination).toBeUndefined();
		expect(assets.map(({ macs, roles }) => [macs, roles])).toContainEqual([[MAC_A], expect.arrayContaining(["OPC UA publisher"])]);
	});

	it("a publisher in UDP is the server of its datagrams, on the port and off it", () => {
		for (const to of [4840, 14_840]) {
			const { lines } = watch([1, 2].map((number) => onUdp(usual(number, variant.double(number)), { to })));
			expect(lines).toMatchObject(
				[1, 2].map((sequenceNumber) => ({
					kind: "data",
					sequenceNumber,
					server: { ip: "10.0.0.7" },
					client: { ip: "239.1.2.3", port: to },
				})),
			);
		}
	});

	it("a publisher behind a broker is the server of its messages, and the broker's copies are copies", () => {
		let next = { client: 1001, server: 5001 };
		const segment = (side: "client" | "server", payload: Uint8Array, flags: number = FLAG.ack) => {
			const [from, to] = side === "client" ? [40_000, 1883] : [1883, 40_000];
			const [source, destination] = side === "client" ? ["10.0.0.7", "10.0.0.9"] : ["10.0.0.9", "10.0.0.7"];
			const frame = ethernet(0x0800, ipv4(6, tcp([...payload], { from, to, sequence: next[side], flags }), { source, destination }));
			next = { ...next, [side]: next[side] + (payload.length || 1) };
			return frame;
		};
		const { lines } = watch([
			segment("client", hex(""), FLAG.syn),
			segment("server", hex(""), FLAG.syn | FLAG.ack),
			segment("client", connect()),
			segment("server", connack()),
			segment("client", publish("opcua/uadp/data/2234", usual(1, variant.byte(5)))),
			segment("server", publish("opcua/uadp/data/2234", usual(1, variant.byte(5)))),
		]);
		expect(lines.map(({ protocol, kind }) => `${protocol} ${kind}`)).toEqual([
			"mqtt connect",
			"mqtt connack",
			"mqtt publish",
			"opcua data",
			"mqtt publish",
			"opcua data",
		]);
		expect(lines[3]).toMatchObject({ frame: 5, topic: "opcua/uadp/data/2234", server: { ip: "10.0.0.7" }, client: { ip: "10.0.0.9" } });
		expect(lines[5]).toMatchObject({ frame: 6, copy: true, server: { ip: "10.0.0.9" }, client: { ip: "10.0.0.7" } });
	});

	it("a bridge between brokers repeats its publishers' messages in another place: that is no second publisher", () => {
		const first = messages({ time: 1_000_000_000 });
		const bridge = messages({ flow: { client: { ip: "10.9.9.9", port: 1883, mac: undefined }, server: { ...HOST, ip: "10.0.0.9" } } });
		const bridged = opcua.message!.open({ ...bridge.context, clock: first.clock });
		for (let number = 1; number < 10; number++) {
			const bytes = usual(number, variant.byte(number));
			first.send(bytes, { time: 1_000_000_000 + number * 100_000, frame: number });
			bridged.data(bytes, 0, bytes.length, TO_SERVER, "t");
		}
		expect([...first.facts, ...bridge.facts]).toEqual([]);
		expect(bridge.observations).toBe(9);
	});
});

const CONVERSATION = [
	metaData("Pump", [
		["speed", 10],
		["run", 1],
	]),
	usual(1, variant.float(1.5), variant.boolean(true), variant.string("auto")),
	network(
		{ publisher: PUBLISHER, group: { id: 100, sequence: 2 }, writers: [1] },
		dataSet({ encoding: 1, sequence: 2 }, hex("0000c03f 01")),
	),
	network(
		{ publisher: PUBLISHER, group: { id: 100, sequence: 3 }, writers: [1, 2] },
		u16(keyFrame({ sequence: 3 }, variant.byte(1)).length),
		u16(dataSet({ type: 3, sequence: 1 }).length),
		keyFrame({ sequence: 3 }, variant.byte(1)),
		dataSet({ type: 3, sequence: 1 }),
	),
];
datagramSuite(opcua, [CONVERSATION.map((bytes, index) => ({ name: `UADP ${index}`, bytes, direction: TO_CLIENT }))]);
messageSuite(opcua, "link", [CONVERSATION.map((bytes, index) => ({ name: `UADP ${index}`, bytes }))]);
messageSuite(opcua, "message", [
	CONVERSATION.map((bytes, index) => ({ name: `UADP ${index}`, bytes, topic: "opcua/uadp/data/2234" })),
	[
		{
			name: "JSON",
			bytes: json({
				MessageType: "ua-data",
				PublisherId: "p",
				Messages: [{ DataSetWriterId: 1, SequenceNumber: 1, Payload: { a: 1, b: "x" } }],
			}),
			topic: "a",
		},
		{ name: "JSON payload", bytes: json({ a: 1 }), topic: "opcua/json/data/p/g" },
	],
]);
