/**
 * What NTLM ([MS-NLMP]) tells of both sides while one logs in, whatever protocol carries it, bare or inside SPNEGO (RFC 4178, [MS-SPNG]). Three messages: negotiate, challenge,
 * authenticate (2.2.1). Texts and the list of target names lie behind the fixed fields, where each says. Numbers are little-endian.
 */
import { u8, u16le, u32le } from "./bytes.ts";
import { utf8Of, utf16Of } from "./text.ts";

/** 2.2.1: message types. */
export const NTLM = { negotiate: 1, challenge: 2, authenticate: 3 } as const;

/** What one message says; texts are empty where it says nothing. From the wire, hostile, without hidden characters. */
export interface NtlmMessage {
	type: number;
	/** Of the client. */
	user: string;
	domain: string;
	workstation: string;
	/** Of the server (2.2.2.1 AV_PAIR). */
	computer: string;
	dnsComputer: string;
	targetDomain: string;
	dnsDomain: string;
	/** "major.minor.build" (2.2.2.10); empty where no build is said, as programs do that are no Windows. */
	version: string;
	/** Of an authenticate message: how the password was proven. */
	response: "" | "NTLMv1" | "NTLMv2";
	/** It logs in as nobody. */
	isAnonymous: boolean;
}

const SIGNATURE = [0x4e, 0x54, 0x4c, 0x4d, 0x53, 0x53, 0x50, 0x00] as const;
/** Bytes in front of the message that are looked through for it. */
const MAX_WRAPPING = 4096;
/** Bytes of one text that are kept, and names of a target that are read; there are eleven kinds. */
const MAX_TEXT = 512;
const MAX_PAIRS = 16;

/** 2.2.2.5. */
const FLAG = { unicode: 0x1, anonymous: 0x800, domain: 0x1000, workstation: 0x2000, version: 0x0200_0000 } as const;
/** 2.2.1.1 to 2.2.1.3: fixed fields; `least` is the length without version, as old systems send it. */
const NEGOTIATE = { flags: 12, domain: 16, workstation: 24, version: 32, least: 16 } as const;
const CHALLENGE = { target: 12, flags: 20, information: 40, version: 48, least: 32 } as const;
const AUTHENTICATE = { lanMan: 12, response: 20, domain: 28, user: 36, workstation: 44, flags: 60, version: 64, least: 52 } as const;
const VERSION_SIZE = 8;
/** 2.2.2.6: the answer of version 1 has a fixed length. */
const RESPONSE_V1 = 24;
/** 2.2.2.1. */
const PAIR = { end: 0, computer: 1, domain: 2, dnsComputer: 3, dnsDomain: 4 } as const;

/** Where an NTLM message begins in a security token; -1 where there is none. */
export function ntlmIn(bytes: Uint8Array, start: number, end: number): number {
	const last = Math.min(end, start + MAX_WRAPPING) - SIGNATURE.length - 4;
	for (let at = start; at <= last; at++) {
		if (bytes[at] !== SIGNATURE[0]) continue;
		let count = 1;
		while (count < SIGNATURE.length && bytes[at + count] === SIGNATURE[count]) count++;
		if (count === SIGNATURE.length) return at;
	}
	return -1;
}

