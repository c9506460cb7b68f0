/**
 * The body of a message as one nested record, for people: node ids as text, values with their types, status codes with their names. Reads only what a walk
 * has found whole. Output is bounded: so many values, so much of each text; what is left out is said.
 */
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import { u16le, u32le } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import {
	attributeName,
	type Field,
	LAYOUT,
	SECRET_METHODS,
	STRUCTURE_BY_ID,
	type Structure,
	statusName,
	TYPE,
	TYPE_NAMES,
	VALUE_ATTRIBUTE,
} from "./codes.ts";
import { type Definitions, explain } from "./definitions.ts";
import type { Subscription } from "./memory.ts";
import { fieldNames } from "./names.ts";
import { certificateFields, guidText, nodeIdText, utf8 } from "./text.ts";
import { Items, standardId, Walk } from "./walk.ts";

/** Values of one record. A Read of 1000 nodes with times has about 10,000. */
const MAX_VALUES = 50_000;
/** Bytes of one text, and of one byte string. */
const MAX_TEXT_BYTES = 4096;
const MAX_HEX_BYTES = 64;
/** Part 6, 5.1.10: its type id is that of the data type itself. A longer number stays bytes; a bigger scale is written as an exponent. */
const DECIMAL = 50;
const MAX_DECIMAL_BYTES = 64;
const MAX_DECIMAL_SCALE = 128;

/** Structures of a server's own, one within the value of another: each is walked before it is read. */
const MAX_FOREIGN_NESTING = 8;

export type Nested = Record<string, unknown>;

/** Nothing is kept while a record is made. */
const NO_ITEMS = new Items();

/** What stands where a secret was. */
export const PRESENT = "(present)";
const SECRETS: ReadonlySet<string> = new Set([
	"UserNameIdentityToken.password",
	"IssuedIdentityToken.tokenData",
	"CreateSessionResponse.authenticationToken",
	"RequestHeader.authenticationToken",
]);
const CERTIFICATE_FIELDS = /[cC]ertificate$|^certificateData$/;

export const status = (code: number): Nested => ({ name: statusName(code), code });

export class Nester {
	/** True when not all is in the record. */
	isCut = false;
	/** Names the items of a Publish. */
	subscription: Subscription | undefined = undefined;
	/** Names the fields of events in a HistoryRead's answer. */
	eventFields: readonly string[] | undefined = undefined;
	/** What a node was called in passing. */
	nameOf: ((node: string) => string | undefined) | undefined = undefined;
	/** How the server of the message makes its data. */
	definitions: Definitions | undefined = undefined;
	readonly #bytes: Uint8Array;
	readonly #end: number;
	readonly #walk = new Walk(NO_ITEMS);
	readonly #certificateAt: (bytes: Uint8Array, start: number, end: number) => CertificateFacts | undefined;
	#filterFields: readonly string[] | undefined = undefined;
	#at: number;
	#left = MAX_VALUES;
	/** Extension objects that are left as bytes. */
	#misfits: Set<number> = new Set();
	#foreignDepth = 0;

	constructor(
		bytes: Uint8Array,
		start: number,
		end: number,
		certificateAt: (bytes: Uint8Array, start: number, end: number) => CertificateFacts | undefined,
	) {
		this.#bytes = bytes;
		this.#at = start;
		this.#end = end;
		this.#certificateAt = certificateAt;
	}

	/** The fields of a structure from `first` on. */
	read(structure: Structure, first: number): Nested {
		this.#walk.reset(this.#bytes, this.#at, this.#end);
		this.#walk.structure(structure, first);
		this.#misfits = new Set(this.#walk.misfits);
		return this.#structure(structure, first);
	}

	/** One value of a built-in type that stands alone: a field of a data set (Part 14, 7.2.4.5). */
	readValue(type: number): unknown {
		this.#walk.reset(this.#bytes, this.#at, this.#end);
		this.#walk.value(type);
		this.#misfits = new Set(this.#walk.misfits);
		return this.#value(type);
	}

