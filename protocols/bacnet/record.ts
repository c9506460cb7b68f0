/** The fields of a `decode` line: names of the standard (ASHRAE 135, 20, 21), those of ICSNPP where a SOC knows them. */
import {
	abortReason,
	BVLC_RESULTS,
	bvlcName,
	errorClassName,
	errorCodeName,
	messageName,
	networkReason,
	objectTypeName,
	PDU,
	pduName,
	propertyName,
	rejectReason,
	serviceName,
} from "./codes.ts";
import type { BacnetObservation, Item } from "./observation.ts";
import { instanceOf, typeOf, type Value } from "./tags.ts";

const PRIORITIES = ["normal", "urgent", "critical-equipment", "life-safety"] as const;

const valueFields = ({ type, value }: Value) => ({ type, value });

function itemOf({ objectId, property, index, priority, values, errorClass, errorCode }: Item): Record<string, unknown> {
	return {
		objectType: objectTypeName(typeOf(objectId)),
		instanceNumber: instanceOf(objectId),
		...(property >= 0 && { property: propertyName(property) }),
		...(index >= 0 && { arrayIndex: index }),
		...(priority > 0 && { priority }),
		...(values.length === 1 && valueFields(values[0]!)),
		...(values.length > 1 && { values: values.map(valueFields) }),
		...(errorClass >= 0 && { errorClass: errorClassName(errorClass), errorCode: errorCodeName(errorCode) }),
	};
}

export function recordOf(o: BacnetObservation): Record<string, unknown> {
	const isAbort = o.pduType === PDU.abort;
	return {
		...(o.function >= 0 && { bvlcFunction: bvlcName(o.function) }),
		...(o.result >= 0 && { resultCode: BVLC_RESULTS[o.result] ?? o.result }),
		...(o.timeToLive >= 0 && { timeToLive: o.timeToLive }),
		...(o.entries.length > 0 && { entries: o.entries.map((entry) => ({ ...entry })) }),
		...(o.originIp !== "" && { origin: { ip: o.originIp, port: o.originPort } }),
		...(o.destinationNetwork >= 0 && { dnet: o.destinationNetwork, dadr: o.destinationAddress }),
		...(o.sourceNetwork >= 0 && { snet: o.sourceNetwork, sadr: o.sourceAddress }),
		...(o.hopCount >= 0 && { hopCount: o.hopCount }),
		...(o.networkPriority > 0 && { networkPriority: PRIORITIES[o.networkPriority] }),
		...(o.messageType >= 0 && { networkMessage: messageName(o.messageType) }),
		...(o.networks.length > 0 && { networks: [...o.networks] }),
		...(o.networkReason >= 0 && { reason: networkReason(o.networkReason) }),
		...(o.routingPorts >= 0 && { ports: o.routingPorts }),
		...(o.pduType >= 0 && { pduType: pduName(o.pduType) }),
		...(o.invokeId >= 0 && { invokeId: o.invokeId }),
		...(o.service >= 0 && { serviceChoice: o.service, service: serviceName(o.service, o.isConfirmed) }),
		...(o.maxApdu >= 0 && { maxApdu: o.maxApdu }),
		...(o.maxSegments > 0 && { maxSegments: o.maxSegments }),
		...(o.sequenceNumber >= 0 && { sequenceNumber: o.sequenceNumber, windowSize: o.windowSize }),
		...(o.moreFollows && { moreFollows: true }),
		...(o.isNegative && { negativeAck: true }),
		...(o.segments > 1 && { segments: o.segments }),
		...(o.errorClass >= 0 && { errorClass: errorClassName(o.errorClass), errorCode: errorCodeName(o.errorCode) }),
		...(o.reason >= 0 && { reason: isAbort ? abortReason(o.reason) : rejectReason(o.reason) }),
		...(o.items.length > 0 && { objects: o.items.map(itemOf) }),
		...(o.details !== undefined && { ...o.details }),
		...(o.unit >= 0 && { unit: o.unit }),
		...(isAnswer(o) && { matched: o.isMatched }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(o.requestFrame > 0 && o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
		...(o.isRepeat && { repeated: true }),
		...(o.isLate && { late: true }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

const isAnswer = (o: BacnetObservation): boolean =>
	o.kind === "response" || o.kind === "error" || o.kind === "reject" || o.kind === "abort";
