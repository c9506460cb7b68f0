/** DHCP for IPv4: who asks for an address, under which name, and who gives it. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { messageName } from "./codes.ts";
import { DhcpDatagrams, probe, sender } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { DhcpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

/** Texts and lists of a message, without those that it does not have. */
function record(observation: DhcpObservation): Record<string, unknown> {
	const { leaseTime, violation } = observation;
	const present: Record<string, unknown> = {};
	for (const key of [
		"clientMac",
		"clientIp",
		"yourIp",
		"serverIp",
		"relayIp",
		"requestedIp",
		"serverId",
		"subnetMask",
		"hostName",
		"domainName",
		"vendorClass",
		"userClass",
		"clientId",
		"message",
		"bootServer",
		"bootFile",
		"proxy",
	] as const) {
		if (observation[key] !== "") present[key] = observation[key];
	}
	for (const key of ["routers", "nameServers", "parameters"] as const) {
		if (observation[key].length > 0) present[key] = observation[key];
	}
	return {
		transactionId: observation.transactionId,
		messageType: messageName(observation.messageType),
		...present,
		...(observation.routes.length > 0 && { routes: observation.routes.map((route) => ({ ...route })) }),
		...(leaseTime >= 0 && { leaseTime }),
		...(violation !== "" && { violations: [violation] }),
	};
}

export const dhcp: Protocol<DhcpObservation> = {
	name: "dhcp",
	title: "DHCP",
	udp: { ports: [67, 68], probe, sender, open: (context) => new DhcpDatagrams(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `DHCP ${messageName(code)}`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
