/** TLS: who offers what, which name is wanted, which certificate is shown. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { hex4, versionName } from "./codes.ts";
import { tlsTcp } from "./decoder.ts";
import { DETECTIONS } from "./detections.ts";
import type { TlsObservation } from "./observation.ts";
import { sayOperations } from "./operations.ts";

function record({ hello, chosen, certificate, kind, isFromServer }: TlsObservation): Record<string, unknown> {
	return {
		...(hello !== undefined && {
			offeredVersion: versionName(hello.version),
			...(hello.serverName !== undefined && { serverName: hello.serverName }),
			...(hello.protocols.length > 0 && { alpn: hello.protocols }),
			...(hello.ja4 !== undefined && { ja4: hello.ja4 }),
		}),
		...(chosen !== undefined && { version: versionName(chosen.version), cipherSuite: hex4(chosen.cipherSuite) }),
		...(kind === "certificate" && { sender: isFromServer ? "server" : "client", certificate: { ...certificate } }),
	};
}

export const tls: Protocol<TlsObservation> = {
	name: "tls",
	title: "TLS",
	tcp: tlsTcp,
	isControl: false,
	spaces: [],
	record,
	operations: sayOperations,
	operationName: (code) => `handshake message ${code}`,
	outcomeName: (code) => `alert ${code}`,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: () => {},
};
