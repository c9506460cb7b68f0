/** Names of TLS versions (IANA, Transport Layer Security Parameters). */
const VERSIONS: Readonly<Record<number, string>> = {
	768: "SSL 3.0",
	769: "TLS 1.0",
	770: "TLS 1.1",
	771: "TLS 1.2",
	772: "TLS 1.3",
};

export const hex4 = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;
export const versionName = (version: number): string => VERSIONS[version] ?? hex4(version);
