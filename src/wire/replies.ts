/**
 * Lines of protocols whose client sends commands of letters and whose server answers with replies of three digits (RFC 959, 4.2 and 5.3; RFC 5321, 4.1.1 and 4.2): bytes alone, no state. Replies of several
 * lines have a hyphen behind the digits of all lines but the last.
 */
import { u8 } from "./bytes.ts";

export const CR = 13;
export const LF = 10;
const SP = 32;
const HYPHEN = 0x2d;
const ZERO = 0x30;

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;
const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

/** Place of the next LF, or -1. */
export const lineFeed = (bytes: Uint8Array, start: number, end: number): number => bytes.subarray(0, end).indexOf(LF, start);

/** Where the line that ends before `feed` (an LF) ends, without its CR. */
export const lineEnd = (bytes: Uint8Array, start: number, feed: number): number =>
	feed > start && u8(bytes, feed - 1) === CR ? feed - 1 : feed;

/** The number of a reply that fits at `start`. */
export const codeAt = (bytes: Uint8Array, start: number): number =>
	(u8(bytes, start) - ZERO) * 100 + (u8(bytes, start + 1) - ZERO) * 10 + (u8(bytes, start + 2) - ZERO);

/** More lines of the reply follow. */
export const isContinued = (bytes: Uint8Array, start: number): boolean => u8(bytes, start + 3) === HYPHEN;

/** How a place fits: 1, 0 (too few bytes to say) or -1. */
type Fit = 1 | 0 | -1;

/** What tells the lines of one protocol from those of others. */
export interface Grammar {
	/** First digits of a reply, from and to, and the greatest second one. */
	readonly first: readonly [number, number];
	readonly second: number;
	/** Letters of a command, at least and at most. */
	readonly letters: readonly [number, number];
	/** Commands that are defined, in capitals. */
	isCommand(word: string): boolean;
}

export class CommandLines {
	readonly #grammar: Grammar;

	constructor(grammar: Grammar) {
		this.#grammar = grammar;
	}

	/** A reply: its three digits, and a space, a hyphen or the end of the line. */
	replyAt(bytes: Uint8Array, start: number, end: number): Fit {
		const { first, second } = this.#grammar;
		for (let at = 0; at < 3; at++) {
			if (start + at >= end) return 0;
			const digit = u8(bytes, start + at) - ZERO;
			if (digit < (at === 0 ? first[0] : 0) || digit > (at === 0 ? first[1] : at === 1 ? second : 9)) return -1;
		}
		if (start + 3 >= end) return 0;
		const next = u8(bytes, start + 3);
		return next === SP || next === HYPHEN || next === CR || next === LF ? 1 : -1;
	}

	/** The word at `start`: letters, in capitals, at most one more than a command has. */
	wordAt(bytes: Uint8Array, start: number, end: number): string {
		let word = "";
		for (let at = start; at < end && word.length <= this.#grammar.letters[1] && isLetter(u8(bytes, at)); at++)
			word += String.fromCharCode(u8(bytes, at) & 0xdf);
		return word;
	}

	/** A command: a word, a space or the end of the line behind it. `isKnownOnly` takes only commands that are defined. */
	commandAt(bytes: Uint8Array, start: number, end: number, isKnownOnly: boolean): Fit {
		const [least, most] = this.#grammar.letters;
		const word = this.wordAt(bytes, start, end);
		const after = start + word.length;
		if (word.length > most) return -1;
		if (after >= end) return 0;
		const next = u8(bytes, after);
		if (word.length < least || (next !== SP && next !== CR && next !== LF)) return -1;
		return !isKnownOnly || this.#grammar.isCommand(word) ? 1 : -1;
	}

	/** Who sent the line that fits at `start`. */
	sender(bytes: Uint8Array, start: number, end: number): "client" | "server" | undefined {
		if (this.replyAt(bytes, start, end) > 0) return "server";
		return this.commandAt(bytes, start, end, true) > 0 ? "client" : undefined;
	}

	/** The next place in bytes that are no line, at which one may begin; or -1 minus the place from which on bytes have to come again. */
	seek(bytes: Uint8Array, start: number, end: number, isServer: boolean): number {
		const isFront = isServer ? isDigit : isLetter;
		for (let at = start; at < end; at++) {
			if (!isFront(u8(bytes, at)) || (at > start && isFront(u8(bytes, at - 1)))) continue;
			const fit = isServer ? this.replyAt(bytes, at, end) : this.commandAt(bytes, at, end, true);
			if (fit >= 0) return fit > 0 ? at : -1 - at;
		}
		return -1 - end;
	}
}
