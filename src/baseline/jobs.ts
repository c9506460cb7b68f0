/**
 * The `job` trait: what comes once a day or once a week at its own time, as a backup, a nightly transfer or the setting of a clock does; and that it did not come. A subject is what
 * one client does at one server: that it connects over a service, or one kind of act. Times are those of the plant's clocks.
 *
 * Days are counted from the first run: a day is half a day before and after the time at which a run is due, so midnight is none. Of each of the last 32 days is kept whether it ran, whether
 * its time was watched, whether it came at other times, and whether it was said to be missing. It is due on a day where it ran on this weekday each time that was watched, three weeks in
 * a row, or once and on all the days of two weeks that are like it; punctually, and at no other times. A cyclic exchange or a person's act at about eight is no job.
 */
import type { LocalTime } from "./localTime.ts";
import type { Evidence, Maturity } from "./maturity.ts";
import { WEEKDAYS } from "./schedule.ts";
import { isNumber, isNumbers, isRecord, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait, Watch } from "./trait.ts";

const DAY = 1440;
/** Minutes from its time within which a run is this day's, and after which it is missing. */
export const LATE = 30;
/** A run with all its connections and acts, minutes. */
const RUN = 120;
/** Punctual: no run was further from its time, minutes; of a late one a minute is forgiven with each run. */
export const PUNCTUAL = 10;
/** Runs without which nothing is a job, on days of two weeks; weeks in a row that stand for them. */
export const DAILY_RUNS = 5;
export const WEEKLY_RUNS = 3;
/** Days of two weeks on which it may come at another time. */
const IRREGULAR = 1;
/** Runs before which the first one is not taken for the time of all. */
const SETTLED = 3;
const MOST_RUNS = 2 ** 31;

/** 1 January 1970 was a Thursday; the week begins on Monday. */
const weekdayOf = (minute: number): number => (Math.floor(minute / DAY) + 3) % 7;
const bit = (days: number, ago: number): number => (days >>> ago) & 1;

export class Jobs extends Subjects implements Trait {
	readonly name = "job";
	readonly #local: LocalTime;
	/** Minute of the plant's clocks at which day 0 is due. */
	readonly #anchor: Float64Array;
	/** The latest day that ran or went by, and minutes from its time at which it ran. */
	readonly #day: Int32Array;
	readonly #began: Int16Array;
	/** By day, the latest in bit 0: it ran, its time was watched, it came at another time, it was said to be missing (then, or since). */
	readonly #ran: Uint32Array;
	readonly #looked: Uint32Array;
	readonly #astray: Uint32Array;
	readonly #said: Uint32Array;
	readonly #runs: Float64Array;
	/** Largest distance of a late run from its time, minutes. */
	readonly #wide: Uint8Array;
	/** Capture time and frame of the latest run. */
	readonly #lastTime: Float64Array;
	readonly #lastFrame: Float64Array;
	/** Minute since which watching was not interrupted; NaN where it just was. */
	#since = Number.NaN;
	#judged = Number.NaN;
	#isSaved = true;
	readonly #found: Deviation[] = [];

	constructor(watch: Watch, local: LocalTime, capacity: number, saveMicros = 0) {
		super(watch, capacity, saveMicros);
		this.#local = local;
		this.#anchor = new Float64Array(capacity);
		this.#day = new Int32Array(capacity);
		this.#began = new Int16Array(capacity);
		this.#ran = new Uint32Array(capacity);
		this.#looked = new Uint32Array(capacity);
		this.#astray = new Uint32Array(capacity);
		this.#said = new Uint32Array(capacity);
		this.#runs = new Float64Array(capacity);
		this.#wide = new Uint8Array(capacity);
		this.#lastTime = new Float64Array(capacity);
		this.#lastFrame = new Float64Array(capacity);
	}

