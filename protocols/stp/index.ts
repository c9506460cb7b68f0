/** Spanning tree: switches agree on the ways of frames, and who is the root of them. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { versionName } from "./codes.ts";
import { StpDecoder } from "./decoder.ts";
import { detect, detections } from "./detections.ts";
import type { StpObservation } from "./observation.ts";
import { operations } from "./operations.ts";
import { LLC_HEADER, PVST_HEADER } from "./wire.ts";

export const stp: Protocol<StpObservation> = {
	name: "stp",
	title: "Spanning tree (STP, RSTP, MSTP)",
	link: { etherTypes: [], saps: [LLC_HEADER[0], PVST_HEADER[0]], open: (context) => new StpDecoder(context) },
	isControl: false,
	spaces: [],
	record: ({ version, root, bridge, treeVlan, cost, port, isTopologyChange, deposed, violation }) => ({
		version: versionName(version),
		...(root !== "" && { root, bridge, cost, port }),
		...(treeVlan >= 0 && { treeVlan }),
		...(isTopologyChange && { topologyChange: true }),
		...(deposed !== "" && { deposed }),
		...(violation !== "" && { violations: [violation] }),
	}),
	operations,
	operationName: (code) => `BPDU ${code}`,
	outcomeName: (code) => `code ${code}`,
	pointName: (name) => name,
	detections,
	detect: (observation, _flow, report) => detect(observation, report),
};
