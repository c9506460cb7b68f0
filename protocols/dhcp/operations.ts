/** DHCP in neutral words: who a client is, which address it was given, and who gives addresses. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { MESSAGE } from "./codes.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { DhcpObservation } from "./observation.ts";

export function operations(observation: DhcpObservation, sink: OperationSink): void {
	const { kind, messageType, clientMac, hostName, vendorClass } = observation;
	if (kind === "request" && clientMac !== "") {
		const { isPresumed = true, ...known } = fingerprintOf(observation) ?? {};
		const evidence = "DHCP request";
		const named = { ...(hostName !== "" && { hostName }), ...(vendorClass !== "" && { application: vendorClass }) };
		const isSure = !isPresumed && Object.keys(known).length > 0;
		if (isSure || Object.keys(named).length > 0) sink.identity({ mac: clientMac, ...(isSure && known), ...named, evidence });
		if (!isSure && Object.keys(known).length > 0)
			sink.identity({ mac: clientMac, ...known, presumed: true, evidence: "DHCP parameter request list" });
	}
	if (kind !== "response") return;
	if (messageType === MESSAGE.ack && clientMac !== "" && observation.yourIp !== "")
		sink.identity({ ip: observation.yourIp, mac: clientMac, assigned: true, evidence: "DHCP lease" });
	if (observation.serverId !== "" && (messageType === MESSAGE.offer || messageType === MESSAGE.ack)) {
		sink.identity({ ip: observation.serverId, role: "DHCP server", duty: "addresses", evidence: "DHCP server identifier" });
	}
	for (const ip of observation.routers) sink.identity({ ip, role: "router", duty: "routes", evidence: "DHCP router option" });
	for (const ip of observation.nameServers) sink.identity({ ip, role: "DNS server", duty: "names", evidence: "DHCP name server option" });
}
