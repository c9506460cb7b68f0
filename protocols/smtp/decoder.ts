/**
 * SMTP (RFC 5321): lines of commands and replies, each reply joined to its command; logins (RFC 4954) by what their lines say; of mails what is said about them, and what is attached. Behind
 * STARTTLS that was granted (RFC 3207) it is encrypted, and nothing more is looked at.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { CR, codeAt, isContinued, LF, lineEnd, lineFeed } from "../../src/wire/replies.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { REPLY } from "./codes.ts";
import { Content } from "./content.ts";
import { type LoginLine, saidByClient, saidByServer } from "./login.ts";
import { newMail, newObservation, type SmtpCommand, type SmtpObservation } from "./observation.ts";
import { isEndOfMail, isOwnCommandAt, lines, MAX_LINE } from "./wire.ts";

/** Bytes of a text that are kept: of an argument, of a line. */
const MAX_TEXT = 512;
/** Commands of one flow that wait for their reply; the oldest gives way. With PIPELINING (RFC 2920) a client sends one for each recipient. */
const PENDING = 128;
/** RFC 5321, 4.5.3.2: a client waits 5 minutes for most replies; microseconds. */
const TIMEOUT = 300_000_000;
/** Domains of recipients of one mail. */
const MAX_DOMAINS = 16;
/** A mail that was sent, as what waits for its reply. */
const MAIL_END = "MAIL-END";

export const smtpTcp: StreamDecoder<SmtpObservation> = {
	ports: [25, 465, 587],
	maxMessage: MAX_LINE,
	probe,
	sender: (bytes, start, end) => lines.sender(bytes, start, end),
	open: (context) => new SmtpStream(context),
};

