/** Methods (IANA, HTTP Method Registry; RFC 9110, 9.3, RFC 5789, RFC 4918) with what they do, and status codes (RFC 9110, 15). */
import type { Verb } from "../../src/decode/protocol.ts";

const READ = "GET HEAD OPTIONS TRACE PROPFIND REPORT SEARCH QUERY".split(" ");
const WRITE = "PUT DELETE PATCH PROPPATCH MKCOL COPY MOVE LOCK UNLOCK ACL BIND UNBIND REBIND MKCALENDAR MKWORKSPACE UPDATE".split(" ");
const OTHER =
	"CONNECT CHECKIN CHECKOUT LABEL LINK MERGE ORDERPATCH PRI UNCHECKOUT UNLINK UPDATEREDIRECTREF VERSION-CONTROL MKACTIVITY".split(" ");

/** What a method does: POST sets something off on the server, and nobody but the server knows what. */
const VERBS: ReadonlyMap<string, Verb> = new Map<string, Verb>([
	...READ.map((name): [string, Verb] => [name, "read"]),
	...WRITE.map((name): [string, Verb] => [name, "write"]),
	["POST", "command"],
	...OTHER.map((name): [string, Verb] => [name, "other"]),
]);

/** Registered methods by name, with the number that an operation has. */
export const METHODS: ReadonlyMap<string, number> = new Map([...VERBS.keys()].map((name, at) => [name, at + 1]));
const NAMES = ["", ...METHODS.keys()];

/** Of an operation: a login with the credentials of a request. */
export const LOGIN = 100;

export const verbOf = (method: string): Verb => VERBS.get(method) ?? "other";
export const codeOf = (method: string): number => METHODS.get(method) ?? 0;
export const operationName = (code: number): string =>
	code === LOGIN ? "log in" : code === 0 ? "request of an unknown method" : `${NAMES[code]} request`;

export const STATUS = {
	continue: 100,
	switching: 101,
	noContent: 204,
	notModified: 304,
	refused: 400,
	unauthorized: 401,
	forbidden: 403,
	proxyAuthentication: 407,
} as const;

const STATUS_NAMES: Readonly<Record<number, string>> = {
	400: "bad request",
	401: "unauthorized",
	402: "payment required",
	403: "forbidden",
	404: "not found",
	405: "method not allowed",
	406: "not acceptable",
	407: "proxy authentication required",
	408: "request timeout",
	409: "conflict",
	410: "gone",
	411: "length required",
	412: "precondition failed",
	413: "content too large",
	414: "URI too long",
	415: "unsupported media type",
	416: "range not satisfiable",
	417: "expectation failed",
	421: "misdirected request",
	422: "unprocessable content",
	423: "locked",
	426: "upgrade required",
	429: "too many requests",
	431: "request header fields too large",
	500: "internal server error",
	501: "not implemented",
	502: "bad gateway",
	503: "service unavailable",
	504: "gateway timeout",
	505: "HTTP version not supported",
};
export const statusName = (code: number): string => `${STATUS_NAMES[code] ?? "status"} (${code})`;
/** RFC 9110, 15.5.20 and 15.6.4; RFC 6585, 4: ask again later. */
export const POSTPONING = [429, 503];
