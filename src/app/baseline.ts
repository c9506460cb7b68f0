/** `spanwatch baseline`: what was learned, as documents that people review, compare and start a new box from. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { protocols } from "../../protocols/index.ts";
import { comparePlcs, type PlcDocument } from "../baseline/document.ts";
import { loadConfig } from "../config/load.ts";
import { readWritten, type Written, writeYaml } from "../config/written.ts";
import { Analyst } from "../detect/analyst.ts";
import { SHADOW_HOURS, shadowWords } from "../detect/shadow.ts";
import { openCopy } from "../store/copy.ts";
import { openStore } from "../store/level.ts";
import type { Change, Store } from "../store/store.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { EXIT, UsageError } from "./failure.ts";
import { output } from "./lines.ts";
import { Replay } from "./replay.ts";
import { say } from "./terminal.ts";

const FORMATS = ["yaml", "json"] as const;
type Format = (typeof FORMATS)[number];
/** Files of a folder that are documents. */
const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml", ".json"]);

/** The folder of the state that is meant. */
export function stateOf(input: Arguments): string {
	const state = input.text("state");
	return loadConfig(input.text("config"), { ...(state !== undefined && { stateDir: state }) }).stateDir;
}

/** An analyst that knows what is in the store. */
export async function recall(store: Store): Promise<Analyst> {
	const analyst = new Analyst({ protocols, onDetection: () => {} });
	const entries: [string, unknown][] = [];
	for await (const entry of store.list("baseline")) entries.push(entry);
	analyst.restore(entries);
	return analyst;
}

/** What a box knows, also while it runs; or what captures teach. */
export async function learned(input: Arguments): Promise<Analyst> {
	const learn = input.texts("learn");
	if (learn.length > 0) {
		const replay = new Replay({ steps: learn.map((path) => ({ path, isLearned: true })), onWarning: say });
		await replay.run();
		return replay.analyst;
	}
	const store = await openCopy(stateOf(input));
	try {
		return await recall(store);
	} finally {
		await store.close();
	}
}

/** Is this the PLC that was meant: "192.168.1.5", "192.168.1.5/1"? */
export function isMeant(wanted: string | undefined, { plc, unit }: { plc: string; unit?: number }): boolean {
	return wanted === undefined || wanted === plc || wanted === `${plc}/${unit ?? ""}`;
}

function chosen(documents: readonly PlcDocument[], wanted: string | undefined): PlcDocument[] {
	const found = documents.filter((document) => isMeant(wanted, document));
	if (wanted !== undefined && found.length === 0) {
		const known = documents.map(({ plc, unit }) => (unit === undefined ? plc : `${plc}/${unit}`));
		throw new UsageError(
			`baseline: there is no PLC ${wanted}; there ${known.length === 0 ? "is none" : `are ${known.slice(0, 20).join(", ")}`}.`,
		);
	}
	return found;
}

const textOf = (documents: readonly PlcDocument[], format: Format): string =>
	format === "json"
		? `${JSON.stringify(documents.length === 1 ? documents[0] : documents, null, "\t")}\n`
		: documents.map(writeYaml).join("---\n");

function formatOf(input: Arguments): Format {
	const given = input.text("format") ?? "yaml";
	const format = FORMATS.find((one) => one === given);
	if (format === undefined) throw new UsageError(`baseline: --format is yaml or json; it is ${given}.`);
	return format;
}

async function exportBaseline(input: Arguments): Promise<number> {
	const format = formatOf(input);
	const analyst = await learned(input);
	const documents = chosen(analyst.documents(), input.text("plc"));
	const shadows = input.flag("shadow") && format === "yaml" ? analyst.shadows() : [];
	const commented = (document: PlcDocument): string => {
		const shadow = shadows.find(
			({ plc, unit, protocol }) => plc === document.plc && unit === (document.unit ?? -1) && protocol === document.protocol,
		);
		const words = shadow === undefined ? undefined : shadowWords(shadow.summaries);
		return (words === undefined ? "" : `# ${words}\n`) + textOf([document], format);
	};
	const folder = input.text("out");
	if (folder === undefined) {
		output(format === "yaml" ? documents.map(commented).join("---\n") : textOf(documents, format));
		return EXIT.fine;
	}
	try {
		mkdirSync(folder, { recursive: true });
		for (const document of documents) {
			const { protocol, plc, unit } = document;
			const name = `${protocol}-${plc}${unit === undefined ? "" : `-${unit}`}`.replace(/[^A-Za-z0-9._-]/g, "_");
			writeFileSync(join(folder, `${name}.${format}`), commented(document));
		}
	} catch (error) {
		throw new UsageError(
			`baseline: ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}): name a folder that you may write to.`,
		);
	}
	say(`${documents.length} documents in ${folder}`);
	return EXIT.fine;
}

/** The documents of files and of folders full of them. */
function readFiles(paths: readonly string[]): Written[] {
	return paths.flatMap((path) => {
		try {
			if (!statSync(path).isDirectory()) return readWritten(readFileSync(path, "utf8"), path);
			const names = readdirSync(path).filter((name) => EXTENSIONS.has(extname(name)));
			return names.sort().flatMap((name) => readWritten(readFileSync(join(path, name), "utf8"), join(path, name)));
		} catch (error) {
			const { code } = error as NodeJS.ErrnoException;
			if (code?.startsWith("E") !== true) throw error;
			throw new UsageError(`baseline: ${path} cannot be read (${code}): check the path.`);
		}
	});
}

