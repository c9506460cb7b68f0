/** The fields of a `decode` line: an observation as plain data. */
import { u8, u32le } from "../../src/wire/bytes.ts";
import { attributeTypeName, attributeValue } from "./attributes.ts";
import { AUTHENTICATION_GROUP, authenticationFactsOf, authenticationRecord } from "./authentication.ts";
import {
	FIRST_RESPONSE,
	functionName,
	indicationNames,
	linkName,
	operationTypeName,
	statusName,
	tripCloseName,
	violationWords,
} from "./codes.ts";
import { dataSetRecord } from "./dataSets.ts";
import { FILE_GROUP, fileFactsOf, fileRecord } from "./files.ts";
import { ATTRIBUTE_GROUP, FLAG_NAMES, isString, type Layout, layoutOf, objectName } from "./objects.ts";
import type { Dnp3Observation } from "./observation.ts";
import { type ObjectReader, RANGE } from "./reader.ts";
import { hexOf, textOrHex } from "./text.ts";
import { APPLICATION, CONTROL, isBroadcast } from "./wire.ts";

/** Points of one fragment that a line shows; more are packed bits of an absurd range. */
const MAX_POINTS = 4096;

export function recordOf(o: Dnp3Observation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.linkControl >= 0) {
		const isPrimary = (o.linkControl & CONTROL.primary) !== 0;
		record.linkFunction = linkName(o.linkControl & CONTROL.function, isPrimary);
		record.source = o.source;
		record.destination = o.destination;
		if (o.kind === "link" || o.kind === "malformed") record.sender = o.isFromMaster ? "master" : "outstation";
		if (isPrimary && o.linkControl & CONTROL.frameCountValid) record.frameCount = (o.linkControl & CONTROL.frameCount) !== 0;
		else if (!isPrimary && o.linkControl & CONTROL.frameCountValid) record.dataFlowControl = true;
	} else record.sender = o.isFromMaster ? "client" : "server";
	if (o.functionCode >= 0) {
		const { control } = o;
		record.functionCode = o.functionCode;
		record.function = functionName(o.functionCode);
		record.sequence = control & APPLICATION.sequence;
		if ((control & APPLICATION.first) === 0) record.first = false;
		if ((control & APPLICATION.final) === 0) record.final = false;
		if (control & APPLICATION.confirm) record.confirm = true;
		if (control & APPLICATION.unsolicited) record.unsolicited = true;
	}
	if (o.iin >= 0) {
		record.iin = o.iin;
		if (o.iin !== 0) record.indications = indicationNames(o.iin);
	}
	if (o.objects.count > 0) record.objects = objectsOf(o);
	if (o.kind === "malformed" && o.end > o.start) record.data = hexOf(o.bytes, o.start, o.end);
	if (o.kind === "response") {
		record.matched = o.requestFunction >= 0;
		if (o.requestFunction >= 0) record.requestFunction = functionName(o.requestFunction);
	}
	if (o.requestFrame > 0 && o.requestFrame !== o.frame) record.requestFrame = o.requestFrame;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.isLate) record.late = true;
	if (o.isRepeated) record.repeated = true;
	if (o.kind === "request" && isBroadcast(o.destination)) record.broadcast = true;
	if (o.selectFrame > 0) record.selectFrame = o.selectFrame;
	if (o.violations !== 0) record.violations = violationWords(o.violations);
	return record;
}

function objectsOf(o: Dnp3Observation): Record<string, unknown>[] {
	const { objects, bytes } = o;
	const list: Record<string, unknown>[] = [];
	let room = MAX_POINTS;
	for (let header = 0; header < objects.count; header++) {
		const group = objects.group[header]!;
		const variation = objects.variation[header]!;
		const range = objects.qualifier[header]! & 15;
		const one: Record<string, unknown> = {
			group,
			variation,
			name: objectName(group, variation),
			qualifier: objects.qualifier[header]!.toString(16).padStart(2, "0"),
		};
		const quantity = objects.quantity[header]!;
		if (range < RANGE.all && quantity > 0) {
			one.start = objects.first[header]!;
			one.stop = objects.first[header]! + quantity - 1;
		}
		if (range !== RANGE.all) one.count = quantity;
		const points = pointsOf(bytes, objects, header, room, o.functionCode);
		if (points.length > 0) one.points = points;
		room -= points.length;
		list.push(one);
	}
	return list;
}

function pointsOf(bytes: Uint8Array, objects: ObjectReader, header: number, room: number, functionCode: number): Record<string, unknown>[] {
	const group = objects.group[header]!;
	const variation = objects.variation[header]!;
	const layout = layoutOf(group, variation);
	const points: Record<string, unknown>[] = [];
	objects.begin(header);
	while (points.length < room && objects.next(bytes)) {
		const { index, value, flags, time, status, start, end } = objects.point;
		const point: Record<string, unknown> = {};
		if (index >= 0) point.index = index;
		if (!Number.isNaN(value)) point.value = Number.isFinite(value) ? value : String(value);
		if (flags >= 0 && layout?.flagKind !== undefined)
			point.flags = FLAG_NAMES[layout.flagKind].filter((name, bit) => name !== "" && flags & (1 << bit));
		if (time >= 0) point.time = time / 1000;
		if (status >= 0 && isStated(layout, functionCode, status)) {
			point.statusCode = status;
			point.status = statusName(status);
		}
		if (end > start) Object.assign(point, detailsOf(bytes, start, end, group, variation));
		points.push(point);
	}
	return points;
}

/** A request has no status yet; what stands there is 0. */
const isStated = (layout: Layout | undefined, functionCode: number, status: number): boolean =>
	layout?.statusAt === undefined || layout.statusAt < 0 || functionCode > FIRST_RESPONSE || status !== 0;

const CONTROL_GROUP = 12;
const FIRST_DATA_SET = 85;
const LAST_DATA_SET = 88;
/** Groups whose objects have no value of their own here. */
const isOpaque = (group: number): boolean => group === 1 || (group >= 81 && group <= 91);

function detailsOf(bytes: Uint8Array, start: number, end: number, group: number, variation: number): Record<string, unknown> {
	if (group === CONTROL_GROUP) {
		const control = u8(bytes, start);
		return {
			operationType: operationTypeName(control),
			tripCloseCode: tripCloseName(control),
			...(control & 0x10 && { queue: true }),
			...(control & 0x20 && { clear: true }),
			executeCount: u8(bytes, start + 1),
			onTime: u32le(bytes, start + 2),
			offTime: u32le(bytes, start + 6),
		};
	}
	if (group === ATTRIBUTE_GROUP) return { type: attributeTypeName(u8(bytes, start)), value: attributeValue(bytes, start, end) };
	if (group === FILE_GROUP) {
		const facts = fileFactsOf(bytes, start, end, variation);
		return facts === undefined ? { data: hexOf(bytes, start, end) } : fileRecord(facts);
	}
	if (group === AUTHENTICATION_GROUP) {
		const facts = authenticationFactsOf(bytes, start, end, variation);
		return facts === undefined ? { data: hexOf(bytes, start, end) } : authenticationRecord(facts);
	}
	if (group >= FIRST_DATA_SET && group <= LAST_DATA_SET && layoutOf(group, variation)?.isVariable === true)
		return dataSetRecord(bytes, start, end, group);
	if (isString(group)) return { text: textOrHex(bytes, start, end) };
	if (isOpaque(group) && layoutOf(group, variation)?.isVariable !== false) return { data: hexOf(bytes, start, end) };
	return {};
}
