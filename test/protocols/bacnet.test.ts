/** BACnet/IP: messages with the bytes written out (ASHRAE 135), pairing, segments, devices behind routers and broadcast managers, neutral words and facts. */
import { describe, expect, it } from "vitest";
import { bacnet } from "../../protocols/bacnet/index.ts";
import { Dispatcher } from "../../src/decode/dispatcher.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { type Direction, type FlowView, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { datagramSuite } from "../contract/stream.ts";
import { DatagramHarness, type HarnessOptions, hex, join } from "../support/decoderHarness.ts";
import { FakeFlow } from "../support/fakeFlow.ts";
import {
	answer,
	broadcast,
	bvlc,
	COV,
	COV_ACK,
	I_AM,
	MULTIPLE,
	READ,
	READ_MULTIPLE,
	RESTART,
	RESTARTED,
	SILENCE,
	SILENCED,
	SUBSCRIBE,
	SUBSCRIBED,
	TIME,
	UNCONFIRMED_COV,
	UNKNOWN,
	unicast,
	VALUE,
	WHO_IS,
	WRITE,
	WRITTEN,
} from "./bacnetSamples.ts";

const STATION = { ip: "10.0.0.1", port: 47808, mac: "02:00:00:00:00:01" };
const DEVICE = { ip: "10.0.0.2", port: 47808, mac: "02:00:00:00:00:02" };
const SECOND = 1_000_000;

const open = (options: HarnessOptions = {}) => new DatagramHarness(bacnet, { flow: { client: STATION, server: DEVICE }, ...options });
/** Datagrams by turns: a request, its answer, ... */
const exchanged = (...datagrams: Uint8Array[]) => {
	const harness = open();
	for (const [index, bytes] of datagrams.entries()) harness.send((index % 2) as Direction, bytes);
	return harness;
};
const asked = (...datagrams: Uint8Array[]) => {
	const harness = open();
	for (const bytes of datagrams) harness.request(bytes);
	return harness;
};
const told = (...datagrams: Uint8Array[]) => {
	const harness = open();
	for (const bytes of datagrams) harness.response(bytes);
	return harness;
};
/** A value of one application tag, as an answer to a read of the property 85 has it. */
const valueIn = (tags: string, property = "1955") => {
	const { records } = told(answer(`30 01 0c 0c00000003 ${property} 3e ${tags} 3f`));
	return (records[0]!.objects as { type?: string; value?: unknown; values?: unknown }[])[0];
};
const ids = (harness: { facts: readonly { record: { id: string } }[] }) => harness.facts.map(({ record }) => record.id);

