/** What is suspicious in PROFINET by itself. Technique ids are those of ATT&CK for ICS v18. */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { CONTROLLER_RESTART, DEVICE_ADDRESS, engineeringFact } from "../../src/detect/engineering.ts";
import { DCP_OPTION, OPERATION, optionName, resetName, SERVICE } from "./codes.ts";
import type { DcpBlock, ProfinetObservation } from "./observation.ts";
import { numberOf, operationName, verbOf } from "./operations.ts";

const MALFORMED: DetectionRecord = {
	id: "profinet-malformed",
	title: "Malformed PROFINET message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "Frames of EtherType 0x8892, or datagrams of the connection management.",
	causes: [
		"a device that implements the standard carelessly",
		"an engineer's test tool",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one station?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Check that the device still answers its controller.",
	],
};

const NAME_CONFLICT: DetectionRecord = {
	id: "profinet-name-conflict",
	title: "Two devices answer to one PROFINET name",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0814"],
	needs: "Both answers to one search: the mirror sees the ports of both devices, or that of who searches.",
	causes: ["a device that was replaced, and the old one is still connected", "two devices that were given the same name by mistake"],
	advice: [
		"Find both devices by their MAC addresses, and disconnect the one that does not belong there.",
		"Check that the controller still has its device: with two of one name it connects to none, or to the wrong one.",
	],
};

const TAKEOVER: DetectionRecord = {
	id: "profinet-takeover",
	title: "Inputs and outputs of a device asked for by a supervisor",
	nature: "fact",
	severity: 75,
	techniques: ["T0855", "T0831"],
	needs: "The client's requests, readable.",
	causes: ["an engineer who tests inputs and outputs without the controller"],
	advice: [
		"Check who sets the outputs of the device now, its controller or the supervisor, and that what they drive is safe.",
		"Ask the engineer on duty whether this was intended.",
		"If nobody did it, isolate the client.",
	],
};

export const detections: readonly DetectionRecord[] = [DEVICE_ADDRESS, CONTROLLER_RESTART, MALFORMED, NAME_CONFLICT, TAKEOVER];

export function detect(o: ProfinetObservation, report: ReportFact): void {
	if (o.kind === "malformed") malformed(o, report);
	if (o.rival !== "") conflict(o, report);
	if (o.kind !== "request" || o.isRepeat) return;
	if (o.layer === "dcp" && o.service === SERVICE.set) {
		if (!o.isStart) set(o, report);
	} else if (o.layer === "cm" && o.operation === OPERATION.connect && o.relation?.isTakeover === true) takeover(o, report);
}

const WORDS: Readonly<Record<string, string>> = {
	length: "it says to be longer than it is, or is too short",
	service: "its frame has no such service",
	block: "a block does not fit into it",
	record: "a record does not fit into it",
	blocks: "it has no block",
	alarm: "its notification is too short",
};
const WHAT: Readonly<Record<ProfinetObservation["layer"], string>> = {
	dcp: "DCP",
	rt: "cyclic data",
	alarm: "an alarm",
	ptcp: "clock synchronisation",
	cm: "connection management",
	epm: "the endpoint mapper",
};

function malformed(o: ProfinetObservation, report: ReportFact): void {
	report({
		record: MALFORMED,
		sentence: `A message (${WHAT[o.layer]}) of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} breaks PROFINET: ${WORDS[o.violation] ?? o.violation}.`,
		key: `${o.layer} ${o.violation}`,
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}

function conflict(o: ProfinetObservation, report: ReportFact): void {
	const name = o.blocks.find((block) => numberOf(block) === DCP_OPTION.nameOfStation)?.text ?? "";
	report({
		record: NAME_CONFLICT,
		sentence: `{server} and ${o.rival} both answered a search of {client} as "${name}"; a name belongs to one device.`,
		key: name,
		frames: [o.rivalFrame, o.frame],
		byServer: true,
	});
}

/** What setting a block is, where it is no everyday matter. */
function meaningOf(block: DcpBlock): { record: DetectionRecord; words: string } | undefined {
	switch (numberOf(block)) {
		case DCP_OPTION.nameOfStation:
			return { record: DEVICE_ADDRESS, words: block.text === "" ? "forget its name" : `take the name "${block.text}"` };
		case DCP_OPTION.ip:
		case DCP_OPTION.ipSuite:
			return { record: DEVICE_ADDRESS, words: block.ip === "0.0.0.0" ? "give up its IP address" : `take the IP address ${block.ip}` };
		case DCP_OPTION.factoryReset:
			return { record: CONTROLLER_RESTART, words: "reset itself to the state of its delivery" };
		case DCP_OPTION.resetToFactory:
			return { record: CONTROLLER_RESTART, words: `reset itself to the state of its delivery: ${resetName(block.qualifier >> 1)}` };
		default:
			return block.option === 3 ? { record: DEVICE_ADDRESS, words: "get its address by DHCP" } : undefined;
	}
}

function set(o: ProfinetObservation, report: ReportFact): void {
	const blocks = o.blocks.flatMap((block) => {
		const meaning = meaningOf(block);
		return meaning === undefined ? [] : [{ block, ...meaning }];
	});
	for (const record of [DEVICE_ADDRESS, CONTROLLER_RESTART]) {
		const own = blocks.filter((one) => one.record === record);
		if (own.length === 0) continue;
		const names = own.map(({ block }) => optionName(numberOf(block)));
		report(
			engineeringFact({
				record,
				words: own.map(({ words }) => words).join(" and to "),
				name: `DCP Set, ${names.join(", ")}`,
				key: names.join(),
				frames: [o.frame],
				operation: {
					verb: verbOf(o.service, o.blocks),
					code: o.service,
					name: operationName(o.service),
					points: names,
					pointCount: names.length,
					values: names.map(() => null),
				},
			}),
		);
	}
}

function takeover(o: ProfinetObservation, report: ReportFact): void {
	report(
		engineeringFact({
			record: TAKEOVER,
			words: "give it its inputs and outputs",
			name: "Connect, IOSAR",
			key: "",
			frames: [o.frame],
			operation: { verb: "configure", code: 0x100, name: operationName(0x100) },
		}),
	);
}
