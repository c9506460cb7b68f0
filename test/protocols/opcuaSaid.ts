/**
 * What node-opcua's own codec makes of a message, said as a line says it: written from the standard and from the README of the decoder, and not from its code, so that
 * the two can be compared field by field.
 */
import { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";

// biome-ignore lint/suspicious/noExplicitAny: classes found by name
export type Any = any;
const load = createRequire(createRequire(import.meta.url).resolve("node-opcua/package.json"));
const types: Any = load("node-opcua-types");
export const ua: Any = {
	...load("node-opcua-basic-types"),
	...load("node-opcua-binary-stream"),
	...load("node-opcua-data-model"),
	...load("node-opcua-data-value"),
	...load("node-opcua-nodeid"),
	...load("node-opcua-numeric-range"),
	...load("node-opcua-status-code"),
	...load("node-opcua-variant"),
	...types,
};

interface SchemaField {
	name: string;
	fieldType: string;
	category: string;
	isArray?: boolean;
}

export function fieldsOf(schema: Any): SchemaField[] {
	const base = schema.getBaseSchema?.() ?? undefined;
	return [...(base ? fieldsOf(base) : []), ...schema.fields];
}

/** 0 in the encoding: none. */
const NO_TIME = Date.UTC(1601, 0, 1);

/** Names of subtypes that node-opcua keeps: encoded as their base. */
const SUBTYPES: Record<string, string> = {
	UtcTime: "DateTime",
	Duration: "Double",
	IntegerId: "UInt32",
	LocaleId: "String",
	UAString: "String",
	UABoolean: "Boolean",
};
export const basicType = (name: string): string => SUBTYPES[name] ?? name;

/** What a record says of a value of node-opcua. Written from the standard and the README, not from our decoder. */
function said(value: Any, type: string, category: string): unknown {
	if (category === "complex") return saidObject(value);
	if (category === "enumeration") {
		const isMask = /Mask$|^PermissionType$|Flags$|^AttributeWriteMask$/.test(type);
		return isMask ? value >>> 0 : (ua[type][value] ?? value);
	}
	switch (type) {
		case "Int64":
		case "UInt64": {
			const whole = (BigInt(value[0]) << 32n) | BigInt(value[1]);
			const number = type === "Int64" ? BigInt.asIntN(64, whole) : whole;
			return Number.isSafeInteger(Number(number)) ? Number(number) : String(number);
		}
		case "Float":
			return Number.isFinite(value) ? { float: Math.fround(value) } : String(value);
		case "Double":
			return Number.isFinite(value) ? value : String(value);
		case "DateTime":
			return value.getTime() <= NO_TIME ? null : value.toISOString().replace(".000Z", "Z");
		case "Guid":
			return value.toLowerCase();
		case "ByteString":
			return value === null ? null : saidBytes(value);
		case "NodeId":
		case "ExpandedNodeId":
			return saidNode(value);
		case "StatusCode":
			return { name: value.name.split("#")[0], code: value.value }; // the codec's name has the info bits behind it
		case "QualifiedName":
			return value.namespaceIndex === 0 || value.name === null ? value.name : `${value.namespaceIndex}:${value.name}`;
		case "LocalizedText":
			return value.locale === null || value.locale === "" ? value.text : { locale: value.locale, text: value.text };
		case "ExtensionObject":
			if (value === null) return null;
			if (Object.keys(value).length === 0) return { typeId: "i=0", length: 0, bytes: "" }; // a body of no type: the codec steps over it
			if (Buffer.isBuffer(value.buffer)) return saidOpaque(saidNode(value.nodeId), value.buffer);
			return { type: value.schema.name, ...(saidObject(value) as object) };
		case "Variant":
			return saidVariant(value);
		case "DataValue":
			return {
				...(value.value.dataType !== 0 && saidVariant(value.value)), // it leaves a null value out
				status: said(value.statusCode, "StatusCode", "basic"),
				...saidTime("source", value.sourceTimestamp, value.sourcePicoseconds),
				...saidTime("server", value.serverTimestamp, value.serverPicoseconds),
			};
		case "NumericRange":
			return value.isEmpty() ? null : value.toEncodeableString();
		case "DiagnosticInfo":
			return saidDiagnostic(value);
		default:
			return value;
	}
}

function saidNode(id: Any): string {
	const letter = { [ua.NodeIdType.NUMERIC]: "i", [ua.NodeIdType.STRING]: "s", [ua.NodeIdType.GUID]: "g", [ua.NodeIdType.BYTESTRING]: "b" };
	const value = Buffer.isBuffer(id.value) ? id.value.toString("base64") : String(id.value);
	const text = `${letter[id.identifierType]}=${id.identifierType === ua.NodeIdType.GUID ? value.toLowerCase() : value}`;
	const space = id.namespaceUri ? `nsu=${id.namespaceUri};` : id.namespace === 0 ? "" : `ns=${id.namespace};`;
	return `${id.serverIndex ? `svr=${id.serverIndex};` : ""}${space}${text}`;
}

/** Bytes that a line shows of a byte string. */
const SHOWN = 64;
const saidBytes = (bytes: Buffer): string =>
	bytes.length <= SHOWN ? bytes.toString("hex") : `${bytes.toString("hex", 0, SHOWN)}… (${bytes.length} bytes)`;

/** What a certificate is recognised by; the names in it are read by the same class of Node everywhere, so they are not compared. */
function saidCertificate(der: Buffer): unknown {
	if (der.length === 0) return "";
	try {
		return { length: der.length, thumbprint: new X509Certificate(der).fingerprint.replaceAll(":", "") };
	} catch {
		return { length: der.length };
	}
}

/** The codec holds milliseconds, and what is below them (of the time and of the picoseconds' own field) in one number. */
function saidTime(side: "source" | "server", time: Date | null, picoseconds: number): Record<string, unknown> {
	if (!time) return {};
	const ticks = Math.floor(picoseconds / 100_000);
	const text = ticks === 0 ? said(time, "DateTime", "basic") : time.toISOString().replace("Z", `${String(ticks).padStart(4, "0")}Z`);
	const below = Math.floor((picoseconds % 100_000) / 10);
	return { [`${side}Timestamp`]: text, ...(below > 0 && { [`${side}Picoseconds`]: below }) };
}

/** A structure that the codec does not know; a Decimal (Part 6, 5.1.10) is a number all the same. */
function saidOpaque(typeId: string, body: Buffer): Record<string, unknown> {
	if (typeId !== "i=50") return { typeId, length: body.length, bytes: saidBytes(body) };
	const scale = body.readInt16LE(0);
	const number = BigInt.asIntN((body.length - 2) * 8, BigInt(`0x${Buffer.from(body.subarray(2)).reverse().toString("hex")}`));
	const digits = String(number < 0n ? -number : number).padStart(scale + 1, "0");
	const text = scale > 0 ? `${digits.slice(0, -scale)}.${digits.slice(-scale)}` : digits + "0".repeat(-scale);
	return { type: "Decimal", scale, value: `${number < 0n ? "-" : ""}${text}` };
}

function saidVariant(variant: Any): Record<string, unknown> {
	const name = ua.DataType[variant.dataType];
	if (variant.dataType === 0) return { type: "Null", value: null };
	if (variant.arrayType === ua.VariantArrayType.Scalar) return { type: name, value: said(variant.value, name, "basic") };
	return {
		type: `${name}[]`,
		value: variant.value === null ? null : Array.from(variant.value, (one) => said(one, name, "basic")),
		...(variant.arrayType === ua.VariantArrayType.Matrix && { dimensions: Array.from(variant.dimensions) }),
	};
}

function saidDiagnostic(info: Any): unknown {
	if (info.getEncodingByte?.() === 0 || info.encodingMask === 0) return null;
	const out: Record<string, unknown> = {};
	if (info.symbolicId !== -1) out.symbolicId = info.symbolicId;
	if (info.namespaceURI !== -1) out.namespaceUri = info.namespaceURI;
	if (info.locale !== -1) out.locale = info.locale;
	if (info.localizedText !== -1) out.localizedText = info.localizedText;
	if (info.additionalInfo) out.additionalInfo = info.additionalInfo;
	if (info.innerStatusCode && info.innerStatusCode.value !== 0) out.innerStatusCode = said(info.innerStatusCode, "StatusCode", "basic");
	if (info.innerDiagnosticInfo) out.innerDiagnosticInfo = saidDiagnostic(info.innerDiagnosticInfo);
	return Object.keys(out).length === 0 ? null : out;
}

const SECRETS = ["password", "tokenData", "authenticationToken"];

export function saidObject(instance: Any): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	for (const field of fieldsOf(instance.schema)) {
		const value = instance[field.name];
		const type = basicType(field.fieldType);
		const one = (element: Any) => said(element, type, field.category);
		if (SECRETS.includes(field.name)) out[field.name] = value === null ? null : "(present)";
		else if (type === "ByteString" && /[cC]ertificate$|^certificateData$/.test(field.name)) {
			out[field.name] = value === null ? null : saidCertificate(value);
		} else out[field.name] = field.isArray === true ? value.map(one) : one(value);
	}
	return out;
}