describe("BACnet", () => {
	it("pairs a read with its answer, and says the value", () => {
		const harness = open();
		harness.request(READ, { time: 1_000_000_000 }).response(VALUE, { time: 1_000_012_500 });
		expect(harness.records).toMatchObject([
			{
				kind: "request",
				bvlcFunction: "Original-Unicast-NPDU",
				pduType: "CONFIRMED_REQUEST",
				service: "readProperty",
				invokeId: 1,
				maxApdu: 1476,
				objects: [{ objectType: "analog-input", instanceNumber: 3, property: "present-value" }],
			},
			{ kind: "response", matched: true, latencyMs: 12.5, requestFrame: 1, objects: [{ type: "real", value: 21.5 }] },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "read", code: 12, outcome: "ok", points: ["analog-input,3.present-value"], values: [21.5], latency: 12_500, unit: -1 },
		]);
		expect(harness.between).toEqual([undefined, undefined]);
	});

	it("says a write with its value and its priority, once, when it is acknowledged", () => {
		const { records, operations } = exchanged(WRITE, WRITTEN);
		expect(records[0]).toMatchObject({ objects: [{ objectType: "analog-output", priority: 8, value: 55 }] });
		expect(operations).toMatchObject([
			{ verb: "write", code: 15, subCode: 8, outcome: "ok", points: ["analog-output,1.present-value"], values: [55], requestFrame: 1 },
		]);
	});

	it.each<[string, Uint8Array, Record<string, unknown>, number, string]>([
		[
			"an error",
			UNKNOWN,
			{ kind: "error", errorClass: "property", errorCode: "unknown-property" },
			300_032,
			"unknown-property (error of class property)",
		],
		[
			"a reject",
			answer("60 01 09"),
			{ kind: "reject", reason: "unrecognized-service", service: "readProperty" },
			1009,
			"unrecognized-service (reject)",
		],
		["an abort", answer("71 01 04"), { kind: "abort", reason: "segmentation-not-supported" }, 2004, "segmentation-not-supported (abort)"],
	])("says %s with what was asked", (_, bytes, record, outcomeCode, words) => {
		const { records, operations } = exchanged(READ, bytes);
		expect(records[1]).toMatchObject({ ...record, matched: true });
		expect(operations).toMatchObject([{ verb: "read", outcome: "refused", outcomeCode, points: ["analog-input,3.present-value"] }]);
		expect(bacnet.outcomeName(outcomeCode)).toBe(words);
	});

	it("reads many properties, of which some may fail, and who the device is", () => {
		const { records, operations, identities, labels } = exchanged(READ_MULTIPLE, MULTIPLE);
		expect(records[1]!.objects).toEqual([
			{ objectType: "device", instanceNumber: 1234, property: "object-name", type: "character-string", value: "AHU1" },
			{ objectType: "device", instanceNumber: 1234, property: "model-name", errorClass: "property", errorCode: "unknown-property" },
		]);
		expect(operations).toMatchObject([
			{ verb: "identify", outcome: "ok", points: ["device,1234.object-name", "device,1234.model-name"], values: [Number.NaN, Number.NaN] },
		]);
		expect(identities).toMatchObject([{ hostName: "AHU1", evidence: "BACnet device object" }]);
		expect(labels).toEqual({});
	});

	it("takes vendor, model, firmware and serial number from the device object", () => {
		const text = (property: string, letters: string) =>
			`${property} 4e 75${(letters.length + 1).toString(16).padStart(2, "0")}00 ${Buffer.from(letters).toString("hex")} 4f`;
		const rows = [text("2979", "Acme"), text("2946", "X-1"), text("292c", "2.4"), text("290c", "2026-11"), text("2a0174", "SN7")];
		const { identities } = told(answer(`30 06 0e 0c020004d2 1e ${rows.join(" ")} 2978 4e 2105 4f 1f`));
		expect(identities).toMatchObject([{ vendor: "Acme", model: "X-1", firmware: "2.4", application: "2026-11", unit: -1 }]);
		expect([...identities[0]!.statements!]).toEqual([
			["vendor", "Acme"],
			["model", "X-1"],
			["firmware revision", "2.4"],
			["application software version", "2026-11"],
			["serial number", "SN7"],
		]);
	});

	it("names the value of an object after the object", () => {
		const { labels } = told(answer("30 01 0c 0c00000003 194d 3e 7508 00 526f6f6d203132 3f"));
		expect(labels).toEqual({ "analog-input,3.present-value": "Room 12" });
	});

	it("takes an announcement for who the device is, and the device for the server", () => {
		const harness = asked(I_AM);
		expect(harness.records).toMatchObject([
			{
				kind: "unconfirmed",
				service: "i-Am",
				dnet: 65535,
				hopCount: 255,
				objects: [{ objectType: "device", instanceNumber: 1234 }],
				vendorId: 5,
				segmentationSupported: "no-segmentation",
			},
		]);
		expect(harness.between[0]).toMatchObject({ client: DEVICE, server: STATION });
		expect(harness.identities).toMatchObject([{ vendor: "Johnson Controls, Inc.", evidence: "BACnet I-Am" }]);
		expect([...harness.identities[0]!.statements!]).toEqual([
			["device instance", "1234"],
			["vendor identifier", "5"],
		]);
		expect(harness.operations).toEqual([]);
	});

	it("says notifications as reports of the device, whoever acknowledges them", () => {
		const harness = told(COV);
		harness.request(COV_ACK).response(UNCONFIRMED_COV);
		expect(harness.between).toEqual([undefined, undefined, undefined]);
		expect(harness.records).toMatchObject([
			{ kind: "request", service: "confirmedCOVNotification", initiatingDevice: "device,1234", timeRemaining: 60 },
			{ kind: "response", matched: true },
			{ kind: "unconfirmed", service: "unconfirmedCOVNotification" },
		]);
		const points = ["analog-input,3.present-value", "analog-input,3.status-flags"];
		expect(harness.operations).toMatchObject([
			{ verb: "report", code: 1, points, values: [22, Number.NaN] },
			{ verb: "report", code: 0x102, points },
		]);
	});

	it("tells who asks whom where both ends ask", () => {
		const harness = open();
		harness.request(READ).response(READ).request(VALUE).response(VALUE);
		expect(harness.between.map((view) => view?.server)).toEqual([undefined, STATION, STATION, undefined]);
		expect(harness.records.slice(2)).toMatchObject([
			{ matched: true, requestFrame: 2 },
			{ matched: true, requestFrame: 1 },
		]);
		expect(harness.operations).toHaveLength(2);
	});

	it("says subscriptions, and what they are about", () => {
		const { records, operations } = exchanged(SUBSCRIBE, SUBSCRIBED);
		expect(records[0]).toMatchObject({ subscriberProcessIdentifier: 18, issueConfirmedNotifications: true, lifetime: 60 });
		expect(operations).toMatchObject([{ verb: "configure", code: 5, outcome: "ok", points: ["analog-input,3"] }]);
	});

	it("says nothing of who looks for everybody, and sets of clocks to everybody", () => {
		const harness = asked(WHO_IS, broadcast("10 08 0905 1a04d2"), TIME);
		expect(harness.records.slice(1)).toMatchObject([
			{ service: "who-Is", lowLimit: 5, highLimit: 1234 },
			{ service: "timeSynchronization", dateTime: "2026-11-28 10:20:30.40" },
		]);
		expect(harness.operations).toMatchObject([{ verb: "configure", code: 0x106, isBroadcast: true }]);
		expect(bacnet.firstUse!(0x106, "configure")?.id).toBe("clock-set");
		expect(asked(answer("10 08")).operations).toMatchObject([{ verb: "browse", code: 0x108 }]);
	});

	it("waits for an answer as long as the client repeats, and then says that there was none", () => {
		const harness = open();
		harness.request(READ, { time: 10 * SECOND, frame: 1 }).request(READ, { time: 13 * SECOND, frame: 2 });
		expect(harness.records[1]).toMatchObject({ kind: "request", repeated: true });
		harness.advance(22 * SECOND);
		expect(harness.operations).toEqual([]);
		harness.advance(24 * SECOND);
		expect(harness.records[2]).toMatchObject({ kind: "unanswered", service: "readProperty", frame: 1, time: 23 * SECOND });
		expect(harness.operations).toMatchObject([{ verb: "read", outcome: "unanswered", points: ["analog-input,3.present-value"] }]);
		harness.response(VALUE, { time: 25 * SECOND });
		expect(harness.records[3]).toMatchObject({ late: true, matched: true });
		expect(harness.operations).toHaveLength(2);
		harness.response(VALUE);
		expect(harness.records[4]).toMatchObject({ repeated: true });
		expect(harness.operations).toHaveLength(2);
	});

	it("says each time that a silent device is asked in vain, also by a client that has one number for all", () => {
		const harness = open();
		for (const second of [10, 40, 70]) harness.request(READ, { time: second * SECOND });
		harness.advance(100 * SECOND);
		expect(harness.operations).toMatchObject([{ outcome: "unanswered" }, { outcome: "unanswered" }, { outcome: "unanswered" }]);
	});

	it("takes another request under the same number for the end of the first", () => {
		const { records, operations } = asked(READ, unicast("0005 01 0c 0c00000004 1955"));
		expect(records.map(({ kind }) => kind)).toEqual(["request", "request", "unanswered"]);
		expect(operations).toMatchObject([{ outcome: "unanswered", points: ["analog-input,3.present-value"] }]);
	});

	it("says an answer whose request was not seen, with what it says itself", () => {
		expect(told(VALUE).operations).toMatchObject([
			{ verb: "read", outcome: "unsolicited", points: ["analog-input,3.present-value"], values: [21.5] },
		]);
		expect(told(UNKNOWN).operations).toEqual([]);
	});
});

