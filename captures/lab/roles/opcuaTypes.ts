/** Every structure class of node-opcua's codec by its name: its own packages export only some of them. */
import { createRequire } from "node:module";

type Structure = new (fields?: Readonly<Record<string, unknown>>) => object;

const load = createRequire(createRequire(import.meta.url).resolve("node-opcua/package.json"));
const types = load("node-opcua-types") as Readonly<Record<string, Structure>>;
const { OpaqueStructure } = load("node-opcua-extension-object") as { OpaqueStructure: new (typeId: object, body: Buffer) => object };

/** An instance of a structure of the standard. */
export function make(name: string, fields: Readonly<Record<string, unknown>> = {}): object {
	const Type = types[name];
	if (Type === undefined) throw new Error(`node-opcua has no structure ${name}`);
	return new Type(fields);
}

/** An extension object of a structure that the codec does not know. */
export const opaque = (typeId: object, body: Buffer): object => new OpaqueStructure(typeId, body);
