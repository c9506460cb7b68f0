/** VNC in neutral words: a login, with how it ended; what is done on the screen is no operation. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import { LOGIN_BASE, RESULT } from "./codes.ts";
import type { VncObservation } from "./observation.ts";

/** "plc-panel:1 (operator)" as X servers call their screens: name of the host and number of the screen. */
const HOST_AND_SCREEN = /^([A-Za-z0-9][\w.-]{0,62}):\d{1,5}(?: |$)/;

export function operations(o: VncObservation, sink: OperationSink): void {
	if (o.result >= 0) {
		const operation = sink.begin(-1);
		operation.time = o.time;
		operation.frame = o.frame;
		operation.requestFrame = o.requestFrame;
		operation.verb = "authenticate";
		operation.code = LOGIN_BASE + o.securityType;
		operation.outcome = o.result === RESULT.ok ? "ok" : "refused";
		operation.outcomeCode = o.result;
		operation.latency = o.latency;
		sink.commit();
	}
	const hostName = HOST_AND_SCREEN.exec(o.desktopName)?.[1];
	if (hostName !== undefined) sink.identity({ hostName, presumed: true, evidence: "VNC desktop name" });
}