describe("values", () => {
	it.each<[string, string, unknown]>([
		["00", "null", null],
		["11", "boolean", true],
		["10", "boolean", false],
		["2105", "unsigned", 5],
		["25 08 001fffffffffffff", "unsigned", Number.MAX_SAFE_INTEGER],
		["25 08 ffffffffffffffff", "unsigned", "0xffffffffffffffff"],
		["31fb", "signed", -5],
		["32 8000", "signed", -32768],
		["44 3dcccccd", "real", 0.1],
		["44 7fc00000", "real", "NaN"],
		["55 08 400921fb54442d18", "double", Math.PI],
		["64 deadbeef", "octet-string", "deadbeef"],
		["74 00 414855", "character-string", "AHU"],
		["75 05 04 00410042", "character-string", "AB"],
		["75 09 03 0000004100000042", "character-string", "AB"],
		["73 05 41fc", "character-string", "Aü"],
		["75 05 01 03a4 8341", "character-string", "ア"],
		["73 02 3021", "character-string", "亜"],
		["74 00 610a62", "character-string", "a\ufffdb"],
		["75 05 00 61e280ae", "character-string", "a\ufffd"],
		["82 04f0", "bit-string", "1111"],
		["91 3e", "enumerated", 62],
		["a4 7e0b1cff", "date", "2026-11-28"],
		["a4 ffffffff", "date", "****-**-**"],
		["b4 0a141e28", "time", "10:20:30.40"],
		["c4 00c00007", "object-identifier", "binary-input,7"],
	])("reads %s as %s", (tags, type, value) => {
		expect(valueIn(tags)).toMatchObject({ type, value });
	});

	it("names an enumeration by its property", () => {
		expect(valueIn("91 3e", "1975")).toMatchObject({ type: "enumerated", value: "degrees-celsius" });
		expect(valueIn("91 00", "1967")).toMatchObject({ value: "no-fault-detected" });
		expect(valueIn("91 02", "1924")).toMatchObject({ value: "offnormal" });
	});

	it("reads constructed values, up to a depth", () => {
		expect(valueIn("0e 2101 1c00000003 0f")).toMatchObject({
			type: "constructed",
			value: { tag: 0, value: [1, { tag: 1, octets: "00000003" }] },
		});
		expect(valueIn(`${"0e".repeat(12)} ${"0f".repeat(12)}`)).toMatchObject({ type: "constructed" });
		expect(valueIn("2101 2102")).toMatchObject({ values: [{ value: 1 }, { value: 2 }] });
	});
});

