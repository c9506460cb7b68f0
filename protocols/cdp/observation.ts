import type { ObservationBase } from "../../src/decode/protocol.ts";

/** What one device says of itself and of the port that it says it on. Texts are from the wire; "" where it says none. On loan. */
export interface CdpObservation extends ObservationBase {
	readonly protocol: "cdp";
	kind: "announcement" | "malformed";
	/** MAC address of the frame's sender, "" where there is none. */
	sender: string;
	version: number;
	/** Seconds. */
	timeToLive: number;
	deviceId: string;
	portId: string;
	softwareVersion: string;
	platform: string;
	/** Bits; -1 where it does not say. */
	capabilities: number;
	/** IPv4; those of its management behind those of the port. */
	addresses: readonly string[];
	/** -1 where it does not say. */
	nativeVlan: number;
	violation: string;
}
