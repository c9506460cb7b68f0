/** Times: relative and ticking, with the date in this browser's zone on hover. Seconds since the epoch, by the box's clock. */
import { make } from "./text.js";

const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const recent = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** What the box's clock is ahead of this computer's. */
let offset = 0;

export const setBoxTime = (seconds) => {
	offset = seconds - Date.now() / 1000;
};
export const clockDifference = () => offset;
export const boxNow = () => Date.now() / 1000 + offset;

export function ago(seconds) {
	const age = boxNow() - seconds;
	if (age < -60) return recent.format(seconds * 1000);
	if (age < 5) return "just now";
	if (age < 60) return `${Math.floor(age)} s ago`;
	if (age < 3600) return `${Math.floor(age / 60)} min ago`;
	if (age < 12 * 3600) return `${Math.floor(age / 3600)} h ago`;
	if (age < 6 * 86400) return recent.format(seconds * 1000);
	return day.format(seconds * 1000);
}

export function time(seconds) {
	if (!(seconds > 0) || !Number.isFinite(seconds) || seconds > 8e12) return make("span", "", "never");
	const element = make("time", "", ago(seconds));
	const date = new Date(seconds * 1000);
	element.dateTime = date.toISOString();
	element.title = absolute.format(date);
	element.dataset.seconds = String(seconds);
	return element;
}

export const exact = (seconds) => absolute.format(seconds * 1000);

/** Rewrites the times on the page that read differently by now. */
export function tick() {
	if (document.hidden) return;
	for (const element of document.querySelectorAll("time[data-seconds]")) {
		const text = ago(Number(element.dataset.seconds));
		if (element.textContent !== text) element.textContent = text;
	}
}
