/** RDP: who works on which host's screen, and how that is protected. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { failureName, layoutName, levelName, methodName, requestFlags, securityNames, versionName } from "./codes.ts";
import { rdpTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { ClientSettings, RdpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

/** Names as Zeek has them in its log, where it has them. */
const settings = ({ version, width, height, layout, build, name, productId, channels }: ClientSettings) => ({
	version: versionName(version),
	desktopWidth: width,
	desktopHeight: height,
	keyboardLayout: layoutName(layout),
	clientBuild: build,
	clientName: name,
	...(productId !== "" && { clientDigProductId: productId }),
	clientChannels: channels,
});

function record(o: RdpObservation): Record<string, unknown> {
	const answered = {
		...(o.requestFrame !== o.frame && { requestFrame: o.requestFrame }),
		...(o.latency >= 0 && { latencyMs: Math.round(o.latency) / 1000 }),
	};
	switch (o.kind) {
		case "request":
			return {
				...(o.cookie !== "" && { cookie: o.cookie }),
				...(o.routingToken !== "" && { routingToken: o.routingToken }),
				...(o.requestedProtocols >= 0 && { requestedProtocols: securityNames(o.requestedProtocols) }),
				...(o.requestFlags !== 0 && { flags: requestFlags(o.requestFlags) }),
			};
		case "response":
			return {
				...(o.failure >= 0
					? { failureCode: o.failure, failure: failureName(o.failure) }
					: { selectedProtocol: securityNames(o.selectedProtocol).join(", ") }),
				...answered,
			};
		case "client":
			return settings(o.client!);
		case "server":
			return {
				...(o.encryptionMethod >= 0 && {
					encryptionMethod: methodName(o.encryptionMethod),
					encryptionLevel: levelName(o.encryptionLevel),
				}),
				...(o.certificate !== undefined && { certificate: { ...o.certificate } }),
			};
		case "information":
			return {
				encrypted: o.isEncrypted,
				...(!o.isEncrypted && { user: o.user, ...(o.domain !== "" && { domain: o.domain }), password: o.hasPassword ? "(present)" : "" }),
			};
		case "malformed":
			return { sender: o.isFromServer ? "server" : "client", violations: [o.violation] };
		default:
			return {};
	}
}

export const rdp: Protocol<RdpObservation> = {
	name: "rdp",
	title: "RDP",
	tcp: rdpTcp,
	isControl: false,
	service: { isRemoteAccess: true },
	spaces: [],
	record,
	operations,
	operationName: (_code) => "begin a connection in RDP",
	outcomeName: failureName,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
