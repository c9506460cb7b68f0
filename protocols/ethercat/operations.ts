/** EtherCAT in neutral words: states that are asked for are commands; objects that are read or written by mailbox are reads and writes, with the object as point; files are programs. Process data has no names on the wire and is no operation. */
import type { Operation, OperationSink, Outcome, Verb } from "../../src/decode/protocol.ts";
import { FOE_CODE, FOE_NAMES, FOE_OUTCOME, isToAll, MAILBOX_TYPE, SDO, STATE, stateName, vendorName } from "./codes.ts";
import type { EthercatObservation } from "./observation.ts";

/** Codes: AL control is its register; SDOs and files stand behind all registers of that page. */
const CONTROL_CODE = 0x120;
const SDO_CODE = 0x300;
const FILE_CODE = 0x400;
const TO_NOBODY = 0;

export function operationName(code: number): string {
	if (code >= FILE_CODE) return `${(FOE_NAMES[code - FILE_CODE] ?? "transfer").toLowerCase()} file (FoE)`;
	if (code >= SDO_CODE) return code - SDO_CODE === SDO.upload ? "upload object (CoE)" : "download object (CoE)";
	return "set state (AL control)";
}

const pointOf = (index: number, subindex: number): string =>
	`${index.toString(16).padStart(4, "0")}:${subindex.toString(16).padStart(2, "0")}`;
export function pointName(name: string): string {
	const [, index, subindex] = /^([0-9a-f]{4}):([0-9a-f]{2})$/.exec(name) ?? [];
	return index === undefined ? name : `object 0x${index}, subindex 0x${subindex}`;
}
export function parsePoint(text: string): string | undefined {
	const [, index, subindex] = /^(?:0x)?([0-9a-f]{1,4}):(?:0x)?([0-9a-f]{1,2})$/i.exec(text) ?? [];
	return index === undefined ? undefined : pointOf(Number.parseInt(index, 16), Number.parseInt(subindex!, 16));
}

function begin(o: EthercatObservation, sink: OperationSink, verb: Verb, code: number, outcome: Outcome): Operation {
	const operation = sink.begin(o.unit);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame >= 0 ? o.requestFrame : o.frame;
	operation.verb = verb;
	operation.code = code;
	operation.outcome = outcome;
	operation.latency = o.latency;
	operation.isBroadcast = isToAll(o.command);
	return operation;
}

export function operations(o: EthercatObservation, sink: OperationSink): void {
	if (o.kind === "control" && o.isReturned) {
		const operation = begin(o, sink, "command", CONTROL_CODE, o.counter === TO_NOBODY ? "unanswered" : "ok");
		operation.subCode = o.state & STATE.mask;
		sink.named(stateName(o.state));
		sink.commit();
	} else if ((o.kind === "mailbox" && o.isReturned && o.asked >= 0) || o.kind === "unanswered") {
		if (o.mailbox === MAILBOX_TYPE.coe) object(o, sink);
		else if (o.mailbox === MAILBOX_TYPE.foe) file(o, sink);
	}
}

function object(o: EthercatObservation, sink: OperationSink): void {
	const isRead = o.asked === SDO.upload;
	const outcome = o.kind === "unanswered" ? "unanswered" : o.abort >= 0 ? "refused" : "ok";
	const verb = isRead ? (isIdentity(o.index) ? "identify" : "read") : "write";
	const operation = begin(o, sink, verb, SDO_CODE + o.asked, outcome);
	if (outcome === "refused") operation.outcomeCode = o.abort % FOE_OUTCOME;
	sink.named(pointOf(o.index, o.subindex));
	if (outcome === "ok" && !Number.isNaN(o.value)) {
		operation.values[0] = o.value;
		operation.valueCount = 1;
	}
	sink.commit();
	if (isRead && outcome === "ok" && isIdentity(o.index)) identity(o, sink);
}

/** ETG.1000.6, 5.6.7: device type, names and versions, identity. */
const isIdentity = (index: number): boolean => index === 0x1000 || (index >= 0x1008 && index <= 0x100a) || index === 0x1018;

function identity(o: EthercatObservation, sink: OperationSink): void {
	const { unit } = o;
	const evidence = "EtherCAT object dictionary";
	const text = o.text.trim();
	if (o.index === 0x1008 && text !== "") sink.identity({ unit, model: text, evidence });
	else if (o.index === 0x100a && text !== "")
		sink.identity({ unit, firmware: text, statements: new Map([["software version", text]]), evidence });
	else if (o.index === 0x1018 && !Number.isNaN(o.value)) {
		const value = String(o.value);
		const name = ["", "vendor id", "product code", "revision number", "serial number"][o.subindex] ?? "";
		const vendor = o.subindex === 1 ? vendorName(o.value) : undefined;
		if (name === "") return;
		sink.identity({
			unit,
			...(vendor !== undefined && { vendor }),
			...(o.subindex === 2 && { productCode: value }),
			...(o.subindex === 4 && { serialNumber: value }),
			statements: new Map([[name, value]]),
			evidence,
		});
	}
}

function file(o: EthercatObservation, sink: OperationSink): void {
	const isWrite = o.asked === FOE_CODE.write;
	const outcome = o.kind === "unanswered" ? "unanswered" : o.abort >= 0 ? "refused" : "ok";
	const operation = begin(o, sink, "program", FILE_CODE + (isWrite ? FOE_CODE.write : FOE_CODE.read), outcome);
	if (outcome === "refused") operation.outcomeCode = FOE_OUTCOME + (o.abort & 0x7fff);
	if (o.text !== "") {
		sink.named(o.text);
		sink.trace("file-name", o.text, false);
	}
	sink.commit();
}
