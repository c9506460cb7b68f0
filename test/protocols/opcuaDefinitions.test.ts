/** What a server says in passing of how its data is made gives names to later lines: with bodies that node-opcua's codec made. */
import { describe, expect, it } from "vitest";
import { LAYOUT, SECRET_METHODS, STRUCTURE_BY_NAME } from "../../protocols/opcua/codes.ts";
import {
	type Definitions,
	MAX_ARGUMENTS,
	MAX_ENTRIES,
	MAX_NAMESPACES,
	MAX_SERVER_ENTRIES,
	MAX_STRUCTURE_FIELDS,
	MAX_WITHIN,
	MAX_WORDS,
} from "../../protocols/opcua/definitions.ts";
import { Memory } from "../../protocols/opcua/memory.ts";
import { exchange, type Harness, last, node, open } from "./opcuaExchange.ts";
import { message, Writer } from "./opcuaMessages.ts";
import { type Any, ua } from "./opcuaSaid.ts";

const { Scalar, Array: ArrayType } = ua.VariantArrayType;
const scalar = (dataType: string, value: unknown) => new ua.Variant({ dataType: ua.DataType[dataType], arrayType: Scalar, value });
const array = (dataType: string, value: unknown[]) => new ua.Variant({ dataType: ua.DataType[dataType], arrayType: ArrayType, value });
const reference = (nodeId: string, name: string, nodeClass = 2) => ({
	nodeId: ua.coerceExpandedNodeId(nodeId),
	isForward: true,
	browseName: { name },
	displayName: { text: name },
	nodeClass,
});

let request = 1;
/** A Browse of one node. */
const browse = (harness: Harness, nodeId: string, ...references: object[]) =>
	exchange(harness, ++request, "Browse", { nodesToBrowse: [{ nodeId: node(nodeId) }] }, { results: [{ references }] });
/** A Read of attributes. */
const read = (harness: Harness, ...items: [nodeId: string, attributeId: number, value: object][]) =>
	exchange(
		harness,
		++request,
		"Read",
		{ nodesToRead: items.map(([nodeId, attributeId]) => ({ nodeId: node(nodeId), attributeId })) },
		{ results: items.map(([, , value]) => ({ value })) },
	);
const call = (harness: Harness, methodId: string, inputArguments: object[], outputArguments: object[]) =>
	exchange(
		harness,
		++request,
		"Call",
		{ methodsToCall: [{ objectId: node("ns=1;s=Tour"), methodId: node(methodId), inputArguments }] },
		{ results: [{ statusCode: ua.StatusCodes.Good, outputArguments }] },
	);
const argument = (name: string, dataType: string) => new ua.Argument({ name, dataType: node(dataType), valueRank: -1 });