describe("segments", () => {
	const first = (sequence: number, content: string, more = true) =>
		answer(`${more ? "3c" : "38"} 01 ${sequence.toString(16).padStart(2, "0")} 04 0c ${content}`);
	const HEAD = "0c00000003 1955 3e";

	it("puts an answer together, and ignores what comes again", () => {
		const harness = open();
		harness.request(READ).response(first(0, HEAD)).request(unicast("40 01 00 04"));
		harness
			.response(first(1, "44 41"))
			.response(first(1, "44 41"))
			.response(first(2, "ac0000 3f", false));
		expect(harness.records.map(({ kind }) => kind)).toEqual(["request", "segment", "segment-ack", "segment", "segment", "response"]);
		expect(harness.records[5]).toMatchObject({ segments: 3, matched: true, objects: [{ value: 21.5 }] });
		expect(harness.operations).toMatchObject([{ verb: "read", values: [21.5] }]);
	});

	it("takes an answer of which a segment was lost for an answer without values", () => {
		const harness = open();
		harness
			.request(READ)
			.response(first(0, HEAD))
			.response(first(2, "ac0000 3f", false));
		expect(harness.records[2]).toMatchObject({ kind: "response", matched: true, violations: ["cut"] });
		expect(harness.counts).toEqual({ "segments-lost": 1 });
		expect(harness.facts).toEqual([]);
	});

	it("puts a request together", () => {
		const segment = (flags: string, sequence: string, content: string) => unicast(`${flags} 05 02 ${sequence} 04 0f ${content}`);
		const harness = open();
		harness
			.request(segment("0c", "00", "0c00400001 1955"))
			.request(segment("08", "01", "3e 44 425c0000 3f 4908"))
			.response(WRITTEN);
		expect(harness.records.map(({ kind }) => kind)).toEqual(["segment", "request", "response"]);
		expect(harness.operations).toMatchObject([{ verb: "write", values: [55], subCode: 8 }]);
	});

	it("bounds what it keeps of them", () => {
		const harness = open({ keep: false });
		for (let id = 0; id < 100; id++) harness.response(answer(`3c ${id.toString(16).padStart(2, "0")} 00 04 0c ${HEAD}`));
		expect(harness.counts["segmented-messages-bound"]).toBe(36);
		const long = open({ keep: false });
		for (let sequence = 0; sequence < 128; sequence++) long.response(first(sequence, "00".repeat(1400)));
		expect(long.counts["segmented-message-bound"]).toBe(1);
	});
});

