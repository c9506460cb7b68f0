/** Numbers, times and lists as people say them. */
import { DAY_NAMES } from "../baseline/localTime.ts";

const UNITS: readonly [name: string, seconds: number][] = [
	["day", 86_400],
	["hour", 3600],
	["minute", 60],
	["second", 1],
];

/** "46 days", "3 hours", "40 seconds"; the largest unit of which there are at least two. */
export function durationWords(micros: number): string {
	const seconds = Math.max(0, micros) / 1e6;
	for (const [name, length] of UNITS) {
		const count = Math.round(seconds / length);
		if (seconds >= 2 * length) return `${count} ${name}s`;
	}
	return seconds >= 1 ? "1 second" : "less than a second";
}

/** At most six significant digits, without an exponent where that is readable. */
export function numberWords(value: number): string {
	if (Number.isNaN(value)) return "an unreadable value";
	if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
	return String(Number(value.toPrecision(6)));
}

/** "0–500", "7". */
export const rangeWords = (min: number, max: number): string =>
	min === max ? numberWords(min) : `${numberWords(min)}–${numberWords(max)}`;

/** "a", "a and b", "a, b and 4 more": at most `most` of them. Of more than that the first ones do, where `all` says how many there are. */
export function listWords(items: readonly string[], most = 3, all = items.length): string {
	if (all <= 1) return items[0] ?? "nobody";
	if (all <= most) return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
	return `${items.slice(0, most - 1).join(", ")} and ${all - most + 1} more`;
}

/** "holding register 0 to 9" of the names of the first and the last. */
export function spanWords(first: string, last: string): string {
	if (first === last) return first;
	const cut = first.lastIndexOf(" ") + 1;
	return last.startsWith(first.slice(0, cut)) ? `${first} to ${last.slice(cut)}` : `${first} to ${last}`;
}

/** "1 point", "7 points". */
export const countWords = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** "on Sunday between 3:00 and 4:00" of an hour of the week. */
export const hourWords = (slot: number): string =>
	`on ${DAY_NAMES[Math.floor(slot / 24)] ?? "some day"} between ${slot % 24}:00 and ${(slot % 24) + 1}:00`;

/** "Monday to Friday 6:00–18:00 and Sunday 8:00–9:00" of hours of the week in ascending order. */
export function hoursWords(slots: readonly number[]): string {
	const days = DAY_NAMES.map((_, day) => {
		const runs: [first: number, end: number][] = [];
		for (const slot of slots) {
			if (Math.floor(slot / 24) !== day) continue;
			const hour = slot % 24;
			const last = runs.at(-1);
			if (last !== undefined && last[1] === hour) last[1]++;
			else runs.push([hour, hour + 1]);
		}
		return runs.map(([first, end]) => `${first}:00–${end}:00`).join(", ");
	});
	const words: string[] = [];
	for (let day = 0; day < DAY_NAMES.length; ) {
		let last = day;
		while (last + 1 < DAY_NAMES.length && days[last + 1] === days[day]) last++;
		if (days[day] !== "") {
			const name = last === day ? DAY_NAMES[day] : `${DAY_NAMES[day]} ${last === day + 1 ? "and" : "to"} ${DAY_NAMES[last]}`;
			words.push(`${name} ${days[day]}`);
		}
		day = last + 1;
	}
	return words.length === 0 ? "never" : listWords(words, 4);
}
