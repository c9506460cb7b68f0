/** Who asks whether somebody is there, and who answers; who has which address, and who is a router. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { V6_TYPE } from "./codes.ts";
import type { IcmpObservation } from "./observation.ts";

/** The number of an operation: that of ICMP's echo, also for ICMPv6. */
export const ECHO = 8;

/** RFC 4291, 2.5.2: who sends from it has no address yet. */
const UNSPECIFIED = "::";

export function operations(observation: IcmpObservation, sink: OperationSink): void {
	switch (observation.kind) {
		case "echo":
			if (observation.client !== "") sink.seek(observation.client, observation.server);
			return;
		case "echo-reply": {
			const operation = sink.begin(-1);
			operation.verb = "diagnose";
			operation.code = ECHO;
			operation.outcome = observation.latency < 0 ? "unsolicited" : "ok";
			operation.latency = observation.latency;
			operation.requestFrame = observation.requestFrame;
			sink.commit();
			return;
		}
		case "router":
			if (observation.client !== "")
				sink.identity({
					ip: observation.client,
					...(observation.targetMac !== "" && { mac: observation.targetMac }),
					role: "router",
					duty: "routes",
					evidence: observation.version === 4 ? "ICMP router advertisement" : "ICMPv6 router advertisement",
				});
			return;
		case "neighbour":
			neighbour(observation, sink);
			return;
		default:
	}
}

/** RFC 4861, 4.3 and 4.4: who asks says its own address, who answers that which was asked for. */
function neighbour({ client, type, target, targetMac, isRouter }: IcmpObservation, sink: OperationSink): void {
	if (type === V6_TYPE.neighbourAdvertisement) {
		if (targetMac !== "")
			sink.identity({ ip: target, mac: targetMac, ...(isRouter && { role: "router" }), evidence: "ICMPv6 neighbour advertisement" });
		return;
	}
	if (client === "" || client === UNSPECIFIED) return;
	if (targetMac !== "") sink.identity({ ip: client, mac: targetMac, evidence: "ICMPv6 neighbour solicitation" });
	if (type === V6_TYPE.neighbourSolicitation) sink.seek(client, target);
}
