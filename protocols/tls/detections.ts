/** What is suspicious in a TLS handshake by itself. Technique ids are those of ATT&CK for ICS v18. */
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import { accessFact, WEAK_PROTOCOL } from "../../src/detect/access.ts";
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import { type ServerHello, TLS_1_2 } from "../../src/wire/tls.ts";
import { suiteName, versionName, weaknessOf } from "../../src/wire/tlsNames.ts";
import type { TlsObservation, Violation } from "./observation.ts";

const MALFORMED: DetectionRecord = {
	id: "tls-malformed",
	title: "Malformed TLS message",
	nature: "fact",
	severity: 45,
	techniques: ["T0866", "T0814"],
	needs: "The beginning of the connection, readable.",
	causes: [
		"a scanner of weaknesses that was let loose on purpose",
		"a device whose TLS is implemented carelessly",
		"messages damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one host?",
		"Ask who runs the sender; an unknown one is to be found and disconnected.",
		"Where a heartbeat asked for more than it brought, look up whether the receiver's TLS gives memory away for it (Heartbleed): then its keys and passwords may be known.",
	],
};

const NOT_VALID: DetectionRecord = {
	id: "tls-certificate-not-valid",
	title: "Certificate shown that is not valid now",
	nature: "fact",
	isLearnable: true,
	severity: 30,
	techniques: ["T0859"],
	needs: "A handshake of TLS 1.2 or before, and a monitor whose clock is right.",
	causes: ["a certificate that nobody renewed, as of many devices", "a device whose clock is wrong", "a monitor whose clock is wrong"],
	advice: [
		"Renew the certificate named in the alert: who is used to warnings does not see the one that matters.",
		"Check the clocks of the device and of the monitor.",
		"Look up whether the other side checks validity at all.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [MALFORMED, NOT_VALID, WEAK_PROTOCOL];

const VIOLATIONS: Readonly<Record<Violation, string>> = {
	"client-hello": "a ClientHello whose parts do not fit each other",
	"server-hello": "a ServerHello whose parts do not fit each other",
	certificate: "a list of certificates that does not fit its message",
	"heartbeat-length": "a heartbeat that asks for more bytes than it brought, as the attack Heartbleed does",
};

export function detect(o: TlsObservation, report: ReportFact): void {
	if (o.kind === "certificate") valid(o, o.certificate!, report);
	else if (o.kind === "handshake" && o.chosen !== undefined) weak(o, o.chosen, report);
	else if (o.violation !== undefined) {
		const [sender, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
		report({
			record: MALFORMED,
			sentence: `${sender} sent ${other} ${VIOLATIONS[o.violation]}; software that keeps to the standard never does.`,
			key: o.violation,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
	}
}

/** What the server chose and the client took. */
function weak(o: TlsObservation, { version, cipherSuite }: ServerHello, report: ReportFact): void {
	const frames = [...new Set([o.requestFrame, o.frame])];
	const name = versionName(version);
	if (version < TLS_1_2)
		report(
			accessFact({
				record: WEAK_PROTOCOL,
				words: `{client} and {server} agreed on ${name}`,
				against: "TLS 1.2 is the oldest version that is not known to be broken",
				key: name,
				frames,
			}),
		);
	const weakness = weaknessOf(cipherSuite);
	if (weakness === undefined) return;
	const suite = suiteName(cipherSuite);
	report(
		accessFact({
			record: WEAK_PROTOCOL,
			words: `{client} and {server} agreed on the cipher suite ${suite} of ${name}`,
			against: `it ${weakness}`,
			key: suite,
			frames,
		}),
	);
}

function valid(o: TlsObservation, { subject, thumbprint, validFrom, validTo }: CertificateFacts, report: ReportFact): void {
	const now = o.time / 1e6;
	const isLate = now > validTo;
	if (!isLate && !(now < validFrom)) return;
	const date = new Date(1000 * (isLate ? validTo : validFrom)).toISOString().slice(0, 10);
	const [owner, other] = o.isFromServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
	report({
		record: NOT_VALID,
		sentence: `${owner} showed ${other} a certificate (${subject}) that ${isLate ? `was valid until ${date}` : `is valid only from ${date}`}.`,
		key: thumbprint,
		frames: [o.frame],
		byServer: o.isFromServer,
	});
}
