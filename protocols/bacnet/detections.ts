/** What is suspicious in BACnet by itself, whatever was learned (`records.ts` has the words). */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import {
	CLOCK_SET,
	CONTROLLER_RESTART,
	CONTROLLER_SILENCED,
	CONTROLLER_START,
	CONTROLLER_STOP,
	CREDENTIAL_CHANGE,
	engineeringFact,
	PROGRAM_DELETE,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	VALUES_FORCED,
} from "../../src/detect/engineering.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import {
	BVLC_FUNCTION,
	bvlcName,
	COMMUNICATION,
	CONFIRMED,
	MESSAGE,
	messageName,
	OBJECT,
	OPERATION,
	operationName,
	PDU,
	PROGRAM,
	PROPERTY,
	pduName,
	STATE,
	serviceName,
} from "./codes.ts";
import type { BacnetObservation, Item } from "./observation.ts";
import {
	BROADCAST_TABLE_WRITTEN,
	FILE_READ,
	FILE_WRITE,
	FOREIGN_DEVICE,
	FOREIGN_DEVICE_REMOVED,
	INSTANCE_CONFLICT,
	LIFE_SAFETY,
	MALFORMED,
	OBJECT_CHANGE,
	PASSWORD_IN_CLEAR,
	ROUTING_CHANGED,
	TABLE_READ,
	VIRTUAL_TERMINAL,
} from "./records.ts";
import { instanceOf, objectName, typeOf } from "./tags.ts";

export const DETECTIONS: readonly DetectionRecord[] = [
	MALFORMED,
	CONTROLLER_SILENCED,
	CONTROLLER_RESTART,
	CONTROLLER_STOP,
	CONTROLLER_START,
	PROGRAM_DOWNLOAD,
	PROGRAM_UPLOAD,
	PROGRAM_DELETE,
	VALUES_FORCED,
	CREDENTIAL_CHANGE,
	PASSWORD_IN_CLEAR,
	BROADCAST_TABLE_WRITTEN,
	FOREIGN_DEVICE_REMOVED,
	ROUTING_CHANGED,
	VIRTUAL_TERMINAL,
	INSTANCE_CONFLICT,
	FOREIGN_DEVICE,
	TABLE_READ,
	OBJECT_CHANGE,
	LIFE_SAFETY,
	FILE_READ,
	FILE_WRITE,
	CLOCK_SET,
];

export function detect(o: BacnetObservation, flow: FlowView, report: ReportFact): void {
	// What the capture cut is no fault of its sender.
	if (o.violation !== "" && o.violation !== "cut") malformed(o, report);
	switch (o.kind) {
		case "request":
			if (!o.isRepeat) request(o, report);
			return;
		case "unconfirmed":
			if (o.rival !== "") conflict(o, flow, report);
			return;
		case "network":
			message(o, report);
			return;
		case "bvlc":
			control(o, flow, report);
	}
}

/** The device that is asked, where it is one behind a router. */
const deviceOf = (o: BacnetObservation): { controller?: string } => (o.unit < 0 ? {} : { controller: `device ${o.unit} behind {server}` });

/** One thing that is asked of a controller. */
function engineering(o: BacnetObservation, report: ReportFact, record: DetectionRecord, words: string, verb = "command"): void {
	report(
		engineeringFact({
			record,
			...deviceOf(o),
			words,
			name: operationName(o.service),
			key: `${o.unit}`,
			frames: [o.frame],
			operation: { verb, code: o.service, name: operationName(o.service), ...(o.unit >= 0 && { unit: o.unit }) },
		}),
	);
}

function request(o: BacnetObservation, report: ReportFact): void {
	const state = o.details?.state;
	if (o.details?.hasPassword === true)
		report({
			record: PASSWORD_IN_CLEAR,
			sentence: `{client} sent {server} a password that anyone on the network can read (${operationName(o.service)}).`,
			key: "",
			frames: [o.frame],
		});
	switch (o.service) {
		case CONFIRMED.deviceCommunicationControl:
			if (state === COMMUNICATION.disable) engineering(o, report, CONTROLLER_SILENCED, "be silent and to answer nobody");
			else if (state === COMMUNICATION.disableInitiation) engineering(o, report, CONTROLLER_SILENCED, "report nothing of its own accord");
			return;
		case CONFIRMED.reinitializeDevice:
			reinitialize(o, report, state);
			return;
		case CONFIRMED.atomicReadFile:
			if (o.procedure !== "")
				engineering(o, report, PROGRAM_UPLOAD, `give out ${nameOf(o)}, a part of its program or configuration`, "program");
			return;
		case CONFIRMED.atomicWriteFile:
			if (o.procedure !== "")
				engineering(o, report, PROGRAM_DOWNLOAD, `take ${nameOf(o)}, a part of a program or configuration`, "program");
			return;
		case CONFIRMED.deleteObject: {
			const type = o.items[0] === undefined ? -1 : typeOf(o.items[0].objectId);
			if (type === OBJECT.program || type === OBJECT.file) engineering(o, report, PROGRAM_DELETE, `delete ${nameOf(o)}`, "program");
			return;
		}
		case CONFIRMED.vtOpen:
			report({
				record: VIRTUAL_TERMINAL,
				sentence: "{client} opened a virtual terminal on {server}; a plant's own traffic never does.",
				key: `${o.unit}`,
				frames: [o.frame],
			});
			return;
		case CONFIRMED.writeProperty:
		case CONFIRMED.writePropertyMultiple:
			for (const item of o.items) if (written(o, item, report)) return;
	}
}

const nameOf = (o: BacnetObservation): string => (o.items[0] === undefined ? "a file" : objectName(o.items[0].objectId));

