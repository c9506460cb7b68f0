/** What the monitor says on the terminal: words on standard error. Names from the wire are made harmless first. */
import { type Alert, severityName } from "../alert/alert.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text from the wire may hold escape sequences or turn the line around: they become visible. */
export const harmless = (text: string): string =>
	text.replace(UNSAFE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

export function say(sentence: string): void {
	process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${harmless(sentence)}\n`);
}

export function sayAlert(alert: Alert): void {
	if (alert.count > 1 && alert.status === "open") return; // its first sighting was said; the page counts
	const ending = alert.status === "closed" && alert.nature === "health" ? " (over)" : "";
	if (alert.status === "closed" && alert.nature !== "health") return;
	say(`${severityName(alert.severity).toUpperCase()} ${alert.severity}  ${alert.title}${ending}: ${alert.sentence}`);
}

/** Where the page is and how to log in. */
export function sayEntrance({ url, setupCode, broker }: { url: string; setupCode?: string; broker?: string }): void {
	say(`page: ${url}`);
	if (setupCode !== undefined) say(`first login: open the page, enter the code ${setupCode}, choose a name and a password`);
	if (broker !== undefined) say(`alerts on MQTT: ${broker}, topics spanwatch/#`);
}

/** Resolves when the process is told to stop (Ctrl-C or SIGTERM). */
export function untilStopped(): Promise<void> {
	return new Promise((resolve) => {
		for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
	});
}
