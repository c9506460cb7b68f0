/** Messages (RFC 4120, 7.5.7), types of encryption (RFC 3961, 8; IANA), kinds of pre-authentication (RFC 4120, 7.5.2), and errors (7.5.9). */
export const MESSAGE = { asRequest: 10, asReply: 11, tgsRequest: 12, tgsReply: 13, error: 30 } as const;
const MESSAGES: Readonly<Record<number, string>> = { 10: "AS-REQ", 11: "AS-REP", 12: "TGS-REQ", 13: "TGS-REP", 30: "KRB-ERROR" };
export const messageName = (type: number): string => MESSAGES[type] ?? `message ${type}`;

const ENCRYPTIONS: Readonly<Record<number, string>> = {
	1: "des-cbc-crc",
	2: "des-cbc-md4",
	3: "des-cbc-md5",
	16: "des3-cbc-sha1",
	17: "aes128-cts-hmac-sha1-96",
	18: "aes256-cts-hmac-sha1-96",
	19: "aes128-cts-hmac-sha256-128",
	20: "aes256-cts-hmac-sha384-192",
	23: "rc4-hmac",
	24: "rc4-hmac-exp",
	25: "camellia128-cts-cmac",
	26: "camellia256-cts-cmac",
};
export const encryptionName = (type: number): string => ENCRYPTIONS[type] ?? `type ${type}`;
/** RFC 6649 and 8429: not to be used any more. */
const WEAK: ReadonlySet<number> = new Set([1, 2, 3, 16, 23, 24]);
export const isWeak = (type: number): boolean => WEAK.has(type);
/** Less safe than ever before is news. */
export const rankOf = (type: number): number => (type <= 3 ? 0 : isWeak(type) ? 1 : 2);

/** What proves who asks: an encrypted time, an answer of a hardware, a certificate, what is sealed (RFC 6113), a password of one use, SPAKE. */
const PROOFS: ReadonlySet<number> = new Set([2, 13, 14, 16, 31, 136, 138, 142, 151]);
export const isProof = (type: number): boolean => PROOFS.has(type);

export const ERROR = { clientUnknown: 6, preauthFailed: 24, preauthRequired: 25, tooBig: 52, morePreauth: 91 } as const;
const ERRORS: Readonly<Record<number, string>> = {
	1: "KDC_ERR_NAME_EXP",
	2: "KDC_ERR_SERVICE_EXP",
	3: "KDC_ERR_BAD_PVNO",
	6: "KDC_ERR_C_PRINCIPAL_UNKNOWN",
	7: "KDC_ERR_S_PRINCIPAL_UNKNOWN",
	9: "KDC_ERR_NULL_KEY",
	12: "KDC_ERR_POLICY",
	13: "KDC_ERR_BADOPTION",
	14: "KDC_ERR_ETYPE_NOSUPP",
	16: "KDC_ERR_PADATA_TYPE_NOSUPP",
	18: "KDC_ERR_CLIENT_REVOKED",
	19: "KDC_ERR_SERVICE_REVOKED",
	23: "KDC_ERR_KEY_EXPIRED",
	24: "KDC_ERR_PREAUTH_FAILED",
	25: "KDC_ERR_PREAUTH_REQUIRED",
	26: "KDC_ERR_SERVER_NOMATCH",
	29: "KDC_ERR_SVC_UNAVAILABLE",
	31: "KRB_AP_ERR_BAD_INTEGRITY",
	32: "KRB_AP_ERR_TKT_EXPIRED",
	33: "KRB_AP_ERR_TKT_NYV",
	34: "KRB_AP_ERR_REPEAT",
	36: "KRB_AP_ERR_BADMATCH",
	37: "KRB_AP_ERR_SKEW",
	41: "KRB_AP_ERR_MODIFIED",
	52: "KRB_ERR_RESPONSE_TOO_BIG",
	60: "KRB_ERR_GENERIC",
	61: "KRB_ERR_FIELD_TOOLONG",
	62: "KDC_ERR_CLIENT_NOT_TRUSTED",
	68: "KDC_ERR_WRONG_REALM",
	91: "KDC_ERR_MORE_PREAUTH_DATA_REQUIRED",
};
export const errorName = (code: number): string => ERRORS[code] ?? `error ${code}`;
/** Steps on the way that refuse nothing: the client asks again as it is told. */
const STEPS: ReadonlySet<number> = new Set([ERROR.preauthRequired, ERROR.tooBig, ERROR.morePreauth, 68]);
export const isStep = (code: number): boolean => STEPS.has(code);
/** "Service unavailable": asked again, the server may do it. */
export const POSTPONING: readonly number[] = [29];
/** The names or the password of who logs in were wrong; the rest says that something else is. */
const TRIES: ReadonlySet<number> = new Set([ERROR.clientUnknown, ERROR.preauthFailed]);
export const isTry = (code: number): boolean => code === 0 || TRIES.has(code);

/** Type of an address that is the name of a host (RFC 4120, 7.5.3). */
export const NETBIOS = 20;

/** Of an operation: a ticket that was given to who proved nothing. */
export const UNPROVEN = 256;
