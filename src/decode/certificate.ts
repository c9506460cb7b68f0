/** Reads what an X.509 certificate says (RFC 5280). */
import { X509Certificate } from "node:crypto";
import { BER } from "../wire/ber.ts";
import { elementAt, elementsOf } from "../wire/der.ts";
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
			thumbprint256: certificate.fingerprint256.replaceAll(":", ""),
			validFrom: Date.parse(certificate.validFrom) / 1000,
			validTo: Date.parse(certificate.validTo) / 1000,
			keyType: certificate.publicKey.asymmetricKeyType ?? "unknown",
			keyBits: details?.modulusLength ?? 0,
			signatureHash: signatureHash(der),
			applicationUri: /(?:^|, )URI:([^,]+)/.exec(certificate.subjectAltName ?? "")?.[1]?.slice(0, MAX_TEXT),
		};
	} catch {
		return undefined; // whatever was sent is no certificate
	}
}

/** Algorithm identifiers (RFC 3279, 4055, 5758) by the hex of their object identifier. */
const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
	"2a864886f70d010104": "md5",
	"2a864886f70d010105": "sha1",
	"2a864886f70d01010b": "sha256",
	"2a864886f70d01010c": "sha384",
	"2a864886f70d01010d": "sha512",
	"2a8648ce3d0401": "sha1",
	"2a8648ce3d040302": "sha256",
	"2a8648ce3d040303": "sha384",
	"2a8648ce3d040304": "sha512",
};

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OBJECT IDENTIFIER, ... }, ... } (RFC 5280, 4.1.1.2). */
function signatureHash(der: Uint8Array): string {
	const certificate = elementAt(der, 0, der.length);
	if (certificate?.tag !== BER.sequence) return "unknown";
	const [, algorithm] = elementsOf(der, certificate.start, certificate.end);
	const id = algorithm?.tag === BER.sequence ? elementAt(der, algorithm.start, algorithm.end) : undefined;
	if (id?.tag !== BER.objectIdentifier) return "unknown";
	return SIGNATURE_HASHES[Buffer.from(der.subarray(id.start, id.end)).toString("hex")] ?? "unknown";
}
