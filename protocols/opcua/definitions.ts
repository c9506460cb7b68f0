/**
 * How one server's data is made, as its answers said in passing: arguments of methods (Part 3, 8.6), words for the values of enumerations and states (EnumStrings, EnumValues,
 * EnumDefinition; Part 8, 5.3.3), structures of its own (StructureDefinition, Part 3), units and ranges (EUInformation and EURange, Part 8, 5.6). It is learned from the
 * properties of a node, which are nodes of their own: a Browse or a browse path says whose they are, a Read what they hold.
 *
 * Reads records of bodies that a walk has found whole. Every text is from the wire. What is kept is paid for from one budget for all servers.
 */
import {
	type Argument,
	CAPTURE,
	DATA_TYPE_BY_ID,
	type DataType,
	type Enumeration,
	FIXED_SIZE,
	type Field,
	LAYOUT,
	SERVICE,
	STANDARD_METHODS,
	type Structure,
	TYPE,
	VALUE_ATTRIBUTE,
} from "./codes.ts";
import type { AskedNames } from "./names.ts";
import type { Nested } from "./nested.ts";

/** Names, words, fields and links kept for all servers: some hundred definitions of some hundred servers. */
export const MAX_ENTRIES = 65_536;
/** Of one server. */
export const MAX_SERVER_ENTRIES = 16_384;
/** Of one definition. Methods have a handful of arguments, enumerations some tens of words, structures some tens of fields. */
export const MAX_ARGUMENTS = 64;
export const MAX_WORDS = 512;
export const MAX_STRUCTURE_FIELDS = 128;
/** Namespaces of one server; companion specifications make some tens. */
export const MAX_NAMESPACES = 256;
/** Structures within one structure. */
export const MAX_WITHIN = 64;
/** Characters of a name or a word. */
const MAX_NAME = 128;
/** Characters of a method's name with its arguments. */
const MAX_SIGNATURE = 128;
/** Bits of the mask before a structure with optional fields (Part 6, 5.2.7). */
const MASK_BITS = 32;

export const DATA_TYPE_ATTRIBUTE = 14;
export const DEFINITION_ATTRIBUTE = 23;
/** Part 5: Server_NamespaceArray. */
export const NAMESPACE_ARRAY = "i=2255";

/** Properties that say something of their owner, by the BrowseName that the standard gives them. */
const PROPERTIES = [
	"InputArguments",
	"OutputArguments",
	"EnumStrings",
	"EnumValues",
	"TrueState",
	"FalseState",
	"EURange",
	"EngineeringUnits",
] as const;
type Property = (typeof PROPERTIES)[number];
const isProperty = (name: unknown): name is Property => (PROPERTIES as readonly unknown[]).includes(name);

/** Unit and usual range of a variable's values. */
interface Scale {
	unit?: string;
	low?: number;
	high?: number;
}

/** What is known of a node. */
interface Aspect extends Scale {
	InputArguments?: readonly Argument[];
	OutputArguments?: readonly Argument[];
	/** Words for its values: of a variable with states, or of all values of a data type. */
	words?: ReadonlyMap<number, string>;
	/** Of a variable. */
	dataType?: string;
	/** Of a data type. */
	structure?: Described;
	/** Of the encoding of a structure. */
	encodes?: string;
	/** Of a property. */
	says?: Property;
	owner?: string;
}

/** A structure as its server described it. */
interface Described {
	readonly layout: number;
	readonly fields: readonly DescribedField[];
}
interface DescribedField {
	readonly name: string;
	readonly dataType: string;
	readonly isArray: boolean;
	readonly isOptional: boolean;
}

/** What all servers together may still keep. */
export interface Room {
	/** True where `count` more may be kept. */
	take(count: number): boolean;
	give(count: number): void;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Nested => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Nested) : {});

/** Text of a String or a LocalizedText, undefined where there is none. */
function text(value: unknown): string | undefined {
	const found = typeof value === "string" ? value : record(value).text;
	return typeof found === "string" && found !== "" ? found.slice(0, MAX_NAME) : undefined;
}

const number = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

export class Definitions {
	/** False once it gave way to other servers. */
	isKept = true;
	/** Namespace URIs by their index. */
	namespaces: readonly string[] | undefined = undefined;
	/** Entries that it holds. */
	size = 0;
	readonly #aspects = new Map<string, Aspect>();
	readonly #built = new Map<string, Structure | undefined>();
	readonly #room: Room;
	readonly #count: (what: string) => void;

	constructor(room: Room, count: (what: string) => void) {
		this.#room = room;
		this.#count = count;
	}

	/** True where a Read of the node's value says something of another node. */
	isTelling(node: string): boolean {
		return this.#aspects.get(node)?.says !== undefined;
	}

