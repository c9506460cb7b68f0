/** TLS: who offers what, which name is wanted, which certificate is shown, and what the two agree on. */
import type { Protocol } from "../../src/decode/protocol.ts";
import { alertName, suiteName, versionName } from "../../src/wire/tlsNames.ts";
import { levelName } from "./codes.ts";
import { tlsTcp } from "./decoder.ts";
import { DETECTIONS, detect } from "./detections.ts";
import type { TlsObservation } from "./observation.ts";
import { operationName, outcomeName, sayOperations } from "./operations.ts";

const sender = ({ isFromServer }: TlsObservation) => ({ sender: isFromServer ? "server" : "client" });
const alert = ({ alertLevel, alert: code }: TlsObservation) => ({ level: levelName(alertLevel), alert: code, alertName: alertName(code) });
const chosen = ({ chosen: hello }: TlsObservation) =>
	hello !== undefined && {
		version: versionName(hello.version),
		...(hello.cipherSuite >= 0 && { cipherSuite: suiteName(hello.cipherSuite) }),
		...(hello.protocol !== undefined && { alpn: hello.protocol }),
	};

function record(o: TlsObservation): Record<string, unknown> {
	switch (o.kind) {
		case "client-hello": {
			const { version, serverName, protocols, ja4 } = o.hello!;
			return {
				offeredVersion: versionName(version),
				...(serverName !== undefined && { serverName }),
				...(protocols.length > 0 && { alpn: protocols }),
				...(ja4 !== undefined && { ja4 }),
			};
		}
		case "server-hello":
			return { ...chosen(o), ...(o.chosen!.isRetry && { retry: true }) };
		case "certificate":
			return { ...sender(o), certificate: { ...o.certificate } };
		case "alert":
			return { ...sender(o), ...alert(o) };
		case "malformed":
			return { ...sender(o), violations: [o.violation] };
		default:
			return {
				...chosen(o),
				...(o.hello?.serverName !== undefined && { serverName: o.hello.serverName }),
				...(o.isResumed && { resumed: true }),
				...(o.isClientAuthenticated !== undefined && { clientAuthenticated: o.isClientAuthenticated }),
				...(o.kind === "refused" && { ...sender(o), ...alert(o) }),
				...(o.requestFrame > 0 && { requestFrame: o.requestFrame }),
				...(o.latency >= 0 && { latencyMs: o.latency / 1000 }),
			};
	}
}

export const tls: Protocol<TlsObservation> = {
	name: "tls",
	title: "TLS",
	tcp: tlsTcp,
	isControl: false,
	spaces: [],
	record,
	operations: sayOperations,
	operationName,
	outcomeName,
	pointName: (name) => name,
	detections: DETECTIONS,
	detect: (observation, _flow, report) => detect(observation, report),
};
