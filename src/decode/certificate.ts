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
			extension: (oid) => extensionOf(der, oid),
			signatureHash: signatureHash(der),
			applicationUri: /(?:^|, )URI:([^,]+)/.exec(certificate.subjectAltName ?? "")?.[1]?.slice(0, MAX_TEXT),
		};
	} catch {
		return undefined; // whatever was sent is no certificate
	}
}

/** Tags of DER (X.690) that lead to a certificate's extensions (RFC 5280, 4.1). */
const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;

/** One element: where its contents begin and end. */
interface Element {
	tag: number;
	start: number;
	end: number;
}

/** The element at `at`, or undefined where none fits before `end`. */
function elementAt(der: Uint8Array, at: number, end: number): Element | undefined {
	if (at + 2 > end) return undefined;
	let length = der[at + 1]!;
	let start = at + 2;
	if (length > 0x80) {
		const size = length & 0x7f;
		if (size > 3 || start + size > end) return undefined;
		length = 0;
		for (const last = start + size; start < last; start++) length = length * 256 + der[start]!;
	}
	return start + length > end ? undefined : { tag: der[at]!, start, end: start + length };
}

/** The elements inside another one, as far as they can be read. */
function* elementsOf(der: Uint8Array, start: number, end: number): Generator<Element> {
	for (let at = start; at < end; ) {
		const element = elementAt(der, at, end);
		if (element === undefined) return;
		yield element;
		at = element.end;
	}
}

/** Contents of an object identifier (X.690, 8.19). */
function encodedOid(oid: string): number[] {
	const [first = 0, second = 0, ...rest] = oid.split(".").map(Number);
	return [40 * first + second, ...rest].flatMap((arc) => {
		const digits = [arc & 0x7f];
		for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80);
		return digits;
	});
}

/** The value of an extension (RFC 5280, 4.1: extnID, critical, extnValue) of the certificate in `der`. */
function extensionOf(der: Uint8Array, oid: string): Uint8Array | undefined {
	const wanted = encodedOid(oid);
	const certificate = elementAt(der, 0, der.length);
	const body = certificate && elementAt(der, certificate.start, certificate.end);
	if (body?.tag !== SEQUENCE) return undefined;
	for (const field of elementsOf(der, body.start, body.end)) {
		if (field.tag !== EXTENSIONS) continue;
		const list = elementAt(der, field.start, field.end);
		if (list === undefined) return undefined;
		for (const { start, end } of elementsOf(der, list.start, list.end)) {
			const parts = [...elementsOf(der, start, end)];
			const id = parts[0];
			const value = parts.at(-1);
			if (id?.tag !== OBJECT_IDENTIFIER || value?.tag !== OCTET_STRING || id.end - id.start !== wanted.length) continue;
			if (wanted.every((byte, index) => der[id.start + index] === byte)) return der.subarray(value.start, value.end);
		}
	}
	return undefined;
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
	if (certificate?.tag !== SEQUENCE) return "unknown";
	const [, algorithm] = elementsOf(der, certificate.start, certificate.end);
	const id = algorithm?.tag === SEQUENCE ? elementAt(der, algorithm.start, algorithm.end) : undefined;
	if (id?.tag !== OBJECT_IDENTIFIER) return "unknown";
	return SIGNATURE_HASHES[Buffer.from(der.subarray(id.start, id.end)).toString("hex")] ?? "unknown";
}
