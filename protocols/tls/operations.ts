/** TLS says nothing of a plant; what its handshake names may stand on a list of indicators. */
import type { OperationSink } from "../../src/decode/protocol.ts";
import type { TlsObservation } from "./observation.ts";

export function sayOperations({ hello, certificate, isFromServer }: TlsObservation, sink: OperationSink): void {
	if (hello?.serverName !== undefined) sink.trace("domain", hello.serverName, false);
	if (hello?.ja4 !== undefined) sink.trace("ja4", hello.ja4, false);
	if (certificate === undefined) return;
	sink.trace("certificate", certificate.thumbprint, isFromServer);
	sink.trace("certificate", certificate.thumbprint256, isFromServer);
}
