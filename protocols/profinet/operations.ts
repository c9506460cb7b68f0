/**
 * PROFINET in neutral words. What a client finds, reads or sets by DCP, and what a controller asks of a device by its connection management, are operations of that device; a record is
 * a point, by its slot, subslot and index. Cyclic data is none: its values have no names on the wire.
 */
import type { Operation, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import {
	alarmName,
	BLOCK_TYPE,
	commandName,
	DCP_NOT_SUPPORTED,
	DCP_OPTION,
	faultOutcome,
	INTERFACE,
	isDiagnosis,
	isIdentification,
	OPERATION,
	OPERATION_NAMES,
	optionName,
	PACKET,
	ROLE,
	RTA,
	rolesOf,
	SERVICE,
	SERVICE_NAMES,
	SUPERVISOR_AR,
	statusOutcome,
	vendorName,
} from "./codes.ts";
import type { DataRecord, DcpBlock, ProfinetObservation } from "./observation.ts";

/** Codes: of DCP its ServiceID, of the connection management its operation, of an alarm one number, with its type as sub-code. */
const CM_BASE = 0x100;
const LOOKUP_CODE = 0x110;
const ALARM_CODE = 0x200;
/** Device itself, and its interface: 5.2.1. */
const DEVICE_SLOT = 0;
/** 4.10.3.2.6: where the words of an annotation begin and end. */
const ANNOTATION = { model: [0, 25], orderId: [26, 46], software: [53, 63] } as const;

export function operationName(code: number): string {
	if (code === ALARM_CODE) return "alarm";
	if (code === LOOKUP_CODE) return "lookup of the endpoint mapper";
	if (code >= CM_BASE) return `${(OPERATION_NAMES[code - CM_BASE] ?? `operation ${code - CM_BASE}`).toLowerCase()} (connection management)`;
	return `${SERVICE_NAMES[code] ?? `service ${code}`} (DCP)`;
}

const POINT = /^(\d+)\.(\d+):([0-9a-f]{4})$/;
const named = ({ slot, subslot, index }: DataRecord): string => `${slot}.${subslot}:${index.toString(16).padStart(4, "0")}`;

/** A point for people. */
export function pointName(name: string): string {
	const [, slot, subslot, index] = POINT.exec(name) ?? [];
	return index === undefined ? name : `record 0x${index} of slot ${slot}, subslot ${subslot}`;
}

/** The stable name of a record as people write it: "1.1:aff0", also with 0x before the index. */
export function parsePoint(text: string): string | undefined {
	const [, slot, subslot, index] = /^(\d{1,5})\.(\d{1,5}):(?:0x)?([0-9a-f]{1,4})$/i.exec(text) ?? [];
	if (index === undefined || Number(slot) > 0xffff || Number(subslot) > 0xffff) return undefined;
	return `${Number(slot)}.${Number(subslot)}:${index.toLowerCase().padStart(4, "0")}`;
}

export function operations(o: ProfinetObservation, sink: OperationSink): void {
	switch (o.layer) {
		case "dcp":
			discovery(o, sink);
			return;
		case "alarm":
			alarm(o, sink);
			return;
		case "cm":
		case "epm":
			management(o, sink);
			return;
	}
}

function begin(o: ProfinetObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome, outcomeCode: number): Operation {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.outcomeCode = outcomeCode;
	operation.latency = o.latency;
	return operation;
}

export const numberOf = ({ option, suboption }: DcpBlock): number => (option << 8) | suboption;
const isReset = (block: DcpBlock): boolean => numberOf(block) === DCP_OPTION.factoryReset || numberOf(block) === DCP_OPTION.resetToFactory;
/** Beginning and end of a transaction say nothing by themselves. */
const isMeaning = (block: DcpBlock): boolean => block.option !== 5 || block.suboption > 2;

export function verbOf(service: number, blocks: readonly DcpBlock[]): Verb {
	if (service !== SERVICE.set) return "identify";
	return blocks.some((block) => isReset(block) || numberOf(block) === DCP_OPTION.signal) ? "command" : "configure";
}

function discovery(o: ProfinetObservation, sink: OperationSink): void {
	if (o.kind === "hello" || ((o.kind === "response" || o.kind === "refusal") && o.service !== SERVICE.set)) describe(o, sink);
	if (o.kind !== "unanswered" && (!o.isMatched || o.isRepeat || o.kind === "malformed")) return;
	const asked = o.asked?.blocks ?? o.blocks;
	const error = o.blocks.find(({ error: one = 0 }) => one !== 0)?.error ?? DCP_NOT_SUPPORTED;
	const outcome = o.kind === "unanswered" ? "unanswered" : o.kind === "refusal" ? "refused" : "ok";
	const operation = begin(o, sink, verbOf(o.service, asked), o.service, outcome, outcome === "refused" ? error : 0);
	if (o.service !== SERVICE.identify) {
		const meaning = asked.filter(isMeaning);
		if (o.service === SERVICE.set && meaning[0] !== undefined) operation.subCode = numberOf(meaning[0]);
		for (const block of meaning) sink.named(optionName(numberOf(block)));
	}
	sink.commit();
}

/** Who a device says that it is. */
function describe(o: ProfinetObservation, sink: OperationSink): void {
	const evidence = o.kind === "hello" ? "PROFINET DCP Hello" : "PROFINET DCP";
	const find = (number: number) => o.blocks.find((block) => numberOf(block) === number);
	const address = find(DCP_OPTION.ip) ?? find(DCP_OPTION.ipSuite);
	const id = find(DCP_OPTION.deviceId);
	const name = find(DCP_OPTION.nameOfStation)?.text;
	const type = find(DCP_OPTION.typeOfStation)?.text?.trim();
	const vendor = id === undefined ? undefined : vendorName(id.vendorId!);
	const statements = new Map<string, string>();
	if (id !== undefined) statements.set("vendor and device id", idText(id.vendorId!, id.deviceId!));
	if (type) statements.set("type of station", type);
	sink.identity({
		mac: o.mac,
		...(address?.ip !== undefined && address.ip !== "0.0.0.0" && { ip: address.ip }),
		...(name && { hostName: name }),
		...(vendor !== undefined && { vendor }),
		...(type && { model: type }),
		...(statements.size > 0 && o.kind !== "hello" && { statements }),
		evidence,
	});
	for (const role of rolesOf(find(DCP_OPTION.deviceRole)?.role ?? 0)) sink.identity({ mac: o.mac, role, evidence });
}

const idText = (vendorId: number, deviceId: number): string =>
	[vendorId, deviceId].map((id) => `0x${id.toString(16).padStart(4, "0")}`).join(" ");

function alarm(o: ProfinetObservation, sink: OperationSink): void {
	if (o.kind !== "alarm" || o.pduType !== RTA.data || !o.isFromServer) return;
	begin(o, sink, "report", ALARM_CODE, "ok", 0).subCode = o.alarmType;
	sink.named(`${alarmName(o.alarmType)} ${o.slot}.${o.subslot}`);
	sink.commit();
}

function managementVerb(o: ProfinetObservation, records: readonly DataRecord[]): Verb {
	switch (o.operation) {
		case OPERATION.read:
		case OPERATION.readImplicit: {
			const index = records[0]?.index ?? 0;
			return isIdentification(index) ? "identify" : isDiagnosis(index) ? "diagnose" : "read";
		}
		case OPERATION.write:
			return o.isParametrising ? "configure" : "write";
		case OPERATION.control:
			return o.interface === INTERFACE.controller ? "report" : "configure";
		case OPERATION.connect:
		case OPERATION.release:
			return "configure";
		default:
			return "other";
	}
}

function management(o: ProfinetObservation, sink: OperationSink): void {
	introduce(o, sink);
	if (o.kind !== "unanswered" && (!o.isMatched || o.isRepeat || (o.kind !== "response" && o.kind !== "refusal"))) return;
	const records = o.asked?.records ?? o.records;
	const command = o.asked?.command ?? o.command;
	if (o.layer === "epm") {
		begin(o, sink, "identify", LOOKUP_CODE, o.kind === "unanswered" ? "unanswered" : "ok", 0);
		sink.commit();
		return;
	}
	const refused = o.kind === "refusal" ? o.status : (o.records.find(({ status }) => status !== 0)?.status ?? 0);
	const outcome = o.kind === "unanswered" ? "unanswered" : refused !== 0 ? "refused" : "ok";
	const outcomeCode = outcome !== "refused" ? 0 : o.packetType === PACKET.response ? statusOutcome(refused) : faultOutcome(refused);
	const operation = begin(o, sink, managementVerb(o, records), CM_BASE + o.operation, outcome, outcomeCode);
	if (command >= 0) operation.subCode = command;
	for (const record of records) sink.named(named(record));
	if (o.operation === OPERATION.control) sink.named(commandName(command));
	sink.commit();
}

/** Who the two ends are, by their connection and by the records of the device. */
function introduce(o: ProfinetObservation, sink: OperationSink): void {
	const { relation } = o;
	if (o.operation === OPERATION.connect && relation !== undefined && o.layer === "cm") {
		const evidence = "PROFINET connect";
		if (o.kind === "request") {
			const role = relation.arType === SUPERVISOR_AR ? ROLE.supervisor : ROLE.controller;
			sink.identity({ mac: relation.mac, ...(relation.stationName !== "" && { hostName: relation.stationName }), role, evidence });
		} else if (o.kind === "response") {
			const vendor = o.vendorId < 0 ? undefined : vendorName(o.vendorId);
			const statements = o.vendorId < 0 ? undefined : new Map([["vendor and device id", idText(o.vendorId, o.deviceId)]]);
			const name = relation.stationName;
			sink.identity({
				role: ROLE.device,
				...(name !== "" && { hostName: name }),
				...(vendor !== undefined && { vendor }),
				...(statements && { statements }),
				evidence,
			});
		}
	}
	if (!o.isFromServer || o.interface === INTERFACE.controller) return;
	for (const { slot, vendorId, orderId, serialNumber, hardwareRevision, softwareRevision } of o.identifications) {
		const isDevice = slot === DEVICE_SLOT;
		const vendor = vendorName(vendorId);
		const statements = new Map([
			["order id", orderId],
			["serial number", serialNumber],
			["hardware revision", String(hardwareRevision)],
			["software revision", softwareRevision],
		]);
		sink.identity({
			...(vendor !== undefined && { vendor }),
			productCode: orderId,
			serialNumber,
			firmware: softwareRevision,
			// A module has its own, and speaks through its device.
			...(isDevice ? { statements } : { unit: slot, presumed: true }),
			evidence: "PROFINET I&M0",
		});
	}
	const annotation = o.texts?.annotation;
	if (annotation === undefined) return;
	const [model, productCode, firmware] = [ANNOTATION.model, ANNOTATION.orderId, ANNOTATION.software].map(([from, to]) =>
		annotation.slice(from, to).trim(),
	) as [string, string, string];
	const vendor = vendorName(o.vendorId);
	sink.identity({
		...(vendor !== undefined && { vendor }),
		...(model !== "" && { model }),
		...(productCode !== "" && { productCode }),
		...(firmware !== "" && { firmware: firmware.replace(/\s+/g, " ") }),
		evidence: "PROFINET endpoint mapper",
	});
}

/** A block of an answer. */
export const isAnswerBlock = (type: number): boolean => (type & BLOCK_TYPE.answer) !== 0;
