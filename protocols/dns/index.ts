/** DNS, with multicast DNS and LLMNR: who asks for which name, and which address it has. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { responseName, typeName } from "./codes.ts";
import { DnsDatagrams, DnsStream, MAX_MESSAGE, probe, probeStream, sender } from "./decoder.ts";
import { detections } from "./detections.ts";
import type { DnsObservation, DnsRecord } from "./observation.ts";
import { operations } from "./operations.ts";

/** One record; of multicast DNS with the port and all texts of a service. */
const shown = ({ name, type, timeToLive, data, port, texts }: DnsRecord, isLocal: boolean) => ({
	name,
	type: typeName(type),
	ttl: timeToLive,
	...(data !== undefined && { data }),
	...(isLocal && port >= 0 && { port }),
	...(isLocal && texts.length > 0 && { texts: [...texts] }),
});

function record(observation: DnsObservation): Record<string, unknown> {
	const { kind, answers, violation } = observation;
	const isLocal = observation.variant === "mdns";
	const isAnswer = kind === "response" || kind === "unsolicited";
	return {
		transactionId: observation.transactionId,
		...(observation.variant !== "dns" && { variant: observation.variant }),
		opcode: observation.opcode,
		query: observation.query,
		queryType: typeName(observation.queryType),
		...(isAnswer && {
			responseCode: responseName(observation.responseCode),
			answers: answers.map((one) => shown(one, isLocal)),
			...(observation.additionals.length > 0 && { additionals: observation.additionals.map((one) => shown(one, isLocal)) }),
			matched: observation.isMatched,
		}),
		...(observation.isTruncated && { truncated: true }),
		...(observation.latency >= 0 && { latencyMs: Math.round(observation.latency) / 1000 }),
		...(observation.requestFrame !== observation.frame && { requestFrame: observation.requestFrame }),
		...(violation !== "" && { violations: [violation] }),
	};
}

export const dns: Protocol<DnsObservation> = {
	name: "dns",
	title: "DNS",
	tcp: {
		ports: [53],
		maxMessage: MAX_MESSAGE,
		probe: probeStream,
		sender: (bytes, start, end) => sender(bytes, start + 2, end),
		open: (context) => new DnsStream(context),
	},
	udp: { ports: [53, 5353, 5355], probe, sender, open: (context) => new DnsDatagrams(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `ask for ${typeName(code)} records`,
	outcomeName: (code) => responseName(code),
	pointName: (name) => name,
	detections,
	detect: () => {},
};