describe("networks and broadcast managers", () => {
	it("keeps devices behind a router apart", () => {
		const harness = open();
		harness.request(bvlc(0x0a, "01 24 07d1 01 0c ff 0005 01 0c 0c00000003 1955")); // to network 2001, address 12
		harness.request(bvlc(0x0a, "01 24 07d1 01 0d ff 0005 01 0c 0c00000003 1955")); // to address 13
		harness.response(bvlc(0x0a, "01 08 07d1 01 0d 30 01 0c 0c00000003 1955 3e 44 41b00000 3f"));
		harness.response(bvlc(0x0a, "01 08 07d1 01 0c 30 01 0c 0c00000003 1955 3e 44 41ac0000 3f"));
		expect(harness.records[0]).toMatchObject({ dnet: 2001, dadr: "0c", hopCount: 255, unit: 2001012 });
		expect(harness.operations).toMatchObject([
			{ unit: 2001013, values: [22], requestFrame: 2 },
			{ unit: 2001012, values: [21.5], requestFrame: 1 },
		]);
	});

	it("takes who speaks from another network for another client", () => {
		const harness = open();
		harness.request(bvlc(0x0a, "01 0c 000d 01 3d 0005 01 0c 0c00000003 1955"));
		harness.response(bvlc(0x0a, "01 20 000d 01 3d ff 30 01 0c 0c00000003 1955 3e 44 41ac0000 3f"));
		expect(harness.operations).toMatchObject([{ unit: -1, outcome: "ok", values: [21.5] }]);
	});

	it("gives a device with a longer address a number above all others, and one at another port its port", () => {
		const { operations } = told(bvlc(0x0a, "01 08 0001 06 0a000005bac0 30 01 0c 0c00000003 1955 3e 44 41ac0000 3f"));
		expect(operations[0]!.unit).toBeGreaterThanOrEqual(100_000_000);
		const harness = open({ flow: { client: STATION, server: { ...DEVICE, port: 47809 } } });
		harness.request(READ).response(VALUE);
		expect(harness.operations).toMatchObject([{ unit: 47809, outcome: "ok" }]);
	});

	it("takes a forwarded message for one of the device that it comes from", () => {
		const harness = asked(bvlc(4, "0a010009bac0 01 20 ffff 00 ff 10 00 c4020004d2 2205c4 9103 2105"));
		expect(harness.records).toMatchObject([{ bvlcFunction: "Forwarded-NPDU", origin: { ip: "10.1.0.9", port: 47808 }, service: "i-Am" }]);
		expect(harness.between[0]).toMatchObject({ client: DEVICE, server: { ip: "10.1.0.9", port: 47808 } });
		const many = asked(
			...Array.from({ length: 65 }, (_, index) => bvlc(4, `0a0100${index.toString(16).padStart(2, "0")}bac0 01 00 10 08`)),
		);
		expect(many.counts).toEqual({ "forwarding-bound": 1 });
	});

	it("hands a message on with the ends that it is between, in the flow that carried it", () => {
		const seen: FlowView[] = [];
		const dispatcher = new Dispatcher({
			protocols: [bacnet],
			services: [],
			clock: { time: 0, frame: 1 },
			onObservation: (_protocol, _observation, view) => void seen.push(view),
		});
		const flow = new FakeFlow({ id: 7, transport: "udp", client: STATION, server: DEVICE });
		const forwarded = bvlc(4, "0a010009bac0 01 00 10 08");
		for (const [bytes, direction] of [
			[READ, TO_SERVER],
			[READ, TO_CLIENT],
			[forwarded, TO_SERVER],
		] as const)
			dispatcher.datagram(flow, bytes, 0, bytes.length, direction, true);
		expect(seen.map(({ id, transport, client, server }) => [id, transport, client.ip, server.ip])).toEqual([
			[7, "udp", "10.0.0.1", "10.0.0.2"],
			[7, "udp", "10.0.0.2", "10.0.0.1"],
			[7, "udp", "10.1.0.9", "10.0.0.2"],
		]);
	});

	it("reads the messages of broadcast managers", () => {
		const harness = open();
		harness.request(bvlc(5, "003c")).response(bvlc(0, "0000")).request(bvlc(2, "")).response(bvlc(3, "0a000002bac0ffffffff"));
		harness.request(bvlc(6, "")).response(bvlc(7, "0a000001bac0003c0050")).request(bvlc(5, "003c")).response(bvlc(0, "0030"));
		expect(harness.records).toMatchObject([
			{ kind: "bvlc", bvlcFunction: "Register-Foreign-Device", timeToLive: 60 },
			{ resultCode: "successful completion" },
			{ bvlcFunction: "Read-Broadcast-Distribution-Table" },
			{ entries: [{ ip: "10.0.0.2", port: 47808, mask: "255.255.255.255" }] },
			{ bvlcFunction: "Read-Foreign-Device-Table" },
			{ entries: [{ ip: "10.0.0.1", port: 47808, timeToLive: 60, timeLeft: 80 }] },
			{ bvlcFunction: "Register-Foreign-Device" },
			{ resultCode: "Register-Foreign-Device NAK" },
		]);
		expect(harness.operations).toMatchObject([
			{ verb: "configure", code: 0x305, outcome: "ok" },
			{ verb: "browse", code: 0x302 },
			{ verb: "browse", code: 0x306 },
			{ verb: "configure", code: 0x305 },
			{ verb: "configure", code: 0x305, outcome: "refused", outcomeCode: 4048 },
		]);
		expect(harness.identities).toMatchObject([{ role: "BACnet broadcast manager" }, { role: "BACnet broadcast manager" }]);
		expect(bacnet.firstUse!(0x305, "configure")?.id).toBe("bacnet-foreign-device");
		expect(bacnet.firstUse!(0x302, "browse")?.id).toBe("bacnet-table-read");
		expect(bacnet.outcomeName(4048)).toBe("Register-Foreign-Device NAK");
		expect(asked(bvlc(12, "00 11 22")).records).toMatchObject([{ kind: "secured", bvlcFunction: "Secured-BVLL" }]);
	});

	it("reads the messages of routers", () => {
		const message = (body: string) => asked(bvlc(0x0a, `01 80 ${body}`));
		const routed = message("01 07d1 07d2");
		expect(routed.records).toMatchObject([{ kind: "network", networkMessage: "I-Am-Router-To-Network", networks: [2001, 2002] }]);
		expect(routed.between[0]?.server).toEqual(STATION);
		expect(routed.identities).toMatchObject([{ role: "BACnet router" }]);
		expect(message("00 07d1").operations).toMatchObject([{ verb: "browse", code: 0x200 }]);
		expect(message("03 01 07d1").records).toMatchObject([{ reason: "not directly connected, and no router found", networks: [2001] }]);
		expect(message("06 00").operations).toMatchObject([{ verb: "browse", code: 0x206 }]);
		expect(message("06 01 07d1 01 02 aabb").records).toMatchObject([{ ports: 1, networks: [2001] }]);
		expect(message("80 0105 01").records).toMatchObject([{ networkMessage: "vendor's message 128", vendorId: 261 }]);
		expect(ids(message("06 01 07d1 01 02 aabb"))).toEqual(["bacnet-routing-changed"]);
		expect(ids(message("11 0001"))).toEqual(["credential-change"]);
		expect(ids(message("06 00"))).toEqual([]);
	});
});

