/** An observation as the fields of a `decode` line: the specification's names. */
import { COE_NAMES, commandName, FOE_NAMES, isLogical, MAILBOX_NAMES, MAILBOX_TYPE, outcomeName, STATE, stateName } from "./codes.ts";
import type { EthercatObservation } from "./observation.ts";

const POSITION = 0x10000;
const hexText = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

export function recordOf(o: EthercatObservation): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	if (o.kind !== "unanswered") record.returned = o.isReturned;
	if (o.command >= 0) record.command = commandName(o.command);
	if (o.unit >= POSITION) record.position = o.unit - POSITION;
	else if (o.unit >= 0) record.station = o.unit;
	if (o.address >= 0) record.address = hexText(o.address, isLogical(o.command) ? 8 : 4);
	if (o.size > 0) record.octets = o.size;
	if (o.counter >= 0) record.workingCounter = o.counter;
	if (o.previousCounter >= 0) record.previousWorkingCounter = o.previousCounter;
	if (o.frames > 0) record.frames = o.frames;
	if (o.state >= 0) {
		record.state = stateName(o.state);
		if ((o.state & STATE.error) !== 0) record.error = true;
		if (o.previousState >= 0) record.previousState = stateName(o.previousState);
	}
	if (o.mailbox >= 0) mailbox(o, record);
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function mailbox(o: EthercatObservation, record: Record<string, unknown>): void {
	record.mailbox = MAILBOX_NAMES[o.mailbox] ?? `type ${o.mailbox}`;
	const isFile = o.mailbox === MAILBOX_TYPE.foe;
	if (o.service >= 0) record.service = (isFile ? FOE_NAMES : COE_NAMES)[o.service] ?? `service ${o.service}`;
	if (o.index >= 0) {
		record.index = hexText(o.index, 4);
		record.subindex = o.subindex;
	}
	if (!Number.isNaN(o.value)) record.value = o.value;
	if (o.text !== "") record[isFile ? "fileName" : "text"] = o.text;
	if (o.abort >= 0) {
		record.abortCode = hexText(o.abort, 8);
		if (!isFile) record.abort = outcomeName(o.abort);
	}
}
