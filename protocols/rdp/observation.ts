import type { CertificateFacts, ObservationBase } from "../../src/decode/protocol.ts";

/** What a client says of itself ([MS-RDPBCGR] 2.2.1.3.2 to 2.2.1.3.4). */
export interface ClientSettings {
	readonly version: number;
	readonly width: number;
	readonly height: number;
	readonly layout: number;
	readonly build: number;
	readonly name: string;
	readonly productId: string;
	readonly channels: readonly string[];
}

/** Which part of a message does not fit. */
export type Violation = "cookie" | "negotiation" | "settings" | "channels" | "information";

/**
 * `request` of a connection, with what its client knows, its `response`, or `unanswered`; with standard RDP security also the settings of the client (`client`) and of the server (`server`), and
 * who logs in (`information`). On loan; texts are from the wire and hostile.
 */
export interface RdpObservation extends ObservationBase {
	readonly protocol: "rdp";
	kind: "request" | "response" | "unanswered" | "client" | "server" | "information" | "malformed";
	isFromServer: boolean;
	/** Of the request: name of a user, as far as the cookie has room for it; or the token by which a broker routes. */
	cookie: string;
	routingToken: string;
	/** Of the request: -1 where it negotiates nothing. */
	requestedProtocols: number;
	requestFlags: number;
	/** Of the response: what counts; -1 where it refuses. */
	selectedProtocol: number;
	/** Of the response: -1 where it refuses nothing. */
	failure: number;
	client: ClientSettings | undefined;
	/** Of `server`; -1 where it is not said. */
	encryptionMethod: number;
	encryptionLevel: number;
	certificate: CertificateFacts | undefined;
	/** Of `information`: hidden by RDP's own encryption. */
	isEncrypted: boolean;
	user: string;
	domain: string;
	hasPassword: boolean;
	violation: Violation | undefined;
	requestFrame: number;
	latency: number;
	serverPort: number;
	ends: { client: string | undefined };
}

export const newObservation = (): RdpObservation => ({
	protocol: "rdp",
	kind: "request",
	time: 0,
	frame: 0,
	isFromServer: false,
	cookie: "",
	routingToken: "",
	requestedProtocols: -1,
	requestFlags: 0,
	selectedProtocol: -1,
	failure: -1,
	client: undefined,
	encryptionMethod: -1,
	encryptionLevel: -1,
	certificate: undefined,
	isEncrypted: false,
	user: "",
	domain: "",
	hasPassword: false,
	violation: undefined,
	requestFrame: 0,
	latency: -1,
	serverPort: 0,
	ends: { client: undefined },
});
