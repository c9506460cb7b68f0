/**
 * What is suspicious in OPC UA by itself, whatever was learned. Technique ids are those of ATT&CK for ICS v18.
 */
import type { CertificateFacts } from "../../src/decode/protocol.ts";
import type { DetectionOperation, DetectionRecord, ReportFact } from "../../src/detect/detection.ts";
import type { FlowView } from "../../src/flow/flow.ts";
import { policyName } from "./codes.ts";
import type { OpcuaObservation } from "./observation.ts";
import { operationName, verbOf } from "./operations.ts";

export const MALFORMED: DetectionRecord = {
	id: "opcua-malformed",
	title: "Malformed OPC UA message",
	nature: "fact",
	severity: 50,
	techniques: ["T0814", "T0866"],
	needs: "A channel that is not encrypted.",
	causes: [
		"a client or server that implements OPC UA carelessly",
		"structures of a newer version of the standard",
		"an engineer's test tool",
		"packets damaged or cut on the way to the monitor",
	],
	advice: [
		"Look at the frames named in the evidence: is it one kind of message, again and again, from one program?",
		"Ask who runs the client; an unknown one is to be found and disconnected.",
		"Check that the server still answers its usual clients.",
	],
};

export const PASSWORD_IN_CLEAR: DetectionRecord = {
	id: "opcua-password-in-clear",
	title: "OPC UA password or token sent in clear",
	nature: "fact",
	severity: 60,
	techniques: ["T0859", "T0842"],
	needs: "A channel that is not encrypted.",
	causes: [
		"a client set to security policy None",
		"a server that offers user names without security",
		"a commissioning that was never finished",
	],
	advice: [
		"Take the password for known: change it.",
		"Set client and server to a security policy with encryption, and switch policy None off on the server.",
		"Look at who else could have listened on this network.",
	],
};

export const CONTRADICTION: DetectionRecord = {
	id: "opcua-answer-mismatch",
	title: "OPC UA answer contradicts its request",
	nature: "fact",
	severity: 60,
	techniques: ["T0830", "T0856"],
	needs: "Both directions of a channel that is not encrypted.",
	causes: ["a client that uses one request id for several requests at once", "a faulty server", "packets lost on the way to the monitor"],
	advice: [
		"Look at the frames named in the evidence: what was asked, and what came back?",
		"Compare the values shown on the HMI with those at the machine.",
		"If it began suddenly, look for a device between client and server (ARP alerts, a new MAC address).",
	],
};

export const CERTIFICATE_EXPIRED: DetectionRecord = {
	id: "opcua-certificate-expired",
	title: "OPC UA certificate out of its time",
	nature: "fact",
	severity: 35,
	techniques: ["T0830", "T0859"],
	needs: "The beginning of the connection: certificates are shown there alone, and a monitor whose clock is right.",
	causes: [
		"a certificate that nobody renewed",
		"a clock that is wrong: of the device, of the machine that made the certificate, or of this monitor",
		"a device restored from an old backup",
		"an old certificate, and its stolen key, used by somebody else",
	],
	advice: [
		"Compare the thumbprint with the certificate that is installed in the device.",
		"Check the clock of the device.",
		"Renew the certificate, and have the other side trust the new one before the old is removed.",
	],
};

export const WEAK_CERTIFICATE: DetectionRecord = {
	id: "opcua-weak-certificate",
	title: "OPC UA certificate that can be forged",
	nature: "fact",
	severity: 40,
	techniques: ["T0830"],
	needs: "The beginning of the connection: certificates are shown there alone.",
	threshold: {
		value: "an RSA key below 2048 bits, or a signature with MD5 or SHA-1",
		why: "OPC 10000-7 asks Basic256Sha256 for 2048 bits at least; signatures of these hashes can be forged.",
	},
	causes: ["an old device that makes its own certificate", "a certificate made years ago", "a software library that was never updated"],
	advice: [
		"Have the device make a new certificate: an RSA key of 2048 bits or more, signed with SHA-256 or better.",
		"If it cannot, keep it in a network of its own, with a firewall that lets only its clients in.",
	],
};

export const DEPRECATED_POLICY: DetectionRecord = {
	id: "opcua-deprecated-policy",
	title: "OPC UA security policy that is no longer safe",
	nature: "fact",
	severity: 40,
	techniques: ["T0830", "T0842"],
	needs: "The beginning of the connection, both directions.",
	threshold: { value: "Basic128Rsa15 and Basic256", why: "OPC 10000-7 calls them deprecated since 1.04." },
	causes: [
		"an old client or server that knows no better policy",
		"a setting from commissioning",
		"somebody in between who offers only weak policies",
	],
	advice: [
		"Set client and server to Basic256Sha256 or one of the Aes policies, and switch the old ones off.",
		"If it was a better policy before, find out who changed it: compare what the server offers with what the client sees.",
	],
};

export const SESSIONLESS_IN_CLEAR: DetectionRecord = {
	id: "opcua-sessionless-in-clear",
	title: "OPC UA service called without a session and without encryption",
	nature: "fact",
	severity: 45,
	techniques: ["T0855", "T0869"],
	needs: "A channel that is not encrypted.",
	causes: [
		"a gateway or a cloud connector that calls services without a session, on an endpoint set to security policy None or to Sign",
		"an engineer's test tool",
		"somebody who spares himself the login",
	],
	advice: [
		"Ask who runs the client, and whether it is meant to reach this server without a session.",
		"The standard allows such calls on encrypted channels only: have the server refuse them on the others.",
		"Look at what was called and whether the server did it.",
	],
};