	/** `property` is a node with the BrowseName `name`, of `owner`. */
	own(owner: string, property: unknown, name: unknown): void {
		if (typeof property !== "string" || !isProperty(name)) return;
		const known = this.#aspects.get(property);
		if (known?.says === name && known.owner === owner) return;
		const aspect = this.#aspect(property);
		if (aspect === undefined) return;
		aspect.says = name;
		aspect.owner = owner;
	}

	/** What an attribute of a node was read as; gives the node that is known better now. */
	read(node: string, attribute: number, value: unknown): string | undefined {
		if (attribute === DATA_TYPE_ATTRIBUTE) {
			this.#typed(node, value);
			return undefined;
		}
		if (attribute === DEFINITION_ATTRIBUTE) {
			this.#defined(node, record(value));
			return undefined;
		}
		if (node === NAMESPACE_ARRAY) {
			const uris = list(value)
				.slice(0, MAX_NAMESPACES)
				.map((uri) => (typeof uri === "string" ? uri.slice(0, 256) : ""));
			if (this.#paid(this.namespaces?.length ?? 0, uris.length)) this.namespaces = uris;
			return undefined;
		}
		const property = this.#aspects.get(node);
		if (property?.says === undefined) return undefined;
		return this.#told(property.owner!, property.says, value) ? property.owner : undefined;
	}

	/** Names of the arguments of a method. */
	argumentsOf(method: string, isInput: boolean): readonly Argument[] | undefined {
		const aspect = this.#aspects.get(method);
		return isInput ? aspect?.InputArguments : aspect?.OutputArguments;
	}

	/** Unit and range of a node. */
	scaleOf(node: string): Scale | undefined {
		const aspect = this.#aspects.get(node);
		return aspect?.unit === undefined && aspect?.low === undefined ? undefined : aspect;
	}

	/** Words for the values of a variable. Those of its data type are for an enumeration's Int32 only: an option set has bits for them. */
	wordsOf(node: string, type: unknown): ReadonlyMap<number, string> | undefined {
		const aspect = this.#aspects.get(node);
		if (aspect?.words !== undefined) return aspect.words;
		return aspect?.dataType === undefined ? undefined : this.wordsOfType(aspect.dataType, type);
	}

	/** Words for the values of a data type. */
	wordsOfType(dataType: string, type: unknown): ReadonlyMap<number, string> | undefined {
		return standardWords(dataType, type) ?? (isEnumerated(type) ? this.#aspects.get(dataType)?.words : undefined);
	}

	/** The structure that is encoded as `encoding`, where all of it is known. */
	structureOf(encoding: string): Structure | undefined {
		const dataType = this.#aspects.get(encoding)?.encodes;
		if (dataType === undefined) return undefined;
		if (!this.#built.has(dataType)) this.#built.set(dataType, this.#build(dataType));
		return this.#built.get(dataType);
	}

	/** What was known of a node, or the beginning of it; undefined where there is no room. */
	#aspect(node: string): Aspect | undefined {
		let aspect = this.#aspects.get(node);
		if (aspect === undefined) {
			if (!this.#paid(0, 1)) return undefined;
			aspect = {};
			this.#aspects.set(node, aspect);
		}
		return aspect;
	}

	/** Pays for what takes the place of `before`. */
	#paid(before: number, after: number): boolean {
		const more = after - before;
		if (more > 0 && (this.size + more > MAX_SERVER_ENTRIES || !this.#room.take(more))) {
			this.#count("definitions");
			return false;
		}
		if (more < 0) this.#room.give(-more);
		this.size += more;
		return true;
	}

	#typed(variable: string, dataType: unknown): void {
		if (typeof dataType !== "string") return;
		const standard = standardOf(dataType);
		if (standard !== undefined && standard.enumeration === undefined) return; // it has no words
		const aspect = this.#aspect(variable);
		if (aspect !== undefined) aspect.dataType = dataType;
	}

	#told(owner: string, property: Property, value: unknown): boolean {
		switch (property) {
			case "InputArguments":
			case "OutputArguments": {
				const found = this.#bounded(list(value), MAX_ARGUMENTS).map((one) => {
					const { name, dataType } = record(one);
					return { name: text(name) ?? "", dataType: typeof dataType === "string" ? dataType : "" };
				});
				const aspect = this.#aspect(owner);
				if (aspect === undefined || !this.#paid(aspect[property]?.length ?? 0, found.length)) return false;
				aspect[property] = found;
				return property === "InputArguments";
			}
			case "EnumStrings":
				return this.#worded(
					owner,
					this.#bounded(list(value), MAX_WORDS).map((word, index) => [index, text(word)]),
				);
			case "EnumValues":
				return this.#worded(
					owner,
					this.#bounded(list(value), MAX_WORDS).map((one) => [number(record(one).value), text(record(one).displayName)]),
				);
			case "TrueState":
			case "FalseState": {
				const state = property === "TrueState" ? 1 : 0;
				const others = [...(this.#aspects.get(owner)?.words ?? [])].filter(([of]) => of === 1 - state);
				return this.#worded(owner, [...others, [state, text(value)]]);
			}
			case "EngineeringUnits": {
				const unit = text(record(value).displayName);
				const aspect = unit === undefined ? undefined : this.#aspect(owner);
				if (aspect === undefined) return false;
				aspect.unit = unit!;
				return true;
			}
			case "EURange": {
				const { low, high } = record(value);
				const aspect = number(low) === undefined || number(high) === undefined ? undefined : this.#aspect(owner);
				if (aspect === undefined) return false;
				aspect.low = low as number;
				aspect.high = high as number;
				return true;
			}
		}
	}

