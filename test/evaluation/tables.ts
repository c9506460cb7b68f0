/** Tables in Markdown, and where they stand in the README. */
import { readFileSync, writeFileSync } from "node:fs";

export type Cell = string | number;

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
	const isNumber = head.map(
		(_, at) => rows.length > 0 && rows.every((row) => typeof row[at] === "number" || /^[\d.,]+ ?%?$|^–?$/.test(String(row[at]))),
	);
	const line = (cells: readonly Cell[]): string => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(head), line(isNumber.map((is) => (is ? "---:" : "---"))), ...rows.map(line)].join("\n");
}

export const percent = (part: number, whole: number): string => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(0)} %`);

export function median(numbers: readonly number[]): number {
	const sorted = [...numbers].filter((number) => !Number.isNaN(number)).sort((one, other) => one - other);
	return sorted.length === 0 ? Number.NaN : sorted[sorted.length >> 1]!;
}

export function secondsWords(seconds: number): string {
	if (Number.isNaN(seconds)) return "–";
	if (seconds < 90) return `${seconds.toFixed(1)} s`;
	return seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Puts the text between the markers of a name. */
export function writeBetween(file: string, name: string, text: string): void {
	const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
	const old = readFileSync(file, "utf8");
	const from = old.indexOf(begin);
	const to = old.indexOf(end);
	if (from < 0 || to < from) throw new Error(`${file} has no markers ${begin} and ${end} around a place for a table.`);
	writeFileSync(file, `${old.slice(0, from + begin.length)}\n${text}\n${old.slice(to)}`);
}
