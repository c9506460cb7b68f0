/** One head (RFC 9112, 2.1): its start line, and of its fields those that say who speaks, what is asked for, how long the body is, and who logs in. */
import { base64Of } from "../../src/wire/base64.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { NTLM, ntlmAt, ntlmIn } from "../../src/wire/ntlm.ts";
import { utf8Of, visible } from "../../src/wire/text.ts";
import { type Attack, attackInField, attackInTarget } from "./attack.ts";
import { type HttpRequest, NONE } from "./observation.ts";
import { isTokenByte, LF, withoutReturn } from "./wire.ts";

/** Bytes of a text that are kept; of a target more. */
const MAX_TEXT = 512;
const MAX_URI = 2048;
const MAX_PATH = 256;
/** Characters of a user's name, in base64 with its password. */
const MAX_CREDENTIALS = 1024;
/** Challenges of one response that are kept. */
const MAX_CHALLENGES = 8;

/** What was read of a head. Owned. */
export interface Head {
	version: string;
	method: string;
	target: string;
	statusCode: number;
	statusMessage: string;
	host: string;
	userAgent: string;
	referrer: string;
	contentType: string;
	/** -1 where none is said, or none that can be read; `hasLength` where a field is there all the same. */
	contentLength: number;
	hasLength: boolean;
	/** Transfer-Encoding is there; its last coding is "chunked". */
	hasEncoding: boolean;
	isChunked: boolean;
	upgrade: string;
	server: string;
	challenges: readonly string[];
	realm: string;
	isStale: boolean;
	location: string;
	fileName: string;
	scheme: string;
	userName: string;
	hasPassword: boolean;
	/** The credentials are whole: the server can decide by them. */
	isComplete: boolean;
	attack: Attack | undefined;
	violations: readonly string[];
}

const newHead = (): Head => ({
	version: "",
	method: "",
	target: "",
	statusCode: -1,
	statusMessage: "",
	host: "",
	userAgent: "",
	referrer: "",
	contentType: "",
	contentLength: -1,
	hasLength: false,
	hasEncoding: false,
	isChunked: false,
	upgrade: "",
	server: "",
	challenges: NONE,
	realm: "",
	isStale: false,
	location: "",
	fileName: "",
	scheme: "",
	userName: "",
	hasPassword: false,
	isComplete: false,
	attack: undefined,
	violations: NONE,
});

const LATIN = new TextDecoder("latin1");
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;
const textOf = (bytes: Uint8Array, start: number, end: number, most = MAX_TEXT): string =>
	utf8Of(bytes, start, Math.min(end, start + most));

/** Reads the lines from `start` to `end`, each with its LF. */
export function headOf(bytes: Uint8Array, start: number, end: number, isResponse: boolean): Head {
	const head = newHead();
	const wrong = new Set<string>();
	const all = bytes.subarray(0, end);
	const feed = all.indexOf(LF, start);
	const stop = withoutReturn(bytes, start, feed);
	if (isResponse) {
		head.version = textOf(bytes, start + 5, start + 8);
		head.statusCode = Number(LATIN.decode(bytes.subarray(start + 9, start + 12)));
		head.statusMessage = textOf(bytes, start + 13, Math.max(start + 13, stop));
	} else {
		const space = all.indexOf(0x20, start);
		head.method = textOf(bytes, start, space);
		head.version = textOf(bytes, stop - 3, stop);
		head.target = LATIN.decode(bytes.subarray(space + 1, stop - 9));
		head.attack = attackInTarget(head.target);
	}
	if (all.indexOf(0, start) >= 0) wrong.add("nul");
	for (let cr = all.indexOf(13, start); cr >= 0 && cr < end; cr = all.indexOf(13, cr + 1))
		if (u8(bytes, cr + 1) !== LF) {
			wrong.add("bare-cr");
			break;
		}
	for (let at = feed + 1; at < end; ) {
		const next = all.indexOf(LF, at);
		fieldOf(bytes, at, withoutReturn(bytes, at, next), head, wrong, isResponse);
		at = next + 1;
	}
	if (head.hasEncoding && head.hasLength) wrong.add("length-and-encoding");
	if (head.hasEncoding && !head.isChunked && !isResponse) wrong.add("transfer-encoding");
	if (head.attack !== undefined) head.attack = { kind: head.attack.kind, text: visible(head.attack.text) };
	if (wrong.size > 0) head.violations = [...wrong];
	return head;
}

