/** An observation as the fields of a `decode` line. */
import { ATTACHED, hex2, outcomeName, outcomeOf, selectorName, serviceName, stateName } from "./codes.ts";
import type { SrtpObservation } from "./observation.ts";

export function recordOf(o: SrtpObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { sender: o.isFromServer ? "server" : "client" };
	if (o.size > 0) record.length = o.size;
	if (o.sequence >= 0) record.sequence = o.sequence;
	if (o.mailbox >= 0) record.mailboxType = hex2(o.mailbox);
	// The upper half of the octet is the slot.
	if (o.destination >= 0) record.slot = o.destination >> 4;
	if (o.service >= 0) {
		record.serviceCode = o.service;
		record.service = serviceName(o.service);
	}
	if (o.selector >= 0) {
		record.selectorCode = o.selector;
		record.selector = selectorName(o.selector);
		record.offset = o.first;
		record.count = o.count;
	}
	if (o.parameter >= 0) record.parameter = o.parameter;
	if (o.octets > 0) record.octets = o.octets;
	if (o.status >= 0) {
		record.status = o.status;
		record.minorStatus = o.minor;
		record.result = outcomeName(outcomeOf(o.status, o.minor));
		record.privilegeLevel = o.privilege;
		record.state = stateName(o.state);
		if ((o.state & ATTACHED) !== 0) record.toolAttached = true;
	}
	if (o.name !== "") record.name = o.name;
	if (o.valueCount > 0) record.values = Array.from(o.values.subarray(0, o.valueCount));
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}
