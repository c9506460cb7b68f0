/** OPC UA: what is found in its bytes. Real clients and servers are in the recordings; what is played here is bytes too. */

import { opcua } from "../../protocols/opcua/index.ts";
import { TO_SERVER } from "../../src/flow/flow.ts";
import { message, Writer } from "../protocols/opcuaMessages.ts";
import { keyFrame, network, PUBLISHER, usual, variant } from "../protocols/opcuaPubSubMessages.ts";
import { DatagramHarness } from "../support/decoderHarness.ts";
import { alertsOf, type CatalogueEntry, type Said } from "./entry.ts";
import { body, type Connection, certificate, type Fields, identity, OpcuaBed } from "./opcuaBed.ts";

const STATION = "10.0.0.2";
const SERVER = "10.0.0.5";
const STRANGER = "10.0.0.66";
const APPLICATION = "urn:plant:station";

const DENIED = 0x80210000; // BadIdentityTokenRejected
const NOT_ALLOWED = 0x801f0000; // BadUserAccessDenied
const CURRENT = "Basic256Sha256";

/** A scene on a new network. */
const scene = (play: (bed: OpcuaBed) => void) => (): readonly Said[] => {
	const bed = new OpcuaBed();
	play(bed);
	bed.wait(2);
	return alertsOf(bed.detections);
};

const level = { nodeId: "ns=1;s=Level", attributeId: 13 };
const look = (connection: Connection, value = 7): Connection =>
	connection.ask("Read", { nodesToRead: [level] }, { results: [["Double", value]] });

/** The station reads for ten minutes, and that was normal. */
function learned(bed: OpcuaBed, connection: Connection): void {
	for (let round = 0; round < 60; round++) {
		look(connection);
		bed.wait(10);
	}
	bed.analyst.endLearning();
	bed.detections.length = 0;
}

/** The same, of a station that is logged in as an operator without security. */
const usualStation = (play: (bed: OpcuaBed, connection: Connection) => void) =>
	scene((bed) => {
		const connection = bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1", { clear: false });
		learned(bed, connection);
		play(bed, connection);
	});

/** Of a station on a channel that is signed: both sides have shown their certificates. */
const signedStation = (play: (bed: OpcuaBed) => void) =>
	scene((bed) => {
		const connection = bed
			.connect(STATION, SERVER)
			.secure(CURRENT, client, server)
			.login(APPLICATION, "operator1", { signature: 32, clear: false });
		for (let round = 0; round < 60; round++) {
			connection.ask("Read", { nodesToRead: [level] }, { results: [["Double", 7]] }, 32);
			bed.wait(10);
		}
		bed.analyst.endLearning();
		bed.detections.length = 0;
		play(bed);
	});
const server = certificate();
const client = certificate({ subject: "CN=Station", issuer: "CN=Station", thumbprint: "CD34", applicationUri: APPLICATION });

/** What a stranger does, without anything learned. */
const visit = (play: (connection: Connection, bed: OpcuaBed) => void) => scene((bed) => play(bed.connect(STRANGER, SERVER).open(), bed));
const session = (play: (connection: Connection, bed: OpcuaBed) => void) =>
	scene((bed) => play(bed.connect(STATION, SERVER).open().login(APPLICATION), bed));

const nodes = (count: number): string[] => Array.from({ length: count }, (_, index) => `ns=1;s=Node${index}`);
function browse(connection: Connection, bed: OpcuaBed, count: number): void {
	for (const nodeId of nodes(count)) {
		connection.ask("Browse", { nodesToBrowse: [{ nodeId }] }, { results: [{}] });
		bed.wait(0.2);
	}
}
function guess(connection: Connection, bed: OpcuaBed, users: readonly string[]): void {
	connection.ask("CreateSession", {}, { sessionId: "ns=1;i=9", authenticationToken: "ns=1;i=9" });
	connection.token = 9;
	for (const user of users) {
		connection.request("ActivateSession", { userIdentityToken: identity(user) }).fault(DENIED);
		bed.wait(1);
	}
}
const history = (connection: Connection, count: number): Connection =>
	connection.ask("HistoryRead", { nodesToRead: nodes(count).map((nodeId) => ({ nodeId })) }, { results: nodes(count).map(() => ({})) });

