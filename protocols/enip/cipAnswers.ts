/** Answers of CIP: status, and what follows by the request that is answered (CIP Vol. 1, 2-4.2; tags: Rockwell 1756-PM020). */
import { u8, u16le, u32le } from "../../src/wire/bytes.ts";
import { type Attribute, allAttributesOf, attributeListOf, attributeOf } from "./attributes.ts";
import { type CipRequest, eachService, isManager } from "./cip.ts";
import { CLASS, EMBEDDED_ERROR, PARTIAL, RESPONSE, SERVICE } from "./cipCodes.ts";
import { type ConnectionGrant, type ConnectionName, grantOf, nameOf } from "./connection.ts";
import { type PcccAnswer, answerOf as pcccAnswerOf } from "./pccc.ts";
import { hexOf, textOf } from "./text.ts";
import { STRUCTURE, type Value, valuesOf } from "./values.ts";

/** Words of extended status that are kept. */
const MAX_EXTENDED = 8;
/** Tags of one answer to Get Instance Attribute List that are kept. */
const MAX_TAGS = 512;

/** One tag of a list (1756-PM020, "Finding User-created Controller Scope Tags"). */
export interface ListedTag {
	instanceId: number;
	name: string;
	/** -1 where it was not asked for. */
	type: number;
}

/** One answer. Owned. Numbers are -1 where it has no such field. */
export interface CipAnswer {
	service: number;
	generalStatus: number;
	extendedStatus: number[];
	parts: CipAnswer[];
	dataType: number;
	handle: number;
	values: Value[];
	attributes: Attribute[];
	tags: ListedTag[];
	opened: ConnectionGrant | undefined;
	closed: ConnectionName | undefined;
	pccc: PcccAnswer | undefined;
	/** First four bytes of the answer to Create: the new instance. */
	createdInstance: number;
	data: string;
	dataBytes: number;
	violation: string;
}

/** Done, wholly or in part; the services inside may have failed. */
export const isGood = ({ generalStatus }: CipAnswer): boolean => generalStatus === 0 || generalStatus === PARTIAL;

/** Whether an answer with this service can be one to `request`; a route that fails answers for itself. */
export const fits = (service: number, request: CipRequest): boolean =>
	service === request.service || (service === SERVICE.unconnectedSend && request.route !== "");

/** Reads the answer that fills `start` to `end`; `request` is what it answers, where that was seen. */
export function answerOf(bytes: Uint8Array, start: number, end: number, request: CipRequest | undefined, isInner = false): CipAnswer {
	const answer: CipAnswer = {
		service: u8(bytes, start) & ~RESPONSE,
		generalStatus: -1,
		extendedStatus: [],
		parts: [],
		dataType: -1,
		handle: 0,
		values: [],
		attributes: [],
		tags: [],
		opened: undefined,
		closed: undefined,
		pccc: undefined,
		createdInstance: -1,
		data: "",
		dataBytes: 0,
		violation: "",
	};
	const words = u8(bytes, start + 3);
	const data = start + 4 + 2 * words;
	if (start + 4 > end || data > end) {
		answer.violation = "status";
		return answer;
	}
	answer.generalStatus = u8(bytes, start + 2);
	for (let index = 0; index < words && index < MAX_EXTENDED; index++) answer.extendedStatus.push(u16le(bytes, start + 4 + 2 * index));
	answer.dataBytes = end - data;
	const isPacket =
		answer.service === SERVICE.multipleServicePacket && (request === undefined || request.service === answer.service) && !isInner;
	if (isPacket && (isGood(answer) || answer.generalStatus === EMBEDDED_ERROR)) {
		let index = 0;
		const isSound = eachService(
			bytes,
			data,
			end,
			(from, to) => void answer.parts.push(answerOf(bytes, from, to, request?.parts[index++], true)),
		);
		if (!isSound) answer.violation = "services";
		return answer;
	}
	if (request !== undefined && answer.service === request.service) {
		if (isGood(answer)) {
			if (read(answer, request, bytes, data, end)) return answer;
		} else if (isManager(request) && end - data >= 8) answer.closed = nameOf(bytes, data);
	}
	answer.data = hexOf(bytes, data, end);
	return answer;
}

/** False where what follows is of no type that is known. */
function read(answer: CipAnswer, request: CipRequest, bytes: Uint8Array, start: number, end: number): boolean {
	const { service, classId, path } = request;
	if (isManager(request)) {
		if (service === SERVICE.forwardOpen || service === SERVICE.largeForwardOpen) {
			answer.opened = grantOf(bytes, start, end);
			return answer.opened !== undefined;
		}
		if (service === SERVICE.forwardClose && end - start >= 8) {
			answer.closed = nameOf(bytes, start);
			return true;
		}
	}
	if (request.isTag && (service === SERVICE.readTag || service === SERVICE.readTagFragmented)) {
		if (end - start < 2) return false;
		const type = u16le(bytes, start);
		answer.dataType = type;
		answer.handle = type === STRUCTURE ? u16le(bytes, start + 2) : 0;
		const from = start + (type === STRUCTURE ? 4 : 2);
		answer.values = valuesOf(type, answer.handle, bytes, from, end);
		if (answer.values.length === 0) answer.data = hexOf(bytes, from, end);
		return true;
	}
	switch (service) {
		case SERVICE.getAttributesAll:
			answer.attributes = allAttributesOf(classId, path.instanceId, bytes, start, end);
			return answer.attributes.length > 0;
		case SERVICE.getAttributeList:
			answer.attributes = attributeListOf(classId, path.instanceId, bytes, start, end);
			return answer.attributes.length > 0;
		case SERVICE.getAttributeSingle:
			if (path.attributeId < 0) return false;
			answer.attributes = [attributeOf(classId, path.instanceId, path.attributeId, bytes, start, end)];
			return true;
		case SERVICE.executePccc:
			answer.pccc = pcccAnswerOf(bytes, start, end, request.pccc);
			return answer.pccc !== undefined;
		case SERVICE.create:
			if (end - start >= 2) answer.createdInstance = end - start >= 4 ? u32le(bytes, start) : u16le(bytes, start);
			return false;
		case SERVICE.getInstanceAttributeList:
			if (classId === CLASS.symbol) list(answer, request, bytes, start, end);
			return answer.tags.length > 0;
		default:
			return false;
	}
}

/** Attributes of the Symbol object that are known: the name (behind its length in two bytes) and the type; a list that has others cannot be read. */
function list(answer: CipAnswer, request: CipRequest, bytes: Uint8Array, start: number, end: number): void {
	const wanted = request.attributes;
	if (wanted.length === 0 || wanted.length > 2 || !wanted.every(({ id }) => id === 1 || id === 2)) return;
	for (let at = start; at + 4 <= end && answer.tags.length < MAX_TAGS; ) {
		const tag: ListedTag = { instanceId: u32le(bytes, at), name: "", type: -1 };
		at += 4;
		for (const { id } of wanted) {
			if (at + 2 > end) return;
			if (id === 1) {
				const stop = at + 2 + u16le(bytes, at);
				if (stop > end) return;
				tag.name = textOf(bytes, at + 2, stop);
				at = stop;
			} else {
				tag.type = u16le(bytes, at);
				at += 2;
			}
		}
		answer.tags.push(tag);
	}
}
