/** Requests of CIP: service, path and what follows by the service (CIP Vol. 1, 2-4 and appendix A; services of tags: Rockwell 1756-PM020). */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { type Attribute, attributeOf } from "./attributes.ts";
import { CLASS, RESPONSE, SERVICE } from "./cipCodes.ts";
import { type ConnectionName, type ConnectionRequest, forwardCloseOf, forwardOpenOf, unconnectedSendOf } from "./connection.ts";
import { type CipPath, pathOf } from "./path.ts";
import { commandOf, type PcccCommand } from "./pccc.ts";
import { hexOf } from "./text.ts";
import { STRUCTURE, typeSize, type Value, valuesOf } from "./values.ts";

/** Messages inside messages: a route, several services, and one of them routed again. */
const MAX_DEPTH = 3;
/** Services of one Multiple Service Packet that are read. */
export const MAX_SERVICES = 256;
/** Attributes of one list that are read. */
const MAX_ATTRIBUTES = 256;

/** One request. Owned: it is kept until its answer. Numbers are -1 where it has no such field. */
export interface CipRequest {
	service: number;
	/** -1 for a tag; 0 where the path names neither class nor tag. */
	classId: number;
	path: CipPath;
	/** It is one of tags: of a name, or of an instance of the Symbol object. */
	isTag: boolean;
	/** Ports and addresses on the way; empty where it is for the device itself. */
	route: string;
	/** Milliseconds that a routed request may take. */
	timeoutMs: number;
	parts: CipRequest[];
	elementCount: number;
	byteOffset: number;
	dataType: number;
	/** Of the template, where the type is a structure. */
	handle: number;
	/** What is written. */
	values: Value[];
	orMask: string;
	andMask: string;
	attributes: Attribute[];
	/** Type of a reset; first instance of a list; offset and so on stand in their own fields. */
	resetType: number;
	opens: ConnectionRequest | undefined;
	closes: (ConnectionName & { timeoutMs: number; path: CipPath }) | undefined;
	pccc: PcccCommand | undefined;
	data: string;
	dataBytes: number;
	/** Fixed words; empty where nothing is wrong. */
	violation: string;
}

const NO_PATH = pathOf(new Uint8Array(0), 0, 0);

function blank(service: number, path: CipPath): CipRequest {
	const classId = path.classId >= 0 ? path.classId : path.hasSymbol ? -1 : 0;
	return {
		service,
		classId,
		path,
		isTag: classId === -1 || (classId === CLASS.symbol && path.instanceId > 0),
		route: path.route,
		timeoutMs: -1,
		parts: [],
		elementCount: -1,
		byteOffset: -1,
		dataType: -1,
		handle: 0,
		values: [],
		orMask: "",
		andMask: "",
		attributes: [],
		resetType: -1,
		opens: undefined,
		closes: undefined,
		pccc: undefined,
		data: "",
		dataBytes: 0,
		violation: "",
	};
}

/** True where a service of the Connection Manager has one of its own meanings. */
export const isManager = ({ classId }: CipRequest): boolean => classId === CLASS.connectionManager;

/** Whether these bytes are an answer. */
export const isAnswer = (bytes: Uint8Array, start: number): boolean => (u8(bytes, start) & RESPONSE) !== 0;

/** Reads the request that fills `start` to `end`, which has at least a service. */
export function requestOf(bytes: Uint8Array, start: number, end: number, depth = 0): CipRequest {
	const service = u8(bytes, start) & ~RESPONSE;
	const pathEnd = start + 2 + 2 * u8(bytes, start + 1);
	if (start + 2 > end || pathEnd > end) {
		const broken = blank(service, NO_PATH);
		broken.violation = "path";
		return broken;
	}
	const request = blank(service, pathOf(bytes, start + 2, pathEnd));
	if (!request.path.isWhole) request.violation = "path";
	request.dataBytes = end - pathEnd;
	if (isManager(request)) return manage(request, bytes, pathEnd, end, depth);
	if (request.isTag && tag(request, bytes, pathEnd, end)) return request;
	if (request.classId === CLASS.pccc && service === SERVICE.executePccc) {
		request.pccc = commandOf(bytes, pathEnd, end);
		request.violation ||= request.pccc === undefined ? "pccc" : request.pccc.violation;
		return request;
	}
	common(request, bytes, pathEnd, end, depth);
	return request;
}

function manage(request: CipRequest, bytes: Uint8Array, start: number, end: number, depth: number): CipRequest {
	switch (request.service) {
		case SERVICE.unconnectedSend: {
			const carried = unconnectedSendOf(bytes, start, end);
			if (carried === undefined || depth >= MAX_DEPTH) {
				request.violation ||= carried === undefined ? "unconnected-send" : "nesting";
				return request;
			}
			const inner = requestOf(bytes, carried.start, carried.end, depth + 1);
			inner.route = inner.route === "" ? carried.route : `${carried.route},${inner.route}`;
			inner.timeoutMs = carried.timeoutMs;
			return inner;
		}
		case SERVICE.forwardOpen:
		case SERVICE.largeForwardOpen:
			request.opens = forwardOpenOf(bytes, start, end, request.service === SERVICE.largeForwardOpen);
			if (request.opens === undefined || !request.opens.path.isWhole) request.violation ||= "forward-open";
			return request;
		case SERVICE.forwardClose:
			request.closes = forwardCloseOf(bytes, start, end);
			if (request.closes === undefined || !request.closes.path.isWhole) request.violation ||= "forward-close";
			return request;
		default:
			common(request, bytes, start, end, depth);
			return request;
	}
}

