/**
 * What is normal for the value of each point: the `value` trait. A point is a small integer; its numbers lie in columns, so a read that brings what is already
 * known costs a comparison and allocates nothing.
 *
 * Learned of reads: range, largest step, the few states where there are few, how often it changes and turns. What never turns is a counter, and is judged by its pace. Learned of writes: range and count, apart from the reads.
 * What else is learned of points that move lies in one record each (`motion.ts`), by one file for each idea: `kinds.ts`, `tails.ts`, `level.ts`, `bits.ts`, `stillness.ts`, `drift.ts`, `replay.ts`.
 * Once a point judges, its range no longer grows by itself: a slow creep is seen as well as a jump.
 */
import { fadeBits, isBitField, newBits, noteBits } from "./bits.ts";
import { followDrift, noteDay } from "./drift.ts";
import { type Kind, kindOf, noteMove } from "./kinds.ts";
import { adoptLevel, fadeLevel, judgeLevel, knownLevel, learnLevel, noteLevel } from "./level.ts";
import { timeTrust } from "./maturity.ts";
import { FIELD, isMotion, Motion } from "./motion.ts";
import { Chunks } from "./replay.ts";
import { judgeStill, noteStill } from "./stillness.ts";
import { adoptTails, fadeTails, isExtreme, knownTails, noteExtreme, TAIL, type Tails, tailLevel, turnBlocks } from "./tails.ts";
import { type DayExtremes, dayOf, noteValue, turnDay, WEEK_DAYS, week } from "./week.ts";

/** Answers of `observe`, `judge`, `judgeWrite` and `inspect`. */
export const VERDICT = {
	normal: 0,
	/** Outside the learned range and its margin. */
	outside: 1,
	/** Inside the range, but a jump far beyond the largest step. */
	step: 2,
	/** Inside the range, but none of the few states. */
	state: 3,
	/** A counter went back, and not to where counters begin. */
	back: 4,
	/** A bit of a status word that never was so. */
	bit: 5,
	/** Its changes repeat what was, one by one. */
	replayed: 6,
	/** It usually moves, and stands still. */
	frozen: 7,
	/** Its limits moved with it. */
	drift: 8,
	/** The mean of its latest minutes lies where none did. */
	level: 9,
	/** Learned, but would have been said if its point judged already: for shadow mode. */
	surprise: 10,
} as const;
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

/** More distinct values than this are a continuous quantity, not states (a status word or a recipe number has fewer). */
export const MAX_STATES = 16;
/** Places for states; points beyond it are treated as continuous. 4 MB at most. */
const MAX_STATE_SLOTS = 32_768;
/** Reads before a value judges: by itself, and where a person said that all was normal. */
const MIN_READS = 200;
const MIN_READS_FORCED = 10;
/** Watched share of a point's life without a new extreme or state before it judges by itself; as `QUIET_SHARE` of maturity. */
const QUIET_SHARE = 0.25;
/** Changes since the last new extreme that show that the range is closed; a counter or a tank being filled never gets there. */
const CLOSED_CHANGES = 3;
/** Margin of a well-known range, as a share of it: noise and rounding; and the most that a hardly known one is widened. */
const MIN_MARGIN = 0.05;
const MAX_MARGIN = 3;
/** Writes of one value that show that it is a constant. */
const SURE_WRITES = 8;
/** A constant may move by this share of itself before it is worth a word: a set point trimmed, a level that was still. */
const CONSTANT_MARGIN = 0.1;
/** A state never seen is said only of a value with few states and a history of changes. */
const STATE_CHANGES = 50;
const STATE_MEMBERS = 8;
/** A jump is said only of a continuous value that went up and down often enough, was read in its usual rhythm, and jumped this many times its largest step. */
const STEP_TURNS = 20;
const STEP_CHANGES = 50;
const STEP_FACTOR = 3;
const STEP_SHARE = 0.25;
const RHYTHM_FACTOR = 3;
/**
 * How far the tail of a noisy process may carry a limit beyond the range, in widths of it. One width is too little where the noise is exponential (a false alarm in 560 days of a
 * point that is read each half minute); Gaussian noise stays far below it, so that a fault as large as the range is found.
 */
export const MAX_TAIL = 1.5;
/** The tail of the steps may lower the limit for a jump to this many times the largest step. */
const TAIL_STEP_FACTOR = 1.5;
/** Of a repeated deviation one in this time is handed on (watched microseconds), or at once where it is half a range further out than before. */
const REPEAT_MICROS = 60e6;

/**
 * A counter (a total, running seconds, a sign of life, the low word of an energy) only goes one way, in steps that are small beside the way it went. Its range says
 * nothing; how far it may have gone since the last look does: its largest step for each usual interval, this many times.
 */
const COUNTER_CHANGES = 2;
const COUNTER_STEPS = 2;
const COUNTER_FACTOR = 4;
/** Changes after which a counter that leaps or goes back is worth a word; before, it may be anything that rises. */
const COUNTER_SURE = 50;
/** Where registers of 16 and of 32 bits begin again. */
const WORD = 2 ** 16;
const DOUBLE_WORD = 2 ** 32;
/** A low word that may be anywhere says nothing about a carry: by chance one in eight would be one. */
const CARRY_REACH = WORD / 8;

/** Changes that make a point one that moves, of which more is kept. */
const RECORD_CHANGES = 2;

const RISING = 1;
const FALLING = 2;

const FIRST_CAPACITY = 1024;

/** Looks (a day of them) at a value that was being read, before it is said what the value was not in a period of forgetting. */
const PERIOD_LOOKS = 2880;
/** A limit gives way where the values ended this share of the range before it, and stays a little beyond them. */
const FADING_SHARE = 0.1;
const FADED_MARGIN = 0.05;

/** Values that are normal no more: the limits before, and after (NaN where nothing is left); states that are gone; or bits. */
export type FadedValue =
	| { readonly kind: "read" | "written"; readonly min: number; readonly max: number; readonly newMin: number; readonly newMax: number }
	| { readonly kind: "states"; readonly gone: readonly number[] }
	/** Bits of a status word that were otherwise than in `last`, its value of now. */
	| { readonly kind: "bits"; readonly bits: number; readonly last: number };

/** What is known of one point, for words. */
export interface Band {
	kind: Kind;
	/** NaN where it was never read, or never written. */
	min: number;
	max: number;
	step: number;
	reads: number;
	changes: number;
	/** The states in order where there are few, else undefined. */
	states: number[] | undefined;
	writtenMin: number;
	writtenMax: number;
	writes: number;
	/** For how long what is known of it is true, watched microseconds: since its first sight, but for what has faded. */
	age: number;
	isForced: boolean;
	/** 0 to 1. */
	trust: number;
}