/** Documents as this program writes them: what is read is checked by taking it. */
function settled(documents: readonly Written[]): PlcDocument[] {
	const analyst = new Analyst({ protocols, onDetection: () => {} });
	analyst.adopt(documents, 0);
	return analyst.documents();
}

async function compare(input: Arguments, paths: readonly string[]): Promise<number> {
	if (paths.length < 1 || paths.length > 2)
		throw new UsageError(
			"baseline: diff takes two files or folders, or one to compare with what is known now (of --state, or of --learn).",
		);
	const wanted = input.text("plc");
	const before = settled(readFiles([paths[0]!]));
	// What is known now passes through a document too, so that both are rounded alike.
	const after =
		paths[1] !== undefined
			? settled(readFiles([paths[1]]))
			: settled(readWritten(textOf((await learned(input)).documents(), "yaml"), "now"));
	const sentences = comparePlcs(
		before.filter((document) => isMeant(wanted, document)),
		after.filter((document) => isMeant(wanted, document)),
	);
	output(sentences.map((sentence) => `${sentence}\n`).join(""));
	return sentences.length > 0 ? EXIT.finding : EXIT.fine;
}

async function importBaseline(input: Arguments, paths: readonly string[]): Promise<number> {
	if (paths.length === 0) throw new UsageError("baseline: import takes the documents (files or folders) that the box shall start from.");
	const documents = readFiles(paths);
	if (documents.length === 0) throw new UsageError(`baseline: there is no document in ${paths.join(", ")}.`);
	const now = Date.now() * 1000;
	const analyst = new Analyst({ protocols, onDetection: () => {} });
	analyst.adopt(documents, now);
	const state = stateOf(input);
	const store = await openStore(state);
	try {
		for await (const [key] of store.list("baseline", { from: "plc/", to: "plc0", limit: 1 }))
			throw new UsageError(
				`baseline: the box with state ${state} has learned already (${key}); give a new folder: an import starts a new box.`,
			);
		const changes: Change[] = [...analyst.save()].map(([key, value]) => ({ kind: "baseline", key, value }));
		changes.push({
			kind: "audit",
			key: `${new Date(now / 1000).toISOString()} baseline-import`,
			value: { what: "baseline-import", files: paths },
		});
		await store.batch(changes, { durable: true });
	} finally {
		await store.close();
	}
	say(`${documents.length} PLCs were taken into ${state}; they are judged from the first minute, as far as their evidence goes`);
	return EXIT.fine;
}

/** What would have been said of PLCs, in sentences. */
async function showShadow(input: Arguments): Promise<number> {
	const wanted = input.text("plc");
	const lines: string[] = [];
	for (const { plc, unit, summaries } of (await learned(input)).shadows()) {
		if (!isMeant(wanted, { plc, ...(unit >= 0 && { unit }) })) continue;
		const words = shadowWords(summaries);
		if (words === undefined) continue;
		lines.push(`PLC ${plc}${unit < 0 ? "" : ` unit ${unit}`}: ${words}`);
		for (const { title, counts, examples } of summaries) {
			const hours = SHADOW_HOURS.map((hour, at) => `${counts[at]} after ${hour} h`).filter(
				(_, at) => at === 0 || counts[at] !== counts[at - 1],
			);
			lines.push(`  ${title}: ${hours.join(", ")}`);
			for (const { time, frames, sentence } of examples)
				lines.push(`    ${new Date(time / 1000).toISOString()}, frame ${frames.join(" and ")}: ${sentence}`);
		}
	}
	output(lines.length > 0 ? `${lines.join("\n")}\n` : "Nothing: no trait that is still learning would have said anything.\n");
	return EXIT.fine;
}

const VERBS: Readonly<Record<string, (input: Arguments, operands: readonly string[]) => Promise<number>>> = {
	export: exportBaseline,
	diff: compare,
	import: importBaseline,
	shadow: showShadow,
};

export const baseline: CommandRecord = {
	name: "baseline",
	operands: `${Object.keys(VERBS).join("|")} [FILE...]`,
	help: [
		"What was learned, as one document for each PLC.",
		"  export            writes the documents, of a box (also while it runs) or of captures (--learn)",
		"  diff A B          says what changed from A to B (files or folders); with A alone, from A to now. Exit code 1: something changed",
		"  import FILE...    starts a new box from documents; what they say is judged at once",
		"  shadow            says what traits that are still learning would have alarmed in the last 7 days, by learning time",
	].join("\n"),
	options: {
		plc: { type: "string", value: "ADDRESS[/UNIT]", help: "only this PLC" },
		format: { type: "string", value: FORMATS.join("|"), help: "yaml unless given" },
		out: { type: "string", value: "FOLDER", help: "write one file for each PLC there instead of to standard output" },
		shadow: {
			type: "boolean",
			help: "export: begin each YAML document with what it would have alarmed (a comment, which changes with time)",
		},
		learn: { type: "string", multiple: true, value: "FILE", help: "a capture to learn from instead of a box (may be given several times)" },
		state: { type: "string", value: "DIR", help: "the box's state, instead of the configuration's stateDir" },
		config: { type: "string", value: "FILE", help: "configuration (YAML) of the box" },
	},
	run: async (input) => {
		const [verb = "", ...operands] = input.operands;
		const act = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
		if (act === undefined)
			throw new UsageError(
				`baseline: ${verb === "" ? "say what to do" : `there is no "${verb}"`}: ${Object.keys(VERBS).join(", ")}; see \`spanwatch baseline --help\`.`,
			);
		return act(input, operands);
	},
};
