/**
 * The tour through every service of OPC UA (node-opcua client), on the engineer's laptop: requests are made from the codec's own structures and sent on real
 * channels and sessions, so that each service is asked for with everything that it can carry.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
	AttributeIds,
	ClientReverseConnect,
	type ClientSession,
	coerceNodeId,
	DataType,
	MessageSecurityMode,
	OPCUAClient,
	SecurityPolicy,
	StatusCodes,
	UserTokenType,
	Variant,
	VariantArrayType,
} from "node-opcua";
import type { HostContext } from "../host.ts";
import { makeApplicationKeys } from "./applicationKeys.ts";
import { make, opaque } from "./opcuaTypes.ts";
import { OPERATORS } from "./operators.ts";
import { REVERSE_PORT, TOUR_PORT } from "./tourServer.ts";

type Fields = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;
/** `finish` has the last word on a request: the codec copies what it is given, and forgets in doing so what an opaque structure holds. */
type Ask = (service: string, fields?: Fields, finish?: (request: object) => void) => Promise<Answer | undefined>;
interface Transactions {
	performMessageTransaction(request: object, callback: (error: Error | null, response?: object) => void): void;
}

const node = coerceNodeId;
/** Milliseconds that the server gets for an answer. */
const PATIENCE = 5000;
/** Renewals are due at three quarters of it. */
const SHORT_LIFE = 3000;

/** A refusal is an answer too: what the tour needs is that both messages were on the wire. */
function asker(connection: Transactions): Ask {
	return (service, fields = {}, finish) =>
		new Promise((resolve) => {
			const header = { requestHeader: { timeoutHint: PATIENCE, returnDiagnostics: 0x3ff, auditEntryId: `tour-${service}` } };
			const request = make(`${service}Request`, { ...header, ...fields });
			finish?.(request);
			connection.performMessageTransaction(request, (_error, response) => resolve(response as Answer | undefined));
		});
}

const value = (name: string, more: Fields = {}) => ({ nodeId: node(`ns=1;s=${name}`), attributeId: AttributeIds.Value, ...more });
const typed = (dataType: DataType, one: unknown) => new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: one });

