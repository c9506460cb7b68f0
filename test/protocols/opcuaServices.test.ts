/** Services by their contents: what they say in a line and in operations, with bodies that node-opcua's codec made; and every bound, reached. */
import { beforeAll, describe, expect, it } from "vitest";
import { opcua } from "../../protocols/opcua/index.ts";
import { Memory } from "../../protocols/opcua/memory.ts";
import { GUESSES, Shape } from "../../protocols/opcua/shape.ts";
import { Engine } from "../../src/app/engine.ts";
import { flowLine, observationLine } from "../../src/app/lines.ts";
import { CaptureInput, readCapture } from "../../src/capture/file.ts";
import { readCertificate } from "../../src/decode/certificate.ts";
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import { TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { join, StreamHarness } from "../support/decoderHarness.ts";
import { body, exchange, type Harness, last, node, open } from "./opcuaExchange.ts";
import { framed, message, opening, openResponse, Writer } from "./opcuaMessages.ts";
import { type Any, ua } from "./opcuaSaid.ts";
import { RECORDING } from "./opcuaServices.ts";
import { guessesTable, measure, type Tallies, writtenGuesses } from "./opcuaShape.ts";

const double = (value: number) => new ua.Variant({ dataType: ua.DataType.Double, arrayType: ua.VariantArrayType.Scalar, value });
const text = (value: string) => new ua.Variant({ dataType: ua.DataType.String, arrayType: ua.VariantArrayType.Scalar, value });
const path = (...names: string[]) => ({ typeDefinitionId: node("i=2041"), browsePath: names.map((name) => ({ name })), attributeId: 13 });

describe("history", () => {
	it("says each value that a HistoryUpdate writes, and refused items apart", () => {
		const harness = exchange(
			open(),
			2,
			"HistoryUpdate",
			{
				historyUpdateDetails: [
					new ua.UpdateDataDetails({
						nodeId: node("ns=2;s=Level"),
						performInsertReplace: 3,
						updateValues: [{ value: double(5) }, { value: double(6.5) }],
					}),
					new ua.DeleteRawModifiedDetails({ nodeId: node("ns=2;s=Speed"), startTime: new Date(0), endTime: new Date(1000) }),
					new ua.UpdateDataDetails({ nodeId: node("ns=2;s=Locked"), performInsertReplace: 1, updateValues: [{ value: double(7) }] }),
				],
			},
			{
				results: [
					{ statusCode: ua.StatusCodes.Good },
					{ statusCode: ua.StatusCodes.Good },
					{ statusCode: ua.StatusCodes.BadUserAccessDenied },
				],
			},
		);
		expect(harness.operations.map(({ verb, outcome, points, values }) => ({ verb, outcome, points, values })).slice(1)).toEqual([
			{ verb: "write", outcome: "ok", points: ["ns=2;s=Level", "ns=2;s=Level", "ns=2;s=Speed"], values: [5, 6.5, Number.NaN] },
			{ verb: "write", outcome: "refused", points: ["ns=2;s=Locked"], values: [7] },
		]);
	});

	it("names the fields of past events by the request's filter, and of written events by their own", () => {
		const filter = new ua.EventFilter({ selectClauses: [path("Message"), path("ActiveState", "Id")] });
		const harness = exchange(
			open(),
			2,
			"HistoryRead",
			{
				historyReadDetails: new ua.ReadEventDetails({ numValuesPerNode: 1, filter }),
				nodesToRead: [{ nodeId: node("i=2253") }],
			},
			{ results: [{ historyData: new ua.HistoryEvent({ events: [{ eventFields: [text("started"), double(1)] }] }) }] },
		);
		expect(last(harness).parameters.results[0].historyData.events[0].eventFields).toEqual([
			{ field: "Message", type: "String", value: "started" },
			{ field: "ActiveState/Id", type: "Double", value: 1 },
		]);
		harness.request(
			message(
				body("HistoryUpdateRequest", {
					historyUpdateDetails: [
						new ua.UpdateEventDetails({ nodeId: node("i=2253"), filter, eventData: [{ eventFields: [text("made up"), double(0)] }] }),
					],
				}),
				{ request: 3 },
			),
		);
		expect(last(harness).parameters.historyUpdateDetails[0].eventData[0].eventFields[0]).toEqual({
			field: "Message",
			type: "String",
			value: "made up",
		});
	});
});

describe("events", () => {
	const subscribed = () =>
		exchange(
			open(),
			2,
			"CreateMonitoredItems",
			{
				subscriptionId: 5,
				itemsToCreate: [
					{
						itemToMonitor: { nodeId: node("i=2253"), attributeId: 12 },
						requestedParameters: {
							clientHandle: 8,
							filter: new ua.EventFilter({
								selectClauses: [path("Severity"), path("Message"), { typeDefinitionId: node("i=2782"), browsePath: [], attributeId: 1 }],
							}),
						},
					},
				],
			},
			{ results: [{ statusCode: ua.StatusCodes.Good, monitoredItemId: 31 }] },
		);
	const published = (harness: Harness, id: number) =>
		exchange(
			harness,
			id,
			"Publish",
			{},
			{
				subscriptionId: 5,
				notificationMessage: {
					sequenceNumber: 1,
					notificationData: [
						new ua.EventNotificationList({
							events: [{ clientHandle: 8, eventFields: [double(700), text("dirty filter"), text("ns=2;s=Alarm")] }],
						}),
						new ua.StatusChangeNotification({ status: ua.StatusCodes.BadTimeout }),
					],
				},
			},
		);

	it("names each field by the select clause of the item, and reports the item", () => {
		const harness = published(subscribed(), 3);
		const [events, change] = last(harness).parameters.notificationMessage.notificationData;
		expect(events.events[0]).toMatchObject({
			nodeId: "i=2253",
			attribute: "EventNotifier",
			eventFields: [
				{ field: "Severity", value: 700 },
				{ field: "Message", value: "dirty filter" },
				{ field: "NodeId", value: "ns=2;s=Alarm" },
			],
		});
		expect(change).toMatchObject({ type: "StatusChangeNotification", status: { name: "BadTimeout" } });
		expect(harness.operations.at(-1)).toMatchObject({ verb: "report", points: ["i=2253#EventNotifier"], values: [Number.NaN] });
	});

	it("takes the fields of the new filter after ModifyMonitoredItems", () => {
		const harness = exchange(
			subscribed(),
			3,
			"ModifyMonitoredItems",
			{
				subscriptionId: 5,
				itemsToModify: [
					{
						monitoredItemId: 31,
						requestedParameters: { clientHandle: 8, filter: new ua.EventFilter({ selectClauses: [path("Time")] }) },
					},
				],
			},
			{ results: [{ statusCode: ua.StatusCodes.Good }] },
		);
		const [event] = last(published(harness, 4)).parameters.notificationMessage.notificationData[0].events;
		expect(event.eventFields.map(({ field }: Any) => field)).toEqual(["Time", undefined, undefined]);
	});
});

describe("names seen in passing", () => {
	it("are taken from browse paths, added nodes and Reads of names, and stand beside the method of a Call", () => {
		const harness = exchange(
			open(),
			2,
			"TranslateBrowsePathsToNodeIds",
			{
				browsePaths: ["Level", "Gone"].map((name) => ({
					startingNode: node("i=85"),
					relativePath: { elements: [{ targetName: { namespaceIndex: 2, name: "Tank" } }, { targetName: { namespaceIndex: 2, name } }] },
				})),
			},
			{
				results: [
					{ targets: [{ targetId: ua.coerceExpandedNodeId("ns=2;i=70"), remainingPathIndex: 0xffffffff }] },
					{ targets: [{ targetId: ua.coerceExpandedNodeId("ns=2;i=71"), remainingPathIndex: 1 }] },
				],
			},
		);
		exchange(
			harness,
			3,
			"Read",
			{ nodesToRead: [{ nodeId: node("ns=2;i=80"), attributeId: 4 }] },
			{
				results: [
					{
						value: new ua.Variant({
							dataType: ua.DataType.LocalizedText,
							arrayType: ua.VariantArrayType.Scalar,
							value: { text: "Start pump" },
						}),
					},
				],
			},
		);
		exchange(
			harness,
			4,
			"AddNodes",
			{ nodesToAdd: [{ browseName: { namespaceIndex: 2, name: "Extra" }, nodeClass: 1 }] },
			{ results: [{ statusCode: ua.StatusCodes.Good, addedNodeId: node("ns=2;i=90") }] },
		);
		expect(harness.labels).toEqual({ "ns=2;i=70": "Level", "ns=2;i=80": "Start pump", "ns=2;i=90": "Extra" });
		exchange(
			harness,
			5,
			"Call",
			{ methodsToCall: [{ objectId: node("i=85"), methodId: node("ns=2;i=80"), inputArguments: [double(1)] }] },
			{ results: [{ statusCode: ua.StatusCodes.Good }] },
		);
		expect(harness.records.at(-2)!.parameters).toMatchObject({ methodsToCall: [{ methodId: "ns=2;i=80", method: "Start pump" }] });
		expect(last(harness).parameters.results[0]).toMatchObject({ methodId: "ns=2;i=80", method: "Start pump" });
	});
});

describe("values", () => {
	const written = (value: Uint8Array) =>
		last(
			open().request(
				message(new Writer().id(673).requestHeader(1).u32(1).node("X").u32(13).string(null).u8(1, 22).raw(value).bytes(), { request: 2 }),
			),
		).parameters.nodesToWrite[0].value.value;
	const decimal = (...bytes: number[]) =>
		new Writer()
			.u8(0, 50, 1)
			.u32(bytes.length)
			.u8(...bytes)
			.bytes();

	it("reads a Decimal, and leaves one that is too long as bytes", () => {
		expect(written(decimal(2, 0, 0xd2, 0x04))).toEqual({ type: "Decimal", scale: 2, value: "12.34" });
		expect(written(decimal(3, 0, 0xff))).toEqual({ type: "Decimal", scale: 3, value: "-0.001" });
		expect(written(decimal(0xfe, 0xff, 5))).toEqual({ type: "Decimal", scale: -2, value: "500" });
		expect(written(decimal(0xff, 0x7f, 5))).toEqual({ type: "Decimal", scale: 32767, value: "5e-32767" });
		expect(written(decimal(2, 0, ...new Array<number>(65).fill(1)))).toMatchObject({ typeId: "i=50", length: 67 });
		expect(written(decimal(2, 0))).toMatchObject({ typeId: "i=50", length: 2 });
	});

	it("shows the XML body of an extension object, cut where it is long", () => {
		const xml = (length: number) => new Writer().node("T").u8(2).string("<a>".padEnd(length, "x")).bytes();
		expect(written(xml(9))).toEqual({ typeId: "ns=2;s=T", xml: "<a>xxxxxx" });
		expect(written(xml(5000)).xml).toMatch(/… \(5000 bytes\)$/);
	});
});

describe("channels", () => {
	const read = (id: number, token: number) =>
		message(body("ReadRequest", { nodesToRead: [{ nodeId: node("ns=2;s=Level"), attributeId: 13 }] }), { request: id, token });

	it("reads messages under the old and the new token while a renewal is under way", () => {
		const renewal = opening(
			7,
			"None",
			null,
			new Writer().u32(5).u32(5).id(446).requestHeader(1).u32(0).u32(1).u32(1).string(null).u32(60_000).bytes(),
		);
		const harness = open()
			.request(read(4, 1))
			.request(renewal)
			.request(read(6, 1))
			.response(openResponse(7, 5))
			.request(read(7, 2))
			.request(read(8, 1));
		expect(harness.records.slice(4).map(({ kind, tokenId }) => [kind, tokenId])).toEqual([
			["request", 1],
			["request", undefined],
			["request", 1],
			["response", undefined],
			["request", 2],
			["request", 1],
		]);
		expect(harness.records[5]).toMatchObject({ parameters: { requestType: "Renew" } });
	});

	it("says that a secured channel is renewed", () => {
		const harness = new StreamHarness(opcua);
		const secure = (id: number) => opening(id, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256));
		harness.request(secure(0)).response(secure(9)).request(secure(9)).response(secure(9));
		expect(harness.records.map(({ renewal }) => renewal)).toEqual([undefined, undefined, true, true]);
	});

	it("puts the chunks of a hidden message together by their order", () => {
		const harness = new StreamHarness(opcua);
		const secure = (id: number) => opening(id, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256));
		harness.request(secure(0)).response(secure(9));
		const hidden = (type: string) => framed(type, join(new Writer().u32(9).u32(3).bytes(), new Uint8Array(160).fill(0xc3)));
		harness.response(hidden("MSGC")).request(hidden("MSGF")).response(hidden("MSGC")).response(hidden("MSGF"));
		expect(harness.records.slice(2)).toMatchObject([
			{ kind: "message", sender: "client", size: 176 },
			{ kind: "message", sender: "server", size: 528, chunks: 3 },
		]);
	});
});

