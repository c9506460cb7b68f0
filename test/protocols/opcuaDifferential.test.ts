/** Every service message and every structure of our tables against node-opcua: it encodes random values, we decode, and both say the same. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { SERVICES, STRUCTURE_BY_ID, type Structure } from "../../protocols/opcua/codes.ts";
import { opcua } from "../../protocols/opcua/index.ts";
import { Nester } from "../../protocols/opcua/nested.ts";
import { Items, Walk } from "../../protocols/opcua/walk.ts";
import { StreamHarness } from "../support/decoderHarness.ts";
import { message, openRequest, openResponse } from "./opcuaMessages.ts";
import { type Any, basicType, difference, fieldsOf, plain, saidObject, ua } from "./opcuaSaid.ts";
import { RECORDING, SERVICE_SETS, servicesTable, writtenTable } from "./opcuaServices.ts";
import { type Comparison, compareTraffic } from "./opcuaTraffic.ts";

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

const stream = new ua.BinaryStream(1 << 20);

function encoded(instance: Any): Uint8Array {
	stream.rewind();
	instance.encode(stream);
	return new Uint8Array(stream.buffer.subarray(0, stream.length));
}

/** Names of an event's fields, by the filter beside it. */
const NAMED: ReadonlySet<string> = new Set(["field"]);

function compare(ours: unknown, theirs: unknown, where: string): void {
	expect(difference(plain(ours), plain(theirs), "", NAMED), where).toBeUndefined();
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

describe("a recording of every service against node-opcua", () => {
	let comparison: Comparison;
	beforeAll(async () => {
		comparison = await compareTraffic(RECORDING);
	});

	it("says every message with every field as node-opcua reads it, and no message more", () => {
		expect([...comparison.differences.values()]).toEqual([]);
		expect(comparison.surplus).toBe(0);
		expect(comparison.messages.length).toBeGreaterThan(400);
	});

	it("has the request of every service, and the answer of each that is answered on TCP", () => {
		const services = SERVICE_SETS.flatMap(([, names]) => names);
		expect([...services].sort()).toEqual([...SERVICES.keys()].sort());
		const seen = new Set(comparison.messages.map(({ structure }) => structure));
		expect(services.filter((name) => !seen.has(`${name}Request`))).toEqual([]);
		expect(services.filter((name) => !seen.has(`${name}Response`))).toEqual(["CloseSecureChannel"]);
	});

	it("is what the README says of it", () => {
		expect(writtenTable()).toBe(servicesTable(comparison));
	});
});
