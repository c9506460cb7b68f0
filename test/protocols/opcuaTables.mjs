/**
 * Writes `protocols/opcua/tables.generated.ts`: the structures, enumerations, status codes and standard node names of OPC UA, from the OPC Foundation's own type
 * dictionary as the development dependency node-opcua ships it. Run by hand after an update: `node test/protocols/opcuaTables.mjs`; with `--print` it
 * only prints, so that a test can compare.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(createRequire(import.meta.url).resolve("node-opcua/package.json"));
const { DataTypeIds, MethodIds, ObjectIds, VariableIds } = load("node-opcua-constants");
const { StatusCodes } = load("node-opcua-status-code");
const nodesets = load.resolve("node-opcua-nodesets/package.json").replace("package.json", "nodesets/");
const schema = readFileSync(`${nodesets}Opc.Ua.Types.bsd`, "utf8");
const nodeset = readFileSync(`${nodesets}Opc.Ua.NodeSet2.xml`, "utf8");

/** Part 6, 5.2.2: these have an encoding of their own and are read by hand. */
const BUILT_IN = new Set(
	"Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double String DateTime Guid ByteString XmlElement NodeId ExpandedNodeId StatusCode QualifiedName LocalizedText ExtensionObject DataValue Variant DiagnosticInfo".split(
		" ",
	),
);

const attribute = (text, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1];
const lowerFirst = (name) => {
	const run = /^[A-Z]+(?=[A-Z][a-z]|$)/.exec(name);
	return run !== null && run[0].length > 1 && run[0].length === name.length ? name.toLowerCase() : name[0].toLowerCase() + name.slice(1);
};

const enumerations = new Map();
for (const [, head, body] of schema.matchAll(/<opc:EnumeratedType ([^>]*)>([\s\S]*?)<\/opc:EnumeratedType>/g)) {
	const values = [...body.matchAll(/<opc:EnumeratedValue ([^>]*)\/>/g)].map(([, value]) => [
		attribute(value, "Name"),
		Number(attribute(value, "Value")),
	]);
	enumerations.set(attribute(head, "Name"), {
		bits: Number(attribute(head, "LengthInBits")),
		isMask: head.includes("IsOptionSet"),
		values,
	});
}

const structures = new Map();
for (const [, head, body] of schema.matchAll(/<opc:StructuredType ([^>]*[^/])>([\s\S]*?)<\/opc:StructuredType>/g)) {
	const name = attribute(head, "Name");
	if (BUILT_IN.has(name)) continue;
	const fields = [...body.matchAll(/<opc:Field ([^>]*)\/>/g)].map(([, field]) => ({
		name: attribute(field, "Name"),
		type: attribute(field, "TypeName").replace(/^\w+:/, "").replace("CharArray", "String"),
		length: attribute(field, "LengthField"),
		isSwitched: field.includes("SwitchField="),
		isBit: field.includes('"opc:Bit"'),
	}));
	const lengths = new Set(fields.map((field) => field.length));
	structures.set(name, { fields: fields.filter((field) => !lengths.has(field.name)) });
}

/** A structure is listed when a message can hold it: it has a binary encoding of its own, or another listed one names it. */
const listed = new Map();
const usedEnumerations = new Set();
const list = (name) => {
	if (listed.has(name)) return;
	const structure = structures.get(name);
	if (structure === undefined) throw new Error(`no structure ${name}`);
	listed.set(name, undefined);
	const fields = structure.fields.map((field) => {
		if (field.isSwitched || field.isBit) throw new Error(`${name}.${field.name}: optional fields are not supported`);
		if (enumerations.has(field.type)) usedEnumerations.add(field.type);
		else if (!BUILT_IN.has(field.type)) list(field.type);
		return `${lowerFirst(field.name)}:${field.type}${field.length === undefined ? "" : "[]"}`;
	});
	listed.set(name, [name, ObjectIds[`${name}_Encoding_DefaultBinary`] ?? 0, ...fields].join(" "));
};
for (const name of structures.keys()) if (ObjectIds[`${name}_Encoding_DefaultBinary`] !== undefined) list(name);

const enumerationLines = [...usedEnumerations].sort().map((name) => {
	const { bits, isMask, values } = enumerations.get(name);
	return `${name} ${isMask ? "mask" : "one"} ${bits} ${values.map(([word, value]) => `${word}=${value}`).join(" ")}`;
});
const statusLines = Object.values(StatusCodes)
	.filter((status) => typeof status.value === "number")
	.map((status) => [status.value >>> 0, status.name])
	.filter(([value]) => value % 0x10000 === 0)
	.sort(([a], [b]) => a - b)
	.map(([value, name]) => `${(value / 0x10000).toString(16).padStart(4, "0")} ${name}`);
