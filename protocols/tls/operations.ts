/**
 * A handshake in neutral words: one `authenticate`, with what the two ends showed of themselves. What is said afterwards is encrypted. What the handshake names may stand on a list of
 * indicators.
 */
import type { CertificateFacts, Credential, OperationSink } from "../../src/decode/protocol.ts";
import { type ServerHello, TLS_1_3 } from "../../src/wire/tls.ts";
import { alertName, suiteName, versionName, weaknessOf } from "../../src/wire/tlsNames.ts";
import { HANDSHAKE_OPERATION } from "./codes.ts";
import type { TlsObservation } from "./observation.ts";

export const operationName = (_code: number): string => "begin a connection in TLS";
export const outcomeName = (code: number): string => `${alertName(code)} (TLS alert ${code})`;

export function sayOperations(o: TlsObservation, sink: OperationSink): void {
	switch (o.kind) {
		case "client-hello":
			if (o.hello?.serverName !== undefined) sink.trace("domain", o.hello.serverName, false);
			if (o.hello?.ja4 !== undefined) sink.trace("ja4", o.hello.ja4, false);
			break;
		case "certificate":
			sink.trace("certificate", o.certificate!.thumbprint, o.isFromServer);
			sink.trace("certificate", o.certificate!.thumbprint256, o.isFromServer);
			break;
		case "handshake":
		case "refused":
		case "unfinished":
			sayHandshake(o, sink);
	}
}

function sayHandshake(o: TlsObservation, sink: OperationSink): void {
	const operation = sink.begin(-1);
	operation.time = o.time;
	operation.frame = o.frame;
	operation.requestFrame = o.requestFrame;
	operation.verb = "authenticate";
	operation.code = HANDSHAKE_OPERATION;
	operation.latency = o.latency;
	if (o.kind === "refused") {
		operation.outcome = "refused";
		operation.outcomeCode = o.alert;
	} else if (o.kind === "unfinished") operation.outcome = "unanswered";
	sink.commit();
	if (o.server !== undefined) sink.credential({ ...shownBy(o, o.server), isServer: true, port: o.serverPort });
	if (o.kind !== "handshake") return;
	if (o.client !== undefined) sink.credential({ ...shownBy(o, o.client), isServer: false });
	if (o.chosen !== undefined) sink.credential(securityOf(o.chosen));
}

/** One address may serve many names, each with a certificate of its own. */
function shownBy(
	{ hello }: TlsObservation,
	{ thumbprint, subject, issuer }: CertificateFacts,
): Pick<Credential, "kind" | "text" | "names"> {
	const name = hello?.serverName;
	return { kind: name === undefined ? "certificate" : `certificate for ${name}`, text: thumbprint, names: `${subject}|${issuer}` };
}

/** The version, and the suite where that is what makes it weak. */
function securityOf({ version, cipherSuite }: ServerHello): Credential {
	const isWeak = weaknessOf(cipherSuite) !== undefined;
	return {
		kind: "security",
		text: isWeak ? `${versionName(version)} with ${suiteName(cipherSuite)}` : versionName(version),
		isServer: false,
		rank: isWeak ? 0 : Math.min(version, TLS_1_3),
	};
}