function fieldOf(bytes: Uint8Array, start: number, end: number, head: Head, wrong: Set<string>, isResponse: boolean): void {
	// RFC 9112, 5.2: a folded line belongs to the field before; what it says is not read.
	if (isBlank(u8(bytes, start))) {
		wrong.add("obs-fold");
		return;
	}
	let colon = start;
	while (colon < end && isTokenByte(u8(bytes, colon))) colon++;
	if (colon === start || colon === end || u8(bytes, colon) !== 0x3a) {
		wrong.add("field-name");
		return;
	}
	let from = colon + 1;
	let to = end;
	while (from < to && isBlank(u8(bytes, from))) from++;
	while (to > from && isBlank(u8(bytes, to - 1))) to--;
	const name = LATIN.decode(bytes.subarray(start, colon)).toLowerCase();
	if (!isResponse && head.attack === undefined && (u8(bytes, from) === 0x28 || bytes.subarray(from, to).includes(0x24)))
		head.attack = attackInField(LATIN.decode(bytes.subarray(from, to)));
	switch (name) {
		case "content-length":
			lengthOf(LATIN.decode(bytes.subarray(from, to)), head, wrong);
			return;
		case "transfer-encoding":
			head.hasEncoding = true;
			head.isChunked = /(?:^|,)[ \t]*chunked$/i.test(LATIN.decode(bytes.subarray(from, to)));
			return;
		case "content-type":
			head.contentType = textOf(bytes, from, to);
			return;
		case "upgrade":
			head.upgrade = textOf(bytes, from, to);
			return;
	}
	if (isResponse) responseField(name, bytes, from, to, head);
	else requestField(name, bytes, from, to, head, wrong);
}

function requestField(name: string, bytes: Uint8Array, from: number, to: number, head: Head, wrong: Set<string>): void {
	switch (name) {
		case "host":
			if (head.host !== "") wrong.add("host");
			head.host = textOf(bytes, from, to);
			return;
		case "user-agent":
			head.userAgent = textOf(bytes, from, to);
			return;
		case "referer":
			head.referrer = masked(textOf(bytes, from, to));
			return;
		case "authorization":
		case "proxy-authorization":
			credentialsOf(bytes, from, to, head);
			return;
	}
}

function responseField(name: string, bytes: Uint8Array, from: number, to: number, head: Head): void {
	switch (name) {
		case "server":
			head.server = textOf(bytes, from, to);
			return;
		case "location":
			head.location = masked(textOf(bytes, from, to));
			return;
		case "content-disposition":
			head.fileName = /filename\*?=(?:utf-8''|")?([^";]{1,200})/i.exec(textOf(bytes, from, to))?.[1] ?? "";
			return;
		case "www-authenticate":
		case "proxy-authenticate": {
			const text = textOf(bytes, from, to);
			const scheme = /^[!-+\--~]{1,32}/.exec(text)?.[0].toLowerCase();
			if (scheme !== undefined && head.challenges.length < MAX_CHALLENGES) head.challenges = [...head.challenges, scheme];
			if (head.realm === "") head.realm = /\brealm="([^"]{0,128})"/i.exec(text)?.[1] ?? "";
			if (/\bstale="?true/i.test(text)) head.isStale = true;
			return;
		}
	}
}

/** RFC 9112, 6.3, rule 5: a list of the same number is that number. */
function lengthOf(text: string, head: Head, wrong: Set<string>): void {
	for (const part of text.split(",")) {
		const digits = part.trim();
		const value = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
		if (!Number.isSafeInteger(value) || (head.hasLength && value !== head.contentLength)) {
			wrong.add("content-length");
			head.contentLength = -1;
			head.hasLength = true;
			return;
		}
		head.hasLength = true;
		head.contentLength = value;
	}
}

