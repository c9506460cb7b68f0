import type { ObservationBase } from "../../src/decode/protocol.ts";

/** What one device says of itself and of the port that it says it on. Texts are from the wire; "" where it says none. On loan. */
export interface LldpObservation extends ObservationBase {
	readonly protocol: "lldp";
	/** `announcement`; `shutdown` where it is about to fall silent (time to live 0); `malformed`. */
	kind: "announcement" | "shutdown" | "malformed";
	/** MAC address of the frame's sender, "" where there is none. */
	sender: string;
	chassisKind: string;
	chassisId: string;
	portKind: string;
	portId: string;
	/** Seconds. */
	timeToLive: number;
	portDescription: string;
	systemName: string;
	systemDescription: string;
	/** Bits of what it can be and of what it is; -1 where it does not say. */
	capabilities: number;
	enabled: number;
	managementAddresses: readonly string[];
	/** -1 where it does not say. */
	portVlan: number;
	hardware: string;
	firmware: string;
	software: string;
	serialNumber: string;
	manufacturer: string;
	model: string;
	violation: string;
}
