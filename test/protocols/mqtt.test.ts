/** MQTT: packets with the bytes written out, the flows of the three qualities of service, versions, secrets, hostile lengths. */
import { describe, expect, it } from "vitest";
import { mqtt } from "../../protocols/mqtt/index.ts";
import { PROBE, REJECT } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import {
	acknowledge,
	connack,
	connect,
	DISCONNECT,
	PINGREQ,
	PINGRESP,
	packet,
	publish,
	suback,
	subscribe,
	text,
	unsuback,
	unsubscribe,
} from "./mqttPackets.ts";

const open = (options = {}) => new StreamHarness(mqtt, options);
const T0 = 1_000_000_000;

describe("MQTT", () => {
	it("reads a login of version 3.1.1 from its bytes", () => {
		// CONNECT, 27 bytes: "MQTT", level 4, user name, password and clean session, keep alive 60 s, "p1", "ann", "secret"
		const login = hex("10 1b 0004 4d515454 04 c2 003c 0002 7031 0003 616e6e 0006 736563726574");
		const harness = open()
			.request(login, { time: T0 })
			.response(hex("20 02 00 00"), { time: T0 + 2_500 });
		expect(harness.records).toMatchObject([
			{
				kind: "connect",
				packet: "connect",
				sender: "client",
				size: 29,
				version: "3.1.1",
				clientId: "p1",
				cleanStart: true,
				keepAlive: 60,
				userName: "ann",
				password: "(present)",
				inClear: true,
			},
			{
				kind: "connack",
				sender: "server",
				sessionPresent: false,
				reasonCode: 0,
				reason: "accepted",
				matched: true,
				latencyMs: 2.5,
				requestFrame: 1,
			},
		]);
		expect(JSON.stringify(harness.records)).not.toContain("secret");
		expect(harness.operations).toMatchObject([{ verb: "authenticate", code: 1, outcome: "ok", latency: 2_500 }]);
		expect(harness.identities).toEqual([
			{ ip: "10.0.0.1", application: "MQTT client p1", evidence: "MQTT CONNECT" },
			{ ip: "10.0.0.2", role: "MQTT broker", evidence: "MQTT CONNACK" },
		]);
	});

	it("reads versions 3.1 and 5.0, a bridge, a will and properties", () => {
		const old = open().request(connect({ level: 3 }));
		expect(old.records[0]).toMatchObject({ version: "3.1", clientId: "pump-1" });
		const bridge = open().request(connect({ level: 0x84 }));
		expect(bridge.records[0]).toMatchObject({ version: "3.1.1", bridge: true });
		// 5.0: session expiry 3600, user property site=north; a will with a delay of 5 s
		const will = join(hex("05 18 00000005"), text("state/pump-1"), hex("0003 6f6666"));
		const modern = open().request(
			packet(0x10, text("MQTT"), hex("05 2e 001e"), hex("13 11 00000e10 26"), text("site"), text("north"), text("pump-1"), will),
		);
		expect(modern.records[0]).toMatchObject({
			version: "5.0",
			keepAlive: 30,
			properties: { sessionExpiryInterval: 3600, userProperty: [["site", "north"]] },
			will: { topic: "state/pump-1", qos: 1, retain: true, payloadSize: 3, properties: { willDelayInterval: 5 } },
		});
	});

	it("follows quality of service 0, 1 and 2 to their ends", () => {
		const harness = open()
			.request(connect(), { time: T0 })
			.response(connack())
			.request(publish("plant/level", "12.5"))
			.request(publish("plant/level", "13", { first: 0x33, id: 7 }), { time: T0 + 1_000 })
			.response(acknowledge(0x40, 7), { time: T0 + 4_000 })
			.request(publish("plant/level", "x", { first: 0x34, id: 8 }), { time: T0 + 5_000 })
			.response(acknowledge(0x50, 8), { time: T0 + 6_000 })
			.request(acknowledge(0x62, 8), { time: T0 + 7_000 })
			.response(acknowledge(0x70, 8), { time: T0 + 9_000 });
		expect(harness.records.slice(2)).toMatchObject([
			{ kind: "publish", topic: "plant/level", qos: 0, retain: false, payloadSize: 4, value: 12.5, clientId: "pump-1" },
			{ kind: "publish", packetId: 7, qos: 1, retain: true, payloadSize: 2 },
			{ kind: "puback", packetId: 7, topic: "plant/level", matched: true, latencyMs: 3, requestFrame: 4 },
			{ kind: "publish", packetId: 8, qos: 2, payloadSize: 1 },
			{ kind: "pubrec", packetId: 8, matched: true, latencyMs: 1 },
			{ kind: "pubrel", packetId: 8, matched: true },
			{ kind: "pubcomp", packetId: 8, matched: true, latencyMs: 4, requestFrame: 6 },
		]);
		expect(harness.operations.slice(1)).toMatchObject([
			{ verb: "report", points: ["plant/level"], values: [12.5], latency: -1 },
			{ verb: "report", points: ["plant/level"], values: [13], latency: 3_000 },
			{ verb: "report", points: ["plant/level"], values: [Number.NaN], latency: 4_000 },
		]);
		expect(harness.stream.deadline).toBeLessThan(Number.POSITIVE_INFINITY);
		harness.advance(T0 + 60_000_000);
		expect(harness.records).toHaveLength(9);
		expect(harness.stream.deadline).toBe(Number.POSITIVE_INFINITY);
	});

	it("takes delivered messages for copies: a line, no operation", () => {
		const harness = open().response(publish("plant/level", "12.5"));
		expect(harness.records[0]).toMatchObject({ kind: "publish", sender: "server", value: 12.5 });
		expect(harness.operations).toEqual([]);
	});

	it("joins subscriptions to what was granted, and says refused ones apart", () => {
		const filters = packet(0x82, hex("0005"), text("plant/#"), hex("01"), text("$SYS/#"), hex("02"));
		const harness = open()
			.request(connect())
			.request(filters)
			.response(packet(0x90, hex("0005 01 80")))
			.request(unsubscribe(6, "plant/#"))
			.response(unsuback(6));
		expect(harness.records.slice(1)).toMatchObject([
			{
				kind: "subscribe",
				packetId: 5,
				filters: [
					{ topicFilter: "plant/#", qos: 1 },
					{ topicFilter: "$SYS/#", qos: 2 },
				],
			},
			{
				kind: "suback",
				matched: true,
				filters: [
					{ topicFilter: "plant/#", qos: 1, reasonCode: 1, reason: "granted QoS 1" },
					{ topicFilter: "$SYS/#", qos: 2, reasonCode: 128, reason: "unspecified error" },
				],
			},
			{ kind: "unsubscribe", packetId: 6 },
			{ kind: "unsuback", matched: true, filters: [{ topicFilter: "plant/#" }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", code: 8, outcome: "ok", points: ["plant/#"] },
			{ verb: "configure", code: 8, outcome: "refused", outcomeCode: 128, points: ["$SYS/#"] },
			{ verb: "configure", code: 10, outcome: "ok", points: ["plant/#"] },
		]);
	});

	it("gives a topic alias its topic, and forgets it where bytes were lost", () => {
		const aliased = publish("", "2", { properties: "03 23 0009" });
		const harness = open()
			.request(connect({ level: 5 }))
			.request(publish("plant/level", "1", { properties: "03 23 0009" }))
			.request(aliased);
		expect(harness.records.slice(1)).toMatchObject([
			{ topic: "plant/level", topicAlias: 9, payloadSize: 1, value: 1 },
			{ topic: "plant/level", topicAlias: 9, value: 2 },
		]);
		harness
			.gap(TO_SERVER)
			.request(publish("a", "3", { properties: "00" }))
			.request(aliased);
		expect(harness.records.at(-1)).toMatchObject({ topic: "", topicAlias: 9 });
	});

	it("says what was not answered, once", () => {
		const harness = open()
			.request(connect(), { time: T0 })
			.request(publish("a/b", "1", { first: 0x32, id: 3 }))
			.request(publish("a/b", "1", { first: 0x3a, id: 3 }))
			.advance(T0 + 40_000_000);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toMatchObject([
			{ packet: "connect", frame: 1, time: T0 + 30_000_000 },
			{ packet: "publish", packetId: 3, topic: "a/b", frame: 2 },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "authenticate", outcome: "unanswered" },
			{ verb: "report", outcome: "unanswered", points: ["a/b"] },
		]);
	});

	it("reads a connection joined in the middle, of either version", () => {
		const old = open().response(publish("a/b", "1")).request(subscribe(1, "a/#")).response(suback(1, 1)).response(publish("a/b", "22"));
		expect(old.records).toMatchObject([
			{ payloadSize: 1 },
			{ filters: [{ topicFilter: "a/#" }] },
			{ version: "3.1.1" },
			{ payloadSize: 2 },
		]);
		const modern = open()
			.response(publish("a/b", "1", { properties: "00" }))
			.request(subscribe(1, "a/#", 1, "00"))
			.response(suback(1, 1, "00"))
			.response(publish("a/b", "22", { properties: "02 01 01" }));
		expect(modern.records).toMatchObject([
			{ payloadSize: 1, value: 1 },
			{ kind: "subscribe", version: "5.0", filters: [{ topicFilter: "a/#" }] },
			{ version: "5.0", matched: true },
			{ payloadSize: 2, properties: { payloadFormatIndicator: 1 } },
		]);
	});

	it("hands payloads on as messages, whole ones only", () => {
		const harness = open().request(connect()).request(publish("opcua/json/data/p", '{"a":1}')).response(publish("b", ""));
		expect(harness.carried.map(({ direction, topic, bytes }) => [direction, topic, new TextDecoder().decode(bytes)])).toEqual([
			[TO_SERVER, "opcua/json/data/p", '{"a":1}'],
		]);
	});
});

describe("MQTT: facts", () => {
	it("a password in clear, and none without one", () => {
		const withPassword = open().request(connect({ user: "admin", password: "admin" }));
		expect(withPassword.facts.map(({ record, key }) => [record.id, key])).toEqual([["cleartext-password", "admin"]]);
		const userOnly = open()
			.request(connect({ user: "admin" }))
			.request(publish("password", "secret"));
		expect(userOnly.facts).toEqual([]);
	});

	it.each([
		[4, 4, "bad user name or password"],
		[4, 5, "not authorized"],
		[5, 0x86, "bad user name or password"],
		[5, 0x8a, "banned"],
	])("a refused login (version %i, code %i)", (level, code, words) => {
		const harness = open()
			.request(connect({ level }))
			.response(connack(code, level === 5 ? "00" : ""));
		expect(harness.facts).toMatchObject([{ record: { id: "mqtt-login-refused" }, frames: [1, 2] }]);
		expect(harness.facts[0]!.sentence).toContain(words);
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused", outcomeCode: code }]);
		expect(mqtt.outcomeName(code)).toBe(words);
	});

	it.each([
		[4, 0],
		[4, 1],
		[4, 2],
		[4, 3],
		[5, 0x84],
		[5, 0x88],
	])("no fact where the login is fine or refused for another reason (version %i, code %i)", (level, code) => {
		const harness = open()
			.request(connect({ level }))
			.response(connack(code, level === 5 ? "00" : ""));
		expect(harness.facts).toEqual([]);
	});

	it("a broker that does not know 5.0 refuses in the form of 3.1.1, which breaks nothing", () => {
		const harness = open()
			.request(connect({ level: 5 }))
			.response(connack(1));
		expect(harness.facts).toEqual([]);
		expect(harness.records[1]).toMatchObject({ kind: "connack", reasonCode: 1, reason: "unacceptable protocol version" });
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused", outcomeCode: 1 }]);
		const accepted = open()
			.request(connect({ level: 5 }))
			.response(connack(0));
		expect(accepted.facts.map(({ record }) => record.id)).toEqual(["mqtt-malformed"]);
	});

	it.each<[string, Uint8Array]>([
		["a length beyond the end of the packet", packet(0x30, hex("0009 61"))],
		["packet identifier 0", acknowledge(0x40, 0)],
		["a topic name with a wildcard or a zero byte", publish("a/#", "1")],
		["no such property", publish("a", "1", { properties: "02 7f 01" })],
		["reserved bits in the subscription options", subscribe(1, "a", 0x43, "00")],
		["bytes after the end of the packet", connack(0, "00 ff")],
		["no topic filter, or an empty one", packet(0x82, hex("0001 0000 01 0001 61 00"))],
	])("a packet that breaks the specification: %s", (reason, bytes) => {
		const harness = open().request(connect({ level: reason.startsWith("no topic") ? 4 : 5 }));
		const direction = bytes[0] === 0x20 || bytes[0] === 0x40 ? TO_CLIENT : TO_SERVER;
		harness.send(direction, bytes).request(publish("after", "1", { properties: reason.startsWith("no topic") ? "" : "00" }));
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "malformed", reason },
			{ kind: "publish", topic: "after", value: 1 },
		]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["mqtt-malformed"]);
	});
});

