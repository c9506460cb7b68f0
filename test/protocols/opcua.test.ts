import { describe, expect, it } from "vitest";
import { opcua } from "../../protocols/opcua/index.ts";
import { nodeIdText } from "../../protocols/opcua/text.ts";
import { dateTimeMicros } from "../../protocols/opcua/wire.ts";
import { PROBE } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { hex, join, StreamHarness } from "../support/decoderHarness.ts";
import { acknowledge, framed, hello, message, opening, openRequest, openResponse, Writer } from "./opcuaMessages.ts";

const TOKEN = 4711;
const BAD_NODE_ID_UNKNOWN = 0x80340000;
const BAD_USER_ACCESS_DENIED = 0x801f0000;

const request = (id: number, handle = 1, timeoutHint = 0) => new Writer().id(id).requestHeader(handle, TOKEN, timeoutHint);
const response = (id: number, handle = 1, result = 0) => new Writer().id(id).responseHeader(handle, result);

/** ReadRequest of the Value (or another attribute) of some nodes. */
function read(nodes: readonly string[], attribute = 13): Uint8Array {
	const out = request(631).f64(0).u32(2).u32(nodes.length);
	for (const node of nodes) out.node(node).u32(attribute).string(null).u16(0).string(null);
	return out.bytes();
}

/** ReadResponse of doubles; a negative zero stands for BadNodeIdUnknown. */
function values(...numbers: readonly (number | null)[]): Uint8Array {
	const out = response(634).u32(numbers.length);
	for (const number of numbers) {
		if (number === null) out.u8(2).u32(BAD_NODE_ID_UNKNOWN);
		else out.u8(1, 11).f64(number);
	}
	return out.u32(0xffffffff).bytes();
}

const write = (node: string, number: number) => request(673).u32(1).node(node).u32(13).string(null).u8(1, 11).f64(number).bytes();
const written = (status: number) => response(676).u32(1).u32(status).u32(0xffffffff).bytes();
const fault = (status: number) => response(397, 1, status).bytes();

const createSession = () =>
	request(461)
		.string("urn:hmi")
		.string("urn:product")
		.u8(2)
		.string("HMI")
		.u32(1)
		.string(null)
		.string(null)
		.u32(0xffffffff)
		.string(null)
		.string("opc.tcp://plc:4840")
		.string("shift A")
		.string(new Uint8Array(32))
		.string(null)
		.f64(60_000)
		.u32(0)
		.bytes();
const sessionCreated = () =>
	response(464)
		.u8(2)
		.u16(1)
		.u32(99)
		.u8(2)
		.u16(1)
		.u32(TOKEN)
		.f64(60_000)
		.string(new Uint8Array(32))
		.string(null)
		.u32(0xffffffff)
		.u32(0xffffffff)
		.string(null)
		.string(null)
		.u32(0)
		.bytes();

/** ActivateSession with a user name; `algorithm` null means the password is clear. */
function activate(password: string, algorithm: string | null): Uint8Array {
	const token = new Writer().string("user").string("operator").string(password).string(algorithm).bytes();
	return request(467)
		.string(null)
		.string(null)
		.u32(0xffffffff)
		.u32(0xffffffff)
		.id(324)
		.u8(1)
		.string(token)
		.string(null)
		.string(null)
		.bytes();
}
const activated = () => response(470).string(null).u32(0xffffffff).u32(0xffffffff).bytes();

const createItems = (node: string, handle: number) =>
	request(751)
		.u32(5)
		.u32(2)
		.u32(1)
		.node(node)
		.u32(13)
		.string(null)
		.u16(0)
		.string(null)
		.u32(2)
		.u32(handle)
		.f64(1000)
		.u8(0, 0, 0)
		.u32(1)
		.u8(1)
		.bytes();
const itemsCreated = () => response(754).u32(1).u32(0).u32(31).f64(1000).u32(1).u8(0, 0, 0).u32(0xffffffff).bytes();
const publish = () => request(826).u32(0xffffffff).bytes();
function published(handle: number, number: number): Uint8Array {
	const notification = new Writer().u32(1).u32(handle).u8(1, 11).f64(number).u32(0xffffffff).bytes();
	return response(829)
		.u32(5)
		.u32(0xffffffff)
		.u8(0)
		.u32(1)
		.time()
		.u32(1)
		.id(811)
		.u8(1)
		.string(notification)
		.u32(0xffffffff)
		.u32(0xffffffff)
		.bytes();
}

