/**
 * The `schedule` trait: at which hours of the week somebody writes, commands, programs, configures, or comes in from afar. A subject is one client's writing of one range of
 * points of one unit, or its one kind of other act at one server. Hours are those of the plant's clocks.
 *
 * Three kinds of habits are known, each from the acts themselves, and each judges where all acts so far fit it:
 * - by the day: each act has two other days on which it came within an hour of this time of day. Odd is a time of day at which it never came on any day;
 * - by the week: each act has another week in which it came within an hour of this time on this weekday. Odd is any other time of the week;
 * - by days of one kind (working days, weekends), once few hours are new: odd is an hour in which it came neither on this weekday nor on three days of that kind.
 *
 * People are not punctual: the hours beside one count as that one. "Never at this hour" only means something where this hour was watched: how often each hour of the week
 * was, is kept with it.
 */

import { HOURS_OF_WEEK, hourOfWeek, type LocalTime } from "./localTime.ts";
import type { Evidence, Maturity } from "./maturity.ts";
import { isNumber, isNumbers, isRecord, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait, Watch } from "./trait.ts";

/** Learning times before it judges: with a day each, every weekday was seen once. */
export const WEEKDAYS = 7;
/** Days on which an hour must have been used to be a daily habit, and weeks for a weekly one: acts at any time agree so by chance once in 64 or 56 times. */
export const DAILY = 3;
export const WEEKLY = 2;
/** One act in so many may not fit a habit by the day, which is judged more mildly than its acts are counted; of the other habits, one in so many. */
const MILD = 20;
const STRICT = 100;
/** Share of an hour that must have been watched to count, microseconds. */
const HALF_HOUR = 1800e6;
/** Days of the same kind on which an hour was watched that stand for this very hour of the week. */
const SAME_HOURS = 4;
const DAY = 24;
const WORKING_DAYS = 5;
/** Most weeks that are counted. */
const MOST = 255;
const DAY_MICROS = 86_400e6;

/** An hour of the week with the act, and in how many weeks. */
export interface UsedHour {
	readonly slot: number;
	readonly weeks: number;
}

/** Hours of a subject, for a document; `born` is watched time. */
export interface KnownHours {
	readonly born: number;
	readonly hours: readonly UsedHour[];
	readonly acts: number;
}

export class Schedule extends Subjects implements Trait {
	readonly name = "schedule";
	readonly #local: LocalTime;
	/** By subject and hour of the week: in how many weeks, and the watched day of the last time (for forgetting). */
	readonly #weeks: Uint8Array;
	readonly #days: Uint16Array;
	/** The latest hour with the act, since 1970. */
	readonly #hour: Float64Array;
	/** The latest hour in which it was judged, not odd and not learned: judging takes long, and an attacker may act often. Not saved. */
	readonly #passed: Float64Array;
	readonly #acts: Float64Array;
	/** By hour of the week: in how many weeks it was watched. */
	readonly #watched = new Uint8Array(HOURS_OF_WEEK);
	#watchedHours = 0;
	/** The hour that is running, since 1970, and the watched time at which it began. */
	#running = Number.NaN;
	#runningSince = 0;
	#isSaved = true;
	readonly #found: Deviation[] = [];

	constructor(watch: Watch, local: LocalTime, capacity: number, saveMicros = 0) {
		super(watch, capacity, saveMicros);
		this.#local = local;
		this.#weeks = new Uint8Array(capacity * HOURS_OF_WEEK);
		this.#days = new Uint16Array(capacity * HOURS_OF_WEEK);
		this.#hour = new Float64Array(capacity);
		this.#passed = new Float64Array(capacity);
		this.#acts = new Float64Array(capacity);
	}