	#structure(structure: Structure, first: number): Nested {
		const out: Nested = {};
		let isSecretCall = false;
		for (let index = first; index < structure.fields.length; index++) {
			if (this.#isDone()) break;
			const field = structure.fields[index]!;
			const start = this.#at;
			const value = this.#field(structure, field);
			out[field.name] = value;
			if (field.name === "attributeId" && typeof value === "number") out.attribute = attributeName(value);
			if (field.name === "methodId") {
				isSecretCall = SECRET_METHODS.has(standardId(this.#bytes, start, this.#at));
				const name = this.nameOf?.(value as string);
				if (name !== undefined) out.method = name;
			}
			if (field.name === "inputArguments" && isSecretCall) out[field.name] = PRESENT;
		}
		if (structure.name === "UserNameIdentityToken" || structure.name === "IssuedIdentityToken") {
			out.inClear = typeof out.encryptionAlgorithm !== "string" || out.encryptionAlgorithm === "";
		}
		switch (structure.name) {
			case "MonitoredItemNotification":
			case "EventFieldList":
				return this.#namedItem(out);
			case "EventFilter":
				this.#filterFields = fieldNames(out); // of an UpdateEventDetails: the events follow
				break;
			case "HistoryEventFieldList":
				nameFields(out, this.eventFields ?? this.#filterFields);
		}
		return out;
	}

	/** A structure of the server's own: its names are from the wire, so they are values here. */
	#foreign(structure: Structure): Nested {
		const { name, fields, layout } = structure;
		const choice = layout === LAYOUT.plain ? 0 : this.#int32();
		const own: Nested[] = [];
		let bit = 0;
		for (const [index, field] of fields.entries()) {
			if (this.#isDone()) break;
			if (layout === LAYOUT.union ? choice !== index + 1 : field.isOptional && (choice & (1 << bit++)) === 0) continue;
			this.#left--;
			own.push({ field: field.name, value: field.isArray ? this.#array(structure, field) : this.#element(structure, field) });
		}
		return { type: this.nameOf?.(name) ?? name, fields: own };
	}

	/** The structure of a body of the server's own, if it can be read as that to the last byte. */
	#foreignAt(typeId: string, start: number, end: number): Structure | undefined {
		const structure = this.#foreignDepth < MAX_FOREIGN_NESTING ? this.definitions?.structureOf(typeId) : undefined;
		if (structure === undefined) return undefined;
		const walk = new Walk(NO_ITEMS);
		walk.reset(this.#bytes, start, end);
		if (!walk.structure(structure, 0) || walk.at !== end) return undefined;
		for (const misfit of walk.misfits) this.#misfits.add(misfit);
		return structure;
	}

	#namedItem(item: Nested): Nested {
		const known = this.subscription?.byHandle.get(item.clientHandle as number);
		if (known === undefined) return item;
		nameFields(item, known.fields);
		this.explain(item.value, known.name, known.attribute);
		return { ...pointOf(known.name, known.attribute), ...item };
	}

	#isDone(): boolean {
		if (this.#left > 0 && this.#at <= this.#end) return false;
		this.isCut = true;
		return true;
	}

	/** Puts beside the value of a point what its server calls it, its unit and its range. */
	explain(value: unknown, point: string, attribute: number): void {
		const { definitions } = this;
		if (definitions === undefined || attribute !== VALUE_ATTRIBUTE) return;
		explain(value, definitions.wordsOf(point, (value as Nested | null)?.type), definitions.scaleOf(point));
	}

	#field(structure: Structure, field: Field): unknown {
		return field.isArray ? this.#array(structure, field) : this.#element(structure, field);
	}

	#array(structure: Structure, field: Field): unknown {
		const count = this.#int32();
		if (count < 0) return null;
		const out: unknown[] = [];
		for (let index = 0; index < count && !this.#isDone(); index++) out.push(this.#element(structure, field));
		return out;
	}

	#element(structure: Structure, field: Field): unknown {
		this.#left--;
		if (SECRETS.has(`${structure.name}.${field.name}`)) return this.#secret(field);
		if (field.structure !== undefined)
			return field.structure.isForeign ? this.#foreign(field.structure) : this.#structure(field.structure, 0);
		if (field.enumeration !== undefined) {
			const at = this.#at;
			this.#at += field.size;
			const value = field.size === 1 ? this.#bytes[at]! : field.size === 2 ? u16le(this.#bytes, at) : u32le(this.#bytes, at) | 0;
			return field.enumeration.isMask ? value >>> 0 : (field.enumeration.names.get(value) ?? value);
		}
		if (field.type === TYPE.ByteString && !structure.isForeign && CERTIFICATE_FIELDS.test(field.name)) return this.#certificate();
		if (field.type === TYPE.ExtensionObject && field.name === "userIdentityToken") return this.#extensionObject(true);
		return this.#value(field.type);
	}

	#secret(field: Field): unknown {
		const isNull = field.type === TYPE.ByteString ? u32le(this.#bytes, this.#at) === 0xffffffff : false;
		this.#walk.at = this.#at;
		if (field.type === TYPE.ByteString) this.#walk.string();
		else this.#walk.nodeId(0);
		this.#at = this.#walk.at;
		return isNull ? null : PRESENT;
	}

	#certificate(): unknown {
		const length = this.#int32();
		if (length <= 0) return length < 0 ? null : "";
		const start = this.#at;
		this.#at += length;
		const facts = this.#certificateAt(this.#bytes, start, this.#at);
		return facts === undefined ? { length } : { ...certificateFields(facts), length };
	}

	/** One value of a built-in type. */
	#value(type: number): unknown {
		const bytes = this.#bytes;
		const at = this.#at;
		switch (type) {
			case TYPE.Boolean:
				this.#at += 1;
				return bytes[at] !== 0;
			case TYPE.SByte:
			case TYPE.Byte:
				this.#at += 1;
				return this.#walk.number(type, at);
			case TYPE.Int16:
			case TYPE.UInt16:
				this.#at += 2;
				return this.#walk.number(type, at);
			case TYPE.Int32:
			case TYPE.UInt32:
				this.#at += 4;
				return this.#walk.number(type, at);
			case TYPE.Int64:
			case TYPE.UInt64: {
				this.#at += 8;
				const number = this.#walk.number(type, at);
				if (Number.isSafeInteger(number)) return number;
				const whole = (BigInt(u32le(bytes, at + 4)) << 32n) | BigInt(u32le(bytes, at));
				return String(type === TYPE.Int64 ? BigInt.asIntN(64, whole) : whole);
			}
			case TYPE.Float: {
				this.#at += 4;
				const number = this.#walk.number(type, at);
				return Number.isFinite(number) ? shortestFloat(number) : String(number);
			}
			case TYPE.Double: {
				this.#at += 8;
				const number = this.#walk.number(type, at);
				return Number.isFinite(number) ? number : String(number);
			}
			case TYPE.String:
			case TYPE.XmlElement:
				return this.#text();
			case TYPE.DateTime:
				this.#at += 8;
				return dateTimeText(bytes, at);
			case TYPE.Guid:
				this.#at += 16;
				return guidText(bytes, at);
			case TYPE.ByteString: {
				const length = this.#int32();
				if (length < 0) return null;
				const start = this.#at;
				this.#at += length;
				if (length <= MAX_HEX_BYTES) return hexOf(bytes, start, start + length);
				return `${hexOf(bytes, start, start + MAX_HEX_BYTES)}… (${length} bytes)`;
			}
			case TYPE.NodeId:
			case TYPE.ExpandedNodeId:
				this.#walk.at = at;
				this.#walk.nodeId(0xc0);
				this.#at = this.#walk.at;
				return nodeIdText(bytes, at);
			case TYPE.StatusCode:
				this.#at += 4;
				return status(u32le(bytes, at));
			case TYPE.QualifiedName: {
				this.#at += 2;
				const text = this.#text();
				const namespace = u16le(bytes, at);
				return namespace === 0 || text === null ? text : `${namespace}:${text}`;
			}
			case TYPE.LocalizedText: {
				this.#at += 1;
				const mask = bytes[at]!;
				const locale = (mask & 1) !== 0 ? this.#text() : null;
				const text = (mask & 2) !== 0 ? this.#text() : null;
				return locale === null || locale === "" ? text : { locale, text };
			}
			case TYPE.ExtensionObject:
				return this.#extensionObject(false);
			case TYPE.DataValue:
				return this.#dataValue();
			case TYPE.Variant:
				return this.#variant();
			case TYPE.DiagnosticInfo:
				return this.#diagnosticInfo();
			default:
				return null;
		}
	}