const open = () => new StreamHarness(opcua).request(hello()).response(acknowledge()).request(openRequest()).response(openResponse());
const last = (harness: StreamHarness<never> | ReturnType<typeof open>) => harness.records.at(-1)!;

/** A conversation of samples: names, directions, and bytes. */
const sample = (name: string, direction: typeof TO_SERVER | typeof TO_CLIENT, bytes: Uint8Array): Sample => ({ name, direction, bytes });
const OPENED: readonly Sample[] = [
	sample("HEL", TO_SERVER, hello()),
	sample("ACK", TO_CLIENT, acknowledge()),
	sample("OPN request", TO_SERVER, openRequest()),
	sample("OPN response", TO_CLIENT, openResponse()),
];

streamSuite(opcua, [
	[
		...OPENED,
		sample("CreateSession", TO_SERVER, message(createSession(), { request: 2 })),
		sample("CreateSession response", TO_CLIENT, message(sessionCreated(), { request: 2 })),
		sample("ActivateSession", TO_SERVER, message(activate("secret", null), { request: 3 })),
		sample("ActivateSession response", TO_CLIENT, message(activated(), { request: 3 })),
		sample("Read", TO_SERVER, message(read(["Speed", "Level"]), { request: 4 })),
		sample("Read response", TO_CLIENT, message(values(1.5, null), { request: 4 })),
		sample("Write", TO_SERVER, message(write("Speed", 7), { request: 5 })),
		sample("Write response", TO_CLIENT, message(written(BAD_USER_ACCESS_DENIED), { request: 5 })),
		sample("CLO", TO_SERVER, message(new Writer().id(452).requestHeader(9).bytes(), { type: "CLOF", request: 6 })),
	],
	[
		...OPENED,
		sample("CreateMonitoredItems", TO_SERVER, message(createItems("Speed", 3), { request: 2 })),
		sample("CreateMonitoredItems response", TO_CLIENT, message(itemsCreated(), { request: 2 })),
		sample("Publish", TO_SERVER, message(publish(), { request: 3 })),
		sample("Publish response", TO_CLIENT, message(published(3, 12.5), { request: 3 })),
		sample("Read that fails", TO_SERVER, message(read(["Speed"]), { request: 4 })),
		sample("ServiceFault", TO_CLIENT, message(fault(0x80250000), { request: 4 })),
		sample("ERR", TO_CLIENT, framed("ERRF", new Writer().u32(0x807d0000).string("too many").bytes())),
	],
	[sample("RHE", TO_CLIENT, framed("RHEF", new Writer().string("urn:plc").string("opc.tcp://plc:4840").bytes())), ...OPENED],
]);

