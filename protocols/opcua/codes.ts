/**
 * The words of OPC UA: structures and how they are encoded (OPC 10000-6, 5.2), services (OPC 10000-4), status codes, attributes, security policies.
 * The long tables are generated; here they are read once, at start.
 */
import { DATA_TYPES, ENUMERATIONS, METHODS, STANDARD_NODES, STATUS_CODES, STRUCTURES } from "./tables.generated.ts";

/** How one field is encoded. The built-in types are numbered as in a Variant (Part 6, 5.1.2, table 1); then those that only fields have. */
export const TYPE = {
	Boolean: 1,
	SByte: 2,
	Byte: 3,
	Int16: 4,
	UInt16: 5,
	Int32: 6,
	UInt32: 7,
	Int64: 8,
	UInt64: 9,
	Float: 10,
	Double: 11,
	String: 12,
	DateTime: 13,
	Guid: 14,
	ByteString: 15,
	XmlElement: 16,
	NodeId: 17,
	ExpandedNodeId: 18,
	StatusCode: 19,
	QualifiedName: 20,
	LocalizedText: 21,
	ExtensionObject: 22,
	DataValue: 23,
	Variant: 24,
	DiagnosticInfo: 25,
	enumeration: 32,
	structure: 33,
} as const;

/** Names by number of a built-in type, as the standard writes them. */
export const TYPE_NAMES: readonly string[] = ["Null", ...Object.keys(TYPE).slice(0, 25)];

/** Bytes of the built-in types of fixed length, by number; 0 for the others. */
export const FIXED_SIZE: readonly number[] = [0, 1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 0, 8, 16, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0];

/** What the walk over a message keeps of a field, for operations. `begin` starts the next item. */
export const CAPTURE = {
	none: 0,
	node: 1,
	method: 2,
	attribute: 3,
	value: 4,
	status: 5,
	clientHandle: 6,
	itemId: 7,
	subscription: 8,
	/** One value of several that the item writes. */
	written: 9,
	begin: 16,
} as const;

/** How the fields of a structure stand on the wire (Part 6, 5.2.6 to 5.2.8). */
export const LAYOUT = {
	/** All of them, in order. */
	plain: 0,
	/** Behind a mask of those optional ones that are there. */
	withOptionalFields: 1,
	/** One of them, behind its number. */
	union: 2,
} as const;

export interface Field {
	readonly name: string;
	/** One of TYPE. */
	readonly type: number;
	readonly isArray: boolean;
	/** Bytes, for fixed lengths; 0 for the others. */
	readonly size: number;
	/** For TYPE.structure: filled once all are known. */
	structure: Structure | undefined;
	readonly enumeration: Enumeration | undefined;
	/** One of CAPTURE, perhaps with `begin`. */
	readonly capture: number;
	/** Of a structure with optional fields: it may be missing. */
	readonly isOptional: boolean;
}

export interface Structure {
	readonly name: string;
	/** Numeric id, in namespace 0, of its binary encoding; 0 for none. */
	readonly encodingId: number;
	readonly fields: readonly Field[];
	/** One of LAYOUT. Those of the standard's own that messages hold are all plain. */
	readonly layout: number;
	/** It is of a server's own, and its names are from the wire. */
	readonly isForeign: boolean;
}

export interface Enumeration {
	readonly isMask: boolean;
	readonly names: ReadonlyMap<number, string>;
}

