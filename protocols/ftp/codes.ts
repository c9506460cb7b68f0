/** Commands of FTP (RFC 959, 4.1; RFC 775, 1639, 2228, 2389, 2428, 2640, 3659) with what they do, and replies (RFC 959, 4.2). */
import type { Verb } from "../../src/decode/protocol.ts";

/** What a command does; undefined for those that prepare another one, or ask nothing of the server. */
const VERBS: Readonly<Record<string, Verb | undefined>> = {
	USER: undefined,
	PASS: undefined,
	ACCT: undefined,
	CWD: "browse",
	XCWD: "browse",
	CDUP: undefined,
	XCUP: undefined,
	SMNT: undefined,
	QUIT: undefined,
	REIN: undefined,
	PORT: undefined,
	PASV: undefined,
	EPRT: undefined,
	EPSV: undefined,
	LPRT: undefined,
	LPSV: undefined,
	TYPE: undefined,
	STRU: undefined,
	MODE: undefined,
	RETR: "read",
	STOR: "write",
	STOU: "write",
	APPE: "write",
	ALLO: undefined,
	REST: undefined,
	RNFR: undefined,
	RNTO: "write",
	ABOR: undefined,
	DELE: "write",
	RMD: "write",
	XRMD: "write",
	MKD: "write",
	XMKD: "write",
	PWD: undefined,
	XPWD: undefined,
	LIST: "browse",
	NLST: "browse",
	SITE: "command",
	SYST: "identify",
	STAT: "browse",
	HELP: undefined,
	NOOP: undefined,
	AUTH: undefined,
	ADAT: undefined,
	PROT: undefined,
	PBSZ: undefined,
	CCC: undefined,
	MIC: undefined,
	CONF: undefined,
	ENC: undefined,
	FEAT: "identify",
	OPTS: undefined,
	LANG: undefined,
	MDTM: "read",
	MFMT: "write",
	SIZE: "read",
	MLST: "browse",
	MLSD: "browse",
	CLNT: undefined,
	HOST: undefined,
};

const NAMES = Object.keys(VERBS);
const CODES: ReadonlyMap<string, number> = new Map(NAMES.map((name, at) => [name, at + 1]));

/** Of an operation: a login. */
export const LOGIN = 100;

/** Commands that SMTP (RFC 5321), NNTP (RFC 3977) or POP3 (RFC 1939) have too, whose lines look the same. */
const SHARED: ReadonlySet<string> = new Set(["QUIT", "HELP", "NOOP", "LIST", "MODE", "STAT", "AUTH", "RETR", "DELE"]);
/** Replies whose codes those do not have. */
const OWN_REPLIES: ReadonlySet<number> = new Set([125, 150, 226, 227, 228, 229, 331, 332, 350]);

export const isOwnCommand = (name: string): boolean => isCommand(name) && !SHARED.has(name);
export const isOwnReply = (code: number): boolean => OWN_REPLIES.has(code);
export const isCommand = (name: string): boolean => CODES.has(name);
export const verbOf = (name: string): Verb | undefined => VERBS[name];
export const codeOf = (name: string): number => CODES.get(name) ?? 0;
export const operationName = (code: number): string => (code === LOGIN ? "log in" : (NAMES[code - 1] ?? "unknown command"));

/** Those whose argument names a file or folder: it is the point. */
const WITH_PATH: ReadonlySet<string> = new Set(
	"CWD XCWD RETR STOR APPE STOU RNTO DELE RMD XRMD MKD XMKD LIST NLST STAT MLST MLSD MDTM MFMT SIZE".split(" "),
);
export const hasPath = (name: string): boolean => WITH_PATH.has(name);
/** Those that carry a file one way or the other, or name one anew. */
export const isTransfer = (name: string): boolean =>
	name === "RETR" || name === "STOR" || name === "APPE" || name === "STOU" || name === "RNTO";

export const REPLY = {
	needPassword: 331,
	needAccount: 332,
	loggedIn: 230,
	superfluous: 202,
	closing: 421,
	authStarts: 234,
	system: 215,
	ready: 220,
	notLoggedIn: 530,
	invalidLogin: 430,
} as const;

const REPLY_NAMES: Readonly<Record<number, string>> = {
	421: "service not available",
	425: "cannot open data connection",
	426: "transfer aborted",
	430: "invalid user name or password",
	450: "file busy",
	451: "local error",
	452: "no space left",
	500: "command not understood",
	501: "argument not understood",
	502: "command not implemented",
	503: "bad sequence of commands",
	504: "not implemented for this parameter",
	530: "not logged in",
	532: "account needed",
	534: "refused by policy",
	550: "file unavailable",
	551: "page type unknown",
	552: "no space left",
	553: "file name not allowed",
};
export const replyName = (code: number): string => `${REPLY_NAMES[code] ?? "reply"} (${code})`;