	#worded(owner: string, words: readonly (readonly [number | undefined, string | undefined])[]): boolean {
		const found = new Map<number, string>();
		for (const [value, word] of words) if (value !== undefined && word !== undefined) found.set(value, word);
		if (found.size === 0) return false;
		const aspect = this.#aspect(owner);
		if (aspect === undefined || !this.#paid(aspect.words?.size ?? 0, found.size)) return false;
		aspect.words = found;
		this.#built.clear();
		return true;
	}

	/** DataTypeDefinition (Part 3): of an enumeration or of a structure. */
	#defined(dataType: string, definition: Nested): void {
		const { fields } = definition;
		if (definition.type === "EnumDefinition") {
			this.#worded(
				dataType,
				this.#bounded(list(fields), MAX_WORDS).map((one) => [
					number(record(one).value),
					text(record(one).displayName) ?? text(record(one).name),
				]),
			);
			return;
		}
		const layout = LAYOUTS.get(definition.structureType);
		const { defaultEncodingId } = definition;
		if (definition.type !== "StructureDefinition" || layout === undefined || typeof defaultEncodingId !== "string") return;
		const described = describedFields(list(fields));
		if (described === undefined) {
			this.#count("structure-not-understood");
			return;
		}
		const aspect = this.#aspect(dataType);
		const encoding = aspect === undefined ? undefined : this.#aspect(defaultEncodingId);
		if (encoding === undefined || !this.#paid(aspect!.structure?.fields.length ?? 0, described.length)) return;
		aspect!.structure = { layout, fields: described };
		encoding.encodes = dataType;
		this.#built.clear();
	}

	#bounded(all: readonly unknown[], most: number): readonly unknown[] {
		if (all.length <= most) return all;
		this.#count("definition-too-long");
		return all.slice(0, most);
	}

	/** Makes the structure of a data type, and those within it, which may hold it again; undefined where one of them is not known. */
	#build(dataType: string): Structure | undefined {
		const made = new Map<string, Structure & { fields: Field[] }>();
		const missing = (name: string): boolean => {
			if (made.has(name)) return false;
			const described = this.#aspects.get(name)?.structure;
			if (described === undefined || made.size === MAX_WITHIN) return true;
			const fields: Field[] = [];
			made.set(name, { name, encodingId: 0, fields, layout: described.layout, isForeign: true });
			for (const field of described.fields) {
				const basis = this.#basis(field.dataType);
				if (basis === undefined && missing(field.dataType)) return true;
				const structure = basis === undefined ? made.get(field.dataType) : basis.structure;
				fields.push({
					name: field.name,
					type: basis?.type ?? TYPE.structure,
					isArray: field.isArray,
					size: basis?.size ?? 0,
					structure,
					enumeration: basis?.enumeration,
					capture: CAPTURE.none,
					isOptional: field.isOptional,
				});
			}
			return false;
		};
		return missing(dataType) ? undefined : made.get(dataType);
	}

	/** What a field of a data type is encoded as, where that is no structure of the server's own. */
	#basis(dataType: string): Pick<Field, "type" | "size" | "structure" | "enumeration"> | undefined {
		const standard = standardOf(dataType);
		// Elements of no bytes could be as many as a message has bytes: abstract structures have no field.
		if (standard !== undefined) return standard.structure?.fields.length === 0 ? undefined : standard;
		const words = this.#aspects.get(dataType)?.words;
		if (words === undefined) return undefined;
		const enumeration: Enumeration = { isMask: false, names: words };
		return { type: TYPE.enumeration, size: FIXED_SIZE[TYPE.Int32]!, structure: undefined, enumeration };
	}
}

/** A data type of namespace 0. */
const standardOf = (dataType: string): DataType | undefined =>
	dataType.startsWith("i=") ? DATA_TYPE_BY_ID.get(Number(dataType.slice(2))) : undefined;