	#int32(): number {
		const value = u32le(this.#bytes, this.#at) | 0;
		this.#at += 4;
		return value;
	}

	#text(): string | null {
		const length = this.#int32();
		if (length < 0) return null;
		const start = this.#at;
		this.#at += length;
		if (length <= MAX_TEXT_BYTES) return utf8(this.#bytes, start, start + length);
		return `${utf8(this.#bytes, start, start + MAX_TEXT_BYTES)}… (${length} bytes)`;
	}

	#extensionObject(isSecret: boolean): unknown {
		const start = this.#at;
		this.#walk.at = start;
		this.#walk.nodeId(0);
		this.#at = this.#walk.at;
		const id = standardId(this.#bytes, start, this.#at);
		const typeId = nodeIdText(this.#bytes, start);
		const encoding = this.#bytes[this.#at++]!;
		if (encoding === 0) return id === 0 ? null : { typeId };
		const structure = encoding === 1 && !this.#misfits.has(start) ? STRUCTURE_BY_ID.get(id) : undefined;
		if (encoding === 2) {
			const xml = this.#text();
			return { typeId, xml: isSecret ? PRESENT : xml };
		}
		const bodyAt = this.#at;
		const length = this.#int32();
		const end = this.#at + Math.max(0, length);
		if (id === DECIMAL && encoding === 1 && length > 2 && length <= 2 + MAX_DECIMAL_BYTES) {
			const out = decimal(this.#bytes, this.#at, end);
			this.#at = end;
			return out;
		}
		const foreign = encoding === 1 && id < 0 && length > 0 ? this.#foreignAt(typeId, this.#at, end) : undefined;
		if (foreign !== undefined) {
			this.#foreignDepth++;
			const out: Nested = { typeId, ...this.#foreign(foreign) };
			this.#foreignDepth--;
			this.#at = end;
			return out;
		}
		if (structure !== undefined && length > 0) {
			const out: Nested = { type: structure.name, ...this.#structure(structure, 0) };
			if (this.#at < end && !this.isCut) out.rest = end - this.#at;
			this.#at = end;
			return out;
		}
		this.#at = bodyAt;
		const raw = this.#value(TYPE.ByteString);
		return { typeId, length: Math.max(0, length), bytes: isSecret ? PRESENT : raw };
	}

	#dataValue(): Nested {
		const mask = this.#bytes[this.#at++]!;
		const out: Nested = {};
		if ((mask & 0x01) !== 0) {
			const variant = this.#variant();
			out.type = variant.type;
			out.value = variant.value;
			if (variant.dimensions !== undefined) out.dimensions = variant.dimensions;
		}
		out.status = status((mask & 0x02) !== 0 ? this.#int32() >>> 0 : 0);
		if ((mask & 0x04) !== 0) out.sourceTimestamp = this.#value(TYPE.DateTime);
		if ((mask & 0x10) !== 0) out.sourcePicoseconds = this.#value(TYPE.UInt16);
		if ((mask & 0x08) !== 0) out.serverTimestamp = this.#value(TYPE.DateTime);
		if ((mask & 0x20) !== 0) out.serverPicoseconds = this.#value(TYPE.UInt16);
		return out;
	}

	#variant(): { type: string; value: unknown; dimensions?: unknown } {
		const mask = this.#bytes[this.#at++]!;
		const number = mask & 0x3f;
		const type = number > TYPE.DiagnosticInfo ? TYPE.ByteString : number;
		const name = TYPE_NAMES[type]!;
		if ((mask & 0x80) === 0) {
			this.#left--;
			return { type: name, value: this.#value(type) };
		}
		const count = this.#int32();
		if (count < 0) return { type: `${name}[]`, value: null };
		const value: unknown[] = [];
		for (let index = 0; index < count && !this.#isDone(); index++) {
			this.#left--;
			value.push(this.#value(type));
		}
		if ((mask & 0x40) === 0) return { type: `${name}[]`, value };
		const dimensions: number[] = [];
		const dimensionCount = this.#int32();
		for (let index = 0; index < dimensionCount && !this.#isDone(); index++) {
			this.#left--;
			dimensions.push(this.#int32());
		}
		return { type: `${name}[]`, value, dimensions };
	}

	#diagnosticInfo(): Nested | null {
		const mask = this.#bytes[this.#at++]!;
		if (mask === 0) return null;
		const out: Nested = {};
		if ((mask & 0x01) !== 0) out.symbolicId = this.#int32();
		if ((mask & 0x02) !== 0) out.namespaceUri = this.#int32();
		if ((mask & 0x08) !== 0) out.locale = this.#int32();
		if ((mask & 0x04) !== 0) out.localizedText = this.#int32();
		if ((mask & 0x10) !== 0) out.additionalInfo = this.#text();
		if ((mask & 0x20) !== 0) out.innerStatusCode = status(this.#int32() >>> 0);
		if ((mask & 0x40) !== 0) out.innerDiagnosticInfo = this.#diagnosticInfo();
		return out;
	}
}

/** Puts its name before each field of an event. */
function nameFields(event: Nested, names: readonly string[] | undefined): void {
	if (names === undefined || !Array.isArray(event.eventFields)) return;
	event.eventFields = (event.eventFields as readonly Nested[]).map((value, index) =>
		index < names.length ? { field: names[index], ...value } : value,
	);
}

/** A Decimal (Part 6, 5.1.10): the power of ten that its whole number is divided by, and the number in two's complement, least byte first. */
function decimal(bytes: Uint8Array, start: number, end: number): Nested {
	const scale = (u16le(bytes, start) << 16) >> 16;
	let number = 0n;
	for (let at = end - 1; at >= start + 2; at--) number = (number << 8n) | BigInt(bytes[at]!);
	number = BigInt.asIntN((end - start - 2) * 8, number);
	const sign = number < 0n ? "-" : "";
	const digits = String(number < 0n ? -number : number);
	if (Math.abs(scale) > MAX_DECIMAL_SCALE) return { type: "Decimal", scale, value: `${sign}${digits}e${-scale}` };
	if (scale <= 0) return { type: "Decimal", scale, value: `${sign}${digits}${"0".repeat(-scale)}` };
	const padded = digits.padStart(scale + 1, "0");
	return { type: "Decimal", scale, value: `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}` };
}

/** The shortest decimal that is the same 32 bit number: 0.1 and not 0.10000000149011612. */
function shortestFloat(number: number): number {
	for (let digits = 6; digits < 9; digits++) {
		const short = Number(number.toPrecision(digits));
		if (Math.fround(short) === number) return short;
	}
	return Number(number.toPrecision(9));
}

/** A point's name taken apart for a record. */
export function pointOf(name: string, attribute: number): Nested {
	if (name.startsWith("method:")) return { methodId: name.slice("method:".length) };
	if (attribute === 0) return { nodeId: name };
	const word = attributeName(attribute);
	return { nodeId: attribute === VALUE_ATTRIBUTE ? name : name.slice(0, -word.length - 1), attribute: word };
}

/** Hundreds of nanoseconds between 1601 and 1970. */
const EPOCH_TICKS = 116_444_736_000_000_000n;
/** Part 6, 5.2.2.5: from here on a DateTime means the greatest one (9999-12-31). */
const LAST_TICKS = 2_650_467_743_990_000_000n;

/** ISO 8601 text to the precision that is there (down to 100 ns), or null for "none" (0 and before). */
export function dateTimeText(bytes: Uint8Array, at: number): string | null {
	const ticks = BigInt.asIntN(64, (BigInt(u32le(bytes, at + 4)) << 32n) | BigInt(u32le(bytes, at)));
	if (ticks <= 0n) return null;
	if (ticks >= LAST_TICKS) return "9999-12-31T23:59:59Z";
	const unix = ticks - EPOCH_TICKS;
	const seconds = unix >= 0n ? unix / 10_000_000n : (unix - 9_999_999n) / 10_000_000n;
	const fraction = String(unix - seconds * 10_000_000n).padStart(7, "0");
	const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -5);
	return fraction === "0000000" ? `${text}Z` : `${text}.${fraction.endsWith("0000") ? fraction.slice(0, 3) : fraction}Z`;
}
