/**
 * The `cadence` trait: with which period each poll and each report comes. A subject is one stream: one client's one function on one range of one unit.
 *
 * The period is that on which most intervals agree (Boyer and Moore's majority vote, then a running mean of those that agree), so that pauses and extra polls while
 * learning move it nowhere. What no majority of intervals agrees on has no cadence and is never judged. Odd intervals are counted in two leaky counters, one for those
 * too short and one for those too long; while learning the counters show what is usual, and the limit is above it: the trait knows its own false alarms.
 */
import { type Evidence, type Maturity, MIN_OBSERVATIONS, maturityOf } from "./maturity.ts";
import { isNumbers, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait, Watch } from "./trait.ts";

/** Share of its intervals that must agree with the period: a poll that is disturbed in one of five is no clock. */
export const MIN_AGREEMENT = 0.8;
/** An interval agrees within this share of the period, or this many usual deviations, or the grain of a busy computer's timer, microseconds; never beyond half. */
const TOLERANCE = 0.15;
const SPREADS = 6;
const GRAIN = 2000;
const WIDEST = 0.5;
/** Intervals that the running means look back on; of more than the second one in so many counts (powers of two). */
const MEMORY = 64;
const WHOLE = 256;
const SAMPLED = 4;
/** A mature period follows the clock that drifts (temperature, load) within this share of the tolerance around what it was on the first mature day; never further. */
export const DRIFT_SHARE = 0.7;
/** Odd intervals in a row, some regular ones between, before anything is said; and what a regular one takes off. */
export const ODD_LIMIT = 5;
const RELIEF = 0.5;
/**
 * Silence: so many periods, at least so many microseconds (a connection that broke is open again by then), and this many times the second longest pause of its life: one
 * pause is an accident, two are a habit, and a weekend is shorter than four nights.
 */
export const SILENT_PERIODS = 3.5;
const SILENT_MICROS = 60e6;
const PAUSE_FACTOR = 4;
/** Share of its life for which it came with its period. */
const PRESENCE = 0.5;
/** What comes more seldom is done by people: its hours are known (`schedule.ts`), and a weekend is no silence. Microseconds. */
const SLOWEST = 3600e6;
/** Forced by a person: so many intervals are enough to know a period. */
const FORCED_INTERVALS = 20;
/** Intervals shorter than this are one burst of a client that asks several times at once, microseconds. */
const SAME = 100;
/** Watched microseconds between two looks at who is silent, and at who has become mature. */
const SWEEP_MICROS = 0.5e6;
const RIPEN_MICROS = 10e6;

/** Reals of a subject. Capture time and frame of the latest; time 0 for not since watching began. */
const LAST = 0;
const FRAME = 1;
const PERIOD = 2;
/** Mean distance of those intervals that agree. */
const SPREAD = 3;
const TOLERANCE_NOW = 4;
/** The period when it became mature. */
const ANCHOR = 5;
const INTERVALS = 6;
const AGREED = 7;
/** Votes for the period. */
const SUPPORT = 8;
const LONGEST = 9;
const SECOND = 10;
/** The leaky counters, and their highest while learning. */
const SHORT = 11;
const LONG = 12;
const WORST = 13;
/** Watched time of the latest that would have been said while learning. */
const LAST_ODD = 14;
/** The latest odd interval. */
const ODD_GAP = 15;
const REALS = 16;

const MATURE = 1;
const SILENT = 2;
const FASTER = 4;
const SLOWER = 8;
const DRIFTED = 16;
/** Found by `observe`, given out by `judge`. */
const TELL_FASTER = 32;
const TELL_SLOWER = 64;
const TELL_DRIFT = 128;
const TELL = TELL_FASTER | TELL_SLOWER | TELL_DRIFT;

/** A period that judges, for a document. Microseconds; `born` is watched time. */
export interface KnownRhythm {
	readonly born: number;
	readonly period: number;
	/** Mean distance from it. */
	readonly jitter: number;
	/** The second longest pause. */
	readonly pause: number;
	/** The most odd intervals close together that were usual. */
	readonly odd: number;
	/** It comes for less than half of the time. */
	readonly comesAndGoes: boolean;
	/** Intervals that agreed with it. */
	readonly agreed: number;
}