function reinitialize(o: BacnetObservation, report: ReportFact, state: unknown): void {
	switch (state) {
		case STATE.coldstart:
			engineering(o, report, CONTROLLER_RESTART, "start anew, as when its power comes back");
			return;
		case STATE.warmstart:
			engineering(o, report, CONTROLLER_RESTART, "restart");
			return;
		case STATE.activateChanges:
			engineering(o, report, CONTROLLER_RESTART, "restart with changes of its network settings");
			return;
		case STATE.startBackup:
			engineering(o, report, PROGRAM_UPLOAD, "prepare its program and configuration for a backup", "program");
			return;
		case STATE.startRestore:
			engineering(o, report, PROGRAM_DOWNLOAD, "prepare for another program and configuration", "program");
	}
}

/** True where a written property is a fact; the first of a message is enough. */
function written(o: BacnetObservation, { objectId, property, values }: Item, report: ReportFact): boolean {
	const value = values.length === 1 ? values[0]!.number : Number.NaN;
	const name = objectName(objectId);
	if (property === PROPERTY.outOfService && value === 1) {
		engineering(o, report, VALUES_FORCED, `take ${name} out of service: its value is no longer that of the process`, "write");
		return true;
	}
	if (property !== PROPERTY.programChange || typeOf(objectId) !== OBJECT.program) return false;
	const fact = PROGRAM_FACTS.get(value);
	if (fact === undefined) return false;
	engineering(o, report, fact[0], `${fact[1]} ${name}`);
	return true;
}

/** 12.22.5. */
const PROGRAM_FACTS: ReadonlyMap<number, readonly [DetectionRecord, string]> = new Map([
	[PROGRAM.load, [PROGRAM_DOWNLOAD, "load"]],
	[PROGRAM.run, [CONTROLLER_START, "run"]],
	[PROGRAM.halt, [CONTROLLER_STOP, "halt"]],
	[PROGRAM.restart, [CONTROLLER_RESTART, "restart"]],
	[PROGRAM.unload, [PROGRAM_DELETE, "unload"]],
]);

function conflict(o: BacnetObservation, flow: FlowView, report: ReportFact): void {
	const instance = instanceOf(o.items[0]!.objectId);
	report({
		record: INSTANCE_CONFLICT,
		sentence: `${flow.server.ip}:${flow.server.port} and ${o.rival} say by turns that they are BACnet device ${instance}; each instance is that of one device.`,
		key: `${instance}`,
		frames: [o.rivalFrame, o.frame],
		byServer: true,
		isAlone: true,
	});
}

const KEYS: ReadonlySet<number> = new Set([MESSAGE.updateKeySet, MESSAGE.updateDistributionKey, MESSAGE.setMasterKey]);

function message(o: BacnetObservation, report: ReportFact): void {
	if (o.messageType === MESSAGE.initializeRoutingTable && o.routingPorts > 0)
		report({
			record: ROUTING_CHANGED,
			sentence: `{client} told the router {server} how to reach ${o.networks.length === 1 ? `network ${o.networks[0]}` : `${o.networks.length} networks`} (${messageName(o.messageType)}); routers find that out by themselves.`,
			key: "",
			frames: [o.frame],
		});
	else if (KEYS.has(o.messageType)) {
		const code = OPERATION.message + o.messageType;
		report(
			engineeringFact({
				record: CREDENTIAL_CHANGE,
				...deviceOf(o),
				words: "take other keys",
				name: messageName(o.messageType),
				key: `${o.unit}`,
				frames: [o.frame],
				operation: { verb: "configure", code, name: operationName(code) },
			}),
		);
	}
}

function control(o: BacnetObservation, flow: FlowView, report: ReportFact): void {
	if (o.function === BVLC_FUNCTION.writeBroadcastTable)
		report({
			record: BROADCAST_TABLE_WRITTEN,
			sentence: `{client} wrote the broadcast distribution table of {server}: ${o.entries.length === 1 ? `one entry, ${o.entries[0]!.ip}` : `${o.entries.length} entries`}; a plant's own traffic never does.`,
			key: "",
			frames: [o.frame],
		});
	else if (o.function === BVLC_FUNCTION.deleteForeignEntry && o.entries[0] !== undefined && o.entries[0].ip !== flow.client.ip)
		report({
			record: FOREIGN_DEVICE_REMOVED,
			sentence: `{client} had {server} forget the foreign device ${o.entries[0].ip}:${o.entries[0].port}, which is another host; each device ends its own registration.`,
			key: o.entries[0].ip,
			frames: [o.frame],
		});
}

const VIOLATIONS: Readonly<Record<string, string>> = {
	length: "its length is not the one that it says",
	npdu: "it ends before what it carries",
	version: "the version of its network layer is none that there is",
	control: "it sets bits that are reserved",
	destination: "its destination is longer than the message, or than any address",
	source: "its source is nobody that could send",
	"hop-count": "it ends before what it carries",
	"network-message": "its network message is too short or too long",
	"routing-table": "its routing table ends too early",
	table: "its table is no whole number of entries",
	apdu: "it ends before its service",
	"pdu-type": "it is of a type that does not exist",
	parameters: "its parameters are not those of the service",
	error: "its error cannot be read",
};

function malformed(o: BacnetObservation, report: ReportFact): void {
	const name =
		o.service >= 0 && (o.pduType === PDU.confirmedRequest || o.pduType === PDU.unconfirmedRequest || o.pduType === PDU.complexAck)
			? serviceName(o.service, o.isConfirmed)
			: o.pduType >= 0
				? pduName(o.pduType)
				: bvlcName(o.function);
	report({
		record: MALFORMED,
		sentence: `A message (${name}) between {client} and {server} breaks the rules of BACnet: ${VIOLATIONS[o.violation] ?? o.violation}.`,
		key: o.violation,
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}
