/** Requests that try to break out of the server that they are sent to: forms that no browser and no device sends by itself. All expressions are linear in the text. */

export interface Attack {
	readonly kind: "path-traversal" | "command-injection" | "shellshock" | "log4shell";
	/** The part of the request that shows it, decoded and cut. */
	readonly text: string;
}

/** Characters of the part that are kept. */
const MAX_SHOWN = 120;
/** Lookups inside lookups that are resolved (Log4j resolves them all; each takes one reading of the text). */
const MAX_LOOKUPS = 3;
/** RFC 3986, 2.1; twice, as servers behind servers decode again. */
const MAX_DECODED = 2;

const ENCODED = /%([0-9a-f]{2})/gi;
const decodedOnce = (text: string): string =>
	text.replace(ENCODED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

/** Every form of a text, from what was sent to what a careless server makes of it. */
function formsOf(text: string): string[] {
	const forms = [text];
	for (let round = 0; round < MAX_DECODED && forms[round]!.includes("%"); round++) {
		const next = decodedOnce(forms[round]!);
		if (next === forms[round]) break;
		forms.push(next);
	}
	return forms;
}

/** True where the path leaves the root of the server: more steps up than down. */
function isAboveRoot(path: string): boolean {
	let depth = 0;
	for (const segment of path.split(/[/\\]/)) {
		if (segment === "..") depth--;
		else if (segment !== "" && segment !== ".") depth++;
		if (depth < 0) return true;
	}
	return false;
}

/** Two steps up in a row, or one to what an operating system has. */
const STEPS_UP = /(?:^|[=/\\])\.\.[/\\](?:\.\.(?:[/\\]|$)|(?:etc|proc|windows|winnt|boot)[/\\.])/i;

/** A command of a shell behind a character that ends the one before: `;id`, `|cat /etc/passwd`, `$(wget ...)`. What an equals sign follows is the name of a parameter. */
const COMMAND =
	/(?:[;|&\n`]|\$\()\s{0,8}(?:\/(?:usr\/)?s?bin\/)?(?:cat|id|ls|dir|wget|curl|nc|ncat|netcat|bash|sh|ash|ping|uname|whoami|telnetd?|tftp|ftpget|rm|chmod|busybox|powershell|cmd(?:\.exe)?|python[23]?|perl|ifconfig|ipconfig|sleep|reboot|killall|echo|touch|mkfifo|printenv|net user|certutil)(?:[\s;|&`)'"<>#]|\$\{?IFS|$)/i;
/** A bash function for a variable (CVE-2014-6271). */
const FUNCTION = /^\s{0,8}\(\)\s{0,8}\{/;
/** A lookup of Log4j with a default or of one word: `${lower:j}`, `${::-j}`, `${env:X:-j}` (CVE-2021-44228). */
const LOOKUP = /\$\{[^${}]{0,48}[:-]([^${}:]{0,16})\}/g;
const JNDI = /\$\{\s{0,8}jndi\s{0,8}:/i;

const shown = (text: string, from = 0): string => text.slice(from, from + MAX_SHOWN);

function lookupIn(text: string): Attack | undefined {
	if (!text.includes("${")) return undefined;
	let plain = text;
	for (let round = 0; round < MAX_LOOKUPS; round++) {
		const at = plain.search(JNDI);
		if (at >= 0) return { kind: "log4shell", text: shown(plain, at) };
		plain = plain.replace(LOOKUP, "$1");
	}
	const at = plain.search(JNDI);
	return at >= 0 ? { kind: "log4shell", text: shown(plain, at) } : undefined;
}

/** What the target of a request tries. */
export function attackInTarget(target: string): Attack | undefined {
	if (!/[%;|`$\\]|\.\./.test(target)) return undefined;
	const query = target.indexOf("?");
	const path = query < 0 ? target : target.slice(0, query);
	for (const form of formsOf(path)) {
		if (form.startsWith("/") && isAboveRoot(form)) return { kind: "path-traversal", text: shown(form) };
		const found = lookupIn(form) ?? commandIn(form);
		if (found !== undefined) return found;
	}
	if (query < 0) return undefined;
	for (const parameter of target.slice(query + 1).split("&")) {
		for (const form of formsOf(parameter.replaceAll("+", " "))) {
			if (STEPS_UP.test(form)) return { kind: "path-traversal", text: shown(form) };
			const value = form.slice(form.indexOf("=") + 1);
			if (FUNCTION.test(value)) return { kind: "shellshock", text: shown(value) };
			const found = lookupIn(form) ?? commandIn(form);
			if (found !== undefined) return found;
		}
	}
	return undefined;
}

function commandIn(text: string): Attack | undefined {
	const at = text.search(COMMAND);
	return at < 0 ? undefined : { kind: "command-injection", text: shown(text, at) };
}

/** What the value of a field tries. */
export const attackInField = (value: string): Attack | undefined =>
	FUNCTION.test(value) ? { kind: "shellshock", text: shown(value) } : lookupIn(value);