describe("connection protocol", () => {
	it("reads the hello, to the byte", () => {
		const bytes = hex(`
			48 45 4c 46  38 00 00 00     # HELF, 56 bytes
			00 00 00 00  ff ff 00 00     # version 0, receive buffer 65535
			ff ff 00 00  00 00 00 00     # send buffer 65535, any message size
			00 00 00 00                  # any chunk count
			18 00 00 00 6f 70 63 2e 74 63 70 3a 2f 2f 6c 6f 63 61 6c 68 6f 73 74 3a 34 38 34 30`);
		expect(opcua.tcp!.probe(bytes, 0, bytes.length)).toBe(PROBE.certain);
		expect(last(new StreamHarness(opcua).request(bytes))).toMatchObject({
			kind: "hello",
			messageType: "HEL",
			parameters: { protocolVersion: 0, receiveBufferSize: 65535, endpointUrl: "opc.tcp://localhost:4840" },
		});
	});

	it("calls a hello malformed whose text is longer than the message", () => {
		const bytes = hello();
		bytes[28] = 200;
		expect(last(new StreamHarness(opcua).request(bytes))).toMatchObject({ kind: "malformed", messageType: "HEL" });
	});

	it("names the error of an ERR", () => {
		const bytes = framed("ERRF", new Writer().u32(0x807d0000).string("bye").bytes());
		expect(last(new StreamHarness(opcua).response(bytes))).toMatchObject({
			kind: "error",
			serviceResult: { name: "BadTcpServerTooBusy", code: 0x807d0000 },
			parameters: { reason: "bye" },
		});
	});

	it("refuses a message that claims more than 1 MiB, and goes on with the next", () => {
		const bad = message(publish(), { request: 2 });
		new DataView(bad.buffer).setUint32(4, 1 << 24, true);
		const harness = open().request(join(bad, message(read(["Speed"]), { request: 3 })));
		expect(harness.counts["chunk-too-large"]).toBe(1);
		expect(last(harness)).toMatchObject({ kind: "request", service: "Read" });
	});

	it("finds the next message behind garbage in the same segment", () => {
		const one = message(read(["a"]), { request: 2 });
		const two = message(read(["b"]), { request: 3 });
		const harness = open().request(join(one, hex("00 01 02 03 04 05 06 07 08 09"), two));
		expect(harness.records.slice(-2).map((record) => record.requestId)).toEqual([2, 3]);
	});

	it("says who sent a message where its bytes tell", () => {
		const sender = (bytes: Uint8Array) => opcua.tcp!.sender!(bytes, 0, bytes.length);
		expect(sender(message(read(["a"])))).toBe("client");
		expect(sender(message(values(1)))).toBe("server");
		expect(sender(openResponse())).toBe("server");
		expect(sender(opening(7, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256)))).toBeUndefined();
		expect(sender(opening(0, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256)))).toBe("client");
	});
});