export const DETECTIONS: readonly DetectionRecord[] = [
	MALFORMED,
	PASSWORD_IN_CLEAR,
	CONTRADICTION,
	CERTIFICATE_EXPIRED,
	WEAK_CERTIFICATE,
	DEPRECATED_POLICY,
	SESSIONLESS_IN_CLEAR,
];

/** OPC 10000-7: their key wrapping or signature rests on SHA-1 or RSA-PKCS#1 1.5; deprecated since 1.04. */
const DEPRECATED: ReadonlySet<string> = new Set(["Basic128Rsa15", "Basic256"]);
/** Bits of an RSA key below which one is factored by those who can pay for it (OPC 10000-7, Basic256Sha256: 2048 at least). */
const LEAST_KEY = 2048;
/** Hashes that others' signatures can be made to fit. */
const BROKEN_HASHES: ReadonlySet<string> = new Set(["md5", "sha1"]);

export function detect(o: OpcuaObservation, _flow: FlowView, report: ReportFact): void {
	if (o.kind === "malformed") {
		report({
			record: MALFORMED,
			sentence: `A message (${o.messageType}) of ${o.isFromServer ? "{server} to {client}" : "{client} to {server}"} cannot be read as OPC UA: ${o.reason}.`,
			key: o.reason,
			frames: [o.frame],
			byServer: o.isFromServer,
		});
		return;
	}
	if (o.certificate !== undefined) certificate(o, o.certificate, report);
	// The server's answer shows that both agreed.
	if (o.messageType === "OPN" && o.isFromServer && DEPRECATED.has(policyName(o.policyUri))) {
		report({
			record: DEPRECATED_POLICY,
			sentence: `{client} and {server} secure their channel with ${policyName(o.policyUri)}, which is no longer safe.`,
			key: policyName(o.policyUri),
			frames: [o.frame],
		});
	}
	// Part 4, 6.3.1: "The SecureChannel shall have encryption enabled". What can be read here was not encrypted.
	if (o.envelope !== undefined && o.kind === "request") {
		const service = o.message!.service.name;
		report({
			record: SESSIONLESS_IN_CLEAR,
			sentence: `{client} called ${service} of {server} without a session, on a channel that is not encrypted.`,
			key: service,
			frames: [o.frame],
			operation: operationOf(o),
		});
	}
	if (o.isSecretInClear) {
		report({
			record: PASSWORD_IN_CLEAR,
			sentence:
				o.envelope === undefined
					? `{client} logged in to {server} with a ${o.request?.identity ?? "token"} whose secret anyone on the network can read.`
					: `{client} called {server} with an access token that anyone on the network can read.`,
			key: "",
			frames: [o.frame],
			operation: operationOf(o),
		});
	}
	if (o.contradiction !== "") {
		report({
			record: CONTRADICTION,
			sentence: `An answer of {server} to {client} (${o.message?.structure.name ?? "unknown"}) ${o.contradiction}.`,
			key: o.contradiction,
			frames: o.requestFrame >= 0 && o.requestFrame < o.frame ? [o.requestFrame, o.frame] : [o.frame],
			operation: operationOf(o),
			byServer: true,
		});
	}
}

/** The sender's certificate, as it opens a channel. */
function certificate(o: OpcuaObservation, facts: CertificateFacts, report: ReportFact): void {
	const now = o.time / 1e6;
	const who = o.isFromServer ? "{server}" : "{client}";
	const own = { frames: [o.frame], byServer: o.isFromServer };
	const timing =
		now > facts.validTo ? `expired on ${day(facts.validTo)}` : now < facts.validFrom ? `is valid only from ${day(facts.validFrom)}` : "";
	if (timing !== "") {
		report({
			record: CERTIFICATE_EXPIRED,
			sentence: `The certificate of ${who} (${facts.subject}) ${timing}.`,
			key: facts.thumbprint,
			...own,
		});
	}
	const isShort = facts.keyType === "rsa" && facts.keyBits > 0 && facts.keyBits < LEAST_KEY;
	const isBroken = BROKEN_HASHES.has(facts.signatureHash);
	if (!isShort && !isBroken) return;
	const flaws = [
		...(isShort ? [`has a key of only ${facts.keyBits} bits`] : []),
		...(isBroken ? [`is signed with ${facts.signatureHash.toUpperCase()}`] : []),
	];
	report({
		record: WEAK_CERTIFICATE,
		sentence: `The certificate of ${who} (${facts.subject}) ${flaws.join(" and ")}: others can make one that looks the same.`,
		key: facts.thumbprint,
		...own,
	});
}

const day = (seconds: number): string =>
	Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().slice(0, 10) : "an unknown day";

/** Points and names, never values: a login has secrets among them. */
function operationOf(o: OpcuaObservation): DetectionOperation {
	const code = o.request?.service.id ?? o.service?.id ?? 0;
	const names = o.request?.names.slice(0, Math.min(4, o.request.nameCount)) ?? [];
	return {
		verb: verbOf(code),
		name: operationName(code),
		code,
		points: names,
		pointCount: o.request?.nameCount ?? 0,
		values: [],
		outcome: o.kind === "request" ? "requested" : "answered",
	};
}