export class Cadence extends Subjects implements Trait {
	readonly name = "cadence";
	/** By subject, in the two lines of the processor's cache that each has. */
	readonly #reals: Float64Array;
	readonly #flags: Uint8Array;
	/** `WORST` before the running odd stretch of a subject that is still learned. */
	readonly #usual: Uint16Array;
	readonly #told: number[] = [];
	#sweptAt = Number.NEGATIVE_INFINITY;
	/** At fixed watched times, so that a restart changes nothing. */
	#ripenRound = 0;
	/** How far the latest interval that agrees lies from the period, microseconds. */
	#off = 0;
	/** Subjects whose period is known. */
	readonly #mature: number[] = [];

	constructor(watch: Watch, capacity: number, saveMicros = 0) {
		super(watch, capacity, saveMicros);
		this.#reals = new Float64Array(capacity * REALS);
		this.#flags = new Uint8Array(capacity);
		this.#usual = new Uint16Array(capacity);
	}

	observe(id: number, deed: Deed): void {
		const reals = this.#reals;
		const at = id * REALS;
		const { time } = deed;
		const before = reals[at + LAST]!;
		const gap = time - before;
		if (before > 0 && gap < SAME) return;
		reals[at + LAST] = time;
		reals[at + FRAME] = deed.frame;
		this.touch(id);
		if (before <= 0) return;
		const flags = this.#flags[id]!;
		if ((flags & SILENT) !== 0) this.#speaks(id);
		const off = gap - reals[at + PERIOD]!;
		const tolerance = reals[at + TOLERANCE_NOW]!;
		if (off < tolerance && off > -tolerance) {
			if (deed.isNormal) {
				reals[at + INTERVALS]!++;
				const agreed = ++reals[at + AGREED]!;
				if (agreed <= WHOLE || (agreed & (SAMPLED - 1)) === 0) {
					this.#off = off;
					this.#agrees(id, flags);
				}
			}
			if (reals[at + SHORT]! > 0 || reals[at + LONG]! > 0) this.#relieve(id);
		} else this.#odd(id, gap, deed, flags);
	}