/** A greeting that names SMTP is certain; other lines fit. Where no port hints only greetings and commands do that no other protocol has, and then both sides must. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end) return PROBE.more;
	const reply = lines.replyAt(bytes, start, end);
	if (reply === 0) return PROBE.more;
	if (reply < 0) {
		const fit = lines.commandAt(bytes, start, end, true);
		if (fit > 0) return isHinted !== false || isOwnCommandAt(bytes, start, end) ? PROBE.match : PROBE.mismatch;
		return fit === 0 ? PROBE.more : PROBE.mismatch;
	}
	const isReady = codeAt(bytes, start) === REPLY.ready;
	const feed = lineFeed(bytes, start, Math.min(end, start + MAX_TEXT));
	if (isReady && feed >= 0 && /\bE?SMTP\b/i.test(utf8Of(bytes, start + 4, feed))) return PROBE.certain;
	return isHinted !== false ? PROBE.match : PROBE.mismatch;
}

class SmtpStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<SmtpObservation>;
	readonly #out = newObservation();
	readonly #pending: SmtpCommand[] = [];
	readonly #content = new Content();
	/** Replies that belong to commands which are no longer waited for. */
	#owed = 0;
	/** Bytes at the front of a direction that were searched for the end of a line. */
	readonly #searched: [number, number] = [0, 0];
	/** Of a reply of several lines: its code, and its first line; 0 between replies. */
	#code = 0;
	#text = "";
	/** What follows is encrypted. */
	#isProtected = false;
	#hasGreeted = false;
	#clientName = "";
	#userName = "";
	/** Mechanism of the login that is going on; empty for none. And lines of the client in it so far. */
	#mechanism = "";
	#step = 0;
	/** The client sends a mail; bytes of a piece (RFC 3030) that are still to come. */
	#isMail = false;
	#chunk = 0;
	#mail = newMail();

	constructor(context: DecoderContext<SmtpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			if (this.#isProtected) return end - start;
			const isFromClient = direction === TO_SERVER;
			if (isFromClient && this.#chunk > 0) {
				at += this.#piece(Math.min(this.#chunk, end - at));
				continue;
			}
			const isText = isFromClient && (this.#isMail || this.#mechanism !== "");
			const byte = u8(bytes, at);
			if (!isText && (byte === CR || byte === LF)) {
				at++;
				this.#searched[direction] = 0;
				continue;
			}
			const fit = isText ? 1 : isFromClient ? lines.commandAt(bytes, at, end, false) : this.#code > 0 ? 1 : lines.replyAt(bytes, at, end);
			if (fit < 0) return at === start ? REJECT : at - start;
			const feed = fit > 0 ? lineFeed(bytes, at + this.#searched[direction], end) : -1;
			if (feed < 0) {
				this.#searched[direction] = fit > 0 ? end - at : 0;
				if (end - at < MAX_LINE) break;
				this.#searched[direction] = 0;
				if (isFromClient && this.#isMail) this.#content.line(bytes, at, at + MAX_LINE, this.#mail);
				else this.#malformed("length", direction);
				if (!isText) return at === start ? REJECT : at - start;
				at += MAX_LINE;
				continue;
			}
			this.#searched[direction] = 0;
			const stop = lineEnd(bytes, at, feed);
			if (!isFromClient) this.#replyLine(bytes, at, stop);
			else if (this.#isMail) this.#mailLine(bytes, at, stop);
			else if (this.#mechanism !== "") this.#loginLine(bytes, at, stop);
			else this.#command(bytes, at, stop);
			at = feed + 1;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#searched[direction] = 0;
		this.#code = 0;
		this.#pending.length = 0;
		this.#owed = 0;
		this.#isProtected = this.#isMail = false;
		this.#chunk = 0;
		this.#mechanism = "";
		this.deadline = Number.POSITIVE_INFINITY;
	}

	seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		this.#searched[direction] = 0;
		return lines.seek(bytes, start, end, direction === TO_CLIENT);
	}

	expire(now: number): void {
		for (let first = this.#pending[0]; first !== undefined && first.time + TIMEOUT <= now; first = this.#pending[0]) {
			this.#pending.shift();
			this.#owed++;
			const out = this.#begin("unanswered", TO_SERVER);
			out.time = first.time + TIMEOUT;
			out.frame = first.frame;
			out.command = first;
			this.#context.emit(out);
		}
		this.#schedule();
	}

	#schedule(): void {
		const [first] = this.#pending;
		this.deadline = first === undefined ? Number.POSITIVE_INFINITY : first.time + TIMEOUT;
	}

	#begin(kind: SmtpObservation["kind"], direction: Direction): SmtpObservation {
		const out = this.#out;
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.command = out.identity = out.mail = undefined;
		out.clientIp = this.#context.flow.client.ip ?? "";
		out.clientName = this.#clientName;
		out.userName = this.#userName;
		out.mechanism = this.#mechanism;
		out.hasPassword = out.isGreeting = out.isProtected = false;
		out.replyCode = out.latency = -1;
		out.replyText = out.login = out.violation = "";
		return out;
	}

	#malformed(violation: SmtpObservation["violation"], direction: Direction): void {
		const out = this.#begin("malformed", direction);
		out.violation = violation;
		this.#context.emit(out);
	}

	#wait(name: string, argument: string): SmtpCommand {
		const { time, frame } = this.#context.clock;
		const command: SmtpCommand = { time, frame, name, argument };
		if (this.#pending.length >= PENDING) {
			this.#context.count("pending-bound");
			this.#pending.shift();
			this.#owed++;
		}
		this.#pending.push(command);
		this.#schedule();
		return command;
	}

	#command(bytes: Uint8Array, start: number, end: number): void {
		const name = lines.wordAt(bytes, start, end);
		const from = Math.min(end, start + name.length + 1);
		const text = utf8Of(bytes, from, Math.min(end, from + MAX_TEXT));
		let said: LoginLine | undefined;
		let argument = text;
		let isLast = false;
		if (name === "EHLO" || name === "HELO") this.#clientName = text.trim();
		else if (name === "AUTH") {
			argument = (/^\s*([\w-]{1,20})/.exec(text)?.[1] ?? "").toUpperCase();
			this.#mechanism = argument;
			this.#step = 0;
			// RFC 4954, 4: the first line of the login may come along.
			const initial = from + text.search(/\S+\s*$/);
			if (/^\s*\S+\s+\S/.test(text)) {
				said = saidByClient(argument, 0, bytes, initial, end);
				this.#step = 1;
			}
		} else if (name === "MAIL" || name === "RCPT") argument = domainOf(text);
		else if (name === "BDAT") {
			const found = /^\s*(\d{1,9})(\s+LAST)?\s*$/i.exec(text);
			this.#chunk = found === null ? 0 : Number(found[1]);
			isLast = found?.[2] !== undefined;
		}
		if (said !== undefined && said.userName !== "") this.#userName = said.userName;
		// RFC 3207, 4.2: nothing may follow before the encryption stands; a server that takes it as if it came encrypted is betrayed.
		const isSmuggled = this.#pending.some((one) => one.name === "STARTTLS");
		const command = this.#wait(isLast ? MAIL_END : name, argument);
		const out = this.#begin("command", TO_SERVER);
		out.command = isLast ? { ...command, name } : command;
		out.hasPassword = said?.hasPassword === true;
		out.identity = said?.identity;
		if (bytes.subarray(start, end).indexOf(0) >= 0) out.violation = "nul";
		else if (isSmuggled) out.violation = "starttls";
		this.#context.emit(out);
	}

	#loginLine(bytes: Uint8Array, start: number, end: number): void {
		const said = saidByClient(this.#mechanism, this.#step++, bytes, start, end);
		if (said.userName !== "") this.#userName = said.userName;
		const out = this.#begin("command", TO_SERVER);
		out.command = this.#wait("AUTH", this.#mechanism);
		out.hasPassword = said.hasPassword;
		out.identity = said.identity;
		this.#context.emit(out);
	}

	#mailLine(bytes: Uint8Array, start: number, end: number): void {
		if (!isEndOfMail(bytes, start, end)) {
			this.#content.line(bytes, start, end, this.#mail);
			return;
		}
		this.#isMail = false;
		this.#wait(MAIL_END, "");
	}

	/** Bytes of a piece of a mail; what is in them is not looked at line by line. */
	#piece(size: number): number {
		this.#chunk -= size;
		this.#mail.size += size;
		return size;
	}

	/**
	 * One line of a reply; said when it is whole. RFC 5321, 4.2.1: the last line of several begins with the same code and a space; one with another code is the next reply, and what was
	 * before it never ends.
	 */
	#replyLine(bytes: Uint8Array, start: number, end: number): void {
		if (this.#code > 0 && (lines.replyAt(bytes, start, end + 1) <= 0 || (isContinued(bytes, start) && codeAt(bytes, start) === this.#code)))
			return;
		if (this.#code !== codeAt(bytes, start)) {
			this.#code = codeAt(bytes, start);
			this.#text = utf8Of(bytes, Math.min(end, start + 4), Math.min(end, start + 4 + MAX_TEXT));
			if (isContinued(bytes, start)) return;
		}
		const code = this.#code;
		this.#code = 0;
		this.#reply(code, this.#text, bytes, Math.min(end, start + 4), end);
	}

	#reply(code: number, text: string, bytes: Uint8Array, start: number, end: number): void {
		const isGreeting = !this.#hasGreeted && this.#pending.length === 0 && this.#owed === 0;
		this.#hasGreeted = true;
		const out = this.#begin("reply", TO_CLIENT);
		out.replyCode = code;
		out.replyText = code === REPLY.goOn ? "" : text;
		out.isGreeting = isGreeting;
		if (this.#owed > 0) this.#owed--;
		else out.command = this.#pending.shift();
		this.#schedule();
		const { command } = out;
		if (command !== undefined) {
			out.latency = Math.max(0, out.time - command.time);
			this.#follow(command, code, bytes, start, end);
		}
		const isEnded = command?.name === MAIL_END;
		if (isEnded) {
			out.kind = "mail";
			out.mail = this.#mail;
		}
		this.#context.emit(out);
		if (isEnded || code === REPLY.closing) this.#mail = newMail();
	}

	/** What a reply changes in the session. */
	#follow({ name, argument }: SmtpCommand, code: number, bytes: Uint8Array, start: number, end: number): void {
		const out = this.#out;
		const isTaken = code >= 200 && code < 300;
		if (name === "AUTH") {
			out.mechanism = argument;
			if (code === REPLY.goOn) out.identity = saidByServer(bytes, start, end);
			else {
				this.#mechanism = "";
				if (code === REPLY.loggedIn || code === REPLY.wrongLogin) out.login = code === REPLY.loggedIn ? "ok" : "refused";
			}
		} else if (name === "STARTTLS" && code === REPLY.ready) {
			out.isProtected = this.#isProtected = true;
			this.#pending.length = 0;
			this.deadline = Number.POSITIVE_INFINITY;
		} else if (name === "DATA" && code === REPLY.startMail) {
			this.#isMail = true;
			this.#content.begin();
		} else if (name === "MAIL" && isTaken) {
			this.#mail = newMail();
			this.#mail.from = argument;
		} else if (name === "RCPT" && isTaken) {
			const { domains } = this.#mail;
			this.#mail.recipients++;
			if (argument !== "" && domains.length < MAX_DOMAINS && !domains.includes(argument)) domains.push(argument);
		} else if (name === "RSET" || name === "EHLO" || name === "HELO") this.#mail = newMail();
	}
}

/** Domain of the path in `FROM:<ann@plant.example>` (RFC 5321, 4.1.2), in small letters; empty where it has none. */
const domainOf = (text: string): string => /<[^>]*@([^>@\s]{1,255})>/.exec(text)?.[1]?.toLowerCase() ?? "";