/** Gives the tour, to be called once the server runs. The server calls back as soon as it is started: from now on somebody listens. */
export async function prepareTour(context: HostContext): Promise<() => Promise<void>> {
	const { applicationUri, certificateFile, certificateManager } = await makeApplicationKeys(context, "engineer", "Engineering laptop");
	const client = (clientName: string, securityMode: MessageSecurityMode, securityPolicy: SecurityPolicy, more: object = {}) =>
		OPCUAClient.create({
			applicationName: "Engineering laptop",
			applicationUri,
			clientName,
			securityMode,
			securityPolicy,
			certificateFile,
			clientCertificateManager: certificateManager,
			endpointMustExist: false,
			keepSessionAlive: false,
			requestedSessionTimeout: 120_000,
			connectionStrategy: { maxRetry: 1, initialDelay: 500 },
			...more,
		});
	const plain = (name: string, more: object = {}) => client(name, MessageSecurityMode.None, SecurityPolicy.None, more);
	const url = () => `opc.tcp://${context.address("opcua")}:${TOUR_PORT}`;
	/** Small buffers, so that big messages come in several chunks. */
	const small = { transportSettings: { maxChunkCount: 128, maxMessageSize: 1 << 20, receiveBufferSize: 8192, sendBufferSize: 8192 } };

	const reverse = new ClientReverseConnect(`opc.tcp://${context.ip}:${REVERSE_PORT}`);
	await reverse.start();
	return async () => {
		const first = plain("tour-plain", small);
		await first.connect(url());
		await discover(asker(first as unknown as Transactions), url());
		const session = await first.createSession();
		const ask = asker(session as unknown as Transactions);
		await browse(ask);
		await readAndWrite(ask);
		await history(ask);
		await call(ask);
		await manageNodes(ask);
		await query(ask);
		const subscriptionId = await subscribe(ask);

		// The session moves to another channel; its subscription to another session.
		const second = plain("tour-again", small);
		await second.connect(url());
		await second.reactivateSession(session);
		const signed = client("tour-signed", MessageSecurityMode.Sign, SecurityPolicy.Basic256Sha256, {
			...small,
			defaultSecureTokenLifetime: SHORT_LIFE,
		});
		await signed.connect(url());
		const other = await signed.createSession();
		const askOther = asker(other as unknown as Transactions);
		// One of them gets the StatusChangeNotification of the transfer; others may be answered with values before.
		const told = Promise.all([0, 1, 2].map(() => ask("Publish", { subscriptionAcknowledgements: [] })));
		await askOther("TransferSubscriptions", { subscriptionIds: [subscriptionId, 99_999], sendInitialValues: true });
		await askOther("Publish", { subscriptionAcknowledgements: [{ subscriptionId, sequenceNumber: 1 }] });
		await Promise.race([told, sleep(1000)]);
		await ask("Cancel", { requestHandle: 12 });
		for (let round = 0; round < 6; round++) {
			await askOther("Read", { maxAge: 0, timestampsToReturn: 2, nodesToRead: [value("Tour.Level"), value("Types.Matrix")] });
			await sleep(500);
		}
		await askOther("DeleteSubscriptions", { subscriptionIds: [subscriptionId, 99_999] });
		await other.close(true);
		await signed.disconnect();
		await session.close(true);
		await second.disconnect();
		await first.disconnect();

		await encrypted(client("tour-encrypted", MessageSecurityMode.SignAndEncrypt, SecurityPolicy.Aes256_Sha256_RsaPss, small));
		const called = plain("tour-called");
		await called.connectReverse(reverse);
		const last = await called.createSession();
		await asker(last as unknown as Transactions)("Read", { nodesToRead: [value("Tour.Level")] });
		await last.close(true);
		await called.disconnect();
		await reverse.stop();
	};

	async function encrypted(connection: OPCUAClient): Promise<void> {
		await connection.connect(url());
		const certificateData = readFileSync(certificateFile, "utf8").replace(/-----[^-]+-----|\s/g, "");
		const session: ClientSession = await connection.createSession({
			type: UserTokenType.Certificate,
			certificateData: Buffer.from(certificateData, "base64"),
			privateKey: readFileSync(certificateManager.privateKey, "utf8"),
		});
		const ask = asker(session as unknown as Transactions);
		await ask("Read", { nodesToRead: [value("Tour.Level"), value("Types.Double")] });
		await ask("Write", { nodesToWrite: [value("Types.Double", { value: { value: typed(DataType.Double, 5) } })] });
		await session.close(true);
		await connection.disconnect();
		const named = client("tour-named", MessageSecurityMode.Sign, SecurityPolicy.Aes128_Sha256_RsaOaep);
		await named.connect(url());
		const user = await named.createSession({
			type: UserTokenType.UserName,
			userName: "operator1",
			password: OPERATORS.operator1 ?? "",
		});
		await user.close(true);
		await named.disconnect();
	}
}

async function discover(ask: Ask, endpointUrl: string): Promise<void> {
	await ask("FindServers", { endpointUrl, localeIds: ["de-DE", "en"], serverUris: [] });
	await ask("FindServersOnNetwork", { startingRecordId: 0, maxRecordsToReturn: 10, serverCapabilityFilter: ["DA"] });
	await ask("GetEndpoints", { endpointUrl, localeIds: ["en"], profileUris: [] });
	const server = {
		serverUri: "urn:plant.example:dosing",
		productUri: "urn:plant.example:server",
		serverNames: [{ locale: "en", text: "Dosing" }],
		serverType: 0,
		discoveryUrls: ["opc.tcp://dosing.plant.example:4840"],
		isOnline: true,
	};
	await ask("RegisterServer", { server });
	await ask("RegisterServer2", {
		server,
		discoveryConfiguration: [make("MdnsDiscoveryConfiguration", { mdnsServerName: "Dosing", serverCapabilities: ["DA"] })],
	});
}

