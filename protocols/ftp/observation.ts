import type { ObservationBase } from "../../src/decode/protocol.ts";

/** A command that a reply answers. Owned; every text is from the wire and hostile, without control and hidden characters. */
export interface FtpCommand {
	/** Microseconds. */
	readonly time: number;
	readonly frame: number;
	/** In capitals. */
	readonly name: string;
	/** As it was sent, cut; of PASS, ACCT and ADAT it is not kept. */
	readonly argument: string;
	/** Of RNTO the name before. */
	readonly from: string;
	/** The server has said that it began (1xx). */
	readonly isUnderway: boolean;
}

/** One command, or one whole reply. On loan. */
export interface FtpObservation extends ObservationBase {
	readonly protocol: "ftp";
	/** A malformed one is a line that no program sends. */
	kind: "command" | "reply" | "unanswered" | "malformed";
	isFromServer: boolean;
	/** Of a reply the command that it answers, where that was seen. */
	command: FtpCommand | undefined;
	/** User of the session, as last named; empty where none was. */
	userName: string;
	/** Of PASS: it was not empty, and not that of an anonymous user. */
	hasPassword: boolean;
	replyCode: number;
	/** Its first line. */
	replyText: string;
	/** Microseconds; -1 where unknown. */
	latency: number;
	/** Of a reply that decides a login; empty where it decides none. */
	login: "" | "ok" | "refused";
	/** The first reply of the session: how the server presents itself. */
	isGreeting: boolean;
	violation: string;
}

export const newObservation = (): FtpObservation => ({
	protocol: "ftp",
	kind: "command",
	time: 0,
	frame: 0,
	isFromServer: false,
	command: undefined,
	userName: "",
	hasPassword: false,
	replyCode: -1,
	replyText: "",
	latency: -1,
	login: "",
	isGreeting: false,
	violation: "",
});