/** What of which structure is kept, by `structure.field`. */
const CAPTURES: Readonly<Record<string, number>> = {
	"ReadValueId.nodeId": CAPTURE.node | CAPTURE.begin,
	"ReadValueId.attributeId": CAPTURE.attribute,
	"HistoryReadValueId.nodeId": CAPTURE.node | CAPTURE.begin,
	"WriteValue.nodeId": CAPTURE.node | CAPTURE.begin,
	"WriteValue.attributeId": CAPTURE.attribute,
	"WriteValue.value": CAPTURE.value,
	"CallMethodRequest.methodId": CAPTURE.method | CAPTURE.begin,
	"BrowseDescription.nodeId": CAPTURE.node | CAPTURE.begin,
	"BrowsePath.startingNode": CAPTURE.node | CAPTURE.begin,
	"RegisterNodesRequest.nodesToRegister": CAPTURE.node | CAPTURE.begin,
	"UnregisterNodesRequest.nodesToUnregister": CAPTURE.node | CAPTURE.begin,
	"RegisterNodesResponse.registeredNodeIds": CAPTURE.node | CAPTURE.begin,
	"DeleteNodesItem.nodeId": CAPTURE.node | CAPTURE.begin,
	"AddNodesItem.parentNodeId": CAPTURE.node | CAPTURE.begin,
	"AddReferencesItem.sourceNodeId": CAPTURE.node | CAPTURE.begin,
	"DeleteReferencesItem.sourceNodeId": CAPTURE.node | CAPTURE.begin,
	"UpdateDataDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"UpdateDataDetails.updateValues": CAPTURE.written,
	"UpdateStructureDataDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"UpdateEventDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"DeleteRawModifiedDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"DeleteAtTimeDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"DeleteEventDetails.nodeId": CAPTURE.node | CAPTURE.begin,
	"MonitoringParameters.clientHandle": CAPTURE.clientHandle,
	"MonitoredItemModifyRequest.monitoredItemId": CAPTURE.itemId | CAPTURE.begin,
	"MonitoredItemNotification.clientHandle": CAPTURE.clientHandle | CAPTURE.begin,
	"MonitoredItemNotification.value": CAPTURE.value,
	"EventFieldList.clientHandle": CAPTURE.clientHandle | CAPTURE.begin,
	"MonitoredItemCreateResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"MonitoredItemCreateResult.monitoredItemId": CAPTURE.itemId,
	"MonitoredItemModifyResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"DeleteMonitoredItemsRequest.monitoredItemIds": CAPTURE.itemId | CAPTURE.begin,
	"SetMonitoringModeRequest.monitoredItemIds": CAPTURE.itemId | CAPTURE.begin,
	"SetPublishingModeRequest.subscriptionIds": CAPTURE.itemId | CAPTURE.begin,
	"SetPublishingModeResponse.results": CAPTURE.status | CAPTURE.begin,
	"DeleteSubscriptionsRequest.subscriptionIds": CAPTURE.itemId | CAPTURE.begin,
	"TransferSubscriptionsRequest.subscriptionIds": CAPTURE.itemId | CAPTURE.begin,
	"ReadResponse.results": CAPTURE.value | CAPTURE.begin,
	"HistoryReadResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"HistoryUpdateResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"WriteResponse.results": CAPTURE.status | CAPTURE.begin,
	"CallMethodResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"BrowseResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"BrowsePathResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"AddNodesResult.statusCode": CAPTURE.status | CAPTURE.begin,
	"AddReferencesResponse.results": CAPTURE.status | CAPTURE.begin,
	"DeleteNodesResponse.results": CAPTURE.status | CAPTURE.begin,
	"DeleteReferencesResponse.results": CAPTURE.status | CAPTURE.begin,
	"DeleteMonitoredItemsResponse.results": CAPTURE.status | CAPTURE.begin,
	"SetMonitoringModeResponse.results": CAPTURE.status | CAPTURE.begin,
	"DeleteSubscriptionsResponse.results": CAPTURE.status | CAPTURE.begin,
	"CreateMonitoredItemsRequest.subscriptionId": CAPTURE.subscription,
	"ModifyMonitoredItemsRequest.subscriptionId": CAPTURE.subscription,
	"DeleteMonitoredItemsRequest.subscriptionId": CAPTURE.subscription,
	"SetMonitoringModeRequest.subscriptionId": CAPTURE.subscription,
	"CreateSubscriptionResponse.subscriptionId": CAPTURE.subscription,
	"PublishResponse.subscriptionId": CAPTURE.subscription,
	"RepublishRequest.subscriptionId": CAPTURE.subscription,
};

