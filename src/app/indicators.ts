/** `spanwatch indicators`: what is in lists of indicators, and what of it does not map; has the box read them again. Reads the lists of a configuration for everybody else. */
import { type IndicatorColumns, type IndicatorKind, MAX_INDICATORS } from "../intel/indicator.ts";
import { IndicatorLists, MAX_LIST } from "../intel/indicatorList.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { BOX, tell } from "./commandLine.ts";
import { EXIT, UsageError } from "./failure.ts";
import { output } from "./lines.ts";
import { listFiles } from "./lists.ts";
import { say } from "./terminal.ts";

const LISTS = /\.(?:json|stix|csv|tsv|txt)$/i;
/** Notes that are printed of each list. */
const SHOWN = 20;

function readLists(paths: readonly string[]): IndicatorLists {
	const lists = new IndicatorLists(Date.now() / 1000);
	for (const { path, source, text } of listFiles(paths, "indicators", LISTS, MAX_LIST)) lists.read(text, path, source);
	return lists;
}

/** The indicators that a configuration names. Throws a ConfigError where a list is none; says what was left out. */
export function loadIndicators(paths: readonly string[], onWarning: (sentence: string) => void): IndicatorColumns {
	const lists = readLists(paths);
	const columns = lists.columns();
	const unmapped = lists.counts.reduce((sum, count) => sum + count.unmapped, 0);
	if (unmapped > 0) onWarning(`${unmapped} entries of the indicator lists do not map: \`spanwatch indicators check\` says which and why`);
	if (lists.leftOut > 0)
		onWarning(`${lists.leftOut} indicators are beyond the ${MAX_INDICATORS.toLocaleString("en")} that fit, and are left out`);
	return columns;
}

/** "1,203 indicators of 3 lists". */
export function indicatorWords({ values, listings }: IndicatorColumns): string {
	const lists = new Set(listings.map(({ source }) => source)).size;
	return `${values.length.toLocaleString("en")} indicators of ${lists} ${lists === 1 ? "list" : "lists"}`;
}

const NAMES: Readonly<Record<IndicatorKind, string>> = {
	address: "addresses and networks",
	domain: "domains",
	ja4: "JA4 fingerprints",
	certificate: "certificates",
	"file-name": "file names",
	"file-hash": "file hashes",
};

function check(paths: readonly string[]): number {
	if (paths.length === 0) throw new UsageError("indicators: check takes files or folders; see `spanwatch indicators --help`.");
	const lists = readLists(paths);
	lists.columns();
	let isAllMapped = lists.leftOut === 0;
	for (const { source, notes, kinds, revoked, expired, unmapped } of lists.counts) {
		const found = Object.entries(kinds).filter(([, count]) => count > 0);
		const parts = found.map(([kind, count]) => `${count} ${NAMES[kind as IndicatorKind]}`);
		if (expired > 0) parts.push(`${expired} entries that are over`);
		if (revoked > 0) parts.push(`${revoked} that were taken back`);
		if (unmapped > 0) parts.push(`${unmapped} that do not map`);
		output(`${source}: ${parts.length === 0 ? "no indicator" : parts.join(", ")}\n`);
		for (const { where, why } of notes.slice(0, SHOWN)) output(`  ${where}: ${why}\n`);
		if (notes.length > SHOWN) output(`  and ${notes.length - SHOWN} more\n`);
		isAllMapped &&= notes.length === 0;
	}
	const isSilent = lists.counts.some(({ kinds }) => kinds["file-hash"] > 0);
	if (isSilent) say("hashes of files are kept, but no protocol that is decoded shows what is in files yet: they do not fire");
	if (lists.moreNotes > 0) say(`${lists.moreNotes} more lines that do not map are not shown`);
	if (lists.leftOut > 0) say(`${lists.leftOut} indicators are beyond the ${MAX_INDICATORS.toLocaleString("en")} that fit`);
	return isAllMapped ? EXIT.fine : EXIT.finding;
}

export const indicators: CommandRecord = {
	name: "indicators",
	operands: "check FILE... | reload",
	help: [
		"Lists of indicators, which the configuration names under indicators: addresses and networks, domains with all names below them, JA4 fingerprints of TLS",
		"clients, thumbprints of certificates, names and hashes of files. STIX 2.1 bundles (JSON), tables (CSV) with a header, or one value on each line.",
		"  check FILE...  says how many of each kind a list holds, and what does not map and why; exit code 1: something does not map",
		"  reload         has the box that runs on this machine read the lists of its configuration again; where one is none, those of before stay",
		"Columns of a table: value, type, name, confidence (0 to 100), valid until, labels, reference; only value must be there.",
	].join("\n"),
	options: BOX,
	run: async (input: Arguments) => {
		const [verb = "", ...paths] = input.operands;
		if (verb === "check") return check(paths);
		if (verb === "reload" && paths.length === 0) return tell(input, { reload: "indicators" });
		throw new UsageError(
			`indicators: ${verb === "" ? "say what to do" : verb === "reload" ? "reload takes no files: the configuration names them" : `there is no "${verb}"`}: check or reload; see \`spanwatch indicators --help\`.`,
		);
	},
};
