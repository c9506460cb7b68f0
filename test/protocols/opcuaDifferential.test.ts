/** Every service message and every structure of our tables against node-opcua: it encodes random values, we decode, and both say the same. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { SERVICES, STRUCTURE_BY_ID, type Structure } from "../../protocols/opcua/codes.ts";
import { opcua } from "../../protocols/opcua/index.ts";
import { Nester } from "../../protocols/opcua/nested.ts";
import { Items, Walk } from "../../protocols/opcua/walk.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { message, openRequest, openResponse } from "./opcuaMessages.ts";

// biome-ignore lint/suspicious/noExplicitAny: classes found by name
type Any = any;
const load = createRequire(createRequire(import.meta.url).resolve("node-opcua/package.json"));
const types: Any = load("node-opcua-types");
const ua: Any = {
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

const ROUNDS = 12;
const SEED = 20240611;

/** Small random numbers, the same on every run (mulberry32). */
class Dice {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	below(limit: number): number {
		this.#state = (this.#state + 0x6d2b79f5) | 0;
		let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) % limit;
	}

	pick<T>(values: readonly T[]): T {
		return values[this.below(values.length)]!;
	}
}

interface SchemaField {
	name: string;
	fieldType: string;
	category: string;
	isArray?: boolean;
}

function fieldsOf(schema: Any): SchemaField[] {
	const base = schema.getBaseSchema?.() ?? undefined;
	return [...(base ? fieldsOf(base) : []), ...schema.fields];
}

const WORDS = ["", "Pump1", "Druck/Behälter", "ns=2;s=x", "a longer text that does not fit the short way of reading it, surely", "水位"];
const EXTENSIONS = [
	"Range",
	"EUInformation",
	"Argument",
	"ReadValueId",
	"XVType",
	"ServerStatusDataType",
	"DataChangeFilter",
	"EventFilter",
];
const STATUSES = ["Good", "BadNodeIdUnknown", "UncertainInitialValue", "BadTypeMismatch", "GoodClamped"];

function nodeId(dice: Dice, isExpanded: boolean): Any {
	const namespace = dice.pick([0, 1, 2, 255, 300]);
	const [type, value] = dice.pick<[string, unknown]>([
		["NUMERIC", dice.below(200)],
		["NUMERIC", 1000 + dice.below(60000)],
		["NUMERIC", 70000 + dice.below(1_000_000)],
		["STRING", dice.pick(["Pump1.Speed", "x", "Ventil ü"])],
		["GUID", "72962B91-FA75-4AE6-8D28-B404DC7DAF63"],
		["BYTESTRING", Buffer.from("0102fe", "hex")],
	]);
	if (!isExpanded) return new ua.NodeId(ua.NodeIdType[type], value, namespace);
	const uri = dice.below(4) === 0 ? "urn:plant" : null;
	return new ua.ExpandedNodeId(ua.NodeIdType[type], value, uri === null ? namespace : 0, uri, dice.below(4) === 0 ? 3 : 0);
}

function random(dice: Dice, type: string, depth: number): Any {
	switch (type) {
		case "Boolean":
			return dice.below(2) === 1;
		case "SByte":
			return dice.below(256) - 128;
		case "Byte":
			return dice.below(256);
		case "Int16":
			return dice.below(65536) - 32768;
		case "UInt16":
			return dice.below(65536);
		case "Int32":
			return dice.below(0xffffffff) | 0;
		case "UInt32":
		case "Counter":
			return dice.below(0xffffffff);
		case "Int64":
			return [dice.pick([0, 5, 0xffffffff, 0x7fffffff]), dice.below(0xffffffff)];
		case "UInt64":
			return [dice.pick([0, 5, 0xffffffff]), dice.below(0xffffffff)];
		case "Float":
			return dice.pick([0, 0.1, -1.5e20, 3.25, Number.POSITIVE_INFINITY]);
		case "Double":
			return dice.pick([0, 0.1, -1.5e200, 1e-300, 42, Number.NaN]);
		case "NumericRange":
			return new ua.NumericRange(dice.pick(["", "1", "1:5", "0:1,2:3"]));
		case "String":
		case "CharArray":
		case "XmlElement":
			return dice.below(5) === 0 ? null : dice.pick(WORDS);
		case "DateTime":
			return dice.pick([new Date("2024-05-06T07:08:09.123Z"), new Date("1999-12-31T23:59:59Z"), new Date("1950-01-02T03:04:05.678Z")]);
		case "Guid":
			return "72962B91-FA75-4AE6-8D28-B404DC7DAF63";
		case "ByteString":
			return dice.below(4) === 0 ? null : Buffer.from(Array.from({ length: dice.below(20) }, () => dice.below(256)));
		case "NodeId":
			return nodeId(dice, false);
		case "ExpandedNodeId":
			return nodeId(dice, true);
		case "StatusCode":
			return ua.StatusCodes[dice.pick(STATUSES)];
		case "QualifiedName":
			return new ua.QualifiedName({ namespaceIndex: dice.below(3), name: dice.pick(["Speed", "Level", "ü"]) });
		case "LocalizedText":
			return new ua.LocalizedText({ locale: dice.pick([null, "en", "de-DE"]), text: dice.pick(WORDS) });
		case "ExtensionObject": {
			if (depth > 3 || dice.below(3) === 0) return null;
			return object(dice, dice.pick(EXTENSIONS), depth + 1);
		}
		case "DataValue":
			return new ua.DataValue({
				value: random(dice, "Variant", depth + 1),
				statusCode: random(dice, "StatusCode", depth),
				...(dice.below(2) === 0 && { sourceTimestamp: new Date("2024-05-06T07:08:09.123Z") }),
				...(dice.below(2) === 0 && { serverTimestamp: new Date("2024-05-06T07:08:10Z") }),
			});
		case "Variant": {
			const name = dice.pick(VARIANTS);
			const dataType = ua.DataType[name];
			if (name === "Null") return new ua.Variant({ dataType });
			const shape = dice.below(4);
			const one = () => (name === "ExtensionObject" ? object(dice, dice.pick(EXTENSIONS), depth + 1) : random(dice, name, depth + 1));
			if (shape > 1 || depth > 3) return new ua.Variant({ dataType, arrayType: ua.VariantArrayType.Scalar, value: one() });
			const value = Array.from({ length: shape === 0 ? dice.below(4) : 4 }, one);
			if (shape === 0) return new ua.Variant({ dataType, arrayType: ua.VariantArrayType.Array, value });
			return new ua.Variant({ dataType, arrayType: ua.VariantArrayType.Matrix, dimensions: [2, 2], value });
		}
		case "DiagnosticInfo":
			return dice.below(2) === 0
				? new ua.DiagnosticInfo()
				: new ua.DiagnosticInfo({
						symbolicId: dice.below(9),
						locale: dice.below(9),
						additionalInfo: "why",
						innerStatusCode: ua.StatusCodes.BadTypeMismatch,
						innerDiagnosticInfo: new ua.DiagnosticInfo({ localizedText: 3, namespaceURI: 2 }),
					});
		default:
			throw new Error(`no random ${type}`);
	}
}