	/** Learns of an interval that agrees, off by `#off`. Takes no real number as an argument: it would be boxed. */
	#agrees(id: number, flags: number): void {
		const reals = this.#reals;
		const at = id * REALS;
		const off = this.#off;
		const agreed = reals[at + AGREED]!;
		const rate = agreed < MEMORY ? 1 / agreed : 1 / MEMORY;
		let period = reals[at + PERIOD]! + off * rate;
		if ((flags & MATURE) === 0) {
			// Those that are left out vote too.
			reals[at + SUPPORT] = Math.min(MEMORY, reals[at + SUPPORT]! + (agreed > WHOLE ? SAMPLED : 1));
			reals[at + SPREAD]! += ((off < 0 ? -off : off) - reals[at + SPREAD]!) * rate;
		} else {
			const anchor = reals[at + ANCHOR]!;
			const limit = reals[at + TOLERANCE_NOW]! * DRIFT_SHARE;
			if (period > anchor + limit || period < anchor - limit) {
				period = period > anchor ? anchor + limit : anchor - limit;
				if ((flags & DRIFTED) === 0) this.#tell(id, DRIFTED | TELL_DRIFT, anchor + off);
			}
		}
		reals[at + PERIOD] = period;
		if ((agreed & 15) === 0 || reals[at + INTERVALS]! < 16) this.#tolerate(id);
	}

	#tolerate(id: number): void {
		const reals = this.#reals;
		const at = id * REALS;
		const period = reals[at + PERIOD]!;
		// Few intervals say roughly what the period is, and nothing about a busy day.
		const share = TOLERANCE + 1 / Math.sqrt(reals[at + AGREED]!);
		reals[at + TOLERANCE_NOW] = Math.min(period * WIDEST, Math.max(period * share, SPREADS * reals[at + SPREAD]!, GRAIN));
	}

	/** A regular interval: what was odd weighs less. */
	#relieve(id: number): void {
		this.#reals[id * REALS + SHORT] = Math.max(0, this.#reals[id * REALS + SHORT]! - RELIEF);
		this.#reals[id * REALS + LONG] = Math.max(0, this.#reals[id * REALS + LONG]! - RELIEF);
		if (this.#reals[id * REALS + SHORT] === 0 && this.#reals[id * REALS + LONG] === 0) {
			if ((this.#flags[id]! & (FASTER | SLOWER)) === 0) return;
			this.#flags[id]! &= ~(FASTER | SLOWER);
			this.essential(id);
		}
	}

	#odd(id: number, gap: number, deed: Deed, flags: number): void {
		this.#reals[id * REALS + ODD_GAP] = gap;
		const isMature = (flags & MATURE) !== 0;
		if (!isMature && deed.isNormal) {
			this.#reals[id * REALS + INTERVALS]!++;
			if (--this.#reals[id * REALS + SUPPORT]! <= 0) {
				this.#adopt(id, gap);
				return;
			}
			if (gap > this.#reals[id * REALS + LONGEST]!) {
				this.#reals[id * REALS + SECOND] = this.#reals[id * REALS + LONGEST]!;
				this.#reals[id * REALS + LONGEST] = gap;
			} else if (gap > this.#reals[id * REALS + SECOND]!) this.#reals[id * REALS + SECOND] = gap;
		}
		const isShort = gap < this.#reals[id * REALS + PERIOD]!;
		// A pause long enough to be silence was said as such, or was learned as a pause.
		if (!isShort && gap > this.#patience(id)) return;
		const counter = id * REALS + (isShort ? SHORT : LONG);
		const score = Math.min(1000, this.#reals[counter]! + 1);
		this.#reals[counter] = score;
		if (!isMature) {
			if (deed.isNormal) this.#learnOdd(id, isShort, score, gap);
			return;
		}
		const said = isShort ? FASTER : SLOWER;
		if ((flags & said) === 0 && score >= this.#limit(id)) this.#tell(id, said | (isShort ? TELL_FASTER : TELL_SLOWER), gap);
	}

	/** An odd stretch, while it is still learned what is usual. */
	#learnOdd(id: number, isShort: boolean, score: number, gap: number): void {
		const reals = this.#reals;
		const at = id * REALS;
		if (reals[at + SHORT]! + reals[at + LONG]! <= 1) this.#usual[id] = reals[at + WORST]!;
		const limit = Math.max(ODD_LIMIT, 2 * this.#usual[id]!);
		if (score >= limit && score - 1 < limit && reals[at + INTERVALS]! >= FORCED_INTERVALS && this.isCyclic(id))
			this.surprise(this.#deviation(id, isShort ? "faster" : "slower", gap));
		if (score <= reals[at + WORST]!) return;
		reals[at + WORST] = score;
		if (score > ODD_LIMIT) reals[at + LAST_ODD] = this.watch.watched;
	}

	/** Most intervals no longer agree with the period: another one is tried. */
	#adopt(id: number, gap: number): void {
		this.#reals[id * REALS + PERIOD] = gap;
		this.#reals[id * REALS + SPREAD] = 0;
		this.#reals[id * REALS + TOLERANCE_NOW] = gap * WIDEST;
		this.#reals[id * REALS + SUPPORT] = 1;
		this.#reals[id * REALS + AGREED] = 1;
		this.#reals[id * REALS + INTERVALS] = 1;
		this.#reals[id * REALS + LONGEST] = 0;
		this.#reals[id * REALS + SECOND] = 0;
		this.#reals[id * REALS + SHORT] = 0;
		this.#reals[id * REALS + LONG] = 0;
		this.#reals[id * REALS + WORST] = 0;
		this.#reals[id * REALS + LAST_ODD] = this.watch.watched;
	}

	#tell(id: number, flags: number, gap: number): void {
		this.#reals[id * REALS + ODD_GAP] = gap;
		if ((this.#flags[id]! & TELL) === 0) this.#told.push(id);
		this.#flags[id]! |= flags;
		this.essential(id);
	}

	#speaks(id: number): void {
		this.#flags[id]! &= ~SILENT;
		this.essential(id);
	}

	#limit(id: number): number {
		return Math.max(ODD_LIMIT, 2 * this.#reals[id * REALS + WORST]!);
	}

	/** Microseconds of silence that are not usual. */
	#patience(id: number): number {
		return Math.max(SILENT_PERIODS * this.#reals[id * REALS + PERIOD]!, PAUSE_FACTOR * this.#reals[id * REALS + SECOND]!, SILENT_MICROS);
	}

	/** True where most intervals agree with one period. */
	isCyclic(id: number): boolean {
		return (
			this.#reals[id * REALS + AGREED]! >= MIN_AGREEMENT * this.#reals[id * REALS + INTERVALS]! &&
			this.#reals[id * REALS + INTERVALS]! > 1 &&
			this.#reals[id * REALS + PERIOD]! <= SLOWEST
		);
	}

	/** False for what comes and goes, as the polls of a screen that somebody opens now and then: it is silent most of the time. */
	#isThere(id: number): boolean {
		return this.#reals[id * REALS + INTERVALS]! * this.#reals[id * REALS + PERIOD]! >= PRESENCE * (this.watch.watched - this.born[id]!);
	}

	period(id: number): number {
		return this.#reals[id * REALS + PERIOD]!;
	}

	/**
	 * What a document says of it: what it was when it became mature, as the drift since is small and all the time another. Undefined where it does not judge, nor would at the
	 * next look (a person has just ended the learning).
	 */
	known(id: number): KnownRhythm | undefined {
		const isMature = (this.#flags[id]! & MATURE) !== 0;
		if (!isMature && !this.#isRipe(id)) return undefined;
		const at = id * REALS;
		return {
			born: this.born[id]!,
			period: this.#reals[at + (isMature ? ANCHOR : PERIOD)]!,
			jitter: this.#reals[at + SPREAD]!,
			pause: this.#reals[at + SECOND]!,
			odd: Math.ceil(this.#reals[at + WORST]!),
			comesAndGoes: !this.#isThere(id),
			agreed: this.#reals[at + AGREED]!,
		};
	}

	/** Takes what a document says of a subject that is not known yet; it judges at once. False where there is no place for it. */
	adopt(key: string, { born, period, jitter, pause, odd, comesAndGoes, agreed }: KnownRhythm): boolean {
		const id = this.subject(key);
		if (id < 0) return false;
		this.born[id] = born;
		const at = id * REALS;
		const reals = this.#reals;
		reals[at + PERIOD] = period;
		reals[at + ANCHOR] = period;
		reals[at + SPREAD] = jitter;
		reals[at + AGREED] = agreed;
		reals[at + INTERVALS] = comesAndGoes ? agreed : Math.max(agreed, Math.ceil((this.watch.watched - born) / period));
		reals[at + SUPPORT] = MEMORY;
		reals[at + LONGEST] = pause;
		reals[at + SECOND] = pause;
		reals[at + WORST] = odd;
		this.#flags[id] = MATURE;
		this.#tolerate(id);
		this.#mature.push(id);
		return true;
	}

	judge(time: number, report: (deviation: Deviation) => void): void {
		for (const id of this.#told) {
			const flags = this.#flags[id]!;
			this.#flags[id]! &= ~TELL;
			if (!this.isKnown(id)) continue;
			if ((flags & TELL_FASTER) !== 0) report(this.#deviation(id, "faster", this.#reals[id * REALS + ODD_GAP]!));
			if ((flags & TELL_SLOWER) !== 0) report(this.#deviation(id, "slower", this.#reals[id * REALS + ODD_GAP]!));
			if ((flags & TELL_DRIFT) !== 0) report(this.#deviation(id, "drift", this.#reals[id * REALS + ODD_GAP]!));
		}
		this.#told.length = 0;
		const { watched } = this.watch;
		if (watched - this.#sweptAt < SWEEP_MICROS) return;
		this.#sweptAt = watched;
		const round = Math.floor(watched / RIPEN_MICROS);
		if (round !== this.#ripenRound) {
			this.#ripenRound = round;
			for (let id = 0; id < this.used; id++) if ((this.#flags[id]! & MATURE) === 0 && this.#reals[id * REALS + LAST]! > 0) this.#ripen(id);
			this.#listMature();
		}
		for (const id of this.#mature) {
			const last = this.#reals[id * REALS + LAST]!;
			if (last <= 0 || (this.#flags[id]! & (MATURE | SILENT)) !== MATURE || time - last <= this.#patience(id)) continue;
			if (!this.#isThere(id)) continue;
			this.#flags[id]! |= SILENT;
			this.essential(id);
			report(this.#deviation(id, "silent", time - last));
		}
	}

	#listMature(): void {
		this.#mature.length = 0;
		for (let id = 0; id < this.used; id++) if ((this.#flags[id]! & MATURE) !== 0) this.#mature.push(id);
	}

	override restore(entries: Iterable<[key: string, value: unknown]>): number {
		const damaged = super.restore(entries);
		this.#ripenRound = Math.floor(this.watch.watched / RIPEN_MICROS);
		this.#listMature();
		return damaged;
	}

	/** Its period may be taken as known. */
	#isRipe(id: number): boolean {
		const least = this.isForced(id) ? FORCED_INTERVALS : MIN_OBSERVATIONS;
		return this.#reals[id * REALS + INTERVALS]! >= least && this.isCyclic(id) && this.judges(id);
	}

	#ripen(id: number): void {
		if (!this.#isRipe(id)) return;
		this.#flags[id]! |= MATURE;
		this.#reals[id * REALS + ANCHOR] = this.#reals[id * REALS + PERIOD]!;
		this.#reals[id * REALS + SHORT] = 0;
		this.#reals[id * REALS + LONG] = 0;
		this.essential(id);
	}

	#deviation(id: number, kind: Deviation["kind"], seen: number): Deviation {
		return {
			trait: "cadence",
			kind,
			key: this.key(id),
			time: this.#reals[id * REALS + LAST]!,
			frame: this.#reals[id * REALS + FRAME]!,
			seen,
			usual: kind === "drift" ? this.#reals[id * REALS + ANCHOR]! : this.#reals[id * REALS + PERIOD]!,
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	evidence(id: number): Evidence {
		return this.evidenceOf(id, this.#reals[id * REALS + INTERVALS]!, 1, 0, Math.max(this.#reals[id * REALS + LAST_ODD]!, this.born[id]!));
	}

	maturity(id: number): Maturity {
		const { watched, learningSeconds } = this.watch;
		const found = maturityOf(this.evidence(id), watched, learningSeconds);
		if ((this.#flags[id]! & MATURE) !== 0) return { value: 1, reason: "its period is known", forecast: 0 };
		if (this.isCyclic(id)) return found.value < 1 ? found : { ...found, value: 0.99, reason: "its period was found just now" };
		if (watched - this.born[id]! >= learningSeconds * 1e6)
			return { value: 1, reason: "it comes when it is needed, without a period", forecast: 0 };
		return { ...found, reason: `${found.reason}; no period so far` };
	}

	interrupt(): void {
		for (let id = 0; id < this.used; id++) {
			this.#reals[id * REALS + LAST] = 0;
			this.#flags[id]! &= ~SILENT;
			this.change(id);
		}
	}

	protected clear(id: number): void {
		this.#reals.fill(0, id * REALS, (id + 1) * REALS);
		this.#flags[id] = 0;
		this.#usual[id] = 0;
		this.#reals[id * REALS + LAST_ODD] = this.watch.watched;
	}

	protected record(id: number): Record<string, unknown> {
		return { flags: this.#flags[id], usual: this.#usual[id], reals: [...this.#reals.subarray(id * REALS, (id + 1) * REALS)] };
	}

	protected take(id: number, { flags, usual, reals }: Record<string, unknown>): boolean {
		if (!isNumbers(reals, REALS, REALS) || !isNumbers([flags, usual], 2, 2) || (flags as number) > 255) return false;
		this.#usual[id] = usual as number;
		this.#reals.set(reals, id * REALS);
		this.#flags[id] = flags as number;
		return true;
	}
}
