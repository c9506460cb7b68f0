/** ARP says who holds an address; it reads and writes nothing. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import type { ArpObservation } from "./observation.ts";

export function operations(observation: ArpObservation, sink: OperationSink): void {
	if (observation.kind === "other" || observation.kind === "probe" || observation.senderIp === "0.0.0.0") return;
	sink.identity({
		ip: observation.senderIp,
		mac: observation.senderMac,
		evidence: observation.kind === "announcement" ? "ARP announcement" : observation.kind === "reply" ? "ARP reply" : "ARP request",
	});
	if (observation.kind === "request") sink.seek(observation.senderIp, observation.targetIp);
}