describe("services", () => {
	it("joins what was read to what was asked", () => {
		const harness = open().request(message(read(["Speed", "Level"]), { request: 2 }), { time: 1_000_000_000 });
		harness.response(message(values(1.5, null), { request: 2 }), { time: 1_000_002_500 });
		expect(last(harness)).toMatchObject({
			kind: "response",
			service: "Read",
			typeId: 634,
			matched: true,
			latencyMs: 2.5,
			requestFrame: 5,
			securityPolicy: "None",
			securityMode: "None",
			encrypted: false,
			timestamp: 1_704_067_200,
			parameters: {
				results: [
					{ nodeId: "ns=2;s=Speed", attribute: "Value", type: "Double", value: 1.5, status: { name: "Good", code: 0 } },
					{ nodeId: "ns=2;s=Level", attribute: "Value", status: { name: "BadNodeIdUnknown", code: BAD_NODE_ID_UNKNOWN } },
				],
			},
		});
		expect(harness.operations.slice(-2)).toMatchObject([
			{ verb: "read", code: 631, outcome: "ok", points: ["ns=2;s=Speed"], values: [1.5], latency: 2500, requestFrame: 5, frame: 6 },
			{ verb: "read", outcome: "refused", outcomeCode: BAD_NODE_ID_UNKNOWN, points: ["ns=2;s=Level"], values: [Number.NaN] },
		]);
	});

	it("names the attribute where it is not the value", () => {
		const harness = open()
			.request(message(read(["Speed"], 4), { request: 2 }))
			.response(message(values(1), { request: 2 }));
		expect(harness.operations.at(-1)).toMatchObject({ points: ["ns=2;s=Speed#DisplayName"], values: [Number.NaN] });
		expect(last(harness).parameters).toMatchObject({ results: [{ nodeId: "ns=2;s=Speed", attribute: "DisplayName" }] });
	});

	it("tells a refused write with what should have been written", () => {
		const harness = open().request(message(write("Speed", 812), { request: 2 }));
		harness.response(message(written(BAD_USER_ACCESS_DENIED), { request: 2 }));
		expect(harness.operations.at(-1)).toMatchObject({
			verb: "write",
			outcome: "refused",
			outcomeCode: BAD_USER_ACCESS_DENIED,
			points: ["ns=2;s=Speed"],
			values: [812],
		});
		expect(opcua.outcomeName(BAD_USER_ACCESS_DENIED)).toBe("BadUserAccessDenied (0x801F0000)");
		expect(opcua.operationName(673)).toBe("Write (service 673)");
	});

	it("takes the service of a fault from its request", () => {
		const harness = open()
			.request(message(read(["Speed"]), { request: 2 }))
			.response(message(fault(0x80250000), { request: 2 }));
		expect(last(harness)).toMatchObject({ kind: "fault", service: "Read", typeId: 397, serviceResult: { name: "BadSessionIdInvalid" } });
		expect(harness.operations.at(-1)).toMatchObject({ verb: "read", outcome: "refused", points: ["ns=2;s=Speed"] });
	});

	it("gives the values of a Publish the names of the monitored items", () => {
		const harness = open()
			.request(message(createItems("Speed", 3), { request: 2 }))
			.response(message(itemsCreated(), { request: 2 }))
			.request(message(publish(), { request: 3 }))
			.response(message(published(3, 12.5), { request: 3 }));
		expect(last(harness).parameters).toMatchObject({
			notificationMessage: {
				notificationData: [
					{ type: "DataChangeNotification", monitoredItems: [{ nodeId: "ns=2;s=Speed", clientHandle: 3, value: { value: 12.5 } }] },
				],
			},
		});
		expect(harness.operations.at(-1)).toMatchObject({ verb: "report", points: ["ns=2;s=Speed"], values: [12.5], latency: -1 });
	});

	it("knows a subscription again on the next connection", () => {
		const first = open()
			.request(message(createItems("Speed", 3), { request: 2 }))
			.response(message(itemsCreated(), { request: 2 }));
		const second = new StreamHarness(opcua);
		// The same engine: one clock.
		const stream = opcua.tcp!.open({ ...second.context, clock: first.clock });
		for (const [bytes, direction] of [
			[message(publish(), { request: 3 }), TO_SERVER],
			[message(published(3, 12.5), { request: 3 }), TO_CLIENT],
		] as const) {
			stream.data(bytes, 0, bytes.length, direction);
		}
		expect(second.operations.at(-1)).toMatchObject({ verb: "report", points: ["ns=2;s=Speed"] });
	});

	it("reports values without points when the items were never seen", () => {
		const harness = open()
			.request(message(publish(), { request: 3 }))
			.response(message(published(3, 12.5), { request: 3 }));
		expect(harness.operations.filter(({ verb }) => verb === "report")).toEqual([]);
		expect(JSON.stringify(last(harness).parameters)).toContain('"clientHandle":3');
	});

	it("reports a request unanswered after its timeout, Publish never, and takes a late answer", () => {
		const harness = open();
		const begun = harness.clock.time;
		harness.request(message(publish(), { request: 2 })).request(message(read(["Speed"]), { request: 3 }));
		harness.advance(begun + 60_000_000);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toMatchObject([
			{ service: "Read", requestId: 3, time: begun + 15_000_000, nodes: [{ nodeId: "ns=2;s=Speed", attribute: "Value" }] },
		]);
		expect(harness.operations.at(-1)).toMatchObject({ outcome: "unanswered", points: ["ns=2;s=Speed"] });
		harness.response(message(values(1), { request: 3 }));
		expect(last(harness)).toMatchObject({ kind: "response", matched: true, late: true, latencyMs: 60_000 });
	});

	it("says once what stays unanswered when its connection ends, and nothing of a Publish", () => {
		const harness = open();
		const begun = harness.clock.time;
		harness.request(message(publish(), { request: 2 })).request(message(read(["Speed"]), { request: 3 }));
		harness.advance(begun + 60_000_000);
		harness.request(message(read(["Level"]), { request: 4 }));
		harness.stream.expire(Number.POSITIVE_INFINITY);
		expect(harness.records.filter(({ kind }) => kind === "unanswered")).toMatchObject([
			{ requestId: 3, time: begun + 15_000_000 },
			{ requestId: 4, time: begun + 75_000_000 },
		]);
	});

	it("believes the client's own timeout", () => {
		const harness = open();
		const begun = harness.clock.time;
		harness.request(message(request(533, 1, 5_000).u8(0).u32(0).bytes(), { request: 2 }));
		harness.advance(begun + 6_000_000);
		expect(last(harness)).toMatchObject({ kind: "unanswered", service: "BrowseNext", time: begun + 5_000_000 });
	});

	it("does not call requests unanswered whose answers may have been lost", () => {
		const harness = open()
			.request(message(read(["Speed"]), { request: 2 }))
			.gap(TO_CLIENT);
		harness.advance(harness.clock.time + 60_000_000);
		expect(harness.records.some(({ kind }) => kind === "unanswered")).toBe(false);
	});

	it("tells an answer to nothing from one whose request was before we listened", () => {
		const harness = open()
			.request(message(read(["Speed"]), { request: 20 }))
			.response(message(values(1), { request: 20 }));
		harness.response(message(values(1), { request: 20 }));
		expect(last(harness)).toMatchObject({ kind: "unsolicited", matched: false });
		const middle = new StreamHarness(opcua).response(message(values(1), { request: 5 })).request(message(read(["a"]), { request: 9 }));
		middle.response(message(values(1), { request: 6 }));
		expect(middle.records.map(({ kind }) => kind)).toEqual(["response", "request", "response"]);
	});

	it("reports an answer of another service, and one with another number of results", () => {
		const harness = open()
			.request(message(read(["Speed"]), { request: 2 }))
			.response(message(written(0), { request: 2 }));
		harness.request(message(read(["Speed"]), { request: 3 })).response(message(values(1, 2), { request: 3 }));
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["opcua-answer-mismatch", "opcua-answer-mismatch"]);
		expect(harness.facts[1]).toMatchObject({ frames: [7, 8], byServer: true });
	});

	it("names a method call, and hides what a password method is given", () => {
		const call = (method: Writer) => request(712).u32(1).id(2253).raw(method.bytes()).u32(1).u8(12).string("hunter2").bytes();
		const harness = open().request(message(call(new Writer().node("Start")), { request: 2 }));
		expect(JSON.stringify(last(harness))).toContain("hunter2");
		harness.request(message(call(new Writer().id(24310)), { request: 3 }));
		expect(JSON.stringify(last(harness))).not.toContain("hunter2");
		harness.response(message(response(715).u32(1).u32(0).u32(0).u32(0).u32(0).u32(0).bytes(), { request: 2 }));
		expect(harness.operations.at(-1)).toMatchObject({ verb: "command", points: ["method:ns=2;s=Start"] });
		expect(opcua.pointName("method:i=24310")).toBe("method UserManagement_ChangePassword (i=24310)");
		expect(opcua.pointName("ns=2;s=Speed#DisplayName")).toBe("DisplayName of ns=2;s=Speed");
	});

	it("reads registered nodes under their own names", () => {
		const harness = open()
			.request(message(createSession(), { request: 2 }))
			.response(message(sessionCreated(), { request: 2 }))
			.request(message(request(560).u32(1).node("Speed").bytes(), { request: 3 }))
			.response(message(response(563).u32(1).u8(1, 5).u16(77).bytes(), { request: 3 }))
			.request(message(request(631).f64(0).u32(2).u32(1).u8(1, 5).u16(77).u32(13).string(null).u16(0).string(null).bytes(), { request: 4 }))
			.response(message(values(3), { request: 4 }));
		expect(harness.operations.at(-1)).toMatchObject({ verb: "read", points: ["ns=2;s=Speed"], values: [3] });
	});

	it("calls a body malformed that ends early or late, and steps over it", () => {
		const cut = read(["Speed"]).slice(0, -2);
		const long = join(read(["Speed"]), hex("00 00"));
		const harness = open().request(
			join(message(cut, { request: 2 }), message(long, { request: 3 }), message(read(["Speed"]), { request: 4 })),
		);
		expect(harness.records.slice(-3)).toMatchObject([
			{ kind: "malformed", reason: "a length beyond the end of the message" },
			{ kind: "malformed", reason: "bytes after the end of the body" },
			{ kind: "request", requestId: 4 },
		]);
		expect(harness.facts.map(({ record }) => record.id)).toEqual(["opcua-malformed", "opcua-malformed"]);
		expect(harness.rejects).toBe(0);
	});

	it("leaves a structure in a value as bytes when it does not fit, and calls one in a parameter malformed", () => {
		const range = hex("00 00 00 00 00 00 f0 3f"); // EURange has two doubles; this is one
		const value = response(634).u32(1).u8(1, 22).id(886).u8(1).string(range).u32(0xffffffff).bytes();
		const harness = open()
			.request(message(read(["Speed"]), { request: 2 }))
			.response(message(value, { request: 2 }));
		expect(last(harness).parameters).toMatchObject({ results: [{ value: { typeId: "i=886", length: 8, bytes: "000000000000f03f" } }] });
		const short = published(3, 1);
		const at = short.length - 4 - 4 - 4 - 8; // the double of the only item, of which four bytes go
		const cut = join(short.slice(0, at), short.slice(at + 4));
		harness.response(message(cut, { request: 9 }));
		expect(last(harness)).toMatchObject({ kind: "malformed", sender: "server" });
	});

	it("tells a channel refused with ERR, once, and nothing unanswered after it", () => {
		const harness = new StreamHarness(opcua).request(openRequest());
		harness.response(framed("ERRF", new Writer().u32(0x80130000).string(null).bytes()));
		expect(last(harness)).toMatchObject({
			kind: "error",
			service: "OpenSecureChannel",
			serviceResult: { name: "BadSecurityChecksFailed" },
		});
		expect(harness.operations).toMatchObject([{ verb: "authenticate", outcome: "refused", outcomeCode: 0x80130000, requestFrame: 1 }]);
		harness.advance(harness.clock.time + 60_000_000);
		expect(harness.records).toHaveLength(2);
	});

	it("reads 90 nested variants and refuses 200", () => {
		const nested = (depth: number) => {
			const out = request(673).u32(1).node("Speed").u32(13).string(null).u8(1);
			for (let level = 0; level < depth; level++) out.u8(0x98).u32(1); // array of one Variant
			return message(out.u8(0).bytes(), { request: 2 });
		};
		expect(last(open().request(nested(90)))).toMatchObject({ kind: "request" });
		expect(last(open().request(nested(200)))).toMatchObject({ kind: "malformed", reason: "nested too deep" });
	});
});

