/** `spanwatch rules`: what people's rules would say of captures, and rules of other tools as rules of this one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { protocols, services } from "../../protocols/index.ts";
import { CaptureInput, readCapture } from "../capture/file.ts";
import { CONFIG_ERROR, ConfigError } from "../config/error.ts";
import { loadConfig } from "../config/load.ts";
import { writeYaml } from "../config/written.ts";
import { Analyst } from "../detect/analyst.ts";
import type { Detection } from "../detect/detection.ts";
import { RULE } from "../detect/records.ts";
import { MAX_RULES, type Rule, type RuleFile, readRules } from "../detect/rule.ts";
import type { RuleStage, RuleWatch } from "../detect/ruleWatch.ts";
import { type ImportedRule, importSignatures, SignatureVariables } from "../detect/signature.ts";
import { countWords, listWords } from "../detect/words.ts";
import type { Change, Store } from "../store/store.ts";
import type { Arguments, CommandRecord } from "./arguments.ts";
import { Engine } from "./engine.ts";
import { EXIT, UsageError } from "./failure.ts";
import { output } from "./lines.ts";
import { listFiles } from "./lists.ts";
import { harmless, say } from "./terminal.ts";

/** Key of the rules among what the engine is told at its start. */
const KEY = "rules";
const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml"]);
/** Files of one folder. */
const MAX_FILES = 100;
/** Bytes of one file; a larger one is another one by mistake. */
const MAX_BYTES = 2 ** 20;
/** Frames named for a rule. */
const FIRST_FRAMES = 5;

/** The files that are meant: those named, and the YAML files of folders, in the order of their names. */
function filesOf(paths: readonly string[]): RuleFile[] {
	return paths.flatMap((path) => {
		try {
			if (!statSync(path).isDirectory()) return [fileAt(path)];
			const names = readdirSync(path).filter((name) => EXTENSIONS.has(extname(name)));
			if (names.length > MAX_FILES)
				throw new ConfigError(CONFIG_ERROR.unreadable, `${path} holds ${names.length} files; at most ${MAX_FILES} of rules are taken.`);
			return names.sort().map((name) => fileAt(join(path, name)));
		} catch (error) {
			if (error instanceof ConfigError) throw error;
			const { code } = error as NodeJS.ErrnoException;
			throw new ConfigError(CONFIG_ERROR.unreadable, `The rules in ${path} cannot be read (${code}): check the path and its owner.`);
		}
	});
}

function fileAt(path: string): RuleFile {
	if (statSync(path).size > MAX_BYTES)
		throw new ConfigError(CONFIG_ERROR.unreadable, `${path} is larger than ${MAX_BYTES / 2 ** 20} MiB: that is no file of rules.`);
	return { file: path, text: readFileSync(path, "utf8") };
}

/** The rules of files and folders. Throws a ConfigError for the first thing that is wrong. */
export const loadRules = (paths: readonly string[]): Rule[] => readRules(filesOf(paths), protocols);

/** Puts the rules that the configuration names into the store, in place of those before. Throws where one is wrong; then those before stay. */
export async function storeRules(paths: readonly string[], store: Store): Promise<void> {
	const files = filesOf(paths);
	readRules(files, protocols);
	const change: Change = { kind: "baseline", key: KEY, value: files.length === 0 ? null : files };
	if (files.length > 0 || (await store.get("baseline", KEY)) !== undefined) await store.batch([change], { durable: true });
}

/** Bytes of one file of signatures: all that a feed has. */
const MAX_SIGNATURES = 64 * 2 ** 20;
/** Signatures without a rule that are named one by one. */
const SHOWN = 100;
const SIGNATURE_FILES = /\.rules$/i;

/** The variables that are given: those of the command line before those of files. */
function variablesOf(input: Arguments): SignatureVariables {
	const variables = new SignatureVariables();
	for (const text of input.texts("var")) {
		const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? [];
		if (name === undefined || value === undefined)
			throw new UsageError(`rules: --var takes NAME=VALUE, like HOME_NET=10.0.0.0/8; it is ${JSON.stringify(text)}.`);
		variables.set(name, value);
	}
	for (const { text } of listFiles(input.texts("vars"), "rules", /\.(?:yaml|conf|lua)$/i, MAX_SIGNATURES)) variables.read(text);
	return variables;
}

/** A rule as the manual writes it, below the signature that it comes from. */
function yamlOf({ rule, from, message, notes }: ImportedRule): string {
	const lines = writeYaml(rule).trimEnd().split("\n");
	const comments = [`${from} ${message}`, ...notes.map((note) => `not quite the same: ${note}`)].map((line) => `# ${harmless(line)}`);
	return [...comments, ...lines.map((line, at) => `${at === 0 ? "- " : "  "}${line}`), "", ""].join("\n");
}

