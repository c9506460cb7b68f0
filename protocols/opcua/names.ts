/**
 * Names that pass by: what nodes are called (from the answers to Browse, TranslateBrowsePathsToNodeIds, AddNodes and Reads of names) and what the fields of
 * an event are called (from the select clauses of its filter, OPC 10000-4 7.22.3). Reads records of bodies that a walk has found whole.
 */
import { attributeName, EVENT_NOTIFIER_ATTRIBUTE, SERVICE, STRUCTURE_BY_NAME } from "./codes.ts";
import { DATA_TYPE_ATTRIBUTE, DEFINITION_ATTRIBUTE } from "./definitions.ts";
import type { Nested } from "./nested.ts";

/** Names given to nodes by one answer: one Browse answer of a big folder. */
export const MAX_NAMES = 2048;
/** Select clauses of one filter; clients ask for ten to forty fields. */
const MAX_FIELDS = 128;
/** Select clauses of all items of one request. */
const MAX_REQUEST_FIELDS = 4096;
/** Characters of one name. */
const MAX_NAME = 128;

/** What a node is called. */
export interface NodeName {
	/** Node id as text. */
	readonly node: string;
	readonly name: string;
	readonly isMethod: boolean;
}

/** What a request leaves for its answer to be named by. */
export interface AskedNames {
	/** Of each item: the last name of a browse path, or of a node to add; and whether it is a child of the item's node. */
	targets: readonly { readonly name: string | undefined; readonly isChild: boolean }[] | undefined;
	/** Of each item: the fields of its event filter. */
	fields: readonly (readonly string[] | undefined)[] | undefined;
}

/** Part 4, 7.31: a path was followed to its end. */
const WHOLE_PATH = 0xffffffff;
const BROWSE_NAME = 3;
const DISPLAY_NAME = 4;

const isNameAttribute = (attribute: number): boolean => attribute === BROWSE_NAME || attribute === DISPLAY_NAME;

/** Reads of these attributes say what a node is called, or how its values are made. */
export const isTellingAttribute = (attribute: number): boolean =>
	isNameAttribute(attribute) || attribute === DATA_TYPE_ATTRIBUTE || attribute === DEFINITION_ATTRIBUTE;

export const textOf = (value: unknown): string | undefined => {
	const text = typeof value === "object" && value !== null ? (value as Nested).text : value;
	return typeof text === "string" && text !== "" ? text : undefined;
};

/** A qualified name without its namespace, which people do not say. */
const bare = (value: unknown): string | undefined => textOf(value)?.replace(/^\d+:/, "").slice(0, MAX_NAME);

const list = (value: unknown): readonly Nested[] => (Array.isArray(value) ? value : []);

/**
 * A message without a session brings its own list of namespaces, the first of which is number 1 (Part 4, 6.3.2): a node id in it is said by the URI,
 * as Part 6, 5.3.1.10 writes it, or by the number that the server itself gives this namespace, where that was seen.
 */
export function qualified(point: string, uris: readonly unknown[], ofServer: readonly string[] | undefined): string {
	return point.replace(/^(method:)?ns=(\d+);/, (all, method = "", number) => {
		const uri = textOf(uris[Number(number) - 1]);
		if (uri === undefined) return all;
		const known = ofServer?.indexOf(uri) ?? -1;
		return known < 0 ? `${method}nsu=${uri};` : known === 0 ? method : `${method}ns=${known};`;
	});
}

/** The answers that give names to nodes, and those that need a word of their request for it. */
export const NAMING: ReadonlySet<number> = new Set([
	SERVICE.browse,
	SERVICE.browseNext,
	SERVICE.translateBrowsePaths,
	SERVICE.addNodes,
	SERVICE.read,
]);

/** The last names of browse paths, or of nodes to add, by item of the request. */
export function targetsOf(serviceId: number, body: Nested): AskedNames["targets"] {
	if (serviceId === SERVICE.addNodes) return list(body.nodesToAdd).map(({ browseName }) => ({ name: bare(browseName), isChild: false }));
	return list(body.browsePaths).map(({ relativePath }) => {
		const elements = list((relativePath as Nested | undefined)?.elements);
		return { name: bare(elements.at(-1)?.targetName), isChild: elements.length === 1 && elements[0]!.isInverse === false };
	});
}

