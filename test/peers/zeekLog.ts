/** Zeek's logs: a reader, the words in which it writes values, and row against row. */
import { readFileSync } from "node:fs";
import { pathOf } from "./captures.ts";
import type { Tally } from "./tally.ts";

export type Row = Readonly<Record<string, string>>;

/** A field that is not there, and a text that is empty. */
export const UNSET = "-";
export const EMPTY = "(empty)";

/** Rows of a log; `columns` where the test suite that keeps the log has stripped its head. */
export function rowsOf(name: string, columns?: readonly string[]): Row[] {
	const lines = readFileSync(pathOf(name), "utf8").split("\n");
	const fields =
		lines
			.find((line) => line.startsWith("#fields"))
			?.split("\t")
			.slice(1) ?? columns;
	if (fields === undefined) throw new Error(`${name} has lost its head, and nobody knows its columns`);
	return lines
		.filter((line) => line !== "" && !line.startsWith("#"))
		.map((line) => line.split("\t"))
		.map((values) => {
			if (values.length !== fields.length) throw new Error(`${name}: a row of ${values.length} for ${fields.length} columns`);
			return Object.fromEntries(fields.map((field, at) => [field, values[at]!]));
		});
}

/** What the test suite has made anonymous: it says only that there is a value. */
const MASKED = /^X+([.-]X+)*$/;
export const MASK = "XXXXXXXXXX.XXXXXX";

export const text = (value: unknown): string => (value === undefined || value === null ? UNSET : value === "" ? EMPTY : String(value));
export const flag = (value: boolean | undefined): string => (value === undefined ? UNSET : value ? "T" : "F");
export const listed = (values: readonly unknown[] | undefined): string =>
	values === undefined || values.length === 0
		? UNSET
		: values.map((value) => (typeof value === "boolean" ? Number(value) : value)).join(",");
export const escaped = (hex: string | undefined): string => (hex === undefined ? UNSET : hex.replace(/../g, "\\x$&"));

/** Why a value, or a whole row, is not the same. Ours being wrong is no reason: that is mended. */
export interface Reason {
	/** Begins with whose it is. */
	reason: `${"theirs" | "either"}: ${string}`;
	/** Of which log, by its name without the ending. */
	log: string;
	/** Fields that it explains; none for a row that only one side has. */
	fields: readonly string[];
	applies: (theirs: string, ours: string, row: Row) => boolean;
}

/** Rows of one log that two wrote of one capture. */
export interface Comparison {
	log: string;
	theirs: readonly Row[];
	/** Our rows hold the fields that are compared, and no other. */
	ours: readonly Row[];
	/** Fields that say which rows may be the same one. */
	key: readonly string[];
	reasons: readonly Reason[];
}

interface Verdict {
	reasons: Set<string>;
	unexplained: string[];
	/** Fields that hold something, on one side at least. */
	fields: string[];
	/** How many of them are the same. */
	equal: number;
}

/** Each of their rows takes the one of ours that is equal, else one whose differences are explained, else the first of its key. */
export function compareRows(tally: Tally, { log, theirs, ours, key, reasons }: Comparison): void {
	const known = reasons.filter((one) => one.log === log);
	// What is anonymous tells no row from another.
	const telling = key.filter((field) => !theirs.some((row) => MASKED.test(row[field]!)));
	const keyOf = (row: Row): string => telling.map((field) => row[field]).join(" ");
	const groups = new Map<string, { theirs: Row[]; ours: Row[] }>();
	const group = (row: Row) => {
		const name = keyOf(row);
		let there = groups.get(name);
		if (there === undefined) groups.set(name, (there = { theirs: [], ours: [] }));
		return there;
	};
	for (const row of theirs) group(row).theirs.push(row);
	const [first, mine] = [theirs[0], ours[0]];
	if (first !== undefined && mine !== undefined)
		for (const field of Object.keys(first)) if (!(field in mine)) tally.left.add(`${log}.${field}`);
	for (const row of ours) group(row).ours.push(row);
	for (const { theirs: left, ours: mine } of groups.values()) {
		for (const isFit of [
			({ reasons, unexplained }: Verdict) => reasons.size === 0 && unexplained.length === 0,
			({ unexplained }: Verdict) => unexplained.length === 0,
			() => true,
		]) {
			for (let at = 0; at < left.length; ) {
				const row = left[at]!;
				let verdict: Verdict | undefined;
				const found = mine.findIndex((one) => isFit((verdict = verdictOf(row, one, known))));
				if (found < 0 || verdict === undefined) {
					at++;
					continue;
				}
				for (const field of verdict.fields) tally.columns.add(`${log}.${field}`);
				tally.fields += verdict.fields.length;
				tally.equalFields += verdict.equal;
				left.splice(at, 1);
				mine.splice(found, 1);
				if (verdict.unexplained.length > 0) tally.differs(`${log} ${keyOf(row)}: ${verdict.unexplained.join("; ")}`);
				else if (verdict.reasons.size > 0) tally.because([...verdict.reasons]);
				else tally.same();
			}
		}
		const whole = known.filter(({ fields }) => fields.length === 0);
		const alone = (row: Row, theirs: string, ours: string, words: string) => {
			const reason = whole.find(({ applies }) => applies(theirs, ours, row))?.reason;
			if (reason === undefined) tally.differs(`${log}: no ${words} for ${JSON.stringify(row)}`);
			else tally.because([reason]);
		};
		for (const row of left) alone(row, "row", "", "line");
		for (const row of mine) alone(row, "", "row", "row");
	}
}

function verdictOf(theirs: Row, ours: Row, reasons: readonly Reason[]): Verdict {
	const verdict: Verdict = { reasons: new Set(), unexplained: [], fields: [], equal: 0 };
	for (const [field, value] of Object.entries(ours)) {
		const other = theirs[field];
		if (other === UNSET && value === UNSET) continue;
		verdict.fields.push(field);
		if (other === value || (other !== undefined && MASKED.test(other) && value !== UNSET)) {
			verdict.equal++;
			continue;
		}
		const reason =
			other === undefined ? undefined : reasons.find(({ fields, applies }) => fields.includes(field) && applies(other, value, theirs));
		if (reason === undefined) verdict.unexplained.push(`${field}: ours ${value}, theirs ${other}`);
		else verdict.reasons.add(reason.reason);
	}
	return verdict;
}
