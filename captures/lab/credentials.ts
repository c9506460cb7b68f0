/** Keys and certificates for TLS, made by openssl at the moment at which they are needed: none is ever stored in the project. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM. */
export interface Credentials {
	key: string;
	cert: string;
}

interface Making {
	/** Who signs; undefined: itself. */
	issuer?: Credentials;
	/** As openssl writes them: `1.2.3=ASN1:UTF8String:x`. */
	extensions?: readonly string[];
	days?: number;
}

/** `subject` as openssl writes it: `/O=Plant/CN=plc-1`. An elliptic curve, P-256. Throws where there is no openssl. */
export function makeCredentials(subject: string, { issuer, extensions = [], days = 30 }: Making = {}): Credentials {
	const folder = mkdtempSync(join(tmpdir(), "spanwatch-keys-"));
	try {
		if (issuer !== undefined) {
			writeFileSync(join(folder, "issuer.key"), issuer.key, { mode: 0o600 });
			writeFileSync(join(folder, "issuer.pem"), issuer.cert);
		}
		const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
		const files = ["-keyout", "key.pem", "-out", "cert.pem"];
		const signing = issuer === undefined ? [] : ["-CA", "issuer.pem", "-CAkey", "issuer.key"];
		const added = extensions.flatMap((extension) => ["-addext", extension]);
		execFileSync("openssl", ["req", "-x509", ...curve, ...files, "-days", String(days), "-subj", subject, ...signing, ...added], {
			cwd: folder,
			stdio: "ignore",
			timeout: 20_000,
		});
		return { key: readFileSync(join(folder, "key.pem"), "utf8"), cert: readFileSync(join(folder, "cert.pem"), "utf8") };
	} finally {
		rmSync(folder, { recursive: true });
	}
}
