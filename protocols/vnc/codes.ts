/** Security types (RFC 6143, 7.1.2 and 8.1.2; IANA, Remote Framebuffer Security Types), and the results of a login (7.1.3). */
export const SECURITY = { invalid: 0, none: 1, vnc: 2 } as const;

const SECURITY_NAMES: Readonly<Record<number, string>> = {
	0: "invalid",
	1: "None",
	2: "VNC Authentication",
	5: "RA2",
	6: "RA2ne",
	16: "Tight",
	17: "Ultra",
	18: "TLS",
	19: "VeNCrypt",
	20: "GTK-VNC SASL",
	21: "MD5 hash authentication",
	22: "Colin Dean xvp",
	30: "Apple Remote Desktop",
	35: "Apple",
	129: "RA256",
	130: "RA256ne",
};
export const securityName = (type: number): string => SECURITY_NAMES[type] ?? `security type ${type}`;

/** 7.1.3; 2 is of Tight's extension: too many tries. */
export const RESULT = { ok: 0, failed: 1, tooMany: 2 } as const;
export const resultName = (result: number): string =>
	result === RESULT.failed ? "failed" : result === RESULT.tooMany ? "failed, too many tries" : `result ${result}`;

/** Of an operation: a login by a type of security. */
export const LOGIN_BASE = 256;