describe("chunks", () => {
	const body = read(["a-node-with-a-long-name", "another-node"]);
	const part = (type: string, from: number, to: number, id = 2, sequence = 2) =>
		message(body.slice(from, to), { type, request: id, sequence });

	it("puts a message together, also where two are mixed", () => {
		const harness = open().request(
			join(
				part("MSGC", 0, 20),
				part("MSGC", 0, 31, 3, 3),
				part("MSGC", 20, 50, 2, 4),
				part("MSGF", 31, body.length, 3, 5),
				part("MSGF", 50, body.length, 2, 6),
			),
		);
		expect(harness.records.slice(-2)).toMatchObject([
			{ kind: "request", requestId: 3, chunks: 2, size: 48 + body.length },
			{ kind: "request", requestId: 2, chunks: 3, size: 72 + body.length },
		]);
		expect(last(harness).parameters).toMatchObject({ nodesToRead: [{ nodeId: "ns=2;s=a-node-with-a-long-name" }, {}] });
	});

	it("drops the parts at an abort", () => {
		const abort = message(new Writer().u32(0x80b80000).string("too big").bytes(), { type: "MSGA", request: 2, sequence: 3 });
		const harness = open().request(join(part("MSGC", 0, 20), abort, message(body, { request: 2, sequence: 4 })));
		expect(harness.records.slice(-2)).toMatchObject([
			{ kind: "abort", chunks: 2, serviceResult: { name: "BadRequestTooLarge" }, parameters: { reason: "too big" } },
			{ kind: "request", requestId: 2 },
		]);
	});

	it("gives up a message that grows beyond 4 MiB, and reads the next", () => {
		const big = message(new Uint8Array(1_000_000), { type: "MSGC", request: 2 });
		const harness = open();
		for (let index = 0; index < 6; index++) harness.request(big);
		harness.request(message(body, { request: 2 })).request(message(body, { request: 3 }));
		expect(harness.counts["message-too-long"]).toBe(1);
		expect(last(harness)).toMatchObject({ kind: "request", requestId: 3 });
	});
});

