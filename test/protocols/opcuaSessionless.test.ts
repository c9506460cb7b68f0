/** SessionlessInvoke (OPC 10000-4, 6.3): services in an envelope, without a session. Envelope and contents are node-opcua's codec's. */
import { describe, expect, it } from "vitest";
import { opcua } from "../../protocols/opcua/index.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { type Sample, streamSuite } from "../contract/stream.ts";
import { join, StreamHarness } from "../support/decoderHarness.ts";
import { body, encoded, exchange, idBytes, last, node, open } from "./opcuaExchange.ts";
import { message, opening, openRequest, openResponse, Writer } from "./opcuaMessages.ts";
import { type Any, ua } from "./opcuaSaid.ts";

const REQUEST = 15903;
const RESPONSE = 21001;
const READ_REQUEST = 629;
const READ_RESPONSE = 632;
const URI = "urn:plant:pumps";

/** A message in its envelope; `serviceId` is the id of its data type. */
function enclosed(envelope: number, serviceId: number, instance: Any, uris: object = { namespaceUris: [URI] }): Uint8Array {
	const name = envelope === REQUEST || envelope === 15901 ? "SessionlessInvokeRequestType" : "SessionlessInvokeResponseType";
	return join(idBytes(envelope), encoded(new ua[name]({ ...uris, serviceId })), encoded(instance));
}

const double = (value: number) => new ua.Variant({ dataType: ua.DataType.Double, arrayType: ua.VariantArrayType.Scalar, value });
const level = { nodeId: node("ns=1;s=Level"), attributeId: 13 };
const readRequest = (header: object = {}) => new ua.ReadRequest({ requestHeader: header, nodesToRead: [level] });
const readResponse = () => new ua.ReadResponse({ results: [{ value: double(41.5) }] });
const callRequest = () =>
	new ua.CallRequest({ methodsToCall: [{ objectId: node("i=85"), methodId: node("ns=1;s=Start"), inputArguments: [double(3)] }] });

const asked = () => open().request(message(enclosed(REQUEST, READ_REQUEST, readRequest()), { request: 2 }));

const sample = (name: string, direction: Sample["direction"], bytes: Uint8Array): Sample => ({ name, direction, bytes });
const STRUCTURE = new ua.StructureDefinition({
	defaultEncodingId: node("ns=1;i=5010"),
	baseDataType: node("i=22"),
	structureType: 1,
	fields: [
		{ name: "speed", dataType: node("i=10"), valueRank: -1 },
		{ name: "note", dataType: node("i=12"), valueRank: 1, isOptional: true },
	],
});
const variant = (dataType: string, value: unknown) =>
	new ua.Variant({
		dataType: ua.DataType[dataType],
		arrayType: Array.isArray(value) ? ua.VariantArrayType.Array : ua.VariantArrayType.Scalar,
		value,
	});
const METHOD = { objectId: node("i=85"), methodId: node("ns=1;s=Start"), inputArguments: [double(3)] };

streamSuite(opcua, [
	[
		sample("OPN request", TO_SERVER, openRequest()),
		sample("OPN response", TO_CLIENT, openResponse()),
		sample("Read without a session", TO_SERVER, message(enclosed(REQUEST, READ_REQUEST, readRequest()), { request: 2 })),
		sample("its answer", TO_CLIENT, message(enclosed(RESPONSE, READ_RESPONSE, readResponse()), { request: 2 })),
		sample(
			"Browse of a method",
			TO_SERVER,
			message(body("BrowseRequest", { nodesToBrowse: [{ nodeId: METHOD.methodId }] }), { request: 3 }),
		),
		sample(
			"its property",
			TO_CLIENT,
			message(
				body("BrowseResponse", {
					results: [
						{ references: [{ nodeId: ua.coerceExpandedNodeId("ns=1;i=9"), browseName: { name: "InputArguments" }, nodeClass: 2 }] },
					],
				}),
				{ request: 3 },
			),
		),
		sample(
			"Read of definitions",
			TO_SERVER,
			message(
				body("ReadRequest", {
					nodesToRead: [
						{ nodeId: node("ns=1;i=9"), attributeId: 13 },
						{ nodeId: node("ns=1;i=3010"), attributeId: 23 },
					],
				}),
				{ request: 4 },
			),
		),
		sample(
			"definitions",
			TO_CLIENT,
			message(
				body("ReadResponse", {
					results: [
						{ value: variant("ExtensionObject", [new ua.Argument({ name: "speed", dataType: node("i=11"), valueRank: -1 })]) },
						{ value: variant("ExtensionObject", STRUCTURE) },
					],
				}),
				{ request: 4 },
			),
		),
		sample("Call", TO_SERVER, message(body("CallRequest", { methodsToCall: [METHOD] }), { request: 5 })),
		sample(
			"Call response",
			TO_CLIENT,
			message(body("CallResponse", { results: [{ statusCode: ua.StatusCodes.Good, outputArguments: [double(1)] }] }), { request: 5 }),
		),
		sample(
			"Write of a structure of the server's own",
			TO_SERVER,
			message(
				new Writer()
					.id(673)
					.requestHeader(1)
					.u32(1)
					.node("X")
					.u32(13)
					.string(null)
					.u8(1, 22, 2)
					.u16(1)
					.u32(5010)
					.u8(1)
					.string(new Writer().u32(1).u32(0x40200000).u32(1).string("slow").bytes())
					.bytes(),
				{ request: 6 },
			),
		),
	],
]);

