/**
 * The JSON mapping of PubSub (OPC 10000-14 1.05, 7.2.5): a NetworkMessage with its header, one DataSetMessage, several of them, or, where the topic says that it is one, a bare payload.
 * Values are plain, or objects as the reversible encodings write them (1.04: `Type` and `Body`; 1.05: `UaType` and `Value`). The text is bounded before it is parsed.
 */
import { JSON_DATA_SET_TYPES, JSON_TYPES, PUBSUB_REASONS } from "./pubsubCodes.ts";
import type { FieldMeta, MetaData } from "./pubsubMemory.ts";
import type { PubSubObservation } from "./pubsubObservation.ts";

/** Bytes of a message that is parsed. Brokers pass on more; real messages have some thousand. */
export const MAX_JSON = 1 << 18;
/** Nesting of a message that is parsed: network message, data set, field, value, structure and what it holds. */
const MAX_DEPTH = 32;
/** Characters of one name or id that are kept. */
const MAX_NAME = 256;
/** Fields of one description that are kept. */
export const MAX_META_FIELDS = 2048;
/** Built-in types whose text is a number (Part 6, 5.4.2.3): Int64 and UInt64. */
const LONG_TYPES: ReadonlySet<unknown> = new Set([8, 9]);

const DECODER = new TextDecoder();

export type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string =>
	typeof value === "string" ? value.slice(0, MAX_NAME) : typeof value === "number" ? String(value) : "";
const countOf = (value: unknown): number => {
	const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
	return typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 0xffffffff ? number : -1;
};
/** Microseconds of an ISO 8601 time; NaN for none. */
const timeOf = (value: unknown): number => (typeof value === "string" ? Date.parse(value) * 1000 : Number.NaN);