async function browse(ask: Ask): Promise<void> {
	const description = (nodeId: string) => ({
		nodeId: node(nodeId),
		browseDirection: 0,
		referenceTypeId: node("i=33"),
		includeSubtypes: true,
		nodeClassMask: 0,
		resultMask: 63,
	});
	const page = await ask("Browse", {
		view: { viewId: node("i=0") },
		requestedMaxReferencesPerNode: 5,
		nodesToBrowse: [description("ns=1;s=Tour"), description("ns=1;s=Types"), description("ns=1;s=Missing")],
	});
	const points = ((page?.results ?? []) as { continuationPoint: Buffer | null }[]).flatMap(({ continuationPoint }) =>
		continuationPoint !== null && continuationPoint.length > 0 ? [continuationPoint] : [],
	);
	await ask("BrowseNext", { releaseContinuationPoints: false, continuationPoints: points });
	await ask("BrowseNext", { releaseContinuationPoints: true, continuationPoints: [...points, Buffer.from("unknown")] });
	const path = (...names: string[]) => ({
		startingNode: node("i=85"),
		relativePath: {
			elements: names.map((name) => ({
				referenceTypeId: node("i=33"),
				isInverse: false,
				includeSubtypes: true,
				targetName: { namespaceIndex: 1, name },
			})),
		},
	});
	await ask("TranslateBrowsePathsToNodeIds", { browsePaths: [path("Tour", "Level"), path("Tour", "Nowhere")] });
	await ask("RegisterNodes", { nodesToRegister: [node("ns=1;s=Tour.Level"), node("ns=1;s=Types.Double")] });
	await ask("UnregisterNodes", { nodesToUnregister: [node("ns=1;s=Tour.Level"), node("ns=1;s=Types.Double")] });
}

const SCALARS =
	"Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double String DateTime Guid ByteString XmlElement NodeId ExpandedNodeId StatusCode QualifiedName LocalizedText Range Matrix Anything".split(
		" ",
	);

async function readAndWrite(ask: Ask): Promise<void> {
	const types = SCALARS.map((name) => value(`Types.${name}`));
	await ask("Read", { maxAge: 500, timestampsToReturn: 2, nodesToRead: types });
	await ask("Read", { timestampsToReturn: 0, nodesToRead: SCALARS.slice(0, 21).map((name) => value(`Types.${name}s`)) });
	await ask("Read", {
		timestampsToReturn: 3,
		nodesToRead: [value("Types.Matrix", { indexRange: "1:1,0:2" }), value("Missing"), value("Types")],
	});
	// Every attribute of a variable, a method, a data type and the server.
	const attributes = (nodeId: string) => Array.from({ length: 27 }, (_, index) => ({ nodeId: node(nodeId), attributeId: index + 1 }));
	await ask("Read", {
		nodesToRead: [...attributes("ns=1;s=Tour.Level"), ...attributes("ns=1;s=Tour.Dose"), ...attributes("i=884"), ...attributes("i=2253")],
	});
	// BuildInfo, ServerStatus, NamespaceArray, OperationLimits, input arguments of a method: structures and arrays of them.
	await ask("Read", {
		nodesToRead: ["i=2256", "i=2260", "i=2255", "i=2254", "i=2268"].map((id) => ({ nodeId: node(id), attributeId: 13 })),
	});
	const write = (name: string, dataType: DataType, one: unknown, more: Fields = {}) =>
		value(`Types.${name}`, { value: { value: typed(dataType, one), ...more } });
	await ask("Write", {
		nodesToWrite: [
			write("Double", DataType.Double, 41.5),
			write("Int64", DataType.Int64, [0x7fffffff, 0xffffffff]),
			write("UInt16", DataType.String, "a text where a number belongs"),
			write("Float", DataType.Float, 2.5, { sourceTimestamp: new Date("2024-05-06T07:08:09.123Z"), sourcePicoseconds: 1230 }),
			write("Range", DataType.ExtensionObject, make("Range", { low: 1, high: 2 })),
			value("Types.Matrix", {
				value: {
					value: new Variant({
						dataType: DataType.Double,
						arrayType: VariantArrayType.Matrix,
						dimensions: [2, 3],
						value: [6, 5, 4, 3, 2, 1],
					}),
				},
			}),
			value("Types.Doubles", {
				indexRange: "1",
				value: { value: new Variant({ dataType: DataType.Double, arrayType: VariantArrayType.Array, value: [7] }) },
			}),
			{
				nodeId: node("ns=1;s=Tour.Level"),
				attributeId: AttributeIds.Description,
				value: { value: typed(DataType.LocalizedText, { locale: "en", text: "Level of the tank" }) },
			},
		],
	});
	// A Decimal (12.34), and a structure of the plant's own.
	const unknown = [opaque(node("i=50"), Buffer.from("0200d204", "hex")), opaque(node("ns=1;i=3001"), Buffer.from("0102030405", "hex"))];
	await ask("Write", { nodesToWrite: unknown.map(() => write("Anything", DataType.ExtensionObject, null)) }, (request) => {
		const { nodesToWrite } = request as { nodesToWrite: { value: { value: { value: object } } }[] };
		for (const [index, item] of nodesToWrite.entries()) item.value.value.value = unknown[index]!;
	});
	// More than one chunk there and back.
	await ask("Write", { nodesToWrite: [write("Blob", DataType.ByteString, randomBytes(20_000))] });
	await ask("Read", { nodesToRead: [value("Types.Blob")] });
}