describe("certificates and policies", () => {
	const NOW = 1_700_000_000;
	const GOOD: CertificateFacts = {
		subject: "C=DE, CN=PLC",
		issuer: "CN=CA",
		thumbprint: "AB",
		thumbprint256: "ABCD",
		validFrom: NOW - 1000,
		validTo: NOW + 1000,
		keyType: "rsa",
		keyBits: 2048,
		signatureHash: "sha256",
		applicationUri: "urn:plc",
	};
	it("say who speaks behind encryption, until somebody says it himself", () => {
		const harness = new StreamHarness(opcua, { time: NOW * 1e6, certificate: () => GOOD });
		const secure = (id: number) => opening(id, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256));
		harness.request(secure(0)).response(secure(9));
		const hidden = framed("MSGF", join(new Writer().u32(9).u32(3).bytes(), new Uint8Array(160).fill(0xc3)));
		for (let again = 0; again < 4; again++) harness.request(hidden);
		expect(harness.identities).toEqual([
			{ presumed: true, ip: "10.0.0.1", application: "PLC", evidence: "OPC UA certificate" },
			{ presumed: true, application: "PLC", evidence: "OPC UA certificate" },
		]);
	});

	const facts = (certificate: Partial<CertificateFacts>, policy = "Basic256Sha256") => {
		const harness = new StreamHarness(opcua, { time: NOW * 1e6, certificate: () => ({ ...GOOD, ...certificate }) });
		const secure = (id: number) => opening(id, policy, new Uint8Array(600), new Uint8Array(256));
		harness.request(secure(0)).response(secure(9));
		return harness.facts.map(({ record, sentence, byServer }) => [record.id, sentence, byServer]);
	};

	it("reports nothing of a good one", () => {
		expect(facts({})).toEqual([]);
		expect(facts({ keyType: "ec", keyBits: 0, signatureHash: "sha384" }, "ECC_nistP256")).toEqual([]);
	});

	it("reports what is out of its time, of both sides", () => {
		expect(facts({ validTo: NOW - 1 })).toEqual([
			["opcua-certificate-expired", "The certificate of {client} (C=DE, CN=PLC) expired on 2023-11-14.", false],
			["opcua-certificate-expired", "The certificate of {server} (C=DE, CN=PLC) expired on 2023-11-14.", true],
		]);
		expect(facts({ validFrom: NOW + 100_000 })[0]).toEqual([
			"opcua-certificate-expired",
			"The certificate of {client} (C=DE, CN=PLC) is valid only from 2023-11-16.",
			false,
		]);
	});

	it("reports short keys and broken hashes", () => {
		expect(facts({ keyBits: 1024, signatureHash: "sha1" })[1]).toEqual([
			"opcua-weak-certificate",
			"The certificate of {server} (C=DE, CN=PLC) has a key of only 1024 bits and is signed with SHA1: others can make one that looks the same.",
			true,
		]);
		expect(facts({ signatureHash: "md5" })).toHaveLength(2);
	});

	it("reports deprecated policies once they are agreed", () => {
		for (const policy of ["Basic128Rsa15", "Basic256"]) {
			expect(facts({}, policy)).toEqual([
				["opcua-deprecated-policy", `{client} and {server} secure their channel with ${policy}, which is no longer safe.`, undefined],
			]);
		}
		for (const policy of ["Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"]) expect(facts({}, policy)).toEqual([]);
	});
});

