/**
 * The OPC UA server of the tour through all services (node-opcua): every built-in type, history, events, an alarm, methods. Where node-opcua's server
 * has no service of its own (node management, queries, updates of history, Cancel, registration) it refuses it with BadServiceUnsupported; here
 * such a request is answered with fixed contents instead, put on the wire by node-opcua's codec and secure channel.
 */
import {
	addAggregateSupport,
	coerceNodeId,
	DataType,
	DiagnosticInfo,
	MessageSecurityMode,
	type OPCUACertificateManager,
	OPCUAServer,
	SecurityPolicy,
	StatusCodes,
	type UAObject,
	type UAVariable,
	Variant,
	VariantArrayType,
} from "node-opcua";
import type { Actions, HostContext } from "../host.ts";
import { make } from "./opcuaTypes.ts";
import { OPERATORS } from "./operators.ts";
import { ANSWERED_BY_THE_LAB, type AnsweredByTheLab } from "./tourAnswers.ts";

/** Not the usual port: the monitor has to know it by its bytes. */
export const TOUR_PORT = 4841;
/** Where the client of the tour waits for the server to call (reverse connect). */
export const REVERSE_PORT = 4842;

export interface Credentials {
	serverCertificateManager: OPCUACertificateManager;
	userCertificateManager: OPCUACertificateManager;
	certificateFile: string;
}

interface Message {
	request: Readonly<Record<string, unknown>>;
}
interface Channel {
	send_response(kind: "MSG", response: object, message: Message): void;
}
type Handler = (message: Message, channel: Channel) => void;
type Fields = Readonly<Record<string, unknown>>;

export function tourActions(context: HostContext, credentials: Credentials): Actions {
	let server: OPCUAServer | undefined;
	let level = 0;
	context.onMeasurements((now) => (level = now.level));
	return {
		openTour: async () => {
			server = new OPCUAServer({
				port: TOUR_PORT,
				host: context.ip,
				hostname: context.ip,
				...credentials,
				securityPolicies: [
					SecurityPolicy.None,
					SecurityPolicy.Basic256Sha256,
					SecurityPolicy.Aes128_Sha256_RsaOaep,
					SecurityPolicy.Aes256_Sha256_RsaPss,
				],
				securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
				allowAnonymous: true,
				userManager: { isValidUser: (user: string, password: string) => OPERATORS[user] === password },
				serverInfo: {
					applicationUri: "urn:plant.example:opcua",
					applicationName: { text: "Commissioning server" },
					productUri: "urn:plant.example:server",
				},
				buildInfo: { productName: "Commissioning server", manufacturerName: "Riverside Controls", softwareVersion: "4.2.0" },
				registerServerMethod: 1,
				reverseConnect: {
					connections: [{ endpointUrl: `opc.tcp://${context.address("engineer")}:${REVERSE_PORT}` }],
					reconnectDelay: 60_000,
				},
			});
			await server.initialize();
			populate(server, () => level);
			answerTheRest(server);
			await server.start();
		},
		closeTour: async () => {
			await server?.shutdown(0);
			server = undefined;
		},
	};
}

/** A value of every built-in type that a Variant may have. */
const SAMPLES: Readonly<Record<string, unknown>> = {
	Boolean: true,
	SByte: -12,
	Byte: 200,
	Int16: -1234,
	UInt16: 54_321,
	Int32: -123_456_789,
	UInt32: 3_123_456_789,
	Int64: [0xffffffff, 0xfffffff0],
	UInt64: [0x00300000, 7],
	Float: 0.1,
	Double: -273.15,
	String: "Behälter 1",
	DateTime: new Date("2024-05-06T07:08:09.123Z"),
	Guid: "72962B91-FA75-4AE6-8D28-B404DC7DAF63",
	ByteString: Buffer.from("00ff10", "hex"),
	XmlElement: "<pump no='1'/>",
	NodeId: coerceNodeId("ns=1;s=Tour"),
	ExpandedNodeId: coerceNodeId("ns=1;i=70000"),
	StatusCode: StatusCodes.UncertainInitialValue,
	QualifiedName: { namespaceIndex: 1, name: "Speed" },
	LocalizedText: { locale: "de-DE", text: "Füllstand" },
};

