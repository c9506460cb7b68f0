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
/** Intervals that the running means look back on. */
const MEMORY = 64;
/** A mature period follows the clock that drifts (temperature, load) within this share of the tolerance around what it was on the first mature day; never further. */
export const DRIFT_SHARE = 0.7;
/** Odd intervals in a row, some regular ones between, before anything is said; and what a regular one takes off. */
export const ODD_LIMIT = 5;
const RELIEF = 0.5;
/** Silence: so many periods, at least so many microseconds, and this many times the second longest pause of its life: one pause is an accident, two are a habit. */
export const SILENT_PERIODS = 3.5;
const SILENT_MICROS = 2e6;
const PAUSE_FACTOR = 1.5;
/** Forced by a person: so many intervals are enough to know a period. */
const FORCED_INTERVALS = 20;
/** Intervals shorter than this are one burst of a client that asks several times at once, microseconds. */
const SAME = 100;
/** Watched microseconds between two looks at who is silent. */
const SWEEP_MICROS = 0.5e6;

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

export class Cadence extends Subjects implements Trait {
	readonly name = "cadence";
	/** Microseconds of capture time; 0 for not since watching began. */
	readonly #last: Float64Array;
	readonly #frame: Float64Array;
	readonly #period: Float64Array;
	/** Mean distance of those intervals that agree. */
	readonly #spread: Float64Array;
	readonly #tolerance: Float64Array;
	/** The period when it became mature. */
	readonly #anchor: Float64Array;
	readonly #intervals: Float64Array;
	readonly #agreed: Float64Array;
	readonly #support: Float64Array;
	readonly #longest: Float64Array;
	readonly #second: Float64Array;
	readonly #short: Float64Array;
	readonly #long: Float64Array;
	readonly #worst: Float64Array;
	readonly #lastOdd: Float64Array;
	/** The latest odd interval. */
	readonly #oddGap: Float64Array;
	readonly #flags: Uint8Array;
	readonly #told: number[] = [];
	#sweptAt = Number.NEGATIVE_INFINITY;

	constructor(watch: Watch, capacity: number, saveMicros = 0) {
		super(watch, capacity, saveMicros);
		const column = () => new Float64Array(capacity);
		this.#last = column();
		this.#frame = column();
		this.#period = column();
		this.#spread = column();
		this.#tolerance = column();
		this.#anchor = column();
		this.#intervals = column();
		this.#agreed = column();
		this.#support = column();
		this.#longest = column();
		this.#second = column();
		this.#short = column();
		this.#long = column();
		this.#worst = column();
		this.#lastOdd = column();
		this.#oddGap = column();
		this.#flags = new Uint8Array(capacity);
	}

