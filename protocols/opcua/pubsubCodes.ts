/** Words of OPC UA PubSub (OPC 10000-14, 7.2.4 and 7.2.5). */

/** NetworkMessage types of UADP (ExtendedFlags2, bits 2 to 4). */
export const NETWORK_TYPE = { data: 0, probe: 1, announcement: 2 } as const;

/** DataSetMessage types (DataSetFlags2, bits 0 to 3); JSON names them `ua-keyframe` and so on. */
export const DATA_SET_TYPES: readonly string[] = ["keyFrame", "deltaFrame", "event", "keepAlive", "actionRequest", "actionResponse"];
export const DATA_SET_TYPE = { keyFrame: 0, deltaFrame: 1, event: 2, keepAlive: 3 } as const;
export const JSON_DATA_SET_TYPES: Readonly<Record<string, number>> = {
	"ua-keyframe": DATA_SET_TYPE.keyFrame,
	"ua-deltaframe": DATA_SET_TYPE.deltaFrame,
	"ua-event": DATA_SET_TYPE.event,
	"ua-keepalive": DATA_SET_TYPE.keepAlive,
};

/** How the fields of a DataSetMessage are encoded (DataSetFlags1, bits 1 and 2). */
export const ENCODING = { variant: 0, rawData: 1, dataValue: 2 } as const;
export const ENCODING_NAMES: readonly string[] = ["Variant", "RawData", "DataValue"];

/** Announcements (7.2.4.6.3). */
export const ANNOUNCEMENT = { endpoints: 1, metaData: 2, writers: 3, connections: 4, application: 5 } as const;
export const ANNOUNCEMENT_NAMES: readonly string[] = [
	"reserved",
	"PublisherEndpoints",
	"DataSetMetaData",
	"DataSetWriterConfiguration",
	"PubSubConnectionConfiguration",
	"ApplicationInformation",
	"ActionResponderConfiguration",
	"ActionMetaData",
];
/** What a probe of a publisher asks for (7.2.4.6.12.4). */
export const INFORMATION_NAMES: readonly string[] = [
	"reserved",
	"PublisherEndpoints",
	"DataSetMetaData",
	"DataSetWriterConfiguration",
	"WriterGroupConfiguration",
	"PubSubConnectionConfiguration",
];

/** MessageType of a JSON NetworkMessage (7.2.5, table "MessageType mapping"). */
export const JSON_TYPES: Readonly<Record<string, string>> = {
	"ua-data": "data",
	"ua-metadata": "DataSetMetaData",
	"ua-application": "ApplicationInformation",
	"ua-endpoints": "PublisherEndpoints",
	"ua-status": "Status",
	"ua-connection": "PubSubConnectionConfiguration",
	"ua-action-request": "ActionRequest",
	"ua-action-response": "ActionResponse",
	"ua-action-metadata": "ActionMetaData",
	"ua-action-responder": "ActionResponderConfiguration",
};

/** Code of the one operation of PubSub. Services are numbered by their encodings, which begin far above. */
export const PUBLISH_DATA_SET = 1;

/** Points are named `pubsub:PUBLISHER/GROUP/WRITER/FIELD`. */
export const POINT_PREFIX = "pubsub:";

/** Why a message cannot be read: fixed words, beside those of the walk. */
export const PUBSUB_REASONS = {
	header: "a NetworkMessage header that is no UADP",
	reserved: "reserved bits in the flags",
	sizes: "sizes of the data sets that do not fit the payload",
	empty: "a payload header without data sets",
	chunk: "a chunk beyond the end of its message",
	padding: "bytes after the last field",
	json: "text that is no JSON",
	depth: "JSON nested too deep",
	shape: "JSON that is no NetworkMessage",
} as const;
