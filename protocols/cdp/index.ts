/** CDP: a device of Cisco, or one that speaks like it, says who it is to its neighbour on the cable. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { capabilityNames } from "./codes.ts";
import { CdpDecoder } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { CdpObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { SNAP_HEADER } from "./wire.ts";

function record(o: CdpObservation): Record<string, unknown> {
	const texts = ["deviceId", "portId", "softwareVersion", "platform"] as const;
	return {
		version: o.version,
		timeToLive: o.timeToLive,
		...Object.fromEntries(texts.flatMap((name) => (o[name] === "" ? [] : [[name, o[name]]]))),
		...(o.capabilities >= 0 && { capabilities: capabilityNames(o.capabilities) }),
		...(o.addresses.length > 0 && { addresses: [...o.addresses] }),
		...(o.nativeVlan >= 0 && { nativeVlan: o.nativeVlan }),
		...(o.violation !== "" && { violations: [o.violation] }),
	};
}

export const cdp: Protocol<CdpObservation> = {
	name: "cdp",
	title: "CDP",
	link: { etherTypes: [], saps: [SNAP_HEADER[0]], open: (context) => new CdpDecoder(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `CDP ${code}`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