	/** In the order in which they are saved. */
	get #columns(): Float64Array[] {
		return [
			this.#last,
			this.#frame,
			this.#period,
			this.#spread,
			this.#tolerance,
			this.#anchor,
			this.#intervals,
			this.#agreed,
			this.#support,
			this.#longest,
			this.#second,
			this.#short,
			this.#long,
			this.#worst,
			this.#lastOdd,
			this.#oddGap,
		];
	}

	observe(id: number, deed: Deed): void {
		const { time } = deed;
		const before = this.#last[id]!;
		const gap = time - before;
		if (before > 0 && gap < SAME) return;
		this.#last[id] = time;
		this.#frame[id] = deed.frame;
		this.touch(id);
		if (before <= 0) return;
		const flags = this.#flags[id]!;
		if ((flags & SILENT) !== 0) this.#speaks(id);
		const off = gap - this.#period[id]!;
		const tolerance = this.#tolerance[id]!;
		if (off < tolerance && off > -tolerance) {
			if (deed.isNormal) this.#agrees(id, off, tolerance, flags);
			if (this.#short[id]! > 0 || this.#long[id]! > 0) this.#relieve(id);
		} else this.#odd(id, gap, deed, flags);
	}

	#agrees(id: number, off: number, tolerance: number, flags: number): void {
		const count = ++this.#intervals[id]!;
		const agreed = ++this.#agreed[id]!;
		const rate = agreed < MEMORY ? 1 / agreed : 1 / MEMORY;
		const spread = this.#spread[id]! + ((off < 0 ? -off : off) - this.#spread[id]!) * rate;
		let period = this.#period[id]! + off * rate;
		if ((flags & MATURE) === 0) {
			if (this.#support[id]! < MEMORY) this.#support[id]!++;
			this.#spread[id] = spread;
		} else {
			const anchor = this.#anchor[id]!;
			const limit = tolerance * DRIFT_SHARE;
			if (period > anchor + limit || period < anchor - limit) {
				period = period > anchor ? anchor + limit : anchor - limit;
				if ((flags & DRIFTED) === 0) this.#tell(id, DRIFTED | TELL_DRIFT, anchor + off);
			}
		}
		this.#period[id] = period;
		if ((count & 15) === 0 || count < 16) this.#tolerance[id] = toleranceOf(period, this.#spread[id]!, agreed);
	}

	/** A regular interval: what was odd weighs less. */
	#relieve(id: number): void {
		this.#short[id] = Math.max(0, this.#short[id]! - RELIEF);
		this.#long[id] = Math.max(0, this.#long[id]! - RELIEF);
		if (this.#short[id] === 0 && this.#long[id] === 0) {
			this.#flags[id]! &= ~(FASTER | SLOWER);
			this.essential(id);
		}
	}

	#odd(id: number, gap: number, deed: Deed, flags: number): void {
		this.#oddGap[id] = gap;
		const isMature = (flags & MATURE) !== 0;
		if (!isMature && deed.isNormal) {
			this.#intervals[id]!++;
			if (--this.#support[id]! <= 0) {
				this.#adopt(id, gap);
				return;
			}
			if (gap > this.#longest[id]!) {
				this.#second[id] = this.#longest[id]!;
				this.#longest[id] = gap;
			} else if (gap > this.#second[id]!) this.#second[id] = gap;
		}
		const isShort = gap < this.#period[id]!;
		// A pause long enough to be silence was said as such, or was learned as a pause.
		if (!isShort && gap > this.#patience(id)) return;
		const counter = isShort ? this.#short : this.#long;
		const score = Math.min(1000, counter[id]! + 1);
		counter[id] = score;
		if (!isMature) {
			if (score > this.#worst[id]!) {
				this.#worst[id] = score;
				if (score > ODD_LIMIT) this.#lastOdd[id] = this.watch.watched;
			}
			return;
		}
		const said = isShort ? FASTER : SLOWER;
		if ((flags & said) === 0 && score >= this.#limit(id)) this.#tell(id, said | (isShort ? TELL_FASTER : TELL_SLOWER), gap);
		else this.essential(id);
	}

	/** Most intervals no longer agree with the period: another one is tried. */
	#adopt(id: number, gap: number): void {
		this.#period[id] = gap;
		this.#spread[id] = 0;
		this.#tolerance[id] = gap * WIDEST;
		this.#support[id] = 1;
		this.#agreed[id] = 1;
		this.#intervals[id] = 1;
		this.#longest[id] = 0;
		this.#second[id] = 0;
		this.#short[id] = 0;
		this.#long[id] = 0;
		this.#worst[id] = 0;
		this.#lastOdd[id] = this.watch.watched;
	}

	#tell(id: number, flags: number, gap: number): void {
		this.#oddGap[id] = gap;
		if ((this.#flags[id]! & TELL) === 0) this.#told.push(id);
		this.#flags[id]! |= flags;
		this.essential(id);
	}

	#speaks(id: number): void {
		this.#flags[id]! &= ~SILENT;
		this.essential(id);
	}

	#limit(id: number): number {
		return Math.max(ODD_LIMIT, 2 * this.#worst[id]!);
	}

	/** Microseconds of silence that are not usual. */
	#patience(id: number): number {
		return Math.max(SILENT_PERIODS * this.#period[id]!, PAUSE_FACTOR * this.#second[id]!, SILENT_MICROS);
	}

	/** True where most intervals agree with one period. */
	isCyclic(id: number): boolean {
		return this.#agreed[id]! >= MIN_AGREEMENT * this.#intervals[id]! && this.#intervals[id]! > 1;
	}

	period(id: number): number {
		return this.#period[id]!;
	}

	judge(time: number, report: (deviation: Deviation) => void): void {
		for (const id of this.#told) {
			const flags = this.#flags[id]!;
			this.#flags[id]! &= ~TELL;
			if (!this.isKnown(id)) continue;
			if ((flags & TELL_FASTER) !== 0) report(this.#deviation(id, "faster", this.#oddGap[id]!));
			if ((flags & TELL_SLOWER) !== 0) report(this.#deviation(id, "slower", this.#oddGap[id]!));
			if ((flags & TELL_DRIFT) !== 0) report(this.#deviation(id, "drift", this.#oddGap[id]!));
		}
		this.#told.length = 0;
		const { watched } = this.watch;
		if (watched - this.#sweptAt < SWEEP_MICROS) return;
		this.#sweptAt = watched;
		for (let id = 0; id < this.used; id++) {
			const last = this.#last[id]!;
			if (last <= 0) continue;
			const flags = this.#flags[id]!;
			if ((flags & MATURE) === 0) this.#ripen(id);
			else if ((flags & SILENT) === 0 && time - last > this.#patience(id)) {
				this.#flags[id]! |= SILENT;
				this.essential(id);
				report(this.#deviation(id, "silent", time - last));
			}
		}
	}

	#ripen(id: number): void {
		if (this.isForced(id) ? this.#intervals[id]! < FORCED_INTERVALS : this.#intervals[id]! < MIN_OBSERVATIONS) return;
		if (!this.isCyclic(id) || !this.judges(id)) return;
		this.#flags[id]! |= MATURE;
		this.#anchor[id] = this.#period[id]!;
		this.#short[id] = 0;
		this.#long[id] = 0;
		this.essential(id);
	}

	#deviation(id: number, kind: Deviation["kind"], seen: number): Deviation {
		return {
			trait: "cadence",
			kind,
			key: this.key(id),
			time: this.#last[id]!,
			frame: this.#frame[id]!,
			seen,
			usual: kind === "drift" ? this.#anchor[id]! : this.#period[id]!,
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	evidence(id: number): Evidence {
		return this.evidenceOf(id, this.#intervals[id]!, 1, 0, Math.max(this.#lastOdd[id]!, this.born[id]!));
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
			this.#last[id] = 0;
			this.#flags[id]! &= ~SILENT;
		}
	}

	protected clear(id: number): void {
		for (const column of this.#columns) column[id] = 0;
		this.#flags[id] = 0;
		this.#lastOdd[id] = this.watch.watched;
	}

	protected record(id: number): Record<string, unknown> {
		return { flags: this.#flags[id], columns: this.#columns.map((column) => column[id]) };
	}

	protected take(id: number, { flags, columns }: Record<string, unknown>): boolean {
		const own = this.#columns;
		if (!isNumbers(columns, own.length, own.length) || !isNumbers([flags], 1, 1) || (flags as number) > 255) return false;
		own.forEach((column, at) => {
			column[id] = columns[at]!;
		});
		this.#flags[id] = flags as number;
		return true;
	}
}

function toleranceOf(period: number, spread: number, agreed: number): number {
	// Few intervals say roughly what the period is, and nothing about a busy day.
	const share = TOLERANCE + 1 / Math.sqrt(agreed);
	return Math.min(period * WIDEST, Math.max(period * share, SPREADS * spread, GRAIN));
}
