/** Reads what an X.509 certificate says (RFC 5280). */
import { X509Certificate } from "node:crypto";
import type { CertificateFacts } from "./protocol.ts";

/** No certificate of a device is larger; a larger blob is not read. */
const MAX_CERTIFICATE = 16_384;
/** Texts are cut here: they come from the wire. */
const MAX_TEXT = 512;

/** The facts of the first certificate in `der`, or undefined where there is none that can be read. */
export function readCertificate(der: Uint8Array): CertificateFacts | undefined {
	if (der.length === 0 || der.length > MAX_CERTIFICATE) return undefined;
	try {
		const certificate = new X509Certificate(der);
		const details = certificate.publicKey.asymmetricKeyDetails;
		const oneLine = (name: string) => name.split("\n").join(", ").slice(0, MAX_TEXT);
		return {
			subject: oneLine(certificate.subject),
			issuer: oneLine(certificate.issuer),
			thumbprint: certificate.fingerprint.replaceAll(":", ""),
			validFrom: Date.parse(certificate.validFrom) / 1000,
			validTo: Date.parse(certificate.validTo) / 1000,
			keyType: certificate.publicKey.asymmetricKeyType ?? "unknown",
			keyBits: details?.modulusLength ?? 0,
			applicationUri: /(?:^|, )URI:([^,]+)/.exec(certificate.subjectAltName ?? "")?.[1]?.slice(0, MAX_TEXT),
		};
	} catch {
		return undefined; // whatever was sent is no certificate
	}
}
