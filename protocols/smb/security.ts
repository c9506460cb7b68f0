/** The token with which a session is set up ([MS-SMB2] 3.2.4.2.3, [MS-CIFS] 2.2.4.53 with [MS-SMB] 2.2.4.6): NTLM, or a ticket of Kerberos (RFC 4121, 4.1), bare or in SPNEGO. */
import { NTLM, ntlmAt, ntlmIn } from "../../src/wire/ntlm.ts";
import type { Said } from "./observation.ts";

/** RFC 4121, 4.1: the mechanism, and the token that begins with a ticket. */
const TICKET = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x01, 0x00] as const;
/** Bytes in front of a ticket that are looked through. */
const MAX_WRAPPING = 512;

function hasTicket(bytes: Uint8Array, start: number, end: number): boolean {
	const last = Math.min(end, start + MAX_WRAPPING) - TICKET.length;
	for (let at = start; at <= last; at++) {
		let count = 0;
		while (count < TICKET.length && bytes[at + count] === TICKET[count]) count++;
		if (count === TICKET.length) return true;
	}
	return false;
}

/** What a token says, of its client or its server. */
export function readToken(bytes: Uint8Array, start: number, end: number, said: Said): void {
	const at = ntlmIn(bytes, start, end);
	if (at < 0) {
		if (hasTicket(bytes, start, end)) said.mechanism = "Kerberos";
		return;
	}
	const message = ntlmAt(bytes, at, end);
	if (message === undefined) return;
	said.mechanism = message.response || "NTLM";
	if (message.type === NTLM.challenge) {
		said.computer = message.computer;
		said.dnsComputer = message.dnsComputer;
		said.targetDomain = message.targetDomain;
		said.dnsDomain = message.dnsDomain;
		said.serverVersion = message.version;
		return;
	}
	said.domain = message.domain;
	said.workstation = message.workstation;
	said.clientVersion = message.version;
	if (message.type !== NTLM.authenticate) return;
	said.user = message.user;
	said.isAnonymous = message.isAnonymous;
}
