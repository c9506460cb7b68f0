/** What stands in the data of a message, by its function: objects, addresses and values. */

import { DATA, dbNumber, ELEMENT, FUNCTION, ID, idName, isBlockObject, isDataBlock, isNamed, isRefusal, VERSION } from "./codes.ts";
import type { Cursor, PlusObject, Value } from "./cursor.ts";
import type { CreatedObject, PlusItem, PlusObservation } from "./observation.ts";

/** Variables of one message that are kept. */
export const MAX_ITEMS = 2048;
const MAX_NAME = 96;
/** The objects of a session and of what it makes have numbers that change with each. */
const AREA_LETTERS: Readonly<Record<number, string>> = {
	[ID.iArea]: "I",
	[ID.qArea]: "Q",
	[ID.mArea]: "M",
	[ID.counters]: "C",
	[ID.timers]: "T",
};
/** The first id of an address by bytes instead of by symbol. */
const CLASSIC = 3;
const WIDTHS: Readonly<Record<number, string>> = { 1: "B", 2: "W", 4: "D" };

/** Points of a subscription by the number that its notifications name them with. */
export type References = Map<number, string>;

export function objectName(id: number, sessionId: number): string {
	if (id === sessionId && id !== 0) return "session";
	if (isNamed(id) || isDataBlock(id)) return idName(id);
	return isBlockObject(id) ? `block:${id.toString(16)}` : "object";
}

const item = (point: string): PlusItem => ({ point, type: DATA.null, value: Number.NaN, text: "", errorCode: 0 });

function put(one: PlusItem, value: Value): void {
	one.type = value.type;
	one.value = value.number;
	one.text = value.text;
}

/** `DB1.9`, `M10.2`: by symbol the ids of what is in what, or by bytes as in older controllers. */
export function pointOf(area: number, sub: number, ids: readonly number[], crc: number): string {
	const isBlock = isDataBlock(area);
	const letter = isBlock ? `DB${dbNumber(area)}` : AREA_LETTERS[area];
	if (letter === undefined) return [objectName(area, 0), idName(sub), ...ids].join(".").slice(0, MAX_NAME);
	if (crc === 0 && ids[0] === CLASSIC && ids.length >= 3) {
		const [, at, count, bit] = ids;
		const place = bit !== undefined ? `${isBlock ? "X" : ""}${at}.${bit}` : `${WIDTHS[count!] ?? "B"}${at}`;
		return isBlock ? `${letter}.DB${place}` : `${letter}${place}`;
	}
	return `${letter}.${ids.join(".")}`.slice(0, MAX_NAME);
}

function addresses(cursor: Cursor, count: number): PlusItem[] {
	const items: PlusItem[] = [];
	for (let index = 0; index < count && !cursor.isBroken; index++) {
		const crc = cursor.unsigned();
		const area = cursor.unsigned();
		const ids: number[] = [];
		const depth = cursor.unsigned();
		const sub = cursor.unsigned();
		for (let level = 1; level < depth && !cursor.isBroken; level++) ids.push(cursor.unsigned());
		if (!cursor.isBroken && items.length < MAX_ITEMS) items.push(item(pointOf(area, sub, ids, crc)));
	}
	return items;
}

function attributesOf(cursor: Cursor, count: number): number[] {
	const ids: number[] = [];
	for (let index = 0; index < count && !cursor.isBroken; index++) {
		const id = cursor.unsigned();
		if (ids.length < MAX_ITEMS) ids.push(id);
	}
	return ids;
}

/** What is read or written by attributes of one object. */
function ofObject(o: PlusObservation, ids: readonly number[]): PlusItem[] {
	return ids.map((id) => item(`${o.object}.${idName(id)}`));
}

/** Numbers of a list of values, each behind the number of its item, to a number of 0. */
function itemValues(cursor: Cursor, items: PlusItem[], count: number): void {
	for (let index = 0; index < count && !cursor.isBroken; index++) {
		const number = cursor.unsigned();
		if (number === 0) return;
		const value = cursor.value();
		const one = items[number - 1];
		if (one !== undefined && !cursor.isBroken) put(one, value);
	}
}

function itemErrors(cursor: Cursor, items: PlusItem[]): void {
	while (!cursor.isBroken && cursor.left > 0) {
		const number = cursor.unsigned();
		if (number === 0) return;
		cursor.long(false);
		const one = items[number - 1];
		if (one !== undefined) one.errorCode = cursor.low === 0 ? -1 : cursor.low;
	}
}

export interface Extra {
	/** Values of attributes that are looked at, by id. */
	references: References | undefined;
}