function populate(server: OPCUAServer, level: () => number): void {
	const space = server.engine.addressSpace!;
	const namespace = space.getOwnNamespace();
	const tour = namespace.addObject({
		organizedBy: space.rootFolder.objects,
		browseName: "Tour",
		nodeId: "s=Tour",
		notifierOf: space.rootFolder.objects.server,
	});
	const typed = namespace.addObject({ componentOf: tour, browseName: "Types", nodeId: "s=Types" });
	for (const [name, value] of Object.entries(SAMPLES)) {
		const dataType = DataType[name as keyof typeof DataType];
		namespace.addVariable({
			componentOf: typed,
			browseName: name,
			nodeId: `s=Types.${name}`,
			dataType,
			value: { dataType, arrayType: VariantArrayType.Scalar, value },
		});
		namespace.addVariable({
			componentOf: typed,
			browseName: `${name}s`,
			nodeId: `s=Types.${name}s`,
			dataType,
			valueRank: 1,
			value: { dataType, arrayType: VariantArrayType.Array, value: [value, value] },
		});
	}
	namespace.addVariable({
		componentOf: typed,
		browseName: "Matrix",
		nodeId: "s=Types.Matrix",
		dataType: DataType.Double,
		valueRank: 2,
		arrayDimensions: [2, 3],
		value: { dataType: DataType.Double, arrayType: VariantArrayType.Matrix, dimensions: [2, 3], value: [1, 2, 3, 4, 5, 6] },
	});
	namespace.addVariable({
		componentOf: typed,
		browseName: "Anything",
		nodeId: "s=Types.Anything",
		dataType: DataType.Variant,
		valueRank: -2,
		value: {
			dataType: DataType.Variant,
			arrayType: VariantArrayType.Array,
			value: [
				new Variant({ dataType: DataType.Int32, value: 5 }),
				new Variant({ dataType: DataType.String, arrayType: VariantArrayType.Array, value: ["a", null] }),
			],
		},
	});
	namespace.addVariable({
		componentOf: typed,
		browseName: "Range",
		nodeId: "s=Types.Range",
		dataType: "Range",
		value: { dataType: DataType.ExtensionObject, value: make("Range", { low: 0, high: 4000 }) },
	});
	namespace.addVariable({
		componentOf: typed,
		browseName: "Blob",
		nodeId: "s=Types.Blob",
		dataType: DataType.ByteString,
		value: { dataType: DataType.ByteString, value: Buffer.alloc(16) },
	});
	addHistory(server, tour, level);
	addMethods(server, tour);
}

/** A value with a past, and the alarm on it. */
function addHistory(server: OPCUAServer, tour: UAObject, level: () => number): void {
	const space = server.engine.addressSpace!;
	const namespace = space.getOwnNamespace();
	const measured = namespace.addAnalogDataItem({
		componentOf: tour,
		browseName: "Level",
		nodeId: "s=Tour.Level",
		dataType: "Double",
		engineeringUnitsRange: { low: 0, high: 4000 },
		instrumentRange: { low: 0, high: 5000 },
		value: { dataType: DataType.Double, value: 0 },
		eventSourceOf: tour,
	}) as UAVariable;
	addAggregateSupport(space);
	space.installAlarmsAndConditionsService();
	space.installHistoricalDataNode(measured, { maxOnlineValues: 50 });
	const write = () => measured.setValueFromSource({ dataType: DataType.Double, value: level() });
	const timer = setInterval(write, 100);
	space.registerShutdownTask(() => clearInterval(timer));
	const limit = namespace.addVariable({
		componentOf: tour,
		browseName: "Limit",
		nodeId: "s=Tour.Limit",
		dataType: "Double",
		value: { dataType: DataType.Double, value: 0 },
		eventSourceOf: tour,
	});
	namespace.instantiateNonExclusiveLimitAlarm("NonExclusiveLimitAlarmType", {
		browseName: "LimitAlarm",
		nodeId: "s=Tour.LimitAlarm",
		conditionName: "Limit",
		componentOf: tour,
		conditionSource: limit,
		inputNode: limit,
		highHighLimit: 100,
		highLimit: 50,
		lowLimit: -50,
		lowLowLimit: -100,
	});
}