describe("the recording", () => {
	let lines: Any[];
	let flows: Any[];
	beforeAll(async () => {
		lines = [];
		flows = [];
		const engine = new Engine({
			protocols: [opcua],
			services: [],
			onObservation: (protocol, observation, flow) => lines.push(observationLine(protocol, observation, flow)),
			onFlow: (flow, service) => flows.push(flowLine(flow, service)),
		});
		await readCapture(new CaptureInput(RECORDING), engine.frame, {});
		engine.endSource();
	});

	it("has a server that calls its client: roles, and the flow", () => {
		const call = lines.find(({ kind }) => kind === "reverse-hello");
		expect(call).toMatchObject({ sender: "server", client: { ip: "10.20.0.40", port: 4842 }, server: { ip: "10.20.0.20" } });
		const same = lines.filter(({ client, server }) => client.port === 4842 && server.port === call.server.port);
		expect(same.map(({ kind, service }) => service ?? kind).slice(0, 4)).toEqual([
			"reverse-hello",
			"hello",
			"acknowledge",
			"OpenSecureChannel",
		]);
		expect(same.some(({ kind, service, parameters }) => kind === "response" && service === "Read" && parameters.results.length === 1)).toBe(
			true,
		);
		expect(flows.filter(({ reversed }) => reversed === true).map(({ client }) => client.port)).toEqual([4842]);
	});

	it("has a session that moves to another channel and keeps its name", () => {
		const [first, second] = [
			...new Set(lines.filter(({ sessionName }) => sessionName?.startsWith("tour-plain")).map(({ client }) => client.port)),
		];
		expect(second).toBeDefined();
		const moved = lines.find(({ client, service, kind }) => client.port === second && service === "ActivateSession" && kind === "request");
		const made = lines.find(({ client, service, kind }) => client.port === first && service === "CreateSession" && kind === "response");
		expect(moved.sessionId).toBe(made.parameters.sessionId);
		expect(moved.secureChannelId).not.toBe(made.secureChannelId);
	});

	it("has a renewal between messages that can be read all the time", () => {
		const renewed = lines.findIndex(({ renewal }) => renewal === true);
		expect(renewed).toBeGreaterThan(0);
		const { client } = lines[renewed];
		const tokens = lines.filter((line) => line.client.port === client.port && line.kind === "response").map(({ tokenId }) => tokenId);
		expect(new Set(tokens).size).toBeGreaterThan(1);
	});

	it("has every kind of notification, the events with named fields", () => {
		const data = lines
			.filter(({ service, kind }) => service === "Publish" && kind === "response")
			.flatMap(({ parameters }) => parameters.notificationMessage.notificationData ?? []);
		expect([...new Set(data.map(({ type }) => type))].sort()).toEqual([
			"DataChangeNotification",
			"EventNotificationList",
			"StatusChangeNotification",
		]);
		const events = data.filter(({ type }) => type === "EventNotificationList").flatMap(({ events }) => events);
		const dirty = events.find(({ eventFields }) => JSON.stringify(eventFields).includes("Filter of the pump is dirty"));
		expect(dirty.eventFields.map(({ field }: Any) => field)).toEqual(
			"EventId EventType SourceName Time Message Severity ActiveState/Id NodeId".split(" "),
		);
	});

	it("has certificates that are what they seem: SHA-256, 2048 bits, in their time", () => {
		const all = lines.flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate]));
		expect(all.length).toBeGreaterThan(8);
		for (const { signatureHash, keyBits, applicationUri } of all) {
			expect([signatureHash, keyBits]).toEqual(["sha256", 2048]);
			expect(applicationUri).toMatch(/^urn:plant\.example:/);
		}
	});
});