/** Reads a request behind its header; false where it cannot go on. */
export function readRequest(o: PlusObservation, cursor: Cursor, extra: Extra): void {
	switch (o.functionCode) {
		case FUNCTION.getMultiVariables:
		case FUNCTION.setMultiVariables:
			multi(o, cursor, extra);
			return;
		case FUNCTION.setVariable: {
			about(o, cursor.dword());
			const ids: number[] = [];
			const count = cursor.unsigned();
			for (let index = 0; index < count && !cursor.isBroken; index++) {
				const id = cursor.unsigned();
				if (id === 0) {
					cursor.unsigned();
					index++;
				} else if (ids.length < MAX_ITEMS) ids.push(id);
			}
			o.attributes = ids;
			const items = ofObject(o, ids.slice(0, 1));
			const value = cursor.value();
			if (items[0] !== undefined && !cursor.isBroken) put(items[0], value);
			o.items = items;
			break;
		}
		case FUNCTION.getVariable:
			about(o, cursor.dword());
			o.attributes = attributesOf(cursor, cursor.unsigned());
			o.items = ofObject(o, o.attributes);
			break;
		case FUNCTION.getVarSubStreamed:
		case FUNCTION.setVarSubStreamed: {
			about(o, cursor.dword());
			const value = cursor.value();
			o.attributes = value.isArray ? value.numbers.slice(0, MAX_ITEMS) : Number.isNaN(value.number) ? [] : [value.number];
			o.items = ofObject(o, o.attributes);
			break;
		}
		case FUNCTION.createObject:
			about(o, cursor.dword());
			cursor.value();
			cursor.skip(4);
			if (o.version !== VERSION.v1 && cursor.peek() !== ELEMENT.object) cursor.unsigned();
			takeObjects(o, cursor, extra);
			break;
		case FUNCTION.beginSequence:
			cursor.byte();
			if (o.version === VERSION.v1) return;
			if (cursor.word() === 1) {
				// Some controllers have one byte less.
				for (let count = 0; count < 2 && cursor.peek() !== ELEMENT.object; count++) cursor.byte();
				takeObjects(o, cursor, extra);
			} else about(o, cursor.dword());
			break;
		case FUNCTION.deleteObject:
		case FUNCTION.invoke:
			about(o, cursor.dword());
			if (o.functionCode === FUNCTION.invoke) o.attributes = [cursor.dword()];
			break;
		case FUNCTION.explore: {
			about(o, cursor.dword());
			cursor.unsigned();
			cursor.skip(3);
			const objects = cursor.byte();
			const ids = cursor.byte();
			if (objects === 0) o.attributes = attributesOf(cursor, ids);
			break;
		}
		default:
			return;
	}
	o.isUnread = cursor.isBroken;
}

function about(o: PlusObservation, id: number): void {
	o.objectId = id;
	o.object = objectName(id, o.sessionId);
}

function multi(o: PlusObservation, cursor: Cursor, extra: Extra): void {
	const object = cursor.dword();
	const count = cursor.unsigned();
	const fields = cursor.unsigned();
	let items: PlusItem[];
	if (object === 0) items = addresses(cursor, Math.min(count, cursor.left));
	else {
		about(o, object);
		o.attributes = attributesOf(cursor, Math.min(fields, cursor.left));
		items = ofObject(o, o.attributes);
	}
	o.items = items;
	if (o.functionCode === FUNCTION.setMultiVariables) {
		for (let index = 0; index < count && !cursor.isBroken && cursor.left > 0; index++) {
			const number = cursor.unsigned();
			const value = cursor.value();
			if (cursor.isBroken) break;
			const one = items[number - 1];
			if (one !== undefined) put(one, value);
			const id = o.attributes[number - 1];
			if (object !== 0 && id === ID.subscriptionReferenceList) extra.references = referencesOf(value);
			if (object !== 0 && id === ID.sessionVersion) takeSession(o, new Map([[id, value]]));
		}
	}
	o.isUnread = cursor.isBroken;
}

function takeObjects(o: PlusObservation, cursor: Cursor, extra: Extra): void {
	const objects = cursor.objects();
	o.objects = objects.map(created);
	for (const one of objects) {
		const list = one.attributes.get(ID.subscriptionReferenceList);
		if (list !== undefined) extra.references = referencesOf(list);
		if (one.classId === ID.classServerSession) takeSession(o, one.attributes);
	}
}

function created({ relationId, classId, attributes }: PlusObject): CreatedObject {
	const number = attributes.get(ID.blockNumber)?.number ?? Number.NaN;
	return { relationId, classId, name: attributes.get(ID.objectName)?.text ?? "", block: Number.isFinite(number) ? number : -1 };
}

function takeSession(o: PlusObservation, attributes: ReadonlyMap<number, Value>): void {
	const text = (id: number): string => attributes.get(id)?.text ?? "";
	o.session = {
		clientId: text(ID.clientId),
		user: text(ID.user),
		application: text(ID.application),
		host: text(ID.host),
		product: attributes.get(ID.sessionVersion)?.members?.get(ID.paomString)?.text ?? "",
	};
}

/**
 * The addresses of a subscription: three numbers (what the list is, how many end, how many begin), the numbers of those that end; then of each that begins how many ids it has, the
 * number that notifications name it with, one that is not known, area, checksum, sub-area and ids.
 */