describe("secured channels", () => {
	const secured = (harness: StreamHarness<never> | ReturnType<typeof open>, policy: string) =>
		harness
			.request(opening(0, policy, new Uint8Array(600).fill(0x30), new Uint8Array(256).fill(0xc3)))
			.response(opening(9, policy, new Uint8Array(600).fill(0x30), new Uint8Array(256).fill(0xc3)));
	const noise = (length: number, seed: number) => Uint8Array.from({ length }, (_, index) => (Math.imul(index + 7, seed) >>> 11) & 255);

	it("says of an encrypted channel what shows outside", () => {
		const harness = secured(new StreamHarness(opcua).request(hello()).response(acknowledge()), "Basic256Sha256");
		for (let index = 0; index < 4; index++) {
			harness.request(framed("MSGF", join(new Writer().u32(9).u32(3).bytes(), noise(160, 2654435761 + index))));
		}
		expect(harness.records.slice(2, 4)).toMatchObject([
			{
				kind: "message",
				messageType: "OPN",
				service: "OpenSecureChannel",
				securityPolicy: "Basic256Sha256",
				securityMode: "unknown",
				encrypted: true,
			},
			{ kind: "message", messageType: "OPN", secureChannelId: 9, requestFrame: 3 },
		]);
		expect(harness.records.slice(4).map(({ kind, securityMode, encrypted, size }) => ({ kind, securityMode, encrypted, size }))).toEqual([
			{ kind: "message", securityMode: "unknown", encrypted: true, size: 176 },
			{ kind: "message", securityMode: "unknown", encrypted: true, size: 176 },
			{ kind: "message", securityMode: "SignAndEncrypt", encrypted: true, size: 176 },
			{ kind: "message", securityMode: "SignAndEncrypt", encrypted: true, size: 176 },
		]);
		expect(harness.facts).toEqual([]);
	});

	it("reads a channel that is only signed, and says so after three messages", () => {
		const harness = secured(new StreamHarness(opcua).request(hello()).response(acknowledge()), "Basic256Sha256");
		const signed = (body: Uint8Array, id: number) => message(join(body, noise(32, 40503 + id)), { channel: 9, request: id, sequence: id });
		for (let id = 2; id < 5; id++) {
			harness.request(signed(read(["Speed"]), id)).response(signed(values(id), id));
		}
		const services = harness.records.slice(4);
		expect(services.map(({ kind }) => kind)).toEqual(["request", "response", "request", "response", "request", "response"]);
		expect(services.map(({ securityMode }) => securityMode)).toEqual(["unknown", "unknown", "Sign", "Sign", "Sign", "Sign"]);
		expect(harness.operations.at(-1)).toMatchObject({ points: ["ns=2;s=Speed"], values: [4] });
	});

	it("puts signed chunks together without their signatures", () => {
		const harness = secured(new StreamHarness(opcua), "Basic256");
		const body = read(["a-node-with-a-long-name"]);
		const signed = (type: string, bytes: Uint8Array, sequence: number) =>
			message(join(bytes, noise(20, 77 + sequence)), { type, channel: 9, request: 2, sequence });
		harness.request(join(signed("MSGC", body.slice(0, 30), 2), signed("MSGF", body.slice(30), 3)));
		expect(last(harness)).toMatchObject({ kind: "request", chunks: 2, service: "Read" });
	});

	it("joined in the middle, reads what is clear and does not guess at the rest", () => {
		const clear = new StreamHarness(opcua);
		for (let id = 5; id < 9; id++) clear.request(message(read(["Speed"]), { request: id }));
		expect(clear.records.map(({ kind, securityPolicy, securityMode }) => [kind, securityPolicy, securityMode])).toEqual([
			["request", "unknown", "unknown"],
			["request", "unknown", "unknown"],
			["request", "unknown", "None"],
			["request", "unknown", "None"],
		]);
		const dark = new StreamHarness(opcua);
		for (let index = 0; index < 4; index++) {
			dark.request(framed("MSGF", join(new Writer().u32(9).u32(3).bytes(), noise(160, 2654435761 + index))));
		}
		expect(dark.records.map(({ kind, encrypted }) => [kind, encrypted])).toEqual([
			["message", undefined],
			["message", undefined],
			["message", true],
			["message", true],
		]);
	});
});