/** What a document says of one point (valueDescriber.ts). */
export interface KnownPoint
	extends Pick<Band, "reads" | "min" | "max" | "step" | "states" | "changes" | "writes" | "writtenMin" | "writtenMax"> {
	/** Watched microseconds. */
	born: number;
	turns: number;
	/** 1 rising, 2 falling, 0 not known. */
	direction: number;
	/** Of a quantity that judges: values, and steps, beyond the range that its noise may bring (NaN where that is not known); and the means of ten minutes. */
	tails?: Tails;
	level?: { low: number; high: number };
}

/** One saved point; NaN is null. The last is what is kept of its motion. */
export type SavedPoint = (number | null | number[] | string)[];

const FLOATS = [
	"min",
	"max",
	"last",
	"step",
	"born",
	"lastTime",
	"lastNew",
	"lastChange",
	"farLow",
	"farHigh",
	"said",
	"writtenMin",
	"writtenMax",
	"writtenLast",
	"writtenTime",
	"writtenSince",
	"acceptedMin",
	"acceptedMax",
	"periodWrittenMin",
	"periodWrittenMax",
] as const;
const WORDS = ["count", "changes", "turns", "since", "writes", "writesLearned", "writesBefore", "periodLooks"] as const;

export class PointTable {
	size = 0;
	/** Watched time and learning round, set by the owner. */
	watched = 0;
	epoch = 0;
	learningMicros = 0;
	/** How long what is not seen stays normal. */
	memoryMicros = Number.POSITIVE_INFINITY;
	readonly chunks = new Chunks();
	/** The range before the latest surprise. */
	surpriseMin = 0;
	surpriseMax = 0;
	/** The latest `inspect` learned something. */
	isNoted = false;
	/** Set by the owner while the PLC or its client is part of an open incident: what is known is judged, and nothing new is learned. */
	isHeld = false;

	readonly capacity: number;
	/** Columns by point. Read range, last value, largest step. */
	min = new Float64Array(FIRST_CAPACITY);
	max = new Float64Array(FIRST_CAPACITY);
	last = new Float64Array(FIRST_CAPACITY);
	step = new Float64Array(FIRST_CAPACITY);
	/** Watched time of the first sight and of the last new extreme or state. */
	born = new Float64Array(FIRST_CAPACITY);
	lastNew = new Float64Array(FIRST_CAPACITY);
	/** Capture time of the last read and the last change. */
	lastTime = new Float64Array(FIRST_CAPACITY);
	lastChange = new Float64Array(FIRST_CAPACITY);
	/** Deviations that were handed on: extremes, and watched time of the latest. Kept apart from what is normal. */
	farLow = new Float64Array(FIRST_CAPACITY);
	farHigh = new Float64Array(FIRST_CAPACITY);
	said = new Float64Array(FIRST_CAPACITY);
	/** Written values that are normal; the last written value whoever wrote it, and when; watched time of the first normal write. */
	writtenMin = new Float64Array(FIRST_CAPACITY);
	writtenMax = new Float64Array(FIRST_CAPACITY);
	writtenLast = new Float64Array(FIRST_CAPACITY);
	writtenTime = new Float64Array(FIRST_CAPACITY);
	writtenSince = new Float64Array(FIRST_CAPACITY);
	/** Written values that were within the margin of those: they stay normal when the margin shrinks, and widen nothing. */
	acceptedMin = new Float64Array(FIRST_CAPACITY);
	acceptedMax = new Float64Array(FIRST_CAPACITY);
	/** Normal written values of this period of forgetting, and looks in it at the value while it was read. */
	periodWrittenMin = new Float64Array(FIRST_CAPACITY);
	periodWrittenMax = new Float64Array(FIRST_CAPACITY);
	periodLooks = new Uint32Array(FIRST_CAPACITY);
	/** Reads, changes, changes of direction, changes since the last new extreme or state, normal writes. */
	count = new Uint32Array(FIRST_CAPACITY);
	changes = new Uint32Array(FIRST_CAPACITY);
	turns = new Uint32Array(FIRST_CAPACITY);
	since = new Uint32Array(FIRST_CAPACITY);
	writes = new Uint32Array(FIRST_CAPACITY);
	/** Of those, the ones that made the range; and those before the latest that went beyond what was accepted. */
	writesLearned = new Uint32Array(FIRST_CAPACITY);
	writesBefore = new Uint32Array(FIRST_CAPACITY);
	readonly #motion = new Motion();
	/** The value before the change that is looked at, and the seconds between it and the one before. */
	#previous = 0;
	#sinceChange = 0;
	/** Place of its record in `#motion`: -1 for a point that hardly moved, -2 where there was no place. */
	#record = new Int32Array(FIRST_CAPACITY);
	/** Place of the states: -1 none yet (constant), -2 continuous. */
	#slot = new Int32Array(FIRST_CAPACITY);
	#direction = new Uint8Array(FIRST_CAPACITY);
	/** Learning round in which it was born. */
	#epoch = new Uint8Array(FIRST_CAPACITY);
	/** 1 while its value is one that deviated. */
	#isOff = new Uint8Array(FIRST_CAPACITY);
	/** 1 where the last write was no normal one: what is read back teaches nothing. */
	#isTainted = new Uint8Array(FIRST_CAPACITY);
	#states = new Float64Array(MAX_STATES * 64);
	#stateCount = new Uint8Array(64);
	/** A bit for each state that was seen in this period of forgetting. */
	#stateSeen = new Uint32Array(64);
	#slots = 0;
	readonly #freeSlots: number[] = [];

	constructor(capacity: number) {
		this.capacity = capacity;
	}

	/** A new point; -1 where the table is full. */
	add(): number {
		if (this.size >= this.capacity) return -1;
		const id = this.size++;
		if (id >= this.min.length) this.#grow();
		this.min[id] = Number.NaN;
		this.max[id] = Number.NaN;
		this.last[id] = Number.NaN;
		this.writtenMin[id] = Number.NaN;
		this.writtenMax[id] = Number.NaN;
		this.writtenLast[id] = Number.NaN;
		this.acceptedMin[id] = Number.NaN;
		this.acceptedMax[id] = Number.NaN;
		this.periodWrittenMin[id] = Number.NaN;
		this.periodWrittenMax[id] = Number.NaN;
		this.farLow[id] = Number.NaN;
		this.farHigh[id] = Number.NaN;
		this.said[id] = Number.NEGATIVE_INFINITY;
		this.born[id] = this.watched;
		this.lastNew[id] = this.watched;
		this.#slot[id] = -1;
		this.#record[id] = -1;
		this.#epoch[id] = this.epoch;
		return id;
	}