/** Both records without what only people need, with names in lower case. */
export function plain(value: unknown): unknown {
	if (typeof value === "number") return Object.is(value, -0) ? 0 : value;
	if (Array.isArray(value)) return value.map(plain);
	if (typeof value !== "object" || value === null) return value;
	if ("float" in value) return { float: value.float };
	const out: Record<string, unknown> = {};
	for (const [key, one] of Object.entries(value)) {
		if ((key === "attribute" && "attributeId" in value) || key === "inClear") continue;
		out[key.toLowerCase()] = plain(one);
	}
	return out;
}

/**
 * Where two records differ, or undefined. Our floats are the shortest decimals, theirs are doubles: equal when the same 32 bit number. `alone` are names, in lower
 * case, that only ours may have.
 */
export function difference(ours: unknown, theirs: unknown, path: string, alone: ReadonlySet<string> = new Set()): string | undefined {
	if (typeof theirs === "object" && theirs !== null && "float" in theirs && typeof ours === "number") {
		return Math.fround(ours) === theirs.float ? undefined : `${path}: ${ours}, not ${theirs.float}`;
	}
	if (typeof ours === "object" && ours !== null && typeof theirs === "object" && theirs !== null) {
		for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
			if (!(key in theirs) && alone.has(key)) continue;
			const found = difference((ours as Any)[key], (theirs as Any)[key], `${path}.${key}`, alone);
			if (found !== undefined) return found;
		}
		return Array.isArray(ours) === Array.isArray(theirs) ? undefined : `${path}: one is a list`;
	}
	return Object.is(ours, theirs) ? undefined : `${path}: ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`;
}
