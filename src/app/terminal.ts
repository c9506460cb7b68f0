/** What the monitor says on the terminal: words on standard error. Names from the wire are made harmless first. */
import { type Alert, severityName } from "../alert/alert.ts";
import type { Entrance } from "./station.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are just what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Milliseconds after a request to stop from which another one means "now". */
const IMPATIENT_AFTER = 1000;

/** Text from the wire may hold escape sequences or turn the line around: they become visible. */
export const harmless = (text: string): string =>
	text.replace(UNSAFE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** One line, with the local time of day. */
export function say(sentence: string): void {
	process.stderr.write(`${new Date().toTimeString().slice(0, 8)}  ${harmless(sentence)}\n`);
}

/** Informational ones are for the page. */
export function sayAlert(alert: Alert): void {
	if (alert.severityName === "informational") return;
	if (alert.count > 1 && alert.status === "open") return; // its first sighting was said; the page counts
	const ending = alert.status === "closed" && alert.nature === "health" ? " (over)" : "";
	if (alert.status === "closed" && alert.nature !== "health") return;
	say(`${severityName(alert.severity).toUpperCase()} ${alert.severity}  ${alert.title}${ending}: ${alert.sentence}`);
}

/** Where the page is and how to log in. */
export function sayEntrance({ url, setupCode, mqtt }: Entrance): void {
	say(`page: ${url}`);
	if (setupCode !== undefined) say(`first login: open the page, enter the code ${setupCode}, choose a name and a password`);
	if (mqtt !== undefined) say(`alerts on MQTT: ${mqtt.url}, topics ${mqtt.topics}alert/#`);
}

/**
 * Resolves when the process is told to stop (Ctrl-C or SIGTERM). Started by npm, one Ctrl-C arrives several times: once from the terminal and once from
 * each program above. So only a later one is taken for impatience, and ends the process at once.
 */
export function untilStopped(): Promise<void> {
	return new Promise((resolve) => {
		let first = Number.POSITIVE_INFINITY;
		for (const signal of ["SIGINT", "SIGTERM"] as const)
			process.on(signal, () => {
				if (performance.now() - first > IMPATIENT_AFTER) process.exit(1);
				first = Math.min(first, performance.now());
				resolve();
			});
	});
}
