/**
 * A point that usually moves and stands still while it is read: a sensor that hangs, or somebody who shows an old picture. An unchanged value costs the hot path nothing, so
 * stillness is looked for now and then, not at each read.
 */
import { FIELD, type Motion } from "./motion.ts";

/** Still for so many times its longest stillness, for so many reads and seconds. A plant that rests at night is known to rest, and a weekend is shorter than four nights. */
const FACTOR = 4;
const MIN_READS = 20;
const MIN_SECONDS = 300;
/** Changes that make a point one that moves. */
const MIN_CHANGES = 100;

/** Notes in a look in `second` of the point's life, after `reads`, whether it moved since the last one. */
export function noteStill({ words }: Motion, at: number, second: number, reads: number, hasMoved: boolean, isLearning: boolean): void {
	const still = second - words[at + FIELD.changedAt]!;
	// One that goes on while learning ends is known too.
	if (isLearning && words[at + FIELD.changedAt]! > 0 && still > words[at + FIELD.longestStill]!) words[at + FIELD.longestStill] = still;
	if (!hasMoved) return;
	words[at + FIELD.changedAt] = second;
	words[at + FIELD.readsAtChange] = reads;
	words[at + FIELD.isStillSaid] = 0;
}

/** Seconds for which it has stood still where that is too long, and was not said yet; else 0. */
export function judgeStill(motion: Motion, at: number, second: number, reads: number, changes: number): number {
	const { words } = motion;
	if (changes < MIN_CHANGES || words[at + FIELD.isStillSaid] === 1) return 0;
	const still = second - words[at + FIELD.changedAt]!;
	if (still < MIN_SECONDS || still < FACTOR * words[at + FIELD.longestStill]!) return 0;
	// In reads as well: who asks seldom has not seen that it stands still.
	return reads - words[at + FIELD.readsAtChange]! >= MIN_READS ? still : 0;
}
