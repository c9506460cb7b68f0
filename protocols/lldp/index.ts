/** LLDP: a device says who it is to its neighbour on the cable. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { capabilityNames } from "./codes.ts";
import { LldpDecoder } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { LldpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(o: LldpObservation): Record<string, unknown> {
	const texts = [
		"portDescription",
		"systemName",
		"systemDescription",
		"hardware",
		"firmware",
		"software",
		"serialNumber",
		"manufacturer",
		"model",
	] as const;
	return {
		chassisKind: o.chassisKind,
		chassisId: o.chassisId,
		portKind: o.portKind,
		portId: o.portId,
		timeToLive: o.timeToLive,
		...Object.fromEntries(texts.flatMap((name) => (o[name] === "" ? [] : [[name, o[name]]]))),
		...(o.capabilities >= 0 && { capabilities: capabilityNames(o.capabilities), enabled: capabilityNames(o.enabled) }),
		...(o.managementAddresses.length > 0 && { managementAddresses: [...o.managementAddresses] }),
		...(o.portVlan >= 0 && { portVlan: o.portVlan }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

export const lldp: Protocol<LldpObservation> = {
	name: "lldp",
	title: "LLDP",
	link: { etherTypes: [0x88cc], open: (context) => new LldpDecoder(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `LLDP ${code}`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
