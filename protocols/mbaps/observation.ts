/** What is seen of Modbus inside TLS: how a connection was agreed on or refused, and how much it carries. */
import type { CertificateFacts, ObservationBase } from "../../src/decode/protocol.ts";
import type { ClientHello } from "../../src/wire/tls.ts";

/** One side's own certificate, and its role (wire.ts). Owned. */
export interface Credential {
	facts: CertificateFacts;
	role: string | undefined;
}

/** What travelled in one direction. */
export interface Traffic {
	records: number;
	bytes: number;
	smallest: number;
	largest: number;
}

/** `handshake`: agreed on. `refused`: ended by an alert in the clear. `unfinished`: left off without a word. `traffic`: what a connection carried since it was last said. */
export interface MbapsObservation extends ObservationBase {
	readonly protocol: "mbaps";
	kind: "handshake" | "refused" | "unfinished" | "traffic";
	/** Frame of the ClientHello; 0 where it was not seen. */
	requestFrame: number;
	/** Microseconds from the ClientHello; -1 where it was not seen. */
	latency: number;
	hello: ClientHello | undefined;
	/** Chosen by the server; -1 where that was not seen. */
	version: number;
	cipherSuite: number;
	server: Credential | undefined;
	client: Credential | undefined;
	/** TLS 1.2 and before show it: whether the server asked for a certificate, and whether the client gave one. Undefined where it is not shown. */
	isClientAuthenticated: boolean | undefined;
	/** An earlier session is taken up again, without certificates. */
	isResumed: boolean;
	/** Alert of `refused`, and who sent it. */
	alert: number;
	isFromServer: boolean;
	/** Of `traffic`: microseconds that it covers. */
	duration: number;
	readonly toServer: Traffic;
	readonly toClient: Traffic;
}

export const createTraffic = (): Traffic => ({ records: 0, bytes: 0, smallest: 0, largest: 0 });
