/** An observation as the fields of a `decode` line. */
import {
	commandName,
	communicationErrors,
	deviceStatusNames,
	extendedStatusNames,
	manufacturerName,
	messageIdName,
	messageTypeName,
	responseName,
	unitName,
	variableName,
} from "./codes.ts";
import type { HartObservation } from "./observation.ts";
import { COMMUNICATION_ERROR } from "./wire.ts";

const hex4 = (value: number): string => value.toString(16).padStart(4, "0").toUpperCase();
export const deviceName = (id: number): string => id.toString(16).padStart(6, "0").toUpperCase();

export function recordOf(o: HartObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { sender: o.isFromServer ? "server" : "client", length: o.size };
	if (o.messageType >= 0) {
		record.version = o.version;
		record.messageType = messageTypeName(o.messageType);
		record.messageId = messageIdName(o.messageId);
		record.status = o.status;
		record.sequence = o.sequence;
	}
	if (o.hostType >= 0) {
		record.hostType = o.hostType === 1 ? "primary" : "secondary";
		record.inactivityTimer = o.inactivityTimer;
	}
	if (o.command >= 0) command(o, record);
	if (o.details !== undefined) Object.assign(record, o.details);
	if (typeof record.manufacturer === "number") {
		record.manufacturerName = manufacturerName(record.manufacturer) ?? "unknown";
	}
	if (o.variableCount > 0) record.variables = Array.from({ length: o.variableCount }, (_, index) => variable(o, index));
	if (o.isRepeat) record.repeat = true;
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function command(o: HartObservation, record: Record<string, unknown>): void {
	if (o.polling >= 0) record.pollingAddress = o.polling;
	if (o.deviceId >= 0) {
		record.deviceType = hex4(o.deviceType);
		record.deviceId = deviceName(o.deviceId);
	}
	if (o.polling >= 0 || o.deviceId >= 0) record.master = o.isPrimary ? "primary" : "secondary";
	if (o.isBurst) record.burstMode = true;
	if (o.card >= 0) {
		record.card = o.card;
		record.channel = o.channel;
	}
	if (o.carrier >= 0) record.carrier = o.carrier;
	if (o.item >= 0) record.item = o.item;
	record.commandNumber = o.command;
	record.command = commandName(o.command);
	record.octets = o.octets;
	if (o.responseCode >= 0) {
		record.responseCode = o.responseCode;
		record.response = responseName(o.responseCode);
		if ((o.responseCode & COMMUNICATION_ERROR) !== 0) record.communicationErrors = communicationErrors(o.responseCode);
	}
	if (o.deviceStatus >= 0) {
		record.deviceStatusCode = o.deviceStatus;
		// With an error of communication nothing is said of the device.
		if (o.deviceStatus > 0 && (o.responseCode & COMMUNICATION_ERROR) === 0) record.deviceStatus = deviceStatusNames(o.deviceStatus);
	}
	if (o.extendedStatus >= 0) {
		record.extendedStatusCode = o.extendedStatus;
		if (o.extendedStatus > 0) record.extendedStatus = extendedStatusNames(o.extendedStatus);
	}
}

function variable(o: HartObservation, index: number): Record<string, unknown> {
	const code = o.codes[index]!;
	const one: Record<string, unknown> = { code, name: o.isChannel ? `analog channel ${code}` : variableName(code) };
	const value = o.values[index]!;
	const unit = o.units[index]!;
	if (unit >= 0) one.units = unitName(unit);
	if (Number.isFinite(value)) one.value = value;
	if (o.statuses[index]! >= 0) one.status = o.statuses[index]!;
	return one;
}
