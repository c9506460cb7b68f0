/** An observation as the fields of a `decode` line: the standard's names. */
import {
	AR_TYPES,
	alarmName,
	BLOCK_TYPE,
	blockErrorName,
	blockName,
	commandName,
	DCP_OPTION,
	frameName,
	INTERFACE_NAMES,
	LAYER,
	layerOf,
	OPERATION_NAMES,
	optionName,
	outcomeName,
	PACKET,
	PACKET_NAMES,
	RTA_NAMES,
	resetName,
	rolesOf,
	SERVICE_NAMES,
	statusOutcome,
	vendorName,
} from "./codes.ts";
import type { DataRecord, DcpBlock, ProfinetObservation } from "./observation.ts";
import { isAnswerBlock, numberOf } from "./operations.ts";
import { DATA_STATUS } from "./wire.ts";

/** Blocks that no request has: their names say so already. */
const ONLY_ANSWERS: readonly number[] = [BLOCK_TYPE.moduleDifference, BLOCK_TYPE.arServer];

const hexText = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, "0")}`;

export function recordOf(o: ProfinetObservation): Record<string, unknown> {
	const record: Record<string, unknown> = { layer: o.layer, sender: o.isFromServer ? "server" : "client" };
	if (o.frameId >= 0) {
		record.frameId = hexText(o.frameId, 4);
		record.frameName = frameName(o.frameId);
	}
	if (o.layer === "dcp") discovery(o, record);
	else if (o.layer === "alarm") alarm(o, record);
	else if (o.layer === "cm" || o.layer === "epm") management(o, record);
	else cyclic(o, record);
	if (o.isMatched) record.matched = true;
	if (o.isRepeat) record.repeat = true;
	if (o.latency >= 0) record.latencyMs = Math.round(o.latency) / 1000;
	if (o.requestFrame >= 0) record.requestFrame = o.requestFrame;
	if (o.violation !== "") record.violation = o.violation;
	return record;
}

function discovery(o: ProfinetObservation, record: Record<string, unknown>): void {
	if (o.service >= 0) record.service = SERVICE_NAMES[o.service] ?? `service ${o.service}`;
	if (o.xid >= 0) record.xid = hexText(o.xid, 8);
	if (o.isStart) record.start = true;
	if (o.blocks.length > 0) record.blocks = o.blocks.map((block) => blockOf(block, o.isFromServer));
	if (o.rival !== "") record.rival = o.rival;
}

function blockOf(block: DcpBlock, isFromServer: boolean): Record<string, unknown> {
	const { option, suboption, qualifier, octets, text, ip, mask, gateway, vendorId, deviceId, role, value, about, error } = block;
	const number = numberOf(block);
	return {
		option,
		suboption,
		name: optionName(number),
		...(qualifier >= 0 && (isFromServer ? { blockInfo: qualifier } : { blockQualifier: qualifier })),
		...(number === DCP_OPTION.resetToFactory && qualifier >= 0 && { reset: resetName(qualifier >> 1) }),
		...(octets > 0 && { octets }),
		...(text !== undefined && { text }),
		...(ip !== undefined && { ip, subnetMask: mask }),
		...(gateway !== undefined && { gateway }),
		...(vendorId !== undefined && { vendorId, vendor: vendorName(vendorId), deviceId }),
		...(role !== undefined && { roles: rolesOf(role) }),
		...(value !== undefined && { value }),
		...(about !== undefined && { about: optionName(about), blockError: blockErrorName(error ?? 0) }),
	};
}

function alarm(o: ProfinetObservation, record: Record<string, unknown>): void {
	if (o.pduType >= 0) record.pduType = RTA_NAMES[o.pduType] ?? `PDU type ${o.pduType}`;
	if (o.sendSequence >= 0) record.sendSeqNum = o.sendSequence;
	if (o.ackSequence >= 0) record.ackSeqNum = o.ackSequence;
	if (o.alarmType >= 0) {
		record.alarmType = alarmName(o.alarmType);
		record.slot = o.slot;
		record.subslot = o.subslot;
	}
	if (o.status > 0) record.status = hexText(o.status, 8);
}

function cyclic(o: ProfinetObservation, record: Record<string, unknown>): void {
	record.octets = o.size;
	record.frames = o.frames;
	if (layerOf(o.frameId) !== LAYER.cyclic || o.dataStatus < 0) return;
	record.cycleCounter = o.cycleCounter;
	record.dataStatus = hexText(o.dataStatus, 2);
	record.primary = (o.dataStatus & DATA_STATUS.primary) !== 0;
	record.dataValid = (o.dataStatus & DATA_STATUS.valid) !== 0;
	record.providerState = (o.dataStatus & DATA_STATUS.run) !== 0 ? "run" : "stop";
	record.problem = (o.dataStatus & DATA_STATUS.noProblem) === 0;
	if ((o.dataStatus & DATA_STATUS.ignore) !== 0) record.ignore = true;
	record.transferStatus = o.transferStatus;
	if (o.previousStatus >= 0) record.previousDataStatus = hexText(o.previousStatus, 2);
}

function management(o: ProfinetObservation, record: Record<string, unknown>): void {
	record.packetType = PACKET_NAMES[o.packetType];
	if (o.interface > 0) record.interface = INTERFACE_NAMES[o.interface] ?? `interface ${o.interface}`;
	record.operation = o.layer === "epm" ? "ept_lookup" : (OPERATION_NAMES[o.operation] ?? `operation ${o.operation}`);
	record.activity = o.activity;
	record.sequence = o.sequence;
	if (o.kind === "fragment") record.fragment = o.fragment;
	if (o.fragments > 1) record.fragments = o.fragments;
	if (o.vendorId >= 0) {
		record.vendorId = o.vendorId;
		record.deviceId = o.deviceId;
	}
	if (o.status >= 0) {
		record.status = hexText(o.status, 8);
		if (o.status !== 0 && o.packetType === PACKET.response) record.error = outcomeName(statusOutcome(o.status));
	}
	if (o.blockTypes.length > 0) {
		record.blocks = o.blockTypes.map((type) => `${blockName(type)}${isAnswerBlock(type) && !ONLY_ANSWERS.includes(type) ? "Res" : ""}`);
		record.blockTypes = o.blockTypes;
	}
	if (o.arUuid !== "") record.arUuid = o.arUuid;
	if (o.relation !== undefined) {
		record.arType = AR_TYPES[o.relation.arType] ?? `AR type ${o.relation.arType}`;
		record.mac = o.relation.mac;
		if (o.relation.stationName !== "") record.stationName = o.relation.stationName;
		if (o.relation.isTakeover) record.takeover = true;
	}
	if (o.frameIds.length > 0) record.frameIds = o.frameIds.map((frameId) => hexText(frameId, 4));
	if (o.command >= 0) record.controlCommand = commandName(o.command);
	if (o.records.length > 0) record.records = o.records.map(recordText);
	if (o.identifications.length > 0) record.identifications = o.identifications.map((one) => ({ ...one, vendor: vendorName(one.vendorId) }));
	if (o.texts !== undefined) Object.assign(record, o.texts);
}

const recordText = ({ api, slot, subslot, index, length, status }: DataRecord): Record<string, unknown> => ({
	api,
	slot,
	subslot,
	index: hexText(index, 4),
	length,
	...(status !== 0 && { status: hexText(status, 8) }),
});
