/** Names of TLS versions, cipher suites and alerts (IANA, Transport Layer Security Parameters), as far as Modbus devices use them. */

const VERSIONS: Readonly<Record<number, string>> = {
	768: "SSL 3.0",
	769: "TLS 1.0",
	770: "TLS 1.1",
	771: "TLS 1.2",
	772: "TLS 1.3",
};

const SUITES: Readonly<Record<number, string>> = {
	47: "TLS_RSA_WITH_AES_128_CBC_SHA",
	53: "TLS_RSA_WITH_AES_256_CBC_SHA",
	59: "TLS_RSA_WITH_NULL_SHA256",
	60: "TLS_RSA_WITH_AES_128_CBC_SHA256",
	61: "TLS_RSA_WITH_AES_256_CBC_SHA256",
	156: "TLS_RSA_WITH_AES_128_GCM_SHA256",
	157: "TLS_RSA_WITH_AES_256_GCM_SHA384",
	158: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
	159: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
	4865: "TLS_AES_128_GCM_SHA256",
	4866: "TLS_AES_256_GCM_SHA384",
	4867: "TLS_CHACHA20_POLY1305_SHA256",
	4868: "TLS_AES_128_CCM_SHA256",
	4869: "TLS_AES_128_CCM_8_SHA256",
	49161: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
	49162: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
	49171: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
	49172: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
	49187: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
	49188: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
	49191: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
	49192: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
	49195: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
	49196: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
	49199: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
	49200: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
	49324: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
	49325: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
	49326: "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
	49327: "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
	52392: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
	52393: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

/** Alerts with which a handshake ends (RFC 8446, 6). */
const ALERTS: Readonly<Record<number, string>> = {
	0: "close notify",
	10: "unexpected message",
	20: "bad record MAC",
	40: "handshake failure",
	42: "bad certificate",
	43: "unsupported certificate",
	44: "certificate revoked",
	45: "certificate expired",
	46: "certificate unknown",
	47: "illegal parameter",
	48: "unknown certificate authority",
	49: "access denied",
	50: "decode error",
	51: "decrypt error",
	70: "protocol version",
	71: "insufficient security",
	80: "internal error",
	90: "user canceled",
	109: "missing extension",
	112: "unrecognized name",
	116: "certificate required",
};

const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;

export const versionName = (version: number): string => VERSIONS[version] ?? hex(version);
export const suiteName = (suite: number): string => SUITES[suite] ?? hex(suite);
export const alertName = (alert: number): string => ALERTS[alert] ?? `alert ${alert}`;

/** What an operation carries as its code; there is only one. */
export const HANDSHAKE_OPERATION = 0;
