/** VNC: who works on whose screen, and how that is protected. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { LOGIN_BASE, resultName, SECURITY, securityName } from "./codes.ts";
import { vncTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { VncObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(o: VncObservation): Record<string, unknown> {
	return {
		sender: o.isFromServer ? "server" : "client",
		version: o.version,
		...(o.securityTypes.length > 0 && { securityTypes: o.securityTypes.map(securityName) }),
		...(o.securityType >= 0 && { securityType: securityName(o.securityType) }),
		...(o.result >= 0 && { result: o.result === 0 ? "ok" : resultName(o.result) }),
		...(o.reason !== "" && { reason: o.reason }),
		...(o.width >= 0 && { width: o.width, height: o.height }),
		...(o.desktopName !== "" && { desktopName: o.desktopName }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
		...(o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
	};
}

export const vnc: Protocol<VncObservation> = {
	name: "vnc",
	title: "VNC",
	tcp: vncTcp,
	isControl: false,
	service: { isRemoteAccess: true },
	spaces: [],
	record,
	operations,
	operationName: (code) => `log in (${securityName(code - LOGIN_BASE)})`,
	outcomeName: resultName,
	isLogin: (code) => code === LOGIN_BASE + SECURITY.vnc,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
