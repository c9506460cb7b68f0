/** Status words: each bit is a signal of its own. A bit that never moved and now does is the news, not the number that it makes of the word. */
import { FIELD, type Motion } from "./motion.ts";

/** Words whose bits are looked at: what fits in 32 bits. */
const isWord = (value: number): boolean => value >= 0 && value <= 0xffffffff && Number.isInteger(value);
/**
 * Share of the changes that move exactly one bit, and bits that moved, in a status word. A number that goes up and down by one moves one bit in half of its changes only
 * (the carry takes the others along).
 */
const SINGLE_SHARE = 0.75;
const MIN_MOVING = 3;
const MIN_CHANGES = 24;
/** After so many changes of which not half moved one bit alone it is a number, and its bits are looked at no more. */
const SETTLED_CHANGES = 256;

/** How many of 32 bits are 1. */
export function bitCount(word: number): number {
	let bits = word - ((word >>> 1) & 0x55555555);
	bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
	return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Learns a change, the `changes`th. */
export function noteBits(motion: Motion, at: number, value: number, previous: number, changes: number): void {
	const { words } = motion;
	if (changes > SETTLED_CHANGES && words[at + FIELD.singles]! * 2 < changes) return;
	if (!isWord(value) || !isWord(previous)) {
		words[at + FIELD.ones] = 0;
		words[at + FIELD.zeros] = 0;
		words[at + FIELD.singles] = 0;
		words[at + FIELD.moved] = 0;
		return;
	}
	words[at + FIELD.ones]! |= value | previous;
	words[at + FIELD.zeros]! |= ~value | ~previous;
	const moved = (value ^ previous) >>> 0;
	words[at + FIELD.moved]! |= moved;
	if ((moved & (moved - 1)) === 0) words[at + FIELD.singles]!++;
}

/** True for a word whose bits move one by one. */
export function isBitField(motion: Motion, at: number, changes: number): boolean {
	if (changes < MIN_CHANGES || motion.words[at + FIELD.singles]! < SINGLE_SHARE * changes) return false;
	return bitCount(motion.words[at + FIELD.ones]! & motion.words[at + FIELD.zeros]!) >= MIN_MOVING;
}

/** Bits of `value` that never were as they are now; 0 for none. */
export function newBits(motion: Motion, at: number, value: number): number {
	if (!isWord(value)) return 0;
	return ((value & ~motion.words[at + FIELD.ones]!) | (~value & ~motion.words[at + FIELD.zeros]!)) >>> 0;
}

/** Bits that were otherwise, and never in this period of forgetting, which ends: from now on they never were. `last` is the value of now. 0 for none. */
export function fadeBits(motion: Motion, at: number, last: number): number {
	const { words } = motion;
	const ones = words[at + FIELD.ones]!;
	const zeros = words[at + FIELD.zeros]!;
	if (!isWord(last)) return 0;
	const gone = (ones & zeros & ~words[at + FIELD.moved]!) >>> 0;
	words[at + FIELD.ones] = ones & ~(gone & ~last);
	words[at + FIELD.zeros] = zeros & ~(gone & last);
	return gone;
}
