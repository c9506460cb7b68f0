/** Operations (RFC 4511, 4.2 to 4.14), result codes (4.1.9 and appendix A), extended operations, and names of what is chosen in a search. */
import type { Verb } from "../../src/decode/protocol.ts";

/** Tags of messages. */
export const OP = {
	bindRequest: 0x60,
	bindResponse: 0x61,
	unbindRequest: 0x42,
	searchRequest: 0x63,
	searchEntry: 0x64,
	searchDone: 0x65,
	searchReference: 0x73,
	modifyRequest: 0x66,
	modifyResponse: 0x67,
	addRequest: 0x68,
	addResponse: 0x69,
	deleteRequest: 0x4a,
	deleteResponse: 0x6b,
	renameRequest: 0x6c,
	renameResponse: 0x6d,
	compareRequest: 0x6e,
	compareResponse: 0x6f,
	abandonRequest: 0x50,
	extendedRequest: 0x77,
	extendedResponse: 0x78,
	intermediate: 0x79,
} as const;

const NAMES: Readonly<Record<number, string>> = {
	[OP.bindRequest]: "bind",
	[OP.unbindRequest]: "unbind",
	[OP.searchRequest]: "search",
	[OP.modifyRequest]: "modify",
	[OP.addRequest]: "add",
	[OP.deleteRequest]: "delete",
	[OP.renameRequest]: "modify DN",
	[OP.compareRequest]: "compare",
	[OP.abandonRequest]: "abandon",
	[OP.extendedRequest]: "extended",
};
export const requestName = (op: number): string => NAMES[op] ?? `operation ${op & 0x1f}`;

/** Answers that end a request, by the request. */
const ANSWERS: ReadonlyMap<number, number> = new Map([
	[OP.bindResponse, OP.bindRequest],
	[OP.searchDone, OP.searchRequest],
	[OP.modifyResponse, OP.modifyRequest],
	[OP.addResponse, OP.addRequest],
	[OP.deleteResponse, OP.deleteRequest],
	[OP.renameResponse, OP.renameRequest],
	[OP.compareResponse, OP.compareRequest],
	[OP.extendedResponse, OP.extendedRequest],
]);
export const answered = (op: number): number | undefined => ANSWERS.get(op);

export const isRequest = (op: number): boolean => NAMES[op] !== undefined;
/** Of a server; the last three come before the end of an answer. */
export const isAnswer = (op: number): boolean =>
	ANSWERS.has(op) || op === OP.searchEntry || op === OP.searchReference || op === OP.intermediate;

export const RESULT = { success: 0, compareFalse: 5, compareTrue: 6, referral: 10, saslInProgress: 14, invalidCredentials: 49 } as const;
const RESULTS: Readonly<Record<number, string>> = {
	0: "success",
	1: "operationsError",
	2: "protocolError",
	3: "timeLimitExceeded",
	4: "sizeLimitExceeded",
	5: "compareFalse",
	6: "compareTrue",
	7: "authMethodNotSupported",
	8: "strongerAuthRequired",
	10: "referral",
	11: "adminLimitExceeded",
	12: "unavailableCriticalExtension",
	13: "confidentialityRequired",
	14: "saslBindInProgress",
	16: "noSuchAttribute",
	17: "undefinedAttributeType",
	18: "inappropriateMatching",
	19: "constraintViolation",
	20: "attributeOrValueExists",
	21: "invalidAttributeSyntax",
	32: "noSuchObject",
	33: "aliasProblem",
	34: "invalidDNSyntax",
	36: "aliasDereferencingProblem",
	48: "inappropriateAuthentication",
	49: "invalidCredentials",
	50: "insufficientAccessRights",
	51: "busy",
	52: "unavailable",
	53: "unwillingToPerform",
	54: "loopDetect",
	64: "namingViolation",
	65: "objectClassViolation",
	66: "notAllowedOnNonLeaf",
	67: "notAllowedOnRDN",
	68: "entryAlreadyExists",
	69: "objectClassModsProhibited",
	71: "affectsMultipleDSAs",
	80: "other",
};
export const resultName = (code: number): string => RESULTS[code] ?? `result ${code}`;
/** Codes that refuse nothing: a comparison's, another server's, limits that cut a list. */
const FINE: ReadonlySet<number> = new Set([0, 3, 4, 5, 6, 10, 11]);
export const isFine = (code: number): boolean => FINE.has(code);
/** "busy", "unavailable": asked again, the server may do it. */
export const POSTPONING: readonly number[] = [51, 52];

/** RFC 4511, 4.14 and 4.4.1; RFC 4532, 3062, 3909; [MS-ADTS] 3.1.1.3.4.2. */
export const START_TLS = "1.3.6.1.4.1.1466.20037";
const EXTENDED: Readonly<Record<string, string>> = {
	[START_TLS]: "StartTLS",
	"1.3.6.1.4.1.1466.20036": "Notice of Disconnection",
	"1.3.6.1.4.1.4203.1.11.1": "Modify Password",
	"1.3.6.1.4.1.4203.1.11.3": "Who am I?",
	"1.3.6.1.1.8": "Cancel",
	"1.2.840.113556.1.4.1781": "Fast bind",
};
export const extendedName = (oid: string): string => EXTENDED[oid] ?? oid;
export const PASSWORD_MODIFY = "1.3.6.1.4.1.4203.1.11.1";

export const SCOPES = ["base", "single", "subtree", "subordinate"] as const;
/** RFC 4511, 4.6 and RFC 4525. */
export const CHANGES = ["add", "delete", "replace", "increment"] as const;

/** Of an operation: a bind with something to prove who one is; without, it stands for itself. */
export const LOGIN = 256;
export const operationName = (code: number): string =>
	code === LOGIN ? "log in (bind)" : code === OP.bindRequest ? "bind without a name" : requestName(code);

const VERBS: ReadonlyMap<number, Verb> = new Map<number, Verb>([
	[OP.bindRequest, "authenticate"],
	[OP.searchRequest, "browse"],
	[OP.compareRequest, "read"],
	[OP.modifyRequest, "write"],
	[OP.addRequest, "write"],
	[OP.deleteRequest, "write"],
	[OP.renameRequest, "write"],
]);
export const verbOf = (op: number, oid: string): Verb => VERBS.get(op) ?? (oid === PASSWORD_MODIFY ? "configure" : "other");
