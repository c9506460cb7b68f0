/** CDP reads and writes nothing: it says who a device is. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { CAPABILITY } from "./codes.ts";
import type { CdpObservation } from "./observation.ts";

const EVIDENCE = "CDP announcement";

function roleOf(capabilities: number): string | undefined {
	if (capabilities < 0) return undefined;
	if (capabilities & CAPABILITY.router) return "router";
	return capabilities & (CAPABILITY.switch | CAPABILITY.bridge) ? "switch" : undefined;
}

export function operations(o: CdpObservation, sink: OperationSink): void {
	if (o.kind !== "announcement" || o.sender === "") return;
	const role = roleOf(o.capabilities);
	sink.identity({
		mac: o.sender,
		...(o.addresses.length > 0 && { ip: o.addresses[0]! }),
		...(o.deviceId !== "" && { hostName: o.deviceId }),
		...(o.platform !== "" && { model: o.platform }),
		...(o.softwareVersion !== "" && { firmware: o.softwareVersion.split("\ufffd", 1)[0]! }),
		...(role !== undefined && { role }),
		evidence: EVIDENCE,
	});
}
