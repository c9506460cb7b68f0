/** GOOSE, declared: IEC 61850-8-1, directly on Ethernet. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { plainOf } from "../../src/wire/mmsData.ts";
import { operationName, outcomeName } from "./codes.ts";
import { GooseDecoder } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { GooseObservation } from "./observation.ts";
import { operations, parsePoint, pointName } from "./operations.ts";
import { ETHER_TYPE } from "./wire.ts";

/** The standard's names. */
function record(o: GooseObservation): Record<string, unknown> {
	const appid = `0x${o.appId.toString(16).padStart(4, "0")}`;
	if (o.violation !== "") return { appid, ...(o.gocbRef !== "" && { gocbRef: o.gocbRef }), violations: [o.violation] };
	return {
		appid,
		gocbRef: o.gocbRef,
		timeAllowedtoLive: o.timeAllowedToLive,
		datSet: o.datSet,
		...(o.goId !== "" && { goID: o.goId }),
		t: o.t,
		stNum: o.stNum,
		sqNum: o.sqNum,
		simulation: o.isSimulation,
		...(o.isMarkedSimulated && { simulated: true }),
		confRev: o.confRev,
		ndsCom: o.needsCommissioning,
		numDatSetEntries: o.entries,
		allData: o.values.map(plainOf),
		repeat: o.isRepeat,
		...(o.missed > 0 && { missed: o.missed }),
		...(o.late > 0 && { lateMs: Math.round(o.late / 1000) }),
		...(o.rival !== "" && { rival: o.rival, rivalFrame: o.rivalFrame }),
	};
}

export const goose: Protocol<GooseObservation> = {
	name: "goose",
	title: "GOOSE",
	link: { etherTypes: [ETHER_TYPE], sender: () => "server", open: (context) => new GooseDecoder(context) },
	isControl: true,
	spaces: [],
	record,
	operations,
	operationName,
	outcomeName,
	pointName,
	parsePoint,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