/** Characters of a token of NTLM or Kerberos. */
const MAX_TOKEN = 8192;
/** RFC 4178, 4.2: the first token; where it is not NTLM, it is a ticket of Kerberos, and whole. */
const FIRST_TOKEN = 0x60;
/** [MS-NLMP] 2.2.1: where the type of a message is. */
const NTLM_TYPE = 8;

/** RFC 9110, 11.4; Basic is RFC 7617, Digest RFC 7616. */
function credentialsOf(bytes: Uint8Array, from: number, to: number, head: Head): void {
	const text = LATIN.decode(bytes.subarray(from, Math.min(to, from + MAX_CREDENTIALS)));
	const space = text.indexOf(" ");
	const scheme = visible((space < 0 ? text : text.slice(0, space)).slice(0, 32)).toLowerCase();
	const rest = space < 0 ? "" : text.slice(space + 1).trimStart();
	head.scheme = scheme;
	if (scheme === "basic") basicOf(rest, head);
	else if (scheme === "digest") {
		head.userName = visible(/\busername="([^"]{0,256})"/i.exec(rest)?.[1] ?? "");
		head.isComplete = true;
	} else
		tokenOf(
			LATIN.decode(bytes.subarray(from, Math.min(to, from + MAX_TOKEN)))
				.slice(scheme.length)
				.trimStart(),
			head,
		);
}

/** A token of NTLM, bare or in SPNEGO (RFC 4559): its third message logs in; or of Kerberos. */
function tokenOf(text: string, head: Head): void {
	const token = base64Of(text);
	const at = ntlmIn(token, 0, token.length);
	const ntlm = at < 0 ? undefined : ntlmAt(token, at, token.length);
	head.isComplete = at < 0 ? token[0] === FIRST_TOKEN : token[at + NTLM_TYPE] === NTLM.authenticate;
	if (ntlm !== undefined) head.userName = ntlm.domain === "" || ntlm.user === "" ? ntlm.user : `${ntlm.domain}\\${ntlm.user}`;
}

/** User and password in base64 (RFC 4648, 4), with a colon between: the password is counted and forgotten. */
function basicOf(text: string, head: Head): void {
	const decoded = base64Of(text);
	const colon = decoded.indexOf(0x3a);
	head.userName = textOf(decoded, 0, colon < 0 ? decoded.length : colon);
	head.hasPassword = colon >= 0 && decoded.length > colon + 1;
	head.isComplete = colon >= 0;
	decoded.fill(0);
}

/** Values of parameters that are named like secrets, and what stands before an `@` of an authority. */
const SECRET = /([?&;][\w.-]{0,32}?(?:pass|pwd|token|secret|apikey|api_key|auth|session|sid)[\w.-]{0,32}=)[^&;#\s]+/gi;
const masked = (uri: string): string => uri.replace(SECRET, "$1…").replace(/^([a-z]{2,8}:\/\/)[^/@?#]{0,256}@/i, "$1");

/** The request of a head; `isKnown` where its user was let in before in this connection. */
export function requestOf(head: Head, time: number, frame: number, isKnown: boolean): HttpRequest {
	const target = utf8Text(head.target);
	const absolute = /^[a-z][a-z0-9+.-]{0,15}:\/\/([^/?#]{0,256})/i.exec(target);
	const authority = absolute?.[1] ?? (head.method === "CONNECT" ? target : undefined);
	const local = absolute === null ? target : target.slice(absolute[0].length) || "/";
	const query = local.search(/[?#]/);
	return {
		time,
		frame,
		method: head.method,
		uri: masked(target),
		path: (query < 0 ? local : local.slice(0, query)).slice(0, MAX_PATH),
		host: authority === undefined ? head.host : authority.slice(authority.lastIndexOf("@") + 1),
		isProxied: authority !== undefined,
		userAgent: head.userAgent,
		referrer: head.referrer,
		scheme: head.scheme,
		userName: head.userName,
		hasPassword: head.hasPassword,
		isLogin: head.isComplete && !isKnown,
	};
}

/** A target as it was sent, cut, with what is UTF-8 as such. */
function utf8Text(latin: string): string {
	const bytes = Uint8Array.from(latin.slice(0, MAX_URI), (letter) => letter.charCodeAt(0));
	return utf8Of(bytes, 0, bytes.length);
}
