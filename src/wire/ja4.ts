/**
 * JA4, the fingerprint of a TLS client (FoxIO, JA4 technical details; BSD-3-Clause): what it offers, in an order that it cannot shuffle. `t13d1516h2_8daaf6152771_e5627efa2ab1`
 * is TCP, TLS 1.3, a server name, 15 cipher suites, 16 extensions, first ALPN "h2"; a hash of the sorted suites; a hash of the sorted extensions and the signature algorithms.
 */
import { createHash } from "node:crypto";

/** What goes into it, in the order of the message, without GREASE. */
export interface Ja4Parts {
	/** The highest version that is offered. */
	readonly version: number;
	readonly cipherSuites: readonly number[];
	/** All types, those of the server name and of ALPN included. */
	readonly extensions: readonly number[];
	readonly signatureAlgorithms: readonly number[];
	/** Bytes of the first protocol of ALPN, or undefined without one. */
	readonly firstProtocol: Uint8Array | undefined;
}

const SERVER_NAME = 0;
const PROTOCOLS = 16;
/** A hash is cut to so many hex digits; of nothing it is zeros. */
const DIGITS = 12;
const NOTHING = "0".repeat(DIGITS);
const MOST = 99;

const VERSIONS: Readonly<Record<number, string>> = { 772: "13", 771: "12", 770: "11", 769: "10", 768: "s3", 2: "s2" };

const hex4 = (value: number): string => value.toString(16).padStart(4, "0");
const hex2 = (value: number): string => value.toString(16).padStart(2, "0");
const counted = (list: readonly unknown[]): string => String(Math.min(MOST, list.length)).padStart(2, "0");
const sorted = (list: readonly number[]): string[] => [...list].sort((one, other) => one - other).map(hex4);
const hashed = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, DIGITS);

const isAlphanumeric = (byte: number): boolean =>
	(byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** First and last character; of their hex digits where one is neither letter nor digit. */
function ends(protocol: Uint8Array | undefined): string {
	if (protocol === undefined || protocol.length === 0) return "00";
	const first = protocol[0]!;
	const last = protocol.at(-1)!;
	if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
	return hex2(first)[0]! + hex2(last)[1]!;
}

/** The fingerprint of a client that speaks TLS over TCP. */
export function ja4Of({ version, cipherSuites, extensions, signatureAlgorithms, firstProtocol }: Ja4Parts): string {
	const hasName = extensions.includes(SERVER_NAME);
	const head = `t${VERSIONS[version] ?? "00"}${hasName ? "d" : "i"}${counted(cipherSuites)}${counted(extensions)}${ends(firstProtocol)}`;
	const suites = cipherSuites.length === 0 ? NOTHING : hashed(sorted(cipherSuites).join());
	const listed = sorted(extensions.filter((type) => type !== SERVER_NAME && type !== PROTOCOLS)).join();
	const algorithms = signatureAlgorithms.map(hex4).join();
	const rest = extensions.length === 0 ? NOTHING : hashed(algorithms === "" ? listed : `${listed}_${algorithms}`);
	return `${head}_${suites}_${rest}`;
}