const lines = (table: string): string[] => table.trim().split("\n");

const enumerations = new Map<string, Enumeration & { size: number }>();
for (const line of lines(ENUMERATIONS)) {
	const [name, kind, bits, ...values] = line.split(" ");
	const names = new Map<number, string>();
	for (const value of values) {
		const equals = value.lastIndexOf("=");
		names.set(Number(value.slice(equals + 1)), value.slice(0, equals));
	}
	enumerations.set(name!, { isMask: kind === "mask", names, size: Number(bits) / 8 });
}

/** Every structure by its name. */
export const STRUCTURE_BY_NAME: ReadonlyMap<string, Structure> = (() => {
	const byName = new Map<string, Structure>();
	const types: Readonly<Record<string, number>> = TYPE;
	const pending: [Field, string][] = [];
	for (const line of lines(STRUCTURES)) {
		const [name, encodingId, ...texts] = line.split(" ");
		const fields = texts.map((text): Field => {
			const colon = text.indexOf(":");
			const isArray = text.endsWith("[]");
			const fieldName = text.slice(0, colon);
			const typeName = text.slice(colon + 1, isArray ? -2 : undefined);
			const enumeration = enumerations.get(typeName);
			const type = types[typeName] ?? (enumeration === undefined ? TYPE.structure : TYPE.enumeration);
			const field: Field = {
				name: fieldName,
				type,
				isArray,
				size: enumeration?.size ?? FIXED_SIZE[type] ?? 0,
				structure: undefined,
				enumeration,
				capture: CAPTURES[`${name}.${fieldName}`] ?? CAPTURE.none,
				isOptional: false,
			};
			if (type === TYPE.structure) pending.push([field, typeName]);
			return field;
		});
		byName.set(name!, { name: name!, encodingId: Number(encodingId), fields, layout: LAYOUT.plain, isForeign: false });
	}
	for (const [field, typeName] of pending) field.structure = byName.get(typeName);
	return byName;
})();

/** Structures by the node id of their binary encoding. */
export const STRUCTURE_BY_ID: ReadonlyMap<number, Structure> = new Map(
	[...STRUCTURE_BY_NAME.values()].filter((structure) => structure.encodingId > 0).map((structure) => [structure.encodingId, structure]),
);

/** What a data type of namespace 0 is encoded as. */
export interface DataType {
	/** One of TYPE. */
	readonly type: number;
	readonly size: number;
	readonly structure: Structure | undefined;
	readonly enumeration: Enumeration | undefined;
}

/** Data types of namespace 0 by their numeric id. */
export const DATA_TYPE_BY_ID: ReadonlyMap<number, DataType> = new Map(
	lines(DATA_TYPES).map((line): [number, DataType] => {
		const [id, name] = line.split(" ");
		const structure = STRUCTURE_BY_NAME.get(name!);
		const enumeration = enumerations.get(name!);
		const type = (TYPE as Readonly<Record<string, number>>)[name!] ?? (structure === undefined ? TYPE.enumeration : TYPE.structure);
		return [Number(id), { type, size: enumeration?.size ?? FIXED_SIZE[type] ?? 0, structure, enumeration }];
	}),
);

/** One service of Part 4 and what its two messages hold. */
export interface Service {
	/** As Part 4 names it, e.g. `Read`. */
	readonly name: string;
	/** Node id of the encoding of its request: the number of the service everywhere here. */
	readonly id: number;
	readonly request: Structure;
	/** A ServiceFault has no request of its own. */
	readonly response: Structure;
}

/** A known message: which service, which half of it. */
export interface MessageKind {
	readonly service: Service;
	readonly structure: Structure;
	readonly isRequest: boolean;
}

/** Part 4, 7.34: what any service answers with when it fails. */
export const SERVICE_FAULT = 397;