/** First byte behind blanks and a byte order mark. */
export function firstOf(bytes: Uint8Array, start: number, end: number): number {
	let at = start;
	if (bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3;
	while (at < end && (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d)) at++;
	return at < end ? bytes[at]! : -1;
}

/** True where brackets outside of texts are not nested too deep. */
function isShallow(bytes: Uint8Array, start: number, end: number): boolean {
	let depth = 0;
	let isText = false;
	for (let at = start; at < end; at++) {
		const byte = bytes[at]!;
		if (isText) {
			if (byte === 0x5c) at++;
			else if (byte === 0x22) isText = false;
		} else if (byte === 0x22) isText = true;
		else if (byte === 0x7b || byte === 0x5b) {
			if (++depth > MAX_DEPTH) return false;
		} else if (byte === 0x7d || byte === 0x5d) depth--;
	}
	return true;
}

/** The JSON text as a value, or the reason why not. */
export function parseJson(bytes: Uint8Array, start: number, end: number): { value: unknown; reason: string } {
	if (!isShallow(bytes, start, end)) return { value: undefined, reason: PUBSUB_REASONS.depth };
	try {
		return { value: JSON.parse(DECODER.decode(bytes.subarray(start, end))), reason: "" };
	} catch {
		return { value: undefined, reason: PUBSUB_REASONS.json };
	}
}

/** Reads a parsed message into an observation. `isData` where the topic says that it is a data message without headers. False where it is no message. */
export function readJson(value: unknown, isData: boolean, o: PubSubObservation): boolean {
	o.mapping = "json";
	if (Array.isArray(value)) {
		for (const one of value) if (isObject(one)) dataSet(one, o);
		return o.dataSetCount > 0;
	}
	if (!isObject(value)) return false;
	const messageType = value.MessageType;
	const information = typeof messageType === "string" ? JSON_TYPES[messageType] : undefined;
	o.messageId = textOf(value.MessageId);
	o.publisherId = textOf(value.PublisherId);
	o.writerGroupName = textOf(value.WriterGroupName);
	o.dataSetClassId = textOf(value.DataSetClassId);
	o.timestamp = timeOf(value.Timestamp);
	if (information === "data") {
		const { Messages: messages } = value;
		if (Array.isArray(messages)) {
			for (const one of messages) if (isObject(one)) dataSet(one, o);
		} else if (isObject(messages)) dataSet(messages, o);
		return true;
	}
	if (information !== undefined) {
		o.kind =
			information.startsWith("Action") && information !== "ActionMetaData" && information !== "ActionResponderConfiguration"
				? "action"
				: "announcement";
		o.information = information;
		const { MessageId: _id, MessageType: _type, PublisherId: _publisher, Timestamp: _time, ...content } = value;
		o.content = content;
		const described = isObject(value.Description) ? value.Description : undefined;
		if (information === "ApplicationInformation" && described !== undefined) {
			o.applicationName = isObject(described.ApplicationName) ? textOf(described.ApplicationName.Text) : textOf(described.ApplicationName);
			o.applicationUri = textOf(described.ApplicationUri);
		}
		return true;
	}
	if (isObject(value.Payload) || (typeof messageType === "string" && JSON_DATA_SET_TYPES[messageType] !== undefined)) {
		o.publisherId = textOf(value.PublisherId);
		dataSet(value, o);
		return true;
	}
	if (!isData) return false;
	dataSet({ Payload: value }, o);
	return true;
}

/** 7.2.5.4. Without its header the object is the payload. */
function dataSet(value: Json, o: PubSubObservation): void {
	const hasHeader =
		isObject(value.Payload) ||
		value.DataSetWriterId !== undefined ||
		value.DataSetWriterName !== undefined ||
		value.MessageType !== undefined;
	const one = o.addDataSet();
	if (one === undefined) return;
	const header: Json = hasHeader ? value : {};
	one.writerId = countOf(header.DataSetWriterId);
	one.writerName = textOf(header.DataSetWriterName) || (one.writerId < 0 ? textOf(header.DataSetWriterId) : "");
	one.sequenceNumber = countOf(header.SequenceNumber);
	one.timestamp = timeOf(header.Timestamp);
	const status = isObject(header.Status) ? header.Status.Code : header.Status;
	one.status = countOf(status);
	const version = isObject(header.MetaDataVersion) ? header.MetaDataVersion : {};
	one.majorVersion = countOf(version.MajorVersion);
	one.minorVersion = countOf(version.MinorVersion ?? header.MinorVersion);
	if (o.publisherId === "") o.publisherId = textOf(header.PublisherId);
	if (o.writerGroupName === "") o.writerGroupName = textOf(header.WriterGroupName);
	const payload = hasHeader ? value.Payload : value;
	const { MessageType: type } = header;
	one.type = typeof type === "string" ? (JSON_DATA_SET_TYPES[type] ?? 0) : isObject(payload) ? 0 : 3;
	if (!isObject(payload)) return;
	let index = 0;
	for (const name of Object.keys(payload)) {
		const field = payload[name];
		const { number, status: fieldStatus } = scalarOf(field, undefined);
		if (!o.addField(one, index++, 0, 0, number, fieldStatus)) return;
		o.fieldNames.push(name.slice(0, MAX_NAME));
		o.fieldValues.push(field);
	}
}

/** The number behind a value, NaN where it is none, and its status. */
function scalarOf(value: unknown, type: unknown): { number: number; status: number } {
	if (typeof value === "number") return { number: value, status: 0 };
	if (typeof value === "boolean") return { number: value ? 1 : 0, status: 0 };
	if (typeof value === "string")
		return { number: LONG_TYPES.has(type) && /^-?\d{1,20}$/.test(value) ? Number(value) : Number.NaN, status: 0 };
	if (!isObject(value)) return { number: Number.NaN, status: 0 };
	const own = value.Type ?? value.UaType ?? type;
	const inner = "Body" in value ? value.Body : "Value" in value ? value.Value : undefined;
	const code = isObject(value.StatusCode)
		? value.StatusCode.Code
		: isObject(value.Status)
			? value.Status.Code
			: (value.StatusCode ?? value.Status);
	const status = Math.max(0, countOf(code));
	// A DataValue holds a Variant: two deep, no more.
	if (isObject(inner)) return { number: type === undefined ? scalarOf(inner, own ?? 0).number : Number.NaN, status };
	return { number: scalarOf(inner, own).number, status };
}

/** The description in an `ua-metadata` message (7.2.5.5.2); undefined where it has none. */
export function metaDataOf(content: unknown): MetaData | undefined {
	const metaData = isObject(content) ? content.MetaData : undefined;
	if (!isObject(metaData)) return undefined;
	const version = isObject(metaData.ConfigurationVersion) ? metaData.ConfigurationVersion : {};
	const fields = Array.isArray(metaData.Fields) ? metaData.Fields : [];
	return {
		name: textOf(metaData.Name),
		majorVersion: countOf(version.MajorVersion),
		minorVersion: countOf(version.MinorVersion),
		fields: fields
			.slice(0, MAX_META_FIELDS)
			.filter(isObject)
			.map((field): FieldMeta => {
				const dimensions = Array.isArray(field.ArrayDimensions) ? field.ArrayDimensions : [];
				return {
					name: textOf(field.Name),
					type: countOf(field.BuiltInType),
					valueRank: typeof field.ValueRank === "number" ? field.ValueRank : -1,
					maxStringLength: Math.max(0, countOf(field.MaxStringLength)),
					arrayLength: Math.max(0, countOf(dimensions[0])),
				};
			}),
		isNews: true,
	};
}