describe("a service without a session", () => {
	it("is read, paired and said in operations as any other, its nodes by the URI of their namespace", () => {
		const harness = asked().response(message(enclosed(RESPONSE, READ_RESPONSE, readResponse()), { request: 2 }));
		expect(harness.records.at(-2)).toMatchObject({
			kind: "request",
			service: "Read",
			typeId: 631,
			sessionless: { urisVersion: 0, namespaceUris: [URI], serviceId: READ_REQUEST },
			parameters: { nodesToRead: [{ nodeId: "ns=1;s=Level", attribute: "Value" }] },
		});
		expect(last(harness)).toMatchObject({
			kind: "response",
			service: "Read",
			matched: true,
			sessionless: { namespaceUris: [URI], serviceId: READ_RESPONSE },
			parameters: { results: [{ nodeId: `nsu=${URI};s=Level`, type: "Double", value: 41.5 }] },
		});
		expect(harness.operations.at(-1)).toMatchObject({
			verb: "read",
			code: 631,
			outcome: "ok",
			points: [`nsu=${URI};s=Level`],
			values: [41.5],
		});
	});

	it("has the same points as with a session, once the server's namespaces were seen", () => {
		const array = new ua.Variant({
			dataType: ua.DataType.String,
			arrayType: ua.VariantArrayType.Array,
			value: ["http://opcfoundation.org/UA/", "urn:plc", "urn:other", URI],
		});
		const harness = open();
		exchange(harness, 2, "Read", { nodesToRead: [{ nodeId: node("i=2255"), attributeId: 13 }] }, { results: [{ value: array }] });
		harness
			.request(message(enclosed(REQUEST, READ_REQUEST, readRequest()), { request: 3 }))
			.response(message(enclosed(RESPONSE, READ_RESPONSE, readResponse()), { request: 3 }));
		expect(harness.operations.at(-1)).toMatchObject({ points: ["ns=3;s=Level"] });
		// A version of the lists that both know: the numbers are the server's.
		harness
			.request(message(enclosed(REQUEST, READ_REQUEST, readRequest(), { urisVersion: 7, namespaceUris: [URI] }), { request: 4 }))
			.response(message(enclosed(RESPONSE, READ_RESPONSE, readResponse(), {}), { request: 4 }));
		expect(harness.operations.at(-1)).toMatchObject({ points: ["ns=1;s=Level"] });
	});

	it("names nodes of a Browse by the answer's own namespaces", () => {
		const request = new ua.BrowseRequest({ nodesToBrowse: [{ nodeId: node("i=85") }] });
		const response = new ua.BrowseResponse({
			results: [{ references: [{ nodeId: ua.coerceExpandedNodeId("ns=1;s=Start"), displayName: { text: "Start pump" }, nodeClass: 4 }] }],
		});
		const harness = open()
			.request(message(enclosed(REQUEST, 525, request), { request: 2 }))
			.response(message(enclosed(RESPONSE, 528, response), { request: 2 }));
		expect(harness.labels).toEqual({ [`nsu=${URI};s=Start`]: "Start pump", [`method:nsu=${URI};s=Start`]: "Start pump" });
	});

	it("is understood with the data types' ids, or the encodings', wherever a stack writes them", () => {
		const harness = open()
			.request(message(enclosed(15901, 631, readRequest()), { request: 2 }))
			.response(message(enclosed(20999, 634, readResponse()), { request: 2 }));
		expect(harness.records.slice(-2).map(({ kind, service }) => [kind, service])).toEqual([
			["request", "Read"],
			["response", "Read"],
		]);
	});

	it("is refused by a fault, in an envelope or bare", () => {
		const fault = new ua.ServiceFault({ responseHeader: { serviceResult: ua.StatusCodes.BadServiceUnsupported } });
		for (const answer of [enclosed(RESPONSE, 395, fault), join(idBytes(397), encoded(fault))]) {
			const harness = asked().response(message(answer, { request: 2 }));
			expect(last(harness)).toMatchObject({ kind: "fault", service: "Read", serviceResult: { name: "BadServiceUnsupported" } });
			expect(harness.operations.at(-1)).toMatchObject({ verb: "read", outcome: "refused" });
		}
	});

	it("is known by its bytes, and by its direction", () => {
		const harness = new StreamHarness(opcua).request(message(enclosed(REQUEST, READ_REQUEST, readRequest()), { request: 2 }));
		expect(last(harness)).toMatchObject({ kind: "request", service: "Read" });
		const bytes = message(enclosed(RESPONSE, READ_RESPONSE, readResponse()), { request: 2 });
		expect(opcua.tcp!.sender!(bytes, 0, bytes.length)).toBe("server");
	});

	it("is a fact where it can be read: the standard wants it encrypted; an access token in it is another", () => {
		const plain = open().request(message(enclosed(REQUEST, 710, callRequest()), { request: 2 }));
		expect(plain.facts.map(({ record, sentence, operation }) => [record.id, sentence, operation?.points])).toEqual([
			[
				"opcua-sessionless-in-clear",
				"{client} called Call of {server} without a session, on a channel that is not encrypted.",
				[`method:nsu=${URI};s=Start`],
			],
		]);
		expect(plain.records.at(-1)).not.toHaveProperty("secretInClear");
		const token = { authenticationToken: node("ns=0;s=eyJhbGciOiJub25lIn0.secret") };
		const withToken = open().request(message(enclosed(REQUEST, READ_REQUEST, readRequest(token)), { request: 2 }));
		expect(withToken.facts.map(({ record }) => record.id)).toEqual(["opcua-sessionless-in-clear", "opcua-password-in-clear"]);
		expect(JSON.stringify(withToken.records)).not.toContain("eyJ");
	});

	it("is read and told on a channel that is only signed", () => {
		const secure = (id: number) => opening(id, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256));
		const harness = new StreamHarness(opcua).request(secure(0)).response(secure(7));
		for (let id = 2; id < 6; id++) {
			const signed = join(enclosed(REQUEST, READ_REQUEST, readRequest()), new Uint8Array(32).fill(0xc3));
			harness.request(message(signed, { request: id }));
		}
		expect(last(harness)).toMatchObject({ kind: "request", service: "Read", securityMode: "Sign", sessionless: { serviceId: 629 } });
		expect(harness.facts.at(-1)?.record.id).toBe("opcua-sessionless-in-clear");
	});

	it("is malformed where the service needs a session, is of the other direction, or is cut; the next message is read", () => {
		const session = new ua.CreateSessionRequest({});
		const good = enclosed(REQUEST, READ_REQUEST, readRequest());
		const bad = [
			enclosed(REQUEST, 459, session),
			enclosed(RESPONSE, READ_REQUEST, readRequest()),
			enclosed(REQUEST, 4711, readRequest()),
			new Writer().id(REQUEST).u32(0).u32(0x7fffffff).bytes(),
			good.slice(0, 40),
		];
		for (const one of bad) {
			const harness = open()
				.request(message(one, { request: 2 }))
				.request(message(good, { request: 3 }));
			expect(harness.records.slice(-2).map(({ kind }) => kind)).toEqual(["malformed", "request"]);
		}
	});

	it("stays apart from the sessions of its channel", () => {
		const harness = open();
		exchange(
			harness,
			2,
			"CreateSession",
			{ sessionName: "shift A", clientDescription: { applicationName: { text: "HMI" } } },
			{ sessionId: node("ns=1;i=5"), authenticationToken: node("ns=1;i=77") },
		);
		harness.request(message(enclosed(REQUEST, READ_REQUEST, readRequest()), { request: 3 }));
		expect(last(harness)).not.toHaveProperty("sessionName");
		harness.request(
			message(body("ReadRequest", { requestHeader: { authenticationToken: node("ns=1;i=77") }, nodesToRead: [level] }), { request: 4 }),
		);
		expect(last(harness)).toMatchObject({ sessionName: "shift A" });
	});
});
