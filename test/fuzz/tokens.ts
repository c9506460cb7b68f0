/** Bytes that mean something to a decoder: what its source compares with, and what its seeds begin with and spell out. */
import type { Conversation } from "./conversation.ts";

/** Tokens of one decoder. */
const MOST_TOKENS = 6_000;
/** Texts in traffic that are shorter are chance, longer ones have their own variety. */
const LEAST_TEXT = 4;
const MOST_TEXT = 32;
/** Bytes at the front of a message that are taken as one token. */
const FRONTS = [2, 4, 8, 12];

export function tokensOf(
	conversations: readonly Conversation[],
	{ numbers, texts }: { readonly numbers: readonly number[]; readonly texts: readonly string[] },
): Uint8Array[] {
	const tokens = new Map<string, Uint8Array>();
	const add = (bytes: Uint8Array) => {
		if (tokens.size < MOST_TOKENS && bytes.length > 0) tokens.set(Buffer.from(bytes).toString("latin1"), bytes.slice());
	};
	for (const text of texts) if (text.length <= MOST_TEXT) add(Buffer.from(text, "latin1"));
	for (const conversation of conversations) {
		for (const { bytes } of conversation) {
			for (const length of FRONTS) add(bytes.subarray(0, length));
			for (const [text] of Buffer.from(bytes).toString("latin1").matchAll(SPELLED)) add(Buffer.from(text, "latin1"));
		}
	}
	for (const number of numbers) {
		if (!Number.isInteger(number) || number < 0 || number > 0xffffffff) continue;
		for (const size of [1, 2, 4]) {
			if (number >= 2 ** (8 * size)) continue;
			const big = new Uint8Array(size);
			for (let at = 0; at < size; at++) big[at] = Math.floor(number / 2 ** (8 * (size - 1 - at))) % 256;
			add(big);
			if (size > 1) add(big.slice().reverse());
		}
	}
	return [...tokens.values()];
}

const SPELLED = new RegExp(`[\\x20-\\x7e]{${LEAST_TEXT},${MOST_TEXT}}`, "g");