describe("the arguments of a method", () => {
	const DOSE = "ns=1;s=Dose";
	const learned = () => {
		const harness = browse(open(), "ns=1;s=Tour", reference(DOSE, "Dose", 4));
		browse(harness, DOSE, reference("ns=1;i=901", "InputArguments"), reference("ns=1;i=902", "OutputArguments"));
		return read(
			harness,
			["ns=1;i=901", 13, array("ExtensionObject", [argument("amount", "i=11"), argument("mode", "i=302")])],
			["ns=1;i=902", 13, array("ExtensionObject", [argument("accepted", "i=1")])],
		);
	};

	it("name those of a later Call, in the line and for people", () => {
		const harness = call(
			learned(),
			DOSE,
			[scalar("Double", 12.5), scalar("Int32", 3), scalar("String", "one too many")],
			[scalar("Boolean", true)],
		);
		expect(harness.records.at(-2)!.parameters).toMatchObject({
			methodsToCall: [
				{
					methodId: DOSE,
					method: "Dose",
					inputArguments: [
						{ argument: "amount", type: "Double", value: 12.5 },
						{ argument: "mode", type: "Int32", value: 3, valueName: "SignAndEncrypt" },
						{ type: "String", value: "one too many" },
					],
				},
			],
		});
		expect(last(harness).parameters.results[0].outputArguments).toEqual([{ argument: "accepted", type: "Boolean", value: true }]);
		expect(harness.labels[`method:${DOSE}`]).toBe("Dose(amount, mode)");
	});

	it("are part of its name when that comes after them, and stay with it", () => {
		const harness = browse(open(), DOSE, reference("ns=1;i=901", "InputArguments"));
		read(harness, ["ns=1;i=901", 13, array("ExtensionObject", [argument("amount", "i=11")])]);
		expect(harness.labels).not.toHaveProperty([`method:${DOSE}`]);
		browse(harness, "ns=1;s=Tour", reference(DOSE, "Dose", 4));
		expect(harness.labels[`method:${DOSE}`]).toBe("Dose(amount)");
	});

	it("are found by a browse path from the method, not by one from further up", () => {
		const translate = (start: string, ...names: string[]) => {
			const harness = exchange(
				open(),
				++request,
				"TranslateBrowsePathsToNodeIds",
				{
					browsePaths: [
						{ startingNode: node(start), relativePath: { elements: names.map((name) => ({ targetName: { name }, isInverse: false })) } },
					],
				},
				{ results: [{ targets: [{ targetId: ua.coerceExpandedNodeId("ns=1;i=901"), remainingPathIndex: 0xffffffff }] }] },
			);
			read(harness, ["ns=1;i=901", 13, array("ExtensionObject", [argument("amount", "i=11")])]);
			return call(harness, DOSE, [scalar("Double", 1)], []).records.at(-2)!.parameters as Any;
		};
		expect(translate(DOSE, "InputArguments").methodsToCall[0].inputArguments[0].argument).toBe("amount");
		expect(translate("ns=1;s=Tour", "Dose", "InputArguments").methodsToCall[0].inputArguments[0]).not.toHaveProperty("argument");
	});

	it("of the standard's own methods are known without being said", () => {
		// Server_GetMonitoredItems (Part 5).
		const harness = call(open(), "i=11492", [scalar("UInt32", 7)], []);
		expect((harness.records.at(-2)!.parameters as Any).methodsToCall[0].inputArguments).toEqual([
			{ argument: "SubscriptionId", type: "UInt32", value: 7 },
		]);
	});

	it("are not shown where they are secrets", () => {
		const method = `i=${[...SECRET_METHODS][0]}`;
		const harness = browse(open(), method, reference("ns=1;i=901", "InputArguments"));
		read(harness, ["ns=1;i=901", 13, array("ExtensionObject", [argument("password", "i=12")])]);
		call(harness, method, [scalar("String", "s3cret")], []);
		expect((harness.records.at(-2)!.parameters as Any).methodsToCall[0].inputArguments).toBe("(present)");
	});

	it("are of their server alone", () => {
		const memory = new Memory(() => undefined);
		memory.defining("plc 1").own(DOSE, "ns=1;i=901", "InputArguments");
		memory.defining("plc 1").read("ns=1;i=901", 13, [{ name: "amount", dataType: "i=11" }]);
		expect(memory.definitions("plc 1")?.argumentsOf(DOSE, true)).toHaveLength(1);
		expect(memory.defining("plc 2").argumentsOf(DOSE, true)).toBeUndefined();
	});
});

