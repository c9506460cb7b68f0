import type { ObservationBase } from "../../src/decode/protocol.ts";

/** One ARP message. On loan. */
export interface ArpObservation extends ObservationBase {
	readonly protocol: "arp";
	/** `request`, `reply`, `probe` (RFC 5227, 1.1: sender address 0.0.0.0), `announcement` (sender address is the target address), `other`. */
	kind: "request" | "reply" | "probe" | "announcement" | "other";
	operation: number;
	senderMac: string;
	senderIp: string;
	targetMac: string;
	targetIp: string;
	/** The MAC address of the frame, where it is not the sender address of the message. */
	frameMac: string | undefined;
}