/** A subscription of two items that owes a message every second: five times 200 ms. */
function subscribe(connection: Connection, id = 1, filter?: Fields): void {
	connection.ask(
		"CreateSubscription",
		{},
		{ subscriptionId: id, revisedPublishingInterval: 200, revisedLifetimeCount: 100, revisedMaxKeepAliveCount: 5 },
	);
	const item = (nodeId: string, clientHandle: number, attributeId: number) => ({
		itemToMonitor: { nodeId, attributeId },
		requestedParameters: { clientHandle, filter },
	});
	connection.ask(
		"CreateMonitoredItems",
		{
			subscriptionId: id,
			itemsToCreate: filter === undefined ? [item("ns=1;s=Level", 1, 13), item("ns=1;s=Flow", 2, 13)] : [item("i=2253", 1, 12)],
		},
		{ results: filter === undefined ? [{ monitoredItemId: 1 }, { monitoredItemId: 2 }] : [{ monitoredItemId: 1 }] },
	);
}
const published = (connection: Connection, data: readonly Fields[] = []): Connection =>
	connection.response("Publish", { subscriptionId: 1, notificationMessage: { sequenceNumber: 1, notificationData: data } });

const clause = (name: string) => ({ typeDefinitionId: "i=2041", browsePath: [name], attributeId: 13 });
const eventScene = (eventType: string, severity: number) =>
	session((connection) => {
		subscribe(connection, 1, { of: "EventFilter", selectClauses: ["EventType", "SourceName", "Message", "Severity"].map(clause) });
		const eventFields = [
			["NodeId", eventType],
			["String", "Gateway 2"],
			["LocalizedText", "Link lost"],
			["UInt16", severity],
		];
		connection.request("Publish");
		published(connection, [{ of: "EventNotificationList", events: [{ clientHandle: 1, eventFields }] }]);
	});

const stateScene = (state: number) =>
	session((connection) =>
		connection.ask("Read", { nodesToRead: [{ nodeId: "i=2259", attributeId: 13 }] }, { results: [["Int32", state]] }),
	);

/** A secured channel whose server shows this certificate. */
const shown = (more: Parameters<typeof certificate>[0], policy = CURRENT) =>
	scene((bed) => bed.connect(STATION, SERVER).secure(policy, client, certificate(more)));
const NOW = 1_700_000_000;
const DAY = 86_400;

const written = (attributeId: number) =>
	session((connection) =>
		connection.ask("Write", { nodesToWrite: [{ nodeId: "ns=1;s=Level", attributeId, value: ["String", "Level"] }] }, { results: [0] }),
	);

/** PubSub messages of one publisher to a group of receivers, as facts. */
const pubSub =
	(...messages: readonly Uint8Array[]) =>
	(): readonly Said[] => {
		const harness = new DatagramHarness(opcua);
		for (const one of messages) harness.response(one);
		return harness.facts.map(({ record }) => ({ type: record.id, protocol: opcua.name, source: { ip: SERVER }, reasons: [] }));
	};
const secured = (group: number, sequence: number): Uint8Array =>
	network(
		{ publisher: PUBLISHER, group: { id: group, sequence }, writers: [1], security: { flags: 1, nonce: new Uint8Array(8) } },
		keyFrame({}, variant.byte(1)),
	);

const envelope = (connection: Connection): Connection => {
	const inner = body("ReadRequest", { nodesToRead: [level] }).subarray(4);
	const bytes = new Writer().id(15903).u32(0).u32(0).u32(0).u32(0).u32(629).raw(inner).bytes();
	return connection.send(TO_SERVER, message(bytes, { request: 50 }));
};

