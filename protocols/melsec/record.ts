/** An observation as the fields of a `decode` line. */
import { commandName, DEVICES, deviceName, endCodeName, hex4 } from "./codes.ts";
import type { MelsecObservation } from "./observation.ts";
import { FORM } from "./wire.ts";

/** Remote RUN and PAUSE: also where somebody else holds the CPU in another state. */
const BY_FORCE = 3;

export function recordOf(o: MelsecObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { sender: o.isFromServer ? "server" : "client" };
	if (o.size > 0) record.length = o.size;
	if (o.form >= 0) frame(o, record);
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function frame(o: MelsecObservation, record: Record<string, unknown>): void {
	record.frameType = (o.form & FORM.serial) !== 0 ? "4E" : "3E";
	record.code = (o.form & FORM.ascii) !== 0 ? "ASCII" : "binary";
	if (o.serial >= 0) record.serial = o.serial;
	record.network = o.network;
	record.station = o.station;
	record.moduleIo = hex4(o.io);
	record.multidrop = o.multidrop;
	if (o.timer >= 0) record.monitoringTimer = o.timer;
	if (o.command >= 0) {
		record.commandCode = hex4(o.command);
		record.command = commandName(o.command);
		record.subcommand = hex4(o.subcommand);
	}
	if (o.endCode >= 0) {
		record.endCode = hex4(o.endCode);
		record.result = endCodeName(o.endCode);
	}
	if (o.mode >= 0) record.byForce = o.mode === BY_FORCE;
	if (o.model !== "") record.model = o.model;
	if (o.modelCode >= 0) record.modelCode = hex4(o.modelCode);
	if (o.octets >= 0) record.octets = o.octets;
	if (o.itemCount > 0) record.items = Array.from({ length: o.itemCount }, (_, index) => itemOf(o, index));
	if (o.valueCount > 0) record.values = Array.from(o.values.subarray(0, o.valueCount), (one) => (Number.isNaN(one) ? null : one));
}

function itemOf(o: MelsecObservation, index: number): Record<string, unknown> {
	const code = o.codes[index]!;
	const address = o.addresses[index]!;
	return {
		device: deviceName(code),
		number: DEVICES[code]?.isHex === true ? address.toString(16).toUpperCase() : String(address),
		[o.isInBits ? "points" : "words"]: o.counts[index]!,
	};
}