/** All services, by the name of Part 4. */
export const SERVICES: ReadonlyMap<string, Service> = new Map(
	[...STRUCTURE_BY_NAME.values()]
		.filter((structure) => structure.name.endsWith("Request") && structure.fields[0]?.name === "requestHeader")
		.map((request) => {
			const name = request.name.slice(0, -"Request".length);
			return [name, { name, id: request.encodingId, request, response: STRUCTURE_BY_NAME.get(`${name}Response`)! }];
		}),
);

const fault = STRUCTURE_BY_ID.get(SERVICE_FAULT)!;

/** Messages by the node id of their encoding, below 65536: an array, as it is asked for every message. */
const messages: (MessageKind | undefined)[] = [];
for (const service of SERVICES.values()) {
	messages[service.id] = { service, structure: service.request, isRequest: true };
	messages[service.response.encodingId] = { service, structure: service.response, isRequest: false };
}
messages[SERVICE_FAULT] = {
	service: { name: "ServiceFault", id: SERVICE_FAULT, request: fault, response: fault },
	structure: fault,
	isRequest: false,
};
const MESSAGES: readonly (MessageKind | undefined)[] = Array.from({ length: messages.length }, (_, id) => messages[id]);

export const messageKind = (encodingId: number): MessageKind | undefined => MESSAGES[encodingId];

/** What stands before a message that belongs to no session (Part 4, 6.3: SessionlessInvoke). */
export interface Envelope {
	readonly structure: Structure;
	readonly isRequest: boolean;
}

/** Envelopes by the node id of their encoding, and by that of their data type, which some stacks write. */
const ENVELOPES: ReadonlyMap<number, Envelope> = (() => {
	const byId = new Map<number, Envelope>();
	for (const name of ["SessionlessInvokeRequestType", "SessionlessInvokeResponseType"]) {
		const structure = STRUCTURE_BY_NAME.get(name)!;
		const envelope = { structure, isRequest: name.includes("Request") };
		byId.set(structure.encodingId, envelope);
		for (const [id, dataType] of DATA_TYPE_BY_ID) if (dataType.structure === structure) byId.set(id, envelope);
	}
	return byId;
})();

export const envelopeOf = (id: number): Envelope | undefined => (id < LEAST_ENVELOPE ? undefined : ENVELOPES.get(id));
const LEAST_ENVELOPE = Math.min(...ENVELOPES.keys());

/**
 * The message in an envelope: `serviceId` is the id of its data type (Part 4, 6.3.2); that of its encoding is understood too. Undefined for
 * services that cannot be called without a session.
 */
export function enclosedKind(serviceId: number): MessageKind | undefined {
	const kind = messageKind(DATA_TYPE_BY_ID.get(serviceId)?.structure?.encodingId ?? serviceId);
	return kind !== undefined && SESSIONLESS.has(kind.service.id) ? kind : undefined;
}

/** True where a message may begin with this id. */
export const isMessageId = (id: number): boolean => messageKind(id) !== undefined || envelopeOf(id) !== undefined;

const serviceId = (name: string): number => SERVICES.get(name)!.id;

