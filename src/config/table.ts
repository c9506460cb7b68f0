/**
 * Tables as other tools write them (RFC 4180 and its relatives): the separator is found from the header, quotes may hold line ends, a byte order mark and empty lines are
 * skipped. Every row knows the line on which it begins.
 */
import { CONFIG_ERROR, ConfigError } from "./error.ts";

/** Characters of one table: 65,536 rows of 256. */
export const MAX_TABLE = 16 * 2 ** 20;
const SEPARATORS = [";", "\t", ",", "|"] as const;

export interface Row {
	line: number;
	cells: string[];
}
export interface Table {
	/** As they stand in the file, trimmed. */
	header: Row;
	rows: Row[];
	separator: string;
}

/** Reads a table of at most `most` characters; throws a ConfigError with file and line where it is none. */
export function readTable(text: string, file: string, most = MAX_TABLE): Table {
	if (text.length > most)
		throw new ConfigError(CONFIG_ERROR.unreadable, `${file} is larger than ${most / 2 ** 20} MiB: that is no register map.`);
	const plain = text.replace(/^\ufeff/, "");
	const first = /^[^\r\n]*\S[^\r\n]*$/m.exec(plain)?.[0] ?? "";
	// Excel writes the separator into a line of its own.
	const named = /^sep=(.)$/.exec(first)?.[1];
	const count = (separator: string) => first.split(separator).length;
	const separator = named ?? [...SEPARATORS].sort((one, other) => count(other) - count(one))[0]!;
	const rows = [...rowsOf(plain, separator, file)].filter(({ cells }) => cells.some((cell) => cell !== ""));
	if (named !== undefined) rows.shift();
	const header = rows.shift();
	if (header === undefined) throw new ConfigError(CONFIG_ERROR.wrongValue, `${file} is empty: its first line must name the columns.`);
	return { header, rows, separator };
}

function* rowsOf(text: string, separator: string, file: string): Generator<Row> {
	let line = 1;
	let row: Row = { line, cells: [] };
	let at = 0;
	while (at < text.length) {
		let cell = "";
		while (text[at] === " ") at++;
		if (text[at] === '"') {
			const begin = line;
			for (at++; ; at++) {
				const end = text.indexOf('"', at);
				if (end < 0) throw new ConfigError(CONFIG_ERROR.wrongValue, `${file}, line ${begin}: a quotation mark is not closed.`);
				cell += text.slice(at, end);
				at = end + 1;
				if (text[at] !== '"') break;
				cell += '"';
			}
			line += cell.split("\n").length - 1;
		}
		let end = at;
		while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end++;
		row.cells.push((cell + text.slice(at, end)).trim());
		at = end;
		if (text[at] === separator) {
			at++;
			if (at < text.length && text[at] !== "\n" && text[at] !== "\r") continue;
			row.cells.push("");
		}
		if (text[at] === "\r") at++;
		if (text[at] === "\n") at++;
		line++;
		yield row;
		row = { line, cells: [] };
	}
	if (row.cells.length > 0) yield row;
}

/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** One table as text. Names may come from the wire: what would be a formula in a spreadsheet gets an apostrophe in front, which `readCell` takes off. */
export function writeTable(rows: readonly (readonly (string | number)[])[]): string {
	const cell = (value: string | number): string => {
		if (typeof value === "number") return String(value);
		const safe = FORMULA.test(value) ? `'${value}` : value;
		return /[",;\t\r\n|]|^ | $/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
	};
	return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

export const readCell = (cell: string): string => (cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell);
