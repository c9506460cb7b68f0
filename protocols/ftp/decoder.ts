/**
 * FTP's control connection (RFC 959): lines of commands and replies, each reply joined to its command. Behind AUTH that was granted (RFC 2228) it is encrypted, and nothing more
 * is looked at. Files go over connections of their own, which are flows of their own.
 */
import { type DecoderContext, PROBE, type Probe, REJECT, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { CR, codeAt, isContinued, LF, lineEnd, lineFeed } from "../../src/wire/replies.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { isOwnReply, REPLY } from "./codes.ts";
import { type FtpCommand, type FtpObservation, newObservation } from "./observation.ts";
import { isOwnCommandAt, lines, MAX_LINE } from "./wire.ts";

/** Bytes of a text that are kept: of an argument, of a line. */
const MAX_TEXT = 512;
/** Commands of one flow that wait for their reply; the oldest gives way. Clients send one at a time. */
const PENDING = 32;
/** Microseconds after which no reply will come. RFC 959 names no times; clients wait 20 s to 5 min. A transfer that began may take any time. */
const TIMEOUT = 60_000_000;
/** RFC 854: what a client sends before ABOR is interpreted by Telnet, and no part of the line. */
const IAC = 255;
const TELNET_COMMANDS = 240;

/** Arguments that are secrets. */
const SECRET: ReadonlySet<string> = new Set(["PASS", "ACCT", "ADAT"]);
const ANONYMOUS: ReadonlySet<string> = new Set(["anonymous", "ftp"]);

export const ftpTcp: StreamDecoder<FtpObservation> = {
	ports: [21],
	maxMessage: MAX_LINE,
	probe,
	sender: (bytes, start, end) => lines.sender(bytes, start, end),
	open: (context) => new FtpStream(context),
};

/** A greeting that names FTP is certain; other lines fit. Where no port hints only those do that no protocol of mail or news has, and then both sides must. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end) return PROBE.more;
	const reply = lines.replyAt(bytes, start, end);
	if (reply === 0) return PROBE.more;
	if (reply < 0) {
		const fit = lines.commandAt(bytes, start, end, true);
		if (fit > 0) return isHinted !== false || isOwnCommandAt(bytes, start, end) ? PROBE.match : PROBE.mismatch;
		return fit === 0 ? PROBE.more : PROBE.mismatch;
	}
	const code = codeAt(bytes, start);
	const fits = isHinted !== false || isOwnReply(code) ? PROBE.match : PROBE.mismatch;
	const feed = lineFeed(bytes, start, Math.min(end, start + MAX_TEXT));
	if (code !== REPLY.ready || feed < 0) return fits;
	const text = utf8Of(bytes, start + 4, feed);
	return /\bftp|ftpd?\b/i.test(text) && !/smtp/i.test(text) ? PROBE.certain : fits;
}

class FtpStream implements Stream {
	deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<FtpObservation>;
	readonly #out = newObservation();
	readonly #pending: FtpCommand[] = [];
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
	#userName = "";
	#renamed = "";

	constructor(context: DecoderContext<FtpObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		let at = start;
		while (at < end) {
			if (this.#isProtected) return end - start;
			const byte = u8(bytes, at);
			if (byte === CR || byte === LF) {
				at++;
				this.#searched[direction] = 0;
				continue;
			}
			if (byte === IAC && direction === TO_SERVER) {
				if (end - at < 2) break;
				if (u8(bytes, at + 1) < TELNET_COMMANDS || u8(bytes, at + 1) === IAC) return at === start ? REJECT : at - start;
				at += 2;
				continue;
			}
			const fit = direction === TO_SERVER ? lines.commandAt(bytes, at, end, false) : this.#code > 0 ? 1 : lines.replyAt(bytes, at, end);
			if (fit < 0) return at === start ? REJECT : at - start;
			const feed = fit > 0 ? lineFeed(bytes, at + this.#searched[direction], end) : -1;
			if (feed < 0) {
				this.#searched[direction] = fit > 0 ? end - at : 0;
				if (end - at < MAX_LINE) break;
				this.#malformed("length", direction);
				return at === start ? REJECT : at - start;
			}
			this.#searched[direction] = 0;
			if (direction === TO_SERVER) this.#command(bytes, at, lineEnd(bytes, at, feed));
			else this.#replyLine(bytes, at, lineEnd(bytes, at, feed));
			at = feed + 1;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#searched[direction] = 0;
		this.#code = 0;
		this.#pending.length = 0;
		this.#owed = 0;
		this.#isProtected = false;
		this.deadline = Number.POSITIVE_INFINITY;
	}

	seek(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		this.#searched[direction] = 0;
		return lines.seek(bytes, start, end, direction === TO_CLIENT);
	}

	expire(now: number): void {
		for (let first = this.#pending[0]; first !== undefined && !first.isUnderway && endOf(first) <= now; first = this.#pending[0]) {
			this.#pending.shift();
			this.#owed++;
			const out = this.#begin("unanswered", TO_SERVER);
			out.time = endOf(first);
			out.frame = first.frame;
			out.command = first;
			this.#context.emit(out);
		}
		this.#schedule();
	}

	#schedule(): void {
		const first = this.#pending[0];
		this.deadline = first === undefined ? Number.POSITIVE_INFINITY : endOf(first);
	}

	#begin(kind: FtpObservation["kind"], direction: Direction): FtpObservation {
		const out = this.#out;
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.command = undefined;
		out.userName = this.#userName;
		out.hasPassword = out.isGreeting = false;
		out.replyCode = out.latency = -1;
		out.replyText = out.login = out.violation = "";
		return out;
	}

	#malformed(violation: string, direction: Direction): void {
		const out = this.#begin("malformed", direction);
		out.violation = violation;
		this.#context.emit(out);
	}

	#command(bytes: Uint8Array, start: number, end: number): void {
		const { time, frame } = this.#context.clock;
		const name = lines.wordAt(bytes, start, end);
		const from = Math.min(end, start + name.length + 1);
		const argument = SECRET.has(name) ? "" : utf8Of(bytes, from, Math.min(end, from + MAX_TEXT));
		if (name === "USER") this.#userName = argument;
		const command: FtpCommand = { time, frame, name, argument, from: name === "RNTO" ? this.#renamed : "", isUnderway: false };
		this.#renamed = name === "RNFR" ? argument : "";
		if (this.#pending.length >= PENDING) {
			this.#context.count("pending-bound");
			this.#pending.shift();
			this.#owed++;
		}
		this.#pending.push(command);
		this.#schedule();
		const out = this.#begin("command", TO_SERVER);
		out.command = command;
		out.hasPassword = name === "PASS" && end > from && !ANONYMOUS.has(this.#userName.toLowerCase());
		if (bytes.subarray(start, end).indexOf(0) >= 0) out.violation = "nul";
		this.#context.emit(out);
	}

	/**
	 * One line of a reply; said when it is whole. RFC 959, 4.2: the last line of several begins with the same code and a space, and no line between begins with digits like it;
	 * one with another code is the next reply, and what was before it never ends.
	 */
	#replyLine(bytes: Uint8Array, start: number, end: number): void {
		if (this.#code > 0 && (lines.replyAt(bytes, start, end + 1) <= 0 || isContinued(bytes, start))) return;
		if (this.#code !== codeAt(bytes, start)) {
			this.#code = codeAt(bytes, start);
			this.#text = utf8Of(bytes, Math.min(end, start + 4), Math.min(end, start + 4 + MAX_TEXT));
			if (isContinued(bytes, start)) return;
		}
		const code = this.#code;
		this.#code = 0;
		this.#reply(code, this.#text);
	}

	#reply(code: number, text: string): void {
		const isGreeting = !this.#hasGreeted && this.#pending.length === 0 && this.#owed === 0;
		this.#hasGreeted = true;
		const out = this.#begin("reply", TO_CLIENT);
		out.replyCode = code;
		out.replyText = text;
		out.isGreeting = isGreeting;
		if (code < 200) {
			const first = this.#owed > 0 ? undefined : this.#pending[0];
			if (first !== undefined) this.#pending[0] = { ...first, isUnderway: true };
			out.command = first;
		} else if (this.#owed > 0) this.#owed--;
		else out.command = this.#pending.shift();
		this.#schedule();
		const { command } = out;
		if (command !== undefined) {
			out.latency = Math.max(0, out.time - command.time);
			out.login = loginOf(command.name, code);
			if (command.name === "AUTH" && code === REPLY.authStarts) {
				this.#isProtected = true;
				this.#pending.length = 0;
				this.deadline = Number.POSITIVE_INFINITY;
			}
		}
		this.#context.emit(out);
	}
}

const endOf = ({ time, isUnderway }: FtpCommand): number => (isUnderway ? Number.POSITIVE_INFINITY : time + TIMEOUT);

/** RFC 959, 5.4: what USER, PASS and ACCT may be answered with. */
function loginOf(name: string, code: number): FtpObservation["login"] {
	if (name !== "PASS" && name !== "USER" && name !== "ACCT") return "";
	if (code === REPLY.loggedIn || (name !== "USER" && code === REPLY.superfluous)) return "ok";
	return code === REPLY.notLoggedIn || code === REPLY.invalidLogin ? "refused" : "";
}