describe("the hash of a certificate's signature", () => {
	it("is unknown where there is no certificate, whatever the bytes", () => {
		for (const bytes of [[0x30], [0x30, 0x84, 1, 1, 1], [0x30, 0x02, 0x30, 0x80], [0x30, 0x82, 0xff, 0xff, 0x30]]) {
			expect(readCertificate(Uint8Array.from(bytes))).toBeUndefined();
		}
	});
});

describe("guesses at an encrypted channel", () => {
	let diary: Tallies;
	let twin: Tallies;
	beforeAll(async () => {
		({ diary, twin } = await measure());
	}, 120_000);

	it("are as often right as the README says", () => {
		expect(writtenGuesses()).toBe(guessesTable(diary, twin));
	});

	it("are right nine times of ten where they are confident and the service is one that is guessed at", () => {
		let confident = 0;
		let right = 0;
		for (const [truth, row] of diary) {
			if (truth === "any other service") continue;
			confident += row.confident;
			right += row.confidentRight;
		}
		expect(confident).toBeGreaterThan(80);
		expect(right / confident).toBeGreaterThan(0.9);
	});

	it("never become operations: every answer is the same one, without a point", () => {
		const harness = new StreamHarness(opcua);
		const secure = (id: number) => opening(id, "Basic256Sha256", new Uint8Array(600), new Uint8Array(256));
		harness.request(secure(0)).response(secure(9));
		const hidden = (size: number) => framed("MSGF", join(new Writer().u32(9).u32(3).bytes(), new Uint8Array(size).fill(0xc3)));
		for (const [asked, answered] of [
			[1360, 2720],
			[784, 128],
			[208, 176],
			[208, 176],
			[144, 96],
		] as const) {
			harness.request(hidden(asked)).response(hidden(answered));
		}
		const guessed = harness.records.flatMap(({ guess }) => (guess === undefined ? [] : [(guess as { service: string }).service]));
		expect(guessed).toContain("session set-up");
		expect(guessed).toContain("write");
		const operations = harness.operations.slice(1);
		expect(operations).toHaveLength(5);
		for (const { verb, code, points, outcome } of operations)
			expect({ verb, code, points, outcome }).toEqual({ verb: "other", code: 0, points: [], outcome: "ok" });
		expect(opcua.operationName(0)).toBe("an encrypted service");
	});

	it("stay bounded and never throw, whatever comes", () => {
		const shape = new Shape(true);
		const services = new Set<string>();
		for (let index = 0; index < 100_000; index++) {
			const size = (Math.imul(index + 1, 2654435761) >>> 8) % 70_000;
			const guess = shape.take((index * 7) % 3 === 0 ? TO_CLIENT : TO_SERVER, index * 1000, size, 1 + (index % 3), 32);
			if (guess === undefined) continue;
			services.add(guess.service);
			if (!(guess.confidence > 0 && guess.confidence <= 0.95)) throw new Error(`confidence ${guess.confidence}`);
		}
		expect(services.size).toBeGreaterThan(1);
		for (const service of services) expect(GUESSES).toContain(service);
		expect(shape.outstanding).toBeLessThanOrEqual(64);
	});
});

