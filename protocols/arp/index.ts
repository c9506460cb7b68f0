/** ARP: who holds which IPv4 address. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { OPERATION_NAMES } from "./codes.ts";
import { ArpDecoder } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { ArpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

export const arp: Protocol<ArpObservation> = {
	name: "arp",
	title: "ARP",
	link: { etherTypes: [0x0806], open: (context) => new ArpDecoder(context) },
	isControl: false,
	spaces: [],
	record: ({ operation, senderMac, senderIp, targetMac, targetIp, frameMac }) => ({
		operation,
		operationName: OPERATION_NAMES[operation] ?? "unassigned",
		senderMac,
		senderIp,
		targetMac,
		targetIp,
		...(frameMac !== undefined && { frameMac }),
	}),
	operations,
	operationName: (code) => `ARP ${OPERATION_NAMES[code] ?? `operation ${code}`}`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
