/** TFTP: who asks for which file, or gives which. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { errorName, OPCODE, opcodeName } from "./codes.ts";
import { probe, sender, TftpDatagrams } from "./decoder.ts";
import { detections } from "./detections.ts";
import type { TftpObservation } from "./observation.ts";
import { operations } from "./operations.ts";

function record(observation: TftpObservation): Record<string, unknown> {
	const { fileName, mode, options, block, length, errorCode, errorText, latency, violation } = observation;
	return {
		opcode: opcodeName(observation.opcode),
		...(fileName !== "" && { fileName }),
		...(mode !== "" && { mode }),
		...(options.length > 0 && { options }),
		...(block >= 0 && { block }),
		...(length >= 0 && { length }),
		...(errorCode >= 0 && { errorCode, error: errorName(errorCode) }),
		...(errorText !== "" && { errorText }),
		...(latency >= 0 && { latencyMs: Math.round(latency) / 1000 }),
		...(observation.requestFrame !== observation.frame && { requestFrame: observation.requestFrame }),
		...(violation !== "" && { violations: [violation] }),
	};
}

export const tftp: Protocol<TftpObservation> = {
	name: "tftp",
	title: "TFTP",
	udp: { ports: [69], carriesFiles: true, probe, sender, open: (context) => new TftpDatagrams(context) },
	isControl: false,
	spaces: [],
	record,
	operations,
	operationName: (code) => `TFTP ${code === OPCODE.read ? "read" : "write"} request (${opcodeName(code)})`,
	outcomeName: (code) => `${errorName(code)} (error ${code})`,
	pointName: (name) => `file ${name}`,
	detections,
	detect: () => {},
};