describe("facts", () => {
	it("tells what is asked of a controller, with the password that anyone can read", () => {
		const { records, operations, facts } = exchanged(RESTART, RESTARTED, SILENCE, SILENCED);
		expect(records[0]).toMatchObject({ reinitializedStateOfDevice: "coldstart", hasPassword: true });
		expect(JSON.stringify(records)).not.toContain("filister");
		expect(operations).toMatchObject([
			{ verb: "command", code: 20, subCode: 0, outcome: "ok" },
			{ verb: "authenticate", code: 20, outcome: "ok" },
			{ verb: "command", code: 17, subCode: 1 },
		]);
		expect(facts.map(({ record, sentence }) => [record.id, sentence])).toEqual([
			[
				"bacnet-password-in-clear",
				"{client} sent {server} a password that anyone on the network can read (reinitializeDevice (confirmed service 20)).",
			],
			[
				"controller-restart",
				"{client} asked {server} to start anew, as when its power comes back (reinitializeDevice (confirmed service 20)); a plant's own traffic never does.",
			],
			[
				"controller-silenced",
				"{client} asked {server} to be silent and to answer nobody (deviceCommunicationControl (confirmed service 17)); a plant's own traffic never does.",
			],
		]);
		expect(bacnet.isLogin!(20, 0)).toBe(true);
		expect(bacnet.isLogin!(20, 500_026)).toBe(true);
		expect(bacnet.isLogin!(20, 500_025)).toBe(false);
	});

	it("tells a backup from a restore, and files beside them", () => {
		const read = unicast("0005 09 06 c402800001 0e 3100 2210 00 0f".replace("2210 00", "221000"));
		const write = unicast("0005 0a 07 c402800001 0e 3100 64deadbeef 0f");
		expect(ids(asked(read, write))).toEqual([]);
		expect(bacnet.firstUse!(7, "write")?.id).toBe("bacnet-file-write");
		expect(bacnet.firstUse!(7, "program")).toBeUndefined();
		const state = (number: string) => unicast(`0005 08 14 09${number}`);
		expect(ids(asked(state("02"), read, state("03")))).toEqual(["program-upload", "program-upload"]);
		const restore = open();
		restore.request(state("04")).response(answer("20 08 14")).request(write).response(answer("30 0a 07 0900"));
		expect(ids(restore)).toEqual(["program-download", "program-download"]);
		expect(restore.operations).toMatchObject([{ verb: "program" }, { verb: "program", code: 7, points: ["file,1"], outcome: "ok" }]);
		expect(exchanged(write, answer("30 0a 07 0900")).operations).toMatchObject([{ verb: "write", points: ["file,1"] }]);
	});

	it.each<[string, string, readonly string[]]>([
		["an object taken out of service", "0005 02 0f 0c00000003 1951 3e 11 3f", ["values-forced"]],
		["an object put in service", "0005 02 0f 0c00000003 1951 3e 10 3f", []],
		["a program that is to halt", "0005 02 0f 0c04000001 195a 3e 9103 3f", ["controller-stop"]],
		["a program that is to run", "0005 02 10 0c04000001 1e 095a 2e 9102 2f 1f", ["controller-start"]],
		["a program that is to be unloaded", "0005 02 0f 0c04000001 195a 3e 9105 3f", ["program-delete"]],
		["a file that is deleted", "0005 02 0b c402800001", ["program-delete"]],
		["a schedule that is deleted", "0005 02 0b c404400001", []],
		["a terminal", "0005 02 15 9100 2101", ["bacnet-virtual-terminal"]],
		["a device that may report again", "0005 02 11 1900", []],
		["a device that is to report nothing", "0005 02 11 1902", ["controller-silenced"]],
	])("tells %s", (_, apdu, expected) => {
		expect(ids(asked(unicast(apdu)))).toEqual(expected);
	});

	it("tells who writes a broadcast table, and who removes another's registration", () => {
		expect(ids(asked(bvlc(1, "0a000002bac0ffffffff")))).toEqual(["bacnet-broadcast-table-written"]);
		expect(ids(asked(bvlc(8, "0a000009bac0")))).toEqual(["bacnet-foreign-device-removed"]);
		expect(ids(asked(bvlc(8, "0a000001bac0")))).toEqual([]);
	});

	it("tells two devices that take turns in being one", () => {
		const harness = open();
		expect(ids(harness.request(I_AM).request(I_AM))).toEqual([]);
		harness.response(I_AM).response(I_AM);
		expect(ids(harness)).toEqual([]);
		harness.request(I_AM);
		expect(harness.facts).toMatchObject([{ record: { id: "bacnet-instance-conflict" }, key: "1234", frames: [4, 5], byServer: true }]);
	});

	it.each<[string, Uint8Array, string, string]>([
		["a length that is none", join(READ, hex("00")), "length", "request"],
		["another version", bvlc(0x0a, "02 04 0005 01 0c 0c00000003 1955"), "version", "malformed"],
		["an address that is longer than the message", bvlc(0x0a, "01 20 0001 06 0a00"), "destination", "malformed"],
		["reserved bits", bvlc(0x0a, "01 44 0005 01 0c 0c00000003 1955"), "control", "request"],
		["a type that does not exist", answer("90 01 0c 00"), "pdu-type", "malformed"],
		["a request without a property", unicast("0005 01 0c 0c00000003"), "parameters", "malformed"],
		["an object id that is too short", unicast("0005 01 0c 0b000003 1955"), "parameters", "malformed"],
		["a tag that is longer than the message", unicast("0005 01 0f 0c00000003 1955 3e 75ff 3f"), "parameters", "malformed"],
		["a value that does not end", unicast("0005 01 0f 0c00000003 1955 3e 2101"), "parameters", "malformed"],
		["a table of half an entry", bvlc(1, "0a000002ba"), "table", "malformed"],
	])("calls %s malformed", (_, bytes, violation, kind) => {
		const { records, facts } = asked(bytes);
		expect(records).toMatchObject([{ kind, violations: [violation] }]);
		expect(facts).toMatchObject([{ record: { id: "bacnet-malformed" }, key: violation }]);
	});

	it("does not blame a sender for what the capture cut", () => {
		const { records, facts } = asked(READ.slice(0, READ.length - 2));
		expect(records).toMatchObject([{ violations: ["cut"] }]);
		expect(facts).toEqual([]);
	});
});