	observe(id: number, deed: Deed): void {
		const hour = this.#local.hour(deed);
		this.touch(id);
		this.#acts[id]!++;
		if (this.#hour[id] === hour || (!deed.isNormal && this.#passed[id] === hour)) return;
		const isOdd = this.#isOdd(id, hourOfWeek(hour));
		if (isOdd && this.#isWhole(id)) {
			// Once an hour; what is not usual is not learned.
			this.#hour[id] = hour;
			this.essential(id);
			this.#found.push(this.#deviation(id, hour, deed));
			return;
		}
		if (!deed.isNormal) {
			this.#passed[id] = hour;
			return;
		}
		if (isOdd) this.surprise(this.#deviation(id, hour, deed));
		this.#hour[id] = hour;
		const at = id * HOURS_OF_WEEK + hourOfWeek(hour);
		if (this.#weeks[at]! < MOST) this.#weeks[at]!++;
		this.#days[at] = Math.min(65_535, this.watch.watched / DAY_MICROS);
		this.essential(id);
	}

	/** What a document says of it; undefined where it was at no hour so far. */
	known(id: number): KnownHours | undefined {
		const hours: UsedHour[] = [];
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) {
			const weeks = this.#weeks[id * HOURS_OF_WEEK + slot]!;
			if (weeks > 0) hours.push({ slot, weeks });
		}
		return hours.length === 0 ? undefined : { born: this.born[id]!, hours, acts: this.#acts[id]! };
	}

	/** Takes what a document says of a subject that is not known yet. Where it was watched for a week, each hour of it was. False where there is no place for it. */
	adopt(key: string, { born, hours, acts }: KnownHours): boolean {
		const id = this.subject(key);
		if (id < 0) return false;
		this.born[id] = born;
		this.#acts[id] = acts;
		const day = Math.min(65_535, this.watch.watched / DAY_MICROS);
		for (const { slot, weeks } of hours) {
			this.#weeks[id * HOURS_OF_WEEK + slot] = Math.min(MOST, weeks);
			this.#days[id * HOURS_OF_WEEK + slot] = day;
		}
		if (this.watch.watched - born < WEEKDAYS * DAY_MICROS) return true;
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) this.#watched[slot] = Math.max(1, this.#watched[slot]!);
		this.#isSaved = false;
		return true;
	}

	/** On this weekday, or on several days of its kind. `own` acts at this hour are left out. */
	#isUsual(id: number, slot: number, own: 0 | 1): boolean {
		const base = id * HOURS_OF_WEEK;
		if (this.#weeksAround(id, slot) > own) return true;
		const isWorking = slot < WORKING_DAYS * DAY;
		let days = 0;
		for (let day = isWorking ? 0 : WORKING_DAYS; day < (isWorking ? WORKING_DAYS : 7); day++) {
			const at = day * DAY + (slot % DAY);
			const weeks = this.#weeks[base + at]! - (at === slot ? own : 0);
			days += isWorking ? Math.min(1, weeks) : weeks;
		}
		return days >= DAILY;
	}

	/** Weeks in which it came around this hour of the week, as far as what is kept tells them apart. */
	#weeksAround(id: number, slot: number): number {
		const base = id * HOURS_OF_WEEK;
		let most = 0;
		let apart = 0;
		let last = -1;
		for (let beside = HOURS_OF_WEEK - 1; beside <= HOURS_OF_WEEK + 1; beside++) {
			const at = base + ((slot + beside) % HOURS_OF_WEEK);
			const weeks = this.#weeks[at]!;
			if (weeks === 0) continue;
			most = Math.max(most, weeks);
			// Hours beside each other that were used last on different days were used in different weeks, but for those around midnight.
			if (last < 0 || Math.abs(this.#days[at]! - last) > 1) apart++;
			last = this.#days[at]!;
		}
		return Math.max(most, apart);
	}

	/** Days on which it came around this hour of the day. */
	#daysAround(id: number, slot: number): number {
		let days = 0;
		for (let day = 0; day < 7; day++) days += this.#weeksAround(id, day * DAY + (slot % DAY));
		return days;
	}

	/** Its acts, hours of each week; and how many of them do not fit the others, by each kind of habit. */
	#fit(id: number): { acts: number; offDays: number; offWeeks: number; offKinds: number } {
		const base = id * HOURS_OF_WEEK;
		let acts = 0;
		let offDays = 0;
		let offWeeks = 0;
		let offKinds = 0;
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) {
			const weeks = this.#weeks[base + slot]!;
			if (weeks === 0) continue;
			acts += weeks;
			if (this.#daysAround(id, slot) < DAILY) offDays += weeks;
			if (this.#weeksAround(id, slot) < WEEKLY) offWeeks += weeks;
			if (!this.#isUsual(id, slot, 1)) offKinds += weeks;
		}
		return { acts, offDays, offWeeks, offKinds };
	}

	/** Was this hour watched often enough for "never" to mean something? */
	#wasWatched(slot: number): boolean {
		if (this.#watched[slot]! > 0) return true;
		const isWorking = slot < WORKING_DAYS * DAY;
		let days = 0;
		for (let day = isWorking ? 0 : WORKING_DAYS; day < (isWorking ? WORKING_DAYS : 7); day++)
			days += this.#watched[day * DAY + (slot % DAY)]!;
		return days >= SAME_HOURS;
	}

	/** True where an act at this hour of the week is against one of its habits; those of a young subject hold for what is known so far. */
	#isOdd(id: number, slot: number): boolean {
		if (!this.#wasWatched(slot)) return false;
		const { acts, offDays, offWeeks, offKinds } = this.#fit(id);
		return (
			(isHabit(acts, offDays, DAILY, MILD) && this.#daysAround(id, slot) === 0) ||
			(isHabit(acts, offWeeks, WEEKLY, STRICT) && this.#weeksAround(id, slot) === 0) ||
			(isHabit(acts, offKinds, DAILY, STRICT) && !this.#isUsual(id, slot, 0))
		);
	}

	/** It was known on each weekday. */
	#isWhole(id: number): boolean {
		return this.watch.watched - this.born[id]! >= this.#learning * 1e6;
	}

	get #learning(): number {
		return this.watch.learningSeconds * WEEKDAYS;
	}

	#deviation(id: number, hour: number, { time, frame }: Deed): Deviation {
		const hours: number[] = [];
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) if (this.#weeks[id * HOURS_OF_WEEK + slot]! > 0) hours.push(slot);
		return {
			trait: "schedule",
			kind: "hour",
			key: this.key(id),
			time,
			frame,
			seen: hourOfWeek(hour),
			usual: this.#watched[hourOfWeek(hour)]!,
			hours,
			trust: this.trust(id),
			born: this.born[id]!,
		};
	}

	judge(time: number, report: (deviation: Deviation) => void): void {
		const hour = this.#local.hour({ time });
		const { watched } = this.watch;
		if (hour !== this.#running) {
			if (watched - this.#runningSince >= HALF_HOUR && !Number.isNaN(this.#running)) {
				const slot = hourOfWeek(this.#running);
				if (this.#watched[slot]! < MOST) this.#watched[slot]!++;
				this.#watchedHours++;
			}
			this.#running = hour;
			this.#runningSince = watched;
			this.#isSaved = false;
		}
		for (const deviation of this.#found) report(deviation);
		this.#found.length = 0;
	}

	/** Every hour watched is an observation: who could have acted and did not. Seldom are the hours of the day that were used on one day only. */
	evidence(id: number): Evidence {
		let members = 0;
		let singletons = 0;
		const base = id * HOURS_OF_WEEK;
		for (let hour = 0; hour < DAY; hour++) {
			let weeks = 0;
			for (let day = 0; day < 7; day++) weeks += this.#weeks[base + day * DAY + hour]!;
			if (weeks > 0) members++;
			if (weeks === 1) singletons++;
		}
		const hours = Math.floor((this.watch.watched - this.born[id]!) / (2 * HALF_HOUR));
		return { ...this.evidenceOf(id, hours, members, singletons, this.born[id]!), isForced: false };
	}

	maturity(id: number): Maturity {
		const learning = this.#learning;
		const left = learning - (this.watch.watched - this.born[id]!) / 1e6;
		if (left > 0) return { value: 1 - left / learning, reason: "it has not watched for long enough", forecast: left };
		const { acts, offDays, offWeeks, offKinds } = this.#fit(id);
		const hasHours =
			isHabit(acts, offDays, DAILY, MILD) || isHabit(acts, offWeeks, WEEKLY, STRICT) || isHabit(acts, offKinds, DAILY, STRICT);
		const found = hasHours ? "its hours are known" : "it comes at no hours of its own";
		return { value: 1, reason: `${found}, from ${this.#acts[id]!} acts`, forecast: 0 };
	}

	interrupt(): void {
		this.#running = Number.NaN;
		this.#isSaved = false;
	}

	/** Hours not used for so long are forgotten as well as subjects. */
	override fade(micros: number): string[] {
		const oldest = (this.watch.watched - micros) / DAY_MICROS;
		if (oldest > 0) {
			for (let at = 0; at < this.used * HOURS_OF_WEEK; at++) {
				if (this.#weeks[at] === 0 || this.#days[at]! >= oldest - 1) continue;
				this.#weeks[at] = 0;
				this.essential(Math.floor(at / HOURS_OF_WEEK));
			}
		}
		return super.fade(micros);
	}

	override *save(isWhole = true): Generator<[key: string, value: unknown]> {
		if (!this.#isSaved) {
			this.#isSaved = true;
			yield [
				"trait/schedule",
				{
					watched: [...this.#watched],
					hours: this.#watchedHours,
					running: Number.isNaN(this.#running) ? null : this.#running,
					since: this.#runningSince,
				},
			];
		}
		yield* super.save(isWhole);
	}

	override restore(entries: Iterable<[key: string, value: unknown]>): number {
		const subjects: [string, unknown][] = [];
		let damaged = 0;
		for (const [key, value] of entries) {
			if (key !== "trait/schedule") subjects.push([key, value]);
			else if (!this.#takeWatched(value)) damaged++;
		}
		return damaged + super.restore(subjects);
	}

	#takeWatched(value: unknown): boolean {
		if (!isRecord(value) || !isNumbers(value.watched, HOURS_OF_WEEK, HOURS_OF_WEEK) || !isNumbers([value.hours, value.since], 2, 2))
			return false;
		value.watched.forEach((weeks, slot) => {
			this.#watched[slot] = Math.min(MOST, weeks);
		});
		this.#watchedHours = value.hours as number;
		this.#running = isNumber(value.running) ? value.running : Number.NaN;
		this.#runningSince = value.since as number;
		return true;
	}

	protected clear(id: number): void {
		const base = id * HOURS_OF_WEEK;
		this.#weeks.fill(0, base, base + HOURS_OF_WEEK);
		this.#days.fill(0, base, base + HOURS_OF_WEEK);
		this.#hour[id] = -1;
		this.#passed[id] = -1;
		this.#acts[id] = 0;
	}

	protected record(id: number): Record<string, unknown> {
		const slots: number[] = [];
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) {
			const at = id * HOURS_OF_WEEK + slot;
			if (this.#weeks[at]! > 0) slots.push(slot, this.#weeks[at]!, this.#days[at]!);
		}
		return { slots, hour: this.#hour[id]! + 1, acts: this.#acts[id] };
	}

	protected take(id: number, { slots, hour, acts }: Record<string, unknown>): boolean {
		if (!isNumbers(slots, 0, 3 * HOURS_OF_WEEK) || slots.length % 3 !== 0 || !isNumbers([hour, acts], 2, 2)) return false;
		for (let at = 0; at < slots.length; at += 3) {
			if (!Number.isInteger(slots[at]) || slots[at]! >= HOURS_OF_WEEK) return false;
			const where = id * HOURS_OF_WEEK + slots[at]!;
			this.#weeks[where] = Math.min(MOST, slots[at + 1]!);
			this.#days[where] = Math.min(65_535, slots[at + 2]!);
		}
		this.#hour[id] = (hour as number) - 1;
		this.#acts[id] = acts as number;
		return true;
	}
}

const isHabit = (acts: number, off: number, least: number, exceptions: number): boolean => acts >= least && off * exceptions <= acts;