describe("MQTT: hostile", () => {
	it("takes what never was MQTT for nothing, and a broken login for one", () => {
		const harness = open()
			.request(packet(0x82, hex("0001 ffff 61 00")))
			.request(acknowledge(0x40, 0));
		expect(harness.records).toEqual([]);
		expect(harness.rejects).toBeGreaterThan(0);
		harness.request(packet(0x10, text("MQTT"), hex("04 03 003c"), text("p")));
		expect(harness.records).toMatchObject([{ kind: "malformed", packet: "connect", reason: "reserved bits in the connect flags" }]);
	});

	it("steps over a publication longer than what is kept, and reads on behind it", () => {
		const harness = open().request(connect());
		const long = publish("firmware", new Uint8Array(600_000).fill(0x10));
		for (let at = 0; at < long.length; at += 1400) harness.request(long.slice(at, at + 1400), { frame: 2 });
		harness.request(publish("after", "1"));
		expect(harness.records.slice(1)).toMatchObject([
			{ kind: "publish", topic: "firmware", payloadSize: 600_000 },
			{ kind: "publish", topic: "after", value: 1 },
		]);
		expect(harness.counts).toEqual({ "long-publication": 1 });
		expect(harness.rejects).toBe(0);
		expect(harness.carried).toHaveLength(1);
	});

	it("refuses lengths of five bytes, reserved types and flags", () => {
		for (const bytes of ["30 ff ff ff ff 01", "00 00", "f8 00", "36 05 0001 61 0001", "c0 01 00", "80 06 0001 0001 61 00"]) {
			const { stream, decoder } = open();
			expect(stream.data(hex(bytes), 0, hex(bytes).length, TO_SERVER), bytes).toBe(REJECT);
			expect(decoder.probe(hex(bytes), 0, hex(bytes).length, true), bytes).toBe(PROBE.mismatch);
		}
	});

	it("keeps a bounded number of packets that wait, of aliases, properties and entries", () => {
		const harness = open({ keep: false }).request(connect({ level: 5 }));
		for (let id = 1; id < 65_536; id++)
			harness.request(publish("plant/level/of/tank", "1", { first: 0x32, id, properties: `03 23 ${id.toString(16).padStart(4, "0")}` }), {
				frame: 2,
			});
		expect(harness.counts["pending-bound"]).toBe(65_535 - 1023);
		expect(harness.counts["aliases-bound"]).toBe(65_535 - 64);
		const many = packet(0x82, hex("0001 00"), ...Array.from({ length: 5_000 }, () => join(text("a"), hex("00"))));
		harness.request(many);
		expect(harness.counts["filters-bound"]).toBe(5_000 - 256);
	});

	it("is certain of a CONNECT alone", () => {
		const probe = (bytes: Uint8Array, isHinted?: boolean) => mqtt.tcp!.probe(bytes, 0, bytes.length, isHinted);
		expect(probe(connect(), false)).toBe(PROBE.certain);
		expect(probe(connect().slice(0, 5), false)).toBe(PROBE.more);
		expect(probe(publish("a/b", "1"), false)).toBe(PROBE.match);
		expect(probe(hex("10 0c 0004 4d515458 04 02 003c 0000"), false)).toBe(PROBE.mismatch);
		for (const other of ["GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "POST / HTTP/1.1\r\n", "PUT /x HTTP/1.1\r\n", "220 mail ESMTP\r\n"])
			expect(probe(new TextEncoder().encode(other), false), other).toBe(PROBE.mismatch);
		// IEEE C37.118 begins as an UNSUBSCRIBE with DUP does; a command of it 18 bytes long.
		expect(probe(hex("aa41 0012 003c 11111111 00222222 0005 abcd"), false)).toBe(PROBE.mismatch);
		expect(probe(hex("a2 0a 0001 0006 612f62 2f23 00"), false)).toBe(PROBE.mismatch);
		expect(probe(hex("16 03 01 02 00 01 00 01 fc 03 03"), false)).toBe(PROBE.mismatch);
	});
});

const sample = (name: string, direction: typeof TO_SERVER | typeof TO_CLIENT, bytes: Uint8Array) => ({ name, direction, bytes });
streamSuite(mqtt, [
	[
		sample("CONNECT 3.1.1", TO_SERVER, connect({ user: "ann", password: "x" })),
		sample("CONNACK", TO_CLIENT, connack()),
		sample("SUBSCRIBE", TO_SERVER, subscribe(1, "plant/#")),
		sample("SUBACK", TO_CLIENT, suback(1, 1)),
		sample("PUBLISH QoS 1", TO_SERVER, publish("plant/level", "12.5", { first: 0x32, id: 2 })),
		sample("PUBACK", TO_CLIENT, acknowledge(0x40, 2)),
		sample("PUBLISH QoS 0", TO_CLIENT, publish("plant/level", "12.5")),
		sample("PINGREQ", TO_SERVER, PINGREQ),
		sample("PINGRESP", TO_CLIENT, PINGRESP),
		sample("UNSUBSCRIBE", TO_SERVER, unsubscribe(3, "plant/#")),
		sample("UNSUBACK", TO_CLIENT, unsuback(3)),
		sample("DISCONNECT", TO_SERVER, DISCONNECT),
	],
	[
		sample("CONNECT 5.0", TO_SERVER, connect({ level: 5, properties: "05 11 00000e10" })),
		sample("CONNACK 5.0", TO_CLIENT, connack(0, "03 22 000a")),
		sample("PUBLISH QoS 2", TO_SERVER, publish("plant/mode", "1", { first: 0x34, id: 9, properties: "03 23 0001" })),
		sample("PUBREC", TO_CLIENT, acknowledge(0x50, 9)),
		sample("PUBREL", TO_SERVER, acknowledge(0x62, 9)),
		sample("PUBCOMP", TO_CLIENT, acknowledge(0x70, 9)),
		sample("AUTH", TO_SERVER, packet(0xf0, hex("18 04 15"), text("x"))),
		sample("DISCONNECT 5.0", TO_CLIENT, packet(0xe0, hex("8b"))),
	],
]);
