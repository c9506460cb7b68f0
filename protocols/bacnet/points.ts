/** Names of points: a property of an object, e.g. `analog-input,3.present-value` or `device,7.object-list[2]`. */
import { propertyName } from "./codes.ts";
import type { Item } from "./observation.ts";
import { objectName } from "./tags.ts";

/** Names that are kept, so that a point that is polled is named once. They are made anew when there are more. */
const MAX_NAMES = 8192;
/** Properties and indexes above it are a sign that somebody plays: their names are not kept. */
const LAST_KEPT = 0x7fffff;

const NAMES = new Map<number, Map<number, string>>();
let kept = 0;

/** The point of an item; of one that names no property, the object. */
export function pointOf({ objectId, property, index }: Item): string {
	if (property > LAST_KEPT || index > LAST_KEPT) return nameOf(objectId, property, index);
	let ofObject = NAMES.get(objectId);
	if (ofObject === undefined) {
		ofObject = new Map();
		NAMES.set(objectId, ofObject);
	}
	const key = property * (LAST_KEPT + 2) + index;
	let name = ofObject.get(key);
	if (name === undefined) {
		if (kept >= MAX_NAMES) {
			NAMES.clear();
			NAMES.set(objectId, ofObject);
			ofObject.clear();
			kept = 0;
		}
		kept++;
		name = nameOf(objectId, property, index);
		ofObject.set(key, name);
	}
	return name;
}

function nameOf(objectId: number, property: number, index: number): string {
	const object = objectName(objectId);
	return property < 0 ? object : `${object}.${propertyName(property)}${index < 0 ? "" : `[${index}]`}`;
}

const POINT = /^([a-z0-9-]+),(\d+)(?:\.([a-z0-9-]+)(?:\[(\d+)\])?)?$/;

/** "present value of analog input 3" */
export function pointName(name: string): string {
	const found = POINT.exec(name);
	if (found === null) return name;
	const [, type, instance, property, index] = found;
	const object = `${type!.replaceAll("-", " ")} ${instance}`;
	if (property === undefined) return object;
	return `${property.replaceAll("-", " ")}${index === undefined ? "" : ` ${index}`} of ${object}`;
}

/** Other tools write a colon, or leave the property out, which is the present value then. */
export function parsePoint(text: string): string | undefined {
	const found = POINT.exec(text.trim().toLowerCase().replace(":", ","));
	if (found === null) return undefined;
	const [, type, instance, property = "present-value", index] = found;
	return `${type},${Number(instance)}.${property}${index === undefined ? "" : `[${index}]`}`;
}