/** What an answer calls nodes. Standard nodes have their names already. `points` and `attributes` are the items of a Read. */
export function namesIn(
	serviceId: number,
	body: Nested,
	asked: AskedNames,
	points: readonly string[],
	attributes: ArrayLike<number>,
): readonly NodeName[] {
	const out: NodeName[] = [];
	const add = (node: unknown, name: string | undefined, isMethod: boolean): void => {
		if (typeof node !== "string" || name === undefined || node.startsWith("i=") || out.length === MAX_NAMES) return;
		out.push({ node, name, isMethod });
	};
	const results = list(body.results);
	for (const [index, result] of results.entries()) {
		switch (serviceId) {
			case SERVICE.translateBrowsePaths:
				for (const { targetId, remainingPathIndex } of list(result.targets)) {
					if (remainingPathIndex === WHOLE_PATH) add(targetId, asked.targets?.[index]?.name, false);
				}
				break;
			case SERVICE.addNodes:
				add(result.addedNodeId, asked.targets?.[index]?.name, false);
				break;
			case SERVICE.read:
				if (isNameAttribute(attributes[index]!)) {
					const point = points[index]!;
					add(point.slice(0, point.lastIndexOf("#")), bare(result.value), false);
				}
				break;
			default:
				for (const { nodeId, displayName, browseName, nodeClass } of list(result.references)) {
					add(nodeId, textOf(displayName)?.slice(0, MAX_NAME) ?? bare(browseName), nodeClass === "Method");
				}
		}
	}
	return out;
}

/** Names of the fields that an event filter selects: a browse path as `ActiveState/Id`, an attribute of the event's own node by its name. */
export function fieldNames(filter: unknown): readonly string[] | undefined {
	const clauses = (filter as Nested | null | undefined)?.selectClauses;
	if (!Array.isArray(clauses)) return undefined;
	return (clauses as readonly Nested[]).slice(0, MAX_FIELDS).map(({ browsePath, attributeId }) => {
		const path = Array.isArray(browsePath) ? browsePath.map((element) => bare(element) ?? "").join("/") : "";
		return (path === "" ? attributeName(attributeId as number) : path).slice(0, MAX_NAME);
	});
}

const READ_EVENTS = STRUCTURE_BY_NAME.get("ReadEventDetails")!.encodingId;

/** True where a request may hold event filters: it is worth reading whole. `detailsId` is the type of a HistoryRead's details. */
export function mayFilterEvents(serviceId: number, attributes: ArrayLike<number>, count: number, detailsId: number): boolean {
	if (serviceId === SERVICE.historyRead) return detailsId === READ_EVENTS;
	if (serviceId !== SERVICE.createMonitoredItems) return false;
	for (let index = 0; index < count; index++) if (attributes[index] === EVENT_NOTIFIER_ATTRIBUTE) return true;
	return false;
}

/** The fields of each item's event filter; for a HistoryRead the one filter of all. `cut` is called where a bound is reached and names are missing. */
export function fieldsOf(serviceId: number, body: Nested, cut: () => void): AskedNames["fields"] {
	const namesOf = (filter: unknown): readonly string[] | undefined => {
		const names = fieldNames(filter);
		if (names?.length === MAX_FIELDS) cut();
		return names;
	};
	if (serviceId === SERVICE.historyRead) return [namesOf((body.historyReadDetails as Nested | null)?.filter)];
	let left = MAX_REQUEST_FIELDS;
	return list(body.itemsToCreate ?? body.itemsToModify).map(({ requestedParameters }) => {
		const names = namesOf((requestedParameters as Nested | undefined)?.filter);
		left -= names?.length ?? 0;
		if (left >= 0) return names;
		cut();
		return undefined;
	});
}