	/** One value read or reported. The caller has seen that it differs from `last`, or does not care. `time` is capture time. */
	observe(id: number, value: number, time: number): Verdict {
		if (value - value !== 0) return VERDICT.normal; // NaN and the infinities are no measurements
		const count = this.count[id]!;
		if (this.isHeld && count === 0) return VERDICT.normal;
		this.count[id] = count + 1;
		const previous = this.last[id]!;
		const elapsed = time - this.lastTime[id]!;
		this.lastTime[id] = time;
		if (value === previous) return VERDICT.normal;
		this.last[id] = value;
		this.#previous = previous;
		this.#sinceChange = (time - this.lastChange[id]!) / 1e6;
		this.lastChange[id] = time;
		const at = this.#record[id]!;
		if (at >= 0) noteValue(this.#motion, at, value);
		if (count === 0 || Number.isNaN(previous)) {
			this.min[id] = value;
			this.max[id] = value;
			return VERDICT.normal;
		}
		return this.#change(id, value, previous, elapsed);
	}

	#change(id: number, value: number, previous: number, elapsed: number): Verdict {
		const wasOff = this.#isOff[id] === 1;
		const isWritten = value === this.writtenLast[id];
		if (isWritten && this.#isTainted[id] === 1) {
			this.#isOff[id] = 1;
			return VERDICT.normal; // the write was judged; reading it back is no second event and teaches nothing
		}
		const min = this.min[id]!;
		const max = this.max[id]!;
		const step = Math.abs(value - previous);
		if (this.#isCounter(id)) {
			const reach = this.#reach(id, elapsed);
			const distance = this.#ahead(id, value, previous);
			if (distance <= reach) {
				this.#learnCount(id, value, previous, distance, elapsed);
				return VERDICT.normal;
			}
			const isSure = this.changes[id]! >= COUNTER_SURE && !isWritten;
			if (isSure && distance < Number.POSITIVE_INFINITY && value > previous === (this.#direction[id] === RISING)) {
				if (this.#isOld(id)) {
					this.#isOff[id] = 1;
					return this.#isWorthSaying(id, value, max - min) ? VERDICT.outside : VERDICT.normal;
				}
			} else if (isSure) {
				if (value >= 0 && value <= reach) {
					const record = this.#record[id]!;
					if (record >= 0 && !this.isHeld) this.#motion.words[record + FIELD.resets]!++;
					return VERDICT.normal; // it was set to zero
				}
				if (step <= COUNTER_FACTOR * this.step[id]!) {
					// Two clients that read at once may be seen in the wrong order; twice in a row it is no counter.
					this.#isOff[id] = 1;
					if (!wasOff) return VERDICT.normal;
				} else if (this.#isOld(id)) {
					this.#isOff[id] = 1;
					return this.#isWorthSaying(id, value, max - min) ? VERDICT.back : VERDICT.normal;
				}
			}
		}
		const at = this.#record[id]!;
		if (at >= 0 && !isWritten && isBitField(this.#motion, at, this.changes[id]!) && this.#isOld(id)) {
			const isNew = newBits(this.#motion, at, value) !== 0;
			if (isNew) {
				this.#isOff[id] = 1;
				return this.#isWorthSaying(id, value, max - min) ? VERDICT.bit : VERDICT.normal;
			}
			// A new combination of bits that each move is no news, whatever number it makes.
			if (!this.isHeld) {
				if (value < min) this.min[id] = value;
				if (value > max) this.max[id] = value;
			}
			this.#isOff[id] = 0;
			this.#learnChange(id, value, previous, step, wasOff, false);
			return VERDICT.normal;
		}
		if (value < min || value > max) {
			if (this.isJudging(id) && !isWritten) {
				if (this.#beyond(id, value) > 0) {
					this.#isOff[id] = 1;
					return this.#isWorthSaying(id, value, max - min) ? VERDICT.outside : VERDICT.normal;
				}
				this.#isOff[id] = 0;
				return VERDICT.normal; // within the margin: neither said nor learned
			}
			if (isWritten && this.isJudging(id)) {
				this.#isOff[id] = 0;
				return VERDICT.normal;
			}
			if (this.isHeld) {
				this.#isOff[id] = 1;
				return VERDICT.normal;
			}
			const isSurprise = !isWritten && this.count[id]! > MIN_READS_FORCED && this.#beyond(id, value) > 0;
			if (isSurprise) {
				this.surpriseMin = min;
				this.surpriseMax = max;
			}
			if (value < min) this.min[id] = value;
			else this.max[id] = value;
			this.#isOff[id] = 0;
			const verdict = this.#learnChange(id, value, previous, step, wasOff, true);
			return isSurprise && verdict === VERDICT.normal ? VERDICT.surprise : verdict;
		}
		this.#isOff[id] = 0;
		const slot = this.#slot[id]!;
		if (slot === -2) {
			if (step > this.step[id]! && !wasOff && !isWritten && this.#isJump(id, step, max - min, elapsed)) {
				return this.#isWorthSaying(id, value, max - min) ? VERDICT.step : VERDICT.normal;
			}
		} else if (
			!isWritten &&
			this.changes[id]! >= STATE_CHANGES &&
			slot >= 0 &&
			this.#stateCount[slot]! <= STATE_MEMBERS &&
			this.since[id]! * 2 >= this.changes[id]! &&
			!this.#isState(slot, value) &&
			this.isJudging(id)
		) {
			return this.#isWorthSaying(id, value, max - min) ? VERDICT.state : VERDICT.normal;
		}
		return this.#learnChange(id, value, previous, step, wasOff, false);
	}

	/** Learns a change that is normal by its value; its repetition may not be. */
	#learnChange(id: number, value: number, previous: number, step: number, wasOff: boolean, isExtreme: boolean): Verdict {
		if (this.isHeld) return VERDICT.normal;
		this.changes[id]!++;
		const direction = value > previous ? RISING : FALLING;
		const isTurn = direction !== this.#direction[id];
		const repeated = this.#learnMotion(id, value, previous, step, wasOff, isTurn);
		if (isTurn) {
			if (this.#direction[id] !== 0) this.turns[id]!++;
			this.#direction[id] = direction;
		}
		if (step > this.step[id]! && !wasOff && !this.isJudging(id)) this.step[id] = step;
		let isNew = isExtreme;
		const slot = this.#slot[id]!;
		if (slot !== -2) isNew = this.#learnState(id, slot, value, previous) || isNew;
		if (isNew) {
			this.since[id] = 0;
			this.lastNew[id] = this.watched;
		} else this.since[id]!++;
		return repeated > 0 && this.#isWorthSaying(id, value, Number.MAX_VALUE) ? VERDICT.replayed : VERDICT.normal;
	}

	/** Learns how it moved; the number of changes that repeat what was before, where that is news. */
	#learnMotion(id: number, value: number, previous: number, step: number, wasOff: boolean, isTurn: boolean): number {
		let at = this.#record[id]!;
		const changes = this.changes[id]!;
		if (at < 0) {
			if (at === -2 || changes < RECORD_CHANGES) return 0;
			at = this.#motion.take();
			this.#record[id] = at < 0 ? -2 : at;
			if (at < 0) return 0;
			for (const known of [previous, value]) noteValue(this.#motion, at, known);
		}
		const motion = this.#motion;
		noteBits(motion, at, value, previous, changes);
		if (value === this.writtenLast[id]) motion.words[at + FIELD.byWrite]!++;
		noteMove(motion, at, step, this.#sinceChange, changes);
		// Few states have no tails, and what only goes one way neither has nor comes back to what it was.
		if (this.#slot[id] !== -2 || (this.turns[id] === 0 && !isTurn)) return 0;
		const ownStep = wasOff ? Number.NaN : step;
		if (isExtreme(motion, at, value, ownStep) && !this.isJudging(id)) noteExtreme(motion, at, value, ownStep);
		return this.chunks.add(motion, at, value, isTurn) ? this.chunks.end(motion, at, this.isJudging(id)) : 0;
	}

	/** Whole seconds of its life. */
	#second(id: number): number {
		return Math.floor((this.watched - this.born[id]!) / 1e6);
	}

	/**
	 * A look at a point that moves, each few seconds, with the capture time of now: learns what needs no single change (how long it stands still, its days, the turn of
	 * blocks), and says what its time says of it although it may not have changed at all.
	 */
	inspect(id: number, now: number): Verdict {
		const at = this.#record[id]!;
		this.isNoted = false;
		if (at < 0) return VERDICT.normal;
		const motion = this.#motion;
		const isRead = now - this.lastTime[id]! <= RHYTHM_FACTOR * this.#interval(id);
		if (turnDay(motion, at, now)) this.isNoted = true;
		if (isRead) noteValue(motion, at, this.last[id]!);
		if (this.isHeld) return VERDICT.normal;
		const { words } = motion;
		const second = this.#second(id);
		const isCounter = this.#isCounter(id);
		// A counter finds a new largest value all the time.
		const isJudging = isCounter ? this.#isOld(id) : this.isJudging(id);
		if (!isJudging) turnBlocks(motion, at, second);
		const change = (this.lastChange[id]! / 1e3) >>> 0;
		const hasMoved = change !== words[at + FIELD.seenChange];
		noteStill(motion, at, second, this.count[id]!, hasMoved, !isJudging || second < words[at + FIELD.stillUntil]!);
		if (hasMoved) {
			words[at + FIELD.seenChange] = change;
			noteDay(motion, at, this.last[id]!);
			this.isNoted = true;
		}
		if (this.#isOff[id] === 0 && isRead) this.#notePeriod(id, at);
		const isContinuous = this.#slot[id] === -2 && !isCounter;
		const isLevel = isContinuous && noteLevel(motion, at, this.last[id]!);
		if (!isJudging) {
			if (isLevel) learnLevel(motion, at);
			return VERDICT.normal;
		}
		const range = this.max[id]! - this.min[id]!;
		if (followDrift(motion, at, second, range) && isContinuous) return VERDICT.drift;
		if (isLevel && this.#isTainted[id] === 0 && judgeLevel(motion, at, this.drift(id).shift, range) && !this.#isPaced(id))
			return VERDICT.level;
		// Of what is not read any more nothing is known; what deviates, or was written, stands where it was put.
		if (!isRead || this.#isOff[id] === 1 || this.#isTainted[id] === 1) return VERDICT.normal;
		if (judgeStill(motion, at, second, this.count[id]!, this.changes[id]!) === 0) return VERDICT.normal;
		const kind = this.kind(id);
		if (kind === "set point" || kind === "bit field") return VERDICT.normal;
		words[at + FIELD.isStillSaid] = 1;
		return VERDICT.frozen;
	}

	/** Learns, from looks, which values this period of forgetting has. */
	#notePeriod(id: number, at: number): void {
		const { floats } = this.#motion;
		const value = this.last[id]!;
		this.periodLooks[id]!++;
		if (value > floats[at + FIELD.periodHigh]!) floats[at + FIELD.periodHigh] = value;
		if (-value > floats[at + FIELD.periodLow]!) floats[at + FIELD.periodLow] = -value;
	}

	/**
	 * Ends a period of forgetting that began at `since` (watched time): what is known and was not seen in it is normal no more. Limits give way only where the values ended
	 * well before them, for looks may miss what was there for a moment; of a point that was born in it, or hardly read, nothing fades.
	 */
	fade(id: number, since: number): FadedValue[] {
		const faded: FadedValue[] = [];
		const at = this.#record[id]!;
		if (this.born[id]! <= since && at >= 0 && this.periodLooks[id]! >= PERIOD_LOOKS && !this.#isCounter(id) && this.isJudging(id)) {
			const last = this.last[id]!;
			const bits = isBitField(this.#motion, at, this.changes[id]!) ? fadeBits(this.#motion, at, last) : 0;
			const slot = this.#slot[id]!;
			const one = slot >= 0 ? this.#fadeStates(id, slot) : slot === -2 ? this.#fadeRange(id, at) : undefined;
			// Of a status word its bits are told, not the numbers that they make.
			if (bits !== 0) faded.push({ kind: "bits", bits, last });
			else if (one !== undefined) faded.push(one);
		}
		if (this.writes[id]! > 0 && this.writtenSince[id]! <= since) {
			const one = this.#fadeWritten(id);
			if (one !== undefined) faded.push(one);
		}
		this.periodLooks[id] = 0;
		this.periodWrittenMin[id] = Number.NaN;
		this.periodWrittenMax[id] = Number.NaN;
		if (at >= 0) {
			this.#motion.floats.fill(Number.NEGATIVE_INFINITY, at + FIELD.periodHigh, at + FIELD.periodLow + 1);
			this.#motion.words[at + FIELD.moved] = 0;
		}
		return faded;
	}

	#fadeRange(id: number, at: number): FadedValue | undefined {
		const { floats } = this.#motion;
		const min = this.min[id]!;
		const max = this.max[id]!;
		const range = max - min;
		const high = floats[at + FIELD.periodHigh]!;
		const low = -floats[at + FIELD.periodLow]!;
		// Values beyond a limit, which noise or drift may bring, do not move it.
		const newMax = high < max - FADING_SHARE * range ? Math.max(high, min) + FADED_MARGIN * range : max;
		const newMin = low > min + FADING_SHARE * range ? Math.min(low, max) - FADED_MARGIN * range : min;
		if (newMin === min && newMax === max) return undefined;
		this.min[id] = newMin;
		this.max[id] = newMax;
		fadeTails(this.#motion, at, newMin, newMax);
		fadeLevel(this.#motion, at, newMin, newMax);
		return { kind: "read", min, max, newMin, newMax };
	}

	#fadeStates(id: number, slot: number): FadedValue | undefined {
		const from = slot * MAX_STATES;
		// It may have been the same all the time.
		this.#isState(slot, this.last[id]!);
		const seen = this.#stateSeen[slot]!;
		const states = [...this.#states.subarray(from, from + this.#stateCount[slot]!)];
		const left = states.filter((_, state) => (seen & (1 << state)) !== 0);
		this.#stateSeen[slot] = 0;
		if (left.length === states.length || left.length === 0) return undefined;
		this.#states.set(left, from);
		this.#stateCount[slot] = left.length;
		this.min[id] = Math.min(...left);
		this.max[id] = Math.max(...left);
		return { kind: "states", gone: states.filter((state) => !left.includes(state)).sort((one, other) => one - other) };
	}

	#fadeWritten(id: number): FadedValue | undefined {
		const min = this.writtenMin[id]!;
		const max = this.writtenMax[id]!;
		const low = this.periodWrittenMin[id]!;
		const high = this.periodWrittenMax[id]!;
		// Where all that was written lay beside the range, within its margin, that is what is known.
		const isBeside = low > max || high < min;
		const newMin = isBeside ? low : Math.max(min, low);
		const newMax = isBeside ? high : Math.min(max, high);
		this.acceptedMin[id] = Math.max(this.acceptedMin[id]!, low);
		this.acceptedMax[id] = Math.min(this.acceptedMax[id]!, high);
		if (Number.isNaN(newMin)) {
			for (const count of [this.writes, this.writesLearned, this.writesBefore]) count[id] = 0;
		} else if (newMin - min <= FADING_SHARE * (max - min) && max - newMax <= FADING_SHARE * (max - min)) return undefined;
		this.writtenMin[id] = newMin;
		this.writtenMax[id] = newMax;
		return { kind: "written", min, max, newMin, newMax };
	}

	/** True for what only goes round: its mean says how its pace and that of reading meet. */
	#isPaced(id: number): boolean {
		const kind = this.kind(id);
		return kind === "clock" || kind === "ramp";
	}

	/** True for a point that changed often enough to be looked at by `inspect`. */
	isMoving(id: number): boolean {
		return this.#record[id]! >= 0;
	}

	/** Seconds since a look saw that it had moved, and the longest such time that was learned. */
	stillness(id: number): { still: number; longest: number } {
		const at = this.#record[id]!;
		if (at < 0) return { still: 0, longest: 0 };
		const { words } = this.#motion;
		return { still: this.#second(id) - words[at + FIELD.changedAt]!, longest: words[at + FIELD.longestStill]! };
	}

	/** True while its value is one that deviated. */
	isOff(id: number): boolean {
		return this.#isOff[id] === 1;
	}

	/** As in its band. */
	age(id: number): number {
		return Math.min(this.watched - this.born[id]!, this.memoryMicros);
	}

	/** The mean of its latest ten minutes, and the lowest and highest one that were learned. */
	level(id: number): { mean: number; low: number; high: number } {
		const { floats } = this.#motion;
		const at = this.#record[id]!;
		return { mean: floats[at + FIELD.levelMean]!, low: floats[at + FIELD.levelLow]!, high: floats[at + FIELD.levelHigh]! };
	}

	/** How far its limits have followed it since its first judged day. */
	drift(id: number): { anchor: number; shift: number } {
		const at = this.#record[id]!;
		if (at < 0) return { anchor: Number.NaN, shift: 0 };
		return { anchor: this.#motion.floats[at + FIELD.anchor]!, shift: this.#motion.floats[at + FIELD.shift]! };
	}

	/**
	 * Extremes of the days on which it was read, of the seven that end with that of `now` (capture time), the earliest first. What hardly moved is known from its latest change
	 * on; what a document said of it and was not read since, of no day.
	 */
	week(id: number, now: number): DayExtremes[] {
		const at = this.#record[id]!;
		if (at >= 0) return week(this.#motion, at, now);
		const days: DayExtremes[] = [];
		if (this.lastTime[id] === 0) return days;
		const last = this.last[id]!;
		const changed = dayOf(this.lastChange[id]!);
		for (let day = Math.max(changed, dayOf(now) - WEEK_DAYS + 1); day <= Math.min(dayOf(this.lastTime[id]!), dayOf(now)); day++) {
			const wasChanged = day === changed;
			days.push({ day, low: wasChanged ? Math.min(last, this.min[id]!) : last, high: wasChanged ? Math.max(last, this.max[id]!) : last });
		}
		return days;
	}

	/** Bits of a status word that never were as in `value`. */
	newBits(id: number, value: number): number {
		const at = this.#record[id]!;
		return at < 0 ? 0 : newBits(this.#motion, at, value);
	}

	kind(id: number): Kind {
		const at = this.#record[id]!;
		const changes = this.changes[id]!;
		return kindOf(this.#motion, at, {
			reads: this.count[id]!,
			changes,
			turns: this.turns[id]!,
			range: this.max[id]! - this.min[id]!,
			hasStates: this.#slot[id]! >= 0,
			isCounter: this.#isCounter(id),
			isBitField: at >= 0 && isBitField(this.#motion, at, changes),
		});
	}

	/** What would be said of this value if it were read now. Changes nothing. */
	judge(id: number, value: number): Verdict {
		if (value - value !== 0 || this.#isCounter(id) || !this.isJudging(id)) return VERDICT.normal;
		const at = this.#record[id]!;
		if (at >= 0 && isBitField(this.#motion, at, this.changes[id]!))
			return newBits(this.#motion, at, value) === 0 ? VERDICT.normal : VERDICT.bit;
		return this.#beyond(id, value) > 0 ? VERDICT.outside : VERDICT.normal;
	}

	/** 0 to 1: how sure what is known of its values is. */
	maturity(id: number): number {
		return this.band(id).trust;
	}

	/**
	 * True for a word that just went on by one because the word beside it, of the same number of 32 bits, went past its end; it is learned. `low` is the point of that word,
	 * -1 for none, and `lowValue` what it says now.
	 */
	isCarry(id: number, value: number, low: number, lowValue: number): boolean {
		if (low < 0) return false;
		const isUp = value === this.#previous + 1;
		if (!isUp && value !== this.#previous - 1) return false;
		const reach = COUNTER_FACTOR * this.step[low]!;
		if (!(reach > 0 && reach <= CARRY_REACH && (isUp ? lowValue <= reach : lowValue >= WORD - reach))) return false;
		if (this.isHeld) return true;
		const slot = this.#slot[id]!;
		if (slot !== -2) this.#learnState(id, slot, value, value);
		if (value > this.max[id]!) this.max[id] = value;
		if (value < this.min[id]!) this.min[id] = value;
		this.#isOff[id] = 0;
		this.said[id] = Number.NEGATIVE_INFINITY;
		return true;
	}

	/** Adds a state; true where it was a new one. */
	#learnState(id: number, slot: number, value: number, previous: number): boolean {
		let at = slot;
		if (at === -1) {
			at = this.#takeSlot();
			this.#slot[id] = at;
			if (at === -2) return false;
			this.#states[at * MAX_STATES] = previous;
			this.#stateCount[at] = 1;
		}
		if (this.#isState(at, value)) return false;
		const count = this.#stateCount[at]!;
		if (count === MAX_STATES) {
			this.#slot[id] = -2;
			this.#freeSlots.push(at);
			return false;
		}
		this.#states[at * MAX_STATES + count] = value;
		this.#stateCount[at] = count + 1;
		this.#stateSeen[at]! |= 1 << count;
		return true;
	}

	#takeSlot(): number {
		const free = this.#freeSlots.pop();
		if (free !== undefined) {
			this.#stateSeen[free] = 0;
			return free;
		}
		if (this.#slots >= MAX_STATE_SLOTS) return -2;
		const slot = this.#slots++;
		if (slot >= this.#stateCount.length) {
			const states = new Float64Array(this.#states.length * 2);
			states.set(this.#states);
			this.#states = states;
			const counts = new Uint8Array(this.#stateCount.length * 2);
			counts.set(this.#stateCount);
			this.#stateCount = counts;
			const seen = new Uint32Array(this.#stateSeen.length * 2);
			seen.set(this.#stateSeen);
			this.#stateSeen = seen;
		}
		return slot;
	}

	/** True for a known state, which is seen by that. */
	#isState(slot: number, value: number): boolean {
		const from = slot * MAX_STATES;
		for (let at = from; at < from + this.#stateCount[slot]!; at++) {
			if (this.#states[at] !== value) continue;
			this.#stateSeen[slot]! |= 1 << (at - from);
			return true;
		}
		return false;
	}

	/** True where its range may be judged: by itself after a day of quiet, or because a person said so; never while its range is still opening. */
	isJudging(id: number): boolean {
		const age = this.watched - this.born[id]!;
		const isQuiet = this.watched - this.lastNew[id]! >= age * QUIET_SHARE;
		if (this.#isForced(id)) return this.count[id]! >= MIN_READS_FORCED && (isQuiet || this.since[id]! >= CLOSED_CHANGES);
		return age >= this.learningMicros && this.count[id]! >= MIN_READS && isQuiet;
	}

	#isForced(id: number): boolean {
		return this.#epoch[id]! < this.epoch;
	}

	/** True where enough was seen, and for long enough, to say a word about it. */
	#isOld(id: number): boolean {
		if (this.#isForced(id)) return this.count[id]! >= MIN_READS_FORCED;
		return this.watched - this.born[id]! >= this.learningMicros && this.count[id]! >= MIN_READS;
	}

	/** True for a value that only ever went one way, bit by bit. */
	#isCounter(id: number): boolean {
		return (
			this.turns[id] === 0 &&
			this.changes[id]! >= COUNTER_CHANGES &&
			COUNTER_STEPS * this.step[id]! <= this.max[id]! - this.min[id]! &&
			this.#direction[id] !== 0
		);
	}

	/** Usual time between two reads, microseconds. */
	#interval(id: number): number {
		return (this.watched - this.born[id]!) / this.count[id]!;
	}

	/** How far a counter may have gone since the last look; anywhere, where it is not known how long ago that was. */
	#reach(id: number, elapsed: number): number {
		if (!(elapsed > 0)) return Number.POSITIVE_INFINITY;
		return COUNTER_FACTOR * this.step[id]! * Math.max(1, elapsed / this.#interval(id));
	}

	/** How far ahead of `previous` a counter now is: past the end of its register where it went over. Infinite for what goes back. */
	#ahead(id: number, value: number, previous: number): number {
		const isRising = this.#direction[id] === RISING;
		const distance = isRising ? value - previous : previous - value;
		if (distance >= 0) return distance;
		if (!Number.isInteger(value) || !Number.isInteger(previous) || Math.min(value, previous) < 0) return Number.POSITIVE_INFINITY;
		const size = Math.max(value, previous) < WORD ? WORD : DOUBLE_WORD;
		return Math.max(value, previous) < size ? distance + size : Number.POSITIVE_INFINITY;
	}

	/** Learns that a counter went on. */
	#learnCount(id: number, value: number, previous: number, distance: number, elapsed: number): void {
		this.changes[id]!++;
		if (!this.isHeld) this.#learnMotion(id, value, previous, distance, false, false);
		this.since[id] = 0;
		this.lastNew[id] = this.watched;
		this.#isOff[id] = 0;
		if (value < this.min[id]!) this.min[id] = value;
		if (value > this.max[id]!) this.max[id] = value;
		if (distance > this.step[id]! && elapsed <= RHYTHM_FACTOR * this.#interval(id) && !this.#isOld(id)) this.step[id] = distance;
		const slot = this.#slot[id]!;
		if (slot !== -2) this.#learnState(id, slot, value, previous);
	}

	/** Independent looks at the range: turns, but no more than changes since the last extreme. */
	#closed(id: number): number {
		return 1 + Math.min(this.turns[id]!, this.since[id]!);
	}

	/**
	 * How far beyond a range of `looks` independent values the next may lie, as a share of the range: the 95 % bound for values spread evenly
	 * (the largest of n exceeds the end of the true range by no more than R(0.05^(-1/(n-1)) - 1)).
	 */
	#margin(id: number, looks: number): number {
		if (looks < 2) return MAX_MARGIN;
		const range = this.max[id]! - this.min[id]!;
		const half = range > 0 ? Math.min(0.25, (0.5 * this.step[id]!) / range) : 0;
		return Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, half, 0.05 ** (-1 / (looks - 1)) - 1));
	}

	/** Distance beyond the range and what it may be left by: margin, tail and drift. 0 or less inside. */
	#beyond(id: number, value: number): number {
		const min = this.min[id]!;
		const max = this.max[id]!;
		const range = max - min;
		const distance = value > max ? value - max : min - value;
		const slack = range > 0 ? range * this.#margin(id, this.#closed(id)) : CONSTANT_MARGIN * Math.abs(max);
		const at = this.#record[id]!;
		if (distance <= slack || at < 0 || this.#slot[id] !== -2) return distance - slack;
		const isHigh = value > max;
		const level = tailLevel(this.#motion, at, isHigh ? TAIL.high : TAIL.low);
		const tail = Number.isNaN(level) ? 0 : Math.min(MAX_TAIL * range, isHigh ? level - max : level + min);
		const { shift } = this.drift(id);
		return distance - Math.max(slack, tail) - Math.max(0, isHigh ? shift : -shift);
	}

	#isJump(id: number, step: number, range: number, elapsed: number): boolean {
		const largest = this.step[id]!;
		if (this.turns[id]! < STEP_TURNS || this.changes[id]! < STEP_CHANGES || step < STEP_SHARE * range) return false;
		const at = this.#record[id]!;
		const level = at < 0 ? Number.NaN : tailLevel(this.#motion, at, TAIL.step);
		const most = STEP_FACTOR * largest;
		if (step < (Number.isNaN(level) ? most : Math.min(most, Math.max(level, TAIL_STEP_FACTOR * largest)))) return false;
		return elapsed <= RHYTHM_FACTOR * this.#interval(id) && this.isJudging(id);
	}

	/** Notes a deviation; true where it is the first, one further out, or one after a while. */
	#isWorthSaying(id: number, value: number, range: number): boolean {
		const low = this.farLow[id]!;
		const high = this.farHigh[id]!;
		const further = Math.max(range, 1) / 2;
		const isFurther = !(value >= low - further && value <= high + further);
		if (!(value >= low)) this.farLow[id] = value;
		if (!(value <= high)) this.farHigh[id] = value;
		if (!isFurther && this.watched - this.said[id]! < REPEAT_MICROS) return false;
		this.said[id] = this.watched;
		return true;
	}

	/** Is this written value one that was written or read here before, or near it? Changes nothing. */
	judgeWrite(id: number, value: number): Verdict {
		if (value - value !== 0 || !this.isJudgingWrites(id)) return VERDICT.normal;
		const { min, max } = this.#writable(id);
		if (Number.isNaN(min) || (value >= min && value <= max)) return VERDICT.normal;
		if (value >= this.acceptedMin[id]! && value <= this.acceptedMax[id]!) return VERDICT.normal;
		// Looks at the range: those that made it, and those after which it was still the same.
		const written = Math.min(this.writes[id]!, this.writesLearned[id]! + this.writes[id]! - this.writesBefore[id]!);
		const looks = Math.max(written, this.count[id]! > 0 ? this.#closed(id) : 0);
		const range = max - min;
		const margin = looks < 2 ? MAX_MARGIN : Math.min(MAX_MARGIN, Math.max(MIN_MARGIN, 0.05 ** (-1 / (looks - 1)) - 1));
		// What was always the same has no width. Where nobody said that this is so, a few writes do not show it either.
		const share = this.writes[id]! >= SURE_WRITES || this.#isForced(id) ? 2 * CONSTANT_MARGIN : 1;
		const slack = range > 0 ? range * margin : share * Math.abs(max);
		return (value > max ? value - max : min - value) > slack ? VERDICT.outside : VERDICT.normal;
	}

	/** True where enough is known of the values written here. By themselves writes learn on their own clock: that one came at all is judged by the members. */
	isJudgingWrites(id: number): boolean {
		if (this.#isForced(id)) return this.writes[id]! > 0 || this.count[id]! >= MIN_READS_FORCED;
		return this.writes[id]! > 0 && this.watched - this.writtenSince[id]! >= this.learningMicros;
	}

	/** The range that writes are judged against: what was written and what was read. */
	#writable(id: number): { min: number; max: number } {
		const low = this.min[id]!;
		const high = this.max[id]!;
		const writtenLow = this.writtenMin[id]!;
		const writtenHigh = this.writtenMax[id]!;
		return {
			min: Number.isNaN(low) ? writtenLow : Number.isNaN(writtenLow) ? low : Math.min(low, writtenLow),
			max: Number.isNaN(high) ? writtenHigh : Number.isNaN(writtenHigh) ? high : Math.max(high, writtenHigh),
		};
	}

	/** Notes a write that the server took. Only a normal one is learned. */
	noteWrite(id: number, value: number, time: number, isNormal: boolean): void {
		this.writtenLast[id] = value;
		this.writtenTime[id] = time;
		this.#isTainted[id] = isNormal ? 0 : 1;
		if (!isNormal || value - value !== 0 || this.isHeld) return;
		const isClosed = this.writes[id]! > 0 && this.isJudgingWrites(id);
		if (this.writes[id] === 0) this.writtenSince[id] = this.watched;
		this.writes[id]!++;
		if (!(value >= this.periodWrittenMin[id]!)) this.periodWrittenMin[id] = value;
		if (!(value <= this.periodWrittenMax[id]!)) this.periodWrittenMax[id] = value;
		if (isClosed) {
			// The range stays as it is, and margins are counted from it: no creep.
			if (value >= this.writtenMin[id]! && value <= this.writtenMax[id]!) return;
			if (value >= this.acceptedMin[id]! && value <= this.acceptedMax[id]!) return;
			if (!(value >= this.acceptedMin[id]!)) this.acceptedMin[id] = value;
			if (!(value <= this.acceptedMax[id]!)) this.acceptedMax[id] = value;
			this.writesBefore[id] = this.writes[id]!;
			return;
		}
		this.writesLearned[id]!++;
		this.writesBefore[id] = this.writes[id]!;
		if (!(value >= this.writtenMin[id]!)) this.writtenMin[id] = value;
		if (!(value <= this.writtenMax[id]!)) this.writtenMax[id] = value;
	}

	/** How far a value lies outside, in widths of what is normal (a constant counts as wide as its value, at least 1). */
	distance(id: number, value: number, isWrite: boolean): number {
		const { min, max } = isWrite ? this.#writable(id) : { min: this.min[id]!, max: this.max[id]! };
		if (Number.isNaN(min)) return 0;
		const beyond = value > max ? value - max : value < min ? min - value : 0;
		return beyond / (max > min ? max - min : Math.max(1, Math.abs(max)));
	}

	band(id: number): Band {
		const slot = this.#slot[id]!;
		const states =
			slot >= 0
				? [...this.#states.subarray(slot * MAX_STATES, slot * MAX_STATES + this.#stateCount[slot]!)].sort((one, other) => one - other)
				: undefined;
		const age = this.watched - this.born[id]!;
		const looks = this.changes[id] === 0 ? Math.min(20, this.count[id]! / 10) : this.#closed(id);
		return {
			kind: this.kind(id),
			min: this.min[id]!,
			max: this.max[id]!,
			step: this.step[id]!,
			reads: this.count[id]!,
			changes: this.changes[id]!,
			states,
			writtenMin: this.writtenMin[id]!,
			writtenMax: this.writtenMax[id]!,
			writes: this.writes[id]!,
			age: Math.min(age, this.memoryMicros),
			isForced: this.#isForced(id),
			trust: (1 - 1 / (1 + Math.max(looks, this.writes[id]!))) * timeTrust(age),
		};
	}

	/** What is known of a point, for its document. */
	known(id: number): KnownPoint {
		const at = this.#record[id]!;
		const isSettled = at >= 0 && this.#slot[id] === -2 && this.isJudging(id);
		const level = isSettled ? knownLevel(this.#motion, at) : undefined;
		return {
			...this.band(id),
			born: this.born[id]!,
			turns: this.turns[id]!,
			direction: this.#direction[id]!,
			...(isSettled && { tails: knownTails(this.#motion, at) }),
			...(level !== undefined && { level }),
		};
	}

	/** Fills a new point with what a document says. It begins where a counter would go on. */
	adopt(id: number, known: KnownPoint): void {
		this.min[id] = known.min;
		this.max[id] = known.max;
		this.last[id] = known.direction === FALLING ? known.min : known.max;
		this.step[id] = known.step;
		this.born[id] = known.born;
		this.lastNew[id] = known.born;
		this.count[id] = known.reads;
		this.changes[id] = known.changes;
		this.since[id] = known.changes;
		this.turns[id] = known.turns;
		this.writes[id] = known.writes;
		this.writtenMin[id] = known.writtenMin;
		this.writtenMax[id] = known.writtenMax;
		this.writtenSince[id] = known.born;
		this.writesLearned[id] = known.writes;
		this.writesBefore[id] = known.writes;
		this.#direction[id] = known.direction;
		// It is normal because a person said so.
		this.#epoch[id] = 0;
		if (known.changes >= RECORD_CHANGES) {
			const at = this.#motion.take();
			this.#record[id] = at < 0 ? -2 : at;
			// The document does not say how long it stands still.
			if (at >= 0) {
				const motion = this.#motion;
				const { tails, level } = known;
				motion.words[at + FIELD.stillUntil] = this.#second(id) + this.learningMicros / 1e6;
				if (tails !== undefined) adoptTails(motion, at, tails);
				if (level !== undefined) adoptLevel(motion, at, level.low, level.high);
			}
		}
		if (known.states === undefined) this.#slot[id] = known.changes > 0 ? -2 : -1;
		else {
			const slot = this.#takeSlot();
			this.#slot[id] = slot;
			if (slot < 0) return;
			this.#states.set(known.states, slot * MAX_STATES);
			this.#stateCount[slot] = known.states.length;
		}
	}

	#grow(): void {
		const length = Math.min(this.capacity, this.min.length * 2);
		const floats = (old: Float64Array): Float64Array<ArrayBuffer> => {
			const grown = new Float64Array(length);
			grown.set(old);
			return grown;
		};
		const words = (old: Uint32Array): Uint32Array<ArrayBuffer> => {
			const grown = new Uint32Array(length);
			grown.set(old);
			return grown;
		};
		const bytes = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
			const grown = new Uint8Array(length);
			grown.set(old);
			return grown;
		};
		for (const name of FLOATS) this[name] = floats(this[name]);
		for (const name of WORDS) this[name] = words(this[name]);
		const slots = new Int32Array(length);
		slots.set(this.#slot);
		this.#slot = slots;
		const records = new Int32Array(length);
		records.set(this.#record);
		this.#record = records;
		this.#direction = bytes(this.#direction);
		this.#epoch = bytes(this.#epoch);
		this.#isOff = bytes(this.#isOff);
		this.#isTainted = bytes(this.#isTainted);
	}

	/** One point as plain data. */
	save(id: number): SavedPoint {
		const saved: SavedPoint = [];
		for (const name of FLOATS) {
			const value = this[name][id]!;
			saved.push(Number.isFinite(value) ? value : null);
		}
		for (const name of WORDS) saved.push(this[name][id]!);
		const slot = this.#slot[id]!;
		saved.push(this.#direction[id]!, this.#epoch[id]!, this.#isOff[id]!, this.#isTainted[id]!);
		saved.push(slot < 0 ? slot : [...this.#states.subarray(slot * MAX_STATES, slot * MAX_STATES + this.#stateCount[slot]!)]);
		saved.push(slot < 0 ? 0 : this.#stateSeen[slot]!);
		const at = this.#record[id]!;
		saved.push(at < 0 ? at : this.#motion.save(at));
		return saved;
	}

	/** Fills a new point from saved data; false where the data is damaged (the point is then as new). */
	restore(id: number, saved: unknown): boolean {
		const total = FLOATS.length + WORDS.length + 7;
		if (!Array.isArray(saved) || saved.length !== total) return false;
		for (let at = 0; at < FLOATS.length; at++) if (saved[at] !== null && !Number.isFinite(saved[at])) return false;
		const isWord = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff;
		for (let at = FLOATS.length; at < total - 3; at++) if (!isWord(saved[at])) return false;
		const states: unknown = saved[total - 3];
		if (!isWord(saved[total - 2])) return false;
		const motion: unknown = saved[total - 1];
		if (!isMotion(motion) && motion !== -1 && motion !== -2) return false;
		if (Array.isArray(states)) {
			if (states.length === 0 || states.length > MAX_STATES || !states.every(Number.isFinite)) return false;
		} else if (states !== -1 && states !== -2) return false;
		FLOATS.forEach((name, at) => {
			this[name][id] = (saved[at] as number | null) ?? (name === "said" ? Number.NEGATIVE_INFINITY : Number.NaN);
		});
		WORDS.forEach((name, at) => {
			this[name][id] = saved[FLOATS.length + at] as number;
		});
		const rest = FLOATS.length + WORDS.length;
		this.#direction[id] = saved[rest];
		this.#epoch[id] = saved[rest + 1];
		this.#isOff[id] = saved[rest + 2];
		this.#isTainted[id] = saved[rest + 3];
		if (Array.isArray(states)) {
			const slot = this.#takeSlot();
			this.#slot[id] = slot;
			if (slot >= 0) {
				this.#states.set(states as number[], slot * MAX_STATES);
				this.#stateCount[slot] = states.length;
				this.#stateSeen[slot] = saved[total - 2] as number;
			}
		} else this.#slot[id] = states;
		const at = isMotion(motion) ? this.#motion.take() : motion;
		this.#record[id] = at;
		if (isMotion(motion)) {
			if (at >= 0) {
				this.#motion.restore(at, motion);
				this.chunks.claim(this.#motion.words[at + FIELD.salt]!);
			} else this.#record[id] = -2;
		}
		return true;
	}
}