describe("words for values", () => {
	const STATE = "ns=1;s=Pump.State";
	const TYPE = "ns=1;i=3001";
	const readOf = (harness: Harness, nodeId: string, value: object): Any => last(read(harness, [nodeId, 13, value])).parameters.results[0];
	const enumDefinition = new ua.EnumDefinition({
		fields: ["Stopped", "Running"].map((name, index) => ({ value: index * 2, name, displayName: { text: name } })),
	});

	it("come from the EnumDefinition of the variable's data type", () => {
		const harness = read(open(), [STATE, 14, scalar("NodeId", node(TYPE))], [TYPE, 23, scalar("ExtensionObject", enumDefinition)]);
		expect(readOf(harness, STATE, scalar("Int32", 2))).toMatchObject({ nodeId: STATE, value: 2, valueName: "Running" });
		expect(readOf(harness, STATE, scalar("Int32", 1))).not.toHaveProperty("valueName");
		expect(readOf(harness, STATE, array("Int32", [0, 1, 2]))).toMatchObject({ valueName: ["Stopped", null, "Running"] });
		// An option set's bits are no values.
		expect(readOf(harness, STATE, scalar("UInt32", 2))).not.toHaveProperty("valueName");
	});

	it.each([
		["EnumStrings", array("LocalizedText", [{ text: "Stopped" }, { text: "" }, { text: "Running" }])],
		[
			"EnumValues",
			array(
				"ExtensionObject",
				["Stopped", "Running"].map((name, index) => new ua.EnumValueType({ value: [0, index * 2], displayName: { text: name } })),
			),
		],
	])("come from %s of a data type, and of the variable itself", (name, value) => {
		const harness = read(
			browse(open(), TYPE, reference("ns=1;i=77", name)),
			["ns=1;i=77", 13, value],
			[STATE, 14, scalar("NodeId", node(TYPE))],
		);
		expect(readOf(harness, STATE, scalar("Int32", 2)).valueName).toBe("Running");
		const own = read(browse(open(), STATE, reference("ns=1;i=78", name)), ["ns=1;i=78", 13, value]);
		expect(readOf(own, STATE, scalar("UInt32", 2)).valueName).toBe("Running");
	});

	it("come from the two states of a TwoStateDiscrete variable", () => {
		const harness = browse(open(), STATE, reference("ns=1;i=78", "TrueState"), reference("ns=1;i=79", "FalseState"));
		read(
			harness,
			["ns=1;i=78", 13, scalar("LocalizedText", { text: "open" })],
			["ns=1;i=79", 13, scalar("LocalizedText", { text: "closed" })],
		);
		expect([true, false].map((value) => readOf(harness, STATE, scalar("Boolean", value)).valueName)).toEqual(["open", "closed"]);
	});

	it("come from the standard itself for its enumerations", () => {
		const harness = read(open(), ["ns=1;s=Mirror", 14, scalar("NodeId", node("i=852"))]);
		expect(readOf(harness, "ns=1;s=Mirror", scalar("Int32", 1)).valueName).toBe("Failed");
	});

	it("stand in what is written and notified as well", () => {
		const harness = read(open(), [STATE, 14, scalar("NodeId", node(TYPE))], [TYPE, 23, scalar("ExtensionObject", enumDefinition)]);
		exchange(
			harness,
			++request,
			"Write",
			{ nodesToWrite: [{ nodeId: node(STATE), attributeId: 13, value: { value: scalar("Int32", 2) } }] },
			{ results: [ua.StatusCodes.Good] },
		);
		expect((harness.records.at(-2)!.parameters as Any).nodesToWrite[0].value).toMatchObject({ value: 2, valueName: "Running" });
		exchange(
			harness,
			++request,
			"CreateMonitoredItems",
			{
				subscriptionId: 5,
				itemsToCreate: [{ itemToMonitor: { nodeId: node(STATE), attributeId: 13 }, requestedParameters: { clientHandle: 8 } }],
			},
			{ results: [{ statusCode: ua.StatusCodes.Good, monitoredItemId: 31 }] },
		);
		exchange(
			harness,
			++request,
			"Publish",
			{},
			{
				subscriptionId: 5,
				notificationMessage: {
					notificationData: [
						new ua.DataChangeNotification({ monitoredItems: [{ clientHandle: 8, value: { value: scalar("Int32", 0) } }] }),
					],
				},
			},
		);
		expect(last(harness).parameters.notificationMessage.notificationData[0].monitoredItems[0].value.valueName).toBe("Stopped");
	});
});

describe("unit and range", () => {
	it("of a node stand beside its values, and are kept", () => {
		const harness = browse(open(), "ns=1;s=Level", reference("ns=1;i=5", "EngineeringUnits"), reference("ns=1;i=6", "EURange"));
		read(
			harness,
			[
				"ns=1;i=5",
				13,
				scalar("ExtensionObject", new ua.EUInformation({ namespaceUri: "u", unitId: 5066068, displayName: { text: "mm" } })),
			],
			["ns=1;i=6", 13, scalar("ExtensionObject", new ua.Range({ low: 0, high: 4000 }))],
		);
		read(harness, ["ns=1;s=Level", 13, scalar("Double", 1800)], ["ns=1;s=Other", 13, scalar("Double", 1)]);
		const [level, other] = last(harness).parameters.results;
		expect(level).toMatchObject({ nodeId: "ns=1;s=Level", value: 1800, unit: "mm", range: [0, 4000] });
		expect(other).not.toHaveProperty("unit");
	});
});

