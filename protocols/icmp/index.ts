/** ICMP and ICMPv6: who asks whether somebody is there, who cannot be reached and why, which way packets are to go, who has an address. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { reasonName, typeName } from "./codes.ts";
import { IcmpDecoder, sender } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { IcmpObservation } from "./observation.ts";
import { ECHO, operations } from "./operations.ts";

function record(observation: IcmpObservation): Record<string, unknown> {
	const { version, type, code, identifier, sequence, length, latency, quoted, target, targetMac, violation } = observation;
	const reason = reasonName(version, type, code);
	return {
		version,
		type,
		code,
		typeName: typeName(version, type),
		...(reason !== undefined && { reason }),
		...(length >= 0 && { identifier, sequence, length }),
		...(latency >= 0 && { latencyMs: Math.round(latency) / 1000, requestFrame: observation.requestFrame }),
		...(observation.isAltered && { altered: true }),
		...(quoted !== undefined && {
			quoted: {
				source: quoted.source,
				destination: quoted.destination,
				ipProtocol: quoted.ipProtocol,
				...(quoted.sourcePort >= 0 && { sourcePort: quoted.sourcePort, destinationPort: quoted.destinationPort }),
			},
		}),
		...(target !== "" && { target }),
		...(targetMac !== "" && { targetMac }),
		...(observation.isRouter && { router: true }),
		...(violation !== "" && { violations: [violation] }),
	};
}

export const icmp: Protocol<IcmpObservation> = {
	name: "icmp",
	title: "ICMP",
	ip: { ipProtocols: [1, 58], sender, open: (context) => new IcmpDecoder(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `ping (${code === ECHO ? "echo" : `type ${code}`})`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