/** An enumeration is an Int32 on the wire (Part 6, 5.2.4). */
const isEnumerated = (type: unknown): boolean => type === "Int32" || type === "Int32[]";
const standardWords = (dataType: string, type: unknown): ReadonlyMap<number, string> | undefined =>
	isEnumerated(type) ? standardOf(dataType)?.enumeration?.names : undefined;

const LAYOUTS: ReadonlyMap<unknown, number> = new Map([
	["Structure", LAYOUT.plain],
	["StructureWithOptionalFields", LAYOUT.withOptionalFields],
	["Union", LAYOUT.union],
]);

/** Undefined where they cannot be read by: none, too many, or matrices. */
function describedFields(fields: readonly unknown[]): readonly DescribedField[] | undefined {
	if (fields.length === 0 || fields.length > MAX_STRUCTURE_FIELDS) return undefined;
	const out: DescribedField[] = [];
	let optional = 0;
	for (const one of fields) {
		const { name, dataType, valueRank, isOptional } = record(one);
		if (typeof dataType !== "string" || (valueRank !== -1 && valueRank !== 1)) return undefined;
		if (isOptional === true && ++optional > MASK_BITS) return undefined;
		out.push({ name: text(name) ?? "", dataType, isArray: valueRank === 1, isOptional: isOptional === true });
	}
	return out;
}

/** Learns from a good answer to Browse, TranslateBrowsePathsToNodeIds or Read; `points` and `attributes` are the items that were asked. Gives the nodes that are known better now. */
export function learnDefinitions(
	definitions: Definitions,
	serviceId: number,
	body: Nested,
	asked: AskedNames,
	points: readonly string[],
	attributes: ArrayLike<number>,
): readonly string[] {
	const better = new Set<string>();
	for (const [index, result] of list(body.results).entries()) {
		const point = points[index];
		if (point === undefined) continue;
		switch (serviceId) {
			case SERVICE.browse:
				for (const one of list(record(result).references)) {
					const { nodeId, browseName, displayName } = record(one);
					definitions.own(point, nodeId, text(browseName) ?? text(displayName));
				}
				break;
			case SERVICE.translateBrowsePaths:
				if (asked.targets?.[index]?.isChild !== true) break;
				for (const one of list(record(result).targets)) definitions.own(point, record(one).targetId, asked.targets[index]!.name);
				break;
			case SERVICE.read: {
				const attribute = attributes[index]!;
				const node = attribute === VALUE_ATTRIBUTE ? point : point.slice(0, point.lastIndexOf("#"));
				const known = definitions.read(node, attribute, record(result).value);
				if (known !== undefined) better.add(known);
			}
		}
	}
	return [...better];
}

/** Puts beside a value (`{type, value}`) its word, and the unit and the range of its node. */
export function explain(value: unknown, words: ReadonlyMap<number, string> | undefined, scale: Scale | undefined): void {
	const shown = record(value);
	if (shown.type === undefined) return;
	if (words !== undefined) {
		const word = wordOf(shown.value, words);
		if (word !== undefined) shown.valueName = word;
	}
	if (scale?.unit !== undefined) shown.unit = scale.unit;
	if (scale?.low !== undefined) shown.range = [scale.low, scale.high];
}

function wordOf(value: unknown, words: ReadonlyMap<number, string>): unknown {
	if (typeof value === "number" || typeof value === "boolean") return words.get(Number(value));
	if (!Array.isArray(value)) return undefined;
	const found = value.map((one) => (typeof one === "number" || typeof one === "boolean" ? words.get(Number(one)) : undefined) ?? null);
	return found.some((word) => word !== null) ? found : undefined;
}

/** A method with its arguments, for people: `Dose(amount, batch)`. */
export function signature(name: string, known: readonly Argument[]): string {
	const whole = `${name}(${known.map((one) => one.name).join(", ")})`;
	return whole.length <= MAX_SIGNATURE ? whole : `${whole.slice(0, MAX_SIGNATURE - 2)}…)`;
}

/** Names of the arguments of a method, by the standard or as its server said. */
export const argumentsOf = (definitions: Definitions | undefined, method: string, isInput: boolean): readonly Argument[] | undefined =>
	STANDARD_METHODS.get(method)?.[isInput ? "input" : "output"] ?? definitions?.argumentsOf(method, isInput);

/** Puts its name before each argument of a call, and its word behind it. */
export function nameArguments(values: unknown, definitions: Definitions | undefined, method: string, isInput: boolean): unknown {
	const known = argumentsOf(definitions, method, isInput);
	if (known === undefined || !Array.isArray(values)) return values;
	return values.map((value: Nested, index) => {
		const one = known[index];
		if (one === undefined) return value;
		const named: Nested = { argument: one.name, ...value };
		explain(named, definitions?.wordsOfType(one.dataType, value.type) ?? standardWords(one.dataType, value.type), undefined);
		return named;
	});
}