function addMethods(server: OPCUAServer, tour: UAObject): void {
	const namespace = server.engine.addressSpace!.getOwnNamespace();
	const dose = namespace.addMethod(tour, {
		browseName: "Dose",
		nodeId: "s=Tour.Dose",
		inputArguments: [
			{ name: "litres", dataType: DataType.Double, description: { text: "How much" } },
			{ name: "reason", dataType: DataType.String, description: { text: "Why" } },
		],
		outputArguments: [{ name: "batch", dataType: DataType.UInt32, description: { text: "Its number" } }],
	});
	dose.bindMethod((inputs, _context, callback) => {
		const isFine = Number(inputs[0]?.value) > 0;
		callback(null, {
			statusCode: isFine ? StatusCodes.Good : StatusCodes.BadInvalidArgument,
			inputArgumentResults: inputs.map((_, index) => (isFine || index > 0 ? StatusCodes.Good : StatusCodes.BadOutOfRange)),
			outputArguments: [new Variant({ dataType: DataType.UInt32, value: 4711 })],
		});
	});
	const raise = namespace.addMethod(tour, { browseName: "Raise", nodeId: "s=Tour.Raise", inputArguments: [], outputArguments: [] });
	raise.bindMethod((_inputs, _context, callback) => {
		tour.raiseEvent("SystemEventType", {
			message: { dataType: DataType.LocalizedText, value: { locale: "en", text: "Filter of the pump is dirty" } },
			severity: { dataType: DataType.UInt16, value: 400 },
		});
		callback(null, { statusCode: StatusCodes.Good, outputArguments: [] });
	});
}

const good = (list: unknown) => (list as readonly unknown[]).map(() => StatusCodes.Good);
/** The last one is refused, so that both kinds of result are on the wire. */
const mixed = (list: unknown, refusal: object) => {
	const results: object[] = good(list);
	results[results.length - 1] = refusal;
	return results;
};

/** Part 4, 7.12: ids into the header's string table, with a reason inside the reason. */
const DIAGNOSTICS = new DiagnosticInfo({
	namespaceURI: 0,
	symbolicId: 1,
	locale: 2,
	localizedText: 3,
	additionalInfo: "there is one of this name already",
	innerStatusCode: StatusCodes.BadNodeIdExists,
	innerDiagnosticInfo: new DiagnosticInfo({ symbolicId: 1, additionalInfo: "ns=1;s=Tour.Added" }),
});
const HEADER = { stringTable: ["urn:plant.example:server", "BadNodeIdExists", "en", "The node exists"] };