/** Methods of types too: alarms are acknowledged by them (Part 9). */
const isOfServers = ([name, id]) => typeof id === "number" && /^\D/.test(name) && !/^OPCUANamespaceMetadata|^Opc_?Ua/i.test(name);
const nodeLines = [
	...Object.entries(MethodIds).filter(isOfServers),
	...Object.entries(VariableIds).filter((entry) => isOfServers(entry) && !/Type_|Type$/.test(entry[0])),
]
	.sort(([, a], [, b]) => a - b)
	.map(([name, id]) => `${id} ${name}`);

/** Data types by node id: a listed structure or enumeration by its name, any other by the built-in type that it is encoded as. */
const parents = new Map();
for (const [, id, body] of nodeset.matchAll(/<UADataType NodeId="i=(\d+)"[^>]*>([\s\S]*?)<\/UADataType>/g)) {
	parents.set(Number(id), Number(/ReferenceType="HasSubtype" IsForward="false">i=(\d+)</.exec(body)?.[1] ?? 0));
}
const nameOfId = new Map(Object.entries(DataTypeIds).map(([name, id]) => [id, name]));
const encodedAs = (id) => {
	const name = nameOfId.get(id);
	if (listed.has(name) || usedEnumerations.has(name)) return name;
	if (id === DataTypeIds.Enumeration) return "Int32";
	if (id === DataTypeIds.Structure) return "ExtensionObject";
	// Part 6, 5.1.10 (Decimal), 5.2.2.16: a field of an abstract type holds a Variant.
	if (name === "Decimal") return "ExtensionObject";
	if (["BaseDataType", "Number", "Integer", "UInteger"].includes(name)) return "Variant";
	if (BUILT_IN.has(name)) return name;
	return parents.has(id) && parents.get(id) !== 0 ? encodedAs(parents.get(id)) : undefined;
};
const dataTypeLines = [...nameOfId.keys()]
	.sort((a, b) => a - b)
	.map((id) => [id, encodedAs(id)])
	.filter(([, name]) => name !== undefined)
	.map(([id, name]) => `${id} ${name}`);

const methods = new Map();
for (const [, which, method, body] of nodeset.matchAll(
	/<UAVariable NodeId="i=\d+" BrowseName="(Input|Output)Arguments" ParentNodeId="i=(\d+)"[^>]*>([\s\S]*?)<\/UAVariable>/g,
)) {
	const known = methods.get(Number(method)) ?? { Input: [], Output: [] };
	known[which] = [...body.matchAll(/<Argument>\s*<Name>(\w+)<\/Name>\s*<DataType>\s*<Identifier>i=(\d+)</g)].map(
		([, name, type]) => `${name}:${type}`,
	);
	methods.set(Number(method), known);
}
const methodLines = [...methods]
	.sort(([a], [b]) => a - b)
	.filter(([, { Input, Output }]) => Input.length + Output.length > 0)
	.map(([id, { Input, Output }]) => [id, ...Input, ">", ...Output].join(" "));

const block = (name, text, lines) => `/** ${text} */\nexport const ${name} = \`\n${lines.join("\n")}\n\`;\n`;
const text = `/**
 * Made by test/protocols/opcuaTables.mjs from the OPC Foundation's type dictionary (Opc.Ua.Types.bsd) and node ids, as shipped with node-opcua. Do not edit.
 *
 * Copyright (c) 2005-2024 The OPC Foundation, Inc. All rights reserved.
 * OPC Foundation MIT License 1.00, http://opcfoundation.org/License/MIT/1.00/
 */

${block("STRUCTURES", "A structure a line: its name, the node id of its binary encoding (0 for none), its fields as name:type, [] for an array.", [...listed.values()].sort())}
${block("ENUMERATIONS", "An enumeration a line: its name, one or mask, its length in bits, its values.", enumerationLines)}
${block("DATA_TYPES", "A data type a line: its numeric id in namespace 0, and the structure, enumeration or built-in type that it is encoded as.", dataTypeLines)}
${block("METHODS", "A method a line: its numeric id in namespace 0, its input arguments as name:data type, >, its output arguments.", methodLines)}
${block("STATUS_CODES", "A status code a line: its upper 16 bits in hex, and its name.", statusLines)}
${block("STANDARD_NODES", "Methods and variables that every server may have in namespace 0: numeric id and name.", nodeLines)}`;

if (process.argv.includes("--print")) process.stdout.write(text);
else {
	writeFileSync(new URL("../../protocols/opcua/tables.generated.ts", import.meta.url), text);
	process.stdout.write(
		`${listed.size} structures, ${enumerationLines.length} enumerations, ${dataTypeLines.length} data types, ${methodLines.length} methods, ${statusLines.length} status codes, ${nodeLines.length} nodes\n`,
	);
}