async function history(ask: Ask): Promise<void> {
	const level = node("ns=1;s=Tour.Level");
	const end = new Date();
	const begin = new Date(end.getTime() - 5000);
	const details: [string, Fields][] = [
		["ReadRawModifiedDetails", { isReadModified: false, startTime: begin, endTime: end, numValuesPerNode: 5, returnBounds: true }],
		["ReadRawModifiedDetails", { isReadModified: true, startTime: begin, endTime: end, numValuesPerNode: 5, returnBounds: false }],
		[
			"ReadProcessedDetails",
			{
				startTime: begin,
				endTime: end,
				processingInterval: 1000,
				aggregateType: [node("i=2342")],
				aggregateConfiguration: { useServerCapabilitiesDefaults: false, percentDataBad: 50, percentDataGood: 50 },
			},
		],
		["ReadAtTimeDetails", { reqTimes: [begin, new Date(begin.getTime() + 1500)], useSimpleBounds: true }],
		["ReadEventDetails", { numValuesPerNode: 10, startTime: begin, endTime: end, filter: eventFilter() }],
		["ReadAnnotationDataDetails", { reqTimes: [begin] }],
	];
	for (const [name, fields] of details) {
		await ask("HistoryRead", {
			historyReadDetails: make(name, fields),
			timestampsToReturn: 0,
			releaseContinuationPoints: false,
			nodesToRead: [{ nodeId: name === "ReadEventDetails" ? node("i=2253") : level, dataEncoding: {} }],
		});
	}
	const sample = (number: number) => ({ value: typed(DataType.Double, number), sourceTimestamp: begin, statusCode: StatusCodes.Good });
	await ask("HistoryUpdate", {
		historyUpdateDetails: [
			make("UpdateDataDetails", { nodeId: level, performInsertReplace: 3, updateValues: [sample(1800), sample(1801.5)] }),
			make("UpdateStructureDataDetails", {
				nodeId: level,
				performInsertReplace: 1,
				updateValues: [
					{
						value: typed(
							DataType.ExtensionObject,
							make("Annotation", { message: "checked", userName: "operator1", annotationTime: begin }),
						),
					},
				],
			}),
			make("UpdateEventDetails", {
				nodeId: node("i=2253"),
				performInsertReplace: 1,
				filter: eventFilter(),
				eventData: [{ eventFields: [typed(DataType.LocalizedText, { text: "Pump started" }), typed(DataType.UInt16, 100)] }],
			}),
			make("DeleteRawModifiedDetails", { nodeId: level, isDeleteModified: false, startTime: begin, endTime: end }),
			make("DeleteAtTimeDetails", { nodeId: level, reqTimes: [begin] }),
			make("DeleteEventDetails", { nodeId: node("i=2253"), eventIds: [Buffer.from("0102", "hex")] }),
		],
	});
}

const field = (typeDefinitionId: string, ...browsePath: string[]) => ({
	typeDefinitionId: node(typeDefinitionId),
	browsePath: browsePath.map((name) => ({ namespaceIndex: 0, name })),
	attributeId: AttributeIds.Value,
});

/** Select clauses of the usual fields, and a where clause with every kind of operand. */
function eventFilter(): object {
	return make("EventFilter", {
		selectClauses: [
			field("i=2041", "EventId"),
			field("i=2041", "EventType"),
			field("i=2041", "SourceName"),
			field("i=2041", "Time"),
			field("i=2041", "Message"),
			field("i=2041", "Severity"),
			field("i=2915", "ActiveState", "Id"),
			{ typeDefinitionId: node("i=2782"), browsePath: [], attributeId: AttributeIds.NodeId },
		],
		whereClause: {
			elements: [
				{
					filterOperator: 4,
					filterOperands: [
						make("SimpleAttributeOperand", field("i=2041", "Severity")),
						make("LiteralOperand", { value: typed(DataType.UInt16, 10) }),
					],
				},
			],
		},
	});
}

