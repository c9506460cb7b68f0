/** Fingerprints of SSH: HASSH of both ends (Salesforce, "HASSH", BSD-3-Clause) and that of a host key as OpenSSH shows it (RFC 4716, 4, with SHA-256). */
import { createHash } from "node:crypto";

/** MD5 of the lists that an end sent of one direction, as they were sent: key exchange, encryption, MAC, compression. */
export const hasshOf = (lists: readonly [kex: string, encryption: string, mac: string, compression: string]): string =>
	createHash("md5").update(lists.join(";")).digest("hex");

/** "SHA256:" and base64 without its padding. */
export const hostKeyFingerprint = (key: Uint8Array): string =>
	`SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
