/** An observation as the fields of a `decode` line. */
import {
	AREAS,
	areaName,
	COMMAND,
	codeName,
	commandName,
	endCodeName,
	FORCE,
	modeName,
	parameterAreaName,
	tcpCommandName,
	tcpErrorName,
} from "./codes.ts";
import type { FinsObservation } from "./observation.ts";
import { ICF } from "./wire.ts";

const FORCES: Readonly<Record<number, string>> = {
	[FORCE.reset]: "force-reset",
	[FORCE.set]: "force-set",
	[FORCE.releaseOff]: "release and off",
	[FORCE.releaseOn]: "release and on",
	[FORCE.release]: "release",
};

export function recordOf(o: FinsObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { sender: o.isFromServer ? "server" : "client" };
	if (o.size > 0) record.length = o.size;
	if (o.tcpCommand >= 0) {
		record.tcpCommand = tcpCommandName(o.tcpCommand);
		record.tcpCommandCode = o.tcpCommand;
		if (o.tcpError !== 0) {
			record.tcpErrorCode = o.tcpError;
			record.tcpError = tcpErrorName(o.tcpError);
		}
		if (o.clientNode >= 0) record.clientNode = o.clientNode;
		if (o.serverNode >= 0) record.serverNode = o.serverNode;
	}
	if (o.icf >= 0) frame(o, record);
	if (o.isRepeat) record.repeat = true;
	if (o.isMatched) record.matched = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function frame(o: FinsObservation, record: Record<string, unknown>): void {
	record.icf = o.icf;
	if ((o.icf & ICF.silent) !== 0) record.noResponse = true;
	record.gatewayCount = o.gatewayCount;
	record.destination = `${o.destinationNetwork}.${o.destinationNode}.${o.destinationUnit}`;
	record.source = `${o.sourceNetwork}.${o.sourceNode}.${o.sourceUnit}`;
	record.sid = o.sid;
	record.commandCode = codeName(o.command);
	record.command = commandName(o.command);
	if (o.endCode >= 0) {
		record.endCode = codeName(o.endCode);
		record.result = endCodeName(o.endCode);
		if (o.isRelayError) record.relayError = true;
		if (o.isFatalError) record.fatalError = true;
		if (o.isNonFatalError) record.nonFatalError = true;
	}
	if (o.program >= 0) record.program = o.program;
	if (o.mode >= 0) record.mode = modeName(o.mode);
	if (o.parameterArea >= 0) record.parameterArea = parameterAreaName(o.parameterArea);
	if (o.parameter >= 0) record.parameter = o.parameter;
	if (o.first >= 0) record.first = o.first;
	if (o.count >= 0) record.count = o.count;
	if (o.itemCount > 0) record.items = Array.from({ length: o.itemCount }, (_, index) => itemOf(o, index));
	// A fill has one value for all.
	if (o.valueCount > 0) record.values = Array.from(o.values.subarray(0, o.command === COMMAND.memoryFill ? 1 : o.valueCount));
	if (o.details !== undefined) Object.assign(record, o.details);
}

function itemOf(o: FinsObservation, index: number): Record<string, unknown> {
	const area = o.areas[index]!;
	const item: Record<string, unknown> = { area: areaName(area), areaCode: area, address: o.addresses[index]! };
	if (AREAS[area]?.isBit !== false || o.bits[index] !== 0) item.bit = o.bits[index]!;
	item.count = o.counts[index]!;
	const force = o.forces[index]!;
	if (force >= 0) item.force = FORCES[force] ?? force;
	return item;
}
