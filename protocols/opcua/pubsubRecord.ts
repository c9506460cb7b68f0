/** A PubSub observation as the fields of a `decode` line. */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { hexOf as hex } from "../../src/wire/text.ts";
import { STRUCTURE_BY_NAME, TYPE, TYPE_NAMES } from "./codes.ts";
import { type Nested, Nester, status } from "./nested.ts";
import { RAW_ARRAY } from "./pubsub.ts";
import { ANNOUNCEMENT, DATA_SET_TYPES, ENCODING, ENCODING_NAMES } from "./pubsubCodes.ts";
import type { DataSet, PubSubObservation } from "./pubsubObservation.ts";
import { Items, Walk } from "./walk.ts";

/** Values of one JSON message, and characters of each text, that are in its line. */
const MAX_VALUES = 10_000;
const MAX_TEXT = 4096;
/** Bytes of data that could not be told apart that are shown. */
const MAX_HEX = 64;
/** Elements of one list. */
const MAX_ELEMENTS = 1000;

const seconds = (micros: number): number => Math.round(micros) / 1e6;

export function pubSubRecord(o: PubSubObservation): Record<string, unknown> {
	const out: Record<string, unknown> = { mapping: o.mapping, sender: o.isFromServer ? "server" : "client" };
	if (o.topic !== "") out.topic = o.topic;
	if (o.isCopy) out.copy = true;
	out.size = o.size;
	if (o.chunks > 1) out.chunks = o.chunks;
	if (o.messageId !== "") out.messageId = o.messageId;
	if (o.publisherId !== "") out.publisherId = o.publisherId;
	if (o.dataSetClassId !== "") out.dataSetClassId = o.dataSetClassId;
	if (o.writerGroupId >= 0) out.writerGroupId = o.writerGroupId;
	if (o.writerGroupName !== "") out.writerGroupName = o.writerGroupName;
	if (o.groupVersion >= 0) out.groupVersion = o.groupVersion;
	if (o.networkMessageNumber >= 0) out.networkMessageNumber = o.networkMessageNumber;
	if (o.sequenceNumber >= 0) out.sequenceNumber = o.sequenceNumber;
	if (!Number.isNaN(o.timestamp)) out.timestamp = seconds(o.timestamp);
	if (o.picoSeconds >= 0) out.picoSeconds = o.picoSeconds;
	if (o.kind === "malformed") {
		out.reason = o.reason;
		return out;
	}
	if (o.mapping === "uadp") {
		out.securityMode = o.isEncrypted ? "SignAndEncrypt" : o.isSigned ? "Sign" : "None";
		if (o.hasSecurityHeader && o.isSigned) {
			out.securityTokenId = o.tokenId;
			out.nonceLength = o.nonceLength;
			if (o.footerSize > 0) out.securityFooterSize = o.footerSize;
			if (o.isKeyReset) out.forceKeyReset = true;
		}
		if (o.promotedEnd > o.promotedStart) out.promotedFields = promoted(o);
	}
	if (o.kind === "chunk") {
		out.messageSequenceNumber = o.chunkSequence;
		out.chunkOffset = o.chunkOffset;
		out.totalSize = o.chunkTotal;
	}
	if (o.information !== "") out.information = o.information;
	if (o.kind === "announcement" && o.mapping === "uadp") announcement(o, out);
	else if (o.kind === "probe" && o.mapping === "uadp") probed(o, out);
	if (o.content !== undefined) out.content = new Copy().of(o.content);
	if (o.kind === "data") {
		if (o.writerCount > 0 && o.dataSetCount === 0) out.dataSetWriterIds = Array.from(o.writerIds.subarray(0, o.writerCount));
		if (o.dataSetCount > 0) out.messages = Array.from({ length: o.dataSetCount }, (_, index) => dataSet(o, o.dataSets[index]!));
		if (o.isCut) out.truncated = true;
	}
	if (o.sharedWith !== undefined) out.sharedWith = { ...o.sharedWith };
	if (o.conflict !== undefined)
		out.conflict = { kind: o.conflict.kind, frame: o.conflict.frame, sequenceNumber: o.conflict.sequenceNumber };
	if (o.downgrade !== undefined) out.downgrade = { ...o.downgrade };
	return out;
}

function dataSet(o: PubSubObservation, one: DataSet): Nested {
	const out: Nested = {};
	if (one.writerId >= 0) out.dataSetWriterId = one.writerId;
	if (one.writerName !== "") out.dataSetWriterName = one.writerName;
	if (one.name !== "") out.dataSet = one.name;
	if (!one.isValid) {
		out.valid = false;
		return out;
	}
	out.type = DATA_SET_TYPES[one.type] ?? `type ${one.type}`;
	if (one.encoding >= 0) out.fieldEncoding = ENCODING_NAMES[one.encoding];
	if (one.sequenceNumber >= 0) out.sequenceNumber = one.sequenceNumber;
	if (!Number.isNaN(one.timestamp)) out.timestamp = seconds(one.timestamp);
	if (one.picoSeconds >= 0) out.picoSeconds = one.picoSeconds;
	if (one.status >= 0) out.status = status(one.status);
	if (one.majorVersion >= 0 || one.minorVersion >= 0)
		out.metaDataVersion = {
			...(one.majorVersion >= 0 && { major: one.majorVersion }),
			...(one.minorVersion >= 0 && { minor: one.minorVersion }),
		};
	if (one.rawAt >= 0) {
		out.length = one.end - one.rawAt;
		out.bytes = hexOf(o.bytes, one.rawAt, one.end);
	}
	if (one.fieldCount > 0) {
		const copy = new Copy();
		out.fields = Array.from({ length: one.fieldCount }, (_, index) => field(o, one, one.firstField + index, copy));
	}
	return out;
}

