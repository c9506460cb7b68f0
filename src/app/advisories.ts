/** `spanwatch advisories`: imports security advisories (CSAF 2.0) and says which devices they concern. Nothing is fetched: a person brings the files. */
import { AdvisoryLibrary, type AdvisoryMatch, bySeriousness, isDescribed } from "../assets/advisories/library.ts";
import type { Asset } from "../assets/asset.ts";
import { merge, readAdvisories, readFolders, writeAdvisories } from "./advisoryFiles.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { learned, stateOf } from "./baseline.ts";
import { EXIT, UsageError } from "./failure.ts";
import { LineWriter, output } from "./lines.ts";
import { say } from "./terminal.ts";

/** Sentences about files that one import prints. */
const MAX_SAID = 50;
/** Longest text of a cell. */
const WIDEST = 40;

function sayProblems(problems: readonly string[]): void {
	for (const problem of problems.slice(0, MAX_SAID)) say(problem);
	if (problems.length > MAX_SAID) say(`and ${problems.length - MAX_SAID} more like these`);
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;

function importAdvisories(input: Arguments, paths: readonly string[]): number {
	if (paths.length === 0) throw new UsageError("advisories: import takes the folder (or files) with the advisories, CSAF 2.0 documents.");
	const state = stateOf(input);
	const { advisories: found, read, problems } = readFolders(paths);
	sayProblems(problems);
	if (read === 0) throw new UsageError(`advisories: there is no CSAF 2.0 document in ${paths.join(", ")}; nothing was changed.`);
	const kept = input.flag("replace") ? new Map() : readAdvisories(state).advisories;
	const { advisories, added, renewed, known, left } = merge(kept, found);
	writeAdvisories(state, advisories.values());
	say(
		`${counted(read, "advisory document")} read: ${added} new, ${renewed} in a newer version, ${known} known; the box has ${advisories.size} now`,
	);
	if (left > 0) say(`${left} were left out: the box has as many as it takes`);
	return problems.length + left > 0 ? EXIT.finding : EXIT.fine;
}

/** Name and address of a device, with the unit behind it. */
const deviceOf = (asset: Asset | undefined, { asset: id, unit }: AdvisoryMatch): string => {
	const address = asset?.ips[0] ?? asset?.line ?? id;
	const name = asset?.name === undefined || asset.name === address ? address : `${asset.name} (${address})`;
	return unit === undefined ? name : `${name} unit ${unit}`;
};

const cut = (text: string): string => (text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text);

function table(rows: readonly (readonly string[])[]): string {
	const cells = rows.map((row) => row.map(cut));
	const widths = cells[0]!.map((_, at) => Math.max(...cells.map((row) => row[at]!.length)));
	return cells
		.map(
			(row) =>
				`${row
					.map((cell, at) => cell.padEnd(widths[at]!))
					.join("  ")
					.trimEnd()}\n`,
		)
		.join("");
}

/** All there is to say of one match. */
function details(asset: Asset | undefined, match: AdvisoryMatch): string {
	const { advisory, title, status, score, vector, why, cves, product, affectedVersions, fixedVersions, remedies, url, confidence } = match;
	return [
		`${deviceOf(asset, match)}: ${status}: ${advisory} ${title}`,
		`  ${why} Confidence ${confidence}.`,
		`  ${cves.join(", ") || "no CVE"}${score === undefined ? "" : `, CVSS ${score}`}${vector === undefined ? "" : ` (${vector})`}`,
		`  ${product}: affected ${affectedVersions.join("; ")}; fixed ${fixedVersions.join(", ") || "in no version that the advisory names"}`,
		...remedies.map(
			(remedy) => `  ${remedy.category.replaceAll("_", " ")}: ${remedy.text}${remedy.url === undefined ? "" : ` ${remedy.url}`}`,
		),
		...(url === undefined ? [] : [`  ${url}`]),
		"",
	].join("\n");
}

const HEADER = ["DEVICE", "MODEL", "FIRMWARE", "STATUS", "CVSS", "ADVISORY", "FIXED IN", "CVE"];

async function show(input: Arguments): Promise<number> {
	const format = input.text("format") ?? "table";
	if (format !== "table" && format !== "json") throw new UsageError(`advisories: --format is table or json; it is ${format}.`);
	const folders = input.texts("from");
	const { advisories, problems } =
		folders.length > 0 ? readFolders(folders) : { advisories: readAdvisories(stateOf(input)).advisories, problems: [] };
	sayProblems(problems);
	if (advisories.size === 0)
		throw new UsageError(
			"advisories: there are none yet; bring them with `spanwatch advisories import FOLDER`, or name a folder with --from.",
		);
	const library = new AdvisoryLibrary(advisories.values());
	const wanted = input.text("asset");
	const all = (await learned(input)).assets();
	const meant = all.filter(({ id, ips, macs, name, line }) => wanted === undefined || [id, ...ips, ...macs, name, line].includes(wanted));
	if (wanted !== undefined && meant.length === 0) throw new UsageError(`advisories: there is no device ${wanted}.`);
	const assets = new Map(meant.map((asset) => [asset.id, asset]));
	const matches = meant.flatMap((asset) => library.match(asset)).sort(bySeriousness);
	const identified = meant.filter(isDescribed);
	if (format === "json") {
		const lines = new LineWriter("-");
		for (const match of matches) lines.write(match);
		lines.flush();
		lines.close();
	} else if (wanted !== undefined) output(matches.map((match) => details(assets.get(match.asset), match)).join("\n"));
	else if (matches.length > 0) {
		const rows = matches.map((match) => [
			deviceOf(assets.get(match.asset), match),
			match.device.model ?? match.device.productCode ?? "",
			match.device.firmware ?? "unknown",
			match.status,
			match.score?.toFixed(1) ?? "",
			match.advisory,
			match.fixedVersions.join(", "),
			match.cves.join(", "),
		]);
		output(table([HEADER, ...rows]));
	}
	const affected = matches.filter(({ status }) => status === "affected").length;
	say(
		`${counted(advisories.size, "advisory document")}, ${counted(meant.length, "device")}, of which ${identified.length} said what they are: ${affected} matches, and ${matches.length - affected} that may be`,
	);
	return matches.length > 0 ? EXIT.finding : EXIT.fine;
}

export const advisories: CommandRecord = {
	name: "advisories",
	operands: "[import FOLDER...]",
	help: [
		"Security advisories (CSAF 2.0), matched offline against vendor, model and firmware as devices say them in the traffic.",
		"  (nothing)         says which devices they concern, of a box (also while it runs) or of captures (--learn). Exit code 1: there are some",
		"  import FOLDER...  takes documents, also while the box runs; of each the newest version counts. Exit code 1: some file was left out",
		"Nothing is fetched. A device whose firmware is not known may be affected, and is said to be no more than that.",
	].join("\n"),
	options: {
		asset: { type: "string", value: "DEVICE", help: "only this one (name or address), with reasons, versions and what to do" },
		format: { type: "string", value: "table|json", help: "table unless given; json is one line a match" },
		from: { type: "string", multiple: true, value: "FOLDER", help: "match these advisories instead of the box's; nothing is kept" },
		learn: {
			type: "string",
			multiple: true,
			value: "FILE",
			help: "a capture to take devices from instead of a box (may be given several times)",
		},
		replace: { type: "boolean", help: "import: what is not in the folder is forgotten" },
		state: { type: "string", value: "DIR", help: "the box's state, instead of the configuration's stateDir" },
		config: { type: "string", value: "FILE", help: "configuration (YAML) of the box" },
	},
	run: async (input) => {
		const [verb, ...operands] = input.operands;
		if (verb === undefined) return show(input);
		if (verb === "import") return importAdvisories(input, operands);
		throw new UsageError(`advisories: there is no "${verb}"; say \`spanwatch advisories\` or \`spanwatch advisories import FOLDER\`.`);
	},
};
