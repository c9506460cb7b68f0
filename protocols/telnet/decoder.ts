/**
 * Telnet (RFC 854): negotiations as they are, and of the text how somebody logs in. Telnet does not say what is a prompt: a login is recognised by the words before the cursor
 * (`prompts.ts`), and by what the server writes behind the password. Text is looked at one character after the other, and only its latest line is kept.
 */
import { type DecoderContext, PROBE, type Probe, type Stream, type StreamDecoder } from "../../src/decode/protocol.ts";
import { type Direction, TO_CLIENT, TO_SERVER } from "../../src/flow/flow.ts";
import { u8 } from "../../src/wire/bytes.ts";
import { utf8Of } from "../../src/wire/text.ts";
import { isCommand, isOption, OPTION } from "./codes.ts";
import { newObservation, type TelnetObservation } from "./observation.ts";
import { hostOf, isWaiting, LINE, promptOf, verdictOf } from "./prompts.ts";
import { COMMAND, IAC, isNegotiation, MAX_SUBNEGOTIATION } from "./wire.ts";

/** Characters of a user's name, and of a terminal type. */
const MAX_NAME = 64;
/** Lines of the server behind a password in which a verdict is sought; a message of the day may be long, and says nothing. */
const VERDICT_LINES = 40;
/** Logins of one connection that are followed; whoever tries more is known by then. */
const MAX_LOGINS = 4096;

const BACKSPACE = 8;
const LF = 10;
const CR = 13;
const DELETE = 127;
const ESCAPE = 27;

export const telnetTcp: StreamDecoder<TelnetObservation> = {
	ports: [23],
	maxMessage: MAX_SUBNEGOTIATION,
	probe,
	open: (context) => new TelnetStream(context),
};

/** Negotiation of a known option; two of them are certain. On the port of Telnet any text of a terminal fits. */
function probe(bytes: Uint8Array, start: number, end: number, isHinted?: boolean): Probe {
	if (start >= end) return PROBE.more;
	if (u8(bytes, start) !== IAC) return isHinted !== false && isText(bytes, start, end) ? PROBE.match : PROBE.mismatch;
	if (end - start < 2) return PROBE.more;
	const command = u8(bytes, start + 1);
	if (command !== COMMAND.sb && !isNegotiation(command)) return isHinted !== false && isCommand(command) ? PROBE.match : PROBE.mismatch;
	if (end - start < 3) return PROBE.more;
	if (!isOption(u8(bytes, start + 2))) return PROBE.mismatch;
	const isTwo = end - start >= 6 && u8(bytes, start + 3) === IAC && isNegotiation(u8(bytes, start + 4)) && isOption(u8(bytes, start + 5));
	return isTwo && isNegotiation(command) ? PROBE.certain : PROBE.match;
}

/** Bytes of a front that a probe looks at. */
const PROBED = 64;
function isText(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < Math.min(end, start + PROBED); at++) {
		const byte = u8(bytes, at);
		if (byte < 0x20 && byte !== LF && byte !== CR && byte !== 9 && byte !== ESCAPE && byte !== BACKSPACE && byte !== 7 && byte !== 0)
			return false;
	}
	return true;
}

const STATE = { idle: 0, user: 1, password: 2, verdict: 3 } as const;

class TelnetStream implements Stream {
	readonly deadline = Number.POSITIVE_INFINITY;
	readonly #context: DecoderContext<TelnetObservation>;
	readonly #out = newObservation();
	#state: (typeof STATE)[keyof typeof STATE] = STATE.idle;
	/** What follows is encrypted (start TLS, encryption), by direction. */
	readonly #isProtected: [boolean, boolean] = [false, false];
	/** The server's latest line; whether an escape sequence (ECMA-48, 5.4) is being stepped over. */
	#line = "";
	#escape = 0;
	#lines = 0;
	#typed = "";
	#typedCount = 0;
	#userName = "";
	#hostName = "";
	#passwordTime = 0;
	#passwordFrame = 0;
	#logins = 0;
	/** Bytes at the front of a direction that were searched for the end of a subnegotiation. */
	readonly #searched: [number, number] = [0, 0];

