/** Hours as the plant's people count them: in their own time zone, daylight saving included. */

export const HOURS_OF_WEEK = 168;
const HOUR = 3600e6;
const MINUTE = 60e6;
const DAY_HOURS = 24;
/** Offsets are whole quarters of an hour and change at one, everywhere. */
const QUARTER = 900e6;

/** The week and the day as people write them. */
export const DAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
export const HOURS_OF_DAY: readonly string[] = Array.from({ length: DAY_HOURS }, (_, hour) => `${String(hour).padStart(2, "0")}:00`);

/** 1 January 1970 was a Thursday; the week begins on Monday. */
const EPOCH_WEEKDAY = 3;

export class LocalTime {
	readonly #format: Intl.DateTimeFormat | undefined;
	#quarter = Number.NaN;
	#offset = 0;

	/** `timeZone` is an IANA name; a name that is none throws RangeError. */
	constructor(timeZone = "UTC") {
		if (timeZone !== "UTC")
			this.#format = new Intl.DateTimeFormat("en-GB", {
				timeZone,
				hourCycle: "h23",
				year: "numeric",
				month: "numeric",
				day: "numeric",
				hour: "numeric",
				minute: "numeric",
			});
	}

	/**
	 * Hours since the beginning of 1970 on the plant's clocks, never below 0. `time` in microseconds; what holds it is handed over, and a small integer comes back, because
	 * a call that the compiler does not inline would put either number on the heap.
	 */
	hour(at: { readonly time: number }): number {
		this.#seek(at);
		return Math.max(0, Math.floor((at.time + this.#offset) / HOUR)) >>> 0;
	}

	/** The same in minutes. */
	minute(at: { readonly time: number }): number {
		this.#seek(at);
		return Math.max(0, Math.floor((at.time + this.#offset) / MINUTE)) >>> 0;
	}

	#seek(at: { readonly time: number }): void {
		if (this.#format === undefined) return;
		const quarter = Math.floor(at.time / QUARTER);
		if (quarter === this.#quarter) return;
		this.#quarter = quarter;
		this.#offset = offsetAt(this.#format, quarter * QUARTER);
	}
}

function offsetAt(format: Intl.DateTimeFormat, time: number): number {
	const of: Record<string, number> = {};
	for (const { type, value } of format.formatToParts(time / 1000)) of[type] = Number(value);
	return Date.UTC(of.year!, of.month! - 1, of.day!, of.hour!, of.minute!) * 1000 - time;
}

/** 0 is Monday from 0:00 to 1:00. */
export const hourOfWeek = (hour: number): number => (hour + EPOCH_WEEKDAY * DAY_HOURS) % HOURS_OF_WEEK;
