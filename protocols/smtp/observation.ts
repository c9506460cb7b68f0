import type { ObservationBase } from "../../src/decode/protocol.ts";

/** A command that a reply answers. Owned; every text is from the wire and hostile, without control and hidden characters. */
export interface SmtpCommand {
	/** Microseconds. */
	readonly time: number;
	readonly frame: number;
	/** In capitals; of a mail that was sent `MAIL-END`, which nobody sends. */
	readonly name: string;
	/** As it was sent, cut. Of a login only its mechanism; of a sender or recipient only the domain. */
	readonly argument: string;
}

/** What one says of himself in a login by NTLM. */
export interface SmtpIdentity {
	readonly isServer: boolean;
	readonly hostName: string;
	readonly version: string;
}

/** A mail as it went over the line; of its text nothing is kept. Owned by the decoder. */
export interface SmtpMail {
	/** Domain of the sender; empty where it is none, as of an error. */
	from: string;
	/** Recipients that the server took, and the domains of them, each once; bounded. */
	recipients: number;
	domains: string[];
	/** Bytes. */
	size: number;
	/** Names of attachments, bounded. */
	attachments: string[];
	/** Kinds of programs that are attached ("Windows program"), each once. */
	programs: string[];
}

/** One command, one whole reply, or one mail. On loan. */
export interface SmtpObservation extends ObservationBase {
	readonly protocol: "smtp";
	/** A malformed one is a line that no program sends. */
	kind: "command" | "reply" | "mail" | "unanswered" | "malformed";
	isFromServer: boolean;
	/** Of a reply the command that it answers, where that was seen. */
	command: SmtpCommand | undefined;
	/** Empty on a link without IP. */
	clientIp: string;
	/** Name by which the client greets. */
	clientName: string;
	/** User of the latest login; empty where none was. */
	userName: string;
	/** A password can be read in this line, or made of it (PLAIN, LOGIN). */
	hasPassword: boolean;
	mechanism: string;
	replyCode: number;
	/** Its first line. */
	replyText: string;
	/** Microseconds; -1 where unknown. */
	latency: number;
	/** Of a reply that decides a login; empty where it decides none. */
	login: "" | "ok" | "refused";
	/** The first reply of the session: how the server presents itself. */
	isGreeting: boolean;
	/** What follows is encrypted. */
	isProtected: boolean;
	/** What the line says of a host by NTLM. */
	identity: SmtpIdentity | undefined;
	/** Of `mail`. */
	mail: SmtpMail | undefined;
	violation: "" | "length" | "nul" | "starttls";
}

export const newObservation = (): SmtpObservation => ({
	protocol: "smtp",
	kind: "command",
	time: 0,
	frame: 0,
	isFromServer: false,
	command: undefined,
	clientIp: "",
	clientName: "",
	userName: "",
	hasPassword: false,
	mechanism: "",
	replyCode: -1,
	replyText: "",
	latency: -1,
	login: "",
	isGreeting: false,
	isProtected: false,
	identity: undefined,
	mail: undefined,
	violation: "",
});

export const newMail = (): SmtpMail => ({ from: "", recipients: 0, domains: [], size: 0, attachments: [], programs: [] });