	observe(id: number, deed: Deed): void {
		const minute = this.#local.minute(deed);
		this.touch(id);
		if (this.#runs[id] === 0) {
			if (deed.isNormal) this.#begin(id, minute, deed);
			return;
		}
		const from = minute - this.#anchor[id]!;
		const day = Math.round(from / DAY);
		const off = from - day * DAY;
		const known = this.#day[id]!;
		const isOnTime = Math.abs(off) <= LATE;
		if (day === known && (this.#ran[id]! & 1) === 1) {
			// The same run, which has several acts.
			if (off < this.#began[id]! || off - this.#began[id]! > RUN) this.#stray(id);
			return;
		}
		// Who is under suspicion does it all the same; nothing is learned of it.
		if (!deed.isNormal && !isOnTime) return;
		if (day < known) {
			this.#begin(id, minute, deed);
			return;
		}
		this.#advance(id, day);
		if (!isOnTime) {
			this.#stray(id);
			// It has another time now, or the first one was none.
			if (this.#runs[id]! < SETTLED || (this.#ran[id]! & 0b111) === 0) this.#begin(id, minute, deed);
			return;
		}
		this.#ran[id]! |= 1;
		this.#looked[id]! |= 1;
		this.#began[id] = off;
		if (this.#runs[id]! < MOST_RUNS) this.#runs[id]!++;
		// One late run is forgiven with time.
		this.#wide[id] = Math.max(Math.abs(off), this.#wide[id]! - 1);
		this.#lastTime[id] = deed.time;
		this.#lastFrame[id] = deed.frame;
		this.essential(id);
	}

	#stray(id: number): void {
		if ((this.#astray[id]! & 1) === 1) return;
		this.#astray[id]! |= 1;
		this.essential(id);
	}

	/** The first run of all, as far as is known. */
	#begin(id: number, minute: number, { time, frame }: Deed): void {
		this.#anchor[id] = minute;
		this.#day[id] = 0;
		this.#began[id] = 0;
		this.#ran[id] = 1;
		this.#looked[id] = 1;
		this.#astray[id] = 0;
		this.#said[id] = 0;
		this.#runs[id] = 1;
		this.#wide[id] = 0;
		this.#lastTime[id] = time;
		this.#lastFrame[id] = frame;
		this.essential(id);
	}

	/** Days go by of which nothing is known yet. */
	#advance(id: number, day: number): void {
		const days = day - this.#day[id]!;
		if (days <= 0) return;
		for (const bits of [this.#ran, this.#looked, this.#astray, this.#said]) bits[id] = days < 32 ? bits[id]! << days : 0;
		this.#day[id] = day;
	}

	judge(time: number, report: (deviation: Deviation) => void): void {
		const now = this.#local.minute({ time });
		if (Number.isNaN(this.#since) || now < this.#since) {
			this.#since = now;
			this.#isSaved = false;
		}
		if (now === this.#judged) return;
		this.#judged = now;
		for (let id = 0; id < this.used; id++) if (this.#runs[id]! > 0) this.#look(id, now, time);
		for (const deviation of this.#found) report(deviation);
		this.#found.length = 0;
	}

	/** The time of a day went by without a run. */
	#look(id: number, now: number, time: number): void {
		const from = now - this.#anchor[id]!;
		// On time is until the end of the minute.
		const day = Math.floor((from - LATE - 1) / DAY);
		if (day <= this.#day[id]!) return;
		this.#advance(id, day);
		this.essential(id);
		if (!(this.#since <= this.#anchor[id]! + day * DAY - LATE)) return;
		this.#looked[id]! |= 1;
		if (this.#isMissing(id)) this.#said[id]! |= 1;
		else if (this.#isDue(id)) {
			this.#said[id]! |= 1;
			this.#found.push(this.#deviation(id, time));
		}
	}

	/** It should have run on the latest day. */
	#isDue(id: number): boolean {
		const ran = this.#ran[id]!;
		const looked = this.#looked[id]!;
		if (this.#wide[id]! > PUNCTUAL) return false;
		let weeks = 0;
		for (let ago = 7; ago < 32; ago += 7) {
			if (bit(looked, ago) === 0 || bit(this.#said[id]!, ago) === 1) continue;
			if (bit(ran, ago) === 0) return false;
			weeks++;
		}
		if (weeks === 0) return false;
		let runs = 0;
		let stray = 0;
		for (let ago = 1; ago <= 14; ago++) {
			stray += bit(this.#astray[id]!, ago);
			if (bit(looked, ago) === 0 || bit(this.#said[id]!, ago) === 1) continue;
			if (bit(ran, ago) === 1) runs++;
			else if (this.#ranOnWeekday(id, ago)) return false;
		}
		return stray <= IRREGULAR && (runs >= DAILY_RUNS || weeks >= WEEKLY_RUNS);
	}

	/** It ran on the weekday of a day, in another week. */
	#ranOnWeekday(id: number, ago: number): boolean {
		for (let other = ago % 7; other < 32; other += 7) if (other !== ago && other > 0 && bit(this.#ran[id]!, other) === 1) return true;
		return false;
	}

	/** It was said before, and has not run since. */
	#isMissing(id: number): boolean {
		const said = this.#said[id]!;
		const ran = this.#ran[id]!;
		for (let ago = 1; ago < 32; ago++) {
			if (bit(ran, ago) === 1) return false;
			if (bit(said, ago) === 1) return true;
		}
		return false;
	}

	#deviation(id: number, time: number): Deviation {
		const due = this.#anchor[id]! + this.#day[id]! * DAY;
		return {
			trait: "job",
			kind: "missed",
			key: this.key(id),
			time,
			frame: this.#lastFrame[id]!,
			seen: time - this.#lastTime[id]!,
			usual: due % DAY,
			days: this.#weekdays(id),
			runs: this.#runs[id]!,
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	/** Weekdays on which it ran in the last weeks, 0 for Monday. */
	#weekdays(id: number): number[] {
		const days = new Set<number>();
		for (let ago = 0; ago < 32; ago++)
			if (bit(this.#ran[id]!, ago) === 1) days.add(weekdayOf(this.#anchor[id]! + (this.#day[id]! - ago) * DAY));
		return [...days].sort((one, other) => one - other);
	}

	evidence(id: number): Evidence {
		return this.evidenceOf(id, this.#runs[id]!, 1, 0, this.born[id]!);
	}

	/** It came at its own time, as far as is known. */
	isRegular(id: number): boolean {
		return this.#wide[id]! <= PUNCTUAL && this.#runs[id]! >= WEEKLY_RUNS;
	}

	maturity(id: number): Maturity {
		const learning = this.watch.learningSeconds * WEEKDAYS;
		const left = learning - (this.watch.watched - this.born[id]!) / 1e6;
		if (left > 0) return { value: 1 - left / learning, reason: "it has not watched for long enough", forecast: left };
		const days = this.#weekdays(id).length;
		return {
			value: 1,
			reason: this.isRegular(id) ? `it comes at its own time, on ${days} days of the week` : "it comes at no time of its own",
			forecast: 0,
		};
	}

	interrupt(): void {
		this.#since = Number.NaN;
		this.#isSaved = false;
	}

	override *save(isWhole = true): Generator<[key: string, value: unknown]> {
		if (!this.#isSaved) {
			this.#isSaved = true;
			yield ["trait/job", { since: Number.isNaN(this.#since) ? null : this.#since }];
		}
		yield* super.save(isWhole);
	}

	override restore(entries: Iterable<[key: string, value: unknown]>): number {
		const subjects: [string, unknown][] = [];
		let damaged = 0;
		for (const [key, value] of entries) {
			if (key !== "trait/job") subjects.push([key, value]);
			else if (isRecord(value) && (value.since === null || isNumber(value.since))) this.#since = value.since ?? Number.NaN;
			else damaged++;
		}
		return damaged + super.restore(subjects);
	}

	protected clear(id: number): void {
		for (const column of [this.#anchor, this.#day, this.#began, this.#ran, this.#looked, this.#astray, this.#said, this.#runs, this.#wide])
			column[id] = 0;
		this.#lastTime[id] = 0;
		this.#lastFrame[id] = 0;
	}

	protected record(id: number): Record<string, unknown> {
		return {
			anchor: this.#anchor[id],
			day: this.#day[id],
			began: this.#began[id],
			days: [this.#ran[id], this.#looked[id], this.#astray[id], this.#said[id]],
			runs: this.#runs[id],
			wide: this.#wide[id],
			last: [this.#lastTime[id], this.#lastFrame[id]],
		};
	}

	protected take(id: number, { anchor, day, began, days, runs, wide, last }: Record<string, unknown>): boolean {
		if (!isNumbers([anchor, day, runs, wide], 4, 4) || !isNumbers(days, 4, 4) || !isNumbers(last, 2, 2)) return false;
		if (!isNumber(began) || Math.abs(began) > LATE || (wide as number) > LATE || (day as number) >= 2 ** 31) return false;
		this.#anchor[id] = anchor as number;
		this.#day[id] = day as number;
		this.#began[id] = began;
		[this.#ran[id], this.#looked[id], this.#astray[id], this.#said[id]] = days as [number, number, number, number];
		this.#runs[id] = Math.min(MOST_RUNS, runs as number);
		this.#wide[id] = wide as number;
		[this.#lastTime[id], this.#lastFrame[id]] = last as [number, number];
		return true;
	}
}
