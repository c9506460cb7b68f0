/**
 * Words by which a server asks for a user and a password, and says how that ended. Telnet itself has none: these are what login programs, switches, drives and gateways
 * write. A line counts from its end, as the cursor waits behind it.
 */

/** Characters of a line, counted from its end, that are looked at. */
export const LINE = 80;

const USER =
	/(?:(?<!\b(?:last|failed|successful) )\blogin(?: name)?|\buser ?(?:name|id)?|\baccount|\bbenutzer(?:name)?|\butilisateur|\busuario)\s{0,3}[:>]\s{0,3}$/i;
const PASSWORD =
	/(?:\bpass ?word|\bpasscode|\bpasswd|\bkennwort|\bpasswort|\bmot de passe|\bcontrase.{1,2}a|\benter pass)[^:>]{0,24}[:>]\s{0,3}$/i;
const REFUSAL =
	/\b(?:incorrect|invalid|fail(?:ed|ure)?|denied|bad (?:passwords?|logins?|users?)|wrong|rejected|not authorized|unknown user|too many)\b/i;
const WELCOME = /\b(?:last (?:failed |successful )?login|failed login attempts? since|welcome|logged in|login successful)\b/i;
/** Where a cursor waits for a command: the prompt of a shell, of a switch, of a menu. */
const WAITING = /[$#>%:?\])]\s{0,2}$/;
/** "plc-7 login: ": the name of the host stands before (getty). */
const HOST = /^([A-Za-z0-9][\w.-]{0,62}) login: ?$/;

type Prompt = "user" | "password" | undefined;
export const promptOf = (line: string): Prompt => (PASSWORD.test(line) ? "password" : USER.test(line) ? "user" : undefined);
/** What a whole line behind a password says of it; undefined where it says nothing. */
export const verdictOf = (line: string): "ok" | "refused" | undefined =>
	WELCOME.test(line) ? "ok" : REFUSAL.test(line) ? "refused" : undefined;
export const isWaiting = (line: string): boolean => WAITING.test(line);
export const hostOf = (line: string): string => HOST.exec(line)?.[1] ?? "";