const VARIANTS = [
	"Null",
	..."Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double String DateTime Guid ByteString XmlElement NodeId ExpandedNodeId StatusCode QualifiedName LocalizedText ExtensionObject".split(
		" ",
	),
];

/** An instance of node-opcua's class with every field random. */
function object(dice: Dice, name: string, depth: number): Any {
	const instance = new ua[name]();
	for (const field of fieldsOf(instance.schema)) {
		const one = () => {
			if (field.category === "complex") return object(dice, field.fieldType, depth + 1);
			if (field.category === "enumeration") return dice.pick(enumerationValues(field.fieldType));
			return random(dice, basicType(field.fieldType), depth);
		};
		instance[field.name] = field.isArray === true ? Array.from({ length: dice.below(depth > 4 ? 1 : 3) }, one) : one();
	}
	return instance;
}

const enumerationValues = (name: string): number[] =>
	Object.values(ua[name]).filter((value): value is number => typeof value === "number" && value <= 0xff);

/** Names of subtypes that node-opcua keeps: encoded as their base. */
const SUBTYPES: Record<string, string> = {
	UtcTime: "DateTime",
	Duration: "Double",
	IntegerId: "UInt32",
	LocaleId: "String",
	UAString: "String",
	UABoolean: "Boolean",
};
const basicType = (name: string): string => SUBTYPES[name] ?? name;

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
			return value.toISOString().replace(".000Z", "Z");
		case "Guid":
			return value.toLowerCase();
		case "ByteString":
			return value === null ? null : value.toString("hex");
		case "NodeId":
		case "ExpandedNodeId":
			return saidNode(value);
		case "StatusCode":
			return { name: value.name, code: value.value };
		case "QualifiedName":
			return value.namespaceIndex === 0 || value.name === null ? value.name : `${value.namespaceIndex}:${value.name}`;
		case "LocalizedText":
			return value.locale === null || value.locale === "" ? value.text : { locale: value.locale, text: value.text };
		case "ExtensionObject":
			return value === null ? null : { type: value.schema.name, ...(saidObject(value) as object) };
		case "Variant":
			return saidVariant(value);
		case "DataValue":
			return {
				...(value.value.dataType !== 0 && saidVariant(value.value)), // it leaves a null value out
				status: said(value.statusCode, "StatusCode", "basic"),
				...(value.sourceTimestamp && { sourceTimestamp: said(value.sourceTimestamp, "DateTime", "basic") }),
				...(value.serverTimestamp && { serverTimestamp: said(value.serverTimestamp, "DateTime", "basic") }),
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

function saidVariant(variant: Any): Record<string, unknown> {
	const name = ua.DataType[variant.dataType];
	if (variant.dataType === 0) return { type: "Null", value: null };
	if (variant.arrayType === ua.VariantArrayType.Scalar) return { type: name, value: said(variant.value, name, "basic") };
	return {
		type: `${name}[]`,
		value: Array.from(variant.value, (one) => said(one, name, "basic")),
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

function saidObject(instance: Any): Record<string, unknown> {
	const out: Record<string, unknown> = {};
	for (const field of fieldsOf(instance.schema)) {
		const value = instance[field.name];
		const type = basicType(field.fieldType);
		const one = (element: Any) => said(element, type, field.category);
		if (SECRETS.includes(field.name)) out[field.name] = value === null ? null : "(present)";
		else if (type === "ByteString" && /[cC]ertificate$|^certificateData$/.test(field.name)) {
			out[field.name] = value === null ? null : value.length === 0 ? "" : { length: value.length };
		} else out[field.name] = field.isArray === true ? value.map(one) : one(value);
	}
	return out;
}

/** Both records without what only people need, with names in lower case. */
function plain(value: unknown): unknown {
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

/** Where two records differ, or undefined. Our floats are the shortest decimals, theirs are doubles: equal when the same 32 bit number. */
function difference(ours: unknown, theirs: unknown, path: string): string | undefined {
	if (typeof theirs === "object" && theirs !== null && "float" in theirs && typeof ours === "number") {
		return Math.fround(ours) === theirs.float ? undefined : `${path}: ${ours}, not ${theirs.float}`;
	}
	if (typeof ours === "object" && ours !== null && typeof theirs === "object" && theirs !== null) {
		for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
			const found = difference((ours as Any)[key], (theirs as Any)[key], `${path}.${key}`);
			if (found !== undefined) return found;
		}
		return Array.isArray(ours) === Array.isArray(theirs) ? undefined : `${path}: one is a list`;
	}
	return Object.is(ours, theirs) ? undefined : `${path}: ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`;
}

const stream = new ua.BinaryStream(1 << 20);

function encoded(instance: Any): Uint8Array {
	stream.rewind();
	instance.encode(stream);
	return new Uint8Array(stream.buffer.subarray(0, stream.length));
}

function compare(ours: unknown, theirs: unknown, where: string): void {
	expect(difference(plain(ours), plain(theirs), ""), where).toBeUndefined();
}

describe("tables", () => {
	it("are what their generator makes of the type dictionary", () => {
		const script = fileURLToPath(new URL("opcuaTables.mjs", import.meta.url));
		const made = execFileSync(process.execPath, [script, "--print"], { encoding: "utf8" });
		expect(readFileSync(new URL("../../protocols/opcua/tables.generated.ts", import.meta.url), "utf8")).toBe(made);
	});
});

describe("structures against node-opcua", () => {
	const structures = [...STRUCTURE_BY_ID.values()].filter((structure) => ua[structure.name] !== undefined);

	it("knows nearly all structures that node-opcua knows", () => {
		expect(structures.length).toBeGreaterThan(250);
	});

	it.each(structures.map((structure): [string, Structure] => [structure.name, structure]))("%s", (name, structure) => {
		const dice = new Dice(SEED + structure.encodingId);
		for (let round = 0; round < ROUNDS; round++) {
			const instance = object(dice, name, 0);
			const bytes = encoded(instance);
			const walk = new Walk(new Items());
			walk.reset(bytes, 0, bytes.length);
			expect(walk.structure(structure, 0), `${name}, round ${round}: ${walk.failure}`).toBe(true);
			expect(walk.at, `${name}, round ${round}`).toBe(bytes.length);
			const ours = new Nester(bytes, 0, bytes.length, () => undefined).read(structure, 0);
			compare(ours, saidObject(instance), `${name}, round ${round}`);
		}
	});
});

describe("services against node-opcua", () => {
	const messages = [...SERVICES.values()].flatMap((service) => [service.request, service.response]);
	const known = messages.filter((structure) => ua[structure.name] !== undefined);

	it("has both messages of every service", () => {
		expect(SERVICES.size).toBe(39);
		expect(known.length).toBe(messages.length);
	});

	it.each(known.map((structure): [string, Structure] => [structure.name, structure]))("%s", (name, structure) => {
		const dice = new Dice(SEED - structure.encodingId);
		for (let round = 0; round < ROUNDS; round++) {
			const instance = object(dice, name, 0);
			const header = instance.requestHeader ?? instance.responseHeader;
			const body = Buffer.concat([Buffer.from([1, 0, structure.encodingId & 255, structure.encodingId >> 8]), encoded(instance)]);
			const harness = new StreamHarness(opcua);
			harness.request(openRequest()).response(openResponse());
			harness.send(instance.requestHeader === undefined ? 1 : 0, message(body, { request: 9 }));
			const record = harness.records.at(-1)!;
			expect(record.kind, `${name}: ${record.reason}`).toMatch(/^(request|response|unsolicited)$/);
			expect(record.typeId).toBe(structure.encodingId);
			expect(record.service).toBe(name.replace(/Request$|Response$/, ""));
			expect(record.requestHandle).toBe(header.requestHandle);
			expect(record.timestamp).toBe(header.timestamp.getTime() / 1000);
			if (instance.responseHeader !== undefined) {
				expect(record.serviceResult).toEqual({ name: header.serviceResult.name, code: header.serviceResult.value });
			}
			const { requestHeader: _request, responseHeader: _response, ...theirs } = saidObject(instance);
			compare(record.parameters ?? {}, theirs, `${name}, round ${round}`);
		}
	});
});