export const OPCUA: readonly CatalogueEntry[] = [
	{
		id: "opcua-server-search",
		answers: ["U2"],
		fires: scene((bed) => {
			for (let last = 1; last <= 8; last++) {
				bed.connect(STRANGER, `10.0.0.${last}`).open().ask("GetEndpoints").hangUp();
				bed.wait(3);
			}
		}),
		twin: scene((bed) => {
			for (let last = 1; last <= 8; last++) {
				bed.connect(STATION, `10.0.0.${last}`).open().ask("GetEndpoints").hangUp();
				bed.connect(STATION, `10.0.0.${last}`).open().login(APPLICATION);
				bed.wait(3);
			}
		}),
		twinIs: "a station starts up, asks each of its servers for its endpoints, and logs in there",
	},
	{
		id: "opcua-address-walk",
		answers: ["U5"],
		fires: visit((connection, bed) => browse(connection, bed, 120)),
		twin: visit((connection, bed) => browse(connection, bed, 30)),
		twinIs: "an engineer opens the folders of one machine",
	},
	{
		id: "opcua-login-guessing",
		answers: ["U4"],
		fires: visit((connection, bed) => guess(connection, bed, ["admin", "root", "operator", "user", "guest", "service"])),
		twin: visit((connection, bed) => {
			guess(connection, bed, ["operator1", "operator1"]);
			connection.ask("ActivateSession", { userIdentityToken: identity("operator1") });
		}),
		twinIs: "an operator mistypes his password twice",
	},
	{
		id: "new-user",
		answers: ["U4"],
		fires: usualStation((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, undefined, { token: 101 })),
		twin: usualStation((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1", { token: 101, clear: false })),
		twinIs: "the station connects anew, as the user that it always has",
	},
	{
		id: "opcua-password-in-clear",
		answers: ["U4", "G16"],
		fires: scene((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1")),
		twin: scene((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1", { clear: false })),
		twinIs: "the same login on the same channel, with a password that is encrypted by itself",
	},
	{
		id: "client-identity-changed",
		answers: ["U1"],
		fires: usualStation((bed) => bed.connect(STATION, SERVER).open().login("urn:somebody:tool", "operator1", { token: 101, clear: false })),
		twin: usualStation((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1", { token: 101, clear: false })),
		twinIs: "the station connects anew with the program that it always has",
	},
	{
		id: "security-lowered",
		answers: ["U3"],
		fires: signedStation((bed) => bed.connect(STATION, SERVER).open().login(APPLICATION, "operator1", { token: 101, clear: false })),
		twin: signedStation((bed) => {
			bed.connect(STATION, SERVER).open().ask("GetEndpoints").hangUp();
			const connection = bed.connect(STATION, SERVER).secure(CURRENT, client, server);
			connection.login(APPLICATION, "operator1", { token: 101, signature: 32, clear: false });
		}),
		twinIs: "the station connects anew: it asks for the endpoints without security, then logs in on a signed channel",
	},
	{
		id: "opcua-deprecated-policy",
		answers: ["U3"],
		fires: shown({}, "Basic128Rsa15"),
		twin: shown({}),
		twinIs: "the same with a policy that is current",
	},
	{
		id: "opcua-session-taken",
		answers: ["U8"],
		fires: session((_connection, bed) => {
			const thief = bed.connect(STRANGER, SERVER).open();
			thief.token = 100;
			thief.ask("DeleteSubscriptions", { subscriptionIds: [1] }, { results: [0] });
		}),
		twin: session((_connection, bed) => {
			const again = bed.connect(STATION, SERVER).open();
			again.token = 100;
			again.ask("ActivateSession", { userIdentityToken: identity(undefined) });
			look(again);
		}),
		twinIs: "a client whose connection broke goes on with its session on another one",
	},
	{
		id: "opcua-reports-stopped",
		answers: ["U8"],
		fires: session((connection, bed) => {
			subscribe(connection);
			connection.ask("DeleteSubscriptions", { subscriptionIds: [1] }, { results: [0] });
			for (let round = 0; round < 4; round++) look(bed.wait(4) && connection);
		}),
		twin: session((connection, bed) => {
			subscribe(connection);
			connection.ask("DeleteSubscriptions", { subscriptionIds: [1] }, { results: [0] });
			subscribe(connection, 2);
			for (let round = 0; round < 4; round++) look(bed.wait(4) && connection);
			connection.ask("DeleteSubscriptions", { subscriptionIds: [2] }, { results: [0] });
			connection.close();
		}),
		twinIs: "an operator changes the screen, and later switches the station off",
	},
	{
		id: "opcua-exhaustion",
		answers: ["U10"],
		fires: visit((connection, bed) => {
			for (let token = 1; token <= 30; token++) {
				connection.ask("CreateSession", {}, { sessionId: `ns=1;i=${token}`, authenticationToken: `ns=1;i=${token}` });
				bed.wait(0.3);
			}
		}),
		twin: scene((bed) => {
			for (let token = 1; token <= 30; token++) {
				bed.connect(STATION, SERVER).open().login(APPLICATION, undefined, { token }).close();
				bed.wait(1);
			}
		}),
		twinIs: "a station that connects anew every second, and closes what it began",
	},
	{
		id: "opcua-history-changed",
		answers: ["U12"],
		fires: "opcua-services",
		twin: session((connection) => {
			history(connection, 8);
			connection.ask(
				"HistoryUpdate",
				{ historyUpdateDetails: [{ of: "DeleteRawModifiedDetails", nodeId: "ns=1;s=Level" }] },
				{ results: [{ statusCode: NOT_ALLOWED }] },
			);
		}),
		twinIs: "a trend reads the history, and what would delete some of it is refused",
	},
	{
		id: "opcua-history-collected",
		answers: ["U12"],
		fires: session((connection) => history(connection, 40)),
		twin: session((connection, bed) => {
			for (let round = 0; round < 6; round++) history(connection, 8) && bed.wait(5);
		}),
		twinIs: "a trend of eight pens is moved again and again",
	},
	{
		id: "opcua-nodes-changed",
		answers: ["U13"],
		fires: "opcua-services",
		twin: session((connection) => {
			connection.ask("RegisterNodes", { nodesToRegister: ["ns=1;s=Level"] }, { registeredNodeIds: ["ns=1;i=70000"] });
			connection.ask("DeleteNodes", { nodesToDelete: [{ nodeId: "ns=1;s=Level" }] }, { results: [NOT_ALLOWED] });
		}),
		twinIs: "a client registers its nodes, and what would delete one is refused",
	},
	{
		id: "opcua-attribute-written",
		answers: ["U6"],
		fires: written(5),
		twin: written(13),
		twinIs: "the same text written as the node's value",
	},
	{
		id: "server-identity-changed",
		answers: ["U14"],
		fires: signedStation((bed) =>
			bed.connect(STATION, SERVER).secure(CURRENT, client, certificate({ subject: "CN=Other", issuer: "CN=Other", thumbprint: "EE55" })),
		),
		twin: signedStation((bed) => bed.connect(STATION, SERVER).secure(CURRENT, client, server)),
		twinIs: "the station connects anew to the same server",
	},
	{
		id: "opcua-publish-late",
		answers: ["U16"],
		fires: session((connection, bed) => {
			subscribe(connection);
			connection.request("Publish");
			bed.wait(8);
			published(connection);
		}),
		twin: session((connection, bed) => {
			subscribe(connection);
			for (let round = 0; round < 8; round++) {
				connection.request("Publish");
				bed.wait(1);
				published(connection);
			}
			// Nobody asks for a while: the server may not speak.
			bed.wait(8);
			connection.request("Publish");
			published(connection);
		}),
		twinIs: "nothing changes, and the server says so in time; then the client does not ask for a while",
	},
	{
		id: "opcua-server-event",
		answers: ["U17"],
		fires: eventScene("i=2131", 300),
		twin: eventScene("i=2130", 300),
		twinIs: "an event of the same severity that is no failure",
	},
	{
		id: "opcua-server-state",
		answers: ["U17"],
		fires: stateScene(3),
		twin: stateScene(0),
		twinIs: "the same question while the server runs",
	},
	{
		id: "opcua-certificate-expired",
		answers: ["U18"],
		fires: shown({ validTo: NOW - DAY }),
		twin: shown({ validTo: NOW + DAY }),
		twinIs: "a certificate on its last day",
	},
	{
		id: "opcua-certificate-expiring",
		answers: ["U18"],
		fires: shown({ validTo: NOW + 10 * DAY }),
		twin: shown({ validFrom: NOW - 20 * DAY, validTo: NOW + 10 * DAY }),
		twinIs: "a certificate that lives for a month, renewed by a machine in its last week",
	},
	{
		id: "opcua-weak-certificate",
		answers: [],
		fires: shown({ keyBits: 1024 }),
		twin: shown({ keyBits: 2048 }),
		twinIs: "the shortest key that is allowed",
	},
	{
		id: "opcua-malformed",
		answers: ["U11"],
		fires: visit((connection) => {
			const bytes = body("ReadRequest", { nodesToRead: [level] });
			bytes[bytes.length - 24] = 0x7f; // an absurd number of nodes
			connection.send(TO_SERVER, message(bytes.subarray(0, bytes.length - 1), { request: 9 }));
		}),
		twin: visit((connection) => connection.ask("Read", { nodesToRead: [] }, { results: [] })),
		twinIs: "a Read of nothing, which is well formed",
	},
	{
		id: "opcua-answer-mismatch",
		answers: [],
		fires: session((connection) =>
			connection.ask(
				"Read",
				{ nodesToRead: [level] },
				{
					results: [
						["Double", 1],
						["Double", 2],
					],
				},
			),
		),
		twin: session((connection) => connection.request("Read", { nodesToRead: [level] }).fault(NOT_ALLOWED)),
		twinIs: "the request is refused as a whole",
	},
	{
		id: "opcua-sessionless-in-clear",
		answers: [],
		fires: visit(envelope),
		twin: session((connection) => look(connection)),
		twinIs: "the same Read in a session",
	},
	{
		id: "opcua-pubsub-downgrade",
		answers: ["U3"],
		fires: pubSub(secured(100, 1), secured(100, 2), usual(3, variant.byte(3))),
		twin: pubSub(usual(1, variant.byte(1)), secured(100, 2), secured(100, 3)),
		twinIs: "security is switched on",
	},
	{
		id: "opcua-pubsub-sequence",
		answers: [],
		fires: "telemetry-spoof",
		twin: pubSub(...[1, 2, 3, 5, 4, 5, 6, 7, 7, 0, 1, 2, 3].map((number) => usual(number, variant.byte(number)))),
		twinIs: "messages that come late or twice, and a publisher that starts anew",
	},
	{
		id: "opcua-pubsub-shared-publisher",
		answers: [],
		fires: "telemetry-spoof",
		which: { source: "10.20.0.66" },
		twin: pubSub(...[1, 2, 3, 4, 5].map((number) => usual(number, variant.byte(number)))),
		twinIs: "the publisher alone",
	},
];
