/** What breaks MODBUS/TCP Security (MB-TCP-Security v21) by itself; requirement numbers are its own (Appendix B). */
import type { DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { TLS_1_2 } from "../../src/wire/tls.ts";
import { suiteName, versionName } from "../../src/wire/tlsNames.ts";
import type { Credential, MbapsObservation } from "./observation.ts";

const UNAUTHENTICATED: DetectionRecord = {
	id: "mbaps-no-client-certificate",
	title: "Secure Modbus connection without a client certificate",
	nature: "fact",
	severity: 55,
	techniques: ["T0848", "T0855"],
	needs: "The TLS 1.2 handshake; TLS 1.3 does not show it.",
	causes: ["a PLC whose client authentication is switched off", "a client that is being set up"],
	advice: [
		"Look up in the PLC's settings whether it demands a client certificate: MODBUS/TCP Security requires it.",
		"Ask who runs the client.",
		"If the PLC should demand one, isolate the client until it does.",
	],
};

const NO_ROLE: DetectionRecord = {
	id: "mbaps-no-role",
	title: "Secure Modbus client whose certificate names no role",
	nature: "fact",
	severity: 35,
	techniques: ["T0848"],
	needs: "The TLS 1.2 handshake; TLS 1.3 does not show it.",
	causes: ["a certificate of another authority than the plant's", "a PLC that gives rights without roles"],
	advice: [
		"Look at the certificate named in the alert: who issued it, and for whom?",
		"Look up in the PLC's settings which rights a client without a role has; it should have none.",
	],
};

const OLD_VERSION: DetectionRecord = {
	id: "mbaps-old-version",
	title: "Secure Modbus connection with an outdated version of TLS",
	nature: "fact",
	severity: 45,
	techniques: ["T0830"],
	needs: "The beginning of the connection, both directions.",
	threshold: { value: "before TLS 1.2", why: "MODBUS/TCP Security demands TLS 1.2 or later." },
	causes: ["a device with old firmware", "settings that still allow TLS 1.0 or 1.1"],
	advice: [
		"Update the device, or forbid versions before TLS 1.2 in its settings: MODBUS/TCP Security demands TLS 1.2 or later.",
		"If it began suddenly, look for a device between client and PLC that forces the old version (ARP alerts, a new MAC address).",
	],
};

const EXPIRED: DetectionRecord = {
	id: "mbaps-certificate-not-valid",
	title: "Secure Modbus connection with a certificate that is not valid now",
	nature: "fact",
	severity: 40,
	techniques: ["T0859"],
	needs: "The TLS 1.2 handshake, and a monitor whose clock is right.",
	causes: ["a certificate that nobody renewed", "a device whose clock is wrong", "a monitor whose clock is wrong"],
	advice: [
		"Renew the certificate named in the alert.",
		"Check the clocks of both devices and of the monitor.",
		"The other side accepted it: look up in its settings whether it checks validity.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [UNAUTHENTICATED, NO_ROLE, OLD_VERSION, EXPIRED];

export function detect(o: MbapsObservation, _flow: FlowView, report: ReportFact): void {
	if (o.kind !== "handshake") return;
	const frames = [...new Set([o.requestFrame, o.frame].filter((frame) => frame > 0))];
	if (o.version >= 0 && o.version < TLS_1_2) {
		report({
			record: OLD_VERSION,
			sentence: `{client} and {server} agreed on ${versionName(o.version)} with ${suiteName(o.cipherSuite)} for Modbus; TLS 1.2 is the oldest that is allowed.`,
			key: versionName(o.version),
			frames,
			byServer: true,
		});
	}
	if (o.isClientAuthenticated === false) {
		report({
			record: UNAUTHENTICATED,
			sentence: "{server} let {client} in without a certificate; in MODBUS/TCP Security both sides show theirs.",
			key: "",
			frames,
		});
	}
	if (o.client !== undefined && o.client.role === undefined) {
		report({
			record: NO_ROLE,
			sentence: `{client} showed {server} a certificate without a role (${o.client.facts.subject}); its rights hang on the role.`,
			key: o.client.facts.thumbprint,
			frames,
		});
	}
	expired(o, o.server, true, frames, report);
	expired(o, o.client, false, frames, report);
}

function expired(
	o: MbapsObservation,
	credential: Credential | undefined,
	byServer: boolean,
	frames: readonly number[],
	report: ReportFact,
): void {
	if (credential === undefined) return;
	const { facts } = credential;
	const now = o.time / 1e6;
	const isLate = now > facts.validTo;
	if (!isLate && !(now < facts.validFrom)) return;
	const date = new Date(1000 * (isLate ? facts.validTo : facts.validFrom)).toISOString().slice(0, 10);
	const [owner, other] = byServer ? ["{server}", "{client}"] : ["{client}", "{server}"];
	report({
		record: EXPIRED,
		sentence: `${owner} showed ${other} a certificate (${facts.subject}) that ${isLate ? `was valid until ${date}` : `is valid only from ${date}`}, and was accepted.`,
		key: facts.thumbprint,
		frames,
		byServer,
	});
}
