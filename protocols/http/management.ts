/**
 * WS-Management over HTTP as Windows has it (WinRM, [MS-WSMV]): requests of SOAP to `/wsman`. Where the body is not encrypted it says what is done (2.2.4.1 Action), to what, and of a shell
 * the command line (3.1.4.11). Read by its elements' names alone, whatever their prefixes: it needs no whole document.
 */
import { utf8Of } from "../../src/wire/text.ts";

/** Bytes of a body that are looked at: the header is in front, and behind it the command. */
export const MAX_SOAP = 8192;
const MAX_TEXT = 512;
const PATH = /^\/wsman(?:[/?]|$)/i;
/** [MS-WSMV] 2.2.9.1: all of it is encrypted by the login. */
const ENCRYPTED = /^multipart\/(?:x-multi-)?encrypted\b/i;

/** What one request is about. Owned; hostile text without hidden characters. */
export interface Management {
	/** "Command", "Create", "Enumerate": the last part of the action. */
	readonly action: string;
	/** The same of what it is done to: "cmd", "Microsoft.PowerShell", "Win32_Process". */
	readonly resource: string;
	/** That a shell, or Windows, is to run; empty for none. */
	readonly commandLine: string;
}

/** Whether a request is one that can be read. */
export const isManagement = (method: string, path: string, contentType: string): boolean =>
	method === "POST" && PATH.test(path) && !ENCRYPTED.test(contentType);

const element = (name: string, flags = "i"): RegExp =>
	new RegExp(`<(?:[\\w-]{1,16}:)?${name}(?:\\s[^<>]{0,256})?>\\s{0,64}([^<]{1,${MAX_TEXT}})`, flags);
const ACTION = element("Action");
const RESOURCE = element("ResourceURI");
const COMMAND = element("Command");
const ARGUMENTS = element("Arguments", "gi");
/** Of Win32_Process.Create ([MS-WSMV] 2.2.4.29). */
const COMMAND_LINE = element("CommandLine");

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const plain = (text: string | undefined): string =>
	(text ?? "").replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name]!).trim();
const lastOf = (uri: string): string => /[^/#]{1,128}\/?$/.exec(uri)?.[0].replace(/\/$/, "") ?? "";

/** What the beginning of a body says; undefined where it is none of WS-Management. */
export function managementOf(bytes: Uint8Array, start: number, end: number): Management | undefined {
	const text = utf8Of(bytes, start, end);
	const uri = plain(ACTION.exec(text)?.[1]);
	if (uri === "") return undefined;
	const action = lastOf(uri);
	const commandLine =
		action === "Command"
			? [plain(COMMAND.exec(text)?.[1]), ...Array.from(text.matchAll(ARGUMENTS), (found) => plain(found[1]))].join(" ").trim()
			: plain(COMMAND_LINE.exec(text)?.[1]);
	return { action, resource: lastOf(plain(RESOURCE.exec(text)?.[1])), commandLine: commandLine.slice(0, MAX_TEXT) };
}