describe("structures of a server's own", () => {
	const RECIPE = "ns=1;i=3010";
	const RECIPE_BINARY = "ns=1;i=5010";
	const field = (name: string, dataType: string, more: object = {}) => ({ name, dataType: node(dataType), valueRank: -1, ...more });
	const structure = (encoding: string, structureType: number, fields: object[]) =>
		scalar(
			"ExtensionObject",
			new ua.StructureDefinition({ defaultEncodingId: node(encoding), baseDataType: node("i=22"), structureType, fields }),
		);
	/** What a line shows of a value with this body. */
	const shown = (harness: Harness, encoding: number, bytes: Uint8Array): Any => {
		const value = new Writer().u8(1, 22).u8(2).u16(1).u32(encoding).u8(1).string(bytes).bytes();
		const item = new Writer().id(673).requestHeader(1).u32(1).node("X").u32(13).string(null).raw(value).bytes();
		return last(harness.request(message(item, { request: ++request }))).parameters.nodesToWrite[0].value.value;
	};
	const recipe = () =>
		read(
			browse(open(), "i=22", reference(RECIPE, "Recipe", 64)),
			[
				RECIPE,
				23,
				structure(RECIPE_BINARY, 0, [
					field("name", "i=12"),
					field("limits", "i=884"),
					field("mode", "ns=1;i=3001"),
					field("wait", "i=290"),
					field("steps", "ns=1;i=3011", { valueRank: 1 }),
				]),
			],
			["ns=1;i=3011", 23, structure("ns=1;i=5011", 1, [field("volume", "i=11"), field("note", "i=12", { isOptional: true })])],
			[
				"ns=1;i=3001",
				23,
				scalar("ExtensionObject", new ua.EnumDefinition({ fields: [{ value: 1, name: "Fast", displayName: { text: "Fast" } }] })),
			],
		);
	const bytes = () =>
		new Writer().string("Cola").f64(0).f64(10).u32(1).f64(2.5).u32(2).u32(0).f64(1.5).u32(1).f64(3).string("slowly").bytes();

	it("are read field by field once all of their parts were described", () => {
		expect(shown(recipe(), 5010, bytes())).toEqual({
			typeId: RECIPE_BINARY,
			type: "Recipe",
			fields: [
				{ field: "name", value: "Cola" },
				{ field: "limits", value: { low: 0, high: 10 } },
				{ field: "mode", value: "Fast" },
				{ field: "wait", value: 2.5 },
				{
					field: "steps",
					value: [
						{ type: "ns=1;i=3011", fields: [{ field: "volume", value: 1.5 }] },
						{
							type: "ns=1;i=3011",
							fields: [
								{ field: "volume", value: 3 },
								{ field: "note", value: "slowly" },
							],
						},
					],
				},
			],
		});
	});

	it("stay bytes while a part is unknown, and where they do not fit to the last byte", () => {
		expect(shown(open(), 5010, bytes())).toMatchObject({ typeId: RECIPE_BINARY, length: bytes().length });
		const partly = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("steps", "ns=1;i=3011")])]);
		expect(shown(partly, 5010, new Uint8Array(12))).toMatchObject({ typeId: RECIPE_BINARY, length: 12 });
		expect(shown(recipe(), 5010, bytes().slice(0, -1))).toMatchObject({ length: bytes().length - 1 });
		expect(shown(recipe(), 5010, Uint8Array.from([...bytes(), 0]))).toMatchObject({ length: bytes().length + 1 });
	});

	it("may be unions", () => {
		const harness = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 2, [field("percent", "i=3"), field("text", "i=12")])]);
		expect(shown(harness, 5010, new Writer().u32(2).string("half").bytes()).fields).toEqual([{ field: "text", value: "half" }]);
		expect(shown(harness, 5010, new Writer().u32(0).bytes()).fields).toEqual([]);
		expect(shown(harness, 5010, new Writer().u32(3).u8(1).bytes())).toMatchObject({ length: 5 });
	});

	it("may hold themselves, and cost nothing when hostile", () => {
		const harness = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("children", RECIPE, { valueRank: 1 })])]);
		expect(shown(harness, 5010, new Writer().u32(2).u32(0).u32(1).u32(0).bytes()).fields[0].value).toHaveLength(2);
		const endless = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("itself", RECIPE), field("again", RECIPE)])]);
		expect(shown(endless, 5010, new Uint8Array(1000))).toMatchObject({ length: 1000 });
		// Elements of no bytes: an abstract structure has no field. Many of them in many arrays would be without end.
		const empty = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("nothing", "i=18809", { valueRank: 1 })])]);
		expect(STRUCTURE_BY_NAME.get("CartesianCoordinates")).toMatchObject({ fields: [], layout: LAYOUT.plain });
		expect(shown(empty, 5010, new Writer().u32(0).bytes())).toMatchObject({ length: 4 });
		const names = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("__proto__", "i=12"), field("typeId", "i=12")])]);
		expect(shown(names, 5010, new Writer().string("a").string("b").bytes()).fields).toEqual([
			{ field: "__proto__", value: "a" },
			{ field: "typeId", value: "b" },
		]);
	});

	it("are read a few deep within one another, and no deeper", () => {
		const harness = read(open(), [RECIPE, 23, structure(RECIPE_BINARY, 0, [field("inner", "i=22")])]);
		let inner = new Writer().u8(0, 0, 0).bytes();
		for (let depth = 0; depth < 200; depth++) inner = new Writer().u8(2).u16(1).u32(5010).u8(1).string(inner).bytes();
		const found = shown(harness, 5010, inner);
		let depth = 0;
		let at = found;
		while (at?.fields !== undefined) {
			depth++;
			at = at.fields[0].value;
		}
		expect(depth).toBe(8);
		expect(at).toHaveProperty("bytes");
	});

	it("that are matrices, too long or without a field are counted, not kept", () => {
		const many = Array.from({ length: MAX_STRUCTURE_FIELDS + 1 }, (_, index) => field(`f${index}`, "i=1"));
		const harness = open();
		for (const fields of [[field("matrix", "i=11", { valueRank: 2 })], [], many])
			read(harness, [RECIPE, 23, structure(RECIPE_BINARY, 0, fields)]);
		expect(harness.counts["structure-not-understood"]).toBe(3);
	});
});