	constructor(context: DecoderContext<TelnetObservation>) {
		this.#context = context;
	}

	data(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		if (this.#isProtected[direction]) return end - start;
		let at = start;
		while (at < end) {
			const byte = u8(bytes, at);
			if (byte !== IAC) {
				if (direction === TO_CLIENT) this.#shown(byte);
				else this.#key(byte);
				at++;
				continue;
			}
			const next = this.#command(bytes, at, end, direction);
			if (next === at) break;
			at = next;
			if (this.#isProtected[direction]) return end - start;
		}
		return at - start;
	}

	gap(direction: Direction): void {
		this.#searched[direction] = 0;
		this.#isProtected[direction] = false;
		this.#state = STATE.idle;
		this.#line = this.#typed = "";
		this.#escape = this.#typedCount = 0;
	}

	/** Any byte may begin what is said. */
	seek(_bytes: Uint8Array, start: number, end: number): number {
		return start < end ? start : -1 - end;
	}

	expire(_now: number): void {}

	/** RFC 854: what stands behind IAC. Returns where it ends, `at` where it is not whole. */
	#command(bytes: Uint8Array, at: number, end: number, direction: Direction): number {
		if (end - at < 2) return at;
		const command = u8(bytes, at + 1);
		// A byte of data.
		if (command === IAC) return at + 2;
		if (command === COMMAND.sb) return this.#subnegotiation(bytes, at, end, direction);
		const size = isNegotiation(command) ? 3 : 2;
		if (end - at < size) return at;
		if (!isCommand(command)) return at + size;
		const out = this.#begin("command", direction);
		out.command = command;
		if (size === 3) out.option = u8(bytes, at + 2);
		this.#context.emit(out);
		return at + size;
	}

	/** RFC 855: IAC SB, option, parameters, IAC SE; a doubled IAC is a byte of the parameters. */
	#subnegotiation(bytes: Uint8Array, start: number, end: number, direction: Direction): number {
		const there = bytes.subarray(0, end);
		let at = start + Math.max(3, this.#searched[direction]);
		for (;;) {
			const mark = there.indexOf(IAC, at);
			if (mark < 0 || mark + 1 >= end) {
				this.#searched[direction] = Math.max(3, (mark < 0 ? end : mark) - start);
				if (end - start < MAX_SUBNEGOTIATION) return start;
				break;
			}
			if (u8(bytes, mark + 1) !== IAC) {
				this.#searched[direction] = 0;
				if (u8(bytes, mark + 1) !== COMMAND.se) {
					this.#malformed(direction);
					return mark;
				}
				this.#subnegotiated(bytes, start, mark, direction);
				return mark + 2;
			}
			at = mark + 2;
		}
		this.#searched[direction] = 0;
		this.#malformed(direction);
		return end;
	}

	#subnegotiated(bytes: Uint8Array, start: number, end: number, direction: Direction): void {
		const option = u8(bytes, start + 2);
		const out = this.#begin("subnegotiation", direction);
		out.command = COMMAND.sb;
		out.option = option;
		// RFC 1091, 2: 0 is IS; 1, SEND, asks for it.
		if (option === OPTION.terminalType && end - start > 4 && u8(bytes, start + 3) === 0)
			out.terminalType = utf8Of(bytes, start + 4, Math.min(end, start + 4 + MAX_NAME));
		// RFC 2946, 2: 3 is START: this side encrypts from here on. The option of TLS: 1 is FOLLOWS.
		if (option === OPTION.encrypt && u8(bytes, start + 3) === 3 && end - start > 3) this.#isProtected[direction] = true;
		if (option === OPTION.startTls && u8(bytes, start + 3) === 1 && end - start > 3) this.#isProtected[direction] = true;
		this.#context.emit(out);
	}