function referencesOf({ numbers }: Value): References {
	const out: References = new Map();
	let at = 3 + (numbers[1] ?? 0);
	for (let count = numbers[2] ?? 0; count > 0 && at + 5 < numbers.length && out.size < MAX_ITEMS; count--) {
		const depth = numbers[at]! % 0x10000;
		const ids = numbers.slice(at + 6, at + 6 + Math.max(0, depth - 1));
		out.set(numbers[at + 1]!, pointOf(numbers[at + 3]!, numbers[at + 5]!, ids, numbers[at + 4]!));
		at += 6 + Math.max(0, depth - 1);
	}
	return out;
}

/** Reads an answer behind its header; `asked` are the variables of its request. */
export function readResponse(o: PlusObservation, cursor: Cursor, asked: readonly PlusItem[]): void {
	switch (o.functionCode) {
		case FUNCTION.getLink:
		case FUNCTION.addLink:
		case FUNCTION.removeLink:
		case FUNCTION.getVariablesAddress:
		case FUNCTION.abort:
		case FUNCTION.initSsl:
		case FUNCTION.explore:
		case FUNCTION.invoke:
		case FUNCTION.beginSequence:
		case FUNCTION.endSequence:
		case FUNCTION.deleteObject:
		case FUNCTION.error:
		case FUNCTION.error2:
		case FUNCTION.setVariable:
		case FUNCTION.setVarSubStreamed:
			returned(o, cursor);
			break;
		case FUNCTION.getMultiVariables: {
			returned(o, cursor);
			const items = asked.map((one) => ({ ...one }));
			itemValues(cursor, items, cursor.left);
			itemErrors(cursor, items);
			o.items = items;
			break;
		}
		case FUNCTION.setMultiVariables: {
			returned(o, cursor);
			const items = asked.map((one) => ({ ...one }));
			itemErrors(cursor, items);
			o.items = items;
			break;
		}
		case FUNCTION.getVariable:
		case FUNCTION.getVarSubStreamed: {
			returned(o, cursor);
			if (o.functionCode === FUNCTION.getVarSubStreamed) cursor.byte();
			const items = asked.map((one) => ({ ...one }));
			if (!isRefusal(o.returnCode)) {
				const value = cursor.value();
				if (items.length === 1 && !cursor.isBroken) put(items[0]!, value);
			}
			o.items = items;
			break;
		}
		case FUNCTION.createObject: {
			returned(o, cursor);
			const count = cursor.byte();
			o.created = attributesOf(cursor, count);
			if (o.version === VERSION.v1)
				for (const one of cursor.objects()) if (one.classId === ID.classServerSession) takeSession(o, one.attributes);
			break;
		}
	}
	o.isUnread = cursor.isBroken;
}

function returned(o: PlusObservation, cursor: Cursor): void {
	cursor.long(false);
	o.returnCode = cursor.low;
}

const NOTIFY = { uint: 0x92, unsigned: 0x9b, unknown: 0x9c, error1: 0x13, error2: 0x03, object: 0x81, value: 0x83 } as const;
/** Subscriptions with larger numbers count their notifications in a variable length, and may have a time. */
const NEW_SUBSCRIPTION = 0x70000000;
const WITH_VALUES = 0x0400;

/** Reads a notification behind its opcode. */
export function readNotification(o: PlusObservation, cursor: Cursor, of: (subscription: number) => References | undefined): void {
	o.objectId = cursor.dword();
	const references = of(o.objectId);
	if (o.version === VERSION.v1) {
		cursor.skip(4);
		if (cursor.peekDword() === 0) return;
		cursor.skip(6);
	} else {
		const kind = cursor.word();
		cursor.skip(2);
		if (kind !== WITH_VALUES) return;
		cursor.skip(2);
		if (o.objectId < NEW_SUBSCRIPTION) {
			o.sequence = cursor.byte();
			cursor.byte();
		} else {
			cursor.byte();
			o.sequence = cursor.unsigned();
			// No counter of changes: behind it the time, and then the counter.
			if (cursor.byte() === 0) cursor.skip(8);
		}
	}
	const items: PlusItem[] = [];
	while (!cursor.isBroken && cursor.left > 0) {
		const result = cursor.byte();
		if (result === 0) break;
		if (result === NOTIFY.uint || result === NOTIFY.unsigned) {
			const reference = result === NOTIFY.uint ? cursor.dword() : cursor.unsigned();
			const value = cursor.value();
			if (cursor.isBroken || items.length >= MAX_ITEMS) break;
			const one = item(references?.get(reference) ?? "");
			put(one, value);
			items.push(one);
		} else if (result === NOTIFY.error1 || result === NOTIFY.error2) {
			const one = item(references?.get(cursor.dword()) ?? "");
			one.errorCode = -1;
			if (items.length < MAX_ITEMS) items.push(one);
		} else if (result === NOTIFY.unknown) cursor.dword();
		else if (result === NOTIFY.value) cursor.value();
		else if (result === NOTIFY.object) o.objects = cursor.objects().map(created);
		else cursor.isBroken = true;
	}
	o.items = items;
	o.isUnread = cursor.isBroken;
}
