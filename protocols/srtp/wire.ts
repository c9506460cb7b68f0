/**
 * A message of SRTP: 56 octets, and text behind them. There is no public specification: places are those of Denton et al., "Leveraging the SRTP protocol for over-the-network memory acquisition of a
 * GE Fanuc Series 90-30" (DFRWS 2017; tables 1 to 4), of programs that read such controllers, and, inside of the mailbox, of SNP (GFK-0529, 3). What is not named there is left alone. Numbers are little-endian.
 */
import { MORE } from "../../src/decode/messageReader.ts";
import { u8, u16le } from "../../src/wire/bytes.ts";

export const PORT = 18_245;
export const SIZE = 56;
/** Text that a message may have: no program that is known sends more. */
const MAX_TEXT = 8192;
export const MAX_MESSAGE = SIZE + MAX_TEXT;

/** Kinds of message, by their first octet. */
export const TYPE = { hello: 0, welcome: 1, request: 2, reply: 3 } as const;
/** Kinds of mailbox message (GFK-0529, 3): a request, one with text, the same of an acknowledgement, and a refusal. */
export const MAILBOX = { request: 0xc0, requestText: 0x80, done: 0xd4, doneText: 0x94, refused: 0xd1 } as const;

export const OFFSET = {
	sequence: 2,
	textLength: 4,
	mailboxSequence: 30,
	mailbox: 31,
	destination: 36,
	/** Of a request; with text eight octets further on. */
	service: 42,
	selector: 43,
	first: 44,
	count: 46,
	inline: 48,
	/** Of a reply. */
	status: 42,
	minor: 43,
	data: 44,
	program: 50,
	privilege: 51,
	sweep: 52,
	state: 54,
} as const;
/** How much further on a request with text says what it wants. */
export const FURTHER = 8;
/** Octets of data in the message itself: of a write, and of a reply. */
export const INLINE = { request: SIZE - OFFSET.inline, reply: OFFSET.program - OFFSET.data } as const;

/** Answers of `messageAt` beside MORE. Lengths are positive. */
export const NONE = -1;

/** Octets that are zero in every message that is known. */
const ZEROS = [1, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25] as const;

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
	for (let at = start; at < end; at++) if (u8(bytes, at) !== 0) return false;
	return true;
}

const isMailbox = (type: number, mailbox: number): boolean =>
	type === TYPE.request
		? mailbox === MAILBOX.request || mailbox === MAILBOX.requestText
		: mailbox === MAILBOX.done || mailbox === MAILBOX.doneText || mailbox === MAILBOX.refused;

/** The length of the message that begins at `at`, by all that is fixed in it. */
export function messageAt(bytes: Uint8Array, at: number, end: number): number {
	const there = end - at;
	if (there < 1) return MORE;
	const type = u8(bytes, at);
	if (type > TYPE.reply) return NONE;
	const whole = Math.min(there, SIZE);
	// The first message of a connection is all zeros, and the answer to it nearly.
	if (type === TYPE.hello) return isZero(bytes, at, at + whole) ? (there < SIZE ? MORE : SIZE) : NONE;
	for (const zero of ZEROS) if (zero < whole && u8(bytes, at + zero) !== 0 && !(type === TYPE.welcome && zero === 8)) return NONE;
	if (type === TYPE.welcome) {
		if (!isZero(bytes, at + Math.min(whole, OFFSET.mailboxSequence), at + whole)) return NONE;
		return there < SIZE ? MORE : SIZE;
	}
	if (whole > OFFSET.mailbox && !isMailbox(type, u8(bytes, at + OFFSET.mailbox))) return NONE;
	if (there < SIZE) return MORE;
	const text = u16le(bytes, at + OFFSET.textLength);
	return text > MAX_TEXT ? NONE : SIZE + text;
}