	/** One character that the server shows. */
	#shown(byte: number): void {
		if (this.#escape > 0) {
			// ESC [ parameters, then a letter; ESC and one character else.
			const isBracket = this.#escape === 1 && byte === 0x5b;
			this.#escape = isBracket ? 2 : this.#escape === 2 && (byte < 0x40 || byte > 0x7e) ? 2 : 0;
			return;
		}
		if (byte === ESCAPE) this.#escape = 1;
		else if (byte === LF || byte === CR) this.#lineEnds();
		else if (byte === BACKSPACE) this.#line = this.#line.slice(0, -1);
		else if (byte >= 0x20) {
			this.#line = (this.#line.length >= LINE ? this.#line.slice(1 - LINE) : this.#line) + String.fromCharCode(byte);
			// Only behind these may a cursor wait.
			if (byte === 0x3a || byte === 0x3e) this.#prompted();
		}
	}

	#lineEnds(): void {
		if (this.#line === "") return;
		if (this.#state === STATE.verdict) {
			const verdict = verdictOf(this.#line);
			if (verdict !== undefined) this.#decided(verdict);
			else if (++this.#lines > VERDICT_LINES) this.#state = STATE.idle;
		}
		this.#line = "";
	}

	#prompted(): void {
		const prompt = promptOf(this.#line);
		if (prompt === undefined) return;
		// Asked anew: what was typed before was not enough.
		if (this.#state === STATE.verdict) this.#decided("refused");
		this.#typed = "";
		this.#typedCount = 0;
		if (prompt === "user") {
			this.#userName = "";
			this.#hostName = hostOf(this.#line);
		}
		this.#state = prompt === "user" ? STATE.user : STATE.password;
	}

	#decided(outcome: "ok" | "refused"): void {
		this.#state = STATE.idle;
		if (++this.#logins > MAX_LOGINS) {
			this.#context.count("logins-bound");
			return;
		}
		const out = this.#begin("login", TO_CLIENT);
		out.userName = this.#userName;
		out.hostName = this.#hostName;
		out.outcome = outcome;
		out.requestFrame = this.#passwordFrame;
		out.latency = Math.max(0, out.time - this.#passwordTime);
		this.#context.emit(out);
	}

	/** One character that the client sends; of a password they are only counted. */
	#key(byte: number): void {
		// Whoever is let in goes on at the next prompt.
		if (this.#state === STATE.verdict && byte >= 0x20 && isWaiting(this.#line)) this.#decided("ok");
		if (this.#state !== STATE.user && this.#state !== STATE.password) return;
		if (byte === CR || byte === LF) {
			if (this.#typedCount > 0) this.#entered();
			return;
		}
		if (byte === BACKSPACE || byte === DELETE) {
			this.#typedCount = Math.max(0, this.#typedCount - 1);
			this.#typed = this.#typed.slice(0, this.#typedCount);
		} else if (byte >= 0x20) {
			this.#typedCount++;
			if (this.#state === STATE.user && this.#typed.length < MAX_NAME) this.#typed += String.fromCharCode(byte);
		}
	}

	#entered(): void {
		if (this.#state === STATE.user) {
			const bytes = Uint8Array.from(this.#typed, (letter) => letter.charCodeAt(0));
			this.#userName = utf8Of(bytes, 0, bytes.length);
			this.#state = STATE.idle;
			return;
		}
		const { clock } = this.#context;
		this.#state = STATE.verdict;
		this.#lines = 0;
		this.#line = "";
		this.#passwordTime = clock.time;
		this.#passwordFrame = clock.frame;
		if (this.#logins >= MAX_LOGINS) return;
		const out = this.#begin("password", TO_SERVER);
		out.userName = this.#userName;
		this.#context.emit(out);
	}

	#malformed(direction: Direction): void {
		this.#context.emit(this.#begin("malformed", direction));
	}

	#begin(kind: TelnetObservation["kind"], direction: Direction): TelnetObservation {
		const out = this.#out;
		const { clock } = this.#context;
		out.kind = kind;
		out.time = clock.time;
		out.frame = clock.frame;
		out.isFromServer = direction === TO_CLIENT;
		out.command = out.option = out.latency = -1;
		out.terminalType = out.userName = out.hostName = out.outcome = "";
		out.requestFrame = clock.frame;
		return out;
	}
}
