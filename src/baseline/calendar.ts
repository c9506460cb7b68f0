/**
 * On which day something was learned. What is learned keeps its birth in watched time (maturity.ts), which has no dates; this keeps at which watched time each day of
 * capture time began. One small record, written once a day.
 */

const DAY_MICROS = 86_400e6;
/** Ten years; beyond it the oldest days become one. */
export const MAX_DAYS = 3660;

export class Calendar {
	/** Days since the epoch, and the watched time at which each began; the latter never falls. */
	#days: number[] = [];
	#marks: number[] = [];
	#isDirty = false;

	/** Time goes on. Microseconds of capture time and of watched time. */
	note(time: number, watched: number): void {
		const day = Math.floor(time / DAY_MICROS);
		if (day === this.#days.at(-1)) return;
		this.begin(day, watched);
	}

	begin(day: number, watched: number): void {
		if (this.#days.length >= MAX_DAYS) {
			this.#days.splice(1, 1);
			this.#marks.splice(1, 1);
		}
		this.#days.push(day);
		this.#marks.push(watched);
		this.#isDirty = true;
	}

	/** The day on which this watched time was, as `2026-11-01` (UTC); undefined where nothing was noted. */
	dateOf(watched: number): string | undefined {
		let low = 0;
		let high = this.#marks.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if (this.#marks[middle]! <= watched) low = middle + 1;
			else high = middle;
		}
		const day = this.#days[Math.max(0, low - 1)];
		return day === undefined ? undefined : dateOfDay(day);
	}

	*save(): Generator<[key: string, value: unknown]> {
		if (!this.#isDirty) return;
		this.#isDirty = false;
		yield ["calendar", { days: [...this.#days], marks: [...this.#marks] }];
	}

	/** False where the data is damaged. */
	restore(value: unknown): boolean {
		const { days, marks } = (value ?? {}) as { days?: unknown; marks?: unknown };
		if (!Array.isArray(days) || !Array.isArray(marks) || days.length !== marks.length || days.length > MAX_DAYS) return false;
		if (!days.every(Number.isInteger) || !marks.every((mark, at) => Number.isFinite(mark) && (at === 0 || mark >= marks[at - 1])))
			return false;
		if (days.some((day) => Math.abs(day) > MAX_DAY)) return false;
		this.#days = [...days];
		this.#marks = [...marks];
		return true;
	}
}

/** Days that a date can say with four digits of the year. */
const MAX_DAY = 2_932_896;

export const dateOfDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** Days since the epoch of a date like `2026-11-01`; undefined where it is none. */
export function dayOfDate(date: string): number | undefined {
	if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return undefined;
	const day = Date.parse(`${date}T00:00:00Z`) / 86_400_000;
	return Number.isInteger(day) && day >= 0 && dateOfDay(day) === date ? day : undefined;
}
