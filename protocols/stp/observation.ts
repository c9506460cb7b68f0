import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One BPDU. A bridge is `priority/MAC address`. On loan. */
export interface StpObservation extends ObservationBase {
	readonly protocol: "stp";
	/** `configuration` (also of RSTP and MSTP), `notification` of a changed topology, `malformed`. */
	kind: "configuration" | "notification" | "malformed";
	version: number;
	/** "" in a notification. */
	root: string;
	bridge: string;
	/** The VLAN whose tree it is, as PVST+ says it; -1 elsewhere. */
	treeVlan: number;
	cost: number;
	/** Number of the bridge's port, with its priority. */
	port: number;
	isTopologyChange: boolean;
	/** Another bridge than before is root, and it took that over: its id is the lower one. The root before, else "". */
	deposed: string;
	/** Frame of the latest BPDU of the root before. */
	deposedFrame: number;
	violation: string;
}
