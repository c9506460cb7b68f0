/**
 * What is suspicious in OPC UA by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18.
 */
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import type { OpcuaObservation } from "./observation.ts";
import { operationName, verbOf } from "./operations.ts";

export const MALFORMED: DetectionRecord = {
	id: "opcua-malformed",
	title: "Malformed OPC UA message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	causes: [
		"a client or server that implements OPC UA carelessly",
		"structures of a newer version of the standard",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the server still answers its usual clients.",
	],
};

export const PASSWORD_IN_CLEAR: DetectionRecord = {
	id: "opcua-password-in-clear",
	title: "OPC UA password or token sent in clear",
	nature: "fact",
	severity: 60,
	techniques: ["T0859", "T0842"],
	causes: [
		"a client set to security policy None",
		"a server that offers user names without security",
		"a commissioning that was never finished",
	],
	advice: [
		"Take the password for known: change it.",
		"Set client and server to a security policy with encryption, and switch policy None off on the server.",
		"Look at who else could have listened on this network.",
	],
};

export const CONTRADICTION: DetectionRecord = {
	id: "opcua-answer-mismatch",
	title: "OPC UA answer contradicts its request",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0856"],
	causes: ["a client that uses one request id for several requests at once", "a faulty server", "packets lost on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: what was asked, and what came back?",
		"Compare the values shown on the HMI with those at the machine.",
		"If it began suddenly, look for a device between client and server (ARP alerts, a new MAC address).",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [MALFORMED, PASSWORD_IN_CLEAR, CONTRADICTION];

export function detect(o: OpcuaObservation, _flow: FlowView, report: ReportFact): void {
	if (o.kind === "malformed") {
		report({
			record: MALFORMED,
			sentence: `A message (${o.messageType}) of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as OPC UA: ${o.reason}.`,
			key: o.reason,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.isSecretInClear) {
		report({
			record: PASSWORD_IN_CLEAR,
			sentence: `{client} logged in to {server} with a ${o.request?.identity ?? "token"} whose secret anyone on the network can read.`,
			key: "",
			frames: [o.frame],
			operation: operationOf(o),
		});
	}
	if (o.contradiction !== "") {
		report({
			record: CONTRADICTION,
			sentence: `An answer of {server} to {client} (${o.message?.structure.name ?? "unknown"}) ${o.contradiction}.`,
			key: o.contradiction,
			frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
			operation: operationOf(o),
			byServer: true,
		});
	}
}

/** Points and names, never values: a login has secrets among them. */
function operationOf(o: OpcuaObservation): DetectionOperation {
	const code = o.request?.service.id ?? o.service?.id ?? 0;
	const names = o.request?.names.slice(0, Math.min(4, o.request.nameCount)) ?? [];
	return {
		verb: verbOf(code),
		name: operationName(code),
		code,
		points: names,
		pointCount: o.request?.nameCount ?? 0,
		values: [],
		outcome: o.kind === "request" ? "requested" : "answered",
	};
}