/** The services that the program itself acts on, by the encoding id of the request. */
export const SERVICE = {
	openSecureChannel: serviceId("OpenSecureChannel"),
	closeSecureChannel: serviceId("CloseSecureChannel"),
	findServers: serviceId("FindServers"),
	findServersOnNetwork: serviceId("FindServersOnNetwork"),
	getEndpoints: serviceId("GetEndpoints"),
	registerServer: serviceId("RegisterServer"),
	registerServer2: serviceId("RegisterServer2"),
	createSession: serviceId("CreateSession"),
	activateSession: serviceId("ActivateSession"),
	closeSession: serviceId("CloseSession"),
	cancel: serviceId("Cancel"),
	addNodes: serviceId("AddNodes"),
	addReferences: serviceId("AddReferences"),
	deleteNodes: serviceId("DeleteNodes"),
	deleteReferences: serviceId("DeleteReferences"),
	browse: serviceId("Browse"),
	browseNext: serviceId("BrowseNext"),
	translateBrowsePaths: serviceId("TranslateBrowsePathsToNodeIds"),
	registerNodes: serviceId("RegisterNodes"),
	unregisterNodes: serviceId("UnregisterNodes"),
	queryFirst: serviceId("QueryFirst"),
	queryNext: serviceId("QueryNext"),
	read: serviceId("Read"),
	historyRead: serviceId("HistoryRead"),
	write: serviceId("Write"),
	historyUpdate: serviceId("HistoryUpdate"),
	call: serviceId("Call"),
	createMonitoredItems: serviceId("CreateMonitoredItems"),
	modifyMonitoredItems: serviceId("ModifyMonitoredItems"),
	setMonitoringMode: serviceId("SetMonitoringMode"),
	setTriggering: serviceId("SetTriggering"),
	deleteMonitoredItems: serviceId("DeleteMonitoredItems"),
	createSubscription: serviceId("CreateSubscription"),
	modifySubscription: serviceId("ModifySubscription"),
	setPublishingMode: serviceId("SetPublishingMode"),
	publish: serviceId("Publish"),
	republish: serviceId("Republish"),
	transferSubscriptions: serviceId("TransferSubscriptions"),
	deleteSubscriptions: serviceId("DeleteSubscriptions"),
} as const;

/** Part 4, 6.3.1: View (registration apart), Attribute, Method, NodeManagement and Query; and the two that any such endpoint has. */
const SESSIONLESS: ReadonlySet<number> = new Set([
	SERVICE.getEndpoints,
	SERVICE.findServers,
	SERVICE.addNodes,
	SERVICE.addReferences,
	SERVICE.deleteNodes,
	SERVICE.deleteReferences,
	SERVICE.browse,
	SERVICE.browseNext,
	SERVICE.translateBrowsePaths,
	SERVICE.queryFirst,
	SERVICE.queryNext,
	SERVICE.read,
	SERVICE.historyRead,
	SERVICE.write,
	SERVICE.historyUpdate,
	SERVICE.call,
	SERVICE_FAULT,
]);

/** Status codes by their upper 16 bits (Part 4, 7.39). */
const STATUS_NAMES: ReadonlyMap<number, string> = new Map(
	lines(STATUS_CODES).map((line) => [Number.parseInt(line.slice(0, 4), 16), line.slice(5)]),
);

/** A status is bad when its two upper bits are 10 (11 is reserved, and taken for bad). */
export const isBad = (status: number): boolean => status >>> 31 === 1;

export const statusName = (status: number): string =>
	STATUS_NAMES.get(status >>> 16) ?? (isBad(status) ? "Bad" : status >>> 30 === 1 ? "Uncertain" : "Good");

