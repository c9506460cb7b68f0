/** Who a device says it is: function 43/14 (V1.1b3, 6.21), also in several messages, and function 17 (6.13). */
import { u8 } from "../../src/wire/bytes.ts";
import { hexOf } from "../../src/wire/text.ts";
import { conformityName, objectName, readCodeName } from "./codes.ts";
import { type Identified, memoryOf } from "./memory.ts";
import type { ModbusObservation } from "./observation.ts";
import { textOf, textOrHex } from "./text.ts";

/** One object of a device identification. */
interface DeviceObject {
	id: number;
	name: string;
	value: string;
}

/** What function 17 answers; its layout is the device's own, but for the run indicator (6.13). */
interface ServerId {
	serverId: string;
	runIndicator?: boolean;
	additionalData?: string;
}

/** Objects of a device identification response (6.21), as many as are whole. */
function deviceObjectsOf(o: ModbusObservation): DeviceObject[] {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	const objects: DeviceObject[] = [];
	let at = pdu + 7;
	for (let left = end - pdu > 6 ? u8(bytes, pdu + 6) : 0; left > 0 && at + 2 <= end; left--) {
		const to = at + 2 + u8(bytes, at + 1);
		if (to > end) break;
		objects.push({ id: u8(bytes, at), name: objectName(u8(bytes, at)), value: textOf(bytes, at + 2, to) });
		at = to;
	}
	return objects;
}

/** Function 17: most devices send one byte of id, the run indicator, then text; some send text that ends in the run indicator. */
export function serverIdOf(o: ModbusObservation): ServerId {
	const { bytes, pduStart: pdu } = o;
	const start = pdu + 2;
	const end = Math.min(o.pduEnd, start + u8(bytes, pdu + 1));
	const isIndicator = (at: number) => at >= start && at < end && (bytes[at] === 0x00 || bytes[at] === 0xff);
	if (isIndicator(start + 1)) {
		const answer: ServerId = { serverId: hexOf(bytes, start, start + 1), runIndicator: bytes[start + 1] === 0xff };
		if (end > start + 2) answer.additionalData = textOrHex(bytes, start + 2, end);
		return answer;
	}
	if (isIndicator(end - 1)) return { serverId: textOrHex(bytes, start, end - 1), runIndicator: bytes[end - 1] === 0xff };
	return { serverId: textOrHex(bytes, start, Math.max(start, end)) };
}

/** More objects are to be asked for, with the next object id. */
const MORE = 0xff;
/** One object of the client's choice: no part of a whole. */
const INDIVIDUAL = 4;

const identifiedBy = (o: ModbusObservation): Identified | undefined => {
	const { bytes, pduStart: pdu, pduEnd: end, context } = o;
	if (context === undefined || end - pdu < 7 || u8(bytes, pdu + 2) === INDIVIDUAL) return undefined;
	return memoryOf(context).identify(context, o, deviceObjectsOf(o), u8(bytes, pdu + 4) === MORE ? u8(bytes, pdu + 5) : -1);
};

/** The objects that have come with an answer and, where it is one of several, with those before it; by id. */
export function identificationOf(o: ModbusObservation): ReadonlyMap<number, string> | undefined {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	if (end - pdu >= 7 && u8(bytes, pdu + 2) === INDIVIDUAL) return new Map(deviceObjectsOf(o).map(({ id, value }) => [id, value]));
	return identifiedBy(o)?.objects;
}

/** The fields of a line. */
export function identificationRecordOf(o: ModbusObservation): Record<string, unknown> {
	const { bytes, pduStart: pdu, pduEnd: end } = o;
	if (o.kind === "unanswered" || end - pdu < 4) return {};
	const readDeviceIdCode = u8(bytes, pdu + 2);
	const record: Record<string, unknown> = { readDeviceIdCode, readDeviceId: readCodeName(readDeviceIdCode) };
	if (o.kind === "request") {
		record.objectId = u8(bytes, pdu + 3);
		record.objectName = objectName(u8(bytes, pdu + 3));
		return record;
	}
	record.conformityLevel = u8(bytes, pdu + 3);
	record.conformity = conformityName(u8(bytes, pdu + 3));
	if (end - pdu < 7) return record;
	record.moreFollows = u8(bytes, pdu + 4) === MORE;
	record.nextObjectId = u8(bytes, pdu + 5);
	record.objects = deviceObjectsOf(o);
	const identified = o.kind === "response" ? identifiedBy(o) : undefined;
	// What came in one message stands there.
	if (identified !== undefined && identified.next < 0 && identified.parts > 1) {
		record.identification = Object.fromEntries([...identified.objects].map(([id, value]) => [objectName(id), value]));
	}
	return record;
}
