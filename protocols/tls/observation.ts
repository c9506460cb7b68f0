/** What a handshake says in the clear, message by message, and how it ended. */
import type { CertificateFacts, ObservationBase } from "../../src/decode/protocol.ts";
import type { ClientHello, ServerHello } from "../../src/wire/tls.ts";

/** What cannot be read to its end: a hello, a list of certificates; a heartbeat that asks for more than it brings. */
export type Violation = "client-hello" | "server-hello" | "certificate" | "heartbeat-length";

/** `handshake`: agreed on. `refused`: ended by an alert in the clear. `unfinished`: left off without a word. */
export interface TlsObservation extends ObservationBase {
	readonly protocol: "tls";
	kind: "client-hello" | "server-hello" | "certificate" | "alert" | "handshake" | "refused" | "unfinished" | "malformed";
	/** Who sent what is said; of `handshake` and `refused` what ended it. */
	isFromServer: boolean;
	/** Of `client-hello`, and of what ends a handshake. */
	hello: ClientHello | undefined;
	/** Of `server-hello`, and of what ends a handshake; the cipher suite of SSL 2.0 is -1. */
	chosen: ServerHello | undefined;
	/** Of `certificate`: the sender's own, as far as TLS 1.2 and before show it. */
	certificate: CertificateFacts | undefined;
	/** Of `alert` and `refused`; else -1. */
	alertLevel: number;
	alert: number;
	/** Of `malformed`. */
	violation: Violation | undefined;
	/** Of what ends a handshake: frame of its ClientHello. */
	requestFrame: number;
	serverPort: number;
	/** Microseconds from the ClientHello; -1 where it is no question. */
	latency: number;
	/** The certificates that were shown in it. */
	server: CertificateFacts | undefined;
	client: CertificateFacts | undefined;
	/** TLS 1.2 and before show it: whether the client gave a certificate that the server asked for. Undefined where it is not shown. */
	isClientAuthenticated: boolean | undefined;
	/** An earlier session is taken up again, without certificates. */
	isResumed: boolean;
}