/** Services of tags; false where it is another one. */
function tag(request: CipRequest, bytes: Uint8Array, start: number, end: number): boolean {
	const size = end - start;
	switch (request.service) {
		case SERVICE.readTag:
			if (size < 2) request.violation ||= "tag";
			else request.elementCount = u16le(bytes, start);
			return true;
		case SERVICE.readTagFragmented:
			if (size < 6) request.violation ||= "tag";
			else {
				request.elementCount = u16le(bytes, start);
				request.byteOffset = u32le(bytes, start + 2);
			}
			return true;
		case SERVICE.writeTag:
		case SERVICE.writeTagFragmented:
			write(request, bytes, start, end);
			return true;
		case SERVICE.readModifyWriteTag: {
			const width = size >= 2 ? u16le(bytes, start) : 0;
			if (width === 0 || 2 + 2 * width > size) request.violation ||= "tag";
			else {
				request.orMask = hexOf(bytes, start + 2, start + 2 + width);
				request.andMask = hexOf(bytes, start + 2 + width, start + 2 + 2 * width);
			}
			return true;
		}
		default:
			return false;
	}
}

/** 1756-PM020, "Write Tag Service": type, with the handle of its template where it is a structure, number of elements, for a fragment the offset, values. */
function write(request: CipRequest, bytes: Uint8Array, start: number, end: number): void {
	let at = start;
	const isFragment = request.service === SERVICE.writeTagFragmented;
	const type = u16le(bytes, at);
	at += type === STRUCTURE ? 4 : 2;
	if (at + (isFragment ? 6 : 2) > end) {
		request.violation ||= "tag";
		return;
	}
	request.dataType = type;
	request.handle = type === STRUCTURE ? u16le(bytes, start + 2) : 0;
	request.elementCount = u16le(bytes, at);
	at += 2;
	if (isFragment) {
		request.byteOffset = u32le(bytes, at);
		at += 4;
	}
	request.values = valuesOf(type, request.handle, bytes, at, end);
	if (!isFragment && typeSize(type, request.handle) * request.elementCount > end - at) request.violation ||= "tag";
	if (request.values.length === 0) request.data = hexOf(bytes, at, end);
}

function common(request: CipRequest, bytes: Uint8Array, start: number, end: number, depth: number): void {
	const { classId, path } = request;
	const size = end - start;
	switch (request.service) {
		case SERVICE.multipleServicePacket:
			if (depth >= MAX_DEPTH) request.violation ||= "nesting";
			else if (!eachService(bytes, start, end, (from, to) => void request.parts.push(requestOf(bytes, from, to, depth + 1))))
				request.violation ||= "services";
			return;
		case SERVICE.getAttributeList: {
			const count = size >= 2 ? u16le(bytes, start) : 0;
			if (size < 2 || 2 + 2 * count > size) request.violation ||= "attributes";
			for (let index = 0; index < count && index < MAX_ATTRIBUTES && start + 4 + 2 * index <= end; index++)
				request.attributes.push({ id: u16le(bytes, start + 2 + 2 * index) });
			return;
		}
		case SERVICE.setAttributeList:
			// Only the first value begins at a known place; it ends there too where it is the only one.
			if (size >= 4 && u16le(bytes, start) === 1)
				request.attributes.push(attributeOf(classId, path.instanceId, u16le(bytes, start + 2), bytes, start + 4, end));
			else if (size >= 4) request.attributes.push({ id: u16le(bytes, start + 2) });
			request.elementCount = size >= 2 ? u16le(bytes, start) : -1;
			request.data = hexOf(bytes, start, end);
			return;
		case SERVICE.setAttributeSingle:
			if (path.attributeId >= 0) request.attributes.push(attributeOf(classId, path.instanceId, path.attributeId, bytes, start, end));
			request.data = hexOf(bytes, start, end);
			return;
		case SERVICE.getAttributeSingle:
			if (path.attributeId >= 0) request.attributes.push({ id: path.attributeId });
			return;
		case SERVICE.reset:
			request.resetType = size > 0 ? u8(bytes, start) : 0;
			return;
		case SERVICE.getInstanceAttributeList:
			if (classId === CLASS.symbol) {
				const count = size >= 2 ? u16le(bytes, start) : 0;
				for (let index = 0; index < count && index < MAX_ATTRIBUTES && start + 4 + 2 * index <= end; index++)
					request.attributes.push({ id: u16le(bytes, start + 2 + 2 * index) });
				return;
			}
	}
	request.data = hexOf(bytes, start, end);
}

/**
 * Calls `take` with the bytes of each service of a Multiple Service Packet, whose count stands at `start` (CIP Vol. 1, A-4.10). False where the count or an offset lies: offsets go
 * up, and each service ends where the next begins, so no byte is read twice.
 */
export function eachService(bytes: Uint8Array, start: number, end: number, take: (from: number, to: number) => void): boolean {
	const count = start + 2 <= end ? u16le(bytes, start) : 0;
	if (count === 0 || start + 2 + 2 * count > end) return false;
	const read = Math.min(count, MAX_SERVICES);
	for (let index = 0; index < read; index++) {
		const at = start + 2 + 2 * index;
		const from = start + u16le(bytes, at);
		const to = index + 1 < count ? start + u16le(bytes, at + 2) : end;
		if (from < start + 2 + 2 * count || to - from < 2 || to > end) return false;
		take(from, to);
	}
	return read === count;
}
