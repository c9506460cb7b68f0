/**
 * The `schedule` trait: at which hours of the week somebody writes, commands, programs, configures, or comes in from afar. A subject is one client's writing of one range of
 * points of one unit, or its one kind of other act at one server. Hours are those of the plant's clocks.
 *
 * An hour is usual where the act came in that hour of that weekday, or in the hour beside it (people are not punctual), or in that hour on several days of the same kind
 * (working days, weekends). "Never at this hour" only means something where this hour was watched: how often each hour of the week was, is kept with it.
 */

import { HOURS_OF_WEEK, hourOfWeek, type LocalTime } from "./localTime.ts";
import { type Evidence, type Maturity, maturityOf } from "./maturity.ts";
import { isNumber, isNumbers, isRecord, Subjects } from "./subjects.ts";
import type { Deed, Deviation, Trait, Watch } from "./trait.ts";

/** Learning times before it judges: with a day each, every weekday was seen once. */
export const WEEKDAYS = 7;
/** Days of one kind on which an hour must have been used to be a daily habit. */
export const DAILY = 3;
/** Hours with the act that make a habit at all: what came once or twice may come whenever it is needed. */
const HABIT = 3;
/** Share of an hour that must have been watched to count, microseconds. */
const HALF_HOUR = 1800e6;
/** Days of the same kind on which an hour was watched that stand for this very hour of the week. */
const SAME_HOURS = 4;
const DAY = 24;
const WORKING_DAYS = 5;
/** Most weeks that are counted. */
const MOST = 255;
const DAY_MICROS = 86_400e6;

export class Schedule extends Subjects implements Trait {
	readonly name = "schedule";
	readonly #local: LocalTime;
	/** By subject and hour of the week: in how many weeks, and the watched day of the last time (for forgetting). */
	readonly #weeks: Uint8Array;
	readonly #days: Uint16Array;
	/** The latest hour with the act, since 1970. */
	readonly #hour: Float64Array;
	readonly #acts: Float64Array;
	readonly #lastNew: Float64Array;
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
		this.#acts = new Float64Array(capacity);
		this.#lastNew = new Float64Array(capacity);
	}

	observe(id: number, deed: Deed): void {
		const hour = this.#local.hour(deed.time);
		this.touch(id);
		this.#acts[id]!++;
		if (this.#hour[id] === hour) return;
		const isUsual = this.#isUsual(id, hourOfWeek(hour));
		if (!isUsual && this.#judgesHour(id, hourOfWeek(hour))) {
			// Once an hour; what is not usual is not learned.
			this.#hour[id] = hour;
			this.essential(id);
			this.#found.push(this.#deviation(id, hour, deed));
			return;
		}
		if (!deed.isNormal) return;
		this.#hour[id] = hour;
		const at = id * HOURS_OF_WEEK + hourOfWeek(hour);
		if (this.#weeks[at]! < MOST) this.#weeks[at]!++;
		this.#days[at] = Math.min(65_535, this.watch.watched / DAY_MICROS);
		if (!isUsual) this.#lastNew[id] = this.watch.watched;
		this.essential(id);
	}

	#isUsual(id: number, slot: number): boolean {
		const base = id * HOURS_OF_WEEK;
		for (let beside = -1; beside <= 1; beside++)
			if (this.#weeks[base + ((slot + beside + HOURS_OF_WEEK) % HOURS_OF_WEEK)]! > 0) return true;
		const isWorking = slot < WORKING_DAYS * DAY;
		let days = 0;
		for (let day = isWorking ? 0 : WORKING_DAYS; day < (isWorking ? WORKING_DAYS : 7); day++) {
			const weeks = this.#weeks[base + day * DAY + (slot % DAY)]!;
			days += isWorking ? Math.min(1, weeks) : weeks;
		}
		return days >= DAILY;
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

	#judgesHour(id: number, slot: number): boolean {
		return this.#wasWatched(slot) && this.maturity(id).value >= 1 && this.#uses(id) >= HABIT;
	}

	/** Hours in which it came, each week's counted. */
	#uses(id: number): number {
		let uses = 0;
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) uses += this.#weeks[id * HOURS_OF_WEEK + slot]!;
		return uses;
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
		const hour = this.#local.hour(time);
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
		return { ...this.evidenceOf(id, hours, members, singletons, this.#lastNew[id]!), isForced: false };
	}

	maturity(id: number): Maturity {
		const found = maturityOf(this.evidence(id), this.watch.watched, this.watch.learningSeconds * WEEKDAYS);
		return found.value >= 1 ? { ...found, reason: `its hours are known, from ${this.#acts[id]!} acts` } : found;
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
		this.#acts[id] = 0;
		this.#lastNew[id] = this.watch.watched;
	}

	protected record(id: number): Record<string, unknown> {
		const slots: number[] = [];
		for (let slot = 0; slot < HOURS_OF_WEEK; slot++) {
			const at = id * HOURS_OF_WEEK + slot;
			if (this.#weeks[at]! > 0) slots.push(slot, this.#weeks[at]!, this.#days[at]!);
		}
		return { slots, hour: this.#hour[id]! + 1, acts: this.#acts[id], lastNew: this.#lastNew[id] };
	}

	protected take(id: number, { slots, hour, acts, lastNew }: Record<string, unknown>): boolean {
		if (!isNumbers(slots, 0, 3 * HOURS_OF_WEEK) || slots.length % 3 !== 0 || !isNumbers([hour, acts, lastNew], 3, 3)) return false;
		for (let at = 0; at < slots.length; at += 3) {
			if (!Number.isInteger(slots[at]) || slots[at]! >= HOURS_OF_WEEK) return false;
			const where = id * HOURS_OF_WEEK + slots[at]!;
			this.#weeks[where] = Math.min(MOST, slots[at + 1]!);
			this.#days[where] = Math.min(65_535, slots[at + 2]!);
		}
		this.#hour[id] = (hour as number) - 1;
		this.#acts[id] = acts as number;
		this.#lastNew[id] = lastNew as number;
		return true;
	}
}
