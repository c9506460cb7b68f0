/** Names of [MS-RDPBCGR] 2.2.1: protocols, failures, methods and levels of encryption; and of what a client says of itself. */

/** 2.2.1.1.1, requestedProtocols; 0 is standard RDP security. */
export const SECURITY = { standard: 0, tls: 1, hybrid: 2, rdsTls: 4, hybridEx: 8, aad: 16 } as const;
const SECURITY_NAMES: readonly (readonly [bit: number, name: string])[] = [
	[SECURITY.tls, "TLS"],
	[SECURITY.hybrid, "HYBRID"],
	[SECURITY.rdsTls, "RDSTLS"],
	[SECURITY.hybridEx, "HYBRID_EX"],
	[SECURITY.aad, "RDSAAD"],
];
export const STANDARD = "standard RDP security";
/** What one protocol or a choice of several is called. */
export function securityNames(bits: number): string[] {
	const names = SECURITY_NAMES.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
	return names.length === 0 ? [STANDARD] : names;
}

/** 2.2.1.1.1 and 2.2.1.2.1, flags. */
const REQUEST_FLAGS: readonly (readonly [number, string])[] = [
	[1, "restricted admin mode required"],
	[2, "redirected authentication required"],
	[8, "correlation info"],
];
export const requestFlags = (flags: number): string[] => REQUEST_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);

/** 2.2.1.2.2 */
const FAILURES: Readonly<Record<number, string>> = {
	1: "SSL_REQUIRED_BY_SERVER",
	2: "SSL_NOT_ALLOWED_BY_SERVER",
	3: "SSL_CERT_NOT_ON_SERVER",
	4: "INCONSISTENT_FLAGS",
	5: "HYBRID_REQUIRED_BY_SERVER",
	6: "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
};
export const failureName = (code: number): string => FAILURES[code] ?? `failure ${code}`;

/** 2.2.1.4.3: methods and levels. */
const METHODS: Readonly<Record<number, string>> = { 0: "none", 1: "40 bits", 2: "128 bits", 8: "56 bits", 16: "FIPS" };
export const methodName = (method: number): string => METHODS[method] ?? `method ${method}`;
const LEVELS: Readonly<Record<number, string>> = { 0: "none", 1: "low", 2: "client compatible", 3: "high", 4: "FIPS" };
export const levelName = (level: number): string => LEVELS[level] ?? `level ${level}`;

/** 2.2.1.3.2, version. */
const VERSIONS: Readonly<Record<number, string>> = { 524289: "4.0", 524292: "5.0 to 8.1" };
export function versionName(version: number): string {
	const minor = (version & 0xffff) - 5;
	return VERSIONS[version] ?? (version >>> 16 === 8 && minor >= 0 && minor <= 15 ? `10.${minor}` : `0x${version.toString(16)}`);
}

/** Layouts of the keyboard ([MS-LCID]; the lower half is the language). */
const LAYOUTS: Readonly<Record<number, string>> = {
	1026: "Bulgarian",
	1028: "Chinese (Traditional)",
	1029: "Czech",
	1030: "Danish",
	1031: "German",
	1032: "Greek",
	1033: "English - United States",
	1034: "Spanish",
	1035: "Finnish",
	1036: "French",
	1038: "Hungarian",
	1040: "Italian",
	1041: "Japanese",
	1042: "Korean",
	1043: "Dutch",
	1044: "Norwegian",
	1045: "Polish",
	1046: "Portuguese - Brazil",
	1049: "Russian",
	1053: "Swedish",
	1055: "Turkish",
	1058: "Ukrainian",
	2052: "Chinese (Simplified)",
	2055: "German - Switzerland",
	2057: "English - United Kingdom",
	2058: "Spanish - Latin America",
	2060: "French - Belgium",
	2070: "Portuguese - Portugal",
};
export const layoutName = (layout: number): string => LAYOUTS[layout] ?? `0x${layout.toString(16).padStart(8, "0")}`;

/** Windows by the build of its client; a range ends before the next. */
const BUILDS: readonly (readonly [from: number, name: string])[] = [
	[22000, "Windows 11 or Server 2025"],
	[10240, "Windows 10 or Server 2016 or later"],
	[9600, "Windows 8.1 or Server 2012 R2"],
	[9200, "Windows 8 or Server 2012"],
	[7600, "Windows 7 or Server 2008 R2"],
	[6000, "Windows Vista or Server 2008"],
	[3790, "Windows Server 2003"],
	[2600, "Windows XP"],
	[2195, "Windows 2000"],
];
export function systemOfBuild(build: number): string {
	const system = BUILDS.find(([from]) => build >= from)?.[1];
	return system === undefined ? "" : `${system} (build ${build})`;
}

/** Of an operation. */
export const CONNECT = 1;
