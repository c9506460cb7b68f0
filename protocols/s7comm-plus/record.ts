/** The fields of a `decode` line. Names are those of Wireshark's dissector in camelCase. */
import { dataName, errorName, functionName, idName, opcodeName, VERSION } from "./codes.ts";
import type { PlusItem, PlusObservation } from "./observation.ts";

/** Variables and attributes of one line. */
const MAX_SHOWN = 256;

const versionName = (version: number): string =>
	version === VERSION.systemEvent ? "SystemEvent" : version === VERSION.keepAlive ? "KeepAlive" : `V${version}`;

export function recordOf(o: PlusObservation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.callingTsap !== "") record.callingTsap = o.callingTsap;
	if (o.calledTsap !== "") record.calledTsap = o.calledTsap;
	if (o.tpduSize > 0) record.tpduSize = o.tpduSize;
	if (o.version >= 0) record.protocolVersion = versionName(o.version);
	if (o.opcode >= 0) record.opcode = opcodeName(o.opcode);
	if (o.functionCode >= 0) {
		record.functionCode = o.functionCode;
		record.function = functionName(o.functionCode);
	}
	if (o.sequence >= 0) record.sequence = o.sequence;
	if (o.sessionId >= 0) record.sessionId = o.sessionId;
	if (o.hasDigest) record.signed = true;
	if (o.objectId >= 0) {
		record.objectId = o.objectId;
		if (o.object !== "" && o.object !== "object") record.object = o.object;
	}
	if (o.kind === "request" && o.attributes.length > 0) record.attributes = o.attributes.slice(0, MAX_SHOWN).map(idName);
	if (o.items.length > 0) record.items = o.items.slice(0, MAX_SHOWN).map((item) => itemOf(item, o.isLogin));
	if (o.objects.length > 0)
		record.objects = o.objects.slice(0, MAX_SHOWN).map(({ relationId, classId, name, block }) => ({
			relationId,
			class: idName(classId),
			...(name !== "" && { name }),
			...(block >= 0 && { blockNumber: block }),
		}));
	if (o.session !== undefined) for (const [name, text] of Object.entries(o.session)) if (text !== "") record[name] = text;
	if (o.created.length > 0) record.createdObjects = o.created;
	if (o.opcode >= 0 && (o.kind === "response" || o.kind === "unsolicited")) {
		record.returnCode = o.returnCode;
		if (o.returnCode !== 0) record.returnName = errorName(o.returnCode);
	}
	if (o.text !== "") record.message = o.text;
	if (o.isUnread) record.unread = true;
	if (o.kind === "malformed") record.sender = o.isFromServer ? "server" : "client";
	if (o.requestFrame > 0 && o.requestFrame !== o.frame) record.requestFrame = o.requestFrame;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.violation !== "") record.violations = [o.violation];
	return record;
}

/** Whoever reads a line need not know what proves who somebody is. */
function itemOf({ point, type, value, text, errorCode }: PlusItem, isHidden: boolean): Record<string, unknown> {
	return {
		...(point !== "" && { address: point }),
		...(type !== 0 && { type: dataName(type) }),
		...(Number.isFinite(value) && !isHidden && { value }),
		...(text !== "" && !isHidden && { text }),
		...(errorCode !== 0 && { errorCode }),
	};
}