/** The message at `at`, where `ntlmIn` found one; undefined where it is none of the three or too short. */
export function ntlmAt(bytes: Uint8Array, at: number, end: number): NtlmMessage | undefined {
	const size = end - at;
	const out: NtlmMessage = {
		type: u32le(bytes, at + 8),
		user: "",
		domain: "",
		workstation: "",
		computer: "",
		dnsComputer: "",
		targetDomain: "",
		dnsDomain: "",
		version: "",
		response: "",
		isAnonymous: false,
	};
	/** A field of length and offset, as where it lies; empty where it overruns. */
	const place = (field: number): readonly [number, number] => {
		if (field + 8 > size) return [0, 0];
		const length = u16le(bytes, at + field);
		const offset = u32le(bytes, at + field + 4);
		return offset + length > size ? [0, 0] : [at + offset, at + offset + length];
	};
	const text = (field: number, isUnicode: boolean): string => {
		const [from, to] = place(field);
		const stop = Math.min(to, from + MAX_TEXT);
		return isUnicode ? utf16Of(bytes, from, stop) : utf8Of(bytes, from, stop);
	};
	switch (out.type) {
		case NTLM.negotiate: {
			if (size < NEGOTIATE.least) return undefined;
			const flags = u32le(bytes, at + NEGOTIATE.flags);
			// 2.2.1.1: these two are never Unicode.
			if (flags & FLAG.domain) out.domain = text(NEGOTIATE.domain, false);
			if (flags & FLAG.workstation) out.workstation = text(NEGOTIATE.workstation, false);
			out.version = versionOf(bytes, at, end, NEGOTIATE.version, flags);
			return out;
		}
		case NTLM.challenge: {
			if (size < CHALLENGE.least) return undefined;
			const flags = u32le(bytes, at + CHALLENGE.flags);
			out.targetDomain = text(CHALLENGE.target, (flags & FLAG.unicode) !== 0);
			out.version = versionOf(bytes, at, end, CHALLENGE.version, flags);
			const [from, to] = place(CHALLENGE.information);
			targets(bytes, from, to, out);
			return out;
		}
		case NTLM.authenticate: {
			if (size < AUTHENTICATE.least) return undefined;
			const flags = size >= AUTHENTICATE.flags + 4 ? u32le(bytes, at + AUTHENTICATE.flags) : FLAG.unicode;
			const isUnicode = (flags & FLAG.unicode) !== 0;
			out.domain = text(AUTHENTICATE.domain, isUnicode);
			out.user = text(AUTHENTICATE.user, isUnicode);
			out.workstation = text(AUTHENTICATE.workstation, isUnicode);
			const [from, to] = place(AUTHENTICATE.response);
			out.isAnonymous = out.user === "" && (to === from || (flags & FLAG.anonymous) !== 0);
			if (!out.isAnonymous) out.response = to - from > RESPONSE_V1 ? "NTLMv2" : "NTLMv1";
			out.version = versionOf(bytes, at, end, AUTHENTICATE.version, flags);
			return out;
		}
		default:
			return undefined;
	}
}

/** 2.2.2.10: major, minor, build. */
function versionOf(bytes: Uint8Array, at: number, end: number, field: number, flags: number): string {
	const here = at + field;
	if ((flags & FLAG.version) === 0 || here + VERSION_SIZE > end) return "";
	const build = u16le(bytes, here + 2);
	return build === 0 ? "" : `${u8(bytes, here)}.${u8(bytes, here + 1)}.${build}`;
}

function targets(bytes: Uint8Array, start: number, end: number, out: NtlmMessage): void {
	let at = start;
	for (let count = 0; count < MAX_PAIRS && at + 4 <= end; count++) {
		const id = u16le(bytes, at);
		const from = at + 4;
		const to = from + u16le(bytes, at + 2);
		if (id === PAIR.end || to > end) return;
		const value = id <= PAIR.dnsDomain ? utf16Of(bytes, from, Math.min(to, from + MAX_TEXT)) : "";
		if (id === PAIR.computer) out.computer = value;
		else if (id === PAIR.domain) out.targetDomain = value;
		else if (id === PAIR.dnsComputer) out.dnsComputer = value;
		else if (id === PAIR.dnsDomain) out.dnsDomain = value;
		at = to;
	}
}

/** Systems by the version of Windows that NTLM, and a browser, names; a server and a client system share one. */
export const WINDOWS: Readonly<Record<string, string>> = {
	"5.0": "Windows 2000",
	"5.1": "Windows XP",
	"5.2": "Windows Server 2003",
	"6.0": "Windows Vista or Server 2008",
	"6.1": "Windows 7 or Server 2008 R2",
	"6.2": "Windows 8 or Server 2012",
	"6.3": "Windows 8.1 or Server 2012 R2",
	"10.0": "Windows 10 or later",
};

/** The operating system behind a version, for people. */
export const systemOf = (version: string): string => `${WINDOWS[version.slice(0, version.lastIndexOf("."))] ?? "Windows"} (${version})`;
