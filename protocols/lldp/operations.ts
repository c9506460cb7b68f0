/** LLDP reads and writes nothing: it says who a device is. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { CAPABILITY } from "./codes.ts";
import type { LldpObservation } from "./observation.ts";

const EVIDENCE = "LLDP announcement";

/** What it is, of what it says to be; a router that is a bridge too routes. */
function roleOf(enabled: number): string | undefined {
	if (enabled < 0) return undefined;
	if (enabled & CAPABILITY.router) return "router";
	if (enabled & CAPABILITY.accessPoint) return "access point";
	return enabled & CAPABILITY.bridge ? "switch" : undefined;
}

export function operations(o: LldpObservation, sink: OperationSink): void {
	if (o.kind !== "announcement" || o.sender === "") return;
	const role = roleOf(o.enabled);
	sink.identity({
		mac: o.sender,
		...(o.managementAddresses.length > 0 && { ip: o.managementAddresses[0]! }),
		...(o.systemName !== "" && { hostName: o.systemName }),
		...(o.manufacturer !== "" && { vendor: o.manufacturer }),
		...(o.model !== "" && { model: o.model }),
		...(o.firmware !== "" ? { firmware: o.firmware } : o.software !== "" && { firmware: o.software }),
		...(o.serialNumber !== "" && { serialNumber: o.serialNumber }),
		...(o.systemDescription !== "" && { operatingSystem: o.systemDescription }),
		...(role !== undefined && { role }),
		evidence: EVIDENCE,
	});
}