describe("who is there", () => {
	it("follows a session from its creation to the user's name, and never shows a secret", () => {
		const harness = open()
			.request(message(createSession(), { request: 2 }))
			.response(message(sessionCreated(), { request: 2 }))
			.request(message(activate("correct horse", null), { request: 3 }))
			.response(message(activated(), { request: 3 }))
			.request(message(read(["Speed"]), { request: 4 }));
		expect(last(harness)).toMatchObject({
			sessionId: "ns=1;i=99",
			sessionName: "shift A",
			identity: "UserNameIdentityToken",
			user: "operator",
		});
		const text = JSON.stringify(harness.records);
		expect(text).toContain('"password":"(present)"');
		expect(text).not.toContain("correct horse");
		expect(text).not.toContain(Buffer.from("correct horse").toString("hex"));
		expect(JSON.stringify(harness.facts)).not.toContain("correct horse");
		expect(harness.identities).toMatchObject([{ ip: "10.0.0.1", application: "HMI" }]);
	});

	it("reports a password in clear, and not one that is encrypted by itself", () => {
		const clear = open().request(message(activate("secret", null), { request: 2 }));
		expect(clear.facts.map(({ record }) => record.id)).toEqual(["opcua-password-in-clear"]);
		const encrypted = open().request(message(activate("x".repeat(256), "http://www.w3.org/2001/04/xmlenc#rsa-oaep"), { request: 2 }));
		expect(encrypted.facts).toEqual([]);
	});

	it("learns vendor, model and firmware from a Read of the build information", () => {
		const nodes = [2261, 2263, 2264];
		const ask = request(631).f64(0).u32(3).u32(3);
		for (const id of nodes) ask.id(id).u32(13).string(null).u16(0).string(null);
		const told = response(634).u32(3);
		for (const text of ["Pump PLC", "Example AG", "1.2.3"]) told.u8(1, 12).string(text);
		const harness = open()
			.request(message(ask.bytes(), { request: 2 }))
			.response(message(told.u32(0).bytes(), { request: 2 }));
		expect(harness.identities).toEqual([
			{ evidence: "OPC UA build information", model: "Pump PLC", vendor: "Example AG", firmware: "1.2.3" },
		]);
		expect(opcua.pointName("i=2261")).toBe("Server_ServerStatus_BuildInfo_ProductName (i=2261)");
	});

	it("gives nodes the names that a Browse shows", () => {
		const browse = request(527).u8(0, 0).u32(0).u32(0).u32(0).u32(0).u32(1).id(85).u32(0).u8(0, 0).u8(1).u32(0).u32(63).bytes();
		const answer = response(530)
			.u32(1)
			.u32(0)
			.string(null)
			.u32(1)
			.u8(0, 35)
			.u8(1)
			.node("P1")
			.u16(2)
			.string("P1")
			.u8(2)
			.string("Feed pump")
			.u32(2)
			.u8(0, 63)
			.u32(0xffffffff)
			.bytes();
		const harness = open()
			.request(message(browse, { request: 2 }))
			.response(message(answer, { request: 2 }));
		expect(harness.operations.at(-1)).toMatchObject({ verb: "browse", points: ["i=85"] });
		expect(harness.labels).toEqual({ "ns=2;s=P1": "Feed pump" });
	});
});

describe("built-in types", () => {
	it("a DateTime is microseconds since 1970; 0 is none", () => {
		expect(dateTimeMicros(hex("00803ed5deb19d01"), 0)).toBe(0);
		expect(dateTimeMicros(hex("80969800 00000000"), 0)).toBe(-11_644_473_599_000_000);
		expect(dateTimeMicros(new Uint8Array(8), 0)).toBeNaN();
	});

	it("the bytes of an opaque node id are written in base64", () => {
		expect(nodeIdText(hex("05 0200 04000000 0102fe00"), 0)).toBe("ns=2;b=AQL+AA==");
	});
});