function field(o: PubSubObservation, one: DataSet, place: number, copy: Copy): Nested {
	const name = o.fieldNames[place];
	const out: Nested = { index: o.fieldIndex[place]!, ...(name !== undefined && { name }) };
	if (o.mapping === "json") {
		out.value = copy.of(o.fieldValues[place]);
		return out;
	}
	const nester = new Nester(o.bytes, o.fieldAt[place]!, one.end, o.certificateAt);
	if (one.encoding !== ENCODING.rawData) return { ...out, ...(nester.readValue(o.fieldType[place]!) as Nested) };
	const type = o.fieldType[place]! & ~RAW_ARRAY;
	if ((o.fieldType[place]! & RAW_ARRAY) === 0) return { ...out, type: TYPE_NAMES[type], value: nester.readValue(type) };
	const count = nester.readValue(TYPE.Int32) as number;
	const value = Array.from({ length: Math.max(0, Math.min(count, MAX_ELEMENTS)) }, () => nester.readValue(type));
	return { ...out, type: `${TYPE_NAMES[type]}[]`, value };
}

/** Promoted fields (7.2.4.4.2) are Variants one behind the other. */
function promoted(o: PubSubObservation): unknown {
	const walk = new Walk(new Items());
	const fields: unknown[] = [];
	walk.reset(o.bytes, o.promotedStart, o.promotedEnd);
	while (walk.at < o.promotedEnd && fields.length < MAX_ELEMENTS) {
		const at = walk.at;
		walk.variant();
		if (walk.failure !== undefined) return { bytes: hexOf(o.bytes, o.promotedStart, o.promotedEnd) };
		fields.push(new Nester(o.bytes, at, o.promotedEnd, o.certificateAt).readValue(TYPE.Variant));
	}
	return fields;
}

/** 7.2.4.6.4 to 7.2.4.6.9: what is known of an announcement, as nested records. */
function announcement(o: PubSubObservation, out: Record<string, unknown>): void {
	if (o.announcementSequence < 0) return;
	out.announcementSequence = o.announcementSequence;
	const { bytes, bodyEnd } = o;
	const at = o.bodyStart + 3;
	const nested = (from: number, name: string): Nested =>
		new Nester(bytes, from, bodyEnd, o.certificateAt).read(STRUCTURE_BY_NAME.get(name)!, 0);
	switch (o.announcementType) {
		case ANNOUNCEMENT.metaData:
			out.dataSetWriterId = u16le(bytes, at);
			out.metaData = nested(at + 2, "DataSetMetaDataType");
			break;
		case ANNOUNCEMENT.endpoints:
			// The first of them was read; a null list has the length -1.
			out.endpoints = Math.max(0, u32le(bytes, at) | 0);
			if (out.endpoints !== 0) out.endpoint = nested(at + 4, "EndpointDescription");
			break;
		case ANNOUNCEMENT.application:
			if (u16le(bytes, at) === 1) out.application = nested(at + 2, "ApplicationDescription");
			break;
		default:
			out.length = bodyEnd - at;
	}
}

/** 7.2.4.6.12.4: for which writers a probe asks. */
function probed(o: PubSubObservation, out: Record<string, unknown>): void {
	const at = o.bodyStart + 2;
	const kind = u8(o.bytes, o.bodyStart + 1);
	if (u8(o.bytes, o.bodyStart) !== 1 || (kind !== 2 && kind !== 3) || o.bodyEnd - at < 4) return;
	const count = Math.min(u32le(o.bytes, at) | 0, (o.bodyEnd - at - 4) >> 1, MAX_ELEMENTS);
	if (count > 0) out.dataSetWriterIds = Array.from({ length: count }, (_, index) => u16le(o.bytes, at + 4 + 2 * index));
}

const hexOf = (bytes: Uint8Array, start: number, end: number): string =>
	end - start <= MAX_HEX ? hex(bytes, start, end) : `${hex(bytes, start, start + MAX_HEX)}… (${end - start} bytes)`;

/** A bounded copy of a parsed JSON value. */
class Copy {
	#left = MAX_VALUES;

	of(value: unknown): unknown {
		if (--this.#left < 0) return "…";
		if (typeof value === "string") return value.length <= MAX_TEXT ? value : `${value.slice(0, MAX_TEXT)}…`;
		if (Array.isArray(value)) return value.slice(0, Math.max(0, this.#left)).map((one) => this.of(one));
		if (typeof value !== "object" || value === null) return value;
		const out: Nested = {};
		for (const [key, one] of Object.entries(value)) {
			if (this.#left < 0) break;
			out[key.slice(0, MAX_TEXT)] = this.of(one);
		}
		return out;
	}
}