async function call(ask: Ask): Promise<void> {
	const method = (methodId: string, inputArguments: object[], objectId = "ns=1;s=Tour") => ({
		objectId: node(objectId),
		methodId: node(methodId),
		inputArguments,
	});
	await ask("Call", {
		methodsToCall: [
			method("ns=1;s=Tour.Dose", [typed(DataType.Double, 12.5), typed(DataType.String, "batch 7")]),
			method("ns=1;s=Tour.Dose", [typed(DataType.Double, -1), typed(DataType.String, "")]),
			method("ns=1;s=Tour.Dose", [typed(DataType.String, "no number"), typed(DataType.String, "x")]),
			method("ns=1;s=Missing", []),
		],
	});
}

async function manageNodes(ask: Ask): Promise<void> {
	const variable = (name: string) => ({
		parentNodeId: node("ns=1;s=Tour"),
		referenceTypeId: node("i=47"),
		requestedNewNodeId: node(`ns=1;s=Tour.${name}`),
		browseName: { namespaceIndex: 1, name },
		nodeClass: 2,
		nodeAttributes: make("VariableAttributes", {
			specifiedAttributes: 0x3ffff,
			displayName: { text: name },
			description: { text: "added" },
			value: typed(DataType.Double, 1.5),
			dataType: node("i=11"),
			valueRank: -1,
			accessLevel: 3,
			userAccessLevel: 3,
		}),
		typeDefinition: node("i=63"),
	});
	await ask("AddNodes", {
		nodesToAdd: [
			variable("Added0"),
			{
				...variable("Folder"),
				nodeClass: 1,
				nodeAttributes: make("ObjectAttributes", { specifiedAttributes: 0x60, displayName: { text: "Folder" } }),
				typeDefinition: node("i=61"),
			},
			variable("Level"),
		],
	});
	const reference = { sourceNodeId: node("ns=1;s=Tour"), referenceTypeId: node("i=35"), isForward: true };
	await ask("AddReferences", {
		referencesToAdd: [
			{ ...reference, targetServerUri: null, targetNodeId: node("ns=1;s=Tour.Added0"), targetNodeClass: 2 },
			{ ...reference, targetServerUri: "urn:plant.example:other", targetNodeId: node("ns=1;s=Types"), targetNodeClass: 1 },
		],
	});
	await ask("DeleteReferences", {
		referencesToDelete: [
			{ ...reference, targetNodeId: node("ns=1;s=Tour.Added0"), deleteBidirectional: true },
			{ ...reference, targetNodeId: node("ns=1;s=Types"), deleteBidirectional: false },
		],
	});
	await ask("DeleteNodes", {
		nodesToDelete: [
			{ nodeId: node("ns=1;s=Tour.Added0"), deleteTargetReferences: true },
			{ nodeId: node("ns=1;s=Tour.Missing"), deleteTargetReferences: false },
		],
	});
}

async function query(ask: Ask): Promise<void> {
	await ask("QueryFirst", {
		view: { viewId: node("i=0") },
		nodeTypes: [
			{
				typeDefinitionNode: node("i=58"),
				includeSubTypes: true,
				dataToReturn: [{ relativePath: { elements: [{ targetName: { namespaceIndex: 1, name: "Level" } }] }, attributeId: 13 }],
			},
		],
		filter: {
			elements: [
				{ filterOperator: 11, filterOperands: [make("ElementOperand", { index: 1 }), make("ElementOperand", { index: 2 })] },
				{
					filterOperator: 0,
					filterOperands: [
						make("AttributeOperand", {
							nodeId: node("i=58"),
							alias: "any",
							browsePath: { elements: [{ targetName: { namespaceIndex: 1, name: "Level" } }] },
							attributeId: 13,
						}),
						make("LiteralOperand", { value: typed(DataType.Double, 12.5) }),
					],
				},
			],
		},
		maxDataSetsToReturn: 1,
		maxReferencesToReturn: 0,
	});
	await ask("QueryNext", { releaseContinuationPoint: false, continuationPoint: Buffer.from("next") });
}