function importRules(input: Arguments, paths: readonly string[]): number {
	if (paths.length === 0) throw new UsageError("rules: import takes the files (or folders) of signatures, Suricata's or Snort's.");
	const files = [...listFiles(paths, "rules", SIGNATURE_FILES, MAX_SIGNATURES)].map(({ source, text }) => ({ file: source, text }));
	const { rules: found, left: unmapped, foreign, disabled } = importSignatures(files, variablesOf(input), protocols);
	const left = [...unmapped];
	let count = 0;
	for (const imported of found) {
		const text = yamlOf(imported);
		const { from, message } = imported;
		if (count >= MAX_RULES) left.push({ from, message, why: `a box takes at most ${MAX_RULES} rules` });
		else {
			try {
				readRules([{ file: from, text }], protocols);
				output(text);
				count++;
			} catch (error) {
				if (!(error instanceof ConfigError)) throw error;
				left.push({ from, message, why: error.message.replace(/^.*?:\d+:\d+: /, "") });
			}
		}
	}
	for (const { from, message, why } of left.slice(0, SHOWN)) say(`${from} ${message}: no rule: ${why}`);
	if (left.length > SHOWN) say(`and ${left.length - SHOWN} more without a rule`);
	const others = [foreign > 0 ? `${foreign} about other protocols` : "", disabled > 0 ? `${disabled} switched off` : ""].filter(
		(words) => words !== "",
	);
	say(
		`${countWords(count, "rule")} of ${countWords(count + left.length, "signature")}${others.length === 0 ? "" : `; ${others.join(", ")}`}`,
	);
	return left.length > 0 ? EXIT.finding : EXIT.fine;
}

/** What was missing where a rule never fired. */
const MISSING: Readonly<Record<RuleStage, string>> = {
	protocol: "no operation of its protocol is in there",
	who: "none of the clients that it is about is in there",
	plc: "none of those clients talks to a PLC that it is about",
	unit: "none of them asks for a unit that it is about",
	verb: "nobody it is about does what its verb says",
	code: "nobody it is about uses its function codes",
	subcode: "nobody it is about uses these parts of its functions (subcode)",
	outcome: "no such operation ended as it says (outcome, refusal)",
	point: "no such operation touched its points",
	value: "no value of its points was one that it is about",
	hours: "all that fitted was at other hours",
	rate: "all that fitted came less often",
};

/** What one rule did, in lines. */
function verdictOf(rule: Rule, watch: RuleWatch, found: readonly (Detection & { file: string })[]): string[] {
	const { hits, missing } = watch.stageOf(rule);
	const zones = watch.unknownZones(rule);
	const unknown = zones.length === 0 ? "" : ` There is no zone ${listWords(zones)}.`;
	if (missing !== undefined) return [`${rule.name}: never fired; ${MISSING[missing]}.${unknown}`];
	const lines = [`${rule.name}: fired ${countWords(hits, "time")}.${unknown}`];
	for (const { file, frames, sentence } of found.slice(0, FIRST_FRAMES)) lines.push(`  ${file}, frame ${frames.join(", ")}: ${sentence}`);
	return lines;
}

async function test(input: Arguments, [path, ...captures]: readonly string[]): Promise<number> {
	if (path === undefined || captures.length === 0)
		throw new UsageError("rules: test takes a file or folder of rules, and at least one capture.");
	const rules = loadRules([path]);
	if (rules.length === 0) throw new UsageError(`rules: there is no rule in ${path}; a rule begins with "- rule: NAME".`);
	const { timeZone } = loadConfig(input.text("config")).learning;
	const found = new Map<string, (Detection & { file: string })[]>(rules.map(({ name }) => [name, []]));
	let file = "";
	const analyst = new Analyst({
		protocols,
		habits: { services, timeZone },
		onDetection: (detection) => {
			if (detection.type !== RULE.id || detection.rule === undefined) return;
			const list = found.get(detection.rule.name)!;
			if (list.length < FIRST_FRAMES) list.push({ ...detection, file });
		},
	});
	analyst.rules.set(rules);
	for (const capture of captures) {
		const source = new CaptureInput(capture);
		file = source.name;
		const engine = new Engine({ protocols, services, analyst });
		await readCapture(source, engine.frame, { onWarning: (sentence) => process.stderr.write(`spanwatch: ${harmless(sentence)}\n`) });
		engine.endSource();
	}
	const lines = rules.flatMap((rule) => verdictOf(rule, analyst.rules, found.get(rule.name)!));
	output(`${[...lines, `Hours are those of ${timeZone}.`].map(harmless).join("\n")}\n`);
	return EXIT.fine;
}

export const rules: CommandRecord = {
	name: "rules",
	operands: "test FILE CAPTURE... | import FILE...",
	help: [
		"Rules of the plant's people (YAML): who may not do what, where, with which values, how often, when; and what is then said, how severely.",
		"  test FILE CAPTURE...  says of each rule of a file or folder how often it fires in captures and where first, and of one that never does, what was missing",
		"  import FILE...        makes rules of the signatures that Suricata and Snort have of Modbus, as far as they map, and prints them; says which have none",
		"                        and why. Exit code 1: some have none",
		"A box takes the files and folders that its configuration names under rules when it starts. The manual: appliance/rules.md.",
	].join("\n"),
	options: {
		config: { type: "string", value: "FILE", help: "test: configuration (YAML) of the box; hours are those of its learning.timeZone" },
		var: {
			type: "string",
			multiple: true,
			value: "NAME=VALUE",
			help: "import: a variable of the signatures, like HOME_NET=10.0.0.0/8 (may be given several times)",
		},
		vars: { type: "string", multiple: true, value: "FILE", help: "import: variables as a suricata.yaml or snort.conf has them" },
	},
	run: async (input) => {
		const [verb = "", ...operands] = input.operands;
		if (verb === "test") return test(input, operands);
		if (verb === "import") return importRules(input, operands);
		throw new UsageError(
			`rules: ${verb === "" ? "say what to do" : `there is no "${verb}"`}: test or import; see \`spanwatch rules --help\`.`,
		);
	},
};
