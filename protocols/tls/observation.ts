/** What a handshake says in the clear, message by message. */
import type { CertificateFacts, ObservationBase } from "../../src/decode/protocol.ts";
import type { ClientHello, ServerHello } from "../../src/wire/tls.ts";

export interface TlsObservation extends ObservationBase {
	readonly protocol: "tls";
	kind: "client-hello" | "server-hello" | "certificate";
	/** Of `client-hello`. */
	hello: ClientHello | undefined;
	/** Of `server-hello`. */
	chosen: ServerHello | undefined;
	/** Of `certificate`: the sender's own, as far as TLS 1.2 and before show it. */
	certificate: CertificateFacts | undefined;
	isFromServer: boolean;
}