describe("bounds", () => {
	/** Counts what a memory counts. */
	const counted = (): { counts: Record<string, number>; memory: Memory } => {
		const counts: Record<string, number> = {};
		return { counts, memory: new Memory((what) => (counts[what] = (counts[what] ?? 0) + 1)) };
	};
	const token = (number: number) => new Writer().u8(2).u16(1).u32(number).bytes();

	it("of sessions, aliases and node names", () => {
		const { counts, memory } = counted();
		for (let index = 0; index < 2049; index++) memory.addSession("s", token(index), 0, 7);
		expect(counts).toEqual({ sessions: 1 });
		expect(memory.session("s", token(0), 0, 7)).toBeUndefined();
		const session = memory.session("s", token(2048), 0, 7)!;
		for (let index = 0; index < 32_768; index++) expect(memory.addAlias(session, `a${index}`, "n")).toBe(true);
		expect(memory.addAlias(session, "one more", "n")).toBe(false);
		for (let index = 0; index < 16_385; index++) memory.nameNode("s", `n${index}`, "x");
		expect(counts["node-names"]).toBe(1);
		expect(memory.nodeName("s", "n0")).toBeUndefined();
		expect(memory.nodeName("s", "n16384")).toBe("x");
	});

	it("of subscriptions, their items and the fields of events", () => {
		const { counts, memory } = counted();
		for (let index = 0; index < 4097; index++) memory.addSubscription("s", index);
		expect(counts).toEqual({ subscriptions: 1 });
		const item = (itemId: number, fields?: string[]) => ({ name: "n", attribute: 13, itemId, fields });
		const one = memory.addSubscription("s", 1);
		for (let index = 0; index < 131_072; index++) memory.addItem(one, index, item(index));
		const other = memory.addSubscription("s", 5000);
		memory.addItem(other, 1, item(1));
		expect(counts["subscribed-items"]).toBeGreaterThan(0);
		const events = memory.addSubscription("t", 1);
		const fields = Array.from({ length: 128 }, (_, index) => `f${index}`);
		for (let index = 0; index < 513; index++) memory.addItem(events, index, item(index, fields));
		expect(counts["event-fields"]).toBe(1);
		memory.dropSubscription("t", 1);
		const again = memory.addSubscription("t", 2);
		memory.addItem(again, 1, item(1, fields));
		expect(again.byHandle.get(1)?.fields).toHaveLength(128);
	});

	it("of certificates, and of parts of messages", () => {
		const { counts, memory } = counted();
		for (let index = 0; index < 257; index++) memory.certificate(token(index), 0, 7, () => undefined);
		memory.certificate(new Uint8Array(16_385), 0, 16_385, () => undefined);
		expect(counts).toEqual({ certificates: 1, "certificate-too-long": 1 });
		for (let index = 0; index < 1025; index++) memory.openParts();
		expect(counts.parts).toBe(1);
		const big = memory.openParts();
		memory.addPart(big, new Uint8Array(20 << 20), 0, 20 << 20);
		expect(counts["parts-bytes"]).toBeGreaterThan(0);
	});

	it("of names of points", () => {
		const { counts, memory } = counted();
		for (let index = 0; index < 32_769; index++) memory.names.get(token(index), 0, 7, 0);
		expect(counts).toEqual({ names: 1 });
	});

	it("of requests, held names, channels, unfinished messages and items of one connection", () => {
		const small = body("ReadRequest", { nodesToRead: [{ nodeId: node("i=1"), attributeId: 13 }] });
		const pending = open();
		for (let id = 2; id < 1027; id++) pending.request(message(small, { request: id }));
		expect(pending.counts.pending).toBe(1);

		const many = body("ReadRequest", { nodesToRead: Array.from({ length: 9000 }, () => ({ nodeId: node("i=1"), attributeId: 13 })) });
		const held = open();
		for (let id = 2; id < 12; id++) held.request(message(many, { request: id }));
		expect(held.counts.items).toBe(10);
		expect(held.counts["held-names"]).toBe(2);

		const channels = open();
		for (let channel = 10; channel < 15; channel++) channels.request(message(small, { request: channel, channel }));
		expect(channels.counts.channels).toBe(2);

		const unfinished = open();
		for (let id = 2; id < 19; id++) unfinished.request(message(small, { type: "MSGC", request: id }));
		expect(unfinished.counts["unfinished-messages"]).toBe(1);
	});

	it("of names that one message gives, and of the values of one line; what is cut breaks nothing", () => {
		const reference = (index: number) => ({
			nodeId: ua.coerceExpandedNodeId(`ns=2;i=${index}`),
			displayName: { text: `n${index}` },
			browseName: { name: "x" },
		});
		const browsed = exchange(
			open(),
			2,
			"Browse",
			{ nodesToBrowse: [{ nodeId: node("i=85") }] },
			{ results: [{ references: Array.from({ length: 2100 }, (_, index) => reference(index)) }] },
		);
		expect(Object.keys(browsed.labels)).toHaveLength(2048);
		expect(browsed.counts["names-of-an-answer"]).toBe(1);

		const clauses = (length: number) => new ua.EventFilter({ selectClauses: Array.from({ length }, () => path("Message")) });
		const items = (lengths: number[]) => ({
			subscriptionId: 5,
			itemsToCreate: lengths.map((length, index) => ({
				itemToMonitor: { nodeId: node("i=2253"), attributeId: 12 },
				requestedParameters: { clientHandle: index, filter: clauses(length) },
			})),
		});
		expect(open().request(message(body("CreateMonitoredItemsRequest", items([200])), { request: 2 })).counts["event-fields"]).toBe(1);
		expect(
			open().request(message(body("CreateMonitoredItemsRequest", items(new Array(50).fill(100))), { request: 2 })).counts["event-fields"],
		).toBe(10);

		const long = new Writer().id(554).requestHeader(1).u32(12_000);
		for (let index = 0; index < 12_000; index++) long.u8(0, 85).u32(1).u8(0, 33).u8(0, 1).u16(2).string("A");
		const translated = open().request(message(long.bytes(), { request: 2 }));
		expect(last(translated)).toMatchObject({ kind: "request", service: "TranslateBrowsePathsToNodeIds", truncated: true });
		expect(translated.counts.items).toBe(1);
	});
});