describe("recognition and names", () => {
	const probe = (bytes: Uint8Array) => bacnet.udp!.probe(bytes, 0, bytes.length);

	it.each<[string, Uint8Array, number]>([
		["a request", READ, PROBE.certain],
		["a registration", bvlc(5, "003c"), PROBE.certain],
		["a length that is not that of the datagram", join(READ, hex("00")), PROBE.match],
		["another version", bvlc(0x0a, "02 04 0005 01 0c"), PROBE.match],
		["secured", bvlc(12, "0011"), PROBE.match],
		["a function that is none", bvlc(13, "0011"), PROBE.mismatch],
		["BACnet/IPv6", hex("82 01 000c 000001 000002 01 00"), PROBE.mismatch],
		["too little", hex("81 0a 00"), PROBE.mismatch],
	])("is as sure of %s as its bytes allow", (_, bytes, expected) => {
		expect(probe(bytes)).toBe(expected);
	});

	it("knows points, operations and outcomes by their words", () => {
		expect(bacnet.pointName("analog-input,3.present-value")).toBe("present value of analog input 3");
		expect(bacnet.pointName("device,7.object-list[2]")).toBe("object list 2 of device 7");
		expect(bacnet.pointName("schedule,4")).toBe("schedule 4");
		expect(bacnet.parsePoint!("Analog-Input:3", "")).toBe("analog-input,3.present-value");
		expect(bacnet.parsePoint!("binary-output,03.priority-array[8]", "")).toBe("binary-output,3.priority-array[8]");
		expect(bacnet.parsePoint!("40001", "")).toBeUndefined();
		expect(bacnet.operationName(15)).toBe("writeProperty (confirmed service 15)");
		expect(bacnet.operationName(0x108)).toBe("who-Is (unconfirmed service 8)");
		expect(bacnet.operationName(0x200)).toBe("Who-Is-Router-To-Network (network message 0)");
		expect(bacnet.operationName(0x301)).toBe("Write-Broadcast-Distribution-Table (BVLC function 1)");
		expect(bacnet.outcomeName(3002)).toBe("router is busy (rejected by a router)");
		expect(bacnet.postponing).toContain(100_003);
	});
});

const sample = (name: string, bytes: Uint8Array, direction: Direction = TO_SERVER) => ({ name, bytes, direction });
datagramSuite(bacnet, [
	[sample("a read", READ), sample("its value", VALUE, TO_CLIENT)],
	[sample("a write", WRITE), sample("its acknowledgement", WRITTEN, TO_CLIENT)],
	[sample("a read of many", READ_MULTIPLE), sample("their values", MULTIPLE, TO_CLIENT)],
	[
		sample("a subscription", SUBSCRIBE),
		sample("taken", SUBSCRIBED, TO_CLIENT),
		sample("a notification", COV, TO_CLIENT),
		sample("acknowledged", COV_ACK),
	],
	[sample("a search", WHO_IS), sample("an announcement", I_AM, TO_CLIENT), sample("a clock", TIME)],
	[sample("a restart", RESTART), sample("done", RESTARTED, TO_CLIENT)],
	[
		sample("a registration", bvlc(5, "003c")),
		sample("granted", bvlc(0, "0000"), TO_CLIENT),
		sample("a table", bvlc(6, "")),
		sample("its rows", bvlc(7, "0a000001bac0003c0050"), TO_CLIENT),
	],
]);