/** What is answered to requests that node-opcua's server has no service for. */
const ANSWERS: Readonly<Record<AnsweredByTheLab, (request: Fields) => Fields>> = {
	Cancel: () => ({ cancelCount: 1 }),
	AddNodes: ({ nodesToAdd }) => {
		const items = nodesToAdd as readonly unknown[];
		return {
			responseHeader: HEADER,
			results: mixed(items, StatusCodes.BadNodeIdExists).map((statusCode, index) => ({
				statusCode,
				addedNodeId: coerceNodeId(index === items.length - 1 ? "i=0" : `ns=1;s=Tour.Added${index}`),
			})),
			diagnosticInfos: items.map((_, index) => (index === items.length - 1 ? DIAGNOSTICS : new DiagnosticInfo())),
		};
	},
	AddReferences: ({ referencesToAdd }) => ({ results: mixed(referencesToAdd, StatusCodes.BadReferenceTypeIdInvalid) }),
	DeleteNodes: ({ nodesToDelete }) => ({ results: mixed(nodesToDelete, StatusCodes.BadNodeIdUnknown) }),
	DeleteReferences: ({ referencesToDelete }) => ({ results: mixed(referencesToDelete, StatusCodes.BadReferenceNotAllowed) }),
	QueryFirst: () => ({
		queryDataSets: [
			{
				nodeId: coerceNodeId("ns=1;s=Tour"),
				typeDefinitionNode: coerceNodeId("i=58"),
				values: [new Variant({ dataType: DataType.Double, value: 12.5 }), new Variant({ dataType: DataType.String, value: "m" })],
			},
		],
		continuationPoint: Buffer.from("next"),
		parsingResults: [{ statusCode: StatusCodes.Good, dataStatusCodes: [StatusCodes.Good, StatusCodes.BadAttributeIdInvalid] }],
		filterResult: { elementResults: [{ statusCode: StatusCodes.Good, operandStatusCodes: [StatusCodes.Good] }] },
	}),
	QueryNext: () => ({ queryDataSets: [{ nodeId: coerceNodeId("ns=1;s=Types"), typeDefinitionNode: coerceNodeId("i=61"), values: [] }] }),
	HistoryUpdate: ({ historyUpdateDetails }) => ({
		results: (historyUpdateDetails as readonly unknown[]).map((_, index, all) =>
			index === all.length - 1
				? { statusCode: StatusCodes.BadHistoryOperationUnsupported }
				: { statusCode: StatusCodes.Good, operationResults: [StatusCodes.GoodEntryInserted, StatusCodes.BadEntryExists] },
		),
	}),
	FindServersOnNetwork: () => ({
		lastCounterResetTime: new Date("2024-05-06T07:08:09Z"),
		servers: [
			{ recordId: 1, serverName: "Plant server", discoveryUrl: "opc.tcp://opcua.plant.example:4840", serverCapabilities: ["DA", "HD"] },
		],
	}),
	RegisterServer: () => ({}),
	RegisterServer2: ({ discoveryConfiguration }) => ({ configurationResults: good(discoveryConfiguration) }),
};

/** Kinds of history that node-opcua's server does not keep. */
const PAST: Readonly<Record<string, () => object>> = {
	ReadEventDetails: () =>
		make("HistoryEvent", {
			events: [
				{
					eventFields: [
						new Variant({ dataType: DataType.LocalizedText, value: { text: "Pump started" } }),
						new Variant({ dataType: DataType.UInt16, value: 100 }),
					],
				},
			],
		}),
	ReadAnnotationDataDetails: () =>
		make("HistoryData", {
			dataValues: [
				{
					value: {
						dataType: DataType.ExtensionObject,
						value: make("Annotation", {
							message: "sensor cleaned",
							userName: "operator1",
							annotationTime: new Date("2024-05-06T07:08:09Z"),
						}),
					},
				},
			],
		}),
	ReadRawModifiedDetails: () =>
		make("HistoryModifiedData", {
			dataValues: [{ value: { dataType: DataType.Double, value: 17.5 }, sourceTimestamp: new Date("2024-05-06T07:08:09Z") }],
			modificationInfos: [{ modificationTime: new Date("2024-05-06T08:00:00Z"), updateType: 2, userName: "operator1" }],
		}),
};

function answerTheRest(server: OPCUAServer): void {
	const handlers = server as unknown as Record<string, Handler | undefined>;
	for (const name of ANSWERED_BY_THE_LAB) {
		const answer = ANSWERS[name];
		handlers[`_on_${name}Request`] = (message, channel) =>
			channel.send_response("MSG", make(`${name}Response`, answer(message.request)), message);
	}
	const read = handlers._on_HistoryReadRequest!.bind(server);
	handlers._on_HistoryReadRequest = (message, channel) => {
		const details = message.request.historyReadDetails as { schema: { name: string }; isReadModified?: boolean };
		const past = PAST[details.schema.name];
		if (past === undefined || details.isReadModified === false) read(message, channel);
		else {
			const results = (message.request.nodesToRead as readonly unknown[]).map(() => ({
				statusCode: StatusCodes.Good,
				historyData: past(),
			}));
			channel.send_response("MSG", make("HistoryReadResponse", { results }), message);
		}
	};
}
