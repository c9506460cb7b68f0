/** Hours of a week as people say them ("Monday to Friday, 22:00 to 06:00"), for maintenance windows and rules: on the plant's clocks, daylight saving included. */
import type { LocalTime } from "./localTime.ts";

/** `to` not after `from` means into the next day. */
export interface WeeklyHours {
	/** 0 is Sunday. */
	readonly days: readonly number[];
	/** "HH:MM". */
	readonly from: string;
	readonly to: string;
}

const DAY_MINUTES = 1440;
/** 1 January 1970 was a Thursday. */
const EPOCH_WEEKDAY = 4;

const minutesOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** True where `time` (microseconds) lies in one of them on the clocks of `local`. */
export function isWithin(hours: readonly WeeklyHours[], local: LocalTime, time: number): boolean {
	const passed = local.minute({ time });
	const minute = passed % DAY_MINUTES;
	const day = (Math.floor(passed / DAY_MINUTES) + EPOCH_WEEKDAY) % 7;
	return hours.some(({ days, from, to }) => {
		const begin = minutesOf(from);
		const end = minutesOf(to) > begin ? minutesOf(to) : minutesOf(to) + DAY_MINUTES;
		return (
			(days.includes(day) && minute >= begin && minute < end) ||
			(days.includes((day + 6) % 7) && minute + DAY_MINUTES >= begin && minute + DAY_MINUTES < end)
		);
	});
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const WRITTEN = /^(?:([a-z,-]+) )?((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$/;

/** "mon-fri 22:00-06:00", "sat,sun 08:00-12:00", "22:00-06:00" for every day; undefined where it is none of these. */
export function parseWeeklyHours(text: string): WeeklyHours | undefined {
	const [, named, from, to] = WRITTEN.exec(text.toLowerCase()) ?? [];
	if (from === undefined || to === undefined) return undefined;
	const days = new Set<number>();
	for (const part of named === undefined ? ["sun-sat"] : named.split(",")) {
		const [first, last = first, ...rest] = part.split("-").map((day) => DAYS.indexOf(day));
		if (first === undefined || last === undefined || first < 0 || last < 0 || rest.length > 0) return undefined;
		for (let day = first; ; day = (day + 1) % 7) {
			days.add(day);
			if (day === last) break;
		}
	}
	return { days: [...days], from, to };
}