export const statusHex = (status: number): string => `0x${(status >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;

export const statusValue = (name: string): number => {
	for (const [upper, known] of STATUS_NAMES) if (known === name) return upper * 0x10000;
	return 0;
};

/** Item status codes of a Read that refuse the read itself; other bad ones tell of the value's quality. */
export const READ_REFUSALS: ReadonlySet<number> = new Set(
	[
		"BadNodeIdInvalid",
		"BadNodeIdUnknown",
		"BadAttributeIdInvalid",
		"BadIndexRangeInvalid",
		"BadIndexRangeNoData",
		"BadDataEncodingInvalid",
		"BadDataEncodingUnsupported",
		"BadNotReadable",
		"BadUserAccessDenied",
		"BadSecurityModeInsufficient",
	].map((name) => statusValue(name) >>> 16),
);

const upper = (...names: readonly string[]): ReadonlySet<number> => new Set(names.map((name) => statusValue(name) >>> 16));

/** By which a server refuses who somebody says to be, by their upper 16 bits. */
export const LOGIN_REFUSALS: ReadonlySet<number> = upper(
	"BadIdentityTokenInvalid",
	"BadIdentityTokenRejected",
	"BadUserAccessDenied",
	"BadUserSignatureInvalid",
);
/** By which it says that it has no room for another one. */
export const ROOM_REFUSALS: ReadonlySet<number> = upper(
	"BadTooManySessions",
	"BadTcpServerTooBusy",
	"BadTcpNotEnoughResources",
	"BadTooManySubscriptions",
	"BadTooManyMonitoredItems",
	"BadOutOfMemory",
);

/** Attribute ids (Part 6, A.1). */
export const ATTRIBUTES: readonly string[] =
	" NodeId NodeClass BrowseName DisplayName Description WriteMask UserWriteMask IsAbstract Symmetric InverseName ContainsNoLoops EventNotifier Value DataType ValueRank ArrayDimensions AccessLevel UserAccessLevel MinimumSamplingInterval Historizing Executable UserExecutable DataTypeDefinition RolePermissions UserRolePermissions AccessRestrictions AccessLevelEx".split(
		" ",
	);
export const EVENT_NOTIFIER_ATTRIBUTE = 12;
export const VALUE_ATTRIBUTE = 13;

export const attributeName = (id: number): string => ATTRIBUTES[id] || `attribute${id}`;

/** Names of the nodes that every server may have in namespace 0, by numeric id. */
export const STANDARD_NODE_NAMES: ReadonlyMap<number, string> = new Map(
	lines(STANDARD_NODES).map((line) => {
		const space = line.indexOf(" ");
		return [Number(line.slice(0, space)), line.slice(space + 1)];
	}),
);

/** One argument of a method. */
export interface Argument {
	readonly name: string;
	/** Node id of its data type. */
	readonly dataType: string;
}

/** Arguments of the standard's own methods, by node id: what is asked for, and what comes back. */
export const STANDARD_METHODS: ReadonlyMap<string, { readonly input: readonly Argument[]; readonly output: readonly Argument[] }> = new Map(
	lines(METHODS).map((line) => {
		const [id, ...words] = line.split(" ");
		const middle = words.indexOf(">");
		const argument = (word: string): Argument => {
			const colon = word.indexOf(":");
			return { name: word.slice(0, colon), dataType: `i=${word.slice(colon + 1)}` };
		};
		return [`i=${id}`, { input: words.slice(0, middle).map(argument), output: words.slice(middle + 1).map(argument) }];
	}),
);

/** Methods whose arguments are passwords and keys: what they carry is never shown. */
export const SECRET_METHODS: ReadonlySet<number> = new Set(
	[...STANDARD_NODE_NAMES]
		.filter(([, name]) => /_(AddUser|ModifyUser|ChangePassword|SetSecurityKeys|GetSecurityKeys|UpdateCertificate)$/.test(name))
		.map(([id]) => id),
);

/** Security policies (Part 7) are named by the fragment of their URI. */
export const POLICY_PREFIX = "http://opcfoundation.org/UA/SecurityPolicy#";
export const policyName = (uri: string): string => (uri.startsWith(POLICY_PREFIX) ? uri.slice(POLICY_PREFIX.length) : uri);

/** OPC 10000-7: their key wrapping or signature rests on SHA-1 or RSA-PKCS#1 1.5; deprecated since 1.04. */
export const OLD_POLICIES: ReadonlySet<string> = new Set(["Basic128Rsa15", "Basic256"]);

/** Bytes of the symmetric signature by policy (Part 7, "SymmetricSignatureAlgorithm"): what ends a message that is signed and not encrypted. */
export const SIGNATURE_SIZE: Readonly<Record<string, number>> = {
	Basic128Rsa15: 20,
	Basic256: 20,
	Basic256Sha256: 32,
	Aes128_Sha256_RsaOaep: 32,
	Aes256_Sha256_RsaPss: 32,
	ECC_nistP256: 32,
	ECC_nistP384: 48,
	ECC_brainpoolP256r1: 32,
	ECC_brainpoolP384r1: 48,
	ECC_curve25519: 16,
	ECC_curve448: 16,
};
/** Where the policy was not seen: any of them. */
export const SIGNATURE_SIZES: readonly number[] = [...new Set(Object.values(SIGNATURE_SIZE))];