describe("bounds of definitions", () => {
	const counted = () => {
		const counts: Record<string, number> = {};
		const memory = new Memory((what) => {
			counts[what] = (counts[what] ?? 0) + 1;
		});
		return { counts, memory };
	};
	const words = (count: number) => Array.from({ length: count }, (_, index) => `word ${index}`);
	const teach = (definitions: Definitions, owner: string, count: number) => {
		definitions.own(owner, `${owner}/p`, "EnumStrings");
		return definitions.read(`${owner}/p`, 13, words(count));
	};

	it("one definition keeps so many names", () => {
		const { counts, memory } = counted();
		const definitions = memory.defining("plc");
		teach(definitions, "ns=1;i=1", MAX_WORDS + 5);
		expect(definitions.wordsOf("ns=1;i=1", "UInt32")?.size).toBe(MAX_WORDS);
		definitions.own("ns=1;i=2", "ns=1;i=3", "InputArguments");
		definitions.read(
			"ns=1;i=3",
			13,
			words(MAX_ARGUMENTS + 1).map((name) => ({ name, dataType: "i=1" })),
		);
		expect(definitions.argumentsOf("ns=1;i=2", true)).toHaveLength(MAX_ARGUMENTS);
		definitions.read("i=2255", 13, words(MAX_NAMESPACES + 1));
		expect(definitions.namespaces).toHaveLength(MAX_NAMESPACES);
		expect(counts["definition-too-long"]).toBe(2);
	});

	it("one server keeps so much; the same again costs nothing", () => {
		const { counts, memory } = counted();
		const definitions = memory.defining("plc");
		teach(definitions, "ns=1;i=0", 500);
		const { size } = definitions;
		for (let again = 0; again < 100; again++) teach(definitions, "ns=1;i=0", 500);
		expect(definitions.size).toBe(size);
		for (let index = 1; index < 100; index++) teach(definitions, `ns=1;i=${index}`, 500);
		expect(definitions.size).toBeLessThanOrEqual(MAX_SERVER_ENTRIES);
		expect(counts.definitions).toBeGreaterThan(0);
		expect(definitions.wordsOf("ns=1;i=0", "UInt32")?.size).toBe(500);
	});

	it("all servers keep so much; the first gives way to the last", () => {
		const { counts, memory } = counted();
		const first = memory.defining("plc 0");
		for (let server = 0; server < 10; server++) {
			for (let index = 0; index < 30; index++) teach(memory.defining(`plc ${server}`), `ns=1;i=${index}`, 500);
		}
		expect(first.isKept).toBe(false);
		expect(memory.definitions("plc 0")).toBeUndefined();
		let kept = 0;
		for (let server = 0; server < 10; server++) kept += memory.definitions(`plc ${server}`)?.size ?? 0;
		expect(kept).toBeLessThanOrEqual(MAX_ENTRIES);
		expect(kept).toBeGreaterThan(MAX_ENTRIES / 2);
		expect(counts["definitions-forgotten"]).toBeGreaterThan(0);
		for (let server = 0; server < 3000; server++) memory.defining(`small ${server}`);
		expect(memory.definitions("small 0")).toBeUndefined();
	});

	it("one structure has so many within it", () => {
		const { memory } = counted();
		const definitions = memory.defining("plc");
		const chain = (length: number) => {
			for (let index = 0; index < length; index++) {
				const inner = index === length - 1 ? "i=1" : `ns=2;i=${length * 1000 + index + 1}`;
				definitions.read(`ns=2;i=${length * 1000 + index}`, 23, {
					type: "StructureDefinition",
					structureType: "Structure",
					defaultEncodingId: `ns=3;i=${length * 1000 + index}`,
					fields: [{ name: "inner", dataType: inner, valueRank: -1 }],
				});
			}
			return definitions.structureOf(`ns=3;i=${length * 1000}`);
		};
		expect(chain(MAX_WITHIN)).toBeDefined();
		expect(chain(MAX_WITHIN + 1)).toBeUndefined();
	});
});
