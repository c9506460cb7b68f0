/** Commands of SMTP (RFC 5321, 4.1; RFC 3030, 3207, 4954, 1985) and replies (RFC 5321, 4.2.3; RFC 4954, 6). */

const COMMANDS = [
	"HELO",
	"EHLO",
	"MAIL",
	"RCPT",
	"DATA",
	"BDAT",
	"RSET",
	"VRFY",
	"EXPN",
	"HELP",
	"NOOP",
	"QUIT",
	"AUTH",
	"STARTTLS",
	"ETRN",
] as const;
const CODES: ReadonlyMap<string, number> = new Map(COMMANDS.map((name, at) => [name, at + 1]));

/** Of operations: a login, and a mail. */
export const LOGIN = 100;
export const MAIL = 101;

/** Commands that FTP (RFC 959), NNTP (RFC 3977) or POP3 (RFC 1939) have too, or that are words. */
const SHARED: ReadonlySet<string> = new Set(["HELP", "NOOP", "QUIT", "AUTH", "RSET", "STARTTLS", "DATA", "MAIL"]);

export const isCommand = (name: string): boolean => CODES.has(name);
export const isOwnCommand = (name: string): boolean => isCommand(name) && !SHARED.has(name);
export const codeOf = (name: string): number => CODES.get(name) ?? 0;
export const operationName = (code: number): string =>
	code === LOGIN ? "log in" : code === MAIL ? "send a mail" : (COMMANDS[code - 1] ?? "unknown command");

export const REPLY = {
	ready: 220,
	loggedIn: 235,
	goOn: 334,
	startMail: 354,
	closing: 421,
	loginRequired: 530,
	wrongLogin: 535,
} as const;

const REPLY_NAMES: Readonly<Record<number, string>> = {
	421: "service not available",
	432: "a password transition is needed",
	450: "mailbox busy",
	451: "local error",
	452: "no space left",
	454: "temporary failure of the login",
	455: "parameters not accommodated",
	500: "command not understood",
	501: "argument not understood",
	502: "command not implemented",
	503: "bad sequence of commands",
	504: "not implemented for this parameter",
	521: "host takes no mail",
	530: "login required",
	534: "mechanism too weak",
	535: "user name or password wrong",
	538: "encryption required",
	550: "mailbox unavailable",
	551: "user not local",
	552: "no space left",
	553: "mailbox name not allowed",
	554: "transaction failed",
	555: "parameters not recognised",
};
export const replyName = (code: number): string => `${REPLY_NAMES[code] ?? "reply"} (${code})`;