/** The life of a subscription; it is left alive. */
async function subscribe(ask: Ask): Promise<number> {
	const created = await ask("CreateSubscription", {
		requestedPublishingInterval: 100,
		requestedLifetimeCount: 600,
		requestedMaxKeepAliveCount: 5,
		maxNotificationsPerPublish: 20,
		publishingEnabled: true,
		priority: 10,
	});
	const subscriptionId = Number(created?.subscriptionId);
	const item = (itemToMonitor: Fields, clientHandle: number, filter: object | null) => ({
		itemToMonitor,
		monitoringMode: 2,
		requestedParameters: { clientHandle, samplingInterval: 100, filter, queueSize: 5, discardOldest: true },
	});
	const items = await ask("CreateMonitoredItems", {
		subscriptionId,
		timestampsToReturn: 2,
		itemsToCreate: [
			item(value("Tour.Level"), 1, make("DataChangeFilter", { trigger: 1, deadbandType: 1, deadbandValue: 0.5 })),
			item({ nodeId: node("i=2253"), attributeId: AttributeIds.EventNotifier }, 2, eventFilter()),
			item(
				value("Tour.Level"),
				3,
				make("AggregateFilter", {
					startTime: new Date(),
					aggregateType: node("i=2342"),
					processingInterval: 1000,
					aggregateConfiguration: { useServerCapabilitiesDefaults: true },
				}),
			),
			item(value("Types.Double"), 4, null),
			item(value("Missing"), 5, null),
		],
	});
	const ids = ((items?.results ?? []) as { monitoredItemId: number }[]).map(({ monitoredItemId }) => monitoredItemId);
	const publish = (sequenceNumber?: number) =>
		ask("Publish", { subscriptionAcknowledgements: sequenceNumber === undefined ? [] : [{ subscriptionId, sequenceNumber }] });
	await publish();
	await publish();
	// The event of the method, and the alarm of the limit.
	await ask("Call", { methodsToCall: [{ objectId: node("ns=1;s=Tour"), methodId: node("ns=1;s=Tour.Raise"), inputArguments: [] }] });
	await ask("Write", { nodesToWrite: [{ ...value("Tour.Limit"), value: { value: typed(DataType.Double, 120) } }] });
	await publish(1);
	await publish();
	await ask("Call", {
		methodsToCall: [
			{ objectId: node("i=2253"), methodId: node("i=11492"), inputArguments: [typed(DataType.UInt32, subscriptionId)] },
			{ objectId: node("i=2782"), methodId: node("i=3875"), inputArguments: [typed(DataType.UInt32, subscriptionId)] },
		],
	});
	await publish();
	await ask("Republish", { subscriptionId, retransmitSequenceNumber: 2 });
	await ask("Republish", { subscriptionId, retransmitSequenceNumber: 77 });
	await ask("SetTriggering", { subscriptionId, triggeringItemId: ids[0], linksToAdd: [ids[3], 4242], linksToRemove: [ids[1]] });
	await ask("ModifyMonitoredItems", {
		subscriptionId,
		timestampsToReturn: 3,
		itemsToModify: [
			{
				monitoredItemId: ids[3],
				requestedParameters: { clientHandle: 40, samplingInterval: 200, filter: null, queueSize: 2, discardOldest: false },
			},
			{
				monitoredItemId: 4242,
				requestedParameters: { clientHandle: 41, samplingInterval: 200, filter: null, queueSize: 2, discardOldest: false },
			},
		],
	});
	await ask("ModifySubscription", {
		subscriptionId,
		requestedPublishingInterval: 200,
		requestedLifetimeCount: 600,
		requestedMaxKeepAliveCount: 5,
		maxNotificationsPerPublish: 10,
		priority: 1,
	});
	await ask("SetMonitoringMode", { subscriptionId, monitoringMode: 1, monitoredItemIds: [ids[3], 4242] });
	await ask("SetMonitoringMode", { subscriptionId, monitoringMode: 2, monitoredItemIds: [ids[3]] });
	await ask("SetPublishingMode", { publishingEnabled: false, subscriptionIds: [subscriptionId, 99_999] });
	await ask("SetPublishingMode", { publishingEnabled: true, subscriptionIds: [subscriptionId] });
	await publish();
	await ask("DeleteMonitoredItems", { subscriptionId, monitoredItemIds: [ids[0], ids[1], 4242] });
	// Nothing is watched closely any more: the next answer keeps alive.
	await publish();
	await publish();
	return subscriptionId;
}
