/**
 * The hello of SSL 2.0, by which old clients begin also where they want SSL 3.0 or TLS (RFC 5246, appendix E.2; RFC 6101, appendix E), and what a server of SSL 2.0
 * answers (The SSL Protocol, Netscape, 1995). Offsets and reading only.
 */
import { u8, u16 } from "./bytes.ts";
import type { ClientHello, ServerHello } from "./tls.ts";

/** Two bytes, the first bit set: the length of what follows. */
export const HEADER = 2;
const TYPE = { clientHello: 1, masterKey: 2, serverHello: 4 } as const;
const SSL_2 = 2;

/** From the front: type, version, lengths of the cipher specs, the session and the challenge. */
const CLIENT = { version: 3, specs: 5, session: 7, challenge: 9, length: 11 } as const;
/** Bytes by which a client's hello is known. */
export const CLIENT_HELLO = CLIENT.length;
const SPEC = 3;
const CHALLENGE = { least: 16, most: 32 } as const;
/** From the front: type, session hit, certificate type, version, lengths of the certificate, the specs and the connection id. */
const SERVER = { certificateType: 4, version: 5, certificate: 7, specs: 9, connection: 11, length: 13 } as const;
const X509 = 1;
/** Cipher specs that are kept. */
const MAX_SPECS = 128;

const isHeader = (bytes: Uint8Array, at: number): boolean => (u8(bytes, at) & 0x80) !== 0;
/** Bytes of the record at `at`, with its header. */
export const ssl2Length = (bytes: Uint8Array, at: number): number => HEADER + (u16(bytes, at) & 0x7fff);

/** True where the bytes that are there may be a client's hello; each length must fit the others. */
export function isSsl2Client(bytes: Uint8Array, at: number, end: number): boolean {
	const there = end - at;
	if (there < 1 || !isHeader(bytes, at)) return false;
	if (there > HEADER && bytes[at + HEADER] !== TYPE.clientHello) return false;
	if (there > CLIENT.version && bytes[at + CLIENT.version] !== 0 && bytes[at + CLIENT.version] !== 3) return false;
	if (there < CLIENT.specs) return true;
	const version = u16(bytes, at + CLIENT.version);
	if (version !== SSL_2 && (version < 0x0300 || version > 0x0304)) return false;
	if (there < CLIENT.length) return true;
	const [specs, session, challenge] = [u16(bytes, at + CLIENT.specs), u16(bytes, at + CLIENT.session), u16(bytes, at + CLIENT.challenge)];
	return (
		specs > 0 &&
		specs % SPEC === 0 &&
		(session === 0 || session === 16) &&
		challenge >= CHALLENGE.least &&
		challenge <= CHALLENGE.most &&
		ssl2Length(bytes, at) === CLIENT.length + specs + session + challenge
	);
}

/** A whole hello. What it offers of SSL 2.0 alone has no number in TLS, and is left out. */
export function readSsl2Client(bytes: Uint8Array, at: number): ClientHello {
	const cipherSuites: number[] = [];
	const end = at + CLIENT.length + u16(bytes, at + CLIENT.specs);
	for (let spec = at + CLIENT.length; spec < end && cipherSuites.length < MAX_SPECS; spec += SPEC)
		if (bytes[spec] === 0) cipherSuites.push(u16(bytes, spec + 1));
	return {
		version: u16(bytes, at + CLIENT.version),
		cipherSuites,
		serverName: undefined,
		protocols: [],
		sessionId: "",
		hasTicket: false,
		isExact: true,
		ja4: undefined,
	};
}

/** True where the bytes that are there may be a server's hello of SSL 2.0. */
export function isSsl2Server(bytes: Uint8Array, at: number, end: number): boolean {
	const there = end - at;
	if (there < 1 || !isHeader(bytes, at)) return false;
	if (there > HEADER && bytes[at + HEADER] !== TYPE.serverHello) return false;
	if (there < SERVER.length) return true;
	const parts = u16(bytes, at + SERVER.certificate) + u16(bytes, at + SERVER.specs) + u16(bytes, at + SERVER.connection);
	return u16(bytes, at + SERVER.version) === SSL_2 && ssl2Length(bytes, at) === SERVER.length + parts;
}

/** What such a server chose; the suite is the client's choice (it has no number in TLS). */
export const SSL_2_CHOSEN: ServerHello = {
	version: SSL_2,
	cipherSuite: -1,
	sessionId: "",
	protocol: undefined,
	isPreShared: false,
	isRetry: false,
	isExact: true,
};

/** Where the certificate of a whole hello stands; undefined where it shows none that is known. */
export function ssl2Certificate(bytes: Uint8Array, at: number): { start: number; end: number } | undefined {
	const length = u16(bytes, at + SERVER.certificate);
	if (bytes[at + SERVER.certificateType] !== X509 || length === 0) return undefined;
	const start = at + SERVER.length;
	return { start, end: start + length };
}

/** True where a client gives its key: the two have agreed on SSL 2.0. */
export const isSsl2Key = (bytes: Uint8Array, at: number, end: number): boolean =>
	end - at > HEADER && isHeader(bytes, at) && bytes[at + HEADER] === TYPE.masterKey;
